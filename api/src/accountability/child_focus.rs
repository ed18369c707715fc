//! Whether a recommendation is about children.

use std::sync::LazyLock;

use regex::Regex;

/// The version of the rule; raised whenever its verdicts may change.
pub const VERSION: i32 = 1;

/// Words that stand for people under 18.
static CHILDREN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(child(ren|hood)?|child's|girls?|boys?|minors?|juveniles?|adolescen(t|ts|ce)|infants?|teenagers?|newborns?|pupils?|schoolchildren)\b")
        .ok()
});

/// The verdict of the rule: the text names children, or the source tagged it with the rights of the child.
pub fn child_focused(text: &str, source_tags: &[String]) -> bool {
    source_tags.iter().any(|tag| tag == "Rights of the Child")
        || CHILDREN.as_ref().is_some_and(|pattern| pattern.is_match(text))
}
