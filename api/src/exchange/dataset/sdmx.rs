//! Values of indicators, SDMX-CSV.

use std::collections::HashMap;
use std::io::{Read, Seek};

use praxis_entities::observation;
use praxis_entities::vocabulary::ConceptScheme;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{DatabaseTransaction, DbErr, EntityTrait, IdenStatic, IntoActiveModel, Iterable, QueryFilter};
use uuid::Uuid;

use super::{DatasetError, DatasetImport, Report, Watch};
use crate::accountability::register::{self, IndicatorInput, ReferenceInput, Registration, Resolved, Sort};
use crate::content::document::problem::ProblemCode;
use crate::content::document::validate::{LINE, TITLE};
use crate::curation::publish::{Outcome, Publisher};
use crate::exchange::import::Progress;
use crate::exchange::sdmx::{self, Area, Bound, Coded, Observation, TOTAL};
use crate::exchange::table::RowProblem;

/// How many values are read and written together.
const BATCH: usize = 200;

/// What names a value within an indicator: country, period and of whom.
type Key = (Uuid, Uuid, String, String);

#[derive(Default)]
struct Survey {
    values: usize,
    groups: usize,
    missing: usize,
    indicators: HashMap<String, Indicator>,
    problems: Vec<RowProblem>,
    faulty: std::collections::HashSet<usize>,
}

struct Indicator {
    name: String,
    unit: Option<Coded>,
    source: Option<String>,
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
        let mut publisher = Publisher::begin(self.database, self.provenance.clone()).await?;
        let indicators = self.indicators(&mut publisher, &survey, &mut report).await?;
        let mut batch: HashMap<Key, observation::Model> = HashMap::new();
        let mut done = 0;
        source.rewind()?;
        for row in sdmx::read(&mut source, self.encoding) {
            let Ok(row) = row else { continue };
            if survey.faulty.contains(&row.line) {
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
        for (count, what) in [
            (survey.groups, "values of groups of countries left out"),
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
                Area::Other(_) => {
                    survey.groups += 1;
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
            survey.values += 1;
            let name = row.indicator.label.as_deref().unwrap_or(&row.indicator.code);
            survey.indicators.entry(slug(&row)).or_insert_with(|| Indicator {
                name: name.chars().take(TITLE).collect(),
                unit: row.unit.clone(),
                source: row
                    .dataflow
                    .as_ref()
                    .map(|flow| flow.label.as_deref().unwrap_or(&flow.code).chars().take(LINE).collect()),
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
        let value = row.value?;
        let bound = match value.bound {
            Bound::Exact => None,
            Bound::Below => Some("<"),
            Bound::Above => Some(">"),
        };
        let status = row.status.as_ref().map(text);
        let flags: Vec<&str> = bound.into_iter().chain(status.as_deref()).collect();
        let disaggregation: Vec<String> = row
            .disaggregation
            .iter()
            .filter(|(_, coded)| coded.code != TOTAL)
            .map(|(dimension, coded)| format!("{dimension}={}", coded.code))
            .collect();
        Some(observation::Model {
            id: Uuid::now_v7(),
            indicator_id: *indicators.get(&slug(row))?,
            country_id: country.id,
            period: row.period.text.clone(),
            place: place(&row.period.text, row.period.year),
            value: value.number * 10f64.powi(i32::from(row.multiplier)),
            unit: row.unit.as_ref().map(text),
            disaggregation: disaggregation.join(";"),
            flag: (!flags.is_empty()).then(|| flags.join(" ")),
            source: row.source.clone().unwrap_or_else(|| self.provenance.source.clone()),
        })
    }
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
    let agency = row
        .dataflow
        .as_ref()
        .and_then(|flow| flow.code.split_once(':'))
        .map_or("", |(agency, _)| agency);
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
