//! Search by meaning on Meilisearch, with an embedder made here: a service that gives words which mean the same the same vector.
//!
//! Tested when `PRAXIS_TEST_MEILISEARCH_URL` is set. The server must be allowed to ask a service on this machine
//! (`--experimental-allowed-ip-networks 127.0.0.0/8`).

#![expect(clippy::expect_used, reason = "a test that can't go on says why and fails")]

#[path = "conformance/alike.rs"]
mod alike;
#[path = "conformance/fixture.rs"]
#[expect(dead_code, reason = "shared with the conformance suite, which needs all of it")]
mod fixture;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use praxis_search::{
    Field, Filter, IndexChange, MeilisearchEmbedder, MeilisearchIndex, SearchIndex, SearchRequest, Sort,
};
use serde_json::{Value, json};

use alike::{ALIKE, titled};
use fixture::{fill, next_position, number, numbers, request, search};

const WIDTH: usize = 64;

/// The vector of a text: of the words of the groups above, each group a direction of its own; any other word goes where no group is.
fn vector(text: &str) -> Vec<f32> {
    let mut vector = vec![0.0; WIDTH];
    for word in text.split(|character: char| !character.is_alphanumeric()) {
        let word = word.to_lowercase().replace('é', "e");
        if word.is_empty() {
            continue;
        }
        let group = ALIKE.iter().position(|group| group.contains(&word.as_str()));
        let place = group.unwrap_or_else(|| {
            let sum = word.bytes().fold(7_usize, |sum, byte| {
                sum.wrapping_mul(31).wrapping_add(usize::from(byte))
            });
            ALIKE.len() + sum % (WIDTH - ALIKE.len())
        });
        vector[place] += 1.0;
    }
    vector
}

/// Answers one request: a list of texts by a list of vectors.
fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let texts = asked["input"].as_array().cloned().unwrap_or_default();
    let vectors: Vec<Vec<f32>> = texts
        .iter()
        .map(|text| vector(text.as_str().unwrap_or_default()))
        .collect();
    let body = json!({ "embeddings": vectors }).to_string();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// Starts the service and describes it as an embedder. It ends with the test.
fn embedder(near: f32) -> MeilisearchEmbedder {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(stream));
        }
    });
    describe(&format!("http://{address}/embed"), near)
}

fn describe(url: &str, near: f32) -> MeilisearchEmbedder {
    let settings = json!({
        "source": "rest", "url": url, "dimensions": WIDTH,
        "request": { "input": ["{{text}}", "{{..}}"] },
        "response": { "embeddings": ["{{embedding}}", "{{..}}"] },
    });
    MeilisearchEmbedder::parse(&settings.to_string(), near).expect("an embedder")
}

/// An index of the server's with this embedder, named after the test.
async fn index(name: &str, embedder: Option<MeilisearchEmbedder>) -> Option<MeilisearchIndex> {
    let url = std::env::var("PRAXIS_TEST_MEILISEARCH_URL").ok();
    let Some(url) = url else {
        eprintln!("SKIPPED: meaning on Meilisearch (PRAXIS_TEST_MEILISEARCH_URL is not set)");
        return None;
    };
    let key = std::env::var("PRAXIS_TEST_MEILISEARCH_KEY").ok();
    let name = format!("embedder_{}_{name}", std::process::id());
    let index = MeilisearchIndex::connect(&url, key.as_deref(), &name).expect("a usable address and key");
    Some(match embedder {
        Some(embedder) => index.with_embedder(embedder),
        None => index,
    })
}

#[tokio::test]
async fn what_says_the_same_in_other_words_is_found_after_what_has_the_words() {
    let Some(index) = index("order", Some(embedder(0.8))).await else {
        return;
    };
    fill(&index, titled(&["Physician", "Doctor", "School", "Médecin"])).await;
    let asked = SearchRequest {
        highlight: true,
        explain: true,
        ..request("doctor")
    };
    let results = search(&index, &asked).await;
    assert_eq!(results.total, 3);
    let mut found = numbers(&results);
    assert_eq!(found[0], 2);
    found.sort_unstable();
    assert_eq!(found, [1, 2, 4]);
    for hit in &results.hits {
        assert!(hit.similarity.is_some_and(|similarity| similarity > 0.95));
        assert_eq!(hit.highlights.is_empty(), number(hit.id) != 2);
    }
    // A word that no text has, and that means what one says.
    assert_eq!(numbers(&search(&index, &request("academy")).await), [3]);
    let nothing = search(&index, &request("xylophone")).await;
    assert_eq!((nothing.total, nothing.corrected_query), (0, None));
    index.remove().await.expect("removed");
}

