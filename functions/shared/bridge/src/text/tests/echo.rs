//! A reply is recognised in whatever form it comes back.

use proptest::prelude::*;

use crate::text::{Escape, carries_marker, fingerprint, for_marketplace, marker, tagless};

const ESCAPES: [Escape; 3] = [Escape::Safe, Escape::None, Escape::Html];

fn html_escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

/// Strips as browsers do: a tag is a `<` with a letter, `/`, `!` or `?`, up to the next `>` or the end.
fn stripped(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        kept.push_str(before);
        if tag[1..].starts_with(|c: char| c.is_alphabetic() || "/!?".contains(c)) {
            rest = tag.find('>').map_or("", |end| &tag[end + 1..]);
        } else {
            kept.push('<');
            rest = &tag[1..];
        }
    }
    kept + rest
}

/// What EmpikPlace may make of a body.
fn receivers(body: &str) -> Vec<String> {
    vec![
        body.to_owned(),
        html_escaped(body),
        html_escaped(&html_escaped(body)),
        unescaped(body),
        stripped(body),
        html_escaped(&stripped(body)),
        body.replace("<br />", "\n"),
        body.replace("<br />", "<br>\r\n"),
        body.replace("<br />", " "),
    ]
}

#[test]
fn escapes() {
    let text = "a < b & c\r\n<b>x</b> <3 <!";
    assert_eq!(for_marketplace(text, Escape::Safe), "a < b & c<br />‹b>x‹/b> <3 ‹!");
    assert_eq!(for_marketplace(text, Escape::None), "a < b & c<br /><b>x</b> <3 <!");
    assert_eq!(for_marketplace(text, Escape::Html), "a &lt; b &amp; c<br />&lt;b&gt;x&lt;/b&gt; &lt;3 &lt;!");
    assert_eq!(Escape::default(), Escape::Safe);
    assert_eq!(for_marketplace("a\rb", Escape::Safe), "a\rb");
    assert_eq!(tagless("a < b & c <b>x</b> <3 <!"), "a < b & c ‹b>x‹/b> <3 ‹!");
}

#[test]
fn space_and_breaks_do_not_matter_whatever_else_a_text_is_made_of() {
    assert_eq!(fingerprint("👍 👍"), fingerprint("👍\n👍"));
    assert_eq!(fingerprint("👍 👍"), fingerprint("👍\u{a0}👍\u{7}"));
    assert_eq!(fingerprint("<👍><br />\u{7}"), fingerprint("<👍>"));
    assert_eq!(fingerprint("<jan@x.pl><br /><ola@x.pl>"), fingerprint("<jan@x.pl>\n<ola@x.pl>"));
    assert_ne!(fingerprint("👍👍"), fingerprint("👍👍👍"));
}

#[test]
fn different_texts_differ() {
    let texts = [
        "ok",
        "Dzień dobry",
        "dzien dobry",
        "👍",
        "👍👍👍",
        "❤️",
        "<jan@x.pl>",
        "<ola@x.pl>",
        "",
        "1",
        "12",
        "?",
        "!",
        "&",
    ];
    assert_ne!(fingerprint("(amp;"), fingerprint("&"));
    let prints: std::collections::HashSet<_> = texts.iter().map(|text| fingerprint(text)).collect();
    assert_eq!(prints.len(), texts.len());
    assert!(prints.iter().all(|print| print.len() == 32 && print.bytes().all(|b| b.is_ascii_hexdigit())));
    // A far `>` does not hide what stands before it.
    let far = |word: &str| fingerprint(&format!("do < 100 zł {} {word} dalej -> tu", "słowo ".repeat(60)));
    assert_ne!(far("tak"), far("nie"));
}

#[test]
fn entities_of_any_receiver_are_read() {
    let print = fingerprint("Zażółć „gęślą” & jaźń");
    assert_eq!(
        fingerprint(
            "Za&#380;&oacute;&#x142;&cacute; &bdquo;g&eogon;&sacute;l&aogon;&rdquo; &amp;amp;amp; ja&#378;&nacute;"
        ),
        print
    );
    assert_eq!(fingerprint("<p>ZAŻÓŁĆ<br>gęślą\u{a0}jaźń</p>"), print);
}

