//! Device trees that are not as they should be: the module says what is wrong with a node
//! in one line and goes on with the others, and nothing of it ends in a PASS. Nor does one
//! that lacks what the checks need.

use std::fs;
use std::process::Command;

use qemu_tests::{BOARD, IMAGE, Machine, Report, image, judge, root};

/// The checks of what the areas are.
const AREAS: &str = "data.*,attr.*,coherency.*";
/// The same, and those of all areas at once.
const ALL_OF_THEM: &str = "seed.*,data.*,attr.*,coherency.*,lifetime.device.npages";

#[test]
fn a_node_with_a_number_that_cannot_be() {
    let (report, log) = judged(&[("-tx", "/mmap-areas-1", "board-check,instance", "9")]);
    assert_fails_only_in(&report, "-nc.");
    assert_eq!(log.matches("no areas of 16 pages: EINVAL").count(), 1);
}

#[test]
fn two_nodes_with_one_number() {
    let (report, log) = judged(&[("-tx", "/mmap-areas-1", "board-check,instance", "0")]);
    // One of them is not there, whichever came second.
    assert_eq!(report.verdict, "FAIL", "{report:#?}");
    assert_eq!(log.matches("no areas of 16 pages: EBUSY").count(), 1);
}

#[test]
fn carve_outs_that_are_none() {
    let (report, log) = judged(&[
        // No such node; and memory that does not hold a page.
        ("-tx", "/mmap-areas-0", "memory-region", "dead"),
        (
            "-tx",
            "/reserved-memory/mmap-areas-carveout-1",
            "size",
            "0 800",
        ),
    ]);
    assert_fails_only_in(&report, ".carveout");
    assert!(!log.contains("no areas"));
}

#[test]
fn a_carve_out_that_the_kernel_has_for_itself() {
    let node = "/reserved-memory/mmap-areas-carveout-0";
    let (report, log) = judged_after([vec!["-d", node, "no-map"]], AREAS);
    assert_fails_only_in(&report, ".carveout");
    assert_eq!(log.matches("lacks no-map: the kernel uses it").count(), 1);
}

#[test]
fn no_node_of_ours_that_is_enabled_and_one_cpu() {
    let (report, log) = judged_after(
        [
            vec!["-ts", "/mmap-areas-0", "status", "disabled"],
            vec!["-r", "/mmap-areas-1"],
            vec!["-r", "/cpus/cpu-map"],
            vec!["-r", "/cpus/cpu@1"],
        ],
        AREAS,
    );
    assert_eq!(report.verdict, "INCOMPLETE", "{report:#?}");
    assert_eq!(report.with_outcome("fail").len(), 0, "{report:#?}");
    let passed = report.with_outcome("pass");
    // The module has made a device of its own, with all that needs no device tree.
    assert!(passed.contains("attr.wc-nc.user"), "{passed:#?}");
    for reason in ["no-coherent-device", "no-carveout", "one-cpu"] {
        assert!(log.contains(&format!(" ms {reason} ")), "{reason}");
    }
}

#[test]
fn a_cpu_that_does_not_come_is_unknown() {
    let cpu = "/cpus/cpu@7";
    let (report, log) = judged_after(
        [
            vec!["-c", cpu],
            vec!["-ts", cpu, "device_type", "cpu"],
            vec!["-ts", cpu, "compatible", "arm,cortex-a72"],
            vec!["-ts", cpu, "enable-method", "psci"],
            vec!["-tx", cpu, "reg", "7"],
        ],
        AREAS,
    );
    assert_eq!(report.verdict, "INCOMPLETE", "{report:#?}");
    let skipped = report.with_outcome("skip");
    assert!(
        skipped.iter().all(|name| name.ends_with(".cpus")),
        "{skipped:#?}"
    );
    assert_eq!(log.matches(" ms cpu-offline ").count(), skipped.len());
    assert_eq!(report.with_outcome("fail").len(), 0, "{report:#?}");
}

