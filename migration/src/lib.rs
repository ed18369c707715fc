//! Database migrations of Praxis. Each runs up and down on SQLite and on PostgreSQL.
//!
//! Closed vocabularies are stored as strings without a CHECK constraint: SQLite can't change one without rewriting the
//! table, and the typed entities refuse an unknown value when a row is read.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

mod column;
mod dialect;
mod m20261125_000001_vocabulary;
mod m20261125_000002_content;
mod m20261125_000003_kinds;
mod m20261125_000004_log;
mod m20261125_000005_standing;
mod m20261125_000010_identity;
mod m20261125_000020_curation;
mod m20261125_000021_audit_chain;
mod m20261125_000023_appeal;
mod m20261125_000025_submission_event;
mod m20261125_000030_accountability;
mod m20261125_000040_search_synonym;
mod m20261125_000041_notification;
mod m20261125_000043_saved_search;
mod m20261125_000044_search_statistic;
mod m20261125_000045_stored_file;
mod m20261125_000046_consent;
mod m20261125_000047_external_identity;
mod m20261125_000048_recommendation_text;
mod m20261125_000049_minor_edit;
mod m20261125_000050_moderation_limit;
mod m20261125_000051_api_client;
mod m20261125_000052_body;
mod m20261125_000053_file_text;
mod m20261130_000054_recommendation_list;
mod m20261130_000055_indicator_target;

/// Every migration, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261125_000001_vocabulary::Migration),
            Box::new(m20261125_000002_content::Migration),
            Box::new(m20261125_000003_kinds::Migration),
            Box::new(m20261125_000004_log::Migration),
            Box::new(m20261125_000005_standing::Migration),
            Box::new(m20261125_000010_identity::Migration),
            Box::new(m20261125_000020_curation::Migration),
            Box::new(m20261125_000021_audit_chain::Migration),
            Box::new(m20261125_000023_appeal::Migration),
            Box::new(m20261125_000025_submission_event::Migration),
            Box::new(m20261125_000030_accountability::Migration),
            Box::new(m20261125_000040_search_synonym::Migration),
            Box::new(m20261125_000041_notification::Migration),
            Box::new(m20261125_000043_saved_search::Migration),
            Box::new(m20261125_000044_search_statistic::Migration),
            Box::new(m20261125_000045_stored_file::Migration),
            Box::new(m20261125_000046_consent::Migration),
            Box::new(m20261125_000047_external_identity::Migration),
            Box::new(m20261125_000048_recommendation_text::Migration),
            Box::new(m20261125_000049_minor_edit::Migration),
            Box::new(m20261125_000050_moderation_limit::Migration),
            Box::new(m20261125_000051_api_client::Migration),
            Box::new(m20261125_000052_body::Migration),
            Box::new(m20261125_000053_file_text::Migration),
            Box::new(m20261130_000054_recommendation_list::Migration),
            Box::new(m20261130_000055_indicator_target::Migration),
        ]
    }
}
