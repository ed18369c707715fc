//! Tables as others publish them: comma-separated values with a header, read row by row with flat memory.
//!
//! A reader of our own, since a file that comes from elsewhere must be answered with the line and the column of what is
//! wrong: lines that end in a carriage return alone are counted, a quotation mark that is never closed and a file that
//! ends in the middle of a row are noticed, and no field can fill the memory.

mod encoding;
mod scan;

use std::fmt;
use std::io::{BufRead, BufReader, Read, Seek};

pub use self::encoding::Encoding;
use self::scan::{Flaw, RawRow, Scanner};
use crate::content::document::problem::{Problem, ProblemCode};

/// How long a field may be, in bytes.
pub const FIELD_LIMIT: usize = 20_000;

/// How many columns a table may have.
pub const COLUMN_LIMIT: usize = 200;

/// What is wrong with a row, where, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowProblem {
    /// The line where the row begins, from 1 (the header is line 1).
    pub line: usize,
    /// What is wrong; its path is the name of the column, empty where the row as a whole is concerned.
    pub problem: Problem,
    /// Whether it is the file that can't be used, and not this row alone: passing over the row would not help.
    pub is_of_file: bool,
}

impl RowProblem {
    /// A problem of a column, or of the whole row where `column` is empty.
    pub fn new(line: usize, code: ProblemCode, column: &str, message: impl Into<String>) -> Self {
        Self {
            line,
            problem: Problem {
                code,
                path: column.to_owned(),
                message: message.into(),
            },
            is_of_file: false,
        }
    }

    /// A problem for which nothing of the file can be used, or nothing from this line on.
    pub fn of_file(line: usize, code: ProblemCode, column: &str, message: impl Into<String>) -> Self {
        Self {
            is_of_file: true,
            ..Self::new(line, code, column, message)
        }
    }
}

impl fmt::Display for RowProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}", self.line)?;
        if !self.problem.path.is_empty() {
            write!(formatter, ", column {}", self.problem.path)?;
        }
        write!(formatter, ": {}", self.problem.message)
    }
}

impl std::error::Error for RowProblem {}

/// A row of a table, its fields decoded and trimmed.
#[derive(Debug)]
pub struct Row<'a> {
    /// The line where it begins, from 1.
    pub line: usize,
    header: &'a [String],
    fields: Vec<String>,
}

impl Row<'_> {
    /// The text of a column, without outer white space; empty where the table has no such column.
    pub fn text(&self, column: &str) -> &str {
        self.header
            .iter()
            .position(|name| name.eq_ignore_ascii_case(column))
            .and_then(|at| self.fields.get(at))
            .map_or("", String::as_str)
    }

    /// A problem of one of this row's columns.
    pub fn problem(&self, code: ProblemCode, column: &str, message: impl Into<String>) -> RowProblem {
        RowProblem::new(self.line, code, column, message)
    }

    /// The text of a column that must not be empty.
    ///
    /// # Errors
    /// Where it is empty.
    pub fn required(&self, column: &str) -> Result<&str, RowProblem> {
        match self.text(column) {
            "" => Err(self.problem(ProblemCode::Required, column, "The field is empty; fill it in.")),
            text => Ok(text),
        }
    }
}

/// A table that is being read.
pub struct Table<S> {
    scanner: Scanner<BufReader<S>>,
    encoding: Encoding,
    header: Vec<String>,
    raw: RawRow,
    ended: bool,
}

impl<S: Read + Seek> Table<S> {
    /// Opens a table and reads its header, which must have these columns, in any order, beside any others.
    ///
    /// The source is read once from end to end to find its encoding, or to check the one that is told.
    ///
    /// # Errors
    /// Where the source can't be read, its encoding can't be told, or columns are missing or named twice.
    pub fn open(
        mut source: S,
        encoding: Option<Encoding>,
        columns: &[&str],
        header_name: fn(&str) -> String,
    ) -> Result<Self, RowProblem> {
        let encoding = Encoding::settle(&mut source, encoding)?;
        source.rewind().map_err(|error| unreadable(1, &error))?;
        let mut source = BufReader::new(source);
        let start = source.fill_buf().map_err(|error| unreadable(1, &error))?;
        if start.starts_with(encoding::UTF8_MARK) {
            source.consume(encoding::UTF8_MARK.len());
        }
        let mut table = Self {
            scanner: Scanner::new(source, FIELD_LIMIT, COLUMN_LIMIT),
            encoding,
            header: Vec::new(),
            raw: RawRow::default(),
            ended: false,
        };
        table.read_header(columns, header_name)?;
        Ok(table)
    }

