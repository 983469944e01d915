//! Reading pages and bodies.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::figure::{Figure, figure};

/// How fast bodies are read, and whether anything makes that slow.
pub fn texts() -> Vec<Figure> {
    let paragraph = "<p>Dzień dobry,<br>gdzie jest moja <b>paczka</b>? Pozdrawiam &amp; dziękuję.</p>\
        <table><tr><td>Zamówienie</td><td>123456-A</td></tr></table><blockquote>Wcześniej</blockquote>";
    let mail = format!(
        "<html><head><style>p{{margin:0}}</style></head><body>{}</body></html>",
        paragraph.repeat(100)
    );
    let page = page(100, 100);
    let mut figures = vec![
        speed("HTML to text of a mail", &mail, |text| drop(bridge::text::from_marketplace(text, 60_000))),
        speed("M11 page of 100 threads with 100 messages", &page, |text| assert_eq!(threads_of(text), 100)),
    ];
    let (worst, piece) = slowest();
    figures.push(
        figure(format!("slowest input, at 4 times the length ({piece:?}): times the time"), worst, "×")
            .target(6.0),
    );
    figures
}

/// How many threads of a page are read.
fn threads_of(page: &str) -> usize {
    let page: Result<BTreeMap<String, Vec<empikplace::model::Thread>>, _> = serde_json::from_str(page);
    page.map_or(0, |page| page.values().map(Vec::len).sum())
}

fn page(threads: usize, messages: usize) -> String {
    let message = |n: usize| {
        json!({
            "id": format!("0b9e9a0c-1111-4222-8333-{n:012}"), "body": "Dzień dobry, gdzie jest <b>paczka</b>?",
            "date_created": "2026-11-23T12:00:00Z", "attachments": [],
            "from": { "type": "CUSTOMER_USER", "display_name": "Jan K." },
            "to": [{ "type": "SHOP_USER", "display_name": "Sklep A" }],
        })
    };
    let thread = |n: usize| {
        json!({
            "id": format!("5f0c7a54-6d0b-4a3c-9b0e-{n:012}"), "date_created": "2026-11-23T12:00:00Z",
            "date_updated": "2026-11-23T12:00:00Z", "entities": [], "topic": { "type": "FREE_TEXT", "value": "x" },
            "authorized_participants": [], "current_participants": [],
            "metadata": { "total_count": messages }, "messages": (0..messages).map(message).collect::<Vec<_>>(),
        })
    };
    json!({ "data": (0..threads).map(thread).collect::<Vec<_>>() }).to_string()
}

fn speed(name: &str, text: &str, read: impl Fn(&str)) -> Figure {
    let (begun, mut times) = (Instant::now(), 0);
    while begun.elapsed() < Duration::from_secs(1) {
        read(text);
        times += 1;
    }
    let megabytes = text.len() as f64 * f64::from(times) / 1e6;
    figure(name, megabytes / begun.elapsed().as_secs_f64(), "MB/s")
}

/// Repeats pieces of markup and looks for the one with which four times the length takes longest, as a
/// multiple of the time: 4 is linear, 16 is quadratic.
fn slowest() -> (f64, &'static str) {
    const PIECES: [&str; 20] = [
        "<",
        ">",
        "&",
        "&#",
        "<a href=\"x\">",
        "</a>",
        "<b>",
        "</b>",
        "<table><tr><td>",
        "<blockquote>",
        "<ul><li>",
        "<!--",
        "<p>",
        "\n",
        " ",
        "\"",
        "<style>",
        "-- \n",
        "&gt; ",
        "@klient ",
    ];
    let time = |piece: &str, bytes: usize| {
        let text = piece.repeat(bytes / piece.len());
        let tries = (0..3).map(|_| {
            let begun = Instant::now();
            drop(bridge::text::from_marketplace(&text, 60_000));
            drop(bridge::text::from_agent(&text));
            begun.elapsed().as_secs_f64()
        });
        tries.fold(f64::INFINITY, f64::min)
    };
    let ratios = PIECES.map(|piece| (time(piece, 400_000) / time(piece, 100_000), piece));
    ratios.into_iter().max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or((f64::NAN, ""))
}
