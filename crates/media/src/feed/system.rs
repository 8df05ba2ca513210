//! Clock, chance and network as a feed's supervisor sees them, so that tests can put others in
//! their place.
//!
//! The feed's task calls all of it. Futures are boxed: one for each try and each tick, none for a packet.

use std::net::IpAddr;
use std::time::Instant;

use futures::FutureExt;
use futures::future::BoxFuture;

use super::connect_limit::{CONNECT_LIMIT, ConnectLimit};
use crate::source::login::{Login, LoginSource, MissingLogin};
use crate::source::route::Route;
use crate::source::spec::FeedSpec;
use crate::source::{self, Source, SourceContext, SourceError};

/// What a supervisor needs beside its camera.
pub(crate) trait System: Send + Sync {
    /// Monotonic clock.
    fn now(&self) -> Instant;
    /// A random number in 0..1.
    fn random(&self) -> f64;
    /// Who shares the right to connect.
    fn connect_limit(&self) -> &ConnectLimit;
    /// Reads the camera's login. May wait for ever for a disk; can be dropped.
    fn read_login<'a>(
        &'a self,
        spec: &'a FeedSpec,
        source: &'a LoginSource,
    ) -> BoxFuture<'a, Result<Login, MissingLogin>>;
    /// Looks the camera's name up, see [`source::look_up`].
    fn look_up<'a>(
        &'a self,
        context: &'a SourceContext,
    ) -> BoxFuture<'a, Result<Vec<IpAddr>, SourceError>>;
    /// Connects, see [`source::open`].
    fn open<'a>(
        &'a self,
        context: &'a SourceContext,
        numbers: &'a [IpAddr],
        route: Route,
    ) -> BoxFuture<'a, Result<Box<dyn Source>, SourceError>>;
    /// Waits out a pause between two tries.
    fn pause_until(&self, until: Instant) -> BoxFuture<'_, ()>;
    /// Waits for the next look at the clock, beside something else.
    fn tick_at(&self, at: Instant) -> BoxFuture<'_, ()>;
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

    fn read_login<'a>(
        &'a self,
        spec: &'a FeedSpec,
        source: &'a LoginSource,
    ) -> BoxFuture<'a, Result<Login, MissingLogin>> {
        spec.share.login().read(&spec.id, source).boxed()
    }

    fn look_up<'a>(
        &'a self,
        context: &'a SourceContext,
    ) -> BoxFuture<'a, Result<Vec<IpAddr>, SourceError>> {
        source::look_up(context).boxed()
    }

    fn open<'a>(
        &'a self,
        context: &'a SourceContext,
        numbers: &'a [IpAddr],
        route: Route,
    ) -> BoxFuture<'a, Result<Box<dyn Source>, SourceError>> {
        source::open(context, numbers, route).boxed()
    }

    fn pause_until(&self, until: Instant) -> BoxFuture<'_, ()> {
        tokio::time::sleep_until(until.into()).boxed()
    }

    fn tick_at(&self, at: Instant) -> BoxFuture<'_, ()> {
        tokio::time::sleep_until(at.into()).boxed()
    }
}
