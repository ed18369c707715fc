//! `praxis schema`: the schema of the API as SDL.

use clap::Args;

use super::{CommandError, say};

/// Prints the GraphQL schema as SDL, as it is committed in `api/schema.graphql`.
#[derive(Args, Debug)]
pub struct SchemaArguments {
    /// Print who may ask for what instead: every root field and every type, the roles that have access, and the scopes of which
    /// an application needs one (`-`: none; `NEVER`: only a person may).
    #[arg(long)]
    access: bool,
}

/// Runs the command.
///
/// # Errors
/// Never.
pub fn run(arguments: &SchemaArguments) -> Result<(), CommandError> {
    if arguments.access {
        say(crate::identity::access::table().trim_end());
    } else {
        say(crate::graphql::sdl().trim_end());
    }
    Ok(())
}
