//! Accountability: recommendations, commitments and events as kinds of content; mechanisms, reviews, asks, treaties and
//! indicators, which they refer to.

use sea_orm_migration::prelude::*;

use crate::column::{
    big_integer, boolean, date, date_null, double, double_null, integer, integer_null, json, keyword,
    small_integer_null, text, text_null, uuid, uuid_null,
};
use crate::dialect::{Reference, create_table, drop_tables, order_by_bytes};
use crate::m20261125_000002_content::to_content;

#[derive(DeriveMigrationName)]
pub struct Migration;

fn to(column: &'static str, table: &'static str) -> Reference {
    Reference {
        column,
        target: (table, "id"),
        on_delete: ForeignKeyAction::Restrict,
    }
}

/// The columns of what says where a fact is taken from.
fn cited(mut columns: Vec<ColumnDef>) -> Vec<ColumnDef> {
    columns.push(uuid_null("citation_resource_id"));
    columns.push(text_null("citation_locator"));
    columns
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        references(manager).await?;
        kinds(manager).await?;
        for (table, columns) in [
            ("mechanism", &["slug"][..]),
            ("review", &["slug"]),
            ("treaty", &["slug"]),
            ("indicator", &["slug"]),
            ("ask", &["key"]),
            ("observation", &["period", "disaggregation"]),
        ] {
            order_by_bytes(manager, table, columns).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // What comes with the service goes with the tables, and must come again when they do.
        let mut forget = Query::delete();
        forget
            .from_table(Alias::new("setting"))
            .and_where(Expr::col(Alias::new("key")).eq("references.digest"));
        manager.execute(forget).await?;
        drop_tables(
            manager,
            &[
                "recommendation_link",
                "reported_figure",
                "ask",
                "content_event",
                "commitment",
                "recommending_country",
                "recommendation",
                "observation",
                "indicator",
                "ratification",
                "treaty",
                "review",
                "mechanism",
            ],
        )
        .await
    }
}

async fn references(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create_table(
        manager,
        "mechanism",
        cited(vec![
            uuid("id"),
            text("slug"),
            text("name"),
            text_null("acronym"),
            text_null("description"),
            big_integer("place"),
        ]),
        &["id"],
        vec![to("citation_resource_id", "content")],
        &[("uq_mechanism_slug", &["slug"], true)],
    )
    .await?;
    create_table(
        manager,
        "review",
        cited(vec![
            uuid("id"),
            text("slug"),
            uuid("mechanism_id"),
            uuid("country_id"),
            integer_null("cycle"),
            text_null("session"),
            date_null("date"),
            integer_null("year"),
            text_null("document_symbol"),
            big_integer("place"),
        ]),
        &["id"],
        vec![
            to("mechanism_id", "mechanism"),
            to("country_id", "concept"),
            to("citation_resource_id", "content"),
        ],
        &[
            ("uq_review_slug", &["slug"], true),
            ("ix_review_country", &["country_id", "place", "id"], false),
            ("ix_review_mechanism", &["mechanism_id", "cycle"], false),
            ("ix_review_place", &["place", "id"], false),
        ],
    )
    .await?;
    create_table(
        manager,
        "treaty",
        cited(vec![
            uuid("id"),
            text("slug"),
            text("name"),
            text_null("acronym"),
            date_null("adopted_on"),
            date_null("in_force_on"),
            big_integer("place"),
        ]),
        &["id"],
        vec![to("citation_resource_id", "content")],
        &[
            ("uq_treaty_slug", &["slug"], true),
            ("ix_treaty_place", &["place", "id"], false),
        ],
    )
    .await?;
    create_table(
        manager,
        "ratification",
        vec![
            uuid("id"),
            uuid("treaty_id"),
            uuid("country_id"),
            keyword("status"),
            integer_null("year"),
            date_null("date"),
            text_null("note"),
            text("source"),
            big_integer("place"),
        ],
        &["id"],
        vec![to("treaty_id", "treaty"), to("country_id", "concept")],
        &[
            ("uq_ratification", &["treaty_id", "country_id"], true),
            ("ix_ratification_place", &["treaty_id", "place", "id"], false),
            ("ix_ratification_country", &["country_id", "place", "id"], false),
        ],
    )
    .await?;
    create_table(
        manager,
        "indicator",
        cited(vec![
            uuid("id"),
            text("slug"),
            text("name"),
            text_null("definition"),
            text_null("unit"),
            text_null("source"),
            json("themes"),
            big_integer("place"),
        ]),
        &["id"],
        vec![to("citation_resource_id", "content")],
        &[
            ("uq_indicator_slug", &["slug"], true),
            ("ix_indicator_place", &["place", "id"], false),
        ],
    )
    .await?;
    create_table(
        manager,
        "observation",
        vec![
            uuid("id"),
            uuid("indicator_id"),
            uuid("country_id"),
            text("period"),
            big_integer("place"),
            double("value"),
            text_null("unit"),
            text("disaggregation"),
            text_null("flag"),
            text("source"),
        ],
        &["id"],
        vec![to("indicator_id", "indicator"), to("country_id", "concept")],
        &[
            (
                "uq_observation",
                &["indicator_id", "country_id", "period", "disaggregation"],
                true,
            ),
            ("ix_observation_place", &["indicator_id", "place", "id"], false),
            ("ix_observation_country", &["country_id", "place", "id"], false),
        ],
    )
    .await
}

