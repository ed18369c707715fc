//! Serves connections: HTTP/1.1 with upgrades, within bounds on the head of a request, until it is told to stop.
//!
//! hyper's protocol is used by itself. The server of axum sets no bounds, and the builder of hyper-util that chooses between
//! HTTP/1 and HTTP/2 waits for the first bytes without any.

use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower::ServiceExt;

/// From how many bytes on the head of a request, its first line and its headers, is refused unless it is complete.
const HEAD: usize = 64 * 1024;

/// Serves what connects until `stop` is done; then takes no more connections and waits for the requests under way.
///
/// A connection is closed when the head of a request does not arrive within `head_timeout`, which counts from the moment
/// it is awaited: also when nothing at all is sent, and between two requests. Otherwise a caller who sends a letter a minute
/// would hold connections for nothing.
pub async fn serve(mut listener: TcpListener, router: Router, head_timeout: Duration, stop: impl Future<Output = ()>) {
    let mut protocol = http1::Builder::new();
    protocol
        .timer(TokioTimer::new())
        .header_read_timeout(head_timeout)
        .max_buf_size(HEAD);
    // Each connection holds a receiver: it hears that the service stops, and here is heard when the last one is dropped.
    let (stopping, stopped) = watch::channel(());
    let mut stop = pin!(stop);
    loop {
        let (stream, caller) = tokio::select! {
            accepted = Listener::accept(&mut listener) => accepted,
            () = &mut stop => break,
        };
        let service = router.clone().map_request(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(caller));
            request.map(Body::new)
        });
        let connection = protocol
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
            .with_upgrades();
        let mut stopped = stopped.clone();
        tokio::spawn(async move {
            let mut connection = pin!(connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                _ = stopped.changed() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended badly");
            }
        });
    }
    drop((listener, stopped));
    let _ = stopping.send(());
    stopping.closed().await;
}
