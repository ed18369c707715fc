//! Paging through lists: every item once, in order, forward and backward, whatever happens in between.

use std::collections::BTreeSet;

use praxis_tests::{Item, Options, Server, on_both_databases, slugs, sorted_slugs};
use serde_json::{Value, json};

const LISTS: [(&str, &str); 6] = [
    ("practitioners", "practitioner"),
    ("organizations", "organization"),
    ("initiatives", "initiative"),
    ("evidence", "evidence"),
    ("lessons", "lesson"),
    ("resources", "resource"),
];

const ORDERS: [&str; 4] = ["NEWEST", "OLDEST", "RECENTLY_UPDATED", "TITLE"];

/// Titles whose order is told by the folded text behind them.
const TITLES: [(&str, &str); 11] = [
    ("Écoles", "ecoles"),
    ("ecoles", "ecoles"),
    ("Zebra", "zebra"),
    ("apple", "apple"),
    ("Apple", "apple"),
    ("Ärger", "arger"),
    ("mañana", "manana"),
    ("manana", "manana"),
    ("10 years", "10 years"),
    ("9 years", "9 years"),
    ("ωmega", "ωmega"),
];

/// How many items the first import brings; the second brings the others.
const EARLIER: usize = 6;

/// The items that a third import changes.
const CHANGED: [usize; 2] = [1, 8];

fn item(kind: &str, index: usize, more: Value) -> Item {
    let mut more = more;
    if kind == "evidence" {
        more["citations"] = json!([{ "resource": "resource-00", "locator": "p. 1" }]);
    }
    Item::new(kind, &format!("{kind}-{index:02}"), TITLES[index].0, more)
}

async fn collection(server: &Server) {
    let of_all_kinds = |indexes: &[usize], more: Value| -> Vec<Item> {
        LISTS
            .iter()
            .flat_map(|(_, kind)| indexes.iter().map(|index| item(kind, *index, more.clone())))
            .collect()
    };
    server.import(&of_all_kinds(&(0..EARLIER).collect::<Vec<_>>(), json!({})));
    server.import(&of_all_kinds(&(EARLIER..TITLES.len()).collect::<Vec<_>>(), json!({})));
    server.import(&of_all_kinds(&CHANGED, json!({ "summary": "Changed." })));
}

/// What an item is ordered by; items that share it may stand in any order.
fn rank(order: &str, slug: &str) -> String {
    let index: usize = slug[slug.len() - 2..].parse().unwrap();
    let later = index >= EARLIER;
    match order {
        "NEWEST" => (!later).to_string(),
        "OLDEST" => later.to_string(),
        "RECENTLY_UPDATED" => format!("{}{}", !CHANGED.contains(&index), !later),
        _ => TITLES[index].1.to_owned(),
    }
}

