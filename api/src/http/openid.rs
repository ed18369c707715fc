//! The two addresses of signing in by a provider: where the browser begins, and where the provider sends it back.

use axum::extract::{RawQuery, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, COOKIE, LOCATION, RETRY_AFTER, SET_COOKIE};
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use url::Url;

use super::parameters::Parameters;
use super::saved_searches::QUIET;
use super::{HttpState, client};
use crate::config::Secret;
use crate::identity::openid::{Arrival, Failed, Failure, request};
pub use crate::identity::openid::{CALLBACK, START};

/// Sends the browser to the provider.
pub async fn begin(
    State(state): State<HttpState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    extensions: Extensions,
) -> Response {
    let identity = &state.app.identity;
    let Some(parameters) = Parameters::read(query.as_deref().unwrap_or_default().as_bytes()) else {
        return failed(Failure::ReturnAddress.into());
    };
    let network = client::of(&extensions, &headers, identity.settings.trusted_proxies).network;
    let (return_to, challenge) = (parameters.get("return_to"), parameters.get("code_challenge"));
    let begun = identity
        .begin_at_provider(return_to.as_deref(), challenge.as_deref(), network, Utc::now())
        .await;
    match begun {
        Ok(way) => {
            let seconds = request::LIFETIME.num_seconds();
            let cookie = cookie(&state, &way.cookie, way.browser.expose(), seconds);
            let mut response = redirect(&way.address);
            if let Ok(cookie) = cookie.parse() {
                response.headers_mut().insert(SET_COOKIE, cookie);
            }
            response
        }
        Err(error) => failed(error),
    }
}

/// Takes the browser back from the provider, and sends it on to the application with a code.
pub async fn arrive(
    State(state): State<HttpState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    extensions: Extensions,
) -> Response {
    let parameters = Parameters::read(query.as_deref().unwrap_or_default().as_bytes()).unwrap_or_default();
    let arrival = Arrival {
        state: parameters.get("state"),
        code: parameters.get("code"),
        error: parameters.get("error"),
        issuer: parameters.get("iss"),
    };
    let name = arrival.state.as_deref().map(request::cookie_name);
    let browser = name.as_deref().and_then(|name| read_cookie(&headers, name));
    let identity = &state.app.identity;
    let network = client::of(&extensions, &headers, identity.settings.trusted_proxies).network;
    let arrived = identity
        .arrive_from_provider(&arrival, browser.as_ref(), network, Utc::now())
        .await;
    let mut response = match arrived {
        Ok((Some(to), code)) => redirect(&with_fragment(to, "code", code.expose())),
        Ok((None, code)) => page(
            StatusCode::OK,
            "You have signed in at the provider",
            "Give this code to the application that you use. It works once, for five minutes. Give it to nobody else.",
            code.expose(),
        ),
        Err(error) => failed(error),
    };
    if let (Some(name), Some(_)) = (name, browser)
        && let Ok(cookie) = cookie(&state, &name, "", 0).parse()
    {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}

/// A cookie for these addresses alone, which no script can read and which other pages send along only when they lead here.
fn cookie(state: &HttpState, name: &str, value: &str, seconds: i64) -> String {
    let openid = state.app.identity.openid.as_ref();
    let secure = match openid.is_some_and(|openid| openid.is_secure()) {
        true => "; Secure",
        false => "",
    };
    let path = openid.map_or_else(|| START.to_owned(), |openid| openid.path());
    format!("{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

fn read_cookie(headers: &HeaderMap, name: &str) -> Option<Secret> {
    let mut pairs = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(known, _)| *known == name)?;
    Some(Secret::from(value))
}

/// Sends the browser on. The answer holds a secret in its address and is kept nowhere.
fn redirect(to: &Url) -> Response {
    let headers = [(LOCATION, to.as_str()), (CACHE_CONTROL, "no-store")];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// An address with something for the application behind `#`, which browsers send to no server.
fn with_fragment(mut to: Url, name: &str, value: &str) -> Url {
    let fragment = url::form_urlencoded::Serializer::new(String::new())
        .append_pair(name, value)
        .finish();
    to.set_fragment(Some(&fragment));
    to
}

fn failed(error: Failed) -> Response {
    let Failed { to, why } = error;
    match why.reason() {
        Some(reason) => tracing::warn!(code = why.code(), reason, "signing in by the provider failed"),
        None => tracing::info!(code = why.code(), "signing in by the provider failed"),
    }
    if let Some(to) = to {
        return redirect(&with_fragment(to, "error", why.code()));
    }
    let status = match &why {
        Failure::NotOffered => StatusCode::NOT_FOUND,
        Failure::ReturnAddress | Failure::Challenge | Failure::Request => StatusCode::BAD_REQUEST,
        Failure::Denied => StatusCode::FORBIDDEN,
        Failure::TooManyAttempts(_) => StatusCode::TOO_MANY_REQUESTS,
        Failure::Refused(_) | Failure::Answer(_) => StatusCode::BAD_GATEWAY,
        Failure::Unavailable(_) | Failure::Busy | Failure::Database => StatusCode::SERVICE_UNAVAILABLE,
        Failure::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let mut response = page(status, "You were not signed in", why.message(), why.code());
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(RETRY_AFTER, 60.into());
    }
    response
}

/// A page with a code on it. What stands on it is our own.
fn page(status: StatusCode, heading: &str, text: &str, code: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Praxis</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><h1>{heading}</h1><p>{text}</p>\
         <p><code>{code}</code></p></html>\n"
    );
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-store")];
    (status, headers, QUIET, html).into_response()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(
            COOKIE,
            HeaderValue::from_static("theme=dark; praxis_openid_ab=one;praxis_openid_cd=t=wo"),
        );
        headers.append(COOKIE, HeaderValue::from_static("praxis_openid_ef=three"));
        let value = |name| read_cookie(&headers, name).map(|secret| secret.expose().to_owned());
        assert_eq!(value("praxis_openid_ab").as_deref(), Some("one"));
        assert_eq!(value("praxis_openid_cd").as_deref(), Some("t=wo"));
        assert_eq!(value("praxis_openid_ef").as_deref(), Some("three"));
        assert_eq!(value("praxis_openid_a"), None);
        assert_eq!(value("openid_ab"), None);
    }

    proptest! {
        #[test]
        fn what_is_sent_along_changes_nothing_before_the_fragment(value in ".*") {
            for to in ["https://app.example.org/signed-in?from=praxis", "org.example.app:/signed-in"] {
                let to = Url::parse(to).unwrap();
                let sent = with_fragment(to.clone(), "code", &value);
                let (before, fragment) = sent.as_str().split_once('#').unwrap();
                prop_assert_eq!(before, to.as_str());
                prop_assert!(fragment.starts_with("code=") && HeaderValue::from_str(sent.as_str()).is_ok());
                let read: Vec<(String, String)> = url::form_urlencoded::parse(fragment.as_bytes()).into_owned().collect();
                prop_assert_eq!(read, vec![("code".to_owned(), value.clone())]);
            }
        }
    }
}
