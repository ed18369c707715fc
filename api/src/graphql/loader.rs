//! Batched loading: one statement for all parents at one level of a query.
//!
//! Why not async-graphql's `DataLoader`: it starts a batch from a spawned task after a delay, so that on several threads
//! a level may be split into more statements than one, and the delay is most of the latency of a small query. Here the
//! first caller waits until its siblings have registered, and then loads for all. The number of statements of a query is
//! the same every time, which the tests count on.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::{BoxFuture, Shared};

use crate::app::App;
use crate::graphql::errors::ApiError;
use crate::identity::Actor;

/// For how many passes of the executor a batch must not have grown before it is loaded.
const QUIET_PASSES: u32 = 4;

/// Something that can be loaded for many parents at once.
pub trait BatchKey: Clone + Eq + Hash + Send + Sync + 'static {
    /// What is loaded for one key; cheap to clone.
    type Value: Clone + Send + Sync + 'static;

    /// Loads the values of distinct keys. A key without a value is left out.
    fn load(
        context: &LoadContext,
        keys: Vec<Self>,
    ) -> impl Future<Output = Result<HashMap<Self, Self::Value>, ApiError>> + Send;
}

/// What loading needs: the service, and who is asking.
#[derive(Clone)]
pub struct LoadContext {
    /// The service.
    pub app: Arc<App>,
    /// Who is asking; decides which rows are loaded.
    pub actor: Actor,
}

type Batch<K> = Shared<BoxFuture<'static, Result<Arc<HashMap<K, <K as BatchKey>::Value>>, ApiError>>>;

struct Queue<K: BatchKey> {
    waiting: Vec<K>,
    batch: Option<Batch<K>>,
}

/// The batches of one request.
pub struct Loaders {
    context: LoadContext,
    queues: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

impl Loaders {
    /// Loaders for one request of this actor.
    pub fn new(app: Arc<App>, actor: Actor) -> Self {
        Self {
            context: LoadContext { app, actor },
            queues: Mutex::default(),
        }
    }

    /// The service.
    pub fn app(&self) -> &Arc<App> {
        &self.context.app
    }

    /// What loading needs.
    pub fn context(&self) -> &LoadContext {
        &self.context
    }

    /// Loads the value of a key together with those of all callers at the same level.
    ///
    /// Boxed, as everything is that fields wait for: the executor allocates the largest of a type's fields for each of them,
    /// and most fields wait for nothing.
    ///
    /// # Errors
    /// Where the load fails, for every key of the batch.
    pub fn load<K: BatchKey>(&self, key: K) -> BoxFuture<'_, Result<Option<K::Value>, ApiError>> {
        self.join(key).boxed()
    }

    async fn join<K: BatchKey>(&self, key: K) -> Result<Option<K::Value>, ApiError> {
        let queue = self.queue::<K>();
        let (batch, lead) = {
            let mut locked = queue.lock().unwrap_or_else(PoisonError::into_inner);
            locked.waiting.push(key.clone());
            match &locked.batch {
                Some(batch) => (batch.clone(), None),
                None => {
                    let (lead, follow) = oneshot::channel();
                    let batch = Self::start(self.context.clone(), queue.clone(), follow);
                    locked.batch = Some(batch.clone());
                    (batch, Some(lead))
                }
            }
        };
        if let Some(lead) = lead {
            Self::gather(&queue).await;
            let _ = lead.send(());
        }
        Ok(batch.await?.get(&key).cloned())
    }

    /// Lets the siblings of the first caller register. One pass of the executor reaches them all as a rule, but it may be
    /// cut into several, so the queue must have stopped growing for some passes.
    async fn gather<K: BatchKey>(queue: &Mutex<Queue<K>>) {
        let length = || {
            let locked = queue.lock().unwrap_or_else(PoisonError::into_inner);
            locked.waiting.len()
        };
        let mut before = length();
        let mut quiet = 0;
        while quiet < QUIET_PASSES {
            tokio::task::yield_now().await;
            let now = length();
            quiet = if now == before { quiet + 1 } else { 0 };
            before = now;
        }
    }

    fn queue<K: BatchKey>(&self) -> Arc<Mutex<Queue<K>>> {
        let fresh = || {
            Arc::new(Mutex::new(Queue::<K> {
                waiting: Vec::new(),
                batch: None,
            }))
        };
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        queues
            .entry(TypeId::of::<K>())
            .or_insert_with(|| fresh())
            .clone()
            .downcast()
            // The map is keyed by the type that it holds.
            .unwrap_or_else(|_| fresh())
    }

    /// The batch waits for the first caller to have gathered its siblings. Where that caller is dropped meanwhile, the
    /// others go on without it.
    fn start<K: BatchKey>(
        context: LoadContext,
        queue: Arc<Mutex<Queue<K>>>,
        follow: oneshot::Receiver<()>,
    ) -> Batch<K> {
        async move {
            let _ = follow.await;
            let mut keys = {
                let mut locked = queue.lock().unwrap_or_else(PoisonError::into_inner);
                locked.batch = None;
                std::mem::take(&mut locked.waiting)
            };
            let mut seen = std::collections::HashSet::with_capacity(keys.len());
            keys.retain(|key| seen.insert(key.clone()));
            drop(seen);
            K::load(&context, keys).await.map(Arc::new)
        }
        .boxed()
        .shared()
    }
}
