//! The behaviours of the live systems that nobody has established, one switch for each.
//!
//! The defaults are the documented behaviour where there is one and the likeliest otherwise.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Declares an enumeration of one switch: snake case on the wire, the first variant by default.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $(#[$first_doc:meta])* $first:ident, $($(#[$other_doc:meta])* $other:ident,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $(#[$first_doc])* #[default] $first, $($(#[$other_doc])* $other,)* }
    };
}

choice! {
    /// What the body of an M12 reply looks like when it is read back.
    ReplyEscaping {
        /// Exactly as it was sent.
        AsIs,
        /// `&`, `<`, `>` and `"` as entities, line breaks kept.
        EscapeHtml,
        /// Everything between `<` and `>` gone, line breaks as newlines.
        StripTags,
    }
}
choice! {
    /// Order of the thread list (M11).
    ThreadOrder {
        /// Latest `date_updated` first.
        NewestFirst,
        /// Earliest `date_updated` first.
        OldestFirst,
    }
}
choice! {
    /// Order of a list of messages.
    MessageOrder {
        /// Earliest first.
        OldestFirst,
        /// Latest first.
        NewestFirst,
    }
}
choice! {
    /// What a page token of M11 remembers of the last thread of its page.
    SeekAnchor {
        /// Its date at that time: a thread updated meanwhile is missing from later pages.
        DateAtIssue,
        /// Only its id: when it was updated meanwhile, paging begins again near the front.
        ThreadIdNow,
    }
}
choice! {
    /// How the last page of M11 writes that there is no next one.
    LastPage {
        /// No `next_page_token`.
        Absent,
        /// `"next_page_token": null`.
        Null,
        /// `"next_page_token": ""`.
        Empty,
    }
}
choice! {
    /// What a user with several shops gets without `shop_id`.
    WithoutShop {
        /// 200 with empty lists, 404 for one thread or attachment.
        Empty,
        /// The first of the shops.
        FirstShop,
    }
}
choice! {
    /// What a `shop_id` gets that does not belong to the key.
    ForeignShop {
        /// 403.
        Forbidden,
        /// 200 with empty lists, 404 for one thread or attachment.
        Empty,
    }
}
choice! {
    /// What happens with something that is not documented for an operation.
    Undocumented {
        /// It has no effect.
        Ignored,
        /// It works.
        Accepted,
        /// 400.
        Rejected,
    }
}
choice! {
    /// What a name that is not defined in the tenant leads to.
    UnknownName {
        /// 400.
        Error,
        /// It has no effect.
        Ignored,
    }
}
choice! {
    /// The same, for parameters of a request body.
    UnknownParameter {
        /// It has no effect.
        Ignored,
        /// 400.
        Error,
    }
}
choice! {
    /// What a customer's message does to a closed ticket.
    ClosedTicket {
        /// The ticket becomes new again.
        Reopened,
        /// It stays closed.
        StaysClosed,
    }
}
choice! {
    /// Shape of a list whose envelope is not documented.
    Envelope {
        /// `{"count": 1, "result": [...]}`.
        Result,
        /// A bare array.
        Array,
    }
}
choice! {
    /// Shape of custom fields in an answer.
    FieldsShape {
        /// `{"Name": "value"}`.
        Object,
        /// `[{"name": "Name", "value": "value"}]`.
        List,
    }
}
choice! {
    /// How a search by a custom field compares.
    FieldMatch {
        /// Equal texts.
        Exact,
        /// The field contains the text.
        Contains,
        /// The filter is ignored: everything is found.
        Ignored,
    }
}
choice! {
    /// What `GET tickets/:id` answers for a ticket merged into another.
    MergedTicket {
        /// Itself, with the status of merged tickets and without the messages that moved.
        Itself,
        /// The ticket it was merged into.
        Target,
        /// 404.
        NotFound,
    }
}
choice! {
    /// The time a reply bears that became visible only after a delay.
    DelayedReplyDate {
        /// When it became visible.
        Visible,
        /// When the agent wrote it: earlier than what was already read.
        Written,
    }
}

