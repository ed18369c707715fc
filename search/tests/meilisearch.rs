//! What is promised of Meilisearch alone: that an index which is lost, or still to be built, is not taken for an empty one; that
//! several processes may share an index; how it reads words.
//!
//! Tested when `PRAXIS_TEST_MEILISEARCH_URL` is set.

#![expect(clippy::expect_used, reason = "a test that can't go on says why and fails")]

#[path = "conformance/fixture.rs"]
#[expect(dead_code, reason = "shared with the conformance suite, which needs all of it")]
mod fixture;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use meilisearch_sdk::client::Client;
use meilisearch_sdk::tasks::TasksSearchQuery;
use praxis_search::{IndexChange, MeilisearchIndex, SearchError, SearchIndex, SuggestRequest, Synonyms};

use fixture::{document, fill, found, hits, id, in_languages, next_position, numbers, request, search};

/// The address of the server that the environment names, if any.
fn address() -> Option<String> {
    let address = std::env::var("PRAXIS_TEST_MEILISEARCH_URL").ok();
    if address.is_none() {
        eprintln!("SKIPPED: what Meilisearch alone promises (PRAXIS_TEST_MEILISEARCH_URL is not set)");
    }
    address
}

fn key() -> Option<String> {
    std::env::var("PRAXIS_TEST_MEILISEARCH_KEY").ok()
}

fn index_name(test: &str) -> String {
    format!("meilisearch_{}_{test}", std::process::id())
}

/// The index of a test, as another process would open it.
fn open(address: &str, test: &str) -> MeilisearchIndex {
    MeilisearchIndex::connect(address, key().as_deref(), &index_name(test)).expect("a usable address and key")
}

/// Removes an index of the server's behind the back of who uses it.
async fn lose(address: &str, name: &str) {
    let admin = Client::new(address, key()).expect("a client");
    let task = admin.delete_index(name).await.expect("accepted");
    task.wait_for_completion(&admin, None, None).await.expect("done");
}

async fn assert_unavailable(index: &dyn SearchIndex) {
    let search = index.search(&request("petition")).await;
    assert!(matches!(search, Err(SearchError::Unavailable(_))), "{search:?}");
    let prefix = SuggestRequest {
        prefix: "peti".to_owned(),
        limit: 5,
    };
    let suggestions = index.suggest(&prefix).await;
    assert!(
        matches!(suggestions, Err(SearchError::Unavailable(_))),
        "{suggestions:?}"
    );
    let similar = index.similar(id(1), 5).await;
    assert!(matches!(similar, Err(SearchError::Unavailable(_))), "{similar:?}");
    assert!(index.health().await.is_err());
    assert_eq!(index.position().await.expect("an answer"), None);
}

#[tokio::test]
async fn a_lost_index_is_not_an_empty_one_until_it_was_built_anew() {
    let Some(address) = address() else { return };
    let index = open(&address, "lost");
    fill(&index, vec![document(1, "Petition", "", "")]).await;
    assert_eq!(found(&index, "petition").await, [1]);
    lose(&address, &index_name("lost")).await;
    // What was followed before does not go on in an index that lacks all the rest.
    let change = IndexChange::Upsert(Box::new(document(2, "Petition", "", "")));
    let refused = index.apply(vec![change], next_position()).await;
    assert!(matches!(refused, Err(SearchError::Swapped(_))), "{refused:?}");
    lose(&address, &format!("{}_position", index_name("lost"))).await;
    assert_unavailable(&index).await;
    let synonyms = Synonyms::from_groups([["petition", "request"]]);
    index.set_synonyms(synonyms).await.expect("set");
    assert_unavailable(&index).await;
    let mut rebuild = index.rebuild().await.expect("started");
    rebuild.add(vec![document(1, "Petition", "", "")]).await.expect("added");
    assert_unavailable(&index).await;
    let position = next_position();
    rebuild.finish(position).await.expect("swapped");
    assert_eq!(index.position().await.expect("an answer"), Some(position));
    index.health().await.expect("healthy");
    assert_eq!(found(&index, "request").await, [1]);
    assert!(found(&index, "xylophone").await.is_empty());
    index.remove().await.expect("removed");
}

