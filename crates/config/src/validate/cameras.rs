//! Rules about cameras: ids, sources and logins.
//!
//! Runs on the caller's thread. Policy: passwords in the file work, with a warning; no message
//! repeats one.

use std::{path::Path, time::Duration};

use camwall_address::{AddressError, CameraAddress, ParseError, Scheme, Source, is_secret_key};

use camwall_words::{AddressMistake, CameraMistake, Named, Range, Side, UrlFault};

use crate::spanned::tree::Spot;
use crate::suggest::nearest_and_list;
use crate::{Camera, Login, Via, Wall};

use super::{Check, out_of_range};

/// More areas than anybody draws by hand.
const MOST_AREAS: usize = 16;

/// Where the file first holds what is secret.
pub(crate) fn secret_at(wall: &Wall, root: Spot<'_, '_>) -> Option<usize> {
    let cameras = root.key("cameras");
    wall.cameras.iter().find_map(|(id, camera)| {
        let spot = cameras.key(id);
        let sub = camera.sub.as_ref().map(|sub| (sub, "sub"));
        let address = [Some((&camera.main, "main")), sub].into_iter().flatten();
        let mut address = address.filter(|(address, _)| address.holds_secret());
        let mut options = camera
            .options
            .iter()
            .filter(|(name, value)| is_secret_key(name) && !value.expose().is_empty());
        let in_options = || options.next().map(|(name, _)| spot.key("options").key(name).at);
        address.next().map(|(_, field)| spot.key(field).at).or_else(in_options)
    })
}

impl Check<'_> {
    pub(super) fn cameras(&mut self, wall: &Wall, cameras: Spot<'_, '_>) {
        if self.names.cameras.is_empty() {
            self.error(cameras.at, CameraMistake::NoCameras);
        }
        for (id, camera) in &wall.cameras {
            self.id(cameras.name(id), id);
            let spot = cameras.key(id);
            self.label(camera, spot.key("name").at);
            self.source(camera, &camera.main, spot.key("main").at);
            if let Some(sub) = &camera.sub {
                self.source(camera, sub, spot.key("sub").at);
            }
            self.login(camera, spot.key("login"));
            self.security(camera, spot);
            self.options(camera, spot.key("options"));
            self.hls(camera, spot.key("hls"));
            self.interval(camera, spot.key("interval"));
            self.mask(camera, spot.key("watch").key("mask"));
        }
    }

    fn id(&mut self, at: usize, id: &str) {
        // What is in its place by mistake may hold a login.
        if id.contains("://") {
            return self.error(at, CameraMistake::AddressAsId);
        }
        self.name(at, Named::Camera, id);
        if id.contains(['/', '\\']) || id == "." || id == ".." {
            self.error(at, CameraMistake::IdIsPath { id: id.to_owned() });
        }
    }

    /// What the tile says stands on the wall for all to read.
    fn label(&mut self, camera: &Camera, at: usize) {
        let Some(name) = &camera.name else { return };
        if name.trim().is_empty() {
            self.error(at, CameraMistake::BlankLabel);
        }
        if CameraAddress::new(name.as_str()).has_user_info() {
            self.error(at, CameraMistake::LoginInName);
        }
    }

    fn source(&mut self, camera: &Camera, address: &CameraAddress, at: usize) {
        let url = match address.check() {
            Ok(Source::Remote(url)) => Some(url),
            Ok(Source::Local) => None,
            Err(error) => return self.error(at, address_error(&error)),
        };
        if camera.via == Via::Retina && url.as_ref().is_none_or(|url| !url.scheme.is_rtsp()) {
            self.error(at, CameraMistake::RetinaOnlyRtsp);
        }
        if url.is_none_or(|url| url.login.is_none()) {
            return;
        }
        let origin = address.origin();
        self.warn(
            at,
            if camera.login.is_some() {
                CameraMistake::LoginTwice { origin }
            } else {
                CameraMistake::LoginInAddress { origin }
            },
        );
    }

    fn login(&mut self, camera: &Camera, login: Spot<'_, '_>) {
        let at = login.index(0).at;
        match &camera.login {
            // The text is not repeated: it may be the login itself.
            Some(Login::Env(name)) if name.trim().is_empty() || name.contains(['=', ':', '\0']) => {
                self.error(at, CameraMistake::EnvName);
            }
            Some(Login::Credential(name))
                if name.trim().is_empty()
                    || name == "."
                    || name.contains(['/', ':', '\0'])
                    || name.contains("..") =>
            {
                self.error(at, CameraMistake::CredentialName);
            }
            Some(Login::File(path)) if path.as_os_str().is_empty() => {
                self.error(at, CameraMistake::LoginPath);
            }
            Some(Login::File(path)) if looks_like_login(path) => {
                self.error(at, CameraMistake::LoginAsPath);
            }
            _ => {}
        }
    }

    fn interval(&mut self, camera: &Camera, interval: Spot<'_, '_>) {
        let allowed = Duration::from_millis(100)..=Duration::from_secs(300);
        if let Some(value) = camera.interval.filter(|value| !allowed.contains(value)) {
            let range = Range::Between("100ms", "5min");
            self.error(interval.at, out_of_range("interval", range, value));
        }
    }

    fn mask(&mut self, camera: &Camera, mask: Spot<'_, '_>) {
        for (index, area) in camera.watch.mask.iter().enumerate() {
            let spot = mask.index(index);
            let sides =
                [(area.left, area.width, Side::Width), (area.top, area.height, Side::Height)];
            for (from, size, side) in sides {
                if size == 0 || from.saturating_add(size) > 100 {
                    self.error(spot.at, CameraMistake::Area { side });
                }
            }
        }
        if camera.watch.mask.len() > MOST_AREAS {
            self.error(mask.at, CameraMistake::ManyAreas { most: MOST_AREAS });
        }
    }

    fn hls(&mut self, camera: &Camera, hls: Spot<'_, '_>) {
        let is_web = |address: &CameraAddress| {
            let scheme =
                address.expose().split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
            matches!(scheme.as_deref(), Some("http" | "https"))
        };
        let web = is_web(&camera.main) && camera.sub.as_ref().is_none_or(is_web);
        if camera.hls && !web {
            self.error(hls.at, CameraMistake::HlsNotWeb);
        }
    }

    fn options(&mut self, camera: &Camera, options: Spot<'_, '_>) {
        if camera.via == Via::Retina && !camera.options.is_empty() {
            self.warn(options.at, CameraMistake::OptionsUnused);
        }
        for (key, value) in &camera.options {
            // FFmpeg takes C strings, which end at the first NUL.
            if key.trim().is_empty() || key.contains('\0') || value.expose().contains('\0') {
                self.error(options.name(key), CameraMistake::OptionName);
            } else if camwall_address::is_ours(key) {
                self.error(options.name(key), CameraMistake::OptionOurs { option: key.clone() });
            }
        }
    }
}

