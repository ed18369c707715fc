//! Search over 100,000 documents of real text: by 16 callers, while documents arrive, beside a Meilisearch server that is
//! asked directly, and how fast the index is built.
//!
//! The texts are those of a folder with UPR Info's files in `upr/` and the collections `cranfield` and `xquad` in
//! `relevance/`, repeated as often as it takes.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use praxis_tests::{Backend, Item, bundle, judged};
use serde_json::{Value, json};

use crate::http::{Connection, Request, each_once, load, post_to, query};
use crate::process::{Place, Serving};
use crate::report::{Bound, Cell, Report, Table, Target, name};
use crate::statistics::{median, milliseconds, percentile};
use crate::upr::Rows;
use crate::{Run, run};

/// How many different queries.
const QUERIES: usize = 240;
/// How many callers ask at the same time.
const CALLERS: usize = 16;
/// For how many seconds documents arrive, and how many each second.
const SECONDS: usize = 20;
const ARRIVING: usize = 100;
/// How many hits a page has.
const HITS: usize = 20;
const MEBIBYTE: f64 = 1024.0 * 1024.0;

const SEARCH: &str = "query ($query: String!, $first: Int!) { search(query: $query, first: $first) { \
     totalCount nodes { __typename ... on Content { id slug title } } } }";
const MARKED: &str = "query ($query: String!, $first: Int!) { search(query: $query, first: $first) { \
     totalCount edges { highlights { field html } node { ... on Content { id slug title } } } } }";
const SUGGEST: &str =
    "query ($query: String!, $first: Int!) { suggest(prefix: $query, first: $first) { text kind id } }";
/// The sizes of pages by which the same words are another question, which nobody has asked before.
const SIZES: std::ops::RangeInclusive<usize> = 15..=20;

/// What is measured on which data.
#[derive(clap::Args)]
pub struct Large {
    /// A folder with UPR Info's files in `upr/` and the collections `cranfield` and `xquad` in `relevance/`.
    #[arg(long)]
    data: PathBuf,
    /// How many documents.
    #[arg(long, default_value_t = 100_000)]
    documents: usize,
    /// A Meilisearch server on this machine to measure against, as an address with a port.
    #[arg(long, env = "PRAXIS_TEST_MEILISEARCH_URL")]
    meilisearch: Option<String>,
    #[command(flatten)]
    options: Run,
}

/// Measures on each database, prints the Markdown and writes the JSON.
pub async fn measure(arguments: &Large) -> std::io::Result<()> {
    let begun = Instant::now();
    let options = &arguments.options;
    let mut report = Report::default();
    let texts = Texts::read(&arguments.data)?;
    let directory = tempfile::tempdir()?;
    let (few, many) = (directory.path().join("few.jsonl"), directory.path().join("many.jsonl"));
    std::fs::write(&few, bundle(&texts.items(arguments.documents / 10)))?;
    std::fs::write(&many, bundle(&texts.items(arguments.documents)))?;
    report
        .machine
        .push(("different texts", format!("{} in English and Spanish", texts.all.len())));
    for backend in options.backends() {
        let say = |what: &str| eprintln!("{:>4} s  {backend:?}: {what}", begun.elapsed().as_secs());
        say("import");
        let small = Place::new(backend).await;
        small.import(&few).await;
        let place = Place::new(backend).await;
        place.import(&many).await;
        say("building the index");
        building(arguments, &small, &place, &mut report).await;
        drop(small);
        let praxis = place.serve(&[]).await;
        say("search");
        searching(options, arguments.documents, backend, &praxis, &texts, &mut report).await;
        say("search while documents arrive");
        arriving(&place, &praxis, &texts, directory.path(), &mut report).await;
        praxis.stop();
        match &arguments.meilisearch {
            Some(url) => {
                say("Meilisearch");
                meilisearch(options, &place, url, &texts, &mut report).await;
            }
            None => eprintln!("no Meilisearch server is named: that part is SKIPPED."),
        }
    }
    run::publish(options, report, begun)
}

/// The texts, and what is asked of them.
struct Texts {
    all: Vec<Text>,
    queries: Vec<String>,
    typed: Vec<String>,
}

