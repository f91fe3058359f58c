//! Where a listener listens: an address and a port, or a unix socket; and what it accepts there.
//!
//! Not here: what is spoken on it.

use std::fmt;
use std::fs::Permissions;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::str::FromStr;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixSocket, UnixStream};

use super::peer::Peer;
use super::proxy::Senders;

/// What stands before the path of a unix socket.
const UNIX: &str = "unix:";

/// Connections that wait in the kernel to be accepted.
const BACKLOG: u32 = 1024;

/// Where to listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    /// An address and a port; port 0 is any that is free.
    Tcp(SocketAddr),
    /// A unix socket, by its absolute path.
    Unix(PathBuf),
}

impl FromStr for Listen {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let why = "must be an IP address and a port, such as 127.0.0.1:8088, or unix: and an absolute path";
        match text.strip_prefix(UNIX) {
            Some(path) if path.starts_with('/') && !path.ends_with('/') => {
                Ok(Self::Unix(PathBuf::from(path)))
            }
            Some(_) => Err(why),
            None => text.parse().map(Self::Tcp).map_err(|_| why),
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "{UNIX}{}", path.display()),
        }
    }
}

/// A socket that listens. One that is a file is removed when this is dropped.
#[derive(Debug)]
pub struct Socket {
    kind: Kind,
    pub(super) senders: Senders,
}

#[derive(Debug)]
enum Kind {
    Tcp(TcpListener),
    Unix(UnixListener, Owned),
}

impl Socket {
    /// Listens there. The file of a unix socket gets this mode before anybody can connect; one that was left behind,
    /// where nobody listens any more, makes room.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::AddrInUse`] where another program listens; other errors of the system.
    pub async fn bind(listen: &Listen, mode: u32) -> io::Result<Self> {
        match listen {
            Listen::Tcp(address) => TcpListener::bind(address).await.map(Self::from),
            Listen::Unix(path) => {
                make_room(path).await?;
                let socket = UnixSocket::new_stream()?;
                socket.bind(path)?;
                let owned = Owned::at(path)?;
                std::fs::set_permissions(path, Permissions::from_mode(mode))?;
                let listener = socket.listen(BACKLOG)?;
                Ok(Kind::Unix(listener, owned).into())
            }
        }
    }

    /// The same, with the PROXY protocol required of these, where there are any.
    #[must_use]
    pub fn behind(self, senders: Senders) -> Self {
        Self { senders, ..self }
    }

    /// Where it listens, with the port that was found free.
    ///
    /// # Errors
    ///
    /// Of the system.
    pub fn address(&self) -> io::Result<Listen> {
        match &self.kind {
            Kind::Tcp(listener) => listener.local_addr().map(Listen::Tcp),
            Kind::Unix(_, owned) => Ok(Listen::Unix(owned.path.clone())),
        }
    }

    /// The next connection.
    pub(super) async fn accept(&self) -> io::Result<(Stream, Peer)> {
        match &self.kind {
            Kind::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                // Without it small answers wait for the client's delayed acknowledgement; failing costs only time.
                let _ = stream.set_nodelay(true);
                Ok((Stream::Tcp(stream), Peer::Tcp(peer)))
            }
            Kind::Unix(listener, _) => {
                let (stream, _) = listener.accept().await?;
                Ok((Stream::Unix(stream), Peer::Unix))
            }
        }
    }
}

impl From<TcpListener> for Socket {
    fn from(listener: TcpListener) -> Self {
        Kind::Tcp(listener).into()
    }
}

impl From<Kind> for Socket {
    fn from(kind: Kind) -> Self {
        Self {
            kind,
            senders: Senders::default(),
        }
    }
}

/// Removes a socket that nobody answers on, as after a crash. What is no socket stays: then binding fails.
async fn make_room(path: &Path) -> io::Result<()> {
    let is_socket =
        std::fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket());
    if !is_socket {
        return Ok(());
    }
    match UnixStream::connect(path).await {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            std::fs::remove_file(path)
        }
        Err(error) => Err(error),
        Ok(_) => Err(io::ErrorKind::AddrInUse.into()),
    }
}

