//! The types of the schema as data, for what is computed on queries and answers outside execution.

use std::collections::HashMap;

use async_graphql::Name;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{BaseType, FieldDefinition, OperationType, Type, TypeKind, TypeSystemDefinition};

/// The fields of every object type and interface.
pub struct Types {
    fields: HashMap<Name, HashMap<Name, FieldType>>,
}

/// What is known of a field.
pub struct FieldType {
    /// Its type.
    pub ty: Type,
    /// The type's name, without lists and exclamation marks.
    pub named: Name,
    /// Whether it is a list.
    pub list: bool,
    /// Whether it is paged, or limited, by the argument `first`.
    pub paged: bool,
    /// Whether it stands in a connection, whose page size counts already.
    pub within_page: bool,
}

impl Types {
    /// Reads the types of a schema from its SDL.
    ///
    /// # Errors
    /// Where the SDL can't be parsed.
    pub fn read(sdl: &str) -> Result<Self, async_graphql::parser::Error> {
        let mut fields = HashMap::new();
        for definition in parse_schema(sdl)?.definitions {
            let TypeSystemDefinition::Type(definition) = definition else {
                continue;
            };
            let list = match definition.node.kind {
                TypeKind::Object(object) => object.fields,
                TypeKind::Interface(interface) => interface.fields,
                _ => continue,
            };
            let parent = definition.node.name.node;
            let list = list
                .into_iter()
                .map(|field| {
                    let read = FieldType::read(&parent, &field.node);
                    (field.node.name.node, read)
                })
                .collect();
            fields.insert(parent, list);
        }
        Ok(Self { fields })
    }

    /// The root type of an operation.
    pub fn root(operation: OperationType) -> Name {
        Name::new(match operation {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => "Subscription",
        })
    }

    /// What is known of a field of a type.
    pub fn field(&self, parent: &Name, field: &Name) -> Option<&FieldType> {
        self.fields.get(parent)?.get(field)
    }
}

impl FieldType {
    fn read(parent: &Name, field: &FieldDefinition) -> Self {
        let ty = field.ty.node.clone();
        let mut base = &ty.base;
        let mut list = false;
        let named = loop {
            match base {
                BaseType::Named(name) => break name.clone(),
                BaseType::List(inner) => {
                    list = true;
                    base = &inner.base;
                }
            }
        };
        Self {
            named,
            list,
            paged: field
                .arguments
                .iter()
                .any(|argument| argument.node.name.node == "first"),
            within_page: parent.ends_with("Connection"),
            ty,
        }
    }
}
