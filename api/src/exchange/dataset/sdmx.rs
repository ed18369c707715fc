//! Values of indicators, SDMX-CSV.

use std::collections::{HashMap, HashSet};
use std::io::{Read, Seek};

use praxis_entities::observation;
use praxis_entities::vocabulary::ConceptScheme;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{DatabaseTransaction, DbErr, EntityTrait, IdenStatic, IntoActiveModel, Iterable, QueryFilter};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{DatasetError, DatasetImport, Report, Watch};
use crate::accountability::reference::place_of;
use crate::accountability::register::{self, IndicatorInput, ReferenceInput, Registration, Resolved, Sort};
use crate::content::document::problem::ProblemCode;
use crate::content::document::validate::{LINE, TITLE};
use crate::curation::publish::{Outcome, Publisher};
use crate::exchange::import::Progress;
use crate::exchange::sdmx::{self, Area, Bound, Coded, Observation, TOTAL};
use crate::exchange::table::RowProblem;

/// How many values are read and written together.
const BATCH: usize = 200;

/// How many areas that are no countries are named.
const AREAS: usize = 10;

/// What names a value within an indicator: country, period and of whom.
type Key = (Uuid, Uuid, String, String);

/// The first 128 bits of a hash.
type Hash = [u8; 16];

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
    faulty: HashSet<usize>,
    /// The lines that say what another one has said.
    repeated: HashSet<usize>,
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
                self.repeated.insert(row.line);
                false
            }
            Some((_, line)) => {
                self.faulty.insert(row.line);
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
        let mut batch: HashMap<Key, observation::Model> = HashMap::new();
        let mut done = 0;
        source.rewind()?;
        for row in sdmx::read(&mut source, self.encoding) {
            let Ok(row) = row else { continue };
            if survey.faulty.contains(&row.line) || survey.repeated.contains(&row.line) {
                continue;
            }
            let Some(model) = self.value(&row, &indicators) else {
                continue;
            };
            batch.insert(key(&model), model);
            if batch.len() == BATCH {
                done += batch.len();
                write(publisher.transaction(), std::mem::take(&mut batch), &mut report.outcome).await?;
                watch(Progress::Written(done, survey.values));
            }
        }
        done += batch.len();
        write(publisher.transaction(), batch, &mut report.outcome).await?;
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
                    survey.faulty.insert(problem.line);
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
                    survey.faulty.insert(row.line);
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
            if place(&row.period.text, row.period.year) > today && !row.is_projection() {
                survey.faulty.insert(row.line);
                survey.problems.push(RowProblem::new(
                    row.line,
                    ProblemCode::FutureDate,
                    "TIME_PERIOD",
                    format!(
                        "{} lies in the future. Correct it, or give the row the OBS_STATUS `F` if it is a projection.",
                        row.period.text
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

    /// Registers the indicators that are missing, and gives the keys of all.
    async fn indicators(
        &self,
        publisher: &mut Publisher,
        survey: &Survey,
        report: &mut Report,
    ) -> Result<HashMap<String, Uuid>, DbErr> {
        let mut slugs: Vec<String> = survey.indicators.keys().cloned().collect();
        slugs.sort_unstable();
        let mut known = register::ids(publisher.transaction(), Sort::Indicator, &slugs).await?;
        let mut missing = Vec::new();
        for slug in slugs {
            if known.contains_key(&slug) {
                continue;
            }
            let Some(found) = survey.indicators.get(&slug) else {
                continue;
            };
            let id = Uuid::now_v7();
            missing.push(Registration {
                id,
                slug: slug.clone(),
                input: ReferenceInput::Indicator(IndicatorInput {
                    name: found.name.clone(),
                    definition: None,
                    unit: found.unit.as_ref().map(text),
                    source: found.source.clone(),
                    themes: None,
                    citation: None,
                }),
                resolved: Resolved::default(),
            });
            known.insert(slug, id);
        }
        if !missing.is_empty() {
            report.remarks.push(format!("{} indicators added", missing.len()));
        }
        let (_, changes) = register::write(publisher.transaction(), missing).await?;
        publisher.record_references(changes).await?;
        Ok(known)
    }

    fn value(&self, row: &Observation, indicators: &HashMap<String, Uuid>) -> Option<observation::Model> {
        let Area::Country(code) = &row.area else { return None };
        let country = self.vocabulary.find(ConceptScheme::Country, code.as_str())?;
        Some(observation::Model {
            id: Uuid::now_v7(),
            indicator_id: *indicators.get(&slug(row))?,
            country_id: country.id,
            period: row.period.text.clone(),
            place: place(&row.period.text, row.period.year),
            value: row.amount()?,
            unit: row.unit.as_ref().map(text),
            disaggregation: disaggregation(row),
            flag: flag(row),
            source: row.source.clone().unwrap_or_else(|| self.provenance.source.clone()),
        })
    }
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

/// What the source says of the value: whether the true one is lower or higher, and its status, in its code.
fn flag(row: &Observation) -> Option<String> {
    let bound = match row.value?.bound {
        Bound::Exact => None,
        Bound::Below => Some("<"),
        Bound::Above => Some(">"),
    };
    let status = row.status.as_ref().map(|status| status.code.as_str());
    let flags: Vec<&str> = bound.into_iter().chain(status).collect();
    (!flags.is_empty()).then(|| flags.join(" ").chars().take(LINE).collect())
}

/// What names a value in a file, as [`Key`] does in the database.
fn key_in_file(row: &Observation) -> Hash {
    let area = match &row.area {
        Area::Country(code) => code.as_str(),
        Area::Other(coded) => coded.code.as_str(),
    };
    hash(&[&slug(row), area, &row.period.text, &disaggregation(row)])
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

fn hash(parts: &[&str]) -> Hash {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.len().to_be_bytes());
        hasher.update(part);
    }
    let mut short = Hash::default();
    for (to, from) in short.iter_mut().zip(hasher.finalize()) {
        *to = from;
    }
    short
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

/// The first day of a period as a number; zeros for what the period does not say.
fn place(period: &str, year: i32) -> i64 {
    let rest: Vec<&str> = period.split('-').skip(1).collect();
    let number = |text: &&str| text.trim_start_matches(['Q', 'S']).parse::<i64>().ok();
    let first = rest.first().and_then(number).unwrap_or(0);
    let month = match rest.first() {
        Some(part) if part.starts_with('Q') => 3 * first - 2,
        Some(part) if part.starts_with('S') => 6 * first - 5,
        _ => first,
    };
    i64::from(year) * 10_000 + month * 100 + rest.get(1).and_then(number).unwrap_or(0)
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

fn key(row: &observation::Model) -> Key {
    (
        row.indicator_id,
        row.country_id,
        row.period.clone(),
        row.disaggregation.clone(),
    )
}

/// Writes the values that are new or have changed.
async fn write(
    transaction: &DatabaseTransaction,
    batch: HashMap<Key, observation::Model>,
    outcome: &mut Outcome,
) -> Result<(), DbErr> {
    if batch.is_empty() {
        return Ok(());
    }
    let named = Expr::tuple([
        Expr::col(observation::Column::IndicatorId),
        Expr::col(observation::Column::CountryId),
        Expr::col(observation::Column::Period),
        Expr::col(observation::Column::Disaggregation),
    ]);
    let stored: HashMap<Key, observation::Model> = observation::Entity::find()
        .filter(named.in_tuples(batch.keys().cloned()))
        .all(transaction)
        .await?
        .into_iter()
        .map(|row| (key(&row), row))
        .collect();
    let mut changed = Vec::new();
    for (key, mut row) in batch {
        match stored.get(&key) {
            Some(before) => {
                row.id = before.id;
                if row == *before {
                    outcome.unchanged += 1;
                    continue;
                }
                outcome.updated += 1;
            }
            None => outcome.created += 1,
        }
        changed.push(row.into_active_model());
    }
    if changed.is_empty() {
        return Ok(());
    }
    let others = observation::Column::iter().filter(|column| column.as_str() != "id");
    observation::Entity::insert_many(changed)
        .on_conflict(
            OnConflict::column(observation::Column::Id)
                .update_columns(others)
                .to_owned(),
        )
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}
