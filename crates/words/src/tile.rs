//! What a tile says, but for sentences of advice and what is about recordings.

use crate::texts::texts;

texts! {
    /// The words of a camera's state, in large letters: short, and in capitals where a script has them.
    States {
        /// Pictures come, and are new.
        live,
        /// The first picture is waited for.
        connecting,
        /// Pictures come too late.
        late,
        /// There was a picture, and no new one comes.
        no_new_picture,
        /// No picture can be made of what comes.
        cant_decode,
        /// The camera has no time for another viewer.
        busy,
        /// There is no login for a camera that wants one.
        no_login,
        /// The camera's certificate is not trusted.
        not_trusted,
        /// The camera can't be reached.
        offline,
        /// The camera refuses the login.
        login_refused,
        /// The file is over.
        ended,
    }
}

texts! {
    /// What is wrong with a picture that is live, and doubtful about recordings: as short as a state.
    Warned {
        /// The picture does not change.
        frozen,
        /// The picture is black or of one colour.
        dark,
        /// Parts of the picture are wrong.
        damaged,
        /// The clock contradicts what is recorded.
        clock,
        /// A limit of `keep` can't be met.
        keep,
        /// Less is decoded than comes.
        reduced,
        /// It is encrypted, but nobody knows from whom.
        unverified,
        /// One of these words, and since when.
        since(word: &str = "FROZEN", time: &str = "31 Dec 23:59:58"),
    }
}

texts! {
    /// What else a tile says.
    Tile {
        /// Bytes reach the disk.
        rec,
        /// What is recorded is kept.
        kept,
        /// A camera is to be recorded and is not: the banner.
        not_recording,
        /// A state, and by how much the pictures are late.
        late_by(word: &str = "LATE", seconds: u64 = 12),
        /// How old the picture is.
        picture_old(seconds: &str = "2.5"),
        /// Since when there is no picture.
        since(time: &str = "31 Dec 23:59:58"),
        /// When the last picture came.
        last_picture(time: &str = "31 Dec 23:59:58", seconds: u64 = 86_399),
        /// The camera is called now.
        trying_now,
        /// The camera is called again.
        trying_in(seconds: u64 = 59),
        /// The main stream, where figures are shown.
        main_stream,
        /// The sub stream, where figures are shown.
        sub_stream,
        /// How long a picture takes, and how old it is.
        delay_and_age(milliseconds: u128 = 120, age: &str = "<1 s"),
        /// The number of a camera that is being typed.
        camera_number(digits: &str = "12"),
    }
}
