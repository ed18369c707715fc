//! Passages with the matched words marked, as HTML that is safe to show.

use std::ops::Range;

use super::words::is_unspaced;

/// Around how many characters a passage of a long text has.
pub const PASSAGE_LENGTH: usize = 240;

/// Escapes what has a meaning in HTML.
pub fn escape(text: &str, html: &mut String) {
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            // Not allowed in HTML at all, and some clients stop reading there.
            '\u{0}' => html.push('\u{FFFD}'),
            _ => html.push(character),
        }
    }
}

/// The whole text with `marked` between `<mark>` and `</mark>`. Ranges must be in order; overlapping or touching ones
/// are marked as one.
#[must_use]
pub fn mark(text: &str, marked: &[Range<usize>]) -> String {
    let mut html = String::with_capacity(text.len() + marked.len() * 13);
    let mut at = 0;
    for range in merged(marked) {
        escape(&text[at..range.start], &mut html);
        html.push_str("<mark>");
        escape(&text[range.clone()], &mut html);
        html.push_str("</mark>");
        at = range.end;
    }
    escape(&text[at..], &mut html);
    html
}

/// The passage of about [`PASSAGE_LENGTH`] characters with the most different words marked, cut between words only,
/// with `…` where it was cut. `marked` holds the ranges of matched words in order, each with a number that says which
/// word of the query it matches.
#[must_use]
pub fn passage(text: &str, marked: &[(Range<usize>, usize)]) -> String {
    let window = if text.chars().count() <= PASSAGE_LENGTH {
        0..text.len()
    } else {
        widen(text, best_cluster(text, marked))
    };
    let inside: Vec<Range<usize>> = marked
        .iter()
        .map(|(range, _)| range)
        .filter(|range| range.start >= window.start && range.end <= window.end)
        .map(|range| range.start - window.start..range.end - window.start)
        .collect();
    let mut html = String::new();
    if window.start > 0 {
        html.push_str("… ");
    }
    html.push_str(&mark(&text[window.clone()], &inside));
    if window.end < text.len() {
        html.push_str(" …");
    }
    html
}

fn merged(ranges: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range.clone()),
        }
    }
    merged
}

/// The span of neighbouring matches that fits into a passage and has the most different words, then the most words.
fn best_cluster(text: &str, marked: &[(Range<usize>, usize)]) -> Range<usize> {
    let mut best = 0..0;
    let mut best_worth = (0, 0);
    let mut first = 0;
    for last in 0..marked.len() {
        let end = marked[last].0.end;
        while first < last && text[marked[first].0.start..end].chars().count() > PASSAGE_LENGTH {
            first += 1;
        }
        let mut different: Vec<usize> = marked[first..=last].iter().map(|(_, word)| *word).collect();
        different.sort_unstable();
        different.dedup();
        let worth = (different.len(), last - first);
        if best_worth == (0, 0) && best.is_empty() || worth > best_worth {
            best_worth = worth;
            best = marked[first].0.start..end;
        }
    }
    best
}

/// Widens a span evenly on both sides to the length of a passage, then shrinks it to whole words.
fn widen(text: &str, span: Range<usize>) -> Range<usize> {
    let taken = text[span.clone()].chars().count();
    let spare = PASSAGE_LENGTH.saturating_sub(taken);
    let after_available = text[span.end..].chars().count();
    let after = (spare - spare / 2).min(after_available);
    let before = spare - after;
    let start = text[..span.start]
        .char_indices()
        .rev()
        .take(before)
        .last()
        .map_or(span.start, |(at, _)| at);
    // What could not be used before the span is used after it.
    let used_before = text[start..span.start].chars().count();
    let end = text[span.end..]
        .char_indices()
        .nth(spare - used_before)
        .map_or(text.len(), |(at, _)| span.end + at);
    shrink_start(text, start, span.start)..shrink_end(text, end, span.end)
}

/// The first place after `at` where a text may begin, at most `limit`; if there is none, the last one before.
fn shrink_start(text: &str, at: usize, limit: usize) -> usize {
    boundaries(text, at..limit)
        .next()
        .or_else(|| boundaries(text, back(text, at)..at).next_back())
        .unwrap_or(limit)
}

