//! The forms of RON: texts in quotes, lists, maps and structures, lengths of time and sizes.
//!
//! Pure. Policy: what is short stands on one line, what is long has a line for each part.

use std::path::Path;
use std::time::Duration;

use indexmap::IndexMap;

/// A line that is longer is broken.
const LINE: usize = 100;

/// The fields of a structure that have something to say.
#[derive(Default)]
pub(super) struct Fields(Vec<String>);

impl Fields {
    pub(super) fn add(&mut self, name: &str, value: impl AsRef<str>) -> &mut Self {
        self.0.push(format!("{name}: {}", value.as_ref()));
        self
    }

    /// Adds it where it is not as it would be anyway.
    pub(super) fn differing<T: PartialEq>(
        &mut self,
        name: &str,
        (value, default): (&T, &T),
        write: impl FnOnce(&T) -> String,
    ) -> &mut Self {
        if value != default {
            self.add(name, write(value));
        }
        self
    }

    /// The structure, or whatever stands before the bracket: on one line where it is short.
    pub(super) fn within(&self, before: &str) -> String {
        let line = format!("{before}({})", self.0.join(", "));
        if line.len() <= LINE && !line.contains('\n') {
            return line;
        }
        let lines: String =
            self.0.iter().map(|field| format!("    {},\n", deeper(field))).collect();
        format!("{before}(\n{lines})")
    }
}

/// In the largest unit that divides it: `"10min"`.
pub(super) fn write_duration(duration: Duration) -> String {
    let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
    let in_units = |units: &[(u64, &str)], amount: u64| {
        let unit = units.iter().find(|(unit, _)| amount.is_multiple_of(*unit));
        unit.map(|(unit, name)| format!("{}{name}", amount / unit)).unwrap_or_default()
    };
    let fine: &[(u64, &str)] = &[(1_000_000, "ms"), (1000, "us"), (1, "ns")];
    let coarse: &[(u64, &str)] = &[(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")];
    let text = match (seconds, nanos) {
        (0, 0) => "0s".to_owned(),
        (seconds, 0) => in_units(coarse, seconds),
        (0, nanos) => in_units(fine, nanos.into()),
        (seconds, nanos) => format!("{seconds}s {}", in_units(fine, nanos.into())),
    };
    quote(&text)
}

/// In the largest unit that divides it: `"500GB"`.
pub(super) fn write_size(bytes: u64) -> String {
    // Beyond, a number with a unit is not read to the byte.
    const EXACT: u64 = 1 << 53;
    let units = [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "kB")];
    let unit = units.iter().find(|(unit, _)| bytes.is_multiple_of(*unit));
    let text = match unit.filter(|_| (1..EXACT).contains(&bytes)) {
        Some((unit, name)) => format!("{}{name}", bytes / unit),
        None => format!("{bytes}B"),
    };
    quote(&text)
}

pub(super) fn path_of(path: &Path) -> String {
    quote(&path.to_string_lossy())
}

/// A text in quotes, as RON reads it.
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.extend(c.escape_unicode()),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

pub(super) fn list(texts: &[String]) -> String {
    items(texts.iter().map(|text| quote(text)))
}

/// A list: on one line where it is short.
pub(super) fn items(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    let line = format!("[{}]", items.join(", "));
    if line.len() <= LINE && !line.contains('\n') {
        return line;
    }
    let lines: String = items.iter().map(|item| format!("    {},\n", deeper(item))).collect();
    format!("[\n{lines}]")
}

/// A map, an entry a line.
pub(super) fn map<Value>(
    map: &IndexMap<String, Value>,
    write: impl Fn(&Value) -> String,
) -> String {
    let entry = |(key, value): (&String, &Value)| {
        format!("    {}: {},\n", quote(key), deeper(&write(value)))
    };
    format!("{{\n{}}}", map.iter().map(entry).collect::<String>())
}

/// The same, four columns further to the right.
fn deeper(text: &str) -> String {
    text.replace('\n', "\n    ")
}

/// Adds a setting of the wall, with what it means above it.
pub(super) fn section(text: &mut String, why: &str, name: &str, value: &str) {
    if !text.ends_with("(\n") {
        text.push('\n');
    }
    text.push_str(&comment(why, "    "));
    text.push_str(&format!("    {name}: {},\n", deeper(value)));
}

/// Lines of comment; nothing of the text gets out of them.
pub(super) fn comment(text: &str, indent: &str) -> String {
    let mut lines = Vec::new();
    for paragraph in text.split(['\n', '\r']).filter(|line| !line.trim().is_empty()) {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && line.len() + word.len() + indent.len() + 4 > LINE {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines.iter().map(|line| format!("{indent}// {line}\n")).collect()
}
