//! Table `api_client`.

use sea_orm::entity::prelude::*;

/// An application that acts for a member.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_client")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The member.
    pub account_id: Uuid,
    /// What people call it.
    pub name: String,
    /// The scopes that it asks for, by their names on the wire, with a space between them.
    pub scopes: String,
    /// Those of them that the member agreed to; empty where there are none.
    pub agreed_scopes: String,
    /// When the member last agreed.
    pub agreed_at: Option<DateTimeUtc>,
    /// Raised by each change that ends the tokens made before it.
    pub version: i32,
    /// When it was last raised.
    pub changed_at: DateTimeUtc,
    /// When it was created.
    pub created_at: DateTimeUtc,
    /// By whom; empty where by the operator.
    pub created_by_id: Option<Uuid>,
    /// The last day on which it works.
    pub expires_on: Option<Date>,
    /// When it was ended for good.
    pub ended_at: Option<DateTimeUtc>,
    /// By whom; empty where by the operator.
    pub ended_by_id: Option<Uuid>,
    /// The last day on which it got a token.
    pub last_used_on: Option<Date>,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
