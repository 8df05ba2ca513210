//! Why a value can't be read, in German.

use crate::mistake::{DurationFault, UrlFault};

pub fn duration(fault: &DurationFault) -> String {
    use DurationFault as F;
    match fault {
        F::NoUnit { number } => {
            format!("die Einheit fehlt, zum Beispiel `{number}s` oder `{number}ms`")
        }
        F::UnknownUnit { unit } => {
            format!("unbekannte Einheit `{unit}`; erlaubt: `ms`, `s`, `min`, `h`, `d`")
        }
        F::NoNumber => "eine Zahl fehlt".into(),
        F::Character(character) => format!("unerwartetes Zeichen `{character}`"),
        F::Number => "die Zahl ist zu groß oder zu fein".into(),
        F::Empty => "es steht nichts da".into(),
    }
}

pub fn url(fault: UrlFault) -> &'static str {
    match fault {
        UrlFault::Host => "der Host ist leer",
        UrlFault::Name => "ungültiger internationaler Domainname",
        UrlFault::Port => "ungültige Portnummer",
        UrlFault::Ipv4 => "ungültige IPv4-Adresse",
        UrlFault::Ipv6 => "ungültige IPv6-Adresse",
        UrlFault::Character => "ungültiges Zeichen im Host",
        UrlFault::Long => "sie ist zu lang",
        UrlFault::Other => "sie ist nicht lesbar",
    }
}