struct Text {
    language: &'static str,
    title: String,
    summary: String,
}

impl Text {
    /// A text with its own beginning as the title, where it has none.
    fn new(language: &'static str, title: Option<&str>, summary: &str) -> Self {
        let title = title.map_or_else(
            || summary.split_whitespace().take(9).collect::<Vec<_>>().join(" "),
            str::to_owned,
        );
        Self {
            language,
            title: title.chars().take(200).collect::<String>().trim().to_owned(),
            summary: summary.chars().take(2_000).collect(),
        }
    }
}

impl Texts {
    fn read(data: &Path) -> std::io::Result<Self> {
        let rows = Rows::read(&data.join("upr"))?;
        let mut all: Vec<Text> = rows.texts().map(|text| Text::new("en", None, &text)).collect();
        let relevance = data.join("relevance");
        let mut asked = Vec::new();
        for (language, collection) in [
            ("en", judged::cranfield(&relevance.join("cranfield"))?),
            ("en", judged::xquad(&relevance.join("xquad"), "en")?),
            ("es", judged::xquad(&relevance.join("xquad"), "es")?),
        ] {
            all.extend(collection.items.iter().filter_map(|item| {
                let title = item.document["title"].as_str().filter(|title| title.len() > 4);
                Some(Text::new(language, title, item.document["summary"].as_str()?))
            }));
            let step = (collection.queries.len() / (QUERIES / 6)).max(1);
            asked.extend(
                collection
                    .queries
                    .into_iter()
                    .step_by(step)
                    .take(QUERIES / 6)
                    .map(|query| query.text),
            );
        }
        all.retain(|text| text.title.chars().count() > 2);
        // Half of the queries are questions and topics of people, half some words of a recommendation.
        let words = rows.words(QUERIES - asked.len());
        asked.extend(words);
        let step = all.len() / QUERIES;
        let typed = all
            .iter()
            .step_by(step)
            .take(QUERIES)
            .enumerate()
            .map(|(at, text)| {
                let begun: String = text.title.chars().take(2 + at % 13).collect();
                begun.trim_end().to_lowercase()
            })
            .collect();
        Ok(Self {
            all,
            queries: asked,
            typed,
        })
    }

    /// So many documents, each text as often as it takes.
    fn items(&self, count: usize) -> Vec<Item> {
        (0..count)
            .map(|number| self.item(number, &format!("text-{number}")))
            .collect()
    }

    fn item(&self, number: usize, slug: &str) -> Item {
        // Neighbours are told of the same things; what stands side by side in a file need not.
        let text = &self.all[number * 7_919 % self.all.len()];
        let mut item = Item::new("resource", slug, &text.title, json!({ "summary": text.summary }));
        item.document["language"] = json!(text.language);
        item
    }
}

/// Builds the index of a tenth of the documents and of all of them.
async fn building(arguments: &Large, small: &Place, place: &Place, report: &mut Report) {
    let mut rows = Vec::new();
    let mut peaks = Vec::new();
    let mut rate = 0.0;
    for (place, documents) in [(small, arguments.documents / 10), (place, arguments.documents)] {
        let built = place.command(&["reindex"]).await;
        rate = documents as f64 / built.time.as_secs_f64();
        peaks.push(built.peak_own as f64);
        rows.push(vec![
            name(place.backend).into(),
            Cell::Figure(documents as f64, 0),
            Cell::Figure(built.time.as_secs_f64(), 1),
            Cell::Figure(rate, 0),
            Cell::Figure(built.processor.as_secs_f64(), 1),
            Cell::Figure(built.peak_own as f64 / MEBIBYTE, 0),
        ]);
    }
    report.add(Table {
        key: "reindex",
        title: "Building the index".to_owned(),
        note: "`praxis reindex`, from the start of the command to its end. Memory is the most that it held of its own."
            .to_owned(),
        columns: &[
            "database",
            "documents",
            "seconds",
            "documents/s",
            "CPU s",
            "own peak MiB",
        ],
        rows,
    });
    report.targets.push(Target::new(
        "reindex, documents a second",
        place.backend,
        rate,
        Bound::AtLeast(2_000.0),
        0,
        "",
    ));
    report.targets.push(Target::new(
        "reindex, peak memory of all against a tenth",
        place.backend,
        peaks[1] / peaks[0],
        Bound::AtMost(1.5),
        2,
        "",
    ));
}

