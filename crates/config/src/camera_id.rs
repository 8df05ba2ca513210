//! What a camera's id becomes where it names a folder.
//!
//! Pure. Policy: a folder never leaves the recording folder, whatever the camera is called, and two
//! cameras never share one.

/// Longest folder name, bytes; file names add 40 to it and systems allow 255.
const LONGEST: usize = 120;

/// The folder of a camera: its id where that is a plain name, else a plain form of it with a few
/// digits of its hash, so that two cameras never share a folder.
#[must_use]
pub fn folder_of(id: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ');
    let sound = id.chars().all(plain)
        && !id.starts_with(['.', '-', ' '])
        && !id.ends_with(['.', ' '])
        && !id.is_empty()
        && id.len() <= LONGEST;
    if sound {
        return id.to_owned();
    }
    let mut name: String = id.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    while name.len() > LONGEST - 9 {
        name.pop();
    }
    let name = name.trim_matches(['.', '-', ' ']);
    format!("{name}_{}", &blake3::hash(id.as_bytes()).to_hex()[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_stay_inside_and_apart() {
        for plain in ["gate", "Küche Süd", "cam_1", "a.b"] {
            assert_eq!(folder_of(plain), plain);
        }
        let odd = ["..", "../x", "a/b", "a\\b", "", ".hidden", "x ", "-rf", "a:b", "a?b"];
        let mut seen: Vec<String> = odd.iter().map(|id| folder_of(id)).collect();
        for name in &seen {
            assert!(!name.contains(['/', '\\']) && !name.starts_with('.'), "{name}");
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), odd.len());
        assert!(folder_of(&"ä".repeat(200)).len() <= LONGEST);
    }
}
