//! What `camwall check` says, in Traditional Chinese.

use crate::{Check, Folder, LoginFault, Probe};

pub const CHECK: Check = Check {
    no_mistakes: |file, has| format!("{file}：{has}，沒有錯誤"),
    has: |cameras, layouts, tours, walls| {
        let tours = if tours > 0 { format!("、{tours} 個輪播") } else { String::new() };
        let walls = if walls > 1 { format!("、{walls} 面電視牆") } else { String::new() };
        format!("{cameras} 部攝影機、{layouts} 個版面{tours}{walls}")
    },
    warning: |what| format!("{what}（警告）"),
    login: |camera, why| format!("攝影機 {camera}：登入：{why}"),
    trust: |camera, why| format!("攝影機 {camera}：信任：{why}"),
    no_text: |why| format!("畫面上沒有文字，內建字型：{why}"),
    lacks: |camera, what| format!("攝影機 `{camera}`：{what}"),
    layout_lacks: |layout, what| format!("版面 `{layout}`：{what}"),
    tour_lacks: |tour, what| format!("輪播 `{tour}`：{what}"),
    wall_lacks: |wall, what| format!("電視牆 `{wall}`：{what}"),
    no_font: |characters, more, packages| {
        let more = if more > 0 { format!("，還有 {more} 個字") } else { String::new() };
        format!("已安裝的字型都沒有 {characters}{more}；`apt install {packages}`")
    },
    no_own_font: |packages| {
        format!("已安裝的字型都沒有這個語言的文字，因此畫面改用英文；`apt install {packages}`")
    },
    recordings: |folder, found| format!("錄影：{folder}：{found}"),
    no_recordings: |why| format!("無法錄影：{why}"),
    sandbox_off: "沙箱：依設定檔關閉",
    sandbox: |files, calls| format!("沙箱：{files}，{calls}"),
    files_by_landlock: |version| format!("檔案由 Landlock {version} 限制"),
    all_files: |why| format!("檔案不受限制，因為沒有 Landlock（{why}）"),
    calls_by_seccomp: "系統呼叫由 seccomp 限制",
    all_calls: |why| format!("系統呼叫不受限制，因為沒有 seccomp（{why}）"),
    not_offered: "這個核心不提供",
    refused: "核心拒絕了",
    device_not_there: |device| {
        format!("沙箱：{device} 不存在，而 root 的程式只能使用啟動時已存在的裝置")
    },
    reached_itself: |whose, path| {
        format!(
            "沙箱：{whose}：{path} 在 `/` 之下，開放 `/` 等於開放全部，因此只能使用 {path} 本身：\
             之後掛載或放到那裡的，需要重新啟動"
        )
    },
    out_of_reach: |whose, path| {
        format!(
            "沙箱：{whose}：{path} 只有 `/` 存在，開放 `/` 等於開放全部，因此無法使用：請建立它或上層\
             資料夾，再重新啟動"
        )
    },
    of_wall_file: "設定檔",
    of_recordings: "錄影",
    of_authorities: |camera| format!("攝影機 {camera}：其憑證授權單位"),
    of_login: |camera| format!("攝影機 {camera}：登入資料"),
    of_camera: |camera| format!("攝影機 {camera}"),
    of_some_camera: "攝影機",
};

pub const FOLDER: Folder = Folder {
    not_a_folder: |path| format!("{path} 不是資料夾；請指定另一個，或移走那裡的東西"),
    dead_link: |path| format!("{path} 是沒有目標的連結；磁碟掛載了嗎？"),
    denied: |_, path| {
        format!("{path}：沒有權限；請給執行 camwall 的使用者寫入權限，或指定另一個資料夾")
    },
    read_only: |_, path| format!("{path}：檔案系統唯讀；請以可寫入方式掛載，或指定另一個資料夾"),
    full: |_, path| format!("{path}：磁碟已滿；請騰出空間，或指定另一個資料夾"),
    unusable: |_, path, why| format!("{path}：{why}；請指定另一個資料夾"),
    marked_disk: "存在，已標記，是獨立的磁碟",
    marked: "存在，已標記，在系統磁碟上，不是獨立的磁碟",
    unmarked_disk: "存在，是獨立的磁碟，首次啟動時標記",
    neither: "存在，但沒有標記，也沒有掛載任何磁碟",
    absent: |path| format!("{path} 不存在，而必須存在時不會自動建立；請掛載磁碟"),
    hidden: |path, why| format!("{path} 必須存在，卻無法檢視：{why}；請掛載磁碟"),
    unmarked: |path, marker| {
        format!(
            "{path} 沒有 {marker}，也沒有掛載任何磁碟；請掛載磁碟；若已掛載，請先不寫 `must_exist` 啟動\
             一次以作標記"
        )
    },
};

pub const LOGIN: LoginFault = LoginFault {
    no_variable: |name| format!("環境變數 `{name}` 未設定；內容應為 `user:password`"),
    variable_not_text: |name| format!("環境變數 `{name}` 不是 UTF-8 文字"),
    no_credentials: |name| {
        format!(
            "未設定 `CREDENTIALS_DIRECTORY`，憑據 `{name}` 應在其中；systemd 會依 \
             `LoadCredential={name}:…` 設定"
        )
    },
    unreadable: |path, why| format!("無法讀取 {path}：{why}"),
    variable_without_login: |name| format!("環境變數 `{name}` 不含 `user:password`"),
    file_without_login: |path| format!("{path} 的第一行不含 `user:password`"),
    not_given: "攝影機要求登入，但沒有提供；請用 `--login` 指定來源",
    others_read: |path, mode| {
        format!("其他使用者可以讀取 {path}（模式 {mode}）：請執行 `chmod 600`")
    },
    not_a_file: "不是一般檔案",
    long_line: "第一行太長",
    not_text: "不是 UTF-8 文字",
};

pub const PROBE: Probe = Probe {
    camera: "攝影機",
    stream: "串流",
    codec: "編碼",
    size: "尺寸",
    fps: "張/秒",
    gop: "GOP 秒",
    audio: "聲音",
    login: "登入",
    first: "首張 ms",
    over: "經由",
    by: "程式",
    refused: "遭拒",
    accepted: "成功",
    no_login: "無",
    no_audio: "無",
    trusted: "這部電腦信任",
    self_issued: "自行簽發",
    certificate: |subject, until, trusted| format!("對象 {subject}，有效至 {until}，{trusted}"),
    warned: |certificate, ending| format!("{certificate}，{ending}（警告）"),
    runs_out: |days| match days {
        0 => "今天到期".to_owned(),
        1 => "明天到期".to_owned(),
        days => format!("{days} 天後到期"),
    },
    has_run_out: "已過期",
    no_authorities: |path, why| format!("沒有憑證授權單位：{path}：{why}"),
    large_authorities: "大於 1 MiB",
    empty_authorities: "其中沒有 PEM 格式的憑證",
    not_pem: "不是 PEM 檔",
};
