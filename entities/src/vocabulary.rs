//! The closed vocabularies: enums where the logic depends on the values.
//!
//! One definition serves the database (a checked string), bundles (serde) and the API (a GraphQL enum); all three write
//! a value in SCREAMING_SNAKE_CASE. The values are those of the public contract.

use async_graphql::Enum;
use sea_orm::prelude::StringLen;
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

macro_rules! vocabulary {
    ($($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident),+ $(,)? })+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enum, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
        #[sea_orm(rs_type = "String", db_type = "String(StringLen::N(40))", rename_all = "SCREAMING_SNAKE_CASE")]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum $name { $($(#[$variant_meta])* $variant),+ }

        impl $name {
            /// The value as it is written in the API, in bundles and in the database.
            pub fn as_str(self) -> &'static str {
                <Self as async_graphql::resolver_utils::EnumType>::items()
                    .iter()
                    .find(|item| item.value == self)
                    .map_or("", |item| item.name)
            }
        }
    )+};
}

vocabulary! {
    /// What of children a consent covers.
    ConsentScope {
        /// Their words.
        Speech,
        /// Pictures, films and recordings in which they can be seen or heard.
        Image,
    }

    /// In what form a consent was given.
    ConsentForm {
        /// Signed on paper or by electronic means.
        Written,
        /// Spoken and recorded.
        Recorded,
        /// Spoken before a witness.
        Witnessed,
    }

    /// The kinds of content that the community curates.
    ContentKind {
        /// A person's public profile.
        Practitioner,
        /// An organisation, coalition, institution or body.
        Organization,
        /// A piece of work that someone did.
        Initiative,
        /// One finding, with its direction, design, measurements and limits.
        Evidence,
        /// Something learned that another may use.
        Lesson,
        /// A document, toolkit, dataset, legal text or other material.
        Resource,
        /// What a state was told by a mechanism, and what became of it.
        Recommendation,
        /// What a duty bearer undertook to do.
        Commitment,
        /// A workshop, consultation, briefing or other gathering.
        Event,
    }

    /// Where content stands after it was published.
    ContentStatus {
        /// Visible to everybody.
        Published,
        /// Taken out of sight for the time being, pending a decision.
        Hidden,
        /// Withdrawn for good: a tombstone with a public reason stays, so that citations do not break.
        Retracted,
        /// Personal data was removed for good: only the fact and the date remain.
        Erased,
    }

    /// What happened to an item of content.
    ChangeType {
        /// It was published for the first time.
        Published,
        /// A new revision was published.
        Updated,
        /// It was hidden.
        Hidden,
        /// It became visible again.
        Restored,
        /// It was retracted.
        Retracted,
        /// It was erased.
        Erased,
    }

    /// What sort of body an organisation is.
    OrganizationKind {
        /// A non-governmental or other civil society organisation.
        CivilSociety,
        /// A coalition, alliance or network of organisations.
        Coalition,
        /// A group led by children themselves.
        ChildLed,
        /// A national human rights institution or ombudsperson.
        NationalHumanRightsInstitution,
        /// A ministry, agency, council or local authority.
        Government,
        /// A parliament or one of its chambers or committees.
        Parliament,
        /// A UN agency, fund, office, mandate or treaty body.
        UnEntity,
        /// A regional intergovernmental body.
        RegionalBody,
        /// An embassy, delegation or permanent mission.
        DiplomaticMission,
        /// A donor or foundation.
        Funder,
        /// A university, school or research institute.
        Academic,
        /// A newspaper, broadcaster or news agency.
        Media,
        /// Anything else.
        Other,
    }

    /// Which part of the human rights system a body is, or of the cooperation around it. Beside the kind, which says whose it
    /// is: a committee of experts may belong to the United Nations or to a region.
    BodyKind {
        /// A committee of independent experts that watches over a treaty.
        TreatyBody,
        /// An expert, or a working group of experts, whom the Human Rights Council has charged with a theme or a country.
        SpecialProcedure,
        /// A representative, envoy or adviser whom the head of an organisation has charged with a theme.
        SpecialRepresentative,
        /// An organ in which states sit: an assembly, a council, a commission.
        IntergovernmentalBody,
        /// An agency, fund, programme, department or office.
        Agency,
        /// A working group, task force or reference group of several organisations.
        WorkingGroup,
        /// A standing forum in which organisations coordinate what they do: a cluster, a committee, a network of agencies.
        CoordinationBody,
        /// A council, board or group that advises.
        AdvisoryBody,
    }

    /// What an organisation is in a body that it belongs to.
    MembershipRole {
        /// Presides. Where several do, they share the chair.
        Chair,
        /// Calls its members together.
        Convenor,
        /// Leads its work. Where several do, they share the lead.
        Lead,
        /// Services it, without being a member for that.
        Secretariat,
        /// Was among those who founded it, and belongs to it.
        FoundingMember,
        /// Belongs to it.
        Member,
        /// Attends without being a member.
        Observer,
    }

    /// The part that an organisation has in an initiative.
    PartnerRole {
        /// Leads the work.
        Lead,
        /// Takes part in the work.
        Partner,
        /// Pays for the work.
        Funder,
        /// Gives technical support.
        TechnicalSupport,
        /// The duty bearer whose conduct the work is meant to change.
        TargetDutyBearer,
    }

    /// The level at which an initiative works.
    InitiativeLevel {
        /// A community, village, school or ward.
        Community,
        /// A district, municipality or province.
        District,
        /// A whole country.
        National,
        /// Several countries of one region.
        Regional,
        /// The whole world.
        Global,
    }

    /// How far an initiative has come.
    InitiativeStage {
        /// Announced, not begun.
        Planned,
        /// Under way.
        Active,
        /// Finished as planned.
        Completed,
        /// Interrupted, may go on.
        Suspended,
        /// Given up before it was finished.
        Discontinued,
    }

    /// How exactly a date is known.
    DatePrecision {
        /// To the day.
        Day,
        /// To the month; the day is the first and means nothing.
        Month,
        /// To the year; day and month are the first and mean nothing.
        Year,
    }

    /// Who took part.
    ParticipantGroup {
        /// People under 18.
        Children,
        /// Adults.
        Adults,
        /// Organisations, counted as such.
        Organizations,
        /// Officials, legislators and other office holders.
        Officials,
    }

    /// Which way a finding points.
    EvidenceDirection {
        /// A benefit for children or for accountability.
        Benefit,
        /// Something went wrong, was lost or did harm.
        Pitfall,
        /// Benefits and pitfalls together.
        Mixed,
        /// No change was found.
        NoEffect,
    }

    /// What a finding is about.
    OutcomeDomain {
        /// Access to services and their quality.
        ServiceAccess,
        /// The well-being of children.
        ChildWellBeing,
        /// Voice and empowerment.
        VoiceAndEmpowerment,
        /// Transparency and corruption.
        Transparency,
        /// Policy and law.
        PolicyAndLaw,
        /// Budgets and other resources.
        BudgetAndResources,
        /// The capacity of institutions.
        InstitutionalCapacity,
        /// Equity: who benefits and who is left out.
        Equity,
        /// Coalitions and cooperation.
        CoalitionAndCooperation,
        /// Awareness.
        Awareness,
        /// Harm that nobody intended.
        UnintendedHarm,
    }

    /// How a finding was arrived at; later ones are more rigorous, except that a legal or policy record stands apart.
    StudyDesign {
        /// Told by those who did the work.
        PracticeAccount,
        /// A documented case study.
        CaseStudy,
        /// Data collected by routine monitoring.
        MonitoringData,
        /// A measurement before and after, without comparison.
        BeforeAfter,
        /// A comparison without random assignment.
        QuasiExperimental,
        /// A randomised trial.
        Randomized,
        /// A systematic review of studies.
        SystematicReview,
        /// An official record: a law, decision, budget or policy document.
        LegalOrPolicyRecord,
    }

    /// How strong a finding is, by the documented rule.
    StrengthLevel {
        /// An account that nobody has checked.
        Anecdotal,
        /// Worth attention, not yet to be relied upon.
        Emerging,
        /// Reliable within its limits.
        Moderate,
        /// Rigorous, triangulated and transparent.
        Strong,
    }

    /// What sort of lesson it is.
    LessonKind {
        /// Made things easier.
        EnablingFactor,
        /// Stood in the way.
        Bottleneck,
        /// A change made to fit the circumstances.
        Adaptation,
        /// Decided the success.
        SuccessFactor,
        /// What ought to be done next.
        NextStep,
    }

    /// What a lesson turns on.
    Factor {
        /// The nature of the state.
        NatureOfState,
        /// Relations between state, media, civil society and private sector.
        StateSocietyRelations,
        /// Innovation and information technology.
        InnovationAndTechnology,
        /// The capacity of civil society.
        CivilSocietyCapacity,
        /// The capacity and participation of children.
        ChildrensCapacity,
        /// The political moment: elections, crisis, reform.
        PoliticalMoment,
        /// Champions.
        Champions,
        /// The quality of the evidence.
        EvidenceQuality,
        /// Funding.
        Funding,
        /// Arrangements for following up.
        FollowUp,
        /// Coordination.
        Coordination,
        /// Anything else.
        Other,
    }

    /// What sort of material a resource is.
    ResourceKind {
        /// A report or study.
        Report,
        /// A toolkit.
        Toolkit,
        /// A guide or handbook.
        Guide,
        /// A training module.
        TrainingModule,
        /// A dataset.
        Dataset,
        /// A law, bill, treaty, resolution or judgment.
        LegalText,
        /// A submission to a mechanism.
        Submission,
        /// A video.
        Video,
        /// A template.
        Template,
        /// A version for children.
        ChildFriendly,
        /// An article.
        Article,
        /// Anything else.
        Other,
    }

    /// The scheme of an identifier.
    IdentifierScheme {
        /// Digital object identifier.
        Doi,
        /// International standard book number.
        Isbn,
        /// Symbol of a United Nations document.
        UnSymbol,
        /// Handle of a repository.
        Handle,
        /// A web address that is meant to last.
        Url,
        /// Anything else.
        Other,
    }

    /// The sort of a concept.
    ConceptScheme {
        /// A child rights issue.
        Theme,
        /// A way in which accountability is exercised.
        Instrument,
        /// A UN M49 region.
        Region,
        /// An ISO 3166-1 country.
        Country,
        /// A language by its BCP 47 tag.
        Language,
    }

    /// How one item of content refers to another. The item that states the relation is its source.
    RelationKind {
        /// Initiative → organisation that has a part in it.
        Partner,
        /// Initiative → practitioner who works on it; event → practitioner who took part in it in a public role.
        Person,
        /// Initiative → initiative that it was adapted from.
        AdaptedFrom,
        /// Initiative, resource or event → the larger work that it belongs to; organisation → the body that it is a part of.
        PartOf,
        /// Initiative → initiative that came before it.
        Follows,
        /// Evidence → initiative, recommendation or commitment that it is about.
        About,
        /// Lesson → initiative that it was learned from.
        LearnedFrom,
        /// Lesson → evidence that supports it.
        SupportedBy,
        /// Lesson → evidence that challenges it.
        ChallengedBy,
        /// Practitioner → organisation that they work or worked for.
        Affiliation,
        /// Organisation → organisation that is a member of it, with what it is there.
        Member,
        /// Organisation → organisation that is its secretariat.
        Secretariat,
        /// Organisation → resource that one of its mandates rests on.
        MandatedBy,
        /// Resource → practitioner who wrote it.
        Author,
        /// Resource → organisation that published it.
        Publisher,
        /// Resource → resource that it translates.
        TranslationOf,
        /// Resource → resource that it retells for children.
        ChildFriendlyVersionOf,
        /// Resource → resource that it replaces.
        NewVersionOf,
        /// Any content → practitioner who shared it with the community.
        Contributor,
        /// Initiative → recommendation that it led to. The role is the key of the ask that is reflected, where one is.
        LedTo,
        /// Recommendation → organisation that is responsible for putting it into practice.
        Responsible,
        /// Recommendation → earlier recommendation that it repeats.
        Repeats,
        /// Commitment → organisation that undertook it.
        Owner,
        /// Commitment → recommendation that it answers.
        Answers,
        /// Event → organisation that held it.
        Organizer,
        /// Event → resource, commitment or recommendation that came of it.
        Output,
    }

    /// What a mechanism said to a state, or a state said before it.
    RecommendationKind {
        /// A recommendation that a state or a body made.
        Recommendation,
        /// A concluding observation of a treaty body.
        ConcludingObservation,
        /// What the state under review pledged of its own accord.
        VoluntaryPledge,
        /// A question that was put to the state before the review.
        AdvanceQuestion,
    }

    /// What the state under review said to a recommendation.
    RecommendationResponse {
        /// It enjoys the state's support.
        Accepted,
        /// A part of it does.
        PartlyAccepted,
        /// It was noted.
        Noted,
        /// No answer is known.
        Pending,
    }

    /// How far something promised or recommended has been put into practice.
    ImplementationStatus {
        /// Nobody has assessed it.
        Unknown,
        /// Nothing has been done.
        NotStarted,
        /// Work has begun.
        UnderWay,
        /// A part of it is in place.
        PartlyImplemented,
        /// All of it is in place.
        Implemented,
        /// What was in place was taken back.
        Reversed,
    }

    /// What a duty bearer undertook.
    CommitmentKind {
        /// Money in a budget.
        Budget,
        /// A law, or the repeal of one.
        Law,
        /// A policy, strategy or regulation.
        Policy,
        /// A plan of action.
        Plan,
        /// A body, an office or a mechanism.
        Institution,
        /// A treaty to be signed or ratified.
        Treaty,
        /// A service to be provided.
        Service,
        /// Anything else.
        Other,
    }

    /// What sort of gathering an event is.
    EventKind {
        /// A workshop.
        Workshop,
        /// A training.
        Training,
        /// A consultation.
        Consultation,
        /// A briefing, of diplomats or others.
        Briefing,
        /// A side event of a larger meeting.
        SideEvent,
        /// A hearing.
        Hearing,
        /// A conference.
        Conference,
        /// A joint mission or visit.
        Mission,
        /// Anything else.
        Other,
    }

    /// A figure of a review that others report and that is also computed.
    UptakeFigure {
        /// The share of what was asked for that is reflected in recommendations.
        AsksReflected,
        /// The share of what was asked for that is reflected in accepted recommendations.
        AsksAccepted,
        /// The share of the recommendations that are about children.
        ChildFocused,
        /// The share of the recommendations about children that were accepted.
        ChildFocusedAccepted,
        /// How many more recommendations are about children than in the review one cycle before, as a share of those: 0.3 for
        /// 30 % more, below 0 for fewer.
        ChildFocusedChange,
        /// The same in proportion to how many recommendations there were in all: by how much the share of those about children
        /// has grown, as a share of what it was.
        ChildFocusedShareChange,
    }

    /// How a recommendation is alike another, by the rule.
    AlikeKind {
        /// Others made it in the same review.
        Similar,
        /// It asks again for what the other, of an earlier review, asked for.
        Repeats,
    }

    /// Where a state stands towards a treaty.
    TreatyStatus {
        /// It is bound: it ratified, acceded or succeeded.
        StateParty,
        /// It signed and is not bound yet.
        Signatory,
        /// It has done neither.
        NoAction,
    }

    /// What a member of the community may do. An account may have several roles.
    Role {
        /// Contributes, comments, flags, follows and saves searches. Every account has it.
        Member,
        /// May publish minor edits to their own content, reviewed afterwards.
        TrustedMember,
        /// Curates: reviews submissions and decides on published content.
        Moderator,
        /// Decides on safeguarding.
        SafeguardingLead,
        /// Manages roles, vocabularies and clients, and reads the audit log.
        Admin,
    }

    /// What a moderator can be limited to.
    ModerationLimitKind {
        /// What is written in a language.
        Language,
        /// What names a country of a region.
        Region,
        /// What names a country.
        Country,
    }

    /// What a one-time token is good for.
    OneTimePurpose {
        /// Shows that the e-mail address is the account's.
        VerifyEmail,
        /// Sets a new password.
        ResetPassword,
        /// Changes the e-mail address to the one that the token was sent to.
        ChangeEmail,
    }

    /// What ended a session.
    SessionEnd {
        /// Its owner signed out.
        SignedOut,
        /// Its owner signed out everywhere.
        SignedOutEverywhere,
        /// A refresh token was used twice, so somebody else had it.
        RefreshTokenReused,
        /// The password was changed or reset.
        PasswordChanged,
        /// The account was suspended.
        Suspended,
        /// The account was deleted.
        Deleted,
    }

    /// What becomes of the contributions of somebody who deletes their account.
    KeptContributions {
        /// They stay, under "a former member".
        Keep,
        /// They are erased.
        Erase,
    }

    /// Where a submission stands.
    SubmissionStatus {
        /// Being written; only its author sees it.
        Draft,
        /// Waiting for a moderator.
        Submitted,
        /// Claimed by a moderator.
        InReview,
        /// Back with its author, who was asked to change something.
        ChangesRequested,
        /// Approved and published.
        Published,
        /// Turned down.
        Rejected,
        /// Taken back by its author.
        Withdrawn,
    }

    /// What somebody is told.
    NotificationKind {
        /// To its author: a submission was given back for changes.
        ChangesRequested,
        /// To its author: a submission was published.
        Published,
        /// To its author: a submission was turned down.
        Rejected,
        /// To its author: after an appeal, a submission waits for review again.
        Reopened,
        /// To its authors: published content was taken out of sight for the time being.
        ContentHidden,
        /// To its authors: content is visible again.
        ContentRestored,
        /// To its authors: published content was withdrawn for good.
        ContentRetracted,
        /// To its authors: content was erased.
        ContentErased,
        /// To moderators: a submission waits for review.
        SubmissionWaiting,
        /// To moderators: a trusted member published a minor edit, which awaits review.
        MinorEditPublished,
        /// To its author: a minor edit was taken back.
        MinorEditTakenBack,
        /// To moderators, at once: the safeguarding checks found something in a submission.
        SafeguardingFindings,
        /// To moderators, at once: published content was flagged for safeguarding.
        SafeguardingFlag,
        /// To a member: newly published content answers a saved search.
        SavedSearchMatch,
        /// To a member, by a letter at once too: an application asks to act for them.
        ClientAsks,
    }

    /// How often somebody is written to about what happened. What concerns safeguarding is written to moderators at once,
    /// unless they want no letters at all.
    NotificationMail {
        /// Of each thing, at once.
        AtOnce,
        /// One letter a day, where anything happened.
        Daily,
        /// One letter a week, where anything happened.
        Weekly,
        /// No letters.
        Never,
    }

    /// Why content was flagged.
    FlagReason {
        /// It may put a child at risk or show who a child is.
        Safeguarding,
        /// Something in it is wrong.
        Accuracy,
        /// It uses somebody's work or data without the right to.
        Rights,
        /// It is advertising or of no use to anybody.
        Spam,
        /// Anything else.
        Other,
    }
}
