//! Prints feeds as JSON, byte for byte as Splunk does: compact, in Splunk's order of keys.
//!
//! The text is written directly and not through a tree of JSON values, because the page size that means "all" is a
//! number no JSON library of ours can hold. Strings are escaped by `serde_json`. The words of messages come from
//! [`super::message`].

use super::feed::{Entry, Feed, Fields, Generator, Link, Paging};
use super::message::Message;
use super::value::{Dict, Value};

/// The feed as one line of JSON (spec 4.5).
pub(crate) fn print(feed: &Feed) -> String {
    let mut printer = Printer::default();
    printer.object(|object| {
        object.member("links").links(&feed.links);
        object.member("origin").text(&feed.url(&feed.path));
        object.member("updated").text(&feed.updated_text());
        object.member("generator").generator(&feed.generator);
        let entries = object.member("entry");
        entries.array(&feed.entries, |printer, entry| printer.entry(feed, entry));
        object.member("paging").paging(&feed.paging);
        object.member("messages").messages(&feed.messages);
    });
    printer.finish()
}

/// Writes JSON piece by piece.
#[derive(Default)]
pub(super) struct Printer {
    out: String,
}

/// The members of an object that is being written.
pub(super) struct Members<'p> {
    printer: &'p mut Printer,
    first: bool,
}

impl Printer {
    /// What was written.
    pub(super) fn finish(self) -> String {
        self.out
    }

    /// An object whose members the closure writes.
    pub(super) fn object(&mut self, write: impl FnOnce(&mut Members<'_>)) {
        self.out.push('{');
        write(&mut Members {
            printer: self,
            first: true,
        });
        self.out.push('}');
    }

    /// A string.
    pub(super) fn text(&mut self, text: &str) {
        self.out
            .push_str(&serde_json::Value::from(text).to_string());
    }

    /// A list of messages: the type, the code if there is one, the text (spec 4.2, 4.4).
    pub(super) fn messages(&mut self, messages: &[Message]) {
        self.array(messages, |printer, message| {
            printer.object(|object| {
                object.member("type").text(message.kind.as_str());
                if let Some(code) = message.code {
                    object.member("code").text(code);
                }
                object.member("text").text(&message.text);
            });
        });
    }

    fn entry(&mut self, feed: &Feed, entry: &Entry) {
        self.object(|object| {
            object.member("name").text(&entry.name);
            object.member("id").text(&feed.url(&entry.path));
            object.member("updated").text(Entry::UPDATED_TEXT);
            object.member("links").links(&entry.links);
            object.member("author").text(&entry.author);
            object.member("acl").dict(&entry.acl.to_dict());
            if let Some(fields) = &entry.fields {
                object.member("fields").fields(fields);
            }
            object.member("content").content(&entry.content);
        });
    }

    /// The content with `eai:acl` in its place, but empty: the acl is a member of the entry.
    fn content(&mut self, content: &Dict) {
        self.dict(&content.clone().with("eai:acl", Value::Null));
    }

    fn links(&mut self, links: &[Link]) {
        self.object(|object| {
            for link in links {
                object.member(link.rel).text(&link.href);
            }
        });
    }

    fn generator(&mut self, generator: &Generator) {
        self.object(|object| {
            object.member("build").text(&generator.build);
            object.member("version").text(&generator.version);
        });
    }

    fn fields(&mut self, fields: &Fields) {
        self.object(|object| {
            object.member("required").texts(&fields.required);
            object.member("optional").texts(&fields.optional);
            object.member("wildcard").texts(&fields.wildcard);
        });
    }

    fn paging(&mut self, paging: &Paging) {
        self.object(|object| {
            object.member("total").raw(&paging.total.to_string());
            object.member("perPage").raw(&paging.per_page_text());
            object.member("offset").raw(&paging.offset.to_string());
        });
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.raw("null"),
            Value::Bool(value) => self.raw(if *value { "true" } else { "false" }),
            Value::Int(value) => self.raw(&value.to_string()),
            Value::Text(text) | Value::Cdata(text) => self.text(text),
            Value::List(items) => self.array(items, Self::value),
            Value::Dict(dict) => self.dict(dict),
        }
    }

    fn dict(&mut self, dict: &Dict) {
        self.object(|object| {
            for (name, value) in dict.iter() {
                object.member(name).value(value);
            }
        });
    }

    fn texts(&mut self, texts: &[&str]) {
        self.array(texts, |printer, text| printer.text(text));
    }

    fn array<T>(&mut self, items: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.out.push('[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            write(self, item);
        }
        self.out.push(']');
    }

    fn raw(&mut self, json: &str) {
        self.out.push_str(json);
    }
}

impl Members<'_> {
    /// Writes the name of a member; the caller writes its value to the printer, once.
    pub(super) fn member(&mut self, name: &str) -> &mut Printer {
        if !self.first {
            self.printer.out.push(',');
        }
        self.first = false;
        self.printer.text(name);
        self.printer.out.push(':');
        self.printer
    }
}

#[cfg(test)]
mod tests {
    use super::super::feed::samples;
    use super::*;

