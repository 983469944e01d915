use super::*;
use insta::assert_snapshot;
use proptest::prelude::*;

/// The settings file as the README shows it.
const EXAMPLE: &str = r##"
id = "shop-a"                      # [a-z0-9-]{1,40}
name = "EmpikPlace – Sklep A"
enabled = true
language = "pl"                    # words in tickets: pl | en

[empikplace]
url = "https://marketplace.empik.com"
shop_id = 2000
poll_seconds = 60
calls_per_hour = 240
order_link = "https://marketplace.empik.com/mmp/shop/order/{order_id}"
conversation_link = ""

[thulium]
url = "https://acme.thulium.com"
mailbox = "empik@shop.example"
reply_address = "{thread}@noreply.shop.example"
watch = "all"
queue_id = 7
category_id = 3
source = "www"
tags = ["empikplace"]
time_zone = "Europe/Warsaw"
customer_field = "Empik ID"
create_customers = true
thread_field = "Empik wątek"
order_field = "Empik zamówienie"
products_field = "Empik produkty"
conversation_field = "Empik rozmowa"
comment_login = "api"

[[thulium.category_rules]]
topic = "reklamacja"
category_id = 5

[import]
backfill = "none"
history = true

[replies]
settle_seconds = 0
automatic = true
auto_reply = ""
operator_copy = false
receipts = false
attachment_limit_mb = 10
"##;

/// Only what a file must have.
const SMALLEST: &str = r#"
id = "shop-a"
name = "Sklep A"
[empikplace]
url = "https://marketplace.empik.com"
[thulium]
url = "https://acme.thulium.com"
mailbox = "empik@shop.example"
reply_address = "empik@noreply.shop.example"
customer_field = "Empik ID"
comment_login = "api"
"#;

fn example() -> Settings {
    Settings {
        id: "shop-a".parse().unwrap(),
        name: "EmpikPlace – Sklep A".to_owned(),
        enabled: true,
        language: Language::Pl,
        empikplace: Empikplace {
            url: "https://marketplace.empik.com".to_owned(),
            shop_id: Some(2000),
            poll_seconds: 60,
            calls_per_hour: 240,
            order_link: "https://marketplace.empik.com/mmp/shop/order/{order_id}".to_owned(),
            conversation_link: String::new(),
            order_watch_days: 14,
            order_watch_minutes: 15,
            locale: "pl_PL".to_owned(),
        },
        thulium: Thulium {
            url: "https://acme.thulium.com".to_owned(),
            mailbox: "empik@shop.example".to_owned(),
            reply_address: "{thread}@noreply.shop.example".to_owned(),
            watch: Watch::All,
            queue_id: Some(7),
            category_id: Some(3),
            source: "www".to_owned(),
            tags: vec!["empikplace".to_owned()],
            time_zone: "Europe/Warsaw".to_owned(),
            customer_field: "Empik ID".to_owned(),
            create_customers: true,
            thread_field: "Empik wątek".to_owned(),
            order_field: "Empik zamówienie".to_owned(),
            products_field: "Empik produkty".to_owned(),
            conversation_field: "Empik rozmowa".to_owned(),
            reply_needed_field: String::new(),
            comment_login: "api".to_owned(),
            category_rules: vec![CategoryRule {
                topic: Some("reklamacja".to_owned()),
                entity: None,
                sender: None,
                category_id: 5,
                queue_id: None,
            }],
            reopen_status_id: None,
        },
        import: Import { backfill: Backfill::None, history: true },
        replies: Replies {
            settle_seconds: 0,
            automatic: true,
            automatic_logins: Vec::new(),
            auto_reply: String::new(),
            auto_reply_when: AutoReplyWhen::Always,
            operator_copy: false,
            receipts: false,
            stale_guard: false,
            stale_minutes: 2,
            attachment_limit_mb: 10,
            file_types: super::replies::FILE_TYPES.map(str::to_owned).to_vec(),
            remind_after_hours: 0,
        },
        business_hours: BusinessHours {
            hours: vec!["mon-fri 09:00-17:00".parse().unwrap()],
            holidays: Holidays::Pl,
            closed: Vec::new(),
        },
        calibration: Calibration {
            comment_parameter: None,
            follow_up_attachments: None,
            reopens: None,
            escape: None,
        },
    }
}

/// The example with one piece replaced.
pub(super) fn with(old: &str, new: &str) -> Result<Settings, SettingsError> {
    assert!(EXAMPLE.contains(old), "the example has no {old}");
    Settings::from_toml(&EXAMPLE.replacen(old, new, 1))
}

