//! Reading content and vocabularies: by id and by slug, along every relation, with revisions, strength and texts.

use praxis_tests::{Answer, Item, Options, Server, on_both_databases, sample_collection, slugs, sorted_slugs};
use serde_json::{Value, json};

/// The kinds: the list of the API, the kind in bundles, the value of `ContentKind` and the type.
const KINDS: [(&str, &str, &str, &str); 6] = [
    ("practitioners", "practitioner", "PRACTITIONER", "Practitioner"),
    ("organizations", "organization", "ORGANIZATION", "Organization"),
    ("initiatives", "initiative", "INITIATIVE", "Initiative"),
    ("evidence", "evidence", "EVIDENCE", "Evidence"),
    ("lessons", "lesson", "LESSON", "Lesson"),
    ("resources", "resource", "RESOURCE", "Resource"),
];

const NODES: &str = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Content { slug title } } }";

/// Every item of a list, page by page.
async fn everything(server: &Server, list: &str) -> Vec<Value> {
    let query = format!(
        "query($after: String) {{ {list}(first: 100, after: $after) {{
            nodes {{ __typename id slug title }} pageInfo {{ hasNextPage endCursor }} }} }}"
    );
    let mut found = Vec::new();
    let mut after = Value::Null;
    loop {
        let answer = server.ask(&query, json!({ "after": after })).await;
        let page = &answer.data()[list];
        found.extend(page["nodes"].as_array().unwrap().iter().cloned());
        if page["pageInfo"]["hasNextPage"] == false {
            return found;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

fn ids(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["id"].as_str().unwrap()).collect()
}

/// The same id with its last characters changed, so that nothing has it.
fn unknown(id: &str) -> String {
    let (start, end) = id.split_at(id.len() - 6);
    let other = if end == "000000" { "111111" } else { "000000" };
    format!("{start}{other}")
}

on_both_databases! {
    async fn everything_is_found_by_its_id_and_content_by_its_slug_too(backend: Backend) {
        let server = Server::start(Options::sample(backend)).await;
        let files = sample_collection();
        for (list, kind, value, name) in KINDS {
            let found = everything(&server, list).await;
            let mut expected: Vec<&str> =
                files.iter().filter(|item| item.kind == kind).map(|item| item.slug.as_str()).collect();
            expected.sort_unstable();
            assert_eq!(sorted_slugs(&json!(found)), expected, "{list}");
            for chunk in found.chunks(100) {
                let answer = server.ask(NODES, json!({ "ids": ids(chunk) })).await;
                assert_eq!(answer.data()["nodes"], json!(chunk));
                assert!(chunk.iter().all(|item| item["__typename"] == name));
            }
            for item in found.iter().take(10) {
                let answer = server
                    .ask(
                        "query($kind: ContentKind!, $slug: String!) { content(kind: $kind, slug: $slug) {
                            __typename id slug title status revision url } }",
                        json!({ "kind": value, "slug": item["slug"] }),
                    )
                    .await;
                let content = &answer.data()["content"];
                for field in ["__typename", "id", "slug", "title"] {
                    assert_eq!(content[field], item[field]);
                }
                assert_eq!(content["status"], "PUBLISHED");
                assert_eq!(content["revision"], 1);
                assert_eq!(content["url"], format!("{}/{kind}/{}", server.url, item["slug"].as_str().unwrap()));
            }
        }
        a_slug_of_another_kind_is_not_found(&server).await;
        nodes_keeps_the_order_of_its_ids(&server).await;
        ids_that_are_none_are_refused(&server).await;
        vocabularies(&server).await;
    }

    async fn relations_are_read_in_both_directions(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        server.import(&related());
        an_initiative_shows_who_and_what_belongs_to_it(&server).await;
        evidence_and_lessons_lead_to_each_other(&server).await;
        organizations_and_practitioners_lead_to_what_they_did(&server).await;
        resources_lead_to_their_versions_and_to_what_cites_them(&server).await;
    }

    async fn strength_follows_the_documented_rule_and_says_why(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        server.import(&appraised());
        // Design + 4 × (score − 1) for each principle; of several appraisals the median of each principle.
        let account = "Study design: practice account, 6 of 40 points.";
        let none = "No appraisal yet: emerging at most, until a reviewer has appraised it.";
        for (slug, level, score) in [
            ("account", "ANECDOTAL", 6),
            ("review", "EMERGING", 40),
            ("record-low", "ANECDOTAL", 24),
            ("record-2", "EMERGING", 28),
            ("monitoring-mixed", "MODERATE", 16 + 4 + 8 + 12 + 4 + 8),
            ("randomized-3", "STRONG", 36 + 40),
            ("case-all-4", "MODERATE", 12 + 60),
            ("review-all-4", "STRONG", 100),
            // The medians are 2, 2.5, 3, 1.5 and 4.
            ("medians", "MODERATE", 24 + 4 + 6 + 8 + 2 + 12),
        ] {
            let answer = server
                .ask(
                    "query($slug: String!) { content(kind: EVIDENCE, slug: $slug) { ... on Evidence {
                        strength { level score reasons } } } }",
                    json!({ "slug": slug }),
                )
                .await;
            let strength = &answer.data()["content"]["strength"];
            assert_eq!(strength["level"], level, "{slug}: {strength}");
            assert_eq!(strength["score"], score, "{slug}: {strength}");
            match slug {
                "account" => assert_eq!(strength["reasons"], json!([account, none])),
                "medians" => assert_eq!(
                    strength["reasons"],
                    json!([
                        "Study design: before–after measurement, 24 of 40 points.",
                        "Voice and inclusion: 2 of 4, median of 2 appraisals, 4 of 12 points.",
                        "Appropriateness: 2.5 of 4, median of 2 appraisals, 6 of 12 points.",
                        "Triangulation: 3 of 4, median of 2 appraisals, 8 of 12 points.",
                        "Contribution: 1.5 of 4, median of 2 appraisals, 2 of 12 points.",
                        "Transparency: 4 of 4, median of 2 appraisals, 12 of 12 points.",
                    ])
                ),
                _ => {}
            }
        }
        let answer = server.query("{ content(kind: EVIDENCE, slug: \"medians\") { ... on Evidence { appraisals {
            reviewer voiceAndInclusion appropriateness triangulation contribution transparency rationale appraisedAt
        } } } }").await;
        assert_eq!(
            answer.data()["content"]["appraisals"][0],
            json!({
                "reviewer": "Reviewer 0", "voiceAndInclusion": 1, "appropriateness": 2, "triangulation": 3,
                "contribution": 1, "transparency": 4, "rationale": "Because.", "appraisedAt": "2024-05-01T00:00:00Z",
            })
        );
    }

    async fn revisions_are_kept_and_summaries_are_rendered_safely(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let summary = "A **bold** claim.\n\n<script>alert(1)</script>\n\n[click](javascript:alert(2)) \
            <b onerror=alert(3)>bold</b> [good](https://example.org/) <b onclick=\"alert(4)\">raw</b>";
        server.import(&[Item::new("resource", "report", "First", json!({ "summary": summary }))]);
        let read = || async {
            let answer = server.query("{ content(kind: RESOURCE, slug: \"report\") {
                id title summary summaryHtml revision publishedAt updatedAt
                revisions(first: 1) { totalCount nodes { number document } pageInfo { hasNextPage endCursor } }
                all: revisions { nodes { number createdAt document } } } }").await;
            answer.data()["content"].clone()
        };
        let first = read().await;
        assert_eq!(first["summary"], summary);
        let html = first["summaryHtml"].as_str().unwrap();
        assert!(html.contains("<strong>bold</strong>"), "{html}");
        assert!(html.contains("href=\"https://example.org/\""), "{html}");
        for unsafe_part in ["<script", "javascript:", "onerror", "onclick"] {
            assert!(!html.contains(unsafe_part), "{html}");
        }
        assert_eq!(first["revision"], 1);
        assert_eq!(first["publishedAt"], first["updatedAt"]);

        server.import(&[Item::new("resource", "report", "Second", json!({}))]);
        let second = read().await;
        assert_eq!((&second["id"], &second["title"], &second["revision"]), (&first["id"], &json!("Second"), &json!(2)));
        assert_eq!((&second["summary"], &second["summaryHtml"]), (&Value::Null, &Value::Null));
        assert_eq!(second["publishedAt"], first["publishedAt"]);
        assert!(second["updatedAt"].as_str().unwrap() > first["updatedAt"].as_str().unwrap());
        assert_eq!(second["revisions"]["totalCount"], 2);
        assert_eq!(second["revisions"]["nodes"][0]["number"], 2);
        assert_eq!(second["revisions"]["pageInfo"]["hasNextPage"], true);
        let all = second["all"]["nodes"].as_array().unwrap();
        assert_eq!(all.iter().map(|one| one["number"].as_i64().unwrap()).collect::<Vec<_>>(), [2, 1]);
        let document: Value = serde_json::from_str(all[1]["document"].as_str().unwrap()).unwrap();
        assert_eq!(document["resource"]["title"], "First");
        assert_eq!(document["resource"]["summary"], summary);

        server.import(&[Item::new("resource", "report", "Second", json!({}))]);
        assert_eq!(read().await, second, "importing the same again changes nothing");
    }

    async fn a_slug_with_a_control_character_is_nothing_that_exists(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let answer = server.ask(
            "query($slug: String!) { content(kind: LESSON, slug: $slug) { id } }", json!({ "slug": "a\u{0}b" }),
        ).await;
        assert!(!answer.codes().contains(&"INTERNAL"), "{}", answer.body);
    }
}

