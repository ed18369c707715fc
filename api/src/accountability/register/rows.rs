//! The rows of reference nodes, and writing those that have changed.

use std::collections::HashMap;

use chrono::Datelike;
use praxis_entities::{indicator, mechanism, review, treaty};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, IdenStatic, IntoActiveModel, Iterable,
    ModelTrait, QueryFilter, QuerySelect,
};
use uuid::Uuid;

use super::{IndicatorInput, MechanismInput, ReferenceInput, ReviewInput, Sort, TreatyInput};
use crate::accountability::reference::place_of;
use crate::content::document::validate::is_slug;
use crate::curation::publish::Outcome;

/// How many rows one statement reads or writes.
const ROWS: usize = 200;

/// What a reference node refers to, found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Resolved {
    /// The mechanism of a review.
    pub mechanism: Option<Uuid>,
    /// The state of a review.
    pub country: Option<Uuid>,
    /// The resource that the node is taken from.
    pub resource: Option<Uuid>,
}

/// A checked reference node that is to be written.
#[derive(Clone, Debug)]
pub struct Registration {
    /// Its key: that of the existing node, or a new one.
    pub id: Uuid,
    /// Its slug.
    pub slug: String,
    /// What it says.
    pub input: ReferenceInput,
    /// What it refers to.
    pub resolved: Resolved,
}

/// The keys of the nodes of a sort with these slugs.
///
/// # Errors
/// Where the database is away.
pub async fn ids(
    connection: &impl ConnectionTrait,
    sort: Sort,
    slugs: &[String],
) -> Result<HashMap<String, Uuid>, DbErr> {
    async fn of<E: EntityTrait>(
        connection: &impl ConnectionTrait,
        slug: E::Column,
        id: E::Column,
        slugs: &[String],
    ) -> Result<HashMap<String, Uuid>, DbErr> {
        let mut found = HashMap::new();
        for chunk in slugs.chunks(500) {
            let rows: Vec<(String, Uuid)> = E::find()
                .select_only()
                .column(slug)
                .column(id)
                .filter(Expr::col(slug).is_in(chunk.iter().cloned()))
                .into_tuple()
                .all(connection)
                .await?;
            found.extend(rows);
        }
        Ok(found)
    }
    match sort {
        Sort::Mechanism => {
            of::<mechanism::Entity>(connection, mechanism::Column::Slug, mechanism::Column::Id, slugs).await
        }
        Sort::Review => of::<review::Entity>(connection, review::Column::Slug, review::Column::Id, slugs).await,
        Sort::Treaty => of::<treaty::Entity>(connection, treaty::Column::Slug, treaty::Column::Id, slugs).await,
        Sort::Indicator => {
            of::<indicator::Entity>(connection, indicator::Column::Slug, indicator::Column::Id, slugs).await
        }
    }
}

/// The keys of nodes of several sorts. What has not the form of a slug, and may hold what a database refuses, is not looked for.
///
/// # Errors
/// Where the database is away.
pub async fn named(
    connection: &impl ConnectionTrait,
    nodes: impl IntoIterator<Item = (Sort, String)>,
) -> Result<HashMap<(Sort, String), Uuid>, DbErr> {
    let mut slugs: HashMap<Sort, Vec<String>> = HashMap::new();
    for (sort, slug) in nodes {
        if is_slug(&slug) {
            slugs.entry(sort).or_default().push(slug);
        }
    }
    let mut found = HashMap::new();
    for (sort, slugs) in slugs {
        let keys = ids(connection, sort, &slugs).await?;
        found.extend(keys.into_iter().map(|(slug, id)| ((sort, slug), id)));
    }
    Ok(found)
}

/// Writes nodes, those that have changed, and says what was done: how many, and which with whether they are new.
///
/// # Errors
/// Where the database refuses.
pub async fn write(
    transaction: &DatabaseTransaction,
    registrations: Vec<Registration>,
) -> Result<(Outcome, Vec<(bool, String)>), DbErr> {
    let mut rows = Rows::default();
    for one in registrations {
        rows.add(one);
    }
    let mut done = Done::default();
    done.take::<mechanism::Entity, _>(transaction, Sort::Mechanism, rows.mechanisms, |row| (row.id, &row.slug))
        .await?;
    done.take::<review::Entity, _>(transaction, Sort::Review, rows.reviews, |row| (row.id, &row.slug))
        .await?;
    done.take::<treaty::Entity, _>(transaction, Sort::Treaty, rows.treaties, |row| (row.id, &row.slug))
        .await?;
    done.take::<indicator::Entity, _>(transaction, Sort::Indicator, rows.indicators, |row| (row.id, &row.slug))
        .await?;
    Ok((done.outcome, done.changes))
}

/// Rows, sort by sort.
#[derive(Default)]
struct Rows {
    mechanisms: Vec<mechanism::Model>,
    reviews: Vec<review::Model>,
    treaties: Vec<treaty::Model>,
    indicators: Vec<indicator::Model>,
}

