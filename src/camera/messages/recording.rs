//! What operators read about recordings: causes, what a key did, what went wrong and what to do.
//!
//! Pure. The tile, the log, `camwall check` and `camwall recordings` use the same words. Policy: the
//! recorder tells what happened as data; an error's own text says what was tried, and what helps is
//! said here, behind a semicolon.

use camwall_config::Chord;
use camwall_media::SnapshotError;
use camwall_recorder::{
    Cause, FolderError, Note, RecordError, RetentionRule, SaveSnapshotError, StorageError,
};

/// Why a camera is not recorded, in lower case.
#[must_use]
pub fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::CameraOffline => "camera offline",
        Cause::CameraStalled => "camera sends no pictures",
        Cause::LoginRefused => "login refused",
        Cause::SourceEnded => "source ended",
        Cause::DiskFull => "disk full",
        Cause::DiskSlow => "disk too slow",
        Cause::DiskReadOnly => "disk read-only",
        Cause::NoFolder => "no folder to write to",
        Cause::DiskError => "disk error",
        Cause::NotRecordable => "stream not recordable",
        Cause::StoppedByHand => "stopped by hand",
        Cause::NotScheduled => "not scheduled",
        Cause::ProgramEnded => "camwall ended",
        Cause::ProgramKilled => "camwall killed",
        Cause::ClockChanged => "clock changed",
        Cause::Internal => "internal error",
    }
}

/// What came of a key, in capitals for the tile.
#[must_use]
pub fn note(note: &Note) -> String {
    match note {
        Note::Protected => "KEPT FROM NOW ON",
        Note::SpanEnded => "KEPT UNTIL HERE",
        Note::Released => "NO LONGER KEPT",
        Note::NewestProtected => "LAST RECORDING KEPT",
        Note::NewestReleased => "LAST KEPT RECORDING RELEASED",
        Note::NothingToProtect => "NOTHING TO KEEP",
        Note::NotProtected => "NOT KEPT",
        Note::SnapshotSaved(file) => return format!("SNAPSHOT {file}"),
        Note::SnapshotWithoutPicture => "NO SNAPSHOT: NO PICTURE",
        Note::SnapshotFailed => "NO SNAPSHOT, SEE LOG",
        Note::SnapshotAborted => "NO SNAPSHOT",
    }
    .to_owned()
}

/// What the tile says where the clock contradicts what is recorded.
pub const CLOCK: &str = "CLOCK";

/// What the tile says where a limit of `keep` can't be met.
pub const KEEP: &str = "KEEP NOT MET";

/// What the tile says once an operator has confirmed the clock.
pub const CLOCK_TRUSTED: &str = "CLOCK TRUSTED";

/// What CLOCK means, and what helps: `keys` are those of [`camwall_config::Action::TrustClock`].
#[must_use]
pub fn clock(keys: &[Chord]) -> String {
    match keys.first() {
        Some(key) => format!("the time may be wrong: press {key} if it is right"),
        None => {
            "the time may be wrong until it is synchronised, or trust_clock is pressed".to_owned()
        }
    }
}

/// What KEEP NOT MET means: which limit, and why.
#[must_use]
pub fn limit(rule: RetentionRule) -> &'static str {
    match rule {
        RetentionRule::Age => "what is kept is older than age",
        RetentionRule::PerCamera => "what is kept exceeds per_camera",
        RetentionRule::Total => "what is kept exceeds total",
        RetentionRule::Free => "less than free is left, and no more can go",
    }
}

/// What the log says when the clock begins to be doubted.
pub const CLOCK_DOUBTED: &str = "recordings: the clock contradicts what is recorded; where that is a minute \
     and more nothing is removed by age until the system says that it is synchronised, or an operator \
     that it is right (`trust_clock`)";

/// What the log says when that is over.
pub const CLOCK_RIGHT: &str = "recordings: the clock is trusted again: old ones go by age";

