//! Who may still come in: bounds on connections and subscriptions, so that nobody uses up the process.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::settings::LiveSettings;
use crate::graphql::errors::{ApiError, Code};

/// Counts what is open in this process.
pub struct Admission {
    settings: LiveSettings,
    open: Mutex<Open>,
    connections: watch::Sender<usize>,
}

#[derive(Default)]
struct Open {
    by_client: HashMap<String, usize>,
    subscriptions: usize,
}

impl Admission {
    /// Nothing is open yet.
    pub fn new(settings: LiveSettings) -> Self {
        Self {
            settings,
            open: Mutex::default(),
            connections: watch::Sender::new(0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a client connect, until what is returned is dropped.
    ///
    /// # Errors
    /// `TOO_MANY_SUBSCRIPTIONS` where the client has too many connections, `SERVICE_BUSY` where the process has.
    pub fn connect(self: &Arc<Self>, address: IpAddr, transport: &'static str) -> Result<Connection, ApiError> {
        let client = client(address);
        let mut open = self.lock();
        if *self.connections.borrow() >= self.settings.connections {
            return Err(ApiError::new(
                Code::ServiceBusy,
                "This server has no room for another live connection; try again in a few seconds.",
            ));
        }
        let count = open.by_client.entry(client.clone()).or_default();
        if *count >= self.settings.connections_per_client {
            return Err(ApiError::new(
                Code::TooManySubscriptions,
                format!(
                    "There are {count} live connections from your address, as many as are allowed. Close some, or put several \
                     subscriptions on one WebSocket."
                ),
            ));
        }
        *count += 1;
        self.connections.send_modify(|connections| *connections += 1);
        metrics::gauge!("praxis_live_connections", "transport" => transport).increment(1.0);
        Ok(Connection {
            admission: self.clone(),
            client,
            transport,
            used: Arc::default(),
        })
    }

    /// Waits until no connection is open.
    pub async fn idle(&self) {
        // The sender is ours, so it is not closed.
        let _ = self
            .connections
            .subscribe()
            .wait_for(|connections| *connections == 0)
            .await;
    }
}

/// One client: an address, and of IPv6 the network that one subscriber has.
fn client(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// A connection that was let in.
pub struct Connection {
    admission: Arc<Admission>,
    client: String,
    transport: &'static str,
    used: Arc<Mutex<Used>>,
}

/// What the operations of a connection take.
#[derive(Default)]
struct Used {
    operations: usize,
    cost: u64,
}

impl Connection {
    /// Lets an operation begin, until what is returned is dropped. `cost` is that of one event of a subscription, and
    /// none for what is answered once.
    ///
    /// # Errors
    /// `TOO_MANY_SUBSCRIPTIONS` and `COST_LIMIT_EXCEEDED` for the connection, `SERVICE_BUSY` for the process.
    pub fn begin(&self, cost: Option<u64>) -> Result<Admitted, ApiError> {
        let settings = &self.admission.settings;
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.operations >= settings.operations {
            return Err(ApiError::new(
                Code::TooManySubscriptions,
                format!(
                    "There are {} operations under way on this connection, as many as are allowed. Complete some first.",
                    used.operations
                ),
            ));
        }
        let total = used.cost.saturating_add(cost.unwrap_or(0));
        if total > settings.cost {
            return Err(ApiError::new(
                Code::CostLimitExceeded,
                format!(
                    "The subscriptions of this connection would cost {total} together; at most {} is allowed. Ask for less, \
                     or complete some first.",
                    settings.cost
                ),
            ));
        }
        if cost.is_some() {
            let mut open = self.admission.lock();
            if open.subscriptions >= settings.subscriptions {
                return Err(ApiError::new(
                    Code::ServiceBusy,
                    "This server has no room for another subscription; try again in a few seconds.",
                ));
            }
            open.subscriptions += 1;
            metrics::gauge!("praxis_subscriptions_open", "transport" => self.transport).increment(1.0);
        }
        used.operations += 1;
        used.cost = total;
        Ok(Admitted {
            admission: self.admission.clone(),
            used: self.used.clone(),
            transport: self.transport,
            cost,
        })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let mut open = self.admission.lock();
        if let Some(count) = open.by_client.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                open.by_client.remove(&self.client);
            }
        }
        self.admission.connections.send_modify(|connections| *connections -= 1);
        metrics::gauge!("praxis_live_connections", "transport" => self.transport).decrement(1.0);
    }
}

/// An operation that was let in.
pub struct Admitted {
    admission: Arc<Admission>,
    used: Arc<Mutex<Used>>,
    transport: &'static str,
    cost: Option<u64>,
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.operations -= 1;
        used.cost -= self.cost.unwrap_or(0);
        drop(used);
        if self.cost.is_some() {
            self.admission.lock().subscriptions -= 1;
            metrics::gauge!("praxis_subscriptions_open", "transport" => self.transport).decrement(1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn admission() -> Arc<Admission> {
        Arc::new(Admission::new(LiveSettings {
            connections: 3,
            connections_per_client: 2,
            subscriptions: 3,
            operations: 2,
            cost: 100,
            init_timeout: Duration::ZERO,
            keep_alive: Duration::ZERO,
            patience: Duration::ZERO,
            deadline: Duration::ZERO,
            turns: 1,
        }))
    }

    fn code<T>(result: Result<T, ApiError>) -> Option<Code> {
        result.err().map(|error| error.code())
    }

    #[test]
    fn a_client_has_so_many_connections_and_the_process_too() {
        let admission = admission();
        let connect = |address: &str| admission.connect(address.parse().unwrap(), "websocket");
        let first = connect("192.0.2.1").unwrap();
        let _second = connect("192.0.2.1").unwrap();
        assert_eq!(code(connect("192.0.2.1")), Some(Code::TooManySubscriptions));
        let _third = connect("192.0.2.2").unwrap();
        assert_eq!(code(connect("192.0.2.3")), Some(Code::ServiceBusy));
        drop(first);
        assert!(connect("::ffff:192.0.2.1").is_ok());
        assert!(admission.lock().by_client.contains_key("192.0.2.1"));
    }

    #[test]
    fn neighbours_of_an_ipv6_network_are_one_client() {
        assert_eq!(
            client("2001:db8:1:2:3::4".parse().unwrap()),
            client("2001:db8:1:2:ffff::1".parse().unwrap())
        );
        assert_ne!(
            client("2001:db8:1:2::".parse().unwrap()),
            client("2001:db8:1:3::".parse().unwrap())
        );
    }

    #[test]
    fn a_connection_has_so_many_operations_that_cost_so_much() {
        let admission = admission();
        let connection = admission.connect("192.0.2.1".parse().unwrap(), "websocket").unwrap();
        let other = admission.connect("192.0.2.2".parse().unwrap(), "websocket").unwrap();
        let dear = connection.begin(Some(90)).unwrap();
        assert_eq!(code(connection.begin(Some(11))), Some(Code::CostLimitExceeded));
        let _query = connection.begin(None).unwrap();
        assert_eq!(code(connection.begin(Some(1))), Some(Code::TooManySubscriptions));
        drop(dear);
        let _one = connection.begin(Some(100)).unwrap();
        let _two = other.begin(Some(1)).unwrap();
        let three = other.begin(Some(1)).unwrap();
        let third = admission.connect("192.0.2.2".parse().unwrap(), "sse").unwrap();
        assert_eq!(code(third.begin(Some(1))), Some(Code::ServiceBusy));
        assert!(third.begin(None).is_ok());
        drop(three);
        assert!(third.begin(Some(1)).is_ok());
    }
}
