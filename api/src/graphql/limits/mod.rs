//! Limits on what a query may ask for, computed before anything is executed: some on its text, the rest on the parsed
//! document.
//!
//! async-graphql's own limits come too late (its recursion check itself spreads fragments one by one, for every operation
//! in the document) or are missing (tokens, aliases, costs by page size); so each is computed here, and each refusal says
//! what the limit is, how large the query is, and how to mend it.

mod measure;
mod text;

use async_graphql::Variables;
use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, Selection};

use self::measure::{Measure, Size};
use self::text::TextSize;
use super::errors::{ApiError, Code};
use super::types::Types;
use crate::config::Config;

pub use self::measure::MAX_LEVELS;

/// Most brackets that may be open at once. The parser recurses on them.
const MAX_NESTING: usize = 64;

/// Longest name, in characters.
const MAX_NAME: usize = 128;

/// Deepest nesting of a query for the schema: GraphiQL's own has 15.
const SCHEMA_DEPTH: usize = 20;

/// How many selections a document may mean, fragments spread, for each token that it may have.
const SELECTIONS_PER_TOKEN: u64 = 4;

/// The limits in force.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Deepest nesting of fields.
    pub depth: usize,
    /// Highest cost.
    pub cost: u64,
    /// Most aliases.
    pub aliases: u64,
    /// Most directives.
    pub directives: u64,
    /// Most fields at the root of the operation.
    pub root_fields: u64,
    /// Most tokens.
    pub tokens: usize,
    /// Whether the schema can be queried.
    pub introspection: bool,
}

impl From<&Config> for Limits {
    fn from(config: &Config) -> Self {
        Self {
            depth: config.max_depth,
            cost: config.max_cost,
            aliases: config.max_aliases,
            directives: config.max_directives,
            root_fields: config.max_root_fields,
            tokens: config.max_tokens,
            introspection: config.introspection,
        }
    }
}

impl Limits {
    /// Refuses a text that is dangerous to parse.
    ///
    /// # Errors
    /// `TOKEN_LIMIT_EXCEEDED`, or `DEPTH_LIMIT_EXCEEDED` for brackets within brackets.
    pub fn check_text(&self, query: &str) -> Result<(), ApiError> {
        let size = TextSize::of(query);
        if size.tokens > self.tokens {
            return Err(ApiError::new(
                Code::TokenLimitExceeded,
                format!(
                    "The query has {} tokens; at most {} are allowed. Split it, or move values into variables.",
                    size.tokens, self.tokens
                ),
            ));
        }
        if size.longest_name > MAX_NAME {
            return Err(ApiError::new(
                Code::TokenLimitExceeded,
                format!(
                    "The query has a name of {} characters; at most {MAX_NAME} are allowed. Shorten it.",
                    size.longest_name
                ),
            ));
        }
        if size.nesting > MAX_NESTING {
            return Err(ApiError::new(
                Code::DepthLimitExceeded,
                format!(
                    "The query has {} brackets within each other; at most {MAX_NESTING} are allowed. Nest less, or move \
                     values into variables.",
                    size.nesting
                ),
            ));
        }
        Ok(())
    }

    /// Checks the operation of a parsed document that is to be executed, and says what it costs: one for each field,
    /// multiplied by the page sizes of the lists around it.
    ///
    /// # Errors
    /// The code of the limit that it goes over, `INTROSPECTION_DISABLED`, or `GRAPHQL_VALIDATION_FAILED` for fragments that
    /// contain themselves.
    pub fn check(
        &self,
        document: &ExecutableDocument,
        operation: &OperationDefinition,
        variables: &Variables,
        types: &Types,
    ) -> Result<u64, ApiError> {
        let mut measure = Measure::new(document, variables, types);
        self.check_selections(document, &mut measure)?;
        let size = measure.operation(operation)?;
        self.check_schema_query(&size)?;
        let limits = [
            (
                Code::DepthLimitExceeded,
                wide(size.depth),
                wide(self.depth),
                "levels of fields",
                "Ask for the deeper ones by `node(id:)` in a second query.",
            ),
            (
                Code::DirectiveLimitExceeded,
                size.directives,
                self.directives,
                "directives",
                "Put `@include` or `@skip` on a fragment instead of on each of its fields.",
            ),
            (
                Code::AliasLimitExceeded,
                size.aliases,
                self.aliases,
                "aliases",
                "Use `nodes(ids:)` or filters, or split the query.",
            ),
            (
                Code::RootFieldLimitExceeded,
                size.own_fields,
                self.root_fields,
                "fields at its root",
                "Split it into several queries; they are answered concurrently.",
            ),
        ];
        for (code, actual, allowed, what, mend) in limits {
            if actual > allowed {
                return Err(ApiError::new(
                    code,
                    format!("The query has {actual} {what}; at most {allowed} are allowed. {mend}"),
                ));
            }
        }
        if size.cost > self.cost {
            return Err(ApiError::new(
                Code::CostLimitExceeded,
                format!(
                    "The query costs {}; at most {} is allowed. Ask for smaller pages (`first`) or fewer nested lists.",
                    size.cost, self.cost
                ),
            ));
        }
        Ok(size.cost)
    }

