//! A sentence model, loaded.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::BertModel;
use sha2::{Digest, Sha256};
use tokenizers::{Tokenizer, TruncationParams};

use super::files::{Files, ModelError, Prompts, names, unusable};
use super::packed::Query;
use crate::{LocalizedText, SearchError};

/// To be raised where the same files give other vectors than before.
const FORMAT: &str = "1";

/// How many queries are remembered with their vectors: pages and keystrokes ask the same again.
const REMEMBERED: usize = 256;

/// So much of a text is cut into tokens at all; more would be cut off after that anyway.
const MOST_CHARACTERS: usize = 4_000;

/// Texts that have nothing to do with each other. How alike a model finds these is what it finds of any two texts.
const UNRELATED: [&str; 12] = [
    "The train to the coast leaves at noon",
    "Whisk the eggs before you add the flour",
    "She tuned the violin and closed the case",
    "Interest rates rose for the third quarter",
    "The volcano is covered with snow all year",
    "Press the green button to start the printer",
    "He scored twice in the second half",
    "Roses should be pruned in late winter",
    "The library lends books for four weeks",
    "Two planets can be seen after sunset",
    "This paint dries within an hour",
    "The submarine surfaced near the harbour",
];

/// A text is near a query where their similarity is so much of the way from what any two texts have in common to 1.
const NEAR: f32 = 0.40;

/// A sentence model of the BERT family, on the processor.
pub struct SentenceModel {
    identity: String,
    dimensions: usize,
    bert: BertModel,
    tokenizer: Tokenizer,
    prompts: Prompts,
    near: f32,
    recent: Mutex<VecDeque<(String, Arc<Query>)>>,
}

impl std::fmt::Debug for SentenceModel {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("SentenceModel")
            .field("identity", &self.identity)
            .field("dimensions", &self.dimensions)
            .field("near", &self.near)
            .finish_non_exhaustive()
    }
}

impl SentenceModel {
    /// Loads the model in this folder: `config.json`, `tokenizer.json` and `model.safetensors`, as sentence-transformers keeps
    /// them. Takes memory of about the size of the weights.
    ///
    /// # Errors
    /// Where a file is missing, damaged, of another family, or does not fit the others.
    pub fn load(folder: &Path) -> Result<Self, ModelError> {
        let files = Files::read(folder)?;
        let identity = identity(&files);
        let dimensions = files.config.hidden_size;
        let tokenizer = tokenizer(folder, &files)?;
        let weights = folder.join(names::WEIGHTS);
        let variables = VarBuilder::from_buffered_safetensors(files.weights, DType::F32, &Device::Cpu)
            .map_err(|error| unusable(&weights, error))?;
        let bert = BertModel::load(variables, &files.config).map_err(|error| unusable(&weights, error))?;
        let mut model = Self {
            identity,
            dimensions,
            bert,
            tokenizer,
            prompts: files.prompts,
            near: 0.0,
            recent: Mutex::default(),
        };
        model.near = model.measure_near().map_err(|error| unusable(&weights, error))?;
        Ok(model)
    }

    /// Tells this model from any other: a digest of its files. An index with another's vectors must be built anew.
    #[must_use]
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// How many numbers a vector has.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// The least similarity of a text that is near a query.
    #[must_use]
    pub fn near(&self) -> f32 {
        self.near
    }

    /// The vector of a query.
    ///
    /// # Errors
    /// Where the model can't compute it.
    pub fn query(&self, text: &str) -> Result<Arc<Query>, SearchError> {
        if let Some(known) = self.remembered(text) {
            return Ok(known);
        }
        let vector = self.vector(&format!("{}{text}", self.prompts.query))?;
        let query = Arc::new(Query::new(&vector));
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.truncate(REMEMBERED - 1);
        recent.push_front((text.to_owned(), Arc::clone(&query)));
        Ok(query)
    }

