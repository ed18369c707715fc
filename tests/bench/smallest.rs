//! The smallest query: what every request costs.

use std::sync::Arc;

use serde_json::json;

use crate::Run;
use crate::http::{Round, load, query};
use crate::process::{Place, Serving};
use crate::report::{Cell, Report, Table, name};
use crate::statistics::{median, milliseconds};

/// Measures.
pub async fn measure(options: &Run, place: &Place, praxis: &Serving, report: &mut Report) {
    let requests = Arc::new(vec![query("{ __typename }", &json!({}))]);
    let mut rows = Vec::new();
    for callers in [1, 16] {
        load(praxis.port, &requests, callers, options.round() / 4).await;
        let before = praxis.processor_time();
        let mut rounds: Vec<Round> = Vec::new();
        for _ in 0..options.rounds {
            rounds.push(load(praxis.port, &requests, callers, options.round() / 2).await);
        }
        let processor = praxis.processor_time().saturating_sub(before);
        let answered: usize = rounds.iter().map(Round::requests).sum();
        let over = |figure: &dyn Fn(&Round) -> f64| median(rounds.iter().map(figure).collect());
        rows.push(vec![
            name(place.backend).into(),
            Cell::Figure(callers as f64, 0),
            Cell::Figure(over(&Round::rate), 0),
            Cell::Figure(over(&|round| round.percentile(0.5)), 3),
            Cell::Figure(over(&|round| round.percentile(0.99)), 3),
            Cell::Figure(milliseconds(processor) / answered as f64, 3),
        ]);
    }
    report.add(Table {
        key: "smallest",
        title: "`{ __typename }`".to_owned(),
        note: "What a request costs before it asks for anything.".to_owned(),
        columns: &["database", "callers", "req/s", "p50 ms", "p99 ms", "CPU ms"],
        rows,
    });
}
