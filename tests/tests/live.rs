//! What is told live: delivery, filters, visibility, and the end of an authority, over WebSockets and server-sent events.

use std::time::Duration;

use praxis_tests::{EventStream, Item, Member, Options, PASSWORD, Server, Socket, on_both_databases};
use serde_json::{Value, json};

const CHANGED: &str = "subscription { contentChanged { type kind revision content { slug title } } }";

fn lesson(slug: &str, more: Value) -> Item {
    Item::new("lesson", slug, "A lesson", more)
}

fn document(title: &str) -> Value {
    json!({ "lesson": { "title": title, "language": "en", "kind": "BOTTLENECK", "factor": "FUNDING" } })
}

/// Decides on content by the command line.
#[track_caller]
fn decide(server: &Server, decision: &str, address: &str) {
    let output = server.run(&["content", decision, address, "--reason", "a reason"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Waits until a subscription that was just begun has its place.
async fn listening(events: &mut EventStream) {
    assert_eq!(events.status, 200);
    assert_eq!(events.media, "text/event-stream");
    tokio::time::sleep(Duration::from_millis(600)).await;
}

async fn submission(server: &Server, who: &Member, mutation: &str, input: Value) -> String {
    let payload = server
        .mutate(Some(&who.session.access), mutation, "submission { id }", input)
        .await;
    assert_eq!(payload["errors"], json!([]), "{mutation}: {payload:#}");
    payload["submission"]["id"].as_str().unwrap().to_owned()
}

/// The type and the slug of the next change.
async fn change(socket: &mut Socket, id: &str) -> (String, Value) {
    let data = socket.data(id).await;
    let change = &data["contentChanged"];
    (
        change["type"].as_str().unwrap().to_owned(),
        change["content"]["slug"].clone(),
    )
}

on_both_databases! {
    async fn a_change_is_told_as_it_happens_over_a_websocket_and_as_an_event(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let mut socket = server.socket(None).await;
        socket.listen("a", "subscription { contentChanged { content { title slug } type cursor occurredAt id } }").await;
        let mut events = server.events(None, CHANGED).await;
        listening(&mut events).await;

        server.import(&[lesson("first", json!({}))]);
        let data = socket.data("a").await;
        let told = &data["contentChanged"];
        assert_eq!(told["type"], "PUBLISHED");
        assert_eq!(told["content"], json!({ "title": "A lesson", "slug": "first" }));
        let order: Vec<&String> = told.as_object().unwrap().keys().collect();
        assert_eq!(order, ["content", "type", "cursor", "occurredAt", "id"], "in the order of the selection");
        let first = json!({ "contentChanged": { "type": "PUBLISHED", "kind": "LESSON", "revision": 1, "content": { "slug": "first", "title": "A lesson" } } });
        assert_eq!(events.data().await, first);

        // The cursor is one of `changes`, and of a later subscription.
        server.import(&[lesson("second", json!({})), lesson("third", json!({}))]);
        let cursor = told["cursor"].as_str().unwrap();
        let later = server.query(&format!("{{ changes(after: \"{cursor}\") {{ nodes {{ content {{ slug }} }} }} }}")).await;
        assert_eq!(later.data()["changes"]["nodes"].as_array().unwrap().len(), 2);
        let mut again = server.socket(None).await;
        again.subscribe("b", &format!("subscription {{ contentChanged(after: \"{cursor}\") {{ type content {{ slug }} }} }}")).await;
        assert_eq!(change(&mut again, "b").await.1, "second");
        assert_eq!(change(&mut again, "b").await.1, "third");
        server.import(&[lesson("fourth", json!({}))]);
        assert_eq!(change(&mut again, "b").await.1, "fourth");
    }

    async fn every_change_of_a_large_import_is_told_once_and_in_order(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let mut socket = server.socket(None).await;
        socket.listen("a", CHANGED).await;
        let slugs: Vec<String> = (0..450).map(|number| format!("lesson-{number:04}")).collect();
        let items: Vec<Item> = slugs.iter().map(|slug| lesson(slug, json!({}))).collect();
        server.import(&items);
        for slug in &slugs {
            assert_eq!(change(&mut socket, "a").await.1, *slug);
        }
        socket.is_quiet().await;
    }

    async fn only_what_was_asked_for_is_told(backend: Backend) {
        let server = Server::start(Options::sample(backend)).await;
        let broader = server.query("{ themes { slug broader { slug } } }").await;
        let narrow = broader.data()["themes"].as_array().unwrap().iter().find(|theme| theme["broader"] != Value::Null).unwrap().clone();
        let (narrow, wide) = (narrow["slug"].as_str().unwrap(), narrow["broader"]["slug"].as_str().unwrap());
        let mut socket = server.socket(None).await;
        let ask = |arguments: &str| format!("subscription {{ contentChanged({arguments}) {{ type content {{ slug }} }} }}");
        socket.subscribe("kind", &ask("kinds: [RESOURCE]")).await;
        socket.subscribe("theme", &ask(&format!("themes: [\"{wide}\"]"))).await;
        socket.subscribe("country", &ask("countries: [\"NP\"], kinds: [LESSON, RESOURCE]")).await;
        socket.listen("both", &ask(&format!("countries: [\"NP\"], themes: [\"{wide}\"]"))).await;

        server.import(&[lesson("by-theme", json!({ "themes": [narrow], "countries": ["KE"] }))]);
        assert_eq!(change(&mut socket, "theme").await, ("PUBLISHED".to_owned(), json!("by-theme")));
        server.import(&[Item::new("resource", "by-kind", "A resource", json!({ "countries": ["ZM"] }))]);
        assert_eq!(change(&mut socket, "kind").await.1, "by-kind");
        server.import(&[lesson("by-country", json!({ "countries": ["ZM", "NP"] }))]);
        assert_eq!(change(&mut socket, "country").await.1, "by-country");
        // Who knew an item by its theme hears that it lost it, and no more after that.
        server.import(&[lesson("by-theme", json!({ "countries": ["KE"] }))]);
        assert_eq!(change(&mut socket, "theme").await, ("UPDATED".to_owned(), json!("by-theme")));
        server.import(&[lesson("by-theme", json!({ "countries": ["ZM"] }))]);
        socket.is_quiet().await;

        for (wrong, code) in [
            ("themes: [\"no-such-theme\"]", "UNKNOWN_THEME"),
            ("countries: [\"XX\"]", "UNKNOWN_COUNTRY"),
            ("after: \"nonsense\"", "INVALID_CURSOR"),
        ] {
            socket.subscribe("wrong", &ask(wrong)).await;
            assert_eq!(socket.refused("wrong").await, code);
        }
    }

    async fn what_is_hidden_or_erased_is_told_without_its_content(backend: Backend) {
        let server = Server::start(Options::sample(backend)).await;
        let theme = server.query("{ themes { slug } }").await.data()["themes"][0]["slug"].as_str().unwrap().to_owned();
        server.import(&[
            lesson("secret", json!({ "themes": [theme] })),
            lesson("withdrawn", json!({ "themes": [theme] })),
        ]);
        let moderator = server.member("moderator@example.org", &["moderator"]).await;
        let ask = format!("subscription {{ contentChanged(themes: [\"{theme}\"]) {{ type id content {{ slug title }} }} }}");
        let mut anyone = server.socket(None).await;
        anyone.listen("a", &ask).await;
        let mut moderates = server.socket(Some(&moderator.session.access)).await;
        moderates.listen("m", &ask).await;

        decide(&server, "hide", "lesson/secret");
        let hidden = anyone.data("a").await["contentChanged"].clone();
        assert_eq!((&hidden["type"], &hidden["content"]), (&json!("HIDDEN"), &Value::Null));
        let seen = moderates.data("m").await["contentChanged"].clone();
        assert_eq!(seen["content"]["slug"], "secret", "who decides on it may look at it");
        decide(&server, "restore", "lesson/secret");
        assert_eq!(change(&mut anyone, "a").await, ("RESTORED".to_owned(), json!("secret")));
        decide(&server, "retract", "lesson/withdrawn");
        assert_eq!(change(&mut anyone, "a").await, ("RETRACTED".to_owned(), json!("withdrawn")));
        // Nobody can tell any more which themes it had, so all hear of it.
        decide(&server, "erase", "lesson/secret");
        let erased = anyone.data("a").await["contentChanged"].clone();
        assert_eq!((&erased["type"], &erased["content"]), (&json!("ERASED"), &Value::Null));
        assert_eq!(erased["id"], hidden["id"]);
    }

    async fn a_submission_is_told_to_its_author_and_to_moderators_and_to_nobody_else(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let author = server.member("author@example.org", &[]).await;
        let other = server.member("other@example.org", &[]).await;
        let moderator = server.member("moderator@example.org", &["moderator"]).await;
        let ask = "subscription { submissionChanged { title status claimedBy { displayName } } }";
        let mut own = server.socket(Some(&author.session.access)).await;
        own.listen("s", ask).await;
        let mut others = server.socket(Some(&other.session.access)).await;
        others.listen("s", ask).await;
        let mut moderates = server.socket(Some(&moderator.session.access)).await;
        moderates.listen("s", ask).await;
        let mut events = server.events(Some(&author.session.access), ask).await;
        listening(&mut events).await;
        let status = |data: Value| data["submissionChanged"]["status"].as_str().unwrap().to_owned();

        let draft = submission(&server, &author, "saveDraft", json!({ "content": document("Mine") })).await;
        assert_eq!(own.data("s").await["submissionChanged"], json!({ "title": "Mine", "status": "DRAFT", "claimedBy": null }));
        assert_eq!(status(events.data().await), "DRAFT");
        submission(&server, &author, "submitDraft", json!({ "submission": draft })).await;
        assert_eq!(status(own.data("s").await), "SUBMITTED");
        assert_eq!(status(moderates.data("s").await), "SUBMITTED", "a draft is its author's alone");
        submission(&server, &moderator, "claimSubmission", json!({ "submission": draft })).await;
        assert_eq!(own.data("s").await["submissionChanged"]["claimedBy"]["displayName"], "Somebody");
        assert_eq!(status(moderates.data("s").await), "IN_REVIEW");
        submission(&server, &moderator, "approveSubmission", json!({ "submission": draft })).await;
        assert_eq!(status(own.data("s").await), "PUBLISHED");
        assert_eq!(status(moderates.data("s").await), "PUBLISHED");

        let second = submission(&server, &author, "saveDraft", json!({ "content": document("Taken back") })).await;
        assert_eq!(status(own.data("s").await), "DRAFT");
        submission(&server, &author, "submitDraft", json!({ "submission": second })).await;
        assert_eq!(status(own.data("s").await), "SUBMITTED");
        assert_eq!(status(moderates.data("s").await), "SUBMITTED");
        submission(&server, &author, "withdrawSubmission", json!({ "submission": second })).await;
        assert_eq!(status(own.data("s").await), "WITHDRAWN");
        moderates.is_quiet().await;
        others.is_quiet().await;

        let mut nobody = server.socket(None).await;
        nobody.subscribe("s", ask).await;
        assert_eq!(nobody.refused("s").await, "UNAUTHENTICATED");
        let mut nobody = server.events(None, ask).await;
        let (name, refused) = nobody.next().await.unwrap();
        assert_eq!((name.as_str(), &refused["errors"][0]["extensions"]["code"]), ("next", &json!("UNAUTHENTICATED")));
        assert_eq!(nobody.next().await.unwrap().0, "complete");
        assert_eq!(nobody.next().await, None);
    }

    async fn what_an_erasure_does_to_a_submission_is_told_too(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        server.import(&[lesson("known", json!({}))]);
        let content = server.query("{ content(kind: LESSON, slug: \"known\") { id } }").await.data()["content"]["id"].clone();
        let author = server.member("author@example.org", &[]).await;
        submission(&server, &author, "saveDraft", json!({ "target": content, "baseRevision": 1, "content": document("With a name") })).await;
        let mut own = server.socket(Some(&author.session.access)).await;
        own.listen("s", "subscription { submissionChanged { title status } }").await;
        decide(&server, "erase", "lesson/known");
        assert_eq!(own.data("s").await["submissionChanged"], json!({ "title": "Erased", "status": "WITHDRAWN" }));
    }

    async fn a_stream_ends_with_its_session(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let member = server.member("member@example.org", &[]).await;
        let token = Some(member.session.access.as_str());
        let mut socket = server.socket(token).await;
        socket.listen("a", CHANGED).await;
        let mut events = server.events(token, CHANGED).await;
        listening(&mut events).await;
        let mut nobody = server.socket(None).await;
        nobody.listen("a", CHANGED).await;

        let answer = server.ask_as(token, "mutation { signOutEverywhere { errors { code } } }", json!({})).await;
        assert!(answer.codes().is_empty(), "{:#}", answer.body);
        let (code, reason) = socket.closed().await;
        assert_eq!(code, 4403);
        assert!(reason.contains("sign in again"), "{reason}");
        let (_, refused) = events.next().await.unwrap();
        assert_eq!(refused["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
        assert_eq!(events.next().await.unwrap().0, "complete");
        server.import(&[lesson("after", json!({}))]);
        assert_eq!(change(&mut nobody, "a").await.1, "after", "others go on");

        // Who signs out over the socket itself is answered before it closes.
        let third = server.sign_in("member@example.org", PASSWORD).await["accessToken"].as_str().unwrap().to_owned();
        let mut socket = server.socket(Some(&third)).await;
        socket.subscribe("m", "mutation { signOutEverywhere { errors { code } } }").await;
        assert_eq!(socket.data("m").await, json!({ "signOutEverywhere": { "errors": [] } }));
        assert_eq!(socket.closed().await.0, 4403);

        // A change of the password ends them too, and a role that another process gives or takes.
        let again = server.sign_in("member@example.org", PASSWORD).await["accessToken"].as_str().unwrap().to_owned();
        let elsewhere = server.sign_in("member@example.org", PASSWORD).await["accessToken"].as_str().unwrap().to_owned();
        let mut socket = server.socket(Some(&elsewhere)).await;
        let input = json!({ "password": PASSWORD, "newPassword": "quite another long phrase" });
        let changed = server.mutate(Some(&again), "changePassword", "viewer { id }", input).await;
        assert_eq!(changed["errors"], json!([]), "{changed:#}");
        assert_eq!(socket.closed().await.0, 4403);
        let other = server.member("other@example.org", &[]).await;
        let mut socket = server.socket(Some(&other.session.access)).await;
        let output = server.run(&["user", "promote", "--email", "other@example.org", "--role", "moderator"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let (code, reason) = socket.closed().await;
        assert_eq!(code, 4403);
        assert!(reason.contains("refreshSession"), "{reason}");
    }

    async fn a_stream_ends_with_its_access_token(backend: Backend) {
        let server = Server::start(Options::empty(backend).with("PRAXIS_ACCESS_TOKEN_SECONDS", "5")).await;
        let member = server.member("member@example.org", &[]).await;
        let mut socket = server.socket(Some(&member.session.access)).await;
        socket.subscribe("a", CHANGED).await;
        let (code, reason) = socket.closed().await;
        assert_eq!(code, 4403);
        assert!(reason.contains("expired"), "{reason}");
    }

    async fn what_one_process_writes_the_other_tells(backend: Backend) {
        let options = || Options::empty(backend).with("PRAXIS_PUBLIC_URL", "http://praxis.example.org");
        let one = Server::start(options()).await;
        let two = one.start_beside(options()).await;
        let author = one.member("author@example.org", &[]).await;
        let moderator = two.member("moderator@example.org", &["moderator"]).await;
        let mut changes = one.socket(None).await;
        changes.listen("c", CHANGED).await;
        let mut submissions = one.socket(Some(&moderator.session.access)).await;
        submissions.listen("s", "subscription { submissionChanged { status } }").await;

        let draft = submission(&two, &author, "saveDraft", json!({ "content": document("From elsewhere") })).await;
        submission(&two, &author, "submitDraft", json!({ "submission": draft })).await;
        submission(&two, &moderator, "claimSubmission", json!({ "submission": draft })).await;
        submission(&two, &moderator, "approveSubmission", json!({ "submission": draft })).await;
        for expected in ["SUBMITTED", "IN_REVIEW", "PUBLISHED"] {
            // It is told as it is by then, which may be later than the change.
            let told = submissions.data("s").await["submissionChanged"]["status"].as_str().unwrap().to_owned();
            assert!(["SUBMITTED", "IN_REVIEW", "PUBLISHED"].contains(&told.as_str()), "{expected}: {told}");
        }
        submissions.is_quiet().await;
        assert_eq!(change(&mut changes, "c").await, ("PUBLISHED".to_owned(), json!("from-elsewhere")));

        // Both write at the same time, and nothing is lost or told twice.
        let bundle = |server: &Server, name: &str| {
            let items: Vec<Item> = (0..60).map(|number| lesson(&format!("{name}-{number}"), json!({}))).collect();
            server.import(&items);
        };
        std::thread::scope(|scope| {
            for part in 0..3 {
                let (one, two) = (&one, &two);
                scope.spawn(move || bundle(one, &format!("one-{part}")));
                scope.spawn(move || bundle(two, &format!("two-{part}")));
            }
        });
        let mut told = Vec::new();
        while told.len() < 360 {
            told.push(change(&mut changes, "c").await.1.as_str().unwrap().to_owned());
        }
        changes.is_quiet().await;
        told.sort();
        told.dedup();
        assert_eq!(told.len(), 360);

        let answer = two.ask_as(Some(&moderator.session.access), "mutation { signOutEverywhere { errors { code } } }", json!({})).await;
        assert!(answer.codes().is_empty(), "{:#}", answer.body);
        assert_eq!(submissions.closed().await.0, 4403);
    }
}
