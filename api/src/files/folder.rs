//! The folder of the data directory in which the bytes lie.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::{NamedTempFile, TempPath};
use uuid::Uuid;

/// What is on its way in.
const INCOMING: &str = "incoming";

/// The folder with the bytes of stored files.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The folder in this data directory. It is made when the first file comes.
    pub fn within(data_dir: &Path) -> Self {
        Self {
            root: data_dir.join("files"),
        }
    }

    /// Where the bytes of a file lie.
    pub fn path(&self, id: Uuid) -> PathBuf {
        let name = id.simple().to_string();
        // The last digits of a UUIDv7 are random, the first are the time.
        let shelf = name.get(30..).unwrap_or_default().to_owned();
        self.root.join(shelf).join(name)
    }

    /// Does something with the folder on a thread that may wait for the disk: walking through it, or making sure of bytes, can take
    /// long, and answers to others must not wait for it.
    ///
    /// # Errors
    /// Those of the work.
    pub async fn apart<T, Work>(&self, work: Work) -> io::Result<T>
    where
        T: Send + 'static,
        Work: FnOnce(&Self) -> io::Result<T> + Send + 'static,
    {
        let folder = self.clone();
        let working = tokio::task::spawn_blocking(move || work(&folder));
        working.await.map_err(io::Error::other)?
    }

    /// A new file for what is on its way in. It goes with the returned handle unless it is kept.
    ///
    /// # Errors
    /// Where the folder can't be written.
    pub fn incoming(&self) -> io::Result<NamedTempFile> {
        let folder = self.root.join(INCOMING);
        fs::create_dir_all(&folder)?;
        NamedTempFile::new_in(folder)
    }

    /// Makes what came in the bytes of a file, so that a power cut does not take them back.
    ///
    /// # Errors
    /// Where the folder can't be written.
    pub fn keep(&self, incoming: TempPath, id: Uuid) -> io::Result<()> {
        let path = self.path(id);
        let shelf = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(shelf)?;
        File::open(&incoming)?.sync_all()?;
        incoming.persist(&path).map_err(|error| error.error)?;
        File::open(shelf)?.sync_all()?;
        File::open(&self.root)?.sync_all()
    }

    /// Removes the bytes of a file, if there are any.
    ///
    /// # Errors
    /// Where the folder can't be written.
    pub fn remove(&self, id: Uuid) -> io::Result<()> {
        match fs::remove_file(self.path(id)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// The keys of all files whose bytes have lain here for at least this long, in no order. Removes on its way what came in
    /// so long ago and was not kept.
    ///
    /// # Errors
    /// Where the folder can't be read.
    pub fn settled(&self, age: Duration) -> io::Result<Vec<Uuid>> {
        let mut found = Vec::new();
        let shelves = match fs::read_dir(&self.root) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
            other => other?,
        };
        let now = SystemTime::now();
        for shelf in shelves {
            let shelf = shelf?;
            for entry in fs::read_dir(shelf.path())? {
                let entry = entry?;
                let modified = entry.metadata()?.modified()?;
                if now.duration_since(modified).unwrap_or_default() < age {
                    continue;
                }
                if shelf.file_name() == INCOMING {
                    fs::remove_file(entry.path())?;
                } else if let Some(id) = entry.file_name().to_str().and_then(|name| Uuid::try_parse(name).ok()) {
                    found.push(id);
                }
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[tokio::test]
    async fn what_is_done_apart_gives_its_outcome_and_its_errors() {
        let directory = tempfile::tempdir().unwrap();
        let folder = Folder::within(directory.path());
        let settled = folder.apart(|folder| folder.settled(Duration::ZERO)).await;
        assert!(settled.unwrap().is_empty());
        fs::write(directory.path().join("files"), "in the way").unwrap();
        let incoming = folder.apart(|folder| folder.incoming().map(drop)).await;
        assert!(incoming.is_err());
    }

    #[test]
    fn what_is_not_kept_leaves_nothing_and_what_is_kept_stays_until_it_is_removed() {
        let directory = tempfile::tempdir().unwrap();
        let folder = Folder::within(directory.path());
        assert!(folder.settled(Duration::ZERO).unwrap().is_empty());
        drop(folder.incoming().unwrap());
        let id = Uuid::now_v7();
        let mut incoming = folder.incoming().unwrap();
        incoming.write_all(b"bytes").unwrap();
        folder.keep(incoming.into_temp_path(), id).unwrap();
        assert_eq!(fs::read(folder.path(id)).unwrap(), b"bytes");
        assert_eq!(folder.settled(Duration::ZERO).unwrap(), [id]);
        assert!(folder.settled(Duration::from_secs(60)).unwrap().is_empty());
        folder.remove(id).unwrap();
        folder.remove(id).unwrap();
        assert!(folder.settled(Duration::ZERO).unwrap().is_empty());
    }
}
