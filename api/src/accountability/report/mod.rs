//! A draft of a report on how a state follows up on what it was told, as CommonMark or DOCX, for coalitions to
//! edit.
//!
//! It says nothing that is not in the data: every figure is either computed here or reported by a finding that is named
//! with its source, and what nobody has assessed is said to be so.

pub mod docx;
mod rows;
mod write;

use chrono::NaiveDate;
use sea_orm::DbErr;

use crate::database::Database;
use crate::vocabulary::{Concept, Vocabulary};

/// How many recommendations a report shows one by one.
const RECOMMENDATIONS: usize = 300;
/// How many voluntary pledges.
const PLEDGES: usize = 100;
/// How many commitments.
const COMMITMENTS: u64 = 200;
/// How many indicators.
const INDICATORS: usize = 50;
/// How many targets of plans and commitments.
const TARGETS: u64 = 100;

/// Writes the draft for a country: a fixed number of statements, however much there is.
///
/// # Errors
/// Where the database is away or a row can't be understood.
pub async fn draft(
    database: &Database,
    vocabulary: &Vocabulary,
    country: &Concept,
    today: NaiveDate,
) -> Result<String, DbErr> {
    let facts = rows::gather(database.read(), vocabulary, country, today).await?;
    Ok(write::report(country.label(None), &facts, today))
}
