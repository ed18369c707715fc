//! The embedded engine: a tantivy index in a folder of the data directory.
//!
//! The folder holds *generations* (see [`generations`]): the live one, and while a rebuild runs the next one. One
//! process writes the live generation; any other may search it, or rebuild beside it. A query is read ([`crate::text::reading`]), its
//! words are looked up in the dictionaries ([`expand`]), documents are scored ([`score`]), filtered and counted
//! ([`filter`], [`facets`]) and put in order ([`rank`]), what is called as the query says first ([`names`]). With a sentence model, what is near a query in meaning is found too
//! ([`near`], [`vectors`]).

mod convert;
mod expand;
mod facets;
mod filter;
mod generations;
mod kept;
mod live;
mod memory;
mod names;
mod near;
mod percolate;
mod proximity;
mod rank;
mod rebuild;
mod schema;
mod score;
mod search;
mod similar;
mod snapshot;
mod source;
mod suggest;
mod vectors;
mod writer;

use std::fs;
use std::hash::Hash;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tantivy::{IndexWriter, TantivyDocument};
use tokio::sync::Semaphore;
use uuid::Uuid;

pub use self::percolate::percolate;
pub use self::schema::DOCUMENT_VERSION;

use self::kept::Kept;
use self::live::Live;
use self::rebuild::EmbeddedRebuild;
use self::snapshot::{Asked, Snapshot};
use crate::meaning::SentenceModel;
use crate::text::synonyms::Synonyms;
use crate::{
    IndexChange, IndexPosition, Rebuild, SearchError, SearchIndex, SearchRequest, SearchResults, SuggestRequest,
    Suggestion,
};

/// How long a swap by another process may go unnoticed by searches.
const NOTICE_AFTER: Duration = Duration::from_millis(200);

/// The longest page that is kept for whoever asks for the same again.
const LONGEST_KEPT: usize = 50;

/// The embedded index. Clones share it.
#[derive(Clone)]
pub struct EmbeddedIndex {
    shared: Arc<Shared>,
}

impl std::fmt::Debug for EmbeddedIndex {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("EmbeddedIndex")
            .field("directory", &self.shared.directory)
            .finish_non_exhaustive()
    }
}

struct Shared {
    /// A place for each processor. Searches wait for one in the order in which they came: more at once would only take turns, and
    /// each would be answered as late as the last.
    places: Arc<Semaphore>,
    directory: PathBuf,
    read_only: bool,
    model: Option<Arc<SentenceModel>>,
    live: RwLock<Arc<Live>>,
    checked: Mutex<Instant>,
    writing: Mutex<Writing>,
    spoken: RwLock<Spoken>,
}

/// The synonyms in force.
#[derive(Clone, Default)]
struct Spoken {
    /// Counts how often they were set.
    number: u64,
    synonyms: Arc<Synonyms>,
}

/// The writer of a generation, opened with the first change.
#[derive(Default)]
struct Writing {
    writer: Option<IndexWriter<TantivyDocument>>,
    /// The generation whose position was last asked for: changes that follow on it belong nowhere else.
    followed: Option<String>,
}

impl EmbeddedIndex {
    /// Opens the index in this folder for reading and writing, or creates an empty one. An index that can't be read is
    /// put aside for an empty one: it is a cache, and its missing position says that it must be rebuilt.
    pub fn open(directory: &Path) -> Result<Self, SearchError> {
        Self::open_with(directory, None)
    }

    /// The same, to be searched by meaning too. An index without vectors, or with those of another model, goes on answering by
    /// its words; its missing position says that it must be rebuilt.
    pub fn open_with(directory: &Path, model: Option<Arc<SentenceModel>>) -> Result<Self, SearchError> {
        fs::create_dir_all(directory)
            .map_err(|error| SearchError::Unavailable(format!("index folder {}: {error}", directory.display())))?;
        let _alone = generations::lock(directory)?;
        let live = match generations::current(directory)? {
            Some(name) => match Live::open(directory, &name, model.clone()) {
                Ok(live) => live,
                Err(error) => {
                    tracing::warn!(%error, generation = name, "the index can't be read and starts empty");
                    Self::create(directory, model.clone())?
                }
            },
            None => Self::create(directory, model.clone())?,
        };
        let index = Self::with(directory, live, model, false);
        generations::clean_up(directory, None);
        Ok(index)
    }

    /// Whether there is an index in this folder, whole or damaged.
    #[must_use]
    pub fn exists(directory: &Path) -> bool {
        generations::is_named(directory)
    }

