//! Nothing of real vendors' addresses is shown but scheme, host and port.

use camwall_address::{Address, CameraAddress, Censor, redact};

/// The secret as it is written in addresses: plain, percent-encoded, and with letters of others.
const FORMS: [&str; 4] = ["k4nari77", "k4nari%2Fx%40", "k4nari-grün-東", "k4nari%C3%BC'~"];

fn addresses() -> impl Iterator<Item = String> {
    let table = include_str!("vendor-urls.txt").lines().filter(|line| !line.starts_with('#'));
    table.flat_map(|line| FORMS.map(|form| line.replace("CANARY", form)))
}

#[test]
fn no_more_than_the_origin_of_any_address_is_shown() {
    for text in addresses().map(|text| text.replace("HOST", "10.0.0.7:8554")) {
        let camera = CameraAddress::new(text.as_str());
        let scheme = text.split("://").next().expect("a scheme");
        let origin = format!("{scheme}://10.0.0.7:8554");
        assert_eq!(camera.origin(), origin, "{text}");
        let address = Address::parse(&camera).expect(&text);
        assert_eq!(address.origin(), origin, "{text}");
        for shown in [
            format!("{camera:?} {address:?} {:?}", camera.check()),
            redact(&format!("can't open '{text}': refused")),
            redact(&format!("{:?}", address.with_login().expose())),
            redact(&format!("(FFmpeg, {})", address.bare.expose())),
        ] {
            assert!(!shown.contains("nari"), "{text}: {shown}");
            assert!(shown.contains(&origin), "{text}: {shown}");
        }
    }
}

#[test]
fn what_a_camera_repeats_of_its_address_is_hidden() {
    for text in addresses().map(|text| text.replace("HOST", "10.0.0.7:8554")) {
        let address = Address::parse(&CameraAddress::new(text.as_str())).expect(&text);
        let bare = address.bare.expose();
        let (_, behind) = bare.split_once(":8554").expect("a port");
        let login = address.login.as_ref().map_or("", |login| login.password());
        let said = format!("404 {behind} Not Found {login} {}", behind.trim_start_matches('/'));
        let shown = Censor::new(&address, []).clean(&said);
        assert!(!shown.contains("nari"), "{text}: {shown}");
    }
}
