//! How large an operation is once its fragments are spread, measured without spreading them.
//!
//! A fragment is measured once and its size added wherever it is spread, so that the work grows with the text and not with
//! what the text means: thirty short fragments that spread each other twice mean a billion fields.

use std::collections::HashMap;

use async_graphql::parser::types::{
    Directive, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned, Value, Variables};

use super::super::connection::DEFAULT_PAGE_SIZE;
use super::super::errors::{ApiError, Code};
use super::super::types::Types;
use super::shown;

/// What a plain list inside an item counts for: partners, themes and the like are few.
const LIST: u64 = 5;

/// What longer plain lists count for, by the type that they are in and their name. Those of the vocabularies come from memory, where no
/// time limit interrupts them: a country's region, its countries, their region and so on would grow without end.
const LONG_LISTS: [(&str, &str, u64); 10] = [
    // All countries of the world, and those of a region.
    ("Query", "countries", 250),
    ("Region", "countries", 250),
    ("Theme", "narrower", 20),
    ("Region", "narrower", 20),
    // Up to a hundred recommendations of several states ask for the same.
    ("Recommendation", "alike", 20),
    ("Review", "asks", 20),
    ("Recommendation", "asks", 20),
    ("Initiative", "asks", 20),
    ("Query", "implementationSummary", 30),
    ("Country", "implementationSummary", 10),
];

/// What each list of these types counts for: they hold a whole result at once, the nodes of a trail, the cells of a map.
const WHOLE: [(&str, u64); 2] = [("Trail", 100), ("EvidenceMap", 100)];

/// How many values a list in a filter has at most: there are fewer countries.
const MAX_FILTER_VALUES: usize = 500;

/// How many values of the schema itself cost as much as one field: they come from memory.
const SCHEMA_VALUES_PER_COST: u64 = 50;

/// How many selection sets may lie in each other, those of fragments included. The parser allows as many in one
/// definition; across fragments it is for us to stop.
pub const MAX_LEVELS: usize = 64;

/// The size of a selection set with everything that its fragments bring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// One for each field, multiplied by the page sizes of the lists around it.
    pub cost: u64,
    /// How deep fields nest, whatever fragments they stand in.
    pub depth: usize,
    /// Fields with an alias.
    pub aliases: u64,
    /// Directives.
    pub directives: u64,
    /// Fields directly in the set.
    pub own_fields: u64,
    /// Fields and fragments at every depth: what validation visits.
    pub selections: u64,
    /// Whether the schema is asked for, and how deep.
    pub schema_depth: Option<usize>,
    levels: usize,
}

impl Size {
    /// Adds a selection beside this one.
    fn add(&mut self, other: Self) {
        self.cost = self.cost.saturating_add(other.cost);
        self.depth = self.depth.max(other.depth);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.directives = self.directives.saturating_add(other.directives);
        self.own_fields = self.own_fields.saturating_add(other.own_fields);
        self.selections = self.selections.saturating_add(other.selections);
        self.schema_depth = self.schema_depth.max(other.schema_depth);
        self.levels = self.levels.max(other.levels);
    }
}

/// Measures the operations of one document.
pub struct Measure<'a> {
    document: &'a ExecutableDocument,
    variables: &'a Variables,
    types: &'a Types,
    /// The sizes of fragments; `None` while one is being measured.
    fragments: HashMap<&'a Name, Option<Size>>,
}

impl<'a> Measure<'a> {
    /// Measures with these values of the variables.
    pub fn new(document: &'a ExecutableDocument, variables: &'a Variables, types: &'a Types) -> Self {
        Self {
            document,
            variables,
            types,
            fragments: HashMap::new(),
        }
    }

