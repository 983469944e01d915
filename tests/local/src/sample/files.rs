//! Small real files, made here so that the repository holds no binaries.

/// A PNG of 48 × 48 pixels: a mug on a table, with a crack.
pub(super) fn photo() -> Vec<u8> {
    const SIDE: u32 = 48;
    let mut rows = Vec::new();
    for y in 0..SIDE {
        rows.push(0); // no filter
        for x in 0..SIDE {
            let mug = (12..36).contains(&x) && (10..40).contains(&y);
            let crack = mug && x.abs_diff(18 + y / 4 + y % 3) < 1;
            let colour: [u8; 3] = match (crack, mug) {
                (true, _) => [40, 30, 30],
                (false, true) => [214, 120, 66],
                (false, false) => [232, 226, 214],
            };
            rows.extend(colour);
        }
    }
    let mut header = Vec::new();
    header.extend(SIDE.to_be_bytes());
    header.extend(SIDE.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]); // 8 bits a channel, RGB
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut png, b"IHDR", &header);
    chunk(&mut png, b"IDAT", &stored(&rows));
    chunk(&mut png, b"IEND", &[]);
    png
}

fn chunk(png: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    png.extend(u32::try_from(data.len()).unwrap_or_default().to_be_bytes());
    let start = png.len();
    png.extend(kind);
    png.extend(data);
    let sum = crc32(&png[start..]);
    png.extend(sum.to_be_bytes());
}

/// A zlib stream (RFC 1950) of one stored block: at most 65,535 bytes.
fn stored(data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap_or(u16::MAX);
    let mut zlib = vec![0x78, 0x01, 0x01];
    zlib.extend(length.to_le_bytes());
    zlib.extend((!length).to_le_bytes());
    zlib.extend(&data[..usize::from(length)]);
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in data {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    zlib.extend((b << 16 | a).to_be_bytes());
    zlib
}

fn crc32(data: &[u8]) -> u32 {
    let step = |sum: u32| if sum & 1 == 1 { 0xEDB8_8320 ^ (sum >> 1) } else { sum >> 1 };
    !data.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), |sum, _| step(sum)))
}

/// A PDF of one page with these lines, which must be ASCII.
pub(super) fn pdf(lines: &[&str]) -> Vec<u8> {
    let shown: Vec<String> = lines.iter().map(|line| format!("({line}) Tj T*")).collect();
    let page = format!("BT /F1 14 Tf 18 TL 60 760 Td {} ET", shown.join(" "));
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{page}\nendstream", page.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut pdf = "%PDF-1.4\n".to_owned();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (number, object) in objects.iter().enumerate() {
        table += &format!("{:010} 00000 n \n", pdf.len());
        pdf += &format!("{} 0 obj\n{object}\nendobj\n", number + 1);
    }
    let start = pdf.len();
    pdf += &format!(
        "{table}trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n",
        objects.len() + 1
    );
    pdf.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksums_are_those_of_the_formats() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        let zlib = stored(b"Wikipedia");
        assert_eq!(&zlib[zlib.len() - 4..], &0x11E6_0398_u32.to_be_bytes());
    }

    #[test]
    fn the_pdf_finds_its_objects() {
        let pdf = String::from_utf8(super::pdf(&["Etykieta zwrotna"])).expect("ASCII");
        let start: usize = pdf
            .rsplit("startxref\n")
            .next()
            .and_then(|tail| tail.lines().next()?.parse().ok())
            .expect("a number");
        assert!(pdf[start..].starts_with("xref"));
        let first: usize = pdf[start..].lines().nth(3).expect("a row")[..10].parse().expect("an offset");
        assert!(pdf[first..].starts_with("1 0 obj"));
    }
}
