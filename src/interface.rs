//! The language in which the wall speaks to its operators.
//!
//! Main world; read by whatever writes on the wall. Policy: one language for all walls of a program;
//! the log is English whatever it is.

use bevy::prelude::Resource;

use camwall_words::{EN, Words};

/// The texts of the wall.
#[derive(Resource, Debug, Clone, Copy)]
pub struct Interface(pub &'static Words);

impl Default for Interface {
    /// English.
    fn default() -> Self {
        Self(&EN)
    }
}
