//! Who is asking, and what they may do: accounts, passwords, sessions, tokens, roles.

pub mod access;
pub mod account;
pub mod api_client;
pub mod audit;
pub mod client;
pub mod departure;
pub mod email_address;
pub mod error;
pub mod grants;
pub mod keys;
pub mod letters;
pub mod mail;
pub mod mutations;
pub mod one_time;
pub mod openid;
pub mod password;
pub mod payloads;
pub mod permissions;
pub mod random;
pub mod recovery;
pub mod registration;
pub mod remit;
pub mod renewal;
pub mod revocation;
pub mod scope;
pub mod seal;
pub mod second_factor;
pub mod service;
pub mod session;
pub mod settings;
pub mod throttle;
pub mod token;
pub mod totp;
pub mod upkeep;
pub mod viewer;

use std::sync::Arc;

use chrono::{DateTime, SubsecRound, Utc};
use praxis_entities::vocabulary::Role;
use uuid::Uuid;

use self::remit::Remit;
use self::scope::Scopes;

/// Somebody who is signed in, in a session of their own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SignedIn {
    /// The account.
    pub account: Uuid,
    /// The session that the access token belongs to.
    pub session: Uuid,
    /// The roles in force when the token was made, in ascending order.
    pub roles: Vec<Role>,
    /// What they curate as a moderator, where they were limited when the token was made.
    pub remit: Option<Remit>,
}

/// An application that acts for a member, with no more than the scopes that the member agreed to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ActingClient {
    /// The application.
    pub client: Uuid,
    /// The account of the member.
    pub account: Uuid,
    /// What it may do at most.
    pub scopes: Scopes,
    /// The member's roles in force when the token was made, in ascending order.
    pub roles: Vec<Role>,
    /// What the member curates as a moderator, where they were limited when the token was made.
    pub remit: Option<Remit>,
}

/// Who asks for something or changes something.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// Somebody who did not say who they are.
    Anonymous,
    /// Somebody who is signed in.
    SignedIn(Arc<SignedIn>),
    /// An application that acts for a member.
    Client(Arc<ActingClient>),
    /// The service itself or its operator: an import, a command.
    System,
}

impl Actor {
    /// How the actor is written in the audit log: never a name or an address. What an application does is done by its
    /// member; that it was the application is the entry's source.
    pub fn audit_name(&self) -> String {
        match self {
            Actor::Anonymous => "anonymous".to_owned(),
            Actor::SignedIn(signed_in) => audit::subject(signed_in.account),
            Actor::Client(client) => audit::subject(client.account),
            Actor::System => "system".to_owned(),
        }
    }

    /// On whose behalf something is done: who is its author, and whose own decisions it must not touch. This alone is no right
    /// to see or to do anything: see [`Actor::own`].
    pub fn account(&self) -> Option<Uuid> {
        match self {
            Actor::SignedIn(signed_in) => Some(signed_in.account),
            Actor::Client(client) => Some(client.account),
            Actor::Anonymous | Actor::System => None,
        }
    }

    /// The application that acts, where it is one.
    pub fn client(&self) -> Option<Uuid> {
        match self {
            Actor::Client(client) => Some(client.client),
            Actor::Anonymous | Actor::SignedIn(_) | Actor::System => None,
        }
    }

    /// What the actor curates, where they are limited as a moderator.
    pub fn remit(&self) -> Option<&Remit> {
        match self {
            Actor::SignedIn(signed_in) => signed_in.remit.as_ref(),
            Actor::Client(client) => client.remit.as_ref(),
            Actor::Anonymous | Actor::System => None,
        }
    }

    /// The roles; none of the anonymous and of the system. What of them an application may use is for
    /// [`Actor::may`] to say.
    pub fn roles(&self) -> &[Role] {
        match self {
            Actor::SignedIn(signed_in) => &signed_in.roles,
            Actor::Client(client) => &client.roles,
            Actor::Anonymous | Actor::System => &[],
        }
    }
}

/// A moment as both databases keep it: to the microsecond.
pub(crate) fn truncate(moment: DateTime<Utc>) -> DateTime<Utc> {
    moment.trunc_subsecs(6)
}
