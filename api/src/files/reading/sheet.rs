//! The sheets of Office Open XML workbooks: rows as lines, with the texts that cells share in their places.

use quick_xml::Reader;
use quick_xml::events::Event;

use super::Seen;
use super::markup::{declares_entities, decode, lenient, name, resolved, value};

/// The texts that the cells of a workbook share, and which of them a cell has.
#[derive(Default)]
pub struct Shared {
    texts: Vec<(String, bool)>,
}

impl Shared {
    /// Reads them.
    pub fn read(bytes: &[u8], seen: &mut Seen) -> Self {
        let mut texts = Vec::new();
        let mut text = String::new();
        walk(bytes, seen, |step| {
            match step {
                Step::Start("si", _) => text.clear(),
                Step::Text("t", piece) => text.push_str(piece),
                Step::End("si") => texts.push((std::mem::take(&mut text), false)),
                _ => {}
            }
            true
        });
        Self { texts }
    }

    fn get(&mut self, index: &str) -> Option<&str> {
        let (text, used) = self.texts.get_mut(index.trim().parse::<usize>().ok()?)?;
        *used = true;
        Some(text)
    }

    /// Adds what no cell has any more and the workbook still holds.
    pub fn add_rest(&self, seen: &mut Seen) {
        for (text, _) in self.texts.iter().filter(|(_, used)| !used) {
            seen.text.push(text);
            seen.text.line();
        }
        seen.text.paragraph();
    }
}

/// Adds the rows of a sheet, and what is printed above and below them.
pub fn read(bytes: &[u8], shared: &mut Shared, seen: &mut Seen) {
    let mut cell = String::new();
    let mut sort = String::new();
    let mut row = String::new();
    let mut rows = super::text::Gathered::default();
    walk(bytes, seen, |step| {
        match step {
            Step::Start("c", kind) => {
                cell.clear();
                sort = kind.to_owned();
            }
            Step::Text("v" | "t", piece) => cell.push_str(piece),
            Step::End("c") => {
                let shown = match sort.as_str() {
                    "s" => shared.get(&cell).unwrap_or_default(),
                    "b" | "e" => "",
                    _ => cell.as_str(),
                };
                if !shown.trim().is_empty() {
                    if !row.is_empty() {
                        row.push_str(", ");
                    }
                    row.push_str(shown);
                }
            }
            Step::End("row") => {
                rows.push(&row);
                rows.line();
                row.clear();
            }
            // Formulas with texts in them, such as links.
            Step::Text("f", piece) if piece.contains('"') => {
                rows.push(piece);
                rows.line();
            }
            Step::Text(printed, piece) if printed.ends_with("Header") || printed.ends_with("Footer") => {
                rows.line();
                rows.push(piece);
                rows.line();
            }
            _ => {}
        }
        !rows.is_full()
    });
    if rows.is_full() {
        seen.incomplete = true;
    }
    seen.text.push(&rows.into_text());
    seen.text.paragraph();
}

/// What is met in a part of a workbook.
enum Step<'a> {
    /// An element begins; with the value of its attribute `t`.
    Start(&'a str, &'a str),
    /// A text, in this element.
    Text(&'a str, &'a str),
    /// An element ends.
    End(&'a str),
}

/// Goes through a part until it ends or `take` has enough.
fn walk(bytes: &[u8], seen: &mut Seen, mut take: impl FnMut(Step<'_>) -> bool) {
    let (document, sure) = decode(bytes);
    if !sure {
        seen.incomplete = true;
    }
    let mut reader: Reader<&[u8]> = lenient(&document);
    let mut element = String::new();
    loop {
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(_) => {
                seen.incomplete = true;
                return;
            }
        };
        let more = match event {
            Event::Start(start) => {
                element = name(start.local_name().into_inner()).to_owned();
                let kind = start
                    .attributes()
                    .with_checks(false)
                    .flatten()
                    .find(|attribute| attribute.key.as_ref() == b"t")
                    .map(|attribute| value(&attribute.value))
                    .unwrap_or_default();
                take(Step::Start(&element, &kind))
            }
            Event::Text(text) => take(Step::Text(&element, &String::from_utf8_lossy(&text))),
            Event::CData(text) => take(Step::Text(&element, &String::from_utf8_lossy(&text))),
            Event::GeneralRef(reference) => match resolved(&reference) {
                Some(character) => take(Step::Text(&element, &character)),
                None => {
                    seen.incomplete = true;
                    true
                }
            },
            Event::End(end) => {
                element.clear();
                take(Step::End(name(end.local_name().into_inner())))
            }
            Event::DocType(text) => {
                seen.incomplete |= declares_entities(&text);
                true
            }
            Event::Eof => return,
            _ => true,
        };
        if !more {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_a_line_and_texts_that_no_cell_has_any_more_are_read_too() {
        let mut seen = Seen::default();
        let strings = br#"<sst><si><t>Zora Lama</t></si><si><r><t>Kath</t></r><r><t>mandu</t></r></si><si><t>left over</t></si></sst>"#;
        let mut shared = Shared::read(strings, &mut seen);
        let sheet = br#"<worksheet><sheetData>
            <row r="1"><c t="s"><v>0</v></c><c><v>12</v></c><c t="s"><v>1</v></c><c t="b"><v>1</v></c></row>
            <row r="2"><c t="inlineStr"><is><t>in &amp; line</t></is></c><c t="s"><v>99</v></c></row>
            </sheetData><headerFooter><oddHeader>Draft</oddHeader></headerFooter></worksheet>"#;
        read(sheet, &mut shared, &mut seen);
        shared.add_rest(&mut seen);
        let reading = seen.reading();
        assert_eq!(reading.text, "Zora Lama, 12, Kathmandu\nin & line\nDraft\n\nleft over");
        assert!(!reading.incomplete);
    }
}