async fn kinds(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create_table(
        manager,
        "recommendation",
        vec![
            uuid("content_id"),
            keyword("kind"),
            uuid("review_id"),
            text("text"),
            text("text_key"),
            text_null("paragraph"),
            text_null("recommending_body"),
            keyword("response"),
            small_integer_null("action_category"),
            json("source_tags"),
            boolean("child_focused"),
            text_null("child_focused_reason"),
            integer_null("child_focused_rule"),
            keyword("implementation"),
            json("implementation_history"),
        ],
        &["content_id"],
        vec![to_content("content_id"), to("review_id", "review")],
        &[
            (
                "ix_recommendation_review",
                &["review_id", "kind", "child_focused", "response", "content_id"],
                false,
            ),
            ("ix_recommendation_response", &["response", "content_id"], false),
            (
                "ix_recommendation_implementation",
                &["implementation", "content_id"],
                false,
            ),
        ],
    )
    .await?;
    create_table(
        manager,
        "recommending_country",
        vec![uuid("content_id"), uuid("country_id"), integer("position")],
        &["content_id", "country_id"],
        vec![to_content("content_id"), to("country_id", "concept")],
        &[("ix_recommending_country", &["country_id", "content_id"], false)],
    )
    .await?;
    create_table(
        manager,
        "commitment",
        vec![
            uuid("content_id"),
            keyword("kind"),
            uuid_null("review_id"),
            date_null("made_on"),
            date_null("due_on"),
            text_null("details"),
            keyword("implementation"),
            json("implementation_history"),
        ],
        &["content_id"],
        vec![to_content("content_id"), to("review_id", "review")],
        &[("ix_commitment_due", &["due_on", "content_id"], false)],
    )
    .await?;
    create_table(
        manager,
        "content_event",
        vec![
            uuid("content_id"),
            keyword("kind"),
            date("starts_on"),
            date_null("ends_on"),
            text_null("place"),
            text_null("agenda"),
            json("participation"),
        ],
        &["content_id"],
        vec![to_content("content_id")],
        &[("ix_content_event_starts", &["starts_on", "content_id"], false)],
    )
    .await?;
    create_table(
        manager,
        "ask",
        cited(vec![
            uuid("id"),
            uuid("initiative_id"),
            text("key"),
            integer("position"),
            uuid("review_id"),
            text("text"),
        ]),
        &["id"],
        vec![
            to_content("initiative_id"),
            to("review_id", "review"),
            to("citation_resource_id", "content"),
        ],
        &[
            ("uq_ask", &["initiative_id", "key"], true),
            ("ix_ask_review", &["review_id", "initiative_id"], false),
        ],
    )
    .await?;
    create_table(
        manager,
        "recommendation_link",
        vec![uuid("source_id"), uuid("target_id"), keyword("kind"), integer("rule")],
        &["source_id", "target_id"],
        vec![to_content("source_id"), to_content("target_id")],
        &[("ix_recommendation_link_target", &["target_id", "source_id"], false)],
    )
    .await?;
    create_table(
        manager,
        "reported_figure",
        vec![
            uuid("content_id"),
            integer("position"),
            uuid("review_id"),
            keyword("figure"),
            text("metric"),
            double_null("numerator"),
            double_null("denominator"),
            double_null("share"),
        ],
        &["content_id", "position"],
        vec![to_content("content_id"), to("review_id", "review")],
        &[("ix_reported_figure_review", &["review_id", "content_id"], false)],
    )
    .await
}
