use ModerationLimitKind::{Country, Language, Region};
use proptest::prelude::*;

use super::*;

fn regions() -> Regions {
    let map = |pairs: &[(&str, Option<&str>)]| {
        pairs
            .iter()
            .map(|(code, region)| ((*code).to_owned(), region.map(str::to_owned)))
            .collect()
    };
    Regions {
        regions: map(&[
            ("001", None),
            ("002", Some("001")),
            ("202", Some("002")),
            ("014", Some("202")),
            ("142", Some("001")),
            ("034", Some("142")),
            ("010", Some("001")),
        ]),
        countries: map(&[
            ("KE", Some("014")),
            ("EG", Some("002")),
            ("NP", Some("034")),
            ("ZZ", None),
        ]),
    }
}

fn remit(limits: &[(ModerationLimitKind, &str)]) -> Option<Remit> {
    let limits = limits.iter().map(|(kind, code)| (*kind, (*code).to_owned())).collect();
    Remit::of(&limits, &regions())
}

fn holds(limits: &[(ModerationLimitKind, &str)], language: &str, countries: &[&str]) -> bool {
    let countries: Vec<String> = countries.iter().map(|code| (*code).to_owned()).collect();
    remit(limits).unwrap().holds(language, &countries)
}

#[test]
fn without_limits_there_is_no_remit() {
    assert_eq!(remit(&[]), None);
}

#[test]
fn a_language_holds_its_variants_and_no_language_that_begins_alike() {
    let french = [(Language, "fr")];
    assert!(holds(&french, "fr", &[]));
    assert!(holds(&french, "fr-CA", &["NP"]));
    assert!(!holds(&french, "fro", &[]));
    assert!(!holds(&french, "en", &[]));
}

#[test]
fn a_region_holds_the_countries_of_its_regions() {
    let africa = [(Region, "002")];
    assert!(holds(&africa, "en", &["KE"]));
    assert!(holds(&africa, "en", &["EG"]));
    assert!(holds(&africa, "en", &["NP", "EG"]));
    assert!(!holds(&africa, "en", &["NP"]));
    assert!(!holds(&africa, "en", &["ZZ"]));
    assert!(holds(&[(Region, "002"), (Country, "NP")], "en", &["NP"]));
}

#[test]
fn what_names_no_country_belongs_to_nobody_who_is_limited_by_place() {
    assert!(!holds(&[(Country, "NP")], "en", &[]));
    assert!(!holds(&[(Region, "001")], "en", &[]));
    // A region without countries holds nothing, rather than everything.
    assert!(!holds(&[(Region, "010")], "en", &["NP"]));
}

#[test]
fn of_languages_and_places_both_must_hold() {
    let both = [(Language, "en"), (Country, "NP")];
    assert!(holds(&both, "en", &["NP"]));
    assert!(!holds(&both, "fr", &["NP"]));
    assert!(!holds(&both, "en", &["KE"]));
}

#[test]
fn a_loop_of_regions_ends() {
    let mut regions = regions();
    regions.regions.insert("001".to_owned(), Some("002".to_owned()));
    assert_eq!(regions.countries("034"), ["NP"]);
}

proptest! {
    /// More limits of one kind never hold less; a limit of another kind never holds more.
    #[test]
    fn limits_of_one_kind_widen_and_of_another_narrow(
        language in prop::sample::select(vec!["en", "fr", "fr-CA"]),
        countries in prop::sample::subsequence(vec!["KE", "EG", "NP", "ZZ"], 0..4),
    ) {
        let narrow = holds(&[(Country, "NP")], language, &countries);
        let wide = holds(&[(Country, "NP"), (Region, "202")], language, &countries);
        let also = holds(&[(Country, "NP"), (Language, "fr")], language, &countries);
        prop_assert!(wide || !narrow);
        prop_assert!(narrow || !also);
    }
}
