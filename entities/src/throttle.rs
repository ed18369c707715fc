//! Table `throttle`.

use sea_orm::entity::prelude::*;

/// How often somebody guessed wrongly, by e-mail address or by network.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "throttle")]
pub struct Model {
    /// `address:` or `network:` and a hash; never the address itself.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: String,
    /// Failed attempts in the window.
    pub failures: i32,
    /// When the window began.
    pub window_started_at: DateTimeUtc,
    /// Until when further attempts are refused.
    pub locked_until: Option<DateTimeUtc>,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
