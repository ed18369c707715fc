//! One run of everything.

use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use crate::generate::Collection;
use crate::report::Report;
use crate::{Run, curation, import, nested, paging, search, smallest, start};

/// Measures everything, prints the Markdown and writes the JSON.
pub async fn run(options: &Run) -> std::io::Result<()> {
    let begun = Instant::now();
    let mut report = Report::default();
    let before = load_average();
    let directory = tempfile::tempdir()?;
    let small = directory.path().join("small.jsonl");
    let large = directory.path().join("large.jsonl");
    write(&small, options.items / 10)?;
    write(&large, options.items)?;
    for backend in options.backends() {
        let say = |what: &str| eprintln!("{:>4} s  {backend:?}: {what}", begun.elapsed().as_secs());
        say("import");
        let place = import::measure(options, backend, &small, &large, &mut report).await;
        say("start to ready");
        start::measure(options, &place, &mut report).await;
        let praxis = place.serve(&[]).await;
        say("20 initiatives nested");
        nested::measure(options, &place, &praxis, &mut report).await;
        say("the smallest query");
        smallest::measure(options, &place, &praxis, &mut report).await;
        say("search");
        search::measure(options, &place, &praxis, &mut report).await;
        say("deep pages");
        paging::measure(options, &place, &praxis, &mut report).await;
        praxis.stop();
        say("curation");
        curation::measure(options, backend, &mut report).await;
    }
    report.machine.push((
        "load average before",
        before + " (above 0: others were working on the machine)",
    ));
    report.machine.push((
        "collection",
        format!(
            "{} items{}",
            options.items,
            if options.analyze { ", ANALYZE on SQLite too" } else { "" }
        ),
    ));
    publish(options, report, begun)
}

/// Says under which circumstances it was measured, prints the Markdown and writes the JSON.
pub fn publish(options: &Run, mut report: Report, begun: Instant) -> std::io::Result<()> {
    report.machine.extend([
        (
            "cores",
            std::thread::available_parallelism()?.to_string() + ", shared by Praxis, the database and the load",
        ),
        ("load average after", load_average()),
        (
            "rounds",
            format!("{} of {} s; figures are medians", options.rounds, options.seconds),
        ),
        ("whole run", format!("{} s", begun.elapsed().as_secs())),
    ]);
    println!("{}", report.markdown());
    if let Some(parent) = options.json.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(&options.json, format!("{:#}\n", report.json()))
}

/// Writes a collection of this many items as a bundle.
pub fn write(path: &Path, items: usize) -> std::io::Result<()> {
    let mut out = BufWriter::new(std::fs::File::create(path)?);
    for item in Collection::new(items) {
        writeln!(out, "{item}")?;
    }
    out.flush()
}

fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}
