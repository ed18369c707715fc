//! An operation under way on a live connection: executes in a task of its own, so that a connection that does not take
//! what it is sent never holds up a statement, and checks whenever it tells something whether it still may.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::Live;
use super::admission::Admitted;
use super::authority::Authority;
use crate::graphql::errors::{ApiError, Code};
use crate::graphql::execution::{Executor, Outcome, Prepared};

/// How often is looked whether the authority still holds, where nothing is told meanwhile.
const CHECK: Duration = Duration::from_secs(1);

/// What an operation has to say.
pub enum Delivery {
    /// One answer: the only one of a query or mutation, or one event of a subscription.
    Next(Outcome),
    /// There is nothing more.
    End(End),
}

/// Why an operation ended.
pub enum End {
    /// There is nothing more to say.
    Completed,
    /// Its request was refused, which was said.
    Refused,
    /// The authority has ended.
    Unauthorized(ApiError),
    /// An event could not be loaded in time.
    Overdue(ApiError),
    /// What was said was not taken in time.
    TooSlow,
    /// The process stops.
    Stopping,
}

/// An operation that was let in.
pub struct Operation {
    /// What the subscribers of the process share.
    pub live: Arc<Live>,
    /// Executes it.
    pub executor: Executor,
    /// What is to be executed.
    pub prepared: Prepared,
    /// On whose authority.
    pub authority: Authority,
    /// Its admission.
    pub admitted: Admitted,
    /// How long an answer may wait to be taken; as long as the connection waits where it is missing.
    pub patience: Option<Duration>,
}

impl Operation {
    /// Runs to the end, or until nobody takes what is said any more.
    pub async fn run<T: Clone>(self, tag: T, sender: mpsc::Sender<(T, Delivery)>) {
        let stopped = sender.clone();
        tokio::select! {
            () = stopped.closed() => {}
            () = self.tell(tag, sender) => {}
        }
    }

    async fn tell<T: Clone>(self, tag: T, sender: mpsc::Sender<(T, Delivery)>) {
        let patience = self.patience;
        let end = Delivery::End(self.follow(&tag, &sender).await);
        let said = sender.send((tag, end));
        match patience {
            // Nobody took the answer before it either.
            Some(patience) => drop(timeout(patience, said).await),
            None => drop(said.await),
        }
    }

    async fn follow<T: Clone>(self, tag: &T, sender: &mpsc::Sender<(T, Delivery)>) -> End {
        // It is given back when this ends, whatever becomes of the connection.
        let _admitted = self.admitted;
        let lasts = self.prepared.is_subscription();
        let turn = Arc::new(self.live.turn());
        let mut outcomes = self
            .executor
            .stream(self.prepared, self.authority.actor().clone(), turn.clone());
        let mut check = interval(CHECK);
        check.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut stop = self.live.stopping();
        loop {
            let outcome = tokio::select! {
                outcome = outcomes.next() => outcome,
                _ = check.tick(), if lasts => {
                    if let Err(error) = self.authority.check() {
                        return End::Unauthorized(error);
                    }
                    if turn.is_longer_than(self.live.settings.deadline) {
                        return End::Overdue(ApiError::new(
                            Code::ExecutionTimeout,
                            format!(
                                "An event took longer than {} ms to load; ask for smaller pages or fewer nested lists.",
                                self.live.settings.deadline.as_millis()
                            ),
                        ));
                    }
                    continue;
                }
                // What is answered once is answered yet.
                () = stop.wait(), if lasts => return End::Stopping,
            };
            let Some(outcome) = outcome else {
                return End::Completed;
            };
            turn.end();
            // It may have ended while the event was loaded. A mutation that ends it is answered yet.
            if lasts && let Err(error) = self.authority.check() {
                return End::Unauthorized(error);
            }
            let refused = outcome.refused;
            let said = sender.send((tag.clone(), Delivery::Next(outcome)));
            let taken = match self.patience {
                Some(patience) => timeout(patience, said).await.is_ok(),
                None => {
                    // Where nobody listens any more the caller ends this.
                    let _ = said.await;
                    true
                }
            };
            if !taken {
                return End::TooSlow;
            }
            metrics::counter!("praxis_live_answers_total").increment(1);
            if refused {
                return End::Refused;
            }
        }
    }
}
