//! The figures as Markdown and as JSON.

use std::fmt::Write;

use praxis_tests::Backend;
use serde_json::{Map, Value, json};

/// The name of a database.
pub fn name(backend: Backend) -> &'static str {
    match backend {
        Backend::Sqlite => "SQLite",
        Backend::Postgres => "PostgreSQL",
    }
}

/// A value in a table.
pub enum Cell {
    /// A word.
    Text(String),
    /// A figure, shown with this many decimals.
    Figure(f64, usize),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell::Text(text.to_owned())
    }
}

impl Cell {
    fn json(&self) -> Value {
        match self {
            Cell::Text(text) => json!(text),
            Cell::Figure(value, _) => json!(value),
        }
    }

    fn shown(&self) -> String {
        match self {
            Cell::Text(text) => text.clone(),
            Cell::Figure(value, decimals) => grouped(*value, *decimals),
        }
    }
}

/// A figure with commas between thousands.
fn grouped(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let whole = text.find('.').unwrap_or(text.len());
    let mut out = String::with_capacity(text.len() + 4);
    for (place, character) in text.chars().enumerate() {
        if place > 0 && place < whole && (whole - place) % 3 == 0 && !out.ends_with('-') {
            out.push(',');
        }
        out.push(character);
    }
    out
}

/// One measurement.
pub struct Table {
    /// Its key in JSON.
    pub key: &'static str,
    /// What was measured.
    pub title: String,
    /// How it was measured.
    pub note: String,
    /// The columns.
    pub columns: &'static [&'static str],
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
}

/// Where a figure should stay.
#[derive(Clone, Copy)]
pub enum Bound {
    /// This much at most.
    AtMost(f64),
    /// This much at least.
    AtLeast(f64),
}

impl Bound {
    fn value(self) -> f64 {
        match self {
            Self::AtMost(value) | Self::AtLeast(value) => value,
        }
    }
}

/// What a figure should be, and what it is.
pub struct Target {
    /// What.
    what: String,
    /// On which database.
    backend: Backend,
    /// The figure.
    reached: f64,
    bound: Bound,
    /// How many decimals it is shown with.
    decimals: usize,
    /// The unit, with a space before it.
    unit: &'static str,
}

impl Target {
    /// A figure and where it should stay.
    pub fn new(
        what: impl Into<String>,
        backend: Backend,
        reached: f64,
        bound: Bound,
        decimals: usize,
        unit: &'static str,
    ) -> Self {
        Self {
            what: what.into(),
            backend,
            reached,
            bound,
            decimals,
            unit,
        }
    }

    fn met(&self) -> bool {
        match self.bound {
            Bound::AtMost(most) => self.reached <= most,
            Bound::AtLeast(least) => self.reached >= least,
        }
    }
}

/// All that was measured in one run.
#[derive(Default)]
pub struct Report {
    /// On what, and under which circumstances.
    pub machine: Vec<(&'static str, String)>,
    /// The targets.
    pub targets: Vec<Target>,
    /// The measurements.
    pub tables: Vec<Table>,
}

impl Report {
    /// Adds rows to the table of this key, or a new table.
    pub fn add(&mut self, table: Table) {
        match self.tables.iter_mut().find(|one| one.key == table.key) {
            Some(found) => found.rows.extend(table.rows),
            None => self.tables.push(table),
        }
    }

    /// For people.
    pub fn markdown(&self) -> String {
        let mut out = String::from("# Benchmark\n\n");
        for (what, value) in &self.machine {
            let _ = writeln!(out, "- {what}: {value}");
        }
        out.push_str("\n| target | database | aim | reached | |\n|---|---|---:|---:|---|\n");
        for target in &self.targets {
            let _ = writeln!(
                out,
                "| {} | {} | {} {}{} | {}{} | {} |",
                target.what,
                name(target.backend),
                match target.bound {
                    Bound::AtMost(_) => "≤",
                    Bound::AtLeast(_) => "≥",
                },
                grouped(target.bound.value(), target.decimals),
                target.unit,
                grouped(target.reached, target.decimals),
                target.unit,
                if target.met() { "met" } else { "**missed**" },
            );
        }
        for table in &self.tables {
            let _ = writeln!(out, "\n## {}\n\n{}\n", table.title, table.note);
            let _ = writeln!(out, "| {} |", table.columns.join(" | "));
            let rule = |at: usize| match table.rows.first().and_then(|row| row.get(at)) {
                Some(Cell::Figure(..)) => "---:",
                _ => "---",
            };
            let rules: Vec<&str> = (0..table.columns.len()).map(rule).collect();
            let _ = writeln!(out, "|{}|", rules.join("|"));
            for row in &table.rows {
                let cells: Vec<String> = row.iter().map(Cell::shown).collect();
                let _ = writeln!(out, "| {} |", cells.join(" | "));
            }
        }
        out
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let machine: Map<String, Value> = self
            .machine
            .iter()
            .map(|(what, value)| ((*what).to_owned(), json!(value)))
            .collect();
        let targets: Vec<Value> = self
            .targets
            .iter()
            .map(|target| {
                json!({
                    "what": target.what,
                    "database": name(target.backend),
                    "reached": target.reached,
                    "bound": target.bound.value(),
                    "boundIs": match target.bound {
                        Bound::AtMost(_) => "most",
                        Bound::AtLeast(_) => "least",
                    },
                    "unit": target.unit.trim(),
                    "met": target.met(),
                })
            })
            .collect();
        let tables: Map<String, Value> = self
            .tables
            .iter()
            .map(|table| {
                let rows: Vec<Value> = table
                    .rows
                    .iter()
                    .map(|row| {
                        let fields: Map<String, Value> = table
                            .columns
                            .iter()
                            .zip(row)
                            .map(|(column, cell)| ((*column).to_owned(), cell.json()))
                            .collect();
                        Value::Object(fields)
                    })
                    .collect();
                (table.key.to_owned(), Value::Array(rows))
            })
            .collect();
        json!({ "machine": machine, "targets": targets, "measurements": tables })
    }
}
