//! Search by meaning, with a model made here: a BERT of one layer that passes on what it is given, so that the vector of a text
//! is the mean of its words' own, and words that are given the same vector mean the same.

#![expect(clippy::expect_used, reason = "a test that can't go on says why and fails")]

#[path = "conformance/alike.rs"]
mod alike;
#[path = "conformance/fixture.rs"]
#[expect(dead_code, reason = "shared with the conformance suite, which needs all of it")]
mod fixture;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use praxis_search::{EmbeddedIndex, Field, Filter, SearchIndex, SearchRequest, SearchResults, SentenceModel, Sort};
use safetensors::tensor::{Dtype, TensorView};
use serde_json::json;

use alike::{ALIKE, titled};
use fixture::{day, document, fill, next_position, numbers, request, search};

const WIDTH: usize = 32;

/// Numbers that look random and are the same every time.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    }

    fn vector(&mut self) -> Vec<f32> {
        (0..WIDTH).map(|_| self.next()).collect()
    }
}

/// Pieces of one and two letters, so that any word can be read, and the words of [`ALIKE`], each group with one vector.
fn vocabulary(seed: u64) -> Vec<(String, Vec<f32>)> {
    let mut numbers = Numbers(seed);
    let mut entries: Vec<(String, Vec<f32>)> = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
        .map(|special| (special.to_owned(), vec![0.0; WIDTH]))
        .to_vec();
    let letters: Vec<String> = ('a'..='z').map(String::from).collect();
    let pairs = letters
        .iter()
        .flat_map(|one| letters.iter().map(move |other| format!("{one}{other}")));
    let pieces: Vec<String> = letters.iter().cloned().chain(pairs).collect();
    for mark in ["", "##"] {
        for piece in &pieces {
            entries.push((format!("{mark}{piece}"), numbers.vector()));
        }
    }
    for group in ALIKE {
        let vector = numbers.vector();
        entries.extend(group.iter().map(|word| ((*word).to_owned(), vector.clone())));
    }
    entries
}

/// Writes a model into a folder.
fn write_model(folder: &Path, seed: u64) {
    let vocabulary = vocabulary(seed);
    let config = json!({
        "model_type": "bert", "vocab_size": vocabulary.len(), "hidden_size": WIDTH, "num_hidden_layers": 1,
        "num_attention_heads": 2, "intermediate_size": 8, "hidden_act": "gelu", "hidden_dropout_prob": 0.1,
        "max_position_embeddings": 64, "type_vocab_size": 2, "initializer_range": 0.02, "layer_norm_eps": 1e-12,
        "pad_token_id": 0,
    });
    let ids: BTreeMap<&str, usize> = vocabulary
        .iter()
        .enumerate()
        .map(|(id, (text, _))| (text.as_str(), id))
        .collect();
    let special = |text: &str| json!({ "id": text, "ids": [ids[text]], "tokens": [text] });
    let tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
        "normalizer": { "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": true,
                        "lowercase": true },
        "pre_tokenizer": { "type": "BertPreTokenizer" },
        "post_processor": { "type": "TemplateProcessing",
            "single": [{ "SpecialToken": { "id": "[CLS]", "type_id": 0 } }, { "Sequence": { "id": "A", "type_id": 0 } },
                       { "SpecialToken": { "id": "[SEP]", "type_id": 0 } }],
            "pair": [{ "Sequence": { "id": "A", "type_id": 0 } }, { "Sequence": { "id": "B", "type_id": 1 } }],
            "special_tokens": { "[CLS]": special("[CLS]"), "[SEP]": special("[SEP]") } },
        "decoder": null,
        "model": { "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                   "max_input_chars_per_word": 100, "vocab": ids },
    });
    fs::write(folder.join("config.json"), config.to_string()).expect("written");
    fs::write(folder.join("tokenizer.json"), tokenizer.to_string()).expect("written");
    fs::write(folder.join("model.safetensors"), weights(&vocabulary)).expect("written");
    fs::create_dir_all(folder.join("1_Pooling")).expect("made");
    let pooling = json!({ "pooling_mode_cls_token": false, "pooling_mode_mean_tokens": true });
    fs::write(folder.join("1_Pooling/config.json"), pooling.to_string()).expect("written");
}

