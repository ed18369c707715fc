//! Words that mean the same to a search: a committed list, of acronyms with their long forms and of a thesaurus of the field, and
//! the groups that administrators keep. They take effect in every process within seconds, without a rebuild of the index.

pub mod graphql;

use std::time::Duration;

use chrono::{DateTime, Utc};
use praxis_entities::search_synonym;
use praxis_search::Synonyms;
use praxis_search::text::stop_words::language_of_stop_words;
use praxis_search::text::words::{is_unspaced, words};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryOrder};
use tokio::sync::watch;
use uuid::Uuid;

use super::SearchService;
use crate::content::document::problem::ProblemCode;
use crate::curation::error::CurationError;
use crate::database::Database;
use crate::graphql::errors::ApiError;
use crate::identity::audit::{self, Entry};
use crate::identity::permissions::Permission;
use crate::identity::{Actor, truncate};

/// Acronyms of the field with their long forms, and its thesaurus.
const STANDARD: &str = include_str!("../../../vocabulary/synonyms.json");
/// Most groups.
const GROUPS: u64 = 1_000;
/// Most phrases of a group.
const PHRASES: usize = 20;
/// The languages whose stop words mean the same as nothing. Those of German and Italian are words of others too, as `war` is.
const STOPPED: [&str; 6] = ["en", "fr", "es", "pt", "ru", "ar"];
/// Longest phrase, in characters.
const PHRASE: usize = 100;
/// How often a process looks whether another one changed the groups.
const PERIOD: Duration = Duration::from_secs(1);

/// The groups that always hold.
///
/// # Errors
/// Where the committed list is damaged, which a test would have found.
pub fn standard() -> Result<Vec<Vec<String>>, serde_json::Error> {
    serde_json::from_str(STANDARD)
}

/// The groups that administrators keep, in the order of their making.
///
/// # Errors
/// Where the database is away.
pub async fn kept(connection: &impl ConnectionTrait) -> Result<Vec<search_synonym::Model>, DbErr> {
    search_synonym::Entity::find()
        .order_by_asc(search_synonym::Column::Id)
        .all(connection)
        .await
}

/// The phrases of a group.
///
/// # Errors
/// Where the row is damaged.
pub fn phrases(row: &search_synonym::Model) -> Result<Vec<String>, ApiError> {
    crate::content::json(&row.phrases)
}

/// Adds a group, or changes the one with this key.
///
/// # Errors
/// `REQUIRED` of fewer than two phrases, `INVALID` of what is no word or says nothing, `TOO_LONG`, `NOT_FOUND`; where the actor may
/// not.
pub async fn save(
    database: &Database,
    actor: &Actor,
    id: Option<Uuid>,
    phrases: Vec<String>,
    at: DateTime<Utc>,
) -> Result<search_synonym::Model, CurationError> {
    actor.require(Permission::ManageSearch)?;
    let phrases = check(phrases)?;
    let at = truncate(at);
    let value = serde_json::to_value(&phrases).map_err(ApiError::internal)?;
    let transaction = database.begin().await?;
    let key = id.unwrap_or_else(Uuid::now_v7);
    let row = search_synonym::ActiveModel {
        id: Set(key),
        phrases: Set(value),
        updated_at: Set(at),
    };
    match id {
        Some(_) => {
            search_synonym::Entity::find_by_id(key)
                .one(&transaction)
                .await?
                .ok_or_else(missing)?;
            search_synonym::Entity::update(row).exec(&transaction).await?;
        }
        None => {
            if search_synonym::Entity::find().count(&transaction).await? >= GROUPS {
                return Err(CurationError::problem(
                    ProblemCode::TooLong,
                    "phrases",
                    format!("There are {GROUPS} groups; delete some first."),
                ));
            }
            search_synonym::Entity::insert(row)
                .exec_without_returning(&transaction)
                .await?;
        }
    }
    record(&transaction, actor, key, "SYNONYMS_SAVED", Some(phrases.join(", ")), at).await?;
    let saved = search_synonym::Entity::find_by_id(key).one(&transaction).await?;
    transaction.commit().await?;
    saved.ok_or_else(missing)
}

/// Deletes a group.
///
/// # Errors
/// `NOT_FOUND`; where the actor may not.
pub async fn delete(database: &Database, actor: &Actor, id: Uuid, at: DateTime<Utc>) -> Result<(), CurationError> {
    actor.require(Permission::ManageSearch)?;
    let transaction = database.begin().await?;
    let done = search_synonym::Entity::delete_by_id(id).exec(&transaction).await?;
    if done.rows_affected == 0 {
        return Err(missing());
    }
    record(&transaction, actor, id, "SYNONYMS_DELETED", None, at).await?;
    transaction.commit().await?;
    Ok(())
}

async fn record(
    connection: &impl ConnectionTrait,
    actor: &Actor,
    id: Uuid,
    action: &'static str,
    reason: Option<String>,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let entry = Entry {
        subject: format!("synonyms:{id}"),
        reason,
        ..Entry::new(actor, action, at)
    };
    audit::record(connection, entry).await
}

fn missing() -> CurationError {
    CurationError::problem(ProblemCode::NotFound, "id", "There is no such group of synonyms.")
}

