//! Counts brackets, directives and variables in a query that has not been parsed. Not a parser: it only knows what is text and
//! what is a comment, just as the grammar has it, so that no bracket can hide from it.

/// What was counted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Scan {
    /// The most brackets within one another.
    pub(super) nesting: usize,
    /// The number of directives.
    pub(super) directives: usize,
    /// How often variables are named.
    pub(super) variables: usize,
}

/// Counts. `None` where a text does not end, which no query has.
pub(super) fn scan(query: &str) -> Option<Scan> {
    let mut scan = Scan {
        nesting: 0,
        directives: 0,
        variables: 0,
    };
    let mut depth = 0_usize;
    let mut rest = query.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        match first {
            b'{' | b'[' | b'(' => {
                depth += 1;
                scan.nesting = scan.nesting.max(depth);
            }
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            b'@' => scan.directives += 1,
            b'$' => scan.variables += 1,
            b'#' => rest = behind_comment(behind),
            b'"' => rest = behind_text(behind)?,
            _ => {}
        }
    }
    Some(scan)
}

fn behind_comment(rest: &[u8]) -> &[u8] {
    let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
    end.and_then(|end| rest.get(end..)).unwrap_or_default()
}

/// What follows a text whose first quote is taken.
fn behind_text(rest: &[u8]) -> Option<&[u8]> {
    if let Some(block) = rest.strip_prefix(b"\"\"") {
        return behind_block(block);
    }
    let mut rest = rest;
    loop {
        let (first, behind) = rest.split_first()?;
        rest = match first {
            b'"' => return Some(behind),
            b'\n' | b'\r' => return None,
            b'\\' => behind.split_first()?.1,
            _ => behind,
        };
    }
}

/// What follows a text in three quotes, in which only these, behind a backslash, mean something else.
fn behind_block(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        if let Some(behind) = rest.strip_prefix(b"\"\"\"") {
            return Some(behind);
        }
        rest = match rest.strip_prefix(b"\\\"\"\"") {
            Some(behind) => behind,
            None => rest.split_first()?.1,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_texts_and_comments_do_not_count() {
        for (query, expected) in [
            ("", Some((0, 0, 0))),
            ("{a(b:[{c:$e}])@d}", Some((4, 1, 1))),
            (r#"{a(b:"[[[\"{{{@$")}"#, Some((2, 0, 0))),
            (r#"{a(b:"\\")[}"#, Some((2, 0, 0))),
            (r#"{a(b:"")[[]]}"#, Some((3, 0, 0))),
            (r#"{a(b:"""[["[[\"""{{{""")[]}"#, Some((2, 0, 0))),
            (r#"{a(b:""""[""")[[[]]]}"#, Some((4, 0, 0))),
            ("{a # [[[[ \" @\n [b]}", Some((2, 0, 0))),
            ("{a # [[[[ \r [[b]]}", Some((3, 0, 0))),
            ("}}}}{{", Some((2, 0, 0))),
            (r#"{a(b:"x"#, None),
            ("{a(b:\"x\n\")}", None),
            (r#"{a(b:"""x")}"#, None),
            (r#"{a(b:"\"#, None),
        ] {
            let scanned = scan(query).map(|scan| (scan.nesting, scan.directives, scan.variables));
            assert_eq!(scanned, expected, "{query}");
        }
    }
}
