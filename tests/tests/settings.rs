//! Settings: where they come from, and what is said of wrong ones; the command line.

use std::net::TcpListener;
use std::path::Path;

use praxis_tests::{Backend, Options, Server, Told, free_port, tell};

/// The line in which `praxis doctor` tells the address and the public address in force.
fn in_force(directory: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> String {
    let told = tell(directory, environment, &[arguments, &["doctor"]].concat());
    let line = told.output.lines().find(|line| line.contains("settings"));
    line.unwrap_or_else(|| panic!("{told:?}")).to_owned()
}

/// Runs `serve` on settings that it must refuse.
#[track_caller]
fn refused(directory: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Told {
    let told = tell(directory, environment, &[&["serve"], arguments].concat());
    assert!(told.code.is_some_and(|code| code != 0), "{told:?}");
    assert!(
        !told.errors.contains("panicked") && !told.errors.contains("RUST_BACKTRACE"),
        "{told:?}"
    );
    told
}

#[test]
fn a_flag_wins_over_a_variable_over_the_file_over_the_default() {
    let directory = tempfile::tempdir().expect("there is a place for files");
    let file = directory.path().join("praxis.toml");
    std::fs::write(
        &file,
        "addr = \"127.0.0.1:4001\"\npublic_url = \"https://file.example\"\n",
    )
    .expect("it can be written");
    let file = file.to_str().expect("the path is text");
    let of = |environment: &[(&str, &str)], arguments: &[&str]| in_force(directory.path(), environment, arguments);

    let default = of(&[], &[]);
    assert!(default.contains("127.0.0.1:8080"), "{default}");
    for from_file in [of(&[("PRAXIS_CONFIG", file)], &[]), of(&[], &["--config", file])] {
        assert!(
            from_file.contains("127.0.0.1:4001") && from_file.contains("https://file.example"),
            "{from_file}"
        );
    }
    let variables = [("PRAXIS_CONFIG", file), ("PRAXIS_ADDR", "127.0.0.1:4002")];
    let from_variable = of(&variables, &[]);
    assert!(from_variable.contains("127.0.0.1:4002"), "{from_variable}");
    assert!(
        from_variable.contains("https://file.example"),
        "what the variables leave out comes from the file"
    );
    for arguments in [["--addr", "127.0.0.1:4003"], ["--addr=127.0.0.1:4003", "--max-depth=9"]] {
        let from_flag = of(&variables, &arguments);
        assert!(from_flag.contains("127.0.0.1:4003"), "{from_flag}");
    }
}

#[test]
fn a_settings_file_with_an_unknown_key_is_refused_naming_the_key_and_its_line() {
    let directory = tempfile::tempdir().expect("there is a place for files");
    let file = directory.path().join("praxis.toml");
    std::fs::write(&file, "max_depth = 7\n\nmax_dept = 8\n").expect("it can be written");
    let file = file.to_str().expect("the path is text");
    for arguments in [&["serve"][..], &["doctor"], &["schema"]] {
        let told = tell(directory.path(), &[("PRAXIS_CONFIG", file)], arguments);
        assert_eq!(told.code, Some(2), "{told:?}");
        for part in ["max_dept`", "line 3", file] {
            assert!(told.errors.contains(part), "{}", told.errors);
        }
    }
}

#[test]
fn a_settings_file_that_is_missing_or_malformed_is_refused_by_name() {
    let directory = tempfile::tempdir().expect("there is a place for files");
    let told = refused(directory.path(), &[("PRAXIS_CONFIG", "missing.toml")], &[]);
    assert!(
        told.errors.contains("missing.toml") && told.errors.contains("PRAXIS_CONFIG"),
        "{told:?}"
    );
    for (text, line) in [
        ("max_depth = \n", "line 1"),
        ("\nmax_depth = \"deep\"\n", "line 2"),
        ("[more]\n", "line 1"),
    ] {
        std::fs::write(directory.path().join("wrong.toml"), text).expect("it can be written");
        let told = refused(directory.path(), &[], &["--config", "wrong.toml"]);
        assert!(
            told.errors.contains("wrong.toml") && told.errors.contains(line),
            "{text}: {told:?}"
        );
    }
}

#[test]
fn a_wrong_value_is_refused_naming_the_setting() {
    let directory = tempfile::tempdir().expect("there is a place for files");
    for (variable, value) in [
        ("PRAXIS_ADDR", "nowhere"),
        ("PRAXIS_DATABASE_URL", "mysql://localhost/x"),
        ("PRAXIS_DATABASE_CONNECTIONS", "0"),
        ("PRAXIS_DATABASE_CONNECTIONS", "many"),
        ("PRAXIS_MAX_DEPTH", "-1"),
        ("PRAXIS_MAX_BODY_BYTES", "0"),
        ("PRAXIS_PUBLIC_URL", "praxis.example"),
        ("PRAXIS_PUBLIC_URL", "ftp://praxis.example"),
        ("PRAXIS_MEILISEARCH_URL", "localhost:7700"),
        ("PRAXIS_SEARCH_FALLBACK", "maybe"),
        ("PRAXIS_INTROSPECTION", "perhaps"),
        ("PRAXIS_LOG_FORMAT", "xml"),
        ("PRAXIS_METRICS", "somewhere"),
        ("PRAXIS_CORS_ORIGINS", "partner example"),
    ] {
        let told = refused(directory.path(), &[(variable, value)], &[]);
        let flag = variable.trim_start_matches("PRAXIS_").to_lowercase().replace('_', "-");
        assert_eq!(told.code, Some(2), "{variable}={value}: {told:?}");
        assert!(told.errors.contains(&flag), "{variable}={value}: {}", told.errors);
    }
    assert!(!directory.path().join("data").exists(), "nothing was begun");
}

#[test]
fn a_password_is_never_printed() {
    let directory = tempfile::tempdir().expect("there is a place for files");
    let environment = [
        ("PRAXIS_DATABASE_URL", "postgres://praxis:hush-hush@127.0.0.1:1/praxis"),
        ("PRAXIS_MEILISEARCH_KEY", "hush-hush"),
    ];
    for arguments in [
        &["doctor"][..],
        &["migrate"],
        &["serve", "--help"],
        &["--help"],
        &["serve", "--addr", "x"],
    ] {
        let told = tell(directory.path(), &environment, arguments);
        assert!(!format!("{told:?}").contains("hush-hush"), "{told:?}");
    }
}

#[tokio::test]
async fn an_address_in_use_is_told_with_the_setting_to_change() {
    let directory = tempfile::tempdir().expect("there is a place for files");
    let taken = TcpListener::bind(("127.0.0.1", 0)).expect("there is a free port");
    let address = taken.local_addr().expect("it has an address").to_string();
    let told = refused(directory.path(), &[("PRAXIS_ADDR", &address)], &["--sample"]);
    assert_eq!(told.code, Some(1));
    for part in [address.as_str(), "in use", "PRAXIS_ADDR"] {
        assert!(told.errors.contains(part), "{}", told.errors);
    }
    assert!(
        !directory.path().join("data/praxis.sqlite").exists(),
        "nothing was begun"
    );
}

#[test]
fn a_data_directory_that_can_not_be_made_is_told_with_the_setting_to_change() {
    let directory = tempfile::tempdir().expect("there is a place for files");
    std::fs::write(directory.path().join("occupied"), "").expect("it can be written");
    let address = format!("127.0.0.1:{}", free_port());
    let environment = [("PRAXIS_ADDR", address.as_str()), ("PRAXIS_DATA_DIR", "occupied/data")];
    for arguments in [&["serve"][..], &["migrate"], &["reindex"], &["export"]] {
        let told = tell(directory.path(), &environment, arguments);
        assert_eq!(told.code, Some(1), "{told:?}");
        for part in ["occupied/data", "PRAXIS_DATA_DIR"] {
            assert!(told.errors.contains(part), "{arguments:?}: {}", told.errors);
        }
    }
}

#[test]
fn a_database_that_can_not_be_reached_is_told_with_the_setting_to_check() {
    let directory = tempfile::tempdir().expect("there is a place for files");
    let address = format!("127.0.0.1:{}", free_port());
    let environment = [
        ("PRAXIS_ADDR", address.as_str()),
        ("PRAXIS_DATABASE_URL", "postgres://praxis@127.0.0.1:1/praxis"),
    ];
    let told = refused(directory.path(), &environment, &[]);
    assert_eq!(told.code, Some(1));
    assert!(told.errors.contains("PRAXIS_DATABASE_URL"), "{told:?}");
}

#[test]
fn a_search_model_that_can_not_be_loaded_is_told_with_the_file_and_the_setting_to_change() {
    let directory = tempfile::tempdir().expect("there is a place for files");
    std::fs::create_dir(directory.path().join("model")).expect("it can be made");
    std::fs::write(directory.path().join("model/config.json"), r#"{"model_type": "gpt2"}"#).expect("it can be written");
    for (folder, reason) in [("nowhere", "config.json can't be read"), ("model", "gpt2")] {
        let environment = [("PRAXIS_ADDR", "127.0.0.1:0"), ("PRAXIS_SEARCH_MODEL", folder)];
        let told = refused(directory.path(), &environment, &[]);
        assert!(told.errors.contains("PRAXIS_SEARCH_MODEL"), "{told:?}");
        assert!(told.errors.contains(reason), "{told:?}");
    }
}

#[test]
fn an_embedder_that_is_not_described_as_one_is_told_with_the_setting_to_change_and_without_its_key() {
    let directory = tempfile::tempdir().expect("there is a place for files");
    let file = directory.path().join("embedder.json");
    let name = file.to_str().expect("the path is text");
    for (text, near, reason) in [
        (r#"{ "source": "ollama", "modell": "hush" }"#, "0.7", "\"modell\""),
        (r#"{ "source": "hush" }"#, "0.7", "line 1"),
        (r#"{ "source": "userProvided" }"#, "0.7", "userProvided"),
        (r#"{ "source": "ollama", "model": "m" }"#, "1.5", "1.5"),
    ] {
        std::fs::write(&file, text).expect("it can be written");
        let environment = [
            ("PRAXIS_ADDR", "127.0.0.1:0"),
            ("PRAXIS_MEILISEARCH_URL", "http://127.0.0.1:9"),
            ("PRAXIS_MEILISEARCH_EMBEDDER", name),
            ("PRAXIS_MEILISEARCH_NEAR", near),
        ];
        let told = refused(directory.path(), &environment, &[]);
        assert!(told.errors.contains("PRAXIS_MEILISEARCH_EMBEDDER"), "{told:?}");
        assert!(told.errors.contains(reason) && !told.errors.contains("hush"), "{told:?}");
    }
}

#[test]
fn every_command_explains_itself() {
    let directory = tempfile::tempdir().expect("there is a place for files");
    let all = tell(directory.path(), &[], &["--help"]);
    assert_eq!(all.code, Some(0));
    for (command, mentions) in [
        ("serve", "--sample"),
        ("migrate", "--down"),
        ("import", "--dry-run"),
        ("export", "--output"),
        ("reindex", "beside the live one"),
        ("doctor", "what to do"),
        ("schema", "SDL"),
    ] {
        assert!(
            all.output.lines().any(|line| line.trim_start().starts_with(command)),
            "{}",
            all.output
        );
        let told = tell(directory.path(), &[], &[command, "--help"]);
        assert_eq!(told.code, Some(0), "{told:?}");
        for part in [mentions, "Usage: praxis", "PRAXIS_DATA_DIR", "PRAXIS_CONFIG"] {
            assert!(told.output.contains(part), "{command}: {part} in {}", told.output);
        }
    }
    let version = tell(directory.path(), &[], &["--version"]);
    assert!(version.output.starts_with("praxis "), "{version:?}");
    assert_eq!(
        std::fs::read_dir(directory.path()).map(Iterator::count).ok(),
        Some(0),
        "help makes no files"
    );
}

#[test]
fn an_unknown_command_or_flag_is_a_wrong_use() {
    let directory = tempfile::tempdir().expect("there is a place for files");
    for arguments in [
        &[][..],
        &["sevre"],
        &["serve", "--sampel"],
        &["import"],
        &["export", "--kind", "nothing"],
    ] {
        let told = tell(directory.path(), &[], arguments);
        assert_eq!(told.code, Some(2), "{arguments:?}: {told:?}");
        assert!(
            told.errors.contains("Usage") || told.errors.contains("--help"),
            "{told:?}"
        );
    }
}

#[tokio::test]
async fn the_public_address_is_the_one_of_the_settings() {
    let options = Options::empty(Backend::Sqlite).with("PRAXIS_PUBLIC_URL", "https://praxis.example/");
    let server = Server::start(options).await;
    let item = praxis_tests::Item::new("lesson", "listen-first", "Listen first", serde_json::json!({}));
    server.import(&[item]);
    let answer = server.query("{ lessons { nodes { url } } }").await;
    let url = &answer.data()["lessons"]["nodes"][0]["url"];
    assert_eq!(url, "https://praxis.example/lesson/listen-first");
}
