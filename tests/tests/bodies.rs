//! Bodies of the human rights system: what they are charged with, who belongs to them, the mechanisms that they are behind;
//! and the missions that several organisations went on together.

use std::time::Duration;

use praxis_tests::scene::{Scene, id};
use praxis_tests::{Backend, Item, Options, Place, Server, bundle, on_both_databases, slugs, sorted_slugs};
use serde_json::{Value, json};

/// Two agencies, a mandate holder, a committee, and a working group that is a part of a cluster.
fn bodies() -> Vec<Item> {
    let organization = |slug: &str, more: Value| Item::new("organization", slug, slug, more);
    let resource = |slug: &str| Item::new("resource", slug, slug, json!({ "kind": "LEGAL_TEXT" }));
    vec![
        resource("first-resolution"),
        resource("second-resolution"),
        Item::new("resource", "report", "Report", json!({ "kind": "REPORT" })),
        organization("fund", json!({ "kind": "UN_ENTITY", "bodyKind": "AGENCY" })),
        organization("office", json!({ "kind": "UN_ENTITY", "bodyKind": "AGENCY" })),
        organization(
            "representative",
            json!({ "kind": "UN_ENTITY", "bodyKind": "SPECIAL_REPRESENTATIVE" }),
        ),
        organization(
            "cluster",
            json!({ "kind": "COALITION", "bodyKind": "COORDINATION_BODY", "members": [{ "organization": "fund" }] }),
        ),
        organization("group", group()),
        organization(
            "committee",
            json!({
                "kind": "UN_ENTITY", "bodyKind": "TREATY_BODY", "secretariat": ["office"], "mechanisms": ["crc"],
            }),
        ),
        Item::new(
            "practitioner",
            "ana",
            "Ana",
            json!({ "affiliations": [
                { "organization": "group", "role": "Coordinator", "from": "2012-01-01" },
                { "organization": "committee", "role": "Chairperson", "from": "2011-03-01", "to": "2013-02-28" },
            ] }),
        ),
        Item::new("practitioner", "ben", "Ben", json!({ "affiliations": [{ "organization": "group" }] })),
    ]
}

fn group() -> Value {
    json!({
        "kind": "COALITION",
        "members": [
            { "organization": "representative", "role": "OBSERVER" },
            { "organization": "fund", "from": "2010-01-01", "to": "2012-12-31", "role": "CHAIR" },
            { "organization": "fund", "from": "2013-01-01" },
        ],
        "bodyKind": "WORKING_GROUP",
        "partOf": ["cluster"],
        "secretariat": ["office"],
        "mandates": [
            {
                "text": "Watches over wombats.", "from": "2010-01-01", "fromPrecision": "YEAR", "to": "2012-12-31",
                "legalBasis": ["first-resolution"], "citation": { "resource": "report", "locator": "¶4" },
            },
            { "text": "The same for good.", "from": "2013-01-01", "legalBasis": ["second-resolution", "first-resolution"] },
        ],
    })
}

/// Missions, joint and not, and what came of them.
fn events() -> Vec<Item> {
    let event = |slug: &str, more: Value| Item::new("event", slug, slug, more);
    vec![
        Item::review("upr-np-cycle-1", json!({})),
        Item::new("recommendation", "told", "Told", json!({})),
        Item::new("commitment", "road-map", "Road map", json!({ "owners": ["office"] })),
        event(
            "joint-mission",
            json!({
                "kind": "MISSION", "countries": ["TD"], "startsOn": "2012-01-01", "startsOnPrecision": "YEAR",
                "organizers": ["fund", "representative"], "commitments": ["road-map"], "resources": ["report"],
                "recommendations": ["told"], "people": [{ "practitioner": "ana", "role": "Head of the mission" }],
            }),
        ),
        event(
            "mission-alone",
            json!({ "kind": "MISSION", "startsOn": "2013-05-01", "startsOnPrecision": "MONTH", "organizers": ["fund"] }),
        ),
        event(
            "joint-seminar",
            json!({ "startsOn": "2013-05-06", "endsOn": "2013-05-07", "organizers": ["office", "fund"] }),
        ),
        event("nobodys", json!({ "startsOn": "2011-12-01" })),
    ]
}

async fn collection(backend: Backend) -> Server {
    let server = Server::start(Options::empty(backend)).await;
    server.import(&[bodies(), events()].concat());
    server
}

async fn organization(server: &Server, slug: &str, selection: &str) -> Value {
    let query = format!("{{ content(kind: ORGANIZATION, slug: \"{slug}\") {{ ... on Organization {{ {selection} }} }} }}");
    server.query(&query).await.data()["content"].clone()
}

/// Who a list of memberships names, as `slug ROLE title from to`.
fn named(list: &Value, end: &str) -> Vec<String> {
    let nodes = list["nodes"].as_array().expect("there are nodes");
    nodes
        .iter()
        .map(|node| {
            let said = ["role", "title", "from", "to"].map(|field| node[field].as_str().unwrap_or("-"));
            format!("{} {}", node[end]["slug"].as_str().expect("there is a slug"), said.join(" "))
        })
        .collect()
}

const MEMBERSHIP: &str = "totalCount pageInfo { hasNextPage endCursor }
    nodes { role title from to member { slug } body { slug } }";

