//! The first shop: everyday life between buyers, Empik and agents who answer in Polish.

use jiff::SignedDuration;
use twins::{AgentReply, Author, NewFile, NewMessage, NewThread, ParticipantKind, Topic};

use super::texts::{self, About, Opening};
use super::{Acted, Shop, buyer, entity, files};

/// Messages in the longest thread; EmpikPlace is told to take no more.
const LONGEST_THREAD: usize = 118;

impl Shop {
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

    pub(super) fn backlog(&mut self) -> Acted {
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

    pub(super) fn agents_answer(&mut self) -> Acted {
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

    pub(super) fn others_write(&mut self) -> Acted {
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

    pub(super) fn refusals(&mut self) -> Acted {
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

    pub(super) fn tidying(&mut self) -> Acted {
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

    pub(super) fn newcomers(&mut self) -> Acted {
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

    pub(super) fn agents_finish(&mut self) -> Acted {
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
            "empik-wlacza-sie",
            AgentReply::new(
                "akowalska",
                "<p>@operator</p><p>Przewoźnik przysłał potwierdzenie: paczkę odebrał sąsiad spod czwórki.</p>",
            ),
        )?;
        self.reply(
            "emoji",
            AgentReply::new("jnowak", "<p>@klient</p><p>Damy znać, gdy puzzle wrócą! 🧩</p>"),
        )?;
        self.reply(
            "krotka",
            AgentReply::new("jnowak", "<p>@magazyn</p><p>Kto pakował tę paczkę? Proszę sprawdzić.</p>"),
        )?;
        self.reply(
            "anonim",
            AgentReply::new(
                "jnowak",
                "<p>Potwierdzamy: dane zostały usunięte, poza fakturą, którą musimy przechować.</p>",
            ),
        )
    }
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
