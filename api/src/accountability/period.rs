//! The periods of observations.

use serde::{Deserialize, Serialize};

/// A year, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Period {
    year: i32,
    text: String,
}

impl Period {
    /// Reads a period.
    ///
    /// # Errors
    /// Where the text is none, or its year is not from 1900 to 2100.
    pub fn parse(text: &str) -> Result<Self, String> {
        let known = text.get(..4).and_then(|year| {
            let all_digits = year.bytes().all(|byte| byte.is_ascii_digit());
            let year: i32 = year
                .parse()
                .ok()
                .filter(|year| all_digits && (1900..=2100).contains(year))?;
            is_part_of_year(text.get(4..)?, year).then_some(year)
        });
        match known {
            Some(year) => Ok(Self {
                year,
                text: text.to_owned(),
            }),
            None => Err(format!(
                "`{}` is not a period; write a year from 1900 to 2100, e.g. `2015`, or a part of one: `2015-06`, `2015-Q2`, `2015-06-30`.",
                text.chars().take(30).collect::<String>()
            )),
        }
    }

    /// The year.
    pub fn year(&self) -> i32 {
        self.year
    }

    /// The period as SDMX writes it: `2015`, `2015-06`, `2015-Q2`, `2015-S1` or `2015-06-30`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its place in lists: the first day as a number, zeros for what the period does not say.
    pub fn place(&self) -> i64 {
        let rest: Vec<&str> = self.text.split('-').skip(1).collect();
        let number = |text: &&str| text.trim_start_matches(['Q', 'S']).parse::<i64>().ok();
        let first = rest.first().and_then(number).unwrap_or(0);
        let month = match rest.first() {
            Some(part) if part.starts_with('Q') => 3 * first - 2,
            Some(part) if part.starts_with('S') => 6 * first - 5,
            _ => first,
        };
        i64::from(self.year) * 10_000 + month * 100 + rest.get(1).and_then(number).unwrap_or(0)
    }
}

impl TryFrom<String> for Period {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.text
    }
}

fn is_part_of_year(rest: &str, year: i32) -> bool {
    let number = |digits: &str| {
        (digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| digits.parse::<u32>().ok())
            .flatten()
    };
    let Some(part) = rest.strip_prefix('-') else {
        return rest.is_empty();
    };
    match part.split_once('-') {
        Some((month, day)) => match (number(month), number(day)) {
            (Some(month), Some(day)) => chrono::NaiveDate::from_ymd_opt(year, month, day).is_some(),
            _ => false,
        },
        None => {
            matches!(part, "Q1" | "Q2" | "Q3" | "Q4" | "S1" | "S2")
                || number(part).is_some_and(|month| (1..=12).contains(&month))
        }
    }
}
