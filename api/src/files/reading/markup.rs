//! The text of documents in XML.
//!
//! Nothing is expanded: entities of a document's own are left unresolved, and that there are some makes the reading incomplete.

use std::borrow::Cow;

use encoding_rs::Encoding;
use quick_xml::Reader;
use quick_xml::escape::{resolve_html5_entity, unescape_with};
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::Seen;

/// Where the text stands in documents of a sort.
pub struct Dialect {
    /// The elements whose text is read; that of all where there are none.
    texts: &'static [&'static str],
    /// The elements that are passed over with all that they hold.
    passed: &'static [&'static str],
    /// The elements that end a line.
    lines: &'static [&'static str],
    /// The elements that stand for a space.
    spaces: &'static [&'static str],
    /// The attributes that are read, each with the element that has it; of all elements where that is empty.
    attributes: &'static [(&'static str, &'static str)],
    /// Whether comments of the markup are read.
    comments: bool,
}

/// Office Open XML: texts, deleted texts, fields, cached values of charts, headers of sheets; descriptions of pictures, and who
/// wrote comments and changes.
pub const OFFICE: Dialect = Dialect {
    texts: &[
        "t",
        "delText",
        "instrText",
        "delInstrText",
        "v",
        "text",
        "author",
        "oddHeader",
        "oddFooter",
        "evenHeader",
        "evenFooter",
        "firstHeader",
        "firstFooter",
    ],
    // What older programs show instead of the same text.
    passed: &["Fallback"],
    lines: &["p", "si", "pt", "comment", "author", "oddHeader", "oddFooter"],
    spaces: &["tab", "br", "cr", "tc", "ptab", "noBreakHyphen"],
    attributes: &[
        ("", "descr"),
        ("docPr", "title"),
        ("cNvPr", "title"),
        ("textpath", "string"),
        ("comment", "author"),
        ("ins", "author"),
        ("del", "author"),
        ("cmAuthor", "name"),
        ("author", "name"),
        ("person", "displayName"),
        ("sheet", "name"),
        ("s", "v"),
        ("alias", "val"),
    ],
    comments: false,
};

/// OpenDocument.
pub const OPEN_DOCUMENT: Dialect = Dialect {
    texts: &[],
    passed: &[
        "script",
        "font-face-decls",
        "number-style",
        "date-style",
        "time-style",
        "currency-style",
        "percentage-style",
        "boolean-style",
        "text-style",
    ],
    lines: &[
        "p",
        "h",
        "creator",
        "title",
        "desc",
        "table-row",
        "list-item",
        "meta",
        "sender-lastname",
    ],
    spaces: &["tab", "s", "line-break", "table-cell", "date"],
    attributes: &[("table", "name"), ("user-defined", "name")],
    comments: false,
};

/// The pages of an EPUB.
pub const HYPERTEXT: Dialect = Dialect {
    texts: &[],
    passed: &["script", "style"],
    lines: &[
        "p",
        "div",
        "li",
        "tr",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "title",
        "blockquote",
        "section",
        "article",
        "aside",
        "header",
        "footer",
        "figure",
        "figcaption",
        "caption",
        "dt",
        "dd",
        "pre",
        "body",
        "head",
        "text",
        "navLabel",
    ],
    spaces: &["br", "td", "th", "hr"],
    attributes: &[("", "alt"), ("", "title"), ("meta", "content")],
    comments: true,
};

/// What a file says about itself, and other parts whose every text counts.
pub const PROPERTIES: Dialect = Dialect {
    texts: &[],
    passed: &[],
    lines: &["*"],
    spaces: &[],
    attributes: &[("property", "name"), ("meta", "content")],
    comments: false,
};

/// Addresses of persons in links, of all sorts.
const ADDRESSES: [&str; 4] = ["mailto:", "tel:", "sms:", "MAILTO:"];

/// Adds the text of a document to what is seen.
pub fn read(bytes: &[u8], dialect: &Dialect, seen: &mut Seen) {
    let (document, sure) = decode(bytes);
    if !sure {
        seen.incomplete = true;
    }
    let mut reader = lenient(&document);
    let (mut taken, mut passed) = (0_usize, 0_usize);
    let anywhere = dialect.texts.is_empty();
    while !seen.text.is_full() {
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(_) => {
                seen.incomplete = true;
                break;
            }
        };
        match event {
            Event::Start(start) => {
                let name = name(start.local_name().into_inner());
                if passed > 0 || dialect.passed.contains(&name) {
                    passed += 1;
                } else {
                    attributes(&start, name, dialect, seen);
                    if dialect.texts.contains(&name) {
                        taken += 1;
                    }
                    if dialect.spaces.contains(&name) {
                        seen.text.space();
                    }
                }
            }
            Event::Empty(start) if passed == 0 => {
                let name = name(start.local_name().into_inner());
                attributes(&start, name, dialect, seen);
                ends(name, dialect, seen);
            }
            Event::End(end) => {
                if passed > 0 {
                    passed -= 1;
                } else {
                    let name = name(end.local_name().into_inner());
                    if dialect.texts.contains(&name) {
                        taken = taken.saturating_sub(1);
                    }
                    ends(name, dialect, seen);
                }
            }
            Event::Text(text) if passed == 0 && (anywhere || taken > 0) => push(&text, seen),
            Event::CData(text) if passed == 0 && (anywhere || taken > 0) => push(&text, seen),
            Event::Comment(text) if dialect.comments => {
                push(&text, seen);
                seen.text.line();
            }
            Event::GeneralRef(reference) if passed == 0 && (anywhere || taken > 0) => {
                if let Some(character) = resolved(&reference) {
                    seen.text.push(&character);
                } else {
                    seen.incomplete = true;
                    seen.text.space();
                }
            }
            Event::DocType(text) if declares_entities(&text) => seen.incomplete = true,
            Event::Eof => break,
            _ => {}
        }
    }
    seen.text.paragraph();
}

