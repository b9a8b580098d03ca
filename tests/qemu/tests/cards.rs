//! SD cards: the image that would be flashed boots through a real boot loader to a verdict on
//! the machine's own UART.

use qemu_tests::{Machine, card, card_boards, clean};

/// One of each architecture; `make test-full` boots them all.
const ONE_OF_EACH: [&str; 3] = ["qemu-aarch64", "qemu-arm", "qemu-riscv64"];

// One after the other: each has as many CPUs as the PC may have.
#[test]
fn a_card_of_each_architecture_boots_to_a_pass() {
    let mut wrong = Vec::new();
    for board in ONE_OF_EACH {
        assert!(card_boards().contains(&board.to_owned()), "{board}");
        let machine = Machine::boot_image(board, &card(board));
        wrong.extend(clean::run(board, &machine).1);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
