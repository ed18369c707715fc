//! `praxis client`: applications that act for members, for the operator.

use std::collections::HashMap;

use chrono::{NaiveDate, Utc};
use clap::{Args, Subcommand};
use praxis_entities::account;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{CommandError, say};
use crate::config::{Config, Secret};
use crate::identifier::{NodeId, NodeType};
use crate::identity::Actor;
use crate::identity::api_client::manage::NewClient;
use crate::identity::api_client::{self, Status, agreed};
use crate::identity::error::IdentityError;
use crate::identity::scope::{Scope, Scopes};
use crate::identity::service::Identity;
use crate::service::{StartError, Store};

/// Creates, lists, changes and ends applications that act for members (API clients). Works beside a running server, which learns
/// of it within a second. An application works once its member has agreed to it, in a session of their own.
#[derive(Args, Debug)]
pub struct ClientArguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Creates an application, and prints its id and its secret. The secret is shown this once. The member is written to and
    /// agrees with `approveApiClient`.
    Create {
        /// What people call it; the member sees it.
        #[arg(long, value_name = "NAME")]
        name: String,
        /// The member that it acts for: the e-mail address or the id of the account.
        #[arg(long, value_name = "ADDRESS_OR_ID")]
        acts_for: String,
        /// A scope that it asks for, e.g. `content:contribute`; may be repeated.
        #[arg(long = "scope", value_name = "SCOPE", required = true, value_parser = read_scope)]
        scopes: Vec<Scope>,
        /// The last day on which it works, in UTC, e.g. `2027-12-31`; without one it works until it is ended.
        #[arg(long, value_name = "DATE")]
        expires: Option<NaiveDate>,
    },
    /// Lists the applications: id, name, status, the member's address, the scopes agreed to and, where they differ, those asked
    /// for, last day of use.
    List,
    /// Changes what an application asks for. What is new waits for the member; all its access tokens end.
    Scopes {
        /// The application.
        #[arg(long, value_name = "CLIENT_ID")]
        id: String,
        /// A scope that it asks for from now on; may be repeated.
        #[arg(long = "scope", value_name = "SCOPE", required = true, value_parser = read_scope)]
        scopes: Vec<Scope>,
    },
    /// Makes a new secret, and prints it this once. The one before works until the next is made.
    Rotate {
        /// The application.
        #[arg(long, value_name = "CLIENT_ID")]
        id: String,
        /// Earlier secrets may be in wrong hands: they and all access tokens end now.
        #[arg(long)]
        revoke: bool,
    },
    /// Ends an application for good, with its secrets and access tokens.
    End {
        /// The application.
        #[arg(long, value_name = "CLIENT_ID")]
        id: String,
    },
}

/// Runs the command.
///
/// # Errors
/// Where there is no such account or application, the input is wrong, or the database is away.
pub async fn run(config: &Config, arguments: ClientArguments) -> Result<(), CommandError> {
    let store = Store::open(config).await?;
    let identity = Identity::open(config, store.database).await.map_err(StartError::from)?;
    let done = act(&identity, arguments.action).await;
    identity.mailer.settle().await;
    done
}

async fn act(identity: &Identity, action: Action) -> Result<(), CommandError> {
    let (actor, now) = (Actor::System, Utc::now());
    match action {
        Action::Create {
            name,
            acts_for,
            scopes,
            expires,
        } => {
            let new = NewClient {
                name,
                acts_for: account_of(identity, &acts_for).await?,
                scopes: scopes.into_iter().collect(),
                expires_on: expires,
            };
            let (client, secret) = identity.create_client(&actor, new, now).await?;
            show(client.id, &secret);
            say("It works once its member has agreed (approveApiClient); they were written to.");
        }
        Action::List => list(identity).await?,
        Action::Scopes { id, scopes } => {
            let scopes: Scopes = scopes.into_iter().collect();
            let (client, changed) = identity
                .change_client_scopes(&actor, read_id(&id)?, &scopes, now)
                .await?;
            match changed {
                true => say(&format!("scopes changed; agreed to: {}", shown(&agreed(&client)))),
                false => say("scopes unchanged: it asks for these already"),
            }
        }
        Action::Rotate { id, revoke } => {
            let (client, secret) = identity
                .rotate_client_secret(&actor, read_id(&id)?, revoke, now)
                .await?;
            show(client.id, &secret);
        }
        Action::End { id } => {
            identity.end_client(&actor, read_id(&id)?, None, now).await?;
            say("client ended");
        }
    }
    Ok(())
}

fn show(client: Uuid, secret: &Secret) {
    say(&format!("client_id\t{}", api_client::public_id(client)));
    say(&format!("client_secret\t{}", secret.expose()));
}

async fn list(identity: &Identity) -> Result<(), IdentityError> {
    let connection = identity.database.read();
    let now = Utc::now();
    let clients = api_client::all(connection).await?;
    let members: Vec<(Uuid, String)> = account::Entity::find()
        .select_only()
        .columns([account::Column::Id, account::Column::Email])
        .filter(account::Column::Id.is_in(clients.iter().map(|client| client.account_id)))
        .into_tuple()
        .all(connection)
        .await?;
    let members: HashMap<Uuid, String> = members.into_iter().collect();
    for client in clients {
        let agreed = agreed(&client);
        let asked = match Scopes::stored(&client.scopes) {
            asked if asked == agreed => String::new(),
            asked => format!(", asks for {asked}"),
        };
        say(&format!(
            "{}\t{}\t{}\t{}\t{}{asked}\t{}",
            api_client::public_id(client.id),
            client.name,
            Status::of(&client, now).as_str(),
            members.get(&client.account_id).map_or("", String::as_str),
            shown(&agreed),
            client
                .last_used_on
                .map_or_else(|| "never used".to_owned(), |day| format!("last used {day}")),
        ));
    }
    Ok(())
}

fn shown(scopes: &Scopes) -> String {
    match scopes.is_empty() {
        true => "nothing".to_owned(),
        false => scopes.to_string(),
    }
}

fn read_scope(text: &str) -> Result<Scope, String> {
    Scope::named(text).ok_or_else(|| {
        let all = Scope::ALL.map(Scope::as_str).join(", ");
        format!("there is no such scope; there are {all}")
    })
}

fn read_id(text: &str) -> Result<Uuid, CommandError> {
    api_client::read_public_id(text)
        .ok_or_else(|| CommandError::Failed("this is no id of an application; see `praxis client list`".to_owned()))
}

/// The account with this e-mail address or id.
async fn account_of(identity: &Identity, text: &str) -> Result<Uuid, IdentityError> {
    if let Ok(id) = NodeId::parse_as(text, NodeType::Account) {
        return Ok(id);
    }
    match text.parse::<Uuid>() {
        Ok(id) => Ok(id),
        Err(_) => Ok(identity.find(text).await?.row.id),
    }
}
