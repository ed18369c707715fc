//! Names every file in `tests/tests` as a module of the one binary that all of them are linked into (`outside.rs`), so that
//! a new file is tested without being named anywhere.

use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=tests");
    let variable = |name: &str| PathBuf::from(std::env::var_os(name).expect("cargo sets it"));
    let mut files: Vec<PathBuf> = std::fs::read_dir(variable("CARGO_MANIFEST_DIR").join("tests"))
        .expect("the tests are there")
        .map(|file| file.expect("they can be listed").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    files.sort();
    let modules: String = files.iter().map(|path| module(path)).collect();
    std::fs::write(variable("OUT_DIR").join("modules.rs"), modules).expect("it can be written");
}

fn module(path: &Path) -> String {
    let name = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .expect("a file has a name");
    format!("#[path = {path:?}]\nmod {name};\n")
}
