//! What a figure must keep to.

/// Says whether a figure keeps to its limit; false where it does not, or is no number.
pub fn at_most(what: &str, figure: f64, limit: f64) -> bool {
    verdict(what, figure, "at most", limit, figure <= limit)
}

/// The same of a figure that must not be smaller.
pub fn at_least(what: &str, figure: f64, limit: f64) -> bool {
    verdict(what, figure, "at least", limit, figure >= limit)
}

/// Says whether something is as it must be.
pub fn holds(what: &str, is_true: bool) -> bool {
    println!("  {} {what}", word(is_true));
    is_true
}

fn verdict(what: &str, figure: f64, relation: &str, limit: f64, met: bool) -> bool {
    println!("  {} {what}: {figure:.3}, {relation} {limit:.3}", word(met));
    met
}

fn word(met: bool) -> &'static str {
    if met { "met    " } else { "NOT MET" }
}
