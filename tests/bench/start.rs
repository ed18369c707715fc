//! From start to ready, on an existing database with its index.

use crate::Run;
use crate::process::Place;
use crate::report::{Bound, Cell, Report, Table, Target, name};
use crate::statistics::{median, milliseconds};

/// Starts the service once to build the index, and then again and again.
pub async fn measure(options: &Run, large: &Place, report: &mut Report) {
    let sample = Place::new(large.backend).await;
    let mut rows = Vec::new();
    for (what, place, arguments) in [
        ("sample collection", &sample, ["--sample"].as_slice()),
        ("large collection", large, [].as_slice()),
    ] {
        let first = place.serve(arguments).await;
        let built = first.ready_after;
        let peak = first.peak_memory();
        first.stop();
        let mut times = Vec::new();
        for _ in 0..options.rounds.max(3) {
            let serving = place.serve(arguments).await;
            times.push(milliseconds(serving.ready_after));
            serving.stop();
        }
        let middle = median(times.clone());
        rows.push(vec![
            name(place.backend).into(),
            what.into(),
            Cell::Figure(built.as_secs_f64(), 2),
            Cell::Figure(peak as f64 / (1024.0 * 1024.0), 0),
            Cell::Figure(middle, 0),
            Cell::Figure(times.iter().copied().fold(0.0, f64::max), 0),
        ]);
        report.targets.push(Target::new(
            format!("start to ready, {what}"),
            place.backend,
            middle,
            Bound::AtMost(300.0),
            0,
            " ms",
        ));
    }
    report.add(Table {
        key: "start",
        title: "Start to ready".to_owned(),
        note: "From starting the process to the first 200 of `/health/ready`. The first start builds the index (and \
               loads the sample); the later ones find database and index in place."
            .to_owned(),
        columns: &[
            "database",
            "collection",
            "first start s",
            "peak MiB",
            "later median ms",
            "later slowest ms",
        ],
        rows,
    });
}
