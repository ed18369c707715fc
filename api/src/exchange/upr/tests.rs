use std::io::Cursor;

use proptest::prelude::*;

use super::*;

const HEADER: &str = "To,To-Rgrp,To-Org,Text,From,From-Rgrp,From-Org,Response,Action,Issue,Session";
const GOOD: &str =
    "Nepal,Asia,,\"Raise the age, and enforce it \",Norway,WEOG,,Accepted,5,\"Rights of the Child,Women's rights\",10";

fn rows(lines: &[&str]) -> Vec<Result<UprRow, RowProblem>> {
    let text = std::iter::once(HEADER)
        .chain(lines.iter().copied())
        .collect::<Vec<_>>()
        .join("\r");
    read(Cursor::new(text.into_bytes()), None).collect()
}

fn only(line: &str) -> Result<UprRow, RowProblem> {
    rows(&[line]).pop().unwrap()
}

#[test]
fn a_row_is_read_with_everything_it_says() {
    let row = only(GOOD).unwrap();
    assert_eq!(row.line, 2);
    assert_eq!(row.state.as_str(), "NP");
    assert_eq!(row.recommender.as_text(), "NO");
    assert_eq!(row.text, "Raise the age, and enforce it");
    assert_eq!((row.response, row.action.number()), (Response::Accepted, 5));
    let issues: Vec<_> = row.issues.iter().map(|issue| issue.name()).collect();
    assert_eq!(issues, ["Rights of the Child", "Women's rights"]);
    assert_eq!((row.session.cycle().number(), row.session.year()), (1, 2011));
}

#[test]
fn what_is_wrong_with_a_row_is_said_with_line_and_column() {
    for (from, to, column, said) in [
        ("Nepal", "Nepall", "To", "did you mean `NP`"),
        ("Nepal", "Korea", "To", "KP, KR"),
        ("Norway", "Atlantis", "From", "no country"),
        ("Norway", "", "From", "empty"),
        ("Accepted", "Maybe", "Response", "`Accepted`, `Noted` or `Pending`"),
        (",5,", ",6,", "Action", "from 1 to 5"),
        (",10", ",51", "Session", "from 1 to 50"),
        ("Women's rights", "Womens", "Issue", "`Womens`"),
        ("Raise the age", "Raise\u{7}", "Text", "U+0007"),
    ] {
        let problem = only(&GOOD.replacen(from, to, 1)).unwrap_err();
        assert_eq!((problem.line, problem.problem.path.as_str()), (2, column), "{problem}");
        assert!(
            problem.problem.message.to_lowercase().contains(&said.to_lowercase()),
            "{problem}"
        );
    }
}

#[test]
fn a_text_that_is_too_long_is_refused() {
    let problem = only(&GOOD.replace("Raise", &"x".repeat(TEXT_LIMIT))).unwrap_err();
    assert_eq!(problem.problem.code, ProblemCode::TooLong);
}

#[test]
fn reading_goes_on_after_a_row_with_a_problem() {
    let found = rows(&["Nepal,too,few", GOOD]);
    assert_eq!(found[0].as_ref().unwrap_err().line, 2);
    assert_eq!(found[1].as_ref().unwrap().line, 3);
}

#[test]
fn a_state_in_two_sessions_of_one_cycle_is_refused() {
    let found = rows(&[GOOD, &GOOD.replace(",10", ",1")]);
    let problem = found[1].as_ref().unwrap_err();
    assert_eq!((problem.line, problem.problem.path.as_str()), (3, "Session"));
    assert!(problem.problem.message.contains("line 2"), "{problem}");
    assert!(rows(&[GOOD, &GOOD.replace(",10", ",23")]).iter().all(Result::is_ok));
}

#[test]
fn a_file_without_header_gives_one_problem() {
    let found: Vec<_> = read(Cursor::new(GOOD), None).collect();
    assert_eq!(found.len(), 1);
    assert!(found[0].as_ref().unwrap_err().to_string().contains("lacks"));
}

#[test]
fn the_same_recommendation_twice_is_one_and_a_contradiction_is_refused() {
    let mut duplicates = Duplicates::default();
    let first = only(GOOD).unwrap();
    let again = only(
        &GOOD
            .replace("Raise the age, and", "RAISE the age – and")
            .replace(",Women's rights", ""),
    )
    .unwrap();
    let other = only(&GOOD.replace("Norway", "Sweden")).unwrap();
    let against = only(&GOOD.replace("Accepted", "Noted")).unwrap();
    assert_eq!(duplicates.take(&first), Ok(Standing::New(first.key())));
    assert_eq!(
        duplicates.take(&again),
        Ok(Standing::Repeated {
            key: first.key(),
            line: 2
        })
    );
    assert_eq!(duplicates.take(&other), Ok(Standing::New(other.key())));
    let problem = duplicates.take(&against).unwrap_err();
    assert_eq!(problem.problem.path, "Response");
}

#[test]
fn the_key_of_a_row_never_changes() {
    assert_eq!(
        only(GOOD).unwrap().key().to_string(),
        "ac8ede820cfe0a0f01b195ae6f4d1b7d"
    );
}

/// Runs over the whole data where `PRAXIS_UPR_DATA` names its folder; it is not part of the project.
#[test]
fn every_row_of_the_published_data_arrives() {
    let Ok(folder) = std::env::var("PRAXIS_UPR_DATA") else {
        eprintln!("PRAXIS_UPR_DATA is not set: the published data is not read");
        return;
    };
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let (mut count, mut repeated, mut unknown) = (0, 0, 0);
    let mut duplicates = Duplicates::default();
    for file in files {
        for row in read(std::fs::File::open(&file).unwrap(), None) {
            let row = row.unwrap_or_else(|problem| panic!("{}: {problem}", file.display()));
            count += 1;
            unknown += usize::from(row.recommender == Recommender::Unknown);
            repeated += usize::from(matches!(duplicates.take(&row).unwrap(), Standing::Repeated { .. }));
        }
    }
    assert_eq!((count, repeated, unknown), (41_066, 4, 9));
}

proptest! {
    #[test]
    fn the_key_does_not_depend_on_case_punctuation_and_white_space(text in "[a-zà-öø-ÿ ]{1,60}", marks in "[.,;:!? -]{0,3}") {
        prop_assume!(!text.trim().is_empty());
        let one = only(&GOOD.replace("Raise the age, and enforce it ", &text)).unwrap();
        let upper = text.to_uppercase().replace(' ', "  ");
        let other = only(&GOOD.replace("Raise the age, and enforce it ", &format!("{marks}{upper}{marks}"))).unwrap();
        prop_assert_eq!(one.key(), other.key());
    }

    #[test]
    fn any_field_gives_a_row_or_a_problem_in_its_line(text in "\\PC{0,80}", at in 0_usize..11) {
        let mut fields: Vec<String> = vec!["Nepal", "Asia", "", "Text", "Norway", "WEOG", "", "Noted", "1", "Other", "10"]
            .into_iter()
            .map(str::to_owned)
            .collect();
        fields[at] = format!("\"{}\"", text.replace('"', "\"\""));
        match only(&fields.join(",")) {
            Ok(row) => prop_assert_eq!(row.line, 2),
            Err(problem) => prop_assert_eq!(problem.line, 2),
        }
    }
}
