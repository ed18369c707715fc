//! Live connections from outside: a WebSocket client that speaks `graphql-transport-ws`, and server-sent events.

use std::time::Duration;

use futures::stream::BoxStream;
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::server::Server;

/// How long something may take that has to come.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long nothing may come where nothing has to.
const QUIET: Duration = Duration::from_millis(1200);

/// A WebSocket that was refused: the HTTP status, and the code of the error.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// `extensions.code`.
    pub code: String,
}

/// A WebSocket to the server.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Server {
    /// Opens a WebSocket with these headers beside those that it needs, without introducing itself.
    pub async fn try_socket(&self, headers: &[(&'static str, &str)]) -> Result<Socket, Refusal> {
        let address = format!("{}/graphql", self.url.replacen("http", "ws", 1));
        let mut request = address.into_client_request().expect("the address is one");
        let given = request.headers_mut();
        given.insert(
            "sec-websocket-protocol",
            "graphql-transport-ws".parse().expect("a header"),
        );
        for (name, value) in headers {
            given.insert(*name, value.parse().expect("a header"));
        }
        match tokio_tungstenite::connect_async(request).await {
            Ok((stream, _)) => Ok(Socket { stream }),
            Err(Error::Http(response)) => {
                let body = response.body().as_deref().unwrap_or_default();
                let body: Value = serde_json::from_slice(body).expect("the refusal is JSON");
                Err(Refusal {
                    status: response.status().as_u16(),
                    code: body["errors"][0]["extensions"]["code"]
                        .as_str()
                        .expect("a code")
                        .to_owned(),
                })
            }
            Err(other) => panic!("{other}"),
        }
    }

    /// Opens a WebSocket without introducing itself.
    pub async fn bare_socket(&self) -> Socket {
        self.try_socket(&[]).await.expect("there is room")
    }

    /// Opens a connection that can hold little that was not read.
    async fn narrow(&self) -> TcpStream {
        let narrow = TcpSocket::new_v4().expect("there are sockets");
        narrow.set_recv_buffer_size(4096).expect("it can be narrow");
        let address = self.url.trim_start_matches("http://").parse().expect("an address");
        narrow.connect(address).await.expect("it listens")
    }

    /// Opens a WebSocket that can hold little that was not read, and introduces itself as nobody.
    pub async fn narrow_socket(&self) -> Socket {
        let address = format!("{}/graphql", self.url.replacen("http", "ws", 1));
        let mut request = address.into_client_request().expect("the address is one");
        let protocol = "graphql-transport-ws".parse().expect("a header");
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let (stream, _) = tokio_tungstenite::client_async(request, MaybeTlsStream::Plain(self.narrow().await))
            .await
            .expect("there is room");
        let mut socket = Socket { stream };
        socket.send(json!({ "type": "connection_init" })).await;
        assert_eq!(socket.message().await, json!({ "type": "connection_ack" }));
        socket
    }

    /// Asks for server-sent events over a connection that can hold little that was not read; they are to be read by the
    /// caller.
    pub async fn narrow_request(&self, query: &str) -> TcpStream {
        let body = json!({ "query": query }).to_string();
        let request = format!(
            "POST /graphql HTTP/1.1\r\nhost: praxis\r\naccept: text/event-stream\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = self.narrow().await;
        stream.write_all(request.as_bytes()).await.expect("it can be sent");
        stream
    }

    /// Opens a WebSocket and introduces itself, with an access token or as nobody.
    pub async fn socket(&self, token: Option<&str>) -> Socket {
        let mut socket = self.bare_socket().await;
        let payload = match token {
            Some(token) => json!({ "Authorization": format!("Bearer {token}") }),
            None => json!({}),
        };
        socket
            .send(json!({ "type": "connection_init", "payload": payload }))
            .await;
        assert_eq!(socket.message().await, json!({ "type": "connection_ack" }));
        socket
    }

    /// Asks for server-sent events.
    pub async fn events(&self, token: Option<&str>, query: &str) -> EventStream {
        let mut request = self
            .client
            .post(format!("{}/graphql", self.url))
            .header("accept", "text/event-stream");
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let response = request
            .json(&json!({ "query": query }))
            .send()
            .await
            .expect("it answers");
        let status = response.status().as_u16();
        let media = response.headers()["content-type"].to_str().expect("a text").to_owned();
        EventStream {
            status,
            media,
            chunks: response
                .bytes_stream()
                .map(|chunk| chunk.map(|chunk| chunk.to_vec()))
                .boxed(),
            read: String::new(),
        }
    }
}

impl Socket {
    /// Says something.
    pub async fn send(&mut self, message: Value) {
        self.send_text(&message.to_string()).await;
    }

    /// Says anything.
    pub async fn send_text(&mut self, text: &str) {
        self.stream.send(Message::text(text)).await.expect("it can be sent");
    }

    /// Says something that is no text.
    pub async fn send_bytes(&mut self, bytes: &[u8]) {
        self.stream
            .send(Message::binary(bytes.to_vec()))
            .await
            .expect("it can be sent");
    }

    /// Begins an operation.
    pub async fn subscribe(&mut self, id: &str, query: &str) {
        self.send(json!({ "type": "subscribe", "id": id, "payload": { "query": query } }))
            .await;
    }

    /// Begins a subscription and waits until the server listens for it.
    pub async fn listen(&mut self, id: &str, query: &str) {
        self.subscribe(id, query).await;
        self.settle().await;
    }

    /// Waits until the server has begun what it was asked for before: it answers a query afterwards, and some time later
    /// every subscription has its place.
    pub async fn settle(&mut self) {
        self.subscribe("settle", "{ __typename }").await;
        let answer = self.message().await;
        assert_eq!(answer["id"], "settle", "{answer:#}");
        assert_eq!(self.message().await, json!({ "type": "complete", "id": "settle" }));
        tokio::time::sleep(Duration::from_millis(400)).await;
    }

    async fn frame(&mut self) -> Option<Message> {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(message)) => return Some(message),
                Some(Err(_)) | None => return None,
            }
        }
    }

    /// What the server says next.
    #[track_caller]
    pub fn message(&mut self) -> impl Future<Output = Value> {
        let place = std::panic::Location::caller();
        async move {
            match timeout(PATIENCE, self.frame()).await {
                Ok(Some(Message::Text(text))) => serde_json::from_str(&text).expect("a message is JSON"),
                other => panic!("no message but {other:?}, at {place}"),
            }
        }
    }

    /// The data of the next event of an operation.
    #[track_caller]
    pub fn data(&mut self, id: &str) -> impl Future<Output = Value> {
        let message = self.message();
        async move {
            let message = message.await;
            assert_eq!(message["type"], "next", "{message:#}");
            assert_eq!(message["id"], id, "{message:#}");
            assert!(message["payload"].get("errors").is_none(), "{message:#}");
            message["payload"]["data"].clone()
        }
    }

    /// The code of the error that an operation ends with.
    #[track_caller]
    pub fn refused(&mut self, id: &str) -> impl Future<Output = String> {
        let message = self.message();
        async move {
            let message = message.await;
            assert_eq!(message["type"], "error", "{message:#}");
            assert_eq!(message["id"], id, "{message:#}");
            message["payload"][0]["extensions"]["code"]
                .as_str()
                .expect("a code")
                .to_owned()
        }
    }

    /// Expects that the server says nothing for some time.
    pub async fn is_quiet(&mut self) {
        if let Ok(message) = timeout(QUIET, self.frame()).await {
            panic!("unexpected: {message:?}");
        }
    }

    /// The code and reason that the server closes with, whatever it says before.
    pub async fn closed(&mut self) -> (u16, String) {
        let closing = async {
            loop {
                match self.frame().await {
                    Some(Message::Close(Some(frame))) => return (frame.code.into(), frame.reason.to_string()),
                    Some(Message::Text(_)) => {}
                    other => panic!("not closed but {other:?}"),
                }
            }
        };
        timeout(PATIENCE, closing).await.expect("the server closes")
    }
}

