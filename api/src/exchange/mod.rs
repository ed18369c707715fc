//! Import and export: bundles, and tables as others publish them.

pub mod bundle;
pub mod export;
pub mod import;
pub mod sample;
pub mod table;
pub mod upr;
