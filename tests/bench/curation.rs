//! Curation: publishing a submission end to end, the moderators' queue when it is long, and what a token costs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use praxis_tests::scene::{Scene, lesson};
use praxis_tests::{Backend, Session};
use serde_json::{Value, json};

use crate::Run;
use crate::http::{Connection, load, query, query_as};
use crate::report::{Bound, Cell, Report, Table, Target, name};
use crate::statistics::{median, percentile};

/// How many submissions are published.
const PUBLISHED: usize = 300;
/// Of how many it is looked when search finds them.
const SEARCHED: usize = 20;
/// How long the short queue and the long one are.
const QUEUES: [usize; 2] = [100, 10_000];
/// How many new tokens are used.
const TOKENS: usize = 100;
/// How often a page of the queue is read.
const READS: usize = 200;

const QUEUE: &str = "{ submissions(filter: { statuses: [SUBMITTED] }, first: 20) {
    nodes { id title kind status submittedAt author { displayName } findings { rule } } pageInfo { endCursor } } }";

/// Measures, on a database of its own.
pub async fn measure(options: &Run, backend: Backend, report: &mut Report) {
    let scene = Scene::set(backend).await;
    let mut people = People::of(&scene).await;
    publishing(&mut people, backend, report).await;
    queue(&scene, &mut people, backend, report).await;
    token(options, &scene, backend, report).await;
    new_tokens(&scene, backend, report).await;
}

/// The author and the moderator, each with a connection of their own.
struct People {
    author: (Connection, String),
    moderator: (Connection, String),
}

impl People {
    async fn of(scene: &Scene) -> Self {
        let port = port(scene);
        Self {
            author: (open(port).await, scene.author.session.access.clone()),
            moderator: (open(port).await, scene.moderator.session.access.clone()),
        }
    }
}

async fn open(port: u16) -> Connection {
    Connection::open(port).await.expect("the server listens")
}

fn port(scene: &Scene) -> u16 {
    let (_, port) = scene.server.url.rsplit_once(':').expect("the address has a port");
    port.parse().expect("a port is a number")
}

/// Calls a mutation on submissions and gives the id of the submission.
async fn act((connection, token): &mut (Connection, String), mutation: &str, input: &str, value: Value) -> String {
    let text = format!(
        "mutation ($input: {input}!) {{ result: {mutation}(input: $input) {{ submission {{ id }} errors {{ code message }} }} }}"
    );
    let request = query_as(&text, &json!({ "input": value }), token);
    let answer = connection.ask(&request).await.expect("the server answers");
    let answer: Value = serde_json::from_slice(answer).expect("the answer is JSON");
    let id = answer["data"]["result"]["submission"]["id"].as_str();
    id.unwrap_or_else(|| panic!("{mutation}: {answer:#}")).to_owned()
}