/// Attention and the layer behind it add nothing, so that words go through as they are.
fn weights(vocabulary: &[(String, Vec<f32>)]) -> Vec<u8> {
    let words: Vec<f32> = vocabulary.iter().flat_map(|(_, vector)| vector.clone()).collect();
    let mut tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)> = BTreeMap::new();
    let mut add = |name: &str, shape: &[usize], value: f32| {
        let numbers = vec![value; shape.iter().product()];
        tensors.insert(name.to_owned(), (shape.to_vec(), numbers));
    };
    add("embeddings.position_embeddings.weight", &[64, WIDTH], 0.0);
    add("embeddings.token_type_embeddings.weight", &[2, WIDTH], 0.0);
    for part in [
        "embeddings",
        "encoder.layer.0.attention.output",
        "encoder.layer.0.output",
    ] {
        add(&format!("{part}.LayerNorm.weight"), &[WIDTH], 1.0);
        add(&format!("{part}.LayerNorm.bias"), &[WIDTH], 0.0);
    }
    for part in [
        "attention.self.query",
        "attention.self.key",
        "attention.self.value",
        "attention.output.dense",
    ] {
        add(&format!("encoder.layer.0.{part}.weight"), &[WIDTH, WIDTH], 0.0);
        add(&format!("encoder.layer.0.{part}.bias"), &[WIDTH], 0.0);
    }
    add("encoder.layer.0.intermediate.dense.weight", &[8, WIDTH], 0.0);
    add("encoder.layer.0.intermediate.dense.bias", &[8], 0.0);
    add("encoder.layer.0.output.dense.weight", &[WIDTH, 8], 0.0);
    add("encoder.layer.0.output.dense.bias", &[WIDTH], 0.0);
    tensors.insert(
        "embeddings.word_embeddings.weight".to_owned(),
        (vec![vocabulary.len(), WIDTH], words),
    );
    let bytes: Vec<(String, Vec<usize>, Vec<u8>)> = tensors
        .into_iter()
        .map(|(name, (shape, numbers))| (name, shape, numbers.into_iter().flat_map(f32::to_le_bytes).collect()))
        .collect();
    let views = bytes.iter().map(|(name, shape, bytes)| {
        (
            name,
            TensorView::new(Dtype::F32, shape.clone(), bytes).expect("a tensor"),
        )
    });
    safetensors::serialize(views, None).expect("written")
}

fn model(seed: u64) -> Arc<SentenceModel> {
    let folder = tempfile::tempdir().expect("a folder");
    write_model(folder.path(), seed);
    Arc::new(SentenceModel::load(folder.path()).expect("a model"))
}

/// An index with a model, and its folder.
fn index() -> (tempfile::TempDir, EmbeddedIndex) {
    let folder = tempfile::tempdir().expect("a folder");
    let index = EmbeddedIndex::open_with(folder.path(), Some(model(1))).expect("opens");
    (folder, index)
}

async fn ask(index: &EmbeddedIndex, query: &str) -> SearchResults {
    search(index, &request(query)).await
}

#[tokio::test]
async fn what_says_the_same_in_other_words_is_found_after_what_has_the_words() {
    let (_folder, index) = index();
    fill(&index, titled(&["Physician", "Doctor", "School", "Médecin"])).await;
    let explained = SearchRequest {
        explain: true,
        highlight: true,
        ..request("doctor")
    };
    let results = search(&index, &explained).await;
    assert_eq!(results.total, 3);
    assert_eq!(numbers(&results)[0], 2);
    assert!(
        results
            .hits
            .iter()
            .all(|hit| hit.similarity.is_some_and(|similarity| similarity > 0.95))
    );
    assert!(
        results
            .hits
            .iter()
            .all(|hit| hit.matches.is_empty() == (fixture::number(hit.id) != 2))
    );
    assert!(results.hits.windows(2).all(|pair| pair[0].score >= pair[1].score));
    assert_eq!(results.corrected_query, None);
}

#[tokio::test]
async fn what_is_near_nothing_finds_nothing() {
    let (_folder, index) = index();
    fill(&index, titled(&["Physician", "Doctor", "School"])).await;
    for query in ["zqxv wvkj", "qqqqqqqq", "the", "?!", "zq"] {
        let results = ask(&index, query).await;
        assert_eq!((results.total, results.corrected_query), (0, None), "{query}");
    }
}

#[tokio::test]
async fn words_are_corrected_and_left_out_as_without_a_model() {
    let titles = [
        "Doctor petition",
        "Physician petition",
        "School petition campaign",
        "Academy",
    ];
    let (_folder, with) = index();
    fill(&with, titled(&titles)).await;
    let folder = tempfile::tempdir().expect("a folder");
    let without = EmbeddedIndex::open(folder.path()).expect("opens");
    fill(&without, titled(&titles)).await;
    for query in [
        "petitoin",
        "doctor campaign",
        "shcool",
        "petition",
        "school petition campaign xyzzy",
        "automobile",
    ] {
        let (one, other) = (ask(&with, query).await, ask(&without, query).await);
        assert_eq!(one.corrected_query, other.corrected_query, "{query}");
        let found = numbers(&one);
        assert!(
            numbers(&other).iter().all(|number| found.contains(number)),
            "{query}: {found:?}"
        );
    }
    // The misspelt word is meant as it is corrected.
    assert_eq!(numbers(&ask(&with, "acadmey").await)[0], 4);
}

