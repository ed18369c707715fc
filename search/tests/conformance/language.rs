//! Words in many languages and forms.

use praxis_search::{SearchIndex, Synonyms};

use crate::fixture::{document, fill, found, hits, in_languages, request, search};

pub async fn case_and_accents_do_not_matter(index: &dyn SearchIndex) {
    fill(
        index,
        vec![
            in_languages(1, &[("fr", "L'Éducation inclusive à Côte-d'Ivoire", "", "")]),
            in_languages(2, &[("es", "Niñez y migración", "", "")]),
        ],
    )
    .await;
    for query in ["education", "ÉDUCATION", "l’éducation", "cote d'ivoire"] {
        assert_eq!(found(index, query).await, [1], "{query}");
    }
    for query in ["ninez", "NIÑEZ migracion"] {
        assert_eq!(found(index, query).await, [2], "{query}");
    }
}

pub async fn a_query_finds_other_forms_of_its_words_in_every_language(index: &dyn SearchIndex) {
    fill(
        index,
        vec![
            in_languages(1, &[("en", "Registering the births of refugees", "", "")]),
            in_languages(2, &[("fr", "Les mécanismes nationaux de protection", "", "")]),
            in_languages(3, &[("es", "Presupuestos participativos municipales", "", "")]),
            in_languages(4, &[("pt", "Direitos das crianças indígenas", "", "")]),
            in_languages(5, &[("en", "Children's budgets, told to women", "", "")]),
        ],
    )
    .await;
    for (query, number) in [
        ("child budget", 5),
        ("woman", 5),
        ("registered refugee", 1),
        ("mécanisme national", 2),
        ("presupuesto participativo", 3),
        ("criança indígena", 4),
    ] {
        assert_eq!(found(index, query).await, [number], "{query}");
    }
}

pub async fn arabic_and_cyrillic_are_searched_like_latin(index: &dyn SearchIndex) {
    fill(
        index,
        vec![
            in_languages(1, &[("ar", "حماية الأطفال في المدارس", "", "")]),
            in_languages(2, &[("ru", "Права ребёнка и мониторинг", "", "")]),
        ],
    )
    .await;
    for (query, number) in [
        ("حماية", 1),
        ("الاطفال", 1),
        ("права ребенка", 2),
        ("МОНИТОРИНГ", 2),
        ("мониторинга", 2),
    ] {
        assert_eq!(found(index, query).await, [number], "{query}");
    }
}

pub async fn hyphenated_and_compound_words_find_each_other(index: &dyn SearchIndex) {
    fill(
        index,
        vec![
            document(1, "Child well-being at home", "", ""),
            document(2, "Schools", "", "reports on teachers"),
        ],
    )
    .await;
    for query in ["well-being", "wellbeing", "well being"] {
        assert_eq!(found(index, query).await, [1], "{query}");
    }
}

pub async fn symbols_of_documents_are_found(index: &dyn SearchIndex) {
    let mut report = document(1, "Report", "", "");
    report.keywords = vec!["A/64/742".to_owned()];
    let mut other = document(2, "Report", "", "");
    other.keywords = vec!["A/63/785".to_owned(), "CRC/C/GC/12".to_owned()];
    fill(index, vec![report, other]).await;
    assert_eq!(hits(index, "A/64/742").await, [1]);
    assert_eq!(hits(index, "crc/c/gc/12").await, [2]);
}

pub async fn the_last_word_may_be_unfinished(index: &dyn SearchIndex) {
    fill(
        index,
        vec![
            document(1, "Social accountability in health", "", ""),
            document(2, "Accounts of the ministry", "", ""),
        ],
    )
    .await;
    assert_eq!(found(index, "health accountab").await, [1]);
    assert_eq!(hits(index, "accountab").await.first(), Some(&1));
}

pub async fn a_single_letter_is_a_word_and_no_beginning(index: &dyn SearchIndex) {
    fill(
        index,
        vec![
            document(1, "Quinoa harvest", "", "Questions about quotas"),
            document(2, "Q fever in villages", "", ""),
        ],
    )
    .await;
    for query in ["q", "Q", "q "] {
        assert_eq!(found(index, query).await, [2], "{query:?}");
    }
    assert!(found(index, "v").await.is_empty());
    assert_eq!(found(index, "fever q").await, [2]);
    assert_eq!(found(index, "qu").await, [1]);
}

pub async fn a_document_in_several_languages_is_one_hit(index: &dyn SearchIndex) {
    fill(
        index,
        vec![in_languages(
            1,
            &[
                ("en", "UNICEF in Peru", "", ""),
                ("es", "UNICEF en el Perú", "", ""),
                ("fr", "L'UNICEF au Pérou", "", ""),
            ],
        )],
    )
    .await;
    let results = search(index, &request("unicef")).await;
    assert_eq!((results.total, results.hits.len()), (1, 1));
    assert_eq!(found(index, "unicef perou").await, [1]);
}

pub async fn synonyms_work_both_ways_at_once_and_can_be_taken_back(index: &dyn SearchIndex) {
    fill(
        index,
        vec![
            document(1, "Universal periodic review of Nepal", "", ""),
            document(2, "UPR of Nepal", "", ""),
            document(3, "A universal truth, a periodic event", "", "and a review"),
        ],
    )
    .await;
    assert_eq!(found(index, "upr").await, [2]);
    let synonyms = Synonyms::from_groups([["UPR", "Universal Periodic Review"]]);
    index.set_synonyms(synonyms).await.expect("set");
    assert_eq!(hits(index, "upr").await, [2, 1]);
    assert!(found(index, "universal periodic review").await.contains(&2));
    assert_eq!(found(index, "nepal upr").await, [1, 2]);
    index.set_synonyms(Synonyms::default()).await.expect("set");
    assert_eq!(found(index, "upr").await, [2]);
}

pub async fn questions_are_answered_by_their_content_words(index: &dyn SearchIndex) {
    fill(
        index,
        vec![
            document(1, "Corporal punishment banned in schools of Kenya", "", ""),
            document(2, "What is this and where was it", "", "how did they do it"),
            in_languages(3, &[("es", "Presupuesto para la infancia en Perú", "", "")]),
        ],
    )
    .await;
    assert_eq!(found(index, "Where was corporal punishment banned?").await, [1]);
    assert_eq!(found(index, "¿Cuál es el presupuesto para la infancia?").await, [3]);
}
