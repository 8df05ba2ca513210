//! What is found by rules, in Traditional Chinese.

use super::hint;
use super::reasons::url;
use crate::mistake::{AddressMistake, CameraMistake, RecordingMistake, Side, WallMistake};

pub fn camera(mistake: &CameraMistake) -> String {
    use CameraMistake as M;
    match mistake {
        M::NoCameras => "沒有攝影機；至少需要一部".into(),
        M::AddressAsId => "攝影機的 ID 是一個位址；位址應寫在 `main`".into(),
        M::IdIsPath { id } => format!(
            "攝影機 ID `{id}`：ID 會成為資料夾名稱，因此不可含 `/` 或 `\\`，也不可是 `.` 或 `..`"
        ),
        M::BlankLabel => "名稱空白；省略它就會顯示 ID".into(),
        M::LoginInName => "名稱中有登入資料，而畫面會顯示名稱".into(),
        M::RetinaOnlyRtsp => {
            "`via: Retina` 只能開啟 `rtsp://` 與 `rtsps://`；這裡請用 `Auto` 或 `Ffmpeg`".into()
        }
        M::LoginTwice { origin } => {
            format!("`login` 優先於位址 `{origin}` 中的登入資料；請將後者移除")
        }
        M::LoginInAddress { origin } => format!(
            "檔案中 `{origin}` 的位址含有登入資料；請用 `login: Credential(\"…\")` 或 `File(\"…\")` \
             放在檔案之外"
        ),
        M::EnvName => "`Env` 要寫存有 `user:password` 的環境變數名稱，例如 `GATE_LOGIN`".into(),
        M::CredentialName => "`Credential` 要寫存有 `user:password` 的憑據名稱，不含 `/` 與 `..`，\
                              例如 `gate`"
            .into(),
        M::LoginPath => "`File` 要寫存有 `user:password` 的檔案路徑".into(),
        M::LoginAsPath => {
            "`File` 要寫存有 `user:password` 的檔案路徑；名稱含 `:` 者以 `./` 開頭".into()
        }
        M::Area { side } => {
            let side = match side {
                Side::Width => "寬度",
                Side::Height => "高度",
            };
            format!("區域應在畫面{side}的 0 到 100 % 之內")
        }
        M::ManyAreas { most } => format!("遮罩最多 {most} 個區域"),
        M::HlsNotWeb => "`hls` 用於位址為 `http://` 或 `https://` 的攝影機".into(),
        M::OptionsUnused => "`options` 供 FFmpeg 使用；`via: Retina` 不會用到".into(),
        M::OptionName => "選項要有名稱，且不可含 NUL 字元".into(),
        M::OptionOurs { option } => {
            format!("`{option}` 不能設定：FFmpeg 可以開啟什麼由 camwall 決定")
        }
        M::RtspsOverUdp => "`rtsps://` 走 UDP：畫面會以明文傳送；請用 `transport: Tcp`".into(),
        M::AuthWithoutLogin => "`auth` 與登入有關，而這部攝影機沒有登入".into(),
        M::FingerprintMethod => {
            "指紋以 `sha256:` 開頭；`camwall check --probe` 會印出該寫在這裡的指紋".into()
        }
        M::FingerprintDigits => "指紋在 `sha256:` 之後有 64 位 0-9 a-f；`camwall check --probe` 會\
                                 印出該寫在這裡的指紋"
            .into(),
        M::CaPath => "`Ca` 要寫憑證授權單位的 PEM 檔路徑".into(),
        M::TrustInClear => {
            "`trust` 用於 `rtsps://`、`https://` 與 `rtmps://`；這部攝影機的位址沒有\
                            加密"
                .into()
        }
    }
}

pub fn address(mistake: &AddressMistake) -> String {
    use AddressMistake as M;
    match mistake {
        M::UnknownScheme { scheme, hint: right } => {
            format!("不支援的協定 `{scheme}`{}，或寫路徑", hint(right))
        }
        M::NotAScheme { hint: right } => {
            format!("`://` 之前的不是協定{}，或寫路徑", hint(right))
        }
        M::NoSource => "沒有來源；請寫如 `rtsp://10.0.0.11/stream1` 的 URL".into(),
        M::UntidySource => "來源不可含控制字元，前後不可有空格".into(),
        M::NothingFollows { scheme } => format!("只有 `{scheme}://` 不夠；請寫後面的內容"),
        M::NoHost { scheme } => format!("這個 `{scheme}://` URL 沒有主機"),
        M::NotAUrl { why, has_at: false } => format!("不是 URL（{}）", url(*why)),
        M::NotAUrl { why, has_at: true } => {
            format!("不是 URL（{}）；密碼中的 `#`、`/`、`?` 請寫成 `%23`、`%2F`、`%3F`", url(*why))
        }
        M::NoScheme => "沒有協定；攝影機請寫 `rtsp://…`，檔案請寫 `./…`".into(),
    }
}

