//! Relations that must not lead back to where they started: within a bundle, and across a bundle and the database.

use praxis_tests::{Item, Place, Told, bundle, on_both_databases};
use serde_json::json;

/// The relations that may not lead back to where they started: kind and field.
const RINGS: [(&str, &str); 9] = [
    ("initiative", "partOf"),
    ("initiative", "adaptedFrom"),
    ("initiative", "follows"),
    ("organization", "members"),
    ("organization", "partOf"),
    ("resource", "partOf"),
    ("resource", "translationOf"),
    ("resource", "childFriendlyVersionOf"),
    ("resource", "newVersionOf"),
];

/// An item of a ring, with its relation to another.
fn in_ring((kind, field): (&str, &str), slug: &str, target: Option<&str>) -> Item {
    let name = |slug: &str| format!("{}-{slug}", field.to_lowercase());
    let more = match (target, field) {
        (None, _) => json!({}),
        (Some(target), "members") => json!({ field: [{ "organization": name(target) }] }),
        (Some(target), _) => json!({ field: [name(target)] }),
    };
    Item::new(kind, &name(slug), "Title", more)
}

/// The problems of a file that has a cycle by this field: each line and slug. Panics where there is another problem.
#[track_caller]
fn cycles(told: &Told, path: &str, field: &str) -> Vec<(usize, String)> {
    let place = format!("{path}:");
    let about: Vec<&str> = told
        .errors
        .lines()
        .filter_map(|line| line.strip_prefix(&place))
        .collect();
    let (last, problems) = about.split_last().expect("the file has problems");
    assert!(last.contains("nothing of this file was imported"), "{about:?}");
    problems
        .iter()
        .map(|said| {
            let (line, rest) = said.split_once(": ").expect("there is a line");
            let (slug, rest) = rest.split_once(' ').expect("there is an item");
            assert!(rest.starts_with(&format!("{field}: CYCLE: ")), "{said}");
            assert!(rest.contains("remove one of the steps"), "{said}");
            let slug = slug.trim_start_matches('[').trim_end_matches(']');
            (line.parse().expect("a line is a number"), slug.to_owned())
        })
        .collect()
}

on_both_databases! {
    async fn no_relation_may_lead_back_to_where_it_started(backend: Backend) {
        let place = Place::create(backend).await;
        let mut bad = Vec::new();
        let mut good = Vec::new();
        for (kind, field) in RINGS {
            let item = |slug, target| in_ring((kind, field), slug, target);
            // Within the file, among other items.
            bad.push((
                format!("within-{kind}-{field}"),
                field,
                bundle(&[
                    item("start", Some("x")),
                    item("x", Some("y")),
                    item("y", Some("z")),
                    item("z", Some("x")),
                    item("alone", None),
                ]),
            ));
            // Across the file and the database: there `d` leads to `c` and that to `b`.
            good.extend([item("b", None), item("c", Some("b")), item("d", Some("c"))]);
            bad.push((
                format!("across-{kind}-{field}"),
                field,
                bundle(&[item("alone", None), item("b", Some("d"))]),
            ));
        }
        place.import(&bundle(&good));
        let before = place.database.counts().await;
        let paths: Vec<String> = bad.iter().map(|(name, _, text)| place.file(name, text)).collect();
        let arguments: Vec<&str> = std::iter::once("import")
            .chain(paths.iter().map(String::as_str))
            .collect();
        let told = place.run(&arguments);
        assert_eq!(told.code, Some(1));
        for ((name, field, _), path) in bad.iter().zip(&paths) {
            assert!(told.errors.contains(&format!("{field}: CYCLE: ")), "{name}: {told:?}");
            assert!(
                told.errors.contains(&format!("{path}: 1 problem(s); nothing")),
                "{name}: {told:?}"
            );
            if name.starts_with("within") {
                let expected = [(2, "x"), (3, "y"), (4, "z")]
                    .map(|(line, slug)| (line, format!("{}-{slug}", field.to_lowercase())));
                let found = cycles(&told, path, field);
                assert!(expected.contains(&found[0]), "{name}: {found:?}");
            }
        }
        assert_eq!(place.database.counts().await, before);
        // What the file states anew counts, not what the database has: turned round, there is no cycle.
        let turned: Vec<Item> = RINGS
            .into_iter()
            .flat_map(|ring| {
                [
                    in_ring(ring, "d", None),
                    in_ring(ring, "c", None),
                    in_ring(ring, "b", Some("d")),
                ]
            })
            .collect();
        place.import(&bundle(&turned));
    }

    async fn a_cycle_through_the_database_is_named_with_a_line_of_the_file(backend: Backend) {
        let place = Place::create(backend).await;
        let item = |slug: &str, more| Item::new("initiative", slug, "Title", more);
        place.import(&bundle(&[
            item("a", json!({})),
            item("b", json!({ "partOf": ["a"] })),
            item("c", json!({ "partOf": ["b"] })),
        ]));
        let text = bundle(&[item("alone", json!({})), item("a", json!({ "partOf": ["c"] }))]);
        let paths: Vec<String> = (0..12)
            .map(|number| place.file(&format!("{number}.jsonl"), &text))
            .collect();
        let arguments: Vec<&str> = std::iter::once("import")
            .chain(paths.iter().map(String::as_str))
            .collect();
        let told = place.run(&arguments);
        for path in &paths {
            assert_eq!(cycles(&told, path, "partOf"), [(2, "a".to_owned())]);
        }
    }
}
