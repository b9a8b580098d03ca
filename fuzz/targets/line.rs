//! `make fuzz`: see [`board_check_fuzz::line`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| board_check_fuzz::line(data));
