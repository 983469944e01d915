//! Messages and their files on the way into a ticket.

use bridge::settings::Settings;
use jiff::{SignedDuration, Timestamp};
use scenarios::{Options, Rig, START};
use twins::{
    AgentReply, At, Author, Fault, FaultRule, MessageKind, NewFile, NewMessage, NewThread, Side, Switches,
    Undocumented,
};

use crate::support::{
    COMMENT, RESPONSE, asked, asks, assert_clean, begun, fails, holds, notes, opens, requests, stands,
    stands_as, strikes, writes, writes_with,
};

/// Files of customers' messages are ignored, those of comments arrive.
fn files_in_comments() -> Options {
    let switches = |all: &mut Switches| {
        all.thulium.response_attachments = Undocumented::Ignored;
        all.thulium.comment_attachments = Undocumented::Accepted;
    };
    Options { switches, ..Options::default() }
}

/// What a ticket says of files that are not in it.
const ELSEWHERE: &str = "Są w rozmowie na EmpikPlace";

/// Somebody writes with files.
fn sends(rig: &Rig, thread: &str, from: Author, text: &str, files: &[NewFile]) {
    let message = NewMessage { attachments: files.to_vec(), ..NewMessage::new(from, text) };
    rig.world.write(thread, message).expect("a message");
}

/// Thulium says yes to the next comment, and it is nowhere.
fn swallows(rig: &Rig) {
    strikes(rig, Side::Thulium, COMMENT, fails(204));
}

#[tokio::test]
async fn a_message_of_the_very_moment_of_enabling_is_new() {
    for history in [|_: &mut _| {}, |settings: &mut Settings| settings.import.history = false] {
        let rig = Rig::new(Options { settings: history, ..Options::default() }).await;
        let start: Timestamp = START.parse().expect("a time");
        rig.world.set_time(start - SignedDuration::from_secs(10));
        let thread = opens(&rig, asks("C-1", "Gdzie paczka?"));
        rig.world.set_time(start);
        assert!(rig.settle().await);
        let ticket = rig.ticket_of(&thread).await.expect("a ticket");
        assert_eq!(stands(&rig, ticket, "Gdzie paczka?"), 1);
        assert_eq!(stands(&rig, ticket, "wcześniejsza"), 0);
    }
}

#[tokio::test]
async fn an_older_question_that_only_a_colleague_answers_since_stays_out() {
    let rig = Rig::new(Options::default()).await;
    let start: Timestamp = START.parse().expect("a time");
    rig.world.set_time(start - SignedDuration::from_hours(24));
    let thread = opens(&rig, asks("C-1", "Gdzie paczka?"));
    rig.world.set_time(start);
    writes(&rig, &thread, Author::Shop, "W drodze.");
    assert!(rig.settle().await);
    assert!(rig.world.tickets().is_empty());
    writes(&rig, &thread, Author::Customer, "Nadal nie dotarła.");
    assert!(rig.settle().await);
    let ticket = rig.ticket_of(&thread).await.expect("a ticket");
    assert_eq!(stands(&rig, ticket, "wcześniejsza"), 1, "only what is older than the integration");
    assert_clean(&rig);
}

#[tokio::test]
async fn a_conversation_in_trouble_is_left_alone_until_it_is_due_and_no_longer() {
    let (rig, thread, ticket) = asked(Options::default()).await;
    let down = rig.world.add_fault(FaultRule::always(Side::Empikplace, "M13", fails(500)));
    writes_with(&rig, &thread, Author::Customer, "Zdjęcie.", NewFile::new("a.jpg", b"jpg"));
    for _ in 0..4 {
        rig.minute().await;
    }
    let due = rig.waiting().await.first().map(|waits| waits.at).expect("it waits");
    assert!(due > rig.world.now() + SignedDuration::from_mins(1));
    let tries = requests(&rig, "M13");
    writes(&rig, &thread, Author::Customer, "Halo?");
    rig.restart();
    rig.minute().await;
    assert_eq!(requests(&rig, "M13"), tries, "not earlier, whatever else is written");
    assert!(rig.world.remove_fault(down));
    rig.world.set_time(due);
    rig.tick().await;
    assert_eq!((stands(&rig, ticket, "Zdjęcie."), stands(&rig, ticket, "Halo?")), (1, 1));
    assert_clean(&rig);
}

