//! Accounts and sessions, from signing up to leaving.

use std::time::{Duration, Instant};

use praxis_tests::{Backend, Options, PASSWORD, Server, Session, on_both_databases, totp};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

const SESSION: &str = "accessToken refreshToken expiresAt viewer { id email displayName roles }";

async fn server(backend: Backend) -> Server {
    Server::start(Options::empty(backend)).await
}

fn codes(payload: &Value) -> Vec<&str> {
    let errors = payload["errors"].as_array().expect("a payload has errors");
    errors.iter().map(|error| error["code"].as_str().unwrap()).collect()
}

async fn execute(server: &Server, sql: &str) {
    server.database.connect().await.execute_unprepared(sql).await.unwrap();
}

async fn sign_up(server: &Server, email: &str) -> Value {
    let input = json!({ "email": email, "password": PASSWORD, "displayName": "Rosa Quispe" });
    server.mutate(None, "signUp", SESSION, input).await
}

async fn viewer(server: &Server, token: &str) -> praxis_tests::Answer {
    let query = "{ viewer { id displayName email roles practitioner { title } } }";
    server.ask_as(Some(token), query, json!({})).await
}

on_both_databases! {
    async fn a_member_signs_up_verifies_signs_in_refreshes_and_signs_out(backend: Backend) {
        let server = server(backend).await;
        let payload = sign_up(&server, "Rosa@Example.org").await;
        assert_eq!(payload, json!({
            "accessToken": null, "refreshToken": null, "expiresAt": null, "viewer": null, "errors": [],
        }));
        let letter = server.letters("rosa@example.org", 1).await.remove(0);

        // Before the address is verified nobody signs in.
        assert_eq!(codes(&server.sign_in("rosa@example.org", PASSWORD).await), ["INVALID_CREDENTIALS"]);
        // That sent another letter, whose token replaced the first.
        let again = server.letters("rosa@example.org", 2).await.remove(1);
        assert_ne!(letter.token(), again.token());
        let verify = |token: String| {
            let server = &server;
            async move { server.mutate(None, "verifyEmail", "", json!({ "token": token })).await }
        };
        assert_eq!(codes(&verify(letter.token()).await), ["INVALID_TOKEN"]);
        assert_eq!(codes(&verify(again.token()).await), [""; 0]);
        assert_eq!(codes(&verify(again.token()).await), ["INVALID_TOKEN"]);

        let payload = server.sign_in(" ROSA@example.org ", PASSWORD).await;
        assert_eq!(payload["viewer"]["email"], "rosa@example.org");
        assert_eq!(payload["viewer"]["roles"], json!(["MEMBER"]));
        let session = Session::of(&payload);
        let answer = viewer(&server, &session.access).await;
        let viewer_id = answer.data()["viewer"]["id"].as_str().unwrap();
        assert!(viewer_id.starts_with("account_"), "{viewer_id}");
        assert_eq!(answer.data()["viewer"]["displayName"], "Rosa Quispe");
        assert_eq!(answer.data()["viewer"]["practitioner"], Value::Null);
        assert_eq!(server.query("{ viewer { id } }").await.data()["viewer"], Value::Null);

        let second = Session::of(&server.refresh(&session.refresh).await);
        let third = Session::of(&server.refresh(&second.refresh).await);
        viewer(&server, &third.access).await.data();

        let input = json!({ "refreshToken": third.refresh });
        let payload = server.mutate(None, "signOut", "", input.clone()).await;
        assert_eq!(payload["errors"], json!([]));
        assert_eq!(server.mutate(None, "signOut", "", input).await["errors"], json!([]));
        let answer = viewer(&server, &third.access).await;
        assert_eq!((answer.status, answer.codes()), (401, vec!["UNAUTHENTICATED"]));
        assert_eq!(codes(&server.refresh(&third.refresh).await), ["INVALID_REFRESH_TOKEN"]);
    }

    async fn a_refresh_token_that_comes_twice_ends_its_whole_session(backend: Backend) {
        let server = server(backend).await;
        let member = server.member("ana@example.org", &[]).await;
        let other = Session::of(&server.sign_in("ana@example.org", PASSWORD).await);
        let second = Session::of(&server.refresh(&member.session.refresh).await);
        assert_eq!(codes(&server.refresh(&member.session.refresh).await), ["REFRESH_TOKEN_REUSED"]);
        assert_eq!(codes(&server.refresh(&second.refresh).await), ["INVALID_REFRESH_TOKEN"]);
        assert_eq!(viewer(&server, &second.access).await.status, 401);
        // Other sessions go on, and the owner is told.
        viewer(&server, &other.access).await.data();
        let letter = server.letters("ana@example.org", 1).await.remove(0);
        assert!(letter.text.contains("used twice"), "{}", letter.text);
    }

    async fn of_many_refreshes_at_once_one_wins(backend: Backend) {
        let server = server(backend).await;
        let member = server.member("ana@example.org", &[]).await;
        let tries = (0..6).map(|_| server.refresh(&member.session.refresh));
        let payloads = futures::future::join_all(tries).await;
        let won = payloads.iter().filter(|payload| payload["errors"] == json!([])).count();
        assert!(won <= 1, "{payloads:#?}");
        for payload in payloads.iter().filter(|payload| payload["errors"] != json!([])) {
            assert!(matches!(codes(payload)[0], "REFRESH_TOKEN_REUSED" | "INVALID_REFRESH_TOKEN"), "{payload}");
        }
    }

    async fn nobody_learns_whether_an_address_has_an_account(backend: Backend) {
        let server = server(backend).await;
        server.create_account("known@example.org", &[]);
        let mut times = Vec::new();
        for email in ["known@example.org", "unknown@example.org"] {
            let begun = Instant::now();
            let up = sign_up(&server, email).await;
            let wrong = server.sign_in(email, "not the password at all").await;
            let reset = server.mutate(None, "requestPasswordReset", "", json!({ "email": email })).await;
            times.push((begun.elapsed(), up, wrong, reset));
        }
        let (known, unknown) = (&times[0], &times[1]);
        assert_eq!((&known.1, &known.2, &known.3), (&unknown.1, &unknown.2, &unknown.3));
        assert_eq!(codes(&known.2), ["INVALID_CREDENTIALS"]);
        // The owner learns it by letter.
        let letters = server.letters("known@example.org", 2).await;
        assert_eq!(letters[0].subject, "You have an account already");
        assert_eq!(letters[1].subject, "Set a new password");
        // Signing up did not change the account.
        Session::of(&server.sign_in("known@example.org", PASSWORD).await);
    }

    async fn guesses_are_slowed_down_whether_or_not_there_is_an_account(backend: Backend) {
        let server = server(backend).await;
        server.create_account("known@example.org", &[]);
        for email in ["known@example.org", "unknown@example.org"] {
            let mut seen = Vec::new();
            for _ in 0..7 {
                let payload = server.sign_in(email, "not the password at all").await;
                seen.push(codes(&payload)[0].to_owned());
            }
            assert_eq!(&seen[..4], ["INVALID_CREDENTIALS"; 4], "{email}");
            assert!(seen.iter().any(|code| code == "TOO_MANY_ATTEMPTS"), "{email}: {seen:?}");
        }
        // The right password waits as well, and forgives when the wait is over.
        let mut last = Value::Null;
        for _ in 0..40 {
            last = server.sign_in("known@example.org", PASSWORD).await;
            if last["errors"] == json!([]) {
                break;
            }
            assert_eq!(codes(&last), ["TOO_MANY_ATTEMPTS"]);
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        Session::of(&last);
        assert_eq!(codes(&server.sign_in("known@example.org", "wrong again, sorry").await), ["INVALID_CREDENTIALS"]);
    }

    async fn a_forgotten_password_is_set_anew(backend: Backend) {
        let server = server(backend).await;
        let member = server.member("ana@example.org", &[]).await;
        let email = json!({ "email": "ana@example.org" });
        assert_eq!(server.mutate(None, "requestPasswordReset", "", email).await["errors"], json!([]));
        let token = server.letters("ana@example.org", 1).await.remove(0).token();
        let reset = |password: &'static str| {
            let (server, token) = (&server, token.clone());
            async move {
                let input = json!({ "token": token, "newPassword": password });
                server.mutate(None, "resetPassword", "", input).await
            }
        };
        let weak = reset("ana@example.org").await;
        assert_eq!(codes(&weak), ["PASSWORD_TOO_WEAK"]);
        assert_eq!(weak["errors"][0]["path"], json!(["newPassword"]));
        assert_eq!(codes(&reset("quite another phrase").await), [""; 0]);
        assert_eq!(codes(&reset("quite another phrase").await), ["INVALID_TOKEN"]);
        assert_eq!(viewer(&server, &member.session.access).await.status, 401);
        assert_eq!(codes(&server.sign_in("ana@example.org", PASSWORD).await), ["INVALID_CREDENTIALS"]);
        Session::of(&server.sign_in("ana@example.org", "quite another phrase").await);
    }

    async fn a_changed_password_ends_the_other_sessions(backend: Backend) {
        let server = server(backend).await;
        let member = server.member("ana@example.org", &[]).await;
        let other = Session::of(&server.sign_in("ana@example.org", PASSWORD).await);
        let change = |old: &'static str, new: &'static str| {
            let (server, token) = (&server, &member.session.access);
            async move {
                let input = json!({ "password": old, "newPassword": new });
                server.mutate(Some(token), "changePassword", "viewer { id }", input).await
            }
        };
        assert_eq!(codes(&change("not my password, no", "quite another phrase").await), ["WRONG_PASSWORD"]);
        assert_eq!(codes(&change(PASSWORD, "short").await), ["PASSWORD_TOO_SHORT"]);
        assert_eq!(codes(&change(PASSWORD, "quite another phrase").await), [""; 0]);
        assert_eq!(viewer(&server, &other.access).await.status, 401);
        viewer(&server, &member.session.access).await.data();
        let anonymous = server
            .try_mutate(None, "changePassword", "", json!({ "password": "x", "newPassword": "y" }))
            .await;
        assert_eq!(anonymous.codes(), ["UNAUTHENTICATED"]);
    }

    async fn signing_out_everywhere_ends_every_session(backend: Backend) {
        let server = server(backend).await;
        let member = server.member("ana@example.org", &[]).await;
        let other = Session::of(&server.sign_in("ana@example.org", PASSWORD).await);
        let query = "mutation { signOutEverywhere { errors { code } } }";
        server.ask_as(Some(&other.access), query, json!({})).await.data();
        for session in [&member.session, &other] {
            assert_eq!(viewer(&server, &session.access).await.status, 401);
            assert_eq!(codes(&server.refresh(&session.refresh).await), ["INVALID_REFRESH_TOKEN"]);
        }
    }

    async fn an_account_moves_to_another_address(backend: Backend) {
        let server = server(backend).await;
        let member = server.member("ana@example.org", &[]).await;
        server.create_account("taken@example.org", &[]);
        let request = |email: &'static str| {
            let (server, token) = (&server, &member.session.access);
            async move {
                let input = json!({ "password": PASSWORD, "email": email });
                server.mutate(Some(token), "requestEmailChange", "", input).await
            }
        };
        assert_eq!(request("taken@example.org").await, request("new@example.org").await);
        let token = server.letters("new@example.org", 1).await.remove(0).token();
        let payload = server.mutate(None, "confirmEmailChange", "", json!({ "token": token })).await;
        assert_eq!(payload["errors"], json!([]));
        Session::of(&server.sign_in("new@example.org", PASSWORD).await);
        assert_eq!(codes(&server.sign_in("ana@example.org", PASSWORD).await), ["INVALID_CREDENTIALS"]);
        let told = server.letters("ana@example.org", 1).await.remove(0);
        assert!(told.text.contains("another e-mail address"), "{}", told.text);
        assert!(server.all_letters().iter().all(|letter| letter.to != "taken@example.org"));
    }

    async fn a_member_takes_their_data_along_and_leaves(backend: Backend) {
        let server = server(backend).await;
        let member = server.member("ana@example.org", &["moderator"]).await;
        let token = Some(member.session.access.as_str());
        let wrong = server.mutate(token, "exportAccount", "document", json!({ "password": "not mine, sorry" })).await;
        assert_eq!((codes(&wrong), &wrong["document"]), (vec!["WRONG_PASSWORD"], &Value::Null));
        let payload = server.mutate(token, "exportAccount", "document", json!({ "password": PASSWORD })).await;
        let document: Value = serde_json::from_str(payload["document"].as_str().unwrap()).unwrap();
        assert_eq!(document["account"]["email"], "ana@example.org");
        assert_eq!(document["account"]["roles"], json!(["MEMBER", "MODERATOR"]));
        assert_eq!(document["sessions"].as_array().unwrap().len(), 1);
        assert!(!document.to_string().contains("argon2"));

        let input = json!({ "password": PASSWORD, "contributions": "KEEP" });
        let payload = server.mutate(token, "deleteAccount", "", input).await;
        assert_eq!(payload["errors"], json!([]));
        assert_eq!(viewer(&server, &member.session.access).await.status, 401);
        assert_eq!(codes(&server.sign_in("ana@example.org", PASSWORD).await), ["INVALID_CREDENTIALS"]);
        assert_eq!(codes(&server.refresh(&member.session.refresh).await), ["INVALID_REFRESH_TOKEN"]);
        let listed = String::from_utf8(server.run(&["user", "list"]).stdout).unwrap();
        assert!(!listed.contains("ana@"), "{listed}");
        // The address is free again.
        sign_up(&server, "ana@example.org").await;
        server.letters("ana@example.org", 2).await;
    }

    async fn a_second_factor_is_enrolled_used_and_removed(backend: Backend) {
        let server = server(backend).await;
        let member = server.member("ana@example.org", &[]).await;
        let token = Some(member.session.access.as_str());
        let enrolment = server.mutate(token, "enrolTotp", "secret address", json!({ "password": PASSWORD })).await;
        let secret = enrolment["secret"].as_str().unwrap().to_owned();
        assert!(enrolment["address"].as_str().unwrap().contains(&secret));
        let wrong = server.mutate(token, "confirmTotp", "", json!({ "totp": "000000" })).await;
        assert_eq!(codes(&wrong), ["TOTP_INVALID"]);
        let first = totp::now(&secret);
        let payload = server.mutate(token, "confirmTotp", "viewer { hasTotp }", json!({ "totp": first })).await;
        assert_eq!((codes(&payload), &payload["viewer"]["hasTotp"]), (vec![], &json!(true)));
        // The token was made before: it is outdated, and the session gives another.
        assert_eq!(viewer(&server, &member.session.access).await.status, 401);
        let session = Session::of(&server.refresh(&member.session.refresh).await);

        assert_eq!(codes(&server.sign_in("ana@example.org", PASSWORD).await), ["TOTP_REQUIRED"]);
        let with_code = |code: String| {
            let server = &server;
            async move {
                let input = json!({ "email": "ana@example.org", "password": PASSWORD, "totp": code });
                server.mutate(None, "signIn", SESSION, input).await
            }
        };
        // A code works once.
        assert_eq!(codes(&with_code(first.clone()).await), ["TOTP_INVALID"]);
        Session::of(&with_code(totp::next(&secret)).await);

        let removed = server.run(&["user", "reset-totp", "--email", "ana@example.org"]);
        assert!(removed.status.success());
        Session::of(&server.sign_in("ana@example.org", PASSWORD).await);
        Session::of(&server.refresh(&session.refresh).await);
    }
}

