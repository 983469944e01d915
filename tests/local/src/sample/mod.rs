//! A sample shop: its orders, the people who write to it, and the agents who answer.
//!
//! It plays in three parts: [`Shop::history`] before the bridge is switched on, [`Shop::backlog`]
//! which then waits for it, and the [`STEPS`] that follow once that stands in tickets.

mod files;
mod orders;
mod texts;

use std::collections::BTreeMap;

use anyhow::Context;
use jiff::SignedDuration;
use twins::{
    AgentReply, Author, Entity, NewComment, NewFile, NewMessage, NewThread, ParticipantKind, Ticket, Topic,
    World,
};

use texts::{About, Opening};

/// What an act in the shop comes to.
pub type Acted = anyhow::Result<()>;

/// One step of the script.
#[derive(Clone, Copy)]
pub struct Step {
    /// What happens in it, for the reader of the output.
    pub title: &'static str,
    /// Lets it happen.
    pub act: fn(&mut Shop) -> Acted,
}

/// What happens once the first tickets are there, one step after the other.
pub const STEPS: [Step; 6] = [
    Step {
        title: "Agents answer the first tickets (promises 7 replies, 8 recipient, 9 files)",
        act: Shop::agents_answer,
    },
    Step {
        title: "Buyers write back, a colleague uses the EmpikPlace panel, Empik joins in (promises 1 tickets, 6 who speaks)",
        act: Shop::others_write,
    },
    Step {
        title: "Agents send what EmpikPlace will not take, and comments that must stay inside (promises 7, 9, 12 feedback)",
        act: Shop::refusals,
    },
    Step {
        title: "A ticket is closed, others are moved and answered automatically (promise 10 automatic replies)",
        act: Shop::tidying,
    },
    Step {
        title: "A buyer writes to a closed ticket, a new one opens two threads at once (promises 1 tickets, 4 CRM)",
        act: Shop::newcomers,
    },
    Step { title: "Agents answer once more (promises 7 replies, 8 recipient)", act: Shop::agents_finish },
];

/// Messages in the longest thread; EmpikPlace is told to take no more.
const LONGEST_THREAD: usize = 118;

/// The sample shop in a world.
pub struct Shop {
    world: World,
    threads: BTreeMap<&'static str, String>,
}

impl Shop {
    /// A shop with orders and nothing said yet.
    ///
    /// # Errors
    /// None in a world with a shop.
    pub fn new(world: World) -> anyhow::Result<Shop> {
        for order in orders::orders() {
            world.put_order(order)?;
        }
        Ok(Shop { world, threads: BTreeMap::new() })
    }

    /// How many threads there are.
    pub fn conversations(&self) -> usize {
        self.threads.len()
    }

    /// The thread with this name in the script, and its ticket.
    pub fn example(&self) -> Option<(String, u64)> {
        let thread = self.threads.get("oferta")?;
        Some((thread.clone(), self.ticket("oferta").ok()?.ticket_id))
    }

    /// What was said before the bridge was switched on. The clock moves on with it.
    ///
    /// # Errors
    /// None in a fresh world.
    pub fn history(&mut self) -> Acted {
        let minute = SignedDuration::from_mins(1);
        self.open(
            "dawna",
            buyer("1039001", "Grażyna Sikora").about_order("2610-39870-A"),
            "<p>Kalendarz dotarł, dziękuję za szybką wysyłkę!</p>",
        )?;
        self.open(
            "powraca",
            buyer("1043377", "Łukasz Bąk").about_order("2611-44120-A"),
            "<p>Dzień dobry, czy do hamaka są w komplecie haki?</p>",
        )?;
        self.world.advance(minute);
        self.write(
            "powraca",
            Author::Shop,
            "<p>Dzień dobry, haki są w komplecie, razem z kołkami do betonu.</p>",
        )?;
        self.write("dawna", Author::Shop, "<p>Cieszymy się! Dobrego roku.</p>")?;
        let library = buyer("1040512", "Biblioteka SP nr 12").about_order("2611-40001-A");
        self.open(
            "biblioteka",
            library,
            "<p>Dzień dobry, będę podawać tytuły po kolei, bo listę dostaję od polonistek partiami. Proszę odkładać.</p>",
        )?;
        let lists =
            texts::CLASSES.iter().flat_map(|class| texts::TITLES.iter().map(move |title| (class, title)));
        for (number, (class, title)) in lists.enumerate() {
            self.world.advance(SignedDuration::from_secs(90));
            let pieces = 18 + (number * 7) % 11;
            let asked = format!("<p>{}. {title} – {pieces} egz., klasa {class}.</p>", number + 1);
            self.write("biblioteka", Author::Customer, &asked)?;
            let answer = match number % 5 {
                3 => format!("<p>Nr {}: mamy {} egz., resztę dosyłamy w piątek.</p>", number + 1, pieces - 6),
                _ => format!("<p>Nr {} odłożone, {pieces} egz.</p>", number + 1),
            };
            self.write("biblioteka", Author::Shop, &answer)?;
        }
        self.world.advance(SignedDuration::from_hours(20));
        Ok(())
    }