fn ends(name: &str, dialect: &Dialect, seen: &mut Seen) {
    if dialect.lines == ["*"] || dialect.lines.contains(&name) {
        seen.text.line();
    } else if dialect.spaces.contains(&name) {
        seen.text.space();
    }
}

fn push(bytes: &[u8], seen: &mut Seen) {
    // How the markup is laid out is nothing that a reader sees.
    seen.text
        .push(&String::from_utf8_lossy(bytes).replace(['\n', '\r'], " "));
}

fn attributes(start: &BytesStart<'_>, element: &str, dialect: &Dialect, seen: &mut Seen) {
    for attribute in start.attributes().with_checks(false).flatten() {
        let key = name(attribute.key.local_name().into_inner());
        let value = value(&attribute.value);
        let address = ADDRESSES.iter().find_map(|scheme| value.strip_prefix(scheme));
        if let Some(address) = address {
            seen.text.space();
            seen.text.push(address.split('?').next().unwrap_or_default());
            seen.text.space();
        } else if dialect
            .attributes
            .iter()
            .any(|(of, read)| *read == key && (of.is_empty() || *of == element))
        {
            seen.tell(&value);
        }
    }
}

/// A reader that makes the best of what is not well formed.
pub fn lenient(document: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(document);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    reader
}

/// A name as text; none has other letters.
pub fn name(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// The value of an attribute, with its references resolved where they can be.
pub fn value(bytes: &[u8]) -> String {
    let raw = String::from_utf8_lossy(bytes);
    unescape_with(&raw, resolve_html5_entity).map_or_else(|_| raw.clone().into_owned(), Cow::into_owned)
}

/// What a reference stands for; nothing where only the document's own declarations would say.
pub fn resolved(reference: &BytesRef<'_>) -> Option<String> {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return Some(character.to_string());
    }
    resolve_html5_entity(&reference.decode().ok()?).map(str::to_owned)
}

/// Whether the declaration of a document's type declares entities, which may stand for any text.
pub fn declares_entities(text: &[u8]) -> bool {
    memchr::memmem::find(text, b"<!ENTITY").is_some()
}

/// A document as text, and whether that is certain.
pub fn decode(bytes: &[u8]) -> (Cow<'_, str>, bool) {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        let (text, damaged) = encoding.decode_without_bom_handling(bytes.get(length..).unwrap_or_default());
        return (text, !damaged);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), true),
        // Whether it is another encoding or damage is for a person to see.
        Err(_) => (String::from_utf8_lossy(bytes), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_as(document: &str, dialect: &Dialect) -> (String, bool) {
        let mut seen = Seen::default();
        read(document.as_bytes(), dialect, &mut seen);
        let reading = seen.reading();
        (reading.text, reading.incomplete)
    }

    #[test]
    fn a_page_of_a_word_processor_gives_its_text_with_what_was_deleted_and_who_commented() {
        let document = r#"<?xml version="1.0"?><w:document><w:body>
            <w:p><w:r><w:t>Score </w:t></w:r><w:r><w:t>cards &amp; more</w:t></w:r><w:r><w:tab/><w:t>2014</w:t></w:r></w:p>
            <w:p><w:ins w:author="Ana Rai"><w:r><w:t>new</w:t></w:r></w:ins><w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>
            <mc:AlternateContent><mc:Choice><w:t>once</w:t></mc:Choice><mc:Fallback><w:t>once</w:t></mc:Fallback></mc:AlternateContent>
            <wp:docPr descr="A girl with a card"/><w:hlink Target="mailto:ana@example.org?subject=x"/></w:body></w:document>"#;
        let (text, incomplete) = read_as(document, &OFFICE);
        assert_eq!(
            text,
            "Score cards & more 2014\nAna Rai\nnewgone\nonce\nA girl with a card\nana@example.org"
        );
        assert!(!incomplete);
    }

    #[test]
    fn entities_are_not_expanded_and_make_the_reading_incomplete() {
        let bomb = r#"<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;">]><html><p>caf&eacute; &b;</p></html>"#;
        assert_eq!(read_as(bomb, &HYPERTEXT), ("café".to_owned(), true));
        let file = r#"<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><p>&f;</p>"#;
        assert_eq!(read_as(file, &HYPERTEXT), (String::new(), true));
    }

    #[test]
    fn deep_and_broken_documents_end() {
        let deep = "<a>".repeat(200_000) + "in the depth";
        assert_eq!(read_as(&deep, &HYPERTEXT).0, "in the depth");
        let (text, incomplete) = read_as("<p>before</p><p <x>after", &HYPERTEXT);
        assert!(text.starts_with("before"), "{text} {incomplete}");
        assert_eq!(read_as("</p></p>words</p>", &HYPERTEXT), ("words".to_owned(), false));
    }

    #[test]
    fn pages_in_utf_16_are_read() {
        let mut bytes = b"\xff\xfe".to_vec();
        bytes.extend("<p>été</p>".encode_utf16().flat_map(u16::to_le_bytes));
        let mut seen = Seen::default();
        read(&bytes, &HYPERTEXT, &mut seen);
        assert_eq!(seen.reading().text, "été");
    }
}
