//! An index of the words of recommendations, on each database what it has of its own.
//!
//! On SQLite the words stand in a full-text table without the texts (`content=''`), kept in step by triggers. Its rows have
//! the numbers of `recommendation_text_item`: the numbers that SQLite gives to rows by itself may change when the file is
//! compacted. What is taken out leaves nothing behind (`secure-delete`), because it may have been erased.
//!
//! On PostgreSQL the words are a column that follows from the text. Words go into it as they are, without PostgreSQL's
//! parser, which would take some apart; of each at most 200 characters, because it refuses longer ones.

use sea_orm_migration::prelude::*;

use crate::dialect::either;

#[derive(DeriveMigrationName)]
pub struct Migration;

const SQLITE: [&str; 9] = [
    "CREATE TABLE recommendation_text_item (number INTEGER PRIMARY KEY, content_id uuid_text NOT NULL UNIQUE)",
    "CREATE VIRTUAL TABLE recommendation_text USING fts5(
         text_key, content = '', columnsize = 0, tokenize = 'unicode61 remove_diacritics 0')",
    "INSERT INTO recommendation_text (recommendation_text, rank) VALUES ('secure-delete', 1)",
    "INSERT INTO recommendation_text_item (content_id) SELECT content_id FROM recommendation ORDER BY content_id",
    "INSERT INTO recommendation_text (rowid, text_key)
         SELECT i.number, r.text_key FROM recommendation_text_item i JOIN recommendation r ON r.content_id = i.content_id
         ORDER BY i.number",
    "CREATE TRIGGER recommendation_text_added AFTER INSERT ON recommendation BEGIN
         INSERT INTO recommendation_text_item (content_id) VALUES (new.content_id);
         INSERT INTO recommendation_text (rowid, text_key)
             SELECT number, new.text_key FROM recommendation_text_item WHERE content_id = new.content_id;
     END",
    "CREATE TRIGGER recommendation_text_changed AFTER UPDATE OF text_key ON recommendation
     WHEN old.text_key <> new.text_key BEGIN
         INSERT INTO recommendation_text (recommendation_text, rowid, text_key)
             SELECT 'delete', number, old.text_key FROM recommendation_text_item WHERE content_id = old.content_id;
         INSERT INTO recommendation_text (rowid, text_key)
             SELECT number, new.text_key FROM recommendation_text_item WHERE content_id = new.content_id;
     END",
    "CREATE TRIGGER recommendation_text_removed AFTER DELETE ON recommendation BEGIN
         INSERT INTO recommendation_text (recommendation_text, rowid, text_key)
             SELECT 'delete', number, old.text_key FROM recommendation_text_item WHERE content_id = old.content_id;
         DELETE FROM recommendation_text_item WHERE content_id = old.content_id;
     END",
    // Most recommendations have one of two answers, so that this index led to more rows than a walk without it.
    "DROP INDEX ix_recommendation_response",
];

const SQLITE_BACK: [&str; 6] = [
    "DROP TRIGGER recommendation_text_removed",
    "DROP TRIGGER recommendation_text_changed",
    "DROP TRIGGER recommendation_text_added",
    "DROP TABLE recommendation_text",
    "DROP TABLE recommendation_text_item",
    RESPONSES,
];

const POSTGRES: [&str; 3] = [
    "ALTER TABLE recommendation ADD COLUMN text_words tsvector GENERATED ALWAYS AS (array_to_tsvector(
         string_to_array(regexp_replace(text_key, '([^ ]{200})[^ ]+', '\\1', 'g'), ' '))) STORED",
    "CREATE INDEX ix_recommendation_text ON recommendation USING gin (text_words)",
    "DROP INDEX ix_recommendation_response",
];

const POSTGRES_BACK: [&str; 2] = ["ALTER TABLE recommendation DROP COLUMN text_words", RESPONSES];

const RESPONSES: &str =
    "CREATE INDEX \"ix_recommendation_response\" ON \"recommendation\" (\"response\", \"content_id\")";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        either(manager, &SQLITE, &POSTGRES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        either(manager, &SQLITE_BACK, &POSTGRES_BACK).await
    }
}
