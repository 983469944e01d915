//! Replies of agents, with the history that is quoted under them.

use crate::text::from_agent;

/// The reply without its history is `own`.
fn cut(body: &str, own: &str) {
    assert_eq!(from_agent(body).text, own);
}

/// Nothing is cut: every one of `words` is still there.
fn kept(body: &str, words: &[&str]) {
    let text = from_agent(body).text;
    for word in words {
        assert!(text.contains(word), "{word} is missing in:\n{text}");
    }
}

const OWN: &str = "Dzień dobry,\n\npaczka wyszła wczoraj.";
const HTML: &str = "<div>Dzień dobry,</div><div><br></div><div>paczka wyszła wczoraj.</div>";

#[test]
fn a_reply_without_history_is_whole() {
    for body in [
        "ok",
        "",
        "> tylko cytat",
        "On wrote:",
        "> a\n> b",
        "-----Original Message-----\nabc",
        "Proszę wybrać:\n> Ustawienia",
        "Od: jutra\nDo: piątku\n> x",
    ] {
        cut(body, body);
    }
    cut(
        "Zgodnie z regulaminem:<blockquote>§ 5. Zwrot w 14 dni.</blockquote>",
        "Zgodnie z regulaminem:\n\n> § 5. Zwrot w 14 dni.",
    );
}

#[test]
fn gmail_quotes() {
    cut(
        &format!(
            r#"{HTML}<br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">pon., 23 lis 2026 o 14:03 Jan &lt;jan@x.example&gt; napisał(a):<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex"><div>Gdzie paczka?</div><div>Jan</div></blockquote></div>"#
        ),
        OWN,
    );
    // Answers between the quoted lines stand in the same container.
    kept(
        r#"<div class="gmail_quote"><div class="gmail_attr">pon., 23 lis 2026 Jan napisał(a):</div><blockquote class="gmail_quote">Gdzie paczka?</blockquote><div>W drodze.</div><blockquote class="gmail_quote">A faktura?</blockquote><div>W załączniku.</div></div>"#,
        &["Gdzie paczka", "W drodze", "A faktura", "W załączniku"],
    );
}

