//! Which role may do what: one table.

use std::sync::Arc;

use praxis_entities::vocabulary::Role;

use super::{Actor, SignedIn};
use crate::graphql::errors::{ApiError, Code};

/// Something that not everybody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Write drafts and submit them; see one's own.
    Contribute,
    /// Flag published content.
    Flag,
    /// See the queue, claim submissions and decide on those of others.
    Moderate,
    /// Hide, restore and retract published content; decide whether a recommendation is about children.
    DecideOnContent,
    /// Publish minor edits of one's own content, to be reviewed afterwards.
    PublishMinorEdits,
    /// Hide content at once by a safeguarding flag.
    HideByFlag,
    /// Resolve safeguarding findings.
    ResolveFindings,
    /// Erase content and the personal data in it.
    Erase,
    /// Manage accounts and roles.
    ManageAccounts,
    /// Read the audit log.
    ReadAudit,
    /// Say which words mean the same to a search.
    ManageSearch,
}

impl Permission {
    /// The roles that have the permission. An account has it if one of its roles does.
    pub fn roles(self) -> &'static [Role] {
        use Role::{Admin, Member, Moderator, SafeguardingLead, TrustedMember};
        match self {
            Permission::Contribute | Permission::Flag => &[Member],
            Permission::Moderate | Permission::DecideOnContent => &[Moderator, SafeguardingLead],
            Permission::PublishMinorEdits => &[TrustedMember],
            Permission::HideByFlag => &[TrustedMember, Moderator, SafeguardingLead],
            Permission::ResolveFindings => &[Moderator, SafeguardingLead],
            Permission::Erase => &[SafeguardingLead, Admin],
            Permission::ManageAccounts | Permission::ReadAudit | Permission::ManageSearch => &[Admin],
        }
    }
}

impl Actor {
    /// Whether the actor may do this. The system may do everything.
    pub fn may(&self, permission: Permission) -> bool {
        match self {
            Actor::System => true,
            Actor::Anonymous => false,
            Actor::SignedIn(signed_in) => signed_in.roles.iter().any(|role| permission.roles().contains(role)),
        }
    }

    /// Refuses what the actor may not do.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` where nobody is signed in, `FORBIDDEN` where the roles do not suffice.
    pub fn require(&self, permission: Permission) -> Result<(), ApiError> {
        if self.may(permission) {
            return Ok(());
        }
        self.signed_in()?;
        Err(ApiError::new(
            Code::Forbidden,
            "Your account may not do this; ask an administrator if it should.",
        ))
    }

    /// Who is signed in, for what everybody may do about themselves.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` where nobody is.
    pub fn signed_in(&self) -> Result<&Arc<SignedIn>, ApiError> {
        match self {
            Actor::SignedIn(signed_in) => Ok(signed_in),
            Actor::Anonymous | Actor::System => Err(ApiError::new(
                Code::Unauthenticated,
                "Sign in first: send `Authorization: Bearer` with the access token of `signIn`.",
            )),
        }
    }
}
