//! Correction, highlights, suggestions, similarity.

use praxis_search::{Highlight, Quality, SearchIndex, SuggestRequest, Suggestion, Synonyms};

use crate::fixture::{day, document, fill, found, id, in_languages, number, numbers, request, search};

pub async fn a_misspelt_word_is_corrected_and_the_answer_says_so(index: &dyn SearchIndex) {
    fill(
        index,
        vec![
            document(1, "Government spending on children", "", ""),
            document(2, "Parliament and spending", "", ""),
        ],
    )
    .await;
    let results = search(index, &request("goverment spending")).await;
    assert_eq!(numbers(&results), [1]);
    assert_eq!(results.corrected_query.as_deref(), Some("government spending"));
    let right = search(index, &request("government spending")).await;
    assert_eq!(right.corrected_query, None);
}

pub async fn numbers_are_never_corrected(index: &dyn SearchIndex) {
    fill(
        index,
        vec![
            document(1, "Census of 20130", "", ""),
            document(2, "Census of 20140", "", ""),
        ],
    )
    .await;
    assert_eq!(found(index, "20130").await, [1]);
    assert!(found(index, "20150").await.is_empty());
}

pub async fn words_are_left_out_only_when_nothing_has_them_all_and_the_answer_says_so(index: &dyn SearchIndex) {
    fill(
        index,
        vec![
            document(1, "Juvenile justice in Zambia", "", ""),
            document(2, "Water in Zambia", "", ""),
        ],
    )
    .await;
    let results = search(index, &request("juvenile justice xylophone?")).await;
    assert_eq!(numbers(&results), [1]);
    let corrected = results.corrected_query.expect("something was left out");
    assert!(
        corrected.contains("juvenile justice") && !corrected.contains("xylophone"),
        "{corrected}"
    );
    let nothing = search(index, &request("xylophone quartz?")).await;
    assert_eq!((nothing.total, nothing.hits.len()), (0, 0));
}

async fn highlights(index: &dyn SearchIndex, query: &str, language: Option<&str>) -> Vec<Highlight> {
    let mut request = request(query);
    request.highlight = true;
    request.language = language.map(str::to_owned);
    let results = search(index, &request).await;
    results.hits.into_iter().next().expect("a hit").highlights
}

fn html_of<'a>(highlights: &'a [Highlight], field: &str) -> &'a str {
    let highlight = highlights.iter().find(|highlight| highlight.field == field);
    &highlight.unwrap_or_else(|| panic!("no {field} in {highlights:?}")).html
}

pub async fn highlights_mark_the_words_in_every_field_and_escape_the_rest(index: &dyn SearchIndex) {
    let mut item = document(
        1,
        "Rights & <duties>",
        "The right to play",
        "\"Right\" said the judge's clerk",
    );
    item.keywords = vec!["child rights".to_owned(), "play".to_owned()];
    fill(index, vec![item]).await;
    let found = highlights(index, "rights", None).await;
    assert_eq!(html_of(&found, "title"), "<mark>Rights</mark> &amp; &lt;duties&gt;");
    assert_eq!(html_of(&found, "summary"), "The <mark>right</mark> to play");
    assert_eq!(
        html_of(&found, "body"),
        "&quot;<mark>Right</mark>&quot; said the judge&#39;s clerk"
    );
    assert_eq!(html_of(&found, "keywords"), "child <mark>rights</mark>");
    // A misspelt word is marked too.
    let misspelt = highlights(index, "dutties", None).await;
    assert_eq!(html_of(&misspelt, "title"), "Rights &amp; &lt;<mark>duties</mark>&gt;");
}

pub async fn highlights_show_the_language_that_matched(index: &dyn SearchIndex) {
    fill(
        index,
        vec![in_languages(
            1,
            &[
                ("en", "Birth registration with UNICEF", "", ""),
                ("es", "Registro de nacimientos con UNICEF", "", ""),
            ],
        )],
    )
    .await;
    let spanish = highlights(index, "nacimiento", Some("en")).await;
    assert_eq!(spanish[0].language.as_deref(), Some("es"));
    assert_eq!(spanish[0].html, "Registro de <mark>nacimientos</mark> con UNICEF");
    let readers = highlights(index, "unicef", Some("es")).await;
    assert_eq!(readers[0].language.as_deref(), Some("es"));
    let original = highlights(index, "unicef", None).await;
    assert_eq!(original[0].language.as_deref(), Some("en"));
}

