//! What runs without a wall, or before there is one.

mod archive;
mod at_once;
mod check;
mod diff;
mod generate;
mod import;
mod made;
mod new;
mod probe_table;
mod quick;
mod recordings;
mod terminal;

pub use check::{check, print_mistakes};
pub use diff::diff;
pub use generate::generate;
pub use import::import;
pub use new::new;
pub use quick::ask_login;
pub use recordings::recordings;
