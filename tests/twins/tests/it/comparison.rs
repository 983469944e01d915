//! The comparison: a clean conversation is clean, and each kind of damage is found.

use serde_json::json;
use twins::{
    AgentReply, Author, Found, NewComment, NewFile, NewMail, NewMessage, NewThread, ParticipantKind,
    ShopOptions, WorldOptions, marker,
};

use super::{Twins, new_ticket};

impl Twins {
    fn found(&self) -> Vec<Found> {
        let comparison = self.world.comparison();
        let found: Vec<Found> = comparison.findings.iter().map(|finding| finding.kind).collect();
        assert_eq!(comparison.clean, found.iter().all(|kind| kind.is_note()));
        assert_eq!(comparison.counts.values().sum::<usize>(), found.len());
        found
    }

    /// Puts a message into a ticket as the bridge does.
    async fn carry(&self, ticket: u64, message: &str, text: &str) {
        let body = json!({ "body": marked(message, text), "body_type": "PLAIN" });
        let path = format!("tickets/{ticket}/customer_response");
        assert_eq!(self.thulium_post(&path, body).await.0, 201);
    }

    async fn comment(&self, ticket: u64, text: &str) {
        let path = format!("tickets/{ticket}/comment");
        assert_eq!(self.thulium_post(&path, json!({ "comment": text })).await.0, 201);
    }

    /// A thread whose first message is carried into a ticket.
    async fn joined(&self, text: &str) -> (String, u64) {
        let opened = self.thread(text);
        let ticket = self.ticket(&marked(&opened.message_id, text)).await;
        (opened.thread_id, ticket)
    }

    fn reply(&self, ticket: u64, body: &str) -> u64 {
        self.world.agent_reply(ticket, AgentReply::new("jnowak", body)).unwrap()
    }

    fn write(&self, thread: &str, from: Author, body: &str) -> String {
        self.world.write(thread, NewMessage::new(from, body)).unwrap()
    }
}

fn marked(message: &str, text: &str) -> String {
    format!("Jan K. (klient) · {}\n\n{text}", marker(message))
}

#[tokio::test]
async fn a_faithful_bridge_is_clean() {
    let twins = Twins::start().await;
    let (thread, ticket) = twins.joined("Gdzie paczka? a < b").await;
    let panel = twins.write(&thread, Author::Shop, "Sprawdzamy w panelu");
    twins.comment(ticket, &marked(&panel, "Sprawdzamy w panelu")).await;
    let html = twins.write(&thread, Author::Operator, "<p>Prosimy&nbsp;o <b>odpowiedź</b></p>");
    twins.carry(ticket, &html, "Prosimy o odpowiedź").await;
    twins.reply(ticket, "<p>Wysłana &amp; w drodze</p><p>Pozdrawiam</p>");
    twins.m12(&thread, "Wysłana & w drodze<br />Pozdrawiam").await;
    let comment =
        NewComment { login: "jnowak".into(), text: "Trudny klient".into(), attachments: Vec::new() };
    twins.world.agent_comment(ticket, comment).unwrap();
    // A ticket that has nothing to do with the marketplace owes nothing to it.
    let mail =
        NewMail { from: "a@b.example".into(), subject: "x".into(), body: "y".into(), ticket_queue_id: None };
    let mail = twins.world.receive_mail(mail).unwrap();
    twins.reply(mail, "Odpowiedź mailem");
    assert_eq!(twins.found(), []);
    let comparison = twins.world.comparison();
    assert_eq!((comparison.inbound, comparison.inbound_carried), (2, 2));
    assert_eq!((comparison.replies, comparison.replies_carried), (1, 1));
}

#[tokio::test]
async fn inbound_damage_is_found() {
    let twins = Twins::start().await;
    let (thread, ticket) = twins.joined("Pierwsza wiadomość").await;
    let second = twins.write(&thread, Author::Customer, "Druga wiadomość");
    assert_eq!(twins.found(), [Found::Lost]);
    let later = twins.world.now() + jiff::SignedDuration::from_secs(1);
    assert!(twins.world.comparison_since(later).clean);
    let third = twins.write(&thread, Author::Customer, "Trzecia wiadomość");
    twins.carry(ticket, &third, "Trzecia wiadomość").await;
    twins.carry(ticket, &second, "Druga wiadomość").await;
    assert_eq!(twins.found(), [Found::Disordered]);
    twins.carry(ticket, &third, "Trzecia wiadomość").await;
    assert_eq!(twins.found(), [Found::Doubled, Found::Disordered]);
}

