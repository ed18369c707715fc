//! Completes a response by the specification where async-graphql 7 does not.
//!
//! Its executor inserts fields as they finish, leaves a failed field out, and turns an object without fields into null.
//! The GraphQL specification (October 2021, section 6.4) wants fields in the order of the selection, a failed field as null
//! if it may be null and otherwise its parent as null and so on upward, and an object without selected fields as `{}`.
//! Partners read typed answers, so this is done on every response, after execution.

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{
    BaseType, DocumentOperations, ExecutableDocument, Field, InlineFragment, OperationDefinition, Selection,
    SelectionSet, Type,
};
use async_graphql::{Name, PathSegment, Positioned, Response, Value};

use super::types::{FieldType, Types};

/// What an operation selects, made before it is executed.
pub struct Selections {
    root: Type,
    plan: Plan,
}

/// The fields selected from one object, in order, whatever its type is.
#[derive(Default)]
struct Plan {
    fields: IndexMap<Name, Selected>,
}

struct Selected {
    field: Name,
    /// The types that fragments select the field from.
    conditions: Vec<Name>,
    /// Whether every object of this place has the field: no fragment and no directive decides about it.
    certain: bool,
    plan: Plan,
}

impl Selected {
    /// Whether its value is an object, or a list of objects.
    fn has_fields(&self) -> bool {
        !self.plan.fields.is_empty()
    }
}

impl Selections {
    /// What an operation selects. Its fragments must not contain themselves.
    pub fn new(document: &ExecutableDocument, operation: &OperationDefinition) -> Self {
        let mut plan = Plan::default();
        plan.add(document, &operation.selection_set.node, None, true);
        Self {
            root: Type {
                base: BaseType::Named(Types::root(operation.ty)),
                nullable: true,
            },
            plan,
        }
    }

    /// Completes the response to the operation.
    pub fn complete(&self, types: &Types, response: &mut Response) {
        if matches!(response.data, Value::Null) {
            response.data = Value::Object(IndexMap::new());
        }
        for error in &response.errors {
            if !error.path.is_empty() {
                settle(types, &mut response.data, &self.root, &self.plan, &error.path);
            }
        }
        let failed = !response.errors.is_empty();
        if apply(types, &mut response.data, &self.root, &self.plan, failed) {
            response.data = Value::Null;
        }
    }
}

fn field_type<'a>(types: &'a Types, parent: &Name, selected: &Selected) -> Option<&'a FieldType> {
    std::iter::once(parent)
        .chain(&selected.conditions)
        .find_map(|name| types.field(name, &selected.field))
}

/// Puts null in the place of the field that failed, or of the nearest object around it that may be null. Says whether
/// nothing up to here may.
fn settle(types: &Types, value: &mut Value, ty: &Type, plan: &Plan, path: &[PathSegment]) -> bool {
    // An object whose only field failed comes out as null; there is a failure below it, so it was an object.
    if matches!(value, Value::Null)
        && matches!(path.first(), Some(PathSegment::Field(_)))
        && matches!(ty.base, BaseType::Named(_))
    {
        *value = Value::Object(IndexMap::new());
    }
    let failed = match (path.split_first(), &mut *value, &ty.base) {
        (None, _, _) | (_, Value::Null, _) => true,
        (Some((PathSegment::Index(index), rest)), Value::List(list), BaseType::List(inner)) => list
            .get_mut(*index)
            .is_some_and(|item| settle(types, item, inner, plan, rest)),
        (Some((PathSegment::Field(key), rest)), Value::Object(object), BaseType::Named(name)) => {
            let Some(selected) = plan.fields.get(key.as_str()) else {
                return false;
            };
            let Some(field) = field_type(types, name, selected) else {
                return false;
            };
            let child = object.entry(Name::new(key)).or_insert(Value::Null);
            settle(types, child, &field.ty, &selected.plan, rest)
        }
        _ => false,
    };
    if failed && ty.nullable {
        *value = Value::Null;
        return false;
    }
    failed
}

