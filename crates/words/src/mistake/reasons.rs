//! Why a value can't be read, where others read it: their reasons as data.

/// Why a text is no length of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DurationFault {
    /// A number without a unit.
    NoUnit {
        /// The number, without what follows its decimal point.
        number: u64,
    },
    /// There is no such unit.
    UnknownUnit {
        /// What stands in its place: letters.
        unit: String,
    },
    /// Something else stands where a number is wanted.
    NoNumber,
    /// Neither a number nor a unit.
    Character(char),
    /// Longer than can be counted, or shorter.
    Number,
    /// There is nothing.
    Empty,
}

impl DurationFault {
    /// One of each.
    #[must_use]
    pub fn examples() -> Vec<Self> {
        vec![
            Self::NoUnit { number: 5 },
            Self::UnknownUnit { unit: "foo".to_owned() },
            Self::NoNumber,
            Self::Character('-'),
            Self::Number,
            Self::Empty,
        ]
    }
}

/// Why a text is no URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UrlFault {
    /// The host is empty.
    Host,
    /// A name with letters beyond ASCII that no domain has.
    Name,
    /// Not a port.
    Port,
    /// Four numbers, or what looks like it, that are no address.
    Ipv4,
    /// Not an address in `[]`.
    Ipv6,
    /// A character that no host has.
    Character,
    /// Longer than is read.
    Long,
    /// What can't occur in what a wall file holds.
    Other,
}

impl UrlFault {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Host,
        Self::Name,
        Self::Port,
        Self::Ipv4,
        Self::Ipv6,
        Self::Character,
        Self::Long,
        Self::Other,
    ];
}
