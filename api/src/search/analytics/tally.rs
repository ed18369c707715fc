//! Counting searches in memory. Nothing of it names anybody, and what few people ask is never written down by its words: a
//! search may be somebody's name.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, NaiveDate, Timelike, Utc};
use praxis_search::text::words::words;
use uuid::Uuid;

use crate::curation::safeguarding::check_text;

/// By how many visits of a day words must have been searched for to be kept.
pub const ENOUGH: usize = 3;
/// Longest search that is kept by its words, in characters: what is longer is a text, not a search.
const LONGEST: usize = 100;
/// Most searches of a day that are told apart.
const MOST: usize = 10_000;
/// Most visits of one search that are told apart; beyond it nothing more is counted.
const VISITS: usize = 100_000;

/// What is counted of one search, or of all searches of a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Visits that searched for it.
    pub searches: i64,
    /// Those that found nothing.
    pub without_result: i64,
    /// Those that opened something that was found.
    pub clicked: i64,
}

impl Counts {
    fn less(self, other: Self) -> Self {
        Self {
            searches: self.searches - other.searches,
            without_result: self.without_result - other.without_result,
            clicked: self.clicked - other.clicked,
        }
    }

    fn add(&mut self, other: Self) {
        self.searches += other.searches;
        self.without_result += other.without_result;
        self.clicked += other.clicked;
    }
}

/// An account or a network within one hour, as a number that means nothing outside this process.
type Visit = u64;

/// The visits of one search on one day.
#[derive(Default)]
struct Asked {
    visits: HashSet<Visit>,
    without_result: HashSet<Visit>,
    clicked: HashSet<Visit>,
    written: Counts,
}

impl Asked {
    fn counts(&self) -> Counts {
        let number = |set: &HashSet<Visit>| i64::try_from(set.len()).unwrap_or(i64::MAX);
        Counts {
            searches: number(&self.visits),
            without_result: number(&self.without_result),
            clicked: number(&self.clicked),
        }
    }
}

/// What was searched for on one day.
#[derive(Default)]
struct Day {
    asked: HashMap<String, Asked>,
    written: Counts,
}

impl Day {
    fn counts(&self) -> Counts {
        let mut all = Counts::default();
        self.asked.values().for_each(|asked| all.add(asked.counts()));
        all
    }
}

/// What is to be added to the statistics: day, words (none for all searches of the day) and counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    /// The day.
    pub day: NaiveDate,
    /// The words; empty for all searches of the day.
    pub query: String,
    /// What comes on top of what was written before.
    pub counts: Counts,
}

/// Counts searches.
#[derive(Default)]
pub struct Tally {
    hasher: RandomState,
    days: Mutex<HashMap<NaiveDate, Day>>,
}

impl Tally {
    /// Who asks, within this hour.
    pub fn visit(&self, account: Option<Uuid>, network: Option<IpAddr>, at: DateTime<Utc>) -> u64 {
        let network = if account.is_some() { None } else { network };
        self.hasher.hash_one((account, network, at.hour()))
    }

    /// Counts a search.
    pub fn searched(&self, query: &str, found: bool, visit: u64, at: DateTime<Utc>) {
        self.count(query, at, |asked| {
            if asked.visits.len() < VISITS {
                asked.visits.insert(visit);
                if found {
                    asked.without_result.remove(&visit);
                } else {
                    asked.without_result.insert(visit);
                }
            }
        });
    }

    /// Counts that something was opened that a search of the same visit had found. Says whether there was such a search.
    pub fn clicked(&self, query: &str, visit: u64, at: DateTime<Utc>) -> bool {
        let mut known = false;
        self.count(query, at, |asked| {
            known = asked.visits.contains(&visit);
            if known {
                asked.clicked.insert(visit);
            }
        });
        known
    }

    fn count(&self, query: &str, at: DateTime<Utc>, count: impl FnOnce(&mut Asked)) {
        let query = normal(query);
        let mut days = self.days.lock().unwrap_or_else(PoisonError::into_inner);
        let day = days.entry(at.date_naive()).or_default();
        let query = if day.asked.len() < MOST || day.asked.contains_key(&query) {
            query
        } else {
            String::new()
        };
        count(day.asked.entry(query).or_default());
    }

    /// What has to be written: of each search that enough visits asked for what is new, and of all searches together.
    pub fn due(&self) -> Vec<Sum> {
        let days = self.days.lock().unwrap_or_else(PoisonError::into_inner);
        let mut due = Vec::new();
        for (day, searches) in &*days {
            let mut add = |query: &str, counts: Counts| {
                if counts != Counts::default() {
                    due.push(Sum {
                        day: *day,
                        query: query.to_owned(),
                        counts,
                    });
                }
            };
            add("", searches.counts().less(searches.written));
            for (query, asked) in &searches.asked {
                if asked.visits.len() >= ENOUGH && !query.is_empty() {
                    add(query, asked.counts().less(asked.written));
                }
            }
        }
        due
    }

