//! What a written conductance does afterwards: relaxation, read noise and loss, from one population of
//! traps and one activated process.
//!
//! **Traps.** Every cell has n places near its filament, each of which holds a two-state trap with the
//! probability c. A write leaves each trap in state 0 and out of equilibrium. A trap has a barrier E, an asymmetry Δ (how much lower its state 1 lies) and an
//! amplitude a, by which state 1 shifts the conductance:
//! * rate of relaxation k = ν exp(−E/k_B T), E uniform in E₁..E₂: rates are log-uniform over many decades
//!   at any temperature;
//! * equilibrium probability of state 1 p = 1/(1 + exp(−Δ/k_B T)), Δ uniform in 0..W;
//! * ln|a| normal with median ln A and deviation s, a > 0 with probability q: heavy tails;
//! * c, E₁, A, s and q depend on the programmed conductance.
//!
//! After any time dt at a constant temperature a trap is in state 1 with the probability
//! p + (x − p) exp(−k dt), x = 0 or 1 its state before: exact, so a time equals its parts.
//!
//! Out of equilibrium the traps switch one after the other, which gives a variance that grows with
//! log t and with k_B T, a mean that shifts with it where q ≠ ½, and an excess kurtosis that falls as
//! more traps have switched. In equilibrium the same traps give random telegraph noise and in the sum
//! 1/f noise, weaker by about k_B T/2W per decade than the relaxation.
//!
//! **Loss.** The filament itself dissolves: G = (G₀ + Σ a x) exp(−X), dX/dt = ν_L exp(−(E_L + σ_L z)/k_B T),
//! z normal and fixed for a cell from write to write, E_L dependent on the programmed conductance.
//!
//! **Read.** Every read adds white noise of the level's `read_noise` (instrument, thermal and whatever is
//! faster than one read).
//!
//! | symbol | unit | here |
//! |---|---|---|
//! | n | 1 | [`Relaxation::places`], at most 64: the states are the bits of one word |
//! | ν | Hz | [`Relaxation::attempt_frequency`] |
//! | E₂, W | J | [`Relaxation::highest_barrier`], [`Relaxation::asymmetry`] |
//! | c, E₁, q, A, s | 1, J, 1, S, 1 | [`Level`] |
//! | ν_L, σ_L, E_L | Hz, J, J | [`Loss`], [`Level::loss_barrier`] |
//!
//! Validity: the conductance at the card's read voltage. A sum of traps that would make it negative
//! holds it at zero ([`Relaxation::at_zero`] tells). ν is not identified by data at one temperature.
//!
//! References: P. Dutta, P. M. Horn, Rev. Mod. Phys. 53, 497 (1981), doi:10.1103/RevModPhys.53.497 (1/f
//! noise from uniform barriers); P. W. Anderson, B. I. Halperin, C. M. Varma, Philos. Mag. 25, 1 (1972),
//! doi:10.1080/14786437208229210 (uniform asymmetries); A. Levy et al., RRAM-Relaxation-Master-Model
//! (data, MIT licence).
//! Pinned by: `tests/relaxation.rs`, `tests/relaxation_measured.rs`.

pub mod card;
mod cells;
mod moments;

use crate::constants::BOLTZMANN;

pub use cells::Cell;
pub use moments::Moments;

/// Most places for traps that a cell can have.
pub const MOST_PLACES: u32 = 64;

/// The traps of cells programmed to one conductance.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Level {
    /// Programmed conductance, S.
    pub conductance: f64,
    /// Probability c that a place holds a trap.
    pub occupancy: f64,
    /// Lowest barrier E₁, J.
    pub lowest_barrier: f64,
    /// Probability q that a trap raises the conductance.
    pub rise_share: f64,
    /// Median amplitude A of a trap, S.
    pub amplitude: f64,
    /// Standard deviation s of the logarithm of the amplitude.
    pub amplitude_spread: f64,
    /// Standard deviation of one read, S.
    pub read_noise: f64,
    /// Mean barrier E_L of the loss, J; 0 where the card has no loss.
    pub loss_barrier: f64,
}

/// Activated loss of the low-resistive state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loss {
    /// Attempt frequency ν_L, Hz.
    pub attempt_frequency: f64,
    /// Standard deviation σ_L of the barrier from cell to cell, J.
    pub barrier_spread: f64,
}

/// A card's `relaxation` block.
#[derive(Debug, Clone, PartialEq)]
pub struct Relaxation {
    /// Places n for traps in a cell, 1 to [`MOST_PLACES`].
    pub places: u32,
    /// Attempt frequency ν, Hz.
    pub attempt_frequency: f64,
    /// Highest barrier E₂, J.
    pub highest_barrier: f64,
    /// Greatest asymmetry W, J.
    pub asymmetry: f64,
    /// Activated loss, if any.
    pub loss: Option<Loss>,
    /// Levels by rising conductance, at least one.
    pub levels: Vec<Level>,
}

impl Relaxation {
    /// The traps of a cell programmed to `conductance`: linear between the levels, constant outside.
    pub fn level(&self, conductance: f64) -> Level {
        let above = self.levels.partition_point(|l| l.conductance <= conductance);
        let (Some(a), Some(b)) = (self.levels.get(above.saturating_sub(1)), self.levels.get(above)) else {
            return Level { conductance, ..self.levels[self.levels.len() - 1] };
        };
        let width = b.conductance - a.conductance;
        let share = if width > 0.0 { ((conductance - a.conductance) / width).clamp(0.0, 1.0) } else { 0.0 };
        let between = |f: fn(&Level) -> f64| f(a) + (f(b) - f(a)) * share;
        Level {
            conductance,
            occupancy: between(|l| l.occupancy),
            lowest_barrier: between(|l| l.lowest_barrier),
            rise_share: between(|l| l.rise_share),
            amplitude: between(|l| l.amplitude),
            amplitude_spread: between(|l| l.amplitude_spread),
            read_noise: between(|l| l.read_noise),
            loss_barrier: between(|l| l.loss_barrier),
        }
    }

    /// Lowest and highest programmed conductance that the levels describe, S: half a step beyond the
    /// outermost ones.
    pub fn described(&self) -> (f64, f64) {
        let at = |index: usize| self.levels.get(index).map_or(0.0, |level| level.conductance);
        let last = self.levels.len().saturating_sub(1);
        let low = at(0) - 0.5 * (at(1.min(last)) - at(0));
        (low.max(0.0), at(last) + 0.5 * (at(last) - at(last.saturating_sub(1))))
    }

    /// ln(k t) of a trap of that barrier.
    fn log_progress(&self, barrier: f64, time: f64, temperature: f64) -> f64 {
        (self.attempt_frequency * time).ln() - barrier / (BOLTZMANN * temperature)
    }
}
