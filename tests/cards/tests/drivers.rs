//! The kernel of each board has a driver for all that the board's console needs, and the
//! test that says so sees each of them missing.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use card_tests::board::{Board, boards};
use card_tests::console::walk;
use card_tests::fdt;
use card_tests::kernel::{Error, Kernel, Kind, Table};
use card_tests::options::Options;
use card_tests::problem::{Fault, Problem};
use card_tests::tree::Tree;

struct Built {
    board: Board,
    tree: Tree,
    kernel: Rc<BuiltKernel>,
}

/// The kernel of an architecture.
struct BuiltKernel {
    kernel: Kernel,
    options: Options,
    /// The option of each table, by file and symbol.
    brought_by: HashMap<(String, String), Option<String>>,
}

impl BuiltKernel {
    fn read(tree: &Path) -> Self {
        let kernel = Kernel::read(tree).expect("a kernel");
        let options = Options::read(tree);
        let option = |table: &Table| (key(table), options.of(table));
        Self {
            brought_by: kernel.tables().iter().map(option).collect(),
            kernel,
            options,
        }
    }

    fn option_of(&self, table: &Table) -> Option<&str> {
        self.brought_by[&key(table)].as_deref()
    }
}

fn key(table: &Table) -> (String, String) {
    (table.file.clone(), table.symbol.clone())
}

/// Each board with its device tree and kernel.
fn built() -> Vec<Built> {
    let mut kernels: HashMap<PathBuf, Rc<BuiltKernel>> = HashMap::new();
    let mut read = |board: Board| {
        let path = board.output().join("board.dtb");
        let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        let tree = board.kernel();
        let kernel = kernels.entry(tree.clone());
        Built {
            tree: fdt::parse(&bytes).unwrap_or_else(|error| panic!("{path:?}: {error}")),
            kernel: Rc::clone(kernel.or_insert_with(|| Rc::new(BuiltKernel::read(&tree)))),
            board,
        }
    };
    boards().into_iter().map(&mut read).collect()
}

/// The problem, and the options that would solve it.
fn advice(board: &Built, problem: &Problem) -> String {
    let Fault::NoDriver(names) = &problem.fault else {
        return problem.to_string();
    };
    let mut text = problem.to_string();
    // A name without a maker is in many drivers.
    for name in names.iter().filter(|name| name.contains(',')) {
        let options: Vec<String> = board.kernel.options.for_name(name).into_iter().collect();
        if !options.is_empty() {
            text += &format!(" {name} is in the code of {}.", options.join(", "));
        }
    }
    text
}

#[test]
fn the_kernel_has_a_driver_for_all_that_the_console_needs() {
    let mut problems = Vec::new();
    for board in built() {
        let found = walk(&board.tree, &board.kernel.kernel).problems;
        problems.extend(
            found
                .iter()
                .map(|problem| format!("{}: {}", board.board.name, advice(&board, problem))),
        );
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn each_option_that_is_taken_away_is_missed() {
    for built in built() {
        let (name, kernel) = (&built.board.name, &built.kernel);
        let driven = walk(&built.tree, &kernel.kernel).driven;
        let options = driven
            .iter()
            .filter_map(|(_, table)| kernel.option_of(table));
        let needed: BTreeSet<&str> = options.collect();
        // UART, clocks, interrupts and timer are of different options on every board.
        assert!(needed.len() >= 4, "{name}: {needed:?}");
        for option in needed {
            let is_set = kernel.options.is_set(option);
            assert!(is_set, "{name}: {option} is not set, but its code is there");
            let is_lost = |table: &Table| kernel.option_of(table) == Some(option);
            let problems = walk(&built.tree, &kernel.kernel.without(is_lost)).problems;
            let is_missed = |problem: &&Problem| {
                driven.iter().any(|(node, table)| {
                    let is_timer = table.kind == Kind::Timer && problem.fault == Fault::NoTimer;
                    is_lost(table) && (node == problem.node() || is_timer)
                })
            };
            let problem = problems.iter().find(is_missed);
            let problem = problem.unwrap_or_else(|| panic!("{name}: nobody misses {option}"));
            println!("{name} without {option}: {problem}");
        }
    }
}

#[test]
fn a_driver_that_was_not_found_in_the_kernel_is_no_missing_driver() {
    let board = boards().remove(0);
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name);
    symlink(board.kernel().join("vmlinux"), file("vmlinux")).expect("a link");
    let mut aliases =
        fs::read(board.kernel().join("modules.builtin.modinfo")).expect("the aliases");
    aliases.extend(b"acme.alias=of:N*T*Cacme,unseen\0");
    fs::write(file("modules.builtin.modinfo"), aliases).expect("they are written");
    let error = Kernel::read(folder.path()).expect_err("a kernel with a driver that is not seen");
    assert!(matches!(error, Error::Blind(name) if name == "acme,unseen"));
    // And what is no kernel.
    fs::remove_file(file("vmlinux")).expect("the link is gone");
    assert!(matches!(Kernel::read(folder.path()), Err(Error::File(..))));
    fs::write(file("vmlinux"), "no ELF file").expect("it is written");
    assert!(matches!(Kernel::read(folder.path()), Err(Error::Elf(..))));
}
