//! See `ledger` in the module `fuzzing` of `camwall_recorder`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| camwall_recorder::fuzzing::ledger(bytes));