async fn a_slug_of_another_kind_is_not_found(server: &Server) {
    let answer = server
        .query(
            "{ a: content(kind: LESSON, slug: \"save-the-children\") { id } b: content(kind: ORGANIZATION, slug: \
             \"save-the-children\") { id } c: content(kind: LESSON, slug: \"\") { id } }",
        )
        .await;
    assert_eq!(answer.data()["a"], Value::Null);
    assert_eq!(answer.data()["c"], Value::Null);
    assert!(
        answer.data()["b"]["id"]
            .as_str()
            .unwrap()
            .starts_with("organization_01")
    );
}

async fn nodes_keeps_the_order_of_its_ids(server: &Server) {
    let answer = server
        .query("{ lessons(first: 2) { nodes { id } } resources(first: 1) { nodes { id } } themes { id } }")
        .await;
    let data = answer.data();
    let one = data["lessons"]["nodes"][0]["id"].as_str().unwrap();
    let other = data["lessons"]["nodes"][1]["id"].as_str().unwrap();
    let resource = data["resources"]["nodes"][0]["id"].as_str().unwrap();
    let theme = data["themes"][0]["id"].as_str().unwrap();
    let asked = [other, &unknown(one), theme, resource, one, other, &unknown(theme)];
    let answer = server.ask(NODES, json!({ "ids": asked })).await;
    let found: Vec<_> = answer.data()["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["id"].as_str())
        .collect();
    assert_eq!(
        found,
        [
            Some(other),
            None,
            Some(theme),
            Some(resource),
            Some(one),
            Some(other),
            None
        ]
    );
    // What has the key of something of another kind is nothing.
    let mixed = one.replace("lesson_", "initiative_");
    let answer = server
        .ask("query($id: ID!) { node(id: $id) { id } }", json!({ "id": mixed }))
        .await;
    assert_eq!(answer.data()["node"], Value::Null);
    let answer = server.ask(NODES, json!({ "ids": vec![one; 101] })).await;
    assert!(answer.refusal("BAD_REQUEST").contains("100"));
    assert_eq!(server.ask(NODES, json!({ "ids": [] })).await.data()["nodes"], json!([]));
}

async fn ids_that_are_none_are_refused(server: &Server) {
    for id in [
        "",
        "lesson",
        "lesson_",
        "lesson_01h2xcejqtf2nbrexx3vqjhp4",
        "lesson_01H2XCEJQTF2NBREXX3VQJHP41",
        "lesson_81h2xcejqtf2nbrexx3vqjhp41",
        "poem_01h2xcejqtf2nbrexx3vqjhp41",
        "language_01h2xcejqtf2nbrexx3vqjhp41",
        "leçon_01h2xcejqtf2nbrexx3vqjhp41",
        "lesson_01h2xcejqtf2nbrexx3vqjhp41 ",
        "a\u{0}b",
        "018f3f66-8a5c-7c3e-9d0e-000000000000",
    ] {
        for query in [
            "query($id: ID!) { node(id: $id) { id } }",
            "query($id: ID!) { nodes(ids: [$id]) { id } }",
            "query($id: ID!) { similar(id: $id) { id } }",
            "query($id: ID!) { trail(from: $id) { truncated } }",
        ] {
            let answer = server.ask(query, json!({ "id": id })).await;
            assert!(
                answer.refusal("INVALID_ID").contains("is not an id of this API"),
                "{id:?}"
            );
        }
    }
    let answer = server
        .query(
            "{ themes { id } instruments { id } countries { id } regions { id } lessons(first: 1) { nodes { id } } }",
        )
        .await;
    for (list, name) in [
        ("themes", "theme"),
        ("instruments", "instrument"),
        ("countries", "country"),
        ("regions", "region"),
    ] {
        let id = answer.data()[list][0]["id"].as_str().unwrap();
        for field in ["similar(id: $id) { id }", "trail(from: $id) { truncated }"] {
            let refused = server
                .ask(&format!("query($id: ID!) {{ {field} }}"), json!({ "id": id }))
                .await;
            let message = refused.refusal("WRONG_ID_TYPE");
            assert!(message.contains(&format!("the id of a {name}")), "{message}");
        }
    }
    let gone = unknown(answer.data()["lessons"]["nodes"][0]["id"].as_str().unwrap());
    for field in ["similar(id: $id) { id }", "trail(from: $id) { truncated }"] {
        let refused = server
            .ask(&format!("query($id: ID!) {{ {field} }}"), json!({ "id": gone }))
            .await;
        assert!(refused.refusal("NOT_FOUND").contains(&gone));
    }
}

async fn vocabularies(server: &Server) {
    let answer = server
        .query(
            "{ themes { __typename id slug notation broader { slug } narrower { slug } crcArticles sdgTargets }
               instruments { __typename id slug label }
               countries { __typename id code name es: name(language: \"es\") fr: name(language: \"fr\")
                 ar: name(language: \"ar\") none: name(language: \"tlh\") region { code } }
               regions { __typename id code name broader { code } narrower { code } }
               languages { tag name autonym } }",
        )
        .await;
    let data = answer.data();
    for list in ["themes", "instruments", "countries", "regions"] {
        let items = data[list].as_array().unwrap();
        for chunk in items.chunks(100) {
            let nodes = server.ask(NODES, json!({ "ids": ids(chunk) })).await;
            assert_eq!(ids(nodes.data()["nodes"].as_array().unwrap()), ids(chunk));
            assert_eq!(nodes.data()["nodes"][0]["__typename"], chunk[0]["__typename"]);
        }
    }
    let find = |list: &str, field: &str, value: &str| {
        let found = data[list].as_array().unwrap().iter().find(|one| one[field] == value);
        found.unwrap_or_else(|| panic!("{list} has {value}")).clone()
    };
    let marriage = find("themes", "slug", "child-marriage");
    assert_eq!(marriage["notation"], "5.6.1");
    assert_eq!(marriage["broader"]["slug"], "harmful-practices");
    assert_eq!(marriage["crcArticles"], json!([1, 19, 24]));
    assert_eq!(marriage["sdgTargets"], json!(["5.3"]));
    assert_eq!(
        find("themes", "slug", "general-measures-of-implementation")["broader"],
        Value::Null
    );
    for theme in data["themes"].as_array().unwrap() {
        for narrower in slugs(&theme["narrower"]) {
            assert_eq!(find("themes", "slug", &narrower)["broader"]["slug"], theme["slug"]);
        }
        if let Some(broader) = theme["broader"]["slug"].as_str() {
            let siblings = slugs(&find("themes", "slug", broader)["narrower"]);
            assert!(siblings.contains(&theme["slug"].as_str().unwrap().to_owned()));
        }
    }
    let zambia = find("countries", "code", "ZM");
    assert_eq!(
        (&zambia["name"], &zambia["fr"], &zambia["ar"], &zambia["none"]),
        (&json!("Zambia"), &json!("Zambie"), &json!("زامبيا"), &json!("Zambia"))
    );
    assert_eq!(find("countries", "code", "PE")["es"], "Perú");
    assert_eq!(zambia["region"]["code"], "014");
    assert_eq!(
        find("regions", "code", "014")["broader"]["code"],
        "202",
        "Eastern Africa lies in Sub-Saharan Africa"
    );
    let world = find("regions", "code", "001");
    assert_eq!(world["broader"], Value::Null);
    assert_eq!(world["narrower"].as_array().unwrap().len(), 5);
    assert_eq!(
        find("languages", "tag", "fr"),
        json!({ "tag": "fr", "name": "French", "autonym": "français" })
    );
    let answer = server
        .query("{ regions { code countries { code region { code } } } }")
        .await;
    let regions = answer.data()["regions"].as_array().unwrap();
    let countries_of = |code: &str| {
        let region = regions.iter().find(|region| region["code"] == code).unwrap();
        region["countries"].as_array().unwrap().clone()
    };
    assert_eq!(countries_of("001").len(), data["countries"].as_array().unwrap().len());
    assert!(
        countries_of("034")
            .iter()
            .all(|country| country["region"]["code"] == "034")
    );
    let named: Vec<_> = countries_of("034")
        .iter()
        .map(|country| country["code"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(named, ["AF", "BD", "BT", "IN", "IR", "LK", "MV", "NP", "PK"]);
    assert!(countries_of("002").iter().any(|country| country["code"] == "ZM"));
}

/// A small collection in which every relation occurs.
fn related() -> Vec<Item> {
    let cited = |locator: &str| json!([{ "resource": "report", "locator": locator, "note": "As printed." }]);
    vec![
        Item::new(
            "organization",
            "alliance",
            "Alliance",
            json!({
                "kind": "COALITION", "acronym": "ALL", "website": "https://alliance.example/", "memberCount": 9,
                "members": [
                    { "organization": "alpha", "from": "2001-01-01", "to": "2003-01-01" },
                    { "organization": "beta" },
                    { "organization": "alpha", "from": "2010-01-01" },
                ],
            }),
        ),
        Item::new("organization", "alpha", "Alpha", json!({})),
        Item::new("organization", "beta", "Beta", json!({})),
        Item::new("organization", "ministry", "Ministry", json!({ "kind": "GOVERNMENT" })),
        Item::new(
            "practitioner",
            "pia",
            "Pia",
            json!({
                "headline": "Auditor", "languages": ["ne", "en"], "instruments": ["social-audit", "petition"],
                "affiliations": [
                    { "organization": "beta", "role": "Director", "from": "2010-01-01", "to": "2012-12-31" },
                    { "organization": "alpha" },
                ],
            }),
        ),
        Item::new("practitioner", "omar", "Omar", json!({})),
        Item::new("initiative", "origin", "Origin", json!({})),
        Item::new("initiative", "before", "Before", json!({})),
        Item::new(
            "initiative",
            "programme",
            "Programme",
            json!({ "partners": [{ "organization": "alpha", "role": "FUNDER" }] }),
        ),
        Item::new(
            "initiative",
            "work",
            "Work",
            json!({
                "themes": ["education", "child-marriage"], "countries": ["ZM", "NP"], "contributors": ["omar"],
                "citations": [
                    { "resource": "report", "locator": "p. 9" },
                    { "resource": "chapter" },
                    { "resource": "report", "locator": "p. 2", "note": "Annex." },
                ],
                "instruments": ["petition", "social-audit"], "level": "DISTRICT", "stage": "ACTIVE",
                "startedOn": "2012-05-01", "startedOnPrecision": "MONTH", "activities": "Much.", "adaptation": "Shorter.",
                "partners": [
                    { "organization": "ministry", "role": "TARGET_DUTY_BEARER" },
                    { "organization": "alpha", "role": "LEAD" },
                    { "organization": "alpha", "role": "FUNDER" },
                ],
                "people": [{ "practitioner": "pia", "role": "Trainer" }, { "practitioner": "omar" }],
                "participation": [{
                    "group": "CHILDREN", "count": 52, "ageFrom": 9, "ageTo": 17, "girls": 30, "boys": 22, "note": "Consulted.",
                }],
                "adaptedFrom": ["origin"], "partOf": ["programme"], "follows": ["before"],
            }),
        ),
        Item::new(
            "evidence",
            "finding",
            "Finding",
            json!({
                "initiatives": ["work"], "citations": cited("p. 1"), "limitations": "Small.",
                "measurements": [{
                    "metric": "Share", "baseline": 9.3, "endline": 11.3, "unit": "%", "numerator": 1, "denominator": 4,
                    "sampleSize": 20, "from": "2012-01-01", "to": "2013-12-31", "disaggregation": "sex",
                }],
            }),
        ),
        Item::new(
            "evidence",
            "counter",
            "Counter",
            json!({
                "initiatives": ["origin", "work"], "citations": cited("p. 5"), "direction": "PITFALL",
            }),
        ),
        Item::new(
            "lesson",
            "insight",
            "Insight",
            json!({
                "initiatives": ["work"], "supportedBy": ["finding"], "challengedBy": ["counter"], "contributors": ["pia"],
                "appliesWhere": "Here.", "appliesNotWhere": "There.",
            }),
        ),
        Item::new(
            "resource",
            "report",
            "Report",
            json!({
                "kind": "REPORT", "year": 2014, "license": "CC-BY-4.0", "link": "https://report.example/",
                "authors": ["pia"], "publishers": ["beta", "alpha"],
                "identifiers": [
                    { "scheme": "DOI", "value": "10.1000/182" }, { "scheme": "UN_SYMBOL", "value": "A/RES/66/138 Add" },
                    { "scheme": "HANDLE", "value": "1/2" }, { "scheme": "URL", "value": "https://id.example/1" },
                    { "scheme": "URL", "value": "javascript:alert(1)" }, { "scheme": "ISBN", "value": "978-3-16-148410-0" },
                ],
            }),
        ),
        Item::new("resource", "chapter", "Chapter", json!({ "partOf": ["report"] })),
        Item::new(
            "resource",
            "report-fr",
            "Rapport",
            json!({ "language": "fr", "translationOf": ["report"] }),
        ),
        Item::new(
            "resource",
            "report-kids",
            "For you",
            json!({ "childFriendlyVersionOf": ["report"] }),
        ),
        Item::new(
            "resource",
            "report-2",
            "Report 2",
            json!({ "newVersionOf": ["report"] }),
        ),
    ]
}

async fn read(server: &Server, kind: &str, slug: &str, fields: &str) -> Value {
    let (_, _, value, name) = KINDS.iter().find(|(_, one, ..)| *one == kind).unwrap();
    let query = format!("{{ content(kind: {value}, slug: \"{slug}\") {{ ... on {name} {{ {fields} }} }} }}");
    let answer: Answer = server.query(&query).await;
    answer.data()["content"].clone()
}

async fn an_initiative_shows_who_and_what_belongs_to_it(server: &Server) {
    let work = read(
        server,
        "initiative",
        "work",
        "themes { slug } countries { code } instruments { slug } level stage startedOn startedOnPrecision endedOn
         endedOnPrecision activities adaptation partners { role organization { slug } }
         people { role practitioner { slug } }
         participation { group count ageFrom ageTo girls boys note }
         contributors { nodes { slug } totalCount } citations { totalCount nodes { locator note resource { slug } } }
         adaptedFrom { nodes { slug } } adaptations { nodes { slug } } partOf { nodes { slug } }
         parts { nodes { slug } } follows { nodes { slug } } followedBy { nodes { slug } }
         evidence { totalCount nodes { slug } }
         pitfalls: evidence(filter: { directions: [PITFALL] }) { totalCount nodes { slug } }
         lessons { nodes { slug } } none: lessons(filter: { factors: [CHAMPIONS] }) { totalCount nodes { slug } }",
    )
    .await;
    assert_eq!(slugs(&work["themes"]), ["education", "child-marriage"]);
    assert_eq!(work["countries"], json!([{ "code": "ZM" }, { "code": "NP" }]));
    assert_eq!(slugs(&work["instruments"]), ["petition", "social-audit"]);
    assert_eq!((&work["level"], &work["stage"]), (&json!("DISTRICT"), &json!("ACTIVE")));
    assert_eq!(
        (&work["startedOn"], &work["startedOnPrecision"]),
        (&json!("2012-05-01"), &json!("MONTH"))
    );
    assert_eq!(
        (&work["endedOn"], &work["endedOnPrecision"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        (&work["activities"], &work["adaptation"]),
        (&json!("Much."), &json!("Shorter."))
    );
    assert_eq!(
        work["partners"],
        json!([
            { "role": "TARGET_DUTY_BEARER", "organization": { "slug": "ministry" } },
            { "role": "LEAD", "organization": { "slug": "alpha" } },
            { "role": "FUNDER", "organization": { "slug": "alpha" } },
        ])
    );
    assert_eq!(
        work["people"],
        json!([
            { "role": "Trainer", "practitioner": { "slug": "pia" } }, { "role": null, "practitioner": { "slug": "omar" } },
        ])
    );
    assert_eq!(
        work["participation"],
        json!([{
            "group": "CHILDREN", "count": 52, "ageFrom": 9, "ageTo": 17, "girls": 30, "boys": 22, "note": "Consulted.",
        }])
    );
    assert_eq!(
        work["contributors"],
        json!({ "nodes": [{ "slug": "omar" }], "totalCount": 1 })
    );
    assert_eq!(
        work["citations"],
        json!({ "totalCount": 3, "nodes": [
            { "locator": "p. 9", "note": null, "resource": { "slug": "report" } },
            { "locator": null, "note": null, "resource": { "slug": "chapter" } },
            { "locator": "p. 2", "note": "Annex.", "resource": { "slug": "report" } },
        ] })
    );
    assert_eq!(slugs(&work["adaptedFrom"]), ["origin"]);
    assert_eq!(slugs(&work["partOf"]), ["programme"]);
    assert_eq!(slugs(&work["follows"]), ["before"]);
    for none in ["adaptations", "parts", "followedBy", "none"] {
        assert_eq!(slugs(&work[none]), [""; 0], "{none}");
    }
    assert_eq!(sorted_slugs(&work["evidence"]), ["counter", "finding"]);
    assert_eq!(work["evidence"]["totalCount"], 2);
    assert_eq!(
        work["pitfalls"],
        json!({ "totalCount": 1, "nodes": [{ "slug": "counter" }] })
    );
    assert_eq!(work["none"]["totalCount"], 0);
    assert_eq!(slugs(&work["lessons"]), ["insight"]);
    for (slug, field) in [
        ("origin", "adaptations"),
        ("programme", "parts"),
        ("before", "followedBy"),
    ] {
        let other = read(server, "initiative", slug, &format!("{field} {{ nodes {{ slug }} }}")).await;
        assert_eq!(slugs(&other[field]), ["work"], "{slug}");
    }
}

async fn evidence_and_lessons_lead_to_each_other(server: &Server) {
    let finding = read(
        server,
        "evidence",
        "finding",
        "direction outcomeDomain studyDesign limitations initiatives { nodes { slug } } lessons { nodes { slug } }
         challengedLessons { nodes { slug } } citations { nodes { locator note resource { slug } } }
         measurements { metric baseline endline unit numerator denominator sampleSize from to disaggregation }",
    )
    .await;
    assert_eq!(
        finding["measurements"],
        json!([{
            "metric": "Share", "baseline": 9.3, "endline": 11.3, "unit": "%", "numerator": 1.0, "denominator": 4.0,
            "sampleSize": 20, "from": "2012-01-01", "to": "2013-12-31", "disaggregation": "sex",
        }])
    );
    assert_eq!(finding["limitations"], "Small.");
    assert_eq!(
        finding["citations"]["nodes"],
        json!([{ "locator": "p. 1", "note": "As printed.", "resource": { "slug": "report" } }])
    );
    assert_eq!(slugs(&finding["initiatives"]), ["work"]);
    assert_eq!(slugs(&finding["lessons"]), ["insight"]);
    assert_eq!(slugs(&finding["challengedLessons"]), [""; 0]);
    let counter = read(
        server,
        "evidence",
        "counter",
        "initiatives { totalCount nodes { slug } } lessons { nodes { slug } } challengedLessons { nodes { slug } }",
    )
    .await;
    assert_eq!(sorted_slugs(&counter["initiatives"]), ["origin", "work"]);
    assert_eq!(counter["initiatives"]["totalCount"], 2);
    assert_eq!(slugs(&counter["lessons"]), [""; 0]);
    assert_eq!(slugs(&counter["challengedLessons"]), ["insight"]);
    let insight = read(
        server,
        "lesson",
        "insight",
        "kind factor appliesWhere appliesNotWhere initiatives { nodes { slug } } supportedBy { nodes { slug } }
         challengedBy { nodes { slug } } contributors { nodes { slug } }",
    )
    .await;
    assert_eq!(
        insight,
        json!({
            "kind": "ENABLING_FACTOR", "factor": "FUNDING", "appliesWhere": "Here.", "appliesNotWhere": "There.",
            "initiatives": { "nodes": [{ "slug": "work" }] }, "supportedBy": { "nodes": [{ "slug": "finding" }] },
            "challengedBy": { "nodes": [{ "slug": "counter" }] }, "contributors": { "nodes": [{ "slug": "pia" }] },
        })
    );
}

async fn organizations_and_practitioners_lead_to_what_they_did(server: &Server) {
    let alliance = read(
        server,
        "organization",
        "alliance",
        "kind acronym website memberCount members { totalCount nodes { slug } } memberOf { nodes { slug } }",
    )
    .await;
    assert_eq!(
        (
            &alliance["kind"],
            &alliance["acronym"],
            &alliance["website"],
            &alliance["memberCount"]
        ),
        (
            &json!("COALITION"),
            &json!("ALL"),
            &json!("https://alliance.example/"),
            &json!(9)
        )
    );
    // Alpha was a member twice, and is one member.
    assert_eq!(sorted_slugs(&alliance["members"]), ["alpha", "beta"]);
    assert_eq!(alliance["members"]["totalCount"], 2);
    assert_eq!(slugs(&alliance["memberOf"]), [""; 0]);
    let alpha = read(
        server,
        "organization",
        "alpha",
        "memberOf { totalCount nodes { slug } } initiatives { totalCount nodes { slug } }
         leads: initiatives(role: LEAD) { totalCount nodes { slug } }
         funds: initiatives(role: FUNDER) { totalCount nodes { slug } }
         helps: initiatives(role: TECHNICAL_SUPPORT) { totalCount nodes { slug } } resources { nodes { slug } }",
    )
    .await;
    assert_eq!(
        alpha["memberOf"],
        json!({ "totalCount": 1, "nodes": [{ "slug": "alliance" }] })
    );
    assert_eq!(sorted_slugs(&alpha["initiatives"]), ["programme", "work"]);
    assert_eq!(alpha["initiatives"]["totalCount"], 2);
    assert_eq!(
        alpha["leads"],
        json!({ "totalCount": 1, "nodes": [{ "slug": "work" }] })
    );
    assert_eq!(sorted_slugs(&alpha["funds"]), ["programme", "work"]);
    assert_eq!(alpha["helps"], json!({ "totalCount": 0, "nodes": [] }));
    assert_eq!(slugs(&alpha["resources"]), ["report"]);
    let pia = read(
        server,
        "practitioner",
        "pia",
        "title displayName headline languages instruments { slug } initiatives { nodes { slug } }
         lessons { nodes { slug } } affiliations { role from to organization { slug } }",
    )
    .await;
    assert_eq!(
        pia,
        json!({
            "title": "Pia", "displayName": "Pia", "headline": "Auditor", "languages": ["ne", "en"],
            "instruments": [{ "slug": "social-audit" }, { "slug": "petition" }],
            "initiatives": { "nodes": [{ "slug": "work" }] }, "lessons": { "nodes": [{ "slug": "insight" }] },
            "affiliations": [
                { "role": "Director", "from": "2010-01-01", "to": "2012-12-31", "organization": { "slug": "beta" } },
                { "role": null, "from": null, "to": null, "organization": { "slug": "alpha" } },
            ],
        })
    );
}

async fn resources_lead_to_their_versions_and_to_what_cites_them(server: &Server) {
    let report = read(
        server,
        "resource",
        "report",
        "kind year license link authors { slug } publishers { slug } identifiers { scheme value url }
         translations { slug } translationOf { slug } childFriendlyVersions { slug } childFriendlyVersionOf { slug }
         newerVersions { slug } newVersionOf { slug }
         partOf { slug } parts { slug }
         citedBy { totalCount nodes { __typename slug } }",
    )
    .await;
    assert_eq!(
        (&report["kind"], &report["year"], &report["license"], &report["link"]),
        (
            &json!("REPORT"),
            &json!(2014),
            &json!("CC-BY-4.0"),
            &json!("https://report.example/")
        )
    );
    assert_eq!(slugs(&report["authors"]), ["pia"]);
    assert_eq!(slugs(&report["publishers"]), ["beta", "alpha"]);
    let urls: Vec<_> = report["identifiers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["url"].as_str())
        .collect();
    assert_eq!(
        urls,
        [
            Some("https://doi.org/10.1000/182"),
            Some("https://undocs.org/A/RES/66/138%20Add"),
            Some("https://hdl.handle.net/1/2"),
            Some("https://id.example/1"),
            None,
            None,
        ]
    );
    for (field, expected) in [
        ("translations", "report-fr"),
        ("childFriendlyVersions", "report-kids"),
        ("newerVersions", "report-2"),
        ("parts", "chapter"),
    ] {
        assert_eq!(slugs(&report[field]), [expected], "{field}");
    }
    assert_eq!((&report["translationOf"], &report["partOf"]), (&json!([]), &json!([])));
    // The initiative cites it twice and is listed once.
    assert_eq!(sorted_slugs(&report["citedBy"]), ["counter", "finding", "work"]);
    assert_eq!(report["citedBy"]["totalCount"], 3);
    for (slug, field) in [("report-kids", "childFriendlyVersionOf"), ("report-2", "newVersionOf")] {
        let version = read(server, "resource", slug, &format!("{field} {{ slug }}")).await;
        assert_eq!(slugs(&version[field]), ["report"], "{field}");
        assert_eq!(report[field], json!([]), "{field}");
    }
    let french = read(server, "resource", "report-fr", "translationOf { slug }").await;
    assert_eq!(slugs(&french["translationOf"]), ["report"]);
    let chapter = read(
        server,
        "resource",
        "chapter",
        "partOf { slug } citedBy { nodes { slug } }",
    )
    .await;
    assert_eq!(slugs(&chapter["partOf"]), ["report"]);
    assert_eq!(slugs(&chapter["citedBy"]), ["work"]);
}

/// Findings of several designs with several appraisals.
fn appraised() -> Vec<Item> {
    let finding = |slug: &str, design: &str, appraisals: &[[i32; 5]]| {
        let appraisals: Vec<Value> = appraisals
            .iter()
            .enumerate()
            .map(|(index, [voice, fit, triangulation, contribution, transparency])| {
                json!({
                    "reviewer": format!("Reviewer {index}"), "voiceAndInclusion": voice, "appropriateness": fit,
                    "triangulation": triangulation, "contribution": contribution, "transparency": transparency,
                    "rationale": "Because.", "appraisedAt": "2024-05-01T00:00:00Z",
                })
            })
            .collect();
        Item::new(
            "evidence",
            slug,
            slug,
            json!({
                "studyDesign": design, "appraisals": appraisals,
                "citations": [{ "resource": "source", "locator": "p. 1" }],
            }),
        )
    };
    vec![
        Item::new("resource", "source", "Source", json!({})),
        finding("account", "PRACTICE_ACCOUNT", &[]),
        finding("review", "SYSTEMATIC_REVIEW", &[]),
        finding("record-low", "LEGAL_OR_POLICY_RECORD", &[[1; 5]]),
        finding("record-2", "LEGAL_OR_POLICY_RECORD", &[[2, 1, 1, 1, 1]]),
        finding("monitoring-mixed", "MONITORING_DATA", &[[2, 3, 4, 2, 3]]),
        finding("randomized-3", "RANDOMIZED", &[[3; 5]]),
        finding("case-all-4", "CASE_STUDY", &[[4; 5]]),
        finding("review-all-4", "SYSTEMATIC_REVIEW", &[[4; 5]]),
        finding("medians", "BEFORE_AFTER", &[[1, 2, 3, 1, 4], [3, 3, 3, 2, 4]]),
    ]
}
