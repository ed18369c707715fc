//! How good a ranking is.

use praxis_tests::judged::Judgements;

/// The figures of one ranking, or their means over several.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// Normalised discounted cumulative gain of the first ten, 0 to 1. The gain of a grade g is 2^g − 1 (Burges et al. 2005),
    /// the discount of rank r is log2(r + 1) (Järvelin and Kekäläinen 2002).
    pub ndcg: f64,
    /// One over the rank of the first relevant item among the first ten, else 0.
    pub reciprocal_rank: f64,
    /// The share of all relevant items that are among the first hundred.
    pub recall: f64,
    /// 1 where nothing was found.
    pub nothing: f64,
}

impl Figures {
    /// The figures of a ranking, the best first. An item that comes twice counts where it comes first.
    pub fn of(ranking: &[String], judgements: &Judgements) -> Self {
        let mut seen: Vec<&str> = Vec::with_capacity(ranking.len());
        for item in ranking {
            if !seen.contains(&item.as_str()) {
                seen.push(item);
            }
        }
        let grade = |item: &str| judgements.get(item).copied().unwrap_or_default();
        let mut ideal: Vec<f64> = judgements.values().copied().collect();
        ideal.sort_by(|a, b| b.total_cmp(a));
        let best = gain(ideal.iter().copied());
        let found = seen.iter().take(100).filter(|item| grade(item) > 0.0).count();
        let first = seen.iter().take(10).position(|item| grade(item) > 0.0);
        Self {
            ndcg: if best > 0.0 {
                gain(seen.iter().map(|item| grade(item))) / best
            } else {
                0.0
            },
            reciprocal_rank: first.map_or(0.0, |place| 1.0 / (place as f64 + 1.0)),
            recall: found as f64 / judgements.len().max(1) as f64,
            nothing: f64::from(u8::from(ranking.is_empty())),
        }
    }

    /// The means; all 0 of none.
    pub fn mean(all: &[Self]) -> Self {
        let mean = |of: fn(&Self) -> f64| all.iter().map(of).sum::<f64>() / all.len().max(1) as f64;
        Self {
            ndcg: mean(|one| one.ndcg),
            reciprocal_rank: mean(|one| one.reciprocal_rank),
            recall: mean(|one| one.recall),
            nothing: mean(|one| one.nothing),
        }
    }
}

fn gain(grades: impl Iterator<Item = f64>) -> f64 {
    grades
        .take(10)
        .enumerate()
        .map(|(place, grade)| (grade.exp2() - 1.0) / (place as f64 + 2.0).log2())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranking(items: &[&str]) -> Vec<String> {
        items.iter().map(|item| (*item).to_owned()).collect()
    }

    fn judged() -> Judgements {
        [("a", 3.0), ("b", 1.0)]
            .map(|(item, grade)| (item.to_owned(), grade))
            .into()
    }

    #[test]
    fn the_ideal_ranking_gains_all_there_is_and_any_other_less() {
        assert_eq!(Figures::of(&ranking(&["a", "b", "x"]), &judged()).ndcg, 1.0);
        let other = Figures::of(&ranking(&["b", "a"]), &judged());
        // (1 / log2 2 + 7 / log2 3) / (7 / log2 2 + 1 / log2 3)
        assert!((other.ndcg - 0.709_810).abs() < 1e-5, "{other:?}");
        assert_eq!(other.reciprocal_rank, 1.0);
    }

    #[test]
    fn what_is_beyond_the_tenth_place_counts_for_recall_alone() {
        let mut items: Vec<String> = (0..10).map(|number| format!("x{number}")).collect();
        items.push("a".to_owned());
        let figures = Figures::of(&items, &judged());
        assert_eq!((figures.ndcg, figures.reciprocal_rank, figures.recall), (0.0, 0.0, 0.5));
    }

    #[test]
    fn an_item_that_comes_twice_gains_once() {
        let twice = Figures::of(&ranking(&["a", "a", "b"]), &judged());
        assert_eq!(twice, Figures::of(&ranking(&["a", "b"]), &judged()));
    }

    #[test]
    fn finding_nothing_is_counted() {
        let nothing = Figures::of(&[], &judged());
        let all = Figures::mean(&[nothing, Figures::of(&ranking(&["a", "b"]), &judged())]);
        assert_eq!((all.nothing, all.recall, all.ndcg), (0.5, 0.5, 0.5));
    }
}
