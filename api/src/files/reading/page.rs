//! The text of a page of a PDF file.
//!
//! A page says which glyphs stand where, and nothing of words and lines. They are taken in the order in which they are drawn,
//! and told apart by the distances between them.

use hayro_interpret::font::{Glyph, GlyphRun};
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::kurbo::{Affine, BezPath, Point, Vec2};
use hayro_interpret::{BlendMode, ClipPath, Device, DrawMode, DrawProps, Image, ImageDrawProps, SoftMask};
use unicode_normalization::UnicodeNormalization;

use super::MOST_CHARACTERS;
use super::picture::SMALLEST;

/// A thousandth of an em is what glyphs are measured in.
const EM: f64 = 1000.0;
/// The distance between two glyphs that makes two words of them, in ems.
const WORD_GAP: f64 = 0.18;
/// How far from the line before, in ems, a glyph is on another one.
const LINE_SHIFT: f64 = 0.35;
/// How far from the line before, in ems, a line begins another paragraph.
const PARAGRAPH_SHIFT: f64 = 2.0;
/// The width of a glyph that does not say its own, in ems.
const USUAL_WIDTH: f64 = 0.5;
/// A page with fewer characters than this and a picture as large as a scan has is a scan.
const FEW: usize = 40;
/// How many pixels the pictures of a scanned page have at least.
const SCANNED: u64 = 400_000;
/// A page without text with more drawn lines and shapes than this may have its text drawn.
const DRAWN: usize = 50;
/// How many glyphs of a page may lack a character: bullets, arrows, marks.
const UNKNOWN: usize = 20;

/// What is met on a page.
#[derive(Default)]
pub struct PageText {
    text: String,
    characters: usize,
    unknown: usize,
    pixels: u64,
    paths: usize,
    /// Whether a picture on it is large enough to show somebody.
    pub pictures: bool,
    last: Option<Place>,
    /// Where the last run began and with which code, since what is filled and outlined is drawn twice.
    last_run: Option<(Point, u32, usize)>,
}

/// Where a glyph stands.
#[derive(Clone, Copy)]
struct Place {
    /// Where the next one would stand.
    end: Point,
    /// The direction of the line.
    along: Vec2,
    /// The size of an em.
    size: f64,
}

impl PageText {
    /// The text of the page.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether there may be text on the page that was not read.
    pub fn is_unread(&self) -> bool {
        self.unknown > UNKNOWN
            || (self.characters == 0 && (self.unknown > 0 || self.pictures || self.paths > DRAWN))
            || (self.characters < FEW && self.pixels > SCANNED)
    }

    /// Whether nothing at all is on the page.
    pub fn is_blank(&self) -> bool {
        self.text.is_empty() && self.unknown == 0 && self.pixels == 0 && self.paths == 0
    }

    fn glyph(&mut self, glyph: &Glyph<'_>, transform: Affine) {
        let origin = transform * Point::ORIGIN;
        let em = (transform * Point::new(EM, 0.0)) - origin;
        let size = em.hypot();
        let along = if size > 0.0 { em / size } else { Vec2::new(1.0, 0.0) };
        let width = match glyph {
            Glyph::Outline(glyph) => glyph.advance_width().map(f64::from),
            Glyph::Type3(_) => None,
        };
        let width = width
            .filter(|width| width.is_finite() && *width > 0.0)
            .unwrap_or(USUAL_WIDTH * EM);
        self.gap(origin, along, size);
        self.last = Some(Place {
            end: origin + em * (width / EM),
            along,
            size,
        });
        match glyph.as_unicode() {
            Some(BfString::Char(character)) => self.push(character),
            Some(BfString::String(text)) => text.chars().for_each(|character| self.push(character)),
            None => self.unknown += 1,
        }
    }

