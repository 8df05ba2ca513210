//! Everything on the GPU that does not depend on what is shown: layouts, pipelines, buffers.
//!
//! Lives in the render world as one resource, made in `RenderStartup` and thus again after a lost
//! device. Policy: buffers grow and never shrink.

use std::collections::HashMap;

use bevy::{
    ecs::{
        entity::EntityHashMap,
        world::{FromWorld, World},
    },
    math::UVec2,
    prelude::Resource,
    render::renderer::RenderDevice,
};
use bytemuck::{Pod, Zeroable};
use wgpu::{
    AddressMode, BindGroup, BindGroupDescriptor, BindGroupEntry, BindGroupLayout,
    BindGroupLayoutDescriptor, BindGroupLayoutEntry, BindingResource, BindingType, Buffer,
    BufferBindingType, BufferDescriptor, BufferUsages, Device, Extent3d, FilterMode,
    RenderPipeline, Sampler, SamplerBindingType, SamplerDescriptor, ShaderModule, ShaderStages,
    Texture, TextureDescriptor, TextureDimension, TextureFormat, TextureSampleType, TextureUsages,
    TextureViewDescriptor, TextureViewDimension,
};

use super::pipeline::{PipelineKey, PipelineKind, pipeline, shader};
use super::quad::Quad;
use super::target::Target;
use super::textures::PictureTextures;

/// Uniforms of one tile; the layout of `Tile` in `wall.wgsl`, where the fields are explained.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub struct TileUniform {
    pub dst: [f32; 4],
    pub src: [f32; 4],
    pub to_clip_and_siting: [f32; 4],
    pub taps: [f32; 4],
    pub look: [f32; 4],
    pub turn: [f32; 4],
}

/// How quads get to their target; the layout of `QuadClip` in `wall.wgsl`.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub struct QuadClip {
    pub to_clip_and_corner: [f32; 4],
    pub turn: [f32; 4],
}

/// Distance of two tiles' uniforms: WebGPU's default `minUniformBufferOffsetAlignment`, bytes.
pub const TILE_STRIDE: u64 = 256;

/// The render world's half of the wall.
#[derive(Resource)]
pub struct GpuResources {
    shader: ShaderModule,
    tile_layout: BindGroupLayout,
    /// Layout of a picture's planes.
    pub plane_layout: BindGroupLayout,
    quad_layout: BindGroupLayout,
    /// For luma, for single texels, and for chroma.
    pub samplers: [Sampler; 3],
    pipelines: HashMap<PipelineKey, RenderPipeline>,
    /// Uniforms of all tiles, [`TILE_STRIDE`] apart.
    pub tiles: Buffer,
    /// Binds one tile of `tiles` by dynamic offset.
    pub tile_group: BindGroup,
    /// Instances of quads.
    pub quads: Buffer,
    /// A [`QuadClip`].
    pub quad_clip: Buffer,
    /// Glyph texture.
    pub glyphs: Texture,
    /// Binds `ink_clip` and `glyphs`.
    pub quad_group: BindGroup,
    /// Textures of the pictures.
    pub pictures: PictureTextures,
    /// Window or texture of each wall.
    pub targets: EntityHashMap<Target>,
}

impl FromWorld for GpuResources {
    fn from_world(world: &mut World) -> Self {
        let device = world.resource::<RenderDevice>().wgpu_device();
        let tile_layout = layout(device, "tile", &[uniform(0, true)]);
        let plane_entries = [
            texture(0),
            texture(1),
            texture(2),
            sampler_entry(3),
            sampler_entry(4),
            sampler_entry(5),
        ];
        let plane_layout = layout(device, "planes", &plane_entries);
        let quad_layout = layout(device, "quads", &[uniform(0, false), texture(1)]);
        let tiles = buffer(device, "tiles", TILE_STRIDE * 16, BufferUsages::UNIFORM);
        let tile_group = tile_group(device, &tile_layout, &tiles);
        let quad_clip =
            buffer(device, "quad clip", size_of::<QuadClip>() as u64, BufferUsages::UNIFORM);
        let glyphs = glyph_texture(device, UVec2::splat(256));
        let quad_group = quad_group(device, &quad_layout, &quad_clip, &glyphs);
        Self {
            shader: shader(device),
            samplers: [
                sampler(device, FilterMode::Linear, AddressMode::ClampToEdge),
                sampler(device, FilterMode::Nearest, AddressMode::ClampToEdge),
                // Half a texel outside, where chroma is looked up at most, a mirrored edge is a
                // clamped one. But for it llvmpipe filters in floats; clamped, in bytes, which
                // are rounded twice and off by 3/255 once they are RGB (tests/golden).
                sampler(device, FilterMode::Linear, AddressMode::MirrorRepeat),
            ],
            pipelines: HashMap::new(),
            quads: buffer(device, "quads", 64 * 256, BufferUsages::VERTEX),
            tile_layout,
            plane_layout,
            quad_layout,
            tiles,
            tile_group,
            quad_clip,
            glyphs,
            quad_group,
            pictures: PictureTextures::default(),
            targets: EntityHashMap::default(),
        }
    }
}

