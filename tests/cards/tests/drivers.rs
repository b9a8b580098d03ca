//! The kernel of each board has a driver for all that the board's console needs, and the
//! test that says so sees each of them missing.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::os::unix::fs::symlink;

use card_tests::board::{Board, boards};
use card_tests::console::walk;
use card_tests::fdt;
use card_tests::kernel::{Error, Kernel, Table};
use card_tests::options::Options;
use card_tests::problem::{Fault, Problem};
use card_tests::tree::Tree;

struct Built {
    board: Board,
    tree: Tree,
    kernel: Kernel,
    options: Options,
}

/// Each board with its device tree and kernel.
fn built() -> impl Iterator<Item = Built> {
    boards().into_iter().map(|board| {
        let path = board.output().join("board.dtb");
        let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        Built {
            tree: fdt::parse(&bytes).unwrap_or_else(|error| panic!("{path:?}: {error}")),
            kernel: Kernel::read(&board.kernel()).expect("a kernel"),
            options: Options::read(&board.kernel()),
            board,
        }
    })
}

/// The problem, and the options that would solve it.
fn advice(board: &Built, problem: &Problem) -> String {
    let Fault::NoDriver(names) = &problem.fault else {
        return problem.to_string();
    };
    let mut text = problem.to_string();
    // A name without a maker is in many drivers.
    for name in names.iter().filter(|name| name.contains(',')) {
        let options: Vec<String> = board.options.for_name(name).into_iter().collect();
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
        let found = walk(&board.tree, &board.kernel).problems;
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
    for Built {
        board,
        tree,
        kernel,
        options,
    } in built()
    {
        let key = |table: &Table| (table.file.clone(), table.symbol.clone());
        let brought_by: HashMap<_, _> = kernel
            .tables()
            .iter()
            .map(|table| (key(table), options.of(table)))
            .collect();
        let option_of = |table: &Table| brought_by[&key(table)].as_deref();
        let driven = walk(&tree, &kernel).driven;
        let needed: BTreeSet<&str> = driven
            .iter()
            .filter_map(|(_, table)| option_of(table))
            .collect();
        // UART, clocks, interrupts and timer are of different options on every board.
        assert!(needed.len() >= 4, "{}: {needed:?}", board.name);
        for option in needed {
            let name = &board.name;
            assert!(
                options.is_set(option),
                "{name}: {option} is not set, but its code is there"
            );
            let is_lost = |table: &Table| option_of(table) == Some(option);
            let problems = walk(&tree, &kernel.without(is_lost)).problems;
            let drove = |problem: &&Problem| {
                let mut nodes = driven.iter();
                nodes.any(|(node, table)| node == problem.node() && is_lost(table))
            };
            let problem = problems.iter().find(drove);
            let problem = problem.unwrap_or_else(|| panic!("{name}: nobody misses {option}"));
            println!("{name} without {option}: {problem}");
        }
    }
}

#[test]
fn a_driver_that_was_not_found_in_the_kernel_is_no_missing_driver() {
    let board = built().next().expect("a board").board;
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
