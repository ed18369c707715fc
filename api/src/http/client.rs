//! Who sends a request: the network that it comes from, and the access token that it carries.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::ConnectInfo;
use axum::http::header::AUTHORIZATION;
use axum::http::{Extensions, HeaderMap, HeaderName};

use crate::graphql::errors::{ApiError, Code};
use crate::identity::client::Client;
use crate::identity::service::Identity;
use crate::live::authority::Authority;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The client behind so many proxies. Each proxy adds the address that it saw at the end of `X-Forwarded-For`; what stands
/// before those of our own proxies is the client's own word and worth nothing.
pub fn of(extensions: &Extensions, headers: &HeaderMap, trusted_proxies: usize) -> Client {
    let peer = extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(address)| address.ip());
    let forwarded: Vec<&str> = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    let network = match trusted_proxies {
        0 => peer,
        proxies => forwarded
            .len()
            .checked_sub(proxies)
            .and_then(|index| forwarded.get(index)?.parse().ok())
            .unwrap_or(peer),
    };
    Client { network }
}

/// Who sends a request with these headers: anonymous without `Authorization`, never with one that is not accepted.
///
/// # Errors
/// `UNAUTHENTICATED` where the header is not `Bearer` with one valid access token.
pub fn authority(identity: &Arc<Identity>, headers: &HeaderMap) -> Result<Authority, ApiError> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Authority::of(identity.clone(), None);
    };
    // Of several nobody can tell which one counts.
    let value = value.to_str().ok().filter(|_| values.next().is_none());
    bearer(identity, value.unwrap_or_default())
}

/// Who sends `Bearer` and an access token.
///
/// # Errors
/// `UNAUTHENTICATED` where it is not that, or the token is not accepted.
pub fn bearer(identity: &Arc<Identity>, value: &str) -> Result<Authority, ApiError> {
    let token = value
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(|| {
            ApiError::new(
                Code::Unauthenticated,
                "`Authorization` must be `Bearer` and one access token of `signIn`.",
            )
        })?;
    Authority::of(identity.clone(), Some(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(forwarded: &[&str], proxies: usize) -> String {
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 5000))));
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        of(&extensions, &headers, proxies).network.to_string()
    }

    #[test]
    fn what_a_client_says_of_itself_is_not_believed() {
        assert_eq!(client(&["203.0.113.9"], 0), "192.0.2.1");
        assert_eq!(client(&["10.9.9.9, 203.0.113.9"], 1), "203.0.113.9");
        assert_eq!(client(&["10.9.9.9", "203.0.113.9, 198.51.100.7"], 2), "203.0.113.9");
        assert_eq!(client(&["203.0.113.9"], 2), "192.0.2.1");
        assert_eq!(client(&["nonsense"], 1), "192.0.2.1");
    }
}
