//! Filters of lists: each alone, combined, and what they answer to values that do not exist.

use praxis_tests::{Item, Options, Server, on_both_databases, sorted_slugs};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

fn collection() -> Vec<Item> {
    let translated = |language: &str| json!([{ "language": language, "title": "Other" }]);
    let cited = json!([{ "resource": "r-report", "locator": "p. 1" }]);
    let appraisals = |score: i32| {
        json!([{
            "voiceAndInclusion": score, "appropriateness": score, "triangulation": score, "contribution": score,
            "transparency": score, "rationale": "Because.", "appraisedAt": "2024-01-01T00:00:00Z",
        }])
    };
    let took_part = |group: &str, count: i32| json!([{ "group": group, "count": count }]);
    vec![
        Item::new(
            "lesson",
            "l-school",
            "School",
            json!({
                "themes": ["education"], "countries": ["NP"], "translations": translated("pt-BR"),
            }),
        ),
        Item::new(
            "lesson",
            "l-marriage",
            "Mariage",
            json!({
                "themes": ["child-marriage"], "countries": ["ZM"], "language": "fr", "kind": "BOTTLENECK", "factor": "CHAMPIONS",
            }),
        ),
        Item::new(
            "lesson",
            "l-harm",
            "Dano",
            json!({
                "themes": ["harmful-practices"], "countries": ["ZM", "PE"], "language": "pt-BR", "kind": "BOTTLENECK",
            }),
        ),
        Item::new(
            "lesson",
            "l-plain",
            "Plain",
            json!({ "translations": translated("pt"), "factor": "COORDINATION" }),
        ),
        Item::new(
            "organization",
            "o-coalition",
            "C",
            json!({ "kind": "COALITION", "themes": ["education"] }),
        ),
        Item::new(
            "organization",
            "o-funder",
            "F",
            json!({ "kind": "FUNDER", "countries": ["PE"] }),
        ),
        Item::new(
            "organization",
            "o-media",
            "M",
            json!({ "kind": "MEDIA", "countries": ["PE"] }),
        ),
        Item::new(
            "practitioner",
            "p-teacher",
            "T",
            json!({ "themes": ["education"], "countries": ["NP"] }),
        ),
        Item::new("practitioner", "p-other", "O", json!({})),
        Item::new(
            "initiative",
            "i-planned",
            "P",
            json!({
                "instruments": ["petition"], "level": "COMMUNITY", "stage": "SUSPENDED", "startedOn": "2011-06-15",
                "endedOn": "2012-01-01", "participation": took_part("CHILDREN", 5), "themes": ["education"],
            }),
        ),
        Item::new(
            "initiative",
            "i-active",
            "A",
            json!({
                "stage": "ACTIVE", "startedOn": "2012-12-31", "participation": took_part("ADULTS", 4), "countries": ["NP"],
            }),
        ),
        Item::new(
            "initiative",
            "i-done",
            "D",
            json!({
                "instruments": ["social-audit", "petition"], "level": "GLOBAL", "startedOn": "2013-01-01",
                "startedOnPrecision": "YEAR", "endedOn": "2013-12-31",
            }),
        ),
        Item::new("initiative", "i-undated", "U", json!({ "endedOn": "2012-06-30" })),
        Item::new(
            "evidence",
            "e-anecdote",
            "An",
            json!({
                "citations": cited, "studyDesign": "PRACTICE_ACCOUNT", "initiatives": ["i-planned"],
            }),
        ),
        Item::new(
            "evidence",
            "e-emerging",
            "Em",
            json!({
                "citations": cited, "studyDesign": "RANDOMIZED", "direction": "PITFALL", "themes": ["child-marriage"],
            }),
        ),
        Item::new(
            "evidence",
            "e-moderate",
            "Mo",
            json!({
                "citations": cited, "studyDesign": "MONITORING_DATA", "outcomeDomain": "EQUITY", "direction": "MIXED",
                "appraisals": appraisals(3), "initiatives": ["i-done"],
            }),
        ),
        Item::new(
            "evidence",
            "e-strong",
            "St",
            json!({
                "citations": cited, "studyDesign": "SYSTEMATIC_REVIEW", "outcomeDomain": "AWARENESS", "direction": "NO_EFFECT",
                "appraisals": appraisals(4), "initiatives": ["i-active", "i-done"],
            }),
        ),
        Item::new(
            "resource",
            "r-report",
            "R",
            json!({ "kind": "REPORT", "year": 2010, "license": "CC-BY-4.0" }),
        ),
        Item::new(
            "resource",
            "r-guide",
            "G",
            json!({ "kind": "GUIDE", "year": 2012, "license": "CC0-1.0" }),
        ),
        Item::new(
            "resource",
            "r-comic",
            "C",
            json!({ "kind": "CHILD_FRIENDLY", "year": 2014, "license": "CC-BY-4.0" }),
        ),
        Item::new(
            "resource",
            "r-video",
            "V",
            json!({ "kind": "VIDEO", "childFriendlyVersionOf": ["r-report"] }),
        ),
    ]
}

