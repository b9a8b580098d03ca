//! The list of the checks.

use std::process::Stdio;

use board_check_protocol::checks;
use serde_json::Value;

use crate::common::place::{Place, assert_exit};

#[test]
fn the_checks_are_listed_one_per_line_also_into_a_closed_pipe() {
    let place = Place::new();
    let output = place.run(&["list"]);
    assert_eq!(output.status.code(), Some(0));
    let listed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(listed.lines().collect::<Vec<_>>(), checks::NAMES);
    let mut child = place
        .command(&["list"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn some_of_them_are_listed_with_what_the_board_may_skip() {
    let place = Place::new();
    let list = |more: &[&str]| {
        let output = place.run(
            &[
                &["list", "--only", "attr.wc-nc.*,attr.carveout.device"],
                more,
            ]
            .concat(),
        );
        assert_exit(&output, 0, "");
        String::from_utf8(output.stdout).unwrap()
    };
    let names = list(&["--skip", "*.describe,*.kernel"]);
    assert_eq!(
        names,
        "attr.wc-nc.user\nattr.wc-nc.protect\nattr.carveout.device\n"
    );
    let rules = ["--board", "qemu-riscv64-nosvpbmt"];
    let names = list(&rules);
    assert!(
        names.contains("attr.wc-nc.user  # may be skipped: not-honoured\n"),
        "{names}"
    );
    let json: Value =
        serde_json::from_str(&list(&[&rules[..], &["--format", "json"]].concat())).unwrap();
    assert_eq!(json[0]["name"], "attr.wc-nc.user");
    assert_eq!(json[0]["allowed_skips"][0], "not-honoured");
    assert_exit(
        &place.run(&["list", "--only", "nosuch"]),
        5,
        "select no check",
    );
    assert_exit(&place.run(&["list", "--board", "nosuch"]), 2, "knows");
}

#[test]
fn a_job_for_lava_expects_all_of_them_and_the_verdict() {
    let place = Place::new();
    let output = place.run(&["lava-job", "qemu-riscv64-nosvpbmt"]);
    assert_exit(&output, 0, "");
    let text = String::from_utf8(output.stdout).unwrap();
    let (job, expected) = text.split_once("      expected:\n").unwrap();
    assert!(job.contains("tags: [qemu-riscv64-nosvpbmt]\n"), "{job}");
    assert!(!job.contains('@'), "{job}");
    let lines: Vec<&str> = expected.lines().collect();
    assert_eq!(lines.len(), checks::NAMES.len() + 1);
    assert_eq!(lines[0], "      - seed_vmalloc_pattern");
    assert!(lines.contains(&"      - attr_wc_nc_user  # may be skipped: not-honoured"));
    assert_eq!(lines.last(), Some(&"      - run_verdict"));
    assert_exit(&place.run(&["lava-job", "nosuch"]), 2, "knows");
}
