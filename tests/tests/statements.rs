//! How many SQL statements a query takes: one for each relation and level, however many parents there are.

use std::time::Duration;

use praxis_tests::{Backend, Options, Server, on_both_databases};

/// A server whose index can't be reached, so that its follower soon rests and only queries take statements.
async fn quiet(backend: Backend) -> Server {
    let server = Server::start(Options::sample(backend).with("PRAXIS_MEILISEARCH_URL", "http://127.0.0.1:9")).await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    server
}

/// Asks with one parent and with fifty, and expects the same number both times. `#` in the query is the page size.
async fn takes(server: &Server, expected: u64, query: &str) {
    for size in ["1", "50"] {
        let query = query.replace('#', size);
        assert_eq!(server.statements_of(&query).await, expected, "{query}");
    }
}

const RELATED: &str = "partners { role organization { title } } evidence(first: 5) { nodes { title } }
    lessons(first: 5) { nodes { title } }";

on_both_databases! {
    async fn a_query_takes_one_statement_for_each_relation_and_level(backend: Backend) {
        let server = quiet(backend).await;
        lists_and_what_all_kinds_share(&server).await;
        relations(&server).await;
        counts(&server).await;
        single_items_and_walks(&server).await;
    }

    async fn counting_what_cites_a_resource_takes_one_statement_more(backend: Backend) {
        let server = quiet(backend).await;
        let query = |more: &str| format!("{{ resources(first: 50) {{ nodes {{ citedBy {{ {more} nodes {{ id }} }} }} }} }}");
        let without = server.statements_of(&query("")).await;
        let with = server.statements_of(&query("totalCount")).await;
        assert!(with <= without + 1, "{with} with the count, {without} without");
    }

    async fn a_query_takes_the_same_number_of_statements_every_time(backend: Backend) {
        let server = quiet(backend).await;
        let query = "{ initiatives(first: 50) { nodes { evidence(first: 2) { nodes { lessons(first: 2) { totalCount nodes {
            initiatives(first: 2) { totalCount nodes { id } } } } } } } } }";
        server.query(query).await.data();
        let mut more = Vec::new();
        for _ in 0..30 {
            let before = server.statements().await;
            server.query(query).await.data();
            let taken = server.statements().await - before;
            if taken > 6.0 {
                more.push(taken);
            }
        }
        // A scrape may come before the last statement of the query before it is counted.
        assert!(more.len() <= 2, "{more:?}");
    }

    async fn a_search_takes_one_statement_for_each_kind_of_its_hits(backend: Backend) {
        let server = Server::start(Options::sample(backend)).await;
        for size in [1, 100] {
            for (filter, expected) in [("[LESSON]", 1), ("[LESSON, EVIDENCE]", 2)] {
                let query = format!(
                    "{{ search(query: \"child\", filter: {{ kinds: {filter} }}, first: {size}) {{ nodes {{ title }} }} }}"
                );
                let taken = server.statements_of(&query).await;
                assert!(if size == 1 { taken == 1 } else { taken == expected }, "{size} {filter}: {taken}");
            }
        }
    }
}

