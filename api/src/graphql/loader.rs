//! Batched loading: one statement for all parents at one level of a query.
//!
//! Why not async-graphql's `DataLoader`: it starts a batch from a spawned task after a delay, so that on several threads
//! a level may be split into more statements than one, and the delay is most of the latency of a small query. Here the
//! caller registers its key and yields once, so that its siblings can register too; the first to go on then loads for all.
//! The number of statements of a query is the same every time, which the tests count on.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};

use crate::app::App;
use crate::graphql::errors::ApiError;
use crate::identity::Actor;

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
    /// # Errors
    /// Where the load fails, for every key of the batch.
    pub async fn load<K: BatchKey>(&self, key: K) -> Result<Option<K::Value>, ApiError> {
        let batch = {
            let queue = self.queue::<K>();
            let mut locked = queue.lock().unwrap_or_else(PoisonError::into_inner);
            locked.waiting.push(key.clone());
            match &locked.batch {
                Some(batch) => batch.clone(),
                None => {
                    let batch = Self::start(self.context.clone(), queue.clone());
                    locked.batch = Some(batch.clone());
                    batch
                }
            }
        };
        // All siblings register in the pass of the executor that this one ends; then the first to go on loads for all. The
        // pause is each caller's own: within the shared future, the second caller's poll would end it.
        tokio::task::yield_now().await;
        Ok(batch.await?.get(&key).cloned())
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

    fn start<K: BatchKey>(context: LoadContext, queue: Arc<Mutex<Queue<K>>>) -> Batch<K> {
        async move {
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
