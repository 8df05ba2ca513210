//! What is said to a camera from DESCRIBE to PLAY.
//!
//! The feed's task runs it. Policy: each answer has [`ANSWER_TIMEOUT`].

use std::future::Future;
use std::sync::Arc;

use retina::client::{
    Demuxed, InitialTimestampPolicy, PlayOptions, Session, SessionGroup, SessionIdPolicy,
    SessionOptions, SetupOptions, Transport,
};
use retina::codec::{FrameFormat, ParameterSetInsertion, aac, h26x};

use super::error::explain;
use crate::packet::StreamInfo;
use crate::source::relay::Relay;
use crate::source::route::Route;
use crate::source::sdp::{audio_info, pick_video, video_info};
use crate::source::{ANSWER_TIMEOUT, SourceContext, SourceError};

/// How retina shall hand out what it depacketizes.
const FORMAT: FrameFormat = FrameFormat {
    h26x_framing: h26x::Framing::AnnexB,
    parameter_set_insertion: ParameterSetInsertion::EachKeyFrame,
    aac_framing: aac::Framing::Raw,
};

/// What [`connect`] brings up.
pub(super) struct Opened {
    pub session: Demuxed,
    pub video: usize,
    pub info: Arc<StreamInfo>,
    pub audio: Option<(usize, Arc<StreamInfo>)>,
}

/// The whole dialogue up to PLAY, through `relay`, which logs in itself.
pub(super) async fn connect(
    context: &SourceContext,
    route: Route,
    relay: &Relay,
    group: Arc<SessionGroup>,
) -> Result<Opened, SourceError> {
    let url = relay.url().clone();
    let options = SessionOptions::default()
        .session_group(group)
        // Some cameras name another session in each SETUP answer; the first one works.
        .session_id(SessionIdPolicy::UseFirst)
        .user_agent(concat!("camwall/", env!("CARGO_PKG_VERSION")).to_owned());
    let mut session = answer((context, route), "DESCRIBE", Session::describe(url, options)).await?;
    let video = pick_video(session.streams())?;
    answer((context, route), "SETUP", session.setup(video, setup_options(route))).await?;
    let audio = set_up_audio(context, route, &mut session).await;
    let options = PlayOptions::default().initial_timestamp(InitialTimestampPolicy::Permissive);
    let session = answer((context, route), "PLAY", session.play(options)).await?;
    let session = session.demuxed().map_err(|error| explain(&error, "PLAY", context, route))?;
    let info = Arc::new(video_info(&session.streams()[video])?);
    Ok(Opened { session, video, info, audio })
}

fn setup_options(route: Route) -> SetupOptions {
    let transport = if route.udp() {
        Transport::Udp(retina::client::UdpTransportOptions::default())
    } else {
        Transport::Tcp(retina::client::TcpTransportOptions::default())
    };
    SetupOptions::default().transport(transport).frame_format(FORMAT)
}

/// Sets up the first sound stream with known parameters; a camera that refuses stays without.
async fn set_up_audio(
    context: &SourceContext,
    route: Route,
    session: &mut Session<retina::client::Described>,
) -> Option<(usize, Arc<StreamInfo>)> {
    let (index, info) = session
        .streams()
        .iter()
        .enumerate()
        .find_map(|(index, stream)| Some((index, audio_info(stream)?)))?;
    let setup = session.setup(index, setup_options(route));
    match answer((context, route), "SETUP of sound", setup).await {
        Ok(()) => Some((index, Arc::new(info))),
        Err(error) => {
            tracing::info!("{}: goes without sound: {error}", context.spec.id);
            None
        }
    }
}

/// Waits for one answer of the camera.
async fn answer<T>(
    (context, route): (&SourceContext, Route),
    step: &'static str,
    future: impl Future<Output = Result<T, retina::Error>>,
) -> Result<T, SourceError> {
    match tokio::time::timeout(ANSWER_TIMEOUT, future).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(explain(&error, step, context, route)),
        Err(_elapsed) => Err(SourceError::Timeout { step, after: ANSWER_TIMEOUT }),
    }
}
