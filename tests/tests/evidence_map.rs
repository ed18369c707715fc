//! The evidence gap map: its sums agree with the lists, and the empty cells are there.

use std::collections::{BTreeMap, BTreeSet};

use praxis_tests::{Item, Options, Server, on_both_databases, sample_collection, sorted_slugs};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

const AXES: [&str; 7] = [
    "INSTRUMENT",
    "OUTCOME_DOMAIN",
    "THEME",
    "COUNTRY",
    "REGION",
    "STUDY_DESIGN",
    "FACTOR",
];

async fn map(server: &Server, rows: &str, columns: &str, filter: &str) -> Value {
    let answer = server
        .query(&format!(
            "{{ evidenceMap(rows: {rows}, columns: {columns}, filter: {filter}) {{
                 rows {{ value label total }} columns {{ value label total }}
                 cells {{ row column count benefits pitfalls mixed noEffect strongest }} }} }}"
        ))
        .await;
    answer.data()["evidenceMap"].clone()
}

fn values(headings: &Value) -> Vec<&str> {
    let headings = headings.as_array().unwrap();
    headings
        .iter()
        .map(|heading| heading["value"].as_str().unwrap())
        .collect()
}

fn cell<'a>(map: &'a Value, row: &str, column: &str) -> &'a Value {
    let mut cells = map["cells"].as_array().unwrap().iter();
    cells
        .find(|cell| cell["row"] == row && cell["column"] == column)
        .unwrap_or_else(|| panic!("there is a cell {row} × {column}"))
}

/// What every map keeps to.
fn check(map: &Value, name: &str) {
    let (rows, columns) = (values(&map["rows"]), values(&map["columns"]));
    let cells = map["cells"].as_array().unwrap();
    let places: Vec<_> = cells
        .iter()
        .map(|cell| (cell["row"].as_str().unwrap(), cell["column"].as_str().unwrap()))
        .collect();
    let expected: Vec<_> = rows
        .iter()
        .flat_map(|row| columns.iter().map(|column| (*row, *column)))
        .collect();
    assert_eq!(places, expected, "{name}: one cell for each row and column, row by row");
    for cell in cells {
        let number = |field: &str| cell[field].as_i64().unwrap();
        let sum = number("benefits") + number("pitfalls") + number("mixed") + number("noEffect");
        assert_eq!(number("count"), sum, "{name}: {cell}");
        assert_eq!(number("count") == 0, cell["strongest"].is_null(), "{name}: {cell}");
    }
}

