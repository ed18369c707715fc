//! Working memory of searches.

use std::sync::{Mutex, PoisonError};

/// How many searches at once find working memory ready.
const MOST_KEPT: usize = 16;

/// What is known so far of a document for one search.
#[derive(Clone, Copy, Default)]
pub struct Cell {
    /// Its score by the words before.
    pub score: f32,
    /// A bit for each word that it has.
    pub matched: u32,
    /// How prominent the present word is, by the tiers before.
    pub prominence: f32,
    /// How prominent it is in the present tier.
    pub in_tier: f32,
    /// One more than quality times the number of tiers plus tier; 0 where the present word was not found.
    pub best: u8,
}

/// Cells by document, all empty, that wait for the next search: to get and clear a megabyte of memory takes longer than many a
/// search.
#[derive(Default)]
pub struct Memory(Mutex<Vec<Vec<Cell>>>);

impl Memory {
    /// Empty cells for so many documents, or more.
    #[must_use]
    pub fn take(&self, documents: usize) -> Vec<Cell> {
        let mut cells = self.kept().pop().unwrap_or_default();
        if cells.len() < documents {
            cells.resize(documents, Cell::default());
        }
        cells
    }

    /// Keeps cells, which must be empty again.
    pub fn keep(&self, cells: Vec<Cell>) {
        let mut kept = self.kept();
        if kept.len() < MOST_KEPT {
            kept.push(cells);
        }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Cell>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
