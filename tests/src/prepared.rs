//! Places to start from.
//!
//! A first start migrates the database, and with the sample collection imports it and builds the index: seconds of work that
//! every test would do again. Each sort of place is made once, when it is first asked for, and tests start from copies.

use std::fs;
use std::path::{Path, PathBuf};

use nix::sys::signal::kill;
use nix::unistd::Pid;
use tokio::sync::OnceCell;

use crate::database::{Backend, TestDatabase};
use crate::server::{Options, Server, praxis_binary};

/// A database and a data directory after a first start.
struct Prepared {
    database: TestDatabase,
    directory: PathBuf,
}

/// By database; each empty and with the sample collection.
static PREPARED: [[OnceCell<Prepared>; 2]; 2] = [const { [const { OnceCell::const_new() }; 2] }; 2];

/// Fills a directory with a copy of the data of a server that was started with these options once, and copies its database.
pub async fn copy(options: &Options, directory: &Path) -> TestDatabase {
    let place = match options.backend {
        Backend::Sqlite => 0,
        Backend::Postgres => 1,
    };
    let prepared = PREPARED[place][usize::from(options.sample)]
        .get_or_init(|| prepare(options))
        .await;
    copy_folder(&prepared.directory, directory).expect("a data directory can be copied");
    prepared.database.copy(options.backend, directory).await
}

async fn prepare(options: &Options) -> Prepared {
    let mut server = Server::start_anew(Options {
        environment: Vec::new(),
        ..options.clone()
    })
    .await;
    server.wait_for_index().await;
    assert_eq!(server.stop().await, Some(0), "{}", server.logs());
    fs::remove_file(server.directory().join("log")).expect("a server writes a log");
    let directory = folder().join(format!("{:?}-{}", options.backend, options.sample));
    copy_folder(server.directory(), &directory).expect("a data directory can be copied");
    Prepared {
        database: server.database.clone(),
        directory,
    }
}

/// The folder of this process beside the binary, after removing those of processes that have ended.
fn folder() -> PathBuf {
    let all = praxis_binary().with_file_name("prepared");
    for folder in fs::read_dir(&all).into_iter().flatten().flatten() {
        let process = folder.file_name().to_string_lossy().parse().map(Pid::from_raw);
        if process.is_ok_and(|process| kill(process, None).is_err()) {
            let _ = fs::remove_dir_all(folder.path());
        }
    }
    all.join(std::process::id().to_string())
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}
