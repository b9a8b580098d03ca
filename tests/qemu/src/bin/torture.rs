//! torture: boots machines with board-torture and fails if anything is not as it must be.
//!
//! ```text
//! torture fail-nth   each allocation fails in turn; then the deliberate faults that shows
//! torture fuzz       random calls: OPS=1000000, SEED=1, THREADS=4; before that, the same ones
//!                    twice, and the deliberate faults that they must find
//! torture cycles     COUNT=1000 loads, unloads, binds and unbinds; a tenth of them with the
//!                    largest areas, without memory, and with a CPU that goes and comes
//! torture kselftest  a test of the kernel's own sources, and faults that it must find
//! ```
//!
//! `MACHINES="qemu-arm …"` chooses machines (one of each architecture; fail-nth also takes
//! one with a DMA engine), `FAULTS="40 …"` which faults, `FAULTS=none` for none,
//! `PARTS="binding …"` which parts of fail-nth.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Instant;

use qemu_tests::faults::{self, FailNth, Fault};
use qemu_tests::torture::{self, Told};
use qemu_tests::{architecture_of, root, selection};

/// Faults of the module that random calls of one thread must find.
const FUZZ_FINDS: [u32; 32] = [
    2, 3, 4, 6, 10, 11, 14, 18, 19, 20, 21, 22, 23, 24, 28, 30, 31, 32, 35, 36, 39, 40, 42, 51, 53,
    54, 56, 57, 59, 65, 69, 79,
];

/// The fault of the module that they must find with areas that a block maps.
const BLOCKS_FIND: u32 = 80;

/// Pages of areas that a block maps.
const BLOCK: u32 = 512;

/// Faults of the module that the kernel's own test must find.
const KSELFTEST_FINDS: [u32; 3] = [13, 14, 16];

/// What the calls themselves find, or a look at all areas behind them: not that there was no
/// fault in the image, or no module.
const FUZZ_FOUND: [&str; 2] = ["not ok 1 fuzz.calls", "not ok 2 fuzz.afterwards"];

/// The parts of fail-nth, each a boot of its own.
const PARTS: [&str; 5] = ["calls", "mappings", "blocks", "binding", "loading"];

/// Lines that are shown of what is wrong with a run.
const WRONG_SHOWN: usize = 20;

/// What the kernel may say when something of it was failed: that a device could not be bound
/// or a module not be shown in sysfs, that a process got no stack or a module no memory, that
/// kmemleak does without, and that a page fault found no memory and is tried again.
const SAID_OF_FAILURES: [&str; 11] = [
    "mmap_areas ",
    "mmap_areas: ",
    "kobject: can not set name properly!",
    "kobject: kobject_add_internal failed for ",
    "kobject: kobject_create_and_add: kobject_add error: ",
    "bus_add_driver: ",
    "init: vmalloc error: ",
    "warn_alloc: ",
    "execmem: unable to allocate memory",
    "kmemleak: Cannot allocate a scan area, scanning the full object",
    "Huh VM_FAULT_OOM leaked out to the #PF handler. Retrying PF",
];

/// What the kernel may say where there is no memory: that it ended a process, that it got
/// none, and that a device could not be bound.
const SAID_WITHOUT_MEMORY: [&str; 7] = [
    "init invoked oom-killer: ",
    "init: page allocation failure: ",
    "init: vmalloc error: ",
    "Out of memory: Killed process ",
    "oom_reaper: reaped process ",
    "warn_alloc: ",
    "mmap_areas mmap-areas-",
];

/// What the kernel may say of CPUs that go and come.
const SAID_OF_CPUS: [&str; 8] = [
    "psci: CPU1 killed ",
    "CPU1 killed.",
    "Retrying again to check for CPU kill",
    "CPU1: off",
    "HART1 isn't stopped; status ",
    "CPU1 may not have stopped",
    "Detected PIPT I-cache on CPU1",
    "CPU1: Booted secondary processor ",
];

