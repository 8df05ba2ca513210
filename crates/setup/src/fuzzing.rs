//! What no list may do, for the target `import` in `fuzz/`.
//!
//! Runs on the caller's thread. Policy: a promise that is broken is a panic, which is what a fuzzer
//! looks for. The test below replays the corpus, so that what was found once is never lost.

use camwall_config::{ConfigErrors, Wall};

use crate::import::{Imported, read};

/// A password that may stand in an address and nowhere else.
const CANARY: &str = "Zq7canary";

/// A list is read or refused; what it makes is a wall that reads back as it is, or one whose file
/// says what is wrong with it; and no login of an address gets into it, nor into what is told.
///
/// # Panics
/// Where that is not so.
pub fn import(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    // As a password, and not as a name or a path.
    let known = text.matches(&format!(":{CANARY}@")).count();
    let secret = known > 0 && known == text.matches(CANARY).count();
    let Imported { draft, told, .. } = match read(bytes) {
        Ok(imported) => imported,
        Err(error) => {
            let said = format!("{error} {error:?}");
            return assert!(!(secret && said.contains(CANARY)), "a password in: {said}");
        }
    };
    let (wall, logins) = draft.finish();
    for kept in &logins {
        let (user, password) = (kept.login.user(), kept.login.password());
        assert!(!user.is_empty() && !user.contains(':'), "no `user:password`");
        assert!(!format!("{user}{password}").contains(['\n', '\r']), "more than a line");
    }
    let cameras = wall.cameras.values();
    let mut addresses = cameras.flat_map(|it| [Some(&it.main), it.sub.as_ref()]).flatten();
    assert!(addresses.all(|address| !address.has_user_info()), "a login in an address");
    let written = wall.write("Made by a fuzzer.");
    let said = format!("{told:?} {}", told.iter().map(ToString::to_string).collect::<String>());
    assert!(!(secret && said.contains(CANARY)), "a password in: {said}");
    match Wall::parse(&written, "wall.ron") {
        Ok(loaded) => assert_eq!(loaded.wall, wall, "read back as another wall"),
        Err(ConfigErrors::Wrong(mistakes)) => {
            // Only where an address asks for what no wall has.
            let shown = format!("{mistakes:?}");
            assert!(!(secret && shown.contains(CANARY)), "a password in: {shown}");
        }
        Err(error @ ConfigErrors::Unreadable { .. }) => panic!("nothing is read: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;

    /// The lists of the importers' own tests.
    const LISTS: [&str; 4] = [
        include_str!("import/fixtures/table.csv"),
        include_str!("import/fixtures/list.m3u"),
        include_str!("import/fixtures/cctv-viewer.conf"),
        include_str!("import/fixtures/monitor1.yml"),
    ];

    /// What changes most.
    const PIECES: [&str; 12] = [
        "\n",
        "\"",
        "\\",
        ",",
        ";",
        "[",
        "}",
        "rtsp://op:Zq7canary@h/1",
        "-1",
        "99999999999",
        "#EXT",
        "'",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn lists_that_were_changed_keep_every_promise(
            list in prop::sample::select(LISTS.to_vec()),
            edits in prop::collection::vec((any::<prop::sample::Index>(), 0usize..6, prop::sample::select(PIECES.to_vec())), 1..5),
        ) {
            let mut bytes = list.replace("canary", CANARY).into_bytes();
            for (at, length, piece) in edits {
                let at = at.index(bytes.len() + 1);
                let end = (at + length).min(bytes.len());
                bytes.splice(at..end, piece.bytes());
            }
            import(&bytes);
        }
    }

    #[test]
    fn the_corpus_of_lists_keeps_every_promise() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/import");
        let files: Vec<_> = std::fs::read_dir(folder).expect("the corpus").collect();
        assert!(files.len() >= 6, "the corpus is gone");
        for file in files {
            let path = file.expect("an entry").path();
            let bytes = std::fs::read(&path).expect("readable");
            let kept = std::panic::catch_unwind(|| import(&bytes)).is_ok();
            assert!(kept, "{}", path.display());
        }
    }
}
