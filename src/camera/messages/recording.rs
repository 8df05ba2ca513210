//! What operators read about recordings: causes, what a key did, what went wrong and what to do.
//!
//! Pure. What the tile says is in the wall's language, the words are `camwall_words`'; what the log and
//! `camwall recordings` say is English. Policy: the
//! recorder tells what happened as data; an error's own text says what was tried, and what helps is
//! said here, behind a semicolon.

use std::io::ErrorKind;

use camwall_config::Chord;
use camwall_media::SnapshotError;
use camwall_recorder::{Cause, Error, Note, RetentionRule, Why};
use camwall_words::{Causes, EN, Notes, Recording, Words};

/// Why a camera is not recorded, in lower case.
#[must_use]
pub fn cause(words: &Causes, cause: Cause) -> &'static str {
    match cause {
        Cause::CameraOffline => words.camera_offline,
        Cause::CameraStalled => words.camera_stalled,
        Cause::LoginRefused => words.login_refused,
        Cause::SourceEnded => words.source_ended,
        Cause::DiskFull => words.disk_full,
        Cause::DiskSlow => words.disk_slow,
        Cause::DiskReadOnly => words.disk_read_only,
        Cause::NoFolder => words.no_folder,
        Cause::DiskError => words.disk_error,
        Cause::NotRecordable => words.not_recordable,
        Cause::StoppedByHand => words.stopped_by_hand,
        Cause::NotScheduled => words.not_scheduled,
        Cause::ProgramEnded => words.program_ended,
        Cause::ProgramKilled => words.program_killed,
        Cause::ClockChanged => words.clock_changed,
        Cause::Internal => words.internal,
    }
}

/// What came of a key, in capitals for the tile.
#[must_use]
pub fn note(words: &Notes, note: &Note) -> String {
    match note {
        Note::Protected => words.protected,
        Note::SpanEnded => words.span_ended,
        Note::Released => words.released,
        Note::NewestProtected => words.newest_protected,
        Note::NewestReleased => words.newest_released,
        Note::NothingToProtect => words.nothing_to_protect,
        Note::NotProtected => words.not_protected,
        Note::SnapshotSaved(file) => return (words.snapshot_saved)(file),
        Note::SnapshotWithoutPicture => words.snapshot_without_picture,
        Note::SnapshotFailed => words.snapshot_failed,
        Note::SnapshotAborted => words.snapshot_aborted,
    }
    .to_owned()
}

/// What CLOCK means, and what helps: `keys` are those of [`camwall_config::Action::TrustClock`].
#[must_use]
pub fn clock(words: &Recording, keys: &[Chord]) -> String {
    match keys.first() {
        Some(key) => (words.clock_key)(&key.to_string()),
        None => words.clock.to_owned(),
    }
}

