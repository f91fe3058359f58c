//! Who is at the other end of a connection.

use std::net::{IpAddr, SocketAddr};

/// The other end of a connection: an extension of every request.
///
/// It is the neighbour, perhaps a proxy; who the client is behind it, the rules decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// A TCP connection from there.
    Tcp(SocketAddr),
    /// A unix socket, which whoever may open it may use: the file system has let him in.
    Unix,
    /// A connection that began with a header of the PROXY protocol.
    Proxied {
        /// Where it comes from; none for a unix socket.
        via: Option<SocketAddr>,
        /// For whom, where the header says so.
        client: Option<SocketAddr>,
    },
}

impl Peer {
    /// The address of the neighbour; a unix socket has none.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Tcp(address) => Some(address.ip()),
            Self::Unix => None,
            Self::Proxied { via, .. } => via.map(|address| address.ip()),
        }
    }
}
