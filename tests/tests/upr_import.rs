//! Importing what others publish: recommendations of the Universal Periodic Review, ratifications, values of indicators.
//! The rows are written for these tests.

use std::process::Stdio;

use praxis_tests::{Item, Options, Place, Server, Told, on_both_databases};
use serde_json::json;

const HEADER: &str = "To,To-Rgrp,To-Org,Text,From,From-Rgrp,From-Org,Response,Action,Issue,Session";

/// Lines as the file has them: carriage returns, Mac OS Roman.
fn file(rows: &[&str]) -> Vec<u8> {
    let text = [&[HEADER], rows].concat().join("\r");
    text.chars()
        .map(|character| match character {
            'é' => 0x8e,
            'ô' => 0x99,
            other => u8::try_from(other).unwrap(),
        })
        .collect()
}

const ROWS: [&str; 5] = [
    "Nepal,Asia,,\"Ban the beating of children, also at home\",Norway,WEOG,,Accepted,5,Rights of the Child,10",
    "Nepal,Asia,,\"Ban the beating of children, also at home\",Peru,GRULAC,,Accepted,5,Rights of the Child,10",
    "Nepal,Asia,,Register the birth of every child,Côte d'Ivoire,Africa,,Noted,4,\"Rights of the Child,Other\",10",
    "Bosnia & Herzegovina,EEG,,Pay judges better,European Union,,,Accepted,2,Justice,7",
    "Republic of Korea,Asia,,Sign the convention of the café owners,Norway,WEOG,,Noted,1,International instruments,14",
];

fn import(place: &Place, rows: &[&str], flags: &[&str]) -> Told {
    let path = place.file("upr.csv", file(rows));
    place.run(&[&["import", "--format", "upr", &path], flags].concat())
}

fn outcome(told: &Told) -> String {
    let line = told.output.lines().last().unwrap_or_default();
    let (_, rest) = line.split_once(": ").unwrap_or(("", line));
    let (counts, rest) = rest.split_once(" (").unwrap_or((rest, ""));
    let remarks = rest.split_once(')').map_or("", |(_, remarks)| remarks);
    format!("{counts}{remarks}")
}

async fn texts(place: &Place, sql: &str) -> Vec<String> {
    place.database.texts(sql).await
}

/// Rows whose issues say less than their texts.
const THEMED: [&str; 4] = [
    "Nepal,Asia,,Forbid corporal punishment at home,Norway,WEOG,,Accepted,5,Rights of the Child,10",
    "Nepal,Asia,,Guarantee labour rights to everybody,Norway,WEOG,,Accepted,5,Labour,10",
    "Nepal,Asia,,Bring trafficking in children before the juvenile courts,Peru,GRULAC,,Noted,5,\"Justice,Trafficking\",10",
    "Nepal,Asia,,End early marriage and other harmful practices,Chile,GRULAC,,Noted,5,Women's rights,10",
];

/// The recommendation in an export whose text has these words.
fn recommendation(exported: &str, words: &str) -> serde_json::Value {
    let line = exported.lines().find(|line| line.contains(words)).unwrap();
    serde_json::from_str(line).unwrap()
}

fn themes_of(exported: &str, words: &str) -> serde_json::Value {
    recommendation(exported, words)["content"]["recommendation"]["themes"].clone()
}

/// The line of this recommendation with other themes.
fn with_themes(exported: &str, words: &str, themes: serde_json::Value) -> String {
    let mut item = recommendation(exported, words);
    item["content"]["recommendation"]["themes"] = themes;
    item.to_string()
}

