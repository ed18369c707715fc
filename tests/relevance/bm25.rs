//! The measure of comparison: plain BM25, which is tantivy's default query parser over the same text, with its default
//! tokenizer (words, lower case, no stemming) and scoring (k1 = 1.2, b = 0.75).

use praxis_tests::Item;
use praxis_tests::judged::{Query, key};
use tantivy::collector::TopDocs;
use tantivy::query::QueryParser;
use tantivy::schema::{STORED, STRING, Schema, TEXT, Value as _};
use tantivy::{Index, IndexWriter, TantivyDocument, doc};

/// Fields of documents that hold text which readers see.
const TEXTS: [&str; 10] = [
    "summary",
    "acronym",
    "headline",
    "activities",
    "adaptation",
    "limitations",
    "appliesWhere",
    "appliesNotWhere",
    "text",
    "details",
];

/// The rankings of the queries: keys of items, the best first, at most a hundred.
pub fn rank(items: &[Item], queries: &[Query]) -> tantivy::Result<Vec<Vec<String>>> {
    let mut schema = Schema::builder();
    let id = schema.add_text_field("id", STRING | STORED);
    let title = schema.add_text_field("title", TEXT);
    let body = schema.add_text_field("body", TEXT);
    let index = Index::create_in_ram(schema.build());
    let mut writer: IndexWriter = index.writer_with_num_threads(1, 50_000_000)?;
    for item in items {
        let translations = item.list("translations");
        let parts = || std::iter::once(&item.document).chain(translations);
        let titles: Vec<&str> = parts().filter_map(|part| part["title"].as_str()).collect();
        let texts: Vec<&str> = parts()
            .flat_map(|part| TEXTS.iter().filter_map(|field| part[*field].as_str()))
            .collect();
        writer.add_document(doc!(id => key(item), title => titles.join("\n"), body => texts.join("\n")))?;
    }
    writer.commit()?;
    let searcher = index.reader()?.searcher();
    let parser = QueryParser::for_index(&index, vec![title, body]);
    queries
        .iter()
        .map(|query| {
            let (parsed, _) = parser.parse_query_lenient(&query.text);
            let found = searcher.search(&parsed, &TopDocs::with_limit(100).order_by_score())?;
            found
                .into_iter()
                .map(|(_, address)| {
                    let found: TantivyDocument = searcher.doc(address)?;
                    let key = found.get_first(id).and_then(|value| value.as_str()).unwrap_or_default();
                    Ok(key.to_owned())
                })
                .collect()
        })
        .collect()
}
