//! What agents are told about their replies.

use jiff::Timestamp;

use super::{Words, plural};
use crate::conversation::Reason;
use crate::settings::Language;
use crate::text::{self, Command};

/// Why a file of a reply did not go with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyFileTrouble {
    /// Its type is not among those that the marketplace takes.
    Type,
    /// The conversation's limit is used up.
    Limit {
        /// The limit, in megabytes.
        limit_mb: u32,
    },
    /// There are as many files as an order may have.
    Count {
        /// The limit.
        most: usize,
    },
    /// The marketplace refused the message with its files.
    Refused,
    /// The helpdesk does not give it out.
    Unavailable,
}

/// A reply that will not go out by itself.
#[derive(Debug, Clone, Copy)]
pub struct RefusedReply<'a> {
    /// When it was written, as the helpdesk tells it.
    pub written: &'a str,
    /// Whether it is the bridge's own.
    pub own: bool,
    /// Marker of this comment.
    pub marker: &'a str,
    /// Why.
    pub reason: Reason,
    /// The marketplace's own words, if any.
    pub remark: &'a str,
}

impl Words {
    /// Comment to the agent about a reply that will not go out by itself.
    pub fn refused(&self, reply: &RefusedReply<'_>) -> String {
        let (why, what) = self.reason(reply.reason);
        let written = self.helpdesk_date(reply.written);
        let head = match (self.language, reply.own) {
            (Language::Pl, false) => format!("Odpowiedź z {written} NIE dotarła na EmpikPlace"),
            (Language::En, false) => format!("The reply of {written} did NOT reach EmpikPlace"),
            (Language::Pl, true) => "Automatyczna odpowiedź NIE dotarła na EmpikPlace".to_owned(),
            (Language::En, true) => "The automatic reply did NOT reach EmpikPlace".to_owned(),
        };
        let mut lines = vec![format!("{head} · {}", reply.marker), String::new()];
        lines.push(format!("{}: {why}", self.say("Powód", "Reason")));
        if !reply.remark.is_empty() {
            lines.push(format!("{}: {}", self.say("EmpikPlace odpowiada", "EmpikPlace says"), reply.remark));
        }
        lines.push(format!("{}: {what}", self.say("Co zrobić", "What to do")));
        lines.join("\n")
    }

