//! What states were told: the import of UPR Info's files, filters over 100,000 recommendations, a country's page in one
//! query, uptake of 200 reviews.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use praxis_tests::Backend;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::http::{Connection, Request, each_once, get, query};
use crate::process::{Imported, Place, Serving};
use crate::report::{Bound, Cell, Report, Table, Target, name};
use crate::statistics::{median, milliseconds, percentile};
use crate::upr::Rows;
use crate::{Run, run};

/// How many recommendations the filters go over.
const MANY: usize = 100_000;
/// How many different filters.
const FILTERS: usize = 200;
/// How many items of other kinds there are.
const OTHERS: usize = 5_000;
/// The countries whose pages are asked for: some that were told much, and some that the collection has initiatives in.
const COUNTRIES: [&str; 20] = [
    "NP", "PE", "PH", "BD", "ZM", "ML", "KR", "KE", "IN", "CN", "CU", "CO", "US", "RU", "EG", "IR", "FR", "GB", "DE",
    "UZ",
];
/// How many indicators, over how many years.
const INDICATORS: usize = 20;
const YEARS: std::ops::Range<usize> = 2000..2020;
/// How many commitments each country has.
const COMMITMENTS: usize = 20;
const MEBIBYTE: f64 = 1024.0 * 1024.0;

const PAGE: &str = "query ($filter: RecommendationFilter) { recommendations(first: 20, filter: $filter) { \
     nodes { id slug title text response childFocused implementation publishedAt } \
     pageInfo { hasNextPage endCursor } } }";
const COUNTED: &str = "query ($filter: RecommendationFilter) { recommendations(first: 20, filter: $filter) { \
     totalCount nodes { id slug title text response childFocused implementation publishedAt } \
     pageInfo { hasNextPage endCursor } } }";
const COUNTRY: &str = "query ($code: CountryCode!) { country(code: $code) { code name region { name } \
     reviews(first: 10) { nodes { slug cycle session year mechanism { acronym } uptake { recommendations childFocused \
       childFocusedAccepted childFocusedAcceptedShare asks asksReflected } } } \
     byTheme: implementationSummary(by: THEME, filter: { childFocused: true }) { value label recommendations accepted noted \
       unknown underWay implemented } \
     byCycle: implementationSummary(by: CYCLE) { value recommendations childFocused accepted noted pending } \
     recommendations(first: 10, filter: { childFocused: true }) { totalCount nodes { slug title response implementation } } \
     commitments(first: 10, filter: { overdue: true }) { totalCount nodes { slug title kind dueOn overdue } } \
     ratifications { nodes { treaty { slug name } status year } } \
     observations(first: 20) { nodes { indicator { slug name } period value unit } } \
     initiatives(first: 10) { totalCount nodes { slug title level stage } } \
     evidence(first: 10) { totalCount nodes { slug title direction strength { level } } } } }";
const UPTAKE: &str = "uptake { asks asksReflected asksReflectedShare asksAccepted recommendations childFocused \
     childFocusedAccepted childFocusedAcceptedShare }";

/// What is measured on which data.
#[derive(clap::Args)]
pub struct Accountability {
    /// A folder with UPR Info's files in `upr/` and, if there are any, tables of ratification in `treaties/`.
    #[arg(long)]
    data: PathBuf,
    #[command(flatten)]
    options: Run,
}

/// Measures on each database, prints the Markdown and writes the JSON.
pub async fn measure(arguments: &Accountability) -> std::io::Result<()> {
    let begun = Instant::now();
    let mut report = Report::default();
    let rows = Rows::read(&arguments.data.join("upr"))?;
    let directory = tempfile::tempdir()?;
    let files = Files::write(&rows, &arguments.data, directory.path())?;
    for backend in arguments.options.backends() {
        let say = |what: &str| eprintln!("{:>4} s  {backend:?}: {what}", begun.elapsed().as_secs());
        say("import");
        import(backend, &files, &mut report).await;
        say("import of 100,000 and what belongs to them");
        let place = fill(backend, &files).await;
        let praxis = place.serve(&[]).await;
        say("filters");
        filters(&arguments.options, &place, &praxis, &rows, &mut report).await;
        say("countries");
        countries(&arguments.options, &place, &praxis, &mut report).await;
        say("uptake");
        uptake(&arguments.options, &place, &praxis, &mut report).await;
        praxis.stop();
    }
    run::publish(&arguments.options, report, begun)
}

