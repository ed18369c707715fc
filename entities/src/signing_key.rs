//! Table `signing_key`.

use sea_orm::entity::prelude::*;

/// A key pair that signs access tokens.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_key")]
pub struct Model {
    /// The key id in the header of the tokens.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kid: String,
    /// The private key, sealed where the service has a key for that.
    pub private_key: String,
    /// The public key, in base64url.
    pub public_key: String,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// From when it signs; it is published before.
    pub signs_from: DateTimeUtc,
    /// Until when tokens that it signed are accepted; null for the newest.
    pub verifies_until: Option<DateTimeUtc>,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
