//! The order of hits.

use praxis_search::{Document, SearchIndex, SearchRequest, Sort, Synonyms};

use crate::fixture::{day, document, fill, found, hits, id, in_languages, numbers, request, search};

pub async fn a_word_in_the_title_ranks_over_the_summary_over_the_body(index: &dyn SearchIndex) {
    let many = "A mosquito is mentioned. Mosquito again, and mosquito once more.";
    let mut with_file = document(4, "Health", "Of clinics", "About clinics");
    with_file.texts[0].files = many.repeat(20);
    fill(
        index,
        vec![
            with_file,
            document(1, "Health", "Of clinics", many),
            document(2, "Health", many, "About clinics"),
            document(
                3,
                "The long and winding story of a single mosquito in a village",
                "Of clinics",
                "Of wards",
            ),
        ],
    )
    .await;
    assert_eq!(hits(index, "mosquito").await, [3, 2, 1, 4]);
    assert_eq!(hits(index, "a mosquito is mentioned").await.last(), Some(&4));
    let request = SearchRequest {
        highlight: true,
        ..request("mosquito")
    };
    let last = search(index, &request).await.hits.pop().expect("a hit");
    assert_eq!(last.kind, "INITIATIVE");
    let passage = last.highlights.iter().find(|highlight| highlight.field == "files");
    assert!(passage.is_some_and(|passage| passage.html.contains("<mark>mosquito</mark>")));
}

pub async fn an_exact_word_ranks_over_a_beginning_over_a_misspelling(index: &dyn SearchIndex) {
    fill(
        index,
        vec![
            document(1, "Visit to Kadumu", "", ""),
            document(2, "Visit to Kadununi", "", ""),
            document(3, "Visit to Kadunu", "", ""),
        ],
    )
    .await;
    assert_eq!(hits(index, "kadunu").await, [3, 2, 1]);
}

pub async fn among_equals_strong_evidence_comes_first_and_then_the_latest(index: &dyn SearchIndex) {
    let mut documents: Vec<_> = (1..=4)
        .map(|number| document(number, "Community score card", "", ""))
        .collect();
    documents[0].published_at = day(1);
    documents[1].strength_score = Some(80);
    documents[2].published_at = day(2);
    documents[3].strength_score = Some(30);
    fill(index, documents).await;
    assert_eq!(hits(index, "score card").await, [2, 4, 3, 1]);
}

pub async fn documents_with_all_words_are_the_only_hits_when_there_are_any(index: &dyn SearchIndex) {
    fill(
        index,
        vec![
            document(1, "Birth certificates", "in the capital", ""),
            document(2, "Registration", "of births in mobile units", ""),
            document(3, "Registration", "of voters", ""),
        ],
    )
    .await;
    let results = search(index, &request("registration birth")).await;
    assert_eq!(numbers(&results), [2]);
    assert_eq!(results.total, 1);
    assert_eq!(results.corrected_query, None);
}

pub async fn the_newest_come_first_when_asked_so(index: &dyn SearchIndex) {
    let mut documents = vec![
        document(1, "Budget", "", ""),
        document(2, "", "", "budget"),
        document(3, "Budget", "", ""),
    ];
    documents[0].published_at = day(1);
    documents[1].published_at = day(3);
    documents[2].published_at = day(2);
    fill(index, documents).await;
    let mut newest = request("budget");
    newest.sort = Sort::Newest;
    assert_eq!(numbers(&search(index, &newest).await), [2, 3, 1]);
}

pub async fn the_strongest_come_first_when_asked_so_and_those_without_strength_last(index: &dyn SearchIndex) {
    let mut documents = vec![
        document(1, "Budget", "", ""),
        document(2, "", "", "budget"),
        document(3, "Budget", "", ""),
        document(4, "", "budget", ""),
    ];
    documents[1].strength_score = Some(90);
    documents[2].strength_score = Some(0);
    documents[3].strength_score = Some(0);
    fill(index, documents).await;
    let mut strongest = request("budget");
    strongest.sort = Sort::Strongest;
    assert_eq!(numbers(&search(index, &strongest).await), [2, 3, 4, 1]);
}

