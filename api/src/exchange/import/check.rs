//! Second reading: every line is validated, and the relations that must be free of cycles are walked.

use std::collections::HashMap;
use std::io::{Read, Seek};

use praxis_entities::vocabulary::RelationKind;

use super::known::Known;
use super::lines::Lines;
use super::{Import, ImportError, Located, PROBLEMS, Progress, located};
use crate::curation::cycles::{self, ACYCLIC, Edges};
use crate::curation::publish::BATCH;
use crate::exchange::bundle;

impl Import<'_> {
    /// Finds everything that is wrong with the lines.
    pub(super) async fn check(
        &self,
        source: &mut (impl Read + Seek),
        known: &Known,
        problems: &mut Vec<Located>,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(), ImportError> {
        let mut edges: HashMap<RelationKind, Edges> = HashMap::new();
        let mut checked = 0;
        let mut lines = Lines::from_start(source)?;
        while let Some((number, text)) = lines.next_line()? {
            if problems.len() >= PROBLEMS {
                break;
            }
            if known.references.is_line(number) {
                continue;
            }
            checked += 1;
            if checked % BATCH == 0 {
                progress(Progress::Checked(checked, known.lines));
            }
            if known.facts.is_line(number) {
                // What can't be read the first reading has said.
                if let Ok(Ok(item)) = text.map(bundle::read_fact) {
                    problems.extend(located(number, None, known.facts.check(self, &item.fact)));
                }
                continue;
            }
            match self.prepare(text, known) {
                Ok((id, prepared)) => {
                    for relation in prepared.relations() {
                        if ACYCLIC.contains(&relation.kind) {
                            edges
                                .entry(relation.kind)
                                .or_default()
                                .entry(id)
                                .or_default()
                                .push(relation.target);
                        }
                    }
                }
                Err((slug, found)) => problems.extend(located(number, slug, found)),
            }
        }
        for (kind, mut edges) in edges {
            cycles::add_stored(self.database.read(), kind, &mut edges, &known.own).await?;
            if let Some(cycle) = cycles::find_cycle(&edges) {
                problems.extend(known.cycle(kind, &cycle));
            }
        }
        Ok(())
    }
}