#[tokio::test]
async fn a_buyer_who_repeats_our_words_is_no_echo_of_them() {
    let (rig, thread, ticket) = asked(Options::default()).await;
    rig.world.add_fault(FaultRule::nth(Side::Empikplace, "M12", 1, fails(500)));
    rig.world.agent_reply(ticket, AgentReply::new("akowalska", "Paczka jest w drodze.")).expect("a reply");
    rig.minute().await;
    writes(&rig, &thread, Author::Customer, "Paczka jest w drodze.");
    assert!(rig.settle().await);
    let messages = rig.world.thread(&thread).expect("a thread").messages;
    assert_eq!(messages.iter().filter(|message| message.author == Author::Api).count(), 1);
    assert_eq!(stands_as(&rig, ticket, MessageKind::Mail, "Paczka jest w drodze."), 1);
    assert_clean(&rig);
}

#[tokio::test]
async fn a_file_of_untold_size_that_is_too_large_is_told_of_at_once() {
    let untold = |all: &mut Switches| all.empikplace.files_without_size = true;
    let rig = Rig::new(Options { switches: untold, ..Options::default() }).await;
    let file = |name: &str, size| NewFile { name: name.into(), size: Some(size), ..NewFile::default() };
    let files = vec![file("film.mp4", (25 << 20) + 1), file("a.jpg", 3)];
    let thread = opens(&rig, NewThread { attachments: files, ..asks("C-1", "Film.") });
    rig.minute().await;
    let ticket = rig.ticket_of(&thread).await.expect("a ticket");
    let opening = rig.world.ticket(ticket).expect("a ticket").messages.remove(0);
    assert!(opening.text().contains("jest większy niż 25 MB"), "{}", opening.text());
    assert_eq!(opening.attachments.len(), 1);
}

#[tokio::test]
async fn files_that_no_comment_brings_are_told_of() {
    let (rig, thread, ticket) = asked(files_in_comments()).await;
    // With the files and without them.
    let refused = FaultRule { count: Some(2), ..FaultRule::nth(Side::Thulium, COMMENT, 1, fails(400)) };
    writes(&rig, &thread, Author::Shop, "Sprawdzamy.");
    assert!(rig.settle().await, "how comments are written is known");
    rig.world.add_fault(refused);
    writes_with(&rig, &thread, Author::Customer, "Zdjęcie.", NewFile::new("a.jpg", b"jpg"));
    assert!(rig.settle().await);
    assert_eq!(stands(&rig, ticket, "Są w rozmowie na EmpikPlace"), 1);
    assert_eq!(rig.parked().await.len(), 0);
}

#[tokio::test]
async fn files_whose_comment_gave_no_answer_come_once_and_nothing_else_is_said() {
    let (rig, thread, ticket) = asked(files_in_comments()).await;
    rig.world.add_fault(FaultRule::nth(Side::Thulium, COMMENT, 1, Fault::LostAnswer));
    writes_with(&rig, &thread, Author::Customer, "Zdjęcie.", NewFile::new("a.jpg", b"jpg"));
    assert!(rig.settle().await);
    let entries = rig.world.ticket(ticket).expect("a ticket").messages;
    assert_eq!(entries.iter().filter(|entry| !entry.attachments.is_empty()).count(), 1);
    assert_eq!(stands(&rig, ticket, "Są w rozmowie na EmpikPlace"), 0);
}

#[tokio::test]
async fn a_message_with_files_whose_answer_was_lost_stands_once_with_them() {
    let accepted = |all: &mut Switches| all.thulium.response_attachments = Undocumented::Accepted;
    let (rig, thread, ticket) = asked(Options { switches: accepted, ..Options::default() }).await;
    rig.world.add_fault(FaultRule::nth(Side::Thulium, RESPONSE, 1, Fault::LostAnswer));
    writes_with(&rig, &thread, Author::Customer, "Zdjęcie.", NewFile::new("a.jpg", b"jpg"));
    assert!(rig.settle().await);
    let entries = rig.world.ticket(ticket).expect("a ticket").messages;
    let shown = entries.iter().filter(|entry| entry.text().contains("Zdjęcie.")).collect::<Vec<_>>();
    assert_eq!((shown.len(), shown[0].attachments.len()), (1, 1));
    assert_clean(&rig);
}

