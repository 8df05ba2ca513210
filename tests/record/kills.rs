//! Five kills; `tests/kills.rs` has a hundred.

use testkit::{kills, turn};

#[test]
fn five_kills_cost_less_than_a_second_each() {
    let _turn = turn();
    kills::survives(5);
}