    /// The sample answer of the seed page, copied.
    const SEED: &str = r#"{"links":{"create":"/services/authorization/tokens/_new"},"origin":"https://mysplunk.com:8089/services/authorization/tokens","updated":"2019-03-07T22:55:46+00:00","generator":{"build":"85dd8eb9bcda","version":"7.3.0"},"entry":[{"name":"tokens","id":"https://mysplunk.com:8089/services/authorization/tokens/tokens","updated":"1970-01-01T00:00:00+00:00","links":{"alternate":"/services/authorization/tokens/tokens","list":"/services/authorization/tokens/tokens","edit":"/services/authorization/tokens/tokens","remove":"/services/authorization/tokens/tokens"},"author":"system","acl":{"app":"","can_list":true,"can_write":true,"modifiable":false,"owner":"system","perms":{"read":["admin","power","splunk-system-role","user"],"write":["admin","splunk-system-role"]},"removable":false,"sharing":"system"},"content":{"eai:acl":null,"id":"ca08a6842d3ec21b4d18549754e8e8d77a392d7e17de28cfdc71b78005a16e78","token":"eyJraWQiOiJzcGx1bmsuc2VjcmV0IiwiYWxnIjoiSFM1MTIiLCJ2ZXIiOiJ2MSIsInR0eXAiOiJzdGF0aWMifQ.eyJpc3MiOiJhZG1pbiBmcm9tIHNvMSIsInN1YiI6ImFkbWluIiwiYXVkIjoiVG9rZW50b3duIiwiaWRwIjoic3BsdW5rIiwianRpIjoiY2EwOGE2ODQyZDNlYzIxYjRkMTg1NDk3NTRlOGU4ZDc3YTM5MmQ3ZTE3ZGUyOGNmZGM3MWI3ODAwNWExNmU3OCIsImlhdCI6MTU1MTk5OTM0NiwiZXhwIjowLCJuYnIiOjE1NTE5OTkzNDZ9.RrZxe89qchfEtrEnG1PjTmJzO_JTtPX8xqSiSunYGylupG114KujO3-E88TtM-Tf51qtVpJydR3JSJpPfaf17w"}}],"paging":{"total":1,"perPage":30,"offset":0},"messages":[]}"#;

    fn seed_token() -> String {
        let answer: serde_json::Value = serde_json::from_str(SEED).unwrap();
        answer["entry"][0]["content"]["token"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    #[test]
    fn the_seeds_sample_is_reproduced_byte_for_byte() {
        assert_eq!(print(&samples::seed(&seed_token())), SEED);
    }

    #[test]
    fn a_single_entity_with_fields_and_every_kind_of_value() {
        insta::assert_snapshot!(print(&samples::listed()), @r#"{"links":{"create":"/services/authorization/tokens/_new"},"origin":"https://mysplunk.com:8089/services/authorization/tokens","updated":"2019-03-07T22:55:46+00:00","generator":{"build":"85dd8eb9bcda","version":"7.3.0"},"entry":[{"name":"0011","id":"https://mysplunk.com:8089/services/authorization/tokens/0011","updated":"1970-01-01T00:00:00+00:00","links":{"alternate":"/services/authorization/tokens/0011","list":"/services/authorization/tokens/0011","edit":"/services/authorization/tokens/0011","remove":"/services/authorization/tokens/0011"},"author":"system","acl":{"app":"","can_list":true,"can_share_app":true,"can_write":true,"modifiable":false,"owner":"system","perms":{"read":["admin","power","splunk-system-role","user"],"write":["admin","splunk-system-role"]},"removable":false,"sharing":"system"},"fields":{"required":[],"optional":["status"],"wildcard":[]},"content":{"claims":{"aud":"ci-pipeline","exp":1702592000,"roles":["*"],"sub":"svc_ci"},"eai:acl":null,"email":null,"expired":false,"lastUsed":0,"lastUsedIp":""}}],"paging":{"total":1,"perPage":18446744073709552000,"offset":0},"messages":[]}"#);
    }

    #[test]
    fn an_empty_feed_with_a_message() {
        let message = Message::info("Token(s) updated to status: disabled.");
        let feed = Feed {
            messages: vec![message],
            ..samples::empty()
        };
        insta::assert_snapshot!(print(&feed), @r#"{"links":{"create":"/services/authorization/tokens/_new"},"origin":"https://mysplunk.com:8089/services/authorization/tokens","updated":"2019-03-07T22:55:46+00:00","generator":{"build":"85dd8eb9bcda","version":"7.3.0"},"entry":[],"paging":{"total":0,"perPage":30,"offset":0},"messages":[{"type":"INFO","text":"Token(s) updated to status: disabled."}]}"#);
    }

    #[test]
    fn text_cannot_leave_its_string() {
        let mut feed = samples::seed("t\"},{\u{0}\n</script>\u{2028}ü");
        feed.links = vec![Link::new("create", "\\\"")];
        let parsed: serde_json::Value = serde_json::from_str(&print(&feed)).unwrap();
        assert_eq!(
            parsed["entry"][0]["content"]["token"],
            "t\"},{\u{0}\n</script>\u{2028}ü"
        );
        assert_eq!(parsed["links"]["create"], "\\\"");
    }
}
