//! Instructions: first lines of a reply by which an agent decides what becomes of it. They are for the
//! bridge and never go out.

/// Whom an agent names as the recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addressee {
    /// `@klient`, `@buyer`: the buyer alone.
    Buyer,
    /// `@operator`, `@empik`: the operator alone.
    Operator,
    /// `@oboje`, `@both`: the buyer, and the operator in copy.
    Both,
}

/// What an agent decides about a reply that is held back. A reply with a command is nothing but the
/// command: whatever stands under it, such as a footer, does not go out either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// `@wyślij`, `@send`: what is held back goes out as it is.
    Send,
    /// `@anuluj`, `@cancel`: what is held back never goes out.
    Cancel,
}

/// A reply with its instructions taken off.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Instructed {
    /// The recipient that the agent has chosen.
    pub to: Option<Addressee>,
    /// The decision about a reply that is held back.
    pub command: Option<Command>,
    /// A word with `@` that stands alone in the first line and is no instruction: more likely a slip
    /// than a text for the buyer.
    pub unknown: Option<String>,
    /// What is left.
    pub text: String,
}

enum Word {
    To(Addressee),
    Do(Command),
}

/// The words, in lower case; without diacritics for agents who leave them out.
const WORDS: [(&str, Word); 18] = [
    ("klient", Word::To(Addressee::Buyer)),
    ("klientka", Word::To(Addressee::Buyer)),
    ("kupujący", Word::To(Addressee::Buyer)),
    ("kupujacy", Word::To(Addressee::Buyer)),
    ("buyer", Word::To(Addressee::Buyer)),
    ("customer", Word::To(Addressee::Buyer)),
    ("operator", Word::To(Addressee::Operator)),
    ("empik", Word::To(Addressee::Operator)),
    ("oboje", Word::To(Addressee::Both)),
    ("wszyscy", Word::To(Addressee::Both)),
    ("both", Word::To(Addressee::Both)),
    ("all", Word::To(Addressee::Both)),
    ("wyślij", Word::Do(Command::Send)),
    ("wyslij", Word::Do(Command::Send)),
    ("send", Word::Do(Command::Send)),
    ("anuluj", Word::Do(Command::Cancel)),
    ("cancel", Word::Do(Command::Cancel)),
    ("drop", Word::Do(Command::Cancel)),
];

/// Takes the instructions off a reply that was made text by [`from_agent`](super::from_agent).
///
/// An instruction is the first word of the reply, in any case, with `@` before it and perhaps a colon
/// or comma after it; text may follow in the same line. Two recipients that contradict each other
/// count as an unknown instruction.
pub fn instructed(reply: &str) -> Instructed {
    let mut found = Instructed::default();
    let mut rest = reply.trim_start();
    while let Some(after) = rest.strip_prefix('@') {
        let after = after.trim_start_matches([' ', '\u{a0}']);
        let end = after.find(char::is_whitespace).unwrap_or(after.len());
        let (token, behind) = after.split_at(end);
        let word = token.trim_end_matches([':', ',', '.', ';', '!']).to_lowercase();
        match WORDS.iter().find(|(name, _)| *name == word).map(|(_, word)| word) {
            Some(Word::To(to)) if found.to.is_none_or(|before| before == *to) => found.to = Some(*to),
            Some(Word::Do(command)) => found.command = Some(*command),
            Some(Word::To(_)) => {
                found.unknown = Some(format!("@{word}"));
                break;
            }
            None => {
                let line = behind.split('\n').next().unwrap_or_default();
                let alone = line.trim().is_empty() && word.chars().all(char::is_alphabetic);
                found.unknown = (alone && !word.is_empty()).then(|| format!("@{word}"));
                break;
            }
        }
        rest = behind.trim_start();
    }
    rest.clone_into(&mut found.text);
    found
}