on_both_databases! {
    async fn the_sums_of_a_map_agree_with_the_lists_by_filter(backend: Backend) {
        let server = Server::start(Options::sample(backend)).await;
        for (index, rows) in AXES.into_iter().enumerate() {
            let columns = AXES[(index + 3) % AXES.len()];
            check(&map(&server, rows, columns, "null").await, &format!("{rows} × {columns}"));
            let answer = server
                .query(&format!("{{ evidenceMap(rows: {rows}, columns: {rows}) {{ cells {{ count }} }} }}"))
                .await;
            assert!(answer.refusal("BAD_REQUEST").contains("same axis"));
        }
        cells_agree_with_the_lists(&server).await;
        headings_are_complete_and_counted_once(&server).await;
    }

    async fn a_finding_counts_once_in_each_of_its_cells(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let nothing = map(&server, "OUTCOME_DOMAIN", "STUDY_DESIGN", "null").await;
        check(&nothing, "empty");
        assert_eq!(nothing["cells"].as_array().unwrap().len(), 11 * 8, "all cells of an empty map are there");
        assert_eq!(map(&server, "COUNTRY", "REGION", "null").await["cells"], json!([]));
        server.import(&collection());
        let found = map(&server, "INSTRUMENT", "THEME", "null").await;
        check(&found, "instruments by themes");
        // Both initiatives used it, and yet the finding is one.
        let both = |row, column| {
            let cell = cell(&found, row, column);
            (cell["count"].as_i64().unwrap(), cell["strongest"].as_str())
        };
        assert_eq!(both("social-audit", "child-marriage"), (1, Some("EMERGING")));
        assert_eq!(both("petition", "child-marriage"), (1, Some("EMERGING")));
        assert_eq!(both("petition", "harmful-practices"), (2, Some("MODERATE")));
        assert_eq!(both("petition", "violence-against-children"), (2, Some("MODERATE")));
        assert_eq!(both("petition", "education"), (0, None));
        assert_eq!(cell(&found, "petition", "harmful-practices")["benefits"], 1);
        assert_eq!(cell(&found, "petition", "harmful-practices")["mixed"], 1);
        let found = map(&server, "FACTOR", "REGION", "null").await;
        check(&found, "factors by regions");
        assert_eq!(values(&found["columns"]), ["001", "002", "202", "014"], "only regions with evidence");
        assert_eq!(cell(&found, "FUNDING", "014")["count"], 1);
        assert_eq!(cell(&found, "CHAMPIONS", "001")["count"], 1);
        assert_eq!(cell(&found, "COORDINATION", "001")["count"], 0);
        let only = map(&server, "OUTCOME_DOMAIN", "STUDY_DESIGN", "{ directions: [MIXED] }").await;
        check(&only, "filtered");
        assert_eq!(cell(&only, "POLICY_AND_LAW", "MONITORING_DATA")["count"], 1);
        assert_eq!(cell(&only, "POLICY_AND_LAW", "RANDOMIZED")["count"], 0);

        // What is hidden leaves the map: a finding, an initiative, a lesson.
        let connection = server.database.connect().await;
        for slug in ["mixed", "second", "lesson-funding"] {
            let statement = format!("UPDATE content SET status = 'HIDDEN' WHERE slug = '{slug}'");
            connection.execute_unprepared(&statement).await.unwrap();
        }
        let found = map(&server, "INSTRUMENT", "THEME", "null").await;
        assert_eq!(cell(&found, "petition", "harmful-practices")["count"], 0);
        assert_eq!(cell(&found, "social-audit", "harmful-practices")["count"], 1);
        let found = map(&server, "FACTOR", "OUTCOME_DOMAIN", "null").await;
        assert_eq!(cell(&found, "FUNDING", "POLICY_AND_LAW")["count"], 0);
    }
}

fn collection() -> Vec<Item> {
    let cited = json!([{ "resource": "source", "locator": "p. 1" }]);
    vec![
        Item::new("resource", "source", "Source", json!({})),
        Item::new(
            "initiative",
            "first",
            "First",
            json!({ "instruments": ["social-audit"] }),
        ),
        Item::new(
            "initiative",
            "second",
            "Second",
            json!({ "instruments": ["social-audit", "petition"] }),
        ),
        Item::new(
            "evidence",
            "finding",
            "Finding",
            json!({
                "citations": cited, "studyDesign": "RANDOMIZED", "initiatives": ["first", "second"],
                "themes": ["child-marriage"], "countries": ["ZM", "KE"],
            }),
        ),
        Item::new(
            "evidence",
            "mixed",
            "Mixed",
            json!({
                "citations": cited, "studyDesign": "MONITORING_DATA", "direction": "MIXED", "initiatives": ["second"],
                "themes": ["harmful-practices"],
                "appraisals": [{
                    "voiceAndInclusion": 3, "appropriateness": 3, "triangulation": 3, "contribution": 3, "transparency": 3,
                    "rationale": "Because.", "appraisedAt": "2024-01-01T00:00:00Z",
                }],
            }),
        ),
        Item::new("lesson", "lesson-funding", "F", json!({ "supportedBy": ["finding"] })),
        Item::new(
            "lesson",
            "lesson-champions",
            "C",
            json!({ "factor": "CHAMPIONS", "challengedBy": ["finding"] }),
        ),
    ]
}

