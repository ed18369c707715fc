//! A database of its own for each test.

use std::path::Path;

use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use uuid::Uuid;

/// The two databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// A file in the data directory.
    Sqlite,
    /// A database on the server that `PRAXIS_TEST_POSTGRES_URL` names.
    Postgres,
}

const VARIABLE: &str = "PRAXIS_TEST_POSTGRES_URL";

impl Backend {
    /// Whether there is a PostgreSQL server to test on.
    pub fn postgres_is_available() -> bool {
        std::env::var(VARIABLE).is_ok()
    }
}

/// A fresh database.
#[derive(Clone)]
pub struct TestDatabase {
    /// Its address.
    pub url: String,
}

impl TestDatabase {
    /// Makes a database; SQLite's file lies in the directory.
    pub async fn create(backend: Backend, directory: &Path) -> Self {
        Self::make(backend, directory, "").await
    }

    /// Makes one with what is in this one, which nobody may be connected to; SQLite's file was copied into the directory.
    pub async fn copy(&self, backend: Backend, directory: &Path) -> Self {
        let name = self.url.rsplit('/').next().unwrap_or_default();
        Self::make(backend, directory, &format!("TEMPLATE {name}")).await
    }

    async fn make(backend: Backend, directory: &Path, template: &str) -> Self {
        match backend {
            Backend::Sqlite => Self {
                url: format!("sqlite://{}", directory.join("praxis.sqlite").display()),
            },
            Backend::Postgres => {
                let server = std::env::var(VARIABLE).expect("PRAXIS_TEST_POSTGRES_URL is set");
                let name = format!("test_{}", Uuid::now_v7().simple());
                let connection = Database::connect(&server).await.expect("PostgreSQL answers");
                connection
                    .execute_unprepared(&format!("CREATE DATABASE {name} {template}"))
                    .await
                    .expect("a database is made");
                let (base, _) = server.rsplit_once('/').expect("the address names a database");
                Self {
                    url: format!("{base}/{name}"),
                }
            }
        }
    }

    /// Connects to it, to look at rows from outside or to break them.
    pub async fn connect(&self) -> DatabaseConnection {
        Database::connect(&self.url).await.expect("the database answers")
    }
}
