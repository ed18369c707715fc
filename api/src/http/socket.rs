//! GraphQL over a WebSocket: the protocol `graphql-transport-ws`, for queries, mutations and subscriptions.
//!
//! async-graphql's own implementation closes with other codes than the protocol says, replaces an operation whose name is
//! taken, has no bounds, and polls operations while it sends; hence this one.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;

use async_graphql::ServerError;
use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::header::SEC_WEBSOCKET_PROTOCOL;
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::response::Response as HttpResponse;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::{Duration, MissedTickBehavior, interval, sleep, timeout};
use tracing::Instrument;

use super::HttpState;
use super::client;
use super::graphql::{Parameters, no_room, refuse, unauthenticated};
use super::negotiation::Answer;
use super::protocol::{ClientMessage, Closing, SUBPROTOCOL, ServerMessage};
use crate::graphql::errors::{ApiError, Code};
use crate::identity::client::Client;
use crate::live::admission::Connection;
use crate::live::authority::Authority;
use crate::live::operation::{Delivery, End, Operation};

/// How often is looked whether the authority still holds.
const CHECK: Duration = Duration::from_secs(1);
/// How long the other side may take to close.
const FAREWELL: Duration = Duration::from_secs(3);
/// Longest name of an operation, in bytes.
const LONGEST_NAME: usize = 256;
/// How many answers may wait to be sent, beside one of each operation.
const WAITING: usize = 4;

/// Opens a WebSocket, if this caller may have one.
pub fn accept(
    state: &HttpState,
    headers: &HeaderMap,
    extensions: &Extensions,
    upgrade: WebSocketUpgrade,
) -> HttpResponse {
    let answer = Answer::GraphqlResponse;
    if !state.origins.allow(headers) {
        return refuse(
            answer,
            StatusCode::FORBIDDEN,
            Code::Forbidden,
            "Pages of this origin may not use the API; its operator can allow it.",
        );
    }
    if !offers_protocol(headers) {
        return refuse(
            answer,
            StatusCode::BAD_REQUEST,
            Code::BadRequest,
            &format!("Offer the subprotocol `{SUBPROTOCOL}` in `Sec-WebSocket-Protocol`."),
        );
    }
    let identity = &state.app.identity;
    let authority = match client::authority(identity, headers) {
        Ok(authority) => authority,
        Err(error) => return unauthenticated(answer, &error),
    };
    let client = client::of(extensions, headers, identity.settings.trusted_proxies);
    let connection = match state.app.live.admission.connect(client.network, "websocket") {
        Ok(connection) => connection,
        Err(error) => return no_room(answer, &error),
    };
    let state = state.clone();
    let span = tracing::Span::current();
    upgrade
        .protocols([SUBPROTOCOL])
        .max_message_size(state.max_body_bytes)
        .max_frame_size(state.max_body_bytes)
        .on_upgrade(move |socket| {
            let (sender, receiver) = mpsc::channel(WAITING);
            let conversation = Conversation {
                socket,
                state,
                client,
                connection,
                by_header: authority,
                authority: None,
                heard: true,
                operations: HashMap::new(),
                begun: 0,
                sender,
            };
            conversation.hold(receiver).instrument(span)
        })
}

fn offers_protocol(headers: &HeaderMap) -> bool {
    headers
        .get_all(SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|offered| offered.trim() == SUBPROTOCOL)
}

/// An operation is told from an earlier one of the same name by its number.
type Tag = (Arc<str>, u64);

/// An operation under way. Dropping it ends it.
struct Running {
    number: u64,
    lasts: bool,
    task: AbortHandle,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Why a conversation ends.
enum Farewell {
    /// The service closes the socket.
    Close(Closing),
    /// The other side is gone.
    Gone,
}

impl From<Closing> for Farewell {
    fn from(closing: Closing) -> Self {
        Self::Close(closing)
    }
}

struct Conversation {
    socket: WebSocket,
    state: HttpState,
    client: Client,
    connection: Connection,
    by_header: Authority,
    /// Known once the client has introduced itself.
    authority: Option<Authority>,
    /// Whether there was a sign of life since it was last asked for.
    heard: bool,
    operations: HashMap<Arc<str>, Running>,
    begun: u64,
    sender: mpsc::Sender<(Tag, Delivery)>,
}

impl Conversation {
    async fn hold(mut self, mut deliveries: mpsc::Receiver<(Tag, Delivery)>) {
        let farewell = self.converse(&mut deliveries).await;
        self.operations.clear();
        drop(deliveries);
        let code = match farewell {
            Ok(()) | Err(Farewell::Gone) => 1000,
            Err(Farewell::Close(closing)) => {
                let code = closing.code;
                tracing::debug!(code, reason = closing.reason, "closing a WebSocket");
                // Whoever does not even take this is cut off.
                let _ = timeout(FAREWELL, self.close(closing)).await;
                code
            }
        };
        metrics::counter!("praxis_websockets_closed_total", "code" => code.to_string()).increment(1);
        drop(self.connection);
    }

