//! Why a value can't be read, in Traditional Chinese.

use crate::mistake::{DurationFault, UrlFault};

pub fn duration(fault: &DurationFault) -> String {
    use DurationFault as F;
    match fault {
        F::NoUnit { number } => format!("需要單位，例如 `{number}s` 或 `{number}ms`"),
        F::UnknownUnit { unit } => format!("未知的單位 `{unit}`；可用：`ms`、`s`、`min`、`h`、`d`"),
        F::NoNumber => "缺少數字".into(),
        F::Character(character) => format!("非預期的字元 `{character}`"),
        F::Number => "數字太大或太細".into(),
        F::Empty => "沒有內容".into(),
    }
}

pub fn url(fault: UrlFault) -> &'static str {
    match fault {
        UrlFault::Host => "主機是空的",
        UrlFault::Name => "國際化網域名稱不正確",
        UrlFault::Port => "連接埠號碼不正確",
        UrlFault::Ipv4 => "IPv4 位址不正確",
        UrlFault::Ipv6 => "IPv6 位址不正確",
        UrlFault::Character => "主機中有不允許的字元",
        UrlFault::Long => "太長",
        UrlFault::Other => "無法解讀",
    }
}
