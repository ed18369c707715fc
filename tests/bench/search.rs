//! Search and suggestions over the whole collection, by queries that differ.

use std::sync::Arc;

use serde_json::json;

use crate::Run;
use crate::generate::Collection;
use crate::http::{Request, Round, each_once, load, query};
use crate::process::{Place, Serving};
use crate::report::{Bound, Cell, Report, Table, Target, name};
use crate::statistics::{median, percentile};
use crate::words::Chance;

/// How many different queries.
const QUERIES: usize = 200;
const PLAIN: &str = "query ($query: String!) { search(query: $query, first: 20) { \
     totalCount nodes { __typename ... on Content { id slug title } } } }";
const FULL: &str = "query ($query: String!) { search(query: $query, first: 20) { \
     totalCount correctedQuery edges { score highlights { field html } node { ... on Content { id slug title } } } \
     facets { name values { value label count } } } }";
const SUGGEST: &str = "query ($query: String!) { suggest(prefix: $query) { text kind id } }";

/// Measures.
pub async fn measure(options: &Run, place: &Place, praxis: &Serving, report: &mut Report) {
    let titles = titles(options.items);
    let searches: Vec<String> = titles
        .iter()
        .enumerate()
        .map(|(at, title)| searched(at, title))
        .collect();
    let typed: Vec<String> = titles.iter().enumerate().map(|(at, title)| begun(at, title)).collect();
    let mut rows = Vec::new();
    for (what, text, words) in [
        ("search", PLAIN, &searches),
        ("search with facets and highlights", FULL, &searches),
        ("suggest", SUGGEST, &typed),
    ] {
        let requests: Vec<Request> = words
            .iter()
            .map(|word| query(text, &json!({ "query": word })))
            .collect();
        let shuffled: Vec<Request> = requests.iter().rev().take(20).cloned().collect();
        each_once(praxis.port, &shuffled).await;
        let mut latencies = Vec::new();
        for _ in 0..options.rounds {
            latencies.push(each_once(praxis.port, &requests).await);
        }
        let over = |share: f64| median(latencies.iter().map(|sorted| percentile(sorted, share)).collect());
        let requests = Arc::new(requests);
        let mut rounds: Vec<Round> = Vec::new();
        for _ in 0..options.rounds.min(3) {
            rounds.push(load(praxis.port, &requests, 8, options.round()).await);
        }
        let loaded = |figure: &dyn Fn(&Round) -> f64| median(rounds.iter().map(figure).collect());
        rows.push(vec![
            name(place.backend).into(),
            what.into(),
            Cell::Figure(over(0.5), 2),
            Cell::Figure(over(0.99), 2),
            Cell::Figure(over(1.0), 2),
            Cell::Figure(loaded(&Round::rate), 0),
            Cell::Figure(loaded(&|round| round.percentile(0.5)), 2),
            Cell::Figure(loaded(&|round| round.percentile(0.99)), 2),
        ]);
        report.targets.push(Target::new(
            format!("{what}, p99"),
            place.backend,
            over(0.99),
            Bound::AtMost(20.0),
            1,
            " ms",
        ));
    }
    report.add(Table {
        key: "search",
        title: format!("Search over {} documents, embedded", options.items),
        note: format!(
            "{QUERIES} different queries by one caller, one after the other: two to four words of a title, as they stand, \
             cut off in the last word, or misspelt; the percentiles are medians of the rounds. Then by 8 callers. The \
             answers hold 20 items from the database."
        ),
        columns: &[
            "database",
            "query",
            "p50 ms",
            "p99 ms",
            "slowest ms",
            "8 callers req/s",
            "p50 ms of 8",
            "p99 ms of 8",
        ],
        rows,
    });
}

/// Titles from all over the collection.
fn titles(items: usize) -> Vec<Vec<String>> {
    let titles: Vec<Vec<String>> = Collection::new(items)
        .filter_map(|item| {
            let content = item["content"].as_object()?.values().next()?;
            let words: Vec<String> = content["title"]
                .as_str()?
                .split(|c: char| !c.is_alphanumeric())
                .filter(|word| word.chars().count() > 2)
                .map(str::to_lowercase)
                .collect();
            (words.len() >= 4).then_some(words)
        })
        .collect();
    let step = titles.len() / QUERIES;
    titles.into_iter().step_by(step.max(1)).take(QUERIES).collect()
}

/// What somebody who remembers the title might type: every other time as it stands, then cut off or misspelt.
fn searched(at: usize, title: &[String]) -> String {
    let mut chance = Chance::new(at as u64);
    let count = 2 + chance.below(3);
    let from = chance.below(title.len() + 1 - count);
    let mut words = title[from..from + count].to_vec();
    match at % 4 {
        1 => {
            if let Some(last) = words.last_mut() {
                let keep = (last.chars().count() / 2).max(2);
                *last = last.chars().take(keep).collect();
            }
        }
        3 => {
            if let Some(longest) = words.iter_mut().max_by_key(|word| word.chars().count()) {
                let mut letters: Vec<char> = longest.chars().collect();
                let place = letters.len() / 2;
                letters.swap(place - 1, place);
                *longest = letters.into_iter().collect();
            }
        }
        _ => {}
    }
    words.join(" ")
}

/// What somebody has typed of the title's first words so far.
fn begun(at: usize, title: &[String]) -> String {
    let text = title.join(" ");
    let count = 2 + Chance::new(at as u64).below(12);
    text.chars().take(count).collect::<String>().trim_end().to_owned()
}
