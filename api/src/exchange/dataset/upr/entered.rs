//! Recommendations of the Universal Periodic Review that people have entered, from publications that quote them, before the
//! file that has them all was imported.

use std::collections::HashMap;

use praxis_entities::vocabulary::{ContentStatus, RecommendationKind};
use praxis_entities::{concept, content, mechanism, recommendation, recommending_country, review};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use crate::exchange::upr::{Recommender, RowKey, UprRow, quotes};
use crate::text::words;

/// How many keys one statement names.
const KEYS: usize = 500;

/// A recommendation that somebody entered.
struct Entered {
    slug: String,
    /// The words of its text.
    words: String,
    /// The codes of the states that made it, and the body; none of both where that is not said.
    makers: Vec<String>,
    body: Option<String>,
    /// The rows that say the same, with their lines.
    rows: Vec<(RowKey, usize)>,
}

impl Entered {
    /// Whether a row, with these words, may be the same: the same words or most of them, and no other maker.
    fn says(&self, row: &UprRow, text: &str) -> bool {
        let made = match &row.recommender {
            _ if self.makers.is_empty() && self.body.is_none() => true,
            Recommender::State(code) => self.body.is_none() && matches!(&*self.makers, [only] if only == code.as_str()),
            Recommender::Body(body) => self.makers.is_empty() && self.body.as_deref() == Some(body.name()),
            Recommender::Unknown => false,
        };
        made && quotes(&self.words, text)
    }
}

/// What people have entered, by the slug of its review.
#[derive(Default)]
pub struct EnteredByHand(HashMap<String, Vec<Entered>>);

/// What came of comparing the rows of a file with what people have entered.
#[derive(Default)]
pub struct Recognised {
    /// The slugs of what rows say.
    pub same: HashMap<RowKey, String>,
    /// The lines of rows that may be what somebody has entered, but are not the only ones, each with its slug.
    pub doubtful: Vec<(usize, String)>,
}

impl EnteredByHand {
    /// Reads the published recommendations of a mechanism but for those that come from rows: their slugs tell.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn read(
        connection: &impl ConnectionTrait,
        of_mechanism: &str,
        is_of_row: impl Fn(&str) -> bool,
    ) -> Result<Self, DbErr> {
        let column = |column| (recommendation::Entity, column);
        let statement = Query::select()
            .column(column(recommendation::Column::ContentId))
            .column((content::Entity, content::Column::Slug))
            .expr_as(Expr::col((review::Entity, review::Column::Slug)), Alias::new("review"))
            .from(recommendation::Entity)
            .inner_join(
                content::Entity,
                Expr::col((content::Entity, content::Column::Id)).equals(column(recommendation::Column::ContentId)),
            )
            .inner_join(
                review::Entity,
                Expr::col((review::Entity, review::Column::Id)).equals(column(recommendation::Column::ReviewId)),
            )
            .inner_join(
                mechanism::Entity,
                Expr::col((mechanism::Entity, mechanism::Column::Id))
                    .equals((review::Entity, review::Column::MechanismId)),
            )
            .and_where(Expr::col((mechanism::Entity, mechanism::Column::Slug)).eq(of_mechanism))
            .and_where(Expr::col(column(recommendation::Column::Kind)).eq(RecommendationKind::Recommendation))
            .and_where(Expr::col((content::Entity, content::Column::Status)).eq(ContentStatus::Published))
            .take();
        let mut found: HashMap<Uuid, (String, String)> = HashMap::new();
        for row in connection.query_all(&statement).await? {
            let slug: String = row.try_get("", "slug")?;
            if !is_of_row(&slug) {
                found.insert(row.try_get("", "content_id")?, (slug, row.try_get("", "review")?));
            }
        }
        let ids: Vec<Uuid> = found.keys().copied().collect();
        let mut entered: HashMap<String, Vec<Entered>> = HashMap::new();
        for chunk in ids.chunks(KEYS) {
            let mut makers = makers(connection, chunk).await?;
            let statement = Query::select()
                .columns([
                    recommendation::Column::ContentId,
                    recommendation::Column::Text,
                    recommendation::Column::RecommendingBody,
                ])
                .from(recommendation::Entity)
                .and_where(Expr::col(recommendation::Column::ContentId).is_in(chunk.iter().copied()))
                .take();
            for row in connection.query_all(&statement).await? {
                let id: Uuid = row.try_get("", "content_id")?;
                let Some((slug, review)) = found.remove(&id) else {
                    continue;
                };
                let text: String = row.try_get("", "text")?;
                entered.entry(review).or_default().push(Entered {
                    slug,
                    words: words(&text),
                    makers: makers.remove(&id).unwrap_or_default(),
                    body: row.try_get("", "recommending_body")?,
                    rows: Vec::new(),
                });
            }
        }
        Ok(Self(entered))
    }

    /// Compares a row with what was entered of its review.
    pub fn compare(&mut self, review: &str, key: RowKey, row: &UprRow) {
        let Some(entered) = self.0.get_mut(review) else { return };
        let text = words(&row.text);
        for one in entered.iter_mut().filter(|one| one.says(row, &text)) {
            one.rows.push((key, row.line));
        }
    }

    /// What is the same: a row and what was entered, where neither may be another one.
    pub fn recognised(self) -> Recognised {
        let entered: Vec<Entered> = self.0.into_values().flatten().collect();
        let mut times: HashMap<RowKey, usize> = HashMap::new();
        for (key, _) in entered.iter().flat_map(|one| &one.rows) {
            *times.entry(*key).or_default() += 1;
        }
        let mut recognised = Recognised::default();
        for one in entered {
            match &*one.rows {
                [(key, _)] if times.get(key) == Some(&1) => {
                    recognised.same.insert(*key, one.slug);
                }
                rows => {
                    let lines = rows.iter().map(|(_, line)| (*line, one.slug.clone()));
                    recognised.doubtful.extend(lines);
                }
            }
        }
        recognised
    }
}

/// The codes of the states that made recommendations.
async fn makers(connection: &impl ConnectionTrait, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<String>>, DbErr> {
    let statement = Query::select()
        .column((recommending_country::Entity, recommending_country::Column::ContentId))
        .column((concept::Entity, concept::Column::Code))
        .from(recommending_country::Entity)
        .inner_join(
            concept::Entity,
            Expr::col((concept::Entity, concept::Column::Id))
                .equals((recommending_country::Entity, recommending_country::Column::CountryId)),
        )
        .and_where(
            Expr::col((recommending_country::Entity, recommending_country::Column::ContentId))
                .is_in(ids.iter().copied()),
        )
        .take();
    let mut found: HashMap<Uuid, Vec<String>> = HashMap::new();
    for row in connection.query_all(&statement).await? {
        found
            .entry(row.try_get("", "content_id")?)
            .or_default()
            .push(row.try_get("", "code")?);
    }
    Ok(found)
}
