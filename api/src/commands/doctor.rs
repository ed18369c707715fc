//! `praxis doctor`: checks settings, database, index, disk and clock, and says what to do.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use clap::Args;
use praxis_entities::event;
use praxis_search::SearchIndex;
use praxis_search::embedded::EmbeddedIndex;
use sea_orm::{EntityTrait, QueryOrder};

use super::{CommandError, say};
use crate::config::Config;
use crate::curation::audit::chain;
use crate::database::{Database, planner};
use crate::files::folder::Folder;
use crate::files::upkeep::{damaged, unread};
use crate::identity::keys::KeyRing;
use crate::identity::openid::OpenId;
use crate::identity::renewal;
use crate::identity::seal::Seal;
use crate::log::last_sequence;
use crate::search::document;
use crate::service::{self, StartError};

/// Least free space in the data directory, in bytes.
const SPACE: u64 = 1024 * 1024 * 1024;

/// Checks settings, database, search index, disk and clock, and says what to do. Makes the data directory if it is
/// missing and changes nothing else.
#[derive(Args, Debug)]
pub struct DoctorArguments {}

/// How bad a finding is.
enum Grade {
    Good,
    Warning,
    Bad,
}

/// Runs the command.
///
/// # Errors
/// Where something is wrong that keeps the service from working.
pub async fn run(config: &Config, _arguments: DoctorArguments) -> Result<(), CommandError> {
    let mut report = Report::default();
    report.add(
        Grade::Good,
        "settings",
        &format!("address {}, public {}", config.addr, config.public_url),
    );
    if !config.addr.ip().is_loopback() && config.public_url.starts_with("http://") {
        report.add(
            Grade::Warning,
            "settings",
            "the service listens beyond this machine and its public address is not https; put a proxy with TLS before it \
             and set PRAXIS_PUBLIC_URL",
        );
    }
    check_directory(config, &mut report);
    check_openid(config, &mut report).await;
    check_database(config, &mut report).await;
    match report.bad {
        0 => Ok(()),
        bad => Err(CommandError::Failed(format!("{bad} thing(s) to mend"))),
    }
}

#[derive(Default)]
struct Report {
    bad: usize,
}

impl Report {
    fn add(&mut self, grade: Grade, subject: &str, text: &str) {
        let mark = match grade {
            Grade::Good => "ok  ",
            Grade::Warning => "warn",
            Grade::Bad => {
                self.bad += 1;
                "BAD "
            }
        };
        say(&format!("{mark}  {subject:<10} {text}"));
    }
}

fn check_directory(config: &Config, report: &mut Report) {
    let path = &config.data_dir;
    let probe = path.join(".doctor");
    match std::fs::create_dir_all(path).and_then(|()| std::fs::write(&probe, b"")) {
        Ok(()) => {
            let _ = std::fs::remove_file(&probe);
            report.add(Grade::Good, "disk", &format!("{} can be written", path.display()));
        }
        Err(error) => report.add(
            Grade::Bad,
            "disk",
            &format!(
                "{} can't be written: {error}; set PRAXIS_DATA_DIR to a directory that can",
                path.display()
            ),
        ),
    }
    match fs4::available_space(path) {
        Ok(free) if free < SPACE => report.add(
            Grade::Warning,
            "disk",
            &format!(
                "{} MiB free; the index is rebuilt beside the live one, so keep at least 1 GiB free",
                free / (1024 * 1024)
            ),
        ),
        Ok(free) => report.add(
            Grade::Good,
            "disk",
            &format!("{} GiB free", free / (1024 * 1024 * 1024)),
        ),
        Err(error) => report.add(
            Grade::Warning,
            "disk",
            &format!("the free space can't be told: {error}"),
        ),
    }
}

