//! The shapes of numbers that are no danger: amounts, periods, and parts of longer numbers.

use std::sync::LazyLock;

use super::{Pattern, compile};

/// How many bytes of a word are looked at, so that one endless word costs no more than another.
const LONGEST_TOKEN: usize = 200;

static PERIOD: Pattern = LazyLock::new(|| {
    compile(
        r"(?x)^(?: (?:19|20)\d\d (?: [\x20.\-/]{1,3} (?:(?:19|20)\d\d|\d\d) )+
          | \d{1,2}[./\-]\d{1,2}[./\-](?:\d{4}|\d{2}) | (?:19|20)\d\d[./\-]\d{1,2}[./\-]\d{1,2} )$",
    )
});

/// Years, ranges of years and dates.
pub fn is_period(found: &str) -> bool {
    PERIOD.is_match(found)
}

static THOUSANDS: Pattern = LazyLock::new(|| compile(r"^\+?\x20?\d{1,3}(?:[\x20.,]\d{3})+$"));

/// One to three digits and then groups of three.
pub fn is_thousands(found: &str) -> bool {
    THOUSANDS.is_match(found)
}

static CURRENCY_BEFORE: Pattern = LazyLock::new(|| {
    compile(r"(?i)(?:[$€£¥₹]|\b(?:US|USD|EUR|GBP|NPR|PKR|INR|KES|CFA|FCFA|Rs|Bs|S/|soles|rupees|taka))\.?\s*$")
});

static UNIT_AFTER: Pattern = LazyLock::new(|| {
    compile(
        r"(?xi)^\s*(?: [%€$£₹] | (?: percent | per\x20cent | million | billion | mille | milliards? | millones | euros? | francs? | fcfa | cfa
          | dollars? | d[oó]lares | soles | pesos | bolivianos | rupees | taka | shillings? | kwacha | usd | eur | children | enfants
          | ni[nñ][oa]s | people | personnes | personas | households | girls | boys | subscribers | copies | signatures )\b )",
    )
});

/// Amounts and counts: with a currency or a unit, or thousands that end in zeros.
pub fn is_amount(text: &str, (start, end): (usize, usize)) -> bool {
    let found = text.get(start..end).unwrap_or_default();
    let before = last_bytes(text.get(..start).unwrap_or_default(), 16);
    let after = first_bytes(text.get(end..).unwrap_or_default(), 32);
    (is_thousands(found) && found.ends_with("000"))
        || found.ends_with("00000")
        || CURRENCY_BEFORE.is_match(before)
        || UNIT_AFTER.is_match(after)
}

/// Whether more digits or letters are joined to the span, so that it is a part of a longer number.
pub fn is_within_number(text: &str, (start, end): (usize, usize)) -> bool {
    let mut before = text.get(..start).unwrap_or_default().chars().rev();
    let mut after = text.get(end..).unwrap_or_default().chars();
    let joined_before = match before.next() {
        Some('.' | ',' | '-' | '/' | '+') => before.next().is_some_and(|character| character.is_ascii_digit()),
        Some(character) => character.is_alphanumeric(),
        None => false,
    };
    let joined_after = match after.next() {
        Some('.' | ',' | '-' | '/' | ':') => after.next().is_some_and(|character| character.is_ascii_digit()),
        Some('%') => true,
        Some(character) => character.is_alphanumeric(),
        None => false,
    };
    joined_before || joined_after
}

/// Whether groups of three go on from more digits before, as in `1 023 456 789`.
pub fn is_end_of_thousands(text: &str, (start, end): (usize, usize)) -> bool {
    let mut before = text.get(..start).unwrap_or_default().chars().rev();
    is_thousands(text.get(start..end).unwrap_or_default())
        && before.next() == Some(' ')
        && before.next().is_some_and(|character| character.is_ascii_digit())
}

/// The word, between spaces, that a place stands in: from its beginning up to the place.
pub fn token(text: &str, place: usize) -> &str {
    let before = last_bytes(text.get(..place).unwrap_or_default(), LONGEST_TOKEN);
    before
        .rsplit(|character: char| character.is_whitespace() || matches!(character, '(' | '[' | '<' | '"'))
        .next()
        .unwrap_or_default()
}

/// At most so many of the first bytes.
pub fn first_bytes(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or_default()
}

/// At most so many of the last bytes.
pub fn last_bytes(text: &str, most: usize) -> &str {
    text.get(text.ceil_char_boundary(text.len().saturating_sub(most))..)
        .unwrap_or_default()
}

/// Keeps the first of spans that overlap, and of those that begin together the longest.
pub fn without_overlaps(mut spans: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    spans.sort_unstable_by_key(|(start, end)| (*start, usize::MAX - *end));
    let mut kept: Vec<(usize, usize)> = Vec::with_capacity(spans.len());
    for span in spans {
        if kept.last().is_none_or(|last| span.0 >= last.1) {
            kept.push(span);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_and_periods_are_told_from_other_numbers() {
        for amount in ["12 500 000", "+1 200 000", "3.450.000"] {
            assert!(is_amount(amount, (0, amount.len())), "{amount}");
        }
        assert!(is_amount("9 801 234 euros", (0, 9)));
        assert!(!is_amount("955 501 234", (0, 11)));
        for period in ["2012-2013", "2012/13", "01.02.2013", "2013-02-01", "2012 2013 2014"] {
            assert!(is_period(period), "{period}");
        }
        assert!(!is_period("2012-55501"));
    }

    #[test]
    fn overlapping_spans_are_one() {
        assert_eq!(
            without_overlaps(vec![(4, 6), (0, 2), (0, 5), (6, 7)]),
            vec![(0, 5), (6, 7)]
        );
    }
}
