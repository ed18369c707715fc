//! Filters and facets.

use praxis_search::{Document, FacetCounts, Field, SearchIndex, SearchRequest};

use crate::fixture::{document, fill, numbers, request, search};

fn collection() -> Vec<Document> {
    let strings = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
    let mut documents: Vec<Document> = (1..=6).map(|number| document(number, "Budget", "", "")).collect();
    for (index, (kind, countries, themes, level, year)) in [
        ("EVIDENCE", &["NP", "PK"][..], &["health"][..], Some(3), Some(2010)),
        ("EVIDENCE", &["NP"][..], &["education"][..], Some(1), Some(2012)),
        ("LESSON", &["PE"][..], &["health", "budget"][..], None, Some(2014)),
        ("LESSON", &["NP"][..], &["health"][..], None, None),
        ("RESOURCE", &[][..], &["budget"][..], None, Some(2012)),
        ("RESOURCE", &["ZM"][..], &[][..], None, Some(2008)),
    ]
    .into_iter()
    .enumerate()
    {
        let document = &mut documents[index];
        document.kind = kind.to_owned();
        document.countries = strings(countries);
        document.themes = strings(themes);
        document.strength_level = level;
        document.year = year;
    }
    documents[4].child_friendly = true;
    documents
}

fn with(conditions: &[(Field, &[&str])]) -> SearchRequest {
    let mut request = request("budget");
    for (field, values) in conditions {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        request.filter.any_of.insert(*field, values);
    }
    request
}

async fn matching(index: &dyn SearchIndex, request: &SearchRequest) -> Vec<u32> {
    let results = search(index, request).await;
    assert_eq!(results.total, results.hits.len() as u64);
    let mut numbers = numbers(&results);
    numbers.sort_unstable();
    numbers
}

pub async fn every_condition_of_a_filter_must_hold(index: &dyn SearchIndex) {
    fill(index, collection()).await;
    for (conditions, expected) in [
        (&[(Field::Country, &["NP"][..])][..], &[1, 2, 4][..]),
        (&[(Field::Country, &["PE", "ZM"])], &[3, 6]),
        (&[(Field::Country, &["NP"]), (Field::Kind, &["EVIDENCE"])], &[1, 2]),
        (
            &[(Field::Country, &["NP"]), (Field::Theme, &["health", "budget"])],
            &[1, 4],
        ),
        (&[(Field::Year, &["2012"])], &[2, 5]),
        (&[(Field::Strength, &["3", "1"])], &[1, 2]),
        (&[(Field::Country, &["XX"])], &[]),
    ] {
        assert_eq!(matching(index, &with(conditions)).await, expected, "{conditions:?}");
    }
}

pub async fn an_empty_list_of_values_matches_nothing(index: &dyn SearchIndex) {
    fill(index, collection()).await;
    assert!(matching(index, &with(&[(Field::Kind, &[])])).await.is_empty());
}

pub async fn filters_on_strength_years_and_children_work(index: &dyn SearchIndex) {
    fill(index, collection()).await;
    let mut strong = request("budget");
    strong.filter.minimum_strength = Some(2);
    assert_eq!(matching(index, &strong).await, [1]);
    strong.filter.minimum_strength = Some(0);
    assert_eq!(matching(index, &strong).await, [1, 2]);
    let mut years = request("budget");
    years.filter.year_from = Some(2010);
    years.filter.year_to = Some(2012);
    assert_eq!(matching(index, &years).await, [1, 2, 5]);
    years.filter.year_from = Some(2013);
    years.filter.year_to = None;
    assert_eq!(matching(index, &years).await, [3]);
    let mut children = request("budget");
    children.filter.child_friendly = Some(true);
    assert_eq!(matching(index, &children).await, [5]);
    children.filter.child_friendly = Some(false);
    assert_eq!(matching(index, &children).await, [1, 2, 3, 4, 6]);
}

fn values(facets: &[FacetCounts], field: Field) -> Vec<(&str, u64)> {
    let facet = facets.iter().find(|facet| facet.field == field).expect("was asked for");
    facet
        .values
        .iter()
        .map(|(value, count)| (value.as_str(), *count))
        .collect()
}