/// What a list holds with a filter, sorted by slug. The count agrees.
async fn found(server: &Server, list: &str, filter: &str) -> Vec<String> {
    let answer = server
        .query(&format!(
            "{{ {list}(filter: {filter}, first: 100) {{ totalCount nodes {{ slug }} }} }}"
        ))
        .await;
    let found = sorted_slugs(&answer.data()[list]);
    assert_eq!(answer.data()[list]["totalCount"], found.len(), "{list} {filter}");
    found
}

async fn holds(server: &Server, list: &str, cases: &[(&str, &[&str])]) {
    for (filter, expected) in cases {
        assert_eq!(found(server, list, filter).await, *expected, "{list} {filter}");
    }
}

const LESSONS: [&str; 4] = ["l-harm", "l-marriage", "l-plain", "l-school"];

on_both_databases! {
    async fn a_filter_keeps_what_it_names_and_nothing_else(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        server.import(&collection());
        what_all_kinds_share(&server).await;
        initiatives(&server).await;
        evidence(&server).await;
        organizations_lessons_and_resources(&server).await;
        what_does_not_exist_is_named_with_a_hint(&server).await;
        changed_after_a_moment(&server).await;
    }

    async fn what_is_hidden_is_neither_listed_nor_counted_nor_looked_through(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        server.import(&collection());
        assert_eq!(found(&server, "initiatives", "{ hasEvidence: true }").await, ["i-active", "i-done", "i-planned"]);
        hide(&server, "e-anecdote").await;
        hide(&server, "l-school").await;
        holds(&server, "initiatives", &[
            ("{ hasEvidence: true }", &["i-active", "i-done"]),
            ("{ hasEvidence: false }", &["i-planned", "i-undated"]),
        ]).await;
        holds(&server, "lessons", &[("{ themes: [\"education\"] }", &[]), ("{}", &LESSONS[..3])]).await;
        let answer = server.query(
            "{ content(kind: LESSON, slug: \"l-school\") { id }
               i: content(kind: INITIATIVE, slug: \"i-planned\") { ... on Initiative { evidence { totalCount nodes { id } } } } }",
        ).await;
        assert_eq!(answer.data()["content"], Value::Null);
        assert_eq!(answer.data()["i"]["evidence"], json!({ "totalCount": 0, "nodes": [] }));
    }

    async fn evidence_is_not_found_by_what_only_a_hidden_initiative_says(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        server.import(&collection());
        hide(&server, "i-planned").await;
        holds(&server, "evidence", &[("{ instruments: [\"petition\"] }", &["e-moderate", "e-strong"])]).await;
    }

    async fn the_case_of_a_language_tag_does_not_matter(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        server.import(&collection());
        holds(&server, "lessons", &[
            ("{ languages: [\"FR\"] }", &["l-marriage"]),
            ("{ languages: [\"pt-br\"] }", &["l-harm", "l-plain", "l-school"]),
        ]).await;
        let answer = server.query(
            "{ content(kind: LESSON, slug: \"l-school\") { title(language: \"PT-br\") } }"
        ).await;
        assert_eq!(answer.data()["content"]["title"], "Other");
    }

    async fn a_licence_with_a_control_character_is_none(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let answer = server.ask(
            "query($licenses: [String!]) { resources(filter: { licenses: $licenses }) { nodes { id } } }",
            json!({ "licenses": ["a\u{0}b"] }),
        ).await;
        assert!(!answer.codes().contains(&"INTERNAL"), "{}", answer.body);
    }

    async fn a_moment_far_away_is_answered_or_refused(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        server.import(&collection());
        for (moment, expected) in [("-262142-01-01T00:00:00Z", 4), ("+262142-01-01T00:00:00Z", 0)] {
            let answer = server.ask(
                "query($moment: DateTime) { lessons(filter: { updatedAfter: $moment }) { totalCount } }",
                json!({ "moment": moment }),
            ).await;
            if answer.codes() != ["BAD_REQUEST"] {
                assert_eq!(answer.data()["lessons"]["totalCount"], expected, "{moment}");
            }
        }
    }

    async fn the_last_moment_that_can_be_written_is_after_everything(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        server.import(&collection());
        let answer = server
            .query("{ lessons(filter: { updatedAfter: \"9999-12-31T23:59:59-12:00\" }) { totalCount } }")
            .await;
        // Refusing it is as good.
        if answer.codes() != ["BAD_REQUEST"] {
            assert_eq!(answer.data()["lessons"]["totalCount"], 0);
        }
    }

    async fn a_year_far_away_is_answered_alike_on_both_databases(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        server.import(&collection());
        let answer = server.query("{ initiatives(filter: { activeIn: 12000 }) { totalCount } }").await;
        // Refusing it is as good.
        if answer.codes() != ["BAD_REQUEST"] {
            assert_eq!(answer.data()["initiatives"]["totalCount"], 1);
        }
    }
}

async fn hide(server: &Server, slug: &str) {
    let connection = server.database.connect().await;
    let statement = format!("UPDATE content SET status = 'HIDDEN' WHERE slug = '{slug}'");
    let done = connection.execute_unprepared(&statement).await.unwrap();
    assert_eq!(done.rows_affected(), 1);
}

async fn what_all_kinds_share(server: &Server) {
    holds(
        server,
        "lessons",
        &[
            ("{}", &LESSONS),
            ("null", &LESSONS),
            (
                "{ themes: [], countries: [], regions: [], languages: [], kinds: [], factors: [] }",
                &LESSONS,
            ),
            ("{ themes: null, updatedAfter: null }", &LESSONS),
            ("{ themes: [\"education\"] }", &["l-school"]),
            ("{ themes: [\"child-marriage\"] }", &["l-marriage"]),
            ("{ themes: [\"harmful-practices\"] }", &["l-harm", "l-marriage"]),
            ("{ themes: [\"violence-against-children\"] }", &["l-harm", "l-marriage"]),
            (
                "{ themes: [\"education\", \"child-marriage\"] }",
                &["l-marriage", "l-school"],
            ),
            ("{ themes: \"education\" }", &["l-school"]),
            ("{ themes: [\"law-reform\"] }", &[]),
            ("{ countries: [\"ZM\"] }", &["l-harm", "l-marriage"]),
            ("{ countries: [\"PE\", \"NP\"] }", &["l-harm", "l-school"]),
            ("{ regions: [\"034\"] }", &["l-school"]),
            ("{ regions: [\"002\"] }", &["l-harm", "l-marriage"]),
            ("{ regions: [\"014\"] }", &["l-harm", "l-marriage"]),
            ("{ regions: [\"019\", \"142\"] }", &["l-harm", "l-school"]),
            ("{ regions: [\"001\"] }", &["l-harm", "l-marriage", "l-school"]),
            ("{ regions: [\"150\"] }", &[]),
            ("{ languages: [\"pt\"] }", &["l-harm", "l-plain", "l-school"]),
            ("{ languages: [\"pt-BR\"] }", &["l-harm", "l-plain", "l-school"]),
            ("{ languages: [\"pt-PT\"] }", &["l-plain"]),
            ("{ languages: [\"fr\"] }", &["l-marriage"]),
            (
                "{ languages: [\"fr\", \"en\"] }",
                &["l-marriage", "l-plain", "l-school"],
            ),
            ("{ languages: [\"fr-CA\"] }", &["l-marriage"]),
            (
                "{ themes: [\"harmful-practices\"], countries: [\"ZM\"], languages: [\"pt\"] }",
                &["l-harm"],
            ),
            (
                "{ themes: [\"harmful-practices\"], countries: [\"PE\"], kinds: [BOTTLENECK] }",
                &["l-harm"],
            ),
            ("{ themes: [\"education\"], countries: [\"ZM\"] }", &[]),
            ("{ countries: [\"ZM\"], regions: [\"034\"] }", &[]),
        ],
    )
    .await;
    // The conditions that all kinds share hold for each.
    for (list, education) in [
        ("practitioners", "p-teacher"),
        ("organizations", "o-coalition"),
        ("initiatives", "i-planned"),
        ("lessons", "l-school"),
    ] {
        holds(server, list, &[("{ themes: [\"education\"] }", &[education])]).await;
    }
    holds(
        server,
        "evidence",
        &[("{ themes: [\"harmful-practices\"] }", &["e-emerging"])],
    )
    .await;
    holds(
        server,
        "practitioners",
        &[
            ("{ countries: [\"NP\"] }", &["p-teacher"]),
            ("{ regions: [\"019\"] }", &[]),
        ],
    )
    .await;
    holds(server, "initiatives", &[("{ regions: [\"142\"] }", &["i-active"])]).await;
    holds(server, "resources", &[("{ languages: [\"fr\"] }", &[])]).await;
}

async fn initiatives(server: &Server) {
    let undated = "i-undated";
    holds(
        server,
        "initiatives",
        &[
            ("{ instruments: [\"petition\"] }", &["i-done", "i-planned"]),
            ("{ instruments: [\"social-audit\"] }", &["i-active", "i-done", undated]),
            (
                "{ instruments: [\"petition\", \"social-audit\"] }",
                &["i-active", "i-done", "i-planned", undated],
            ),
            ("{ instruments: [\"survey-and-data-collection\"] }", &[]),
            ("{ levels: [COMMUNITY] }", &["i-planned"]),
            ("{ levels: [COMMUNITY, GLOBAL] }", &["i-done", "i-planned"]),
            ("{ stages: [ACTIVE, SUSPENDED] }", &["i-active", "i-planned"]),
            ("{ stages: [PLANNED] }", &[]),
            ("{ activeIn: 2010 }", &[]),
            ("{ activeIn: 2011 }", &["i-planned"]),
            ("{ activeIn: 2012 }", &["i-active", "i-planned"]),
            ("{ activeIn: 2013 }", &["i-active", "i-done"]),
            ("{ activeIn: 2014 }", &["i-active"]),
            ("{ hasEvidence: true }", &["i-active", "i-done", "i-planned"]),
            ("{ hasEvidence: false }", &[undated]),
            ("{ childrenTookPart: true }", &["i-planned"]),
            ("{ childrenTookPart: false }", &["i-active", "i-done", undated]),
            (
                "{ activeIn: 2012, childrenTookPart: false, hasEvidence: true, stages: [ACTIVE] }",
                &["i-active"],
            ),
            (
                "{ activeIn: 2012, instruments: [\"petition\"], themes: [\"education\"] }",
                &["i-planned"],
            ),
        ],
    )
    .await;
    for year in [i32::MAX, i32::MIN] {
        let answer = server
            .query(&format!(
                "{{ initiatives(filter: {{ activeIn: {year} }}) {{ totalCount }} }}"
            ))
            .await;
        assert!(answer.refusal("BAD_REQUEST").contains("no year"));
    }
}

async fn evidence(server: &Server) {
    let all = ["e-anecdote", "e-emerging", "e-moderate", "e-strong"];
    holds(
        server,
        "evidence",
        &[
            ("{ directions: [PITFALL] }", &["e-emerging"]),
            ("{ directions: [MIXED, NO_EFFECT] }", &["e-moderate", "e-strong"]),
            ("{ outcomeDomains: [EQUITY] }", &["e-moderate"]),
            (
                "{ outcomeDomains: [POLICY_AND_LAW, AWARENESS] }",
                &["e-anecdote", "e-emerging", "e-strong"],
            ),
            ("{ outcomeDomains: [TRANSPARENCY] }", &[]),
            (
                "{ studyDesigns: [RANDOMIZED, PRACTICE_ACCOUNT] }",
                &["e-anecdote", "e-emerging"],
            ),
            ("{ minimumStrength: ANECDOTAL }", &all),
            ("{ minimumStrength: EMERGING }", &all[1..]),
            ("{ minimumStrength: MODERATE }", &all[2..]),
            ("{ minimumStrength: STRONG }", &all[3..]),
            (
                "{ instruments: [\"petition\"] }",
                &["e-anecdote", "e-moderate", "e-strong"],
            ),
            ("{ instruments: [\"social-audit\"] }", &["e-moderate", "e-strong"]),
            (
                "{ instruments: [\"petition\"], directions: [MIXED], minimumStrength: MODERATE }",
                &["e-moderate"],
            ),
        ],
    )
    .await;
}

async fn organizations_lessons_and_resources(server: &Server) {
    holds(
        server,
        "organizations",
        &[
            ("{ kinds: [COALITION, MEDIA] }", &["o-coalition", "o-media"]),
            ("{ kinds: [MEDIA], countries: [\"PE\"] }", &["o-media"]),
            ("{ kinds: [PARLIAMENT] }", &[]),
        ],
    )
    .await;
    holds(
        server,
        "lessons",
        &[
            ("{ kinds: [BOTTLENECK] }", &["l-harm", "l-marriage"]),
            ("{ factors: [FUNDING] }", &["l-harm", "l-school"]),
            ("{ factors: [CHAMPIONS, COORDINATION] }", &["l-marriage", "l-plain"]),
            ("{ kinds: [BOTTLENECK], factors: [FUNDING] }", &["l-harm"]),
            ("{ kinds: [NEXT_STEP] }", &[]),
        ],
    )
    .await;
    holds(
        server,
        "resources",
        &[
            ("{ kinds: [GUIDE, VIDEO] }", &["r-guide", "r-video"]),
            ("{ years: { from: 2012 } }", &["r-comic", "r-guide"]),
            ("{ years: { to: 2012 } }", &["r-guide", "r-report"]),
            ("{ years: { from: 2012, to: 2012 } }", &["r-guide"]),
            ("{ years: {} }", &["r-comic", "r-guide", "r-report", "r-video"]),
            ("{ licenses: [\"CC-BY-4.0\"] }", &["r-comic", "r-report"]),
            ("{ licenses: [\"CC0-1.0\", \"MIT\"] }", &["r-guide"]),
            ("{ licenses: [\"MIT\"] }", &[]),
            ("{ childFriendly: true }", &["r-comic", "r-video"]),
            ("{ childFriendly: false }", &["r-guide", "r-report"]),
            (
                "{ childFriendly: true, years: { from: 2000 }, licenses: [\"CC-BY-4.0\"] }",
                &["r-comic"],
            ),
        ],
    )
    .await;
}

async fn what_does_not_exist_is_named_with_a_hint(server: &Server) {
    for (field, value, code, hint) in [
        (
            "themes",
            "child-mariage",
            "UNKNOWN_THEME",
            "Did you mean `child-marriage`?",
        ),
        (
            "themes",
            "Early marriage",
            "UNKNOWN_THEME",
            "Did you mean `child-marriage`?",
        ),
        ("themes", "", "UNKNOWN_THEME", "The query `themes` lists all of them."),
        (
            "themes",
            "a\u{0}b",
            "UNKNOWN_THEME",
            "The query `themes` lists all of them.",
        ),
        ("themes", "💥", "UNKNOWN_THEME", "`💥` is not a known theme."),
        (
            "instruments",
            "social-audits",
            "UNKNOWN_INSTRUMENT",
            "Did you mean `social-audit`?",
        ),
        (
            "instruments",
            "education",
            "UNKNOWN_INSTRUMENT",
            "The query `instruments` lists all of them.",
        ),
        (
            "countries",
            "XX",
            "UNKNOWN_COUNTRY",
            "The query `countries` lists all of them.",
        ),
        (
            "countries",
            "np",
            "UNKNOWN_COUNTRY",
            "write two capital letters, e.g. `NP`",
        ),
        (
            "countries",
            "Nepal",
            "UNKNOWN_COUNTRY",
            "write two capital letters, e.g. `NP`",
        ),
        (
            "regions",
            "999",
            "UNKNOWN_REGION",
            "The query `regions` lists all of them.",
        ),
        ("regions", "Southern Asya", "UNKNOWN_REGION", "Did you mean `034`?"),
        (
            "languages",
            "qq",
            "UNKNOWN_LANGUAGE",
            "The query `languages` lists all of them.",
        ),
        (
            "languages",
            "not a tag",
            "UNKNOWN_LANGUAGE",
            "write e.g. `en`, `fr` or `pt-BR`",
        ),
    ] {
        let scalar = match field {
            "countries" => "CountryCode",
            "languages" => "LanguageTag",
            _ => "String",
        };
        for list in ["initiatives", "evidence"] {
            let query = format!(
                "query($values: [{scalar}!]) {{ {list}(filter: {{ {field}: $values }}) {{ nodes {{ id }} }} }}"
            );
            let answer = server.ask(&query, json!({ "values": [value] })).await;
            let message = answer.refusal(code);
            assert!(message.contains(hint), "{message}");
        }
    }
    // One unknown value among known ones is refused as well, inline too, and in lists within lists.
    for query in [
        "{ lessons(filter: { themes: [\"education\", \"educatoin\"] }) { nodes { id } } }",
        "{ initiatives { nodes { evidence(filter: { themes: [\"educatoin\"] }) { nodes { id } } } } }",
        "{ evidenceMap(rows: THEME, columns: FACTOR, filter: { themes: [\"educatoin\"] }) { cells { count } } }",
        "{ search(query: \"school\", filter: { themes: [\"educatoin\"] }) { nodes { id } } }",
    ] {
        let answer = server.query(query).await;
        assert!(answer.refusal("UNKNOWN_THEME").contains("Did you mean `education`?"));
    }
}

async fn changed_after_a_moment(server: &Server) {
    let moment = |slug: &'static str| async move {
        let answer = server
            .query(&format!(
                "{{ content(kind: LESSON, slug: \"{slug}\") {{ updatedAt }} }}"
            ))
            .await;
        answer.data()["content"]["updatedAt"].as_str().unwrap().to_owned()
    };
    let first = moment("l-school").await;
    server.import(&[Item::new("lesson", "l-plain", "Plain, again", json!({}))]);
    let second = moment("l-plain").await;
    let after = |moment: &str| format!("{{ updatedAfter: \"{moment}\" }}");
    holds(
        server,
        "lessons",
        &[
            (&after(&first), &["l-plain"]),
            (&after(&second), &[]),
            (&after("2001-01-01T00:00:00Z"), &LESSONS),
            (&after("2001-01-01T00:00:00.123456789+05:45"), &LESSONS),
            (&after("9999-12-31T23:59:59Z"), &[]),
            (
                "{ updatedAfter: \"2001-01-01T00:00:00Z\", themes: [\"education\"] }",
                &["l-school"],
            ),
        ],
    )
    .await;
    let answer = server
        .query("{ lessons(filter: { updatedAfter: \"yesterday\" }) { nodes { id } } }")
        .await;
    answer.refusal("BAD_REQUEST");
}