    /// The size of an operation.
    ///
    /// # Errors
    /// Where its fragments contain themselves, or selection sets lie in each other too deeply to be looked at.
    pub fn operation(&mut self, operation: &'a OperationDefinition) -> Result<Size, ApiError> {
        // Page sizes may differ from operation to operation, by the defaults of their variables.
        self.fragments.clear();
        let scope = Scope {
            operation,
            in_schema: false,
            level: 1,
        };
        let root = Types::root(operation.ty);
        let mut size = self.set(&operation.selection_set.node, Some(&root), scope)?;
        size.directives = size.directives.saturating_add(count(&operation.directives));
        Ok(size)
    }

    fn set(&mut self, set: &'a SelectionSet, parent: Option<&Name>, scope: Scope<'a>) -> Result<Size, ApiError> {
        let mut size = Size {
            levels: 1,
            ..Size::default()
        };
        for selection in &set.items {
            size.add(match &selection.node {
                Selection::Field(field) => self.field(&field.node, parent, scope)?,
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref().map(|on| &on.node.on.node);
                    let inner = self.set(&fragment.node.selection_set.node, on.or(parent), scope.deeper()?)?;
                    within_fragment(inner, &fragment.node.directives)?
                }
                Selection::FragmentSpread(spread) => {
                    let inner = self.fragment(&spread.node.fragment_name.node, scope)?;
                    within_fragment(inner, &spread.node.directives)?
                }
            });
        }
        Ok(size)
    }

    fn fragment(&mut self, name: &'a Name, scope: Scope<'a>) -> Result<Size, ApiError> {
        // A fragment that does not exist is for validation to name.
        let Some(fragment) = self.document.fragments.get(name) else {
            return Ok(Size::default());
        };
        match self.fragments.get(name) {
            Some(Some(size)) => return Ok(*size),
            Some(None) => {
                return Err(ApiError::new(
                    Code::GraphqlValidationFailed,
                    format!("The fragment `{}` contains itself.", shown(name)),
                ));
            }
            None => {}
        }
        self.fragments.insert(name, None);
        let on = &fragment.node.type_condition.node.on.node;
        let scope = Scope {
            // What a fragment is on tells whether it is about the schema, wherever it is spread first.
            in_schema: on.starts_with("__"),
            ..scope.deeper()?
        };
        let mut size = self.set(&fragment.node.selection_set.node, Some(on), scope)?;
        size.directives = size.directives.saturating_add(count(&fragment.node.directives));
        self.fragments.insert(name, Some(size));
        Ok(size)
    }

    fn field(&mut self, field: &'a Field, parent: Option<&Name>, scope: Scope<'a>) -> Result<Size, ApiError> {
        let name = &field.name.node;
        let enters_schema = matches!(name.as_str(), "__schema" | "__type");
        let in_schema = scope.in_schema || enters_schema;
        let definition = parent.and_then(|parent| self.types.field(parent, name));
        self.check_filter(field, scope)?;
        let mut size = if field.selection_set.node.items.is_empty() {
            Size::default()
        } else {
            let child = definition.map(|definition| &definition.named);
            let scope = Scope {
                in_schema,
                ..scope.deeper()?
            };
            self.set(&field.selection_set.node, child, scope)?
        };
        let times = match definition {
            _ if in_schema => self.types.schema_list(name),
            Some(definition) if definition.paged => self.page_size(field, scope),
            Some(definition) if definition.list && !definition.within_page => self.list_size(field, parent, scope),
            _ => 1,
        };
        size.cost = size.cost.saturating_mul(times).saturating_add(1);
        if enters_schema {
            size.cost = size.cost.div_ceil(SCHEMA_VALUES_PER_COST);
            size.schema_depth = Some(size.depth + 1);
            // It has a limit of its own.
            size.depth = 1;
        } else {
            size.depth += 1;
        }
        size.own_fields = 1;
        size.selections = size.selections.saturating_add(1);
        size.aliases = size.aliases.saturating_add(u64::from(field.alias.is_some()));
        size.directives = size.directives.saturating_add(count(&field.directives));
        size.levels = level(size.levels)?;
        Ok(size)
    }

    /// Refuses a filter that names more than any user would: each value makes the statement longer, and databases allow so many.
    fn check_filter(&self, field: &Field, scope: Scope<'a>) -> Result<(), ApiError> {
        let longest = self
            .argument(field, "filter", scope)
            .map_or(0, |filter| longest(&filter));
        if longest <= MAX_FILTER_VALUES {
            return Ok(());
        }
        Err(ApiError::new(
            Code::BadRequest,
            format!(
                "`filter` has a list of {longest} values; give at most {MAX_FILTER_VALUES}, and ask several times for more."
            ),
        ))
    }

    fn page_size(&self, field: &Field, scope: Scope<'a>) -> u64 {
        self.asked_size(field, scope).unwrap_or(DEFAULT_PAGE_SIZE).max(1)
    }

    /// What a list counts for that is no connection: as many as are asked for, or as it usually holds.
    fn list_size(&self, field: &Field, parent: Option<&Name>, scope: Scope<'a>) -> u64 {
        if let Some(Value::List(ids)) = self.argument(field, "ids", scope) {
            return u64::try_from(ids.len()).unwrap_or(u64::MAX).max(1);
        }
        if let Some(asked) = self.asked_size(field, scope) {
            return asked.max(1);
        }
        let parent = parent.map(Name::as_str).unwrap_or_default();
        let name = field.name.node.as_str();
        let long = LONG_LISTS.iter().find(|(on, list, _)| (*on, *list) == (parent, name));
        let whole = || WHOLE.iter().find(|(on, _)| *on == parent).map(|(_, size)| *size);
        long.map(|(_, _, size)| *size).or_else(whole).unwrap_or(LIST)
    }

    fn asked_size(&self, field: &Field, scope: Scope<'a>) -> Option<u64> {
        ["first", "last"]
            .into_iter()
            .find_map(|name| match self.argument(field, name, scope)? {
                Value::Number(number) => number.as_u64(),
                _ => None,
            })
    }

    /// An argument's value, with variables and their defaults put in.
    fn argument(&self, field: &Field, name: &str, scope: Scope<'a>) -> Option<Value> {
        let value = &field.get_argument(name)?.node;
        value
            .clone()
            .into_const_with(|variable| {
                let given = self.variables.get(&variable).cloned();
                given
                    .or_else(|| {
                        scope
                            .operation
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

/// The length of the longest list in a value.
fn longest(value: &Value) -> usize {
    match value {
        Value::List(values) => values.iter().map(longest).fold(values.len(), usize::max),
        Value::Object(fields) => fields.values().map(longest).fold(0, usize::max),
        _ => 0,
    }
}

/// Where in an operation something is measured.
#[derive(Clone, Copy)]
struct Scope<'a> {
    operation: &'a OperationDefinition,
    in_schema: bool,
    level: usize,
}

impl Scope<'_> {
    fn deeper(self) -> Result<Self, ApiError> {
        Ok(Self {
            level: level(self.level)?,
            ..self
        })
    }
}

/// One level more. Fragments are measured once, so levels are counted both on the way down, where the stack grows, and on
/// the way up, where a fragment that was measured high up may be spread far below.
fn level(levels: usize) -> Result<usize, ApiError> {
    if levels < MAX_LEVELS {
        return Ok(levels + 1);
    }
    Err(ApiError::new(
        Code::DepthLimitExceeded,
        format!(
            "The query nests more than {MAX_LEVELS} selection sets and fragments; nest fewer fragments in each other."
        ),
    ))
}

fn within_fragment(mut size: Size, directives: &[Positioned<Directive>]) -> Result<Size, ApiError> {
    size.directives = size.directives.saturating_add(count(directives));
    size.selections = size.selections.saturating_add(1);
    size.levels = level(size.levels)?;
    Ok(size)
}

fn count(directives: &[Positioned<Directive>]) -> u64 {
    u64::try_from(directives.len()).unwrap_or(u64::MAX)
}
