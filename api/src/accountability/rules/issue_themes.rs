//! From the issues by which UPR Info tags recommendations to the themes of the vocabulary.
//!
//! The table is `issue_themes.json`, one issue a line. An issue is mapped where a theme has the same subject; where none
//! has, the line says why. A theme says what a recommendation is about, not whether it is about children.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize, Serializer};

/// The version of the table; raised whenever a line changes.
pub const VERSION: u32 = 1;

static TABLE: LazyLock<Vec<Line>> = LazyLock::new(|| {
    // A test keeps the committed file well-formed; without it, every issue would be unknown.
    serde_json::from_str(include_str!("issue_themes.json")).unwrap_or_default()
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    issue: String,
    themes: Vec<String>,
    reason: Option<String>,
}

/// One of the 54 issues by which UPR Info tags recommendations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Issue(usize);

impl Issue {
    /// The issue with this name, whatever its case and white space.
    pub fn find(name: &str) -> Option<Self> {
        let wanted = name.split_whitespace().collect::<Vec<_>>().join(" ");
        TABLE
            .iter()
            .position(|line| line.issue.eq_ignore_ascii_case(&wanted))
            .map(Self)
    }

    /// All issues, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..TABLE.len()).map(Self)
    }

    /// The name as UPR Info writes it.
    pub fn name(self) -> &'static str {
        TABLE.get(self.0).map_or("", |line| line.issue.as_str())
    }

    /// The slugs of the themes with the same subject; none where the vocabulary has no such theme.
    pub fn themes(self) -> &'static [String] {
        TABLE.get(self.0).map_or(&[], |line| line.themes.as_slice())
    }

    /// Why no theme fits, where none does.
    pub fn reason(self) -> Option<&'static str> {
        TABLE.get(self.0).and_then(|line| line.reason.as_deref())
    }

    /// Whether the issue is the rights of the child.
    pub fn is_rights_of_the_child(self) -> bool {
        self.name() == "Rights of the Child"
    }
}

impl Serialize for Issue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// The slugs of the themes of several issues, each once, in order.
pub fn themes_of(issues: &[Issue]) -> Vec<&'static str> {
    let mut themes: Vec<&'static str> = issues
        .iter()
        .flat_map(|issue| issue.themes())
        .map(String::as_str)
        .collect();
    themes.sort_unstable();
    themes.dedup();
    themes
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_theme_that_the_table_names_is_in_the_vocabulary() {
        #[derive(Deserialize)]
        struct Theme {
            slug: String,
        }
        let vocabulary: Vec<Theme> = serde_json::from_str(include_str!("../../../vocabulary/themes.json")).unwrap();
        let slugs: BTreeSet<String> = vocabulary.into_iter().map(|theme| theme.slug).collect();
        for issue in Issue::all() {
            for theme in issue.themes() {
                assert!(slugs.contains(theme), "{}: no theme `{theme}`", issue.name());
            }
        }
    }

    #[test]
    fn an_issue_has_themes_or_a_reason_why_not_and_never_both() {
        let lines: Vec<Line> = serde_json::from_str(include_str!("issue_themes.json")).unwrap();
        assert_eq!(lines.len(), 54);
        for line in &lines {
            assert_eq!(line.themes.is_empty(), line.reason.is_some(), "{}", line.issue);
        }
        let names: BTreeSet<_> = lines.iter().map(|line| line.issue.to_lowercase()).collect();
        assert_eq!(names.len(), lines.len());
    }

    #[test]
    fn an_issue_is_found_whatever_its_case_and_an_unknown_one_is_not() {
        let issue = Issue::find("  women's  RIGHTS ").unwrap();
        assert_eq!(issue.name(), "Women's rights");
        assert_eq!(issue.themes(), ["girls-and-gender-equality"]);
        assert_eq!(Issue::find("Wellbeing"), None);
        assert!(Issue::find("Rights of the Child").unwrap().is_rights_of_the_child());
    }

    #[test]
    fn themes_of_several_issues_are_named_once() {
        let issues = ["Impunity", "Justice", "Other"].map(|name| Issue::find(name).unwrap());
        assert_eq!(themes_of(&issues), ["access-to-justice"]);
    }
}
