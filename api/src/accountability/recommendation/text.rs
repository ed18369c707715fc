//! Recommendations by words of their texts.
//!
//! Each database has an index of its own for it, which its triggers or it itself keep in step with the texts: a full-text
//! table of SQLite (FTS5), a column of PostgreSQL's text search. Both are part of the database, hold words as
//! [`crate::text::words`] makes them, without a dictionary of any language, and find the beginnings of words. So they find
//! the same.

use praxis_entities::{content, recommendation};
use sea_orm::sea_query::extension::postgres::{PgBinOper, PgFunc};
use sea_orm::sea_query::extension::sqlite::SqliteBinOper;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, LikeExpr, Query, SelectStatement};
use sea_orm::{Condition, ConnectionTrait, DatabaseBackend};

use crate::content::kind::{Reading, Scope};
use crate::database::Reader;
use crate::graphql::errors::{ApiError, Code};
use crate::text;

/// Longest text to look for, in characters.
const TEXT: usize = 200;
/// Most words to look for.
const WORDS: usize = 10;
/// How much of a word counts, in characters, as the migration of the index has it too.
const LETTERS: usize = 200;
/// Up to so many recommendations are found first and then ordered. Where there are more, one in fifty or more fulfils the
/// filter, and a page is sooner filled by walking along the list.
const FEW: i64 = 2_000;

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
        let words: Vec<String> = folded
            .split(' ')
            .filter(|word| !word.is_empty())
            .map(|word| word.chars().take(LETTERS).collect())
            .collect();
        if words.is_empty() || words.len() > WORDS || text.chars().count() > TEXT {
            return Err(ApiError::new(
                Code::BadRequest,
                format!("`text` needs at least one word, and at most {WORDS} words with {TEXT} characters."),
            ));
        }
        Ok(Self(words))
    }

    /// The condition on the rows of content and recommendations.
    pub fn condition(&self, scope: &Scope<'_>) -> Condition {
        let id = Expr::col((content::Entity, content::Column::Id));
        match (scope.backend, scope.reading) {
            (DatabaseBackend::Postgres, Reading::Whole | Reading::Walked) => Condition::all().add(self.matching()),
            // The array is made first, and its members are then looked up.
            (DatabaseBackend::Postgres, Reading::Few) => {
                let keys = Expr::SubQuery(None, Box::new(self.keys(scope.backend).into()));
                Condition::all().add(id.eq(PgFunc::any(Expr::cust_with_exprs("ARRAY $1", [keys]))))
            }
            (_, Reading::Whole | Reading::Few) => Condition::all().add(id.in_subquery(self.keys(scope.backend))),
            (_, Reading::Walked) => self.0.iter().fold(Condition::all(), |condition, word| {
                condition.add(Expr::cust("' ' || \"recommendation\".\"text_key\"").like(format!("% {word}%")))
            }),
        }
    }

    /// How a page is best read: one statement, which counts no further than it must.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn reading(&self, database: &Reader) -> Result<Reading, ApiError> {
        let some = Alias::new("some");
        let mut counted = self.found(database.get_database_backend());
        counted
            .expr(Expr::cust("1"))
            .limit(u64::try_from(FEW + 1).unwrap_or_default());
        let statement = Query::select()
            .expr_as(Expr::cust("COUNT(*)"), Alias::new("found"))
            .from_subquery(counted, some)
            .take();
        let found: i64 = match database.query_one(&statement).await? {
            Some(row) => row.try_get("", "found")?,
            None => 0,
        };
        Ok(if found > FEW { Reading::Walked } else { Reading::Few })
    }

    /// Selects the keys of the recommendations.
    fn keys(&self, backend: DatabaseBackend) -> SelectStatement {
        if backend == DatabaseBackend::Postgres {
            return self.found(backend).column(recommendation::Column::ContentId).take();
        }
        let item = Alias::new("recommendation_text_item");
        Query::select()
            .column((item.clone(), Alias::new("content_id")))
            .from(item.clone())
            .and_where(
                Expr::col((item, Alias::new("number")))
                    .in_subquery(self.found(backend).column(Alias::new("rowid")).take()),
            )
            .take()
    }

    /// Selects nothing yet, from the index.
    fn found(&self, backend: DatabaseBackend) -> SelectStatement {
        let mut select = Query::select();
        if backend == DatabaseBackend::Postgres {
            select.from(recommendation::Entity).and_where(self.matching());
        } else {
            let table = Alias::new("recommendation_text");
            // Words stand in quotes, since some would be operators.
            let words: Vec<String> = self.0.iter().map(|word| format!("\"{word}\"*")).collect();
            select
                .from(table.clone())
                .and_where(Expr::col(table).binary(SqliteBinOper::Match, words.join(" ")));
        }
        select
    }

    /// PostgreSQL's condition on the column of words.
    fn matching(&self) -> Expr {
        let words: Vec<String> = self.0.iter().map(|word| format!("'{word}':*")).collect();
        Expr::col((recommendation::Entity, Alias::new("text_words")))
            .binary(PgBinOper::Matches, Expr::val(words.join(" & ")).cast_as("tsquery"))
    }
}

/// A pattern for what stands anywhere within a text.
pub fn within(part: &str) -> LikeExpr {
    let mut pattern = String::with_capacity(part.len() + 2);
    pattern.push('%');
    for character in part.chars() {
        if matches!(character, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(character);
    }
    pattern.push('%');
    LikeExpr::new(pattern).escape('!')
}
