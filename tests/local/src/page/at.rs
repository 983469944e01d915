//! Where a person is on the page: what is open, in which language, through which filters. All of it
//! is in the address, so that every state can be linked, reloaded and read without a script.

use url::form_urlencoded;

use super::words::Language;

/// The columns, which a narrow screen shows one at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Pane {
    /// EmpikPlace.
    #[default]
    Empikplace,
    /// The bridge.
    Bridge,
    /// Thulium.
    Thulium,
}

impl Pane {
    pub(crate) const ALL: [Pane; 3] = [Pane::Empikplace, Pane::Bridge, Pane::Thulium];

    /// Its name in addresses and style sheets.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Pane::Empikplace => "empikplace",
            Pane::Bridge => "bridge",
            Pane::Thulium => "thulium",
        }
    }
}

/// What the list of tickets is narrowed to; empty or absent: everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Filter {
    pub(crate) queue: Option<u64>,
    pub(crate) category: Option<u64>,
    pub(crate) status: Option<u64>,
    pub(crate) tag: String,
    pub(crate) source: String,
}

/// An address of the page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct At {
    /// The thread that is open.
    pub(crate) thread: Option<String>,
    /// The ticket that is open.
    pub(crate) ticket: Option<u64>,
    /// Whether a new thread is being written.
    pub(crate) new: bool,
    /// The column in front on a narrow screen.
    pub(crate) pane: Pane,
    /// The language, where it was chosen by hand.
    pub(crate) language: Option<Language>,
    /// What the list of tickets is narrowed to.
    pub(crate) filter: Filter,
}

impl At {
    /// Reads the query of an address. What it does not know it passes over.
    pub(crate) fn read(query: &str) -> At {
        let mut at = At::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let number = value.parse().ok();
            match &*name {
                "thread" => at.thread = Some(value.into_owned()).filter(|id| !id.is_empty()),
                "ticket" => at.ticket = number,
                "new" => at.new = value == "1",
                "pane" => {
                    at.pane = Pane::ALL.into_iter().find(|pane| pane.as_str() == value).unwrap_or_default();
                }
                "lang" => at.language = Language::named(&value),
                "queue" => at.filter.queue = number,
                "category" => at.filter.category = number,
                "status" => at.filter.status = number,
                "tag" => at.filter.tag = value.into_owned(),
                "source" => at.filter.source = value.into_owned(),
                _ => {}
            }
        }
        at
    }

    /// Its members as they stand in an address.
    pub(crate) fn pairs(&self) -> Vec<(&'static str, String)> {
        let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
        let pane = if self.pane == Pane::default() { "" } else { self.pane.as_str() };
        let pairs = [
            ("thread", self.thread.clone().unwrap_or_default()),
            ("ticket", number(self.ticket)),
            ("new", if self.new { "1".into() } else { String::new() }),
            ("pane", pane.to_owned()),
            ("lang", self.language.map_or("", Language::as_str).to_owned()),
            ("queue", number(self.filter.queue)),
            ("category", number(self.filter.category)),
            ("status", number(self.filter.status)),
            ("tag", self.filter.tag.clone()),
            ("source", self.filter.source.clone()),
        ];
        pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }

    /// The address under `path`.
    pub(crate) fn link(&self, path: &str) -> String {
        let pairs = self.pairs();
        if pairs.is_empty() {
            return path.to_owned();
        }
        format!("{path}?{}", form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
    }

    /// The same address with something changed.
    pub(crate) fn with(&self, change: impl FnOnce(&mut At)) -> String {
        let mut at = self.clone();
        change(&mut at);
        at.link("/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_survives_being_read() {
        let address = "/?thread=a%26b&ticket=7&pane=thulium&lang=en&queue=8&tag=empik+place&source=www";
        let at = At::read(&address[2..]);
        assert_eq!(at.thread.as_deref(), Some("a&b"));
        assert_eq!(at.filter.tag, "empik place");
        assert_eq!(at.link("/"), address);
        assert_eq!(at.with(|at| *at = At::default()), "/");
    }

    #[test]
    fn nonsense_is_passed_over() {
        let at = At::read("ticket=-1&pane=x&lang=de&queue=&status=four&thread=&new=2&%ff=%ff");
        assert_eq!(at, At::default());
    }
}
