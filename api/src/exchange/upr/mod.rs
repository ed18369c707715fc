//! Recommendations of the Universal Periodic Review, as UPR Info's database exports them.
//!
//! The columns are `To`, `Text`, `From`, `Response`, `Action`, `Issue` and `Session`; others (`To-Rgrp`, `To-Org`,
//! `From-Rgrp`, `From-Org`) follow from the states and are passed over.

mod identity;
mod recommender;
mod row;
mod session;

use std::collections::HashMap;
use std::io::{Read, Seek};

pub use self::identity::{Duplicates, RowKey, Standing, quotes};
pub use self::recommender::{Body, Recommender};
pub use self::row::{ActionCategory, Response, TEXT_LIMIT, UprRow};
pub use self::session::{Cycle, Session};
use super::table::{Encoding, RowProblem, Table};
use crate::content::document::problem::ProblemCode;
use crate::graphql::scalars::CountryCode;
use crate::vocabulary::country_names::CountryNames;

const COLUMNS: [&str; 7] = ["To", "Text", "From", "Response", "Action", "Issue", "Session"];

/// Reads recommendations one by one, with flat memory.
///
/// A file that can't be read at all (no header, an encoding that can't be told) gives one problem and nothing else. Where
/// `encoding` is missing it is found, for which the source is read once more.
pub fn read<S: Read + Seek>(source: S, encoding: Option<Encoding>) -> UprRows<S> {
    let (table, failed) = match Table::open(source, encoding, &COLUMNS, str::to_owned) {
        Ok(table) => (Some(table), None),
        Err(problem) => (None, Some(problem)),
    };
    UprRows {
        table,
        failed,
        names: CountryNames::committed(),
        sessions: HashMap::new(),
    }
}

/// The rows of a file, each a recommendation or what is wrong with it.
pub struct UprRows<S> {
    table: Option<Table<S>>,
    failed: Option<RowProblem>,
    names: &'static CountryNames,
    /// The session in which each state was reviewed in each cycle, with the line that said so first.
    sessions: HashMap<(CountryCode, Cycle), (Session, usize)>,
}

impl<S> UprRows<S> {
    /// A state is reviewed once in a cycle: another session for it is a slip, or what is left of a longer number where
    /// the file was cut.
    fn check_session(&mut self, row: UprRow) -> Result<UprRow, RowProblem> {
        let (session, line) = *self
            .sessions
            .entry((row.state.clone(), row.session.cycle()))
            .or_insert((row.session, row.line));
        if session == row.session {
            return Ok(row);
        }
        Err(RowProblem::new(
            row.line,
            ProblemCode::Invalid,
            "Session",
            format!(
                "The row says session {}, but by line {line} {} was reviewed in session {} of the same cycle. Correct \
                 the one that is wrong.",
                row.session.number(),
                row.state,
                session.number()
            ),
        ))
    }
}

impl<S: Read + Seek> Iterator for UprRows<S> {
    type Item = Result<UprRow, RowProblem>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(problem) = self.failed.take() {
            return Some(Err(problem));
        }
        let row = self.table.as_mut()?.next_row()?;
        let names = self.names;
        Some(
            row.and_then(|row| UprRow::parse(&row, names))
                .and_then(|row| self.check_session(row)),
        )
    }
}

#[cfg(test)]
mod tests;
