//! Bodies written to do harm.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use crate::text::{fingerprint, from_agent, from_marketplace};

/// Far longer than linear work takes unoptimised (a few seconds, and a minute on a machine that does
/// much else), far shorter than quadratic work on so many elements, which takes hours.
const LIMIT: Duration = Duration::from_secs(240);

/// Processor time of this thread, where the system tells it, so that a busy machine does not count;
/// elsewhere the time since `start`.
fn used(start: Instant) -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|text| text.split_whitespace().next()?.parse().ok());
    nanos.map_or_else(|| start.elapsed(), Duration::from_nanos)
}

/// Does everything that is done with a body of `size` bytes, made of `piece`.
fn endure(piece: &str, size: usize) {
    let body = piece.repeat(size / piece.len());
    let start = Instant::now();
    let before = used(start);
    let clean = from_marketplace(&body, 50_000);
    assert!(clean.text.chars().count() <= 50_000);
    from_agent(&format!("<p>Dzień dobry</p>{body}</p>"));
    fingerprint(&body);
    let took = used(start).saturating_sub(before);
    assert!(took < LIMIT, "{piece:?} took {took:?}");
}

#[test]
fn whatever_is_repeated_takes_linear_time() {
    for piece in [
        "&",
        "&lt;",
        "&eth;",
        "&amp;",
        "<a ",
        "<a href=\"x",
        "<ul><li>x",
        "<blockquote>x",
        "<table><tr><td>x",
        "<table><td>x",
        "<td>x",
        "<a href=x>x",
        "</div>",
        "<div></blockquote>",
        "\0",
        "\u{202E}",
        "<style>",
        "<title>",
        "<pre> ",
        "x\n",
        "> x\n",
        "<br>x",
        "&nbsp;",
        "<img alt=x>",
        "On 1\n",
        "Od: \n",
        "pisze 1:\n>\n",
        "-----Original Message-----\n",
        "<b <",
        "<p>&#",
        "<p x=",
        "<xml>",
        "a&b",
        "<b>>",
        "<<b>",
    ] {
        endure(piece, 400_000);
    }
}

#[test]
fn five_megabytes_of_open_elements() {
    endure("<div>", 5_000_000);
}

#[test]
fn five_megabytes_of_open_lists() {
    endure("<ul>", 5_000_000);
}

#[test]
fn five_megabytes_of_less_than() {
    endure("<", 5_000_000);
}

#[test]
fn five_megabytes_in_a_comment() {
    endure("<!-- x", 5_000_000);
}

#[test]
fn deep_lists_are_not_indented_for_ever() {
    let text = from_marketplace(&"<ul><li>x".repeat(100_000), usize::MAX).text;
    assert_eq!(text.lines().count(), 100_000);
    assert!(text.len() < 1_600_000);
}

/// Bodies made of what the renderer knows, and of anything.
fn body() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => prop::sample::select(vec![
            "<p>", "</p>", "<div>", "</div>", "<br>", "<ul>", "<ol>", "<li>", "</ul>", "</li>", "<table>", "<tr>", "<td>", "</td>", "</table>",
            "<a href=\"https://x.pl\">", "</a>", "<blockquote>", "<blockquote type=cite>", "</blockquote>", "<pre>", "</pre>", "<style>", "</style>",
            "<!--", "-->", "<img>", "<img alt=opis>", "&nbsp;", "&lt;", "&#x202E;", "&#7;", "<", ">", "&", "\n", "\r\n", " ", "\0", "\u{85}",
            "<div id=divRplyFwdMsg>", "Od: a\nWysłano: b\nDo: c\n", "W dniu 1 Jan pisze:\n", "> ", "<b", "<title>", "<p class=MsoNormal>",
        ]).prop_map(str::to_owned),
        2 => "[a-zżółć0-9 ]{1,6}",
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

fn is_clean(text: &str) -> bool {
    let reorders = |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    !text.chars().any(|c| reorders(c) || (c.is_control() && c != '\n' && c != '\t'))
        && text.lines().all(|line| line == line.trim_end())
        && !text.starts_with('\n')
        && !text.ends_with(char::is_whitespace)
}

proptest! {
    #[test]
    fn texts_are_clean_and_short(body in body(), limit in 0usize..200) {
        let whole = from_marketplace(&body, usize::MAX);
        prop_assert!(is_clean(&whole.text), "{:?}", whole.text);
        prop_assert!(!whole.shortened);
        prop_assert!(whole.text.len() <= 64 + 16 * body.len());
        let short = from_marketplace(&body, limit);
        prop_assert!(is_clean(&short.text));
        prop_assert!(short.text.chars().count() <= limit && whole.text.starts_with(&short.text));
        prop_assert_eq!(short.shortened, whole.text.chars().count() > limit);
    }

    #[test]
    fn replies_are_a_beginning_of_the_whole(body in body()) {
        let whole = from_marketplace(&body, usize::MAX).text;
        let own = from_agent(&body).text;
        prop_assert!(is_clean(&own) && whole.starts_with(&own));
        prop_assert_eq!(own.is_empty(), whole.is_empty());
    }

    #[test]
    fn words_are_never_lost_from_a_plain_body(body in r"[a-zż0-9 .,\n\t\-:;!?#%()<3]{0,80}") {
        let text = from_marketplace(&body, usize::MAX).text;
        prop_assert!(body.split_whitespace().eq(text.split_whitespace()), "{:?}", text);
        prop_assert_eq!(from_marketplace(&text, usize::MAX).text, text);
    }
}
