//! The process in which a file is read, seen from both of its ends.
//!
//! It is this program itself, with little memory, little time and nothing of the environment. Whatever becomes of it, the file
//! stays and the server goes on.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;

use super::{Format, read};
use crate::files::examine::{FileFinding, findings_of};

/// The command that reads a file.
pub const COMMAND: &str = "read-file";

/// How much of a processor's time reading a file may take.
const WORK: Duration = Duration::from_secs(30);
/// How long it may take in all, on a machine that has much else to do.
const TIME: Duration = Duration::from_secs(60);
/// How long a file waits until others have been read.
const PATIENCE: Duration = Duration::from_secs(120);
/// How many files are read at once.
const AT_ONCE: usize = 2;
/// Most bytes of an answer: the longest text in the longest letters, and what was found in it.
const MOST_ANSWERED: u64 = 16_000_000;
/// Most bytes of memory that the process may have.
const MEMORY: u64 = 1 << 30;

static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);

/// What the process answers.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The text of the file.
    pub text: String,
    /// What the checks found in it.
    pub findings: Vec<FileFinding>,
}

/// What became of reading a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was read.
    Read(Answer),
    /// It can't be read within the limits.
    Failed,
    /// So many others are being read that it has to be read later.
    Busy,
}

/// Reads a file of this media type in a process of its own.
pub async fn read_apart(path: &Path, media_type: &str) -> Outcome {
    let Ok(Ok(turn)) = tokio::time::timeout(PATIENCE, TURNS.acquire()).await else {
        return Outcome::Busy;
    };
    let outcome = match start(path, media_type) {
        Ok(mut child) => match tokio::time::timeout(TIME, answer(&mut child)).await {
            Ok(Some(answer)) => Outcome::Read(answer),
            Ok(None) | Err(_) => {
                // Where it has ended already there is nothing to end.
                let _ = child.kill().await;
                Outcome::Failed
            }
        },
        Err(error) => {
            tracing::error!(%error, "the process that reads files can't be started");
            Outcome::Busy
        }
    };
    drop(turn);
    if outcome == Outcome::Failed {
        tracing::info!(media_type, "a file could not be read within the limits");
    }
    outcome
}

fn start(path: &Path, media_type: &str) -> std::io::Result<Child> {
    Command::new(program()?)
        .arg(COMMAND)
        .arg(media_type)
        .arg(path)
        .env_clear()
        // The allocator would set aside all the memory that the process may have.
        .env("MIMALLOC_ARENA_RESERVE", "65536")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
}

/// This program, also where another version has taken its place on the disk.
fn program() -> std::io::Result<PathBuf> {
    if cfg!(target_os = "linux") {
        Ok(PathBuf::from("/proc/self/exe"))
    } else {
        std::env::current_exe()
    }
}

async fn answer(child: &mut Child) -> Option<Answer> {
    let mut answered = Vec::new();
    let output = child.stdout.take()?;
    output.take(MOST_ANSWERED + 1).read_to_end(&mut answered).await.ok()?;
    if u64::try_from(answered.len()).ok()? > MOST_ANSWERED || !child.wait().await.ok()?.success() {
        return None;
    }
    serde_json::from_slice(&answered).ok()
}

/// What the process does: reads the file within the limits.
pub fn run(path: &Path, media_type: &str) -> Option<Answer> {
    let format = Format::of(media_type)?;
    limit();
    let reading = read(path, format);
    Some(Answer {
        findings: findings_of(&reading),
        text: reading.text,
    })
}

/// Limits this process. Where the system knows no such limits, those that the server keeps remain.
#[cfg(unix)]
fn limit() {
    use nix::sys::resource::{Resource, setrlimit};
    let limits = [
        (Resource::RLIMIT_AS, MEMORY),
        // It ends by itself, also where the server is gone.
        (Resource::RLIMIT_CPU, WORK.as_secs()),
        (Resource::RLIMIT_FSIZE, 0),
        (Resource::RLIMIT_CORE, 0),
    ];
    for (resource, most) in limits {
        if let Err(error) = setrlimit(resource, most, most) {
            tracing::debug!(%error, ?resource, "a limit can't be set");
        }
    }
}

#[cfg(not(unix))]
fn limit() {}
