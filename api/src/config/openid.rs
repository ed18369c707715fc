//! The settings of signing in by an OpenID Connect provider.

use url::{Host, Url};

use super::checks::wrong;
use super::{ConfigError, Secret, Settings};

/// Most return addresses.
const RETURN_URLS: usize = 50;

/// A provider by which people may sign in.
#[derive(Clone, Debug)]
pub struct OpenIdSettings {
    /// Its issuer, as it stands in its discovery document.
    pub issuer: String,
    /// The client that is registered with it.
    pub client_id: String,
    /// The secret of that client; none of a public client.
    pub client_secret: Option<Secret>,
    /// What people call the provider.
    pub name: String,
    /// Whether a first sign-in may open an account.
    pub sign_up: bool,
    /// Where people may be sent back to.
    pub return_urls: Vec<Url>,
}

impl OpenIdSettings {
    /// The return address of the settings that is this one, letter by letter once both are written in the same way.
    pub fn return_url(&self, asked: &str) -> Option<&Url> {
        let asked = Url::parse(asked).ok()?;
        self.return_urls.iter().find(|allowed| **allowed == asked)
    }
}

/// Whether an address is one of this machine, where what is sent leaves no trace on a network.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The provider of these settings, if there is one.
pub(super) fn resolve(given: &Settings, file: &Settings) -> Result<Option<OpenIdSettings>, ConfigError> {
    let text = |given: &Option<String>, file: &Option<String>| {
        let filled = |text: &&String| !text.trim().is_empty();
        let chosen = given.as_ref().filter(filled).or(file.as_ref().filter(filled));
        chosen.map(|text| text.trim().to_owned())
    };
    let client_id = text(&given.openid_client_id, &file.openid_client_id);
    let client_secret = [&given.openid_client_secret, &file.openid_client_secret]
        .into_iter()
        .flatten()
        .find(|secret| !secret.expose().is_empty())
        .cloned();
    let Some(issuer) = text(&given.openid_issuer, &file.openid_issuer) else {
        if client_id.is_some() || client_secret.is_some() {
            return Err(wrong(
                "openid_issuer",
                "it is missing, and without it the other settings of the provider do nothing",
            ));
        }
        return Ok(None);
    };
    let host = check_issuer(&issuer)?;
    let client_id = client_id.ok_or_else(|| {
        wrong(
            "openid_client_id",
            "it is missing; register a client with the provider and give its id",
        )
    })?;
    if let Some(secret) = &client_secret
        && secret.expose().chars().any(|character| character.is_control())
    {
        return Err(wrong(
            "openid_client_secret",
            "it holds a line break; was it read from a file with one at its end?",
        ));
    }
    let return_urls = text(&given.openid_return_urls, &file.openid_return_urls).unwrap_or_default();
    Ok(Some(OpenIdSettings {
        issuer,
        client_id,
        client_secret,
        name: text(&given.openid_name, &file.openid_name).unwrap_or(host),
        sign_up: given.openid_sign_up.or(file.openid_sign_up).unwrap_or(false),
        return_urls: read_return_urls(&return_urls)?,
    }))
}

/// Checks an issuer and gives its host.
fn check_issuer(issuer: &str) -> Result<String, ConfigError> {
    let refused = || {
        wrong(
            "openid_issuer",
            "it must be an https address (http on this machine only) without a query, exactly as `issuer` in the provider's \
             discovery document",
        )
    };
    let url = Url::parse(issuer).map_err(|_| refused())?;
    let scheme = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    let plain =
        url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    match url.host_str() {
        Some(host) if scheme && plain => Ok(host.to_owned()),
        _ => Err(refused()),
    }
}

fn read_return_urls(text: &str) -> Result<Vec<Url>, ConfigError> {
    let urls: Vec<Url> = text
        .split(',')
        .map(str::trim)
        .filter(|address| !address.is_empty())
        .map(|address| {
            Url::parse(address).ok().filter(may_return).ok_or_else(|| {
                wrong(
                    "openid_return_urls",
                    format!(
                        "`{address}` is no address to return to; write https (http on this machine only), or the scheme of an \
                         application with a dot, e.g. `org.example.app:/signed-in`, and no fragment"
                    ),
                )
            })
        })
        .collect::<Result<_, _>>()?;
    if urls.len() > RETURN_URLS {
        return Err(wrong("openid_return_urls", format!("at most {RETURN_URLS} addresses")));
    }
    Ok(urls)
}

