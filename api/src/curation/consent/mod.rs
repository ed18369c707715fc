//! Consent to quote or show children: who obtained it, in what form and when; never who the children are.
//!
//! A record belongs to a submission, and to the content that comes from it. It is for whoever recorded it and for people who
//! moderate: no bundle, index or public answer has it. While one stands, the checks ask for nothing that it covers. Once it is
//! withdrawn, published content goes out of sight at once, until a moderator has decided what becomes of it.

pub mod graphql;

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, Utc};
use praxis_entities::vocabulary::{
    ConsentForm, ConsentScope, ContentKind, ContentStatus, FlagReason, SubmissionStatus,
};
use praxis_entities::{consent, content, safeguarding_finding, submission};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use super::error::CurationError;
use super::flags;
use super::prepare::Prepared;
use super::safeguarding::{self, Finding, Rule};
use super::standing;
use super::submission::store;
use super::words::{required, words};
use crate::content::document::problem::ProblemCode;
use crate::database::{Database, never};
use crate::graphql::errors::ApiError;
use crate::identity::audit::{self, Entry};
use crate::identity::permissions::Permission;
use crate::identity::remit::{self, rows};
use crate::identity::{Actor, truncate};

/// Most characters of who obtained a consent.
const OBTAINED_BY: usize = 200;
/// Most records for one submission or one item.
const RECORDS: u64 = 100;

/// What a consent is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A submission that is not decided on.
    Submission(Uuid),
    /// Content.
    Content(ContentKind, Uuid),
}

/// A consent as it is recorded.
pub struct Record {
    /// What it covers.
    pub covers: Vec<ConsentScope>,
    /// In what form it was given.
    pub form: ConsentForm,
    /// The organisation or the role of who obtained it.
    pub obtained_by: String,
    /// When it was obtained.
    pub obtained_on: NaiveDate,
    /// What else is to be known.
    pub note: Option<String>,
}

/// What the record says, checked: it names nobody by what the safeguarding checks know.
fn check(record: Record, today: NaiveDate) -> Result<Record, CurationError> {
    let problem = |code, path: &str, message: &str| Err(CurationError::problem(code, path, message));
    let mut covers = record.covers;
    covers.sort_unstable();
    covers.dedup();
    if covers.is_empty() {
        return problem(ProblemCode::Required, "covers", "Say what the consent covers.");
    }
    let obtained_by = required(
        Some(record.obtained_by),
        "obtainedBy",
        "Name the organisation or the role of who obtained it; never the child.",
    )?;
    if obtained_by.chars().count() > OBTAINED_BY {
        return problem(ProblemCode::TooLong, "obtainedBy", "Shorten this to 200 characters.");
    }
    if record.obtained_on > today {
        return problem(ProblemCode::FutureDate, "obtainedOn", "This day lies in the future.");
    }
    let note = words(record.note, "note")?;
    for (path, text) in [("obtainedBy", Some(&obtained_by)), ("note", note.as_ref())] {
        if text.is_some_and(|text| !safeguarding::check_text(text).is_empty()) {
            return problem(
                ProblemCode::Invalid,
                path,
                "Take out what shows who somebody is or where they are: names beside ages, addresses, numbers. Name the \
                 organisation or the role of who obtained it.",
            );
        }
    }
    Ok(Record {
        covers,
        obtained_by,
        note,
        ..record
    })
}