/// What is imported.
struct Files {
    whole: PathBuf,
    rows: usize,
    many: PathBuf,
    others: PathBuf,
    commitments: PathBuf,
    indicators: PathBuf,
    treaties: Vec<PathBuf>,
}

impl Files {
    fn write(rows: &Rows, data: &Path, directory: &Path) -> std::io::Result<Self> {
        let at = |name: &str| directory.join(name);
        let files = Self {
            whole: at("upr.csv"),
            rows: rows.write(&at("upr.csv"))?,
            many: at("many.csv"),
            others: at("others.jsonl"),
            commitments: at("commitments.jsonl"),
            indicators: at("indicators.csv"),
            treaties: tables(&data.join("treaties")),
        };
        rows.write_many(&files.many, MANY)?;
        run::write(&files.others, OTHERS)?;
        let mut out = std::fs::File::create(&files.commitments)?;
        for code in COUNTRIES {
            for number in 0..COMMITMENTS {
                let slug = format!("commitment-{}-{number}", code.to_lowercase());
                let due = format!("20{:02}-06-30", 10 + number);
                let document = json!({ "title": format!("Commitment {number} of {code}"), "language": "en", "kind": "LAW",
                    "madeOn": "2009-12-10", "dueOn": due, "countries": [code] });
                writeln!(
                    out,
                    "{}",
                    json!({ "slug": slug, "content": { "commitment": document } })
                )?;
            }
        }
        let mut out = std::fs::File::create(&files.indicators)?;
        writeln!(
            out,
            "DATAFLOW,REF_AREA,INDICATOR,SEX,TIME_PERIOD,OBS_VALUE,UNIT_MULTIPLIER,UNIT_MEASURE,OBS_STATUS,DATA_SOURCE"
        )?;
        for code in COUNTRIES {
            for indicator in 0..INDICATORS {
                for year in YEARS {
                    let value = (year * 7 + indicator * 13) % 100;
                    writeln!(
                        out,
                        "BENCH(1.0),{code},B_{indicator},_T,{year},{value},0,PCNT,A,Benchmark"
                    )?;
                }
            }
        }
        Ok(files)
    }
}

/// The CSV files of a folder, if there is one.
fn tables(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "csv"))
        .collect();
    found.sort();
    found
}

async fn table(place: &Place, format: &str, path: &Path) -> Imported {
    let path = path.to_str().expect("the path is text");
    place
        .command(&["import", "--format", format, "--skip-problems", path])
        .await
}

async fn import(backend: Backend, files: &Files, report: &mut Report) {
    let place = Place::new(backend).await;
    let first = table(&place, "upr", &files.whole).await;
    let again = table(&place, "upr", &files.whole).await;
    let rows = [("first", &first), ("again, nothing changed", &again)]
        .map(|(what, imported)| {
            vec![
                name(backend).into(),
                what.into(),
                Cell::Figure(files.rows as f64, 0),
                Cell::Figure(imported.time.as_secs_f64(), 1),
                Cell::Figure(imported.processor.as_secs_f64(), 1),
                Cell::Figure(imported.peak_own as f64 / MEBIBYTE, 0),
            ]
        })
        .into();
    report.add(Table {
        key: "upr",
        title: "Import of UPR Info's files".to_owned(),
        note: "All rows of the folder as one file, by `praxis import --format upr` into an empty database, migrations and \
               vocabularies included; then the same once more. CPU is that of the command, without PostgreSQL."
            .to_owned(),
        columns: &["database", "import", "rows", "seconds", "CPU s", "own peak MiB"],
        rows,
    });
    report.targets.push(Target::new(
        "import of UPR Info's files",
        backend,
        first.time.as_secs_f64(),
        Bound::AtMost(60.0),
        1,
        " s",
    ));
}

