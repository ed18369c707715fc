//! Small rules about text that several rooms need.

use std::sync::LazyLock;

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

/// What HTML may hold. Pictures would be fetched from elsewhere by every reader's browser, and nobody here has looked at them.
static CLEANER: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
    let mut allowed = ammonia::Builder::default();
    allowed.rm_tags(["img"]);
    allowed
});

/// The sanitised HTML of a CommonMark text. Raw HTML in the source, scripts, unsafe links and pictures do not survive.
pub fn html(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len() * 3 / 2);
    pulldown_cmark::html::push_html(&mut out, pulldown_cmark::Parser::new(markdown));
    CLEANER.clean(&out).to_string()
}

/// Whether a CommonMark text shows a picture, a film or anything else that is fetched from elsewhere.
pub fn shows_pictures(markdown: &str) -> bool {
    use pulldown_cmark::{Event, Parser, Tag};
    const FETCHED: [&str; 10] = [
        "<img", "<image", "<picture", "<svg", "<video", "<audio", "<iframe", "<object", "<embed", "<source",
    ];
    Parser::new(markdown).any(|event| match event {
        Event::Start(Tag::Image { .. }) => true,
        Event::Html(html) | Event::InlineHtml(html) => {
            let html = html.to_ascii_lowercase();
            FETCHED.iter().any(|tag| html.contains(tag))
        }
        _ => false,
    })
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

/// A part of a text that is put in order as people count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counted {
    /// Digits: without zeros before them, the longer are more.
    Number(usize, String),
    /// What is between numbers.
    Text(String),
}

/// The parts of a text that order it as people count: paragraph 108.4 comes before 108.10.
pub fn as_counted(text: &str) -> Vec<Counted> {
    text.as_bytes()
        .chunk_by(|one, next| one.is_ascii_digit() == next.is_ascii_digit())
        .map(|part| {
            let part = String::from_utf8_lossy(part).into_owned();
            if part.starts_with(|first: char| first.is_ascii_digit()) {
                let digits = part.trim_start_matches('0');
                Counted::Number(digits.len(), digits.to_owned())
            } else {
                Counted::Text(part)
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_in_a_text_are_counted_however_many_zeros_stand_before_them(
            section in 0_u32..200, one in 0_u32..2000, other in 0_u32..2000, zeros in "0{0,3}",
        ) {
            let paragraph = |number| as_counted(&format!("¶{section}.{zeros}{number} (b)"));
            prop_assert_eq!(paragraph(one).cmp(&paragraph(other)), one.cmp(&other));
        }
    }

    #[test]
    fn paragraphs_are_ordered_as_people_count() {
        let in_order = ["9", "108.4", "108.10", "108.10a", "109", "Annex"];
        let mut sorted = in_order;
        sorted.reverse();
        sorted.sort_by_key(|text| as_counted(text));
        assert_eq!(sorted, in_order);
    }

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
    fn pictures_are_seen_and_do_not_survive_rendering() {
        for shown in [
            "![a girl](https://example.org/girl.jpg)",
            "One\n\n[![a girl][1]](https://example.org)\n\n[1]: data:image/png;base64,AAAA",
            "text <IMG src='https://example.org/girl.jpg'> text",
            "<div><video src='https://example.org/girl.mp4'></video></div>",
        ] {
            assert!(shows_pictures(shown), "{shown}");
            let rendered = html(shown);
            assert!(!rendered.contains("<img") && !rendered.contains("<video"), "{rendered}");
        }
        for plain in [
            "`![a](b)`",
            "Wow![1]",
            "See [the picture](https://example.org/girl.jpg)",
            "a < b",
        ] {
            assert!(!shows_pictures(plain), "{plain}");
        }
    }

    #[test]
    fn scripts_do_not_survive_rendering() {
        let rendered = html("<script>alert(1)</script>\n\n[x](javascript:alert(1)) **b**");
        assert!(!rendered.contains("script"), "{rendered}");
        assert!(rendered.contains("<strong>b</strong>"), "{rendered}");
    }
}
