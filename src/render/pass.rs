//! The pass: newest frames into their planes, every tile, text and shape into one target, once.
//!
//! Runs in the render world when the scene asks to be drawn. Policy: frames are taken from their
//! frame queues right before they are drawn; a frame counts as shown once it was handed to the
//! display.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Instant,
};

use bevy::{
    math::UVec2,
    prelude::*,
    render::{
        MainWorld,
        renderer::{RenderAdapter, RenderDevice, RenderInstance, RenderQueue},
    },
};
use tracing::error;
use wgpu::{
    Color, CommandEncoder, CommandEncoderDescriptor, Extent3d, LoadOp, Operations, Origin3d,
    RenderPassColorAttachment, RenderPassDescriptor, StoreOp, TexelCopyBufferLayout,
    TexelCopyTextureInfo, Texture, TextureAspect, TextureViewDescriptor,
};

use super::pipeline::{PipelineKey, PipelineKind};
use super::quad::{GlyphPatch, Quad};
use super::resources::{GpuResources, TILE_STRIDE, TileUniform};
use super::scene::{Scene, TileDraw};
use super::snapshot;
use super::target::ClaimedWindow;
use super::textures::PlaneTextures;
use crate::wall::layout;

/// Behind everything: a grey that is not the black of a dead picture.
const BACKGROUND: Color = Color { r: 0.055, g: 0.06, b: 0.07, a: 1.0 };

/// The scene as the render world has it, and what is reused from draw to draw.
#[derive(Resource, Default)]
pub struct RenderScene {
    size: UVec2,
    tiles: Vec<TileDraw>,
    quads: Arc<Vec<Quad>>,
    ui_scale: f32,
    glyph_size: UVec2,
    glyph_patches: Vec<GlyphPatch>,
    draw: bool,
    drawn: Arc<AtomicU64>,
    snapshots: Vec<PathBuf>,
    writer: snapshot::Writer,
    uniforms: Vec<u8>,
    arrivals: Vec<(usize, Instant)>,
}

/// Copies the scene over, if it asks to be drawn.
pub fn extract_scene(mut main: ResMut<MainWorld>, mut to: ResMut<RenderScene>) {
    let Some(mut from) = main.get_resource_mut::<Scene>() else { return };
    let from = from.bypass_change_detection();
    to.draw = std::mem::take(&mut from.draw);
    if !to.draw {
        return;
    }
    to.size = from.size;
    to.tiles.clone_from(&from.tiles);
    to.quads = Arc::clone(&from.quads);
    to.drawn = Arc::clone(&from.drawn);
    to.ui_scale = from.ui_scale;
    to.glyph_size = from.glyph_size;
    to.glyph_patches.append(&mut from.glyph_patches);
    to.snapshots.append(&mut from.snapshots);
}

/// The GPU as a system sees it.
#[derive(bevy::ecs::system::SystemParam)]
pub struct Gpu<'w> {
    instance: Res<'w, RenderInstance>,
    adapter: Res<'w, RenderAdapter>,
    device: Res<'w, RenderDevice>,
    queue: Res<'w, RenderQueue>,
}

/// Draws the scene.
pub fn draw_wall(
    mut scene: ResMut<RenderScene>,
    mut resources: ResMut<GpuResources>,
    window: Res<ClaimedWindow>,
    gpu: Gpu,
) {
    let (scene, resources) = (&mut *scene, &mut *resources);
    if !scene.draw || scene.size == UVec2::ZERO {
        return;
    }
    let surface = (&*gpu.instance, &*gpu.adapter, &*gpu.device);
    let Some(target) = resources.target.acquire(&window, scene.size, surface) else { return };
    upload_frames(scene, resources, &gpu);
    write_quads(scene, resources, &gpu);
    let mut encoder = encoder(&gpu);
    encode(scene, resources, &gpu, target.texture(), &mut encoder);
    gpu.queue.submit([encoder.finish()]);
    target.present();
    scene.drawn.fetch_add(1, Relaxed);
    for (tile, arrived) in scene.arrivals.drain(..) {
        scene.tiles[tile].picture.mark_shown(arrived);
    }
    take_snapshots(scene, resources, &gpu);
    resources.pictures.prune();
}

