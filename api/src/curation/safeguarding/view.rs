//! A text as the rules read it: as a reader sees it, without the signs of CommonMark and other disguises.

/// A text with plain spaces, hyphens and digits, without emphasis, escapes and invisible characters, that knows where
/// each of its characters stands in the original.
pub struct View {
    text: String,
    /// The byte at which each character begins, and its place in the original and that after it, counted in characters.
    starts: Vec<(usize, usize, usize)>,
}

/// Entities that a reader sees as another sign, beside the numeric ones.
const ENTITIES: [(&str, char); 7] = [
    ("commat", '@'),
    ("period", '.'),
    ("colon", ':'),
    ("nbsp", ' '),
    ("amp", '&'),
    ("lowbar", '_'),
    ("num", '#'),
];

/// The longest entity that is looked for, in characters between `&` and `;`.
const LONGEST_ENTITY: usize = 8;

impl View {
    /// Reads a text.
    pub fn of(text: &str) -> View {
        let characters: Vec<char> = text.chars().collect();
        let mut view = View {
            text: String::with_capacity(text.len()),
            starts: Vec::with_capacity(characters.len()),
        };
        let mut place = 0;
        while let Some(character) = characters.get(place).copied() {
            let (shown, length) = match character {
                '&' => entity(characters.get(place + 1..).unwrap_or_default()).unwrap_or(('&', 1)),
                '\\' if characters.get(place + 1).is_some_and(char::is_ascii_punctuation) => ('\u{200b}', 1),
                '_' if !within_word(&characters, place) => ('\u{200b}', 1),
                other => (plain(other), 1),
            };
            if !invisible(shown) {
                view.starts.push((view.text.len(), place, place + length));
                view.text.push(shown);
            }
            place += length;
        }
        view
    }

    /// The text to match against.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Turns a span of bytes of the view into one of characters of the original; nothing where it is empty.
    pub fn in_original(&self, (start, end): (usize, usize)) -> Option<(usize, usize)> {
        let first = self.starts.partition_point(|(byte, _, _)| *byte < start);
        let after = self.starts.partition_point(|(byte, _, _)| *byte < end);
        let from = self.starts.get(first)?.1;
        let to = self.starts.get(after.checked_sub(1)?)?.2;
        (from < to).then_some((from, to))
    }
}

/// The sign that a space, hyphen, apostrophe, digit and the like stands for.
fn plain(character: char) -> char {
    match character {
        '\n' => '\n',
        '\u{2010}'..='\u{2013}' | '\u{2212}' | '\u{fe63}' | '\u{ff0d}' => '-',
        '’' | '‘' | '\u{2032}' | '\u{02bc}' => '\'',
        '\u{2033}' | '”' => '"',
        '\u{ff0b}' => '+',
        '\u{ff20}' | '\u{fe6b}' => '@',
        '\u{ff0e}' => '.',
        other if other.is_whitespace() => ' ',
        other => digit(other),
    }
}

/// Arabic, Persian, Devanagari, Bengali and full-width digits as those of ASCII.
fn digit(character: char) -> char {
    let value = u32::from(character);
    [0x0660, 0x06f0, 0x0966, 0x09e6, 0xff10]
        .into_iter()
        .find_map(|zero: u32| {
            let digit = value.checked_sub(zero)?;
            (digit < 10).then(|| char::from_digit(digit, 10))?
        })
        .unwrap_or(character)
}

/// Emphasis, and what no reader sees.
fn invisible(character: char) -> bool {
    matches!(
        character,
        '*' | '`'
            | '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
    )
}

/// Whether the underscore belongs to a word, as in an address, and is no emphasis.
fn within_word(characters: &[char], place: usize) -> bool {
    let word = |place: Option<usize>| {
        place
            .and_then(|place| characters.get(place))
            .is_some_and(|character| character.is_alphanumeric() || *character == '_')
    };
    word(place.checked_sub(1)) && word(Some(place + 1))
}

/// The sign that an entity stands for, and how many characters it takes.
fn entity(after: &[char]) -> Option<(char, usize)> {
    let length = after
        .iter()
        .take(LONGEST_ENTITY + 1)
        .position(|character| *character == ';')?;
    let name: String = after.get(..length)?.iter().collect();
    let sign = if let Some(hexadecimal) = name.strip_prefix("#x").or_else(|| name.strip_prefix("#X")) {
        char::from_u32(u32::from_str_radix(hexadecimal, 16).ok()?)?
    } else if let Some(decimal) = name.strip_prefix('#') {
        char::from_u32(decimal.parse().ok()?)?
    } else {
        ENTITIES.into_iter().find(|(entity, _)| *entity == name)?.1
    };
    Some((plain(sign), length + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emphasis_escapes_entities_and_invisible_characters_hide_nothing() {
        for (text, seen) in [
            ("**Maria** _Lopez_", "Maria Lopez"),
            ("a\\@b &#64; &#x40; &commat; & &nope;", "a@b @ @ @ & &nope;"),
            ("snake_case@example.org", "snake_case@example.org"),
            ("٠١٢ ०१२ ０１２", "012 012 012"),
            ("5\u{200b}5\u{ad}5\u{2011}01\u{a0}", "555-01 "),
        ] {
            assert_eq!(View::of(text).as_str(), seen);
        }
    }

    #[test]
    fn spans_lead_back_to_the_original() {
        let text = "é **ab** &#64; c";
        let view = View::of(text);
        let place = view.as_str().find("ab @").unwrap();
        let (start, end) = view.in_original((place, place + 4)).unwrap();
        let original: String = text.chars().skip(start).take(end - start).collect();
        assert_eq!(original, "ab** &#64;");
    }
}
