//! What is said of recordings, in Japanese.

use crate::{Causes, Notes, Recording};

pub const CAUSES: Causes = Causes {
    camera_offline: "カメラがオフライン",
    camera_stalled: "映像が届かない",
    login_refused: "ログイン拒否",
    source_ended: "ソース終了",
    disk_full: "ディスク満杯",
    disk_slow: "ディスクが遅い",
    disk_read_only: "ディスク読み取り専用",
    no_folder: "保存先フォルダーなし",
    disk_error: "ディスクエラー",
    not_recordable: "録画できないストリーム",
    stopped_by_hand: "手動で停止",
    not_scheduled: "スケジュール外",
    program_ended: "camwall 終了",
    program_killed: "camwall 強制終了",
    clock_changed: "時計の変更",
    internal: "内部エラー",
};

pub const NOTES: Notes = Notes {
    protected: "ここから保護",
    span_ended: "ここまで保護",
    released: "保護を解除",
    newest_protected: "最後の録画を保護",
    newest_released: "最後に保護した録画を解除",
    nothing_to_protect: "保護する録画なし",
    not_protected: "保護できません",
    snapshot_saved: |file| format!("静止画 {file}"),
    snapshot_without_picture: "静止画なし：映像がありません",
    snapshot_failed: "静止画なし：ログを確認",
    snapshot_aborted: "静止画なし",
    busy: "処理中、再操作してください",
    clock_trusted: "時計を確認済み",
};

pub const RECORDING: Recording = Recording {
    clock_key: |key| format!("時刻が誤っている可能性：正しければ {key} を押す"),
    clock: "時刻が誤っている可能性：同期するか trust_clock を押すまで",
    keep_age: "保存中の録画が age より古い",
    keep_per_camera: "保存中の録画が per_camera を超過",
    keep_total: "保存中の録画が total を超過",
    keep_free: "空きが free を下回り、これ以上削除できません",
};
