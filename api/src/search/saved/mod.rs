//! Saved searches: a member keeps a search with its filter and hears of what is newly published and answers it, in the API,
//! by letter and as a feed.
//!
//! What answers is found as content is published ([`follow`]); each answer is a notification of its own kind.

pub mod feed;
pub mod follow;
pub mod graphql;

use async_graphql::InputType;
use chrono::{DateTime, Utc};
use praxis_entities::vocabulary::NotificationMail;
use praxis_entities::{notification, saved_search};
use praxis_search::text::reading::read;
use praxis_search::{StandingSearch, Synonyms};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder,
};
use uuid::Uuid;

use super::filter::SearchFilter;
use super::graphql::check_query;
use crate::app::App;
use crate::config::Secret;
use crate::content::document::problem::ProblemCode;
use crate::curation::error::CurationError;
use crate::curation::notification::due;
use crate::graphql::errors::ApiError;
use crate::identity::scope::Scope;
use crate::identity::seal::{Seal, purpose};
use crate::identity::{Actor, random, truncate};
use crate::log;
use crate::vocabulary::Vocabulary;

/// Most saved searches of one member.
const MOST: u64 = 50;
/// Longest name, in characters.
const NAME: usize = 100;

/// A search to save.
pub struct Wish {
    /// The saved search to change; a new one where it is missing.
    pub id: Option<Uuid>,
    /// What its owner calls it.
    pub name: String,
    /// The words; empty where the filter alone decides.
    pub query: String,
    /// The filter.
    pub filter: SearchFilter,
    /// How often its owner wants letters about it.
    pub mail: NotificationMail,
}

/// Saves a search, or changes one. It hears of what is published from now on.
///
/// # Errors
/// `UNAUTHENTICATED`; `NOT_FOUND` where it is not the actor's; `REQUIRED`, `TOO_LONG`, `INVALID`; what the words and the filter
/// can raise; where the database is away.
pub async fn save(
    app: &App,
    actor: &Actor,
    wish: Wish,
    at: DateTime<Utc>,
) -> Result<saved_search::Model, CurationError> {
    let account = actor.member(&[Scope::SearchesManage])?;
    let name = check_name(&wish.name)?;
    let query = check_words(&wish.query, &wish.filter)?;
    wish.filter.check(&app.vocabulary)?;
    let filter = wish.filter.to_value().into_json().map_err(ApiError::internal)?;
    let at = truncate(at);
    let transaction = app.database.begin().await?;
    let row = match wish.id {
        Some(id) => {
            let known = own(&transaction, account, id).await?;
            postpone(&transaction, id, wish.mail, at).await?;
            let changed = saved_search::ActiveModel {
                id: Set(id),
                name: Set(name),
                query: Set(query),
                filter: Set(filter),
                mail: Set(wish.mail),
                updated_at: Set(at),
                ..known.into()
            };
            saved_search::Entity::update(changed).exec(&transaction).await?
        }
        None => {
            let mine = saved_search::Entity::find().filter(saved_search::Column::AccountId.eq(account));
            if mine.count(&transaction).await? >= MOST {
                return Err(CurationError::problem(
                    ProblemCode::TooLong,
                    "name",
                    format!("You have {MOST} saved searches; delete one first."),
                ));
            }
            let secret = random::token("pf_").map_err(ApiError::internal)?;
            let row = saved_search::Model {
                id: Uuid::now_v7(),
                account_id: account,
                name,
                query,
                filter,
                mail: wish.mail,
                followed: log::last_sequence(&transaction).await?,
                feed_hash: random::fingerprint(secret.expose()),
                feed_sealed: app
                    .identity
                    .seal
                    .seal(purpose::FEED, secret.expose().as_bytes())
                    .map_err(ApiError::internal)?,
                unsubscribe_hash: random::fingerprint(unsubscribe_token(&secret).expose()),
                created_at: at,
                updated_at: at,
            };
            let new: saved_search::ActiveModel = row.clone().into();
            saved_search::Entity::insert(new.reset_all())
                .exec_without_returning(&transaction)
                .await?;
            row
        }
    };
    transaction.commit().await?;
    Ok(row)
}

