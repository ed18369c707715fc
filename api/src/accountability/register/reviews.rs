//! The reviews that are held beside those of a bundle: which of them are the same, and which can't become another one.

use std::collections::{BTreeMap, HashMap, HashSet};

use praxis_entities::{ask, commitment, concept, mechanism, recommendation, reported_figure, review};
use sea_orm::sea_query::SimpleExpr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::ReviewInput;
use crate::accountability::review::facts::with_mechanism_and_state;
use crate::content::document::validate::is_slug;

/// How many keys one statement names.
const KEYS: usize = 500;

/// A review that is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldReview {
    id: Uuid,
    /// The slug of its mechanism.
    pub mechanism: String,
    /// ISO 3166-1 alpha-2 code of the state under review.
    pub country: String,
    cycle: Option<i32>,
    session: Option<String>,
}

impl HeldReview {
    /// Whether it is of the state and before the mechanism that a line of its slug says.
    fn is_of(&self, input: &ReviewInput) -> bool {
        self.country == input.country.as_str() && self.mechanism == input.mechanism
    }

    /// Whether a line of its slug leaves all that tells it from other reviews.
    fn stays(&self, input: &ReviewInput) -> bool {
        self.is_of(input) && self.cycle == input.cycle && self.session == input.session
    }
}

/// A mechanism, a state and a cycle.
type Place = (String, String, i32);

/// The reviews that a bundle's reviews are checked against.
#[derive(Debug, Default)]
pub struct Reviews {
    held: BTreeMap<String, HeldReview>,
    in_use: HashSet<Uuid>,
    /// Slugs and sessions, those that stay as they are first, then those that the bundle adds or changes, by its lines.
    by_place: HashMap<Place, Vec<(String, Option<String>)>>,
}

impl Reviews {
    /// Looks up the reviews of the states that a bundle's reviews are of, and those that have their slugs.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn beside(connection: &impl ConnectionTrait, lines: &[(&str, &ReviewInput)]) -> Result<Self, DbErr> {
        let mut held = BTreeMap::new();
        let slugs: Vec<&str> = lines
            .iter()
            .map(|(slug, _)| *slug)
            .filter(|slug| is_slug(slug))
            .collect();
        let countries: HashSet<&str> = lines.iter().map(|(_, input)| input.country.as_str()).collect();
        let countries: Vec<&str> = countries.into_iter().collect();
        for chunk in slugs.chunks(KEYS) {
            held.extend(select(connection, review::Column::Slug.is_in(chunk.iter().copied())).await?);
        }
        for chunk in countries.chunks(KEYS) {
            held.extend(select(connection, concept::Column::Code.is_in(chunk.iter().copied())).await?);
        }
        let moved: Vec<Uuid> = lines
            .iter()
            .filter_map(|(slug, input)| held.get(*slug).filter(|before| !before.is_of(input)))
            .map(|before| before.id)
            .collect();
        let in_use = in_use(connection, &moved).await?;
        let by_slug: HashMap<&str, &ReviewInput> = lines.iter().copied().collect();
        let mut by_place: HashMap<Place, Vec<(String, Option<String>)>> = HashMap::new();
        let staying = held
            .iter()
            .filter(|(slug, before)| by_slug.get(slug.as_str()).is_none_or(|input| before.stays(input)));
        for (slug, before) in staying {
            if let Some(cycle) = before.cycle {
                let place = (before.mechanism.clone(), before.country.clone(), cycle);
                by_place
                    .entry(place)
                    .or_default()
                    .push((slug.clone(), before.session.clone()));
            }
        }
        for (slug, input) in lines {
            let stays = held.get(*slug).is_some_and(|before| before.stays(input));
            if let Some(place) = place(input).filter(|_| !stays) {
                let session = input.session.clone();
                by_place.entry(place).or_default().push(((*slug).to_owned(), session));
            }
        }
        Ok(Self { held, in_use, by_place })
    }

    /// The review of this slug, where recommendations, asks, commitments or reported figures belong to it and a line would make
    /// it one of another state or before another mechanism.
    pub fn moved(&self, slug: &str, input: &ReviewInput) -> Option<&HeldReview> {
        self.held
            .get(slug)
            .filter(|before| !before.is_of(input) && self.in_use.contains(&before.id))
    }

    /// The slug of another review that is the same as the one that a line adds or changes: of the same state, before the same
    /// mechanism, in the same cycle. A body may look at a state in several sessions of a cycle, so that two with different
    /// sessions are two; and where there are no cycles, as with special procedures, a state may be visited again and again, so
    /// that nothing tells.
    pub fn same(&self, slug: &str, input: &ReviewInput) -> Option<&str> {
        if self.held.get(slug).is_some_and(|before| before.stays(input)) {
            return None;
        }
        self.by_place
            .get(&place(input)?)?
            .iter()
            .take_while(|(other, _)| other != slug)
            .find(|(_, session)| match (session, &input.session) {
                (Some(one), Some(other)) => one == other,
                _ => true,
            })
            .map(|(other, _)| other.as_str())
    }
}

fn place(input: &ReviewInput) -> Option<Place> {
    Some((input.mechanism.clone(), input.country.to_string(), input.cycle?))
}

async fn select(
    connection: &impl ConnectionTrait,
    condition: SimpleExpr,
) -> Result<impl Iterator<Item = (String, HeldReview)>, DbErr> {
    type Columns = (String, Uuid, String, String, Option<i32>, Option<String>);
    let rows: Vec<Columns> = with_mechanism_and_state()
        .columns([review::Column::Slug, review::Column::Id])
        .column_as(mechanism::Column::Slug, "mechanism")
        .column(concept::Column::Code)
        .columns([review::Column::Cycle, review::Column::Session])
        .filter(condition)
        .into_tuple()
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(|(slug, id, mechanism, country, cycle, session)| {
        let held = HeldReview {
            id,
            mechanism,
            country,
            cycle,
            session,
        };
        (slug, held)
    }))
}

/// Those of the reviews to which something belongs.
async fn in_use(connection: &impl ConnectionTrait, reviews: &[Uuid]) -> Result<HashSet<Uuid>, DbErr> {
    async fn of<E: EntityTrait>(
        connection: &impl ConnectionTrait,
        review: E::Column,
        reviews: &[Uuid],
    ) -> Result<Vec<Uuid>, DbErr> {
        E::find()
            .select_only()
            .column(review)
            .distinct()
            .filter(review.is_in(reviews.iter().copied()))
            .into_tuple::<Uuid>()
            .all(connection)
            .await
    }
    let mut found = HashSet::new();
    for chunk in reviews.chunks(KEYS) {
        found.extend(of::<recommendation::Entity>(connection, recommendation::Column::ReviewId, chunk).await?);
        found.extend(of::<ask::Entity>(connection, ask::Column::ReviewId, chunk).await?);
        found.extend(of::<commitment::Entity>(connection, commitment::Column::ReviewId, chunk).await?);
        found.extend(of::<reported_figure::Entity>(connection, reported_figure::Column::ReviewId, chunk).await?);
    }
    Ok(found)
}
