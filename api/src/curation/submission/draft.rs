//! What an author does: save a draft, hand it in, take it back.

use chrono::{DateTime, Utc};
use praxis_entities::vocabulary::{ContentKind, ContentStatus, SubmissionStatus};
use praxis_entities::{content, revision, safeguarding_finding, submission};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::countries;
use super::state::Action;
use super::store::{self, Act};
use super::{findings, minor_edit, publication};
use crate::app::App;
use crate::content::document::ContentInput;
use crate::content::document::problem::{Problem, ProblemCode};
use crate::content::document::validate::{SLUG, is_slug};
use crate::curation::consent;
use crate::curation::error::CurationError;
use crate::curation::prepare::{Prepared, canonical, prepare};
use crate::curation::publish::Publisher;
use crate::curation::references::{StoredReferences, cycle_problems};
use crate::curation::safeguarding;
use crate::curation::words::words;
use crate::files::access::FileScope;
use crate::files::uses;
use crate::graphql::errors::ApiError;
use crate::identity::permissions::Permission;
use crate::identity::{Actor, truncate};
use crate::log::submissions as log;
use crate::text::ordering_key;

/// Most drafts and open submissions of one account.
const OPEN: u64 = 200;

/// What a draft is saved with.
pub struct Draft {
    /// The submission to change; a new one where it is missing.
    pub submission: Option<Uuid>,
    /// The content to change; new content where it is missing.
    pub target: Option<(ContentKind, Uuid)>,
    /// The revision of the target that the change was made against.
    pub base_revision: Option<i32>,
    /// The slug of new content; made from the title where it is missing.
    pub slug: Option<String>,
    /// The document.
    pub content: ContentInput,
    /// What the author says about it.
    pub note: Option<String>,
}

/// Saves a draft. It need not be valid yet: what is wrong with it comes back beside it and is insisted on when it is
/// submitted.
///
/// # Errors
/// Where the author may not contribute, the target is not there or has changed, or the submission is not theirs.
pub async fn save(
    app: &App,
    actor: &Actor,
    draft: Draft,
    at: DateTime<Utc>,
) -> Result<(submission::Model, Vec<Problem>), CurationError> {
    actor.require(Permission::Contribute)?;
    let at = truncate(at);
    let note = words(draft.note.clone(), "note")?;
    let transaction = app.database.begin().await?;
    let target = match draft.target {
        None => None,
        Some((kind, id)) => Some(target(&transaction, kind, id, &draft).await?),
    };
    let slug = match &target {
        Some(target) => target.slug.clone(),
        None => free_slug(&transaction, draft.content.kind(), wanted_slug(&draft)?).await?,
    };
    let scope = FileScope {
        account: actor.account(),
        submission: draft.submission,
        target: target.as_ref().map(|target| target.id),
    };
    let references = StoredReferences::of(&transaction, &draft.content, scope).await?;
    let (document, problems) = match prepare(
        &slug,
        draft.content.clone(),
        &references,
        &app.vocabulary,
        at.date_naive(),
    ) {
        Ok(prepared) => (prepared.canonical().to_owned(), Vec::new()),
        Err(problems) => (canonical(&draft.content).map_err(ApiError::internal)?, problems),
    };
    let common = draft.content.document().common();
    let changes = submission::ActiveModel {
        kind: Set(draft.content.kind()),
        slug: Set(slug),
        title: Set(common.title.chars().take(300).collect()),
        language: Set(common.language.to_string()),
        target_id: Set(target.as_ref().map(|target| target.id)),
        base_revision: Set(target
            .as_ref()
            .map(|target| draft.base_revision.unwrap_or(target.revision))),
        document: Set(document),
        note: Set(note),
        ..Default::default()
    };
    let saved = match draft.submission {
        Some(id) => {
            let before = own(&transaction, actor, id).await?;
            let status = store::step(&before, Action::Edit)?;
            let changes = submission::ActiveModel {
                status: Set(status),
                ..changes
            };
            store::update(&transaction, &before, changes, at).await?
        }
        None => begin(&transaction, actor, changes, at).await?,
    };
    countries::write(&transaction, &app.vocabulary, saved.id, common.countries).await?;
    uses::of_submission(&transaction, saved.id, references.files()).await?;
    transaction.commit().await?;
    Ok((saved, problems))
}

