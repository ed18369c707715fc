//! The harness: starts the real `praxis` binary with a database of its own and talks to it from outside.
//!
//! ```no_run
//! # async fn example() {
//! let server = praxis_tests::Server::start(praxis_tests::Options::sample(praxis_tests::Backend::Sqlite)).await;
//! let answer = server.query("{ themes { slug } }").await;
//! # }
//! ```

pub mod clients;
mod collection;
mod database;
pub mod documents;
pub mod judged;
mod live;
mod members;
mod place;
mod prepared;
mod process;
pub mod provider;
mod reply;
pub mod scene;
mod server;
pub mod totp;
pub mod visitor;

pub use collection::{Item, bundle, sample_collection, sample_references, slugs, sorted_slugs};
pub use database::{Backend, TestDatabase};
pub use live::{EventStream, Refusal, Socket};
pub use members::{Letter, Member, PASSWORD, Session};
pub use place::Place;
pub use process::{Told, praxis_command, tell};
pub use reply::Reply;
pub use server::{Answer, Options, Server, free_port, praxis, praxis_binary};

/// Runs a test on SQLite and on PostgreSQL. The body is an async function of a [`Backend`]; attributes such as `#[ignore]`
/// go to both tests.
///
/// Where `PRAXIS_TEST_POSTGRES_URL` is not set the PostgreSQL half does nothing and says so; `tests/run` sets it always.
#[macro_export]
macro_rules! on_both_databases {
    ($($(#[$meta:meta])* async fn $name:ident($backend:ident: Backend) $body:block)+) => {$(
        mod $name {
            use super::*;

            async fn body($backend: $crate::Backend) $body

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                body($crate::Backend::Sqlite).await;
            }

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                if $crate::Backend::postgres_is_available() {
                    body($crate::Backend::Postgres).await;
                } else {
                    eprintln!("skipped: PRAXIS_TEST_POSTGRES_URL is not set");
                }
            }
        }
    )+};
}
