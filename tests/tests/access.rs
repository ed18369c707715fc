//! Who may ask for what: the whole schema, with every role and with applications of every scope, against the one table that
//! says so.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use praxis_tests::{Item, Options, Server, on_both_databases};
use serde_json::{Map, Value, json};

/// The schema as introspection tells it.
struct Schema {
    types: BTreeMap<String, Value>,
}

const INTROSPECTION: &str = "{ __schema { types { kind name
    fields { name args { name defaultValue type { ...T } } type { ...T } }
    inputFields { name defaultValue type { ...T } } enumValues { name } isOneOf } } }
    fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

impl Schema {
    async fn read(server: &Server) -> Self {
        let answer = server.query(INTROSPECTION).await;
        let types = answer.data()["__schema"]["types"].as_array().unwrap().clone();
        let named = types
            .into_iter()
            .map(|one| (one["name"].as_str().unwrap().to_owned(), one));
        Self {
            types: named.filter(|(name, _)| !name.starts_with("__")).collect(),
        }
    }

    fn fields(&self, name: &str) -> Vec<Value> {
        let fields = self.types.get(name).and_then(|one| one["fields"].as_array());
        fields.cloned().unwrap_or_default()
    }

    /// A value of a type, with nothing that may be left out. Ids are those of `ids`, by the name of the field.
    fn value(&self, kind: &Value, field: &str, ids: &Map<String, Value>) -> Value {
        match kind["kind"].as_str().unwrap() {
            "NON_NULL" => self.value(&kind["ofType"], field, ids),
            "LIST" => json!([self.value(&kind["ofType"], field, ids)]),
            "ENUM" => self.types[kind["name"].as_str().unwrap()]["enumValues"][0]["name"].clone(),
            "INPUT_OBJECT" => {
                let described = &self.types[kind["name"].as_str().unwrap()];
                let fields = described["inputFields"].as_array().unwrap();
                let one_of = described["isOneOf"] == true;
                let mut value = Map::new();
                for one in fields {
                    let name = one["name"].as_str().unwrap();
                    let lesson = one_of && name == "lesson";
                    if lesson || (!one_of && required(one)) {
                        value.insert(name.to_owned(), self.value(&one["type"], name, ids));
                    }
                }
                Value::Object(value)
            }
            _ => match kind["name"].as_str().unwrap() {
                "ID" => ids.get(field).unwrap_or_else(|| panic!("no id for {field}")).clone(),
                "Int" | "Float" => json!(1),
                "Boolean" => json!(true),
                "LanguageTag" => json!("en"),
                "CountryCode" => json!("NP"),
                "Date" => json!("2020-01-31"),
                _ if field == "language" => json!("en"),
                _ => json!("words enough for a password"),
            },
        }
    }

    /// A field of a root type, called with what it needs and selecting no more than its type's name.
    fn call(&self, root: &str, field: &Value, ids: &Map<String, Value>) -> (String, Value) {
        let name = field["name"].as_str().unwrap();
        let mut declared = Vec::new();
        let mut given = Vec::new();
        let mut variables = Map::new();
        for argument in field["args"].as_array().unwrap().iter().filter(|one| required(one)) {
            let argument_name = argument["name"].as_str().unwrap();
            declared.push(format!("${argument_name}: {}", written(&argument["type"])));
            given.push(format!("{argument_name}: ${argument_name}"));
            variables.insert(
                argument_name.to_owned(),
                self.value(&argument["type"], argument_name, ids),
            );
        }
        let list = |parts: Vec<String>| match parts.is_empty() {
            true => String::new(),
            false => format!("({})", parts.join(", ")),
        };
        let composite = self.types[innermost(&field["type"])]["kind"].as_str().unwrap();
        let selection = match composite {
            "OBJECT" | "INTERFACE" | "UNION" => " { __typename }",
            _ => "",
        };
        let operation = root.to_lowercase();
        let query = format!("{operation} {} {{ {name}{}{selection} }}", list(declared), list(given));
        (query, Value::Object(variables))
    }
}

fn required(argument: &Value) -> bool {
    argument["type"]["kind"] == "NON_NULL" && argument["defaultValue"].is_null()
}

fn innermost(kind: &Value) -> &str {
    match kind["ofType"].is_null() {
        true => kind["name"].as_str().unwrap(),
        false => innermost(&kind["ofType"]),
    }
}

