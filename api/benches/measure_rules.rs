//! Measures the rules about recommendations on the data that they were made with, which is not part of the project.
//!
//! `PRAXIS_UPR_DATA=FOLDER cargo bench -p praxis-api --bench measure_rules` reads the CSV files of UPR Info in
//! the folder and prints precision and recall of the rule for what is child-focused, against
//! `child_focused_labels.csv`, and of the table of phrases for themes, against `theme_phrases_labels.csv`.
//!
//! **How the rows were drawn.** All recommendations of sessions 1 to 20 (41,062 after duplicates) were divided into four
//! strata: tagged `Rights of the Child` and with one of [`WORDS`] in the text (`both`), only tagged (`tag`), only with a
//! word (`word`), neither (`neither`). Within each they were ordered by the SHA-256 of `child-focused sample 1`, a line
//! feed and their key. The first 80, 100, 100 and 130 are the set `tuning`, by which the rule was made; the next 50, 60, 110
//! and 80 the set `held-out`, by which it was mended afterwards; the next 20, 40, 70 and 50 the set `unseen`. Precision
//! and recall weigh each row by the size of its stratum over the number drawn from it.
//!
//! **How the rows for themes were drawn.** Recommendations of different words (the one with the least key of those with the
//! same) were divided in two by the parity of the SHA-256 of `theme phrases split 1`, a line feed and their words. The table was
//! made on the even half. The odd one was divided into three strata: to which the table gives a theme (`phrase`), child-focused
//! by the rule (`child`), and the rest (`neither`); within each they were ordered by the SHA-256 of `theme phrases sample 1`, a
//! line feed and their key, and the first 220, 90 and 50 are the set `tuning`, by which the table was mended. Of the rest, divided
//! anew by the mended table and ordered by `theme phrases sample 2`, the first 200, 80 and 50 are the set `held-out`. A row was
//! labelled before its stratum and what the table gives were seen, the strata mixed. A theme counts as found where a narrower one
//! was given, and as right where a narrower one is meant.
//!
//! **How the pairs were drawn.** For recommendations that are alike (`alike_pairs.csv`), all pairs of recommendations to
//! one state (of two recommenders within a review: `similar`; of two cycles: `repeats`) with two terms in common were divided
//! into bands of similarity, by an earlier state of the table of words; within each band, 24 or 20 were drawn in the
//! order of a hash. A pair was judged alike where one step of the state would answer both, at least in the main.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::error::Error;
use std::fs::File;
use std::io::{Write, stdout};
use std::time::Instant;

use praxis_api::accountability::rules::alike::{self, Compared, Link, Terms, links};
use praxis_api::accountability::rules::child_focused::{VERSION, classify};
use praxis_api::accountability::rules::issue_themes::themes_of;
use praxis_api::accountability::rules::theme_phrases;
use praxis_api::exchange::upr::{Duplicates, Standing, UprRow, read};
use praxis_api::text::words;

const PAIRS: &str = include_str!("../src/accountability/rules/alike_pairs.csv");

/// How many pairs each band had when the pairs were drawn.
const BANDS: [(&str, &str, f64); 10] = [
    ("similar", "0.25", 19_269.0),
    ("similar", "0.4", 4_516.0),
    ("similar", "0.5", 3_915.0),
    ("similar", "0.6", 2_923.0),
    ("similar", "0.75", 5_317.0),
    ("repeats", "0.25", 9_657.0),
    ("repeats", "0.4", 1_997.0),
    ("repeats", "0.5", 1_721.0),
    ("repeats", "0.6", 1_379.0),
    ("repeats", "0.75", 1_819.0),
];

const THEMES: &str = include_str!("../src/accountability/rules/theme_phrases_labels.csv");
const VOCABULARY: &str = include_str!("../vocabulary/themes.json");

/// How many rows each stratum had when the rows for themes were drawn.
const THEME_STRATA: [(&str, &str, f64); 6] = [
    ("held-out", "phrase", 1_665.0),
    ("held-out", "child", 1_562.0),
    ("held-out", "neither", 15_495.0),
    ("tuning", "phrase", 1_818.0),
    ("tuning", "child", 1_717.0),
    ("tuning", "neither", 15_547.0),
];