/// What is wrong with an address, and what would be allowed.
/// `user:password` where a path is wanted.
fn looks_like_login(path: &Path) -> bool {
    path.components().count() == 1 && path.to_string_lossy().contains(':')
}

fn address_error(error: &AddressError) -> AddressMistake {
    use AddressError as E;
    // A device is said by its path.
    let allowed = Scheme::ALL.into_iter().filter(|scheme| *scheme != Scheme::V4l2);
    let named = |scheme: &Scheme| scheme.name().to_owned();
    match error {
        E::Empty => AddressMistake::NoSource,
        E::Untidy => AddressMistake::UntidySource,
        E::UnknownScheme(Some(name)) => {
            let hint = nearest_and_list(name, allowed.map(Scheme::name));
            AddressMistake::UnknownScheme { scheme: name.clone(), hint }
        }
        E::UnknownScheme(None) => {
            AddressMistake::NotAScheme { hint: nearest_and_list("", allowed.map(Scheme::name)) }
        }
        E::NothingFollows(scheme) => AddressMistake::NothingFollows { scheme: named(scheme) },
        E::NoHost(scheme) => AddressMistake::NoHost { scheme: named(scheme) },
        E::NotAUrl { why, has_at } => {
            AddressMistake::NotAUrl { why: url_fault(*why), has_at: *has_at }
        }
        E::NoScheme => AddressMistake::NoScheme,
    }
}

fn url_fault(why: ParseError) -> UrlFault {
    match why {
        ParseError::EmptyHost => UrlFault::Host,
        ParseError::IdnaError => UrlFault::Name,
        ParseError::InvalidPort => UrlFault::Port,
        ParseError::InvalidIpv4Address => UrlFault::Ipv4,
        ParseError::InvalidIpv6Address => UrlFault::Ipv6,
        ParseError::InvalidDomainCharacter => UrlFault::Character,
        ParseError::Overflow => UrlFault::Long,
        _ => UrlFault::Other,
    }
}