async fn page(server: &Server, list: &str, order: &str, arguments: &str) -> Value {
    let answer = server
        .query(&format!(
            "{{ {list}(orderBy: {order}, {arguments}) {{ totalCount edges {{ cursor node {{ slug }} }}
                nodes {{ slug }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"
        ))
        .await;
    let found = answer.data()[list].clone();
    let edges = found["edges"].as_array().unwrap();
    assert_eq!(slugs(&found["edges"]), slugs(&found["nodes"]));
    assert_eq!(
        found["pageInfo"]["startCursor"],
        edges.first().map_or(Value::Null, |edge| edge["cursor"].clone())
    );
    assert_eq!(
        found["pageInfo"]["endCursor"],
        edges.last().map_or(Value::Null, |edge| edge["cursor"].clone())
    );
    found
}

/// Whether there is more after the page, and before it.
fn more(page: &Value) -> (bool, bool) {
    let info = &page["pageInfo"];
    (
        info["hasNextPage"].as_bool().unwrap(),
        info["hasPreviousPage"].as_bool().unwrap(),
    )
}

/// Reads a whole list in pages of this size and checks what each page says of itself.
async fn walk(server: &Server, list: &str, order: &str, size: usize, backward: bool) -> Vec<String> {
    let total = TITLES.len();
    let mut found: Vec<String> = Vec::new();
    let mut place = String::new();
    loop {
        let arguments = if backward {
            format!("last: {size}{place}")
        } else {
            format!("first: {size}{place}")
        };
        let read = page(server, list, order, &arguments).await;
        let here = slugs(&read["nodes"]);
        assert_eq!(read["totalCount"], total);
        assert_eq!(here.len(), size.min(total - found.len()), "{list} {order} {arguments}");
        let beyond = found.len() + here.len() < total;
        let begun = !found.is_empty();
        assert_eq!(
            more(&read),
            if backward { (begun, beyond) } else { (beyond, begun) },
            "{list} {order} {arguments}"
        );
        if backward {
            found.splice(0..0, here);
            place = format!(", before: {}", read["pageInfo"]["startCursor"]);
        } else {
            found.extend(here);
            place = format!(", after: {}", read["pageInfo"]["endCursor"]);
        }
        if !beyond {
            return found;
        }
    }
}

on_both_databases! {
    async fn paging_gives_every_item_once_and_in_order_in_both_directions(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        collection(&server).await;
        for (list, kind) in LISTS {
            let mut newest = Vec::new();
            for order in ORDERS {
                let whole = walk(&server, list, order, 100, false).await;
                let expected: BTreeSet<_> = (0..TITLES.len()).map(|index| format!("{kind}-{index:02}")).collect();
                assert_eq!(whole.iter().cloned().collect::<BTreeSet<_>>(), expected, "{list} {order}");
                assert!(whole.is_sorted_by_key(|slug| rank(order, slug)), "{list} {order}: {whole:?}");
                assert_eq!(walk(&server, list, order, 4, false).await, whole, "{list} {order}");
                assert_eq!(walk(&server, list, order, 3, true).await, whole, "{list} {order}");
                match order {
                    "NEWEST" => newest = whole,
                    "OLDEST" => {
                        newest.reverse();
                        assert_eq!(whole, newest, "{list}: the oldest first is the newest first, turned round");
                    }
                    _ => {}
                }
            }
        }
        for size in [1, 11, 12] {
            walk(&server, "lessons", "NEWEST", size, false).await;
            walk(&server, "lessons", "TITLE", size, true).await;
        }
        both_ends_bound_a_page(&server).await;
        a_page_that_is_none_is_refused(&server).await;
    }

    async fn what_is_inserted_between_pages_does_not_disturb_them(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        collection(&server).await;
        let before = walk(&server, "lessons", "TITLE", 100, false).await;
        let newest = walk(&server, "lessons", "NEWEST", 100, false).await;
        let mut pages = Vec::new();
        for order in ["NEWEST", "OLDEST", "TITLE"] {
            pages.push(page(&server, "lessons", order, "first: 4").await);
        }
        // One before the cursor by title, one after it; both newer than everything.
        server.import(&[
            Item::new("lesson", "lesson-aa", "0 years", json!({})),
            Item::new("lesson", "lesson-zz", "zzz", json!({})),
        ]);
        let rest = |read: &Value| format!("first: 100, after: {}", read["pageInfo"]["endCursor"]);
        let read = page(&server, "lessons", "NEWEST", &rest(&pages[0])).await;
        assert_eq!(slugs(&read["nodes"]), newest[4..]);
        assert_eq!(read["totalCount"], 13);
        let read = page(&server, "lessons", "OLDEST", &rest(&pages[1])).await;
        let old: Vec<String> = newest.iter().rev().skip(4).cloned().collect();
        let found = slugs(&read["nodes"]);
        assert_eq!(found[..7], old);
        assert_eq!(found[7..].iter().collect::<BTreeSet<_>>().len(), 2);
        let read = page(&server, "lessons", "TITLE", &rest(&pages[2])).await;
        let mut expected = before[4..].to_vec();
        expected.insert(expected.len() - 1, "lesson-zz".to_owned());
        assert_eq!(slugs(&read["nodes"]), expected);
        // A cursor keeps its place when its own item moves: the rest is read as if it had not.
        let cursor = &pages[2]["edges"][1]["cursor"];
        let moved = slugs(&pages[2]["nodes"])[1].clone();
        server.import(&[Item::new("lesson", &moved, "zzzz", json!({}))]);
        let read = page(&server, "lessons", "TITLE", &format!("first: 2, after: {cursor}")).await;
        assert_eq!(slugs(&read["nodes"]), before[2..4]);
    }

    async fn nested_lists_are_paged_for_each_parent(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        server.import(&nested());
        related_lists_are_paged(&server).await;
        citations_and_revisions_are_paged(&server).await;
        what_cites_a_resource_is_paged(&server).await;
    }

    async fn changes_are_read_in_one_order_and_resumed_anywhere(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let changes = |arguments: String| {
            let server = &server;
            async move {
                let answer = server.query(&format!(
                    "{{ changes({arguments}) {{ edges {{ cursor }} nodes {{ type id kind revision occurredAt
                        content {{ slug revision }} }} pageInfo {{ hasNextPage hasPreviousPage endCursor }} }} }}"
                )).await;
                answer.data()["changes"].clone()
            }
        };
        let empty = changes("first: 5".to_owned()).await;
        assert_eq!((&empty["nodes"], &empty["pageInfo"]["endCursor"]), (&json!([]), &Value::Null));
        collection(&server).await;
        let mut all = Vec::new();
        let mut after = String::new();
        loop {
            let read = changes(format!("first: 31{after}")).await;
            let nodes = read["nodes"].as_array().unwrap().clone();
            assert_eq!(more(&read), (all.len() + nodes.len() < 78, !all.is_empty()));
            all.extend(nodes);
            after = format!(", after: {}", read["pageInfo"]["endCursor"]);
            if read["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        // 66 items, 12 of which were changed once.
        assert_eq!(all.len(), 78);
        assert!(all[..66].iter().all(|change| change["type"] == "PUBLISHED" && change["revision"] == 1));
        assert!(all[66..].iter().all(|change| change["type"] == "UPDATED" && change["revision"] == 2));
        assert!(all.is_sorted_by_key(|change| change["occurredAt"].as_str().unwrap().to_owned()));
        let ids: BTreeSet<_> = all[..66].iter().map(|change| change["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), 66);
        // The content is as it is now, also beside an earlier change.
        let first = all.iter().find(|change| change["content"]["slug"] == "lesson-01").unwrap();
        assert_eq!((&first["revision"], &first["content"]["revision"]), (&json!(1), &json!(2)));

        let end = changes(format!("first: 5{after}")).await;
        assert_eq!((&end["nodes"], more(&end)), (&json!([]), (false, true)));
        assert_eq!(format!(", after: {}", end["pageInfo"]["endCursor"]), after, "an empty page keeps the place");
        server.import(&[Item::new("lesson", "new", "New", json!({}))]);
        let news = changes(format!("first: 5{after}")).await;
        assert_eq!(news["nodes"].as_array().unwrap().len(), 1);
        assert_eq!(news["nodes"][0]["content"]["slug"], "new");

        let lessons = changes("first: 100, kinds: [LESSON, EVIDENCE]".to_owned()).await;
        let kinds: Vec<_> = lessons["nodes"].as_array().unwrap().iter().map(|one| one["kind"].clone()).collect();
        assert_eq!(kinds.len(), 2 * 13 + 1);
        assert!(kinds.iter().all(|kind| kind == "LESSON" || kind == "EVIDENCE"));
        let none = changes("first: 100, kinds: []".to_owned()).await;
        assert_eq!(none["nodes"].as_array().unwrap().len(), 79, "an empty list is no filter");
    }

    async fn the_cursor_of_a_list_of_another_kind_is_refused(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        collection(&server).await;
        let read = page(&server, "lessons", "NEWEST", "first: 2").await;
        let answer = server.query(&format!(
            "{{ resources(after: {}) {{ nodes {{ slug }} }} }}", read["pageInfo"]["endCursor"]
        )).await;
        assert!(answer.refusal("INVALID_CURSOR").contains("cursor"));
    }

    async fn a_cursor_that_was_tampered_with_is_refused(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        collection(&server).await;
        let title = page(&server, "lessons", "TITLE", "first: 1").await;
        let title = title["pageInfo"]["endCursor"].as_str().unwrap();
        // A cursor begins with its order and the type of its key: these say the newest first, and a text.
        let text_for_moment = format!("AQ{}", &title[2..]);
        let newest = page(&server, "lessons", "NEWEST", "first: 1").await;
        let newest = newest["pageInfo"]["endCursor"].as_str().unwrap();
        let moment_for_text = format!("BA{}", &newest[2..]);
        // The title ends with NUL.
        let with_nul = "BAIAAAAAAAAAAAAAAAAAAAAAYQBi".to_owned();
        for (order, cursor) in [("NEWEST", text_for_moment), ("TITLE", moment_for_text), ("TITLE", with_nul)] {
            let answer = server.ask(
                &format!("query($after: String) {{ lessons(orderBy: {order}, after: $after) {{ nodes {{ slug }} }} }}"),
                json!({ "after": cursor }),
            ).await;
            answer.refusal("INVALID_CURSOR");
        }
    }

    async fn a_page_between_two_cursors_knows_of_the_items_at_them(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        collection(&server).await;
        let all = page(&server, "lessons", "TITLE", "first: 100").await;
        let cursor = |index: usize| all["edges"][index]["cursor"].clone();
        let between = format!("after: {}, before: {}", cursor(2), cursor(5));
        for size in ["first: 2", "last: 2", "first: 9", "last: 9"] {
            let read = page(&server, "lessons", "TITLE", &format!("{size}, {between}")).await;
            assert_eq!(more(&read), (true, true), "{size}");
        }
    }
}

async fn both_ends_bound_a_page(server: &Server) {
    let all = page(server, "lessons", "TITLE", "first: 100").await;
    let whole = slugs(&all["nodes"]);
    let cursor = |index: usize| all["edges"][index]["cursor"].clone();
    let between = |from: usize, to: usize| format!("after: {}, before: {}", cursor(from), cursor(to));
    for (arguments, expected) in [
        (format!("first: 3, {}", between(1, 8)), 2..5),
        (format!("last: 3, {}", between(1, 8)), 5..8),
        (format!("first: 9, {}", between(1, 4)), 2..4),
        (format!("last: 9, {}", between(1, 4)), 2..4),
        (format!("first: 9, {}", between(4, 5)), 0..0),
        (format!("first: 9, {}", between(5, 4)), 0..0),
        (format!("first: 2, before: {}", cursor(6)), 0..2),
        (format!("last: 2, after: {}", cursor(6)), 9..11),
        (format!("before: {}", cursor(6)), 0..6),
        (format!("after: {}", cursor(6)), 7..11),
        (format!("first: 9, after: {}", cursor(10)), 0..0),
        (format!("last: 9, before: {}", cursor(0)), 0..0),
    ] {
        let read = page(server, "lessons", "TITLE", &arguments).await;
        assert_eq!(slugs(&read["nodes"]), whole[expected], "{arguments}");
        assert_eq!(read["totalCount"], 11, "the count is that of the list");
    }
    let past_the_end = page(server, "lessons", "TITLE", &format!("first: 9, after: {}", cursor(10))).await;
    assert_eq!(more(&past_the_end), (false, true));
    let before_the_start = page(server, "lessons", "TITLE", &format!("last: 9, before: {}", cursor(0))).await;
    assert_eq!(more(&before_the_start), (true, false));
    let read = page(server, "lessons", "TITLE", &format!("first: 3, {}", between(1, 8))).await;
    assert_eq!(more(&read), (true, true));
}

async fn a_page_that_is_none_is_refused(server: &Server) {
    let refused = |field: String, code: &'static str, named: String| async move {
        let answer = server.query(&format!("{{ {field} }}")).await;
        let message = answer.refusal(code);
        assert!(message.contains(&named), "{message}");
    };
    for size in [0, -1, 101, i32::MIN] {
        for argument in ["first", "last"] {
            for (list, _) in LISTS {
                let field = format!("{list}({argument}: {size}) {{ nodes {{ id }} }}");
                refused(field, "INVALID_PAGE_SIZE", format!("`{argument}` is {size}")).await;
            }
        }
        for field in [
            format!("changes(first: {size}) {{ nodes {{ id }} }}"),
            format!("search(query: \"a\", first: {size}) {{ nodes {{ id }} }}"),
            format!("resources(first: 1) {{ nodes {{ citedBy(first: {size}) {{ nodes {{ id }} }} }} }}"),
            format!("lessons(first: 1) {{ nodes {{ initiatives(first: {size}) {{ nodes {{ id }} }} }} }}"),
            format!("lessons(first: 1) {{ nodes {{ citations(first: {size}) {{ nodes {{ note }} }} }} }}"),
            format!("lessons(first: 1) {{ nodes {{ revisions(first: {size}) {{ nodes {{ number }} }} }} }}"),
        ] {
            refused(field, "INVALID_PAGE_SIZE", format!("`first` is {size}")).await;
        }
    }
    // What could never be answered is refused before it is looked at.
    let field = format!("lessons(first: {}) {{ nodes {{ id }} }}", i32::MAX);
    refused(field, "COST_LIMIT_EXCEEDED", "`first`".to_owned()).await;
    let field = "lessons(first: 2, last: 2) { nodes { id } }".to_owned();
    refused(field, "CONFLICTING_PAGE_ARGUMENTS", "`first` and `last`".to_owned()).await;

    let answer = server
        .query(
            "{ newest: lessons(first: 2) { edges { cursor } } title: lessons(first: 2, orderBy: TITLE) { edges { cursor } }
               evidence(first: 1) { nodes { citations { edges { cursor } } revisions { edges { cursor } } } }
               changes(first: 1) { edges { cursor } } }",
        )
        .await;
    let data = answer.data();
    let first = |connection: &Value| connection["edges"][0]["cursor"].as_str().unwrap().to_owned();
    let item = &data["evidence"]["nodes"][0];
    let newest = first(&data["newest"]);
    let others = [
        first(&data["title"]),
        first(&item["citations"]),
        first(&item["revisions"]),
        first(&data["changes"]),
        String::new(),
        "x".to_owned(),
        "AAAA".to_owned(),
        "not a cursor!".to_owned(),
        "курсор".to_owned(),
        "a\u{0}b".to_owned(),
        format!("{newest}="),
        format!("{newest}AAAA"),
        newest[..newest.len() - 4].to_owned(),
        "A".repeat(3000),
    ];
    for cursor in &others {
        for field in [
            "lessons(after: $cursor) { nodes { id } }",
            "lessons(before: $cursor) { nodes { id } }",
            "lessons(first: 1) { nodes { initiatives(after: $cursor) { nodes { id } } } }",
        ] {
            let query = format!("query($cursor: String) {{ {field} }}");
            let answer = server.ask(&query, json!({ "cursor": cursor })).await;
            assert!(answer.refusal("INVALID_CURSOR").contains("cursor"), "{cursor:?}");
        }
    }
    for field in [
        "changes(after: $cursor) { nodes { id } }",
        "search(query: \"a\", after: $cursor) { nodes { id } }",
        "lessons(orderBy: OLDEST, after: $cursor) { nodes { id } }",
        "lessons(orderBy: RECENTLY_UPDATED, after: $cursor) { nodes { id } }",
        "lessons(orderBy: TITLE, after: $cursor) { nodes { id } }",
        "lessons(first: 1) { nodes { citations(after: $cursor) { nodes { note } } } }",
    ] {
        let query = format!("query($cursor: String) {{ {field} }}");
        server
            .ask(&query, json!({ "cursor": newest }))
            .await
            .refusal("INVALID_CURSOR");
    }
}