#[tokio::test]
async fn a_filter_holds_for_what_is_near_and_facets_and_pages_agree() {
    let Some(index) = index("filter", Some(embedder(0.8))).await else {
        return;
    };
    let titles: Vec<&str> = (0..40)
        .map(|place| ["Doctor", "Physician", "School", "Medecin"][place % 4])
        .collect();
    let mut documents = titled(&titles);
    for document in documents.iter_mut().skip(20) {
        document.kind = "LESSON".to_owned();
    }
    fill(&index, documents).await;
    let asked = SearchRequest {
        filter: Filter {
            any_of: BTreeMap::from([(Field::Kind, vec!["LESSON".to_owned()])]),
            ..Filter::default()
        },
        facets: vec![Field::Kind],
        ..request("doctor")
    };
    let results = search(&index, &asked).await;
    assert_eq!(results.total, 15);
    assert!(numbers(&results).iter().all(|number| *number > 20));
    assert_eq!(
        results.facets[0].values,
        [("INITIATIVE".to_owned(), 15), ("LESSON".to_owned(), 15)]
    );
    for sort in [Sort::Relevance, Sort::Newest, Sort::Strongest] {
        let mut seen = Vec::new();
        for offset in (0..).step_by(7) {
            let page = SearchRequest {
                offset,
                limit: 7,
                sort,
                ..request("physician")
            };
            let results = search(&index, &page).await;
            assert_eq!(results.total, 30);
            if results.hits.is_empty() {
                break;
            }
            seen.extend(numbers(&results));
        }
        assert!(seen.iter().take(10).all(|number| number % 4 == 2), "{sort:?}: {seen:?}");
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 30, "{sort:?}");
    }
    index.remove().await.expect("removed");
}

#[tokio::test]
async fn in_a_sentence_words_and_meaning_decide_together() {
    let Some(index) = index("sentence", Some(embedder(0.8))).await else {
        return;
    };
    let titles = [
        "Where is the physician of this town",
        "The school of this town is closed",
        "Automobile",
    ];
    fill(&index, titled(&titles)).await;
    let results = search(&index, &request("where is the doctor of this town")).await;
    assert_eq!(numbers(&results)[0], 1);
    index.remove().await.expect("removed");
}

#[tokio::test]
async fn an_index_of_another_embedder_or_of_none_is_built_anew() {
    let Some(plain) = index("identity", None).await else {
        return;
    };
    fill(&plain, titled(&["Doctor", "Physician"])).await;
    assert!(plain.position().await.expect("an answer").is_some());
    let with = index("identity", Some(embedder(0.8)))
        .await
        .expect("the server is there");
    assert_eq!(with.position().await.expect("an answer"), None);
    // Until then its words answer.
    assert_eq!(numbers(&search(&with, &request("doctor")).await), [1]);
    let mut rebuild = with.rebuild().await.expect("started");
    rebuild.add(titled(&["Doctor", "Physician"])).await.expect("added");
    let position = next_position();
    rebuild.finish(position).await.expect("swapped");
    assert_eq!(with.position().await.expect("an answer"), Some(position));
    assert_eq!(search(&with, &request("doctor")).await.total, 2);
    assert_eq!(plain.position().await.expect("an answer"), None);
    with.remove().await.expect("removed");
}

#[tokio::test]
async fn words_answer_while_the_embedder_is_away() {
    let Some(index) = index("away", Some(embedder(0.8))).await else {
        return;
    };
    fill(&index, titled(&["Doctor", "Physician"])).await;
    let gone = IndexChange::Delete(fixture::id(9));
    index.apply(vec![gone], next_position()).await.expect("applied");
    // The same index, asked through an embedder of which nobody knows: the server refuses that.
    let url = std::env::var("PRAXIS_TEST_MEILISEARCH_URL").expect("is set");
    let admin =
        meilisearch_sdk::client::Client::new(url, std::env::var("PRAXIS_TEST_MEILISEARCH_KEY").ok()).expect("a client");
    let name = format!("embedder_{}_away", std::process::id());
    let task = admin.index(&name).reset_embedders().await.expect("accepted");
    task.wait_for_completion(&admin, None, None).await.expect("done");
    let results = search(&index, &request("doctor")).await;
    assert_eq!(numbers(&results), [1]);
    assert_eq!(results.hits[0].similarity, None);
    index.remove().await.expect("removed");
}
