use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::EncodingKey;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::identity::keys::tests::ring;
use crate::identity::revocation::Revocations;

fn settings() -> IdentitySettings {
    IdentitySettings {
        issuer: "https://praxis.example.org".to_owned(),
        audience: "https://praxis.example.org/graphql".to_owned(),
        access_token: Duration::minutes(10),
        refresh_token: Duration::days(30),
        require_totp: false,
        account_url: None,
        trusted_proxies: 0,
    }
}

struct Fixture {
    settings: IdentitySettings,
    keys: KeyRing,
    verifier: Verifier,
    now: DateTime<Utc>,
    signed_in: SignedIn,
}

impl Fixture {
    fn new() -> Self {
        let now = Utc::now();
        let settings = settings();
        Self {
            keys: ring(&[(now - Duration::hours(1), None)]),
            verifier: Verifier::new(&settings),
            settings,
            now,
            signed_in: SignedIn {
                account: Uuid::now_v7(),
                session: Uuid::now_v7(),
                roles: vec![Role::Member, Role::Moderator],
                remit: None,
            },
        }
    }

    fn token(&self) -> String {
        issue(&self.keys, &self.settings, &self.signed_in, 1, self.now)
            .unwrap()
            .token
            .expose()
            .to_owned()
    }

    fn holder(&self) -> Holder {
        Holder::Session(Arc::new(self.signed_in.clone()))
    }

    fn acting(&self) -> ActingClient {
        ActingClient {
            client: Uuid::now_v7(),
            account: self.signed_in.account,
            scopes: Scopes::parse("content:flag profile:read").unwrap(),
            roles: self.signed_in.roles.clone(),
            remit: None,
        }
    }

    fn client_token(&self, acting: &ActingClient, latest: Option<DateTime<Utc>>) -> AccessToken {
        issue_to_client(&self.keys, &self.settings, (acting, 3), 1, latest, self.now).unwrap()
    }

    fn verify(&self, token: &str) -> Result<Verified, TokenError> {
        self.verifier.verify(&self.keys, token, self.now)
    }

    /// A token with these changes, signed with the service's own key.
    fn signed(&self, change_header: impl Fn(&mut Value), change_claims: impl Fn(&mut Value)) -> String {
        let token = self.token();
        let mut parts = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part));
        let mut part = || -> Value { serde_json::from_slice(&parts.next().unwrap().unwrap()).unwrap() };
        let (mut header, mut claims) = (part(), part());
        change_header(&mut header);
        change_claims(&mut claims);
        let key = self.keys.signer(self.now).unwrap();
        sign(&header, &claims, &key.encoding)
    }
}

fn sign(header: &Value, claims: &Value, key: &EncodingKey) -> String {
    let message = [header, claims]
        .map(|part| URL_SAFE_NO_PAD.encode(part.to_string()))
        .join(".");
    let signature = jsonwebtoken::crypto::sign(message.as_ref(), key, Algorithm::EdDSA).unwrap();
    format!("{message}.{signature}")
}

#[test]
fn a_token_keeps_what_a_moderator_is_limited_to_and_the_widest_limits_fit() {
    let mut fixture = Fixture::new();
    // A hundred languages, and every country of the vocabulary by its region.
    let languages: Vec<String> = (0..100).map(|number| format!("q{number:02}")).collect();
    let countries: Vec<String> = (0..249u8)
        .map(|number| format!("{}{}", char::from(b'A' + number / 26), char::from(b'A' + number % 26)))
        .collect();
    let remit = serde_json::from_value(json!({ "languages": languages, "countries": countries })).unwrap();
    fixture.signed_in.remit = Some(remit);
    let verified = fixture.verify(&fixture.token()).unwrap();
    assert_eq!(verified.holder, fixture.holder());
}

#[test]
fn a_token_says_who_is_signed_in() {
    let fixture = Fixture::new();
    let token = fixture.token();
    for _ in 0..2 {
        let verified = fixture.verify(&token).unwrap();
        assert_eq!(verified.holder, fixture.holder());
        assert_eq!(verified.version, 1);
    }
    assert_eq!(fixture.verify(&fixture.signed(|_| {}, |_| {})).unwrap().version, 1);
}

