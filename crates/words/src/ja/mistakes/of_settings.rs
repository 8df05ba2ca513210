//! What is found by rules, in Japanese.

use super::hint;
use super::reasons::url;
use crate::mistake::{AddressMistake, CameraMistake, RecordingMistake, Side, WallMistake};

pub fn camera(mistake: &CameraMistake) -> String {
    use CameraMistake as M;
    match mistake {
        M::NoCameras => "カメラがありません。少なくとも一台必要です".into(),
        M::AddressAsId => "カメラの ID にアドレスが書かれています。`main` に書いてください".into(),
        M::IdIsPath { id } => format!(
            "カメラの ID `{id}`：ID はフォルダー名になるため、`/` と `\\` を含められず、`.` と `..` も\
             使えません"
        ),
        M::BlankLabel => "名前が空白です。省略すると ID が表示されます".into(),
        M::LoginInName => "タイルに表示される名前にログイン情報があります".into(),
        M::RetinaOnlyRtsp => {
            "`via: Retina` が開けるのは `rtsp://` と `rtsps://` だけです。ここでは \
                              `Auto` か `Ffmpeg` を使ってください"
                .into()
        }
        M::LoginTwice { origin } => format!(
            "アドレス `{origin}` のログイン情報より `login` が優先されます。アドレスから取り除いて\
             ください"
        ),
        M::LoginInAddress { origin } => format!(
            "ファイル内の `{origin}` のアドレスにログイン情報があります。\
             `login: Credential(\"…\")` か `File(\"…\")` でファイルの外に置いてください"
        ),
        M::EnvName => {
            "`Env` には `user:password` を持つ環境変数の名前を書きます（例：`GATE_LOGIN`）".into()
        }
        M::CredentialName => {
            "`Credential` には `user:password` を持つクレデンシャルの名前を書きます。\
                              `/` と `..` は使えません（例：`gate`）"
                .into()
        }
        M::LoginPath => "`File` には `user:password` を持つファイルのパスを書きます".into(),
        M::LoginAsPath => {
            "`File` には `user:password` を持つファイルのパスを書きます。名前に `:` を\
                           含む場合は `./` で始めます"
                .into()
        }
        M::Area { side } => {
            let side = match side {
                Side::Width => "幅",
                Side::Height => "高さ",
            };
            format!("領域は映像の{side}の 0～100 % の中に収めます")
        }
        M::ManyAreas { most } => format!("マスクの領域は {most} 個までです"),
        M::HlsNotWeb => "`hls` は `http://` か `https://` のアドレスのカメラ用です".into(),
        M::OptionsUnused => "`options` は FFmpeg 用です。`via: Retina` では使われません".into(),
        M::OptionName => "オプションには名前が必要で、NUL 文字は使えません".into(),
        M::OptionOurs { option } => {
            format!("`{option}` は設定できません：FFmpeg が開けるものは camwall が決めます")
        }
        M::RtspsOverUdp => "`rtsps://` で UDP：映像が暗号化されずに流れます。`transport: Tcp` を\
                            使ってください"
            .into(),
        M::AuthWithoutLogin => {
            "`auth` はログインの設定ですが、このカメラにはログインがありません".into()
        }
        M::FingerprintMethod => {
            "フィンガープリントは `sha256:` で始まります。書く値は `camwall check \
                                 --probe` が表示します"
                .into()
        }
        M::FingerprintDigits => {
            "フィンガープリントは `sha256:` の後に 0-9 a-f が 64 桁です。書く値は \
                                 `camwall check --probe` が表示します"
                .into()
        }
        M::CaPath => "`Ca` には認証局の PEM ファイルのパスを書きます".into(),
        M::TrustInClear => {
            "`trust` は `rtsps://`、`https://`、`rtmps://` 用です。このカメラのアドレスは\
                            暗号化されていません"
                .into()
        }
    }
}

pub fn address(mistake: &AddressMistake) -> String {
    use AddressMistake as M;
    match mistake {
        M::UnknownScheme { scheme, hint: right } => {
            format!("対応していないスキーム `{scheme}`{}、またはパス", hint(right))
        }
        M::NotAScheme { hint: right } => {
            format!("`://` の前がスキームではありません{}、またはパス", hint(right))
        }
        M::NoSource => {
            "ソースがありません。`rtsp://10.0.0.11/stream1` のような URL を書いてください".into()
        }
        M::UntidySource => "ソースには制御文字と前後の空白は使えません".into(),
        M::NothingFollows { scheme } => {
            format!("`{scheme}://` だけでは足りません。続きを書いてください")
        }
        M::NoHost { scheme } => format!("この `{scheme}://` の URL にはホストがありません"),
        M::NotAUrl { why, has_at: false } => format!("URL ではありません（{}）", url(*why)),
        M::NotAUrl { why, has_at: true } => format!(
            "URL ではありません（{}）。パスワードの `#`、`/`、`?` は `%23`、`%2F`、`%3F` と書きます",
            url(*why)
        ),
        M::NoScheme => {
            "スキームがありません。カメラは `rtsp://…`、ファイルは `./…` と書いてください".into()
        }
    }
}