    /// Opens the index in this folder for searching only, beside the process that writes it.
    pub fn open_read_only(directory: &Path, model: Option<Arc<SentenceModel>>) -> Result<Self, SearchError> {
        let name = generations::current(directory)?
            .ok_or_else(|| SearchError::Unavailable(format!("there is no index in {}", directory.display())))?;
        let live = Live::open(directory, &name, model.clone())?;
        Ok(Self::with(directory, live, model, true))
    }

    /// Sets the words that mean the same, in place of those set before. They take effect with the next search.
    pub fn use_synonyms(&self, synonyms: Synonyms) {
        let mut spoken = self.shared.spoken.write().unwrap_or_else(PoisonError::into_inner);
        *spoken = Spoken {
            number: spoken.number + 1,
            synonyms: Arc::new(synonyms),
        };
    }

    fn create(directory: &Path, model: Option<Arc<SentenceModel>>) -> Result<Live, SearchError> {
        let name = generations::new_name();
        let live = Live::create(directory, &name, model)?;
        generations::make_current(directory, &name)?;
        Ok(live)
    }

    fn with(directory: &Path, live: Live, model: Option<Arc<SentenceModel>>, read_only: bool) -> Self {
        Self {
            shared: Arc::new(Shared {
                places: Arc::new(Semaphore::new(available_parallelism().map_or(1, NonZero::get))),
                directory: directory.to_owned(),
                read_only,
                model,
                live: RwLock::new(Arc::new(live)),
                checked: Mutex::new(Instant::now()),
                writing: Mutex::default(),
                spoken: RwLock::default(),
            }),
        }
    }

    /// Reads the index, on a thread that may block, when it is its turn.
    async fn reading<Answer: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared, &Live) -> Result<Answer, SearchError> + Send + 'static,
    ) -> Result<Answer, SearchError> {
        // Never closed; without a place it would only be less fair.
        let place = Arc::clone(&self.shared.places).acquire_owned().await.ok();
        self.blocking(move |shared| {
            let answer = work(shared, &*shared.live()?);
            drop(place);
            answer
        })
        .await
    }

    /// The answer that is kept of the present state of the index, or else a new one, which is kept.
    async fn answer<Request, Answer, const MOST: usize>(
        &self,
        request: &Request,
        kept: fn(&Snapshot) -> &Kept<Asked<Request>, Answer, MOST>,
        find_out: fn(&Live, &Snapshot, &Synonyms, &Request) -> Result<Answer, SearchError>,
    ) -> Result<Answer, SearchError>
    where
        Request: Clone + Eq + Hash + Send + 'static,
        Answer: Clone + Send + Sync + 'static,
    {
        let Spoken { number, synonyms } = self.shared.spoken();
        let asked = Asked {
            request: request.clone(),
            synonyms: number,
        };
        let at_hand = self.shared.live_at_hand();
        if let Some(known) = at_hand.and_then(|live| kept(&live.snapshot()).get(&asked)) {
            return Ok(Answer::clone(&known));
        }
        self.reading(move |_, live| {
            let snapshot = live.snapshot();
            let answer = kept(&snapshot).answer(asked, |asked| find_out(live, &snapshot, &synonyms, &asked.request))?;
            Ok(Arc::unwrap_or_clone(answer))
        })
        .await
    }

    /// Runs on a thread that may block.
    async fn blocking<Answer: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared) -> Result<Answer, SearchError> + Send + 'static,
    ) -> Result<Answer, SearchError> {
        let shared = Arc::clone(&self.shared);
        tokio::task::spawn_blocking(move || work(&shared))
            .await
            .map_err(|error| SearchError::Engine(format!("the search was interrupted: {error}")))?
    }
}

impl Shared {
    /// The live generation, with swaps by other processes noticed at most [`NOTICE_AFTER`] late.
    fn live(&self) -> Result<Arc<Live>, SearchError> {
        let due = {
            let mut checked = self.checked();
            let due = checked.elapsed() >= NOTICE_AFTER;
            if due {
                *checked = Instant::now();
            }
            due
        };
        if due { self.live_now() } else { Ok(self.opened()) }
    }

    /// The live generation, where no swap needs to be looked for, which reads a file.
    fn live_at_hand(&self) -> Option<Arc<Live>> {
        (self.checked().elapsed() < NOTICE_AFTER).then(|| self.opened())
    }

