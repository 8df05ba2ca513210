//! The workspace as Cargo knows it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, io};

use serde_json::Value;

/// A crate of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// What Cargo calls it.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// The root file of its library, or of its program where it has no library.
    pub root_file: PathBuf,
    /// The crates it is built on, tests apart.
    pub dependencies: Vec<String>,
}

/// The workspace's folder.
#[must_use]
pub fn root() -> PathBuf {
    // Cargo's word of now, not of the build: a target folder may have been copied from elsewhere.
    let here =
        env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let here = PathBuf::from(here);
    here.ancestors().nth(2).unwrap_or(&here).to_owned()
}

/// All crates of the workspace, by name.
///
/// # Errors
/// If Cargo does not answer.
pub fn packages() -> io::Result<Vec<Package>> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version=1", "--offline"])
        .current_dir(root())
        .output()?;
    let answer: Value = serde_json::from_slice(&output.stdout)?;
    let unknown = || io::Error::other("cargo metadata without packages");
    let packages = answer["packages"].as_array().ok_or_else(unknown)?;
    let mut packages =
        packages.iter().map(package).collect::<Option<Vec<_>>>().ok_or_else(unknown)?;
    packages.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(packages)
}

fn package(package: &Value) -> Option<Package> {
    let targets = package["targets"].as_array()?;
    let of_kind = |kind: &str| {
        targets.iter().find(|target| {
            target["kind"].as_array().is_some_and(|kinds| kinds.iter().any(|one| one == kind))
        })
    };
    let target = of_kind("lib").or_else(|| of_kind("bin"))?;
    let dependencies = package["dependencies"].as_array()?.iter();
    Some(Package {
        name: package["name"].as_str()?.to_owned(),
        folder: Path::new(package["manifest_path"].as_str()?).parent()?.to_owned(),
        root_file: target["src_path"].as_str()?.into(),
        dependencies: dependencies
            .filter(|dependency| dependency["kind"].is_null())
            .filter_map(|dependency| dependency["name"].as_str().map(str::to_owned))
            .collect(),
    })
}
