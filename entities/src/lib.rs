//! SeaORM entities of Praxis: one file per table, no logic.

pub mod account;
pub mod account_role;
pub mod audit_entry;
pub mod citation;
pub mod concept;
pub mod content;
pub mod content_concept;
pub mod content_relation;
pub mod content_translation;
pub mod event;
pub mod evidence;
pub mod initiative;
pub mod lesson;
pub mod one_time_token;
pub mod organization;
pub mod practitioner;
pub mod refresh_token;
pub mod resource;
pub mod revision;
pub mod session;
pub mod setting;
pub mod signing_key;
pub mod throttle;
pub mod vocabulary;
