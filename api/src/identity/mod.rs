//! Who is asking.

/// Who asks for something or changes something.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// Somebody who did not say who they are.
    Anonymous,
    /// The service itself or its operator: an import, a command.
    System,
}

impl Actor {
    /// How the actor is written in the audit log.
    pub fn audit_name(&self) -> &'static str {
        match self {
            Actor::Anonymous => "anonymous",
            Actor::System => "system",
        }
    }
}
