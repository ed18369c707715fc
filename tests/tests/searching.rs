//! Search: what is found by which words, in which order, with which filters, facets and highlights.

use std::collections::BTreeSet;

use praxis_tests::{Item, Options, Server, on_both_databases, slugs, sorted_slugs};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

const SEARCH: &str = "query($query: String!, $filter: SearchFilter, $sort: SearchSort, $first: Int, $after: String) {
    search(query: $query, filter: $filter, sort: $sort, first: $first, after: $after) {
      totalCount totalIsExact correctedQuery degraded tookMs nodes { slug }
      edges { cursor score node { slug } highlights { field language html } }
      facets { name values { value label fr: label(language: \"fr\") count } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

async fn search(server: &Server, query: &str, filter: Value, sort: &str) -> Value {
    let variables = json!({ "query": query, "filter": filter, "sort": sort, "first": 50 });
    server.ask(SEARCH, variables).await.data()["search"].clone()
}

async fn found(server: &Server, query: &str) -> Vec<String> {
    slugs(&search(server, query, Value::Null, "RELEVANCE").await["edges"])
}

fn facet<'a>(found: &'a Value, name: &str, value: &str) -> &'a Value {
    let facets = found["facets"].as_array().unwrap();
    let facet = facets
        .iter()
        .find(|facet| facet["name"] == name)
        .unwrap_or_else(|| panic!("there is a facet {name}"));
    let mut values = facet["values"].as_array().unwrap().iter();
    values.find(|one| one["value"] == value).unwrap_or(&Value::Null)
}

fn collection() -> Vec<Item> {
    let cited = json!([{ "resource": "r-almanac", "locator": "p. 1" }]);
    let appraised = |score: i32| {
        json!([{
            "voiceAndInclusion": score, "appropriateness": score, "triangulation": score, "contribution": score,
            "transparency": score, "rationale": "Because.", "appraisedAt": "2024-01-01T00:00:00Z",
        }])
    };
    vec![
        Item::new(
            "lesson",
            "l-title",
            "Quinoa harvest",
            json!({ "countries": ["ZM"], "themes": ["education"] }),
        ),
        Item::new(
            "lesson",
            "l-summary",
            "Fields",
            json!({
                "summary": "The quinoa grew.", "countries": ["NP"], "factor": "CHAMPIONS",
            }),
        ),
        Item::new(
            "initiative",
            "i-body",
            "Counting",
            json!({
                "activities": "All quinoa was counted.", "instruments": ["petition"], "startedOn": "2012-03-01",
            }),
        ),
        Item::new(
            "organization",
            "o-union",
            "World Grain Union",
            json!({ "acronym": "WGRU" }),
        ),
        Item::new("practitioner", "p-pia", "Pia Okonjo", json!({})),
        Item::new(
            "initiative",
            "i-partner",
            "Village audits",
            json!({
                "partners": [{ "organization": "o-union", "role": "LEAD" }], "people": [{ "practitioner": "p-pia" }],
            }),
        ),
        Item::new(
            "lesson",
            "l-wedding",
            "Ceremonies delayed",
            json!({ "themes": ["child-marriage"] }),
        ),
        Item::new(
            "lesson",
            "l-translated",
            "Sowing",
            json!({ "translations": [
            { "language": "fr", "title": "Récolte de céréales tardives" },
            { "language": "es", "title": "Cosecha para los niños", "summary": "Una siembra **nueva**." },
        ] }),
        ),
        Item::new(
            "evidence",
            "e-weak",
            "Barley yields",
            json!({
                "citations": cited, "studyDesign": "PRACTICE_ACCOUNT", "direction": "PITFALL", "outcomeDomain": "EQUITY",
            }),
        ),
        Item::new(
            "evidence",
            "e-strong",
            "Barley prices",
            json!({
                "citations": cited, "studyDesign": "RANDOMIZED", "appraisals": appraised(4),
                "measurements": [{ "metric": "Price", "endline": 3, "from": "2015-01-01", "to": "2016-12-31" }],
            }),
        ),
        Item::new("lesson", "l-barley", "Barley barley barley", json!({})),
        Item::new(
            "resource",
            "r-almanac",
            "Almanac",
            json!({
                "year": 2014, "identifiers": [{ "scheme": "UN_SYMBOL", "value": "A/XYZ/77/12" }],
            }),
        ),
        Item::new(
            "resource",
            "r-comic",
            "Almanac comic",
            json!({ "kind": "CHILD_FRIENDLY", "year": 2010 }),
        ),
        Item::new(
            "lesson",
            "l-markup",
            "Beans <script>alert(1)</script> & \"peas\"",
            json!({
                "summary": "Beans <b onclick=alert(2)> and more beans.",
            }),
        ),
        Item::new(
            "lesson",
            "l-arabic",
            "حقوق الطفل في المدرسة",
            json!({ "language": "ar" }),
        ),
    ]
}

on_both_databases! {
    async fn a_search_finds_what_the_reader_means(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        server.import(&collection());
        server.wait_for_index().await;
        words_are_found_wherever_they_stand(&server).await;
        filters_and_facets(&server).await;
        sorts(&server).await;
        highlights_mark_words_and_escape_the_rest(&server).await;
        a_hit_says_on_demand_why_it_is_one(&server).await;
        odd_searches_have_defined_answers(&server).await;
        suggestions(&server).await;
        what_is_hidden_is_gone_at_once(&server).await;
    }

    async fn a_search_of_the_sample_pages_counts_and_leads_to_what_is_alike(backend: Backend) {
        let server = Server::start(Options::sample(backend)).await;
        let mut seen = BTreeSet::new();
        let mut after = Value::Null;
        let mut pages = 0;
        let mut best = f64::MIN;
        loop {
            let variables = json!({ "query": "health budget", "first": 4, "after": after });
            let answer = server.ask(SEARCH, variables).await;
            let page = &answer.data()["search"];
            let (edges, info) = (page["edges"].as_array().unwrap(), &page["pageInfo"]);
            assert!(edges.iter().all(|edge| seen.insert(edge["node"]["slug"].as_str().unwrap().to_owned())));
            assert_eq!(info["hasPreviousPage"], pages > 0);
            assert_eq!(info["endCursor"], edges.last().unwrap()["cursor"]);
            assert_eq!(info["hasNextPage"], seen.len() < page["totalCount"].as_u64().unwrap() as usize);
            let scores: Vec<f64> = edges.iter().map(|edge| edge["score"].as_f64().unwrap()).collect();
            // Scores within a hundredth of the best count as equal, so that strength and recency decide.
            best = best.max(scores[0]);
            assert!(scores.is_sorted_by(|a, b| a + best / 100.0 >= *b), "{scores:?}");
            pages += 1;
            after = info["endCursor"].clone();
            if info["hasNextPage"] == false {
                assert_eq!(page["totalCount"], seen.len());
                break;
            }
        }
        assert!(pages > 2, "{pages}");
        // Misspelt it is the same search, and says so.
        let right = search(&server, "health budget", Value::Null, "RELEVANCE").await;
        let wrong = search(&server, "helth budget", Value::Null, "RELEVANCE").await;
        assert_eq!((&right["correctedQuery"], &wrong["correctedQuery"]), (&Value::Null, &json!("health budget")));
        assert_eq!(slugs(&right["nodes"])[0], slugs(&wrong["nodes"])[0]);
        assert_eq!((&right["totalIsExact"], &right["degraded"]), (&json!(true), &json!(false)));

        // A general comment by its acronym, in one word or two.
        for query in ["GC13", "GC 13", "general comment 13", "observation générale 13"] {
            assert_eq!(found(&server, query).await[0], "crc-general-comment-13", "{query}");
        }

        // Each count of a facet is what its filter finds.
        let kinds = right["facets"].as_array().unwrap().iter().find(|one| one["name"] == "kinds").unwrap();
        let sum: u64 = kinds["values"].as_array().unwrap().iter().map(|one| one["count"].as_u64().unwrap()).sum();
        assert_eq!(right["totalCount"], sum);
        for (field, one) in [("kinds", 1), ("themes", 3), ("countries", 3), ("regions", 3), ("instruments", 3), ("languages", 3)] {
            let facet = right["facets"].as_array().unwrap().iter().find(|one| one["name"] == field).unwrap();
            for value in facet["values"].as_array().unwrap().iter().take(one) {
                let filtered = search(&server, "health budget", json!({ field: [value["value"]] }), "RELEVANCE").await;
                assert_eq!(filtered["totalCount"], value["count"], "{field} {value}");
            }
        }

        let answer = server.query("{ content(kind: EVIDENCE, slug: \"zambia-health-budget-9-3-to-11-3-percent\") { id } }").await;
        let id = answer.data()["content"]["id"].clone();
        let similar = |first: Value| {
            let (server, id) = (&server, id.clone());
            async move {
                server.ask(
                    "query($id: ID!, $first: Int) { similar(id: $id, first: $first) { id title countries { code } } }",
                    json!({ "id": id, "first": first }),
                ).await
            }
        };
        let alike = similar(Value::Null).await.data()["similar"].as_array().unwrap().clone();
        assert_eq!(alike.len(), 10);
        assert!(alike.iter().all(|one| one["id"] != id), "an item is not similar to itself");
        assert_eq!(alike.iter().map(|one| one["id"].as_str()).collect::<BTreeSet<_>>().len(), 10);
        assert_eq!(alike[0]["countries"], json!([{ "code": "ZM" }]), "{alike:#?}");
        assert_eq!(similar(json!(3)).await.data()["similar"].as_array().unwrap().len(), 3);
        for first in [0, -1, 51] {
            similar(json!(first)).await.refusal("INVALID_PAGE_SIZE");
        }
    }
}

async fn words_are_found_wherever_they_stand(server: &Server) {
    assert_eq!(
        found(server, "quinoa").await,
        ["l-title", "l-summary", "i-body"],
        "title over summary over body"
    );
    for (query, expected) in [
        ("QUINOA", "l-title"),
        ("harvest quinoa", "l-title"),
        ("quiona harvest", "l-title"),
        ("harvset", "l-title"),
        ("quinoa harv", "l-title"),
        ("quin", "l-title"),
        ("WGRU", "o-union"),
        ("wgru", "o-union"),
        ("world grain", "o-union"),
        ("Okonjo", "p-pia"),
        ("A/XYZ/77/12", "r-almanac"),
        ("child marriage", "l-wedding"),
        ("matrimonio infantil", "l-wedding"),
        ("mariage d'enfants", "l-wedding"),
        ("mariage precoce", "l-wedding"),
        ("زواج الأطفال", "l-wedding"),
        ("récolte", "l-translated"),
        ("recolte", "l-translated"),
        ("RÉCOLTE DE CÉRÉALES", "l-translated"),
        ("cereales", "l-translated"),
        ("ninos", "l-translated"),
        ("niños", "l-translated"),
        ("siembra nueva", "l-translated"),
        ("حقوق الطفل", "l-arabic"),
        ("Zambia", "l-title"),
        ("Zambie", "l-title"),
    ] {
        let hits = found(server, query).await;
        assert_eq!(hits.first().map(String::as_str), Some(expected), "{query}: {hits:?}");
    }
    for (query, expected) in [
        ("WGRU", "i-partner"),
        ("grain union", "i-partner"),
        ("Okonjo", "i-partner"),
    ] {
        let hits = found(server, query).await;
        assert!(
            hits.iter().any(|hit| hit == expected),
            "an initiative is found by who takes part: {query}: {hits:?}"
        );
    }
    assert_eq!(found(server, "xylophone").await, [""; 0]);
}

async fn filters_and_facets(server: &Server) {
    for (query, filter, expected) in [
        ("quinoa", json!({}), &["i-body", "l-summary", "l-title"][..]),
        (
            "quinoa",
            json!({ "kinds": [], "themes": [], "countries": [] }),
            &["i-body", "l-summary", "l-title"],
        ),
        ("quinoa", json!({ "kinds": ["LESSON"] }), &["l-summary", "l-title"]),
        ("quinoa", json!({ "kinds": ["INITIATIVE", "EVIDENCE"] }), &["i-body"]),
        ("quinoa", json!({ "countries": ["ZM"] }), &["l-title"]),
        (
            "quinoa",
            json!({ "countries": ["ZM", "NP"] }),
            &["l-summary", "l-title"],
        ),
        ("quinoa", json!({ "regions": ["002"] }), &["l-title"]),
        ("quinoa", json!({ "regions": ["034"] }), &["l-summary"]),
        ("quinoa", json!({ "themes": ["education"] }), &["l-title"]),
        ("quinoa", json!({ "factors": ["CHAMPIONS"] }), &["l-summary"]),
        ("quinoa", json!({ "instruments": ["petition"] }), &["i-body"]),
        ("quinoa", json!({ "years": { "from": 2012, "to": 2012 } }), &["i-body"]),
        ("quinoa", json!({ "years": { "from": 2013 } }), &[]),
        ("quinoa", json!({ "countries": ["ZM"], "kinds": ["INITIATIVE"] }), &[]),
        (
            "ceremonies",
            json!({ "themes": ["violence-against-children"] }),
            &["l-wedding"],
        ),
        ("barley", json!({ "directions": ["PITFALL"] }), &["e-weak"]),
        (
            "barley",
            json!({ "outcomeDomains": ["EQUITY", "AWARENESS"] }),
            &["e-weak"],
        ),
        ("barley", json!({ "minimumStrength": "MODERATE" }), &["e-strong"]),
        (
            "barley",
            json!({ "minimumStrength": "ANECDOTAL" }),
            &["e-strong", "e-weak"],
        ),
        ("barley", json!({ "years": { "from": 2016 } }), &["e-strong"]),
        ("almanac", json!({ "childFriendly": true }), &["r-comic"]),
        (
            "almanac",
            json!({ "childFriendly": false, "kinds": ["RESOURCE"] }),
            &["r-almanac"],
        ),
        (
            "almanac",
            json!({ "years": { "to": 2013 }, "kinds": ["RESOURCE"] }),
            &["r-comic"],
        ),
        ("sowing", json!({ "languages": ["es"] }), &["l-translated"]),
        ("sowing", json!({ "languages": ["ar"] }), &[]),
    ] {
        let hits = search(server, query, filter.clone(), "RELEVANCE").await;
        assert_eq!(sorted_slugs(&hits["edges"]), expected, "{query} {filter}");
        assert_eq!(hits["totalCount"], expected.len(), "{query} {filter}");
    }
    for (filter, code) in [
        (json!({ "themes": ["educatoin"] }), "UNKNOWN_THEME"),
        (json!({ "instruments": ["x"] }), "UNKNOWN_INSTRUMENT"),
        (json!({ "countries": ["XX"] }), "UNKNOWN_COUNTRY"),
        (json!({ "regions": ["999"] }), "UNKNOWN_REGION"),
        (json!({ "languages": ["qq"] }), "UNKNOWN_LANGUAGE"),
        (json!({ "years": { "from": 2013, "to": 2012 } }), "BAD_REQUEST"),
    ] {
        server
            .ask(SEARCH, json!({ "query": "quinoa", "filter": filter }))
            .await
            .refusal(code);
    }
    let all = search(server, "quinoa", json!({ "kinds": ["LESSON"] }), "RELEVANCE").await;
    // A facet is counted without its own filter and with all the others.
    assert_eq!(facet(&all, "kinds", "LESSON")["count"], 2);
    assert_eq!(facet(&all, "kinds", "INITIATIVE")["count"], 1);
    assert_eq!(facet(&all, "kinds", "INITIATIVE")["label"], "Initiative");
    assert_eq!(
        *facet(&all, "instruments", "petition"),
        Value::Null,
        "values without a hit are left out"
    );
    let zambia = facet(&all, "countries", "ZM");
    assert_eq!(
        (&zambia["count"], &zambia["label"], &zambia["fr"]),
        (&json!(1), &json!("Zambia"), &json!("Zambie"))
    );
    assert_eq!(facet(&all, "regions", "001")["count"], 2);
    assert_eq!(facet(&all, "regions", "002")["fr"], "Afrique");
    assert_eq!(facet(&all, "themes", "education")["count"], 1);
    assert_eq!(facet(&all, "factors", "CHAMPIONS")["count"], 1);
    let barley = search(server, "barley", Value::Null, "RELEVANCE").await;
    assert_eq!(facet(&barley, "strengths", "STRONG")["count"], 1);
    assert_eq!(facet(&barley, "strengths", "ANECDOTAL")["label"], "Anecdotal");
    assert_eq!(facet(&barley, "years", "2016")["count"], 1);
}

async fn sorts(server: &Server) {
    let order = |sort: &'static str| async move { slugs(&search(server, "barley", Value::Null, sort).await["edges"]) };
    assert_eq!(
        order("STRONGEST").await,
        ["e-strong", "e-weak", "l-barley"],
        "what is no evidence comes last"
    );
    assert_eq!(order("RELEVANCE").await.len(), 3);
    server.import(&[Item::new(
        "lesson",
        "l-new",
        "Something else",
        json!({ "appliesWhere": "Where barley is grown." }),
    )]);
    server.wait_for_index().await;
    assert_eq!(order("NEWEST").await[0], "l-new");
    assert_eq!(
        order("RELEVANCE").await.last().unwrap(),
        "l-new",
        "a word in the body comes after one in the title"
    );
}

async fn highlights_mark_words_and_escape_the_rest(server: &Server) {
    let beans = search(server, "beans", Value::Null, "RELEVANCE").await;
    let highlights = beans["edges"][0]["highlights"].as_array().unwrap();
    let html = |field: &str| {
        let found = highlights.iter().find(|one| one["field"] == field);
        found.unwrap_or_else(|| panic!("{field} is highlighted: {highlights:?}"))["html"]
            .as_str()
            .unwrap()
    };
    assert!(
        html("title").starts_with("<mark>Beans</mark> &lt;script&gt;alert(1)&lt;"),
        "{}",
        html("title")
    );
    assert!(html("title").contains("&amp;"));
    assert_eq!(html("summary").matches("<mark>").count(), 2, "{}", html("summary"));
    for one in highlights {
        let rest = one["html"]
            .as_str()
            .unwrap()
            .replace("<mark>", "")
            .replace("</mark>", "");
        assert!(!rest.contains('<') && !rest.contains('>'), "{rest}");
    }
    let french = search(server, "recolte", Value::Null, "RELEVANCE").await;
    let title = &french["edges"][0]["highlights"][0];
    assert_eq!((&title["field"], &title["language"]), (&json!("title"), &json!("fr")));
    assert_eq!(title["html"], "<mark>Récolte</mark> de céréales tardives");
    let evil = search(server, "<mark>beans</mark><script>", Value::Null, "RELEVANCE").await;
    assert_eq!(slugs(&evil["edges"])[0], "l-markup");
}

async fn a_hit_says_on_demand_why_it_is_one(server: &Server) {
    let query = "query { search(query: \"quinoas harvets\") { edges { explanation { word found field kind } } } }";
    let answer = server.ask(query, json!({})).await;
    assert_eq!(
        answer.data()["search"]["edges"][0]["explanation"],
        json!([
            { "word": "quinoas", "found": "Quinoa", "field": "title", "kind": "STEM" },
            { "word": "harvets", "found": "harvest", "field": "title", "kind": "ONE_EDIT" },
        ])
    );
}

async fn odd_searches_have_defined_answers(server: &Server) {
    for (query, code) in [
        (String::new(), "INVALID_QUERY"),
        (" \t\n".to_owned(), "INVALID_QUERY"),
        ("a\u{0}b".to_owned(), "INVALID_QUERY"),
        ("\u{7}".to_owned(), "INVALID_QUERY"),
        ("quinoa\u{1b}[31m".to_owned(), "INVALID_QUERY"),
        ("é".repeat(513), "QUERY_TOO_LONG"),
        ("quinoa ".repeat(1430), "QUERY_TOO_LONG"),
        ("x".repeat(10_000), "QUERY_TOO_LONG"),
    ] {
        let short: String = query.chars().take(20).collect();
        let answer = server.ask(SEARCH, json!({ "query": query })).await;
        assert!(!answer.refusal(code).is_empty(), "{short:?}");
        let answer = server
            .ask(
                "query($prefix: String!) { suggest(prefix: $prefix) { text } }",
                json!({ "prefix": query }),
            )
            .await;
        answer.refusal(code);
    }
    for query in [
        "?",
        "!!! … ---",
        "\"",
        "'",
        "(",
        "title:quinoa AND",
        "-",
        "*",
        "\\",
        "%",
        "a OR",
        "[1 TO 2]",
        "😀",
        "👩‍👧‍👦",
        "\u{202e}aonuiq",
        "\u{200b}",
        "\u{feff}",
        "\u{301}",
    ] {
        for first in [1, 5] {
            let answer = server.ask(SEARCH, json!({ "query": query, "first": first })).await;
            assert!(answer.data()["search"]["totalCount"].is_u64(), "{query:?}");
            server
                .ask(
                    "query($prefix: String!) { suggest(prefix: $prefix) { text } }",
                    json!({ "prefix": query }),
                )
                .await
                .data();
        }
    }
    assert_eq!(found(server, "?!…").await, [""; 0], "punctuation alone finds nothing");
    assert_eq!(found(server, &"z".repeat(512)).await, [""; 0]);
    let padded = format!("{}{}", "quinoa ".repeat(73), " ".repeat(600));
    assert_eq!(
        found(server, &padded).await[0],
        "l-title",
        "white space at the ends does not count"
    );
    assert_eq!(
        found(server, "q").await,
        [""; 0],
        "one letter is a word here, and a beginning only in `suggest`"
    );
    assert_eq!(found(server, "  quinoa\n").await[0], "l-title");
    assert_eq!(
        found(server, "\u{202b}quinoa\u{202c}").await[0],
        "l-title",
        "marks of direction do not count"
    );
    assert_eq!(found(server, "quinoa 😀").await[0], "l-title");
}

async fn suggestions(server: &Server) {
    let suggest = |prefix: &'static str, first: Value| async move {
        let query = "query($prefix: String!, $first: Int) { suggest(prefix: $prefix, first: $first) { text kind id } }";
        server.ask(query, json!({ "prefix": prefix, "first": first })).await
    };
    for (prefix, expected) in [
        ("q", "Quinoa harvest"),
        ("quin", "Quinoa harvest"),
        ("QUINOA HAR", "Quinoa harvest"),
        ("recol", "Récolte de céréales tardives"),
        ("world gr", "World Grain Union"),
        ("almanac c", "Almanac comic"),
        ("حقوق", "حقوق الطفل في المدرسة"),
    ] {
        let answer = suggest(prefix, Value::Null).await;
        let first = &answer.data()["suggest"][0];
        assert_eq!(first["text"], expected, "{prefix}: {}", answer.data());
        let node = server
            .ask(
                "query($id: ID!) { node(id: $id) { __typename } }",
                json!({ "id": first["id"] }),
            )
            .await;
        let name = node.data()["node"]["__typename"].as_str().unwrap().to_uppercase();
        assert_eq!(first["kind"], name, "{prefix}");
    }
    assert_eq!(
        suggest("barley", json!(2)).await.data()["suggest"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(suggest("xylophone", Value::Null).await.data()["suggest"], json!([]));
    for first in [0, -1, 21] {
        suggest("quin", json!(first)).await.refusal("INVALID_PAGE_SIZE");
    }
}

async fn what_is_hidden_is_gone_at_once(server: &Server) {
    let answer = server
        .query("{ content(kind: LESSON, slug: \"l-barley\") { id } }")
        .await;
    let neighbour = answer.data()["content"]["id"].clone();
    let similar = || async {
        let answer = server
            .ask(
                "query($id: ID!) { similar(id: $id, first: 50) { slug } }",
                json!({ "id": neighbour }),
            )
            .await;
        slugs(&answer.data()["similar"])
    };
    assert!(similar().await.contains(&"e-strong".to_owned()));
    // Nothing in the log tells the index of this.
    let connection = server.database.connect().await;
    connection
        .execute_unprepared("UPDATE content SET status = 'HIDDEN' WHERE slug IN ('l-title', 'e-strong')")
        .await
        .unwrap();
    assert_eq!(found(server, "quinoa").await, ["l-summary", "i-body"]);
    assert!(!found(server, "barley").await.contains(&"e-strong".to_owned()));
    assert!(!similar().await.contains(&"e-strong".to_owned()));
    let answer = server.query("{ suggest(prefix: \"quinoa\") { text } }").await;
    assert!(!answer.data().to_string().contains("harvest"), "{}", answer.data());
    connection
        .execute_unprepared("UPDATE content SET status = 'PUBLISHED' WHERE slug = 'l-title'")
        .await
        .unwrap();
    assert_eq!(found(server, "quinoa").await[0], "l-title");
}

/// The fields of an item that the words of a search are shown in, with what is shown.
async fn shown(server: &Server, query: &str, slug: &str) -> Vec<(String, String)> {
    let ask = "query($query: String!) { search(query: $query, first: 50) { edges {
        node { slug } highlights { field html } explanation { field found } } } }";
    let answer = server.ask(ask, json!({ "query": query })).await;
    let edges = answer.data()["search"]["edges"].as_array().unwrap();
    let edge = edges
        .iter()
        .find(|edge| edge["node"]["slug"] == slug)
        .unwrap_or_else(|| panic!("{slug} is found by {query}: {edges:?}"));
    let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    let highlights = edge["highlights"].as_array().unwrap().iter();
    let highlights = highlights.map(|one| (text(one, "field"), text(one, "html")));
    let explanation = edge["explanation"].as_array().unwrap().iter();
    highlights
        .chain(explanation.map(|one| (text(one, "field"), text(one, "found"))))
        .collect()
}

