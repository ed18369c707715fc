//! Sending somebody to the provider, and what becomes of them when they come back.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use praxis_entities::openid_request;
use url::Url;

use super::code::{self, Person};
use super::failure::Failure;
use super::request::{self, Begun};
use super::{OpenId, client};
use crate::config::Secret;
use crate::identity::email_address::EmailAddress;
use crate::identity::service::Identity;
use crate::identity::throttle;

/// Longest code of a provider that is passed on, in bytes.
const LONGEST_CODE: usize = 4096;

/// The way to the provider.
pub struct Way {
    /// Where to send the browser.
    pub address: Url,
    /// The name of the cookie that ties the request to the browser.
    pub cookie: String,
    /// Its value.
    pub browser: Secret,
}

/// What a browser brings from the provider.
#[derive(Debug, Default)]
pub struct Arrival {
    /// What was sent along.
    pub state: Option<String>,
    /// What the provider gives its statement for.
    pub code: Option<String>,
    /// Why it gives none.
    pub error: Option<String>,
    /// Who the provider says it is (RFC 9207).
    pub issuer: Option<String>,
}

/// Why somebody could not sign in, and where to send them with that; nowhere where they are shown a page.
#[derive(Debug)]
pub struct Failed {
    /// Where to.
    pub to: Option<Url>,
    /// Why.
    pub why: Failure,
}

impl From<Failure> for Failed {
    fn from(why: Failure) -> Self {
        Self { to: None, why }
    }
}

impl OpenId {
    /// What is asked for: who it is, and an address only where accounts may be opened.
    fn scope(&self) -> &'static str {
        if self.settings.sign_up {
            "openid email"
        } else {
            "openid"
        }
    }

    async fn way(&self, begun: &Begun) -> Result<Url, Failure> {
        let mut address = self.discovery().await?.authorization.clone();
        address
            .query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", &self.callback_url())
            .append_pair("scope", self.scope())
            .append_pair("state", begun.state.expose())
            .append_pair("nonce", &request::nonce(&begun.browser))
            .append_pair(
                "code_challenge",
                &request::challenge(request::verifier(&begun.browser).expose()),
            )
            .append_pair("code_challenge_method", "S256");
        Ok(address)
    }

    /// Whom the provider says that a browser belongs to.
    async fn person(&self, arrival: &Arrival, browser: &Secret, now: DateTime<Utc>) -> Result<Person, Failure> {
        let discovery = self.discovery().await?;
        match &arrival.issuer {
            Some(issuer) if *issuer != self.settings.issuer => {
                return Err(Failure::Answer(
                    "the browser was sent back by another issuer".to_owned(),
                ));
            }
            None if discovery.names_itself => {
                return Err(Failure::Answer(
                    "the browser was sent back without the issuer's name".to_owned(),
                ));
            }
            _ => {}
        }
        match arrival.error.as_deref() {
            Some("access_denied") => return Err(Failure::Denied),
            Some(error) => return Err(Failure::Refused(client::code_of(error))),
            None => {}
        }
        let code = arrival
            .code
            .as_deref()
            .filter(|code| !code.is_empty() && code.len() <= LONGEST_CODE)
            .ok_or_else(|| Failure::Answer("the browser was sent back without a code".to_owned()))?;
        let tokens = self.exchange(&discovery, code, browser).await?;
        let claims = self.verify(&discovery, &tokens.id_token, browser, now).await?;
        let email = match self.settings.sign_up {
            true => self.address(&discovery, &claims, &tokens).await?,
            false => None,
        };
        Ok(Person {
            issuer: self.settings.issuer.clone(),
            subject: claims.sub,
            email: email
                .and_then(|email| EmailAddress::parse(&email))
                .map(|email| email.as_str().to_owned()),
        })
    }

    /// Where the browser of a request is to be sent, if that is still allowed.
    fn return_url(&self, request: &openid_request::Model) -> Option<Url> {
        let url = request.return_url.as_deref()?;
        self.settings.return_url(url).cloned()
    }
}

impl Identity {
    /// Begins: remembers the request and gives the way to the provider. An application that wants people back must send a
    /// challenge.
    ///
    /// # Errors
    /// Why nobody can sign in like this.
    pub async fn begin_at_provider(
        &self,
        return_to: Option<&str>,
        challenge: Option<&str>,
        network: IpAddr,
        now: DateTime<Utc>,
    ) -> Result<Way, Failed> {
        let openid = self.openid.as_ref().ok_or(Failure::NotOffered)?;
        let to = match return_to {
            Some(asked) => Some(openid.settings.return_url(asked).ok_or(Failure::ReturnAddress)?.clone()),
            None => None,
        };
        if challenge.is_none_or(|challenge| !request::is_challenge(challenge)) && (to.is_some() || challenge.is_some())
        {
            return Err(Failure::Challenge.into());
        }
        let begun = async {
            let begun = Begun::new()?;
            let address = openid.way(&begun).await?;
            throttle::enter(&self.database, &[self.subjects.on_the_way(network)], now).await?;
            let transaction = self.database.begin().await?;
            let return_url = to.as_ref().map(|url| url.as_str().to_owned());
            let challenge = challenge.map(str::to_owned);
            begun.remember(&transaction, return_url, challenge, now).await?;
            transaction.commit().await?;
            Ok(Way {
                address,
                cookie: request::cookie_name(begun.state.expose()),
                browser: begun.browser,
            })
        };
        begun.await.map_err(|why| Failed { to, why })
    }

    /// Takes somebody who comes back, and gives the code that stands for them and where to send them with it; nowhere where
    /// they are shown it.
    ///
    /// # Errors
    /// Why they are not believed.
    pub async fn arrive_from_provider(
        &self,
        arrival: &Arrival,
        browser: Option<&Secret>,
        network: IpAddr,
        now: DateTime<Utc>,
    ) -> Result<(Option<Url>, Secret), Failed> {
        let openid = self.openid.as_ref().ok_or(Failure::NotOffered)?;
        let (Some(state), Some(browser)) = (&arrival.state, browser) else {
            return Err(Failure::Request.into());
        };
        let request = self.come_back(state, browser, now).await?.ok_or(Failure::Request)?;
        let to = openid.return_url(&request);
        if request.return_url.is_some() && to.is_none() {
            return Err(Failure::ReturnAddress.into());
        }
        let code = async {
            let person = openid.person(arrival, browser, now).await?;
            let transaction = self.database.begin().await?;
            let code = code::issue(&transaction, person, request.challenge, now).await?;
            transaction.commit().await?;
            throttle::refund(&self.database, &[self.subjects.on_the_way(network)]).await?;
            Ok(code)
        };
        match code.await {
            Ok(code) => Ok((to, code)),
            Err(why) => Err(Failed { to, why }),
        }
    }

    async fn come_back(
        &self,
        state: &str,
        browser: &Secret,
        now: DateTime<Utc>,
    ) -> Result<Option<openid_request::Model>, Failure> {
        let transaction = self.database.begin().await?;
        let request = request::take(&transaction, state, browser, now).await?;
        transaction.commit().await?;
        Ok(request)
    }
}
