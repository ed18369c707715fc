//! OAuth 2.0 for applications: the token endpoint (RFC 6749), revocation (RFC 7009) and what is served (RFC 8414).

use std::net::IpAddr;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Utc;
use serde_json::{Value, json};

use super::graphql::BODY_PATIENCE;
use super::parameters::Parameters;
use super::{HttpState, client};
use crate::config::Secret;
use crate::identity::api_client::error::OAuthError;
use crate::identity::api_client::grant::Credentials;
use crate::identity::scope::Scope;

/// Where applications get tokens.
pub const TOKEN: &str = "/oauth/token";
/// Where applications end tokens.
pub const REVOKE: &str = "/oauth/revoke";
/// Where it says what is served.
pub const METADATA: &str = "/.well-known/oauth-authorization-server";
/// Largest form that is read, in bytes: an access token and the rest.
pub const LARGEST: usize = 16 * 1024;

const FORM: &str = "application/x-www-form-urlencoded";

/// Gives an application a token.
pub async fn token(State(state): State<HttpState>, request: Request) -> Response {
    match grant(&state, request).await {
        Ok(granted) => (StatusCode::OK, not_kept(), Json(granted)).into_response(),
        Err(error) => refused(&error),
    }
}

async fn grant(state: &HttpState, request: Request) -> Result<Value, OAuthError> {
    let Asked {
        headers,
        network,
        parameters,
    } = receive(state, request).await?;
    let grant_type = parameters.get("grant_type").filter(|value| !value.is_empty());
    let grant_type = grant_type.ok_or(OAuthError::InvalidRequest("grant_type is missing."))?;
    let credentials = credentials(&headers, &parameters)?;
    if grant_type != "client_credentials" {
        return Err(OAuthError::UnsupportedGrantType);
    }
    let now = Utc::now();
    let granted = state
        .app
        .identity
        .grant_to_client(&credentials, parameters.get("scope").as_deref(), network, now)
        .await?;
    Ok(json!({
        "access_token": granted.access.token.expose(),
        "token_type": "Bearer",
        "expires_in": granted.access.expires_at.timestamp() - now.timestamp(),
        "scope": granted.scopes.to_string(),
    }))
}

/// Ends the tokens of an application.
pub async fn revoke(State(state): State<HttpState>, request: Request) -> Response {
    match end(&state, request).await {
        Ok(()) => (StatusCode::OK, not_kept()).into_response(),
        Err(error) => refused(&error),
    }
}

async fn end(state: &HttpState, request: Request) -> Result<(), OAuthError> {
    let Asked {
        headers,
        network,
        parameters,
    } = receive(state, request).await?;
    let token = parameters.get("token").filter(|token| !token.is_empty());
    let token = token.ok_or(OAuthError::InvalidRequest("token is missing."))?;
    let credentials = credentials(&headers, &parameters)?;
    state
        .app
        .identity
        .revoke_of_client(&credentials, &token, network, Utc::now())
        .await
}

/// What is served, for libraries that set themselves up by it.
pub async fn metadata(State(state): State<HttpState>) -> impl IntoResponse {
    let own = &state.app.public_url;
    let methods = ["client_secret_basic", "client_secret_post"];
    let metadata = json!({
        "issuer": state.app.identity.settings.issuer,
        "token_endpoint": format!("{own}{TOKEN}"),
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint": format!("{own}{REVOKE}"),
        "revocation_endpoint_auth_methods_supported": methods,
        "jwks_uri": format!("{own}/.well-known/jwks.json"),
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "scopes_supported": Scope::ALL.map(Scope::as_str),
    });
    ([(CACHE_CONTROL, "public, max-age=300")], Json(metadata))
}

/// What an application asks, and from where.
struct Asked {
    headers: HeaderMap,
    network: IpAddr,
    parameters: Parameters,
}

async fn receive(state: &HttpState, request: Request) -> Result<Asked, OAuthError> {
    let headers = request.headers().clone();
    let proxies = state.app.identity.settings.trusted_proxies;
    let network = client::of(request.extensions(), &headers, proxies).network;
    let body = tokio::time::timeout(BODY_PATIENCE, Bytes::from_request(request, &()))
        .await
        .map_err(|_| OAuthError::Late(BODY_PATIENCE.as_secs()))?;
    let parameters = form(&headers, body)?;
    Ok(Asked {
        headers,
        network,
        parameters,
    })
}

/// The parameters of a form, which stand in the body and never in the address, where they would be logged.
fn form(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Parameters, OAuthError> {
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => OAuthError::TooLarge,
        _ => OAuthError::InvalidRequest("The request was cut off before its end."),
    })?;
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.and_then(|value| value.split(';').next()).unwrap_or_default();
    if !media_type.trim().eq_ignore_ascii_case(FORM) {
        return Err(OAuthError::InvalidRequest(
            "Send the parameters in the body, as application/x-www-form-urlencoded.",
        ));
    }
    Parameters::read(&body).ok_or(OAuthError::InvalidRequest(
        "A parameter comes twice or is too long; send each once.",
    ))
}

