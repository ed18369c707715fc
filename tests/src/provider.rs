//! A small OpenID Connect provider on this machine, which signs whoever comes in and can be told to misbehave.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use aws_lc_rs::{hmac, rsa, signature};
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use crate::visitor::challenge;

/// The client that is registered.
pub const CLIENT_ID: &str = "praxis client";
/// Its secret.
pub const CLIENT_SECRET: &str = "the client's secret: ä%+";

/// A key that the provider signs with.
pub struct SigningKey {
    kid: String,
    algorithm: &'static str,
    pair: Pair,
}

enum Pair {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
    Rsa(rsa::KeyPair),
}

impl SigningKey {
    /// A new key with this id for this algorithm: `EdDSA`, `ES256`, `RS256` or `PS256`.
    pub fn new(kid: &str, algorithm: &'static str) -> Self {
        let pair = match algorithm {
            "EdDSA" => Pair::Ed25519(Ed25519KeyPair::generate().expect("there is randomness")),
            "ES256" => {
                Pair::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("there is randomness"))
            }
            _ => Pair::Rsa(rsa::KeyPair::generate(rsa::KeySize::Rsa2048).expect("there is randomness")),
        };
        Self {
            kid: kid.to_owned(),
            algorithm,
            pair,
        }
    }

    /// The key as it is published.
    pub fn published(&self) -> Value {
        let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut key = match &self.pair {
            Pair::Ed25519(pair) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": encoded(pair.public_key().as_ref()) })
            }
            Pair::P256(pair) => {
                // An uncompressed point: 4, x, y.
                let point = pair.public_key().as_ref();
                json!({ "kty": "EC", "crv": "P-256", "x": encoded(&point[1..33]), "y": encoded(&point[33..]) })
            }
            Pair::Rsa(pair) => {
                let (modulus, exponent) = rsa_components(pair.public_key().as_ref());
                json!({ "kty": "RSA", "n": encoded(modulus), "e": encoded(exponent) })
            }
        };
        key["kid"] = json!(self.kid);
        key["use"] = json!("sig");
        key["alg"] = json!(self.algorithm);
        key
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.pair {
            Pair::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Pair::P256(pair) => {
                let signed = pair.sign(&SystemRandom::new(), message).expect("it can be signed");
                signed.as_ref().to_vec()
            }
            Pair::Rsa(pair) => {
                let padding: &'static dyn signature::RsaEncoding = match self.algorithm {
                    "PS256" => &signature::RSA_PSS_SHA256,
                    _ => &signature::RSA_PKCS1_SHA256,
                };
                let mut signed = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &SystemRandom::new(), message, &mut signed)
                    .expect("it can be signed");
                signed
            }
        }
    }
}

/// Modulus and exponent of a public key in DER: a sequence of two integers (RFC 8017, appendix A.1.1).
fn rsa_components(der: &[u8]) -> (&[u8], &[u8]) {
    fn element(der: &[u8]) -> (&[u8], &[u8]) {
        let (length, begin) = match der[1] {
            short if short < 128 => (usize::from(short), 2),
            long => {
                let bytes = usize::from(long - 128);
                let length = der[2..2 + bytes]
                    .iter()
                    .fold(0, |sum, byte| sum * 256 + usize::from(*byte));
                (length, 2 + bytes)
            }
        };
        der[begin..].split_at(length)
    }
    let (sequence, _) = element(der);
    let (modulus, rest) = element(sequence);
    let (exponent, _) = element(rest);
    (modulus.strip_prefix(&[0]).unwrap_or(modulus), exponent)
}

/// How a statement is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signing {
    /// As it should be.
    Rightly,
    /// Not at all, with the algorithm `none`.
    Unsigned,
    /// With the client's secret, which the client has as well.
    WithSecret,
    /// With the public key as a secret, which everybody has.
    WithPublicKey,
    /// With a signature of something else.
    Wrongly,
}

/// How the provider behaves.
pub struct Conduct {
    /// What it signs with.
    pub key: SigningKey,
    /// The keys that it publishes.
    pub published: Vec<Value>,
    /// How it signs.
    pub signing: Signing,
    /// Other values in its discovery document.
    pub discovery: Value,
    /// Other values in its statements; null leaves one out.
    pub claims: Value,
    /// What `userinfo` tells.
    pub userinfo: Value,
    /// Other values in the header of its statements.
    pub header: Value,
    /// With what it sends the browser back instead of a code.
    pub error: Option<String>,
    /// Other parameters with which it sends the browser back.
    pub back: Vec<(String, String)>,
    /// What the token endpoint answers instead of tokens.
    pub token_error: Option<(u16, String)>,
    /// How long the token endpoint takes.
    pub delay: Duration,
    /// Whether clients show a secret.
    pub confidential: bool,
}

