//! The language in which the wall speaks to its operators.
//!
//! Main world; read by whatever writes on the wall. Policy: one language for all walls of a program;
//! the log is English whatever it is.

use bevy::prelude::Resource;

use camwall_config::Language;
use camwall_words::{EN, Words};

/// The texts of the wall.
#[derive(Resource, Debug, Clone, Copy)]
pub struct Interface(pub &'static Words);

impl Interface {
    /// In the language that a wall file asks for.
    #[must_use]
    pub fn of(language: Language) -> Self {
        Self(language.words())
    }
}

impl Default for Interface {
    /// English.
    fn default() -> Self {
        Self(&EN)
    }
}
