//! One table for what each of the six core kinds adds to its content row.

use sea_orm_migration::prelude::*;

use crate::column::{boolean, date_null, integer_null, json, keyword, keyword_null, small_integer, text_null, uuid};
use crate::dialect::{create_table, drop_tables};
use crate::m20261125_000002_content::to_content;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables: [(&'static str, Vec<ColumnDef>); 6] = [
            ("practitioner", vec![text_null("headline"), json("languages")]),
            (
                "organization",
                vec![
                    keyword("kind"),
                    text_null("acronym"),
                    text_null("website"),
                    integer_null("member_count"),
                ],
            ),
            (
                "initiative",
                vec![
                    keyword("level"),
                    keyword("stage"),
                    date_null("started_on"),
                    keyword_null("started_on_precision"),
                    date_null("ended_on"),
                    keyword_null("ended_on_precision"),
                    text_null("activities"),
                    text_null("adaptation"),
                    json("participation"),
                    boolean("children_took_part"),
                ],
            ),
            (
                "evidence",
                vec![
                    keyword("direction"),
                    keyword("outcome_domain"),
                    keyword("study_design"),
                    json("measurements"),
                    text_null("limitations"),
                    json("appraisals"),
                    small_integer("strength_level"),
                    small_integer("strength_score"),
                    json("strength_reasons"),
                ],
            ),
            (
                "lesson",
                vec![
                    keyword("kind"),
                    keyword("factor"),
                    text_null("applies_where"),
                    text_null("applies_not_where"),
                ],
            ),
            (
                "resource",
                vec![
                    keyword("kind"),
                    integer_null("year"),
                    text_null("license"),
                    text_null("link"),
                    json("identifiers"),
                ],
            ),
        ];
        for (name, mut columns) in tables {
            columns.insert(0, uuid("content_id"));
            create_table(
                manager,
                name,
                columns,
                &["content_id"],
                vec![to_content("content_id")],
                &[],
            )
            .await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(
            manager,
            &[
                "resource",
                "lesson",
                "evidence",
                "initiative",
                "organization",
                "practitioner",
            ],
        )
        .await
    }
}
