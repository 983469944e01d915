//! What the log and the ledger keep: levels, counted attempts, writes.

use std::sync::{Arc, Mutex};

use scenarios::{Options, Rig, database};
use twins::{Author, FaultRule, NewFile, NewMessage, Side};

use crate::support::{COMMENT, answers, asked, asks, fails, opens, stays_closed, writes};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_warns_of_what_fails_by_what_it_means_and_of_nothing_else() {
    let log = Log::default();
    let writer = log.clone();
    runtime::telemetry::init_to(move || writer.clone(), Some("info"));
    // A panic is to show in the test's output, not in the log.
    drop(std::panic::take_hook());
    // Tests of the same process write to the same log.
    let http = wire::client(wire::Reach::Anywhere).expect("an HTTP client");
    let rig = Rig::on(&database().await, http, "shop-log", Options::default()).await;
    let lines = || {
        let log = String::from_utf8(log.0.lock().expect("no panic").clone()).expect("text");
        let lines = log.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        lines.filter(|line| line["integration.id"] == "shop-log").collect::<Vec<_>>()
    };
    let warnings = || lines().into_iter().filter(|line| line["level"] != "INFO").collect::<Vec<_>>();
    let thread = opens(&rig, asks("C-1", "Gdzie paczka?"));
    assert!(rig.settle().await);
    assert!(!lines().is_empty(), "it is listened to");
    assert_eq!(warnings(), Vec::<serde_json::Value>::new());

    let ticket = rig.ticket_of(&thread).await.expect("a ticket");
    for code in [500, 404] {
        rig.world.add_fault(FaultRule::nth(Side::Empikplace, "M12", 1, fails(code)));
        answers(&rig, ticket, "Paczka jest w drodze.");
        assert!(rig.settle().await);
    }
    let failures: Vec<_> = warnings().into_iter().filter(|line| line["event"] == "failure").collect();
    let levels: Vec<_> = failures.iter().filter_map(|line| line["level"].as_str()).collect();
    assert_eq!(levels, ["WARN", "ERROR"], "it may have arrived; it never will: {failures:?}");
}

/// `empikctl explain` tells the number.
#[tokio::test]
async fn an_act_that_is_announced_again_is_counted_and_another_one_begins_anew() {
    let (rig, thread, ticket) = asked(stays_closed()).await;
    let attempt = async || rig.loaded(&thread).await.conversation.and_then(|c| c.intent).map(|i| i.attempt);
    let with_file = |from, text| {
        let attachments = vec![NewFile::new("skan.pdf", b"%PDF")];
        rig.world
            .write(&thread, NewMessage { attachments, ..NewMessage::new(from, text) })
            .expect("a message");
    };
    // Its file did not come with the message, and the comment that is to bring it fails.
    rig.world.add_fault(FaultRule::always(Side::Thulium, COMMENT, fails(500)));
    with_file(Author::Customer, "Uszkodzona!");
    rig.minute().await;
    assert_eq!(attempt().await, Some(1));
    for _ in 0..3 {
        rig.minute().await;
    }
    assert_eq!(attempt().await, Some(2));
    rig.world.clear_faults();
    assert!(rig.settle().await);
    assert_eq!(attempt().await, None);

    // The ticket is owed to the agents while a colleague's file is not given out.
    rig.world.close_ticket(ticket).expect("closed");
    let unread = rig.world.add_fault(FaultRule::always(Side::Empikplace, "M13", fails(500)));
    writes(&rig, &thread, Author::Customer, "Halo?");
    with_file(Author::Shop, "Skan w załączniku.");
    rig.minute().await;
    assert!(rig.world.remove_fault(unread));
    rig.world.add_fault(FaultRule::always(Side::Thulium, COMMENT, fails(500)));
    rig.minute().await;
    assert_eq!(attempt().await, Some(1), "another act");
}
