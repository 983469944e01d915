//! The shortest whole story: a question, its answer, a follow-up, and a reply that is too short.

use scenarios::{Options, Rig};
use twins::{AgentReply, Author, Found, NewMessage, NewThread};

#[tokio::test]
async fn a_question_its_answer_and_a_reply_that_is_too_short() {
    let rig = Rig::new(Options::default()).await;
    let question = NewThread::from_customer("C-1", "Jan K.", "Gdzie <b>paczka</b>?").about_order("1-A");
    let thread = rig.world.open_thread(question).expect("a thread").thread_id;
    rig.tick().await;
    let ticket = rig.ticket_of(&thread).await.expect("a ticket");

    let reply = |text: &str| rig.world.agent_reply(ticket, AgentReply::new("akowalska", text));
    rig.world.write(&thread, NewMessage::new(Author::Customer, "halo?")).expect("a message");
    rig.world.write(&thread, NewMessage::new(Author::Shop, "z panelu, dzień dobry")).expect("a message");
    reply("<p>Dzień dobry,</p><p>wysłaliśmy &amp; jedzie</p>").expect("a reply");
    rig.minute().await;
    reply("ok").expect("a reply");
    assert!(rig.settle().await);

    let comparison = rig.world.comparison();
    assert!(comparison.clean, "{:?}", comparison.findings);
    assert_eq!((comparison.inbound, comparison.inbound_carried), (2, 2));
    assert_eq!((comparison.replies, comparison.replies_carried), (2, 1));
    assert_eq!(comparison.counts[&Found::ReplyTold], 1);
    assert_eq!(rig.parked().await.len(), 1);
}
