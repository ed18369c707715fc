//! `praxis serve`: the service.

use std::net::SocketAddr;
use std::sync::Arc;

use clap::Args;
use tokio::net::TcpListener;

use super::{CommandError, say};
use crate::app::App;
use crate::config::{Config, Metrics};
use crate::curation::publish::is_empty;
use crate::exchange::sample;
use crate::graphql::execution::Executor;
use crate::graphql::limits::Limits;
use crate::http::{self, HttpState};
use crate::service::{self, Followers, StartError, Store};

/// Migrates the database, brings the search index in step, and serves the API.
#[derive(Args, Debug)]
pub struct ServeArguments {
    /// Load the sample collection into the database if it is empty.
    #[arg(long)]
    sample: bool,
}

/// Runs the command until SIGTERM or SIGINT.
///
/// # Errors
/// Where a part of the service can't be used or the address can't be listened on.
pub async fn run(config: &Config, arguments: ServeArguments) -> Result<(), CommandError> {
    let metrics = http::metrics::install()
        .map_err(|error| CommandError::Failed(format!("the metrics can't be recorded: {error}")))?;
    let listener = listen(config.addr, "--addr or PRAXIS_ADDR").await?;
    if let Metrics::At(address) = config.metrics {
        let listener = listen(address, "--metrics or PRAXIS_METRICS").await?;
        let router = http::metrics::router(metrics.clone());
        // It ends with the process, so that the last requests can be seen.
        tokio::spawn(http::server::serve(
            listener,
            router,
            config.head_timeout,
            std::future::pending(),
        ));
    }
    let store = Store::open(config).await?;
    if arguments.sample {
        load_sample(&store).await?;
    }
    let app = Arc::new(service::app(config, store).await?);
    let identity = app.database.identity().await.map_err(StartError::Database)?;
    bring_in_step(&app, identity).await;
    let executor = Executor::new(app.clone(), Limits::from(config), config.execution_timeout)
        .map_err(|error| CommandError::Failed(error.message().to_owned()))?;
    let router = http::router(HttpState::new(app.clone(), executor, metrics, config), config);
    let followers = Followers::start(&app, identity);
    let address = listener.local_addr().map_err(failed)?;
    greet(config, address);
    let (stopping, stopped) = tokio::sync::watch::channel(false);
    let live = app.live.clone();
    tokio::spawn(async move {
        signal().await;
        tracing::info!("stopping: waiting for the requests under way");
        live.stop();
        let _ = stopping.send(true);
    });
    let mut drain = stopped.clone();
    let mut begin = stopped;
    let server = http::server::serve(listener, router, config.head_timeout, async move {
        let _ = begin.wait_for(|stop| *stop).await;
    });
    tokio::select! {
        () = async {
            server.await;
            // The server forgets a connection once it is a WebSocket.
            app.live.admission.idle().await;
        } => {}
        () = async {
            let _ = drain.wait_for(|stop| *stop).await;
            tokio::time::sleep(config.drain_timeout).await;
        } => tracing::warn!("some requests did not end in time and were cut off"),
    }
    followers.stop().await;
    tracing::info!("stopped");
    Ok(())
}

async fn listen(address: SocketAddr, setting: &str) -> Result<TcpListener, CommandError> {
    TcpListener::bind(address).await.map_err(|error| {
        CommandError::Failed(format!(
            "can't listen on {address}: {error}. Choose another address with {setting}."
        ))
    })
}

fn failed(error: std::io::Error) -> CommandError {
    CommandError::Failed(format!("the server failed: {error}"))
}

async fn load_sample(store: &Store) -> Result<(), CommandError> {
    let lock = store.database.lock_start().await.map_err(StartError::Database)?;
    if !is_empty(store.database.read()).await.map_err(StartError::Database)? {
        return Ok(());
    }
    let outcome = sample::load(&store.database, &store.vocabulary)
        .await
        .map_err(StartError::Sample)?;
    lock.release().await.map_err(StartError::Database)?;
    tracing::info!(items = outcome.created, "sample collection loaded");
    Ok(())
}

/// Brings each index in step before the first request. An engine that is away does not keep the service from starting:
/// its follower tries again, and everything but search works meanwhile.
async fn bring_in_step(app: &App, identity: uuid::Uuid) {
    for engine in app.search.engines() {
        match service::follower(app, engine.clone(), identity).catch_up().await {
            Ok(0) => {}
            Ok(written) => {
                tracing::info!(
                    engine = engine.index.name(),
                    documents = written,
                    "index brought in step"
                );
            }
            Err(error) => tracing::warn!(
                engine = engine.index.name(),
                %error,
                "the index can't be brought in step yet"
            ),
        }
    }
}

fn greet(config: &Config, address: SocketAddr) {
    tracing::info!(%address, "serving");
    let explorer = format!("{}/graphql", config.public_url);
    let metrics = match config.metrics {
        Metrics::Public => format!("http://{address}/metrics"),
        Metrics::At(address) => format!("http://{address}/metrics"),
        Metrics::Off => "off".to_owned(),
    };
    say(&format!(
        "\nPraxis is ready.\n\n  Explorer   {explorer}\n  Health     http://{address}/health/ready\n  Metrics    {metrics}\n\nA first query:\n\n  curl -s http://{address}/graphql -H 'Content-Type: application/json' \\\n    -d '{{\"query\":\"{{ search(query: \\\"helth budget\\\", first: 3) {{ totalCount nodes {{ __typename title }} }} }}\"}}'\n"
    ));
}

async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = tokio::signal::ctrl_c() => {}
                }
            }
            Err(_) => {
                let _ = tokio::signal::ctrl_c().await;
            }
        }
    }
    #[cfg(not(unix))]
    {
        let _ = tokio::signal::ctrl_c().await;
    }
}
