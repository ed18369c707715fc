//! Import and export.

pub mod bundle;
pub mod export;
pub mod import;
mod reference_lines;
pub mod sample;
