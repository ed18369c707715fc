//! What is promised of the embedded engine alone: its files, and other processes beside it.

#![expect(clippy::expect_used, reason = "a test that can't go on says why and fails")]

#[path = "conformance/fixture.rs"]
#[expect(dead_code, reason = "shared with the conformance suite, which needs all of it")]
mod fixture;

use std::fs;
use std::path::Path;
use std::time::Duration;

use praxis_search::{EmbeddedIndex, MeilisearchIndex, SearchError, SearchIndex, SuggestRequest};

use fixture::{document, fill, found, in_languages, next_position, request, search};

fn generations(folder: &Path) -> Vec<String> {
    fs::read_dir(folder)
        .expect("readable")
        .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with("generation-"))
        .collect()
}

#[tokio::test]
async fn an_index_is_the_same_after_reopening() {
    let folder = tempfile::tempdir().expect("a folder");
    let position = {
        let index = EmbeddedIndex::open(folder.path()).expect("opens");
        fill(&index, vec![document(1, "Petition", "", "")]).await;
        index.position().await.expect("an answer")
    };
    let index = EmbeddedIndex::open(folder.path()).expect("opens");
    assert_eq!(index.position().await.expect("an answer"), position);
    assert_eq!(found(&index, "petition").await, [1]);
}

#[tokio::test]
async fn a_rebuild_by_another_process_is_noticed_and_the_old_files_go() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = EmbeddedIndex::open(folder.path()).expect("opens");
    fill(&server, vec![document(1, "Old petition", "", "")]).await;
    // Locks are held by open files, so a second opening stands for a second process.
    let command = EmbeddedIndex::open(folder.path()).expect("opens beside");
    let mut rebuild = command.rebuild().await.expect("started");
    rebuild
        .add(vec![document(2, "New petition", "", "")])
        .await
        .expect("added");
    let position = next_position();
    rebuild.finish(position).await.expect("swapped");
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert_eq!(found(&server, "petition").await, [2]);
    let refused = server.apply(Vec::new(), next_position()).await;
    assert!(matches!(refused, Err(SearchError::Swapped(_))), "{refused:?}");
    assert_eq!(server.position().await.expect("an answer"), Some(position));
    fill(&server, vec![document(3, "Later petition", "", "")]).await;
    assert_eq!(found(&server, "petition").await, [2, 3]);
    assert_eq!(generations(folder.path()).len(), 1);
}

#[tokio::test]
async fn only_one_process_writes_and_others_may_read() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(EmbeddedIndex::open_read_only(folder.path(), None).is_err());
    let server = EmbeddedIndex::open(folder.path()).expect("opens");
    fill(&server, vec![document(1, "Petition", "", "")]).await;
    let second = EmbeddedIndex::open(folder.path()).expect("opens");
    let refused = second.apply(Vec::new(), next_position()).await;
    assert!(matches!(refused, Err(SearchError::Locked(_))), "{refused:?}");
    let reader = EmbeddedIndex::open_read_only(folder.path(), None).expect("opens");
    assert_eq!(found(&reader, "petition").await, [1]);
    let refused = reader.apply(Vec::new(), next_position()).await;
    assert!(matches!(refused, Err(SearchError::Locked(_))), "{refused:?}");
    fill(&server, vec![document(2, "Petition", "", "")]).await;
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert_eq!(found(&reader, "petition").await, [1, 2]);
}

#[tokio::test]
async fn an_index_that_is_damaged_starts_empty_and_asks_to_be_rebuilt() {
    for damage in ["meta.json", "CURRENT"] {
        let folder = tempfile::tempdir().expect("a folder");
        {
            let index = EmbeddedIndex::open(folder.path()).expect("opens");
            fill(&index, vec![document(1, "Petition", "", "")]).await;
        }
        let generation = generations(folder.path()).pop().expect("one");
        let file = if damage == "CURRENT" {
            folder.path().join(damage)
        } else {
            folder.path().join(generation).join(damage)
        };
        fs::write(file, "not what was here").expect("written");
        let index = EmbeddedIndex::open(folder.path()).expect("opens");
        assert_eq!(index.position().await.expect("an answer"), None, "{damage}");
        fill(&index, vec![document(2, "Petition", "", "")]).await;
        assert_eq!(found(&index, "petition").await, [2], "{damage}");
    }
}

