//! Recommendations of the Universal Periodic Review.
//!
//! Each row becomes a recommendation with a slug made of its session, its state and the key of the row, so that it is
//! known again in a newer file. The review is found by state and cycle, whatever its slug, or made. What others have added to a
//! recommendation since (paragraph, assessments, responsibility, decisions) stays when the file is imported again.
//!
//! A recommendation that somebody has entered by hand, from a publication that quotes it, is not made again: the row adds its
//! words, its maker and its source to it. It is known by its review and its words (`quotes`), where no other maker is named
//! and neither the row nor what was entered may be another one.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{Read, Seek};

use praxis_entities::vocabulary::{
    ConceptScheme, ContentKind, ContentStatus, RecommendationKind, RecommendationResponse,
};
use praxis_entities::{concept, content, mechanism, recommendation, review, revision};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::entered::{EnteredByHand, Recognised};
use super::{DatasetError, DatasetImport, Report, Watch, themes};
use crate::accountability::recommendation::document::RecommendationInput;
use crate::accountability::register::{self, ReferenceInput, Registration, Resolved, ReviewInput, Sort};
use crate::accountability::review::facts::{ReviewFacts, with_mechanism_and_state};
use crate::accountability::rules::issue_themes::Issue;
use crate::content::document::problem::{Problem, ProblemCode};
use crate::content::document::{CitationInput, ContentInput};
use crate::content::resource::document::ResourceInput;
use crate::curation::prepare::{Prepared, References, prepare};
use crate::curation::publish::{BATCH, Publication, Publisher, ids_by_slug};
use crate::exchange::import::Progress;
use crate::exchange::table::RowProblem;
use crate::exchange::upr::{self, Duplicates, Recommender, Response, RowKey, Session, Standing, UprRow};
use crate::graphql::scalars::{CountryCode, LanguageTag, Url};
use crate::vocabulary::Vocabulary;

/// The mechanism.
const MECHANISM: &str = "upr";
/// The resource that every recommendation cites. It is made where it is missing, and left as it is where it is not.
const SOURCE: &str = "upr-info-database-of-recommendations";
/// Its title.
const SOURCE_TITLE: &str = "Database of recommendations of the Universal Periodic Review (UPR Info)";
/// Its address.
const SOURCE_LINK: &str = "https://www.upr-info.org/";
/// How much of a recommendation's text stands in its title, in characters.
const HEAD: usize = 120;
/// How many of the recommendations that a newer file lacks are named.
const NAMED: usize = 5;

/// What the first reading finds.
#[derive(Default)]
struct Survey {
    rows: usize,
    /// The issues of all rows of a recommendation that stands in several.
    issues: HashMap<RowKey, Vec<Issue>>,
    /// The state and session of each review, with the line that named it first.
    reviews: BTreeMap<(CountryCode, Session), usize>,
    problems: Vec<RowProblem>,
    notices: Vec<RowProblem>,
    faulty: HashSet<usize>,
    /// What somebody has entered already.
    recognised: Recognised,
    /// The reviews that exist.
    held: HeldReviews,
    /// The reviews that are known to be of another session, or whose slug another review has, with the line that names each
    /// first and what is wrong.
    refused: HashMap<(CountryCode, Session), (usize, String)>,
}