#[test]
fn a_token_expires_even_when_it_is_remembered() {
    let fixture = Fixture::new();
    let token = fixture.token();
    fixture.verify(&token).unwrap();
    let at = |seconds| fixture.now + Duration::seconds(seconds);
    let verify = |moment| fixture.verifier.verify(&fixture.keys, &token, moment);
    assert!(verify(at(598)).is_ok());
    assert_eq!(verify(at(600)).unwrap_err(), TokenError::Expired);
    // Nor is it accepted long before it was made.
    assert_eq!(verify(at(-120)).unwrap_err(), TokenError::Invalid);
}

#[test]
fn a_token_ends_with_its_key_even_when_it_is_remembered() {
    let fixture = Fixture::new();
    let token = fixture.token();
    fixture.verify(&token).unwrap();
    let others = ring(&[(fixture.now - Duration::hours(1), None)]);
    let error = fixture.verifier.verify(&others, &token, fixture.now).unwrap_err();
    assert_eq!(error, TokenError::Invalid);
}

#[test]
fn what_was_signed_for_something_else_is_refused() {
    let fixture = Fixture::new();
    let set = |name: &'static str, value: Value| move |part: &mut Value| part[name] = value.clone();
    let remove = |name: &'static str| {
        move |part: &mut Value| {
            part.as_object_mut().unwrap().remove(name);
        }
    };
    let none = |_: &mut Value| {};
    let refused = [
        fixture.signed(none, set("aud", json!("https://elsewhere.example.org"))),
        fixture.signed(none, set("iss", json!("https://elsewhere.example.org"))),
        fixture.signed(none, remove("aud")),
        fixture.signed(none, remove("iss")),
        fixture.signed(none, remove("exp")),
        fixture.signed(none, set("sub", json!("nobody"))),
        fixture.signed(none, set("roles", json!(["EMPEROR"]))),
        // A token is for a session or for an application, never for both and never for neither.
        fixture.signed(none, remove("sid")),
        fixture.signed(none, set("scope", json!("content:flag"))),
        fixture.signed(none, set("client_id", json!(api_client::public_id(Uuid::now_v7())))),
        fixture.signed(none, set("cver", json!(1))),
        fixture.signed(set("typ", json!("JWT")), none),
        fixture.signed(remove("typ"), none),
        fixture.signed(remove("kid"), none),
        fixture.signed(set("kid", json!("another")), none),
        fixture.signed(set("crit", json!(["exp"])), none),
        fixture.signed(set("alg", json!("HS256")), none),
        fixture.signed(set("alg", json!("none")), none),
    ];
    for token in &refused {
        assert_eq!(fixture.verify(token).unwrap_err(), TokenError::Invalid, "{token}");
    }
}

#[test]
fn a_token_without_a_signature_or_signed_by_somebody_else_is_refused() {
    let fixture = Fixture::new();
    let token = fixture.token();
    let (message, _) = token.rsplit_once('.').unwrap();
    assert_eq!(fixture.verify(&format!("{message}.")).unwrap_err(), TokenError::Invalid);
    assert_eq!(fixture.verify(message).unwrap_err(), TokenError::Invalid);

    // The same key id, another key.
    let kid = fixture.keys.signer(fixture.now).unwrap().kid.clone();
    let other = ring(&[(fixture.now, None)]).signer(fixture.now).unwrap();
    let forged = fixture.signed(|_| {}, |_| {});
    let mut parts = forged.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
    let header: Value = serde_json::from_slice(&parts.next().unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&parts.next().unwrap()).unwrap();
    assert_eq!(header["kid"], json!(kid));
    let forged = sign(&header, &claims, &other.encoding);
    assert_eq!(fixture.verify(&forged).unwrap_err(), TokenError::Invalid);

    // The public key as if it were a shared secret.
    let public = fixture.keys.signer(fixture.now).unwrap().public.clone();
    let header = Header {
        typ: Some(TYPE.to_owned()),
        kid: Some(kid),
        ..Header::new(Algorithm::HS256)
    };
    for secret in [public.as_bytes().to_vec(), URL_SAFE_NO_PAD.decode(&public).unwrap()] {
        let confused = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(&secret)).unwrap();
        assert_eq!(fixture.verify(&confused).unwrap_err(), TokenError::Invalid);
    }
}

