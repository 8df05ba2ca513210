//! The INI files in which Qt keeps settings: sections, keys, and values with Qt's escapes.
//!
//! Pure. Policy: only what a setting in quotes can hold is read; what is cut off or no escape stands
//! as it is.

/// The value of `key` in `[section]`, without quotes and escapes, and the line it stands in, from 1.
pub(super) fn setting(text: &str, section: &str, key: &str) -> Option<(String, usize)> {
    let mut inside = false;
    for (line, number) in text.lines().map(str::trim).zip(1..) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            inside = name == section;
        } else if inside
            && let Some((name, value)) = line.split_once('=')
            && name.trim() == key
        {
            return Some((plain(value.trim()), number));
        }
    }
    None
}

fn push(units: &mut Vec<u16>, c: char) {
    units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
}

/// A value as the program has it.
fn plain(value: &str) -> String {
    let quoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let mut rest = quoted.unwrap_or(value).chars().peekable();
    let mut units: Vec<u16> = Vec::new();
    while let Some(c) = rest.next() {
        if c != '\\' {
            push(&mut units, c);
            continue;
        }
        match rest.next() {
            Some('x') => {
                let mut number = 0u32;
                while let Some(digit) = rest.peek().and_then(|c| c.to_digit(16)) {
                    number = (number << 4 | digit) & 0xffff;
                    rest.next();
                }
                // A half of a character beyond 16 bits comes as two such numbers.
                units.push(u16::try_from(number).unwrap_or(0xfffd));
            }
            Some('n') => push(&mut units, '\n'),
            Some('r') => push(&mut units, '\r'),
            Some('t') => push(&mut units, '\t'),
            Some(c) => push(&mut units, c),
            None => {}
        }
    }
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_qt_writes_them() {
        let text = "[General]\nmodels=no\n\n[Viewports]\nother=1\nmodels=\"[{\\\"a\\\": \\\"T\\xfcr \\x6771\\\"}]\"\n";
        assert_eq!(setting(text, "Viewports", "models"), Some(("[{\"a\": \"Tür 東\"}]".into(), 6)));
        assert_eq!(setting(text, "General", "models"), Some(("no".into(), 2)));
        assert_eq!(setting(text, "Viewports", "model"), None);
        assert_eq!(plain("\"\\xd83d\\xde00\""), "😀");
        assert_eq!(plain("\"a\\\\b\\n\\\"\\"), "\"a\\b\n\"");
    }
}