pub async fn pages_follow_each_other_without_gaps_and_totals_are_exact(index: &dyn SearchIndex) {
    let documents = (1..=57)
        .map(|number| {
            let mut document = document(number, "Child participation", "", "");
            document.published_at = day(i64::from(number % 5));
            document
        })
        .collect();
    fill(index, documents).await;
    let whole = {
        let mut all = request("participation");
        all.limit = 100;
        numbers(&search(index, &all).await)
    };
    assert_eq!(whole.len(), 57);
    let mut paged = Vec::new();
    for offset in (0..60).step_by(7) {
        let mut page = request("participation");
        page.offset = offset;
        page.limit = 7;
        let results = search(index, &page).await;
        assert_eq!(results.total, 57);
        paged.extend(numbers(&results));
    }
    assert_eq!(paged, whole);
    let mut odd = request("participation");
    odd.offset = 3;
    odd.limit = 7;
    let results = search(index, &odd).await;
    assert_eq!((numbers(&results).as_slice(), results.total), (&whole[3..10], 57));
    let mut counted = request("participation");
    counted.limit = 0;
    assert_eq!(search(index, &counted).await.total, 57);
    assert_eq!(found(index, "participation").await.len(), 10);
}

/// 400 documents with the same frequent words, a few of which also have rare ones.
fn visits() -> Vec<Document> {
    (1..=400)
        .map(|number| {
            let rare = match number % 100 {
                0 => "quinine in ",
                1 => "quinine and stethoscopes in ",
                _ => "",
            };
            document(
                number,
                "A visit to schools",
                &format!("{rare}schools of the district"),
                "",
            )
        })
        .collect()
}

pub async fn the_rare_words_of_a_sentence_decide_among_many_documents(index: &dyn SearchIndex) {
    fill(index, visits()).await;
    let sentence = "which of the schools in the district got quinine and stethoscopes on a visit?";
    let mut first = hits(index, sentence).await;
    first.truncate(8);
    let mut both = first[..4].to_vec();
    both.sort_unstable();
    assert_eq!(both, [1, 101, 201, 301]);
    let mut one = first[4..].to_vec();
    one.sort_unstable();
    assert_eq!(one, [100, 200, 300, 400]);
}

pub async fn rare_words_beside_frequent_ones_find_what_has_them(index: &dyn SearchIndex) {
    fill(index, visits()).await;
    assert_eq!(
        found(index, "district quinine").await,
        [1, 100, 101, 200, 201, 300, 301, 400]
    );
    assert_eq!(
        found(index, "schools stethoscopes district quinine").await,
        [1, 101, 201, 301]
    );
    assert_eq!(search(index, &request("schools of the district")).await.total, 400);
}

pub async fn what_has_the_query_as_its_whole_title_comes_first_in_the_order_of_relevance(index: &dyn SearchIndex) {
    let mut documents = vec![
        in_languages(
            1,
            &[
                ("en", "Convention on the Rights of the Child", "", ""),
                ("fr", "Convention relative aux droits de l’enfant", "", ""),
            ],
        ),
        document(2, "The Convention on the Rights of the Child at thirty", "", ""),
        document(
            3,
            "Rights of the child",
            "Convention, rights, child",
            "Convention, rights, child",
        ),
        document(4, "A convention of teachers", "", ""),
        document(5, "Wells", "", ""),
        document(6, "Roads", "", ""),
    ];
    for later in &mut documents[1..] {
        later.published_at = day(9);
        later.strength_score = Some(90);
    }
    fill(index, documents).await;
    for query in [
        "Convention on the Rights of the Child",
        "convention on the rights of the child?",
        "Convention relative aux droits de l'enfant",
    ] {
        let results = search(index, &request(query)).await;
        assert_eq!(results.hits[0].id, id(1), "{query}");
        assert!(
            results.hits.windows(2).all(|pair| pair[0].score >= pair[1].score),
            "{query}"
        );
    }
    // A name is no sentence: what lacks some of its words is no hit.
    assert_eq!(found(index, "Convention on the Rights of the Child").await, [1, 2, 3]);
    let newest = SearchRequest {
        sort: Sort::Newest,
        ..request("Convention on the Rights of the Child")
    };
    assert_eq!(numbers(&search(index, &newest).await).last(), Some(&1));
}

pub async fn an_acronym_finds_first_what_is_called_so(index: &dyn SearchIndex) {
    let synonyms = Synonyms::from_groups([["UNICEF", "United Nations Children's Fund"]]);
    index.set_synonyms(synonyms).await.expect("set");
    let mut health = document(1, "World Health Organization", "", "");
    health.keywords = vec!["WHO".to_owned()];
    let mut report = document(2, "Who is who in health", "", "");
    report.keywords = vec!["WHO".to_owned()];
    let mut documents = vec![
        health,
        report,
        document(3, "UNICEF – United Nations Children’s Fund", "", ""),
        document(4, "UNICEF strategy", "UNICEF and its strategy", ""),
    ];
    for later in [1, 3] {
        documents[later].strength_score = Some(90);
    }
    fill(index, documents).await;
    assert_eq!(hits(index, "WHO").await, [1, 2]);
    assert_eq!(hits(index, "unicef").await, [3, 4]);
    assert_eq!(hits(index, "United Nations Children's Fund").await[0], 3);
}
