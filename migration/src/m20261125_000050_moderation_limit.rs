//! What moderators are limited to, and the countries that submissions name, so that the queue can be limited to them.

use sea_orm_migration::prelude::*;

use crate::column::{keyword, uuid};
use crate::dialect::{Reference, create_table, drop_tables, either};
use crate::m20261125_000010_identity::to_account;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// The countries of what was submitted before. The one field of a document outside is its kind in lower case.
const SQLITE: &str = "INSERT INTO submission_country (submission_id, country)
    SELECT DISTINCT s.id, named.value
    FROM submission s, json_each(s.document, '$.' || lower(s.kind) || '.countries') named
    WHERE named.value IN (SELECT code FROM concept WHERE scheme = 'COUNTRY')";

const POSTGRES: &str = "INSERT INTO submission_country (submission_id, country)
    SELECT DISTINCT s.id, named.value
    FROM (SELECT id, document::json -> lower(kind) -> 'countries' AS countries FROM submission) s,
        LATERAL json_array_elements_text(
            CASE json_typeof(s.countries) WHEN 'array' THEN s.countries ELSE '[]'::json END
        ) AS named (value)
    WHERE named.value IN (SELECT code FROM concept WHERE scheme = 'COUNTRY')";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "moderation_limit",
            vec![uuid("account_id"), keyword("kind"), keyword("code")],
            &["account_id", "kind", "code"],
            vec![to_account("account_id")],
            &[],
        )
        .await?;
        create_table(
            manager,
            "submission_country",
            vec![uuid("submission_id"), keyword("country")],
            &["submission_id", "country"],
            vec![Reference {
                column: "submission_id",
                target: ("submission", "id"),
                on_delete: ForeignKeyAction::Cascade,
            }],
            &[],
        )
        .await?;
        either(manager, &[SQLITE], &[POSTGRES]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["submission_country", "moderation_limit"]).await
    }
}
