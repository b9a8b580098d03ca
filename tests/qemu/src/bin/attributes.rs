//! attributes REPORT...: makes `docs/attributes.md` of the reports `BOARD/report.json`;
//! success if they are as `attributes.toml` says.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use qemu_tests::attributes::{Expected, page, path};
use qemu_tests::{Report, qemu_boards};

fn main() -> ExitCode {
    let expected = Expected::read();
    let mut reports = BTreeMap::new();
    for report in std::env::args_os().skip(1).map(PathBuf::from) {
        let board = report.parent().and_then(|folder| folder.file_name());
        let board = board.unwrap_or_default().to_string_lossy().into_owned();
        reports.insert(board, Report::read(&report).expect("a report"));
    }
    assert!(
        reports.keys().eq(qemu_boards().iter()),
        "a report of each board is needed"
    );
    let mut parts = false;
    for (board, report) in &reports {
        for difference in expected.differences(board, report) {
            println!("{difference}");
            parts = true;
        }
    }
    if parts {
        return ExitCode::FAILURE;
    }
    std::fs::write(path(), page(&expected, &reports)).expect("the page can be written");
    ExitCode::SUCCESS
}
