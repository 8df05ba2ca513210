//! Where the wall is drawn: the window's own swap chain, or a texture when there is no window.
//!
//! Runs in the render world. Owns the surface: Bevy's window surface is always sRGB, which would
//! cost a pow per channel and pixel to undo, and it is acquired in every update. Policy: a plain
//! Unorm format, a texture is acquired only when there is something new to draw. One window alone has
//! at most one frame waiting for the display, which holds the next one back; of several none may hold
//! back the others, so their displays take what is newest. A surface ends before its window, which it
//! would keep open.

use bevy::{
    ecs::entity::EntityHashMap,
    math::UVec2,
    prelude::*,
    render::{
        renderer::{RenderAdapter, RenderDevice, RenderInstance},
        view::window::ExtractedWindows,
    },
    window::RawHandleWrapper,
};
use tracing::{error, info, warn};
use wgpu::{
    CurrentSurfaceTexture, Extent3d, PresentMode, Surface, SurfaceConfiguration,
    SurfaceTargetUnsafe, SurfaceTexture, Texture, TextureDescriptor, TextureDimension,
    TextureFormat, TextureUsages, rwh::RawDisplayHandle,
};

/// The format of textures that no window prescribes.
pub const OFFSCREEN_FORMAT: TextureFormat = TextureFormat::Bgra8Unorm;

/// The windows as of the last extraction: handle, and width × height in pixels.
#[derive(Resource, Default)]
pub struct ClaimedWindows(pub EntityHashMap<ClaimedWindow>);

/// See [`ClaimedWindows`].
pub type ClaimedWindow = (RawHandleWrapper, UVec2);

/// Takes the windows out of Bevy's hands before Bevy makes surfaces for them: a window has one
/// swap chain only.
pub fn claim_windows(mut windows: ResMut<ExtractedWindows>, mut claimed: ResMut<ClaimedWindows>) {
    claimed.0.clear();
    claimed.0.extend(windows.windows.drain().map(|(entity, window)| {
        (entity, (window.handle, UVec2::new(window.physical_width, window.physical_height)))
    }));
}

/// A wall's target on the GPU.
#[derive(Default)]
pub struct Target {
    window: Option<WindowSurface>,
    /// The GPU said that it can't show pictures in the window, and that was told.
    refused: bool,
    /// It was told that the window may hold up others.
    queues: bool,
    offscreen: Option<Texture>,
}

struct WindowSurface {
    window: Entity,
    surface: Surface<'static>,
    config: SurfaceConfiguration,
    /// In which modes the window's display takes pictures.
    modes: Vec<PresentMode>,
    /// The display asks for each picture, and never asks for one of a window that nobody sees.
    asks: bool,
    _handle: RawHandleWrapper,
}

/// A texture to draw to, and to present afterwards if the texture is a window's.
pub enum TargetTexture {
    /// The window's next picture.
    Window(SurfaceTexture),
    /// The offscreen texture.
    Offscreen(Texture),
}

impl TargetTexture {
    /// The texture itself.
    pub fn texture(&self) -> &Texture {
        match self {
            Self::Window(frame) => &frame.texture,
            Self::Offscreen(texture) => texture,
        }
    }

    /// Hands the picture to the display.
    pub fn present(self) {
        if let Self::Window(frame) = self {
            frame.present();
        }
    }
}

impl Target {
    /// Lets go of every window but this one, and of the surface made for it.
    pub fn follow(&mut self, window: Option<Entity>) {
        if self.window.as_ref().is_some_and(|open| Some(open.window) != window) {
            self.window = None;
            (self.refused, self.queues) = (false, false);
        }
    }

    /// The next texture to draw to, of a wall in `window` or, where it has none, of `size`; `None` when
    /// the window can't take one now (hidden, resized).
    pub fn acquire(
        &mut self,
        window: Option<(Entity, &ClaimedWindow)>,
        size: UVec2,
        pace: Pace,
        gpu: (&RenderInstance, &RenderAdapter, &RenderDevice),
    ) -> Option<TargetTexture> {
        let Some((entity, (handle, size))) = window else {
            return Some(TargetTexture::Offscreen(self.offscreen(gpu.2, size)));
        };
        self.follow(Some(entity));
        if self.window.is_none() {
            self.window = open_surface((entity, handle), *size, gpu, &mut self.refused);
        }
        let open = self.window.as_mut()?;
        if open.set(*size, pace) {
            gpu.2.configure_surface(&open.surface, &open.config);
            if pace.queues(open.config.present_mode) && !std::mem::replace(&mut self.queues, true) {
                warn!(
                    "the driver offers no Mailbox for this window, but {:?}: each picture waits for its \
                     display (Fifo), and the windows may hold each other back",
                    open.modes
                );
            }
        }
        match open.surface.get_current_texture() {
            CurrentSurfaceTexture::Success(frame) | CurrentSurfaceTexture::Suboptimal(frame) => {
                Some(TargetTexture::Window(frame))
            }
            CurrentSurfaceTexture::Outdated => {
                gpu.2.configure_surface(&open.surface, &open.config);
                None
            }
            CurrentSurfaceTexture::Lost => {
                warn!("the window's surface was lost; making a new one");
                self.window = None;
                None
            }
            CurrentSurfaceTexture::Timeout
            | CurrentSurfaceTexture::Occluded
            | CurrentSurfaceTexture::Validation => None,
        }
    }

