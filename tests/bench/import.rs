//! The import of the collection: items a second, and memory.

use std::path::Path;

use praxis_tests::Backend;
use sea_orm::ConnectionTrait;

use crate::Run;
use crate::process::Place;
use crate::report::{Bound, Cell, Report, Table, Target, name};

const MEBIBYTE: f64 = 1024.0 * 1024.0;

/// Imports a tenth of the collection and the whole collection, each into an empty database, and gives the place of the
/// whole one.
pub async fn measure(options: &Run, backend: Backend, small: &Path, large: &Path, report: &mut Report) -> Place {
    let first = Place::new(backend).await;
    let tenth = options.items / 10;
    let few = first.import(small).await;
    drop(first);
    let place = Place::new(backend).await;
    let all = place.import(large).await;
    if options.analyze || backend == Backend::Postgres {
        let connection = place.database.connect().await;
        connection
            .execute_unprepared("ANALYZE")
            .await
            .expect("statistics are gathered");
    }
    let rate = options.items as f64 / all.time.as_secs_f64();
    let mut rows = Vec::new();
    for (items, imported) in [(tenth, &few), (options.items, &all)] {
        rows.push(vec![
            name(backend).into(),
            Cell::Figure(items as f64, 0),
            Cell::Figure(imported.time.as_secs_f64(), 1),
            Cell::Figure(items as f64 / imported.time.as_secs_f64(), 0),
            Cell::Figure(imported.processor.as_secs_f64(), 1),
            Cell::Figure(imported.peak_own as f64 / MEBIBYTE, 0),
            Cell::Figure(imported.peak_memory as f64 / MEBIBYTE, 0),
        ]);
    }
    report.add(Table {
        key: "import",
        title: "Import".to_owned(),
        note: "`praxis import` of one bundle into an empty database, from the start of the command to its end: \
               migrations and vocabularies included. CPU is the processor time of the command, without PostgreSQL; \
               memory is the most that it held of its own (RssAnon, looked at every 5 ms), and with the pages of the \
               SQLite file that it maps, up to 256 MiB of them (VmHWM)."
            .to_owned(),
        columns: &[
            "database",
            "items",
            "seconds",
            "items/s",
            "CPU s",
            "own peak MiB",
            "peak MiB",
        ],
        rows,
    });
    report.targets.push(Target::new(
        format!("import of {} items", options.items),
        backend,
        rate,
        Bound::AtLeast(2_000.0),
        0,
        " items/s",
    ));
    report.targets.push(Target::new(
        format!("peak memory of {} items against {tenth}", options.items),
        backend,
        all.peak_own as f64 / few.peak_own as f64,
        Bound::AtMost(1.5),
        2,
        "",
    ));
    place
}
