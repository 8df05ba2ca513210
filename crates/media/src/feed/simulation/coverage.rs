//! What has to happen in the random sequences, or they would prove nothing.

use std::collections::BTreeMap;

/// How often something happened.
pub(super) type Counts = BTreeMap<&'static str, u32>;

/// All that is counted.
pub(super) const MUST_HAPPEN: [&str; 31] = [
    "a first try",
    "another way at once",
    "a pause of 1 s",
    "a pause of 2 s",
    "a pause of 5 s",
    "a pause of 10 s",
    "a pause of 30 s",
    "a refused login",
    "no login",
    "another login",
    "another login is tried at once",
    "busy",
    "busy for the fifth time",
    "busy until then",
    "sent elsewhere",
    "late, and connected anew at once",
    "late again too soon",
    "hidden while it connects",
    "dead while it connects",
    "the other client for undecodable pictures",
    "what was learnt is old at the start",
    "what was learnt gets old",
    "well again after half a minute",
    "live",
    "stale",
    "hidden",
    "an outage that is over",
    "a panic",
    "cancelled while connecting or reading",
    "cancelled in a pause",
    "the end of a file",
];