/// What the log says when a limit of `keep` can't be met any more; `whose` are the recordings.
#[must_use]
pub fn unmet(rule: RetentionRule, whose: &str) -> String {
    let name = limit_name(rule);
    format!(
        "{whose}: keep.{name} can't be met: what is left of it is kept, or can't be removed, so that each \
         new file goes as soon as it is closed; release some (K), or change the limit"
    )
}

/// What the log says when a limit is met again.
#[must_use]
pub fn met(rule: RetentionRule, whose: &str) -> String {
    format!("{whose}: keep.{} is met again", limit_name(rule))
}

/// A limit as the wall file calls it.
fn limit_name(rule: RetentionRule) -> &'static str {
    match rule {
        RetentionRule::Age => "age",
        RetentionRule::PerCamera => "per_camera",
        RetentionRule::Total => "total",
        RetentionRule::Free => "free",
    }
}

/// What went wrong with a recording, without advice.
#[must_use]
pub fn detail(error: &RecordError) -> String {
    match error {
        RecordError::Lost { cause: why, .. } => format!("{error}: {}", cause(*why)),
        _ => error.to_string(),
    }
}

/// What went wrong with a recording, and what helps.
#[must_use]
pub fn error(error: &RecordError) -> String {
    let advice = match error.cause() {
        Cause::DiskFull => "make room, or lower `keep`",
        Cause::DiskReadOnly => "make the disk writable",
        Cause::NoFolder => "check `recording: (dir: …)`, its owner and its permissions",
        Cause::DiskError => "check the disk and the system's log",
        Cause::NotRecordable => "try `container: Matroska`",
        _ => "it is tried again",
    };
    format!("{}; {advice}", detail(error))
}

/// Why there is no snapshot, and what helps where waiting does.
#[must_use]
pub fn snapshot(error: &SaveSnapshotError) -> String {
    match error {
        SaveSnapshotError::Decode(SnapshotError::NoKeyFrame) => {
            format!("{error}; try again when the camera has sent a key frame")
        }
        SaveSnapshotError::NotReady { cause: why, .. } => format!("{error}: {}", cause(*why)),
        SaveSnapshotError::Decode(SnapshotError::NoPicture) => {
            format!("{error}; try again in a moment")
        }
        _ => error.to_string(),
    }
}

/// Why the recording folder can't be used.
#[must_use]
pub fn storage(error: &StorageError) -> String {
    match error {
        StorageError::Unmounted { .. } => format!("{error}; mount it again"),
        StorageError::NotReady(why) => cause(*why).to_owned(),
        _ => error.to_string(),
    }
}

