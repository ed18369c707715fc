//! What helps moderators decide, and authors whose work was turned down.

use std::time::Duration;

use praxis_tests::scene::{Scene, codes, id, lesson, risky};
use praxis_tests::{Backend, on_both_databases};
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::{Value, json};

on_both_databases! {
    async fn possible_duplicates_are_shown_with_reasons_to_moderators(backend: Backend) {
        let scene = Scene::set(backend).await;
        let resource = |title: &str, link: &str, doi: &str| json!({ "resource": { "title": title, "language": "en", "kind": "REPORT",
            "link": link, "identifiers": [{ "scheme": "DOI", "value": doi }] } });
        let first = scene.published(resource("Score cards in rural schools", "https://example.org/a", "10.1234/a_b")).await;
        scene.published(resource("Something else altogether", "https://example.org/b", "10.1234/aXb")).await;
        scene.server.wait_for_index().await;
        let query = "query ($id: ID!) { node(id: $id) { ... on Submission { possibleDuplicates { reasons content { id } } } } }";
        let reasons = async |document: Value| {
            let submission = scene.submitted(document).await;
            let data = scene.ask(&scene.moderator, query, json!({ "id": submission })).await;
            let found = data["node"]["possibleDuplicates"].as_array().unwrap().clone();
            let own = scene.ask(&scene.author, query, json!({ "id": submission })).await;
            assert_eq!(own["node"]["possibleDuplicates"], json!([]), "its author is not shown them");
            assert!(found.iter().all(|one| one["content"]["id"] == first.as_str()), "{found:?}");
            found.first().map_or(Value::Null, |one| one["reasons"].clone())
        };
        assert_eq!(reasons(resource("Score cards in rural schools", "https://example.org/c", "10.1234/c")).await, json!(["SAME_TITLE"]));
        assert_eq!(reasons(resource("Score cards in urban schools", "https://example.org/c", "10.1234/c")).await, json!(["SIMILAR_TITLE"]));
        assert_eq!(reasons(resource("Quite different", "https://example.org/a", "10.1234/c")).await, json!(["SAME_LINK"]));
        assert_eq!(reasons(resource("Quite different", "https://example.org/c", "10.1234/a_b")).await, json!(["SAME_IDENTIFIER"]));
        assert_eq!(reasons(resource("Quite different", "https://example.org/c", "10.1234/c")).await, Value::Null);
    }

    async fn a_change_is_no_duplicate_of_its_own_target(backend: Backend) {
        let scene = Scene::set(backend).await;
        let content = scene.published(lesson("Itself")).await;
        let mut changed = lesson("Itself");
        changed["lesson"]["summary"] = json!("More words.");
        let draft = id(&scene.does(&scene.author, "saveDraft", json!({ "target": content, "content": changed })).await);
        scene.does(&scene.author, "submitDraft", json!({ "submission": draft })).await;
        let query = "query ($id: ID!) { node(id: $id) { ... on Submission { possibleDuplicates { reasons } } } }";
        let data = scene.ask(&scene.moderator, query, json!({ "id": draft })).await;
        assert_eq!(data["node"]["possibleDuplicates"], json!([]));
    }

    async fn moderators_see_what_became_of_an_authors_earlier_submissions(backend: Backend) {
        let scene = Scene::set(backend).await;
        scene.published(lesson("One")).await;
        let second = scene.claimed(lesson("Two")).await;
        scene.does(&scene.moderator, "rejectSubmission", json!({ "submission": second, "reason": "No." })).await;
        let third = scene.submitted(lesson("Three")).await;
        let query = "query ($id: ID!) { node(id: $id) { ... on Submission { authorRecord { published rejected open } } } }";
        let data = scene.ask(&scene.moderator, query, json!({ "id": third })).await;
        assert_eq!(data["node"]["authorRecord"], json!({ "published": 1, "rejected": 1, "open": 1 }));
        let data = scene.ask(&scene.author, query, json!({ "id": third })).await;
        assert_eq!(data["node"]["authorRecord"], Value::Null);
    }

    async fn several_submissions_are_decided_on_with_one_reason_each_by_itself(backend: Backend) {
        let scene = Scene::set(backend).await;
        let mut submissions = Vec::new();
        for number in 0..3 {
            submissions.push(scene.submitted(lesson(&format!("Bulk {number}"))).await);
        }
        scene.does(&scene.other, "claimSubmission", json!({ "submission": submissions[1] })).await;
        let fields = "outcomes { id submission { status } errors { code } }";
        let token = Some(scene.moderator.session.access.as_str());
        let input = json!({ "submissions": submissions, "decision": "REJECT" });
        let payload = scene.server.mutate(token, "decideSubmissions", fields, input).await;
        assert_eq!(payload["outcomes"][0]["errors"][0]["code"], "REQUIRED");
        let input = json!({ "submissions": submissions, "decision": "APPROVE" });
        let payload = scene.server.mutate(token, "decideSubmissions", fields, input).await;
        let outcomes: Vec<(&Value, &Value)> = payload["outcomes"].as_array().unwrap().iter()
            .map(|one| (&one["submission"]["status"], &one["errors"][0]["code"])).collect();
        assert_eq!(outcomes, [
            (&json!("PUBLISHED"), &Value::Null), (&Value::Null, &json!("NOT_CLAIMED")), (&json!("PUBLISHED"), &Value::Null),
        ]);
        let many = vec![submissions[0].clone(); 51];
        let answer = scene.server.try_mutate(token, "decideSubmissions", fields, json!({ "submissions": many, "decision": "APPROVE" })).await;
        answer.refusal("BAD_REQUEST");
    }

    async fn a_rejected_author_appeals_and_another_moderator_reopens(backend: Backend) {
        let scene = Scene::set(backend).await;
        let submission = scene.claimed(lesson("Turned down")).await;
        let appeal = async |reason: &str| {
            let input = json!({ "id": submission, "reason": reason });
            scene.server.mutate(Some(&scene.author.session.access), "appealDecision", "appeal { id upheld reason }", input).await
        };
        assert_eq!(codes(&appeal("Too early.").await), ["WRONG_STATE"]);
        scene.does(&scene.moderator, "rejectSubmission", json!({ "submission": submission, "reason": "No source." })).await;
        assert_eq!(codes(&appeal(" ").await), ["REQUIRED"]);
        let made = appeal("The source is on page 3.").await;
        assert_eq!(made["appeal"]["upheld"], Value::Null);
        assert_eq!(codes(&appeal("Again.").await), ["DUPLICATE"]);

        let list = "{ appeals(open: true) { totalCount nodes { id submission { title } by { displayName } } } }";
        let seen = scene.ask(&scene.other, list, json!({})).await;
        assert_eq!(seen["appeals"]["nodes"][0]["submission"]["title"], "Turned down");
        assert_eq!(scene.ask(&scene.author, list, json!({})).await["appeals"]["totalCount"], 1);
        let stranger = scene.server.member("dan@example.org", &[]).await;
        assert_eq!(scene.ask(&stranger, list, json!({})).await["appeals"]["totalCount"], 0);

        let input = json!({ "appeal": made["appeal"]["id"], "upheld": true, "answer": "It is indeed." });
        let resolve = async |token: &str| {
            scene.server.mutate(Some(token), "resolveAppeal", "appeal { upheld answer submission { status } }", input.clone()).await
        };
        assert_eq!(codes(&resolve(&scene.moderator.session.access).await), ["SECOND_MODERATOR_REQUIRED"]);
        let upheld = resolve(&scene.other.session.access).await;
        assert_eq!(upheld["appeal"], json!({ "upheld": true, "answer": "It is indeed.", "submission": { "status": "SUBMITTED" } }));
        assert_eq!(codes(&resolve(&scene.other.session.access).await), ["NOT_FOUND"]);
        scene.does(&scene.other, "claimSubmission", json!({ "submission": submission })).await;
        scene.does(&scene.other, "approveSubmission", json!({ "submission": submission })).await;
    }

    async fn an_author_appeals_against_a_retraction_and_the_content_is_published_again(backend: Backend) {
        let scene = Scene::set(backend).await;
        let content = scene.published(lesson("Retracted")).await;
        let appeal = async |token: &str| {
            let input = json!({ "id": content, "reason": "The figures are right." });
            scene.server.mutate(Some(token), "appealDecision", "appeal { id }", input).await
        };
        assert_eq!(codes(&appeal(&scene.author.session.access).await), ["WRONG_STATE"]);
        let input = json!({ "id": content, "reason": "Made up." });
        scene.server.mutate(Some(&scene.moderator.session.access), "retractContent", "content { id }", input).await;
        let stranger = scene.server.member("dan@example.org", &[]).await;
        assert_eq!(codes(&appeal(&stranger.session.access).await), ["NOT_FOUND"]);
        let made = appeal(&scene.author.session.access).await;
        let input = json!({ "appeal": made["appeal"]["id"], "upheld": true, "answer": "They are." });
        let token = Some(scene.moderator.session.access.as_str());
        assert_eq!(codes(&scene.server.mutate(token, "resolveAppeal", "appeal { id }", input.clone()).await), ["SECOND_MODERATOR_REQUIRED"]);
        let token = Some(scene.other.session.access.as_str());
        let upheld = scene.server.mutate(token, "resolveAppeal", "appeal { content { status statusReason } }", input).await;
        assert_eq!(upheld["appeal"]["content"], json!({ "status": "PUBLISHED", "statusReason": null }));
        assert_eq!(scene.server.query("{ lessons { totalCount } }").await.data()["lessons"]["totalCount"], 1);
    }

    async fn a_dismissed_appeal_leaves_the_decision_and_tells_why(backend: Backend) {
        let scene = Scene::set(backend).await;
        let submission = scene.claimed(lesson("No")).await;
        scene.does(&scene.moderator, "rejectSubmission", json!({ "submission": submission, "reason": "No." })).await;
        let input = json!({ "id": submission, "reason": "Yes." });
        let made = scene.server.mutate(Some(&scene.author.session.access), "appealDecision", "appeal { id }", input).await;
        let input = json!({ "appeal": made["appeal"]["id"], "upheld": false, "answer": "Still no." });
        scene.server.mutate(Some(&scene.other.session.access), "resolveAppeal", "appeal { id }", input).await;
        let seen = scene.ask(&scene.author, "{ appeals { nodes { upheld answer submission { status } } } }", json!({})).await;
        assert_eq!(seen["appeals"]["nodes"][0], json!({ "upheld": false, "answer": "Still no.", "submission": { "status": "REJECTED" } }));
    }

    async fn revisions_show_what_each_changed_and_an_earlier_one_is_submitted_again(backend: Backend) {
        let scene = Scene::set(backend).await;
        let content = scene.published(lesson("One")).await;
        let draft = json!({ "target": content, "content": lesson("Two") });
        let submission = id(&scene.does(&scene.author, "saveDraft", draft).await);
        scene.does(&scene.author, "submitDraft", json!({ "submission": submission })).await;
        scene.does(&scene.moderator, "claimSubmission", json!({ "submission": submission })).await;
        scene.does(&scene.moderator, "approveSubmission", json!({ "submission": submission })).await;

        let query = "query ($id: ID!) { node(id: $id) { ... on Lesson { revisions { nodes { number changes { path before after } } } } } }";
        let data = scene.server.ask(query, json!({ "id": content })).await;
        let revisions = &data.data()["node"]["revisions"]["nodes"];
        assert_eq!(revisions[0], json!({ "number": 2, "changes": [{ "path": "title", "before": "One", "after": "Two" }] }));
        let first: Vec<&Value> = revisions[1]["changes"].as_array().unwrap().iter().map(|change| &change["path"]).collect();
        assert_eq!(first, ["factor", "kind", "language", "title"]);

        let missing = json!({ "content": content, "revision": 7 });
        assert_eq!(scene.refused(&scene.author, "restoreRevision", missing).await, ["NOT_FOUND"]);
        let restored = scene.does(&scene.author, "restoreRevision", json!({ "content": content, "revision": 1 })).await;
        assert_eq!(restored["changes"], json!([{ "path": "title", "before": "Two", "after": "One" }]));
        let this = json!({ "submission": id(&restored) });
        scene.does(&scene.author, "submitDraft", this.clone()).await;
        scene.does(&scene.moderator, "claimSubmission", this.clone()).await;
        let payload = scene.call(&scene.moderator, "approveSubmission", this).await;
        assert_eq!((&payload["content"]["revision"], &payload["content"]["title"]), (&json!(3), &json!("One")));
    }

    async fn what_can_not_be_decided_on_together_with_others_is_left_as_it_was(backend: Backend) {
        let scene = Scene::set(backend).await;
        let submissions = [scene.submitted(risky("A list")).await, scene.submitted(lesson("A plain one")).await];
        let token = Some(scene.moderator.session.access.as_str());
        let input = json!({ "submissions": submissions, "decision": "APPROVE" });
        let fields = "outcomes { submission { status } errors { code } }";
        let payload = scene.server.mutate(token, "decideSubmissions", fields, input).await;
        assert_eq!(payload["outcomes"], json!([
            { "submission": null, "errors": [{ "code": "OPEN_FINDINGS" }] },
            { "submission": { "status": "PUBLISHED" }, "errors": [] },
        ]));
        scene.does(&scene.other, "claimSubmission", json!({ "submission": submissions[0] })).await;
        // What somebody has claimed themselves stays with them.
        let input = json!({ "submissions": [submissions[0]], "decision": "APPROVE" });
        scene.server.mutate(Some(&scene.other.session.access), "decideSubmissions", fields, input).await;
        let refused = scene.refused(&scene.moderator, "claimSubmission", json!({ "submission": submissions[0] })).await;
        assert_eq!(refused, ["CLAIMED_BY_ANOTHER"]);
    }

    async fn an_application_that_may_only_moderate_brings_no_content_back(backend: Backend) {
        let scene = Scene::set(backend).await;
        let server = &scene.server;
        let content = scene.published(lesson("Hidden")).await;
        let hide = json!({ "id": content, "reason": "it shows a child" });
        server.mutate(Some(&scene.moderator.session.access), "hideContent", "content { id }", hide).await;
        let input = json!({ "id": content, "reason": "It does not." });
        let made = server.mutate(Some(&scene.author.session.access), "appealDecision", "appeal { id }", input).await;
        let input = json!({ "appeal": made["appeal"]["id"], "upheld": true, "answer": "It does not." });
        let client = server.client_of(&scene.other, &["curation:moderate"]).await;
        let token = server.client_token(&client).await;
        let answer = server.try_mutate(Some(&token), "resolveAppeal", "appeal { id }", input.clone()).await;
        assert!(answer.refusal("FORBIDDEN").contains("curation:decide"));
        assert_eq!(scene.rows("SELECT status FROM content").await, ["HIDDEN"]);
        let payload = server.mutate(Some(&scene.other.session.access), "resolveAppeal", "appeal { upheld }", input).await;
        assert_eq!(payload["appeal"]["upheld"], true, "{payload:#}");
        assert_eq!(scene.rows("SELECT status FROM content").await, ["PUBLISHED"]);
    }

    async fn of_two_appeals_that_are_made_at_once_one_is_open(backend: Backend) {
        let scene = Scene::set(backend).await;
        let submission = scene.claimed(lesson("Turned down")).await;
        scene.does(&scene.moderator, "rejectSubmission", json!({ "submission": submission, "reason": "No source." })).await;
        let held = scene.server.database.connect().await.begin().await.unwrap();
        held.execute_unprepared(match backend {
            Backend::Sqlite => "UPDATE submission SET version = version",
            Backend::Postgres => "SELECT id FROM submission FOR UPDATE",
        }).await.unwrap();
        let appeal = async || {
            let input = json!({ "id": submission, "reason": "The source is on page 3." });
            scene.server.mutate(Some(&scene.author.session.access), "appealDecision", "appeal { id }", input).await
        };
        let (one, other, ()) = tokio::join!(appeal(), appeal(), async {
            tokio::time::sleep(Duration::from_millis(1_500)).await;
            held.commit().await.unwrap();
        });
        assert_eq!([codes(&one), codes(&other)].concat(), ["DUPLICATE"]);
        assert_eq!(scene.rows("SELECT reason FROM appeal").await.len(), 1);
    }

    async fn a_reason_that_everybody_can_read_names_no_child(backend: Backend) {
        let scene = Scene::set(backend).await;
        let content = scene.published(lesson("Retracted")).await;
        let token = Some(scene.moderator.session.access.as_str());
        let decide = async |decision: &str| {
            let input = json!({ "id": content, "reason": "Asha Gurung, aged 9, asked for it." });
            codes(&scene.server.mutate(token, decision, "content { id }", input).await)
        };
        assert_eq!(decide("retractContent").await, ["OPEN_FINDINGS"]);
        assert_eq!(scene.rows("SELECT status FROM content").await, ["PUBLISHED"]);
        assert_eq!(decide("hideContent").await, [] as [&str; 0], "only moderators read this one");
    }
}