    async fn close(&mut self, closing: Closing) {
        let frame = CloseFrame {
            code: closing.code,
            reason: closing.reason.into(),
        };
        if self.socket.send(Message::Close(Some(frame))).await.is_ok() {
            // What the client had sent before it knew is read, or the frame could be lost with the connection.
            while let Some(Ok(_)) = self.socket.recv().await {}
        }
    }

    async fn converse(&mut self, deliveries: &mut mpsc::Receiver<(Tag, Delivery)>) -> Result<(), Farewell> {
        let live = self.state.app.live.clone();
        let mut stopping = live.stopping();
        let mut introduction = pin!(sleep(live.settings.init_timeout));
        let mut check = interval(CHECK);
        check.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut sign_of_life = interval(live.settings.keep_alive);
        sign_of_life.set_missed_tick_behavior(MissedTickBehavior::Delay);
        sign_of_life.reset();
        // Why it is about to end. Queries and mutations under way are answered yet, and nothing new is heard.
        let mut leaving: Option<Closing> = None;
        loop {
            if leaving.is_some() {
                self.operations.retain(|_, running| !running.lasts);
                if self.operations.is_empty()
                    && let Some(closing) = leaving.take()
                {
                    return Err(closing.into());
                }
            }
            let listening = leaving.is_none();
            tokio::select! {
                () = stopping.wait(), if listening => {
                    leaving = Some(Closing::new(Closing::GOING_AWAY, "The service is stopping; connect again."));
                }
                () = &mut introduction, if self.authority.is_none() => {
                    return Err(Closing::new(Closing::INIT_TIMEOUT, "Connection initialisation timeout").into());
                }
                _ = check.tick(), if listening => leaving = self.check().err(),
                _ = sign_of_life.tick(), if listening => {
                    if !std::mem::take(&mut self.heard) {
                        return Err(Closing::new(Closing::SILENT, "No sign of life").into());
                    }
                    self.send(Message::Ping(Bytes::new())).await?;
                }
                message = self.socket.recv(), if listening => {
                    self.heard = true;
                    match message {
                        None | Some(Ok(Message::Close(_))) => return Ok(()),
                        Some(Err(error)) => return Err(broken(error, self.state.max_body_bytes)),
                        Some(Ok(Message::Text(text))) => self.hear(text.as_str()).await?,
                        Some(Ok(Message::Binary(_))) => {
                            return Err(Closing::new(Closing::INVALID, "Messages are text").into());
                        }
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    }
                }
                Some((tag, delivery)) = deliveries.recv() => match self.deliver(tag, delivery).await {
                    Err(Farewell::Close(closing)) if closing.code == Closing::FORBIDDEN => leaving = Some(closing),
                    other => other?,
                },
            }
        }
    }

    /// Whether the authority still holds.
    fn check(&self) -> Result<(), Closing> {
        match &self.authority {
            Some(authority) => authority.check().map_err(forbidden),
            None => Ok(()),
        }
    }

    /// Sends a message, unless the other side does not take it in time.
    async fn send(&mut self, message: Message) -> Result<(), Farewell> {
        let patience = self.state.app.live.settings.patience;
        match timeout(patience, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Farewell::Gone),
            Err(_) => Err(Closing::new(Closing::TRY_AGAIN, "What is sent is not taken in time; connect again.").into()),
        }
    }

    async fn say(&mut self, message: &ServerMessage<'_>) -> Result<(), Farewell> {
        let text = serde_json::to_string(message).map_err(fault)?;
        self.send(Message::Text(text.into())).await
    }

