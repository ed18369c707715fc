//! The floor: what the nested list costs when it is written by hand, for this one answer and nothing else.
//!
//! Four statements with only the columns that the answer has, rows read by position, structs, `serde_json`: the same
//! data as Praxis gives for [`crate::nested::QUERY`], from the same database with the same settings.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use sea_orm::sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgRow};
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous};
use sea_orm::sqlx::{self, ConnectOptions, PgPool, Row, SqlitePool};
use serde::Serialize;
use tokio::net::TcpListener;
use uuid::Uuid;

/// As many connections as Praxis has by default.
const CONNECTIONS: u32 = 8;
/// How many initiatives a page has.
const PAGE: usize = 20;

const INITIATIVES: &str = "SELECT c.id, c.slug, c.title, c.summary, i.level, i.stage, i.started_on, c.published_at \
     FROM content c JOIN initiative i ON i.content_id = c.id \
     WHERE c.kind = 'INITIATIVE' AND c.status = 'PUBLISHED' \
     ORDER BY c.published_at DESC, c.id DESC LIMIT 21";

const PARTNERS: &str = "SELECT r.source_id, r.role, c.id, c.slug, c.title, o.kind \
     FROM content_relation r JOIN content c ON c.id = r.target_id JOIN organization o ON o.content_id = c.id \
     WHERE r.kind = 'PARTNER' AND r.source_id IN (?) AND c.status = 'PUBLISHED' \
     ORDER BY r.source_id, r.position";

const EVIDENCE: &str = "SELECT parent, id, slug, title, direction, strength_level FROM (\
     SELECT r.target_id AS parent, c.id, c.slug, c.title, e.direction, e.strength_level, ROW_NUMBER() OVER \
     (PARTITION BY r.target_id ORDER BY c.published_at DESC, c.id DESC) AS place \
     FROM content_relation r JOIN content c ON c.id = r.source_id JOIN evidence e ON e.content_id = c.id \
     WHERE r.kind = 'ABOUT' AND r.target_id IN (?) AND c.status = 'PUBLISHED') AS ranked \
     WHERE place <= 5 ORDER BY parent, place";

const LESSONS: &str = "SELECT parent, id, slug, title, kind, factor FROM (\
     SELECT r.target_id AS parent, c.id, c.slug, c.title, l.kind, l.factor, ROW_NUMBER() OVER \
     (PARTITION BY r.target_id ORDER BY c.published_at DESC, c.id DESC) AS place \
     FROM content_relation r JOIN content c ON c.id = r.source_id JOIN lesson l ON l.content_id = c.id \
     WHERE r.kind = 'LEARNED_FROM' AND r.target_id IN (?) AND c.status = 'PUBLISHED') AS ranked \
     WHERE place <= 5 ORDER BY parent, place";

/// Serves `/initiatives` from the database, and the same bytes without any work from `/ready-made`.
pub async fn serve(database: &str, port: u16) -> std::io::Result<()> {
    let router = if database.starts_with("sqlite:") {
        let options: SqliteConnectOptions = database.parse().map_err(std::io::Error::other)?;
        let options = options
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("cache_size", "-16000")
            .pragma("mmap_size", "268435456")
            .row_buffer_size(1024)
            .statement_cache_capacity(200)
            .disable_statement_logging();
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS)
            .test_before_acquire(false)
            .connect_with(options)
            .await
            .map_err(std::io::Error::other)?;
        router(sqlite::Queries::new(pool)).await
    } else {
        let options: PgConnectOptions = database.parse().map_err(std::io::Error::other)?;
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .test_before_acquire(false)
            .connect_with(options.statement_cache_capacity(200).disable_statement_logging())
            .await
            .map_err(std::io::Error::other)?;
        router(postgres::Queries::new(pool)).await
    };
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    axum::serve(listener, router).await
}

async fn router<Q: Read>(queries: Q) -> Router {
    let ready_made = Bytes::from(queries.answer().await);
    Router::new()
        .route("/initiatives", get(initiatives::<Q>))
        .route(
            "/ready-made",
            get(move || std::future::ready(([(CONTENT_TYPE, "application/json")], ready_made.clone()))),
        )
        .with_state(Arc::new(queries))
}

async fn initiatives<Q: Read>(State(queries): State<Arc<Q>>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], queries.answer().await)
}

/// Answers from one of the databases.
trait Read: Send + Sync + 'static {
    /// The answer as JSON.
    fn answer(&self) -> impl Future<Output = Vec<u8>> + Send;
}

#[derive(Serialize)]
struct Answer {
    data: Data,
}

#[derive(Serialize)]
struct Data {
    initiatives: Page,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    nodes: Vec<Initiative>,
    page_info: PageInfo,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Initiative {
    #[serde(skip)]
    key: Uuid,
    #[serde(skip)]
    published: DateTime<Utc>,
    id: String,
    slug: String,
    title: String,
    summary: Option<String>,
    level: String,
    stage: String,
    started_on: Option<NaiveDate>,
    published_at: String,
    partners: Vec<Partner>,
    evidence: Nodes<Evidence>,
    lessons: Nodes<Lesson>,
}

#[derive(Serialize)]
struct Nodes<T> {
    nodes: Vec<T>,
}

#[derive(Serialize)]
struct Partner {
    role: String,
    organization: Organization,
}

#[derive(Serialize)]
struct Organization {
    id: String,
    slug: String,
    title: String,
    kind: String,
}

#[derive(Serialize)]
struct Evidence {
    id: String,
    slug: String,
    title: String,
    direction: String,
    strength: Strength,
}

#[derive(Serialize)]
struct Strength {
    level: &'static str,
}

#[derive(Serialize)]
struct Lesson {
    id: String,
    slug: String,
    title: String,
    kind: String,
    factor: String,
}

fn level(stored: i16) -> &'static str {
    match stored {
        0 => "ANECDOTAL",
        1 => "EMERGING",
        2 => "MODERATE",
        _ => "STRONG",
    }
}

