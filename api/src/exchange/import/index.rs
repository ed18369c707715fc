//! First reading: the slugs of the file.

use std::collections::HashMap;
use std::io::{Read, Seek};

use praxis_entities::vocabulary::{ContentKind, ContentStatus};
use sea_orm::{DbErr, Iterable};
use uuid::Uuid;

use super::known::{Known, well_formed};
use super::lines::Lines;
use super::{Import, ImportError, Located, PROBLEMS};
use crate::content::document::ContentInput;
use crate::content::document::problem::{Problem, ProblemCode};
use crate::curation::publish::ids_by_slug;
use crate::database::Database;
use crate::exchange::bundle::Heading;

impl Known {
    /// Takes a line: what sort it is, and the slug and kind of an item.
    fn take(&mut self, line: usize, text: &str) -> Result<(), Located> {
        let Ok(heading) = serde_json::from_str::<Heading>(text) else {
            return Ok(());
        };
        if heading.reference.is_some() {
            return self.references.take(line, text);
        }
        if heading.fact.is_some() {
            return self.facts.take(line, text);
        }
        let kind = heading
            .content
            .and_then(|content| ContentKind::iter().find(|kind| content.contains_key(ContentInput::field(*kind))));
        let (Some(slug), Some(kind)) = (heading.slug, kind) else {
            return Ok(());
        };
        let first = *self.first_line.entry((kind, slug.clone())).or_insert(line);
        if first == line {
            return Ok(());
        }
        Err(Located {
            line,
            problem: Problem {
                code: ProblemCode::DuplicateSlug,
                path: "slug".to_owned(),
                message: format!(
                    "Line {first} has the {} `{}` already; give this one another slug.",
                    ContentInput::field(kind),
                    slug
                ),
            },
            slug: Some(slug),
        })
    }

    /// Finds the keys of the items that exist and gives the others new ones.
    async fn find_ids(&mut self, database: &Database, problems: &mut Vec<Located>) -> Result<(), DbErr> {
        for kind in ContentKind::iter() {
            let mut lines: Vec<(usize, String)> = self
                .first_line
                .iter()
                .filter(|((one, _), _)| *one == kind)
                .map(|((_, slug), line)| (*line, slug.clone()))
                .collect();
            // Ids are given in the order of the lines. What is published at the same time is listed by id, so that the
            // same file gives the same lists everywhere.
            lines.sort_unstable();
            let slugs: Vec<String> = lines.into_iter().map(|(_, slug)| slug).collect();
            let mut stored: HashMap<String, Uuid> = HashMap::new();
            for (slug, id, status) in ids_by_slug(database.read(), kind, &well_formed(&slugs)).await? {
                if status != ContentStatus::Published {
                    problems.push(self.standing(kind, &slug, status));
                }
                stored.insert(slug, id);
            }
            for slug in slugs {
                let id = stored.get(&slug).copied().unwrap_or_else(Uuid::now_v7);
                self.own.insert(id);
                self.ids.insert((kind, slug), id);
            }
        }
        Ok(())
    }
}

impl Import<'_> {
    /// The slugs of the file, with the keys of those that exist and new keys for the others. Lines whose slug and kind can't be
    /// read are left to the second reading.
    pub(super) async fn index(
        &self,
        source: &mut (impl Read + Seek),
        problems: &mut Vec<Located>,
    ) -> Result<Known, ImportError> {
        let mut known = Known::default();
        let mut lines = Lines::from_start(source)?;
        while let Some((number, text)) = lines.next_line()? {
            known.lines += 1;
            if let Ok(text) = text
                && let Err(problem) = known.take(number, text)
                && problems.len() < PROBLEMS
            {
                problems.push(problem);
            }
        }
        known.find_ids(self.database, problems).await?;
        Ok(known)
    }
}
