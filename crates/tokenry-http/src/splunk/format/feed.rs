//! The envelope every collection and entity is answered in, as data: [`Feed`], [`Entry`] and what they hold.
//!
//! Both printers ([`super::json`], [`super::atom`]) take the same [`Feed`]; what only one of them prints is said at the
//! field. Nothing here is checked or looked up: the handlers fill it in.

use super::message::Message;
use super::value::Dict;
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// An answer with any number of entries (spec 4.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Feed {
    /// The name of the collection, `tokens`. Atom only.
    pub(crate) title: String,
    /// The path of the collection, `/services/authorization/tokens`.
    pub(crate) path: String,
    /// Scheme, host and port the caller used, without a slash at the end: `https://mysplunk.com:8089`.
    pub(crate) origin: String,
    /// When the answer was made.
    pub(crate) updated: Timestamp,
    /// Which server made it.
    pub(crate) generator: Generator,
    /// What can be done with the collection; for tokens only `create` (spec 2.2).
    pub(crate) links: Vec<Link>,
    /// The entries of this page.
    pub(crate) entries: Vec<Entry>,
    /// Which page it is.
    pub(crate) paging: Paging,
    /// What the server has to say beside the entries.
    pub(crate) messages: Vec<Message>,
}

/// Build and version of the server, which clients compare with versions of Splunk (spec 5.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Generator {
    /// Twelve hex digits in Splunk.
    pub(crate) build: String,
    /// Numbers with dots, `10.0.0`.
    pub(crate) version: String,
}

/// A path under which something can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// What can be done there: `create`, `alternate`, `list`, `edit`, `remove`, `_reload` …
    pub(crate) rel: &'static str,
    /// The path, from `/services` or `/servicesNS` on, percent-encoded.
    pub(crate) href: String,
}

/// One entity of a collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The entity's name; the `title` in Atom.
    pub(crate) name: String,
    /// The entity's own path, percent-encoded ([`entity_path`]); printed behind the feed's origin as its `id`.
    pub(crate) path: String,
    /// What can be done with the entity; Python's SDK wants an `alternate` (spec 4.5).
    pub(crate) links: Vec<Link>,
    /// Who made the entity; `system` for tokens.
    pub(crate) author: String,
    /// Who may read and write the entity.
    pub(crate) acl: Acl,
    /// The entity's own fields, without `eai:acl` and `eai:attributes`, which the printers add.
    pub(crate) content: Dict,
    /// Which arguments may be written; only when a single entity is read (spec 4.5).
    pub(crate) fields: Option<Fields>,
}

/// The access rules printed with an entry (spec 2.2, 4.3). They describe; nothing is decided by them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "these are the members of the acl on the wire"
)]
pub(crate) struct Acl {
    /// The app the entity belongs to; empty for tokens.
    pub(crate) app: String,
    /// Whether the caller may list it.
    pub(crate) can_list: bool,
    /// Whether the caller may write it.
    pub(crate) can_write: bool,
    /// Whether the acl itself can be changed.
    pub(crate) modifiable: bool,
    /// The user it belongs to; `system` for tokens.
    pub(crate) owner: String,
    /// The roles that may read it.
    pub(crate) read: Vec<String>,
    /// The roles that may write it.
    pub(crate) write: Vec<String>,
    /// Whether the entity can be removed.
    pub(crate) removable: bool,
    /// `system`, `global`, `app` or `user`.
    pub(crate) sharing: String,
    /// Members that only some collections have, such as `can_share_app` (spec 5.6).
    pub(crate) extra: Dict,
}

/// The arguments an entity can be written with (spec 4.5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields {
    /// Those that must be given.
    pub(crate) required: Vec<&'static str>,
    /// Those that may be given.
    pub(crate) optional: Vec<&'static str>,
    /// Patterns of further names that may be given.
    pub(crate) wildcard: Vec<&'static str>,
}

/// Which part of a collection a feed shows (spec 4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Paging {
    /// How many entities match, on all pages together.
    pub(crate) total: u64,
    /// How many fit on a page; `None` for all, which is printed as 18446744073709552000.
    pub(crate) per_page: Option<u64>,
    /// How many were skipped.
    pub(crate) offset: u64,
}

/// The path of an entity: the collection's path and the entity's name, percent-encoded.
pub(crate) fn entity_path(collection: &str, name: &str) -> String {
    format!("{collection}/{}", utf8_percent_encode(name, SEGMENT))
}

impl Feed {
    /// The address of a path on the server the caller used.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// The time of the answer as it is printed.
    pub(super) fn updated_text(&self) -> String {
        self.updated.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }
}

impl Link {
    /// A link to one path.
    pub(crate) fn new(rel: &'static str, href: impl Into<String>) -> Self {
        let href = href.into();
        Self { rel, href }
    }

