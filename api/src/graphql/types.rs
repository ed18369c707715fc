//! The types of the schema as data, for what is computed on queries and answers outside execution.

use std::collections::HashMap;

use async_graphql::Name;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{BaseType, FieldDefinition, OperationType, Type, TypeKind, TypeSystemDefinition};

/// The fields of every object type and interface.
pub struct Types {
    fields: HashMap<Name, HashMap<Name, FieldType>>,
    schema: SchemaSize,
}

/// How many there are of the things that the schema can be asked for: what a list of them is expected to hold.
struct SchemaSize {
    types: u64,
    fields: u64,
    possible_types: u64,
    enum_values: u64,
    input_fields: u64,
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
        let definitions = parse_schema(sdl)?.definitions;
        let schema = SchemaSize::of(&definitions);
        for definition in definitions {
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
        Ok(Self { fields, schema })
    }

    /// How many items a list in the schema's description of itself is expected to hold; 1 for what is no list.
    pub fn schema_list(&self, field: &str) -> u64 {
        match field {
            "types" => self.schema.types,
            "fields" => self.schema.fields,
            "possibleTypes" => self.schema.possible_types,
            "enumValues" => self.schema.enum_values,
            "inputFields" => self.schema.input_fields,
            "interfaces" | "args" => 2,
            "directives" => 5,
            _ => 1,
        }
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

impl SchemaSize {
    /// Lists of fields and values count for their mean, which is exact over all types; possible types for their most, since
    /// only few types have any and those are the ones that lead in circles.
    fn of(definitions: &[TypeSystemDefinition]) -> Self {
        let mut implementers: HashMap<&Name, u64> = HashMap::new();
        let (mut types, mut fields, mut enum_values, mut input_fields) = (0, 0, 0, 0);
        let mut possible_types = 1;
        for definition in definitions {
            let TypeSystemDefinition::Type(definition) = definition else {
                continue;
            };
            types += 1;
            match &definition.node.kind {
                TypeKind::Object(object) => {
                    fields += object.fields.len();
                    for interface in &object.implements {
                        *implementers.entry(&interface.node).or_default() += 1;
                    }
                }
                TypeKind::Interface(interface) => fields += interface.fields.len(),
                TypeKind::Enum(one) => enum_values += one.values.len(),
                TypeKind::InputObject(object) => input_fields += object.fields.len(),
                TypeKind::Union(union) => possible_types = possible_types.max(wide(union.members.len())),
                TypeKind::Scalar => {}
            }
        }
        let mean = |all: usize| wide(all).div_ceil(wide(types).max(1)).max(1);
        Self {
            types: wide(types).max(1),
            fields: mean(fields),
            possible_types: implementers.into_values().fold(possible_types, u64::max),
            enum_values: mean(enum_values),
            input_fields: mean(input_fields),
        }
    }
}

fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
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
