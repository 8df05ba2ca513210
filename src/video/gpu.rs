//! Everything on the GPU that does not depend on what is shown: layouts, pipelines, buffers.
//!
//! Lives in the render world as one resource, made in `RenderStartup` and thus again after a lost
//! device. Policy: pipelines are made once per target format, buffers grow and never shrink.

use std::collections::HashMap;

use bevy::{
    ecs::world::{FromWorld, World},
    math::UVec2,
    prelude::Resource,
    render::renderer::RenderDevice,
};
use bytemuck::{Pod, Zeroable};
use wgpu::{
    AddressMode, BindGroup, BindGroupDescriptor, BindGroupEntry, BindGroupLayout,
    BindGroupLayoutDescriptor, BindGroupLayoutEntry, BindingResource, BindingType, BlendState,
    Buffer, BufferBindingType, BufferDescriptor, BufferUsages, ColorTargetState, ColorWrites,
    Device, Extent3d, FilterMode, FragmentState, PipelineLayoutDescriptor, PrimitiveState,
    PrimitiveTopology, RenderPipeline, RenderPipelineDescriptor, Sampler, SamplerBindingType,
    SamplerDescriptor, ShaderModule, ShaderStages, Texture, TextureDescriptor, TextureDimension,
    TextureFormat, TextureSampleType, TextureUsages, TextureViewDescriptor, TextureViewDimension,
    VertexBufferLayout, VertexState, VertexStepMode, include_wgsl, vertex_attr_array,
};

use super::{ink::Ink, output::Output, planes::Planes};

/// Uniforms of one tile; the layout of `Tile` in `wall.wgsl`, where the fields are explained.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub struct TileUniform {
    pub dst: [f32; 4],
    pub src: [f32; 4],
    pub to_clip: [f32; 4],
    pub to_rgb: [[f32; 4]; 3],
    pub siting: [f32; 4],
    pub taps: [f32; 4],
    pub look: [f32; 4],
}

/// Distance of two tiles' uniforms: WebGPU's default `minUniformBufferOffsetAlignment`, bytes.
pub const TILE_STRIDE: u64 = 256;

/// The pipelines for one target format.
pub struct Pipelines {
    /// Planes as large as on screen.
    pub texel: RenderPipeline,
    /// Three planes, filtered.
    pub planar: RenderPipeline,
    /// Two planes, filtered.
    pub nv12: RenderPipeline,
    /// Text and shapes.
    pub ink: RenderPipeline,
}

/// The render world's half of the wall.
#[derive(Resource)]
pub struct WallGpu {
    shader: ShaderModule,
    tile_layout: BindGroupLayout,
    /// Layout of a picture's planes.
    pub plane_layout: BindGroupLayout,
    ink_layout: BindGroupLayout,
    /// Bilinear, clamped to the edge.
    pub sampler: Sampler,
    pipelines: HashMap<TextureFormat, Pipelines>,
    /// Uniforms of all tiles, [`TILE_STRIDE`] apart.
    pub tiles: Buffer,
    /// Binds one tile of `tiles` by dynamic offset.
    pub tile_group: BindGroup,
    /// Instances of ink.
    pub ink: Buffer,
    /// Scale of ink to clip space.
    pub ink_clip: Buffer,
    /// Glyph texture.
    pub glyphs: Texture,
    /// Binds `ink_clip` and `glyphs`.
    pub ink_group: BindGroup,
    /// Textures of the pictures.
    pub planes: Planes,
    /// Window or texture.
    pub output: Output,
}

impl FromWorld for WallGpu {
    fn from_world(world: &mut World) -> Self {
        let device = world.resource::<RenderDevice>().wgpu_device();
        let tile_layout = layout(device, "tile", &[uniform(0, true)]);
        let plane_layout = layout(
            device,
            "planes",
            &[
                texture(0),
                texture(1),
                texture(2),
                BindGroupLayoutEntry {
                    ty: BindingType::Sampler(SamplerBindingType::Filtering),
                    ..texture(3)
                },
            ],
        );
        let ink_layout = layout(device, "ink", &[uniform(0, false), texture(1)]);
        let tiles = buffer(device, "tiles", TILE_STRIDE * 16, BufferUsages::UNIFORM);
        let tile_group = tile_group(device, &tile_layout, &tiles);
        let ink_clip = buffer(device, "ink clip", 16, BufferUsages::UNIFORM);
        let glyphs = glyph_texture(device, UVec2::splat(256));
        let ink_group = ink_group(device, &ink_layout, &ink_clip, &glyphs);
        Self {
            shader: device.create_shader_module(include_wgsl!("wall.wgsl")),
            sampler: device.create_sampler(&SamplerDescriptor {
                label: Some("planes"),
                address_mode_u: AddressMode::ClampToEdge,
                address_mode_v: AddressMode::ClampToEdge,
                mag_filter: FilterMode::Linear,
                min_filter: FilterMode::Linear,
                ..Default::default()
            }),
            pipelines: HashMap::new(),
            ink: buffer(device, "ink", 64 * 256, BufferUsages::VERTEX),
            tile_layout,
            plane_layout,
            ink_layout,
            tiles,
            tile_group,
            ink_clip,
            glyphs,
            ink_group,
            planes: Planes::default(),
            output: Output::default(),
        }
    }
}

