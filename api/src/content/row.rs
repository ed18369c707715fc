//! Items' rows with only the columns that are read.
//!
//! A page asks for as few columns as its selection reads: each column costs the database, the driver and the allocator
//! something for every row, and the long texts most. What was not asked for can't be read: trying is an error, never an
//! empty value, which would be a claim.

use std::marker::PhantomData;

use async_graphql::{Context, SelectionField};
use praxis_entities::content;
use praxis_entities::vocabulary::{ContentKind, ContentStatus};
use sea_orm::sea_query::{Alias, Expr, SelectStatement};
use sea_orm::{IdenStatic, Iterable, QueryResult, TryGetable};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::kind::{DetailColumn, Kind};
use crate::graphql::errors::ApiError;

/// Where the items of a connection are selected.
pub const CONNECTION: &[&[&str]] = &[&["nodes"], &["edges", "node"]];

/// A set of columns: of `content`, and of the table of a kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Columns {
    content: u32,
    detail: u32,
}

impl Columns {
    /// Every column.
    pub fn all<K: Kind>() -> Self {
        let first = |count: usize| (1u32 << count) - 1;
        Self {
            content: first(content::Column::iter().count()),
            detail: first(DetailColumn::<K>::iter().count()),
        }
    }

    /// What is read of every item, whatever is selected: its key, and whether it is a tombstone.
    fn least() -> Self {
        Self::default().with(content::Column::Id).with(content::Column::Status)
    }

    /// The columns that the fields read which are selected under one of these paths below the current field.
    pub fn selected<K: Kind>(context: &Context<'_>, paths: &[&[&str]]) -> Self {
        let mut columns = Self::least();
        for path in paths {
            visit(context.field(), path, &mut |field| columns.add::<K>(&field));
        }
        columns
    }

    /// With a column of `content` too.
    pub fn with(mut self, column: content::Column) -> Self {
        self.content |= 1 << column as u32;
        self
    }

    /// The columns of both.
    pub fn union(self, other: Self) -> Self {
        Self {
            content: self.content | other.content,
            detail: self.detail | other.detail,
        }
    }

    fn add<K: Kind>(&mut self, field: &SelectionField<'_>) {
        use content::Column;
        let shared: &[Column] = match field.name() {
            "slug" | "url" => &[Column::Slug],
            "title" | "displayName" => &[Column::Title],
            "summary" | "summaryHtml" => &[Column::Summary],
            "language" | "availableLanguages" => &[Column::Language],
            "statusReason" => &[Column::StatusReason],
            "revision" => &[Column::Revision],
            "publishedAt" => &[Column::PublishedAt],
            "updatedAt" => &[Column::UpdatedAt],
            _ => &[],
        };
        for column in shared {
            *self = self.with(*column);
        }
        // A translation is looked for only where a language is asked for.
        if matches!(field.name(), "title" | "summary" | "summaryHtml")
            && field.arguments().map_or(true, |arguments| !arguments.is_empty())
        {
            *self = self.with(Column::Language);
        }
        self.detail |= detail_columns::<K>(field);
    }
}

/// The columns of the kind's table that a field reads: the one of its name; else, of those whose names begin with its own,
/// the ones that go on with the names of what is selected below it (`strength { level }` reads `strength_level`), or all of
/// them where something else is selected; and what the kind says besides.
fn detail_columns<K: Kind>(field: &SelectionField<'_>) -> u32 {
    let Named { exact, longer } = columns_named::<K>(&[field.name()]);
    let exact = exact | columns_said::<K>(field.name());
    if exact != 0 || longer == 0 {
        return exact;
    }
    field
        .selection_set()
        .map(|below| columns_named::<K>(&[field.name(), below.name()]).exact)
        .try_fold(0, |read, exact| (exact != 0).then_some(read | exact))
        .unwrap_or(longer)
}

/// Columns whose names are made of these words, and those whose names go on after them.
#[derive(Default)]
struct Named {
    exact: u32,
    longer: u32,
}

fn columns_named<K: Kind>(words: &[&str]) -> Named {
    let mut named = Named::default();
    for (place, column) in DetailColumn::<K>::iter().enumerate() {
        let mut letters = column.as_str().bytes().filter(|byte| *byte != b'_');
        let mut wanted = words.iter().flat_map(|word| word.bytes());
        if wanted.all(|byte| letters.next() == Some(byte.to_ascii_lowercase())) {
            match letters.next() {
                None => named.exact |= 1 << place,
                Some(_) => named.longer |= 1 << place,
            }
        }
    }
    named
}

/// The columns that the kind says a field reads.
fn columns_said<K: Kind>(field: &str) -> u32 {
    let mut said = 0;
    for (_, read) in K::READS.iter().filter(|(reader, _)| *reader == field) {
        if let Some(place) = DetailColumn::<K>::iter().position(|column| column.as_str() == read.as_str()) {
            said |= 1 << place;
        }
    }
    said
}

