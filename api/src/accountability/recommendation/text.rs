//! Recommendations by words of their texts.
//!
//! Each database has an index of its own for it, which its triggers keep in step with the texts: a full-text
//! table of SQLite (FTS5), a column of PostgreSQL's text search. Both are part of the database, hold words as
//! [`crate::text::words`] makes them, without a dictionary of any language, and find the beginnings of words. So they find
//! the same.

use praxis_entities::recommendation;
use sea_orm::sea_query::extension::postgres::PgBinOper;
use sea_orm::sea_query::extension::sqlite::SqliteBinOper;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{Condition, ConnectionTrait, DatabaseBackend};

use crate::content::kind::{Reading, Scope};
use crate::database::{Reader, join_in_order};
use crate::graphql::errors::{ApiError, Code};
use crate::text;

/// Longest text to look for, in characters.
const TEXT: usize = 200;
/// Most words to look for.
const WORDS: usize = 10;
/// How much of a word counts, in characters, as the migration of the index has it too.
const LETTERS: usize = 200;
/// Narrow rows with what filters ask for most, by the names of the columns of recommendations, and on PostgreSQL the words. Triggers
/// keep them in step.
const ITEMS: &str = "recommendation_list_item";

/// Words that must all stand in a text, or words that begin so. They hold nothing but letters and digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words(Vec<String>);

impl Words {
    /// Reads what somebody looks for.
    ///
    /// # Errors
    /// Where there is no word in it, or too many.
    pub fn parse(text: &str) -> Result<Self, ApiError> {
        let folded = text::words(text);
        let mut words: Vec<String> = Vec::new();
        for word in folded.split(' ').filter(|word| !word.is_empty()) {
            let word: String = word.chars().take(LETTERS).collect();
            // A planner would take the same condition twice for a rarer one.
            if !words.contains(&word) {
                words.push(word);
            }
        }
        if words.is_empty() || words.len() > WORDS || text.chars().count() > TEXT {
            return Err(ApiError::new(
                Code::BadRequest,
                format!("`text` needs at least one word, and at most {WORDS} words with {TEXT} characters."),
            ));
        }
        Ok(Self(words))
    }

    /// Whether all of them stand in a text of few, which no index of a database holds.
    pub fn are_in(&self, text: &str) -> bool {
        let own = text::words(text);
        self.0
            .iter()
            .all(|word| own.split(' ').any(|own| own.starts_with(word.as_str())))
    }

    /// The condition on the rows of content and recommendations.
    pub fn condition(&self, scope: &Scope<'_>) -> Condition {
        let keys = || {
            let mut keys = self.in_items(scope.backend);
            keys.column((recommendation::Entity, recommendation::Column::ContentId));
            keys
        };
        match scope.reading {
            Reading::Walked => self.stand_in_text(scope.backend),
            Reading::Whole | Reading::Few => Condition::all().add(scope.key.clone().in_subquery(keys())),
        }
    }

    /// How a page is best read: one statement, which counts no further than it must.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn reading(&self, database: &Reader) -> Result<Reading, ApiError> {
        let mut found = self.in_index(database.get_database_backend());
        found.expr(Expr::cust("1"));
        Reading::of_found(found, database).await
    }

    /// Selects nothing yet, from the index of words.
    pub fn in_index(&self, backend: DatabaseBackend) -> SelectStatement {
        if backend == DatabaseBackend::Postgres {
            return self.in_items(backend);
        }
        let index = Alias::new("recommendation_text");
        // Words stand in quotes, since some would be operators.
        let words: Vec<String> = self.0.iter().map(|word| format!("\"{word}\"*")).collect();
        Query::select()
            .from(index.clone())
            .and_where(Expr::col(index).binary(SqliteBinOper::Match, words.join(" ")))
            .take()
    }

    /// Selects nothing yet, from the items that the index finds.
    pub fn in_items(&self, backend: DatabaseBackend) -> SelectStatement {
        if backend == DatabaseBackend::Postgres {
            return items().and_where(self.found()).take();
        }
        let mut select = self.in_index(backend);
        let number = Expr::col((recommendation::Entity, Alias::new("number")));
        let on = number.equals((Alias::new("recommendation_text"), Alias::new("rowid")));
        join_in_order(&mut select, Alias::new(ITEMS), recommendation::Entity, on);
        select
    }

    /// Selects nothing yet, from rows that are few for what is told of them: the text of each is looked at, last of all.
    pub fn in_rows(&self, backend: DatabaseBackend, told: Condition) -> SelectStatement {
        if backend == DatabaseBackend::Postgres {
            return self.in_items(backend).cond_where(told).take();
        }
        Query::select()
            .from(recommendation::Entity)
            .cond_where(told)
            .cond_where(self.stand_in_text(backend))
            .take()
    }

    /// The condition on the text of a row. PostgreSQL has the words in a column of the rows too: of it, unlike of a pattern, it knows
    /// how many rows fulfil the condition, and walks a list where they are many.
    fn stand_in_text(&self, backend: DatabaseBackend) -> Condition {
        if backend == DatabaseBackend::Postgres {
            return Condition::all().add(self.found());
        }
        self.0.iter().fold(Condition::all(), |condition, word| {
            condition.add(Expr::cust("' ' || \"recommendation\".\"text_key\"").like(format!("% {word}%")))
        })
    }

    /// PostgreSQL's condition on the words of a recommendation or of an item.
    fn found(&self) -> Expr {
        let words: Vec<String> = self.0.iter().map(|word| format!("'{word}':*")).collect();
        Expr::col((recommendation::Entity, Alias::new("text_words")))
            .binary(PgBinOper::Matches, Expr::val(words.join(" & ")).cast_as("tsquery"))
    }
}

/// Selects nothing yet, from what is known of all recommendations apart from their texts.
pub fn items() -> SelectStatement {
    Query::select()
        .from_as(Alias::new(ITEMS), recommendation::Entity)
        .take()
}
