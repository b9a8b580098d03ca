//! The manifest of a card: an SPDX 2.3 document of tags and values.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::fat::Files;

/// Where the manifest has the files that are on the card but in no file system.
const OUTSIDE: &str = "outside-of-the-partition/";
/// The manifest cannot have a hash of itself.
const OWN_NAME: &str = "manifest.spdx";

/// What a manifest says.
#[derive(Debug)]
pub struct Manifest {
    /// SHA-256 of each file, in hexadecimal digits.
    hashes: BTreeMap<String, String>,
}

/// The SHA-256 of some bytes, in hexadecimal digits.
pub fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// If it is none, a file has no hash, or a licence is no expression of SPDX.
    pub fn parse(text: &str) -> Result<Self, String> {
        if !text.starts_with("SPDXVersion: SPDX-2.3\n") {
            return Err("The manifest is no SPDX 2.3.".into());
        }
        let mut hashes = BTreeMap::new();
        let mut file = None;
        for line in text.lines() {
            match line.split_once(": ") {
                Some(("FileName", name)) => {
                    if let Some(name) = file.replace(name.trim_start_matches("./")) {
                        return Err(format!("The manifest has no SHA256 of {name}."));
                    }
                }
                Some(("FileChecksum", sum)) => {
                    if let (Some(hash), Some(name)) = (sum.strip_prefix("SHA256: "), file) {
                        hashes.insert(name.to_owned(), hash.to_owned());
                        file = None;
                    }
                }
                Some(("PackageLicenseDeclared", licence)) => {
                    spdx::Expression::parse(licence)
                        .map_err(|error| format!("The manifest has no SPDX licence: {error}"))?;
                }
                _ => {}
            }
        }
        match (file, hashes.is_empty()) {
            (None, false) => Ok(Self { hashes }),
            (Some(name), _) => Err(format!("The manifest has no SHA256 of {name}.")),
            (None, true) => Err("The manifest has no files.".into()),
        }
    }

    /// The hash that it has of a file.
    pub fn hash_of(&self, name: &str) -> Option<&str> {
        self.hashes.get(name).map(String::as_str)
    }

    /// That the files of the partition are those of the manifest.
    ///
    /// # Errors
    /// If one is missing, too much, or another.
    pub fn check_files(&self, files: &Files) -> Result<(), String> {
        let listed = |name: &&String| *name == OWN_NAME || self.hashes.contains_key(*name);
        if let Some(name) = files.keys().find(|name| !listed(name)) {
            return Err(format!("{name} is on the card, and not in the manifest."));
        }
        for (name, expected) in self
            .hashes
            .iter()
            .filter(|(name, _)| !name.starts_with(OUTSIDE))
        {
            let bytes = files.get(name);
            let bytes =
                bytes.ok_or_else(|| format!("{name} is in the manifest, and not on the card."))?;
            if hash(bytes) != *expected {
                return Err(format!("{name} has another hash than in the manifest."));
            }
        }
        Ok(())
    }

    /// That each file outside of the partition is at one of these places of the card.
    ///
    /// # Errors
    /// If one is not there.
    pub fn check_outside(&self, places: &[&[u8]]) -> Result<(), String> {
        let outside = self
            .hashes
            .iter()
            .filter(|(name, _)| name.starts_with(OUTSIDE));
        for (name, expected) in outside {
            if !places.iter().any(|place| begins_with(place, expected)) {
                let name = &name[OUTSIDE.len()..];
                return Err(format!("{name} is not on the card as the manifest has it."));
            }
        }
        Ok(())
    }
}

/// Whether the place begins with a file of that hash, whose length nobody says: it ends with
/// the last byte that is not zero, or has a few zeros more.
fn begins_with(place: &[u8], expected: &str) -> bool {
    const MOST_ZEROS: usize = 4096;
    let end = place
        .iter()
        .rposition(|&byte| byte != 0)
        .map_or(0, |last| last + 1);
    let mut hash = Sha256::new_with_prefix(&place[..end]);
    let zeros = &place[end..place.len().min(end + MOST_ZEROS)];
    if hex(&hash.clone().finalize()) == expected {
        return true;
    }
    zeros.chunks(1).any(|zero| {
        hash.update(zero);
        hex(&hash.clone().finalize()) == expected
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(files: &[(&str, &str)]) -> String {
        let entry = |(name, bytes): &(&str, &str)| {
            format!(
                "\nFileName: ./{name}\nFileChecksum: SHA1: 0\nFileChecksum: SHA256: {}\n",
                hash(bytes.as_bytes())
            )
        };
        let entries: String = files.iter().map(entry).collect();
        format!("SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\n{entries}")
    }

    #[test]
    fn a_manifest_without_hashes_is_none() {
        for bad in [
            "",
            "SPDXVersion: SPDX-2.2\n",
            "SPDXVersion: SPDX-2.3\n",
            "SPDXVersion: SPDX-2.3\nFileName: ./a\n",
            "SPDXVersion: SPDX-2.3\nFileName: ./a\nFileName: ./b\nFileChecksum: SHA256: 0\n",
            "SPDXVersion: SPDX-2.3\nPackageLicenseDeclared: MIT (*)\nFileName: ./a\nFileChecksum: SHA256: 0\n",
        ] {
            assert!(Manifest::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_file_that_is_missing_too_much_or_another_is_named() {
        let manifest = Manifest::parse(&text(&[("a", "1"), ("d/b", "2")])).expect("a manifest");
        let files = |list: &[(&str, &str)]| -> Files {
            list.iter()
                .map(|(name, bytes)| (name.to_string(), bytes.as_bytes().to_vec()))
                .collect()
        };
        let check = |list: &[(&str, &str)]| manifest.check_files(&files(list));
        assert_eq!(
            check(&[("a", "1"), ("d/b", "2"), ("manifest.spdx", "")]),
            Ok(())
        );
        for (list, name) in [
            (&[("a", "1")][..], "d/b"),
            (
                &[("a", "1"), ("d/b", "2"), ("c", "3")][..],
                "c is on the card",
            ),
            (&[("a", "1"), ("d/b", "3")][..], "d/b has another hash"),
        ] {
            let error = check(list).expect_err(name);
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn a_file_outside_of_the_partition_may_end_with_zeros() {
        let text = text(&[("outside-of-the-partition/x", "code\0\0")]);
        let manifest = Manifest::parse(&text).expect("a manifest");
        assert_eq!(manifest.check_outside(&[b"other", b"code\0\0\0\0"]), Ok(()));
        for place in [b"code\0".as_slice(), b"Code\0\0\0", b"code\0\x01", b""] {
            assert!(manifest.check_outside(&[place]).is_err(), "{place:?}");
        }
    }
}