/// Switches of EmpikPlace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmpikSwitches {
    /// See [`ReplyEscaping`]. Default `as_is`.
    pub reply_escaping: ReplyEscaping,
    /// See [`ThreadOrder`]. Default `newest_first`.
    pub order: ThreadOrder,
    /// Order of `messages` in M10 and M11. Default `oldest_first`.
    pub message_order: MessageOrder,
    /// See [`SeekAnchor`]. Default `date_at_issue`.
    pub seek_anchor: SeekAnchor,
    /// See [`LastPage`]. Default `absent`.
    pub last_page: LastPage,
    /// A page reached by a token gives that token as the next one, for ever. Default false.
    pub repeat_page_token: bool,
    /// "No reply needed" moves `date_updated`. Default false.
    pub no_reply_needed_bumps: bool,
    /// Customers are listed without their id. Default false.
    pub participants_without_id: bool,
    /// Messages that are listed without their id, by their ids. Default none.
    pub unreadable_messages: BTreeSet<String>,
    /// Files of messages are listed without their size. Default false.
    pub files_without_size: bool,
    /// `message_input` of M12 must be labelled `application/json`, otherwise 415. Default true.
    pub json_part_required: bool,
    /// File name endings M12 takes, lower case; null takes any. Default: the endings OR74 lists.
    pub allowed_file_types: Option<BTreeSet<String>>,
    /// File names must be distinct and US-ASCII, as OR74 asks. Default true.
    pub strict_file_names: bool,
    /// See [`WithoutShop`]. Default `empty`.
    pub without_shop: WithoutShop,
    /// See [`ForeignShop`]. Default `forbidden`.
    pub foreign_shop: ForeignShop,
    /// Messages a thread can hold. Default 1000.
    pub messages_per_thread: usize,
    /// Attachments over all threads of one entity. Default 50.
    pub attachments_per_entity: usize,
    /// Bytes of a message with its attachments. Default 30 MiB.
    pub message_bytes: usize,
    /// Calls per hour and operation, e.g. `{"M11": 240}`; beyond it 429. Default: no limit.
    pub calls_per_hour: BTreeMap<String, usize>,
    /// Operations the key has no right to: 403. Default none.
    pub forbidden: BTreeSet<String>,
}

impl Default for EmpikSwitches {
    fn default() -> Self {
        let types = "csv doc xls xlsx ppt pdf odt ods odp txt rtf png jpg gif zpl mov mp4";
        Self {
            reply_escaping: ReplyEscaping::default(),
            order: ThreadOrder::default(),
            message_order: MessageOrder::OldestFirst,
            seek_anchor: SeekAnchor::default(),
            last_page: LastPage::default(),
            repeat_page_token: false,
            no_reply_needed_bumps: false,
            participants_without_id: false,
            unreadable_messages: BTreeSet::new(),
            files_without_size: false,
            json_part_required: true,
            allowed_file_types: Some(types.split(' ').map(str::to_owned).collect()),
            strict_file_names: true,
            without_shop: WithoutShop::default(),
            foreign_shop: ForeignShop::default(),
            messages_per_thread: 1000,
            attachments_per_entity: 50,
            message_bytes: 30 << 20,
            calls_per_hour: BTreeMap::new(),
            forbidden: BTreeSet::new(),
        }
    }
}

/// An automatic reply to every new ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Autoresponder {
    /// Whether it is on. Default false.
    pub enabled: bool,
    /// `user_login` of the reply. Default empty.
    pub user_login: String,
    /// HTML body.
    pub body: String,
}

impl Default for Autoresponder {
    fn default() -> Self {
        Self {
            enabled: false,
            user_login: String::new(),
            body: "<p>Dziękujemy za wiadomość. Odpowiemy w ciągu jednego dnia.</p>".into(),
        }
    }
}

