//! Telling people what happened: authors of each decision on what they wrote, moderators of what waits for them.
//!
//! A notification is written in the transaction of the act, by one statement however many people it is for. It names what
//! it is about and holds no word of it; whoever reads it sees of that what they may see then.

use chrono::{DateTime, TimeDelta, Utc};
use praxis_entities::vocabulary::{ChangeType, NotificationKind, NotificationMail, SubmissionStatus};
use praxis_entities::{account, account_role, notification, submission};
use sea_orm::sea_query::{Alias, CaseStatement, Cond, Expr, ExprTrait, Order, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use super::submission::state::Action;
use crate::database::never;
use crate::identity::Actor;
use crate::identity::permissions::Permission;
use crate::identity::remit::rows::{self, Subject};

/// What moderators are written to about at once, however seldom they want letters.
pub const URGENT: [NotificationKind; 2] = [
    NotificationKind::SafeguardingFindings,
    NotificationKind::SafeguardingFlag,
];

/// Something that people are told.
#[derive(Clone, Copy, Debug)]
pub enum News {
    /// Something was done with a submission.
    Submission(Uuid, Action),
    /// A decision was made on published content.
    Content(Uuid, ChangeType),
    /// Content was flagged for safeguarding.
    Flag(Uuid),
}

/// Writes who is told of an act, in its transaction and after its other changes: its authors, or all who moderate and
/// are not limited from it. Whoever did it is not told.
///
/// # Errors
/// Where the database is away.
pub async fn notify(
    connection: &impl ConnectionTrait,
    actor: &Actor,
    news: News,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    match news {
        News::Submission(id, action) => {
            if let Some(kind) = of_action(action) {
                insert(connection, actor, Message::to_author(id, kind), at).await?;
            }
            let waits = match action {
                Action::Submit | Action::Reopen => NotificationKind::SubmissionWaiting,
                Action::PublishMinorEdit => NotificationKind::MinorEditPublished,
                _ => return Ok(()),
            };
            let elsewhere = rows::elsewhere(connection, Subject::Submission(id)).await?;
            let message = Message::to_moderators_of_submission(id, waits).but(elsewhere);
            insert(connection, actor, message, at).await?;
            Ok(())
        }
        News::Content(id, change) => match of_change(change) {
            Some(kind) => insert(connection, actor, Message::to_authors_of_content(id, kind), at).await,
            None => Ok(()),
        },
        News::Flag(id) => {
            let elsewhere = rows::elsewhere(connection, Subject::Content(id)).await?;
            let message = Message::to_moderators_of_content(id).but(elsewhere);
            insert(connection, actor, message, at).await
        }
    }
}

/// What an author is told of what was done with their submission.
fn of_action(action: Action) -> Option<NotificationKind> {
    match action {
        Action::RequestChanges => Some(NotificationKind::ChangesRequested),
        Action::Approve => Some(NotificationKind::Published),
        Action::Reject => Some(NotificationKind::Rejected),
        Action::Reopen => Some(NotificationKind::Reopened),
        Action::TakeBackMinorEdit => Some(NotificationKind::MinorEditTakenBack),
        Action::Edit
        | Action::Submit
        | Action::Withdraw
        | Action::Claim
        | Action::Release
        | Action::PublishMinorEdit
        | Action::AcceptMinorEdit => None,
    }
}

/// What authors are told of what became of their content.
fn of_change(change: ChangeType) -> Option<NotificationKind> {
    match change {
        ChangeType::Hidden => Some(NotificationKind::ContentHidden),
        ChangeType::Restored => Some(NotificationKind::ContentRestored),
        ChangeType::Retracted => Some(NotificationKind::ContentRetracted),
        ChangeType::Erased => Some(NotificationKind::ContentErased),
        ChangeType::Published | ChangeType::Updated => None,
    }
}

/// When a letter about something that happens now is due by a setting; never where none is wanted.
pub fn due(mail: NotificationMail, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match mail {
        NotificationMail::AtOnce => Some(at),
        NotificationMail::Daily => Some(at + TimeDelta::days(1)),
        NotificationMail::Weekly => Some(at + TimeDelta::weeks(1)),
        NotificationMail::Never => None,
    }
}

/// Who is told what, as a statement that selects the accounts.
struct Message {
    kind: Expr,
    submission: Expr,
    content: Expr,
    urgent: Cond,
    readers: SelectStatement,
}

fn of_account(column: account::Column) -> Expr {
    Expr::col((account::Entity, column))
}

fn of_submission(column: submission::Column) -> Expr {
    Expr::col((submission::Entity, column))
}

/// Accounts that moderate by their roles.
fn moderators() -> SelectStatement {
    let roles = Query::select()
        .column(account_role::Column::AccountId)
        .from(account_role::Entity)
        .and_where(Expr::col(account_role::Column::Role).is_in(Permission::Moderate.roles().iter().copied()))
        .take();
    Query::select()
        .from(account::Entity)
        .and_where(of_account(account::Column::Id).in_subquery(roles))
        .and_where(of_account(account::Column::SuspendedAt).is_null())
        .take()
}

impl Message {
    /// The same, but for these accounts.
    fn but(mut self, accounts: Vec<Uuid>) -> Self {
        if !accounts.is_empty() {
            self.readers
                .and_where(of_account(account::Column::Id).is_not_in(accounts));
        }
        self
    }

    fn to_author(id: Uuid, kind: NotificationKind) -> Self {
        let readers = Query::select()
            .from(submission::Entity)
            .inner_join(
                account::Entity,
                of_account(account::Column::Id).equals((submission::Entity, submission::Column::AuthorId)),
            )
            .and_where(of_submission(submission::Column::Id).eq(id))
            .take();
        Self {
            kind: Expr::value(kind),
            submission: Expr::value(id),
            content: of_submission(submission::Column::TargetId),
            urgent: Cond::all().add(never()),
            readers,
        }
    }

    /// Each author of a published revision is told once, with their latest submission.
    fn to_authors_of_content(id: Uuid, kind: NotificationKind) -> Self {
        let later = Alias::new("later");
        let of_later = |column: submission::Column| Expr::col((later.clone(), column));
        let latest = Query::select()
            .column((later.clone(), submission::Column::Id))
            .from_as(submission::Entity, later.clone())
            .and_where(of_later(submission::Column::TargetId).eq(id))
            .and_where(of_later(submission::Column::Status).eq(SubmissionStatus::Published))
            .and_where(
                of_later(submission::Column::AuthorId).equals((submission::Entity, submission::Column::AuthorId)),
            )
            .order_by((later.clone(), submission::Column::Id), Order::Desc)
            .limit(1)
            .take();
        let readers = Query::select()
            .from(submission::Entity)
            .inner_join(
                account::Entity,
                of_account(account::Column::Id).equals((submission::Entity, submission::Column::AuthorId)),
            )
            .and_where(of_submission(submission::Column::TargetId).eq(id))
            .and_where(of_submission(submission::Column::Id).in_subquery(latest))
            .take();
        Self {
            kind: Expr::value(kind),
            submission: of_submission(submission::Column::Id),
            content: Expr::value(id),
            urgent: Cond::all().add(never()),
            readers,
        }
    }

    fn to_moderators_of_submission(id: Uuid, waits: NotificationKind) -> Self {
        let found = || of_submission(submission::Column::OpenFindings).gt(0);
        let readers = moderators()
            .inner_join(submission::Entity, of_submission(submission::Column::Id).eq(id))
            .cond_where(
                // Nobody decides on their own submission.
                Cond::any()
                    .add(of_submission(submission::Column::AuthorId).is_null())
                    .add(
                        of_submission(submission::Column::AuthorId)
                            .equals((account::Entity, account::Column::Id))
                            .not(),
                    ),
            )
            .take();
        Self {
            kind: CaseStatement::new()
                .case(found(), NotificationKind::SafeguardingFindings)
                .finally(waits)
                .into(),
            submission: Expr::value(id),
            content: of_submission(submission::Column::TargetId),
            urgent: Cond::all().add(found()),
            readers,
        }
    }

    fn to_moderators_of_content(id: Uuid) -> Self {
        Self {
            kind: Expr::value(NotificationKind::SafeguardingFlag),
            submission: Expr::value(None::<Uuid>),
            content: Expr::value(id),
            urgent: Cond::all().add(Expr::val(1).eq(1)),
            readers: moderators(),
        }
    }
}

async fn insert(
    connection: &impl ConnectionTrait,
    actor: &Actor,
    message: Message,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let mail = |wanted: NotificationMail| of_account(account::Column::NotificationMail).eq(wanted);
    let wanted = [
        NotificationMail::AtOnce,
        NotificationMail::Daily,
        NotificationMail::Weekly,
    ];
    let mut due_at = CaseStatement::new()
        .case(
            mail(NotificationMail::Never),
            Expr::value(due(NotificationMail::Never, at)),
        )
        .case(message.urgent, Expr::value(at));
    for setting in wanted {
        due_at = due_at.case(mail(setting), Expr::value(due(setting, at)));
    }
    let mut select = message.readers;
    select
        .expr(of_account(account::Column::Id))
        .expr(Expr::value(Uuid::now_v7()))
        .expr(message.kind)
        .expr(message.submission)
        .expr(message.content)
        .expr(Expr::value(at))
        .expr(due_at)
        .and_where(of_account(account::Column::DeletedAt).is_null());
    if let Some(own) = actor.account() {
        select.and_where(of_account(account::Column::Id).ne(own));
    }
    let mut insert = Query::insert();
    insert
        .into_table(notification::Entity)
        .columns([
            notification::Column::AccountId,
            notification::Column::Id,
            notification::Column::Kind,
            notification::Column::SubmissionId,
            notification::Column::ContentId,
            notification::Column::CreatedAt,
            notification::Column::MailDueAt,
        ])
        .select_from(select)
        .map_err(|error| DbErr::Custom(error.to_string()))?;
    connection.execute(&insert).await?;
    Ok(())
}
