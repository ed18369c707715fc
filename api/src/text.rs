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

/// Folds a text for looking words up in it: accents removed, lower case.
pub fn folded(text: &str) -> String {
    text.nfkd()
        .filter(|character| !is_combining_mark(*character))
        .flat_map(char::to_lowercase)
        .collect()
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
