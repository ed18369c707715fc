//! The one error type of the API and its closed list of codes.

use std::panic::Location;

use async_graphql::ErrorExtensions;
use sea_orm::DbErr;

/// What `extensions.code` can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// An argument is wrong in itself.
    BadRequest,
    /// An id is not of this API.
    InvalidId,
    /// An id is of another type than the field takes.
    WrongIdType,
    /// There is no such thing, or the caller may not see it.
    NotFound,
    /// A cursor is not of this list in this order.
    InvalidCursor,
    /// A page size is outside its bounds.
    InvalidPageSize,
    /// `first` and `last` together.
    ConflictingPageArguments,
    /// No such theme.
    UnknownTheme,
    /// No such instrument.
    UnknownInstrument,
    /// No such country.
    UnknownCountry,
    /// No such region.
    UnknownRegion,
    /// No such language.
    UnknownLanguage,
    /// A search without words.
    InvalidQuery,
    /// A search that is too long.
    QueryTooLong,
    /// Search can't be answered at the moment.
    SearchUnavailable,
    /// The database can't be reached at the moment.
    DatabaseUnavailable,
    /// A fault of the service.
    Internal,
}

impl Code {
    /// The code as the API shows it.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::BadRequest => "BAD_REQUEST",
            Code::InvalidId => "INVALID_ID",
            Code::WrongIdType => "WRONG_ID_TYPE",
            Code::NotFound => "NOT_FOUND",
            Code::InvalidCursor => "INVALID_CURSOR",
            Code::InvalidPageSize => "INVALID_PAGE_SIZE",
            Code::ConflictingPageArguments => "CONFLICTING_PAGE_ARGUMENTS",
            Code::UnknownTheme => "UNKNOWN_THEME",
            Code::UnknownInstrument => "UNKNOWN_INSTRUMENT",
            Code::UnknownCountry => "UNKNOWN_COUNTRY",
            Code::UnknownRegion => "UNKNOWN_REGION",
            Code::UnknownLanguage => "UNKNOWN_LANGUAGE",
            Code::InvalidQuery => "INVALID_QUERY",
            Code::QueryTooLong => "QUERY_TOO_LONG",
            Code::SearchUnavailable => "SEARCH_UNAVAILABLE",
            Code::DatabaseUnavailable => "DATABASE_UNAVAILABLE",
            Code::Internal => "INTERNAL",
        }
    }
}

/// An error as its caller sees it. What only an operator may see went to the log when it was made.
#[derive(Clone, Debug)]
pub struct ApiError {
    code: Code,
    message: String,
}

impl ApiError {
    /// An error with a message for the caller: what is wrong, where, and how to mend it.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// There is nothing with this id or slug that the caller may see.
    pub fn not_found(what: &str) -> Self {
        let shown: String = what.chars().take(80).collect();
        Self::new(Code::NotFound, format!("There is nothing with the id `{shown}`."))
    }

    /// A fault of the service: logged with its place, hidden from the caller.
    #[track_caller]
    pub fn internal(error: impl std::fmt::Display) -> Self {
        let place = Location::caller();
        tracing::error!(%error, file = place.file(), line = place.line(), "internal error");
        Self::new(
            Code::Internal,
            "Something went wrong on our side. It was recorded; try again, and if it persists tell the operator the \
             request id.",
        )
    }

    /// The code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The message.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl From<ApiError> for async_graphql::Error {
    fn from(error: ApiError) -> Self {
        async_graphql::Error::new(error.message)
            .extend_with(|_, extensions| extensions.set("code", error.code.as_str()))
    }
}

impl From<DbErr> for ApiError {
    #[track_caller]
    fn from(error: DbErr) -> Self {
        match error {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => {
                let place = Location::caller();
                tracing::error!(%error, file = place.file(), line = place.line(), "the database is away");
                Self::new(
                    Code::DatabaseUnavailable,
                    "The database can't be reached at the moment; try again shortly.",
                )
            }
            other => Self::internal(other),
        }
    }
}
