//! Where a request comes from.

use std::net::IpAddr;

/// Where a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// The address of the client, as the outermost proxy that is trusted saw it.
    pub network: IpAddr,
}
