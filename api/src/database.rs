//! The connection to the database, and the few things that differ between the two.
//!
//! SQLite has one writer: a pool of one connection whose transactions begin immediately, beside a pool of readers. On
//! PostgreSQL both are the same pool.

pub mod edition;
pub mod planner;
mod reader;
mod start;

use std::path::PathBuf;
use std::time::Duration;

use praxis_entities::setting;
use praxis_migration::{Migrator, MigratorTrait};
use sea_orm::{
    AccessMode,
    ActiveValue::Set,
    Condition, ConnectOptions, ConnectionTrait, Database as SeaDatabase, DatabaseBackend, DatabaseConnection,
    DatabaseTransaction, DbErr, EntityTrait, IsolationLevel, JoinType, SqliteTransactionMode, TransactionOptions,
    TransactionTrait, Value,
    sea_query::{
        Expr, ExprTrait, IntoIden, IntoTableRef, OnConflict, Query, SelectStatement, extension::postgres::PgFunc,
    },
};
use uuid::Uuid;

pub use self::reader::{Reader, is_deadlock, is_lost};
pub use self::start::StartLock;

/// The setting that holds the id of the database.
const IDENTITY: &str = "database.id";
/// The setting that holds the digest of the vocabularies that it has.
pub const VOCABULARY: &str = "vocabulary.sha256";

/// How long a caller waits for a connection or for SQLite's writer.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a caller waits for a connection to PostgreSQL. It is given out while statements of milliseconds run, so one that
/// does not come by then does not come: the server is away, and callers should hear of it.
const POOL_PATIENCE: Duration = Duration::from_secs(3);

/// How many rows of a running statement SQLite's thread may be ahead.
const ROW_BUFFER: usize = 1024;

/// A connection that has been idle for so long is tried before it is used: the database may have been restarted.
const IDLE: Duration = Duration::from_secs(1);

/// The database: where to read and where to write.
#[derive(Clone)]
pub struct Database {
    read: Reader,
    write: DatabaseConnection,
    /// Of SQLite: the file.
    file: Option<PathBuf>,
    connections: u32,
}

impl Database {
    /// Connects to `url` (`sqlite://…` or `postgres://…`) with at most `connections` readers.
    ///
    /// # Errors
    /// Where the database can't be reached or opened.
    pub async fn connect(url: &str, connections: u32) -> Result<Self, DbErr> {
        let options = |maximum: u32| {
            let mut options = ConnectOptions::new(url);
            options
                .max_connections(maximum)
                .min_connections(1)
                .acquire_timeout(PATIENCE)
                .connect_timeout(PATIENCE)
                .test_before_acquire_if_idle_for(IDLE)
                .sqlx_logging(false);
            options
        };
        if url.starts_with("sqlite:") {
            let pragmas = |mut options: ConnectOptions| {
                options
                    .idle_timeout(None::<Duration>)
                    .max_lifetime(None::<Duration>)
                    .map_sqlx_sqlite_opts(|options| {
                        options
                            .create_if_missing(true)
                            .foreign_keys(true)
                            .busy_timeout(PATIENCE)
                            .pragma("journal_mode", "WAL")
                            // With NORMAL a power cut could take back what was acknowledged.
                            .pragma("synchronous", "FULL")
                            // What is erased is overwritten: a copy of the file would have it still.
                            .pragma("secure_delete", "ON")
                            .pragma("cache_size", "-16000")
                            .pragma("mmap_size", "268435456")
                            // A row that finds the buffer full wakes another thread.
                            .row_buffer_size(ROW_BUFFER)
                            .statement_cache_capacity(200)
                    });
                options
            };
            let file = start::file_of(url)?;
            // To turn a new file to its journal, SQLite wants it for itself and does not wait.
            let alone = match std::fs::metadata(&file) {
                Ok(found) if found.len() > 0 => None,
                _ => Some(StartLock::of_file(&file).await?),
            };
            let write = SeaDatabase::connect(pragmas(options(1))).await?;
            let read = SeaDatabase::connect(pragmas(options(connections))).await?;
            drop(alone);
            Ok(Self {
                read: Reader::new(observed(read), 0),
                write: observed(write),
                file: Some(file),
                connections: 0,
            })
        } else {
            start::reach(url).await?;
            let mut options = options(connections);
            options.acquire_timeout(POOL_PATIENCE);
            options
                .map_sqlx_postgres_opts(|options| options.statement_cache_capacity(200))
                .map_sqlx_postgres_pool_opts(planner::tell);
            let both = observed(SeaDatabase::connect(options).await?);
            Ok(Self {
                read: Reader::new(both.clone(), connections),
                write: both,
                file: None,
                connections,
            })
        }
    }

    /// Where to read.
    pub fn read(&self) -> &Reader {
        &self.read
    }

    /// Which of the two databases this is.
    pub fn backend(&self) -> DatabaseBackend {
        self.read.get_database_backend()
    }