#[tokio::test]
async fn the_largest_file_that_thulium_takes_comes_along() {
    let rig = Rig::new(Options::default()).await;
    let largest = NewFile { name: "film.mp4".into(), size: Some(25 << 20), ..NewFile::default() };
    let thread = opens(&rig, NewThread { attachments: vec![largest], ..asks("C-1", "Film.") });
    assert!(rig.settle().await);
    let ticket = rig.ticket_of(&thread).await.expect("a ticket");
    assert_eq!(rig.world.ticket(ticket).expect("a ticket").messages[0].attachments.len(), 1);
}

#[tokio::test]
async fn what_thulium_would_not_do_yet_is_done_at_the_next_tick() {
    let rig = Rig::new(Options::default()).await;
    let wait = Fault::Status { code: 429, retry_after: Some(30), at: At::Before };
    rig.world.add_fault(FaultRule::nth(Side::Thulium, "POST tickets", 1, wait.clone()));
    let thread = opens(&rig, asks("C-1", "Gdzie paczka?"));
    rig.minute().await;
    rig.minute().await;
    let ticket = rig.ticket_of(&thread).await.expect("a ticket");
    rig.world.add_fault(FaultRule::nth(Side::Thulium, RESPONSE, 1, wait));
    writes(&rig, &thread, Author::Customer, "Halo?");
    rig.minute().await;
    rig.minute().await;
    assert_eq!(stands(&rig, ticket, "Halo?"), 1);
    assert_clean(&rig);
}

#[tokio::test]
async fn files_come_in_comments_after_messages_with_and_without_them() {
    let (rig, thread, ticket) = asked(files_in_comments()).await;
    writes(&rig, &thread, Author::Customer, "Bez zdjęcia.");
    assert!(rig.settle().await);
    let comments = |rig: &Rig| {
        let entries = rig.world.ticket(ticket).expect("a ticket").messages.into_iter();
        entries.filter(|entry| entry.kind == MessageKind::Comment).collect::<Vec<_>>()
    };
    let before = comments(&rig).len();
    assert_eq!(stands(&rig, ticket, "Pliki"), 0, "there are none to tell of");
    for n in 1..=2 {
        let text = format!("Zdjęcie {n}.");
        writes_with(&rig, &thread, Author::Customer, &text, NewFile::new("a.jpg", b"jpg"));
        assert!(rig.settle().await);
        let comments = comments(&rig);
        assert_eq!(comments.len(), before + n);
        assert_eq!(comments.iter().filter(|entry| entry.attachments.len() == 1).count(), n);
    }
    assert_eq!(rig.parked().await.len(), 0);
    assert_clean(&rig);
}

#[tokio::test]
async fn a_file_that_cannot_be_had_for_a_moment_comes_along_and_images_are_told_of() {
    let rig = Rig::new(Options::default()).await;
    let twice = FaultRule { count: Some(2), ..FaultRule::nth(Side::Empikplace, "M13", 1, fails(500)) };
    rig.world.add_fault(twice);
    let file = NewFile::new("a.jpg", b"jpg");
    let opening = asks("C-1", "Zdjęcie: <img src=\"https://shop.example/a.png\">").about_order("1-A");
    let thread = opens(&rig, NewThread { attachments: vec![file], ..opening });
    assert!(rig.settle().await);
    let ticket = rig.ticket_of(&thread).await.expect("a ticket");
    let ticket = rig.world.ticket(ticket).expect("a ticket");
    assert_eq!(ticket.messages[0].attachments.len(), 1);
    assert!(ticket.messages[0].text().contains("Pominięto obraz"), "{}", ticket.messages[0].text());
    assert!(ticket.custom_fields["Empik rozmowa"].ends_with("order/1-A"), "{:?}", ticket.custom_fields);
}

#[tokio::test]
async fn an_ordinary_ticket_tells_an_administrator_nothing() {
    let rig = Rig::new(Options::default()).await;
    let thread = opens(&rig, NewThread::from_customer("C-1", "Ola", "Gdzie paczka?").about_order("1-A"));
    assert!(rig.settle().await);
    let ticket = rig.ticket_of(&thread).await.expect("a ticket");
    assert_eq!(stands(&rig, ticket, "Do administratora"), 0);
    assert_eq!(requests(&rig, "POST tickets"), 1);
    assert_eq!(rig.world.customers()[0].surname, "Ola");
}

