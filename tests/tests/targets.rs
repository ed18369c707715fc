//! The indicators by which plans and commitments are measured, with baselines, targets and what was reported.

use praxis_tests::scene::Scene;
use praxis_tests::{Backend, Item, Options, Place, Server, bundle, on_both_databases, slugs, sorted_slugs};
use serde_json::{Value, json};

fn indicator(slug: &str, unit: &str) -> Item {
    Item::reference("indicator", slug, json!({ "name": slug, "unit": unit, "themes": ["child-health"] }))
}

fn plan(slug: &str, level: &str, countries: Value, indicators: Value) -> Item {
    let more = json!({ "level": level, "countries": countries, "indicators": indicators });
    Item::new("initiative", slug, slug, more)
}

/// Two indicators, plans for a country, a district and two countries, and a commitment.
fn collection() -> Vec<Item> {
    let mortality = |from: f64, to: f64| {
        json!({
            "indicator": "mortality", "baseline": from, "baselinePeriod": "2010", "target": to, "targetPeriod": "2030",
            "citation": { "resource": "plan", "locator": "p. 7" },
        })
    };
    let girls = json!({
        "indicator": "enrolment", "disaggregation": "SEX=F", "baseline": 40.0, "baselinePeriod": "2012", "target": 60.0,
        "reported": [
            { "period": "2014", "value": 44.0, "citation": { "resource": "report", "locator": "p. 2", "note": "a draft" } },
            { "period": "2015-06", "value": 45.0 },
        ],
    });
    vec![
        indicator("mortality", "deaths per 1,000 live births"),
        indicator("enrolment", "%"),
        Item::new("resource", "plan", "Plan", json!({ "kind": "REPORT" })),
        Item::new("resource", "report", "Report", json!({ "kind": "REPORT" })),
        plan("of-the-country", "NATIONAL", json!(["NP"]), json!([mortality(40.0, 20.0), girls])),
        plan("of-a-district", "DISTRICT", json!(["NP"]), json!([mortality(50.0, 20.0), { "indicator": "enrolment" }])),
        plan(
            "of-two-countries",
            "NATIONAL",
            json!(["NP", "PE"]),
            json!([mortality(30.0, 10.0), { "indicator": "mortality", "disaggregation": "SEX=F" }]),
        ),
        Item::new(
            "commitment",
            "promise",
            "Promise",
            json!({ "countries": ["PE"], "indicators": [mortality(20.0, 10.0)] }),
        ),
    ]
}

fn observation(country: &str, period: &str, more: Value, value: f64) -> String {
    let mut fact = json!({ "indicator": "mortality", "country": country, "period": period, "value": value, "source": "S" });
    fact.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "fact": { "observation": fact } }).to_string() + "\n"
}

fn observations() -> String {
    [
        observation("NP", "2010", json!({}), 40.0),
        observation("NP", "2015", json!({}), 35.0),
        observation("NP", "2015", json!({ "disaggregation": "SEX=F" }), 34.0),
        observation("NP", "2090", json!({ "flag": "F" }), 5.0),
        observation("PE", "2009", json!({}), 25.0),
    ]
    .concat()
}

async fn server(backend: Backend) -> Server {
    let server = Server::start(Options::empty(backend)).await;
    server.import(&collection());
    let path = server.file("facts.jsonl", &observations());
    assert_eq!(server.tell(&["import", &path]).code, Some(0));
    server
}

async fn targets(server: &Server, kind: &str, slug: &str, selection: &str) -> Value {
    let one = format!("indicators {{ {selection} }}");
    let query = format!(
        "{{ content(kind: {kind}, slug: \"{slug}\") {{ ... on Initiative {{ {one} }} ... on Commitment {{ {one} }} }} }}"
    );
    server.query(&query).await.data()["content"]["indicators"].clone()
}

/// Imports one plan with one target, and expects its problem to be named.
fn refused(place: &Place, target: &Value, field: &str, code: &str, hint: &str) {
    let path = place.file("bad.jsonl", plan("bad", "NATIONAL", json!([]), json!([target])).line());
    let told = place.run(&["import", &path]);
    let about = format!("indicators[0].{field}: {code}: ");
    assert_eq!(told.code, Some(1), "{target}: {told:?}");
    assert!(told.errors.contains(&about) && told.errors.contains(hint), "{about}{hint}: {}", told.errors);
    assert!(told.errors.contains("1 problem(s)"), "{target}: {}", told.errors);
}

