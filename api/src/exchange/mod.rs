//! Import and export: bundles, and tables as others publish them.

pub mod bundle;
pub mod dataset;
mod digest;
pub mod export;
mod fact_lines;
pub mod import;
mod overtaken;
pub mod ratification;
mod reference_lines;
pub mod sample;
pub mod sdmx;
pub mod table;
pub mod upr;
