//! Promise 3: the category by topic, by reason label, by entity, by sender; what no longer exists in
//! Thulium keeps no message away.

use bridge::settings::{CategoryRule, Language, Sender, Settings};
use twins::{Entity, MessageKind, NewThread, Topic};

use scenarios::shop::{Shop, texts};

fn rule(topic: Option<&str>, entity: Option<&str>, sender: Option<Sender>) -> CategoryRule {
    let text = |text: Option<&str>| text.map(str::to_owned);
    CategoryRule { topic: text(topic), entity: text(entity), sender, category_id: 5, queue_id: Some(8) }
}

fn only(rule: CategoryRule) -> impl FnOnce(&mut Settings) {
    move |settings| settings.thulium.category_rules = vec![rule]
}

/// The category and the queue of the ticket of a thread.
async fn placed(shop: &Shop, thread: NewThread) -> (Option<u64>, u64) {
    let before = shop.tickets().len();
    shop.opens(thread);
    shop.settle_clean().await;
    let tickets = shop.tickets();
    assert_eq!(tickets.len(), before + 1);
    tickets.last().map(|ticket| (ticket.category_id, ticket.ticket_queue_id)).expect("a ticket")
}

fn about(kind: &str, value: &str) -> NewThread {
    let mut thread = NewThread::from_customer("C-1", "Jan K.", "pytanie");
    thread.topic = Some(Topic { kind: kind.into(), value: value.into() });
    thread
}

const RULE: (Option<u64>, u64) = (Some(5), 8);
const DEFAULT: (Option<u64>, u64) = (Some(3), 7);

#[tokio::test]
async fn by_free_topic_else_the_default() {
    let shop = Shop::with(only(rule(Some("REKLAMACJA"), None, None))).await;
    assert_eq!(placed(&shop, about("FREE_TEXT", "Moja reklamacja butów")).await, RULE);
    assert_eq!(placed(&shop, about("FREE_TEXT", "Pytanie")).await, DEFAULT, "no rule matches");
}

#[tokio::test]
async fn by_the_label_of_a_reason_in_the_language_of_the_settings() {
    for (locale, topic, subject) in
        [("pl_PL", "reklamacja", "Reklamacja towaru"), ("en_GB", "complaint", "Complaint")]
    {
        let shop = Shop::with(|settings| {
            settings.empikplace.locale = locale.into();
            settings.language = Language::Pl;
            settings.thulium.category_rules = vec![rule(Some(topic), None, None)];
        })
        .await;
        // An incident's reason bears the same code.
        assert_eq!(placed(&shop, about("REASON_CODE", "20")).await, RULE, "{locale}");
        assert_eq!(shop.tickets()[0].subject, format!("EmpikPlace: {subject}"));
        assert_eq!(placed(&shop, about("REASON_CODE", "26")).await, DEFAULT, "{locale}");
        assert_eq!(shop.requests("RE01"), 1, "read once");
    }
}

#[tokio::test]
async fn by_entity() {
    let shop = Shop::with(only(rule(None, Some("MMP_OFFER"), None))).await;
    let mut offer = NewThread::from_customer("C-1", "Jan K.", "Czy jest czerwony?");
    offer.entities = vec![Entity { kind: "MMP_OFFER".into(), id: "77".into(), label: "Czajnik".into() }];
    assert_eq!(placed(&shop, offer).await, RULE);
    let order = NewThread::from_customer("C-1", "Jan K.", "Gdzie paczka?").about_order("1-A");
    assert_eq!(placed(&shop, order).await, DEFAULT);
    assert_eq!(placed(&shop, NewThread::from_customer("C-1", "Jan K.", "O niczym")).await, DEFAULT);
}

#[tokio::test]
async fn by_sender() {
    let shop = Shop::with(only(rule(None, None, Some(Sender::Operator)))).await;
    let mut operator = NewThread::from_customer("", "", "Proszę uzupełnić ofertę.");
    operator.customer = None;
    assert_eq!(placed(&shop, operator).await, RULE);
    assert_eq!(placed(&shop, NewThread::from_customer("C-1", "Jan K.", "pytanie")).await, DEFAULT);
}

#[tokio::test]
async fn a_queue_a_category_and_a_field_that_no_longer_exist_keep_no_message_away() {
    for named in [true, false] {
        let shop = Shop::with(|settings| {
            settings.thulium.queue_id = Some(99);
            settings.thulium.category_id = Some(98);
            settings.thulium.thread_field = "Nie ma takiego pola".into();
        })
        .await;
        shop.world().switch(|s| s.thulium.refusals_name_the_part = named);
        shop.buyer_opens("pytanie");
        shop.settle_clean().await;
        let ticket = shop.ticket();
        assert_eq!(ticket.ticket_queue_id, 7, "the default queue of the mailbox");
        assert_eq!(ticket.tags, ["empikplace"]);
        assert!(ticket.customer_id.is_some(), "what is not refused stays");
        let card = &texts(&ticket, MessageKind::Comment)[0];
        for told in ["Do administratora", "kolejka 99", "kategoria 98", "pole „Nie ma takiego pola”"] {
            assert!(card.contains(told), "{told} in {card}");
        }
        let tries = shop.requests("POST tickets");
        assert!(tries <= 25, "{tries}");
        // The next ticket does without at once.
        shop.opens(NewThread::from_customer("C-2", "Ola", "drugie"));
        shop.settle_clean().await;
        assert_eq!(shop.requests("POST tickets"), tries + 1);
        assert!(texts(&shop.tickets()[1], MessageKind::Comment)[0].contains("kolejka 99"));
    }
}