/// Records a consent. What the checks asked for and it covers is settled.
///
/// # Errors
/// `NOT_FOUND` where the actor neither wrote it nor moderates, `WRONG_STATE` of what is decided on or erased, `REQUIRED`,
/// `FUTURE_DATE`, `TOO_LONG`, `INVALID` where it says who somebody is.
pub async fn record(
    database: &Database,
    actor: &Actor,
    subject: Subject,
    record: Record,
    at: DateTime<Utc>,
) -> Result<consent::Model, CurationError> {
    actor.require(Permission::Contribute)?;
    let at = truncate(at);
    let record = check(record, at.date_naive())?;
    let transaction = database.begin().await?;
    let (submission, content) = match subject {
        Subject::Submission(id) => {
            let found = open_submission(&transaction, actor, id).await?;
            settle(&transaction, &found, &record.covers, at).await?;
            (Some(id), found.target_id)
        }
        Subject::Content(kind, id) => {
            own_content(&transaction, actor, kind, id).await?;
            (None, Some(id))
        }
    };
    let of_same = match subject {
        Subject::Submission(id) => consent::Column::SubmissionId.eq(id),
        Subject::Content(_, id) => consent::Column::ContentId.eq(id),
    };
    if consent::Entity::find().filter(of_same).count(&transaction).await? >= RECORDS {
        return Err(CurationError::problem(
            ProblemCode::TooLong,
            "covers",
            format!("There are {RECORDS} records already; put what they say together."),
        ));
    }
    let row = consent::Model {
        id: Uuid::now_v7(),
        submission_id: submission,
        // Until it is published, a change is not the content's.
        content_id: content.filter(|_| submission.is_none()),
        covers: serde_json::to_value(&record.covers).map_err(ApiError::internal)?,
        form: record.form,
        obtained_by: record.obtained_by,
        obtained_on: record.obtained_on,
        note: record.note,
        recorded_by_id: actor.account(),
        recorded_at: at,
        withdrawn_at: None,
        withdrawal_reason: None,
    };
    consent::Entity::insert(sea_orm::IntoActiveModel::into_active_model(row.clone()))
        .exec_without_returning(&transaction)
        .await?;
    audit::record(&transaction, entry(actor, row.id, "CONSENT_RECORDED", at)).await?;
    transaction.commit().await?;
    Ok(row)
}

/// Withdraws a consent. Published content that it was for goes out of sight at once and is flagged for the moderators; says
/// whether it did.
///
/// # Errors
/// `NOT_FOUND` where the actor neither recorded it nor moderates, `WRONG_STATE` where it was withdrawn before, `REQUIRED`.
pub async fn withdraw(
    database: &Database,
    actor: &Actor,
    id: Uuid,
    reason: String,
    at: DateTime<Utc>,
) -> Result<(consent::Model, bool), CurationError> {
    actor.require(Permission::Contribute)?;
    let at = truncate(at);
    let reason = required(Some(reason), "reason", "Say why; never who the child is.")?;
    if !safeguarding::check_text(&reason).is_empty() {
        return Err(CurationError::problem(
            ProblemCode::Invalid,
            "reason",
            "Take out what shows who somebody is or where they are.",
        ));
    }
    let (transaction, mut found) = held(database, actor, id).await?;
    let done = consent::Entity::update_many()
        .set(consent::ActiveModel {
            withdrawn_at: Set(Some(at)),
            withdrawal_reason: Set(Some(reason.clone())),
            ..Default::default()
        })
        .filter(consent::Column::Id.eq(id))
        .filter(consent::Column::WithdrawnAt.is_null())
        .exec(&transaction)
        .await?;
    if done.rows_affected == 0 {
        return Err(CurationError::problem(
            ProblemCode::WrongState,
            "consent",
            "It was withdrawn before.",
        ));
    }
    audit::record(&transaction, entry(actor, id, "CONSENT_WITHDRAWN", at)).await?;
    let hidden = match found.content_id {
        Some(content) => hide(&transaction, actor, content, at).await?,
        None => false,
    };
    transaction.commit().await?;
    found.withdrawn_at = Some(at);
    found.withdrawal_reason = Some(reason);
    Ok((found, hidden))
}

/// A consent that the actor may withdraw, with the content that it is for, both held until the transaction ends: nothing is
/// published on it meanwhile. Content is locked before its consents, as where a submission is published.
async fn held(
    database: &Database,
    actor: &Actor,
    id: Uuid,
) -> Result<(DatabaseTransaction, consent::Model), CurationError> {
    loop {
        let transaction = database.begin().await?;
        let seen = consent::Entity::find_by_id(id)
            .filter(withdrawable(actor))
            .one(&transaction)
            .await?;
        let Some(seen) = seen else { break };
        if let Some(content) = seen.content_id {
            content::Entity::find_by_id(content)
                .lock_exclusive()
                .one(&transaction)
                .await?;
        }
        let found = consent::Entity::find_by_id(id)
            .lock_exclusive()
            .one(&transaction)
            .await?;
        match found {
            Some(found) if found.content_id == seen.content_id => return Ok((transaction, found)),
            // Its submission was published while this waited, which happens once. It begins anew, to lock the content first.
            Some(_) => transaction.rollback().await?,
            None => break,
        }
    }
    Err(missing("consent", "There is no such consent, or it is not yours."))
}

