//! What the libraries of the system read and write for a wall, besides what the wall file names.
//!
//! Pure but for asking the environment and the disk. Policies: libraries, drivers and fonts are
//! read where distributions keep them, and where the environment says so; caches of compiled
//! shaders are the only thing that is written. `/etc` is read as a whole by a user whom
//! its permissions stop, so that a `resolv.conf` that is replaced counts; as root, whom they do not
//! stop, only what is named here.

use std::env;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use camwall_media::BestEffort;

use super::paths::Use;

/// Libraries, drivers, fonts, time zones; then the kernel's view of devices and load.
const READ: &[&str] = &[
    "/usr",
    "/lib",
    "/lib32",
    "/lib64",
    "/nix/store",
    "/gnu/store",
    "/run/opengl-driver",
    "/opt/amdgpu",
    "/opt/amdgpu-pro",
    "/var/cache/fontconfig",
    "/var/lib/ca-certificates",
    "/run/systemd/resolve",
    "/run/resolvconf",
    "/run/NetworkManager",
    "/sys/bus",
    "/sys/class",
    "/sys/dev",
    "/sys/devices",
    "/sys/fs/cgroup",
    "/sys/module",
    "/proc/self",
    "/proc/stat",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/devices",
    "/proc/modules",
    "/proc/version",
    "/proc/driver",
    "/proc/sys/kernel",
    "/proc/sys/vm",
];

/// What of `/etc` is read: libraries, names of hosts, certificates, fonts, drivers, the time zone.
const ETC: &[&str] = &[
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "resolv.conf",
    "nsswitch.conf",
    "hosts",
    "host.conf",
    "gai.conf",
    "services",
    "protocols",
    "passwd",
    "ssl",
    "pki",
    "ca-certificates",
    "gnutls",
    "pkcs11",
    "crypto-policies",
    "fonts",
    "vulkan",
    "glvnd",
    "drirc",
    "X11",
    "nvidia",
    "localtime",
    "timezone",
    "locale.alias",
    "alternatives",
];

/// Read, of a person's own folder.
const HOME: &[&str] = &[
    ".Xauthority",
    ".XCompose",
    ".drirc",
    ".fonts",
    ".fonts.conf",
    ".icons",
    ".config/fontconfig",
    ".config/vulkan",
    ".local/share/fonts",
    ".local/share/icons",
    ".local/share/vulkan",
];

/// Variables that name one or more paths to be read, apart by colons.
const READ_VARIABLES: &[&str] = &[
    "CREDENTIALS_DIRECTORY",
    "FONTCONFIG_PATH",
    "LD_LIBRARY_PATH",
    "LIBGL_DRIVERS_PATH",
    "LOCPATH",
    "SSL_CERT_DIR",
    "TZDIR",
    "VK_ADD_LAYER_PATH",
    "VK_LAYER_PATH",
    "XAUTHORITY",
    "XCOMPOSEFILE",
    "XCURSOR_PATH",
    "XDG_CONFIG_DIRS",
    "XDG_DATA_DIRS",
];

/// Variables that name files whose whole folder is read.
const FILE_VARIABLES: &[&str] = &[
    "FONTCONFIG_FILE",
    "SSL_CERT_FILE",
    "VK_ADD_DRIVER_FILES",
    "VK_DRIVER_FILES",
    "VK_ICD_FILENAMES",
];

/// Variables that name a folder for compiled shaders.
const CACHE_VARIABLES: &[&str] =
    &["MESA_SHADER_CACHE_DIR", "MESA_GLSL_CACHE_DIR", "__GL_SHADER_DISK_CACHE_PATH"];

/// Folders of caches, in a person's folder for such. Mesa's old and new ones are made where they
/// are missing, for a rule can only name what is there.
const MESA_CACHES: &[&str] = &["mesa_shader_cache", "mesa_shader_cache_db"];
const OTHER_CACHES: &[&str] = &["fontconfig", "nvidia", "radv_builtin_shaders64"];

/// Devices that draw, and those that are none.
const DEVICES: &[&str] = &[
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/dev/dri",
    "/dev/kfd",
    "/dev/mali0",
    "/dev/dma_heap",
    "/dev/udmabuf",
    "/dev/dxg",
];

/// Adds what the system needs; `root` says whether permissions stop nobody.
pub(super) fn collect(root: bool, mut add: impl FnMut(PathBuf, Use)) {
    let mut read = |path: PathBuf| add(path, Use::Read);
    READ.iter().for_each(|path| read(path.into()));
    if root {
        ETC.iter().for_each(|name| read(Path::new("/etc").join(name)));
    } else {
        read("/etc".into());
    }
    READ_VARIABLES.iter().flat_map(|name| listed(name)).for_each(&mut read);
    let folders = FILE_VARIABLES.iter().flat_map(|name| listed(name));
    folders.filter_map(|file| file.parent().map(Path::to_owned)).for_each(&mut read);
    if let Ok(program) = env::current_exe() {
        // For the lines of a backtrace.
        read(program);
    }
    let home = env::var_os("HOME").map(PathBuf::from).filter(|home| home.is_absolute());
    if let Some(home) = &home {
        HOME.iter().for_each(|name| read(home.join(name)));
    }
    DEVICES.iter().for_each(|path| add(path.into(), Use::Device));
    nvidia().for_each(|path| add(path, Use::Device));
    add("/dev/shm".into(), Use::Write);
    caches(home.as_deref()).for_each(|path| add(path, Use::Write));
}

/// The paths of a variable.
fn listed(variable: &str) -> Vec<PathBuf> {
    let value = env::var_os(variable).unwrap_or_default();
    env::split_paths(&value).filter(|path| path.is_absolute()).collect()
}

/// NVIDIA's devices, which have numbers.
fn nvidia() -> impl Iterator<Item = PathBuf> {
    let devices = fs::read_dir("/dev").into_iter().flatten().flatten();
    let named = devices.filter(|entry| entry.file_name().as_encoded_bytes().starts_with(b"nvidia"));
    named.map(|entry| entry.path())
}

/// Where drivers keep what they compiled.
fn caches(home: Option<&Path>) -> impl Iterator<Item = PathBuf> {
    let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = cache.or_else(|| home.map(|home| home.join(".cache")));
    let mut found: Vec<PathBuf> = CACHE_VARIABLES.iter().flat_map(|name| listed(name)).collect();
    if let Some(cache) = cache {
        for name in MESA_CACHES {
            let folder = cache.join(name);
            // Without it each start compiles anew, and nothing else.
            DirBuilder::new().recursive(true).mode(0o700).create(&folder).best_effort();
            found.push(folder);
        }
        found.extend(OTHER_CACHES.iter().map(|name| cache.join(name)));
    }
    found.extend(home.map(|home| home.join(".nv")));
    found.into_iter()
}
