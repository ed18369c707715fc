//! What lists of recommendations are filtered by most, apart from the texts, in narrow rows: a count reads tens of thousands of
//! them. The table that numbers the rows of SQLite's full-text index has it now, and on PostgreSQL, which gets one like it, also
//! the words. Triggers keep it in step.
//!
//! On PostgreSQL the column `text_words` of recommendations stays without its index: a walk along a list tests it. On SQLite a
//! view stands for the former table, for processes of the version before; a later release can take it away.

use sea_orm_migration::prelude::*;

use crate::dialect::either;

#[derive(DeriveMigrationName)]
pub struct Migration;

const SQLITE: [&str; 10] = [
    "DROP TRIGGER recommendation_text_added",
    "CREATE TABLE recommendation_list_item (number INTEGER PRIMARY KEY, content_id uuid_text NOT NULL UNIQUE,
         review_id uuid_text NOT NULL, kind varchar(40) NOT NULL, response varchar(40) NOT NULL,
         child_focused boolean NOT NULL, implementation varchar(40) NOT NULL)",
    "INSERT INTO recommendation_list_item
         SELECT i.number, r.content_id, r.review_id, r.kind, r.response, r.child_focused, r.implementation
         FROM recommendation_text_item i JOIN recommendation r ON r.content_id = i.content_id ORDER BY i.number",
    "DROP TRIGGER recommendation_text_changed",
    "DROP TRIGGER recommendation_text_removed",
    "DROP TABLE recommendation_text_item",
    "CREATE VIEW recommendation_text_item AS SELECT number, content_id FROM recommendation_list_item",
    "CREATE TRIGGER recommendation_list_added AFTER INSERT ON recommendation BEGIN
         INSERT INTO recommendation_list_item (content_id, review_id, kind, response, child_focused, implementation)
             VALUES (new.content_id, new.review_id, new.kind, new.response, new.child_focused, new.implementation);
         INSERT INTO recommendation_text (rowid, text_key)
             SELECT number, new.text_key FROM recommendation_list_item WHERE content_id = new.content_id;
     END",
    "CREATE TRIGGER recommendation_list_changed
     AFTER UPDATE OF review_id, kind, response, child_focused, implementation ON recommendation BEGIN
         UPDATE recommendation_list_item SET review_id = new.review_id, kind = new.kind, response = new.response,
             child_focused = new.child_focused, implementation = new.implementation
             WHERE content_id = new.content_id;
     END",
    "CREATE TRIGGER recommendation_list_removed AFTER DELETE ON recommendation BEGIN
         INSERT INTO recommendation_text (recommendation_text, rowid, text_key)
             SELECT 'delete', number, old.text_key FROM recommendation_list_item WHERE content_id = old.content_id;
         DELETE FROM recommendation_list_item WHERE content_id = old.content_id;
     END",
];

/// SQLite's trigger for changed texts, with the table that numbers the rows of the index.
fn text_changed(items: &str) -> String {
    format!(
        "CREATE TRIGGER recommendation_text_changed AFTER UPDATE OF text_key ON recommendation
         WHEN old.text_key <> new.text_key BEGIN
             INSERT INTO recommendation_text (recommendation_text, rowid, text_key)
                 SELECT 'delete', number, old.text_key FROM {items} WHERE content_id = old.content_id;
             INSERT INTO recommendation_text (rowid, text_key)
                 SELECT number, new.text_key FROM {items} WHERE content_id = new.content_id;
         END"
    )
}

const SQLITE_BACK: [&str; 10] = [
    "DROP TRIGGER recommendation_list_removed",
    "DROP TRIGGER recommendation_list_changed",
    "DROP TRIGGER recommendation_list_added",
    "DROP TRIGGER recommendation_text_changed",
    "DROP VIEW recommendation_text_item",
    "CREATE TABLE recommendation_text_item (number INTEGER PRIMARY KEY, content_id uuid_text NOT NULL UNIQUE)",
    "INSERT INTO recommendation_text_item SELECT number, content_id FROM recommendation_list_item ORDER BY number",
    "DROP TABLE recommendation_list_item",
    "CREATE TRIGGER recommendation_text_added AFTER INSERT ON recommendation BEGIN
         INSERT INTO recommendation_text_item (content_id) VALUES (new.content_id);
         INSERT INTO recommendation_text (rowid, text_key)
             SELECT number, new.text_key FROM recommendation_text_item WHERE content_id = new.content_id;
     END",
    "CREATE TRIGGER recommendation_text_removed AFTER DELETE ON recommendation BEGIN
         INSERT INTO recommendation_text (recommendation_text, rowid, text_key)
             SELECT 'delete', number, old.text_key FROM recommendation_text_item WHERE content_id = old.content_id;
         DELETE FROM recommendation_text_item WHERE content_id = old.content_id;
     END",
];

const POSTGRES: [&str; 7] = [
    "CREATE FUNCTION recommendation_words(text_key text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
         SELECT array_to_tsvector(string_to_array(
             regexp_replace(text_key, '([^ ]{200})[^ ]+', '\\1', 'g'), ' ')) $$",
    "CREATE TABLE recommendation_list_item (content_id uuid PRIMARY KEY REFERENCES recommendation ON DELETE CASCADE,
         review_id uuid NOT NULL, kind varchar(40) NOT NULL, response varchar(40) NOT NULL, child_focused boolean NOT NULL,
         implementation varchar(40) NOT NULL, text_words tsvector NOT NULL)",
    "INSERT INTO recommendation_list_item
         SELECT content_id, review_id, kind, response, child_focused, implementation, text_words FROM recommendation
         ORDER BY content_id",
    "CREATE INDEX ix_recommendation_list_words ON recommendation_list_item USING gin (text_words)",
    "DROP INDEX ix_recommendation_text",
    "CREATE FUNCTION recommendation_listed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF TG_OP = 'INSERT' THEN
             INSERT INTO recommendation_list_item VALUES (new.content_id, new.review_id, new.kind, new.response,
                 new.child_focused, new.implementation, recommendation_words(new.text_key));
         ELSIF (new.review_id, new.kind, new.response, new.child_focused, new.implementation, new.text_key)
             IS DISTINCT FROM (old.review_id, old.kind, old.response, old.child_focused, old.implementation, old.text_key)
         THEN
             UPDATE recommendation_list_item SET review_id = new.review_id, kind = new.kind, response = new.response,
                 child_focused = new.child_focused, implementation = new.implementation,
                 text_words = recommendation_words(new.text_key)
                 WHERE content_id = new.content_id;
         END IF;
         RETURN NULL;
     END $$",
    "CREATE TRIGGER recommendation_listed AFTER INSERT OR UPDATE ON recommendation
         FOR EACH ROW EXECUTE FUNCTION recommendation_listed()",
];

const POSTGRES_BACK: [&str; 5] = [
    "DROP TRIGGER recommendation_listed ON recommendation",
    "DROP FUNCTION recommendation_listed()",
    "DROP TABLE recommendation_list_item",
    "DROP FUNCTION recommendation_words(text)",
    "CREATE INDEX ix_recommendation_text ON recommendation USING gin (text_words)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        either(manager, &SQLITE, &POSTGRES).await?;
        either(manager, &[&text_changed("recommendation_list_item")], &[]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        either(manager, &SQLITE_BACK, &POSTGRES_BACK).await?;
        either(manager, &[&text_changed("recommendation_text_item")], &[]).await
    }
}
