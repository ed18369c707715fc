//! A database and a directory without a server: what commands work on.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use sea_orm::{ConnectionTrait, Statement};
use tempfile::TempDir;

use crate::database::{Backend, TestDatabase};
use crate::process::Told;
use crate::server::{Server, command, praxis};

/// The tables that an import writes to.
const WRITTEN: [&str; 24] = [
    "ask",
    "audit_entry",
    "citation",
    "commitment",
    "content",
    "content_event",
    "content_concept",
    "content_relation",
    "content_translation",
    "event",
    "evidence",
    "indicator",
    "indicator_target",
    "initiative",
    "lesson",
    "observation",
    "organization",
    "organization_mechanism",
    "practitioner",
    "ratification",
    "recommendation",
    "resource",
    "review",
    "revision",
];

/// A database and a directory without a server.
pub struct Place {
    /// The database.
    pub database: TestDatabase,
    directory: TempDir,
}

impl Place {
    /// A directory with a database that is not there yet, on SQLite, or empty.
    pub async fn create(backend: Backend) -> Self {
        let directory = tempfile::tempdir().expect("there is a place for files");
        Self {
            database: TestDatabase::create(backend, directory.path()).await,
            directory,
        }
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Writes a file into the directory and gives its path.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.directory.path().join(name);
        std::fs::write(&path, bytes).expect("the file can be written");
        path.display().to_string()
    }

    /// A command of the binary, to be started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(&self.database, self.directory.path());
        command.args(arguments);
        command
    }

    /// Runs a command of the binary to its end.
    pub fn run(&self, arguments: &[&str]) -> Told {
        praxis(&self.database, self.directory.path(), arguments).into()
    }

    /// Imports a bundle of these lines.
    #[track_caller]
    pub fn import(&self, lines: &str) -> Told {
        let told = self.run(&["import", &self.file("bundle.jsonl", lines)]);
        assert_eq!(told.code, Some(0), "{told:?}");
        told
    }

    /// What an export with these flags writes to standard output.
    #[track_caller]
    pub fn export(&self, flags: &[&str]) -> String {
        let told = self.run(&[&["export"], flags].concat());
        assert_eq!(told.code, Some(0), "{told:?}");
        told.output
    }
}

impl Server {
    /// Runs a command of the binary beside the server, and gives what it said.
    pub fn tell(&self, arguments: &[&str]) -> Told {
        self.run(arguments).into()
    }
}

impl TestDatabase {
    /// The texts that a statement selects, the first column of each row.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        self.column(sql).await
    }

    /// The number that a statement selects.
    pub async fn number(&self, sql: &str) -> i64 {
        self.column(sql).await.remove(0)
    }

    /// How many rows there are in each of the tables that an import writes to. What comes with the service is not counted.
    pub async fn counts(&self) -> BTreeMap<&'static str, i64> {
        let selects: Vec<String> = WRITTEN
            .iter()
            .enumerate()
            .map(|(place, table)| {
                let of_import = match *table {
                    "audit_entry" => " WHERE source <> 'references.jsonl'",
                    _ => "",
                };
                format!("SELECT COUNT(*) AS found, {place} AS place FROM {table}{of_import}")
            })
            .collect();
        let found: Vec<i64> = self.column(&(selects.join(" UNION ALL ") + " ORDER BY place")).await;
        WRITTEN.into_iter().zip(found).collect()
    }

    async fn column<T: sea_orm::TryGetable>(&self, sql: &str) -> Vec<T> {
        let connection = self.connect().await;
        let statement = Statement::from_string(connection.get_database_backend(), sql);
        let rows = connection.query_all_raw(statement).await.expect("the rows can be read");
        let column = rows
            .iter()
            .map(|row| row.try_get_by_index(0).expect("the first column has this type"))
            .collect();
        connection.close().await.expect("the connection ends");
        column
    }
}
