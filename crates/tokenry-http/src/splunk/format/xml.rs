//! Writes XML 1.0 that is well-formed whatever text goes in.
//!
//! Escaping and layout are quick-xml's; this file adds what quick-xml leaves to its user: characters that XML 1.0 does
//! not allow at all are replaced, and writing cannot fail. What is written is decided in [`super::atom`] and
//! [`super::message`].

use quick_xml::Writer;
use quick_xml::escape::partial_escape;
use quick_xml::events::{BytesCData, BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use std::borrow::Cow;

/// An XML document that is being written.
pub(super) struct Document {
    writer: Writer<Vec<u8>>,
}

/// The attributes of an element, in order.
pub(super) type Attributes<'a> = &'a [(&'a str, &'a str)];

impl Document {
    /// An empty document on one line.
    pub(super) fn compact() -> Self {
        Self {
            writer: Writer::new(Vec::new()),
        }
    }

    /// An empty document with one element per line, indented. Elements with text stay on their line, so the layout
    /// adds nothing to any text.
    pub(super) fn indented() -> Self {
        Self {
            writer: Writer::new_with_indent(Vec::new(), b' ', 2),
        }
    }

    /// The document's text.
    pub(super) fn finish(self) -> String {
        // Only text goes in and the syntax is ASCII: the bytes are always UTF-8.
        String::from_utf8(self.writer.into_inner()).unwrap_or_default()
    }

    /// The line that says that this is XML.
    pub(super) fn prolog(&mut self) {
        self.write(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
    }

    /// An element whose inside the closure writes.
    pub(super) fn element(
        &mut self,
        name: &str,
        attributes: Attributes<'_>,
        inside: impl FnOnce(&mut Self),
    ) {
        self.write(Event::Start(start(name, attributes)));
        inside(self);
        self.write(Event::End(BytesEnd::new(name)));
    }

    /// An element with text, which may be empty.
    pub(super) fn text_element(&mut self, name: &str, attributes: Attributes<'_>, text: &str) {
        self.element(name, attributes, |document| document.text(text));
    }

    /// An element without anything inside.
    pub(super) fn empty_element(&mut self, name: &str, attributes: Attributes<'_>) {
        self.write(Event::Empty(start(name, attributes)));
    }

    /// Text; quotation marks stay as they are, which XML allows and people can read.
    pub(super) fn text(&mut self, text: &str) {
        self.write(Event::Text(BytesText::from_escaped(partial_escape(legal(
            text,
        )))));
    }

    /// Text as a CDATA section, or several if the text itself would end one.
    pub(super) fn cdata(&mut self, text: &str) {
        for section in BytesCData::escaped(&legal(text)) {
            self.write(Event::CData(section));
        }
    }

    fn write(&mut self, event: Event<'_>) {
        // Writing into memory cannot fail, so there is nothing to report.
        let _ = self.writer.write_event(event);
    }
}

fn start<'a>(name: &'a str, attributes: Attributes<'a>) -> BytesStart<'a> {
    let mut start = BytesStart::new(name);
    for (name, value) in attributes {
        start.push_attribute((*name, legal(value).as_ref()));
    }
    start
}

/// The text with every character that may not stand in an XML 1.0 document, not even escaped, replaced by U+FFFD.
pub(super) fn legal(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_legal) {
        return Cow::Borrowed(text);
    }
    let replaced = text.chars().map(|c| {
        if is_legal(c) {
            c
        } else {
            char::REPLACEMENT_CHARACTER
        }
    });
    Cow::Owned(replaced.collect())
}

/// Production 2 of XML 1.0, `Char`.
const fn is_legal(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn illegal_characters_are_replaced_and_legal_ones_kept() {
        assert_eq!(
            legal("a\u{0}\u{8}b\u{1f}\u{fffe}\u{ffff}"),
            "a\u{fffd}\u{fffd}b\u{fffd}\u{fffd}\u{fffd}"
        );
        assert_eq!(
            legal("\t\r\n ü\u{85}\u{10ffff}"),
            "\t\r\n ü\u{85}\u{10ffff}"
        );
    }

    #[test]
    fn markup_cannot_leave_text_attributes_or_cdata() {
        let mut document = Document::compact();
        document.element("a", &[("b", "\"'><x y=\"\n\u{1}")], |document| {
            document.text("</a>&amp;\"\r\u{c}");
            document.cdata("<b>]]><c/>\u{0}");
        });
        insta::assert_snapshot!(document.finish(), @r#"<a b="&quot;&apos;&gt;&lt;x y=&quot;&#10;�">&lt;/a&gt;&amp;amp;"&#13;�<![CDATA[<b>]]]]><![CDATA[><c/>�]]></a>"#);
    }

    #[test]
    fn the_layout_adds_nothing_to_an_empty_text() {
        let mut document = Document::indented();
        document.prolog();
        document.element("a", &[], |document| {
            document.text_element("b", &[], "");
            document.element("c", &[], |document| document.cdata("x"));
            document.empty_element("d", &[]);
        });
        insta::assert_snapshot!(document.finish(), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <a>
          <b></b>
          <c><![CDATA[x]]></c>
          <d/>
        </a>
        "#);
    }
}
