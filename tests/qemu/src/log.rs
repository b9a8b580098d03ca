//! What the kernel said during a session, as the capture has it.

use std::fs;
use std::path::Path;

/// The lines of the kernel in the capture at `path`: those that start with the time since
/// boot in brackets.
///
/// # Panics
/// If the capture cannot be read.
pub fn kernel_lines(path: &Path) -> Vec<String> {
    let text = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    lines(&String::from_utf8_lossy(&text))
}

fn lines(text: &str) -> Vec<String> {
    let received = text.lines().filter_map(|line| line.split_once(" < "));
    let said = received.filter_map(|(_time, line)| kernel_line(line));
    said.map(|line| line.trim_end_matches("\\r\\n").to_owned())
        .collect()
}

/// What the kernel says with a line of a console; `None` if it is not the kernel's.
pub fn kernel_line(line: &str) -> Option<&str> {
    let (time, said) = line.strip_prefix('[')?.split_once("] ")?;
    let digits = |byte: u8| byte.is_ascii_digit() || matches!(byte, b' ' | b'.');
    time.bytes().all(digits).then_some(said)
}

/// The lines that a clean run must not have: all that the kernel says once it has started
/// the verifier, but for what is due.
pub fn noise(lines: &[String]) -> Vec<&String> {
    let mut lines = lines.iter();
    // The first process has started then. A capture that begins later has no such line.
    if lines.clone().any(|line| line.starts_with("Run /init")) {
        lines.find(|line| line.starts_with("Run /init"));
    }
    lines.filter(|line| !is_due(line)).collect()
}

fn is_due(line: &str) -> bool {
    [
        "mmap_areas: loading out-of-tree module",
        // lifetime.device.npages asks for areas that cannot be.
        "mmap_areas: there can be no areas of ",
        // Each kernel says this once; without a seed and a generator, some seconds after the
        // start.
        "random: crng init done",
    ]
    .iter()
    .any(|due| line.starts_with(due))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_of_the_kernel_count_and_only_after_it_has_started() {
        let text = "300 < [    0.1] Memory: 226388K\\r\\n\n\
                    586 < [    0.461910] Run /init as init process\\r\\n\n\
                    950 < [    0.826306] mmap_areas: loading out-of-tree module taints kernel.\\r\\n\n\
                    950 < [    0.9] random: crng init done\\r\\n\n\
                    951 < ok 1 seed.vmalloc.pattern # pass 3 ms e8da84dd\\r\\n\n\
                    952 > [    1.0] sent\\r\\n\n\
                    960 < [  101.826306] mmap_areas: no such area\\r\\n\n";
        let lines = lines(text);
        assert_eq!(lines.len(), 5);
        assert_eq!(noise(&lines), ["mmap_areas: no such area"]);
        // A capture that begins in the middle of a boot.
        assert_eq!(noise(&lines[4..]), ["mmap_areas: no such area"]);
    }
}