/// Shows the fields that are selected at a path below a field, through all fragments.
fn visit<'a>(field: SelectionField<'a>, path: &[&str], found: &mut impl FnMut(SelectionField<'a>)) {
    match path.split_first() {
        None => field.selection_set().for_each(found),
        Some((name, rest)) => {
            for child in field.selection_set().filter(|child| child.name() == *name) {
                visit(child, rest, found);
            }
        }
    }
}

const DETAIL_PREFIX: &str = "d_";

/// Selects these columns, before any others of the statement.
pub fn select_columns<K: Kind>(select: &mut SelectStatement, columns: Columns) {
    for column in content::Column::iter().filter(|column| columns.content & (1 << *column as u32) != 0) {
        select.column((content::Entity, column));
    }
    for (place, column) in DetailColumn::<K>::iter().enumerate() {
        if columns.detail & (1 << place) != 0 {
            let alias = Alias::new(format!("{DETAIL_PREFIX}{}", column.as_str()));
            select.expr_as(Expr::col((K::Table::default(), column)), alias);
        }
    }
}

/// What all content shares, of one item.
#[derive(Debug)]
pub struct ContentRow {
    /// Which kind of item it is.
    pub kind: ContentKind,
    /// Its key.
    pub id: Uuid,
    /// Where it stands.
    pub status: ContentStatus,
    columns: Columns,
    result: QueryResult,
}

impl ContentRow {
    /// The value of a column.
    ///
    /// # Errors
    /// Where it was not asked for, which is a fault of [`Columns::selected`], or can't be understood.
    pub fn get<T: TryGetable>(&self, column: content::Column) -> Result<T, ApiError> {
        self.at(self.columns.content, column as u32, 0, column.as_str())
    }

    fn at<T: TryGetable>(&self, among: u32, place: u32, before: u32, name: &str) -> Result<T, ApiError> {
        let bit = 1 << place;
        if among & bit == 0 {
            return Err(ApiError::internal(format!("column {name} was read but not selected")));
        }
        let index = before + (among & (bit - 1)).count_ones();
        Ok(self.result.try_get_by_index(index as usize)?)
    }
}

/// An item's row in `content` with its row in the table of its kind.
#[derive(Debug)]
pub struct Row<K> {
    /// What all content shares.
    pub content: ContentRow,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Row<K> {
    /// A row of a statement whose first columns are those of [`select_columns`].
    ///
    /// # Errors
    /// Where its key or its status can't be understood.
    pub fn new(result: QueryResult, columns: Columns) -> Result<Self, ApiError> {
        let mut content = ContentRow {
            kind: K::KIND,
            id: Uuid::nil(),
            status: ContentStatus::Published,
            columns,
            result,
        };
        content.id = content.get(content::Column::Id)?;
        content.status = content.get(content::Column::Status)?;
        Ok(Self {
            content,
            kind: PhantomData,
        })
    }

    /// The value of a column of the kind's table that a tombstone shows too.
    ///
    /// # Errors
    /// As [`ContentRow::get`]; of a tombstone, where the column is among [`Kind::WITHHELD`].
    pub fn detail<T: TryGetable>(&self, column: DetailColumn<K>) -> Result<T, ApiError> {
        let name = column.as_str();
        if self.withholds(name) {
            return Err(ApiError::internal(format!("column {name} of a tombstone was read")));
        }
        let place = DetailColumn::<K>::iter()
            .position(|other| other.as_str() == name)
            .and_then(|place| u32::try_from(place).ok())
            .ok_or_else(|| ApiError::internal(format!("there is no column {name}")))?;
        let columns = self.content.columns;
        self.content
            .at(columns.detail, place, columns.content.count_ones(), name)
    }

    /// The value of a column of the kind's table; nothing where a tombstone withholds it.
    ///
    /// # Errors
    /// As [`ContentRow::get`].
    pub fn shown<T: TryGetable + Default>(&self, column: DetailColumn<K>) -> Result<T, ApiError> {
        if self.withholds(column.as_str()) {
            return Ok(T::default());
        }
        self.detail(column)
    }

    /// The list in a JSON column of the kind's table; empty where a tombstone withholds it.
    ///
    /// # Errors
    /// As [`ContentRow::get`]; where the column holds something else than what was written.
    pub fn list<T: DeserializeOwned>(&self, column: DetailColumn<K>) -> Result<Vec<T>, ApiError> {
        if self.withholds(column.as_str()) {
            return Ok(Vec::new());
        }
        let stored: serde_json::Value = self.detail(column)?;
        serde_json::from_value(stored).map_err(ApiError::internal)
    }

    fn withholds(&self, column: &str) -> bool {
        self.content.status == ContentStatus::Retracted
            && K::WITHHELD.iter().any(|withheld| withheld.as_str() == column)
    }
}
