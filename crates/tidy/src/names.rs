//! Which files use a word: as code, not in comments or text.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use proc_macro2::{TokenStream, TokenTree};

/// Every identifier and keyword of a file's text.
///
/// # Errors
/// If the text is not made of Rust's tokens.
pub fn idents(text: &str) -> Result<BTreeSet<String>, proc_macro2::LexError> {
    fn collect(tokens: TokenStream, found: &mut BTreeSet<String>) {
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    found.insert(ident.to_string());
                }
                TokenTree::Group(group) => collect(group.stream(), found),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }
    let mut found = BTreeSet::new();
    collect(text.parse()?, &mut found);
    Ok(found)
}

/// The Rust files among `files`, below `root`, that use one of `words`: paths from `root` on, sorted.
///
/// # Errors
/// If a file cannot be read or is no Rust.
pub fn files_naming(root: &Path, files: &[PathBuf], words: &[&str]) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for file in files {
        let text = fs::read_to_string(file)?;
        let idents = idents(&text)
            .map_err(|error| io::Error::other(format!("{}: {error}", file.display())))?;
        if words.iter().any(|&word| idents.contains(word)) {
            found.push(file.strip_prefix(root).unwrap_or(file).display().to_string());
        }
    }
    Ok(found)
}

/// All Rust files below the folders, sorted; an absent folder has none.
///
/// # Errors
/// If a folder cannot be read.
pub fn rust_files(folders: &[PathBuf]) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = folders.to_vec();
    while let Some(folder) = folders.pop() {
        if !folder.exists() {
            continue;
        }
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_code_count_and_words_in_comments_and_text_do_not() {
        let found = idents(
            "//! wgpu\n/* wgpu */ fn f() { let text = \"wgpu\"; unsafe { g(r#\"wgpu\"#) } }",
        );
        let found = found.expect("Rust");
        assert!(found.contains("unsafe") && found.contains("g"), "{found:?}");
        assert!(!found.contains("wgpu"), "{found:?}");
        assert!(idents("use a::wgpu as b;").expect("Rust").contains("wgpu"));
    }
}
