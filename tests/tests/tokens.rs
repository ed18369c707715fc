//! Access tokens: the published keys verify them, and nothing else is accepted.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use praxis_tests::{Backend, Member, Options, Server, on_both_databases};
use reqwest::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use serde_json::{Value, json};

const QUERY: &str = "{ viewer { id } themes { slug } }";

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn message(header: &Value, claims: &Value) -> String {
    [header, claims]
        .map(|part| URL_SAFE_NO_PAD.encode(part.to_string()))
        .join(".")
}

fn sign(header: &Value, claims: &Value, key: &SigningKey) -> String {
    let message = message(header, claims);
    let signature = URL_SAFE_NO_PAD.encode(key.sign(message.as_bytes()).to_bytes());
    format!("{message}.{signature}")
}

async fn start(backend: Backend) -> (Server, Member) {
    let server = Server::start(Options::empty(backend).with("PRAXIS_ACCESS_TOKEN_SECONDS", "8")).await;
    let member = server.member("ana@example.org", &[]).await;
    (server, member)
}

on_both_databases! {
    async fn the_published_keys_verify_a_token(backend: Backend) {
        let (server, member) = start(backend).await;
        let token = &member.session.access;
        let answer = server.client.get(format!("{}/.well-known/jwks.json", server.url)).send().await.unwrap();
        assert_eq!(answer.headers()["cache-control"], "public, max-age=300");
        let keys: Value = answer.json().await.unwrap();
        let header = part(token, 0);
        assert_eq!((&header["alg"], &header["typ"]), (&json!("EdDSA"), &json!("at+jwt")));
        let keys = keys["keys"].as_array().unwrap();
        let key = keys.iter().find(|key| key["kid"] == header["kid"]).unwrap();
        assert_eq!((&key["kty"], &key["crv"], &key["use"]), (&json!("OKP"), &json!("Ed25519"), &json!("sig")));
        assert!(key.get("d").is_none());
        let public = URL_SAFE_NO_PAD.decode(key["x"].as_str().unwrap()).unwrap();
        let public = VerifyingKey::from_bytes(&public.try_into().unwrap()).unwrap();
        let (message, signature) = token.rsplit_once('.').unwrap();
        let signature = Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
        public.verify(message.as_bytes(), &signature).unwrap();
        let claims = part(token, 1);
        assert_eq!(claims["iss"], server.url);
        assert_eq!(claims["aud"], format!("{}/graphql", server.url));
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 8);
        assert!(!claims.to_string().contains("ana@"), "{claims}");
    }
}

#[tokio::test]
async fn what_is_not_a_valid_token_is_refused_and_never_taken_for_nobody() {
    let (server, member) = start(Backend::Sqlite).await;
    let good = member.session.access.clone();
    let (header, claims) = (part(&good, 0), part(&good, 1));
    let with = |part: &Value, name: &str, value: Value| {
        let mut part = part.clone();
        part[name] = value;
        part
    };
    let stranger = SigningKey::from_bytes(&[7; 32]);
    let (signed_part, signature) = good.rsplit_once('.').unwrap();
    let none = with(&header, "alg", json!("none"));
    let promoted = with(&claims, "roles", json!(["ADMIN"]));
    let tokens = [
        // Forged: by another key, and with another content under the old signature.
        sign(&header, &claims, &stranger),
        format!("{}.{signature}", message(&header, &promoted)),
        // Without a signature, in each way to write that.
        format!("{}.", message(&none, &promoted)),
        message(&none, &promoted),
        format!("{}.{signature}", message(&none, &claims)),
        format!("{signed_part}."),
        // By a key that is not ours, named as it likes.
        sign(&with(&header, "kid", json!("stranger")), &claims, &stranger),
        sign(&with(&header, "kid", json!("../../etc/passwd")), &claims, &stranger),
        sign(
            &with(
                &header,
                "jwk",
                json!({ "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(stranger.verifying_key()) }),
            ),
            &claims,
            &stranger,
        ),
        sign(
            &with(&header, "jku", json!("https://elsewhere.example.org/keys")),
            &claims,
            &stranger,
        ),
        sign(
            &header,
            &with(&claims, "aud", json!("https://elsewhere.example.org")),
            &stranger,
        ),
        // Other tokens.
        member.session.refresh.clone(),
        String::new(),
        "nonsense".to_owned(),
        "a.b.c".to_owned(),
        "x".repeat(6000),
    ];
    for token in &tokens {
        let answer = server.ask_as(Some(token), QUERY, json!({})).await;
        assert_eq!(
            (answer.status, answer.codes()),
            (401, vec!["UNAUTHENTICATED"]),
            "{token}"
        );
        assert!(answer.body.get("data").is_none());
    }
    for header in ["Basic YW5hOmFuYQ==", "Bearer", &format!("Token {good}"), &good] {
        let request = server
            .client
            .post(format!("{}/graphql", server.url))
            .header(AUTHORIZATION, header);
        let answer = request.json(&json!({ "query": QUERY })).send().await.unwrap();
        assert_eq!(answer.status(), 401, "{header}");
        assert!(
            answer.headers()[WWW_AUTHENTICATE]
                .to_str()
                .unwrap()
                .starts_with("Bearer")
        );
    }
    // A GET is held to the same.
    let address = format!("{}/graphql?query={{themes{{slug}}}}", server.url);
    let refused = server
        .client
        .get(&address)
        .bearer_auth(&tokens[0])
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 401);
    let accepted = server.client.get(&address).bearer_auth(&good).send().await.unwrap();
    assert_eq!(accepted.status(), 200);
}

#[tokio::test]
async fn a_token_expires() {
    let (server, member) = start(Backend::Sqlite).await;
    server
        .ask_as(Some(&member.session.access), QUERY, json!({}))
        .await
        .data();
    tokio::time::sleep(std::time::Duration::from_secs(9)).await;
    let answer = server.ask_as(Some(&member.session.access), QUERY, json!({})).await;
    assert_eq!((answer.status, answer.codes()), (401, vec!["UNAUTHENTICATED"]));
    assert!(
        answer.body["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("expired"),
        "{:?}",
        answer.body
    );
}

#[tokio::test]
async fn a_verified_request_asks_the_database_nothing_for_its_token() {
    let (server, member) = start(Backend::Sqlite).await;
    let mut least = f64::MAX;
    for _ in 0..8 {
        let before = server.metric("praxis_database_statements_total").await;
        let answer = server
            .ask_as(Some(&member.session.access), "{ themes { slug } }", json!({}))
            .await;
        let after = server.metric("praxis_database_statements_total").await;
        if answer.status == 200 {
            least = least.min(after - before);
        }
    }
    assert_eq!(least, 0.0);
}
