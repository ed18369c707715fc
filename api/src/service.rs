//! Puts the service together from its settings: database, vocabularies, search engines and their followers.

use std::path::PathBuf;
use std::sync::Arc;

use praxis_search::embedded::EmbeddedIndex;
use praxis_search::meilisearch::MeilisearchIndex;
use praxis_search::{EmbedderError, MeilisearchEmbedder, ModelError, SearchError, SearchIndex, SentenceModel};
use sea_orm::DbErr;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::accountability::recommendation::rejudge;
use crate::accountability::register::standard;
use crate::app::App;
use crate::config::Config;
use crate::curation;
use crate::database::Database;
use crate::files;
use crate::files::folder::Folder;
use crate::identity::error::IdentityError;
use crate::identity::service::Identity;
use crate::identity::upkeep;
use crate::live::Live;
use crate::live::settings::LiveSettings;
use crate::log::follower::{FollowError, IndexFollower};
use crate::search::{Engine, SearchService, analytics, saved, synonyms};
use crate::supervise::supervise;
use crate::vocabulary::{Vocabulary, load};

/// What can keep the service from starting, with a hint at how to mend it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data directory can't be used.
    #[error(
        "the data directory {path} can't be used: {error}. Set PRAXIS_DATA_DIR to a directory that can be written."
    )]
    DataDirectory {
        /// The directory.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The database can't be used.
    #[error("the database can't be used: {0}. Check PRAXIS_DATABASE_URL and whether the server is up.")]
    Database(#[from] DbErr),
    /// The search index can't be used.
    #[error("the search index can't be used: {0}")]
    Search(#[from] SearchError),
    /// The sentence model can't be loaded.
    #[error(
        "the search model can't be loaded: {0}. PRAXIS_SEARCH_MODEL must name a folder with config.json, tokenizer.json and \
         model.safetensors of a BERT sentence model; leave it out to search by words alone."
    )]
    Model(#[from] ModelError),
    /// The embedder of the Meilisearch server can't be used.
    #[error(
        "the embedder of the search server can't be used: {0}. PRAXIS_MEILISEARCH_EMBEDDER must name a JSON file with the \
         settings of one embedder, as Meilisearch's own setting `embedders` has them; leave it out to search by words alone."
    )]
    Embedder(#[from] EmbedderError),
    /// The search index can't be built.
    #[error("the search index can't be built: {0}")]
    Follow(#[from] FollowError),
    /// Accounts and sessions can't be used.
    #[error("accounts and sessions can't be used: {0}")]
    Identity(#[from] IdentityError),
    /// The sample collection can't be loaded.
    #[error("the sample collection can't be loaded: {0}")]
    Sample(#[from] crate::exchange::import::ImportError),
}

/// The database, migrated, and the vocabularies in it.
pub struct Store {
    /// The database.
    pub database: Database,
    /// The vocabularies.
    pub vocabulary: Arc<Vocabulary>,
}

impl Store {
    /// Connects, migrates and brings the vocabularies and what follows from rules in step.
    ///
    /// # Errors
    /// Where the data directory or the database can't be used.
    pub async fn open(config: &Config) -> Result<Self, StartError> {
        std::fs::create_dir_all(&config.data_dir).map_err(|error| StartError::DataDirectory {
            path: config.data_dir.clone(),
            error,
        })?;
        let database = Database::connect(config.database_url.expose(), config.database_connections).await?;
        let lock = database.lock_start().await?;
        let migrated = database.migrate().await?;
        if migrated > 0 {
            tracing::info!(migrated, "database migrated");
        }
        if load::load(&database).await? {
            tracing::info!("vocabularies brought in step");
        }
        if standard::load(&database).await? {
            tracing::info!("mechanisms and treaties brought in step");
        }
        let rejudged = rejudge::rejudge(&database).await?;
        if rejudged > 0 {
            tracing::info!(
                rejudged,
                "recommendations judged anew by the rule for what is child-focused"
            );
        }
        lock.release().await?;
        let vocabulary = Arc::new(Vocabulary::read(database.read()).await?);
        Ok(Self { database, vocabulary })
    }
}

/// An engine, and the one to fall back on.
type Engines = (Arc<dyn SearchIndex>, Option<Arc<dyn SearchIndex>>);

/// The engine that the settings ask for first, and the one to fall back on.
///
/// # Errors
/// Where an index can't be opened.
pub fn engines(config: &Config) -> Result<Engines, StartError> {
    let embedded = || -> Result<Arc<dyn SearchIndex>, StartError> {
        let model = search_model(config)?;
        Ok(Arc::new(EmbeddedIndex::open_with(&config.index_dir(), model)?))
    };
    match meilisearch(config)? {
        None => Ok((embedded()?, None)),
        Some(primary) => {
            let fallback = if config.falls_back_to_embedded() {
                Some(embedded()?)
            } else {
                None
            };
            Ok((Arc::new(primary), fallback))
        }
    }
}

/// The sentence model of the embedded index, where the settings name one.
///
/// # Errors
/// Where it can't be loaded.
pub fn search_model(config: &Config) -> Result<Option<Arc<SentenceModel>>, ModelError> {
    let Some(folder) = &config.search_model else {
        return Ok(None);
    };
    let model = SentenceModel::load(folder)?;
    tracing::info!(folder = %folder.display(), dimensions = model.dimensions(), "search model loaded");
    Ok(Some(Arc::new(model)))
}

/// The Meilisearch server, where the settings name one.
///
/// # Errors
/// Where it can't be spoken to, or its embedder is not described as one.
pub fn meilisearch(config: &Config) -> Result<Option<MeilisearchIndex>, StartError> {
    let Some(url) = &config.meilisearch_url else {
        return Ok(None);
    };
    let key = config.meilisearch_key.as_ref().map(|key| key.expose());
    let index = MeilisearchIndex::connect(url, key, &config.meilisearch_index)?;
    Ok(Some(match &config.meilisearch_embedder {
        Some(file) => index.with_embedder(MeilisearchEmbedder::read(file, config.meilisearch_near)?),
        None => index,
    }))
}

/// The followers of a service, which run until they are told to stop.
pub struct Followers {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Followers {
    /// Starts one follower for each engine and for each log that is listened to, the upkeep of accounts, sessions and
    /// curation, what reads the files that are still to be read, what serves the saved searches, and what writes down the
    /// statistics of search. Each is begun anew where it panics.
    pub fn start(app: &App, identity: Uuid) -> Self {
        let (stop, stopped) = watch::channel(false);
        let told = &stopped;
        let mut tasks = Vec::new();
        for engine in app.search.engines() {
            let follower = Arc::new(follower(app, engine.clone(), identity));
            tasks.push(begin("index", told, move |stop| follower.clone().run(stop)));
        }
        let accounts = app.identity.clone();
        tasks.push(begin("accounts", told, move |stop| upkeep::run(accounts.clone(), stop)));
        let (accounts, folder, public_url) = (app.identity.clone(), app.files.clone(), app.public_url.clone());
        tasks.push(begin("curation", told, move |stop| {
            curation::upkeep::run(accounts.clone(), folder.clone(), public_url.clone(), stop)
        }));
        let (database, folder) = (app.database.clone(), app.files.clone());
        tasks.push(begin("files", told, move |stop| {
            files::upkeep::run(database.clone(), folder.clone(), stop)
        }));
        let live = app.live.clone();
        tasks.push(begin("changes", told, move |stop| {
            let live = live.clone();
            async move { live.changes.run(stop).await }
        }));
        let live = app.live.clone();
        tasks.push(begin("submissions", told, move |stop| {
            let live = live.clone();
            async move { live.submissions.run(stop).await }
        }));
        let (search, database) = (app.search.clone(), app.database.clone());
        tasks.push(begin("synonyms", told, move |stop| {
            synonyms::keep(search.clone(), database.clone(), stop)
        }));
        let followed = saved::follow::Followed::new(app);
        tasks.push(begin("saved searches", told, move |stop| {
            saved::follow::run(followed.clone(), stop)
        }));
        let (tally, database) = (app.tally.clone(), app.database.clone());
        tasks.push(begin("statistics", told, move |stop| {
            analytics::run(tally.clone(), database.clone(), stop)
        }));
        Self { stop, tasks }
    }

    /// Lets each follower finish what it is doing.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a follower ended badly");
            }
        }
    }
}

/// Starts a task of the background that is begun anew after a panic. It is told when to stop.
fn begin<Task>(
    name: &'static str,
    stop: &watch::Receiver<bool>,
    task: impl Fn(watch::Receiver<bool>) -> Task + Send + 'static,
) -> JoinHandle<()>
where
    Task: Future<Output = ()> + Send + 'static,
{
    let told = stop.clone();
    tokio::spawn(supervise(name, stop.clone(), move || task(told.clone())))
}

/// A follower that feeds this engine.
pub fn follower(app: &App, engine: Arc<Engine>, identity: Uuid) -> IndexFollower {
    IndexFollower::new(app.database.clone(), app.vocabulary.clone(), engine, identity)
}

/// The service for these settings.
///
/// # Errors
/// Where a part of it can't be used.
pub async fn app(config: &Config, store: Store) -> Result<App, StartError> {
    let (primary, fallback) = engines(config)?;
    let identity = Identity::open(config, store.database.clone()).await?;
    Ok(App {
        identity: Arc::new(identity),
        live: Arc::new(Live::new(store.database.clone(), LiveSettings::from(config))),
        database: store.database,
        vocabulary: store.vocabulary,
        known_slugs: Default::default(),
        search: SearchService::new(primary, fallback),
        tally: Arc::default(),
        files: Folder::within(&config.data_dir),
        max_file_bytes: config.max_file_bytes,
        public_url: config.public_url.clone(),
    })
}
