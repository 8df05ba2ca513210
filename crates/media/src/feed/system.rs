//! Clock, chance and network as a feed's supervisor sees them, so that tests can put others in
//! their place.
//!
//! The demux thread calls all of it; only the clock is also read by the tick of a waiting source.

use std::net::IpAddr;
use std::time::Instant;

use super::connect_limit::{CONNECT_LIMIT, ConnectLimit};
use crate::cancel::CancellationToken;
use crate::source::route::Route;
use crate::source::{self, Source, SourceContext, SourceError};

/// What a supervisor needs beside its camera.
pub(crate) trait System: Send + Sync {
    /// Monotonic clock.
    fn now(&self) -> Instant;
    /// A random number in 0..1.
    fn random(&self) -> f64;
    /// Who shares the right to connect.
    fn connect_limit(&self) -> &ConnectLimit;
    /// Looks the camera's name up, see [`source::look_up`].
    fn look_up(&self, context: &SourceContext) -> Result<Vec<IpAddr>, SourceError>;
    /// Connects, see [`source::open`].
    fn open(
        &self,
        context: &SourceContext,
        numbers: &[IpAddr],
        route: Route,
    ) -> Result<Box<dyn Source>, SourceError>;
    /// Waits until then; true as soon as the token is cancelled.
    fn sleep_until(&self, until: Instant, cancellation: &CancellationToken) -> bool;
}

/// The real ones.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RealSystem;

impl System for RealSystem {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn random(&self) -> f64 {
        fastrand::f64()
    }

    fn connect_limit(&self) -> &ConnectLimit {
        &CONNECT_LIMIT
    }

    fn look_up(&self, context: &SourceContext) -> Result<Vec<IpAddr>, SourceError> {
        source::look_up(context)
    }

    fn open(
        &self,
        context: &SourceContext,
        numbers: &[IpAddr],
        route: Route,
    ) -> Result<Box<dyn Source>, SourceError> {
        source::open(context, numbers, route)
    }

    fn sleep_until(&self, until: Instant, cancellation: &CancellationToken) -> bool {
        cancellation.sleep(until.saturating_duration_since(Instant::now()))
    }
}