    /// Validation visits every operation of a document, so all of them count here, and not only the one to be executed.
    fn check_selections<'a>(
        &self,
        document: &'a ExecutableDocument,
        measure: &mut Measure<'a>,
    ) -> Result<(), ApiError> {
        let allowed = SELECTIONS_PER_TOKEN.saturating_mul(wide(self.tokens));
        let mut selections: u64 = 0;
        for (_, operation) in document.operations.iter() {
            selections = selections.saturating_add(measure.operation(&operation.node)?.selections);
        }
        if selections <= allowed {
            return Ok(());
        }
        Err(ApiError::new(
            Code::CostLimitExceeded,
            format!(
                "With its fragments spread the query has {selections} selections; at most {allowed} are allowed. Spread \
                 fragments less often."
            ),
        ))
    }

    fn check_schema_query(&self, size: &Size) -> Result<(), ApiError> {
        let Some(depth) = size.schema_depth else {
            return Ok(());
        };
        if !self.introspection {
            return Err(ApiError::new(
                Code::IntrospectionDisabled,
                "The schema can't be queried here; the file schema.graphql of the project describes it.",
            ));
        }
        let allowed = SCHEMA_DEPTH.max(self.depth);
        if depth <= allowed {
            return Ok(());
        }
        Err(ApiError::new(
            Code::DepthLimitExceeded,
            format!("The query for the schema has {depth} levels of fields; at most {allowed} are allowed."),
        ))
    }
}

/// The operation that a request is for.
///
/// # Errors
/// `UNKNOWN_OPERATION` where the document has no such operation, or several and none is named.
pub fn operation<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Result<&'a OperationDefinition, ApiError> {
    let unknown = |message: String| ApiError::new(Code::UnknownOperation, message);
    match (&document.operations, name) {
        (DocumentOperations::Single(only), None) => Ok(&only.node),
        (DocumentOperations::Single(_), Some(name)) => Err(unknown(format!(
            "There is no operation `{}` in the query: its only operation has no name. Leave `operationName` out.",
            shown(name)
        ))),
        (DocumentOperations::Multiple(all), Some(name)) => all
            .get(name)
            .map(|found| &found.node)
            .ok_or_else(|| unknown(format!("There is no operation `{}` in the query.", shown(name)))),
        (DocumentOperations::Multiple(all), None) => match all.values().next() {
            Some(only) if all.len() == 1 => Ok(&only.node),
            _ => Err(unknown(
                "The query has several operations; say which one with `operationName`.".to_owned(),
            )),
        },
    }
}

/// Refuses a subscription that does not have exactly one field at its root, as the specification wants. Fragments and
/// directives there are refused too: async-graphql 7 does not look into them.
///
/// # Errors
/// `GRAPHQL_VALIDATION_FAILED`.
pub fn check_subscription(operation: &OperationDefinition) -> Result<(), ApiError> {
    match operation.selection_set.node.items.as_slice() {
        [only] => match &only.node {
            Selection::Field(field) if field.node.directives.is_empty() && !field.node.name.node.starts_with("__") => {
                Ok(())
            }
            _ => Err(ApiError::new(
                Code::GraphqlValidationFailed,
                "The root of a subscription must be a field of its own, without a fragment around it or a directive on it.",
            )),
        },
        fields => Err(ApiError::new(
            Code::GraphqlValidationFailed,
            format!(
                "A subscription has exactly one field at its root, and this one has {}; begin one for each.",
                fields.len()
            ),
        )),
    }
}

fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}

fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
