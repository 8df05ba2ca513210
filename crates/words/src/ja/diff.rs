//! What `camwall check --diff` says, in Japanese.

use crate::Difference;

pub const DIFFERENCE: Difference = Difference {
    nothing: |from, to| format!("{from} → {to}：変更なし"),
    head: |from, to| format!("{from} → {to}：変更点"),
    camera: |camera, what| format!("カメラ {camera}：{what}"),
    camera_added: "追加され、接続します",
    camera_removed: "なくなります。録画は最後まで書き込まれます",
    camera_moved: |to, from| format!("番号が {from} から {to} に変わります"),
    main_anew: "メインストリームが再接続します",
    sub_anew: "サブストリームが再接続します",
    both_anew: "両方のストリームが再接続します",
    sub_added: "サブストリームが追加されます",
    sub_removed: "サブストリームがなくなります",
    watch: "映像の監視項目",
    label: |new, old| format!("名前が `{old}` から `{new}` に変わります"),
    fit: "映像のタイルへの収め方",
    record: "録画する時間",
    between: "、",
    layout_added: |layout| format!("レイアウト {layout}：追加されます"),
    layout_removed: |layout| {
        format!("レイアウト {layout}：なくなります。表示中なら最初のレイアウトになります")
    },
    layout_changed: |layout| format!("レイアウト {layout}：配置"),
    layout_order: "レイアウト：順序と、それに伴うキー",
    show: "show：次回の起動から",
    prewarm: "prewarm：常にデコードするカメラ",
    overlay: "overlay：映像の上に表示する内容",
    stats: "overlay：数値の表示",
    stale_after: "overlay：映像を古いと見なす時間。再接続はありません",
    language: "language：画面の言語",
    keys: "keys：キーの割り当て",
    window: "window：ウィンドウの位置と大きさ",
    recording_folder: "再起動が必要：recording：フォルダー。今のフォルダーで続けます",
    recording_files: "recording：各カメラの次のファイルから",
    pre_roll: "recording：メモリーに保持する量",
    retention: "recording：古い録画を削除する時期",
    sandbox: "再起動が必要：sandbox：実行中は切り替えられません",
    out_of_reach: |whose, path| format!("再起動が必要：{whose}：{path}：サンドボックスの範囲外"),
    connected: |connected, all| format!("カメラ {all} 台のうち {connected} 台は接続したままです"),
};
