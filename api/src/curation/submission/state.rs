//! Where a submission can go from where it stands: one pure function.

use praxis_entities::vocabulary::SubmissionStatus;

/// What can be done with a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Its author changes it.
    Edit,
    /// Its author hands it in.
    Submit,
    /// Its author takes it back.
    Withdraw,
    /// A moderator takes it up.
    Claim,
    /// The moderator who took it up leaves it to others.
    Release,
    /// A moderator asks its author for changes.
    RequestChanges,
    /// A moderator approves it.
    Approve,
    /// A moderator turns it down.
    Reject,
    /// An appeal against its rejection was right.
    Reopen,
    /// Its author, a trusted member, publishes a minor edit.
    PublishMinorEdit,
    /// A moderator finds the minor edit right.
    AcceptMinorEdit,
    /// A moderator finds it wrong, and takes it back.
    TakeBackMinorEdit,
}

impl Action {
    /// Every action.
    pub const ALL: [Action; 12] = [
        Action::Edit,
        Action::Submit,
        Action::Withdraw,
        Action::Claim,
        Action::Release,
        Action::RequestChanges,
        Action::Approve,
        Action::Reject,
        Action::Reopen,
        Action::PublishMinorEdit,
        Action::AcceptMinorEdit,
        Action::TakeBackMinorEdit,
    ];

    /// The name in the audit log.
    pub fn audit_name(self) -> &'static str {
        match self {
            Action::Edit => "SUBMISSION_EDITED",
            Action::Submit => "SUBMISSION_SUBMITTED",
            Action::Withdraw => "SUBMISSION_WITHDRAWN",
            Action::Claim => "SUBMISSION_CLAIMED",
            Action::Release => "SUBMISSION_RELEASED",
            Action::RequestChanges => "SUBMISSION_CHANGES_REQUESTED",
            Action::Approve => "SUBMISSION_APPROVED",
            Action::Reject => "SUBMISSION_REJECTED",
            Action::Reopen => "SUBMISSION_REOPENED",
            Action::PublishMinorEdit => "MINOR_EDIT_PUBLISHED",
            Action::AcceptMinorEdit => "MINOR_EDIT_ACCEPTED",
            Action::TakeBackMinorEdit => "MINOR_EDIT_TAKEN_BACK",
        }
    }

    /// The name in decisions.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Edit => "EDIT",
            Action::Submit => "SUBMIT",
            Action::Withdraw => "WITHDRAW",
            Action::Claim => "CLAIM",
            Action::Release => "RELEASE",
            Action::RequestChanges => "REQUEST_CHANGES",
            Action::Approve => "APPROVE",
            Action::Reject => "REJECT",
            Action::Reopen => "REOPEN",
            Action::PublishMinorEdit => "PUBLISH_MINOR_EDIT",
            Action::AcceptMinorEdit => "ACCEPT_MINOR_EDIT",
            Action::TakeBackMinorEdit => "TAKE_BACK_MINOR_EDIT",
        }
    }
}

/// Where the action leads from here; `None` where it can't be done.
pub fn next(status: SubmissionStatus, action: Action) -> Option<SubmissionStatus> {
    use SubmissionStatus::{ChangesRequested, Draft, InReview, Published, Rejected, Submitted, Withdrawn};
    match (status, action) {
        (Draft | Withdrawn, Action::Edit) => Some(Draft),
        (ChangesRequested, Action::Edit) => Some(ChangesRequested),
        (Draft | ChangesRequested | Withdrawn, Action::Submit) => Some(Submitted),
        (Draft | Submitted | InReview | ChangesRequested, Action::Withdraw) => Some(Withdrawn),
        (Submitted | InReview, Action::Claim) => Some(InReview),
        (InReview, Action::Release) => Some(Submitted),
        (InReview, Action::RequestChanges) => Some(ChangesRequested),
        (InReview, Action::Approve) => Some(Published),
        (InReview, Action::Reject) => Some(Rejected),
        (Rejected, Action::Reopen) => Some(Submitted),
        (Draft | Withdrawn, Action::PublishMinorEdit) => Some(Published),
        (Published, Action::AcceptMinorEdit | Action::TakeBackMinorEdit) => Some(Published),
        (Draft | Submitted | InReview | ChangesRequested | Published | Rejected | Withdrawn, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sea_orm::Iterable;

    use super::*;

    #[test]
    fn what_was_published_is_at_most_reviewed_and_only_an_appeal_reopens_what_was_rejected() {
        for action in Action::ALL {
            let reviews = matches!(action, Action::AcceptMinorEdit | Action::TakeBackMinorEdit);
            let after = reviews.then_some(SubmissionStatus::Published);
            assert_eq!(next(SubmissionStatus::Published, action), after, "{action:?}");
            let reopened = next(SubmissionStatus::Rejected, action);
            assert_eq!(reopened.is_some(), action == Action::Reopen, "{action:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_but_a_minor_edit_is_published_without_being_submitted_and_claimed(
            actions in prop::collection::vec(0usize..Action::ALL.len(), 0..40),
        ) {
            let mut status = SubmissionStatus::Draft;
            let mut submitted = false;
            let mut claimed = false;
            let mut minor = false;
            for index in actions {
                let action = Action::ALL[index];
                let Some(after) = next(status, action) else { continue };
                match action {
                    Action::Submit => { submitted = true; claimed = false; }
                    Action::Claim => claimed = true,
                    Action::Release | Action::Reopen => claimed = false,
                    Action::Edit => { submitted = false; claimed = false; }
                    Action::PublishMinorEdit => minor = true,
                    _ => {}
                }
                status = after;
                if status == SubmissionStatus::Published {
                    prop_assert!(minor || (submitted && claimed));
                }
            }
        }
    }

    #[test]
    fn every_state_but_the_last_one_can_be_left() {
        for status in SubmissionStatus::iter() {
            let leaves = Action::ALL
                .into_iter()
                .filter_map(|action| next(status, action))
                .any(|to| to != status);
            assert_eq!(leaves, status != SubmissionStatus::Published, "{status:?}");
        }
    }
}
