//! The hash in the making against that of the whole file.

use proptest::prelude::*;

use super::*;

/// A file in memory and what was read back of it.
#[derive(Default)]
struct Model {
    file: Vec<u8>,
    hash: TreeHash,
}

impl Model {
    fn write(&mut self, offset: usize, data: &[u8]) {
        let end = offset + data.len();
        if !data.is_empty() && self.file.len() < end {
            self.file.resize(end, 0);
        }
        if !data.is_empty() {
            self.file[offset..end].copy_from_slice(data);
        }
        self.hash.write(offset as u64, data);
    }

    /// Checks the hash and gives how many bytes were read back for it.
    fn check(&mut self) -> usize {
        let mut read = 0;
        let file = &self.file;
        let hash = self.hash.finish(file.len() as u64, |offset, buffer| {
            let offset = usize_of(offset);
            buffer.copy_from_slice(&file[offset..offset + buffer.len()]);
            read += buffer.len();
            Ok(())
        });
        assert_eq!(
            hash.expect("no failure"),
            blake3::hash(file).to_string(),
            "{} bytes",
            file.len()
        );
        read
    }
}

fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut data = vec![0; len];
    random.fill(&mut data);
    data
}

#[test]
fn all_lengths_in_sequence_need_no_reading() {
    const G: usize = GROUP as usize;
    let lengths = [0, 1, 1023, 1024, 1025, 5000]
        .into_iter()
        .chain((1..10).flat_map(|n| [n * G - 1, n * G, n * G + 1, n * G + 1024]));
    for length in lengths {
        let mut model = Model::default();
        for part in noise(length, 1).chunks(30_011) {
            model.write(model.file.len(), part);
        }
        // One whole group: its value as a part of more does not tell its value as all.
        assert_eq!(model.check(), if length == G { G } else { 0 }, "{length}");
    }
}

#[test]
fn only_what_was_patched_is_read_back() {
    const G: usize = GROUP as usize;
    let mut model = Model::default();
    model.write(0, &noise(10 * G + 5, 2));
    model.write(47, &[1; 8]);
    model.write(3 * G - 4, &[2; 8]);
    assert_eq!(model.check(), 3 * G);
    // The group being written counts too, and is sound again when the next one begins.
    model.write(10 * G + 1, &[3]);
    model.write(10 * G + 5, &noise(2 * G, 3));
    assert_eq!(model.check(), 4 * G);
}

#[test]
fn an_offset_beyond_all_bounds_allocates_nothing() {
    let mut hash = TreeHash::new();
    hash.write(0, &[1; 100]);
    hash.write(1 << 60, &[1; 100]);
    hash.write((1 << 60) + 100, &[2; 3 * GROUP as usize]);
    assert!(hash.groups.len() <= MOST_GROUPS);
    hash.truncate(100);
    let mut read = 0;
    let whole = hash.finish(100, |_, buffer| {
        buffer.fill(1);
        read += buffer.len();
        Ok(())
    });
    assert_eq!((whole.expect("no failure"), read), (blake3::hash(&[1; 100]).to_string(), 100));
}

#[test]
fn a_failure_to_read_is_passed_on() {
    let mut hash = TreeHash::new();
    hash.write(10, b"abc");
    assert!(hash.finish(13, |_, _| Err(io::ErrorKind::Other.into())).is_err());
}

#[derive(Clone, Debug)]
enum Step {
    Append(usize),
    Patch(usize, usize),
    Hole(usize, usize),
    Truncate(usize),
    Grow(usize),
    Check,
}

fn step() -> impl Strategy<Value = Step> {
    const G: usize = GROUP as usize;
    let near = (0..4_usize, 0..3_usize).prop_map(|(n, d)| (n * G + d).saturating_sub(1));
    let size = prop_oneof![0..3000_usize, near, 0..3 * G];
    prop_oneof![
        8 => size.clone().prop_map(Step::Append),
        4 => (0..12 * G, 0..300_usize).prop_map(|(at, len)| Step::Patch(at, len)),
        1 => (size.clone(), size.clone()).prop_map(|(gap, len)| Step::Hole(gap, len)),
        1 => size.clone().prop_map(Step::Truncate),
        1 => size.prop_map(Step::Grow),
        1 => Just(Step::Check),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn equals_the_hash_of_the_file(steps in proptest::collection::vec(step(), 0..25)) {
        let mut model = Model::default();
        for (seed, step) in steps.into_iter().enumerate() {
            let (seed, end) = (seed as u64, model.file.len());
            match step {
                Step::Append(len) => model.write(end, &noise(len, seed)),
                Step::Patch(at, len) => model.write(at.min(end), &noise(len, seed)),
                Step::Hole(gap, len) => model.write(end + gap, &noise(len, seed)),
                Step::Truncate(by) => {
                    model.file.truncate(end.saturating_sub(by));
                    model.hash.truncate(model.file.len() as u64);
                }
                // Behind its back, as `ftruncate` does.
                Step::Grow(by) => model.file.resize(end + by, 0),
                Step::Check => { model.check(); }
            }
        }
        model.check();
    }
}