async fn cells_agree_with_the_lists(server: &Server) {
    let filters = BTreeMap::from([
        ("INSTRUMENT", "instruments"),
        ("THEME", "themes"),
        ("COUNTRY", "countries"),
        ("REGION", "regions"),
        ("OUTCOME_DOMAIN", "outcomeDomains"),
        ("STUDY_DESIGN", "studyDesigns"),
    ]);
    let quoted = |axis: &str, value: &str| match axis {
        "OUTCOME_DOMAIN" | "STUDY_DESIGN" => value.to_owned(),
        _ => format!("\"{value}\""),
    };
    for (rows, columns) in [
        ("INSTRUMENT", "OUTCOME_DOMAIN"),
        ("THEME", "REGION"),
        ("COUNTRY", "STUDY_DESIGN"),
    ] {
        let found = map(server, rows, columns, "null").await;
        let mut cells: Vec<&Value> = found["cells"].as_array().unwrap().iter().collect();
        cells.sort_by_key(|cell| std::cmp::Reverse(cell["count"].as_i64()));
        let full: Vec<&Value> = cells.iter().copied().filter(|cell| cell["count"] != 0).collect();
        let empty = cells.iter().copied().filter(|cell| cell["count"] == 0);
        assert!(full.len() > 10, "{rows} × {columns}");
        for cell in full
            .iter()
            .copied()
            .step_by(full.len().div_ceil(12))
            .chain(empty.step_by(40).take(4))
        {
            let filter = format!(
                "{}: [{}], {}: [{}]",
                filters[rows],
                quoted(rows, cell["row"].as_str().unwrap()),
                filters[columns],
                quoted(columns, cell["column"].as_str().unwrap())
            );
            let answer = server
                .query(&format!(
                    "{{ all: evidence(filter: {{ {filter} }}, first: 100) {{ totalCount nodes {{ strength {{ score level }} }} }}
                       pitfalls: evidence(filter: {{ {filter}, directions: [PITFALL] }}) {{ totalCount }} }}"
                ))
                .await;
            let data = answer.data();
            assert_eq!(data["all"]["totalCount"], cell["count"], "{filter}");
            assert_eq!(data["pitfalls"]["totalCount"], cell["pitfalls"], "{filter}");
            let nodes = data["all"]["nodes"].as_array().unwrap();
            let strongest = nodes
                .iter()
                .map(|node| &node["strength"])
                .max_by_key(|one| one["score"].as_i64());
            assert_eq!(
                strongest.map_or(&Value::Null, |one| &one["level"]),
                &cell["strongest"],
                "{filter}"
            );
        }
        for heading in found["rows"].as_array().unwrap().iter().step_by(9) {
            let filter = format!(
                "{}: [{}]",
                filters[rows],
                quoted(rows, heading["value"].as_str().unwrap())
            );
            let answer = server
                .query(&format!("{{ evidence(filter: {{ {filter} }}) {{ totalCount }} }}"))
                .await;
            assert_eq!(answer.data()["evidence"]["totalCount"], heading["total"], "{filter}");
        }
    }
}

async fn headings_are_complete_and_counted_once(server: &Server) {
    let answer = server
        .query("{ themes { slug label } instruments { slug label } countries { code name } evidence { totalCount } }")
        .await;
    let data = answer.data();
    let findings: Vec<Item> = sample_collection()
        .into_iter()
        .filter(|item| item.kind == "evidence")
        .collect();
    assert_eq!(data["evidence"]["totalCount"], findings.len());

    let found = map(server, "THEME", "INSTRUMENT", "null").await;
    let mut themes = values(&found["rows"]);
    themes.sort_unstable();
    assert_eq!(
        themes,
        sorted_slugs(&data["themes"]),
        "every theme, those without evidence too"
    );
    let mut instruments = values(&found["columns"]);
    instruments.sort_unstable();
    assert_eq!(instruments, sorted_slugs(&data["instruments"]));
    for heading in found["rows"].as_array().unwrap() {
        let theme = data["themes"]
            .as_array()
            .unwrap()
            .iter()
            .find(|theme| theme["slug"] == heading["value"])
            .unwrap();
        assert_eq!(heading["label"], theme["label"]);
    }

    let found = map(server, "COUNTRY", "STUDY_DESIGN", "null").await;
    let countries: BTreeSet<&str> = findings.iter().flat_map(|item| item.texts("countries")).collect();
    let shown: BTreeSet<&str> = values(&found["rows"]).into_iter().collect();
    assert_eq!(shown, countries, "of countries only those with evidence");
    for heading in found["rows"].as_array().unwrap() {
        let code = heading["value"].as_str().unwrap();
        let count = findings
            .iter()
            .filter(|item| item.texts("countries").contains(&code))
            .count();
        assert_eq!(heading["total"], count, "{code}");
    }
    for heading in found["columns"].as_array().unwrap() {
        let count = findings
            .iter()
            .filter(|item| *item.get("studyDesign") == heading["value"])
            .count();
        assert_eq!(heading["total"], count, "{heading}");
    }
    let label = |value: &str| {
        let columns = found["columns"].as_array().unwrap();
        columns.iter().find(|one| one["value"] == value).unwrap()["label"].clone()
    };
    assert_eq!(label("BEFORE_AFTER"), "Before after");
}
