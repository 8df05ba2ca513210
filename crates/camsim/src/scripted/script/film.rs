//! What a camera films: a clip, and how it is played.
//!
//! Plain data.

use std::time::Duration;

use crate::codec::Codec;

/// A clip and the way in which it is played, in a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Film {
    /// The file among the clips.
    pub file: &'static str,
    /// How its pictures are coded.
    pub codec: Codec,
    /// From one picture to the next.
    pub step: Duration,
    /// Only the key frames are played.
    pub keys_only: bool,
    /// The parameter sets are left out of the pictures.
    pub bare: bool,
    /// Each picture is filled up to so many times its size.
    pub size: usize,
    /// The picture that a new viewer gets first.
    pub first: usize,
    /// What takes the place of its parameter sets.
    pub forged: Option<Forged>,
}

/// What an attacker writes into parameter sets (H.264, 7.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forged {
    /// A sequence parameter set of 16400×64: one side is longer than a texture may be.
    Wide,
    /// One of 16000×16000.
    Vast,
    /// 256 picture parameter sets in front of each picture.
    Flood,
}

/// An H.264 clip at this frame rate.
pub const fn h264(file: &'static str, rate: u32) -> Film {
    let step = Duration::from_nanos(1_000_000_000 / rate as u64);
    Film {
        file,
        codec: Codec::H264,
        step,
        keys_only: false,
        bare: false,
        size: 1,
        first: 0,
        forged: None,
    }
}

/// An H.265 clip at this frame rate.
pub const fn h265(file: &'static str, rate: u32) -> Film {
    Film { codec: Codec::H265, ..h264(file, rate) }
}

impl Film {
    /// The key frames only, so far apart.
    pub const fn keys_each(self, step: Duration) -> Self {
        Self { keys_only: true, step, ..self }
    }

    /// Without parameter sets among the pictures.
    pub const fn bare(self) -> Self {
        Self { bare: true, ..self }
    }

    /// Each picture so many times as large, filled up with what a decoder skips.
    pub const fn filled(self, size: usize) -> Self {
        Self { size, ..self }
    }

    /// With other parameter sets.
    pub const fn forged(self, forged: Forged) -> Self {
        Self { forged: Some(forged), ..self }
    }

    /// A viewer comes in at this picture.
    pub const fn from(self, first: usize) -> Self {
        Self { first, ..self }
    }
}
