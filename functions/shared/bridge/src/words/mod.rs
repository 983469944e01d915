//! Every text that a person reads in a ticket or on the marketplace, in Polish and English.
//!
//! One room for all of it, so that wording can be read through and snapshot-tested at once. The
//! first line of everything that is written into a ticket is a header that is useful to the agent
//! and ends with a marker that is unique to the message ([`crate::text::marker`]); that marker is
//! how a lost answer is settled by looking.

mod card;
mod changes;
mod replies;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::marketplace::{Author, Message, Thread};
use crate::settings::Language;
use crate::text;

pub use card::CustomerNote;
pub use changes::{OrderChange, Part};
pub use replies::{RefusedReply, ReplyFileTrouble};

/// Longest subject of a ticket, in characters.
const LONGEST_SUBJECT: usize = 150;

/// Longest name, in characters.
const LONGEST_NAME: usize = 60;

/// The words of one integration: its language and its time zone.
#[derive(Debug, Clone)]
pub struct Words {
    language: Language,
    zone: TimeZone,
}

/// Why a file of a message is not in the ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileTrouble {
    /// Larger than the bridge carries.
    TooLarge {
        /// The limit, in megabytes.
        limit_mb: u64,
    },
    /// The marketplace does not give it out.
    Unavailable,
    /// The helpdesk does not take it.
    Refused,
}

impl Words {
    /// The words in a language, with dates in a zone.
    pub fn new(language: Language, zone: TimeZone) -> Words {
        Words { language, zone }
    }

    fn say<'a>(&self, pl: &'a str, en: &'a str) -> &'a str {
        match self.language {
            Language::Pl => pl,
            Language::En => en,
        }
    }

    /// `23.11.2026 14:03`, in the integration's zone.
    pub fn date(&self, at: Timestamp) -> String {
        at.to_zoned_datetime(self.zone.clone()).strftime("%d.%m.%Y %H:%M").to_string()
    }

    /// `23.11.2026 14:03`, for a time that is in the integration's zone already.
    pub fn civil_date(&self, at: jiff::civil::DateTime) -> String {
        at.strftime("%d.%m.%Y %H:%M").to_string()
    }

