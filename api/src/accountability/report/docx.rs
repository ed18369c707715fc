//! A report for word processors: its CommonMark as Office Open XML (ISO/IEC 29500), with real headings, lists and tables.

use std::io::Cursor;

use docx_rs::{
    AbstractNumbering, Docx, IndentLevel, Level, LevelJc, LevelText, NumberFormat, Numbering, NumberingId, Paragraph,
    Run, SpecialIndentType, Start, Style, StyleType, Table, TableCell, TableRow,
};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// The one list of the document.
const LIST: usize = 1;
/// How far a level of a list is indented, in twentieths of a point.
const INDENT: i32 = 360;
/// How deep lists may be.
const LEVELS: usize = 4;
/// Sizes of the headings by level, in half points.
const HEADINGS: [usize; 4] = [36, 28, 24, 22];

/// The report as a DOCX file.
///
/// # Errors
/// Where the file can't be put together.
pub fn docx(markdown: &str) -> Result<Vec<u8>, std::io::Error> {
    let mut writer = Writer::default();
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        writer.take(event);
    }
    let mut document = writer.document;
    for (index, size) in HEADINGS.into_iter().enumerate() {
        document = document.add_style(
            Style::new(heading(index + 1), StyleType::Paragraph)
                .name(format!("heading {}", index + 1))
                .outline_lvl(index)
                .size(size)
                .bold(),
        );
    }
    let list = (0..LEVELS).fold(AbstractNumbering::new(LIST), |list, level| {
        let left = INDENT * i32::try_from(level + 1).unwrap_or(1);
        list.add_level(
            Level::new(
                level,
                Start::new(1),
                NumberFormat::new("bullet"),
                LevelText::new("•"),
                LevelJc::new("left"),
            )
            .indent(Some(left), Some(SpecialIndentType::Hanging(INDENT)), None, None),
        )
    });
    let mut bytes = Cursor::new(Vec::new());
    document
        .add_abstract_numbering(list)
        .add_numbering(Numbering::new(LIST, LIST))
        .build()
        .pack(&mut bytes)
        .map_err(std::io::Error::other)?;
    Ok(bytes.into_inner())
}

fn heading(level: usize) -> String {
    format!("Heading{level}")
}

/// Puts the document together block by block.
#[derive(Default)]
struct Writer {
    document: Docx,
    /// The paragraph, heading, item or cell that is being written.
    runs: Vec<Run>,
    /// How deep in lists.
    depth: usize,
    bold: bool,
    italic: bool,
    cells: Vec<TableCell>,
    rows: Vec<TableRow>,
}

impl Writer {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Text(text) | Event::Code(text) => self.text(&text),
            Event::SoftBreak | Event::HardBreak => self.text(" "),
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        let mut run = Run::new().add_text(text);
        if self.bold {
            run = run.bold();
        }
        if self.italic {
            run = run.italic();
        }
        self.runs.push(run);
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Strong | Tag::TableHead => self.bold = true,
            Tag::Emphasis => self.italic = true,
            Tag::List(_) => {
                // What an item says before a list of its own is a paragraph before it.
                self.end_block(None);
                self.depth += 1;
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Strong => self.bold = false,
            TagEnd::Emphasis => self.italic = false,
            TagEnd::Heading(level) => self.end_block(Some(level)),
            TagEnd::Paragraph | TagEnd::Item => self.end_block(None),
            TagEnd::List(_) => self.depth = self.depth.saturating_sub(1),
            TagEnd::TableCell => {
                let cell = self.paragraph();
                self.cells.push(TableCell::new().add_paragraph(cell));
            }
            TagEnd::TableHead | TagEnd::TableRow => {
                self.bold = false;
                self.rows.push(TableRow::new(std::mem::take(&mut self.cells)));
            }
            TagEnd::Table => {
                let table = Table::new(std::mem::take(&mut self.rows));
                self.document = std::mem::take(&mut self.document).add_table(table);
            }
            _ => {}
        }
    }

    fn paragraph(&mut self) -> Paragraph {
        self.runs.drain(..).fold(Paragraph::new(), Paragraph::add_run)
    }

    fn end_block(&mut self, level: Option<HeadingLevel>) {
        if self.runs.is_empty() {
            return;
        }
        let mut paragraph = self.paragraph();
        if let Some(level) = level {
            paragraph = paragraph.style(&heading((level as usize).min(HEADINGS.len())));
        } else if self.depth > 0 {
            let level = IndentLevel::new((self.depth - 1).min(LEVELS - 1));
            paragraph = paragraph.numbering(NumberingId::new(LIST), level);
        }
        self.document = std::mem::take(&mut self.document).add_paragraph(paragraph);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(markdown: &str) -> serde_json::Value {
        let bytes = docx(markdown).unwrap();
        let read = docx_rs::read_docx(&bytes).unwrap();
        serde_json::from_str(&read.json()).unwrap()
    }

    #[test]
    fn every_text_of_a_report_stands_in_the_file() {
        let markdown = "# Nepal: *following* up\n\nA draft \\& more.\n\n- One\n- Two **bold**\n  - Under two\n\n| Theme | All |\n\
                        |---|---:|\n| Health | 3 |\n";
        let json = parts(markdown).to_string();
        for text in [
            "following",
            "A draft ",
            "& more.",
            "One",
            "bold",
            "Under two",
            "Theme",
            "Health",
            "Heading1",
        ] {
            assert!(json.contains(&format!("\"{text}\"")), "{text} in {json}");
        }
    }

    #[test]
    fn headings_lists_and_tables_are_what_they_are_called() {
        let json = parts("# One\n\n- Item\n\n| A | B |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n");
        let children = json["document"]["children"].as_array().unwrap();
        let kinds: Vec<&str> = children.iter().map(|child| child["type"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["paragraph", "paragraph", "table"]);
        assert_eq!(children[0]["data"]["property"]["style"], "Heading1");
        assert_eq!(children[1]["data"]["hasNumbering"], true);
        assert_eq!(children[2]["data"]["rows"].as_array().unwrap().len(), 3);
    }
}
