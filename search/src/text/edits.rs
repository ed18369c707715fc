//! Typing errors: how many are forgiven, and how far two words are apart.

/// How many typing errors are forgiven in a (folded) word: none in short words and in anything with a digit in it, one
/// from 5 letters on, two from 8 on: of four letters nearly every word is near another one that means something else.
#[must_use]
pub fn allowed_edits(word: &str) -> u8 {
    if word.chars().any(|character| !character.is_alphabetic()) {
        return 0;
    }
    match word.chars().count() {
        0..5 => 0,
        5..8 => 1,
        _ => 2,
    }
}

/// How many insertions, deletions, replacements and swaps of neighbours turn one word into the other; `None` beyond
/// `limit`.
#[must_use]
pub fn distance(one: &str, other: &str, limit: u8) -> Option<u8> {
    let one: Vec<char> = one.chars().collect();
    let other: Vec<char> = other.chars().collect();
    let limit = usize::from(limit);
    if one.len().abs_diff(other.len()) > limit {
        return None;
    }
    let width = other.len() + 1;
    let mut before_last = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    let mut current = vec![0; width];
    for row in 1..=one.len() {
        current[0] = row;
        for column in 1..width {
            let replaced = usize::from(one[row - 1] != other[column - 1]);
            let mut cost = (last[column] + 1)
                .min(current[column - 1] + 1)
                .min(last[column - 1] + replaced);
            let swapped =
                row > 1 && column > 1 && one[row - 1] == other[column - 2] && one[row - 2] == other[column - 1];
            if swapped {
                cost = cost.min(before_last[column - 2] + 1);
            }
            current[column] = cost;
        }
        std::mem::swap(&mut before_last, &mut last);
        std::mem::swap(&mut last, &mut current);
    }
    let edits = last[other.len()];
    (edits <= limit).then(|| u8::try_from(edits).unwrap_or(u8::MAX))
}

/// The smallest distance between `word` and any beginning of `longer`; `None` beyond `limit`.
#[must_use]
pub fn prefix_distance(word: &str, longer: &str, limit: u8) -> Option<u8> {
    let length = word.chars().count();
    let slack = usize::from(limit);
    (length.saturating_sub(slack)..=length + slack)
        .filter_map(|taken| {
            let beginning: String = longer.chars().take(taken).collect();
            distance(word, &beginning, limit)
        })
        .min()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{allowed_edits, distance, prefix_distance};

    #[test]
    fn numbers_codes_and_short_words_forgive_nothing() {
        for word in ["2013", "crc3", "a64742", "upr", "fgm", "poor"] {
            assert_eq!(allowed_edits(word), 0, "{word}");
        }
        assert_eq!(allowed_edits("child"), 1);
        assert_eq!(allowed_edits("children"), 2);
    }

    #[test]
    fn a_swap_of_neighbours_is_one_edit() {
        assert_eq!(distance("goverment", "government", 2), Some(1));
        assert_eq!(distance("zambai", "zambia", 1), Some(1));
        assert_eq!(distance("child", "adult", 2), None);
        assert_eq!(prefix_distance("particpat", "participation", 2), Some(1));
    }

    proptest! {
        #[test]
        fn distance_is_the_same_both_ways(one in "[a-d]{0,8}", other in "[a-d]{0,8}") {
            prop_assert_eq!(distance(&one, &other, 3), distance(&other, &one, 3));
        }

        #[test]
        fn only_equal_words_are_at_distance_zero(one in "[a-c]{0,6}", other in "[a-c]{0,6}") {
            prop_assert_eq!(distance(&one, &other, 2) == Some(0), one == other);
        }

        #[test]
        fn one_removed_letter_is_one_edit(word in "[a-z]{2,12}", at in 0_usize..12) {
            let at = at % word.len();
            let mut shorter = word.clone();
            shorter.remove(at);
            prop_assert_eq!(distance(&word, &shorter, 2), Some(1));
        }

        #[test]
        fn a_longer_word_never_forgives_less(word in "[a-z]{1,20}") {
            let longer = format!("{word}x");
            prop_assert!(allowed_edits(&longer) >= allowed_edits(&word));
            prop_assert!(allowed_edits(&word) <= 2);
        }

        #[test]
        fn a_digit_anywhere_forgives_nothing(before in "[a-z]{0,9}", after in "[a-z]{0,9}") {
            prop_assert_eq!(allowed_edits(&format!("{before}7{after}")), 0);
        }
    }
}
