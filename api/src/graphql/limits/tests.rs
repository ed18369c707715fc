//! What each limit lets through and what it refuses.

use async_graphql::parser::parse_query;
use serde_json::{Value, json};

use super::*;

const LIMITS: Limits = Limits {
    depth: 10,
    cost: 10_000,
    aliases: 5,
    directives: 6,
    root_fields: 7,
    tokens: 1_000,
    introspection: true,
};

fn judge(limits: Limits, query: &str, variables: Value) -> Result<u64, ApiError> {
    limits.check_text(query)?;
    let types = Types::read(&crate::graphql::sdl()).unwrap();
    let document = parse_query(query).unwrap();
    let operation = operation(
        &document,
        document.operations.iter().next().unwrap().0.map(|name| name.as_str()),
    )
    .unwrap();
    limits.check(&document, operation, &Variables::from_json(variables), &types)
}

fn cost(query: &str) -> u64 {
    cost_with(query, json!({}))
}

fn cost_with(query: &str, variables: Value) -> u64 {
    judge(LIMITS, query, variables).unwrap()
}

/// The code and the message of the refusal.
fn refusal(query: &str) -> (Code, String) {
    let error = judge(LIMITS, query, json!({})).unwrap_err();
    (error.code(), error.message().to_owned())
}

#[test]
fn a_list_multiplies_the_cost_of_what_is_under_it_by_its_page_size() {
    assert_eq!(cost("{ initiatives(first: 10) { nodes { id title } } }"), 31);
    assert_eq!(cost("{ initiatives { nodes { id title } } }"), 61);
    assert_eq!(
        cost("query($n: Int = 7) { initiatives(first: $n) { nodes { id title } } }"),
        22
    );
    assert_eq!(
        cost_with(
            "query($n: Int) { initiatives(last: $n) { nodes { ...F } } } fragment F on Initiative { id title }",
            json!({ "n": 100 })
        ),
        301
    );
}

#[test]
fn a_fragment_costs_what_it_holds_wherever_it_is_spread() {
    let spread = cost(
        "{ a: initiatives(first: 3) { nodes { ...F } } b: initiatives(first: 4) { nodes { ...F ...F } } } \
         fragment F on Initiative { id evidence(first: 2) { nodes { id } } }",
    );
    let f = 1 + (1 + 2 * (1 + 1));
    assert_eq!(spread, (1 + 3 * (1 + f)) + (1 + 4 * (1 + 2 * f)));
}

#[test]
fn a_refusal_states_the_limit_and_the_actual_figure() {
    let (code, message) = refusal("{ initiatives(first: 100) { nodes { evidence(first: 100) { nodes { id } } } } }");
    assert_eq!(code, Code::CostLimitExceeded);
    assert!(
        message.contains("costs 20201") && message.contains("10000"),
        "{message}"
    );

    let aliases: String = (0..6).map(|n| format!("a{n}: __typename ")).collect();
    let (code, message) = refusal(&format!("{{ {aliases} }}"));
    assert_eq!(code, Code::AliasLimitExceeded);
    assert!(
        message.contains("6 aliases") && message.contains("at most 5"),
        "{message}"
    );

    let deep = "{ themes { ".to_owned() + &"broader { ".repeat(10) + "id" + &" }".repeat(12);
    let (code, message) = refusal(&deep);
    assert_eq!(code, Code::DepthLimitExceeded);
    assert!(
        message.contains("12 levels") && message.contains("at most 10"),
        "{message}"
    );

    let directives = "__typename @skip(if: false) @include(if: true) ".repeat(4);
    let (code, message) = refusal(&format!("{{ {directives} }}"));
    assert_eq!(code, Code::DirectiveLimitExceeded);
    assert!(message.contains("8 directives"), "{message}");

    let (code, message) = refusal("{ ...F ...F } fragment F on Query { __typename __typename __typename __typename }");
    assert_eq!(code, Code::RootFieldLimitExceeded);
    assert!(message.contains("8 fields at its root"), "{message}");

    let (code, message) = refusal(&format!("{{ {} }}", "__typename ".repeat(1_000)));
    assert_eq!(code, Code::TokenLimitExceeded);
    assert!(message.contains("1002 tokens"), "{message}");
}

#[test]
fn a_fragment_that_contains_itself_is_refused() {
    let (code, _) = refusal("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }");
    assert_eq!(code, Code::GraphqlValidationFailed);
}

fn bomb(fragments: usize) -> String {
    let mut text = String::new();
    for n in 0..fragments {
        text += &format!(" fragment F{n} on Query {{ ...F{0} ...F{0} }}", n + 1);
    }
    text + &format!(" fragment F{fragments} on Query {{ __typename }}")
}

