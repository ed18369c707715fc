//! Whether a recommendation is about children: a moderator's decision goes before the rule, and a newer rule before an older
//! one.

use praxis_tests::{Backend, Member, Options, Server, on_both_databases};
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

const ROWS: &str = "To,Text,From,Response,Action,Issue,Session
Nepal,Pay midwives better,Norway,Accepted,5,Justice,10
Nepal,Abolish corporal punishments such as flogging,Peru,Noted,5,Justice,10
Nepal,Open more schools,Chile,Accepted,4,Right to education,10
";

const SHOWN: &str = "content { id revision ... on Recommendation { childFocused childFocus { childFocused rule reason } } }";

async fn filled(backend: Backend) -> Server {
    let server = Server::start(Options::empty(backend)).await;
    assert!(import(&server).contains("3 new, 0 changed, 0 unchanged"));
    server
}

fn import(server: &Server) -> String {
    let path = server.directory().join("upr.csv");
    std::fs::write(&path, ROWS).unwrap();
    let told = server.tell(&["import", "--format", "upr", &path.display().to_string()]);
    assert_eq!(told.code, Some(0), "{told:?}");
    told.output
}

async fn id(server: &Server, word: &str) -> String {
    let query = format!("{{ recommendations(filter: {{ text: \"{word}\" }}) {{ nodes {{ id }} }} }}");
    let answer = server.query(&query).await;
    answer.data()["recommendations"]["nodes"][0]["id"].as_str().unwrap().to_owned()
}

async fn about_children(server: &Server) -> Value {
    let query = "{ recommendations(filter: { childFocused: true }) { totalCount }
        reviews { nodes { uptake { childFocused childFocusedAccepted } } }
    }";
    let answer = server.query(query).await;
    let uptake = &answer.data()["reviews"]["nodes"][0]["uptake"];
    json!([answer.data()["recommendations"]["totalCount"], uptake["childFocused"], uptake["childFocusedAccepted"]])
}

async fn decide(server: &Server, who: &Member, recommendation: &str, decision: Value, reason: &str) -> Value {
    let input = json!({ "recommendation": recommendation, "childFocused": decision, "reason": reason });
    server.mutate(Some(&who.session.access), "overrideChildFocus", SHOWN, input).await
}

fn problems(payload: &Value) -> Vec<(String, String)> {
    let errors = payload["errors"].as_array().unwrap();
    errors
        .iter()
        .map(|error| (error["code"].as_str().unwrap().to_owned(), error["path"].as_array().unwrap().last().unwrap().as_str().unwrap().to_owned()))
        .collect()
}

