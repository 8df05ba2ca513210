//! Snapshots: the wall's pixels read back from the GPU and written as PNG.
//!
//! Reading back blocks the render world for a few milliseconds, only when asked; encoding and
//! writing run on a thread of their own. Policy: the picture is the wall's, upright and in full light,
//! however it is in its window; a file appears under its name only when whole.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::mpsc,
    thread::{self, JoinHandle},
    time::Duration,
};

use bevy::render::renderer::{RenderDevice, RenderQueue};
use camwall_media::BestEffort;
use crossbeam_channel::{Sender, bounded};
use image::{ImageFormat, RgbImage};
use thiserror::Error;
use tracing::{error, info};
use wgpu::{
    BufferDescriptor, BufferUsages, COPY_BYTES_PER_ROW_ALIGNMENT, CommandEncoder,
    CommandEncoderDescriptor, MapMode, PollType, TexelCopyBufferInfo, TexelCopyBufferLayout,
    Texture,
};

/// Why a snapshot failed.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// The GPU did not hand the pixels over.
    #[error("the GPU did not hand the picture over: {0}")]
    ReadBack(String),
}

/// How long the GPU may take to hand over a picture; llvmpipe needs 20 ms for 1920×1080.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Submits `encoder` and reads `texture` (BGRA, 8 bits) back.
pub fn read_back(
    device: &RenderDevice,
    queue: &RenderQueue,
    encoder: &mut CommandEncoder,
    texture: &Texture,
) -> Result<RgbImage, SnapshotError> {
    let device = device.wgpu_device();
    let row = (texture.width() * 4).next_multiple_of(COPY_BYTES_PER_ROW_ALIGNMENT);
    let buffer = device.create_buffer(&BufferDescriptor {
        label: Some("snapshot"),
        size: u64::from(row) * u64::from(texture.height()),
        usage: BufferUsages::COPY_DST | BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let layout =
        TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(row), rows_per_image: None };
    let to = TexelCopyBufferInfo { buffer: &buffer, layout };
    encoder.copy_texture_to_buffer(texture.as_image_copy(), to, texture.size());
    let next = device.create_command_encoder(&CommandEncoderDescriptor::default());
    queue.submit([std::mem::replace(encoder, next).finish()]);
    let (done, mapped) = mpsc::sync_channel(1);
    buffer.map_async(MapMode::Read, .., move |result| {
        // The receiver is gone only when `poll` below already failed.
        done.send(result).best_effort();
    });
    let failed = |e: &dyn std::fmt::Display| SnapshotError::ReadBack(e.to_string());
    device
        .poll(PollType::Wait { submission_index: None, timeout: Some(TIMEOUT) })
        .map_err(|e| failed(&e))?;
    mapped.recv_timeout(TIMEOUT).map_err(|e| failed(&e))?.map_err(|e| failed(&e))?;
    let bytes = buffer.get_mapped_range(..);
    let (width, height) = (texture.width(), texture.height());
    let image = RgbImage::from_fn(width, height, |x, y| {
        let at = y as usize * row as usize + x as usize * 4;
        image::Rgb([bytes[at + 2], bytes[at + 1], bytes[at]])
    });
    Ok(image)
}

/// What is done with a picture of the wall, or with why there is none.
type Save = Box<dyn FnOnce(Result<RgbImage, SnapshotError>) + Send + Sync>;

/// A picture of the wall that somebody wants.
pub struct Snapshot(Save);

impl Snapshot {
    /// Calls `save` on the thread `snapshot`, which may wait for the disk.
    pub fn new(save: impl FnOnce(Result<RgbImage, SnapshotError>) + Send + Sync + 'static) -> Self {
        Self(Box::new(save))
    }

    /// Writes it to a file.
    #[must_use]
    pub fn to_file(path: PathBuf) -> Self {
        Self::new(move |picture| match picture {
            Ok(picture) => write(&path, &picture),
            Err(error) => error!("snapshot {}: {error}", path.display()),
        })
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Snapshot")
    }
}

/// The thread `snapshot`, which writes files one after the other. Dropping it waits for the last:
/// the snapshot at the end of the program is one too.
#[derive(Default)]
pub struct Writer(Option<(Sender<Job>, JoinHandle<()>)>);

/// A picture, and who wants it.
type Job = (Snapshot, Result<RgbImage, SnapshotError>);

/// Pictures that may wait for the disk.
const WAITING: usize = 2;

impl Writer {
    /// Has what was read back saved in the background.
    pub fn save(&mut self, snapshot: Snapshot, picture: Result<RgbImage, SnapshotError>) {
        if self.0.is_none() {
            let (jobs, todo) = bounded::<Job>(WAITING);
            let run = move || todo.iter().for_each(|(Snapshot(save), picture)| save(picture));
            match thread::Builder::new().name("snapshot".into()).spawn(run) {
                Ok(thread) => self.0 = Some((jobs, thread)),
                Err(error) => error!("snapshot: no thread for it: {error}"),
            }
        }
        if let Some((jobs, _)) = &self.0
            && jobs.send((snapshot, picture)).is_err()
        {
            error!("snapshot: the thread that writes them is gone");
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Some((jobs, thread)) = self.0.take() {
            drop(jobs);
            // A panic there has been printed already.
            thread.join().best_effort();
        }
    }
}

fn write(path: &Path, image: &RgbImage) {
    match write_png(path, image) {
        Ok(()) => info!("wrote the wall's picture to {}", path.display()),
        Err(error) => error!("snapshot {}: {error}", path.display()),
    }
}

/// Writes `image` to `path` as PNG; the file appears only when whole.
///
/// # Errors
/// When the folder is missing or can't be written to, or the disk is full.
pub fn write_png(path: &Path, image: &RgbImage) -> io::Result<()> {
    let part = part(path);
    image.save_with_format(&part, ImageFormat::Png).map_err(io::Error::other)?;
    std::fs::rename(part, path)
}

/// The name of a file that is being written.
fn part(path: &Path) -> PathBuf {
    path.with_added_extension("part")
}

/// Whether a snapshot could be written to `path`: better said at the start than at the end.
///
/// # Errors
/// As [`write_png`].
pub fn check_writable(path: &Path) -> io::Result<()> {
    std::fs::File::create(part(path))?;
    std::fs::remove_file(part(path))
}
