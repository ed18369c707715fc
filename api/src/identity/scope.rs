//! What applications that act for members may do at most: scopes, a closed list.

use std::collections::BTreeSet;
use std::fmt;

use async_graphql::Enum;

/// What an application may do for the member that it acts for, so far as the member may do it themselves. What is published
/// can be read without any. What is about the account itself, and what people alone decide, has no scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enum)]
#[graphql(name = "ApiScope")]
pub enum Scope {
    /// `content:contribute`: write drafts, submit and withdraw them, appeal, record consents, upload files; see the member's own.
    ContentContribute,
    /// `content:flag`: flag published content.
    ContentFlag,
    /// `curation:moderate`: see the queue, claim submissions and decide on them, on flags and on appeals.
    CurationModerate,
    /// `curation:decide`: hide, restore and retract published content, at once by a safeguarding flag too; say whether a
    /// recommendation is about children; see what is hidden.
    CurationDecide,
    /// `searches:manage`: see the member's saved searches, save and delete them.
    SearchesManage,
    /// `notifications:read`: read the member's notifications.
    NotificationsRead,
    /// `profile:read`: read who the member is, without the e-mail address.
    ProfileRead,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Scope; 7] = [
        Scope::ContentContribute,
        Scope::ContentFlag,
        Scope::CurationModerate,
        Scope::CurationDecide,
        Scope::SearchesManage,
        Scope::NotificationsRead,
        Scope::ProfileRead,
    ];

    /// Those with any of which an application learns who the member is.
    pub const OF_VIEWER: [Scope; 3] = [Scope::ProfileRead, Scope::NotificationsRead, Scope::SearchesManage];

    /// The scope as tokens and requests write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Scope::ContentContribute => "content:contribute",
            Scope::ContentFlag => "content:flag",
            Scope::CurationModerate => "curation:moderate",
            Scope::CurationDecide => "curation:decide",
            Scope::SearchesManage => "searches:manage",
            Scope::NotificationsRead => "notifications:read",
            Scope::ProfileRead => "profile:read",
        }
    }

    /// The scope with this name.
    pub fn named(name: &str) -> Option<Self> {
        Scope::ALL.into_iter().find(|scope| scope.as_str() == name)
    }

    /// Whether it is about curation, for which the service may require a second factor.
    pub fn curates(self) -> bool {
        matches!(self, Scope::CurationModerate | Scope::CurationDecide)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Some scopes. Written with a space between them, as tokens and requests do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    /// Reads scopes with spaces between them.
    ///
    /// # Errors
    /// The first name that is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        text.split_ascii_whitespace()
            .map(|name| Scope::named(name).ok_or_else(|| name.chars().take(40).collect()))
            .collect()
    }

    /// Reads scopes as the database keeps them. A name that only a later version knows gives no right here.
    pub fn stored(text: &str) -> Self {
        text.split_ascii_whitespace().filter_map(Scope::named).collect()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of these is among them.
    pub fn any_of(&self, wanted: &[Scope]) -> bool {
        wanted.iter().any(|scope| self.0.contains(scope))
    }

    /// Whether all of them are among the others.
    pub fn within(&self, others: &Self) -> bool {
        self.0.is_subset(&others.0)
    }

    /// Those that are among the others too.
    #[must_use]
    pub fn and(&self, others: &Self) -> Self {
        Self(self.0.intersection(&others.0).copied().collect())
    }

    /// Whether one of them is about curation.
    pub fn curate(&self) -> bool {
        self.0.iter().any(|scope| scope.curates())
    }

    /// Each of them, in the order of the list.
    pub fn iter(&self) -> impl Iterator<Item = Scope> + '_ {
        self.0.iter().copied()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().collect())
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.iter().map(|scope| scope.as_str()).collect();
        formatter.write_str(&names.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_scope_reads_back_as_itself() {
        for scope in Scope::ALL.into_iter() {
            assert_eq!(Scope::named(scope.as_str()), Some(scope));
        }
        let all: Scopes = Scope::ALL.into_iter().collect();
        assert_eq!(Scopes::parse(&all.to_string()), Ok(all));
    }

    #[test]
    fn a_name_that_is_no_scope_is_refused_and_never_stored_as_a_right() {
        assert_eq!(Scopes::parse("content:flag admin"), Err("admin".to_owned()));
        assert_eq!(Scopes::parse("CONTENT:FLAG"), Err("CONTENT:FLAG".to_owned()));
        assert_eq!(Scopes::stored("content:flag of:tomorrow").to_string(), "content:flag");
        assert_eq!(Scopes::parse("  "), Ok(Scopes::default()));
    }

    fn some() -> impl Strategy<Value = Scopes> {
        proptest::sample::subsequence(Scope::ALL.to_vec(), 0..=Scope::ALL.len())
            .prop_map(|scopes| scopes.into_iter().collect())
    }

    proptest! {
        #[test]
        fn what_two_have_in_common_is_within_both(one in some(), other in some()) {
            let common = one.and(&other);
            prop_assert!(common.within(&one) && common.within(&other));
            prop_assert_eq!(one.within(&other), common == one);
        }
    }
}
