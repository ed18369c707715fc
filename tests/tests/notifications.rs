//! Who is told what, in the API and by letter.

use praxis_tests::Member;
use praxis_tests::on_both_databases;
use praxis_tests::scene::{Scene, codes, id, lesson, risky};
use serde_json::{Value, json};

const INBOX: &str = "{ viewer { unreadNotificationCount notifications(first: 50) { totalCount
    nodes { id kind readAt submission { id } content { id } } } } }";

async fn inbox(scene: &Scene, who: &Member) -> Value {
    scene.ask(who, INBOX, json!({})).await["viewer"].clone()
}

async fn kinds(scene: &Scene, who: &Member) -> Vec<String> {
    let inbox = inbox(scene, who).await;
    let nodes = inbox["notifications"]["nodes"].as_array().unwrap();
    nodes.iter().map(|one| one["kind"].as_str().unwrap().to_owned()).collect()
}

async fn mark(scene: &Scene, who: Option<&Member>, input: Value) -> Value {
    let token = who.map(|who| who.session.access.as_str());
    scene.server.mutate(token, "markNotificationsRead", "marked viewer { unreadNotificationCount }", input).await
}

async fn mail(scene: &Scene, who: &Member, mail: &str) {
    let input = json!({ "mail": mail });
    let token = Some(who.session.access.as_str());
    let payload = scene.server.mutate(token, "updateNotificationSettings", "viewer { notificationMail }", input).await;
    assert_eq!((&payload["errors"], &payload["viewer"]["notificationMail"]), (&json!([]), &json!(mail)));
}

fn about_contributions(scene: &Scene, who: &Member) -> Vec<String> {
    let letters = scene.server.all_letters();
    let own = letters.into_iter().filter(|letter| letter.to == who.email);
    own.map(|letter| letter.text).collect()
}