fn main() -> ExitCode {
    let mut tally = Tally::default();
    let start = Instant::now();
    let task = env::args().nth(1).unwrap_or_default();
    match task.as_str() {
        "fail-nth" => fail_nth(&mut tally),
        "fuzz" => fuzz(&mut tally),
        "cycles" => cycles(&mut tally),
        "kselftest" => kselftest(&mut tally),
        _ => {
            eprintln!("torture: which task? fail-nth, fuzz, cycles or kselftest");
            return ExitCode::from(2);
        }
    }
    let Tally { right, wrong } = tally;
    let word = if wrong == 0 { "ok" } else { "FAILED" };
    let seconds = start.elapsed().as_secs_f64();
    // In cargo's form, as mk/scripts/tally.sh counts.
    println!("test result: {word}. {right} passed; {wrong} failed; {seconds:.0} s");
    ExitCode::from(u8::from(wrong != 0))
}

#[derive(Default)]
struct Tally {
    right: u32,
    wrong: u32,
}

impl Tally {
    /// Tells how a run went, with what it said of itself.
    fn tell(&mut self, board: &str, what: &str, start: Instant, told: &Told, wrong: &[String]) {
        let (word, count) = match wrong.is_empty() {
            true => ("as it must be", &mut self.right),
            false => ("WRONG", &mut self.wrong),
        };
        *count += 1;
        let seconds = start.elapsed().as_secs_f64();
        println!("{board:24}{what:56}{word:16}{seconds:8.1} s");
        for (is_ok, result) in &told.results {
            println!("  {}{result}", if *is_ok { "" } else { "not ok " });
        }
        let shown = wrong.iter().take(WRONG_SHOWN);
        shown.for_each(|wrong| println!("  wrong: {wrong}"));
        if wrong.len() > WRONG_SHOWN {
            let more = wrong.len() - WRONG_SHOWN;
            println!("  and {more} lines more; all of the console is in output/log/");
        }
    }

    /// A run that must be clean.
    fn clean(&mut self, board: &str, has_sanitizers: bool, task: &str, due: &[&str]) -> Told {
        let start = Instant::now();
        let image = torture::image_name(board, has_sanitizers);
        let told = torture::run(board, &image, task, due);
        self.tell(board, task, start, &told, &told.wrong);
        told
    }

    /// A run with a deliberate fault: it must find something, of which it says one of `words`.
    fn finds(&mut self, board: &str, has_sanitizers: bool, task: &str, words: &[&str]) {
        let start = Instant::now();
        let image = torture::image_name(board, has_sanitizers) + "-faults";
        let told = torture::run(board, &image, task, &SAID_OF_FAILURES);
        let mut wrong = Vec::new();
        let finds = |line: &String| words.iter().any(|words| line.contains(words));
        if !told.wrong.iter().any(finds) {
            wrong.push(format!(
                "nothing with {words:?} was found: {:?}",
                told.wrong
            ));
        }
        self.tell(board, task, start, &Told::default(), &wrong);
    }
}

/// The machines of `MACHINES`, or one of each architecture and those that `suits`.
fn machines(suits: impl Fn(&str) -> bool) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut boards = selection::machines();
    if env::var_os("MACHINES").is_none() {
        boards.retain(|board| seen.insert(architecture_of(board)) || suits(board));
    }
    boards
}

/// True for a machine whose DMA engine plays the device.
fn has_bus_master(board: &str) -> bool {
    let file = root().join("board").join(board).join("board.toml");
    let text = fs::read_to_string(file).expect("a board has its file");
    text.lines().any(|line| line == "bus_master = true")
}

/// True for the words of `variable`, or for all if it has none.
fn is_chosen(variable: &str) -> impl Fn(&str) -> bool {
    let words = env::var(variable).unwrap_or_default();
    move |chosen| words.is_empty() || words.split_whitespace().any(|word| word == chosen)
}

fn number<T: FromStr>(variable: &str, default: T) -> T {
    match env::var(variable) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{variable}: {text} is no number")),
        Err(_) => default,
    }
}