fn check(phrases: Vec<String>) -> Result<Vec<String>, CurationError> {
    let mut checked: Vec<String> = Vec::with_capacity(phrases.len().min(PHRASES));
    for (index, phrase) in phrases.into_iter().enumerate() {
        let path = format!("phrases[{index}]");
        let phrase = phrase.trim().to_owned();
        if phrase.chars().count() > PHRASE {
            return Err(CurationError::problem(
                ProblemCode::TooLong,
                &path,
                format!("Shorten the phrase to {PHRASE} characters."),
            ));
        }
        if !phrase.chars().any(char::is_alphanumeric) || phrase.chars().any(char::is_control) {
            return Err(CurationError::problem(
                ProblemCode::Invalid,
                &path,
                "Give a word or a phrase of letters or digits.",
            ));
        }
        if let Some(reason) = says_nothing(&phrase) {
            return Err(CurationError::problem(ProblemCode::Invalid, &path, reason));
        }
        if index >= PHRASES {
            return Err(CurationError::problem(
                ProblemCode::TooLong,
                "phrases",
                format!("Give at most {PHRASES} phrases."),
            ));
        }
        if !checked.contains(&phrase) {
            checked.push(phrase);
        }
    }
    if checked.len() < 2 {
        return Err(CurationError::problem(
            ProblemCode::Required,
            "phrases",
            "Give at least two words or phrases that mean the same.",
        ));
    }
    Ok(checked)
}

/// Why a phrase would find nearly everything, where it would. A character of a script without spaces is a word.
fn says_nothing(phrase: &str) -> Option<String> {
    let found = words(phrase);
    if let [word] = found.as_slice()
        && let [letter] = word.folded.chars().collect::<Vec<_>>().as_slice()
        && !is_unspaced(*letter)
    {
        return Some(format!(
            "`{phrase}` is a single letter or digit, which stands in too many texts; give a word or a phrase."
        ));
    }
    let language = language_of_stop_words(&found, &STOPPED)?;
    Some(format!(
        "`{phrase}` is a stop word (`{language}`), which stands in nearly every text and is left out of searches; give a word \
         that says what is meant."
    ))
}

/// Keeps the engines of this process in step with the groups, until it is told to stop.
pub async fn keep(search: SearchService, database: Database, mut stop: watch::Receiver<bool>) {
    let mut applied: Option<Vec<Vec<String>>> = None;
    loop {
        match groups(&database).await {
            Ok(groups) if applied.as_ref() != Some(&groups) => {
                if apply(&search, &groups).await {
                    applied = Some(groups);
                }
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(message = error.message(), "the synonyms can't be read"),
        }
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(PERIOD) => {}
        }
    }
}

/// The words that mean the same now.
///
/// # Errors
/// Where the database is away.
pub async fn current(database: &Database) -> Result<Synonyms, ApiError> {
    Ok(Synonyms::from_groups(groups(database).await?))
}

async fn groups(database: &Database) -> Result<Vec<Vec<String>>, ApiError> {
    let mut groups = standard().map_err(ApiError::internal)?;
    for row in kept(database.read()).await? {
        groups.push(phrases(&row)?);
    }
    Ok(groups)
}

/// Sets the groups on every engine; false where one refused and has to be asked again.
async fn apply(search: &SearchService, groups: &[Vec<String>]) -> bool {
    let synonyms = Synonyms::from_groups(groups);
    let mut all = true;
    for engine in search.engines() {
        if let Err(error) = engine.index.set_synonyms(synonyms.clone()).await {
            tracing::debug!(engine = engine.index.name(), %error, "the synonyms can't be set yet");
            all = false;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_groups_are_well_formed() {
        for group in standard().unwrap() {
            assert_eq!(check(group.clone()).unwrap(), group);
        }
    }

    #[test]
    fn a_group_needs_two_different_phrases_within_bounds() {
        let group = |phrases: &[&str]| check(phrases.iter().map(|phrase| (*phrase).to_owned()).collect());
        assert!(group(&["budget"]).is_err());
        assert!(group(&["budget", " budget "]).is_err());
        assert!(group(&["budget", "!?"]).is_err());
        assert!(group(&["budget", "funds\u{0}"]).is_err());
        assert!(group(&["budget", &"x".repeat(101)]).is_err());
        assert!(group(&["budget"; 21]).is_err());
        assert_eq!(group(&[" budget ", "funds"]).unwrap(), ["budget", "funds"]);
    }

    #[test]
    fn what_would_find_nearly_everything_is_said_to() {
        for (phrase, reason) in [
            ("e", "single letter"),
            ("É.", "single letter"),
            ("7", "single letter"),
            ("the", "stop word (`en`)"),
            ("of the", "stop word (`en`)"),
            ("para", "stop word (`es`)"),
            ("не", "stop word (`ru`)"),
            ("une", "stop word (`fr`)"),
        ] {
            assert!(says_nothing(phrase).unwrap().contains(reason), "{phrase}");
        }
        for phrase in ["ONU", "UN", "U.P.R.", "童", "war", "right to be heard", "GC 13"] {
            assert_eq!(says_nothing(phrase), None, "{phrase}");
        }
    }
}
