//! The list of the checks.

mod common;

use std::process::Stdio;

use board_check_protocol::checks;
use serde_json::Value;

use common::place::{Place, assert_exit};

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
fn lava_gets_all_of_them_in_its_own_spelling() {
    let place = Place::new();
    let output = place.run(&["list", "--format", "lava"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("expected:"));
    let names: Vec<&str> = lines.map(|line| line.strip_prefix("- ").unwrap()).collect();
    assert_eq!(names.len(), checks::NAMES.len());
    assert_eq!(names[0], "seed_vmalloc_pattern");
    assert!(names.contains(&"attr_wc_nc_user"));
}
