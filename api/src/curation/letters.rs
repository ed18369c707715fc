//! What the letters about notifications say. They hold no more of a submission or of content than its title, and not even
//! that where it was hidden or erased, or where the safeguarding checks found something that is not settled.

use praxis_entities::vocabulary::{ContentStatus, NotificationKind, SubmissionStatus};
use praxis_entities::{content, notification, saved_search, submission};

use super::notification::URGENT;
use super::submission::store;
use crate::identity::Actor;
use crate::identity::email_address::EmailAddress;
use crate::identity::letters::letter;
use crate::identity::mail::Letter;
use crate::identity::permissions::Permission;

/// Most lines of one letter.
const LINES: usize = 50;

/// A notification and what it is about, as it stands now.
pub struct Item<'a> {
    /// The notification.
    pub notification: &'a notification::Model,
    /// The submission.
    pub submission: Option<&'a submission::Model>,
    /// The content.
    pub content: Option<&'a content::Model>,
    /// Whether it is within what its reader is limited to as a moderator.
    pub curated: bool,
}

/// One letter about several notifications; none where nothing of it concerns the reader any more.
pub fn news(to: &EmailAddress, name: &str, reader: &Actor, items: &[Item<'_>]) -> Option<Letter> {
    let mut lines = Vec::new();
    let mut urgent = false;
    for item in items {
        if let Some(line) = line(reader, item) {
            urgent |= URGENT.contains(&item.notification.kind);
            lines.push(line);
        }
    }
    if lines.is_empty() {
        return None;
    }
    let subject = if urgent {
        "Safeguarding: please look at this at once"
    } else {
        "What happened to contributions"
    };
    let text = format!(
        "this happened since we last wrote to you:\n\n{}\nSign in to see more (viewer.notifications), or to say how often you \
         want letters (updateNotificationSettings).",
        listed(lines)
    );
    Some(letter(to, subject, name, &text))
}

/// A letter about one saved search: what was published since and answers it; none where nothing of it is public any more.
pub fn matches(
    to: &EmailAddress,
    name: &str,
    search: &saved_search::Model,
    unsubscribe: String,
    found: &[(&content::Model, String)],
) -> Option<Letter> {
    let lines: Vec<String> = found
        .iter()
        .filter(|(content, _)| content.status == ContentStatus::Published)
        .map(|(content, address)| format!("{}\n  {address}", named(Some(&content.title)).trim_start()))
        .collect();
    if lines.is_empty() {
        return None;
    }
    let text = format!(
        "this was published since we last wrote to you, and answers your saved search{}:\n\n{}\nNo more letters about this \
         search: {unsubscribe}",
        named(Some(&search.name)),
        listed(lines)
    );
    let letter = letter(to, "New for a saved search", name, &text);
    Some(Letter {
        unsubscribe: Some(unsubscribe),
        ..letter
    })
}

/// The lines of a letter, as many as one letter holds.
fn listed(mut lines: Vec<String>) -> String {
    let more = lines.len().saturating_sub(LINES);
    lines.truncate(LINES);
    let mut text = lines.iter().map(|line| format!("- {line}\n")).collect::<String>();
    if more > 0 {
        text.push_str(&format!("- and {more} more\n"));
    }
    text
}

/// What a letter says of one notification; nothing where its reader may not know or need not care any more.
fn line(reader: &Actor, item: &Item<'_>) -> Option<String> {
    let kind = item.notification.kind;
    let own = || {
        item.submission
            .filter(|submission| store::is_author(reader, submission))
    };
    let title = |submission: &submission::Model| {
        let shown = submission.open_findings == 0 && item.content.is_none_or(is_public);
        named(shown.then_some(submission.title.as_str()))
    };
    match kind {
        NotificationKind::ChangesRequested => {
            Some(format!("Changes were requested to your submission{}.", title(own()?)))
        }
        NotificationKind::Published => Some(format!("Your submission{} was published.", title(own()?))),
        NotificationKind::Rejected => Some(format!("Your submission{} was turned down.", title(own()?))),
        NotificationKind::Reopened => Some(format!(
            "After an appeal, your submission{} waits for review again.",
            title(own()?)
        )),
        NotificationKind::ContentHidden => {
            own()?;
            Some("Something that you contributed was taken out of sight for the time being.".to_owned())
        }
        NotificationKind::ContentRestored | NotificationKind::ContentRetracted => {
            own()?;
            let title = named(
                item.content
                    .filter(|content| is_public(content))
                    .map(|content| content.title.as_str()),
            );
            Some(match kind {
                NotificationKind::ContentRestored => format!("Something that you contributed{title} is visible again."),
                _ => format!("Something that you contributed{title} was withdrawn; a note with the reason stays."),
            })
        }
        NotificationKind::ContentErased => {
            own()?;
            Some("Something that you contributed was erased.".to_owned())
        }
        NotificationKind::SubmissionWaiting => Some(format!(
            "A submission{} waits for review.",
            title(waiting(reader, item)?)
        )),
        NotificationKind::MinorEditPublished => {
            let edit = item
                .submission
                .filter(|edit| edit.awaits_review && reader.may(Permission::Moderate))?;
            Some(format!(
                "A minor edit{} was published by its author and awaits review.",
                title(edit)
            ))
        }
        NotificationKind::MinorEditTakenBack => Some(format!(
            "Your minor edit{} was taken back by a moderator.",
            title(own()?)
        )),
        NotificationKind::SafeguardingFindings => {
            waiting(reader, item)?;
            Some("The safeguarding checks found something in a submission.".to_owned())
        }
        NotificationKind::SafeguardingFlag => {
            let open = item
                .content
                .is_some_and(|content| matches!(content.status, ContentStatus::Published | ContentStatus::Hidden));
            (open && item.curated && reader.may(Permission::Moderate))
                .then(|| "Published content was flagged for safeguarding.".to_owned())
        }
        // There are letters of their own about saved searches and applications.
        NotificationKind::SavedSearchMatch | NotificationKind::ClientAsks => None,
    }
}

/// A submission that moderators still have to decide on.
fn waiting<'a>(reader: &Actor, item: &Item<'a>) -> Option<&'a submission::Model> {
    item.submission.filter(|submission| {
        item.curated
            && reader.may(Permission::Moderate)
            && matches!(
                submission.status,
                SubmissionStatus::Submitted | SubmissionStatus::InReview
            )
    })
}

fn is_public(content: &content::Model) -> bool {
    matches!(content.status, ContentStatus::Published | ContentStatus::Retracted)
}

/// A title as it stands in a line, with a space before it; nothing where it must not be shown.
fn named(title: Option<&str>) -> String {
    let title = title.unwrap_or_default();
    let shown: String = title.chars().filter(|character| !character.is_control()).collect();
    let shown = shown.trim();
    if shown.is_empty() {
        String::new()
    } else {
        format!(" “{shown}”")
    }
}