fn encoder(gpu: &Gpu) -> CommandEncoder {
    let descriptor = CommandEncoderDescriptor { label: Some("wall") };
    gpu.device.wgpu_device().create_command_encoder(&descriptor)
}

/// Takes each tile's newest frame; a camera that is shown in several tiles is taken once.
fn upload_frames(scene: &mut RenderScene, resources: &mut GpuResources, gpu: &Gpu) {
    for (index, tile) in scene.tiles.iter().enumerate() {
        if let Some(frame) = tile.picture.frame_queue.take() {
            let with = (&*gpu.device, &*gpu.queue, &resources.plane_layout, &resources.samplers);
            resources.pictures.upload(with, &tile.picture, &frame);
            scene.arrivals.push((index, frame.arrived));
        }
    }
}

fn write_quads(scene: &mut RenderScene, resources: &mut GpuResources, gpu: &Gpu) {
    resources.reserve(&gpu.device, scene.tiles.len(), scene.quads.len());
    resources.resize_glyphs(&gpu.device, scene.glyph_size);
    for patch in scene.glyph_patches.drain(..) {
        gpu.queue.write_texture(
            TexelCopyTextureInfo {
                texture: &resources.glyphs,
                mip_level: 0,
                origin: Origin3d { x: patch.at.x, y: patch.at.y, z: 0 },
                aspect: TextureAspect::All,
            },
            &patch.texels,
            TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(patch.size.x),
                rows_per_image: None,
            },
            Extent3d { width: patch.size.x, height: patch.size.y, depth_or_array_layers: 1 },
        );
    }
    gpu.queue.write_buffer(&resources.quads, 0, bytemuck::cast_slice(&scene.quads));
}

/// One pass: tiles, then text and shapes.
fn encode(
    scene: &mut RenderScene,
    resources: &mut GpuResources,
    gpu: &Gpu,
    target: &Texture,
    encoder: &mut CommandEncoder,
) {
    let size = UVec2::new(target.width(), target.height());
    let clip = [2.0 / size.x as f32, 2.0 / size.y as f32, 0.0, 0.0];
    gpu.queue.write_buffer(&resources.quad_clip, 0, bytemuck::bytes_of(&clip));
    scene.uniforms.clear();
    scene.uniforms.resize(scene.tiles.len() * TILE_STRIDE as usize, 0);
    let view = target.create_view(&TextureViewDescriptor::default());
    let format = target.format();
    let mut pass = encoder.begin_render_pass(&RenderPassDescriptor {
        label: Some("wall"),
        color_attachments: &[Some(RenderPassColorAttachment {
            view: &view,
            depth_slice: None,
            resolve_target: None,
            ops: Operations { load: LoadOp::Clear(BACKGROUND), store: StoreOp::Store },
        })],
        ..default()
    });
    let slots = scene.uniforms.chunks_mut(TILE_STRIDE as usize);
    for (slot, (tile, offset)) in slots.zip(scene.tiles.iter().zip((0..).step_by(256))) {
        let Some(planes) = resources.pictures.get(&tile.picture) else { continue };
        let Some((uniform, kind)) = tile_uniform(tile, planes, clip, scene.ui_scale) else {
            continue;
        };
        slot[..size_of::<TileUniform>()].copy_from_slice(bytemuck::bytes_of(&uniform));
        let group = planes.bind_group.clone();
        let samples = Some(planes.samples());
        let key = PipelineKey { format, kind, hatched: tile.stale, samples };
        pass.set_pipeline(&resources.pipeline(&gpu.device, key));
        pass.set_bind_group(0, &resources.tile_group, &[offset]);
        pass.set_bind_group(1, &group, &[]);
        pass.draw(0..4, 0..1);
    }
    if !scene.quads.is_empty() {
        let count = u32::try_from(scene.quads.len()).unwrap_or(u32::MAX);
        let key = PipelineKey { format, kind: PipelineKind::Quads, hatched: false, samples: None };
        pass.set_pipeline(&resources.pipeline(&gpu.device, key));
        pass.set_bind_group(0, &resources.quad_group, &[]);
        pass.set_vertex_buffer(0, resources.quads.slice(..));
        pass.draw(0..4, 0..count);
    }
    drop(pass);
    gpu.queue.write_buffer(&resources.tiles, 0, &scene.uniforms);
}

