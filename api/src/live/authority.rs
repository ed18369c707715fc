//! On whose authority something is told: an access token that must hold whenever it is.

use std::sync::Arc;

use chrono::Utc;

use crate::config::Secret;
use crate::graphql::errors::ApiError;
use crate::identity::Actor;
use crate::identity::service::Identity;

/// On whose authority something is told. It ends with the access token: when that expires, when its session ends, or
/// when what the account may do changes.
#[derive(Clone)]
pub struct Authority {
    identity: Arc<Identity>,
    token: Option<Secret>,
    actor: Actor,
}

impl Authority {
    /// That of the holder of an access token, or of anybody.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` where the token is not accepted.
    pub fn of(identity: Arc<Identity>, token: Option<&str>) -> Result<Self, ApiError> {
        let actor = match token {
            Some(token) => identity.authenticate(token, Utc::now())?,
            None => Actor::Anonymous,
        };
        Ok(Self {
            identity,
            token: token.map(Secret::from),
            actor,
        })
    }

    /// Who it is.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Looks again whether it holds, which takes some microseconds.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` with the reason why not.
    pub fn check(&self) -> Result<(), ApiError> {
        match &self.token {
            Some(token) => self.identity.authenticate(token.expose(), Utc::now()).map(|_| ()),
            None => Ok(()),
        }
    }
}
