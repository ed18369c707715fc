//! Who may ask for what: one table that names every query, mutation, subscription and type of the API.
//!
//! The resolvers and loaders enforce it; a test asks for every entry with every role and compares, and fails on anything
//! of the schema that the table does not name.

use super::permissions::Permission::{
    self, Contribute, DecideOnContent, Erase, Flag, Moderate, ReadAudit, ResolveFindings,
};

/// Who may ask for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody. Of content they see what is published.
    Anyone,
    /// Whoever is signed in, about themselves.
    SignedIn,
    /// Whoever has a role with this permission.
    May(Permission),
}

use Access::{Anyone, May, SignedIn};

/// Who may ask for each field of the root types.
pub const ROOTS: &[(&str, Access)] = &[
    ("Query.node", Anyone),
    ("Query.nodes", Anyone),
    ("Query.content", Anyone),
    ("Query.viewer", Anyone),
    ("Query.practitioners", Anyone),
    ("Query.organizations", Anyone),
    ("Query.initiatives", Anyone),
    ("Query.evidence", Anyone),
    ("Query.lessons", Anyone),
    ("Query.resources", Anyone),
    ("Query.themes", Anyone),
    ("Query.instruments", Anyone),
    ("Query.countries", Anyone),
    ("Query.regions", Anyone),
    ("Query.languages", Anyone),
    ("Query.search", Anyone),
    ("Query.suggest", Anyone),
    ("Query.similar", Anyone),
    ("Query.evidenceMap", Anyone),
    ("Query.trail", Anyone),
    ("Query.changes", Anyone),
    ("Query.submissions", May(Contribute)),
    ("Query.submissionCounts", May(Contribute)),
    ("Query.flags", May(Moderate)),
    ("Query.appeals", May(Contribute)),
    ("Subscription.contentChanged", Anyone),
    ("Subscription.submissionChanged", May(Contribute)),
    ("Query.auditLog", May(ReadAudit)),
    ("Mutation.signUp", Anyone),
    ("Mutation.verifyEmail", Anyone),
    ("Mutation.signIn", Anyone),
    ("Mutation.refreshSession", Anyone),
    ("Mutation.signOut", Anyone),
    ("Mutation.requestPasswordReset", Anyone),
    ("Mutation.resetPassword", Anyone),
    ("Mutation.confirmEmailChange", Anyone),
    ("Mutation.signOutEverywhere", SignedIn),
    ("Mutation.changePassword", SignedIn),
    ("Mutation.requestEmailChange", SignedIn),
    ("Mutation.enrolTotp", SignedIn),
    ("Mutation.confirmTotp", SignedIn),
    ("Mutation.removeTotp", SignedIn),
    ("Mutation.exportAccount", SignedIn),
    ("Mutation.deleteAccount", SignedIn),
    ("Mutation.saveDraft", May(Contribute)),
    ("Mutation.submitDraft", May(Contribute)),
    ("Mutation.withdrawSubmission", May(Contribute)),
    ("Mutation.claimSubmission", May(Moderate)),
    ("Mutation.releaseClaim", May(Moderate)),
    ("Mutation.requestChanges", May(Moderate)),
    ("Mutation.approveSubmission", May(Moderate)),
    ("Mutation.rejectSubmission", May(Moderate)),
    ("Mutation.resolveFinding", May(ResolveFindings)),
    ("Mutation.hideContent", May(DecideOnContent)),
    ("Mutation.restoreContent", May(DecideOnContent)),
    ("Mutation.retractContent", May(DecideOnContent)),
    ("Mutation.eraseContent", May(Erase)),
    ("Mutation.flagContent", May(Flag)),
    ("Mutation.resolveFlag", May(Moderate)),
    ("Mutation.appealDecision", May(Contribute)),
    ("Mutation.resolveAppeal", May(Moderate)),
    ("Mutation.decideSubmissions", May(Moderate)),
    ("Mutation.restoreRevision", May(Contribute)),
    ("Mutation.markNotificationsRead", SignedIn),
    ("Mutation.updateNotificationSettings", SignedIn),
];

