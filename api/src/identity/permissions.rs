//! Which role may do what, and which scope an application needs for it: one table.

use std::sync::Arc;

use praxis_entities::vocabulary::Role;
use uuid::Uuid;

use super::scope::Scope;
use super::{Actor, SignedIn};
use crate::graphql::errors::{ApiError, Code};

/// Something that not everybody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Write drafts and submit them; see one's own.
    Contribute,
    /// See submissions and appeals: one's own, and whoever moderates those of others.
    SeeSubmissions,
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
    /// Manage the applications that act for members.
    ManageClients,
}

impl Permission {
    /// The roles that have the permission. An account has it if one of its roles does.
    pub fn roles(self) -> &'static [Role] {
        use Role::{Admin, Member, Moderator, SafeguardingLead, TrustedMember};
        match self {
            Permission::Contribute | Permission::SeeSubmissions | Permission::Flag => &[Member],
            Permission::Moderate | Permission::DecideOnContent => &[Moderator, SafeguardingLead],
            Permission::PublishMinorEdits => &[TrustedMember],
            Permission::HideByFlag => &[TrustedMember, Moderator, SafeguardingLead],
            Permission::ResolveFindings => &[Moderator, SafeguardingLead],
            Permission::Erase => &[SafeguardingLead, Admin],
            Permission::ManageAccounts
            | Permission::ReadAudit
            | Permission::ManageSearch
            | Permission::ManageClients => &[Admin],
        }
    }

    /// The scopes of which an application needs one, beside the member's role. Where there are none, no application may:
    /// only a person in a session of their own.
    pub fn scopes(self) -> &'static [Scope] {
        match self {
            Permission::Contribute => &[Scope::ContentContribute],
            Permission::SeeSubmissions => &[Scope::ContentContribute, Scope::CurationModerate],
            Permission::Flag => &[Scope::ContentFlag],
            Permission::Moderate => &[Scope::CurationModerate],
            // To hide by a flag is to decide.
            Permission::DecideOnContent | Permission::HideByFlag => &[Scope::CurationDecide],
            // What a machine writes is looked at before it is published, and a child's safety is judged by people.
            Permission::PublishMinorEdits
            | Permission::ResolveFindings
            | Permission::Erase
            | Permission::ManageAccounts
            | Permission::ReadAudit
            | Permission::ManageSearch
            | Permission::ManageClients => &[],
        }
    }

    fn is_of(self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.roles().contains(role))
    }
}

/// Tells an application what it lacks. Without scopes that would do, that only a person may.
fn out_of_scope(scopes: &[Scope]) -> ApiError {
    let names: Vec<String> = scopes.iter().map(|scope| format!("`{scope}`")).collect();
    let message = match names.is_empty() {
        true => "An application may not do this; only a person may, in a session of their own.".to_owned(),
        false => format!(
            "The access token lacks the scope {}: ask for it at `/oauth/token`, and whoever manages the application for it \
             if it is not granted.",
            names.join(" or ")
        ),
    };
    ApiError::new(Code::Forbidden, message)
}

impl Actor {
    /// Whether the actor may do this. The system may do everything; an application what both the member's roles and its
    /// scopes allow.
    pub fn may(&self, permission: Permission) -> bool {
        match self {
            Actor::System => true,
            Actor::Anonymous => false,
            Actor::SignedIn(signed_in) => permission.is_of(&signed_in.roles),
            Actor::Client(client) => permission.is_of(&client.roles) && client.scopes.any_of(permission.scopes()),
        }
    }

    /// Refuses what the actor may not do.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` where nobody is signed in, `FORBIDDEN` where the roles or an application's scopes do not suffice.
    pub fn require(&self, permission: Permission) -> Result<(), ApiError> {
        if self.may(permission) {
            return Ok(());
        }
        match self {
            Actor::Anonymous | Actor::System => Err(unauthenticated()),
            Actor::Client(client) if !client.scopes.any_of(permission.scopes()) => {
                Err(out_of_scope(permission.scopes()))
            }
            Actor::SignedIn(_) | Actor::Client(_) => Err(ApiError::new(
                Code::Forbidden,
                "Your account may not do this; ask an administrator if it should.",
            )),
        }
    }

    /// Who is signed in, in a session of their own, for what everybody may do about themselves and no application for them.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` where nobody is, `FORBIDDEN` where an application acts.
    pub fn signed_in(&self) -> Result<&Arc<SignedIn>, ApiError> {
        match self {
            Actor::SignedIn(signed_in) => Ok(signed_in),
            Actor::Client(_) => Err(out_of_scope(&[])),
            Actor::Anonymous | Actor::System => Err(unauthenticated()),
        }
    }