#[test]
fn fragments_that_explode_are_refused_in_whatever_operation_they_are() {
    let (code, message) = refusal(&format!("{{ ...F0 }} {}", bomb(30)));
    assert_eq!(code, Code::CostLimitExceeded);
    assert!(message.contains("selections"), "{message}");
    // The operation to be executed is harmless; validation would visit the other one all the same.
    let types = Types::read(&crate::graphql::sdl()).unwrap();
    let text = format!("query A {{ __typename }} query B {{ ...F0 }} {}", bomb(30));
    let document = parse_query(&text).unwrap();
    let harmless = operation(&document, Some("A")).unwrap();
    let refused = LIMITS.check(&document, harmless, &Variables::default(), &types);
    assert_eq!(refused.unwrap_err().code(), Code::CostLimitExceeded);
}

#[test]
fn a_long_chain_of_fragments_is_refused() {
    let mut text = "{ ...F0 }".to_owned();
    for n in 0..100 {
        text += &format!(" fragment F{n} on Query {{ ...F{} }}", n + 1);
    }
    text += " fragment F100 on Query { __typename }";
    assert_eq!(refusal(&text).0, Code::DepthLimitExceeded);
}

#[test]
fn the_text_is_refused_for_brackets_and_names_that_are_dangerous_to_parse() {
    for (open, close) in [("[", "]"), ("{a:", "}")] {
        let text = format!("{{ node(id: {}1{}) {{ id }} }}", open.repeat(100), close.repeat(100));
        let error = LIMITS.check_text(&text).unwrap_err();
        assert_eq!(error.code(), Code::DepthLimitExceeded);
        assert!(error.message().contains("102 brackets"), "{}", error.message());
    }
    let error = LIMITS.check_text(&format!("{{ {} }}", "a".repeat(5_000))).unwrap_err();
    assert_eq!(error.code(), Code::TokenLimitExceeded);
}

/// The parser has to come through what the check on the text lets through, on the stack of a worker thread.
#[test]
fn what_is_let_through_to_the_parser_does_not_overflow_the_stack() {
    let runs = std::thread::Builder::new()
        .stack_size(1024 * 1024)
        .spawn(|| {
            let inner = MAX_NESTING - 2;
            for text in [
                format!("{{ a(b: {}{}) }}", "[".repeat(inner), "]".repeat(inner)),
                format!("{{ a(b: {}1{}) }}", "{c:".repeat(inner), "}".repeat(inner)),
                format!("query($v: {}Int{}) {{ a }}", "[".repeat(inner), "]".repeat(inner)),
                format!("{}a{}", "{a".repeat(MAX_NESTING), "}".repeat(MAX_NESTING)),
                format!("{}a{}", "{...".repeat(MAX_NESTING), "}".repeat(MAX_NESTING)),
            ] {
                LIMITS.check_text(&text).unwrap();
                let _ = parse_query(&text);
            }
        })
        .unwrap();
    runs.join().unwrap();
}

/// What GraphiQL and code generators ask for.
const INTROSPECTION: &str = "query IntrospectionQuery { __schema { description queryType { name } mutationType { name } \
    subscriptionType { name } types { ...FullType } directives { name description isRepeatable locations \
    args(includeDeprecated: true) { ...InputValue } } } } \
    fragment FullType on __Type { kind name description specifiedByURL isOneOf fields(includeDeprecated: true) { name \
    description args(includeDeprecated: true) { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason } \
    inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef } enumValues(includeDeprecated: true) { \
    name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } } \
    fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated \
    deprecationReason } \
    fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name \
    ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }";

#[test]
fn the_whole_schema_can_be_asked_for_at_less_than_half_the_highest_cost() {
    let cost = cost(INTROSPECTION);
    assert!(cost > 100 && cost < LIMITS.cost, "{cost}");
}

#[test]
fn types_that_lead_back_to_each_other_cost_what_they_multiply_to() {
    let query = format!(
        "{{ __type(name: \"Node\") {{ {}name{} }} }}",
        "possibleTypes { interfaces { ".repeat(6),
        " } }".repeat(6)
    );
    assert_eq!(refusal(&query).0, Code::CostLimitExceeded);
}

#[test]
fn the_schema_can_be_closed() {
    let closed = Limits {
        introspection: false,
        ..LIMITS
    };
    for query in [
        "{ __schema { types { name } } }",
        "{ ... { ...F } } fragment F on Query { x: __type(name: \"Node\") { name } }",
    ] {
        let error = judge(closed, query, json!({})).unwrap_err();
        assert_eq!(error.code(), Code::IntrospectionDisabled);
    }
}
