//! The register as lines of a bundle.

use std::collections::{HashMap, HashSet};

use praxis_entities::vocabulary::{ConceptScheme, ContentKind, ContentStatus};
use praxis_entities::{concept, content, indicator, mechanism, review, treaty};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use uuid::Uuid;

use super::standard::is_standard;
use super::{IndicatorInput, MechanismInput, ReferenceInput, ReviewInput, SourceInput, TreatyInput};
use crate::graphql::scalars::{CountryCode, Date};

/// One line of a bundle.
#[derive(Serialize)]
struct Line<'a> {
    slug: &'a str,
    reference: &'a ReferenceInput,
}

/// Every node that does not come with the service, ordered by sort and slug, each as a line without its end.
///
/// # Errors
/// Where the database is away.
pub async fn export(connection: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let mechanisms = mechanism::Entity::find()
        .order_by_asc(mechanism::Column::Slug)
        .all(connection)
        .await?;
    let reviews = review::Entity::find()
        .order_by_asc(review::Column::Slug)
        .all(connection)
        .await?;
    let treaties = treaty::Entity::find()
        .order_by_asc(treaty::Column::Slug)
        .all(connection)
        .await?;
    let indicators = indicator::Entity::find()
        .order_by_asc(indicator::Column::Slug)
        .all(connection)
        .await?;
    let cited = mechanisms
        .iter()
        .map(|row| row.citation_resource_id)
        .chain(reviews.iter().map(|row| row.citation_resource_id))
        .chain(treaties.iter().map(|row| row.citation_resource_id))
        .chain(indicators.iter().map(|row| row.citation_resource_id))
        .flatten()
        .collect();
    let named = Named {
        resources: resources(connection, cited).await?,
        countries: Countries::read(connection).await?,
        mechanisms: mechanisms.iter().map(|row| (row.id, row.slug.clone())).collect(),
    };
    let mut lines = Lines::default();
    for row in mechanisms {
        let slug = row.slug.clone();
        lines.add(&slug, ReferenceInput::Mechanism(named.mechanism(row)))?;
    }
    for row in reviews {
        let slug = row.slug.clone();
        lines.add(&slug, ReferenceInput::Review(named.review(row)?))?;
    }
    for row in treaties {
        let slug = row.slug.clone();
        lines.add(&slug, ReferenceInput::Treaty(named.treaty(row)))?;
    }
    for row in indicators {
        let slug = row.slug.clone();
        lines.add(&slug, ReferenceInput::Indicator(named.indicator(row)?))?;
    }
    Ok(lines.0)
}

/// The lines of an export.
#[derive(Default)]
struct Lines(Vec<String>);

impl Lines {
    /// Adds a node, unless it comes with the service.
    fn add(&mut self, slug: &str, reference: ReferenceInput) -> Result<(), DbErr> {
        if !is_standard(slug, &reference) {
            let line = Line {
                slug,
                reference: &reference,
            };
            self.0
                .push(serde_json::to_string(&line).map_err(|error| DbErr::Type(error.to_string()))?);
        }
        Ok(())
    }
}

/// What nodes refer to, by key: the slugs of resources and mechanisms and the codes of countries.
struct Named {
    resources: HashMap<Uuid, String>,
    countries: Countries,
    mechanisms: HashMap<Uuid, String>,
}

impl Named {
    fn source(&self, resource: Option<Uuid>, locator: Option<String>) -> Option<SourceInput> {
        let resource = self.resources.get(&resource?)?.clone();
        Some(SourceInput { resource, locator })
    }

    fn mechanism(&self, row: mechanism::Model) -> MechanismInput {
        MechanismInput {
            name: row.name,
            acronym: row.acronym,
            description: row.description,
            citation: self.source(row.citation_resource_id, row.citation_locator),
        }
    }

    fn review(&self, row: review::Model) -> Result<ReviewInput, DbErr> {
        Ok(ReviewInput {
            mechanism: self.mechanisms.get(&row.mechanism_id).cloned().unwrap_or_default(),
            country: self.countries.code(row.country_id)?,
            cycle: row.cycle,
            session: row.session,
            date: row.date.map(Date),
            year: row.year.filter(|_| row.date.is_none()),
            document_symbol: row.document_symbol,
            citation: self.source(row.citation_resource_id, row.citation_locator),
        })
    }

    fn treaty(&self, row: treaty::Model) -> TreatyInput {
        TreatyInput {
            name: row.name,
            acronym: row.acronym,
            adopted_on: row.adopted_on.map(Date),
            in_force_on: row.in_force_on.map(Date),
            citation: self.source(row.citation_resource_id, row.citation_locator),
        }
    }

    fn indicator(&self, row: indicator::Model) -> Result<IndicatorInput, DbErr> {
        let themes: Vec<String> = serde_json::from_value(row.themes).map_err(|error| DbErr::Type(error.to_string()))?;
        Ok(IndicatorInput {
            name: row.name,
            definition: row.definition,
            unit: row.unit,
            source: row.source,
            themes: (!themes.is_empty()).then_some(themes),
            citation: self.source(row.citation_resource_id, row.citation_locator),
        })
    }
}

/// The codes of the countries, by key.
pub(super) struct Countries(HashMap<Uuid, CountryCode>);

impl Countries {
    /// Reads them.
    ///
    /// # Errors
    /// Where the database is away.
    pub(super) async fn read(connection: &impl ConnectionTrait) -> Result<Self, DbErr> {
        let rows: Vec<(Uuid, String)> = concept::Entity::find()
            .select_only()
            .columns([concept::Column::Id, concept::Column::Code])
            .filter(concept::Column::Scheme.eq(ConceptScheme::Country))
            .into_tuple()
            .all(connection)
            .await?;
        let codes = rows.into_iter().map(|(id, code)| (id, CountryCode::trusted(code)));
        Ok(Self(codes.collect()))
    }

    /// The code of one, which a row refers to.
    ///
    /// # Errors
    /// Where there is none, which the database does not let happen.
    pub(super) fn code(&self, id: Uuid) -> Result<CountryCode, DbErr> {
        let code = self.0.get(&id).cloned();
        code.ok_or_else(|| DbErr::RecordNotFound(format!("country {id}")))
    }
}

/// The slugs of those of the resources that are published.
async fn resources(connection: &impl ConnectionTrait, cited: HashSet<Uuid>) -> Result<HashMap<Uuid, String>, DbErr> {
    let cited: Vec<Uuid> = cited.into_iter().collect();
    let mut found = HashMap::new();
    for chunk in cited.chunks(500) {
        let rows: Vec<(Uuid, String)> = content::Entity::find()
            .select_only()
            .columns([content::Column::Id, content::Column::Slug])
            .filter(content::Column::Id.is_in(chunk.iter().copied()))
            .filter(content::Column::Kind.eq(ContentKind::Resource))
            .filter(content::Column::Status.eq(ContentStatus::Published))
            .into_tuple()
            .all(connection)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}
