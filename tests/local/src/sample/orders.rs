//! The orders of the sample shop, as OR11 gives them.

use serde_json::{Value, json};

use super::second::SHOP;

/// Order id, state, buyer (id, first and last name), carrier with tracking number, lines (title, SKU,
/// pieces, price of one in grosze).
type Row = (
    &'static str,
    &'static str,
    (&'static str, &'static str, &'static str),
    Option<(&'static str, &'static str)>,
    &'static [(&'static str, &'static str, u64, u64)],
);

const ROWS: [Row; 24] = [
    (
        "2611-48151-A",
        "SHIPPED",
        ("1048211", "Jan", "Kowalczyk"),
        Some(("InPost", "620011223344556677889900")),
        &[
            ("Zegarek dziecięcy Kosmos, granatowy", "ZEG-KOS-01", 1, 8_999),
            ("Pasek zapasowy, 16 mm", "ZEG-PAS-16", 2, 1_499),
        ],
    ),
    (
        "2611-47720-A",
        "RECEIVED",
        ("1050034", "Katarzyna", "Zielińska"),
        Some(("DPD", "13378004512345")),
        &[("Kubek ceramiczny Terra, 400 ml", "KUB-TER-400", 1, 4_590)],
    ),
    (
        "2611-48090-A",
        "RECEIVED",
        ("1049560", "Tomasz", "Wójcik"),
        Some(("DPD", "13378004598761")),
        &[("Organizer na biurko, bambus", "ORG-BAM-02", 6, 5_900)],
    ),
    (
        "2611-46988-A",
        "SHIPPING",
        ("1047302", "Agnieszka", "Kamińska"),
        None,
        &[("Koc bawełniany 150 × 200 cm", "KOC-BAW-150", 1, 15_900)],
    ),
    (
        "2611-48222-A",
        "RECEIVED",
        ("1050991", "Piotr", "Lewandowski"),
        Some(("InPost", "620019988776655443322110")),
        &[("Słuchawki bezprzewodowe Tono", "SLU-TON-B", 3, 19_900)],
    ),
    (
        "2611-47005-A",
        "SHIPPING",
        ("1046115", "Ewa", "Dąbrowska"),
        None,
        &[("Gra planszowa „Wyprawa na Rysy”", "GRA-RYS-01", 1, 12_990)],
    ),
    (
        "2611-48301-A",
        "RECEIVED",
        ("1052040", "Marek", "Szymański"),
        Some(("GLS", "91234567890")),
        &[("Bluza z kapturem, rozmiar L", "BLU-KAP-L", 1, 17_900)],
    ),
    (
        "2611-48177-A",
        "SHIPPING",
        ("1051333", "Paweł", "Woźniak"),
        None,
        &[("Pióro wieczne Atrament", "PIO-ATR-M", 1, 22_900)],
    ),
    (
        "2611-45610-A",
        "RECEIVED",
        ("1044870", "Joanna", "Kozłowska"),
        Some(("InPost", "620015544332211009988776")),
        &[("„Księgi Jakubowe”, Olga Tokarczuk", "KSI-TOK-07", 1, 6_990)],
    ),
    (
        "2611-47901-A",
        "RECEIVED",
        ("1050620", "Barbara", "Mazur"),
        Some(("InPost", "620010101202030304040505")),
        &[("Zakładki do książek, zestaw 12 sztuk", "ZAK-012", 1, 1_990)],
    ),
    (
        "2611-48333-A",
        "RECEIVED",
        ("1052777", "Zuzanna", "Krawczyk"),
        Some(("DPD", "13378004577777")),
        &[("Puzzle „Nocny las”, 500 elementów", "PUZ-NOC-500", 1, 5_490)],
    ),
    (
        "2611-47455-A",
        "SHIPPED",
        ("1048990", "Robert", "Piotrowski"),
        Some(("DPD", "13378004511111")),
        &[("Czajnik ze stali, 1,7 l", "CZA-STA-17", 1, 14_900)],
    ),
    (
        "2611-47512-A",
        "WAITING_ACCEPTANCE",
        ("1049118", "Monika", "Grabowska"),
        None,
        &[("Świeca sojowa Las, 180 g", "SWI-LAS-180", 2, 4_900)],
    ),
    (
        "2611-46200-A",
        "RECEIVED",
        ("1045703", "Andrzej", "Pawlak"),
        Some(("GLS", "91234500001")),
        &[("Głośnik przenośny Fala", "GLO-FAL-N", 1, 24_900)],
    ),
    (
        "2611-46655-A",
        "SHIPPED",
        ("1047845", "Beata", "Michalska"),
        Some(("DPD", "13378004522222")),
        &[("Zestaw naczyń żaroodpornych", "NAC-ZAR-3", 1, 18_900)],
    ),
    (
        "2611-40001-A",
        "SHIPPING",
        ("1040512", "Szkoła Podstawowa nr 12", "Biblioteka"),
        None,
        &[("Lektury szkolne, pakiet wg ustaleń", "LEK-PAK", 1, 486_000)],
    ),
    (
        "2610-39870-A",
        "CLOSED",
        ("1039001", "Grażyna", "Sikora"),
        Some(("InPost", "620000000111222333444555")),
        &[("Kalendarz ścienny 2027", "KAL-27", 1, 3_990)],
    ),
    (
        "2611-44120-A",
        "RECEIVED",
        ("1043377", "Łukasz", "Bąk"),
        Some(("InPost", "620000000999888777666555")),
        &[("Hamak ogrodowy, len", "HAM-LEN", 1, 29_900)],
    ),
    (
        "2611-48400-A",
        "RECEIVED",
        ("1052900", "Natalia", "Wrona"),
        Some(("DPD", "13378004533333")),
        &[("Notes A5 w kropki", "NOT-A5K", 4, 2_490)],
    ),
    (
        "2611-48511-A",
        "SHIPPED",
        ("1053120", "Halina", "Sobczak"),
        Some(("InPost", "620012312312312312312312")),
        &[("Zestaw herbat zimowych", "HER-ZIM", 1, 6_450)],
    ),
    (
        "2611-48512-A",
        "SHIPPING",
        ("1053120", "Halina", "Sobczak"),
        None,
        &[("Filiżanki porcelanowe, komplet 6 sztuk", "FIL-POR-6", 1, 21_900)],
    ),
    (
        "2611-50101-B",
        "RECEIVED",
        ("1060411", "Iga", "Malinowska"),
        Some(("DPD", "13378004611223")),
        &[("Młynek ręczny do kawy, stal", "MLY-ST-01", 1, 18_900)],
    ),
    (
        "2611-50202-B",
        "RECEIVED",
        ("1060532", "Filip", "Sroka"),
        Some(("InPost", "620011223344550000112233")),
        &[("Czajnik szklany z filtrem, 1,7 l", "CZA-SZK-17", 1, 12_999)],
    ),
    (
        "2611-50303-B",
        "SHIPPED",
        ("1061904", "Oskar", "Witek"),
        Some(("DPD", "13378004644556")),
        &[("Dzbanek do herbaty, 1 l", "DZB-HER-1", 1, 9_900)],
    ),
];

/// All orders.
pub(super) fn orders() -> impl Iterator<Item = Value> {
    ROWS.iter().map(|(id, state, (buyer, first, last), parcel, lines)| {
        let total: u64 = lines.iter().map(|(_, _, pieces, price)| pieces * price).sum();
        let lines: Vec<Value> = lines
            .iter()
            .enumerate()
            .map(|(number, (title, sku, pieces, price))| {
                json!({
                    "order_line_id": format!("{id}-{}", number + 1),
                    "order_line_state": state,
                    "product_title": title,
                    "offer_sku": sku,
                    "quantity": pieces,
                    "price_unit": zlotys(*price),
                    "total_price": zlotys(pieces * price),
                })
            })
            .collect();
        json!({
            "order_id": id,
            "shop_id": id.ends_with("-B").then_some(SHOP),
            "order_state": state,
            "total_price": zlotys(total),
            "shipping_type_label": if parcel.is_some_and(|(carrier, _)| carrier == "InPost") { "Paczkomat" } else { "Kurier" },
            "shipping_company": parcel.map(|(carrier, _)| carrier),
            "shipping_tracking": parcel.map(|(_, number)| number),
            "customer": {
                "customer_id": buyer, "firstname": first, "lastname": last, "locale": "pl_PL",
                "billing_address": null, "shipping_address": null,
            },
            "order_lines": lines,
        })
    })
}

/// An amount in grosze as the API writes it.
#[expect(clippy::cast_precision_loss, reason = "no order of the sample is that expensive")]
fn zlotys(grosze: u64) -> Value {
    match grosze % 100 {
        0 => json!(grosze / 100),
        _ => json!(grosze as f64 / 100.0),
    }
}