    fn checked(&self) -> MutexGuard<'_, Instant> {
        self.checked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn opened(&self) -> Arc<Live> {
        Arc::clone(&self.live.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The generation that is live this moment.
    fn live_now(&self) -> Result<Arc<Live>, SearchError> {
        let opened = self.opened();
        let Some(name) = generations::current(&self.directory)? else {
            return Err(SearchError::Damaged(format!(
                "{} names no index",
                self.directory.display()
            )));
        };
        if name == opened.name {
            if self.read_only {
                opened.reload()?;
            }
            return Ok(opened);
        }
        let next = Arc::new(Live::open(&self.directory, &name, self.model.clone())?);
        let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
        if live.name != name {
            *live = Arc::clone(&next);
        }
        Ok(Arc::clone(&live))
    }

    fn writing(&self) -> MutexGuard<'_, Writing> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn position(&self) -> Result<Option<IndexPosition>, SearchError> {
        let mut writing = self.writing();
        let live = self.live_now()?;
        self.follow(&mut writing, &live);
        live.position()
    }

    /// From now on changes go to this generation.
    fn follow(&self, writing: &mut Writing, live: &Live) {
        if writing.followed.as_ref() != Some(&live.name) {
            // The lock of the old generation goes with its writer, so that it can be removed.
            let stopped = writing.writer.take().is_some();
            let first = writing.followed.replace(live.name.clone()).is_none();
            if (stopped || !first) && !self.read_only {
                generations::clean_up(&self.directory, None);
            }
        }
    }

    fn apply(&self, changes: Vec<IndexChange>, position: IndexPosition) -> Result<(), SearchError> {
        if self.read_only {
            return Err(SearchError::Locked(self.directory.display().to_string()));
        }
        let mut writing = self.writing();
        let live = self.live_now()?;
        match &writing.followed {
            Some(followed) if *followed != live.name => {
                return Err(SearchError::Swapped(live.name.clone()));
            }
            _ => self.follow(&mut writing, &live),
        }
        let mut writer = match writing.writer.take() {
            Some(writer) => writer,
            None => live.writer(1, writer::WRITER_MEMORY)?,
        };
        writer::apply(&live, &mut writer, changes, position)?;
        // Only a writer that did its work is kept: after an error the next change starts with a fresh one.
        writing.writer = Some(writer);
        Ok(())
    }

    /// Makes a finished generation the live one.
    fn swap(&self, name: &str) -> Result<(), SearchError> {
        let mut writing = self.writing();
        generations::make_current(&self.directory, name)?;
        self.live_now()?;
        writing.writer = None;
        drop(writing);
        generations::clean_up(&self.directory, None);
        Ok(())
    }

    fn spoken(&self) -> Spoken {
        self.spoken.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl SearchIndex for EmbeddedIndex {
    fn name(&self) -> &'static str {
        "embedded"
    }

    async fn position(&self) -> Result<Option<IndexPosition>, SearchError> {
        self.blocking(Shared::position).await
    }

    async fn apply(&self, changes: Vec<IndexChange>, position: IndexPosition) -> Result<(), SearchError> {
        self.blocking(move |shared| shared.apply(changes, position)).await
    }

    async fn rebuild(&self) -> Result<Box<dyn Rebuild>, SearchError> {
        let index = self.clone();
        let rebuild = self.blocking(move |_| EmbeddedRebuild::start(index)).await?;
        Ok(Box::new(rebuild))
    }

    async fn search(&self, request: &SearchRequest) -> Result<SearchResults, SearchError> {
        if request.limit > LONGEST_KEPT {
            let (request, Spoken { synonyms, .. }) = (request.clone(), self.shared.spoken());
            return self
                .reading(move |_, live| search::search(live, &live.snapshot(), &synonyms, &request))
                .await;
        }
        self.answer(request, |snapshot| &snapshot.pages, search::search).await
    }

    async fn suggest(&self, request: &SuggestRequest) -> Result<Vec<Suggestion>, SearchError> {
        self.answer(
            request,
            |snapshot| &snapshot.completions,
            |live, snapshot, synonyms, request| suggest::suggest(snapshot, &live.fields, synonyms, request),
        )
        .await
    }

    async fn similar(&self, id: Uuid, limit: usize) -> Result<Vec<Uuid>, SearchError> {
        self.reading(move |_, live| similar::similar(&live.snapshot(), &live.fields, id, limit))
            .await
    }

    async fn count(&self) -> Result<u64, SearchError> {
        self.blocking(|shared| Ok(shared.live()?.snapshot().documents())).await
    }

    async fn health(&self) -> Result<(), SearchError> {
        self.blocking(|shared| shared.live_now().map(drop)).await
    }

    async fn set_synonyms(&self, synonyms: Synonyms) -> Result<(), SearchError> {
        self.use_synonyms(synonyms);
        Ok(())
    }
}