/// Orders the fields of every object and takes the mark of [`mark`] off. Where something failed, a field that must be there
/// and is not counts as failed too, since not every error tells its place. Says whether the value must be null and may not.
fn apply(types: &Types, value: &mut Value, ty: &Type, plan: &Plan, failed: bool) -> bool {
    let lost = match (&mut *value, &ty.base) {
        (Value::List(list), BaseType::List(inner)) => {
            let mut lost = false;
            for item in list {
                lost |= apply(types, item, inner, plan, failed);
            }
            lost
        }
        (Value::Object(object), BaseType::Named(name)) => {
            let mut lost = false;
            if failed {
                for (key, selected) in plan.fields.iter().filter(|(_, selected)| selected.certain) {
                    if object.contains_key(key) || key.as_str() == MARK {
                        continue;
                    }
                    match field_type(types, name, selected) {
                        Some(field) if !field.ty.nullable => lost = true,
                        Some(_) => {
                            object.insert(key.clone(), Value::Null);
                        }
                        None => {}
                    }
                }
            }
            if !is_in_order(object, plan) {
                object.shift_remove(MARK);
                let place = |key: &Name| plan.fields.get_index_of(key).unwrap_or(usize::MAX);
                object.sort_by(|a, _, b, _| place(a).cmp(&place(b)));
            }
            for (key, selected) in plan.fields.iter().filter(|(_, selected)| selected.has_fields()) {
                if let Some(child) = object.get_mut(key)
                    && let Some(field) = field_type(types, name, selected)
                {
                    lost |= apply(types, child, &field.ty, &selected.plan, failed);
                }
            }
            lost
        }
        (Value::Null, BaseType::Named(_)) if !ty.nullable && !plan.fields.is_empty() => {
            if failed && plan.fields.values().any(|selected| selected.certain) {
                true
            } else {
                *value = Value::Object(IndexMap::new());
                false
            }
        }
        _ => false,
    };
    if lost && ty.nullable {
        *value = Value::Null;
        return false;
    }
    lost
}

/// Whether the fields of an object are some of those selected, in the order of the selection, as they nearly always are.
fn is_in_order(object: &IndexMap<Name, Value>, plan: &Plan) -> bool {
    let mut expected = plan.fields.keys();
    object.keys().all(|key| expected.any(|name| name == key))
}

/// The name of the field that [`mark`] adds.
const MARK: &str = "praxisObjectMark";

/// Adds a field to every selection that has nothing but fragments, so that an object that none of them fits can be told
/// from one that does not exist. [`Selections::complete`] takes it off again.
pub fn mark(document: &mut ExecutableDocument) {
    match &mut document.operations {
        DocumentOperations::Single(operation) => mark_set(&mut operation.node.selection_set.node),
        DocumentOperations::Multiple(operations) => {
            for operation in operations.values_mut() {
                mark_set(&mut operation.node.selection_set.node);
            }
        }
    }
    for fragment in document.fragments.values_mut() {
        mark_set(&mut fragment.node.selection_set.node);
    }
}

fn mark_set(set: &mut SelectionSet) {
    let mut has_field = false;
    for selection in &mut set.items {
        wrap_type_name(selection);
        match &mut selection.node {
            Selection::Field(field) => {
                has_field = true;
                mark_set(&mut field.node.selection_set.node);
            }
            Selection::InlineFragment(fragment) => mark_set(&mut fragment.node.selection_set.node),
            Selection::FragmentSpread(_) => {}
        }
    }
    if let Some(first) = set.items.first()
        && !has_field
    {
        let at = first.pos;
        let positioned = |name: &str| Positioned::new(Name::new(name), at);
        set.items.push(Positioned::new(
            Selection::Field(Positioned::new(
                Field {
                    alias: Some(positioned(MARK)),
                    name: positioned("__typename"),
                    arguments: Vec::new(),
                    directives: Vec::new(),
                    selection_set: Positioned::new(SelectionSet::default(), at),
                },
                at,
            )),
            at,
        ));
    }
}

/// Puts a `__typename` with directives into a fragment that has them instead, which means the same. The validation of
/// async-graphql does not look at that field, and would take a variable that is used nowhere else for unused.
fn wrap_type_name(selection: &mut Positioned<Selection>) {
    let at = selection.pos;
    if let Selection::Field(field) = &mut selection.node
        && field.node.name.node == "__typename"
        && !field.node.directives.is_empty()
    {
        let directives = std::mem::take(&mut field.node.directives);
        let inner = Positioned::new(Selection::Field(field.clone()), at);
        let fragment = InlineFragment {
            type_condition: None,
            directives,
            selection_set: Positioned::new(SelectionSet { items: vec![inner] }, at),
        };
        selection.node = Selection::InlineFragment(Positioned::new(fragment, at));
    }
}

