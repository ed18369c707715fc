//! Reviews, their uptake, and the page of a country.

use std::time::Duration;

use praxis_tests::{Backend, Item, Options, Place, Server, bundle, on_both_databases, slugs};
use serde_json::{Value, json};

/// Sixty reviews; each third one has an accepted recommendation about children that reflects an ask, and a noted one that
/// reflects another; every one has an ask that nothing reflects.
fn collection() -> Vec<Item> {
    let mut items = Vec::new();
    let mut asks = Vec::new();
    for number in 0..60 {
        let slug = format!("crc-{number:02}");
        let country = if number % 2 == 0 { "NP" } else { "PE" };
        items.push(Item::review(
            &slug,
            json!({ "mechanism": if number % 2 == 0 { "upr" } else { "crc" }, "country": country,
                "session": number.to_string(), "cycle": number / 20 + 1, "year": 1960 + number }),
        ));
        asks.push(json!({ "key": format!("lost-{number}"), "text": "Lost", "review": slug }));
        if number % 3 == 0 {
            for (name, text, response) in [
                ("kept", "Protect every child", "ACCEPTED"),
                ("noted", "Reform taxes", "NOTED"),
            ] {
                let told = format!("{name}-{number}");
                items.push(Item::new(
                    "recommendation",
                    &told,
                    text,
                    json!({ "review": slug, "countries": [country], "response": response, "themes": ["education"] }),
                ));
                asks.push(json!({ "key": told, "text": text, "review": slug, "reflectedIn": [told] }));
            }
        }
    }
    items.push(Item::new(
        "initiative",
        "coalition",
        "Coalition",
        json!({ "asks": asks, "countries": ["NP"] }),
    ));
    items
}

async fn filled(backend: Backend) -> Server {
    let server = Server::start(Options::empty(backend).with("PRAXIS_MEILISEARCH_URL", "http://127.0.0.1:9")).await;
    server.import(&collection());
    server
}