on_both_databases! {
    async fn what_the_index_alone_still_knows_is_neither_marked_nor_explained_nor_suggested(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        server.import(&collection());
        server.wait_for_index().await;
        let keywords = |text: &str| ("keywords".to_owned(), text.to_owned());
        let named = [keywords("Pia <mark>Okonjo</mark>"), keywords("Okonjo")];
        assert_eq!(shown(&server, "okonjo", "i-partner").await, named);
        // Nothing in the log tells the index of any of this.
        let connection = server.database.connect().await;
        for (change, back) in [
            ("status = 'HIDDEN'", "status = 'PUBLISHED'"),
            ("title = 'Pia Adeyemi'", "title = 'Pia Okonjo'"),
        ] {
            let set = async |values: &str| {
                let statement = format!("UPDATE content SET {values} WHERE slug = 'p-pia'");
                connection.execute_unprepared(&statement).await.unwrap();
            };
            set(change).await;
            assert!(shown(&server, "okonjo", "i-partner").await.is_empty(), "{change}");
            // Other keywords of the item stay.
            let partner = [keywords("World <mark>Grain</mark> Union"), keywords("Grain")];
            assert_eq!(shown(&server, "grain", "i-partner").await, partner, "{change}");
            set(back).await;
            assert_eq!(shown(&server, "okonjo", "i-partner").await, named, "{back}");
        }
        let prefix = "{ suggest(prefix: \"quinoa\") { text } }";
        assert_eq!(server.query(prefix).await.data()["suggest"], json!([{ "text": "Quinoa harvest" }]));
        assert_eq!(shown(&server, "quinoa", "l-title").await.len(), 2);
        connection
            .execute_unprepared("UPDATE content SET revision = 2, title = 'Renamed' WHERE slug = 'l-title'")
            .await
            .unwrap();
        assert!(shown(&server, "quinoa", "l-title").await.is_empty());
        assert_eq!(server.query(prefix).await.data()["suggest"], json!([]));
    }

    async fn a_click_on_what_does_not_exist_is_not_counted(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        server.import(&[Item::new("lesson", "l-title", "Quinoa harvest", json!({}))]);
        server.wait_for_index().await;
        let answer = server.query("{ search(query: \"quinoa\") { nodes { id } } }").await;
        let id = answer.data()["search"]["nodes"][0]["id"].clone();
        let click = async |content: Value| {
            let input = json!({ "query": "quinoa", "content": content });
            server.mutate(None, "reportSearchClick", "counted", input).await
        };
        assert_eq!(click(id).await["counted"], true);
        let unknown = click(json!("lesson_00000000000000000000000000")).await;
        assert_eq!(unknown["counted"], false);
        assert_eq!(
            (&unknown["errors"][0]["code"], &unknown["errors"][0]["path"]),
            (&json!("NOT_FOUND"), &json!(["input", "content"]))
        );
    }

    async fn a_language_finds_its_varieties_and_what_it_falls_back_to(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let lesson = |slug: &str, language: &str| Item::new("lesson", slug, "Wombat", json!({ "language": language }));
        server.import(&[
            lesson("plain", "fr"),
            lesson("canada", "fr-CA"),
            lesson("france", "fr-FR"),
            lesson("taiwan", "zh-Hant-TW"),
            lesson("english", "en"),
        ]);
        server.wait_for_index().await;
        for (languages, expected) in [
            (json!(["fr"]), &["canada", "france", "plain"][..]),
            (json!(["fr-CA"]), &["canada", "plain"]),
            (json!(["fr-ca"]), &["canada", "plain"]),
            (json!(["fr-BE"]), &["plain"]),
            (json!(["zh-Hant"]), &["taiwan"]),
            (json!(["zh"]), &["taiwan"]),
            (json!(["zh-Hans"]), &[]),
            (json!(["en-GB", "fr-FR"]), &["english", "france", "plain"]),
        ] {
            let hits = search(&server, "wombat", json!({ "languages": languages }), "RELEVANCE").await;
            assert_eq!(sorted_slugs(&hits["edges"]), expected, "search {languages}");
            let ask = "query($languages: [LanguageTag!]) { lessons(filter: { languages: $languages }) { totalCount nodes { slug } } }";
            let listed = server.ask(ask, json!({ "languages": languages })).await;
            assert_eq!(sorted_slugs(&listed.data()["lessons"]), expected, "list {languages}");
        }
        let all = search(&server, "wombat", Value::Null, "RELEVANCE").await;
        let facet = all["facets"].as_array().unwrap().iter().find(|facet| facet["name"] == "languages").unwrap();
        let mut counts: Vec<(&str, u64)> = facet["values"].as_array().unwrap().iter()
            .map(|one| (one["value"].as_str().unwrap(), one["count"].as_u64().unwrap()))
            .collect();
        counts.sort_unstable();
        assert_eq!(counts, [("en", 1), ("fr", 3), ("fr-CA", 1), ("fr-FR", 1), ("zh", 1), ("zh-Hant", 1), ("zh-Hant-TW", 1)]);
    }

    async fn content_is_found_by_other_names_of_its_countries_and_by_what_it_is_measured_by(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let lesson = |slug: &str, country: &str| Item::new("lesson", slug, "Wombat", json!({ "countries": [country] }));
        let mortality = json!({ "indicators": [{ "indicator": "mortality" }] });
        server.import(&[
            Item::reference("indicator", "mortality", json!({ "name": "Under-five mortality rate" })),
            Item::new("initiative", "plan", "A plan", mortality),
            lesson("korea", "KR"), lesson("sudan", "SS"), lesson("congo", "CD"), lesson("states", "US"), lesson("ivory", "CI"),
            lesson("africa", "ZA"),
        ]);
        server.wait_for_index().await;
        for (query, expected) in [
            ("South Korea", "korea"), ("corée du sud", "korea"), ("DRC", "congo"), ("usa wombat", "states"),
            ("Ivory Coast", "ivory"), ("South Africa", "africa"), ("Under-five mortality rate", "plan"),
        ] {
            let hits = search(&server, query, Value::Null, "RELEVANCE").await;
            assert_eq!(slugs(&hits["edges"]), [expected], "{query}");
        }
    }

    async fn the_cursor_of_a_search_is_refused_by_another_one(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let items: Vec<Item> = (0..4)
            .map(|number| Item::new("lesson", &format!("l-{number}"), "Wombat burrows", json!({ "countries": ["NP"] })))
            .collect();
        server.import(&items);
        server.wait_for_index().await;
        let page = async |query: &str, filter: Value, sort: &str, first: u32, after: &Value| {
            let variables = json!({ "query": query, "filter": filter, "sort": sort, "first": first, "after": after });
            server.ask(SEARCH, variables).await
        };
        let nepal = json!({ "countries": ["NP"] });
        let first = page("wombat", nepal.clone(), "RELEVANCE", 2, &Value::Null).await;
        let first = &first.data()["search"];
        let cursor = &first["pageInfo"]["endCursor"];
        // The page may be larger, and white space around the words is none of them.
        let rest = page(" wombat ", nepal.clone(), "RELEVANCE", 3, cursor).await;
        let rest = &rest.data()["search"];
        let mut seen = [slugs(&first["edges"]), slugs(&rest["edges"])].concat();
        seen.sort();
        assert_eq!(seen, ["l-0", "l-1", "l-2", "l-3"]);
        for (query, filter, sort) in [
            ("burrows", nepal.clone(), "RELEVANCE"),
            ("wombat", Value::Null, "RELEVANCE"),
            ("wombat", json!({ "countries": ["NP", "PE"] }), "RELEVANCE"),
            ("wombat", nepal.clone(), "NEWEST"),
        ] {
            let answer = page(query, filter.clone(), sort, 2, cursor).await;
            assert!(answer.refusal("INVALID_CURSOR").contains("same arguments"), "{query} {filter} {sort}");
        }
    }

    async fn versions_for_children_are_a_facet_with_labels(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        server.import(&collection());
        server.wait_for_index().await;
        for filter in [Value::Null, json!({ "childFriendly": true }), json!({ "childFriendly": false })] {
            let found = search(&server, "almanac", filter.clone(), "RELEVANCE").await;
            let comic = facet(&found, "childFriendly", "true");
            assert_eq!(
                (&comic["count"], &comic["label"], &comic["fr"]),
                (&json!(1), &json!("Version for children"), &json!("Version pour enfants")),
                "{filter}"
            );
            let others = search(&server, "almanac", json!({ "childFriendly": false }), "RELEVANCE").await;
            assert_eq!(facet(&found, "childFriendly", "false")["count"], others["totalCount"], "{filter}");
        }
    }
}