    /// What waits for the bridge when it is switched on.
    ///
    /// # Errors
    /// None after [`Shop::history`].
    pub fn backlog(&mut self) -> Acted {
        for opening in &texts::OPENINGS {
            let mut thread = NewThread::from_customer(opening.buyer.0, opening.buyer.1, opening.body);
            describe(&mut thread, opening);
            match opening.key {
                "rozbity" => thread.attachments = vec![NewFile::new("pekniety kubek.png", &files::photo())],
                "faktura" => {
                    let data = "Lewandowski Badania i Rozwój „R&D” sp. z o.o.\r\nNIP 521-000-98-76\r\nul. Polna 3, 00-625 Warszawa\r\n";
                    thread.attachments = vec![NewFile::new("dane do faktury.txt", data.as_bytes())];
                }
                _ => {}
            }
            self.put(opening.key, thread)?;
            self.world.advance(SignedDuration::from_secs(20));
        }
        self.write("powraca", Author::Customer, "<p>A czy wytrzyma dwie osoby, razem ok. 150 kg?</p>")?;
        self.write(
            "biblioteka",
            Author::Customer,
            "<p>To już wszystko. Proszę o podsumowanie i fakturę z terminem 14 dni.</p>",
        )?;
        self.write(
            "biblioteka",
            Author::Customer,
            "<p>I jeszcze prośba: dostawa przed godziną 12, potem w sekretariacie nikogo nie ma.</p>",
        )?;

        let mut invoices = buyer("1052900", "Natalia Wrona").about_order("2611-48400-A");
        invoices.from = Some(Author::Shop);
        invoices.attachments = vec![NewFile::new("faktura.pdf", &files::pdf(&["Faktura 11/2026/400"]))];
        self.open("automaty", invoices, texts::INVOICES[0])?;
        for text in &texts::INVOICES[1..] {
            self.write("automaty", Author::Shop, text)?;
        }

        let mut private = NewThread::from_customer("", "", "");
        private.customer = None;
        private.topic = Some(Topic { kind: "REASON_CODE".into(), value: "40".into() });
        private.entities = vec![entity("SELLER_OPERATOR", "2000", "Sklep A")];
        self.open(
            "empik-do-sklepu",
            private,
            "<p>Dzień dobry, przypominamy o uzupełnieniu danych GPSR w ofertach z kategorii Dom do końca miesiąca. \
             Oferty bez danych zostaną wstrzymane.</p>",
        )?;
        self.open(
            "anonim",
            buyer("9f0c2ab1", "Użytkownik anonimowy"),
            "<p>Proszę o potwierdzenie, że moje dane zostały u Państwa usunięte razem z kontem.</p>",
        )
    }

    fn agents_answer(&mut self) -> Acted {
        for (key, login, body) in &texts::ANSWERS {
            self.reply(key, AgentReply::new(login, body))?;
        }
        let label = files::pdf(&[
            "Etykieta zwrotna",
            "Sklep A, ul. Krakowska 5, 31-066 Krakow",
            "Zwrot 2611-47720-A",
        ]);
        self.reply(
            "rozbity",
            AgentReply {
                attachments: vec![NewFile::new("Etykieta zwrotna.pdf", &label)],
                ..AgentReply::new(
                    "akowalska",
                    "<p>Bardzo przepraszamy! Nowy kubek wyślemy jutro, tym razem w podwójnej osłonie. \
                     Pęknięty proszę odesłać z etykietą z załącznika, nic Pani nie płaci.</p>",
                )
            },
        )?;
        self.reply("stopka", AgentReply::new("akowalska", texts::WITH_FOOTER))?;
        self.reply(
            "empik-do-sklepu",
            AgentReply::new("jnowak", "<p>Dziękujemy za przypomnienie, dane uzupełnimy do czwartku.</p>"),
        )?;
        self.reply(
            "powraca",
            AgentReply::new("jnowak", "<p>Tak, hamak jest przeznaczony na obciążenie do 180 kg.</p>"),
        )
    }

