//! Signing in by an outside OpenID Connect provider, against one that the test runs.

use std::time::{Duration, Instant};

use praxis_tests::provider::{CLIENT_ID, CLIENT_SECRET, Provider, Signing, SigningKey};
use praxis_tests::scene::codes;
use praxis_tests::visitor::{VERIFIER, Visitor, parameter};
use praxis_tests::{Backend, Options, PASSWORD, Server, Session, Told, free_port, on_both_databases, totp};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

/// Where the application wants people back.
const APP: &str = "https://app.example.org/signed-in?from=praxis";
const SESSION: &str = "accessToken refreshToken viewer { id email displayName roles mustEnrolTotp }";
const IDENTITIES: &str = "{ viewer { externalIdentities { id provider issuer linkedAt lastUsedAt } } }";

/// The settings of a service with this provider.
fn options(backend: Backend, issuer: &str) -> Options {
    Options::empty(backend)
        .with("PRAXIS_OPENID_ISSUER", issuer)
        .with("PRAXIS_OPENID_CLIENT_ID", CLIENT_ID)
        .with("PRAXIS_OPENID_CLIENT_SECRET", CLIENT_SECRET)
        .with("PRAXIS_OPENID_NAME", "The University")
        .with("PRAXIS_OPENID_RETURN_URLS", &format!("{APP}, org.example.app:/signed-in"))
}

/// A service where whoever the provider knows may open an account.
async fn open_house(backend: Backend) -> (Provider, Server) {
    let provider = Provider::start().await;
    let server = Server::start(options(backend, &provider.issuer).with("PRAXIS_OPENID_SIGN_UP", "true")).await;
    (provider, server)
}

/// A service where only those come in who linked their identity.
async fn closed_house(backend: Backend) -> (Provider, Server) {
    let provider = Provider::start().await;
    let server = Server::start(options(backend, &provider.issuer)).await;
    (provider, server)
}

/// A code of somebody who just signed in at the provider.
async fn code(server: &Server) -> String {
    let page = Visitor::default().sign_in(server, APP).await;
    page.fragment("code")
}

async fn enter(server: &Server, more: Value) -> Value {
    let mut input = json!({ "verifier": VERIFIER });
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    server.mutate(None, "signInWithCode", SESSION, input).await
}

/// Signs somebody in by the provider; opens an account where there is none.
async fn sign_in(server: &Server) -> Session {
    let code = code(server).await;
    Session::of(&enter(server, json!({ "code": code, "displayName": "Rosa" })).await)
}

async fn link(server: &Server, access: &str, code: &str) -> Value {
    let input = json!({ "code": code, "verifier": VERIFIER, "password": PASSWORD });
    server.mutate(Some(access), "linkExternalIdentity", "viewer { externalIdentities { provider } }", input).await
}

async fn identities(server: &Server, access: &str) -> Vec<Value> {
    let answer = server.ask_as(Some(access), IDENTITIES, json!({})).await;
    answer.data()["viewer"]["externalIdentities"].as_array().unwrap().clone()
}

async fn unlink(server: &Server, access: &str, identity: &Value) -> Value {
    let input = json!({ "externalIdentity": identity, "password": PASSWORD });
    server.mutate(Some(access), "unlinkExternalIdentity", "viewer { id }", input).await
}

async fn execute(server: &Server, sql: &str) {
    server.database.connect().await.execute_unprepared(sql).await.unwrap();
}

