//! The rules of a recording in simulated time: one by one, and in random order.

mod random;
mod rules;
mod truth;
