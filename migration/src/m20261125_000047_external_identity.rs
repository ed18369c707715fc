//! Signing in by an OpenID Connect provider: whose identities are whose, and what is under way.

use sea_orm_migration::prelude::*;

use crate::column::{moment, moment_null, text, text_null, uuid};
use crate::dialect::{create_table, drop_tables};
use crate::m20261125_000010_identity::to_account;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "external_identity",
            vec![
                uuid("id"),
                uuid("account_id"),
                text("issuer"),
                text("subject"),
                moment("linked_at"),
                moment_null("last_used_at"),
            ],
            &["id"],
            vec![to_account("account_id")],
            &[
                ("uq_external_identity_subject", &["issuer", "subject"], true),
                ("uq_external_identity_account", &["account_id", "issuer"], true),
            ],
        )
        .await?;
        create_table(
            manager,
            "openid_request",
            vec![
                text("state_hash"),
                text("browser_hash"),
                text_null("return_url"),
                text_null("challenge"),
                moment("created_at"),
                moment("expires_at"),
            ],
            &["state_hash"],
            vec![],
            &[("ix_openid_request_expires", &["expires_at"], false)],
        )
        .await?;
        create_table(
            manager,
            "openid_code",
            vec![
                text("code_hash"),
                text("issuer"),
                text("subject"),
                text_null("email"),
                text_null("challenge"),
                moment("created_at"),
                moment("expires_at"),
            ],
            &["code_hash"],
            vec![],
            &[("ix_openid_code_expires", &["expires_at"], false)],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["openid_code", "openid_request", "external_identity"]).await
    }
}