pub(super) fn problems(old: &str, new: &str) -> String {
    with(old, new).unwrap_err().to_string()
}

#[test]
fn the_example_is_read() {
    assert_eq!(Settings::from_toml(EXAMPLE).unwrap(), example());
    assert_eq!(Settings::from_toml(&EXAMPLE.replace('\n', "\r\n")).unwrap(), example());
}

#[test]
fn keys_have_defaults() {
    let settings = Settings::from_toml(SMALLEST).unwrap();
    let mut expected = example();
    expected.name = "Sklep A".to_owned();
    expected.empikplace.shop_id = None;
    expected.thulium.reply_address = "empik@noreply.shop.example".to_owned();
    expected.thulium.queue_id = None;
    expected.thulium.category_id = None;
    for field in [
        &mut expected.thulium.thread_field,
        &mut expected.thulium.order_field,
        &mut expected.thulium.products_field,
        &mut expected.thulium.conversation_field,
    ] {
        field.clear();
    }
    expected.thulium.category_rules.clear();
    assert_eq!(settings, expected);
}

#[test]
fn all_problems_are_reported_at_once_in_the_order_of_the_file() {
    let file = r#"
id = "Shop A"
language = "de"
nmae = "Sklep"
[empikplace]
url = "marketplace.empik.com"
poll_seconds = 5
empik_api_key = "x"
[thulium]
url = "https://api:pw@acme.thulium.com"
mailbox = "empik"
queu_id = 7
tags = "empikplace"
time_zone = "Warszawa"
poll_second = 3
settle_seconds = 1
category_id = "3"
[[thulium.category_rules]]
topic = "a"
category_id = 5
[[thulium.category_rules]]
topik = "b"
[replies]
auto_reply = "Dzień dobry {imie}"
"#;
    let error = Settings::from_toml(file).unwrap_err();
    assert_snapshot!(error.in_file("shop-a.toml"), @r#"
    shop-a.toml: line 2: id: must be 1 to 40 of the characters a-z, 0-9 and -
    shop-a.toml: line 3: language: must be one of "pl", "en"
    shop-a.toml: line 4: nmae: unknown key; did you mean "name"?
    shop-a.toml: line 6: empikplace.url: must be a whole URL; such as "https://acme.example"
    shop-a.toml: line 7: empikplace.poll_seconds: must be from 10 to 3600
    shop-a.toml: line 8: empikplace.empik_api_key: secrets do not belong in this file; secrets go to Secrets Manager with `empikctl secrets set`
    shop-a.toml: line 9: thulium.reply_address: missing; add reply_address = "{thread}@noreply.shop.example"
    shop-a.toml: line 9: thulium.customer_field: missing; add customer_field = "Empik ID"
    shop-a.toml: line 9: thulium.comment_login: missing; add comment_login = "api"
    shop-a.toml: line 10: thulium.url: must not contain credentials; secrets go to Secrets Manager with `empikctl secrets set`
    shop-a.toml: line 11: thulium.mailbox: is not an e-mail address
    shop-a.toml: line 12: thulium.queu_id: unknown key; did you mean "queue_id"?
    shop-a.toml: line 13: thulium.tags: found a text, expected a list of texts; such as tags = ["empikplace"]
    shop-a.toml: line 14: thulium.time_zone: is not the name of a time zone; use an IANA name such as "Europe/Warsaw"
    shop-a.toml: line 15: thulium.poll_second: unknown key; did you mean "poll_seconds", which belongs under [empikplace]?
    shop-a.toml: line 16: thulium.settle_seconds: unknown key; it belongs under [replies]
    shop-a.toml: line 17: thulium.category_id: found a text, expected a whole number; such as category_id = 3
    shop-a.toml: line 21: thulium.category_rules[2].category_id: missing; add category_id = 5
    shop-a.toml: line 22: thulium.category_rules[2].topik: unknown key; did you mean "topic"?
    shop-a.toml: line 24: replies.auto_reply: unknown placeholder {imie}; allowed here: {order}, {name}, {opening}
    "#);
}

#[test]
fn a_problem_names_its_place() {
    let error = with("queue_id = 7", "queu_id = 7").unwrap_err();
    let expected = Problem {
        path: "thulium.queu_id".to_owned(),
        line: Some(20),
        what: "unknown key".to_owned(),
        hint: Some("did you mean \"queue_id\"?".to_owned()),
    };
    assert_eq!(error.problems, [expected]);
    assert_eq!(
        error.in_file("shop-a.toml"),
        "shop-a.toml: line 20: thulium.queu_id: unknown key; did you mean \"queue_id\"?"
    );
}

#[test]
fn mistakes_in_toml_have_a_line() {
    assert_snapshot!(problems("\"https://acme.thulium.com\"", "https://acme.thulium.com"), @r"line 16: string values must be quoted, expected literal string");
    assert_snapshot!(problems("queue_id = 7", "queue_id = 7\nqueue_id = 8"), @r"line 21: queue_id: duplicate key");
    assert_snapshot!(problems("[import]", "[import"), @r"line 37: unclosed table, expected `]`");
    assert_snapshot!(Settings::from_toml("").unwrap_err(), @r#"
    id: missing; add id = "shop-a"
    name: missing; add name = "EmpikPlace – Sklep A"
    empikplace.url: missing; add url = "https://marketplace.empik.com"
    thulium.url: missing; add url = "https://acme.thulium.com"
    thulium.mailbox: missing; add mailbox = "empik@shop.example"
    thulium.reply_address: missing; add reply_address = "{thread}@noreply.shop.example"
    thulium.customer_field: missing; add customer_field = "Empik ID"
    thulium.comment_login: missing; add comment_login = "api"
    "#);
}

#[test]
fn wrong_types_say_what_is_expected() {
    assert_snapshot!(problems("queue_id = 7", "queue_id = \"7\""), @r"line 20: thulium.queue_id: found a text, expected a whole number; such as queue_id = 7");
    assert_snapshot!(problems("poll_seconds = 60", "poll_seconds = 60.0"), @r"line 10: empikplace.poll_seconds: found a number with a decimal point, expected a whole number; such as poll_seconds = 60");
    assert_snapshot!(problems("watch = \"all\"", "watch = true"), @r#"line 19: thulium.watch: found true, expected a text in quotes; such as watch = "all""#);
    assert_snapshot!(problems("history = true", "history = \"yes\""), @r"line 39: import.history: found a text, expected true or false; such as history = true");
    assert_snapshot!(problems("tags = [\"empikplace\"]", "tags = [\"empikplace\", 3]"), @r#"line 23: thulium.tags: in the list: found a whole number, expected a list of texts; such as tags = ["empikplace"]"#);
    assert_snapshot!(problems("backfill = \"none\"", "backfill = 2026-11-01"), @r#"line 38: import.backfill: found a date without quotes, expected a text in quotes; such as backfill = "none""#);
    assert_snapshot!(problems("[[thulium.category_rules]]", "[thulium.category_rules]"), @r"line 33: thulium.category_rules: found a section, expected a section that can be repeated; such as [[thulium.category_rules]]");
    assert_snapshot!(problems("[replies]", "[[replies]]"), @r"line 41: replies: found a list, expected a section; such as [replies]");
    assert_snapshot!(Settings::from_toml("empikplace = 1\nthulium = 2\nid = \"a\"\nname = \"a\"").unwrap_err(), @r"
    line 1: empikplace: found a whole number, expected a section; such as [empikplace]
    line 2: thulium: found a whole number, expected a section; such as [thulium]
    ");
}

#[test]
fn unknown_keys_get_a_hint() {
    assert_snapshot!(problems("[replies]", "[reply]"), @r#"line 41: reply: unknown key; did you mean "replies"?"#);
    assert_snapshot!(problems("history = true", "history = true\ncategory_id = 3"), @r"line 40: import.category_id: unknown key; it belongs under [thulium]");
    assert_snapshot!(problems("history = true", "zzz = true"), @r"line 39: import.zzz: unknown key; known here: backfill, history");
    assert_snapshot!(problems("category_id = 5", "categoryId = 5"), @r#"line 35: thulium.category_rules[1].categoryId: unknown key; did you mean "category_id"?"#);
    assert_snapshot!(problems("category_id = 3", "Category_ID = 3"), @r#"line 21: thulium.Category_ID: unknown key; did you mean "category_id"?"#);
}

#[test]
fn secrets_are_sent_away_and_never_repeated() {
    for key in ["empik_api_key", "thulium_password", "thulium_user", "callback-token", "haslo"] {
        let text =
            problems("comment_login = \"api\"", &format!("comment_login = \"api\"\n{key} = \"hunter2\""));
        assert!(text.contains("empikctl secrets set") && !text.contains("hunter2"), "{text}");
    }
    let text = problems("https://acme", "https://api:hunter2@acme");
    assert!(text.contains("empikctl secrets set") && !text.contains("hunter2"), "{text}");
}

#[test]
fn values_are_checked() {
    assert_snapshot!(problems("\"shop-a\"", "\"Shop_A\""), @r"line 2: id: must be 1 to 40 of the characters a-z, 0-9 and -");
    assert_snapshot!(problems("\"EmpikPlace – Sklep A\"", "\"  \""), @r"line 3: name: must not be blank");
    assert_snapshot!(problems("poll_seconds = 60", "poll_seconds = 9"), @r"line 10: empikplace.poll_seconds: must be from 10 to 3600");
    assert_snapshot!(problems("calls_per_hour = 240", "calls_per_hour = 11"), @r"line 11: empikplace.calls_per_hour: must be from 12 to 100000");
    assert_snapshot!(problems("shop_id = 2000", "shop_id = 0"), @r"line 9: empikplace.shop_id: must be a positive number");
    assert_snapshot!(problems("queue_id = 7", "queue_id = 99999999999999999999"), @r"line 20: thulium.queue_id: must be a positive number");
    assert_snapshot!(problems("settle_seconds = 0", "settle_seconds = 3601"), @r"line 42: replies.settle_seconds: must be from 0 to 3600");
    assert_snapshot!(problems("attachment_limit_mb = 10", "attachment_limit_mb = 31"), @r"line 47: replies.attachment_limit_mb: must be from 1 to 30");
    assert_snapshot!(problems("https://marketplace.empik.com\"", "ftp://marketplace.empik.com\""), @r#"line 8: empikplace.url: must be a whole URL; such as "https://acme.example""#);
    assert_snapshot!(problems("https://marketplace.empik.com\"", "https://marketplace.empik.com/?a=b\""), @r"line 8: empikplace.url: must be a base URL, without ? and #");
    assert_snapshot!(problems("{order_id}", "{order}"), @r"line 12: empikplace.order_link: unknown placeholder {order}; allowed here: {order_id}");
    assert_snapshot!(problems("conversation_link = \"\"", "conversation_link = \"panel/{thread_id}\""), @r#"line 13: empikplace.conversation_link: must be a whole URL; such as "https://acme.example""#);
    assert_snapshot!(problems("{thread}@", "{thread_id}@"), @r"line 18: thulium.reply_address: unknown placeholder {thread_id}; allowed here: {thread}");
    assert_snapshot!(problems("auto_reply = \"\"", "auto_reply = \"Witaj {name\""), @r"line 44: replies.auto_reply: has a brace that belongs to no placeholder; allowed here: {order}, {name}, {opening}");
    assert_snapshot!(problems("auto_reply = \"\"", "auto_reply = \"OK\""), @r"line 44: replies.auto_reply: has 2 characters; 3 to 50000 are allowed");
    assert_snapshot!(problems("Empik wątek", "Empik [wątek]"), @r"line 27: thulium.thread_field: must not start or end with a blank or contain brackets");
    assert_snapshot!(problems("Europe/Warsaw", "CEST+1"), @r#"line 24: thulium.time_zone: is not the name of a time zone; use an IANA name such as "Europe/Warsaw""#);
    assert_snapshot!(problems("\"none\"", "\"30 days\""), @r#"line 38: import.backfill: must be "none", a number of days from "1d" to "3650d", or a date such as "2026-11-01" or "2026-11-01T08:00:00+01:00""#);
    assert_snapshot!(problems("conversation_link = \"\"", "locale = \"polish\""), @r#"line 13: empikplace.locale: is not a locale; such as "pl_PL""#);
    assert_snapshot!(problems("conversation_link = \"\"", "locale = \"PL_PL\""), @r#"line 13: empikplace.locale: is not a locale; such as "pl_PL""#);
    assert_snapshot!(problems("conversation_link = \"\"", "locale = \"pl_pl\""), @r#"line 13: empikplace.locale: is not a locale; such as "pl_PL""#);
    assert_snapshot!(problems("conversation_link = \"\"", "locale = \"pl_POL\""), @r#"line 13: empikplace.locale: is not a locale; such as "pl_PL""#);
    assert!(
        problems("https://marketplace", "https://user@marketplace").contains("must not contain credentials")
    );
    for (key, value) in [("closed", "20261231"), ("hours", "mon 8:00-16:00"), ("hours", "mon 09:00-24:01")] {
        let text = problems("[import]", &format!("[business_hours]\n{key} = [{value:?}]\n[import]"));
        assert!(text.starts_with(&format!("line 38: business_hours.{key}: in the list:")), "{text}");
    }
    assert_snapshot!(problems("[import]", "[calibration]\nreopens = \"maybe\"\n[import]"), @r#"line 38: calibration.reopens: must be one of "auto", "yes", "no""#);
}

#[test]
fn addresses_are_plausible() {
    for good in ["a@b.pl", "a.b+c@sklep-a.example", "o'neil@żółw.example"] {
        assert_eq!(with("empik@shop.example", good).unwrap().thulium.mailbox, good);
    }
    for bad in
        ["", "a", "@b.pl", "a@", "a@b", "a@b..pl", "a b@c.pl", ".a@b.pl", "a@-b.pl", "a@b@c.pl", "A <a@b.pl>"]
    {
        let text = problems("empik@shop.example", bad);
        assert!(text.contains("thulium.mailbox: is not an e-mail address"), "{bad}: {text}");
    }
}

#[test]
fn replies_never_lead_back_into_the_mailbox() {
    for loops in [
        "empik@shop.example",
        "EMPIK@Shop.Example",
        "empik+{thread}@shop.example",
        "empik{thread}@shop.example",
    ] {
        let text = problems("{thread}@noreply.shop.example", loops);
        assert!(text.contains("thulium.reply_address: leads back into the mailbox"), "{loops}: {text}");
    }
    with("{thread}@noreply.shop.example", "{thread}@shop.example").unwrap();
}

#[test]
fn keys_are_checked_together() {
    assert_snapshot!(problems("watch = \"all\"\nqueue_id = 7", "watch = \"queue\""), @r#"line 19: thulium.watch: "queue" needs to know which queue; add queue_id = 7, or use watch = "all""#);
    assert_snapshot!(problems("Empik produkty", "Empik wątek"), @r"line 29: thulium.products_field: names the same field as thread_field; each needs a field of its own");
    assert_snapshot!(problems("topic = \"reklamacja\"", ""), @r"line 33: thulium.category_rules[1]: matches every ticket; add topic, entity or sender");
}

#[test]
fn stored_settings_outlive_upgrade_and_rollback() {
    let settings = example();
    assert_eq!(Settings::from_json(&settings.to_json().unwrap()).unwrap(), settings);

    let mut stored: serde_json::Value = serde_json::from_str(&settings.to_json().unwrap()).unwrap();
    let root = stored.as_object_mut().unwrap();
    root.remove("calibration");
    root.insert("added_later".to_owned(), 1.into());
    stored["empikplace"].as_object_mut().unwrap().remove("locale");
    stored["replies"].as_object_mut().unwrap().remove("receipts");
    assert_eq!(Settings::from_json(&stored.to_string()).unwrap(), settings);
}

#[test]
fn stored_settings_are_checked_again() {
    let mut settings = example();
    settings.empikplace.poll_seconds = 1;
    let error = Settings::from_json(&settings.to_json().unwrap()).unwrap_err();
    assert_snapshot!(error, @r"empikplace.poll_seconds: must be from 10 to 3600");
    assert_snapshot!(Settings::from_json(r#"{"id": "shop-a", "name": 7}"#).unwrap_err(), @r"this is not the stored form of settings; it fails at column 26 of line 1");
}

#[test]
fn the_file_for_newcomers_is_valid_and_not_enabled() {
    let file = default_template(&"shop-b".parse().unwrap());
    let mut expected = example();
    expected.id = "shop-b".parse().unwrap();
    expected.enabled = false;
    expected.empikplace.shop_id = None;
    expected.thulium.queue_id = None;
    expected.thulium.category_id = None;
    expected.thulium.category_rules.clear();
    assert_eq!(Settings::from_toml(&file).unwrap(), expected);
    assert_snapshot!(file, @r#"
    # An integration of empik-thulium-bridge. Secrets go to Secrets Manager with `empikctl secrets set`.

    # 1 to 40 of a-z, 0-9 and -; never changes
    id = "shop-b"
    # what people call it
    name = "EmpikPlace – Sklep A"
    # false: nothing is carried over
    enabled = false
    # of the words in tickets: pl | en
    language = "pl"

    # The shop on EmpikPlace.
    [empikplace]
    # the marketplace
    url = "https://marketplace.empik.com"
    # only where the API key opens several shops
    #shop_id = 2000
    # seconds between two reads, 10 to 3600
    poll_seconds = 60
    # the most calls in any hour, at least 12
    calls_per_hour = 240
    # where agents find an order; empty: no link
    order_link = "https://marketplace.empik.com/mmp/shop/order/{order_id}"
    # where agents find a thread, with {thread_id}; empty: the order is linked
    conversation_link = ""
    # days in which a ticket is told of changes of its orders, up to 60; 0: never
    order_watch_days = 14
    # minutes between two looks at watched orders, 1 to 1440
    order_watch_minutes = 15
    # the language of EmpikPlace's labels
    locale = "pl_PL"

    # The Thulium account.
    [thulium]
    # the account
    url = "https://acme.thulium.com"
    # `to` of tickets: a mailbox defined in Thulium
    mailbox = "empik@shop.example"
    # `from` of tickets. Thulium e-mails agents' replies there: a domain of yours whose mail is discarded,
    # never the buyer's own address, never one that leads back into a Thulium mailbox (a loop)
    reply_address = "{thread}@noreply.shop.example"
    # where changed tickets are looked for: all | queue (only in queue_id; agents move tickets)
    watch = "all"
    # the queue of new tickets; absent: Thulium chooses
    #queue_id = 7
    # their category where no rule matches; absent: none
    #category_id = 3
    # their source; empty: not sent
    source = "www"
    # their tags
    tags = ["empikplace"]
    # the zone of Thulium's dates
    time_zone = "Europe/Warsaw"
    # text field in the CRM with EmpikPlace's customer id
    customer_field = "Empik ID"
    # create customers who are not found in the CRM
    create_customers = true
    # text field of tickets; empty: not written
    thread_field = "Empik wątek"
    # text field of tickets; empty: not written
    order_field = "Empik zamówienie"
    # text field of tickets; empty: not written
    products_field = "Empik produkty"
    # text field of tickets for the link; empty: not written
    conversation_field = "Empik rozmowa"
    # text field of tickets for since when the shop owes an answer (2026-11-23 14:03); empty: not written
    reply_needed_field = ""
    # user_login of the bridge's comments
    comment_login = "api"
    # status of a ticket that must stand before the agents again; absent: found by name
    #reopen_status_id = 1

    # Where new tickets belong. The first rule that matches wins; all conditions of a rule must hold.
    #   topic        part of the topic or reason, in any case
    #   entity       what the thread is about: MMP_ORDER, MMP_OFFER, …
    #   sender       who wrote first
    #   category_id  the category it gets
    #   queue_id     the queue it gets; absent: the one above

    #[[thulium.category_rules]]
    #topic = "reklamacja"
    #category_id = 5

    # What is taken over from earlier.
    [import]
    # threads written to before it was enabled: none | "30d" | an RFC 3339 date (midnight UTC) or time
    backfill = "none"
    # earlier messages of a qualifying thread are added to its ticket
    history = true

    # How agents' replies are forwarded.
    [replies]
    # wait before forwarding a reply, up to 3600
    settle_seconds = 0
    # forward Thulium's automatic replies
    automatic = true
    # logins under which Thulium writes automatic replies; those without a login are always taken for such
    automatic_logins = []
    # our own, once per conversation, with {order}, {name} and {opening} (when somebody answers); empty: none
    auto_reply = ""
    # to what the buyer writes: always | open (within the business hours) | closed (outside of them)
    auto_reply_when = "always"
    # EmpikPlace receives replies to buyers too
    operator_copy = false
    # a comment in the ticket confirms each delivery
    receipts = false
    # hold a reply back where the buyer wrote what the agent cannot have seen, and ask the agent
    stale_guard = false
    # minutes in the ticket after which a buyer's message counts as seen, up to 60
    stale_minutes = 2
    # per conversation, 1 to 30
    attachment_limit_mb = 10
    # endings of files that EmpikPlace takes; [] for any
    file_types = ["csv", "doc", "gif", "jpg", "mov", "mp4", "odp", "ods", "odt", "pdf", "png", "ppt", "rtf", "txt", "xls", "xlsx", "zpl"]
    # a comment once the shop has owed an answer for so long, up to 720; 0: never
    remind_after_hours = 0

    # When the shop answers, in the zone of Thulium's dates; for auto_reply_when and {opening}.
    [business_hours]
    # days (mon tue wed thu fri sat sun) and hours, such as "sat 10:00-14:00"
    hours = ["mon-fri 09:00-17:00"]
    # public holidays on which nobody answers: pl | none
    holidays = "pl"
    # further days on which nobody answers, such as "2026-12-31"
    closed = []

    # How the live account behaves where the documentation does not say; auto leaves it to the bridge.
    [calibration]
    # what carries a comment's text: auto | comment | content | body | text | message
    comment_parameter = "auto"
    # files on further customer messages: auto | accepted | refused
    follow_up_attachments = "auto"
    # a further customer message brings a closed ticket back: auto | yes | no
    reopens = "auto"
    # how < and & are written in replies: auto | safe | none | html
    escape = "auto"
    "#);
}

#[test]
fn every_example_of_the_schema_is_accepted() {
    let file = default_template(&"shop-b".parse().unwrap());
    let uncommented = file.replace("\n#[[", "\n[[");
    let uncommented: Vec<_> = uncommented
        .lines()
        .map(|line| line.strip_prefix('#').filter(|l| !l.starts_with(' ')).unwrap_or(line))
        .collect();
    let settings = Settings::from_toml(&uncommented.join("\n")).unwrap();
    assert_eq!(settings.thulium.reopen_status_id, Some(1));
    assert_eq!(settings.thulium.category_rules, example().thulium.category_rules);
}

#[test]
fn the_first_rule_that_matches_places_the_ticket() {
    let mut thulium = example().thulium;
    let rule = |topic: Option<&str>, entity: Option<&str>, sender, category_id, queue_id| CategoryRule {
        topic: topic.map(str::to_owned),
        entity: entity.map(str::to_owned),
        sender,
        category_id,
        queue_id,
    };
    thulium.category_rules = vec![
        rule(Some("ZWROT"), None, Some(Sender::Operator), 10, None),
        rule(Some("płatność"), None, None, 11, Some(9)),
        rule(None, Some("MMP_OFFER"), None, 12, None),
        rule(None, None, Some(Sender::Operator), 13, None),
    ];
    let placed = |labels: &[&str], entities: &[&str], sender| {
        let placement = thulium.category_for(labels, entities, sender);
        (placement.category_id, placement.queue_id)
    };
    let order = &["MMP_ORDER"][..];
    assert_eq!(placed(&["Prośba o zwrot"], order, Sender::Operator), (Some(10), Some(7)));
    assert_eq!(placed(&["Prośba o zwrot"], order, Sender::Customer), (Some(3), Some(7)));
    assert_eq!(placed(&["Inne", "PŁATNOŚĆ za zamówienie"], order, Sender::Customer), (Some(11), Some(9)));
    assert_eq!(placed(&["Pytanie"], &["MMP_ORDER", "mmp_offer"], Sender::Operator), (Some(12), Some(7)));
    assert_eq!(placed(&[], &[], Sender::Operator), (Some(13), Some(7)));
    assert_eq!(placed(&[], &[], Sender::Customer), (Some(3), Some(7)));
    thulium.category_id = None;
    thulium.queue_id = None;
    let nowhere = Placement { category_id: None, queue_id: None };
    assert_eq!(thulium.category_for(&[], &[], Sender::Customer), nowhere);
}

#[test]
fn the_import_starts_where_it_is_set() {
    let enabled_at: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
    let starts = |text: &str| {
        let backfill = text.parse().unwrap();
        Import { backfill, history: true }.starts_at(enabled_at).to_string()
    };
    assert_eq!(starts("none"), "2026-11-23T12:00:00Z");
    assert_eq!(starts("30d"), "2026-10-24T12:00:00Z");
    assert_eq!(starts("2026-11-01"), "2026-11-01T00:00:00Z");
    assert_eq!(starts("2026-11-01T08:00:00+01:00"), "2026-11-01T07:00:00Z");
    for bad in ["", "d", "0d", "-1d", "3651d", "30", "2026-13-01", "2026-11-01T08:00:00", "None"] {
        assert_eq!(bad.parse::<Backfill>(), Err(InvalidBackfill), "{bad}");
    }
}

#[test]
fn placeholders_are_filled_once() {
    let mut settings = example();
    assert_eq!(
        settings.empikplace.link_to_order("12/3 A").unwrap(),
        "https://marketplace.empik.com/mmp/shop/order/12%2F3%20A"
    );
    assert_eq!(settings.empikplace.link_to_conversation("t"), None);
    assert_eq!(settings.thulium.reply_address_of("0a-1b"), "0a-1b@noreply.shop.example");
    assert_eq!(settings.replies.auto_reply_for("1", "Jan", ""), None);
    settings.replies.auto_reply = "{name}: {order}!".to_owned();
    assert_eq!(settings.replies.auto_reply_for("1-A", "{order}", "").unwrap(), "{order}: 1-A!");
}

#[test]
fn ids_are_checked() {
    assert_eq!("shop-a1".parse::<IntegrationId>().unwrap().as_str(), "shop-a1");
    for bad in ["", "Shop", "a_b", "ą", "a/b", &"a".repeat(41)] {
        assert_eq!(bad.parse::<IntegrationId>(), Err(InvalidIntegrationId), "{bad}");
    }
    assert!(serde_json::from_str::<IntegrationId>("\"a b\"").is_err());
}

prop_compose! {
    fn any_settings()(
        id in "[a-z0-9-]{1,40}",
        name in "\\PC{0,20}[a-z\"'\\\\]",
        auto_reply in prop_oneof![Just(String::new()), "[^{}]{0,40}abc[^{}]{0,20}"],
        numbers in (10u32..=3600, 12u32..=100_000, 0u32..=3600, 1u32..=30),
        watch in (0u32..=60, 1u32..=1440, 0u32..=720),
        ids in prop::collection::vec(prop::option::of(1u64..=i64::MAX as u64), 5),
        flags in prop::collection::vec(any::<bool>(), 8),
        tags in prop::collection::vec("\\PC{0,10}[a-z#\\]]", 0..3),
        rules in prop::collection::vec(("\\PC{0,10}[a-z]", 1u64..1000, prop::option::of(1u64..1000)), 0..3),
        backfill in prop_oneof![
            Just(Backfill::None),
            (1u32..=3650).prop_map(Backfill::Days),
            (0i64..4_000_000_000_000).prop_map(|ms| Backfill::Since(Timestamp::from_millisecond(ms).unwrap())),
        ],
    ) -> Settings {
        let mut settings = example();
        settings.id = id.parse().unwrap();
        settings.name = name;
        settings.enabled = flags[0];
        settings.language = if flags[1] { Language::Pl } else { Language::En };
        settings.empikplace.shop_id = ids[0].map(|id| i64::try_from(id).unwrap());
        settings.empikplace.poll_seconds = numbers.0;
        settings.empikplace.calls_per_hour = numbers.1;
        settings.thulium.queue_id = ids[1];
        settings.thulium.watch = if ids[1].is_some() { Watch::Queue } else { Watch::All };
        settings.thulium.category_id = ids[2];
        settings.thulium.reopen_status_id = ids[3];
        settings.thulium.tags = tags;
        settings.thulium.category_rules = rules
            .into_iter()
            .map(|(topic, category_id, queue_id)| CategoryRule {
                topic: Some(topic),
                entity: flags[2].then(|| "MMP_OFFER".to_owned()),
                sender: flags[3].then_some(Sender::Operator),
                category_id,
                queue_id,
            })
            .collect();
        settings.import = Import { backfill, history: flags[4] };
        settings.replies = Replies {
            settle_seconds: numbers.2,
            automatic: flags[5],
            automatic_logins: Vec::new(),
            auto_reply,
            auto_reply_when: if flags[3] { AutoReplyWhen::Closed } else { AutoReplyWhen::Open },
            stale_guard: flags[4],
            stale_minutes: numbers.2 % 60,
            operator_copy: flags[6],
            receipts: flags[7],
            attachment_limit_mb: numbers.3,
            file_types: if flags[2] { vec!["pdf".to_owned()] } else { Vec::new() },
            remind_after_hours: watch.2,
        };
        settings.empikplace.order_watch_days = watch.0;
        settings.empikplace.order_watch_minutes = watch.1;
        settings.thulium.reply_needed_field = if flags[4] { "Empik czeka od".to_owned() } else { String::new() };
        settings.calibration = Calibration {
            comment_parameter: flags[0].then_some(CommentParameter::Content),
            follow_up_attachments: flags[1].then_some(FollowUpAttachments::Refused),
            reopens: flags[2].then_some(Reopens::No),
            escape: flags[3].then_some(Escape::None),
        };
        settings
    }
}

proptest! {
    #[test]
    fn settings_survive_being_written(settings in any_settings()) {
        prop_assert_eq!(&Settings::from_toml(&settings.to_toml()).unwrap(), &settings);
        prop_assert_eq!(&Settings::from_json(&settings.to_json().unwrap()).unwrap(), &settings);
    }
}
