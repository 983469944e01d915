//! One figure with its floor, and the table and the JSON that are made of many.

use serde_json::{Value, json};

/// What was measured, against what nobody could save.
#[derive(Debug, Clone)]
pub struct Figure {
    /// What it is.
    pub name: String,
    /// As measured.
    pub measured: f64,
    /// `ms`, `MiB`, `calls` …
    pub unit: &'static str,
    /// The least that is possible, in the same unit.
    pub floor: Option<f64>,
    /// The most that is wanted, in the same unit.
    pub target: Option<f64>,
}

/// A figure without floor and target.
pub fn figure(name: impl Into<String>, measured: f64, unit: &'static str) -> Figure {
    Figure { name: name.into(), measured, unit, floor: None, target: None }
}

impl Figure {
    /// With the least that is possible, and a target as a multiple of it.
    pub fn floor(mut self, floor: f64, most: f64) -> Figure {
        self.floor = Some(floor);
        self.target = Some(floor * most);
        self
    }

    /// With the most that is wanted.
    pub fn target(mut self, target: f64) -> Figure {
        self.target = Some(target);
        self
    }

    fn is_met(&self) -> Option<bool> {
        self.target.map(|target| self.measured <= target)
    }

    fn json(&self) -> Value {
        json!({
            "name": self.name, "measured": self.measured, "unit": self.unit, "floor": self.floor,
            "ratio": self.floor.map(|floor| self.measured / floor), "target": self.target, "met": self.is_met(),
        })
    }

    fn row(&self) -> String {
        let number = |value: f64| match value {
            value if value == value.trunc() || value >= 100.0 => format!("{value:.0}"),
            value if value >= 10.0 => format!("{value:.1}"),
            value => format!("{value:.2}"),
        };
        let or_nothing = |value: Option<f64>| value.map(number).unwrap_or_default();
        let ratio = self.floor.map(|floor| format!("{:.2}", self.measured / floor)).unwrap_or_default();
        let met = match self.is_met() {
            Some(true) => "yes",
            Some(false) => "no",
            None => "",
        };
        format!(
            "| {} | {} {} | {} | {ratio} | {} | {met} |",
            self.name,
            number(self.measured),
            self.unit,
            or_nothing(self.floor),
            or_nothing(self.target)
        )
    }
}

/// The figures as a Markdown table.
pub fn table(figures: &[Figure]) -> String {
    let mut lines = vec![
        "| figure | measured | floor | ratio | target | met |".to_owned(),
        "| --- | ---: | ---: | ---: | ---: | --- |".to_owned(),
    ];
    lines.extend(figures.iter().map(Figure::row));
    lines.join("\n")
}

/// The figures for programs.
pub fn json(figures: &[Figure]) -> Value {
    figures.iter().map(Figure::json).collect()
}

/// The middle one.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
