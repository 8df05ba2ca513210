//! What is found while the file is read, in Traditional Chinese.

use super::reasons::duration;
use super::{chord, expected, found, hint, named, open, range, syntax};
use crate::mistake::{FileMistake, FormMistake, KeysMistake, ValueMistake};
use crate::zh_tw::system::SYSTEM;

/// Examples of a schedule's entries.
const TIMES: &str = r#""Mon-Fri 08:00-18:00"、"Sat,Sun 22:00-06:00" 或 "Daily 12:00-13:00""#;

pub fn file(mistake: &FileMistake) -> String {
    use FileMistake as M;
    match mistake {
        M::NoFile => "沒有這個檔案；附註解的範例在 assets/wall.ron".into(),
        M::IsFolder => "這是資料夾，不是設定檔".into(),
        M::NotAFile => "不是一般檔案".into(),
        M::TooLong { most } => format!("超過 {most} 位元組，不是設定檔"),
        M::Unreadable { why } => format!("無法讀取：{}", SYSTEM.say(*why)),
        M::NotUtf8 { line } => format!("不是 UTF-8 文字：第 {line} 行有其他位元組"),
        M::Syntax { what, opened } => {
            format!("{}{}", syntax(what), opened.map(open).unwrap_or_default())
        }
        M::TooUnusual => "這份 RON 太特殊，無法檢查".into(),
        M::OthersRead { mode } => format!(
            "這個檔案含有登入資料或金鑰，而其他使用者可以讀取（模式 {mode}）：請執行 `chmod 600`"
        ),
    }
}

/// A text to follow Chinese characters: with a blank before Latin letters, digits and backticks.
fn apart(text: String) -> String {
    if text.starts_with(|c: char| c.is_ascii()) { format!(" {text}") } else { text }
}

pub fn form(mistake: &FormMistake) -> String {
    use FormMistake as M;
    match mistake {
        M::CannotCheck => "這個值無法在這裡檢查".into(),
        M::UnknownWord { written, word } => {
            format!("未知的字 `{written}`；是不是 `{word}`？")
        }
        M::WrongType { expected: wanted, found: is } => {
            format!("應為{}，卻是{}", apart(expected(*wanted)), apart(found(is)))
        }
        M::WithoutQuotes { what, word } => format!("`{what}` 的 `{word}` 請不要加引號"),
        M::CannotBe { what, found: is, hint: right } => {
            format!("`{what}` 不可為{}{}", apart(found(is)), hint(right))
        }
        M::UnknownVariant { what, name, hint: right } => {
            format!("`{what}` 沒有 `{name}`{}", hint(right))
        }
        M::UnknownField { field, what, hint: right } => {
            format!("`{what}` 中沒有設定 `{field}`{}", hint(right))
        }
        M::MissingField { field, what } => format!("`{what}` 缺少設定 `{field}`"),
        M::KeyInQuotes { key } => format!("鍵 `{key}` 請加引號：\"{key}\""),
        M::TakesNoValue { word } => format!("`{word}` 不帶值；請單獨寫"),
        M::TakesOneValue { word } => format!("`{word}` 帶一個值：`{word}(…)`"),
        M::TakesValues { word, count } => format!("`{word}` 帶 {count} 個值：`{word}(…)`"),
        M::GivenTwice { key, inside, line } => {
            let inside = inside.as_ref().map_or("檔案".into(), |key| format!("`{key}`"));
            format!("{inside} 中有兩個 `{key}`；第一個在第 {line} 行")
        }
    }
}

pub fn value(mistake: &ValueMistake) -> String {
    use ValueMistake as M;
    match mistake {
        M::Duration { why } => format!("不是如 \"500ms\" 的時間長度（{}）", duration(why)),
        M::Size => {
            let units = "`MB`、`GB`、`TB`，或 `MiB`、`GiB`、`TiB`";
            format!("不是如 \"500GB\" 的大小：數字之後加 {units}")
        }
        M::NoTimes => format!("沒有時段；請寫如 {TIMES}，或 `record: Never`"),
        M::SpanForm => format!("不是如 {TIMES} 的星期與時間"),
        M::UnknownDay { day, hint: right } => format!("未知的星期 `{day}`{}", hint(right)),
        M::UnknownTime { time } => {
            format!("`{time}` 不是時刻；可用：`00:00` 到 `23:59`，結束時可用 `24:00`")
        }
        M::TimeOfDay { time } => format!("`{time}` 不是時刻；可用：`00:00` 到 `23:59`"),
        M::EmptySpan => "開始即結束；一整天是 `00:00-24:00`".into(),
        M::OutOfRange { setting, range: right, value } => {
            format!("`{setting}` 應為 {}，而不是 {value}", range(*right))
        }
        M::Blank { named: what } => format!("{}不可空白", named(*what)),
        M::Untidy { named: what, name } => {
            format!("{} `{name}`：不可含控制字元，前後不可有空格", named(*what))
        }
        M::LongName { named: what, most, length } => {
            format!("{}最多 {most} 個字元，這個有 {length} 個", named(*what))
        }
    }
}

pub fn keys(mistake: &KeysMistake) -> String {
    use KeysMistake as M;
    match mistake {
        M::Chord { text, fault } => format!("`{text}`：{}", chord(fault)),
        M::ChordTwice { chord, action } => format!("`{action}` 的 `{chord}` 寫了兩次"),
        M::ChordOfTwo { chord, action, other } => {
            format!("`{chord}` 不能同時做 `{action}` 與 `{other}`；請為其中之一換個按鍵")
        }
        M::ChordTaken { chord, action, other } => {
            format!("`{chord}` 執行 `{action}`，不再是 `{other}`；也請寫出後者，給它別的按鍵或留空")
        }
        M::UnknownWall { wall, hint: right } => format!("未知的電視牆 `{wall}`{}", hint(right)),
        M::UnknownAction { action, hint: right } => {
            format!("未知的動作 `{action}`{}", hint(right))
        }
    }
}
