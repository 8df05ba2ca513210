//! Mistakes that are found by rules: cameras, addresses, layouts, recordings.

use super::{Hint, Side, UrlFault, mistakes};

mistakes! {
    /// Settings of a camera.
    CameraMistake {
        /// A wall without cameras.
        NoCameras,
        /// An address stands where an id is wanted.
        AddressAsId,
        /// An id that can't name a folder.
        IdIsPath { id: String = "a/b" },
        /// A camera's blank name.
        BlankLabel,
        /// A camera's name holds a login.
        LoginInName,
        /// `via: Retina` with an address that is not RTSP's.
        RetinaOnlyRtsp,
        /// `login` and the address hold a login; the address is `origin`.
        LoginTwice { origin: String = "rtsp://10.0.0.11" },
        /// The address holds a login.
        LoginInAddress { origin: String = "rtsp://10.0.0.11" },
        /// `Env` with something that is no variable's name.
        EnvName,
        /// `Credential` with something that is no credential's name.
        CredentialName,
        /// `File` without a path.
        LoginPath,
        /// `File` with something that looks like a login.
        LoginAsPath,
        /// A masked area that is not within the picture.
        Area { side: Side = Side::Width },
        /// More masked areas than allowed.
        ManyAreas { most: usize = 16_usize },
        /// `hls` where nothing is fetched from the web.
        HlsNotWeb,
        /// `options` where FFmpeg is not used.
        OptionsUnused,
        /// An option without a name, or with a NUL character.
        OptionName,
        /// An option that camwall sets itself.
        OptionOurs { option: String = "protocol_whitelist" },
        /// `rtsps://` with pictures over UDP.
        RtspsOverUdp,
        /// `auth` without a login.
        AuthWithoutLogin,
        /// A fingerprint that does not begin with its method.
        FingerprintMethod,
        /// A fingerprint with wrong digits.
        FingerprintDigits,
        /// `Ca` without a path.
        CaPath,
        /// `trust` where nothing is encrypted.
        TrustInClear,
    }
}

mistakes! {
    /// Addresses of cameras.
    AddressMistake {
        /// An address with a scheme that is not supported.
        UnknownScheme { scheme: String = "rtps", hint: Hint = Hint::both("rtsp", ["rtsp", "http"]) },
        /// Something before `://` that is no scheme.
        NotAScheme { hint: Hint = Hint::allowed(["rtsp", "http"]) },
        /// There is no address.
        NoSource,
        /// Control characters in an address, or spaces around it.
        UntidySource,
        /// A scheme without anything behind it.
        NothingFollows { scheme: String = "rtsp" },
        /// An address without a host.
        NoHost { scheme: String = "rtsp" },
        /// Not a URL. With an `@` a password is the usual cause.
        NotAUrl { why: UrlFault = UrlFault::Port, has_at: bool = true },
        /// A host without a scheme before it.
        NoScheme,
    }
}

mistakes! {
    /// Layouts, tours, walls and their windows.
    WallMistake {
        /// The setting names a layout that is not there.
        UnknownLayout {
            setting: String = "show",
            layout: String = "al",
            hint: Hint = Hint::Near("all".into())
        },
        /// A wall begins with what is neither a layout nor a tour.
        UnknownShown { shown: String = "al", hint: Hint = Hint::Near("all".into()) },
        /// A layout and a tour have one name.
        SameName { name: String = "all" },
        /// A step of a tour names a layout that is not there.
        UnknownStep {
            layout: String = "al",
            tour: String = "rounds",
            hint: Hint = Hint::Near("all".into())
        },
        /// A step of a tour names a tour.
        TourInTour { shown: String = "nights", tour: String = "rounds" },
        /// A tour with too few or too many steps.
        Steps { most: usize = 64_usize, steps: usize = 0_usize },
        /// A setting of a file with one wall, in one with several.
        BesideWalls { setting: String = "window" },
        /// Too many walls.
        ManyWalls { most: usize = 16_usize, walls: usize = 17_usize },
        /// A wall's name that could not be part of a file's.
        WallIsPath { wall: String = "a/b" },
        /// Two walls cover one monitor.
        SameMonitor { wall: String = "right", other: String = "left" },
        /// A night without length.
        EmptyNight,
        /// The window is too small or too large.
        WindowSide { most: u32 = 16_384_u32, side: u32 = 0_u32 },
        /// A blank name of a monitor.
        BlankMonitor,
        /// A grid with too many rows.
        ManyRows { layout: String = "all", rows: usize = 70_usize, most: u32 = 64_u32 },
        /// A grid without places.
        NoPlaces { layout: String = "all" },
        /// Too few or too many columns or rows.
        Cells { setting: String = "columns", most: u32 = 64_u32, cells: u32 = 0_u32 },
        /// A layout names a camera that is not there.
        UnknownCamera {
            camera: String = "gtae",
            layout: String = "all",
            hint: Hint = Hint::Near("gate".into())
        },
        /// A tile that shows nothing, or several things.
        TileOfOne { layout: String = "all" },
        /// A layout with a hotspot and nothing to select.
        HotspotAlone { layout: String = "all" },
        /// Two tiles meet.
        TilesMeet { tile: String = "gate", other: String = "yard", layout: String = "all" },
        /// A tile without cells.
        AtLeastOne { setting: String = "width" },
        /// A tile reaches beyond its layout, along `setting`.
        TileTooFar {
            camera: String = "gate",
            setting: String = "column",
            reached: u64 = 4_u64,
            layout: String = "all",
            last: u32 = 3_u32
        },
    }
}

mistakes! {
    /// Recordings.
    RecordingMistake {
        /// Not a folder's path.
        FolderPath,
        /// `~` in a path.
        Tilde,
        /// `per_camera` is more than `total`.
        NeverCounts { per_camera: String = "\"2TB\"", total: String = "\"1TB\"" },
        /// Two cameras would be recorded to one folder.
        SameFolder { id: String = "a?b", other: String = "a:b" },
        /// Two ids differ only in case.
        OnlyCase { id: String = "Gate", other: String = "gate" },
    }
}
