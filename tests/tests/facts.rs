//! Facts in bundles: where states stand towards treaties, and the values of indicators.

use std::io::Read;
use std::process::Stdio;

use praxis_tests::{Item, Options, Place, Server, bundle, on_both_databases, sample_collection, sample_references};
use serde_json::{Value, json};

const INDICATOR: &str = r#"{"slug":"under-five-mortality","reference":{"indicator":{"name":"Under-five mortality rate","unit":"deaths per 1,000 live births","source":"UN IGME","themes":["child-health"]}}}"#;

/// Lines in the order of an export.
const FACTS: [&str; 8] = [
    r#"{"fact":{"ratification":{"treaty":"crc","country":"NP","status":"STATE_PARTY","date":"1990-09-14","source":"UN Treaty Collection"}}}"#,
    r#"{"fact":{"ratification":{"treaty":"crc","country":"US","status":"SIGNATORY","note":"Signed on 16 February 1995.","source":"UN Treaty Collection"}}}"#,
    r#"{"fact":{"ratification":{"treaty":"op-crc-ic","country":"PE","status":"STATE_PARTY","year":2016,"source":"UN Treaty Collection"}}}"#,
    r#"{"fact":{"observation":{"indicator":"under-five-mortality","country":"NP","period":"2015","value":36.3,"source":"UN IGME"}}}"#,
    r#"{"fact":{"observation":{"indicator":"under-five-mortality","country":"NP","period":"2015","disaggregation":"SEX=F","value":34.0,"unit":"deaths","flag":"E","source":"UN IGME"}}}"#,
    r#"{"fact":{"observation":{"indicator":"under-five-mortality","country":"NP","period":"2015-06","value":36.1,"source":"UN IGME"}}}"#,
    r#"{"fact":{"observation":{"indicator":"under-five-mortality","country":"NP","period":"2015-Q2","value":36.2,"source":"UN IGME"}}}"#,
    r#"{"fact":{"observation":{"indicator":"under-five-mortality","country":"PE","period":"2090","value":5.5,"flag":"F","source":"a forecast"}}}"#,
];

fn lines(lines: &[&str]) -> String {
    lines.iter().flat_map(|line| [line, "\n"]).collect()
}

fn ratification(fields: Value) -> String {
    fact("ratification", json!({ "treaty": "crc", "country": "NP", "status": "STATE_PARTY", "source": "S" }), fields)
}

fn observation(fields: Value) -> String {
    let whole = json!({ "indicator": "under-five-mortality", "country": "NP", "period": "2015", "value": 1.0, "source": "S" });
    fact("observation", whole, fields)
}

fn fact(sort: &str, mut whole: Value, fields: Value) -> String {
    for (field, value) in fields.as_object().unwrap() {
        whole[field] = value.clone();
    }
    json!({ "fact": { sort: whole } }).to_string()
}

