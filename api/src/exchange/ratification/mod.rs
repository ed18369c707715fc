//! Where the states stand to a treaty, one state a row, as the political scientists who publish it year by year from the
//! UN Treaty Collection write it.
//!
//! The columns are `iso2`, `member`, `state party`, `year ratification or accession`, `signatory`, `no action` and
//! `status`. Which treaty it is stands in the file's name only: the importer is told. `status` and the year decide; a flag
//! or a code that contradicts them is a doubt about the source, which the row carries with it.

use std::collections::HashMap;
use std::io::{Read, Seek};
use std::ops::RangeInclusive;

use serde::Serialize;

use super::table::{Encoding, Row, RowProblem, Table, clean};
use crate::content::document::problem::ProblemCode;
use crate::graphql::scalars::CountryCode;
use crate::vocabulary::country_names::CountryNames;

const CODE: &str = "iso2";
const NAME: &str = "member";
const PARTY: &str = "state party";
const YEAR: &str = "year ratification or accession";
const SIGNATORY: &str = "signatory";
const NO_ACTION: &str = "no action";
const STATUS: &str = "status";

/// Where a state stands to a treaty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE", tag = "status")]
pub enum Standing {
    /// It is bound by the treaty.
    Party {
        /// The year of its ratification or accession.
        year: i32,
    },
    /// It has signed and is not bound.
    Signatory,
    /// It has done neither.
    NoAction,
}

/// A state and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RatificationRow {
    /// The line where the row begins, from 1.
    pub line: usize,
    /// The state.
    pub state: CountryCode,
    /// Where it stands.
    pub standing: Standing,
    /// What in the row contradicts the rest of it, and was not followed.
    pub doubts: Vec<RowProblem>,
}

/// Reads a treaty's states one by one.
///
/// `years` are those in which a state can have become a party: from the year in which the treaty was opened until today.
pub fn read<S: Read + Seek>(source: S, encoding: Option<Encoding>, years: RangeInclusive<i32>) -> RatificationRows<S> {
    let columns = [CODE, NAME, PARTY, YEAR, SIGNATORY, NO_ACTION, STATUS];
    let (table, failed) = match Table::open(source, encoding, &columns, str::to_owned) {
        Ok(table) => (Some(table), None),
        Err(problem) => (None, Some(problem)),
    };
    RatificationRows {
        table,
        failed,
        names: CountryNames::committed(),
        years,
        lines: HashMap::new(),
    }
}

/// The rows of a file, each a state or what is wrong with it.
pub struct RatificationRows<S> {
    table: Option<Table<S>>,
    failed: Option<RowProblem>,
    names: &'static CountryNames,
    years: RangeInclusive<i32>,
    lines: HashMap<CountryCode, usize>,
}

impl<S: Read + Seek> Iterator for RatificationRows<S> {
    type Item = Result<RatificationRow, RowProblem>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(problem) = self.failed.take() {
            return Some(Err(problem));
        }
        let row = self.table.as_mut()?.next_row()?;
        let (names, years) = (self.names, &self.years);
        Some(row.and_then(|row| parse(&row, names, years)).and_then(|row| {
            match self.lines.insert(row.state.clone(), row.line) {
                None => Ok(row),
                Some(line) => Err(RowProblem::new(
                    row.line,
                    ProblemCode::Duplicate,
                    CODE,
                    format!("Line {line} has {} already. Remove one.", row.state),
                )),
            }
        }))
    }
}

fn parse(row: &Row<'_>, names: &CountryNames, years: &RangeInclusive<i32>) -> Result<RatificationRow, RowProblem> {
    let mut doubts = Vec::new();
    let state = state(row, names, &mut doubts)?;
    let standing = standing(row, years)?;
    for (column, expected) in [
        (PARTY, matches!(standing, Standing::Party { .. })),
        (SIGNATORY, standing == Standing::Signatory),
        (NO_ACTION, standing == Standing::NoAction),
    ] {
        if flag(row, column)? != expected {
            doubts.push(row.problem(
                ProblemCode::Invalid,
                column,
                format!(
                    "The status is `{}`, which this column contradicts; the status was followed.",
                    row.text(STATUS)
                ),
            ));
        }
    }
    Ok(RatificationRow {
        line: row.line,
        state,
        standing,
        doubts,
    })
}

