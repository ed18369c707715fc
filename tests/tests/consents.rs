//! Consent to quote or show children: what the checks ask for, what a record settles, and what happens when it is withdrawn.

use std::time::Duration;

use praxis_tests::scene::{Scene, codes, id, lesson};
use praxis_tests::{Member, PASSWORD, on_both_databases};
use sea_orm::{ConnectionTrait, DatabaseTransaction, TransactionTrait};
use serde_json::{Value, json};

const FIELDS: &str = "consent { id covers form obtainedBy obtainedOn note recordedBy { displayName } withdrawnAt
    withdrawalReason } hidden";

/// A lesson with a child's words.
fn quoting(title: &str) -> Value {
    json!({ "lesson": { "title": title, "language": "en", "kind": "BOTTLENECK", "factor": "FUNDING",
        "summary": "“Nobody asks us before they close the clinic,” said a 14-year-old girl at the hearing." } })
}

fn consent(more: Value) -> Value {
    let mut input = json!({ "covers": ["SPEECH"], "form": "WRITTEN", "obtainedBy": "Social worker of the coalition",
        "obtainedOn": "2026-03-01" });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

async fn record(scene: &Scene, who: &Member, input: Value) -> Value {
    scene.server.mutate(Some(&who.session.access), "recordConsent", FIELDS, input).await
}

async fn recorded(scene: &Scene, who: &Member, input: Value) -> Value {
    let payload = record(scene, who, input).await;
    assert_eq!(payload["errors"], json!([]), "{payload:#}");
    payload["consent"].clone()
}

async fn withdraw(scene: &Scene, who: &Member, consent: &Value) -> Value {
    let input = json!({ "consent": consent["id"], "reason": "The family asked for it." });
    scene.server.mutate(Some(&who.session.access), "withdrawConsent", FIELDS, input).await
}

async fn findings(scene: &Scene, submission: &str) -> Value {
    let query = "query ($id: ID!) { node(id: $id) { ... on Submission { findings { rule path } consents { covers } } } }";
    scene.ask(&scene.author, query, json!({ "id": submission })).await["node"].clone()
}

async fn claim_and_approve(scene: &Scene, submission: &str) -> Value {
    let input = json!({ "submission": submission });
    scene.does(&scene.moderator, "claimSubmission", input.clone()).await;
    scene.call(&scene.moderator, "approveSubmission", input).await
}

/// Holds up whatever publishes content, at its end on PostgreSQL and at its beginning on SQLite, until it is committed.
async fn hold_up(scene: &Scene) -> DatabaseTransaction {
    let held = scene.server.database.connect().await.begin().await.unwrap();
    held.execute_unprepared("UPDATE event_sequence SET last = last WHERE id = 1").await.unwrap();
    held
}

/// Does something after so many milliseconds.
async fn after<T>(milliseconds: u64, work: impl Future<Output = T>) -> T {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    work.await
}

on_both_databases! {
    async fn the_words_of_a_child_need_a_consent_and_one_that_covers_them_settles_it(backend: Backend) {
        let scene = Scene::set(backend).await;
        let submission = scene.submitted(quoting("The clinic")).await;
        let asked = json!([{ "rule": "CHILD_QUOTED", "path": "summary" }]);
        assert_eq!(findings(&scene, &submission).await, json!({ "findings": asked, "consents": [] }));
        recorded(&scene, &scene.author, consent(json!({ "submission": submission, "covers": ["IMAGE"] }))).await;
        assert_eq!(findings(&scene, &submission).await["findings"], asked, "pictures are not words");
        let made = recorded(&scene, &scene.author, consent(json!({ "submission": submission, "note": "Until 2030." }))).await;
        assert_eq!((&made["form"], &made["note"], &made["withdrawnAt"]), (&json!("WRITTEN"), &json!("Until 2030."), &Value::Null));
        let settled = json!({ "findings": [], "consents": [{ "covers": ["IMAGE"] }, { "covers": ["SPEECH"] }] });
        assert_eq!(findings(&scene, &submission).await, settled);
        let approved = claim_and_approve(&scene, &submission).await;
        assert_eq!(approved["errors"], json!([]), "{approved:#}");
        let content = approved["content"]["id"].as_str().unwrap().to_owned();
        let query = "query ($id: ID!) { consents(content: $id) { obtainedBy } }";
        let listed = scene.ask(&scene.other, query, json!({ "id": content })).await;
        assert_eq!(listed["consents"].as_array().unwrap().len(), 2);
        // A later change with the same words needs no other record.
        let mut changed = quoting("The clinic");
        changed["lesson"]["themes"] = json!(["child-health"]);
        let draft = json!({ "target": content, "content": changed });
        let draft = id(&scene.does(&scene.author, "saveDraft", draft).await);
        let payload = scene.call(&scene.author, "submitDraft", json!({ "submission": draft })).await;
        assert_eq!(payload["submission"]["findings"], json!([]), "{payload:#}");
    }

    async fn a_consent_is_recorded_before_the_draft_is_handed_in_too(backend: Backend) {
        let scene = Scene::set(backend).await;
        let draft = scene.draft(quoting("The clinic")).await;
        recorded(&scene, &scene.author, consent(json!({ "submission": draft }))).await;
        let submitted = scene.does(&scene.author, "submitDraft", json!({ "submission": draft })).await;
        assert_eq!(submitted["findings"], json!([]));
    }

    async fn withdrawing_a_consent_takes_the_content_out_of_sight_and_tells_the_moderators(backend: Backend) {
        let scene = Scene::set(backend).await;
        let draft = scene.draft(quoting("The clinic")).await;
        let made = recorded(&scene, &scene.author, consent(json!({ "submission": draft }))).await;
        scene.does(&scene.author, "submitDraft", json!({ "submission": draft })).await;
        let content = claim_and_approve(&scene, &draft).await["content"]["id"].as_str().unwrap().to_owned();
        let withdrawn = withdraw(&scene, &scene.author, &made).await;
        assert_eq!((&withdrawn["errors"], &withdrawn["hidden"]), (&json!([]), &json!(true)), "{withdrawn:#}");
        assert_eq!(withdrawn["consent"]["withdrawalReason"], "The family asked for it.");
        let anyone = scene.server.ask("query ($id: ID!) { node(id: $id) { id } }", json!({ "id": content })).await;
        assert_eq!(anyone.data()["node"], Value::Null);
        let flags = scene.ask(&scene.moderator, "{ flags { nodes { reason note content { id } } } }", json!({})).await;
        let flag = &flags["flags"]["nodes"][0];
        assert_eq!((&flag["reason"], &flag["content"]["id"]), (&json!("SAFEGUARDING"), &json!(content)));
        let told = scene.ask(&scene.moderator, "{ viewer { notifications { nodes { kind } } } }", json!({})).await;
        assert!(told["viewer"]["notifications"]["nodes"].as_array().unwrap().contains(&json!({ "kind": "SAFEGUARDING_FLAG" })), "{told}");
        let again = withdraw(&scene, &scene.author, &made).await;
        assert_eq!(codes(&again), ["WRONG_STATE"]);
        let logged = scene.rows("SELECT action FROM audit_entry WHERE action LIKE 'CONSENT%' ORDER BY id").await;
        assert_eq!(logged, ["CONSENT_RECORDED", "CONSENT_WITHDRAWN"]);
    }

    async fn what_relied_on_a_consent_that_was_withdrawn_is_not_published(backend: Backend) {
        let scene = Scene::set(backend).await;
        let draft = scene.draft(quoting("The clinic")).await;
        let made = recorded(&scene, &scene.author, consent(json!({ "submission": draft }))).await;
        scene.does(&scene.author, "submitDraft", json!({ "submission": draft })).await;
        let withdrawn = withdraw(&scene, &scene.author, &made).await;
        assert_eq!(withdrawn["hidden"], false);
        let refused = claim_and_approve(&scene, &draft).await;
        assert_eq!(codes(&refused), ["OPEN_FINDINGS"], "{refused:#}");
        recorded(&scene, &scene.moderator, consent(json!({ "submission": draft }))).await;
        let approved = scene.call(&scene.moderator, "approveSubmission", json!({ "submission": draft })).await;
        assert_eq!(approved["errors"], json!([]), "{approved:#}");
    }

    async fn consents_are_nobody_elses_and_are_in_nothing_public(backend: Backend) {
        let scene = Scene::set(backend).await;
        let stranger = scene.server.member("dara@example.org", &[]).await;
        let draft = scene.draft(quoting("The clinic")).await;
        let made = recorded(&scene, &scene.author, consent(json!({ "submission": draft, "note": "Quokka" }))).await;
        for who in [&stranger, &scene.moderator] {
            let payload = record(&scene, who, consent(json!({ "submission": draft }))).await;
            assert_eq!(codes(&payload), ["NOT_FOUND"], "drafts are their author's");
        }
        assert_eq!(codes(&withdraw(&scene, &stranger, &made).await), ["NOT_FOUND"]);
        scene.does(&scene.author, "submitDraft", json!({ "submission": draft })).await;
        let content = claim_and_approve(&scene, &draft).await["content"]["id"].as_str().unwrap().to_owned();
        let payload = record(&scene, &stranger, consent(json!({ "content": content }))).await;
        assert_eq!(codes(&payload), ["NOT_FOUND"]);
        recorded(&scene, &scene.author, consent(json!({ "content": content }))).await;
        let listed = scene.server.ask_as(Some(&stranger.session.access), "query ($id: ID!) { consents(content: $id) { id } }",
            json!({ "id": content })).await;
        assert_eq!(listed.codes(), ["FORBIDDEN"]);
        assert!(!scene.server.tell(&["export"]).output.contains("Quokka"));
        let token = Some(scene.author.session.access.as_str());
        let own = scene.server.mutate(token, "exportAccount", "document", json!({ "password": PASSWORD })).await;
        assert!(own["document"].as_str().unwrap().contains("Quokka"), "but in what its recorder takes along");
        let erased = scene.server.tell(&["content", "erase", "lesson/the-clinic", "--reason", "a test"]);
        assert_eq!(erased.code, Some(0), "{erased:?}");
        assert!(scene.rows("SELECT obtained_by FROM consent").await.is_empty());
    }

    async fn a_record_says_enough_and_never_who_the_child_is(backend: Backend) {
        let scene = Scene::set(backend).await;
        let draft = scene.draft(quoting("The clinic")).await;
        for (more, code) in [
            (json!({}), "REQUIRED"),
            (json!({ "submission": draft, "covers": [] }), "REQUIRED"),
            (json!({ "submission": draft, "obtainedBy": " " }), "REQUIRED"),
            (json!({ "submission": draft, "obtainedBy": "x".repeat(201) }), "TOO_LONG"),
            (json!({ "submission": draft, "obtainedBy": "Maria Lopez, 14" }), "INVALID"),
            (json!({ "submission": draft, "note": "Call +51 955 501 234." }), "INVALID"),
            (json!({ "submission": draft, "obtainedOn": "2099-01-01" }), "FUTURE_DATE"),
        ] {
            let payload = record(&scene, &scene.author, consent(more.clone())).await;
            assert_eq!(codes(&payload), [code], "{more}");
        }
        assert!(scene.rows("SELECT obtained_by FROM consent").await.is_empty());
        let submission = scene.submitted(quoting("Another clinic")).await;
        let finding = scene.does(&scene.moderator, "claimSubmission", json!({ "submission": submission })).await["findings"][0]["id"].clone();
        scene.does(&scene.other, "resolveFinding", json!({ "finding": finding, "reason": "From a public hearing." })).await;
        scene.does(&scene.moderator, "approveSubmission", json!({ "submission": submission })).await;
        let late = record(&scene, &scene.author, consent(json!({ "submission": submission }))).await;
        assert_eq!(codes(&late), ["WRONG_STATE"]);
    }

    async fn a_consent_that_is_withdrawn_while_a_moderator_approves_leaves_nothing_in_sight(backend: Backend) {
        let scene = Scene::set(backend).await;
        let draft = scene.draft(quoting("The clinic")).await;
        let made = recorded(&scene, &scene.author, consent(json!({ "submission": draft }))).await;
        let this = json!({ "submission": draft });
        scene.does(&scene.author, "submitDraft", this.clone()).await;
        scene.does(&scene.moderator, "claimSubmission", this.clone()).await;
        // The approval waits before its end, and the withdrawal comes meanwhile.
        let held = hold_up(&scene).await;
        let (_approved, withdrawn, ()) = tokio::join!(
            scene.call(&scene.moderator, "approveSubmission", this),
            after(1_000, withdraw(&scene, &scene.author, &made)),
            after(2_500, async { held.commit().await.unwrap() }),
        );
        assert_eq!(withdrawn["errors"], json!([]), "{withdrawn:#}");
        let seen = scene.server.query("{ lessons { totalCount } }").await;
        assert_eq!(seen.data()["lessons"]["totalCount"], 0);
        let published = scene.rows("SELECT status FROM content").await;
        let flags = scene.rows("SELECT reason FROM flag").await;
        assert_eq!(published.len(), flags.len(), "what was published is hidden and flagged");
        assert_eq!(withdrawn["hidden"], json!(!published.is_empty()));
    }

    async fn a_consent_that_is_recorded_while_a_moderator_approves_belongs_to_what_is_published(backend: Backend) {
        let scene = Scene::set(backend).await;
        let submission = scene.claimed(lesson("Plain")).await;
        let held = hold_up(&scene).await;
        let (approved, recorded, ()) = tokio::join!(
            scene.call(&scene.moderator, "approveSubmission", json!({ "submission": submission })),
            after(1_000, record(&scene, &scene.author, consent(json!({ "submission": submission })))),
            after(2_500, async { held.commit().await.unwrap() }),
        );
        assert_eq!(approved["errors"], json!([]), "{approved:#}");
        let lost = scene.rows("SELECT obtained_by FROM consent WHERE content_id IS NULL").await;
        assert_eq!(lost, [] as [&str; 0], "{recorded:#}");
        // Where it came too late, that was said.
        let kept = scene.rows("SELECT obtained_by FROM consent").await.len();
        assert_eq!(codes(&recorded), if kept == 0 { vec!["WRONG_STATE"] } else { vec![] });
    }
}