pub fn wall(mistake: &WallMistake) -> String {
    use WallMistake as M;
    match mistake {
        M::UnknownLayout { setting, layout, hint: right } => {
            format!("`{setting}` のレイアウトがありません：`{layout}`{}", hint(right))
        }
        M::UnknownShown { shown, hint: right } => {
            format!("`show`：レイアウトにも巡回にも `{shown}` はありません{}", hint(right))
        }
        M::SameName { name } => {
            format!("レイアウトと巡回が同じ名前 `{name}` です。どちらかを変えてください")
        }
        M::UnknownStep { layout, tour, hint: right } => {
            format!("巡回 `{tour}` に不明なレイアウト `{layout}`{}", hint(right))
        }
        M::TourInTour { shown, tour } => {
            format!("巡回 `{tour}` の `{shown}` は巡回です。手順にはレイアウトを指定してください")
        }
        M::Steps { most, steps } => format!("巡回の手順は 1～{most} です（指定値：{steps}）"),
        M::BesideWalls { setting } => format!(
            "`{setting}` はウォールが一つのファイル用です。`walls` では各ウォールに書いてください"
        ),
        M::ManyWalls { most, walls } => format!("ウォールは最大 {most} です（指定値：{walls}）"),
        M::WallIsPath { wall } => {
            format!("ウォール `{wall}`：名前に `/` と `\\` は使えず、`.` と `..` も使えません")
        }
        M::SameMonitor { wall, other } => format!(
            "ウォール `{wall}` が `{other}` と同じモニターを全画面で使います。別のモニターを指定してください"
        ),
        M::EmptyNight => "夜の開始と終了が同じです".into(),
        M::WindowSide { most, side } => {
            format!("ウィンドウの一辺は 1～{most} ピクセルです（指定値：{side}）")
        }
        M::BlankMonitor => {
            "モニターの名前が空白です。主モニターを使うなら `monitor` を省略してください".into()
        }
        M::ManyRows { layout, rows, most } => {
            format!("レイアウト `{layout}` は {rows} 行あります。最大 {most} 行です")
        }
        M::NoPlaces { layout } => {
            format!("レイアウト `{layout}` に場所がありません。`\"\"` で空の場所になります")
        }
        M::Cells { setting, most, cells } => {
            format!("`{setting}` は 1～{most} です（指定値：{cells}）")
        }
        M::UnknownCamera { camera, layout, hint: right } => {
            format!("レイアウト `{layout}` に不明なカメラ `{camera}`{}", hint(right))
        }
        M::TileOfOne { layout } => format!(
            "レイアウト `{layout}` のタイルは一つだけを表示します。`camera`、`tour`、`hotspot: true` のどれかを書いてください"
        ),
        M::HotspotAlone { layout } => {
            format!("レイアウト `{layout}` にはホットスポットのほかに選択できるタイルがありません")
        }
        M::TilesMeet { tile, other, layout } => format!(
            "レイアウト `{layout}` でタイル `{tile}` が `{other}` に重なっています。移動するか、\
             ピクチャー・イン・ピクチャーなら `overlap: true` を加えてください"
        ),
        M::AtLeastOne { setting } => format!("`{setting}` は 1 以上です"),
        M::TileTooFar { camera, setting, reached, layout, last } => format!(
            "タイル `{camera}` が `{setting}` {reached} に達しています。レイアウト `{layout}` は \
             `{setting}` {last} までです"
        ),
    }
}

pub fn recording(mistake: &RecordingMistake) -> String {
    use RecordingMistake as M;
    match mistake {
        M::FolderPath => {
            "`dir` には \"recordings\" のようなフォルダーのパスを書きます。NUL 文字は使えません"
                .into()
        }
        M::Tilde => "`dir`：ここでの `~` はホームではなく、その名前のフォルダーです".into(),
        M::NeverCounts { per_camera, total } => {
            format!("`per_camera` の {per_camera} は効きません：`total` は {total} だけです")
        }
        M::SameFolder { id, other } => format!(
            "カメラの ID `{id}` は `{other}` と同じフォルダーに録画されます。どちらかを変えてください"
        ),
        M::OnlyCase { id, other } => format!(
            "カメラの ID `{other}` と `{id}` は大文字と小文字だけが違います。区別しないディスクでは\
             録画が同じフォルダーに入ります"
        ),
    }
}
