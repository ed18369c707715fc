use std::io::Cursor;

use proptest::prelude::*;

use super::*;

const IDS: &str = "DATAFLOW,REF_AREA,INDICATOR,SEX,TIME_PERIOD,OBS_VALUE,UNIT_MULTIPLIER,UNIT_MEASURE,OBS_STATUS,LOWER_BOUND,UPPER_BOUND,OBS_FOOTNOTE,DATA_SOURCE,AGE";
const BOTH: &str = "DATAFLOW,REF_AREA:Geographic area,INDICATOR:Indicator,SEX:Sex,TIME_PERIOD:Time period,OBS_VALUE:Observation Value,UNIT_MEASURE:Unit of measure,OBS_STATUS:Observation Status";
const GOOD: &str = "UNICEF:CME(1.0),NPL,CME_MRY0T4,F,2015,33.1,0,D_PER_1000_B,E,30.0,36.4,Modelled,UN IGME,_T";

fn read_text(header: &str, line: &str) -> Result<Observation, RowProblem> {
    read(Cursor::new(format!("{header}\n{line}\n")), None).next().unwrap()
}

fn only(line: &str) -> Result<Observation, RowProblem> {
    read_text(IDS, line)
}

#[test]
fn an_observation_is_read_with_everything_it_says() {
    let found = only(GOOD).unwrap();
    assert_eq!(found.area, Area::Country(CountryCode::trusted("NP")));
    assert_eq!(found.indicator.code, "CME_MRY0T4");
    assert_eq!(found.period.year(), 2015);
    assert_eq!(found.value.unwrap().number, 33.1);
    assert_eq!(
        (found.lower, found.upper, found.multiplier),
        (Some(30.0), Some(36.4), 0)
    );
    assert_eq!(found.status.as_ref().unwrap().code, "E");
    assert_eq!(found.source.as_deref(), Some("UN IGME"));
    assert_eq!(found.series_key(), "UNICEF:CME/CME_MRY0T4/NP/AGE=_T/SEX=F");
}

#[test]
fn codes_with_labels_are_the_same_observation() {
    let found = read_text(
        BOTH,
        "UNICEF:CME(1.1): Child Mortality,NPL: Nepal,CME_MRY0T4: Under-five mortality rate,_T: Total,2015,>95,PCNT: %,A: Normal value",
    )
    .unwrap();
    assert_eq!(found.area, Area::Country(CountryCode::trusted("NP")));
    assert_eq!(found.indicator.label.as_deref(), Some("Under-five mortality rate"));
    assert_eq!(found.value.unwrap().bound, Bound::Above);
    assert_eq!(found.disaggregation["SEX"].code, TOTAL);
    assert_eq!(found.series_key(), "UNICEF:CME/CME_MRY0T4/NP/SEX=_T");
}

#[test]
fn groups_of_countries_are_kept_apart_and_missing_values_are_missing() {
    let found = only(&GOOD.replace("NPL", "UNICEF_ESA").replace("33.1", "NaN")).unwrap();
    assert!(matches!(found.area, Area::Other(coded) if coded.code == "UNICEF_ESA"));
    assert_eq!(found.value, None);
}

#[test]
fn areas_that_are_no_countries_are_groups_or_kosovo() {
    for code in ["UNICEF_ESA", "WORLD", "WB_HI", "001", "1", "XKX"] {
        let found = only(&GOOD.replace("NPL", code)).unwrap();
        assert!(matches!(found.area, Area::Other(_)), "{code}");
    }
}

#[test]
fn a_projection_is_known_by_its_status_its_dataflow_or_its_indicator() {
    assert!(!only(GOOD).unwrap().is_projection());
    for (from, to) in [
        (",E,", ",F,"),
        (",E,", ",X: Projected,"),
        ("UNICEF:CME(1.0)", "UNICEF:DM_PROJECTIONS(1.0)"),
        ("CME_MRY0T4", "DM_POP: Population (forecast)"),
    ] {
        assert!(only(&GOOD.replace(from, to)).unwrap().is_projection(), "{to}");
    }
}

#[test]
fn the_agency_is_the_first_part_of_the_dataflow() {
    assert_eq!(only(GOOD).unwrap().agency(), Some("UNICEF"));
    assert_eq!(only(&GOOD.replace("UNICEF:", "")).unwrap().agency(), None);
}

#[test]
fn what_is_wrong_is_said_with_line_and_column() {
    for (from, to, column) in [
        ("NPL", "", "REF_AREA"),
        ("NPL", "NPA", "REF_AREA"),
        ("NPL", "npl", "REF_AREA"),
        ("CME_MRY0T4", "", "INDICATOR"),
        (",2015,", ",15,", "TIME_PERIOD"),
        (",2015,", ",2015-13,", "TIME_PERIOD"),
        (",2015,", ",2015-02-30,", "TIME_PERIOD"),
        ("33.1", "33;1", "OBS_VALUE"),
        ("33.1", "inf", "OBS_VALUE"),
        ("33.1", "1e999", "OBS_VALUE"),
        ("33.1,0", "1e308,9", "OBS_VALUE"),
        ("30.0", "x", "LOWER_BOUND"),
        ("30.0", "40.0", "LOWER_BOUND"),
        (",0,D", ",thousand,D", "UNIT_MULTIPLIER"),
    ] {
        let problem = only(&GOOD.replacen(from, to, 1)).unwrap_err();
        assert_eq!(
            (problem.line, problem.problem.path.as_str()),
            (2, column),
            "{from} {to}: {problem}"
        );
    }
    let problem = read_text("REF_AREA,INDICATOR,OBS_VALUE", "NPL,X,1").unwrap_err();
    assert!(problem.problem.message.contains("TIME_PERIOD"), "{problem}");
}

#[test]
fn parts_of_years_are_read() {
    for text in ["2015", "2015-06", "2015-Q2", "2015-S1", "2015-06-30"] {
        assert_eq!(
            only(&GOOD.replace(",2015,", &format!(",{text},")))
                .unwrap()
                .period
                .as_str(),
            text
        );
    }
}

proptest! {
    #[test]
    fn a_value_is_read_as_it_was_written(number in -1e12_f64..1e12, bound in prop::sample::select(vec!["", "<", ">"])) {
        let found = only(&GOOD.replace("33.1", &format!("{bound}{number}"))).unwrap().value.unwrap();
        prop_assert_eq!(found.number, number);
        prop_assert_eq!(found.bound == Bound::Exact, bound.is_empty());
    }

    #[test]
    fn any_field_gives_an_observation_or_a_problem_in_its_line(text in "\\PC{0,60}", at in 0_usize..14) {
        let mut fields: Vec<String> = GOOD.split(',').map(str::to_owned).collect();
        fields[at] = format!("\"{}\"", text.replace('"', "\"\""));
        match only(&fields.join(",")) {
            Ok(found) => prop_assert_eq!(found.line, 2),
            Err(problem) => prop_assert_eq!(problem.line, 2),
        }
    }
}
