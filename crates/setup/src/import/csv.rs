//! Tables of cameras: a row a camera, by commas, semicolons or tabs.
//!
//! Pure. Policies: what a column is is told by its heading, in the words that people use; without
//! headings the first column with addresses is the main stream, the second the smaller one, and the
//! first of texts the name. A login in columns without a heading is not guessed.

use ::csv::{ReaderBuilder, StringRecord, Trim};
use camwall_address::Login as Credentials;
use indexmap::IndexMap;

use super::m3u::add_groups;
use super::{Format, Groups, ImportError, List};
use crate::draft::Given;
use crate::remark::{Place, What};

/// What separates columns.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// What a column holds, and the headings that say so, in small letters without anything between.
const HEADINGS: [(Column, &[&str]); 6] = [
    (
        Column::Name,
        &[
            "name",
            "label",
            "title",
            "camera",
            "cameraname",
            "kamera",
            "kameraname",
            "bezeichnung",
            "channel",
            "id",
        ],
    ),
    (
        Column::Main,
        &[
            "url",
            "main",
            "mainurl",
            "mainstream",
            "address",
            "rtsp",
            "rtspurl",
            "stream",
            "streamurl",
            "uri",
            "source",
            "link",
            "adresse",
            "hauptstrom",
        ],
    ),
    (
        Column::Sub,
        &["sub", "suburl", "substream", "substreamurl", "second", "secondary", "low", "nebenstrom"],
    ),
    (Column::User, &["user", "username", "login", "benutzer", "benutzername"]),
    (Column::Password, &["password", "pass", "passwd", "pwd", "passwort", "kennwort"]),
    (
        Column::Group,
        &["group", "groupname", "layout", "location", "site", "gruppe", "ort", "standort"],
    ),
];

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Column {
    Name,
    Main,
    Sub,
    User,
    Password,
    Group,
}

/// Reads the table.
pub(super) fn read(text: &str, list: &mut List) -> Result<(), ImportError> {
    let rows = rows(text)?;
    let Some((_, first)) = rows.first() else { return Ok(()) };
    let (columns, has_headings) = match headed(first) {
        Some(columns) => (columns, true),
        None => (by_content(&rows), false),
    };
    let mut groups = Groups::new();
    for (line, row) in rows.iter().skip(usize::from(has_headings)) {
        let place = Place::Line(*line);
        let cell = |column| {
            let index = columns.get(&column).copied()?;
            row.get(index).filter(|cell| !cell.is_empty())
        };
        let Some(main) = cell(Column::Main) else {
            list.tell(place, What::NoAddress);
            continue;
        };
        let login = cell(Column::User)
            .map(|user| Credentials::new(user, cell(Column::Password).unwrap_or_default()));
        let given = Given {
            name: cell(Column::Name).map(str::to_owned),
            main: main.into(),
            sub: cell(Column::Sub).map(Into::into),
            login,
        };
        list.add_to(&mut groups, cell(Column::Group).map(str::to_owned), place, given)?;
        if !has_headings && row.iter().filter(|cell| !cell.is_empty()).count() > columns.len() {
            list.tell(place, What::Columns);
        }
    }
    add_groups(list, groups);
    Ok(())
}

/// The rows that are not empty, each with the number of its line, by the separator that is used.
fn rows(text: &str) -> Result<Vec<(usize, StringRecord)>, ImportError> {
    let count = |separator: &u8| {
        // What stands in quotes is no separator; of addresses `;` and `,` may be a part.
        let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let outside = line.split('"').step_by(2);
        outside.map(|part| part.bytes().filter(|byte| byte == separator).count()).sum::<usize>()
    };
    let separator = SEPARATORS.into_iter().rev().max_by_key(count).unwrap_or(b',');
    let mut reader = ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .comment(Some(b'#'))
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|error| {
            let line = line_of(text, error.position());
            ImportError::Broken { format: Format::Csv, line }
        })?;
        if row.iter().any(|cell| !cell.is_empty()) {
            rows.push((line_of(text, row.position()), row));
        }
    }
    Ok(rows)
}

/// The line of a row, from 1. The reader's own number is wrong where lines end with `\r\n`.
fn line_of(text: &str, position: Option<&::csv::Position>) -> usize {
    let at = position.and_then(|at| usize::try_from(at.byte()).ok()).unwrap_or_default();
    let (before, behind) = text.as_bytes().split_at(at.min(text.len()));
    let blank = behind.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    let ends = before.iter().chain(blank).filter(|byte| **byte == b'\n');
    ends.count() + 1
}

/// The columns by their headings; nothing where the row holds none of an address.
fn headed(row: &StringRecord) -> Option<IndexMap<Column, usize>> {
    let mut columns = IndexMap::new();
    for (index, heading) in row.iter().enumerate() {
        let letters = heading.chars().filter(|c| c.is_alphanumeric());
        let heading: String = letters.flat_map(char::to_lowercase).collect();
        let known = HEADINGS.iter().find(|(_, words)| words.contains(&heading.as_str()));
        if let Some((column, _)) = known {
            columns.entry(*column).or_insert(index);
        }
    }
    columns.contains_key(&Column::Main).then_some(columns)
}

/// The columns by what stands in them.
fn by_content(rows: &[(usize, StringRecord)]) -> IndexMap<Column, usize> {
    let width = rows.iter().map(|(_, row)| row.len()).max().unwrap_or_default();
    let has = |index: usize, wanted: fn(&str) -> bool| {
        rows.iter().any(|(_, row)| row.get(index).is_some_and(wanted))
    };
    let is_address = |cell: &str| cell.contains("://");
    let mut addresses = (0..width).filter(|index| has(*index, is_address));
    let mut columns = IndexMap::new();
    columns.extend(addresses.next().map(|index| (Column::Main, index)));
    columns.extend(addresses.next().map(|index| (Column::Sub, index)));
    let is_text = |cell: &str| !cell.contains("://") && cell.contains(char::is_alphabetic);
    let main = columns.get(&Column::Main).copied().unwrap_or(width);
    // A name stands before the address; what is behind it may be a login.
    columns.extend((0..main).find(|index| has(*index, is_text)).map(|index| (Column::Name, index)));
    columns
}
