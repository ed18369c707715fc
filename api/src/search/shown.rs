//! What is shown of the texts that an index gives out. They are its own, and it may be behind the database: for a moment, or for as
//! long as it is away from the log. So each is compared with what the database says now: what was hidden, renamed, erased or
//! revised meanwhile is left out, whatever the index and its position say.

use std::collections::HashMap;

use praxis_entities::vocabulary::{ContentKind, ContentStatus};
use praxis_entities::{content, content_translation};
use praxis_search::Hit;
use praxis_search::text::highlight::escape;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::document;
use crate::database::among;
use crate::vocabulary::Vocabulary;

/// The field of a hit that holds names of other content.
const KEYWORDS: &str = "keywords";
/// What stands between the passages of keywords.
const BETWEEN: &str = ", ";

/// Leaves of the highlights and explanations of hits what the database says now: nothing of a revision that is no longer the current
/// one, and of keywords, among which are the names of partners, people, authors and publishers, only those that the item would be
/// indexed with now. One statement for all hits, and two more where keywords were matched; none where nothing was.
///
/// # Errors
/// Where the database is away.
pub async fn keep_current(
    connection: &impl ConnectionTrait,
    vocabulary: &Vocabulary,
    hits: &mut [Hit],
) -> Result<(), DbErr> {
    let of = |hits: &[Hit], wanted: fn(&Hit) -> bool| -> Vec<Uuid> {
        hits.iter().filter(|hit| wanted(hit)).map(|hit| hit.id).collect()
    };
    let with_texts = of(hits, |hit| !hit.highlights.is_empty() || !hit.matches.is_empty());
    let with_keywords = of(hits, |hit| {
        hit.highlights.iter().any(|highlight| highlight.field == KEYWORDS)
            || hit.matches.iter().any(|found| found.field == KEYWORDS)
    });
    let (revisions, keywords) = futures::try_join!(
        revisions(connection, with_texts),
        document::keywords(connection, vocabulary, with_keywords)
    )?;
    for hit in hits {
        if revisions.get(&hit.id) != Some(&hit.revision) {
            hit.highlights.clear();
            hit.matches.clear();
            continue;
        }
        let keywords = keywords.get(&hit.id).map_or(&[][..], Vec::as_slice);
        hit.highlights.retain_mut(|highlight| {
            if highlight.field == KEYWORDS {
                highlight.html = of_keywords(&highlight.html, keywords);
            }
            !highlight.html.is_empty()
        });
        hit.matches
            .retain(|found| found.field != KEYWORDS || keywords.iter().any(|keyword| has_words(keyword, &found.found)));
    }
    Ok(())
}

/// The current revisions of those of the items that are published.
async fn revisions(connection: &impl ConnectionTrait, ids: Vec<Uuid>) -> Result<HashMap<Uuid, i32>, DbErr> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Uuid, i32)> = content::Entity::find()
        .select_only()
        .columns([content::Column::Id, content::Column::Revision])
        .filter(among(
            connection,
            Expr::col((content::Entity, content::Column::Id)),
            ids,
        ))
        .filter(content::Column::Status.eq(ContentStatus::Published))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(rows.into_iter().collect())
}

/// The kinds and the titles, in all languages, of those of the items that are published: one statement for all of them.
///
/// # Errors
/// Where the database is away.
pub async fn titles(
    connection: &impl ConnectionTrait,
    ids: Vec<Uuid>,
) -> Result<HashMap<Uuid, (ContentKind, Vec<String>)>, DbErr> {
    let mut titles: HashMap<Uuid, (ContentKind, Vec<String>)> = HashMap::new();
    if ids.is_empty() {
        return Ok(titles);
    }
    let of_content = |column| Expr::col((content::Entity, column));
    let statement = Query::select()
        .columns([
            (content::Entity, content::Column::Id),
            (content::Entity, content::Column::Kind),
            (content::Entity, content::Column::Title),
        ])
        .expr_as(
            Expr::col((content_translation::Entity, content_translation::Column::Title)),
            Alias::new("translated"),
        )
        .from(content::Entity)
        .left_join(
            content_translation::Entity,
            Expr::col((content_translation::Entity, content_translation::Column::ContentId))
                .equals((content::Entity, content::Column::Id)),
        )
        .and_where(among(connection, of_content(content::Column::Id), ids))
        .and_where(of_content(content::Column::Status).eq(ContentStatus::Published))
        .take();
    for row in connection.query_all(&statement).await? {
        let (_, known) = titles
            .entry(row.try_get("", "id")?)
            .or_insert((row.try_get("", "kind")?, Vec::new()));
        if known.is_empty() {
            known.push(row.try_get("", "title")?);
        }
        known.extend(row.try_get::<Option<String>>("", "translated")?);
    }
    Ok(titles)
}

