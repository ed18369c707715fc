//! Reviews, their uptake, and the page of a country.

use std::time::Duration;

use praxis_tests::{Backend, Item, Options, Server, on_both_databases, slugs};
use serde_json::json;

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
            json!({ "asks": 1, "asksReflected": 0, "asksReflectedShare": 0.0, "asksAccepted": 0, "asksAcceptedShare": 0.0,
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
        ] {
            for size in ["1", "50"] {
                let query = query.replace('#', size);
                assert_eq!(server.statements_of(&query).await, expected, "{query}");
            }
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
}
