//! SD cards: the image that would be flashed boots from the machine's boot ROM, or from the
//! boot loader that is on the card, to a verdict on the machine's own UART.

use qemu_tests::{Machine, card, card_boards, clean};

/// One of each architecture; `make test-full` boots them all.
const ONE_OF_EACH: [&str; 3] = ["hifive-unleashed", "orangepi-pc", "qemu-aarch64"];

// One after the other: the boards have four and five CPUs.
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