impl WallGpu {
    /// The pipelines for `format`, made at the first call.
    pub fn prepare_pipelines(&mut self, device: &RenderDevice, format: TextureFormat) {
        let (device, shader) = (device.wgpu_device(), &self.shader);
        self.pipelines.entry(format).or_insert_with(|| {
            let tile = |entry| {
                let groups = [Some(&self.tile_layout), Some(&self.plane_layout)];
                pipeline(device, shader, &groups, (entry, "tile_vertex"), format)
            };
            Pipelines {
                texel: tile("tile_texel"),
                planar: tile("tile_planar"),
                nv12: tile("tile_nv12"),
                ink: pipeline(
                    device,
                    shader,
                    &[Some(&self.ink_layout)],
                    ("ink_fragment", "ink_vertex"),
                    format,
                ),
            }
        });
    }

    /// The pipelines for `format`, if they were prepared.
    pub fn pipelines(&self, format: TextureFormat) -> Option<&Pipelines> {
        self.pipelines.get(&format)
    }

    /// Makes room for the uniforms of `tiles` tiles and for `ink` pieces of ink.
    pub fn reserve(&mut self, device: &RenderDevice, tiles: usize, ink: usize) {
        let device = device.wgpu_device();
        let need = TILE_STRIDE * tiles.next_power_of_two() as u64;
        if self.tiles.size() < need {
            self.tiles = buffer(device, "tiles", need, BufferUsages::UNIFORM);
            self.tile_group = tile_group(device, &self.tile_layout, &self.tiles);
        }
        let need = (size_of::<Ink>() * ink.next_power_of_two()) as u64;
        if self.ink.size() < need {
            self.ink = buffer(device, "ink", need, BufferUsages::VERTEX);
        }
    }

    /// Makes the glyph texture `size` texels large; its content is gone when the size changes.
    pub fn resize_glyphs(&mut self, device: &RenderDevice, size: UVec2) {
        if size != UVec2::ZERO && size != UVec2::new(self.glyphs.width(), self.glyphs.height()) {
            let device = device.wgpu_device();
            self.glyphs = glyph_texture(device, size);
            self.ink_group = ink_group(device, &self.ink_layout, &self.ink_clip, &self.glyphs);
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

fn ink_group(
    device: &Device,
    layout: &BindGroupLayout,
    clip: &Buffer,
    glyphs: &Texture,
) -> BindGroup {
    let view = glyphs.create_view(&TextureViewDescriptor::default());
    device.create_bind_group(&BindGroupDescriptor {
        label: Some("ink"),
        layout,
        entries: &[
            BindGroupEntry { binding: 0, resource: clip.as_entire_binding() },
            BindGroupEntry { binding: 1, resource: BindingResource::TextureView(&view) },
        ],
    })
}

fn pipeline(
    device: &Device,
    module: &ShaderModule,
    groups: &[Option<&BindGroupLayout>],
    (fragment, vertex): (&str, &str),
    format: TextureFormat,
) -> RenderPipeline {
    let is_ink = vertex == "ink_vertex";
    let attributes =
        vertex_attr_array![0 => Float32x4, 1 => Float32x4, 2 => Float32x4, 3 => Uint32];
    let instances = [VertexBufferLayout {
        array_stride: size_of::<Ink>() as u64,
        step_mode: VertexStepMode::Instance,
        attributes: &attributes,
    }];
    let layout = device.create_pipeline_layout(&PipelineLayoutDescriptor {
        label: Some(fragment),
        bind_group_layouts: groups,
        immediate_size: 0,
    });
    device.create_render_pipeline(&RenderPipelineDescriptor {
        label: Some(fragment),
        layout: Some(&layout),
        vertex: VertexState {
            module,
            entry_point: Some(vertex),
            compilation_options: Default::default(),
            buffers: if is_ink { &instances } else { &[] },
        },
        primitive: PrimitiveState {
            topology: PrimitiveTopology::TriangleStrip,
            ..Default::default()
        },
        depth_stencil: None,
        multisample: Default::default(),
        fragment: Some(FragmentState {
            module,
            entry_point: Some(fragment),
            compilation_options: Default::default(),
            targets: &[Some(ColorTargetState {
                format,
                blend: is_ink.then_some(BlendState::ALPHA_BLENDING),
                write_mask: ColorWrites::ALL,
            })],
        }),
        multiview_mask: None,
        cache: None,
    })
}
