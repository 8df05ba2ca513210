//! What is said of a wall file that was changed while the wall runs, in Japanese.

use crate::Reload;

pub const RELOAD: Reload = Reload {
    not_taken_over: |mistakes| {
        format!("設定ファイルに誤りが {mistakes} 件あるため、これまでの表示を続けます")
    },
    unreadable: "設定ファイルを読めないため、これまでの表示を続けます",
    and_more: |mistakes| format!("ほか {mistakes} 件"),
    restart_needed: "再起動が必要：設定ファイルの変更の一部は実行中に反映できません",
    out_of_reach: |whose| format!("{whose} はサンドボックスの外にあります"),
    recording_folder: "録画フォルダーの変更",
    sandbox: "サンドボックスのオン／オフ",
};
