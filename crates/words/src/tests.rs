//! Tables against each other: what every language must have in common with English, and what not.

use std::collections::BTreeSet;

use crate::{
    AddressMistake, ChordFault, DE, DurationFault, EN, Expected, FileMistake, FormMistake, Found,
    Hint, JA, KeysMistake, Language, Mistake, Named, Range, Side, Syntax, UrlFault, ValueMistake,
    Words, ZH_TW,
};

/// Texts that are the same in English and in this language, because people there say it so.
fn same(words: &Words) -> &'static [&'static str] {
    match words.tag {
        "de" => &[
            "states.live",
            "states.offline",
            "tile.rec",
            "tile.late_by",
            "help.walls",
            "help.digits",
            "probe.gop",
        ],
        "ja" | "zh-TW" => &["tile.rec", "help.digits"],
        _ => &[],
    }
}

/// Every text of a language under its name: those of the tables, and a sentence for each mistake and
/// each of what mistakes are made of.
fn every(words: &Words) -> Vec<(String, String)> {
    let mut all = words.each();
    let mut mistakes: Vec<(String, Mistake)> = Vec::new();
    let plain = Mistake::examples().into_iter().map(|(name, it)| (name.to_owned(), it));
    mistakes.extend(plain);
    let (action, what, word) = ("quitt".to_owned(), "camera".to_owned(), "x".to_owned());
    mistakes.extend(Hint::examples().into_iter().map(|hint| {
        let name = format!("{hint:?}");
        (name, KeysMistake::UnknownAction { action: action.clone(), hint }.into())
    }));
    mistakes.extend(Expected::EXAMPLES.into_iter().map(|expected| {
        let found = Found::Word(word.clone());
        (format!("{expected:?}"), FormMistake::WrongType { expected, found }.into())
    }));
    mistakes.extend(Found::examples().into_iter().map(|found| {
        let (what, hint) = (what.clone(), Hint::allowed(["x"]));
        (format!("{found:?}"), FormMistake::CannotBe { what, found, hint }.into())
    }));
    mistakes.extend(Syntax::examples().into_iter().map(|what| {
        let name = format!("{what:?}");
        (name, FileMistake::Syntax { what, opened: None }.into())
    }));
    mistakes.extend(ChordFault::examples().into_iter().map(|fault| {
        let text = "x".to_owned();
        (format!("{fault:?}"), KeysMistake::Chord { text, fault }.into())
    }));
    mistakes.extend(DurationFault::examples().into_iter().map(|why| {
        let name = format!("{why:?}");
        (name, ValueMistake::Duration { why }.into())
    }));
    mistakes.extend(UrlFault::ALL.into_iter().map(|why| {
        let name = format!("Url.{why:?}");
        (name, AddressMistake::NotAUrl { why, has_at: false }.into())
    }));
    mistakes.extend(Named::ALL.into_iter().map(|named| {
        (format!("{named:?}"), ValueMistake::Untidy { named, name: "x".to_owned() }.into())
    }));
    let ranges = [
        Range::Between("1s", "24h"),
        Range::Numbers(75, 200),
        Range::AtLeast("1MB"),
        Range::Positive,
    ];
    mistakes.extend(ranges.into_iter().map(|range| {
        let (setting, value) = ("segment".to_owned(), "\"0s\"".to_owned());
        (format!("{range:?}"), ValueMistake::OutOfRange { setting, range, value }.into())
    }));
    let sides = [Side::Width, Side::Height];
    mistakes.extend(
        sides
            .into_iter()
            .map(|side| (format!("{side:?}"), crate::CameraMistake::Area { side }.into())),
    );
    let said = mistakes.into_iter().filter(|(name, _)| name != "Told");
    all.extend(said.map(|(name, mistake)| (format!("mistake.{name}"), mistake.say(words))));
    all
}

/// Each text in English and in another language.
fn pairs(words: &Words) -> impl Iterator<Item = (String, String, String)> {
    let (english, other) = (every(&EN), every(words));
    assert_eq!(english.len(), other.len());
    english.into_iter().zip(other).map(|((name, english), (same, other))| {
        assert_eq!(name, same);
        (name, english, other)
    })
}

/// A text without what is in backticks.
fn unquoted(text: &str) -> String {
    text.split('`').step_by(2).collect::<Vec<_>>().join(" ")
}

const OTHERS: [&Words; 3] = [&DE, &JA, &ZH_TW];