    /// Begins a transaction that writes. References between rows are checked when it commits.
    ///
    /// # Errors
    /// Where the writer is busy for longer than ten seconds or the database is away.
    pub async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let mut lost = 0;
        let transaction = loop {
            match self.write.begin_with_options(options).await {
                // Nothing was done in it yet.
                Err(error) if lost < self.connections && is_lost(&error) => lost += 1,
                other => break other?,
            }
        };
        if self.backend() == DatabaseBackend::Sqlite {
            transaction.execute_unprepared("PRAGMA defer_foreign_keys = ON").await?;
        }
        Ok(transaction)
    }

    /// Takes what was erased out of the journal of SQLite too, which otherwise holds it until it is written over. Where somebody
    /// still reads an older state, that happens with a later one. PostgreSQL writes over what is gone when it cleans up.
    pub async fn forget(&self) {
        if self.backend() == DatabaseBackend::Sqlite
            && let Err(error) = self.write.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await
        {
            tracing::warn!(%error, "what was erased stays in the journal of the database until that is written over");
        }
    }

    /// Begins a transaction that only reads, and to which the database stays as it is when it is first asked.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn snapshot(&self) -> Result<DatabaseTransaction, DbErr> {
        // What SQLite reads in a transaction is one state already.
        let options = match self.backend() {
            DatabaseBackend::Sqlite => TransactionOptions::default(),
            _ => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                ..TransactionOptions::default()
            },
        };
        let mut lost = 0;
        loop {
            match self.read.connection().begin_with_options(options).await {
                Err(error) if lost < self.connections && is_lost(&error) => lost += 1,
                other => return other,
            }
        }
    }

    /// Lets one process at a time bring the database in step, where several start at once. The lock ends when what is
    /// returned is dropped.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn lock_start(&self) -> Result<StartLock, DbErr> {
        match &self.file {
            Some(file) => StartLock::of_file(file).await,
            None => StartLock::of_server(&self.write).await,
        }
    }

    /// Applies the migrations that are missing and says how many there were.
    ///
    /// # Errors
    /// Where a migration fails; what it began is rolled back where the database can.
    pub async fn migrate(&self) -> Result<usize, DbErr> {
        let pending = self.pending_migrations().await?;
        if pending > 0 {
            Migrator::up(&self.write, None).await?;
        }
        Ok(pending)
    }

    /// Takes back the last `steps` migrations.
    ///
    /// # Errors
    /// Where a migration fails.
    pub async fn rollback(&self, steps: u32) -> Result<(), DbErr> {
        Migrator::down(&self.write, Some(steps)).await
    }

    /// How many migrations the database lacks.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn pending_migrations(&self) -> Result<usize, DbErr> {
        Ok(Migrator::get_pending_migrations_read_only(&self.write).await?.len())
    }

    /// The id of this database and its vocabularies, made when it is first asked for. A search index that was built from
    /// another database, or with other labels and broader themes, can so be told apart.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn identity(&self) -> Result<Uuid, DbErr> {
        if let Some(found) = self.known_identity().await? {
            return Ok(found);
        }
        let transaction = self.begin().await?;
        setting::Entity::insert(setting::ActiveModel {
            key: Set(IDENTITY.to_owned()),
            value: Set(Uuid::now_v7().to_string()),
        })
        .on_conflict(OnConflict::column(setting::Column::Key).do_nothing().to_owned())
        .exec_without_returning(&transaction)
        .await?;
        transaction.commit().await?;
        self.known_identity()
            .await?
            .ok_or_else(|| DbErr::Custom(format!("setting {IDENTITY} is missing")))
    }

    /// The same, if it was made already.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn known_identity(&self) -> Result<Option<Uuid>, DbErr> {
        let Some(found) = read_setting(&self.read, IDENTITY).await? else {
            return Ok(None);
        };
        let database: Uuid = found
            .parse()
            .map_err(|_| DbErr::Custom(format!("setting {IDENTITY} is not a UUID")))?;
        let vocabulary = read_setting(&self.read, VOCABULARY).await?.unwrap_or_default();
        Ok(Some(Uuid::new_v5(&database, vocabulary.as_bytes())))
    }
}

/// A condition that nothing meets.
pub fn never() -> Expr {
    Expr::val(1).eq(0)
}

/// Whether a column holds one of these keys, in few different statements however many keys there are.
///
/// PostgreSQL takes them as one array and plans the statement once. A list of as many parameters it plans anew each time,
/// because the values might be rarer than most, and that takes longer than the statement; and of a table that it knows
/// nothing of yet, as within the transaction that fills it, it rather reads all rows than look up so many.
pub fn among<Key>(connection: &impl ConnectionTrait, column: impl Into<Expr>, keys: Vec<Key>) -> Expr
where
    Key: Clone + Into<Value>,
    Vec<Key>: Into<Value>,
{
    match connection.get_database_backend() {
        DatabaseBackend::Postgres => column.into().eq(PgFunc::any(Expr::val(keys))),
        _ => column.into().is_in(padded(keys)),
    }
}

