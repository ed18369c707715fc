//! Where settings come from, and what a wrong one is answered with.

use clap::{Args, Command};

use super::error::{flag, variable};
use super::*;

fn file(text: &str) -> (tempfile::TempDir, Settings) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("praxis.toml");
    std::fs::write(&path, text).unwrap();
    let settings = Settings {
        config: Some(path),
        ..Settings::default()
    };
    (directory, settings)
}

fn refusal(settings: Settings) -> String {
    Config::resolve(settings).unwrap_err().to_string()
}

#[test]
fn a_flag_or_variable_wins_over_the_file_and_the_file_over_the_default() {
    let (_directory, settings) = file("max_depth = 7\nmax_aliases = 3\nmetrics = \"127.0.0.1:9090\"\n");
    let config = Config::resolve(Settings {
        max_depth: Some(9),
        ..settings
    })
    .unwrap();
    assert_eq!((config.max_depth, config.max_aliases, config.max_tokens), (9, 3, 4_000));
    assert_eq!(config.metrics, Metrics::At(SocketAddr::from(([127, 0, 0, 1], 9090))));
}

#[test]
fn every_name_follows_from_the_key_and_every_setting_is_explained() {
    for argument in Settings::augment_args(Command::new("praxis")).get_arguments() {
        let name = argument.get_id().as_str();
        assert_eq!(argument.get_long(), Some(flag(name).as_str()));
        assert_eq!(argument.get_env().unwrap().to_str(), Some(variable(name).as_str()));
        assert!(argument.get_help().is_some(), "{name}");
    }
}

#[test]
fn the_help_tells_the_true_defaults() {
    let config = Config::resolve(Settings::default()).unwrap();
    let told = |name: &str, value: String| {
        let command = Settings::augment_args(Command::new("praxis"));
        let argument = command.get_arguments().find(|one| one.get_id() == name).unwrap();
        let help = argument.get_help().unwrap().to_string();
        assert!(
            help.contains(&format!("[default: {value}]")),
            "{name} = {value}: {help}"
        );
    };
    told("addr", config.addr.to_string());
    told("database_connections", config.database_connections.to_string());
    told("meilisearch_index", config.meilisearch_index);
    told("meilisearch_near", config.meilisearch_near.to_string());
    told("cors_origins", config.cors_origins.join(","));
    told("max_body_bytes", config.max_body_bytes.to_string());
    told("max_file_bytes", config.max_file_bytes.to_string());
    told("max_depth", config.max_depth.to_string());
    told("max_cost", config.max_cost.to_string());
    told("max_aliases", config.max_aliases.to_string());
    told("max_directives", config.max_directives.to_string());
    told("max_root_fields", config.max_root_fields.to_string());
    told("max_tokens", config.max_tokens.to_string());
    told("execution_timeout_ms", config.execution_timeout.as_millis().to_string());
    told("drain_timeout_ms", config.drain_timeout.as_millis().to_string());
    told("access_token_seconds", config.access_token_seconds.to_string());
    told("refresh_token_days", config.refresh_token_days.to_string());
    told("require_totp", config.require_totp.to_string());
    told("trusted_proxies", config.trusted_proxies.to_string());
    told("introspection", config.introspection.to_string());
}

#[test]
fn an_unknown_key_in_the_file_is_named_with_its_line() {
    let (_directory, settings) = file("max_depth = 7\nmax_dept = 3\n");
    let error = refusal(settings);
    assert!(error.contains("max_dept") && error.contains("line 2"), "{error}");
}