async fn fill(backend: Backend, files: &Files) -> Place {
    let place = Place::new(backend).await;
    place.import(&files.others).await;
    place.import(&files.commitments).await;
    table(&place, "sdmx", &files.indicators).await;
    for treaty in &files.treaties {
        table(&place, "ratification", treaty).await;
    }
    table(&place, "upr", &files.many).await;
    if backend == Backend::Postgres {
        let connection = place.database.connect().await;
        connection
            .execute_unprepared("ANALYZE")
            .await
            .expect("statistics are gathered");
    }
    place
}

/// The filter of a search: half by words alone, the others with something that narrows it.
fn filter(at: usize, words: &str) -> Value {
    let country = COUNTRIES[at / 2 % COUNTRIES.len()];
    match at % 10 {
        1 => json!({ "text": words, "countries": [country] }),
        3 => json!({ "text": words, "responses": ["NOTED"] }),
        5 => json!({ "text": words, "childFocused": true }),
        7 => json!({ "text": words, "cycles": [2] }),
        9 => json!({ "text": words, "recommendingCountries": [country], "responses": ["ACCEPTED"] }),
        _ => json!({ "text": words }),
    }
}

async fn filters(options: &Run, place: &Place, praxis: &Serving, rows: &Rows, report: &mut Report) {
    let filters: Vec<Value> = rows
        .words(FILTERS)
        .iter()
        .enumerate()
        .map(|(at, words)| filter(at, words))
        .collect();
    let mut measured = Vec::new();
    for (what, text) in [("page", PAGE), ("page with totalCount", COUNTED)] {
        let requests: Vec<Request> = filters
            .iter()
            .map(|filter| query(text, &json!({ "filter": filter })))
            .collect();
        check(praxis, text, &filters).await;
        let (p50, p99, most) = percentiles(options, praxis, &requests).await;
        measured.push(vec![
            name(place.backend).into(),
            what.into(),
            Cell::Figure(p50, 2),
            Cell::Figure(p99, 2),
            Cell::Figure(most, 2),
        ]);
        report.targets.push(Target::new(
            format!("filters with text over {MANY}, {what}, p99"),
            place.backend,
            p99,
            Bound::AtMost(25.0),
            1,
            " ms",
        ));
    }
    report.add(Table {
        key: "filters",
        title: format!("Filters with text over {MANY} recommendations"),
        note: format!(
            "{FILTERS} different filters by one caller, one after the other: one to three words of four letters or more \
             from recommendations drawn at random, so that frequent words are frequent; half of them with a country, a response, \
             a cycle, what is about children, or who recommended it. Percentiles are medians of the rounds."
        ),
        columns: &["database", "query", "p50 ms", "p99 ms", "slowest ms"],
        rows: measured,
    });
}

/// A filter that finds nothing is measured like one that does, but not all of them may be such.
async fn check(praxis: &Serving, text: &str, filters: &[Value]) {
    let mut connection = Connection::open(praxis.port).await.expect("the server listens");
    let mut filled = 0;
    for filter in filters {
        let data = connection.data(text, json!({ "filter": filter })).await;
        filled += usize::from(
            data["recommendations"]["nodes"]
                .as_array()
                .is_some_and(|nodes| !nodes.is_empty()),
        );
    }
    assert!(filled > filters.len() / 2, "only {filled} of the filters find anything");
}

async fn percentiles(options: &Run, praxis: &Serving, requests: &[Request]) -> (f64, f64, f64) {
    each_once(praxis.port, requests).await;
    let mut latencies = Vec::new();
    for _ in 0..options.rounds {
        latencies.push(each_once(praxis.port, requests).await);
    }
    let over = |share: f64| median(latencies.iter().map(|sorted| percentile(sorted, share)).collect());
    (over(0.5), over(0.99), over(1.0))
}

