//! A feed: one follower of a log for all subscribers of a process.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::DbErr;
use tokio::sync::{Semaphore, broadcast, watch};

/// How often the log is looked at while somebody listens.
const INTERVAL: Duration = Duration::from_millis(200);
/// How long to wait after a failure.
const PAUSE: Duration = Duration::from_secs(1);
/// How many entries are read at a time.
const PAGE: u64 = 100;
/// How many pages are kept for subscribers that are behind; who is further behind reads the log itself.
const KEPT: usize = 32;

/// A log with a total order, in which nothing ever appears before what was read already.
pub trait Log: Send + Sync + 'static {
    /// What stands in it.
    type Entry: Send + Sync + 'static;

    /// The place of an entry.
    fn place(entry: &Self::Entry) -> i64;

    /// The last place.
    fn last(&self) -> impl Future<Output = Result<i64, DbErr>> + Send;

    /// The first entries after a place.
    fn read_after(&self, place: i64, limit: u64) -> impl Future<Output = Result<Vec<Self::Entry>, DbErr>> + Send;
}

/// What was read at once: all that stands in the log after one place, up to the last entry.
struct Page<E> {
    after: i64,
    entries: Vec<Arc<E>>,
}

/// One follower of a log for all subscribers of a process.
pub struct Feed<L: Log> {
    log: Arc<L>,
    turns: Arc<Semaphore>,
    pages: broadcast::Sender<Arc<Page<L::Entry>>>,
}

impl<L: Log> Feed<L> {
    /// A feed of this log. Subscribers that read it themselves do so in these turns.
    pub fn new(log: L, turns: Arc<Semaphore>) -> Self {
        Self {
            log: Arc::new(log),
            turns,
            pages: broadcast::Sender::new(KEPT),
        }
    }

    /// Follows the log until told to stop. Where nobody listens it is not looked at.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        let mut place = None;
        loop {
            let pause = if self.pages.receiver_count() == 0 {
                place = None;
                INTERVAL
            } else {
                match self.turn(&mut place).await {
                    Ok(true) => Duration::ZERO,
                    Ok(false) => INTERVAL,
                    Err(error) => {
                        tracing::warn!(%error, "a log can't be followed yet");
                        PAUSE
                    }
                }
            };
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Reads one page and passes it on. Says whether there may be another at once.
    async fn turn(&self, place: &mut Option<i64>) -> Result<bool, DbErr> {
        let Some(after) = *place else {
            let last = self.log.last().await?;
            *place = Some(last);
            // Who began to listen before now sees by this that something may have come before.
            let _ = self.pages.send(Arc::new(Page {
                after: last,
                entries: Vec::new(),
            }));
            return Ok(false);
        };
        let entries = self.log.read_after(after, PAGE).await?;
        let Some(last) = entries.last() else {
            return Ok(false);
        };
        *place = Some(L::place(last));
        let full = entries.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX);
        let entries = entries.into_iter().map(Arc::new).collect();
        // Nobody to hear it is no failure.
        let _ = self.pages.send(Arc::new(Page { after, entries }));
        Ok(full)
    }

    /// Begins to listen: from a place in the log, or from now on.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn listen(&self, after: Option<i64>) -> Result<Listener<L>, DbErr> {
        // Pages are received from before the place is read, so that there is nothing between them.
        let pages = self.pages.subscribe();
        let place = match after {
            Some(after) => after,
            None => self.log.last().await?,
        };
        Ok(Listener {
            log: self.log.clone(),
            turns: self.turns.clone(),
            pages,
            place,
            waiting: VecDeque::new(),
            behind: after.is_some(),
        })
    }
}

/// A subscriber's place in a log.
pub struct Listener<L: Log> {
    log: Arc<L>,
    turns: Arc<Semaphore>,
    pages: broadcast::Receiver<Arc<Page<L::Entry>>>,
    place: i64,
    waiting: VecDeque<Arc<L::Entry>>,
    behind: bool,
}

