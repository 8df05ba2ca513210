//! What `camwall check` says besides mistakes of the wall file.

use crate::texts::texts;

texts! {
    /// What `camwall check` finds: lines of a report.
    Check {
        /// All is right; what the file has.
        no_mistakes(file: &str = "wall.ron", has: &str = "…"),
        /// How many of each a file has. Of tours and walls nothing is said where there are none but one
        /// wall.
        has(cameras: usize = 4, layouts: usize = 2, tours: usize = 3, walls: usize = 5),
        /// Something that works and is not wise.
        warning(what: &str = "…"),
        /// A camera whose login can't be used.
        login(camera: &str = "gate", why: &str = "…"),
        /// A camera whose authorities can't be used.
        trust(camera: &str = "gate", why: &str = "…"),
        /// The built-in font can't be read.
        no_text(why: &str = "…"),
        /// What is missing for a camera's name.
        lacks(camera: &str = "gate", what: &str = "…"),
        /// The same of a layout's name.
        layout_lacks(layout: &str = "yard", what: &str = "…"),
        /// The same of a tour's name.
        tour_lacks(tour: &str = "rounds", what: &str = "…"),
        /// The same of a wall's name.
        wall_lacks(wall: &str = "left", what: &str = "…"),
        /// No font has these characters; so many more are not named. Packages bring them.
        no_font(characters: &str = "Ж, Ω", more: usize = 3, packages: &str = "fonts-symbola"),
        /// No font has the letters of this language: the wall will speak English. Packages bring them.
        no_own_font(packages: &str = "fonts-noto-cjk"),
        /// The recording folder, and what was found of it.
        recordings(folder: &str = "/srv/nvr", found: &str = "…"),
        /// Why there will be no recordings.
        no_recordings(why: &str = "…"),
        /// The sandbox is off.
        sandbox_off,
        /// What is confined: files, calls.
        sandbox(files: &str = "…", calls: &str = "…"),
        /// Files are confined.
        files_by_landlock(version: u32 = 5),
        /// Files are not confined.
        all_files(why: &str = "…"),
        /// Calls are confined.
        calls_by_seccomp,
        /// Calls are not confined.
        all_calls(why: &str = "…"),
        /// The kernel has no such thing.
        not_offered,
        /// The kernel has it, and refused.
        refused,
        /// A device that is not there yet, with root's program.
        device_not_there(device: &str = "/dev/video0"),
        /// A path of `whose` in `/` that is reached by itself.
        reached_itself(whose: &str = "…", path: &str = "/clip.mp4"),
        /// A path of `whose` of which nothing is there.
        out_of_reach(whose: &str = "…", path: &str = "/a/b"),
        /// Whose path it is: the wall file.
        of_wall_file,
        /// The recordings.
        of_recordings,
        /// A camera's authorities.
        of_authorities(camera: &str = "gate"),
        /// A camera's login.
        of_login(camera: &str = "gate"),
        /// A camera's source.
        of_camera(camera: &str = "gate"),
        /// The source of some camera.
        of_some_camera,
    }
}

texts! {
    /// Recording folders that can't be used, or are looked at.
    Folder {
        /// There is something else at that path.
        not_a_folder(path: &str = "/srv/nvr"),
        /// A link that leads nowhere.
        dead_link(path: &str = "/srv/nvr"),
        /// No permission; `tried` is what was tried, in English.
        denied(tried: &str = "make a file in", path: &str = "/srv/nvr"),
        /// A disk that can't be written to.
        read_only(tried: &str = "make a file in", path: &str = "/srv/nvr"),
        /// A full disk.
        full(tried: &str = "make a file in", path: &str = "/srv/nvr"),
        /// Anything else, in the system's words.
        unusable(
            tried: &str = "make a file in",
            path: &str = "/srv/nvr",
            why: &str = "…"
        ),
        /// There, marked, another disk.
        marked_disk,
        /// There and marked, on the system's disk.
        marked,
        /// There, another disk, and not marked yet.
        unmarked_disk,
        /// There, and neither.
        neither,
        /// It is not there, though it must.
        absent(path: &str = "/srv/nvr"),
        /// It can't be looked at.
        hidden(path: &str = "/srv/nvr", why: &str = "…"),
        /// It has no marker of this name.
        unmarked(path: &str = "/srv/nvr", marker: &str = ".camwall"),
    }
}

texts! {
    /// Logins that can't be fetched, or can by others.
    LoginFault {
        /// A variable is not set.
        no_variable(name: &str = "GATE_LOGIN"),
        /// A variable is no text.
        variable_not_text(name: &str = "GATE_LOGIN"),
        /// systemd gave no credentials.
        no_credentials(name: &str = "gate"),
        /// A file can't be read.
        unreadable(path: &str = "logins/gate", why: &str = "…"),
        /// A variable holds no login.
        variable_without_login(name: &str = "GATE_LOGIN"),
        /// A file's first line holds no login.
        file_without_login(path: &str = "logins/gate"),
        /// A camera wants a login, and nobody gave one.
        not_given,
        /// Others can read a file.
        others_read(path: &str = "logins/gate", mode: &str = "0644"),
        /// Why a file can't be read: it is none.
        not_a_file,
        /// Its first line is too long.
        long_line,
        /// It is no text.
        not_text,
    }
}

texts! {
    /// The table of `--probe`, and certificates.
    Probe {
        /// Heads of columns: the camera.
        camera,
        /// Main or sub stream.
        stream,
        /// The codec.
        codec,
        /// Width and height.
        size,
        /// Pictures a second.
        fps,
        /// Seconds from key frame to key frame.
        gop,
        /// Sound.
        audio,
        /// What came of the login.
        login,
        /// Milliseconds to the first picture.
        first,
        /// How RTP travels.
        over,
        /// Which client.
        by,
        /// The login was refused.
        refused,
        /// The login was accepted.
        accepted,
        /// There is no login.
        no_login,
        /// There is no sound.
        no_audio,
        /// The computer's authorities stand for a certificate.
        trusted,
        /// A camera issued its certificate itself.
        self_issued,
        /// What is known of a certificate.
        certificate(subject: &str = "CN=gate", until: &str = "2027-01-31", trusted: &str = "…"),
        /// The same, and that it ends.
        warned(certificate: &str = "…", ending: &str = "…"),
        /// A certificate that ends soon.
        runs_out(days: u64 = 12),
        /// A certificate that has ended.
        has_run_out,
        /// A file of authorities that can't be used.
        no_authorities(path: &str = "ca.pem", why: &str = "…"),
        /// It is too large.
        large_authorities,
        /// It holds no certificate.
        empty_authorities,
        /// It is of another kind.
        not_pem,
    }
}
