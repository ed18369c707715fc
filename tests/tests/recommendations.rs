//! Recommendations, commitments and events as kinds of content: what they show, how they are found and what is refused.

use sea_orm::ConnectionTrait as _;
use praxis_tests::scene::Scene;
use praxis_tests::{Backend, Item, Options, Place, Server, bundle, on_both_databases, slugs, sorted_slugs};
use serde_json::{Value, json};

/// A review of Nepal with two recommendations and a pledge; a coalition whose asks one of them reflects; a law that was
/// promised at a briefing, and a finding about it.
fn collection() -> Vec<Item> {
    let cited = json!([{ "resource": "report", "locator": "p. 8" }]);
    vec![
        Item::review(
            "upr-np-cycle-1",
            json!({ "citation": { "resource": "report", "locator": "p. 8" } }),
        ),
        Item::new("resource", "report", "Report", json!({})),
        Item::new("organization", "ministry", "Ministry of Women and Children", json!({})),
        Item::new(
            "initiative",
            "coalition",
            "A coalition before the review",
            json!({
                "asks": [
                    { "key": "marriage", "text": "Raise the age of marriage", "review": "upr-np-cycle-1",
                      "reflectedIn": ["marriage"], "citation": { "resource": "report", "locator": "p. 9" } },
                    { "key": "budget", "text": "Give a tenth of the budget to schools", "review": "upr-np-cycle-1" },
                ],
            }),
        ),
        Item::new(
            "recommendation",
            "marriage",
            "Nepal, UPR 2011, 108.4: end child marriage",
            json!({
                "text": "Enforce the minimum age of marriage for girls and boys", "paragraph": "108.4",
                "themes": ["child-marriage"], "recommendingCountries": ["NO", "PE"], "responsible": ["ministry"],
                "sourceTags": ["Rights of the Child"], "actionCategory": 5,
                "implementation": [
                    { "status": "UNDER_WAY", "asOf": "2012-03-01", "assessor": "Child Workers in Nepal",
                      "note": "A bill is before parliament", "citation": { "resource": "report", "locator": "p. 10" } },
                    { "status": "REVERSED", "asOf": "2013-11-19", "note": "The bill lapsed" },
                ],
            }),
        ),
        Item::new(
            "recommendation",
            "torture",
            "Nepal, UPR 2011, 109.1: criminalise torture",
            json!({ "text": "Make torture a crime", "response": "NOTED", "recommendingBody": "European Union" }),
        ),
        Item::new(
            "recommendation",
            "pledge",
            "Nepal, UPR 2011: a pledge",
            json!({ "kind": "VOLUNTARY_PLEDGE", "text": "Nepal will set up a children's commission" }),
        ),
        Item::new(
            "commitment",
            "law",
            "A law on the age of marriage",
            json!({
                "kind": "LAW", "madeOn": "2011-06-07", "dueOn": "2012-12-31", "review": "upr-np-cycle-1",
                "owners": ["ministry"], "recommendations": ["marriage"], "countries": ["NP"],
            }),
        ),
        Item::new(
            "event",
            "briefing",
            "A briefing of missions",
            json!({
                "kind": "BRIEFING", "startsOn": "2010-11-22", "endsOn": "2010-11-24", "place": "Geneva",
                "initiatives": ["coalition"], "commitments": ["law"], "organizers": ["ministry"],
                "participation": [{ "group": "OFFICIALS", "count": 14 }], "countries": ["NP"],
            }),
        ),
        Item::new(
            "evidence",
            "finding",
            "Fewer girls married early",
            json!({ "citations": cited, "recommendations": ["marriage"], "commitments": ["law"] }),
        ),
    ]
}

async fn filled(backend: Backend) -> Server {
    let server = Server::start(Options::empty(backend)).await;
    server.import(&collection());
    server
}

async fn found(server: &Server, filter: &str) -> Vec<String> {
    let query = format!("{{ recommendations(filter: {{ {filter} }}) {{ totalCount nodes {{ slug }} }} }}");
    let answer = server.query(&query).await;
    let list = &answer.data()["recommendations"];
    let slugs = sorted_slugs(list);
    assert_eq!(list["totalCount"], slugs.len(), "{filter}");
    slugs
}

/// What an import of the collection with one item changed is told.
fn refused(place: &Place, slug: &str, change: &[(&str, Value)]) -> String {
    let mut items = collection();
    let item = items.iter_mut().find(|item| item.slug == slug).unwrap();
    for (field, value) in change {
        item.document[field] = value.clone();
    }
    let told = place.run(&["import", &place.file("bundle.jsonl", bundle(&items))]);
    assert_eq!(told.code, Some(1), "{told:?}");
    told.errors
}

