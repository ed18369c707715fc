//! Values of indicators, SDMX-CSV.

use std::collections::{HashMap, HashSet};
use std::io::{Read, Seek};

use praxis_entities::vocabulary::ConceptScheme;
use praxis_entities::{indicator, observation};
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{DatasetError, DatasetImport, Report, Watch};
use crate::accountability::reference::place_of;
use crate::accountability::register::facts::{self, BATCH, FORECAST};
use crate::accountability::register::{self, IndicatorInput, ReferenceInput, Registration, Resolved};
use crate::content::document::problem::ProblemCode;
use crate::content::document::validate::{LINE, TITLE};
use crate::curation::publish::Publisher;
use crate::exchange::digest::{Hash, hash};
use crate::exchange::import::Progress;
use crate::exchange::sdmx::{self, Area, Bound, Coded, Observation, TOTAL};
use crate::exchange::table::RowProblem;

/// How many areas that are no countries are named.
const AREAS: usize = 10;

#[derive(Default)]
struct Survey {
    values: usize,
    /// The areas that are no countries, each with the line that named it first and how many values it has.
    groups: HashMap<String, (usize, usize)>,
    missing: usize,
    indicators: HashMap<String, Indicator>,
    /// What the file has said so far: hashes of the key of each value and of the value, with its line. About 80 bytes a
    /// row.
    said: HashMap<Hash, (Hash, usize)>,
    problems: Vec<RowProblem>,
    notices: Vec<RowProblem>,
    /// The lines that are not written: those that are wrong, and those that say what another one has said.
    passed_over: HashSet<usize>,
}

struct Indicator {
    name: String,
    unit: Option<Coded>,
    source: Option<String>,
}

impl Survey {
    /// Takes the next value. Says whether it is one that the file has not given before.
    fn take(&mut self, row: &Observation, source: &str) -> bool {
        let (key, value) = (key_in_file(row), value_in_file(row, source));
        match self.said.get(&key) {
            None => {
                self.said.insert(key, (value, row.line));
                true
            }
            Some((before, line)) if *before == value => {
                self.notices.push(RowProblem::new(
                    row.line,
                    ProblemCode::Duplicate,
                    "",
                    format!("The row repeats line {line}; it was passed over."),
                ));
                self.passed_over.insert(row.line);
                false
            }
            Some((_, line)) => {
                self.passed_over.insert(row.line);
                self.problems.push(RowProblem::new(
                    row.line,
                    ProblemCode::Duplicate,
                    "OBS_VALUE",
                    format!(
                        "Line {line} has another value, unit, status or source for the same indicator, area, period and \
                         group of people. Remove one of the two."
                    ),
                ));
                false
            }
        }
    }

    /// Names the areas that are no countries, those that the file names first.
    fn name_groups(&mut self) {
        let mut groups: Vec<(usize, &str, usize)> = self
            .groups
            .iter()
            .map(|(code, (line, values))| (*line, code.as_str(), *values))
            .collect();
        groups.sort_unstable();
        let notice =
            |line: usize, message: String| RowProblem::new(line, ProblemCode::UnknownCountry, "REF_AREA", message);
        for (line, code, values) in groups.iter().take(AREAS) {
            let message = format!("`{code}` is no country, but a group or another area; left out: {values}.");
            self.notices.push(notice(*line, message));
        }
        if let Some((line, code, _)) = groups.get(AREAS) {
            let more = groups.len() - AREAS;
            let message = format!("Values of {more} more such areas were left out, of which `{code}` is the first.");
            self.notices.push(notice(*line, message));
        }
    }
}

