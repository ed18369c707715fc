//! `praxis user` and `praxis keys`, beside a running server.

use std::time::{Duration, Instant};

use praxis_tests::{Backend, Options, PASSWORD, Server, Session, on_both_databases};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

const VIEWER: &str = "{ viewer { roles } }";

/// Asks until the answer has this status: other processes learn of a change within about a second.
async fn until(server: &Server, token: &str, status: u16) {
    let begun = Instant::now();
    loop {
        let answer = server.ask_as(Some(token), VIEWER, json!({})).await;
        if answer.status == status {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "{answer:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[track_caller]
fn done(server: &Server, arguments: &[&str]) -> String {
    let output = server.run(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

async fn audit(server: &Server) -> Vec<(String, String, Option<String>)> {
    let connection = server.database.connect().await;
    let statement = Statement::from_string(
        connection.get_database_backend(),
        "SELECT actor, action, reason FROM audit_entry WHERE subject LIKE 'account:%' ORDER BY id",
    );
    let rows = connection.query_all_raw(statement).await.unwrap();
    rows.iter()
        .map(|row| {
            (
                row.try_get("", "actor").unwrap(),
                row.try_get("", "action").unwrap(),
                row.try_get("", "reason").unwrap(),
            )
        })
        .collect()
}

on_both_databases! {
    async fn roles_are_granted_and_withdrawn_by_command(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let member = server.member("ana@example.org", &["moderator"]).await;
        let roles = |payload: &Value| payload["viewer"]["roles"].clone();
        let token = member.session.access.clone();
        let answer = server.ask_as(Some(&token), VIEWER, json!({})).await;
        assert_eq!(roles(answer.data()), json!(["MEMBER", "MODERATOR"]));

        done(&server, &["user", "promote", "--email", "Ana@example.org", "--role", "safeguarding-lead"]);
        until(&server, &token, 401).await;
        let payload = server.refresh(&member.session.refresh).await;
        assert_eq!(roles(&payload), json!(["MEMBER", "MODERATOR", "SAFEGUARDING_LEAD"]));
        let session = Session::of(&payload);
        let unchanged = done(&server, &["user", "promote", "--email", "ana@example.org", "--role", "MODERATOR"]);
        assert!(unchanged.contains("unchanged"), "{unchanged}");

        done(&server, &["user", "demote", "--email", "ana@example.org", "--role", "moderator"]);
        until(&server, &session.access, 401).await;
        let payload = server.refresh(&session.refresh).await;
        assert_eq!(roles(&payload), json!(["MEMBER", "SAFEGUARDING_LEAD"]));
        done(&server, &["user", "demote", "--email", "ana@example.org", "--role", "member"]);
        assert_eq!(roles(&server.sign_in("ana@example.org", PASSWORD).await), json!(["MEMBER", "SAFEGUARDING_LEAD"]));

        let listed = done(&server, &["user", "list"]);
        assert!(listed.contains("ana@example.org\tSomebody\tMEMBER,SAFEGUARDING_LEAD\tactive"), "{listed}");

        let audit = audit(&server).await;
        let expected = [
            ("ACCOUNT_CREATED", None),
            ("ROLE_GRANTED", Some("MODERATOR")),
            ("ROLE_GRANTED", Some("SAFEGUARDING_LEAD")),
            ("ROLE_WITHDRAWN", Some("MODERATOR")),
        ];
        assert_eq!(audit.len(), expected.len(), "{audit:?}");
        for ((actor, action, reason), (expected, why)) in audit.iter().zip(expected) {
            assert_eq!((actor.as_str(), action.as_str(), reason.as_deref()), ("system", expected, why));
        }
    }

    async fn a_suspended_account_is_shut_out_until_it_is_restored(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let member = server.member("ana@example.org", &[]).await;
        done(&server, &["user", "suspend", "--email", "ana@example.org", "--reason", "spam"]);
        until(&server, &member.session.access, 401).await;
        let code = |payload: Value| payload["errors"][0]["code"].clone();
        assert_eq!(code(server.refresh(&member.session.refresh).await), "INVALID_REFRESH_TOKEN");
        assert_eq!(code(server.sign_in("ana@example.org", PASSWORD).await), "ACCOUNT_SUSPENDED");
        assert_eq!(code(server.sign_in("ana@example.org", "not the password at all").await), "INVALID_CREDENTIALS");
        done(&server, &["user", "restore", "--email", "ana@example.org"]);
        Session::of(&server.sign_in("ana@example.org", PASSWORD).await);
    }

    async fn keys_are_rotated_without_a_break_and_revoked_at_once(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let member = server.member("ana@example.org", &[]).await;
        done(&server, &["keys", "rotate"]);
        let listed = done(&server, &["keys", "list"]);
        assert_eq!(listed.lines().count(), 2, "{listed}");
        assert!(listed.contains("signs; verifies until") && listed.contains("signs from"), "{listed}");
        tokio::time::sleep(Duration::from_millis(1500)).await;
        until(&server, &member.session.access, 200).await;
        let keys: Value = server.client.get(format!("{}/.well-known/jwks.json", server.url)).send().await.unwrap().json().await.unwrap();
        assert_eq!(keys["keys"].as_array().unwrap().len(), 2, "{keys}");

        done(&server, &["keys", "rotate", "--revoke"]);
        assert_eq!(done(&server, &["keys", "list"]).lines().count(), 1);
        until(&server, &member.session.access, 401).await;
        let session = Session::of(&server.refresh(&member.session.refresh).await);
        until(&server, &session.access, 200).await;
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_command_is_said() {
    let server = Server::start(Options::empty(Backend::Sqlite)).await;
    server.create_account("ana@example.org", &[]);
    let create = [
        "user",
        "create",
        "--email",
        "ana@example.org",
        "--display-name",
        "Ana",
        "--password-stdin",
    ];
    for (arguments, input, said) in [
        (&create[..], PASSWORD, "an account with this address already"),
        (&create[..], "short", "at least 12 characters"),
        (
            &["user", "promote", "--email", "bo@example.org", "--role", "admin"][..],
            "",
            "no account with this address",
        ),
        (
            &["user", "promote", "--email", "ana@example.org", "--role", "emperor"][..],
            "",
            "invalid value 'emperor'",
        ),
    ] {
        let output = server.run_with_input(arguments, input);
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(
            !output.status.success() && error.contains(said),
            "{arguments:?}: {error}"
        );
        assert!(!error.contains(PASSWORD));
    }
}
