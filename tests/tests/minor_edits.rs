//! Minor edits of trusted members: published at once, reviewed afterwards.

use praxis_tests::scene::{Scene, codes, id};
use praxis_tests::{Backend, Member, on_both_databases};
use serde_json::{Value, json};

const TITLE: &str = "Budget lines move quitely";
const MENDED: &str = "Budget lines move quietly";
const REVIEWED: &str = "submission { id status awaitsReview takenBackIn decisions { action reason } } content { id title revision }";

fn lesson(title: &str, summary: &str) -> Value {
    json!({ "lesson": { "title": title, "language": "en", "kind": "BOTTLENECK", "factor": "FUNDING", "summary": summary,
        "themes": ["education"] } })
}

fn plain(title: &str) -> Value {
    lesson(title, "The ministry moved 12 lines and did not say why to the councils.")
}

/// A trusted member, two moderators, and a lesson that the trusted member wrote.
struct Edits {
    scene: Scene,
    content: String,
}

impl Edits {
    async fn begin(backend: Backend) -> Self {
        let mut scene = Scene::set(backend).await;
        scene.author = scene.server.member("eva@example.org", &["trusted-member"]).await;
        let content = scene.published(plain(TITLE)).await;
        Self { scene, content }
    }

    /// Hands in a change of the lesson, made against this revision, and gives the payload.
    async fn hand_in(&self, who: &Member, revision: i32, document: Value) -> Value {
        let input = json!({ "target": self.content, "baseRevision": revision, "content": document, "note": "A slip." });
        let draft = id(&self.scene.does(who, "saveDraft", input).await);
        let payload = self.scene.call(who, "submitDraft", json!({ "submission": draft })).await;
        assert_eq!(payload["errors"], json!([]), "{payload:#}");
        payload
    }

    /// Hands in what must wait for a moderator, takes it back again, and leaves all as it was.
    async fn waits(&self, why: &str, who: &Member, revision: i32, document: Value) {
        let payload = self.hand_in(who, revision, document).await;
        assert_eq!(payload["submission"]["status"], "SUBMITTED", "{why}");
        assert_eq!(payload["content"], Value::Null, "{why}");
        assert_eq!(payload["submission"]["target"]["revision"], revision, "{why}");
        let submission = id(&payload["submission"]);
        self.scene.does(who, "withdrawSubmission", json!({ "submission": submission })).await;
    }

    /// Publishes the mended title, and gives the submission.
    async fn mended(&self) -> String {
        let payload = self.hand_in(&self.scene.author, 1, plain(MENDED)).await;
        assert_eq!(payload["submission"]["status"], "PUBLISHED", "{payload:#}");
        id(&payload["submission"])
    }

    async fn review(&self, who: &Member, submission: &str, accepted: bool, reason: Option<&str>) -> Value {
        let input = json!({ "submission": submission, "accepted": accepted, "reason": reason });
        self.scene.server.mutate(Some(&who.session.access), "reviewMinorEdit", REVIEWED, input).await
    }

    /// What awaits review, as the list and the counts tell it.
    async fn awaiting(&self, who: &Member) -> Vec<String> {
        let query = "{ submissions(filter: { awaitsReview: true }) { totalCount nodes { id } }
            submissionCounts(filter: { awaitsReview: true, statuses: [PUBLISHED] }) { count } }";
        let data = self.scene.ask(who, query, json!({})).await;
        let nodes = data["submissions"]["nodes"].as_array().unwrap();
        assert_eq!(data["submissions"]["totalCount"], nodes.len());
        assert_eq!(data["submissionCounts"][0]["count"], nodes.len());
        nodes.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    }

    async fn title(&self) -> Value {
        let answer = self.scene.server.query("{ lessons { nodes { title revision } } }").await;
        let lesson = &answer.data()["lessons"]["nodes"][0];
        json!([lesson["title"], lesson["revision"]])
    }

    async fn told(&self, who: &Member) -> Vec<String> {
        let query = "{ viewer { notifications(first: 50) { nodes { kind } } } }";
        let data = self.scene.ask(who, query, json!({})).await;
        let nodes = data["viewer"]["notifications"]["nodes"].as_array().unwrap();
        nodes.iter().map(|one| one["kind"].as_str().unwrap().to_owned()).collect()
    }
}

