//! `praxis user`: accounts, for the operator.

use std::io::Read;

use chrono::Utc;
use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use praxis_entities::vocabulary::Role;

use super::{CommandError, say};
use crate::config::{Config, Secret};
use crate::identity::Actor;
use crate::identity::account;
use crate::identity::error::IdentityError;
use crate::identity::registration::SignUp;
use crate::identity::remit::limits::Limits;
use crate::identity::remit::rows;
use crate::identity::service::Identity;
use crate::service::{StartError, Store};
use crate::vocabulary::Vocabulary;

/// Creates, lists, promotes and suspends accounts. Works beside a running server, which learns of it within a second.
#[derive(Args, Debug)]
pub struct UserArguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Creates an account whose address counts as verified.
    Create {
        /// The e-mail address.
        #[arg(long, value_name = "EMAIL")]
        email: String,
        /// How the person wants to be called.
        #[arg(long, value_name = "NAME")]
        display_name: String,
        /// A role beside that of a member; may be repeated.
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<RoleArgument>,
        /// Reads the password from standard input, without the line break at its end.
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Lists the accounts: e-mail address, name, roles, state, what they are limited to as moderators.
    List,
    /// Grants a role.
    Promote(Change),
    /// Withdraws a role.
    Demote(Change),
    /// Limits what an account curates as a moderator, in place of its limits before: with languages, to what is written in one
    /// of them; with regions or countries, to what names a country of theirs; with both, to what is within both.
    /// Safeguarding leads and administrators are not limited.
    #[command(group = ArgGroup::new("limits").args(["languages", "regions", "countries", "none"]).required(true).multiple(true))]
    Limit {
        /// The e-mail address.
        #[arg(long, value_name = "EMAIL")]
        email: String,
        /// A language, e.g. `fr`; may be repeated.
        #[arg(long = "language", value_name = "LANGUAGE")]
        languages: Vec<String>,
        /// A UN M49 region with all countries in it, e.g. `002` for Africa; may be repeated.
        #[arg(long = "region", value_name = "REGION")]
        regions: Vec<String>,
        /// An ISO 3166-1 alpha-2 country, e.g. `NP`; may be repeated.
        #[arg(long = "country", value_name = "COUNTRY")]
        countries: Vec<String>,
        /// Takes all limits away.
        #[arg(long, conflicts_with_all = ["languages", "regions", "countries"])]
        none: bool,
    },
    /// Suspends an account: its sessions end, and nobody can sign in to it.
    Suspend {
        /// The e-mail address.
        #[arg(long, value_name = "EMAIL")]
        email: String,
        /// Why, for the audit log; no personal data.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Ends a suspension.
    Restore(Whose),
    /// Removes the second factor of somebody who lost it.
    ResetTotp(Whose),
}

#[derive(Args, Debug)]
struct Whose {
    /// The e-mail address.
    #[arg(long, value_name = "EMAIL")]
    email: String,
}

#[derive(Args, Debug)]
struct Change {
    /// The e-mail address.
    #[arg(long, value_name = "EMAIL")]
    email: String,
    /// The role.
    #[arg(long, value_name = "ROLE")]
    role: RoleArgument,
}

/// A role as the command line takes it: `safeguarding-lead` or `SAFEGUARDING_LEAD`.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleArgument {
    #[value(alias = "MEMBER")]
    Member,
    #[value(alias = "TRUSTED_MEMBER", alias = "trusted_member")]
    TrustedMember,
    #[value(alias = "MODERATOR")]
    Moderator,
    #[value(alias = "SAFEGUARDING_LEAD", alias = "safeguarding_lead")]
    SafeguardingLead,
    #[value(alias = "ADMIN")]
    Admin,
}

impl From<RoleArgument> for Role {
    fn from(role: RoleArgument) -> Self {
        match role {
            RoleArgument::Member => Role::Member,
            RoleArgument::TrustedMember => Role::TrustedMember,
            RoleArgument::Moderator => Role::Moderator,
            RoleArgument::SafeguardingLead => Role::SafeguardingLead,
            RoleArgument::Admin => Role::Admin,
        }
    }
}

