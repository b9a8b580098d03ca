//! Writes `docs/boards.md` of the boards' files and of what was built of them.

use card_tests::board::boards;
use card_tests::page::{page, path};

fn main() {
    std::fs::write(path(), page(&boards())).expect("the page can be written");
}