on_both_databases! {
    async fn a_recommendation_shows_what_was_said_by_whom_and_what_became_of_it(backend: Backend) {
        let server = filled(backend).await;
        let answer = server.query(
            r#"{ content(kind: RECOMMENDATION, slug: "marriage") { title countries { code } ... on Recommendation {
                kind text paragraph response actionCategory sourceTags childFocused childFocus { rule reason }
                recommendingCountries { code } recommendingBody implementation
                implementationHistory { status asOf assessor note citation { locator resource { slug } } }
                review { slug session cycle year date country { code } mechanism { acronym }
                    citation { locator resource { slug } } }
                responsible { nodes { slug } } initiatives { nodes { slug } } evidence { nodes { slug } }
                commitments { nodes { slug overdue dueOn owners { nodes { slug } } events { nodes { slug } } } }
                asks { text initiative { slug } review { slug } citation { locator } reflectedIn { slug } } } } }"#,
        ).await;
        assert_eq!(
            answer.data()["content"],
            json!({
                "title": "Nepal, UPR 2011, 108.4: end child marriage", "countries": [{ "code": "NP" }],
                "kind": "RECOMMENDATION", "text": "Enforce the minimum age of marriage for girls and boys",
                "paragraph": "108.4", "response": "ACCEPTED", "actionCategory": 5,
                "sourceTags": ["Rights of the Child"], "childFocused": true, "childFocus": { "rule": 2, "reason": null },
                "recommendingCountries": [{ "code": "NO" }, { "code": "PE" }], "recommendingBody": null,
                "implementation": "REVERSED",
                "implementationHistory": [
                    { "status": "UNDER_WAY", "asOf": "2012-03-01", "assessor": "Child Workers in Nepal",
                      "note": "A bill is before parliament",
                      "citation": { "locator": "p. 10", "resource": { "slug": "report" } } },
                    { "status": "REVERSED", "asOf": "2013-11-19", "assessor": null, "note": "The bill lapsed",
                      "citation": null },
                ],
                "review": { "slug": "upr-np-cycle-1", "session": "10", "cycle": 1, "year": 2011, "date": null,
                    "country": { "code": "NP" }, "mechanism": { "acronym": "UPR" },
                    "citation": { "locator": "p. 8", "resource": { "slug": "report" } } },
                "responsible": { "nodes": [{ "slug": "ministry" }] },
                "initiatives": { "nodes": [{ "slug": "coalition" }] }, "evidence": { "nodes": [{ "slug": "finding" }] },
                "commitments": { "nodes": [{ "slug": "law", "overdue": true, "dueOn": "2012-12-31",
                    "owners": { "nodes": [{ "slug": "ministry" }] }, "events": { "nodes": [{ "slug": "briefing" }] } }] },
                "asks": [{ "text": "Raise the age of marriage", "initiative": { "slug": "coalition" },
                    "review": { "slug": "upr-np-cycle-1" }, "citation": { "locator": "p. 9" },
                    "reflectedIn": [{ "slug": "marriage" }] }],
            })
        );
    }

    async fn recommendations_are_filtered_by_everything_that_the_contract_names(backend: Backend) {
        let server = filled(backend).await;
        let all = ["marriage", "pledge", "torture"];
        for (filter, expected) in [
            ("", &all[..]),
            ("countries: [\"NP\"]", &all),
            ("countries: [\"PE\"]", &[]),
            ("recommendingCountries: [\"PE\", \"SE\"]", &["marriage"]),
            ("mechanisms: [\"upr\"], cycles: [1]", &all),
            ("mechanisms: [\"crc\"]", &[]),
            ("cycles: [2]", &[]),
            ("responses: [NOTED]", &["torture"]),
            ("childFocused: true", &["marriage", "pledge"]),
            ("childFocused: false", &["torture"]),
            ("themes: [\"violence-against-children\"]", &["marriage"]),
            ("implementation: [REVERSED, IMPLEMENTED]", &["marriage"]),
            ("implementation: [UNKNOWN]", &["pledge", "torture"]),
            ("kinds: [VOLUNTARY_PLEDGE]", &["pledge"]),
            ("sourceTags: [\"Rights of the Child\"]", &["marriage"]),
            ("sourceTags: [\"Child\"]", &[]),
            ("text: \"AGE märriage\"", &["marriage"]),
            ("text: \"age crime\"", &[]),
            ("text: \"marriag girl\"", &["marriage"]),
            ("text: \"riage\"", &[]),
            ("text: \"up s\"", &["pledge"]),
            ("text: \"a\"", &["marriage", "pledge", "torture"]),
            ("text: \"OR\"", &[]),
            ("text: \"' \\\" * ) torture\"", &["torture"]),
            ("text: \"make\", responses: [ACCEPTED]", &[]),
            ("text: \"children's\"", &["pledge"]),
        ] {
            assert_eq!(found(&server, filter).await, expected, "{filter}");
        }
        for (filter, code) in [
            ("countries: [\"XX\"]", "UNKNOWN_COUNTRY"),
            ("recommendingCountries: [\"XX\"]", "UNKNOWN_COUNTRY"),
            ("themes: [\"x\"]", "UNKNOWN_THEME"),
            ("text: \"  \"", "BAD_REQUEST"),
            ("text: \"a b c d e f g h i j k\"", "BAD_REQUEST"),
        ] {
            let answer = server.query(&format!("{{ recommendations(filter: {{ {filter} }}) {{ totalCount }} }}")).await;
            assert_eq!(answer.codes(), [code], "{filter}");
        }
    }

    async fn words_follow_every_change_of_a_text_and_none_outlasts_an_erasure(backend: Backend) {
        let server = filled(backend).await;
        let mut items = collection();
        items[5].document["text"] = json!("Compensate survivors at once");
        server.import(&items);
        assert_eq!(found(&server, "text: \"torture\"").await, [""; 0]);
        assert_eq!(found(&server, "text: \"survivors\"").await, ["torture"]);
        assert_eq!(found(&server, "text: \"survivors\", responses: [ACCEPTED]").await, [""; 0]);
        items[5].document["response"] = json!("ACCEPTED");
        server.import(&items);
        for filter in ["", ", kinds: [RECOMMENDATION]", ", countries: [\"NP\"]", ", languages: [\"en\"]"] {
            assert_eq!(found(&server, &format!("text: \"survivors\", responses: [ACCEPTED]{filter}")).await, ["torture"]);
        }
        assert_eq!(found(&server, "responses: [NOTED]").await, [""; 0]);
        // As erasure does it, and as everything goes with its item.
        let connection = server.database.connect().await;
        connection.execute_unprepared("DELETE FROM recommendation WHERE paragraph = '108.4'").await.unwrap();
        connection.execute_unprepared("DELETE FROM content WHERE slug = 'torture'").await.unwrap();
        assert_eq!(found(&server, "text: \"minimum\"").await, [""; 0]);
        assert_eq!(found(&server, "text: \"commission\"").await, ["pledge"]);
        if backend == Backend::Sqlite {
            let left = "SELECT CAST(COUNT(*) AS TEXT) FROM recommendation_text_data
                WHERE INSTR(CAST(block AS TEXT), 'surviv') > 0 OR INSTR(CAST(block AS TEXT), 'marriag') > 0";
            assert_eq!(server.database.texts(left).await, ["0"]);
            let items = "SELECT CAST(COUNT(*) AS TEXT) FROM recommendation_list_item";
            assert_eq!(server.database.texts(items).await, ["1"]);
        }
    }

    async fn many_recommendations_are_found_by_words_as_few_are(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let mut items = vec![Item::review("upr-np-cycle-1", json!({}))];
        for number in 0..2_010 {
            let text = format!("Protect children in district {number} from {}", if number < 2_005 { "harm" } else { "hunger" });
            let slug = format!("r{number}");
            items.push(Item::new("recommendation", &slug, &format!("District {number}"), json!({ "text": text })));
        }
        server.import(&items);
        // One word is in more than are found first; the other one in fewer.
        for (text, total) in [("child", 2_010), ("harm", 2_005), ("hung", 5), ("child hung", 5), ("7 distr", 111), ("istrict", 0)] {
            let query = format!("{{ recommendations(first: 5, filter: {{ text: \"{text}\" }}) {{ totalCount nodes {{ text }} }} }}");
            let answer = server.query(&query).await;
            let list = &answer.data()["recommendations"];
            let words = list["nodes"].as_array().unwrap();
            assert_eq!((list["totalCount"].as_i64(), words.len()), (Some(total), usize::try_from(total).unwrap().min(5)), "{text}");
            let first = text.split(' ').next().unwrap();
            assert!(words.iter().all(|node| node["text"].as_str().unwrap().contains(first)), "{text}: {words:?}");
            // Without the total nothing is counted before the page, and its pages go on as those with it.
            let mut uncounted = Vec::new();
            let mut after = String::new();
            for _ in 0..2 {
                let page = format!("first: 3, {after} filter: {{ text: \"{text}\" }}");
                let answer = server.query(&format!(
                    "{{ recommendations({page}) {{ nodes {{ text }} pageInfo {{ hasNextPage endCursor }} }} }}"
                )).await;
                let list = &answer.data()["recommendations"];
                uncounted.extend(list["nodes"].as_array().unwrap().clone());
                assert_eq!(list["pageInfo"]["hasNextPage"], i64::try_from(uncounted.len()).unwrap() < total, "{text}");
                let Some(end) = list["pageInfo"]["endCursor"].as_str() else { break };
                after = format!("after: \"{end}\",");
            }
            assert_eq!(uncounted[..uncounted.len().min(5)], words[..], "{text}");
        }
    }

    async fn commitments_and_events_are_listed_filtered_and_show_what_they_belong_to(backend: Backend) {
        let server = filled(backend).await;
        for (query, expected) in [
            ("commitments(filter: { overdue: true })", 1),
            ("commitments(filter: { overdue: false })", 0),
            ("commitments(filter: { dueFrom: \"2013-01-01\" })", 0),
            ("commitments(filter: { dueTo: \"2012-12-31\", kinds: [LAW], implementation: [UNKNOWN] })", 1),
            ("events(filter: { from: \"2010-11-24\", to: \"2010-11-30\" })", 1),
            ("events(filter: { from: \"2010-11-25\" })", 0),
            ("events(filter: { to: \"2010-11-21\" })", 0),
            ("events(filter: { kinds: [BRIEFING] })", 1),
            ("events(filter: { kinds: [HEARING] })", 0),
        ] {
            let answer = server.query(&format!("{{ found: {query} {{ totalCount }} }}")).await;
            assert_eq!(answer.data()["found"]["totalCount"], expected, "{query}");
        }
        let answer = server.query(
            r#"{ content(kind: EVENT, slug: "briefing") { ... on Event { kind startsOn endsOn place
                participation { group count } organizers { nodes { slug } } initiatives { nodes { slug } }
                commitments { nodes { slug } } resources { totalCount } } } }"#,
        ).await;
        assert_eq!(
            answer.data()["content"],
            json!({ "kind": "BRIEFING", "startsOn": "2010-11-22", "endsOn": "2010-11-24", "place": "Geneva",
                "participation": [{ "group": "OFFICIALS", "count": 14 }],
                "organizers": { "nodes": [{ "slug": "ministry" }] }, "initiatives": { "nodes": [{ "slug": "coalition" }] },
                "commitments": { "nodes": [{ "slug": "law" }] }, "resources": { "totalCount": 0 } })
        );
    }

    async fn the_new_kinds_are_found_by_their_text_walked_in_the_trail_and_told_in_changes(backend: Backend) {
        let server = filled(backend).await;
        server.wait_for_index().await;
        for (words, expected) in [("torture crime", "torture"), ("Geneva", "briefing"), ("lapsed", "marriage")] {
            let query = format!("{{ search(query: \"{words}\") {{ nodes {{ ... on Content {{ slug }} }} }} }}");
            assert_eq!(slugs(&server.query(&query).await.data()["search"]), [expected], "{words}");
        }
        let ids = server.query("{ initiatives { nodes { id } } }").await;
        let id = ids.data()["initiatives"]["nodes"][0]["id"].as_str().unwrap().to_owned();
        let trail = server.query(&format!(
            "{{ trail(from: \"{id}\") {{ nodes {{ id ... on Content {{ slug }} }} links {{ from to relation }} }} }}"
        )).await;
        let trail = &trail.data()["trail"];
        let slug = |id: &Value| {
            let nodes = trail["nodes"].as_array().unwrap();
            nodes.iter().find(|node| node["id"] == *id).unwrap()["slug"].as_str().unwrap().to_owned()
        };
        let mut links: Vec<_> = trail["links"].as_array().unwrap().iter()
            .map(|link| format!("{} {} {}", slug(&link["from"]), link["relation"].as_str().unwrap(), slug(&link["to"])))
            .collect();
        links.sort();
        assert_eq!(links, [
            "briefing broughtAbout law", "coalition hasPart briefing", "coalition ledTo marriage",
            "law producedEvidence finding", "marriage answeredBy law", "marriage producedEvidence finding",
        ]);
        let changes = server.query("{ changes(kinds: [RECOMMENDATION, COMMITMENT, EVENT]) { nodes { type id kind } } }").await;
        let changes = changes.data()["changes"]["nodes"].as_array().unwrap();
        assert_eq!(changes.len(), 5);
        assert!(changes.iter().all(|change| {
            let prefix = change["kind"].as_str().unwrap().to_lowercase();
            change["type"] == "PUBLISHED" && change["id"].as_str().unwrap().starts_with(&format!("{prefix}_"))
        }));
    }

    async fn a_bundle_with_all_of_it_comes_out_as_it_went_in_and_in_again_without_a_change(backend: Backend) {
        let place = Place::create(backend).await;
        let told = place.import(&bundle(&collection()));
        assert!(told.output.contains("10 new, 0 changed, 0 unchanged"), "{told:?}");
        let exported = place.export(&[]);
        let told = place.import(&exported);
        assert!(told.output.contains("0 new, 0 changed, 10 unchanged"), "{told:?}");
        let (counts, other) = (place.database.counts().await, Place::create(backend).await);
        other.import(&exported);
        assert_eq!((other.export(&[]), other.database.counts().await), (exported.clone(), counts));
        let only = place.export(&["--kind", "recommendation"]);
        let lines: Vec<_> = only.lines().map(|line| line.split('"').nth(3).unwrap()).collect();
        assert_eq!(lines, ["upr-np-cycle-1", "marriage", "pledge", "torture"]);
        assert_eq!(place.export(&["--kind", "lesson"]), "");
    }

    async fn a_changed_recommendation_replaces_what_the_old_one_said(backend: Backend) {
        let server = filled(backend).await;
        let mut items = collection();
        items[4].document["recommendingCountries"] = json!(["SE"]);
        items[4].document["childFocus"] = json!({ "childFocused": false, "reason": "For this test" });
        items[4].document["implementation"] = json!([{ "status": "IMPLEMENTED", "asOf": "2014-01-01" }]);
        items[3].document["asks"] = json!([{ "key": "budget", "text": "Other words", "review": "upr-np-cycle-1" }]);
        items[0].document["documentSymbol"] = json!("A/HRC/17/5");
        server.import(&items);
        let answer = server.query(
            r#"{ content(kind: RECOMMENDATION, slug: "marriage") { revision ... on Recommendation { implementation
                recommendingCountries { code } childFocused childFocus { rule reason } asks { text }
                review { documentSymbol asks { text reflectedIn { slug } } } } } }"#,
        ).await;
        assert_eq!(
            answer.data()["content"],
            json!({ "revision": 2, "implementation": "IMPLEMENTED", "recommendingCountries": [{ "code": "SE" }],
                "childFocused": false, "childFocus": { "rule": null, "reason": "For this test" }, "asks": [],
                "review": { "documentSymbol": "A/HRC/17/5",
                    "asks": [{ "text": "Other words", "reflectedIn": [] }] } })
        );
        let audit = "SELECT action || ' ' || SUBSTR(subject, 11) FROM audit_entry
            WHERE content_id IS NULL AND source <> 'references.jsonl' ORDER BY occurred_at";
        assert_eq!(
            server.database.texts(audit).await,
            ["REFERENCE_ADDED review/upr-np-cycle-1", "REFERENCE_CHANGED review/upr-np-cycle-1"]
        );
    }

    async fn what_contradicts_itself_is_refused_with_the_field_and_nothing_is_written(backend: Backend) {
        let place = Place::create(backend).await;
        let entry = |status: &str, day: &str| json!({ "status": status, "asOf": day });
        for (slug, change, expected) in [
            ("marriage", &[("review", json!("upr-xx"))][..], "review: UNKNOWN_REFERENCE: There is no review `upr-xx`"),
            ("marriage", &[("countries", json!(["PE"]))], "countries: INVALID: The review is of NP"),
            ("marriage", &[("countries", json!(["NP", "PE"]))], "countries: INVALID: "),
            ("marriage", &[("recommendingCountries", json!(["XX"]))], "recommendingCountries[0]: UNKNOWN_COUNTRY: "),
            ("marriage", &[("response", json!("REJECTED"))], "response: MALFORMED: unknown variant `REJECTED`"),
            ("marriage", &[("actionCategory", json!(6))], "actionCategory: INVALID: "),
            ("marriage", &[("text", json!(""))], "text: REQUIRED: "),
            ("marriage", &[("repeats", json!(["marriage"]))], "repeats[0]: CYCLE: "),
            (
                "marriage",
                &[("implementation", json!([entry("UNDER_WAY", "2013-01-02"), entry("IMPLEMENTED", "2013-01-01")]))],
                "implementation[1].asOf: INVALID: 2013-01-01 lies before the assessment above it",
            ),
            (
                "marriage",
                &[("implementation", json!([entry("UNDER_WAY", "2010-12-31")]))],
                "implementation[0].asOf: INVALID: 2010-12-31 lies before the review",
            ),
            (
                "marriage",
                &[("implementation", json!([entry("UNDER_WAY", "2999-01-01")]))],
                "implementation[0].asOf: FUTURE_DATE: ",
            ),
            ("pledge", &[("response", json!("NOTED"))], "response: INVALID: "),
            ("law", &[("dueOn", json!("2011-06-06"))], "dueOn: INVALID: "),
            ("law", &[("recommendations", json!(["none"]))], "recommendations[0]: UNKNOWN_REFERENCE: "),
            ("briefing", &[("endsOn", json!("2010-11-21"))], "endsOn: INVALID: "),
            (
                "coalition",
                &[("asks", json!([{ "key": "a b", "text": "x", "review": "upr-np-cycle-1", "reflectedIn": ["none"] }]))],
                "asks[0].key: INVALID_SLUG: ",
            ),
            (
                "coalition",
                &[("asks", json!([{ "key": "a", "text": "x", "review": "none" }]))],
                "asks[0].review: UNKNOWN_REFERENCE: ",
            ),
            ("upr-np-cycle-1", &[("country", json!("XX"))], "[upr-np-cycle-1] country: UNKNOWN_COUNTRY: "),
            ("upr-np-cycle-1", &[("mechanism", json!("none"))], "[upr-np-cycle-1] mechanism: UNKNOWN_REFERENCE: "),
            ("upr-np-cycle-1", &[("cycle", json!(0))], "[upr-np-cycle-1] cycle: INVALID: "),
            ("upr-np-cycle-1", &[("date", json!("2012-01-01"))], "[upr-np-cycle-1] year: INVALID: "),
            (
                "upr-np-cycle-1",
                &[("citation", json!({ "resource": "none" }))],
                "[upr-np-cycle-1] citation.resource: UNKNOWN_REFERENCE: ",
            ),
            ("upr-np-cycle-1", &[("stage", json!(1))], "stage: MALFORMED: unknown field `stage`"),
        ] {
            let told = refused(&place, slug, change);
            assert!(told.contains(expected), "{expected}\n{told}");
        }
        let twice = [Item::review("a", json!({})).line(), Item::review("a", json!({})).line()].join("\n");
        let told = place.run(&["import", &place.file("twice.jsonl", twice)]);
        assert!(told.errors.contains("twice.jsonl:2: [a] slug: DUPLICATE_SLUG: Line 1 has the review `a`"), "{told:?}");
        assert!(place.database.counts().await.values().all(|count| *count == 0));
    }

    async fn what_is_hidden_does_not_count_and_what_is_erased_leaves_no_words(backend: Backend) {
        let server = filled(backend).await;
        let uptake = "{ reviews { nodes { asks { text } uptake { asks asksReflected recommendations childFocused } } } }";
        let review = |answer: &praxis_tests::Answer| answer.data()["reviews"]["nodes"][0].clone();
        let decide = |decision: &str, address: &str| {
            let told = server.tell(&["content", decision, address, "--reason", "For this test"]);
            assert_eq!(told.code, Some(0), "{told:?}");
        };
        assert_eq!(
            review(&server.query(uptake).await)["uptake"],
            json!({ "asks": 2, "asksReflected": 1, "recommendations": 2, "childFocused": 1 })
        );
        decide("hide", "recommendation/marriage");
        assert_eq!(
            review(&server.query(uptake).await)["uptake"],
            json!({ "asks": 2, "asksReflected": 0, "recommendations": 1, "childFocused": 0 })
        );
        for filter in ["text: \"age\"", "text: \"age\", countries: [\"NP\"]", "text: \"minimum\", childFocused: true", "themes: [\"child-marriage\"]"] {
            assert_eq!(found(&server, filter).await, [""; 0], "{filter}");
        }
        assert_eq!(found(&server, "kinds: [RECOMMENDATION]").await, ["torture"]);
        let exported = String::from_utf8(server.run(&["export"]).stdout).unwrap();
        assert!(!exported.contains("reflectedIn") && !exported.contains(r#""recommendations":["#), "{exported}");
        decide("restore", "recommendation/marriage");
        decide("hide", "initiative/coalition");
        assert_eq!(review(&server.query(uptake).await)["asks"], json!([]));
        decide("restore", "initiative/coalition");
        decide("erase", "initiative/coalition");
        decide("erase", "recommendation/marriage");
        decide("retract", "recommendation/torture");
        let left = "SELECT COUNT(*) FROM ask WHERE text LIKE '%marriage%'";
        assert_eq!(server.database.number(left).await, 0);
        for table in ["recommendation", "recommending_country"] {
            let left = format!("SELECT COUNT(*) FROM {table} WHERE content_id IN (SELECT id FROM content WHERE status = 'ERASED')");
            assert_eq!(server.database.number(&left).await, 0, "{table}");
        }
        let answer = server.query(
            r#"{ content(kind: RECOMMENDATION, slug: "torture") { status ... on Recommendation { text recommendingBody } } }"#,
        ).await;
        assert_eq!(answer.data()["content"], json!({ "status": "RETRACTED", "text": "", "recommendingBody": null }));
    }

    async fn changes_to_recommendations_of_one_state_at_the_same_time_wait_for_each_other(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        server.import(&[Item::review("upr-np-cycle-1", json!({}))]);
        let files: Vec<String> = (0..6)
            .map(|number| {
                let country = ["NO", "SE", "PE", "CL", "FR", "DE"][number];
                let items: Vec<Item> = (0..5)
                    .map(|place| {
                        let text = ["Open new schools", "Ban child labour", "Train judges", "Pay teachers", "Plant trees"][place];
                        let slug = format!("{}-{place}", country.to_lowercase());
                        Item::new("recommendation", &slug, text, json!({ "recommendingCountries": [country] }))
                    })
                    .collect();
                server.file(&format!("bundle-of-{number}.jsonl"), &bundle(&items))
            })
            .collect();
        let told: Vec<praxis_tests::Told> = std::thread::scope(|scope| {
            let running: Vec<_> = files.iter().map(|file| scope.spawn(|| server.tell(&["import", file]))).collect();
            running.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(told.iter().all(|told| told.code == Some(0)), "{told:?}");
        // Each of five texts by each of six states: as many pairs as there are, each once.
        assert_eq!(server.database.number("SELECT COUNT(*) FROM recommendation_link").await, 5 * 15);
    }

    async fn an_ask_is_reflected_in_recommendations_of_its_own_review_alone(backend: Backend) {
        let scene = Scene::set(backend).await;
        let told = |slug: &str, review: &str, country: &str| {
            Item::new("recommendation", slug, slug, json!({ "review": review, "countries": [country] }))
        };
        let items = vec![
            Item::review("upr-np", json!({})),
            Item::review("upr-bd", json!({ "country": "BD" })),
            told("of-nepal", "upr-np", "NP"),
            told("of-bangladesh", "upr-bd", "BD"),
        ];
        let coalition = |reflected: &[&str]| Item::new("initiative", "coalition", "Coalition", json!({
            "asks": [{ "key": "one", "text": "Open schools", "review": "upr-np", "reflectedIn": reflected }],
        }));
        let server = &scene.server;
        // In one file with what it refers to, and beside what is stored.
        let with = |item: Item| [items.clone(), vec![item]].concat();
        for (items, line) in [(with(coalition(&["of-nepal", "of-bangladesh"])), 5), (vec![coalition(&["of-bangladesh"])], 1)] {
            let path = server.file("bad.jsonl", &bundle(&items));
            let told = server.tell(&["import", &path]);
            assert_eq!(told.code, Some(1), "{told:?}");
            let place = if line == 5 { 1 } else { 0 };
            let expected = format!("{path}:{line}: [coalition] asks[0].reflectedIn[{place}]: INVALID: `of-bangladesh` is of the review `upr-bd`");
            assert!(told.errors.contains(&expected), "{expected}\n{}", told.errors);
            server.import(&with(coalition(&["of-nepal"])));
        }
        let answer = server.query("{ recommendations(filter: { countries: [\"BD\"] }) { nodes { id } } }").await;
        let id = answer.data()["recommendations"]["nodes"][0]["id"].as_str().unwrap().to_owned();
        for reflected in ["of-bangladesh", id.as_str()] {
            let document = coalition(&[reflected]).document;
            let input = json!({ "content": { "initiative": document } });
            let payload = scene.call(&scene.author, "saveDraft", input).await;
            let error = &payload["errors"][0];
            assert_eq!((payload["errors"].as_array().unwrap().len(), &error["code"]), (1, &json!("INVALID")), "{payload:#}");
            let message = error["message"].as_str().unwrap();
            assert!(message.contains("`of-bangladesh` is of the review `upr-bd`, and the ask of `upr-np`"), "{message}");
            let draft = json!({ "submission": payload["submission"]["id"] });
            assert_eq!(scene.refused(&scene.author, "submitDraft", draft).await, ["INVALID"]);
        }
        let good = json!({ "content": { "initiative": coalition(&["of-nepal"]).document } });
        scene.does(&scene.author, "saveDraft", good).await;
    }

    async fn a_commitment_is_of_the_state_under_review_and_its_days_follow_each_other(backend: Backend) {
        let place = Place::create(backend).await;
        let entry = |day: &str| json!([{ "status": "UNDER_WAY", "asOf": day }]);
        for (change, expected) in [
            (&[("countries", json!(["PE"]))][..], "countries: INVALID: The review is of NP; write `[\"NP\"]`"),
            (&[("countries", json!(["NP", "PE"]))], "countries: INVALID: The review is of NP"),
            (&[("countries", Value::Null)], "countries: INVALID: The review is of NP"),
            (&[("madeOn", json!("2001-02-03"))], "madeOn: INVALID: 2001-02-03 lies before the review, which began on 2011-01-01"),
            (
                &[("implementation", entry("2011-06-06"))],
                "implementation[0].asOf: INVALID: 2011-06-06 lies before the commitment, which was made on 2011-06-07",
            ),
            (&[("implementation", entry("2010-06-06")), ("madeOn", Value::Null)], "implementation[0].asOf: INVALID: 2010-06-06 lies before the review"),
            (
                &[("implementation", entry("2012-06-06")), ("review", Value::Null), ("madeOn", json!("2013-01-01")), ("dueOn", Value::Null)],
                "implementation[0].asOf: INVALID: 2012-06-06 lies before the commitment",
            ),
        ] {
            let told = refused(&place, "law", change);
            assert!(told.contains(expected) && told.contains("1 problem(s)"), "{expected}\n{told}");
        }
        // Of a commitment outside a review the states are free, as they were.
        let mut items = collection();
        let law = items.iter_mut().find(|item| item.slug == "law").unwrap();
        for (field, value) in [("review", Value::Null), ("countries", Value::Null), ("implementation", entry("2011-06-07"))] {
            law.document[field] = value;
        }
        place.import(&bundle(&items));
    }

    async fn what_no_review_can_have_is_refused(backend: Backend) {
        let place = Place::create(backend).await;
        for (slug, change, expected) in [
            (
                "marriage",
                &[("implementation", json!([{ "status": "UNKNOWN", "asOf": "2012-03-01" }]))][..],
                "implementation[0].status: INVALID: `UNKNOWN` is what nobody has assessed",
            ),
            (
                "law",
                &[("implementation", json!([{ "status": "UNKNOWN", "asOf": "2012-03-01" }]))],
                "implementation[0].status: INVALID: ",
            ),
            (
                "torture",
                &[("kind", json!("CONCLUDING_OBSERVATION")), ("response", json!("PENDING"))],
                "kind: INVALID: Concluding observations are of treaty bodies, and `upr-np-cycle-1` is a review of the Universal",
            ),
            (
                "torture",
                &[("kind", json!("ADVANCE_QUESTION")), ("response", json!("ACCEPTED"))],
                "response: INVALID: A question before the review is answered, not accepted",
            ),
            (
                "pledge",
                &[("recommendingCountries", json!(["PE"]))],
                "recommendingCountries: INVALID: Nobody recommends what a state pledges",
            ),
            ("pledge", &[("recommendingBody", json!("European Union"))], "recommendingBody: INVALID: "),
        ] {
            let told = refused(&place, slug, change);
            assert!(told.contains(expected) && told.contains("1 problem(s)"), "{expected}\n{told}");
        }
        // What they can have goes in.
        let mut items = collection();
        items.push(Item::review("crc-np", json!({ "mechanism": "crc" })));
        for (slug, more) in [
            ("observation", json!({ "kind": "CONCLUDING_OBSERVATION", "review": "crc-np", "response": "PENDING" })),
            ("question", json!({ "kind": "ADVANCE_QUESTION", "response": "PENDING", "recommendingCountries": ["PE"] })),
            // Whoever saw that something was taken back need not have assessed it before.
            ("lost", json!({ "implementation": [{ "status": "REVERSED", "asOf": "2013-11-19" }] })),
        ] {
            items.push(Item::new("recommendation", slug, slug, more));
        }
        place.import(&bundle(&items));
    }

    async fn a_member_is_told_who_adds_a_review_that_is_missing(backend: Backend) {
        let scene = Scene::set(backend).await;
        let document = Item::new("recommendation", "told", "Told", json!({ "review": "nope" })).document;
        let payload = scene.call(&scene.author, "saveDraft", json!({ "content": { "recommendation": document } })).await;
        let error = &payload["errors"][0];
        assert_eq!(error["code"], "UNKNOWN_REFERENCE", "{payload:#}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("query `reviews`") && message.contains("An operator adds others with `praxis import`"), "{message}");
    }
}
