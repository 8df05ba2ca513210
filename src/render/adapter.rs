//! What draws, a GPU or the CPU, and where pictures are therefore made as large as their tile.
//!
//! Main world. Policy: an adapter that is a CPU gets pictures that the decode threads have made as
//! large as they are drawn; a GPU does that in the shader.

use std::sync::OnceLock;

use bevy::{
    prelude::*,
    render::renderer::{RenderAdapterInfo, RenderDevice},
};
use wgpu::{DeviceType, Features};

use crate::camera::{Feeds, PictureShape, TextureSupport};
use crate::wall::{PicturePlacement, ShownBy, largest_picture};
use camwall_media::ScaleTarget;

/// The adapter draws on the CPU.
pub(super) fn is_software(adapter: &RenderAdapterInfo) -> bool {
    adapter.device_type == DeviceType::Cpu
}

/// Where pictures are made as large as their tile: before they are uploaded, for adapters that are
/// CPUs; in the shader, for GPUs. `CAMWALL_SCALE=cpu` or `gpu` decides otherwise.
fn scales_on_cpu(adapter: &RenderAdapterInfo) -> bool {
    static ASKED: OnceLock<Option<String>> = OnceLock::new();
    match ASKED.get_or_init(|| std::env::var("CAMWALL_SCALE").ok()).as_deref() {
        Some("cpu") => true,
        Some("gpu") => false,
        _ => is_software(adapter),
    }
}

/// Logs what draws, once, and notes what its textures can hold.
pub fn announce(
    adapter: Res<RenderAdapterInfo>,
    device: Res<RenderDevice>,
    mut textures: ResMut<TextureSupport>,
) {
    textures.deep = device.features().contains(Features::TEXTURE_FORMAT_16BIT_NORM);
    textures.side = device.limits().max_texture_dimension_2d;
    let drawn = if is_software(&adapter) { " on the CPU" } else { "" };
    let scaled = if scales_on_cpu(&adapter) {
        ": pictures are made as large as their tiles before they are uploaded"
    } else {
        ""
    };
    let how = format!("{drawn}{scaled}");
    tracing::info!("{} ({}) draws{how}", adapter.name, adapter.backend);
}

/// Tells each decode thread how large its picture is on the walls, where the CPU makes it so.
pub fn scale_on_cpu(
    cameras: Query<(&Feeds, &PictureShape, Option<&ShownBy>)>,
    placements: Query<&PicturePlacement>,
    adapter: Option<Res<RenderAdapterInfo>>,
) {
    if !adapter.is_some_and(|adapter| scales_on_cpu(&adapter)) {
        return;
    }
    for (feeds, shape, shown_by) in &cameras {
        let tiles = shown_by.into_iter().flat_map(|shown| placements.iter_many(shown.iter()));
        let target = largest_picture(shape.size, tiles.copied())
            .map(|(width, height)| ScaleTarget { width, height });
        for feed in feeds.all() {
            feed.set_scale(target);
        }
    }
}