/// Deletes a saved search with all that was told of it.
///
/// # Errors
/// `UNAUTHENTICATED`; `NOT_FOUND` where it is not the actor's; where the database is away.
pub async fn delete(app: &App, actor: &Actor, id: Uuid) -> Result<(), CurationError> {
    let account = actor.member(&[Scope::SearchesManage])?;
    let transaction = app.database.begin().await?;
    own(&transaction, account, id).await?;
    saved_search::Entity::delete_by_id(id).exec(&transaction).await?;
    transaction.commit().await?;
    Ok(())
}

/// The saved searches of an account, in the order of their making.
///
/// # Errors
/// Where the database is away.
pub async fn of(connection: &impl ConnectionTrait, account: Uuid) -> Result<Vec<saved_search::Model>, DbErr> {
    saved_search::Entity::find()
        .filter(saved_search::Column::AccountId.eq(account))
        .order_by_asc(saved_search::Column::Id)
        .all(connection)
        .await
}

/// Deletes the saved searches of an account.
///
/// # Errors
/// Where the database is away.
pub async fn delete_all(connection: &impl ConnectionTrait, account: Uuid) -> Result<(), DbErr> {
    saved_search::Entity::delete_many()
        .filter(saved_search::Column::AccountId.eq(account))
        .exec(connection)
        .await?;
    Ok(())
}

/// The saved search with this secret in the address of its feed.
///
/// # Errors
/// Where the database is away.
pub async fn by_feed(connection: &impl ConnectionTrait, token: &str) -> Result<Option<saved_search::Model>, DbErr> {
    saved_search::Entity::find()
        .filter(saved_search::Column::FeedHash.eq(random::fingerprint(token)))
        .one(connection)
        .await
}

/// The saved search whose letters this secret ends.
///
/// # Errors
/// Where the database is away.
pub async fn by_unsubscribe(
    connection: &impl ConnectionTrait,
    token: &str,
) -> Result<Option<saved_search::Model>, DbErr> {
    saved_search::Entity::find()
        .filter(saved_search::Column::UnsubscribeHash.eq(random::fingerprint(token)))
        .one(connection)
        .await
}

/// Ends the letters about a saved search, which stays. Doing it again changes nothing.
///
/// # Errors
/// Where the database is away.
pub async fn unsubscribe(app: &App, token: &str, at: DateTime<Utc>) -> Result<Option<saved_search::Model>, DbErr> {
    let Some(known) = by_unsubscribe(app.database.read(), token).await? else {
        return Ok(None);
    };
    let transaction = app.database.begin().await?;
    saved_search::Entity::update_many()
        .col_expr(saved_search::Column::Mail, Expr::value(NotificationMail::Never))
        .filter(saved_search::Column::Id.eq(known.id))
        .exec(&transaction)
        .await?;
    postpone(&transaction, known.id, NotificationMail::Never, truncate(at)).await?;
    transaction.commit().await?;
    Ok(Some(known))
}

/// The address of the feed of a saved search.
///
/// # Errors
/// Where its secret is damaged or sealed with another key.
pub fn feed_url(public_url: &str, seal: &Seal, row: &saved_search::Model) -> Result<String, ApiError> {
    Ok(format!("{public_url}/feeds/{}", secret(seal, row)?.expose()))
}

/// The address at which the letters about a saved search are ended.
///
/// # Errors
/// Where its secret is damaged or sealed with another key.
pub fn unsubscribe_url(public_url: &str, seal: &Seal, row: &saved_search::Model) -> Result<String, ApiError> {
    let token = unsubscribe_token(&secret(seal, row)?);
    Ok(format!("{public_url}/unsubscribe/{}", token.expose()))
}

fn secret(seal: &Seal, row: &saved_search::Model) -> Result<Secret, ApiError> {
    let bytes = seal.open(purpose::FEED, &row.feed_sealed).map_err(ApiError::internal)?;
    let text = String::from_utf8(bytes).map_err(ApiError::internal)?;
    Ok(Secret::from(text.as_str()))
}

/// Whoever has the address of a feed can't end the letters with it, nor the other way round.
fn unsubscribe_token(feed: &Secret) -> Secret {
    let hash = random::fingerprint(&format!("unsubscribe {}", feed.expose()));
    Secret::from(format!("pu_{hash}").as_str())
}

