//! Table `openid_request`.

use sea_orm::entity::prelude::*;

/// Somebody is on their way to sign in at an OpenID Connect provider. The row is deleted when they come back.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "openid_request")]
pub struct Model {
    /// The SHA-256 of the `state` that goes to the provider and comes back, in hexadecimal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub state_hash: String,
    /// The SHA-256 of the secret in the cookie of the browser that began, in hexadecimal.
    pub browser_hash: String,
    /// Where to send the browser afterwards, one of the settings; none where the person is shown a code.
    pub return_url: Option<String>,
    /// The SHA-256 of a secret of the application that began, in base64url; it must show the secret with the code.
    pub challenge: Option<String>,
    /// When it began.
    pub created_at: DateTimeUtc,
    /// Until when they may come back.
    pub expires_at: DateTimeUtc,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
