//! Words that mean the same.

use std::collections::HashMap;

use super::words::words;

/// Groups of words or phrases that mean the same, e.g. `UPR` and `Universal Periodic Review`. Searching for one finds
/// the others too, after the word itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Synonyms {
    /// Each folded phrase with the phrases that mean the same.
    alternatives: HashMap<Vec<String>, Vec<Vec<String>>>,
    /// The most words in a phrase.
    longest: usize,
}

impl Synonyms {
    /// Takes groups of equivalents. Case, accents and hyphens don't matter; equal groups may come more than once.
    pub fn from_groups<Group, Phrase>(groups: impl IntoIterator<Item = Group>) -> Self
    where
        Group: IntoIterator<Item = Phrase>,
        Phrase: AsRef<str>,
    {
        let mut synonyms = Self::default();
        for group in groups {
            let mut phrases: Vec<Vec<String>> = Vec::new();
            for phrase in group {
                let phrase: Vec<String> = words(phrase.as_ref()).into_iter().map(|word| word.folded).collect();
                if !phrase.is_empty() && !phrases.contains(&phrase) {
                    phrases.push(phrase);
                }
            }
            for phrase in &phrases {
                synonyms.longest = synonyms.longest.max(phrase.len());
                let others = synonyms.alternatives.entry(phrase.clone()).or_default();
                for other in &phrases {
                    if other != phrase && !others.contains(other) {
                        others.push(other.clone());
                    }
                }
            }
        }
        synonyms.alternatives.retain(|_, others| !others.is_empty());
        synonyms
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.alternatives.is_empty()
    }

    /// What means the same as this phrase of folded words.
    #[must_use]
    pub fn of(&self, phrase: &[String]) -> &[Vec<String>] {
        self.alternatives.get(phrase).map_or(&[], Vec::as_slice)
    }

    /// The number of words in the longest phrase.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Every phrase with what means the same, in a stable order.
    #[must_use]
    pub fn entries(&self) -> Vec<(String, Vec<String>)> {
        let mut entries: Vec<(String, Vec<String>)> = self
            .alternatives
            .iter()
            .map(|(phrase, others)| {
                let others = others.iter().map(|other| other.join(" ")).collect();
                (phrase.join(" "), others)
            })
            .collect();
        entries.sort();
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::Synonyms;

    #[test]
    fn each_of_a_group_stands_for_the_others() {
        let synonyms = Synonyms::from_groups([
            vec!["UPR", "Universal Periodic Review", "EPU"],
            vec!["alone"],
            vec!["", "!"],
        ]);
        assert_eq!(synonyms.of(&["upr".to_owned()]).len(), 2);
        assert_eq!(synonyms.longest(), 3);
        assert!(synonyms.of(&["alone".to_owned()]).is_empty());
        assert_eq!(synonyms.entries().len(), 3);
    }
}
