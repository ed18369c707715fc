//! Vectors at a quarter of their size.

/// How many bytes stand before the numbers: the digest of the text and the scale.
const HEAD: usize = 20;

/// A vector as bytes: the digest of the text that it is of (16 bytes, so that the same text need never be read by the model
/// again), what a step is worth (4 bytes), and a signed step for each dimension. Rounding moves a similarity by less than
/// 0.005.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed(Vec<u8>);

impl Packed {
    /// Packs a vector.
    #[must_use]
    pub fn new(digest: u128, vector: &[f32]) -> Self {
        let (scale, steps) = steps(vector);
        let mut bytes = Vec::with_capacity(HEAD + vector.len());
        bytes.extend(digest.to_be_bytes());
        bytes.extend(scale.to_be_bytes());
        bytes.extend(steps.into_iter().map(|step| step.to_be_bytes()[0]));
        Self(bytes)
    }

    /// Puts a vector together that was taken apart.
    #[must_use]
    pub fn from_parts(digest: u128, scale: f32, steps: &[i8]) -> Self {
        let mut bytes = Vec::with_capacity(HEAD + steps.len());
        bytes.extend(digest.to_be_bytes());
        bytes.extend(scale.to_be_bytes());
        bytes.extend(steps.iter().map(|step| step.to_be_bytes()[0]));
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Takes bytes apart: digest, scale, steps. `None` where they are no vector of so many dimensions.
    #[must_use]
    pub fn parts(bytes: &[u8], dimensions: usize) -> Option<(u128, f32, impl Iterator<Item = i8>)> {
        let (digest, rest) = bytes.split_first_chunk::<16>()?;
        let (scale, steps) = rest.split_first_chunk::<4>()?;
        (steps.len() == dimensions).then(|| {
            (
                u128::from_be_bytes(*digest),
                f32::from_be_bytes(*scale),
                steps.iter().map(|byte| i8::from_be_bytes([*byte])),
            )
        })
    }
}

/// The vector of a query, ready to be compared with packed ones.
#[derive(Clone, Debug)]
pub struct Query {
    scale: f32,
    steps: Vec<i8>,
}

impl Query {
    /// Prepares a vector.
    #[must_use]
    pub fn new(vector: &[f32]) -> Self {
        let (scale, steps) = steps(vector);
        Self { scale, steps }
    }

    /// The cosine of the angle to a packed vector, about.
    #[must_use]
    pub fn similarity(&self, scale: f32, steps: &[i8]) -> f32 {
        let sum: i32 = self
            .steps
            .iter()
            .zip(steps)
            .map(|(one, other)| i32::from(i16::from(*one) * i16::from(*other)))
            .sum();
        sum as f32 * self.scale * scale
    }
}

fn steps(vector: &[f32]) -> (f32, Vec<i8>) {
    let largest = vector.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    if largest == 0.0 {
        return (0.0, vec![0; vector.len()]);
    }
    let scale = largest / 127.0;
    // Within ±127 by construction.
    let steps = vector.iter().map(|value| (value / scale).round() as i8).collect();
    (scale, steps)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Packed, Query};

    fn unit(vector: &[f32]) -> Option<Vec<f32>> {
        let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
        (length > 0.01).then(|| vector.iter().map(|value| value / length).collect())
    }

    proptest! {
        #[test]
        fn packing_moves_a_similarity_by_less_than_half_a_hundredth(
            one in prop::collection::vec(-1.0_f32..1.0, 64),
            other in prop::collection::vec(-1.0_f32..1.0, 64),
        ) {
            let (Some(one), Some(other)) = (unit(&one), unit(&other)) else { return Ok(()); };
            let exact: f32 = one.iter().zip(&other).map(|(one, other)| one * other).sum();
            let packed = Packed::new(7, &other);
            let (digest, scale, steps) = Packed::parts(packed.bytes(), 64).expect("as many dimensions");
            let steps: Vec<i8> = steps.collect();
            prop_assert_eq!(digest, 7);
            prop_assert_eq!(Packed::from_parts(digest, scale, &steps), packed);
            prop_assert!((Query::new(&one).similarity(scale, &steps) - exact).abs() < 0.005);
        }
    }

    #[test]
    fn bytes_of_another_length_are_no_vector() {
        let packed = Packed::new(1, &[0.6, 0.8]);
        assert!(Packed::parts(packed.bytes(), 3).is_none());
        assert!(Packed::parts(&[1, 2, 3], 0).is_none());
    }
}