    fn reason(&self, reason: Reason) -> (&str, &str) {
        match reason {
            Reason::TooShort => (
                self.say(
                    "po usunięciu formatowania zostało mniej niż 3 znaki, a EmpikPlace nie przyjmuje tak krótkich wiadomości.",
                    "fewer than 3 characters are left without formatting, and EmpikPlace takes no messages that short.",
                ),
                self.say("napisz dłuższą odpowiedź.", "write a longer reply."),
            ),
            Reason::TooLong => (
                self.say(
                    "odpowiedź ma więcej niż 50 000 znaków, a to najwięcej, ile przyjmuje EmpikPlace.",
                    "the reply has more than 50,000 characters, the most that EmpikPlace takes.",
                ),
                self.say("podziel ją na części i wyślij ponownie.", "split it and send the parts."),
            ),
            Reason::NoRecipient => (
                self.say(
                    "w tej rozmowie na EmpikPlace nie ma nikogo, do kogo można ją wysłać.",
                    "nobody takes part in this conversation on EmpikPlace to whom it could be sent.",
                ),
                self.say(
                    "odpowiedz w panelu EmpikPlace, przy zamówieniu.",
                    "answer in the EmpikPlace panel, at the order.",
                ),
            ),
            Reason::NotParticipant => (
                self.say(
                    "odbiorca wskazany w pierwszej linii nie bierze udziału w tej rozmowie albo nie wolno do niego pisać.",
                    "the recipient named in the first line takes no part in this conversation, or must not be written to.",
                ),
                self.say(
                    "wyślij odpowiedź bez tej linii albo odpowiedz w panelu EmpikPlace, przy zamówieniu.",
                    "send the reply without that line, or answer in the EmpikPlace panel, at the order.",
                ),
            ),
            Reason::Instruction => (
                self.say(
                    "jej pierwsza linia wygląda na polecenie dla mostu, ale takiego nie ma.",
                    "its first line looks like an instruction to the bridge, and there is no such one.",
                ),
                self.say(
                    "wyślij ją ponownie: bez tej linii albo z jedną z: @klient, @operator, @oboje.",
                    "send it again: without that line, or with one of: @buyer, @operator, @both.",
                ),
            ),
            Reason::NothingHeld => (
                self.say(
                    "to polecenie dla mostu (@wyślij albo @anuluj), a żadna odpowiedź nie czeka na decyzję.",
                    "it is an instruction to the bridge (@send or @cancel), and no reply waits for a decision.",
                ),
                self.say(
                    "jeśli był pod nim tekst dla klienta, wyślij go ponownie bez tej linii.",
                    "if there was a text for the buyer under it, send that again without this line.",
                ),
            ),
            Reason::Stale => (
                self.say(
                    "klient napisał coś, czego przy pisaniu odpowiedzi nie było jeszcze widać.",
                    "the buyer wrote something that could not be seen yet when the reply was written.",
                ),
                self.say("napisz ją ponownie.", "write it again."),
            ),
            Reason::Refused => (
                self.say("EmpikPlace odrzuciło wiadomość.", "EmpikPlace refused the message."),
                self.say(
                    "popraw odpowiedź i wyślij ją ponownie albo odpowiedz w panelu EmpikPlace.",
                    "mend the reply and send it again, or answer in the EmpikPlace panel.",
                ),
            ),
            Reason::ThreadGone => (
                self.say("tej rozmowy nie ma już na EmpikPlace.", "this conversation is no longer on EmpikPlace."),
                self.say(
                    "napisz do klienta w panelu EmpikPlace, przy zamówieniu.",
                    "write to the buyer in the EmpikPlace panel, at the order.",
                ),
            ),
            Reason::TicketGone => (
                self.say("odpowiedzi nie ma już w zgłoszeniu.", "the reply is no longer in the ticket."),
                self.say("napisz ją ponownie.", "write it again."),
            ),
            Reason::Unclear => (
                self.say(
                    "połączenie z EmpikPlace zostało przerwane i nie da się ustalić, czy wiadomość dotarła.",
                    "the connection to EmpikPlace broke and it cannot be told whether the message arrived.",
                ),
                self.say(
                    "sprawdź rozmowę w panelu EmpikPlace; jeśli wiadomości tam nie ma, wyślij ją ponownie.",
                    "look at the conversation in the EmpikPlace panel; if the message is not there, send it again.",
                ),
            ),
            Reason::Exhausted => (
                self.say(
                    "EmpikPlace od dłuższego czasu nie przyjmuje wiadomości.",
                    "EmpikPlace has not taken messages for a long time.",
                ),
                self.say(
                    "sprawdź rozmowę w panelu EmpikPlace i odpowiedz tam albo wyślij odpowiedź ponownie później.",
                    "look at the conversation in the EmpikPlace panel and answer there, or send the reply again later.",
                ),
            ),
            Reason::Automatic => (
                self.say("to odpowiedź automatyczna.", "it is an automatic reply."),
                self.say("nic nie trzeba robić.", "nothing needs doing."),
            ),
        }
    }

