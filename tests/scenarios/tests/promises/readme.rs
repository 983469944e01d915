//! README "Promises": every promise has a row, and every row names the tests that hold it.

use std::path::Path;

/// Whether a file has a test function of this name.
fn is_test(file: &str, name: &str) -> bool {
    let lines: Vec<&str> = file.lines().map(str::trim).collect();
    let opens = |line: &str| {
        let line = line.strip_prefix("async ").unwrap_or(line);
        line.strip_prefix("fn ")
            .and_then(|rest| rest.strip_prefix(name))
            .is_some_and(|rest| rest.starts_with('('))
    };
    let marked = |line: &str| line == "#[test]" || line.starts_with("#[tokio::test");
    lines.windows(2).any(|pair| marked(pair[0]) && opens(pair[1]))
}

#[test]
fn every_promise_has_a_row_that_names_its_tests() {
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
        let links: Vec<&str> = row.split("](").skip(1).collect();
        assert!(!links.is_empty(), "no test: {row}");
        for link in links {
            let (path, named) = link.split_once(')').expect("a link that ends");
            let file = std::fs::read_to_string(root.join(path)).unwrap_or_default();
            let names: Vec<&str> = named.split('`').skip(1).step_by(2).collect();
            assert!(!names.is_empty(), "no test is named beside {path}");
            for name in names {
                assert!(is_test(&file, name), "{path} has no test {name}");
            }
        }
    }
}

#[test]
fn a_name_counts_only_as_a_whole_and_with_its_mark() {
    let file =
        "#[test]\nfn one() {}\n#[tokio::test(flavor = \"multi_thread\")]\nasync fn two() {}\nfn three() {}\n";
    assert!(is_test(file, "one") && is_test(file, "two"));
    assert!(!is_test(file, "on") && !is_test(file, "three") && !is_test(file, "wo"));
}
