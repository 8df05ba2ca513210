//! What the threads of a camera are called.
//!
//! Pure.

/// `gate.demux`: Linux shows 15 bytes, so a long name loses its end rather than the role.
pub fn thread_name(id: &str, role: &str) -> String {
    let mut end = id.len().min(15 - 1 - role.len());
    while !id.is_char_boundary(end) {
        end -= 1;
    }
    // A zero byte would make the thread's creation panic.
    format!("{}.{role}", id[..end].replace('\0', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thread_names_fit() {
        assert_eq!(thread_name("gate", "decode"), "gate.decode");
        assert_eq!(thread_name("loading-bay-3", "decode"), "loading-.decode");
        assert_eq!(thread_name("Küche Süd", "demux"), "Küche S.demux");
        assert!(thread_name("ääääääääääää", "decode").len() <= 15);
    }
}
