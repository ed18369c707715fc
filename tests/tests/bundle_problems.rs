//! What is wrong with a bundle: every problem is named with its file, line, item, field and code, and nothing of the file is
//! imported.

use std::collections::BTreeMap;

use praxis_tests::{Item, Options, Place, Server, Told, bundle, on_both_databases};
use sea_orm::prelude::ChronoUtc;
use serde_json::{Value, json};

/// A bad bundle and what has to be said about it.
struct Bad {
    name: String,
    bytes: Vec<u8>,
    problems: Vec<Expected>,
}

/// A problem that has to be named.
struct Expected {
    line: usize,
    /// None where the item can't be known.
    slug: Option<String>,
    /// Empty where it is about the line as a whole.
    field: String,
    code: String,
    /// Words of the message.
    hint: String,
}

fn expected(line: usize, slug: &str, field: &str, code: &str, hint: &str) -> Expected {
    Expected {
        line,
        slug: (!slug.is_empty()).then(|| slug.to_owned()),
        field: field.to_owned(),
        code: code.to_owned(),
        hint: hint.to_owned(),
    }
}

/// What the bad bundles may refer to.
fn stored() -> Vec<Item> {
    vec![
        Item::new("practitioner", "person", "Person", json!({})),
        Item::new("organization", "body", "Body", json!({})),
        Item::new("resource", "source", "Source", json!({})),
        Item::new("initiative", "whole", "Whole", json!({})),
        Item::new("initiative", "part", "Part", json!({ "partOf": ["whole"] })),
        Item::new(
            "evidence",
            "finding",
            "Finding",
            json!({ "citations": [{ "resource": "source", "locator": "p. 1" }] }),
        ),
    ]
}

/// A file for each line of the fixture, with one item that has exactly one problem. `{"repeat": …, "times": …}` stands for a
/// long text.
fn one_problem_each() -> Vec<Bad> {
    let cases = include_str!("../fixtures/one_problem_each.jsonl").lines().enumerate();
    cases
        .map(|(number, case)| {
            let case: Value = serde_json::from_str(case).expect("every line of the fixture is JSON");
            let text = |field: &str| case[field].as_str().expect("the field is a text").to_owned();
            let mut more = case["with"].clone();
            let fields = more.as_object_mut().expect("the fields are an object");
            for value in fields.values_mut() {
                repeat(value);
            }
            if text("kind") == "evidence" {
                let cited = json!([{ "resource": "source", "locator": "p. 1" }]);
                fields.entry("citations").or_insert(cited);
            }
            Bad {
                name: format!("case-{}", number + 1),
                bytes: Item::new(&text("kind"), "item", "Title", more).line().into_bytes(),
                problems: vec![expected(1, "item", &text("field"), &text("code"), &text("hint"))],
            }
        })
        .collect()
}

fn repeat(value: &mut Value) {
    if let (Some(text), Some(times)) = (value["repeat"].as_str(), value["times"].as_u64()) {
        *value = json!(text.repeat(usize::try_from(times).expect("it is a small number")));
    } else if let Some(list) = value.as_array_mut() {
        list.iter_mut()
            .filter_map(Value::as_object_mut)
            .flat_map(|fields| fields.values_mut())
            .for_each(repeat);
    }
}

/// Files whose second line no serialiser wrote: one for each line of the fixture, and what a fixture can't hold.
fn odd_lines() -> Vec<Bad> {
    let good = Item::new("lesson", "good", "Good", json!({})).line();
    let cases = include_str!("../fixtures/odd_lines.jsonl").lines().enumerate();
    let mut files: Vec<Bad> = cases
        .map(|(number, case)| {
            let case: Value = serde_json::from_str(case).expect("every line of the fixture is JSON");
            let text = |field: &str| case[field].as_str().expect("the field is a text");
            let mut problem = expected(2, "", text("field"), text("code"), text("hint"));
            problem.slug = case["slug"].as_str().map(str::to_owned);
            Bad {
                name: format!("odd-{}", number + 1),
                bytes: format!("{good}\n{}\n", text("line")).into_bytes(),
                problems: vec![problem],
            }
        })
        .collect();
    let mut not_utf8 = format!("{good}\n").into_bytes();
    not_utf8.extend(b"{\"slug\":\"\xff\"}\n");
    files.push(Bad {
        name: "not-utf8".to_owned(),
        bytes: not_utf8,
        problems: vec![expected(2, "", "", "MALFORMED", "not UTF-8 from byte 10 on")],
    });
    files.push(Bad {
        name: "too-long".to_owned(),
        bytes: format!("{good}\n{}\n{{}}\n", "x".repeat(1024 * 1024 + 1)).into_bytes(),
        problems: vec![
            expected(2, "", "", "MALFORMED", "longer than 1048576 bytes"),
            expected(3, "", "", "REQUIRED", "missing field `slug`"),
        ],
    });
    files
}