#[tokio::test]
async fn what_is_wrong_with_an_input_is_named() {
    let server = server(Backend::Sqlite).await;
    for (email, password, name, code, path) in [
        ("nonsense", PASSWORD, "Ana", "INVALID_EMAIL", "email"),
        ("ana@example.org", "short", "Ana", "PASSWORD_TOO_SHORT", "password"),
        (
            "ana@example.org",
            "ana@example.org",
            "Ana",
            "PASSWORD_TOO_WEAK",
            "password",
        ),
        ("ana@example.org", PASSWORD, " ", "INVALID_DISPLAY_NAME", "displayName"),
    ] {
        let input = json!({ "email": email, "password": password, "displayName": name });
        let payload = server.mutate(None, "signUp", SESSION, input).await;
        assert_eq!(codes(&payload), [code]);
        assert_eq!(payload["errors"][0]["path"], json!([path]));
    }
    assert!(server.all_letters().is_empty());
}

#[tokio::test]
async fn roles_that_need_a_second_factor_wait_for_it() {
    let server = Server::start(Options::empty(Backend::Sqlite).with("PRAXIS_REQUIRE_TOTP", "true")).await;
    server.create_account("ana@example.org", &["moderator", "admin"]);
    let payload = server.sign_in("ana@example.org", PASSWORD).await;
    assert_eq!(payload["viewer"]["roles"], json!(["MEMBER"]));
    assert_eq!(payload["viewer"]["mustEnrolTotp"], true);
    let session = Session::of(&payload);
    let token = Some(session.access.as_str());
    let enrolment = server
        .mutate(token, "enrolTotp", "secret", json!({ "password": PASSWORD }))
        .await;
    let code = totp::now(enrolment["secret"].as_str().unwrap());
    server.mutate(token, "confirmTotp", "", json!({ "totp": code })).await;
    let payload = server.refresh(&session.refresh).await;
    assert_eq!(payload["viewer"]["roles"], json!(["MEMBER", "MODERATOR", "ADMIN"]));
}