async fn lists_and_what_all_kinds_share(server: &Server) {
    for list in [
        "practitioners",
        "organizations",
        "initiatives",
        "evidence",
        "lessons",
        "resources",
    ] {
        let shared = "id slug title summary summaryHtml language status revision publishedAt updatedAt url";
        takes(
            server,
            1,
            &format!("{{ {list}(first: #) {{ nodes {{ {shared} }} pageInfo {{ endCursor }} }} }}"),
        )
        .await;
        // Themes and countries stand in one table.
        let concepts = "themes { slug label(language: \"fr\") broader { slug } } countries { name region { name } }";
        takes(
            server,
            2,
            &format!("{{ {list}(first: #) {{ nodes {{ title {concepts} }} }} }}"),
        )
        .await;
        let translated = "availableLanguages fr: title(language: \"fr\") es: summary(language: \"es\")
            summaryHtml(language: \"fr-CA\")";
        takes(
            server,
            2,
            &format!("{{ {list}(first: #) {{ nodes {{ {translated} }} }} }}"),
        )
        .await;
        let cited = "citations(first: 3) { totalCount nodes { locator resource { title link } } }";
        takes(server, 2, &format!("{{ {list}(first: #) {{ nodes {{ {cited} }} }} }}")).await;
        takes(
            server,
            2,
            &format!("{{ {list}(first: #) {{ nodes {{ revisions {{ totalCount nodes {{ number }} }} }} }} }}"),
        )
        .await;
        takes(
            server,
            2,
            &format!("{{ {list}(first: #) {{ nodes {{ contributors {{ nodes {{ title }} }} }} }} }}"),
        )
        .await;
    }
    takes(
        server,
        2,
        "{ initiatives(first: #) { nodes { themes { slug } countries { code } instruments { slug } } } }",
    )
    .await;
    takes(
        server,
        1,
        "{ initiatives(first: #, filter: { themes: [\"education\"], hasEvidence: true }) { nodes { id } } }",
    )
    .await;
    let vocabularies =
        "{ themes { label narrower { label } } instruments { label } countries { name } regions { name } }";
    assert_eq!(server.statements_of(vocabularies).await, 0);
}

async fn relations(server: &Server) {
    takes(
        server,
        4,
        &format!("{{ initiatives(first: #) {{ nodes {{ title {RELATED} }} }} }}"),
    )
    .await;
    let concepts = "themes { label } countries { name } instruments { label }";
    takes(
        server,
        5,
        &format!("{{ initiatives(first: #) {{ nodes {{ title {concepts} {RELATED} }} }} }}"),
    )
    .await;
    let translated = "availableLanguages french: title(language: \"fr\")";
    takes(
        server,
        6,
        &format!("{{ initiatives(first: #) {{ nodes {{ {translated} {concepts} {RELATED} }} }} }}"),
    )
    .await;
    let cited = "citations(first: 2) { nodes { locator resource { title } } }";
    takes(
        server,
        7,
        &format!("{{ initiatives(first: #) {{ nodes {{ {translated} {concepts} {cited} {RELATED} }} }} }}"),
    )
    .await;
    let all = "adaptedFrom { nodes { id } } adaptations { nodes { id } } partOf { nodes { id } } parts { nodes { id } }
        follows { nodes { id } } followedBy { nodes { id } } people { practitioner { id } } partners { organization { id } }
        evidence { nodes { id } } lessons { nodes { id } } contributors { nodes { id } }";
    takes(
        server,
        12,
        &format!("{{ initiatives(first: #) {{ nodes {{ {all} }} }} }}"),
    )
    .await;
    // The same relation with other arguments is another statement; the same one asked for twice is not.
    takes(
        server,
        3,
        "{ initiatives(first: #) { nodes { a: evidence(first: 2) { nodes { id } } b: evidence(first: 3) { nodes { id } }
           c: evidence(first: 2) { nodes { title } } } } }",
    )
    .await;
    takes(
        server,
        4,
        "{ lessons(first: #) { nodes { initiatives(first: 3) { nodes { slug } } supportedBy(first: 3) { nodes { slug } }
           challengedBy(first: 3) { nodes { slug } } } } }",
    )
    .await;
    takes(
        server,
        4,
        "{ evidence(first: #) { nodes { strength { score reasons } measurements { metric } appraisals { rationale }
           initiatives(first: 3) { nodes { slug } } lessons(first: 3) { nodes { slug } }
           challengedLessons(first: 3) { nodes { slug } } } } }",
    )
    .await;
    takes(
        server,
        9,
        "{ resources(first: #) { nodes { identifiers { url } authors { slug } publishers { slug } translations { slug }
           translationOf { slug } childFriendlyVersions { slug } newerVersions { slug } partOf { slug } parts { slug } } } }",
    )
    .await;
    takes(
        server,
        5,
        "{ organizations(first: #) { nodes { members { nodes { slug } } memberOf { nodes { slug } }
           initiatives(role: LEAD, first: 5) { nodes { slug } } resources { nodes { slug } } } } }",
    )
    .await;
    takes(
        server,
        4,
        "{ practitioners(first: #) { nodes { affiliations { role organization { slug } } initiatives { nodes { slug } }
           lessons { nodes { slug } } } } }",
    )
    .await;
    // Three levels down it is still one for each, and less only where a level is empty.
    let chain = "{ initiatives(first: #) { nodes { evidence(first: 2) { nodes { lessons(first: 2) { nodes {
        initiatives(first: 2) { nodes { slug } } } } } } } } }";
    assert!(server.statements_of(&chain.replace('#', "1")).await <= 4);
    assert_eq!(server.statements_of(&chain.replace('#', "50")).await, 4);
}