#[test]
fn a_marker_is_found_in_the_header() {
    let sign = marker("df4a3163-a44b-4c5f-8380-faebfa43ca68");
    assert!(sign.len() == 9 && sign.starts_with('#') && sign[1..].bytes().all(|b| b.is_ascii_hexdigit()));
    assert_ne!(sign, marker("d752f26f-03eb-499c-8f4d-828fa9640055"));
    let header = format!("Jan K. (klient) · 23.11.2026 14:03 · {sign}");
    let late = format!("{}\n{header}", "wcześniej ".repeat(60));
    for stored in [
        format!("{header}\nGdzie?"),
        format!(
            "<html><head><style>{}</style></head><body><p>{header}</p>Gdzie?</body></html>",
            "p { color: red } ".repeat(100)
        ),
        html_escaped(&format!("<div style=\"{}\">{header}</div>", "color: red; ".repeat(100))),
    ] {
        assert!(carries_marker(&stored, &sign), "{stored}");
        assert!(!carries_marker(&stored, "#00000000"));
        assert!(!carries_marker(&stored, "") && !carries_marker(&stored, "#"));
    }
    assert!(!carries_marker(&late, &sign));
    assert!(!carries_marker(&format!("{header}0"), &sign));
    assert!(!carries_marker(&format!("<style>p {{ color: {sign} }}</style><p>x</p>"), &sign));
}

/// Words, line breaks, entities and closed tags: what agents write.
fn reply() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => "[a-zżółćA-Z0-9.,?!„”–👍 ]{1,12}",
        2 => Just("\n".to_owned()),
        2 => prop::sample::select(vec![
            " < ", " > ", " <3 ", "->", "&", "&amp;", "&lt;b&gt;", "&amp;lt;", "<b>", "</b>", "<jan@x.pl>", "<br>", "&nbsp;", "'", "\"", "‹x›", "R&D;", "<!-- x -->",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 1..20).prop_map(|pieces| pieces.concat())
}

/// Whether stripping tags takes only closed tags from the text, each on its line.
fn strips_well(text: &str) -> bool {
    text.lines().all(|line| {
        line.match_indices('<').all(|(at, _)| {
            let rest = &line[at + 1..];
            !rest.starts_with(|c: char| c.is_alphabetic() || "/!?".contains(c))
                || rest.find(['<', '>', '‹', '&']).is_some_and(|end| rest[end..].starts_with('>'))
        })
    })
}

/// The fingerprint of `text` is that of all that a receiver may make of it.
fn comes_back(text: &str) -> Result<(), TestCaseError> {
    let print = fingerprint(text);
    for escape in ESCAPES {
        if escape == Escape::None && !strips_well(text) {
            continue;
        }
        for stored in receivers(&for_marketplace(text, escape)) {
            prop_assert_eq!(&fingerprint(&stored), &print, "{:?}: {}", escape, stored);
        }
    }
    Ok(())
}

proptest! {
    // A word of its own, because nothing is left of a lone `<b>` that is sent as it is and stripped.
    #[test]
    fn a_reply_comes_back_as_itself(text in reply().prop_map(|reply| format!("Ok {reply}"))) {
        comes_back(&text)?;
    }

    #[test]
    fn any_text_comes_back_as_itself(text in r#"x([a-c<>&;/!‹ltampgb#\n 3"]{0,40}|\PC{0,60})"#) {
        comes_back(&text)?;
    }

    #[test]
    fn no_tag_but_line_breaks_is_sent(text in any::<String>()) {
        for escape in [Escape::Safe, Escape::Html] {
            let body = for_marketplace(&text, escape).replace("<br />", "");
            prop_assert_eq!(stripped(&body), body);
        }
    }
}