/// Each of the words with each of the sizes.
fn requests(text: &str, words: &[String], sizes: std::ops::RangeInclusive<usize>) -> Arc<Vec<Request>> {
    let of_size = |size: usize| {
        words
            .iter()
            .map(move |words| query(text, &json!({ "query": words, "first": size })))
    };
    Arc::new(sizes.flat_map(of_size).collect())
}

async fn searching(
    options: &Run,
    documents: usize,
    backend: Backend,
    praxis: &Serving,
    texts: &Texts,
    report: &mut Report,
) {
    let mut rows = Vec::new();
    let again = *SIZES.end()..=*SIZES.end();
    for (what, text, words, sizes, bound) in [
        ("search", SEARCH, &texts.queries, SIZES, 20.0),
        ("search asked before", SEARCH, &texts.queries, again.clone(), 20.0),
        ("search with highlights", MARKED, &texts.queries, SIZES, 20.0),
        // Four thousand completions are kept.
        ("suggest", SUGGEST, &texts.typed, 1..=20, 10.0),
        ("suggest asked before", SUGGEST, &texts.typed, again, 10.0),
    ] {
        let requests = requests(text, words, sizes);
        each_once(praxis.port, &requests).await;
        let mut alone = Vec::new();
        let mut together = Vec::new();
        for _ in 0..options.rounds {
            alone.push(each_once(praxis.port, &requests).await);
            together.push(load(praxis.port, &requests, CALLERS, options.round()).await);
        }
        let alone = |share: f64| median(alone.iter().map(|sorted| percentile(sorted, share)).collect());
        let of_all = |share: f64| median(together.iter().map(|round| round.percentile(share)).collect());
        rows.push(vec![
            name(backend).into(),
            what.into(),
            Cell::Figure(alone(0.5), 2),
            Cell::Figure(alone(0.99), 2),
            Cell::Figure(median(together.iter().map(crate::http::Round::rate).collect()), 0),
            Cell::Figure(of_all(0.5), 2),
            Cell::Figure(of_all(0.99), 2),
        ]);
        report.targets.push(Target::new(
            format!("{what}, p99, 1 caller"),
            backend,
            alone(0.99),
            Bound::AtMost(bound),
            1,
            " ms",
        ));
        report.targets.push(Target::new(
            format!("{what}, p99, {CALLERS} callers"),
            backend,
            of_all(0.99),
            Bound::AtMost(bound),
            1,
            " ms",
        ));
    }
    report.add(Table {
        key: "large",
        title: format!("Search over {documents} documents of real text, embedded"),
        note: format!(
            "{QUERIES} different queries: half are the topics and questions of the public collections, half one to three words \
             of a recommendation. The service keeps some hundred answers until its index changes, so each is asked for pages of \
             several sizes in turn, which are other questions; what was asked before stands beside it. By one caller, one after the other, then by {CALLERS} callers, each asking again as soon as it \
             is answered. Percentiles are medians of the rounds."
        ),
        columns: &["database", "query", "p50 ms", "p99 ms", "16 callers req/s", "p50 ms of 16", "p99 ms of 16"],
        rows,
    });
}

