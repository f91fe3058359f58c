//! One request, as a handler sees it.

use std::collections::HashMap;

use jiff::Timestamp;
use tokenry_core::{
    app::{Caller, Origin},
    secret::Plaintext,
};

use super::{
    face::Face,
    failure::Failure,
    format::{
        arguments::Arguments,
        feed::{Acl, Entry, Feed, Generator, Link, Paging, entity_path},
        listing::Listing,
        value::Dict,
    },
};

/// A request that has been read and, where its route asks for it, authenticated.
pub(crate) struct Call {
    /// Query and body, merged.
    pub(crate) arguments: Arguments,
    /// Who calls; none only on routes that are open to all.
    pub(super) caller: Option<Caller>,
    /// Where and when it comes from.
    pub(crate) origin: Origin,
    /// `/services`, or `/servicesNS/<owner>/<app>` as the client wrote it.
    pub(super) base: String,
    /// Scheme, host and port the client used.
    pub(super) url: String,
    /// The elements of the path that stand for something, decoded.
    pub(super) params: HashMap<String, String>,
}

impl Call {
    /// Who calls. Every route that is not open has a caller.
    pub(crate) fn caller(&self) -> Result<&Caller, Failure> {
        self.caller.as_ref().ok_or_else(Failure::no_caller)
    }

    /// The element of the path of this name.
    pub(crate) fn param(&self, name: &str) -> &str {
        self.params.get(name).map_or("", String::as_str)
    }

    /// The time of the request.
    pub(crate) fn now(&self) -> Timestamp {
        self.origin.at
    }

    /// A path of this face under the namespace that the client used.
    pub(crate) fn path(&self, path: &str) -> String {
        format!("{}/{path}", self.base)
    }

    /// A feed without entries.
    pub(crate) fn feed(&self, face: &Face, path: &str) -> Feed {
        let title = path.rsplit('/').next().unwrap_or(path).to_owned();
        Feed {
            title,
            path: self.path(path),
            origin: self.url.clone(),
            updated: self.now(),
            generator: Generator {
                build: face.product.build.clone(),
                version: face.product.version.clone(),
            },
            links: Vec::new(),
            entries: Vec::new(),
            paging: Paging {
                total: 0,
                per_page: Some(30),
                offset: 0,
            },
            messages: Vec::new(),
        }
    }

    /// A feed of one entity.
    pub(crate) fn feed_of(&self, face: &Face, path: &str, entry: Entry) -> Feed {
        let mut feed = self.feed(face, path);
        feed.entries.push(entry);
        feed.paging.total = 1;
        feed
    }

    /// An entity that belongs to the system, with these links to itself.
    pub(crate) fn entry(
        &self,
        collection: &str,
        name: &str,
        rels: &[&'static str],
        content: Dict,
    ) -> Entry {
        let path = entity_path(&self.path(collection), name);
        Entry {
            name: name.to_owned(),
            links: Link::all_to(&path, rels),
            path,
            author: "system".to_owned(),
            acl: system_acl(&["*"], &["*"]),
            content,
            fields: None,
        }
    }

    /// Which entries of a collection are wanted.
    pub(crate) fn listing(&self) -> Result<Listing, Failure> {
        Ok(Listing::from_arguments(&self.arguments)?)
    }

    /// Refuses arguments that the handler does not know.
    pub(crate) fn supports(&self, allowed: &[&str]) -> Result<(), Failure> {
        Ok(self.arguments.supported(allowed)?)
    }

    /// A secret argument.
    pub(crate) fn secret(&self, name: &str) -> Result<Option<Plaintext>, Failure> {
        Ok(self
            .arguments
            .one(name)?
            .map(|text| Plaintext::from(text.to_owned())))
    }
}

/// The acl of something that belongs to the system (spec/splunk.md 2.2).
pub(crate) fn system_acl(read: &[&str], write: &[&str]) -> Acl {
    let owned = |roles: &[&str]| roles.iter().map(|role| (*role).to_owned()).collect();
    Acl {
        app: String::new(),
        can_list: true,
        can_write: true,
        modifiable: false,
        owner: "system".to_owned(),
        read: owned(read),
        write: owned(write),
        removable: false,
        sharing: "system".to_owned(),
        extra: Dict::new(),
    }
}
