//! The parts of a document that words stand in.

/// Where in a document a word stands. The order is the order of ranking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// The texts of its files.
    Files,
    /// Everything that is in none of the others.
    Body,
    /// Acronyms, identifiers, names, labels.
    Keywords,
    /// The summary.
    Summary,
    /// The title.
    Title,
}

impl Tier {
    /// Every tier, the least important first.
    pub const ALL: [Tier; 5] = [Tier::Files, Tier::Body, Tier::Keywords, Tier::Summary, Tier::Title];

    /// Its name in highlights.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Tier::Files => "files",
            Tier::Body => "body",
            Tier::Keywords => "keywords",
            Tier::Summary => "summary",
            Tier::Title => "title",
        }
    }

    /// Its position in [`Tier::ALL`].
    #[must_use]
    pub fn index(self) -> usize {
        match self {
            Tier::Files => 0,
            Tier::Body => 1,
            Tier::Keywords => 2,
            Tier::Summary => 3,
            Tier::Title => 4,
        }
    }
}
