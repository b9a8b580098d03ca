//! The udev rules: udev's own check where it has one, and what they must and must not do.

use std::path::PathBuf;
use std::process::Command;

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("70-board-check.rules")
}

/// The rules, without comments.
fn rules() -> Vec<String> {
    let text = std::fs::read_to_string(file()).unwrap();
    let lines = text.lines().map(str::trim);
    let rules = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    rules.map(str::to_owned).collect()
}

/// Key, operator and value of each part of a rule.
fn parts(rule: &str) -> Vec<(&str, &str, &str)> {
    let part = |part: &'_ str| -> Option<(usize, usize)> {
        let operator = part.find(['=', '!', '+'])?;
        let value = part[operator..].find('"')? + operator;
        part.ends_with('"').then_some((operator, value))
    };
    rule.split(", ")
        .map(|text| {
            let (operator, value) = part(text).unwrap_or_else(|| panic!("{text}"));
            let quoted = &text[value + 1..text.len() - 1];
            assert!(!quoted.contains('"'), "{text}");
            (&text[..operator], &text[operator..value], quoted)
        })
        .collect()
}

#[test]
fn udev_takes_the_rules() {
    let verify = Command::new("udevadm").arg("verify").arg(file()).output();
    // Only since systemd 254; Debian 12 has 252.
    let knows = |output: &std::process::Output| {
        !String::from_utf8_lossy(&output.stderr).contains("nknown command")
    };
    if let Some(output) = verify.ok().filter(knows) {
        assert!(output.status.success(), "{output:?}");
    }
    let mut jumps = Vec::new();
    let mut labels = Vec::new();
    for rule in rules() {
        for (key, operator, value) in parts(&rule) {
            let name = key.split('{').next().unwrap();
            let operators: &[&str] = match name {
                "ACTION" | "SUBSYSTEM" | "SUBSYSTEMS" | "DRIVERS" | "ATTRS" => &["==", "!="],
                "GOTO" | "LABEL" | "ENV" => &["="],
                "TAG" => &["+="],
                other => panic!("{other} is no key that these rules need"),
            };
            assert!(operators.contains(&operator), "{rule}");
            match name {
                // A rule can only jump ahead.
                "GOTO" => jumps.push((value.to_owned(), labels.len())),
                "LABEL" => labels.push(value.to_owned()),
                _ => {}
            }
        }
    }
    for (label, from) in jumps {
        let found = labels.iter().position(|known| *known == label);
        assert!(found.is_some_and(|at| at >= from), "{label}");
    }
}

#[test]
fn ports_are_given_to_the_person_at_the_machine_and_to_nobody_else() {
    let all = rules().join("\n");
    assert!(all.contains("TAG+=\"uaccess\""), "{all}");
    assert!(all.contains("ENV{ID_MM_DEVICE_IGNORE}=\"1\""), "{all}");
    for word in ["MODE", "GROUP", "RUN", "chmod"] {
        assert!(!all.contains(word), "{word}");
    }
}
