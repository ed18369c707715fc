//! Why a change was refused: what its author can mend, or what they can't.

use sea_orm::{DbErr, SqlErr};

use crate::content::document::problem::{Problem, ProblemCode};
use crate::database::is_deadlock;
use crate::graphql::errors::ApiError;

/// Why a change was refused. Nothing was changed then.
#[derive(Debug)]
pub enum CurationError {
    /// What the caller can mend.
    Problems(Vec<Problem>),
    /// What the caller can't.
    Api(ApiError),
}

impl CurationError {
    /// One problem that the caller can mend.
    pub fn problem(code: ProblemCode, path: &str, message: impl Into<String>) -> Self {
        Self::Problems(vec![Problem {
            code,
            path: path.to_owned(),
            message: message.into(),
        }])
    }
}

impl CurationError {
    /// The same, with what was found at one place told of another: where the caller has said it.
    pub fn at(mut self, found: &str, said: &str) -> Self {
        if let Self::Problems(problems) = &mut self {
            for problem in problems.iter_mut().filter(|problem| problem.path == found) {
                said.clone_into(&mut problem.path);
            }
        }
        self
    }
}

impl From<ApiError> for CurationError {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

impl From<DbErr> for CurationError {
    #[track_caller]
    fn from(error: DbErr) -> Self {
        // Two transactions that could not see each other wanted the same slug, set the same flag, or published what the other
        // hid; or each waited for the other.
        if is_deadlock(&error)
            || matches!(error, DbErr::RecordNotUpdated)
            || matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
        {
            return Self::problem(
                ProblemCode::Conflict,
                "",
                "Somebody else did the same at the same time; look at it again.",
            );
        }
        Self::Api(error.into())
    }
}