async fn counts(server: &Server) {
    for list in [
        "practitioners",
        "organizations",
        "initiatives",
        "evidence",
        "lessons",
        "resources",
    ] {
        takes(
            server,
            2,
            &format!("{{ {list}(first: #) {{ totalCount nodes {{ id }} }} }}"),
        )
        .await;
    }
    takes(
        server,
        2,
        "{ evidence(first: #, filter: { minimumStrength: MODERATE }) { totalCount nodes { id } } }",
    )
    .await;
    takes(
        server,
        3,
        "{ initiatives(first: #) { nodes { evidence(first: 2) { totalCount nodes { id } } } } }",
    )
    .await;
    takes(server, 5, "{ initiatives(first: #) { nodes { evidence { totalCount nodes { id } } lessons { totalCount nodes { id } } } } }").await;
    takes(
        server,
        3,
        "{ organizations(first: #) { nodes { initiatives { totalCount nodes { id } } } } }",
    )
    .await;
}

async fn single_items_and_walks(server: &Server) {
    let answer = server
        .query(
            "{ initiatives(first: 100) { nodes { id } } lessons(first: 3) { nodes { id } } themes { id }
               big: content(kind: INITIATIVE, slug: \"save-the-children-upr-engagement\") { id } }",
        )
        .await;
    let data = answer.data();
    let ids = |count: usize| {
        let nodes = data["initiatives"]["nodes"].as_array().unwrap();
        nodes
            .iter()
            .take(count)
            .map(|node| node["id"].to_string())
            .collect::<Vec<_>>()
            .join(", ")
    };
    for count in [1, 50, 100] {
        let query = format!("{{ nodes(ids: [{}]) {{ ... on Content {{ title }} }} }}", ids(count));
        assert_eq!(server.statements_of(&query).await, 1, "{count} nodes of one kind");
    }
    let lesson = data["lessons"]["nodes"][0]["id"].to_string();
    let theme = data["themes"][0]["id"].to_string();
    let mixed = format!(
        "{{ nodes(ids: [{}, {lesson}, {theme}]) {{ id ... on Content {{ title }} }} }}",
        ids(5)
    );
    assert_eq!(
        server.statements_of(&mixed).await,
        2,
        "one for each kind of content, none for a theme"
    );
    assert_eq!(
        server
            .statements_of(&format!("{{ node(id: {lesson}) {{ id }} }}"))
            .await,
        1
    );
    let by_slug = "{ content(kind: INITIATIVE, slug: \"save-the-children-upr-engagement\") { title } }";
    assert_eq!(server.statements_of(by_slug).await, 2);

    // Whatever cites it: one statement for the places, and one for each of the kinds that cite.
    let cited = "citedBy(first: 100) { nodes { __typename title } }";
    for size in [1, 50] {
        let query = format!("{{ resources(first: {size}, orderBy: TITLE) {{ nodes {{ {cited} }} }} }}");
        assert!(server.statements_of(&query).await <= 2 + 7, "{size}");
    }

    // The item itself, one for each step, one to close the last of them, one for each of the five kinds on the way.
    let start = data["big"]["id"].to_string();
    for depth in 1..=3u64 {
        let query =
            format!("{{ trail(from: {start}, depth: {depth}) {{ nodes {{ __typename }} links {{ from to }} }} }}");
        let taken = server.statements_of(&query).await;
        assert!(taken <= 2 + depth + 5, "depth {depth}: {taken}");
    }
    for (rows, columns, expected) in [
        ("OUTCOME_DOMAIN", "STUDY_DESIGN", 1),
        ("THEME", "STUDY_DESIGN", 2),
        ("INSTRUMENT", "FACTOR", 3),
        ("COUNTRY", "OUTCOME_DOMAIN", 2),
    ] {
        let query = format!("{{ evidenceMap(rows: {rows}, columns: {columns}) {{ cells {{ count }} }} }}");
        assert_eq!(server.statements_of(&query).await, expected, "{rows} by {columns}");
    }
    for (content, expected) in [("", 1), ("content { title }", 2)] {
        let query = format!("{{ changes(first: 50, kinds: [LESSON]) {{ nodes {{ type id {content} }} }} }}");
        assert_eq!(server.statements_of(&query).await, expected, "changes {content}");
    }
}