/// What KEEP NOT MET means: which limit, and why.
#[must_use]
pub fn limit(words: &Recording, rule: RetentionRule) -> &'static str {
    match rule {
        RetentionRule::Age => words.keep_age,
        RetentionRule::PerCamera => words.keep_per_camera,
        RetentionRule::Total => words.keep_total,
        RetentionRule::Free => words.keep_free,
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

/// What went wrong, without advice.
#[must_use]
pub fn detail(error: &Error) -> String {
    match &error.why {
        Why::NotReady(why) => {
            let (attempt, path) = (error.attempt, error.path.display());
            format!("can't {attempt} {path}: {}", cause(&EN.causes, *why))
        }
        _ => error.to_string(),
    }
}

/// What went wrong with a recording, and what helps.
#[must_use]
pub fn error(error: &Error) -> String {
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
pub fn snapshot(error: &Error) -> String {
    let advice = match error.why {
        Why::Picture(SnapshotError::NoKeyFrame) => "try again when the camera has sent a key frame",
        Why::Picture(SnapshotError::NoPicture) => "try again in a moment",
        _ => return detail(error),
    };
    format!("{}; {advice}", detail(error))
}

/// Why the recording folder can't be used.
#[must_use]
pub fn storage(error: &Error) -> String {
    match error.why {
        Why::Unmounted => format!("{error}; mount it again"),
        Why::NotReady(why) => cause(&EN.causes, why).to_owned(),
        _ => error.to_string(),
    }
}

/// Why no recordings can be made in a folder, and what helps.
#[must_use]
pub fn folder(words: &Words, error: &Error) -> String {
    let (system, words) = (&words.system, &words.folder);
    let Error { attempt, path, why } = error;
    let path = &path.display().to_string();
    match why {
        Why::NotAFolder => (words.not_a_folder)(path),
        Why::DeadLink => (words.dead_link)(path),
        Why::Io(system) if system.kind() == ErrorKind::PermissionDenied => {
            (words.denied)(attempt, path)
        }
        Why::Io(_) if error.cause() == Cause::DiskReadOnly => (words.read_only)(attempt, path),
        Why::Io(_) if error.cause() == Cause::DiskFull => (words.full)(attempt, path),
        Why::Io(why) => (words.unusable)(attempt, path, &system.why(why)),
        why => (words.unusable)(attempt, path, &why.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::sync::Arc;

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
        let words: std::collections::HashSet<_> =
            ALL.map(|it| cause(&EN.causes, it)).into_iter().collect();
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
        let words: std::collections::HashSet<_> =
            notes.each_ref().map(|it| note(&EN.notes, it)).into_iter().collect();
        assert_eq!(words.len(), notes.len(), "{words:?}");
    }

    fn failed(attempt: &'static str, path: &str, why: Why) -> Error {
        Error { attempt, path: path.into(), why }
    }

    fn refused(kind: ErrorKind) -> Why {
        Why::Io(Arc::new(kind.into()))
    }

    #[test]
    fn what_helps_follows_from_the_cause() {
        let told = |kind| error(&failed("make", "/srv/nvr/x.part", refused(kind)));
        let lost = |cause| error(&failed("go on in", "/srv/nvr", Why::NotReady(cause)));
        insta::assert_snapshot!(
            [told(ErrorKind::StorageFull), told(ErrorKind::TimedOut), lost(Cause::DiskReadOnly),
             lost(Cause::DiskSlow)].join("\n"), @r"
        can't make /srv/nvr/x.part: the disk is full; make room, or lower `keep`
        can't make /srv/nvr/x.part: timed out; check the disk and the system's log
        can't go on in /srv/nvr: disk read-only; make the disk writable
        can't go on in /srv/nvr: disk too slow; it is tried again
        ");
    }

    #[test]
    fn a_folder_that_is_no_use_is_told_with_what_helps() {
        let told = |attempt, why| folder(&EN, &failed(attempt, "/srv/nvr", why));
        let tried = |kind| told("make a file in", refused(kind));
        let lines = [
            told("use", Why::NotAFolder),
            told("use", Why::DeadLink),
            tried(ErrorKind::PermissionDenied),
            tried(ErrorKind::ReadOnlyFilesystem),
            tried(ErrorKind::StorageFull),
            tried(ErrorKind::Other),
        ];
        insta::assert_snapshot!(lines.join("\n"), @r"
        can't use /srv/nvr: it is no folder; name another one, or move what is there
        can't use /srv/nvr: it is a link that leads nowhere; is the disk mounted?
        can't make a file in /srv/nvr: no permission; give the user who runs camwall the right to write there, or name another folder
        can't make a file in /srv/nvr: the file system is read-only; mount it for writing, or name another folder
        can't make a file in /srv/nvr: the disk is full; make room, or name another folder
        can't make a file in /srv/nvr: an unknown error; name another folder
        ");
    }

    #[test]
    fn a_snapshot_that_needs_another_picture_is_to_be_tried_again() {
        let of = |why| snapshot(&failed("save a snapshot in", "/srv/nvr", why));
        let told = |error| of(Why::Picture(error));
        let stream = "hevc".to_owned();
        insta::assert_snapshot!(
            [told(SnapshotError::NoKeyFrame), told(SnapshotError::NoPicture),
             told(SnapshotError::NoDecoder { stream, detail: "no such decoder".to_owned() }),
             of(Why::NoFreeName), of(Why::NotReady(Cause::NoFolder))].join("\n"), @r"
        can't save a snapshot in /srv/nvr: no key frame among the packets; try again when the camera has sent a key frame
        can't save a snapshot in /srv/nvr: the decoder made no picture of the packets; try again in a moment
        can't save a snapshot in /srv/nvr: hevc can't be decoded: no such decoder
        can't save a snapshot in /srv/nvr: all names are taken
        can't save a snapshot in /srv/nvr: no folder to write to
        ");
    }

    #[test]
    fn a_lost_disk_is_to_be_mounted_again() {
        let gone = storage(&failed("record into", "/srv/nvr", Why::Unmounted));
        assert_eq!(gone, "can't record into /srv/nvr: its disk is gone; mount it again");
        let read_only = failed("record into", "/srv/nvr", Why::NotReady(Cause::DiskReadOnly));
        assert_eq!(storage(&read_only), "disk read-only");
    }
}
