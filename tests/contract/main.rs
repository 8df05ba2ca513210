//! What others build on, held against snapshots: help, exit codes, status lines, the ledger, the
//! folder of recordings, what `camwall recordings` prints, and how the program is loaded.
//!
//! Scripts, dashboards and archives rely on these forms. A snapshot that changes is a change of the
//! interface, and belongs into CHANGELOG.md. Figures, times and folders vary from run to run and
//! are masked; names, order, types and words are not.
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests print what they saw, and may panic where something is missing"
)]

mod canary;
mod command_line;
mod mask;
mod program;
mod recordings;
mod status;