/// Every second a bundle arrives; how long after its end search finds the last item of it.
async fn arriving(place: &Place, praxis: &Serving, texts: &Texts, directory: &Path, report: &mut Report) {
    let mut connection = Connection::open(praxis.port).await.expect("the server listens");
    let begun = Instant::now();
    let mut found = Vec::with_capacity(SECONDS);
    for second in 0..SECONDS {
        let due = Duration::from_secs(second as u64);
        tokio::time::sleep(due.saturating_sub(begun.elapsed())).await;
        let word = format!("quixotry{second}");
        let mut items: Vec<Item> = (0..ARRIVING)
            .map(|number| texts.item(second * ARRIVING + number, &format!("arriving-{second}-{number}")))
            .collect();
        if let Some(last) = items.last_mut() {
            last.document["title"] = json!(word);
        }
        let file = directory.join("arriving.jsonl");
        std::fs::write(&file, bundle(&items)).expect("the bundle can be written");
        place.import(&file).await;
        let written = Instant::now();
        let search = query(&format!("{{ search(query: \"{word}\") {{ totalCount }} }}"), &json!({}));
        loop {
            let answer = connection.ask(&search).await.expect("the server answers");
            let answer: Value = serde_json::from_slice(answer).expect("the answer is JSON");
            if answer["data"]["search"]["totalCount"] == 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        found.push(written.elapsed());
    }
    let took = begun.elapsed();
    found.sort_unstable();
    report.add(Table {
        key: "arriving",
        title: format!("Found while {ARRIVING} documents a second arrive"),
        note: "A bundle is imported each second; from the end of the command until search, asked every 2 ms, finds its last item."
            .to_owned(),
        columns: &["database", "documents/s", "found after, p50 ms", "slowest ms"],
        rows: vec![vec![
            name(place.backend).into(),
            Cell::Figure((SECONDS * ARRIVING) as f64 / took.as_secs_f64().max(SECONDS as f64), 0),
            Cell::Figure(percentile(&found, 0.5), 0),
            Cell::Figure(percentile(&found, 1.0), 0),
        ]],
    });
    report.targets.push(Target::new(
        "found after publication while documents arrive, slowest",
        place.backend,
        found.last().map_or(f64::NAN, |slowest| milliseconds(*slowest)),
        Bound::AtMost(1_000.0),
        0,
        " ms",
    ));
}

/// The same queries through Praxis and asked of the server directly, in turns.
async fn meilisearch(options: &Run, place: &Place, url: &str, texts: &Texts, report: &mut Report) {
    let index = format!("praxis_bench_{}", std::process::id());
    let begun = Instant::now();
    let praxis = place
        .serve(&["--meilisearch-url", url, "--meilisearch-index", &index])
        .await;
    let built = begun.elapsed();
    let (_, port) = url
        .trim_end_matches('/')
        .rsplit_once(':')
        .expect("the address has a port");
    let port: u16 = port.parse().expect("a port is a number");
    let path = format!("/indexes/{index}/search");
    let direct: Vec<Request> = texts
        .queries
        .iter()
        .map(|words| {
            post_to(
                &path,
                &json!({ "q": words, "limit": HITS, "attributesToRetrieve": ["id"] }),
            )
        })
        .collect();
    let direct = Arc::new(direct);
    let through = requests(SEARCH, &texts.queries, HITS..=HITS);
    each_once(praxis.port, &through).await;
    each_once(port, &direct).await;
    let mut rows = Vec::new();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        ours.push(each_once(praxis.port, &through).await);
        theirs.push(each_once(port, &direct).await);
    }
    let over =
        |rounds: &[Vec<Duration>], share: f64| median(rounds.iter().map(|sorted| percentile(sorted, share)).collect());
    for (what, rounds) in [("through Praxis", &ours), ("asked directly", &theirs)] {
        rows.push(vec![
            name(place.backend).into(),
            what.into(),
            Cell::Figure(over(rounds, 0.5), 2),
            Cell::Figure(over(rounds, 0.99), 2),
        ]);
    }
    let ratio = ours
        .iter()
        .zip(&theirs)
        .map(|(ours, theirs)| percentile(ours, 0.5) / percentile(theirs, 0.5))
        .collect();
    report.add(Table {
        key: "meilisearch",
        title: "Meilisearch, through Praxis and directly".to_owned(),
        note: format!(
            "One caller, the same words, {HITS} hits, in turns. Directly: one search in the index that Praxis keeps, ids alone. \
             Until the index was built: {:.0} s.",
            built.as_secs_f64()
        ),
        columns: &["database", "", "p50 ms", "p99 ms"],
        rows,
    });
    report.targets.push(Target::new(
        "Meilisearch through Praxis against asked directly, p50",
        place.backend,
        median(ratio),
        Bound::AtMost(1.3),
        2,
        " times",
    ));
    praxis.stop();
}