#[test]
fn no_english_is_left() {
    for words in OTHERS {
        let left: Vec<String> =
            pairs(words).filter(|(_, a, b)| a == b).map(|(name, ..)| name).collect();
        assert_eq!(left, same(words), "{}", words.tag);
        for (name, _, text) in pairs(words) {
            let plain = unquoted(&text).to_lowercase();
            for word in plain.split(|c: char| !c.is_alphabetic() && c != '_') {
                let english = ["the", "is", "and", "of", "to", "not", "it", "this", "camera", "no"];
                assert!(!english.contains(&word), "{} {name}: {text}", words.tag);
            }
        }
    }
}

/// Words of a text, in small letters, without what is quoted in any way.
fn plain_words(text: &str) -> BTreeSet<String> {
    let text = unquoted(text);
    let text = text.split('"').step_by(2).collect::<Vec<_>>().join(" ").to_lowercase();
    let letter = |c: char| c.is_alphabetic() && (c < '\u{250}');
    let words = text.split(|c: char| !letter(c)).filter(|word| word.chars().count() >= 3);
    words.map(str::to_owned).collect()
}

/// Words that stand in English texts and, rightly, in those of others: names, keys, values of settings.
const NAMES: &[&str] = &[
    "alt", "assets", "camwall", "ctrl", "false", "ffmpeg", "ipv", "nul", "pem", "ron", "shift",
    "true", "udp", "url", "utf", "wall",
];

/// Words that German has as English has them.
const GERMAN: &[&str] =
    &["bytes", "host", "hotspot", "ids", "layout", "monitor", "name", "option", "text", "was"];

#[test]
fn no_english_word_is_in_a_mistake_said_in_another_language() {
    let english: BTreeSet<String> =
        every(&EN).iter().flat_map(|(_, text)| plain_words(text)).collect();
    for words in OTHERS {
        let own = if words.tag == "de" { GERMAN } else { &[] };
        let mut left = BTreeSet::new();
        // What `check` says of the file; what tables say elsewhere is filled in with unquoted names.
        let of_files = |name: &str| ["mistake.", "system."].iter().any(|it| name.starts_with(it));
        for (_, text) in every(words).into_iter().filter(|(name, _)| of_files(name)) {
            let mut said = plain_words(&text);
            // In other scripts every Latin word is foreign.
            said.retain(|word| words.tag != "de" || english.contains(word));
            said.retain(|word| !NAMES.contains(&word.as_str()) && !own.contains(&word.as_str()));
            left.extend(said);
        }
        assert_eq!(left, BTreeSet::new(), "{}", words.tag);
    }
}

#[test]
fn japanese_and_chinese_are_written_in_their_own_scripts() {
    for words in [&JA, &ZH_TW] {
        for (name, _, text) in pairs(words) {
            let own = text.chars().any(|c| ('\u{3000}'..'\u{a000}').contains(&c));
            // Where it has letters at all.
            let own = own || !text.chars().any(char::is_alphabetic);
            assert!(own || same(words).contains(&name.as_str()), "{} {name}: {text}", words.tag);
            // A comma or full stop of Latin script beside their letters is a slip.
            let plain = unquoted(&text);
            assert!(
                !plain.contains(", ") || name == "check.no_font",
                "{} {name}: {text}",
                words.tag
            );
        }
    }
    let kana = |text: &str| text.chars().any(|c| ('\u{3041}'..='\u{30fa}').contains(&c));
    for (name, _, text) in pairs(&ZH_TW) {
        assert!(!kana(&text), "{name}: {text}");
    }
}

/// What a text names that is the same in every language: words in backticks, numbers, protocols.
fn names(text: &str) -> BTreeSet<String> {
    let quoted = text.split('`').skip(1).step_by(2).map(str::to_owned);
    let plain: String = text.split('`').step_by(2).collect();
    let numbers = plain.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let words = plain.split(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c));
    let known = ["TCP", "UDP", "H.264", "FFmpeg", "camwall", "trust_clock", "per_camera", "total"];
    let known = words.filter(|word| known.contains(word)).map(str::to_owned).collect::<Vec<_>>();
    quoted.chain(numbers.map(str::to_owned)).chain(known).collect()
}

