//! Data that comes with the service and is kept in the database: which edition of it is there.

use sea_orm::{ConnectionTrait, DbErr};

use super::{read_setting, write_setting};

/// Data that comes with the service, and which version of it this program has.
pub struct Edition {
    /// The setting that holds the version of what the database has.
    pub version_setting: &'static str,
    /// The setting that holds its digest.
    pub digest_setting: &'static str,
    /// The version of what this program has. Each change of the data raises it.
    pub version: u32,
}

impl Edition {
    /// Whether the database lacks the data of this program, whose digest this is. It does where it has an earlier version, or
    /// this version with another digest, as while somebody works on the data. What a later version of the service wrote
    /// stays: while two versions share a database, as in a rolling upgrade, they would otherwise write over each other
    /// again and again.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn is_missing(&self, connection: &impl ConnectionTrait, digest: &str) -> Result<bool, DbErr> {
        let version = read_setting(connection, self.version_setting).await?;
        // Databases from before versions were written down have none.
        let version: u32 = version.and_then(|version| version.parse().ok()).unwrap_or(0);
        if version != self.version {
            return Ok(version < self.version);
        }
        Ok(read_setting(connection, self.digest_setting).await?.as_deref() != Some(digest))
    }

    /// Writes down that the database has the data of this program now, whose digest this is.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn note(&self, connection: &impl ConnectionTrait, digest: &str) -> Result<(), DbErr> {
        write_setting(connection, self.version_setting, &self.version.to_string()).await?;
        write_setting(connection, self.digest_setting, digest).await
    }
}