impl DatasetImport<'_> {
    pub(super) async fn sdmx(
        &self,
        mut source: impl Read + Seek + Send,
        watch: Watch<'_>,
    ) -> Result<Report, DatasetError> {
        let mut report = Report::default();
        let mut survey = self.survey_values(&mut source, watch);
        self.judge(std::mem::take(&mut survey.problems), &mut report)?;
        survey.name_groups();
        report.notices.append(&mut survey.notices);
        report.notices.sort_by_key(|notice| notice.line);
        let mut publisher = Publisher::begin(self.database, self.provenance.clone()).await?;
        let indicators = self.indicators(&mut publisher, &survey, &mut report).await?;
        let mut batch: Vec<observation::Model> = Vec::with_capacity(BATCH);
        let mut done = 0;
        source.rewind()?;
        for row in sdmx::read(&mut source, self.encoding) {
            let Ok(row) = row else { continue };
            if survey.passed_over.contains(&row.line) {
                continue;
            }
            let Some(model) = self.value(&row, &indicators) else {
                continue;
            };
            batch.push(model);
            if batch.len() == BATCH {
                done += batch.len();
                let batch = std::mem::replace(&mut batch, Vec::with_capacity(BATCH));
                report
                    .outcome
                    .add(facts::write(publisher.transaction(), batch, PartialEq::eq).await?);
                watch(Progress::Written(done, survey.values));
            }
        }
        done += batch.len();
        report
            .outcome
            .add(facts::write(publisher.transaction(), batch, PartialEq::eq).await?);
        watch(Progress::Written(done, survey.values));
        let groups: usize = survey.groups.values().map(|(_, values)| values).sum();
        for (count, what) in [
            (groups, "values of groups of countries left out"),
            (survey.missing, "rows without a value left out"),
        ] {
            if count > 0 {
                report.remarks.push(format!("{count} {what}"));
            }
        }
        if report.outcome.created + report.outcome.updated > 0 {
            let told = format!(
                "indicators of {}: {} values added, {} changed",
                self.provenance.source, report.outcome.created, report.outcome.updated
            );
            publisher.record_references(vec![(false, told)]).await?;
        }
        publisher.end(self.dry_run).await?;
        Ok(report)
    }

    fn survey_values(&self, source: &mut (impl Read + Seek), watch: Watch<'_>) -> Survey {
        let mut survey = Survey::default();
        let today = place_of(Some(self.provenance.at.date_naive()), None);
        for row in sdmx::read(source, self.encoding) {
            if self.is_enough(&survey.problems) {
                break;
            }
            let row = match row {
                Ok(row) => row,
                Err(problem) => {
                    survey.passed_over.insert(problem.line);
                    survey.problems.push(problem);
                    continue;
                }
            };
            match &row.area {
                Area::Other(area) => {
                    survey.groups.entry(area.code.clone()).or_insert((row.line, 0)).1 += 1;
                    continue;
                }
                Area::Country(code) if self.vocabulary.find(ConceptScheme::Country, code.as_str()).is_none() => {
                    survey.passed_over.insert(row.line);
                    survey.problems.push(RowProblem::new(
                        row.line,
                        ProblemCode::UnknownCountry,
                        "REF_AREA",
                        format!("The vocabulary has no country {code}."),
                    ));
                    continue;
                }
                Area::Country(_) => {}
            }
            if row.value.is_none() {
                survey.missing += 1;
                continue;
            }
            if row.period.place() > today && !row.is_projection() {
                survey.passed_over.insert(row.line);
                survey.problems.push(RowProblem::new(
                    row.line,
                    ProblemCode::FutureDate,
                    "TIME_PERIOD",
                    format!(
                        "{} lies in the future. Correct it, or give the row the OBS_STATUS `F` if it is a projection.",
                        row.period.as_str()
                    ),
                ));
                continue;
            }
            if !survey.take(&row, &self.provenance.source) {
                continue;
            }
            survey.values += 1;
            let name = row.indicator.label.as_deref().unwrap_or(&row.indicator.code);
            survey.indicators.entry(slug(&row)).or_insert_with(|| Indicator {
                name: name.chars().take(TITLE).collect(),
                unit: row.unit.clone(),
                source: row.agency().map(|agency| agency.chars().take(LINE).collect()),
            });
            if survey.values % 5_000 == 0 {
                watch(Progress::Checked(survey.values, survey.values));
            }
        }
        survey
    }

    /// Registers the indicators that are missing, and gives the keys and units of all.
    async fn indicators(
        &self,
        publisher: &mut Publisher,
        survey: &Survey,
        report: &mut Report,
    ) -> Result<HashMap<String, Registered>, DbErr> {
        let mut slugs: Vec<String> = survey.indicators.keys().cloned().collect();
        slugs.sort_unstable();
        let mut known = registered(publisher.transaction(), &slugs).await?;
        let mut missing = Vec::new();
        for slug in slugs {
            if known.contains_key(&slug) {
                continue;
            }
            let Some(found) = survey.indicators.get(&slug) else {
                continue;
            };
            let id = Uuid::now_v7();
            let unit = found.unit.as_ref().map(text);
            missing.push(Registration {
                id,
                slug: slug.clone(),
                input: ReferenceInput::Indicator(IndicatorInput {
                    name: found.name.clone(),
                    definition: None,
                    unit: unit.clone(),
                    source: found.source.clone(),
                    themes: None,
                    citation: None,
                }),
                resolved: Resolved::default(),
            });
            known.insert(slug, Registered { id, unit });
        }
        if !missing.is_empty() {
            report.remarks.push(format!("{} indicators added", missing.len()));
        }
        let (_, changes) = register::write(publisher.transaction(), missing).await?;
        publisher.record_references(changes).await?;
        Ok(known)
    }

    fn value(&self, row: &Observation, indicators: &HashMap<String, Registered>) -> Option<observation::Model> {
        let Area::Country(code) = &row.area else { return None };
        let country = self.vocabulary.find(ConceptScheme::Country, code.as_str())?;
        let indicator = indicators.get(&slug(row))?;
        Some(observation::Model {
            id: Uuid::now_v7(),
            indicator_id: indicator.id,
            country_id: country.id,
            period: row.period.as_str().to_owned(),
            place: row.period.place(),
            value: row.amount()?,
            unit: row
                .unit
                .as_ref()
                .map(text)
                .filter(|unit| indicator.unit.as_ref() != Some(unit)),
            disaggregation: disaggregation(row),
            flag: flag(row),
            source: row.source.clone().unwrap_or_else(|| self.provenance.source.clone()),
        })
    }
}