const LABELS: &str = include_str!("../src/accountability/rules/child_focused_labels.csv");

/// The words by which the strata differ; `*` stands for any ending.
const WORDS: [&str; 23] = [
    "child*",
    "girl*",
    "boy*",
    "minor",
    "minors",
    "juvenile*",
    "infant*",
    "adolescen*",
    "youth*",
    "young*",
    "school*",
    "birth*",
    "newborn*",
    "crc",
    "baby",
    "babies",
    "teen*",
    "student*",
    "pupil*",
    "kindergarten*",
    "orphan*",
    "parent*",
    "corporal",
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = stdout().lock();
    let Ok(folder) = std::env::var("PRAXIS_UPR_DATA") else {
        writeln!(out, "Set PRAXIS_UPR_DATA to the folder with UPR Info's CSV files.")?;
        return Ok(());
    };
    let rows = rows(&folder)?;
    child_focused(&rows, &mut out)?;
    themes(&rows, &mut out)?;
    alike(&rows, &mut out)?;
    Ok(())
}

/// All recommendations of the folder, each once, by key.
fn rows(folder: &str) -> Result<HashMap<String, UprRow>, Box<dyn Error>> {
    let mut files = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "csv"));
    files.sort();
    let mut duplicates = Duplicates::default();
    let mut rows: HashMap<String, UprRow> = HashMap::new();
    for file in files {
        for row in read(File::open(file)?, None) {
            let row = row?;
            match duplicates.take(&row)? {
                Standing::New(key) => {
                    rows.insert(key.to_string(), row);
                }
                Standing::Repeated { key, .. } => {
                    if let Some(first) = rows.get_mut(&key.to_string()) {
                        first.issues.extend(row.issues);
                    }
                }
            }
        }
    }
    Ok(rows)
}

fn stratum(row: &UprRow) -> &'static str {
    let tagged = row.issues.iter().any(|issue| issue.is_rights_of_the_child());
    let text = words(&row.text);
    let worded = text.split(' ').any(|word| {
        WORDS.iter().any(|known| match known.strip_suffix('*') {
            Some(start) => word.starts_with(start),
            None => word == *known,
        })
    });
    match (tagged, worded) {
        (true, true) => "both",
        (true, false) => "tag",
        (false, true) => "word",
        (false, false) => "neither",
    }
}

#[derive(Default)]
struct Counts {
    found: usize,
    wrongly_found: usize,
    missed: usize,
    rightly_left: usize,
}

impl Counts {
    fn add(&mut self, is: bool, taken: bool) {
        *match (is, taken) {
            (true, true) => &mut self.found,
            (false, true) => &mut self.wrongly_found,
            (true, false) => &mut self.missed,
            (false, false) => &mut self.rightly_left,
        } += 1;
    }

    fn drawn(&self) -> usize {
        self.found + self.wrongly_found + self.missed + self.rightly_left
    }
}

/// What several samples say of all that they were drawn from, each weighed by its size.
#[derive(Default)]
struct Estimate {
    found: f64,
    wrongly_found: f64,
    missed: f64,
}

impl Estimate {
    /// Adds a sample, each of whose rows stands for so many.
    fn add(&mut self, counts: &Counts, weight: f64) {
        self.found += weight * counts.found as f64;
        self.wrongly_found += weight * counts.wrongly_found as f64;
        self.missed += weight * counts.missed as f64;
    }

    fn precision(&self) -> f64 {
        self.found / (self.found + self.wrongly_found)
    }

    fn recall(&self) -> f64 {
        self.found / (self.found + self.missed)
    }

    fn tell(&self, set: &str, out: &mut impl Write) -> std::io::Result<()> {
        let (precision, recall) = (self.precision(), self.recall());
        writeln!(out, "  {set:9} precision {precision:.3}, recall {recall:.3}")
    }
}

