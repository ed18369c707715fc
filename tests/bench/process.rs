//! Praxis and its peer as processes of their own.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use praxis_tests::{Backend, TestDatabase, free_port, praxis_binary};
use tempfile::TempDir;

use crate::http::{Connection, get};

/// How long a server may take to get ready: it may have an index to build.
const PATIENCE: Duration = Duration::from_secs(1_800);

/// A data directory and a database.
pub struct Place {
    directory: TempDir,
    /// The database.
    pub database: TestDatabase,
    /// Which of the two it is.
    pub backend: Backend,
}

impl Place {
    /// An empty place.
    pub async fn new(backend: Backend) -> Self {
        let directory = tempfile::tempdir().expect("there is a place for files");
        let database = TestDatabase::create(backend, directory.path()).await;
        Self {
            directory,
            database,
            backend,
        }
    }

    fn praxis(&self) -> Command {
        let mut command = Command::new(praxis_binary());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PRAXIS_") {
                command.env_remove(name);
            }
        }
        command
            .env("PRAXIS_DATA_DIR", self.directory.path())
            .env("PRAXIS_DATABASE_URL", &self.database.url)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(self.log());
        command
    }

    fn log(&self) -> File {
        File::options()
            .create(true)
            .append(true)
            .open(self.directory.path().join("log"))
            .expect("the log can be written")
    }

    fn said(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    /// Imports a bundle.
    pub async fn import(&self, file: &Path) -> Imported {
        self.command(&["import", file.to_str().expect("the path is text")])
            .await
    }

    /// Runs a command that imports something.
    pub async fn command(&self, arguments: &[&str]) -> Imported {
        let begun = Instant::now();
        let mut command = self.praxis().args(arguments).spawn().expect("praxis runs");
        let (mut peak_memory, mut peak_own) = (0, 0);
        let mut processor = Duration::ZERO;
        let ended = loop {
            if let Some(ended) = command.try_wait().expect("the command can be waited for") {
                break ended;
            }
            // A process that has just ended has neither any more; what was read last counts.
            peak_memory = peak_memory.max(memory_of(command.id(), "VmHWM:"));
            peak_own = peak_own.max(memory_of(command.id(), "RssAnon:"));
            processor = processor.max(processor_time_of(command.id()));
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        assert!(ended.success(), "the import failed\n{}", self.said());
        Imported {
            time: begun.elapsed(),
            processor,
            peak_memory,
            peak_own,
        }
    }

    /// Starts the service and waits until it is ready.
    pub async fn serve(&self, arguments: &[&str]) -> Serving {
        let port = free_port();
        let mut command = self.praxis();
        command
            .arg("serve")
            .args(arguments)
            .env("PRAXIS_ADDR", format!("127.0.0.1:{port}"));
        Serving::start(command, port, "/health/ready").await
    }

    /// Starts the hand-written peer on the same database.
    pub async fn floor(&self) -> Serving {
        let port = free_port();
        let mut command = Command::new(std::env::current_exe().expect("the benchmark has a path"));
        command
            .args(["floor", &self.database.url, &port.to_string()])
            .stdin(Stdio::null());
        Serving::start(command, port, "/ready-made").await
    }
}

/// What an import took.
pub struct Imported {
    /// From the start of the command to its end.
    pub time: Duration,
    /// The processor time of the command.
    pub processor: Duration,
    /// The most memory that it held, in bytes, with the pages of files that it had mapped.
    pub peak_memory: u64,
    /// The most memory of its own, in bytes.
    pub peak_own: u64,
}

/// A running server. Dropping it kills it.
pub struct Serving {
    child: Child,
    /// Where it listens.
    pub port: u16,
    /// From its start to its first answer.
    pub ready_after: Duration,
}

impl Serving {
    async fn start(mut command: Command, port: u16, path: &str) -> Self {
        let begun = Instant::now();
        let child = command.spawn().expect("the server starts");
        let mut serving = Self {
            child,
            port,
            ready_after: Duration::ZERO,
        };
        loop {
            if let Ok(mut connection) = Connection::open(port).await
                && connection.ask(&get(path)).await.is_ok()
            {
                serving.ready_after = begun.elapsed();
                return serving;
            }
            let ended = serving.child.try_wait().expect("the server can be waited for");
            assert!(ended.is_none(), "the server ended: {ended:?}");
            assert!(begun.elapsed() < PATIENCE, "the server did not get ready");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// The processor time that it has used so far.
    pub fn processor_time(&self) -> Duration {
        processor_time_of(self.child.id())
    }

    /// The most memory that it held, in bytes.
    pub fn peak_memory(&self) -> u64 {
        memory_of(self.child.id(), "VmHWM:")
    }

    /// Ends it as an operator would.
    pub fn stop(mut self) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).expect("a process id is small"));
        kill(pid, Signal::SIGTERM).expect("the server can be signalled");
        self.child.wait().expect("the server ends");
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn memory_of(pid: u32, field: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let kibibytes: Option<u64> = status
        .lines()
        .find_map(|line| line.strip_prefix(field))
        .and_then(|value| value.trim().strip_suffix(" kB")?.parse().ok());
    kibibytes.unwrap_or(0) * 1024
}

fn processor_time_of(pid: u32) -> Duration {
    /// Ticks in a second, on every Linux.
    const TICKS: f64 = 100.0;
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // After the name in parentheses: state is the first field, user and system time are the 12th and 13th.
    let ticks: u32 = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u32>().ok())
        .sum();
    Duration::from_secs_f64(f64::from(ticks) / TICKS)
}