impl DatasetImport<'_> {
    pub(super) async fn upr(
        &self,
        mut source: impl Read + Seek + Send,
        watch: Watch<'_>,
    ) -> Result<Report, DatasetError> {
        let mut report = Report::default();
        let entered = EnteredByHand::read(self.database.read(), MECHANISM, is_slug_of_row).await?;
        let held = HeldReviews::read(self.database.read()).await?;
        let mut survey = self.survey(&mut source, entered, held, watch);
        self.check_sessions(&mut survey).await?;
        self.judge(std::mem::take(&mut survey.problems), &mut report)?;
        let mut publisher = Publisher::begin(self.database, self.provenance.clone()).await?;
        // Somebody may have added a review since.
        survey.held = HeldReviews::read(publisher.transaction()).await?;
        let known = self.references(&mut publisher, &survey, &mut report).await?;
        let before = publisher.outcome();
        let mut not_in_file = of_rows(publisher.transaction(), &known).await?;
        let mut batch = Vec::with_capacity(BATCH);
        let mut seen = Duplicates::default();
        let mut written = 0;
        source.rewind()?;
        for row in upr::read(&mut source, self.encoding) {
            let Ok(row) = row else { continue };
            if survey.faulty.contains(&row.line) {
                continue;
            }
            if let Some((first, reason)) = survey.refused.get(&(row.state.clone(), row.session)) {
                if row.line != *first {
                    report.skipped.push(wrong_session(row.line, reason));
                }
                continue;
            }
            let Ok(Standing::New(key)) = seen.take(&row) else {
                continue;
            };
            not_in_file.remove(&slug(key, &row));
            batch.push((key, row));
            if batch.len() == BATCH {
                written += batch.len();
                self.write(&mut publisher, &known, &survey, std::mem::take(&mut batch), &mut report)
                    .await?;
                watch(Progress::Written(written, survey.rows));
            }
        }
        written += batch.len();
        self.write(&mut publisher, &known, &survey, batch, &mut report).await?;
        watch(Progress::Written(written, survey.rows));
        let all = publisher.end(self.dry_run).await?;
        report.outcome = all.since(before);
        report.skipped.sort_by_key(|problem| problem.line);
        report.notices.append(&mut survey.notices);
        report.notices.extend(not_in_file_notice(not_in_file));
        report.notices.sort_by_key(|notice| notice.line);
        Ok(report)
    }

    /// First reading: what is wrong, what stands twice, and which reviews there are.
    fn survey(
        &self,
        source: &mut (impl Read + Seek),
        mut entered: EnteredByHand,
        held: HeldReviews,
        watch: Watch<'_>,
    ) -> Survey {
        let mut survey = Survey {
            held,
            ..Survey::default()
        };
        let mut duplicates = Duplicates::default();
        let mut first: HashMap<RowKey, Vec<Issue>> = HashMap::new();
        for row in upr::read(source, self.encoding) {
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
            match duplicates.take(&row) {
                Ok(Standing::New(key)) => {
                    survey.rows += 1;
                    first.insert(key, row.issues.clone());
                    let review = (row.state.clone(), row.session);
                    entered.compare(&survey.held.slug_of(&review), key, &row);
                    survey.reviews.entry(review).or_insert(row.line);
                }
                Ok(Standing::Repeated { key, line }) => {
                    survey.notices.push(RowProblem::new(
                        row.line,
                        ProblemCode::Duplicate,
                        "",
                        format!(
                            "The row repeats line {line}; the two are one recommendation, with the issues of both."
                        ),
                    ));
                    let issues = survey
                        .issues
                        .entry(key)
                        .or_insert_with(|| first.get(&key).cloned().unwrap_or_default());
                    issues.extend(row.issues);
                    issues.sort_unstable();
                    issues.dedup();
                }
                Err(problem) => {
                    survey.faulty.insert(problem.line);
                    survey.problems.push(problem);
                }
            }
            if survey.rows.is_multiple_of(1_000) {
                watch(Progress::Checked(survey.rows, survey.rows));
            }
        }
        survey.recognised = entered.recognised();
        for (line, slug) in &survey.recognised.doubtful {
            survey.notices.push(RowProblem::new(
                *line,
                ProblemCode::Duplicate,
                "Text",
                format!("The row may be the recommendation `{slug}`, as others may; it became one of its own."),
            ));
        }
        survey
    }

    /// A state is reviewed once in a cycle: refuses another session than the one that is known. Refuses, too, a new review where
    /// another one has its slug.
    async fn check_sessions(&self, survey: &mut Survey) -> Result<(), DbErr> {
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

    /// Makes the reviews and the source that are missing, and gives what documents refer to.
    async fn references(
        &self,
        publisher: &mut Publisher,
        survey: &Survey,
        report: &mut Report,
    ) -> Result<Known, DatasetError> {
        let mechanism = register::ids(publisher.transaction(), Sort::Mechanism, &[MECHANISM.to_owned()])
            .await?
            .remove(MECHANISM)
            .ok_or_else(|| DatasetError::Missing(format!("there is no mechanism `{MECHANISM}`")))?;
        let mut missing = Vec::new();
        let mut reviews = HashMap::new();
        for key in survey.reviews.keys() {
            let (state, session) = key;
            let slug = survey.held.slug_of(key);
            let existing = survey.held.find(key).map(|known| known.id);
            let id = existing.unwrap_or_else(Uuid::now_v7);
            let facts = ReviewFacts {
                id,
                mechanism: MECHANISM.to_owned(),
                country: state.to_string(),
                date: None,
                year: Some(session.year()),
            };
            reviews.insert(slug.clone(), facts);
            if existing.is_some() {
                continue;
            }
            missing.push(Registration {
                id,
                slug,
                input: ReferenceInput::Review(ReviewInput {
                    mechanism: MECHANISM.to_owned(),
                    country: state.clone(),
                    cycle: Some(i32::from(session.cycle().number())),
                    session: Some(session.number().to_string()),
                    date: None,
                    year: Some(session.year()),
                    document_symbol: None,
                    citation: None,
                }),
                resolved: Resolved {
                    mechanism: Some(mechanism),
                    country: self
                        .vocabulary
                        .find(ConceptScheme::Country, state.as_str())
                        .map(|country| country.id),
                    resource: None,
                },
            });
        }
        if !missing.is_empty() {
            report.remarks.push(format!("{} reviews added", missing.len()));
        }
        let (_, changes) = register::write(publisher.transaction(), missing).await?;
        publisher.record_references(changes).await?;
        let source = self.source(publisher).await?;
        Ok(Known { reviews, source })
    }

    /// The key of the resource that recommendations cite.
    async fn source(&self, publisher: &mut Publisher) -> Result<Uuid, DatasetError> {
        let found = ids_by_slug(publisher.transaction(), ContentKind::Resource, &[SOURCE.to_owned()]).await?;
        if let Some((_, id, _)) = found.into_iter().next() {
            return Ok(id);
        }
        let document = ResourceInput {
            title: SOURCE_TITLE.to_owned(),
            language: LanguageTag::trusted("en"),
            summary: None,
            themes: None,
            countries: None,
            translations: None,
            citations: None,
            contributors: None,
            kind: praxis_entities::vocabulary::ResourceKind::Dataset,
            year: None,
            license: None,
            identifiers: None,
            link: Some(Url::trusted(SOURCE_LINK)),
            authors: None,
            publishers: None,
            translation_of: None,
            child_friendly_version_of: None,
            new_version_of: None,
            part_of: None,
            files: None,
        };
        let id = Uuid::now_v7();
        let prepared = self
            .prepare(SOURCE, ContentInput::Resource(document), &Known::default())
            .map_err(|problems| DatasetError::Problems(located(1, problems)))?;
        publisher.publish(vec![Publication { id, prepared }]).await?;
        Ok(id)
    }

    fn prepare(&self, slug: &str, input: ContentInput, known: &dyn References) -> Result<Prepared, Vec<Problem>> {
        prepare(slug, input, known, self.vocabulary, self.provenance.at.date_naive())
    }

    /// Publishes a batch of recommendations.
    async fn write(
        &self,
        publisher: &mut Publisher,
        known: &Known,
        survey: &Survey,
        batch: Vec<(RowKey, UprRow)>,
        report: &mut Report,
    ) -> Result<(), DatasetError> {
        let same = &survey.recognised.same;
        let slugs: Vec<String> = batch.iter().map(|(key, row)| slug(*key, row)).collect();
        let entered = batch.iter().filter_map(|(key, _)| same.get(key).cloned());
        let wanted: Vec<String> = slugs.iter().cloned().chain(entered).collect();
        let stored = stored(publisher.transaction(), &wanted).await?;
        let mut inputs = Vec::with_capacity(batch.len());
        let mut gained = HashMap::new();
        let mut problems = Vec::new();
        for ((key, row), slug) in batch.into_iter().zip(slugs) {
            let line = row.line;
            let issues = survey.issues.get(&key).unwrap_or(&row.issues).clone();
            let slug = match same.get(&key) {
                Some(entered) if !stored.contains_key(&slug) => entered.clone(),
                Some(entered) => {
                    report.notices.push(RowProblem::new(
                        line,
                        ProblemCode::Duplicate,
                        "",
                        format!("`{slug}` and `{entered}` are one recommendation; retract one of the two."),
                    ));
                    slug
                }
                None => slug,
            };
            let (id, input) = match stored.get(&slug) {
                None => (
                    Uuid::now_v7(),
                    document(self.vocabulary, &survey.held, &row, &issues, None),
                ),
                Some(Stored {
                    id,
                    status,
                    document: before,
                }) => {
                    if *status != ContentStatus::Published {
                        report.notices.push(RowProblem::new(
                            line,
                            ProblemCode::WrongState,
                            "",
                            format!(
                                "The recommendation `{slug}` is {}; it was left as it is.",
                                status.as_str().to_lowercase()
                            ),
                        ));
                        continue;
                    }
                    let ContentInput::Recommendation(mut before) = serde_json::from_str(before)
                        .map_err(|error| DbErr::Type(format!("document of {slug}: {error}")))?
                    else {
                        continue;
                    };
                    if let Some(more) = themes::follow(self.vocabulary, &mut before, &row.text, &issues) {
                        gained.insert(*id, more);
                    }
                    let mut document = document(self.vocabulary, &survey.held, &row, &issues, Some(before));
                    if same.get(&key) == Some(&slug) {
                        cite(&mut document, &row);
                    }
                    (*id, document)
                }
            };
            inputs.push((line, slug, id, ContentInput::Recommendation(input)));
        }
        let mut taken_out = themes::taken_out(publisher.transaction(), gained).await?;
        for (_, _, id, input) in &mut inputs {
            if let (Some(before), ContentInput::Recommendation(document)) = (taken_out.remove(&*id), input) {
                document.themes = before;
            }
        }
        let known = known.with_references(publisher.transaction(), &mut inputs).await?;
        let mut publications = Vec::with_capacity(inputs.len());
        for (line, slug, id, input) in inputs {
            match self.prepare(&slug, input, &known) {
                Ok(prepared) => publications.push(Publication { id, prepared }),
                Err(found) => problems.extend(located(line, found)),
            }
        }
        if !problems.is_empty() {
            // What the reader lets through obeys the rules of documents; what others have added may not.
            if !self.skip_problems {
                return Err(DatasetError::Problems(problems));
            }
            report.skipped.append(&mut problems);
        }
        publisher.publish(publications).await?;
        Ok(())
    }
}

