//! The way of a request: tokens, parsing, limits, execution within a deadline, completion.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::OperationDefinition;
use async_graphql::{Request, Response, ServerError, Value, Variables};

use super::Schema;
use super::complete::{Selections, mark};
use super::errors::{ApiError, Code};
use super::limits::{self, Limits};
use super::loader::Loaders;
use super::types::Types;
use crate::app::App;
use crate::identity::Actor;

/// Most errors in an answer. A query may be wrong in thousands of places; the first ones are enough to mend it.
const MAX_ERRORS: usize = 50;

/// Longest message of an error, in characters. async-graphql repeats in it what the caller sent.
const MAX_MESSAGE: usize = 1_000;

/// Executes requests.
#[derive(Clone)]
pub struct Executor {
    schema: Schema,
    types: Arc<Types>,
    app: Arc<App>,
    limits: Limits,
    deadline: Duration,
}

/// What became of a request.
pub struct Outcome {
    /// The answer.
    pub response: Response,
    /// Whether the request was refused before it was executed.
    pub refused: bool,
}

impl Executor {
    /// An executor for this service.
    ///
    /// # Errors
    /// Where the schema can't be read, which a test would have found.
    pub fn new(app: Arc<App>, limits: Limits, deadline: Duration) -> Result<Self, ApiError> {
        // The limits are checked before; async-graphql's own must not be lower.
        let mut builder = super::builder().limit_recursive_depth(limits::MAX_LEVELS);
        if !limits.introspection {
            // "Did you mean" would tell the schema after all.
            builder = builder.disable_suggestions();
        }
        let schema = builder.finish();
        let types = Types::read(&schema.sdl()).map_err(ApiError::internal)?;
        Ok(Self {
            schema,
            types: Arc::new(types),
            app,
            limits,
            deadline,
        })
    }

    /// Executes a request of this actor. A mutation is refused unless `may_change`.
    pub async fn execute(&self, request: Request, actor: Actor, may_change: bool) -> Outcome {
        match self.prepare(request, may_change) {
            Err(error) => Outcome {
                response: Response::from_errors(vec![*error]),
                refused: true,
            },
            Ok((request, selections, cost)) => self.run(request, &selections, cost, actor).await,
        }
    }

    fn prepare(&self, mut request: Request, may_change: bool) -> Result<(Request, Selections, u64), Box<ServerError>> {
        let refused = |error: ApiError| Box::new(ServerError::from(error));
        self.limits.check_text(&request.query).map_err(refused)?;
        let mut document = parse_query(&request.query).map_err(|error| {
            let mut error = ServerError::from(error);
            set_code(&mut error, Code::GraphqlParseFailed);
            // The parser draws the place; the last line says what it expected there.
            if let Some((_, expected)) = error.message.rsplit_once("= ") {
                error.message = format!("The query is not GraphQL: {expected}.");
            }
            Box::new(error)
        })?;
        let name = request.operation_name.as_deref();
        let operation = limits::operation(&document, name).map_err(refused)?;
        if limits::is_mutation(operation) && !may_change {
            return Err(refused(ApiError::new(
                Code::MethodNotAllowed,
                "A mutation must be sent by POST.",
            )));
        }
        let cost = self
            .limits
            .check(&document, operation, &request.variables, &self.types)
            .map_err(refused)?;
        check_variables(operation, &request.variables).map_err(refused)?;
        let selections = Selections::new(&document, operation);
        mark(&mut document);
        request.set_parsed_query(document);
        Ok((request, selections, cost))
    }

    async fn run(&self, request: Request, selections: &Selections, cost: u64, actor: Actor) -> Outcome {
        let loaders = Arc::new(Loaders::new(self.app.clone(), actor));
        let execution = self.schema.execute(request.data(loaders));
        let Ok(mut response) = tokio::time::timeout(self.deadline, execution).await else {
            metrics::counter!("praxis_graphql_timeouts_total").increment(1);
            let error = ApiError::new(
                Code::ExecutionTimeout,
                format!(
                    "The query took longer than {} ms; ask for smaller pages or fewer nested lists.",
                    self.deadline.as_millis()
                ),
            );
            return Outcome {
                response: Response::from_errors(vec![error.into()]),
                refused: false,
            };
        };
        // Errors of execution have a path; those of validation have none.
        let refused = !response.errors.is_empty()
            && matches!(response.data, Value::Null)
            && response.errors.iter().all(|error| error.path.is_empty());
        for error in &mut response.errors {
            clean(error, refused);
        }
        if !refused {
            // Every failed field is settled before errors are left out of the answer.
            selections.complete(&self.types, &mut response);
            response = response.extension("cost", Value::from(cost));
        }
        response.errors.truncate(MAX_ERRORS);
        Outcome { response, refused }
    }
}

/// Refuses a request that leaves a required variable out.
fn check_variables(operation: &OperationDefinition, variables: &Variables) -> Result<(), ApiError> {
    for definition in &operation.variable_definitions {
        let definition = &definition.node;
        let name = &definition.name.node;
        let given = variables.get(name).is_some_and(|value| !matches!(value, Value::Null));
        if !given && definition.default_value.is_none() && !definition.var_type.node.nullable {
            return Err(ApiError::new(
                Code::GraphqlValidationFailed,
                format!(
                    "The variable `${name}` of type `{}` is required; give it a value in `variables`.",
                    definition.var_type.node
                ),
            ));
        }
    }
    Ok(())
}

/// Gives a code to the errors that async-graphql makes itself, and takes its own decoration off their messages.
fn clean(error: &mut ServerError, refused: bool) {
    let has_code = error
        .extensions
        .as_ref()
        .is_some_and(|extensions| extensions.get("code").is_some());
    if !has_code {
        let code = if refused {
            Code::GraphqlValidationFailed
        } else {
            Code::BadRequest
        };
        set_code(error, code);
    }
    if let Some((_, rest)) = error
        .message
        .strip_prefix("Failed to parse \"")
        .and_then(|rest| rest.split_once("\": "))
    {
        let end = rest.find(" (occurred while parsing").unwrap_or(rest.len());
        error.message = rest.get(..end).unwrap_or(rest).to_owned();
    }
    if let Some((end, _)) = error.message.char_indices().nth(MAX_MESSAGE) {
        error.message.truncate(end);
        error.message.push('…');
    }
}

fn set_code(error: &mut ServerError, code: Code) {
    error
        .extensions
        .get_or_insert_with(Default::default)
        .set("code", code.as_str());
}