pub async fn facets_are_counted_without_their_own_filter(index: &dyn SearchIndex) {
    fill(index, collection()).await;
    let mut request = with(&[(Field::Kind, &["EVIDENCE"]), (Field::Country, &["NP"])]);
    request.facets = vec![Field::Country, Field::Kind, Field::Theme];
    let results = search(index, &request).await;
    assert_eq!(results.total, 2);
    let order: Vec<Field> = results.facets.iter().map(|facet| facet.field).collect();
    assert_eq!(order, request.facets);
    assert_eq!(values(&results.facets, Field::Country), [("NP", 2), ("PK", 1)]);
    assert_eq!(values(&results.facets, Field::Kind), [("EVIDENCE", 2), ("LESSON", 1)]);
    assert_eq!(values(&results.facets, Field::Theme), [("education", 1), ("health", 1)]);
    // Nothing is found, and still the facets show the way out.
    let mut nothing = with(&[(Field::Kind, &["PRACTITIONER"])]);
    nothing.facets = vec![Field::Kind];
    let results = search(index, &nothing).await;
    assert_eq!(results.total, 0);
    assert_eq!(
        values(&results.facets, Field::Kind),
        [("EVIDENCE", 2), ("LESSON", 2), ("RESOURCE", 2)]
    );
}

pub async fn facet_values_come_by_count_then_name_without_zeros(index: &dyn SearchIndex) {
    fill(index, collection()).await;
    let mut request = request("budget");
    request.facets = Field::ALL.to_vec();
    let results = search(index, &request).await;
    assert_eq!(
        values(&results.facets, Field::Country),
        [("NP", 3), ("PE", 1), ("PK", 1), ("ZM", 1)]
    );
    assert_eq!(
        values(&results.facets, Field::Year),
        [("2012", 2), ("2008", 1), ("2010", 1), ("2014", 1)]
    );
    assert_eq!(values(&results.facets, Field::Strength), [("1", 1), ("3", 1)]);
    assert_eq!(values(&results.facets, Field::Language), [("en", 6)]);
    assert!(values(&results.facets, Field::Factor).is_empty());
}

pub async fn filter_values_are_never_read_as_operators(index: &dyn SearchIndex) {
    fill(index, collection()).await;
    for value in [
        "NP\" OR kind = \"LESSON",
        "NP' OR '1'='1",
        "NP\\",
        "\\\" OR kind EXISTS OR kind = \\\"",
        "NP\"",
        "NP\u{0}",
        "",
        "NOT NP",
        "*",
        "[NP, PE]",
    ] {
        let request = with(&[(Field::Country, &[value])]);
        assert!(matching(index, &request).await.is_empty(), "{value:?}");
    }
    // Values that look like operators are values.
    let mut odd = document(9, "Budget", "", "");
    odd.countries = vec!["A\" OR \"B\\".to_owned(), "NOT".to_owned()];
    fill(index, vec![odd]).await;
    assert_eq!(
        matching(index, &with(&[(Field::Country, &["A\" OR \"B\\"])])).await,
        [9]
    );
    assert_eq!(matching(index, &with(&[(Field::Country, &["NOT"])])).await, [9]);
}

pub async fn versions_for_children_are_counted_whatever_the_filter_says_of_them(index: &dyn SearchIndex) {
    fill(index, collection()).await;
    for (wanted, total) in [(None, 6), (Some(true), 1), (Some(false), 5)] {
        let mut request = request("budget");
        request.filter.child_friendly = wanted;
        request.facets = vec![Field::ChildFriendly, Field::Kind];
        let results = search(index, &request).await;
        assert_eq!(results.total, total, "{wanted:?}");
        assert_eq!(
            values(&results.facets, Field::ChildFriendly),
            [("false", 5), ("true", 1)],
            "{wanted:?}"
        );
        let kinds: u64 = values(&results.facets, Field::Kind)
            .iter()
            .map(|(_, count)| count)
            .sum();
        assert_eq!(kinds, total, "{wanted:?}");
    }
}
