//! Reaching the database, and letting one process at a time bring it in step.

use std::fs::{File, TryLockError};
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection};
use sea_orm::sqlx::sqlite::SqliteConnectOptions;
use sea_orm::sqlx::{Connection, Error as SqlxError};
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, RuntimeErr, TransactionTrait};

use super::PATIENCE;

/// Holds other processes off from bringing the database in step, until it is dropped.
pub enum StartLock {
    /// Of SQLite: a lock on a file beside the database. SQLite itself has none that outlasts a transaction.
    File(File),
    /// Of PostgreSQL: a lock of the server that belongs to this transaction.
    Server(DatabaseTransaction),
    /// There is none where the file is: starting several processes at once is not safe there.
    None,
}

impl StartLock {
    /// Waits for the lock beside the file of an SQLite database.
    pub async fn of_file(database: &Path) -> Result<Self, DbErr> {
        let mut path = database.as_os_str().to_owned();
        path.push("-lock");
        let refused = |error: &Error| DbErr::Custom(format!("{} can't be locked: {error}", Path::new(&path).display()));
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|error| refused(&error))?;
        match file.try_lock() {
            Ok(()) => return Ok(Self::File(file)),
            Err(TryLockError::WouldBlock) => {
                tracing::info!("another process brings the database in step; waiting for it");
            }
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {
                tracing::warn!("files can't be locked here; start one process at a time");
                return Ok(Self::None);
            }
            Err(TryLockError::Error(error)) => return Err(refused(&error)),
        }
        let locked = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await;
        match locked {
            Ok(Ok(file)) => Ok(Self::File(file)),
            Ok(Err(error)) => Err(refused(&error)),
            Err(error) => Err(refused(&Error::other(error))),
        }
    }

    /// Waits for the lock of a PostgreSQL database.
    pub async fn of_server(connection: &DatabaseConnection) -> Result<Self, DbErr> {
        /// An arbitrary number that means this lock to all processes of the service.
        const LOCK: i64 = 0x5072_6178_6973;
        let transaction = connection.begin().await?;
        transaction
            .execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})"))
            .await?;
        Ok(Self::Server(transaction))
    }

    /// Lets the next process in.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn release(self) -> Result<(), DbErr> {
        match self {
            Self::Server(transaction) => transaction.commit().await,
            Self::File(_) | Self::None => Ok(()),
        }
    }
}

/// The file of an SQLite database.
pub fn file_of(url: &str) -> Result<PathBuf, DbErr> {
    let options = SqliteConnectOptions::from_str(url).map_err(|error| unreachable(error.into()))?;
    Ok(options.get_filename().to_owned())
}

/// Connects to PostgreSQL once. A pool would go on trying and at last say no more than that time was up.
pub async fn reach(url: &str) -> Result<(), DbErr> {
    let options = PgConnectOptions::from_str(url).map_err(|error| unreachable(error.into()))?;
    match tokio::time::timeout(PATIENCE, PgConnection::connect_with(&options)).await {
        Ok(Ok(connection)) => {
            // The server notices by itself.
            let _ = connection.close().await;
            Ok(())
        }
        Ok(Err(error)) => Err(unreachable(error.into())),
        Err(_) => {
            let message = format!("it does not answer within {} seconds", PATIENCE.as_secs());
            Err(DbErr::Conn(RuntimeErr::Internal(message)))
        }
    }
}

fn unreachable(error: Arc<SqlxError>) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(error))
}