    /// Notes what was written, and forgets days that are over.
    pub fn written(&self, sums: &[Sum], at: DateTime<Utc>) {
        let mut days = self.days.lock().unwrap_or_else(PoisonError::into_inner);
        for sum in sums {
            let Some(day) = days.get_mut(&sum.day) else { continue };
            if sum.query.is_empty() {
                day.written.add(sum.counts);
            } else if let Some(asked) = day.asked.get_mut(&sum.query) {
                asked.written.add(sum.counts);
            }
        }
        days.retain(|day, _| *day >= at.date_naive());
    }
}

/// Words as they are counted: folded, with nothing between them but spaces. Nothing of a search that is too long or in which
/// the safeguarding checks find something.
fn normal(query: &str) -> String {
    if query.chars().count() > LONGEST || !check_text(query).is_empty() {
        return String::new();
    }
    let folded: Vec<String> = words(query).into_iter().map(|word| word.folded).collect();
    folded.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: u32) -> DateTime<Utc> {
        NaiveDate::from_ymd_opt(2026, 1, 2)
            .unwrap()
            .and_hms_opt(hour, 0, 0)
            .unwrap()
            .and_utc()
    }

    fn sum(query: &str, searches: i64, without_result: i64, clicked: i64) -> Sum {
        Sum {
            day: at(0).date_naive(),
            query: query.to_owned(),
            counts: Counts {
                searches,
                without_result,
                clicked,
            },
        }
    }

    fn due(tally: &Tally) -> Vec<Sum> {
        let mut due = tally.due();
        due.sort_by(|one, other| one.query.cmp(&other.query));
        due
    }

    #[test]
    fn what_few_ask_for_is_counted_without_its_words() {
        let tally = Tally::default();
        tally.searched("Zora of Lusaka", false, 1, at(1));
        tally.searched("zora of lusaka", false, 2, at(1));
        assert_eq!(due(&tally), [sum("", 2, 2, 0)]);
        tally.searched("Zora, of Lusaka!", false, 3, at(1));
        assert_eq!(due(&tally), [sum("", 3, 3, 0), sum("zora of lusaka", 3, 3, 0)]);
    }

    #[test]
    fn a_visit_counts_once_and_its_click_only_after_its_search() {
        let tally = Tally::default();
        for visit in [1, 2, 3, 3, 3] {
            tally.searched("budgets", true, visit, at(1));
        }
        assert!(tally.clicked("Budgets", 2, at(1)) && tally.clicked("Budgets", 2, at(1)));
        assert!(!tally.clicked("Budgets", 9, at(1)));
        assert_eq!(due(&tally), [sum("", 3, 0, 1), sum("budgets", 3, 0, 1)]);
    }

    #[test]
    fn what_was_written_is_not_written_again_and_days_that_are_over_are_forgotten() {
        let tally = Tally::default();
        for visit in 0..4 {
            tally.searched("budgets", true, visit, at(1));
        }
        let first = due(&tally);
        tally.written(&first, at(2));
        assert_eq!(due(&tally), []);
        tally.searched("budgets", true, 7, at(3));
        assert_eq!(due(&tally), [sum("", 1, 0, 0), sum("budgets", 1, 0, 0)]);
        tally.written(&due(&tally), at(3) + chrono::TimeDelta::days(1));
        assert!(tally.days.lock().unwrap().is_empty());
    }

    #[test]
    fn personal_data_and_long_texts_are_not_kept_by_their_words() {
        let tally = Tally::default();
        for visit in 0..5 {
            tally.searched("write to zora@example.com", true, visit, at(1));
            tally.searched(&"long ".repeat(30), true, visit, at(1));
        }
        assert_eq!(due(&tally), [sum("", 5, 0, 0)]);
    }

    #[test]
    fn visits_are_of_an_account_or_else_a_network_within_an_hour() {
        let tally = Tally::default();
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let networks: [IpAddr; 2] = [[10, 0, 0, 1].into(), [10, 0, 0, 2].into()];
        let visit = |account, network: IpAddr, hour| tally.visit(account, Some(network), at(hour));
        assert_eq!(visit(Some(one), networks[0], 1), visit(Some(one), networks[1], 1));
        assert_ne!(visit(Some(one), networks[0], 1), visit(Some(other), networks[0], 1));
        assert_ne!(visit(None, networks[0], 1), visit(None, networks[1], 1));
        assert_ne!(visit(None, networks[0], 1), visit(None, networks[0], 2));
    }
}