    /// Comment to the agent about files that did not go out with a reply.
    pub fn reply_files(&self, written: &str, marker: &str, files: &[(String, ReplyFileTrouble)]) -> String {
        let written = self.helpdesk_date(written);
        let head = match self.language {
            Language::Pl => {
                format!("Odpowiedź z {written} wysłano na EmpikPlace bez części plików · {marker}")
            }
            Language::En => {
                format!("The reply of {written} went to EmpikPlace without some of its files · {marker}")
            }
        };
        let mut lines = vec![head, String::new()];
        for (name, trouble) in files {
            let why = match trouble {
                ReplyFileTrouble::Type => self
                    .say(
                        "EmpikPlace nie przyjmuje plików tego typu",
                        "EmpikPlace takes no files of this type",
                    )
                    .to_owned(),
                ReplyFileTrouble::Limit { limit_mb } => match self.language {
                    Language::Pl => format!("przekroczono limit {limit_mb} MB na rozmowę"),
                    Language::En => format!("over the limit of {limit_mb} MB per conversation"),
                },
                ReplyFileTrouble::Count { most } => match self.language {
                    Language::Pl => format!("EmpikPlace przyjmuje najwyżej {most} plików na zamówienie"),
                    Language::En => format!("EmpikPlace takes at most {most} files per order"),
                },
                ReplyFileTrouble::Refused => self
                    .say(
                        "EmpikPlace odrzuciło wiadomość z plikami",
                        "EmpikPlace refused the message with its files",
                    )
                    .to_owned(),
                ReplyFileTrouble::Unavailable => {
                    self.say("Thulium nie udostępniło pliku", "Thulium did not give out the file").to_owned()
                }
            };
            lines.push(format!("- {}: {why}", text::file_name(name)));
        }
        lines.push(
            self.say("Wyślij je w panelu EmpikPlace.", "Send them in the EmpikPlace panel.").to_owned(),
        );
        lines.join("\n")
    }

    /// Comment that confirms a delivery.
    pub fn receipt(&self, written: &str, at: Timestamp, marker: &str) -> String {
        let written = self.helpdesk_date(written);
        match self.language {
            Language::Pl => {
                format!("Odpowiedź z {written} dostarczono na EmpikPlace {} · {marker}", self.date(at))
            }
            Language::En => {
                format!("The reply of {written} was delivered to EmpikPlace at {} · {marker}", self.date(at))
            }
        }
    }

    /// Comment to the agent, once a ticket, about images in the text of a reply.
    pub fn reply_images(&self, written: &str, count: usize, marker: &str) -> String {
        let written = self.helpdesk_date(written);
        match self.language {
            Language::Pl => {
                let left_out = plural(count, "{} obraz", "{} obrazy", "{} obrazów");
                format!(
                    "Na EmpikPlace idzie sam tekst odpowiedzi, bez obrazów · {marker}\n\n\
                     Z treści odpowiedzi z {written} pominięto {left_out} (także z podpisu i stopki). \
                     Jeśli klient ma obraz zobaczyć, wyślij go jako załącznik.\n\
                     Ta uwaga pojawia się w zgłoszeniu tylko raz."
                )
            }
            Language::En => {
                let left_out = match count {
                    1 => "1 image".to_owned(),
                    _ => format!("{count} images"),
                };
                format!(
                    "Replies go to EmpikPlace as text, without images · {marker}\n\n\
                     {left_out} in the text of the reply of {written} did not go out (signatures and footers \
                     included). If the buyer is to see an image, send it as an attachment.\n\
                     This note appears once in a ticket."
                )
            }
        }
    }

    /// Comment to the agent about a reply that is held back.
    pub fn held(&self, written: &str, marker: &str) -> String {
        let written = self.helpdesk_date(written);
        match self.language {
            Language::Pl => format!(
                "Odpowiedź z {written} WSTRZYMANO, klient napisał w międzyczasie · {marker}\n\n\
                 Powód: klient napisał coś, czego przy pisaniu tej odpowiedzi nie było jeszcze widać w zgłoszeniu. \
                 Jeśli nowej wiadomości jeszcze tu nie ma, pojawi się za chwilę.\n\
                 Co zrobić: przeczytaj ją i zdecyduj.\n\
                 - Odpowiedź nadal pasuje: wyślij klientowi odpowiedź o treści @wyślij.\n\
                 - Pasuje, ale trzeba coś dodać: po prostu wyślij kolejną odpowiedź, pójdą obie po kolei.\n\
                 - Nie pasuje: wyślij odpowiedź o treści @anuluj, a potem nową."
            ),
            Language::En => format!(
                "The reply of {written} is HELD BACK, the buyer wrote meanwhile · {marker}\n\n\
                 Reason: the buyer wrote something that could not be seen in the ticket yet when this reply was \
                 written. If the new message is not here yet, it will be in a moment.\n\
                 What to do: read it and decide.\n\
                 - The reply still fits: send a reply that says @send.\n\
                 - It fits, and something is to be added: simply send another reply, both go out in order.\n\
                 - It does not fit: send a reply that says @cancel, and then a new one."
            ),
        }
    }