fn child_focused(rows: &HashMap<String, UprRow>, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let mut sizes: HashMap<&str, usize> = HashMap::new();
    let mut taken = 0;
    for row in rows.values() {
        *sizes.entry(stratum(row)).or_default() += 1;
        taken += usize::from(classify(&row.text, &row.issues).child_focused);
    }
    writeln!(
        out,
        "child-focused, rule {VERSION}: {taken} of {} recommendations",
        rows.len()
    )?;
    let mut sets: BTreeMap<&str, BTreeMap<&str, Counts>> = BTreeMap::new();
    for line in LABELS.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let [key, stratum, set, label] = fields.as_slice() else {
            return Err(format!("malformed label: {line}").into());
        };
        let row = rows
            .get(*key)
            .ok_or_else(|| format!("the data lacks the labelled row {key}"))?;
        let counts = sets.entry(*set).or_default().entry(*stratum).or_default();
        counts.add(*label == "yes", classify(&row.text, &row.issues).child_focused);
    }
    for (set, strata) in sets {
        let mut estimate = Estimate::default();
        for (stratum, counts) in &strata {
            let drawn = counts.drawn();
            let size = sizes.get(stratum).copied().unwrap_or(0);
            estimate.add(counts, size as f64 / drawn as f64);
            writeln!(
                out,
                "  {set:9} {stratum:8} {drawn:4} of {size:6}: found {:3}, wrongly found {:2}, missed {:2}, rightly left {:3}",
                counts.found, counts.wrongly_found, counts.missed, counts.rightly_left
            )?;
        }
        estimate.tell(set, out)?;
    }
    Ok(())
}

#[derive(serde::Deserialize)]
struct Theme {
    slug: String,
    broader: Option<String>,
}

/// The themes of the vocabulary, each with the next broader one.
struct Themes(HashMap<String, Option<String>>);

impl Themes {
    fn read() -> Result<Self, Box<dyn Error>> {
        let themes: Vec<Theme> = serde_json::from_str(VOCABULARY)?;
        Ok(Self(
            themes.into_iter().map(|theme| (theme.slug, theme.broader)).collect(),
        ))
    }

    /// Whether a theme is another one or broader than it.
    fn covers(&self, theme: &str, other: &str) -> bool {
        let broader = |slug: &&str| self.0.get(*slug).and_then(Option::as_deref);
        std::iter::successors(Some(other), broader).any(|one| one == theme)
    }

    /// Those of the themes than which none of the others is narrower.
    fn narrowest<'a>(&self, themes: &[&'a str], others: &[&str]) -> Vec<&'a str> {
        let is_broader = |theme: &str| {
            let mut all = themes.iter().chain(others);
            all.any(|other| *other != theme && self.covers(theme, other))
        };
        themes.iter().copied().filter(|theme| !is_broader(theme)).collect()
    }
}