/// The saved search as it is asked of documents.
///
/// # Errors
/// Where its filter is damaged or names something that is no longer known.
pub fn standing(row: &saved_search::Model, vocabulary: &Vocabulary) -> Result<StandingSearch, ApiError> {
    Ok(StandingSearch {
        query: row.query.clone(),
        filter: filter(row)?.check(vocabulary)?,
    })
}

/// The filter as it was given.
///
/// # Errors
/// Where it is damaged.
pub fn filter(row: &saved_search::Model) -> Result<SearchFilter, ApiError> {
    let value = async_graphql::Value::from_json(row.filter.clone()).map_err(ApiError::internal)?;
    SearchFilter::parse(Some(value))
        .map_err(|error| ApiError::internal(error.into_server_error(Default::default()).message))
}

async fn own(connection: &impl ConnectionTrait, account: Uuid, id: Uuid) -> Result<saved_search::Model, CurationError> {
    saved_search::Entity::find_by_id(id)
        .filter(saved_search::Column::AccountId.eq(account))
        .one(connection)
        .await?
        .ok_or_else(|| {
            let message = "You have no such saved search.";
            CurationError::problem(ProblemCode::NotFound, "savedSearch", message)
        })
}

/// Lets what waits for a letter go with the next one by this setting.
async fn postpone(
    connection: &impl ConnectionTrait,
    id: Uuid,
    mail: NotificationMail,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    notification::Entity::update_many()
        .col_expr(notification::Column::MailDueAt, Expr::value(due(mail, at)))
        .filter(notification::Column::SavedSearchId.eq(id))
        .filter(notification::Column::MailedAt.is_null())
        .exec(connection)
        .await?;
    Ok(())
}

fn check_name(name: &str) -> Result<String, CurationError> {
    let name = name.trim();
    let problem = |code, message: String| Err(CurationError::problem(code, "name", message));
    if name.is_empty() {
        return problem(ProblemCode::Required, "Give the search a name.".to_owned());
    }
    if name.chars().count() > NAME {
        return problem(ProblemCode::TooLong, format!("Shorten the name to {NAME} characters."));
    }
    if name.chars().any(char::is_control) {
        return problem(ProblemCode::Invalid, "Give the name on one line.".to_owned());
    }
    Ok(name.to_owned())
}

fn check_words(query: &str, filter: &SearchFilter) -> Result<String, CurationError> {
    if query.trim().is_empty() {
        if filter.is_empty() {
            return Err(CurationError::problem(
                ProblemCode::Required,
                "query",
                "Write at least one word, or set a filter.",
            ));
        }
        return Ok(String::new());
    }
    let query = check_query(query)?;
    if read(&query, None, &Synonyms::default()).slots.is_empty() {
        return Err(CurationError::problem(
            ProblemCode::Invalid,
            "query",
            "There is no word in it that says what to look for.",
        ));
    }
    Ok(query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_search_has_a_name_on_one_line_within_bounds() {
        assert_eq!(check_name("  Budgets in Zambia ").unwrap(), "Budgets in Zambia");
        for wrong in ["", "  ", "a\nb", &"x".repeat(NAME + 1)] {
            assert!(check_name(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_saved_search_has_words_or_a_filter() {
        let some = SearchFilter {
            child_friendly: Some(true),
            ..SearchFilter::default()
        };
        assert_eq!(check_words(" ", &some).unwrap(), "");
        assert_eq!(
            check_words(" child budgets ", &SearchFilter::default()).unwrap(),
            "child budgets"
        );
        let empty = SearchFilter {
            themes: Some(Vec::new()),
            ..SearchFilter::default()
        };
        for (query, filter) in [("", &empty), ("?!", &some), ("a\u{0}", &some)] {
            assert!(check_words(query, filter).is_err(), "{query:?}");
        }
    }

    #[test]
    fn the_secret_of_a_feed_does_not_end_letters() {
        let feed = Secret::from("pf_one");
        assert_ne!(unsubscribe_token(&feed).expose(), feed.expose());
        assert_ne!(
            unsubscribe_token(&feed).expose(),
            unsubscribe_token(&Secret::from("pf_other")).expose()
        );
    }
}