on_both_databases! {
    async fn a_plan_tells_by_which_indicators_it_is_measured_from_where_to_where_and_by_which_source(backend: Backend) {
        let server = server(backend).await;
        let told = targets(&server, "INITIATIVE", "of-the-country", "indicator { slug unit } disaggregation baseline
            baselinePeriod target targetPeriod citation { locator resource { slug } }
            reported { period value citation { locator note resource { slug } } }").await;
        assert_eq!(
            told,
            json!([
                { "indicator": { "slug": "mortality", "unit": "deaths per 1,000 live births" }, "disaggregation": "",
                  "baseline": 40.0, "baselinePeriod": "2010", "target": 20.0, "targetPeriod": "2030",
                  "citation": { "locator": "p. 7", "resource": { "slug": "plan" } }, "reported": [] },
                { "indicator": { "slug": "enrolment", "unit": "%" }, "disaggregation": "SEX=F", "baseline": 40.0,
                  "baselinePeriod": "2012", "target": 60.0, "targetPeriod": null, "citation": null,
                  "reported": [
                      { "period": "2014", "value": 44.0,
                        "citation": { "locator": "p. 2", "note": "a draft", "resource": { "slug": "report" } } },
                      { "period": "2015-06", "value": 45.0, "citation": null },
                  ] },
            ])
        );
        // What it is measured by is a part of what it is taken from.
        let query = "{ content(kind: INITIATIVE, slug: \"of-the-country\") { citations { nodes { resource { slug } } } } }";
        let answer = server.query(query).await;
        let cited = &answer.data()["content"]["citations"]["nodes"];
        assert_eq!(cited, &json!([{ "resource": { "slug": "plan" } }, { "resource": { "slug": "report" } }]));
    }

    async fn progress_is_told_only_by_values_that_are_about_the_plan_itself(backend: Backend) {
        let server = server(backend).await;
        let selection = "progress published { country { code } period value }";
        let of = async |kind: &str, slug: &str| targets(&server, kind, slug, selection).await;
        let nepal = json!({ "country": { "code": "NP" }, "period": "2015", "value": 35.0 });
        let peru = json!({ "country": { "code": "PE" }, "period": "2009", "value": 25.0 });
        // A forecast is no value that was reached, and values of everybody none of girls.
        assert_eq!(
            of("INITIATIVE", "of-the-country").await,
            json!([{ "progress": 0.25, "published": [nepal] }, { "progress": 0.25, "published": [] }])
        );
        // The country is not the district.
        assert_eq!(
            of("INITIATIVE", "of-a-district").await,
            json!([{ "progress": null, "published": [nepal] }, { "progress": null, "published": [] }])
        );
        let girls = json!({ "country": { "code": "NP" }, "period": "2015", "value": 34.0 });
        assert_eq!(
            of("INITIATIVE", "of-two-countries").await,
            json!([{ "progress": null, "published": [nepal, peru] }, { "progress": null, "published": [girls] }])
        );
        // What was measured before a promise is no progress of it.
        assert_eq!(of("COMMITMENT", "promise").await, json!([{ "progress": null, "published": [peru] }]));
        let path = server.file("later.jsonl", &observation("PE", "2020", json!({}), 12.0));
        assert_eq!(server.tell(&["import", &path]).code, Some(0));
        assert_eq!(of("COMMITMENT", "promise").await[0]["progress"], 0.8);
    }

    async fn an_indicator_leads_to_the_plans_and_commitments_that_are_measured_by_it(backend: Backend) {
        let server = server(backend).await;
        let answer = server
            .query(
                "{ indicators { nodes { slug
                     initiatives(first: 2) { totalCount nodes { slug } pageInfo { hasNextPage endCursor } }
                     national: initiatives(filter: { levels: [NATIONAL], countries: [\"PE\"] }) { totalCount nodes { slug } }
                     commitments { totalCount nodes { slug } } } } }",
            )
            .await;
        let all = answer.data()["indicators"]["nodes"].as_array().unwrap();
        let of = |slug: &str| all.iter().find(|one| one["slug"] == slug).unwrap();
        let mortality = of("mortality");
        // A plan that is measured by it for two groups of people is one plan.
        assert_eq!(mortality["initiatives"]["totalCount"], 3);
        assert_eq!(slugs(&mortality["initiatives"]), ["of-two-countries", "of-a-district"]);
        assert_eq!(slugs(&mortality["national"]), ["of-two-countries"]);
        assert_eq!(mortality["national"]["totalCount"], 1);
        assert_eq!(slugs(&mortality["commitments"]), ["promise"]);
        assert_eq!(sorted_slugs(&of("enrolment")["initiatives"]), ["of-a-district", "of-the-country"]);
        assert_eq!(of("enrolment")["commitments"], json!({ "totalCount": 0, "nodes": [] }));
        let after = &mortality["initiatives"]["pageInfo"]["endCursor"];
        let query = format!(
            "{{ indicators(filter: {{ slugs: [\"mortality\"] }}) {{ nodes {{ initiatives(first: 2, after: {after}) {{ nodes {{ slug }} }} }} }} }}"
        );
        let answer = server.query(&query).await;
        assert_eq!(slugs(&answer.data()["indicators"]["nodes"][0]["initiatives"]), ["of-the-country"]);
    }

    async fn plans_and_commitments_are_filtered_by_what_they_are_measured_by(backend: Backend) {
        let server = server(backend).await;
        server.import(&[plan("unmeasured", "NATIONAL", json!(["NP"]), json!([]))]);
        let plans = async |filter: &str| {
            let query = format!("{{ initiatives(filter: {{ {filter} }}) {{ totalCount nodes {{ slug }} }} }}");
            let answer = server.query(&query).await;
            let found = &answer.data()["initiatives"];
            assert_eq!(found["totalCount"], found["nodes"].as_array().unwrap().len());
            sorted_slugs(found).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(plans("indicators: [\"ENROLMENT\"]").await, ["of-a-district", "of-the-country"]);
        assert_eq!(plans("measured: true").await, ["of-a-district", "of-the-country", "of-two-countries"]);
        assert_eq!(plans("measured: false, countries: [\"NP\"]").await, ["unmeasured"]);
        assert_eq!(plans("indicators: [\"mortality\"], measured: false").await, Vec::<String>::new());
        let commitments = "{ commitments(filter: { indicators: [\"mortality\"], measured: true }) { nodes { slug } } }";
        assert_eq!(slugs(&server.query(commitments).await.data()["commitments"]), ["promise"]);
        let answer = server.query("{ initiatives(filter: { indicators: [\"mortalty\"] }) { totalCount } }").await;
        assert!(answer.refusal("UNKNOWN_INDICATOR").contains("mortality"), "{answer:?}");
    }

    async fn what_is_wrong_with_a_target_is_named(backend: Backend) {
        let place = Place::create(backend).await;
        place.import(&bundle(&collection()));
        let before = place.export(&[]);
        let target = |more: Value| {
            let mut target = json!({ "indicator": "mortality" });
            target.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            target
        };
        let from = |more: Value| {
            let mut target = target(json!({ "baseline": 1.0, "baselinePeriod": "2010" }));
            target.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            target
        };
        for (target, field, code, hint) in [
            (json!({ "indicator": "nothing" }), "indicator", "UNKNOWN_REFERENCE", "no indicator `nothing`. Those that there are: query `indicators`"),
            (json!({ "indicator": "no slug\u{0}" }), "indicator", "UNKNOWN_REFERENCE", "no indicator"),
            (target(json!({ "baseline": 1.0 })), "baselinePeriod", "REQUIRED", "of which period"),
            (target(json!({ "baselinePeriod": "2010" })), "baseline", "REQUIRED", "without its value"),
            (target(json!({ "targetPeriod": "2010" })), "target", "REQUIRED", "without its value"),
            (from(json!({ "baselinePeriod": "10" })), "baselinePeriod", "INVALID", "`10` is not a period"),
            (from(json!({ "baselinePeriod": "2099" })), "baselinePeriod", "FUTURE_DATE", "lies in the future"),
            (from(json!({ "target": 2.0, "targetPeriod": "soon" })), "targetPeriod", "INVALID", "`soon` is not a period"),
            (from(json!({ "target": 2.0, "targetPeriod": "2010" })), "targetPeriod", "INVALID", "2010 does not come after 2010"),
            (from(json!({ "disaggregation": "girls" })), "disaggregation", "INVALID", "Write `DIMENSION=CODE`"),
            (from(json!({ "reported": [{ "period": "2009", "value": 1.0 }] })), "reported[0].period", "INVALID", "does not come after 2010"),
            (
                from(json!({ "reported": [{ "period": "2012", "value": 1.0 }, { "period": "2011", "value": 1.0 }] })),
                "reported[1].period", "INVALID", "2011 does not come after 2012",
            ),
            (from(json!({ "reported": [{ "period": "2099", "value": 1.0 }] })), "reported[0].period", "FUTURE_DATE", "lies in the future"),
            (
                from(json!({ "reported": [{ "period": "2012", "value": 1.0, "citation": { "resource": "nothing" } }] })),
                "reported[0].citation.resource", "UNKNOWN_REFERENCE", "no resource `nothing`",
            ),
            (target(json!({ "citation": { "resource": "nothing" } })), "citation.resource", "UNKNOWN_REFERENCE", "no resource `nothing`"),
            (target(json!({ "goal": 1 })), "goal", "MALFORMED", "unknown field `goal`"),
        ] {
            refused(&place, &target, field, code, hint);
        }
        let twice = plan("bad", "NATIONAL", json!([]), json!([target(json!({})), target(json!({}))]));
        let told = place.run(&["import", &place.file("bad.jsonl", twice.line())]);
        assert!(told.errors.contains("indicators[1]: DUPLICATE: "), "{told:?}");
        assert_eq!(place.export(&[]), before);
    }

    async fn targets_go_out_as_they_came_in_and_a_revision_states_them_anew(backend: Backend) {
        let place = Place::create(backend).await;
        place.import(&bundle(&collection()));
        let exported = place.export(&[]);
        let second = Place::create(backend).await;
        second.import(&exported);
        assert_eq!(second.export(&[]), exported);
        assert!(place.import(&exported).output.contains("0 new, 0 changed, 8 unchanged"));
        let count = "SELECT COUNT(*) FROM indicator_target";
        assert_eq!(place.database.number(count).await, 7);
        // A plan without its indicators, which come in another file than the plans.
        place.import(&bundle(&[plan("of-the-country", "NATIONAL", json!(["NP"]), json!([{ "indicator": "mortality" }]))]));
        assert_eq!(place.database.number(count).await, 6);
        let erased = place.run(&["content", "erase", "commitment/promise", "--reason", "asked for"]);
        assert_eq!(erased.code, Some(0), "{erased:?}");
        assert_eq!(place.database.number(count).await, 5);
        // What a target was taken from is gone; the target stays.
        let erased = place.run(&["content", "erase", "resource/plan", "--reason", "asked for"]);
        assert_eq!(erased.code, Some(0), "{erased:?}");
        assert_eq!(place.database.number(count).await, 5);
        assert!(!place.export(&[]).contains("\"plan\""));
    }

    async fn members_propose_targets_and_what_is_withdrawn_is_measured_no_more(backend: Backend) {
        let scene = Scene::set(backend).await;
        scene.server.import(&[indicator("mortality", "deaths")]);
        let content = |indicator: &str| json!({ "initiative": {
            "title": "A plan", "language": "en", "summary": "Fewer deaths.", "countries": ["NP"],
            "instruments": ["social-audit"], "level": "NATIONAL", "stage": "ACTIVE",
            "indicators": [{ "indicator": indicator, "baseline": 40, "baselinePeriod": "2010", "target": 20 }],
        } });
        let draft = json!({ "content": content("mortalty") });
        let payload = scene.call(&scene.author, "saveDraft", draft).await;
        let problem = &payload["errors"][0];
        assert_eq!(problem["code"], "UNKNOWN_REFERENCE", "{payload:#}");
        assert_eq!(problem["path"], json!(["input", "content", "indicators", "0", "indicator"]), "{payload:#}");
        let id = scene.published(content("mortality")).await;
        let asked = "{ indicators { nodes { initiatives { totalCount nodes { indicators { baseline target progress } } } } } }";
        let answer = scene.server.query(asked).await;
        let found = &answer.data()["indicators"]["nodes"][0]["initiatives"];
        assert_eq!(
            found,
            &json!({ "totalCount": 1, "nodes": [{ "indicators": [{ "baseline": 40.0, "target": 20.0, "progress": null }] }] })
        );
        let told = scene.server.tell(&["content", "retract", "initiative/a-plan", "--reason", "Never adopted."]);
        assert_eq!(told.code, Some(0), "{told:?}");
        let answer = scene.server.query(asked).await;
        assert_eq!(answer.data()["indicators"]["nodes"][0]["initiatives"]["totalCount"], 0);
        let tombstone = format!("{{ node(id: \"{id}\") {{ ... on Initiative {{ status indicators {{ baseline }} }} }} }}");
        assert_eq!(
            scene.server.query(&tombstone).await.data()["node"],
            json!({ "status": "RETRACTED", "indicators": [] })
        );
    }

    async fn a_report_shows_targets_beside_the_latest_values_with_their_units(backend: Backend) {
        let server = server(backend).await;
        let answer = server.query("{ followUpReport(country: \"NP\") }").await;
        let report = answer.data()["followUpReport"].as_str().unwrap().to_owned();
        for expected in [
            "| mortality | 35 deaths per 1,000 live births | 2015 |",
            "### Targets of plans and commitments",
            "| of-the-country | enrolment (SEX=F) | 40 % (2012) | 60 % | 45 % (2015-06) |",
            "| of-a-district | enrolment | not stated | not stated | not stated |",
            "| of-two-countries | mortality | 30 deaths per 1,000 live births (2010) | 10 deaths per 1,000 live births (2030) | not stated |",
        ] {
            assert!(report.contains(expected), "{expected}\n{report}");
        }
        assert!(!report.contains("Promise"), "it is of another country\n{report}");
    }

    async fn targets_of_many_plans_take_one_statement_for_each_level(backend: Backend) {
        let server = server(backend).await;
        let of = |first: i32| format!(
            "{{ initiatives(first: {first}) {{ nodes {{ slug indicators {{ indicator {{ slug }} progress
                 published {{ value }} citation {{ resource {{ slug }} }} }} }} }} }}"
        );
        let (one, all) = (server.statements_of(&of(1)).await, server.statements_of(&of(3)).await);
        assert_eq!(one, all);
        assert!(all <= 7, "{all}");
    }

    async fn the_sample_tells_what_the_trainings_in_uzbekistan_aim_at_and_how_the_campaign_went(backend: Backend) {
        let server = Server::start(Options::sample(backend)).await;
        let selection = "indicator { name unit } baseline target reported { period value } citation { locator }";
        let trained = targets(&server, "INITIATIVE", "uzbekistan-training-21-ngos", selection).await;
        assert_eq!(
            trained,
            json!([
                { "indicator": { "name": "NGOs trained in child rights monitoring", "unit": "NGOs" }, "baseline": null,
                  "target": 21.0, "reported": [], "citation": { "locator": "Achievements to date" } },
                { "indicator": { "name": "Regions from which NGOs are trained in child rights monitoring", "unit": "regions" },
                  "baseline": null, "target": 7.0, "reported": [], "citation": { "locator": "Achievements to date" } },
            ])
        );
        let campaign = "campaign-universal-ratification-crc-optional-protocols";
        let joined = targets(&server, "INITIATIVE", campaign, "baseline target reported { value }").await;
        assert_eq!(
            joined,
            json!([
                { "baseline": 137.0, "target": null, "reported": [{ "value": 163.0 }] },
                { "baseline": 132.0, "target": null, "reported": [{ "value": 151.0 }] },
            ])
        );
    }
}
