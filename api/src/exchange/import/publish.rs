//! Third reading: the documents are published.

use std::io::{Read, Seek};

use super::known::Known;
use super::lines::Lines;
use super::{Import, ImportError, Progress, located, malformed};
use crate::accountability::register;
use crate::curation::publish::{BATCH, Outcome, Publication, Publisher};
use crate::exchange::bundle;
use crate::exchange::fact_lines::FactWriter;

impl Import<'_> {
    /// Writes the nodes of the register, then items and facts in the order of their lines.
    pub(super) async fn publish(
        &self,
        source: &mut (impl Read + Seek),
        known: &Known,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Outcome, ImportError> {
        let mut publisher = Publisher::begin(self.database, self.provenance.clone()).await?;
        let (outcome, changes) = register::write(
            publisher.transaction(),
            known.references.registrations(self.vocabulary, known),
        )
        .await?;
        publisher.record_references(changes).await?;
        publisher.count(outcome);
        let mut facts = FactWriter::new(self, &known.facts);
        let mut batch = Vec::with_capacity(BATCH);
        let mut written = 0;
        let mut lines = Lines::from_start(source)?;
        while let Some((number, text)) = lines.next_line()? {
            if known.references.is_line(number) {
                continue;
            }
            // Checked a moment ago; a file that changed meanwhile is a problem like any other.
            let changed = |slug, found| ImportError::Problems(located(number, slug, found).collect());
            if known.facts.is_line(number) {
                let text = text.map_err(|message| changed(None, vec![malformed(message)]))?;
                let fact = bundle::read_fact(text)
                    .map_err(|problem| changed(None, vec![problem]))?
                    .fact;
                let found = known.facts.check(self, &fact);
                if !found.is_empty() {
                    return Err(changed(None, found));
                }
                if facts.take(&publisher, fact).await? {
                    progress(Progress::Written(written + facts.written(), known.lines));
                }
                continue;
            }
            let (id, prepared) = self
                .prepare(text, known)
                .map_err(|(slug, found)| changed(slug, found))?;
            batch.push(Publication { id, prepared });
            if batch.len() == BATCH {
                written += batch.len();
                publisher.publish(std::mem::take(&mut batch)).await?;
                progress(Progress::Written(written + facts.written(), known.lines));
            }
        }
        written += batch.len();
        publisher.publish(batch).await?;
        written += facts.end(&mut publisher).await?;
        progress(Progress::Written(written, known.lines));
        Ok(publisher.end(self.dry_run).await?)
    }
}