    /// Links that all lead to the same path, as those of a token do.
    pub(crate) fn all_to(path: &str, rels: &[&'static str]) -> Vec<Self> {
        rels.iter().map(|rel| Self::new(rel, path)).collect()
    }
}

impl Entry {
    /// When an entry was last changed, as it is printed: Splunk always says epoch 0 (spec 2.2).
    pub(super) const UPDATED_TEXT: &'static str = "1970-01-01T00:00:00+00:00";
}

impl Acl {
    /// The acl as the dict both formats print, only in different places.
    pub(super) fn to_dict(&self) -> Dict {
        let mut dict = Dict::new()
            .with("app", self.app.as_str())
            .with("can_list", self.can_list)
            .with("can_write", self.can_write)
            .with("modifiable", self.modifiable)
            .with("owner", self.owner.as_str())
            .with("perms", self.perms())
            .with("removable", self.removable)
            .with("sharing", self.sharing.as_str());
        dict.extend(self.extra.clone());
        dict
    }

    fn perms(&self) -> Dict {
        Dict::new()
            .with("read", self.read.clone())
            .with("write", self.write.clone())
    }
}

impl Fields {
    /// The fields under the names they have in Atom.
    pub(super) fn to_attributes(&self) -> Dict {
        Dict::new()
            .with("optionalFields", self.optional.clone())
            .with("requiredFields", self.required.clone())
            .with("wildcardFields", self.wildcard.clone())
    }
}

impl Paging {
    /// The page size as it is printed. "All" is the largest 64-bit number as Splunk prints it, rounded (spec 4.5), and
    /// does not fit into a `u64` itself.
    pub(super) fn per_page_text(&self) -> String {
        self.per_page.map_or_else(
            || "18446744073709552000".to_owned(),
            |count| count.to_string(),
        )
    }
}

/// What must be encoded in one segment of a path: all but the unreserved characters.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Feeds for the tests of the printers.
#[cfg(test)]
pub(super) mod samples {
    use super::super::value::Value;
    use super::*;

    pub(crate) const TOKENS: &str = "/services/authorization/tokens";

    /// The answer to a create in the seed page.
    pub(crate) fn seed(token: &str) -> Feed {
        let path = entity_path(TOKENS, "tokens");
        let entry = Entry {
            name: "tokens".to_owned(),
            links: Link::all_to(&path, &["alternate", "list", "edit", "remove"]),
            path,
            author: "system".to_owned(),
            acl: acl(),
            content: Dict::new()
                .with("token", Value::Cdata(token.to_owned()))
                .with(
                    "id",
                    "ca08a6842d3ec21b4d18549754e8e8d77a392d7e17de28cfdc71b78005a16e78",
                ),
            fields: None,
        };
        Feed {
            entries: vec![entry],
            paging: paging(1),
            ..empty()
        }
    }

    /// The answer to a change of status: no entry, one message (spec 2.5).
    pub(crate) fn empty() -> Feed {
        Feed {
            title: "tokens".to_owned(),
            path: TOKENS.to_owned(),
            origin: "https://mysplunk.com:8089".to_owned(),
            updated: "2019-03-07T22:55:46.9Z".parse().unwrap(),
            generator: Generator {
                build: "85dd8eb9bcda".to_owned(),
                version: "7.3.0".to_owned(),
            },
            links: vec![Link::new("create", format!("{TOKENS}/_new"))],
            entries: Vec::new(),
            paging: paging(0),
            messages: Vec::new(),
        }
    }

    /// A list with the entry of spec 2.2, read on its own so that it has fields.
    pub(crate) fn listed() -> Feed {
        let path = entity_path(TOKENS, "0011");
        let claims = Dict::new()
            .with("sub", "svc_ci")
            .with("aud", "ci-pipeline")
            .with("exp", 1_702_592_000)
            .with("roles", vec!["*"]);
        let entry = Entry {
            name: "0011".to_owned(),
            links: Link::all_to(&path, &["alternate", "list", "edit", "remove"]),
            path,
            author: "system".to_owned(),
            acl: Acl {
                extra: Dict::new().with("can_share_app", true),
                ..acl()
            },
            content: Dict::new()
                .with("claims", claims)
                .with("lastUsed", 0)
                .with("lastUsedIp", "")
                .with("email", Value::Null)
                .with("expired", false),
            fields: Some(Fields {
                optional: vec!["status"],
                ..Fields::default()
            }),
        };
        let paging = Paging {
            total: 1,
            per_page: None,
            offset: 0,
        };
        Feed {
            entries: vec![entry],
            paging,
            ..empty()
        }
    }

    fn acl() -> Acl {
        let roles = |roles: &[&str]| roles.iter().map(|role| (*role).to_owned()).collect();
        Acl {
            app: String::new(),
            can_list: true,
            can_write: true,
            modifiable: false,
            owner: "system".to_owned(),
            read: roles(&["admin", "power", "splunk-system-role", "user"]),
            write: roles(&["admin", "splunk-system-role"]),
            removable: false,
            sharing: "system".to_owned(),
            extra: Dict::new(),
        }
    }

    fn paging(total: u64) -> Paging {
        Paging {
            total,
            per_page: Some(30),
            offset: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_in_a_path_is_one_encoded_segment() {
        let path = entity_path("/services/authentication/users", "a/b c@d.e_f-g~ü?#%");
        assert_eq!(
            path,
            "/services/authentication/users/a%2Fb%20c%40d.e_f-g~%C3%BC%3F%23%25"
        );
    }

    #[test]
    fn times_are_printed_in_seconds_with_a_numeric_zone() {
        assert_eq!(samples::empty().updated_text(), "2019-03-07T22:55:46+00:00");
    }
}
