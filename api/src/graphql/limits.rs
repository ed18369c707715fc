//! Limits on what a query may ask for, computed on the parsed document before anything is executed.

use std::collections::HashSet;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql::{Name, Value, Variables};

use super::connection::DEFAULT_PAGE_SIZE;
use super::errors::{ApiError, Code};
use super::types::Types;
use crate::config::Config;

/// What a plain list inside an item counts for: partners, themes and the like are few.
const LIST: u64 = 5;

/// What a list counts for that holds a whole result at once: the nodes of a trail, the cells of a map.
const WHOLE_LIST: u64 = 100;
/// The types that have such lists.
const WHOLE: [&str; 2] = ["Trail", "EvidenceMap"];

/// The limits in force.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Deepest nesting of fields.
    pub depth: usize,
    /// Highest cost.
    pub cost: u64,
    /// Most aliases.
    pub aliases: usize,
    /// Most tokens.
    pub tokens: usize,
    /// Whether the schema can be queried.
    pub introspection: bool,
}

impl From<&Config> for Limits {
    fn from(config: &Config) -> Self {
        Self {
            depth: config.max_depth,
            cost: config.max_cost,
            aliases: config.max_aliases,
            tokens: config.max_tokens,
            introspection: config.introspection,
        }
    }
}

impl Limits {
    /// Refuses a query with too many tokens before it is parsed.
    ///
    /// # Errors
    /// `TOKEN_LIMIT_EXCEEDED`.
    pub fn check_tokens(&self, query: &str) -> Result<(), ApiError> {
        let tokens = count_tokens(query);
        if tokens <= self.tokens {
            return Ok(());
        }
        Err(ApiError::new(
            Code::TokenLimitExceeded,
            format!(
                "The query has {tokens} tokens; at most {} are allowed. Split it, or move values into variables.",
                self.tokens
            ),
        ))
    }

    /// Checks an operation of a parsed document and says what it costs: one for each field, multiplied by the page sizes
    /// of the lists around it.
    ///
    /// # Errors
    /// `DEPTH_LIMIT_EXCEEDED`, `ALIAS_LIMIT_EXCEEDED`, `COST_LIMIT_EXCEEDED`, `INTROSPECTION_DISABLED`, or
    /// `GRAPHQL_VALIDATION_FAILED` for fragments that contain themselves.
    pub fn check(
        &self,
        document: &ExecutableDocument,
        operation: &OperationDefinition,
        variables: &Variables,
        types: &Types,
    ) -> Result<u64, ApiError> {
        let mut walk = Walk {
            limits: self,
            document,
            variables,
            operation,
            types,
            aliases: 0,
            visited: 0,
            open: HashSet::new(),
        };
        let root = Types::root(operation.ty);
        let cost = walk.selections(&operation.selection_set.node, Some(&root), 1)?;
        if cost > self.cost {
            return Err(ApiError::new(
                Code::CostLimitExceeded,
                format!(
                    "The query costs {cost}; at most {} is allowed. Ask for smaller pages (`first`) or fewer nested lists.",
                    self.cost
                ),
            ));
        }
        Ok(cost)
    }
}

/// The operation that a request is for.
///
/// # Errors
/// `UNKNOWN_OPERATION` where the document has no such operation, or several and none is named.
pub fn operation<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Result<&'a OperationDefinition, ApiError> {
    let unknown = |message: String| ApiError::new(Code::UnknownOperation, message);
    match (&document.operations, name) {
        (DocumentOperations::Single(only), None) => Ok(&only.node),
        (DocumentOperations::Single(_), Some(name)) => Err(unknown(format!(
            "There is no operation `{}` in the query: its only operation has no name. Leave `operationName` out.",
            shown(name)
        ))),
        (DocumentOperations::Multiple(all), Some(name)) => all
            .get(name)
            .map(|found| &found.node)
            .ok_or_else(|| unknown(format!("There is no operation `{}` in the query.", shown(name)))),
        (DocumentOperations::Multiple(all), None) => match all.values().next() {
            Some(only) if all.len() == 1 => Ok(&only.node),
            _ => Err(unknown(
                "The query has several operations; say which one with `operationName`.".to_owned(),
            )),
        },
    }
}

/// Whether the operation changes something.
pub fn is_mutation(operation: &OperationDefinition) -> bool {
    operation.ty == OperationType::Mutation
}

fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}