fn state(row: &Row<'_>, names: &CountryNames, doubts: &mut Vec<RowProblem>) -> Result<CountryCode, RowProblem> {
    let (code, name) = (row.text(CODE), clean(row.required(NAME)?));
    match (names.code(code), names.resolve(&name)) {
        (Some(coded), Ok(named)) if coded == named => Ok(coded),
        (Some(coded), Ok(named)) => Err(row.problem(
            ProblemCode::UnknownCountry,
            CODE,
            format!("The code is of {coded}, the name of {named}. Correct the one that is wrong."),
        )),
        (None, Ok(named)) => {
            doubts.push(row.problem(
                ProblemCode::UnknownCountry,
                CODE,
                format!("The column is not an ISO 3166-1 code of today; by its name the state is {named}."),
            ));
            Ok(named)
        }
        (Some(coded), Err(problem)) => {
            doubts.push(row.problem(
                ProblemCode::UnknownCountry,
                NAME,
                format!("By its code the state is {coded}, but {problem}."),
            ));
            Ok(coded)
        }
        (None, Err(problem)) => Err(row.problem(
            ProblemCode::UnknownCountry,
            NAME,
            format!("Neither code nor name say which state is meant: {problem}."),
        )),
    }
}

fn standing(row: &Row<'_>, years: &RangeInclusive<i32>) -> Result<Standing, RowProblem> {
    let year = row.text(YEAR);
    let standing = match row.required(STATUS)?.to_ascii_lowercase().as_str() {
        "state party" => {
            return match year.parse() {
                Ok(year) if years.contains(&year) => Ok(Standing::Party { year }),
                _ => Err(row.problem(
                    ProblemCode::Invalid,
                    YEAR,
                    format!(
                        "A state party needs the year in which it became one, from {} to {}.",
                        years.start(),
                        years.end()
                    ),
                )),
            };
        }
        "signatory state" | "signatory" => Standing::Signatory,
        "no action" => Standing::NoAction,
        other => {
            return Err(row.problem(
                ProblemCode::Invalid,
                STATUS,
                format!(
                    "`{}` is not a status; write `state party`, `signatory state` or `no action`.",
                    other.chars().take(40).collect::<String>()
                ),
            ));
        }
    };
    if year.is_empty() {
        Ok(standing)
    } else {
        Err(row.problem(
            ProblemCode::Invalid,
            YEAR,
            "Only a state party has a year. Empty the column or correct the status.",
        ))
    }
}

