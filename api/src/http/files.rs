//! Uploading files and reading them.
//!
//! A file is the body of its request, by itself: it needs no form, and no web page can send one for a visitor, since only the
//! `Authorization` header says who sends it.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::extract::{Path, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    LOCATION,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use futures::StreamExt;
use praxis_entities::stored_file;
use serde_json::json;
use tower_http::services::ServeFile;
use uuid::Uuid;

use super::HttpState;
use super::graphql::{refuse, unauthenticated};
use super::negotiation::Answer;
use super::{client, pages};
use crate::files::access::{Readable, readable};
use crate::files::examine::{ExamineError, FileFinding};
use crate::files::intake::{Incoming, IntakeError, Share, Uploader, store};
use crate::graphql::errors::{ApiError, Code};
use crate::identifier::{NodeId, NodeType};
use crate::identity::Actor;
use crate::identity::permissions::Permission;

/// How long a file may take to arrive.
const PATIENCE: Duration = Duration::from_secs(600);
/// How long the next piece of it may take.
const PAUSE: Duration = Duration::from_secs(30);
/// Most files that an account uploads in a day.
const DAILY: u64 = 200;
/// Most bytes that an account uploads in a day, in files of the longest allowed.
const DAILY_LONGEST: u64 = 20;
/// Most files that an account uploads to one process at the same moment.
const AT_ONCE: usize = 8;

/// How many files each account is uploading to this process.
static UNDER_WAY: LazyLock<Mutex<HashMap<Uuid, usize>>> = LazyLock::new(Mutex::default);

/// The place of an upload among those of its account, free again when it is dropped.
struct Place(Uuid);

impl Place {
    /// A place, unless all of this account are taken.
    fn take(account: Uuid) -> Option<Self> {
        let mut under_way = UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = under_way.entry(account).or_default();
        if *taken >= AT_ONCE {
            return None;
        }
        *taken += 1;
        Some(Self(account))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut under_way = UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = under_way.get_mut(&self.0) {
            *taken -= 1;
            if *taken == 0 {
                under_way.remove(&self.0);
            }
        }
    }
}

/// POST: takes a file in for a later draft, and says what it is.
pub async fn upload(State(state): State<HttpState>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let mut body = body.into_data_stream();
    match tokio::time::timeout(PATIENCE, receive(&state, &head.headers, &mut body)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(refusal)) => {
            // A client that is still sending would not see the answer before the end of the connection.
            let _ = tokio::time::timeout(PAUSE, pass_over(&mut body, state.app.max_file_bytes)).await;
            refusal
        }
        Err(_) => late(),
    }
}

/// Reads on for at most so many bytes.
async fn pass_over(body: &mut BodyDataStream, most: u64) {
    let mut passed = 0;
    while let Some(Ok(piece)) = body.next().await {
        passed += u64::try_from(piece.len()).unwrap_or(u64::MAX);
        if passed > most {
            return;
        }
    }
}

