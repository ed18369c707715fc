//! A full name beside an age under 18.

use std::sync::LazyLock;

use super::names::person;
use super::shape::{first_bytes, last_bytes, without_overlaps};
use super::{Pattern, compile};

/// Two to four words that look like a person's name, with particles and initials.
const NAME: &str = r"\p{Lu}[\p{L}\p{M}'\-]+(?:\s+(?:de|del|da|dos|la|las|los|el|al|bin|bint|ibn|ould|von|van|du|des)){0,2}(?:\s+(?:\p{Lu}\.(?:\x20?\p{Lu}\.)?|\p{Lu}[\p{L}\p{M}'\-]+)){1,3}";

/// An age in digits or words; what is above 17 is left out later.
const AGE: &str = r"\d{1,2}|(?i:(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|deux|trois|quatre|cinq|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince)\b)";

/// The unit of an age, and words that leave no doubt that it is one.
const UNIT: &str = r"(?i:years?|yrs?|ans?|a[nñ]os?|y\.?\x20?o\.?|months?|mois|meses|лет|года?)";
const OLD: &str = r"(?i:-?\s?old|\s+d'[aâ]ge|\s+de\s+edad)";

/// The name first: "Maria Lopez, 14", "Amina Diallo (12 ans)", "Juan Pérez, de 9 años", "Asha Rai, who is 13". What may
/// stand between is a short list of words, or where the family is from.
static NAME_FIRST: Pattern = LazyLock::new(|| {
    compile(&format!(
        r"(?x) (?<name>{NAME})
          (?: \s*[,(;:.\-—–]\s* | \s+ )
          (?: (?i:from|of|de|d'|in|originaire\x20de) \s+ \p{{Lu}}[^,.;()\n]{{1,40}} ,\s* )?
          (?: \p{{Ll}}[^,.;()\d\n]{{0,40}} ,\s* )?
          (?: (?i: (?:and|et|y) \s+ )? (?i: I\s+am | I'm | she\s+is | he\s+is | j'ai | elle\s+a | il\s+a | tengo ) \s+ )?
          (?: [FMHGBfm] [,/]\s* )?
          (?: (?i:a|an|une?|una|la|le|el|the) \s+ )?
          (?: (?i:girl|boy|student|pupil|[eé]l[eè]ve|[eé]coli[eè]re?|coll[eé]gien(?:ne)?|fille|gar[cç]on|enfant|ni[nñ][ao]|estudiante|alumn[ao]|joven|adolescente?|hij[ao]|daughter|son|teenager|ученик|ученица) (?:\s+\p{{Ll}}+){{0,2}}? [\s,:]+ )?
          (?<says> (?i: aged?\s*:? | [aâ]g[eé]e?s?(?:\s+de|\s*:)? | edad\s*:? | возраст\s*:? | who\s+is | who\s+was | is | was | est | [eé]tait | es | era | turned | now | then | only | just | barely
            | qui\s+a | a | avait | n'a\s+que | de | tiene | ten[ií]a | que\s+tiene | quien\s+tiene | con | cumpli[oó] | of | at ) \s* ){{0,3}}
          \b(?<age>{AGE})
          (?<unit> [-\s]? (?: (?<english>(?i:years?|yrs?|months?)) | {UNIT} ) \b (?<old>{OLD})? )?",
    ))
});

/// The age first: "14-year-old Maria Lopez", "la niña de 9 años Rosa Quispe", "aged 14, Joy Achieng".
static AGE_FIRST: Pattern = LazyLock::new(|| {
    compile(&format!(
        r"(?x) (?<says> (?i: (?:girl|boy|child|fille|gar[cç]on|enfant|ni[nñ][ao])\s+(?:of|de) | aged? | at(?:\s+the)?(?:\s+age)?(?:\s+of)? | de | of | à | [aâ]g[eé]e?\s+de | a\s+los | con ) \s+ )?
          \b(?<age>{AGE})
          (?<unit> [-\s]? {UNIT} \b (?: (?<old>{OLD}) (?: \s+ \p{{Ll}}[\p{{L}}\-]* ){{0,3}}? )? )?
          (?<noun> (?: \s+ (?i:girl|boy|child|student|pupil|daughter|son|fille|gar[cç]on|enfant|[eé]l[eè]ve|ni[nñ][ao]|adolescente?|estudiante|named|nomm[eé]e?|llamad[ao]|called|appel[eé]e?) ){{1,3}} )?
          (?<comma> \s*,)? \s+ (?<name>{NAME})",
    ))
});

/// Ages in words.
const IN_WORDS: [(u32, &[&str]); 17] = [
    (1, &["one"]),
    (2, &["two", "deux", "dos"]),
    (3, &["three", "trois", "tres"]),
    (4, &["four", "quatre", "cuatro"]),
    (5, &["five", "cinq", "cinco"]),
    (6, &["six", "seis"]),
    (7, &["seven", "sept", "siete"]),
    (8, &["eight", "huit", "ocho"]),
    (9, &["nine", "neuf", "nueve"]),
    (10, &["ten", "dix", "diez"]),
    (11, &["eleven", "onze", "once"]),
    (12, &["twelve", "douze", "doce"]),
    (13, &["thirteen", "treize", "trece"]),
    (14, &["fourteen", "quatorze", "catorce"]),
    (15, &["fifteen", "quinze", "quince"]),
    (16, &["sixteen", "seize"]),
    (17, &["seventeen"]),
];

/// What follows a duration or a range rather than an age.
static NO_AGE: Pattern = LazyLock::new(|| {
    compile(
        r"(?xi)^(?: \s*(?:-|to|and|or|à|a|et|y|e)\s*\d | [.,]\d | \s*% | \s+(?:of|on|ago|later|after|before|in|since|de|d'|après|plus|después|dedicad[ao]s|working|staff)\b )",
    )
});

/// What may follow a bare number that is an age.
static AFTER_BARE: Pattern = LazyLock::new(|| {
    compile(
        r#"^(?:\s*$|\s*[),;:.!?"»—](?:[^\d]|$)|\s+-|\n|\s+(?:when|and\s+(?:a|she|he|in|from|lives)|from|quand|cuando)\b)"#,
    )
});

/// What comes before a duration.
static BEFORE_DURATION: Pattern = LazyLock::new(|| {
    compile(
        r"(?i)\b(?:after|in|for|over|since|within|past|last|next|every|first|en|pendant|depuis|durant|après|hace|durante|desde|dans|por|tras|les|los|the|article|articles|art\.|artículo|target|goal|paragraph|page|p\.|pp\.|chapter|no\.)\s+$",
    )
});

/// Full names beside an age from 0 to 17, in English, French, Spanish and Russian, with the age in digits or words. Left
/// alone: single names, organisations, laws, places, dates, ranges of ages, minimum ages and durations.
pub fn named_minors(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for captures in NAME_FIRST.captures_iter(text) {
        let (Some(whole), Some(name), Some(age)) = (captures.get(0), captures.name("name"), captures.name("age"))
        else {
            continue;
        };
        let after = first_bytes(text.get(whole.end()..).unwrap_or_default(), 32);
        let said = captures.name("says").is_some_and(|words| is_said(words.as_str()));
        let certain = captures.name("old").is_some();
        let ends = AFTER_BARE.is_match(after);
        let likely = !NO_AGE.is_match(after)
            && if captures.name("english").is_some() {
                // "12 years" before more words is a duration.
                ends || said
            } else if captures.name("unit").is_some() {
                true
            } else {
                (ends || said)
                    && (is_digits(age.as_str())
                        || (captures.name("says").is_some() && years(age.as_str()).is_some_and(|years| years > 4)))
            };
        if (certain || likely) && is_minor(age.as_str()) {
            let words: Vec<&str> = name.as_str().split_whitespace().collect();
            if let Some(first) = person(&words).and_then(|person| person.first().copied()) {
                let offset = offset_of(name.as_str(), first, &words);
                found.push((name.start() + offset, whole.end()));
            }
        }
    }
    for captures in AGE_FIRST.captures_iter(text) {
        let (Some(whole), Some(name), Some(age)) = (captures.get(0), captures.name("name"), captures.name("age"))
        else {
            continue;
        };
        let before = last_bytes(text.get(..whole.start()).unwrap_or_default(), 24);
        let says = captures.name("says");
        let unit = captures.name("unit").is_some();
        let noun = captures.name("noun").is_some();
        let comma = captures.name("comma").is_some();
        let likely = captures.name("old").is_some()
            || (unit && noun)
            || (unit && says.is_some() && !BEFORE_DURATION.is_match(before))
            || (comma && is_digits(age.as_str()) && says.is_some_and(|words| is_said(words.as_str())));
        let words: Vec<&str> = name.as_str().split_whitespace().collect();
        if likely && is_minor(age.as_str()) && person(&words).is_some() {
            found.push((age.start(), whole.end()));
        }
    }
    without_overlaps(found)
}

/// Whether the words say that a bare number is an age.
fn is_said(words: &str) -> bool {
    let words = words.to_lowercase();
    [
        "age",
        "âgé",
        "agé",
        "âge",
        "edad",
        "возраст",
        "who",
        "turned",
        "tiene",
        "at ",
        "girl",
        "boy",
        "child",
        "fille",
        "garçon",
        "niñ",
    ]
    .iter()
    .any(|word| words.contains(word))
}

/// Where in a name its first word that is no title begins.
fn offset_of(name: &str, first: &str, words: &[&str]) -> usize {
    if words.first() == Some(&first) {
        0
    } else {
        name.rfind(&format!(" {first}")).map_or(0, |place| place + 1)
    }
}

fn is_digits(age: &str) -> bool {
    age.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_minor(age: &str) -> bool {
    years(age).is_some_and(|years| years < 18)
}

/// The age, in digits or words.
fn years(age: &str) -> Option<u32> {
    let lower = age.to_lowercase();
    age.parse().ok().or_else(|| {
        IN_WORDS
            .iter()
            .find(|(_, words)| words.contains(&lower.as_str()))
            .map(|(years, _)| *years)
    })
}
