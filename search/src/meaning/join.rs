//! Joining what words and meaning say of a document into one score.

/// How the candidates of one search are scored together.
#[derive(Clone, Copy, Debug)]
pub struct Joining {
    best: f32,
    least_with_words: f32,
    weight: f32,
    words_first: bool,
    near: f32,
}

impl Joining {
    /// Of candidates with these scores by words, each with whether it has the words that were asked for; `near` is the least
    /// similarity of what is near in meaning. With `words_first`, what has the words comes before everything else.
    pub fn new(
        candidates: impl Iterator<Item = (f32, bool)> + Clone,
        near: f32,
        slots: usize,
        words_first: bool,
    ) -> Self {
        let best = candidates.clone().map(|(score, _)| score).fold(0.0, f32::max);
        Self {
            best,
            least_with_words: candidates
                .filter(|(_, has_words)| *has_words)
                .map(|(score, _)| score)
                .fold(best, f32::min),
            weight: weight(slots, words_first),
            words_first,
            near,
        }
    }

    /// The joined score, between 0 and about 1.
    #[must_use]
    pub fn score(&self, words: f32, has_words: bool, similarity: Option<f32>) -> f32 {
        let nearness = similarity.map_or(0.0, |similarity| (similarity - self.near) / (1.0 - self.near));
        if !has_words && self.words_first {
            // Below everything that has the words.
            return if self.best > 0.0 {
                self.least_with_words / self.best * nearness
            } else {
                nearness
            };
        }
        let words = if self.best > 0.0 { words / self.best } else { 0.0 };
        words + self.weight * nearness
    }
}

/// How much meaning counts beside words; adjusted with the half of `tests/relevance` that is there for it. One or two words
/// are a name or a term, which nothing but words answers better; a longer query says something.
fn weight(slots: usize, words_first: bool) -> f32 {
    match (words_first, slots) {
        (true, 0..=2) => 0.0,
        (true, 3) => 0.5,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Joining;

    proptest! {
        #[test]
        fn what_has_the_words_is_never_behind_what_has_not_and_nearer_is_never_worse(
            scores in prop::collection::vec((0.01_f32..50.0, any::<bool>()), 1..20),
            slots in 1_usize..8,
            near in 0.1_f32..0.9,
            nearer in 0.0_f32..1.0,
        ) {
            let similarity = near + (1.0 - near) * nearer;
            for words_first in [true, false] {
                let joining = Joining::new(scores.iter().copied(), near, slots, words_first);
                for (score, has_words) in &scores {
                    let plain = joining.score(*score, *has_words, Some(near));
                    prop_assert!(joining.score(*score, *has_words, Some(similarity)) >= plain);
                    if words_first && *has_words {
                        prop_assert!(joining.score(*score, true, None) >= joining.score(0.0, false, Some(similarity)) - 1e-6);
                    }
                }
            }
        }
    }
}
