//! A recommendation as a row of the file.

use serde::Serialize;

use super::identity::RowKey;
use super::recommender::Recommender;
use super::session::Session;
use crate::accountability::rules::issue_themes::Issue;
use crate::content::document::problem::ProblemCode;
use crate::exchange::table::{Row, RowProblem, clean};
use crate::graphql::scalars::CountryCode;
use crate::vocabulary::country_names::{CountryNames, NameProblem};

/// How long the text of a recommendation may be, in characters. The longest of sessions 1 to 20 has under a thousand.
pub const TEXT_LIMIT: usize = 5_000;

/// What the state under review said to a recommendation.
///
/// By paragraph 32 of the annex to resolution 5/1 of the Human Rights Council, recommendations have the state's support
/// or are noted; there is no third.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Response {
    /// It enjoys the state's support.
    Accepted,
    /// It was noted.
    Noted,
    /// No answer is known yet.
    Pending,
}

impl Response {
    fn parse(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "accepted" | "supported" => Ok(Self::Accepted),
            "noted" | "rejected" | "not supported" => Ok(Self::Noted),
            "pending" => Ok(Self::Pending),
            _ => Err(format!(
                "`{}` is not a response; write `Accepted`, `Noted` or `Pending`.",
                text.chars().take(40).collect::<String>()
            )),
        }
    }
}

/// UPR Info's category of what a recommendation asks a state to do, by its first verb.
///
/// Source: the methodology of UPR Info's database of recommendations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ActionCategory {
    /// 1: to seek assistance or share experience, addressed to others than the state's conduct (minimal).
    Minimal,
    /// 2: to continue what is being done (continuing).
    Continuing,
    /// 3: to consider a change (considering).
    Considering,
    /// 4: to act, with a general aim (general).
    General,
    /// 5: to take a specific step (specific).
    Specific,
}

impl ActionCategory {
    /// The number, from 1 (minimal) to 5 (specific action).
    pub fn number(self) -> u8 {
        match self {
            Self::Minimal => 1,
            Self::Continuing => 2,
            Self::Considering => 3,
            Self::General => 4,
            Self::Specific => 5,
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        Ok(match text {
            "1" => Self::Minimal,
            "2" => Self::Continuing,
            "3" => Self::Considering,
            "4" => Self::General,
            "5" => Self::Specific,
            _ => {
                return Err(format!(
                    "`{}` is not a category of action; write a number from 1 to 5.",
                    text.chars().take(20).collect::<String>()
                ));
            }
        })
    }
}

/// A recommendation of the Universal Periodic Review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UprRow {
    /// The line where the row begins, from 1.
    pub line: usize,
    /// The state under review.
    pub state: CountryCode,
    /// Who made the recommendation.
    pub recommender: Recommender,
    /// What is recommended: plain text in one line.
    pub text: String,
    /// What the state under review said.
    pub response: Response,
    /// What sort of action is asked for.
    pub action: ActionCategory,
    /// The issues by which UPR Info tagged it, in the order of the table, each once.
    pub issues: Vec<Issue>,
    /// The session in which the state was reviewed: it gives cycle and year.
    pub session: Session,
}

impl UprRow {
    /// The key by which the recommendation is known again in another file.
    pub fn key(&self) -> RowKey {
        RowKey::of(self)
    }

    pub(super) fn parse(row: &Row<'_>, names: &CountryNames) -> Result<Self, RowProblem> {
        let required = |column: &'static str| row.required(column).map(|text| (column, clean(text)));
        let country = |column: &str, problem: NameProblem| {
            let code = ProblemCode::UnknownCountry;
            row.problem(code, column, capitalised(&problem.to_string()))
        };
        let invalid = |column: &'static str| move |message: String| row.problem(ProblemCode::Invalid, column, message);
        let (_, state) = required("To")?;
        let state = names.resolve(&state).map_err(|problem| country("To", problem))?;
        let (_, text) = required("Text")?;
        if text.chars().count() > TEXT_LIMIT {
            return Err(row.problem(
                ProblemCode::TooLong,
                "Text",
                format!("The text has more than {TEXT_LIMIT} characters. Is it several recommendations?"),
            ));
        }
        if let Some(character) = text.chars().find(|character| character.is_control()) {
            return Err(row.problem(
                ProblemCode::Invalid,
                "Text",
                format!(
                    "The text has the control character U+{:04X}; remove it.",
                    character as u32
                ),
            ));
        }
        let (_, recommender) = required("From")?;
        let recommender = Recommender::parse(&recommender, names).map_err(|problem| country("From", problem))?;
        let (column, response) = required("Response")?;
        let response = Response::parse(&response).map_err(invalid(column))?;
        let (column, action) = required("Action")?;
        let action = ActionCategory::parse(&action).map_err(invalid(column))?;
        let (column, session) = required("Session")?;
        let session = Session::parse(&session).map_err(invalid(column))?;
        let (_, named) = required("Issue")?;
        let mut issues = Vec::new();
        for name in named.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            issues.push(Issue::find(name).ok_or_else(|| {
                row.problem(
                    ProblemCode::UnknownTheme,
                    "Issue",
                    format!(
                        "`{}` is not one of UPR Info's issues. Correct it, or add it with its themes to the table of \
                         issues.",
                        name.chars().take(60).collect::<String>()
                    ),
                )
            })?);
        }
        issues.sort_unstable();
        issues.dedup();
        Ok(Self {
            line: row.line,
            state,
            recommender,
            text,
            response,
            action,
            issues,
            session,
        })
    }
}

fn capitalised(message: &str) -> String {
    let mut characters = message.chars();
    match characters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), characters.as_str()),
        None => String::new(),
    }
}