/// What is remembered for a code.
#[derive(Clone)]
struct Grant {
    nonce: String,
    challenge: String,
    redirect_uri: String,
}

struct Shared {
    issuer: String,
    conduct: Mutex<Conduct>,
    grants: Mutex<HashMap<String, Grant>>,
    issued: Mutex<Vec<String>>,
    asked: Mutex<Vec<String>>,
}

/// A running provider. Dropping it ends it.
pub struct Provider {
    /// Its issuer.
    pub issuer: String,
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

impl Provider {
    /// Starts a provider that knows one person, whose address it has verified.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .expect("there is a port");
        let issuer = format!("http://{}", listener.local_addr().expect("it has an address"));
        let key = SigningKey::new("first", "ES256");
        let conduct = Conduct {
            published: vec![key.published()],
            key,
            signing: Signing::Rightly,
            discovery: json!({}),
            claims: json!({ "sub": "rosa-at-the-provider", "email": "rosa@example.org", "email_verified": true, "name": "Rosa Q." }),
            userinfo: json!({}),
            header: json!({}),
            error: None,
            back: Vec::new(),
            token_error: None,
            delay: Duration::ZERO,
            confidential: true,
        };
        let shared = Arc::new(Shared {
            issuer: issuer.clone(),
            conduct: Mutex::new(conduct),
            grants: Mutex::default(),
            issued: Mutex::default(),
            asked: Mutex::default(),
        });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .route("/keys", get(keys))
            .with_state(shared.clone());
        let task = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("it serves");
        });
        Self { issuer, shared, task }
    }

    /// Changes how it behaves from now on.
    pub fn change(&self, change: impl FnOnce(&mut Conduct)) {
        change(&mut self.shared.conduct.lock().expect("nobody panicked"));
    }

    /// Changes what it states about whoever comes.
    pub fn state(&self, name: &str, value: Value) {
        self.change(|conduct| conduct.claims[name] = value);
    }

    /// Every token that it issued so far, and every code.
    pub fn issued(&self) -> Vec<String> {
        self.shared.issued.lock().expect("nobody panicked").clone()
    }

    /// How often this path was asked.
    pub fn asked(&self, path: &str) -> usize {
        let asked = self.shared.asked.lock().expect("nobody panicked");
        asked.iter().filter(|known| *known == path).count()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn note(&self, path: &str) {
        self.asked.lock().expect("nobody panicked").push(path.to_owned());
    }

    fn random(&self, prefix: &str) -> String {
        let text = format!("{prefix}{}", uuid::Uuid::new_v4().simple());
        self.issued.lock().expect("nobody panicked").push(text.clone());
        text
    }

    /// A statement about the person.
    fn statement(&self, nonce: &str) -> String {
        let conduct = self.conduct.lock().expect("nobody panicked");
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("the clock is set")
            .as_secs();
        let claims = merged(
            json!({ "iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": nonce }),
            &conduct.claims,
        );
        let algorithm = match conduct.signing {
            Signing::Unsigned => "none",
            Signing::WithSecret | Signing::WithPublicKey => "HS256",
            Signing::Rightly | Signing::Wrongly => conduct.key.algorithm,
        };
        let header = merged(
            json!({ "alg": algorithm, "kid": conduct.key.kid, "typ": "JWT" }),
            &conduct.header,
        );
        let encoded = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", encoded(&header), encoded(&claims));
        let with = |secret: &[u8]| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
            hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
        };
        let signed = match conduct.signing {
            Signing::Unsigned => Vec::new(),
            Signing::WithSecret => with(CLIENT_SECRET.as_bytes()),
            Signing::WithPublicKey => with(conduct.key.published().to_string().as_bytes()),
            Signing::Rightly => conduct.key.sign(message.as_bytes()),
            Signing::Wrongly => conduct.key.sign(b"something else"),
        };
        let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(signed));
        self.issued.lock().expect("nobody panicked").push(token.clone());
        token
    }
}

/// An object with other values; null leaves one out.
fn merged(object: Value, changes: &Value) -> Value {
    let mut fields: Map<String, Value> = object.as_object().expect("it is an object").clone();
    for (name, value) in changes.as_object().expect("they are an object") {
        if value.is_null() {
            fields.remove(name);
        } else {
            fields.insert(name.clone(), value.clone());
        }
    }
    Value::Object(fields)
}

