//! Prints feeds as the Atom that Splunk answers by default.
//!
//! An Atom feed with Splunk's own elements for values (`s:dict`, `s:key`, `s:list`, `s:item`) and messages, and
//! those of `OpenSearch` for paging. Numbers are text and booleans `1` and `0`. Well-formedness is the business of
//! [`super::xml`].

use super::feed::{Entry, Feed, Link};
use super::message::{self, Message};
use super::value::{Dict, Value};
use super::xml::Document;

/// The feed as an XML document (spec 2.2, 4.5).
pub(crate) fn print(feed: &Feed) -> String {
    let mut document = Document::indented();
    document.prolog();
    document.element("feed", NAMESPACES, |document| {
        head(document, feed);
        paging(document, feed);
        messages(document, &feed.messages);
        for item in &feed.entries {
            document.element("entry", &[], |document| entry(document, feed, item));
        }
    });
    document.finish()
}

const NAMESPACES: &[(&str, &str)] = &[
    ("xmlns", "http://www.w3.org/2005/Atom"),
    ("xmlns:s", "http://dev.splunk.com/ns/rest"),
    ("xmlns:opensearch", "http://a9.com/-/spec/opensearch/1.1/"),
];

/// The relation that stands before the author in an entry; all others stand after it.
const ALTERNATE: &str = "alternate";

fn head(document: &mut Document, feed: &Feed) {
    let generator = &feed.generator;
    let attributes = [
        ("build", generator.build.as_str()),
        ("version", generator.version.as_str()),
    ];
    document.text_element("title", &[], &feed.title);
    document.text_element("id", &[], &feed.url(&feed.path));
    document.text_element("updated", &[], &feed.updated_text());
    document.empty_element("generator", &attributes);
    author(document, "Splunk");
    links(document, &feed.links, |_| true);
}

fn paging(document: &mut Document, feed: &Feed) {
    let paging = &feed.paging;
    document.text_element("opensearch:totalResults", &[], &paging.total.to_string());
    document.text_element("opensearch:itemsPerPage", &[], &paging.per_page_text());
    document.text_element("opensearch:startIndex", &[], &paging.offset.to_string());
}

fn messages(document: &mut Document, messages: &[Message]) {
    if messages.is_empty() {
        return document.empty_element("s:messages", &[]);
    }
    document.element("s:messages", &[], |document| {
        for message in messages {
            message::xml_element(document, "s:msg", message);
        }
    });
}

fn entry(document: &mut Document, feed: &Feed, entry: &Entry) {
    document.text_element("title", &[], &entry.name);
    document.text_element("id", &[], &feed.url(&entry.path));
    document.text_element("updated", &[], Entry::UPDATED_TEXT);
    links(document, &entry.links, |rel| rel == ALTERNATE);
    author(document, &entry.author);
    links(document, &entry.links, |rel| rel != ALTERNATE);
    document.element("content", &[("type", "text/xml")], |document| {
        dict(document, &content(entry));
    });
}

/// The content with the acl and the fields, which have members of their own in JSON only.
fn content(entry: &Entry) -> Dict {
    let content = entry.content.clone().with("eai:acl", entry.acl.to_dict());
    match &entry.fields {
        Some(fields) => content.with("eai:attributes", fields.to_attributes()),
        None => content,
    }
}

fn author(document: &mut Document, name: &str) {
    document.element("author", &[], |document| {
        document.text_element("name", &[], name);
    });
}

fn links(document: &mut Document, links: &[Link], wanted: impl Fn(&str) -> bool) {
    for link in links.iter().filter(|link| wanted(link.rel)) {
        document.empty_element("link", &[("href", &link.href), ("rel", link.rel)]);
    }
}

fn dict(document: &mut Document, dict: &Dict) {
    let mut entries = dict.iter().peekable();
    if entries.peek().is_none() {
        return document.empty_element("s:dict", &[]);
    }
    document.element("s:dict", &[], |document| {
        for (name, item) in entries {
            document.element("s:key", &[("name", name)], |document| value(document, item));
        }
    });
}

fn list(document: &mut Document, items: &[Value]) {
    if items.is_empty() {
        return document.empty_element("s:list", &[]);
    }
    document.element("s:list", &[], |document| {
        for item in items {
            document.element("s:item", &[], |document| value(document, item));
        }
    });
}

fn value(document: &mut Document, value: &Value) {
    match value {
        // Text, although empty: it keeps the layout from putting a line break into the element.
        Value::Null => document.text(""),
        Value::Bool(value) => document.text(if *value { "1" } else { "0" }),
        Value::Int(value) => document.text(&value.to_string()),
        Value::Text(text) => document.text(text),
        Value::Cdata(text) => document.cdata(text),
        Value::List(items) => list(document, items),
        Value::Dict(entries) => dict(document, entries),
    }
}

