//! Messages of buyers, written in the mail programs they use.

use crate::text::{Clean, from_marketplace};

fn text(body: &str) -> String {
    from_marketplace(body, 50_000).text
}

const OUTLOOK: &str = r##"<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns="http://www.w3.org/TR/REC-html40">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8">
<title>Wiadomość</title>
<!--[if !mso]><style>v\:* {behavior:url(#default#VML);}</style><![endif]-->
<style><!--
/* Font Definitions */
@font-face {font-family:"Cambria Math";}
p.MsoNormal, li.MsoNormal {margin:0cm; font-size:11.0pt;}
--></style><!--[if gte mso 9]><xml>
<o:shapedefaults v:ext="edit" spidmax="1026" />
</xml><![endif]-->
</head>
<body lang="PL" link="#0563C1" vlink="#954F72" style='word-wrap:break-word'>
<div class="WordSection1">
<p class="MsoNormal">Dzień dobry,<o:p></o:p></p>
<p class="MsoNormal"><o:p>&nbsp;</o:p></p>
<p class="MsoNormal">paczka <b>nie dotarła</b>, a&nbsp;w&nbsp;śledzeniu jest &#8222;doręczona&#8221;.
Proszę o:<o:p></o:p></p>
<p class="MsoListParagraph" style="text-indent:-18.0pt"><![if !supportLists]><span style="font-family:Symbol">·<span style="font:7.0pt &quot;Times New Roman&quot;">&nbsp;&nbsp;&nbsp;&nbsp; </span></span><![endif]>sprawdzenie adresu,<o:p></o:p></p>
<p class="MsoListParagraph" style="text-indent:-18.0pt"><![if !supportLists]><span style="font-family:Symbol">·<span style="font:7.0pt &quot;Times New Roman&quot;">&nbsp;&nbsp;&nbsp;&nbsp; </span></span><![endif]>zwrot 120&nbsp;zł.<o:p></o:p></p>
<p class="MsoNormal"><o:p>&nbsp;</o:p></p>
<p class="MsoNormal">Pozdrawiam,<br>
Jan Kowalski<o:p></o:p></p>
<p class="MsoNormal"><img border="0" width="180" height="60" id="Obraz_x0020_1" src="cid:image001.png@01DB" alt="Obraz zawierający tekst&#10;&#10;Opis wygenerowany automatycznie"><o:p></o:p></p>
<div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'>
<p class="MsoNormal"><b>From:</b> Sklep &lt;noreply@empik.example&gt; <br><b>Sent:</b> Monday, November 23, 2026 2:03 PM<br><b>To:</b> <a href="mailto:jan@x.example">jan@x.example</a><br><b>Subject:</b> Zamówienie<o:p></o:p></p>
</div></div>
<p class="MsoNormal">Zamówienie wysłane.<o:p></o:p></p>
</div>
</body>
</html>"##;

#[test]
fn outlook() {
    insta::assert_snapshot!(text(OUTLOOK), @r"
    Dzień dobry,

    paczka nie dotarła, a w śledzeniu jest „doręczona”. Proszę o:
    · sprawdzenie adresu,
    · zwrot 120 zł.

    Pozdrawiam,
    Jan Kowalski
    From: Sklep <noreply@empik.example>
    Sent: Monday, November 23, 2026 2:03 PM
    To: jan@x.example
    Subject: Zamówienie
    Zamówienie wysłane.
    ");
    assert_eq!(from_marketplace(OUTLOOK, 50_000).images, 1);
}

#[test]
fn gmail() {
    let body = r#"<div dir="ltr"><div>Dzień dobry,</div><div><br></div><div>czy można zmienić adres na:</div><div>ul. Długa 5&nbsp; m. 7</div><div>00-001 Warszawa?</div><div><br></div><div>Z góry dziękuję&nbsp;<img data-emoji="🙂" class="an1" alt="🙂" aria-label="🙂" src="https://fonts.gstatic.com/s/e/1f642.png"></div><div><br clear="all"></div><span class="gmail_signature_prefix">-- </span><br><div dir="ltr" class="gmail_signature"><div>Anna Nowak</div><div><a href="https://www.nowak.example/">www.nowak.example</a></div></div></div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">pon., 23 lis 2026 o 14:03 Sklep &lt;<a href="mailto:noreply@empik.example">noreply@empik.example</a>&gt; napisał(a):<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex"><p>Twoje zamówienie jest w drodze.</p><p>Empik</p></blockquote></div>"#;
    insta::assert_snapshot!(text(body), @r"
    Dzień dobry,

    czy można zmienić adres na:
    ul. Długa 5 m. 7
    00-001 Warszawa?

    Z góry dziękuję 🙂

    --
    Anna Nowak
    www.nowak.example

    pon., 23 lis 2026 o 14:03 Sklep <noreply@empik.example> napisał(a):

    > Twoje zamówienie jest w drodze.

    > Empik
    ");
}

#[test]
fn apple_mail() {
    let body = r#"<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head><body style="overflow-wrap: break-word; -webkit-nbsp-mode: space; line-break: after-white-space;">Dzień dobry,<div><br></div><div>książka przyszła z&nbsp;<i>zagiętym</i> rogiem – zdjęcie w&nbsp;załączniku.</div><div><br><div>Jan</div><div><br id="lineBreakAtBeginningOfMessage"><div><img alt="IMG_2041.jpeg" src="cid:8E2F"></div><div><blockquote type="cite"><div>Wiadomość napisana przez Empik &lt;noreply@empik.example&gt; w dniu 23 lis 2026, o godz. 14:03:</div><br class="Apple-interchange-newline"><div><div>Dziękujemy za zakupy</div></div></blockquote></div><br></div></div></body></html>"#;
    insta::assert_snapshot!(text(body), @r"
    Dzień dobry,

    książka przyszła z zagiętym rogiem – zdjęcie w załączniku.

    Jan

    > Wiadomość napisana przez Empik <noreply@empik.example> w dniu 23 lis 2026, o godz. 14:03:

    > Dziękujemy za zakupy
    ");
    assert_eq!(from_marketplace(body, 50_000).images, 1);
}

#[test]
fn wp_poczta() {
    let body = "<html><head></head><body><div>Witam,</div>\r\n<div>&nbsp;</div>\r\n<div>kiedy dotrze zamówienie nr <strong>123456-A</strong>?<br />\r\nProszę o pilną odpowiedź.</div>\r\n<div>&nbsp;</div>\r\n<div class=\"nh_extra\"><p>Dnia 23 listopada 2026 14:03 Sklep &lt;noreply@empik.example&gt; napisał(a):</p>\r\n<blockquote style=\"border-left: 1px solid #999; padding: 0 0 0 7px;\"><div>Zamówienie przyjęte.</div></blockquote></div></body></html>";
    insta::assert_snapshot!(text(body), @r"
    Witam,

    kiedy dotrze zamówienie nr 123456-A?
    Proszę o pilną odpowiedź.

    Dnia 23 listopada 2026 14:03 Sklep <noreply@empik.example> napisał(a):

    > Zamówienie przyjęte.
    ");
}

#[test]
fn samsung_mail() {
    let body = r#"<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body dir="auto"><div dir="auto">Dobry wieczór, chcę zwrócić towar</div><div dir="auto"><br></div><div id="composer_signature" dir="auto"><div style="font-size:12px;color:#575757" dir="auto">Wysłano z mojego Galaxy</div></div><div dir="auto"><br></div><div><br></div><div align="left" dir="auto" style="font-size:100%;color:#000000"><div>-------- Oryginalna wiadomość --------</div><div>Od: Sklep &lt;noreply@empik.example&gt; </div><div>Data: 23.11.2026  14:03  (GMT+01:00) </div><div>Do: jan@x.example </div><div>Temat: Zamówienie </div><div><br></div></div><p>Dzień dobry</p></body></html>"#;
    insta::assert_snapshot!(text(body), @r"
    Dobry wieczór, chcę zwrócić towar

    Wysłano z mojego Galaxy

    -------- Oryginalna wiadomość --------
    Od: Sklep <noreply@empik.example>
    Data: 23.11.2026 14:03 (GMT+01:00)
    Do: jan@x.example
    Temat: Zamówienie

    Dzień dobry
    ");
}

#[test]
fn a_form_on_a_page() {
    let body = "Dzień dobry,<br /><br />gdzie jest faktura?<br />\nJan &amp; Ola &lt;3";
    insta::assert_snapshot!(text(body), @r"
    Dzień dobry,

    gdzie jest faktura?
    Jan & Ola <3
    ");
}

#[test]
fn plain_text_is_left_alone() {
    for body in [
        "a < b, c > d",
        "Kocham <3 książki",
        "pisz na <jan@x.pl>\n\n\n  wcięcie\tkolumna",
        "https://x.example/?a=1&copy=2",
        "w\u{a0}domu",
    ] {
        assert_eq!(text(body), body);
    }
    assert_eq!(
        text("\r\n \r\nJan &amp; Ola  \rR&amp;amp;D \u{a0} \u{a0}x\0\u{202E}\u{200B}\r\n\r\n"),
        "Jan & Ola\nR&amp;D    x"
    );
}

#[test]
fn nothing_is_lost_that_only_looks_like_markup() {
    assert_eq!(
        text("Pisz: <jan@x.pl><br>Ola <ola@x.pl> </3 </jan>"),
        "Pisz: <jan@x.pl>\nOla <ola@x.pl> </3 </jan>"
    );
    assert_eq!(text("a <b and c> d<br>e"), "a <b and c> d\ne");
    assert_eq!(text("<p>Cześć</p>reszta <a href=\"x"), "Cześć\n\nreszta <a href=\"x");
    assert_eq!(
        text("<p>Cześć</p><a href=\"x>link</a> <i>koniec</i>"),
        "Cześć\n\n<a href=\"x>link</a> <i>koniec</i>"
    );
    assert_eq!(text("<p>Cześć</p> a < b <!-- koniec > x"), "Cześć\n\na < b <!-- koniec > x");
    assert_eq!(
        text("<p>Cześć</p><style>p { color: red } <b>reszta</b>"),
        "Cześć\n\np { color: red } <b>reszta</b>"
    );
}

#[test]
fn bodies_that_say_nothing() {
    assert_eq!(from_marketplace("", 10), Clean::default());
    assert_eq!(from_marketplace("  \r\n ", 10), Clean::default());
    assert_eq!(from_marketplace("<p>&nbsp;</p><br>", 10), Clean::default());
    let images = "<div><img src='cid:a' alt='zdjecie.jpg'><img src=x width=1 height=1 alt='sledzenie'></div>";
    assert_eq!(from_marketplace(images, 10), Clean { images: 2, ..Clean::default() });
}

#[test]
fn the_limit_counts_characters_and_spares_words() {
    let clean = from_marketplace("Zażółć gęślą jaźń", 14);
    assert_eq!((clean.text.as_str(), clean.shortened), ("Zażółć gęślą", true));
    let clean = from_marketplace("Zażółć gęślą jaźń", 17);
    assert_eq!((clean.text.as_str(), clean.shortened), ("Zażółć gęślą jaźń", false));
    assert_eq!(from_marketplace(&"ż".repeat(500), 100).text, "ż".repeat(100));
    assert_eq!(
        from_marketplace("ab cdefghijk", 10).text,
        "ab cdefghi",
        "half a text is not given up for a word"
    );
    let clean = from_marketplace("abc", 0);
    assert_eq!((clean.text.as_str(), clean.shortened), ("", true));
}