#[tokio::test]
async fn altered_misplaced_and_echoed_texts_are_found() {
    let twins = Twins::start().await;
    let opened = twins.thread("Proszę o zwrot pieniędzy");
    twins.ticket(&marked(&opened.message_id, "Proszę o zwrot")).await;
    assert_eq!(twins.found(), [Found::Altered]);

    let twins = Twins::start().await;
    let (_, ticket) = twins.joined("Pierwszy wątek").await;
    let other = twins.thread("Drugi wątek");
    twins.carry(ticket, &other.message_id, "Drugi wątek").await;
    assert_eq!(twins.found(), [Found::Mixed]);

    let twins = {
        drop(twins);
        let _ = ticket;
        Twins::start().await
    };
    let (thread, ticket) = twins.joined("Dzień dobry").await;
    let panel = twins.write(&thread, Author::Shop, "Z panelu sklepu");
    assert_eq!(twins.found(), [Found::PanelMissing]);
    twins.carry(ticket, &panel, "Z panelu sklepu").await;
    assert_eq!(twins.found(), [Found::PanelAsMail]);
    twins.comment(ticket, &marked(&panel, "Z panelu sklepu")).await;
    assert_eq!(twins.found(), [Found::PanelDoubled, Found::PanelAsMail]);
    twins.reply(ticket, "Odpowiedź agenta");
    let sent = twins.m12(&thread, "Odpowiedź agenta").await.1["message_id"].as_str().unwrap().to_owned();
    twins.carry(ticket, &sent, "Odpowiedź agenta").await;
    assert!(twins.found().contains(&Found::Echoed));
}

#[tokio::test]
async fn outbound_damage_is_found() {
    let twins = Twins::start().await;
    let (thread, ticket) = twins.joined("Dzień dobry").await;
    twins.reply(ticket, "Pierwsza odpowiedź");
    assert_eq!(twins.found(), [Found::ReplyMissing]);
    twins.m12(&thread, "Pierwsza odpowiedź").await;
    assert_eq!(twins.found(), []);
    twins.m12(&thread, "pierwsza <b>odpowiedź</b>").await;
    assert_eq!(twins.found(), [Found::ReplyDoubled]);
    let (other, _) = twins.joined("Inny wątek").await;
    twins.m12(&other, "Pierwsza odpowiedź").await;
    assert_eq!(twins.found(), [Found::ReplyDoubled, Found::ReplyMisdirected]);
    twins.reply(ticket, "ok");
    assert!(twins.found().contains(&Found::ReplyMissing));
    twins.comment(ticket, "Odpowiedź jest za krótka dla EmpikPlace").await;
    assert!(!twins.found().contains(&Found::ReplyMissing) && twins.found().contains(&Found::ReplyTold));
}

#[tokio::test]
async fn order_recipients_and_automatic_replies_are_looked_at() {
    let twins = Twins::start().await;
    let (thread, ticket) = twins.joined("Dzień dobry").await;
    twins.world.automatic_reply(ticket, "Dziękujemy za wiadomość", "").unwrap();
    assert_eq!(twins.found(), [Found::AutomaticMissing]);
    twins.m12(&thread, "Dziękujemy za wiadomość").await;
    assert_eq!(twins.found(), []);
    twins.reply(ticket, "Raz");
    twins.reply(ticket, "Dwa");
    twins.m12(&thread, "Dwa").await;
    twins.m12(&thread, "Raz").await;
    assert_eq!(twins.found(), [Found::ReplyDisordered]);
    twins.reply(ticket, "Tylko do operatora");
    let input = json!({ "body": "Tylko do operatora", "to": [{ "type": "OPERATOR" }] });
    twins.m12_form(&thread, super::reply_form(&input)).await;
    assert_eq!(twins.found(), [Found::ReplyDisordered, Found::WrongRecipient]);
}

#[tokio::test]
async fn leaks_are_found() {
    let twins = Twins::start().await;
    let (thread, ticket) = twins.joined("Gdzie jest moja paczka?").await;
    let private = NewThread {
        from: Some(Author::Operator),
        ..NewThread::from_customer("C-2", "Ewa", "Klientka jest na czarnej liście")
    };
    let private = twins.world.open_thread(private).unwrap();
    twins.ticket(&marked(&private.message_id, "Klientka jest na czarnej liście")).await;
    let comment =
        NewComment {
            login: "jnowak".into(), text: "Nie zwracać pieniędzy!".into(), attachments: Vec::new()
        };
    twins.world.agent_comment(ticket, comment).unwrap();
    assert_eq!(twins.found(), []);
    twins.m12(&thread, "Nie zwracać pieniędzy!").await;
    assert_eq!(twins.found(), [Found::CommentLeaked]);
    twins.m12(&private.thread_id, "Klientka jest na czarnej liście").await;
    assert_eq!(twins.found()[1..], [Found::OperatorLeaked]);
    twins.m12(&thread, "Gdzie jest moja paczka?").await;
    assert!(twins.found().contains(&Found::Returned));
    twins.m12(&thread, "Coś zupełnie innego").await;
    assert!(twins.found().contains(&Found::Unexplained));
}