/// Two initiatives with seven and three findings, and one without; a resource that all of them cite.
fn nested() -> Vec<Item> {
    let mut items = vec![
        Item::new("initiative", "seven", "Seven", json!({})),
        Item::new("initiative", "three", "Three", json!({})),
        Item::new("initiative", "none", "None", json!({})),
        Item::new("resource", "source", "Source", json!({})),
    ];
    for (parent, count) in [("seven", 7), ("three", 3)] {
        items.extend((0..count).map(|index| {
            Item::new(
                "evidence",
                &format!("{parent}-{index}"),
                "Finding",
                json!({
                    "initiatives": [parent],
                    "direction": if index % 2 == 0 { "BENEFIT" } else { "PITFALL" },
                    "citations": (0..=index)
                        .map(|page| json!({ "resource": "source", "locator": format!("p. {page}") }))
                        .collect::<Vec<_>>(),
                }),
            )
        }));
    }
    items
}

async fn related_lists_are_paged(server: &Server) {
    let answer = server
        .query(
            "{ initiatives(orderBy: TITLE) { nodes { slug evidence(first: 3) { totalCount nodes { slug }
                 pageInfo { hasNextPage hasPreviousPage endCursor } }
               pitfalls: evidence(filter: { directions: [PITFALL] }, first: 1) { totalCount nodes { slug }
                 pageInfo { hasNextPage hasPreviousPage } } } } }",
        )
        .await;
    let nodes = answer.data()["initiatives"]["nodes"].as_array().unwrap().clone();
    assert_eq!(slugs(&json!(nodes)), ["none", "seven", "three"]);
    for (node, total, here, next, pitfalls) in [
        (&nodes[0], 0, 0, false, 0),
        (&nodes[1], 7, 3, true, 3),
        (&nodes[2], 3, 3, false, 1),
    ] {
        let list = &node["evidence"];
        assert_eq!(list["totalCount"], total);
        assert_eq!(slugs(list).len(), here);
        assert!(
            slugs(list)
                .iter()
                .all(|slug| slug.starts_with(node["slug"].as_str().unwrap()))
        );
        assert_eq!(more(list), (next, false));
        assert_eq!(node["pitfalls"]["totalCount"], pitfalls);
        assert_eq!(slugs(&node["pitfalls"]).len(), pitfalls.min(1));
        assert_eq!(more(&node["pitfalls"]), (pitfalls > 1, false));
    }
    let mut found = slugs(&nodes[1]["evidence"]);
    let mut after = nodes[1]["evidence"]["pageInfo"]["endCursor"].clone();
    for (expected, next) in [(3, true), (1, false)] {
        let answer = server
            .query(&format!(
                "{{ content(kind: INITIATIVE, slug: \"seven\") {{ ... on Initiative {{
                     evidence(first: 3, after: {after}) {{ totalCount nodes {{ slug }}
                       pageInfo {{ hasNextPage hasPreviousPage endCursor }} }} }} }} }}"
            ))
            .await;
        let list = &answer.data()["content"]["evidence"];
        assert_eq!(
            (slugs(list).len(), more(list), &list["totalCount"]),
            (expected, (next, true), &json!(7))
        );
        found.extend(slugs(list));
        after = list["pageInfo"]["endCursor"].clone();
    }
    found.sort();
    assert_eq!(found, (0..7).map(|index| format!("seven-{index}")).collect::<Vec<_>>());
}

