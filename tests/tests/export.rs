//! Export of bundles: byte for byte what was imported, whole or by kind, to standard output or into a file.

use praxis_tests::{Item, Place, bundle, on_both_databases, sample_collection, sample_references};
use serde_json::json;

on_both_databases! {
    async fn what_is_exported_comes_out_byte_for_byte_as_it_was_imported(backend: Backend) {
        let references = sample_references();
        let items = sample_collection();
        let first = Place::create(backend).await;
        let mut shuffled = items.clone();
        shuffled.extend(references.clone());
        shuffled.sort_by_key(|item| item.slug.bytes().rev().collect::<Vec<_>>());
        first.import(&bundle(&shuffled));
        let exported = first.export(&[]);
        let kinds = [
            "practitioner",
            "organization",
            "initiative",
            "evidence",
            "lesson",
            "resource",
            "recommendation",
            "commitment",
            "event",
        ];
        let of_kind = |kind: &str| {
            let some: Vec<_> = items.iter().filter(|item| item.kind == kind).cloned().collect();
            // What recommendations refer to goes before them.
            let before = if kind == "recommendation" { bundle(&references) } else { String::new() };
            before + &bundle(&some)
        };
        let some: String = kinds.iter().map(|kind| of_kind(kind)).collect();
        let expected = bundle(&references) + &some.replacen(&bundle(&references), "", 1);
        let all = items.len() + references.len();
        assert_eq!(exported.lines().count(), all);
        assert!(exported == expected, "the export is not what was imported");
        // Into a file, which appears when it is complete; into an empty database; out again.
        let path = first.directory().join("all.jsonl");
        std::fs::write(&path, "an old export\n").unwrap();
        let told = first.run(&["export", "-o", path.to_str().unwrap()]);
        assert_eq!((told.code, told.output.as_str()), (Some(0), ""));
        assert!(
            told.errors.contains(&format!("{all} items exported")),
            "{told:?}"
        );
        let written = std::fs::read_to_string(&path).unwrap();
        assert!(written == exported);
        let files: Vec<String> = std::fs::read_dir(first.directory())
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        assert!(!files.iter().any(|name| name.contains("partial")), "{files:?}");
        let second = Place::create(backend).await;
        second.import(&written);
        assert!(second.export(&[]) == exported);
        for kind in kinds {
            assert_eq!(first.export(&["--kind", kind]), of_kind(kind), "{kind}");
        }
        let two = first.export(&["--kind", "resource", "--kind", "practitioner"]);
        assert_eq!(
            two,
            first.export(&["--kind", "practitioner"]) + &first.export(&["--kind", "resource"])
        );
        let wrong = first.run(&["export", "--kind", "theme"]);
        assert_eq!(wrong.code, Some(2));
        assert!(
            wrong.errors.contains("choose one of practitioner, organization"),
            "{wrong:?}"
        );
        let nowhere = first.run(&["export", "-o", "/nowhere/all.jsonl"]);
        assert_eq!((nowhere.code, nowhere.output.as_str()), (Some(1), ""));
        assert!(nowhere.errors.contains("the output: "), "{nowhere:?}");
        assert_eq!(Place::create(backend).await.export(&[]), "");
    }

    async fn what_refers_to_evidence_without_a_published_source_is_exported_without_it(backend: Backend) {
        let place = Place::create(backend).await;
        let cited = json!({ "citations": [{ "resource": "source", "locator": "p. 1" }] });
        let both = json!({ "citations": [{ "resource": "source", "locator": "p. 1" }, { "resource": "other", "locator": "p. 2" }] });
        place.import(&bundle(&[
            Item::new("resource", "source", "Source", json!({})),
            Item::new("resource", "other", "Other", json!({})),
            Item::new("evidence", "bare", "Bare", cited),
            Item::new("evidence", "sourced", "Sourced", both),
            Item::new("lesson", "insight", "Insight", json!({ "supportedBy": ["bare", "sourced"] })),
        ]));
        let told = place.run(&["content", "retract", "resource/source", "--reason", "made up"]);
        assert_eq!(told.code, Some(0), "{told:?}");
        let exported = place.export(&[]);
        assert_eq!(exported.lines().count(), 3, "{exported}");
        let lesson = place.export(&["--kind", "lesson"]);
        assert!(lesson.contains(r#""supportedBy":["sourced"]"#), "{lesson}");
        let second = Place::create(backend).await;
        second.import(&exported);
        assert_eq!(second.export(&[]), exported);
    }
}