#[test]
fn cited_blockquotes() {
    cut(
        &format!(
            r#"{HTML}<div class="moz-cite-prefix">W dniu 23.11.2026 o 14:03, Jan pisze:<br></div><blockquote type="cite" cite="mid:x"><p>Gdzie?</p></blockquote>"#
        ),
        OWN,
    );
    cut(
        &format!(
            r#"{HTML}<blockquote type="cite"><div>Wiadomość napisana przez Jan w dniu 23 lis 2026:</div><div>Gdzie?</div></blockquote>"#
        ),
        OWN,
    );
    cut(
        &format!(
            "{HTML}<p>W dniu 2026-11-23 14:03:12 użytkownik Jan napisał:</p><blockquote>Gdzie?<blockquote>Wcześniej</blockquote></blockquote>"
        ),
        OWN,
    );
    cut(
        &format!(r#"{HTML}<div class="yahoo_quoted"><div>On Monday Jan wrote:</div><div>Gdzie?</div></div>"#),
        OWN,
    );
    // Cut short, the reply would lose the agent's answer.
    kept(
        &format!(r#"{HTML}<blockquote type="cite">Gdzie?</blockquote><p>Na poczcie.</p>"#),
        &["wyszła wczoraj", "> Gdzie?", "Na poczcie."],
    );
    kept(r#"<blockquote type="cite">Gdzie?</blockquote>"#, &["> Gdzie?"]);
}

#[test]
fn outlook_headers() {
    let headers = "<b>Od:</b> Jan &lt;jan@x.example&gt;<br><b>Wysłano:</b> poniedziałek, 23 listopada 2026 14:03<br><b>Do:</b> Sklep<br><b>Temat:</b> Paczka";
    cut(
        &format!(
            r#"{HTML}<div style="border-top:solid #E1E1E1 1.0pt"><p class="MsoNormal">{headers}</p></div><p>Gdzie?</p>"#
        ),
        OWN,
    );
    cut(
        &format!(
            r#"{HTML}<div id="appendonsend"></div><hr><div id="divRplyFwdMsg" dir="ltr"><font>{headers}</font><div>&nbsp;</div></div><div>Gdzie?</div>"#
        ),
        OWN,
    );
    cut(&format!(r#"{HTML}<div id="x_divRplyFwdMsg">Ktoś napisał</div><div>Gdzie?</div>"#), OWN);
    cut(
        &format!(
            "{OWN}\n\n________________________________\nFrom: Jan\nSent: Monday\nTo: Sklep\nSubject: Paczka\n\nGdzie?"
        ),
        OWN,
    );
    cut(&format!("{OWN}\r\n\r\n*Od:* Jan\r\n*Data:* 23.11.2026\r\n*Do:* Sklep\r\n\r\nGdzie?"), OWN);
}

#[test]
fn original_messages() {
    cut(&format!("{OWN}\n\n-----Original Message-----\nFrom: Jan\nGdzie?"), OWN);
    cut(&format!("{OWN}\n-----Oryginalna wiadomość-----\nGdzie?\n> dawniej"), OWN);
    cut(
        &format!(
            "{HTML}<div>-------- Oryginalna wiadomość --------</div><div>Od: Jan</div><div>Gdzie?</div>"
        ),
        OWN,
    );
    kept("-----Original Message-----\n> Gdzie?\nNa poczcie.\n", &["Gdzie", "Na poczcie"]);
    kept(
        &format!("{OWN}\n-----Original Message-----\n> Gdzie?\nNa poczcie."),
        &["wyszła wczoraj", "Na poczcie"],
    );
}

#[test]
fn quoted_lines() {
    cut(&format!("{OWN}\n\nW dniu 23.11.2026 o 14:03, Jan Kowalski pisze:\n> Gdzie?\n>\n> Jan\n"), OWN);
    cut(
        &format!("{OWN}\n\nOn Mon, Nov 23, 2026 at 2:03 PM Jan Kowalski\n<jan@x.example> wrote:\n\n> Gdzie?"),
        OWN,
    );
    cut(&format!("{OWN}\n\n> Gdzie?\n> Jan"), OWN);
    kept(
        "> Gdzie?\nW drodze.\n> A faktura?\nW załączniku.",
        &["> Gdzie?", "W drodze.", "> A faktura?", "W załączniku."],
    );
    kept("Witam\n> Gdzie?\nW drodze.\n> A faktura?\n> Jan", &["> Gdzie?", "W drodze.", "> A faktura?"]);
    // An agent's own path is no quotation, nor are words before one.
    kept("Jan pisze 3 raz:\nProszę wejść w\n> Ustawienia", &["> Ustawienia", "pisze 3 raz"]);
}

#[test]
fn a_quoted_message_of_the_bridge_is_history() {
    let body = "Dzień dobry, już wysłane.\n\nJan K. (klient) · 23.11.2026 14:03 · #a1b2c3d4\n\nGdzie paczka?";
    assert_eq!(crate::text::from_agent(body).text, "Dzień dobry, już wysłane.");
    let body = "Nr sprawy · #12345678 to nie cytat bez treści nad nim";
    assert_eq!(crate::text::from_agent(body).text, body);
}

#[test]
fn headings_and_lists_of_the_agent_are_not_history() {
    for body in [
        "Zwroty\n-- oryginalna wiadomość\nprosimy kierować tutaj.",
        "Zwroty\noryginalna wiadomość --\nprosimy kierować tutaj.",
        "Zwroty\noryginalna wiadomość\nprosimy kierować tutaj.",
        "Zwroty\n-- Adres --\nprosimy kierować tutaj.",
        "Kurier jedzie\nOd: Warszawa\nDo: Kraków\njutro.",
        "Sprawa\nPaczka · #a1b2\njest w drodze.",
        "Sprawa\nPaczka · #zzzzzzzz\njest w drodze.",
        "Tak.\n> Jan K. (klient) · 23.11.2026 14:03 · #a1b2c3d4",
    ] {
        cut(body, body);
    }
    let ruler = "-".repeat(120 - "original message".len());
    cut(&format!("Tak.\n{}original message--\nGdzie?", &ruler[3..]), "Tak.");
    let long = format!("Tak.\n{}original message--\nGdzie?", &ruler[2..]);
    cut(&long, &long);
}

#[test]
fn what_an_agent_quotes_in_a_block_is_the_agent_s() {
    cut(
        "Tak:<blockquote>-----Original Message-----<br>to tylko wzór</blockquote>",
        "Tak:\n\n> -----Original Message-----\n> to tylko wzór",
    );
    cut(
        "Tak:<blockquote><div>§ 5.</div><div>Zwrot w 14 dni.</div></blockquote>",
        "Tak:\n\n> § 5.\n> Zwrot w 14 dni.",
    );
}

#[test]
fn headers_are_history_only_under_words_of_the_agent() {
    cut("Wysłane.\n-----Original Message-----\nGdzie?", "Wysłane.");
    cut("Wysłane.\nOd: Jan\nData: 23.11.2026\nDo: Sklep\nGdzie?", "Wysłane.");
    cut("Wysłane.\nOd: Jan\nData: 23.11.2026\nTemat: Paczka\nGdzie?", "Wysłane.");
    cut("Wysłane.\nOd: Jan\nDo: Sklep\nTemat: Paczka\nGdzie?", "Wysłane.");
    for body in [
        "> Gdzie?\n-----Original Message-----\nGdzie moja paczka?",
        "> Kiedy?\nJutro.\n-----Original Message-----\nKiedy dotrze?",
    ] {
        cut(body, body);
    }
}

#[test]
fn one_quoted_line_is_history_only_under_an_attribution() {
    for attribution in [
        "2026-11-23 14:03 Jan pisze:",
        "niedziela, 22 listopada 2026 Jan napisał:",
        "W dniu 23.11.2026 Jan pisze:",
        &format!("W dniu 23.11.2026 {} pisze:", "j".repeat(400 - "W dniu 23.11.2026  pisze:".len())),
    ] {
        cut(&format!("Tak.\n{attribution}\n> Gdzie?"), "Tak.");
    }
    for last in [
        "Magazyn 2 pisze:",
        "W dniu 23.11 wysłaliśmy:",
        "W dniu 23.11 wysłaliśmy",
        "W dniu odbioru kurier pisze:",
        &format!("W dniu 23.11.2026 {} pisze:", "j".repeat(401 - "W dniu 23.11.2026  pisze:".len())),
        &format!("W dniu 23.11.2026 {} pisze:", "j".repeat(500)),
    ] {
        let body = format!("Tak.\n{last}\n> Gdzie?");
        cut(&body, &body);
    }
}

#[test]
fn a_stray_end_of_a_quotation_ends_nothing() {
    cut(r#"Tak.<div class="yahoo_quoted"><blockquote>Gdzie?</blockquote></blockquote>Jan</div>"#, "Tak.");
}
