//! README "Promises": every promise has a row, and every row leads to tests.

use std::path::Path;

#[test]
fn every_promise_has_a_row_whose_links_lead_to_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = std::fs::read_to_string(root.join("README.md")).expect("the README");
    let section = readme.split_once("\n## Promises\n").expect("the section").1;
    let section = section.split("\n## ").next().expect("its text");
    let rows: Vec<&str> = section.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    for promise in 1..=17 {
        let number = format!("| {promise} ");
        assert_eq!(rows.iter().filter(|row| row.starts_with(&number)).count(), 1, "promise {promise}");
    }
    for row in rows.iter().filter(|row| !row.starts_with("| ---")) {
        let links: Vec<&str> = row.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
        assert!(!links.is_empty(), "no test: {row}");
        for link in links {
            let file = std::fs::read_to_string(root.join(link)).unwrap_or_default();
            assert!(file.contains("#[tokio::test]") || file.contains("#[test]"), "no test at {link}");
        }
    }
}
