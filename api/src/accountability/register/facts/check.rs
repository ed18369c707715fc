//! The rules that facts obey.

use chrono::{Datelike, NaiveDate};
use praxis_entities::vocabulary::{ConceptScheme, TreatyStatus};
use uuid::Uuid;

use super::super::check::unknown;
use super::{FactInput, ObservationInput, RatificationInput};
use crate::accountability::reference::place_of;
use crate::content::document::problem::{ProblemCode, Problems};
use crate::content::document::validate::{LINE, Rules, TEXT};
use crate::graphql::scalars::Date;

/// The earliest year of a treaty whose adoption is not known.
pub const EARLIEST: i32 = 1945;

/// The status of an observation that is a forecast, in the code list of SDMX (`CL_OBS_STATUS`).
pub const FORECAST: &str = "F";

/// Finds what facts are of.
pub trait Lookup {
    /// The key of the treaty with this slug, and the day of its adoption, where that is known.
    fn treaty(&self, slug: &str) -> Option<(Uuid, Option<NaiveDate>)>;

    /// The key of the indicator with this slug.
    fn indicator(&self, slug: &str) -> Option<Uuid>;
}

impl FactInput {
    /// Finds everything that is wrong with a fact.
    pub fn check(&self, rules: &Rules<'_>, lookup: &dyn Lookup, problems: &mut Problems) {
        let (country, source) = match self {
            FactInput::Ratification(input) => (&input.country, &input.source),
            FactInput::Observation(input) => (&input.country, &input.source),
        };
        if let Err(error) = rules.vocabulary.require(ConceptScheme::Country, country.as_str()) {
            problems.add(ProblemCode::UnknownCountry, "country", error.message());
        }
        rules.line(problems, "source", source, TEXT);
        match self {
            FactInput::Ratification(input) => ratification(input, rules, lookup, problems),
            FactInput::Observation(input) => observation(input, rules, lookup, problems),
        }
    }
}

fn ratification(input: &RatificationInput, rules: &Rules<'_>, lookup: &dyn Lookup, problems: &mut Problems) {
    let adopted_on = match lookup.treaty(&input.treaty) {
        Some((_, adopted_on)) => adopted_on,
        None => {
            unknown(problems, "treaty", "treaty", &input.treaty);
            None
        }
    };
    if input.status != TreatyStatus::StateParty && (input.date.is_some() || input.year.is_some()) {
        problems.add(
            ProblemCode::Invalid,
            if input.date.is_some() { "date" } else { "year" },
            "Only a state that is bound has been bound since some day. Write the status `STATE_PARTY`, or leave this out.",
        );
    }
    rules.past(problems, "date", input.date);
    rules.in_order(problems, "date", adopted_on.map(Date), input.date);
    let first = adopted_on.map_or(EARLIEST, |day| day.year());
    match input.year {
        Some(year) if !(first..=rules.today.year()).contains(&year) => problems.add(
            ProblemCode::Invalid,
            "year",
            format!(
                "{year} is no year in which a state could be bound; write one from {first} to {}.",
                rules.today.year()
            ),
        ),
        Some(year) if input.date.is_some_and(|date| date.0.year() != year) => problems.add(
            ProblemCode::Invalid,
            "year",
            format!("{year} is not the year of the `date`; leave one out."),
        ),
        _ => {}
    }
    if let Some(note) = &input.note {
        rules.line(problems, "note", note, TEXT);
    }
}

fn observation(input: &ObservationInput, rules: &Rules<'_>, lookup: &dyn Lookup, problems: &mut Problems) {
    if lookup.indicator(&input.indicator).is_none() {
        unknown(problems, "indicator", "indicator", &input.indicator);
    }
    rules.optional_line(problems, "unit", input.unit.as_deref());
    rules.optional_line(problems, "flag", input.flag.as_deref());
    check_disaggregation(rules, problems, "disaggregation", input.disaggregation.as_deref());
    let is_forecast = input
        .flag
        .as_ref()
        .is_some_and(|flag| flag.split(' ').any(|code| code == FORECAST));
    if !is_forecast && input.period.place() > place_of(Some(rules.today), None) {
        problems.add(
            ProblemCode::FutureDate,
            "period",
            format!(
                "{} lies in the future. Correct it, or give the value the `flag` `{FORECAST}` if it is a forecast.",
                input.period.as_str()
            ),
        );
    }
}

/// Refuses groups of people that are not written as dimensions with codes.
pub fn check_disaggregation(rules: &Rules<'_>, problems: &mut Problems, path: &str, groups: Option<&str>) {
    let Some(groups) = groups else { return };
    if groups.is_empty() {
        problems.add(ProblemCode::Invalid, path, "Leave this out for all people.");
    } else if !is_disaggregation(groups) {
        problems.add(
            ProblemCode::Invalid,
            path,
            "Write `DIMENSION=CODE`, several with `;` between them in the order of their names, e.g. `AGE=Y0T4;SEX=F`, in the \
             codes of the source: letters, digits, `_`, `-`, `+` and `.`, at most 40 each. `_T` stands for all: leave it out.",
        );
    }
    rules.length(problems, path, groups, LINE);
}

/// The code of a dimension that says nothing: all of it, in the code lists of SDMX.
const ALL: &str = "_T";

/// Whether this can be a code of a code list, which has no place for a name or a number of a person.
fn is_code(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'.'))
        && text.bytes().filter(u8::is_ascii_digit).count() <= 8
}

/// Whether these are dimensions with codes, each dimension once, in order.
fn is_disaggregation(text: &str) -> bool {
    let mut before = "";
    text.split(';').all(|group| match group.split_once('=') {
        Some((dimension, code)) if is_code(dimension) && is_code(code) && code != ALL && dimension > before => {
            before = dimension;
            true
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::is_disaggregation;

    #[test]
    fn groups_of_people_are_dimensions_with_codes_in_order() {
        for good in ["SEX=F", "AGE=Y0T4;SEX=F"] {
            assert!(is_disaggregation(good), "{good}");
        }
        for bad in [
            "",
            "SEX=_T",
            "CHILD=Ana Rai",
            "PHONE=9779812345678",
            "SEX",
            "SEX=",
            "=F",
            "SEX=F;",
            "SEX=F;AGE=Y0T4",
            "SEX=F;SEX=M",
        ] {
            assert!(!is_disaggregation(bad), "{bad}");
        }
    }
}
