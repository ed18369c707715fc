//! Live: what happens, told to those who listen, as it happens.
//!
//! Each process follows the logs in the database, so it makes no difference which process wrote something. A subscriber
//! has a place of its own in a log and reads from there what it missed, so nothing is lost where it is slow or the
//! process was. What is told is loaded at that moment with the rights of the subscriber, and only as long as its access
//! token holds. How messages travel is for [`crate::http`].

pub mod admission;
pub mod authority;
pub mod content;
pub mod feed;
pub mod operation;
pub mod settings;
pub mod submissions;
pub mod subscription;
pub mod turn;

use std::sync::Arc;

use tokio::sync::{Semaphore, watch};

use self::admission::Admission;
use self::content::ContentLog;
use self::feed::Feed;
use self::settings::LiveSettings;
use self::submissions::SubmissionLog;
use self::turn::Turn;
use crate::database::Database;

/// What the subscribers of one process share.
pub struct Live {
    /// The log of content.
    pub changes: Feed<ContentLog>,
    /// The log of submissions.
    pub submissions: Feed<SubmissionLog>,
    /// Who may still come in.
    pub admission: Arc<Admission>,
    /// How connections behave.
    pub settings: LiveSettings,
    turns: Arc<Semaphore>,
    stop: watch::Sender<bool>,
}

impl Live {
    /// What the subscribers of a process with these settings share.
    pub fn new(database: Database, settings: LiveSettings) -> Self {
        let turns = Arc::new(Semaphore::new(settings.turns));
        Self {
            changes: Feed::new(ContentLog(database.clone()), turns.clone()),
            submissions: Feed::new(SubmissionLog(database), turns.clone()),
            admission: Arc::new(Admission::new(settings.clone())),
            turns,
            settings,
            stop: watch::Sender::new(false),
        }
    }

    /// Tells every connection to end.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Tells when connections have to end.
    pub fn stopping(&self) -> Stopping {
        Stopping(self.stop.subscribe())
    }

    /// The turns of one subscription.
    pub fn turn(&self) -> Turn {
        Turn::new(self.turns.clone())
    }
}

/// Tells when connections have to end.
pub struct Stopping(watch::Receiver<bool>);

impl Stopping {
    /// Waits until they have to.
    pub async fn wait(&mut self) {
        // Where nobody can tell any more they have to as well.
        let _ = self.0.wait_for(|stop| *stop).await;
    }
}
