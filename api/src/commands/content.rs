//! `praxis content`: an operator's decisions on published content.

use chrono::Utc;
use clap::{Args, Subcommand};
use praxis_entities::content;
use praxis_entities::vocabulary::ContentKind;
use sea_orm::{ColumnTrait, EntityTrait, Iterable, QueryFilter};

use super::{CommandError, say};
use crate::config::Config;
use crate::content::document::ContentInput;
use crate::curation::error::CurationError;
use crate::curation::standing::{Decision, decide};
use crate::identity::Actor;
use crate::service::{StartError, Store};

/// Decides on published content. A running server follows within a second.
#[derive(Args, Debug)]
pub struct ContentArguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Takes content out of sight at once, reversibly.
    Hide(Target),
    /// Makes hidden content visible again.
    Restore(Target),
    /// Withdraws content for good; a tombstone with the reason, which is public, stays.
    Retract(Target),
    /// Removes content and the personal data in it for good, from revisions, the index and every export.
    Erase(Target),
}

#[derive(Args, Debug)]
struct Target {
    /// The content as in its public address, e.g. `practitioner/amina-example`.
    #[arg(value_name = "KIND/SLUG")]
    address: String,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Runs the command.
///
/// # Errors
/// Where there is no such content, the decision can't be made where it stands, or the database refuses.
pub async fn run(config: &Config, arguments: ContentArguments) -> Result<(), CommandError> {
    let store = Store::open(config).await?;
    let (decision, target) = match arguments.action {
        Action::Hide(target) => (Decision::Hide, target),
        Action::Restore(target) => (Decision::Restore, target),
        Action::Retract(target) => (Decision::Retract, target),
        Action::Erase(target) => (Decision::Erase, target),
    };
    let missing = || {
        CommandError::Failed(format!(
            "there is no content `{}`; write KIND/SLUG as in its public address",
            target.address
        ))
    };
    let (kind, slug) = target.address.split_once('/').ok_or_else(missing)?;
    let kind = ContentKind::iter()
        .find(|one| ContentInput::field(*one) == kind)
        .ok_or_else(missing)?;
    let found = content::Entity::find()
        .filter(content::Column::Kind.eq(kind))
        .filter(content::Column::Slug.eq(slug))
        .one(store.database.read())
        .await
        .map_err(StartError::Database)?
        .ok_or_else(missing)?;
    let decided = decide(
        &store.database,
        &Actor::System,
        decision,
        (kind, found.id),
        &target.reason,
        Utc::now(),
    )
    .await;
    match decided {
        Ok(()) => {
            say("done");
            Ok(())
        }
        Err(CurationError::Problems(problems)) => {
            let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
            Err(CommandError::Failed(told.join("; ")))
        }
        Err(CurationError::Api(error)) => Err(CommandError::Failed(error.message().to_owned())),
    }
}
