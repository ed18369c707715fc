//! Small rules about text that several rooms need.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Folds a text for ordering: accents removed, lower case, outer white space gone, at most 200 characters.
///
/// Both databases then order it alike where they compare byte by byte.
pub fn ordering_key(text: &str) -> String {
    text.trim()
        .nfkd()
        .filter(|character| !is_combining_mark(*character))
        .flat_map(char::to_lowercase)
        .take(200)
        .collect()
}

/// The words of a text, one space between them: lower case, without accents and punctuation.
///
/// Two texts that differ in nothing that a reader would call a difference give the same words.
pub fn words(text: &str) -> String {
    let folded: String = text
        .nfkd()
        .filter(|character| !is_combining_mark(*character) && !matches!(character, '\'' | '’'))
        .flat_map(char::to_lowercase)
        .collect();
    let mut words = String::with_capacity(folded.len());
    for word in folded.split(|character: char| !character.is_alphanumeric()) {
        if !word.is_empty() {
            if !words.is_empty() {
                words.push(' ');
            }
            words.push_str(word);
        }
    }
    words
}

/// The plain text of a CommonMark text, for the index and for excerpts.
pub fn plain(markdown: &str) -> String {
    use pulldown_cmark::{Event, Parser, TagEnd};
    let mut out = String::with_capacity(markdown.len());
    for event in Parser::new(markdown) {
        match event {
            Event::Text(text) | Event::Code(text) => out.push_str(&text),
            Event::SoftBreak | Event::HardBreak | Event::End(TagEnd::Paragraph | TagEnd::Item | TagEnd::Heading(_)) => {
                out.push(' ')
            }
            _ => {}
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// The sanitised HTML of a CommonMark text. Raw HTML in the source, scripts and unsafe links do not survive.
pub fn html(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len() * 3 / 2);
    pulldown_cmark::html::push_html(&mut out, pulldown_cmark::Parser::new(markdown));
    ammonia::clean(&out)
}

/// The value of an enum in words: `BEFORE_AFTER` is "Before after".
pub fn in_words(value: &str) -> String {
    let lower = value.to_lowercase().replace('_', " ");
    let mut characters = lower.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => lower,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_ordered_without_regard_to_accents_and_case() {
        assert_eq!(ordering_key("  Écoles À Dakar "), "ecoles a dakar");
        assert!(ordering_key("Éa") < ordering_key("eb"));
    }

    #[test]
    fn words_are_what_is_left_without_case_accents_and_punctuation() {
        assert_eq!(
            words("  L’Écoles, the child's – age (18)! "),
            "lecoles the childs age 18"
        );
        assert_eq!(words("…"), "");
    }

    #[test]
    fn markdown_becomes_plain_text() {
        assert_eq!(
            plain("A **bold** [link](https://example.org)\n\n- one\n- two"),
            "A bold link one two"
        );
    }

    #[test]
    fn scripts_do_not_survive_rendering() {
        let rendered = html("<script>alert(1)</script>\n\n[x](javascript:alert(1)) **b**");
        assert!(!rendered.contains("script"), "{rendered}");
        assert!(rendered.contains("<strong>b</strong>"), "{rendered}");
    }
}
