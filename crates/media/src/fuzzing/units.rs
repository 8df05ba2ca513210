//! NAL units of a packet, found the plain way.

/// NAL units behind start codes, each up to the end of the packet: the plain way to find them.
pub(super) fn units(data: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    let mut at = 0;
    while at + 3 < data.len() {
        if data[at..].starts_with(&[0, 0, 1]) {
            found.push(&data[at + 3..]);
            at += 3;
        } else {
            at += 1;
        }
    }
    found
}

/// NAL units from behind their start code to the next one.
pub(super) fn each_unit(data: &[u8]) -> Vec<&[u8]> {
    let to_the_end = units(data);
    let next = |index: usize| to_the_end.get(index + 1).map_or(0, |next: &&[u8]| next.len() + 3);
    to_the_end.iter().enumerate().map(|(index, unit)| &unit[..unit.len() - next(index)]).collect()
}
