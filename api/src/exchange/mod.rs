//! Import and export.

pub mod bundle;
pub mod export;
pub mod import;
pub mod sample;