async fn check_database(config: &Config, report: &mut Report) {
    // Connecting would make the file.
    let file = config.database_url.expose().strip_prefix("sqlite://");
    if file.is_some_and(|path| !std::path::Path::new(path).exists()) {
        report.add(
            Grade::Warning,
            "database",
            "there is none yet; `praxis serve` makes it, `praxis serve --sample` with the sample collection",
        );
        return;
    }
    let database = match Database::connect(config.database_url.expose(), 2).await {
        Ok(database) => database,
        Err(error) => {
            report.add(
                Grade::Bad,
                "database",
                &format!("can't be reached: {error}; check PRAXIS_DATABASE_URL and whether the server is up"),
            );
            return;
        }
    };
    match database.pending_migrations().await {
        Ok(0) => report.add(Grade::Good, "database", "reached, up to date"),
        Ok(pending) => {
            report.add(
                Grade::Warning,
                "database",
                &format!(
                    "{pending} migration(s) missing; run `praxis migrate`, or start `praxis serve`, which does it too"
                ),
            );
            return;
        }
        Err(error) => {
            report.add(
                Grade::Bad,
                "database",
                &format!("its migrations can't be read: {error}; is it a database of Praxis?"),
            );
            return;
        }
    }
    check_planner(&database, report).await;
    check_clock(&database, report).await;
    check_keys(config, &database, report).await;
    check_audit(&database, report).await;
    check_files(config, &database, report).await;
    check_documents(&database, report).await;
    check_index(config, &database, report).await;
}

/// Whether every published document can be read.
async fn check_documents(database: &Database, report: &mut Report) {
    match document::damaged(database.read()).await {
        Ok((count, damaged)) => match damaged.first() {
            None => report.add(
                Grade::Good,
                "documents",
                &format!("all {count} published documents can be read"),
            ),
            Some(first) => report.add(
                Grade::Bad,
                "documents",
                &format!(
                    "{} of {count} published documents are damaged, such as that of {first}: search passes over them; import \
                     them anew, which makes a new revision, or bring the database back from a backup and run `praxis reindex`",
                    damaged.len()
                ),
            ),
        },
        Err(error) => report.add(Grade::Bad, "documents", &format!("can't be read: {error}")),
    }
}

/// What PostgreSQL's planner goes by: the service's settings, or those that an operator has put in their place.
async fn check_planner(database: &Database, report: &mut Report) {
    match planner::told(database).await {
        Ok(told) if told.is_empty() => {}
        Ok(told) => report.add(Grade::Good, "planner", &told.join(", ")),
        Err(error) => report.add(Grade::Bad, "planner", &format!("its settings can't be read: {error}")),
    }
}

async fn check_files(config: &Config, database: &Database, report: &mut Report) {
    match damaged(database, &Folder::within(&config.data_dir)).await {
        Ok((count, damaged)) => match damaged.first() {
            None => report.add(Grade::Good, "files", &format!("all {count} stored files are there")),
            Some(first) => report.add(
                Grade::Bad,
                "files",
                &format!(
                    "{} of {count} stored files are missing or cut off, such as {}; bring back the folder `files` of the data \
                     directory from a backup, and share it between all servers",
                    damaged.len(),
                    first.simple()
                ),
            ),
        },
        Err(error) => report.add(Grade::Bad, "files", &format!("can't be read: {error}")),
    }
    match unread(database).await {
        Ok(0) => {}
        Ok(count) => report.add(
            Grade::Warning,
            "texts of files",
            &format!(
                "{count} stored file(s) are still to be read: search does not find them by their texts, and nothing that a reading \
                 would find in them is known; a running server reads them in the background"
            ),
        ),
        Err(error) => report.add(Grade::Bad, "texts of files", &format!("can't be counted: {error}")),
    }
}

