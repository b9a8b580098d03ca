//! The `line-simulator` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    line_simulator::main()
}