async fn receive(state: &HttpState, headers: &HeaderMap, body: &mut BodyDataStream) -> Result<Response, Response> {
    let authority =
        client::authority(&state.app.identity, headers).map_err(|error| unauthenticated(Answer::Json, &error))?;
    let actor = authority.actor();
    actor.require(Permission::Contribute).map_err(|error| refused(&error))?;
    let most = state.app.max_file_bytes;
    let announced = header(headers, CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    if announced.is_some_and(|length| length > most) {
        return Err(too_large(most));
    }
    let now = Utc::now();
    let uploader = actor.account().map(|account| Uploader {
        account,
        share: Share {
            files: DAILY,
            bytes: most.saturating_mul(DAILY_LONGEST),
        },
    });
    // Before the file comes, so that nobody sends one in vain, and again when it is stored.
    let _place = match &uploader {
        None => None,
        Some(uploader) => {
            let place = Place::take(uploader.account).ok_or_else(too_many_at_once)?;
            let checked = uploader.check(state.app.database.read(), now).await;
            checked.map_err(|error| failed(&error))?;
            Some(place)
        }
    };
    let declared = header(headers, CONTENT_TYPE).map(str::to_owned);
    let incoming = Incoming::begin(&state.app.files, most).await;
    let mut incoming = incoming.map_err(|error| failed(&error))?;
    loop {
        match tokio::time::timeout(PAUSE, body.next()).await {
            Ok(Some(Ok(piece))) => incoming.write(&piece).await.map_err(|error| failed(&error))?,
            Ok(Some(Err(_))) => {
                return Err(refuse(
                    Answer::Json,
                    StatusCode::BAD_REQUEST,
                    Code::BadRequest,
                    "The file was cut off before its end.",
                ));
            }
            Ok(None) => break,
            Err(_) => return Err(late()),
        }
    }
    let received = incoming.finish(declared).await.map_err(|error| failed(&error))?;
    let stored = store(&state.app.database, &state.app.files, received, uploader, now)
        .await
        .map_err(|error| failed(&error))?;
    told(state, &stored).map_err(|error| refused(&error))
}

/// What the sender is told of a file.
fn told(state: &HttpState, stored: &stored_file::Model) -> Result<Response, ApiError> {
    let findings: Vec<FileFinding> = crate::content::json(&stored.findings)?;
    let mut rules: Vec<&str> = findings.iter().map(|finding| finding.rule.as_str()).collect();
    rules.dedup();
    let id = NodeId {
        node_type: NodeType::File,
        uuid: stored.id,
    };
    let url = format!("{}/files/{id}", state.app.public_url);
    let body = json!({
        "id": id.to_string(),
        "sha256": stored.sha256,
        "mediaType": stored.media_type,
        "sizeBytes": stored.size_bytes,
        "downloadUrl": url,
        "findings": rules,
    });
    let headers = [(CACHE_CONTROL, "no-store".to_owned()), (LOCATION, url)];
    Ok((StatusCode::CREATED, headers, axum::Json(body)).into_response())
}

fn too_many_at_once() -> Response {
    refuse(
        Answer::Json,
        StatusCode::TOO_MANY_REQUESTS,
        Code::ServiceBusy,
        &format!("You are uploading {AT_ONCE} files at this moment; wait until one of them is done."),
    )
}

/// GET: the bytes of a file, for whoever may read it. Ranges and conditions of HTTP are understood.
pub async fn download(State(state): State<HttpState>, Path(id): Path<String>, request: Request) -> Response {
    let authority = match client::authority(&state.app.identity, request.headers()) {
        Ok(authority) => authority,
        Err(error) => return unauthenticated(Answer::Json, &error),
    };
    let Ok(id) = NodeId::parse_as(&id, NodeType::File) else {
        return pages::not_found().await;
    };
    let actor = authority.actor();
    match readable(state.app.database.read(), actor, id).await {
        Ok(Some(found)) => serve(&state, actor, found, request).await,
        Ok(None) => pages::not_found().await,
        Err(error) => refused(&ApiError::from(error)),
    }
}

async fn serve(state: &HttpState, actor: &Actor, found: Readable, request: Request) -> Response {
    let Readable { file, name } = found;
    let Ok(media_type) = file.media_type.parse() else {
        return refused(&ApiError::internal(format!("file {} has no media type", file.id)));
    };
    let tag = format!("\"{}\"", file.sha256);
    let known =
        header(request.headers(), IF_NONE_MATCH).is_some_and(|tags| tags.split(',').any(|one| one.trim() == tag));
    if known {
        return (StatusCode::NOT_MODIFIED, [(ETAG, tag)]).into_response();
    }
    let served = ServeFile::new_with_mime(state.app.files.path(file.id), &media_type)
        .try_call(request)
        .await;
    let mut response = match served {
        Ok(response) if response.status() == StatusCode::NOT_FOUND => {
            return refused(&ApiError::internal(format!("the bytes of file {} are gone", file.id)));
        }
        Ok(response) => response.map(Body::new),
        Err(error) => return refused(&ApiError::internal(error)),
    };
    let headers = response.headers_mut();
    let name = name.unwrap_or_else(|| file.sha256.get(..16).unwrap_or_default().to_owned());
    let quoted: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let disposition = format!("attachment; filename*=UTF-8''{}", quoted.replace('+', "%20"));
    // Whoever may read it now may not do so later, so nothing in between keeps it without asking again.
    let cache = match actor {
        Actor::Anonymous => "no-cache",
        _ => "private, no-cache",
    };
    let set = [
        (CONTENT_DISPOSITION, HeaderValue::try_from(disposition).ok()),
        (ETAG, HeaderValue::try_from(tag).ok()),
        (CACHE_CONTROL, Some(HeaderValue::from_static(cache))),
        // It is never run, even where somebody gets a browser to show it.
        (
            CONTENT_SECURITY_POLICY,
            Some(HeaderValue::from_static("default-src 'none'; sandbox")),
        ),
    ];
    for (header, value) in set {
        if let Some(value) = value {
            headers.insert(header, value);
        }
    }
    response
}

fn header(headers: &HeaderMap, name: axum::http::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

fn too_large(most: u64) -> Response {
    refuse(
        Answer::Json,
        StatusCode::PAYLOAD_TOO_LARGE,
        Code::BodyTooLarge,
        &format!("The file is larger than {most} bytes. Make it smaller, or link to it from where it is."),
    )
}

fn late() -> Response {
    refuse(
        Answer::Json,
        StatusCode::REQUEST_TIMEOUT,
        Code::RequestTimeout,
        "The file did not arrive in time. Send it again.",
    )
}

fn failed(error: &IntakeError) -> Response {
    match error {
        IntakeError::TooLarge(most) => too_large(*most),
        IntakeError::ShareUsed { files, bytes, share } => refuse(
            Answer::Json,
            StatusCode::TOO_MANY_REQUESTS,
            Code::ServiceBusy,
            &format!(
                "You uploaded {files} files of {bytes} bytes within a day; at most {} files of {} bytes in all are taken. \
                 Try again later.",
                share.files, share.bytes
            ),
        ),
        IntakeError::Examine(ExamineError::NotTaken(_)) => refuse(
            Answer::Json,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::UnsupportedMediaType,
            &sentence(&error.to_string()),
        ),
        IntakeError::Examine(ExamineError::Empty) => refuse(
            Answer::Json,
            StatusCode::BAD_REQUEST,
            Code::BadRequest,
            "The request has no body; send the bytes of the file as they are.",
        ),
        IntakeError::Database(error) => {
            tracing::error!(%error, "a file could not be stored");
            refuse(
                Answer::Json,
                StatusCode::SERVICE_UNAVAILABLE,
                Code::DatabaseUnavailable,
                "The file could not be stored at the moment; nothing of it was kept. Send it again later.",
            )
        }
        IntakeError::Folder(error) | IntakeError::Examine(ExamineError::Unreadable(error)) => {
            refused(&ApiError::internal(error))
        }
    }
}

fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first: String = characters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", characters.as_str())
}

/// The answer to what was refused, or failed, with the status of its code.
pub(super) fn refused(error: &ApiError) -> Response {
    let status = match error.code() {
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::Forbidden => StatusCode::FORBIDDEN,
        Code::DatabaseUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    refuse(Answer::Json, status, error.code(), error.message())
}