on_both_databases! {
    async fn facts_come_out_of_an_export_byte_for_byte_and_only_changes_are_written(backend: Backend) {
        let place = Place::create(backend).await;
        let exported = lines(&[&[INDICATOR], &FACTS[..]].concat());
        // What a fact is of may stand behind it.
        let backwards: Vec<&str> = exported.lines().rev().collect();
        let told = place.import(&lines(&backwards));
        assert!(told.output.contains("9 new, 0 changed, 0 unchanged"), "{told:?}");
        assert_eq!(place.export(&[]), exported);
        assert_eq!(place.export(&["--kind", "recommendation"]), exported);
        assert_eq!(place.export(&["--kind", "event"]), "");
        let second = Place::create(backend).await;
        second.import(&exported);
        assert_eq!(second.export(&[]), exported);
        let again = place.import(&exported);
        assert!(again.output.contains("0 new, 0 changed, 9 unchanged"), "{again:?}");
        // Facts can be imported alone, and change where they stand in another way.
        let changed = FACTS[3].replace("36.3", "36.4");
        let told = place.import(&lines(&[FACTS[1], &changed, FACTS[4]]));
        assert!(told.output.contains("0 new, 1 changed, 2 unchanged"), "{told:?}");
        assert_eq!(place.export(&[]), exported.replace("36.3", "36.4"));
        let noted = "SELECT subject FROM audit_entry WHERE action = 'REFERENCE_CHANGED' ORDER BY id";
        assert_eq!(
            place.database.texts(noted).await,
            [
                "reference:ratifications: 3 added, 0 changed",
                "reference:values of indicators: 5 added, 0 changed",
                "reference:values of indicators: 0 added, 1 changed",
            ]
        );
    }

    async fn facts_of_a_bundle_are_answered_like_those_of_tables(backend: Backend) {
        let server = Server::start(Options::empty(backend)).await;
        let exported = lines(&[&[INDICATOR], &FACTS[..]].concat());
        let path = server.file("facts.jsonl", &exported);
        assert_eq!(server.tell(&["import", &path]).code, Some(0));
        let answer = server
            .query(
                "{ country(code: \"NP\") { ratifications { nodes { treaty { slug } status date year source } }
                   observations(first: 9) { nodes { period value unit disaggregation flag source } } } }",
            )
            .await;
        let country = &answer.data()["country"];
        assert_eq!(
            country["ratifications"]["nodes"],
            json!([{ "treaty": { "slug": "crc" }, "status": "STATE_PARTY", "date": "1990-09-14", "year": 1990,
                     "source": "UN Treaty Collection" }])
        );
        let periods: Vec<&Value> = country["observations"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|node| &node["period"])
            .collect();
        assert_eq!(periods.len(), 4, "{periods:?}");
    }

    async fn what_is_wrong_with_a_fact_is_told_with_line_and_field_and_nothing_is_written(backend: Backend) {
        let place = Place::create(backend).await;
        place.import(&lines(&[INDICATOR]));
        let cases = [
            (ratification(json!({ "treaty": "crd" })), "treaty: UNKNOWN_REFERENCE: There is no treaty `crd`."),
            (ratification(json!({ "country": "XX" })), "country: UNKNOWN_COUNTRY: "),
            (ratification(json!({ "status": "PARTY" })), "MALFORMED: unknown variant `PARTY`"),
            (ratification(json!({ "source": " " })), "source: REQUIRED: "),
            (ratification(json!({ "status": "SIGNATORY", "year": 1995 })), "year: INVALID: Only a state that is bound"),
            (ratification(json!({ "year": 1988 })), "year: INVALID: 1988 is no year in which a state could be bound"),
            (ratification(json!({ "year": 2999 })), "year: INVALID: 2999"),
            (ratification(json!({ "date": "1989-11-19" })), "date: INVALID: The end 1989-11-19 lies before the start"),
            (ratification(json!({ "date": "2999-01-01" })), "date: FUTURE_DATE: "),
            (ratification(json!({ "date": "1990-09-14", "year": 1991 })), "year: INVALID: 1991 is not the year of the `date`"),
            (ratification(json!({ "note": "one\ntwo" })), "note: INVALID: "),
            (ratification(json!({ "place": 3 })), "MALFORMED: unknown field `place`"),
            (observation(json!({ "indicator": "mortality" })), "indicator: UNKNOWN_REFERENCE: There is no indicator `mortality`."),
            (observation(json!({ "period": "2015-13" })), "`2015-13` is not a period"),
            (observation(json!({ "period": "2999" })), "`2999` is not a period"),
            (observation(json!({ "period": "2099" })), "period: FUTURE_DATE: 2099 lies in the future"),
            (observation(json!({ "value": "many" })), "MALFORMED: invalid type: string \"many\""),
            (observation(json!({ "disaggregation": "SEX=F;AGE=Y0" })), "disaggregation: INVALID: Write `DIMENSION=CODE`"),
            (observation(json!({ "unit": "" })), "unit: REQUIRED: "),
            ("{\"fact\":{}}".to_owned(), "MALFORMED: "),
            ("{\"slug\":\"a\",\"fact\":{}}".to_owned(), "MALFORMED: unknown field `slug`"),
            ("{\"fact\":{\"ratification\":{\"treaty\":\"crc\"".to_owned(), "the line is cut off"),
        ];
        // Many are of the same, which is a problem of its own; so they come one by one.
        for (number, (line, expected)) in cases.iter().enumerate() {
            let told = place.run(&["import", &place.file("bad.jsonl", lines(&[FACTS[2], line]))]);
            assert_eq!(told.code, Some(1), "{number} {told:?}");
            let said = told.errors.lines().find(|said| said.contains("bad.jsonl:2: "));
            assert!(said.is_some_and(|said| said.contains(expected)), "{line}: {expected}: {told:?}");
        }
        let twice = place.run(&["import", &place.file("twice.jsonl", lines(&[FACTS[3], FACTS[0], &FACTS[3].replace("36.3", "9.0")]))]);
        assert!(
            twice.errors.contains("twice.jsonl:3: DUPLICATE: Line 1 holds a fact of the same already"),
            "{twice:?}"
        );
        assert_eq!(place.export(&[]), lines(&[INDICATOR]));
    }

    async fn an_export_holds_nothing_that_is_written_while_it_runs(backend: Backend) {
        let place = Place::create(backend).await;
        place.import(&bundle(&[sample_references(), sample_collection()].concat()));
        let before = place.export(&[]);
        // Nobody reads, so it waits with most of the collection still to come.
        let mut export = place.command(&["export"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = export.stdout.take().unwrap();
        let mut begun = vec![0; 1_000];
        output.read_exact(&mut begun).unwrap();
        place.import(&bundle(&[Item::new("resource", "zzz", "Written meanwhile", json!({}))]));
        let mut rest = Vec::new();
        output.read_to_end(&mut rest).unwrap();
        assert!(export.wait().unwrap().success());
        let exported = String::from_utf8([begun, rest].concat()).unwrap();
        assert!(exported == before, "the export is not of one moment");
        assert!(place.export(&[]).contains("\"zzz\""));
    }
}