impl Rows {
    /// Adds the row of a node.
    fn add(&mut self, node: Registration) {
        match node.input {
            ReferenceInput::Mechanism(input) => {
                self.mechanisms
                    .push(mechanism_row(node.id, node.slug, input, node.resolved));
            }
            ReferenceInput::Review(input) => self.reviews.push(review_row(node.id, node.slug, input, node.resolved)),
            ReferenceInput::Treaty(input) => self.treaties.push(treaty_row(node.id, node.slug, input, node.resolved)),
            ReferenceInput::Indicator(input) => {
                self.indicators
                    .push(indicator_row(node.id, node.slug, input, node.resolved));
            }
        }
    }
}

fn mechanism_row(id: Uuid, slug: String, input: MechanismInput, resolved: Resolved) -> mechanism::Model {
    mechanism::Model {
        id,
        slug,
        name: input.name,
        acronym: input.acronym,
        description: input.description,
        place: 0,
        citation_resource_id: resolved.resource,
        citation_locator: input.citation.and_then(|citation| citation.locator),
    }
}

fn review_row(id: Uuid, slug: String, input: ReviewInput, resolved: Resolved) -> review::Model {
    let date = input.date.map(|date| date.0);
    let year = input.year.or(date.map(|date| date.year()));
    review::Model {
        id,
        slug,
        // A checked node names a mechanism and a country that were found; the database refuses other keys.
        mechanism_id: resolved.mechanism.unwrap_or_default(),
        country_id: resolved.country.unwrap_or_default(),
        cycle: input.cycle,
        session: input.session,
        date,
        year,
        document_symbol: input.document_symbol,
        place: place_of(date, year),
        citation_resource_id: resolved.resource,
        citation_locator: input.citation.and_then(|citation| citation.locator),
    }
}

fn treaty_row(id: Uuid, slug: String, input: TreatyInput, resolved: Resolved) -> treaty::Model {
    let adopted_on = input.adopted_on.map(|date| date.0);
    treaty::Model {
        id,
        slug,
        name: input.name,
        acronym: input.acronym,
        adopted_on,
        in_force_on: input.in_force_on.map(|date| date.0),
        place: place_of(adopted_on, None),
        citation_resource_id: resolved.resource,
        citation_locator: input.citation.and_then(|citation| citation.locator),
    }
}

fn indicator_row(id: Uuid, slug: String, input: IndicatorInput, resolved: Resolved) -> indicator::Model {
    indicator::Model {
        id,
        slug,
        name: input.name,
        definition: input.definition,
        unit: input.unit,
        source: input.source,
        themes: serde_json::to_value(input.themes.unwrap_or_default()).unwrap_or_else(|_| crate::content::no_list()),
        place: 0,
        citation_resource_id: resolved.resource,
        citation_locator: input.citation.and_then(|citation| citation.locator),
    }
}

/// What was done.
#[derive(Default)]
struct Done {
    outcome: Outcome,
    changes: Vec<(bool, String)>,
}

impl Done {
    async fn take<E, M>(
        &mut self,
        transaction: &DatabaseTransaction,
        sort: Sort,
        rows: Vec<M>,
        key: fn(&M) -> (Uuid, &String),
    ) -> Result<(), DbErr>
    where
        E: EntityTrait<Model = M>,
        M: ModelTrait<Entity = E> + IntoActiveModel<E::ActiveModel> + PartialEq + Sync,
        E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
    {
        for chunk in rows.chunks(ROWS) {
            let stored: HashMap<Uuid, M> = E::find()
                .filter(Expr::col("id").is_in(chunk.iter().map(|row| key(row).0)))
                .all(transaction)
                .await?
                .into_iter()
                .map(|row| (key(&row).0, row))
                .collect();
            let mut changed = Vec::new();
            for row in chunk {
                let (id, slug) = key(row);
                let name = || format!("{}/{slug}", sort.field());
                match stored.get(&id) {
                    Some(before) if before == row => {
                        self.outcome.unchanged += 1;
                        continue;
                    }
                    Some(_) => {
                        self.outcome.updated += 1;
                        self.changes.push((false, name()));
                    }
                    None => {
                        self.outcome.created += 1;
                        self.changes.push((true, name()));
                    }
                }
                changed.push(row.clone());
            }
            replace(transaction, changed).await?;
        }
        Ok(())
    }
}

/// Writes rows over those with the same keys, at most as many as one statement may.
///
/// # Errors
/// Where the database refuses.
pub(super) async fn replace<M>(transaction: &DatabaseTransaction, rows: Vec<M>) -> Result<(), DbErr>
where
    M: ModelTrait + IntoActiveModel<<M::Entity as EntityTrait>::ActiveModel>,
    M::Entity: EntityTrait<Model = M>,
    <M::Entity as EntityTrait>::ActiveModel: ActiveModelTrait<Entity = M::Entity> + Send,
{
    if rows.is_empty() {
        return Ok(());
    }
    let others = <M::Entity as EntityTrait>::Column::iter().filter(|column| column.as_str() != "id");
    M::Entity::insert_many(rows.into_iter().map(|row| row.into_active_model().reset_all()))
        .on_conflict(OnConflict::column("id").update_columns(others).to_owned())
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}
