//! Pipelines: `wall.wgsl` specialised for a target format, a way to look up planes and the meaning
//! of their samples.
//!
//! Render world. Policy: what can be decided per draw is a constant of the pipeline; made at first
//! use and kept by [`GpuResources`](super::resources::GpuResources).

use wgpu::{
    BindGroupLayout, BlendState, ColorTargetState, ColorWrites, Device, FragmentState,
    PipelineCompilationOptions, PipelineLayoutDescriptor, PrimitiveState, PrimitiveTopology,
    RenderPipeline, RenderPipelineDescriptor, ShaderModule, ShaderRuntimeChecks, TextureFormat,
    VertexBufferLayout, VertexState, VertexStepMode, include_wgsl, vertex_attr_array,
};

use super::color;
use super::color::Samples;
use super::quad::Quad;

/// What a pipeline is made for. llvmpipe computes both sides of a branch, so what can be decided
/// per draw is decided here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PipelineKey {
    /// Format of the target.
    pub format: TextureFormat,
    /// What is drawn.
    pub kind: PipelineKind,
    /// The picture is not live.
    pub hatched: bool,
    /// The wall is turned or moved in its target.
    pub moved: bool,
    /// What the samples mean; `None` for text and shapes.
    pub samples: Option<Samples>,
}

/// How the planes of a picture are looked up; or text and shapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PipelineKind {
    /// Packed pixels, as large as on screen.
    Texel,
    /// Packed pixels, filtered; `one_tap` where the picture is not made smaller.
    Packed {
        /// One lookup per pixel.
        one_tap: bool,
    },
    /// Three planes, filtered; `one_tap` as above.
    Planar {
        /// One lookup per plane and pixel.
        one_tap: bool,
    },
    /// Two planes, filtered; `one_tap` as above.
    SemiPlanar {
        /// One lookup per plane and pixel.
        one_tap: bool,
    },
    /// Text and shapes.
    Quads,
}

/// Compiles `wall.wgsl`.
#[expect(unsafe_code, reason = "a module without bounds checks is made by an unsafe call")]
pub fn shader(device: &Device) -> ShaderModule {
    // SAFETY: the only unchecked accesses are texel loads. The pass draws a picture texel by texel
    // only where its planes are as large as its rectangle, and text reads glyphs where the brush
    // put them; what lies outside all the same reads as zero on Vulkan with robust image access,
    // which wgpu turns on. The module has no buffers to index and no unbounded loops.
    unsafe {
        device.create_shader_module_trusted(
            include_wgsl!("wall.wgsl"),
            ShaderRuntimeChecks::unchecked(),
        )
    }
}

/// The constants of `wall.wgsl`: that of quads, then those of tiles.
fn constants(key: PipelineKey, one_tap: bool) -> [(&'static str, f64); 11] {
    let [r, g, b] =
        key.samples.map(color::to_rgb).unwrap_or_default().map(|row| row.map(f64::from));
    let flag = |on: bool| f64::from(u8::from(on));
    [
        ("MOVED", flag(key.moved)),
        ("HATCHED", flag(key.hatched)),
        ("ONE_TAP", flag(one_tap)),
        ("Y", r[0]),
        ("R_CR", r[2]),
        ("G_CB", g[1]),
        ("G_CR", g[2]),
        ("B_CB", b[1]),
        ("R_0", r[3]),
        ("G_0", g[3]),
        ("B_0", b[3]),
    ]
}

/// Makes the pipeline for `key`; `groups` are its bind groups in order.
pub fn pipeline(
    device: &Device,
    module: &ShaderModule,
    groups: &[Option<&BindGroupLayout>],
    key: PipelineKey,
) -> RenderPipeline {
    let (vertex, fragment, one_tap) = match key.kind {
        PipelineKind::Texel => ("tile_vertex", "tile_texel", true),
        PipelineKind::Packed { one_tap } => ("tile_vertex", "tile_packed", one_tap),
        PipelineKind::Planar { one_tap } => ("tile_vertex", "tile_planar", one_tap),
        PipelineKind::SemiPlanar { one_tap } => ("tile_vertex", "tile_nv12", one_tap),
        PipelineKind::Quads => ("quad_vertex", "quad_fragment", true),
    };
    let is_quads = key.kind == PipelineKind::Quads;
    let all = constants(key, one_tap);
    let constants = if is_quads { &all[..1] } else { &all[..] };
    let options = || PipelineCompilationOptions { constants, ..Default::default() };
    let attributes =
        vertex_attr_array![0 => Float32x4, 1 => Float32x4, 2 => Float32x4, 3 => Uint32];
    let instances = [VertexBufferLayout {
        array_stride: size_of::<Quad>() as u64,
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
            compilation_options: options(),
            buffers: if is_quads { &instances } else { &[] },
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
            compilation_options: options(),
            targets: &[Some(ColorTargetState {
                format: key.format,
                blend: is_quads.then_some(BlendState::ALPHA_BLENDING),
                write_mask: ColorWrites::ALL,
            })],
        }),
        multiview_mask: None,
        cache: None,
    })
}
