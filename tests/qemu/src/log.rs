//! What the kernel said during a session, as the capture has it.

use std::fs;
use std::path::Path;

/// What the kernel says in the capture at `path`: whatever follows the time since boot in
/// brackets.
///
/// # Panics
/// If the capture cannot be read.
pub fn kernel_lines(path: &Path) -> Vec<String> {
    let text = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    lines(&String::from_utf8_lossy(&text))
}

fn lines(text: &str) -> Vec<String> {
    let received = text.lines().filter_map(|line| line.split_once(" < "));
    let said = received.filter_map(|(_time, line)| split(line).1);
    said.map(|line| line.trim_end_matches("\\r\\n").to_owned())
        .collect()
}

/// A line of a console: what is not the kernel's, and what the kernel says. It begins a line
/// of its own, or breaks into one that a program writes at that moment.
pub fn split(line: &str) -> (&str, Option<&str>) {
    for (at, _bracket) in line.match_indices('[') {
        let said = line[at + 1..].split_once("] ");
        if let Some((_time, said)) = said.filter(|(time, _said)| is_time(time)) {
            return (&line[..at], Some(said));
        }
    }
    (line, None)
}

/// True of a time since boot as the kernel says it, in seconds.
fn is_time(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.trim_start_matches(' ')
        .split_once('.')
        .is_some_and(|(whole, fraction)| digits(whole) && digits(fraction))
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

    #[test]
    fn the_kernel_breaks_into_a_line() {
        assert_eq!(split("[  101.82] a [ 1.0] b"), ("", Some("a [ 1.0] b")));
        assert_eq!(
            split("# rebind [1] [37[    1.82] init: a"),
            ("# rebind [1] [37", Some("init: a"))
        );
        for none in ["", "[", "[1] a", "[] a", "[.] a", "[ 1. 2] a", "[1.0]a"] {
            assert_eq!(split(none), (none, None));
        }
    }
}
