//! The reviews of the mechanism that exist, and whether the file says the same of them.

use std::collections::HashMap;

use praxis_entities::{concept, mechanism, review};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::MECHANISM;
use super::survey::{Survey, wrong_session};
use crate::accountability::register::{self, Sort};
use crate::accountability::review::facts::with_mechanism_and_state;
use crate::exchange::dataset::DatasetImport;
use crate::exchange::upr::Session;
use crate::graphql::scalars::CountryCode;

/// Key, slug, code of the state, cycle and session of a review.
type ReviewColumns = (Uuid, String, String, Option<i32>, Option<String>);

/// A review of the mechanism that exists.
pub struct HeldReview {
    pub id: Uuid,
    pub slug: String,
    cycle: Option<i32>,
    pub session: Option<String>,
}

/// The reviews of the mechanism that exist: of each state in the order of their slugs.
#[derive(Default)]
pub struct HeldReviews(HashMap<String, Vec<HeldReview>>);

impl HeldReviews {
    /// Reads them.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn read(connection: &impl ConnectionTrait) -> Result<Self, DbErr> {
        let rows: Vec<ReviewColumns> = with_mechanism_and_state()
            .columns([review::Column::Id, review::Column::Slug])
            .column(concept::Column::Code)
            .columns([review::Column::Cycle, review::Column::Session])
            .filter(mechanism::Column::Slug.eq(MECHANISM))
            .order_by_asc(review::Column::Slug)
            .into_tuple()
            .all(connection)
            .await?;
        let mut held: HashMap<String, Vec<HeldReview>> = HashMap::new();
        for (id, slug, country, cycle, session) in rows {
            held.entry(country).or_default().push(HeldReview {
                id,
                slug,
                cycle,
                session,
            });
        }
        Ok(Self(held))
    }

    /// The review of a state in the cycle of a session: the one whose slug says so, unless it is of another state or cycle, else
    /// one of that session, else any.
    pub fn find(&self, review: &(CountryCode, Session)) -> Option<&HeldReview> {
        let (state, session) = review;
        let cycle = i32::from(session.cycle().number());
        let of_state = self.0.get(state.as_str())?;
        let slug = review_slug(review);
        of_state
            .iter()
            .find(|one| one.slug == slug && one.cycle.is_none_or(|known| known == cycle))
            .or_else(|| {
                let number = session.number().to_string();
                let of_cycle = || of_state.iter().filter(|one| one.cycle == Some(cycle));
                of_cycle()
                    .find(|one| one.session.as_ref() == Some(&number))
                    .or_else(|| of_cycle().next())
            })
    }

    /// The slug of the review of a state in the cycle of a session, whether it exists or not.
    pub fn slug_of(&self, review: &(CountryCode, Session)) -> String {
        self.find(review)
            .map_or_else(|| review_slug(review), |known| known.slug.clone())
    }
}

/// The slug that a review gets which is made.
pub fn review_slug((state, session): &(CountryCode, Session)) -> String {
    format!(
        "{MECHANISM}-{}-cycle-{}",
        state.as_str().to_lowercase(),
        session.cycle().number()
    )
}

impl DatasetImport<'_> {
    /// A state is reviewed once in a cycle: refuses another session than the one that is known. Refuses, too, a new review where
    /// another one has its slug.
    pub(super) async fn check_sessions(&self, survey: &mut Survey) -> Result<(), DbErr> {
        let slugs: Vec<String> = survey.reviews.keys().map(review_slug).collect();
        let taken = register::ids(self.database.read(), Sort::Review, &slugs).await?;
        // Read after the slugs: a review that another import has just made is known then, and not taken for another one.
        survey.held = HeldReviews::read(self.database.read()).await?;
        let Survey {
            held,
            reviews,
            problems,
            refused,
            ..
        } = survey;
        reviews.retain(|review, line| {
            let session = review.1.number();
            let reason = match held.find(review) {
                Some(known) => {
                    let Some(other) = known.session.as_ref().filter(|other| **other != session.to_string()) else {
                        return true;
                    };
                    format!(
                        "The row says session {session}, but the review `{}` is known to be of session {other}. Correct the \
                         one that is wrong.",
                        known.slug
                    )
                }
                None => {
                    let slug = review_slug(review);
                    if !taken.contains_key(&slug) {
                        return true;
                    }
                    format!(
                        "The row is of the review of {} in cycle {}, but the review `{slug}` is another one. Correct its \
                         state, mechanism and cycle.",
                        review.0,
                        review.1.cycle().number()
                    )
                }
            };
            problems.push(wrong_session(*line, &reason));
            refused.insert(review.clone(), (*line, reason));
            false
        });
        Ok(())
    }
}
