//! Who is asking, and what they may do.

pub mod permissions;

use std::sync::Arc;

use praxis_entities::vocabulary::Role;
use uuid::Uuid;

/// Somebody who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SignedIn {
    /// The account.
    pub account: Uuid,
    /// The session that the access token belongs to.
    pub session: Uuid,
    /// The roles of the account when the token was made, in ascending order.
    pub roles: Vec<Role>,
}

/// Who asks for something or changes something.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// Somebody who did not say who they are.
    Anonymous,
    /// Somebody who is signed in.
    SignedIn(Arc<SignedIn>),
    /// The service itself or its operator: an import, a command.
    System,
}

impl Actor {
    /// How the actor is written in the audit log: never a name or an address.
    pub fn audit_name(&self) -> String {
        match self {
            Actor::Anonymous => "anonymous".to_owned(),
            Actor::SignedIn(signed_in) => format!("account:{}", signed_in.account),
            Actor::System => "system".to_owned(),
        }
    }

    /// The account, of somebody who is signed in.
    pub fn account(&self) -> Option<Uuid> {
        match self {
            Actor::SignedIn(signed_in) => Some(signed_in.account),
            Actor::Anonymous | Actor::System => None,
        }
    }

    /// The roles; none of the anonymous and of the system.
    pub fn roles(&self) -> &[Role] {
        match self {
            Actor::SignedIn(signed_in) => &signed_in.roles,
            Actor::Anonymous | Actor::System => &[],
        }
    }
}
