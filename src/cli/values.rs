//! Values of options: a login, a length of time between status lines, a size.
//!
//! Pure; runs on the main thread. Policy: no message repeats what may be a password.

use std::time::Duration;

use camwall_config::Login;

/// A login as the wall file spells it; quotes may be left out, for a shell takes them.
pub(super) fn parse_login(text: &str) -> Result<Login, String> {
    let wrong = || "write it as Env(NAME), File(PATH) or Credential(NAME)".to_owned();
    let (word, rest) = text.trim().split_once('(').ok_or_else(wrong)?;
    let name = rest.strip_suffix(')').ok_or_else(wrong)?.trim();
    let name = name.strip_prefix('"').and_then(|it| it.strip_suffix('"')).unwrap_or(name);
    if name.is_empty() || name.contains('"') {
        return Err(wrong());
    }
    match word.trim() {
        "Env" if !name.contains(['=', ':', '\0']) => Ok(Login::Env(name.to_owned())),
        "Credential" if !name.contains(['/', ':', '\0']) && !name.contains("..") => {
            Ok(Login::Credential(name.to_owned()))
        }
        "File" => Ok(Login::File(name.into())),
        _ => Err(wrong()),
    }
}

pub(super) fn parse_status_every(text: &str) -> Result<Duration, String> {
    let allowed = Duration::from_millis(50)..=Duration::from_secs(3600);
    let every = humantime::parse_duration(text).map_err(|why| why.to_string())?;
    allowed.contains(&every).then_some(every).ok_or_else(|| "it is 50ms to 1h".to_owned())
}

/// Largest side of a picture, px: what every Vulkan driver of the last ten years takes as a target.
const MAX_SIDE: u32 = 16384;

pub(super) fn parse_size(text: &str) -> Result<(u32, u32), String> {
    let wrong = || format!("`{text}` is no size; write it as 1920x1080, up to {MAX_SIDE} a side");
    let (width, height) = text.split_once(['x', 'X', '×']).ok_or_else(wrong)?;
    let side = |text: &str| {
        let side: u32 = text.trim().parse().ok()?;
        (1..=MAX_SIDE).contains(&side).then_some(side)
    };
    side(width).zip(side(height)).ok_or_else(wrong)
}
