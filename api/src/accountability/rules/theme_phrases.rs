//! From phrases in the text of a recommendation to the themes of the vocabulary that they name.
//!
//! UPR Info's issues ([`super::issue_themes`]) are broad: `Rights of the Child` does not say that corporal punishment is
//! meant, nor `Labour` that children work. The table `theme_phrases.json` says it from the words. It is in the order of the
//! vocabulary and is meant to be read and corrected.
//!
//! **A line** has a theme and phrases any of which gives it. Where `near` is there, a phrase counts only with at most `within`
//! words between it and one of those; where one of `unless` stands anywhere in the text, the line gives nothing. `since` is the
//! version of the table from which a line holds (1 where it is missing), `until` the first in which it no longer does. A line
//! that was released is not changed but ended, and another one begun: [`themes_by`] then still tells what an earlier version
//! gave, by which an import knows the themes that nobody has changed since.
//!
//! **What counts.** A phrase gives a theme where it names it in so many words. `Labour rights` is not child labour, `early
//! marriage` is child marriage. A treaty counts for its subject, the title of a Special Rapporteur for nothing. Marriage ages are
//! minimum ages; violence against girls is violence against children; of laws and plans only those for children, by their names.
//! Corporal punishment is left out where the rule for what is child-focused takes it for a penalty for adults. The data is in
//! English, and so are the phrases.
//!
//! **How good it is.** Measured on recommendations of UPR Info's sessions 1 to 20, of different words, labelled by one reader who
//! also wrote the table, before seeing what it gives (`theme_phrases_labels.csv`, with what version 1 gives; the benchmark
//! `measure_rules` measures again on the data and says how the rows were drawn). The table was made on one half of the data. On
//! 360 rows of the other half (`tuning`) it was mended; on the next 330 (`held-out`), followed by no change, precision is 0.983
//! (235 of 239 themes) and recall 0.816 of the themes in the sample, 0.72 where each row is weighted by the share of its stratum:
//! what is missed is said in words that several themes share. Of the 41,062 recommendations 3,454 gain a theme, and of the 1,668
//! child-focused ones to which the issues give none, 491 are left without; most of these speak of children's rights at large.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use serde::Deserialize;

use super::child_focused::names_a_penalty;
use super::phrases::Index;
use crate::text::words;

/// The version of the table; raised whenever it may give something else than before.
pub const VERSION: u32 = 1;

/// The theme that is left out beside penalties for adults.
const CORPORAL_PUNISHMENT: &str = "corporal-punishment";

static LINES: LazyLock<Vec<Line>> = LazyLock::new(|| {
    // A test keeps the committed file well-formed; without it, no text would have a theme.
    serde_json::from_str(include_str!("theme_phrases.json")).unwrap_or_default()
});

static INDEX: LazyLock<Index<(usize, Part)>> = LazyLock::new(|| {
    Index::new(LINES.iter().enumerate().flat_map(|(at, line)| {
        [
            (Part::Phrase, &line.phrases),
            (Part::Near, &line.near),
            (Part::Unless, &line.unless),
        ]
        .into_iter()
        .flat_map(move |(part, phrases)| phrases.iter().map(move |phrase| (phrase.as_str(), (at, part))))
    }))
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    theme: String,
    phrases: Vec<String>,
    #[serde(default)]
    near: Vec<String>,
    #[serde(default)]
    within: usize,
    #[serde(default)]
    unless: Vec<String>,
    #[serde(default = "first")]
    since: u32,
    until: Option<u32>,
    /// Why, where it is not evident; for whoever reads the table.
    #[serde(default, rename = "reason")]
    _reason: Option<String>,
}

fn first() -> u32 {
    1
}

/// What a phrase does in its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Phrase,
    Near,
    Unless,
}

/// What of a line stands in a text.
#[derive(Default)]
struct Found {
    phrases: Vec<Range<usize>>,
    near: Vec<Range<usize>>,
    refused: bool,
}

impl Line {
    fn holds(&self, version: u32) -> bool {
        self.since <= version && self.until.is_none_or(|until| version < until)
    }

    fn is_said(&self, found: &Found) -> bool {
        let is_near = |phrase: &Range<usize>| {
            self.near.is_empty()
                || found
                    .near
                    .iter()
                    .any(|other| between(phrase, other).is_some_and(|words| words <= self.within))
        };
        !found.refused && found.phrases.iter().any(is_near)
    }
}

/// How many words stand between two places, where these do not overlap.
fn between(one: &Range<usize>, other: &Range<usize>) -> Option<usize> {
    let (first, second) = if one.start <= other.start {
        (one, other)
    } else {
        (other, one)
    };
    second.start.checked_sub(first.end)
}

