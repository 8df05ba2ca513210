//! What is said of a wall file that was changed while the wall runs, in English.

use crate::Reload;

pub const RELOAD: Reload = Reload {
    not_taken_over: |mistakes| match mistakes {
        1 => "The wall file has a mistake: the wall goes on as it was".to_owned(),
        _ => format!("The wall file has {mistakes} mistakes: the wall goes on as it was"),
    },
    unreadable: "The wall file can't be read: the wall goes on as it was",
    and_more: |mistakes| format!("and {mistakes} more"),
    restart_needed: "RESTART NEEDED: the wall file asks for more than this run may do",
    out_of_reach: |whose| format!("{whose} is out of the sandbox's reach"),
    recording_folder: "recordings in another folder",
    sandbox: "the sandbox on or off",
};
