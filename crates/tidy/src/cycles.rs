//! Cycles among the modules of one parent.
//!
//! A module may name its parent and its children as it likes. Two children of one parent (with all
//! that is below them) may name each other in one direction only, over however many siblings.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::modules::{ModulePath, ModuleTree};

/// From one sibling to another: who names what, for the message.
type Steps = BTreeMap<(String, String), BTreeSet<String>>;

/// The cycles of one crate: each once, with a path that is named for every step.
#[must_use]
pub fn check_cycles(tree: &ModuleTree) -> Vec<String> {
    let all = steps(tree).into_iter().flat_map(|(parent, steps)| cycles(&parent, &steps));
    all.collect::<BTreeSet<String>>().into_iter().collect()
}

/// Every step between siblings, by parent.
fn steps(tree: &ModuleTree) -> BTreeMap<String, Steps> {
    let mut all: BTreeMap<String, Steps> = BTreeMap::new();
    for (at, module) in &tree.modules {
        for named in &module.named {
            let Some(owner) = tree.owner(at, named) else { continue };
            let shared = at.iter().zip(&owner).take_while(|(one, other)| one == other).count();
            let (Some(from), Some(to)) = (at.get(shared), owner.get(shared)) else { continue };
            let steps = all.entry(spelled(&at[..shared])).or_default();
            let witnesses = steps.entry((from.clone(), to.clone())).or_default();
            // A name that `use` brought in says less than the `use`.
            if matches!(named[0].as_str(), "crate" | "super" | "self") {
                witnesses.insert(format!("{} names {}", spelled(at), named.join("::")));
            }
        }
    }
    all
}

fn spelled(path: &[String]) -> String {
    let path: ModulePath = [&["crate".to_owned()], path].concat();
    path.join("::")
}

/// For each step that is on a cycle the shortest such cycle; cycles that are the same come out
/// the same.
fn cycles(parent: &str, steps: &Steps) -> Vec<String> {
    let mut found = Vec::new();
    for (from, to) in steps.keys() {
        let Some(mut round) = way(steps, to, from) else { continue };
        // `round` leads from `to` to `from`; the step closes it.
        let first = (0..round.len()).min_by_key(|&index| round[index].clone()).unwrap_or_default();
        round.rotate_left(first);
        let mut text = format!("{parent}: {}", round[0]);
        for (index, name) in round.iter().enumerate() {
            let next = &round[(index + 1) % round.len()];
            let witnesses = &steps[&(name.clone(), next.clone())];
            text.push_str(&format!(" → {next} ({})", in_short(witnesses)));
        }
        found.push(text);
    }
    found
}

/// The first, and how many more there are.
fn in_short(witnesses: &BTreeSet<String>) -> String {
    let first = witnesses.first().map_or("by a name that is imported", String::as_str);
    match witnesses.len() {
        0 | 1 => first.to_owned(),
        more => format!("{first}, and {} more", more - 1),
    }
}

/// The shortest way between two siblings, both included.
fn way(steps: &Steps, from: &str, to: &str) -> Option<Vec<String>> {
    let mut before: BTreeMap<&str, &str> = BTreeMap::new();
    let mut queue = VecDeque::from([from]);
    while let Some(name) = queue.pop_front() {
        if name == to {
            let mut way = vec![name.to_owned()];
            let mut name = name;
            while name != from {
                name = before[name];
                way.push(name.to_owned());
            }
            way.reverse();
            return Some(way);
        }
        for (_, next) in steps.keys().filter(|(one, _)| one == name) {
            if next != from && !before.contains_key(next.as_str()) {
                before.insert(next, name);
                queue.push_back(next);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn check(text: &str) -> Vec<String> {
        let open = |file: &Path| (file == Path::new("lib.rs")).then(|| text.to_owned());
        let tree = ModuleTree::read(Path::new("lib.rs"), &open).expect("a crate");
        check_cycles(&tree)
    }

    #[test]
    fn siblings_that_name_each_other_are_found() {
        let found = check("mod a { use crate::b::X; pub struct Y; } mod b { use super::a::Y; }");
        assert_eq!(
            found,
            ["crate: a → b (crate::a names crate::b::X) → a (crate::b names super::a::Y)"]
        );
    }

    #[test]
    fn a_cycle_over_three_siblings_is_found_once() {
        let found = check(
            "mod a { use crate::b; } mod b { use crate::c; } mod c { fn f() { crate::a::g() } }",
        );
        assert_eq!(found.len(), 1, "{:?}", found);
        assert!(found[0].starts_with("crate: a → b "), "{:?}", found);
    }

    #[test]
    fn a_cycle_behind_a_re_export_of_the_parent_is_found() {
        let found = check(
            "mod p { pub use self::a::A; mod a { pub struct A; use super::b::B; } \
             mod b { use super::A; } }",
        );
        assert_eq!(found.len(), 1, "{:?}", found);
        assert!(found[0].starts_with("crate::p: a → b "), "{:?}", found);
    }

    #[test]
    fn children_count_for_the_sibling_they_belong_to() {
        let found =
            check("mod a { mod deep { use crate::b::X; } } mod b { use crate::a::deep::Y; }");
        assert_eq!(found.len(), 1, "{:?}", found);
    }

    #[test]
    fn parents_children_one_direction_and_tests_are_fine() {
        let found = check(
            "mod a { mod child { use super::Z; } use self::child::W; use crate::b::X; } \
             mod b { #[cfg(test)] mod tests { use crate::a::Y; } }",
        );
        assert!(found.is_empty(), "{found:?}");
    }
}
