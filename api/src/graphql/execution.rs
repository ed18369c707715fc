//! The way of a request: tokens, parsing, limits, execution within a deadline, completion.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{OperationDefinition, OperationType};
use async_graphql::{Request, Response, ServerError, Value, Variables};
use futures::StreamExt;
use futures::stream::{self, BoxStream};

use super::Schema;
use super::complete::{Selections, mark};
use super::errors::{ApiError, Code};
use super::limits::{self, Limits};
use super::loader::Loaders;
use super::types::Types;
use crate::app::App;
use crate::database::answering;
use crate::identity::Actor;
use crate::live::turn::Turn;

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

/// A request that was checked and is to be executed.
pub struct Prepared {
    request: Request,
    selections: Selections,
    cost: u64,
    kind: OperationType,
}

impl Prepared {
    /// What it costs; a subscription each event.
    pub fn cost(&self) -> u64 {
        self.cost
    }

    /// Whether it is answered by one event after another.
    pub fn is_subscription(&self) -> bool {
        self.kind == OperationType::Subscription
    }
}

/// What became of a request.
pub struct Outcome {
    /// The answer.
    pub response: Response,
    /// Whether the request was refused before it was executed.
    pub refused: bool,
}

impl Outcome {
    /// The answer to a request that is refused.
    pub fn refused(error: impl Into<ServerError>) -> Self {
        Self {
            response: Response::from_errors(vec![error.into()]),
            refused: true,
        }
    }

    /// The answer as JSON. A request that was refused has no `data`, by the specification.
    ///
    /// # Errors
    /// Where it can't be written, which is a fault of the service.
    pub fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        #[derive(serde::Serialize)]
        struct Refusal<'a> {
            errors: &'a [ServerError],
        }
        if self.refused {
            serde_json::to_vec(&Refusal {
                errors: &self.response.errors,
            })
        } else {
            serde_json::to_vec(&self.response)
        }
    }
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

    /// Executes a request of this actor, to be answered once.
    pub async fn execute(&self, prepared: Prepared, actor: Actor) -> Outcome {
        if prepared.is_subscription() {
            return Outcome::refused(ApiError::new(
                Code::NotAcceptable,
                "A subscription is answered by a stream: accept `text/event-stream`, or use a WebSocket with the subprotocol \
                 `graphql-transport-ws`.",
            ));
        }
        self.run(prepared, actor).await
    }

    /// Executes a request of this actor, to be answered by one event after another; queries and mutations by one alone.
    /// Before each event of a subscription a turn is taken, which the receiver of the event gives back.
    pub fn stream(&self, prepared: Prepared, actor: Actor, turn: Arc<Turn>) -> BoxStream<'static, Outcome> {
        let executor = self.clone();
        if !prepared.is_subscription() {
            return stream::once(async move { executor.run(prepared, actor).await }).boxed();
        }
        let Prepared {
            request,
            selections,
            cost,
            ..
        } = prepared;
        let loaders = Arc::new(Loaders::new(self.app.clone(), actor));
        self.schema
            .execute_stream(request.data(loaders).data(turn.clone()))
            .map(move |response| {
                // What fails before the first event is the request.
                let refused = !turn.has_begun() && !response.errors.is_empty();
                executor.complete(response, refused, &selections, cost)
            })
            .boxed()
    }

    /// Checks a request before anything of it is executed. A mutation is refused unless `may_change`.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn prepare(&self, mut request: Request, may_change: bool) -> Result<Prepared, Box<ServerError>> {
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
        let kind = operation.ty;
        if kind == OperationType::Mutation && !may_change {
            return Err(refused(ApiError::new(
                Code::MethodNotAllowed,
                "A mutation must be sent by POST.",
            )));
        }
        let cost = self
            .limits
            .check(&document, operation, &request.variables, &self.types)
            .map_err(refused)?;
        if kind == OperationType::Subscription {
            limits::check_subscription(operation).map_err(refused)?;
        }
        check_variables(operation, &request.variables).map_err(refused)?;
        let selections = Selections::new(&document, operation);
        mark(&mut document);
        request.set_parsed_query(document);
        Ok(Prepared {
            request,
            selections,
            cost,
            kind,
        })
    }

    async fn run(&self, prepared: Prepared, actor: Actor) -> Outcome {
        let loaders = Arc::new(Loaders::new(self.app.clone(), actor));
        let execution = answering(self.schema.execute(prepared.request.data(loaders)));
        let Ok(response) = tokio::time::timeout(self.deadline, execution).await else {
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
        self.complete(response, refused, &prepared.selections, prepared.cost)
    }

    fn complete(&self, mut response: Response, refused: bool, selections: &Selections, cost: u64) -> Outcome {
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
