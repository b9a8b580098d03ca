//! summary REPORT...: prints the table of the reports `BOARD/report.json`; success if all
//! boards passed.

use std::process::ExitCode;

use qemu_tests::summary::{Row, Table};

fn main() -> ExitCode {
    let paths = std::env::args_os().skip(1);
    let rows: Vec<Row> = paths.map(|path| Row::read(path.as_ref())).collect();
    print!("\n{}", Table(&rows));
    match !rows.is_empty() && rows.iter().all(Row::passed) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
