//! Rules about tours: steps that there are, and times in which one sees something.
//!
//! Runs on the caller's thread. Policy: a tour of the wall steps through layouts and one of a tile
//! through cameras; a tour in a tour is refused, because nobody could tell where it is.

use std::time::Duration;

use camwall_words::{Named, Range, WallMistake};

use crate::spanned::tree::Spot;
use crate::suggest::nearest_in_file;
use crate::{Tour, Wall};

use super::{Check, out_of_range};

impl Check<'_> {
    pub(super) fn tours(&mut self, wall: &Wall, tours: Spot<'_, '_>) {
        for (name, tour) in &wall.tours {
            self.name(tours.name(name), Named::Tour, name);
            if self.names.layouts.contains(name) {
                self.error(tours.name(name), WallMistake::SameName { name: name.clone() });
            }
            let spot = tours.key(name);
            self.tour(tour, spot);
            for (index, shown) in tour.shows().enumerate() {
                self.step(name, shown, spot.key("steps").index(index).key("show").at);
            }
        }
    }

    /// What tours of the wall and of tiles have in common: how many steps, and times.
    pub(super) fn tour(&mut self, tour: &Tour, spot: Spot<'_, '_>) {
        let Tour { steps, every, resume_after } = tour;
        let at = spot.key("steps");
        if !(1..=Tour::MOST_STEPS).contains(&steps.len()) {
            let (most, steps) = (Tour::MOST_STEPS, steps.len());
            self.error(at.at, WallMistake::Steps { most, steps });
        }
        self.step_time("every", *every, spot.key("every").at);
        for (index, step) in steps.iter().enumerate() {
            if let Some(time) = step.time {
                self.step_time("for", time, at.index(index).key("for").at);
            }
        }
        if !Tour::PAUSES.contains(resume_after) {
            let wrong = out_of_range("resume_after", Range::Between("1s", "24h"), *resume_after);
            self.error(spot.key("resume_after").at, wrong);
        }
    }

    fn step_time(&mut self, setting: &str, time: Duration, at: usize) {
        if !Tour::TIMES.contains(&time) {
            self.error(at, out_of_range(setting, Range::Between("2s", "1h"), time));
        }
    }

    /// A step of the tour `tour` of the wall.
    fn step(&mut self, tour: &str, shown: &str, at: usize) {
        if self.is_layout(shown) {
            return;
        }
        let (tour, shown) = (tour.to_owned(), shown.to_owned());
        if self.names.tours.contains(&shown) {
            return self.error(at, WallMistake::TourInTour { shown, tour });
        }
        let hint = nearest_in_file(&shown, self.names.layouts.iter().map(String::as_str));
        self.error(at, WallMistake::UnknownStep { layout: shown, tour, hint });
    }
}
