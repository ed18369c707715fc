//! Turns: for how many subscriptions an event is loaded at the same time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The turns of one subscription. It takes one before each event and gives it back when the event has been loaded.
pub struct Turn {
    all: Arc<Semaphore>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    begun: bool,
    held: Option<(OwnedSemaphorePermit, Instant)>,
}

impl Turn {
    /// Turns out of these.
    pub fn new(all: Arc<Semaphore>) -> Self {
        Self {
            all,
            state: Mutex::default(),
        }
    }

    /// Waits for a turn and takes it.
    pub async fn take(&self) {
        // The semaphore is never closed; if it were, nothing would have to wait.
        let permit = self.all.clone().acquire_owned().await.ok();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.begun = true;
        state.held = permit.map(|permit| (permit, Instant::now()));
    }

    /// Gives the turn back.
    pub fn end(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).held = None;
    }

    /// Whether there ever was an event.
    pub fn has_begun(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).begun
    }

    /// Whether the turn has been held for longer than this.
    pub fn is_longer_than(&self, limit: Duration) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.held.as_ref().is_some_and(|(_, since)| since.elapsed() > limit)
    }
}
