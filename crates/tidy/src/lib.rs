//! The rules of the architecture that neither Cargo nor a lint can hold.
//!
//! Reads the sources of the workspace as tokens and answers who names whom. Nothing here is part
//! of the program; `tests/workspace.rs` states the rules and runs with `make test` and `make lint`.
//! Policy: comments and text in quotes never count; code that exists only for tests is exempt from
//! the rule about cycles, for a test may look at what it likes; a path is followed through
//! `use` and `pub use` to the module that owns the thing.

mod cycles;
mod modules;
mod names;
mod wall_file;
mod workspace;

pub use cycles::check_cycles;
pub use modules::{Module, ModulePath, ModuleTree, ReadError};
pub use names::{files_naming, idents, rust_files};
pub use wall_file::{NoPage, wall_file_page};
pub use workspace::{Package, packages, root};