/// Runs the command.
///
/// # Errors
/// Where there is no such account, the input is wrong, or the database is away.
pub async fn run(config: &Config, arguments: UserArguments) -> Result<(), CommandError> {
    let Store { database, vocabulary } = Store::open(config).await?;
    let identity = Identity::open(config, database).await.map_err(StartError::from)?;
    let done = act(&identity, &vocabulary, arguments.action).await;
    identity.mailer.settle().await;
    done
}

async fn act(identity: &Identity, vocabulary: &Vocabulary, action: Action) -> Result<(), CommandError> {
    let (actor, now) = (Actor::System, Utc::now());
    match action {
        Action::Create {
            email,
            display_name,
            roles,
            password_stdin: _,
        } => {
            let roles: Vec<Role> = roles.into_iter().map(Role::from).collect();
            let sign_up = SignUp {
                email,
                password: read_password()?,
                display_name,
            };
            let id = identity.create(sign_up, &roles, now).await?;
            say(&format!("created account {id}"));
        }
        Action::List => list(identity).await?,
        Action::Promote(Change { email, role }) => {
            let (account, role) = (identity.find(&email).await?, Role::from(role));
            let changed = identity.grant(&actor, account.row.id, role, now).await?;
            report(changed, role.as_str(), "granted", "the account had it already");
        }
        Action::Demote(Change { email, role }) => {
            let (account, role) = (identity.find(&email).await?, Role::from(role));
            let changed = identity.withdraw(&actor, account.row.id, role, now).await?;
            report(
                changed,
                role.as_str(),
                "withdrawn",
                "the account did not have it, or every account has it",
            );
        }
        Action::Limit {
            email,
            languages,
            regions,
            countries,
            none: _,
        } => {
            let account = identity.find(&email).await?;
            let limits = Limits::read(vocabulary, &languages, &regions, &countries)
                .map_err(|error| CommandError::Failed(error.message().to_owned()))?;
            let changed = identity.limit(&actor, account.row.id, &limits, now).await?;
            report(
                changed,
                "moderation",
                &format!("limited: {}", limits.describe()),
                "these are its limits already",
            );
        }
        Action::Suspend { email, reason } => {
            let account = identity.find(&email).await?;
            let changed = identity.suspend(&actor, account.row.id, reason, now).await?;
            report(changed, "account", "suspended", "it was suspended already");
        }
        Action::Restore(Whose { email }) => {
            let account = identity.find(&email).await?;
            let changed = identity.restore(&actor, account.row.id, now).await?;
            report(changed, "account", "restored", "it was not suspended");
        }
        Action::ResetTotp(Whose { email }) => {
            let account = identity.find(&email).await?;
            let changed = identity.reset_totp(&actor, &account, now).await?;
            report(changed, "second factor", "removed", "there was none");
        }
    }
    Ok(())
}

fn report(changed: bool, what: &str, done: &str, otherwise: &str) {
    if changed {
        say(&format!("{what} {done}"));
    } else {
        say(&format!("{what} unchanged: {otherwise}"));
    }
}

async fn list(identity: &Identity) -> Result<(), IdentityError> {
    let mut limits = rows::all(identity.database.read()).await?;
    for account in account::all(identity.database.read()).await? {
        let roles: Vec<&str> = account.roles.iter().map(|role| role.as_str()).collect();
        let limited = match limits.remove(&account.row.id) {
            Some(limits) => format!(", limited to {}", limits.into_iter().collect::<Limits>().describe()),
            None => String::new(),
        };
        let state = match (&account.row.suspended_at, &account.row.email_verified_at) {
            (Some(_), _) => "suspended",
            (None, None) => "unverified",
            (None, Some(_)) => "active",
        };
        say(&format!(
            "{}\t{}\t{}\t{state}{}{}",
            account.row.email,
            account.row.display_name,
            roles.join(","),
            if account.has_totp() { ", second factor" } else { "" },
            limited,
        ));
    }
    Ok(())
}

fn read_password() -> Result<Secret, IdentityError> {
    let mut text = String::new();
    std::io::stdin()
        .take(4096)
        .read_to_string(&mut text)
        .map_err(|_| IdentityError::Key("the password can't be read from standard input".to_owned()))?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    Ok(Secret::from(text.strip_suffix('\r').unwrap_or(text)))
}