#[test]
fn mail_and_keys_are_checked_before_they_are_used() {
    let config = Config::resolve(Settings {
        public_url: Some("https://praxis.example.org/".to_owned()),
        ..Settings::default()
    })
    .unwrap();
    assert_eq!(config.mail_from, "Praxis <praxis@praxis.example.org>");
    assert_eq!(config.token_issuer, "https://praxis.example.org");
    let wrong = refusal(Settings {
        mail_from: Some("nobody".to_owned()),
        ..Settings::default()
    });
    assert!(wrong.contains("PRAXIS_MAIL_FROM"), "{wrong}");
    let wrong = refusal(Settings {
        secret_key: Some(Secret::from("short")),
        ..Settings::default()
    });
    assert!(
        wrong.contains("PRAXIS_SECRET_KEY") && !wrong.contains("short\""),
        "{wrong}"
    );
    let wrong = refusal(Settings {
        previous_secret_key: Some(Secret::from("a secret that has nothing after it")),
        ..Settings::default()
    });
    assert!(
        wrong.contains("PRAXIS_PREVIOUS_SECRET_KEY") && !wrong.contains("nothing after"),
        "{wrong}"
    );
    let wrong = refusal(Settings {
        smtp_url: Some(Secret::from("https://praxis:hush@localhost")),
        ..Settings::default()
    });
    assert!(wrong.contains("PRAXIS_SMTP_URL") && !wrong.contains("hush"), "{wrong}");
}

#[test]
fn a_secret_is_never_printed() {
    let config = Config::resolve(Settings {
        database_url: Some(Secret::from("postgres://praxis:hush@localhost/praxis")),
        meilisearch_key: Some(Secret::from("hush")),
        secret_key: Some(Secret::from("hush, this is a secret of the operator")),
        previous_secret_key: Some(Secret::from("hush, this was a secret of the operator")),
        smtp_url: Some(Secret::from("smtps://praxis:hush@localhost:465")),
        openid_issuer: Some("https://id.example.org".to_owned()),
        openid_client_id: Some("praxis".to_owned()),
        openid_client_secret: Some(Secret::from("hush")),
        ..Settings::default()
    })
    .unwrap();
    assert!(!format!("{config:?}").contains("hush"));
    // Not even when it makes the file unreadable, for want of quotation marks.
    let (_directory, settings) = file("max_depth = 7\nmeilisearch_key = hush\n");
    let error = refusal(settings);
    assert!(error.contains("line 2") && !error.contains("hush"), "{error}");
    let error = refusal(Settings {
        meilisearch_key: Some(Secret::from("hush\n")),
        ..Settings::default()
    });
    assert!(
        error.contains("PRAXIS_MEILISEARCH_KEY") && !error.contains("hush"),
        "{error}"
    );
}

#[test]
fn a_wrong_value_is_named_with_its_flag_and_variable() {
    let wrong = [
        Settings {
            max_depth: Some(0),
            ..Settings::default()
        },
        Settings {
            max_depth: Some(65),
            ..Settings::default()
        },
    ];
    for settings in wrong {
        let error = refusal(settings);
        assert!(
            error.contains("--max-depth") && error.contains("PRAXIS_MAX_DEPTH"),
            "{error}"
        );
        assert!(error.contains("between 1 and 64"), "{error}");
    }
    for origin in [
        "https://example.org/",
        "example.org",
        "https://example.org/path",
        "*.example.org",
    ] {
        let error = refusal(Settings {
            cors_origins: Some(format!("https://good.example,{origin}")),
            ..Settings::default()
        });
        assert!(error.contains("--cors-origins") && error.contains(origin), "{error}");
    }
    let error = refusal(Settings {
        log: Some("praxis_api=loud".to_owned()),
        ..Settings::default()
    });
    assert!(error.contains("PRAXIS_LOG"), "{error}");
    let error = refusal(Settings {
        database_url: Some(Secret::from("mysql://localhost/praxis")),
        ..Settings::default()
    });
    assert!(error.contains("PRAXIS_DATABASE_URL"), "{error}");
}

#[test]
fn a_variable_that_is_set_to_nothing_counts_as_not_set() {
    let config = Config::resolve(Settings {
        meilisearch_url: Some(String::new()),
        meilisearch_key: Some(Secret::from("")),
        public_url: Some(String::new()),
        ..Settings::default()
    })
    .unwrap();
    assert!(config.meilisearch_url.is_none() && config.meilisearch_key.is_none());
    assert_eq!(config.public_url, "http://127.0.0.1:8080");
}

#[test]
fn no_origin_may_call_where_the_list_is_empty() {
    let config = Config::resolve(Settings {
        cors_origins: Some(String::new()),
        ..Settings::default()
    })
    .unwrap();
    assert!(config.cors_origins.is_empty());
}
