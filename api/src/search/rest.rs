//! A rest for an engine that did not answer, so that an outage does not cost every search its patience.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long it is.
const LENGTH: Duration = Duration::from_secs(5);

/// When an engine may be asked again; at any time where it has not failed.
#[derive(Debug, Default)]
pub struct Rest(Mutex<Option<Instant>>);

impl Rest {
    /// Whether the engine may be asked. Of those who ask after a rest one is told so, and tries the engine; for the others, there is
    /// another rest meanwhile.
    pub fn is_over(&self, now: Instant) -> bool {
        let mut until = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match *until {
            Some(end) if now < end => false,
            Some(_) => {
                *until = Some(now + LENGTH);
                true
            }
            None => true,
        }
    }

    /// Begins a rest. Says whether the engine had answered before.
    pub fn begin(&self, now: Instant) -> bool {
        let mut until = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        until.replace(now + LENGTH).is_none()
    }

    /// Ends it: the engine has answered. Says whether there was one.
    pub fn end(&self) -> bool {
        let mut until = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        until.take().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_that_did_not_answer_is_tried_by_one_caller_after_each_rest() {
        let (rest, begun) = (Rest::default(), Instant::now());
        assert!(rest.is_over(begun) && rest.is_over(begun), "nothing has failed");
        assert!(rest.begin(begun), "that is news");
        assert!(!rest.is_over(begun) && !rest.is_over(begun + LENGTH / 2));
        let over = begun + LENGTH;
        assert!(rest.is_over(over), "one tries");
        assert!(!rest.is_over(over) && !rest.is_over(over), "the others don't wait");
        assert!(!rest.begin(over), "that is no news");
        assert!(rest.is_over(over + LENGTH));
        assert!(rest.end(), "it has answered");
        assert!(!rest.end());
        assert!(rest.is_over(over + LENGTH), "everybody asks it again");
    }
}
