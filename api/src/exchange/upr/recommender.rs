//! Who made a recommendation.

use serde::{Serialize, Serializer};

use crate::graphql::scalars::CountryCode;
use crate::vocabulary::country_names::{CountryNames, NameProblem};

/// A group of states, with the acronym by which UPR Info knows it and its name.
const BODIES: [(Body, &str, &str); 12] = [
    (Body::LeagueOfArabStates, "AL", "League of Arab States"),
    (
        Body::AssociationOfCaribbeanStates,
        "ACS",
        "Association of Caribbean States",
    ),
    (
        Body::SoutheastAsianNations,
        "ASEAN",
        "Association of Southeast Asian Nations",
    ),
    (Body::AfricanUnion, "AU", "African Union"),
    (Body::IndependentStates, "CIS", "Commonwealth of Independent States"),
    (Body::Commonwealth, "Commonwealth", "Commonwealth of Nations"),
    (Body::EuropeanUnion, "EU", "European Union"),
    (Body::AmericanStates, "OAS", "Organization of American States"),
    (
        Body::IberoAmericanStates,
        "OEI",
        "Organization of Ibero-American States",
    ),
    (Body::IslamicCooperation, "OIC", "Organisation of Islamic Cooperation"),
    (
        Body::Francophonie,
        "OIF",
        "International Organisation of La Francophonie",
    ),
    (Body::PacificIslandsForum, "PIF", "Pacific Islands Forum"),
];

/// A group of states that may speak as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Body {
    /// League of Arab States.
    LeagueOfArabStates,
    /// Association of Caribbean States.
    AssociationOfCaribbeanStates,
    /// Association of Southeast Asian Nations.
    SoutheastAsianNations,
    /// African Union.
    AfricanUnion,
    /// Commonwealth of Independent States.
    IndependentStates,
    /// The Commonwealth.
    Commonwealth,
    /// European Union.
    EuropeanUnion,
    /// Organization of American States.
    AmericanStates,
    /// Organization of Ibero-American States.
    IberoAmericanStates,
    /// Organisation of Islamic Cooperation.
    IslamicCooperation,
    /// La Francophonie.
    Francophonie,
    /// Pacific Islands Forum.
    PacificIslandsForum,
}

impl Body {
    /// The acronym by which UPR Info knows it.
    pub fn acronym(self) -> &'static str {
        self.line().0
    }

    /// The name in English.
    pub fn name(self) -> &'static str {
        self.line().1
    }

    fn line(self) -> (&'static str, &'static str) {
        BODIES
            .iter()
            .find(|(body, ..)| *body == self)
            .map_or(("", ""), |(_, acronym, name)| (acronym, name))
    }

    /// `AL` and `AU` are countries by ISO 3166-1, so these two groups are known by their names only.
    fn find(name: &str, names: &CountryNames) -> Option<Self> {
        BODIES
            .iter()
            .find(|(_, acronym, full)| {
                (*acronym == name && names.code(name).is_none()) || full.eq_ignore_ascii_case(name)
            })
            .map(|(body, ..)| *body)
    }
}

/// Who made a recommendation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Recommender {
    /// A state: a member of the United Nations or an observer.
    State(CountryCode),
    /// A group of states.
    Body(Body),
    /// The source says that it is not known.
    Unknown,
}

impl Recommender {
    /// Reads a recommender's name or code.
    ///
    /// # Errors
    /// Where the name is of no state and no group that is known.
    pub fn parse(text: &str, names: &CountryNames) -> Result<Self, NameProblem> {
        if matches!(text.to_ascii_lowercase().as_str(), "(unknown)" | "unknown") {
            return Ok(Self::Unknown);
        }
        match Body::find(text, names) {
            Some(body) => Ok(Self::Body(body)),
            None => names.resolve(text).map(Self::State),
        }
    }

    /// The state, where it is one.
    pub fn state(&self) -> Option<&CountryCode> {
        match self {
            Self::State(code) => Some(code),
            Self::Body(_) | Self::Unknown => None,
        }
    }

    /// A stable short text: the country's code, `body:` with the acronym, or `unknown`.
    pub fn as_text(&self) -> String {
        match self {
            Self::State(code) => code.as_str().to_owned(),
            Self::Body(body) => format!("body:{}", body.acronym()),
            Self::Unknown => "unknown".to_owned(),
        }
    }
}

impl Serialize for Recommender {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.as_text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_groups_and_the_unknown_are_told_apart() {
        let parse = |text| Recommender::parse(text, CountryNames::committed()).map(|found| found.as_text());
        assert_eq!(parse("Holy See").as_deref(), Ok("VA"));
        assert_eq!(parse("EU").as_deref(), Ok("body:EU"));
        assert_eq!(parse("african union").as_deref(), Ok("body:AU"));
        assert_eq!(
            parse("AU").as_deref(),
            Ok("AU"),
            "Australia's code goes before the African Union's acronym"
        );
        assert_eq!(parse("(Unknown)").as_deref(), Ok("unknown"));
        assert!(parse("Atlantis").is_err());
        assert!(parse("").is_err());
    }

    #[test]
    fn every_group_is_known_by_its_name() {
        for (body, acronym, name) in BODIES {
            assert_eq!((body.acronym(), body.name()), (acronym, name));
            let found = Recommender::parse(name, CountryNames::committed());
            assert_eq!(found, Ok(Recommender::Body(body)));
        }
    }
}
