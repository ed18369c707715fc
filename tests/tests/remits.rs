//! Moderators who are limited to languages, regions or countries.

use std::time::{Duration, Instant};

use praxis_tests::scene::{Scene, codes, id};
use praxis_tests::{Member, Session, on_both_databases};
use serde_json::{Value, json};

const QUEUE: &str = "{ submissions(first: 50) { totalCount nodes { id } } submissionCounts { status count } }";
const MODERATES: &str = "{ viewer { moderates { languages { tag } regions { code } countries { code } } } }";

/// A lesson in this language about these countries.
fn lesson(title: &str, language: &str, countries: &[&str]) -> Value {
    json!({ "lesson": { "title": title, "language": language, "countries": countries, "kind": "BOTTLENECK",
        "factor": "FUNDING" } })
}

/// Runs `praxis user limit` and gives what it prints.
#[track_caller]
fn limit(scene: &Scene, who: &Member, limits: &[&str]) -> String {
    let output = scene.server.run(&[&["user", "limit", "--email", &who.email], limits].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Limits somebody; waits until their token is refused, and gets a new one.
async fn limited(scene: &Scene, who: &mut Member, limits: &[&str]) {
    limit(scene, who, limits);
    let begun = Instant::now();
    while scene.server.ask_as(Some(&who.session.access), MODERATES, json!({})).await.status != 401 {
        assert!(begun.elapsed() < Duration::from_secs(5), "the old token is still taken");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    who.session = Session::of(&scene.server.refresh(&who.session.refresh).await);
}

/// The submissions that somebody sees, in order.
async fn queue(scene: &Scene, who: &Member) -> Vec<String> {
    let data = scene.ask(who, QUEUE, json!({})).await;
    let nodes = data["submissions"]["nodes"].as_array().unwrap();
    assert_eq!(data["submissions"]["totalCount"], nodes.len(), "{data:#}");
    let counts = data["submissionCounts"].as_array().unwrap().iter();
    let counted: u64 = counts.map(|one| one["count"].as_u64().unwrap()).sum();
    assert_eq!(counted, nodes.len() as u64, "{data:#}");
    nodes.iter().map(id).collect()
}

async fn seen(scene: &Scene, who: &Member, node: &str) -> bool {
    let query = "query ($id: ID!) { node(id: $id) { id } }";
    !scene.ask(who, query, json!({ "id": node })).await["node"].is_null()
}

async fn mutate(scene: &Scene, who: &Member, mutation: &str, fields: &str, input: Value) -> Value {
    scene.server.mutate(Some(&who.session.access), mutation, fields, input).await
}

/// Decides on content and gives the codes of what was refused.
async fn on_content(scene: &Scene, who: &Member, mutation: &str, content: &str) -> Vec<String> {
    let input = json!({ "id": content, "reason": "the figures were made up" });
    codes(&mutate(scene, who, mutation, "content { id }", input).await)
}

async fn flag(scene: &Scene, who: &Member, content: &str) -> Value {
    let input = json!({ "id": content, "reason": "SAFEGUARDING" });
    let payload = mutate(scene, who, "flagContent", "flagged hidden", input).await;
    assert_eq!(payload["errors"], json!([]), "{payload:#}");
    payload["hidden"].clone()
}

async fn kinds(scene: &Scene, who: &Member) -> Vec<String> {
    let query = "{ viewer { notifications(first: 50) { nodes { kind } } } }";
    let data = scene.ask(who, query, json!({})).await;
    let nodes = data["viewer"]["notifications"]["nodes"].as_array().unwrap();
    nodes.iter().map(|one| one["kind"].as_str().unwrap().to_owned()).collect()
}

/// The flags that somebody sees.
async fn flags(scene: &Scene, who: &Member) -> Vec<String> {
    let data = scene.ask(who, "{ flags { totalCount nodes { id } } }", json!({})).await;
    let nodes = data["flags"]["nodes"].as_array().unwrap();
    assert_eq!(data["flags"]["totalCount"], nodes.len());
    nodes.iter().map(id).collect()
}

on_both_databases! {
    async fn the_queue_holds_what_is_within_both_language_and_place(backend: Backend) {
        let scene = Scene::set(backend).await;
        let mut chi = scene.other.clone();
        let own = json!({ "content": lesson("Of Chi", "es", &[]) });
        let own = id(&scene.does(&chi, "saveDraft", own).await);
        scene.does(&chi, "submitDraft", json!({ "submission": own })).await;
        let mut all = vec![own];
        for (title, language, countries) in [
            ("In French of Nepal", "fr", vec!["NP"]),
            ("In French of Canada, of India", "fr-CA", vec!["KE", "IN"]),
            ("In English of Nepal", "en", vec!["NP"]),
            ("In French of Kenya", "fr", vec!["KE"]),
            ("In French of nowhere", "fr", vec![]),
        ] {
            all.push(scene.submitted(lesson(title, language, &countries)).await);
        }
        // Asia, in which Southern Asia lies, in which Nepal and India lie.
        limited(&scene, &mut chi, &["--language", "fr", "--region", "142"]).await;
        assert_eq!(queue(&scene, &chi).await, all[..3]);
        limited(&scene, &mut chi, &["--language", "fr"]).await;
        assert_eq!(queue(&scene, &chi).await, [&all[..3], &all[4..]].concat());
        limited(&scene, &mut chi, &["--country", "NP", "--country", "KE"]).await;
        assert_eq!(queue(&scene, &chi).await, all[..5]);
        limited(&scene, &mut chi, &["--language", "fr", "--country", "NP"]).await;
        assert_eq!(queue(&scene, &chi).await, all[..2]);
        // A page stays a page.
        let page = "query ($after: String) { submissions(first: 1, after: $after) {
            nodes { id } pageInfo { hasNextPage endCursor } } }";
        let first = scene.ask(&chi, page, json!({})).await["submissions"].clone();
        assert_eq!((&first["nodes"][0]["id"], &first["pageInfo"]["hasNextPage"]), (&json!(all[0]), &json!(true)));
        let second = scene.ask(&chi, page, json!({ "after": first["pageInfo"]["endCursor"] })).await["submissions"].clone();
        assert_eq!((&second["nodes"][0]["id"], &second["pageInfo"]["hasNextPage"]), (&json!(all[1]), &json!(false)));
        // Their author sees all of theirs, another moderator everything, and without limits Chi as well.
        assert_eq!(queue(&scene, &scene.author).await, all[1..]);
        assert_eq!(queue(&scene, &scene.moderator).await, all);
        limited(&scene, &mut chi, &["--none"]).await;
        assert_eq!(queue(&scene, &chi).await, all);
        assert_eq!(scene.ask(&chi, MODERATES, json!({})).await["viewer"]["moderates"], Value::Null);
    }

    async fn what_is_inside_is_decided_and_what_is_outside_is_not_found(backend: Backend) {
        let scene = Scene::set(backend).await;
        let mut chi = scene.other.clone();
        let inside = scene.submitted(lesson("Inside", "fr", &["NP"])).await;
        let outside = scene.submitted(lesson("Outside", "en", &["NP"])).await;
        let mut risky = lesson("Outside too", "en", &["NP"]);
        risky["lesson"]["summary"] = json!("Write to zora@example.com for the list.");
        let risky = scene.does(&scene.moderator, "claimSubmission",
            json!({ "submission": scene.submitted(risky).await })).await;
        let finding = risky["findings"][0]["id"].clone();
        let claimed = id(&scene.does(&chi, "claimSubmission", json!({ "submission": outside })).await);
        limited(&scene, &mut chi, &["--language", "fr"]).await;

        assert!(seen(&scene, &chi, &inside).await && !seen(&scene, &chi, &outside).await);
        // Not even what they had claimed before.
        for (mutation, input) in [
            ("claimSubmission", json!({ "submission": outside })),
            ("releaseClaim", json!({ "submission": claimed })),
            ("approveSubmission", json!({ "submission": claimed })),
            ("requestChanges", json!({ "submission": claimed, "reason": "Say where." })),
            ("rejectSubmission", json!({ "submission": claimed, "reason": "No." })),
            ("resolveFinding", json!({ "finding": finding, "reason": "an office" })),
        ] {
            assert_eq!(scene.refused(&chi, mutation, input).await, ["NOT_FOUND"], "{mutation}");
        }
        let many = json!({ "submissions": [outside, inside], "decision": "APPROVE" });
        let fields = "outcomes { submission { id status } errors { code } }";
        let outcomes = mutate(&scene, &chi, "decideSubmissions", fields, many).await["outcomes"].clone();
        assert_eq!(outcomes[0], json!({ "submission": null, "errors": [{ "code": "NOT_FOUND" }] }));
        assert_eq!(outcomes[1]["submission"]["status"], "PUBLISHED", "{outcomes:#}");
        assert_eq!(scene.rows("SELECT status FROM submission WHERE title = 'Outside'").await, ["IN_REVIEW"]);
    }

    async fn a_draft_is_where_its_document_says_now(backend: Backend) {
        let scene = Scene::set(backend).await;
        let mut chi = scene.other.clone();
        limited(&scene, &mut chi, &["--country", "NP"]).await;
        let saved = json!({ "content": lesson("Moves", "en", &["KE", "NP", "QQ"]) });
        let draft = id(&scene.call(&scene.author, "saveDraft", saved).await["submission"]);
        let named = "SELECT country FROM submission_country ORDER BY country";
        assert_eq!(scene.rows(named).await, ["KE", "NP"]);
        assert!(!seen(&scene, &chi, &draft).await);
        let moved = json!({ "submission": draft, "content": lesson("Moves", "en", &["NP"]) });
        scene.does(&scene.author, "saveDraft", moved).await;
        assert_eq!(scene.rows(named).await, ["NP"]);
        scene.does(&scene.author, "submitDraft", json!({ "submission": draft })).await;
        assert!(seen(&scene, &chi, &draft).await);
        // What was there before is filled in by the migration.
        for arguments in [&["migrate", "--down", "1"][..], &["migrate"]] {
            let output = scene.server.run(arguments);
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        assert_eq!(scene.rows(named).await, ["NP"]);
    }

    async fn content_outside_is_not_hidden_restored_or_retracted(backend: Backend) {
        let scene = Scene::set(backend).await;
        let mut chi = scene.other.clone();
        let inside = scene.published(lesson("Inside", "en", &["NP"])).await;
        let outside = scene.published(lesson("Outside", "en", &["KE"])).await;
        let nowhere = scene.published(lesson("Nowhere", "en", &[])).await;
        limited(&scene, &mut chi, &["--region", "034"]).await;
        for content in [&outside, &nowhere] {
            for mutation in ["hideContent", "retractContent"] {
                assert_eq!(on_content(&scene, &chi, mutation, content).await, ["NOT_FOUND"], "{mutation}");
            }
            // Public reading is as before.
            assert!(seen(&scene, &chi, content).await);
        }
        for content in [&inside, &outside] {
            assert_eq!(on_content(&scene, &scene.moderator, "hideContent", content).await, Vec::<String>::new());
        }
        // What is hidden is seen by those who may decide on it.
        assert!(seen(&scene, &chi, &inside).await && !seen(&scene, &chi, &outside).await);
        assert!(seen(&scene, &scene.moderator, &outside).await);
        assert_eq!(on_content(&scene, &chi, "restoreContent", &outside).await, ["NOT_FOUND"]);
        assert_eq!(on_content(&scene, &chi, "restoreContent", &inside).await, Vec::<String>::new());
        assert_eq!(on_content(&scene, &chi, "retractContent", &inside).await, Vec::<String>::new());
        let consent = json!({ "content": nowhere, "covers": ["SPEECH"], "form": "WRITTEN", "obtainedBy": "the school",
            "obtainedOn": "2020-01-01" });
        let fields = "consent { id } hidden";
        assert_eq!(codes(&mutate(&scene, &chi, "recordConsent", fields, consent.clone()).await), ["NOT_FOUND"]);
        let recorded = mutate(&scene, &scene.moderator, "recordConsent", fields, consent).await;
        let consents = "query ($id: ID!) { consents(content: $id) { id } }";
        assert_eq!(scene.ask(&chi, consents, json!({ "id": nowhere })).await["consents"], json!([]));
        let withdrawn = json!({ "consent": recorded["consent"]["id"], "reason": "asked for" });
        assert_eq!(codes(&mutate(&scene, &chi, "withdrawConsent", fields, withdrawn).await), ["NOT_FOUND"]);
    }

    async fn a_flag_on_content_outside_is_set_and_hides_nothing(backend: Backend) {
        let scene = Scene::set(backend).await;
        let mut chi = scene.other.clone();
        let inside = scene.published(lesson("Inside", "fr", &[])).await;
        let outside = scene.published(lesson("Outside", "en", &[])).await;
        limited(&scene, &mut chi, &["--language", "fr"]).await;
        assert_eq!(flag(&scene, &chi, &outside).await, false);
        assert_eq!(flag(&scene, &scene.author, &inside).await, false);
        let (all, own) = (flags(&scene, &scene.moderator).await, flags(&scene, &chi).await);
        assert_eq!((all.len(), &own[..]), (2, &all[1..]));
        let resolve = |flag: &str| json!({ "flag": flag, "resolution": "nothing to it" });
        let fields = "flag { id }";
        assert_eq!(codes(&mutate(&scene, &chi, "resolveFlag", fields, resolve(&all[0])).await), ["NOT_FOUND"]);
        assert_eq!(mutate(&scene, &chi, "resolveFlag", fields, resolve(&all[1])).await["errors"], json!([]));
        assert_eq!(flag(&scene, &chi, &inside).await, true);
        // A trusted member hides by that role, which has no limits.
        let trusted = ["user", "promote", "--email", "chi@example.org", "--role", "trusted-member"];
        assert!(scene.server.run(&trusted).status.success());
        assert_eq!(mutate(&scene, &scene.moderator, "resolveFlag", fields, resolve(&all[0])).await["errors"], json!([]));
        chi.session = Session::of(&scene.server.sign_in(&chi.email, praxis_tests::PASSWORD).await);
        assert_eq!(flag(&scene, &chi, &outside).await, true);
    }

    async fn moderators_are_told_of_what_concerns_them(backend: Backend) {
        let scene = Scene::set(backend).await;
        let mut chi = scene.other.clone();
        limited(&scene, &mut chi, &["--language", "fr", "--region", "002"]).await;
        let outside = scene.published(lesson("Outside", "fr", &["NP"])).await;
        let inside = scene.published(lesson("Inside", "fr", &["NP", "KE"])).await;
        for content in [&outside, &inside] {
            flag(&scene, &scene.author, content).await;
        }
        assert_eq!(kinds(&scene, &chi).await, ["SAFEGUARDING_FLAG", "SUBMISSION_WAITING"]);
        let all = ["SAFEGUARDING_FLAG", "SAFEGUARDING_FLAG", "SUBMISSION_WAITING", "SUBMISSION_WAITING"];
        assert_eq!(kinds(&scene, &scene.moderator).await, all);
    }

    async fn letters_say_nothing_of_what_is_outside_by_then(backend: Backend) {
        let scene = Scene::set(backend).await;
        let mut chi = scene.other.clone();
        scene.submitted(lesson("Waits inside", "fr", &["NP"])).await;
        scene.submitted(lesson("Waits outside", "fr", &["KE"])).await;
        limited(&scene, &mut chi, &["--country", "NP"]).await;
        scene.execute("UPDATE notification SET mail_due_at = created_at WHERE mail_due_at IS NOT NULL").await;
        for (who, outside) in [(&chi, false), (&scene.moderator, true)] {
            let letter = scene.server.letters(&who.email, 1).await.remove(0);
            assert!(letter.text.contains("“Waits inside” waits for review"), "{}", letter.text);
            assert_eq!(letter.text.contains("Waits outside"), outside, "{}", letter.text);
        }
    }

    async fn files_of_what_is_outside_are_not_read(backend: Backend) {
        let scene = Scene::set(backend).await;
        let mut chi = scene.other.clone();
        let upload = scene.server.client.post(format!("{}/files", scene.server.url))
            .bearer_auth(&scene.author.session.access).header("content-type", "text/plain").body("Minutes of a meeting.");
        let file: Value = upload.send().await.unwrap().json().await.unwrap();
        scene.submitted(json!({ "resource": { "title": "Minutes", "language": "fr", "kind": "TOOLKIT",
            "files": [{ "sha256": file["sha256"], "name": "minutes.txt" }] } })).await;
        for (limits, status) in [("fr", 200), ("es", 404)] {
            limited(&scene, &mut chi, &["--language", limits]).await;
            let address = format!("{}/files/{}", scene.server.url, file["id"].as_str().unwrap());
            let answer = scene.server.client.get(address).bearer_auth(&chi.session.access).send().await.unwrap();
            assert_eq!(answer.status().as_u16(), status, "{limits}");
        }
    }

    async fn appeals_are_decided_by_those_whom_they_concern(backend: Backend) {
        let scene = Scene::set(backend).await;
        let mut chi = scene.other.clone();
        let mut appeals = Vec::new();
        for language in ["fr", "en"] {
            let rejected = scene.claimed(lesson("Rejected", language, &[])).await;
            let input = json!({ "submission": rejected, "reason": "No." });
            scene.does(&scene.moderator, "rejectSubmission", input).await;
            let hidden = scene.published(lesson("Hidden", language, &[])).await;
            on_content(&scene, &scene.moderator, "hideContent", &hidden).await;
            for decided in [rejected, hidden] {
                let input = json!({ "id": decided, "reason": "it is right" });
                let payload = mutate(&scene, &scene.author, "appealDecision", "appeal { id }", input).await;
                appeals.push(id(&payload["appeal"]));
            }
        }
        limited(&scene, &mut chi, &["--language", "fr"]).await;
        let listed = scene.ask(&chi, "{ appeals { totalCount nodes { id submission { id } } } }", json!({})).await;
        assert_eq!(listed["appeals"]["totalCount"], 2, "{listed:#}");
        for (appeal, found) in appeals.iter().zip([true, true, false, false]) {
            let input = json!({ "appeal": appeal, "upheld": true, "answer": "So it is." });
            let payload = mutate(&scene, &chi, "resolveAppeal", "appeal { upheld }", input).await;
            let expected = if found { json!({ "upheld": true }) } else { Value::Null };
            assert_eq!(payload["appeal"], expected, "{payload:#}");
            assert!(found || codes(&payload) == ["NOT_FOUND"]);
        }
    }

    async fn limits_bind_the_role_of_a_moderator_only(backend: Backend) {
        let scene = Scene::set(backend).await;
        let mut chi = scene.other.clone();
        let outside = scene.submitted(lesson("Outside", "en", &["KE"])).await;
        let said = limit(&scene, &chi, &["--country", "NP", "--language", "fr", "--language", "es"]);
        assert_eq!(said, "moderation limited: languages es,fr; countries NP\n");
        let again = limit(&scene, &chi, &["--language", "es", "--language", "fr", "--country", "NP"]);
        assert!(again.contains("unchanged"), "{again}");
        let listed = String::from_utf8(scene.server.run(&["user", "list"]).stdout).unwrap();
        assert!(listed.contains("chi@example.org\tSomebody\tMEMBER,MODERATOR\tactive, limited to languages es,fr; countries NP\n"), "{listed}");
        assert!(listed.contains("bela@example.org\tSomebody\tMEMBER,MODERATOR\tactive\n"), "{listed}");
        let audited = "SELECT reason FROM audit_entry WHERE action = 'MODERATION_LIMITED'";
        assert_eq!(scene.rows(audited).await, ["languages es,fr; countries NP"]);
        chi.session = Session::of(&scene.server.sign_in(&chi.email, praxis_tests::PASSWORD).await);
        let told = scene.ask(&chi, MODERATES, json!({})).await["viewer"]["moderates"].clone();
        let expected = json!({ "languages": [{ "tag": "es" }, { "tag": "fr" }], "regions": [], "countries": [{ "code": "NP" }] });
        assert_eq!(told, expected);
        assert!(!seen(&scene, &chi, &outside).await);
        for role in ["safeguarding-lead", "admin"] {
            assert!(scene.server.run(&["user", "promote", "--email", &chi.email, "--role", role]).status.success());
            chi.session = Session::of(&scene.server.sign_in(&chi.email, praxis_tests::PASSWORD).await);
            assert_eq!(scene.ask(&chi, MODERATES, json!({})).await["viewer"]["moderates"], Value::Null, "{role}");
            assert!(seen(&scene, &chi, &outside).await, "{role}");
            let later = scene.submitted(lesson("Later", "en", &[])).await;
            assert!(queue(&scene, &chi).await.contains(&later));
            assert_eq!(kinds(&scene, &chi).await[0], "SUBMISSION_WAITING");
            assert!(scene.server.run(&["user", "demote", "--email", &chi.email, "--role", role]).status.success());
        }
        chi.session = Session::of(&scene.server.sign_in(&chi.email, praxis_tests::PASSWORD).await);
        assert!(!seen(&scene, &chi, &outside).await);
    }

    async fn wrong_limits_are_refused(backend: Backend) {
        let scene = Scene::set(backend).await;
        for (arguments, told) in [
            (&["--language", "xx"][..], "`xx` is not a known BCP 47 language"),
            (&["--language", "fr-CA"], "`fr-CA` is not a known BCP 47 language"),
            (&["--region", "999"], "`999` is not a known UN M49 region"),
            (&["--country", "np"], "`np` is not a known ISO 3166-1 alpha-2 country code"),
            (&["--language", "fr", "--country", "QQ"], "`QQ` is not a known ISO 3166-1 alpha-2 country code"),
            (&["--none", "--country", "NP"], "cannot be used with"),
            (&[], "required"),
        ] {
            let whole = [&["user", "limit", "--email", "chi@example.org"], arguments].concat();
            let output = scene.server.run(&whole);
            let errors = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!output.status.success() && errors.contains(told), "{arguments:?}: {errors}");
        }
        assert_eq!(scene.rows("SELECT code FROM moderation_limit").await, Vec::<String>::new());
    }

    async fn a_page_of_a_limited_queue_takes_as_many_statements_as_of_a_whole_one(backend: Backend) {
        let scene = Scene::set(backend).await;
        let mut chi = scene.other.clone();
        for number in 0..3 {
            scene.submitted(lesson(&format!("Number {number}"), "fr", &["NP"])).await;
        }
        limited(&scene, &mut chi, &["--language", "fr", "--region", "034"]).await;
        let query = "{ submissions(first: 2) { nodes { id title } pageInfo { hasNextPage } } }";
        let mut taken = Vec::new();
        for who in [&scene.moderator, &chi] {
            let answer = scene.ask(who, query, json!({})).await;
            assert_eq!(answer["submissions"]["pageInfo"]["hasNextPage"], true);
            taken.push(scene.server.statements_as(Some(&who.session.access), query).await);
        }
        assert_eq!(taken[0], taken[1]);
    }
}