on_both_databases! {
    async fn authors_hear_of_each_decision_and_whoever_made_it_does_not(backend: Backend) {
        let scene = Scene::set(backend).await;
        let submission = scene.claimed(lesson("First")).await;
        let changes = json!({ "submission": submission, "reason": "Say where." });
        scene.does(&scene.moderator, "requestChanges", changes).await;
        scene.does(&scene.author, "submitDraft", json!({ "submission": submission })).await;
        scene.does(&scene.moderator, "claimSubmission", json!({ "submission": submission })).await;
        scene.does(&scene.moderator, "approveSubmission", json!({ "submission": submission })).await;
        let rejected = scene.claimed(lesson("Second")).await;
        scene.does(&scene.moderator, "rejectSubmission", json!({ "submission": rejected, "reason": "No." })).await;
        assert_eq!(kinds(&scene, &scene.author).await, ["REJECTED", "PUBLISHED", "CHANGES_REQUESTED"]);
        let told = inbox(&scene, &scene.author).await;
        assert_eq!(told["unreadNotificationCount"], 3);
        assert_eq!(told["notifications"]["nodes"][0]["submission"]["id"], rejected.as_str());
        assert!(told["notifications"]["nodes"][1]["content"]["id"].is_string());
        for moderator in [&scene.moderator, &scene.other] {
            assert_eq!(kinds(&scene, moderator).await, ["SUBMISSION_WAITING"; 3]);
        }
    }

    async fn authors_hear_what_becomes_of_their_published_content(backend: Backend) {
        let scene = Scene::set(backend).await;
        let content = scene.published(lesson("Told about")).await;
        for mutation in ["hideContent", "restoreContent", "retractContent"] {
            let input = json!({ "id": content, "reason": "the figures were made up" });
            let token = Some(scene.moderator.session.access.as_str());
            let payload = scene.server.mutate(token, mutation, "content { id }", input).await;
            assert_eq!(payload["errors"], json!([]), "{mutation}");
        }
        let told = kinds(&scene, &scene.author).await;
        assert_eq!(told, ["CONTENT_RETRACTED", "CONTENT_RESTORED", "CONTENT_HIDDEN", "PUBLISHED"]);
        assert_eq!(kinds(&scene, &scene.other).await, ["SUBMISSION_WAITING"]);
    }

    async fn moderators_are_not_told_of_their_own_submissions(backend: Backend) {
        let scene = Scene::set(backend).await;
        let draft = json!({ "content": lesson("Own") });
        let draft = id(&scene.does(&scene.moderator, "saveDraft", draft).await);
        scene.does(&scene.moderator, "submitDraft", json!({ "submission": draft })).await;
        assert_eq!(kinds(&scene, &scene.moderator).await, Vec::<String>::new());
        assert_eq!(kinds(&scene, &scene.other).await, ["SUBMISSION_WAITING"]);
        assert_eq!(kinds(&scene, &scene.author).await, Vec::<String>::new());
    }

    async fn safeguarding_is_mailed_to_moderators_at_once_without_a_word_of_it(backend: Backend) {
        let scene = Scene::set(backend).await;
        mail(&scene, &scene.other, "WEEKLY").await;
        scene.submitted(risky("The school of Zora")).await;
        let letter = scene.server.letters(&scene.other.email, 1).await.remove(0);
        assert!(letter.subject.contains("Safeguarding"), "{}", letter.subject);
        assert!(letter.text.contains("safeguarding checks found something"), "{}", letter.text);
        assert!(!letter.text.contains("Zora") && !letter.text.contains("zora@"), "{}", letter.text);
        let content = scene.published(lesson("A quiet town")).await;
        let input = json!({ "id": content, "reason": "SAFEGUARDING", "note": "It shows who she is." });
        let token = Some(scene.author.session.access.as_str());
        scene.server.mutate(token, "flagContent", "flagged", input).await;
        let letter = scene.server.letters(&scene.other.email, 2).await.remove(1);
        assert!(letter.text.contains("flagged for safeguarding"), "{}", letter.text);
        assert!(!letter.text.contains("quiet town") && !letter.text.contains("who she is"), "{}", letter.text);
        // Who wants a letter a week is not written to about the rest.
        let told = kinds(&scene, &scene.other).await;
        assert_eq!(told, ["SAFEGUARDING_FLAG", "SUBMISSION_WAITING", "SAFEGUARDING_FINDINGS"]);
        assert!(!letter.text.contains("waits for review"), "{}", letter.text);
        assert!(about_contributions(&scene, &scene.author).is_empty());
        assert!(!scene.server.logs().contains("zora@") && !scene.server.logs().contains(&scene.other.email));
    }

    async fn letters_go_as_often_as_their_reader_wants_and_each_thing_once(backend: Backend) {
        let mut scene = Scene::set(backend).await;
        mail(&scene, &scene.author, "AT_ONCE").await;
        scene.published(lesson("Written about at once")).await;
        let letters = scene.server.letters(&scene.author.email, 1).await;
        assert!(letters[0].text.contains("“Written about at once” was published"), "{}", letters[0].text);
        mail(&scene, &scene.author, "DAILY").await;
        scene.published(lesson("One of the day")).await;
        scene.published(lesson("Two of the day")).await;
        tokio::time::sleep(std::time::Duration::from_secs(7)).await;
        assert_eq!(about_contributions(&scene, &scene.author).len(), 1, "the day is not over");
        scene.execute("UPDATE notification SET mail_due_at = created_at WHERE mail_due_at IS NOT NULL").await;
        let letters = scene.server.letters(&scene.author.email, 2).await;
        assert!(letters[1].text.contains("“One of the day”") && letters[1].text.contains("“Two of the day”"));
        assert!(!letters[1].text.contains("at once”"), "{}", letters[1].text);
        scene.server.stop().await;
        scene.server.launch().await;
        tokio::time::sleep(std::time::Duration::from_secs(7)).await;
        assert_eq!(about_contributions(&scene, &scene.author).len(), 2, "a restart repeats nothing");
    }

    async fn who_wants_no_letters_and_what_was_read_is_not_mailed(backend: Backend) {
        let scene = Scene::set(backend).await;
        mail(&scene, &scene.moderator, "NEVER").await;
        scene.submitted(risky("Nobody is written to")).await;
        scene.published(lesson("Read before it is mailed")).await;
        assert_eq!(mark(&scene, Some(&scene.author), json!({ "all": true })).await["marked"], 1);
        scene.execute("UPDATE notification SET mail_due_at = created_at WHERE mail_due_at IS NOT NULL").await;
        scene.server.letters(&scene.other.email, 1).await;
        tokio::time::sleep(std::time::Duration::from_secs(6)).await;
        assert!(about_contributions(&scene, &scene.moderator).is_empty());
        assert!(about_contributions(&scene, &scene.author).is_empty());
    }

    async fn a_letter_about_something_that_was_hidden_meanwhile_does_not_name_it(backend: Backend) {
        let scene = Scene::set(backend).await;
        let content = scene.published(lesson("A name that must go")).await;
        let input = json!({ "id": content, "reason": "it shows a child" });
        scene.server.mutate(Some(&scene.moderator.session.access), "hideContent", "content { id }", input).await;
        scene.execute("UPDATE notification SET mail_due_at = created_at WHERE mail_due_at IS NOT NULL").await;
        let letter = scene.server.letters(&scene.author.email, 1).await.remove(0);
        assert!(letter.text.contains("out of sight"), "{}", letter.text);
        assert!(!letter.text.contains("must go") && !letter.text.contains("shows a child"), "{}", letter.text);
    }

    async fn notifications_are_marked_as_read_by_their_owner_alone(backend: Backend) {
        let scene = Scene::set(backend).await;
        scene.published(lesson("First")).await;
        scene.published(lesson("Second")).await;
        let own = inbox(&scene, &scene.author).await["notifications"]["nodes"].clone();
        let foreign = inbox(&scene, &scene.other).await["notifications"]["nodes"][0]["id"].clone();
        let both = mark(&scene, Some(&scene.author), json!({ "ids": [own[0]["id"], foreign] })).await;
        assert_eq!((codes(&both), &both["marked"]), (vec!["NOT_FOUND".to_owned()], &json!(0)));
        assert_eq!(inbox(&scene, &scene.author).await["unreadNotificationCount"], 2, "none was marked");
        let one = mark(&scene, Some(&scene.author), json!({ "ids": [own[0]["id"], own[0]["id"]] })).await;
        assert_eq!((&one["marked"], &one["viewer"]["unreadNotificationCount"]), (&json!(1), &json!(1)));
        let again = mark(&scene, Some(&scene.author), json!({ "ids": [own[0]["id"]] })).await;
        assert_eq!((&again["marked"], &again["errors"]), (&json!(0), &json!([])));
        let unread = "{ viewer { a: notifications(unread: true) { nodes { id } } b: notifications(unread: false) { nodes { id } } } }";
        let data = scene.ask(&scene.author, unread, json!({})).await;
        assert_eq!(data["viewer"]["a"]["nodes"], json!([{ "id": own[1]["id"] }]));
        assert_eq!(data["viewer"]["b"]["nodes"], json!([{ "id": own[0]["id"] }]));
        assert_eq!(inbox(&scene, &scene.other).await["unreadNotificationCount"], 2);
    }

    async fn marking_says_what_is_wrong_with_its_input(backend: Backend) {
        let scene = Scene::set(backend).await;
        scene.published(lesson("First")).await;
        let author = Some(&scene.author);
        assert_eq!(codes(&mark(&scene, author, json!({})).await), ["REQUIRED"]);
        assert_eq!(codes(&mark(&scene, author, json!({ "all": true, "ids": [] })).await), ["INVALID"]);
        let own = inbox(&scene, &scene.author).await["notifications"]["nodes"][0]["id"].clone();
        assert_eq!(mark(&scene, author, json!({ "ids": vec![&own; 101] })).await["marked"], 1, "one, named often");
        let token = Some(scene.author.session.access.as_str());
        let input = json!({ "ids": ["lesson_00000000000000000000000000"] });
        let answer = scene.server.try_mutate(token, "markNotificationsRead", "marked", input).await;
        assert_eq!(answer.codes(), ["WRONG_ID_TYPE"]);
        let answer = scene.server.try_mutate(None, "markNotificationsRead", "marked", json!({ "all": true })).await;
        assert_eq!(answer.codes(), ["UNAUTHENTICATED"]);
    }

    async fn pages_of_notifications_join_up_and_cost_the_same_at_any_length(backend: Backend) {
        let scene = Scene::set(backend).await;
        for number in 0..6 {
            scene.submitted(lesson(&format!("Number {number}"))).await;
        }
        let page = "query ($after: String) { viewer { notifications(first: 4, after: $after) {
            nodes { id } pageInfo { hasNextPage endCursor } } } }";
        let first = scene.ask(&scene.other, page, json!({})).await["viewer"]["notifications"].clone();
        assert_eq!(first["pageInfo"]["hasNextPage"], true);
        let after = json!({ "after": first["pageInfo"]["endCursor"] });
        let second = scene.ask(&scene.other, page, after).await["viewer"]["notifications"].clone();
        assert_eq!(second["pageInfo"]["hasNextPage"], false);
        let mut all = first["nodes"].as_array().unwrap().clone();
        all.extend(second["nodes"].as_array().unwrap().clone());
        assert_eq!(json!(all), json!(inbox(&scene, &scene.other).await["notifications"]["nodes"].as_array().unwrap()
            .iter().map(|one| json!({ "id": one["id"] })).collect::<Vec<_>>()));
        let token = Some(scene.other.session.access.as_str());
        let query = |first: u32| format!("{{ viewer {{ notifications(first: {first}) {{ nodes {{ kind submission {{ title }} content {{ title }} }} }} }} }}");
        let one = scene.server.statements_as(token, &query(1)).await;
        assert_eq!(scene.server.statements_as(token, &query(6)).await, one);
    }
}
