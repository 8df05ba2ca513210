//! Plane textures: one set per picture, made once per size and format, refilled for each frame.
//!
//! Runs in the render world. Policy: the planes go from the decoder's buffer to the texture with
//! the decoder's stride, unrepacked; a change of size or format makes a new set in the same draw
//! in which its first frame is shown, so that nothing flashes.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

use bevy::render::renderer::{RenderDevice, RenderQueue};
use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindGroupLayout, BindingResource, Extent3d,
    Origin3d, Sampler, TexelCopyBufferLayout, TexelCopyTextureInfo, Texture, TextureAspect,
    TextureDescriptor, TextureDimension, TextureFormat, TextureUsages, TextureViewDescriptor,
};

use super::color::Samples;
use crate::camera::LivePicture;
use camwall_media::{ChromaSiting, ColorInfo, Frame, Plane, PlaneLayout};

/// What the shader has to know of the frame in a set of planes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Content {
    /// Source size, width × height in pixels.
    pub size: (u32, u32),
    /// Sample aspect ratio, numerator and denominator.
    pub sar: (u32, u32),
    /// ColorMatrix, range and siting.
    pub color: ColorInfo,
    /// Bits of a sample.
    pub bits: u32,
}

/// The GPU side of one picture.
pub struct PlaneTextures {
    owner: Weak<LivePicture>,
    shape: Vec<PlaneShape>,
    textures: Vec<Texture>,
    /// PictureTextures and sampler for the pass.
    pub bind_group: BindGroup,
    /// What the shader has to know of the frame in the textures.
    pub content: Content,
}

/// Width, height and format of a plane: what a texture can't change.
type PlaneShape = (u32, u32, TextureFormat);

impl PlaneTextures {
    /// Luma size in texels.
    pub fn luma(&self) -> (u32, u32) {
        (self.shape[0].0, self.shape[0].1)
    }

    /// Chroma size in texels; luma's where there is no chroma.
    pub fn chroma(&self) -> (u32, u32) {
        self.shape.get(1).map_or(self.luma(), |s| (s.0, s.1))
    }

    /// All samples of a pixel are in one texture.
    pub fn is_packed(&self) -> bool {
        self.shape[0].2 == TextureFormat::Rgba8Unorm
    }

    /// Both chroma samples are in one texture.
    pub fn is_semi_planar(&self) -> bool {
        self.shape.len() == 2
    }

    /// What the samples mean. Where there is no chroma, luma's texture is bound instead.
    pub fn samples(&self) -> Samples {
        let Content { color, bits, .. } = self.content;
        Samples { color, bits, grey: self.shape.len() == 1 && !self.is_packed() }
    }

    /// How far right and down of its place in a centred grid chroma is looked up, in 0..1 of the
    /// picture: half a luma sample per axis on which chroma sits on the even luma samples.
    pub fn siting(&self) -> (f32, f32) {
        let (luma, chroma) = (self.luma(), self.chroma());
        let offset = |luma: u32, chroma: u32| {
            if chroma < luma { 0.25 / chroma as f32 } else { 0.0 }
        };
        match self.content.color.siting {
            ChromaSiting::Left => (offset(luma.0, chroma.0), 0.0),
            ChromaSiting::Center => (0.0, 0.0),
            ChromaSiting::TopLeft => (offset(luma.0, chroma.0), offset(luma.1, chroma.1)),
        }
    }
}

fn plane_shape(plane: &Plane<'_>) -> PlaneShape {
    let format = match (plane.channels, plane.bytes_per_sample) {
        (4, _) => TextureFormat::Rgba8Unorm,
        (2, _) => TextureFormat::Rg8Unorm,
        (_, 2) => TextureFormat::R16Unorm,
        _ => TextureFormat::R8Unorm,
    };
    (plane.width, plane.height, format)
}

/// The textures of all pictures.
#[derive(Default)]
pub struct PictureTextures {
    sets: HashMap<u64, PlaneTextures>,
}

impl PictureTextures {
    /// The textures of `picture`, if it ever had a frame.
    pub fn get(&self, picture: &LivePicture) -> Option<&PlaneTextures> {
        self.sets.get(&picture.id())
    }

