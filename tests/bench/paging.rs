//! Page 5,000 of a list against its first page.

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::Run;
use crate::http::{Connection, each_once, query};
use crate::process::{Place, Serving};
use crate::report::{Bound, Cell, Report, Table, Target, name};
use crate::statistics::{median, percentile};

/// How many initiatives page 5,000 needs, with one page to spare.
const INITIATIVES: i64 = 100_020;
const PAGE: &str = "query ($after: String) { initiatives(first: 20, after: $after) { \
     nodes { id slug title summary level publishedAt } pageInfo { hasNextPage endCursor } } }";
const STRIDE: &str = "query ($after: String) { initiatives(first: 100, after: $after) { pageInfo { endCursor } } }";
/// How many requests of a page are asked in one go.
const BLOCK: usize = 50;

/// Measures, after making the list long enough.
pub async fn measure(options: &Run, place: &Place, praxis: &Serving, report: &mut Report) {
    grow(place).await;
    let mut connection = Connection::open(praxis.port).await.expect("Praxis listens");
    let mut after = Value::Null;
    // As a partner would: by the cursors that the pages give, 999 pages of a hundred and four of twenty.
    for _ in 0..999 {
        after = cursor(connection.data(STRIDE, json!({ "after": after })).await);
    }
    for _ in 0..4 {
        after = cursor(connection.data(PAGE, json!({ "after": after })).await);
    }
    let last = connection.data(PAGE, json!({ "after": after })).await;
    assert_eq!(last["initiatives"]["nodes"].as_array().map(Vec::len), Some(20));
    let first = connection.data(PAGE, json!({})).await;
    let second = json!({ "after": cursor(first) });
    let pages = [(1, json!({})), (2, second), (5_000, json!({ "after": after }))];
    let mut medians = vec![Vec::new(); pages.len()];
    let mut tails = vec![Vec::new(); pages.len()];
    for round in 0..=options.rounds {
        for (place, (_, variables)) in pages.iter().enumerate() {
            let requests = vec![query(PAGE, variables); BLOCK];
            let latencies = each_once(praxis.port, &requests).await;
            // The first round warms up.
            if round > 0 {
                medians[place].push(percentile(&latencies, 0.5));
                tails[place].push(percentile(&latencies, 0.9));
            }
        }
    }
    let ratio = median(
        medians[0]
            .iter()
            .zip(&medians[2])
            .map(|(first, last)| last / first)
            .collect(),
    );
    let rows = pages
        .iter()
        .enumerate()
        .map(|(at, (number, _))| {
            vec![
                name(place.backend).into(),
                Cell::Figure(f64::from(*number), 0),
                Cell::Figure(median(medians[at].clone()), 2),
                Cell::Figure(median(tails[at].clone()), 2),
            ]
        })
        .collect();
    report.add(Table {
        key: "paging",
        title: "Deep pages".to_owned(),
        note: format!(
            "Pages of 20 of a list of {INITIATIVES} initiatives, one caller; page 5,000 was reached by cursors from \
             page 1. The initiatives beyond those imported are copies of their rows made in SQL, each set of copies a \
             second older, written in the order of their publication."
        ),
        columns: &["database", "page", "p50 ms", "p90 ms"],
        rows,
    });
    report.targets.push(Target::new(
        "page 5,000 against page 1",
        place.backend,
        ratio,
        Bound::AtMost(1.2),
        2,
        "",
    ));
}

fn cursor(mut page: Value) -> Value {
    let cursor = page["initiatives"]["pageInfo"]["endCursor"].take();
    assert!(cursor.is_string(), "the list ended too early");
    cursor
}

/// Copies the rows of initiatives until there are enough. They are written in the order of their publication, as those of a
/// collection that has grown are: scattered rows cost more to read on whichever page.
async fn grow(place: &Place) {
    let connection = place.database.connect().await;
    let (key, earlier, empty, statistics) = match place.backend {
        praxis_tests::Backend::Sqlite => (
            "randomblob(16)",
            "strftime('%Y-%m-%dT%H:%M:%S', published_at, '-' || n || ' seconds') || '.123456+00:00'",
            "'[]'",
            None,
        ),
        praxis_tests::Backend::Postgres => (
            "gen_random_uuid()",
            "published_at - n * interval '1 second'",
            "'[]'::jsonb",
            // What its own daemon would do within a minute, as after the import.
            Some("ANALYZE"),
        ),
    };
    let statements = [
        format!(
            "WITH RECURSIVE set_of(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM set_of WHERE n < \
             (SELECT {INITIATIVES} / COUNT(*) FROM content WHERE kind = 'INITIATIVE')) \
             INSERT INTO content (id, kind, slug, title, title_key, summary, language, status, revision, published_at, \
             updated_at) SELECT {key}, kind, slug || '-copy-' || n, title, title_key, summary, language, status, \
             revision, {earlier}, updated_at FROM content CROSS JOIN set_of WHERE kind = 'INITIATIVE' ORDER BY n DESC"
        ),
        format!(
            "INSERT INTO initiative (content_id, level, stage, participation, children_took_part) \
             SELECT id, 'NATIONAL', 'COMPLETED', {empty}, false FROM content WHERE kind = 'INITIATIVE' \
             AND NOT EXISTS (SELECT 1 FROM initiative WHERE content_id = id) ORDER BY published_at"
        ),
    ];
    for statement in statements.iter().map(String::as_str).chain(statistics) {
        connection
            .execute_unprepared(statement)
            .await
            .expect("the copies are made");
    }
}