/// Begins a draft with these columns, unless its author has too many open already.
async fn begin(
    connection: &impl ConnectionTrait,
    actor: &Actor,
    columns: submission::ActiveModel,
    at: DateTime<Utc>,
) -> Result<submission::Model, CurationError> {
    let open = submission::Entity::find()
        .filter(submission::Column::AuthorId.eq(actor.account()))
        .filter(submission::Column::Status.is_not_in([
            SubmissionStatus::Published,
            SubmissionStatus::Rejected,
            SubmissionStatus::Withdrawn,
        ]));
    if sea_orm::PaginatorTrait::count(open, connection).await? >= OPEN {
        return Err(CurationError::problem(
            ProblemCode::TooLong,
            "content",
            format!("You have {OPEN} open drafts and submissions; finish or withdraw some first."),
        ));
    }
    let id = Uuid::now_v7();
    submission::Entity::insert(submission::ActiveModel {
        id: Set(id),
        status: Set(SubmissionStatus::Draft),
        version: Set(1),
        open_findings: Set(0),
        author_id: Set(actor.account()),
        created_at: Set(at),
        updated_at: Set(at),
        queued_at: Set(at),
        ..columns
    })
    .exec_without_returning(connection)
    .await?;
    log::append(connection, &[id], at).await?;
    own(connection, actor, id).await
}

/// Makes a draft of an earlier revision of content.
///
/// # Errors
/// As [`save`]; `NOT_FOUND` where there is no such revision.
pub async fn restore(
    app: &App,
    actor: &Actor,
    (kind, id): (ContentKind, Uuid),
    number: i32,
    note: Option<String>,
    at: DateTime<Utc>,
) -> Result<(submission::Model, Vec<Problem>), CurationError> {
    actor.require(Permission::Contribute)?;
    // What is not published does not show its revisions either.
    let current = content::Entity::find_by_id(id)
        .one(app.database.read())
        .await?
        .filter(|found| found.kind == kind && found.status == ContentStatus::Published);
    let earlier = match &current {
        Some(_) => {
            revision::Entity::find_by_id((id, number))
                .one(app.database.read())
                .await?
        }
        None => None,
    };
    let (Some(current), Some(earlier)) = (current, earlier) else {
        return Err(CurationError::problem(
            ProblemCode::NotFound,
            "revision",
            "There is no such revision of published content.",
        ));
    };
    let draft = Draft {
        submission: None,
        target: Some((kind, id)),
        base_revision: Some(current.revision),
        slug: None,
        content: serde_json::from_str(&earlier.document).map_err(ApiError::internal)?,
        note: note.or_else(|| Some(format!("Goes back to revision {number}."))),
    };
    save(app, actor, draft, at).await
}

/// Hands a draft in. It must be valid; every text is checked for what may put a child at risk, the note too, since it is
/// published with the revision. A minor edit of a trusted member in which nothing was found is published at once.
///
/// # Errors
/// All problems of the document; where the content has changed since, or the submission is not the actor's.
pub async fn submit(app: &App, actor: &Actor, id: Uuid, at: DateTime<Utc>) -> Result<submission::Model, CurationError> {
    actor.require(Permission::Contribute)?;
    let at = truncate(at);
    let transaction = app.database.begin().await?;
    let before = own(&transaction, actor, id).await?;
    let status = store::step(&before, Action::Submit)?;
    let prepared = check(app, &transaction, &before, at).await?;
    safeguarding_finding::Entity::delete_many()
        .filter(safeguarding_finding::Column::SubmissionId.eq(id))
        .exec(&transaction)
        .await?;
    let found = safeguarding::check_all(&transaction, &prepared, before.note.as_deref()).await?;
    if found.is_empty() && minor_edit::may_publish(&transaction, actor, &before, &prepared).await? {
        let changes = submission::ActiveModel {
            document: Set(prepared.canonical().to_owned()),
            open_findings: Set(0),
            awaits_review: Set(true),
            submitted_at: Set(Some(at)),
            queued_at: Set(at),
            ..Default::default()
        };
        let publisher = Publisher::within(transaction, publication::provenance(actor, before.note.clone(), at));
        let act = Act::new(id, Action::PublishMinorEdit);
        return publication::publish(publisher, &before, prepared, act, changes).await;
    }
    let found = consent::not_covered(&transaction, &before, found).await?;
    let open = i32::try_from(found.len()).unwrap_or(i32::MAX);
    findings::write(&transaction, id, &found).await?;
    let changes = submission::ActiveModel {
        status: Set(status),
        document: Set(prepared.canonical().to_owned()),
        open_findings: Set(open),
        claimed_by_id: Set(None),
        claimed_until: Set(None),
        submitted_at: Set(Some(at)),
        queued_at: Set(at),
        ..Default::default()
    };
    let saved = store::update(&transaction, &before, changes, at).await?;
    store::record(&transaction, actor, Act::new(id, Action::Submit), at).await?;
    transaction.commit().await?;
    Ok(saved)
}