#[cfg(test)]
mod tests {
    use super::super::feed::samples;
    use super::super::xml::legal;
    use super::*;
    use proptest::prelude::*;
    use quick_xml::escape::resolve_xml_entity;
    use quick_xml::events::Event;
    use quick_xml::{Reader, XmlVersion};

    #[test]
    fn the_seeds_sample_as_atom() {
        insta::assert_snapshot!(print(&samples::seed("eyJ.eyJ.s-_]]>ig")), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <feed xmlns="http://www.w3.org/2005/Atom" xmlns:s="http://dev.splunk.com/ns/rest" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">
          <title>tokens</title>
          <id>https://mysplunk.com:8089/services/authorization/tokens</id>
          <updated>2019-03-07T22:55:46+00:00</updated>
          <generator build="85dd8eb9bcda" version="7.3.0"/>
          <author>
            <name>Splunk</name>
          </author>
          <link href="/services/authorization/tokens/_new" rel="create"/>
          <opensearch:totalResults>1</opensearch:totalResults>
          <opensearch:itemsPerPage>30</opensearch:itemsPerPage>
          <opensearch:startIndex>0</opensearch:startIndex>
          <s:messages/>
          <entry>
            <title>tokens</title>
            <id>https://mysplunk.com:8089/services/authorization/tokens/tokens</id>
            <updated>1970-01-01T00:00:00+00:00</updated>
            <link href="/services/authorization/tokens/tokens" rel="alternate"/>
            <author>
              <name>system</name>
            </author>
            <link href="/services/authorization/tokens/tokens" rel="list"/>
            <link href="/services/authorization/tokens/tokens" rel="edit"/>
            <link href="/services/authorization/tokens/tokens" rel="remove"/>
            <content type="text/xml">
              <s:dict>
                <s:key name="eai:acl">
                  <s:dict>
                    <s:key name="app"></s:key>
                    <s:key name="can_list">1</s:key>
                    <s:key name="can_write">1</s:key>
                    <s:key name="modifiable">0</s:key>
                    <s:key name="owner">system</s:key>
                    <s:key name="perms">
                      <s:dict>
                        <s:key name="read">
                          <s:list>
                            <s:item>admin</s:item>
                            <s:item>power</s:item>
                            <s:item>splunk-system-role</s:item>
                            <s:item>user</s:item>
                          </s:list>
                        </s:key>
                        <s:key name="write">
                          <s:list>
                            <s:item>admin</s:item>
                            <s:item>splunk-system-role</s:item>
                          </s:list>
                        </s:key>
                      </s:dict>
                    </s:key>
                    <s:key name="removable">0</s:key>
                    <s:key name="sharing">system</s:key>
                  </s:dict>
                </s:key>
                <s:key name="id">ca08a6842d3ec21b4d18549754e8e8d77a392d7e17de28cfdc71b78005a16e78</s:key>
                <s:key name="token"><![CDATA[eyJ.eyJ.s-_]]]]><![CDATA[>ig]]></s:key>
              </s:dict>
            </content>
          </entry>
        </feed>
        "#);
    }

    #[test]
    fn a_single_entity_with_fields_and_every_kind_of_value() {
        let feed = print(&samples::listed());
        let (_, entry) = feed.split_once("<s:messages/>").unwrap();
        insta::assert_snapshot!(entry, @r#"
          <entry>
            <title>0011</title>
            <id>https://mysplunk.com:8089/services/authorization/tokens/0011</id>
            <updated>1970-01-01T00:00:00+00:00</updated>
            <link href="/services/authorization/tokens/0011" rel="alternate"/>
            <author>
              <name>system</name>
            </author>
            <link href="/services/authorization/tokens/0011" rel="list"/>
            <link href="/services/authorization/tokens/0011" rel="edit"/>
            <link href="/services/authorization/tokens/0011" rel="remove"/>
            <content type="text/xml">
              <s:dict>
                <s:key name="claims">
                  <s:dict>
                    <s:key name="aud">ci-pipeline</s:key>
                    <s:key name="exp">1702592000</s:key>
                    <s:key name="roles">
                      <s:list>
                        <s:item>*</s:item>
                      </s:list>
                    </s:key>
                    <s:key name="sub">svc_ci</s:key>
                  </s:dict>
                </s:key>
                <s:key name="eai:acl">
                  <s:dict>
                    <s:key name="app"></s:key>
                    <s:key name="can_list">1</s:key>
                    <s:key name="can_share_app">1</s:key>
                    <s:key name="can_write">1</s:key>
                    <s:key name="modifiable">0</s:key>
                    <s:key name="owner">system</s:key>
                    <s:key name="perms">
                      <s:dict>
                        <s:key name="read">
                          <s:list>
                            <s:item>admin</s:item>
                            <s:item>power</s:item>
                            <s:item>splunk-system-role</s:item>
                            <s:item>user</s:item>
                          </s:list>
                        </s:key>
                        <s:key name="write">
                          <s:list>
                            <s:item>admin</s:item>
                            <s:item>splunk-system-role</s:item>
                          </s:list>
                        </s:key>
                      </s:dict>
                    </s:key>
                    <s:key name="removable">0</s:key>
                    <s:key name="sharing">system</s:key>
                  </s:dict>
                </s:key>
                <s:key name="eai:attributes">
                  <s:dict>
                    <s:key name="optionalFields">
                      <s:list>
                        <s:item>status</s:item>
                      </s:list>
                    </s:key>
                    <s:key name="requiredFields">
                      <s:list/>
                    </s:key>
                    <s:key name="wildcardFields">
                      <s:list/>
                    </s:key>
                  </s:dict>
                </s:key>
                <s:key name="email"></s:key>
                <s:key name="expired">0</s:key>
                <s:key name="lastUsed">0</s:key>
                <s:key name="lastUsedIp"></s:key>
              </s:dict>
            </content>
          </entry>
        </feed>
        "#);
    }

    #[test]
    fn an_empty_feed_with_a_message() {
        let message = Message::info("Token(s) updated to status: disabled.");
        let feed = Feed {
            messages: vec![message],
            ..samples::empty()
        };
        insta::assert_snapshot!(print(&feed), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <feed xmlns="http://www.w3.org/2005/Atom" xmlns:s="http://dev.splunk.com/ns/rest" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">
          <title>tokens</title>
          <id>https://mysplunk.com:8089/services/authorization/tokens</id>
          <updated>2019-03-07T22:55:46+00:00</updated>
          <generator build="85dd8eb9bcda" version="7.3.0"/>
          <author>
            <name>Splunk</name>
          </author>
          <link href="/services/authorization/tokens/_new" rel="create"/>
          <opensearch:totalResults>0</opensearch:totalResults>
          <opensearch:itemsPerPage>30</opensearch:itemsPerPage>
          <opensearch:startIndex>0</opensearch:startIndex>
          <s:messages>
            <s:msg type="INFO">Token(s) updated to status: disabled.</s:msg>
          </s:messages>
        </feed>
        "#);
    }

    #[test]
    fn markup_in_names_and_values_stays_text() {
        let mut feed = samples::seed("]]><script>\u{0}");
        let text = "</s:key><s:key name=\"x\">&\u{8}";
        feed.entries[0].name = text.to_owned();
        feed.entries[0].content.insert(text, text);
        let texts = texts(&print(&feed));
        assert_eq!(
            texts.iter().filter(|found| *found == &legal(text)).count(),
            3
        );
        assert!(texts.contains(&"]]><script>\u{fffd}".to_owned()));
    }

    /// Reads a document to its end and returns the text of every element and attribute that has any.
    fn texts(document: &str) -> Vec<String> {
        let mut reader = Reader::from_str(document);
        let (mut texts, mut text) = (Vec::new(), String::new());
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) | Event::Empty(start) => {
                    let values = start.attributes().map(|attribute| {
                        let value = attribute.unwrap().normalized_value(XmlVersion::Explicit1_0);
                        value.unwrap().into_owned()
                    });
                    texts.extend(values);
                    text.clear();
                }
                Event::Text(part) => text.push_str(&part.xml10_content()),
                Event::CData(part) => text.push_str(&part.xml10_content()),
                Event::GeneralRef(part) => match part.resolve_char_ref().unwrap() {
                    Some(c) => text.push(c),
                    None => text.push_str(resolve_xml_entity(&part.xml10_content()).unwrap()),
                },
                Event::End(_) => texts.push(std::mem::take(&mut text)),
                Event::Eof => return texts,
                _ => {}
            }
        }
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            any::<String>().prop_map(Value::Cdata),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::List),
                prop::collection::vec((any::<String>(), inner), 0..6)
                    .prop_map(|pairs| Value::Dict(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_feed_parses_back(name in any::<String>(), value in any_value(), said in any::<String>()) {
            let mut feed = samples::seed("t");
            feed.title.clone_from(&name);
            feed.entries[0].links[0].href.clone_from(&name);
            feed.entries[0].content.insert(name.clone(), value);
            feed.messages.push(Message::error(&said));
            let document = print(&feed);
            prop_assert!(legal(&document) == document.as_str());
            let texts = texts(&document);
            prop_assert!(texts.contains(&legal(&said).into_owned()));
            prop_assert!(texts.iter().filter(|text| *text == &legal(&name)).count() >= 3);
        }
    }
}
