//! Cycles among the modules of one parent.
//!
//! A module may name its parent and its children as it likes. Two children of one parent (with all
//! that is below them) may name each other in one direction only, over however many siblings.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::modules::{ModulePath, ModuleTree};

/// A step of a cycle that is known and to be removed.
#[derive(Debug, Clone, Copy)]
pub struct Allowed {
    /// The parent of both modules, `crate` or `crate::wall` say.
    pub parent: &'static str,
    /// The child that names the other.
    pub from: &'static str,
    /// The child that is named.
    pub to: &'static str,
    /// Why the step is still there.
    pub reason: &'static str,
}

/// What the check has to say about one crate.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Each cycle once, with a path that is named for every step.
    pub cycles: Vec<String>,
    /// Allowed steps that are on no cycle any more.
    pub stale: Vec<String>,
}

/// From one sibling to another: who names what, for the message.
type Steps = BTreeMap<(String, String), BTreeSet<String>>;

/// Checks one crate.
#[must_use]
pub fn check_cycles(tree: &ModuleTree, allowed: &[Allowed]) -> Findings {
    let all = steps(tree);
    let without = |left_out: &dyn Fn(usize) -> bool| {
        let mut steps = all.clone();
        for (_, entry) in allowed.iter().enumerate().filter(|(index, _)| left_out(*index)) {
            if let Some(steps) = steps.get_mut(entry.parent) {
                steps.remove(&(entry.from.to_owned(), entry.to.to_owned()));
            }
        }
        steps
    };
    let cycles = without(&|_| true).into_iter().flat_map(|(parent, steps)| cycles(&parent, &steps));
    let cycles: BTreeSet<String> = cycles.collect();
    let mut stale = Vec::new();
    for (index, entry) in allowed.iter().enumerate() {
        let steps = without(&|other| other != index);
        let needed = steps.get(entry.parent).is_some_and(|steps| {
            steps.contains_key(&(entry.from.to_owned(), entry.to.to_owned()))
                && way(steps, entry.to, entry.from).is_some()
        });
        if !needed {
            stale.push(format!("{}: {} → {}", entry.parent, entry.from, entry.to));
        }
    }
    Findings { cycles: cycles.into_iter().collect(), stale }
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

    fn check(text: &str, allowed: &[Allowed]) -> Findings {
        let open = |file: &Path| (file == Path::new("lib.rs")).then(|| text.to_owned());
        let tree = ModuleTree::read(Path::new("lib.rs"), &open).expect("a crate");
        check_cycles(&tree, allowed)
    }

    #[test]
    fn siblings_that_name_each_other_are_found() {
        let found =
            check("mod a { use crate::b::X; pub struct Y; } mod b { use super::a::Y; }", &[]);
        assert_eq!(
            found.cycles,
            ["crate: a → b (crate::a names crate::b::X) → a (crate::b names super::a::Y)"]
        );
    }

    #[test]
    fn a_cycle_over_three_siblings_is_found_once() {
        let found = check(
            "mod a { use crate::b; } mod b { use crate::c; } mod c { fn f() { crate::a::g() } }",
            &[],
        );
        assert_eq!(found.cycles.len(), 1, "{:?}", found.cycles);
        assert!(found.cycles[0].starts_with("crate: a → b "), "{:?}", found.cycles);
    }

    #[test]
    fn a_cycle_behind_a_re_export_of_the_parent_is_found() {
        let found = check(
            "mod p { pub use self::a::A; mod a { pub struct A; use super::b::B; } \
             mod b { use super::A; } }",
            &[],
        );
        assert_eq!(found.cycles.len(), 1, "{:?}", found.cycles);
        assert!(found.cycles[0].starts_with("crate::p: a → b "), "{:?}", found.cycles);
    }

    #[test]
    fn children_count_for_the_sibling_they_belong_to() {
        let found =
            check("mod a { mod deep { use crate::b::X; } } mod b { use crate::a::deep::Y; }", &[]);
        assert_eq!(found.cycles.len(), 1, "{:?}", found.cycles);
    }

    #[test]
    fn parents_children_one_direction_and_tests_are_fine() {
        let found = check(
            "mod a { mod child { use super::Z; } use self::child::W; use crate::b::X; } \
             mod b { #[cfg(test)] mod tests { use crate::a::Y; } }",
            &[],
        );
        assert_eq!(found, Findings::default());
    }

    #[test]
    fn an_allowed_step_breaks_its_cycle_and_is_stale_when_there_is_none() {
        let entry = Allowed { parent: "crate", from: "b", to: "a", reason: "to be moved" };
        let round = "mod a { use crate::b; } mod b { use crate::a; }";
        assert_eq!(check(round, &[entry]), Findings::default());
        let found = check("mod a { use crate::b; } mod b { }", &[entry]);
        assert_eq!(found.stale, ["crate: b → a"]);
        let found = check("mod a { } mod b { use crate::a; }", &[entry]);
        assert_eq!(found.stale, ["crate: b → a"]);
    }
}
