//! The real server as a process.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::database::{Backend, TestDatabase};
use crate::prepared;

/// How long a server may take to get ready in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a server is started with.
#[derive(Clone)]
pub struct Options {
    /// Which database.
    pub backend: Backend,
    /// Whether with the sample collection.
    pub sample: bool,
    /// More environment variables.
    pub environment: Vec<(String, String)>,
}

impl Options {
    /// A server with an empty database.
    pub fn empty(backend: Backend) -> Self {
        Self {
            backend,
            sample: false,
            environment: Vec::new(),
        }
    }

    /// A server with the sample collection.
    pub fn sample(backend: Backend) -> Self {
        Self {
            sample: true,
            ..Self::empty(backend)
        }
    }

    /// With another environment variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// A running server with a data directory and a database of its own. Dropping it kills it.
pub struct Server {
    /// Where it listens, e.g. `http://127.0.0.1:40123`.
    pub url: String,
    /// Its database.
    pub database: TestDatabase,
    /// For requests of any sort.
    pub client: reqwest::Client,
    options: Options,
    directory: Arc<TempDir>,
    child: Option<Child>,
}

/// A GraphQL answer with its HTTP status.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Value,
}

impl Answer {
    /// The `data`, of an answer without errors.
    #[track_caller]
    pub fn data(&self) -> &Value {
        assert!(self.body.get("errors").is_none(), "{:#}", self.body);
        &self.body["data"]
    }

    /// The message of the first error, of an answer that has one with this code.
    #[track_caller]
    pub fn refusal(&self, code: &str) -> &str {
        assert_eq!(self.codes().first(), Some(&code), "{:#}", self.body);
        self.body["errors"][0]["message"]
            .as_str()
            .expect("an error has a message")
    }

    /// The codes of the errors, in order.
    pub fn codes(&self) -> Vec<&str> {
        self.body["errors"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|error| error["extensions"]["code"].as_str())
            .collect()
    }
}

/// The binary under test, which lies beside the test's own in the target directory. `tests/run` builds it first.
pub fn praxis_binary() -> PathBuf {
    if let Some(path) = std::env::var_os("PRAXIS_TEST_BINARY") {
        return path.into();
    }
    let mut path = std::env::current_exe().expect("the test has a path");
    path.pop();
    if path.ends_with("deps") {
        path.pop();
    }
    path.join("praxis")
}

/// Runs a command of the binary to its end on a database.
pub fn praxis(database: &TestDatabase, directory: &std::path::Path, arguments: &[&str]) -> Output {
    command(database, directory)
        .args(arguments)
        .output()
        .expect("the binary runs; build it with `cargo build`")
}

fn directory() -> TempDir {
    tempfile::tempdir().expect("there is a place for files")
}

/// The binary with a database and a directory, and no other setting.
pub(crate) fn command(database: &TestDatabase, directory: &std::path::Path) -> Command {
    let mut command = Command::new(praxis_binary());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PRAXIS_") {
            command.env_remove(name);
        }
    }
    command
        .env("PRAXIS_DATA_DIR", directory)
        .env("PRAXIS_DATABASE_URL", &database.url)
        .stdin(Stdio::null());
    command
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .expect("there is a free port")
        .port()
}

impl Server {
    /// Starts a server and waits until it is ready. It is not the first on its data, but the first with these settings.
    pub async fn start(options: Options) -> Self {
        let directory = Arc::new(directory());
        let database = prepared::copy(&options, directory.path()).await;
        let mut server = Self::new(options, database, directory);
        server.launch().await;
        server
    }

    /// The same, on nothing: a first start.
    pub async fn start_anew(options: Options) -> Self {
        let directory = Arc::new(directory());
        let database = TestDatabase::create(options.backend, directory.path()).await;
        let mut server = Self::new(options, database, directory);
        server.launch().await;
        server
    }