/// The consents that the actor may withdraw: those that they recorded, and those for what they moderate.
fn withdrawable(actor: &Actor) -> Condition {
    let recorded = actor.account().map(|account| consent::Column::RecordedById.eq(account));
    let moderated = || remit::curated(actor, consent::Column::SubmissionId, consent::Column::ContentId);
    Condition::any()
        .add(never())
        .add_option(recorded)
        .add_option(actor.may(Permission::Moderate).then(moderated))
}

async fn hide(
    transaction: &DatabaseTransaction,
    actor: &Actor,
    content: Uuid,
    at: DateTime<Utc>,
) -> Result<bool, CurationError> {
    let Some(found) = content::Entity::find_by_id(content).one(transaction).await? else {
        return Ok(false);
    };
    let before = standing::current(transaction, found.kind, content).await?;
    if before.status != ContentStatus::Published {
        return Ok(false);
    }
    let note = Some("A consent that this content relied on was withdrawn.".to_owned());
    flags::raise(transaction, actor, &before, FlagReason::Safeguarding, note, true, at).await?;
    Ok(true)
}

/// A submission that a consent may be recorded for.
async fn open_submission(
    transaction: &DatabaseTransaction,
    actor: &Actor,
    id: Uuid,
) -> Result<submission::Model, CurationError> {
    // Held: what is published meanwhile would not take the consent along.
    let found = store::hold(transaction, actor, id).await?;
    if matches!(found.status, SubmissionStatus::Published | SubmissionStatus::Rejected) {
        return Err(CurationError::problem(
            ProblemCode::WrongState,
            "submission",
            "This submission was decided on; record the consent for the content.",
        ));
    }
    Ok(found)
}

/// Content that a consent may be recorded for: by people who moderate, and by authors of it.
async fn own_content(
    transaction: &DatabaseTransaction,
    actor: &Actor,
    kind: ContentKind,
    id: Uuid,
) -> Result<(), CurationError> {
    let found = standing::current(transaction, kind, id).await?;
    let authored = submission::Entity::find()
        .filter(submission::Column::TargetId.eq(id))
        .filter(submission::Column::AuthorId.eq(actor.account()))
        .filter(submission::Column::Status.eq(SubmissionStatus::Published))
        .count(transaction);
    let moderates = actor.may(Permission::Moderate) && rows::holds_content(transaction, actor, id).await?;
    if !moderates && (actor.account().is_none() || authored.await? == 0) {
        return Err(missing("content", "There is no such content of yours."));
    }
    if found.status == ContentStatus::Erased {
        return Err(CurationError::problem(
            ProblemCode::WrongState,
            "content",
            "This content was erased.",
        ));
    }
    Ok(())
}

fn missing(path: &str, message: &str) -> CurationError {
    CurationError::problem(ProblemCode::NotFound, path, message)
}

fn entry(actor: &Actor, id: Uuid, action: &'static str, at: DateTime<Utc>) -> Entry {
    Entry {
        subject: format!("consent:{id}"),
        ..Entry::new(actor, action, at)
    }
}

/// Settles the open findings of a submission that a consent covers.
async fn settle(
    transaction: &DatabaseTransaction,
    before: &submission::Model,
    covers: &[ConsentScope],
    at: DateTime<Utc>,
) -> Result<(), CurationError> {
    let rules: Vec<&str> = Rule::OF_CONSENT
        .into_iter()
        .filter(|(_, scope)| covers.contains(scope))
        .map(|(rule, _)| rule.as_str())
        .collect();
    let settled = safeguarding_finding::Entity::delete_many()
        .filter(safeguarding_finding::Column::SubmissionId.eq(before.id))
        .filter(safeguarding_finding::Column::ResolvedAt.is_null())
        .filter(safeguarding_finding::Column::Rule.is_in(rules))
        .exec(transaction)
        .await?;
    if settled.rows_affected > 0 {
        let settled = i32::try_from(settled.rows_affected).unwrap_or(i32::MAX);
        let changes = submission::ActiveModel {
            open_findings: Set(before.open_findings - settled),
            ..Default::default()
        };
        store::update(transaction, before, changes, at).await?;
    }
    Ok(())
}

