//! A web camera: MJPEG over HTTP with a login.

use camwall_media::{Chroma, ChromaSiting, ColorInfo, ColorMatrix, FeedSpec, PlaneLayout};

use testkit::{SOON, feed::*, web};

#[test]
fn http_mjpeg() {
    let jpeg = web::jpeg();
    let port = web::serve(move |asked, stream| web::pictures(&jpeg, asked, stream));
    let address = format!("127.0.0.1:{port}");

    let feed = open(FeedSpec::new("web", format!("http://me:secret@{address}/video.cgi")));
    let frame = wait_frame(&feed, SOON, |_| true);
    let want =
        ColorInfo { matrix: ColorMatrix::Bt601, full_range: true, siting: ChromaSiting::Center };
    assert_eq!(frame.color, want);
    assert_eq!(frame.layout, PlaneLayout::Planar { chroma: Chroma::C422, bits: 8 });
    wait_for(&feed, "pictures", SOON, |s| s.frames_decoded > 20);
    close(feed);

    let feed = open(FeedSpec::new("web", format!("http://me:canary@{address}/video.cgi")));
    let status = wait_for(&feed, "a refusal", SOON, is_refused);
    assert!(!format!("{status:?}").contains("canary"), "{status:?}");
    close(feed);
}
