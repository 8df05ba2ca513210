//! Random actions on the program without a screen: what must hold is looked at after every update.
//!
//! Input is what winit delivers, the systems are the program's, time is told. Policy: only
//! [`adapter`] names what the program is made of; the rules that it is compared with (`model`,
//! `selection`) and what must hold (`invariants`) are said in pixels, tiles and keys.

mod actions;
mod adapter;
mod arranging;
mod edits;
mod hotspots;
mod invariants;
mod model;
mod selection;
mod tours;
mod views;
mod walls;

use std::time::Duration;

use proptest::{
    prelude::*,
    test_runner::{RngSeed, TestError, TestRunner},
};

use actions::{At, Input, Step, steps};
use adapter::Adapter;
use invariants::{Zooms, verify, zooms};
use model::{Model, Under};
use walls::{WallPlan, wall};

const SIZE: (u32, u32) = (1280, 720);
/// How many sequences a run plays; `PROPTEST_CASES` asks for another number.
const SEQUENCES: u32 = 1000;
/// How often a sequence that fails is tried with less in it.
const SHORTENINGS: u32 = 10_000;
/// `PROPTEST_RNG_SEED` asks for other sequences.
const SEED: u64 = 1;

/// The program and the model, played side by side.
struct Game {
    adapter: Adapter,
    model: Model,
    zooms: Zooms,
    /// Keys that come up with the next update.
    down: Vec<String>,
}

impl Game {
    fn new(plan: WallPlan) -> Self {
        let adapter = Adapter::new(&plan.text(), SIZE);
        let model = Model::new(plan, SIZE);
        let zooms = zooms(&adapter, model.cameras());
        Self { adapter, model, zooms, down: Vec::new() }
    }

    fn play(&mut self, step: &Step) {
        self.begin(Duration::from_millis(step.after));
        for input in &step.inputs {
            self.input(input);
        }
        self.finish();
    }

    fn begin(&mut self, after: Duration) {
        self.model.begin(after);
        for key in self.down.drain(..) {
            self.adapter.release(&key);
        }
        self.adapter.pass(after);
    }

    fn finish(&mut self) {
        self.adapter.update();
        verify(&mut self.adapter, &mut self.model, &self.zooms);
        self.zooms = zooms(&self.adapter, self.model.cameras());
    }

    /// An update within a gesture.
    fn next(&mut self) {
        self.finish();
        self.begin(Duration::from_millis(16));
    }

    fn pixel(&self, at: At) -> (f32, f32) {
        (at.0 * self.model.size.0 as f32, at.1 * self.model.size.1 as f32)
    }

    fn input(&mut self, input: &Input) {
        let cameras = self.model.cameras();
        match *input {
            Input::Reload(ref edits) => {
                let mut plan = self.model.plan.clone();
                edits.iter().for_each(|edit| plan.edit(*edit));
                self.adapter.reload(&plan.text());
                self.model.reload(plan);
            }
            Input::Stroke { modifiers, key, late } => self.stroke(modifiers, key, late),
            Input::Hold(modifier) => self.press(modifier),
            Input::Let(modifier) => self.release(modifier),
            Input::FocusLost => {
                self.adapter.lose_focus();
                self.model.lose_focus();
            }
            Input::Click { at, aside, slow } => self.click(self.pixel(at), aside, slow),
            Input::Drag { from, by, updates } => self.drag(self.pixel(from), by, updates),
            Input::Wheel { at, notches } => {
                let at = self.pixel(at);
                self.adapter.point(at);
                self.adapter.wheel(notches.into());
                self.model.wheel(at, notches.into());
            }
            Input::Point(at) => self.adapter.point(self.pixel(at)),
            Input::Resize(size) => {
                self.adapter.resize(size);
                self.model.resize(size);
            }
            Input::Say { camera, live, size } => {
                self.adapter.say(camera % cameras, live, size);
                self.model.said.insert(camera % cameras, (live, size));
            }
            Input::Remove(camera) => {
                if !self.model.removed.contains(&(camera % cameras)) {
                    self.adapter.remove_camera(camera % cameras);
                    self.model.remove(camera % cameras);
                }
            }
        }
    }

    fn press(&mut self, key: &'static str) {
        // With Shift a keyboard makes a capital letter.
        let capital = key.len() == 1 && self.model.holds("Shift");
        self.adapter.press(&if capital { key.to_uppercase() } else { key.to_owned() });
        self.model.press(key);
    }

    fn release(&mut self, key: &'static str) {
        self.adapter.release(key);
        self.model.release(key);
    }

    fn stroke(&mut self, modifiers: &[&'static str], key: &'static str, late: bool) {
        for modifier in modifiers {
            self.press(modifier);
        }
        self.press(key);
        if late {
            self.down.push(key.to_owned());
        } else {
            self.release(key);
        }
        for modifier in modifiers {
            self.release(modifier);
        }
    }

    fn click(&mut self, at: (f32, f32), aside: (f32, f32), slow: bool) {
        self.adapter.point(at);
        self.adapter.button(true);
        self.model.operated();
        if slow {
            self.next();
        }
        let end = (at.0 + aside.0, at.1 + aside.1);
        let (pressed, at) = (at, end);
        self.adapter.point(at);
        if !self.model.maximized && self.model.under(at) == Under::Unknown {
            // What lies there depends on how far a tile has flown: dragged away, it hits nothing.
            let far = (at.0 + 50.0, at.1);
            self.next();
            self.adapter.point(far);
            self.model.drag(pressed, (far.0 - pressed.0, far.1 - pressed.1));
            self.adapter.button(false);
            return;
        }
        self.adapter.button(false);
        self.model.click(at);
    }

    fn drag(&mut self, from: (f32, f32), by: (f32, f32), updates: u8) {
        self.adapter.point(from);
        self.adapter.button(true);
        self.model.operated();
        let part = (by.0 / f32::from(updates), by.1 / f32::from(updates));
        for part_number in 1..=updates {
            self.next();
            let parts = f32::from(part_number);
            self.adapter.point((from.0 + parts * part.0, from.1 + parts * part.1));
            self.model.drag(from, part);
        }
        self.adapter.button(false);
    }
}

#[test]
fn whatever_an_operator_does_the_wall_is_what_it_should_be() {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let asked = |name: &str| std::env::var_os(name).is_some();
    if !asked("PROPTEST_CASES") {
        config.cases = SEQUENCES;
    }
    if !asked("PROPTEST_MAX_SHRINK_ITERS") {
        config.max_shrink_iters = SHORTENINGS;
    }
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(SEED);
    }
    let seed = config.rng_seed;
    let mut runner = TestRunner::new(config);
    let outcome = runner.run(&(wall(), steps()), |(plan, steps)| {
        let mut game = Game::new(plan);
        for step in &steps {
            game.play(step);
        }
        Ok(())
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Abort(why)) => panic!("no sequence: {why}"),
        Err(TestError::Fail(why, (plan, steps))) => {
            let some = |step: &&Step| step.after > 0 || !step.inputs.is_empty();
            let steps: String =
                steps.iter().filter(some).map(|step| format!("{step:?}\n")).collect();
            panic!("PROPTEST_RNG_SEED={seed}: {why}\n{}\n{steps}", plan.text());
        }
    }
}
