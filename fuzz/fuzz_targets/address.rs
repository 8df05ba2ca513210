//! See `address` in the module `fuzzing` of `camwall_media`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| camwall_media::fuzzing::address(bytes));
