//! Reads the flattened form of a device tree, the bytes of a `.dtb` or FIT file.
//!
//! Own code, because the crates refuse what the kernel's trees have: dtoolkit, the best
//! kept one, takes no property name of more than 31 characters.

use crate::tree::{Id, Tree};

/// Why the bytes are no device tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The header contradicts the bytes.
    #[error("the header of the device tree is wrong: {0}")]
    Header(&'static str),
    /// The nodes are not as they should be.
    #[error("the device tree is damaged at byte {offset:#x}: {what}")]
    Structure {
        /// From the start of the tree.
        offset: usize,
        /// What is wrong there.
        what: &'static str,
    },
}

const MAGIC: u32 = 0xd00d_feed;
/// The version since 2005; older ones have other tokens.
const VERSION: u32 = 17;
/// Linux goes no deeper (FDT_MAX_DEPTH in drivers/of/fdt.c).
const DEEPEST: usize = 64;

const BEGIN_NODE: u32 = 1;
const END_NODE: u32 = 2;
const PROPERTY: u32 = 3;
const NOTHING: u32 = 4;
const END: u32 = 9;

/// The bytes that the header of `bytes` says belong to the tree.
///
/// # Errors
/// If there is no header, or fewer bytes.
pub fn extent(bytes: &[u8]) -> Result<usize, Error> {
    if word(bytes, 0) != Some(MAGIC) {
        return Err(Error::Header("it does not begin with d00dfeed"));
    }
    let size = word(bytes, 4).unwrap_or(0) as usize;
    if size > bytes.len() {
        return Err(Error::Header("there are fewer bytes than it says"));
    }
    Ok(size)
}

/// Reads a tree; what is behind it is not looked at.
///
/// # Errors
/// If it is damaged.
pub fn parse(bytes: &[u8]) -> Result<Tree, Error> {
    let bytes = &bytes[..extent(bytes)?];
    let field = |number: usize| word(bytes, 4 * number).unwrap_or(0) as usize;
    let block = |start: usize, size: usize| {
        let end = start.checked_add(size)?;
        bytes.get(start..end)
    };
    let (structure, strings, reserved) = (field(2), field(3), field(4));
    if field(5) < VERSION as usize || field(6) > VERSION as usize {
        return Err(Error::Header("its version is not 17"));
    }
    if structure % 4 != 0 || reserved % 8 != 0 || block(reserved, 16).is_none() {
        return Err(Error::Header("a block is not where it may be"));
    }
    let strings = block(strings, field(8)).ok_or(Error::Header("the strings are outside"))?;
    let nodes = block(structure, field(9)).ok_or(Error::Header("the nodes are outside"))?;
    let mut reader = Reader {
        nodes,
        strings,
        at: 0,
        tree: Tree::default(),
    };
    reader.read().map_err(|what| Error::Structure {
        offset: structure + reader.at,
        what,
    })?;
    Ok(reader.tree)
}

struct Reader<'a> {
    nodes: &'a [u8],
    strings: &'a [u8],
    at: usize,
    tree: Tree,
}

