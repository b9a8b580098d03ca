//! `make fuzz`: see [`board_check_fuzz::console`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| board_check_fuzz::console(data));
