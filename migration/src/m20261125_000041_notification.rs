//! Notifications and how often they are mailed, and whether the contributions of somebody who left were seen to.

use sea_orm_migration::prelude::*;

use crate::column::{keyword, moment, moment_null, uuid, uuid_null};
use crate::dialect::{Reference, create_table, drop_tables};
use crate::m20261125_000002_content::to_content;
use crate::m20261125_000010_identity::to_account;

#[derive(DeriveMigrationName)]
pub struct Migration;

const ACCOUNT: &str = "account";
const MAIL: &str = "notification_mail";
const SETTLED: &str = "contributions_settled_at";
const UNSETTLED: &str = "ix_account_unsettled";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [keyword(MAIL).default("DAILY").take(), moment_null(SETTLED)] {
            manager
                .alter_table(Table::alter().table(Alias::new(ACCOUNT)).add_column(column).take())
                .await?;
        }
        manager
            .create_index(
                Index::create()
                    .name(UNSETTLED)
                    .table(Alias::new(ACCOUNT))
                    .col(Alias::new(SETTLED))
                    .col(Alias::new("deleted_at"))
                    .take(),
            )
            .await?;
        create_table(
            manager,
            "notification",
            vec![
                uuid("account_id"),
                uuid("id"),
                keyword("kind"),
                uuid_null("submission_id"),
                uuid_null("content_id"),
                moment("created_at"),
                moment_null("read_at"),
                moment_null("mail_due_at"),
                moment_null("mailed_at"),
            ],
            &["account_id", "id"],
            vec![
                to_account("account_id"),
                Reference {
                    column: "submission_id",
                    target: ("submission", "id"),
                    on_delete: ForeignKeyAction::Cascade,
                },
                to_content("content_id"),
            ],
            &[
                ("ix_notification_unread", &["account_id", "read_at", "id"], false),
                ("ix_notification_mail", &["mailed_at", "mail_due_at"], false),
                ("ix_notification_submission", &["submission_id"], false),
                ("ix_notification_content", &["content_id"], false),
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["notification"]).await?;
        manager
            .drop_index(Index::drop().name(UNSETTLED).table(Alias::new(ACCOUNT)).to_owned())
            .await?;
        for column in [SETTLED, MAIL] {
            manager
                .alter_table(
                    Table::alter()
                        .table(Alias::new(ACCOUNT))
                        .drop_column(Alias::new(column))
                        .take(),
                )
                .await?;
        }
        Ok(())
    }
}
