//! `praxis schema`: the schema of the API as SDL.

use clap::Args;

use super::{CommandError, say};

/// Prints the GraphQL schema as SDL, as it is committed in `api/schema.graphql`.
#[derive(Args, Debug)]
pub struct SchemaArguments {}

/// Runs the command.
///
/// # Errors
/// Never.
pub fn run(_arguments: &SchemaArguments) -> Result<(), CommandError> {
    say(crate::graphql::sdl().trim_end());
    Ok(())
}
