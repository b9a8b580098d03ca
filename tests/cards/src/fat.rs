//! The files of a card's FAT partition, read by mtools and checked by fsck.fat.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::{fs, io};

/// The files by their path, with slashes and no slash before it.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Reads all files of a FAT file system.
///
/// # Errors
/// If fsck.fat finds a fault, or a file cannot be read.
///
/// # Panics
/// If a tool is not there or nothing can be written to the temporary folder.
pub fn read(partition: &[u8]) -> Result<Files, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let image = folder.path().join("fat.img");
    let out = folder.path().join("files");
    fs::write(&image, partition).expect("the partition can be written");
    fs::create_dir(&out).expect("a folder for the files");
    let sectors = partition.get(0x13..0x24).map_or(0, sectors);
    if sectors == 0 || sectors > partition.len() / 512 {
        return Err(format!(
            "The FAT says that it has {sectors} sectors, its partition {}.",
            partition.len() / 512
        ));
    }
    // It looks at the whole file system and changes nothing.
    run(Command::new("fsck.fat").arg("-n").arg(&image))?;
    run(Command::new("mcopy")
        .args(["-s", "-n", "-i"])
        .arg(&image)
        .arg("::*")
        .arg(&out))?;
    let mut files = Files::new();
    collect(&out, "", &mut files).map_err(|error| format!("The FAT's files: {error}."))?;
    Ok(files)
}

/// The two fields for the number of sectors: the second is used if the first is 0.
fn sectors(fields: &[u8]) -> usize {
    match crate::disk::little(&fields[..2]) {
        0 => crate::disk::little(&fields[13..17]),
        few => few,
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    let path = format!(
        "{}:/usr/sbin:/sbin",
        std::env::var("PATH").unwrap_or_default()
    );
    let output = command
        .env("PATH", path)
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}. Run: make setup"));
    match output.status.success() {
        true => Ok(()),
        false => Err(format!(
            "{} refuses the FAT: {}",
            command.get_program().display(),
            [output.stdout, output.stderr].concat().escape_ascii()
        )),
    }
}

fn collect(folder: &Path, prefix: &str, files: &mut Files) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.insert(name, fs::read(entry.path())?);
        }
    }
    Ok(())
}
