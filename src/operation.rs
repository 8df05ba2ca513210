//! What an operator does: one action at a time, from its press to its release.
//!
//! Main world. Owns [`Operation`], the one event that keys, mouse and whatever else send. Policy:
//! an operation is run to its end, with everything that it changes, before the next one begins, so
//! that several within one update can't be mixed up. It is aimed at a wall; the wall aims what is
//! about a camera at the camera that is selected at that moment.

use bevy::prelude::*;

use camwall_config::Action;

/// One action of an operator.
#[derive(EntityEvent, Debug, Clone, Copy, PartialEq)]
pub struct Operation {
    /// The wall on which it is done, or the camera that it is about.
    pub entity: Entity,
    /// What is done.
    pub action: Action,
    /// Whether it begins, goes on or ends.
    pub phase: Phase,
}

/// An operator pressed something on a wall that does nothing: he is there.
#[derive(EntityEvent, Debug, Clone, Copy, PartialEq)]
pub struct Touched {
    /// The wall.
    pub entity: Entity,
}

/// How far an action has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The key goes down; what the mouse does has no other phase.
    Pressed,
    /// The key is held, and the action [repeats](Action::repeats).
    Repeated,
    /// The key goes up, or can no longer be heard.
    Released,
}

impl Phase {
    /// Whether the action is to be done: once, or once more.
    #[must_use]
    pub fn acts(self) -> bool {
        self != Self::Released
    }
}

/// Runs an operation to its end.
pub fn operate(world: &mut World, operation: Operation) {
    world.trigger(operation);
    // What observers ordered is done now, operations that they aimed on included.
    world.flush();
}
