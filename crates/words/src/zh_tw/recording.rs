//! What is said of recordings, in Traditional Chinese.

use crate::{Causes, Notes, Recording};

pub const CAUSES: Causes = Causes {
    camera_offline: "攝影機離線",
    camera_stalled: "攝影機沒有傳送畫面",
    login_refused: "登入遭拒",
    source_ended: "來源已結束",
    disk_full: "磁碟已滿",
    disk_slow: "磁碟太慢",
    disk_read_only: "磁碟唯讀",
    no_folder: "沒有可寫入的資料夾",
    disk_error: "磁碟錯誤",
    not_recordable: "串流無法錄影",
    stopped_by_hand: "手動停止",
    not_scheduled: "不在排程時間",
    program_ended: "camwall 已結束",
    program_killed: "camwall 被強制結束",
    clock_changed: "時鐘已變更",
    internal: "內部錯誤",
};

pub const NOTES: Notes = Notes {
    protected: "從現在起保留",
    span_ended: "保留到此為止",
    released: "不再保留",
    newest_protected: "已保留最後的錄影",
    newest_released: "已解除最後保留的錄影",
    nothing_to_protect: "沒有可保留的錄影",
    not_protected: "未保留",
    snapshot_saved: |file| format!("快照 {file}"),
    snapshot_without_picture: "無快照：沒有畫面",
    snapshot_failed: "無快照，請看記錄檔",
    snapshot_aborted: "無快照",
    busy: "忙碌中，請再試一次",
    clock_trusted: "已確認時鐘",
};

pub const RECORDING: Recording = Recording {
    clock_key: |key| format!("時間可能有誤：若正確請按 {key}"),
    clock: "在時間同步或按下 trust_clock 之前，時間可能有誤",
    keep_age: "保留的錄影比 age 更舊",
    keep_per_camera: "保留的錄影超過 per_camera",
    keep_total: "保留的錄影超過 total",
    keep_free: "剩餘空間少於 free，且無法再刪除",
};