/// Id and secret of the application: by HTTP Basic or in the form, never both. Ours are made of characters that stay as they are
/// in a form, so that what Basic carries needs no decoding beyond base64.
fn credentials(headers: &HeaderMap, parameters: &Parameters) -> Result<Credentials, OAuthError> {
    let value = |name| parameters.get(name).filter(|value| !value.is_empty());
    let (client, secret) = (value("client_id"), value("client_secret"));
    let mut given = headers.get_all(AUTHORIZATION).iter();
    let Some(header) = given.next() else {
        return match (client, secret) {
            (Some(client), Some(secret)) => Ok(Credentials {
                client,
                secret: Secret::from(secret.as_str()),
            }),
            _ => Err(OAuthError::InvalidClient),
        };
    };
    let basic = basic(header).filter(|_| given.next().is_none());
    let basic = basic.ok_or(OAuthError::InvalidClient)?;
    if secret.is_some() || client.is_some_and(|client| client != basic.client) {
        return Err(OAuthError::InvalidRequest(
            "Send the client secret either by HTTP Basic or in the body, not both.",
        ));
    }
    Ok(basic)
}

fn basic(header: &HeaderValue) -> Option<Credentials> {
    let (scheme, encoded) = header.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (client, secret) = decoded.split_once(':')?;
    Some(Credentials {
        client: client.to_owned(),
        secret: Secret::from(secret),
    })
}

/// What holds a token is kept nowhere.
fn not_kept() -> [(axum::http::HeaderName, HeaderValue); 2] {
    [
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (PRAGMA, HeaderValue::from_static("no-cache")),
    ]
}

fn refused(error: &OAuthError) -> Response {
    tracing::info!(code = error.code(), "an application got no token");
    let status = match error {
        OAuthError::InvalidClient => StatusCode::UNAUTHORIZED,
        OAuthError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        OAuthError::Late(_) => StatusCode::REQUEST_TIMEOUT,
        OAuthError::TooManyAttempts(_) => StatusCode::TOO_MANY_REQUESTS,
        OAuthError::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        OAuthError::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        OAuthError::InvalidRequest(_)
        | OAuthError::UnauthorizedClient(_)
        | OAuthError::UnsupportedGrantType
        | OAuthError::InvalidScope(_) => StatusCode::BAD_REQUEST,
    };
    let body = json!({ "error": error.code(), "error_description": error.description() });
    let mut response = (status, not_kept(), Json(body)).into_response();
    let headers = response.headers_mut();
    match error {
        OAuthError::InvalidClient => {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"praxis\""));
        }
        OAuthError::TooManyAttempts(seconds) => {
            headers.insert(RETRY_AFTER, HeaderValue::from(*seconds));
        }
        OAuthError::Unavailable => {
            headers.insert(RETRY_AFTER, HeaderValue::from(60));
        }
        _ => {}
    }
    response
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header(text: &str) -> HeaderValue {
        HeaderValue::from_str(text).unwrap()
    }

    #[test]
    fn basic_credentials_are_read_up_to_the_first_colon() {
        let encoded = STANDARD.encode("client_1:pcs_a:b");
        let read = basic(&header(&format!("bAsIc {encoded}"))).unwrap();
        assert_eq!((read.client.as_str(), read.secret.expose()), ("client_1", "pcs_a:b"));
        for wrong in [
            "Basic",
            "Basic !!",
            "Bearer abc",
            &format!("Basic {}", STANDARD.encode("no colon")),
        ] {
            assert!(basic(&header(wrong)).is_none(), "{wrong}");
        }
    }

    #[test]
    fn credentials_come_in_one_way_alone() {
        let read = |authorization: Option<&str>, form: &str| {
            let mut headers = HeaderMap::new();
            if let Some(value) = authorization {
                headers.insert(AUTHORIZATION, header(value));
            }
            credentials(&headers, &Parameters::read(form.as_bytes()).unwrap()).map(|read| read.client)
        };
        let basic = format!("Basic {}", STANDARD.encode("one:secret"));
        assert_eq!(read(Some(&basic), "").unwrap(), "one");
        assert_eq!(read(Some(&basic), "client_id=one").unwrap(), "one");
        assert_eq!(read(None, "client_id=one&client_secret=secret").unwrap(), "one");
        assert!(matches!(
            read(Some(&basic), "client_id=one&client_secret=secret"),
            Err(OAuthError::InvalidRequest(_))
        ));
        assert!(matches!(
            read(Some(&basic), "client_id=two"),
            Err(OAuthError::InvalidRequest(_))
        ));
        for (authorization, form) in [
            (None, ""),
            (None, "client_id=one"),
            (None, "client_id=one&client_secret="),
            (Some("Bearer abc"), "client_id=one&client_secret=secret"),
        ] {
            assert_eq!(read(authorization, form), Err(OAuthError::InvalidClient), "{form}");
        }
    }

    proptest! {
        #[test]
        fn any_header_is_looked_at_without_a_panic(text in "[ -~]{0,80}") {
            let _ = basic(&header(&text));
            let _ = basic(&header(&format!("Basic {}", STANDARD.encode(&text))));
        }
    }
}
