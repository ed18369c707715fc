//! Limits, languages and countries as the database has them.

use std::collections::{BTreeSet, HashMap};

use praxis_entities::vocabulary::{ConceptScheme, ModerationLimitKind, Role};
use praxis_entities::{
    account_role, concept, content, content_concept, moderation_limit, submission, submission_country,
};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{Regions, Remit};
use crate::database::among;
use crate::identity::Actor;

/// What was limited of an account, whether it binds or not.
///
/// # Errors
/// Where the database is away.
pub async fn of_account(
    connection: &impl ConnectionTrait,
    account: Uuid,
) -> Result<Vec<moderation_limit::Model>, DbErr> {
    moderation_limit::Entity::find()
        .filter(moderation_limit::Column::AccountId.eq(account))
        .all(connection)
        .await
}

/// What was limited of every account, whether it binds or not.
///
/// # Errors
/// Where the database is away.
pub async fn all(connection: &impl ConnectionTrait) -> Result<HashMap<Uuid, Vec<moderation_limit::Model>>, DbErr> {
    Ok(grouped(moderation_limit::Entity::find().all(connection).await?))
}

/// The limits that bind these accounts, or all accounts: those of moderators who are not safeguarding leads or
/// administrators as well.
///
/// # Errors
/// Where the database is away.
pub async fn binding(
    connection: &impl ConnectionTrait,
    accounts: Option<Vec<Uuid>>,
) -> Result<HashMap<Uuid, Vec<moderation_limit::Model>>, DbErr> {
    let account = || Expr::col((moderation_limit::Entity, moderation_limit::Column::AccountId));
    let mut select = moderation_limit::Entity::find()
        .filter(account().in_subquery(having(&[Role::Moderator])))
        .filter(account().not_in_subquery(having(&[Role::SafeguardingLead, Role::Admin])))
        .order_by_asc(moderation_limit::Column::Kind)
        .order_by_asc(moderation_limit::Column::Code);
    if let Some(accounts) = accounts {
        select = select.filter(among(connection, account(), accounts));
    }
    Ok(grouped(select.all(connection).await?))
}

fn grouped(rows: Vec<moderation_limit::Model>) -> HashMap<Uuid, Vec<moderation_limit::Model>> {
    let mut limits: HashMap<Uuid, Vec<moderation_limit::Model>> = HashMap::new();
    for row in rows {
        limits.entry(row.account_id).or_default().push(row);
    }
    limits
}

fn having(roles: &[Role]) -> SelectStatement {
    Query::select()
        .column(account_role::Column::AccountId)
        .from(account_role::Entity)
        .and_where(Expr::col(account_role::Column::Role).is_in(roles.iter().copied()))
        .take()
}

/// The remits of those of these accounts, or of all accounts, who are limited.
///
/// # Errors
/// Where the database is away.
pub async fn remits(
    connection: &impl ConnectionTrait,
    accounts: Option<Vec<Uuid>>,
) -> Result<HashMap<Uuid, Remit>, DbErr> {
    let limits = binding(connection, accounts).await?;
    let by_region = limits
        .values()
        .flatten()
        .any(|limit| limit.kind == ModerationLimitKind::Region);
    let regions = if by_region {
        regions(connection).await?
    } else {
        Regions::default()
    };
    Ok(limits
        .into_iter()
        .filter_map(|(account, limits)| {
            let limits: BTreeSet<_> = limits.into_iter().map(|limit| (limit.kind, limit.code)).collect();
            Some((account, Remit::of(&limits, &regions)?))
        })
        .collect())
}

/// What an account with these roles in force curates, where it is limited as a moderator.
///
/// # Errors
/// Where the database is away.
pub async fn remit_of(
    connection: &impl ConnectionTrait,
    account: Uuid,
    roles: &[Role],
) -> Result<Option<Remit>, DbErr> {
    if !roles.contains(&Role::Moderator) {
        return Ok(None);
    }
    Ok(remits(connection, Some(vec![account])).await?.remove(&account))
}

