//! The committed schema is the one that the service serves.

use std::path::Path;

use praxis_tests::tell;

#[test]
fn the_committed_schema_is_what_the_service_serves() {
    let directory = tempfile::tempdir().expect("there is a place for files");
    let told = tell(directory.path(), &[], &["schema"]);
    assert_eq!(told.code, Some(0), "{}", told.errors);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../api/schema.graphql");
    let committed = std::fs::read_to_string(path).expect("the schema is committed");
    let different = committed
        .lines()
        .zip(told.output.lines())
        .position(|(committed, printed)| committed != printed)
        .unwrap_or_else(|| committed.lines().count().min(told.output.lines().count()));
    assert!(
        committed == told.output,
        "api/schema.graphql is stale from line {} on; write it anew with\n\n  \
         cargo run -- schema > api/schema.graphql\n\nand look at what changed before you commit it",
        different + 1
    );
    assert_eq!(
        std::fs::read_dir(directory.path()).map(Iterator::count).ok(),
        Some(0),
        "it needs no data"
    );
}
