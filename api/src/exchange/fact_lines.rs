//! The lines of a bundle that hold facts. There may be many of them, so only a hash of what each is of is kept in memory.

use std::collections::{HashMap, HashSet};

use chrono::{Datelike, NaiveDate};
use praxis_entities::vocabulary::ConceptScheme;
use praxis_entities::{observation, ratification, treaty};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::bundle;
use super::digest::{Hash, hash};
use super::import::{Import, Located};
use super::reference_lines::ReferenceLines;
use crate::accountability::reference::place_of;
use crate::accountability::register::facts::{self, BATCH, FactInput, Lookup, ObservationInput, RatificationInput};
use crate::accountability::register::{self, ReferenceInput, Sort};
use crate::content::document::problem::{Problem, ProblemCode, Problems};
use crate::content::document::validate::Rules;
use crate::curation::publish::{Outcome, Publisher};
use crate::database::Database;

/// The facts of a bundle.
#[derive(Default)]
pub struct FactLines {
    /// What each fact is of, with its line.
    first_line: HashMap<Hash, usize>,
    lines: HashSet<usize>,
    treaties: HashMap<String, Option<(Uuid, Option<NaiveDate>)>>,
    indicators: HashMap<String, Option<Uuid>>,
}

impl FactLines {
    /// Takes a line.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn take(&mut self, line: usize, text: &str) -> Result<(), Located> {
        self.lines.insert(line);
        let located = |problem| Located {
            line,
            slug: None,
            problem,
        };
        let fact = bundle::read_fact(text).map_err(located)?.fact;
        if let Some(first) = self.first_line.insert(subject(&fact), line) {
            return Err(located(Problem {
                code: ProblemCode::Duplicate,
                path: String::new(),
                message: format!("Line {first} holds a fact of the same already; remove one of the two."),
            }));
        }
        match fact {
            FactInput::Ratification(input) => {
                self.treaties.entry(input.treaty).or_default();
            }
            FactInput::Observation(input) => {
                self.indicators.entry(input.indicator).or_default();
            }
        }
        Ok(())
    }

    /// Whether a line holds a fact.
    pub fn is_line(&self, line: usize) -> bool {
        self.lines.contains(&line)
    }

    /// Finds the treaties and indicators that the facts are of, those of the bundle and those that there are.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn find_ids(&mut self, database: &Database, references: &ReferenceLines) -> Result<(), DbErr> {
        let treaties: Vec<String> = self.treaties.keys().cloned().collect();
        for chunk in treaties.chunks(BATCH) {
            let rows: Vec<(String, Uuid, Option<NaiveDate>)> = treaty::Entity::find()
                .select_only()
                .columns([treaty::Column::Slug, treaty::Column::Id, treaty::Column::AdoptedOn])
                .filter(treaty::Column::Slug.is_in(chunk.iter().cloned()))
                .into_tuple()
                .all(database.read())
                .await?;
            for (slug, id, adopted_on) in rows {
                self.treaties.insert(slug, Some((id, adopted_on)));
            }
        }
        let indicators: Vec<String> = self.indicators.keys().cloned().collect();
        for (slug, id) in register::ids(database.read(), Sort::Indicator, &indicators).await? {
            self.indicators.insert(slug, Some(id));
        }
        for (slug, id, reference) in references.all() {
            match reference {
                ReferenceInput::Treaty(input) if self.treaties.contains_key(slug) => {
                    let adopted_on = input.adopted_on.map(|day| day.0);
                    self.treaties.insert(slug.to_owned(), Some((id, adopted_on)));
                }
                ReferenceInput::Indicator(_) if self.indicators.contains_key(slug) => {
                    self.indicators.insert(slug.to_owned(), Some(id));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Finds everything that is wrong with a fact.
    pub fn check(&self, import: &Import<'_>, fact: &FactInput) -> Vec<Problem> {
        let rules = Rules {
            vocabulary: import.vocabulary,
            today: import.provenance.at.date_naive(),
        };
        let mut problems = Problems::default();
        fact.check(&rules, self, &mut problems);
        problems.0
    }

    fn ratification(&self, import: &Import<'_>, input: RatificationInput) -> Option<ratification::Model> {
        let date = input.date.map(|date| date.0);
        let year = input.year.or(date.map(|date| date.year()));
        Some(ratification::Model {
            id: Uuid::now_v7(),
            treaty_id: self.treaty(&input.treaty)?.0,
            country_id: import
                .vocabulary
                .find(ConceptScheme::Country, input.country.as_str())?
                .id,
            status: input.status,
            year,
            date,
            note: input.note,
            source: input.source,
            place: place_of(date, year),
        })
    }

    fn observation(&self, import: &Import<'_>, input: ObservationInput) -> Option<observation::Model> {
        Some(observation::Model {
            id: Uuid::now_v7(),
            indicator_id: self.indicator(&input.indicator)?,
            country_id: import
                .vocabulary
                .find(ConceptScheme::Country, input.country.as_str())?
                .id,
            place: input.period.place(),
            period: input.period.into(),
            value: input.value,
            unit: input.unit,
            disaggregation: input.disaggregation.unwrap_or_default(),
            flag: input.flag,
            source: input.source,
        })
    }
}

impl Lookup for FactLines {
    fn treaty(&self, slug: &str) -> Option<(Uuid, Option<NaiveDate>)> {
        self.treaties.get(slug).copied().flatten()
    }

    fn indicator(&self, slug: &str) -> Option<Uuid> {
        self.indicators.get(slug).copied().flatten()
    }
}

/// The facts of a bundle while they are written.
pub struct FactWriter<'a> {
    import: &'a Import<'a>,
    lines: &'a FactLines,
    ratifications: Vec<ratification::Model>,
    observations: Vec<observation::Model>,
    written: usize,
    ratified: Outcome,
    observed: Outcome,
}

impl<'a> FactWriter<'a> {
    /// Nothing is written yet.
    pub fn new(import: &'a Import<'a>, lines: &'a FactLines) -> Self {
        Self {
            import,
            lines,
            ratifications: Vec::new(),
            observations: Vec::new(),
            written: 0,
            ratified: Outcome::default(),
            observed: Outcome::default(),
        }
    }

    /// Takes a checked fact, and writes those that were taken where they are enough. Says whether any were written.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn take(&mut self, publisher: &Publisher, fact: FactInput) -> Result<bool, DbErr> {
        // What a checked fact is of was found.
        match fact {
            FactInput::Ratification(input) => self.ratifications.extend(self.lines.ratification(self.import, input)),
            FactInput::Observation(input) => self.observations.extend(self.lines.observation(self.import, input)),
        }
        if self.ratifications.len() >= BATCH || self.observations.len() >= BATCH {
            self.flush(publisher).await?;
            return Ok(true);
        }
        Ok(false)
    }

    async fn flush(&mut self, publisher: &Publisher) -> Result<(), DbErr> {
        self.written += self.ratifications.len() + self.observations.len();
        let ratifications = std::mem::take(&mut self.ratifications);
        let observations = std::mem::take(&mut self.observations);
        let transaction = publisher.transaction();
        self.ratified
            .add(facts::write(transaction, ratifications, PartialEq::eq).await?);
        self.observed
            .add(facts::write(transaction, observations, PartialEq::eq).await?);
        Ok(())
    }

    /// How many facts were written.
    pub fn written(&self) -> usize {
        self.written
    }

    /// Writes the rest, and tells the audit log how many facts of each sort have changed. Says how many facts were written.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn end(mut self, publisher: &mut Publisher) -> Result<usize, DbErr> {
        self.flush(publisher).await?;
        let mut told = Vec::new();
        for (outcome, name) in [
            (self.ratified, "ratifications"),
            (self.observed, "values of indicators"),
        ] {
            publisher.count(outcome);
            if outcome.created + outcome.updated > 0 {
                let text = format!("{name}: {} added, {} changed", outcome.created, outcome.updated);
                told.push((false, text));
            }
        }
        publisher.record_references(told).await?;
        Ok(self.written)
    }
}

/// What a fact is of, which no other fact of the file may be.
fn subject(fact: &FactInput) -> Hash {
    match fact {
        FactInput::Ratification(input) => hash(&["ratification", &input.treaty, input.country.as_str()]),
        FactInput::Observation(input) => hash(&[
            "observation",
            &input.indicator,
            input.country.as_str(),
            input.period.as_str(),
            input.disaggregation.as_deref().unwrap_or_default(),
        ]),
    }
}
