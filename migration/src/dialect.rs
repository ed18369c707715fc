//! The only place where the two databases get different SQL, and the shorthands that every migration uses.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseBackend};

/// A foreign key that is added with its table.
pub struct Reference {
    /// The referring column.
    pub column: &'static str,
    /// The table referred to, by its primary key column.
    pub target: (&'static str, &'static str),
    /// What happens to the referring row when the target goes.
    pub on_delete: ForeignKeyAction,
}

/// Creates a table with its primary key, foreign keys and indexes.
///
/// Foreign keys are checked at the end of the transaction on PostgreSQL; SQLite does the same for a transaction that
/// sets `defer_foreign_keys`. Items of one import may so refer to each other in any order.
pub async fn create_table(
    manager: &SchemaManager<'_>,
    name: &'static str,
    columns: Vec<ColumnDef>,
    primary_key: &[&'static str],
    references: Vec<Reference>,
    indexes: &[(&'static str, &[&'static str], bool)],
) -> Result<(), DbErr> {
    let mut table = Table::create();
    table.table(Alias::new(name));
    for column in columns {
        table.col(column);
    }
    let mut key = Index::create();
    for column in primary_key {
        key.col(Alias::new(*column));
    }
    table.primary_key(&mut key);
    let constraints: Vec<String> = references
        .iter()
        .map(|reference| format!("fk_{name}_{}", reference.column))
        .collect();
    for (reference, constraint) in references.iter().zip(&constraints) {
        table.foreign_key(
            ForeignKey::create()
                .name(constraint)
                .from(Alias::new(name), Alias::new(reference.column))
                .to(Alias::new(reference.target.0), Alias::new(reference.target.1))
                .on_delete(reference.on_delete),
        );
    }
    manager.create_table(table).await?;
    if manager.get_database_backend() == DatabaseBackend::Postgres {
        for constraint in constraints {
            manager
                .get_connection()
                .execute_unprepared(&format!(
                    "ALTER TABLE {name} ALTER CONSTRAINT {constraint} DEFERRABLE INITIALLY DEFERRED"
                ))
                .await?;
        }
    }
    for (index, columns, unique) in indexes {
        let mut statement = Index::create();
        statement.name(*index).table(Alias::new(name));
        for column in *columns {
            statement.col(Alias::new(*column));
        }
        if *unique {
            statement.unique();
        }
        manager.create_index(statement).await?;
    }
    Ok(())
}

/// Lets PostgreSQL order and compare a text column byte by byte, as SQLite does. Keysets and exports are then the same on
/// both, whatever the locale of the server.
pub async fn order_by_bytes(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: &[&'static str],
) -> Result<(), DbErr> {
    if manager.get_database_backend() == DatabaseBackend::Postgres {
        for column in columns {
            manager
                .get_connection()
                .execute_unprepared(&format!(
                    "ALTER TABLE {table} ALTER COLUMN {column} TYPE text COLLATE \"C\""
                ))
                .await?;
        }
    }
    Ok(())
}

/// Drops tables in the given order.
pub async fn drop_tables(manager: &SchemaManager<'_>, names: &[&'static str]) -> Result<(), DbErr> {
    for name in names {
        manager
            .drop_table(Table::drop().table(Alias::new(*name)).take())
            .await?;
    }
    Ok(())
}

/// Executes statements that only one of the databases has.
pub async fn either(manager: &SchemaManager<'_>, sqlite: &[&str], postgres: &[&str]) -> Result<(), DbErr> {
    let statements = match manager.get_database_backend() {
        DatabaseBackend::Postgres => postgres,
        _ => sqlite,
    };
    for statement in statements {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}
