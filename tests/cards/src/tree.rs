//! A device tree, as Linux walks it: nodes by path, alias and phandle.

use std::collections::HashMap;

/// A node of a [`Tree`].
pub type Id = usize;

/// The root node of a [`Tree`].
pub const ROOT: Id = 0;

/// A device tree.
#[derive(Debug, Default)]
pub struct Tree {
    nodes: Vec<Node>,
    phandles: HashMap<u32, Id>,
}

#[derive(Debug)]
struct Node {
    path: String,
    parent: Option<Id>,
    properties: Vec<(String, Vec<u8>)>,
}

impl Tree {
    /// Puts in a node; the first one is the root.
    pub(crate) fn add(&mut self, name: &str, parent: Option<Id>) -> Id {
        let path = match parent {
            None => "/".to_owned(),
            Some(ROOT) => format!("/{name}"),
            Some(parent) => format!("{}/{name}", self.path(parent)),
        };
        self.nodes.push(Node {
            path,
            parent,
            properties: Vec::new(),
        });
        self.nodes.len() - 1
    }

    /// Puts a property into a node.
    pub(crate) fn set(&mut self, node: Id, name: &str, value: Vec<u8>) {
        self.nodes[node].properties.push((name.to_owned(), value));
        if name == "phandle" {
            let phandle = self.cell(node, name);
            self.phandles.extend(phandle.map(|phandle| (phandle, node)));
        }
    }

    /// Whether there is not even a root.
    pub(crate) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// All nodes, a parent before its children.
    pub fn nodes(&self) -> impl Iterator<Item = Id> + use<> {
        0..self.nodes.len()
    }

    /// The path, by which a person finds the node.
    pub fn path(&self, node: Id) -> &str {
        &self.nodes[node].path
    }

    /// The name without its address.
    pub fn name(&self, node: Id) -> &str {
        let name = self.path(node).rsplit('/').next().unwrap_or_default();
        name.split('@').next().unwrap_or_default()
    }

    /// The node that this one is in; the root is in none.
    pub fn parent(&self, node: Id) -> Option<Id> {
        self.nodes[node].parent
    }

    /// The node itself and all that it is in, inside out.
    pub fn lineage(&self, node: Id) -> impl Iterator<Item = Id> {
        std::iter::successors(Some(node), |&node| self.parent(node))
    }

    /// The nodes in this one.
    pub fn children(&self, node: Id) -> impl Iterator<Item = Id> {
        self.nodes()
            .filter(move |&child| self.parent(child) == Some(node))
    }

    /// The node in this one of this name, its address included.
    pub fn child(&self, node: Id, name: &str) -> Option<Id> {
        let is_named = |&child: &Id| self.path(child).rsplit('/').next() == Some(name);
        self.children(node).find(is_named)
    }

    /// The node of this path, its addresses included.
    pub fn find(&self, path: &str) -> Option<Id> {
        self.nodes().find(|&node| self.path(node) == path)
    }

    /// The node of a path, or of an alias and the rest of a path. What follows a colon is
    /// for the driver.
    pub fn resolve(&self, text: &str) -> Option<Id> {
        let text = text.split(':').next().unwrap_or_default();
        if text.starts_with('/') {
            return self.find(text);
        }
        let (alias, rest) = match text.find('/') {
            Some(slash) => text.split_at(slash),
            None => (text, ""),
        };
        let target = self.text(self.find("/aliases")?, alias)?;
        self.find(&format!("{target}{rest}"))
    }

    /// The node that a phandle stands for.
    pub fn phandle(&self, phandle: u32) -> Option<Id> {
        self.phandles.get(&phandle).copied()
    }

    /// The names of all properties of a node.
    pub fn properties(&self, node: Id) -> impl Iterator<Item = &str> {
        let properties = self.nodes[node].properties.iter();
        properties.map(|(name, _)| name.as_str())
    }

    /// The bytes of a property.
    pub fn value(&self, node: Id, property: &str) -> Option<&[u8]> {
        let mut properties = self.nodes[node].properties.iter();
        let found = properties.find(|(name, _)| name == property);
        found.map(|(_, value)| value.as_slice())
    }

    /// The whole cells of a property; none if it is not there.
    pub fn cells(&self, node: Id, property: &str) -> Vec<u32> {
        let value = self.value(node, property).unwrap_or_default();
        let cells = value.chunks_exact(4).filter_map(<[u8]>::first_chunk);
        cells.map(|cell| u32::from_be_bytes(*cell)).collect()
    }

    /// The only cell of a property.
    pub fn cell(&self, node: Id, property: &str) -> Option<u32> {
        match self.cells(node, property)[..] {
            [cell] => Some(cell),
            _ => None,
        }
    }

    /// The strings of a property; none if it is not there.
    pub fn texts(&self, node: Id, property: &str) -> Vec<&str> {
        let value = self.value(node, property).unwrap_or_default();
        let text = str::from_utf8(value).unwrap_or_default();
        text.split_terminator('\0').collect()
    }

    /// The first string of a property.
    pub fn text(&self, node: Id, property: &str) -> Option<&str> {
        self.texts(node, property).into_iter().next()
    }

    /// What the device is called, best name first.
    pub fn compatible(&self, node: Id) -> Vec<&str> {
        self.texts(node, "compatible")
    }

    /// Whether Linux may use the node and all that it is in.
    pub fn available(&self, node: Id) -> bool {
        let enabled = |node| matches!(self.text(node, "status"), None | Some("okay" | "ok"));
        self.lineage(node).all(enabled)
    }
}

/// The tree of a source text, by way of dtc.
#[cfg(test)]
pub(crate) fn source(text: &str) -> Tree {
    crate::fdt::parse(&crate::fdt::compiled(text)).expect("dtc makes good trees")
}