/// Takes a submission back.
///
/// # Errors
/// Where it was decided on already or is not the actor's.
pub async fn withdraw(
    app: &App,
    actor: &Actor,
    id: Uuid,
    at: DateTime<Utc>,
) -> Result<submission::Model, CurationError> {
    actor.require(Permission::Contribute)?;
    let at = truncate(at);
    let transaction = app.database.begin().await?;
    let before = own(&transaction, actor, id).await?;
    let changes = submission::ActiveModel {
        status: Set(store::step(&before, Action::Withdraw)?),
        claimed_by_id: Set(None),
        claimed_until: Set(None),
        ..Default::default()
    };
    let saved = store::update(&transaction, &before, changes, at).await?;
    store::record(&transaction, actor, Act::new(id, Action::Withdraw), at).await?;
    transaction.commit().await?;
    Ok(saved)
}

/// Validates the document of a submission against the content as it stands now.
///
/// # Errors
/// All problems of the document; `STALE_REVISION`.
pub async fn check(
    app: &App,
    connection: &impl ConnectionTrait,
    submission: &submission::Model,
    at: DateTime<Utc>,
) -> Result<Prepared, CurationError> {
    if let (Some(target), Some(base)) = (submission.target_id, submission.base_revision) {
        let current = content::Entity::find_by_id(target)
            .lock_exclusive()
            .one(connection)
            .await?;
        match current {
            Some(current) if current.status == ContentStatus::Published => {
                refuse_stale(base, current.revision)?;
            }
            _ => {
                return Err(CurationError::problem(
                    ProblemCode::WrongState,
                    "target",
                    "The content is not published any more, so it can't be changed.",
                ));
            }
        }
    }
    let input: ContentInput = serde_json::from_str(&submission.document).map_err(ApiError::internal)?;
    let scope = FileScope {
        account: submission.author_id,
        submission: Some(submission.id),
        target: submission.target_id,
    };
    let references = StoredReferences::of(connection, &input, scope).await?;
    let slug = match submission.target_id {
        Some(_) => submission.slug.clone(),
        // Another item may have got the slug since the draft was begun.
        None => free_slug(connection, submission.kind, submission.slug.clone()).await?,
    };
    let prepared =
        prepare(&slug, input, &references, &app.vocabulary, at.date_naive()).map_err(CurationError::Problems)?;
    if let Some(target) = submission.target_id {
        refuse_unchanged(connection, target, submission.base_revision, &prepared).await?;
        let problems = cycle_problems(connection, target, &prepared).await?;
        if !problems.is_empty() {
            return Err(CurationError::Problems(problems));
        }
    }
    Ok(prepared)
}

/// A change must change something.
async fn refuse_unchanged(
    connection: &impl ConnectionTrait,
    target: Uuid,
    base: Option<i32>,
    prepared: &Prepared,
) -> Result<(), CurationError> {
    let current = revision::Entity::find_by_id((target, base.unwrap_or(0)))
        .one(connection)
        .await?;
    if current.is_some_and(|current| current.document == prepared.canonical()) {
        return Err(CurationError::problem(
            ProblemCode::NoChange,
            "content",
            "The document is the published one already; change something, or withdraw the draft.",
        ));
    }
    Ok(())
}