on_both_databases! {
    async fn uptake_is_computed_from_asks_links_and_responses(backend: Backend) {
        let server = filled(backend).await;
        let answer = server.query(
            "{ reviews(first: 100, filter: { countries: [\"PE\"], mechanisms: [\"crc\"], cycles: [1] }) { totalCount nodes { slug
                uptake { asks asksReflected asksReflectedShare asksAccepted asksAcceptedShare recommendations childFocused
                    childFocusedAccepted childFocusedAcceptedShare } } } }",
        ).await;
        let reviews = &answer.data()["reviews"];
        assert_eq!(reviews["totalCount"], 10);
        assert_eq!(slugs(reviews)[..3], ["crc-19", "crc-17", "crc-15"]);
        assert_eq!(
            reviews["nodes"][2]["uptake"],
            json!({ "asks": 3, "asksReflected": 2, "asksReflectedShare": 2.0 / 3.0, "asksAccepted": 1,
                "asksAcceptedShare": 1.0 / 3.0, "recommendations": 2, "childFocused": 1, "childFocusedAccepted": 1,
                "childFocusedAcceptedShare": 1.0 })
        );
        assert_eq!(
            reviews["nodes"][0]["uptake"],
            json!({ "asks": 1, "asksReflected": 0, "asksReflectedShare": null, "asksAccepted": 0, "asksAcceptedShare": null,
                "recommendations": 0, "childFocused": 0, "childFocusedAccepted": 0, "childFocusedAcceptedShare": null })
        );
    }

    async fn reviews_are_paged_from_the_latest_on_and_counted(backend: Backend) {
        let server = filled(backend).await;
        let (mut after, mut seen) = (String::new(), Vec::new());
        loop {
            let answer = server.query(&format!(
                "{{ reviews(first: 7{after}) {{ totalCount nodes {{ slug }} pageInfo {{ hasNextPage endCursor }} }} }}"
            )).await;
            let page = &answer.data()["reviews"];
            assert_eq!(page["totalCount"], 60);
            seen.extend(slugs(page));
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = format!(", after: {}", page["pageInfo"]["endCursor"]);
        }
        let expected: Vec<_> = (0..60).rev().map(|number| format!("crc-{number:02}")).collect();
        assert_eq!(seen, expected);
        let answer = server.query("{ recommendations(first: 1) { pageInfo { endCursor } } }").await;
        let foreign = &answer.data()["recommendations"]["pageInfo"]["endCursor"];
        let answer = server.query(&format!("{{ reviews(after: {foreign}) {{ totalCount }} }}")).await;
        assert_eq!(answer.codes(), ["INVALID_CURSOR"]);
        let answer = server.query("{ reviews(filter: { countries: [\"XX\"] }) { totalCount } }").await;
        assert_eq!(answer.codes(), ["UNKNOWN_COUNTRY"]);
    }

    async fn one_query_shows_the_page_of_a_country(backend: Backend) {
        let server = filled(backend).await;
        let answer = server.query(
            "{ country(code: \"NP\") { name
                reviews(first: 2, filter: { mechanisms: [\"upr\"] }) { totalCount nodes { slug recommendations { totalCount } uptake { asks } } }
                recommendations(first: 1, filter: { responses: [ACCEPTED], themes: [\"education\"] }) { totalCount nodes { response } }
                commitments(filter: { overdue: true }) { totalCount } initiatives { nodes { slug } } evidence { totalCount }
                events { totalCount } ratifications { totalCount } observations { totalCount } }
              unknown: country(code: \"XX\") { name } }",
        ).await;
        assert_eq!(
            answer.data(),
            &json!({ "country": { "name": "Nepal",
                "reviews": { "totalCount": 30, "nodes": [
                    { "slug": "crc-58", "recommendations": { "totalCount": 0 }, "uptake": { "asks": 1 } },
                    { "slug": "crc-56", "recommendations": { "totalCount": 0 }, "uptake": { "asks": 1 } } ] },
                "recommendations": { "totalCount": 10, "nodes": [{ "response": "ACCEPTED" }] },
                "commitments": { "totalCount": 0 }, "initiatives": { "nodes": [{ "slug": "coalition" }] },
                "evidence": { "totalCount": 0 }, "events": { "totalCount": 0 }, "ratifications": { "totalCount": 0 },
                "observations": { "totalCount": 0 } }, "unknown": null })
        );
    }

    async fn no_field_of_reviews_and_countries_takes_a_statement_for_each_parent(backend: Backend) {
        let server = filled(backend).await;
        tokio::time::sleep(Duration::from_secs(4)).await;
        for (query, expected) in [
            ("{ reviews(first: #) { nodes { slug country { code } } } }", 1),
            ("{ reviews(first: #) { nodes { uptake { asks recommendations } } } }", 2),
            ("{ reviews(first: #) { nodes { mechanism { slug } recommendations(first: 3) { nodes { text } } } } }", 3),
            ("{ reviews(first: #) { nodes { asks { text reflectedIn { slug } initiative { slug } } } } }", 4),
            ("{ recommendations(first: #) { nodes { review { slug } recommendingCountries { code } asks { text } } } }", 4),
            ("{ countries { reviews(first: 2) { nodes { slug } } recommendations(first: 2) { nodes { slug } } } }", 2),
            ("{ countries { recommendations(first: 2) { totalCount nodes { slug } } } }", 1),
            ("{ reviews(first: #) { nodes { recommendations(first: 1) { totalCount nodes { slug } } } } }", 2),
        ] {
            for size in ["1", "50"] {
                let query = query.replace('#', size);
                assert_eq!(server.statements_of(&query).await, expected, "{query}");
            }
        }
    }

    async fn every_page_of_what_a_country_was_told_has_the_same_total(backend: Backend) {
        let server = filled(backend).await;
        for parent in ["country(code: \"NP\")", "country(code: \"PE\")"] {
            let (mut slugs, mut after) = (Vec::new(), String::new());
            loop {
                let query = format!(
                    "{{ {parent} {{ recommendations(first: 4{after}, filter: {{ themes: [\"education\"] }}) {{
                        totalCount nodes {{ slug }} pageInfo {{ hasNextPage endCursor }} }}
                        uncounted: recommendations(first: 4{after}, filter: {{ themes: [\"education\"] }}) {{ nodes {{ slug }} }}
                        none: recommendations(first: 4, filter: {{ text: \"nowhere\" }}) {{ totalCount }} }} }}"
                );
                let answer = server.query(&query).await;
                let country = answer.data().as_object().unwrap().values().next().unwrap();
                let page = &country["recommendations"];
                assert_eq!(page["totalCount"], 20, "{parent} {after}");
                assert_eq!(page["nodes"], country["uncounted"]["nodes"]);
                assert_eq!(country["none"]["totalCount"], 0);
                slugs.extend(page["nodes"].as_array().unwrap().iter().map(|node| node["slug"].to_string()));
                if page["pageInfo"]["hasNextPage"] == false {
                    break;
                }
                after = format!(", after: {}", page["pageInfo"]["endCursor"]);
            }
            slugs.sort();
            slugs.dedup();
            assert_eq!(slugs.len(), 20, "{parent}");
        }
    }

    async fn a_reference_node_answers_to_its_id(backend: Backend) {
        let server = filled(backend).await;
        let answer = server.query(
            "{ mechanisms { id } treaties { id } reviews(first: 1) { nodes { id asks { id } } } }",
        ).await;
        let data = answer.data();
        let review = &data["reviews"]["nodes"][0];
        for (id, kind) in [
            (&data["mechanisms"][0]["id"], "Mechanism"), (&data["treaties"][0]["id"], "Treaty"),
            (&review["id"], "Review"), (&review["asks"][0]["id"], "Ask"),
        ] {
            let answer = server.query(&format!("{{ node(id: {id}) {{ __typename id }} }}")).await;
            assert_eq!(answer.data()["node"], json!({ "__typename": kind, "id": id }));
        }
        let answer = server.query(&format!("{{ trail(from: {}) {{ truncated }} }}", review["id"])).await;
        assert_eq!(answer.codes(), ["WRONG_ID_TYPE"]);
    }

    async fn progress_is_counted_by_country_theme_goal_cycle_and_mechanism(backend: Backend) {
        let server = filled(backend).await;
        let groups = |answer: &praxis_tests::Answer| {
            let rows = answer.data()["implementationSummary"].as_array().unwrap().clone();
            rows.iter()
                .map(|row| format!("{} {} {} {}", row["value"].as_str().unwrap(), row["recommendations"], row["accepted"], row["unknown"]))
                .collect::<Vec<_>>()
        };
        for (arguments, expected) in [
            ("by: COUNTRY", &["NP 20 10 20", "PE 20 10 20"][..]),
            ("by: CYCLE", &["1 14 7 14", "2 14 7 14", "3 12 6 12"]),
            ("by: COUNTRY, filter: { responses: [ACCEPTED], countries: [\"NP\"] }", &["NP 10 10 10"]),
            ("by: COUNTRY, filter: { childFocused: true, responses: [NOTED] }", &[]),
        ] {
            let answer = server.query(&format!(
                "{{ implementationSummary({arguments}) {{ value label recommendations accepted unknown }} }}"
            )).await;
            assert_eq!(groups(&answer), expected, "{arguments}");
        }
        let answer = server.query("{ implementationSummary(by: MECHANISM) { value label recommendations accepted unknown } }").await;
        let mut mechanisms = groups(&answer);
        mechanisms.sort();
        assert_eq!(mechanisms, ["crc 20 10 20", "upr 20 10 20"]);
        // A theme counts for itself and everything broader, a recommendation once for each of them.
        let answer = server.query("{ implementationSummary(by: THEME) { value label recommendations accepted unknown } }").await;
        let mut themes = groups(&answer);
        themes.sort();
        assert_eq!(themes, ["education 40 20 40", "education-leisure-and-culture 40 20 40"]);
        let answer = server.query("{ implementationSummary(by: SDG_TARGET) { value label recommendations accepted unknown } }").await;
        let targets = groups(&answer);
        assert!(!targets.is_empty() && targets.iter().all(|row| row.starts_with("4.") && row.ends_with(" 40 20 40")), "{targets:?}");
        let query = "{ countries { implementationSummary(by: THEME) { value recommendations reversed } } }";
        assert_eq!(server.statements_of(query).await, 1);
        let answer = server.query("{ country(code: \"PE\") { implementationSummary(by: CYCLE) { value recommendations } } }").await;
        assert_eq!(answer.data()["country"]["implementationSummary"].as_array().unwrap().len(), 3);
        let answer = server.query("{ implementationSummary(by: THEME, filter: { themes: [\"x\"] }) { value } }").await;
        assert_eq!(answer.codes(), ["UNKNOWN_THEME"]);
    }

    async fn a_cluster_names_who_is_responsible_which_commitments_serve_it_and_by_what_it_is_measured(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let mut items = vec![
            Item::review("upr-np", json!({ "mechanism": "upr", "country": "NP", "cycle": 1, "year": 2011 })),
            Item::review("crc-np", json!({ "mechanism": "crc", "country": "NP", "cycle": 2, "year": 2016 })),
            Item::reference("indicator", "enrolment", json!({ "name": "Enrolment", "themes": ["education"] })),
            Item::reference("indicator", "stunting", json!({ "name": "Stunting", "themes": ["nutrition"] })),
        ];
        for (slug, title) in [("ministry", "Ministry of Education"), ("police", "Police"), ("gone", "Hidden office")] {
            items.push(Item::new("organization", slug, title, json!({})));
        }
        for (slug, review, theme, responsible) in [
            ("one", "upr-np", "education", json!(["police", "ministry", "gone"])),
            ("two", "crc-np", "education", json!(["ministry"])),
            ("three", "upr-np", "birth-registration", json!([])),
        ] {
            items.push(Item::new("recommendation", slug, slug, json!({
                "text": slug, "review": review, "countries": ["NP"], "response": "ACCEPTED", "themes": [theme],
                "responsible": responsible,
            })));
        }
        items.push(Item::new("commitment", "plan", "A plan for schools", json!({
            "countries": ["NP"], "owners": ["ministry"], "recommendations": ["one", "two"],
        })));
        server.import(&items);
        assert_eq!(server.tell(&["content", "hide", "organization/gone", "--reason", "a test"]).code, Some(0));
        let query = "{ implementationSummary(by: THEME, filter: { countries: [\"NP\"] }) { value recommendations
            responsible { slug } commitments { slug } indicators { slug } } }";
        let answer = server.query(query).await;
        let groups = answer.data()["implementationSummary"].as_array().unwrap();
        let group = |value: &str| groups.iter().find(|group| group["value"] == value).unwrap();
        assert_eq!(
            group("education"),
            &json!({ "value": "education", "recommendations": 2, "responsible": [{ "slug": "ministry" }, { "slug": "police" }],
                "commitments": [{ "slug": "plan" }], "indicators": [{ "slug": "enrolment" }] })
        );
        assert_eq!((&group("birth-registration")["responsible"], &group("birth-registration")["commitments"]), (&json!([]), &json!([])));
        let statements = server.statements_of(query).await;
        assert!(statements <= 8, "{statements}: one for each link, however many groups");
        let one = "{ country(code: \"NP\") { implementationSummary(by: MECHANISM) { value responsible(first: 1) { slug } commitments { slug } indicators { slug } } } }";
        let answer = server.query(one).await;
        let mut groups = answer.data()["country"]["implementationSummary"].as_array().unwrap().clone();
        groups.sort_by_key(|group| group["value"].as_str().unwrap().to_owned());
        // The office that is hidden takes nobody's place.
        let one_of_two = groups[1]["responsible"][0]["slug"].as_str().unwrap();
        assert!(["ministry", "police"].contains(&one_of_two));
        assert_eq!(
            json!(groups),
            json!([
                { "value": "crc", "responsible": [{ "slug": "ministry" }], "commitments": [{ "slug": "plan" }], "indicators": [] },
                { "value": "upr", "responsible": [{ "slug": one_of_two }], "commitments": [{ "slug": "plan" }], "indicators": [] },
            ])
        );
        let answer = server.query("{ implementationSummary(by: CYCLE, filter: { cycles: [1] }) { responsible(first: 51) { slug } } }").await;
        assert_eq!(answer.codes(), ["INVALID_PAGE_SIZE"]);
    }

    async fn a_report_says_what_is_held_and_names_what_nobody_has_assessed(backend: Backend) {
        let server = Server::start(Options::sample(backend)).await;
        let answer = server.query("{ followUpReport(country: \"NP\") }").await;
        let report = answer.data()["followUpReport"].as_str().unwrap().to_owned();
        for expected in [
            "# Nepal: following up on what the state was told", "### Universal Periodic Review, session 10, cycle 1 (2011)",
            "- Asks of coalitions: 7; reflected in recommendations: 0 (0 %)", "91 %, 31 of 34. Computed here: 100 %, 1 of 1; difference -9 points",
            "**partly implemented**", "2013-10-31 by Save the Children, partly implemented", "Responsible: Government of Nepal",
        ] {
            assert!(report.contains(expected), "{expected}\n{report}");
        }
        let told = server.tell(&["report", "--country", "npl"]);
        assert_eq!((told.code, told.output.trim_end()), (Some(0), report.trim_end()));
        let path = server.directory().join("report.md").display().to_string();
        assert_eq!(server.tell(&["report", "--country", "PK", "--output", &path]).code, Some(0));
        let written = std::fs::read_to_string(&path).unwrap();
        assert!(written.contains("Pakistan: a law that prohibits corporal punishment (National Assembly of Pakistan): law, no day is set, reversed."), "{written}");
        let path = server.directory().join("report.docx").display().to_string();
        assert_eq!(server.tell(&["report", "--country", "NP", "--output", &path]).code, Some(0));
        let written = docx_rs::read_docx(&std::fs::read(&path).unwrap()).unwrap().json();
        for part in ["Reviews", "Progress by theme", "partly implemented", "Government of Nepal"] {
            assert!(written.contains(part), "{part}");
        }
        let told = server.tell(&["report", "--country", "NP", "--output", "/nowhere/report.docx"]);
        assert!(told.code == Some(1) && told.errors.contains("the output"), "{told:?}");
        let told = server.tell(&["report", "--country", "XXX"]);
        assert_eq!(told.code, Some(1));
        assert!(told.errors.contains("there is no country `XXX`"), "{told:?}");
        assert_eq!(server.query("{ followUpReport(country: \"XX\") }").await.codes(), ["UNKNOWN_COUNTRY"]);
        // However much there is, the statements are the same.
        let (nepal, empty) = ("{ followUpReport(country: \"NP\") }", "{ followUpReport(country: \"SE\") }");
        assert!(server.statements_of(nepal).await <= 28);
        assert!(server.query(empty).await.data()["followUpReport"].as_str().unwrap().contains("No review of this state is held here."));
    }

    async fn a_review_to_which_something_belongs_stays_with_its_state_and_its_mechanism(backend: Backend) {
        let place = Place::create(backend).await;
        let review = |cycle: i32, country: &str, mechanism: &str| Item::review(
            &format!("upr-np-cycle-{cycle}"),
            json!({ "cycle": cycle, "session": null, "country": country, "mechanism": mechanism }),
        );
        let cited = json!([{ "resource": "report", "locator": "p. 1" }]);
        let items = [
            review(1, "NP", "upr"), review(2, "NP", "upr"), review(3, "NP", "upr"), review(4, "NP", "upr"), review(5, "NP", "upr"),
            Item::new("resource", "report", "Report", json!({})),
            Item::new("recommendation", "told", "Ban it", json!({})),
            Item::new("initiative", "coalition", "Coalition", json!({
                "asks": [{ "key": "one", "text": "Ban it", "review": "upr-np-cycle-2" }],
            })),
            Item::new("commitment", "promise", "A law", json!({ "review": "upr-np-cycle-3", "countries": ["NP"] })),
            Item::new("evidence", "finding", "A finding", json!({
                "citations": cited, "measurements": [{ "metric": "Reflected", "endline": 75, "unit": "%",
                    "reports": { "review": "upr-np-cycle-4", "figure": "ASKS_REFLECTED" } }],
            })),
        ];
        place.import(&bundle(&items));
        let exported = place.export(&[]);
        let refused = |item: Item| {
            let path = place.file("moved.jsonl", item.line());
            let told = place.run(&["import", &path]);
            assert_eq!(told.code, Some(1), "{told:?}");
            told.errors.replace(&path, "moved")
        };
        for cycle in 1..=4 {
            let told = refused(review(cycle, "KR", "upr"));
            let expected = format!(
                "moved:1: [upr-np-cycle-{cycle}] country: INVALID: `upr-np-cycle-{cycle}` is the review of NP before `upr`"
            );
            assert!(told.contains(&expected) && told.contains("Write `NP`, or give the other review a slug of its own."), "{told}");
            let told = refused(review(cycle, "NP", "crc"));
            assert!(told.contains(&format!("moved:1: [upr-np-cycle-{cycle}] mechanism: INVALID: ")), "{told}");
        }
        assert_eq!(place.export(&[]), exported);
        place.import(&exported);
        // What nothing belongs to may be corrected, and so may the rest of any review.
        let told = place.import(&bundle(&[
            review(5, "PE", "crc"),
            Item::review("upr-np-cycle-1", json!({ "date": "2011-01-25", "documentSymbol": "A/HRC/17/5" })),
        ]));
        assert!(told.output.contains("0 new, 2 changed, 0 unchanged"), "{told:?}");
    }

    async fn a_second_review_of_a_state_in_a_cycle_is_refused_with_the_slug_of_the_first(backend: Backend) {
        let place = Place::create(backend).await;
        let refused = |items: &[Item], line: usize, slug: &str, first: &str| {
            let path = place.file("second.jsonl", bundle(items));
            let told = place.run(&["import", &path]);
            assert_eq!(told.code, Some(1), "{told:?}");
            let expected = format!("{path}:{line}: [{slug}] slug: DUPLICATE: `{first}` is the review of ");
            assert!(told.errors.contains(&expected), "{expected}\n{}", told.errors);
            assert!(told.errors.contains("1 problem(s)"), "{}", told.errors);
        };
        let first = Item::review("upr-np-cycle-1", json!({}));
        place.import(&first.line());
        refused(&[Item::review("nepal-first", json!({}))], 1, "nepal-first", "upr-np-cycle-1");
        refused(&[Item::review("nepal-first", json!({ "session": null }))], 1, "nepal-first", "upr-np-cycle-1");
        refused(&[Item::review("nepal-first", json!({ "year": 2012 })), first.clone()], 1, "nepal-first", "upr-np-cycle-1");
        let peru = |slug: &str| Item::review(slug, json!({ "country": "PE" }));
        refused(&[peru("one"), peru("two")], 2, "two", "one");
        assert_eq!(place.database.number("SELECT COUNT(*) FROM review").await, 1);
        // Another cycle, another session of it, another mechanism, another state, and no cycle at all.
        let others = [
            Item::review("upr-np-cycle-2", json!({ "cycle": 2, "session": "24", "year": 2015 })),
            Item::review("again", json!({ "session": "11" })),
            Item::review("crc-np-cycle-1", json!({ "mechanism": "crc" })),
            peru("upr-pe-cycle-1"),
            Item::review("visit", json!({ "mechanism": "special-procedures", "cycle": null, "session": null })),
            Item::review("other-visit", json!({ "mechanism": "special-procedures", "cycle": null, "session": null })),
        ];
        place.import(&bundle(&others));
        let told = place.import(&place.export(&[]));
        assert!(told.output.contains("0 new, 0 changed, 7 unchanged"), "{told:?}");
        // Nor can one become the same as another.
        refused(&[Item::review("upr-np-cycle-2", json!({ "year": 2015 }))], 1, "upr-np-cycle-2", "upr-np-cycle-1");
        // In one file, a review may take the place that another one leaves.
        place.import(&bundle(&[
            Item::review("upr-np-cycle-2", json!({ "year": 2015 })),
            Item::review("upr-np-cycle-1", json!({ "cycle": 2, "session": "24" })),
        ]));
    }

    async fn rows_of_upr_info_belong_to_the_review_of_their_state_and_cycle_whatever_its_slug_is(backend: Backend) {
        let place = Place::create(backend).await;
        place.import(&bundle(&[
            Item::review("nepal-2011", json!({})),
            Item::review("upr-kr-cycle-2", json!({ "country": "KP", "cycle": 2, "session": "19", "year": 2014 })),
            Item::new("recommendation", "by-hand", "By hand", json!({ "review": "nepal-2011", "text": "Open more schools" })),
        ]));
        let import = |rows: &[&str]| {
            let lines = ["To,Text,From,Response,Action,Issue,Session"].iter().chain(rows).copied();
            let path = place.file("upr.csv", lines.collect::<Vec<_>>().join("\n") + "\n");
            place.run(&["import", "--format", "upr", &path])
        };
        let rows = [
            "Nepal,Pay midwives better,Norway,Accepted,5,Justice,10",
            "Nepal,Open more schools,Chile,Accepted,4,Right to education,10",
        ];
        let told = import(&rows);
        assert!(told.output.contains("1 new, 1 changed, 0 unchanged"), "{told:?}");
        assert!(!told.output.contains("reviews added"), "{told:?}");
        let slugs = "SELECT slug FROM review ORDER BY slug";
        assert_eq!(place.database.texts(slugs).await, ["nepal-2011", "upr-kr-cycle-2"]);
        let exported = place.export(&["--kind", "recommendation"]);
        assert_eq!(exported.matches(r#""review":"nepal-2011""#).count(), 2, "{exported}");
        let told = import(&rows);
        assert!(told.output.contains("0 new, 0 changed, 2 unchanged"), "{told:?}");
        let told = import(&["Nepal,Pay midwives better,Norway,Accepted,5,Justice,9"]);
        assert!(told.errors.contains("upr.csv:2: Session: INVALID: The row says session 9, but the review `nepal-2011`"), "{told:?}");
        // A slug that another state's review has is not taken for this state's.
        let told = import(&["Republic of Korea,Open more schools,Chile,Accepted,4,Right to education,14"]);
        assert_eq!(told.code, Some(1), "{told:?}");
        assert!(told.errors.contains("upr.csv:2: Session: INVALID: The row is of the review of KR in cycle 2"), "{told:?}");
    }

    async fn a_share_is_null_where_nothing_is_held_that_it_could_be_told_from(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let observation = |slug: &str| Item::new("recommendation", slug, "Protect every child", json!({
            "kind": "CONCLUDING_OBSERVATION", "review": "crc-np", "response": "PENDING", "recommendingBody": "The Committee",
        }));
        let figure = |review: &str, figure: &str| json!({
            "metric": figure, "endline": 75, "unit": "%", "reports": { "review": review, "figure": figure },
        });
        server.import(&[
            Item::review("crc-np", json!({ "mechanism": "crc" })),
            Item::review("upr-np", json!({})),
            Item::new("resource", "report", "Report", json!({})),
            observation("first"),
            observation("second"),
            Item::new("initiative", "coalition", "Coalition", json!({ "asks": [
                { "key": "protection", "text": "Protect every child", "review": "crc-np", "reflectedIn": ["first"] },
                { "key": "budget", "text": "A budget", "review": "crc-np" },
                { "key": "schools", "text": "Open schools", "review": "upr-np" },
            ] })),
            Item::new("evidence", "finding", "A finding", json!({
                "citations": [{ "resource": "report", "locator": "p. 1" }],
                "measurements": [
                    figure("upr-np", "ASKS_REFLECTED"), figure("upr-np", "ASKS_ACCEPTED"), figure("crc-np", "CHILD_FOCUSED_ACCEPTED"),
                    figure("crc-np", "ASKS_REFLECTED"),
                ],
            })),
        ]);
        let query = |mechanism: &str| format!(
            "{{ reviews(filter: {{ mechanisms: [\"{mechanism}\"] }}) {{ nodes {{ uptake {{ asks asksReflected asksReflectedShare
                asksAcceptedShare childFocused childFocusedAccepted childFocusedAcceptedShare }}
                reportedFigures {{ figure share computed {{ numerator denominator share }} difference }} }} }} }}"
        );
        let answer = server.query(&query("upr")).await;
        let review = &answer.data()["reviews"]["nodes"][0];
        assert_eq!(
            review["uptake"],
            json!({ "asks": 1, "asksReflected": 0, "asksReflectedShare": null, "asksAcceptedShare": null, "childFocused": 0,
                "childFocusedAccepted": 0, "childFocusedAcceptedShare": null })
        );
        let reported = |figure: &str| json!({ "figure": figure, "share": 0.75, "difference": null,
            "computed": { "numerator": 0, "denominator": 1, "share": null } });
        assert_eq!(review["reportedFigures"], json!([reported("ASKS_REFLECTED"), reported("ASKS_ACCEPTED")]));
        let answer = server.query(&query("crc")).await;
        let review = &answer.data()["reviews"]["nodes"][0];
        assert_eq!(
            review["uptake"],
            json!({ "asks": 2, "asksReflected": 1, "asksReflectedShare": 0.5, "asksAcceptedShare": null, "childFocused": 2,
                "childFocusedAccepted": 0, "childFocusedAcceptedShare": null })
        );
        assert_eq!(
            review["reportedFigures"],
            json!([
                { "figure": "CHILD_FOCUSED_ACCEPTED", "share": 0.75, "difference": null,
                    "computed": { "numerator": 0, "denominator": 2, "share": null } },
                { "figure": "ASKS_REFLECTED", "share": 0.75, "difference": 0.25,
                    "computed": { "numerator": 1, "denominator": 2, "share": 0.5 } },
            ])
        );
    }

    async fn mechanisms_are_filtered_by_their_slugs_in_capitals_too(backend: Backend) {
        let server = filled(backend).await;
        for (list, total) in [("reviews", 30), ("recommendations", 20)] {
            for slug in ["upr", "UPR"] {
                let answer = server.query(&format!("{{ {list}(filter: {{ mechanisms: [\"{slug}\"] }}) {{ totalCount }} }}")).await;
                assert_eq!(answer.data()[list]["totalCount"], total, "{list} {slug}");
            }
        }
        let answer = server.query("{ implementationSummary(by: MECHANISM, filter: { mechanisms: [\"CRC\"] }) { value recommendations } }").await;
        assert_eq!(answer.data()["implementationSummary"], json!([{ "value": "crc", "recommendations": 20 }]));
    }

    async fn a_report_counts_everything_and_says_what_its_lists_leave_out(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let mut items = vec![Item::review("upr-np-cycle-1", json!({}))];
        for number in 0..330 {
            let text = format!("Send every child to school, case {number}");
            let assessed = json!([{ "status": "IMPLEMENTED", "asOf": "2013-10-31" }]);
            items.push(Item::new("recommendation", &format!("told-{number}"), &text, json!({
                "themes": ["education"], "implementation": if number < 10 { assessed } else { json!([]) },
            })));
        }
        // What came last is due first.
        for number in 0..205 {
            items.push(Item::new("commitment", &format!("promise-{number}"), &format!("Promise {number}"), json!({
                "countries": ["NP"], "dueOn": format!("{}-06-30", 2400 - number),
            })));
        }
        server.import(&items);
        let answer = server.query("{ followUpReport(country: \"NP\") }").await;
        let report = answer.data()["followUpReport"].as_str().unwrap().to_owned();
        for expected in [
            "- Recommendations: 330; about children: 330, of which accepted: 330 (100 %).",
            "Counted are all recommendations about children, 330, each under its first theme; others are not counted.",
            "| Education | 330 | 10 | 0 | 0 | 0 | 0 | 320 |",
            "Shown are 300; 30 more are left out here.",
            "Shown are 200, those due first; 5 more are left out here.",
            "- Promise 204: other, due 2196-06-30, not assessed.",
        ] {
            assert!(report.contains(expected), "{expected}\n{report}");
        }
        assert_eq!(report.matches("- Promise ").count(), 200);
        for last in 0..5 {
            assert!(!report.contains(&format!("- Promise {last}:")), "{last}");
        }
    }

    async fn a_report_gives_no_share_of_what_nobody_was_asked_to_accept_or_has_answered_yet(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let told = |slug: &str, review: &str, kind: &str, response: &str| Item::new("recommendation", slug, slug, json!({
            "text": format!("Send every child to school: {slug}"), "review": review, "kind": kind, "response": response,
        }));
        server.import(&[
            Item::review("upr-np-cycle-1", json!({})),
            Item::review("crc-np", json!({ "mechanism": "crc", "cycle": 2, "session": "72", "year": 2016 })),
            Item::review("upr-np-cycle-4", json!({ "cycle": 4, "session": "50", "year": 2025 })),
            told("one", "upr-np-cycle-1", "RECOMMENDATION", "ACCEPTED"),
            told("two", "upr-np-cycle-1", "RECOMMENDATION", "NOTED"),
            told("three", "crc-np", "CONCLUDING_OBSERVATION", "PENDING"),
            told("four", "upr-np-cycle-4", "RECOMMENDATION", "PENDING"),
        ]);
        let answer = server.query("{ followUpReport(country: \"NP\") }").await;
        let report = answer.data()["followUpReport"].as_str().unwrap().to_owned();
        assert!(report.contains("- Recommendations: 2; about children: 2, of which accepted: 1 (50 %).\n"), "{report}");
        assert_eq!(report.matches("- Recommendations: 1; about children: 1.\n").count(), 2, "{report}");
    }

    async fn a_change_that_is_reported_stands_beside_the_change_between_the_reviews_that_are_held(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let review = |mechanism: &str, country: &str, cycle: i32| Item::review(
            &format!("{mechanism}-{country}-{cycle}").to_lowercase(),
            json!({ "mechanism": mechanism, "country": country, "cycle": cycle, "session": null, "year": 2004 + 4 * cycle }),
        );
        let mut items = vec![
            review("upr", "NP", 1), review("upr", "NP", 2), review("upr", "PE", 2), review("upr", "KR", 1), review("crc", "NP", 1),
            Item::new("resource", "report", "Report", json!({})),
        ];
        // Of 4 recommendations 2 are about children, and then 3 of 12.
        for (cycle, texts) in [(1, vec!["Protect every child", "Open more prisons"]), (2, vec!["Protect every child", "Open more prisons", "Hold elections", "Pave roads"])] {
            for (number, text) in texts.iter().cycle().take(if cycle == 1 { 4 } else { 12 }).enumerate() {
                items.push(Item::new("recommendation", &format!("told-{cycle}-{number}"), text, json!({ "review": format!("upr-np-{cycle}") })));
            }
        }
        let figure = |review: &str, figure: &str| json!({ "metric": "Change", "endline": 40, "unit": "%", "reports": { "review": review, "figure": figure } });
        items.push(Item::new("evidence", "finding", "A finding", json!({
            "citations": [{ "resource": "report", "locator": "p. 1" }],
            "measurements": [
                figure("upr-np-2", "CHILD_FOCUSED_CHANGE"), figure("upr-np-2", "CHILD_FOCUSED_SHARE_CHANGE"),
                figure("upr-np-1", "CHILD_FOCUSED_CHANGE"), figure("upr-pe-2", "CHILD_FOCUSED_SHARE_CHANGE"),
            ],
        })));
        server.import(&items);
        let query = "{ reviews { nodes { slug reportedFigures { figure share difference computed { numerator denominator share } } } } }";
        let answer = server.query(query).await;
        let all = answer.data()["reviews"]["nodes"].as_array().unwrap();
        let of = |slug: &str| all.iter().find(|review| review["slug"] == slug).unwrap()["reportedFigures"].clone();
        let found = of("upr-np-2");
        assert_eq!(found[0]["figure"], "CHILD_FOCUSED_CHANGE");
        assert_eq!(found[0]["computed"], json!({ "numerator": 1, "denominator": 2, "share": 0.5 }));
        assert!((found[0]["difference"].as_f64().unwrap() + 0.1).abs() < 1e-9, "{found:#}");
        // Half of twelve would be six.
        assert_eq!(found[1]["computed"], json!({ "numerator": -3, "denominator": 6, "share": -0.5 }));
        let unknown = json!({ "numerator": 0, "denominator": 0, "share": null });
        for review in ["upr-np-1", "upr-pe-2"] {
            assert_eq!((&of(review)[0]["computed"], &of(review)[0]["difference"]), (&unknown, &Value::Null), "{review}");
        }
        let answer = server.query("{ followUpReport(country: \"NP\") }").await;
        let report = answer.data()["followUpReport"].as_str().unwrap();
        assert!(report.contains("40 %. Computed here: 50 %, 1 more than 2; difference -10 points"), "{report}");
        assert!(report.contains("40 %. Computed here: -50 %, -3 more than 6; difference +90 points"), "{report}");
    }

    async fn a_report_tells_recommendations_as_their_paragraphs_are_counted_those_of_the_latest_review_first(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let review = |cycle: i32| Item::review(&format!("upr-np-cycle-{cycle}"), json!({ "cycle": cycle, "session": null, "year": 2004 + 4 * cycle }));
        let mut items = vec![review(1), review(2)];
        for (cycle, paragraph) in [(1, "108.2"), (2, "108.10"), (2, "108.9"), (2, ""), (1, "9")] {
            let mut more = json!({ "review": format!("upr-np-cycle-{cycle}"), "themes": ["education"] });
            if !paragraph.is_empty() {
                more["paragraph"] = json!(paragraph);
            }
            let slug = format!("told-{cycle}-{}", paragraph.replace('.', "-"));
            items.push(Item::new("recommendation", slug.trim_end_matches('-'), &format!("Protect every child {cycle} {paragraph}."), more));
        }
        server.import(&items);
        let answer = server.query("{ followUpReport(country: \"NP\") }").await;
        let report = answer.data()["followUpReport"].as_str().unwrap();
        let told: Vec<&str> = report.lines().filter_map(|line| line.strip_prefix("- Protect every child ")).collect();
        let places: Vec<&str> = told.iter().map(|line| line.split_once(". (").map_or(*line, |(place, _)| place).trim()).collect();
        assert_eq!(places, ["2 108.9", "2 108.10", "2", "1 9", "1 108.2"], "{report}");
    }

    async fn a_report_names_the_source_of_each_assessment_and_commitment(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let cited = |locator: &str| json!({ "resource": "case-study", "locator": locator });
        server.import(&[
            Item::review("upr-np-cycle-1", json!({})),
            Item::new("resource", "case-study", "Case study", json!({})),
            Item::new("resource", "hidden", "Hidden study", json!({})),
            Item::new("recommendation", "told", "Send every child to school", json!({ "implementation": [
                { "status": "UNDER_WAY", "asOf": "2012-10-31", "assessor": "A coalition", "citation": cited("p. 8") },
                { "status": "IMPLEMENTED", "asOf": "2013-10-31", "citation": { "resource": "hidden" } },
            ] })),
            Item::new("commitment", "promise", "A promise", json!({
                "countries": ["NP"], "citations": [cited("p. 9")],
                "implementation": [{ "status": "REVERSED", "asOf": "2014-01-31", "note": "It lapsed", "citation": cited("p. 10") }],
            })),
        ]);
        assert_eq!(server.tell(&["content", "hide", "resource/hidden", "--reason", "a test"]).code, Some(0));
        let answer = server.query("{ followUpReport(country: \"NP\") }").await;
        let report = answer.data()["followUpReport"].as_str().unwrap().to_owned();
        for expected in [
            "  - 2012-10-31 by A coalition, under way (source: Case study, p. 8)\n",
            "  - 2013-10-31, implemented\n",
            "- A promise: other, no day is set, reversed.\n  - 2014-01-31, reversed: It lapsed (source: Case study, p. 10)\n  - Source: Case study, p. 9\n",
        ] {
            assert!(report.contains(expected), "{expected}\n{report}");
        }
    }

    async fn a_report_tells_pledges_and_keeps_the_numbers_with_which_texts_begin(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        server.import(&[
            Item::review("upr-np-cycle-1", json!({})),
            Item::new("recommendation", "told", "Told", json!({ "text": "2. Send every child to school" })),
            Item::new("recommendation", "pledged", "Pledged", json!({ "kind": "VOLUNTARY_PLEDGE", "text": "- Build schools" })),
        ]);
        let query = "{ followUpReport(country: \"NP\") }";
        let report = server.query(query).await.data()["followUpReport"].as_str().unwrap().to_owned();
        assert!(report.contains("- 2\\. Send every child to school ("), "{report}");
        let (_, pledges) = report.split_once("## Voluntary pledges").unwrap();
        assert!(pledges.contains("- \\- Build schools (Universal Periodic Review, session 10, cycle 1 (2011)): **not assessed**."), "{report}");
        assert!(report.contains("- Recommendations: 1; about children: 1, of which accepted: 1 (100 %)."), "{report}");
        let without = server.query("{ followUpReport(country: \"SE\") }").await;
        assert!(!without.data()["followUpReport"].as_str().unwrap().contains("pledges"));
        let path = server.directory().join("report.docx").display().to_string();
        assert_eq!(server.tell(&["report", "--country", "NP", "--output", &path]).code, Some(0));
        let written = docx_rs::read_docx(&std::fs::read(&path).unwrap()).unwrap().json();
        assert!(written.contains("Send every child to school") && written.contains("Voluntary pledges"), "{written}");
    }

    async fn a_report_is_not_written_under_an_ending_that_is_none_of_its_formats(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let path = server.directory().join("report.pdf");
        let output = path.display().to_string();
        let told = server.tell(&["report", "--country", "NP", "--output", &output]);
        assert!(told.code == Some(1) && told.errors.contains("`.pdf`") && told.errors.contains("--format"), "{told:?}");
        assert!(!path.exists());
        let told = server.tell(&["report", "--country", "NP", "--output", &output, "--format", "markdown"]);
        assert_eq!(told.code, Some(0), "{told:?}");
        assert!(std::fs::read_to_string(&path).unwrap().starts_with("# Nepal"));
    }
}
