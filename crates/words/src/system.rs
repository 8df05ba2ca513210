//! Why the system did not do with a file or folder what was asked of it.
//!
//! Pure. Policy: the system says it in English, or in the language of its own locale; a wall says it in
//! its own, so each frequent reason has a text, and a rare one its number.

use std::io::{self, ErrorKind};

use crate::texts::texts;

/// `EIO` of Linux, which has no kind of its own.
const INPUT_OUTPUT: i32 = 5;

/// `ELOOP` of Linux, which has no kind of its own.
const TOO_MANY_LINKS: i32 = 40;

/// Why the system did not do what was asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemFault {
    /// There is nothing of that name.
    NotFound,
    /// It is not allowed.
    Denied,
    /// It is a folder.
    IsFolder,
    /// It is no folder.
    NotAFolder,
    /// Nothing can be written there.
    ReadOnly,
    /// The disk, or what one may have of it, is full.
    Full,
    /// The disk failed.
    Device,
    /// A name that no file can have.
    Name,
    /// A disk of the network is gone.
    NoAnswer,
    /// Links that lead to each other.
    Links,
    /// The bytes are no text.
    NotText,
    /// Something rare, with the system's number.
    Code(i32),
    /// Something without a number.
    Unknown,
}

impl SystemFault {
    /// What an error is.
    #[must_use]
    pub fn of(error: &io::Error) -> Self {
        match (error.kind(), error.raw_os_error()) {
            (ErrorKind::NotFound, _) => Self::NotFound,
            (ErrorKind::PermissionDenied, _) => Self::Denied,
            (ErrorKind::IsADirectory, _) => Self::IsFolder,
            (ErrorKind::NotADirectory, _) => Self::NotAFolder,
            (ErrorKind::ReadOnlyFilesystem, _) => Self::ReadOnly,
            (ErrorKind::StorageFull | ErrorKind::QuotaExceeded, _) => Self::Full,
            (ErrorKind::InvalidFilename, _) => Self::Name,
            (ErrorKind::StaleNetworkFileHandle | ErrorKind::TimedOut, _) => Self::NoAnswer,
            (ErrorKind::InvalidData, None) => Self::NotText,
            (_, Some(INPUT_OUTPUT)) => Self::Device,
            (_, Some(TOO_MANY_LINKS)) => Self::Links,
            (_, Some(code)) => Self::Code(code),
            (_, None) => Self::Unknown,
        }
    }
}

texts! {
    /// Why the system did not do what was asked of it.
    System {
        /// There is nothing of that name.
        not_found,
        /// It is not allowed.
        denied,
        /// It is a folder.
        is_folder,
        /// It is no folder.
        not_a_folder,
        /// Nothing can be written there.
        read_only,
        /// The disk is full.
        full,
        /// The disk failed.
        device,
        /// A name that no file can have.
        name,
        /// A disk of the network is gone.
        no_answer,
        /// Links that lead to each other.
        links,
        /// The bytes are no text.
        not_text,
        /// Something rare, with the system's number.
        code(code: i32 = 24),
        /// Something without a number.
        unknown,
    }
}

impl System {
    /// What a fault is called.
    #[must_use]
    pub fn say(&self, fault: SystemFault) -> String {
        match fault {
            SystemFault::NotFound => self.not_found,
            SystemFault::Denied => self.denied,
            SystemFault::IsFolder => self.is_folder,
            SystemFault::NotAFolder => self.not_a_folder,
            SystemFault::ReadOnly => self.read_only,
            SystemFault::Full => self.full,
            SystemFault::Device => self.device,
            SystemFault::Name => self.name,
            SystemFault::NoAnswer => self.no_answer,
            SystemFault::Links => self.links,
            SystemFault::NotText => self.not_text,
            SystemFault::Code(code) => return (self.code)(code),
            SystemFault::Unknown => self.unknown,
        }
        .to_owned()
    }

    /// Why an error came.
    #[must_use]
    pub fn why(&self, error: &io::Error) -> String {
        self.say(SystemFault::of(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DE, EN};

    #[test]
    fn what_the_system_says_is_said_in_the_language_of_the_wall() {
        for (code, english, german) in [
            (2, "there is no such file or folder", "nicht vorhanden"),
            (13, "no permission", "keine Berechtigung"),
            (5, "the disk reports an error", "der Datenträger meldet einen Fehler"),
            (40, "the links lead in a circle", "die Verknüpfungen führen im Kreis"),
            (24, "system error 24", "Fehler 24 des Systems"),
        ] {
            let error = io::Error::from_raw_os_error(code);
            assert_eq!([&EN, &DE].map(|words| words.system.why(&error)), [english, german]);
        }
    }
}