    fn push(&mut self, character: char) {
        match character {
            '\u{fffd}' | '\u{e000}'..='\u{f8ff}' | '\u{0}'..='\u{8}' => self.unknown += 1,
            // What is written as one sign is searched for as several letters.
            '\u{fb00}'..='\u{fb4f}' => self.text.extend(std::iter::once(character).nfkc()),
            other => self.text.push(other),
        }
        if !character.is_whitespace() {
            self.characters += 1;
        }
    }

    /// Sets apart what stands apart from what came before.
    fn gap(&mut self, origin: Point, along: Vec2, size: f64) {
        let Some(last) = self.last else { return };
        let em = last.size.max(size);
        let step = origin - last.end;
        let aside = last.along.cross(step).abs();
        let ahead = last.along.dot(step);
        let turned = last.along.dot(along) < 0.7;
        if turned || aside > PARAGRAPH_SHIFT * em {
            self.text.push_str("\n\n");
        } else if aside > LINE_SHIFT * em {
            self.text.push('\n');
        } else if ahead > WORD_GAP * em || ahead < -0.5 * em {
            self.text.push(' ');
        }
    }
}

impl Device<'_> for PageText {
    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'_>, _: &DrawMode) {
        self.paths += 1;
    }

    fn push_clip_path(&mut self, _: &ClipPath) {}

    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'_>>, _: BlendMode) {}

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, '_>, props: DrawProps<'_>, mode: &DrawMode) {
        let glyphs = run.glyphs();
        let Some(first) = glyphs.first() else { return };
        let begins = (
            props.transform * first.transform() * Point::ORIGIN,
            first.char_code(),
            glyphs.len(),
        );
        let again = matches!(mode, DrawMode::Stroke(_)) && self.last_run == Some(begins);
        self.last_run = Some(begins);
        if again {
            return;
        }
        for glyph in glyphs {
            if self.text.len() > 4 * MOST_CHARACTERS {
                return;
            }
            self.glyph(glyph, props.transform * glyph.transform());
        }
    }

    fn draw_image(&mut self, image: Image<'_, '_>, _: ImageDrawProps<'_>) {
        let (width, height) = (image.width(), image.height());
        self.pixels = self.pixels.saturating_add(u64::from(width) * u64::from(height));
        if width >= SMALLEST && height >= SMALLEST {
            self.pictures = true;
        }
    }

    fn pop_clip(&mut self) {}

    fn pop_transparency_group(&mut self) {}
}

/// The lines of a page as text: what goes on in the next line is put together, and a word that is cut at the end of a line is
/// one word again.
pub fn flowing(lines: &str) -> String {
    let mut flowing = String::with_capacity(lines.len());
    let mut previous = "";
    for line in lines.split('\n').map(str::trim) {
        let goes_on = !previous.is_empty() && !line.is_empty() && goes_on(previous, line);
        if goes_on && is_cut(&flowing, line) {
            flowing.pop();
        } else if goes_on {
            flowing.push(' ');
        } else {
            flowing.push('\n');
        }
        flowing.push_str(line);
        previous = line;
    }
    flowing
}

/// Whether a sentence goes on from one line to the next, rather than a row of a table ending.
fn goes_on(line: &str, next: &str) -> bool {
    let (Some(last), Some(first)) = (line.chars().next_back(), next.chars().next()) else {
        return false;
    };
    first.is_lowercase() || !(last.is_numeric() || matches!(last, '.' | '!' | '?' | ':' | ';'))
}

/// Whether a word is cut between the end of a text and the next line.
fn is_cut(text: &str, next: &str) -> bool {
    let mut end = text.chars().rev();
    end.next() == Some('-')
        && end.next().is_some_and(char::is_lowercase)
        && next.chars().next().is_some_and(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_go_on_in_the_next_line_and_rows_of_tables_do_not() {
        assert_eq!(
            flowing(
                "Children in the commu-\nnity of Zora Lama,\naged\n12 years. Then\nNepal 31\nPeru 40\n\nThe end.\nNew line"
            ),
            "\nChildren in the community of Zora Lama, aged 12 years. Then Nepal 31\nPeru 40\n\nThe end.\nNew line"
        );
    }
}
