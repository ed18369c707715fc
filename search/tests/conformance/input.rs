//! Whatever anybody may type.

use praxis_search::{SearchIndex, SuggestRequest};

use crate::fixture::{document, fill, found, in_languages, numbers, request, search};

const ODD: [&str; 34] = [
    " ",
    "a",
    "?",
    "!!! ... ---",
    "\u{0}",
    "child\u{0}rights",
    "the of and",
    "\"",
    "\"unclosed",
    "\"child rights\"",
    "child AND (rights OR",
    "title:child^5 +rights -budget ~2",
    "kind = \"LESSON\" OR 1=1",
    "'; DROP TABLE content; --",
    "*",
    "child*",
    "[1 TO 2}",
    "\\",
    "👧🏽👨‍👩‍👧",
    "👧 child",
    "child дети 儿童 أطفال",
    "\u{202E}thgir dlihc",
    "حقوق الطفل",
    "ילדים",
    "儿童权利",
    "e\u{301}ducation",
    "\u{FEFF}child",
    "ｃｈｉｌｄ",
    "child\trights\r\n",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "%00%0a",
    "-",
    "\u{10FFFF}\u{E000}",
];

async fn filled(index: &dyn SearchIndex) {
    fill(
        index,
        vec![
            document(1, "Child rights", "", ""),
            in_languages(2, &[("zh", "儿童权利", "", ""), ("he", "זכויות ילדים", "", "")]),
        ],
    )
    .await;
}

pub async fn odd_queries_have_a_defined_answer(index: &dyn SearchIndex) {
    filled(index).await;
    for query in ODD {
        let mut request = request(query);
        request.highlight = true;
        request.facets = praxis_search::Field::ALL.to_vec();
        let results = search(index, &request).await;
        assert!(results.total <= 2, "{query:?}");
        assert_eq!(results.hits.len() as u64, results.total, "{query:?}");
    }
    for query in [" ", "?", "!!! ... ---", "\u{0}", "\""] {
        assert!(found(index, query).await.is_empty(), "{query:?}");
    }
    for query in ["ｃｈｉｌｄ", "\u{FEFF}child", "child\trights\r\n"] {
        assert_eq!(found(index, query).await, [1], "{query:?}");
    }
    assert_eq!(found(index, "儿童权利").await, [2]);
    assert_eq!(found(index, "ילדים").await, [2]);
}

pub async fn very_long_queries_have_a_defined_answer(index: &dyn SearchIndex) {
    filled(index).await;
    for query in [
        "child rights ".repeat(800),
        "x".repeat(10_000),
        (0..3_000).map(|number| format!("w{number} ")).collect::<String>(),
        "儿".repeat(10_000),
        "\"(".repeat(5_000),
    ] {
        let results = search(index, &request(&query)).await;
        assert!(results.total <= 2);
    }
    assert_eq!(found(index, &"child rights ".repeat(800)).await, [1]);
}

pub async fn operators_and_quotes_have_no_meaning(index: &dyn SearchIndex) {
    filled(index).await;
    for query in [
        "\"rights child\"",
        "child -rights",
        "+child rights",
        "(child) rights",
        "child \"rights",
    ] {
        assert_eq!(found(index, query).await, [1], "{query:?}");
    }
}

pub async fn odd_texts_can_be_indexed_and_found(index: &dyn SearchIndex) {
    let documents = ODD
        .iter()
        .enumerate()
        .map(|(number, text)| {
            let number = u32::try_from(number).expect("few");
            document(number, &format!("tetrahedron {text}"), text, text)
        })
        .collect();
    fill(index, documents).await;
    let mut all = request("tetrahedron");
    all.limit = 100;
    all.highlight = true;
    let results = search(index, &all).await;
    assert_eq!(numbers(&results).len(), ODD.len());
    for hit in results.hits {
        for highlight in hit.highlights {
            let bare = highlight.html.replace("<mark>", "").replace("</mark>", "");
            assert!(!bare.contains('<') && !bare.contains('\u{0}'), "{}", highlight.html);
        }
    }
    fill(index, vec![document(99, "", "", ""), in_languages(98, &[])]).await;
    assert_eq!(index.count().await.expect("an answer"), ODD.len() as u64 + 2);
}

pub async fn odd_prefixes_have_a_defined_answer(index: &dyn SearchIndex) {
    filled(index).await;
    let long = "child ".repeat(2_000);
    for prefix in ODD.into_iter().chain(["", long.as_str()]) {
        let request = SuggestRequest {
            prefix: prefix.to_owned(),
            limit: 5,
        };
        let found = index.suggest(&request).await.expect("an answer");
        assert!(found.len() <= 2, "{prefix:?}");
    }
    let nothing = SuggestRequest {
        prefix: "child".to_owned(),
        limit: 0,
    };
    assert!(index.suggest(&nothing).await.expect("an answer").is_empty());
}

pub async fn paging_beyond_the_end_is_an_empty_page(index: &dyn SearchIndex) {
    filled(index).await;
    for offset in [1, 50, 1_000_000, usize::MAX] {
        let mut request = request("rights?");
        request.offset = offset;
        let results = search(index, &request).await;
        assert!(results.hits.is_empty());
        assert_eq!(results.total, 1);
    }
}

pub async fn queries_of_which_only_some_pairs_of_characters_are_known_are_answered(index: &dyn SearchIndex) {
    filled(index).await;
    for query in [
        "儿童福利",
        "童工问题",
        "权利保护法",
        "儿童教育政策",
        "权利指南",
        "权利指南书",
        "福利儿童权益 child 权利书",
    ] {
        let results = search(index, &request(query)).await;
        let shown = results.corrected_query.unwrap_or_default();
        assert!(
            shown.chars().all(|shown| shown == ' ' || query.contains(shown)),
            "{query}: {shown}"
        );
    }
}
