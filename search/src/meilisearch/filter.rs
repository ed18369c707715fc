//! Filters as Meilisearch expressions.

use super::document::{NAMES, encode, facet_attribute};
use crate::query::{Field, Filter};

/// The expression of a filter, `None` for everything. Conditions on `without` are left out.
pub fn expression(filter: &Filter, without: Option<Field>) -> Option<String> {
    let mut conditions = Vec::new();
    for (field, values) in &filter.any_of {
        if without != Some(*field) {
            let values: Vec<String> = values.iter().map(|value| encode(value)).collect();
            conditions.push(format!("{} IN [{}]", facet_attribute(*field), values.join(", ")));
        }
    }
    if let Some(minimum) = filter.minimum_strength.filter(|_| without != Some(Field::Strength)) {
        conditions.push(format!("strength_level >= {minimum}"));
    }
    if without != Some(Field::Year) {
        if let Some(from) = filter.year_from {
            conditions.push(format!("year >= {from}"));
        }
        if let Some(to) = filter.year_to {
            conditions.push(format!("year <= {to}"));
        }
    }
    if let Some(wanted) = filter.child_friendly.filter(|_| without != Some(Field::ChildFriendly)) {
        conditions.push(format!("child_friendly = {wanted}"));
    }
    (!conditions.is_empty()).then(|| conditions.join(" AND "))
}

/// The expression for what is called by one of these names.
pub fn called(names: &[String]) -> Option<String> {
    let values: Vec<String> = names.iter().map(|name| encode(name)).collect();
    (!values.is_empty()).then(|| format!("{NAMES} IN [{}]", values.join(", ")))
}

/// Both of two expressions, each of which may be missing.
pub fn both(one: Option<&str>, other: Option<&str>) -> Option<String> {
    let given: Vec<&str> = one.into_iter().chain(other).collect();
    (!given.is_empty()).then(|| given.join(" AND "))
}

/// Whether the filter says anything about this field.
pub fn concerns(filter: &Filter, field: Field) -> bool {
    filter.any_of.contains_key(&field)
        || field == Field::Strength && filter.minimum_strength.is_some()
        || field == Field::Year && (filter.year_from.is_some() || filter.year_to.is_some())
        || field == Field::ChildFriendly && filter.child_friendly.is_some()
}
