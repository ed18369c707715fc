//! The files of a sentence model: which there must be, and what they must say.

use std::fs;
use std::path::{Path, PathBuf};

use candle_transformers::models::bert::Config;
use serde::Deserialize;
use serde_json::Value;

/// A text is cut after so many tokens, however many the model could read: what a document is about stands at its beginning,
/// and the work grows with every token.
const MOST_TOKENS: usize = 192;

/// A model that reads fewer tokens reads no sentence.
const FEWEST_TOKENS: usize = 16;

/// The most that a model's numbers may be: enough for the largest of the family, and little enough to be held.
const LARGEST: usize = 1 << 20;

/// Why a folder is not a model that can be used. Each says which file and what is wrong with it.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file is missing or can't be read.
    #[error("{} can't be read: {error}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A file holds something else.
    #[error("{} can't be used: {reason}", file.display())]
    Unusable {
        /// The file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
}

/// What the files of a model say, the weights still packed.
pub struct Files {
    /// The model's shape.
    pub config: Config,
    /// `tokenizer.json`.
    pub tokenizer: Vec<u8>,
    /// `model.safetensors`.
    pub weights: Vec<u8>,
    /// What is put before a text by use.
    pub prompts: Prompts,
    /// After how many tokens a text is cut.
    pub tokens: usize,
}

/// What a model wants to be put before a text: some are trained to tell questions from passages by it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prompts {
    /// Before a query.
    pub query: String,
    /// Before a document.
    pub document: String,
}

/// Names of the files.
pub mod names {
    /// The model's shape.
    pub const CONFIG: &str = "config.json";
    /// How texts are cut into tokens.
    pub const TOKENIZER: &str = "tokenizer.json";
    /// The weights.
    pub const WEIGHTS: &str = "model.safetensors";
    /// How the vectors of tokens become one of the text; the mean where it is missing.
    pub const POOLING: &str = "1_Pooling/config.json";
    /// The prompts, where the model has any.
    pub const PROMPTS: &str = "config_sentence_transformers.json";
    /// The longest text that the model was made for.
    pub const LENGTH: &str = "sentence_bert_config.json";
}

impl Files {
    /// Reads and checks all of them.
    pub fn read(folder: &Path) -> Result<Self, ModelError> {
        let config = config(folder)?;
        check_pooling(folder)?;
        let prompts = prompts(folder)?;
        let tokens = length(folder)?.min(config.max_position_embeddings).min(MOST_TOKENS);
        Ok(Self {
            config,
            tokenizer: bytes(&folder.join(names::TOKENIZER))?,
            weights: bytes(&folder.join(names::WEIGHTS))?,
            prompts,
            tokens,
        })
    }
}

/// A file that can't be used, with the reason.
pub fn unusable(file: &Path, reason: impl ToString) -> ModelError {
    ModelError::Unusable {
        file: file.to_owned(),
        reason: reason.to_string(),
    }
}

fn bytes(file: &Path) -> Result<Vec<u8>, ModelError> {
    fs::read(file).map_err(|error| ModelError::Unreadable {
        file: file.to_owned(),
        error,
    })
}

fn json<Content: for<'de> Deserialize<'de>>(file: &Path) -> Result<Content, ModelError> {
    serde_json::from_slice(&bytes(file)?).map_err(|error| unusable(file, error))
}

/// The content of a file that need not be there.
fn optional(file: &Path) -> Result<Option<Value>, ModelError> {
    if file.exists() { json(file).map(Some) } else { Ok(None) }
}

fn config(folder: &Path) -> Result<Config, ModelError> {
    let file = folder.join(names::CONFIG);
    let content: Value = json(&file)?;
    // A model of another family may have all the numbers of this one and still compute otherwise.
    match content.get("model_type").and_then(Value::as_str) {
        Some("bert") => {}
        other => {
            let found = other.unwrap_or("no type");
            return Err(unusable(
                &file,
                format!("its model_type is {found}; only `bert` is known here"),
            ));
        }
    }
    let config: Config = serde_json::from_value(content).map_err(|error| unusable(&file, error))?;
    let numbers = [
        config.vocab_size,
        config.hidden_size,
        config.num_hidden_layers,
        config.num_attention_heads,
        config.intermediate_size,
        config.max_position_embeddings,
        config.type_vocab_size,
    ];
    if numbers.iter().any(|number| !(1..=LARGEST).contains(number)) {
        return Err(unusable(&file, format!("its sizes must be between 1 and {LARGEST}")));
    }
    if !config.hidden_size.is_multiple_of(config.num_attention_heads) {
        return Err(unusable(&file, "hidden_size must be a multiple of num_attention_heads"));
    }
    if config.max_position_embeddings < FEWEST_TOKENS {
        return Err(unusable(
            &file,
            format!("max_position_embeddings must be at least {FEWEST_TOKENS}"),
        ));
    }
    Ok(config)
}

fn check_pooling(folder: &Path) -> Result<(), ModelError> {
    let file = folder.join(names::POOLING);
    let Some(content) = optional(&file)? else {
        return Ok(());
    };
    let chosen = |name: &str| content.get(name).and_then(Value::as_bool).unwrap_or(false);
    let others = content
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, value)| name.starts_with("pooling_mode_") && value.as_bool() == Some(true))
        .count();
    if !chosen("pooling_mode_mean_tokens") || others != 1 {
        return Err(unusable(
            &file,
            "the model must take the mean of its tokens (pooling_mode_mean_tokens) and nothing else",
        ));
    }
    Ok(())
}

fn prompts(folder: &Path) -> Result<Prompts, ModelError> {
    let Some(content) = optional(&folder.join(names::PROMPTS))? else {
        return Ok(Prompts::default());
    };
    let prompt = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| content.get("prompts")?.get(name)?.as_str())
            .unwrap_or_default()
            .to_owned()
    };
    Ok(Prompts {
        query: prompt(&["query"]),
        document: prompt(&["document", "passage"]),
    })
}

fn length(folder: &Path) -> Result<usize, ModelError> {
    let stated = optional(&folder.join(names::LENGTH))?
        .and_then(|content| content.get("max_seq_length")?.as_u64())
        .and_then(|length| usize::try_from(length).ok())
        .filter(|length| *length >= FEWEST_TOKENS);
    Ok(stated.unwrap_or(MOST_TOKENS))
}