async fn rows(server: &Server, sql: &str) -> Vec<String> {
    let connection = server.database.connect().await;
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

/// What the service sends an application back with that could not sign its person in.
async fn error(server: &Server) -> String {
    Visitor::default().sign_in(server, APP).await.fragment("error")
}

/// Enrols a second factor and gives its secret.
async fn enrol(server: &Server, access: &str) -> String {
    let token = Some(access);
    let payload = server.mutate(token, "enrolTotp", "secret", json!({ "password": PASSWORD })).await;
    let secret = payload["secret"].as_str().unwrap().to_owned();
    let payload = server.mutate(token, "confirmTotp", "", json!({ "totp": totp::now(&secret) })).await;
    assert_eq!(codes(&payload), [""; 0]);
    secret
}

on_both_databases! {
    async fn somebody_signs_in_by_the_provider_and_an_account_is_opened(backend: Backend) {
        let (provider, server) = open_house(backend).await;
        let offered = server.query("{ signInProviders { name url } }").await;
        assert_eq!(offered.data()["signInProviders"], json!([
            { "name": "The University", "url": format!("{}/sign-in/openid", server.url) },
        ]));

        let mut browser = Visitor::default();
        let begun = browser.begin(&server, APP).await;
        assert_eq!((begun.status, begun.cache.as_str()), (303, "no-store"));
        let asked = |name| parameter(begun.to(), name);
        assert_eq!(asked("scope").as_deref(), Some("openid email"));
        assert_eq!(asked("code_challenge_method").as_deref(), Some("S256"));
        assert_eq!(asked("redirect_uri"), Some(format!("{}/sign-in/openid/callback", server.url)));
        assert!(asked("state").unwrap().len() > 40 && asked("nonce").unwrap().len() > 40);
        let cookie = &begun.cookies[0];
        for attribute in ["HttpOnly", "SameSite=Lax", "Path=/sign-in/openid", "Max-Age=600"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        let page = browser.follow(&begun).await;
        assert_eq!((page.status, page.cache.as_str()), (303, "no-store"));
        assert!(page.to().starts_with(&format!("{APP}#code=")), "{page:?}");
        assert!(page.cookies[0].contains("Max-Age=0"), "the cookie is of no more use: {page:?}");
        let code = page.fragment("code");
        // Nothing in the address opens anything by itself.
        assert!(provider.issued().iter().all(|token| !page.to().contains(token.as_str())));

        // Others see the name, so the person chooses it; the code waits for it.
        let unnamed = enter(&server, json!({ "code": code })).await;
        assert_eq!((codes(&unnamed), &unnamed["errors"][0]["path"]), (vec!["INVALID_DISPLAY_NAME".to_owned()], &json!(["displayName"])));
        let payload = enter(&server, json!({ "code": code, "displayName": "Rosa" })).await;
        assert_eq!(payload["viewer"]["email"], "rosa@example.org");
        assert_eq!(payload["viewer"]["displayName"], "Rosa");
        assert_eq!(payload["viewer"]["roles"], json!(["MEMBER"]));
        let session = Session::of(&payload);
        assert_eq!(codes(&enter(&server, json!({ "code": code })).await), ["INVALID_TOKEN"]);
        Session::of(&server.refresh(&session.refresh).await);
        let letter = server.letters("rosa@example.org", 1).await.remove(0);
        assert!(letter.text.contains("The University"), "{}", letter.text);
        let linked = identities(&server, &session.access).await;
        assert_eq!((&linked[0]["provider"], &linked[0]["issuer"]), (&json!("The University"), &json!(provider.issuer)));

        // The account is found by issuer and subject, whatever becomes of the address.
        provider.state("email", json!("another@example.org"));
        let again = enter(&server, json!({ "code": self::code(&server).await })).await;
        assert_eq!(again["viewer"]["id"], payload["viewer"]["id"]);
        assert_eq!(again["viewer"]["email"], "rosa@example.org");
        provider.state("sub", json!("somebody-else"));
        let other = enter(&server, json!({ "code": self::code(&server).await, "displayName": "Other" })).await;
        assert_ne!(other["viewer"]["id"], payload["viewer"]["id"]);
        assert_eq!(other["viewer"]["email"], "another@example.org");

        let acts = "SELECT action || ' ' || COALESCE(reason, '') FROM audit_entry WHERE subject LIKE 'account:%' ORDER BY id";
        let opened = [format!("ACCOUNT_CREATED {}", provider.issuer), format!("EXTERNAL_IDENTITY_LINKED {}", provider.issuer)];
        assert_eq!(rows(&server, acts).await, [opened.clone(), opened].concat());
        let doctor: Told = server.run(&["doctor"]).into();
        assert_eq!(doctor.code, Some(0), "{doctor:?}");
    }

    async fn an_address_that_has_an_account_is_linked_by_its_owner_alone(backend: Backend) {
        let (_provider, server) = open_house(backend).await;
        let member = server.member("rosa@example.org", &[]).await;
        let code = code(&server).await;
        let refused = enter(&server, json!({ "code": code, "displayName": "Rosa" })).await;
        assert_eq!(codes(&refused), ["EXTERNAL_IDENTITY_NOT_LINKED"]);
        assert_eq!(rows(&server, "SELECT subject FROM external_identity").await, [""; 0]);

        // The owner signs in with the password and links it, with the same code.
        let wrong = json!({ "code": code, "verifier": VERIFIER, "password": "not my password, no" });
        let wrong = server.mutate(Some(&member.session.access), "linkExternalIdentity", "", wrong).await;
        assert_eq!(codes(&wrong), ["WRONG_PASSWORD"]);
        let payload = link(&server, &member.session.access, &code).await;
        assert_eq!(payload["errors"], json!([]));
        assert_eq!(payload["viewer"]["externalIdentities"], json!([{ "provider": "The University" }]));
        assert_eq!(codes(&link(&server, &member.session.access, &code).await), ["INVALID_TOKEN"]);
        let letter = server.letters("rosa@example.org", 1).await.remove(0);
        assert!(letter.text.contains("From now on") && letter.text.contains("The University"), "{}", letter.text);
        let before = identities(&server, &member.session.access).await.remove(0);
        assert_eq!(before["lastUsedAt"], Value::Null);
        let entered = enter(&server, json!({ "code": self::code(&server).await })).await;
        assert_eq!(entered["viewer"]["email"], "rosa@example.org");
        let external = Session::of(&entered);
        let linked = identities(&server, &member.session.access).await.remove(0);
        assert!(linked["lastUsedAt"].is_string());
        // Linking it again changes nothing.
        assert_eq!(link(&server, &member.session.access, &self::code(&server).await).await["errors"], json!([]));
        assert_eq!(identities(&server, &member.session.access).await.len(), 1);

        // After it was unlinked it opens nothing, and what it opened has ended.
        let stranger = server.member("stranger@example.org", &[]).await;
        assert_eq!(codes(&unlink(&server, &stranger.session.access, &linked["id"]).await), ["EXTERNAL_IDENTITY_NOT_FOUND"]);
        assert_eq!(unlink(&server, &member.session.access, &linked["id"]).await["errors"], json!([]));
        assert_eq!(codes(&unlink(&server, &member.session.access, &linked["id"]).await), ["EXTERNAL_IDENTITY_NOT_FOUND"]);
        assert_eq!(codes(&server.refresh(&external.refresh).await), ["INVALID_REFRESH_TOKEN"]);
        Session::of(&server.refresh(&member.session.refresh).await);
        let refused = enter(&server, json!({ "code": self::code(&server).await, "displayName": "Rosa" })).await;
        assert_eq!(codes(&refused), ["EXTERNAL_IDENTITY_NOT_LINKED"]);
        let acts = "SELECT action FROM audit_entry WHERE action LIKE 'EXTERNAL_IDENTITY%' ORDER BY id";
        assert_eq!(rows(&server, acts).await, ["EXTERNAL_IDENTITY_LINKED", "EXTERNAL_IDENTITY_UNLINKED"]);
        server.letters("rosa@example.org", 2).await;
    }

    async fn an_identity_belongs_to_one_account_and_an_account_to_one_identity_of_a_provider(backend: Backend) {
        let (provider, server) = closed_house(backend).await;
        let ana = server.member("ana@example.org", &[]).await;
        let bela = server.member("bela@example.org", &[]).await;
        assert_eq!(link(&server, &ana.session.access, &code(&server).await).await["errors"], json!([]));
        let taken = code(&server).await;
        assert_eq!(codes(&link(&server, &bela.session.access, &taken).await), ["EXTERNAL_IDENTITY_TAKEN"]);
        provider.state("sub", json!("somebody-else"));
        assert_eq!(codes(&link(&server, &ana.session.access, &code(&server).await).await), ["EXTERNAL_IDENTITY_PRESENT"]);
        assert_eq!(link(&server, &bela.session.access, &code(&server).await).await["errors"], json!([]));
        // Refusing did not use the code up.
        assert_eq!(enter(&server, json!({ "code": taken })).await["viewer"]["email"], "ana@example.org");
        // Nobody sees the identities of others.
        let query = "{ viewer { id externalIdentities { id } } }";
        assert_eq!(server.query(query).await.data()["viewer"], Value::Null);
    }

    async fn a_code_works_once_for_a_while_and_for_the_application_that_began(backend: Backend) {
        let (_provider, server) = open_house(backend).await;
        let code = code(&server).await;
        for (verifier, path) in [(json!("another secret"), "verifier"), (Value::Null, "verifier")] {
            let payload = enter(&server, json!({ "code": code, "verifier": verifier, "displayName": "Rosa" })).await;
            assert_eq!((codes(&payload), &payload["errors"][0]["path"]), (vec!["INVALID_TOKEN".to_owned()], &json!([path])));
        }
        for wrong in ["", "poc_unknown", "pot_unknown", &"x".repeat(5000)] {
            assert_eq!(codes(&enter(&server, json!({ "code": wrong })).await), ["INVALID_TOKEN"], "{wrong}");
        }
        // Of many at once one wins.
        let tries = (0..5).map(|_| enter(&server, json!({ "code": code, "displayName": "Rosa" })));
        let payloads = futures::future::join_all(tries).await;
        let won = payloads.iter().filter(|payload| payload["errors"] == json!([])).count();
        assert_eq!(won, 1, "{payloads:#?}");
        for lost in payloads.iter().filter(|payload| payload["errors"] != json!([])) {
            assert_eq!(codes(lost), ["INVALID_TOKEN"]);
        }
        assert_eq!(rows(&server, "SELECT email FROM account").await, ["rosa@example.org"]);

        let late = self::code(&server).await;
        execute(&server, "UPDATE openid_code SET expires_at = '2020-01-01T00:00:00+00:00'").await;
        assert_eq!(codes(&enter(&server, json!({ "code": late })).await), ["INVALID_TOKEN"]);
        // The database knows hashes alone.
        let kept = rows(&server, "SELECT code_hash FROM openid_code").await.join(" ");
        assert!(!kept.is_empty() && !kept.contains(&late));
    }

    async fn two_first_sign_ins_at_once_open_one_account(backend: Backend) {
        let (_provider, server) = open_house(backend).await;
        let codes = [code(&server).await, code(&server).await, code(&server).await];
        let tries = codes.iter().map(|code| enter(&server, json!({ "code": code, "displayName": "Rosa" })));
        for payload in futures::future::join_all(tries).await {
            assert_eq!(payload["viewer"]["email"], "rosa@example.org", "{payload:#}");
        }
        assert_eq!(rows(&server, "SELECT email FROM account").await, ["rosa@example.org"]);
        assert_eq!(rows(&server, "SELECT subject FROM external_identity").await, ["rosa-at-the-provider"]);
    }

    async fn who_comes_back_must_have_begun_in_this_browser_a_short_while_ago(backend: Backend) {
        let (_provider, server) = open_house(backend).await;
        let refused = |page: praxis_tests::visitor::Page| {
            assert_eq!((page.status, page.shown().as_str()), (400, "SIGN_IN_REQUEST_INVALID"), "{page:?}");
            assert_eq!(page.location, None);
        };
        // Twice.
        let mut browser = Visitor::default();
        let begun = browser.begin(&server, APP).await;
        let cookies = browser.cookies.clone();
        let back = browser.open(begun.to()).await;
        browser.open(back.to()).await.fragment("code");
        refused(browser.open(back.to()).await);
        browser.cookies = cookies;
        refused(browser.open(back.to()).await);

        // In another browser: an attacker leads somebody to the end of a way that they did not begin.
        let begun = browser.begin(&server, APP).await;
        let back = browser.open(begun.to()).await;
        let mut other = Visitor::default();
        refused(other.open(back.to()).await);
        // Nor with a cookie of their own for it.
        let name = browser.cookies.keys().next_back().unwrap().clone();
        other.begin(&server, APP).await;
        let own = other.cookies.values().next().unwrap().clone();
        other.cookies.insert(name, own);
        refused(other.open(back.to()).await);
        // The one who began is not held up by that.
        browser.open(back.to()).await.fragment("code");

        // With a state that nobody gave, with none, or with two.
        let callback = format!("{}/sign-in/openid/callback", server.url);
        for query in ["?state=pos_unknown&code=x", "?code=x", "", "?state=a&state=b&code=x", "?error=access_denied"] {
            refused(browser.open(&format!("{callback}{query}")).await);
        }

        // Too late.
        let begun = browser.begin(&server, APP).await;
        let back = browser.open(begun.to()).await;
        execute(&server, "UPDATE openid_request SET expires_at = '2020-01-01T00:00:00+00:00'").await;
        refused(browser.open(back.to()).await);

        // Two windows of one browser do not get in each other's way.
        let (first, second) = (browser.begin(&server, APP).await, browser.begin(&server, APP).await);
        browser.follow(&first).await.fragment("code");
        browser.follow(&second).await.fragment("code");
    }

    async fn an_account_that_only_the_provider_opens_gets_a_password_leaves_and_takes_its_data_along(backend: Backend) {
        let (provider, server) = open_house(backend).await;
        let session = sign_in(&server).await;
        let token = Some(session.access.as_str());
        let identity = identities(&server, &session.access).await.remove(0);
        assert_eq!(codes(&unlink(&server, &session.access, &identity["id"]).await), ["LAST_SIGN_IN_METHOD"]);
        for (mutation, input) in [
            ("exportAccount", json!({ "password": PASSWORD })),
            ("enrolTotp", json!({ "password": PASSWORD })),
            ("changePassword", json!({ "password": "", "newPassword": PASSWORD })),
            ("deleteAccount", json!({ "password": "", "contributions": "KEEP" })),
        ] {
            assert_eq!(codes(&server.mutate(token, mutation, "", input).await), ["PASSWORD_NOT_SET"], "{mutation}");
        }
        // No password signs in before there is one.
        assert_eq!(codes(&server.sign_in("rosa@example.org", "").await), ["INVALID_CREDENTIALS"]);
        server.mutate(None, "requestPasswordReset", "", json!({ "email": "rosa@example.org" })).await;
        let letter = server.letters("rosa@example.org", 2).await.remove(1);
        let input = json!({ "token": letter.token(), "newPassword": PASSWORD });
        assert_eq!(server.mutate(None, "resetPassword", "", input).await["errors"], json!([]));

        let session = Session::of(&server.sign_in("rosa@example.org", PASSWORD).await);
        let token = Some(session.access.as_str());
        let payload = server.mutate(token, "exportAccount", "document", json!({ "password": PASSWORD })).await;
        let document: Value = serde_json::from_str(payload["document"].as_str().unwrap()).unwrap();
        assert_eq!(document["externalIdentities"][0]["subject"], "rosa-at-the-provider");
        assert_eq!(document["externalIdentities"][0]["issuer"], json!(provider.issuer));
        let before = server.ask_as(token, "{ viewer { id } }", json!({})).await.data()["viewer"]["id"].clone();

        let pending = code(&server).await;
        let input = json!({ "password": PASSWORD, "contributions": "ERASE" });
        assert_eq!(server.mutate(token, "deleteAccount", "", input).await["errors"], json!([]));
        assert_eq!(rows(&server, "SELECT subject FROM external_identity").await, [""; 0]);
        let audited = rows(&server, "SELECT COALESCE(reason, '') FROM audit_entry").await.join(" ");
        assert!(!audited.contains("rosa"), "{audited}");
        // Nothing about the person is left, not even on the way; who comes again is somebody new.
        assert_eq!(codes(&enter(&server, json!({ "code": pending, "displayName": "Rosa" })).await), ["INVALID_TOKEN"]);
        assert_eq!(rows(&server, "SELECT subject FROM openid_code").await, [""; 0]);
        let payload = enter(&server, json!({ "code": code(&server).await, "displayName": "Rosa" })).await;
        assert_eq!(payload["viewer"]["email"], "rosa@example.org");
        assert_ne!(payload["viewer"]["id"], before);
    }

    async fn an_address_that_somebody_else_signed_up_with_and_never_verified_does_not_open_to_their_password(backend: Backend) {
        let (_provider, server) = open_house(backend).await;
        let input = json!({ "email": "rosa@example.org", "password": PASSWORD, "displayName": "Not Rosa" });
        assert_eq!(server.mutate(None, "signUp", SESSION, input).await["errors"], json!([]));
        let letter = server.letters("rosa@example.org", 1).await.remove(0);
        let code = code(&server).await;
        let payload = enter(&server, json!({ "code": code, "displayName": "Rosa" })).await;
        assert_eq!(payload["viewer"]["displayName"], "Rosa");
        assert_eq!(codes(&server.sign_in("rosa@example.org", PASSWORD).await), ["INVALID_CREDENTIALS"]);
        let verify = server.mutate(None, "verifyEmail", "", json!({ "token": letter.token() })).await;
        assert_eq!(codes(&verify), ["INVALID_TOKEN"]);
        assert_eq!(rows(&server, "SELECT display_name FROM account").await, ["Rosa"]);
    }
}

#[tokio::test]
async fn what_is_begun_at_one_process_ends_at_another() {
    if !Backend::postgres_is_available() {
        eprintln!("skipped: PRAXIS_TEST_POSTGRES_URL is not set");
        return;
    }
    let provider = Provider::start().await;
    let public = "https://praxis.example.org";
    let settings = options(Backend::Postgres, &provider.issuer)
        .with("PRAXIS_OPENID_SIGN_UP", "true")
        .with("PRAXIS_PUBLIC_URL", public);
    let one = Server::start(settings.clone()).await;
    let other = one.start_beside(settings).await;
    let mut browser = Visitor::default();
    let begun = browser.begin(&one, APP).await;
    let back = browser.open(begun.to()).await;
    let arrived = browser.open(&back.to().replace(public, &other.url)).await;
    let code = arrived.fragment("code");
    let again = browser.open(&back.to().replace(public, &one.url)).await;
    assert_eq!(again.shown(), "SIGN_IN_REQUEST_INVALID");
    let payload = enter(&one, json!({ "code": code, "displayName": "Rosa" })).await;
    let session = Session::of(&payload);
    assert_eq!(codes(&enter(&other, json!({ "code": code })).await), ["INVALID_TOKEN"]);
    assert_eq!(identities(&other, &session.access).await.len(), 1);
}

#[tokio::test]
async fn a_suspended_account_is_refused() {
    let (_provider, server) = open_house(Backend::Sqlite).await;
    sign_in(&server).await;
    let code = code(&server).await;
    let suspended = server.run(&["user", "suspend", "--email", "rosa@example.org", "--reason", "a test"]);
    assert!(suspended.status.success(), "{}", String::from_utf8_lossy(&suspended.stderr));
    assert_eq!(codes(&enter(&server, json!({ "code": code })).await), ["ACCOUNT_SUSPENDED"]);
}

#[tokio::test]
async fn the_second_factor_is_asked_for_after_the_provider_too() {
    let provider = Provider::start().await;
    let settings = options(Backend::Sqlite, &provider.issuer).with("PRAXIS_REQUIRE_TOTP", "true");
    let server = Server::start(settings).await;
    let member = server.member("ana@example.org", &["moderator"]).await;
    link(&server, &member.session.access, &code(&server).await).await;
    // Without one, the roles that need it are withheld, whatever the provider asked for.
    let payload = enter(&server, json!({ "code": code(&server).await })).await;
    assert_eq!((&payload["viewer"]["roles"], &payload["viewer"]["mustEnrolTotp"]), (&json!(["MEMBER"]), &json!(true)));
    let secret = enrol(&server, &member.session.access).await;
    let code = code(&server).await;
    assert_eq!(codes(&enter(&server, json!({ "code": code })).await), ["TOTP_REQUIRED"]);
    assert_eq!(codes(&enter(&server, json!({ "code": code, "totp": "000000" })).await), ["TOTP_INVALID"]);
    let payload = enter(&server, json!({ "code": code, "totp": totp::next(&secret) })).await;
    assert_eq!(payload["viewer"]["roles"], json!(["MEMBER", "MODERATOR"]));
    // Guesses at it are slowed down.
    let code = self::code(&server).await;
    let mut seen = Vec::new();
    while !seen.contains(&"TOO_MANY_ATTEMPTS".to_owned()) {
        assert!(seen.len() < 15, "{seen:?}");
        seen.extend(codes(&enter(&server, json!({ "code": code, "totp": "000000" })).await));
    }
}

#[tokio::test]
async fn where_accounts_may_not_be_opened_nobody_gets_one_and_no_address_is_asked_for() {
    let (provider, server) = closed_house(Backend::Sqlite).await;
    let mut browser = Visitor::default();
    let begun = browser.begin(&server, APP).await;
    assert_eq!(parameter(begun.to(), "scope").as_deref(), Some("openid"));
    let code = browser.follow(&begun).await.fragment("code");
    let payload = enter(&server, json!({ "code": code, "displayName": "Rosa" })).await;
    assert_eq!(codes(&payload), ["EXTERNAL_IDENTITY_NOT_LINKED"]);
    assert_eq!(rows(&server, "SELECT email FROM account").await, [""; 0]);
    assert_eq!(rows(&server, "SELECT COALESCE(email, 'none') FROM openid_code").await, ["none"]);
    assert_eq!(provider.asked("userinfo"), 0);
}

#[tokio::test]
async fn an_address_that_the_provider_did_not_verify_opens_no_account() {
    let (provider, server) = open_house(Backend::Sqlite).await;
    for verified in [json!(false), Value::Null, json!("no"), json!(1)] {
        provider.state("email_verified", verified.clone());
        let payload = enter(&server, json!({ "code": code(&server).await, "displayName": "Rosa" })).await;
        assert_eq!(codes(&payload), ["EXTERNAL_EMAIL_UNVERIFIED"], "{verified}");
    }
    provider.state("email_verified", json!(true));
    provider.state("email", json!("not an address"));
    let payload = enter(&server, json!({ "code": code(&server).await, "displayName": "Rosa" })).await;
    assert_eq!(codes(&payload), ["EXTERNAL_EMAIL_UNVERIFIED"]);
    assert_eq!(rows(&server, "SELECT email FROM account").await, [""; 0]);
}

#[tokio::test]
async fn an_address_that_is_told_elsewhere_is_asked_for_there() {
    let (provider, server) = open_house(Backend::Sqlite).await;
    provider.change(|conduct| {
        conduct.claims = json!({ "sub": "rosa-at-the-provider" });
        conduct.userinfo = json!({ "sub": "somebody-else", "email": "rosa@example.org", "email_verified": true });
    });
    assert_eq!(error(&server).await, "PROVIDER_ANSWER_REFUSED");
    provider.change(|conduct| conduct.userinfo["sub"] = json!("rosa-at-the-provider"));
    let payload = enter(&server, json!({ "code": code(&server).await, "displayName": "Rosa" })).await;
    assert_eq!(payload["viewer"]["email"], "rosa@example.org");
}

#[tokio::test]
async fn statements_that_are_not_the_providers_or_not_for_this_request_are_refused() {
    let (provider, server) = open_house(Backend::Sqlite).await;
    let claims = json!({ "sub": "rosa-at-the-provider", "email": "rosa@example.org", "email_verified": true });
    for (change, why) in [
        (json!({ "iss": "https://evil.example" }), "another issuer"),
        (json!({ "aud": "another client" }), "another client"),
        (json!({ "aud": [CLIENT_ID, "another client"] }), "another client"),
        (json!({ "azp": "another client" }), "another client"),
        (json!({ "nonce": "another nonce" }), "another request"),
        (json!({ "nonce": null }), "another request"),
        (json!({ "exp": 1_700_000_000 }), "expired"),
        (json!({ "iat": 1_700_000_000 }), "expired"),
        (json!({ "exp": null }), "lacks"),
        (json!({ "sub": null }), "lacks"),
        (json!({ "sub": "" }), "whom it is about"),
    ] {
        provider.change(|conduct| {
            conduct.claims = claims.clone();
            for (name, value) in change.as_object().unwrap() {
                conduct.claims[name] = value.clone();
            }
        });
        assert_eq!(error(&server).await, "PROVIDER_ANSWER_REFUSED", "{change}");
        assert!(server.logs().contains(why), "{change}: {}", server.logs());
    }
    provider.change(|conduct| conduct.claims = claims);
    for signing in [Signing::Unsigned, Signing::WithSecret, Signing::WithPublicKey, Signing::Wrongly] {
        provider.change(|conduct| conduct.signing = signing);
        assert_eq!(error(&server).await, "PROVIDER_ANSWER_REFUSED", "{signing:?}");
    }
    provider.change(|conduct| conduct.signing = Signing::Rightly);
    for header in [
        json!({ "kid": "unheard-of" }),
        json!({ "alg": "RS256" }),
        json!({ "alg": "ES384" }),
        json!({ "crit": ["x"] }),
    ] {
        provider.change(|conduct| conduct.header = header.clone());
        assert_eq!(error(&server).await, "PROVIDER_ANSWER_REFUSED", "{header}");
    }
    provider.change(|conduct| conduct.header = json!({}));
    assert_eq!(rows(&server, "SELECT subject FROM openid_code").await, [""; 0]);
    // Without an application the person is told on a page.
    provider.change(|conduct| conduct.signing = Signing::Unsigned);
    let page = Visitor::default().sign_in_alone(&server).await;
    assert_eq!((page.status, page.shown().as_str()), (502, "PROVIDER_ANSWER_REFUSED"));
    // All of that was its fault, not the person's.
    provider.change(|conduct| conduct.signing = Signing::Rightly);
    sign_in(&server).await;
}

#[tokio::test]
async fn the_provider_may_sign_with_any_accepted_algorithm_and_change_its_keys() {
    let (provider, server) = open_house(Backend::Sqlite).await;
    sign_in(&server).await;
    let read = provider.asked("keys");
    sign_in(&server).await;
    assert_eq!(provider.asked("keys"), read, "known keys are not asked for again");
    for algorithm in ["EdDSA", "RS256", "PS256", "ES256"] {
        let key = SigningKey::new(&format!("next {algorithm}"), algorithm);
        provider.change(|conduct| {
            conduct.published.push(key.published());
            conduct.key = key;
        });
        sign_in(&server).await;
    }
    // A key that was withdrawn is forgotten when another one is learnt.
    let (withdrawn, new) = (SigningKey::new("withdrawn", "ES256"), SigningKey::new("new", "ES256"));
    provider.change(|conduct| {
        conduct.published = vec![withdrawn.published()];
        conduct.key = withdrawn;
    });
    sign_in(&server).await;
    let mut old = None;
    provider.change(|conduct| {
        conduct.published = vec![json!({ "kty": "unheard-of" }), new.published()];
        old = Some(std::mem::replace(&mut conduct.key, new));
    });
    sign_in(&server).await;
    provider.change(|conduct| conduct.key = old.unwrap());
    assert_eq!(error(&server).await, "PROVIDER_ANSWER_REFUSED");
}

#[tokio::test]
async fn somebody_who_does_not_want_to_and_a_provider_that_refuses_are_told_apart() {
    let (provider, server) = open_house(Backend::Sqlite).await;
    provider.change(|conduct| conduct.error = Some("access_denied".to_owned()));
    assert_eq!(error(&server).await, "SIGN_IN_DENIED");
    let page = Visitor::default().sign_in_alone(&server).await;
    assert_eq!((page.status, page.shown().as_str()), (403, "SIGN_IN_DENIED"));
    provider.change(|conduct| conduct.error = Some("server_error<script>".to_owned()));
    let page = Visitor::default().sign_in_alone(&server).await;
    assert_eq!((page.status, page.shown().as_str()), (502, "PROVIDER_REFUSED"));
    assert!(!page.text.contains("script"), "{page:?}");
    provider.change(|conduct| {
        conduct.error = None;
        conduct.token_error = Some((400, json!({ "error": "invalid_grant" }).to_string()));
    });
    assert_eq!(error(&server).await, "PROVIDER_REFUSED");
    // A code that somebody made up, in a way that they began.
    provider.change(|conduct| conduct.token_error = None);
    let mut browser = Visitor::default();
    let begun = browser.begin(&server, APP).await;
    let state = parameter(begun.to(), "state").unwrap();
    let made_up = format!("{}/sign-in/openid/callback?state={state}&code=made-up", server.url);
    assert_eq!(browser.open(&made_up).await.fragment("error"), "PROVIDER_REFUSED");
    // The browser was sent back by somebody else (RFC 9207).
    provider.change(|conduct| conduct.back = vec![("iss".to_owned(), "https://evil.example".to_owned())]);
    assert_eq!(error(&server).await, "PROVIDER_ANSWER_REFUSED");
    let issuer = provider.issuer.clone();
    provider.change(|conduct| conduct.back = vec![("iss".to_owned(), issuer)]);
    sign_in(&server).await;
}

#[tokio::test]
async fn a_provider_that_is_slow_down_or_talks_nonsense_holds_nobody_up() {
    let (provider, server) = open_house(Backend::Sqlite).await;
    provider.change(|conduct| conduct.delay = Duration::from_secs(60));
    let begun = Instant::now();
    assert_eq!(error(&server).await, "PROVIDER_UNAVAILABLE");
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    provider.change(|conduct| {
        conduct.delay = Duration::ZERO;
        conduct.token_error = Some((500, "broken".to_owned()));
    });
    assert_eq!(error(&server).await, "PROVIDER_UNAVAILABLE");
    for nonsense in ["no JSON", "{}", "[]", "{\"id_token\": 7}", "{\"id_token\": \"a.b.c\"}"] {
        provider.change(|conduct| conduct.token_error = Some((200, nonsense.to_owned())));
        assert_eq!(error(&server).await, "PROVIDER_ANSWER_REFUSED", "{nonsense}");
    }
    let endless = format!("{{\"id_token\": \"{}\"}}", "x".repeat(2_000_000));
    provider.change(|conduct| conduct.token_error = Some((200, endless)));
    assert_eq!(error(&server).await, "PROVIDER_ANSWER_REFUSED");
    // A redirect is not followed.
    provider.change(|conduct| conduct.token_error = Some((302, String::new())));
    assert_eq!(error(&server).await, "PROVIDER_ANSWER_REFUSED");
    provider.change(|conduct| conduct.token_error = None);
    sign_in(&server).await;
}

#[tokio::test]
async fn without_the_provider_the_service_starts_and_passwords_go_on() {
    let issuer = format!("http://127.0.0.1:{}", free_port());
    let server = Server::start(options(Backend::Sqlite, &issuer)).await;
    server.member("ana@example.org", &[]).await;
    let mut browser = Visitor::default();
    let page = browser.open(&format!("{}/sign-in/openid", server.url)).await;
    assert_eq!((page.status, page.shown().as_str()), (503, "PROVIDER_UNAVAILABLE"));
    assert!(page.cookies.is_empty());
    assert_eq!(browser.begin(&server, APP).await.fragment("error"), "PROVIDER_UNAVAILABLE");
    let told: Told = server.run(&["doctor"]).into();
    assert_eq!(told.code, Some(1), "{told:?}");
    let line = told.output.lines().find(|line| line.contains("sign-in")).unwrap_or_default();
    assert!(line.starts_with("BAD") && line.contains("PRAXIS_OPENID_ISSUER"), "{line}");
}

#[tokio::test]
async fn people_are_returned_to_the_addresses_of_the_settings_alone() {
    let (_provider, server) = open_house(Backend::Sqlite).await;
    let mut browser = Visitor::default();
    for wrong in [
        "https://evil.example/",
        "https://app.example.org/",
        "https://app.example.org/signed-in",
        "https://app.example.org/signed-in?from=praxis&next=https://evil.example",
        "https://app.example.org/signed-in?from=praxis#",
        "https://app.example.org.evil.example/signed-in?from=praxis",
        "https://app.example.org@evil.example/signed-in?from=praxis",
        "http://app.example.org/signed-in?from=praxis",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "org.example.app:/elsewhere",
        "",
        " ",
    ] {
        let page = browser.begin(&server, wrong).await;
        assert_eq!((page.status, page.shown().as_str()), (400, "RETURN_ADDRESS_REFUSED"), "{wrong}");
        assert_eq!(page.location, None, "{wrong}");
        assert!(!page.text.contains("evil"), "{wrong}");
    }
    let twice = format!("{}/sign-in/openid?return_to={APP}&return_to=https://evil.example", server.url);
    assert_eq!(browser.open(&twice).await.shown(), "RETURN_ADDRESS_REFUSED");
    let page = browser.sign_in(&server, "org.example.app:/signed-in").await;
    assert!(page.to().starts_with("org.example.app:/signed-in#code="), "{page:?}");

    // An application says how it will show that the code is its own.
    let address = format!("{}/sign-in/openid?return_to=org.example.app:/signed-in", server.url);
    for challenge in ["", "&code_challenge=", "&code_challenge=short", &format!("&code_challenge={}", "x".repeat(44))] {
        let page = browser.open(&format!("{address}{challenge}")).await;
        assert_eq!((page.status, page.shown().as_str()), (400, "CHALLENGE_REFUSED"), "{challenge}");
    }
}

#[tokio::test]
async fn many_who_begin_and_never_come_back_wait_and_hold_up_no_passwords() {
    let (_provider, server) = open_house(Backend::Sqlite).await;
    server.create_account("ana@example.org", &[]);
    let mut browser = Visitor::default();
    let address = format!("{}/sign-in/openid", server.url);
    let mut begun = 0;
    let refused = loop {
        browser.cookies.clear();
        let page = browser.open(&address).await;
        if page.status != 303 {
            break page;
        }
        begun += 1;
        assert!(begun < 120, "nobody has to wait");
    };
    assert_eq!((refused.status, refused.shown().as_str()), (429, "TOO_MANY_ATTEMPTS"));
    assert!(begun >= 100 && refused.cookies.is_empty(), "{begun}");
    Session::of(&server.sign_in("ana@example.org", PASSWORD).await);
}

#[tokio::test]
async fn without_an_application_people_are_shown_a_code_to_copy() {
    let (_provider, server) = open_house(Backend::Sqlite).await;
    let page = Visitor::default().sign_in_alone(&server).await;
    assert_eq!((page.status, page.cache.as_str()), (200, "no-store"));
    let code = page.shown();
    let payload = enter(&server, json!({ "code": code, "displayName": "Rosa" })).await;
    assert_eq!(payload["errors"][0]["path"], json!(["verifier"]), "nobody began with a challenge");
    let payload = server
        .mutate(None, "signInWithCode", SESSION, json!({ "code": code, "displayName": "Rosa" }))
        .await;
    Session::of(&payload);
}

#[tokio::test]
async fn without_the_setting_there_is_nothing_to_sign_in_by() {
    let server = Server::start(Options::empty(Backend::Sqlite)).await;
    assert_eq!(server.query("{ signInProviders { name } }").await.data()["signInProviders"], json!([]));
    for path in ["/sign-in/openid", "/sign-in/openid/callback?state=x&code=y"] {
        let page = Visitor::default().open(&format!("{}{path}", server.url)).await;
        assert_eq!((page.status, page.shown().as_str()), (404, "SIGN_IN_NOT_OFFERED"));
    }
    assert_eq!(codes(&enter(&server, json!({ "code": "poc_x" })).await), ["INVALID_TOKEN"]);
    let told: Told = server.run(&["doctor"]).into();
    assert!(!told.output.contains("sign-in"), "{told:?}");
}

#[tokio::test]
async fn a_client_shows_its_secret_where_the_provider_takes_it_or_has_none() {
    let (provider, server) = open_house(Backend::Sqlite).await;
    provider.change(|conduct| conduct.discovery = json!({ "token_endpoint_auth_methods_supported": ["client_secret_post"] }));
    sign_in(&server).await;
    drop(server);

    let provider = Provider::start().await;
    provider.change(|conduct| conduct.confidential = false);
    let public = options(Backend::Sqlite, &provider.issuer)
        .with("PRAXIS_OPENID_CLIENT_SECRET", "")
        .with("PRAXIS_OPENID_SIGN_UP", "true");
    let server = Server::start(public).await;
    sign_in(&server).await;
}

// The provider answers while the command runs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doctor_says_what_is_wrong_with_the_provider_and_prints_no_secret() {
    let (provider, server) = closed_house(Backend::Sqlite).await;
    let lines = |told: &Told| -> Vec<String> {
        let lines = told.output.lines().filter(|line| line.contains("sign-in"));
        lines.map(str::to_owned).collect()
    };
    let told: Told = server.run(&["doctor"]).into();
    let good = lines(&told).remove(0);
    assert!(good.starts_with("ok") && good.contains("The University") && good.contains("ES256"), "{told:?}");
    assert!(good.contains("/sign-in/openid/callback"), "{good}");
    for (change, said) in [
        (json!({ "issuer": "https://evil.example" }), "letter by letter"),
        (json!({ "id_token_signing_alg_values_supported": ["none", "HS256"] }), "algorithm"),
        (json!({ "jwks_uri": "http://example.org/keys" }), "jwks_uri"),
        (json!({ "token_endpoint": null }), "token_endpoint"),
    ] {
        provider.change(|conduct| conduct.discovery = change.clone());
        let told: Told = server.run(&["doctor"]).into();
        let bad = lines(&told).remove(0);
        assert!(bad.starts_with("BAD") && bad.contains(said) && told.code == Some(1), "{change}: {told:?}");
        assert!(!told.output.contains("the client's secret") && !told.errors.contains("the client's secret"));
    }
    provider.change(|conduct| conduct.discovery = json!({ "code_challenge_methods_supported": ["plain"] }));
    let told: Told = server.run(&["doctor"]).into();
    assert!(lines(&told)[1].starts_with("warn") && lines(&told)[1].contains("S256"), "{told:?}");
    assert_eq!(told.code, Some(0), "{told:?}");
}

#[tokio::test]
async fn nothing_secret_stands_in_the_log_or_in_the_database() {
    let provider = Provider::start().await;
    let settings = options(Backend::Sqlite, &provider.issuer)
        .with("PRAXIS_OPENID_SIGN_UP", "true")
        .with("PRAXIS_LOG", "debug");
    let server = Server::start(settings).await;
    let mut browser = Visitor::default();
    let begun = browser.begin(&server, APP).await;
    let cookie = browser.cookies.values().next().unwrap().clone();
    let code = browser.follow(&begun).await.fragment("code");
    let pending = browser.begin(&server, APP).await;
    let session = Session::of(&enter(&server, json!({ "code": code, "displayName": "Rosa" })).await);
    provider.change(|conduct| conduct.signing = Signing::Wrongly);
    error(&server).await;
    let (logs, file) = (server.logs(), server.directory().join("praxis.sqlite"));
    let wal = std::fs::read(file.with_extension("sqlite-wal")).unwrap_or_default();
    let database = [std::fs::read(&file).unwrap(), wal].concat();
    let holds = |needle: &str| database.windows(needle.len()).any(|window| window == needle.as_bytes());
    let mut secrets = provider.issued();
    secrets.extend([cookie, code, session.access, session.refresh, CLIENT_SECRET.to_owned()]);
    secrets.extend([parameter(pending.to(), "state").unwrap(), parameter(pending.to(), "nonce").unwrap()]);
    for secret in &secrets {
        assert!(!logs.contains(secret), "{secret} in the log");
        assert!(!holds(secret), "{secret} in the database");
    }
    for personal in ["rosa@example.org", "rosa-at-the-provider", "Rosa"] {
        assert!(!logs.contains(personal), "{personal} in the log");
    }
}

#[tokio::test]
async fn cookies_are_sent_over_tls_alone_where_the_service_is_public() {
    let provider = Provider::start().await;
    let settings = options(Backend::Sqlite, &provider.issuer).with("PRAXIS_PUBLIC_URL", "https://praxis.example.org/api/");
    let server = Server::start(settings).await;
    let begun = Visitor::default().begin(&server, APP).await;
    let cookie = &begun.cookies[0];
    assert!(cookie.ends_with("; Secure") && cookie.contains("Path=/api/sign-in/openid;"), "{cookie}");
    let callback = parameter(begun.to(), "redirect_uri");
    assert_eq!(callback.as_deref(), Some("https://praxis.example.org/api/sign-in/openid/callback"));
}