    /// The account of whoever is signed in, for what an application may do for them with one of these scopes.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` where nobody is, `FORBIDDEN` where an application acts that has none of them.
    pub fn member(&self, scopes: &[Scope]) -> Result<Uuid, ApiError> {
        match self {
            Actor::SignedIn(signed_in) => Ok(signed_in.account),
            Actor::Client(client) if client.scopes.any_of(scopes) => Ok(client.account),
            Actor::Client(_) => Err(out_of_scope(scopes)),
            Actor::Anonymous | Actor::System => Err(unauthenticated()),
        }
    }

    /// Whether this account is shown what is its own: to its owner, and to an application that acts for them with one of
    /// these scopes.
    pub fn is_member(&self, account: Uuid, scopes: &[Scope]) -> bool {
        self.member(scopes).is_ok_and(|own| own == account)
    }

    /// The account whose own things the actor sees because they may do this.
    pub fn own(&self, permission: Permission) -> Option<Uuid> {
        self.account().filter(|_| self.may(permission))
    }
}

fn unauthenticated() -> ApiError {
    ApiError::new(
        Code::Unauthenticated,
        "Sign in first: send `Authorization: Bearer` with the access token of `signIn`.",
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::identity::ActingClient;
    use crate::identity::scope::Scopes;

    const ALL: [Permission; 13] = [
        Permission::Contribute,
        Permission::SeeSubmissions,
        Permission::Flag,
        Permission::Moderate,
        Permission::DecideOnContent,
        Permission::PublishMinorEdits,
        Permission::HideByFlag,
        Permission::ResolveFindings,
        Permission::Erase,
        Permission::ManageAccounts,
        Permission::ReadAudit,
        Permission::ManageSearch,
        Permission::ManageClients,
    ];

    const ROLES: [Role; 5] = [
        Role::Member,
        Role::TrustedMember,
        Role::Moderator,
        Role::SafeguardingLead,
        Role::Admin,
    ];

    fn chosen<T: Copy>(all: &[T], mask: u8) -> Vec<T> {
        let picked = all.iter().enumerate().filter(|(index, _)| mask >> index & 1 == 1);
        picked.map(|(_, one)| *one).collect()
    }

    proptest! {
        #[test]
        fn an_application_may_never_more_than_either_its_member_or_its_scopes(roles in any::<u8>(), scopes in any::<u8>()) {
            let roles = chosen(&ROLES, roles);
            let scopes: Scopes = chosen(&Scope::ALL, scopes).into_iter().collect();
            let account = Uuid::now_v7();
            let member = Actor::SignedIn(Arc::new(SignedIn {
                account,
                session: Uuid::now_v7(),
                roles: roles.clone(),
                remit: None,
            }));
            let client = |roles: &[Role], scopes: &Scopes| Actor::Client(Arc::new(ActingClient {
                client: Uuid::now_v7(),
                account,
                scopes: scopes.clone(),
                roles: roles.to_vec(),
                remit: None,
            }));
            for permission in ALL {
                let acting = client(&roles, &scopes);
                let allowed = acting.may(permission);
                prop_assert!(!allowed || member.may(permission));
                prop_assert!(!allowed || client(&ROLES, &scopes).may(permission));
                prop_assert_eq!(acting.require(permission).is_ok(), allowed);
                prop_assert_eq!(acting.own(permission).is_some(), allowed);
            }
            prop_assert!(client(&roles, &scopes).signed_in().is_err());
        }
    }

    #[test]
    fn what_only_a_person_may_no_application_does_with_all_roles_and_scopes() {
        let all = Actor::Client(Arc::new(ActingClient {
            client: Uuid::now_v7(),
            account: Uuid::now_v7(),
            scopes: Scope::ALL.into_iter().collect(),
            roles: ROLES.to_vec(),
            remit: None,
        }));
        let refused: Vec<Permission> = ALL.into_iter().filter(|permission| !all.may(*permission)).collect();
        assert_eq!(
            refused,
            [
                Permission::PublishMinorEdits,
                Permission::ResolveFindings,
                Permission::Erase,
                Permission::ManageAccounts,
                Permission::ReadAudit,
                Permission::ManageSearch,
                Permission::ManageClients,
            ]
        );
        let error = all.require(Permission::Erase).unwrap_err();
        assert!(error.message().contains("only a person"), "{}", error.message());
    }
}
