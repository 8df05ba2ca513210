//! See `import` in the module `fuzzing` of `camwall_setup`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| camwall_setup::fuzzing::import(bytes));
