//! Mistakes on their way through serde, which only carries text.
//!
//! Runs on the caller's thread. Policy: a value that finds its text wrong raises a mistake as data; it waits
//! in a slot of its thread until our own reader, whose error serde makes of the English text, takes it.
//! `ron`'s reader, which comes first, takes nothing: what it leaves is known by its text and not taken for
//! another one.

use std::cell::RefCell;

use camwall_words::Mistake;
use serde::de;

thread_local! {
    static RAISED: RefCell<Option<Mistake>> = const { RefCell::new(None) };
}

/// The error that a reader makes of a mistake.
pub(super) fn raise<E: de::Error>(mistake: impl Into<Mistake>) -> E {
    let mistake = mistake.into();
    let text = mistake.to_string();
    RAISED.replace(Some(mistake));
    E::custom(text)
}

/// The mistake that was raised with that text; the text itself where none was.
pub(super) fn raised(text: String) -> Mistake {
    let raised = RAISED.take().filter(|mistake| mistake.to_string() == text);
    raised.unwrap_or(Mistake::Told(text))
}

#[cfg(test)]
mod tests {
    use camwall_words::ValueMistake;

    use super::*;

    #[test]
    fn a_mistake_goes_through_serde_and_no_other_is_taken_for_it() {
        let error: serde::de::value::Error = raise(ValueMistake::Size);
        assert_eq!(error.to_string(), ValueMistake::Size.to_string());
        assert_eq!(raised("something else".to_owned()), Mistake::Told("something else".to_owned()));
        let error: serde::de::value::Error = raise(ValueMistake::EmptySpan);
        assert_eq!(raised(error.to_string()), ValueMistake::EmptySpan.into());
        let told = Mistake::Told(error.to_string());
        assert_eq!(raised(error.to_string()), told, "it is taken once");
    }
}
