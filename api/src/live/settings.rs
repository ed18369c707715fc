//! How live connections behave.

use std::time::Duration;

use crate::config::Config;

/// How live connections behave.
#[derive(Clone, Debug)]
pub struct LiveSettings {
    /// Most connections of a process: WebSockets and event streams.
    pub connections: usize,
    /// Most of them from one client address.
    pub connections_per_client: usize,
    /// Most subscriptions of a process.
    pub subscriptions: usize,
    /// Most operations under way on one connection.
    pub operations: usize,
    /// What the subscriptions of one connection may cost together, as one query may.
    pub cost: u64,
    /// How long a WebSocket may take to introduce itself.
    pub init_timeout: Duration,
    /// How often a sign of life is sent, and asked for on a WebSocket.
    pub keep_alive: Duration,
    /// How long a message may take to be accepted by the other side.
    pub patience: Duration,
    /// How long it may take to put an event into the form that was asked for.
    pub deadline: Duration,
    /// For how many subscriptions events are loaded at the same time: fewer than there are connections to the database,
    /// so that a burst of events does not keep requests waiting.
    pub turns: usize,
}

impl From<&Config> for LiveSettings {
    fn from(config: &Config) -> Self {
        Self {
            connections: config.max_live_connections,
            connections_per_client: config.max_live_connections_per_client,
            subscriptions: config.max_subscriptions,
            operations: config.max_subscriptions_per_connection,
            cost: config.max_cost,
            init_timeout: config.live_init_timeout,
            keep_alive: config.live_keep_alive,
            patience: config.live_patience,
            deadline: config.execution_timeout,
            turns: usize::try_from(config.database_connections / 2).unwrap_or(1).max(1),
        }
    }
}