impl GpuResources {
    /// The pipeline for `key`, made at the first call.
    pub fn pipeline(&mut self, device: &RenderDevice, key: PipelineKey) -> RenderPipeline {
        let make = || {
            let layouts = match key.kind {
                PipelineKind::Quads => [Some(&self.quad_layout), None],
                _ => [Some(&self.tile_layout), Some(&self.plane_layout)],
            };
            let used = layouts.iter().flatten().count();
            pipeline(device.wgpu_device(), &self.shader, &layouts[..used], key)
        };
        // A pipeline is a counted handle: cloning it is cheap.
        self.pipelines.entry(key).or_insert_with(make).clone()
    }

    /// Makes room for the uniforms of `tiles` tiles and for `quads` quads.
    pub fn reserve(&mut self, device: &RenderDevice, tiles: usize, quads: usize) {
        let device = device.wgpu_device();
        let need = TILE_STRIDE * tiles.next_power_of_two() as u64;
        if self.tiles.size() < need {
            self.tiles = buffer(device, "tiles", need, BufferUsages::UNIFORM);
            self.tile_group = tile_group(device, &self.tile_layout, &self.tiles);
        }
        let need = (size_of::<Quad>() * quads.next_power_of_two()) as u64;
        if self.quads.size() < need {
            self.quads = buffer(device, "quads", need, BufferUsages::VERTEX);
        }
    }

    /// Makes the glyph texture `size` texels large; its content is gone when the size changes.
    pub fn resize_glyphs(&mut self, device: &RenderDevice, size: UVec2) {
        if size != UVec2::ZERO && size != UVec2::new(self.glyphs.width(), self.glyphs.height()) {
            let device = device.wgpu_device();
            self.glyphs = glyph_texture(device, size);
            self.quad_group = quad_group(device, &self.quad_layout, &self.quad_clip, &self.glyphs);
        }
    }
}

fn layout(device: &Device, label: &str, entries: &[BindGroupLayoutEntry]) -> BindGroupLayout {
    device.create_bind_group_layout(&BindGroupLayoutDescriptor { label: Some(label), entries })
}

fn uniform(binding: u32, has_dynamic_offset: bool) -> BindGroupLayoutEntry {
    BindGroupLayoutEntry {
        binding,
        visibility: ShaderStages::VERTEX_FRAGMENT,
        ty: BindingType::Buffer {
            ty: BufferBindingType::Uniform,
            has_dynamic_offset,
            min_binding_size: None,
        },
        count: None,
    }
}

fn texture(binding: u32) -> BindGroupLayoutEntry {
    BindGroupLayoutEntry {
        binding,
        visibility: ShaderStages::FRAGMENT,
        ty: BindingType::Texture {
            sample_type: TextureSampleType::Float { filterable: true },
            view_dimension: TextureViewDimension::D2,
            multisampled: false,
        },
        count: None,
    }
}

fn sampler_entry(binding: u32) -> BindGroupLayoutEntry {
    let ty = BindingType::Sampler(SamplerBindingType::Filtering);
    BindGroupLayoutEntry { ty, ..texture(binding) }
}

fn sampler(device: &Device, filter: FilterMode, edge: AddressMode) -> Sampler {
    device.create_sampler(&SamplerDescriptor {
        label: Some("planes"),
        address_mode_u: edge,
        address_mode_v: edge,
        mag_filter: filter,
        min_filter: filter,
        ..Default::default()
    })
}

fn buffer(device: &Device, label: &str, size: u64, usage: BufferUsages) -> Buffer {
    device.create_buffer(&BufferDescriptor {
        label: Some(label),
        size,
        usage: usage | BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

fn glyph_texture(device: &Device, size: UVec2) -> Texture {
    device.create_texture(&TextureDescriptor {
        label: Some("glyphs"),
        size: Extent3d { width: size.x, height: size.y, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: TextureDimension::D2,
        format: TextureFormat::R8Unorm,
        usage: TextureUsages::TEXTURE_BINDING | TextureUsages::COPY_DST,
        view_formats: &[],
    })
}

fn tile_group(device: &Device, layout: &BindGroupLayout, tiles: &Buffer) -> BindGroup {
    device.create_bind_group(&BindGroupDescriptor {
        label: Some("tile"),
        layout,
        entries: &[BindGroupEntry {
            binding: 0,
            resource: BindingResource::Buffer(wgpu::BufferBinding {
                buffer: tiles,
                offset: 0,
                size: std::num::NonZeroU64::new(size_of::<TileUniform>() as u64),
            }),
        }],
    })
}

fn quad_group(
    device: &Device,
    layout: &BindGroupLayout,
    clip: &Buffer,
    glyphs: &Texture,
) -> BindGroup {
    let view = glyphs.create_view(&TextureViewDescriptor::default());
    device.create_bind_group(&BindGroupDescriptor {
        label: Some("quads"),
        layout,
        entries: &[
            BindGroupEntry { binding: 0, resource: clip.as_entire_binding() },
            BindGroupEntry { binding: 1, resource: BindingResource::TextureView(&view) },
        ],
    })
}