fn several_items() -> Vec<Bad> {
    let lesson = |slug: &str, more: Value| Item::new("lesson", slug, "Title", more).line();
    let long = "x".repeat(501);
    let slugs = ["Upper", "a--b", "-a", "a-", "a b", "ä", "a_b", "a/b", &long[..101]];
    let invalid = slugs
        .iter()
        .map(|slug| lesson(slug, json!({})) + "\n")
        .collect::<String>();
    let people: Vec<String> = (0..501).map(|number| format!("p{number}")).collect();
    let people_lines: String = people
        .iter()
        .map(|slug| Item::new("practitioner", slug, "P", json!({})).line() + "\n")
        .collect();
    vec![
        Bad {
            name: "same-slug".to_owned(),
            bytes: bundle(&[
                Item::new("lesson", "item", "One", json!({})),
                Item::new("resource", "item", "Another kind", json!({})),
                Item::new("lesson", "item", "Two", json!({})),
            ])
            .into_bytes(),
            problems: vec![expected(
                3,
                "item",
                "slug",
                "DUPLICATE_SLUG",
                "Line 1 has the lesson `item` already",
            )],
        },
        Bad {
            name: "slugs".to_owned(),
            bytes: invalid.into_bytes(),
            problems: (1..)
                .zip(slugs)
                .map(|(line, slug)| expected(line, slug, "slug", "INVALID_SLUG", "lower-case letters"))
                .collect(),
        },
        Bad {
            name: "too-many".to_owned(),
            bytes: (people_lines
                + &Item::new(
                    "resource",
                    "item",
                    "Many",
                    json!({ "authors": people, "contributors": people }),
                )
                .line())
                .into_bytes(),
            problems: ["contributors", "authors"]
                .map(|list| expected(502, "item", list, "TOO_LONG", "501 entries; at most 500"))
                .into(),
        },
        Bad {
            name: "several".to_owned(),
            bytes: format!(
                "{}\n\n{}\n{}\r\n   \n{}",
                lesson("good", json!({})),
                lesson(
                    "first",
                    json!({ "themes": ["eductaion"], "countries": ["XX"], "title": "" })
                ),
                lesson("fine", json!({ "initiatives": ["whole"] })),
                lesson("last", json!({ "initiatives": ["nowhere", "first"], "language": "qq" })),
            )
            .into_bytes(),
            problems: vec![
                expected(3, "first", "title", "REQUIRED", "Write something"),
                expected(3, "first", "themes[0]", "UNKNOWN_THEME", "`eductaion`"),
                expected(3, "first", "countries[0]", "UNKNOWN_COUNTRY", "`XX`"),
                expected(6, "last", "language", "UNKNOWN_LANGUAGE", "`qq`"),
                expected(6, "last", "initiatives[0]", "UNKNOWN_REFERENCE", "`nowhere`"),
                expected(6, "last", "initiatives[1]", "UNKNOWN_REFERENCE", "`first`"),
            ],
        },
    ]
}

fn bad_bundles() -> Vec<Bad> {
    let mut bad = one_problem_each();
    bad.extend(odd_lines());
    bad.extend(several_items());
    bad
}