on_both_databases! {
    async fn a_moderator_decides_what_is_about_children_and_all_that_counts_it_follows(backend: Backend) {
        let server = filled(backend).await;
        let moderator = server.member("bela@example.org", &["moderator"]).await;
        assert_eq!(about_children(&server).await, json!([1, 1, 1]));
        let midwives = id(&server, "midwives").await;
        let reason = "Most who are helped by midwives are newborn";
        let payload = decide(&server, &moderator, &midwives, json!(true), &format!("  {reason} ")).await;
        assert_eq!(
            payload,
            json!({ "errors": [], "content": { "id": midwives, "revision": 2, "childFocused": true,
                "childFocus": { "childFocused": true, "rule": null, "reason": reason } } })
        );
        assert_eq!(about_children(&server).await, json!([2, 2, 2]));
        let schools = id(&server, "schools").await;
        decide(&server, &moderator, &schools, json!(false), "It is about buildings").await;
        assert_eq!(about_children(&server).await, json!([1, 1, 1]));
        // Imported again, it stays; exported, it goes along.
        assert!(import(&server).contains("0 new, 0 changed, 3 unchanged"));
        let exported = server.tell(&["export", "--kind", "recommendation"]).output;
        assert!(exported.contains(&format!(r#""childFocus":{{"childFocused":true,"reason":"{reason}"}}"#)), "{exported}");
        // Who decided, and that there is something new.
        let audit = "SELECT action || ' ' || reason FROM audit_entry WHERE reason IS NOT NULL AND source = 'api' ORDER BY reason";
        let told = server.database.texts(audit).await;
        assert_eq!(told, ["UPDATED It is about buildings".to_owned(), format!("UPDATED {reason}")]);
        let changes = server.query("{ changes(kinds: [RECOMMENDATION]) { nodes { type id revision } } }").await;
        let changes = changes.data()["changes"]["nodes"].as_array().unwrap();
        assert_eq!(changes.last().unwrap(), &json!({ "type": "UPDATED", "id": schools, "revision": 2 }));
        assert_eq!(changes.len(), 5);
        // Taken back, the rule decides again.
        let payload = decide(&server, &moderator, &midwives, Value::Null, "The rule is right after all").await;
        assert_eq!(payload["content"]["childFocus"], json!({ "childFocused": false, "rule": 2, "reason": null }));
        assert_eq!(about_children(&server).await, json!([0, 0, 0]));
    }

    async fn a_decision_without_a_reason_a_change_or_the_right_is_refused_and_nothing_is_written(backend: Backend) {
        let server = filled(backend).await;
        let moderator = server.member("bela@example.org", &["moderator"]).await;
        let member = server.member("ana@example.org", &["trusted-member"]).await;
        let midwives = id(&server, "midwives").await;
        let before = server.database.texts("SELECT CAST(COUNT(*) AS TEXT) FROM revision").await;
        let long = "x".repeat(1_001);
        for (id, decision, reason, code, path) in [
            (&*midwives, json!(true), " ", "REQUIRED", "reason"),
            (&midwives, json!(true), &*long, "TOO_LONG", "reason"),
            (&midwives, json!(true), "in two\nlines", "INVALID", "reason"),
            (&midwives, json!(true), "Asha Gurung, aged 9, says so", "OPEN_FINDINGS", "reason"),
            (&midwives, Value::Null, "Asha Gurung, aged 9, says so", "OPEN_FINDINGS", "reason"),
            (&midwives, Value::Null, "Nothing was decided", "NO_CHANGE", "childFocused"),
            ("recommendation_00000000000000000000000000", json!(true), "Why not", "NOT_FOUND", "recommendation"),
        ] {
            let payload = decide(&server, &moderator, id, decision, reason).await;
            assert_eq!(payload["content"], Value::Null);
            assert_eq!(problems(&payload), [(code.to_owned(), path.to_owned())], "{reason}");
        }
        let input = json!({ "recommendation": midwives, "childFocused": true, "reason": "I say so" });
        let answer = server.try_mutate(Some(&member.session.access), "overrideChildFocus", SHOWN, input).await;
        assert_eq!(answer.codes(), ["FORBIDDEN"]);
        let hidden = json!({ "id": midwives, "reason": "For this test" });
        server.mutate(Some(&moderator.session.access), "hideContent", "content { id }", hidden).await;
        let payload = decide(&server, &moderator, &midwives, json!(true), "Too late").await;
        assert_eq!(problems(&payload), [("WRONG_STATE".to_owned(), "recommendation".to_owned())]);
        assert_eq!(server.database.texts("SELECT CAST(COUNT(*) AS TEXT) FROM revision").await, before);
    }

    async fn what_an_earlier_rule_judged_is_judged_anew_at_the_next_start_and_decisions_stay(backend: Backend) {
        let mut server = filled(backend).await;
        let moderator = server.member("bela@example.org", &["moderator"]).await;
        let midwives = id(&server, "midwives").await;
        decide(&server, &moderator, &midwives, json!(true), "Newborns").await;
        assert_eq!(about_children(&server).await, json!([2, 2, 2]));
        // As the first version of the rule left it.
        let connection = server.database.connect().await;
        for sql in [
            "UPDATE recommendation SET child_focused_rule = 1 WHERE child_focused_rule IS NOT NULL",
            "UPDATE recommendation SET child_focused = TRUE WHERE text LIKE '%flogging%'",
            "DELETE FROM setting WHERE key = 'rules.child_focused'",
        ] {
            connection.execute_unprepared(sql).await.unwrap();
        }
        assert_eq!(about_children(&server).await, json!([3, 3, 2]));
        assert_eq!(server.stop().await, Some(0));
        server.launch().await;
        assert_eq!(about_children(&server).await, json!([2, 2, 2]));
        let rules = "SELECT COALESCE(CAST(child_focused_rule AS TEXT), 'moderator') FROM recommendation ORDER BY 1";
        assert_eq!(server.database.texts(rules).await, ["2", "2", "moderator"]);
        let changes = server.query("{ changes(kinds: [RECOMMENDATION]) { nodes { type id revision } } }").await;
        let flogging = id(&server, "flogging").await;
        let changes = changes.data()["changes"]["nodes"].as_array().unwrap();
        assert_eq!(changes.last().unwrap(), &json!({ "type": "UPDATED", "id": flogging, "revision": 1 }));
        assert_eq!(changes.len(), 5);
        // Once is enough.
        assert_eq!(server.stop().await, Some(0));
        server.launch().await;
        assert_eq!(server.database.number("SELECT COUNT(*) FROM event").await, i64::try_from(changes.len()).unwrap() + 1);
    }
}