/// The file of a socket, as long as it is still the one that was made.
#[derive(Debug)]
struct Owned {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl Owned {
    fn at(path: &Path) -> io::Result<Self> {
        let found = std::fs::symlink_metadata(path)?;
        Ok(Self {
            path: path.to_owned(),
            device: found.dev(),
            inode: found.ino(),
        })
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        let found = std::fs::symlink_metadata(&self.path);
        if found.is_ok_and(|found| (found.dev(), found.ino()) == (self.device, self.inode)) {
            // Whoever comes next makes room for himself.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// An accepted connection.
#[derive(Debug)]
pub(crate) enum Stream {
    /// TCP.
    Tcp(TcpStream),
    /// A unix socket.
    Unix(UnixStream),
}

impl Stream {
    /// The first byte, which stays to be read; none where the system does not tell, or the other side has closed.
    pub(super) async fn first(&self) -> io::Result<Option<u8>> {
        match self {
            Self::Tcp(stream) => {
                let mut first = [0];
                let count = stream.peek(&mut first).await?;
                Ok((count > 0).then_some(first[0]))
            }
            Self::Unix(_) => Ok(None),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Unix(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Unix(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
            Self::Unix(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Tcp(stream) => stream.is_write_vectored(),
            Self::Unix(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Self::Unix(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> (tempfile::TempDir, Listen) {
        let place = tempfile::tempdir().unwrap();
        let listen = Listen::Unix(place.path().join("gate.sock"));
        (place, listen)
    }

    fn path(listen: &Listen) -> &Path {
        match listen {
            Listen::Unix(path) => path,
            Listen::Tcp(_) => panic!("{listen}"),
        }
    }

    #[test]
    fn is_read_and_written_alike() {
        for text in ["127.0.0.1:8088", "[::1]:0", "unix:/run/tokenry/gate.sock"] {
            assert_eq!(text.parse::<Listen>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "8088",
            "localhost:1",
            "unix:",
            "unix:gate.sock",
            "unix:/run/",
            "/run/x",
        ] {
            assert!(text.parse::<Listen>().is_err(), "{text}");
        }
    }

    #[tokio::test]
    async fn a_unix_socket_has_its_mode_and_is_removed_at_the_end() {
        let (_place, listen) = place();
        let socket = Socket::bind(&listen, 0o660).await.unwrap();
        assert_eq!(socket.address().unwrap(), listen);
        let mode = std::fs::metadata(path(&listen))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o660);
        let client = UnixStream::connect(path(&listen)).await.unwrap();
        let (_stream, peer) = socket.accept().await.unwrap();
        assert_eq!(peer, Peer::Unix);
        drop((client, socket));
        assert!(!path(&listen).exists());
    }

    #[tokio::test]
    async fn one_left_behind_makes_room_and_one_in_use_does_not() {
        let (_place, listen) = place();
        // The standard library leaves the file where it is.
        drop(std::os::unix::net::UnixListener::bind(path(&listen)).unwrap());
        let first = Socket::bind(&listen, 0o600).await.unwrap();
        let second = Socket::bind(&listen, 0o600).await.unwrap_err();
        assert_eq!(second.kind(), io::ErrorKind::AddrInUse);
        drop(first);
        std::fs::write(path(&listen), "precious").unwrap();
        let third = Socket::bind(&listen, 0o600).await.unwrap_err();
        assert_eq!(third.kind(), io::ErrorKind::AddrInUse);
        assert_eq!(std::fs::read(path(&listen)).unwrap(), b"precious");
    }

    #[tokio::test]
    async fn the_file_of_another_stays() {
        let (_place, listen) = place();
        let socket = Socket::bind(&listen, 0o600).await.unwrap();
        std::fs::remove_file(path(&listen)).unwrap();
        std::fs::write(path(&listen), "another").unwrap();
        drop(socket);
        assert!(path(&listen).exists());
    }
}