struct Walk<'a> {
    limits: &'a Limits,
    document: &'a ExecutableDocument,
    variables: &'a Variables,
    operation: &'a OperationDefinition,
    types: &'a Types,
    aliases: usize,
    visited: usize,
    open: HashSet<Name>,
}

impl Walk<'_> {
    fn selections(&mut self, set: &SelectionSet, parent: Option<&Name>, depth: usize) -> Result<u64, ApiError> {
        if set.items.is_empty() {
            return Ok(0);
        }
        if depth > self.limits.depth {
            return Err(ApiError::new(
                Code::DepthLimitExceeded,
                format!(
                    "The query nests more than {} fields; ask for the deeper ones by `node(id:)` in a second query.",
                    self.limits.depth
                ),
            ));
        }
        let mut cost: u64 = 0;
        for selection in &set.items {
            self.visited += 1;
            // Fragments that are spread again and again can make a short text mean a huge query.
            if self.visited > 4 * self.limits.tokens {
                return Err(ApiError::new(
                    Code::CostLimitExceeded,
                    "The query's fragments expand to too many fields; spread them less often.",
                ));
            }
            let more = match &selection.node {
                Selection::Field(field) => self.field(&field.node, parent, depth)?,
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref().map(|on| &on.node.on.node);
                    self.selections(&fragment.node.selection_set.node, on.or(parent), depth)?
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    let Some(fragment) = self.document.fragments.get(name) else {
                        continue;
                    };
                    if !self.open.insert(name.clone()) {
                        return Err(ApiError::new(
                            Code::GraphqlValidationFailed,
                            format!("The fragment `{}` contains itself.", shown(name)),
                        ));
                    }
                    let on = &fragment.node.type_condition.node.on.node;
                    let cost = self.selections(&fragment.node.selection_set.node, Some(on), depth)?;
                    self.open.remove(name);
                    cost
                }
            };
            cost = cost.saturating_add(more);
        }
        Ok(cost)
    }

    fn field(&mut self, field: &Field, parent: Option<&Name>, depth: usize) -> Result<u64, ApiError> {
        let name = &field.name.node;
        if field.alias.is_some() {
            self.aliases += 1;
            if self.aliases > self.limits.aliases {
                return Err(ApiError::new(
                    Code::AliasLimitExceeded,
                    format!(
                        "The query has more than {} aliases; use `nodes(ids:)` or filters instead.",
                        self.limits.aliases
                    ),
                ));
            }
        }
        if depth == 1 && matches!(name.as_str(), "__schema" | "__type") && !self.limits.introspection {
            return Err(ApiError::new(
                Code::IntrospectionDisabled,
                "The schema can't be queried here; the file schema.graphql of the project describes it.",
            ));
        }
        let definition = parent.and_then(|parent| self.types.field(parent, name));
        let child = definition.map(|definition| &definition.named);
        let inner = self.selections(&field.selection_set.node, child, depth + 1)?;
        let times = match definition {
            Some(definition) if definition.paged => self.page_size(field),
            Some(definition) if definition.list && !definition.within_page => match parent {
                Some(parent) if WHOLE.contains(&parent.as_str()) => WHOLE_LIST,
                _ => self.list_size(field),
            },
            _ => 1,
        };
        Ok(inner.saturating_mul(times).saturating_add(1))
    }

    fn page_size(&self, field: &Field) -> u64 {
        ["first", "last"]
            .into_iter()
            .find_map(|name| match self.argument(field, name)? {
                Value::Number(number) => number.as_u64(),
                _ => None,
            })
            .unwrap_or(DEFAULT_PAGE_SIZE)
            .max(1)
    }

    fn list_size(&self, field: &Field) -> u64 {
        match self.argument(field, "ids") {
            Some(Value::List(ids)) => u64::try_from(ids.len()).unwrap_or(u64::MAX).max(1),
            _ => LIST,
        }
    }

    /// An argument's value, with variables and their defaults put in.
    fn argument(&self, field: &Field, name: &str) -> Option<Value> {
        let value = &field.get_argument(name)?.node;
        value
            .clone()
            .into_const_with(|variable| {
                let given = self.variables.get(&variable).cloned();
                given
                    .or_else(|| {
                        self.operation
                            .variable_definitions
                            .iter()
                            .find(|definition| definition.node.name.node == variable)
                            .and_then(|definition| definition.node.default_value())
                            .cloned()
                    })
                    .ok_or(())
            })
            .ok()
    }
}

