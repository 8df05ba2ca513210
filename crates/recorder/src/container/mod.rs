//! The pieces of a recording's file: Matroska's elements and MP4's boxes.
//!
//! Any thread; pure but for reading. Used by who finishes files and by who reads them. Policy: sizes in a
//! file are believed only as far as the file reaches; what is damaged is nothing, not an error.

pub(crate) mod boxes;
pub(crate) mod bytes;
pub(crate) mod ebml;