async fn regions(connection: &impl ConnectionTrait) -> Result<Regions, DbErr> {
    let rows: Vec<(Uuid, ConceptScheme, String, Option<Uuid>)> = concept::Entity::find()
        .select_only()
        .columns([
            concept::Column::Id,
            concept::Column::Scheme,
            concept::Column::Code,
            concept::Column::BroaderId,
        ])
        .filter(concept::Column::Scheme.is_in([ConceptScheme::Region, ConceptScheme::Country]))
        .into_tuple()
        .all(connection)
        .await?;
    let codes: HashMap<Uuid, String> = rows.iter().map(|(id, _, code, _)| (*id, code.clone())).collect();
    let mut regions = Regions::default();
    for (_, scheme, code, broader) in rows {
        let region = broader.and_then(|id| codes.get(&id).cloned());
        match scheme {
            ConceptScheme::Region => regions.regions.insert(code, region),
            _ => regions.countries.insert(code, region),
        };
    }
    Ok(regions)
}

/// Something that a remit holds or does not: its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A submission.
    Submission(Uuid),
    /// Content that was published.
    Content(Uuid),
}

/// The language that something was written in, and the countries that it names.
pub type Place = (String, Vec<String>);

/// Where these submissions and contents belong.
///
/// # Errors
/// Where the database is away.
pub async fn places(
    connection: &impl ConnectionTrait,
    submissions: Vec<Uuid>,
    contents: Vec<Uuid>,
) -> Result<HashMap<Subject, Place>, DbErr> {
    let mut places: HashMap<Subject, Place> = HashMap::new();
    if !submissions.is_empty() {
        let rows: Vec<(Uuid, String, Option<String>)> = submission::Entity::find()
            .select_only()
            .columns([submission::Column::Id, submission::Column::Language])
            .column(submission_country::Column::Country)
            .join_rev(JoinType::LeftJoin, submission_country::submission())
            .filter(submission::Column::Id.is_in(submissions))
            .into_tuple()
            .all(connection)
            .await?;
        for (id, language, country) in rows {
            let place = places.entry(Subject::Submission(id)).or_insert((language, Vec::new()));
            place.1.extend(country);
        }
    }
    if !contents.is_empty() {
        let rows: Vec<(Uuid, String)> = content::Entity::find()
            .select_only()
            .columns([content::Column::Id, content::Column::Language])
            .filter(content::Column::Id.is_in(contents.iter().copied()))
            .into_tuple()
            .all(connection)
            .await?;
        for (id, language) in rows {
            places.insert(Subject::Content(id), (language, Vec::new()));
        }
        let named = Query::select()
            .column((content_concept::Entity, content_concept::Column::ContentId))
            .column((concept::Entity, concept::Column::Code))
            .from(content_concept::Entity)
            .inner_join(
                concept::Entity,
                Expr::col((concept::Entity, concept::Column::Id))
                    .equals((content_concept::Entity, content_concept::Column::ConceptId)),
            )
            .and_where(content_concept::Column::Scheme.eq(ConceptScheme::Country))
            .and_where(content_concept::Column::ContentId.is_in(contents))
            .take();
        for row in connection.query_all(&named).await? {
            let (id, code): (Uuid, String) = (row.try_get("", "content_id")?, row.try_get("", "code")?);
            if let Some(place) = places.get_mut(&Subject::Content(id)) {
                place.1.push(code);
            }
        }
    }
    Ok(places)
}

/// The limited moderators whose remit does not hold something.
///
/// # Errors
/// Where the database is away.
pub async fn elsewhere(connection: &impl ConnectionTrait, subject: Subject) -> Result<Vec<Uuid>, DbErr> {
    let remits = remits(connection, None).await?;
    if remits.is_empty() {
        return Ok(Vec::new());
    }
    let places = match subject {
        Subject::Submission(id) => places(connection, vec![id], Vec::new()).await?,
        Subject::Content(id) => places(connection, Vec::new(), vec![id]).await?,
    };
    let holds = |remit: &Remit| {
        places
            .get(&subject)
            .is_some_and(|(language, countries)| remit.holds(language, countries))
    };
    Ok(remits
        .into_iter()
        .filter(|(_, remit)| !holds(remit))
        .map(|(account, _)| account)
        .collect())
}

/// Whether content is the actor's to curate, so far as they are limited.
///
/// # Errors
/// Where the database is away.
pub async fn holds_content(connection: &impl ConnectionTrait, actor: &Actor, id: Uuid) -> Result<bool, DbErr> {
    let Some(remit) = actor.remit() else { return Ok(true) };
    let found: Option<Uuid> = content::Entity::find_by_id(id)
        .select_only()
        .column(content::Column::Id)
        .filter(remit.of_content())
        .into_tuple()
        .one(connection)
        .await?;
    Ok(found.is_some())
}
