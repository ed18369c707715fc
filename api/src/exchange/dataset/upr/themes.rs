//! The themes of recommendations that come from rows: what the issues and the words of a row give, and what becomes of it
//! when the row comes again.

use std::collections::{BTreeSet, HashMap, HashSet};

use praxis_entities::revision;
use praxis_entities::vocabulary::ConceptScheme;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::accountability::recommendation::document::RecommendationInput;
use crate::accountability::rules::issue_themes::{Issue, themes_of};
use crate::accountability::rules::theme_phrases::{VERSION, themes_by};
use crate::content::document::ContentInput;
use crate::content::document::validate::LIST;
use crate::vocabulary::Vocabulary;

/// The slugs of the themes that a row gives: those of its issues, then those that its words name and that are neither the same
/// as another one nor broader.
pub fn given(vocabulary: &Vocabulary, text: &str, issues: &[Issue]) -> Vec<String> {
    given_by(VERSION, vocabulary, text, issues)
}

/// What a version of the table of phrases gave.
fn given_by(version: u32, vocabulary: &Vocabulary, text: &str, issues: &[Issue]) -> Vec<String> {
    let mut themes = themes_of(issues);
    let said = themes_by(version, text);
    let broader: HashSet<&str> = themes
        .iter()
        .chain(&said)
        .filter_map(|theme| vocabulary.find(ConceptScheme::Theme, theme))
        .flat_map(|theme| vocabulary.with_broader(theme).into_iter().skip(1))
        .map(|theme| theme.code.as_str())
        .collect();
    for theme in said {
        if !themes.contains(&theme) && !broader.contains(theme) {
            themes.push(theme);
        }
    }
    themes.truncate(LIST);
    themes.into_iter().map(str::to_owned).collect()
}

/// What a recommendation gained because the table of phrases is another one than when its row came last.
pub struct Gained {
    /// The themes that are new.
    new: Vec<String>,
    /// The themes before.
    before: Option<Vec<String>>,
}

/// Lets the themes of a recommendation, as it was, follow its row, unless somebody has changed them.
///
/// They are unchanged where they are what this version of the table or an earlier one gave to the text and the tags as they
/// were. Where somebody has changed them they stay, but for the themes of issues that the row did not have before. A
/// recommendation without tags was entered by hand: its first row adds all that it gives.
pub fn follow(
    vocabulary: &Vocabulary,
    document: &mut RecommendationInput,
    text: &str,
    issues: &[Issue],
) -> Option<Gained> {
    let given = given(vocabulary, text, issues);
    if same(document.themes.as_deref(), &given) {
        return None;
    }
    let tags = document.source_tags.as_deref().unwrap_or_default();
    let before: Vec<Issue> = tags.iter().filter_map(|tag| Issue::find(tag)).collect();
    let unchanged_since = (0..=VERSION).rev().find(|version| {
        let earlier = given_by(*version, vocabulary, &document.text, &before);
        same(document.themes.as_deref(), &earlier)
    });
    if let Some(version) = unchanged_since {
        let before = document.themes.replace(given.clone());
        let had = before.as_deref().unwrap_or_default();
        let new = given.into_iter().filter(|theme| !had.contains(theme)).collect();
        return (version < VERSION).then_some(Gained { new, before });
    }
    if tags
        .iter()
        .map(String::as_str)
        .ne(issues.iter().map(|issue| issue.name()))
    {
        let more = if tags.is_empty() {
            given
        } else {
            themes_of(issues).into_iter().map(str::to_owned).collect()
        };
        let themes = document.themes.get_or_insert_default();
        for theme in more {
            if themes.len() < LIST && !themes.contains(&theme) {
                themes.push(theme);
            }
        }
    }
    None
}

/// Whether themes are those that were given, in whatever order.
fn same(themes: Option<&[String]>, given: &[String]) -> bool {
    let themes: BTreeSet<&String> = themes.into_iter().flatten().collect();
    themes == given.iter().collect()
}

/// The themes before of those recommendations of which an earlier revision had one of the new themes: somebody has taken it
/// out, and it is not put back.
///
/// # Errors
/// Where the database is away.
pub async fn taken_out(
    connection: &impl ConnectionTrait,
    mut gained: HashMap<Uuid, Gained>,
) -> Result<HashMap<Uuid, Option<Vec<String>>>, DbErr> {
    if gained.is_empty() {
        return Ok(HashMap::new());
    }
    let revisions: Vec<(Uuid, String)> = revision::Entity::find()
        .select_only()
        .columns([revision::Column::ContentId, revision::Column::Document])
        .filter(revision::Column::ContentId.is_in(gained.keys().copied()))
        .into_tuple()
        .all(connection)
        .await?;
    let mut taken_out = HashMap::new();
    for (id, document) in revisions {
        let Some(Gained { new, .. }) = gained.get(&id) else {
            continue;
        };
        // A revision that can't be read says nothing of themes.
        let Ok(ContentInput::Recommendation(input)) = serde_json::from_str(&document) else {
            continue;
        };
        let had = input.themes.unwrap_or_default();
        if new.iter().any(|theme| had.contains(theme))
            && let Some(Gained { before, .. }) = gained.remove(&id)
        {
            taken_out.insert(id, before);
        }
    }
    Ok(taken_out)
}
