//! Keeps the tasks of the background going: one that panics is begun anew.

use std::time::{Duration, Instant};

use tokio::sync::watch;

/// The pause before a task is begun anew for the first time. Each further one is twice as long.
const SHORTEST: Duration = Duration::from_secs(1);
/// The longest pause. A task that went well for longer begins with the shortest again.
const LONGEST: Duration = Duration::from_secs(60);

/// Runs a task until it ends by itself, which it does when it is told to stop. After a panic it is begun anew: what it knew is
/// lost, so it must find its place in the database or begin from the start. The panic's own words are in the log already.
pub async fn supervise<Task>(name: &'static str, mut stop: watch::Receiver<bool>, begin: impl Fn() -> Task + Send)
where
    Task: Future<Output = ()> + Send + 'static,
{
    let mut pause = SHORTEST;
    loop {
        let begun = Instant::now();
        match tokio::spawn(begin()).await {
            Err(error) if error.is_panic() => {}
            // It has ended, or the whole process does.
            _ => return,
        }
        if begun.elapsed() > LONGEST {
            pause = SHORTEST;
        }
        metrics::counter!("praxis_task_restarts_total", "task" => name).increment(1);
        tracing::error!(
            task = name,
            pause_seconds = pause.as_secs(),
            "a task of the background ended badly; it is begun anew after a pause"
        );
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(pause) => {}
        }
        pause = (pause * 2).min(LONGEST);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Supervises a task that panics at each beginning before this one and then waits to be told to stop.
    fn start(
        good: usize,
    ) -> (
        watch::Sender<bool>,
        Arc<AtomicUsize>,
        impl Future<Output = ()> + Send + 'static,
    ) {
        let (stop, stopped) = watch::channel(false);
        let begun = Arc::new(AtomicUsize::new(0));
        let (count, told) = (begun.clone(), stopped.clone());
        let supervised = supervise("test", stopped, move || {
            let number = count.fetch_add(1, Ordering::SeqCst);
            let mut told = told.clone();
            async move {
                assert!(number >= good, "the task is damaged");
                let _ = told.wait_for(|stop| *stop).await;
            }
        });
        (stop, begun, supervised)
    }

    #[tokio::test]
    async fn a_task_that_panics_is_begun_anew_and_still_told_to_stop() {
        let (stop, begun, supervised) = start(1);
        let running = tokio::spawn(supervised);
        while begun.load(Ordering::SeqCst) < 2 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        stop.send_replace(true);
        running.await.unwrap();
        assert_eq!(begun.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_task_that_waits_to_be_begun_anew_is_not_waited_for() {
        let (stop, begun, supervised) = start(usize::MAX);
        let running = tokio::spawn(supervised);
        while begun.load(Ordering::SeqCst) < 1 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        stop.send_replace(true);
        running.await.unwrap();
        assert_eq!(begun.load(Ordering::SeqCst), 1);
    }
}