#[test]
fn a_token_ends_with_its_session_and_with_a_change_of_grants() {
    let fixture = Fixture::new();
    let verified = fixture.verify(&fixture.token()).unwrap();
    let revocations = Revocations::default();
    revocations.change(Uuid::now_v7(), 9);
    revocations.change(fixture.signed_in.account, 1);
    assert_eq!(revocations.check(&verified), Ok(()));
    revocations.change(fixture.signed_in.account, 2);
    revocations.change(fixture.signed_in.account, 1);
    assert_eq!(revocations.check(&verified), Err(TokenError::Outdated));
    revocations.end([fixture.signed_in.session]);
    assert_eq!(revocations.check(&verified), Err(TokenError::Ended));
}

#[test]
fn a_token_of_an_application_says_which_one_and_its_scopes_and_is_no_session() {
    let fixture = Fixture::new();
    let acting = fixture.acting();
    let token = fixture.client_token(&acting, None).token;
    let verified = fixture.verify(token.expose()).unwrap();
    let holder = Holder::Client {
        acting: Arc::new(acting.clone()),
        version: 3,
    };
    assert_eq!(verified.holder, holder);
    assert!(Actor::from(verified.holder).signed_in().is_err());
    let claims = token.expose().split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    assert_eq!(claims["scope"], "content:flag profile:read");
    assert_eq!(claims["client_id"], json!(api_client::public_id(acting.client)));
    assert_eq!(claims["sub"], json!(acting.account));
    assert!(claims.get("sid").is_none());
}

#[test]
fn a_scope_that_is_unknown_gives_no_right() {
    let fixture = Fixture::new();
    let remove_session = |claims: &mut Value| {
        let claims = claims.as_object_mut().unwrap();
        claims.remove("sid");
        claims.insert("client_id".to_owned(), json!(api_client::public_id(Uuid::now_v7())));
        claims.insert("scope".to_owned(), json!("content:flag everything"));
        claims.insert("cver".to_owned(), json!(1));
    };
    let verified = fixture.verify(&fixture.signed(|_| {}, remove_session)).unwrap();
    match verified.holder {
        Holder::Client { acting, .. } => assert_eq!(acting.scopes.to_string(), "content:flag"),
        Holder::Session(_) => panic!("it is no session"),
    }
}

#[test]
fn a_token_of_an_application_ends_with_its_last_day() {
    let fixture = Fixture::new();
    let latest = fixture.now + Duration::seconds(60);
    let access = fixture.client_token(&fixture.acting(), Some(latest));
    assert_eq!(access.expires_at.timestamp(), latest.timestamp());
    let later = fixture.now + Duration::days(1);
    let access = fixture.client_token(&fixture.acting(), Some(later));
    assert_eq!(
        access.expires_at.timestamp(),
        (fixture.now + Duration::minutes(10)).timestamp()
    );
}

#[test]
fn a_token_of_an_application_ends_with_a_change_of_it_and_of_its_member() {
    let fixture = Fixture::new();
    let acting = fixture.acting();
    let verified = fixture
        .verify(fixture.client_token(&acting, None).token.expose())
        .unwrap();
    let revocations = Revocations::default();
    revocations.change_clients([(Uuid::now_v7(), 9), (acting.client, 3)]);
    revocations.end([acting.client, acting.account]);
    assert_eq!(revocations.check(&verified), Ok(()));
    revocations.change_clients([(acting.client, 4)]);
    assert_eq!(revocations.check(&verified), Err(TokenError::ClientChanged));
    let revocations = Revocations::default();
    revocations.change(acting.account, 2);
    assert_eq!(revocations.check(&verified), Err(TokenError::ClientChanged));
}

#[test]
fn a_token_is_not_printed() {
    let fixture = Fixture::new();
    let token = issue(&fixture.keys, &fixture.settings, &fixture.signed_in, 1, fixture.now).unwrap();
    assert!(!format!("{token:?}").contains(token.token.expose()));
}

proptest! {
    #[test]
    fn a_token_changed_anywhere_is_refused(place in any::<prop::sample::Index>(), letter in "[A-Za-z0-9_.-]") {
        let fixture = Fixture::new();
        let token = fixture.token();
        let place = place.index(token.len());
        let mut changed = token.clone();
        changed.replace_range(place..=place, &letter);
        if changed != token {
            // The last letter of a signature has bits that mean nothing; decoders refuse them all the same.
            prop_assert_eq!(fixture.verify(&changed).unwrap_err(), TokenError::Invalid);
        }
    }

    #[test]
    fn any_text_is_looked_at_without_a_panic(text in ".{0,200}") {
        let fixture = Fixture::new();
        prop_assert!(fixture.verify(&text).is_err());
    }
}