impl<'a> Reader<'a> {
    fn read(&mut self) -> Result<(), &'static str> {
        let mut around: Vec<Id> = Vec::new();
        let mut is_behind_nodes = false;
        loop {
            let token = self.word()?;
            match token {
                NOTHING => {}
                BEGIN_NODE => {
                    let name = self.name()?;
                    if around.is_empty() != name.is_empty() || around.len() == DEEPEST {
                        return Err("a node cannot be here");
                    }
                    if around.is_empty() && !self.tree.is_empty() {
                        return Err("there is a second root");
                    }
                    let parent = around.last().copied();
                    if parent.is_some_and(|parent| self.tree.child(parent, name).is_some()) {
                        return Err("two nodes have one name");
                    }
                    around.push(self.tree.add(name, parent));
                    is_behind_nodes = false;
                }
                END_NODE => {
                    around.pop().ok_or("a node ends that has not begun")?;
                    is_behind_nodes = true;
                }
                PROPERTY => {
                    let length = self.word()? as usize;
                    let name = self.word()? as usize;
                    let value = self.take(length)?.to_owned();
                    let name = text(self.strings.get(name..).unwrap_or_default());
                    let name = name.filter(|name| !name.is_empty());
                    let name = name.ok_or("a property has no name")?;
                    let node = *around.last().ok_or("a property is outside of all nodes")?;
                    if is_behind_nodes {
                        return Err("a property comes behind a node");
                    }
                    if self.tree.value(node, name).is_some() {
                        return Err("two properties have one name");
                    }
                    self.tree.set(node, name, value);
                }
                END if around.is_empty() && !self.tree.is_empty() => return Ok(()),
                END => return Err("it ends inside of a node"),
                _ => return Err("no token has this number"),
            }
        }
    }

    fn word(&mut self) -> Result<u32, &'static str> {
        let word = word(self.nodes, self.at).ok_or("it ends before its end")?;
        self.at += 4;
        Ok(word)
    }

    /// Bytes, and those that fill the last word.
    fn take(&mut self, length: usize) -> Result<&'a [u8], &'static str> {
        let whole = length.checked_next_multiple_of(4);
        let end = whole.and_then(|whole| self.at.checked_add(whole));
        let end = end.filter(|&end| end <= self.nodes.len());
        let end = end.ok_or("a value goes beyond the end")?;
        let bytes = &self.nodes[self.at..self.at + length];
        self.at = end;
        Ok(bytes)
    }

    fn name(&mut self) -> Result<&'a str, &'static str> {
        let name = text(&self.nodes[self.at..]).ok_or("a node's name is no text")?;
        if name.contains('/') {
            return Err("a node's name is no name");
        }
        self.take(name.len() + 1)?;
        Ok(name)
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let word = bytes.get(at..)?.first_chunk::<4>()?;
    Some(u32::from_be_bytes(*word))
}

/// What is before the first zero byte.
fn text(bytes: &[u8]) -> Option<&str> {
    let end = bytes.iter().position(|&byte| byte == 0)?;
    str::from_utf8(&bytes[..end]).ok()
}

/// What dtc makes of a source text.
#[cfg(test)]
pub(crate) fn compiled(text: &str) -> Vec<u8> {
    use std::io::Write;
    use std::process::{Command, Stdio};

    let mut dtc = Command::new("dtc")
        .args(["-q", "-I", "dts", "-O", "dtb"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("dtc runs; make setup installs it");
    let mut input = dtc.stdin.take().expect("a pipe");
    input.write_all(text.as_bytes()).expect("dtc reads");
    drop(input);
    let output = dtc.wait_with_output().expect("dtc ends");
    assert!(output.status.success(), "dtc refuses {text}");
    output.stdout
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"/dts-v1/;
        / {
            #address-cells = <1>;
            a@1 { value = "x"; b { list = <1 2 3>; }; };
            a-very-long-name-of-a-node-with-more-than-31-characters { };
        };"#;

    #[test]
    fn a_tree_is_read_with_all_its_properties() {
        let tree = parse(&compiled(TEXT)).expect("a tree");
        let paths: Vec<&str> = tree.nodes().map(|node| tree.path(node)).collect();
        let long = "/a-very-long-name-of-a-node-with-more-than-31-characters";
        assert_eq!(paths, ["/", "/a@1", "/a@1/b", long]);
        assert_eq!(tree.cells(2, "list"), [1, 2, 3]);
        assert_eq!(tree.text(1, "value"), Some("x"));
        assert_eq!(tree.cell(0, "#address-cells"), Some(1));
    }

    #[test]
    fn a_tree_that_is_cut_off_is_none() {
        let whole = compiled(TEXT);
        for length in 0..whole.len() {
            assert!(parse(&whole[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn no_damage_ends_in_a_panic_and_that_of_the_form_is_seen() {
        let whole = compiled(TEXT);
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut damaged = whole.clone();
                damaged[at] ^= 1 << bit;
                let _ = parse(&damaged);
            }
        }
        // The header's words: magic, size, nodes, strings, oldest version, and the sizes of
        // strings and nodes.
        for word in [0, 1, 2, 3, 6, 8, 9] {
            let mut damaged = whole.clone();
            damaged[4 * word] ^= 0x80;
            assert!(parse(&damaged).is_err(), "word {word}");
        }
        // The first token.
        let structure = usize::from(whole[11]);
        for token in [0, 2, 3, 9, 0xff] {
            let mut damaged = whole.clone();
            damaged[structure + 3] = token;
            assert!(parse(&damaged).is_err(), "token {token}");
        }
    }
}
