//! How relevant what search finds is: the real service, from outside, beside plain BM25.
//!
//! Each collection is imported by `praxis import` into an empty database; then its queries are asked by GraphQL, and the
//! rankings are compared with what people judged relevant. `tests/relevance/README.md` says how to read the figures.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use praxis_tests::judged::{self, Collection, Half, Query};
use praxis_tests::{Backend, Options, Server};
use serde_json::{Value, json};

use crate::metrics::Figures;

mod bm25;
mod metrics;

/// How long an index may take: a sentence model reads some documents a second.
const PATIENCE: Duration = Duration::from_secs(3_600);

/// Where a Meilisearch server for tests is, as for the other tests.
const MEILISEARCH: &str = "PRAXIS_TEST_MEILISEARCH_URL";

/// How relevant what search finds is.
#[derive(Parser)]
struct Arguments {
    /// The directory with the public test collections: `cranfield` and `xquad` under it. Without it only the sample
    /// collection is measured.
    #[arg(long, env = "PRAXIS_RELEVANCE_DATA")]
    data: Option<PathBuf>,
    /// The folder of a sentence model: the embedded index is measured a second time, with meaning.
    #[arg(long)]
    model: Option<PathBuf>,
    /// Where the figures of every query go as JSON.
    #[arg(long, default_value = "target/praxis-relevance.json")]
    json: PathBuf,
}

/// The rankings that one engine gave for the queries of a collection.
struct Run {
    engine: &'static str,
    rankings: Vec<Vec<String>>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let mut all = vec![judged::sample()];
    match &arguments.data {
        Some(data) => {
            all.push(judged::cranfield(&data.join("cranfield"))?);
            for language in ["en", "es"] {
                all.push(judged::xquad(&data.join("xquad"), language)?);
            }
        }
        None => eprintln!("--data is not given: Cranfield and XQuAD are SKIPPED."),
    }
    let meilisearch = std::env::var(MEILISEARCH).ok();
    if meilisearch.is_none() {
        eprintln!("{MEILISEARCH} is not set: Meilisearch is SKIPPED.");
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "# Relevance\n\n{HEAD}")?;
    let mut details = Vec::new();
    for collection in all {
        let mut runs = vec![
            Run {
                engine: "BM25",
                rankings: bm25::rank(&collection.items, &collection.queries)?,
            },
            Run {
                engine: "embedded",
                rankings: ask(&collection, None).await,
            },
        ];
        if let Some(folder) = &arguments.model {
            let folder = folder.to_string_lossy();
            runs.push(Run {
                engine: "embedded, with meaning",
                rankings: ask(&collection, Some(("PRAXIS_SEARCH_MODEL", &folder))).await,
            });
        }
        if let Some(url) = &meilisearch {
            runs.push(Run {
                engine: "Meilisearch",
                rankings: ask(&collection, Some(("PRAXIS_MEILISEARCH_URL", url))).await,
            });
        }
        for run in &runs {
            report(&mut out, &collection, run)?;
            details.extend(lines(&collection, run));
        }
    }
    std::fs::create_dir_all(arguments.json.parent().unwrap_or(&PathBuf::new()))?;
    std::fs::write(&arguments.json, serde_json::to_vec_pretty(&details)?)?;
    Ok(())
}

const HEAD: &str = "| collection | engine | queries | | nDCG@10 | MRR@10 | recall@100 | without a hit |\n\
     |---|---|---|---:|---:|---:|---:|---:|";

/// Imports a collection and asks its queries, of a service with this setting beside the usual ones.
async fn ask(collection: &Collection, setting: Option<(&str, &str)>) -> Vec<Vec<String>> {
    let mut options = Options::empty(Backend::Sqlite);
    if let Some((name, value)) = setting {
        options = options.with(name, value);
    }
    let server = Server::start(options).await;
    let items: Vec<_> = collection.references.iter().chain(&collection.items).cloned().collect();
    server.import(&items);
    server.wait_for_index_within(PATIENCE).await;
    let search = "query ($query: String!) { search(query: $query, first: 100) { nodes { __typename slug } } }";
    let mut rankings = Vec::with_capacity(collection.queries.len());
    for query in &collection.queries {
        let answer = server.ask(search, json!({ "query": query.text })).await;
        let found = answer.data()["search"]["nodes"].as_array().cloned().unwrap_or_default();
        rankings.push(found.iter().map(name).collect());
    }
    rankings
}

/// The key of a hit, as judgements name it.
fn name(hit: &Value) -> String {
    let mut kind = hit["__typename"].as_str().unwrap_or_default().to_owned();
    if let Some(first) = kind.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    format!("{kind}/{}", hit["slug"].as_str().unwrap_or_default())
}

fn figures(run: &Run, queries: &[Query], chosen: impl Fn(&Query) -> bool) -> (usize, Figures) {
    let all: Vec<Figures> = queries
        .iter()
        .zip(&run.rankings)
        .filter(|(query, _)| chosen(query))
        .map(|(query, ranking)| Figures::of(ranking, &query.judgements))
        .collect();
    (all.len(), Figures::mean(&all))
}

/// Writes a row for all queries, for each half, and for each kind in the half to report.
fn report(out: &mut impl Write, collection: &Collection, run: &Run) -> std::io::Result<()> {
    let mut row = |which: &str, (count, mean): (usize, Figures)| {
        writeln!(
            out,
            "| {} | {} | {which} | {count} | {:.3} | {:.3} | {:.3} | {:.3} |",
            collection.name, run.engine, mean.ndcg, mean.reciprocal_rank, mean.recall, mean.nothing
        )
    };
    let queries = &collection.queries;
    row("all", figures(run, queries, |_| true))?;
    row("half to tune", figures(run, queries, |query| query.half == Half::Tune))?;
    row(
        "**half to report**",
        figures(run, queries, |query| query.half == Half::Report),
    )?;
    let mut kinds: Vec<&str> = queries
        .iter()
        .map(|query| query.kind.as_str())
        .filter(|kind| !kind.is_empty())
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in kinds {
        let of_kind = figures(run, queries, |query| query.half == Half::Report && query.kind == kind);
        row(&format!("… {kind}"), of_kind)?;
    }
    Ok(())
}

/// What one engine gave for each query, to look at where it is wrong.
fn lines<'a>(collection: &'a Collection, run: &'a Run) -> impl Iterator<Item = Value> + 'a {
    collection.queries.iter().zip(&run.rankings).map(|(query, ranking)| {
        let figures = Figures::of(ranking, &query.judgements);
        json!({
            "collection": collection.name,
            "engine": run.engine,
            "query": query.text,
            "kind": query.kind,
            "half": format!("{:?}", query.half),
            "ndcg": figures.ndcg,
            "reciprocalRank": figures.reciprocal_rank,
            "recall": figures.recall,
            "first": ranking.iter().take(10).map(|item| json!([item, query.judgements.get(item)])).collect::<Vec<_>>(),
        })
    })
}
