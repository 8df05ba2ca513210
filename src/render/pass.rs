//! The pass: newest frames into their planes, every tile, text and shape of a wall into one target,
//! once.
//!
//! Runs in the render world when the scene asks to be drawn. Policy: frames are taken from their
//! frame queues right before they are drawn; a frame counts as shown once it was handed to the
//! display.

use std::{
    iter::once,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Instant,
};

use bevy::{
    math::UVec2,
    prelude::*,
    render::renderer::{RenderAdapter, RenderDevice, RenderInstance, RenderQueue},
};
use wgpu::{
    Color, CommandEncoder, CommandEncoderDescriptor, Extent3d, LoadOp, Operations, Origin3d,
    RenderPassColorAttachment, RenderPassDescriptor, StoreOp, TexelCopyBufferLayout,
    TexelCopyTextureInfo, Texture, TextureAspect, TextureViewDescriptor,
};

use super::extract::{RenderScenes, RenderWall};
use super::pipeline::{PipelineKey, PipelineKind};
use super::quad::shades;
use super::resources::{GpuResources, QuadClip, TILE_STRIDE, TileUniform};
use super::scene::TileDraw;
use super::snapshot;
use super::target::{ClaimedWindows, Pace};
use super::textures::PlaneTextures;
use crate::camera::{LivePicture, PictureShape};
use crate::wall::layout;
use crate::wall::layout::Sight;

/// Behind everything: a grey that is not the black of a dead picture.
const BACKGROUND: Color = Color { r: 0.055, g: 0.06, b: 0.07, a: 1.0 };

/// The GPU as a system sees it.
#[derive(bevy::ecs::system::SystemParam)]
pub struct Gpu<'w> {
    instance: Res<'w, RenderInstance>,
    adapter: Res<'w, RenderAdapter>,
    device: Res<'w, RenderDevice>,
    queue: Res<'w, RenderQueue>,
}

/// Draws the scenes.
pub fn draw_walls(
    mut scenes: ResMut<RenderScenes>,
    mut resources: ResMut<GpuResources>,
    windows: Res<ClaimedWindows>,
    gpu: Gpu,
) {
    let (scenes, resources) = (&mut *scenes, &mut *resources);
    resources.targets.retain(|entity, _| scenes.walls.iter().any(|wall| wall.entity == *entity));
    for wall in &scenes.walls {
        if let Some(target) = resources.targets.get_mut(&wall.entity) {
            target.follow(wall.window.filter(|window| windows.0.contains_key(window)));
        }
    }
    if !scenes.walls.iter().any(|wall| wall.draw) {
        return;
    }
    let surface = (&*gpu.instance, &*gpu.adapter, &*gpu.device);
    let pace = Pace::of(scenes.walls.len());
    let mut drawn = false;
    for index in 0..scenes.walls.len() {
        let wall = &scenes.walls[index];
        if !wall.draw || wall.size == UVec2::ZERO {
            continue;
        }
        let window = wall.window.and_then(|window| Some((window, windows.0.get(&window)?)));
        if wall.window.is_some() && window.is_none() {
            // The window is gone, and nobody looks at a picture beside it.
            continue;
        }
        let target = resources.targets.entry(wall.entity).or_default();
        let Some(target) = target.acquire(window, wall.size, pace, surface) else { continue };
        if !drawn {
            // Once for all walls: a frame that comes later is left for the next draw of all of them.
            upload_frames(scenes, resources, &gpu);
            write_glyphs(scenes, resources, &gpu);
        }
        let wall = &mut scenes.walls[index];
        write_quads(wall, resources, &gpu);
        let mut encoder = encoder(&gpu);
        // Without a window it is a picture, which is upright and wears nothing out.
        encode((wall, window.is_some()), resources, &gpu, target.texture(), &mut encoder);
        gpu.queue.submit([encoder.finish()]);
        target.present();
        wall.drawn.fetch_add(1, Relaxed);
        drawn = true;
        take_snapshots(wall, &mut scenes.writer, resources, &gpu);
    }
    if drawn {
        for (picture, arrived) in scenes.arrivals.drain(..) {
            picture.mark_shown(arrived);
        }
        resources.pictures.prune();
    }
}

fn encoder(gpu: &Gpu) -> CommandEncoder {
    let descriptor = CommandEncoderDescriptor { label: Some("wall") };
    gpu.device.wgpu_device().create_command_encoder(&descriptor)
}

/// Uploads the newest frames of all tiles that are drawn anew.
fn upload_frames(scenes: &mut RenderScenes, resources: &mut GpuResources, gpu: &Gpu) {
    let RenderScenes { walls, arrivals, .. } = scenes;
    take_frames(walls, arrivals, |picture| {
        let frame = picture.frame_queue.take()?;
        let with = (&*gpu.device, &*gpu.queue, &resources.plane_layout, &resources.samplers);
        resources.pictures.upload(with, picture, &frame);
        Some(frame.arrived)
    });
}

/// Has a frame taken for each picture that is drawn anew: one, on however many tiles and walls it is.
/// `take` tells when it arrived.
fn take_frames(
    walls: &[RenderWall],
    arrivals: &mut Vec<(Arc<LivePicture>, Instant)>,
    mut take: impl FnMut(&Arc<LivePicture>) -> Option<Instant>,
) {
    let anew = |wall: &&RenderWall| wall.draw && wall.anew;
    for tile in walls.iter().filter(anew).flat_map(|wall| &wall.tiles) {
        // Behind the one that was taken another may wait, which is the next draw's.
        if arrivals.iter().any(|(taken, _)| taken.id() == tile.picture.id()) {
            continue;
        }
        if let Some(arrived) = take(&tile.picture) {
            arrivals.push((tile.picture.clone(), arrived));
        }
    }
}

