//! Fetching logins, and reading files from the disk.

use std::{fs, path::Path};

use crate::{ConfigErrors, Login, Wall};

#[test]
fn a_login_file_is_relative_to_the_wall() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("gate.login"), "admin:pa:ss \r\nignored\n").unwrap();
    let login = Login::File("gate.login".into()).resolve(folder.path()).unwrap();
    assert_eq!((login.user(), login.password()), ("admin", "pa:ss "));
    assert_eq!(format!("{login:?}"), "Login(***)");
}

#[test]
fn wrong_logins_say_why_but_not_what() {
    let folder = tempfile::tempdir().unwrap();
    let missing = Login::File("none".into()).resolve(folder.path()).unwrap_err().to_string();
    assert!(missing.contains("none: No such file"), "{missing}");
    for content in ["s3cret", ":s3cret", ""] {
        fs::write(folder.path().join("bad"), content).unwrap();
        let said = Login::File("bad".into()).resolve(folder.path()).unwrap_err().to_string();
        assert!(said.contains("does not hold `user:password`"), "{said}");
        assert!(!said.contains("s3cret"), "{said}");
    }
}

#[test]
fn a_login_file_is_a_file_and_only_its_beginning_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let said = Login::File("".into()).resolve(folder.path()).unwrap_err().to_string();
    assert!(said.ends_with("not a regular file"), "{said}");
    // A device that never ends, and one that never begins.
    let zeros = Login::File("/dev/zero".into()).resolve(folder.path()).unwrap_err().to_string();
    assert_eq!(zeros, "cannot read /dev/zero: not a regular file");
    // What follows the first line need not even be text.
    fs::write(folder.path().join("long"), [b"u:p\n".as_slice(), &[0xff; 10_000]].concat()).unwrap();
    let login = Login::File("long".into()).resolve(folder.path()).unwrap();
    assert_eq!((login.user(), login.password()), ("u", "p"));
    fs::write(folder.path().join("endless"), [b'a'; 5000]).unwrap();
    let said = Login::File("endless".into()).resolve(folder.path()).unwrap_err().to_string();
    assert!(said.ends_with("the first line is too long"), "{said}");
    fs::write(folder.path().join("latin"), b"u:caf\xe9\n").unwrap();
    let said = Login::File("latin".into()).resolve(folder.path()).unwrap_err().to_string();
    assert!(said.ends_with("latin: not UTF-8 text"), "{said}");
}

#[test]
fn the_environment_holds_logins() {
    let unset = Login::Env("CAMWALL_TEST_UNSET".into()).resolve(Path::new("")).unwrap_err();
    let expected = "environment variable `CAMWALL_TEST_UNSET` is not set; it must hold \
                    `user:password`";
    assert_eq!(unset.to_string(), expected);
    // Cargo sets this for every test; it holds no colon.
    let wrong = Login::Env("CARGO_PKG_NAME".into()).resolve(Path::new("")).unwrap_err();
    assert!(wrong.to_string().contains("`CARGO_PKG_NAME` does not hold"), "{wrong}");
}

fn load(path: &Path) -> String {
    match Wall::load(path) {
        Err(errors @ ConfigErrors::Unreadable { .. }) => errors.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn files_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let said = load(&folder.path().join("wall.ron"));
    assert!(said.ends_with("wall.ron: no such file; see assets/wall.ron for a commented example"));
    assert!(load(folder.path()).ends_with("is a folder, not a wall file"));
    let latin = folder.path().join("latin.ron");
    fs::write(&latin, b"(\n// caf\xe9\n)").unwrap();
    assert!(load(&latin).ends_with("latin.ron: not UTF-8 text: line 2 holds other bytes"));
}

#[test]
fn a_file_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wall.ron");
    fs::write(&path, "\u{feff}(cameras: { \"a\": (main: \"/dev/video0\") })").unwrap();
    assert_eq!(Wall::load(&path).unwrap().wall.cameras.len(), 1);
}