fn written(kind: &Value) -> String {
    match kind["kind"].as_str().unwrap() {
        "NON_NULL" => format!("{}!", written(&kind["ofType"])),
        "LIST" => format!("[{}]", written(&kind["ofType"])),
        _ => kind["name"].as_str().unwrap().to_owned(),
    }
}

/// Who has access, and with which scopes an application has.
struct Access {
    roles: String,
    scopes: String,
}

/// The table as the binary prints it.
fn table(server: &Server) -> BTreeMap<String, Access> {
    let output = server.run(&["schema", "--access"]);
    assert!(output.status.success());
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            let [name, roles, scopes] = columns[..] else { panic!("a line has three columns: {line}") };
            (name.to_owned(), Access { roles: roles.to_owned(), scopes: scopes.to_owned() })
        })
        .collect()
}

/// The roles beside that of a member, as the command line takes them and as the API shows them.
const ROLES: [(&str, &str); 4] = [
    ("trusted-member", "TRUSTED_MEMBER"),
    ("moderator", "MODERATOR"),
    ("safeguarding-lead", "SAFEGUARDING_LEAD"),
    ("admin", "ADMIN"),
];

/// The scopes that there are.
const SCOPES: [&str; 7] = [
    "content:contribute",
    "content:flag",
    "curation:moderate",
    "curation:decide",
    "searches:manage",
    "notifications:read",
    "profile:read",
];

/// Somebody who asks.
#[derive(Debug)]
struct Caller {
    token: Option<String>,
    roles: Vec<&'static str>,
    /// The scopes of an application; none of people.
    scopes: Option<Vec<&'static str>>,
}

impl Access {
    fn allows(&self, caller: &Caller) -> bool {
        let role = match self.roles.as_str() {
            "ANYONE" => true,
            _ if caller.token.is_none() => false,
            "SIGNED_IN" => true,
            named => named.split(',').any(|role| caller.roles.contains(&role)),
        };
        let scope = match (self.scopes.as_str(), &caller.scopes) {
            ("-", _) | (_, None) => true,
            (named, Some(scopes)) => named.split(',').any(|scope| scopes.contains(&scope)),
        };
        role && scope
    }
}

