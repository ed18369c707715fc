//! Table `openid_code`.

use sea_orm::entity::prelude::*;

/// A code, as its SHA-256 only, that stands for somebody who just showed an OpenID Connect provider who they are. It works
/// once, for some minutes. Its row is deleted when it is used.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "openid_code")]
pub struct Model {
    /// The SHA-256 of the code, in hexadecimal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code_hash: String,
    /// The provider.
    pub issuer: String,
    /// How the provider names the person.
    pub subject: String,
    /// The person's address, where the provider says that it verified it and accounts may be opened.
    pub email: Option<String>,
    /// The SHA-256 of a secret of the application that began, in base64url; it must show the secret with the code.
    pub challenge: Option<String>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// Until when it works.
    pub expires_at: DateTimeUtc,
}

/// Relations are joined where they are read.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
