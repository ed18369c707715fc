//! What answers a saved search, as an Atom feed (RFC 4287).

use std::collections::HashMap;

use atom_syndication::{Entry, Feed, Generator, Link, Person, Text};
use praxis_entities::vocabulary::ContentStatus;
use praxis_entities::{content, notification, saved_search};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::app::App;
use crate::content::fields::public_url;
use crate::text::plain;

/// Most entries of a feed.
const ENTRIES: u64 = 50;

/// The feed of a saved search: the latest public content that answers it. Two statements.
///
/// # Errors
/// Where the database is away.
pub async fn feed(app: &App, search: &saved_search::Model, address: String) -> Result<Feed, DbErr> {
    let matches = notification::Entity::find()
        .filter(notification::Column::SavedSearchId.eq(search.id))
        .order_by_desc(notification::Column::Id)
        .limit(ENTRIES)
        .all(app.database.read())
        .await?;
    let ids = matches.iter().filter_map(|one| one.content_id);
    let contents: HashMap<Uuid, content::Model> = content::Entity::find()
        .filter(content::Column::Id.is_in(ids))
        .filter(content::Column::Status.eq(ContentStatus::Published))
        .all(app.database.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let entries = matches
        .iter()
        .filter_map(|one| Some((one, contents.get(&one.content_id?)?)))
        .map(|(one, content)| entry(app, one, content))
        .collect();
    let updated = matches.first().map_or(search.updated_at, |latest| latest.created_at);
    Ok(Feed {
        title: Text::plain(format!("Praxis: {}", search.name)),
        id: urn(search.id),
        updated: updated.fixed_offset(),
        authors: vec![Person {
            name: "Praxis".to_owned(),
            ..Person::default()
        }],
        generator: Some(Generator {
            value: "Praxis".to_owned(),
            ..Generator::default()
        }),
        links: vec![Link {
            href: address,
            rel: "self".to_owned(),
            mime_type: Some("application/atom+xml".to_owned()),
            ..Link::default()
        }],
        entries,
        ..Feed::default()
    })
}

fn entry(app: &App, told: &notification::Model, content: &content::Model) -> Entry {
    Entry {
        title: Text::plain(content.title.clone()),
        id: urn(content.id),
        updated: told.created_at.fixed_offset(),
        published: Some(content.published_at.fixed_offset()),
        links: vec![Link {
            href: public_url(&app.public_url, content.kind, &content.slug),
            rel: "alternate".to_owned(),
            hreflang: Some(content.language.clone()),
            ..Link::default()
        }],
        summary: content.summary.as_deref().map(|summary| Text::plain(plain(summary))),
        ..Entry::default()
    }
}

fn urn(id: Uuid) -> String {
    id.urn().to_string()
}
