//! Accounts, roles, sessions, one-time tokens, throttling of guesses, and the keys that sign access tokens.

use sea_orm_migration::prelude::*;

use crate::column::{
    big_integer_null, integer, keyword, keyword_null, moment, moment_null, text, text_null, uuid, uuid_null,
};
use crate::dialect::{Reference, create_table, drop_tables};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// A reference to an account that goes with the account.
pub fn to_account(column: &'static str) -> Reference {
    Reference {
        column,
        target: ("account", "id"),
        on_delete: ForeignKeyAction::Cascade,
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        accounts(manager).await?;
        sessions(manager).await?;
        create_table(
            manager,
            "throttle",
            vec![
                text("subject"),
                integer("failures"),
                moment("window_started_at"),
                moment_null("locked_until"),
            ],
            &["subject"],
            vec![],
            &[("ix_throttle_window", &["window_started_at"], false)],
        )
        .await?;
        create_table(
            manager,
            "signing_key",
            vec![
                text("kid"),
                text("private_key"),
                text("public_key"),
                moment("created_at"),
                moment("signs_from"),
                moment_null("verifies_until"),
            ],
            &["kid"],
            vec![],
            &[],
        )
        .await?;
        manager
            .alter_table(
                Table::alter()
                    .table(Alias::new("audit_entry"))
                    .add_column(text_null("subject"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_audit_entry_subject")
                    .table(Alias::new("audit_entry"))
                    .col(Alias::new("subject"))
                    .col(Alias::new("id"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_index(
                Index::drop()
                    .name("ix_audit_entry_subject")
                    .table(Alias::new("audit_entry"))
                    .to_owned(),
            )
            .await?;
        manager
            .alter_table(
                Table::alter()
                    .table(Alias::new("audit_entry"))
                    .drop_column(Alias::new("subject"))
                    .to_owned(),
            )
            .await?;
        drop_tables(
            manager,
            &[
                "signing_key",
                "throttle",
                "one_time_token",
                "refresh_token",
                "session",
                "account_role",
                "account",
            ],
        )
        .await
    }
}

async fn accounts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create_table(
        manager,
        "account",
        vec![
            uuid("id"),
            text("email"),
            moment_null("email_verified_at"),
            text_null("password_hash"),
            text("display_name"),
            moment("created_at"),
            moment_null("suspended_at"),
            moment_null("deleted_at"),
            keyword_null("deleted_contributions"),
            uuid_null("practitioner_id"),
            text_null("totp_secret"),
            moment_null("totp_confirmed_at"),
            big_integer_null("totp_last_step"),
            integer("grants_version"),
            moment("grants_changed_at"),
        ],
        &["id"],
        vec![Reference {
            column: "practitioner_id",
            target: ("content", "id"),
            on_delete: ForeignKeyAction::SetNull,
        }],
        &[
            ("uq_account_email", &["email"], true),
            ("uq_account_practitioner", &["practitioner_id"], true),
            ("ix_account_grants", &["grants_changed_at"], false),
        ],
    )
    .await?;
    create_table(
        manager,
        "account_role",
        vec![uuid("account_id"), keyword("role"), moment("granted_at")],
        &["account_id", "role"],
        vec![to_account("account_id")],
        &[("ix_account_role_role", &["role", "account_id"], false)],
    )
    .await
}

async fn sessions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create_table(
        manager,
        "session",
        vec![
            uuid("id"),
            uuid("account_id"),
            moment("created_at"),
            moment("refreshed_at"),
            moment("expires_at"),
            moment_null("ended_at"),
            keyword_null("end_reason"),
        ],
        &["id"],
        vec![to_account("account_id")],
        &[
            ("ix_session_account", &["account_id", "ended_at"], false),
            ("ix_session_ended", &["ended_at"], false),
        ],
    )
    .await?;
    create_table(
        manager,
        "refresh_token",
        vec![
            text("hash"),
            uuid("session_id"),
            moment("issued_at"),
            moment_null("used_at"),
        ],
        &["hash"],
        vec![Reference {
            column: "session_id",
            target: ("session", "id"),
            on_delete: ForeignKeyAction::Cascade,
        }],
        &[("ix_refresh_token_session", &["session_id"], false)],
    )
    .await?;
    create_table(
        manager,
        "one_time_token",
        vec![
            text("hash"),
            uuid("account_id"),
            keyword("purpose"),
            text_null("email"),
            moment("created_at"),
            moment("expires_at"),
        ],
        &["hash"],
        vec![to_account("account_id")],
        &[("ix_one_time_token_account", &["account_id", "purpose"], false)],
    )
    .await
}