    /// A date of the helpdesk, `2026-11-23 14:03`, as people write it; anything else as it is.
    fn helpdesk_date(&self, date: &str) -> String {
        let minute = date.get(..16).unwrap_or(date);
        match jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M", minute) {
            Ok(date) => date.strftime("%d.%m.%Y %H:%M").to_string(),
            Err(_) => text::one_line(date, 20),
        }
    }

    /// The subject of a ticket: `EmpikPlace 123456-A: Pytanie o dostawę`.
    pub fn subject(&self, thread: &Thread, topic: &str) -> String {
        let topic = text::one_line(topic, LONGEST_SUBJECT);
        let mut about: Vec<String> = thread.order_ids().map(|id| text::one_line(id, 40)).collect();
        about.truncate(2);
        let place = if about.is_empty() {
            "EmpikPlace".to_owned()
        } else {
            format!("EmpikPlace {}", about.join(", "))
        };
        let topic = match topic.is_empty() {
            true => self.say("Wiadomość", "Message").to_owned(),
            false => topic,
        };
        text::one_line(&format!("{place}: {topic}"), LONGEST_SUBJECT)
    }

    /// The header line of a message: `Jan K. (klient) · 23.11.2026 14:03 · #a1b2c3d4`.
    pub fn header(&self, message: &Message, history: bool) -> String {
        let role = match (message.author, message.is_private()) {
            (Author::Buyer, _) => self.say("klient", "buyer"),
            (Author::Shop, _) => self.say("sklep, panel EmpikPlace", "shop, EmpikPlace panel"),
            (Author::Operator | Author::Unknown, true) => {
                self.say("OPERATOR EMPIK, tylko do sklepu", "EMPIK OPERATOR, to the shop only")
            }
            (Author::Operator | Author::Unknown, false) => self.say("OPERATOR EMPIK", "EMPIK OPERATOR"),
        };
        let name = match text::one_line(&message.name, LONGEST_NAME) {
            name if name.is_empty() => self.say("bez nazwy", "no name").to_owned(),
            name => name,
        };
        let mut line = format!("{name} ({role})");
        if let Some(at) = message.at {
            line += &format!(" · {}", self.date(at));
        }
        if history {
            line += &format!(" · {}", self.say("wcześniejsza", "earlier"));
        }
        format!("{line} · {}", text::marker(&message.id.0))
    }

    /// A message as it stands in the ticket: header, text, notes.
    pub fn entry(&self, message: &Message, history: bool, body: &str, notes: &[String]) -> String {
        let mut parts = vec![self.header(message, history)];
        if matches!(message.author, Author::Operator | Author::Unknown) {
            parts.push(match message.is_private() {
                true => self
                    .say(
                        "To wiadomość od Empik, nie od klienta. Klient jej nie widzi; odpowiedź trafi tylko do Empik.",
                        "This is a message from Empik, not from the buyer. The buyer cannot see it; your reply goes to Empik only.",
                    )
                    .to_owned(),
                false => self
                    .say(
                        "To wiadomość od Empik, nie od klienta. Klient też ją widzi.",
                        "This is a message from Empik, not from the buyer. The buyer can see it too.",
                    )
                    .to_owned(),
            });
        }
        parts.push(match body.is_empty() {
            true => self.say("(wiadomość bez tekstu)", "(a message without text)").to_owned(),
            false => body.to_owned(),
        });
        if !notes.is_empty() {
            parts.push(notes.join("\n"));
        }
        parts.join("\n\n")
    }

    /// Note under a message that was cut.
    pub fn shortened(&self, link: Option<&str>) -> String {
        self.with_link(
            self.say(
                "[Wiadomość skrócono, bo jest bardzo długa. Całość jest na EmpikPlace.]",
                "[The message is very long and was shortened. All of it is on EmpikPlace.]",
            ),
            link,
        )
    }

    /// Note under a message whose images were left out.
    pub fn images(&self, count: usize, link: Option<&str>) -> String {
        let text = match self.language {
            Language::Pl => plural(
                count,
                "[Pominięto obraz z treści; jest na EmpikPlace.]",
                "[Pominięto {} obrazy z treści; są na EmpikPlace.]",
                "[Pominięto {} obrazów z treści; są na EmpikPlace.]",
            ),
            Language::En if count == 1 => {
                "[An image in the text was left out; it is on EmpikPlace.]".to_owned()
            }
            Language::En => format!("[{count} images in the text were left out; they are on EmpikPlace.]"),
        };
        self.with_link(&text, link)
    }

    /// Note under a message about a file that is not in the ticket.
    pub fn file_missing(&self, name: &str, trouble: FileTrouble, link: Option<&str>) -> String {
        let name = text::file_name(name);
        let text = match (self.language, trouble) {
            (Language::Pl, FileTrouble::TooLarge { limit_mb }) => {
                format!(
                    "[Załącznik „{name}” nie został przeniesiony: jest większy niż {limit_mb} MB. Jest w rozmowie na EmpikPlace.]"
                )
            }
            (Language::Pl, FileTrouble::Unavailable) => {
                format!(
                    "[Załącznik „{name}” nie został przeniesiony: EmpikPlace go nie udostępnia. Sprawdź w rozmowie na EmpikPlace.]"
                )
            }
            (Language::Pl, FileTrouble::Refused) => {
                format!(
                    "[Załącznik „{name}” nie został przeniesiony: Thulium go nie przyjmuje. Jest w rozmowie na EmpikPlace.]"
                )
            }
            (Language::En, FileTrouble::TooLarge { limit_mb }) => {
                format!(
                    "[The file “{name}” was not copied: it is larger than {limit_mb} MB. It is in the conversation on EmpikPlace.]"
                )
            }
            (Language::En, FileTrouble::Unavailable) => {
                format!(
                    "[The file “{name}” was not copied: EmpikPlace does not give it out. See the conversation on EmpikPlace.]"
                )
            }
            (Language::En, FileTrouble::Refused) => {
                format!(
                    "[The file “{name}” was not copied: Thulium does not take it. It is in the conversation on EmpikPlace.]"
                )
            }
        };
        self.with_link(&text, link)
    }

    /// Comment that brings the files of a message, where the helpdesk left them out of it.
    pub fn files(&self, message: &Message) -> String {
        self.about_files(message, &files_key(message))
    }

    fn about_files(&self, message: &Message, key: &str) -> String {
        let of = message.at.map(|at| self.date(at)).unwrap_or_default();
        let line = match self.language {
            Language::Pl => format!("Pliki do wiadomości z {of}"),
            Language::En => format!("Files of the message of {of}"),
        };
        format!("{} · {}", line.trim_end(), text::marker(key))
    }

    /// Comment that says where the files of a message are, where the helpdesk takes them nowhere.
    pub fn files_elsewhere(&self, message: &Message, link: Option<&str>) -> String {
        let names: Vec<String> =
            message.attachments.iter().map(|a| format!("- {}", text::file_name(&a.name))).collect();
        let text = self.say(
            "Thulium nie przyjęło plików do tej wiadomości. Są w rozmowie na EmpikPlace:",
            "Thulium did not take the files of this message. They are in the conversation on EmpikPlace:",
        );
        let line = self.about_files(message, &files_elsewhere_key(message));
        format!("{line}\n\n{}\n{}", self.with_link(text, link), names.join("\n"))
    }

    /// Note under the opening message of a ticket that the helpdesk takes only without files.
    pub fn files_left_out(&self, link: Option<&str>) -> String {
        self.with_link(
            self.say(
                "[Thulium nie przyjęło plików do tej wiadomości. Są w rozmowie na EmpikPlace.]",
                "[Thulium did not take the files of this message. They are in the conversation on EmpikPlace.]",
            ),
            link,
        )
    }

    /// The text of a reply that consists of files alone.
    pub fn files_only(&self) -> &str {
        self.say("W załączniku przesyłamy pliki.", "Please find the files attached.")
    }

    /// Name of a buyer about whom nothing is known.
    pub fn unknown_buyer(&self) -> &str {
        self.say("Klient EmpikPlace", "EmpikPlace buyer")
    }

    fn with_link(&self, text: &str, link: Option<&str>) -> String {
        match link {
            Some(link) => format!("{text} {link}"),
            None => text.to_owned(),
        }
    }
}

/// What the marker of the comment with a message's files is derived from.
pub fn files_key(message: &Message) -> String {
    format!("{}/files", message.id.0)
}

/// What the marker of the comment that says where a message's files are is derived from: another
/// one than that of the comment that holds them, since both may stand in the ticket.
pub fn files_elsewhere_key(message: &Message) -> String {
    format!("{}/files-elsewhere", message.id.0)
}

/// Polish plural: one, two to four, five and more. `{}` stands for the count.
fn plural(count: usize, one: &str, few: &str, many: &str) -> String {
    let form = match (count, count % 10, count % 100) {
        (1, _, _) => one,
        (_, 2..=4, tens) if !(12..=14).contains(&tens) => few,
        _ => many,
    };
    form.replace("{}", &count.to_string())
}
