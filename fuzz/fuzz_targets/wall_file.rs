//! See `wall_file` in the module `fuzzing` of `camwall_config`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| camwall_config::fuzzing::wall_file(bytes));