async fn publishing(people: &mut People, backend: Backend, report: &mut Report) {
    let mut took = Vec::with_capacity(PUBLISHED);
    let mut found = Vec::with_capacity(SEARCHED);
    for number in 0..PUBLISHED {
        let word = format!("quixotry{number}");
        let content = json!({ "content": lesson(&format!("What {word} taught the budget committee")) });
        let id = act(&mut people.author, "saveDraft", "SaveDraftInput", content).await;
        let submission = json!({ "submission": id });
        let begun = Instant::now();
        act(
            &mut people.author,
            "submitDraft",
            "SubmissionActionInput",
            submission.clone(),
        )
        .await;
        act(
            &mut people.moderator,
            "claimSubmission",
            "SubmissionActionInput",
            submission.clone(),
        )
        .await;
        act(
            &mut people.moderator,
            "approveSubmission",
            "SubmissionDecisionInput",
            submission,
        )
        .await;
        let approved = Instant::now();
        took.push(approved - begun);
        if number % (PUBLISHED / SEARCHED) == 0 {
            let search = query(&format!("{{ search(query: \"{word}\") {{ totalCount }} }}"), &json!({}));
            while !finds(&mut people.author.0, &search).await {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            found.push(approved.elapsed());
        }
    }
    took.sort_unstable();
    found.sort_unstable();
    report.targets.push(Target::new(
        "publishing: submit, claim and approve, p99",
        backend,
        percentile(&took, 0.99),
        Bound::AtMost(50.0),
        0,
        " ms",
    ));
    report.targets.push(Target::new(
        "from the approval to the first search that finds it, slowest",
        backend,
        percentile(&found, 1.0),
        Bound::AtMost(1_000.0),
        0,
        " ms",
    ));
    report.add(Table {
        key: "publishing",
        title: "Publishing a submission".to_owned(),
        note: format!(
            "{PUBLISHED} lessons, one after the other, three requests each by two people; drafts are saved before, and no letters \
             are wanted at once. Of {SEARCHED} it is asked every 2 ms when search finds them."
        ),
        columns: &["database", "p50 ms", "p99 ms", "slowest ms", "found after, p50 ms", "found after, slowest ms"],
        rows: vec![vec![
            name(backend).into(),
            Cell::Figure(percentile(&took, 0.5), 1),
            Cell::Figure(percentile(&took, 0.99), 1),
            Cell::Figure(percentile(&took, 1.0), 1),
            Cell::Figure(percentile(&found, 0.5), 0),
            Cell::Figure(percentile(&found, 1.0), 0),
        ]],
    });
}

async fn finds(connection: &mut Connection, search: &[u8]) -> bool {
    let answer = connection.ask(search).await.expect("the server answers");
    let answer: Value = serde_json::from_slice(answer).expect("the answer is JSON");
    answer["data"]["search"]["totalCount"] == 1
}

async fn queue(scene: &Scene, people: &mut People, backend: Backend, report: &mut Report) {
    let mut rows = Vec::new();
    let mut medians = Vec::new();
    let mut length = 0;
    for wanted in QUEUES {
        match wanted.checked_div(length) {
            Some(times) => grow(scene, backend, times - 1).await,
            None => {
                for number in 0..wanted {
                    scene.submitted(lesson(&format!("Waiting {number}"))).await;
                }
            }
        }
        length = wanted;
        let (connection, token) = &mut people.moderator;
        let request = query_as(QUEUE, &json!({}), token);
        let mut took = Vec::with_capacity(READS);
        for _ in 0..READS {
            let begun = Instant::now();
            connection.ask(&request).await.expect("the server answers");
            took.push(begun.elapsed());
        }
        took.sort_unstable();
        medians.push(percentile(&took, 0.5));
        rows.push(vec![
            name(backend).into(),
            Cell::Figure(length as f64, 0),
            Cell::Figure(percentile(&took, 0.5), 2),
            Cell::Figure(percentile(&took, 0.99), 2),
        ]);
    }
    report.targets.push(Target::new(
        "the queue of 10,000 submissions against one of 100",
        backend,
        medians[1] / medians[0],
        Bound::AtMost(1.2),
        2,
        "",
    ));
    report.add(Table {
        key: "queue",
        title: "The moderators' queue".to_owned(),
        note: "The first 20 of those that wait, the longest wait first, with authors and findings; one caller. The long queue is \
               made of copies of rows in SQL."
            .to_owned(),
        columns: &["database", "waiting", "p50 ms", "p99 ms"],
        rows,
    });
}

/// Copies every waiting submission so many times.
async fn grow(scene: &Scene, backend: Backend, times: usize) {
    let (key, statistics) = match backend {
        Backend::Sqlite => ("randomblob(16)", None),
        Backend::Postgres => ("gen_random_uuid()", Some("ANALYZE")),
    };
    let copy = format!(
        "WITH RECURSIVE set_of(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM set_of WHERE n < {times}) \
         INSERT INTO submission (id, kind, slug, title, language, document, status, version, open_findings, author_id, \
         created_at, updated_at, submitted_at, queued_at) SELECT {key}, kind, slug || '-copy-' || n, title, language, document, \
         status, version, open_findings, author_id, created_at, updated_at, submitted_at, queued_at \
         FROM submission CROSS JOIN set_of WHERE status = 'SUBMITTED'"
    );
    scene.execute(&copy).await;
    if let Some(statistics) = statistics {
        scene.execute(statistics).await;
    }
}

async fn token(options: &Run, scene: &Scene, backend: Backend, report: &mut Report) {
    let port = port(scene);
    let without = Arc::new(vec![query("{ __typename }", &json!({}))]);
    let with = Arc::new(vec![query_as(
        "{ __typename }",
        &json!({}),
        &scene.author.session.access,
    )]);
    let mut costs = Vec::new();
    for round in 0..=options.rounds {
        let bare = load(port, &without, 1, options.round() / 2).await.percentile(0.5);
        let signed = load(port, &with, 1, options.round() / 2).await.percentile(0.5);
        // The first round warms up.
        if round > 0 {
            costs.push((signed - bare) * 1_000.0);
        }
    }
    report.targets.push(Target::new(
        "what the token of a request costs, once it is known",
        backend,
        median(costs),
        Bound::AtMost(50.0),
        0,
        " µs",
    ));
}

/// What the first request with a token costs more than the next.
async fn new_tokens(scene: &Scene, backend: Backend, report: &mut Report) {
    let mut connection = open(port(scene)).await;
    let mut session = scene.author.session.clone();
    let mut costs = Vec::with_capacity(TOKENS);
    for _ in 0..TOKENS {
        session = Session::of(&scene.server.refresh(&session.refresh).await);
        let bare = query("{ __typename }", &json!({}));
        let signed = query_as("{ __typename }", &json!({}), &session.access);
        let mut took = Vec::new();
        // The first is for the processor to wake up.
        for request in [&bare, &signed, &signed] {
            let begun = Instant::now();
            connection.ask(request).await.expect("the server answers");
            took.push(begun.elapsed());
        }
        costs.push((took[1].as_secs_f64() - took[2].as_secs_f64()) * 1_000_000.0);
    }
    report.targets.push(Target::new(
        "what the token of a request costs, when it is new",
        backend,
        median(costs),
        Bound::AtMost(50.0),
        0,
        " µs",
    ));
}
