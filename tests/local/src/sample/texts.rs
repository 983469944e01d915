//! What the people of the sample shop write.

/// A conversation as its first message opens it.
pub(super) struct Opening {
    /// Its name in the script.
    pub key: &'static str,
    /// The buyer's id and name.
    pub buyer: (&'static str, &'static str),
    /// The order or offer it is about, if any.
    pub about: About,
    /// The topic: free text, or the code of a reason.
    pub topic: Result<&'static str, &'static str>,
    /// HTML.
    pub body: &'static str,
}

/// What a conversation is about.
pub(super) enum About {
    Order(&'static str),
    Offer(&'static str, &'static str),
    Nothing,
}

use About::{Nothing, Offer, Order};

/// Conversations that wait when the bridge is switched on.
pub(super) const OPENINGS: [Opening; 17] = [
    Opening {
        key: "paczka",
        buyer: ("1048211", "Jan Kowalczyk"),
        about: Order("2611-48151-A"),
        topic: Err("21"),
        body: "<p>Dzień dobry,</p><p>zamówienie złożyłem w czwartek, a paczka od soboty ma status „w sortowni”. \
               Czy dotrze do środy? To prezent.</p><p>Pozdrawiam<br>Jan Kowalczyk</p>",
    },
    Opening {
        key: "oferta",
        buyer: ("1051877", "Marta Wiśniewska"),
        about: Offer("9913027", "Lampka biurkowa Nordlys, dąb"),
        topic: Err("30"),
        body: "<p>Dzień dobry, czy ta lampka ma wtyczkę europejską i czy żarówka jest w zestawie? \
               W opisie nie mogę tego znaleźć.</p>",
    },
    Opening {
        key: "rozbity",
        buyer: ("1050034", "Katarzyna Zielińska"),
        about: Order("2611-47720-A"),
        topic: Err("20"),
        body: "<p>Dzień dobry, kubek przyszedł pęknięty – zdjęcie w załączniku. Karton był cały, więc chyba \
               był źle zabezpieczony w środku. Proszę o wymianę albo zwrot pieniędzy.</p><p>Katarzyna Zielińska</p>",
    },
    Opening {
        key: "outlook",
        buyer: ("1049560", "Tomasz Wójcik"),
        about: Order("2611-48090-A"),
        topic: Ok("Faktura na firmę"),
        body: OUTLOOK,
    },
    Opening {
        key: "gmail",
        buyer: ("1047302", "Agnieszka Kamińska"),
        about: Order("2611-46988-A"),
        topic: Ok("Zmiana adresu dostawy"),
        body: GMAIL,
    },
    Opening {
        key: "faktura",
        buyer: ("1050991", "Piotr Lewandowski"),
        about: Order("2611-48222-A"),
        topic: Ok("Dane do faktury"),
        body: "<p>Witam, przesyłam dane do faktury w pliku. Proszę o wystawienie na firmę, a nie na osobę \
               prywatną.</p><p>P. Lewandowski</p>",
    },
    Opening {
        key: "panel",
        buyer: ("1046115", "Ewa Dąbrowska"),
        about: Order("2611-47005-A"),
        topic: Err("26"),
        body: "<p>Czy mogę odebrać zamówienie osobiście w Krakowie? Będę w okolicy w piątek po południu.</p>",
    },
    Opening {
        key: "komentarz",
        buyer: ("1052040", "Marek Szymański"),
        about: Order("2611-48301-A"),
        topic: Err("20"),
        body: "<p>To już drugi raz, kiedy dostaję nie ten rozmiar. Zamawiałem L, przyszło S. \
               Naprawdę trudno to u Państwa sprawdzić przed wysyłką?</p>",
    },
    Opening {
        key: "krotka",
        buyer: ("1051333", "Paweł Woźniak"),
        about: Order("2611-48177-A"),
        topic: Err("26"),
        body: "<p>Proszę zapakować na prezent, jeśli to możliwe. Dziękuję!</p>",
    },
    Opening {
        key: "zamkniete",
        buyer: ("1044870", "Joanna Kozłowska"),
        about: Order("2611-45610-A"),
        topic: Err("26"),
        body: "<p>Dzień dobry, ile mam dni na zwrot książki, jeśli okazała się prezentem, który ktoś już ma?</p>",
    },
    Opening {
        key: "bez-sprawy",
        buyer: ("1052501", "Krzysztof Jankowski"),
        about: Nothing,
        topic: Ok("Zapytanie ogólne"),
        body: "<p>Dzień dobry, czy prowadzą Państwo sprzedaż hurtową dla szkół? Chodzi o ok. 200 zestawów plastycznych.</p>",
    },
    Opening {
        key: "typografia",
        buyer: ("1050620", "Barbara Mazur"),
        about: Order("2611-47901-A"),
        topic: Ok("Pytanie o wydanie"),
        body: "<p>Szukam wydania „Pana&nbsp;Tadeusza” z&nbsp;ilustracjami Andriollego — tego w&nbsp;płótnie, \
               formatu 16½&nbsp;×&nbsp;24&nbsp;cm… W&nbsp;ofercie jest «wydanie jubileuszowe» za 129,99&nbsp;zł. \
               Czy to to samo? Zażółć gęślą jaźń &ndash; to tylko test polskich znaków, proszę się nie śmiać.</p>",
    },
    Opening {
        key: "emoji",
        buyer: ("1052777", "Zuzanna Krawczyk"),
        about: Order("2611-48333-A"),
        topic: Err("26"),
        body: "<p>Puzzle są CUDOWNE 😍🧩 dzieciaki już ułożyły połowę 👨‍👩‍👧‍👦 Jest jeszcze drugi zestaw z tej serii? 🙏</p>",
    },
    Opening {
        key: "stopka",
        buyer: ("1048990", "Robert Piotrowski"),
        about: Order("2611-47455-A"),
        topic: Err("21"),
        body: "<p>Kurier zostawił awizo, ale w punkcie mówią, że paczki nie ma. Co mam zrobić?</p>",
    },
    Opening {
        key: "automatyczna",
        buyer: ("1049118", "Monika Grabowska"),
        about: Order("2611-47512-A"),
        topic: Err("26"),
        body: "<p>Czy rabat z newslettera łączy się z promocją na drugą sztukę?</p>",
    },
    Opening {
        key: "reklamacja",
        buyer: ("1045703", "Andrzej Pawlak"),
        about: Order("2611-46200-A"),
        topic: Err("20"),
        body: "<p>Głośnik po dwóch tygodniach przestał się ładować. Reset z instrukcji nie pomógł, inny kabel też nie. \
               Proszę o informację, gdzie odesłać.</p>",
    },
    Opening {
        key: "empik-wlacza-sie",
        buyer: ("1047845", "Beata Michalska"),
        about: Order("2611-46655-A"),
        topic: Err("21"),
        body: "<p>Zgodnie ze śledzeniem paczka została doręczona w poniedziałek, ale nikt w domu jej nie odebrał. \
               Zgłosiłam sprawę też do Empiku.</p>",
    },
];

/// What agents answer first: conversation, login, HTML.
pub(super) const ANSWERS: [(&str, &str, &str); 12] = [
    (
        "paczka",
        "akowalska",
        "<p>Dzień dobry, Panie Janie,</p><p>paczka wyruszyła dziś rano z sortowni w Strykowie i według kuriera będzie \
         u Pana <b>we wtorek</b>. Numer przesyłki: 620011223344556677889900.</p><p>Anna Kowalska<br>Sklep A</p>",
    ),
    (
        "oferta",
        "jnowak",
        "<p>Dzień dobry!</p><p>Tak, lampka ma wtyczkę europejską (typ C). Żarówki nie ma w zestawie – pasuje każda \
         z gwintem E14, najlepiej do 40&nbsp;W.</p><p>Jan Nowak</p>",
    ),
    (
        "outlook",
        "akowalska",
        "<p>Dzień dobry, fakturę na podane dane wystawimy jeszcze dzisiaj i dołączymy do zamówienia w serwisie.</p>",
    ),
    (
        "gmail",
        "jnowak",
        "<div>Dzień dobry,<br>zmieniliśmy adres na ul. Lipową 14/3. Paczka wyjdzie od nas jutro rano.</div>",
    ),
    (
        "panel",
        "akowalska",
        "<p>Oczywiście, zapraszamy w piątek między 14:00 a 18:00, ul. Krakowska 5. Proszę mieć przy sobie numer zamówienia.</p>",
    ),
    (
        "bez-sprawy",
        "jnowak",
        "<p>Dzień dobry, tak – dla szkół przygotowujemy osobne oferty. Przy 200 zestawach rabat wynosi 12%, \
         a dostawa jest bezpłatna.</p>",
    ),
    (
        "typografia",
        "akowalska",
        "<p>Dzień dobry, to to samo wydanie: płótno, 16½&nbsp;×&nbsp;24&nbsp;cm, ilustracje M.&nbsp;E.&nbsp;Andriollego. \
         „Jubileuszowe” to tylko nazwa serii.</p>",
    ),
    (
        "emoji",
        "jnowak",
        "<p>Bardzo się cieszymy! 🎉 Drugi zestaw („Leśna polana”, 500 elementów) wraca do sprzedaży w poniedziałek 🦊</p>",
    ),
    (
        "reklamacja",
        "jnowak",
        "<p>Przykro nam z powodu kłopotu. Czy dioda przy gnieździe w ogóle się zapala?</p>",
    ),
    (
        "faktura",
        "akowalska",
        "<p>Dziękujemy za komplet danych. Faktura będzie gotowa w ciągu godziny; 1 &lt; 2 &amp; „R&amp;D” w nazwie firmy zachowamy.</p>",
    ),
    (
        "empik-wlacza-sie",
        "akowalska",
        "<p>Dzień dobry, Pani Beato, złożyliśmy u przewoźnika reklamację i poprosiliśmy o potwierdzenie odbioru. \
         Odezwiemy się najpóźniej jutro do południa.</p>",
    ),
    (
        "zamkniete",
        "jnowak",
        "<p>Dzień dobry, na zwrot ma Pani 14 dni od odbioru paczki; książka nie może nosić śladów używania.</p>",
    ),
];

/// A buyer's message as Outlook writes it.
const OUTLOOK: &str = r##"<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns="http://www.w3.org/TR/REC-html40">
<head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"><meta name="Generator" content="Microsoft Word 15 (filtered medium)">
<style><!--
@font-face {font-family:Calibri; panose-1:2 15 5 2 2 2 4 3 2 4;}
p.MsoNormal, li.MsoNormal, div.MsoNormal {margin:0cm; font-size:11.0pt; font-family:"Calibri",sans-serif;}
--></style></head>
<body lang="PL" link="#0563C1" vlink="#954F72"><div class="WordSection1">
<p class="MsoNormal">Dzień dobry,<o:p></o:p></p>
<p class="MsoNormal"><o:p>&nbsp;</o:p></p>
<p class="MsoNormal">proszę o fakturę VAT do zamówienia. Dane:<o:p></o:p></p>
<table class="MsoTableGrid" border="1" cellspacing="0" cellpadding="0"><tr><td><p class="MsoNormal">Firma<o:p></o:p></p></td><td><p class="MsoNormal">Wójcik i Synowie sp. z o.o.<o:p></o:p></p></td></tr>
<tr><td><p class="MsoNormal">NIP<o:p></o:p></p></td><td><p class="MsoNormal">525-000-12-34<o:p></o:p></p></td></tr></table>
<p class="MsoNormal"><o:p>&nbsp;</o:p></p>
<p class="MsoNormal"><span style="color:#44546A">Z poważaniem,<br>Tomasz Wójcik<o:p></o:p></span></p>
</div></body></html>"##;

/// A buyer's message as Gmail writes it.
const GMAIL: &str = r##"<div dir="ltr"><div>Dzień dobry,</div><div><br></div><div>czy mogą Państwo wysłać paczkę na inny adres? Przeprowadziliśmy się w weekend:</div><div><br></div><div><b>ul. Lipowa 14/3, 30-702 Kraków</b></div><div><br></div><div>Z&nbsp;góry dziękuję :)<br clear="all"></div><div><br></div>-- <br><div dir="ltr" class="gmail_signature" data-smartmail="gmail_signature"><div dir="ltr">Agnieszka Kamińska<br></div></div></div>"##;

/// An agent's reply with a footer, above the quoted message of the buyer.
pub(super) const WITH_FOOTER: &str = r##"<div style="font-family:Arial,sans-serif;font-size:14px"><p>Dzień dobry, Panie Robercie,</p><p>punkt przyjmuje paczki dopiero po 16:00 – proszę spróbować dziś wieczorem z kodem z SMS-a. Jeśli jej nie będzie, wyślemy drugą na nasz koszt.</p></div>
<table class="signature" cellpadding="0" cellspacing="0" style="border-top:2px solid #d6783c"><tr><td><b>Anna Kowalska</b><br>Biuro obsługi klienta, Sklep A</td></tr></table>
<blockquote type="cite"><div>W dniu 23.11.2026 o 14:03, Robert Piotrowski pisze:</div><p>Kurier zostawił awizo, ale w punkcie mówią, że paczki nie ma. Co mam zrobić?</p></blockquote>"##;

/// What the shop's system sends by itself.
pub(super) const INVOICES: [&str; 3] = [
    "<p>Dziękujemy za zakupy! W załączniku przesyłamy fakturę do zamówienia 2611-48400-A.</p>",
    "<p>Państwa paczka jest już w drodze. To wiadomość automatyczna, prosimy na nią nie odpowiadać.</p>",
    "<p>Jak oceniają Państwo zakupy? Będziemy wdzięczni za opinię w serwisie.</p>",
];

/// Titles a school library orders, one by one, in the longest conversation.
pub(super) const TITLES: [&str; 14] = [
    "„Akademia pana Kleksa”, Jan Brzechwa",
    "„Balladyna”, Juliusz Słowacki",
    "„Chłopcy z Placu Broni”, Ferenc Molnár",
    "„Dywizjon 303”, Arkady Fiedler",
    "„Hobbit”, J. R. R. Tolkien",
    "„Kamienie na szaniec”, Aleksander Kamiński",
    "„Lalka”, Bolesław Prus",
    "„Mały Książę”, Antoine de Saint-Exupéry",
    "„Opowieść wigilijna”, Charles Dickens",
    "„Pan Tadeusz”, Adam Mickiewicz",
    "„Quo vadis”, Henryk Sienkiewicz",
    "„Skąpiec”, Molier",
    "„W pustyni i w puszczy”, Henryk Sienkiewicz",
    "„Zemsta”, Aleksander Fredro",
];

/// The classes it orders them for.
pub(super) const CLASSES: [&str; 4] = ["4a", "5b", "6c", "7a"];

/// Who writes to the second shop: name in the script, the buyer's id and name, the order, HTML.
pub(super) const SECOND: [(&str, &str, &str, &str, &str); 2] = [
    (
        "kawa",
        "1060411",
        "Iga Malinowska",
        "2611-50101-B",
        "<p>Dzień dobry, młynek przyszedł bez pokrywki. Czy można ją dosłać?</p>",
    ),
    (
        "czajnik",
        "1060532",
        "Filip Sroka",
        "2611-50202-B",
        "<p>Dzień dobry, w pudełku z czajnikiem nie ma filtra. Proszę o dosłanie.</p>",
    ),
];