    fn read_header(&mut self, columns: &[&str], header_name: fn(&str) -> String) -> Result<(), RowProblem> {
        let problem = |message: String| RowProblem::of_file(1, ProblemCode::Malformed, "", message);
        let found = self
            .scanner
            .next_row(&mut self.raw)
            .map_err(|error| unreadable(1, &error))?;
        if !found {
            return Err(problem(format!(
                "The file is empty. Its first line must name the columns: {}.",
                columns.join(", ")
            )));
        }
        if let Some((_, flaw)) = self.raw.flaw {
            return Err(problem(format!("The header can't be read: {}", flaw_message(flaw))));
        }
        for (at, bytes) in self.raw.fields().enumerate() {
            let text = self
                .encoding
                .decode(bytes)
                .ok_or_else(|| problem(self.encoding.wrong(&format!("name of column {}", at + 1))))?;
            self.header.push(header_name(text.trim()));
        }
        let missing: Vec<&str> = columns
            .iter()
            .copied()
            .filter(|column| !self.header.iter().any(|name| name.eq_ignore_ascii_case(column)))
            .collect();
        if !missing.is_empty() {
            let separator = self.header.first().and_then(|first| {
                [(';', "semicolons"), ('\t', "tabs")]
                    .into_iter()
                    .find(|(separator, _)| self.header.len() == 1 && first.contains(*separator))
            });
            return Err(problem(match separator {
                Some((_, name)) => {
                    format!("The columns are separated by {name}; save the file with commas between the columns.")
                }
                None => format!(
                    "The first line must name the columns; it lacks {}. Is the header missing, or is it another file?",
                    missing.join(", ")
                ),
            }));
        }
        for column in columns {
            let times = self
                .header
                .iter()
                .filter(|name| name.eq_ignore_ascii_case(column))
                .count();
            if times > 1 {
                return Err(RowProblem::of_file(
                    1,
                    ProblemCode::Duplicate,
                    column,
                    "The header names this column twice; remove or rename one.",
                ));
            }
        }
        Ok(())
    }

    /// The encoding that the table is read in.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The names of the columns, in order.
    pub fn columns(&self) -> &[String] {
        &self.header
    }

    /// The next row; none at the end. After a problem of a row the next one can be read.
    pub fn next_row(&mut self) -> Option<Result<Row<'_>, RowProblem>> {
        if self.ended {
            return None;
        }
        match self.scanner.next_row(&mut self.raw) {
            Ok(false) => {
                self.ended = true;
                None
            }
            Ok(true) => Some(self.decode()),
            Err(error) => {
                self.ended = true;
                Some(Err(unreadable(self.raw.line, &error)))
            }
        }
    }

    fn decode(&self) -> Result<Row<'_>, RowProblem> {
        let line = self.raw.line;
        let name = |at: usize| {
            self.header
                .get(at)
                .cloned()
                .unwrap_or_else(|| format!("number {}", at + 1))
        };
        if let Some((at, flaw)) = self.raw.flaw {
            let code = match flaw {
                Flaw::TooLong | Flaw::TooMany => ProblemCode::TooLong,
                Flaw::Unclosed | Flaw::AfterQuote => ProblemCode::Malformed,
            };
            let column = if flaw == Flaw::TooMany { String::new() } else { name(at) };
            return Err(RowProblem::new(line, code, &column, flaw_message(flaw)));
        }
        let (expected, found) = (self.header.len(), self.raw.len());
        if found != expected {
            let message = if found < expected && self.raw.at_end {
                format!(
                    "The file ends in the middle of this row: it has {found} of {expected} columns. Fetch the file again."
                )
            } else {
                format!(
                    "The row has {found} columns, the header {expected}. Put quotation marks around a text with commas \
                     or line ends."
                )
            };
            let column = if found < expected { name(found) } else { String::new() };
            return Err(RowProblem::new(line, ProblemCode::Malformed, &column, message));
        }
        let mut fields = Vec::with_capacity(found);
        for (at, bytes) in self.raw.fields().enumerate() {
            match self.encoding.decode(bytes) {
                Some(text) => fields.push(text.trim().to_owned()),
                None => {
                    return Err(RowProblem::new(
                        line,
                        ProblemCode::Malformed,
                        &name(at),
                        self.encoding.wrong("field"),
                    ));
                }
            }
        }
        Ok(Row {
            line,
            header: &self.header,
            fields,
        })
    }
}

fn flaw_message(flaw: Flaw) -> String {
    match flaw {
        Flaw::TooLong => format!(
            "The field is longer than {FIELD_LIMIT} bytes. Shorten it, or close its quotation mark if that is missing."
        ),
        Flaw::TooMany => {
            format!("The row has more than {COLUMN_LIMIT} columns. Is it a table of comma-separated values?")
        }
        Flaw::Unclosed => "The file ends within quotation marks. It was cut in the middle of this row, or the field's \
                           closing quotation mark is missing: fetch the file again, or close the field."
            .to_owned(),
        Flaw::AfterQuote => {
            "Text follows the closing quotation mark. Double the quotation marks within a quoted text.".to_owned()
        }
    }
}