/// Switches of Thulium.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ThuliumSwitches {
    /// Attachments on `customer_response`. Default `ignored` (the parameter is not documented).
    pub response_attachments: Undocumented,
    /// Attachments on `comment`. Default `ignored` (the parameter is not documented).
    pub comment_attachments: Undocumented,
    /// Name of the text parameter of `comment`; any other leaves it empty: 400. Default `comment`.
    pub comment_parameter: String,
    /// A comment whose text came under another name is taken, without text. Default false.
    pub comments_may_be_blank: bool,
    /// Whether a comment must name a login. Default false.
    pub comment_login_required: bool,
    /// Tickets that are listed without their id, by their ids. Default none.
    pub unreadable_rows: BTreeSet<u64>,
    /// Comments of agents bear no `message_id`, so that they cannot be read. Default false.
    pub comments_without_id: bool,
    /// See [`ClosedTicket`]. Default `reopened`.
    pub closed_ticket: ClosedTicket,
    /// Whether a ticket bears `full_status_name`. Default true.
    pub tickets_name_their_status: bool,
    /// Whether a ticket bears `status_id`. Default true.
    pub tickets_bear_their_status: bool,
    /// Parameters no page documents. Default `ignored`.
    pub unknown_parameters: UnknownParameter,
    /// Custom ticket fields that are not defined. Default `error`.
    pub unknown_ticket_field: UnknownName,
    /// Parts of a new ticket that are refused with 400: a parameter such as `tags`, or the name of a
    /// custom field. Default none.
    pub refused_ticket_parts: BTreeSet<String>,
    /// Whether a refusal of such a part names it. Default true.
    pub refusals_name_the_part: bool,
    /// Custom customer fields that are not defined. Default `error`.
    pub unknown_customer_field: UnknownName,
    /// Envelope of `customers`. Default `result`.
    pub customers_envelope: Envelope,
    /// Envelope of queues, categories and statuses. Default `array`.
    pub dictionary_envelope: Envelope,
    /// See [`FieldsShape`]. Default `object`.
    pub fields_shape: FieldsShape,
    /// See [`FieldMatch`]. Default `exact`.
    pub field_match: FieldMatch,
    /// Seconds until a created or changed customer is found by a search. Default 0.
    pub customer_search_lag_seconds: u32,
    /// Seconds until a ticket is found by its custom fields. Default 0.
    pub ticket_search_lag_seconds: u32,
    /// Two customers cannot share an `identifier`: 400. Default false.
    pub unique_identifier: bool,
    /// Largest upload in bytes. Default 25 MiB.
    pub upload_bytes: usize,
    /// `PLAIN` bodies are shown back as HTML: escaped, newlines as `<br />`. Default false.
    pub plain_shown_as_html: bool,
    /// Seconds until an agent's reply shows in the API. Default 0.
    pub reply_visible_after_seconds: u32,
    /// See [`DelayedReplyDate`]. Default `visible`.
    pub delayed_reply_date: DelayedReplyDate,
    /// Whether a reply moves `updated_at` of its ticket. Default true.
    pub reply_bumps_updated_at: bool,
    /// Whether `date_from` includes its own minute. Default true.
    pub date_from_inclusive: bool,
    /// Order of messages in a ticket, by date. Default `newest_first`.
    pub message_order: MessageOrder,
    /// See [`Autoresponder`].
    pub autoresponder: Autoresponder,
    /// See [`MergedTicket`]. Default `itself`.
    pub merged_ticket: MergedTicket,
    /// Status code for a deleted ticket. Default 410.
    pub deleted_ticket_status: u16,
    /// Agents' replies call the registered webhooks too. No such event is documented. Default false.
    pub reply_webhooks: bool,
    /// The `action` of those calls: this twin's own choice. Default `TICKET_MESSAGE_ADDED`.
    pub reply_webhook_action: String,
    /// Every n-th webhook call is lost; 1 loses all, 0 none. Default 0.
    pub webhook_lose_every: u32,
    /// How often each webhook call is repeated. Default 0.
    pub webhook_repeats: u32,
    /// Seconds between an event and its webhook call. Default 0.
    pub webhook_delay_seconds: u32,
    /// Operations the API user has no permission for, e.g. `POST tickets/:id/comment`: 403. Default none.
    pub forbidden: BTreeSet<String>,
}

impl Default for ThuliumSwitches {
    fn default() -> Self {
        Self {
            response_attachments: Undocumented::Ignored,
            comment_attachments: Undocumented::Ignored,
            comment_parameter: "comment".into(),
            comments_may_be_blank: false,
            unreadable_rows: BTreeSet::new(),
            comment_login_required: false,
            closed_ticket: ClosedTicket::default(),
            tickets_name_their_status: true,
            tickets_bear_their_status: true,
            unknown_parameters: UnknownParameter::default(),
            unknown_ticket_field: UnknownName::default(),
            refused_ticket_parts: BTreeSet::new(),
            refusals_name_the_part: true,
            unknown_customer_field: UnknownName::default(),
            customers_envelope: Envelope::Result,
            dictionary_envelope: Envelope::Array,
            fields_shape: FieldsShape::default(),
            field_match: FieldMatch::default(),
            customer_search_lag_seconds: 0,
            ticket_search_lag_seconds: 0,
            unique_identifier: false,
            upload_bytes: 25 << 20,
            plain_shown_as_html: false,
            reply_visible_after_seconds: 0,
            delayed_reply_date: DelayedReplyDate::default(),
            reply_bumps_updated_at: true,
            date_from_inclusive: true,
            message_order: MessageOrder::NewestFirst,
            autoresponder: Autoresponder::default(),
            merged_ticket: MergedTicket::default(),
            deleted_ticket_status: 410,
            comments_without_id: false,
            reply_webhooks: false,
            reply_webhook_action: "TICKET_MESSAGE_ADDED".into(),
            webhook_lose_every: 0,
            webhook_repeats: 0,
            webhook_delay_seconds: 0,
            forbidden: BTreeSet::new(),
        }
    }
}

/// All switches of a world.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// Of EmpikPlace.
    pub empikplace: EmpikSwitches,
    /// Of Thulium.
    pub thulium: ThuliumSwitches,
}
