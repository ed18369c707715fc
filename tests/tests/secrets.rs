//! The secrets that the database keeps: encrypted later than they were made, and with another key.

use praxis_tests::{Options, PASSWORD, Server, Told, on_both_databases};
use serde_json::json;

const FIRST: &str = "the first secret key of the operator";
const SECOND: &str = "the second secret key of the operator";

fn keys(server: &Server) -> Vec<String> {
    let told: Told = server.run(&["doctor"]).into();
    let lines = told.output.lines().filter(|line| line.split_whitespace().nth(1) == Some("keys"));
    lines.map(str::to_owned).collect()
}

fn seal(server: &Server) -> Told {
    server.run(&["keys", "seal"]).into()
}

on_both_databases! {
    async fn an_operator_encrypts_secrets_later_and_changes_the_key(backend: Backend) {
        // Each process listens elsewhere, and the tokens are to go on.
        let options = || Options::empty(backend).with("PRAXIS_TOKEN_ISSUER", "https://praxis.example.org");
        // The data of SQLite are where the first one began.
        let mut began = Server::start(options()).await;
        let server = &began;
        let member = server.member("ana@example.org", &[]).await;
        let token = Some(member.session.access.as_str());
        server.mutate(token, "enrolTotp", "secret", json!({ "password": PASSWORD })).await;
        let search = json!({ "name": "Score cards", "query": "score card", "mail": "NEVER" });
        server.mutate(token, "saveSearch", "savedSearch { id }", search).await;

        let told = seal(server);
        assert!(told.code == Some(1) && told.errors.contains("set PRAXIS_SECRET_KEY"), "{told:?}");
        assert!(keys(server).iter().any(|line| line.contains("as they are")), "{:?}", keys(server));
        began.stop().await;

        let first = || options().with("PRAXIS_SECRET_KEY", FIRST);
        let both = || options().with("PRAXIS_SECRET_KEY", SECOND).with("PRAXIS_PREVIOUS_SECRET_KEY", FIRST);
        for (with, without) in [(first(), first()), (both(), options().with("PRAXIS_SECRET_KEY", SECOND))] {
            let mut server = began.start_beside(with).await;
            let outdated = keys(&server).into_iter().find(|line| line.contains("run `praxis keys seal`"));
            let outdated = outdated.expect("the doctor says that something is to be done");
            assert!(outdated.contains("1 signing keys, 1 second factors and 1 addresses"), "{outdated}");
            let told = seal(&server);
            assert!(told.output.contains("encrypted 1 signing keys, 1 second factors and 1 addresses"), "{told:?}");
            let told = seal(&server);
            assert!(told.output.contains("encrypted 0 signing keys, 0 second factors and 0 addresses"), "{told:?}");
            assert!(!keys(&server).iter().any(|line| line.contains("keys seal")), "{:?}", keys(&server));

            // Without the previous key everything goes on: tokens, and the secret in the address of a feed.
            server.stop().await;
            let mut server = began.start_beside(without).await;
            let query = "{ viewer { email savedSearches { feedUrl } } }";
            let answer = server.ask_as(token, query, json!({})).await;
            let data = answer.data();
            assert_eq!(data["viewer"]["email"], "ana@example.org");
            let address = data["viewer"]["savedSearches"][0]["feedUrl"].as_str().unwrap();
            let path = &address[address.find("/feeds/").unwrap()..];
            assert_eq!(server.get(path, &[]).await.status, 200);
            server.stop().await;
        }
    }
}
