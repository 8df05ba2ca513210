//! Why a value can't be read, in Japanese.

use crate::mistake::{DurationFault, UrlFault};

pub fn duration(fault: &DurationFault) -> String {
    use DurationFault as F;
    match fault {
        F::NoUnit { number } => format!("単位が必要です。例：`{number}s`、`{number}ms`"),
        F::UnknownUnit { unit } => {
            format!("不明な単位 `{unit}`。使えるもの：`ms`、`s`、`min`、`h`、`d`")
        }
        F::NoNumber => "数値がありません".into(),
        F::Character(character) => format!("予期しない文字 `{character}`"),
        F::Number => "数値が大きすぎるか細かすぎます".into(),
        F::Empty => "何も書かれていません".into(),
    }
}

pub fn url(fault: UrlFault) -> &'static str {
    match fault {
        UrlFault::Host => "ホストが空です",
        UrlFault::Name => "国際化ドメイン名が正しくありません",
        UrlFault::Port => "ポート番号が正しくありません",
        UrlFault::Ipv4 => "IPv4 アドレスが正しくありません",
        UrlFault::Ipv6 => "IPv6 アドレスが正しくありません",
        UrlFault::Character => "ホストに使えない文字があります",
        UrlFault::Long => "長すぎます",
        UrlFault::Other => "読み取れません",
    }
}