    fn others_write(&mut self) -> Acted {
        self.write("paczka", Author::Customer, "<p>Super, wtorek w zupełności wystarczy. Dziękuję!</p>")?;
        self.write(
            "panel",
            Author::Shop,
            "<p>Tu Michał z magazynu: paczka dla Pani czeka już zapakowana przy wejściu od podwórka.</p>",
        )?;
        self.write("panel", Author::Customer, "<p>Świetnie, będę około 15. Do zobaczenia!</p>")?;
        let mut joins = NewMessage::new(
            Author::Operator,
            "<p>Dzień dobry, tu zespół Empik. Prosimy sklep o przesłanie potwierdzenia doręczenia, a Panią Beatę \
             o chwilę cierpliwości.</p>",
        );
        joins.to = Some(vec![ParticipantKind::Shop, ParticipantKind::Customer]);
        self.say("empik-wlacza-sie", joins)?;
        let mut photo = NewMessage::new(
            Author::Customer,
            "<p>Dioda nie świeci wcale. Dołączam zdjęcie gniazda – wygląda na wygięte.</p>",
        );
        photo.attachments = vec![NewFile::new("gniazdo.png", &files::photo())];
        self.say("reklamacja", photo)
    }

    fn refusals(&mut self) -> Acted {
        self.reply("krotka", AgentReply::new("jnowak", "<p>ok</p>"))?;
        self.comment(
            "komentarz",
            "Klient ma rację, to nasza druga pomyłka z rzędu. Dajemy kupon 30 zł, ale najpierw niech magazyn \
             znajdzie L – proszę mu jeszcze NIE obiecywać terminu.",
        )?;
        self.world.switch(|switches| switches.empikplace.messages_per_thread = LONGEST_THREAD);
        while self.length("biblioteka") < LONGEST_THREAD {
            self.write("biblioteka", Author::Shop, "<p>Dopisane do zamówienia.</p>")?;
        }
        self.reply(
            "biblioteka",
            AgentReply::new(
                "akowalska",
                "<p>Razem 56 pozycji. Fakturę wystawimy dziś, termin płatności 14 dni.</p>",
            ),
        )
    }

    fn tidying(&mut self) -> Acted {
        self.world.close_ticket(self.ticket("zamkniete")?.ticket_id)?;
        self.world.move_ticket(self.ticket("reklamacja")?.ticket_id, 8)?;
        self.reply(
            "reklamacja",
            AgentReply::new(
                "akowalska",
                "<p>Widać uszkodzenie, wysyłamy nowy głośnik bez czekania na zwrot.</p>",
            ),
        )?;
        let ticket = self.ticket("automatyczna")?.ticket_id;
        let absent = "<p>Dziękujemy za wiadomość. Dziś pracujemy do 16:00, odpowiemy jutro od rana.</p>";
        self.world.automatic_reply(ticket, absent, "")?;
        self.reply(
            "krotka",
            AgentReply::new("jnowak", "<p>Oczywiście, zapakujemy na prezent i dołożymy bilecik.</p>"),
        )
    }

    fn newcomers(&mut self) -> Acted {
        self.write(
            "zamkniete",
            Author::Customer,
            "<p>Jeszcze jedno pytanie: czy zamiast zwrotu mogę książkę wymienić na „Empuzjon”?</p>",
        )?;
        self.open(
            "herbaty",
            buyer("1053120", "Halina Sobczak").about_order("2611-48511-A"),
            "<p>Dzień dobry, w zestawie herbat brakuje puszki z pomarańczą i goździkami.</p>",
        )?;
        self.open(
            "filizanki",
            buyer("1053120", "Halina Sobczak").about_order("2611-48512-A"),
            "<p>A filiżanki proszę wysłać dopiero po 1 grudnia, wyjeżdżam.</p>",
        )?;
        self.write("emoji", Author::Customer, "<p>To czekam do poniedziałku! ⏰🦊</p>")
    }