/// Reads what the provider by which people sign in publishes.
async fn check_openid(config: &Config, report: &mut Report) {
    let openid = match OpenId::of(config) {
        Ok(None) => return,
        Ok(Some(openid)) => openid,
        Err(error) => {
            report.add(Grade::Bad, "sign-in", &error.to_string());
            return;
        }
    };
    let settings = &openid.settings;
    match openid.examine().await {
        Ok(examined) => {
            report.add(
                Grade::Good,
                "sign-in",
                &format!(
                    "by {} ({}): {} key(s), {}; it must know the address {}",
                    settings.name,
                    settings.issuer,
                    examined.keys,
                    examined.algorithms,
                    openid.callback_url()
                ),
            );
            for warning in examined.warnings {
                report.add(Grade::Warning, "sign-in", &warning);
            }
        }
        Err(error) => report.add(
            Grade::Bad,
            "sign-in",
            &format!(
                "nobody can sign in by {}: {error}; check PRAXIS_OPENID_ISSUER and whether \
                 {}/.well-known/openid-configuration can be reached from here",
                settings.name,
                settings.issuer.trim_end_matches('/')
            ),
        ),
    }
}

async fn check_keys(config: &Config, database: &Database, report: &mut Report) {
    let seal = match Seal::of(config) {
        Ok(seal) => seal,
        Err(error) => {
            report.add(Grade::Bad, "keys", &format!("{error}; check PRAXIS_SECRET_KEY"));
            return;
        }
    };
    match KeyRing::load(database.read(), &seal).await {
        Ok(keys) => match keys.signer(Utc::now()) {
            Some(key) => report.add(
                Grade::Good,
                "keys",
                &format!(
                    "access tokens are signed with {} since {}",
                    key.kid,
                    key.signs_from.format("%F %T UTC")
                ),
            ),
            None => report.add(
                Grade::Warning,
                "keys",
                "there is no key to sign access tokens with yet; `praxis serve` makes one at its start",
            ),
        },
        Err(error) => report.add(Grade::Bad, "keys", &format!("access tokens can't be signed: {error}")),
    }
    if !seal.encrypts() {
        report.add(
            Grade::Warning,
            "keys",
            "signing keys and second factors lie in the database as they are: who reads it can sign in as anybody; set \
             PRAXIS_SECRET_KEY and run `praxis keys seal`",
        );
        return;
    }
    match renewal::outdated(database.read(), &seal).await {
        Ok(outdated) if outdated.all() == 0 => {
            if config.previous_secret_key.is_some() {
                report.add(
                    Grade::Good,
                    "keys",
                    "nothing is encrypted with PRAXIS_PREVIOUS_SECRET_KEY any more; take it away",
                );
            }
        }
        Ok(outdated) => report.add(
            Grade::Warning,
            "keys",
            &format!(
                "{} signing keys, {} second factors and {} addresses of feeds lie in the database as they are, or are \
                 encrypted with the previous key; run `praxis keys seal`",
                outdated.signing_keys, outdated.second_factors, outdated.feeds
            ),
        ),
        Err(error) => report.add(Grade::Bad, "keys", &format!("a secret can't be used: {error}")),
    }
}

async fn check_audit(database: &Database, report: &mut Report) {
    let verdict = match chain::verify(database.read()).await {
        Ok(verdict) => verdict,
        Err(error) => {
            report.add(Grade::Bad, "audit", &format!("the audit log can't be read: {error}"));
            return;
        }
    };
    for broken in &verdict.broken {
        report.add(
            Grade::Bad,
            "audit",
            &format!("the audit log was changed: {broken}; compare it with a backup"),
        );
    }
    if verdict.broken.is_empty() {
        let last = match &verdict.last {
            Some(last) => format!("; note the last seal somewhere else: {last}"),
            None => String::new(),
        };
        report.add(
            Grade::Good,
            "audit",
            &format!(
                "{} entries sealed and unchanged, {} waiting for their seal, {} reasons erased{last}",
                verdict.sealed, verdict.waiting, verdict.erased
            ),
        );
    }
}

