//! What can be told of a query's text before it is parsed.
//!
//! The parser recurses on brackets, and async-graphql compares names that it does not know with those that it does, so a
//! short text with many brackets or one very long name would cost the process dearly. Both are looked for here, in one pass
//! over the bytes, before the parser sees the text.

/// The tokens of a text by the GraphQL specification, and what is dangerous in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextSize {
    /// How many tokens there are.
    pub tokens: usize,
    /// How many brackets of any sort are open at the deepest place.
    pub nesting: usize,
    /// The length of the longest name.
    pub longest_name: usize,
}

impl TextSize {
    /// Measures a text. It may be anything at all.
    pub fn of(text: &str) -> Self {
        let mut scanner = Scanner {
            bytes: text.as_bytes(),
            at: 0,
            open: 0,
            size: Self::default(),
        };
        scanner.run();
        scanner.size
    }
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    open: usize,
    size: TextSize,
}

impl Scanner<'_> {
    fn run(&mut self) {
        while let Some(byte) = self.peek(0) {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b',' => self.at += 1,
                b'#' => self.skip_while(|byte| !matches!(byte, b'\n' | b'\r')),
                _ => {
                    self.size.tokens += 1;
                    self.token(byte);
                }
            }
        }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn skip_while(&mut self, wanted: fn(u8) -> bool) {
        while self.peek(0).is_some_and(wanted) {
            self.at += 1;
        }
    }

    fn token(&mut self, first: u8) {
        match first {
            b'"' => self.string(),
            b'.' if self.peek(1) == Some(b'.') && self.peek(2) == Some(b'.') => self.at += 3,
            b'{' | b'(' | b'[' => {
                self.open += 1;
                self.size.nesting = self.size.nesting.max(self.open);
                self.at += 1;
            }
            b'}' | b')' | b']' => {
                self.open = self.open.saturating_sub(1);
                self.at += 1;
            }
            b'-' | b'0'..=b'9' => self.number(),
            byte if byte.is_ascii_alphabetic() || byte == b'_' => {
                let start = self.at;
                self.skip_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                self.size.longest_name = self.size.longest_name.max(self.at - start);
            }
            _ => self.at += 1,
        }
    }

    fn number(&mut self) {
        self.at += 1;
        while let Some(byte) = self.peek(0) {
            let next_is_digit = self.peek(1).is_some_and(|next| next.is_ascii_digit());
            let signed = matches!(self.peek(1), Some(b'+' | b'-'));
            match byte {
                b'0'..=b'9' => self.at += 1,
                b'.' if next_is_digit => self.at += 2,
                b'e' | b'E' if signed => self.at += 2,
                b'e' | b'E' if next_is_digit => self.at += 2,
                _ => return,
            }
        }
    }

    fn string(&mut self) {
        if self
            .bytes
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(b"\"\"\""))
        {
            self.at += 3;
            while let Some(rest) = self.bytes.get(self.at..).filter(|rest| !rest.is_empty()) {
                if rest.starts_with(b"\\\"\"\"") {
                    self.at += 4;
                } else if rest.starts_with(b"\"\"\"") {
                    self.at += 3;
                    return;
                } else {
                    self.at += 1;
                }
            }
            return;
        }
        self.at += 1;
        while let Some(byte) = self.peek(0) {
            match byte {
                b'\\' => self.at += 2,
                b'"' => {
                    self.at += 1;
                    return;
                }
                // A string ends with its line; what follows is for the parser to complain about.
                b'\n' | b'\r' => return,
                _ => self.at += 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tokens(text: &str) -> usize {
        TextSize::of(text).tokens
    }

    #[test]
    fn tokens_are_counted_as_the_specification_defines_them() {
        assert_eq!(tokens("{ a(b: \"x y # z\", c: 1.5) # note\n ...D }"), 13);
        assert_eq!(tokens("\"\"\"a \" b\"\"\" c"), 2);
        assert_eq!(tokens(r#""""a \""" b""" c"#), 2);
        assert_eq!(tokens(r#""a \" b" c"#), 2);
        assert_eq!(tokens("[-1.5e-3, 2E5, 10]"), 5);
        assert_eq!(tokens(""), 0);
    }

    #[test]
    fn spreads_that_touch_names_and_numbers_are_tokens_of_their_own() {
        assert_eq!(tokens("{a...F...F}"), 7);
        assert_eq!(tokens("1...F"), 3);
    }

    #[test]
    fn brackets_of_any_sort_nest_but_not_within_strings_and_comments() {
        assert_eq!(TextSize::of("{ a(b: [{ c: 1 }]) { d } }").nesting, 4);
        assert_eq!(TextSize::of("{ a(b: \"[[[[\") } # {{{{").nesting, 2);
        assert_eq!(TextSize::of("}}}{").nesting, 1);
    }

    #[test]
    fn the_longest_name_is_found() {
        assert_eq!(
            TextSize::of("{ a longer_1 bc \"a string is no name\" }").longest_name,
            8
        );
    }

    proptest! {
        #[test]
        fn measuring_ends_on_any_text(text in ".{0,400}") {
            prop_assert!(tokens(&text) <= text.len());
        }

        #[test]
        fn measuring_ends_on_texts_of_graphql_characters(text in "[{}()\\[\\]\"\\\\.#a1eE+ \n-]{0,200}") {
            prop_assert!(tokens(&text) <= text.len());
        }
    }
}
