//! What is wrong with a document, in words that its author can act upon.

use std::fmt;

/// A stable code for each sort of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProblemCode {
    /// The line or the document has not the form of a document.
    Malformed,
    /// Something required is missing or empty.
    Required,
    /// A text is longer, or a list has more entries, than allowed.
    TooLong,
    /// A value is outside its range or contradicts another.
    Invalid,
    /// A value stands twice where it may stand once.
    Duplicate,
    /// A date lies in the future.
    FutureDate,
    /// No such theme.
    UnknownTheme,
    /// No such instrument.
    UnknownInstrument,
    /// No such country.
    UnknownCountry,
    /// No such language.
    UnknownLanguage,
    /// The content referred to does not exist.
    UnknownReference,
    /// The content referred to is of another kind.
    WrongReference,
    /// Another line has the same slug.
    DuplicateSlug,
    /// The slug is not of the right form.
    InvalidSlug,
    /// Following a relation leads back to where it started.
    Cycle,
    /// There is no such thing, or it is not the caller's.
    NotFound,
    /// Where it stands, this can't be done with it.
    WrongState,
    /// It must be claimed first.
    NotClaimed,
    /// Another moderator has claimed it.
    ClaimedByAnother,
    /// Nobody decides on their own submission.
    OwnSubmission,
    /// The content has changed since the revision that the change was made against.
    StaleRevision,
    /// Somebody else changed it at the same time.
    Conflict,
    /// Safeguarding findings are not resolved.
    OpenFindings,
    /// Another moderator than the one who resolved the findings must decide.
    SecondModeratorRequired,
    /// The item's kind can't change.
    WrongKind,
    /// There is nothing in it that is not published already.
    NoChange,
}

impl ProblemCode {
    /// The code as the API shows it.
    pub fn as_str(self) -> &'static str {
        match self {
            ProblemCode::Malformed => "MALFORMED",
            ProblemCode::Required => "REQUIRED",
            ProblemCode::TooLong => "TOO_LONG",
            ProblemCode::Invalid => "INVALID",
            ProblemCode::Duplicate => "DUPLICATE",
            ProblemCode::FutureDate => "FUTURE_DATE",
            ProblemCode::UnknownTheme => "UNKNOWN_THEME",
            ProblemCode::UnknownInstrument => "UNKNOWN_INSTRUMENT",
            ProblemCode::UnknownCountry => "UNKNOWN_COUNTRY",
            ProblemCode::UnknownLanguage => "UNKNOWN_LANGUAGE",
            ProblemCode::UnknownReference => "UNKNOWN_REFERENCE",
            ProblemCode::WrongReference => "WRONG_REFERENCE",
            ProblemCode::DuplicateSlug => "DUPLICATE_SLUG",
            ProblemCode::InvalidSlug => "INVALID_SLUG",
            ProblemCode::Cycle => "CYCLE",
            ProblemCode::NotFound => "NOT_FOUND",
            ProblemCode::WrongState => "WRONG_STATE",
            ProblemCode::NotClaimed => "NOT_CLAIMED",
            ProblemCode::ClaimedByAnother => "CLAIMED_BY_ANOTHER",
            ProblemCode::OwnSubmission => "OWN_SUBMISSION",
            ProblemCode::StaleRevision => "STALE_REVISION",
            ProblemCode::Conflict => "CONFLICT",
            ProblemCode::OpenFindings => "OPEN_FINDINGS",
            ProblemCode::SecondModeratorRequired => "SECOND_MODERATOR_REQUIRED",
            ProblemCode::WrongKind => "WRONG_KIND",
            ProblemCode::NoChange => "NO_CHANGE",
        }
    }
}

/// One thing that is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which sort of problem.
    pub code: ProblemCode,
    /// The field, e.g. `citations[0].resource`; empty for the document as a whole.
    pub path: String,
    /// What is wrong and how to mend it.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            write!(formatter, "{}: {}", self.code.as_str(), self.message)
        } else {
            write!(formatter, "{}: {}: {}", self.path, self.code.as_str(), self.message)
        }
    }
}

/// Collects all that is wrong, rather than stopping at the first.
#[derive(Debug, Default)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// Adds a problem.
    pub fn add(&mut self, code: ProblemCode, path: impl Into<String>, message: impl Into<String>) {
        self.0.push(Problem {
            code,
            path: path.into(),
            message: message.into(),
        });
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