async fn discovery(State(shared): State<Arc<Shared>>) -> Json<Value> {
    shared.note("discovery");
    let issuer = &shared.issuer;
    let conduct = shared.conduct.lock().expect("nobody panicked");
    let methods = match conduct.confidential {
        true => json!(["client_secret_basic", "client_secret_post"]),
        false => json!(["none"]),
    };
    Json(merged(
        json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize?tenant=one"),
            "token_endpoint": format!("{issuer}/token"),
            "userinfo_endpoint": format!("{issuer}/userinfo"),
            "jwks_uri": format!("{issuer}/keys"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["none", "HS256", "ES256", "EdDSA", "RS256", "PS256"],
            "token_endpoint_auth_methods_supported": methods,
            "code_challenge_methods_supported": ["S256"],
        }),
        &conduct.discovery,
    ))
}

async fn keys(State(shared): State<Arc<Shared>>) -> Json<Value> {
    shared.note("keys");
    let conduct = shared.conduct.lock().expect("nobody panicked");
    Json(json!({ "keys": conduct.published }))
}

async fn authorize(State(shared): State<Arc<Shared>>, Query(asked): Query<HashMap<String, String>>) -> Response {
    shared.note("authorize");
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("code_challenge_method", "S256"),
        ("tenant", "one"),
    ] {
        if asked.get(name).map(String::as_str) != Some(value) {
            return (StatusCode::BAD_REQUEST, format!("{name} must be {value}: {asked:?}")).into_response();
        }
    }
    let grant = Grant {
        nonce: asked["nonce"].clone(),
        challenge: asked["code_challenge"].clone(),
        redirect_uri: asked["redirect_uri"].clone(),
    };
    let mut back: reqwest::Url = grant.redirect_uri.parse().expect("it is an address");
    let conduct = shared.conduct.lock().expect("nobody panicked");
    back.query_pairs_mut().append_pair("state", &asked["state"]);
    for (name, value) in &conduct.back {
        back.query_pairs_mut().append_pair(name, value);
    }
    match &conduct.error {
        Some(error) => {
            back.query_pairs_mut().append_pair("error", error);
        }
        None => {
            let code = shared.random("code-");
            back.query_pairs_mut().append_pair("code", &code);
            shared.grants.lock().expect("nobody panicked").insert(code, grant);
        }
    }
    (StatusCode::FOUND, [("location", back.to_string())]).into_response()
}

async fn token(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    shared.note("token");
    let (delay, error, confidential) = {
        let conduct = shared.conduct.lock().expect("nobody panicked");
        (conduct.delay, conduct.token_error.clone(), conduct.confidential)
    };
    tokio::time::sleep(delay).await;
    if let Some((status, body)) = error {
        return (StatusCode::from_u16(status).expect("it is a status"), body).into_response();
    }
    let refused = |code: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": code }))).into_response();
    if client_of(&headers, &form) != (CLIENT_ID.to_owned(), confidential.then(|| CLIENT_SECRET.to_owned())) {
        return refused("invalid_client");
    }
    let field = |name: &str| form.get(name).cloned().unwrap_or_default();
    // A code works once.
    let Some(grant) = shared.grants.lock().expect("nobody panicked").remove(&field("code")) else {
        return refused("invalid_grant");
    };
    let fits = field("grant_type") == "authorization_code"
        && field("redirect_uri") == grant.redirect_uri
        && challenge(&field("code_verifier")) == grant.challenge;
    if !fits {
        return refused("invalid_grant");
    }
    Json(json!({
        "access_token": shared.random("access-"),
        "token_type": "Bearer",
        "expires_in": 300,
        "id_token": shared.statement(&grant.nonce),
    }))
    .into_response()
}

/// Who a client says it is, and by which secret.
fn client_of(headers: &HeaderMap, form: &HashMap<String, String>) -> (String, Option<String>) {
    let Some(basic) = headers.get("authorization") else {
        let id = form.get("client_id").cloned().unwrap_or_default();
        return (id, form.get("client_secret").cloned());
    };
    let encoded = basic
        .to_str()
        .expect("it is text")
        .strip_prefix("Basic ")
        .expect("it is basic");
    let text = String::from_utf8(STANDARD.decode(encoded).expect("it is base 64")).expect("it is text");
    // Each half is written as in a form.
    let url: reqwest::Url = format!("http://localhost/?{}", text.replacen(':', "=", 1))
        .parse()
        .expect("it is an address");
    let (id, secret) = url.query_pairs().next().expect("there is one");
    (id.into_owned(), Some(secret.into_owned()))
}

async fn userinfo(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    shared.note("userinfo");
    let issued = shared.issued.lock().expect("nobody panicked").clone();
    let bearer = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if !bearer.is_some_and(|token| issued.iter().any(|known| known == token)) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    Json(shared.conduct.lock().expect("nobody panicked").userinfo.clone()).into_response()
}
