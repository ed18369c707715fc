//! Sessions of the Working Group on the Universal Periodic Review, and the cycles they belong to.

use serde::Serialize;

/// Year and month in which each session began, from the first on.
///
/// Source: the calendar of sessions that the Office of the High Commissioner for Human Rights publishes. None of them
/// runs into another year.
const BEGAN: [(i32, u32); 50] = [
    (2008, 4),
    (2008, 5),
    (2008, 12),
    (2009, 2),
    (2009, 5),
    (2009, 11),
    (2010, 2),
    (2010, 5),
    (2010, 11),
    (2011, 1),
    (2011, 5),
    (2011, 10),
    (2012, 5),
    (2012, 10),
    (2013, 1),
    (2013, 4),
    (2013, 10),
    (2014, 1),
    (2014, 4),
    (2014, 10),
    (2015, 1),
    (2015, 5),
    (2015, 11),
    (2016, 1),
    (2016, 5),
    (2016, 10),
    (2017, 5),
    (2017, 11),
    (2018, 1),
    (2018, 5),
    (2018, 11),
    (2019, 1),
    (2019, 5),
    (2019, 11),
    (2020, 1),
    (2020, 11),
    (2021, 1),
    (2021, 5),
    (2021, 11),
    (2022, 1),
    (2022, 11),
    (2023, 1),
    (2023, 5),
    (2023, 11),
    (2024, 1),
    (2024, 4),
    (2024, 11),
    (2025, 1),
    (2025, 4),
    (2025, 11),
];

/// The first session of each cycle, in which all states are reviewed once.
const CYCLES: [u8; 4] = [1, 13, 27, 41];

/// A cycle of the review, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Cycle(u8);

impl Cycle {
    /// The number, from 1.
    pub fn number(self) -> u8 {
        self.0
    }
}

/// A session that has been held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Session(u8);

impl Session {
    /// The session with this number.
    ///
    /// # Errors
    /// Where the number is none, or of a session that the table does not know.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.parse::<u8>() {
            Ok(number) if (1..=BEGAN.len()).contains(&usize::from(number)) => Ok(Self(number)),
            _ => Err(format!(
                "`{}` is not the number of a session; write one from 1 to {}.",
                text.chars().take(20).collect::<String>(),
                BEGAN.len()
            )),
        }
    }

    /// The number, from 1.
    pub fn number(self) -> u8 {
        self.0
    }

    /// The cycle that the session belongs to.
    pub fn cycle(self) -> Cycle {
        let begun = CYCLES.iter().filter(|first| **first <= self.0).count();
        Cycle(u8::try_from(begun).unwrap_or(1))
    }

    /// The year in which it was held.
    pub fn year(self) -> i32 {
        self.began().0
    }

    /// The month in which it began, from 1.
    pub fn month(self) -> u32 {
        self.began().1
    }

    fn began(self) -> (i32, u32) {
        let at = usize::from(self.0).saturating_sub(1);
        BEGAN.get(at).copied().unwrap_or((2008, 4))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_know_their_cycle_and_year() {
        for (number, cycle, year) in [
            (1, 1, 2008),
            (12, 1, 2011),
            (13, 2, 2012),
            (26, 2, 2016),
            (27, 3, 2017),
            (41, 4, 2022),
        ] {
            let session = Session::parse(&number.to_string()).unwrap();
            assert_eq!((session.cycle().number(), session.year()), (cycle, year), "{number}");
        }
    }

    #[test]
    fn sessions_follow_one_another_in_time() {
        assert!(BEGAN.is_sorted_by(|one, other| one < other));
        assert!(BEGAN.iter().all(|(_, month)| (1..=12).contains(month)));
    }

    #[test]
    fn a_session_that_was_never_held_is_refused() {
        for text in ["0", "51", "-1", "", "2.0", "first", "300"] {
            assert!(Session::parse(text).unwrap_err().contains("from 1 to 50"), "{text}");
        }
    }
}