    /// Starts several servers at once on one new database, in one data directory or each in its own.
    pub async fn start_together(options: Options, servers: usize, in_one_directory: bool) -> Vec<Self> {
        let first = Arc::new(directory());
        let database = TestDatabase::create(options.backend, first.path()).await;
        let mut starting = tokio::task::JoinSet::new();
        for number in 0..servers {
            let directory = if in_one_directory || number == 0 {
                Arc::clone(&first)
            } else {
                Arc::new(directory())
            };
            let mut server = Self::new(options.clone(), database.clone(), directory);
            starting.spawn(async move {
                server.launch().await;
                server
            });
        }
        starting.join_all().await
    }

    fn new(options: Options, database: TestDatabase, directory: Arc<TempDir>) -> Self {
        Self {
            url: String::new(),
            database,
            client: reqwest::Client::new(),
            options,
            directory,
            child: None,
        }
    }

    /// Starts another server with these options on the database of this one, with a data directory of its own.
    pub async fn start_beside(&self, options: Options) -> Self {
        let mut server = Self {
            url: String::new(),
            database: TestDatabase {
                url: self.database.url.clone(),
            },
            client: reqwest::Client::new(),
            options,
            directory: Arc::new(tempfile::tempdir().expect("there is a place for files")),
            child: None,
        };
        server.launch().await;
        server
    }

    /// Starts it again on the same data after [`Server::stop`].
    pub async fn launch(&mut self) {
        // Another process may take the port between our finding it free and the server's listening on it.
        for _ in 0..5 {
            if self.try_launch().await {
                return;
            }
        }
        panic!("the server finds no free port\n{}", self.logs());
    }

