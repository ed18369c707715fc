//! Texts of real words: chance, but the same every time.

use std::collections::HashMap;

/// A generator of numbers that look random (SplitMix64).
pub struct Chance(u64);

impl Chance {
    /// The same numbers for the same seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to below the bound, which is not 0.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// One of these.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// Which word follows which in the texts of one language.
#[derive(Default)]
pub struct Chain {
    follows: HashMap<String, Vec<String>>,
    starts: Vec<String>,
}

impl Chain {
    /// Learns a text.
    pub fn learn(&mut self, text: &str) {
        let mut words = text.split_whitespace();
        let Some(first) = words.next() else { return };
        self.starts.push(first.to_owned());
        let mut last = first;
        for word in words {
            self.follows.entry(last.to_owned()).or_default().push(word.to_owned());
            last = word;
        }
    }

    /// A text of this many words.
    pub fn text(&self, words: usize, chance: &mut Chance) -> String {
        let mut text = String::new();
        let mut last = chance.pick(&self.starts);
        for _ in 0..words {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(last);
            last = match self.follows.get(last) {
                Some(next) => chance.pick(next),
                None => chance.pick(&self.starts),
            };
        }
        let end = text.trim_end_matches(|c: char| !c.is_alphanumeric()).len();
        if end > 0 {
            text.truncate(end);
        }
        text
    }
}
