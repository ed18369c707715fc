//! The messages of `graphql-transport-ws`, the GraphQL over WebSocket protocol
//! (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>).

use async_graphql::ServerError;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::graphql::Parameters;

/// The name of the subprotocol.
pub const SUBPROTOCOL: &str = "graphql-transport-ws";

/// What a client says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    /// It introduces itself.
    ConnectionInit {
        /// Who it is.
        payload: Option<Map<String, Value>>,
    },
    /// It asks for a sign of life.
    Ping {
        /// Anything, to be sent back.
        payload: Option<Map<String, Value>>,
    },
    /// It gives a sign of life.
    Pong {
        /// Anything.
        #[serde(rename = "payload")]
        _payload: Option<Map<String, Value>>,
    },
    /// It begins an operation.
    Subscribe {
        /// Its name for the operation.
        id: String,
        /// The request.
        payload: Parameters,
    },
    /// It wants no more of an operation.
    Complete {
        /// Which operation.
        id: String,
    },
}

/// What the service says.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage<'a> {
    /// Welcome.
    ConnectionAck,
    /// A sign of life.
    Pong {
        /// What was sent with the ping.
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<Map<String, Value>>,
    },
    /// An answer.
    Next {
        /// Of which operation.
        id: &'a str,
        /// The answer.
        payload: Box<RawValue>,
    },
    /// The operation was refused or ended with errors.
    Error {
        /// Which operation.
        id: &'a str,
        /// Why.
        payload: &'a [ServerError],
    },
    /// The operation is over.
    Complete {
        /// Which operation.
        id: &'a str,
    },
}

/// Why a socket is closed: a code, and a reason of at most 123 bytes.
#[derive(Debug, PartialEq, Eq)]
pub struct Closing {
    /// The code.
    pub code: u16,
    /// The reason.
    pub reason: String,
}

impl Closing {
    /// The service stops.
    pub const GOING_AWAY: u16 = 1001;
    /// The client broke the rules of WebSockets.
    pub const PROTOCOL: u16 = 1002;
    /// A message is too large.
    pub const TOO_LARGE: u16 = 1009;
    /// A fault of the service.
    pub const INTERNAL: u16 = 1011;
    /// The client does not take what it is sent; it may try again.
    pub const TRY_AGAIN: u16 = 1013;
    /// The client gave no sign of life.
    pub const SILENT: u16 = 3008;
    /// A message is not one of the protocol.
    pub const INVALID: u16 = 4400;
    /// An operation before the introduction.
    pub const UNAUTHORIZED: u16 = 4401;
    /// The introduction is refused, or what it stood on has ended.
    pub const FORBIDDEN: u16 = 4403;
    /// No introduction in time.
    pub const INIT_TIMEOUT: u16 = 4408;
    /// An operation under a name that is taken.
    pub const TAKEN: u16 = 4409;
    /// A second introduction.
    pub const TOO_MANY_INITS: u16 = 4429;

    /// With this code and reason.
    pub fn new(code: u16, reason: impl AsRef<str>) -> Self {
        /// What fits into the frame beside the code.
        const LONGEST: usize = 123;
        let reason = reason.as_ref();
        let mut end = reason.len().min(LONGEST);
        while !reason.is_char_boundary(end) {
            end -= 1;
        }
        Self {
            code,
            reason: reason.get(..end).unwrap_or_default().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_fits_into_its_frame_whatever_its_characters_are() {
        for length in 0..200 {
            let reason = Closing::new(Closing::INVALID, "é…x".repeat(length)).reason;
            assert!(reason.len() <= 123);
        }
        assert_eq!(Closing::new(Closing::TAKEN, "short").reason, "short");
    }
}
