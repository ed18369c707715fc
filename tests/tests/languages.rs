//! Languages: titles, summaries and labels in the one asked for, and what is shown where there is none.

use praxis_tests::{Item, Options, Server, on_both_databases, sample_collection};
use serde_json::{Value, json};

async fn lesson(server: &Server, slug: &str, fields: &str) -> Value {
    let answer = server
        .query(&format!("{{ content(kind: LESSON, slug: \"{slug}\") {{ {fields} }} }}"))
        .await;
    answer.data()["content"].clone()
}

on_both_databases! {
    async fn texts_are_shown_in_the_language_asked_for_or_else_in_the_original(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        server.import(&[
            Item::new("lesson", "english", "House", json!({
                "summary": "A **house**.",
                "translations": [
                    { "language": "pt-BR", "title": "Casa (BR)", "summary": "Uma casa." },
                    { "language": "fr", "title": "Maison", "summary": "Une *maison*." },
                    { "language": "es", "title": "Casa" },
                    { "language": "ar", "title": "بيت", "summary": "بيت كبير." },
                ],
            })),
            Item::new("lesson", "canadian", "Maison (CA)", json!({
                "language": "fr-CA", "translations": [{ "language": "fr", "title": "Maison (FR)" }],
            })),
            Item::new("lesson", "portuguese", "Casa", json!({
                "language": "pt", "translations": [{ "language": "pt-BR", "title": "Casa (BR)" }],
            })),
            Item::new("lesson", "alone", "Alone", json!({})),
        ]);
        let read = lesson(&server, "english", "language availableLanguages
            title fr: title(language: \"fr\") frCA: title(language: \"fr-CA\") es: title(language: \"es\")
            pt: title(language: \"pt\") ptBR: title(language: \"pt-BR\") ptPT: title(language: \"pt-PT\")
            ar: title(language: \"ar\") en: title(language: \"en\") enGB: title(language: \"en-GB\")
            ru: title(language: \"ru\") none: title(language: null)
            summary frS: summary(language: \"fr\") frCAS: summary(language: \"fr-CA\") esS: summary(language: \"es\")
            ruS: summary(language: \"ru\") frH: summaryHtml(language: \"fr\") esH: summaryHtml(language: \"es\")").await;
        assert_eq!(read["language"], "en");
        let mut available: Vec<_> = read["availableLanguages"].as_array().unwrap().clone();
        assert_eq!(available.remove(0), "en", "the original comes first");
        assert_eq!(available, ["ar", "es", "fr", "pt-BR"]);
        for (alias, expected) in [
            ("title", "House"), ("fr", "Maison"), ("frCA", "Maison"), ("es", "Casa"), ("pt", "Casa (BR)"),
            ("ptBR", "Casa (BR)"), ("ptPT", "Casa (BR)"), ("ar", "بيت"), ("en", "House"), ("enGB", "House"),
            ("ru", "House"), ("none", "House"), ("summary", "A **house**."), ("frS", "Une *maison*."),
            ("frCAS", "Une *maison*."), ("esS", "A **house**."), ("ruS", "A **house**."),
        ] {
            assert_eq!(read[alias], expected, "{alias}");
        }
        assert!(read["frH"].as_str().unwrap().contains("<em>maison</em>"));
        assert!(read["esH"].as_str().unwrap().contains("<strong>house</strong>"));

        let titles = "availableLanguages title fr: title(language: \"fr\") frCA: title(language: \"fr-CA\")
            frBE: title(language: \"fr-BE\") en: title(language: \"en\")";
        assert_eq!(lesson(&server, "canadian", titles).await, json!({
            "availableLanguages": ["fr-CA", "fr"], "title": "Maison (CA)", "fr": "Maison (FR)", "frCA": "Maison (CA)",
            "frBE": "Maison (CA)", "en": "Maison (CA)",
        }));
        let titles = "title pt: title(language: \"pt\") br: title(language: \"pt-BR\") ptPT: title(language: \"pt-PT\")";
        assert_eq!(lesson(&server, "portuguese", titles).await, json!({
            "title": "Casa", "pt": "Casa", "br": "Casa (BR)", "ptPT": "Casa",
        }));
        assert_eq!(lesson(&server, "alone", "availableLanguages fr: title(language: \"fr\") summary").await, json!({
            "availableLanguages": ["en"], "fr": "Alone", "summary": null,
        }));

        for tag in ["", "not a tag", "e", "en_GB", "français", "en-", "en\u{0}"] {
            let answer = server.ask(
                "query($tag: LanguageTag) { lessons { nodes { title(language: $tag) } } }", json!({ "tag": tag }),
            ).await;
            assert!(answer.refusal("UNKNOWN_LANGUAGE").contains("BCP 47"), "{tag:?}");
        }
        // The answer has the fields in the order of the query, and an alias is where it was written.
        let text = server
            .client
            .post(format!("{}/graphql", server.url))
            .json(&json!({ "query": "{ lessons(first: 1, orderBy: TITLE) { nodes { title slug a: title language } totalCount } }" }))
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        let node = r#"{"nodes":[{"title":"Alone","slug":"alone","a":"Alone","language":"en"}],"totalCount":4}"#;
        assert!(text.contains(node), "{text}");
    }

    async fn every_translation_of_the_sample_is_shown_and_labels_have_languages_too(backend: Backend) {
        let server = Server::start(Options::sample(backend)).await;
        let mut translated = 0;
        for (list, kind) in [("initiatives", "initiative"), ("evidence", "evidence"), ("lessons", "lesson")] {
            let mut found = Vec::new();
            let mut after = Value::Null;
            while found.is_empty() || !after.is_null() {
                let answer = server.ask(
                    &format!("query($after: String) {{ {list}(first: 100, after: $after) {{ nodes {{
                        slug fr: title(language: \"fr\") es: title(language: \"es\") ru: title(language: \"ru\")
                        en: title(language: \"en\") frS: summary(language: \"fr\") esS: summary(language: \"es\")
                        ruS: summary(language: \"ru\") enS: summary(language: \"en\") availableLanguages
                    }} pageInfo {{ hasNextPage endCursor }} }} }}"),
                    json!({ "after": after }),
                ).await;
                let page = &answer.data()[list];
                found.extend(page["nodes"].as_array().unwrap().clone());
                after = match page["pageInfo"]["hasNextPage"] == true {
                    true => page["pageInfo"]["endCursor"].clone(),
                    false => Value::Null,
                };
            }
            for item in sample_collection().iter().filter(|item| item.kind == kind) {
                let node = found.iter().find(|node| node["slug"] == item.slug).unwrap();
                let translations = item.list("translations");
                for language in ["fr", "es", "ru", "en"] {
                    let translation = translations.iter().find(|one| one["language"] == language);
                    translated += usize::from(translation.is_some());
                    let shown = translation.unwrap_or(&item.document);
                    assert_eq!(node[language], shown["title"], "{} {language}", item.slug);
                    assert_eq!(node[format!("{language}S")], shown["summary"], "{} {language}", item.slug);
                }
                let mut languages: Vec<&str> = translations.iter().filter_map(|one| one["language"].as_str()).collect();
                languages.sort_unstable();
                languages.insert(0, item.get("language").as_str().unwrap());
                assert_eq!(node["availableLanguages"], json!(languages), "{}", item.slug);
            }
        }
        assert!(translated > 300, "the sample has translations: {translated}");
        labels(&server).await;
    }
}

async fn labels(server: &Server) {
    let answer = server
        .query(
            "{ themes { slug label fr: label(language: \"fr\") frCA: label(language: \"fr-CA\") es: label(language: \"es\")
                 ar: label(language: \"ar\") tlh: label(language: \"tlh\") alternativeLabels(language: \"fr\")
                 all: alternativeLabels definition(language: \"fr\") }
               instruments { slug label fr: label(language: \"fr\") es: label(language: \"es\") }
               regions { code name fr: name(language: \"fr\") es: name(language: \"es\") }
               languages { tag name es: name(language: \"es\") autonym } }",
        )
        .await;
    let data = answer.data();
    let find = |list: &str, field: &str, value: &str| {
        let found = data[list].as_array().unwrap().iter().find(|one| one[field] == value);
        found.unwrap_or_else(|| panic!("{list} has {value}")).clone()
    };
    let marriage = find("themes", "slug", "child-marriage");
    for (alias, expected) in [
        ("label", "Child marriage"),
        ("fr", "Mariage d'enfants"),
        ("frCA", "Mariage d'enfants"),
        ("es", "Matrimonio infantil"),
        ("ar", "زواج الأطفال"),
        ("tlh", "Child marriage"),
        ("definition", "Formal marriage or informal union before the age of 18."),
    ] {
        assert_eq!(marriage[alias], expected, "{alias}");
    }
    let french = marriage["alternativeLabels"].as_array().unwrap();
    assert!(french.contains(&json!("mariage précoce")) && !french.contains(&json!("early marriage")));
    let all = marriage["all"].as_array().unwrap();
    assert!(all.contains(&json!("mariage précoce")) && all.contains(&json!("early marriage")));
    let card = find("instruments", "slug", "citizen-report-card");
    assert_eq!(
        (&card["label"], &card["fr"]),
        (&json!("Citizen report card"), &json!("Bulletin d'évaluation citoyenne"))
    );
    let africa = find("regions", "code", "002");
    assert_eq!((&africa["name"], &africa["fr"]), (&json!("Africa"), &json!("Afrique")));
    assert_eq!(find("languages", "tag", "fr")["es"], "francés");
}

on_both_databases! {
    async fn the_values_of_every_facet_have_labels_in_the_languages_of_the_vocabularies(backend: Backend) {
        let server = Server::start(Options::sample(backend)).await;
        let answer = server
            .query(
                "{ search(query: \"children\") { facets { name values {
                     value label fr: label(language: \"fr\") ca: label(language: \"fr-CA\")
                     es: label(language: \"es\") tlh: label(language: \"tlh\") } } } }",
            )
            .await;
        let facets = answer.data()["search"]["facets"].as_array().unwrap();
        for (name, value, en, fr, es) in [
            ("kinds", "LESSON", "Lesson", "Enseignement", "Lección aprendida"),
            ("directions", "BENEFIT", "Benefit", "Bénéfice", "Beneficio"),
            ("childFriendly", "false", "Other content", "Autre contenu", "Otro contenido"),
            ("outcomeDomains", "POLICY_AND_LAW", "Policy and law", "Politiques et législation", "Políticas y legislación"),
        ] {
            let facet = facets.iter().find(|facet| facet["name"] == name).unwrap();
            let mut values = facet["values"].as_array().unwrap().iter();
            let found = values.find(|one| one["value"] == value).unwrap_or_else(|| panic!("{name} has {value}"));
            for (alias, expected) in [("label", en), ("fr", fr), ("ca", fr), ("es", es), ("tlh", en)] {
                assert_eq!(found[alias], expected, "{name} {value} {alias}");
            }
        }
        for name in ["kinds", "outcomeDomains", "directions", "factors", "strengths"] {
            let facet = facets.iter().find(|facet| facet["name"] == name).unwrap();
            let values = facet["values"].as_array().unwrap();
            assert!(values.iter().all(|one| one["es"] != one["label"]), "{facet}");
        }
    }
}
