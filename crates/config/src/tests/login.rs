//! Fetching logins, and reading files from the disk.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use crate::login::credential;
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

#[test]
fn a_credential_is_read_from_the_folder_that_systemd_names() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("gate"), "admin:pw\n").unwrap();
    let login = credential("gate", Some(folder.path().as_os_str())).unwrap();
    assert_eq!((login.user(), login.password()), ("admin", "pw"));
    let missing = credential("yard", Some(folder.path().as_os_str())).unwrap_err().to_string();
    assert!(missing.contains("yard: No such file"), "{missing}");
    let unset = credential("gate", None).unwrap_err().to_string();
    assert!(unset.starts_with("`CREDENTIALS_DIRECTORY` is not set"), "{unset}");
}

#[test]
fn files_with_secrets_that_others_can_read_are_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let set = |name: &str, text: &str, mode| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    };
    set("login", "u:p", 0o640);
    let exposed = Login::File("login".into()).exposed(folder.path()).unwrap().to_string();
    assert!(exposed.ends_with("login (mode 0640): `chmod 600` it"), "{exposed}");
    set("login", "u:p", 0o600);
    assert_eq!(Login::File("login".into()).exposed(folder.path()), None);
    let wall = |fields: &str, mode| {
        let path = set("wall.ron", &format!("(cameras: {{ \"a\": ({fields}) }})"), mode);
        let said = Wall::load(&path).unwrap().warnings;
        said.iter().map(|it| (it.column, it.message())).collect::<Vec<_>>()
    };
    for (fields, column) in [
        (r#"main: "http://h/x?access_token=k4nari""#, 25),
        (r#"main: "/a", sub: "srt://h:1?passphrase=k4nari""#, 36),
        (r#"main: "srt://h:1", options: { "passphrase": "k4nari" }"#, 63),
    ] {
        let said = wall(fields, 0o644);
        let message =
            "a login or key is in this file, and others can read it (mode 0644): `chmod 600` it";
        assert_eq!(said, [(column, message.to_owned())], "{fields}");
        assert_eq!(wall(fields, 0o600), [], "{fields}");
    }
    assert_eq!(wall(r#"main: "rtsp://h/x?channel=1""#, 0o644), []);
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
