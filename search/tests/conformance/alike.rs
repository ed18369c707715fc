//! What tests of search by meaning share.

use praxis_search::Document;

use crate::fixture::document;

/// Words that mean the same to the models that tests make.
pub const ALIKE: [&[&str]; 3] = [
    &["car", "automobile", "voiture"],
    &["doctor", "physician", "medecin"],
    &["school", "academy", "ecole"],
];

/// English documents with these titles, numbered from 1.
pub fn titled(titles: &[&str]) -> Vec<Document> {
    (1..)
        .zip(titles)
        .map(|(number, title)| document(number, title, "", ""))
        .collect()
}