#[tokio::test]
async fn files_are_brought_once_whatever_answer_was_lost() {
    let comments = Options {
        switches: |all| {
            all.thulium.response_attachments = Undocumented::Ignored;
            all.thulium.comment_attachments = Undocumented::Accepted;
        },
        ..Options::default()
    };
    for operation in [RESPONSE, COMMENT] {
        let (rig, thread, ticket) = begun(comments).await;
        let (files, _) = holds(&rig, ticket);
        sends(&rig, &thread, Author::Customer, "Zdjęcie", &[NewFile::new("a.jpg", b"jpg")]);
        strikes(&rig, Side::Thulium, operation, Fault::LostAnswer);
        assert!(rig.settle().await);
        assert_eq!(holds(&rig, ticket).0 - files, 1, "{operation}");
        assert_eq!(stands(&rig, ticket, ELSEWHERE), 0, "{operation}");
        // What was learnt is right.
        sends(&rig, &thread, Author::Shop, "Etykieta", &[NewFile::new("b.pdf", b"pdf")]);
        assert!(rig.settle().await);
        assert_eq!(holds(&rig, ticket).0 - files, 2, "{operation}");
        assert_eq!(stands(&rig, ticket, ELSEWHERE), 0, "{operation}");
    }
}

#[tokio::test]
async fn a_file_that_could_not_come_does_not_bring_the_others_twice() {
    let small = Options {
        switches: |all| {
            all.thulium.response_attachments = Undocumented::Accepted;
            all.thulium.comment_attachments = Undocumented::Accepted;
            all.thulium.upload_bytes = 10;
        },
        ..Options::default()
    };
    let (rig, thread, ticket) = begun(small).await;
    let files = [NewFile::new("a.jpg", b"jpg"), NewFile::new("b.jpg", b"far more than ten bytes")];
    sends(&rig, &thread, Author::Customer, "Zdjęcia", &files);
    strikes(&rig, Side::Thulium, RESPONSE, Fault::LostAnswer);
    assert!(rig.settle().await);
    assert_eq!((stands(&rig, ticket, "Zdjęcia"), holds(&rig, ticket).0), (1, 1));
}

#[tokio::test]
async fn a_comment_of_a_colleague_goes_without_its_file_where_thulium_refuses_that() {
    let refusing = Options {
        switches: |all| all.thulium.comment_attachments = Undocumented::Rejected,
        ..Options::default()
    };
    let (rig, thread, ticket) = begun(refusing).await;
    sends(&rig, &thread, Author::Shop, "Etykieta", &[NewFile::new("b.pdf", b"pdf")]);
    assert!(rig.settle().await);
    assert_eq!((stands(&rig, ticket, "Etykieta"), stands(&rig, ticket, ELSEWHERE)), (1, 1));
    assert_eq!(rig.parked().await.len(), 0);
}

#[tokio::test]
async fn a_comment_that_does_not_show_is_waited_for_before_another_name_is_tried() {
    let named =
        Options { switches: |all| all.thulium.comment_parameter = "text".into(), ..Options::default() };
    let begins = async || {
        let rig = Rig::new(named).await;
        let new = NewThread::from_customer("C-1", "Jan K.", "Gdzie paczka?");
        let thread = rig.world.open_thread(new).expect("a thread").thread_id;
        rig.tick().await;
        let ticket = rig.ticket_of(&thread).await.expect("a ticket");
        (rig, thread, ticket)
    };
    let (rig, thread, ticket) = begins().await;
    notes(&rig, ticket, "Sprawdzam.");
    writes(&rig, &thread, Author::Shop, "Z panelu");
    swallows(&rig);
    rig.minute().await;
    assert_eq!(stands(&rig, ticket, "Z panelu"), 0);
    assert!(rig.settle().await);
    assert_eq!(stands(&rig, ticket, "Z panelu"), 1);

    // It shows, and is empty: the name was wrong.
    let (rig, thread, ticket) = begins().await;
    writes(&rig, &thread, Author::Shop, "Z panelu");
    notes(&rig, ticket, " ");
    swallows(&rig);
    rig.minute().await;
    assert_eq!(stands(&rig, ticket, "Z panelu"), 1);

    // That all other names are refused does not tell that nothing arrived.
    let (rig, thread, ticket) = begins().await;
    rig.world.switch(|all| all.thulium.comment_parameter = "note".into());
    writes(&rig, &thread, Author::Shop, "Z panelu");
    notes(&rig, ticket, " ");
    swallows(&rig);
    rig.minute().await;
    assert!(rig.loaded(&thread).await.conversation.expect("a conversation").intent.is_some());
}