/// Server-sent events as they arrive.
pub struct EventStream {
    /// The HTTP status.
    pub status: u16,
    /// The media type.
    pub media: String,
    chunks: BoxStream<'static, Result<Vec<u8>, reqwest::Error>>,
    read: String,
}

impl EventStream {
    /// The next event: its name and its data. None where the stream has ended.
    pub async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let event = event.to_owned();
                self.read = rest.to_owned();
                let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
                // A sign of life is a comment and has no fields.
                let Some(name) = field("event:") else { continue };
                let data = match field("data:").expect("an event has data") {
                    "" => Value::Null,
                    data => serde_json::from_str(data).expect("data is JSON"),
                };
                return Some((name.to_owned(), data));
            }
            match timeout(PATIENCE, self.chunks.next()).await.expect("there is something") {
                Some(Ok(chunk)) => self.read += std::str::from_utf8(&chunk).expect("events are text"),
                Some(Err(_)) | None => return None,
            }
        }
    }

    /// The data of the next event.
    pub async fn data(&mut self) -> Value {
        let (name, data) = self.next().await.expect("there is another event");
        assert_eq!(name, "next", "{data:#}");
        assert!(data.get("errors").is_none(), "{data:#}");
        data["data"].clone()
    }

    /// Everything as it is sent, to the end.
    pub async fn raw(mut self) -> String {
        while let Some(chunk) = timeout(PATIENCE, self.chunks.next()).await.expect("it ends") {
            self.read += std::str::from_utf8(&chunk.expect("it is complete")).expect("events are text");
        }
        self.read
    }
}