fn unreadable(line: usize, error: &std::io::Error) -> RowProblem {
    RowProblem::of_file(
        line,
        ProblemCode::Malformed,
        "",
        format!("The file can't be read any further: {error}"),
    )
}

/// Decodes the escapes that exports from web pages leave in texts (HTML's `&#40;` and `&amp;`, JavaScript's `%u2019`), and
/// makes every run of white space one space.
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['&', '%']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        match escaped(from) {
            Some((character, after)) => {
                out.push(character);
                rest = after;
            }
            None => {
                let (sign, after) = from.split_at(1);
                out.push_str(sign);
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The character that an escape at the start of a text stands for, and what follows it.
fn escaped(text: &str) -> Option<(char, &str)> {
    if let Some(digits) = text.strip_prefix("%u").and_then(|rest| rest.get(..4)) {
        return Some((character(u32::from_str_radix(digits, 16).ok()?)?, text.get(6..)?));
    }
    let end = text.find(';').filter(|end| (2..=9).contains(end))?;
    let name = text.strip_prefix('&')?.get(..end - 1)?;
    Some((reference(name)?, text.get(end + 1..)?))
}

fn character(code: u32) -> Option<char> {
    char::from_u32(code).filter(|character| !character.is_control())
}

fn reference(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => number.parse().ok()?,
        };
        return character(code);
    }
    Some(match name {
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        "lt" => '<',
        "gt" => '>',
        "nbsp" => ' ',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> Vec<Result<Vec<String>, RowProblem>> {
        let mut table = match Table::open(Cursor::new(bytes), None, &["a", "b"], str::to_owned) {
            Ok(table) => table,
            Err(problem) => return vec![Err(problem)],
        };
        let mut rows = Vec::new();
        while let Some(row) = table.next_row() {
            rows.push(row.map(|row| row.fields));
        }
        rows
    }

    fn only_problem(bytes: &[u8]) -> RowProblem {
        read(bytes).into_iter().find_map(Result::err).unwrap()
    }

    #[test]
    fn lines_are_counted_and_rows_read_whatever_ends_them() {
        for end in ["\n", "\r", "\r\n"] {
            let text = [
                "a,b",
                "1,\"x, y\"",
                "",
                "2",
                "3,\"two",
                "lines\"",
                "4,\"say \"\"no\"\"\"",
            ]
            .join(end);
            let rows = read(text.as_bytes());
            assert_eq!(rows.len(), 4, "{end:?}");
            assert_eq!(rows[0].as_ref().unwrap(), &["1", "x, y"]);
            assert_eq!(rows[1].as_ref().unwrap_err().line, 4);
            assert_eq!(rows[2].as_ref().unwrap()[1], format!("two{end}lines"));
            assert_eq!(rows[3].as_ref().unwrap(), &["4", "say \"no\""]);
        }
    }

    #[test]
    fn a_file_cut_in_the_middle_of_a_row_is_noticed() {
        let problem = only_problem(b"a,b\n1,2\n3");
        assert_eq!((problem.line, problem.problem.path.as_str()), (3, "b"));
        assert!(problem.problem.message.contains("ends in the middle"), "{problem}");
        let problem = only_problem(b"a,b\n1,2\n3,\"never clos");
        assert_eq!((problem.line, problem.problem.path.as_str()), (3, "b"));
        assert!(problem.problem.message.contains("cut"), "{problem}");
    }

    #[test]
    fn a_wrong_number_of_columns_names_the_line() {
        let rows = read(b"a,b\n1,2,3\n4,5\n");
        let problem = rows[0].as_ref().unwrap_err();
        assert_eq!(problem.line, 2);
        assert!(problem.problem.message.contains("3 columns, the header 2"), "{problem}");
        assert!(rows[1].is_ok(), "reading goes on after it");
    }

    #[test]
    fn a_field_that_is_too_long_is_refused_and_reading_goes_on() {
        let mut file = b"a,b\n1,".to_vec();
        file.extend(std::iter::repeat_n(b'x', FIELD_LIMIT + 1));
        file.extend(b"\n3,4\n");
        let rows = read(&file);
        let problem = rows[0].as_ref().unwrap_err();
        assert_eq!(problem.problem.code, ProblemCode::TooLong);
        assert_eq!((problem.line, problem.problem.path.as_str()), (2, "b"));
        assert_eq!(rows[1].as_ref().unwrap(), &["3", "4"]);
    }

    #[test]
    fn a_missing_header_an_empty_file_and_other_separators_are_told_apart() {
        assert!(only_problem(b"").problem.message.contains("empty"));
        assert!(only_problem(b"1,2\n").problem.message.contains("lacks a, b"));
        assert!(only_problem(b"a;b\n1;2\n").problem.message.contains("semicolons"));
        assert!(only_problem(b"a,b,A\n").problem.message.contains("twice"));
    }

    #[test]
    fn a_problem_of_the_file_is_told_from_that_of_a_row() {
        for file in [
            &b""[..],
            b"1,2\n",
            b"a;b\n1;2\n",
            b"a,b,A\n",
            b"\xff\xfea\0,\0",
            b"a,b\n1,\xe9\n",
        ] {
            assert!(only_problem(file).is_of_file, "{file:?}");
        }
        for file in [&b"a,b\n1\n"[..], b"a,b\n1,2,3\n", b"a,b\n1,\"x\"y\n"] {
            assert!(!only_problem(file).is_of_file, "{file:?}");
        }
    }

    #[test]
    fn text_after_a_closing_quotation_mark_is_refused() {
        assert!(only_problem(b"a,b\n\"x\"y,2\n").problem.message.contains("Double"));
    }

    #[test]
    fn the_encoding_is_found_and_what_can_not_be_told_is_asked_for() {
        assert_eq!(read("a,b\n1,é\n".as_bytes())[0].as_ref().unwrap()[1], "é");
        assert_eq!(read("\u{feff}a,b\n1,é\n".as_bytes())[0].as_ref().unwrap()[1], "é");
        assert_eq!(read(b"a,b\r1,\x8e\r")[0].as_ref().unwrap()[1], "é");
        let problem = only_problem(b"a,b\n1,2\n3,\xe9\n");
        assert_eq!(problem.line, 3);
        assert!(problem.problem.message.contains("`--encoding macintosh`"), "{problem}");
        let told = Table::open(
            Cursor::new(&b"a,b\n3,\xe9\n"[..]),
            Some(Encoding::Windows1252),
            &["a"],
            str::to_owned,
        );
        assert_eq!(told.unwrap().next_row().unwrap().unwrap().text("b"), "é");
        assert!(only_problem(b"\xff\xfea\0,\0").problem.message.contains("UTF-16"));
    }

    #[test]
    fn utf8_that_is_told_to_be_something_else_is_noticed() {
        for told in [Encoding::MacRoman, Encoding::Windows1252] {
            let open = |text: &str| Table::open(Cursor::new(text.to_owned()), Some(told), &["a"], str::to_owned).err();
            assert!(open("a,b\n1,é\n").unwrap().problem.message.contains("UTF-8"));
            assert_eq!(open("a,b\n1,e\n"), None);
        }
    }

    #[test]
    fn a_wrongly_told_encoding_names_line_and_column() {
        let mut table = Table::open(
            Cursor::new(&b"a,b\n3,\xe9\n"[..]),
            Some(Encoding::Utf8),
            &["a"],
            str::to_owned,
        )
        .unwrap();
        let problem = table.next_row().unwrap().unwrap_err();
        assert_eq!((problem.line, problem.problem.path.as_str()), (2, "b"));
    }

    #[test]
    fn character_references_and_white_space_are_cleaned() {
        assert_eq!(
            clean("  &#40;Unknown&#41; \u{a0} A &amp;\tB & C; &nope; &#x27;"),
            "(Unknown) A & B & C; &nope; '"
        );
        assert_eq!(clean("women%u2019s 50% of %u20 &"), "women’s 50% of %u20 &");
    }

    proptest! {
        #[test]
        fn what_is_written_as_a_table_is_read_back(
            rows in prop::collection::vec(("[^\u{0}]{0,20}", "[ -~]{0,20}"), 1..8), end in prop::sample::select(vec!["\n", "\r", "\r\n"])
        ) {
            let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
            let mut file = format!("a,b{end}");
            for (one, other) in &rows {
                file.push_str(&format!("{},{}{end}", quoted(one), quoted(other)));
            }
            let found = read(file.as_bytes());
            prop_assert_eq!(found.len(), rows.len());
            for (row, (one, other)) in found.into_iter().zip(&rows) {
                prop_assert_eq!(row.unwrap(), vec![one.trim().to_owned(), other.trim().to_owned()]);
            }
        }

        #[test]
        fn any_bytes_give_rows_or_problems_with_rising_lines(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut file = b"a,b\n".to_vec();
            file.extend(bytes);
            let mut last = 0;
            for problem in read(&file).into_iter().filter_map(Result::err) {
                prop_assert!(problem.line >= last);
                last = problem.line;
            }
        }
    }
}
