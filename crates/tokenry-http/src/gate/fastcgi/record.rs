//! Records of FastCGI 1.0 (<https://fastcgi-archives.github.io/FastCGI_Specification.html>, 3.3 and 8): read and
//! written.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// The only version there is.
const VERSION: u8 = 1;

pub(super) const BEGIN_REQUEST: u8 = 1;
pub(super) const ABORT_REQUEST: u8 = 2;
pub(super) const END_REQUEST: u8 = 3;
pub(super) const PARAMS: u8 = 4;
pub(super) const STDIN: u8 = 5;
pub(super) const STDOUT: u8 = 6;
pub(super) const DATA: u8 = 8;
pub(super) const GET_VALUES: u8 = 9;
pub(super) const GET_VALUES_RESULT: u8 = 10;
pub(super) const UNKNOWN_TYPE: u8 = 11;

/// A record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) kind: u8,
    /// The request it belongs to; 0 is the connection itself.
    pub(super) id: u16,
    pub(super) content: Vec<u8>,
}

impl Record {
    /// The next record; none where the other side has closed between two. It cannot be longer than 64 KiB.
    pub(super) async fn read<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<Option<Self>> {
        let mut head = [0; 8];
        if stream.read(head.get_mut(..1).unwrap_or_default()).await? == 0 {
            return Ok(None);
        }
        stream
            .read_exact(head.get_mut(1..).unwrap_or_default())
            .await?;
        let [version, kind, id_high, id_low, high, low, padding, _] = head;
        if version != VERSION {
            return Err(io::Error::other("it is no record of FastCGI 1"));
        }
        let mut content = vec![0; usize::from(u16::from_be_bytes([high, low]))];
        stream.read_exact(&mut content).await?;
        let mut forgotten = [0; 255];
        let padding = forgotten
            .get_mut(..usize::from(padding))
            .unwrap_or_default();
        stream.read_exact(padding).await?;
        Ok(Some(Self {
            kind,
            id: u16::from_be_bytes([id_high, id_low]),
            content,
        }))
    }

    /// Appends it to what is to be sent; a stream of more than fits into a record as several.
    pub(super) fn write(kind: u8, id: u16, content: &[u8], to: &mut Vec<u8>) {
        let mut rest = content;
        loop {
            let (now, later) = rest
                .split_at_checked(usize::from(u16::MAX))
                .unwrap_or((rest, &[]));
            let [id_high, id_low] = id.to_be_bytes();
            let [high, low] = u16::try_from(now.len()).unwrap_or(0).to_be_bytes();
            to.extend([VERSION, kind, id_high, id_low, high, low, 0, 0]);
            to.extend(now);
            rest = later;
            if rest.is_empty() {
                return;
            }
        }
    }
}
