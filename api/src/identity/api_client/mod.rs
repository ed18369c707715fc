//! Applications that act for members: API clients of OAuth 2.0 with scopes.
//!
//! A client acts for one member and never with more than that member's rights and its scopes allow. It works once the member
//! has agreed, in a session of their own, to scopes that it asks for; whoever holds its secret can do the agreed things in the
//! member's name, so nobody can agree for somebody else. Secrets are kept as hashes and shown once. Each change raises the
//! client's version, so that access tokens made before are refused within a second.

mod asking;
pub mod error;
pub mod grant;
pub mod graphql;
pub mod manage;

use async_graphql::Enum;
use chrono::{DateTime, Days, NaiveDate, Utc};
use praxis_entities::api_client;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::scope::Scopes;
use crate::identifier::{NodeId, NodeType};

/// How the application of somebody who deleted their account is called.
pub const FORMER_CLIENT: &str = "An application of a former member";

/// What becomes of the requests of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
#[graphql(name = "ApiClientStatus")]
pub enum Status {
    /// The member has not agreed to any of its scopes yet: it gets no access tokens.
    Pending,
    /// It acts for the member with the scopes that they agreed to.
    Active,
    /// Its last day is over.
    Expired,
    /// It was ended for good.
    Ended,
}

impl Status {
    /// That of a client at this moment.
    pub fn of(row: &api_client::Model, now: DateTime<Utc>) -> Self {
        if row.ended_at.is_some() {
            Self::Ended
        } else if expires_at(row).is_some_and(|end| end <= now) {
            Self::Expired
        } else if agreed(row).is_empty() {
            Self::Pending
        } else {
            Self::Active
        }
    }

    /// The value as the API shows it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Active => "ACTIVE",
            Self::Expired => "EXPIRED",
            Self::Ended => "ENDED",
        }
    }
}

/// The scopes that a client asks for.
pub fn scopes(row: &api_client::Model) -> Scopes {
    Scopes::stored(&row.scopes)
}

/// Those of them that the member agreed to.
pub fn agreed(row: &api_client::Model) -> Scopes {
    scopes(row).and(&Scopes::stored(&row.agreed_scopes))
}

/// The moment from which on a client does not work any more: the end of its last day.
pub fn expires_at(row: &api_client::Model) -> Option<DateTime<Utc>> {
    row.expires_on.map(end_of)
}

fn end_of(day: NaiveDate) -> DateTime<Utc> {
    let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
    next.and_time(chrono::NaiveTime::MIN).and_utc()
}

/// The id of a client as the API and tokens show it.
pub fn public_id(client: Uuid) -> String {
    let id = NodeId {
        node_type: NodeType::ApiClient,
        uuid: client,
    };
    id.to_string()
}

/// Reads the id of a client; none where it is the id of nothing or of something else.
pub fn read_public_id(text: &str) -> Option<Uuid> {
    NodeId::parse_as(text, NodeType::ApiClient).ok()
}

/// How the audit log names a client.
pub fn subject(client: Uuid) -> String {
    format!("client:{client}")
}

/// The clients that act for an account, in the order of their making.
///
/// # Errors
/// Where the database is away.
pub async fn of(connection: &impl ConnectionTrait, account: Uuid) -> Result<Vec<api_client::Model>, DbErr> {
    api_client::Entity::find()
        .filter(api_client::Column::AccountId.eq(account))
        .order_by_asc(api_client::Column::Id)
        .all(connection)
        .await
}

/// All clients, in the order of their making.
///
/// # Errors
/// Where the database is away.
pub async fn all(connection: &impl ConnectionTrait) -> Result<Vec<api_client::Model>, DbErr> {
    api_client::Entity::find()
        .order_by_asc(api_client::Column::Id)
        .all(connection)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> api_client::Model {
        let now = Utc::now();
        api_client::Model {
            id: Uuid::now_v7(),
            account_id: Uuid::now_v7(),
            name: "Mirror".to_owned(),
            scopes: "content:flag profile:read".to_owned(),
            agreed_scopes: String::new(),
            agreed_at: None,
            version: 1,
            changed_at: now,
            created_at: now,
            created_by_id: None,
            expires_on: None,
            ended_at: None,
            ended_by_id: None,
            last_used_on: None,
        }
    }

    #[test]
    fn a_client_works_from_the_agreement_to_the_end_of_its_last_day() {
        let mut row = row();
        let noon = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!(Status::of(&row, Utc::now()), Status::Pending);
        row.agreed_scopes = "profile:read".to_owned();
        row.expires_on = NaiveDate::from_ymd_opt(2027, 2, 28);
        assert_eq!(Status::of(&row, noon("2027-02-28T23:59:59Z")), Status::Active);
        assert_eq!(Status::of(&row, noon("2027-03-01T00:00:00Z")), Status::Expired);
        row.ended_at = Some(Utc::now());
        assert_eq!(Status::of(&row, noon("2027-02-28T23:59:59Z")), Status::Ended);
    }

    #[test]
    fn what_was_agreed_to_and_is_asked_for_no_more_is_no_right() {
        let mut row = row();
        row.agreed_scopes = "curation:decide profile:read".to_owned();
        assert_eq!(agreed(&row).to_string(), "profile:read");
        row.scopes = "content:flag".to_owned();
        assert_eq!(Status::of(&row, Utc::now()), Status::Pending);
    }

    #[test]
    fn an_id_reads_back_as_itself_and_no_other_does() {
        let id = Uuid::now_v7();
        assert_eq!(read_public_id(&public_id(id)), Some(id));
        assert!(public_id(id).starts_with("client_"));
        for wrong in ["", "client_", "client_x", &public_id(id).replace("client_", "account_")] {
            assert_eq!(read_public_id(wrong), None, "{wrong}");
        }
    }
}