#[tokio::test]
async fn an_index_without_the_record_of_its_position_is_still_to_be_built() {
    let Some(address) = address() else { return };
    let index = open(&address, "unrecorded");
    fill(&index, vec![document(1, "Review", "", "")]).await;
    assert!(found(&index, "petition").await.is_empty());
    lose(&address, &format!("{}_position", index_name("unrecorded"))).await;
    assert_unavailable(&index).await;
    let rebuild = index.rebuild().await.expect("started");
    rebuild.finish(next_position()).await.expect("swapped");
    assert!(found(&index, "review").await.is_empty());
    index.remove().await.expect("removed");
}

#[tokio::test]
async fn languages_that_another_process_brought_are_kept_and_searched() {
    let Some(address) = address() else { return };
    let one = open(&address, "languages");
    fill(&one, vec![document(1, "Registering the births", "", "")]).await;
    let other = open(&address, "languages");
    fill(
        &other,
        vec![in_languages(
            2,
            &[("fr", "Les mécanismes nationaux de protection", "", "")],
        )],
    )
    .await;
    fill(&one, vec![document(3, "Another title", "", "")]).await;
    for index in [one, other, open(&address, "languages")] {
        assert_eq!(found(&index, "registered birth").await, [1]);
        assert_eq!(found(&index, "mécanisme national").await, [2]);
    }
    open(&address, "languages").remove().await.expect("removed");
}

#[tokio::test]
async fn a_short_word_finds_no_words_that_only_begin_like_it() {
    let Some(address) = address() else { return };
    let index = open(&address, "short");
    fill(
        &index,
        vec![
            document(1, "Army barracks", "", ""),
            document(2, "Armbands and arms", "", ""),
            document(3, "Armistice in the area", "", ""),
        ],
    )
    .await;
    assert_eq!(found(&index, "army").await, [1]);
    assert_eq!(found(&index, "barracs").await, [1]);
    index.remove().await.expect("removed");
}

#[tokio::test]
async fn synonyms_and_texts_meet_whatever_letters_and_accents_they_are_written_with() {
    let Some(address) = address() else { return };
    let index = open(&address, "folded");
    let synonyms = Synonyms::from_groups([["детский дом", "orphanage", "приёмный центр"]]);
    index.set_synonyms(synonyms).await.expect("set");
    fill(
        &index,
        vec![
            in_languages(1, &[("ru", "Детский дом в Твери", "", "")]),
            document(2, "An orphanage in Tver", "", ""),
            in_languages(3, &[("ru", "Приёмный центр", "", "")]),
        ],
    )
    .await;
    for query in [
        "детский дом",
        "ДЕТСКИЙ ДОМ",
        "orphanage",
        "приемный центр",
        "приёмный центр",
    ] {
        assert_eq!(found(&index, query).await, [1, 2, 3], "{query}");
    }
    index.remove().await.expect("removed");
}

#[tokio::test]
async fn pages_of_a_sentence_follow_each_other_behind_the_hits_in_our_own_order_too() {
    let Some(address) = address() else { return };
    let index = open(&address, "pages");
    let documents = (1..=430)
        .map(|number| {
            let rare = if number % 3 == 0 { "quinine in " } else { "" };
            document(
                number,
                "A visit to schools",
                &format!("{rare}schools of the district"),
                "",
            )
        })
        .collect();
    fill(&index, documents).await;
    let sentence = "which of the schools in the district got quinine on a visit?";
    for limit in [30, 70, 100] {
        let mut seen = Vec::new();
        for offset in (0..).step_by(limit) {
            let mut page = request(sentence);
            (page.offset, page.limit) = (offset, limit);
            let results = search(&index, &page).await;
            assert_eq!(results.total, 430);
            assert!(results.hits.is_sorted_by(|one, other| one.score >= other.score));
            if results.hits.is_empty() {
                break;
            }
            seen.extend(numbers(&results));
        }
        seen.sort_unstable();
        assert_eq!(seen, (1..=430).collect::<Vec<u32>>(), "{limit}");
    }
    index.remove().await.expect("removed");
}