#[tokio::test]
async fn secrets_stand_neither_in_the_log_nor_readable_in_the_database() {
    let environment = Options::empty(Backend::Sqlite)
        .with("PRAXIS_LOG", "debug")
        .with("PRAXIS_SECRET_KEY", "a secret of the operator that is long");
    let server = Server::start_anew(environment).await;
    let member = server.member("ana@example.org", &[]).await;
    sign_up(&server, "new@example.org").await;
    let token = server.letters("new@example.org", 1).await.remove(0).token();
    let enrolment = server
        .mutate(
            Some(&member.session.access),
            "enrolTotp",
            "secret",
            json!({ "password": PASSWORD }),
        )
        .await;
    let logs = server.logs();
    let file = std::fs::read(server.directory().join("praxis.sqlite")).unwrap();
    let wal = std::fs::read(server.directory().join("praxis.sqlite-wal")).unwrap_or_default();
    let database = [file, wal].concat();
    let holds = |needle: &str| database.windows(needle.len()).any(|window| window == needle.as_bytes());
    for secret in [
        PASSWORD,
        &member.session.access,
        &member.session.refresh,
        &token,
        enrolment["secret"].as_str().unwrap(),
    ] {
        assert!(!logs.contains(secret), "{secret} in the log");
        assert!(!holds(secret), "{secret} in the database");
    }
    assert!(!logs.contains("ana@example.org"));
    assert!(!holds("plain:"), "a secret lies open in the database");
}

