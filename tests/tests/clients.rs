//! Applications that act for members: how they get tokens, what they may do, and what ends them.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use praxis_tests::clients::{ApiClient, OAuthAnswer, in_graphql};
use praxis_tests::scene::{Scene, codes, id, lesson};
use praxis_tests::{Backend, Member, Options, PASSWORD, Server, on_both_databases};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const VIEWER: &str = "{ viewer { id displayName } }";

async fn start(backend: Backend) -> (Server, Member) {
    let server = Server::start(Options::empty(backend)).await;
    let member = server.member("ana@example.org", &[]).await;
    (server, member)
}

fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// Asks until the answer has this status: other processes learn of a change within about a second.
async fn until(server: &Server, token: &str, status: u16) {
    let begun = Instant::now();
    loop {
        let answer = server.ask_as(Some(token), "{ themes { slug } }", json!({})).await;
        if answer.status == status {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "{answer:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn account_id(server: &Server, member: &Member) -> String {
    let answer = server.ask_as(Some(&member.session.access), VIEWER, json!({})).await;
    answer.data()["viewer"]["id"].as_str().unwrap().to_owned()
}

#[track_caller]
fn done(server: &Server, arguments: &[&str]) -> String {
    let output = server.run(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Calls a mutation about applications.
async fn call(server: &Server, who: &Member, mutation: &str, input: Value) -> Value {
    let fields = match mutation {
        "createApiClient" | "rotateApiClientSecret" => "secret client { id status agreedScopes }",
        _ => "client { id status scopes agreedScopes }",
    };
    server.mutate(Some(&who.session.access), mutation, fields, input).await
}

on_both_databases! {
    async fn an_application_gets_a_token_and_acts_for_its_member(backend: Backend) {
        let (server, member) = start(backend).await;
        let client = server.client_of(&member, &["content:contribute", "profile:read"]).await;
        let answer = server.ask_token(&client, &[]).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(answer.body["token_type"], "Bearer");
        assert_eq!(answer.body["expires_in"], 600);
        assert_eq!(answer.body["scope"], "content:contribute profile:read");
        assert!(answer.body.get("refresh_token").is_none());
        let token = answer.token();
        let claims = claims(&token);
        assert_eq!(claims["client_id"], json!(client.id));
        assert_eq!(claims["scope"], "content:contribute profile:read");
        assert!(claims.get("sid").is_none());

        let viewer = server.ask_as(Some(&token), "{ viewer { id email hasTotp displayName roles savedSearches { id } apiClients { id } } }", json!({})).await;
        let viewer = &viewer.data()["viewer"];
        assert_eq!(viewer["id"], json!(account_id(&server, &member).await));
        assert_eq!(viewer["roles"], json!(["MEMBER"]));
        for hidden in ["email", "hasTotp", "savedSearches", "apiClients"] {
            assert_eq!(viewer[hidden], Value::Null, "{hidden}");
        }
        let draft = json!({ "content": lesson("Written by a machine") });
        let payload = server.mutate(Some(&token), "saveDraft", "submission { id author { displayName } }", draft).await;
        assert_eq!(payload["errors"], json!([]), "{payload:#}");
        let draft = id(&payload["submission"]);
        let payload = server.mutate(Some(&token), "submitDraft", "submission { status }", json!({ "submission": draft })).await;
        assert_eq!(payload["submission"]["status"], "SUBMITTED", "{payload:#}");
        // It is the member's own, who sees that the application did it.
        let query = "{ submissions { nodes { id decisions { action application by { id } } } } }";
        let own = server.ask_as(Some(&member.session.access), query, json!({})).await;
        let nodes = &own.data()["submissions"]["nodes"];
        assert_eq!(nodes[0]["id"], json!(draft));
        assert_eq!(nodes[0]["decisions"][0]["application"], "Mirror");
        assert_eq!(nodes[0]["decisions"][0]["by"]["id"], viewer["id"]);
        let listed = done(&server, &["client", "list"]);
        assert!(listed.contains(&client.id) && listed.contains("ACTIVE") && !listed.contains("never used"), "{listed}");
    }

    async fn nothing_works_before_the_member_has_agreed(backend: Backend) {
        let (server, member) = start(backend).await;
        let stranger = server.member("eva@example.org", &[]).await;
        let client = server.create_client(&member, &["content:flag", "profile:read"]);
        let refused = server.ask_token(&client, &[]).await;
        assert_eq!(refused.refusal(), (400, "unauthorized_client"));
        let letter = &server.letters(&member.email, 1).await[0];
        assert!(letter.text.contains("Mirror") && letter.text.contains("content:flag profile:read"), "{}", letter.text);
        assert!(!letter.text.contains(&client.secret));

        let told = "{ viewer { unreadNotificationCount notifications(unread: true) { nodes { kind apiClient { id name } } } } }";
        let answer = server.ask_as(Some(&member.session.access), told, json!({})).await;
        assert_eq!(answer.data()["viewer"]["notifications"]["nodes"],
            json!([{ "kind": "CLIENT_ASKS", "apiClient": { "id": client.id, "name": "Mirror" } }]));

        // Nobody else agrees for them, and nobody to more than it asks for.
        let input = json!({ "client": client.id, "scopes": ["CONTENT_FLAG"] });
        let payload = call(&server, &stranger, "approveApiClient", input.clone()).await;
        assert_eq!(codes(&payload), ["CLIENT_NOT_FOUND"]);
        let more = json!({ "client": client.id, "scopes": ["CONTENT_FLAG", "CURATION_DECIDE"] });
        assert_eq!(codes(&call(&server, &member, "approveApiClient", more).await), ["INVALID_SCOPE"]);
        let none = json!({ "client": client.id, "scopes": [] });
        assert_eq!(codes(&call(&server, &member, "approveApiClient", none).await), ["INVALID_SCOPE"]);
        assert_eq!(server.ask_token(&client, &[]).await.refusal(), (400, "unauthorized_client"));

        // To less, which then is all that it has.
        let payload = call(&server, &member, "approveApiClient", input).await;
        assert_eq!(payload["client"]["agreedScopes"], json!(["CONTENT_FLAG"]));
        assert_eq!(server.ask_token(&client, &[]).await.body["scope"], "content:flag");
        assert_eq!(server.letters(&member.email, 2).await.len(), 2);
        let answer = server.ask_as(Some(&member.session.access), told, json!({})).await;
        assert_eq!(answer.data()["viewer"]["unreadNotificationCount"], 0);
    }

    async fn scope_may_narrow_and_never_widen(backend: Backend) {
        let (server, member) = start(backend).await;
        let client = server.client_of(&member, &["content:flag", "profile:read"]).await;
        let narrow = server.ask_token(&client, &[("scope", "profile:read")]).await;
        assert_eq!(narrow.body["scope"], "profile:read");
        let flag = json!({ "id": "lesson_01h2xcejqtf2nbrexx3vqjhp41", "reason": "SPAM" });
        let answer = server.try_mutate(Some(&narrow.token()), "flagContent", "flagged", flag).await;
        assert!(answer.refusal("FORBIDDEN").contains("content:flag"), "{answer:?}");
        // A parameter without a value counts as missing.
        assert_eq!(server.ask_token(&client, &[("scope", "")]).await.body["scope"], "content:flag profile:read");
        for wider in ["content:contribute", "profile:read content:contribute", "admin", "PROFILE:READ", "*"] {
            let answer = server.ask_token(&client, &[("scope", wider)]).await;
            assert_eq!(answer.refusal(), (400, "invalid_scope"), "{wider}");
        }
    }

    async fn an_application_may_nothing_about_the_account_itself(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let member = server.member("ana@example.org", &["admin", "safeguarding-lead"]).await;
        let all = ["content:contribute", "content:flag", "curation:moderate", "curation:decide", "searches:manage",
            "notifications:read", "profile:read"];
        let client = server.client_of(&member, &all).await;
        let token = server.client_token(&client).await;
        let queries = [
            "{ auditLog { totalCount } }",
            "{ apiClients { totalCount } }",
            "{ synonyms { phrases } }",
            "mutation { signOutEverywhere { errors { code } } }",
        ];
        for query in queries {
            let answer = server.ask_as(Some(&token), query, json!({})).await;
            let message = answer.refusal("FORBIDDEN");
            assert!(message.contains("only a person"), "{query}: {message}");
        }
        let password = json!({ "password": PASSWORD });
        for (mutation, input) in [
            ("exportAccount", password.clone()),
            ("enrolTotp", password.clone()),
            ("changePassword", json!({ "password": PASSWORD, "newPassword": "another long phrase" })),
            ("requestEmailChange", json!({ "password": PASSWORD, "email": "eva@example.org" })),
            ("deleteAccount", json!({ "password": PASSWORD, "contributions": "KEEP" })),
            ("approveApiClient", json!({ "client": client.id, "scopes": ["PROFILE_READ"] })),
            ("endApiClient", json!({ "client": client.id })),
            ("rotateApiClientSecret", json!({ "client": client.id })),
            ("updateNotificationSettings", json!({ "mail": "NEVER" })),
            ("markNotificationsRead", json!({ "all": true })),
        ] {
            let fields = "errors { code }";
            let answer = server.try_mutate(Some(&token), mutation, fields, input).await;
            assert!(answer.refusal("FORBIDDEN").contains("only a person"), "{mutation}");
        }
        // The member may, in a session of their own.
        let answer = server.ask_as(Some(&member.session.access), queries[0], json!({})).await;
        answer.data();
    }

    async fn what_is_the_members_own_is_seen_with_its_scope_alone(backend: Backend) {
        let scene = Scene::set(backend).await;
        let server = &scene.server;
        let draft = scene.draft(lesson("A draft of one's own")).await;
        let search = json!({ "name": "Mine", "query": "budget" });
        let token = Some(scene.author.session.access.as_str());
        server.mutate(token, "saveSearch", "savedSearch { id }", search).await;
        let query = format!(
            "{{ node(id: \"{draft}\") {{ id }} viewer {{ savedSearches {{ name }} unreadNotificationCount notifications {{ totalCount }} }} }}"
        );
        let seen = async |scopes: &[&str]| {
            let client = server.client_of(&scene.author, scopes).await;
            let token = server.client_token(&client).await;
            let answer = server.ask_as(Some(&token), &query, json!({})).await;
            let body = answer.body["data"].clone();
            [
                body["node"] != Value::Null,
                body["viewer"]["savedSearches"] != Value::Null,
                body["viewer"]["notifications"] != Value::Null,
            ]
        };
        assert_eq!(seen(&["profile:read"]).await, [false, false, false]);
        assert_eq!(seen(&["content:contribute"]).await, [true, false, false]);
        assert_eq!(seen(&["searches:manage"]).await, [false, true, false]);
        assert_eq!(seen(&["notifications:read"]).await, [false, false, true]);
        assert_eq!(seen(&["curation:moderate", "profile:read"]).await, [false, false, false], "not a moderator");
    }

    async fn a_moderators_application_decides_and_the_audit_log_names_it(backend: Backend) {
        let scene = Scene::set(backend).await;
        let server = &scene.server;
        let client = server.client_of(&scene.moderator, &["curation:moderate"]).await;
        let token = server.client_token(&client).await;
        let submission = scene.submitted(lesson("Looked at by a machine")).await;
        let waiting = server.ask_as(Some(&token), "{ submissions { nodes { id } } }", json!({})).await;
        assert_eq!(waiting.data()["submissions"]["nodes"], json!([{ "id": submission }]));
        for mutation in ["claimSubmission", "approveSubmission"] {
            let payload = server.mutate(Some(&token), mutation, "submission { status }", json!({ "submission": submission })).await;
            assert_eq!(payload["errors"], json!([]), "{mutation}: {payload:#}");
        }
        let key = scene.rows("SELECT DISTINCT source FROM audit_entry WHERE action = 'SUBMISSION_APPROVED'").await;
        assert!(key[0].starts_with("client:"), "{key:?}");
        let published = scene.rows("SELECT source FROM audit_entry WHERE content_id IS NOT NULL").await;
        assert_eq!(published, key);
        let query = "query ($id: ID!) { node(id: $id) { ... on Submission { decisions { action application by { displayName } } } } }";
        let seen = scene.ask(&scene.other, query, json!({ "id": submission })).await;
        let decisions = seen["node"]["decisions"].as_array().unwrap().clone();
        assert_eq!(decisions[0]["application"], Value::Null);
        assert_eq!((&decisions[2]["action"], &decisions[2]["application"]), (&json!("APPROVE"), &json!("Mirror")));
        // What needs another scope stays closed, and so does what the same person wrote.
        let content = server.query("{ lessons { nodes { id } } }").await;
        let content = content.data()["lessons"]["nodes"][0]["id"].clone();
        let hide = json!({ "id": content, "reason": "a machine thinks so" });
        let answer = server.try_mutate(Some(&token), "hideContent", "content { id }", hide).await;
        assert!(answer.refusal("FORBIDDEN").contains("curation:decide"));
        let own = scene.does(&scene.moderator, "saveDraft", json!({ "content": lesson("The moderator's own") })).await;
        let own = id(&scene.does(&scene.moderator, "submitDraft", json!({ "submission": id(&own) })).await);
        let payload = server.mutate(Some(&token), "claimSubmission", "submission { status }", json!({ "submission": own })).await;
        assert_eq!(codes(&payload), ["OWN_SUBMISSION"]);
        let admin = server.member("root@example.org", &["admin"]).await;
        let log = server.ask_as(Some(&admin.session.access), "{ auditLog(filter: { actions: [\"SUBMISSION_APPROVED\"] }) { nodes { source account { displayName } } } }", json!({})).await;
        assert_eq!(log.data()["auditLog"]["nodes"][0]["source"], json!(key[0]));
    }

    async fn what_ends_an_application_ends_its_tokens_at_once(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let admin = server.member("root@example.org", &["admin"]).await;
        let member = server.member("ana@example.org", &["moderator"]).await;
        let refused = async |token: &str, why: &str| {
            let answer = server.ask_as(Some(token), VIEWER, json!({})).await;
            assert_eq!((answer.status, answer.codes()), (401, vec!["UNAUTHENTICATED"]), "{why}");
        };
        let client = server.client_of(&member, &["profile:read", "content:flag"]).await;
        let token = server.client_token(&client).await;

        // Fewer scopes.
        let fewer = json!({ "client": client.id, "scopes": ["PROFILE_READ"] });
        let payload = call(&server, &admin, "changeApiClientScopes", fewer).await;
        assert_eq!(payload["client"]["agreedScopes"], json!(["PROFILE_READ"]));
        refused(&token, "scopes").await;
        // More of them wait, and what was taken away needs to be agreed to anew.
        let more = json!({ "client": client.id, "scopes": ["PROFILE_READ", "CONTENT_FLAG"] });
        let payload = call(&server, &admin, "changeApiClientScopes", more).await;
        assert_eq!(payload["client"]["agreedScopes"], json!(["PROFILE_READ"]));
        let answer = server.ask_token(&client, &[]).await;
        assert_eq!(answer.body["scope"], "profile:read");
        let token = answer.token();

        // A new secret ends nothing at first, then the oldest; with `revoke` all.
        let rotate = async |revoke: bool| {
            let payload = call(&server, &admin, "rotateApiClientSecret", json!({ "client": client.id, "revoke": revoke })).await;
            ApiClient { id: client.id.clone(), secret: payload["secret"].as_str().unwrap().to_owned() }
        };
        let second = rotate(false).await;
        for working in [&client, &second] {
            server.client_token(working).await;
        }
        let third = rotate(false).await;
        assert_eq!(server.ask_token(&client, &[]).await.refusal(), (401, "invalid_client"));
        server.client_token(&second).await;
        server.ask_as(Some(&token), VIEWER, json!({})).await.data();
        let fourth = rotate(true).await;
        refused(&token, "revoked").await;
        for over in [&second, &third] {
            assert_eq!(server.ask_token(over, &[]).await.refusal(), (401, "invalid_client"));
        }
        let token = server.client_token(&fourth).await;

        // A change of the member's roles, and their suspension.
        done(&server, &["user", "demote", "--email", &member.email, "--role", "moderator"]);
        until(&server, &token, 401).await;
        let token = server.client_token(&fourth).await;
        assert_eq!(claims(&token)["roles"], json!(["MEMBER"]));
        done(&server, &["user", "suspend", "--email", &member.email]);
        until(&server, &token, 401).await;
        assert_eq!(server.ask_token(&fourth, &[]).await.refusal(), (400, "unauthorized_client"));
        done(&server, &["user", "restore", "--email", &member.email]);
        let token = server.client_token(&fourth).await;

        // Its end.
        let payload = call(&server, &admin, "endApiClient", json!({ "client": client.id })).await;
        assert_eq!(payload["client"]["status"], "ENDED");
        refused(&token, "ended").await;
        assert_eq!(server.ask_token(&fourth, &[]).await.refusal(), (401, "invalid_client"));
        let payload = call(&server, &admin, "endApiClient", json!({ "client": client.id })).await;
        assert_eq!(codes(&payload), ["CLIENT_ENDED"]);
        let payload = call(&server, &admin, "rotateApiClientSecret", json!({ "client": client.id })).await;
        assert_eq!(codes(&payload), ["CLIENT_ENDED"]);
    }

    async fn who_deletes_their_account_ends_its_applications(backend: Backend) {
        let scene = Scene::set(backend).await;
        let server = &scene.server;
        let client = server.client_of(&scene.author, &["profile:read"]).await;
        let token = server.client_token(&client).await;
        let input = json!({ "password": PASSWORD, "contributions": "KEEP" });
        let payload = server.mutate(Some(&scene.author.session.access), "deleteAccount", "", input).await;
        assert_eq!(payload["errors"], json!([]));
        let answer = server.ask_as(Some(&token), VIEWER, json!({})).await;
        assert_eq!(answer.status, 401);
        assert_eq!(server.ask_token(&client, &[]).await.refusal(), (401, "invalid_client"));
        assert_eq!(scene.rows("SELECT name FROM api_client").await, ["An application of a former member"]);
        assert_eq!(scene.rows("SELECT hash FROM api_client_secret").await, Vec::<String>::new());
    }

    async fn administrators_manage_applications_and_members_end_their_own(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let admin = server.member("root@example.org", &["admin"]).await;
        let member = server.member("ana@example.org", &[]).await;
        let other = server.member("eva@example.org", &[]).await;
        let new = |acts_for: String, scopes: Value| json!({ "name": "Atlas", "actsFor": acts_for, "scopes": scopes });
        let ana = account_id(&server, &member).await;

        // For somebody else it waits, for oneself it works.
        let created = call(&server, &admin, "createApiClient", new(ana.clone(), json!(["PROFILE_READ"]))).await;
        assert_eq!(created["client"]["status"], "PENDING", "{created:#}");
        let waiting = created["client"]["id"].as_str().unwrap().to_owned();
        let secret = created["secret"].as_str().unwrap().to_owned();
        let own = new(account_id(&server, &admin).await, json!(["CONTENT_FLAG"]));
        let own = call(&server, &admin, "createApiClient", own).await;
        assert_eq!(own["client"]["agreedScopes"], json!(["CONTENT_FLAG"]));

        let input = |acts_for: &str, change: Value| {
            let mut input = new(acts_for.to_owned(), json!(["PROFILE_READ"]));
            for (name, value) in change.as_object().unwrap() {
                input[name] = value.clone();
            }
            input
        };
        for (wrong, code) in [
            (input(&ana, json!({ "name": " " })), "INVALID_DISPLAY_NAME"),
            (input(&ana, json!({ "scopes": [] })), "INVALID_SCOPE"),
            (input(&ana, json!({ "expiresOn": "2020-01-01" })), "EXPIRY_PASSED"),
            (input("account_01h2xcejqtf2nbrexx3vqjhp41", json!({})), "NO_SUCH_ACCOUNT"),
        ] {
            let payload = call(&server, &admin, "createApiClient", wrong).await;
            assert_eq!((codes(&payload), &payload["secret"]), (vec![code.to_owned()], &Value::Null));
        }
        let listed = server.ask_as(Some(&admin.session.access),
            "query ($who: ID) { apiClients(actsFor: $who, ended: false) { totalCount nodes { id name scopes actsFor { id email } createdBy { id } lastUsedOn } } }",
            json!({ "who": ana })).await;
        let nodes = &listed.data()["apiClients"]["nodes"];
        assert_eq!(nodes[0]["id"], json!(waiting));
        assert_eq!(nodes[0]["actsFor"], json!({ "id": ana, "email": null }));
        assert!(!listed.body.to_string().contains(&secret));

        // The member sees it, nobody else does; who is no administrator ends their own alone.
        let query = "{ viewer { apiClients { id name status scopes agreedScopes } } }";
        let seen = server.ask_as(Some(&member.session.access), query, json!({})).await;
        assert_eq!(seen.data()["viewer"]["apiClients"][0]["id"], json!(waiting));
        let seen = server.ask_as(Some(&other.session.access), query, json!({})).await;
        assert_eq!(seen.data()["viewer"]["apiClients"], json!([]));
        let end = json!({ "client": waiting });
        assert_eq!(codes(&call(&server, &other, "endApiClient", end.clone()).await), ["CLIENT_NOT_FOUND"]);
        let ended = call(&server, &member, "endApiClient", end).await;
        assert_eq!(ended["client"]["status"], "ENDED");

        // Twenty at a time.
        for _ in 0..20 {
            let payload = call(&server, &admin, "createApiClient", new(ana.clone(), json!(["PROFILE_READ"]))).await;
            assert_eq!(payload["errors"], json!([]));
        }
        let payload = call(&server, &admin, "createApiClient", new(ana.clone(), json!(["PROFILE_READ"]))).await;
        assert_eq!(codes(&payload), ["TOO_MANY_CLIENTS"]);
        let log = server.ask_as(Some(&admin.session.access), "query ($id: ID!) { auditLog(filter: { subject: $id }) { nodes { action reason } } }", json!({ "id": waiting })).await;
        let actions: Vec<&str> = log.data()["auditLog"]["nodes"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
        assert_eq!(actions, ["CLIENT_ENDED", "CLIENT_CREATED"]);
    }

    async fn the_command_changes_and_ends_applications_beside_the_server(backend: Backend) {
        let (server, member) = start(backend).await;
        let client = server.client_of(&member, &["profile:read", "content:flag"]).await;
        let token = server.client_token(&client).await;
        let changed = done(&server, &["client", "scopes", "--id", &client.id, "--scope", "profile:read"]);
        assert_eq!(changed.trim(), "scopes changed; agreed to: profile:read");
        until(&server, &token, 401).await;
        let same = done(&server, &["client", "scopes", "--id", &client.id, "--scope", "profile:read"]);
        assert!(same.starts_with("scopes unchanged"), "{same}");
        let rotated = ApiClient::printed(&done(&server, &["client", "rotate", "--id", &client.id, "--revoke"]));
        assert_eq!(server.ask_token(&client, &[]).await.refusal(), (401, "invalid_client"));
        let token = server.client_token(&rotated).await;
        done(&server, &["client", "end", "--id", &client.id]);
        until(&server, &token, 401).await;
        assert!(done(&server, &["client", "list"]).contains("ENDED"));
        for wrong in [
            vec!["client", "end", "--id", &client.id],
            vec!["client", "end", "--id", "client_x"],
            vec!["client", "create", "--name", "N", "--acts-for", "nobody@example.org", "--scope", "profile:read"],
            vec!["client", "create", "--name", "N", "--acts-for", &member.email, "--scope", "everything"],
            vec!["client", "create", "--name", "N", "--acts-for", &member.email],
            vec!["client", "create", "--name", "N", "--acts-for", &member.email, "--scope", "profile:read", "--expires", "2020-01-01"],
        ] {
            assert!(!server.run(&wrong).status.success(), "{wrong:?}");
        }
        let by_id = account_id(&server, &member).await;
        done(&server, &["client", "create", "--name", "N", "--acts-for", &by_id, "--scope", "profile:read", "--expires", "2999-12-31"]);
    }

    async fn a_subscription_of_an_application_ends_with_it(backend: Backend) {
        let scene = Scene::set(backend).await;
        let server = &scene.server;
        let client = server.client_of(&scene.author, &["content:contribute"]).await;
        let token = server.client_token(&client).await;
        let mut events = server.events(Some(&token), "subscription { submissionChanged { id status } }").await;
        let draft = scene.draft(lesson("Told as it happens")).await;
        let (_, said) = tokio::time::timeout(Duration::from_secs(20), events.next()).await.unwrap().unwrap();
        assert_eq!(said["data"]["submissionChanged"]["id"], json!(draft), "{said:#}");
        call(server, &scene.author, "endApiClient", json!({ "client": client.id })).await;
        let (_, said) = tokio::time::timeout(Duration::from_secs(20), events.next()).await.unwrap().unwrap();
        assert_eq!(said["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{said:#}");
        let without = server.client_of(&scene.author, &["profile:read"]).await;
        let token = server.client_token(&without).await;
        let mut events = server.events(Some(&token), "subscription { submissionChanged { id } }").await;
        let (_, said) = tokio::time::timeout(Duration::from_secs(20), events.next()).await.unwrap().unwrap();
        assert_eq!(said["errors"][0]["extensions"]["code"], "FORBIDDEN", "{said:#}");
    }

    async fn the_members_export_names_the_applications_and_no_secret(backend: Backend) {
        let (server, member) = start(backend).await;
        let client = server.client_of(&member, &["profile:read"]).await;
        let token = server.client_token(&client).await;
        let payload = server.mutate(Some(&member.session.access), "exportAccount", "document", json!({ "password": PASSWORD })).await;
        let text = payload["document"].as_str().unwrap();
        let document: Value = serde_json::from_str(text).unwrap();
        assert_eq!(document["apiClients"][0]["id"], json!(client.id));
        assert_eq!(document["apiClients"][0]["agreedScopes"], "profile:read");
        let admin = server.member("root@example.org", &["admin"]).await;
        let log = server.ask_as(Some(&admin.session.access), "{ auditLog { nodes { action reason source } } }", json!({})).await;
        server.ask_token(&ApiClient { id: client.id.clone(), secret: "pcs_wrong-but-secret".to_owned() }, &[]).await;
        let told = [text.to_owned(), log.body.to_string(), server.logs(), done(&server, &["client", "list"]), done(&server, &["doctor"])];
        for told in told {
            for secret in [client.secret.as_str(), token.as_str(), "pcs_wrong-but-secret"] {
                assert!(!told.contains(secret), "{told}");
            }
        }
    }
}

#[tokio::test]
async fn the_token_endpoint_answers_as_the_standard_says() {
    let (server, member) = start(Backend::Sqlite).await;
    let client = server.client_of(&member, &["profile:read"]).await;
    let grant = ("grant_type", "client_credentials");
    let wrong = ApiClient {
        secret: "pcs_wrong".to_owned(),
        ..client.clone()
    };
    let unknown = ApiClient {
        id: "client_01h2xcejqtf2nbrexx3vqjhp41".to_owned(),
        ..client.clone()
    };
    let own = [("client_id", client.id.as_str()), ("client_secret", client.secret.as_str())];
    let token = "/oauth/token";

    // By form fields too.
    let answer = server.oauth(token, None, &[grant, own[0], own[1]]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    // Nothing tells an unknown application from a wrong secret.
    let mut told = Vec::new();
    for (client, parameters) in [
        (Some(&wrong), vec![grant]),
        (Some(&unknown), vec![grant]),
        (None, vec![grant]),
        (None, vec![grant, own[0]]),
        (None, vec![grant, own[0], ("client_secret", "pcs_wrong")]),
    ] {
        let answer = server.oauth(token, client, &parameters).await;
        assert_eq!(answer.refusal(), (401, "invalid_client"), "{parameters:?}");
        assert_eq!(answer.headers["www-authenticate"], "Basic realm=\"praxis\"");
        assert_eq!(answer.headers["cache-control"], "no-store");
        told.push(answer.body);
    }
    assert!(told.iter().all(|body| *body == told[0]));

    for (parameters, code) in [
        (vec![], "invalid_request"),
        (vec![("grant_type", "")], "invalid_request"),
        (vec![grant, grant], "invalid_request"),
        (vec![grant, own[1]], "invalid_request"),
        (vec![("grant_type", "password")], "unsupported_grant_type"),
        (vec![("grant_type", "refresh_token")], "unsupported_grant_type"),
        (vec![grant, ("scope", "no:such")], "invalid_scope"),
    ] {
        let answer = server.oauth(token, Some(&client), &parameters).await;
        assert_eq!(answer.refusal(), (400, code), "{parameters:?}");
        assert!(answer.body["error_description"].is_string());
    }
    let large = "x".repeat(20_000);
    let answer = server.oauth(token, Some(&client), &[grant, ("scope", &large)]).await;
    assert_eq!(answer.refusal(), (413, "invalid_request"));

    let post = || server.client.post(format!("{}{token}", server.url));
    let basic = |request: reqwest::RequestBuilder| request.basic_auth(&client.id, Some(&client.secret));
    let json = basic(post()).json(&json!({ "grant_type": "client_credentials" }));
    assert_eq!(OAuthAnswer::of(json).await.refusal(), (400, "invalid_request"));
    // What stands in the address is not looked at.
    let address = format!("{}{token}?grant_type=client_credentials&client_id={}&client_secret={}", server.url, client.id, client.secret);
    let in_address = server.client.post(address).header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(OAuthAnswer::of(in_address).await.refusal(), (400, "invalid_request"));
    let got = server.client.get(format!("{}{token}", server.url)).send().await.unwrap();
    assert_eq!(got.status(), 405);
    for header in [
        format!("Bearer {}", member.session.access),
        "Basic !!!".to_owned(),
        format!("Basic {}", STANDARD.encode("no colon")),
    ] {
        let request = post()
            .header("authorization", header.as_str())
            .header("content-type", "application/x-www-form-urlencoded")
            .body("grant_type=client_credentials");
        assert_eq!(OAuthAnswer::of(request).await.refusal(), (401, "invalid_client"), "{header}");
    }
    assert!(!server.logs().contains(&client.secret));
}

#[tokio::test]
async fn guesses_at_a_secret_are_slowed_down_for_their_network_and_not_for_others() {
    let options = Options::empty(Backend::Sqlite).with("PRAXIS_TRUSTED_PROXIES", "1");
    let server = Server::start(options).await;
    let member = server.member("ana@example.org", &[]).await;
    let client = server.client_of(&member, &["profile:read"]).await;
    let ask = async |secret: &str, from: &str| {
        let request = server
            .client
            .post(format!("{}/oauth/token", server.url))
            .basic_auth(&client.id, Some(secret))
            .header("x-forwarded-for", from)
            .header("content-type", "application/x-www-form-urlencoded")
            .body("grant_type=client_credentials");
        OAuthAnswer::of(request).await
    };
    for _ in 0..25 {
        let answer = ask("pcs_guess", "192.0.2.7").await;
        if answer.status == 429 {
            assert_eq!(answer.body["error"], "temporarily_unavailable");
            let wait: u32 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
            assert!((1..=900).contains(&wait));
            // Not with the right secret either, so that waiting can't be told from guessing right; elsewhere it works.
            assert_eq!(ask(&client.secret, "192.0.2.9").await.status, 429);
            assert_eq!(ask(&client.secret, "198.51.100.7").await.status, 200);
            return;
        }
        assert_eq!(answer.refusal(), (401, "invalid_client"));
    }
    panic!("nothing slows guesses down");
}

#[tokio::test]
async fn what_is_served_is_said_and_tokens_can_be_revoked() {
    let (server, member) = start(Backend::Sqlite).await;
    let address = format!("{}/.well-known/oauth-authorization-server", server.url);
    let metadata: Value = server.client.get(address).send().await.unwrap().json().await.unwrap();
    assert_eq!(metadata["issuer"], json!(server.url));
    assert_eq!(metadata["token_endpoint"], json!(format!("{}/oauth/token", server.url)));
    assert_eq!(metadata["grant_types_supported"], json!(["client_credentials"]));
    assert_eq!(metadata["scopes_supported"].as_array().unwrap().len(), 7);

    let client = server.client_of(&member, &["profile:read"]).await;
    let other = server.client_of(&member, &["profile:read"]).await;
    let token = server.client_token(&client).await;
    let revoke = async |client: Option<&ApiClient>, token: &str| server.oauth("/oauth/revoke", client, &[("token", token)]).await;
    let works = async |token: &str| server.ask_as(Some(token), VIEWER, json!({})).await.status == 200;
    // Whatever is none of its tokens ends nothing and is answered the same.
    assert_eq!(revoke(Some(&other), &token).await.status, 200);
    assert_eq!(revoke(Some(&client), "nonsense").await.status, 200);
    assert_eq!(revoke(Some(&client), &member.session.access).await.status, 200);
    assert_eq!(revoke(None, &token).await.refusal(), (401, "invalid_client"));
    assert_eq!(server.oauth("/oauth/revoke", Some(&client), &[]).await.refusal(), (400, "invalid_request"));
    assert!(works(&token).await && works(&member.session.access).await);
    assert_eq!(revoke(Some(&client), &token).await.status, 200);
    assert!(!works(&token).await);
    let next = server.client_token(&client).await;
    assert_eq!(revoke(Some(&client), &token).await.status, 200, "again");
    assert!(works(&next).await);
}

#[tokio::test]
async fn forged_scopes_are_refused() {
    let (server, member) = start(Backend::Sqlite).await;
    let client = server.client_of(&member, &["profile:read"]).await;
    let token = server.client_token(&client).await;
    let parts: Vec<&str> = token.split('.').collect();
    let claims = claims(&token);
    let with = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(claims.to_string()), parts[2])
    };
    for forged in [
        with("scope", json!("profile:read content:contribute")),
        with("sid", claims["sub"].clone()),
        with("roles", json!(["ADMIN"])),
        with("client_id", Value::Null),
    ] {
        let answer = server.ask_as(Some(&forged), VIEWER, json!({})).await;
        assert_eq!((answer.status, answer.codes()), (401, vec!["UNAUTHENTICATED"]));
    }
}

#[tokio::test]
async fn a_second_factor_that_curation_needs_is_needed_to_let_an_application_curate() {
    let options = Options::empty(Backend::Sqlite).with("PRAXIS_REQUIRE_TOTP", "true");
    let server = Server::start(options).await;
    let moderator = server.member("bela@example.org", &["moderator"]).await;
    let client = server.create_client(&moderator, &["curation:moderate", "profile:read"]);
    let agree = async |scopes: &[&str]| {
        let scopes: Vec<String> = scopes.iter().map(|scope| in_graphql(scope)).collect();
        call(&server, &moderator, "approveApiClient", json!({ "client": client.id, "scopes": scopes })).await
    };
    assert_eq!(codes(&agree(&["curation:moderate"]).await), ["TOTP_NOT_ENROLLED"]);
    assert_eq!(agree(&["profile:read"]).await["errors"], json!([]));
}

#[tokio::test]
async fn a_trusted_members_application_publishes_nothing_by_itself() {
    let mut scene = Scene::set(Backend::Sqlite).await;
    scene.author = scene.server.member("eva@example.org", &["trusted-member"]).await;
    let server = &scene.server;
    let text = |title: &str| {
        let mut document = lesson(title);
        document["lesson"]["summary"] = json!("The ministry moved 12 lines and did not say why to the councils.");
        document
    };
    let content = scene.published(text("Budget lines move quitely")).await;
    let client = server.client_of(&scene.author, &["content:contribute"]).await;
    let token = server.client_token(&client).await;
    let draft = json!({ "target": content, "baseRevision": 1, "content": text("Budget lines move quietly") });
    let payload = server.mutate(Some(&token), "saveDraft", "submission { id }", draft).await;
    let submission = json!({ "submission": id(&payload["submission"]) });
    let payload = server.mutate(Some(&token), "submitDraft", "submission { status }", submission).await;
    assert_eq!(payload["submission"]["status"], "SUBMITTED", "{payload:#}");
}

#[tokio::test]
async fn another_process_learns_within_seconds_that_an_application_has_ended() {
    if !Backend::postgres_is_available() {
        eprintln!("skipped: PRAXIS_TEST_POSTGRES_URL is not set");
        return;
    }
    let options = Options::empty(Backend::Postgres).with("PRAXIS_TOKEN_ISSUER", "https://praxis.example.org");
    let servers = Server::start_together(options, 2, false).await;
    let (one, two) = (&servers[0], &servers[1]);
    let member = one.member("ana@example.org", &[]).await;
    let client = one.client_of(&member, &["profile:read"]).await;
    let token = two.client_token(&client).await;
    for server in [one, two] {
        server.ask_as(Some(&token), VIEWER, json!({})).await.data();
    }
    let end = json!({ "client": client.id });
    assert_eq!(call(one, &member, "endApiClient", end).await["errors"], json!([]));
    assert_eq!(one.ask_as(Some(&token), VIEWER, json!({})).await.status, 401);
    until(two, &token, 401).await;
    assert_eq!(two.ask_token(&client, &[]).await.refusal(), (401, "invalid_client"));
}

#[tokio::test]
#[ignore = "waits half a minute: run it by name"]
async fn a_request_for_a_token_that_never_ends_is_given_up() {
    let (server, _) = start(Backend::Sqlite).await;
    let address = server.url.strip_prefix("http://").unwrap();
    futures::future::join(given_up(address, "/oauth/token"), given_up(address, "/oauth/revoke")).await;
}

/// Begins a request to this path and never ends it.
async fn given_up(address: &str, path: &str) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: 99\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\ngrant_type="
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    tokio::time::timeout(Duration::from_secs(45), read)
        .await
        .expect("it is given up")
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{path}: {answer}");
    assert!(answer.contains("\"error\":\"invalid_request\""), "{path}: {answer}");
}
