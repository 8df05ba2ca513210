//! Why the system did not do what was asked, in Japanese.

use crate::System;

pub const SYSTEM: System = System {
    not_found: "存在しません",
    denied: "権限がありません",
    is_folder: "フォルダーです",
    not_a_folder: "フォルダーではありません",
    read_only: "ファイルシステムが読み取り専用です",
    full: "ディスクに空きがありません",
    device: "ディスクの入出力エラーです",
    name: "ファイル名として使えません",
    no_answer: "ネットワークディスクが応答しません",
    links: "リンクが循環しています",
    not_text: "UTF-8 のテキストではありません",
    code: |code| format!("システムエラー {code}"),
    unknown: "不明なエラーです",
};