/// Imports one organisation or event that has one problem, and expects it to be named.
fn refused(place: &Place, (kind, more): (&str, Value), field: &str, code: &str, hint: &str) {
    let path = place.file("bad.jsonl", bundle(&[Item::new(kind, "item", "Item", more.clone())]));
    let told = place.run(&["import", &path]);
    assert_eq!(told.code, Some(1), "{more}: {told:?}");
    let about = format!("{field}: {code}: ");
    assert!(told.errors.contains(&about), "{more}: {about}: {}", told.errors);
    assert!(told.errors.contains(hint), "{more}: {hint}: {}", told.errors);
    assert!(told.errors.contains("1 problem(s)"), "{more}: {}", told.errors);
}

on_both_databases! {
    async fn who_belongs_to_a_body_is_told_with_role_and_dates(backend: Backend) {
        let server = collection(backend).await;
        let ask = |arguments: &str| format!("list: composition{arguments} {{ {MEMBERSHIP} }}");
        let all = organization(&server, "group", &ask("")).await["list"].clone();
        let everybody = [
            "representative OBSERVER - - -",
            "fund CHAIR - 2010-01-01 2012-12-31",
            "fund MEMBER - 2013-01-01 -",
            "office SECRETARIAT - - -",
        ];
        let found = named(&all, "member");
        assert_eq!(found[..4], everybody);
        let mut people = found[4..].to_vec();
        people.sort();
        assert_eq!(people, ["ana - Coordinator 2012-01-01 -", "ben - - - -"]);
        assert_eq!(all["totalCount"], 6);
        assert!(all["nodes"].as_array().unwrap().iter().all(|node| node["body"]["slug"] == "group"));
        // Page by page it is the same, and the count stays.
        let mut paged = Vec::new();
        let mut after = String::new();
        for _ in 0..3 {
            let page = organization(&server, "group", &ask(&format!("(first: 2{after})"))).await["list"].clone();
            assert_eq!(page["totalCount"], 6);
            paged.extend(named(&page, "member"));
            assert_eq!(page["pageInfo"]["hasNextPage"], paged.len() < 6);
            after = format!(", after: {}", page["pageInfo"]["endCursor"]);
        }
        assert_eq!(paged, found);
        for (arguments, expected) in [
            ("(roles: [CHAIR])", &everybody[1..2]),
            ("(roles: [MEMBER])", &everybody[2..3]),
            ("(roles: [SECRETARIAT, OBSERVER])", &["representative OBSERVER - - -", "office SECRETARIAT - - -"]),
            ("(roles: [CONVENOR])", &[]),
            ("(roles: [CHAIR, MEMBER], on: \"2012-12-31\")", &everybody[1..2]),
            ("(roles: [CHAIR, MEMBER], on: \"2013-01-01\")", &everybody[2..3]),
            ("(roles: [CHAIR, MEMBER], on: \"2009-12-31\")", &[]),
        ] {
            let list = organization(&server, "group", &ask(arguments)).await["list"].clone();
            assert_eq!(named(&list, "member"), expected, "{arguments}");
        }
        let before = organization(&server, "group", &ask("(on: \"2011-12-31\", roles: [])")).await["list"].clone();
        assert_eq!(before["totalCount"], 4, "{before:#}");
    }

    async fn an_organisation_tells_the_bodies_that_it_belongs_to(backend: Backend) {
        let server = collection(backend).await;
        let ask = format!("list: memberships {{ {MEMBERSHIP} }} memberOf {{ nodes {{ slug }} }}
            secretariatOf {{ nodes {{ slug }} }} partOf {{ nodes {{ slug }} }} parts {{ nodes {{ slug }} }}");
        let fund = organization(&server, "fund", &ask).await;
        let mut found = named(&fund["list"], "body");
        found.sort();
        assert_eq!(
            found,
            ["cluster MEMBER - - -", "group CHAIR - 2010-01-01 2012-12-31", "group MEMBER - 2013-01-01 -"]
        );
        assert!(fund["list"]["nodes"].as_array().unwrap().iter().all(|node| node["member"]["slug"] == "fund"));
        // Once for each body, as before there were roles.
        assert_eq!(sorted_slugs(&fund["memberOf"]), ["cluster", "group"]);
        let office = organization(&server, "office", &ask).await;
        let mut found = named(&office["list"], "body");
        found.sort();
        assert_eq!(found, ["committee SECRETARIAT - - -", "group SECRETARIAT - - -"]);
        assert_eq!(slugs(&office["memberOf"]), [""; 0], "who services a body is no member of it");
        assert_eq!(sorted_slugs(&office["secretariatOf"]), ["committee", "group"]);
        let of_part = |body: Value| (slugs(&body["partOf"]), slugs(&body["parts"]));
        let (none, cluster, group) = (Vec::<String>::new(), vec!["cluster".to_owned()], vec!["group".to_owned()]);
        assert_eq!(of_part(organization(&server, "group", &ask).await), (cluster, none.clone()));
        assert_eq!(of_part(organization(&server, "cluster", &ask).await), (none, group));
        // Page by page, in one order.
        let mut paged = Vec::new();
        let mut after = String::new();
        for _ in 0..3 {
            let query = format!("list: memberships(first: 1{after}) {{ {MEMBERSHIP} }}");
            let page = organization(&server, "fund", &query).await["list"].clone();
            paged.extend(named(&page, "body"));
            after = format!(", after: {}", page["pageInfo"]["endCursor"]);
        }
        assert_eq!(paged, named(&fund["list"], "body"));
        for (arguments, code) in [
            ("(first: 0)", "INVALID_PAGE_SIZE"),
            ("(first: 101)", "INVALID_PAGE_SIZE"),
            ("(after: \"x\")", "INVALID_CURSOR"),
            ("(roles: [KING])", "GRAPHQL_VALIDATION_FAILED"),
            ("(on: \"yesterday\")", "BAD_REQUEST"),
        ] {
            let query = format!("{{ organizations {{ nodes {{ memberships{arguments} {{ totalCount }} }} }} }}");
            let answer = server.query(&query).await;
            assert!(answer.codes().contains(&code), "{arguments}: {:?}", answer.codes());
        }
        // A cursor of one list is none of the other.
        let cursor = fund["list"]["pageInfo"]["endCursor"].clone();
        let query = format!("{{ organizations {{ nodes {{ composition(after: {cursor}) {{ totalCount }} }} }} }}");
        assert!(server.query(&query).await.codes().contains(&"INVALID_CURSOR"));
    }

    async fn a_mandate_tells_its_charge_its_dates_and_the_instrument_that_it_rests_on(backend: Backend) {
        let server = collection(backend).await;
        let group = organization(
            &server,
            "group",
            "bodyKind mandates { text from fromPrecision to toPrecision legalBasis { slug } citation { locator resource { slug } } }
             citations { nodes { locator } }",
        )
        .await;
        assert_eq!(group["bodyKind"], "WORKING_GROUP");
        assert_eq!(
            group["mandates"],
            json!([
                {
                    "text": "Watches over wombats.", "from": "2010-01-01", "fromPrecision": "YEAR", "to": "2012-12-31",
                    "toPrecision": null, "legalBasis": [{ "slug": "first-resolution" }],
                    "citation": { "locator": "¶4", "resource": { "slug": "report" } },
                },
                {
                    "text": "The same for good.", "from": "2013-01-01", "fromPrecision": null, "to": null, "toPrecision": null,
                    "legalBasis": [{ "slug": "second-resolution" }, { "slug": "first-resolution" }], "citation": null,
                },
            ])
        );
        assert_eq!(group["citations"]["nodes"], json!([{ "locator": "¶4" }]));
        // Back from the resolution, once although two mandates rest on it.
        let query = "{ content(kind: RESOURCE, slug: \"first-resolution\") { ... on Resource {
            mandatedBodies { totalCount nodes { slug } } } } }";
        let bodies = server.query(query).await.data()["content"]["mandatedBodies"].clone();
        assert_eq!(bodies, json!({ "totalCount": 1, "nodes": [{ "slug": "group" }] }));
        let fund = organization(&server, "fund", "bodyKind mandates { text }").await;
        assert_eq!(fund, json!({ "bodyKind": "AGENCY", "mandates": [] }));
        // What was said before there were mandates has none, and is found in the index by them where it has.
        server.wait_for_index().await;
        let found = server.query("{ search(query: \"wombats\") { nodes { slug } } }").await;
        assert_eq!(slugs(&found.data()["search"]), ["group"]);
    }

    async fn bodies_are_filtered_by_what_they_are_and_who_belongs_to_them(backend: Backend) {
        let server = collection(backend).await;
        let fund = organization(&server, "fund", "id").await["id"].as_str().unwrap().to_owned();
        for (filter, expected) in [
            ("bodyKinds: [AGENCY]", &["fund", "office"][..]),
            ("bodyKinds: [AGENCY, TREATY_BODY], kinds: [UN_ENTITY]", &["committee", "fund", "office"]),
            ("bodyKinds: [ADVISORY_BODY]", &[]),
            ("members: [\"fund\"]", &["cluster", "group"]),
            ("members: [\"fund\"], bodyKinds: [WORKING_GROUP]", &["group"]),
            ("members: [\"office\"]", &[]),
            ("members: [\"nobody\"]", &[]),
            ("members: [\"No slug!\"]", &[]),
            ("members: []", &["cluster", "committee", "fund", "group", "office", "representative"]),
            ("memberOf: [\"group\"]", &["fund", "representative"]),
            ("memberOf: [\"cluster\", \"committee\"]", &["fund"]),
            ("partOf: [\"cluster\"]", &["group"]),
            ("secretariat: [\"office\"]", &["committee", "group"]),
            ("mandatedBy: [\"second-resolution\"]", &["group"]),
            ("mandatedBy: [\"report\"]", &[]),
            ("mechanisms: [\"crc\", \"upr\"]", &["committee"]),
            ("mechanisms: [\"upr\"]", &[]),
            ("mechanisms: [\"CRC\"]", &["committee"]),
            (&format!("members: [\"{fund}\"]"), &["cluster", "group"]),
        ] {
            let query = format!("{{ organizations(filter: {{ {filter} }}) {{ totalCount nodes {{ slug }} }} }}");
            let answer = server.query(&query).await;
            let list = &answer.data()["organizations"];
            assert_eq!(sorted_slugs(list), expected, "{filter}");
            assert_eq!(list["totalCount"], expected.len(), "{filter}");
        }
        for (filter, code) in [
            ("members: [\"organization_x\"]", "INVALID_ID"),
            (&format!("mandatedBy: [\"{fund}\"]"), "WRONG_ID_TYPE"),
            ("mechanisms: [\"crc\", \"nobody\"]", "UNKNOWN_MECHANISM"),
            ("bodyKinds: [COMMITTEE]", "GRAPHQL_VALIDATION_FAILED"),
        ] {
            let answer = server.query(&format!("{{ organizations(filter: {{ {filter} }}) {{ totalCount }} }}")).await;
            assert!(answer.codes().contains(&code), "{filter}: {:?}", answer.codes());
        }
    }

    async fn joint_missions_are_found_with_who_went_where_and_what_came_of_them(backend: Backend) {
        let server = collection(backend).await;
        let query = "{ events(filter: { kinds: [MISSION], joint: true }, first: 5) { nodes { slug startsOn startsOnPrecision endsOn
            endsOnPrecision countries { code } organizers { nodes { slug } } people { role practitioner { slug } }
            commitments { nodes { slug owners { nodes { slug } } } } resources { nodes { slug } }
            recommendations { nodes { slug } } } } }";
        let mut mission = server.query(query).await.data()["events"]["nodes"][0].clone();
        assert_eq!(sorted_slugs(&mission["organizers"]), ["fund", "representative"]);
        mission.as_object_mut().unwrap().remove("organizers");
        assert_eq!(
            mission,
            json!({
                "slug": "joint-mission", "startsOn": "2012-01-01", "startsOnPrecision": "YEAR", "endsOn": null,
                "endsOnPrecision": null, "countries": [{ "code": "TD" }],
                "people": [{ "role": "Head of the mission", "practitioner": { "slug": "ana" } }],
                "commitments": { "nodes": [{ "slug": "road-map", "owners": { "nodes": [{ "slug": "office" }] } }] },
                "resources": { "nodes": [{ "slug": "report" }] }, "recommendations": { "nodes": [{ "slug": "told" }] },
            })
        );
        for (filter, expected) in [
            ("joint: true", &["joint-mission", "joint-seminar"][..]),
            ("joint: false", &["mission-alone", "nobodys"]),
            ("organizers: [\"fund\"]", &["joint-mission", "joint-seminar", "mission-alone"]),
            ("organizers: [\"fund\"], joint: false", &["mission-alone"]),
            ("organizers: [\"office\", \"representative\"], kinds: [MISSION]", &["joint-mission"]),
            ("organizers: [\"nobody\"]", &[]),
            ("countries: [\"TD\"], kinds: [MISSION]", &["joint-mission"]),
            // Of what only the month or the year is known, the whole of it may be meant.
            ("from: \"2012-06-30\"", &["joint-mission", "joint-seminar", "mission-alone"]),
            ("from: \"2013-05-07\"", &["joint-seminar", "mission-alone"]),
            ("from: \"2013-05-08\"", &["mission-alone"]),
            ("from: \"2013-06-01\"", &[]),
            ("to: \"2012-01-01\"", &["joint-mission", "nobodys"]),
        ] {
            let query = format!("{{ events(filter: {{ {filter} }}) {{ totalCount nodes {{ slug }} }} }}");
            let answer = server.query(&query).await;
            assert_eq!(sorted_slugs(&answer.data()["events"]), expected, "{filter}");
            assert_eq!(answer.data()["events"]["totalCount"], expected.len(), "{filter}");
        }
        let answer = server.query("{ events(filter: { organizers: [\"event_x\"] }) { totalCount } }").await;
        assert_eq!(answer.codes(), ["INVALID_ID"]);
        // From the other ends.
        let held = organization(&server, "fund", "events(filter: { joint: true, kinds: [MISSION] }) { totalCount nodes { slug } }").await;
        assert_eq!(held["events"], json!({ "totalCount": 1, "nodes": [{ "slug": "joint-mission" }] }));
        for (kind, slug) in [("PRACTITIONER", "ana"), ("RESOURCE", "report"), ("COMMITMENT", "road-map"), ("RECOMMENDATION", "told")] {
            let list = "events { nodes { slug } }";
            let query = format!("{{ content(kind: {kind}, slug: \"{slug}\") {{ ... on Practitioner {{ {list} }} ... on Resource {{ {list} }}
                ... on Commitment {{ {list} }} ... on Recommendation {{ {list} }} }} }}");
            assert_eq!(slugs(&server.query(&query).await.data()["content"]["events"]), ["joint-mission"], "{kind}");
        }
        // What one organiser's leaving makes of it.
        assert!(server.run(&["content", "hide", "organization/representative", "--reason", "to be looked at"]).status.success());
        let joint = server.query("{ events(filter: { joint: true }) { nodes { slug } } }").await;
        assert_eq!(slugs(&joint.data()["events"]), ["joint-seminar"]);
    }

    async fn a_mechanism_leads_to_the_bodies_behind_it_and_back(backend: Backend) {
        let server = collection(backend).await;
        server.import(&[
            Item::reference("mechanism", "home-made", json!({ "name": "Home-made" })),
            Item::new("organization", "office", "office", json!({
                "kind": "UN_ENTITY", "bodyKind": "AGENCY", "mechanisms": ["special-procedures", "home-made"],
            })),
            Item::new("organization", "expert", "Expert", json!({ "mechanisms": ["special-procedures"] })),
        ]);
        let query = "{ mechanisms { slug bodies { totalCount nodes { slug mechanisms { slug } } } } }";
        let answer = server.query(query).await;
        let of = |slug: &str| {
            let all = answer.data()["mechanisms"].as_array().unwrap();
            all.iter().find(|mechanism| mechanism["slug"] == slug).unwrap()["bodies"].clone()
        };
        assert_eq!(of("crc"), json!({ "totalCount": 1, "nodes": [{ "slug": "committee", "mechanisms": [{ "slug": "crc" }] }] }));
        assert_eq!(sorted_slugs(&of("special-procedures")), ["expert", "office"]);
        assert_eq!(of("upr"), json!({ "totalCount": 0, "nodes": [] }));
        let office = organization(&server, "office", "mechanisms { slug }").await;
        assert_eq!(office["mechanisms"], json!([{ "slug": "special-procedures" }, { "slug": "home-made" }]));
        let filtered = "{ mechanisms { slug bodies(filter: { bodyKinds: [AGENCY] }, first: 1) { nodes { slug } } } }";
        let answer = server.query(filtered).await;
        let all = answer.data()["mechanisms"].as_array().unwrap();
        let special = all.iter().find(|mechanism| mechanism["slug"] == "special-procedures").unwrap();
        assert_eq!(slugs(&special["bodies"]), ["office"]);
        // The next revision states them anew.
        server.import(&[Item::new("organization", "office", "office", json!({ "mechanisms": ["home-made"] }))]);
        let office = organization(&server, "office", "mechanisms { slug }").await;
        assert_eq!(office["mechanisms"], json!([{ "slug": "home-made" }]));
        assert!(server.run(&["content", "erase", "organization/office", "--reason", "asked for"]).status.success());
        assert_eq!(server.database.number("SELECT COUNT(*) FROM organization_mechanism").await, 2);
    }

    async fn what_is_wrong_with_a_body_or_a_mission_is_named(backend: Backend) {
        let place = Place::create(backend).await;
        place.import(&bundle(&[bodies(), events()].concat()));
        let before = place.database.counts().await;
        let mandate = |more: Value| {
            let mut mandate = json!({ "text": "To do good." });
            mandate.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            ("organization", json!({ "mandates": [mandate] }))
        };
        let body = |more: Value| ("organization", more);
        let event = |more: Value| ("event", more);
        for (item, field, code, hint) in [
            (mandate(json!({ "text": " " })), "mandates[0].text", "REQUIRED", "Write something"),
            (mandate(json!({ "text": "x".repeat(5_001) })), "mandates[0].text", "TOO_LONG", "shorten it to 5000"),
            (mandate(json!({ "from": "2013-01-02", "to": "2013-01-01" })), "mandates[0].to", "INVALID", "lies before the start"),
            (mandate(json!({ "fromPrecision": "YEAR" })), "mandates[0].fromPrecision", "INVALID", "no date"),
            (mandate(json!({ "from": "2013-02-01", "fromPrecision": "YEAR" })), "mandates[0].fromPrecision", "INVALID", "first of January"),
            (mandate(json!({ "to": "2013-02-02", "toPrecision": "MONTH" })), "mandates[0].toPrecision", "INVALID", "first of the month"),
            (mandate(json!({ "legalBasis": ["nothing"] })), "mandates[0].legalBasis[0]", "UNKNOWN_REFERENCE", "no resource `nothing`"),
            (mandate(json!({ "legalBasis": ["report", "report"] })), "mandates[0].legalBasis[1]", "DUPLICATE", "remove it"),
            (mandate(json!({ "citation": { "resource": "nothing" } })), "mandates[0].citation.resource", "UNKNOWN_REFERENCE", "no resource"),
            (mandate(json!({ "citation": { "resource": "report", "locator": " " } })), "mandates[0].citation.locator", "REQUIRED", "Write"),
            (mandate(json!({ "charge": "x" })), "mandates[0].charge", "MALFORMED", "unknown field `charge`"),
            (
                body(json!({ "mandates": [{ "text": "A", "from": "2013-01-01" }, { "text": "B" }, { "text": "C", "from": "2012-12-31" }] })),
                "mandates[2].from", "INVALID", "write the earliest first",
            ),
            (body(json!({ "bodyKind": "COMMITTEE" })), "bodyKind", "MALFORMED", "unknown variant `COMMITTEE`"),
            (body(json!({ "partOf": ["nothing"] })), "partOf[0]", "UNKNOWN_REFERENCE", "no organization `nothing`"),
            (body(json!({ "partOf": ["fund", "fund"] })), "partOf[1]", "DUPLICATE", "remove it"),
            (body(json!({ "secretariat": ["nothing"] })), "secretariat[0]", "UNKNOWN_REFERENCE", "no organization"),
            (body(json!({ "mechanisms": ["crc", "nothing"] })), "mechanisms[1]", "UNKNOWN_REFERENCE", "no mechanism `nothing`"),
            (body(json!({ "mechanisms": ["a\u{0}b"] })), "mechanisms[0]", "UNKNOWN_REFERENCE", "no mechanism"),
            (body(json!({ "mechanisms": ["crc", "crc"] })), "mechanisms[1]", "DUPLICATE", "remove it"),
            (body(json!({ "members": [{ "organization": "fund", "role": "KING" }] })), "members[0].role", "MALFORMED", "unknown variant `KING`"),
            (body(json!({ "members": [{ "organization": "fund", "role": "SECRETARIAT" }] })), "members[0].role", "INVALID", "under `secretariat`"),
            (
                body(json!({ "members": [
                    { "organization": "fund", "from": "2012-01-01", "role": "CHAIR" }, { "organization": "fund", "from": "2012-01-01" },
                    { "organization": "fund", "from": "2012-01-01", "to": "2013-01-01", "role": "CHAIR" },
                ] })),
                "members[2]", "DUPLICATE", "remove it",
            ),
            // To say nothing is to say that it is a member.
            (body(json!({ "members": [{ "organization": "fund" }, { "organization": "fund", "role": "MEMBER" }] })), "members[1]", "DUPLICATE", "remove"),
            (event(json!({ "startsOnPrecision": "MONTH" })), "startsOnPrecision", "INVALID", "first of the month"),
            (event(json!({ "endsOnPrecision": "DAY" })), "endsOnPrecision", "INVALID", "no date"),
            (event(json!({ "people": [{ "practitioner": "nobody" }] })), "people[0].practitioner", "UNKNOWN_REFERENCE", "no practitioner"),
            (event(json!({ "people": [{ "practitioner": "ana" }, { "practitioner": "ana" }] })), "people[1]", "DUPLICATE", "remove it"),
            (event(json!({ "people": [{ "practitioner": "ana", "role": "" }] })), "people[0].role", "REQUIRED", "Write something"),
            (event(json!({ "recommendations": ["nothing"] })), "recommendations[0]", "UNKNOWN_REFERENCE", "no recommendation"),
            (event(json!({ "organizers": ["nothing"] })), "organizers[0]", "UNKNOWN_REFERENCE", "no organization"),
        ] {
            refused(&place, item, field, code, hint);
        }
        // A body that is a part of itself, at once or by another.
        refused(&place, body(json!({ "partOf": ["item"] })), "partOf[0]", "CYCLE", "refers to the item itself");
        refused(&place, body(json!({ "secretariat": ["item"] })), "secretariat[0]", "CYCLE", "refers to the item itself");
        let path = place.file("ring.jsonl", bundle(&[Item::new("organization", "cluster", "Cluster", json!({ "partOf": ["group"] }))]));
        let told = place.run(&["import", &path]);
        assert!(told.errors.contains("partOf: CYCLE: "), "{told:?}");
        assert_eq!(place.database.counts().await, before);
        // A mission without a country is taken: a source that does not say where must not be added to.
        place.import(&bundle(&[Item::new("event", "somewhere", "Somewhere", json!({ "kind": "MISSION", "organizers": ["fund"] }))]));
        // The same member once more with another role or another start is no mistake.
        place.import(&bundle(&[Item::new("organization", "twice", "Twice", json!({ "members": [
            { "organization": "fund", "role": "CHAIR" }, { "organization": "fund" }, { "organization": "fund", "from": "2012-01-01" },
        ] }))]));
    }

    async fn bodies_and_missions_go_out_as_they_came_in(backend: Backend) {
        let place = Place::create(backend).await;
        let canonical = concat!(
            r#"{"slug":"resolution","content":{"resource":{"title":"Resolution","language":"en","kind":"LEGAL_TEXT"}}}"#, "\n",
        );
        let organizations = concat!(
            r#"{"slug":"fund","content":{"organization":{"title":"Fund","language":"en","kind":"UN_ENTITY"}}}"#, "\n",
            r#"{"slug":"group","content":{"organization":{"title":"Group","language":"en","kind":"COALITION","acronym":"G","members":[{"organization":"fund","from":"2012-01-01","role":"CHAIR"}],"bodyKind":"WORKING_GROUP","partOf":["fund"],"secretariat":["fund"],"mandates":[{"text":"All.","from":"2012-01-01","fromPrecision":"YEAR","to":"2013-01-01","toPrecision":"YEAR","legalBasis":["resolution"],"citation":{"resource":"resolution","locator":"¶1"}}],"mechanisms":["crc"]}}}"#, "\n",
        );
        let mission = concat!(
            r#"{"slug":"mission","content":{"event":{"title":"Mission","language":"en","countries":["TD"],"kind":"MISSION","startsOn":"2012-05-01","organizers":["fund","group"],"startsOnPrecision":"MONTH","people":[{"practitioner":"ana","role":"Head"}]}}}"#, "\n",
        );
        let person = concat!(r#"{"slug":"ana","content":{"practitioner":{"title":"Ana","language":"en"}}}"#, "\n");
        let all = [person, organizations, canonical, mission].concat();
        place.import(&all);
        assert_eq!(place.export(&[]), all);
        // Ids are written as slugs, and what is said again changes nothing.
        let told = place.import(&all);
        assert!(told.output.contains("0 new, 0 changed, 5 unchanged"), "{told:?}");
        // What leaves takes the references to it along, and nothing else.
        let erased = place.run(&["content", "erase", "resource/resolution", "--reason", "asked for"]);
        assert_eq!(erased.code, Some(0), "{erased:?}");
        let left = all.replace(canonical, "").replace(r#","legalBasis":["resolution"],"citation":{"resource":"resolution","locator":"¶1"}"#, "");
        assert_eq!(place.export(&[]), left);
    }

    async fn a_revision_shows_what_became_of_a_mandate_and_nothing_risky_in_one_is_published(backend: Backend) {
        let scene = Scene::set(backend).await;
        let document = |text: &str| json!({ "organization": {
            "title": "Group", "language": "en", "kind": "COALITION", "bodyKind": "WORKING_GROUP", "mechanisms": ["crc"],
            "mandates": [{ "text": text, "from": "2012-01-01", "fromPrecision": "YEAR" }],
        } });
        let content = scene.published(document("To watch.")).await;
        let query = "query ($id: ID!) { node(id: $id) { ... on Organization { bodyKind mechanisms { slug } mandates { text fromPrecision } } } }";
        let node = scene.server.ask(query, json!({ "id": content })).await.data()["node"].clone();
        assert_eq!(node, json!({ "bodyKind": "WORKING_GROUP", "mechanisms": [{ "slug": "crc" }],
            "mandates": [{ "text": "To watch.", "fromPrecision": "YEAR" }] }));
        let draft = json!({ "target": content, "content": document("To watch. Write to zora@example.com.") });
        let submission = id(&scene.does(&scene.author, "saveDraft", draft).await);
        let this = json!({ "submission": submission });
        let submitted = scene.does(&scene.author, "submitDraft", this.clone()).await;
        assert_eq!(submitted["changes"], json!([{
            "path": "mandates[0].text", "before": "To watch.", "after": "To watch. Write to zora@example.com.",
        }]));
        let claimed = scene.does(&scene.moderator, "claimSubmission", this.clone()).await;
        let found = &claimed["findings"][0];
        assert_eq!((&found["rule"], &found["path"]), (&json!("EMAIL_ADDRESS"), &json!("mandates[0].text")));
        assert_eq!(scene.refused(&scene.moderator, "approveSubmission", this).await, ["OPEN_FINDINGS"]);
        // What a draft names must be there.
        let bad = json!({ "content": { "organization": { "title": "Bad", "language": "en", "kind": "OTHER", "mechanisms": ["nothing"],
            "mandates": [{ "text": "A", "from": "2013-01-02", "to": "2013-01-01", "legalBasis": ["nothing"] }] } } });
        let payload = scene.call(&scene.author, "saveDraft", bad).await;
        let paths: Vec<&str> = payload["errors"].as_array().unwrap().iter().map(|error| error["code"].as_str().unwrap()).collect();
        assert_eq!(paths, ["UNKNOWN_REFERENCE", "INVALID", "UNKNOWN_REFERENCE"], "{payload:#}");
    }

    async fn what_is_hidden_or_withdrawn_leaves_every_list_of_who_belongs_together(backend: Backend) {
        let server = collection(backend).await;
        let decide = |action: &str, address: &str| {
            assert!(server.run(&["content", action, address, "--reason", "to be looked at"]).status.success(), "{address}");
        };
        let ask = "composition { totalCount nodes { member { slug } } } partOf { nodes { slug } } secretariat { nodes { slug } }
            mandates { legalBasis { slug status } citation { locator } }";
        decide("hide", "organization/fund");
        decide("hide", "practitioner/ana");
        decide("hide", "organization/office");
        decide("hide", "organization/cluster");
        decide("hide", "resource/report");
        decide("retract", "resource/first-resolution");
        let group = organization(&server, "group", ask).await;
        assert_eq!(group["composition"]["totalCount"], 2);
        let left: Vec<&Value> = group["composition"]["nodes"].as_array().unwrap().iter().map(|node| &node["member"]["slug"]).collect();
        assert_eq!(left, ["representative", "ben"]);
        assert_eq!((slugs(&group["partOf"]), slugs(&group["secretariat"])), (vec![], vec![]));
        let retracted = json!({ "slug": "first-resolution", "status": "RETRACTED" });
        assert_eq!(group["mandates"], json!([
            { "legalBasis": [retracted], "citation": null },
            { "legalBasis": [{ "slug": "second-resolution", "status": "PUBLISHED" }, retracted], "citation": null },
        ]));
        let members = server.query("{ organizations(filter: { members: [\"fund\"] }) { totalCount } }").await;
        assert_eq!(members.data()["organizations"]["totalCount"], 0, "nobody learns where a hidden organisation belongs");
        // The tombstone of a body says what it was, and nothing more.
        decide("retract", "organization/group");
        let tombstone = organization(&server, "group", "status bodyKind mandates { text }").await;
        assert_eq!(tombstone, json!({ "status": "RETRACTED", "bodyKind": "WORKING_GROUP", "mandates": [] }));
        let other = organization(&server, "representative", "memberships { totalCount }").await;
        assert_eq!(other["memberships"]["totalCount"], 0);
    }

    async fn the_sample_tells_which_groups_unicef_is_in_and_which_joint_missions_took_place(backend: Backend) {
        let server = Server::start(Options::sample(backend)).await;
        let query = "{ organizations(filter: { members: [\"unicef\"], bodyKinds: [WORKING_GROUP] }, orderBy: TITLE) { nodes { slug
            mandates { text legalBasis { slug } citation { locator } } composition(roles: [CHAIR]) { nodes { member { slug } } } } } }";
        let answer = server.query(query).await;
        let groups = answer.data()["organizations"]["nodes"].as_array().unwrap();
        let chairs: Vec<(&str, Vec<&str>)> = groups
            .iter()
            .map(|group| {
                let chairs = group["composition"]["nodes"].as_array().unwrap();
                (group["slug"].as_str().unwrap(), chairs.iter().map(|one| one["member"]["slug"].as_str().unwrap()).collect())
            })
            .collect();
        let (conflict, violence) = ("srsg-children-and-armed-conflict", "srsg-violence-against-children");
        assert_eq!(
            chairs,
            [
                ("child-protection-working-group", vec!["unicef"]),
                ("country-task-forces-on-monitoring-and-reporting", vec!["unicef"]),
                ("inter-agency-working-group-on-violence-against-children", vec![violence]),
                ("mrm-technical-reference-group", vec![conflict, "unicef"]),
                ("task-force-on-children-and-armed-conflict", vec![conflict]),
                ("icat-working-group", vec![]),
            ]
        );
        assert_eq!(groups[1]["mandates"][0]["legalBasis"], json!([{ "slug": "security-council-resolution-1612" }]));
        assert_eq!(groups[0]["mandates"][0]["citation"]["locator"], "¶17");
        let unicef = organization(&server, "unicef", "mandates { from legalBasis { slug } }").await;
        assert_eq!(unicef["mandates"], json!([
            { "from": "1946-12-11", "legalBasis": [{ "slug": "ga-resolution-57-i" }] },
            { "from": "1953-10-06", "legalBasis": [{ "slug": "ga-resolution-802-viii" }] },
        ]));
        let query = "{ events(filter: { kinds: [MISSION], joint: true, organizers: [\"unicef\"] }, orderBy: TITLE) { nodes {
            countries { code } commitments { nodes { slug owners { nodes { slug } } } } } } }";
        let answer = server.query(query).await;
        let mut countries: Vec<String> = answer.data()["events"]["nodes"].as_array().unwrap().iter()
            .flat_map(|event| event["countries"].as_array().unwrap())
            .map(|country| country["code"].as_str().unwrap().to_owned())
            .collect();
        countries.sort();
        assert_eq!(countries, ["JO", "LB", "MM", "SS", "TD", "YE"]);
        let bodies = server.query("{ mechanisms { slug bodies { totalCount } } }").await;
        let special = bodies.data()["mechanisms"].as_array().unwrap().iter().find(|one| one["slug"] == "special-procedures").unwrap();
        assert_eq!(special["bodies"]["totalCount"], 6);
    }

    async fn bodies_with_all_that_belongs_to_them_take_one_statement_for_each_relation_and_level(backend: Backend) {
        let options = Options::sample(backend).with("PRAXIS_MEILISEARCH_URL", "http://127.0.0.1:9");
        let server = Server::start(options).await;
        tokio::time::sleep(Duration::from_secs(4)).await;
        for (expected, query) in [
            // The list, who belongs to them, those members, those of their bodies, the resources of mandates.
            (4, "{ organizations(filter: { members: [\"unicef\"] }, orderBy: TITLE, first: #) { nodes { title
                mandates { text from legalBasis { title } }
                composition(first: 5) { nodes { role title from to member { title } } } } } }"),
            (4, "{ organizations(filter: { bodyKinds: [AGENCY] }, orderBy: TITLE, first: #) { nodes {
                memberships(first: 5) { nodes { role body { title } } } mechanisms { name } } } }"),
            (6, "{ organizations(filter: { bodyKinds: [SPECIAL_PROCEDURE] }, orderBy: TITLE, first: #) { nodes { partOf(first: 5) { nodes { id } }
                secretariat(first: 5) { nodes { id } } parts(first: 5) { nodes { id } } secretariatOf(first: 5) { nodes { id } } mechanisms { slug } } } }"),
            (7, "{ events(filter: { kinds: [MISSION], joint: true }, orderBy: TITLE, first: #) { nodes { title countries { code }
                organizers(first: 5) { nodes { title } } people { role practitioner { title } }
                commitments(first: 5) { nodes { title } } resources(first: 5) { nodes { title } }
                recommendations(first: 5) { nodes { title } } } } }"),
            (3, "{ mechanisms { slug bodies(first: #) { nodes { title mechanisms { slug } } } } }"),
            (2, "{ resources(orderBy: TITLE, first: #) { nodes { mandatedBodies { nodes { id } } } } }"),
        ] {
            for size in ["10", "50"] {
                let query = query.replace('#', size);
                let taken = server.statements_of(&query).await;
                assert_eq!(taken, expected, "{query}");
            }
        }
    }
}
