//! Curation as the tests play it: an author and two moderators.

use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use crate::database::Backend;
use crate::members::Member;
use crate::server::{Options, Server};

/// What the tests look at of a submission.
const SUBMISSION: &str = "submission { id status title slug kind baseRevision target { id revision title }
    claimedBy { displayName } findings { id rule path start end resolved }
    decisions { action reason comments { path text } } changes { path before after } submittedAt }
    content { id title slug revision }";

/// An author and two moderators of an empty collection.
pub struct Scene {
    /// The server.
    pub server: Server,
    /// A member.
    pub author: Member,
    /// A moderator.
    pub moderator: Member,
    /// Another moderator.
    pub other: Member,
}

impl Scene {
    /// Sets the scene.
    pub async fn set(backend: Backend) -> Self {
        let server = Server::start(Options::empty(backend)).await;
        Self {
            author: server.member("ana@example.org", &[]).await,
            moderator: server.member("bela@example.org", &["moderator"]).await,
            other: server.member("chi@example.org", &["moderator"]).await,
            server,
        }
    }

    /// Calls a mutation about submissions and gives its payload.
    pub async fn call(&self, who: &Member, mutation: &str, input: Value) -> Value {
        self.server
            .mutate(Some(&who.session.access), mutation, SUBMISSION, input)
            .await
    }

    /// Does what must go well and gives the submission.
    pub async fn does(&self, who: &Member, mutation: &str, input: Value) -> Value {
        let payload = self.call(who, mutation, input).await;
        assert_eq!(payload["errors"], json!([]), "{mutation}: {payload:#}");
        payload["submission"].clone()
    }

    /// Does what must be refused and gives the codes.
    pub async fn refused(&self, who: &Member, mutation: &str, input: Value) -> Vec<String> {
        let payload = self.call(who, mutation, input).await;
        assert_eq!(payload["submission"], Value::Null, "{mutation}: {payload:#}");
        codes(&payload)
    }

    /// Saves a draft of the author and gives its id.
    pub async fn draft(&self, content: Value) -> String {
        id(&self
            .does(&self.author, "saveDraft", json!({ "content": content }))
            .await)
    }

    /// Submits a document of the author and gives the id of the submission.
    pub async fn submitted(&self, content: Value) -> String {
        let draft = self.draft(content).await;
        id(&self
            .does(&self.author, "submitDraft", json!({ "submission": draft }))
            .await)
    }

    /// Submits a document that the moderator claims, and gives the id of the submission.
    pub async fn claimed(&self, content: Value) -> String {
        let submission = self.submitted(content).await;
        id(&self
            .does(&self.moderator, "claimSubmission", json!({ "submission": submission }))
            .await)
    }

    /// Publishes a document and gives the id of the content.
    pub async fn published(&self, content: Value) -> String {
        let submission = self.claimed(content).await;
        let payload = self
            .call(
                &self.moderator,
                "approveSubmission",
                json!({ "submission": submission }),
            )
            .await;
        assert_eq!(payload["errors"], json!([]), "{payload:#}");
        payload["content"]["id"].as_str().unwrap().to_owned()
    }

    /// Asks a query of somebody and gives the data.
    pub async fn ask(&self, who: &Member, query: &str, variables: Value) -> Value {
        let answer = self.server.ask_as(Some(&who.session.access), query, variables).await;
        answer.data().clone()
    }

    /// Changes rows behind the server's back: lets time pass that a test can't wait for.
    pub async fn execute(&self, sql: &str) {
        let connection = self.server.database.connect().await;
        connection.execute_unprepared(sql).await.unwrap();
    }

    /// The first column of what a statement gives.
    pub async fn rows(&self, sql: &str) -> Vec<String> {
        let connection = self.server.database.connect().await;
        let statement = Statement::from_string(connection.get_database_backend(), sql);
        let rows = connection.query_all_raw(statement).await.unwrap();
        rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    }
}

/// The id of a submission.
#[track_caller]
pub fn id(submission: &Value) -> String {
    submission["id"].as_str().expect("there is a submission").to_owned()
}

/// The codes of the errors in a payload.
pub fn codes(payload: &Value) -> Vec<String> {
    payload["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["code"].as_str().unwrap().to_owned())
        .collect()
}

/// A lesson with this title.
pub fn lesson(title: &str) -> Value {
    json!({ "lesson": { "title": title, "language": "en", "kind": "BOTTLENECK", "factor": "FUNDING" } })
}

/// A lesson in which the safeguarding checks find an e-mail address.
pub fn risky(title: &str) -> Value {
    json!({ "lesson": { "title": title, "language": "en", "kind": "BOTTLENECK", "factor": "FUNDING",
        "summary": "Write to zora@example.com for the list." } })
}
