//! What is wrong with a wall file, in Japanese, and the parts of which that is made.

mod of_file;
mod of_settings;
mod reasons;

use crate::mistake::{
    ChordFault, Expected, Found, Hint, Mistakes, Named, Opened, Range, Syntax, list,
};

pub const MISTAKES: Mistakes = Mistakes {
    file: of_file::file,
    form: of_file::form,
    value: of_file::value,
    keys: of_file::keys,
    camera: of_settings::camera,
    address: of_settings::address,
    wall: of_settings::wall,
    recording: of_settings::recording,
};

fn hint(hint: &Hint) -> String {
    let list = |names| list(names, "、");
    match hint {
        Hint::Near(name) => format!("。`{name}` ではありませんか"),
        Hint::Allowed(names) => format!("。使えるもの：{}", list(names)),
        Hint::NearOf(name, names) => {
            format!("。`{name}` ではありませんか。使えるもの：{}", list(names))
        }
        Hint::FileHasNone => "。ファイルには一つもありません".into(),
        Hint::FileHas(names, 0) => format!("。ファイルにあるもの：{}", list(names)),
        Hint::FileHas(names, more) => format!("。ファイルにあるもの：{} 他 {more} 件", list(names)),
        Hint::Keys(names) => format!("。使えるもの：任意の一文字、`F1`～`F24`、{}", list(names)),
        Hint::Actions(names) => format!("。使えるもの：{}、`layout_1`～`layout_12`", list(names)),
    }
}

fn expected(expected: Expected) -> String {
    match expected {
        Expected::Bool => "true か false",
        Expected::Number => "0 から 4294967295 までの整数",
        Expected::LargeNumber => "0 以上の整数",
        Expected::Text => "引用符で囲んだ文字列",
        Expected::List => "リスト `[…]`",
        Expected::Values(count) => return format!("丸括弧の中に {count} 個の値"),
        Expected::Map => "マップ `{ \"name\": … }`",
        Expected::Fields => "丸括弧で囲んだ設定 `(name: …)`",
    }
    .into()
}

fn found(found: &Found) -> String {
    match found {
        Found::Text => "引用符で囲んだ文字列".into(),
        Found::List => "リスト `[…]`".into(),
        Found::Map => "マップ `{…}`".into(),
        Found::Values(count) => format!("丸括弧の中に {count} 個の値"),
        Found::Fields => "丸括弧で囲んだ設定 `(name: …)`".into(),
        Found::Named(name) => format!("`{name}(…)`"),
        Found::Word(word) => format!("`{word}`"),
    }
}

fn syntax(syntax: &Syntax) -> String {
    match syntax {
        Syntax::Empty => "ファイルが空です。注釈付きの例は assets/wall.ron にあります",
        Syntax::Ends => "文が途中で終わっています",
        Syntax::CommaOrBracket => "コンマか閉じ括弧が必要です",
        Syntax::OpenText => "引用符で始まる文字列が閉じられていません",
        Syntax::Colon => "名前と値の間にコロンが必要です",
        Syntax::OpenComment => "コメントが閉じられていません。`*/` を書いてください",
        Syntax::Trailing => "最後の閉じ括弧の後には何も書けません",
        Syntax::Character(character) => return format!("予期しない文字 `{character}`"),
        Syntax::FieldName => "設定の名前が必要です",
        Syntax::TooDeep => "括弧の入れ子が深すぎます",
        Syntax::NotAName(name) => return format!("`{name}` は設定の名前になりません"),
        Syntax::Escape => "この文字列の `\\` は正しいエスケープではありません。文字としては `\\\\` と書いてください",
        Syntax::Number => "RON の数値ではありません",
        Syntax::SingleQuotes => "`'` で囲めるのは一文字だけです。文字列は `\"` で囲んでください",
        Syntax::Extension => "ここの `#![enable(…)]` は正しくありません",
        // What the reader says is English.
        Syntax::Reader(_) => "正しい RON ではありません",
    }
    .into()
}

fn open(Opened { bracket, line, column }: Opened) -> String {
    format!("。{line}:{column} の `{bracket}` が閉じられていません")
}

fn named(named: Named) -> &'static str {
    match named {
        Named::Camera => "カメラの ID",
        Named::Layout => "レイアウト名",
        Named::Tour => "巡回名",
        Named::Wall => "ウォール名",
    }
}

fn range(range: Range) -> String {
    match range {
        Range::Between(least, most) => format!("\"{least}\" から \"{most}\" まで"),
        Range::Numbers(least, most) => format!("{least} から {most} まで"),
        Range::AtLeast(least) => format!("\"{least}\" 以上"),
        Range::Positive => "0 より大きい値、制限なしは `None`".into(),
    }
}

fn chord(fault: &ChordFault) -> String {
    match fault {
        ChordFault::NoKey => "キーがありません。`Ctrl+Q`、`F5`、`?` のように書いてください".into(),
        ChordFault::UnknownKey(key, near) => format!("不明なキー `{key}`{}", hint(near)),
        ChordFault::UnknownModifier(name, near) => format!("不明な修飾キー `{name}`{}", hint(near)),
        ChordFault::ShiftedSymbol(symbol) => {
            format!("`{symbol}` では Shift は区別されません。キーで入力される文字を書いてください")
        }
        ChordFault::Digit => {
            "数字はカメラ番号の入力に使います。Ctrl か Alt と組み合わせれば割り当てられます".into()
        }
    }
}