pub fn wall(mistake: &WallMistake) -> String {
    use WallMistake as M;
    match mistake {
        M::UnknownLayout { setting, layout, hint: right } => {
            format!("`{setting}` 指定的版面不存在：`{layout}`{}", hint(right))
        }
        M::UnknownShown { shown, hint: right } => {
            format!("`show`：沒有名為 `{shown}` 的版面或輪播{}", hint(right))
        }
        M::SameName { name } => format!("版面與輪播同名 `{name}`；請替其中一個改名"),
        M::UnknownStep { layout, tour, hint: right } => {
            format!("輪播 `{tour}` 中有未知的版面 `{layout}`{}", hint(right))
        }
        M::TourInTour { shown, tour } => {
            format!("輪播 `{tour}` 顯示的 `{shown}` 是輪播；每一步應顯示版面")
        }
        M::Steps { most, steps } => format!("輪播應有 1 到 {most} 步，而不是 {steps}"),
        M::BesideWalls { setting } => {
            format!("`{setting}` 用於只有一面電視牆的檔案；有 `walls` 時請寫在各面電視牆裡")
        }
        M::ManyWalls { most, walls } => format!("電視牆最多 {most} 面，而不是 {walls} 面"),
        M::WallIsPath { wall } => {
            format!("電視牆 `{wall}`：名稱不可含 `/` 或 `\\`，也不可是 `.` 或 `..`")
        }
        M::SameMonitor { wall, other } => {
            format!("電視牆 `{wall}` 與 `{other}` 全螢幕占用同一個螢幕；請指定另一個")
        }
        M::EmptyNight => "夜間開始即結束".into(),
        M::WindowSide { most, side } => {
            format!("視窗的邊長為 1 到 {most} 像素，而不是 {side}")
        }
        M::BlankMonitor => "螢幕名稱不可空白；要用主螢幕請省略 `monitor`".into(),
        M::ManyRows { layout, rows, most } => {
            format!("版面 `{layout}` 有 {rows} 列；最多 {most} 列")
        }
        M::NoPlaces { layout } => format!("版面 `{layout}` 沒有位置；`\"\"` 可留一個空位"),
        M::Cells { setting, most, cells } => {
            format!("`{setting}` 為 1 到 {most}，而不是 {cells}")
        }
        M::UnknownCamera { camera, layout, hint: right } => {
            format!("版面 `{layout}` 中有未知的攝影機 `{camera}`{}", hint(right))
        }
        M::TileOfOne { layout } => {
            format!("版面 `{layout}` 的畫格只顯示一項：請寫 `camera`、`tour` 或 `hotspot: true`")
        }
        M::HotspotAlone { layout } => format!("版面 `{layout}` 只有熱點畫格，沒有其他可選取的畫格"),
        M::TilesMeet { tile, other, layout } => format!(
            "版面 `{layout}` 中 `{tile}` 的畫格蓋住了 `{other}`；請移開，或加上 `overlap: true` 做子母\
             畫面"
        ),
        M::AtLeastOne { setting } => format!("`{setting}` 至少要是 1"),
        M::TileTooFar { camera, setting, reached, layout, last } => format!(
            "`{camera}` 的畫格到達 `{setting}` {reached}；版面 `{layout}` 只到 `{setting}` {last}"
        ),
    }
}

pub fn recording(mistake: &RecordingMistake) -> String {
    use RecordingMistake as M;
    match mistake {
        M::FolderPath => "`dir` 是如 \"recordings\" 的資料夾路徑，不可含 NUL 字元".into(),
        M::Tilde => "`dir`：這裡的 `~` 不是家目錄，而是同名的資料夾".into(),
        M::NeverCounts { per_camera, total } => {
            format!("`per_camera` 的 {per_camera} 永遠不會生效：`total` 只有 {total}")
        }
        M::SameFolder { id, other } => {
            format!("攝影機 ID `{id}` 會錄到 `{other}` 的資料夾；請更改其中之一")
        }
        M::OnlyCase { id, other } => format!(
            "攝影機 ID `{other}` 與 `{id}` 只有大小寫不同；在不分大小寫的磁碟上，錄影會放進同一個資料夾"
        ),
    }
}
