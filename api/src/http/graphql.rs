//! The GraphQL endpoint by the GraphQL-over-HTTP specification: POST, and GET for queries. Server-sent events and
//! WebSockets branch off here.

use std::time::Duration;

use async_graphql::{Request, ServerError, Variables};
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{FromRequest, RawQuery, Request as HttpRequest, State};
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, UPGRADE, VARY, WWW_AUTHENTICATE};
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response as HttpResponse};
use serde::Deserialize;
use serde_json::Value;

use super::client;
use super::negotiation::{Answer, Events, answer, events, is_encoded, sends_json, wants_page};
use super::{HttpState, events, explorer, socket};
use crate::graphql::errors::{ApiError, Code};
use crate::graphql::execution::Outcome;
use crate::identity::client::Client;
use crate::live::authority::Authority;

/// How long a request's body may take to arrive.
pub(super) const BODY_PATIENCE: Duration = Duration::from_secs(30);

/// What the specification lets a request carry; `extensions` is read and ignored.
#[derive(Deserialize)]
#[serde(expecting = "an object with a `query`")]
pub struct Parameters {
    query: String,
    #[serde(rename = "operationName")]
    operation_name: Option<String>,
    variables: Option<serde_json::Map<String, Value>>,
    extensions: Option<serde_json::Map<String, Value>>,
}

impl From<Parameters> for Request {
    fn from(parameters: Parameters) -> Self {
        // The extensions were read for their form alone: the service knows none.
        drop(parameters.extensions);
        let mut request = Request::new(parameters.query);
        request.operation_name = parameters.operation_name;
        if let Some(variables) = parameters.variables {
            request = request.variables(Variables::from_json(Value::Object(variables)));
        }
        request
    }
}

/// POST: a JSON body.
pub async fn post(State(state): State<HttpState>, request: HttpRequest) -> HttpResponse {
    let sender = Sender::of(&state, request.extensions(), request.headers());
    let headers = request.headers();
    let Some(wish) = Wish::of(headers) else {
        return not_acceptable();
    };
    let answer = wish.answer;
    // A form or a text could be sent by any web page without asking first; JSON can't.
    if !sends_json(headers) || is_encoded(headers) {
        return refuse(
            answer,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::UnsupportedMediaType,
            "Send the request as `Content-Type: application/json`, in UTF-8, without a `Content-Encoding`.",
        );
    }
    let bytes = match tokio::time::timeout(BODY_PATIENCE, Bytes::from_request(request, &())).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(error)) => return unread(answer, &error, state.max_body_bytes),
        Err(_) => {
            return refuse(
                answer,
                StatusCode::REQUEST_TIMEOUT,
                Code::RequestTimeout,
                &format!("The request did not arrive within {} s.", BODY_PATIENCE.as_secs()),
            );
        }
    };
    match read_body(&bytes) {
        Err(message) => refuse(answer, StatusCode::BAD_REQUEST, Code::BadRequest, &message),
        Ok(parameters) => execute(&state, wish, parameters.into(), sender, true).await,
    }
}

fn unread(answer: Answer, error: &BytesRejection, allowed: usize) -> HttpResponse {
    match error {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => refuse(
            answer,
            StatusCode::PAYLOAD_TOO_LARGE,
            Code::BodyTooLarge,
            &format!("The request is larger than {allowed} bytes. Split it."),
        ),
        _ => refuse(
            answer,
            StatusCode::BAD_REQUEST,
            Code::BadRequest,
            "The request was cut off before its end.",
        ),
    }
}

/// GET: a query in the address, or the explorer for a browser.
pub async fn get(
    State(state): State<HttpState>,
    headers: HeaderMap,
    RawQuery(raw): RawQuery,
    extensions: Extensions,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> HttpResponse {
    if headers.contains_key(UPGRADE) {
        return match upgrade {
            Ok(upgrade) => socket::accept(&state, &headers, &extensions, upgrade),
            Err(rejection) => refuse(
                Answer::GraphqlResponse,
                StatusCode::BAD_REQUEST,
                Code::BadRequest,
                &format!("The WebSocket can't be opened: {rejection}."),
            ),
        };
    }
    if wants_page(&headers) {
        return explorer::page();
    }
    let Some(wish) = Wish::of(&headers) else {
        return not_acceptable();
    };
    let answer = wish.answer;
    let sender = Sender::of(&state, &extensions, &headers);
    match read_query(raw.as_deref().unwrap_or_default()) {
        Err(message) => refuse(answer, StatusCode::BAD_REQUEST, Code::BadRequest, &message),
        Ok(parameters) => execute(&state, wish, parameters.into(), sender, false).await,
    }
}

/// Any other method.
pub async fn method_not_allowed(headers: HeaderMap) -> HttpResponse {
    let mut response = refuse(
        answer(&headers).unwrap_or(Answer::GraphqlResponse),
        StatusCode::METHOD_NOT_ALLOWED,
        Code::MethodNotAllowed,
        "Use POST, or GET for queries.",
    );
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static("GET, POST"));
    response
}

fn read_body(bytes: &[u8]) -> Result<Parameters, String> {
    if bytes.trim_ascii().is_empty() {
        return Err("The request is empty; send a JSON object with a `query`.".to_owned());
    }
    // An empty slice of the body tells arrays (batches) from objects without parsing twice.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        return Err("Batches are not accepted: send one request at a time, they are answered concurrently.".to_owned());
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let parameters = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        if inner.is_data() && path != "." {
            format!("The request's `{path}` is wrong: {inner}.")
        } else {
            format!("The request is not a JSON object with a `query`: {inner}.")
        }
    })?;
    deserializer
        .end()
        .map_err(|error| format!("There is something after the request's JSON: {error}."))?;
    Ok(parameters)
}