/// The last place before `at` where a text may end, at least `limit`; if there is none, the first one after.
fn shrink_end(text: &str, at: usize, limit: usize) -> usize {
    boundaries(text, limit..at)
        .next_back()
        .or_else(|| boundaries(text, at..forward(text, at)).next())
        .map_or(limit, |end| limit.max(text[..end].trim_end().len()))
}

/// How far a word may reach beyond the usual length of a passage, in characters.
const OVERHANG: usize = 64;

fn back(text: &str, at: usize) -> usize {
    text[..at].char_indices().rev().nth(OVERHANG).map_or(0, |(at, _)| at)
}

fn forward(text: &str, at: usize) -> usize {
    text[at..]
        .char_indices()
        .nth(OVERHANG)
        .map_or(text.len(), |(further, _)| at + further)
}

/// Where a text may be cut within a range, ends included: at its own ends, after spaces, and between characters of
/// scripts that have none.
fn boundaries(text: &str, range: Range<usize>) -> impl DoubleEndedIterator<Item = usize> {
    (range.start..=range.end).filter(|at| {
        if !text.is_char_boundary(*at) {
            return false;
        }
        let before = text[..*at].chars().next_back();
        let after = text[*at..].chars().next();
        match (before, after) {
            (Some(before), Some(after)) => {
                before.is_whitespace() && !after.is_whitespace() || is_unspaced(before) && is_unspaced(after)
            }
            _ => true,
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{PASSAGE_LENGTH, mark, passage};
    use crate::text::words::words;

    /// Undoes the escaping, so that what is shown can be compared with the text.
    fn shown(html: &str) -> String {
        html.replace("<mark>", "")
            .replace("</mark>", "")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&amp;", "&")
    }

    #[test]
    fn matched_words_are_marked_and_everything_else_is_escaped() {
        assert_eq!(
            mark("<b>Rights & duties</b>", std::slice::from_ref(&(3..9))),
            "&lt;b&gt;<mark>Rights</mark> &amp; duties&lt;/b&gt;"
        );
        assert_eq!(mark("儿童权利", &[0..6, 3..9]), "<mark>儿童权</mark>利");
    }

    #[test]
    fn a_passage_shows_where_the_most_words_meet() {
        let filler = "nothing to see ".repeat(40);
        let text = format!("budget {filler} child budget {filler}");
        let at = text.find("child").expect("is there");
        let html = passage(&text, &[(0..6, 0), (at..at + 5, 1), (at + 6..at + 12, 0)]);
        assert!(html.contains("<mark>child</mark> <mark>budget</mark>"), "{html}");
        assert!(html.starts_with("… ") && html.ends_with(" …"));
    }

    proptest! {
        #[test]
        fn passages_never_cut_words_or_entities_and_always_escape(
            pieces in prop::collection::vec("[a-zé<>&\"'ж]{1,9}", 1..120),
            picks in prop::collection::vec(0_usize..400, 0..6),
        ) {
            let text = pieces.join(" ");
            let all = words(&text);
            let mut picked: Vec<usize> = picks.iter().map(|pick| pick % all.len().max(1)).collect();
            picked.sort_unstable();
            picked.dedup();
            let marked: Vec<_> = picked
                .iter()
                .filter_map(|pick| all.get(*pick))
                .enumerate()
                .map(|(number, word)| (word.start..word.end, number))
                .collect();
            let html = passage(&text, &marked);
            let bare = html.replace("<mark>", "").replace("</mark>", "");
            prop_assert!(!bare.contains(['<', '>', '"', '\'']), "{}", html);
            for (at, _) in bare.match_indices('&') {
                let entity = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"]
                    .iter()
                    .any(|entity| bare[at..].starts_with(entity));
                prop_assert!(entity, "{}", html);
            }
            let plain = shown(&html);
            let plain = plain.strip_prefix("… ").unwrap_or(&plain);
            let plain = plain.strip_suffix(" …").unwrap_or(plain);
            prop_assert!(plain.chars().count() <= PASSAGE_LENGTH.max(text.len().min(PASSAGE_LENGTH)) + 12);
            for piece in plain.split(' ').filter(|piece| !piece.is_empty()) {
                prop_assert!(pieces.iter().any(|whole| whole == piece), "{} in {}", piece, html);
            }
            prop_assert_eq!(html.matches("<mark>").count(), html.matches("</mark>").count());
            prop_assert_eq!(marked.is_empty(), !html.contains("<mark>"));
        }
    }
}
