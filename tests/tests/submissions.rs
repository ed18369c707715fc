//! From a draft to a decision: what members contribute and moderators decide.

use std::time::{Duration, Instant};

use praxis_tests::documents::pdf;
use praxis_tests::scene::{Scene, codes, id, lesson, risky};
use praxis_tests::{Member, on_both_databases};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

/// A resource with a file of the author's, in which there is an e-mail address that was not read when it came in: too much else
/// was being read.
async fn with_unread_file(scene: &Scene) -> Value {
    let request = scene.server.client.post(format!("{}/files", scene.server.url));
    let request = request.bearer_auth(&scene.author.session.access).header("content-type", "application/pdf");
    let answer = request.body(pdf(&["Of quokkaberries."], "Ask zora@example.org.")).send().await.unwrap();
    let file: Value = answer.json().await.unwrap();
    scene.execute(r#"UPDATE stored_file SET findings = '[{"rule":"UNREAD_FILE","start":0,"end":0}]'"#).await;
    json!({ "resource": { "title": "A list", "language": "en", "kind": "TOOLKIT",
        "files": [{ "sha256": file["sha256"], "name": "list.pdf" }] } })
}

/// Lets the other moderator settle what is open, and gives the rules that found it.
async fn settle(scene: &Scene, submission: &str) -> Vec<String> {
    let query = "query ($id: ID!) { node(id: $id) { ... on Submission { findings { id rule resolved } } } }";
    let seen = scene.ask(&scene.other, query, json!({ "id": submission })).await;
    let mut rules = Vec::new();
    for finding in seen["node"]["findings"].as_array().unwrap().iter().filter(|finding| finding["resolved"] == false) {
        let input = json!({ "finding": finding["id"], "reason": "I read it; there is nothing personal in it." });
        scene.does(&scene.other, "resolveFinding", input).await;
        rules.push(finding["rule"].as_str().unwrap().to_owned());
    }
    rules
}

/// Has the stored files read in the background.
async fn read_again(scene: &Scene) {
    scene.execute("UPDATE stored_file SET reader = 0").await;
    let begun = Instant::now();
    while scene.rows("SELECT CAST(reader AS TEXT) FROM stored_file").await == ["0"] {
        assert!(begun.elapsed() < Duration::from_secs(30), "{}", scene.server.logs());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

on_both_databases! {
    async fn a_contribution_is_drafted_submitted_claimed_and_published(backend: Backend) {
        let scene = Scene::set(backend).await;
        let draft = scene.does(&scene.author, "saveDraft", json!({ "content": lesson("Budget lines move quietly") })).await;
        assert_eq!(draft["status"], "DRAFT");
        assert_eq!(draft["slug"], "budget-lines-move-quietly");
        assert_eq!(draft["submittedAt"], Value::Null);
        let submission = id(&draft);

        let submitted = scene.does(&scene.author, "submitDraft", json!({ "submission": submission })).await;
        assert_eq!(submitted["status"], "SUBMITTED");
        assert_ne!(submitted["submittedAt"], Value::Null);
        let public = "{ lessons { totalCount } }";
        assert_eq!(scene.server.query(public).await.data()["lessons"]["totalCount"], 0);

        let claimed = scene.does(&scene.moderator, "claimSubmission", json!({ "submission": submission })).await;
        assert_eq!(claimed["status"], "IN_REVIEW");
        assert_eq!(claimed["claimedBy"]["displayName"], "Somebody");

        let payload = scene.call(&scene.moderator, "approveSubmission", json!({ "submission": submission, "reason": "Clear and sourced." })).await;
        assert_eq!(payload["errors"], json!([]));
        assert_eq!(payload["submission"]["status"], "PUBLISHED");
        assert_eq!(payload["submission"]["claimedBy"], Value::Null);
        assert_eq!(payload["content"]["title"], "Budget lines move quietly");
        assert_eq!(payload["content"]["revision"], 1);
        let done: Vec<&Value> = payload["submission"]["decisions"].as_array().unwrap().iter().map(|one| &one["action"]).collect();
        assert_eq!(done, ["SUBMIT", "CLAIM", "APPROVE"]);

        assert_eq!(scene.server.query(public).await.data()["lessons"]["totalCount"], 1);
        scene.server.wait_for_index().await;
        let found = scene.server.query("{ search(query: \"budget lines\") { totalCount } }").await;
        assert_eq!(found.data()["search"]["totalCount"], 1);
        let audit = scene.rows("SELECT action FROM audit_entry WHERE subject LIKE 'submission:%' OR content_id IS NOT NULL ORDER BY id").await;
        assert_eq!(audit, ["SUBMISSION_SUBMITTED", "SUBMISSION_CLAIMED", "PUBLISHED", "SUBMISSION_APPROVED"]);
    }

    async fn a_change_shows_what_it_changes_and_makes_a_revision(backend: Backend) {
        let scene = Scene::set(backend).await;
        let content = scene.published(lesson("Before")).await;
        let draft = scene.does(&scene.author, "saveDraft", json!({ "target": content, "baseRevision": 1, "content": lesson("After") })).await;
        assert_eq!(draft["changes"], json!([{ "path": "title", "before": "Before", "after": "After" }]));
        assert_eq!(draft["target"]["revision"], 1);
        let submission = id(&draft);
        scene.does(&scene.author, "submitDraft", json!({ "submission": submission })).await;
        scene.does(&scene.moderator, "claimSubmission", json!({ "submission": submission })).await;
        let payload = scene.call(&scene.moderator, "approveSubmission", json!({ "submission": submission })).await;
        assert_eq!(payload["content"]["revision"], 2);
        assert_eq!(payload["content"]["title"], "After");
        assert_eq!(payload["content"]["slug"], "before", "an address never changes");
        // What was changed stays to be seen afterwards.
        assert_eq!(payload["submission"]["changes"], json!([{ "path": "title", "before": "Before", "after": "After" }]));
    }

    async fn a_change_against_an_old_revision_is_refused_with_the_current_one(backend: Backend) {
        let scene = Scene::set(backend).await;
        let content = scene.published(lesson("One")).await;
        let change = |title: &str| json!({ "target": content, "baseRevision": 1, "content": lesson(title) });
        let first = id(&scene.does(&scene.author, "saveDraft", change("Two")).await);
        let second = id(&scene.does(&scene.author, "saveDraft", change("Three")).await);
        scene.does(&scene.author, "submitDraft", json!({ "submission": second })).await;
        scene.does(&scene.other, "claimSubmission", json!({ "submission": second })).await;
        scene.does(&scene.author, "submitDraft", json!({ "submission": first })).await;
        scene.does(&scene.moderator, "claimSubmission", json!({ "submission": first })).await;
        scene.does(&scene.moderator, "approveSubmission", json!({ "submission": first })).await;

        assert_eq!(scene.refused(&scene.other, "approveSubmission", json!({ "submission": second })).await, ["STALE_REVISION"]);
        assert_eq!(scene.refused(&scene.author, "saveDraft", change("Four")).await, ["STALE_REVISION"]);
        let payload = scene.call(&scene.author, "saveDraft", change("Four")).await;
        assert!(payload["errors"][0]["message"].as_str().unwrap().contains("revision 2"), "{payload:#}");
        assert_eq!(payload["errors"][0]["path"], json!(["input", "baseRevision"]));

        // The author of the refused change brings it up to date.
        scene.does(&scene.other, "requestChanges", json!({ "submission": second, "reason": "Look at the new text first." })).await;
        let input = json!({ "submission": second, "target": content, "baseRevision": 2, "content": lesson("Three") });
        scene.does(&scene.author, "saveDraft", input).await;
        scene.does(&scene.author, "submitDraft", json!({ "submission": second })).await;
        scene.does(&scene.other, "claimSubmission", json!({ "submission": second })).await;
        let approved = scene.does(&scene.other, "approveSubmission", json!({ "submission": second })).await;
        assert_eq!(approved["target"], json!({ "id": content, "revision": 3, "title": "Three" }));
    }

    async fn changes_are_requested_with_comments_on_fields_and_the_author_hands_in_again(backend: Backend) {
        let scene = Scene::set(backend).await;
        let submission = scene.claimed(lesson("Vague")).await;
        assert_eq!(scene.refused(&scene.moderator, "requestChanges", json!({ "submission": submission })).await, ["REQUIRED"]);
        let input = json!({ "submission": submission, "reason": "Say where.", "comments": [{ "path": "title", "text": "Name the place." }] });
        let returned = scene.does(&scene.moderator, "requestChanges", input).await;
        assert_eq!(returned["status"], "CHANGES_REQUESTED");

        let seen = scene.ask(&scene.author, "query ($id: ID!) { node(id: $id) { ... on Submission { decisions { action reason comments { path text } } } } }", json!({ "id": submission })).await;
        assert_eq!(seen["node"]["decisions"][2], json!({ "action": "REQUEST_CHANGES", "reason": "Say where.", "comments": [{ "path": "title", "text": "Name the place." }] }));

        let again = scene.does(&scene.author, "saveDraft", json!({ "submission": submission, "content": lesson("Vague in Mali") })).await;
        assert_eq!(again["status"], "CHANGES_REQUESTED");
        assert_eq!(scene.does(&scene.author, "submitDraft", json!({ "submission": submission })).await["status"], "SUBMITTED");
        let payload = scene.call(&scene.moderator, "requestChanges", json!({ "submission": submission, "reason": "More" })).await;
        assert_eq!(codes(&payload), ["WRONG_STATE"], "a claim ends with the decision");
    }

    async fn a_draft_may_be_incomplete_and_says_what_is_missing_but_is_not_accepted(backend: Backend) {
        let scene = Scene::set(backend).await;
        let content = json!({ "evidence": { "title": "No source", "language": "en", "direction": "BENEFIT",
            "outcomeDomain": "EQUITY", "studyDesign": "CASE_STUDY", "themes": ["no-such-theme"], "citations": [{ "resource": "nowhere", "locator": "p. 1" }] } });
        let payload = scene.call(&scene.author, "saveDraft", json!({ "content": content })).await;
        assert_eq!(payload["submission"]["status"], "DRAFT");
        let mut found = codes(&payload);
        found.sort();
        assert_eq!(found, ["UNKNOWN_REFERENCE", "UNKNOWN_THEME"]);
        let paths: Vec<&Value> = payload["errors"].as_array().unwrap().iter().map(|error| &error["path"]).collect();
        assert!(paths.contains(&&json!(["input", "content", "citations", "0", "resource"])), "{paths:?}");
        let submission = id(&payload["submission"]);
        let mut refused = scene.refused(&scene.author, "submitDraft", json!({ "submission": submission })).await;
        refused.sort();
        assert_eq!(refused, ["UNKNOWN_REFERENCE", "UNKNOWN_THEME"]);
    }

    async fn each_wrong_step_is_refused_and_changes_nothing(backend: Backend) {
        let scene = Scene::set(backend).await;
        let draft = scene.draft(lesson("Steps")).await;
        let this = json!({ "submission": draft });
        let because = json!({ "submission": draft, "reason": "because" });
        // A draft is its author's alone: nobody else so much as sees it.
        for mutation in ["claimSubmission", "approveSubmission"] {
            assert_eq!(scene.refused(&scene.moderator, mutation, this.clone()).await, ["NOT_FOUND"], "{mutation}");
        }
        scene.does(&scene.author, "submitDraft", this.clone()).await;
        assert_eq!(scene.refused(&scene.author, "submitDraft", this.clone()).await, ["WRONG_STATE"]);
        let edit = json!({ "submission": draft, "content": lesson("Edited") });
        assert_eq!(scene.refused(&scene.author, "saveDraft", edit).await, ["WRONG_STATE"]);
        for (mutation, input) in [("approveSubmission", &this), ("rejectSubmission", &because), ("requestChanges", &because)] {
            assert_eq!(scene.refused(&scene.moderator, mutation, input.clone()).await, ["WRONG_STATE"], "{mutation}");
        }
        scene.does(&scene.moderator, "claimSubmission", this.clone()).await;
        assert_eq!(scene.refused(&scene.other, "claimSubmission", this.clone()).await, ["CLAIMED_BY_ANOTHER"]);
        assert_eq!(scene.refused(&scene.other, "approveSubmission", this.clone()).await, ["NOT_CLAIMED"]);
        assert_eq!(scene.refused(&scene.moderator, "rejectSubmission", this.clone()).await, ["REQUIRED"]);
        assert_eq!(scene.does(&scene.moderator, "rejectSubmission", because.clone()).await["status"], "REJECTED");
        for mutation in ["claimSubmission", "approveSubmission"] {
            assert_eq!(scene.refused(&scene.moderator, mutation, this.clone()).await, ["WRONG_STATE"], "{mutation}");
        }
        for mutation in ["submitDraft", "withdrawSubmission"] {
            assert_eq!(scene.refused(&scene.author, mutation, this.clone()).await, ["WRONG_STATE"], "{mutation}");
        }
        assert_eq!(scene.server.query("{ lessons { totalCount } }").await.data()["lessons"]["totalCount"], 0);
    }

    async fn a_withdrawn_submission_is_its_authors_again(backend: Backend) {
        let scene = Scene::set(backend).await;
        let submission = scene.claimed(lesson("Back")).await;
        let this = json!({ "submission": submission });
        assert_eq!(scene.does(&scene.author, "withdrawSubmission", this.clone()).await["status"], "WITHDRAWN");
        assert_eq!(scene.refused(&scene.moderator, "approveSubmission", this.clone()).await, ["NOT_FOUND"]);
        let edited = scene.does(&scene.author, "saveDraft", json!({ "submission": submission, "content": lesson("Better") })).await;
        assert_eq!(edited["status"], "DRAFT");
        assert_eq!(scene.does(&scene.author, "submitDraft", this).await["status"], "SUBMITTED");
    }

    async fn nobody_decides_on_their_own_submission(backend: Backend) {
        let scene = Scene::set(backend).await;
        let draft = id(&scene.does(&scene.moderator, "saveDraft", json!({ "content": lesson("Mine") })).await);
        let this = json!({ "submission": draft });
        scene.does(&scene.moderator, "submitDraft", this.clone()).await;
        assert_eq!(scene.refused(&scene.moderator, "claimSubmission", this.clone()).await, ["OWN_SUBMISSION"]);
        assert_eq!(scene.refused(&scene.moderator, "approveSubmission", this.clone()).await, ["OWN_SUBMISSION"]);
        scene.does(&scene.other, "claimSubmission", this.clone()).await;
        scene.does(&scene.other, "approveSubmission", this).await;
    }

    async fn nothing_is_published_past_an_open_finding_and_two_moderators_look_at_it(backend: Backend) {
        let scene = Scene::set(backend).await;
        let submission = scene.submitted(risky("A list")).await;
        let this = json!({ "submission": submission });
        let claimed = scene.does(&scene.moderator, "claimSubmission", this.clone()).await;
        let finding = &claimed["findings"][0];
        assert_eq!(finding["rule"], "EMAIL_ADDRESS");
        assert_eq!(finding["path"], "summary");
        assert_eq!((finding["start"].as_u64(), finding["end"].as_u64()), (Some(9), Some(25)));
        assert_eq!(scene.refused(&scene.moderator, "approveSubmission", this.clone()).await, ["OPEN_FINDINGS"]);

        let resolve = json!({ "finding": finding["id"], "reason": "It is the public address of an office." });
        let answer = scene.server.try_mutate(Some(&scene.author.session.access), "resolveFinding", "submission { id }", resolve).await;
        answer.refusal("FORBIDDEN");
    }

    async fn whoever_resolves_a_finding_does_not_approve_alone(backend: Backend) {
        let scene = Scene::set(backend).await;
        let submission = scene.submitted(risky("A list")).await;
        let this = json!({ "submission": submission });
        let claimed = scene.does(&scene.moderator, "claimSubmission", this.clone()).await;
        let finding = claimed["findings"][0]["id"].clone();
        let empty = json!({ "finding": finding, "reason": " " });
        assert_eq!(scene.refused(&scene.moderator, "resolveFinding", empty).await, ["REQUIRED"]);
        let resolve = json!({ "finding": finding, "reason": "It is the public address of an office." });
        let resolved = scene.does(&scene.moderator, "resolveFinding", resolve.clone()).await;
        assert_eq!(resolved["findings"][0]["resolved"], true);
        assert_eq!(scene.refused(&scene.moderator, "resolveFinding", resolve).await, ["NOT_FOUND"]);
        assert_eq!(scene.refused(&scene.moderator, "approveSubmission", this.clone()).await, ["SECOND_MODERATOR_REQUIRED"]);
        assert_eq!(scene.rows("SELECT reason FROM audit_entry WHERE action = 'FINDING_RESOLVED'").await, ["It is the public address of an office."]);

        scene.does(&scene.moderator, "releaseClaim", this.clone()).await;
        scene.does(&scene.other, "claimSubmission", this.clone()).await;
        assert_eq!(scene.does(&scene.other, "approveSubmission", this).await["status"], "PUBLISHED");
    }

    async fn of_two_moderators_who_decide_at_once_exactly_one_wins(backend: Backend) {
        let scene = Scene::set(backend).await;
        for round in 0..5 {
            let submission = scene.submitted(lesson(&format!("Race {round}"))).await;
            let this = json!({ "submission": submission });
            let (one, two) = tokio::join!(
                scene.call(&scene.moderator, "claimSubmission", this.clone()),
                scene.call(&scene.other, "claimSubmission", this.clone()),
            );
            let outcomes = [codes(&one), codes(&two)];
            assert_eq!(outcomes.iter().filter(|codes| codes.is_empty()).count(), 1, "{outcomes:?}");
            let told = outcomes.iter().find(|codes| !codes.is_empty()).unwrap();
            assert!(told == &["CONFLICT"] || told == &["CLAIMED_BY_ANOTHER"], "{told:?}");

            let winner = if codes(&one).is_empty() { &scene.moderator } else { &scene.other };
            let because = json!({ "submission": submission, "reason": "No" });
            let (approved, rejected) = tokio::join!(
                scene.call(winner, "approveSubmission", this.clone()),
                scene.call(winner, "rejectSubmission", because),
            );
            let outcomes = [codes(&approved), codes(&rejected)];
            assert_eq!(outcomes.iter().filter(|codes| codes.is_empty()).count(), 1, "{outcomes:?}");
        }
    }

    async fn two_submissions_of_the_same_title_get_addresses_of_their_own(backend: Backend) {
        let scene = Scene::set(backend).await;
        let one = scene.claimed(lesson("Same title")).await;
        let two = scene.claimed(lesson("Same title")).await;
        let mut slugs = Vec::new();
        for submission in [one, two] {
            let payload = scene.call(&scene.moderator, "approveSubmission", json!({ "submission": submission })).await;
            assert_eq!(payload["errors"], json!([]), "{payload:#}");
            slugs.push(payload["content"]["slug"].as_str().unwrap().to_owned());
        }
        assert_eq!(slugs[0], "same-title");
        assert!(slugs[1].starts_with("same-title-"), "{slugs:?}");
    }

    async fn only_the_author_and_moderators_see_a_submission(backend: Backend) {
        let scene = Scene::set(backend).await;
        let stranger = scene.server.member("dan@example.org", &[]).await;
        let draft = scene.draft(lesson("Private")).await;
        let query = "query ($id: ID!) { node(id: $id) { id } submissions { totalCount } }";
        let seen = |data: &Value| (data["node"] != Value::Null, data["submissions"]["totalCount"].as_i64().unwrap());
        let variables = json!({ "id": draft });
        assert_eq!(seen(&scene.ask(&scene.author, query, variables.clone()).await), (true, 1));
        assert_eq!(seen(&scene.ask(&scene.moderator, query, variables.clone()).await), (false, 0));
        assert_eq!(seen(&scene.ask(&stranger, query, variables.clone()).await), (false, 0));
        scene.does(&scene.author, "submitDraft", json!({ "submission": draft })).await;
        assert_eq!(seen(&scene.ask(&scene.moderator, query, variables.clone()).await), (true, 1));
        assert_eq!(seen(&scene.ask(&stranger, query, variables.clone()).await), (false, 0));
        let payload = scene.call(&stranger, "withdrawSubmission", json!({ "submission": draft })).await;
        assert_eq!(codes(&payload), ["NOT_FOUND"]);
        let anonymous = scene.server.ask(query, variables).await;
        anonymous.refusal("UNAUTHENTICATED");
        let anonymous = scene.server.try_mutate(None, "saveDraft", "submission { id }", json!({ "content": lesson("x") })).await;
        anonymous.refusal("UNAUTHENTICATED");
        for mutation in ["claimSubmission", "approveSubmission"] {
            let answer = scene.server.try_mutate(Some(&stranger.session.access), mutation, "submission { id }", json!({ "submission": draft })).await;
            answer.refusal("FORBIDDEN");
        }
    }

    async fn the_queue_is_filtered_ordered_counted_and_paged(backend: Backend) {
        let scene = Scene::set(backend).await;
        let first = scene.submitted(lesson("First")).await;
        let risk = scene.submitted(risky("Second")).await;
        let third = scene.submitted(lesson("Third")).await;
        scene.draft(lesson("A draft")).await;
        scene.does(&scene.moderator, "claimSubmission", json!({ "submission": third })).await;
        let ids = |data: &Value| -> Vec<String> {
            data["submissions"]["nodes"].as_array().unwrap().iter().map(id).collect()
        };
        let ask = async |order: &str, filter: Value| {
            let query = format!("query ($filter: SubmissionFilter) {{ submissions(orderBy: {order}, filter: $filter) {{ nodes {{ id }} totalCount }} }}");
            ids(&scene.ask(&scene.moderator, &query, json!({ "filter": filter })).await)
        };
        assert_eq!(ask("OLDEST", json!({})).await, [first.clone(), risk.clone(), third.clone()]);
        assert_eq!(ask("NEWEST", json!({})).await, [third.clone(), risk.clone(), first.clone()]);
        assert_eq!(ask("RISK", json!({})).await, [risk.clone(), first.clone(), third.clone()]);
        assert_eq!(ask("OLDEST", json!({ "statuses": ["SUBMITTED"] })).await, [first.clone(), risk.clone()]);
        assert_eq!(ask("OLDEST", json!({ "claimed": true })).await, std::slice::from_ref(&third));
        assert_eq!(ask("OLDEST", json!({ "claimedByMe": true })).await, std::slice::from_ref(&third));
        assert_eq!(ask("OLDEST", json!({ "hasFindings": true })).await, std::slice::from_ref(&risk));
        assert_eq!(ask("OLDEST", json!({ "kinds": ["RESOURCE"] })).await, Vec::<String>::new());
        assert_eq!(ask("OLDEST", json!({ "mine": true })).await, Vec::<String>::new());

        let counts = scene.ask(&scene.moderator, "{ submissionCounts(filter: { statuses: [SUBMITTED, IN_REVIEW, REJECTED] }) { status count } }", json!({})).await;
        assert_eq!(counts["submissionCounts"], json!([
            { "status": "SUBMITTED", "count": 2 }, { "status": "IN_REVIEW", "count": 1 }, { "status": "REJECTED", "count": 0 },
        ]));

        for order in ["OLDEST", "NEWEST", "RISK"] {
            let mut paged = Vec::new();
            let mut after = Value::Null;
            loop {
                let query = format!("query ($after: String) {{ submissions(orderBy: {order}, first: 1, after: $after) {{ nodes {{ id }} pageInfo {{ hasNextPage endCursor }} }} }}");
                let data = scene.ask(&scene.moderator, &query, json!({ "after": after })).await;
                paged.extend(ids(&data));
                if data["submissions"]["pageInfo"]["hasNextPage"] == false {
                    break;
                }
                after = data["submissions"]["pageInfo"]["endCursor"].clone();
            }
            assert_eq!(paged, ask(order, json!({})).await, "{order}");
        }
    }

    async fn a_page_of_the_queue_costs_the_same_statements_for_one_and_for_many(backend: Backend) {
        let scene = Scene::set(backend).await;
        let query = "{ submissions { nodes { id title target { id } author { displayName } claimedBy { displayName } findings { rule } decisions { action by { displayName } } changes { path } } } }";
        scene.submitted(risky("Number 0")).await;
        let one = scene.server.statements_as(Some(&scene.moderator.session.access), query).await;
        for number in 1..8 {
            scene.submitted(risky(&format!("Number {number}"))).await;
        }
        let many = scene.server.statements_as(Some(&scene.moderator.session.access), query).await;
        assert!(many <= one, "{many} statements for eight submissions, {one} for one");
        assert!(one <= 8, "{one} statements");
    }

    async fn a_claim_that_has_run_out_can_be_taken_over(backend: Backend) {
        let scene = Scene::set(backend).await;
        let submission = scene.claimed(lesson("Slow")).await;
        let connection = scene.server.database.connect().await;
        let statement = Statement::from_string(
            connection.get_database_backend(),
            "UPDATE submission SET claimed_until = '2020-01-01 00:00:00+00:00'",
        );
        connection.execute_raw(statement).await.unwrap();
        let this = json!({ "submission": submission });
        assert_ne!(scene.refused(&scene.moderator, "approveSubmission", this.clone()).await, Vec::<String>::new());
        scene.does(&scene.other, "claimSubmission", this.clone()).await;
        scene.does(&scene.other, "approveSubmission", this).await;
    }

    async fn a_flag_of_a_trusted_member_hides_at_once_and_others_wait_for_a_moderator(backend: Backend) {
        let scene = Scene::set(backend).await;
        let trusted = scene.server.member("eva@example.org", &["trusted-member"]).await;
        let content = scene.published(lesson("Doubtful")).await;
        let flag = async |who: &Member, reason: &str| {
            let input = json!({ "id": content, "reason": reason, "note": "Look at this." });
            scene.server.mutate(Some(&who.session.access), "flagContent", "flagged hidden", input).await
        };
        let payload = flag(&scene.author, "SAFEGUARDING").await;
        assert_eq!((&payload["flagged"], &payload["hidden"]), (&json!(true), &json!(false)));
        assert_eq!(codes(&flag(&scene.author, "SAFEGUARDING").await), ["DUPLICATE"]);
        let public = "{ lessons { totalCount } }";
        assert_eq!(scene.server.query(public).await.data()["lessons"]["totalCount"], 1);
        let payload = flag(&trusted, "SAFEGUARDING").await;
        assert_eq!((&payload["flagged"], &payload["hidden"]), (&json!(true), &json!(true)));
        assert_eq!(scene.server.query(public).await.data()["lessons"]["totalCount"], 0);
        assert_eq!(codes(&flag(&trusted, "SPAM").await), ["NOT_FOUND"], "what is hidden is not there");

        let flags = "{ flags(filter: { resolved: false }) { totalCount nodes { id reason note by { displayName } content { title status } } } }";
        let seen = scene.ask(&scene.moderator, flags, json!({})).await;
        assert_eq!(seen["flags"]["totalCount"], 2);
        assert_eq!(seen["flags"]["nodes"][0]["content"], json!({ "title": "Doubtful", "status": "HIDDEN" }));
        let answer = scene.server.ask_as(Some(&scene.author.session.access), flags, json!({})).await;
        answer.refusal("FORBIDDEN");

        let input = json!({ "id": content, "reason": "It is safe." });
        let restored = scene.server.mutate(Some(&scene.moderator.session.access), "restoreContent", "content { status }", input).await;
        assert_eq!(restored["content"]["status"], "PUBLISHED");
        let input = json!({ "flag": seen["flags"]["nodes"][0]["id"], "resolution": "Nobody can be recognised." });
        let resolved = scene.server.mutate(Some(&scene.moderator.session.access), "resolveFlag", "flag { resolution resolvedBy { displayName } }", input.clone()).await;
        assert_eq!(resolved["flag"]["resolution"], "Nobody can be recognised.");
        let again = scene.server.mutate(Some(&scene.moderator.session.access), "resolveFlag", "flag { id }", input).await;
        assert_eq!(codes(&again), ["NOT_FOUND"]);
        assert_eq!(scene.ask(&scene.moderator, flags, json!({})).await["flags"]["totalCount"], 1);
    }

    async fn decisions_on_published_content_are_for_those_who_may(backend: Backend) {
        let scene = Scene::set(backend).await;
        let content = scene.published(lesson("Standing")).await;
        let input = json!({ "id": content, "reason": "The figures were made up." });
        for mutation in ["hideContent", "restoreContent", "retractContent", "eraseContent"] {
            let answer = scene.server.try_mutate(Some(&scene.author.session.access), mutation, "content { id }", input.clone()).await;
            answer.refusal("FORBIDDEN");
        }
        let token = Some(scene.moderator.session.access.as_str());
        let hidden = scene.server.mutate(token, "hideContent", "content { status statusReason }", input.clone()).await;
        assert_eq!(hidden["content"]["status"], "HIDDEN");
        assert_eq!(codes(&scene.server.mutate(token, "hideContent", "content { id }", input.clone()).await), ["WRONG_STATE"]);
        let retracted = scene.server.mutate(token, "retractContent", "content { status statusReason }", input.clone()).await;
        assert_eq!(retracted["content"], json!({ "status": "RETRACTED", "statusReason": "The figures were made up." }));
        let answer = scene.server.try_mutate(token, "eraseContent", "content { id }", input).await;
        answer.refusal("FORBIDDEN");
    }

    async fn erasure_takes_the_words_out_of_submissions_decisions_and_flags(backend: Backend) {
        let scene = Scene::set(backend).await;
        let lead = scene.server.member("fay@example.org", &["safeguarding-lead"]).await;
        let content = scene.published(lesson("Quetzal secret")).await;
        let draft = json!({ "target": content, "content": lesson("Quetzal secret two"), "note": "quetzal note" });
        let open = id(&scene.does(&scene.author, "saveDraft", draft).await);
        let input = json!({ "id": content, "reason": "ACCURACY", "note": "quetzal flag" });
        scene.server.mutate(Some(&scene.author.session.access), "flagContent", "flagged", input).await;
        let input = json!({ "id": content, "reason": "quetzal asked for it" });
        let erased = scene.server.mutate(Some(&lead.session.access), "eraseContent", "content { id }", input).await;
        assert_eq!(erased["errors"], json!([]));
        for (table, columns) in [
            ("submission", "title || slug || document || COALESCE(note, '')"),
            ("decision", "COALESCE(reason, '')"),
            ("flag", "COALESCE(note, '')"),
            ("audit_entry", "COALESCE(reason, '')"),
            ("content", "title || slug || COALESCE(summary, '')"),
            ("revision", "document"),
        ] {
            let found = scene.rows(&format!("SELECT {columns} FROM {table}")).await;
            assert!(!found.iter().any(|text| text.to_lowercase().contains("quetzal")), "{table}: {found:?}");
        }
        let payload = scene.call(&scene.author, "submitDraft", json!({ "submission": open })).await;
        assert_eq!(codes(&payload), ["WRONG_STATE"]);
    }

    async fn oversized_and_odd_words_are_refused_by_field(backend: Backend) {
        let scene = Scene::set(backend).await;
        let long = "x".repeat(10_000);
        let input = json!({ "content": lesson("T"), "note": long });
        assert_eq!(scene.refused(&scene.author, "saveDraft", input).await, ["TOO_LONG"]);
        let input = json!({ "content": lesson("T"), "note": "a\u{7}b" });
        assert_eq!(scene.refused(&scene.author, "saveDraft", input).await, ["INVALID"]);
        let input = json!({ "content": lesson("T"), "slug": "Not A Slug" });
        assert_eq!(scene.refused(&scene.author, "saveDraft", input).await, ["INVALID_SLUG"]);
        let content = scene.published(lesson("Kinds")).await;
        let resource = json!({ "resource": { "title": "R", "language": "en", "kind": "REPORT" } });
        assert_eq!(scene.refused(&scene.author, "saveDraft", json!({ "target": content, "content": resource })).await, ["WRONG_KIND"]);
        let same = json!({ "target": content, "content": lesson("Kinds") });
        let draft = id(&scene.does(&scene.author, "saveDraft", same).await);
        assert_eq!(scene.refused(&scene.author, "submitDraft", json!({ "submission": draft })).await, ["NO_CHANGE"]);
    }

    async fn the_note_is_checked_like_the_text_since_it_is_published_with_the_revision(backend: Backend) {
        let scene = Scene::set(backend).await;
        let input = json!({ "content": lesson("A hearing"), "note": "Asha Gurung, aged 9, told us." });
        let draft = id(&scene.does(&scene.author, "saveDraft", input).await);
        let this = json!({ "submission": draft });
        scene.does(&scene.author, "submitDraft", this.clone()).await;
        let query = "query ($id: ID!) { node(id: $id) { ... on Submission { findings { rule path excerpt { found } } } } }";
        let seen = scene.ask(&scene.moderator, query, json!({ "id": draft })).await;
        let found = &seen["node"]["findings"][0];
        assert_eq!((&found["rule"], &found["path"]), (&json!("NAMED_MINOR"), &json!("note")));
        assert!(found["excerpt"]["found"].as_str().unwrap().contains("Asha Gurung"), "{found}");
        scene.does(&scene.moderator, "claimSubmission", this.clone()).await;
        assert_eq!(scene.refused(&scene.moderator, "approveSubmission", this.clone()).await, ["OPEN_FINDINGS"]);
        // Without it, nothing keeps the text.
        scene.does(&scene.moderator, "requestChanges", json!({ "submission": draft, "reason": "Leave her out." })).await;
        let input = json!({ "submission": draft, "content": lesson("A hearing"), "note": "From a hearing." });
        scene.does(&scene.author, "saveDraft", input).await;
        assert_eq!(scene.does(&scene.author, "submitDraft", this.clone()).await["findings"], json!([]));
        scene.does(&scene.moderator, "claimSubmission", this.clone()).await;
        scene.does(&scene.moderator, "approveSubmission", this).await;
        assert_eq!(scene.rows("SELECT note FROM revision").await, ["From a hearing."]);
    }

    async fn a_draft_does_not_show_what_was_hidden_since_it_was_begun(backend: Backend) {
        let scene = Scene::set(backend).await;
        let mut before = lesson("Quokkaberry");
        before["lesson"]["summary"] = json!("A quokkaberry in each village.");
        let content = scene.published(before).await;
        let draft = json!({ "target": content, "content": lesson("Another title") });
        let draft = id(&scene.does(&scene.author, "saveDraft", draft).await);
        let query = "query ($id: ID!) { node(id: $id) { ... on Submission { changes { path before after }
            proposed { changes { before } } } } }";
        let seen = scene.ask(&scene.author, query, json!({ "id": draft })).await;
        assert!(seen.to_string().contains("uokkaberry"), "{seen}");
        let token = Some(scene.moderator.session.access.as_str());
        for decision in ["hideContent", "retractContent"] {
            let input = json!({ "id": content, "reason": "it shows a child" });
            scene.server.mutate(token, decision, "content { id }", input).await;
            let seen = scene.ask(&scene.author, query, json!({ "id": draft })).await;
            assert!(!seen.to_string().contains("uokkaberry"), "{decision}: {seen}");
            assert!(seen.to_string().contains("Another title"), "{decision}: {seen}");
        }
    }

    async fn what_is_found_in_a_file_that_is_read_late_stands_with_what_is_under_review(backend: Backend) {
        let scene = Scene::set(backend).await;
        let submission = scene.claimed(with_unread_file(&scene).await).await;
        settle(&scene, &submission).await;
        read_again(&scene).await;
        let approve = json!({ "submission": submission });
        assert_eq!(scene.refused(&scene.moderator, "approveSubmission", approve.clone()).await, ["OPEN_FINDINGS"]);
        assert_eq!(settle(&scene, &submission).await, ["EMAIL_ADDRESS"]);
        scene.does(&scene.moderator, "approveSubmission", approve).await;
    }

    async fn an_approval_looks_once_more_at_what_was_found_in_the_files(backend: Backend) {
        let scene = Scene::set(backend).await;
        let submission = scene.claimed(with_unread_file(&scene).await).await;
        settle(&scene, &submission).await;
        // As where it was read between the check and the moment it was handed in.
        scene.execute(r#"UPDATE stored_file SET findings = '[{"rule":"EMAIL_ADDRESS","start":1,"end":9}]'"#).await;
        let approve = json!({ "submission": submission });
        assert_eq!(scene.refused(&scene.moderator, "approveSubmission", approve.clone()).await, ["OPEN_FINDINGS"]);
        assert_eq!(settle(&scene, &submission).await, ["EMAIL_ADDRESS"]);
        scene.does(&scene.moderator, "approveSubmission", approve).await;
    }

    async fn what_is_hidden_is_flagged_too_when_something_is_found_in_a_file_of_it(backend: Backend) {
        let scene = Scene::set(backend).await;
        let submission = scene.claimed(with_unread_file(&scene).await).await;
        settle(&scene, &submission).await;
        let payload = scene.call(&scene.moderator, "approveSubmission", json!({ "submission": submission })).await;
        let hide = json!({ "id": payload["content"]["id"], "reason": "looked into" });
        scene.server.mutate(Some(&scene.moderator.session.access), "hideContent", "content { id }", hide).await;
        read_again(&scene).await;
        let notes = scene.rows("SELECT note FROM flag").await;
        assert!(notes.len() == 1 && notes[0].contains("EMAIL_ADDRESS"), "{notes:?}");
        assert_eq!(scene.rows("SELECT status FROM content").await, ["HIDDEN"]);
        let events = scene.rows("SELECT change FROM event ORDER BY sequence").await;
        assert_eq!(events, ["PUBLISHED", "HIDDEN"], "nobody is told of what is out of sight");
    }
}