/// An id as the API shows it: a prefix and 26 digits to the base 32.
fn typed(prefix: &str, key: Uuid) -> String {
    const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut id = String::with_capacity(prefix.len() + 27);
    id.push_str(prefix);
    id.push('_');
    let number = key.as_u128();
    for place in (0..26).rev() {
        id.push(char::from(DIGITS[(number >> (place * 5)) as usize & 31]));
    }
    id
}

fn cursor(last: &Initiative) -> String {
    let mut bytes = Vec::with_capacity(26);
    bytes.extend([1, 0]);
    bytes.extend(last.published.timestamp_micros().to_be_bytes());
    bytes.extend(last.key.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Puts the rows of the four statements together.
fn assemble(
    mut nodes: Vec<Initiative>,
    mut partners: HashMap<Uuid, Vec<Partner>>,
    mut evidence: HashMap<Uuid, Vec<Evidence>>,
    mut lessons: HashMap<Uuid, Vec<Lesson>>,
) -> Vec<u8> {
    let has_next_page = nodes.len() > PAGE;
    nodes.truncate(PAGE);
    for node in &mut nodes {
        node.partners = partners.remove(&node.key).unwrap_or_default();
        node.evidence.nodes = evidence.remove(&node.key).unwrap_or_default();
        node.lessons.nodes = lessons.remove(&node.key).unwrap_or_default();
    }
    let end_cursor = nodes.last().map(cursor);
    serde_json::to_vec(&Answer {
        data: Data {
            initiatives: Page {
                nodes,
                page_info: PageInfo {
                    has_next_page,
                    end_cursor,
                },
            },
        },
    })
    .expect("the answer can be written")
}

/// The same reading for both databases, whose rows are types of their own.
macro_rules! queries {
    ($name:ident, $pool:ty, $row:ty, $keys:expr) => {
        mod $name {
            use super::*;

            /// The statements with as many keys as a page has.
            pub struct Queries {
                pool: $pool,
                partners: String,
                evidence: String,
                lessons: String,
            }

            impl Queries {
                /// Writes the statements.
                pub fn new(pool: $pool) -> Self {
                    let keys: String = (1..=PAGE).map($keys).collect::<Vec<String>>().join(", ");
                    Self {
                        pool,
                        partners: PARTNERS.replace('?', &keys),
                        evidence: EVIDENCE.replace('?', &keys),
                        lessons: LESSONS.replace('?', &keys),
                    }
                }

                async fn grouped<T: Send>(
                    &self,
                    statement: &str,
                    keys: &[Uuid],
                    read: impl Fn(&$row) -> T + Send,
                ) -> HashMap<Uuid, Vec<T>> {
                    let mut query = sqlx::query(sqlx::AssertSqlSafe(statement.to_owned()));
                    for key in keys {
                        query = query.bind(key);
                    }
                    let mut found: HashMap<Uuid, Vec<T>> = HashMap::with_capacity(keys.len());
                    for row in query.fetch_all(&self.pool).await.expect("the database answers") {
                        found.entry(row.get(0)).or_default().push(read(&row));
                    }
                    found
                }
            }

            impl Read for Queries {
                async fn answer(&self) -> Vec<u8> {
                    let rows = sqlx::query(INITIATIVES)
                        .fetch_all(&self.pool)
                        .await
                        .expect("the database answers");
                    let nodes: Vec<Initiative> = rows
                        .iter()
                        .map(|row: &$row| {
                            let published: DateTime<Utc> = row.get(7);
                            Initiative {
                                key: row.get(0),
                                published,
                                id: typed("initiative", row.get(0)),
                                slug: row.get(1),
                                title: row.get(2),
                                summary: row.get(3),
                                level: row.get(4),
                                stage: row.get(5),
                                started_on: row.get(6),
                                published_at: published.to_rfc3339_opts(SecondsFormat::AutoSi, true),
                                partners: Vec::new(),
                                evidence: Nodes { nodes: Vec::new() },
                                lessons: Nodes { nodes: Vec::new() },
                            }
                        })
                        .collect();
                    let keys: Vec<Uuid> = nodes.iter().take(PAGE).map(|node| node.key).collect();
                    let (partners, evidence, lessons) = tokio::join!(
                        self.grouped(&self.partners, &keys, |row| Partner {
                            role: row.get(1),
                            organization: Organization {
                                id: typed("organization", row.get(2)),
                                slug: row.get(3),
                                title: row.get(4),
                                kind: row.get(5),
                            },
                        }),
                        self.grouped(&self.evidence, &keys, |row| Evidence {
                            id: typed("evidence", row.get(1)),
                            slug: row.get(2),
                            title: row.get(3),
                            direction: row.get(4),
                            strength: Strength {
                                level: level(row.get(5)),
                            },
                        }),
                        self.grouped(&self.lessons, &keys, |row| Lesson {
                            id: typed("lesson", row.get(1)),
                            slug: row.get(2),
                            title: row.get(3),
                            kind: row.get(4),
                            factor: row.get(5),
                        }),
                    );
                    assemble(nodes, partners, evidence, lessons)
                }
            }
        }
    };
}

queries!(sqlite, SqlitePool, SqliteRow, |_| "?".to_owned());
queries!(postgres, PgPool, PgRow, |place| format!("${place}"));