    fn remembered(&self, text: &str) -> Option<Arc<Query>> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let place = recent.iter().position(|(known, _)| known == text)?;
        let entry = recent.remove(place)?;
        let query = Arc::clone(&entry.1);
        recent.push_front(entry);
        Some(query)
    }

    /// What the model is given of a document's text: title, summary and the beginning of the rest.
    #[must_use]
    pub fn passage(&self, text: &LocalizedText) -> String {
        let parts: Vec<&str> = [&text.title, &text.summary, &text.body]
            .into_iter()
            .map(|part| part.trim())
            .filter(|part| !part.is_empty())
            .collect();
        let whole = parts.join("\n");
        let beginning: String = whole.chars().take(MOST_CHARACTERS).collect();
        format!("{}{beginning}", self.prompts.document)
    }

    /// The vector of a text, of length one.
    ///
    /// # Errors
    /// Where the model can't compute it.
    pub fn vector(&self, text: &str) -> Result<Vec<f32>, SearchError> {
        let tokens = self
            .tokenizer
            .encode(text, true)
            .map_err(|error| SearchError::Engine(format!("the search model can't read a text: {error}")))?;
        let vector = self
            .forward(tokens.get_ids())
            .map_err(|error| SearchError::Engine(format!("the search model failed: {error}")))?;
        let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
        if !length.is_finite() || length == 0.0 {
            return Err(SearchError::Engine(
                "the search model gave numbers that are no vector".to_owned(),
            ));
        }
        Ok(vector.into_iter().map(|value| value / length).collect())
    }

    /// The mean of the tokens' vectors.
    fn forward(&self, tokens: &[u32]) -> candle_core::Result<Vec<f32>> {
        let tokens = Tensor::new(tokens, &Device::Cpu)?.unsqueeze(0)?;
        let types = tokens.zeros_like()?;
        let output = self.bert.forward(&tokens, &types, None)?;
        output.mean(1)?.squeeze(0)?.to_vec1()
    }

    /// Models differ in how alike they find any two texts: some never give less than 0.7. So what counts as near is measured
    /// between texts that have nothing in common.
    fn measure_near(&self) -> Result<f32, SearchError> {
        let vectors = UNRELATED
            .iter()
            .map(|text| self.vector(text))
            .collect::<Result<Vec<_>, _>>()?;
        let mut sum = 0.0;
        let mut pairs = 0.0;
        for (place, one) in vectors.iter().enumerate() {
            for other in &vectors[place + 1..] {
                sum += one.iter().zip(other).map(|(one, other)| one * other).sum::<f32>();
                pairs += 1.0;
            }
        }
        let usual = (sum / pairs).clamp(0.0, 1.0);
        Ok(usual + (1.0 - usual) * NEAR)
    }
}

/// The digest of what a text is.
#[must_use]
pub fn digest(text: &str) -> u128 {
    let bytes = Sha256::digest(text.as_bytes());
    bytes
        .iter()
        .take(16)
        .fold(0, |digest, byte| (digest << 8) | u128::from(*byte))
}

fn identity(files: &Files) -> String {
    let mut hash = Sha256::new();
    hash.update(FORMAT);
    hash.update(format!("{:?}{:?}{}", files.config, files.prompts, files.tokens));
    hash.update(Sha256::digest(&files.tokenizer));
    hash.update(Sha256::digest(&files.weights));
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn tokenizer(folder: &Path, files: &Files) -> Result<Tokenizer, ModelError> {
    let file = folder.join(names::TOKENIZER);
    let mut tokenizer = Tokenizer::from_bytes(&files.tokenizer).map_err(|error| unusable(&file, error))?;
    let highest = tokenizer.get_vocab(true).into_values().max().unwrap_or_default();
    if highest as usize >= files.config.vocab_size {
        return Err(unusable(
            &file,
            format!(
                "it has token {highest}, but the vocab_size of {} is {}",
                names::CONFIG,
                files.config.vocab_size
            ),
        ));
    }
    tokenizer
        .with_truncation(Some(TruncationParams {
            max_length: files.tokens,
            ..TruncationParams::default()
        }))
        .map_err(|error| unusable(&file, error))?;
    // One text at a time: nothing to fill up to.
    tokenizer.with_padding(None);
    Ok(tokenizer)
}