    /// A texture of `size` that can be read back; kept while the size stays.
    pub fn offscreen(&mut self, device: &RenderDevice, size: UVec2) -> Texture {
        let size = size.max(UVec2::ONE);
        let fits = |t: &Texture| (t.width(), t.height()) == (size.x, size.y);
        if let Some(texture) = self.offscreen.as_ref().filter(|t| fits(t)) {
            return texture.clone();
        }
        let texture = device.wgpu_device().create_texture(&TextureDescriptor {
            label: Some("wall"),
            size: Extent3d { width: size.x, height: size.y, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: TextureDimension::D2,
            format: OFFSCREEN_FORMAT,
            usage: TextureUsages::RENDER_ATTACHMENT | TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        self.offscreen = Some(texture.clone());
        texture
    }
}

/// How the windows of the program wait for their displays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// One window: what it shows next is drawn once its display has taken what was before.
    Alone,
    /// Several, drawn one after the other.
    Together,
}

impl Pace {
    /// That of so many walls. A window that comes or goes changes nothing: another pace would make the
    /// pictures of all others anew.
    pub fn of(walls: usize) -> Self {
        if walls > 1 { Self::Together } else { Self::Alone }
    }

    /// The mode in which pictures are handed over, of those `offered`, and how many of them may wait.
    /// Several windows that wait each for its display are drawn no more often than all of them together
    /// allow, and one that nobody sees could hold the program up for good where its display `asks`. So
    /// there the display takes what is newest, and nobody waits; it needs a picture more for that: one is
    /// seen, one is next, one is drawn.
    fn mode(self, offered: &[PresentMode], asks: bool) -> (PresentMode, u32) {
        match self {
            Self::Alone if !asks => (PresentMode::Fifo, 1),
            _ if offered.contains(&PresentMode::Mailbox) => (PresentMode::Mailbox, 2),
            _ => (PresentMode::Fifo, 2),
        }
    }

    /// Whether a window in this mode may hold up others.
    fn queues(self, mode: PresentMode) -> bool {
        self == Self::Together && mode == PresentMode::Fifo
    }
}

impl WindowSurface {
    /// Sets size and pace; whether the surface has to be configured for that.
    fn set(&mut self, size: UVec2, pace: Pace) -> bool {
        let (mode, frames) = pace.mode(&self.modes, self.asks);
        let config = &mut self.config;
        let before = (
            config.width,
            config.height,
            config.present_mode,
            config.desired_maximum_frame_latency,
        );
        (config.width, config.height) = (size.x, size.y);
        (config.present_mode, config.desired_maximum_frame_latency) = (mode, frames);
        before != (size.x, size.y, mode, frames)
    }
}

fn open_surface(
    (window, handle): (Entity, &RawHandleWrapper),
    size: UVec2,
    (instance, adapter, device): (&RenderInstance, &RenderAdapter, &RenderDevice),
    refused: &mut bool,
) -> Option<WindowSurface> {
    let target = SurfaceTargetUnsafe::RawHandle {
        raw_display_handle: Some(handle.get_display_handle()),
        raw_window_handle: handle.get_window_handle(),
    };
    #[expect(unsafe_code, reason = "wgpu takes raw window handles only through an unsafe call")]
    // SAFETY: `WindowSurface` keeps the handle's wrapper, and with it the window, alive for as long
    // as the surface; this runs on the thread that made the window (nothing here is pipelined).
    let surface = unsafe { instance.create_surface_unsafe(target) };
    let surface = match surface {
        Ok(surface) => surface,
        Err(error) => {
            warn!("the window's surface can't be made; trying again: {error}");
            return None;
        }
    };
    let caps = surface.get_capabilities(adapter);
    if caps.formats.is_empty() {
        // Each draw asks again: a display that was plugged in elsewhere comes back.
        if !std::mem::replace(refused, true) {
            let name = adapter.get_info().name;
            error!(
                "{name} can't show pictures in this window: another GPU or driver runs the display"
            );
        }
        return None;
    }
    *refused = false;
    let format = [TextureFormat::Bgra8Unorm, TextureFormat::Rgba8Unorm]
        .into_iter()
        .find(|format| caps.formats.contains(format))
        .or_else(|| caps.formats.first().copied())?;
    let config = SurfaceConfiguration {
        usage: TextureUsages::RENDER_ATTACHMENT,
        format,
        width: size.x,
        height: size.y,
        present_mode: PresentMode::Fifo,
        desired_maximum_frame_latency: 1,
        alpha_mode: caps.alpha_modes.first().copied()?,
        view_formats: vec![],
    };
    info!(?format, modes = ?caps.present_modes, "window surface {}x{}", size.x, size.y);
    device.configure_surface(&surface, &config);
    let asks = matches!(handle.get_display_handle(), RawDisplayHandle::Wayland(_));
    let (modes, _handle) = (caps.present_modes, handle.clone());
    Some(WindowSurface { window, surface, config, modes, asks, _handle })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_alone_waits_for_its_display_and_of_several_none_does() {
        let all = [PresentMode::Fifo, PresentMode::Immediate, PresentMode::Mailbox];
        let mode = |walls, offered, asks| Pace::of(walls).mode(offered, asks);
        assert_eq!(mode(1, &all, false), (PresentMode::Fifo, 1));
        assert_eq!(mode(2, &all, false), (PresentMode::Mailbox, 2));
        // One that nobody sees would wait for ever.
        assert_eq!(mode(1, &all, true), (PresentMode::Mailbox, 2));
        // No picture is torn.
        assert_eq!(mode(2, &all[..2], false), (PresentMode::Fifo, 2));
        // Which is said, because then they wait after all.
        let queues = |walls, offered| Pace::of(walls).queues(mode(walls, offered, false).0);
        assert_eq!([queues(1, &all[..]), queues(2, &all)], [false; 2]);
        assert!(queues(2, &all[..2]));
    }
}
