//! How many characters two texts differ in, where that is little.

/// Whether one text becomes the other by inserting, deleting and replacing at most so many characters (Levenshtein, 1965).
/// The work grows with the length of the texts times the bound (Ukkonen, 1985): more than the bound is not counted.
pub fn within(before: &[char], after: &[char], bound: usize) -> bool {
    if before.len().abs_diff(after.len()) > bound {
        return false;
    }
    let beyond = bound + 1;
    // The distances of the beginnings of the second text to one beginning of the first.
    let mut row: Vec<usize> = (0..=after.len()).map(|length| length.min(beyond)).collect();
    for (index, one) in before.iter().enumerate() {
        let length = index + 1;
        let from = length.saturating_sub(bound).max(1);
        let to = (length + bound).min(after.len());
        let mut diagonal = row[from - 1];
        row[from - 1] = if from == 1 { length.min(beyond) } else { beyond };
        let mut least = row[from - 1];
        for column in from..=to {
            let replaced = diagonal + usize::from(*one != after[column - 1]);
            diagonal = row[column];
            row[column] = replaced.min(row[column - 1] + 1).min(diagonal + 1).min(beyond);
            least = least.min(row[column]);
        }
        if least > bound {
            return false;
        }
    }
    row.last().is_some_and(|distance| *distance <= bound)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn near(before: &str, after: &str, bound: usize) -> bool {
        let before: Vec<char> = before.chars().collect();
        let after: Vec<char> = after.chars().collect();
        within(&before, &after, bound)
    }

    proptest! {
        #[test]
        fn it_is_the_distance_of_levenshtein_up_to_the_bound(before in "[abc]{0,20}", after in "[abc]{0,20}", bound in 0usize..8) {
            prop_assert_eq!(near(&before, &after, bound), strsim::levenshtein(&before, &after) <= bound);
        }
    }

    #[test]
    fn the_longest_texts_are_compared_at_once() {
        let before = "a".repeat(20_000);
        let after = format!("{}{}", "b".repeat(20), "a".repeat(19_980));
        assert!(near(&before, &after, 40));
        assert!(!near(&before, &after, 19));
    }
}