async fn citations_and_revisions_are_paged(server: &Server) {
    let mut locators = Vec::new();
    let mut after = Value::Null;
    loop {
        let answer = server
            .query(&format!(
                "{{ content(kind: EVIDENCE, slug: \"seven-6\") {{ citations(first: 3, after: {after}) {{ totalCount
                     nodes {{ locator }} pageInfo {{ hasNextPage hasPreviousPage endCursor }} }}
                   revisions(first: 1) {{ totalCount pageInfo {{ hasNextPage hasPreviousPage }} }} }} }}"
            ))
            .await;
        let content = &answer.data()["content"];
        let list = &content["citations"];
        assert_eq!(list["totalCount"], 7);
        let begun = !locators.is_empty();
        locators.extend(
            list["nodes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["locator"].clone()),
        );
        assert_eq!(more(list), (locators.len() < 7, begun));
        assert_eq!(
            (&content["revisions"]["totalCount"], more(&content["revisions"])),
            (&json!(1), (false, false))
        );
        if locators.len() >= 7 {
            break;
        }
        after = list["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(
        locators,
        (0..7).map(|page| json!(format!("p. {page}"))).collect::<Vec<_>>()
    );
}

async fn what_cites_a_resource_is_paged(server: &Server) {
    let mut found = Vec::new();
    let mut after = Value::Null;
    for (expected, next) in [(4, true), (4, true), (2, false)] {
        let answer = server
            .query(&format!(
                "{{ resources {{ nodes {{ citedBy(first: 4, after: {after}) {{ totalCount nodes {{ slug }}
                     pageInfo {{ hasNextPage hasPreviousPage endCursor }} }} }} }} }}"
            ))
            .await;
        let list = &answer.data()["resources"]["nodes"][0]["citedBy"];
        assert_eq!(list["totalCount"], 10);
        assert_eq!((slugs(list).len(), more(list)), (expected, (next, !after.is_null())));
        found.extend(slugs(list));
        after = list["pageInfo"]["endCursor"].clone();
    }
    let expected = server.query("{ evidence(first: 100) { nodes { slug } } }").await;
    found.sort();
    assert_eq!(found, sorted_slugs(&expected.data()["evidence"]));
}