/// Applications on a device own schemes that are domain names turned around (RFC 8252, section 7.1), which no browser runs as
/// a script.
fn may_return(url: &Url) -> bool {
    let place = match url.scheme() {
        "https" => url.has_host(),
        "http" => is_loopback(url),
        scheme => scheme.contains('.'),
    };
    place && url.fragment().is_none() && url.username().is_empty() && url.password().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(issuer: &str, returns: &str) -> Result<Option<OpenIdSettings>, ConfigError> {
        let given = Settings {
            openid_issuer: Some(issuer.to_owned()),
            openid_client_id: Some("praxis".to_owned()),
            openid_client_secret: Some(Secret::from("hush")),
            openid_return_urls: Some(returns.to_owned()),
            ..Settings::default()
        };
        resolve(&given, &Settings::default())
    }

    #[test]
    fn an_issuer_is_https_or_on_this_machine() {
        for right in [
            "https://id.example.org",
            "https://id.example.org/realms/one",
            "http://127.0.0.1:9000",
            "http://localhost:9000/",
            "http://[::1]:9000",
        ] {
            let settings = of(right, "").unwrap().unwrap();
            assert_eq!(settings.issuer, right);
            assert!(!settings.sign_up && !format!("{settings:?}").contains("hush"));
        }
        assert_eq!(
            of("https://id.example.org/one", "").unwrap().unwrap().name,
            "id.example.org"
        );
        for wrong in [
            "http://id.example.org",
            "http://localhost.example.org",
            "https://id.example.org?x=1",
            "https://id.example.org#x",
            "https://user@id.example.org",
            "ftp://id.example.org",
            "id.example.org",
        ] {
            let error = of(wrong, "").unwrap_err().to_string();
            assert!(error.contains("PRAXIS_OPENID_ISSUER"), "{wrong}: {error}");
        }
    }

    #[test]
    fn what_belongs_together_is_asked_for_together() {
        let only = |settings| resolve(&settings, &Settings::default()).unwrap_err().to_string();
        let issuer = only(Settings {
            openid_issuer: Some("https://id.example.org".to_owned()),
            ..Settings::default()
        });
        assert!(issuer.contains("PRAXIS_OPENID_CLIENT_ID"), "{issuer}");
        let secret = only(Settings {
            openid_client_secret: Some(Secret::from("hush")),
            ..Settings::default()
        });
        assert!(
            secret.contains("PRAXIS_OPENID_ISSUER") && !secret.contains("hush"),
            "{secret}"
        );
        assert!(resolve(&Settings::default(), &Settings::default()).unwrap().is_none());
    }

    #[test]
    fn a_return_address_is_one_of_the_list_as_a_whole() {
        let list = "https://app.example.org/signed-in, http://127.0.0.1:5000/, org.example.app:/signed-in";
        let settings = of("https://id.example.org", list).unwrap().unwrap();
        for right in [
            "https://app.example.org/signed-in",
            "https://APP.example.org:443/signed-in",
            "http://127.0.0.1:5000",
            "org.example.app:/signed-in",
        ] {
            assert!(settings.return_url(right).is_some(), "{right}");
        }
        for wrong in [
            "https://app.example.org/",
            "https://app.example.org/signed-in/",
            "https://app.example.org/signed-in?next=https://evil.example",
            "https://app.example.org/signed-in#x",
            "https://app.example.org.evil.example/signed-in",
            "https://app.example.org@evil.example/signed-in",
            "https://evil.example/signed-in",
            "//app.example.org/signed-in",
            "javascript:alert(1)",
            "",
        ] {
            assert!(settings.return_url(wrong).is_none(), "{wrong}");
        }
        for refused in [
            "http://app.example.org/",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://app.example.org/#x",
            "/signed-in",
        ] {
            let error = of("https://id.example.org", refused).unwrap_err().to_string();
            assert!(error.contains("PRAXIS_OPENID_RETURN_URLS"), "{refused}: {error}");
        }
    }
}
