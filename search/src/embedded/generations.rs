//! Generations: each rebuild writes a folder of its own, and the file `CURRENT` names the one that is live.
//!
//! The file is replaced by renaming, so at any moment it names a complete generation, whatever crashes.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use tantivy::Directory;
use tantivy::directory::{INDEX_WRITER_LOCK, MmapDirectory};
use uuid::Uuid;

use crate::SearchError;

const CURRENT: &str = "CURRENT";
const LOCK: &str = "LOCK";
const PREFIX: &str = "generation-";

/// A name for a new generation.
#[must_use]
pub fn new_name() -> String {
    format!("{PREFIX}{}", Uuid::now_v7().simple())
}

/// The folder of a generation.
#[must_use]
pub fn folder(root: &Path, name: &str) -> PathBuf {
    root.join(name)
}

/// The live generation, if there is one.
pub fn current(root: &Path) -> Result<Option<String>, SearchError> {
    match fs::read_to_string(root.join(CURRENT)) {
        Ok(name) => {
            let name = name.trim();
            // The name becomes part of a path: whatever else stands in the file is no generation.
            let genuine = name.starts_with(PREFIX)
                && name[PREFIX.len()..]
                    .chars()
                    .all(|character| character.is_ascii_alphanumeric());
            Ok(genuine.then(|| name.to_owned()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(root, &error)),
    }
}

/// Lets one process at a time open the folder, until the file is dropped: another could otherwise remove a generation
/// that is being made.
pub fn lock(root: &Path) -> Result<File, SearchError> {
    let file = File::create(root.join(LOCK)).map_err(|error| unreadable(root, &error))?;
    match file.lock() {
        Err(error) if error.kind() != ErrorKind::Unsupported => Err(unreadable(root, &error)),
        _ => Ok(file),
    }
}

/// Whether a live generation was ever named.
pub fn is_named(root: &Path) -> bool {
    root.join(CURRENT).exists()
}

/// Makes a generation the live one, durably and at once.
pub fn make_current(root: &Path, name: &str) -> Result<(), SearchError> {
    let temporary = root.join(format!("{CURRENT}.{}", Uuid::now_v7().simple()));
    let swap = || -> std::io::Result<()> {
        let mut file = File::create(&temporary)?;
        writeln!(file, "{name}")?;
        file.sync_all()?;
        fs::rename(&temporary, root.join(CURRENT))?;
        File::open(root)?.sync_all()
    };
    swap().map_err(|error| {
        // Best effort: a stray temporary file is harmless.
        fs::remove_file(&temporary).ok();
        unreadable(root, &error)
    })
}

/// Removes every generation but the live one and `keep`, unless somebody is writing it. What can't be removed now is
/// left to the next time.
pub fn clean_up(root: &Path, keep: Option<&str>) {
    let Ok(Some(live)) = current(root) else {
        return;
    };
    let Ok(entries) = fs::read_dir(root) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let stray = name.starts_with(&format!("{CURRENT}."));
        if stray && is_old(&entry.path()) {
            fs::remove_file(entry.path()).ok();
        }
        if name.starts_with(PREFIX) && name != live && Some(name.as_str()) != keep {
            remove(&entry.path());
        }
    }
}

/// Removes a generation unless somebody is writing it.
pub fn remove(folder: &Path) {
    let Ok(directory) = MmapDirectory::open(folder) else {
        return;
    };
    if let Ok(lock) = directory.acquire_lock(&INDEX_WRITER_LOCK) {
        if let Err(error) = fs::remove_dir_all(folder) {
            tracing::warn!(folder = %folder.display(), %error, "an old index could not be removed");
        }
        drop(lock);
    }
}

/// A temporary file may be another process's that is about to be renamed.
fn is_old(path: &Path) -> bool {
    fs::metadata(path)
        .and_then(|metadata| metadata.modified())
        .ok()
        .and_then(|modified| modified.elapsed().ok())
        .is_some_and(|age| age.as_secs() > 60)
}

fn unreadable(root: &Path, error: &std::io::Error) -> SearchError {
    SearchError::Unavailable(format!("index folder {}: {error}", root.display()))
}

#[cfg(test)]
mod tests {
    use super::{clean_up, current, folder, make_current, new_name};

    #[test]
    fn the_live_generation_is_the_last_one_made_current_and_the_others_are_removed() {
        let root = tempfile::tempdir().expect("a folder");
        assert_eq!(current(root.path()).expect("readable"), None);
        let (first, second) = (new_name(), new_name());
        for name in [&first, &second] {
            std::fs::create_dir(folder(root.path(), name)).expect("made");
            make_current(root.path(), name).expect("swapped");
        }
        assert_eq!(current(root.path()).expect("readable"), Some(second.clone()));
        clean_up(root.path(), None);
        assert!(!folder(root.path(), &first).exists());
        assert!(folder(root.path(), &second).exists());
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_no_generation() {
        let root = tempfile::tempdir().expect("a folder");
        for name in ["../elsewhere", "generation-../x", "", "generation-\u{0}"] {
            std::fs::write(root.path().join("CURRENT"), name).expect("written");
            assert_eq!(current(root.path()).expect("readable"), None);
        }
    }
}
