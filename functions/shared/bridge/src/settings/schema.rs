//! The keys of the settings file: what each of them means, and which values it takes. Reading, the
//! messages about mistakes and the written file all follow this one description.

/// One key.
pub(super) struct Key {
    /// As it is written in the file.
    pub(super) name: &'static str,
    /// The values it takes.
    pub(super) kind: Kind,
    /// Whether the file must have it.
    pub(super) required: bool,
    /// A value as it is written in the file; for newcomers and in messages.
    pub(super) example: &'static str,
    /// What it means; the comment in the written file.
    pub(super) about: &'static str,
}

/// The values that a key takes.
pub(super) enum Kind {
    /// A section.
    Table(&'static [Key]),
    /// A section that can be repeated.
    Tables(&'static [Key]),
    /// `true` or `false`.
    Flag,
    /// A whole number, from the first to the second.
    Number(i64, i64),
    /// The number of something in EmpikPlace or Thulium.
    Reference,
    /// A text that is not blank, with at most so many characters.
    Text(usize),
    /// The same, or an empty text.
    TextOrEmpty(usize),
    /// A list of texts that are not blank.
    Texts,
    /// A list of [`Hours`](super::Hours).
    Hours,
    /// A list of days such as `2026-12-31`.
    Days,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// The name of a custom field in Thulium.
    Field,
    /// The same, or an empty text.
    FieldOrEmpty,
    /// An [`IntegrationId`](super::IntegrationId).
    IntegrationId,
    /// An absolute http(s) URL.
    Url,
    /// The same with this placeholder, or an empty text.
    Link(&'static str),
    /// An e-mail address.
    Email,
    /// An e-mail address with an optional `{thread}`.
    ReplyAddress,
    /// A message with these placeholders, or an empty text.
    Message(&'static [&'static str]),
    /// A locale such as `pl_PL`.
    Locale,
    /// The IANA name of a time zone.
    TimeZone,
    /// A [`Backfill`](super::Backfill).
    Backfill,
}

const fn required(name: &'static str, kind: Kind, example: &'static str, about: &'static str) -> Key {
    Key { name, kind, required: true, example, about }
}

const fn optional(name: &'static str, kind: Kind, example: &'static str, about: &'static str) -> Key {
    Key { name, kind, required: false, example, about }
}

/// The keys at the top of the file.
pub(super) const KEYS: &[Key] = &[
    required("id", Kind::IntegrationId, r#""shop-a""#, "1 to 40 of a-z, 0-9 and -; never changes"),
    required("name", Kind::Text(100), r#""EmpikPlace – Sklep A""#, "what people call it"),
    optional("enabled", Kind::Flag, "true", "false: nothing is carried over"),
    optional("language", Kind::OneOf(&["pl", "en"]), r#""pl""#, "of the words in tickets: pl | en"),
    required("empikplace", Kind::Table(EMPIKPLACE), "[empikplace]", "The shop on EmpikPlace."),
    required("thulium", Kind::Table(THULIUM), "[thulium]", "The Thulium account."),
    optional("import", Kind::Table(IMPORT), "[import]", "What is taken over from earlier."),
    optional("replies", Kind::Table(REPLIES), "[replies]", "How agents' replies are forwarded."),
    optional(
        "business_hours",
        Kind::Table(BUSINESS_HOURS),
        "[business_hours]",
        "When the shop answers, in the zone of Thulium's dates; for auto_reply_when and {opening}.",
    ),
    optional(
        "calibration",
        Kind::Table(CALIBRATION),
        "[calibration]",
        "How the live account behaves where the documentation does not say; auto leaves it to the bridge.",
    ),
];

const EMPIKPLACE: &[Key] = &[
    required("url", Kind::Url, r#""https://marketplace.empik.com""#, "the marketplace"),
    optional("shop_id", Kind::Reference, "2000", "only where the API key opens several shops"),
    optional("poll_seconds", Kind::Number(10, 3600), "60", "seconds between two reads, 10 to 3600"),
    optional("calls_per_hour", Kind::Number(12, 100_000), "240", "the most calls in any hour, at least 12"),
    optional(
        "order_link",
        Kind::Link("order_id"),
        r#""https://marketplace.empik.com/mmp/shop/order/{order_id}""#,
        "where agents find an order; empty: no link",
    ),
    optional(
        "conversation_link",
        Kind::Link("thread_id"),
        r#""""#,
        "where agents find a thread, with {thread_id}; empty: the order is linked",
    ),
    optional(
        "order_watch_days",
        Kind::Number(0, 60),
        "14",
        "days in which a ticket is told of changes of its orders, up to 60; 0: never",
    ),
    optional(
        "order_watch_minutes",
        Kind::Number(1, 1440),
        "15",
        "minutes between two looks at watched orders, 1 to 1440",
    ),
    optional("locale", Kind::Locale, r#""pl_PL""#, "the language of EmpikPlace's labels"),
];

const THULIUM: &[Key] = &[
    required("url", Kind::Url, r#""https://acme.thulium.com""#, "the account"),
    required(
        "mailbox",
        Kind::Email,
        r#""empik@shop.example""#,
        "`to` of tickets: a mailbox defined in Thulium",
    ),
    required(
        "reply_address",
        Kind::ReplyAddress,
        r#""{thread}@noreply.shop.example""#,
        "`from` of tickets. Thulium e-mails agents' replies there: a domain of yours whose mail is discarded,\n\
         never the buyer's own address, never one that leads back into a Thulium mailbox (a loop)",
    ),
    optional(
        "watch",
        Kind::OneOf(&["all", "queue"]),
        r#""all""#,
        "where changed tickets are looked for: all | queue (only in queue_id; agents move tickets)",
    ),
    optional("queue_id", Kind::Reference, "7", "the queue of new tickets; absent: Thulium chooses"),
    optional("category_id", Kind::Reference, "3", "their category where no rule matches; absent: none"),
    optional("source", Kind::TextOrEmpty(40), r#""www""#, "their source; empty: not sent"),
    optional("tags", Kind::Texts, r#"["empikplace"]"#, "their tags"),
    optional("time_zone", Kind::TimeZone, r#""Europe/Warsaw""#, "the zone of Thulium's dates"),
    required(
        "customer_field",
        Kind::Field,
        r#""Empik ID""#,
        "text field in the CRM with EmpikPlace's customer id",
    ),
    optional("create_customers", Kind::Flag, "true", "create customers who are not found in the CRM"),
    optional(
        "thread_field",
        Kind::FieldOrEmpty,
        r#""Empik wątek""#,
        "text field of tickets; empty: not written",
    ),
    optional(
        "order_field",
        Kind::FieldOrEmpty,
        r#""Empik zamówienie""#,
        "text field of tickets; empty: not written",
    ),
    optional(
        "products_field",
        Kind::FieldOrEmpty,
        r#""Empik produkty""#,
        "text field of tickets; empty: not written",
    ),
    optional(
        "conversation_field",
        Kind::FieldOrEmpty,
        r#""Empik rozmowa""#,
        "text field of tickets for the link; empty: not written",
    ),
    optional(
        "reply_needed_field",
        Kind::FieldOrEmpty,
        r#""""#,
        "text field of tickets for since when the shop owes an answer (2026-11-23 14:03); empty: not written",
    ),
    required("comment_login", Kind::Text(100), r#""api""#, "user_login of the bridge's comments"),
    optional(
        "reopen_status_id",
        Kind::Reference,
        "1",
        "status of a ticket that must stand before the agents again; absent: found by name",
    ),
    optional(
        "category_rules",
        Kind::Tables(CATEGORY_RULE),
        "[[thulium.category_rules]]",
        "Where new tickets belong. The first rule that matches wins; all conditions of a rule must hold.",
    ),
];

const CATEGORY_RULE: &[Key] = &[
    optional("topic", Kind::Text(100), r#""reklamacja""#, "part of the topic or reason, in any case"),
    optional("entity", Kind::Text(60), r#""MMP_OFFER""#, "what the thread is about: MMP_ORDER, MMP_OFFER, …"),
    optional("sender", Kind::OneOf(&["customer", "operator"]), r#""operator""#, "who wrote first"),
    required("category_id", Kind::Reference, "5", "the category it gets"),
    optional("queue_id", Kind::Reference, "8", "the queue it gets; absent: the one above"),
];

const IMPORT: &[Key] = &[
    optional(
        "backfill",
        Kind::Backfill,
        r#""none""#,
        "threads written to before it was enabled: none | \"30d\" | an RFC 3339 date (midnight UTC) or time",
    ),
    optional(
        "history",
        Kind::Flag,
        "true",
        "earlier messages of a qualifying thread are added to its ticket",
    ),
];

const REPLIES: &[Key] = &[
    optional("settle_seconds", Kind::Number(0, 3600), "0", "wait before forwarding a reply, up to 3600"),
    optional("automatic", Kind::Flag, "true", "forward Thulium's automatic replies"),
    optional(
        "automatic_logins",
        Kind::Texts,
        "[]",
        "logins under which Thulium writes automatic replies; those without a login are always taken for such",
    ),
    optional(
        "auto_reply",
        Kind::Message(&["order", "name", "opening"]),
        r#""""#,
        "our own, once per conversation, with {order}, {name} and {opening} (when somebody answers); empty: none",
    ),
    optional(
        "auto_reply_when",
        Kind::OneOf(&["always", "open", "closed"]),
        r#""always""#,
        "to what the buyer writes: always | open (within the business hours) | closed (outside of them)",
    ),
    optional("operator_copy", Kind::Flag, "false", "EmpikPlace receives replies to buyers too"),
    optional("receipts", Kind::Flag, "false", "a comment in the ticket confirms each delivery"),
    optional(
        "stale_guard",
        Kind::Flag,
        "false",
        "hold a reply back where the buyer wrote what the agent cannot have seen, and ask the agent",
    ),
    optional(
        "stale_minutes",
        Kind::Number(0, 60),
        "2",
        "minutes in the ticket after which a buyer's message counts as seen, up to 60",
    ),
    optional("attachment_limit_mb", Kind::Number(1, 30), "10", "per conversation, 1 to 30"),
    optional(
        "file_types",
        Kind::Texts,
        r#"["csv", "doc", "gif", "jpg", "mov", "mp4", "odp", "ods", "odt", "pdf", "png", "ppt", "rtf", "txt", "xls", "xlsx", "zpl"]"#,
        "endings of files that EmpikPlace takes; [] for any",
    ),
    optional(
        "remind_after_hours",
        Kind::Number(0, 720),
        "0",
        "a comment once the shop has owed an answer for so long, up to 720; 0: never",
    ),
];

const BUSINESS_HOURS: &[Key] = &[
    optional(
        "hours",
        Kind::Hours,
        r#"["mon-fri 09:00-17:00"]"#,
        "days (mon tue wed thu fri sat sun) and hours, such as \"sat 10:00-14:00\"",
    ),
    optional(
        "holidays",
        Kind::OneOf(&["pl", "none"]),
        r#""pl""#,
        "public holidays on which nobody answers: pl | none",
    ),
    optional("closed", Kind::Days, "[]", "further days on which nobody answers, such as \"2026-12-31\""),
];

const CALIBRATION: &[Key] = &[
    optional(
        "comment_parameter",
        Kind::OneOf(&["auto", "comment", "content", "body", "text", "message"]),
        r#""auto""#,
        "what carries a comment's text: auto | comment | content | body | text | message",
    ),
    optional(
        "follow_up_attachments",
        Kind::OneOf(&["auto", "accepted", "refused"]),
        r#""auto""#,
        "files on further customer messages: auto | accepted | refused",
    ),
    optional(
        "reopens",
        Kind::OneOf(&["auto", "yes", "no"]),
        r#""auto""#,
        "a further customer message brings a closed ticket back: auto | yes | no",
    ),
    optional(
        "escape",
        Kind::OneOf(&["auto", "safe", "none", "html"]),
        r#""auto""#,
        "how < and & are written in replies: auto | safe | none | html",
    ),
];
