//! What is said of a wall file that was changed while the wall runs, in Traditional Chinese.

use crate::Reload;

pub const RELOAD: Reload = Reload {
    not_taken_over: |mistakes| format!("設定檔有 {mistakes} 個錯誤：畫面維持原狀"),
    unreadable: "無法讀取設定檔：畫面維持原狀",
    and_more: |mistakes| format!("還有 {mistakes} 個"),
    restart_needed: "需要重新啟動：設定檔的部分變更無法在執行中套用",
    out_of_reach: |whose| format!("{whose} 在沙箱範圍之外"),
    recording_folder: "改用其他錄影資料夾",
    sandbox: "開啟或關閉沙箱",
};
