//! The one error type of the API and its closed list of codes.

use std::panic::Location;

use async_graphql::ErrorExtensions;
use sea_orm::DbErr;

/// What `extensions.code` can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// An argument is wrong in itself.
    BadRequest,
    /// The query is no GraphQL.
    GraphqlParseFailed,
    /// The query does not fit the schema.
    GraphqlValidationFailed,
    /// The query has no such operation, or several and none was named.
    UnknownOperation,
    /// The query nests too deeply.
    DepthLimitExceeded,
    /// The query asks for too much.
    CostLimitExceeded,
    /// The query has too many aliases.
    AliasLimitExceeded,
    /// The query has too many directives.
    DirectiveLimitExceeded,
    /// The operation has too many fields at its root.
    RootFieldLimitExceeded,
    /// The query is too long.
    TokenLimitExceeded,
    /// The request is too large.
    BodyTooLarge,
    /// The request did not arrive in time.
    RequestTimeout,
    /// The schema can't be queried here.
    IntrospectionDisabled,
    /// Executing the query took too long.
    ExecutionTimeout,
    /// The HTTP method does not fit.
    MethodNotAllowed,
    /// No media type that the caller accepts can be given.
    NotAcceptable,
    /// The request's media type is not understood.
    UnsupportedMediaType,
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
    /// No such mechanism.
    UnknownMechanism,
    /// No such treaty.
    UnknownTreaty,
    /// No such indicator.
    UnknownIndicator,
    /// A search without words.
    InvalidQuery,
    /// A search that is too long.
    QueryTooLong,
    /// Nobody is signed in, or the token is not valid.
    Unauthenticated,
    /// Too much of something costly is under way.
    ServiceBusy,
    /// The caller has too many live connections, or too much under way on one.
    TooManySubscriptions,
    /// The account may not do this.
    Forbidden,
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
            Code::GraphqlParseFailed => "GRAPHQL_PARSE_FAILED",
            Code::GraphqlValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Code::UnknownOperation => "UNKNOWN_OPERATION",
            Code::DepthLimitExceeded => "DEPTH_LIMIT_EXCEEDED",
            Code::CostLimitExceeded => "COST_LIMIT_EXCEEDED",
            Code::AliasLimitExceeded => "ALIAS_LIMIT_EXCEEDED",
            Code::DirectiveLimitExceeded => "DIRECTIVE_LIMIT_EXCEEDED",
            Code::RootFieldLimitExceeded => "ROOT_FIELD_LIMIT_EXCEEDED",
            Code::TokenLimitExceeded => "TOKEN_LIMIT_EXCEEDED",
            Code::BodyTooLarge => "BODY_TOO_LARGE",
            Code::RequestTimeout => "REQUEST_TIMEOUT",
            Code::IntrospectionDisabled => "INTROSPECTION_DISABLED",
            Code::ExecutionTimeout => "EXECUTION_TIMEOUT",
            Code::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Code::NotAcceptable => "NOT_ACCEPTABLE",
            Code::UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE",
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
            Code::UnknownMechanism => "UNKNOWN_MECHANISM",
            Code::UnknownTreaty => "UNKNOWN_TREATY",
            Code::UnknownIndicator => "UNKNOWN_INDICATOR",
            Code::InvalidQuery => "INVALID_QUERY",
            Code::QueryTooLong => "QUERY_TOO_LONG",
            Code::Unauthenticated => "UNAUTHENTICATED",
            Code::ServiceBusy => "SERVICE_BUSY",
            Code::TooManySubscriptions => "TOO_MANY_SUBSCRIPTIONS",
            Code::Forbidden => "FORBIDDEN",
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

impl From<ApiError> for async_graphql::ServerError {
    fn from(error: ApiError) -> Self {
        let mut error = async_graphql::Error::from(error).into_server_error(async_graphql::Pos::default());
        // It is about the request as a whole, not about a place in the query.
        error.locations.clear();
        error
    }
}

/// Whether the database could not be reached, or closed the connection, rather than refused a statement.
fn is_away(error: &DbErr) -> bool {
    use sea_orm::{RuntimeErr, SqlxError};
    let (DbErr::Conn(inner) | DbErr::Exec(inner) | DbErr::Query(inner)) = error else {
        return matches!(error, DbErr::ConnectionAcquire(_));
    };
    if matches!(error, DbErr::Conn(_)) {
        return true;
    }
    let RuntimeErr::SqlxError(cause) = inner else {
        return false;
    };
    match &**cause {
        SqlxError::Io(_) | SqlxError::PoolTimedOut | SqlxError::PoolClosed | SqlxError::WorkerCrashed => true,
        // Classes of PostgreSQL: 08 connection exception, 57P operator intervention.
        SqlxError::Database(refusal) => refusal
            .code()
            .is_some_and(|code| code.starts_with("08") || code.starts_with("57P")),
        _ => false,
    }
}

impl From<DbErr> for ApiError {
    #[track_caller]
    fn from(error: DbErr) -> Self {
        match error {
            error if is_away(&error) => {
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