/// The slugs of the themes that a text names, each once, in the order of the vocabulary.
pub fn themes(text: &str) -> Vec<&'static str> {
    themes_by(VERSION, text)
}

/// The slugs of the themes that a text names by a version of the table; by version 0, before there was one, none.
pub fn themes_by(version: u32, text: &str) -> Vec<&'static str> {
    let mut themes = Vec::new();
    if version == 0 {
        return themes;
    }
    let words = words(text);
    let words: Vec<&str> = words.split(' ').collect();
    let mut found: BTreeMap<usize, Found> = BTreeMap::new();
    for ((line, part), place) in INDEX.find(&words) {
        let found = found.entry(line).or_default();
        match part {
            Part::Phrase => found.phrases.push(place),
            Part::Near => found.near.push(place),
            Part::Unless => found.refused = true,
        }
    }
    for (line, found) in found {
        let Some(line) = LINES.get(line).filter(|line| line.holds(version)) else {
            continue;
        };
        let theme = line.theme.as_str();
        if !themes.contains(&theme)
            && line.is_said(&found)
            && !(theme == CORPORAL_PUNISHMENT && names_a_penalty(&words))
        {
            themes.push(theme);
        }
    }
    themes
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashMap};

    use proptest::prelude::*;

    use super::*;
    use crate::exchange::upr::read;

    /// Of the themes that the table gives to the rows of the held-out set, at least so many are right.
    const PRECISION: f64 = 0.97;
    /// Of the themes that rows of this set have, the table gives at least so many.
    const RECALL: f64 = 0.80;

    #[derive(Deserialize)]
    struct Theme {
        slug: String,
        broader: Option<String>,
    }

    fn vocabulary() -> Vec<Theme> {
        serde_json::from_str(include_str!("../../../vocabulary/themes.json")).unwrap()
    }

    /// Written for this test: a text and the themes that it names.
    const NAMED: [(&str, &[&str]); 34] = [
        ("Forbid corporal punishment at home.", &["corporal-punishment"]),
        (
            "Ban caning in schools, and any other corporal punishment by teachers.",
            &["corporal-punishment", "violence-in-schools"],
        ),
        ("End child labour in the mines.", &["child-labour"]),
        ("Join ILO Conventions No. 138 and No. 182.", &["child-labour"]),
        ("Stop early marriages.", &["child-marriage"]),
        ("Raise the minimum age of marriage.", &["minimum-ages"]),
        ("Put an end to child, early and forced marriage.", &["child-marriage"]),
        ("Make birth registration free.", &["birth-registration"]),
        (
            "See to it that everybody who is born in a camp is registered.",
            &["birth-registration"],
        ),
        ("Outlaw FGM.", &["female-genital-mutilation"]),
        ("Prosecute trafficking in women and children.", &["trafficking"]),
        ("Give juvenile courts more judges.", &["juvenile-justice"]),
        ("Hold minors apart in prisons.", &["juvenile-justice"]),
        (
            "Lift the age of criminal responsibility to 14.",
            &["minimum-age-of-criminal-responsibility"],
        ),
        ("Open shelters for street children.", &["children-in-street-situations"]),
        ("Release all child soldiers.", &["recruitment-of-children"]),
        (
            "Do not let militias recruit anyone under the age of 18.",
            &["recruitment-of-children"],
        ),
        ("Protect boys and girls from sexual abuse.", &["sexual-exploitation"]),
        ("Punish the sale of children.", &["sale-of-children"]),
        ("Report violence against children.", &["violence-against-children"]),
        ("Stop bullying among pupils.", &["violence-in-schools"]),
        ("Fight harmful traditional practices.", &["harmful-practices"]),
        ("Support foster care.", &["alternative-care"]),
        ("Join the convention on intercountry adoption.", &["adoption"]),
        ("Bring infant mortality down.", &["child-mortality"]),
        (
            "Train midwives against maternal mortality.",
            &["maternal-and-newborn-health"],
        ),
        ("Prevent teenage pregnancies.", &["adolescent-health"]),
        ("Pay for inclusive education.", &["inclusive-education"]),
        ("Find guardians for unaccompanied minors.", &["migration-and-refugees"]),
        ("Report on children in armed conflict.", &["armed-conflict"]),
        ("Appoint an Ombudsman for Children.", &["independent-institutions"]),
        ("Pass the Children's Bill.", &["law-reform"]),
        (
            "Fund the National Plan of Action for Children.",
            &["national-plans-and-coordination"],
        ),
        (
            "Abolish the death penalty for crimes committed by persons under 18.",
            &["survival-and-development"],
        ),
    ];

    /// Written for this test: look-alikes, which name no theme.
    const NOT_NAMED: [&str; 26] = [
        "Guarantee labour rights to everybody.",
        "Stop forced labour in prisons.",
        "End forced marriage.",
        "Let the spouses of citizens register their marriage.",
        "Abolish corporal punishments such as flogging.",
        "Abolish the death penalty.",
        "Combat trafficking in persons.",
        "Invite the Special Rapporteur on the sale of children, child prostitution and child pornography.",
        "Invite the Special Rapporteur on trafficking in persons, especially women and children.",
        "Prosecute sexual violence in marriage.",
        "Investigate bullying by the police.",
        "Reform the justice system.",
        "Reduce overcrowding in prisons.",
        "Detain minors only where their asylum claims are being looked into.",
        "Recruit more women into the police.",
        "Register all voters.",
        "Register non-governmental organisations.",
        "Protect the rights of the child.",
        "Open more schools.",
        "Adopt a national plan of action for human rights.",
        "Adopt the bill on elections.",
        "Ratify the Convention on the Rights of the Child.",
        "Lower the retirement age.",
        "Strengthen the Ombudsman.",
        "Teach judges about sex education for adults.",
        "Offer care to older persons in institutions.",
    ];

    #[test]
    fn what_a_text_names_in_so_many_words_is_its_theme() {
        for (text, expected) in NAMED {
            assert_eq!(themes(text), expected, "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_theme_is_none() {
        for text in NOT_NAMED {
            assert_eq!(themes(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn the_table_is_well_formed_and_in_the_order_of_the_vocabulary() {
        let lines: Vec<Line> = serde_json::from_str(include_str!("theme_phrases.json")).unwrap();
        let slugs: Vec<String> = vocabulary().into_iter().map(|theme| theme.slug).collect();
        let mut places = Vec::new();
        for line in &lines {
            let place = slugs.iter().position(|slug| *slug == line.theme);
            places.push(place.unwrap_or_else(|| panic!("no theme `{}`", line.theme)));
            assert!(!line.phrases.is_empty(), "{}", line.theme);
            assert_eq!(
                line.near.is_empty(),
                line.within == 0,
                "{}: `near` needs `within`",
                line.theme
            );
            assert!((1..=VERSION).contains(&line.since), "{}", line.theme);
            assert!(
                line.until.is_none_or(|until| line.since < until && until <= VERSION),
                "{}",
                line.theme
            );
            for phrase in line.phrases.iter().chain(&line.near).chain(&line.unless) {
                assert_eq!(
                    words(phrase),
                    phrase.replace('*', ""),
                    "{}: written as `words` does",
                    line.theme
                );
                assert!(
                    phrase
                        .split(' ')
                        .all(|word| !word.trim_end_matches('*').contains('*') && word != "*"),
                    "{phrase}"
                );
            }
            for phrases in [&line.phrases, &line.near, &line.unless] {
                assert_eq!(
                    phrases.iter().collect::<BTreeSet<_>>().len(),
                    phrases.len(),
                    "{}",
                    line.theme
                );
            }
        }
        assert!(places.is_sorted());
    }

    #[test]
    fn before_the_first_version_no_text_had_a_theme() {
        assert!(NAMED.iter().all(|(text, _)| themes_by(0, text).is_empty()));
        assert!(
            NAMED
                .iter()
                .all(|(text, expected)| themes_by(VERSION, text) == *expected)
        );
    }

    /// A labelled row: its key, stratum and set, the themes that it is about and those that the table gives.
    struct Labelled {
        key: &'static str,
        set: &'static str,
        about: BTreeSet<&'static str>,
        given: BTreeSet<&'static str>,
    }

    fn labels() -> Vec<Labelled> {
        let mut lines = include_str!("theme_phrases_labels.csv").lines();
        // Whoever changes the table measures again.
        assert_eq!(
            lines.next(),
            Some(&*format!("key,stratum,set,about,given by version {VERSION}"))
        );
        let themes: BTreeSet<&str> = LINES.iter().map(|line| line.theme.as_str()).collect();
        lines
            .map(|line| {
                let [key, stratum, set, about, given] = *line.split(',').collect::<Vec<_>>() else {
                    panic!("{line}");
                };
                assert_eq!(key.len(), 32, "{line}");
                assert!(["phrase", "child", "neither"].contains(&stratum), "{line}");
                assert!(["tuning", "held-out"].contains(&set), "{line}");
                let slugs = |field: &'static str| field.split_whitespace().collect::<BTreeSet<_>>();
                let (about, given) = (slugs(about), slugs(given));
                assert!(about.union(&given).all(|theme| themes.contains(theme)), "{line}");
                Labelled { key, set, about, given }
            })
            .collect()
    }

    /// A theme with all that are broader.
    fn with_broader<'a>(broader: &'a HashMap<String, String>, theme: &'a str) -> impl Iterator<Item = &'a str> {
        std::iter::successors(Some(theme), |at| broader.get(*at).map(String::as_str))
    }

    fn broader() -> HashMap<String, String> {
        vocabulary()
            .into_iter()
            .filter_map(|theme| Some((theme.slug, theme.broader?)))
            .collect()
    }

    #[test]
    fn what_the_table_gives_is_nearly_always_right_and_most_of_what_there_is() {
        let (rows, broader) = (labels(), broader());
        let keys: BTreeSet<&str> = rows.iter().map(|row| row.key).collect();
        assert_eq!((rows.len(), keys.len()), (690, 690));
        let (mut right, mut wrong, mut missed) = (0_u32, 0_u32, 0_u32);
        for row in rows.iter().filter(|row| row.set == "held-out") {
            // Whoever finds child marriage finds a harmful practice and violence against children.
            let covers = |themes: &BTreeSet<&str>, theme: &str| {
                themes
                    .iter()
                    .any(|one| with_broader(&broader, one).any(|one| one == theme))
            };
            for theme in &row.given {
                *(if covers(&row.about, theme) {
                    &mut right
                } else {
                    &mut wrong
                }) += 1;
            }
            missed += u32::try_from(row.about.iter().filter(|theme| !covers(&row.given, theme)).count()).unwrap();
        }
        let share = |part: u32, rest: u32| f64::from(part) / f64::from(part + rest);
        let (precision, recall) = (share(right, wrong), share(right, missed));
        assert!(precision >= PRECISION, "precision {precision:.3}");
        assert!(recall >= RECALL, "recall {recall:.3}");
    }

    /// Runs over the whole data where `PRAXIS_UPR_DATA` names its folder; it is not part of the project.
    #[test]
    fn the_table_gives_to_the_labelled_rows_what_was_measured() {
        let Ok(folder) = std::env::var("PRAXIS_UPR_DATA") else {
            eprintln!("PRAXIS_UPR_DATA is not set: the published data is not read");
            return;
        };
        let (labels, broader) = (labels(), broader());
        let mut expected: HashMap<&str, &BTreeSet<&str>> = labels.iter().map(|row| (row.key, &row.given)).collect();
        for file in std::fs::read_dir(folder).unwrap() {
            for row in read(std::fs::File::open(file.unwrap().path()).unwrap(), None).filter_map(Result::ok) {
                let Some(expected) = expected.remove(&*row.key().to_string()) else {
                    continue;
                };
                let said = themes(&row.text);
                let narrowest: BTreeSet<&str> = said
                    .iter()
                    .copied()
                    .filter(|theme| {
                        !said
                            .iter()
                            .any(|other| with_broader(&broader, other).skip(1).any(|one| one == *theme))
                    })
                    .collect();
                assert_eq!(narrowest, *expected, "{}", row.text);
            }
        }
        assert!(expected.is_empty(), "the data lacks {} labelled rows", expected.len());
    }

    proptest! {
        #[test]
        fn case_punctuation_and_white_space_change_nothing(at in any::<prop::sample::Index>(), marks in "[.,;:!? -]{0,3}") {
            let (text, expected) = at.get(&NAMED);
            let written = format!("{marks}{}{marks}", text.to_uppercase().replace(' ', "  "));
            prop_assert_eq!(themes(&written), *expected);
        }

        #[test]
        fn a_theme_is_named_once_and_in_order_whatever_the_text(one in any::<prop::sample::Index>(), other in any::<prop::sample::Index>()) {
            let text = format!("{} {}", one.get(&NAMED).0, other.get(&NAMED).0);
            let said = themes(&text);
            let order: Vec<usize> = said.iter().map(|theme| LINES.iter().position(|line| line.theme == *theme).unwrap()).collect();
            prop_assert!(order.is_sorted_by(|one, next| one < next), "{:?}", said);
        }

        #[test]
        fn words_that_mean_nothing_around_a_text_hide_nothing(at in any::<prop::sample::Index>(), word in "zz[a-z]{1,8}") {
            let (text, expected) = at.get(&NAMED);
            let around = format!("{word} {text} {word}");
            prop_assert_eq!(themes(&around), *expected);
        }
    }
}
