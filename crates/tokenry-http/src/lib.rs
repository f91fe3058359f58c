//! The faces Tokenry speaks over HTTP, and the listener that carries them.
//!
//! * [`listener`]: from an accepted TCP connection to a router and back, within limits.
//! * [`gate`]: whether a request to somebody else's API may pass.
//! * [`native`]: Tokenry's own API.
//! * [`console`]: the web console, which stands on it.
//! * [`ops`]: metrics, and whether the server is well.
//! * [`oauth`]: introspection and revocation by the standards, and where they are.
//! * [`splunk`]: the Splunk-compatible face.
//! * [`tanium`]: the Tanium-compatible face.
//! * [`recent`]: what happened at the doors lately.
//! * [`Door`]: what all faces do before they let anybody in.
//!
//! A face translates; what is allowed and what is good is decided in `tokenry-core` alone.

mod bytes;
pub mod console;
mod door;
pub mod gate;
mod json;
pub mod listener;
pub mod native;
pub mod oauth;
pub mod ops;
pub mod recent;
pub mod splunk;
pub mod tanium;
#[cfg(test)]
mod testing;

pub use door::Door;
