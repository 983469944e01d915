//! Elements of HTML, one kind at a time.

use crate::text::from_marketplace;

fn text(body: &str) -> String {
    from_marketplace(body, 50_000).text
}

#[test]
fn lists_are_nested_by_two_spaces() {
    let body = "<p>Proszę o:</p><ul><li>zwrot<ol start=3><li>całości</li><li><p>lub części</p></li></ol></li><li></li><li><p>fakturę<br>na firmę</p></li></ul>Jan";
    insta::assert_snapshot!(text(body), @r"
    Proszę o:

    - zwrot
      3. całości
      4. lub części
    - fakturę
      na firmę

    Jan
    ");
}

#[test]
fn links_show_where_they_lead() {
    let body = r#"<p><a href="https://empik.example/p?a=1&amp;b=2">produkt</a>, <a href="https://www.empik.example/">empik.example</a>,
        <a href="mailto:jan@x.example?subject=x">Jan </a>i <a href="mailto:jan@x.example">jan@x.example</a>, <a href="tel:+48500100200">500 100 200</a>,
        <a href="https://zly.example">https://empik.example</a>, <a href="javascript:alert(1)">klik</a>, <a href="data:text/html,x">dane</a>,
        <a name="x">kotwica</a>, <a href="https://obraz.example"><img src=x></a>, <a href="https://pusty.example"></a>koniec</p>"#;
    insta::assert_snapshot!(text(body), @"produkt (https://empik.example/p?a=1&b=2), empik.example, Jan (jan@x.example) i jan@x.example, 500 100 200, https://empik.example (https://zly.example), klik, dane, kotwica, https://obraz.example, koniec");
}

#[test]
fn tables_of_data_and_of_layout() {
    let data = "<table><tr><th>Produkt</th><th>Cena</th></tr>\n<tr><td><p>Książka</p></td><td></td><td><p>39,90&nbsp;zł</p></td></tr></table>";
    insta::assert_snapshot!(text(data), @r"
    Produkt | Cena
    Książka | 39,90 zł
    ");
    let layout = "<table><tr><td width=20>&nbsp;</td><td><table><tr><td><p>Dzień dobry,</p><p>dziękuję.</p></td></tr></table></td><td><img src=x alt=logo></td></tr><tr><td></td></tr></table>po";
    insta::assert_snapshot!(text(layout), @r"
    Dzień dobry,

    dziękuję.
    [logo]
    po
    ");
}

#[test]
fn inline_markup_alone_keeps_the_line_breaks() {
    assert_eq!(text("Dzień dobry,\n\nproszę <b>pilnie</b>\nJan"), "Dzień dobry,\n\nproszę pilnie\nJan");
    assert_eq!(text("Dzień dobry,\nproszę <b>pilnie</b><br>Jan"), "Dzień dobry, proszę pilnie\nJan");
}

#[test]
fn blocks_and_spaces() {
    assert_eq!(text("<p>a</p><p> <br> </p><p>b</p>c"), "a\n\nb\n\nc");
    assert_eq!(text("<div>a<br></div><div>b</div><div><br></div><div>c</div>"), "a\nb\n\nc");
    assert_eq!(text("<pre>\n  a\n    b\n</pre>c"), "  a\n    b\n\nc");
    assert_eq!(text("<h2>a</h2><hr>b<q>c</q>"), "a\n\nb„c”");
    assert_eq!(text("<p>a</br>b</p><textarea><b>c</b></textarea>"), "a\nb\n\n<b>c</b>");
    assert_eq!(text("a&nbsp;&nbsp; b<i>&nbsp;</i>c&nbsp;<br>d&shy;e\u{200B}f"), "a b\u{a0}c\ndef");
    assert_eq!(text("<p>&#8222;&oacute;&rdquo; &amp;lt; &#x202E;&#0;</p>"), "„ó” &lt; \u{FFFD}");
}

#[test]
fn images_are_counted_and_described() {
    let clean =
        from_marketplace("<p><img alt='Zdjęcie pęknięcia'> <img alt='image001.png'><img alt='👍'></p>", 100);
    assert_eq!((clean.text.as_str(), clean.images), ("[Zdjęcie pęknięcia] 👍", 2));
}

#[test]
fn each_element_stands_for_itself() {
    for (body, shown) in [
        ("a<h2>b</h2>c", "a\n\nb\n\nc"),
        ("a<hr>b", "a\n\nb"),
        ("a<section>b</section>c", "a\nb\nc"),
        ("<ul><li>a</li>b</ul>", "- a\n  b"),
        ("a<xml/><b>c</b>", "ac"),
        ("<xml><o:x>c</o:x></xml><b>a</b>", "a"),
        ("<div>a</div></div><blockquote>b</blockquote></blockquote>c<div>d</div>", "a\n\n> b\n\nc\nd"),
    ] {
        assert_eq!(text(body), shown, "{body}");
    }
}

#[test]
fn a_link_shows_its_target_unless_its_text_does() {
    for (link, shown) in [
        (r#"<a href="tel:+48500100200">zadzwoń</a>"#, "zadzwoń (+48500100200)"),
        (r#"<a href="tel:+48500100200">500-100-200</a>"#, "500-100-200"),
        (r#"<a href="tel:500100200">123</a>"#, "123 (500100200)"),
        (r#"<a href="tel:500100200">()</a>"#, "() (500100200)"),
        (r#"<a href="https://x.example/2">2</a>"#, "2 (https://x.example/2)"),
        (r#"<a href="tel:wew. 2">2</a>"#, "2 (wew. 2)"),
        (r#"<a href="tel:2">nr 2</a>"#, "nr 2 (2)"),
        (r#"<a href="mailto:">napisz</a>"#, "napisz"),
        (r#"<a href="https://x.ex&#x200B;am&#10;ple/&#x202E;">a</a>"#, "a (https://x.example/)"),
    ] {
        assert_eq!(text(link), shown, "{link}");
    }
}

#[test]
fn tables_without_end_tags_and_what_stands_around_them() {
    for (body, shown) in [
        ("<table><tr><td>a<td>b<tr><th>c<td>d</table>", "a | b\nc | d"),
        ("<table><tr><td>a</td>b</tr></table>", "a | b"),
        ("<table><tr><td><p>a</p></td></tr></table>b", "a\nb"),
        ("<table><tr><td>a</td></tr></table><p>b</p><p>c</p>", "a\n\nb\n\nc"),
    ] {
        assert_eq!(text(body), shown, "{body}");
    }
}

#[test]
fn what_only_looks_like_an_emoji_is_a_description() {
    for (alt, shown) in [("👍", "a 👍"), ("żółw", "a [żółw]"), (":-)", "a")] {
        assert_eq!(text(&format!("a <img alt='{alt}'>")), shown);
    }
}

#[test]
fn entities_and_comments_that_never_end() {
    assert_eq!(text("a &#65 b &#x41 &; <p>c</p>"), "a &#65 b &#x41 &;\n\nc");
    assert_eq!(text("a<!-- b --><p title=\"c>d"), "a<p title=\"c>d");
}
