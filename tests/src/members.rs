//! People with accounts, and the letters that they get.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::server::{Answer, Server};

/// The password of everybody in the tests.
pub const PASSWORD: &str = "a long enough phrase";

/// The tokens of an open session.
#[derive(Clone, Debug)]
pub struct Session {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
}

impl Session {
    /// Reads the tokens of a payload without errors.
    #[track_caller]
    pub fn of(payload: &Value) -> Self {
        assert_eq!(payload["errors"], json!([]), "{payload:#}");
        let text = |name: &str| payload[name].as_str().expect("there is a token").to_owned();
        Self {
            access: text("accessToken"),
            refresh: text("refreshToken"),
        }
    }
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Member {
    /// The e-mail address.
    pub email: String,
    /// The session.
    pub session: Session,
}

/// A letter that the server wrote.
#[derive(Clone, Debug)]
pub struct Letter {
    /// To whom.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// All of it.
    pub text: String,
}

impl Letter {
    /// The one-time token in it.
    #[track_caller]
    pub fn token(&self) -> String {
        let begin = self.text.find("pot_").expect("the letter has a token");
        self.text[begin..]
            .chars()
            .take_while(|character| character.is_ascii_alphanumeric() || matches!(character, '-' | '_'))
            .collect()
    }
}

impl Server {
    /// Calls a mutation with an input and gives its payload.
    pub async fn mutate(&self, token: Option<&str>, mutation: &str, fields: &str, input: Value) -> Value {
        let answer = self.try_mutate(token, mutation, fields, input).await;
        answer.data()["result"].clone()
    }

    /// Calls a mutation with an input and gives the whole answer.
    pub async fn try_mutate(&self, token: Option<&str>, mutation: &str, fields: &str, input: Value) -> Answer {
        let name = input_of(mutation);
        let query = format!(
            "mutation ($input: {name}!) {{ result: {mutation}(input: $input) {{ {fields} errors {{ code message path }} }} }}"
        );
        self.ask_as(token, &query, json!({ "input": input })).await
    }

    /// Makes an account with these roles by the command line, and signs in.
    pub async fn member(&self, email: &str, roles: &[&str]) -> Member {
        self.create_account(email, roles);
        Member {
            email: email.to_owned(),
            session: Session::of(&self.sign_in(email, PASSWORD).await),
        }
    }

    /// Makes an account with these roles by the command line.
    #[track_caller]
    pub fn create_account(&self, email: &str, roles: &[&str]) {
        let mut arguments = vec!["user", "create", "--email", email, "--display-name", "Somebody"];
        for role in roles {
            arguments.extend(["--role", role]);
        }
        arguments.push("--password-stdin");
        let output = self.run_with_input(&arguments, &format!("{PASSWORD}\n"));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Signs in and gives the payload.
    pub async fn sign_in(&self, email: &str, password: &str) -> Value {
        let input = json!({ "email": email, "password": password });
        self.mutate(
            None,
            "signIn",
            "accessToken refreshToken expiresAt viewer { id email displayName roles mustEnrolTotp }",
            input,
        )
        .await
    }

    /// Refreshes a session and gives the payload.
    pub async fn refresh(&self, token: &str) -> Value {
        let input = json!({ "refreshToken": token });
        self.mutate(
            None,
            "refreshSession",
            "accessToken refreshToken viewer { roles }",
            input,
        )
        .await
    }

    /// The letters to an address, the oldest first, once there are at least so many.
    pub async fn letters(&self, to: &str, count: usize) -> Vec<Letter> {
        let begun = Instant::now();
        loop {
            let letters: Vec<Letter> = self
                .all_letters()
                .into_iter()
                .filter(|letter| letter.to == to)
                .collect();
            if letters.len() >= count {
                return letters;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "{} letters to {to}, not {count}\n{}",
                letters.len(),
                self.logs()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// All letters so far, the oldest first.
    pub fn all_letters(&self) -> Vec<Letter> {
        let Ok(directory) = std::fs::read_dir(self.directory().join("mail")) else {
            return Vec::new();
        };
        let mut paths: Vec<_> = directory
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
            .collect();
        paths.sort();
        paths
            .iter()
            .map(|path| {
                let text = std::fs::read_to_string(path).expect("the letter can be read");
                let header = |name: &str| {
                    let line = text.lines().find_map(|line| line.strip_prefix(name));
                    line.unwrap_or_default().trim().to_owned()
                };
                Letter {
                    to: header("To:"),
                    subject: header("Subject:"),
                    text: unquoted(&text),
                }
            })
            .collect()
    }
}

/// A letter's quoted-printable text: long lines end in an equals sign, and bytes beyond ASCII are two hexadecimal digits
/// after one.
fn unquoted(text: &str) -> String {
    let text = text.replace("=\r\n", "");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let quoted = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match quoted.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if first == b'=' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).expect("a letter is UTF-8")
}

/// The type of a mutation's input. Several mutations share one; all others have one of their own name.
fn input_of(mutation: &str) -> String {
    match mutation {
        "submitDraft" | "withdrawSubmission" | "claimSubmission" | "releaseClaim" => "SubmissionActionInput".to_owned(),
        "requestChanges" | "approveSubmission" | "rejectSubmission" => "SubmissionDecisionInput".to_owned(),
        "hideContent" | "restoreContent" | "retractContent" | "eraseContent" => "ContentDecisionInput".to_owned(),
        own => {
            let mut name = own.to_owned();
            name[..1].make_ascii_uppercase();
            name + "Input"
        }
    }
}
