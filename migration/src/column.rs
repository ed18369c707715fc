//! The column types that the tables are made of, one definition for each.

use sea_orm_migration::prelude::*;

fn named(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name))
}

/// A UUID: `uuid` on PostgreSQL, a blob of 16 bytes on SQLite.
pub fn uuid(name: &'static str) -> ColumnDef {
    named(name).uuid().not_null().take()
}

/// A UUID that may be missing.
pub fn uuid_null(name: &'static str) -> ColumnDef {
    named(name).uuid().null().take()
}

/// A value of a closed vocabulary.
pub fn keyword(name: &'static str) -> ColumnDef {
    named(name).string_len(40).not_null().take()
}

/// A value of a closed vocabulary that may be missing.
pub fn keyword_null(name: &'static str) -> ColumnDef {
    named(name).string_len(40).null().take()
}

/// A text.
pub fn text(name: &'static str) -> ColumnDef {
    named(name).text().not_null().take()
}

/// A text that may be missing.
pub fn text_null(name: &'static str) -> ColumnDef {
    named(name).text().null().take()
}

/// A whole number.
pub fn integer(name: &'static str) -> ColumnDef {
    named(name).integer().not_null().take()
}

/// A whole number that may be missing.
pub fn integer_null(name: &'static str) -> ColumnDef {
    named(name).integer().null().take()
}

/// A small whole number.
pub fn small_integer(name: &'static str) -> ColumnDef {
    named(name).small_integer().not_null().take()
}

/// A small whole number that may be missing.
pub fn small_integer_null(name: &'static str) -> ColumnDef {
    named(name).small_integer().null().take()
}

/// A long whole number.
pub fn big_integer(name: &'static str) -> ColumnDef {
    named(name).big_integer().not_null().take()
}

/// A long whole number that may be missing.
pub fn big_integer_null(name: &'static str) -> ColumnDef {
    named(name).big_integer().null().take()
}

/// True or false.
pub fn boolean(name: &'static str) -> ColumnDef {
    named(name).boolean().not_null().take()
}

/// A number with a fraction.
pub fn double(name: &'static str) -> ColumnDef {
    named(name).double().not_null().take()
}

/// A number with a fraction that may be missing.
pub fn double_null(name: &'static str) -> ColumnDef {
    named(name).double().null().take()
}

/// A day.
pub fn date(name: &'static str) -> ColumnDef {
    named(name).date().not_null().take()
}

/// A day that may be missing.
pub fn date_null(name: &'static str) -> ColumnDef {
    named(name).date().null().take()
}

/// A moment in UTC, to the microsecond.
pub fn moment(name: &'static str) -> ColumnDef {
    named(name).timestamp_with_time_zone().not_null().take()
}

/// A moment in UTC that may be missing.
pub fn moment_null(name: &'static str) -> ColumnDef {
    named(name).timestamp_with_time_zone().null().take()
}

/// A JSON value.
pub fn json(name: &'static str) -> ColumnDef {
    named(name).json_binary().not_null().take()
}

/// A JSON value that may be missing.
pub fn json_null(name: &'static str) -> ColumnDef {
    named(name).json_binary().null().take()
}

/// A truth value that may be missing.
pub fn boolean_null(name: &'static str) -> ColumnDef {
    named(name).boolean().null().take()
}