/// Phrases by which automatic mails give themselves away.
const AUTOMATIC: [&str; 18] = [
    "automatyczna odpowiedź",
    "odpowiedź automatyczna",
    "autoodpowiedź",
    "wiadomość automatyczna",
    "automatyczna wiadomość",
    "wygenerowana automatycznie",
    "wygenerowano automatycznie",
    "prosimy na nią nie odpowiadać",
    "prosimy nie odpowiadać na tę wiadomość",
    "jestem poza biurem",
    "przebywam na urlopie",
    "automatic reply",
    "auto-reply",
    "autoreply",
    "out of office",
    "out of the office",
    "this is an automated",
    "do not reply to this",
];

/// How much of a text is searched for such a phrase, in characters.
const OPENING: usize = 600;

/// Whether a text gives itself away as written by a machine. Two machines that answer each other
/// would never end.
pub fn looks_automatic(text: &str) -> bool {
    let opening: String = text.chars().take(OPENING).flat_map(char::to_lowercase).collect();
    let opening = opening.split_whitespace().collect::<Vec<_>>().join(" ");
    AUTOMATIC.iter().any(|phrase| opening.contains(phrase))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::from_agent;

    fn of(html: &str) -> Instructed {
        instructed(&from_agent(html).text)
    }

    #[test]
    fn instructions_are_found_in_any_dress_and_never_stay() {
        for (html, to) in [
            ("@operator\nProszę o pomoc.", Addressee::Operator),
            ("<p>@operator</p><p>Proszę o pomoc.</p>", Addressee::Operator),
            ("<div><b>@OPERATOR:</b></div><div>Proszę o pomoc.</div>", Addressee::Operator),
            ("&nbsp;<br>@Empik<br><br>Proszę o pomoc.", Addressee::Operator),
            ("<span>@</span>operator Proszę o pomoc.", Addressee::Operator),
            ("@&nbsp;klient, Proszę o pomoc.", Addressee::Buyer),
            ("<p>\u{200b}@Kupujący</p>Proszę o pomoc.", Addressee::Buyer),
            ("@oboje\r\nProszę o pomoc.", Addressee::Both),
            ("@both\n@both\nProszę o pomoc.", Addressee::Both),
        ] {
            let text = "Proszę o pomoc.".to_owned();
            assert_eq!(of(html), Instructed { to: Some(to), text, ..Instructed::default() }, "{html}");
        }
    }

    #[test]
    fn commands_take_what_follows_with_them() {
        for (html, command) in [
            ("@wyślij", Command::Send),
            ("<p>@WYSLIJ</p><p>-- <br>Anna Kowalska</p>", Command::Send),
            ("@send!", Command::Send),
            ("<p>@anuluj</p>", Command::Cancel),
        ] {
            assert_eq!(of(html).command, Some(command), "{html}");
        }
    }

    #[test]
    fn a_slip_is_told_from_text() {
        for (html, unknown) in [
            ("@operatr\nProszę", "@operatr"),
            ("<p>@klientt:</p>x", "@klientt"),
            ("@klient\n@operator\nx", "@operator"),
        ] {
            assert_eq!(of(html).unknown.as_deref(), Some(unknown), "{html}");
        }
        for text in [
            "@anna12 to moje konto",
            "jan@operator",
            "Proszę\n@operator",
            "@",
            "@ 10 zł",
            "@2",
            "e-mail: a@b.pl",
        ] {
            let left = Instructed { text: text.to_owned(), ..Instructed::default() };
            assert_eq!(instructed(text), left, "{text}");
        }
    }

    #[test]
    fn machines_give_themselves_away() {
        for text in [
            "Jan K. (klient) · 23.11.2026 14:03 · #a1b2c3d4\n\nAutomatyczna  odpowiedź: jestem na urlopie",
            "Dzień dobry, jestem poza biurem do 1.12.",
            "Out of Office: back on Monday",
        ] {
            assert!(looks_automatic(text), "{text}");
        }
        for text in ["Gdzie jest paczka?", "Nie dostałem automatycznego potwierdzenia", ""] {
            assert!(!looks_automatic(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_invented(text in any::<String>()) {
            prop_assert!(text.ends_with(&instructed(&text).text));
        }
    }
}
