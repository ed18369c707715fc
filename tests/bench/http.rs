//! The load generator: persistent HTTP/1.1 connections without anything between them and the socket.

use std::io::{Error, ErrorKind, Result};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::statistics::percentile;

/// A request, ready to be sent.
pub type Request = Vec<u8>;

/// A GraphQL query by POST.
pub fn query(text: &str, variables: &Value) -> Request {
    post(text, variables, "")
}

/// A GraphQL query of somebody who is signed in.
pub fn query_as(text: &str, variables: &Value, token: &str) -> Request {
    post(text, variables, &format!("Authorization: Bearer {token}\r\n"))
}

fn post(text: &str, variables: &Value, headers: &str) -> Request {
    let headers = format!("{headers}Accept: application/graphql-response+json\r\n");
    send("/graphql", &json!({ "query": text, "variables": variables }), &headers)
}

/// A POST of JSON to another path.
pub fn post_to(path: &str, body: &Value) -> Request {
    send(path, body, "")
}

fn send(path: &str, body: &Value, headers: &str) -> Request {
    let body = body.to_string();
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{headers}\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// A GET.
pub fn get(path: &str) -> Request {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").into_bytes()
}

/// A connection that is kept.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects to a port of this machine.
    pub async fn open(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(256 * 1024),
        })
    }

    /// Sends a request and gives the body of the answer, which must have the status 200.
    pub async fn ask(&mut self, request: &[u8]) -> Result<&[u8]> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let mut searched = 0;
        let body = loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            let found = self.buffer[searched..]
                .windows(4)
                .position(|window| window == b"\r\n\r\n");
            if let Some(found) = found {
                break searched + found + 4;
            }
            searched = self.buffer.len().saturating_sub(3);
        };
        let head = String::from_utf8_lossy(&self.buffer[..body]);
        if !head.starts_with("HTTP/1.1 200") {
            return Err(Error::other(format!("the answer is not 200: {head}")));
        }
        let length: usize = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .and_then(|(_, value)| value.trim().parse().ok())
            .ok_or_else(|| Error::other("the answer has no length"))?;
        while self.buffer.len() < body + length {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(&self.buffer[body..body + length])
    }

    /// Asks a GraphQL query and gives its `data`.
    pub async fn data(&mut self, text: &str, variables: Value) -> Value {
        let answer = self.ask(&query(text, &variables)).await.expect("the server answers");
        let mut answer: Value = serde_json::from_slice(answer).expect("the answer is JSON");
        assert!(answer.get("errors").is_none(), "{answer:#}");
        answer["data"].take()
    }
}

/// What became of a round of load.
pub struct Round {
    seconds: f64,
    sorted: Vec<Duration>,
}

impl Round {
    /// How many requests were answered.
    pub fn requests(&self) -> usize {
        self.sorted.len()
    }

    /// Requests answered in a second.
    pub fn rate(&self) -> f64 {
        self.sorted.len() as f64 / self.seconds
    }

    /// The latency that this share of the requests stayed within, in milliseconds.
    pub fn percentile(&self, share: f64) -> f64 {
        percentile(&self.sorted, share)
    }
}

/// Lets this many callers ask for this long, each the next request as soon as the last is answered.
pub async fn load(port: u16, requests: &Arc<Vec<Request>>, callers: usize, lasting: Duration) -> Round {
    let mut connections = Vec::with_capacity(callers);
    for _ in 0..callers {
        connections.push(Connection::open(port).await.expect("the server listens"));
    }
    let begun = Instant::now();
    let end = begun + lasting;
    let tasks: Vec<_> = connections
        .into_iter()
        .enumerate()
        .map(|(caller, mut connection)| {
            let requests = requests.clone();
            tokio::spawn(async move {
                let mut latencies = Vec::new();
                let mut next = caller;
                loop {
                    let asked = Instant::now();
                    if asked >= end {
                        return latencies;
                    }
                    let request = &requests[next % requests.len()];
                    connection.ask(request).await.expect("the server answers");
                    latencies.push(asked.elapsed());
                    next += callers;
                }
            })
        })
        .collect();
    let mut sorted = Vec::new();
    for task in tasks {
        sorted.extend(task.await.expect("a caller ends"));
    }
    let seconds = begun.elapsed().as_secs_f64();
    sorted.sort();
    Round { seconds, sorted }
}

/// Lets one caller send each request once, and gives the sorted latencies.
pub async fn each_once(port: u16, requests: &[Request]) -> Vec<Duration> {
    let mut connection = Connection::open(port).await.expect("the server listens");
    let mut latencies = Vec::with_capacity(requests.len());
    for request in requests {
        let asked = Instant::now();
        connection.ask(request).await.expect("the server answers");
        latencies.push(asked.elapsed());
    }
    latencies.sort();
    latencies
}
