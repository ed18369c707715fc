//! The service: what every request needs.

use std::sync::Arc;

use crate::database::Database;
use crate::files::folder::Folder;
use crate::identity::service::Identity;
use crate::live::Live;
use crate::search::SearchService;
use crate::search::analytics::tally::Tally;
use crate::vocabulary::Vocabulary;
use crate::vocabulary::slugs::KnownSlugs;

/// The service. One for each process; it holds no truth of its own.
pub struct App {
    /// The database.
    pub database: Database,
    /// The vocabularies.
    pub vocabulary: Arc<Vocabulary>,
    /// The slugs of what filters name beside content.
    pub known_slugs: KnownSlugs,
    /// Search.
    pub search: SearchService,
    /// What subscribers share.
    pub live: Arc<Live>,
    /// Accounts, sessions and tokens.
    pub identity: Arc<Identity>,
    /// What is searched for.
    pub tally: Arc<Tally>,
    /// The bytes of stored files.
    pub files: Folder,
    /// Most bytes of an uploaded file.
    pub max_file_bytes: u64,
    /// The address under which the public reaches the service.
    pub public_url: String,
}
