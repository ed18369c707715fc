//! What administrators learn of what is searched for, and what nobody does.

use std::time::{Duration, Instant};

use praxis_tests::scene::{Scene, lesson};
use praxis_tests::{Member, PASSWORD, Session, on_both_databases};
use serde_json::{Value, json};

const ANALYTICS: &str = "query ($days: Int, $first: Int) { searchAnalytics(days: $days) { days
    all { query searches withoutResult clicked clickThrough }
    frequent(first: $first) { query searches withoutResult clicked clickThrough }
    withoutResult { query withoutResult } } }";

async fn search(scene: &Scene, who: Option<&Member>, query: &str) {
    let token = who.map(|who| who.session.access.as_str());
    let ask = "query ($query: String!) { search(query: $query) { totalCount } }";
    scene.server.ask_as(token, ask, json!({ "query": query })).await.data();
}

async fn click(scene: &Scene, who: &Member, query: &str, content: &str) -> Value {
    let input = json!({ "query": query, "content": content });
    scene.server.mutate(Some(&who.session.access), "reportSearchClick", "counted", input).await["counted"].clone()
}

/// The statistics, once so many searches were written down.
async fn analytics(scene: &Scene, admin: &Member, searches: i64) -> Value {
    let begun = Instant::now();
    loop {
        let data = scene.ask(admin, ANALYTICS, json!({})).await["searchAnalytics"].clone();
        if data["all"]["searches"].as_i64().unwrap() >= searches {
            return data;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{data:#}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

on_both_databases! {
    async fn administrators_see_what_is_searched_for_and_what_finds_nothing(backend: Backend) {
        let mut scene = Scene::set(backend).await;
        let admin = scene.server.member("dora@example.org", &["admin"]).await;
        let content = scene.published(lesson("Budgets that children read")).await;
        let begun = Instant::now();
        while scene.server.ask("{ search(query: \"budgets\") { totalCount } }", json!({})).await.data()["search"]["totalCount"] == 0 {
            assert!(begun.elapsed() < Duration::from_secs(10));
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        for who in [&scene.author, &scene.moderator, &scene.other] {
            search(&scene, Some(who), "Budgets,").await;
            search(&scene, Some(who), "budgets").await;
            search(&scene, Some(who), "xylophone quartz?").await;
            search(&scene, Some(who), "write to zora@example.com").await;
        }
        search(&scene, Some(&scene.author), "Zora Banda of Lusaka").await;
        assert_eq!(click(&scene, &scene.author, "BUDGETS", &content).await, true);
        assert_eq!(click(&scene, &scene.author, "never asked", &content).await, false);
        let told = analytics(&scene, &admin, 11).await;
        assert_eq!(told["days"], 30);
        assert_eq!((&told["all"]["searches"], &told["all"]["clicked"]), (&json!(11), &json!(1)));
        // The visit without an account waited for the index, and so asked once too.
        assert_eq!(
            told["frequent"],
            json!([
                { "query": "budgets", "searches": 4, "withoutResult": 0, "clicked": 1, "clickThrough": 0.25 },
                { "query": "xylophone quartz", "searches": 3, "withoutResult": 3, "clicked": 0, "clickThrough": null },
            ])
        );
        assert_eq!(told["withoutResult"], json!([{ "query": "xylophone quartz", "withoutResult": 3 }]));
        let first = scene.ask(&admin, ANALYTICS, json!({ "days": 1, "first": 1 })).await;
        assert_eq!(first["searchAnalytics"]["frequent"].as_array().unwrap().len(), 1);
        let kept = scene.rows("SELECT query FROM search_statistic").await.join("|");
        assert!(!kept.contains("zora"), "{kept}");
        // What is counted when the service stops is written down, and adds up with what was before.
        let again = scene.server.member("emil@example.org", &[]).await;
        search(&scene, Some(&again), "budgets").await;
        search(&scene, Some(&scene.author), "budgets").await;
        scene.server.stop().await;
        scene.server.launch().await;
        // It has another address now, for which the tokens of before were not made.
        let session = Session::of(&scene.server.sign_in(&admin.email, PASSWORD).await);
        let admin = Member { session, ..admin };
        let told = analytics(&scene, &admin, 12).await;
        assert_eq!(told["frequent"][0]["searches"], 5);
    }

    async fn statistics_are_for_administrators_and_deleted_after_ninety_days(backend: Backend) {
        let mut scene = Scene::set(backend).await;
        for (who, code) in [(None, "UNAUTHENTICATED"), (Some(&scene.moderator), "FORBIDDEN")] {
            let token = who.map(|who: &Member| who.session.access.as_str());
            assert_eq!(scene.server.ask_as(token, ANALYTICS, json!({})).await.codes(), [code]);
        }
        let admin = scene.server.member("dora@example.org", &["admin"]).await;
        for days in [0, 91, -1] {
            let answer = scene.server.ask_as(Some(&admin.session.access), ANALYTICS, json!({ "days": days })).await;
            assert_eq!(answer.codes(), ["INVALID_PAGE_SIZE"], "{days}");
        }
        scene.execute("INSERT INTO search_statistic VALUES ('2020-01-01', 'old', 5, 0, 0)").await;
        scene.server.stop().await;
        scene.server.launch().await;
        let begun = Instant::now();
        while scene.rows("SELECT query FROM search_statistic").await.contains(&"old".to_owned()) {
            assert!(begun.elapsed() < Duration::from_secs(30));
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let input = json!({ "query": " ", "content": "lesson_00000000000000000000000000" });
        let payload = scene.server.mutate(None, "reportSearchClick", "counted", input).await;
        assert_eq!((&payload["errors"][0]["code"], &payload["counted"]), (&json!("INVALID_QUERY"), &json!(false)));
        let input = json!({ "query": "words", "content": "theme_00000000000000000000000000" });
        let answer = scene.server.try_mutate(None, "reportSearchClick", "counted", input).await;
        assert_eq!(answer.codes(), ["WRONG_ID_TYPE"]);
    }
}