#[tokio::test]
async fn a_filter_holds_for_what_was_found_by_meaning_and_facets_count_it() {
    let (_folder, index) = index();
    let mut documents = titled(&["Doctor", "Physician", "Medecin", "School"]);
    for (document, kind) in documents.iter_mut().zip(["LESSON", "LESSON", "RESOURCE", "LESSON"]) {
        document.kind = kind.to_owned();
    }
    fill(&index, documents).await;
    let asked = SearchRequest {
        filter: Filter {
            any_of: BTreeMap::from([(Field::Kind, vec!["RESOURCE".to_owned()])]),
            ..Filter::default()
        },
        facets: vec![Field::Kind],
        ..request("doctor")
    };
    let results = search(&index, &asked).await;
    assert_eq!(numbers(&results), [3]);
    assert_eq!(results.total, 1);
    assert_eq!(
        results.facets[0].values,
        [("LESSON".to_owned(), 2), ("RESOURCE".to_owned(), 1)]
    );
}

#[tokio::test]
async fn pages_follow_each_other_and_totals_stay_the_same() {
    let (_folder, index) = index();
    let titles: Vec<&str> = (0..40)
        .map(|place| ["Doctor", "Physician", "School", "Medecin"][place % 4])
        .collect();
    // Two commits, so that there are two segments.
    let documents = titled(&titles);
    fill(&index, documents[..25].to_vec()).await;
    fill(&index, documents[25..].to_vec()).await;
    for sort in [Sort::Relevance, Sort::Newest, Sort::Strongest] {
        let mut seen = Vec::new();
        for offset in (0..).step_by(7) {
            let asked = SearchRequest {
                offset,
                limit: 7,
                sort,
                ..request("physician")
            };
            let results = search(&index, &asked).await;
            assert_eq!(results.total, 30);
            if results.hits.is_empty() {
                break;
            }
            seen.extend(numbers(&results));
        }
        let by_words = seen.iter().take(10).all(|number| number % 4 == 2);
        assert!(by_words, "{sort:?}: {seen:?}");
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 30, "{sort:?}");
    }
}

#[tokio::test]
async fn a_changed_or_deleted_document_is_found_by_what_it_says_now() {
    let (_folder, index) = index();
    fill(&index, titled(&["Physician", "Academy"])).await;
    let mut changed = document(1, "Academy", "", "");
    changed.revision = 2;
    fill(&index, vec![changed]).await;
    assert_eq!(ask(&index, "doctor").await.total, 0);
    assert_eq!(ask(&index, "school").await.total, 2);
    let gone = praxis_search::IndexChange::Delete(fixture::id(2));
    index.apply(vec![gone], next_position()).await.expect("applied");
    assert_eq!(numbers(&ask(&index, "school").await), [1]);
}

#[tokio::test]
async fn each_language_of_a_document_counts() {
    let (_folder, index) = index();
    let texts = [("en", "Petition campaign", "", ""), ("fr", "Ecole", "", "")];
    fill(&index, vec![fixture::in_languages(1, &texts)]).await;
    assert_eq!(numbers(&ask(&index, "academy").await), [1]);
}

#[tokio::test]
async fn another_model_or_none_has_the_index_built_anew_and_the_live_one_answers_until_then() {
    let folder = tempfile::tempdir().expect("a folder");
    let documents = titled(&["Doctor", "Physician"]);
    let mut expected = None;
    for (model, hits) in [(None, 1), (Some(model(1)), 2), (Some(model(2)), 2), (None, 1)] {
        let index = EmbeddedIndex::open_with(folder.path(), model).expect("opens");
        assert_eq!(
            index.position().await.expect("an answer"),
            None,
            "not yet of this model"
        );
        if expected.is_some() {
            // By its words, whatever vectors it has.
            assert_eq!(numbers(&ask(&index, "doctor").await), [1]);
        }
        let mut rebuild = index.rebuild().await.expect("started");
        rebuild.add(documents.clone()).await.expect("added");
        let position = next_position();
        rebuild.finish(position).await.expect("swapped");
        expected = Some(position);
        assert_eq!(index.position().await.expect("an answer"), expected);
        assert_eq!(ask(&index, "doctor").await.total, hits);
    }
}

