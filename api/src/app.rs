//! The service: what every request needs.

use std::sync::Arc;

use crate::database::Database;
use crate::search::SearchService;
use crate::vocabulary::Vocabulary;

/// The service. One for each process; it holds no truth of its own.
pub struct App {
    /// The database.
    pub database: Database,
    /// The vocabularies.
    pub vocabulary: Arc<Vocabulary>,
    /// Search.
    pub search: SearchService,
    /// The address under which the public reaches the service.
    pub public_url: String,
}