fn themes(rows: &HashMap<String, UprRow>, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let vocabulary = Themes::read()?;
    let (mut gain, mut without, mut left) = (0, 0, 0);
    for row in rows.values() {
        let by_issues = themes_of(&row.issues);
        let said = theme_phrases::themes(&row.text);
        let more = vocabulary
            .narrowest(&said, &by_issues)
            .iter()
            .any(|theme| !by_issues.contains(theme));
        gain += usize::from(more);
        if by_issues.is_empty() && classify(&row.text, &row.issues).child_focused {
            without += 1;
            left += usize::from(!more);
        }
    }
    writeln!(
        out,
        "themes, table {}: {gain} of {} recommendations gain one; of {without} child-focused ones without any {left} are left",
        theme_phrases::VERSION,
        rows.len()
    )?;
    let mut counts: HashMap<(&str, &str), (usize, Counts)> = HashMap::new();
    for line in THEMES.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let [key, stratum, set, about, given] = fields.as_slice() else {
            return Err(format!("malformed label: {line}").into());
        };
        let row = rows
            .get(*key)
            .ok_or_else(|| format!("the data lacks the labelled row {key}"))?;
        let said = vocabulary.narrowest(&theme_phrases::themes(&row.text), &[]);
        if said.join(" ") != *given {
            writeln!(out, "  {key}: gives `{}`, the labels say `{given}`", said.join(" "))?;
        }
        let about: Vec<&str> = about.split_whitespace().collect();
        let (drawn, counts) = counts.entry((*set, *stratum)).or_default();
        *drawn += 1;
        for theme in &said {
            counts.add(about.iter().any(|one| vocabulary.covers(theme, one)), true);
        }
        for theme in &about {
            if !said.iter().any(|one| vocabulary.covers(theme, one)) {
                counts.add(true, false);
            }
        }
    }
    for set in ["tuning", "held-out"] {
        let mut estimate = Estimate::default();
        for (_, stratum, size) in THEME_STRATA.iter().filter(|(of, ..)| *of == set) {
            let Some((drawn, counts)) = counts.get(&(set, *stratum)) else {
                return Err(format!("no rows of {stratum} in {set}").into());
            };
            estimate.add(counts, size / *drawn as f64);
            writeln!(
                out,
                "  {set:9} {stratum:8} {drawn:4} of {size:6}: themes found {:3}, wrongly found {:2}, missed {:2}",
                counts.found, counts.wrongly_found, counts.missed
            )?;
        }
        estimate.tell(set, out)?;
    }
    Ok(())
}

fn alike(rows: &HashMap<String, UprRow>, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let begun = Instant::now();
    let keys: Vec<&String> = rows.keys().collect::<BTreeSet<_>>().into_iter().collect();
    let compared = keys.iter().enumerate().filter_map(|(at, key)| {
        let row = rows.get(*key)?;
        Some(Compared {
            key: at,
            state: row.state.to_string(),
            review: u32::from(row.session.number()),
            recommender: row.recommender.as_text(),
            terms: Terms::of(&row.text),
        })
    });
    let found: BTreeSet<Link<usize>> = links(compared).into_iter().collect();
    let took = begun.elapsed();
    let similar = found.iter().filter(|link| matches!(link, Link::Similar(..))).count();
    let repeating: BTreeSet<usize> = found
        .iter()
        .filter_map(|link| match link {
            Link::Repeats(later, _) => Some(*later),
            Link::Similar(..) => None,
        })
        .collect();
    writeln!(
        out,
        "alike, rule {}: {similar} pairs similar, {} repeat, from {} recommendations; {} ms",
        alike::VERSION,
        found.len() - similar,
        repeating.len(),
        took.as_millis()
    )?;
    let mut counts: HashMap<(&str, &str), Counts> = HashMap::new();
    for line in PAIRS.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let [kind, band, one, other, label] = fields.as_slice() else {
            return Err(format!("malformed pair: {line}").into());
        };
        let (Some(first), Some(second)) = (rows.get(*one), rows.get(*other)) else {
            return Err(format!("the data lacks the pair {one}, {other}").into());
        };
        let counts = counts.entry((*kind, *band)).or_default();
        counts.add(*label == "yes", Terms::of(&first.text).alike(&Terms::of(&second.text)));
    }
    for kind in ["similar", "repeats"] {
        let mut estimate = Estimate::default();
        for (_, band, pairs) in BANDS.iter().filter(|(of, ..)| *of == kind) {
            let Some(counts) = counts.get(&(kind, *band)) else {
                return Err(format!("no pairs of {kind} in band {band}").into());
            };
            let drawn = counts.drawn();
            estimate.add(counts, *pairs);
            writeln!(
                out,
                "  {kind} from {band:4} {drawn:3} of {pairs:6}: found {:2}, wrongly found {:2}, missed {:2}, rightly left {:2}",
                counts.found, counts.wrongly_found, counts.missed, counts.rightly_left
            )?;
        }
        writeln!(
            out,
            "  {kind} precision {:.2}, recall {:.2} of the pairs from 0.25",
            estimate.precision(),
            estimate.recall()
        )?;
    }
    Ok(())
}
