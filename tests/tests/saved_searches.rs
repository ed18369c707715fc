//! Saved searches: who hears of what was published, in the API, by letter and as a feed.

use std::time::{Duration, Instant};

use praxis_tests::scene::{Scene, codes, lesson};
use praxis_tests::{Backend, Item, Member, PASSWORD, on_both_databases};
use reqwest::Method;
use serde_json::{Value, json};

const FIELDS: &str = "savedSearch { id name query filter { countries themes years { from } } mail feedUrl
    matches { totalCount nodes { kind content { title } savedSearch { name } } } }";

async fn save(scene: &Scene, who: &Member, input: Value) -> Value {
    scene.server.mutate(Some(&who.session.access), "saveSearch", FIELDS, input).await
}

async fn saved(scene: &Scene, who: &Member, input: Value) -> Value {
    let payload = save(scene, who, input).await;
    assert_eq!(payload["errors"], json!([]), "{payload:#}");
    payload["savedSearch"].clone()
}

/// The titles of what answers each saved search, once there are so many in all.
async fn matches(scene: &Scene, who: &Member, count: usize) -> Vec<(String, Vec<String>)> {
    let query = "{ viewer { savedSearches { name matches(first: 50) { nodes { content { title } } } } } }";
    let begun = Instant::now();
    loop {
        let data = scene.ask(who, query, json!({})).await;
        let searches = data["viewer"]["savedSearches"].as_array().unwrap();
        let all: Vec<(String, Vec<String>)> = searches
            .iter()
            .map(|search| {
                let nodes = search["matches"]["nodes"].as_array().unwrap().iter();
                let mut titles: Vec<String> = nodes.map(|one| one["content"]["title"].as_str().unwrap().to_owned()).collect();
                titles.sort();
                (search["name"].as_str().unwrap().to_owned(), titles)
            })
            .collect();
        if all.iter().map(|(_, titles)| titles.len()).sum::<usize>() >= count {
            return all;
        }
        assert!(begun.elapsed() < Duration::from_secs(15), "{all:?}\n{}", scene.server.logs());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The path of the address of a feed.
fn path(url: &Value) -> String {
    let url = url.as_str().unwrap();
    url[url.find("/feeds/").unwrap()..].to_owned()
}

on_both_databases! {
    async fn a_member_hears_of_what_is_published_later_and_answers_a_saved_search(backend: Backend) {
        let scene = Scene::set(backend).await;
        scene.published(lesson("Budgets before")).await;
        let word = saved(&scene, &scene.author, json!({ "name": " On budgets ", "query": "budget" })).await;
        assert_eq!((&word["name"], &word["mail"]), (&json!("On budgets"), &json!("DAILY")));
        let filter = json!({ "countries": ["ZM"], "years": null });
        let by_place = saved(&scene, &scene.author, json!({ "name": "Zambia", "filter": filter, "mail": "NEVER" })).await;
        assert_eq!(by_place["filter"], json!({ "countries": ["ZM"], "themes": null, "years": null }));
        saved(&scene, &scene.other, json!({ "name": "Other", "query": "water" })).await;
        let mut zambian = lesson("Courts that listen");
        zambian["lesson"]["countries"] = json!(["ZM"]);
        scene.published(zambian).await;
        scene.published(lesson("Budgets after")).await;
        assert_eq!(
            matches(&scene, &scene.author, 2).await,
            [("On budgets".to_owned(), vec!["Budgets after".to_owned()]),
             ("Zambia".to_owned(), vec!["Courts that listen".to_owned()])]
        );
        let inbox = "{ viewer { notifications { nodes { kind content { title } savedSearch { name } } } } }";
        let data = scene.ask(&scene.author, inbox, json!({})).await;
        let nodes = data["viewer"]["notifications"]["nodes"].as_array().unwrap();
        let told = json!({ "kind": "SAVED_SEARCH_MATCH", "content": { "title": "Budgets after" },
            "savedSearch": { "name": "On budgets" } });
        assert!(nodes.contains(&told), "{nodes:?}");
        assert_eq!(matches(&scene, &scene.other, 0).await, [("Other".to_owned(), Vec::<String>::new())]);
    }

    async fn nothing_is_missed_or_told_twice_over_a_restart_and_an_import(backend: Backend) {
        let mut scene = Scene::set(backend).await;
        saved(&scene, &scene.author, json!({ "name": "All", "query": "ledger" })).await;
        scene.server.stop().await;
        let items: Vec<Item> = (0..620)
            .map(|number| Item::new("lesson", &format!("ledger-{number}"), &format!("Ledger {number}"), json!({})))
            .collect();
        scene.server.import(&items);
        scene.server.launch().await;
        let count = "SELECT COUNT(*) || '' FROM notification WHERE saved_search_id IS NOT NULL";
        let begun = Instant::now();
        while scene.rows(count).await != ["620"] {
            assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", scene.rows(count).await);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        // As if another process, or this one before it ended, had not noted how far it came.
        scene.execute("UPDATE saved_search SET followed = 0").await;
        let followed = "SELECT followed || '' FROM saved_search";
        while scene.rows(followed).await == ["0"] {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(scene.rows(count).await, ["620"]);
    }

    async fn letters_and_feed_show_what_is_public_and_end_by_one_click(backend: Backend) {
        let scene = Scene::set(backend).await;
        let input = json!({ "name": "Wells <b>&", "query": "well", "mail": "AT_ONCE" });
        let search = saved(&scene, &scene.author, input).await;
        let mut told = lesson("Wells & pumps");
        told["lesson"]["summary"] = json!("A **well** in each village");
        scene.published(told).await;
        let letter = scene.server.letters(&scene.author.email, 1).await.remove(0);
        assert_eq!(letter.subject, "New for a saved search");
        for part in ["“Wells & pumps”", "/lesson/wells-pumps", "saved search “Wells <b>&”", "List-Unsubscribe-Post: List-Unsubscribe=One-Click"] {
            assert!(letter.text.contains(part), "{part}\n{}", letter.text);
        }
        let feed = path(&search["feedUrl"]);
        let reply = scene.server.get(&feed, &[]).await;
        assert_eq!((reply.status, reply.header("content-type")), (200, "application/atom+xml; charset=utf-8".to_owned()));
        for part in ["<title>Praxis: Wells &lt;b&gt;&amp;</title>", "<title>Wells &amp; pumps</title>", "/lesson/wells-pumps",
            "A well in each village"] {
            assert!(reply.text().contains(part), "{part}\n{}", reply.text());
        }
        let begin = letter.text.find("/unsubscribe/").unwrap();
        let end: String = letter.text[begin..].chars().take_while(|one| !one.is_whitespace() && *one != '>').collect();
        let page = scene.server.get(&end, &[]).await;
        assert!(page.text().contains("<button>") && page.text().contains("Wells &lt;b&gt;&amp;"), "{}", page.text());
        let mail = "{ viewer { savedSearches { mail } } }";
        let setting = scene.ask(&scene.author, mail, json!({})).await;
        assert_eq!(setting["viewer"]["savedSearches"][0]["mail"], "AT_ONCE", "looking at the page ends nothing");
        for _ in 0..2 {
            assert_eq!(scene.server.send(Method::POST, &end, &[], "List-Unsubscribe=One-Click").await.status, 200);
        }
        let setting = scene.ask(&scene.author, mail, json!({})).await;
        assert_eq!(setting["viewer"]["savedSearches"][0]["mail"], "NEVER");
        let content = scene.published(lesson("Wells again")).await;
        matches(&scene, &scene.author, 2).await;
        assert!(scene.server.get(&feed, &[]).await.text().contains("Wells again"));
        let input = json!({ "id": content, "reason": "it shows a child" });
        scene.server.mutate(Some(&scene.moderator.session.access), "hideContent", "content { id }", input).await;
        assert!(!scene.server.get(&feed, &[]).await.text().contains("Wells again"), "hidden");
        tokio::time::sleep(Duration::from_secs(6)).await;
        let own = scene.server.all_letters().into_iter().filter(|letter| letter.to == scene.author.email);
        assert_eq!(own.filter(|letter| letter.subject == "New for a saved search").count(), 1);
        assert_eq!(scene.server.get(&feed.replace("/feeds/", "/unsubscribe/"), &[]).await.status, 404);
        assert_eq!(scene.server.get("/feeds/pf_unknown", &[]).await.status, 404);
        assert!(!scene.server.logs().contains(&feed), "an address with a secret is not logged");
    }

    async fn a_digest_holds_what_one_search_found_and_waits_for_its_own_time(backend: Backend) {
        let scene = Scene::set(backend).await;
        saved(&scene, &scene.other, json!({ "name": "Daily", "query": "pump" })).await;
        let weekly = saved(&scene, &scene.other, json!({ "name": "Weekly", "query": "pump", "mail": "WEEKLY" })).await;
        scene.published(lesson("First pump")).await;
        scene.published(lesson("Second pump")).await;
        matches(&scene, &scene.other, 4).await;
        let due = format!(
            "UPDATE notification SET mail_due_at = created_at WHERE saved_search_id IN
                (SELECT id FROM saved_search WHERE name = '{}')",
            "Daily"
        );
        scene.execute(&due).await;
        let letter = scene.server.letters(&scene.other.email, 1).await.remove(0);
        for part in ["First pump", "Second pump", "“Daily”"] {
            assert!(letter.text.contains(part), "{part}\n{}", letter.text);
        }
        // What waits goes by the new setting at once.
        let input = json!({ "savedSearch": weekly["id"], "name": "Weekly", "query": "pump", "mail": "AT_ONCE" });
        saved(&scene, &scene.other, input).await;
        let letter = scene.server.letters(&scene.other.email, 2).await.remove(1);
        assert!(letter.text.contains("“Weekly”") && letter.text.contains("First pump"), "{}", letter.text);
    }

    async fn a_saved_search_belongs_to_its_owner_alone(backend: Backend) {
        let scene = Scene::set(backend).await;
        let search = saved(&scene, &scene.author, json!({ "name": "Mine", "query": "pump" })).await;
        let change = json!({ "savedSearch": search["id"], "name": "Theirs", "query": "pump" });
        assert_eq!(codes(&save(&scene, &scene.other, change.clone()).await), ["NOT_FOUND"]);
        let delete = json!({ "savedSearch": search["id"] });
        let token = |who: &Member| Some(who.session.access.clone());
        let payload = scene.server.mutate(token(&scene.other).as_deref(), "deleteSavedSearch", FIELDS, delete.clone()).await;
        assert_eq!(codes(&payload), ["NOT_FOUND"]);
        for (mutation, input) in [("saveSearch", change), ("deleteSavedSearch", delete.clone())] {
            let answer = scene.server.try_mutate(None, mutation, FIELDS, input).await;
            assert_eq!(answer.codes(), ["UNAUTHENTICATED"], "{mutation}");
        }
        let node = scene.server.ask("query ($id: ID!) { node(id: $id) { id } }", json!({ "id": search["id"] })).await;
        assert_eq!(node.data()["node"], Value::Null);
        scene.published(lesson("A pump")).await;
        matches(&scene, &scene.author, 1).await;
        let feed = path(&search["feedUrl"]);
        let payload = scene.server.mutate(token(&scene.author).as_deref(), "deleteSavedSearch", FIELDS, delete).await;
        assert_eq!(payload["errors"], json!([]));
        assert_eq!(scene.server.get(&feed, &[]).await.status, 404);
        assert_eq!(scene.rows("SELECT COUNT(*) || '' FROM notification WHERE kind = 'SAVED_SEARCH_MATCH'").await, ["0"]);
    }

    async fn saving_says_what_is_wrong_with_a_search(backend: Backend) {
        let scene = Scene::set(backend).await;
        let refused = async |input: Value| codes(&save(&scene, &scene.author, input).await);
        assert_eq!(refused(json!({ "name": " ", "query": "pump" })).await, ["REQUIRED"]);
        assert_eq!(refused(json!({ "name": "x".repeat(101), "query": "pump" })).await, ["TOO_LONG"]);
        assert_eq!(refused(json!({ "name": "None", "query": " " })).await, ["REQUIRED"]);
        assert_eq!(refused(json!({ "name": "None", "filter": { "themes": [] } })).await, ["REQUIRED"]);
        assert_eq!(refused(json!({ "name": "Mark", "query": "?!" })).await, ["INVALID"]);
        let token = Some(scene.author.session.access.as_str());
        for (input, code) in [
            (json!({ "name": "Long", "query": "x".repeat(513) }), "QUERY_TOO_LONG"),
            (json!({ "name": "Nul", "query": "a\u{0}b" }), "INVALID_QUERY"),
            (json!({ "name": "Where", "filter": { "countries": ["XX"] } }), "UNKNOWN_COUNTRY"),
            (json!({ "name": "What", "filter": { "themes": ["beekeeping"] } }), "UNKNOWN_THEME"),
            (json!({ "name": "Which", "query": "a", "savedSearch": "lesson_00000000000000000000000000" }), "WRONG_ID_TYPE"),
        ] {
            let answer = scene.server.try_mutate(token, "saveSearch", FIELDS, input).await;
            assert_eq!(answer.codes(), [code]);
        }
        for number in 0..50 {
            saved(&scene, &scene.author, json!({ "name": format!("Number {number}"), "query": "pump" })).await;
        }
        assert_eq!(refused(json!({ "name": "One more", "query": "pump" })).await, ["TOO_LONG"]);
        assert_eq!(matches(&scene, &scene.author, 0).await.len(), 50);
    }

    async fn leaving_takes_saved_searches_along(backend: Backend) {
        let scene = Scene::set(backend).await;
        saved(&scene, &scene.author, json!({ "name": "Mine", "query": "pump" })).await;
        let token = Some(scene.author.session.access.as_str());
        let input = json!({ "password": PASSWORD });
        let export = scene.server.mutate(token, "exportAccount", "document", input).await;
        assert!(export.to_string().contains("Mine"), "{export:#}");
        let input = json!({ "password": PASSWORD, "contributions": "KEEP" });
        scene.server.mutate(token, "deleteAccount", "", input).await;
        let begun = Instant::now();
        while scene.rows("SELECT name FROM saved_search").await != Vec::<String>::new() {
            assert!(begun.elapsed() < Duration::from_secs(15));
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_is_written_about_more_than_a_statement_of_sqlite_has_room_for() {
    let scene = Scene::set(Backend::Sqlite).await;
    saved(
        &scene,
        &scene.author,
        json!({ "name": "All", "query": "ledger", "mail": "AT_ONCE" }),
    )
    .await;
    // As a large import leaves it.
    let then = "'2026-01-01T00:00:00+00:00'";
    scene
        .execute(&format!(
            "INSERT INTO content (id, kind, slug, title, title_key, language, status, revision, published_at, updated_at)
                WITH RECURSIVE many(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM many WHERE number < 33000)
                SELECT randomblob(16), 'LESSON', 'ledger-' || number, 'Ledger ' || number, 'ledger', 'en', 'PUBLISHED', 1,
                    {then}, {then} FROM many"
        ))
        .await;
    scene
        .execute(&format!(
            "INSERT INTO notification (account_id, id, kind, content_id, saved_search_id, created_at, mail_due_at)
                SELECT saved_search.account_id, randomblob(16), 'SAVED_SEARCH_MATCH', content.id, saved_search.id, {then}, {then}
                FROM saved_search, content"
        ))
        .await;
    let letter = scene.server.letters(&scene.author.email, 1).await.remove(0);
    assert!(letter.text.contains("- and 32950 more"), "{}", letter.text);
}
