//! Which pulse follows which reading: the algorithms of program-and-verify.
//!
//! | algorithm | reading below its range (conductance must rise) | above it (must fall) |
//! |---|---|---|
//! | fixed pulse (FPPV) | the SET | the RESET |
//! | incremental step (ISPP) | SET, every one a step stronger | RESET, and from the weakest SET again |
//! | coarse-fine | strong SET, weak once the target was passed | the same with RESET |
//! | range-dependent (RADAR) | small SET, every one in a row a step stronger | small RESET, the same |
//!
//! Incremental and range-dependent programs begin with a RESET, and the range-dependent one goes on with SETs
//! from the strength of its range until the reading has passed the lower end. An incremental program whose
//! strongest SET was not enough begins again, too.
//!
//! Reference: B. Q. Le et al., IEEE TED 68 (2021), doi:10.1109/TED.2021.3097975 (the three schemes and what
//! they take).
//! Pinned by: the tests below.

use crate::mapping::cells::Direction;
use crate::mapping::config::Algorithm;

/// Where a cell is in its program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    phase: Phase,
    /// Pulses of the present row.
    row: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Phase {
    /// The target has not been passed yet.
    #[default]
    Approach,
    /// A row of SETs.
    Up,
    /// A row of RESETs.
    Down,
}

/// The RESET with which a program begins, if it does.
pub fn opening(algorithm: &Algorithm) -> Option<u16> {
    match *algorithm {
        Algorithm::IncrementalStep { reset, .. } => Some(reset),
        Algorithm::RangeDependent { complete_reset, .. } => Some(complete_reset),
        Algorithm::OpenLoop | Algorithm::FixedPulse { .. } | Algorithm::CoarseFine { .. } => None,
    }
}

/// The next pulse of a cell whose conductance must rise or fall; `strongest` SET.
pub fn next(algorithm: &Algorithm, rise: bool, progress: &mut Progress, strongest: u16) -> (Direction, u16) {
    let direction = if rise { Direction::Set } else { Direction::Reset };
    match *algorithm {
        Algorithm::OpenLoop => (direction, 0),
        Algorithm::FixedPulse { set, reset } => (direction, if rise { set } else { reset }),
        Algorithm::IncrementalStep { set, step, reset } => {
            let strength = u32::from(set) + u32::from(step) * u32::from(progress.row);
            if !rise || (strength > u32::from(strongest) && progress.row > 0) {
                progress.row = 0;
                return (Direction::Reset, reset);
            }
            progress.row = progress.row.saturating_add(1);
            (Direction::Set, strength.min(u32::from(strongest)) as u16)
        }
        Algorithm::CoarseFine { coarse, fine } => {
            let this = if rise { Phase::Up } else { Phase::Down };
            // The row counts turns: none yet, first direction, passed.
            if progress.row == 0 {
                *progress = Progress { phase: this, row: 1 };
            } else if progress.phase != this {
                progress.row = 2;
            }
            (direction, if progress.row < 2 { coarse } else { fine })
        }
        Algorithm::RangeDependent { coarse_set, set, set_step, reset, reset_step, .. } => {
            let this = match (rise, progress.phase) {
                (true, Phase::Approach) => Phase::Approach,
                (true, _) => Phase::Up,
                (false, _) => Phase::Down,
            };
            if progress.phase != this {
                *progress = Progress { phase: this, row: 0 };
            }
            let (first, step) = match this {
                Phase::Approach => (coarse_set, set_step),
                Phase::Up => (set, set_step),
                Phase::Down => (reset, reset_step),
            };
            let strength = first.saturating_add(step.saturating_mul(progress.row));
            progress.row = progress.row.saturating_add(1);
            (direction, strength)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Direction::{Reset, Set};
    use super::*;

    fn follow(algorithm: &Algorithm, rises: &[bool]) -> Vec<(Direction, u16)> {
        let mut progress = Progress::default();
        rises.iter().map(|rise| next(algorithm, *rise, &mut progress, 9)).collect()
    }

    #[test]
    fn every_algorithm_follows_its_rule() {
        let (up, down) = (true, false);
        let fixed = Algorithm::FixedPulse { set: 3, reset: 4 };
        assert_eq!(follow(&fixed, &[up, down, up]), [(Set, 3), (Reset, 4), (Set, 3)]);
        let steps = Algorithm::IncrementalStep { set: 2, step: 3, reset: 7 };
        let expected = [(Set, 2), (Set, 5), (Set, 8), (Reset, 7), (Set, 2), (Reset, 7), (Set, 2)];
        assert_eq!(follow(&steps, &[up, up, up, up, up, down, up]), expected);
        let both = Algorithm::CoarseFine { coarse: 5, fine: 1 };
        let expected = [(Reset, 5), (Reset, 5), (Set, 1), (Set, 1), (Reset, 1)];
        assert_eq!(follow(&both, &[down, down, up, up, down]), expected);
        let range = Algorithm::RangeDependent {
            complete_reset: 9,
            coarse_set: 4,
            set: 1,
            set_step: 1,
            reset: 2,
            reset_step: 3,
        };
        let expected = [(Set, 4), (Set, 5), (Reset, 2), (Reset, 5), (Set, 1), (Set, 2), (Reset, 2)];
        assert_eq!(follow(&range, &[up, up, down, down, up, up, down]), expected);
        assert_eq!((opening(&range), opening(&steps), opening(&both)), (Some(9), Some(7), None));
    }
}
