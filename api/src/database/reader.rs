//! Where to read: a pool whose connections may have been closed since they were last used.

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseBackend, DatabaseConnection, DbErr, ExecResult, QueryResult, RuntimeErr, SqlxError,
    Statement,
};

/// Where to read. When PostgreSQL was started again, every connection of the pool is closed, and each tells so to the next
/// statement that uses it. What only reads is then asked again on another one, so that nobody notices.
#[derive(Clone)]
pub struct Reader {
    connection: DatabaseConnection,
    retries: u32,
}

impl Reader {
    /// Reads on these connections, and at most so many times again on others.
    pub fn new(connection: DatabaseConnection, retries: u32) -> Self {
        Self { connection, retries }
    }

    /// The pool.
    pub(super) fn connection(&self) -> &DatabaseConnection {
        &self.connection
    }
}

/// Asks until the answer does not come from a connection that was closed. Each such connection leaves the pool.
macro_rules! ask {
    ($reader:ident, $question:expr) => {{
        let mut lost = 0;
        loop {
            match $question.await {
                Err(error) if lost < $reader.retries && is_lost(&error) => lost += 1,
                other => return other,
            }
        }
    }};
}

#[async_trait]
impl ConnectionTrait for Reader {
    fn get_database_backend(&self) -> DatabaseBackend {
        self.connection.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        ask!(self, self.connection.execute_raw(statement.clone()))
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        ask!(self, self.connection.execute_unprepared(sql))
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        ask!(self, self.connection.query_one_raw(statement.clone()))
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        ask!(self, self.connection.query_all_raw(statement.clone()))
    }
}

/// Whether PostgreSQL ended the transaction since it and another one waited for each other. Nothing of it was done; it may be
/// done again.
pub fn is_deadlock(error: &DbErr) -> bool {
    let (DbErr::Conn(RuntimeErr::SqlxError(cause))
    | DbErr::Exec(RuntimeErr::SqlxError(cause))
    | DbErr::Query(RuntimeErr::SqlxError(cause))) = error
    else {
        return false;
    };
    matches!(&**cause, SqlxError::Database(refusal) if refusal.code().as_deref() == Some("40P01"))
}

/// Whether a statement met a connection that was closed, rather than that none could be made or that it was refused.
pub fn is_lost(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) = error else {
        return false;
    };
    match &**cause {
        SqlxError::Io(_) => true,
        // PostgreSQL: the operator, or a crash, ended the connection.
        SqlxError::Database(refusal) => matches!(refusal.code().as_deref(), Some("57P01" | "57P02")),
        _ => false,
    }
}