impl Plan {
    fn add(&mut self, document: &ExecutableDocument, set: &SelectionSet, condition: Option<&Name>, certain: bool) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    let certain = certain && field.directives.is_empty();
                    let selected = self
                        .fields
                        .entry(field.response_key().node.clone())
                        .or_insert_with(|| Selected {
                            field: field.name.node.clone(),
                            conditions: Vec::new(),
                            certain,
                            plan: Plan::default(),
                        });
                    selected.certain |= certain;
                    selected.conditions.extend(condition.cloned());
                    selected.plan.add(document, &field.selection_set.node, None, true);
                }
                Selection::InlineFragment(fragment) => {
                    let inner = fragment.node.type_condition.as_ref().map(|on| &on.node.on.node);
                    let certain = certain && inner.is_none() && fragment.node.directives.is_empty();
                    self.add(
                        document,
                        &fragment.node.selection_set.node,
                        inner.or(condition),
                        certain,
                    );
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                        let inner = &fragment.node.type_condition.node.on.node;
                        self.add(document, &fragment.node.selection_set.node, Some(inner), false);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use async_graphql::{EmptyMutation, EmptySubscription, Error, Interface, Object, Schema};

    use super::*;

    struct Query;
    struct Leaf;
    struct Other;

    #[derive(Interface)]
    #[graphql(field(name = "id", ty = "i32"))]
    enum Either {
        Leaf(Leaf),
        Other(Other),
    }

    #[Object]
    impl Leaf {
        async fn id(&self) -> i32 {
            tokio::task::yield_now().await;
            1
        }
        async fn name(&self) -> &str {
            "leaf"
        }
        async fn broken(&self) -> Result<i32, Error> {
            Err(Error::new("broken"))
        }
        async fn broken_nullable(&self) -> Result<Option<i32>, Error> {
            Err(Error::new("broken"))
        }
    }

    #[Object]
    impl Other {
        async fn id(&self) -> i32 {
            2
        }
    }

    #[Object]
    impl Query {
        async fn leaf(&self) -> Leaf {
            Leaf
        }
        async fn maybe(&self) -> Option<Leaf> {
            Some(Leaf)
        }
        async fn leaves(&self) -> Vec<Option<Leaf>> {
            vec![Some(Leaf)]
        }
        async fn either(&self) -> Option<Either> {
            Some(Either::Leaf(Leaf))
        }
        async fn none(&self) -> Option<Either> {
            None
        }
        async fn both(&self) -> Vec<Either> {
            vec![Either::Leaf(Leaf), Either::Other(Other)]
        }
    }

    async fn answer(query: &str) -> String {
        let schema = Schema::build(Query, EmptyMutation, EmptySubscription).finish();
        let types = Types::read(&schema.sdl()).unwrap();
        let mut document = parse_query(query).unwrap();
        let operation = super::super::limits::operation(&document, None).unwrap();
        let selections = Selections::new(&document, operation);
        mark(&mut document);
        let mut request = async_graphql::Request::new(query);
        request.set_parsed_query(document);
        let mut response = schema.execute(request).await;
        selections.complete(&types, &mut response);
        serde_json::to_string(&response.data).unwrap()
    }

    #[tokio::test]
    async fn fields_come_in_the_order_of_the_selection() {
        assert_eq!(
            answer("{ b: leaf { id name } a: leaf { name ...F } } fragment F on Leaf { id }").await,
            r#"{"b":{"id":1,"name":"leaf"},"a":{"name":"leaf","id":1}}"#
        );
    }

    #[tokio::test]
    async fn a_failed_field_is_null_where_it_may_be() {
        assert_eq!(
            answer("{ leaf { brokenNullable name } }").await,
            r#"{"leaf":{"brokenNullable":null,"name":"leaf"}}"#
        );
    }

    #[tokio::test]
    async fn a_failed_field_that_may_not_be_null_makes_its_parent_null() {
        assert_eq!(
            answer("{ maybe { broken name } leaves { name broken } ok: leaf { id } }").await,
            r#"{"maybe":null,"leaves":[null],"ok":{"id":1}}"#
        );
        assert_eq!(answer("{ leaf { broken name } maybe { id } }").await, "null");
    }

    #[tokio::test]
    async fn an_object_that_no_fragment_matches_is_empty_and_not_null() {
        assert_eq!(
            answer("{ both { ... on Leaf { name } } }").await,
            r#"{"both":[{"name":"leaf"},{}]}"#
        );
    }

    #[tokio::test]
    async fn a_failure_behind_a_fragment_is_found_by_the_type_of_the_fragment() {
        assert_eq!(
            answer("{ both { id ... on Leaf { brokenNullable } } }").await,
            r#"{"both":[{"id":1,"brokenNullable":null},{"id":2}]}"#
        );
    }

    #[tokio::test]
    async fn a_failed_field_is_null_also_where_it_is_the_only_one() {
        assert_eq!(
            answer("{ leaf { brokenNullable } }").await,
            r#"{"leaf":{"brokenNullable":null}}"#
        );
        assert_eq!(answer("{ maybe { broken } }").await, r#"{"maybe":null}"#);
    }

    #[tokio::test]
    async fn an_object_that_may_be_null_and_that_no_fragment_matches_is_empty_too() {
        assert_eq!(
            answer("{ either { ... on Other { id } } none { ... on Other { id } } }").await,
            r#"{"either":{},"none":null}"#
        );
    }

    #[tokio::test]
    async fn an_answer_from_which_everything_was_skipped_is_empty() {
        assert_eq!(answer("{ leaf @skip(if: true) { id } }").await, "{}");
    }
}
