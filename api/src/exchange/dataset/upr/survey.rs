//! First reading: what is wrong, what stands twice, and which reviews there are.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{Read, Seek};

use super::entered::{EnteredByHand, Recognised};
use super::reviews::HeldReviews;
use crate::accountability::rules::issue_themes::Issue;
use crate::content::document::problem::ProblemCode;
use crate::exchange::dataset::{DatasetImport, Watch};
use crate::exchange::import::Progress;
use crate::exchange::table::RowProblem;
use crate::exchange::upr::{self, Duplicates, RowKey, Session, Standing, UprRow};
use crate::graphql::scalars::CountryCode;

/// What the first reading finds.
#[derive(Default)]
pub struct Survey {
    pub rows: usize,
    /// The issues of all rows of a recommendation that stands in several.
    pub issues: HashMap<RowKey, Vec<Issue>>,
    /// The state and session of each review, with the line that named it first.
    pub reviews: BTreeMap<(CountryCode, Session), usize>,
    pub problems: Vec<RowProblem>,
    pub notices: Vec<RowProblem>,
    pub faulty: HashSet<usize>,
    /// What somebody has entered already.
    pub recognised: Recognised,
    /// The reviews that exist.
    pub held: HeldReviews,
    /// The reviews that are known to be of another session, or whose slug another review has, with the line that names each
    /// first and what is wrong.
    pub refused: HashMap<(CountryCode, Session), (usize, String)>,
}

impl Survey {
    /// Takes a row that repeats an earlier one, with the issues of the first.
    fn repeats(&mut self, row: UprRow, line: usize, key: RowKey, first: Option<&Vec<Issue>>) {
        self.notices.push(RowProblem::new(
            row.line,
            ProblemCode::Duplicate,
            "",
            format!("The row repeats line {line}; the two are one recommendation, with the issues of both."),
        ));
        let issues = self
            .issues
            .entry(key)
            .or_insert_with(|| first.cloned().unwrap_or_default());
        issues.extend(row.issues);
        issues.sort_unstable();
        issues.dedup();
    }
}

impl DatasetImport<'_> {
    /// Reads the file for the first time.
    pub(super) fn survey(
        &self,
        source: &mut (impl Read + Seek),
        mut entered: EnteredByHand,
        held: HeldReviews,
        watch: Watch<'_>,
    ) -> Survey {
        let mut survey = Survey {
            held,
            ..Survey::default()
        };
        let mut duplicates = Duplicates::default();
        let mut first: HashMap<RowKey, Vec<Issue>> = HashMap::new();
        for row in upr::read(source, self.encoding) {
            if self.is_enough(&survey.problems) {
                break;
            }
            let row = match row {
                Ok(row) => row,
                Err(problem) => {
                    survey.faulty.insert(problem.line);
                    survey.problems.push(problem);
                    continue;
                }
            };
            match duplicates.take(&row) {
                Ok(Standing::New(key)) => {
                    survey.rows += 1;
                    first.insert(key, row.issues.clone());
                    let review = (row.state.clone(), row.session);
                    entered.compare(&survey.held.slug_of(&review), key, &row);
                    survey.reviews.entry(review).or_insert(row.line);
                }
                Ok(Standing::Repeated { key, line }) => {
                    survey.repeats(row, line, key, first.get(&key));
                }
                Err(problem) => {
                    survey.faulty.insert(problem.line);
                    survey.problems.push(problem);
                }
            }
            if survey.rows.is_multiple_of(1_000) {
                watch(Progress::Checked(survey.rows, survey.rows));
            }
        }
        survey.recognised = entered.recognised();
        for (line, slug) in &survey.recognised.doubtful {
            survey.notices.push(RowProblem::new(
                *line,
                ProblemCode::Duplicate,
                "Text",
                format!("The row may be the recommendation `{slug}`, as others may; it became one of its own."),
            ));
        }
        survey
    }
}

/// Says that the session of a line can't be right.
pub fn wrong_session(line: usize, reason: &str) -> RowProblem {
    RowProblem::new(line, ProblemCode::Invalid, "Session", reason.to_owned())
}