fn refuse_stale(base: i32, current: i32) -> Result<(), CurationError> {
    if base == current {
        return Ok(());
    }
    Err(CurationError::problem(
        ProblemCode::StaleRevision,
        "baseRevision",
        format!(
            "The change was made against revision {base}, but the content is at revision {current} now. Look at it \
             (`target {{ revision }}`), put your change into it and save the draft with `baseRevision: {current}`."
        ),
    ))
}

async fn own(connection: &impl ConnectionTrait, actor: &Actor, id: Uuid) -> Result<submission::Model, CurationError> {
    let found = store::find(connection, actor, id).await?;
    if store::is_author(actor, &found) {
        return Ok(found);
    }
    Err(CurationError::problem(
        ProblemCode::NotFound,
        "submission",
        "There is no such submission of yours.",
    ))
}

async fn target(
    connection: &impl ConnectionTrait,
    kind: ContentKind,
    id: Uuid,
    draft: &Draft,
) -> Result<content::Model, CurationError> {
    let found = content::Entity::find_by_id(id)
        .one(connection)
        .await?
        .filter(|found| found.kind == kind && found.status == ContentStatus::Published)
        .ok_or_else(|| {
            CurationError::problem(
                ProblemCode::NotFound,
                "target",
                "There is no published content with this id.",
            )
        })?;
    if draft.content.kind() != kind {
        return Err(CurationError::problem(
            ProblemCode::WrongKind,
            "content",
            format!(
                "The target is a {}, so the document must be one too.",
                ContentInput::field(kind)
            ),
        ));
    }
    if let Some(base) = draft.base_revision {
        refuse_stale(base, found.revision)?;
    }
    Ok(found)
}

/// The slug that a draft asks for, or else one made from its title.
fn wanted_slug(draft: &Draft) -> Result<String, CurationError> {
    match &draft.slug {
        Some(slug) if is_slug(slug) => Ok(slug.clone()),
        Some(_) => Err(CurationError::problem(
            ProblemCode::InvalidSlug,
            "slug",
            format!(
                "A slug is made of lower-case letters from a to z, digits and single hyphens, and has at most {SLUG} \
                 characters, e.g. `score-cards-in-mali`; leave it out to have one made from the title."
            ),
        )),
        None => Ok(slug_of(draft.content.document().common().title)),
    }
}

/// A slug made from a title, in Latin letters whatever its script.
fn slug_of(title: &str) -> String {
    let folded = ordering_key(&deunicode::deunicode(title));
    let mut slug = String::with_capacity(folded.len());
    for character in folded.chars() {
        if character.is_ascii_alphanumeric() {
            slug.push(character);
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    let cut: String = slug.chars().take(80).collect();
    let slug = cut.trim_matches('-').to_owned();
    if is_slug(&slug) { slug } else { "item".to_owned() }
}

/// The slug itself where it is free, else with a suffix that makes it so.
async fn free_slug(
    connection: &impl ConnectionTrait,
    kind: ContentKind,
    wanted: String,
) -> Result<String, CurationError> {
    let taken: Option<Uuid> = content::Entity::find()
        .select_only()
        .column(content::Column::Id)
        .filter(content::Column::Kind.eq(kind))
        .filter(content::Column::Slug.eq(wanted.as_str()))
        .into_tuple()
        .one(connection)
        .await?;
    if taken.is_none() {
        return Ok(wanted);
    }
    let unique = Uuid::now_v7().simple().to_string();
    let suffix = unique.get(24..).unwrap_or_default();
    Ok(format!("{wanted}-{suffix}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_title_makes_a_slug(title in ".{0,400}") {
            prop_assert!(is_slug(&slug_of(&title)));
        }
    }

    #[test]
    fn a_slug_is_made_of_the_words_of_the_title() {
        assert_eq!(slug_of("Écoles & santé: un bilan (2013)"), "ecoles-sante-un-bilan-2013");
        assert_eq!(slug_of("Права ребёнка в школе"), "prava-rebionka-v-shkole");
        assert_eq!(slug_of("儿童权利"), "er-tong-quan-li");
    }
}