/// Why no recordings can be made in a folder, and what helps.
#[must_use]
pub fn folder(error: &FolderError) -> String {
    let advice = match error {
        FolderError::NotAFolder { .. } => "name another one, or move what is there",
        FolderError::DeadLink { .. } => "is the disk mounted?",
        FolderError::Denied { .. } => {
            "give the user who runs camwall the right to write there, or name another folder"
        }
        FolderError::ReadOnly { .. } => "mount it for writing, or name another folder",
        FolderError::Full { .. } => "make room, or name another folder",
        FolderError::Unusable { .. } => "name another folder",
    };
    format!("{error}; {advice}")
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::path::PathBuf;
    use std::sync::Arc;

    use camwall_recorder::Attempt;

    use super::*;

    const ALL: [Cause; 16] = [
        Cause::CameraOffline,
        Cause::CameraStalled,
        Cause::LoginRefused,
        Cause::SourceEnded,
        Cause::DiskFull,
        Cause::DiskSlow,
        Cause::DiskReadOnly,
        Cause::NoFolder,
        Cause::DiskError,
        Cause::NotRecordable,
        Cause::StoppedByHand,
        Cause::NotScheduled,
        Cause::ProgramEnded,
        Cause::ProgramKilled,
        Cause::ClockChanged,
        Cause::Internal,
    ];

    #[test]
    fn each_cause_has_words_of_its_own() {
        let words: std::collections::HashSet<_> = ALL.map(cause).into_iter().collect();
        assert_eq!(words.len(), ALL.len());
        assert!(words.iter().all(|words| words.len() <= 24), "{words:?}");
    }

    #[test]
    fn what_a_key_did_to_what_is_kept_has_words_of_its_own() {
        let notes = [
            Note::Protected,
            Note::SpanEnded,
            Note::Released,
            Note::NewestProtected,
            Note::NewestReleased,
            Note::NothingToProtect,
            Note::NotProtected,
        ];
        let words: std::collections::HashSet<_> = notes.each_ref().map(note).into_iter().collect();
        assert_eq!(words.len(), notes.len(), "{words:?}");
    }

    #[test]
    fn what_helps_follows_from_the_cause() {
        let (attempt, path) = ("make", PathBuf::from("/srv/nvr/x.part"));
        let told = |kind: ErrorKind| {
            error(&RecordError::Io { attempt, path: path.clone(), error: Arc::new(kind.into()) })
        };
        let lost = |cause| error(&RecordError::Lost { root: "/srv/nvr".into(), cause });
        insta::assert_snapshot!(
            [told(ErrorKind::StorageFull), told(ErrorKind::TimedOut), lost(Cause::DiskReadOnly),
             lost(Cause::DiskSlow)].join("\n"), @r"
        can't make /srv/nvr/x.part: no storage space; make room, or lower `keep`
        can't make /srv/nvr/x.part: timed out; check the disk and the system's log
        can't go on in /srv/nvr: disk read-only; make the disk writable
        can't go on in /srv/nvr: disk too slow; it is tried again
        ");
    }

    #[test]
    fn a_folder_that_is_no_use_is_told_with_what_helps() {
        let path = PathBuf::from("/srv/nvr");
        let tried = Attempt::MakeFile;
        let source = || std::io::Error::from(ErrorKind::Other);
        let errors = [
            FolderError::NotAFolder { path: path.clone() },
            FolderError::DeadLink { path: path.clone() },
            FolderError::Denied { path: path.clone(), tried, source: source() },
            FolderError::ReadOnly { path: path.clone(), tried, source: source() },
            FolderError::Full { path: path.clone(), tried, source: source() },
            FolderError::Unusable { path, tried, source: source() },
        ];
        insta::assert_snapshot!(errors.each_ref().map(folder).join("\n"), @r"
        /srv/nvr is no folder; name another one, or move what is there
        /srv/nvr is a link that leads nowhere; is the disk mounted?
        cannot make a file in /srv/nvr: no permission; give the user who runs camwall the right to write there, or name another folder
        cannot make a file in /srv/nvr: the file system is read-only; mount it for writing, or name another folder
        cannot make a file in /srv/nvr: the disk is full; make room, or name another folder
        cannot make a file in /srv/nvr: other error; name another folder
        ");
    }

    #[test]
    fn a_snapshot_that_needs_another_picture_is_to_be_tried_again() {
        let told = |error: SnapshotError| snapshot(&error.into());
        let stream = "hevc".to_owned();
        insta::assert_snapshot!(
            [told(SnapshotError::NoKeyFrame), told(SnapshotError::NoPicture),
             told(SnapshotError::NoDecoder { stream, detail: "no such decoder".to_owned() }),
             snapshot(&SaveSnapshotError::NoFreeName { folder: "/srv/nvr".into() })].join("\n"), @r"
        no key frame among the packets; try again when the camera has sent a key frame
        the decoder made no picture of the packets; try again in a moment
        hevc can't be decoded: no such decoder
        can't find a free name in /srv/nvr: all are taken
        ");
    }

    #[test]
    fn a_lost_disk_is_to_be_mounted_again() {
        let gone = StorageError::Unmounted { root: "/srv/nvr".into() };
        assert_eq!(storage(&gone), "the disk of /srv/nvr is gone; mount it again");
        assert_eq!(storage(&StorageError::NotReady(Cause::DiskReadOnly)), "disk read-only");
    }
}