fn write_glyphs(scene: &mut RenderScenes, resources: &mut GpuResources, gpu: &Gpu) {
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
}

/// Text and shapes; behind them, where it is not as bright as day, what darkens pictures and all.
fn write_quads(wall: &RenderWall, resources: &mut GpuResources, gpu: &Gpu) {
    let shades = shades(wall.light, wall.size);
    let count = wall.quads.len() + shades.as_ref().map_or(0, |shades| shades.len());
    resources.reserve(&gpu.device, wall.tiles.len(), count);
    gpu.queue.write_buffer(&resources.quads, 0, bytemuck::cast_slice(&wall.quads));
    if let Some(shades) = shades {
        let behind = size_of_val(wall.quads.as_slice()) as u64;
        gpu.queue.write_buffer(&resources.quads, behind, bytemuck::cast_slice(&shades));
    }
}

/// One pass: tiles, then text and shapes; as they are in the wall's window, or upright and in full light.
fn encode(
    (scene, in_window): (&mut RenderWall, bool),
    resources: &mut GpuResources,
    gpu: &Gpu,
    target: &Texture,
    encoder: &mut CommandEncoder,
) {
    let size = UVec2::new(target.width(), target.height());
    let sight = if in_window { scene.sight } else { Sight::default() };
    let (turn, corner) = sight.to_wall(size);
    let clip = QuadClip {
        to_clip_and_corner: [2.0 / size.x as f32, 2.0 / size.y as f32, corner.x, corner.y],
        turn: turn.to_cols_array(),
    };
    gpu.queue.write_buffer(&resources.quad_clip, 0, bytemuck::bytes_of(&clip));
    let moved = sight != Sight::default();
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
        let key = PipelineKey { format, kind, hatched: tile.stale, moved, samples };
        pass.set_pipeline(&resources.pipeline(&gpu.device, key));
        pass.set_bind_group(0, &resources.tile_group, &[offset]);
        pass.set_bind_group(1, &group, &[]);
        pass.draw(0..4, 0..1);
    }
    let count = u32::try_from(scene.quads.len()).unwrap_or(u32::MAX);
    let dark = in_window && shades(scene.light, scene.size).is_some();
    if count > 0 || dark {
        let kind = PipelineKind::Quads;
        let key = PipelineKey { format, kind, hatched: false, moved, samples: None };
        pass.set_pipeline(&resources.pipeline(&gpu.device, key));
        pass.set_bind_group(0, &resources.quad_group, &[]);
        pass.set_vertex_buffer(0, resources.quads.slice(..));
        let pictures = dark.then_some(count..count + 1);
        let all = dark.then_some(count + 1..count + 2);
        for quads in pictures.into_iter().chain(once(0..count)).chain(all) {
            pass.draw(0..4, quads);
        }
    }
    drop(pass);
    gpu.queue.write_buffer(&resources.tiles, 0, &scene.uniforms);
}

/// A tile's uniforms, and how its planes are looked up.
fn tile_uniform(
    tile: &TileDraw,
    planes: &PlaneTextures,
    QuadClip { to_clip_and_corner: [width, height, right, down], turn }: QuadClip,
    ui_scale: f32,
) -> Option<(TileUniform, PipelineKind)> {
    let content = planes.content;
    let of = PictureShape { size: content.size.into(), sar: content.sar };
    let placed = tile.placement.of == of;
    // A picture whose shape has just changed may be here before the wall has placed it.
    let place = || layout::place(tile.rect, of.size, of.sar, tile.fit.0, tile.fit.1);
    let picture = if placed { tile.placement.drawn } else { place() }?;
    let dst =
        [picture.dst.x, picture.dst.y, picture.dst.width, picture.dst.height].map(|v| v as f32);
    let span = picture.src.size();
    let (luma, chroma) = (planes.luma(), planes.chroma());
    // Source texels per target pixel, by axis.
    let ratio =
        |plane: (u32, u32)| [plane.0 as f32 * span.x / dst[2], plane.1 as f32 * span.y / dst[3]];
    // Made as large as it was placed, by the decoder.
    let texel = planes.is_packed()
        && placed
        && tile.placement.is_at_rest()
        && tile.placement.whole() == Some(luma)
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
        to_clip_and_siting: [width, height, siting.0, siting.1],
        taps: [lx, ly, cx, cy],
        look: [22.0 * ui_scale, 0.0, right, down],
        turn,
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
fn take_snapshots(
    wall: &mut RenderWall,
    writer: &mut snapshot::Writer,
    resources: &mut GpuResources,
    gpu: &Gpu,
) {
    if wall.snapshots.is_empty() {
        return;
    }
    let target = resources.targets.entry(wall.entity).or_default();
    let texture = target.offscreen(&gpu.device, wall.size);
    let mut encoder = encoder(gpu);
    encode((wall, false), resources, gpu, &texture, &mut encoder);
    for wanted in wall.snapshots.drain(..) {
        let picture = snapshot::read_back(&gpu.device, &gpu.queue, &mut encoder, &texture);
        writer.save(wanted, picture);
    }
}

#[cfg(test)]
mod tests;
