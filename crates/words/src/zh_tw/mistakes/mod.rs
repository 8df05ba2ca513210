//! What is wrong with a wall file, in Traditional Chinese, and the parts of which that is made.

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
        Hint::Near(name) => format!("；是不是 `{name}`？"),
        Hint::Allowed(names) => format!("；可用：{}", list(names)),
        Hint::NearOf(name, names) => format!("；是不是 `{name}`？可用：{}", list(names)),
        Hint::FileHasNone => "；檔案中一個也沒有".into(),
        Hint::FileHas(names, 0) => format!("；檔案中有 {}", list(names)),
        Hint::FileHas(names, more) => format!("；檔案中有 {}，還有 {more} 個", list(names)),
        Hint::Keys(names) => format!("；可用：單一字元、`F1` 到 `F24`、{}", list(names)),
        Hint::Actions(names) => format!("；可用：{}、`layout_1` 到 `layout_12`", list(names)),
    }
}

fn expected(expected: Expected) -> String {
    match expected {
        Expected::Bool => "true 或 false",
        Expected::Number => "0 到 4294967295 的整數",
        Expected::LargeNumber => "0 以上的整數",
        Expected::Text => "引號中的文字",
        Expected::List => "清單 `[…]`",
        Expected::Values(count) => return format!("圓括號中的 {count} 個值"),
        Expected::Map => "對應表 `{ \"name\": … }`",
        Expected::Fields => "圓括號中的設定 `(name: …)`",
    }
    .into()
}

fn found(found: &Found) -> String {
    match found {
        Found::Text => "引號中的文字".into(),
        Found::List => "清單 `[…]`".into(),
        Found::Map => "對應表 `{…}`".into(),
        Found::Values(count) => format!("圓括號中的 {count} 個值"),
        Found::Fields => "圓括號中的設定 `(name: …)`".into(),
        Found::Named(name) => format!("`{name}(…)`"),
        Found::Word(word) => format!("`{word}`"),
    }
}

fn syntax(syntax: &Syntax) -> String {
    match syntax {
        Syntax::Empty => "檔案是空的；附註解的範例在 assets/wall.ron",
        Syntax::Ends => "內容太早結束",
        Syntax::CommaOrBracket => "這裡應有逗號或右括號",
        Syntax::OpenText => "這段引號中的文字沒有結尾",
        Syntax::Colon => "名稱與值之間應有冒號",
        Syntax::OpenComment => "這段註解沒有結尾；請寫上 `*/`",
        Syntax::Trailing => "最後的右括號之後不可再有內容",
        Syntax::Character(character) => return format!("非預期的字元 `{character}`"),
        Syntax::FieldName => "這裡應有設定的名稱",
        Syntax::TooDeep => "括號的層數太多",
        Syntax::NotAName(name) => return format!("`{name}` 不是設定的名稱"),
        Syntax::Escape => "這段文字中的 `\\` 不是已知的跳脫字元；字元本身請寫成 `\\\\`",
        Syntax::Number => "這不是 RON 的數字",
        Syntax::SingleQuotes => "`'` 之間只能有一個字元；文字請以 `\"` 括起",
        Syntax::Extension => "這裡的 `#![enable(…)]` 不正確",
        // What the reader says is English.
        Syntax::Reader(_) => "不是正確的 RON",
    }
    .into()
}

fn open(Opened { bracket, line, column }: Opened) -> String {
    format!("；{line}:{column} 的 `{bracket}` 尚未關閉")
}

fn named(named: Named) -> &'static str {
    match named {
        Named::Camera => "攝影機 ID",
        Named::Layout => "版面名稱",
        Named::Tour => "輪播名稱",
        Named::Wall => "電視牆名稱",
    }
}

fn range(range: Range) -> String {
    match range {
        Range::Between(least, most) => format!("\"{least}\" 到 \"{most}\""),
        Range::Numbers(least, most) => format!("{least} 到 {most}"),
        Range::AtLeast(least) => format!("至少 \"{least}\""),
        Range::Positive => "大於 0，或以 `None` 表示不限".into(),
    }
}

fn chord(fault: &ChordFault) -> String {
    match fault {
        ChordFault::NoKey => "沒有按鍵；請寫如 `Ctrl+Q`、`F5` 或 `?`".into(),
        ChordFault::UnknownKey(key, near) => format!("未知的按鍵 `{key}`{}", hint(near)),
        ChordFault::UnknownModifier(name, near) => {
            format!("未知的輔助鍵 `{name}`{}", hint(near))
        }
        ChordFault::ShiftedSymbol(symbol) => {
            format!("`{symbol}` 不分 Shift；請寫按鍵所產生的字元")
        }
        ChordFault::Digit => "數字用來輸入攝影機編號；加上 Ctrl 或 Alt 才能指定".into(),
    }
}
