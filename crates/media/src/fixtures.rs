//! Stand-ins for a camera, for tests.

pub mod tls_front;

use std::sync::Arc;
use std::time::{Duration, Instant};

use ffmpeg_next as ffmpeg;

use super::ffmpeg::CodecParams;
use super::health::feed_health::FeedHealth;
use super::hub::{ConnectionState, Delivery, Keep, PacketHub, Session, Subscription};
use super::packet::{MediaType, Packet, StreamInfo};
use super::source::SourceError;
use super::status::{Connection, Outage};

/// An H.264 packet of no contents on a 90 kHz clock.
pub fn fake(pts: i64, keyframe: bool) -> Arc<Packet> {
    fake_at(pts, keyframe, Instant::now())
}

/// The same that arrived at another time.
///
/// # Panics
/// Where FFmpeg has no memory.
pub fn fake_at(pts: i64, keyframe: bool, arrived: Instant) -> Arc<Packet> {
    let params = CodecParams::new(MediaType::Video, ffmpeg::codec::Id::H264).expect("parameters");
    Arc::new(Packet {
        av: ffmpeg::Packet::copy(&[0, 0, 1]),
        info: Arc::new(info(params)),
        pts: Some(pts),
        dts: None,
        keyframe,
        loss_before: 0,
        arrived,
    })
}

/// What a camera says of H.264 pictures of this size, whose parameter sets are out of band; those
/// of another `variant` are others.
///
/// # Panics
/// Where FFmpeg has no memory.
#[must_use]
pub fn h264_of(width: u32, height: u32, variant: u8) -> Arc<StreamInfo> {
    // avcC: ISO 14496-15, 5.3.3.1. Nothing here is decoded, so the sets need only look like some.
    let sets = [1, 66, 192, 30, 255, 225, 0, 4, 103, 66, 192, 30, 1, 0, 4, 104, variant, 60, 128];
    let params = CodecParams::new(MediaType::Video, ffmpeg::codec::Id::H264).expect("parameters");
    let params = params.with_extradata(&sets).expect("parameters").with_size(width, height);
    Arc::new(StreamInfo { width, height, ..info(params) })
}

/// What a camera says of its AAC sound: 16 kHz, one channel, 1024 samples a packet.
///
/// # Panics
/// Where FFmpeg has no memory.
#[must_use]
pub fn aac() -> Arc<StreamInfo> {
    let params = CodecParams::new(MediaType::Audio, ffmpeg::codec::Id::AAC).expect("parameters");
    let params = params.with_audio(16_000, 1, 0);
    Arc::new(StreamInfo { media_type: MediaType::Audio, time_base: (1, 16_000), ..info(params) })
}

/// What a camera says of sound as telephones have it (G.711): 8 kHz, one channel.
///
/// # Panics
/// Where FFmpeg has no memory.
#[must_use]
pub fn alaw() -> Arc<StreamInfo> {
    let params = CodecParams::new(MediaType::Audio, ffmpeg::codec::Id::PCM_ALAW).expect("memory");
    let params = params.with_audio(8000, 1, 0);
    Arc::new(StreamInfo { media_type: MediaType::Audio, time_base: (1, 8000), ..info(params) })
}

/// A packet of a stream that arrived then; `pts` is on the stream's clock.
#[must_use]
pub fn packet_of(
    info: &Arc<StreamInfo>,
    payload: &[u8],
    pts: i64,
    keyframe: bool,
    arrived: Instant,
) -> Arc<Packet> {
    Arc::new(Packet {
        av: ffmpeg::Packet::copy(payload),
        info: info.clone(),
        pts: Some(pts),
        dts: None,
        keyframe,
        loss_before: 0,
        arrived,
    })
}

/// What is known of a stream by its parameters alone.
pub(super) fn info(params: CodecParams) -> StreamInfo {
    StreamInfo {
        media_type: MediaType::Video,
        codec: params.name(),
        width: 0,
        height: 0,
        time_base: (1, 90_000),
        fps: None,
        params,
    }
}

/// A feed without threads, whose packets are put into its hub one by one.
pub struct FakeHub {
    hub: PacketHub,
    health: Arc<FeedHealth>,
    session: Arc<Session>,
}

impl Default for FakeHub {
    fn default() -> Self {
        let session = Session { number: 0, audio: None, lossy: false };
        let health = Arc::new(FeedHealth::new(Duration::from_secs(2)));
        let this = Self { hub: PacketHub::default(), health, session: Arc::new(session) };
        this.set_connection(ConnectionState::Up);
        this
    }
}

impl FakeHub {
    /// A packet arrives. Gives what a reader gets, and whether a subscription lost its first packet.
    ///
    /// # Panics
    /// Never: what was just put in is there.
    pub fn push(&self, packet: &Arc<Packet>) -> (Delivery, bool) {
        let lost = self.hub.push(packet.clone(), &self.session);
        let number = self.hub.reader().end() - 1;
        let (packet, session) = (packet.clone(), self.session.clone());
        (Delivery { packet, session, number }, lost)
    }

    /// The packets in memory are dropped, as if there were no room for them.
    pub fn overflow(&self) {
        self.hub.overflow();
    }

    /// A recorder's end.
    #[must_use]
    pub fn subscribe(&self, keep: Keep) -> Subscription {
        Subscription::new(&self.hub, keep, &self.health)
    }

    /// The packets that follow belong to another connection, in which the camera announces this
    /// sound.
    pub fn reconnect(&mut self, audio: Option<Arc<StreamInfo>>) {
        self.hub.begin_session();
        let number = self.session.number + 1;
        self.session = Arc::new(Session { number, audio, lossy: false });
    }

    /// What recorders are told of the connection.
    pub fn set_connection(&self, state: ConnectionState) {
        let now = Instant::now();
        let down =
            |error| Connection::Down(Outage { since: now, error: Arc::new(error), retry_at: now });
        let connection = match state {
            ConnectionState::Connecting => Connection::Connecting,
            ConnectionState::Up => Connection::Up,
            ConnectionState::Offline => down(SourceError::EndOfStream),
            ConnectionState::LoginRefused => down(SourceError::Auth { detail: String::new() }),
            ConnectionState::Ended => Connection::Ended,
        };
        self.health.set_connection(connection, now);
        self.hub.wake();
    }

    /// No packet will follow.
    pub fn close(&self) {
        self.hub.close();
    }

    /// Bytes that the packets in memory take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.hub.bytes()
    }
}
