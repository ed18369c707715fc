//! Calls to the server: with a time limit, repeated when the server is away for a moment; and waiting for tasks.

use std::time::{Duration, Instant};

use meilisearch_sdk::errors::{Error, ErrorCode};
use meilisearch_sdk::task_info::TaskInfo;
use meilisearch_sdk::tasks::Task;

use super::Shared;
use crate::SearchError;

/// How patient a call is.
#[derive(Clone, Copy)]
pub struct Patience {
    timeout: Duration,
    attempts: u32,
}

/// For what a reader waits for.
pub const READ: Patience = Patience {
    timeout: Duration::from_secs(3),
    attempts: 2,
};

/// For what nobody waits for, and may be sent twice.
pub const WRITE: Patience = Patience {
    timeout: Duration::from_secs(30),
    attempts: 3,
};

/// For what must not be sent twice.
pub const ONCE: Patience = Patience { attempts: 1, ..WRITE };

/// How long a task may take on the server.
const TASK: Duration = Duration::from_secs(600);

/// Why a call has failed.
pub enum Outcome {
    /// The index or document does not exist.
    Missing(SearchError),
    /// Anything else.
    Failed(SearchError),
}

impl Outcome {
    /// The error, whichever it is.
    pub fn into_error(self) -> SearchError {
        match self {
            Self::Missing(error) | Self::Failed(error) => error,
        }
    }

    /// Takes it as this answer when the index or document is missing.
    pub fn unless_missing<Answer>(self, answer: Answer) -> Result<Answer, SearchError> {
        match self {
            Self::Missing(_) => Ok(answer),
            Self::Failed(error) => Err(error),
        }
    }
}

impl From<Error> for Outcome {
    fn from(error: Error) -> Self {
        let missing = matches!(
            &error,
            Error::Meilisearch(error)
                if matches!(error.error_code, ErrorCode::IndexNotFound | ErrorCode::DocumentNotFound)
        );
        if missing {
            Self::Missing(failed(error))
        } else {
            Self::Failed(failed(error))
        }
    }
}

/// Calls the server.
pub async fn call<Answer, Work>(patience: Patience, work: impl Fn() -> Work) -> Result<Answer, Outcome>
where
    Work: Future<Output = Result<Answer, Error>>,
{
    let mut attempt = 1;
    loop {
        let outcome = match tokio::time::timeout(patience.timeout, work()).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => Outcome::from(error),
            Err(_) => Outcome::Failed(SearchError::Unavailable("it does not answer in time".to_owned())),
        };
        let passing = matches!(outcome, Outcome::Failed(SearchError::Unavailable(_)));
        if !passing || attempt == patience.attempts {
            return Err(outcome);
        }
        tokio::time::sleep(Duration::from_millis(100) * attempt * attempt).await;
        attempt += 1;
    }
}

/// Translates an error of the client.
pub fn failed(error: Error) -> SearchError {
    match error {
        Error::MeilisearchCommunication(_) | Error::HttpError(_) | Error::Timeout => {
            SearchError::Unavailable(error.to_string())
        }
        Error::Meilisearch(error) => SearchError::Engine(error.error_message),
        other => SearchError::Engine(other.to_string()),
    }
}

impl Shared {
    /// Why a reader gets no answer. A missing index is not an empty one: it is to be built.
    pub fn refused(&self, outcome: Outcome) -> SearchError {
        match outcome {
            Outcome::Missing(_) => self.unbuilt(),
            Outcome::Failed(error) => error,
        }
    }

    /// What readers are told while the index is still to be built.
    pub fn unbuilt(&self) -> SearchError {
        SearchError::Unavailable(format!("the index {} is still to be built", self.name))
    }

    /// Waits until the server has done a task. A task that failed or was cancelled is an error.
    pub async fn wait(&self, task: TaskInfo) -> Result<(), SearchError> {
        let number = task.get_task_uid();
        let started = Instant::now();
        let mut pause = Duration::from_millis(5);
        loop {
            let state = call(WRITE, || self.client.get_task(task.clone())).await;
            match state.map_err(Outcome::into_error) {
                Ok(Task::Succeeded { .. }) => return Ok(()),
                Ok(Task::Failed { content }) => {
                    return Err(SearchError::Engine(format!(
                        "task {number}: {}",
                        content.error.error_message
                    )));
                }
                Ok(Task::Enqueued { .. } | Task::Processing { .. }) => {}
                Err(SearchError::Engine(error)) => {
                    // The client can't read cancelled tasks.
                    return Err(SearchError::Engine(format!(
                        "task {number} was cancelled or is unreadable: {error}"
                    )));
                }
                Err(error) => return Err(error),
            }
            if started.elapsed() > TASK {
                return Err(SearchError::Unavailable(format!("task {number} takes too long")));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 3 / 2).min(Duration::from_millis(500));
        }
    }
}