/// The findings that no consent settles which stands for the submission or for the content that it changes.
///
/// # Errors
/// Where the database is away or a record is damaged.
pub async fn not_covered(
    connection: &impl ConnectionTrait,
    submission: &submission::Model,
    findings: Vec<Finding>,
) -> Result<Vec<Finding>, ApiError> {
    if findings.iter().all(|finding| finding.rule.consent().is_none()) {
        return Ok(findings);
    }
    without_covered(&records(submission).all(connection).await?, findings)
}

/// The findings that none of these consents settles.
fn without_covered(records: &[consent::Model], mut findings: Vec<Finding>) -> Result<Vec<Finding>, ApiError> {
    let mut covered: HashSet<ConsentScope> = HashSet::new();
    for row in records.iter().filter(|row| row.withdrawn_at.is_none()) {
        let covers: Vec<ConsentScope> = crate::content::json(&row.covers)?;
        covered.extend(covers);
    }
    findings.retain(|finding| finding.rule.consent().is_none_or(|scope| !covered.contains(&scope)));
    Ok(findings)
}

/// The consents for a submission and for the content that it changes.
fn records(submission: &submission::Model) -> Select<consent::Entity> {
    let mut any = Condition::any().add(consent::Column::SubmissionId.eq(submission.id));
    if let Some(target) = submission.target_id {
        any = any.add(consent::Column::ContentId.eq(target));
    }
    consent::Entity::find().filter(any).order_by_asc(consent::Column::Id)
}

/// Refuses to publish what relied on a consent that was withdrawn since it was submitted. The consents are held until the
/// transaction ends, so that none is withdrawn before they are handed over to what is published.
///
/// # Errors
/// `OPEN_FINDINGS`; where the database is away.
pub async fn refuse_withdrawn(
    connection: &impl ConnectionTrait,
    submission: &submission::Model,
    prepared: &Prepared,
) -> Result<(), CurationError> {
    let records = records(submission).lock_exclusive().all(connection).await?;
    if records.iter().all(|row| row.withdrawn_at.is_none()) {
        return Ok(());
    }
    let resolved: Vec<safeguarding_finding::Model> = safeguarding_finding::Entity::find()
        .filter(safeguarding_finding::Column::SubmissionId.eq(submission.id))
        .filter(safeguarding_finding::Column::ResolvedAt.is_not_null())
        .all(connection)
        .await?;
    let found = safeguarding::check_all(connection, prepared, submission.note.as_deref()).await?;
    let found = without_covered(&records, found)?;
    let bare = found.iter().any(|finding| {
        finding.rule.consent().is_some()
            && !resolved
                .iter()
                .any(|row| row.rule == finding.rule.as_str() && row.path == finding.path)
    });
    if bare {
        return Err(CurationError::problem(
            ProblemCode::OpenFindings,
            "submission",
            "A consent that this relied on was withdrawn. Request changes: what it covered must be taken out, or another \
             consent recorded.",
        ));
    }
    Ok(())
}

/// Hands the consents of a submission over to the content that was published from it.
///
/// # Errors
/// Where the database is away.
pub async fn hand_over(connection: &impl ConnectionTrait, submission: Uuid, content: Uuid) -> Result<(), DbErr> {
    consent::Entity::update_many()
        .col_expr(consent::Column::ContentId, Expr::value(content))
        .filter(consent::Column::SubmissionId.eq(submission))
        .exec(connection)
        .await?;
    Ok(())
}

/// Removes the records of content that is erased, and of what was proposed for it.
///
/// # Errors
/// Where the database is away.
pub async fn erase(connection: &impl ConnectionTrait, content: Uuid, submissions: &[Uuid]) -> Result<(), DbErr> {
    consent::Entity::delete_many()
        .filter(consent::Column::ContentId.eq(content))
        .exec(connection)
        .await?;
    for chunk in submissions.chunks(500) {
        consent::Entity::delete_many()
            .filter(consent::Column::SubmissionId.is_in(chunk.iter().copied()))
            .exec(connection)
            .await?;
    }
    Ok(())
}
