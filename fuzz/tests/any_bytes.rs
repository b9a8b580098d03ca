//! The promises of the fuzz targets, with bytes that follow from a seed: what the fuzzer
//! looks for in earnest is looked for a little in every `make test`.

use board_check_fuzz::{capture, console, line};

/// Bytes as they come, or mostly such as make records, lines and captures.
fn any_bytes(random: &mut fastrand::Rng) -> Vec<u8> {
    let pieces: [&[u8]; 8] = [
        b"board-check capture 1\n",
        b"begin\n",
        b"1 < ok 1 a\\r\\n\n",
        b"2 end complete\n",
        b"[    1.000000] ",
        b"\n",
        b"ok 2 seed.kmalloc.pattern # pass 1 ms 00000000\r\n",
        b"\x1b[2J",
    ];
    let mut bytes = Vec::new();
    for _ in 0..random.usize(..40) {
        match random.u8(..4) {
            0 => bytes.push(random.u8(..)),
            1 => bytes.extend_from_slice(pieces[random.usize(..pieces.len())]),
            _ => bytes.push(random.u8(0x80..)),
        }
    }
    bytes
}

#[test]
fn no_bytes_break_a_promise() {
    let mut random = fastrand::Rng::with_seed(1);
    for _ in 0..200 {
        let bytes = any_bytes(&mut random);
        line(&bytes);
        console(&bytes);
        capture(&bytes);
        capture(&[b"board-check capture 1\nbegin\n", bytes.as_slice()].concat());
    }
}