fn flag(row: &Row<'_>, column: &'static str) -> Result<bool, RowProblem> {
    match row.text(column) {
        "1" => Ok(true),
        "0" => Ok(false),
        _ => Err(row.problem(ProblemCode::Invalid, column, "Write 1 for yes or 0 for no.")),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    const HEADER: &str = "iso2,member,state party,year ratification or accession,signatory,no action,status,note";

    fn rows(lines: &[&str]) -> Vec<Result<RatificationRow, RowProblem>> {
        let text = std::iter::once(HEADER)
            .chain(lines.iter().copied())
            .collect::<Vec<_>>()
            .join("\n");
        read(Cursor::new(text.into_bytes()), None, 1989..=2024).collect()
    }

    fn only(line: &str) -> Result<RatificationRow, RowProblem> {
        rows(&[line]).pop().unwrap()
    }

    #[test]
    fn parties_signatories_and_states_without_action_are_told_apart() {
        let found = rows(&[
            "NP,Nepal,1,1990,0,0,state party,",
            "US,United States,0,,1,0,signatory state,",
            "SS,South Sudan,0,,0,1,no action,",
        ]);
        let standings: Vec<_> = found.iter().map(|row| row.as_ref().unwrap().standing).collect();
        assert_eq!(
            standings,
            [Standing::Party { year: 1990 }, Standing::Signatory, Standing::NoAction]
        );
        assert!(found.iter().all(|row| row.as_ref().unwrap().doubts.is_empty()));
    }

    #[test]
    fn a_contradicting_flag_is_a_doubt_and_the_status_holds() {
        let row = only("KP,North Korea,1,1990,0,1,state party,").unwrap();
        assert_eq!(row.standing, Standing::Party { year: 1990 });
        assert_eq!(row.doubts[0].problem.path, "no action");
        let row = only("TP,East Timor,1,2003,0,0,state party,as Timor-Leste").unwrap();
        assert_eq!((row.state.as_str(), row.doubts.len()), ("TL", 1));
        let row = only("NP,Nepaal,1,1990,0,0,state party,").unwrap();
        assert_eq!(
            (row.state.as_str(), row.doubts[0].problem.path.as_str()),
            ("NP", "member")
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_line_and_column() {
        for (line, column) in [
            ("NP,Peru,1,1990,0,0,state party,", "iso2"),
            ("XX,Atlantis,1,1990,0,0,state party,", "member"),
            ("XX,Korea,1,1990,0,0,state party,", "member"),
            ("NP,Nepal,1,,0,0,state party,", "year ratification or accession"),
            ("NP,Nepal,1,1988,0,0,state party,", "year ratification or accession"),
            ("NP,Nepal,1,2025,0,0,state party,", "year ratification or accession"),
            ("NP,Nepal,0,1990,1,0,signatory state,", "year ratification or accession"),
            ("NP,Nepal,1,1990,0,0,ratified,", "status"),
            ("NP,Nepal,yes,1990,0,0,state party,", "state party"),
        ] {
            let problem = only(line).unwrap_err();
            assert_eq!(
                (problem.line, problem.problem.path.as_str()),
                (2, column),
                "{line}: {problem}"
            );
        }
    }

    #[test]
    fn a_state_twice_is_refused_also_under_another_name() {
        let found = rows(&[
            "SZ,Swaziland,1,1995,0,0,state party,",
            "SZ,Eswatini,1,1995,0,0,state party,",
        ]);
        let problem = found[1].as_ref().unwrap_err();
        assert_eq!((problem.line, problem.problem.code), (3, ProblemCode::Duplicate));
    }

    /// Runs over the data where `PRAXIS_TREATY_DATA` names its folder; it is not part of the project.
    #[test]
    fn every_row_of_the_published_data_arrives() {
        let Ok(folder) = std::env::var("PRAXIS_TREATY_DATA") else {
            eprintln!("PRAXIS_TREATY_DATA is not set: the published data is not read");
            return;
        };
        for (name, parties, doubts) in [
            ("hr_status_crc.csv", 192, 2),
            ("hr_status_op_crc_ac.csv", 170, 1),
            ("hr_status_op_crc_sc.csv", 176, 1),
            ("hr_status_op_crc_ic.csv", 46, 5),
        ] {
            let file = std::fs::File::open(std::path::Path::new(&folder).join(name)).unwrap();
            let rows: Vec<_> = read(file, None, 1989..=2026).map(|row| row.unwrap()).collect();
            let bound = rows
                .iter()
                .filter(|row| matches!(row.standing, Standing::Party { .. }))
                .count();
            let said: Vec<String> = rows
                .iter()
                .flat_map(|row| &row.doubts)
                .map(ToString::to_string)
                .collect();
            assert_eq!(
                (rows.len(), bound, said.len()),
                (193, parties, doubts),
                "{name}: {said:#?}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_field_gives_a_row_or_a_problem_in_its_line(text in "\\PC{0,60}", at in 0_usize..7) {
            let mut fields: Vec<String> =
                ["NP", "Nepal", "1", "1990", "0", "0", "state party", ""].map(str::to_owned).to_vec();
            fields[at] = format!("\"{}\"", text.replace('"', "\"\""));
            match only(&fields.join(",")) {
                Ok(row) => prop_assert_eq!(row.line, 2),
                Err(problem) => prop_assert_eq!(problem.line, 2),
            }
        }
    }
}