    /// Comment to the agent about a reply that was nothing but a command.
    pub fn obeyed(&self, command: Command, marker: &str) -> String {
        let done = match command {
            Command::Send => {
                self.say("Wstrzymaną odpowiedź zwolniono", "The reply that was held back is released")
            }
            Command::Cancel => self.say(
                "Wstrzymana odpowiedź nie zostanie wysłana",
                "The reply that was held back will not be sent",
            ),
        };
        let note = self.say(
            "Odpowiedź z samym poleceniem nie poszła na EmpikPlace, także tekst pod nim.",
            "The reply with the instruction did not go to EmpikPlace, nor did any text under it.",
        );
        format!("{done} · {marker}\n\n{note}")
    }

    /// Comment in a ticket into which another one was merged.
    pub fn merged(&self, marker: &str) -> String {
        match self.language {
            Language::Pl => format!(
                "Do tego zgłoszenia dołączono inne zgłoszenie z EmpikPlace · {marker}\n\n\
                 Odpowiedzi, które stały tu przed tym komentarzem i nie poszły jeszcze na EmpikPlace, nie zostaną \
                 wysłane: nie widać, do której rozmowy należą.\n\
                 Co zrobić: sprawdź w panelu EmpikPlace, czy czegoś nie brakuje, i napisz to jeszcze raz. \
                 Odpowiedzi z tego zgłoszenia idą tylko do jego własnej rozmowy. Nowe wiadomości dołączonej \
                 rozmowy nadal trafiają do jej zgłoszenia: na nie odpowiadaj tam."
            ),
            Language::En => format!(
                "Another ticket of EmpikPlace was merged into this one · {marker}\n\n\
                 Replies that stood here before this comment and did not go to EmpikPlace yet will not be sent: \
                 to which conversation they belong cannot be seen.\n\
                 What to do: see in the EmpikPlace panel whether one is missing, and write it again. Replies in this \
                 ticket go to its own conversation only. New messages of the conversation that was merged into it \
                 still come into that one's ticket: answer them there."
            ),
        }
    }

    /// Comment that says that the bridge's own automatic reply went out.
    pub fn own_reply_sent(&self, at: Timestamp, marker: &str) -> String {
        let at = self.date(at);
        match self.language {
            Language::Pl => format!("Klient dostał automatyczną odpowiedź mostu · {at} · {marker}"),
            Language::En => format!("The buyer got the bridge's automatic reply · {at} · {marker}"),
        }
    }

    /// The comment about a parked reply that an administrator gave up. `written` is the reply's date as
    /// Thulium shows it, empty where it is not known.
    pub fn given_up(&self, written: &str, marker: &str) -> String {
        let written = text::one_line(written, 40);
        let reply = match (self.language, written.is_empty()) {
            (Language::Pl, true) => "Odpowiedź w tym zgłoszeniu".to_owned(),
            (Language::Pl, false) => format!("Odpowiedź z {written}"),
            (Language::En, true) => "A reply in this ticket".to_owned(),
            (Language::En, false) => format!("The reply of {written}"),
        };
        let rest = self.say(
            "nie zostanie wysłana na EmpikPlace: administrator integracji z niej zrezygnował.",
            "will not be sent to EmpikPlace: an administrator of the integration gave it up.",
        );
        format!("{reply} {rest} {marker}")
    }
}