    fn agents_finish(&mut self) -> Acted {
        self.reply(
            "zamkniete",
            AgentReply::new(
                "jnowak",
                "<p>Tak, wymienimy. Dopłata wyniesie 3,00 zł, wyślemy od razu po zwrocie.</p>",
            ),
        )?;
        self.reply(
            "herbaty",
            AgentReply::new(
                "akowalska",
                "<p>Przepraszamy, brakującą puszkę wysyłamy dziś listem poleconym.</p>",
            ),
        )?;
        self.reply(
            "filizanki",
            AgentReply::new("akowalska", "<p>Dobrze, wyślemy 2 grudnia. Udanej podróży!</p>"),
        )?;
        self.reply(
            "komentarz",
            AgentReply::new(
                "akowalska",
                "<p>Panie Marku, ma Pan pełne prawo się złościć. Właściwy rozmiar wyjdzie do Pana w środę, \
                 a błędnej bluzy proszę nie odsyłać.</p>",
            ),
        )?;
        self.reply(
            "anonim",
            AgentReply::new(
                "jnowak",
                "<p>Potwierdzamy: dane zostały usunięte, poza fakturą, którą musimy przechować.</p>",
            ),
        )
    }

    fn open(&mut self, key: &'static str, mut thread: NewThread, body: &str) -> Acted {
        body.clone_into(&mut thread.body);
        self.put(key, thread)
    }

    fn put(&mut self, key: &'static str, thread: NewThread) -> Acted {
        let opened = self.world.open_thread(thread)?;
        self.threads.insert(key, opened.thread_id);
        Ok(())
    }

    fn write(&self, key: &str, from: Author, body: &str) -> Acted {
        self.say(key, NewMessage::new(from, body))
    }

    fn say(&self, key: &str, message: NewMessage) -> Acted {
        // Nobody writes twice in the same second.
        self.world.advance(SignedDuration::from_secs(2));
        self.world.write(self.thread(key), message)?;
        Ok(())
    }

    fn reply(&self, key: &str, reply: AgentReply) -> Acted {
        self.world.agent_reply(self.ticket(key)?.ticket_id, reply)?;
        Ok(())
    }

    fn comment(&self, key: &str, text: &str) -> Acted {
        let comment = NewComment { login: "jnowak".into(), text: text.into(), attachments: Vec::new() };
        self.world.agent_comment(self.ticket(key)?.ticket_id, comment)?;
        Ok(())
    }

    fn thread(&self, key: &str) -> &str {
        self.threads.get(key).map_or("", String::as_str)
    }

    fn length(&self, key: &str) -> usize {
        self.world.thread(self.thread(key)).map_or(usize::MAX, |thread| thread.messages.len())
    }

    /// The ticket of a conversation, as an agent finds it.
    fn ticket(&self, key: &str) -> anyhow::Result<Ticket> {
        let of_thread = |ticket: &Ticket| {
            !ticket.deleted && ticket.custom_fields.values().any(|value| value == self.thread(key))
        };
        let ticket = self.world.tickets().into_iter().find(of_thread);
        ticket.with_context(|| format!("the conversation {key:?} of the sample has no ticket"))
    }
}

fn buyer(id: &str, name: &str) -> NewThread {
    NewThread::from_customer(id, name, "")
}

fn entity(kind: &str, id: &str, label: &str) -> Entity {
    Entity { kind: kind.into(), id: id.into(), label: label.into() }
}

fn describe(thread: &mut NewThread, opening: &Opening) {
    let (kind, value) = match opening.topic {
        Ok(text) => ("FREE_TEXT", text),
        Err(code) => ("REASON_CODE", code),
    };
    thread.topic = Some(Topic { kind: kind.into(), value: value.into() });
    thread.entities = match opening.about {
        About::Order(id) => vec![entity("MMP_ORDER", id, id)],
        About::Offer(id, label) => vec![entity("MMP_OFFER", id, label)],
        About::Nothing => Vec::new(),
    };
}
