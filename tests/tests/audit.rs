//! The audit log: who reads it, and that nobody changes it unnoticed.

use std::time::{Duration, Instant};

use praxis_tests::{Backend, Item, Options, Server, Told, on_both_databases};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

fn doctor(server: &Server) -> Told {
    server.run(&["doctor"]).into()
}

/// The lines of the doctor's report about the audit log.
fn audit(told: &Told) -> Vec<&str> {
    let about = |line: &&str| line.split_whitespace().nth(1) == Some("audit");
    told.output.lines().filter(about).collect()
}

/// A server with some entries, all sealed.
async fn sealed(backend: Backend) -> Server {
    let server = Server::start(Options::empty(backend)).await;
    let items: Vec<Item> = (0..3)
        .map(|number| Item::new("lesson", &format!("lesson-{number}"), "A lesson", json!({})))
        .collect();
    server.import(&items);
    let hidden = server.run(&["content", "hide", "lesson/lesson-0", "--reason", "zebra asked for it"]);
    assert!(hidden.status.success(), "{}", String::from_utf8_lossy(&hidden.stderr));
    wait_until_sealed(&server).await;
    server
}

async fn wait_until_sealed(server: &Server) {
    let begun = Instant::now();
    loop {
        let told = doctor(server);
        if audit(&told)[0].contains(" 0 waiting") {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{told:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn execute(server: &Server, sql: &str) {
    let connection = server.database.connect().await;
    let done = connection.execute_unprepared(sql).await.unwrap();
    assert!(done.rows_affected() > 0, "{sql}");
}

#[track_caller]
fn assert_broken(server: &Server, word: &str) {
    let told = doctor(server);
    assert_ne!(told.code, Some(0), "{told:?}");
    let lines = audit(&told);
    assert!(
        lines.iter().any(|line| line.starts_with("BAD") && line.contains(word)),
        "{lines:?}"
    );
}

on_both_databases! {
    async fn an_untouched_log_fits_its_seals(backend: Backend) {
        let server = sealed(backend).await;
        let told = doctor(&server);
        assert_eq!(told.code, Some(0), "{told:?}");
        // Those of the mechanisms and treaties that come with the service, three of an import, and one of a decision.
        let standard = server.database.number("SELECT COUNT(*) FROM audit_entry WHERE source = 'references.jsonl'").await;
        let sealed = format!(" {} entries sealed", standard + 4);
        assert!(audit(&told)[0].starts_with("ok") && audit(&told)[0].contains(&sealed), "{told:?}");
    }

    async fn an_entry_that_was_changed_is_found(backend: Backend) {
        let server = sealed(backend).await;
        execute(&server, "UPDATE audit_entry SET actor = 'account:somebody-else' WHERE action = 'HIDDEN'").await;
        assert_broken(&server, "does not fit");
    }

    async fn an_entry_that_was_taken_away_is_found(backend: Backend) {
        let server = sealed(backend).await;
        execute(&server, "DELETE FROM audit_entry WHERE action = 'HIDDEN'").await;
        assert_broken(&server, "covers");
    }

    async fn a_seal_that_was_taken_away_is_found(backend: Backend) {
        let server = sealed(backend).await;
        server.import(&[Item::new("lesson", "one-more", "A lesson", json!({}))]);
        wait_until_sealed(&server).await;
        execute(&server, "DELETE FROM audit_seal WHERE number = (SELECT MIN(number) FROM audit_seal)").await;
        assert_broken(&server, "is missing");
    }

    async fn a_reason_that_was_changed_is_found(backend: Backend) {
        let server = sealed(backend).await;
        execute(&server, "UPDATE audit_entry SET reason = 'no reason at all' WHERE action = 'HIDDEN'").await;
        assert_broken(&server, "reason");
    }

    async fn an_erased_reason_is_gone_and_the_log_still_fits(backend: Backend) {
        let server = sealed(backend).await;
        let erased = server.run(&["content", "erase", "lesson/lesson-0", "--reason", "zebra is in it"]);
        assert!(erased.status.success(), "{}", String::from_utf8_lossy(&erased.stderr));
        wait_until_sealed(&server).await;
        let told = doctor(&server);
        assert_eq!(told.code, Some(0), "{told:?}");
        assert!(audit(&told)[0].contains("1 reasons erased"), "{told:?}");
    }

    async fn administrators_read_and_filter_the_log_and_nobody_else_does(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let admin = server.member("ana@example.org", &["admin"]).await;
        let moderator = server.member("bela@example.org", &["moderator"]).await;
        server.import(&[Item::new("lesson", "hide-me", "A lesson", json!({}))]);
        let found = server.query("{ content(kind: LESSON, slug: \"hide-me\") { id } }").await;
        let id = found.data()["content"]["id"].clone();
        let input = json!({ "id": id, "reason": "Look at it." });
        server.mutate(Some(&moderator.session.access), "hideContent", "content { id }", input).await;

        let query = "query ($filter: AuditFilter, $after: String) { auditLog(filter: $filter, first: 1, after: $after) { totalCount
            nodes { action actor account { displayName } reason source revisionAfter } pageInfo { hasNextPage endCursor } } }";
        let ask = async |filter: Value, after: Value| {
            let answer = server.ask_as(Some(&admin.session.access), query, json!({ "filter": filter, "after": after })).await;
            answer.data()["auditLog"].clone()
        };
        let about = ask(json!({ "subject": id }), Value::Null).await;
        assert_eq!(about["totalCount"], 2);
        let last = &about["nodes"][0];
        assert_eq!((&last["action"], &last["reason"], &last["source"]), (&json!("HIDDEN"), &json!("Look at it."), &json!("api")));
        assert_eq!(last["account"]["displayName"], "Somebody");
        let next = ask(json!({ "subject": id }), about["pageInfo"]["endCursor"].clone()).await;
        assert_eq!(next["nodes"][0]["action"], "PUBLISHED");
        assert_eq!(next["pageInfo"]["hasNextPage"], false);
        assert_eq!(ask(json!({ "actions": ["ROLE_GRANTED"] }), Value::Null).await["totalCount"], 2);
        assert_eq!(ask(json!({ "from": "2999-01-01T00:00:00Z" }), Value::Null).await["totalCount"], 0);
        let answer = server.ask_as(Some(&admin.session.access), "{ viewer { id } }", json!({})).await;
        let account = answer.data()["viewer"]["id"].clone();
        let signed_in = ask(json!({ "account": account, "actions": ["SIGNED_IN"] }), Value::Null).await;
        assert!(signed_in["totalCount"].is_number());

        for token in [Some(moderator.session.access.as_str()), None] {
            let answer = server.ask_as(token, "{ auditLog { totalCount } }", json!({})).await;
            answer.refusal(if token.is_some() { "FORBIDDEN" } else { "UNAUTHENTICATED" });
        }
    }
}