    async fn hear(&mut self, text: &str) -> Result<(), Farewell> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let message: ClientMessage = serde_path_to_error::deserialize(&mut deserializer)
            .map_err(|error| Closing::new(Closing::INVALID, format!("Invalid message: {}", error.into_inner())))?;
        match message {
            ClientMessage::ConnectionInit { payload } => self.welcome(payload.unwrap_or_default()).await,
            ClientMessage::Ping { payload } => self.say(&ServerMessage::Pong { payload }).await,
            ClientMessage::Pong { .. } => Ok(()),
            ClientMessage::Subscribe { id, payload } => self.begin(id.into(), payload).await,
            ClientMessage::Complete { id } => {
                self.operations.remove(id.as_str());
                Ok(())
            }
        }
    }

    async fn welcome(&mut self, payload: Map<String, Value>) -> Result<(), Farewell> {
        if self.authority.is_some() {
            return Err(Closing::new(Closing::TOO_MANY_INITS, "Too many initialisation requests").into());
        }
        let given = payload
            .iter()
            .find(|(name, value)| name.eq_ignore_ascii_case("authorization") && !value.is_null());
        let authority = match given {
            Some((_, value)) => {
                client::bearer(&self.state.app.identity, value.as_str().unwrap_or_default()).map_err(forbidden)?
            }
            None => self.by_header.clone(),
        };
        authority.check().map_err(forbidden)?;
        self.authority = Some(authority);
        self.say(&ServerMessage::ConnectionAck).await
    }

    async fn begin(&mut self, id: Arc<str>, parameters: Parameters) -> Result<(), Farewell> {
        let Some(authority) = &self.authority else {
            return Err(Closing::new(Closing::UNAUTHORIZED, "Unauthorized").into());
        };
        if id.len() > LONGEST_NAME {
            let reason = format!("An operation's id has at most {LONGEST_NAME} bytes");
            return Err(Closing::new(Closing::INVALID, reason).into());
        }
        if self.operations.contains_key(&id) {
            let shown: String = id.chars().take(40).collect();
            let reason = format!("Subscriber for {shown} already exists");
            return Err(Closing::new(Closing::TAKEN, reason).into());
        }
        authority.check().map_err(forbidden)?;
        let authority = authority.clone();
        let request = async_graphql::Request::from(parameters).data(self.client);
        let admitted = self.state.executor.prepare(request, true).and_then(|prepared| {
            let cost = prepared.is_subscription().then_some(prepared.cost());
            let admitted = self
                .connection
                .begin(cost)
                .map_err(|error| Box::new(ServerError::from(error)))?;
            Ok((prepared, admitted))
        });
        let (prepared, admitted) = match admitted {
            Ok(admitted) => admitted,
            Err(error) => {
                let payload = &[*error];
                return self.say(&ServerMessage::Error { id: &id, payload }).await;
            }
        };
        self.begun += 1;
        let lasts = prepared.is_subscription();
        let operation = Operation {
            live: self.state.app.live.clone(),
            executor: self.state.executor.clone(),
            prepared,
            authority,
            admitted,
            patience: None,
        };
        let tag = (id.clone(), self.begun);
        let task = tokio::spawn(
            operation
                .run(tag, self.sender.clone())
                .instrument(tracing::Span::current()),
        );
        let running = Running {
            number: self.begun,
            lasts,
            task: task.abort_handle(),
        };
        self.operations.insert(id, running);
        Ok(())
    }

    async fn deliver(&mut self, (id, number): Tag, delivery: Delivery) -> Result<(), Farewell> {
        // The client may have completed it meanwhile, and begun another of the same name.
        if self.operations.get(&id).is_none_or(|running| running.number != number) {
            return Ok(());
        }
        match delivery {
            Delivery::Next(outcome) if outcome.refused => {
                self.operations.remove(&id);
                let payload = &outcome.response.errors;
                self.say(&ServerMessage::Error { id: &id, payload }).await
            }
            Delivery::Next(outcome) => {
                let payload = outcome.to_json().map_err(fault)?;
                let payload = String::from_utf8(payload).map_err(fault)?;
                let payload = RawValue::from_string(payload).map_err(fault)?;
                self.say(&ServerMessage::Next { id: &id, payload }).await
            }
            Delivery::End(End::Completed | End::Refused | End::TooSlow) => {
                self.operations.remove(&id);
                self.say(&ServerMessage::Complete { id: &id }).await
            }
            Delivery::End(End::Overdue(error)) => {
                self.operations.remove(&id);
                let payload = &[error.into()];
                self.say(&ServerMessage::Error { id: &id, payload }).await
            }
            Delivery::End(End::Unauthorized(error)) => Err(forbidden(error).into()),
            // The conversation hears of that itself.
            Delivery::End(End::Stopping) => Ok(()),
        }
    }
}

fn forbidden(error: ApiError) -> Closing {
    Closing::new(Closing::FORBIDDEN, error.message())
}

fn fault(error: impl std::fmt::Display) -> Farewell {
    let error = ApiError::internal(error);
    Closing::new(Closing::INTERNAL, error.message()).into()
}

/// What can't be read as messages: it is too large, or breaks the rules of WebSockets.
fn broken(error: axum::Error, allowed: usize) -> Farewell {
    use tungstenite::error::ProtocolError::ResetWithoutClosingHandshake;
    match error.into_inner().downcast_ref::<tungstenite::Error>() {
        Some(tungstenite::Error::Protocol(ResetWithoutClosingHandshake)) => Farewell::Gone,
        Some(tungstenite::Error::Capacity(_)) => {
            Closing::new(Closing::TOO_LARGE, format!("A message has at most {allowed} bytes")).into()
        }
        Some(tungstenite::Error::Protocol(_) | tungstenite::Error::Utf8(_)) => {
            Closing::new(Closing::PROTOCOL, "Protocol error").into()
        }
        _ => Farewell::Gone,
    }
}
