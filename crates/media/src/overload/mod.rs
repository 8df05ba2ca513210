//! What is decoded where this computer can't keep up with all of it.
//!
//! One [`Overload`](load::Overload) a process. Each feed's decode thread takes a turn for a packet ([`turns`]), counts
//! what it does ([`load`]), and is told an [`Effort`](effort::Effort) that [`steps`] decides, from which
//! [`thinning`] makes what is decoded of its stream. Nothing here knows a decoder: `decode` does as it
//! is told, and `health` tells the operator that the picture is reduced.

mod cpu;
pub(crate) mod effort;
pub(crate) mod load;
pub(crate) mod steps;
pub(crate) mod thinning;
mod turns;
