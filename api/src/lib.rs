//! The Praxis service: a GraphQL API for a community of practice on child rights and social accountability.

pub mod accountability;
pub mod app;
pub mod commands;
pub mod config;
pub mod content;
pub mod curation;
pub mod database;
pub mod exchange;
pub mod files;
pub mod graphql;
pub mod http;
pub mod identifier;
pub mod identity;
pub mod live;
pub mod log;
pub mod logging;
pub mod search;
pub mod service;
pub mod supervise;
pub mod text;
pub mod vocabulary;