#[test]
fn every_language_names_the_same_settings_numbers_and_protocols() {
    // A setting is quoted where the language has no other way to set a word of the file apart.
    let apart = |name: &str| ["camera", "transport", "column", "x", "quitt"].contains(&name);
    for words in OTHERS {
        for (name, english, text) in pairs(words) {
            // 67 million are 6700 times ten thousand.
            let text = text.replace("6700 ", "67 ");
            let (mut wanted, mut said) = (names(&english), names(&text));
            wanted.retain(|name| !apart(name));
            said.retain(|name| !apart(name));
            assert_eq!(said, wanted, "{} {name}: {text}", words.tag);
        }
    }
}

#[test]
fn a_sentence_of_advice_says_what_is_wrong_and_then_what_to_do() {
    for words in Language::ALL.map(Language::words) {
        for (name, sentence) in words.advice.each() {
            let (what, next) = sentence.split_once(words.numbers.colon).expect(name);
            assert_eq!(words.what(&sentence), what);
            assert!(what.chars().count() > 3 && next.chars().count() > 3, "{sentence}");
            let plain: String = sentence.split('`').step_by(2).collect();
            let colons = plain.matches([':', '：']).count();
            assert_eq!(colons, 1, "{}: {sentence}", words.tag);
        }
    }
}

/// All languages side by side, as translators and reviewers read them: two texts that changed places are
/// seen here and nowhere else.
#[test]
fn texts_are_those_that_were_looked_at() {
    let mut text = String::new();
    for ((name, english), others) in every(&EN)
        .into_iter()
        .zip(every(&DE).into_iter().zip(every(&JA).into_iter().zip(every(&ZH_TW))))
    {
        let ((_, german), ((_, japanese), (_, chinese))) = others;
        text += &format!("{name}\n  {english}\n  {german}\n  {japanese}\n  {chinese}\n");
    }
    insta::assert_snapshot!("texts", text);
}

#[test]
fn states_say_what_they_say() {
    let said = |words: &Words| {
        let all: Vec<String> = words.states.each().into_iter().map(|(_, text)| text).collect();
        all.join(" | ")
    };
    assert_eq!(
        OTHERS.map(said),
        [
            "LIVE | VERBINDE | VERZÖGERT | KEIN NEUES BILD | NICHT DEKODIERBAR | AUSGELASTET | \
             KEINE ZUGANGSDATEN | NICHT VERTRAUENSWÜRDIG | OFFLINE | ANMELDUNG ABGELEHNT | BEENDET",
            "ライブ | 接続中 | 遅延 | 新しい映像なし | デコード不可 | ビジー | ログイン情報なし | \
             証明書信頼不可 | オフライン | ログイン拒否 | 終了",
            "即時 | 連線中 | 延遲 | 無新畫面 | 無法解碼 | 忙碌 | 無登入資料 | 憑證不受信任 | 離線 | \
             登入遭拒 | 已結束",
        ]
    );
}

#[test]
fn numbers_and_plurals_follow_the_language() {
    assert_eq!(EN.numbers.tenths(2.54), "2.5");
    assert_eq!((DE.tile.picture_old)(&DE.numbers.tenths(2.54)), "2,5 s alt");
    assert_eq!((JA.tile.picture_old)(&JA.numbers.tenths(2.54)), "2.5秒前の映像");
    let has = |cameras, layouts, tours, walls| {
        [&EN, &DE, &JA, &ZH_TW].map(|words| (words.check.has)(cameras, layouts, tours, walls))
    };
    assert_eq!(
        has(1, 1, 0, 1),
        [
            "1 camera, 1 layout",
            "1 Kamera, 1 Layout",
            "カメラ 1 台、レイアウト 1 個",
            "1 部攝影機、1 個版面"
        ]
    );
    assert_eq!(
        has(2, 3, 1, 2),
        [
            "2 cameras, 3 layouts, 1 tour, 2 walls",
            "2 Kameras, 3 Layouts, 1 Rundgang, 2 Wände",
            "カメラ 2 台、レイアウト 3 個、巡回 1 個、ウォール 2 面",
            "2 部攝影機、3 個版面、1 個輪播、2 面電視牆",
        ]
    );
    assert_eq!((EN.check.has)(1, 2, 2, 16), "1 camera, 2 layouts, 2 tours, 16 walls");
    assert_eq!(
        [0, 1, 2].map(DE.probe.runs_out),
        ["läuft heute ab", "läuft morgen ab", "läuft in 2 Tagen ab"]
    );
}