/// A document of each kind with a text in every field that takes one.
fn full_documents() -> Vec<(&'static str, Value)> {
    let common = json!({
        "title": "Title", "language": "en", "summary": "Summary", "themes": ["education"], "countries": ["NP"],
        "translations": [{ "language": "fr", "title": "Titre", "summary": "Texte" }],
        "citations": [{ "resource": "source", "locator": "p. 1", "note": "Note" }], "contributors": ["person"],
    });
    let own = [
        (
            "practitioner",
            json!({
                "headline": "Line", "languages": ["en"], "instruments": ["social-audit"],
                "affiliations": [{ "organization": "body", "role": "Member", "from": "2012-01-01", "to": "2013-01-01" }],
            }),
        ),
        (
            "organization",
            json!({
                "kind": "OTHER", "acronym": "ABC", "website": "https://example.org/", "memberCount": 1,
                "members": [{ "organization": "body", "from": "2012-01-01", "to": "2013-01-01" }],
            }),
        ),
        (
            "initiative",
            json!({
                "instruments": ["social-audit"], "level": "DISTRICT", "stage": "COMPLETED", "startedOn": "2012-01-01",
                "startedOnPrecision": "DAY", "endedOn": "2013-01-01", "endedOnPrecision": "DAY", "activities": "Text",
                "partners": [{ "organization": "body", "role": "LEAD" }], "people": [{ "practitioner": "person", "role": "Lead" }],
                "participation": [{ "group": "CHILDREN", "count": 1, "note": "Note" }], "adaptedFrom": ["whole"],
                "adaptation": "Text", "partOf": ["whole"], "follows": ["part"],
            }),
        ),
        (
            "evidence",
            json!({
                "direction": "MIXED", "outcomeDomain": "EQUITY", "studyDesign": "CASE_STUDY",
                "measurements": [{
                    "metric": "Metric", "endline": 1, "unit": "%", "from": "2012-01-01", "to": "2013-01-01", "disaggregation": "Sex",
                }],
                "limitations": "Text",
                "appraisals": [{
                    "reviewer": "Role", "voiceAndInclusion": 1, "appropriateness": 1, "triangulation": 1, "contribution": 1,
                    "transparency": 1, "rationale": "Because", "appraisedAt": "2014-01-02T03:04:05Z",
                }],
                "initiatives": ["whole"],
            }),
        ),
        (
            "lesson",
            json!({
                "kind": "BOTTLENECK", "factor": "FUNDING", "appliesWhere": "Text", "appliesNotWhere": "Text",
                "initiatives": ["whole"], "supportedBy": ["finding"],
            }),
        ),
        (
            "resource",
            json!({
                "kind": "OTHER", "year": 2012, "license": "CC-BY-4.0", "identifiers": [{ "scheme": "OTHER", "value": "Value" }],
                "link": "https://example.org/", "authors": ["person"], "publishers": ["body"], "translationOf": ["source"],
                "childFriendlyVersionOf": ["source"], "newVersionOf": ["source"], "partOf": ["source"],
            }),
        ),
    ];
    own.into_iter()
        .map(|(kind, more)| {
            let mut document = common.clone();
            let fields = document.as_object_mut().unwrap();
            fields.extend(more.as_object().unwrap().clone());
            (kind, document)
        })
        .collect()
}

/// The JSON pointers of all texts.
fn texts_of(value: &Value) -> Vec<String> {
    let inner: Vec<(String, &Value)> = match value {
        Value::String(_) => return vec![String::new()],
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(index, value)| (index.to_string(), value))
            .collect(),
        _ => return Vec::new(),
    };
    inner
        .into_iter()
        .flat_map(|(name, value)| texts_of(value).into_iter().map(move |rest| format!("/{name}{rest}")))
        .collect()
}

/// `/citations/0/note` as problems name it: `citations[0].note`.
fn in_words(pointer: &str) -> String {
    let mut field = String::new();
    for step in pointer.split('/').skip(1) {
        if step.bytes().all(|byte| byte.is_ascii_digit()) {
            field += &format!("[{step}]");
        } else {
            if !field.is_empty() {
                field.push('.');
            }
            field += step;
        }
    }
    field
}