fn fail_nth(tally: &mut Tally) {
    let is_chosen_fault = is_chosen("FAULTS");
    let is_chosen_part = is_chosen("PARTS");
    for board in machines(has_bus_master) {
        for part in PARTS.into_iter().filter(|part| is_chosen_part(part)) {
            tally.clean(
                &board,
                true,
                &format!("fail-nth part={part}"),
                &SAID_OF_FAILURES,
            );
        }
        if has_bus_master(&board) {
            continue;
        }
        for fault in faults::all() {
            if let Some(FailNth { part, says }) = &fault.fail_nth
                && is_chosen_fault(&fault.number.to_string())
            {
                let task = format!("fail-nth part={part} fault={}", fault.number);
                tally.finds(&board, true, &task, &[says]);
            }
        }
    }
}

fn fuzz(tally: &mut Tally) {
    let (operations, seed) = (number("OPS", 1_000_000u32), number("SEED", 1u32));
    let threads = number("THREADS", 4u32);
    let is_chosen = is_chosen("FAULTS");
    let mut architectures = BTreeSet::new();
    for board in machines(|_| false) {
        if architectures.insert(architecture_of(&board)) {
            let task = format!("fuzz seed={seed} ops=2000 threads=1");
            let digests: Vec<Option<String>> = (0..2)
                .map(|_time| digest(&tally.clean(&board, false, &task, &[])))
                .collect();
            if digests[0].is_none() || digests[0] != digests[1] {
                println!("  wrong: one seed, two runs: {digests:?}");
                tally.wrong += 1;
            }
            for fault in FUZZ_FINDS {
                if !is_chosen(&fault.to_string()) {
                    continue;
                }
                let task = format!("fuzz seed={seed} ops=20000 threads=1 fault={fault}");
                tally.finds(&board, false, &task, &FUZZ_FOUND);
            }
            let has_blocks =
                |fault: &Fault| fault.number == BLOCKS_FIND && !fault.not_on.contains_key(&board);
            if is_chosen(&BLOCKS_FIND.to_string()) && faults::all().iter().any(has_blocks) {
                let task = format!(
                    "fuzz seed={seed} ops=20000 threads=1 pages={BLOCK} fault={BLOCKS_FIND}"
                );
                tally.finds(&board, false, &task, &FUZZ_FOUND);
            }
        }
        let task = format!("fuzz seed={seed} ops={operations} threads={threads}");
        tally.clean(&board, true, &task, &[]);
        let few = operations.div_ceil(20);
        let large = format!("fuzz seed={seed} ops={few} threads={threads} pages={BLOCK}");
        tally.clean(&board, true, &large, &[]);
    }
}

fn kselftest(tally: &mut Tally) {
    let is_chosen = is_chosen("FAULTS");
    for board in machines(|_| false) {
        tally.clean(&board, false, "kselftest", &[]);
        for fault in KSELFTEST_FINDS {
            if is_chosen(&fault.to_string()) {
                let task = format!("kselftest fault={fault}");
                tally.finds(&board, false, &task, &["not ok 1 kselftest.pfnmap.0"]);
            }
        }
    }
}

/// What a run of one thread says of all its calls and their results.
fn digest(told: &Told) -> Option<String> {
    let mut results = told.results.iter();
    let (_, calls) = results.find(|(_, result)| result.contains("fuzz.calls"))?;
    Some(calls.split_once("digest=")?.1.to_owned())
}

fn cycles(tally: &mut Tally) {
    let count = number("COUNT", 1000u32);
    // Fewer are over before a process has been ended for its memory.
    let few = count.div_ceil(10).max(30);
    for board in machines(|_| false) {
        tally.clean(&board, false, &format!("cycles count={count}"), &[]);
        // The largest that kmalloc gives: 4 MiB.
        let largest = format!("cycles count={few} pages=1024");
        tally.clean(&board, false, &largest, &[]);
        let starved = format!("cycles count={few} pages=256 beside=memory");
        tally.clean(&board, false, &starved, &SAID_WITHOUT_MEMORY);
        let switched = format!("cycles count={few} beside=cpu");
        tally.clean(&board, true, &switched, &SAID_OF_CPUS);
    }
}
