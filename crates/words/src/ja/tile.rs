//! What a tile says, in Japanese.

use crate::{States, Tile, Warned};

pub const STATES: States = States {
    live: "ライブ",
    connecting: "接続中",
    late: "遅延",
    no_new_picture: "新しい映像なし",
    cant_decode: "デコード不可",
    busy: "ビジー",
    no_login: "ログイン情報なし",
    not_trusted: "証明書信頼不可",
    offline: "オフライン",
    login_refused: "ログイン拒否",
    ended: "終了",
};

pub const WARNED: Warned = Warned {
    frozen: "映像静止",
    dark: "映像が暗い",
    damaged: "映像乱れ",
    clock: "時計",
    keep: "保存条件未達",
    reduced: "負荷軽減中",
    unverified: "暗号化・未検証",
    since: |word, time| format!("{word} {time}から"),
};

pub const TILE: Tile = Tile {
    rec: "REC",
    kept: "保護",
    not_recording: "録画されていません",
    late_by: |word, seconds| format!("{word} {seconds}秒"),
    picture_old: |seconds| format!("{seconds}秒前の映像"),
    since: |time| format!("{time}から"),
    last_picture: |time, seconds| format!("最後の映像 {time}（{seconds}秒前）"),
    trying_now: "再試行中",
    trying_in: |seconds| format!("{seconds}秒後に再試行"),
    main_stream: "メイン",
    sub_stream: "サブ",
    delay_and_age: |milliseconds, age| format!("遅延 {milliseconds} ms  経過 {age}"),
    camera_number: |digits| format!("カメラ {digits}_"),
};