/// Checks that what was said about a file is what was expected, all of it and nothing else.
#[track_caller]
fn check(bad: &Bad, path: &str, told: &Told) {
    let place = format!("{path}:");
    let about: Vec<&str> = told
        .errors
        .lines()
        .filter_map(|line| line.strip_prefix(&place))
        .collect();
    let text = String::from_utf8_lossy(&bad.bytes[..bad.bytes.len().min(600)]);
    let summary = format!(" {} problem(s); nothing of this file was imported", bad.problems.len());
    assert_eq!(
        about.last(),
        Some(&summary.as_str()),
        "{}: {text}\n{about:#?}",
        bad.name
    );
    assert_eq!(about.len(), bad.problems.len() + 1, "{}: {text}\n{about:#?}", bad.name);
    for (problem, said) in bad.problems.iter().zip(&about) {
        let slug = problem
            .slug
            .as_ref()
            .map_or_else(String::new, |slug| format!("[{slug}] "));
        let field = match problem.field.as_str() {
            "" => String::new(),
            field => format!("{field}: "),
        };
        let start = format!("{}: {slug}{field}{}: ", problem.line, problem.code);
        assert!(said.starts_with(&start), "{}: {start}\n{text}\n{about:#?}", bad.name);
        assert!(
            said.contains(&problem.hint),
            "{}: {}\n{text}\n{about:#?}",
            bad.name,
            problem.hint
        );
    }
}

/// Writes bundles into files, imports them all at once, and gives their paths by name.
fn import_all(place: &Place, bad: &[Bad], flags: &[&str]) -> (BTreeMap<String, String>, Told) {
    let paths: BTreeMap<String, String> = bad
        .iter()
        .map(|bad| (bad.name.clone(), place.file(&format!("{}.jsonl", bad.name), &bad.bytes)))
        .collect();
    let arguments: Vec<&str> = ["import"]
        .iter()
        .chain(flags)
        .copied()
        .chain(bad.iter().map(|bad| paths[&bad.name].as_str()))
        .collect();
    let told = place.run(&arguments);
    (paths, told)
}

