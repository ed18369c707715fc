//! Somebody with a browser that keeps cookies and follows no redirect by itself.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Url, redirect};

use crate::server::Server;

/// The secret of an application, and what it sends of it.
pub const VERIFIER: &str = "a secret that the application keeps to itself";

/// The challenge of a secret.
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

/// What a browser got.
#[derive(Debug)]
pub struct Page {
    /// The HTTP status.
    pub status: u16,
    /// Where it is sent.
    pub location: Option<String>,
    /// The cookies that were set, as they came.
    pub cookies: Vec<String>,
    /// The header with this name, of those that tests look at.
    pub cache: String,
    /// The text.
    pub text: String,
}

impl Page {
    /// Where it is sent.
    #[track_caller]
    pub fn to(&self) -> &str {
        self.location.as_deref().unwrap_or_else(|| panic!("{self:?}"))
    }

    /// What stands behind `#` under this name in the address that it is sent to.
    #[track_caller]
    pub fn fragment(&self, name: &str) -> String {
        let (_, fragment) = self.to().split_once('#').unwrap_or_else(|| panic!("{self:?}"));
        let found = fragment.strip_prefix(&format!("{name}="));
        found.unwrap_or_else(|| panic!("no {name} in {self:?}")).to_owned()
    }

    /// The code on a page.
    #[track_caller]
    pub fn shown(&self) -> String {
        let (_, rest) = self.text.split_once("<code>").unwrap_or_else(|| panic!("{self:?}"));
        rest.split_once("</code>").expect("the element ends").0.to_owned()
    }
}

/// A parameter of an address.
#[track_caller]
pub fn parameter(address: &str, name: &str) -> Option<String> {
    let address: Url = address.parse().expect("it is an address");
    let mut pairs = address.query_pairs();
    pairs
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}

/// A browser.
pub struct Visitor {
    client: reqwest::Client,
    /// The cookies that it keeps, by name.
    pub cookies: BTreeMap<String, String>,
}

impl Default for Visitor {
    fn default() -> Self {
        let client = reqwest::Client::builder().redirect(redirect::Policy::none()).build();
        Self {
            client: client.expect("there is a client"),
            cookies: BTreeMap::new(),
        }
    }
}

impl Visitor {
    /// Opens an address.
    pub async fn open(&mut self, address: &str) -> Page {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = self.client.get(address).header(COOKIE, cookies.join("; "));
        let response = request.send().await.expect("the server answers");
        let header = |name| {
            let value = response.headers().get(name)?;
            Some(value.to_str().expect("it is text").to_owned())
        };
        let page = Page {
            status: response.status().as_u16(),
            location: header(LOCATION.as_str()),
            cache: header("cache-control").unwrap_or_default(),
            cookies: response
                .headers()
                .get_all(SET_COOKIE)
                .iter()
                .map(|value| value.to_str().expect("it is text").to_owned())
                .collect(),
            text: response.text().await.expect("it is text"),
        };
        for cookie in &page.cookies {
            let (name, value) = cookie
                .split(';')
                .next()
                .and_then(|pair| pair.split_once('='))
                .expect("it is a cookie");
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        page
    }

    /// Begins to sign in for an application that wants to be returned to here, and gives where the provider is.
    pub async fn begin(&mut self, server: &Server, return_to: &str) -> Page {
        let mut address: Url = format!("{}/sign-in/openid", server.url)
            .parse()
            .expect("it is an address");
        address
            .query_pairs_mut()
            .append_pair("return_to", return_to)
            .append_pair("code_challenge", &challenge(VERIFIER));
        self.open(address.as_str()).await
    }

    /// Follows a page that leads to the provider, and the provider's back to the service.
    pub async fn follow(&mut self, begun: &Page) -> Page {
        let back = self.open(begun.to()).await;
        self.open(back.to()).await
    }

    /// Signs in at the provider for an application, and gives what the service sends it back with.
    pub async fn sign_in(&mut self, server: &Server, return_to: &str) -> Page {
        let begun = self.begin(server, return_to).await;
        self.follow(&begun).await
    }

    /// Signs in at the provider without an application, and gives the page that the service shows.
    pub async fn sign_in_alone(&mut self, server: &Server) -> Page {
        let begun = self.open(&format!("{}/sign-in/openid", server.url)).await;
        self.follow(&begun).await
    }
}