/// A tile's uniforms, and how its planes are looked up.
fn tile_uniform(
    tile: &TileDraw,
    planes: &PlaneTextures,
    to_clip: [f32; 4],
    ui_scale: f32,
) -> Option<(TileUniform, PipelineKind)> {
    let content = planes.content;
    let source = content.size.into();
    let picture = layout::place(tile.rect, source, content.sar, tile.fit, tile.zoom)?;
    let dst =
        [picture.dst.x, picture.dst.y, picture.dst.width, picture.dst.height].map(|v| v as f32);
    let span = picture.src.size();
    let (luma, chroma) = (planes.luma(), planes.chroma());
    // Source texels per target pixel, by axis.
    let ratio =
        |plane: (u32, u32)| [plane.0 as f32 * span.x / dst[2], plane.1 as f32 * span.y / dst[3]];
    let [rx, ry] = ratio(luma);
    let texel = planes.is_packed()
        && (rx - 1.0).abs() * dst[2] < 0.5
        && (ry - 1.0).abs() * dst[3] < 0.5
        && whole(picture.src.min.x * luma.0 as f32)
        && whole(picture.src.min.y * luma.1 as f32);
    let siting = planes.siting();
    let taps = |plane: (u32, u32), offset: (f32, f32)| {
        let [x, y] = ratio(plane);
        let start = |at: f32, offset: f32, texels: u32| (at + offset) * texels as f32;
        [
            taps(x, start(picture.src.min.x, offset.0, plane.0)),
            taps(y, start(picture.src.min.y, offset.1, plane.1)),
        ]
    };
    let [lx, ly] = taps(luma, (0.0, 0.0));
    let [cx, cy] = taps(chroma, siting);
    let one_tap = [lx, ly, cx, cy] == [1.0; 4];
    let kind = match (planes.is_packed(), planes.is_semi_planar()) {
        (true, _) if texel => PipelineKind::Texel,
        (true, _) => PipelineKind::Packed { one_tap },
        (false, true) => PipelineKind::SemiPlanar { one_tap },
        (false, false) => PipelineKind::Planar { one_tap },
    };
    let uniform = TileUniform {
        dst,
        src: [picture.src.min.x, picture.src.min.y, span.x, span.y],
        to_clip_and_siting: [to_clip[0], to_clip[1], siting.0, siting.1],
        taps: [lx, ly, cx, cy],
        look: [22.0 * ui_scale, 0.0, 0.0, 0.0],
    };
    Some((uniform, kind))
}

/// How many taps along an axis average `ratio` texels per target pixel, the first pixel beginning
/// at texel `start`. Bilinear taps a texel apart are an exact average wherever they begin; between
/// two texels one tap has both, so that half as many do where all fall there. Up to 1.2:1 one tap
/// is sharper than two, and no moiré shows.
fn taps(ratio: f32, start: f32) -> f32 {
    let taps = match ratio {
        ..=1.2 => 1.0,
        _ if whole(ratio / 2.0) && whole(start) => ratio / 2.0,
        _ => (ratio - 1e-3).ceil(),
    };
    taps.round().min(16.0)
}

fn whole(v: f32) -> bool {
    (v - v.round()).abs() < 1e-3
}

/// Writes what the wall shows to files: from the offscreen target, or drawn once more beside the
/// window, whose own texture can't be read back.
fn take_snapshots(scene: &mut RenderScene, resources: &mut GpuResources, gpu: &Gpu) {
    if scene.snapshots.is_empty() {
        return;
    }
    let texture = resources.target.offscreen(&gpu.device, scene.size);
    let mut encoder = encoder(gpu);
    encode(scene, resources, gpu, &texture, &mut encoder);
    for path in scene.snapshots.drain(..) {
        let pixels = snapshot::read_back(&gpu.device, &gpu.queue, &mut encoder, &texture);
        match pixels {
            Ok(pixels) => scene.writer.write(path, pixels),
            Err(error) => error!("snapshot {}: {error}", path.display()),
        }
    }
}