on_both_databases! {
    async fn every_problem_is_named_with_line_item_field_and_code_and_nothing_is_written(backend: Backend) {
        let place = Place::create(backend).await;
        place.import(&bundle(&stored()));
        let before = place.database.counts().await;
        let bad = bad_bundles();
        let (paths, told) = import_all(&place, &bad, &[]);
        assert_eq!(told.code, Some(1));
        for bad in &bad {
            check(bad, &paths[&bad.name], &told);
        }
        assert!(told.errors.ends_with(&format!(
            "praxis: {0} of {0} file(s) could not be imported\n",
            bad.len()
        )));
        assert_eq!(told.output, "", "nothing was imported");
        assert_eq!(place.database.counts().await, before);
        let (_, dry) = import_all(&place, &bad, &["--dry-run"]);
        assert_eq!(
            (dry.code, dry.said(), &dry.output),
            (told.code, told.said(), &told.output),
            "a dry run says the same"
        );
        assert_eq!(place.database.counts().await, before);
    }

    async fn values_at_the_bounds_are_good(backend: Backend) {
        let place = Place::create(backend).await;
        let year: i32 = ChronoUtc::now().format("%Y").to_string().parse().unwrap();
        let people: Vec<String> = (0..500).map(|number| format!("p{number}")).collect();
        let mut items: Vec<Item> = people
            .iter()
            .map(|slug| Item::new("practitioner", slug, "P", json!({})))
            .collect();
        items.extend(stored());
        items.extend([
            Item::new("lesson", "long", &"ä".repeat(300), json!({ "summary": "ä".repeat(5_000), "appliesWhere": "ä".repeat(20_000) })),
            Item::new("resource", &"x".repeat(100), "T", json!({ "year": year, "license": "LicenseRef-attribution", "authors": people })),
            Item::new("resource", "1450", "T", json!({ "year": 1450, "link": "http://example.org" })),
            Item::new("initiative", "to-come", "T", json!({ "stage": "PLANNED", "startedOn": "2999-01-01", "endedOn": "2999-01-01" })),
            Item::new("initiative", "going-on", "T", json!({
                "stage": "ACTIVE", "endedOn": "2999-01-01", "endedOnPrecision": "YEAR",
                "participation": [{ "group": "CHILDREN", "count": 3, "girls": 1, "boys": 2, "ageFrom": 8, "ageTo": 8 }, { "group": "ADULTS", "count": 0 }],
            })),
            Item::new("lesson", "right-to-left", "حقوق الطفل", json!({ "language": "ar", "summary": "سطر\nسطر\tآخر" })),
        ]);
        place.import(&bundle(&items));
    }

    async fn a_bad_file_among_good_ones_keeps_none_of_them_from_being_imported(backend: Backend) {
        let place = Place::create(backend).await;
        let lesson = |slug: &str, more: Value| Item::new("lesson", slug, "Title", more);
        let first = place.file("first.jsonl", bundle(&[lesson("first", json!({}))]));
        let bad = place.file(
            "bad.jsonl",
            bundle(&[
                lesson("fine", json!({})),
                lesson("bad", json!({ "themes": ["nothing"] })),
                lesson("fine-too", json!({})),
            ]),
        );
        let last = place.file("last.jsonl", bundle(&[lesson("last", json!({}))]));
        let told = place.run(&["import", &first, &bad, &last]);
        assert_eq!(told.code, Some(1));
        assert!(
            told.errors
                .contains(&format!("{bad}:2: [bad] themes[0]: UNKNOWN_THEME: ")),
            "{told:?}"
        );
        assert!(
            told.errors.ends_with("praxis: 1 of 3 file(s) could not be imported\n"),
            "{told:?}"
        );
        let said: Vec<&str> = told
            .output
            .lines()
            .map(|line| line.split(" (").next().unwrap())
            .collect();
        let good = "1 new, 0 changed, 0 unchanged";
        assert_eq!(said, [format!("{first}: {good}"), format!("{last}: {good}")]);
        assert_eq!(
            place.database.texts("SELECT slug FROM content ORDER BY slug").await,
            ["first", "last"]
        );
        let counts = place.database.counts().await;
        for table in ["content", "lesson", "revision", "audit_entry", "event"] {
            assert_eq!(counts[table], 2, "{table}");
        }
    }

    async fn a_line_may_be_exactly_as_long_as_allowed(backend: Backend) {
        let place = Place::create(backend).await;
        let good = Item::new("lesson", "long", "Title", json!({})).line();
        let padded = good.clone() + &" ".repeat(1024 * 1024 - good.len());
        let bad = Item::new("lesson", "bad", "", json!({})).line();
        for (end, more) in [("\n", 0), ("\r\n", 0), ("\n", 1), ("\r\n", 1)] {
            let line = padded.clone() + &" ".repeat(more);
            for start in ["", "\u{feff}"] {
                let path = place.file("bad.jsonl", format!("{start}{line}{end}{bad}{end}"));
                let told = place.run(&["import", &path]);
                let said = told.said();
                assert_eq!(said.len(), 3 + more, "{end:?} {more}: {said:?}");
                if more == 1 {
                    assert!(said[0].starts_with(&format!("{path}:1: MALFORMED: The line is longer than 1048576 bytes")), "{said:?}");
                }
                assert!(said[more].starts_with(&format!("{path}:2: [bad] title: REQUIRED: ")), "{said:?}");
            }
            if more == 0 {
                place.import(&format!("{line}{end}"));
                place.import(&line);
            }
        }
    }

    async fn a_file_may_begin_with_a_byte_order_mark(backend: Backend) {
        let place = Place::create(backend).await;
        let lesson = |slug: &str| Item::new("lesson", slug, "Title", json!({})).line();
        place.import(&format!("\u{feff}{}\n{}\n", lesson("first"), lesson("second")));
        assert_eq!(
            place.database.texts("SELECT slug FROM content ORDER BY slug").await,
            ["first", "second"]
        );
        // Elsewhere it is no part of JSON.
        let path = place.file("bad.jsonl", format!("{}\n\u{feff}{}\n", lesson("first"), lesson("second")));
        let told = place.run(&["import", &path]);
        assert!(told.said()[0].starts_with(&format!("{path}:2: MALFORMED: ")), "{told:?}");
    }

    async fn problems_of_every_sort_are_told_at_once(backend: Backend) {
        let place = Place::create(backend).await;
        let lesson = |slug: &str, more: Value| Item::new("lesson", slug, "Title", more).line();
        let path = place.file(
            "bad.jsonl",
            [
                lesson("item", json!({})),
                "not JSON".to_owned(),
                lesson("item", json!({})),
                lesson("other", json!({ "themes": ["eductaion"] })),
            ]
            .join("\n"),
        );
        let told = place.run(&["import", &path]);
        for said in [
            ":2: MALFORMED: ",
            ":3: [item] slug: DUPLICATE_SLUG: ",
            ":4: [other] themes[0]: UNKNOWN_THEME: ",
        ] {
            assert!(
                told.errors.contains(&format!("{path}{said}")),
                "{said}\n{}",
                told.errors
            );
        }
    }

    async fn no_entry_stands_twice_in_a_list(backend: Backend) {
        let place = Place::create(backend).await;
        place.import(&bundle(&stored()));
        let cases = [
            ("lesson", "contributors", json!(["person", "person"])),
            (
                "lesson",
                "citations",
                json!([{ "resource": "source", "locator": "p. 1" }, { "resource": "source", "locator": "p. 1" }]),
            ),
            (
                "initiative",
                "people",
                json!([{ "practitioner": "person" }, { "practitioner": "person" }]),
            ),
            (
                "practitioner",
                "affiliations",
                json!([{ "organization": "body" }, { "organization": "body" }]),
            ),
        ];
        let bad: Vec<Bad> = cases
            .into_iter()
            .map(|(kind, field, list)| Bad {
                name: field.to_owned(),
                bytes: bundle(&[Item::new(kind, "item", "Title", json!({ field: list }))]).into_bytes(),
                problems: vec![expected(1, "item", &format!("{field}[1]"), "DUPLICATE", "remove it")],
            })
            .collect();
        let (paths, told) = import_all(&place, &bad, &[]);
        for bad in &bad {
            check(bad, &paths[&bad.name], &told);
        }
    }

    async fn an_entry_stands_twice_in_a_list_where_it_is_given_by_slug_and_by_id(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        server.import(&stored());
        let answer = server
            .query("{ content(kind: INITIATIVE, slug: \"whole\") { id } }")
            .await;
        let item = Item::new(
            "lesson",
            "item",
            "Title",
            json!({ "initiatives": ["whole", answer.data()["content"]["id"]] }),
        );
        let path = server.file("bad.jsonl", &item.line());
        let told = server.tell(&["import", &path]);
        assert_eq!(told.code, Some(1), "{told:?}");
        assert!(
            told.said()[0].starts_with(&format!("{path}:1: [item] initiatives[1]: DUPLICATE: ")),
            "{told:?}"
        );
    }

    async fn a_nul_in_a_slug_or_a_reference_is_a_problem_like_any_other(backend: Backend) {
        let place = Place::create(backend).await;
        let bad = [
            Bad {
                name: "slug".to_owned(),
                bytes: Item::new("lesson", "it\0em", "Title", json!({})).line().into_bytes(),
                problems: vec![expected(1, r"it\u{0}em", "slug", "INVALID_SLUG", "lower-case letters")],
            },
            Bad {
                name: "reference".to_owned(),
                bytes: Item::new("lesson", "item", "Title", json!({ "initiatives": ["no\0where"] }))
                    .line()
                    .into_bytes(),
                problems: vec![expected(
                    1,
                    "item",
                    "initiatives[0]",
                    "UNKNOWN_REFERENCE",
                    "Check the spelling",
                )],
            },
        ];
        let (paths, told) = import_all(&place, &bad, &[]);
        for bad in &bad {
            check(bad, &paths[&bad.name], &told);
        }
    }

    async fn a_control_character_is_a_problem_in_every_field(backend: Backend) {
        let place = Place::create(backend).await;
        place.import(&bundle(&stored()));
        let documents = full_documents();
        let good: Vec<String> = documents
            .iter()
            .map(|(kind, document)| json!({ "slug": "full", "content": { *kind: document } }).to_string())
            .collect();
        place.import(&good.join("\n"));
        let before = place.database.counts().await;
        for character in ['\0', '\u{7}', '\u{1b}', '\u{7f}', '\u{85}'] {
            let (mut lines, mut fields) = (Vec::new(), Vec::new());
            for (kind, document) in &documents {
                for pointer in texts_of(document) {
                    let mut spoilt = document.clone();
                    let text = spoilt.pointer_mut(&pointer).unwrap();
                    *text = json!(format!("{}{character}x", text.as_str().unwrap()));
                    let slug = format!("item-{}", lines.len());
                    lines.push(json!({ "slug": slug, "content": { *kind: spoilt } }).to_string());
                    fields.push((slug, in_words(&pointer)));
                }
            }
            assert!(fields.len() > 60, "{fields:?}");
            let path = place.file("bad.jsonl", lines.join("\n"));
            let told = place.run(&["import", &path]);
            let said = told.said();
            assert!(said.last().unwrap().contains("could not be imported"), "{told:?}");
            for (number, (slug, field)) in fields.iter().enumerate() {
                let start = format!("{path}:{}: [{slug}] {field}", number + 1);
                assert!(said.iter().any(|line| line.starts_with(&start)), "{start}\n{said:#?}");
            }
        }
        assert_eq!(place.database.counts().await, before);
    }

    async fn pictures_in_texts_and_titles_that_show_nothing_or_something_else_are_refused(backend: Backend) {
        let place = Place::create(backend).await;
        let lesson = |title: &str, more: Value| Item::new("lesson", "item", title, more).line();
        let translated = |title: &str| json!({ "translations": [{ "language": "fr", "title": title }] });
        for (line, field, hint) in [
            (lesson("T", json!({ "summary": "![a girl](https://example.org/girl.jpg)" })), "summary", "Texts show no pictures"),
            (lesson("T", json!({ "appliesWhere": "<img src=\"data:image/png;base64,AA\">" })), "appliesWhere", "Texts show no pictures"),
            (lesson("\u{200b}\u{2060}", json!({})), "title", "Write at least a letter or a digit"),
            (lesson("…", json!({})), "title", "Write at least a letter or a digit"),
            (lesson("T \u{202e}gpj", json!({})), "title", "Remove the character U+202E"),
            (lesson("T", translated("T\u{e0041}")), "translations[0].title", "Remove the character U+E0041"),
        ] {
            let told = place.run(&["import", &place.file("bad.jsonl", &line)]);
            let expected = format!("{field}: INVALID: {hint}");
            assert_eq!(told.code, Some(1), "{line}");
            assert!(told.errors.contains(&expected) && told.errors.contains("1 problem(s)"), "{expected}: {told:?}");
        }
        // Marks of direction and joiners are a part of Arabic and Persian; a link is no picture.
        place.import(&lesson("حقوق \u{200f}می\u{200c}کودک", json!({ "summary": "[A picture](https://example.org/a.jpg)" })));
    }

    async fn tabs_and_lines_are_good_in_texts_that_have_several_lines(backend: Backend) {
        let place = Place::create(backend).await;
        place.import(&Item::new("lesson", "item", "Title", json!({ "summary": "One\ttwo\nthree\r\nfour" })).line());
    }

    async fn what_is_wrong_with_the_form_is_said_in_words_to_act_upon(backend: Backend) {
        let place = Place::create(backend).await;
        let line = Item::new("lesson", "item", "Title", json!({})).line();
        let two = line.replace("}}}", r#"},"resource":{"title":"T","language":"en","kind":"OTHER"}}}"#);
        let bad = [
            (
                "none",
                r#"{"slug":"item","content":{}}"#,
                expected(1, "item", "content", "MALFORMED", "exactly one kind"),
            ),
            (
                "two",
                &two,
                expected(1, "item", "content", "MALFORMED", "exactly one kind"),
            ),
            (
                "cut-off",
                &line[..60],
                expected(1, "", "", "MALFORMED", "EOF while parsing"),
            ),
        ]
        .map(|(name, line, problem)| Bad {
            name: name.to_owned(),
            bytes: line.as_bytes().to_vec(),
            problems: vec![problem],
        });
        let (paths, told) = import_all(&place, &bad, &[]);
        for bad in &bad {
            check(bad, &paths[&bad.name], &told);
        }
    }

    async fn a_day_is_written_in_one_way(backend: Backend) {
        let place = Place::create(backend).await;
        let days = ["2012-1-1", " 2012-01-01", "-0001-01-01", "+12012-01-01", "0000-01-01", "2012-02-30", "2012-01-01T00:00:00Z"];
        let bad: Vec<Bad> = days
            .into_iter()
            .map(|day| Bad {
                name: day.trim().to_owned(),
                bytes: Item::new("initiative", "item", "Title", json!({ "startedOn": day }))
                    .line()
                    .into_bytes(),
                problems: vec![expected(1, "item", "startedOn", "MALFORMED", "YYYY-MM-DD")],
            })
            .collect();
        let (paths, told) = import_all(&place, &bad, &[]);
        for bad in &bad {
            check(bad, &paths[&bad.name], &told);
        }
    }
}