#[tokio::test]
async fn an_appeal_is_decided_on_while_what_it_is_about_is_in_other_hands() {
    if !Backend::postgres_is_available() {
        return eprintln!("skipped: PRAXIS_TEST_POSTGRES_URL is not set");
    }
    let scene = Scene::set(Backend::Postgres).await;
    let server = &scene.server;
    let rejected = scene.claimed(lesson("Turned down")).await;
    let input = json!({ "submission": rejected, "reason": "No source." });
    scene.does(&scene.moderator, "rejectSubmission", input).await;
    let retracted = scene.published(lesson("Retracted")).await;
    let input = json!({ "id": retracted, "reason": "Made up." });
    server
        .mutate(
            Some(&scene.moderator.session.access),
            "retractContent",
            "content { id }",
            input,
        )
        .await;
    for (subject, table) in [(rejected, "submission"), (retracted, "content")] {
        let input = json!({ "id": subject, "reason": "The source is on page 3." });
        let made = server
            .mutate(
                Some(&scene.author.session.access),
                "appealDecision",
                "appeal { id }",
                input,
            )
            .await;
        // As an erasure does: first what the appeal is about, and then the appeal.
        let erasing = server.database.connect().await.begin().await.unwrap();
        erasing
            .execute_unprepared(&format!("SELECT id FROM {table} FOR UPDATE"))
            .await
            .unwrap();
        let decide = async {
            let input = json!({ "appeal": made["appeal"]["id"], "upheld": true, "answer": "It is." });
            let token = Some(scene.other.session.access.as_str());
            server.mutate(token, "resolveAppeal", "appeal { upheld }", input).await
        };
        let (decided, ()) = tokio::join!(decide, async {
            tokio::time::sleep(Duration::from_millis(1_500)).await;
            let taken = erasing.execute_unprepared("UPDATE appeal SET reason = reason").await;
            taken.expect("neither waits for the other");
            erasing.commit().await.unwrap();
        });
        assert_eq!(codes(&decided), [] as [&str; 0], "{table}");
        assert_eq!(decided["appeal"]["upheld"], true, "{table}");
    }
}
