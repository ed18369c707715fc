//! Which standing searches new documents answer.

use praxis_search::{Document, Field, Filter, StandingSearch, Synonyms, percolate};

use crate::fixture::{document, in_languages, number};

fn search(query: &str) -> StandingSearch {
    StandingSearch {
        query: query.to_owned(),
        ..StandingSearch::default()
    }
}

/// The numbers of the documents that answer, by search.
fn answers(documents: &[Document], searches: &[StandingSearch]) -> Vec<Vec<u32>> {
    let synonyms = Synonyms::from_groups([["UPR", "Universal Periodic Review"]]);
    let found = percolate(documents, searches, &synonyms).expect("an answer");
    found
        .into_iter()
        .map(|ids| {
            let mut numbers: Vec<u32> = ids.into_iter().map(number).collect();
            numbers.sort_unstable();
            numbers
        })
        .collect()
}

fn documents() -> Vec<Document> {
    let mut nepal = document(1, "Child marriage in Nepal", "Laws against early marriages", "");
    nepal.countries = vec!["NP".to_owned()];
    let mut review = document(
        2,
        "Before the Universal Periodic Review",
        "",
        "Coalitions write reports",
    );
    review.countries = vec!["ZM".to_owned()];
    let budget = in_languages(3, &[("fr", "Suivi budgétaire", "Les dépenses pour l'enfance", "")]);
    vec![nepal, review, budget]
}

#[test]
fn a_document_answers_the_searches_whose_words_it_has_in_any_form() {
    let searches = [
        "early marriage",
        "upr coalition",
        "dépense enfance",
        "marriage zambia",
        "water",
    ]
    .map(search);
    assert_eq!(
        answers(&documents(), &searches),
        [vec![1], vec![2], vec![3], vec![], vec![]]
    );
}

#[test]
fn a_filter_must_hold_and_may_stand_alone() {
    let in_zambia = Filter {
        any_of: [(Field::Country, vec!["ZM".to_owned()])].into(),
        ..Filter::default()
    };
    let with = |query: &str| StandingSearch {
        query: query.to_owned(),
        filter: in_zambia.clone(),
    };
    let searches = [with(""), with("marriage"), with("reports"), search(" ")];
    assert_eq!(
        answers(&documents(), &searches),
        [vec![2], vec![], vec![2], vec![1, 2, 3]]
    );
}

#[test]
fn nothing_is_guessed() {
    // A misspelling, an unfinished word, a word too many, and words that say nothing.
    let searches = ["mariage", "marri", "child marriage quartz", "the of", "?!"].map(search);
    assert_eq!(answers(&documents(), &searches), [[0_u32; 0]; 5]);
}

#[test]
fn of_a_longer_search_three_quarters_of_the_words_will_do() {
    let searches = [
        "laws against early child marriages nepal",
        "laws against early quartz marriages xylophone kenya",
    ]
    .map(search);
    assert_eq!(answers(&documents(), &searches), [vec![1], vec![]]);
}

#[test]
fn without_documents_nothing_answers() {
    assert_eq!(answers(&[], &[search("child")]), [[0_u32; 0]]);
}
