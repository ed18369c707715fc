//! Changes, positions, rebuilds.

use praxis_search::{IndexChange, SearchError, SearchIndex};

use crate::fixture::{document, fill, found, id, next_position, request};

pub async fn a_new_index_has_no_position_and_no_documents(index: &dyn SearchIndex) {
    assert_eq!(index.position().await.expect("an answer"), None);
    assert_eq!(index.count().await.expect("an answer"), 0);
    // An engine may also say that there is nothing to answer from yet.
    match index.search(&request("anything")).await {
        Ok(results) => assert_eq!((results.total, results.hits.len()), (0, 0)),
        Err(error) => assert!(matches!(error, SearchError::Unavailable(_)), "{error:?}"),
    }
    let rebuild = index.rebuild().await.expect("started");
    rebuild.finish(next_position()).await.expect("swapped");
    assert!(found(index, "anything").await.is_empty());
}

pub async fn changes_are_visible_and_the_position_is_kept_when_apply_returns(index: &dyn SearchIndex) {
    for number in 1..=3 {
        let position = next_position();
        let change = IndexChange::Upsert(Box::new(document(number, "Petition", "", "")));
        index.apply(vec![change], position).await.expect("applied");
        assert_eq!(index.position().await.expect("an answer"), Some(position));
        assert_eq!(index.count().await.expect("an answer"), u64::from(number));
        assert_eq!(found(index, "petition").await.len(), number as usize);
    }
    // A position may move on without changes.
    let position = next_position();
    index.apply(Vec::new(), position).await.expect("applied");
    assert_eq!(index.position().await.expect("an answer"), Some(position));
    assert_eq!(index.count().await.expect("an answer"), 3);
}

pub async fn an_older_revision_never_replaces_a_newer_one(index: &dyn SearchIndex) {
    let revision = |revision: i32, title: &str| {
        let mut document = document(1, title, "", "");
        document.revision = revision;
        document
    };
    fill(index, vec![revision(3, "third")]).await;
    fill(index, vec![revision(2, "second")]).await;
    assert_eq!(found(index, "third").await, [1]);
    // The same revision replaces: themes may have been renamed.
    fill(index, vec![revision(3, "again")]).await;
    assert_eq!(found(index, "again").await, [1]);
    assert!(found(index, "third?").await.is_empty());
    // Within one batch, in whatever order.
    fill(index, vec![revision(5, "fifth"), revision(4, "fourth")]).await;
    assert_eq!(found(index, "fifth").await, [1]);
    assert!(found(index, "fourth?").await.is_empty());
    assert_eq!(index.count().await.expect("an answer"), 1);
}

pub async fn changes_are_applied_in_order(index: &dyn SearchIndex) {
    let upsert = |number, title| IndexChange::Upsert(Box::new(document(number, title, "", "")));
    let changes = vec![
        upsert(1, "first"),
        upsert(2, "other"),
        IndexChange::Delete(id(1)),
        IndexChange::Delete(id(2)),
        upsert(2, "returned"),
        IndexChange::Delete(id(3)),
    ];
    index.apply(changes, next_position()).await.expect("applied");
    assert!(found(index, "first").await.is_empty());
    assert_eq!(found(index, "returned").await, [2]);
    assert_eq!(index.count().await.expect("an answer"), 1);
}

pub async fn a_deleted_document_is_gone_from_everything(index: &dyn SearchIndex) {
    fill(
        index,
        vec![document(1, "Social audit", "", ""), document(2, "Social audit", "", "")],
    )
    .await;
    index
        .apply(vec![IndexChange::Delete(id(1))], next_position())
        .await
        .expect("applied");
    assert_eq!(found(index, "audit").await, [2]);
    assert!(index.similar(id(1), 5).await.expect("an answer").is_empty());
    assert!(index.similar(id(2), 5).await.expect("an answer").is_empty());
    let request = praxis_search::SuggestRequest {
        prefix: "social".to_owned(),
        limit: 5,
    };
    assert_eq!(index.suggest(&request).await.expect("an answer").len(), 1);
    assert_eq!(index.count().await.expect("an answer"), 1);
}

pub async fn a_rebuild_is_invisible_until_it_is_finished_and_then_replaces_everything(index: &dyn SearchIndex) {
    fill(index, vec![document(1, "Old petition", "", "")]).await;
    let mut rebuild = index.rebuild().await.expect("started");
    rebuild
        .add(vec![
            document(2, "New petition", "", ""),
            document(3, "New petition", "", ""),
        ])
        .await
        .expect("added");
    // The same again, as when a page is read twice.
    rebuild
        .add(vec![document(3, "New petition", "", "")])
        .await
        .expect("added");
    assert_eq!(found(index, "petition").await, [1]);
    let position = next_position();
    rebuild.finish(position).await.expect("swapped");
    assert_eq!(found(index, "petition").await, [2, 3]);
    assert_eq!(index.position().await.expect("an answer"), Some(position));
    assert_eq!(index.count().await.expect("an answer"), 2);
    fill(index, vec![document(4, "Later petition", "", "")]).await;
    assert_eq!(found(index, "petition").await, [2, 3, 4]);
}

pub async fn a_rebuild_that_is_dropped_leaves_no_trace(index: &dyn SearchIndex) {
    fill(index, vec![document(1, "Petition", "", "")]).await;
    let before = index.position().await.expect("an answer");
    let mut rebuild = index.rebuild().await.expect("started");
    rebuild.add(vec![document(2, "Petition", "", "")]).await.expect("added");
    drop(rebuild);
    assert_eq!(found(index, "petition").await, [1]);
    assert_eq!(index.position().await.expect("an answer"), before);
    fill(index, vec![document(3, "Petition", "", "")]).await;
    assert_eq!(found(index, "petition").await, [1, 3]);
}

pub async fn searches_never_fail_during_a_rebuild(index: &dyn SearchIndex) {
    fill(
        index,
        (1..=20).map(|number| document(number, "Petition", "", "")).collect(),
    )
    .await;
    let searching = async {
        for _ in 0..60 {
            assert_eq!(found(index, "petition").await.len(), 10);
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    let rebuilding = async {
        for _ in 0..3 {
            let mut rebuild = index.rebuild().await.expect("started");
            let documents = (1..=20).map(|number| document(number, "Petition", "", "")).collect();
            rebuild.add(documents).await.expect("added");
            rebuild.finish(next_position()).await.expect("swapped");
        }
    };
    tokio::join!(searching, rebuilding);
}

pub async fn changes_after_a_rebuild_wait_until_the_position_was_read(index: &dyn SearchIndex) {
    fill(index, vec![document(1, "Petition", "", "")]).await;
    index.position().await.expect("an answer");
    let rebuild = index.rebuild().await.expect("started");
    let rebuilt = next_position();
    rebuild.finish(rebuilt).await.expect("swapped");
    let change = || vec![IndexChange::Upsert(Box::new(document(2, "Petition", "", "")))];
    let refused = index.apply(change(), next_position()).await;
    assert!(matches!(refused, Err(SearchError::Swapped(_))), "{refused:?}");
    assert_eq!(index.position().await.expect("an answer"), Some(rebuilt));
    index.apply(change(), next_position()).await.expect("applied");
    assert_eq!(found(index, "petition").await, [2]);
}

pub async fn a_healthy_index_says_so(index: &dyn SearchIndex) {
    fill(index, vec![document(1, "Petition", "", "")]).await;
    index.health().await.expect("healthy");
    assert!(!index.name().is_empty());
}