/// Counts the tokens of a query: names, numbers, strings and punctuators.
fn count_tokens(query: &str) -> usize {
    let bytes = query.as_bytes();
    let mut at = 0;
    let mut tokens = 0;
    let run = |mut at: usize, is: fn(u8) -> bool| {
        while bytes.get(at).copied().is_some_and(is) {
            at += 1;
        }
        at
    };
    while let Some(byte) = bytes.get(at).copied() {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => at += 1,
            b'#' => at = run(at, |byte| byte != b'\n'),
            b'"' => {
                tokens += 1;
                at = end_of_string(bytes, at);
            }
            byte if byte.is_ascii_alphanumeric() || byte == b'_' => {
                tokens += 1;
                at = run(at, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
            }
            _ => {
                tokens += 1;
                at += 1;
            }
        }
    }
    tokens
}

fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    let block = rest.starts_with(b"\"\"\"");
    let mut at = start + if block { 3 } else { 1 };
    while let Some(byte) = bytes.get(at).copied() {
        match byte {
            b'\\' => at += 2,
            b'"' if !block => return at + 1,
            b'"' if bytes.get(at..).is_some_and(|rest| rest.starts_with(b"\"\"\"")) => return at + 3,
            b'\n' if !block => return at,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use proptest::prelude::*;

    use super::*;

    const LIMITS: Limits = Limits {
        depth: 10,
        cost: 10_000,
        aliases: 5,
        tokens: 1_000,
        introspection: true,
    };

    fn check(query: &str, variables: serde_json::Value) -> Result<u64, Code> {
        let types = Types::read(&crate::graphql::sdl()).unwrap();
        let document = parse_query(query).unwrap();
        let operation = operation(&document, None).unwrap();
        LIMITS
            .check(&document, operation, &Variables::from_json(variables), &types)
            .map_err(|error| error.code())
    }

    #[test]
    fn a_list_multiplies_the_cost_of_what_is_under_it_by_its_page_size() {
        let none = || serde_json::json!({});
        assert_eq!(
            check("{ initiatives(first: 10) { nodes { id title } } }", none()),
            Ok(31)
        );
        assert_eq!(check("{ initiatives { nodes { id title } } }", none()), Ok(61));
        assert_eq!(
            check(
                "query($n: Int = 7) { initiatives(first: $n) { nodes { id title } } }",
                none()
            ),
            Ok(22)
        );
        assert_eq!(
            check(
                "query($n: Int) { initiatives(last: $n) { nodes { ...F } } } fragment F on Initiative { id title }",
                serde_json::json!({ "n": 100 })
            ),
            Ok(301)
        );
    }

    #[test]
    fn what_goes_over_a_limit_is_refused_with_the_code_of_that_limit() {
        let none = || serde_json::json!({});
        assert_eq!(
            check(
                "{ initiatives(first: 100) { nodes { evidence(first: 100) { nodes { id } } } } }",
                none()
            ),
            Err(Code::CostLimitExceeded)
        );
        assert_eq!(
            check(
                "{ a: __typename b: __typename c: __typename d: __typename e: __typename f: __typename }",
                none()
            ),
            Err(Code::AliasLimitExceeded)
        );
        let deep = "{ themes { ".to_owned() + &"broader { ".repeat(10) + "id" + &" }".repeat(12);
        assert_eq!(check(&deep, none()), Err(Code::DepthLimitExceeded));
    }

    #[test]
    fn fragments_that_contain_themselves_or_explode_are_refused() {
        let none = || serde_json::json!({});
        assert_eq!(
            check(
                "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
                none()
            ),
            Err(Code::GraphqlValidationFailed)
        );
        let mut bomb = "{ ...F0 }".to_owned();
        for n in 0..30 {
            bomb += &format!(" fragment F{n} on Query {{ ...F{0} ...F{0} }}", n + 1);
        }
        bomb += " fragment F30 on Query { __typename }";
        assert_eq!(check(&bomb, none()), Err(Code::CostLimitExceeded));
    }

    #[test]
    fn tokens_are_counted_as_the_specification_defines_them() {
        assert_eq!(count_tokens("{ a(b: \"x y # z\", c: 1.5) # note\n ...D }"), 12);
        assert_eq!(count_tokens("\"\"\"a \" b\"\"\" c"), 2);
    }

    proptest! {
        #[test]
        fn counting_tokens_ends_on_any_text(text in ".{0,400}") {
            prop_assert!(count_tokens(&text) <= text.len());
        }
    }
}