impl<L: Log> Listener<L> {
    /// The next entry; none once the process stops.
    pub async fn next(&mut self) -> Option<Arc<L::Entry>> {
        loop {
            if let Some(entry) = self.waiting.pop_front() {
                self.place = L::place(&entry);
                return Some(entry);
            }
            if self.behind {
                let turn = self.turns.acquire().await;
                let read = self.log.read_after(self.place, PAGE).await;
                drop(turn);
                match read {
                    Ok(entries) => {
                        self.behind = entries.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX);
                        self.waiting.extend(entries.into_iter().map(Arc::new));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "a subscriber can't catch up yet");
                        tokio::time::sleep(PAUSE).await;
                    }
                }
                continue;
            }
            match self.pages.recv().await {
                Ok(page) if page.after <= self.place => {
                    let news = page.entries.iter().filter(|entry| L::place(entry) > self.place);
                    self.waiting.extend(news.cloned());
                }
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => self.behind = true,
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }

    /// Puts an entry back that could not be told, to be told after a pause.
    pub async fn again(&mut self, entry: Arc<L::Entry>) {
        self.waiting.push_front(entry);
        tokio::time::sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// A log in memory that grows while it is followed.
    #[derive(Clone, Default)]
    struct Numbers(Arc<Mutex<Vec<i64>>>);

    impl Numbers {
        fn write(&self, count: i64) {
            let mut all = self.0.lock().unwrap();
            let last = all.last().copied().unwrap_or(0);
            all.extend(last + 1..=last + count);
        }
    }

    impl Log for Numbers {
        type Entry = i64;

        fn place(entry: &i64) -> i64 {
            *entry
        }

        async fn last(&self) -> Result<i64, DbErr> {
            Ok(self.0.lock().unwrap().last().copied().unwrap_or(0))
        }

        async fn read_after(&self, place: i64, limit: u64) -> Result<Vec<i64>, DbErr> {
            let all = self.0.lock().unwrap();
            let limit = usize::try_from(limit).unwrap();
            Ok(all
                .iter()
                .copied()
                .filter(|number| *number > place)
                .take(limit)
                .collect())
        }
    }

    async fn hear(listener: &mut Listener<Numbers>, count: usize) -> Vec<i64> {
        let mut heard = Vec::new();
        while heard.len() < count {
            let next = tokio::time::timeout(Duration::from_secs(60), listener.next()).await;
            heard.push(*next.expect("there is more").expect("the feed goes on"));
        }
        heard
    }

    fn feed(log: &Numbers) -> Feed<Numbers> {
        Feed::new(log.clone(), Arc::new(Semaphore::new(1)))
    }

    /// Follows up to the end of the log.
    async fn follow(feed: &Feed<Numbers>, place: &mut Option<i64>) {
        while feed.turn(place).await.unwrap() {}
    }

    #[tokio::test]
    async fn a_listener_that_lags_hears_everything_once_and_in_order() {
        let log = Numbers::default();
        log.write(7);
        let feed = feed(&log);
        let mut listener = feed.listen(None).await.unwrap();
        let mut place = None;
        follow(&feed, &mut place).await;
        // Far more pages than are kept pass by before the listener looks.
        for _ in 0..3 * KEPT {
            log.write(150);
            follow(&feed, &mut place).await;
            follow(&feed, &mut place).await;
        }
        let expected: Vec<i64> = (8..=7 + 150 * 3 * i64::try_from(KEPT).unwrap()).collect();
        assert_eq!(hear(&mut listener, expected.len()).await, expected);
        log.write(1);
        follow(&feed, &mut place).await;
        assert_eq!(hear(&mut listener, 1).await, [expected.last().unwrap() + 1]);
    }

    #[tokio::test]
    async fn what_came_between_the_first_listener_and_the_first_look_is_heard() {
        let log = Numbers::default();
        let feed = feed(&log);
        let mut listener = feed.listen(None).await.unwrap();
        log.write(3);
        follow(&feed, &mut None).await;
        assert_eq!(hear(&mut listener, 3).await, [1, 2, 3]);
    }

    #[tokio::test]
    async fn a_listener_can_begin_in_the_past() {
        let log = Numbers::default();
        log.write(350);
        let mut listener = feed(&log).listen(Some(40)).await.unwrap();
        assert_eq!(hear(&mut listener, 310).await, (41..=350).collect::<Vec<i64>>());
    }
}
