//! What is found while the file is read, in Japanese.

use super::reasons::duration;
use super::{chord, expected, found, hint, named, open, range, syntax};
use crate::ja::system::SYSTEM;
use crate::mistake::{FileMistake, FormMistake, KeysMistake, ValueMistake};

/// Examples of a schedule's entries.
const TIMES: &str = r#""Mon-Fri 08:00-18:00"、"Sat,Sun 22:00-06:00"、"Daily 12:00-13:00" のような"#;

pub fn file(mistake: &FileMistake) -> String {
    use FileMistake as M;
    match mistake {
        M::NoFile => "ファイルがありません。注釈付きの例は assets/wall.ron にあります".into(),
        M::IsFolder => "設定ファイルではなくフォルダーです".into(),
        M::NotAFile => "通常のファイルではありません".into(),
        M::TooLong { most } => format!("{most} バイトより長く、設定ファイルではありません"),
        M::Unreadable { why } => format!("読めません：{}", SYSTEM.say(*why)),
        M::NotUtf8 { line } => {
            format!("UTF-8 のテキストではありません：{line} 行目に他のバイトがあります")
        }
        M::Syntax { what, opened } => {
            format!("{}{}", syntax(what), opened.map(open).unwrap_or_default())
        }
        M::TooUnusual => "この RON は特殊すぎて検査できません".into(),
        M::OthersRead { mode } => format!(
            "このファイルにはログイン情報か鍵があり、他のユーザーが読めます（モード {mode}）：\
             `chmod 600` を実行してください"
        ),
    }
}

pub fn form(mistake: &FormMistake) -> String {
    use FormMistake as M;
    match mistake {
        M::CannotCheck => "この値はここでは検査できません".into(),
        M::UnknownWord { written, word } => {
            format!("不明な語 `{written}`。`{word}` ではありませんか")
        }
        M::WrongType { expected: wanted, found: is } => {
            format!("必要なもの：{}、実際：{}", expected(*wanted), found(is))
        }
        M::WithoutQuotes { what, word } => {
            format!("`{what}` の `{word}` は引用符なしで書いてください")
        }
        M::CannotBe { what, found: is, hint: right } => {
            format!("`{what}` に使えない値：{}{}", found(is), hint(right))
        }
        M::UnknownVariant { what, name, hint: right } => {
            format!("`{what}` に `{name}` はありません{}", hint(right))
        }
        M::UnknownField { field, what, hint: right } => {
            format!("`{what}` に設定 `{field}` はありません{}", hint(right))
        }
        M::MissingField { field, what } => format!("`{what}` に設定 `{field}` が必要です"),
        M::KeyInQuotes { key } => {
            format!("キー `{key}` は引用符で囲んでください：\"{key}\"")
        }
        M::TakesNoValue { word } => format!("`{word}` は値を取りません。単独で書いてください"),
        M::TakesOneValue { word } => format!("`{word}` は値を一つ取ります：`{word}(…)`"),
        M::TakesValues { word, count } => {
            format!("`{word}` は値を {count} 個取ります：`{word}(…)`")
        }
        M::GivenTwice { key, inside, line } => {
            let inside = inside.as_ref().map_or("ファイル".into(), |key| format!("`{key}`"));
            format!("{inside} に `{key}` が二つあります。最初は {line} 行目です")
        }
    }
}

pub fn value(mistake: &ValueMistake) -> String {
    use ValueMistake as M;
    match mistake {
        M::Duration { why } => {
            format!("\"500ms\" のような時間の長さではありません（{}）", duration(why))
        }
        M::Size => {
            let units = "`MB`、`GB`、`TB`、または `MiB`、`GiB`、`TiB`";
            format!("\"500GB\" のようなサイズではありません：数値の後に {units}")
        }
        M::NoTimes => {
            format!("時間帯がありません。{TIMES}指定か、`record: Never` を書いてください")
        }
        M::SpanForm => format!("{TIMES}曜日と時刻ではありません"),
        M::UnknownDay { day, hint: right } => format!("不明な曜日 `{day}`{}", hint(right)),
        M::UnknownTime { time } => format!(
            "`{time}` は時刻ではありません。使えるもの：`00:00`～`23:59`、終わりには `24:00` も可"
        ),
        M::TimeOfDay { time } => {
            format!("`{time}` は時刻ではありません。使えるもの：`00:00`～`23:59`")
        }
        M::EmptySpan => "開始と終了が同じです。一日中は `00:00-24:00` です".into(),
        M::OutOfRange { setting, range: right, value } => {
            format!("`{setting}` は {}です（指定値：{value}）", range(*right))
        }
        M::Blank { named: what } => format!("{}が空白です", named(*what)),
        M::Untidy { named: what, name } => {
            format!("{} `{name}`：制御文字と前後の空白は使えません", named(*what))
        }
        M::LongName { named: what, most, length } => {
            format!("{}は {most} 文字までです（現在 {length} 文字）", named(*what))
        }
    }
}

pub fn keys(mistake: &KeysMistake) -> String {
    use KeysMistake as M;
    match mistake {
        M::Chord { text, fault } => format!("`{text}`：{}", chord(fault)),
        M::ChordTwice { chord, action } => {
            format!("`{action}` に `{chord}` が二回指定されています")
        }
        M::ChordOfTwo { chord, action, other } => format!(
            "`{chord}` を `{action}` と `{other}` の両方には使えません。片方に別のキーを割り当てて\
             ください"
        ),
        M::ChordTaken { chord, action, other } => format!(
            "`{chord}` は `{action}` になり、`{other}` ではなくなります。`{other}` にも別のキーを書くか、空にしてください"
        ),
        M::UnknownWall { wall, hint: right } => format!("不明なウォール `{wall}`{}", hint(right)),
        M::UnknownAction { action, hint: right } => {
            format!("不明な操作 `{action}`{}", hint(right))
        }
    }
}
