//! What a row is made of: plain data and pure rules.
//!
//! A row is one camera that misbehaves: what it films (`film`), what it answers (`step`), and how
//! that changes with time (`phase`). The tables in `rows` are written in these words. Time is an
//! argument everywhere, as the time since the simulator was ready.

pub mod film;
pub mod phase;
pub mod row;
pub mod step;