fn located(line: usize, problems: Vec<Problem>) -> Vec<RowProblem> {
    problems
        .into_iter()
        .map(|problem| RowProblem::new(line, problem.code, &problem.path, problem.message))
        .collect()
}

/// Key, slug, code of the state, cycle and session of a review.
type ReviewColumns = (Uuid, String, String, Option<i32>, Option<String>);

/// A review of the mechanism that exists.
struct HeldReview {
    id: Uuid,
    slug: String,
    cycle: Option<i32>,
    session: Option<String>,
}

/// The reviews of the mechanism that exist: of each state in the order of their slugs.
#[derive(Default)]
struct HeldReviews(HashMap<String, Vec<HeldReview>>);

impl HeldReviews {
    async fn read(connection: &impl ConnectionTrait) -> Result<Self, DbErr> {
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
    fn find(&self, review: &(CountryCode, Session)) -> Option<&HeldReview> {
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
    fn slug_of(&self, review: &(CountryCode, Session)) -> String {
        self.find(review)
            .map_or_else(|| review_slug(review), |known| known.slug.clone())
    }
}

/// The slug that a review gets which is made.
fn review_slug((state, session): &(CountryCode, Session)) -> String {
    format!(
        "{MECHANISM}-{}-cycle-{}",
        state.as_str().to_lowercase(),
        session.cycle().number()
    )
}

/// The slugs of the published recommendations of the reviews that come from rows.
async fn of_rows(transaction: &DatabaseTransaction, known: &Known) -> Result<HashSet<String>, DbErr> {
    let reviews: Vec<Uuid> = known.reviews.values().map(|review| review.id).collect();
    let mut found = HashSet::new();
    for chunk in reviews.chunks(500) {
        let slugs: Vec<String> = content::Entity::find()
            .select_only()
            .column(content::Column::Slug)
            .filter(content::Column::Kind.eq(ContentKind::Recommendation))
            .filter(content::Column::Status.eq(ContentStatus::Published))
            .filter(
                content::Column::Id.in_subquery(
                    Query::select()
                        .column(recommendation::Column::ContentId)
                        .from(recommendation::Entity)
                        .and_where(Expr::col(recommendation::Column::ReviewId).is_in(chunk.iter().copied()))
                        .take(),
                ),
            )
            .into_tuple()
            .all(transaction)
            .await?;
        found.extend(slugs.into_iter().filter(|slug| is_slug_of_row(slug)));
    }
    Ok(found)
}

/// Says which recommendations an older file has brought and this one has not, at its first line: they stay, and a text that
/// was corrected has become a second one.
fn not_in_file_notice(slugs: HashSet<String>) -> Option<RowProblem> {
    let count = slugs.len();
    let mut slugs: Vec<String> = slugs.into_iter().collect();
    slugs.sort_unstable();
    slugs.truncate(NAMED);
    (count > 0).then(|| {
        let named: Vec<String> = slugs.iter().map(|slug| format!("`{slug}`")).collect();
        let more = if count > named.len() { " …" } else { "" };
        RowProblem::new(
            1,
            ProblemCode::NotFound,
            "",
            format!(
                "{count} recommendation(s) of the reviews in this file came from another file and were not taken from a row of \
                 this one: {}{more}. They stay. If a text was corrected, retract the old one.",
                named.join(", ")
            ),
        )
    })
}

fn wrong_session(line: usize, reason: &str) -> RowProblem {
    RowProblem::new(line, ProblemCode::Invalid, "Session", reason.to_owned())
}

fn slug(key: RowKey, row: &UprRow) -> String {
    let key = key.to_string();
    let short = key.get(..16).unwrap_or(&key);
    format!(
        "{MECHANISM}-{}-{}-{short}",
        row.session.number(),
        row.state.as_str().to_lowercase()
    )
}

/// Whether a slug is one that rows get: `upr-10-np-` and sixteen digits of the key.
fn is_slug_of_row(slug: &str) -> bool {
    let mut parts = slug.split('-');
    parts.next() == Some(MECHANISM)
        && parts.next().is_some_and(|session| session.parse::<u8>().is_ok())
        && parts.next().is_some_and(|state| state.len() == 2)
        && parts
            .next()
            .is_some_and(|key| key.len() == 16 && key.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')))
        && parts.next().is_none()
}

struct Stored {
    id: Uuid,
    status: ContentStatus,
    document: String,
}

/// The recommendations that exist, with their documents: one statement, and one more where there are any.
async fn stored(transaction: &DatabaseTransaction, slugs: &[String]) -> Result<HashMap<String, Stored>, DbErr> {
    let known = ids_by_slug(transaction, ContentKind::Recommendation, slugs).await?;
    if known.is_empty() {
        return Ok(HashMap::new());
    }
    let documents: HashMap<Uuid, String> = content::Entity::find()
        .select_only()
        .column(content::Column::Id)
        .column(revision::Column::Document)
        .join(sea_orm::JoinType::InnerJoin, content::current_revision())
        .filter(content::Column::Id.is_in(known.iter().map(|(_, id, _)| *id)))
        .into_tuple::<(Uuid, String)>()
        .all(transaction)
        .await?
        .into_iter()
        .collect();
    Ok(known
        .into_iter()
        .filter_map(|(slug, id, status)| {
            let document = documents.get(&id)?.clone();
            Some((slug, Stored { id, status, document }))
        })
        .collect())
}

/// What a row says, upon what is known already, whose themes follow the row already.
fn document(
    vocabulary: &Vocabulary,
    held: &HeldReviews,
    row: &UprRow,
    issues: &[Issue],
    before: Option<RecommendationInput>,
) -> RecommendationInput {
    let review = (row.state.clone(), row.session);
    let tags: Vec<String> = issues.iter().map(|issue| issue.name().to_owned()).collect();
    let (recommending_countries, recommending_body) = match &row.recommender {
        Recommender::State(code) => (Some(vec![code.clone()]), None),
        Recommender::Body(body) => (None, Some(body.name().to_owned())),
        Recommender::Unknown => (None, None),
    };
    let mut document = before.unwrap_or_else(|| RecommendationInput {
        title: title(vocabulary, row, &row.text),
        language: LanguageTag::trusted("en"),
        summary: None,
        themes: Some(themes::given(vocabulary, &row.text, issues)),
        countries: None,
        translations: None,
        citations: Some(vec![citation(row)]),
        contributors: None,
        kind: RecommendationKind::Recommendation,
        review: String::new(),
        text: row.text.clone(),
        response: RecommendationResponse::Pending,
        paragraph: None,
        recommending_countries: None,
        recommending_body: None,
        action_category: None,
        source_tags: None,
        child_focus: None,
        responsible: None,
        repeats: None,
        implementation: None,
    });
    // A title that somebody improved stays; one that follows from the row follows it.
    if document.title == title(vocabulary, row, &document.text) {
        document.title = title(vocabulary, row, &row.text);
    }
    document.review = held.slug_of(&review);
    document.countries = Some(vec![row.state.clone()]);
    document.text.clone_from(&row.text);
    document.response = match row.response {
        Response::Accepted => RecommendationResponse::Accepted,
        Response::Noted => RecommendationResponse::Noted,
        Response::Pending => RecommendationResponse::Pending,
    };
    document.recommending_countries = recommending_countries;
    document.recommending_body = recommending_body;
    document.action_category = Some(i16::from(row.action.number()));
    document.source_tags = Some(tags);
    document
}

fn citation(row: &UprRow) -> CitationInput {
    CitationInput {
        resource: SOURCE.to_owned(),
        locator: Some(format!("session {}", row.session.number())),
        note: None,
    }
}

/// Adds the source to what somebody has entered from another one.
fn cite(document: &mut RecommendationInput, row: &UprRow) {
    let citations = document.citations.get_or_insert_default();
    if !citations.iter().any(|citation| citation.resource == SOURCE) {
        citations.push(citation(row));
    }
}

/// `Nepal, UPR 2011, Norway: Ratify the Optional Protocol …`
fn title(vocabulary: &Vocabulary, row: &UprRow, text: &str) -> String {
    let name = |code: &CountryCode| {
        vocabulary
            .find(ConceptScheme::Country, code.as_str())
            .map_or_else(|| code.to_string(), |country| country.label(None).to_owned())
    };
    let maker = match &row.recommender {
        Recommender::State(code) => name(code),
        Recommender::Body(body) => body.name().to_owned(),
        Recommender::Unknown => "unknown".to_owned(),
    };
    format!(
        "{}, UPR {}, {maker}: {}",
        name(&row.state),
        row.session.year(),
        head(text)
    )
}

/// The beginning of a text, cut between words.
fn head(text: &str) -> String {
    if text.chars().count() <= HEAD {
        return text.to_owned();
    }
    let cut: String = text.chars().take(HEAD).collect();
    let whole = cut.rsplit_once(' ').map_or(cut.as_str(), |(whole, _)| whole);
    format!("{} …", whole.trim_end_matches([',', ';', ':', ' ']))
}

/// What the documents of an import refer to.
#[derive(Default)]
struct Known {
    reviews: HashMap<String, ReviewFacts>,
    source: Uuid,
}

impl Known {
    /// What the documents of a batch refer to beside the reviews and the source: what others have added.
    async fn with_references<'a>(
        &'a self,
        transaction: &DatabaseTransaction,
        inputs: &mut [(usize, String, Uuid, ContentInput)],
    ) -> Result<Batch<'a>, DbErr> {
        let mut slugs: HashMap<ContentKind, HashSet<String>> = HashMap::new();
        for (_, _, _, input) in inputs {
            input.document_mut().references(&mut |slot| {
                if self.by_slug(slot.target, slot.value).is_none() {
                    slugs.entry(slot.target).or_default().insert(slot.value.clone());
                }
            });
        }
        let mut others = HashMap::new();
        for (kind, slugs) in slugs {
            let slugs: Vec<String> = slugs.into_iter().collect();
            let found = ids_by_slug(transaction, kind, &slugs).await?;
            others.extend(found.into_iter().map(|(slug, id, _)| ((kind, slug), id)));
        }
        Ok(Batch { known: self, others })
    }
}

/// What the documents of a batch refer to.
struct Batch<'a> {
    known: &'a Known,
    others: HashMap<(ContentKind, String), Uuid>,
}

impl References for Batch<'_> {
    fn by_slug(&self, kind: ContentKind, slug: &str) -> Option<Uuid> {
        self.known
            .by_slug(kind, slug)
            .or_else(|| self.others.get(&(kind, slug.to_owned())).copied())
    }

    fn by_id(&self, kind: ContentKind, id: Uuid) -> Option<String> {
        self.known.by_id(kind, id)
    }

    fn review(&self, slug: &str) -> Option<&ReviewFacts> {
        self.known.review(slug)
    }
}

impl References for Known {
    fn by_slug(&self, kind: ContentKind, slug: &str) -> Option<Uuid> {
        (kind == ContentKind::Resource && slug == SOURCE).then_some(self.source)
    }

    fn by_id(&self, _kind: ContentKind, _id: Uuid) -> Option<String> {
        None
    }

    fn review(&self, slug: &str) -> Option<&ReviewFacts> {
        self.reviews.get(slug)
    }
}
