//! What a query comes to with all fragments spread, without spreading them: each fragment is measured once, however
//! often it is used.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned,
    parser::types::{FragmentDefinition, Selection, SelectionSet},
};

type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

/// Measures the parts of one document.
pub(super) struct Measure<'a> {
    fragments: &'a Fragments,
    known: HashMap<&'a str, Size>,
    max_depth: usize,
}

/// The size of a selection set.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Size {
    /// Fields and spreads, at all levels.
    pub(super) selections: u64,
    /// About how many values the answer will have.
    pub(super) cost: u64,
    /// Fields at its own level.
    pub(super) width: u64,
    /// Levels.
    depth: usize,
}

impl<'a> Measure<'a> {
    /// Measures down to this depth.
    pub(super) fn of(fragments: &'a Fragments, max_depth: usize) -> Self {
        Self {
            fragments,
            known: HashMap::new(),
            max_depth,
        }
    }

    /// The size of a selection set that lies `level` deep; `None` if it reaches too deep, as every set does in which a
    /// fragment spreads itself.
    pub(super) fn set(&mut self, set: &'a SelectionSet, level: usize) -> Option<Size> {
        if level > self.max_depth {
            return None;
        }
        let mut sum = Size {
            depth: 1,
            ..Size::default()
        };
        for item in &set.items {
            let inner = match &item.node {
                Selection::Field(field) => {
                    let inner = self.set(&field.node.selection_set.node, level + 1)?;
                    let weight = weight(field.node.name.node.as_str());
                    Size {
                        cost: inner.cost.saturating_mul(weight).saturating_add(1),
                        width: 1,
                        ..inner
                    }
                }
                Selection::FragmentSpread(spread) => {
                    self.fragment(spread.node.fragment_name.node.as_str(), level + 1)?
                }
                Selection::InlineFragment(inline) => {
                    self.set(&inline.node.selection_set.node, level + 1)?
                }
            };
            sum.add(inner);
        }
        Some(sum)
    }

    /// One that does not exist has no size: validation will say so.
    fn fragment(&mut self, name: &str, level: usize) -> Option<Size> {
        let Some((name, fragment)) = self.fragments.get_key_value(name) else {
            return Some(Size::default());
        };
        let size = match self.known.get(name.as_str()) {
            Some(size) => *size,
            None => self.set(&fragment.node.selection_set.node, level)?,
        };
        self.known.insert(name.as_str(), size);
        (level + size.depth <= self.max_depth + 1).then_some(size)
    }
}

impl Size {
    fn add(&mut self, inner: Self) {
        self.selections = self
            .selections
            .saturating_add(inner.selections)
            .saturating_add(1);
        self.cost = self.cost.saturating_add(inner.cost);
        self.width = self.width.saturating_add(inner.width);
        self.depth = self.depth.max(inner.depth + 1);
    }
}

/// About how many values a list has. A type has fields, these have a type, and so on: a short query about the schema
/// can ask for more than fits into memory. Of tokens there may be many, with long notes: enough for each field a few
/// times, not for a thousand aliases.
fn weight(field: &str) -> u64 {
    match field {
        "types" => 32,
        "tokens" => 5_000,
        "fields" => 8,
        "args" | "directives" | "enumValues" | "inputFields" | "interfaces" | "possibleTypes" => 4,
        _ => 1,
    }
}