/// Three indicators with their themes.
fn indicators() -> Vec<Item> {
    vec![
        Item::reference(
            "indicator",
            "under-five-mortality",
            json!({
                "name": "Under-five mortality rate", "definition": "Deaths of **children** under five per 1,000 live births.",
                "source": "UNICEF", "themes": ["child-health"],
            }),
        ),
        Item::reference(
            "indicator",
            "early-marriage",
            json!({ "name": "Mariées avant 18 ans", "source": "UNICEF", "themes": ["child-marriage", "education"] }),
        ),
        Item::reference("indicator", "enrolment", json!({ "name": "Enrolment", "themes": ["education"] })),
    ]
}

on_both_databases! {
    async fn a_slug_that_no_mechanism_treaty_or_indicator_has_is_named_with_a_hint(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        server.import(&indicators());
        for (query, code, value, hint) in [
            ("reviews(filter: { mechanisms: [#] }) { totalCount }", "UNKNOWN_MECHANISM", "upr-2", "Did you mean `upr`?"),
            ("recommendations(filter: { mechanisms: [#] }) { totalCount }", "UNKNOWN_MECHANISM", "cedaww", "Did you mean `cedaw`?"),
            ("recommendations(filter: { mechanisms: [\"upr\", #] }) { nodes { id } }", "UNKNOWN_MECHANISM",
                "Universal Periodic Revue", "Did you mean `upr`?"),
            ("organizations(filter: { mechanisms: [#] }) { totalCount }", "UNKNOWN_MECHANISM", "💥", "The query `mechanisms` lists all"),
            ("implementationSummary(by: CYCLE, filter: { mechanisms: [#] }) { value }", "UNKNOWN_MECHANISM", "", "The query `mechanisms`"),
            ("country(code: \"NP\") { reviews(filter: { mechanisms: [#] }) { totalCount } }", "UNKNOWN_MECHANISM", "x\\u0000y",
                "The query `mechanisms` lists all"),
            ("country(code: \"NP\") { recommendations(filter: { mechanisms: [#] }) { totalCount } }", "UNKNOWN_MECHANISM", "uprr",
                "Did you mean `upr`?"),
            ("country(code: \"NP\") { implementationSummary(by: THEME, filter: { mechanisms: [#] }) { value } }", "UNKNOWN_MECHANISM",
                "uprr", "Did you mean `upr`?"),
            ("country(code: \"NP\") { ratifications(filter: { treaties: [#] }) { totalCount } }", "UNKNOWN_TREATY", "op-crc-cs",
                "Did you mean `op-crc-"),
            ("treaties { ratifications(filter: { treaties: [\"crc\", #] }) { totalCount } }", "UNKNOWN_TREATY",
                "Convention on the Right of the Child", "Did you mean `crc`?"),
            ("country(code: \"NP\") { observations(filter: { indicators: [#] }) { totalCount } }", "UNKNOWN_INDICATOR", "enrollment",
                "Did you mean `enrolment`?"),
            ("indicators(filter: { slugs: [\"enrolment\", #] }) { totalCount }", "UNKNOWN_INDICATOR", "mortality",
                "The query `indicators` lists all"),
        ] {
            let query = format!("{{ {} }}", query.replace('#', &format!("\"{value}\"")));
            let answer = server.query(&query).await;
            let message = answer.refusal(code);
            assert!(message.contains(hint), "{query}: {message}");
            let known = answer.body["errors"][0]["path"].as_array().unwrap();
            assert!(query.contains(known[0].as_str().unwrap()), "{query}: {known:?}");
        }
        // What is imported while the server runs is known at once.
        server.import(&[Item::reference("mechanism", "village-hearing", json!({ "name": "Village hearing" }))]);
        for list in ["reviews", "recommendations", "organizations"] {
            for slug in ["village-hearing", "VILLAGE-HEARING"] {
                let answer = server.query(&format!("{{ {list}(filter: {{ mechanisms: [\"{slug}\"] }}) {{ totalCount }} }}")).await;
                assert_eq!(answer.data()[list]["totalCount"], 0, "{list} {slug}");
            }
        }
    }

    async fn a_slug_that_is_known_takes_no_statement_to_be_checked(backend: Backend) {
        let server = Server::start(Options::empty(backend).with("PRAXIS_MEILISEARCH_URL", "http://127.0.0.1:9")).await;
        tokio::time::sleep(std::time::Duration::from_secs(4)).await;
        for (with, without) in [
            ("{ reviews(filter: { mechanisms: [\"upr\"] }) { nodes { id } } }", "{ reviews(filter: { cycles: [1] }) { nodes { id } } }"),
            ("{ recommendations(filter: { mechanisms: [\"UPR\"] }) { nodes { id } } }",
                "{ recommendations(filter: { cycles: [1] }) { nodes { id } } }"),
            ("{ countries { ratifications(filter: { treaties: [\"crc\"] }) { nodes { id } } } }",
                "{ countries { ratifications(filter: { boundBy: 2000 }) { nodes { id } } } }"),
        ] {
            assert_eq!(server.statements_of(with).await, server.statements_of(without).await, "{with}");
        }
    }

    async fn indicators_are_found_by_slug_theme_and_words(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        server.import(&indicators());
        let (mortality, marriage, enrolment) = ("under-five-mortality", "early-marriage", "enrolment");
        holds(&server, "indicators", &[
            ("{}", &[marriage, enrolment, mortality]),
            ("{ slugs: [], themes: [] }", &[marriage, enrolment, mortality]),
            ("{ slugs: [\"enrolment\", \"Early-Marriage\"] }", &[marriage, enrolment]),
            ("{ themes: [\"education\"] }", &[marriage, enrolment]),
            ("{ themes: [\"child-marriage\"] }", &[marriage]),
            ("{ themes: [\"harmful-practices\"] }", &[marriage]),
            ("{ themes: [\"violence-against-children\"] }", &[marriage]),
            ("{ themes: [\"education\"], slugs: [\"enrolment\"] }", &[enrolment]),
            ("{ text: \"MORTAL\" }", &[mortality]),
            ("{ text: \"children unicef\" }", &[mortality]),
            ("{ text: \"mariees\" }", &[marriage]),
            ("{ text: \"unicef\" }", &[marriage, mortality]),
            ("{ text: \"unicef\", themes: [\"education\"] }", &[marriage]),
            ("{ text: \"ortality\" }", &[]),
        ]).await;
        for (filter, code) in [
            ("{ themes: [\"educatoin\"] }", "UNKNOWN_THEME"),
            ("{ text: \" ?! \" }", "BAD_REQUEST"),
        ] {
            server.query(&format!("{{ indicators(filter: {filter}) {{ totalCount }} }}")).await.refusal(code);
        }
        let page = server.query("{ indicators(first: 1, filter: { text: \"unicef\" }) { totalCount nodes { slug } pageInfo { endCursor } } }").await;
        let page = &page.data()["indicators"];
        let after = &page["pageInfo"]["endCursor"];
        let next = server.query(&format!("{{ indicators(after: {after}, filter: {{ text: \"unicef\" }}) {{ nodes {{ slug }} }} }}")).await;
        let next = &next.data()["indicators"];
        assert_eq!(page["totalCount"], 2);
        assert_ne!(page["nodes"][0]["slug"], next["nodes"][0]["slug"]);
    }

    async fn a_range_that_ends_before_it_begins_is_refused(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        for (query, from, to) in [
            ("resources(filter: { years: { from: 2013, to: 2010 } }) { totalCount }", "`years.from` is 2013", "`years.to` is 2010"),
            ("search(query: \"school\", filter: { years: { from: 2013, to: 2010 } }) { totalCount }", "`years.from` is 2013",
                "`years.to` is 2010"),
            ("commitments(filter: { dueFrom: \"2013-01-02\", dueTo: \"2013-01-01\" }) { totalCount }", "`dueFrom` is 2013-01-02",
                "`dueTo` is 2013-01-01"),
            ("country(code: \"NP\") { observations(filter: { from: 2013, to: 2012 }) { totalCount } }", "`from` is 2013", "`to` is 2012"),
        ] {
            let answer = server.query(&format!("{{ {query} }}")).await;
            let message = answer.refusal("BAD_REQUEST");
            assert!(message.contains(from) && message.contains(to), "{message}");
        }
        for query in [
            "resources(filter: { years: { from: 2010, to: 2010 } }) { totalCount }",
            "commitments(filter: { dueFrom: \"2013-01-01\", dueTo: \"2013-01-01\" }) { totalCount }",
            "country(code: \"NP\") { observations(filter: { from: 2012, to: 2012 }) { totalCount } }",
        ] {
            server.query(&format!("{{ {query} }}")).await.data();
        }
    }
}
