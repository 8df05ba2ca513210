//! What a tile says, in Traditional Chinese, in Taiwan's words.

use crate::{States, Tile, Warned};

pub const STATES: States = States {
    live: "即時",
    connecting: "連線中",
    late: "延遲",
    no_new_picture: "無新畫面",
    cant_decode: "無法解碼",
    busy: "忙碌",
    no_login: "無登入資料",
    not_trusted: "憑證不受信任",
    offline: "離線",
    login_refused: "登入遭拒",
    ended: "已結束",
};

pub const WARNED: Warned = Warned {
    frozen: "畫面凍結",
    dark: "畫面過暗",
    damaged: "畫面受損",
    clock: "時鐘",
    keep: "未達保留條件",
    reduced: "已降載",
    unverified: "已加密，未驗證",
    since: |word, time| format!("{word} 自 {time}"),
};

pub const TILE: Tile = Tile {
    rec: "REC",
    kept: "已保留",
    not_recording: "未錄影",
    late_by: |word, seconds| format!("{word} {seconds} 秒"),
    picture_old: |seconds| format!("{seconds} 秒前的畫面"),
    since: |time| format!("自 {time}"),
    last_picture: |time, seconds| format!("最後畫面 {time}，{seconds} 秒前"),
    trying_now: "正在重試",
    trying_in: |seconds| format!("{seconds} 秒後重試"),
    main_stream: "主串流",
    sub_stream: "子串流",
    delay_and_age: |milliseconds, age| format!("延遲 {milliseconds} ms  經過 {age}"),
    camera_number: |digits| format!("攝影機 {digits}_"),
};