#[tokio::test]
async fn the_same_model_finds_its_index_as_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let position = {
        let index = EmbeddedIndex::open_with(folder.path(), Some(model(1))).expect("opens");
        fill(&index, titled(&["Doctor", "Physician"])).await;
        index.position().await.expect("an answer")
    };
    assert!(position.is_some());
    let index = EmbeddedIndex::open_with(folder.path(), Some(model(1))).expect("opens");
    assert_eq!(index.position().await.expect("an answer"), position);
    assert_eq!(ask(&index, "doctor").await.total, 2);
    let reader = EmbeddedIndex::open_read_only(folder.path(), Some(model(1))).expect("opens");
    assert_eq!(ask(&reader, "physician").await.total, 2);
}

#[tokio::test]
async fn what_came_in_before_a_rebuild_is_in_it_once() {
    let (_folder, index) = index();
    fill(&index, titled(&["Doctor", "Physician"])).await;
    let mut rebuild = index.rebuild().await.expect("started");
    // The same texts, whose vectors are taken over, twice, and a new one.
    rebuild
        .add(titled(&["Doctor", "Physician", "Academy"]))
        .await
        .expect("added");
    rebuild.add(titled(&["Doctor"])).await.expect("added");
    rebuild.finish(next_position()).await.expect("swapped");
    assert_eq!(ask(&index, "medecin doctor").await.total, 2);
    assert_eq!(numbers(&ask(&index, "ecole school").await), [3]);
}

#[tokio::test]
async fn the_newest_come_first_among_those_with_the_words() {
    let (_folder, index) = index();
    let mut documents = titled(&["Doctor", "Physician", "Doctor"]);
    for (days, document) in (0..).zip(&mut documents) {
        document.published_at = day(days);
    }
    fill(&index, documents).await;
    let asked = SearchRequest {
        sort: Sort::Newest,
        ..request("doctor")
    };
    assert_eq!(numbers(&search(&index, &asked).await), [3, 1, 2]);
}

#[test]
fn a_folder_that_is_no_model_is_refused_with_the_file_and_the_reason() {
    let nowhere = SentenceModel::load(Path::new("/nowhere/at/all")).expect_err("refused");
    assert!(nowhere.to_string().contains("config.json can't be read"), "{nowhere}");
    type Damage = Box<dyn Fn(Vec<u8>) -> Vec<u8>>;
    let with = |name: &'static str, changed: serde_json::Value| -> Damage {
        Box::new(move |text| {
            let mut value: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
            value[name] = changed.clone();
            serde_json::to_vec(&value).expect("JSON")
        })
    };
    let cases: Vec<(&str, Damage, &str)> = vec![
        ("config.json", Box::new(|_| b"{".to_vec()), "config.json can't be used"),
        ("config.json", with("model_type", json!("roberta")), "roberta"),
        ("config.json", with("hidden_size", json!(0)), "sizes"),
        ("config.json", with("hidden_size", json!(33)), "multiple"),
        ("config.json", with("vocab_size", json!(100)), "vocab_size"),
        ("config.json", with("max_position_embeddings", json!(1)), "max_position"),
        (
            "config.json",
            with("hidden_size", json!(64)),
            "model.safetensors can't be used",
        ),
        ("config.json", with("num_hidden_layers", json!(2)), "model.safetensors"),
        (
            "tokenizer.json",
            Box::new(|_| b"[]".to_vec()),
            "tokenizer.json can't be used",
        ),
        (
            "model.safetensors",
            Box::new(|bytes| bytes[..bytes.len() / 2].to_vec()),
            "model.safetensors can't be used",
        ),
        (
            "model.safetensors",
            Box::new(|_| Vec::new()),
            "model.safetensors can't be used",
        ),
        (
            "1_Pooling/config.json",
            Box::new(|_| br#"{"pooling_mode_cls_token":true}"#.to_vec()),
            "mean",
        ),
    ];
    for (file, damage, reason) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        write_model(folder.path(), 1);
        let path = folder.path().join(file);
        fs::write(&path, damage(fs::read(&path).expect("readable"))).expect("written");
        let refused = SentenceModel::load(folder.path()).expect_err(reason);
        assert!(refused.to_string().contains(reason), "{file}, {reason}: {refused}");
    }
    for file in ["config.json", "tokenizer.json", "model.safetensors"] {
        let folder = tempfile::tempdir().expect("a folder");
        write_model(folder.path(), 1);
        fs::remove_file(folder.path().join(file)).expect("removed");
        let refused = SentenceModel::load(folder.path()).expect_err(file);
        assert!(
            refused.to_string().contains(&format!("{file} can't be read")),
            "{refused}"
        );
    }
}