/// An indicator as it is registered.
struct Registered {
    id: Uuid,
    unit: Option<String>,
}

async fn registered(transaction: &DatabaseTransaction, slugs: &[String]) -> Result<HashMap<String, Registered>, DbErr> {
    let mut found = HashMap::new();
    for chunk in slugs.chunks(BATCH) {
        let rows: Vec<(String, Uuid, Option<String>)> = indicator::Entity::find()
            .select_only()
            .columns([indicator::Column::Slug, indicator::Column::Id, indicator::Column::Unit])
            .filter(indicator::Column::Slug.is_in(chunk.iter().cloned()))
            .into_tuple()
            .all(transaction)
            .await?;
        found.extend(rows.into_iter().map(|(slug, id, unit)| (slug, Registered { id, unit })));
    }
    Ok(found)
}

/// Of whom, in the codes of the source; empty for all.
fn disaggregation(row: &Observation) -> String {
    let groups: Vec<String> = row
        .disaggregation
        .iter()
        .filter(|(_, coded)| coded.code != TOTAL)
        .map(|(dimension, coded)| format!("{dimension}={}", coded.code))
        .collect();
    groups.join(";")
}

/// What the source says of the value: whether the true one is lower or higher, its status, in its code, and whether it is a
/// forecast.
fn flag(row: &Observation) -> Option<String> {
    let bound = match row.value?.bound {
        Bound::Exact => None,
        Bound::Below => Some("<"),
        Bound::Above => Some(">"),
    };
    let status = row.status.as_ref().map(|status| status.code.as_str());
    // A file may say so by the name of its dataflow, which is not kept.
    let forecast = Some(FORECAST).filter(|_| row.is_projection() && status != Some(FORECAST));
    let flags: Vec<&str> = bound.into_iter().chain(status).chain(forecast).collect();
    (!flags.is_empty()).then(|| flags.join(" ").chars().take(LINE).collect())
}

/// What names a value in a file, as [`facts::ObservationKey`] does in the database.
fn key_in_file(row: &Observation) -> Hash {
    let area = match &row.area {
        Area::Country(code) => code.as_str(),
        Area::Other(coded) => coded.code.as_str(),
    };
    hash(&[&slug(row), area, row.period.as_str(), &disaggregation(row)])
}

/// What a file says of a value.
fn value_in_file(row: &Observation, source: &str) -> Hash {
    hash(&[
        &format!("{:?}", row.amount()),
        &row.unit.as_ref().map_or_else(String::new, text),
        &flag(row).unwrap_or_default(),
        row.source.as_deref().unwrap_or(source),
    ])
}

/// The label, or the code where there is none.
fn text(coded: &Coded) -> String {
    coded
        .label
        .as_deref()
        .unwrap_or(&coded.code)
        .chars()
        .take(LINE)
        .collect()
}

/// `unicef-cme-mry0t4` of the indicator `CME_MRY0T4` of the agency UNICEF.
fn slug(row: &Observation) -> String {
    let agency = row.agency().unwrap_or_default();
    let mut slug = String::new();
    for character in format!("{agency}-{}", row.indicator.code).chars() {
        if character.is_ascii_alphanumeric() {
            slug.push(character.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(100);
    slug.trim_matches('-').to_owned()
}