#[tokio::test]
async fn what_a_crash_left_behind_is_cleaned_up() {
    let folder = tempfile::tempdir().expect("a folder");
    {
        let index = EmbeddedIndex::open(folder.path()).expect("opens");
        fill(&index, vec![document(1, "Petition", "", "")]).await;
    }
    fs::create_dir(folder.path().join("generation-unfinished")).expect("made");
    let index = EmbeddedIndex::open(folder.path()).expect("opens");
    assert_eq!(generations(folder.path()).len(), 1);
    assert_eq!(found(&index, "petition").await, [1]);
}

#[test]
fn addresses_keys_and_names_that_can_not_work_are_refused() {
    for (url, key, name) in [
        ("", None, "praxis"),
        ("ftp://127.0.0.1", None, "praxis"),
        ("http://127.0.0.1:1", Some("two\nlines"), "praxis"),
        ("http://127.0.0.1:1", Some("schlüssel"), "praxis"),
        ("http://127.0.0.1:1", Some("nul\u{0}"), "praxis"),
        ("http://127.0.0.1:1", None, ""),
        ("http://127.0.0.1:1", None, "a/b"),
    ] {
        assert!(
            MeilisearchIndex::connect(url, key, name).is_err(),
            "{url} {key:?} {name}"
        );
    }
    assert!(MeilisearchIndex::connect("http://127.0.0.1:1/", Some("key\n"), "praxis").is_ok());
}

#[tokio::test]
async fn a_server_that_is_away_is_an_error_and_not_a_panic() {
    // Nothing listens on the port of the discard service.
    let index = MeilisearchIndex::connect("http://127.0.0.1:9", None, "praxis")
        .expect("a usable address")
        .with_search_timeout(Duration::from_millis(500));
    let answer = index.search(&fixture::request("anything")).await;
    assert!(matches!(answer, Err(SearchError::Unavailable(_))), "{answer:?}");
    assert!(matches!(index.health().await, Err(SearchError::Unavailable(_))));
    assert!(matches!(index.position().await, Err(SearchError::Unavailable(_))));
}

#[tokio::test]
async fn an_acronym_suggests_what_is_called_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let index = EmbeddedIndex::open(folder.path()).expect("opens");
    let mut health = document(1, "World Health Organization", "", "");
    health.keywords = vec!["WHO".to_owned()];
    let mut report = document(2, "Who is who in health", "", "");
    report.keywords = vec!["WHO".to_owned()];
    report.strength_score = Some(90);
    fill(&index, vec![health, report]).await;
    let typed = SuggestRequest {
        prefix: "who".to_owned(),
        limit: 5,
    };
    let suggested = index.suggest(&typed).await.expect("an answer");
    let titles: Vec<&str> = suggested.iter().map(|found| found.text.as_str()).collect();
    assert_eq!(titles, ["Who is who in health", "World Health Organization"]);
}

#[tokio::test]
async fn what_was_searched_instead_is_shown_without_the_marks_of_what_was_left_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let index = EmbeddedIndex::open(folder.path()).expect("opens");
    let mut item = document(1, "Budget", "", "");
    item.keywords = vec!["A/68".to_owned()];
    fill(&index, vec![item, in_languages(2, &[("zh", "儿童权利", "", "")])]).await;
    for (query, shown) in [
        ("A/68/253", "A/68"),
        ("title:budget", "budget"),
        ("<xx>budget</xx>", "budget"),
        ("权利指南书", "权利"),
        ("儿童福利", "儿童"),
    ] {
        let results = search(&index, &request(query)).await;
        assert_eq!(results.corrected_query.as_deref(), Some(shown), "{query}");
    }
}
