//! How a table is declared: once for all languages.
//!
//! A text without anything to fill in is a `&'static str`; one with is a function, which a table
//! writes as a closure, so that each language has its own order, plurals and signs. The example
//! behind each argument is what tests fill in.

/// Declares a table: a struct with a field for each text, and all texts with their examples.
macro_rules! texts {
    ($(#[$about:meta])* $table:ident {
        $($(#[$doc:meta])* $text:ident $(($($arg:ident: $type:ty = $example:expr),+))?,)+
    }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy)]
        pub struct $table {
            $($(#[$doc])* pub $text: texts!(@type $(($($arg: $type),+))?),)+
        }

        impl $table {
            /// Every text under its name, with examples filled in.
            #[must_use]
            pub fn each(&self) -> Vec<(&'static str, String)> {
                vec![$((stringify!($text), texts!(@say self.$text, $($($example),+)?)),)+]
            }
        }
    };
    (@type) => { &'static str };
    (@type ($($arg:ident: $type:ty),+)) => { fn($($arg: $type),+) -> String };
    (@say $it:expr,) => { $it.to_owned() };
    (@say $it:expr, $($example:expr),+) => { ($it)($($example),+) };
}

pub(crate) use texts;