on_both_databases! {
    async fn every_row_becomes_a_recommendation_of_its_review(backend: Backend) {
        let place = Place::create(backend).await;
        let told = import(&place, &ROWS, &[]);
        assert_eq!(told.code, Some(0), "{told:?}");
        assert_eq!(outcome(&told), "5 new, 0 changed, 0 unchanged; 3 reviews added");
        let reviews = "SELECT slug || ' ' || session || ' ' || cycle || ' ' || year FROM review ORDER BY slug";
        assert_eq!(
            texts(&place, reviews).await,
            ["upr-ba-cycle-1 7 1 2010", "upr-kr-cycle-2 14 2 2012", "upr-np-cycle-1 10 1 2011"]
        );
        let exported = place.export(&["--kind", "recommendation"]);
        let line = exported.lines().find(|line| line.contains("Register the birth of every child")).unwrap();
        let item: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(item["slug"].as_str().unwrap().starts_with("upr-10-np-"));
        assert_eq!(
            item["content"]["recommendation"],
            json!({
                "title": "Nepal, UPR 2011, Côte d'Ivoire: Register the birth of every child", "language": "en",
                "themes": ["birth-registration"], "countries": ["NP"],
                "citations": [{ "resource": "upr-info-database-of-recommendations", "locator": "session 10" }],
                "kind": "RECOMMENDATION", "review": "upr-np-cycle-1", "text": "Register the birth of every child", "response": "NOTED",
                "recommendingCountries": ["CI"], "actionCategory": 4, "sourceTags": ["Other", "Rights of the Child"],
            })
        );
        assert!(exported.contains(r#""recommendingBody":"European Union""#), "{exported}");
        let children = "SELECT text FROM recommendation WHERE child_focused ORDER BY text";
        assert_eq!(
            texts(&place, children).await,
            ["Ban the beating of children, also at home", "Ban the beating of children, also at home", "Register the birth of every child"]
        );
    }

    async fn a_second_import_changes_nothing_and_a_newer_file_only_what_changed(backend: Backend) {
        let place = Place::create(backend).await;
        import(&place, &ROWS, &[]);
        let exported = place.export(&[]);
        let counts = place.database.counts().await;
        assert_eq!(outcome(&import(&place, &ROWS, &[])), "0 new, 0 changed, 5 unchanged");
        assert_eq!((place.export(&[]), place.database.counts().await), (exported, counts));
        let accepted = ROWS[2].replace("Noted,4", "Accepted,4");
        let more = "Nepal,Asia,,Open more schools,Chile,GRULAC,,Accepted,4,Right to education,10";
        let newer = [ROWS[0], ROWS[1], &accepted, ROWS[3], ROWS[4], more];
        let told = import(&place, &newer, &["--dry-run"]);
        assert_eq!(outcome(&told), "1 new, 1 changed, 4 unchanged; nothing was written");
        assert_eq!(outcome(&import(&place, &newer, &[])), "1 new, 1 changed, 4 unchanged");
        let revisions = "SELECT r.text FROM recommendation r JOIN content c ON c.id = r.content_id WHERE c.revision = 2";
        assert_eq!(texts(&place, revisions).await, ["Register the birth of every child"]);
    }

    async fn what_others_have_added_stays_when_the_file_comes_again(backend: Backend) {
        let place = Place::create(backend).await;
        import(&place, &ROWS, &[]);
        let exported = place.export(&["--kind", "recommendation"]);
        let line = exported.lines().find(|line| line.contains("Register the birth of every child")).unwrap();
        let mut item: serde_json::Value = serde_json::from_str(line).unwrap();
        let document = &mut item["content"]["recommendation"];
        document["paragraph"] = json!("108.9");
        document["themes"] = json!(["data-and-monitoring", "birth-registration"]);
        document["responsible"] = json!(["ministry"]);
        document["title"] = json!("Nepal: register births");
        document["implementation"] = json!([{ "status": "IMPLEMENTED", "asOf": "2014-01-01" }]);
        let ministry = Item::new("organization", "ministry", "Ministry", json!({}));
        place.import(&format!("{}\n{item}", ministry.line()));
        assert_eq!(outcome(&import(&place, &ROWS, &[])), "0 new, 0 changed, 5 unchanged");
        let accepted = ROWS[2].replace("Noted,4", "Accepted,4");
        assert_eq!(outcome(&import(&place, &[&accepted], &[])), "0 new, 1 changed, 0 unchanged");
        let exported = place.export(&["--kind", "recommendation"]);
        let line = exported.lines().find(|line| line.contains("Register the birth of every child")).unwrap();
        for kept in ["\"108.9\"", "\"data-and-monitoring\",\"birth-registration\"", "IMPLEMENTED", "\"ministry\"", "Nepal: register births", "\"ACCEPTED\""] {
            assert!(line.contains(kept), "{kept}: {line}");
        }
    }

    async fn a_row_that_somebody_has_entered_from_a_quotation_is_added_to_it_and_not_made_again(backend: Backend) {
        let place = Place::create(backend).await;
        let whole = "Adopt at last the bills on foster-care, adoption and guardianship, and pay for their implementation";
        let row = |maker: &str| format!("Nepal,Asia,,\"{whole}\",{maker},,,Accepted,4,Rights of the Child,10");
        let rows = [&*row("Canada"), ROWS[0], ROWS[1], ROWS[2]];
        let entered = |slug: &str, text: &str, makers: &[&str]| Item::new("recommendation", slug, slug, json!({
            "text": text, "paragraph": "108.4", "recommendingCountries": makers, "countries": ["NP"],
            "citations": [{ "resource": "report", "locator": "p. 8" }],
            "implementation": [{ "status": "UNDER_WAY", "asOf": "2013-10-31" }],
        }));
        let items = [
            Item::review("upr-np-cycle-1", json!({})),
            Item::new("resource", "report", "Report", json!({})),
            entered("quoted", "the bills on foster care, adoption and guardianship and pay", &[]),
            entered("of-norway", "Ban the beating of children, also at home!", &["NO"]),
            entered("of-chile", "Register the birth of every child", &["CL"]),
            entered("of-whom", "Ban the beating of children – also at home", &["NO", "PE"]),
        ];
        place.import(&items.map(|item| item.line()).join("\n"));
        let told = import(&place, &rows, &[]);
        assert_eq!(outcome(&told), "2 new, 2 changed, 0 unchanged", "{told:?}");
        let exported = place.export(&["--kind", "recommendation"]);
        let of = |slug: &str| -> serde_json::Value {
            let line = exported.lines().find(|line| line.contains(&format!("\"slug\":\"{slug}\""))).unwrap();
            let item: serde_json::Value = serde_json::from_str(line).unwrap();
            item["content"]["recommendation"].clone()
        };
        let quoted = of("quoted");
        assert_eq!((quoted["text"].as_str(), quoted["title"].as_str()), (Some(whole), Some("quoted")));
        assert_eq!(quoted["recommendingCountries"], json!(["CA"]));
        assert_eq!((&quoted["paragraph"], &quoted["response"]), (&json!("108.4"), &json!("ACCEPTED")));
        assert_eq!(quoted["implementation"][0]["status"], "UNDER_WAY");
        assert_eq!(
            quoted["citations"],
            json!([
                { "resource": "report", "locator": "p. 8" },
                { "resource": "upr-info-database-of-recommendations", "locator": "session 10" },
            ])
        );
        assert_eq!(of("of-norway")["recommendingCountries"], json!(["NO"]));
        // Of another state, or of several together: these are others.
        for slug in ["of-chile", "of-whom"] {
            assert_eq!(of(slug)["citations"].as_array().unwrap().len(), 1, "{slug}");
        }
        assert_eq!(outcome(&import(&place, &rows, &[])), "0 new, 0 changed, 4 unchanged");
        assert_eq!(place.export(&["--kind", "recommendation"]), exported);
        // A newer file changes what was recognised, too.
        let noted = row("Canada").replace("Accepted", "Noted");
        assert_eq!(outcome(&import(&place, &[&noted], &[])), "0 new, 1 changed, 0 unchanged");
    }

    async fn rows_that_may_each_be_what_somebody_has_entered_become_recommendations_of_their_own(backend: Backend) {
        let place = Place::create(backend).await;
        let items = [
            Item::review("upr-np-cycle-1", json!({})),
            Item::new("recommendation", "by-hand", "By hand", json!({ "text": "Ban the beating of children, also at home" })),
        ];
        place.import(&items.map(|item| item.line()).join("\n"));
        let told = import(&place, &ROWS, &[]);
        assert_eq!(outcome(&told), "5 new, 0 changed, 0 unchanged; 2 reviews added", "{told:?}");
        for line in [2, 3] {
            let notice = format!("upr.csv:{line}: Text: DUPLICATE: The row may be the recommendation `by-hand`");
            assert!(told.errors.contains(&notice), "{}", told.errors);
        }
        // Where it was imported before somebody entered it, nothing is merged, but said.
        let again = Item::new("recommendation", "again", "Again", json!({ "text": "Register the birth of every child" }));
        place.import(&again.line());
        let told = import(&place, &ROWS[2..3], &[]);
        assert_eq!(outcome(&told), "0 new, 0 changed, 1 unchanged");
        assert!(told.errors.contains("and `again` are one recommendation; retract one of the two"), "{}", told.errors);
    }

    async fn faulty_rows_are_named_with_line_and_column_and_nothing_of_the_file_is_imported(backend: Backend) {
        let place = Place::create(backend).await;
        let rows = [
            ROWS[0],
            "Atlantis,,,Text,Norway,,,Accepted,5,Justice,10",
            "Nepal,,,Text,Nowhere,,,Accepted,5,Justice,10",
            "Nepal,,,Text,Norway,,,Rejoiced,5,Justice,10",
            "Nepal,,,Text,Norway,,,Accepted,6,Justice,10",
            "Nepal,,,Text,Norway,,,Accepted,5,Beekeeping,10",
            "Nepal,,,Text,Norway,,,Accepted,5,Justice,99",
            "Nepal,,,,Norway,,,Accepted,5,Justice,10",
            "Nepal,,,Other text,Norway,,,Accepted,5,Justice,9",
            "Nepal,,,\"cut in the mid",
        ];
        let told = import(&place, &rows, &[]);
        assert_eq!(told.code, Some(1));
        for (line, expected) in [
            (3, "To: UNKNOWN_COUNTRY: "), (4, "From: UNKNOWN_COUNTRY: "), (5, "Response: INVALID: "),
            (6, "Action: INVALID: "), (7, "Issue: UNKNOWN_THEME: "), (8, "Session: INVALID: "), (9, "Text: REQUIRED: "),
            (10, "Session: INVALID: "), (11, ""),
        ] {
            assert!(told.errors.contains(&format!("upr.csv:{line}: {expected}")), "{line} {expected}\n{}", told.errors);
        }
        assert!(told.errors.contains("9 problem(s); nothing of this file was imported"), "{}", told.errors);
        assert!(place.database.counts().await.values().all(|count| *count == 0));
        let told = import(&place, &rows, &["--skip-problems"]);
        assert_eq!(told.code, Some(0), "{told:?}");
        assert_eq!(outcome(&told), "1 new, 0 changed, 0 unchanged; 9 rows passed over; 1 reviews added");
        assert_eq!(told.errors.matches("(passed over)").count(), 9, "{}", told.errors);
    }

    async fn a_row_that_stands_twice_is_one_recommendation_with_the_issues_of_both(backend: Backend) {
        let place = Place::create(backend).await;
        let again = ROWS[0].replace("Rights of the Child", "Justice").replace("at home", "at  HOME.");
        let other = ROWS[1].replace("Accepted", "Noted");
        let told = import(&place, &[ROWS[0], &again, ROWS[1]], &[]);
        assert_eq!(outcome(&told), "2 new, 0 changed, 0 unchanged; 1 reviews added");
        assert!(told.errors.contains("upr.csv:3: DUPLICATE: The row repeats line 2"), "{}", told.errors);
        let tags = "SELECT CAST(source_tags AS TEXT) FROM recommendation ORDER BY 1";
        let tags = texts(&place, tags).await;
        assert!(tags[0].contains("Justice") && tags[0].contains("Rights of the Child"), "{tags:?}");
        let told = import(&place, &[ROWS[1], &other], &[]);
        assert_eq!(told.code, Some(1));
        assert!(told.errors.contains("upr.csv:3: Response: DUPLICATE: "), "{}", told.errors);
    }

    async fn a_review_that_is_known_keeps_what_is_known_of_it(backend: Backend) {
        let place = Place::create(backend).await;
        place.import(&Item::review("upr-np-cycle-1", json!({ "date": "2011-01-25", "documentSymbol": "A/HRC/17/5" })).line());
        assert_eq!(outcome(&import(&place, &ROWS[..2], &[])), "2 new, 0 changed, 0 unchanged");
        let review = "SELECT document_symbol FROM review WHERE date IS NOT NULL";
        assert_eq!(texts(&place, review).await, ["A/HRC/17/5"]);
        let told = import(&place, &[&ROWS[0].replace(",10", ",9")], &[]);
        assert!(told.errors.contains("upr.csv:2: Session: INVALID: The row says session 9"), "{}", told.errors);
        let wrong = ROWS.map(|row| row.replace(",10", ",9"));
        let told = import(&place, &[&wrong[0], &wrong[1], ROWS[3]], &["--skip-problems"]);
        assert_eq!(outcome(&told), "1 new, 0 changed, 0 unchanged; 2 rows passed over; 1 reviews added");
        for line in [2, 3] {
            assert!(told.errors.contains(&format!("upr.csv:{line}: Session: INVALID: ")), "{}", told.errors);
        }
        let path = place.file("empty.csv", "");
        let told = place.run(&["import", "--format", "upr", &path]);
        assert_eq!(told.code, Some(1), "{told:?}");
    }

    async fn ratifications_are_imported_by_treaty_and_only_changes_are_written(backend: Backend) {
        let place = Place::create(backend).await;
        let header = "iso2,member,state party,year ratification or accession,signatory,no action,status,note";
        let rows = [header, "NP,Nepal,1,2007,0,0,state party,", "PE,Peru,0,,1,0,signatory,", "SO,Somalia,0,,0,1,no action,"];
        let path = place.file("hr_status_op_crc_ac.csv", rows.join("\n"));
        assert_eq!(outcome(&place.run(&["import", "--format", "ratification", &path])), "3 new, 0 changed, 0 unchanged");
        assert_eq!(outcome(&place.run(&["import", "--format", "ratification", &path])), "0 new, 0 changed, 3 unchanged");
        let newer = [header, rows[1], "PE,Peru,1,2002,0,0,state party,", rows[3]].join("\n");
        let path = place.file("newer.csv", newer);
        let told = place.run(&["import", "--format", "ratification", &path]);
        assert!(told.errors.contains("there is no treaty `newer`"), "{told:?}");
        let told = place.run(&["import", "--format", "ratification", "--treaty", "op-crc-ac", &path]);
        assert_eq!(outcome(&told), "0 new, 1 changed, 2 unchanged");
        let states = "SELECT c.code || ' ' || r.status || ' ' || COALESCE(CAST(r.year AS TEXT), '-') FROM ratification r
            JOIN concept c ON c.id = r.country_id ORDER BY c.code";
        assert_eq!(texts(&place, states).await, ["NP STATE_PARTY 2007", "PE STATE_PARTY 2002", "SO NO_ACTION -"]);
        let path = place.file("bad.csv", [header, "NP,Nepal,1,1800,0,0,state party,"].join("\n"));
        let told = place.run(&["import", "--format", "ratification", "--treaty", "op-crc-ac", &path]);
        assert!(told.errors.contains("bad.csv:2: "), "{told:?}");
    }

    async fn the_progress_of_a_campaign_for_ratification_is_counted_from_the_years(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let header = "iso2,member,state party,year ratification or accession,signatory,no action,status,note";
        let bound = |iso2: &str, year: &str| format!("{iso2},State,1,{year},0,0,state party,");
        let rows = [
            header.to_owned(), bound("NP", "2006"), bound("PE", "2002"), bound("ML", "2010"), bound("ZM", "2012"), bound("KR", "2012"),
            "SO,Somalia,0,,1,0,signatory,".to_owned(),
        ];
        for treaty in ["op-crc-sc", "op-crc-ac"] {
            let path = server.directory().join(format!("{treaty}.csv"));
            std::fs::write(&path, rows.join("\n")).unwrap();
            let told = server.tell(&["import", "--format", "ratification", "--treaty", treaty, &path.display().to_string()]);
            assert_eq!(told.code, Some(0), "{told:?}");
        }
        let query = "{ treaties { slug progress(from: 2010, to: 2012) { year statesParties joined joinedSince } } }";
        let answer = server.query(query).await;
        let treaties = answer.data()["treaties"].as_array().unwrap();
        let of = |slug: &str| treaties.iter().find(|treaty| treaty["slug"] == slug).unwrap()["progress"].clone();
        let year = |year: i32, parties: i32, joined: i32, since: i32| {
            json!({ "year": year, "statesParties": parties, "joined": joined, "joinedSince": since })
        };
        let expected = json!([year(2010, 3, 1, 1), year(2011, 3, 0, 1), year(2012, 5, 2, 3)]);
        assert_eq!((of("op-crc-sc"), of("op-crc-ac")), (expected.clone(), expected));
        assert_eq!(of("crc"), json!([year(2010, 0, 0, 0), year(2011, 0, 0, 0), year(2012, 0, 0, 0)]));
        // The treaties, and how many joined them all.
        assert_eq!(server.statements_of(query).await, 2);
        for (from, to) in [(2012, 2011), (1900, 2000), (i32::MIN, i32::MAX)] {
            let query = format!("{{ treaties {{ progress(from: {from}, to: {to}) {{ year }} }} }}");
            assert_eq!(server.query(&query).await.codes().first(), Some(&"BAD_REQUEST"), "{from} {to}");
        }
    }

    async fn values_of_indicators_are_imported_with_their_series_and_flags(backend: Backend) {
        let place = Place::create(backend).await;
        let header = "DATAFLOW,REF_AREA,INDICATOR,SEX,TIME_PERIOD,OBS_VALUE,UNIT_MULTIPLIER,UNIT_MEASURE,OBS_STATUS,DATA_SOURCE";
        let rows = [
            header,
            "UNICEF:CME(1.0),NPL,CME_MRY0T4,_T,2015,33.1,0,D_PER_1000_B,E,UN IGME",
            "UNICEF:CME(1.0),NPL,CME_MRY0T4,F,2015,30,0,D_PER_1000_B,E,UN IGME",
            "UNICEF:CME(1.0),PER,CME_MRY0T4,_T,2015,17,0,D_PER_1000_B,E,UN IGME",
            "UNICEF:CME(1.0),PER,CME_MRY0T4,_T,2016,,0,D_PER_1000_B,O,UN IGME",
            "UNICEF:CME(1.0),UNICEF_SA,CME_MRY0T4,_T,2015,40,0,D_PER_1000_B,E,UN IGME",
        ];
        let path = place.file("cme.csv", rows.join("\n"));
        let told = place.run(&["import", "--format", "sdmx", &path]);
        assert_eq!(
            outcome(&told),
            "3 new, 0 changed, 0 unchanged; 1 indicators added; 1 values of groups of countries left out; 1 rows without a \
             value left out",
            "{told:?}"
        );
        assert!(outcome(&place.run(&["import", "--format", "sdmx", &path])).starts_with("0 new, 0 changed, 3 unchanged;"));
        let newer = rows.join("\n").replace("33.1", "32.9");
        let path = place.file("newer.csv", newer);
        assert!(outcome(&place.run(&["import", "--format", "sdmx", &path])).starts_with("0 new, 1 changed, 2 unchanged;"));
        let bad = place.file("bad.csv", [header, "UNICEF:CME(1.0),NPL,CME_MRY0T4,_T,2015,many,0,,,"].join("\n"));
        let told = place.run(&["import", "--format", "sdmx", &bad]);
        assert_eq!(told.code, Some(1));
        assert!(told.errors.contains("bad.csv:2: OBS_VALUE"), "{told:?}");
        assert_eq!(place.database.counts().await["observation"], 3);
    }

    async fn recommendations_that_ask_for_the_same_are_linked_within_a_review_and_across_cycles(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let rows = [
            "Nepal,,,Ratify the Convention against Torture,Norway,,,Accepted,5,Justice,10",
            "Nepal,,,Ratify CAT and its optional protocol soon,Peru,,,Accepted,5,Justice,10",
            "Nepal,,,Consider the ratification of the Convention against Torture,Sweden,,,Noted,3,Justice,10",
            "Nepal,,,Ratify the Convention against Torture,Chile,,,Accepted,5,Justice,23",
            "Peru,,,Ratify the Convention against Torture,Chile,,,Accepted,5,Justice,14",
        ];
        let path = server.directory().join("upr.csv");
        std::fs::write(&path, file(&rows)).unwrap();
        let told = server.tell(&["import", "--format", "upr", &path.display().to_string()]);
        assert_eq!(told.code, Some(0), "{told:?}");
        let query = "{ recommendations(first: 50, filter: { text: \"ratif\" }) { nodes { recommendingCountries { code }
            countries { code } alike { likeness rule recommendation { recommendingCountries { code } } } } } }";
        let answer = server.query(query).await;
        let nodes = answer.data()["recommendations"]["nodes"].as_array().unwrap();
        let mut found: Vec<String> = nodes.iter().map(|node| {
            let mut alike: Vec<_> = node["alike"].as_array().unwrap().iter().map(|other| format!(
                "{} {}",
                other["likeness"].as_str().unwrap(),
                other["recommendation"]["recommendingCountries"][0]["code"].as_str().unwrap()
            )).collect();
            alike.sort();
            format!(
                "{} to {}: {}",
                node["recommendingCountries"][0]["code"].as_str().unwrap(),
                node["countries"][0]["code"].as_str().unwrap(),
                alike.join(", ")
            )
        }).collect();
        found.sort();
        assert_eq!(found, [
            "CL to NP: EARLIER NO, EARLIER SE", "CL to PE: ", "NO to NP: LATER CL, SIMILAR SE", "PE to NP: ",
            "SE to NP: LATER CL, SIMILAR NO",
        ]);
        // The list, its two relations to states, the links, what they lead to and who made that; none for each parent.
        assert_eq!(server.statements_of(query).await, 6);
        // Taken out of a file, changed by hand: the links follow.
        let exported = server.tell(&["export", "--kind", "recommendation"]).output;
        let line = exported.lines().find(|line| line.contains("\"SE\"")).unwrap();
        let changed = line.replace("\"text\":\"Consider the ratification of the Convention against Torture\"", "\"text\":\"Plant trees\"");
        assert_ne!(changed, line);
        let told = server.tell(&["import", &server.file("changed.jsonl", &changed)]);
        assert_eq!(told.code, Some(0), "{told:?}");
        assert_eq!(server.database.number("SELECT COUNT(*) FROM recommendation_link").await, 1);
    }

    async fn a_text_that_was_corrected_and_a_row_that_is_gone_are_said_since_the_old_ones_stay(backend: Backend) {
        let place = Place::create(backend).await;
        let told = import(&place, &ROWS, &[]);
        assert!(!told.errors.contains("NOT_FOUND"), "{}", told.errors);
        let by_hand = Item::new("recommendation", "by-hand", "By hand", json!({ "text": "Plant trees" }));
        place.import(&by_hand.line());
        let corrected = ROWS[2].replace("every child", "each child");
        // Of Nepal the second row is gone and the third has another text; the other reviews are not in this file.
        let told = import(&place, &[ROWS[0], &corrected], &[]);
        assert_eq!(outcome(&told), "1 new, 0 changed, 1 unchanged");
        assert!(told.errors.contains("upr.csv:1: NOT_FOUND: 2 recommendation(s) of the reviews in this file"), "{}", told.errors);
        assert_eq!(told.errors.matches("`upr-10-np-").count(), 2, "{}", told.errors);
        let told = import(&place, &[ROWS[0], ROWS[1], ROWS[2], &corrected], &[]);
        assert!(!told.errors.contains("NOT_FOUND"), "{}", told.errors);
    }

    async fn a_file_that_can_not_be_read_as_a_table_is_never_passed_over(backend: Backend) {
        let place = Place::create(backend).await;
        let mut utf16 = vec![0xff_u8, 0xfe];
        utf16.extend("To,Text".encode_utf16().flat_map(u16::to_le_bytes));
        for (what, bytes) in [("utf16", utf16), ("empty", Vec::new()), ("column", b"To,Text\nNepal,Open schools\n".to_vec())] {
            let path = place.file(&format!("{what}.csv"), bytes);
            for format in ["upr", "sdmx", "ratification"] {
                for flags in [&[][..], &["--skip-problems"]] {
                    let told = place.run(&[&["import", "--format", format, "--treaty", "op-crc-ac", &path], flags].concat());
                    assert_eq!(told.code, Some(1), "{what} {format} {flags:?}: {told:?}");
                    assert!(told.errors.contains("The file can't be used as it is"), "{told:?}");
                    assert!(!told.errors.contains("--skip-problems"), "{told:?}");
                }
            }
        }
    }

    async fn an_encoding_that_was_guessed_is_said_and_one_that_can_not_be_told_is_asked_for_by_its_option(backend: Backend) {
        let place = Place::create(backend).await;
        let told = import(&place, &ROWS, &["--dry-run"]);
        assert!(told.errors.contains("upr.csv:4: MALFORMED: The file is not in UTF-8 and is read as Mac OS Roman"), "{}", told.errors);
        let told = import(&place, &ROWS, &["--dry-run", "--encoding", "macintosh"]);
        assert!(told.code == Some(0) && !told.errors.contains("Mac OS Roman"), "{told:?}");
        // The problems of a file come in the order of its lines, whatever found them.
        import(&place, &ROWS, &[]);
        let rows = [ROWS[0].replace(",10", ",9"), ROWS[3].replace("Accepted", "Rejoiced"), ROWS[4].replace(",14", ",13")];
        let told = import(&place, &rows.each_ref().map(String::as_str), &["--encoding", "macintosh"]);
        let lines: Vec<&str> = told.said().into_iter().filter(|line| line.contains("upr.csv:") && line.contains(": INVALID:")).collect();
        assert_eq!(lines.len(), 3, "{told:?}");
        for (at, line) in lines.iter().enumerate() {
            assert!(line.contains(&format!("upr.csv:{}: ", at + 2)), "{lines:?}");
        }
        let path = place.file("latin.csv", [HEADER.as_bytes(), b"\nNepal,,,caf\xe9,Norway,,,Accepted,5,Justice,10\n"].concat());
        let told = place.run(&["import", "--format", "upr", &path]);
        assert!(told.errors.contains("latin.csv:2: ") && told.errors.contains("`--encoding macintosh`"), "{told:?}");
    }

    async fn values_that_can_not_be_right_are_refused_with_their_lines_and_what_is_left_out_is_named(backend: Backend) {
        let place = Place::create(backend).await;
        let header = "DATAFLOW,REF_AREA,INDICATOR,SEX,TIME_PERIOD,OBS_VALUE,UNIT_MULTIPLIER,UNIT_MEASURE,OBS_STATUS,DATA_SOURCE";
        let rows = [
            header,
            "UNICEF:CME(1.0),NPL,CME_MRY0T4,_T,2015,33.1,0,D_PER_1000_B,E,UN IGME",
            "UNICEF:CME(1.0),NPL,CME_MRY0T4,_T,2015,33.1,0,D_PER_1000_B,E,UN IGME",
            "UNICEF:CME(1.0),NPL,CME_MRY0T4,_T,2015,34,0,D_PER_1000_B,E,UN IGME",
            "UNICEF:CME(1.0),XXX,CME_MRY0T4,_T,2015,33.1,0,D_PER_1000_B,E,UN IGME",
            "UNICEF:CME(1.0),NPL,CME_MRY0T4,_T,2099,33.1,0,D_PER_1000_B,E,UN IGME",
            "UNICEF:CME(1.0),NPL,CME_MRY0T4,_T,2098,20,0,D_PER_1000_B,F,UN IGME",
            "UNICEF:CME(1.0),NPL,CME_MRY0T4,_T,2014,1e308,9,D_PER_1000_B,E,UN IGME",
            "UNICEF:CME(1.0),UNICEF_SA,CME_MRY0T4,_T,2015,40,0,D_PER_1000_B,E,UN IGME",
        ];
        let path = place.file("cme.csv", rows.join("\n"));
        let told = place.run(&["import", "--format", "sdmx", &path]);
        assert_eq!(told.code, Some(1), "{told:?}");
        let problems = [
            "cme.csv:4: OBS_VALUE: DUPLICATE: Line 2 has another value", "cme.csv:5: REF_AREA: UNKNOWN_COUNTRY: `XXX`",
            "cme.csv:6: TIME_PERIOD: FUTURE_DATE: 2099", "cme.csv:8: OBS_VALUE: INVALID: ",
        ];
        for problem in problems {
            assert!(told.errors.contains(problem), "{problem}: {}", told.errors);
        }
        assert!(told.errors.contains("4 problem(s)"), "{}", told.errors);
        assert_eq!(place.database.counts().await["observation"], 0);
        let told = place.run(&["import", "--format", "sdmx", "--skip-problems", &path]);
        assert_eq!(
            outcome(&told),
            "2 new, 0 changed, 0 unchanged; 4 rows passed over; 1 indicators added; 1 values of groups of countries left out",
            "{told:?}"
        );
        for notice in ["cme.csv:3: DUPLICATE: The row repeats line 2", "cme.csv:9: REF_AREA: UNKNOWN_COUNTRY: `UNICEF_SA`"] {
            assert!(told.errors.contains(notice), "{notice}: {}", told.errors);
        }
        let again = place.run(&["import", "--format", "sdmx", "--skip-problems", &path]);
        assert!(outcome(&again).starts_with("0 new, 0 changed, 2 unchanged;"), "{again:?}");
    }

    async fn what_a_file_gives_as_codes_with_labels_is_kept_as_the_contract_says(backend: Backend) {
        let place = Place::create(backend).await;
        let rows = [
            "DATAFLOW,REF_AREA:Geographic area,INDICATOR:Indicator,SEX:Sex,TIME_PERIOD:Time period,OBS_VALUE:Observation Value,UNIT_MEASURE:Unit of measure,OBS_STATUS:Observation Status,DATA_SOURCE:Data Source",
            "UNICEF:CME(1.0): Child Mortality,NPL: Nepal,CME_MRY0T4: Under-five mortality rate,F: Female,2015,<33.1,D_PER_1000_B: Deaths per 1000 live births,A: Normal value,UN IGME",
        ];
        let path = place.file("cme.csv", rows.join("\n"));
        let told = place.run(&["import", "--format", "sdmx", &path]);
        assert_eq!(outcome(&told), "1 new, 0 changed, 0 unchanged; 1 indicators added", "{told:?}");
        let value = "SELECT disaggregation || ' ' || flag || ' ' || COALESCE(unit, '-') || ' ' || source FROM observation";
        assert_eq!(texts(&place, value).await, ["SEX=F < A - UN IGME"], "the unit is that of the indicator");
        let unit = "SELECT unit FROM indicator WHERE slug = 'unicef-cme-mry0t4'";
        assert_eq!(texts(&place, unit).await, ["Deaths per 1000 live births"]);
        let indicator = "SELECT source || ': ' || name FROM indicator WHERE slug = 'unicef-cme-mry0t4'";
        assert_eq!(texts(&place, indicator).await, ["UNICEF: Under-five mortality rate"]);
        let again = place.run(&["import", "--format", "sdmx", &path]);
        assert_eq!(outcome(&again), "0 new, 0 changed, 1 unchanged", "{again:?}");
    }

    async fn themes_come_from_the_issues_and_from_what_the_text_names(backend: Backend) {
        let place = Place::create(backend).await;
        let told = import(&place, &THEMED, &[]);
        assert_eq!(outcome(&told), "4 new, 0 changed, 0 unchanged; 1 reviews added", "{told:?}");
        let exported = place.export(&["--kind", "recommendation"]);
        assert_eq!(themes_of(&exported, "corporal punishment"), json!(["corporal-punishment"]));
        assert_eq!(themes_of(&exported, "labour rights"), json!(null));
        // What an issue gives is not given twice, and comes first.
        assert_eq!(themes_of(&exported, "juvenile courts"), json!(["access-to-justice", "trafficking", "juvenile-justice"]));
        // Child marriage is a harmful practice and violence against children.
        assert_eq!(themes_of(&exported, "early marriage"), json!(["girls-and-gender-equality", "child-marriage"]));
    }

    async fn what_the_text_names_reaches_older_recommendations_but_not_where_somebody_has_decided_on_themes(backend: Backend) {
        let first = Place::create(backend).await;
        import(&first, &THEMED, &[]);
        // As they were when only issues gave themes.
        let older: Vec<String> = first.export(&[]).lines().map(|line| line
            .replace(r#""themes":["corporal-punishment"],"#, "")
            .replace(r#","juvenile-justice"]"#, "]")
            .replace(r#","child-marriage"]"#, "]")).collect();
        let place = Place::create(backend).await;
        place.import(&older.join("\n"));
        let before = place.export(&["--kind", "recommendation"]);
        assert_eq!(themes_of(&before, "corporal punishment"), json!(null));
        assert_eq!(themes_of(&before, "early marriage"), json!(["girls-and-gender-equality"]));
        // Somebody finds another theme for one of them.
        place.import(&with_themes(&before, "early marriage", json!(["harmful-practices"])));
        assert_eq!(outcome(&import(&place, &THEMED, &[])), "0 new, 2 changed, 2 unchanged");
        let after = place.export(&["--kind", "recommendation"]);
        assert_eq!(themes_of(&after, "corporal punishment"), json!(["corporal-punishment"]));
        assert_eq!(themes_of(&after, "juvenile courts"), json!(["access-to-justice", "trafficking", "juvenile-justice"]));
        assert_eq!(themes_of(&after, "early marriage"), json!(["harmful-practices"]));
        assert_eq!(outcome(&import(&place, &THEMED, &[])), "0 new, 0 changed, 4 unchanged");
        // A theme that somebody takes out is not put back.
        place.import(&with_themes(&after, "corporal punishment", json!([])));
        let decided = place.export(&["--kind", "recommendation"]);
        assert_eq!(themes_of(&decided, "corporal punishment"), json!(null));
        assert_eq!(outcome(&import(&place, &THEMED, &[])), "0 new, 0 changed, 4 unchanged");
        assert_eq!(place.export(&["--kind", "recommendation"]), decided);
    }

    async fn the_same_table_imported_by_several_at_once_is_imported_once(backend: Backend) {
        let place = Place::create(backend).await;
        assert_eq!(place.run(&["migrate"]).code, Some(0));
        let path = place.file("upr.csv", file(&THEMED));
        let start = || {
            let mut command = place.command(&["import", "--format", "upr", &path]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let running = [start(), start(), start()];
        let mut outcomes: Vec<String> = running
            .into_iter()
            .map(|import| {
                let told = Told::from(import.wait_with_output().unwrap());
                assert_eq!(told.code, Some(0), "{told:?}");
                outcome(&told)
            })
            .collect();
        outcomes.sort_unstable();
        let nothing_new = "0 new, 0 changed, 4 unchanged";
        assert_eq!(outcomes[..2], [nothing_new; 2]);
        assert!(outcomes[2].starts_with("4 new, 0 changed, 0 unchanged"), "{outcomes:?}");
        assert_eq!(place.database.counts().await["recommendation"], 4);
    }
}
