//! What PostgreSQL's planner is told about the statements of this service.

use sea_orm::sqlx::Postgres;
use sea_orm::sqlx::pool::PoolOptions;
use sea_orm::sqlx::query;
use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr, Statement};

use super::Database;

/// Sets, for one connection, what nobody has set for the server, the database or the role.
///
/// PostgreSQL's defaults are for disks that spin and for reports over tables that don't fit into memory. An answer of this service takes
/// milliseconds: starting workers or compiling a statement takes longer than running it, and rows are looked up in memory or on disks
/// to which one place is as good as the next (chapter 20.7 of PostgreSQL's manual, *Planner Cost Constants*, says so of
/// `random_page_cost`).
const SETTINGS: &str = "SELECT set_config(name, CASE name \
     WHEN 'random_page_cost' THEN '1.1' WHEN 'max_parallel_workers_per_gather' THEN '0' ELSE 'off' END, false) \
     FROM pg_settings WHERE name IN ('random_page_cost', 'max_parallel_workers_per_gather', 'jit') AND source = 'default'";

/// Tells the planner on every connection of a pool.
pub fn tell(pool: PoolOptions<Postgres>) -> PoolOptions<Postgres> {
    pool.after_connect(|connection, _| Box::pin(async move { query(SETTINGS).execute(connection).await.map(drop) }))
}

/// What the planner goes by, as `name value`; nothing on SQLite.
///
/// # Errors
/// Where the database is away.
pub async fn told(database: &Database) -> Result<Vec<String>, DbErr> {
    if database.backend() != DatabaseBackend::Postgres {
        return Ok(Vec::new());
    }
    let told = "SELECT name || ' ' || setting AS told FROM pg_settings \
        WHERE name IN ('random_page_cost', 'max_parallel_workers_per_gather', 'jit') ORDER BY name";
    let rows = database
        .read()
        .query_all_raw(Statement::from_string(database.backend(), told))
        .await?;
    rows.iter().map(|row| row.try_get("", "told")).collect()
}