/// Who meets values of each object type at all: whoever may ask for one of the root fields that lead to it.
pub const TYPES: &[(&str, Access)] = &[
    ("AccountPayload", Anyone),
    ("Affiliation", Anyone),
    ("Appeal", May(Contribute)),
    ("AppealConnection", May(Contribute)),
    ("AppealEdge", May(Contribute)),
    ("AppealPayload", May(Contribute)),
    ("Appraisal", Anyone),
    ("AuditEntry", May(ReadAudit)),
    ("AuditEntryConnection", May(ReadAudit)),
    ("AuditEntryEdge", May(ReadAudit)),
    ("AuthorRecord", May(Moderate)),
    ("Change", Anyone),
    ("ChangeConnection", Anyone),
    ("ChangeEdge", Anyone),
    ("Citation", Anyone),
    ("CitationConnection", Anyone),
    ("CitationEdge", Anyone),
    ("Content", Anyone),
    ("ContentConnection", Anyone),
    ("ContentEdge", Anyone),
    ("ContentPayload", May(DecideOnContent)),
    ("Country", Anyone),
    ("DecideSubmissionsPayload", May(Moderate)),
    ("Decision", May(Contribute)),
    ("EnrolTotpPayload", SignedIn),
    ("Evidence", Anyone),
    ("EvidenceConnection", Anyone),
    ("EvidenceEdge", Anyone),
    ("EvidenceMap", Anyone),
    ("EvidenceMapCell", Anyone),
    ("ExportAccountPayload", SignedIn),
    ("Facet", Anyone),
    ("FacetValue", Anyone),
    ("FieldChange", Anyone),
    ("FieldComment", May(Contribute)),
    ("Flag", May(Moderate)),
    ("FlagConnection", May(Moderate)),
    ("FlagEdge", May(Moderate)),
    ("FlagPayload", May(Flag)),
    ("Highlight", Anyone),
    ("Identifier", Anyone),
    ("Initiative", Anyone),
    ("InitiativeConnection", Anyone),
    ("InitiativeEdge", Anyone),
    ("InitiativePerson", Anyone),
    ("Instrument", Anyone),
    ("Language", Anyone),
    ("Lesson", Anyone),
    ("LessonConnection", Anyone),
    ("LessonEdge", Anyone),
    ("MapHeading", Anyone),
    ("MarkNotificationsReadPayload", SignedIn),
    ("Measurement", Anyone),
    ("Node", Anyone),
    ("Notification", SignedIn),
    ("NotificationConnection", SignedIn),
    ("NotificationEdge", SignedIn),
    ("Organization", Anyone),
    ("OrganizationConnection", Anyone),
    ("OrganizationEdge", Anyone),
    ("PageInfo", Anyone),
    ("Participation", Anyone),
    ("Partner", Anyone),
    ("PossibleDuplicate", May(Moderate)),
    ("Practitioner", Anyone),
    ("PractitionerConnection", Anyone),
    ("PractitionerEdge", Anyone),
    ("Region", Anyone),
    ("RequestPayload", Anyone),
    ("ResolveFlagPayload", May(Moderate)),
    ("Resource", Anyone),
    ("ResourceConnection", Anyone),
    ("ResourceEdge", Anyone),
    ("Revision", Anyone),
    ("RevisionConnection", Anyone),
    ("RevisionEdge", Anyone),
    ("SafeguardingFinding", May(Contribute)),
    ("SearchConnection", Anyone),
    ("SearchEdge", Anyone),
    ("SessionPayload", Anyone),
    ("SignOutPayload", Anyone),
    ("Strength", Anyone),
    ("Submission", May(Contribute)),
    ("SubmissionConnection", May(Contribute)),
    ("SubmissionEdge", May(Contribute)),
    ("SubmissionOutcome", May(Moderate)),
    ("SubmissionPayload", May(Contribute)),
    ("SubmissionStatusCount", May(Contribute)),
    ("Suggestion", Anyone),
    ("Theme", Anyone),
    ("Trail", Anyone),
    ("TrailLink", Anyone),
    ("UserError", Anyone),
    ("Viewer", SignedIn),
];

/// Fields that tell less than their type: null for everybody else.
pub const FIELDS: &[(&str, Access)] = &[
    ("Viewer.email", SignedIn),
    ("Viewer.hasTotp", SignedIn),
    ("Viewer.mustEnrolTotp", SignedIn),
    ("Viewer.notificationMail", SignedIn),
    ("Viewer.notifications", SignedIn),
    ("Viewer.unreadNotificationCount", SignedIn),
    ("SafeguardingFinding.reason", May(Moderate)),
    ("Submission.possibleDuplicates", May(Moderate)),
    ("Submission.authorRecord", May(Moderate)),
];

impl Access {
    /// The roles that have access, as the table is printed.
    pub fn describe(self) -> String {
        match self {
            Anyone => "ANYONE".to_owned(),
            SignedIn => "SIGNED_IN".to_owned(),
            May(permission) => {
                let roles: Vec<&str> = permission.roles().iter().map(|role| role.as_str()).collect();
                roles.join(",")
            }
        }
    }
}

/// The whole table, one entry a line: the field or type, a tab, and who has access.
pub fn table() -> String {
    let mut lines = String::new();
    for (name, access) in ROOTS.iter().chain(TYPES).chain(FIELDS) {
        lines.push_str(name);
        lines.push('\t');
        lines.push_str(&access.describe());
        lines.push('\n');
    }
    lines
}
