//! Why the system did not do what was asked, in Traditional Chinese.

use crate::System;

pub const SYSTEM: System = System {
    not_found: "不存在",
    denied: "沒有權限",
    is_folder: "這是資料夾",
    not_a_folder: "這不是資料夾",
    read_only: "檔案系統是唯讀的",
    full: "磁碟已滿",
    device: "磁碟讀寫錯誤",
    name: "檔案不能使用這個名稱",
    no_answer: "網路磁碟沒有回應",
    links: "連結形成迴圈",
    not_text: "不是 UTF-8 文字",
    code: |code| format!("系統錯誤 {code}"),
    unknown: "不明的錯誤",
};