    /// Starts it on some port and waits until it is ready; false where the port was taken.
    async fn try_launch(&mut self) -> bool {
        let port = free_port();
        let address = format!("127.0.0.1:{port}");
        self.url = format!("http://{address}");
        self.spawn(&address);
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten()) {
                let logs = self.logs();
                assert!(
                    logs.contains(&format!("can't listen on {address}")),
                    "the server ended: {status}\n{logs}"
                );
                return false;
            }
            if let Ok(answer) = self.client.get(format!("{}/health/ready", self.url)).send().await
                && answer.status().is_success()
                && self.is_alive()
            {
                return true;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "the server did not get ready\n{}",
                self.logs()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Whether the process runs, so that an answer is its own and not that of another that took the port.
    fn is_alive(&mut self) -> bool {
        self.child
            .as_mut()
            .is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    fn spawn(&mut self, address: &str) {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.directory.path().join("log"))
            .expect("the log can be written");
        let mut command = command(&self.database, self.directory.path());
        command
            .arg("serve")
            .env("PRAXIS_ADDR", address)
            .envs(self.options.environment.iter().cloned())
            .stdout(Stdio::null())
            .stderr(Stdio::from(log));
        if self.options.sample {
            command.arg("--sample");
        }
        self.child = Some(command.spawn().expect("the binary starts; build it with `cargo build`"));
    }

    /// Starts it again on the same data, with the sample collection asked for.
    pub async fn launch_with_sample(&mut self) {
        self.options.sample = true;
        self.launch().await;
    }

    /// Asks it to stop with SIGTERM, and gives its exit code.
    pub async fn stop(&mut self) -> Option<i32> {
        let mut child = self.child.take()?;
        let pid = Pid::from_raw(i32::try_from(child.id()).expect("a process id is small"));
        kill(pid, Signal::SIGTERM).expect("the server can be signalled");
        tokio::task::spawn_blocking(move || child.wait().expect("the server ends").code())
            .await
            .expect("waiting succeeds")
    }

    /// Ends it at once, as a power cut would.
    pub async fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("the server runs");
            tokio::task::spawn_blocking(move || child.wait())
                .await
                .expect("waiting succeeds")
                .expect("the server ends");
        }
    }

    /// Its data directory.
    pub fn directory(&self) -> &std::path::Path {
        self.directory.path()
    }

    /// What it has logged so far.
    pub fn logs(&self) -> String {
        let mut text = String::new();
        if let Ok(mut file) = std::fs::File::open(self.directory.path().join("log")) {
            let _ = file.read_to_string(&mut text);
        }
        text
    }

    /// Asks a query without variables.
    pub async fn query(&self, query: &str) -> Answer {
        self.ask(query, json!({})).await
    }

    /// Asks a query.
    pub async fn ask(&self, query: &str, variables: Value) -> Answer {
        self.ask_as(None, query, variables).await
    }

    /// Asks a query with an access token.
    pub async fn ask_as(&self, token: Option<&str>, query: &str, variables: Value) -> Answer {
        let mut request = self.client.post(format!("{}/graphql", self.url));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let response = request
            .json(&json!({ "query": query, "variables": variables }))
            .send()
            .await
            .expect("the server answers");
        Answer {
            status: response.status().as_u16(),
            body: response.json().await.expect("the answer is JSON"),
        }
    }

    /// Runs a command of the binary on the server's database and with its settings, beside the server.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.run_with_input(arguments, "")
    }

    /// The same, with a text on the command's standard input.
    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = command(&self.database, self.directory.path())
            .envs(self.options.environment.iter().cloned())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs; build it with `cargo build`");
        let mut stdin = child.stdin.take().expect("the input is a pipe");
        // A command that does not read its input may have closed it.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        child.wait_with_output().expect("the command ends")
    }

    /// Writes a file into the server's directory and gives its path.
    pub fn file(&self, name: &str, text: &str) -> String {
        let path = self.directory.path().join(name);
        std::fs::write(&path, text).expect("the file can be written");
        path.display().to_string()
    }

    /// The value of a metric without labels, or the sum over its labels.
    pub async fn metric(&self, name: &str) -> f64 {
        let text = self
            .client
            .get(format!("{}/metrics", self.url))
            .send()
            .await
            .expect("the server answers")
            .text()
            .await
            .expect("metrics are text");
        text.lines()
            .filter(|line| {
                line.strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with(' ') || rest.starts_with('{'))
            })
            .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
            .sum()
    }

    /// How many SQL statements requests took so far, without those of the background.
    pub async fn statements(&self) -> f64 {
        self.metric("praxis_database_statements_total{for=\"answers\"}").await
    }

    /// How many SQL statements a query takes. The query is asked twice, so that nothing is counted that happens once.
    pub async fn statements_of(&self, query: &str) -> u64 {
        self.statements_as(None, query).await
    }

    /// How many SQL statements a query of somebody takes.
    pub async fn statements_as(&self, token: Option<&str>, query: &str) -> u64 {
        let none = Value::Object(serde_json::Map::new());
        self.ask_as(token, query, none.clone()).await.data();
        // The same twice, one after the other: nothing else was counted meanwhile.
        let mut seen = Vec::new();
        while seen.len() < 20 {
            let before = self.settled_statements().await;
            self.ask_as(token, query, none.clone()).await.data();
            let taken = (self.settled_statements().await - before) as u64;
            if seen.last() == Some(&taken) {
                return taken;
            }
            seen.push(taken);
        }
        panic!("it changes each time: {seen:?}");
    }

    /// The number of statements once it has stopped growing: a statement is counted a moment after its answer was given.
    async fn settled_statements(&self) -> f64 {
        let mut before = self.statements().await;
        loop {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let now = self.statements().await;
            if now == before {
                return now;
            }
            before = now;
        }
    }

    /// Waits until the search index has everything that the log has.
    pub async fn wait_for_index(&self) {
        self.wait_for_index_within(PATIENCE).await;
    }

    /// The same, for an index that takes its time.
    pub async fn wait_for_index_within(&self, patience: Duration) {
        let begun = Instant::now();
        loop {
            let ready: Value = self
                .client
                .get(format!("{}/health/ready", self.url))
                .send()
                .await
                .expect("the server answers")
                .json()
                .await
                .expect("the answer is JSON");
            let behind = ready["search"]
                .as_array()
                .into_iter()
                .flatten()
                .any(|engine| engine["lagEvents"] != 0);
            if !behind {
                return;
            }
            assert!(begun.elapsed() < patience, "the index stays behind: {ready}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