/// Whether a column holds one of these parents, each of which has about as many rows as another one has: states, reviews, items with their
/// relations.
///
/// Mostly there is one. It stands in a select of its own, so that PostgreSQL plans the statement once, for as many rows as a parent has in
/// the mean: of an array it expects ten keys, so where it sees fewer in it, it plans the statement anew each time.
pub fn of_parents<Key>(connection: &impl ConnectionTrait, column: impl Into<Expr>, mut parents: Vec<Key>) -> Expr
where
    Key: Clone + Into<Value>,
    Vec<Key>: Into<Value>,
{
    if connection.get_database_backend() != DatabaseBackend::Postgres || parents.len() != 1 {
        return among(connection, column, parents);
    }
    match parents.pop() {
        Some(parent) => {
            let parent = Query::select().expr(Expr::val(parent)).take();
            column.into().eq(Expr::SubQuery(None, Box::new(parent.into())))
        }
        None => never(),
    }
}

/// Whether a column holds one of the keys that this selects, of which there are few.
///
/// PostgreSQL makes them an array first and looks its members up. It expects more of a statement within than there are, and would rather
/// read all rows.
pub fn among_selected(connection: &impl ConnectionTrait, column: impl Into<Expr>, keys: SelectStatement) -> Expr {
    let column = column.into();
    match connection.get_database_backend() {
        DatabaseBackend::Postgres => {
            let keys = Expr::SubQuery(None, Box::new(keys.into()));
            column.eq(PgFunc::any(Expr::cust_with_exprs("ARRAY $1", [keys])))
        }
        _ => column.in_subquery(keys),
    }
}

/// Joins a table whose rows are looked up for those of the tables before it. SQLite, which has no statistics to plan by, keeps to
/// the order of a cross join.
pub fn join_in_order(select: &mut SelectStatement, table: impl IntoTableRef, alias: impl IntoIden, on: Expr) {
    select
        .join_as(JoinType::CrossJoin, table, alias, Condition::all())
        .and_where(on);
}

/// Fills a list of keys up to the next power of two by repeating the last one, so that the database sees few different
/// statements and can keep them prepared.
fn padded<Key: Clone>(mut keys: Vec<Key>) -> Vec<Key> {
    if let Some(last) = keys.last().cloned() {
        keys.resize(keys.len().next_power_of_two(), last);
    }
    keys
}

/// Lets PostgreSQL see what a transaction has put into these tables. A table that somebody else gathers statistics of is left
/// out, so that nobody waits for the other's transaction. SQLite plans without statistics.
///
/// # Errors
/// Where the database is away.
pub async fn gather_statistics(transaction: &DatabaseTransaction, tables: &[&str]) -> Result<(), DbErr> {
    if transaction.get_database_backend() == DatabaseBackend::Postgres {
        let statement = format!("ANALYZE (SKIP_LOCKED) {}", tables.join(", "));
        transaction.execute_unprepared(&statement).await?;
    }
    Ok(())
}

tokio::task_local! {
    /// Set while a request is answered.
    static ANSWERING: ();
}

/// Runs what answers a request, so that its statements are counted apart from those of the background.
pub async fn answering<T>(work: impl Future<Output = T>) -> T {
    ANSWERING.scope((), work).await
}

/// Counts and times the statements of a connection. Neither their text nor their values leave the database layer.
fn observed(mut connection: DatabaseConnection) -> DatabaseConnection {
    connection.set_metric_callback(|info| {
        let purpose = if ANSWERING.try_with(|()| ()).is_ok() {
            "answers"
        } else {
            "background"
        };
        metrics::counter!("praxis_database_statements_total", "for" => purpose).increment(1);
        metrics::histogram!("praxis_database_statement_duration_seconds").record(info.elapsed.as_secs_f64());
        if info.failed {
            metrics::counter!("praxis_database_failures_total").increment(1);
        }
    });
    connection
}

/// Reads a setting that the service keeps in the database.
///
/// # Errors
/// Where the database is away.
pub async fn read_setting(connection: &impl ConnectionTrait, key: &str) -> Result<Option<String>, DbErr> {
    Ok(setting::Entity::find_by_id(key.to_owned())
        .one(connection)
        .await?
        .map(|row| row.value))
}

/// Writes a setting that the service keeps in the database.
///
/// # Errors
/// Where the database is away.
pub async fn write_setting(connection: &impl ConnectionTrait, key: &str, value: &str) -> Result<(), DbErr> {
    setting::Entity::insert(setting::ActiveModel {
        key: Set(key.to_owned()),
        value: Set(value.to_owned()),
    })
    .on_conflict(
        OnConflict::column(setting::Column::Key)
            .update_column(setting::Column::Value)
            .to_owned(),
    )
    .exec_without_returning(connection)
    .await?;
    Ok(())
}
