//! A test of the kernel's own sources on our memory: `tools/testing/selftests/mm/pfnmap.c`, as
//! it is, with libc. It opens the device read-only and maps two pages of the first area.

use core::ffi::CStr;

use board_verify::bench::{Bench, NODES};
use board_verify::sys::{self, Ending};
use board_verify::trouble::{Checked, OrFail, Trouble, expect_figure};

use crate::report::{Report, line};

/// Where the image has it.
const PROGRAM: &CStr = c"/kselftest";

/// What it says.
const OUTPUT: &CStr = c"/kselftest.log";

/// The child could not become the program.
const NO_PROGRAM: u8 = 127;

/// Runs it on each device.
pub fn run(report: &mut Report, bench: &Bench) {
    if let Err(trouble) = bench.reload().or_fail("load") {
        report.failed("kselftest.begin", trouble);
        return;
    }
    for node in &bench.platform.devices {
        let arguments = [PROGRAM, c"--", NODES[node.instance]];
        let ended = sys::in_child(&mut || {
            sys::execute(&arguments, OUTPUT);
            NO_PROGRAM
        });
        let mut passed = 0;
        sys::each_line(OUTPUT, &mut |said| {
            passed += u32::from(said.starts_with("ok ") && !said.contains("# SKIP"));
            report.note(said);
        });
        let judged = ended
            .or_fail("kselftest")
            .and_then(|ended| judge(ended, passed));
        let name = line(format_args!("kselftest.pfnmap.{}", node.instance));
        report.result(
            &name,
            judged.map(|()| line(format_args!("passed={passed}"))),
        );
    }
}

/// It ends with 0 if nothing failed, also if all of it was left out.
fn judge(ended: Ending, passed: u32) -> Checked {
    match ended {
        Ending::Exited(status) => {
            expect_figure("status", 0, u64::from(status.unsigned_abs()))?;
            expect_figure("passed", passed.max(1).into(), passed.into())
        }
        Ending::Killed(_signal) => Err(Trouble::Finding {
            what: "kselftest",
            found: "killed",
        }),
    }
}
