//! What a row says, as the document of a recommendation.

use praxis_entities::vocabulary::{ConceptScheme, RecommendationKind, RecommendationResponse};

use super::references::SOURCE;
use super::reviews::HeldReviews;
use super::themes;
use crate::accountability::recommendation::document::RecommendationInput;
use crate::accountability::rules::issue_themes::Issue;
use crate::content::document::CitationInput;
use crate::exchange::upr::{Recommender, Response, UprRow};
use crate::graphql::scalars::{CountryCode, LanguageTag};
use crate::vocabulary::Vocabulary;

/// How much of a recommendation's text stands in its title, in characters.
const HEAD: usize = 120;

/// What a row says, upon what is known already, whose themes follow the row already.
pub fn document(
    vocabulary: &Vocabulary,
    held: &HeldReviews,
    row: &UprRow,
    issues: &[Issue],
    before: Option<RecommendationInput>,
) -> RecommendationInput {
    let review = (row.state.clone(), row.session);
    let tags: Vec<String> = issues.iter().map(|issue| issue.name().to_owned()).collect();
    let (recommending_countries, recommending_body) = match &row.recommender {
        Recommender::State(code) => (Some(vec![code.clone()]), None),
        Recommender::Body(body) => (None, Some(body.name().to_owned())),
        Recommender::Unknown => (None, None),
    };
    let mut document = before.unwrap_or_else(|| RecommendationInput {
        title: title(vocabulary, row, &row.text),
        language: LanguageTag::trusted("en"),
        summary: None,
        themes: Some(themes::given(vocabulary, &row.text, issues)),
        countries: None,
        translations: None,
        citations: Some(vec![citation(row)]),
        contributors: None,
        kind: RecommendationKind::Recommendation,
        review: String::new(),
        text: row.text.clone(),
        response: RecommendationResponse::Pending,
        paragraph: None,
        recommending_countries: None,
        recommending_body: None,
        action_category: None,
        source_tags: None,
        child_focus: None,
        responsible: None,
        repeats: None,
        implementation: None,
    });
    // A title that somebody improved stays; one that follows from the row follows it.
    if document.title == title(vocabulary, row, &document.text) {
        document.title = title(vocabulary, row, &row.text);
    }
    document.review = held.slug_of(&review);
    document.countries = Some(vec![row.state.clone()]);
    document.text.clone_from(&row.text);
    document.response = match row.response {
        Response::Accepted => RecommendationResponse::Accepted,
        Response::Noted => RecommendationResponse::Noted,
        Response::Pending => RecommendationResponse::Pending,
    };
    document.recommending_countries = recommending_countries;
    document.recommending_body = recommending_body;
    document.action_category = Some(i16::from(row.action.number()));
    document.source_tags = Some(tags);
    document
}

fn citation(row: &UprRow) -> CitationInput {
    CitationInput {
        resource: SOURCE.to_owned(),
        locator: Some(format!("session {}", row.session.number())),
        note: None,
    }
}

/// Adds the source to what somebody has entered from another one.
pub fn cite(document: &mut RecommendationInput, row: &UprRow) {
    let citations = document.citations.get_or_insert_default();
    if !citations.iter().any(|citation| citation.resource == SOURCE) {
        citations.push(citation(row));
    }
}

/// `Nepal, UPR 2011, Norway: Ratify the Optional Protocol …`
fn title(vocabulary: &Vocabulary, row: &UprRow, text: &str) -> String {
    let name = |code: &CountryCode| {
        vocabulary
            .find(ConceptScheme::Country, code.as_str())
            .map_or_else(|| code.to_string(), |country| country.label(None).to_owned())
    };
    let maker = match &row.recommender {
        Recommender::State(code) => name(code),
        Recommender::Body(body) => body.name().to_owned(),
        Recommender::Unknown => "unknown".to_owned(),
    };
    format!(
        "{}, UPR {}, {maker}: {}",
        name(&row.state),
        row.session.year(),
        head(text)
    )
}

/// The beginning of a text, cut between words.
fn head(text: &str) -> String {
    if text.chars().count() <= HEAD {
        return text.to_owned();
    }
    let cut: String = text.chars().take(HEAD).collect();
    let whole = cut.rsplit_once(' ').map_or(cut.as_str(), |(whole, _)| whole);
    format!("{} …", whole.trim_end_matches([',', ';', ':', ' ']))
}
