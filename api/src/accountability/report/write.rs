//! The words of a report.

use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::NaiveDate;
use praxis_entities::vocabulary::{ImplementationStatus, RecommendationResponse, TreatyStatus};

use super::rows::{Facts, Promised, Reported, ReviewFacts, Told};
use crate::accountability::reported::ComputedFigure;

/// Writes the report. Writing into a text can't fail, so what `write!` says is let go.
pub fn report(country: &str, facts: &Facts, today: NaiveDate) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "# {}: following up on what the state was told\n", plain(country));
    let _ = writeln!(
        out,
        "Draft of {today}, made from the data that this service holds on that day. Computed figures count the \
         recommendations held here; reported figures are those of their source, which counts by a rule of its own. What \
         nobody has assessed is called so.\n"
    );
    reviews(&mut out, &facts.reviews);
    progress(&mut out, &facts.told);
    told(&mut out, facts);
    promised(&mut out, &facts.promised, today);
    treaties(&mut out, facts);
    values(&mut out, facts);
    out
}

/// A text that means nothing to CommonMark.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(
            character,
            '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '`' | '#' | '|' | '~' | '&' | '!'
        ) {
            out.push('\\');
        }
        out.push(if character.is_control() { ' ' } else { character });
    }
    out
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.0} %", share * 100.0))
}

fn reviews(out: &mut String, reviews: &[ReviewFacts]) {
    let _ = writeln!(out, "## Reviews\n");
    if reviews.is_empty() {
        let _ = writeln!(out, "No review of this state is held here.\n");
    }
    for review in reviews {
        let uptake = &review.uptake;
        let _ = writeln!(out, "### {}\n", plain(&review.name));
        let _ = writeln!(
            out,
            "- Recommendations: {}; about children: {}, of which accepted: {} ({}).",
            uptake.recommendations,
            uptake.child_focused,
            uptake.child_focused_accepted,
            percent(uptake.child_focused_accepted_share)
        );
        if uptake.asks > 0 {
            let _ = writeln!(
                out,
                "- Asks of coalitions: {}; reflected in recommendations: {} ({}); in accepted ones: {} ({}). Links between \
                 asks and recommendations are entered by people and may be incomplete.",
                uptake.asks,
                uptake.asks_reflected,
                percent(uptake.asks_reflected_share),
                uptake.asks_accepted,
                percent(uptake.asks_accepted_share)
            );
        }
        for reported in &review.reported {
            figure(out, reported, review);
        }
        out.push('\n');
    }
}

fn figure(out: &mut String, reported: &Reported, review: &ReviewFacts) {
    let computed = ComputedFigure::of(reported.figure.figure, &review.uptake);
    let of = match (reported.figure.numerator, reported.figure.denominator) {
        (Some(part), Some(whole)) => format!(", {part} of {whole}"),
        _ => String::new(),
    };
    let difference = reported
        .figure
        .share
        .zip(computed.share)
        .map_or_else(String::new, |(reported, computed)| {
            format!("; difference {:+.0} points", (reported - computed) * 100.0)
        });
    let _ = writeln!(
        out,
        "- Reported: {}: {}{of}. Computed here: {}, {} of {}{difference}. Source of the reported figure: {} ({}).",
        plain(&reported.figure.metric),
        percent(reported.figure.share),
        percent(computed.share),
        computed.numerator,
        computed.denominator,
        plain(&reported.finding),
        plain(&reported.sources.join("; "))
    );
}

fn state(state: ImplementationStatus) -> &'static str {
    match state {
        ImplementationStatus::Unknown => "not assessed",
        ImplementationStatus::NotStarted => "not started",
        ImplementationStatus::UnderWay => "under way",
        ImplementationStatus::PartlyImplemented => "partly implemented",
        ImplementationStatus::Implemented => "implemented",
        ImplementationStatus::Reversed => "reversed",
    }
}

fn response(response: RecommendationResponse) -> &'static str {
    match response {
        RecommendationResponse::Accepted => "accepted",
        RecommendationResponse::PartlyAccepted => "partly accepted",
        RecommendationResponse::Noted => "noted",
        RecommendationResponse::Pending => "no answer known",
    }
}

fn theme(theme: &str) -> String {
    if theme.is_empty() {
        "Other".to_owned()
    } else {
        plain(theme)
    }
}

const STATES: [ImplementationStatus; 6] = [
    ImplementationStatus::Implemented,
    ImplementationStatus::PartlyImplemented,
    ImplementationStatus::UnderWay,
    ImplementationStatus::NotStarted,
    ImplementationStatus::Reversed,
    ImplementationStatus::Unknown,
];

fn progress(out: &mut String, told: &[Told]) {
    if told.is_empty() {
        return;
    }
    let mut rows: BTreeMap<(bool, &str), [usize; 6]> = BTreeMap::new();
    for one in told {
        let counts = rows.entry((one.theme.is_empty(), &one.theme)).or_default();
        for (count, state) in counts.iter_mut().zip(STATES) {
            *count += usize::from(one.state == state);
        }
    }
    let _ = writeln!(out, "## Progress by theme\n");
    let _ = writeln!(
        out,
        "Each recommendation stands under its first theme.\n\n\
         | Theme | Recommendations | Implemented | Partly | Under way | Not started | Reversed | Not assessed |\n\
         |---|---|---|---|---|---|---|---|"
    );
    for ((_, name), counts) in rows {
        let cells: Vec<String> = counts.iter().map(ToString::to_string).collect();
        let all: usize = counts.iter().sum();
        let _ = writeln!(out, "| {} | {all} | {} |", theme(name), cells.join(" | "));
    }
    out.push('\n');
}

fn told(out: &mut String, facts: &Facts) {
    let _ = writeln!(out, "## Recommendations about children\n");
    if facts.told.is_empty() {
        let _ = writeln!(out, "None is held here.\n");
        return;
    }
    let shown = u64::try_from(facts.told.len()).unwrap_or(u64::MAX);
    if shown < facts.told_in_all {
        let _ = writeln!(out, "The first {shown} of {}.\n", facts.told_in_all);
    }
    let mut heading = None;
    for one in &facts.told {
        if heading != Some(&one.theme) {
            if heading.is_some() {
                out.push('\n');
            }
            let _ = writeln!(out, "### {}\n", theme(&one.theme));
            heading = Some(&one.theme);
        }
        let makers = if one.makers.is_empty() {
            String::new()
        } else {
            format!("{}; ", plain(&one.makers.join(", ")))
        };
        let _ = writeln!(
            out,
            "- {} ({}; {makers}{}): **{}**.",
            plain(&one.text),
            plain(&one.place),
            response(one.response),
            state(one.state)
        );
        for entry in &one.history {
            let note = entry
                .words()
                .map_or_else(String::new, |note| format!(": {}", plain(note)));
            let by = entry.by().map_or_else(String::new, |by| format!(" by {}", plain(by)));
            let _ = writeln!(out, "  - {}{by}, {}{note}", entry.day(), state(entry.state()));
        }
        if !one.responsible.is_empty() {
            let _ = writeln!(out, "  - Responsible: {}", plain(&one.responsible.join(", ")));
        }
    }
    out.push('\n');
}

fn promised(out: &mut String, promised: &[Promised], today: NaiveDate) {
    let _ = writeln!(out, "## Commitments\n");
    if promised.is_empty() {
        let _ = writeln!(out, "None is held here.\n");
        return;
    }
    for one in promised {
        let due = match one.due {
            None => "no day is set".to_owned(),
            Some(due) if due < today && one.state != ImplementationStatus::Implemented => {
                format!("**overdue** since {due}")
            }
            Some(due) => format!("due {due}"),
        };
        let owners = if one.owners.is_empty() {
            String::new()
        } else {
            format!(" ({})", plain(&one.owners.join(", ")))
        };
        let kind = one.kind.as_str().to_lowercase();
        let _ = writeln!(
            out,
            "- {}{owners}: {kind}, {due}, {}.",
            plain(&one.title),
            state(one.state)
        );
    }
    out.push('\n');
}

fn treaties(out: &mut String, facts: &Facts) {
    if facts.treaties.is_empty() {
        return;
    }
    let _ = writeln!(out, "## Treaties\n");
    for (name, status, year) in &facts.treaties {
        let said = match (status, year) {
            (TreatyStatus::StateParty, Some(year)) => format!("bound since {year}"),
            (TreatyStatus::StateParty, None) => "bound".to_owned(),
            (TreatyStatus::Signatory, _) => "signed, not bound".to_owned(),
            (TreatyStatus::NoAction, _) => "neither signed nor bound".to_owned(),
        };
        let _ = writeln!(out, "- {}: {said}.", plain(name));
    }
    out.push('\n');
}

fn values(out: &mut String, facts: &Facts) {
    if facts.values.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "## Indicators\n\n| Indicator | Latest value | Period |\n|---|---|---|"
    );
    for (name, value, period) in &facts.values {
        let _ = writeln!(out, "| {} | {} | {} |", plain(name), plain(value), plain(period));
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Parser};

    use super::*;

    proptest! {
        #[test]
        fn a_text_in_a_report_is_read_as_the_text_that_it_is(text in "[a-z*_<>&#|~`!\\[\\]\\\\ ]{1,60}") {
            let written = format!("x{}x", plain(&text));
            let mut read = String::new();
            for event in Parser::new(&written) {
                match event {
                    Event::Text(part) => read.push_str(&part),
                    Event::Start(_) | Event::End(_) => {}
                    other => prop_assert!(false, "{other:?}"),
                }
            }
            prop_assert_eq!(read, format!("x{text}x"));
        }
    }
}