    /// Of how many pictures there are textures.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.sets.len()
    }

    /// Frees the textures of pictures that are gone: of streams that others replaced, and of
    /// cameras that nobody sees. Whose camera is hidden is no longer in any scene, so this is
    /// called with the draw that takes it off the wall.
    pub fn prune(&mut self) {
        self.sets.retain(|_, set| set.owner.strong_count() > 0);
    }

    /// Fills the textures of `picture` with `frame`.
    pub fn upload(
        &mut self,
        gpu: (&RenderDevice, &RenderQueue, &BindGroupLayout, &[Sampler; 3]),
        picture: &Arc<LivePicture>,
        frame: &Frame,
    ) {
        let (device, queue, layout, samplers) = gpu;
        let longest = device.limits().max_texture_dimension_2d;
        let planes = frame.planes();
        let content = Content {
            size: (frame.width, frame.height),
            sar: frame.sar,
            color: frame.color,
            bits: match frame.layout {
                PlaneLayout::Planar { bits, .. } => u32::from(bits),
                PlaneLayout::SemiPlanar | PlaneLayout::Packed => 8,
            },
        };
        let same = self.sets.get(&picture.id()).is_some_and(|set| {
            set.shape.iter().copied().eq(planes.iter().flatten().map(plane_shape))
        });
        // A texture that the GPU refuses would take the whole draw with it. No decoder makes such a picture,
        // see `TextureSupport`.
        if planes.iter().flatten().any(|plane| plane.width.max(plane.height) > longest) {
            return;
        }
        if !same {
            let shape = planes.iter().flatten().map(plane_shape).collect();
            let set = new_set(device, layout, samplers, picture, shape, content);
            self.sets.insert(picture.id(), set);
        }
        let Some(set) = self.sets.get_mut(&picture.id()) else { return };
        set.content = content;
        for (texture, plane) in set.textures.iter().zip(planes.iter().flatten()) {
            write_plane(queue, texture, plane);
        }
    }
}

fn write_plane(queue: &RenderQueue, texture: &Texture, plane: &Plane<'_>) {
    queue.write_texture(
        TexelCopyTextureInfo {
            texture,
            mip_level: 0,
            origin: Origin3d::ZERO,
            aspect: TextureAspect::All,
        },
        plane.data,
        TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: u32::try_from(plane.stride).ok(),
            rows_per_image: None,
        },
        Extent3d { width: plane.width, height: plane.height, depth_or_array_layers: 1 },
    );
}

fn new_set(
    device: &RenderDevice,
    layout: &BindGroupLayout,
    samplers: &[Sampler; 3],
    picture: &Arc<LivePicture>,
    shape: Vec<PlaneShape>,
    content: Content,
) -> PlaneTextures {
    let device = device.wgpu_device();
    let textures: Vec<Texture> = shape
        .iter()
        .map(|&(width, height, format)| {
            device.create_texture(&TextureDescriptor {
                label: Some("plane"),
                size: Extent3d { width, height, depth_or_array_layers: 1 },
                mip_level_count: 1,
                sample_count: 1,
                dimension: TextureDimension::D2,
                format,
                usage: TextureUsages::TEXTURE_BINDING | TextureUsages::COPY_DST,
                view_formats: &[],
            })
        })
        .collect();
    let view = |i: usize| {
        let texture = textures.get(i).unwrap_or(&textures[textures.len() - 1]);
        texture.create_view(&TextureViewDescriptor::default())
    };
    let views = [view(0), view(1), view(2)];
    let resources = views
        .iter()
        .map(BindingResource::TextureView)
        .chain(samplers.iter().map(BindingResource::Sampler));
    let entries: Vec<BindGroupEntry<'_>> = (0..)
        .zip(resources)
        .map(|(binding, resource)| BindGroupEntry { binding, resource })
        .collect();
    let bind_group = device.create_bind_group(&BindGroupDescriptor {
        label: Some("planes"),
        layout,
        entries: &entries,
    });
    PlaneTextures { owner: Arc::downgrade(picture), shape, textures, bind_group, content }
}