#[tokio::test]
async fn a_private_operator_thread_must_not_be_answered_to_the_buyer() {
    let twins = Twins::start().await;
    let private = NewThread {
        from: Some(Author::Operator),
        to: Some(vec![ParticipantKind::Shop]),
        ..NewThread::from_customer("C-2", "Ewa", "Prosimy o wyjaśnienie")
    };
    let opened = twins.world.open_thread(private).unwrap();
    let ticket = twins.ticket(&marked(&opened.message_id, "Prosimy o wyjaśnienie")).await;
    twins.reply(ticket, "Wyjaśniamy");
    twins.m12(&opened.thread_id, "Wyjaśniamy").await;
    assert_eq!(twins.found(), [Found::WrongRecipient]);
}

#[tokio::test]
async fn files_splits_and_mail_loops_are_found() {
    let twins = Twins::start().await;
    let mut new = NewThread::from_customer("C-1", "Jan", "Zdjęcie");
    new.attachments.push(NewFile::new("a.jpg", b"jpg"));
    let opened = twins.world.open_thread(new).unwrap();
    let token = twins.upload("a.jpg", b"jpg").await;
    let mut ticket = new_ticket(&marked(&opened.message_id, "Zdjęcie"));
    ticket["from"] = json!("empik@shop.example");
    let (_, made) = twins.thulium_post("tickets", ticket.clone()).await;
    assert_eq!(twins.found(), [Found::FileNotInTicket]);
    let first = made["ticket_id"].as_u64().unwrap();
    twins.world.delete_ticket(first).unwrap();
    ticket["attachments"] = json!([token]);
    let (_, made) = twins.thulium_post("tickets", ticket).await;
    let second = made["ticket_id"].as_u64().unwrap();
    assert_eq!(twins.found(), []);
    let mut reply = AgentReply::new("jnowak", "W załączniku");
    reply.attachments.push(NewFile::new("b.pdf", b"pdf"));
    twins.world.agent_reply(second, reply).unwrap();
    twins.m12(&opened.thread_id, "W załączniku").await;
    assert_eq!(twins.found(), [Found::FileNotInThread, Found::MailLoop]);
    let more = twins.write(&opened.thread_id, Author::Customer, "Jeszcze jedno");
    twins.ticket(&marked(&more, "Jeszcze jedno")).await;
    assert!(twins.found().contains(&Found::Split));
}

#[tokio::test]
async fn a_reply_that_was_deleted_with_its_ticket_is_a_note() {
    let twins = Twins::start().await;
    let (_, ticket) = twins.joined("Dzień dobry").await;
    twins.reply(ticket, "Odpowiedź");
    assert_eq!(twins.found(), [Found::ReplyMissing]);
    twins.world.delete_ticket(ticket).unwrap();
    assert_eq!(twins.found(), [Found::ReplyDeleted]);
}

#[tokio::test]
async fn replies_after_a_merge_belong_to_the_thread() {
    let twins = Twins::start().await;
    let (thread, ticket) = twins.joined("Dzień dobry").await;
    let other = twins.ticket("Zwykłe zgłoszenie").await;
    twins.world.merge_tickets(ticket, other).unwrap();
    twins.reply(other, "Odpowiedź po połączeniu");
    assert_eq!(twins.found(), [Found::ReplyMissing]);
    twins.m12(&thread, "Odpowiedź po połączeniu").await;
    assert_eq!(twins.found(), []);
}

#[tokio::test]
async fn a_message_in_a_ticket_of_another_shop_is_found_unless_an_agent_brought_it() {
    let mut options = WorldOptions::default();
    options.shops.push(ShopOptions::new(2001, "empik-key", "Sklep B"));
    options.thulium.mailboxes.push("b@shop.example".into());
    options.shops[1].mailbox = "b@shop.example".into();
    let twins = Twins::with(options).await;
    let mut new = NewThread::from_customer("C-1", "Jan K.", "Gdzie paczka?");
    new.shop_id = Some(2001);
    let opened = twins.world.open_thread(new).unwrap();
    let ticket = twins.ticket(&marked(&opened.message_id, "Gdzie paczka?")).await;
    assert_eq!(twins.found(), [Found::WrongShop]);
    assert_eq!(twins.world.comparison().findings[0].shop, Some(2001));
    let (_, of_the_first) = twins.joined("Dzień dobry").await;
    twins.world.merge_tickets(ticket, of_the_first).unwrap();
    assert_eq!(twins.found(), []);
}
