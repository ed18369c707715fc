//! The text of a file as it is gathered: bounded, without control characters, and with single spaces and line breaks.

use super::MOST_CHARACTERS;

/// What stands between two pieces of text; the later the further apart.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    None,
    Space,
    Line,
    Paragraph,
}

/// The text so far.
#[derive(Default)]
pub struct Gathered {
    text: String,
    characters: usize,
    gap: Gap,
    full: bool,
}

impl Gathered {
    /// Adds a piece. Line breaks and empty lines in it are kept.
    pub fn push(&mut self, piece: &str) {
        for character in piece.chars() {
            match character {
                '\n' if self.gap >= Gap::Line => self.paragraph(),
                '\n' | '\u{2028}' => self.line(),
                '\u{2029}' => self.paragraph(),
                other if other.is_whitespace() => self.space(),
                other if other.is_control() => {}
                other => self.add(other),
            }
        }
    }

    /// Sets what follows apart by a space.
    pub fn space(&mut self) {
        self.gap = self.gap.max(Gap::Space);
    }

    /// Lets what follows begin a line.
    pub fn line(&mut self) {
        self.gap = self.gap.max(Gap::Line);
    }

    /// Lets what follows begin a paragraph.
    pub fn paragraph(&mut self) {
        self.gap = Gap::Paragraph;
    }

    /// Whether there was more than is kept.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// Whether a piece stands in the text already.
    pub fn has(&self, piece: &str) -> bool {
        memchr::memmem::find(self.text.as_bytes(), piece.as_bytes()).is_some()
    }

    /// The text.
    pub fn into_text(self) -> String {
        self.text
    }

    fn add(&mut self, character: char) {
        if !self.text.is_empty() {
            match self.gap {
                Gap::None => {}
                Gap::Space => self.put(' '),
                Gap::Line => self.put('\n'),
                Gap::Paragraph => {
                    self.put('\n');
                    self.put('\n');
                }
            }
        }
        self.gap = Gap::None;
        self.put(character);
    }

    fn put(&mut self, character: char) {
        if self.characters == MOST_CHARACTERS {
            self.full = true;
            return;
        }
        self.characters += 1;
        self.text.push(character);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_single_spaces_no_control_characters_and_a_bound() {
        let mut gathered = Gathered::default();
        gathered.push("  Score \u{0}\u{7} cards\t\tin\u{a0}Nepal \n\n ");
        gathered.paragraph();
        gathered.line();
        gathered.push("2014");
        assert!(gathered.has("cards in Nepal") && !gathered.has("2015"));
        assert_eq!(gathered.into_text(), "Score cards in Nepal\n\n2014");
        let mut gathered = Gathered::default();
        gathered.push(&"é".repeat(MOST_CHARACTERS));
        assert!(!gathered.is_full());
        gathered.push(" more");
        assert!(gathered.is_full());
        assert_eq!(gathered.into_text().chars().count(), MOST_CHARACTERS);
    }
}
