//! An embedder that the server runs or asks, as the operator describes it: with it the server finds by meaning too.

use std::path::Path;

use meilisearch_sdk::settings::{Embedder, EmbedderSource};
use serde_json::Value;
use sha2::{Digest, Sha256};
use thiserror::Error;

/// The name that it has in the index.
pub const NAME: &str = "praxis";

/// What a vector of a document is made of, where the operator does not say.
const TEMPLATE: &str = "{% for text in doc.texts %}{{ text.title }}. {{ text.summary }} {% endfor %}";
const TEMPLATE_BYTES: usize = 2_000;

/// An embedder of a Meilisearch server.
#[derive(Clone)]
pub struct MeilisearchEmbedder {
    settings: Embedder,
    near: f32,
    identity: String,
}

impl std::fmt::Debug for MeilisearchEmbedder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Not its settings, which may hold a key.
        formatter
            .debug_struct("MeilisearchEmbedder")
            .field("source", &self.settings.source)
            .field("near", &self.near)
            .finish_non_exhaustive()
    }
}

/// Why an embedder can't be used.
#[derive(Debug, Error)]
pub enum EmbedderError {
    /// The file can't be read.
    #[error("the file can't be read: {0}")]
    Unreadable(#[from] std::io::Error),
    /// It is no JSON, or a value is of the wrong type. Values are not shown: one may be a key.
    #[error("line {line}, column {column} is not as the settings of an embedder are written")]
    Malformed {
        /// Where.
        line: usize,
        /// Where in the line.
        column: usize,
    },
    /// A field that no embedder has.
    #[error("an embedder has no field {0:?}")]
    UnknownField(String),
    /// Nobody would give it vectors.
    #[error(
        "the source userProvided needs somebody who sends vectors; take huggingFace, openAi, ollama, rest or composite"
    )]
    UserProvided,
    /// The bound makes no sense.
    #[error("the least similarity of what is near (PRAXIS_MEILISEARCH_NEAR) must be above 0 and below 1, not {0}")]
    Near(f32),
}

impl MeilisearchEmbedder {
    /// Reads its description, in the words of Meilisearch's own setting for one embedder, from a file of JSON. What has at least
    /// the similarity `near` to a query, between 0 and 1 as the server gives it, is near in meaning.
    ///
    /// # Errors
    /// Where the file can't be read or describes no embedder, or the bound is none.
    pub fn read(path: &Path, near: f32) -> Result<Self, EmbedderError> {
        Self::parse(&std::fs::read_to_string(path)?, near)
    }

    /// The same, from the text of the file.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(text: &str, near: f32) -> Result<Self, EmbedderError> {
        if !(near > 0.0 && near < 1.0) {
            return Err(EmbedderError::Near(near));
        }
        let malformed = |error: serde_json::Error| EmbedderError::Malformed {
            line: error.line(),
            column: error.column(),
        };
        let mut settings: Embedder = serde_json::from_str(text).map_err(malformed)?;
        let written: Value = serde_json::from_str(text).map_err(malformed)?;
        let understood = serde_json::to_value(&settings).map_err(malformed)?;
        // The client leaves out what it does not know, and a misspelt field would go unnoticed.
        let unknown = written.as_object().and_then(|fields| {
            fields
                .iter()
                .find(|(name, value)| understood.get(name).is_none() && !value.is_null())
        });
        if let Some((name, _)) = unknown {
            return Err(EmbedderError::UnknownField(name.clone()));
        }
        if settings.source == EmbedderSource::UserProvided {
            return Err(EmbedderError::UserProvided);
        }
        add_template(&mut settings);
        let canonical = serde_json::to_vec(&settings).map_err(malformed)?;
        let identity = Sha256::digest(canonical)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Ok(Self {
            settings,
            near,
            identity,
        })
    }

    /// Its settings as the server takes them.
    #[must_use]
    pub fn settings(&self) -> &Embedder {
        &self.settings
    }

    /// The least similarity of what is near a query.
    #[must_use]
    pub fn near(&self) -> f32 {
        self.near
    }

    /// Tells these settings from any other: vectors of one say nothing about those of another.
    #[must_use]
    pub fn identity(&self) -> &str {
        &self.identity
    }
}

/// Says what vectors are made of, where nobody has.
fn add_template(settings: &mut Embedder) {
    let embedder = match settings.indexing_embedder.as_deref_mut() {
        Some(indexing) => indexing,
        None => settings,
    };
    if embedder.document_template.is_none() && embedder.indexing_fragments.is_none() {
        embedder.document_template = Some(TEMPLATE.to_owned());
        embedder.document_template_max_bytes.get_or_insert(TEMPLATE_BYTES);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLLAMA: &str = r#"{ "source": "ollama", "model": "bge-m3", "apiKey": "hush" }"#;

    #[test]
    fn what_vectors_are_made_of_is_added_where_nobody_says_it() {
        let embedder = MeilisearchEmbedder::parse(OLLAMA, 0.7).unwrap();
        assert_eq!(embedder.settings().document_template.as_deref(), Some(TEMPLATE));
        let own = OLLAMA.replace("hush\"", "hush\", \"documentTemplate\": \"{{doc.kind}}\"");
        let own = MeilisearchEmbedder::parse(&own, 0.7).unwrap();
        assert_eq!(own.settings().document_template.as_deref(), Some("{{doc.kind}}"));
        assert_ne!(own.identity(), embedder.identity());
        assert!(!format!("{embedder:?}").contains("hush"));
    }

    #[test]
    fn what_describes_no_embedder_is_refused_with_its_place_and_without_its_values() {
        let refused = |text: &str| MeilisearchEmbedder::parse(text, 0.7).unwrap_err().to_string();
        assert!(refused("{\n  \"source\": \"hush\" }").contains("line 2"));
        assert!(!refused("{ \"source\": \"hush\" }").contains("hush"));
        assert!(refused(r#"{ "source": "ollama", "modell": "x" }"#).contains("\"modell\""));
        assert!(refused(r#"{ "source": "userProvided", "dimensions": 3 }"#).contains("userProvided"));
        for near in [0.0, 1.0, -1.0, f32::NAN] {
            assert!(matches!(
                MeilisearchEmbedder::parse(OLLAMA, near),
                Err(EmbedderError::Near(_))
            ));
        }
    }
}
