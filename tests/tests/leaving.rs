//! What becomes of the contributions of somebody who deletes their account, as they chose.

use praxis_tests::PASSWORD;
use praxis_tests::on_both_databases;
use praxis_tests::scene::{Scene, id, lesson};
use serde_json::{Value, json};

/// Deletes the author's account and waits until the wish is fulfilled.
async fn leave(scene: &Scene, contributions: &str) {
    let input = json!({ "password": PASSWORD, "contributions": contributions });
    let token = Some(scene.author.session.access.as_str());
    let payload = scene.server.mutate(token, "deleteAccount", "", input).await;
    assert_eq!(payload["errors"], json!([]));
    // What was begun before may arrive for a minute; the second visit comes after it.
    let ago = "UPDATE account SET deleted_at = '2026-01-01T00:00:00+00:00' WHERE deleted_at IS NOT NULL";
    scene.execute(ago).await;
    for _ in 0..100 {
        let settled = scene.rows("SELECT CAST(COUNT(*) AS TEXT) FROM account WHERE contributions_settled_at IS NOT NULL").await;
        if settled == ["1"] {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    panic!("the wish was not fulfilled\n{}", scene.server.logs());
}

async fn content(scene: &Scene, id: &str) -> Value {
    let query = "query ($id: ID!) { node(id: $id) { ... on Lesson { title summary revision } } }";
    scene.ask(&scene.other, query, json!({ "id": id })).await["node"].clone()
}

/// Publishes, rejects and drafts something of the author, flags something and appeals; gives what was published.
async fn busy_member(scene: &Scene) -> String {
    let published = scene.published(lesson("The published quetzal")).await;
    let rejected = scene.claimed(lesson("The rejected quetzal")).await;
    let reason = json!({ "submission": rejected, "reason": "a quetzal again" });
    scene.does(&scene.moderator, "rejectSubmission", reason).await;
    scene.draft(lesson("The drafted quetzal")).await;
    let token = Some(scene.author.session.access.as_str());
    let flag = json!({ "id": published, "reason": "ACCURACY", "note": "quetzal flag" });
    let payload = scene.server.mutate(token, "flagContent", "flagged", flag).await;
    assert_eq!(payload["errors"], json!([]));
    published
}

/// The texts of a table with the word that all the author's own texts have.
async fn left(scene: &Scene, table: &str, columns: &str) -> usize {
    let sql = format!("SELECT {columns} FROM {table}");
    let rows = scene.rows(&sql).await;
    rows.iter().filter(|text| text.contains("quetzal")).count()
}

on_both_databases! {
    async fn what_somebody_keeps_stays_without_them(backend: Backend) {
        let scene = Scene::set(backend).await;
        let published = busy_member(&scene).await;
        leave(&scene, "KEEP").await;
        assert_eq!(content(&scene, &published).await["title"], "The published quetzal");
        assert_eq!(left(&scene, "submission", "title").await, 2, "only the draft went");
        assert_eq!(scene.rows("SELECT CAST(COUNT(*) AS TEXT) FROM notification n JOIN account a ON a.id = n.account_id
            WHERE a.deleted_at IS NOT NULL").await, ["0"]);
        let author = "query ($id: ID!) { node(id: $id) { ... on Submission { title author { displayName } } } }";
        let mut kept = Vec::new();
        for status in ["PUBLISHED", "REJECTED"] {
            let queue = format!("{{ submissions(filter: {{ statuses: [{status}] }}) {{ nodes {{ id }} }} }}");
            let found = scene.ask(&scene.moderator, &queue, json!({})).await["submissions"]["nodes"][0]["id"].clone();
            kept.push(scene.ask(&scene.moderator, author, json!({ "id": found })).await["node"].clone());
        }
        assert_eq!(kept[0]["title"], "The published quetzal");
        for one in kept {
            assert_ne!(one["author"]["displayName"], "Somebody", "{one}");
        }
        assert!(!scene.server.logs().contains("ana@example.org"));
    }

    async fn what_somebody_takes_along_is_erased_everywhere(backend: Backend) {
        let scene = Scene::set(backend).await;
        let published = busy_member(&scene).await;
        leave(&scene, "ERASE").await;
        assert_eq!(content(&scene, &published).await, Value::Null);
        for (table, columns) in [
            ("submission", "title || slug || document || COALESCE(note, '')"),
            ("content", "title || slug || COALESCE(summary, '')"),
            ("revision", "document"),
            ("decision", "COALESCE(reason, '')"),
            ("audit_entry", "COALESCE(reason, '')"),
        ] {
            assert_eq!(left(&scene, table, columns).await, 0, "{table}");
        }
        let owners = "SELECT CAST(COUNT(*) AS TEXT) FROM submission WHERE author_id IS NOT NULL";
        assert_eq!(scene.rows(owners).await, ["0"]);
        let told = "SELECT action FROM audit_entry WHERE action = 'CONTRIBUTIONS_ERASED'";
        assert_eq!(scene.rows(told).await.len(), 1);
        scene.server.wait_for_index().await;
        let search = scene.server.query("{ search(query: \"quetzal\") { totalCount } }").await;
        assert_eq!(search.data()["search"]["totalCount"], 0);
        let doctor = scene.server.run(&["doctor"]);
        assert!(doctor.status.success(), "{}", String::from_utf8_lossy(&doctor.stdout));
    }

    async fn what_others_revised_is_theirs_too_and_stays(backend: Backend) {
        let scene = Scene::set(backend).await;
        let shared = scene.published(lesson("Written by two")).await;
        let mut changed = lesson("Written by two");
        changed["lesson"]["summary"] = json!("The second one added this.");
        let draft = json!({ "target": shared, "content": changed });
        let draft = id(&scene.does(&scene.other, "saveDraft", draft).await);
        scene.does(&scene.other, "submitDraft", json!({ "submission": draft })).await;
        scene.does(&scene.moderator, "claimSubmission", json!({ "submission": draft })).await;
        scene.does(&scene.moderator, "approveSubmission", json!({ "submission": draft })).await;
        leave(&scene, "ERASE").await;
        let kept = content(&scene, &shared).await;
        assert_eq!((&kept["summary"], &kept["revision"]), (&json!("The second one added this."), &json!(2)));
    }

    async fn an_export_holds_what_somebody_did_in_curation(backend: Backend) {
        let scene = Scene::set(backend).await;
        busy_member(&scene).await;
        let token = Some(scene.author.session.access.as_str());
        let input = json!({ "password": PASSWORD });
        let payload = scene.server.mutate(token, "exportAccount", "document", input).await;
        let document: Value = serde_json::from_str(payload["document"].as_str().unwrap()).unwrap();
        let curation = &document["curation"];
        let titles: Vec<&str> = curation["submissions"].as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap()).collect();
        assert_eq!(titles, ["The published quetzal", "The rejected quetzal", "The drafted quetzal"]);
        assert_eq!(curation["submissions"][0]["document"]["lesson"]["kind"], "BOTTLENECK");
        assert_eq!(curation["submissions"][1]["decisions"].as_array().unwrap().last().unwrap()["reason"], "a quetzal again");
        assert_eq!(curation["flags"][0]["note"], "quetzal flag");
        let kinds: Vec<&str> = curation["notifications"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["PUBLISHED", "REJECTED"]);
        let others = scene.server.mutate(Some(&scene.other.session.access), "exportAccount", "document", json!({ "password": PASSWORD })).await;
        assert!(!others["document"].as_str().unwrap().contains("quetzal"));
    }

    async fn an_item_that_is_damaged_does_not_keep_the_others_from_being_erased(backend: Backend) {
        let scene = Scene::set(backend).await;
        let damaged = scene.published(lesson("The damaged quetzal")).await;
        let whole = scene.published(lesson("The whole quetzal")).await;
        scene.execute(r#"UPDATE revision SET document = '{"the-damaged-quetzal"' WHERE document LIKE '%damaged%'"#).await;
        let input = json!({ "password": PASSWORD, "contributions": "ERASE" });
        let token = Some(scene.author.session.access.as_str());
        assert_eq!(scene.server.mutate(token, "deleteAccount", "", input).await["errors"], json!([]));
        let begun = std::time::Instant::now();
        while content(&scene, &whole).await != Value::Null {
            assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{}", scene.server.logs());
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        // The wish is not fulfilled yet, and nobody says that it is.
        assert_eq!(content(&scene, &damaged).await["title"], "The damaged quetzal");
        let settled = "SELECT CAST(COUNT(*) AS TEXT) FROM account WHERE contributions_settled_at IS NOT NULL";
        assert_eq!(scene.rows(settled).await, ["0"]);
        let logs = scene.server.logs();
        assert!(logs.contains("can't be erased yet") && !logs.contains("quetzal"), "{logs}");
    }
}