pub async fn highlights_of_long_texts_never_cut_a_word(index: &dyn SearchIndex) {
    let filler = "unbelievable circumstances & surroundings ".repeat(30);
    let body = format!("{filler}the ombudsperson decided {filler}");
    fill(index, vec![document(1, "Institutions", "", &body)]).await;
    let found = highlights(index, "ombudsperson", None).await;
    let html = html_of(&found, "body");
    assert!(html.starts_with("… ") && html.ends_with(" …"), "{html}");
    assert!(html.contains("the <mark>ombudsperson</mark> decided"), "{html}");
    assert!(html.chars().count() < 400, "{html}");
    for word in html.trim_matches(['…', ' ']).split(' ') {
        let whole = [
            "unbelievable",
            "circumstances",
            "&amp;",
            "surroundings",
            "the",
            "decided",
        ];
        assert!(
            whole.contains(&word) || word == "<mark>ombudsperson</mark>",
            "{word} in {html}"
        );
    }
}

/// For each word of the query that the first hit has: the word, what is found for it, where, and how it answers.
async fn explained(index: &dyn SearchIndex, query: &str) -> Vec<(String, String, &'static str, Quality)> {
    let mut request = request(query);
    request.explain = true;
    let results = search(index, &request).await;
    let hit = results.hits.into_iter().next().expect("a hit");
    let matches = hit.matches.into_iter();
    matches
        .map(|found| (found.word, found.found, found.field, found.quality))
        .collect()
}

fn matched(word: &str, found: &str, field: &'static str, quality: Quality) -> (String, String, &'static str, Quality) {
    (word.to_owned(), found.to_owned(), field, quality)
}

pub async fn an_explanation_names_for_each_word_the_best_that_answers_it_and_where(index: &dyn SearchIndex) {
    let synonyms = Synonyms::from_groups([["UPR", "Universal Periodic Review"]]);
    index.set_synonyms(synonyms).await.expect("set");
    let mut item = document(
        1,
        "Monitoring Élection promises",
        "Coalitions monitor budgets; the budget is public",
        "Before the Universal Periodic Review, the ombudsperson asked twice",
    );
    item.keywords = vec!["Child rights".to_owned()];
    fill(index, vec![item]).await;
    assert_eq!(
        explained(index, "elections budget rights ombuds").await,
        [
            matched("elections", "Élection", "title", Quality::Stem),
            matched("budget", "budget", "summary", Quality::Exact),
            matched("rights", "rights", "keywords", Quality::Exact),
            matched("ombuds", "ombudsperson", "body", Quality::Prefix),
        ]
    );
    assert_eq!(
        explained(index, "UPR promises?").await,
        [
            matched("upr", "Universal Periodic Review", "body", Quality::Synonym),
            matched("promises", "promises", "title", Quality::Exact),
        ]
    );
    assert_eq!(
        explained(index, "coalitoins?").await,
        [matched("coalitoins", "Coalitions", "summary", Quality::OneEdit)]
    );
}

pub async fn hits_are_explained_only_on_demand(index: &dyn SearchIndex) {
    fill(index, vec![document(1, "Budget", "", "")]).await;
    let results = search(index, &request("budget")).await;
    assert!(results.hits[0].matches.is_empty());
}

async fn suggest(index: &dyn SearchIndex, prefix: &str) -> Vec<Suggestion> {
    let request = SuggestRequest {
        prefix: prefix.to_owned(),
        limit: 5,
    };
    index.suggest(&request).await.expect("an answer")
}

pub async fn suggestions_complete_titles_in_any_language(index: &dyn SearchIndex) {
    let mut resource = in_languages(
        1,
        &[
            ("en", "Guide to budget monitoring", "", "orchids"),
            ("fr", "Guide du suivi budgétaire", "", ""),
        ],
    );
    resource.kind = "RESOURCE".to_owned();
    fill(
        index,
        vec![
            resource,
            document(2, "Monitoring of schools", "", ""),
            document(3, "A guide for parents", "", ""),
        ],
    )
    .await;
    let guides = suggest(index, "gui").await;
    assert_eq!(number(guides[0].id), 1);
    assert_eq!(guides.len(), 2);
    assert_eq!(guides[0].kind, "RESOURCE");
    let french = suggest(index, "guide du suivi budg").await;
    assert_eq!(french.len(), 1);
    assert_eq!(french[0].text, "Guide du suivi budgétaire");
    let monitoring = suggest(index, "Monit").await;
    assert_eq!(number(monitoring[0].id), 2);
    assert_eq!(monitoring[0].text, "Monitoring of schools");
    assert!(suggest(index, "orchids").await.is_empty());
    assert!(suggest(index, "g").await.len() >= 2);
    let one = SuggestRequest {
        prefix: "guide".to_owned(),
        limit: 1,
    };
    assert_eq!(index.suggest(&one).await.expect("an answer").len(), 1);
}

