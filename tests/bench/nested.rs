//! Twenty initiatives with partners, evidence and lessons nested, against the same JSON from hand-written SQL.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::Run;
use crate::http::{Connection, Request, Round, get, load, query};
use crate::process::{Place, Serving};
use crate::report::{Bound, Cell, Report, Table, Target, name};
use crate::statistics::{median, milliseconds};

/// The query.
pub const QUERY: &str = "{ initiatives(first: 20) { \
     nodes { id slug title summary level stage startedOn publishedAt \
     partners { role organization { id slug title kind } } \
     evidence(first: 5) { nodes { id slug title direction strength { level } } } \
     lessons(first: 5) { nodes { id slug title kind factor } } } \
     pageInfo { hasNextPage endCursor } } }";

const CALLERS: [usize; 3] = [1, 8, 16];
const COLUMNS: [&str; 15] = [
    "database",
    "callers",
    "praxis req/s",
    "p50 ms",
    "p99 ms",
    "floor req/s",
    "floor p50 ms",
    "floor p99 ms",
    "ready-made req/s",
    "ratio",
    "lowest",
    "highest",
    "praxis CPU ms",
    "floor CPU ms",
    "CPU ratio",
];

/// One of the three that answer, over all rounds.
struct Side<'a> {
    server: &'a Serving,
    requests: Arc<Vec<Request>>,
    rounds: Vec<Round>,
    processor: Duration,
}

impl<'a> Side<'a> {
    fn new(server: &'a Serving, request: Request) -> Self {
        Self {
            server,
            requests: Arc::new(vec![request]),
            rounds: Vec::new(),
            processor: Duration::ZERO,
        }
    }

    async fn round(&mut self, callers: usize, lasting: Duration) -> f64 {
        let before = self.server.processor_time();
        let round = load(self.server.port, &self.requests, callers, lasting).await;
        self.processor += self.server.processor_time().saturating_sub(before);
        let rate = round.rate();
        self.rounds.push(round);
        rate
    }

    fn rate(&self) -> f64 {
        median(self.rounds.iter().map(Round::rate).collect())
    }

    fn latency(&self, share: f64) -> f64 {
        median(self.rounds.iter().map(|round| round.percentile(share)).collect())
    }

    /// Processor time of the process for one request, in milliseconds.
    fn processor(&self) -> f64 {
        let requests: usize = self.rounds.iter().map(Round::requests).sum();
        milliseconds(self.processor) / requests as f64
    }
}

/// Measures.
pub async fn measure(options: &Run, place: &Place, praxis: &Serving, report: &mut Report) {
    let floor = place.floor().await;
    check(praxis, &floor).await;
    let mut rows = Vec::new();
    for callers in CALLERS {
        let mut ours = Side::new(praxis, query(QUERY, &json!({})));
        let mut theirs = Side::new(&floor, get("/initiatives"));
        let mut ceiling = Side::new(&floor, get("/ready-made"));
        let mut ratios = Vec::new();
        for side in [&ours, &theirs] {
            load(side.server.port, &side.requests, callers, options.round() / 2).await;
        }
        for round in 0..options.rounds {
            // Whoever comes second may find a busier or a calmer machine, so they take turns.
            let (ours, theirs) = if round % 2 == 0 {
                let ours = ours.round(callers, options.round()).await;
                (ours, theirs.round(callers, options.round()).await)
            } else {
                let theirs = theirs.round(callers, options.round()).await;
                (ours.round(callers, options.round()).await, theirs)
            };
            ratios.push(ours / theirs);
            ceiling.round(callers, options.round() / 4).await;
        }
        let ratio = median(ratios.clone());
        report.targets.push(Target::new(
            format!("20 initiatives nested, callers: {callers}; rate against the floor"),
            place.backend,
            ratio,
            Bound::AtLeast(0.5),
            2,
            "",
        ));
        rows.push(vec![
            name(place.backend).into(),
            Cell::Figure(callers as f64, 0),
            Cell::Figure(ours.rate(), 0),
            Cell::Figure(ours.latency(0.5), 2),
            Cell::Figure(ours.latency(0.99), 2),
            Cell::Figure(theirs.rate(), 0),
            Cell::Figure(theirs.latency(0.5), 2),
            Cell::Figure(theirs.latency(0.99), 2),
            Cell::Figure(ceiling.rate(), 0),
            Cell::Figure(ratio, 2),
            Cell::Figure(ratios.iter().copied().fold(f64::INFINITY, f64::min), 2),
            Cell::Figure(ratios.iter().copied().fold(0.0, f64::max), 2),
            Cell::Figure(ours.processor(), 2),
            Cell::Figure(theirs.processor(), 2),
            Cell::Figure(theirs.processor() / ours.processor(), 2),
        ]);
    }
    report.add(Table {
        key: "nested",
        title: "20 initiatives with partners, evidence and lessons".to_owned(),
        note:
            "The floor is a hand-written axum handler with four SQL statements on the same database, in a process of \
               its own; both were seen to give the same data. Praxis and the floor take turns; the ratio is the median \
               of the rounds' ratios of requests per second, beside the lowest and the highest. `ready-made` is the \
               same answer without any work: what the load generator can do at the least. CPU is the processor time \
               of the serving process for one request, without that of PostgreSQL; others on the machine disturb it least."
                .to_owned(),
        columns: &COLUMNS,
        rows,
    });
}

/// Praxis and the floor give the same data. Cursors are opaque: each has one, and they need not be the same.
async fn check(praxis: &Serving, floor: &Serving) {
    let mut ours = Connection::open(praxis.port)
        .await
        .expect("Praxis listens")
        .data(QUERY, json!({}))
        .await;
    let mut connection = Connection::open(floor.port).await.expect("the floor listens");
    let theirs = connection.ask(&get("/initiatives")).await.expect("the floor answers");
    let mut theirs: Value = serde_json::from_slice(theirs).expect("the answer is JSON");
    let mut theirs = theirs["data"].take();
    for side in [&mut ours, &mut theirs] {
        let cursor = side["initiatives"]["pageInfo"]["endCursor"].take();
        assert!(cursor.is_string(), "there is no cursor");
    }
    assert!(
        ours == theirs,
        "Praxis and the floor differ\n{ours:#}\n\nthe floor\n{theirs:#}"
    );
    let nodes = ours["initiatives"]["nodes"].as_array().expect("there are initiatives");
    assert_eq!(nodes.len(), 20);
    for (path, least) in [("/partners/0", 10), ("/evidence/nodes/0", 10), ("/lessons/nodes/0", 5)] {
        let filled = nodes.iter().filter(|node| node.pointer(path).is_some()).count();
        assert!(filled >= least, "only {filled} of 20 initiatives have {path}");
    }
}
