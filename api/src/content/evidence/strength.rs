//! How strong a finding is: one pure rule.
//!
//! A score of 0 to 100 is the sum of two parts:
//!
//! - the **study design**, up to 40 points: practice account 6, case study 12, monitoring data 16, before–after 24, legal
//!   or policy record 24, quasi-experimental 32, randomised 36, systematic review 40;
//! - the **appraisal** by the five Bond evidence principles (voice and inclusion, appropriateness, triangulation,
//!   contribution, transparency), each scored 1 to 4 by a reviewer: up to 12 points for each principle, 0 for a score of 1
//!   and 4 more for every point above it. Of several appraisals the median counts, principle by principle.
//!
//! Under 25 a finding is anecdotal, from 25 emerging, from 50 moderate, from 75 strong. A finding that nobody has
//! appraised has no points of the second part, and so is emerging at most. More rigour in either part never lowers the
//! result; the tests hold the rule to that.

use praxis_entities::vocabulary::{StrengthLevel, StudyDesign};

/// The scores of one appraisal, in the order of [`PRINCIPLES`].
pub type Scores = [i32; 5];

/// The five principles.
pub const PRINCIPLES: [&str; 5] = [
    "Voice and inclusion",
    "Appropriateness",
    "Triangulation",
    "Contribution",
    "Transparency",
];

/// The result of the rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The level.
    pub level: StrengthLevel,
    /// 0 to 100.
    pub score: i32,
    /// How the score came about, in words.
    pub reasons: Vec<String>,
}

/// Applies the rule. Scores outside 1 to 4 count as the nearest of them.
pub fn strength(design: StudyDesign, appraisals: &[Scores]) -> Verdict {
    let (name, points) = design_points(design);
    let mut reasons = vec![format!("Study design: {name}, {points} of 40 points.")];
    let mut score = points;
    if appraisals.is_empty() {
        reasons.push("No appraisal yet: emerging at most, until a reviewer has appraised it.".to_owned());
    }
    let count = appraisals.len();
    for (index, principle) in PRINCIPLES.iter().enumerate() {
        let Some(doubled) = doubled_median(appraisals.iter().map(|scores| scores[index].clamp(1, 4)).collect()) else {
            break;
        };
        let points = 2 * (doubled - 2);
        score += points;
        let shown = if doubled % 2 == 0 {
            format!("{}", doubled / 2)
        } else {
            format!("{}.5", doubled / 2)
        };
        let of = if count > 1 {
            format!(", median of {count} appraisals")
        } else {
            String::new()
        };
        reasons.push(format!("{principle}: {shown} of 4{of}, {points} of 12 points."));
    }
    Verdict {
        level: level(score),
        score,
        reasons,
    }
}

fn design_points(design: StudyDesign) -> (&'static str, i32) {
    match design {
        StudyDesign::PracticeAccount => ("practice account", 6),
        StudyDesign::CaseStudy => ("case study", 12),
        StudyDesign::MonitoringData => ("monitoring data", 16),
        StudyDesign::BeforeAfter => ("before–after measurement", 24),
        StudyDesign::LegalOrPolicyRecord => ("legal or policy record", 24),
        StudyDesign::QuasiExperimental => ("quasi-experimental study", 32),
        StudyDesign::Randomized => ("randomised trial", 36),
        StudyDesign::SystematicReview => ("systematic review", 40),
    }
}

fn level(score: i32) -> StrengthLevel {
    match score {
        ..25 => StrengthLevel::Anecdotal,
        25..50 => StrengthLevel::Emerging,
        50..75 => StrengthLevel::Moderate,
        75.. => StrengthLevel::Strong,
    }
}

/// Twice the median, so that it stays a whole number.
fn doubled_median(mut values: Vec<i32>) -> Option<i32> {
    values.sort_unstable();
    let upper = values.get(values.len() / 2).copied()?;
    let lower = values.get((values.len() - 1) / 2).copied()?;
    Some(lower + upper)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sea_orm::Iterable;

    use super::*;

    fn designs() -> Vec<StudyDesign> {
        let mut designs: Vec<_> = StudyDesign::iter().collect();
        designs.sort_by_key(|design| design_points(*design).1);
        designs
    }

    fn appraisals() -> impl Strategy<Value = Vec<Scores>> {
        prop::collection::vec(prop::array::uniform5(1..=4), 0..6)
    }

    proptest! {
        #[test]
        fn a_more_rigorous_design_never_lowers_strength(index in 0usize..7, given in appraisals()) {
            let designs = designs();
            let less = strength(designs[index], &given);
            let more = strength(designs[index + 1], &given);
            prop_assert!(more.score >= less.score && more.level >= less.level);
        }

        #[test]
        fn a_higher_score_in_an_appraisal_never_lowers_strength(
            index in 0usize..8, given in appraisals(), which in any::<prop::sample::Index>(), principle in 0usize..5,
        ) {
            prop_assume!(!given.is_empty());
            let design = designs()[index];
            let mut better = given.clone();
            let scores = which.get_mut(&mut better);
            scores[principle] = (scores[principle] + 1).min(4);
            prop_assert!(strength(design, &better).score >= strength(design, &given).score);
        }

        #[test]
        fn an_appraisal_never_lowers_the_strength_of_a_finding_without_one(index in 0usize..8, scores in prop::array::uniform5(1..=4)) {
            let design = designs()[index];
            prop_assert!(strength(design, &[scores]).score >= strength(design, &[]).score);
        }

        #[test]
        fn the_order_of_appraisals_does_not_matter(index in 0usize..8, mut given in appraisals()) {
            let design = designs()[index];
            let before = strength(design, &given);
            given.reverse();
            prop_assert_eq!(strength(design, &given), before);
        }

        #[test]
        fn the_score_is_between_0_and_100_and_the_reasons_account_for_it(index in 0usize..8, given in appraisals()) {
            let verdict = strength(designs()[index], &given);
            prop_assert!((0..=100).contains(&verdict.score));
            let told: i32 = verdict.reasons.iter().filter_map(|reason| {
                reason.rsplit(", ").next()?.split(" of ").next()?.parse::<i32>().ok()
            }).sum();
            prop_assert_eq!(told, verdict.score);
        }
    }

    #[test]
    fn a_finding_without_an_appraisal_is_emerging_at_most() {
        for design in StudyDesign::iter() {
            assert!(strength(design, &[]).level <= StrengthLevel::Emerging);
        }
    }

    #[test]
    fn the_best_design_with_the_best_appraisal_scores_100() {
        assert_eq!(strength(StudyDesign::SystematicReview, &[[4; 5]]).score, 100);
    }

    #[test]
    fn an_account_by_those_who_did_the_work_is_never_strong() {
        assert!(strength(StudyDesign::PracticeAccount, &[[4; 5]]).level < StrengthLevel::Strong);
    }
}
