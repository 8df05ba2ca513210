//! What addresses are taken for, and what is shown of them.

use super::*;

fn address(url: &str) -> Address {
    Address::parse(&CameraAddress::new(url)).expect("a good address")
}

#[test]
fn takes_logins_out_of_addresses() {
    let a = address("rtsp://ad.min:p%40ss%2F1@10.0.0.7:5554/x?y=1");
    assert_eq!(a.bare.expose(), "rtsp://10.0.0.7:5554/x?y=1");
    let login = a.login.clone().expect("a login");
    assert_eq!((login.user(), login.password()), ("ad.min", "p@ss/1"));
    assert_eq!(a.with_login().expose(), "rtsp://ad.min:p%40ss%2F1@10.0.0.7:5554/x?y=1");
}

#[test]
fn no_more_than_the_origin_is_told() {
    for (text, told) in [
        ("rtsp://u:p@10.0.0.7:5554/key/x?token=y", "rtsp://10.0.0.7:5554"),
        ("srt://:7000?passphrase=x", "srt://:7000"),
        ("/srv/clip.mp4", "/srv/clip.mp4"),
        ("file:///srv/a%20b.mp4", "/srv/a b.mp4"),
        ("/dev/video0", "/dev/video0"),
    ] {
        assert_eq!(address(text).origin(), told);
        assert_eq!(CameraAddress::new(text).origin(), told);
    }
    for text in ["rtsp://u:canary/x@h/y", "canary:canary@rtsp://h/", "sftp://canary:canary@h/"] {
        let camera = CameraAddress::new(text);
        assert!(!format!("{camera:?} {:?}", Address::parse(&camera)).contains("canary"), "{text}");
    }
}

#[test]
fn paths_devices_and_ports_to_listen_on() {
    assert_eq!(address("clips/a.mp4").scheme, Scheme::File);
    assert_eq!(address("file:///tmp/a%20b.mp4").bare.expose(), "/tmp/a b.mp4");
    assert_eq!(address("/dev/video0").scheme, Scheme::V4l2);
    assert_eq!(address("v4l2:///dev/video1").bare.expose(), "/dev/video1");
    let listening = address("srt://:7000?mode=listener");
    assert_eq!(listening.with_login().expose(), "srt://:7000?mode=listener");
}

#[test]
fn only_a_path_that_is_relative_is_taken_from_the_folder() {
    let beside =
        |text: &str| CameraAddress::new(text).beside(Path::new("/etc/wall")).expose().to_owned();
    assert_eq!(beside("./clip.mp4"), "/etc/wall/./clip.mp4");
    assert_eq!(beside("clip.mp4"), "/etc/wall/clip.mp4");
    for url in ["/dev/video0", "rtsp://10.0.0.1/live", "file:///srv/clip.mp4"] {
        assert_eq!(beside(url), url);
    }
}

#[test]
fn user_info_is_seen_and_a_multicast_address_has_none() {
    let has = |text| CameraAddress::new(text).has_user_info();
    for text in ["rtsp://u@h/", "rtsp://u:p@h", "http://:p@h/x", "rtsp://u:p@ss@h/"] {
        assert!(has(text), "{text}");
    }
    for text in ["rtsp://h/a@b", "udp://@239.0.0.1:1", "http://h?a=b@c", "a@b.mp4", "/x"] {
        assert!(!has(text), "{text}");
    }
}

#[test]
fn a_login_is_taken_off_and_nothing_else() {
    for (text, bare) in [
        ("rtsp://u:p@10.0.0.7:554/a?b=c@d#e", "rtsp://10.0.0.7:554/a?b=c@d#e"),
        ("http://u@h", "http://h"),
        ("rtsp://u:p@ss@h/", "rtsp://h/"),
        ("rtsp://u:p@[fe80::1]:554/x", "rtsp://[fe80::1]:554/x"),
        ("udp://@239.0.0.1:1", "udp://@239.0.0.1:1"),
        ("rtsp://h/a@b", "rtsp://h/a@b"),
        ("/dev/video0", "/dev/video0"),
    ] {
        let without = CameraAddress::new(text).without_user_info();
        assert_eq!(without.expose(), bare);
        assert!(!without.has_user_info());
    }
    assert!(CameraAddress::new("rtsp://admin:12/3@10.0.0.7/").is_doubtful());
    assert!(!CameraAddress::new("rtsp://admin:12@10.0.0.7/3").is_doubtful());
}

#[test]
fn a_secret_is_seen_by_its_name() {
    let holds = |text| CameraAddress::new(text).holds_secret();
    for text in [
        "rtsp://u@h/",
        "http://h/x?q=1&access_token=a",
        "srt://h:1?passphrase=a",
        "rtsp://h/user=a_password=b_channel=1.sdp",
    ] {
        assert!(holds(text), "{text}");
    }
    for text in
        ["rtsp://h/cam?channel=1&subtype=0", "/srv/key=1.mp4", "http://h/x?token=", "rtsp://h"]
    {
        assert!(!holds(text), "{text}");
    }
}

#[test]
fn a_name_becomes_a_number_and_nothing_else_changes() {
    let at = |url, number: &str| address(url).at(number.parse().expect("a number"));
    assert_eq!(at("rtsp://cam:8554/x?y=1", "10.0.0.7").bare.expose(), "rtsp://10.0.0.7:8554/x?y=1");
    assert_eq!(at("rtsp://cam/x", "fe80::1").bare.expose(), "rtsp://[fe80::1]/x");
}