/// Of passages of keywords, those that are of these.
fn of_keywords(html: &str, keywords: &[String]) -> String {
    let keywords: Vec<String> = keywords
        .iter()
        .map(|keyword| {
            let mut escaped = String::with_capacity(keyword.len());
            escape(keyword, &mut escaped);
            escaped
        })
        .collect();
    // What stands between them may stand within one, too.
    let parts: Vec<&str> = html.split(BETWEEN).collect();
    let mut kept = Vec::new();
    let mut begin = 0;
    while begin < parts.len() {
        let passage = (begin + 1..=parts.len())
            .rev()
            .map(|end| (end, parts[begin..end].join(BETWEEN)))
            .find(|(_, passage)| is_of(passage, &keywords));
        begin = match passage {
            Some((end, passage)) => {
                kept.push(passage);
                end
            }
            None => begin + 1,
        };
    }
    kept.join(BETWEEN)
}

/// Whether a passage is one of the keywords, or cut out of one.
fn is_of(passage: &str, keywords: &[String]) -> bool {
    let text = passage.replace("<mark>", "").replace("</mark>", "");
    let inner = text.strip_prefix("… ").unwrap_or(&text);
    let inner = inner.strip_suffix(" …").unwrap_or(inner);
    keywords.contains(&text) || inner != text && keywords.iter().any(|keyword| has_words(keyword, inner))
}

/// Whether a text has these words, and not only as parts of longer ones.
fn has_words(text: &str, words: &str) -> bool {
    let is_letter = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
    !words.is_empty()
        && text.match_indices(words).any(|(at, _)| {
            let (before, after) = (&text[..at], &text[at + words.len()..]);
            !is_letter(before.chars().next_back()) && !is_letter(after.chars().next())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keywords(keywords: &[&str]) -> Vec<String> {
        keywords.iter().map(|keyword| (*keyword).to_owned()).collect()
    }

    #[test]
    fn passages_of_names_that_are_gone_are_left_out_and_the_others_stay() {
        let html = "Pia <mark>Okonjo</mark>, <mark>Okonjo</mark> &amp; Sons, Ltd, Child <mark>rights</mark>";
        for (current, expected) in [
            (&["Pia Okonjo", "Okonjo & Sons, Ltd", "Child rights"][..], html),
            (
                &["Okonjo & Sons, Ltd", "Child rights"],
                "<mark>Okonjo</mark> &amp; Sons, Ltd, Child <mark>rights</mark>",
            ),
            (&["Child rights", "Ltd"], "Ltd, Child <mark>rights</mark>"),
            (&["Pia Okonjova", "Okonjo", "child rights"], ""),
            (&[], ""),
        ] {
            assert_eq!(of_keywords(html, &keywords(current)), expected, "{current:?}");
        }
    }

    #[test]
    fn a_passage_that_was_cut_is_of_the_keyword_that_it_was_cut_from() {
        let long = keywords(&["one two three four"]);
        assert!(is_of("… two <mark>three</mark> …", &long));
        assert!(is_of("… three <mark>four</mark>", &long));
        assert!(!is_of("… wo <mark>three</mark> …", &long));
        assert!(!is_of("two <mark>three</mark>", &long));
    }

    #[test]
    fn words_are_not_found_within_longer_ones() {
        assert!(has_words("Pia Okonjo", "Okonjo"));
        assert!(has_words("Okonjo-Iweala", "Okonjo"));
        assert!(!has_words("Okonjova", "Okonjo"));
        assert!(!has_words("Okonjo", ""));
    }
}