/// Everybody who asks: nobody, a member of each role, and applications that act for somebody with all roles, one with each scope
/// and one with all; and one with all scopes that acts for a member without a role.
async fn callers(server: &Server) -> Vec<Caller> {
    let person = |token, roles| Caller { token, roles, scopes: None };
    let mut callers = vec![person(None, vec![])];
    let member = server.member("member@example.org", &[]).await;
    callers.push(person(Some(member.session.access.clone()), vec!["MEMBER"]));
    for (argument, role) in ROLES {
        let member = server.member(&format!("{argument}@example.org"), &[argument]).await;
        callers.push(person(Some(member.session.access), vec!["MEMBER", role]));
    }
    let all = server.member("all@example.org", &ROLES.map(|(argument, _)| argument)).await;
    let every: Vec<&str> = std::iter::once("MEMBER").chain(ROLES.map(|(_, role)| role)).collect();
    let mut wanted: Vec<(_, _, Vec<&'static str>)> = SCOPES.iter().map(|scope| (&all, every.clone(), vec![*scope])).collect();
    wanted.push((&all, every.clone(), SCOPES.to_vec()));
    wanted.push((&member, vec!["MEMBER"], SCOPES.to_vec()));
    for (member, roles, scopes) in wanted {
        let client = server.client_of(member, &scopes).await;
        let token = Some(server.client_token(&client).await);
        callers.push(Caller { token, roles, scopes: Some(scopes) });
    }
    callers
}

on_both_databases! {
    async fn the_table_of_access_names_every_root_field_and_every_type(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let schema = Schema::read(&server).await;
        let table = table(&server);
        let roots = ["Query", "Mutation", "Subscription"];
        let mut wanted: BTreeSet<String> = BTreeSet::new();
        for root in roots {
            wanted.extend(schema.fields(root).iter().map(|field| format!("{root}.{}", field["name"].as_str().unwrap())));
        }
        for (name, described) in &schema.types {
            let composite = matches!(described["kind"].as_str(), Some("OBJECT" | "INTERFACE" | "UNION"));
            if composite && !roots.contains(&name.as_str()) {
                wanted.insert(name.clone());
            }
        }
        let fields: BTreeSet<String> = schema.types.keys().flat_map(|name| {
            schema.fields(name).into_iter().map(move |field| format!("{name}.{}", field["name"].as_str().unwrap()))
        }).collect();
        let named: BTreeSet<String> = table.keys().filter(|name| wanted.contains(*name) || !fields.contains(*name)).cloned().collect();
        assert_eq!(wanted, named);
    }

    async fn every_root_field_is_open_to_exactly_the_roles_and_scopes_that_the_table_names(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        server.import(&[Item::new("lesson", "a-lesson", "A lesson", json!({}))]);
        let found = server.query("{ content(kind: LESSON, slug: \"a-lesson\") { id } }").await;
        let content = found.data()["content"]["id"].as_str().unwrap().to_owned();
        let key = content.split_once('_').unwrap().1;
        let ids = json!({
            "id": content, "ids": content, "from": content,
            "submission": format!("submission_{key}"), "submissions": format!("submission_{key}"),
            "content": content, "appeal": format!("appeal_{key}"), "finding": format!("finding_{key}"), "consent": format!("consent_{key}"), "flag": format!("flag_{key}"),
            "savedSearch": format!("savedsearch_{key}"), "externalIdentity": format!("externalidentity_{key}"),
            "recommendation": format!("recommendation_{key}"),
            "client": format!("client_{key}"), "actsFor": format!("account_{key}"),
        });
        let ids = ids.as_object().unwrap();
        let schema = Schema::read(&server).await;
        let table = table(&server);

        let callers = callers(&server).await;
        let mut wrong = Vec::new();
        for root in ["Query", "Mutation"] {
            for field in schema.fields(root) {
                let name = format!("{root}.{}", field["name"].as_str().unwrap());
                // These end the caller's own session, so that nothing could be asked afterwards.
                if matches!(name.as_str(), "Mutation.signOutEverywhere") {
                    continue;
                }
                let access = &table[&name];
                let (query, variables) = schema.call(root, &field, ids);
                for caller in &callers {
                    let who = format!("{:?} with {:?}", caller.roles, caller.scopes);
                    let answer = server.ask_as(caller.token.as_deref(), &query, variables.clone()).await;
                    let codes = answer.codes();
                    let refused = codes.iter().any(|code| matches!(*code, "UNAUTHENTICATED" | "FORBIDDEN"));
                    if refused == access.allows(caller) {
                        let Access { roles, scopes } = access;
                        wrong.push(format!("{name} for {who}, table {roles} with {scopes}: {codes:?}"));
                    }
                    // Whoever is refused is told why by the right code.
                    if refused {
                        let code = if caller.token.is_some() { "FORBIDDEN" } else { "UNAUTHENTICATED" };
                        if codes.first() != Some(&code) {
                            wrong.push(format!("{name} for {who}: {codes:?} instead of {code}"));
                        }
                    }
                    for code in codes {
                        if matches!(code, "INTERNAL" | "GRAPHQL_VALIDATION_FAILED" | "GRAPHQL_PARSE_FAILED") {
                            wrong.push(format!("{name} for {who}: {:#}", answer.body));
                        }
                    }
                }
            }
        }
        for field in schema.fields("Subscription") {
            let name = format!("Subscription.{}", field["name"].as_str().unwrap());
            let (query, _) = schema.call("Subscription", &field, ids);
            for caller in &callers {
                let mut events = server.events(caller.token.as_deref(), &query).await;
                // A subscription that is open has nothing to say yet.
                let first = tokio::time::timeout(Duration::from_millis(700), events.next()).await;
                let code = first.ok().flatten().map(|(_, said)| said["errors"][0]["extensions"]["code"].clone());
                let expected = match (table[&name].allows(caller), &caller.token) {
                    (true, _) => None,
                    (false, Some(_)) => Some(json!("FORBIDDEN")),
                    (false, None) => Some(json!("UNAUTHENTICATED")),
                };
                if code != expected {
                    wrong.push(format!("{name} for {caller:?}: {code:?} instead of {expected:?}"));
                }
            }
        }
        assert_eq!(wrong, Vec::<String>::new());
    }
}