/// Hands one request on to the server. The answer to the first swap of indexes is lost on the way.
fn hand_on(mut caller: TcpStream, server: &str, lost: &AtomicBool) -> std::io::Result<()> {
    let mut reader = BufReader::new(caller.try_clone()?);
    let mut head = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        let name = line.split_once(':').map(|(name, _)| name);
        if !name.is_some_and(|name| name.eq_ignore_ascii_case("connection")) {
            head.push_str(&line);
        }
    }
    let mut stream = TcpStream::connect(server)?;
    write!(stream, "{head}Connection: close\r\n\r\n")?;
    // Bodies may come in chunks whose lengths are told with each.
    let mut onward = stream.try_clone()?;
    std::thread::spawn(move || std::io::copy(&mut reader, &mut onward));
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    if head.starts_with("POST /swap-indexes") && !lost.swap(true, Ordering::SeqCst) {
        return Ok(());
    }
    caller.write_all(&answer)
}

/// A way to the server on which the answer to the first swap of indexes is lost.
fn unreliable(address: &str) -> (String, Arc<AtomicBool>) {
    let server = address.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let lost = Arc::new(AtomicBool::new(false));
    let of_thread = Arc::clone(&lost);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (server, lost) = (server.clone(), Arc::clone(&of_thread));
            std::thread::spawn(move || hand_on(stream, &server, &lost));
        }
    });
    (format!("http://127.0.0.1:{port}"), lost)
}

#[tokio::test]
async fn a_swap_whose_answer_was_lost_is_not_made_again() {
    let Some(address) = address().filter(|address| address.starts_with("http://")) else {
        return;
    };
    let direct = open(&address, "swap");
    fill(&direct, vec![document(1, "Old petition", "", "")]).await;
    let (unreliable, lost) = unreliable(&address);
    let index = open(&unreliable, "swap");
    let mut rebuild = index.rebuild().await.expect("started");
    rebuild
        .add(vec![document(2, "New petition", "", "")])
        .await
        .expect("added");
    let position = next_position();
    rebuild.finish(position).await.expect("swapped");
    assert!(lost.load(Ordering::SeqCst), "the answer was lost");
    for index in [&index, &direct] {
        assert_eq!(hits(index, "petition").await, [2]);
        assert_eq!(index.position().await.expect("an answer"), Some(position));
    }
    direct.remove().await.expect("removed");
}

/// How often the settings of the index of a test were changed.
async fn settings_changed(address: &str, test: &str) -> usize {
    let admin = Client::new(address, key()).expect("a client");
    let mut tasks = TasksSearchQuery::new(&admin);
    let name = index_name(test);
    tasks.with_index_uids([name.as_str()]).with_types(["settingsUpdate"]);
    tasks.execute().await.expect("an answer").results.len()
}

#[tokio::test]
async fn synonyms_that_the_server_has_are_not_set_anew() {
    let Some(address) = address() else { return };
    let index = open(&address, "synonyms");
    let synonyms = |word: &str| Synonyms::from_groups([["petition", word]]);
    index.set_synonyms(synonyms("request")).await.expect("set");
    fill(&index, vec![document(1, "Petition", "", "")]).await;
    let before = settings_changed(&address, "synonyms").await;
    index.set_synonyms(synonyms("request")).await.expect("set");
    // Another process that starts.
    let other = open(&address, "synonyms");
    other.set_synonyms(synonyms("request")).await.expect("set");
    assert_eq!(settings_changed(&address, "synonyms").await, before);
    assert_eq!(found(&other, "request").await, [1]);
    other.set_synonyms(synonyms("appeal")).await.expect("set");
    assert_eq!(settings_changed(&address, "synonyms").await, before + 1);
    assert_eq!(found(&other, "appeal").await, [1]);
    index.remove().await.expect("removed");
}

#[tokio::test]
async fn a_sentence_finds_a_word_that_was_published_a_moment_ago() {
    let Some(address) = address() else { return };
    let index = open(&address, "fresh");
    let sentence = "which villages of the valley have wells, schools and a xylophone";
    let villages = |number| document(number, "Villages of the valley have wells and schools", "", "");
    fill(&index, vec![villages(1), villages(2)]).await;
    assert_eq!(found(&index, sentence).await, [1, 2]);
    fill(&index, vec![document(3, "A xylophone", "", "")]).await;
    assert_eq!(found(&index, sentence).await, [1, 2, 3]);
    index.remove().await.expect("removed");
}