on_both_databases! {
    async fn a_minor_edit_of_a_trusted_member_is_published_at_once_and_awaits_review(backend: Backend) {
        let edits = Edits::begin(backend).await;
        let scene = &edits.scene;
        let payload = edits.hand_in(&scene.author, 1, plain(MENDED)).await;
        let submission = &payload["submission"];
        assert_eq!(submission["status"], "PUBLISHED");
        assert_eq!(payload["content"], json!({ "id": edits.content, "title": MENDED, "slug": "budget-lines-move-quitely", "revision": 2 }));
        assert_eq!(submission["decisions"], json!([{ "action": "PUBLISH_MINOR_EDIT", "reason": null, "comments": [] }]));
        assert_ne!(submission["submittedAt"], Value::Null);
        assert_eq!(edits.title().await, json!([MENDED, 2]));
        let audit = scene.rows("SELECT action FROM audit_entry WHERE subject LIKE 'submission:%' OR content_id IS NOT NULL ORDER BY id").await;
        assert_eq!(audit[audit.len() - 2..], ["UPDATED", "MINOR_EDIT_PUBLISHED"]);
        let events = scene.server.query("{ changes(first: 10) { nodes { type revision } } }").await;
        let events = events.data()["changes"]["nodes"].as_array().unwrap();
        assert_eq!(events.last().unwrap(), &json!({ "type": "UPDATED", "revision": 2 }));

        for moderator in [&scene.moderator, &scene.other] {
            assert_eq!(edits.awaiting(moderator).await, [id(submission)]);
            assert_eq!(edits.told(moderator).await.first().unwrap(), "MINOR_EDIT_PUBLISHED");
        }
        assert_eq!(edits.awaiting(&scene.author).await, [id(submission)], "their own");
        let member = scene.server.member("fay@example.org", &[]).await;
        assert_eq!(edits.awaiting(&member).await, Vec::<String>::new());
    }

    async fn an_accepted_edit_stays_and_the_next_one_may_be_published_too(backend: Backend) {
        let edits = Edits::begin(backend).await;
        let scene = &edits.scene;
        let submission = edits.mended().await;
        let payload = edits.review(&scene.moderator, &submission, true, None).await;
        assert_eq!(payload["errors"], json!([]));
        assert_eq!(payload["submission"]["awaitsReview"], false);
        assert_eq!(payload["submission"]["takenBackIn"], Value::Null);
        assert_eq!(payload["submission"]["decisions"][1], json!({ "action": "ACCEPT_MINOR_EDIT", "reason": null }));
        assert_eq!(payload["content"]["revision"], 2);
        assert_eq!(edits.awaiting(&scene.other).await, Vec::<String>::new());
        assert_eq!(codes(&edits.review(&scene.other, &submission, false, Some("No.")).await), ["WRONG_STATE"]);
        assert_eq!(edits.title().await, json!([MENDED, 2]));
        let audit = scene.rows("SELECT action FROM audit_entry ORDER BY id DESC LIMIT 1").await;
        assert_eq!(audit, ["MINOR_EDIT_ACCEPTED"]);
        let again = edits.hand_in(&scene.author, 2, plain("Budget lines move quietly.")).await;
        assert_eq!(again["submission"]["status"], "PUBLISHED");
    }

    async fn a_refused_edit_goes_back_to_the_revision_before_and_its_author_is_told(backend: Backend) {
        let edits = Edits::begin(backend).await;
        let scene = &edits.scene;
        let submission = edits.mended().await;
        assert_eq!(codes(&edits.review(&scene.moderator, &submission, false, None).await), ["REQUIRED"]);
        let payload = edits.review(&scene.moderator, &submission, false, Some("It is spelt so in the source.")).await;
        assert_eq!(payload["errors"], json!([]));
        assert_eq!(payload["content"], json!({ "id": edits.content, "title": TITLE, "revision": 3 }));
        assert_eq!(payload["submission"]["status"], "PUBLISHED");
        assert_eq!((&payload["submission"]["awaitsReview"], &payload["submission"]["takenBackIn"]), (&json!(false), &json!(3)));
        let decision = json!({ "action": "TAKE_BACK_MINOR_EDIT", "reason": "It is spelt so in the source." });
        assert_eq!(payload["submission"]["decisions"][1], decision);
        assert_eq!(edits.title().await, json!([TITLE, 3]));
        assert_eq!(edits.told(&scene.author).await.first().unwrap(), "MINOR_EDIT_TAKEN_BACK");
        assert_eq!(edits.awaiting(&scene.moderator).await, Vec::<String>::new());
        let audit = scene.rows("SELECT action FROM audit_entry ORDER BY id DESC LIMIT 2").await;
        assert_eq!(audit, ["MINOR_EDIT_TAKEN_BACK", "UPDATED"]);
        let notes = scene.rows("SELECT note FROM revision WHERE number = 3").await;
        assert_eq!(notes, ["Goes back to revision 1."]);

        // The same again is for a moderator, who lets the author go on afterwards.
        edits.waits("it was taken back just now", &scene.author, 3, plain(MENDED)).await;
        let again = id(&edits.hand_in(&scene.author, 3, plain("Budget lines move by night")).await["submission"]);
        scene.does(&scene.moderator, "claimSubmission", json!({ "submission": again })).await;
        scene.does(&scene.moderator, "approveSubmission", json!({ "submission": again })).await;
        let after = edits.hand_in(&scene.author, 4, plain("Budget lines move at night")).await;
        assert_eq!(after["submission"]["status"], "PUBLISHED", "all of it is still theirs");
    }

    async fn what_has_changed_since_does_not_go_back(backend: Backend) {
        let edits = Edits::begin(backend).await;
        let scene = &edits.scene;
        let submission = edits.mended().await;
        let next = id(&edits.hand_in(&scene.author, 2, plain("Budget lines move quietly by night")).await["submission"]);
        scene.does(&scene.moderator, "claimSubmission", json!({ "submission": next })).await;
        scene.does(&scene.moderator, "approveSubmission", json!({ "submission": next })).await;
        assert_eq!(codes(&edits.review(&scene.moderator, &submission, false, Some("No.")).await), ["CONFLICT"]);
        assert_eq!(edits.title().await, json!(["Budget lines move quietly by night", 3]));
        assert_eq!(edits.awaiting(&scene.moderator).await, std::slice::from_ref(&submission), "it is not settled by that");
        assert_eq!(edits.review(&scene.moderator, &submission, true, Some("Mended since.")).await["errors"], json!([]));
    }

    async fn nobody_reviews_their_own_edit_and_only_moderators_do(backend: Backend) {
        let mut edits = Edits::begin(backend).await;
        edits.scene.author = edits.scene.server.member("gil@example.org", &["trusted-member", "moderator"]).await;
        edits.content = edits.scene.published(plain(TITLE)).await;
        let submission = edits.mended().await;
        let scene = &edits.scene;
        for accepted in [true, false] {
            let payload = edits.review(&scene.author, &submission, accepted, Some("Mine.")).await;
            assert_eq!(codes(&payload), ["OWN_SUBMISSION"]);
        }
        assert!(!edits.told(&scene.author).await.contains(&"MINOR_EDIT_PUBLISHED".to_owned()));
        let member = scene.server.member("fay@example.org", &["trusted-member"]).await;
        let input = json!({ "submission": submission, "accepted": true });
        let answer = scene.server.try_mutate(Some(&member.session.access), "reviewMinorEdit", "submission { id }", input).await;
        assert_eq!(answer.codes(), ["FORBIDDEN"]);
        assert_eq!(edits.awaiting(&scene.moderator).await, [submission]);
    }

    async fn what_is_not_minor_waits_for_a_moderator(backend: Backend) {
        let edits = Edits::begin(backend).await;
        let author = &edits.scene.author;
        let summary = |text: &str| lesson(TITLE, text);
        edits.waits("too much", author, 1, plain("Budget lines are moved by night")).await;
        edits.waits("a number", author, 1, summary("The ministry moved 13 lines and did not say why to the councils.")).await;
        edits.waits("a negation", author, 1, summary("The ministry moved 12 lines and did say why to the councils.")).await;
        edits.waits("a text that is new", author, 1, {
            let mut document = plain(TITLE);
            document["lesson"]["appliesWhere"] = json!("In towns");
            document
        }).await;
        edits.waits("a theme", author, 1, {
            let mut document = plain(MENDED);
            document["lesson"]["themes"] = json!(["child-health"]);
            document
        }).await;
        edits.waits("a keyword", author, 1, {
            let mut document = plain(MENDED);
            document["lesson"]["factor"] = json!("CHAMPIONS");
            document
        }).await;
        assert_eq!(edits.title().await, json!([TITLE, 1]));
        assert_eq!(edits.awaiting(&edits.scene.moderator).await, Vec::<String>::new());
    }

    async fn what_the_safeguarding_checks_find_waits_even_where_it_stood_there_before(backend: Backend) {
        let mut edits = Edits::begin(backend).await;
        let scene = &edits.scene;
        let risky = |title: &str| lesson(title, "Write to zora@example.com for the list.");
        let submission = scene.claimed(risky(TITLE)).await;
        let query = "query ($id: ID!) { node(id: $id) { ... on Submission { findings { id } } } }";
        let found = scene.ask(&scene.moderator, query, json!({ "id": submission })).await;
        for finding in found["node"]["findings"].as_array().unwrap() {
            let input = json!({ "finding": finding["id"], "reason": "A public address." });
            scene.does(&scene.other, "resolveFinding", input).await;
        }
        let payload = scene.call(&scene.moderator, "approveSubmission", json!({ "submission": submission })).await;
        edits.content = payload["content"]["id"].as_str().unwrap().to_owned();
        edits.waits("an address", &edits.scene.author, 1, risky(MENDED)).await;
    }

    async fn a_quotation_that_a_consent_covers_waits(backend: Backend) {
        let mut edits = Edits::begin(backend).await;
        let scene = &edits.scene;
        let quoting = |title: &str| lesson(title, "A girl aged 13 said: “We asked for a well and nobody came.”");
        let draft = scene.draft(quoting(TITLE)).await;
        let consent = json!({ "submission": draft, "covers": ["SPEECH"], "form": "WRITTEN", "obtainedBy": "Coalition", "obtainedOn": "2026-03-01" });
        let token = Some(scene.author.session.access.as_str());
        let recorded = scene.server.mutate(token, "recordConsent", "consent { id }", consent).await;
        assert_eq!(recorded["errors"], json!([]));
        let submitted = scene.does(&scene.author, "submitDraft", json!({ "submission": draft })).await;
        assert_eq!(submitted["findings"], json!([]), "the consent covers it");
        scene.does(&scene.moderator, "claimSubmission", json!({ "submission": draft })).await;
        let payload = scene.call(&scene.moderator, "approveSubmission", json!({ "submission": draft })).await;
        edits.content = payload["content"]["id"].as_str().unwrap().to_owned();
        edits.waits("a consent", &edits.scene.author, 1, quoting(MENDED)).await;
    }

    async fn whoever_is_not_trusted_or_did_not_write_all_of_it_waits(backend: Backend) {
        let edits = Edits::begin(backend).await;
        let scene = &edits.scene;
        let other = scene.server.member("hal@example.org", &["trusted-member"]).await;
        edits.waits("it is another's", &other, 1, plain(MENDED)).await;
        edits.waits("a moderator is not trusted with that", &scene.moderator, 1, plain(MENDED)).await;

        // Somebody else has a part in it now.
        let change = id(&edits.hand_in(&other, 1, plain("Budget lines moved quitely by night")).await["submission"]);
        scene.does(&scene.moderator, "claimSubmission", json!({ "submission": change })).await;
        scene.does(&scene.moderator, "approveSubmission", json!({ "submission": change })).await;
        edits.waits("not all of it is theirs", &scene.author, 2, plain("Budget lines moved quietly by night")).await;
    }

    async fn a_plain_member_never_publishes_by_themselves(backend: Backend) {
        let mut edits = Edits::begin(backend).await;
        edits.scene.author = edits.scene.server.member("ivo@example.org", &[]).await;
        edits.content = edits.scene.published(plain(TITLE)).await;
        edits.waits("a member", &edits.scene.author, 1, plain(MENDED)).await;
        // New content of a trusted member is no edit.
        let new = edits.scene.server.member("jan@example.org", &["trusted-member"]).await;
        let draft = id(&edits.scene.does(&new, "saveDraft", json!({ "content": plain(TITLE) })).await);
        let handed_in = edits.scene.does(&new, "submitDraft", json!({ "submission": draft })).await;
        assert_eq!(handed_in["status"], "SUBMITTED");
    }

    async fn what_somebody_has_in_hand_waits(backend: Backend) {
        let edits = Edits::begin(backend).await;
        let scene = &edits.scene;
        // A submission that was handed in once stays with the moderators.
        let large = edits.hand_in(&scene.author, 1, plain("Budget lines are moved by night")).await;
        let submission = id(&large["submission"]);
        scene.does(&scene.moderator, "claimSubmission", json!({ "submission": submission })).await;
        scene.does(&scene.moderator, "requestChanges", json!({ "submission": submission, "reason": "Say who." })).await;
        let input = json!({ "submission": submission, "target": edits.content, "baseRevision": 1, "content": plain(MENDED) });
        scene.does(&scene.author, "saveDraft", input).await;
        let again = scene.does(&scene.author, "submitDraft", json!({ "submission": submission })).await;
        assert_eq!(again["status"], "SUBMITTED");
        scene.does(&scene.author, "withdrawSubmission", json!({ "submission": submission })).await;

        edits.mended().await;
        edits.waits("the edit before awaits review", &scene.author, 2, plain("Budget lines move quietly.")).await;
    }

    async fn an_edit_of_hidden_content_is_accepted_but_does_not_go_back(backend: Backend) {
        let edits = Edits::begin(backend).await;
        let scene = &edits.scene;
        let submission = edits.mended().await;
        let input = json!({ "id": edits.content, "reason": "looked into" });
        let token = Some(scene.moderator.session.access.as_str());
        scene.server.mutate(token, "hideContent", "content { id }", input).await;
        assert_eq!(codes(&edits.review(&scene.moderator, &submission, false, Some("No.")).await), ["WRONG_STATE"]);
        assert_eq!(edits.review(&scene.moderator, &submission, true, None).await["errors"], json!([]));
        assert_eq!(edits.awaiting(&scene.moderator).await, Vec::<String>::new());
    }

    async fn what_is_erased_awaits_no_review(backend: Backend) {
        let edits = Edits::begin(backend).await;
        let scene = &edits.scene;
        edits.mended().await;
        let lead = scene.server.member("lea@example.org", &["safeguarding-lead"]).await;
        let input = json!({ "id": edits.content, "reason": "a child was named" });
        let erased = scene.server.mutate(Some(&lead.session.access), "eraseContent", "content { id }", input).await;
        assert_eq!(erased["errors"], json!([]));
        assert_eq!(edits.awaiting(&scene.moderator).await, Vec::<String>::new());
    }

    async fn of_two_who_review_an_edit_one_wins(backend: Backend) {
        let edits = Edits::begin(backend).await;
        let scene = &edits.scene;
        let submission = edits.mended().await;
        let (one, other) = tokio::join!(
            edits.review(&scene.moderator, &submission, false, Some("No.")),
            edits.review(&scene.other, &submission, false, Some("No.")),
        );
        let mut found = [codes(&one), codes(&other)].concat();
        found.sort();
        assert!(found == ["WRONG_STATE"] || found == ["CONFLICT"], "{found:?}");
        assert_eq!(edits.title().await, json!([TITLE, 3]));
    }

    async fn an_edit_whose_note_names_a_child_waits_for_a_moderator(backend: Backend) {
        let edits = Edits::begin(backend).await;
        let scene = &edits.scene;
        let input = json!({ "target": edits.content, "baseRevision": 1, "content": plain(MENDED),
            "note": "Asha Gurung, aged 9, saw the slip." });
        let draft = id(&scene.does(&scene.author, "saveDraft", input).await);
        let submitted = scene.does(&scene.author, "submitDraft", json!({ "submission": draft })).await;
        assert_eq!(submitted["status"], "SUBMITTED");
        assert_eq!(submitted["findings"][0]["path"], "note");
        assert_eq!(edits.title().await, json!([TITLE, 1]));
        assert!(!scene.rows("SELECT COALESCE(note, '') FROM revision").await.concat().contains("Asha"));
    }
}
