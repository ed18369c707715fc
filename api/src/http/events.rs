//! GraphQL over server-sent events, in the distinct connections mode of
//! <https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md>: one operation for each request. Each answer is an
//! event `next`, and the last event is `complete`; a stream that ends without it was broken off, and the client may ask
//! again.

use async_graphql::ServerError;
use axum::body::{Body, Bytes};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, VARY};
use axum::response::{IntoResponse, Response as HttpResponse};
use futures::stream;
use tokio::sync::mpsc;
use tokio::time::{Interval, MissedTickBehavior, interval};
use tracing::Instrument;

use super::HttpState;
use super::negotiation::EVENT_STREAM;
use crate::graphql::errors::ApiError;
use crate::graphql::execution::{Outcome, Prepared};
use crate::identity::client::Client;
use crate::live::admission::Connection;
use crate::live::authority::Authority;
use crate::live::operation::{Delivery, End, Operation};

const COMPLETE: &str = "event: complete\ndata:\n\n";
/// A comment, which clients ignore.
const SIGN_OF_LIFE: &str = ":\n\n";
/// Tells proxies that buffer answers not to.
const NO_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Answers by events. A request that was refused is answered so too, since a browser's `EventSource` shows nothing else.
///
/// # Errors
/// Where there is no room for another connection or subscription.
pub fn stream(
    state: &HttpState,
    prepared: Result<Prepared, Box<ServerError>>,
    authority: Authority,
    client: Client,
) -> Result<HttpResponse, ApiError> {
    let prepared = match prepared {
        Ok(prepared) => prepared,
        Err(error) => {
            let mut body = next(&Outcome::refused(*error));
            body.extend_from_slice(COMPLETE.as_bytes());
            return Ok(answer(Body::from(body)));
        }
    };
    let live = state.app.live.clone();
    let connection = live.admission.connect(client.network, "events")?;
    let cost = prepared.is_subscription().then_some(prepared.cost());
    let admitted = connection.begin(cost)?;
    let mut sign_of_life = interval(live.settings.keep_alive);
    sign_of_life.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let operation = Operation {
        executor: state.executor.clone(),
        prepared,
        authority,
        admitted,
        patience: Some(live.settings.patience),
        live,
    };
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(operation.run((), sender).instrument(tracing::Span::current()));
    let events = Events {
        receiver,
        sign_of_life,
        _connection: connection,
    };
    Ok(answer(Body::from_stream(stream::unfold(Some(events), Events::turn))))
}

fn answer(body: Body) -> HttpResponse {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(EVENT_STREAM));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(VARY, HeaderValue::from_static("accept, authorization"));
    headers.insert(NO_BUFFERING, HeaderValue::from_static("no"));
    response
}

/// The events of one operation. They end when this is dropped: the client went away.
struct Events {
    receiver: mpsc::Receiver<((), Delivery)>,
    sign_of_life: Interval,
    _connection: Connection,
}

type Chunk = Result<Bytes, std::convert::Infallible>;

impl Events {
    async fn turn(this: Option<Self>) -> Option<(Chunk, Option<Self>)> {
        let mut this = this?;
        let delivery = tokio::select! {
            // The first sign of life goes out at once, so that the client sees that it is connected.
            _ = this.sign_of_life.tick() => return Some((Ok(SIGN_OF_LIFE.into()), Some(this))),
            delivery = this.receiver.recv() => delivery,
        };
        let ((), delivery) = delivery?;
        match delivery {
            Delivery::Next(outcome) => Some((Ok(next(&outcome).into()), Some(this))),
            Delivery::End(End::Completed | End::Refused) => Some((Ok(COMPLETE.into()), None)),
            Delivery::End(End::Unauthorized(error) | End::Overdue(error)) => {
                let mut last = next(&Outcome::refused(error));
                last.extend_from_slice(COMPLETE.as_bytes());
                Some((Ok(last.into()), None))
            }
            Delivery::End(End::Stopping | End::TooSlow) => None,
        }
    }
}

/// An answer as an event. JSON has no line breaks outside of texts, where they are escaped.
fn next(outcome: &Outcome) -> Vec<u8> {
    let mut event = b"event: next\ndata: ".to_vec();
    match outcome.to_json() {
        Ok(json) => event.extend(json),
        Err(error) => {
            ApiError::internal(error);
            event.extend_from_slice(b"{}");
        }
    }
    event.extend_from_slice(b"\n\n");
    event
}