async fn countries(options: &Run, place: &Place, praxis: &Serving, report: &mut Report) {
    let mut connection = Connection::open(praxis.port).await.expect("the server listens");
    let page = connection.data(COUNTRY, json!({ "code": "NP" })).await;
    for part in [
        "reviews",
        "ratifications",
        "observations",
        "initiatives",
        "evidence",
        "commitments",
        "recommendations",
    ] {
        let nodes = page["country"][part]["nodes"].as_array();
        assert!(
            nodes.is_some_and(|nodes| !nodes.is_empty()) || part == "ratifications",
            "{part}: {page:#}"
        );
    }
    let requests: Vec<Request> = COUNTRIES
        .iter()
        .map(|code| query(COUNTRY, &json!({ "code": code })))
        .collect();
    let (p50, p99, _) = percentiles(options, praxis, &requests).await;
    let statements = statements(praxis, &requests[0]).await;
    report.add(Table {
        key: "country",
        title: "A country's page in one query".to_owned(),
        note: format!(
            "Reviews with uptake, recommendations about children by theme and all by cycle, commitments overdue, treaties, \
             indicators, initiatives and evidence, of {} countries one after the other, one caller.",
            COUNTRIES.len()
        ),
        columns: &["database", "p50 ms", "slowest ms", "statements"],
        rows: vec![vec![
            name(place.backend).into(),
            Cell::Figure(p50, 1),
            Cell::Figure(p99, 1),
            Cell::Figure(statements, 0),
        ]],
    });
    report.targets.push(Target::new(
        "a country's page, p50",
        place.backend,
        p50,
        Bound::AtMost(30.0),
        1,
        " ms",
    ));
    report.targets.push(Target::new(
        "a country's page, slowest of 20 countries",
        place.backend,
        p99,
        Bound::AtMost(30.0),
        1,
        " ms",
    ));
}

async fn uptake(options: &Run, place: &Place, praxis: &Serving, report: &mut Report) {
    let mut connection = Connection::open(praxis.port).await.expect("the server listens");
    let first = connection
        .data("{ reviews(first: 100) { pageInfo { endCursor } } }", json!({}))
        .await;
    let after = first["reviews"]["pageInfo"]["endCursor"]
        .as_str()
        .expect("there are 100 reviews")
        .to_owned();
    let text = format!(
        "{{ first: reviews(first: 100) {{ nodes {{ slug {UPTAKE} }} }} \
         second: reviews(first: 100, after: \"{after}\") {{ nodes {{ slug {UPTAKE} }} }} }}"
    );
    let found = connection.data(&text, json!({})).await;
    let reviews: usize = ["first", "second"]
        .iter()
        .map(|page| found[*page]["nodes"].as_array().map_or(0, Vec::len))
        .sum();
    assert_eq!(reviews, 200);
    let request = query(&text, &json!({}));
    let mut took = Vec::new();
    for _ in 0..options.rounds * 10 {
        let asked = Instant::now();
        connection.ask(&request).await.expect("the server answers");
        took.push(milliseconds(asked.elapsed()));
    }
    report.add(Table {
        key: "uptake",
        title: "Uptake of 200 reviews".to_owned(),
        note: format!(
            "Two pages of 100 reviews with their uptake in one query, over {MANY} recommendations; one caller."
        ),
        columns: &["database", "p50 ms", "statements"],
        rows: vec![vec![
            name(place.backend).into(),
            Cell::Figure(median(took), 1),
            Cell::Figure(statements(praxis, &request).await, 0),
        ]],
    });
}

/// How many statements a query takes: the fewest of some times, since a scrape may come before the last one is counted.
async fn statements(praxis: &Serving, request: &Request) -> f64 {
    let mut connection = Connection::open(praxis.port).await.expect("the server listens");
    let mut seen = Vec::new();
    for _ in 0..9 {
        let before = counted(&mut connection).await;
        connection.ask(request).await.expect("the server answers");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        seen.push(counted(&mut connection).await - before);
    }
    median(seen)
}

async fn counted(connection: &mut Connection) -> f64 {
    let metrics = connection
        .ask(&get("/metrics"))
        .await
        .expect("the server tells its metrics");
    String::from_utf8_lossy(metrics)
        .lines()
        .find_map(|line| {
            line.strip_prefix("praxis_database_statements_total{for=\"answers\"} ")?
                .trim()
                .parse()
                .ok()
        })
        .unwrap_or_default()
}
