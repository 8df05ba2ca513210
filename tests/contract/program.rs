//! The program as a file: how it is loaded.

use std::process::Command;

/// What readelf says of the program.
fn said(option: &str) -> String {
    let program = testkit::program("camwall");
    let output = Command::new("readelf").args(["--wide", option]).arg(program).output();
    let output = output.expect("the tests need readelf, of binutils");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn it_lies_at_random_addresses_and_its_tables_are_read_only() {
    let header = said("--file-header");
    let kind = header.lines().find(|line| line.trim().starts_with("Type:")).expect("a type");
    assert!(kind.contains("DYN"), "position-independent: {kind}");
    let dynamic = said("--dynamic");
    assert!(dynamic.contains("PIE"), "a program, not a library: {dynamic}");
    assert!(dynamic.contains("NOW"), "all symbols are looked up at the start: {dynamic}");
    assert!(!dynamic.contains("TEXTREL"), "{dynamic}");
    let segments = said("--segments");
    let has = |name: &str| segments.lines().find(|line| line.trim().starts_with(name));
    assert!(has("GNU_RELRO").is_some(), "tables are read-only from then on: {segments}");
    let stack = has("GNU_STACK").expect("a word on the stack");
    assert!(!stack.contains('E'), "no code on the stack: {stack}");
}
