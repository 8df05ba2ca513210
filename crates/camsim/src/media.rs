//! The media: what stands behind a mount while somebody watches it.
//!
//! The server builds a media for the first viewer, on the main thread, and takes it down after
//! the last one; its pipeline has threads of its own, and the probe that traces packets runs on
//! one of them. Policy: every mount is shared, so all viewers of a stream see the same frames.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crossbeam_channel::{Sender, bounded};
use gstreamer::prelude::*;
use gstreamer::{PadProbeData, PadProbeReturn, PadProbeType};
use gstreamer_app::{AppSrc, AppSrcCallbacks};
use gstreamer_rtsp_server::gst_rtsp::RTSPLowerTrans;
use gstreamer_rtsp_server::prelude::*;
use gstreamer_rtsp_server::{RTSPMedia, RTSPMediaFactory};

use crate::camera::{Camera, Order, Stream};
use crate::codec::Codec;
use crate::feeder::{Feeder, InFlight};
use crate::login;
use crate::report::Trace;

/// Room in a feeder's order channel; a track asks two or three times before its stream flows.
const MAX_ORDERS: usize = 16;

/// What all mounts have in common.
#[derive(Debug)]
pub struct Mounting {
    /// How RTP may travel.
    pub transport: RTSPLowerTrans,
    /// Where the frames sent are noted.
    pub trace: Option<Arc<Trace>>,
}

/// A factory for one mount and the path it belongs at.
pub fn mount(
    camera: &Arc<Camera>,
    stream: usize,
    mounting: &Mounting,
) -> (String, RTSPMediaFactory) {
    let factory = RTSPMediaFactory::new();
    let name = camera.streams[stream].name;
    factory.set_launch(&launch_line(&camera.streams[stream]));
    factory.set_shared(true);
    factory.set_protocols(mounting.transport);
    login::admit(&factory);
    let path = format!("/{}/{name}", camera.name);
    let (camera, trace) = (Arc::clone(camera), mounting.trace.clone());
    factory.connect_media_configure(move |_, media| {
        start_feeder(&camera, stream, media, trace.as_ref());
    });
    (path, factory)
}

/// Sources and payloaders. The clips come cut into access units with their parameter sets in
/// them, so no parser is needed in between.
fn launch_line(stream: &Stream) -> String {
    let mut line = String::from("(");
    for (number, track) in stream.tracks.iter().enumerate() {
        let payloader = match track.codec() {
            Codec::H264 => "rtph264pay pt=96 config-interval=-1 aggregate-mode=none",
            Codec::H265 => "rtph265pay pt=96 config-interval=-1 aggregate-mode=none",
            Codec::Aac => "rtpmp4gpay pt=97",
            Codec::Jpeg => "rtpjpegpay pt=26",
            Codec::Pcmu => "rtppcmupay pt=0",
            Codec::Pcma => "rtppcmapay pt=8",
        };
        line += &format!(
            " appsrc name=source{number} is-live=true format=time ! {payloader} name=pay{number}"
        );
    }
    line + " )"
}

/// Runs when a first viewer asks for a stream.
fn start_feeder(
    camera: &Arc<Camera>,
    stream: usize,
    media: &RTSPMedia,
    trace: Option<&Arc<Trace>>,
) {
    let Ok(bin) = media.element().downcast::<gstreamer::Bin>() else {
        return;
    };
    let (sender, orders) = bounded(MAX_ORDERS);
    let mut sources = Vec::new();
    for (number, track) in camera.streams[stream].tracks.iter().enumerate() {
        let Some(source) =
            bin.by_name(&format!("source{number}")).and_then(|e| e.downcast::<AppSrc>().ok())
        else {
            return;
        };
        let caps: Option<gstreamer::Caps> = track.clip().caps.parse().ok();
        source.set_caps(caps.as_ref());
        let traced = trace.filter(|_| ends_units(track.codec()));
        let in_flight = InFlight::new(traced.is_some());
        source.set_callbacks(wanted_callback(number, sender.clone(), &in_flight));
        if let (Some(trace), Some(payloader)) = (traced, bin.by_name(&format!("pay{number}"))) {
            let sound = if number == 0 { "" } else { ".sound" };
            let name = format!("{}{sound}", camera.streams[stream].name);
            trace_packets(&payloader, camera.name.clone(), name, &in_flight, trace);
        }
        sources.push((source, in_flight));
    }
    let guard = camera.enter_feed(sender.clone());
    media.connect_unprepared(move |_| {
        // The feeder may have ended by itself; else it makes room within a frame.
        sender.send(Order::Stop).ok();
    });
    let feeder = Feeder::new(Arc::clone(camera), stream, orders, &sources);
    let name = format!("feed-{}-{}", camera.name, camera.streams[stream].name);
    let thread = std::thread::Builder::new().name(name);
    // Without its feeder the media never gets ready and the server answers 503.
    thread
        .spawn(move || {
            let _guard = guard;
            feeder.run();
        })
        .ok();
}

/// Tells the feeder that the source has started, and again that it has got rid of the first
/// units. After that an empty queue is the normal state and not worth waking anybody.
fn wanted_callback(
    track: usize,
    sender: Sender<Order>,
    in_flight: &Arc<InFlight>,
) -> AppSrcCallbacks {
    let in_flight = Arc::clone(in_flight);
    AppSrcCallbacks::builder()
        .need_data(move |_, _| {
            if !in_flight.flowing.load(Ordering::Relaxed) {
                // Only two of these matter, and the feeder may have ended already.
                sender.try_send(Order::Wanted(track)).ok();
            }
        })
        .build()
}

/// Whether the last packet of each unit says so: that of a telephone's sound does not.
fn ends_units(codec: Codec) -> bool {
    !matches!(codec, Codec::Pcmu | Codec::Pcma)
}

/// Notes the moment at which the last packet of a frame leaves the payloader. From there to the
/// socket only queues follow that are empty in a live stream.
fn trace_packets(
    payloader: &gstreamer::Element,
    camera: String,
    stream: String,
    in_flight: &Arc<InFlight>,
    trace: &Arc<Trace>,
) {
    let Some(pad) = payloader.static_pad("src") else {
        return;
    };
    let (in_flight, trace) = (Arc::clone(in_flight), Arc::clone(trace));
    let clock = gstreamer::SystemClock::obtain();
    let mask = PadProbeType::BUFFER | PadProbeType::BUFFER_LIST;
    let note = move |buffer: &gstreamer::BufferRef| {
        let last = buffer.flags().contains(gstreamer::BufferFlags::MARKER);
        let Some(pts) = buffer.pts().filter(|_| last) else {
            return;
        };
        let number = in_flight.take(pts);
        // Before PLAY the packet waits behind this pad: it is not sent now.
        if let Some(number) = number.filter(|_| in_flight.flowing.load(Ordering::Relaxed)) {
            // GStreamer's system clock is CLOCK_MONOTONIC.
            trace.sent(&camera, &stream, number, clock.time().nseconds());
        }
    };
    pad.add_probe(mask, move |_, info| {
        match &info.data {
            Some(PadProbeData::Buffer(buffer)) => note(buffer),
            Some(PadProbeData::BufferList(list)) => list.iter().for_each(&note),
            _ => {}
        }
        PadProbeReturn::Ok
    });
}
