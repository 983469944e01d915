//! Every claim of the threat model names something that is there.

use std::path::Path;

/// Names in `file#name` form between backquotes.
fn references(line: &str) -> Vec<(&str, &str)> {
    line.split('`').skip(1).step_by(2).filter_map(|code| code.split_once('#')).collect()
}

#[test]
fn every_line_of_the_threat_model_points_at_a_test_or_a_setting() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let model = std::fs::read_to_string(root.join("infra/SECURITY.md")).expect("the threat model");
    let ways = model.split("## Ways in").nth(1).and_then(|rest| rest.split("## A stolen role").next());
    let rows = ways
        .expect("the ways in")
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| way in") && !line.starts_with("| ---"));
    let (mut lines, mut faults) = (0, Vec::new());
    for row in rows {
        lines += 1;
        let references = references(row);
        if references.is_empty() {
            faults.push(format!("points at nothing: {row}"));
        }
        for (file, name) in references {
            let text = std::fs::read_to_string(root.join(file)).unwrap_or_default();
            let is_name = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            let there = match file.ends_with(".rs") && is_name {
                true => text.contains(&format!("fn {name}(")),
                false => text.contains(name),
            };
            if !there {
                faults.push(format!("{file} has no {name}"));
            }
        }
    }
    assert!(lines > 30, "{lines} lines");
    assert!(faults.is_empty(), "{faults:#?}");
}
