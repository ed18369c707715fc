//! The words of a report.

use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::NaiveDate;
use praxis_entities::vocabulary::{ImplementationStatus, RecommendationResponse, TreatyStatus};

use super::rows::{Assessed, Cut, Facts, Progress, Promised, Reported, ReviewFacts, Told};
use crate::accountability::reported::{ComputedFigure, is_change};

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
    progress(&mut out, &facts.progress);
    told(&mut out, facts);
    pledged(&mut out, &facts.pledged);
    promised(&mut out, &facts.promised, today);
    treaties(&mut out, facts);
    values(&mut out, facts);
    out
}

/// A text that means nothing to CommonMark, wherever it stands: at the beginning of a block, too, where `2. ` and `- ` would
/// begin a list.
fn plain(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect();
    let text = text.trim_start_matches(' ');
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let mut out = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        let begins_list = match character {
            '-' | '+' => at == 0,
            '.' | ')' => at == digits && digits > 0,
            _ => false,
        };
        if begins_list
            || matches!(
                character,
                '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '`' | '#' | '|' | '~' | '&' | '!'
            )
        {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

/// What a list that is cut leaves out.
fn left_out<T>(out: &mut String, cut: &Cut<T>, which: &str) {
    if cut.left_out > 0 {
        let shown = cut.shown.len();
        let _ = writeln!(
            out,
            "Shown are {shown}{which}; {} more are left out here.\n",
            cut.left_out
        );
    }
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
        // What nobody was asked to accept, or nobody has answered yet, is not refused.
        let accepted = if review.is_answered_on_children {
            let share = percent(uptake.child_focused_accepted_share);
            format!(", of which accepted: {} ({share})", uptake.child_focused_accepted)
        } else {
            String::new()
        };
        let _ = writeln!(
            out,
            "- Recommendations: {}; about children: {}{accepted}.",
            uptake.recommendations, uptake.child_focused
        );
        if uptake.asks > 0 {
            let accepted = if review.is_answered {
                let share = percent(uptake.asks_accepted_share);
                format!("; in accepted ones: {} ({share})", uptake.asks_accepted)
            } else {
                String::new()
            };
            let _ = writeln!(
                out,
                "- Asks of coalitions: {}; reflected in recommendations: {} ({}){accepted}. Links between asks and \
                 recommendations are entered by people and may be incomplete.",
                uptake.asks,
                uptake.asks_reflected,
                percent(uptake.asks_reflected_share)
            );
        }
        for reported in &review.reported {
            figure(out, reported, review);
        }
        out.push('\n');
    }
}

fn figure(out: &mut String, reported: &Reported, review: &ReviewFacts) {
    let computed = ComputedFigure::of(reported.figure.figure, &review.uptake, review.before.as_ref());
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
    let compared = if is_change(reported.figure.figure) {
        "more than"
    } else {
        "of"
    };
    let computed = match computed.share {
        Some(share) => format!(
            "Computed here: {}, {} {compared} {}{difference}",
            percent(Some(share)),
            computed.numerator,
            computed.denominator
        ),
        None => "Nothing is held here that it could be computed from".to_owned(),
    };
    let _ = writeln!(
        out,
        "- Reported: {}: {}{of}. {computed}. Source of the reported figure: {} ({}).",
        plain(&reported.figure.metric),
        percent(reported.figure.share),
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

fn progress(out: &mut String, progress: &[Progress]) {
    if progress.is_empty() {
        return;
    }
    let mut rows: BTreeMap<(bool, &str), [u64; 6]> = BTreeMap::new();
    for one in progress {
        let counts = rows.entry((one.theme.is_empty(), &one.theme)).or_default();
        for (count, state) in counts.iter_mut().zip(STATES) {
            *count += if one.state == state { one.count } else { 0 };
        }
    }
    let in_all: u64 = progress.iter().map(|one| one.count).sum();
    let _ = writeln!(
        out,
        "## Progress by theme\n\n\
         Counted are all recommendations about children, {in_all}, each under its first theme; others are not counted.\n\n\
         | Theme | Recommendations | Implemented | Partly | Under way | Not started | Reversed | Not assessed |\n\
         |---|---|---|---|---|---|---|---|"
    );
    for ((_, name), counts) in rows {
        let cells: Vec<String> = counts.iter().map(ToString::to_string).collect();
        let all: u64 = counts.iter().sum();
        let _ = writeln!(out, "| {} | {all} | {} |", theme(name), cells.join(" | "));
    }
    out.push('\n');
}

fn told(out: &mut String, facts: &Facts) {
    let _ = writeln!(out, "## Recommendations about children\n");
    if facts.told.shown.is_empty() {
        let _ = writeln!(out, "None is held here.\n");
        return;
    }
    left_out(out, &facts.told, "");
    let mut heading = None;
    for one in &facts.told.shown {
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
        followed(out, one);
    }
    out.push('\n');
}

fn pledged(out: &mut String, pledged: &Cut<Told>) {
    if pledged.shown.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "## Voluntary pledges\n\nWhat the state undertook of its own accord in its reviews, about children or not.\n"
    );
    left_out(out, pledged, "");
    for one in &pledged.shown {
        let _ = writeln!(
            out,
            "- {} ({}): **{}**.",
            plain(&one.text),
            plain(&one.place),
            state(one.state)
        );
        followed(out, one);
    }
    out.push('\n');
}

/// What became of something: its assessments, and who is responsible.
fn followed(out: &mut String, one: &Told) {
    assessments(out, &one.history);
    if !one.responsible.is_empty() {
        let _ = writeln!(out, "  - Responsible: {}", plain(&one.responsible.join(", ")));
    }
}

fn assessments(out: &mut String, history: &[Assessed]) {
    for Assessed { entry, source } in history {
        let note = entry
            .words()
            .map_or_else(String::new, |note| format!(": {}", plain(note)));
        let by = entry.by().map_or_else(String::new, |by| format!(" by {}", plain(by)));
        let source = source
            .as_deref()
            .map_or_else(String::new, |source| format!(" (source: {})", plain(source)));
        let _ = writeln!(out, "  - {}{by}, {}{note}{source}", entry.day(), state(entry.state()));
    }
}

fn promised(out: &mut String, promised: &Cut<Promised>, today: NaiveDate) {
    let _ = writeln!(out, "## Commitments\n");
    if promised.shown.is_empty() {
        let _ = writeln!(out, "None is held here.\n");
        return;
    }
    left_out(out, promised, ", those due first");
    for one in &promised.shown {
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
        assessments(out, &one.history);
        if !one.sources.is_empty() {
            let _ = writeln!(out, "  - Source: {}", plain(&one.sources.join("; ")));
        }
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
    if facts.values.shown.is_empty() && facts.targets.shown.is_empty() {
        return;
    }
    let _ = writeln!(out, "## Indicators\n");
    if !facts.values.shown.is_empty() {
        left_out(out, &facts.values, ", by name");
        let _ = writeln!(out, "| Indicator | Latest value | Period |\n|---|---|---|");
        for one in &facts.values.shown {
            row(out, [&one.indicator, &one.value, &one.period]);
        }
        out.push('\n');
    }
    if !facts.targets.shown.is_empty() {
        let _ = writeln!(out, "### Targets of plans and commitments\n");
        left_out(out, &facts.targets, "");
        let _ = writeln!(
            out,
            "| Plan or commitment | Indicator | From | To | Reported last | Source |\n|---|---|---|---|---|---|"
        );
        for one in &facts.targets.shown {
            let [from, to, last] =
                [&one.baseline, &one.target, &one.reported].map(|value| value.as_deref().unwrap_or("not stated"));
            row(
                out,
                [&one.item, &one.indicator, from, to, last, &one.sources.join("; ")],
            );
        }
        out.push('\n');
    }
}

fn row<const CELLS: usize>(out: &mut String, cells: [&str; CELLS]) {
    let _ = writeln!(out, "| {} |", cells.map(plain).join(" | "));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Parser, Tag, TagEnd};

    use super::*;

    proptest! {
        #[test]
        fn a_text_in_a_report_is_read_as_the_text_that_it_is(
            text in "([0-9]{1,10}[.)]|[-+*#>=]{1,4}| {1,6})?[ \\t]{0,2}[a-z*_<>&#|~`!\\[\\]\\\\.)+=0-9 -]{1,60}"
        ) {
            let text = format!("{text}x");
            let mut read = String::new();
            let mut lists = 0;
            let written = format!("- {}\n", plain(&text));
            for event in Parser::new(&written) {
                match event {
                    Event::Text(part) => read.push_str(&part),
                    Event::Start(Tag::List(_)) => lists += 1,
                    Event::Start(Tag::Item) | Event::End(TagEnd::List(_) | TagEnd::Item) => {}
                    other => prop_assert!(false, "{other:?} in {written:?}"),
                }
            }
            let spaced = text.replace('\t', " ");
            prop_assert_eq!(read, spaced.trim_start());
            prop_assert_eq!(lists, 1);
        }
    }
}
