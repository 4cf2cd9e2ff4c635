//! [`Scenario`]: what is told at test time, and with it the output units that take part.
//!
//! | scenario | told at test time | output units |
//! |---|---|---|
//! | task-incremental | the context | those of the context |
//! | domain-incremental | nothing; the same question in every context | the same in every context |
//! | class-incremental | nothing; every class seen so far must be told from every other | one per class |
//!
//! Published class-incremental numbers differ in which output units take part in the softmax, so the choice
//! is a type: [`ActiveUnits`].
//!
//! G. M. van de Ven, T. Tuytelaars, A. S. Tolias, Nat. Mach. Intell. 4:1185 (2022),
//! doi:10.1038/s42256-022-00568-3.
//!
//! Pinned by: the tests below.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is told at test time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scenario {
    /// The context is told; only its output units take part.
    Task,
    /// The context is not told, and does not matter: every context asks the same question.
    Domain,
    /// The context is not told, and the class must be found among all classes.
    #[default]
    Class,
}

impl Scenario {
    /// The name used in scripts and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Domain => "domain",
            Self::Class => "class",
        }
    }
}

/// Which output units take part in softmax and decision of class-incremental learning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActiveUnits {
    /// The units of all classes, from the start (the default of the 2022 comparison).
    #[default]
    All,
    /// The units of the classes of the contexts so far (the 2020 paper).
    SoFar,
}

/// A stream as a learner may know it from the start: sizes, and which output units belong to which context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// What is told at test time.
    pub scenario: Scenario,
    /// Units that take part when the scenario is class-incremental.
    pub active_units: ActiveUnits,
    /// Features of an input.
    pub inputs: usize,
    /// Output units.
    pub units: usize,
    /// Output units of every context.
    pub contexts: Vec<Vec<usize>>,
}

impl Outline {
    /// The units that take part for a sample of context `of` in a network trained up to context `trained`.
    pub fn active(&self, trained: usize, of: usize) -> Vec<bool> {
        let listed = match self.scenario {
            Scenario::Task => &self.contexts[of..=of],
            Scenario::Class if self.active_units == ActiveUnits::SoFar => &self.contexts[..=trained],
            Scenario::Domain | Scenario::Class => return vec![true; self.units],
        };
        let mut mask = vec![false; self.units];
        for &unit in listed.iter().flatten() {
            mask[unit] = true;
        }
        mask
    }

    /// The same before any training.
    pub fn active_at_start(&self, of: usize) -> Vec<bool> {
        self.active(self.contexts.len() - 1, of)
    }

    /// The output units of the contexts up to `trained`, in the order they came, each once.
    pub fn seen(&self, trained: usize) -> Vec<usize> {
        let mut seen = Vec::new();
        for &unit in self.contexts[..=trained].iter().flatten() {
            if !seen.contains(&unit) {
                seen.push(unit);
            }
        }
        seen
    }
}

/// Index of the largest active output; 0 when none is active.
pub fn decide(outputs: &[f32], active: &[bool]) -> usize {
    let mut best = (0, f32::NEG_INFINITY);
    for (unit, (&output, &active)) in outputs.iter().zip(active).enumerate() {
        if active && output > best.1 {
            best = (unit, output);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scenario_settles_which_units_take_part() {
        let outline = |scenario, active_units, contexts: &[&[usize]]| Outline {
            scenario,
            active_units,
            inputs: 1,
            units: 3,
            contexts: contexts.iter().map(|units| units.to_vec()).collect(),
        };
        let classes: &[&[usize]] = &[&[2, 0], &[1]];
        let all = outline(Scenario::Class, ActiveUnits::All, classes);
        assert_eq!(all.active(0, 1), [true; 3]);
        let so_far = outline(Scenario::Class, ActiveUnits::SoFar, classes);
        assert_eq!(so_far.active(0, 1), [true, false, true]);
        assert_eq!((so_far.active(1, 0), so_far.active_at_start(0)), (vec![true; 3], vec![true; 3]));
        let task = outline(Scenario::Task, ActiveUnits::All, classes);
        assert_eq!(
            (task.active(0, 1), task.active(1, 0)),
            (vec![false, true, false], vec![true, false, true])
        );
        let domain = outline(Scenario::Domain, ActiveUnits::SoFar, &[&[0, 1, 2], &[0, 1, 2]]);
        assert_eq!(domain.active(0, 0), [true; 3]);
        assert_eq!((domain.seen(1), so_far.seen(0)), (vec![0, 1, 2], vec![2, 0]));
        assert_eq!(decide(&[1.0, 3.0, 2.0], &[true, false, true]), 2);
    }
}
