//! What the caller of a mutation can mend.

use async_graphql::SimpleObject;

/// Something in a mutation's input that the caller can mend. What the caller can't mend is a top-level error.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
pub struct UserError {
    /// A stable code, for programs.
    pub code: String,
    /// What is wrong and how to mend it, for people; in English.
    pub message: String,
    /// The field of the input that it is about, from the outside in; empty where it is about the input as a whole.
    pub path: Vec<String>,
}

impl UserError {
    /// An error about the field at this path.
    pub fn new(code: &str, message: impl Into<String>, path: &[&str]) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            path: path.iter().map(|step| (*step).to_owned()).collect(),
        }
    }
}
