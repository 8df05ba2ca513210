//! The status lines as others read them: every field must be there, and no other.

use serde::Deserialize;

/// One line.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusLine {
    pub t: f64,
    pub fps: f64,
    pub config: ConfigLine,
    /// None where the wall file has no `walls`.
    #[serde(default)]
    pub walls: Vec<WallLine>,
    pub cameras: Vec<CameraLine>,
}

/// One wall in it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WallLine {
    pub name: String,
    #[serde(deserialize_with = "present")]
    pub monitor: Option<String>,
    pub state: String,
}

/// What came of the wall file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigLine {
    pub generation: u64,
    pub mistakes: usize,
    pub restart: bool,
}

/// One camera in it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CameraLine {
    pub id: String,
    pub state: String,
    pub stream: String,
    #[serde(deserialize_with = "present")]
    pub codec: Option<String>,
    pub width: u32,
    pub height: u32,
    pub fps_decoded: f64,
    pub fps_shown: f64,
    pub dropped: u64,
    #[serde(deserialize_with = "present")]
    pub frame_age_ms: Option<u64>,
    pub bitrate_kbps: u64,
    pub reconnects: u64,
    pub state_ms: u64,
    pub warnings: Vec<String>,
    #[serde(deserialize_with = "present")]
    pub late_ms: Option<u64>,
    pub lost: u64,
    pub errors: u64,
    pub memory: u64,
    pub recording: bool,
    #[serde(deserialize_with = "present")]
    pub record_fault: Option<String>,
}

/// serde takes a missing `Option` for `None`, unless it is read by a function.
fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer)
}

impl StatusLine {
    /// Reads one line.
    pub fn parse(line: &str) -> Self {
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"))
    }

    /// A camera by its id.
    pub fn camera(&self, id: &str) -> &CameraLine {
        let found = self.cameras.iter().find(|camera| camera.id == id);
        found.unwrap_or_else(|| panic!("no camera {id} in {self:#?}"))
    }

    /// Whether a camera is in a state.
    pub fn is(&self, id: &str, state: &str) -> bool {
        self.camera(id).state == state
    }

    /// Whether all cameras are live and moving.
    pub fn all_live(&self) -> bool {
        self.cameras.iter().all(CameraLine::is_live)
    }
}

impl CameraLine {
    /// Live, and with new pictures on the wall.
    pub fn is_live(&self) -> bool {
        self.state == "live" && self.fps_shown > 0.0
    }
}