pub async fn suggestions_begin_with_what_was_typed_and_the_latest_first(index: &dyn SearchIndex) {
    let documents = (1..=60)
        .map(|number| {
            let title = if number % 3 == 0 {
                "Continue the register"
            } else {
                "How to continue the register"
            };
            let mut document = document(number, &format!("{title} of district {number}"), "", "");
            document.published_at = day(i64::from(number * 7 % 61));
            document
        })
        .collect();
    fill(index, documents).await;
    let mut begin: Vec<u32> = (1..=60).filter(|number| number % 3 == 0).collect();
    begin.sort_by_key(|number| std::cmp::Reverse(number * 7 % 61));
    for typed in ["co", "conti", "continue", "continue the reg"] {
        let found: Vec<u32> = suggest(index, typed)
            .await
            .iter()
            .map(|found| number(found.id))
            .collect();
        assert_eq!(found, begin[..5], "{typed}");
    }
}

pub async fn suggestions_forgive_typing_errors(index: &dyn SearchIndex) {
    fill(index, vec![document(1, "Participatory budgeting", "", "")]).await;
    for typed in ["partcipatory bud", "participatory budgetting", "particpat"] {
        let found = suggest(index, typed).await;
        assert_eq!(found.first().map(|found| number(found.id)), Some(1), "{typed}");
    }
}

pub async fn similar_documents_share_words_and_themes_and_never_include_the_document_itself(index: &dyn SearchIndex) {
    let mut documents = vec![
        document(
            1,
            "Birth registration by mobile units",
            "Registering births in villages",
            "",
        ),
        document(
            2,
            "Mobile units register births",
            "Villages are visited for registration",
            "",
        ),
        document(3, "Ending corporal punishment", "Law reform in parliament", ""),
        document(4, "Parliament debates law reform", "Punishment of children", ""),
    ];
    documents[0].themes = vec!["birth-registration".to_owned()];
    documents[1].themes = vec!["birth-registration".to_owned()];
    fill(index, documents).await;
    let like = index.similar(id(1), 3).await.expect("an answer");
    assert_eq!(like.first().copied().map(number), Some(2));
    assert!(!like.contains(&id(1)));
    let other = index.similar(id(3), 1).await.expect("an answer");
    assert_eq!(other, [id(4)]);
    assert!(index.similar(id(99), 3).await.expect("an answer").is_empty());
    assert!(index.similar(id(1), 0).await.expect("an answer").is_empty());
}

pub async fn words_written_as_one_are_explained_and_marked_by_the_words_that_they_join(index: &dyn SearchIndex) {
    fill(index, vec![document(1, "Child-friendly courts", "", "")]).await;
    assert_eq!(
        explained(index, "childfriendly").await,
        [matched("childfriendly", "Child-friendly", "title", Quality::Exact)]
    );
    let found = highlights(index, "childfriendly", None).await;
    assert_eq!(html_of(&found, "title"), "<mark>Child-friendly</mark> courts");
}

pub async fn phrases_that_mean_the_same_are_marked_as_wholes_only(index: &dyn SearchIndex) {
    let synonyms = Synonyms::from_groups([["maison des enfants", "приют"]]);
    index.set_synonyms(synonyms).await.expect("set");
    let item = in_languages(1, &[("fr", "La maison des enfants", "Des enfants et des villages", "")]);
    fill(index, vec![item]).await;
    let found = highlights(index, "приют", None).await;
    assert_eq!(html_of(&found, "title"), "La <mark>maison des enfants</mark>");
    assert_eq!(found.len(), 1, "{found:?}");
}

pub async fn suggestions_know_what_means_the_same(index: &dyn SearchIndex) {
    let synonyms = Synonyms::from_groups([["FGM", "female genital mutilation"]]);
    index.set_synonyms(synonyms).await.expect("set");
    fill(
        index,
        vec![
            document(1, "Ending female genital mutilation in Mali", "", ""),
            document(2, "Female teachers", "", ""),
        ],
    )
    .await;
    let found = suggest(index, "fgm").await;
    assert_eq!(found.iter().map(|found| number(found.id)).collect::<Vec<_>>(), [1]);
    assert_eq!(found[0].text, "Ending female genital mutilation in Mali");
}
