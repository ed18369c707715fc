//! The sample collection: what it holds, that its figures are those of its sources, and when it is loaded.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use praxis_tests::{Item, Options, Server, on_both_databases, sample_collection};
use serde_json::{Value, json};

const UPR: &str = "upr-successful-examples-of-child-rights-advocacy-2014";
const UN: &str = "un-sg-report-collaboration-on-child-protection-2013";

fn find<'a>(items: &'a [Item], kind: &str, slug: &str) -> &'a Item {
    let found = items.iter().find(|item| item.kind == kind && item.slug == slug);
    found.unwrap_or_else(|| panic!("there is no {kind} `{slug}`"))
}

/// Every text in a document, with its field.
fn texts<'a>(value: &'a Value, field: &str, found: &mut Vec<(String, &'a str)>) {
    match value {
        Value::String(text) => found.push((field.to_owned(), text)),
        Value::Array(list) => list.iter().for_each(|entry| texts(entry, field, found)),
        Value::Object(fields) => fields.iter().for_each(|(name, entry)| texts(entry, name, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether a text has something like an e-mail address.
fn has_address(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        let word = word.trim_matches(|character: char| !character.is_alphanumeric());
        word.split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
    })
}

/// Whether a text has something like a phone number: seven digits or more with a `+`, or nine or more that are neither
/// years nor thousands.
fn has_phone_number(text: &str) -> bool {
    let is_part = |character: char| character.is_ascii_digit() || " -()+./".contains(character);
    text.split(|character| !is_part(character)).any(|run| {
        let digits = run.chars().filter(char::is_ascii_digit).count();
        let years = run.contains('/') || run.contains('.') || run.split(['-', ' ']).any(|part| part.len() == 4);
        let groups: Vec<&str> = run.trim().split(' ').collect();
        let thousands = groups.len() > 1 && groups[1..].iter().all(|group| group.len() == 3);
        (run.contains('+') && digits >= 7) || (!years && !thousands && digits >= 9)
    })
}

#[test]
fn the_collection_is_as_large_and_as_varied_as_promised() {
    let items = sample_collection();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for item in &items {
        *counts.entry(&item.kind).or_default() += 1;
    }
    for (kind, least) in [
        ("initiative", 30),
        ("organization", 60),
        ("evidence", 60),
        ("lesson", 50),
        ("resource", 40),
        ("practitioner", 5),
    ] {
        assert!(counts[kind] >= least, "{counts:?}");
    }
    let evidence: Vec<&Item> = items.iter().filter(|item| item.kind == "evidence").collect();
    for (direction, least) in [("BENEFIT", 20), ("PITFALL", 10), ("MIXED", 5)] {
        let count = evidence
            .iter()
            .filter(|item| item.get("direction") == direction)
            .count();
        assert!(count >= least, "{direction}: {count}");
    }
    let designs: BTreeSet<&str> = evidence
        .iter()
        .filter_map(|item| item.get("studyDesign").as_str())
        .collect();
    assert!(designs.len() >= 3, "{designs:?}");
    let lessons: BTreeSet<&str> = items
        .iter()
        .filter(|item| item.kind == "lesson")
        .filter_map(|item| item.get("kind").as_str())
        .collect();
    assert!(lessons.len() >= 4, "{lessons:?}");
}

#[test]
fn every_finding_is_cited_with_the_place_in_its_source() {
    let items = sample_collection();
    for item in items.iter().filter(|item| item.kind == "evidence") {
        let first = &item.list("citations")[0];
        let locator = first["locator"]
            .as_str()
            .unwrap_or_else(|| panic!("{} has no locator", item.slug));
        // The long documents are cited to the page or the paragraph.
        if first["resource"] == UPR {
            assert!(
                locator.starts_with("p. ") || locator.starts_with("pp. "),
                "{}: {locator}",
                item.slug
            );
        }
        if first["resource"] == UN {
            assert!(
                locator.contains('¶') || locator.starts_with("fn. ") || locator == "Summary",
                "{}: {locator}",
                item.slug
            );
        }
    }
}

#[test]
fn a_quarter_of_the_collection_can_be_read_in_french_or_spanish() {
    let items = sample_collection();
    let can_be_read = |item: &&Item| {
        let other = |language: &Value| language == "fr" || language == "es";
        let written = other(item.get("language")) && item.get("summary").is_string();
        let translated =
            |one: &Value| other(&one["language"]) && one["title"].is_string() && one["summary"].is_string();
        written || item.list("translations").iter().any(translated)
    };
    let count = items.iter().filter(can_be_read).count();
    assert!(count * 4 >= items.len(), "{count} of {}", items.len());
    // Real from the start: some were written in them.
    for language in ["fr", "es"] {
        assert!(items.iter().any(|item| item.get("language") == language), "{language}");
    }
    for item in &items {
        for one in item.list("translations") {
            assert_ne!(
                one["summary"],
                *item.get("summary"),
                "{}: a translation that translates nothing",
                item.slug
            );
        }
    }
}

#[test]
fn all_eight_case_studies_are_there_with_their_pages() {
    let items = sample_collection();
    for (country, pages) in [
        ("NP", "pp. 8–9"),
        ("PH", "pp. 10–11"),
        ("PK", "pp. 12–13"),
        ("KR", "pp. 14–15"),
        ("PE", "pp. 16–17"),
        ("BD", "pp. 18–19"),
        ("ZM", "pp. 20–21"),
        ("ML", "pp. 22–23"),
    ] {
        for kind in ["initiative", "evidence", "lesson"] {
            let cited = |item: &&Item| {
                item.kind == kind
                    && item.texts("countries").contains(&country)
                    && item.list("citations").iter().any(|citation| {
                        citation["resource"] == UPR
                            && citation["locator"]
                                .as_str()
                                .is_some_and(|locator| locator.starts_with(pages))
                    })
            };
            assert!(
                items.iter().any(|item| cited(&item)),
                "{country} has no {kind} from {pages}"
            );
        }
        // Nothing about one country is cited to the pages of another.
        for item in items.iter().filter(|item| item.texts("countries") == [country]) {
            for citation in item
                .list("citations")
                .iter()
                .filter(|citation| citation["resource"] == UPR)
            {
                let locator = citation["locator"].as_str().unwrap();
                let page: u32 = locator
                    .trim_start_matches(['p', '.', ' '])
                    .split(['–', ','])
                    .next()
                    .unwrap()
                    .parse()
                    .unwrap();
                assert!(page < 8 || locator.starts_with(pages), "{}: {locator}", item.slug);
            }
        }
    }
}

#[test]
fn figures_are_those_of_the_sources() {
    let items = sample_collection();
    let measured: [(&str, usize, Value, &str, &str); 12] = [
        (
            "nepal-31-of-34-child-recommendations-accepted",
            0,
            json!({ "numerator": 31, "denominator": 34, "endline": 91 }),
            UPR,
            "pp. 8–9, Outcomes",
        ),
        (
            "peru-40-of-42-child-recommendations-accepted",
            0,
            json!({ "numerator": 40, "denominator": 42, "endline": 95 }),
            UPR,
            "pp. 16–17, Outcomes",
        ),
        (
            "zambia-health-budget-9-3-to-11-3-percent",
            0,
            json!({ "baseline": 9.3, "endline": 11.3, "unit": "%" }),
            UPR,
            "pp. 20–21, Outcomes",
        ),
        (
            "korea-child-recommendations-up-16-percent",
            0,
            json!({ "endline": 16.24, "unit": "%" }),
            UPR,
            "pp. 14–15, Key outcomes",
        ),
        (
            "bangladesh-75-percent-of-issues-in-accepted-recommendations",
            0,
            json!({ "endline": 75 }),
            UPR,
            "pp. 18–19, Key outcomes",
        ),
        (
            "zambia-80-percent-of-issues-in-accepted-recommendations",
            0,
            json!({ "endline": 80 }),
            UPR,
            "pp. 20–21, Key outcomes",
        ),
        (
            "mali-83-percent-of-priorities-in-accepted-recommendations",
            0,
            json!({ "endline": 83 }),
            UPR,
            "pp. 22–23, Key outcomes",
        ),
        (
            "pakistan-seven-priorities-in-accepted-recommendations",
            0,
            json!({ "endline": 7 }),
            UPR,
            "pp. 12–13, Outcomes",
        ),
        // 163 after 26 more, 151 after 19 more.
        (
            "opsc-ratifications-since-2010",
            0,
            json!({ "baseline": 137, "endline": 163, "from": "2010-05-01" }),
            UN,
            "¶14",
        ),
        (
            "opac-ratifications-since-2010",
            0,
            json!({ "baseline": 132, "endline": 151, "from": "2010-05-01" }),
            UN,
            "¶14",
        ),
        (
            "legal-bans-on-violence-16-to-34",
            0,
            json!({ "baseline": 16, "endline": 34 }),
            UN,
            "¶40",
        ),
        (
            "ilo-child-labour-surveys",
            0,
            json!({ "numerator": 66, "denominator": 300 }),
            UN,
            "¶57",
        ),
    ];
    for (slug, place, figures, resource, locator) in measured {
        let item = find(&items, "evidence", slug);
        let measurement = &item.list("measurements")[place];
        for (field, figure) in figures.as_object().unwrap() {
            assert_eq!(measurement[field], *figure, "{slug}: {field}");
        }
        let cited = json!({ "resource": resource, "locator": locator });
        assert!(
            item.list("citations")
                .iter()
                .any(|citation| citation["resource"] == cited["resource"] && citation["locator"] == cited["locator"]),
            "{slug}"
        );
    }
    for (slug, group, counts, locator) in [
        (
            "zambia-childrens-consultation-for-upr",
            "CHILDREN",
            &[52, 100][..],
            "pp. 20–21, Developing a child-informed report",
        ),
        (
            "pakistan-childrens-consultations",
            "CHILDREN",
            &[33],
            "pp. 12–13, What Save the Children and its partners did",
        ),
        (
            "nepal-training-of-138-csos-on-upr",
            "ORGANIZATIONS",
            &[138],
            "pp. 8–9, Background",
        ),
        (
            "uzbekistan-training-21-ngos",
            "ORGANIZATIONS",
            &[21],
            "Achievements to date",
        ),
        (
            "uzbekistan-training-100-ngos",
            "ORGANIZATIONS",
            &[100],
            "Achievements to date",
        ),
    ] {
        let item = find(&items, "initiative", slug);
        let found: Vec<(&Value, &Value)> = item
            .list("participation")
            .iter()
            .map(|entry| (&entry["group"], &entry["count"]))
            .collect();
        let expected: Vec<(Value, Value)> = counts.iter().map(|count| (json!(group), json!(count))).collect();
        assert_eq!(
            found,
            expected.iter().map(|(group, count)| (group, count)).collect::<Vec<_>>(),
            "{slug}"
        );
        assert_eq!(item.list("citations")[0]["locator"], locator, "{slug}");
    }
    let zambia = &find(&items, "initiative", "zambia-childrens-consultation-for-upr").list("participation")[0];
    assert_eq!((&zambia["ageFrom"], &zambia["ageTo"]), (&json!(8), &json!(18)));
    for (slug, members, pages) in [
        ("child-rights-movement-pakistan", 108, "pp. 12–13"),
        ("child-rights-governance-assembly-bangladesh", 17, "pp. 18–19"),
        ("ngo-working-group-on-child-rights-peru", 17, "pp. 16–17"),
    ] {
        let item = find(&items, "organization", slug);
        assert_eq!(item.get("memberCount"), members, "{slug}");
        assert!(
            item.list("citations")[0]["locator"]
                .as_str()
                .unwrap()
                .starts_with(pages),
            "{slug}"
        );
    }
}

#[test]
fn nobody_can_be_written_to_or_called_by_what_the_collection_says() {
    for bad in ["Write to a.b@example.org.", "(a@example.org)"] {
        assert!(has_address(bad), "{bad}");
    }
    for bad in [
        "Tel. +998 71 233 95 12",
        "call 020 70 12 64 00 now",
        "+44(0)2070126400",
        "06-12-34-56-78",
    ] {
        assert!(has_phone_number(bad), "{bad}");
    }
    for good in [
        "from 2008 to 2011-12-31",
        "A/HRC/22/55/Add.1",
        "230 000 000 children",
        "10.1016/j.chiabu.2013.10.009",
    ] {
        assert!(!has_address(good) && !has_phone_number(good), "{good}");
    }
    for item in sample_collection() {
        let mut found = Vec::new();
        texts(&item.document, "", &mut found);
        for (field, text) in found {
            assert!(!has_address(text), "{}: {field}: {text}", item.slug);
            // Identifiers, addresses of documents and dates are made of digits.
            if ![
                "value",
                "link",
                "website",
                "from",
                "to",
                "startedOn",
                "endedOn",
                "appraisedAt",
            ]
            .contains(&field.as_str())
            {
                assert!(!has_phone_number(text), "{}: {field}: {text}", item.slug);
            }
        }
    }
}

on_both_databases! {
    async fn the_collection_is_loaded_into_an_empty_database_once_and_is_what_its_files_say(backend: Backend) {
        let mut server = Server::start_anew(Options::sample(backend)).await;
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../api/sample");
        let files: String = [
            "references",
            "practitioners",
            "organizations",
            "initiatives",
            "evidence",
            "lessons",
            "resources",
            "recommendations",
            "commitments",
            "events",
        ]
        .iter()
        .map(|name| std::fs::read_to_string(directory.join(format!("{name}.jsonl"))).unwrap())
        .collect();
        assert_eq!(
            std::fs::read_dir(&directory).unwrap().count(),
            10,
            "every file is exported"
        );
        assert!(
            server.tell(&["export"]).output == files,
            "the export is not what the files say"
        );
        let totals = server
            .query(
                "{ practitioners { totalCount } organizations { totalCount } initiatives { totalCount }
            evidence { totalCount } lessons { totalCount } resources { totalCount }
            recommendations { totalCount } commitments { totalCount } events { totalCount } reviews { totalCount }
            indicators { totalCount } }",
            )
            .await;
        let total: u64 = totals
            .data()
            .as_object()
            .unwrap()
            .values()
            .map(|list| list["totalCount"].as_u64().unwrap())
            .sum();
        assert_eq!(usize::try_from(total).unwrap(), files.lines().count());
        // A second start changes nothing, not even where something was changed meanwhile.
        server.import(&[Item::new("resource", "added", "Added", json!({}))]);
        let counts = server.database.counts().await;
        assert_eq!(server.stop().await, Some(0));
        server.launch().await;
        assert_eq!(server.database.counts().await, counts);
    }

    async fn the_collection_is_not_loaded_into_a_database_that_holds_something(backend: Backend) {
        let mut server = Server::start(Options::empty(backend)).await;
        server.import(&[Item::new("resource", "mine", "Mine", json!({}))]);
        let counts = server.database.counts().await;
        server.stop().await;
        server.launch_with_sample().await;
        assert_eq!(server.database.counts().await, counts);
    }

    async fn the_figures_of_the_case_studies_stand_beside_those_that_are_computed(backend: Backend) {
        let server = Server::start(Options::sample(backend)).await;
        let answer = server.query(
            "{ reviews(first: 20) { totalCount nodes { slug citation { locator } asks { text citation { locator } }
                uptake { asks asksReflected childFocused childFocusedAccepted }
                reportedFigures { figure numerator denominator share difference computed { numerator denominator share }
                    evidence { slug citations { nodes { locator } } } } } } }",
        ).await;
        let reviews = answer.data()["reviews"]["nodes"].as_array().unwrap();
        assert_eq!(reviews.len(), 8);
        let mut reported = BTreeMap::new();
        for review in reviews {
            let slug = review["slug"].as_str().unwrap();
            assert!(review["citation"]["locator"].as_str().unwrap().starts_with("pp. "), "{slug}");
            assert!(review["uptake"]["asks"].as_u64().unwrap() >= 2, "{slug}");
            for ask in review["asks"].as_array().unwrap() {
                assert!(ask["citation"]["locator"].as_str().unwrap().starts_with("pp. "), "{slug}");
            }
            for figure in review["reportedFigures"].as_array().unwrap() {
                assert!(!figure["evidence"]["citations"]["nodes"].as_array().unwrap().is_empty(), "{slug}");
                let key = format!("{slug} {}", figure["figure"].as_str().unwrap());
                let share = (figure["share"].as_f64().unwrap() * 100.0).round();
                reported.entry(key).or_insert_with(Vec::new).push(format!("{share}"));
            }
        }
        let reported: Vec<String> = reported.into_iter().map(|(key, shares)| format!("{key} {}", shares.join(","))).collect();
        assert_eq!(reported, [
            "upr-bd-cycle-2 ASKS_ACCEPTED 75", "upr-kr-cycle-2 CHILD_FOCUSED_SHARE_CHANGE 16", "upr-ml-cycle-2 ASKS_ACCEPTED 83", "upr-np-cycle-1 CHILD_FOCUSED_ACCEPTED 91",
            "upr-pe-cycle-2 CHILD_FOCUSED 31,32", "upr-pe-cycle-2 CHILD_FOCUSED_ACCEPTED 95", "upr-pe-cycle-2 CHILD_FOCUSED_CHANGE 30",
            "upr-ph-cycle-2 ASKS_ACCEPTED 75", "upr-ph-cycle-2 ASKS_REFLECTED 100",
            "upr-zm-cycle-2 ASKS_ACCEPTED 80",
        ]);
        let nepal = reviews.iter().find(|review| review["slug"] == "upr-np-cycle-1").unwrap();
        let figure = &nepal["reportedFigures"][0];
        assert_eq!((&figure["numerator"], &figure["denominator"]), (&json!(31.0), &json!(34.0)));
        // One recommendation is held here, and it was accepted: the difference is that of the two shares.
        assert_eq!(figure["computed"], json!({ "numerator": 1, "denominator": 1, "share": 1.0 }));
        assert!((figure["difference"].as_f64().unwrap() - (31.0 / 34.0 - 1.0)).abs() < 1e-9);
    }
}