#[test]
fn a_node_below_a_bus_is_as_coherent_as_the_bus_and_a_carve_out_may_be_small() {
    let (bus, node) = ("/soc", "/soc/mmap-areas-0");
    let carveout = "/reserved-memory/mmap-areas-carveout-0";
    let (report, _log) = judged_after(
        [
            vec!["-tx", carveout, "size", "0", "10000"],
            vec!["-tx", carveout, "phandle", "7777"],
            vec!["-r", "/mmap-areas-0"],
            vec!["-c", bus],
            vec!["-ts", bus, "compatible", "simple-bus"],
            vec!["-tx", bus, "#address-cells", "2"],
            vec!["-tx", bus, "#size-cells", "2"],
            vec!["-tx", bus, "ranges"],
            vec!["-tx", bus, "dma-coherent"],
            vec!["-c", node],
            vec!["-ts", node, "compatible", "board-check,mmap-areas"],
            vec!["-tx", node, "board-check,instance", "0"],
            vec!["-tx", node, "memory-region", "7777"],
        ],
        ALL_OF_THEM,
    );
    assert_eq!(report.verdict, "PASS", "{report:#?}");
}

#[test]
fn a_carve_out_that_is_smaller_than_an_area_is_left_out() {
    let size = [
        "-tx",
        "/reserved-memory/mmap-areas-carveout-0",
        "size",
        "0",
        "8000",
    ];
    let (report, log) = judged_after([size.to_vec()], ALL_OF_THEM);
    assert_eq!(report.verdict, "INCOMPLETE", "{report:#?}");
    assert_eq!(report.with_outcome("fail").len(), 0, "{report:#?}");
    let skipped = report.with_outcome("skip");
    let is_its = |name: &String| name.contains(".carveout.");
    assert!(skipped.iter().all(is_its), "{skipped:#?}");
    assert_eq!(log.matches(" ms area-too-small ").count(), skipped.len());
}

/// The device tree promises what is not there: that fails, and nothing else does.
fn assert_fails_only_in(report: &Report, part: &str) {
    let is_expected = |name: &String| name.contains(part) || name == "data.device.separate-areas";
    let failed = report.with_outcome("fail");
    assert_eq!(report.verdict, "FAIL", "{report:#?}");
    assert!(failed.iter().all(is_expected), "{failed:#?}");
    assert!(failed.len() > 2, "{failed:#?}");
}

/// What board-check finds, and the capture, with these values in the device tree: type,
/// node, property and value, as `fdtput` takes them.
fn judged(changes: &[(&str, &str, &str, &str)]) -> (Report, String) {
    let arguments = changes.iter().map(|&(kind, node, property, value)| {
        let mut arguments = vec![kind, node, property];
        arguments.extend(value.split(' '));
        arguments
    });
    judged_after(arguments, AREAS)
}

/// The same with changes as arguments of `fdtput`; the first is an option.
fn judged_after<'a>(
    changes: impl IntoIterator<Item = Vec<&'a str>>,
    checks: &str,
) -> (Report, String) {
    let folder = tempfile::tempdir().expect("a folder for the device tree");
    let tree = folder.path().join("board.dtb");
    let whole = root().join("output").join(BOARD).join("board.dtb");
    fs::copy(whole, &tree).expect("the device tree can be copied");
    for arguments in changes {
        let status = Command::new("fdtput")
            .arg(arguments[0])
            .arg(&tree)
            .args(&arguments[1..])
            .status()
            .expect("fdtput runs");
        assert!(status.success(), "fdtput {arguments:?}");
    }
    let machine = Machine::boot_with(BOARD, &image(IMAGE), &tree);
    let report = judge(&machine, &["--only", checks]);
    let capture = report.capture.as_ref().expect("the capture is kept");
    let log = String::from_utf8_lossy(&fs::read(capture).expect("the capture")).into_owned();
    (report, log)
}
