//! What `camwall check` says, in Japanese.

use crate::{Check, Folder, LoginFault, Probe};

pub const CHECK: Check = Check {
    no_mistakes: |file, has| format!("{file}：{has}、誤りなし"),
    has: |cameras, layouts, tours, walls| {
        let tours = if tours > 0 { format!("、巡回 {tours} 個") } else { String::new() };
        let walls = if walls > 1 { format!("、ウォール {walls} 面") } else { String::new() };
        format!("カメラ {cameras} 台、レイアウト {layouts} 個{tours}{walls}")
    },
    warning: |what| format!("{what}（警告）"),
    login: |camera, why| format!("カメラ {camera}：ログイン：{why}"),
    trust: |camera, why| format!("カメラ {camera}：信頼：{why}"),
    no_text: |why| format!("画面に文字を表示できません、内蔵フォント：{why}"),
    lacks: |camera, what| format!("カメラ `{camera}`：{what}"),
    layout_lacks: |layout, what| format!("レイアウト `{layout}`：{what}"),
    tour_lacks: |tour, what| format!("巡回 `{tour}`：{what}"),
    wall_lacks: |wall, what| format!("ウォール `{wall}`：{what}"),
    no_font: |characters, more, packages| {
        let more = if more > 0 { format!(" 他 {more} 文字") } else { String::new() };
        format!(
            "{characters}{more} を含むフォントがインストールされていません。`apt install {packages}`"
        )
    },
    no_own_font: |packages| {
        format!(
            "この言語の文字を含むフォントがないため、画面は英語になります。`apt install {packages}`"
        )
    },
    recordings: |folder, found| format!("録画：{folder}：{found}"),
    no_recordings: |why| format!("録画できません：{why}"),
    sandbox_off: "サンドボックス：設定ファイルの指定により無効",
    sandbox: |files, calls| format!("サンドボックス：{files}、{calls}"),
    files_by_landlock: |version| format!("ファイルは Landlock {version} で制限"),
    all_files: |why| format!("Landlock がないためファイルは無制限（{why}）"),
    calls_by_seccomp: "システムコールは seccomp で制限",
    all_calls: |why| format!("seccomp がないためシステムコールは無制限（{why}）"),
    not_offered: "このカーネルにはありません",
    refused: "カーネルに拒否されました",
    device_not_there: |device| {
        format!(
            "サンドボックス：{device} がありません。root のプログラムが使えるのは起動時にある\
             デバイスだけです"
        )
    },
    reached_itself: |whose, path| {
        format!(
            "サンドボックス：{whose}：{path} は `/` にあり、全体を許すことになるため {path} だけを\
             許可します：後でそこにマウントや配置をしたら再起動が必要です"
        )
    },
    out_of_reach: |whose, path| {
        format!(
            "サンドボックス：{whose}：{path} は `/` しかなく、全体を許すことになるため使えません：\
             それかその上のフォルダーを作って再起動してください"
        )
    },
    of_wall_file: "設定ファイル",
    of_recordings: "録画",
    of_authorities: |camera| format!("カメラ {camera}：認証局"),
    of_login: |camera| format!("カメラ {camera}：ログイン情報"),
    of_camera: |camera| format!("カメラ {camera}"),
    of_some_camera: "カメラ",
};

pub const FOLDER: Folder = Folder {
    not_a_folder: |path| {
        format!("{path} はフォルダーではありません。別の場所にするか、今あるものを移してください")
    },
    dead_link: |path| format!("{path} はリンク先がありません。ディスクはマウントされていますか"),
    denied: |_, path| {
        format!(
            "{path}：権限がありません。camwall を実行するユーザーに書き込み権を与えるか、別の\
             フォルダーを指定してください"
        )
    },
    read_only: |_, path| {
        format!(
            "{path}：ファイルシステムは読み取り専用です。書き込み可でマウントするか、別のフォルダーを\
             指定してください"
        )
    },
    full: |_, path| {
        format!("{path}：ディスクが満杯です。空きを作るか、別のフォルダーを指定してください")
    },
    unusable: |_, path, why| format!("{path}：{why}。別のフォルダーを指定してください"),
    marked_disk: "あり、目印あり、独立したディスク",
    marked: "あり、目印あり、独立したディスクではなくシステムのディスク上",
    unmarked_disk: "あり、独立したディスク、目印は最初の起動で付く",
    neither: "あるが目印がなく、何もマウントされていない",
    absent: |path| {
        format!(
            "{path} がありません。存在が必須の場合は作られません。ディスクをマウントしてください"
        )
    },
    hidden: |path, why| {
        format!("{path} は必須ですが、調べられません：{why}。ディスクをマウントしてください")
    },
    unmarked: |path, marker| {
        format!(
            "{path} に {marker} がなく、何もマウントされていません。ディスクをマウントしてください。\
             マウント済みなら、`must_exist` なしで一度起動して目印を付けてください"
        )
    },
};

pub const LOGIN: LoginFault = LoginFault {
    no_variable: |name| {
        format!("環境変数 `{name}` が設定されていません。`user:password` が必要です")
    },
    variable_not_text: |name| format!("環境変数 `{name}` が UTF-8 のテキストではありません"),
    no_credentials: |name| {
        format!(
            "クレデンシャル `{name}` のある `CREDENTIALS_DIRECTORY` が設定されていません。systemd が \
             `LoadCredential={name}:…` で設定します"
        )
    },
    unreadable: |path, why| format!("{path} が読めません：{why}"),
    variable_without_login: |name| format!("環境変数 `{name}` に `user:password` がありません"),
    file_without_login: |path| format!("{path} の最初の行に `user:password` がありません"),
    not_given: "カメラがログインを求めていますが、指定がありません。`--login` で場所を指定してください",
    others_read: |path, mode| {
        format!("他のユーザーが {path} を読めます（モード {mode}）：`chmod 600` を実行してください")
    },
    not_a_file: "通常のファイルではありません",
    long_line: "最初の行が長すぎます",
    not_text: "UTF-8 のテキストではありません",
};

pub const PROBE: Probe = Probe {
    camera: "カメラ",
    stream: "種別",
    codec: "符号化",
    size: "サイズ",
    fps: "枚/秒",
    gop: "GOP 秒",
    audio: "音声",
    login: "認証",
    first: "初回 ms",
    over: "経路",
    by: "方式",
    refused: "拒否",
    accepted: "成功",
    no_login: "なし",
    no_audio: "なし",
    trusted: "この PC が信頼",
    self_issued: "自己発行",
    certificate: |subject, until, trusted| format!("対象 {subject}、期限 {until}、{trusted}"),
    warned: |certificate, ending| format!("{certificate}、{ending}（警告）"),
    runs_out: |days| match days {
        0 => "今日で期限切れ".to_owned(),
        1 => "明日で期限切れ".to_owned(),
        days => format!("あと {days} 日で期限切れ"),
    },
    has_run_out: "期限切れ",
    no_authorities: |path, why| format!("認証局がありません：{path}：{why}"),
    large_authorities: "1 MiB を超えています",
    empty_authorities: "PEM 形式の証明書がありません",
    not_pem: "PEM ファイルではありません",
};