async fn check_clock(database: &Database, report: &mut Report) {
    let now: DateTime<Utc> = SystemTime::now().into();
    let last = event::Entity::find()
        .order_by_desc(event::Column::Sequence)
        .one(database.read())
        .await;
    match last {
        Ok(Some(event)) if event.occurred_at > now + Duration::from_secs(60) => report.add(
            Grade::Bad,
            "clock",
            &format!(
                "the last change was made at {}, which is in the future by this machine's clock; set the clock",
                event.occurred_at
            ),
        ),
        Ok(_) => report.add(Grade::Good, "clock", &format!("{}", now.format("%F %T UTC"))),
        Err(error) => report.add(Grade::Bad, "database", &format!("the event log can't be read: {error}")),
    }
}

async fn check_index(config: &Config, database: &Database, report: &mut Report) {
    let (identity, last) = match (database.known_identity().await, last_sequence(database.read()).await) {
        (Ok(identity), Ok(last)) => (identity, last),
        (Err(error), _) | (_, Err(error)) => {
            report.add(Grade::Bad, "database", &format!("can't be read: {error}"));
            return;
        }
    };
    for engine in engines(config, report) {
        let name = engine.name();
        if let Err(error) = engine.health().await {
            report.add(
                Grade::Bad,
                "search",
                &format!("{name} does not answer: {error}; check PRAXIS_MEILISEARCH_URL and its key"),
            );
            continue;
        }
        match engine.position().await {
            Ok(Some(position)) if Some(position.database) != identity => report.add(
                Grade::Warning,
                "search",
                &format!("{name} holds the index of another database; `praxis serve` builds it anew at its start"),
            ),
            Ok(Some(position)) => {
                let documents = engine.count().await.unwrap_or(0);
                report.add(
                    Grade::Good,
                    "search",
                    &format!(
                        "{name}: {documents} documents, {} event(s) behind",
                        last - position.sequence
                    ),
                );
            }
            Ok(None) => report.add(
                Grade::Warning,
                "search",
                &format!(
                    "{name} has no index yet, or one of another version or model; `praxis serve` builds it at its start, \
                     `praxis reindex` at once"
                ),
            ),
            Err(error) => report.add(Grade::Bad, "search", &format!("{name}: {error}")),
        }
    }
}

/// The engines of the settings, to look at: the embedded index is neither made nor mended.
fn engines(config: &Config, report: &mut Report) -> Vec<Arc<dyn SearchIndex>> {
    let mut engines: Vec<Arc<dyn SearchIndex>> = Vec::new();
    match service::meilisearch(config) {
        Ok(None) => {}
        Ok(Some(engine)) => engines.push(Arc::new(engine)),
        Err(error) => report.add(
            Grade::Bad,
            "search",
            &match error {
                StartError::Embedder(_) => error.to_string(),
                other => format!("{other}; check PRAXIS_MEILISEARCH_URL and its key"),
            },
        ),
    }
    if config.meilisearch_url.is_some() && !config.falls_back_to_embedded() {
        return engines;
    }
    let model = match service::search_model(config) {
        Ok(model) => model,
        Err(error) => {
            report.add(
                Grade::Bad,
                "search",
                &format!(
                    "the model can't be loaded: {error}; set PRAXIS_SEARCH_MODEL to the folder of a BERT sentence model"
                ),
            );
            return engines;
        }
    };
    if let (Some(model), Some(folder)) = (&model, &config.search_model) {
        report.add(
            Grade::Good,
            "search",
            &format!("model of {} dimensions in {}", model.dimensions(), folder.display()),
        );
    }
    if !EmbeddedIndex::exists(&config.index_dir()) {
        report.add(
            Grade::Warning,
            "search",
            "embedded has no index yet; `praxis serve` builds it at its start, `praxis reindex` at once",
        );
        return engines;
    }
    match EmbeddedIndex::open_read_only(&config.index_dir(), model) {
        Ok(engine) => engines.push(Arc::new(engine)),
        Err(error) => report.add(
            Grade::Warning,
            "search",
            &format!(
                "embedded has a damaged index: {error}; `praxis serve` builds it anew at its start, `praxis reindex` at once"
            ),
        ),
    }
    engines
}