fn read_query(raw: &str) -> Result<Parameters, String> {
    let mut query = None;
    let mut operation_name = None;
    let mut variables = None;
    let mut extensions = None;
    for (name, value) in url::form_urlencoded::parse(raw.as_bytes()) {
        match name.as_ref() {
            "query" => query = Some(value.into_owned()),
            "operationName" if !value.is_empty() => operation_name = Some(value.into_owned()),
            "variables" if !value.is_empty() => variables = Some(read_object("variables", &value)?),
            "extensions" if !value.is_empty() => extensions = Some(read_object("extensions", &value)?),
            _ => {}
        }
    }
    Ok(Parameters {
        query: query.ok_or_else(|| {
            "The parameter `query` is missing; open this address in a browser for the explorer.".to_owned()
        })?,
        operation_name,
        variables,
        extensions,
    })
}

fn read_object(name: &str, text: &str) -> Result<serde_json::Map<String, Value>, String> {
    serde_json::from_str(text).map_err(|error| format!("The parameter `{name}` is not a JSON object: {error}."))
}

/// How a caller wants to be answered.
#[derive(Clone, Copy)]
struct Wish {
    answer: Answer,
    events: Events,
}

impl Wish {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let events = events(headers);
        let answer = match events {
            // What is wrong with the request itself is told as JSON also to those who want events.
            Events::Always => Some(answer(headers).unwrap_or(Answer::GraphqlResponse)),
            Events::No | Events::ForSubscriptions => answer(headers),
        };
        answer.map(|answer| Self { answer, events })
    }
}

/// Who sends a request, and from where.
struct Sender {
    client: Client,
    authority: Result<Authority, ApiError>,
}

impl Sender {
    fn of(state: &HttpState, extensions: &Extensions, headers: &HeaderMap) -> Self {
        let identity = &state.app.identity;
        Self {
            client: client::of(extensions, headers, identity.settings.trusted_proxies),
            authority: client::authority(identity, headers),
        }
    }
}

async fn execute(state: &HttpState, wish: Wish, request: Request, sender: Sender, may_change: bool) -> HttpResponse {
    let authority = match sender.authority {
        Ok(authority) => authority,
        // Somebody with a token that is not valid is never taken for nobody.
        Err(error) => return unauthenticated(wish.answer, &error),
    };
    let prepared = state.executor.prepare(request.data(sender.client), may_change);
    let streams = match &prepared {
        Ok(prepared) => wish.events == Events::Always || (wish.events != Events::No && prepared.is_subscription()),
        Err(_) => wish.events == Events::Always,
    };
    if streams {
        return match events::stream(state, prepared, authority, sender.client) {
            Ok(response) => response,
            Err(error) => no_room(wish.answer, &error),
        };
    }
    let outcome = match prepared {
        Ok(prepared) => state.executor.execute(prepared, authority.actor().clone()).await,
        Err(error) => Outcome::refused(*error),
    };
    let refused = outcome.refused;
    let code = outcome.response.errors.first().and_then(code_of);
    let is = |other: Code| code.as_deref() == Some(other.as_str());
    let status = if refused && is(Code::MethodNotAllowed) {
        StatusCode::METHOD_NOT_ALLOWED
    } else if refused && is(Code::NotAcceptable) {
        StatusCode::NOT_ACCEPTABLE
    } else {
        match (wish.answer, refused) {
            (Answer::GraphqlResponse, true) => StatusCode::BAD_REQUEST,
            (Answer::GraphqlResponse, false) if is(Code::ExecutionTimeout) => StatusCode::GATEWAY_TIMEOUT,
            _ => StatusCode::OK,
        }
    };
    let mut reply = write(wish.answer, status, &outcome);
    if status == StatusCode::METHOD_NOT_ALLOWED {
        reply.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    }
    reply
}

/// The answer to a live connection that there is no room for.
pub fn no_room(answer: Answer, error: &ApiError) -> HttpResponse {
    let status = match error.code() {
        Code::ServiceBusy => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::TOO_MANY_REQUESTS,
    };
    refuse(answer, status, error.code(), error.message())
}

/// The answer to a token that is not accepted.
pub fn unauthenticated(answer: Answer, error: &ApiError) -> HttpResponse {
    let mut response = refuse(answer, StatusCode::UNAUTHORIZED, error.code(), error.message());
    response.headers_mut().insert(
        WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer error=\"invalid_token\""),
    );
    response
}

fn code_of(error: &ServerError) -> Option<String> {
    match error.extensions.as_ref()?.get("code")? {
        async_graphql::Value::String(code) => Some(code.clone()),
        _ => None,
    }
}

fn write(answer: Answer, status: StatusCode, outcome: &Outcome) -> HttpResponse {
    let Ok(body) = outcome.to_json() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    (
        status,
        [
            (CONTENT_TYPE, answer.content_type()),
            (CACHE_CONTROL, "no-store"),
            (VARY, "accept, authorization"),
        ],
        body,
    )
        .into_response()
}

/// An error of the request itself, shaped like any GraphQL answer.
pub fn refuse(answer: Answer, status: StatusCode, code: Code, message: &str) -> HttpResponse {
    write(answer, status, &Outcome::refused(ApiError::new(code, message)))
}

fn not_acceptable() -> HttpResponse {
    refuse(
        Answer::GraphqlResponse,
        StatusCode::NOT_ACCEPTABLE,
        Code::NotAcceptable,
        "Answers are `application/graphql-response+json` or `application/json`; accept one of them.",
    )
}