on_both_databases! {
    async fn a_code_stays_good_when_somebody_else_asks_for_more_letters_than_go(backend: Backend) {
        let server = server(backend).await;
        server.create_account("ana@example.org", &[]);
        let ask = async || server.mutate(None, "requestPasswordReset", "", json!({ "email": "ana@example.org" })).await;
        let mut codes_sent = Vec::new();
        for count in 1..=4 {
            assert_eq!(codes(&ask().await), [""; 0]);
            codes_sent.push(server.letters("ana@example.org", count).await.remove(count - 1).token());
        }
        // From here on no letter goes for a while, and neither asking nor signing up ends the code of the last one.
        assert_eq!(codes(&ask().await), [""; 0]);
        assert_eq!(codes(&sign_up(&server, "ana@example.org").await), [""; 0]);
        assert_eq!(server.letters("ana@example.org", 4).await.len(), 4);
        let input = json!({ "token": codes_sent[3], "newPassword": "quite another phrase" });
        assert_eq!(codes(&server.mutate(None, "resetPassword", "", input).await), [""; 0]);
        Session::of(&server.sign_in("ana@example.org", "quite another phrase").await);
    }

    async fn a_code_is_not_used_up_where_the_new_password_could_not_be_set(backend: Backend) {
        let server = server(backend).await;
        server.create_account("ana@example.org", &[]);
        server.mutate(None, "requestPasswordReset", "", json!({ "email": "ana@example.org" })).await;
        let token = server.letters("ana@example.org", 1).await.remove(0).token();
        let input = json!({ "token": token, "newPassword": "quite another phrase" });
        execute(&server, "ALTER TABLE session RENAME TO mislaid").await;
        let answer = server.try_mutate(None, "resetPassword", "", input.clone()).await;
        assert_eq!(answer.codes(), ["INTERNAL"], "{:#}", answer.body);
        execute(&server, "ALTER TABLE mislaid RENAME TO session").await;
        assert_eq!(codes(&server.mutate(None, "resetPassword", "", input).await), [""; 0]);
        Session::of(&server.sign_in("ana@example.org", "quite another phrase").await);
    }

    async fn a_code_that_went_to_the_old_address_ends_when_the_account_moves(backend: Backend) {
        let server = server(backend).await;
        let member = server.member("ana@example.org", &[]).await;
        server.mutate(None, "requestPasswordReset", "", json!({ "email": "ana@example.org" })).await;
        let old = server.letters("ana@example.org", 1).await.remove(0).token();
        let input = json!({ "password": PASSWORD, "email": "new@example.org" });
        let payload = server.mutate(Some(&member.session.access), "requestEmailChange", "", input).await;
        assert_eq!(codes(&payload), [""; 0]);
        let token = server.letters("new@example.org", 1).await.remove(0).token();
        assert_eq!(codes(&server.mutate(None, "confirmEmailChange", "", json!({ "token": token })).await), [""; 0]);
        let input = json!({ "token": old, "newPassword": "quite another phrase" });
        assert_eq!(codes(&server.mutate(None, "resetPassword", "", input).await), ["INVALID_TOKEN"]);
        Session::of(&server.sign_in("new@example.org", PASSWORD).await);
    }

    async fn moving_to_another_address_asks_for_the_second_factor_of_an_account_that_has_one(backend: Backend) {
        let server = server(backend).await;
        let member = server.member("ana@example.org", &[]).await;
        let token = Some(member.session.access.as_str());
        let enrolment = server.mutate(token, "enrolTotp", "secret", json!({ "password": PASSWORD })).await;
        let secret = enrolment["secret"].as_str().unwrap().to_owned();
        let payload = server.mutate(token, "confirmTotp", "", json!({ "totp": totp::now(&secret) })).await;
        assert_eq!(codes(&payload), [""; 0]);
        let session = Session::of(&server.refresh(&member.session.refresh).await);
        let request = async |code: Option<String>| {
            let input = json!({ "password": PASSWORD, "email": "new@example.org", "totp": code });
            server.mutate(Some(&session.access), "requestEmailChange", "", input).await
        };
        assert_eq!(codes(&request(None).await), ["TOTP_REQUIRED"]);
        assert_eq!(codes(&request(Some("000000".to_owned())).await), ["TOTP_INVALID"]);
        assert_eq!(codes(&request(Some(totp::next(&secret))).await), [""; 0]);
        assert_eq!(server.letters("new@example.org", 1).await.len(), 1);
    }

    async fn of_several_who_sign_up_with_an_address_its_reader_sets_the_password(backend: Backend) {
        let server = server(backend).await;
        let as_somebody = async |password: &str, name: &str| {
            let input = json!({ "email": "rosa@example.org", "password": password, "displayName": name });
            let payload = server.mutate(None, "signUp", SESSION, input).await;
            assert_eq!(payload["errors"], json!([]));
        };
        // Whoever was first.
        as_somebody("the phrase of the first", "The First").await;
        let first = server.letters("rosa@example.org", 1).await.remove(0);
        as_somebody("the phrase of the second", "The Second").await;
        let second = server.letters("rosa@example.org", 2).await.remove(1);
        for letter in [&first, &second] {
            let payload = server.mutate(None, "verifyEmail", "", json!({ "token": letter.token() })).await;
            assert_eq!(codes(&payload), ["INVALID_TOKEN"]);
        }
        let refused = async |password: &str| {
            assert_eq!(codes(&server.sign_in("rosa@example.org", password).await), ["INVALID_CREDENTIALS"]);
        };
        refused("the phrase of the first").await;
        refused("the phrase of the second").await;
        let input = json!({ "token": second.token(), "newPassword": PASSWORD, "displayName": "Rosa Quispe" });
        assert_eq!(codes(&server.mutate(None, "resetPassword", "", input).await), [""; 0]);
        let payload = server.sign_in("rosa@example.org", PASSWORD).await;
        Session::of(&payload);
        assert_eq!(payload["viewer"]["displayName"], "Rosa Quispe");
        refused("the phrase of the first").await;
        refused("the phrase of the second").await;
    }

    async fn who_signs_up_twice_with_the_same_password_verifies_by_the_second_letter(backend: Backend) {
        let server = server(backend).await;
        sign_up(&server, "rosa@example.org").await;
        server.letters("rosa@example.org", 1).await;
        sign_up(&server, "rosa@example.org").await;
        let token = server.letters("rosa@example.org", 2).await.remove(1).token();
        assert_eq!(codes(&server.mutate(None, "verifyEmail", "", json!({ "token": token })).await), [""; 0]);
        Session::of(&server.sign_in("rosa@example.org", PASSWORD).await);
    }

    async fn a_password_that_is_forgotten_before_the_address_is_verified_is_set_by_the_letter(backend: Backend) {
        let server = server(backend).await;
        sign_up(&server, "rosa@example.org").await;
        server.letters("rosa@example.org", 1).await;
        server.mutate(None, "requestPasswordReset", "", json!({ "email": "rosa@example.org" })).await;
        let letter = server.letters("rosa@example.org", 2).await.remove(1);
        assert_eq!(letter.subject, "Set a new password");
        let input = json!({ "token": letter.token(), "newPassword": "quite another phrase", "displayName": " " });
        assert_eq!(codes(&server.mutate(None, "resetPassword", "", input).await), ["INVALID_DISPLAY_NAME"]);
        let input = json!({ "token": letter.token(), "newPassword": "quite another phrase" });
        assert_eq!(codes(&server.mutate(None, "resetPassword", "", input).await), [""; 0]);
        let payload = server.sign_in("rosa@example.org", "quite another phrase").await;
        assert_eq!(payload["viewer"]["displayName"], "Rosa Quispe");
    }

    async fn an_account_that_was_never_verified_stays_as_long_as_a_code_of_a_letter_works(backend: Backend) {
        let mut server = server(backend).await;
        sign_up(&server, "gone@example.org").await;
        server.letters("gone@example.org", 1).await;
        sign_up(&server, "rosa@example.org").await;
        server.letters("rosa@example.org", 1).await;
        // All of it long ago, and for one of them a letter of today.
        execute(&server, "UPDATE account SET created_at = '2026-01-01T00:00:00+00:00'").await;
        execute(&server, "UPDATE one_time_token SET expires_at = '2026-01-03T00:00:00+00:00'").await;
        assert_eq!(codes(&server.sign_in("rosa@example.org", PASSWORD).await), ["INVALID_CREDENTIALS"]);
        let token = server.letters("rosa@example.org", 2).await.remove(1).token();
        server.stop().await;
        server.launch().await;
        // At its start the service forgets what is over.
        let listed = async || String::from_utf8(server.run(&["user", "list"]).stdout).unwrap();
        for _ in 0..100 {
            if !listed().await.contains("gone@example.org") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert!(!listed().await.contains("gone@example.org"));
        assert_eq!(codes(&server.mutate(None, "verifyEmail", "", json!({ "token": token })).await), [""; 0]);
        Session::of(&server.sign_in("rosa@example.org", PASSWORD).await);
    }
}
