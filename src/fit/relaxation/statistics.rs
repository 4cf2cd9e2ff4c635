//! Statistics of changes by condition and programmed level.

use std::fmt::Write as _;

use numerics::statistics::{Sorted, Summary};

use super::measured::{Condition, Measured};

/// Fewest cells of a level that count.
pub const FEWEST_CELLS: usize = 30;

/// Equally wide ranges of programmed conductance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Levels {
    /// Upper end of the range, S.
    pub greatest: f64,
    /// Number of levels.
    pub count: usize,
}

impl Levels {
    /// The level of a programmed conductance, `None` beyond the range.
    pub fn of(&self, programmed: f64) -> Option<usize> {
        let level = (programmed / self.greatest * self.count as f64).floor() as usize;
        (programmed >= 0.0 && level < self.count).then_some(level)
    }
}

/// One level in one condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Cellular {
    /// Number of the level.
    pub level: usize,
    /// Mean programmed conductance, S.
    pub conductance: f64,
    /// Time since the write, s.
    pub time: f64,
    /// Temperature, K.
    pub temperature: f64,
    /// Of the changes of conductance, S.
    pub summary: Summary,
    /// Quantiles of the changes at [`SHARES`], S.
    pub quantiles: [f64; SHARES.len()],
}

/// Shares at which quantiles are taken.
pub const SHARES: [f64; 7] = [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99];

/// The statistics of one condition, by level; levels of few cells are left out.
pub fn of_condition(condition: &Condition, levels: &Levels) -> Vec<Cellular> {
    let mut groups: Vec<(f64, Vec<f64>)> = vec![(0.0, Vec::new()); levels.count];
    for change in &condition.changes {
        if let Some(group) = levels.of(change.programmed).and_then(|level| groups.get_mut(level)) {
            group.0 += change.programmed;
            group.1.push(change.after - change.programmed);
        }
    }
    let mut found = Vec::new();
    for (level, (sum, changes)) in groups.into_iter().enumerate() {
        let conductance = sum / changes.len() as f64;
        let enough = changes.len() >= FEWEST_CELLS;
        if let Some(summary) = Summary::of(&changes).filter(|_| enough) {
            let sorted = Sorted::new(changes);
            let quantiles = SHARES.map(|share| sorted.quantile(share));
            let (time, temperature) = (condition.time, condition.temperature);
            found.push(Cellular { level, conductance, time, temperature, summary, quantiles });
        }
    }
    found
}

/// The statistics of all conditions.
pub fn of(measured: &Measured, levels: &Levels) -> Vec<Cellular> {
    measured.conditions.iter().flat_map(|condition| of_condition(condition, levels)).collect()
}

/// Names of the columns of [`csv`].
pub const COLUMNS: &str = "half,temperature_K,time_s,level,conductance_S,cells,mean_S,variance_S2,skewness,excess_kurtosis,robust_width_S,q01_S,q10_S,q25_S,q50_S,q75_S,q90_S,q99_S";

/// The statistics as lines of text, one per level and condition.
pub fn csv(half: &str, statistics: &[Cellular]) -> String {
    let mut text = String::new();
    for s in statistics {
        let m = &s.summary;
        let _ = write!(
            text,
            "{half},{},{:.5e},{},{:.5e},{},{:.4e},{:.4e},{:.3},{:.3},{:.4e}",
            s.temperature,
            s.time,
            s.level,
            s.conductance,
            m.count,
            m.mean,
            m.variance,
            m.skewness,
            m.kurtosis,
            m.robust_width
        );
        for q in s.quantiles {
            let _ = write!(text, ",{q:.4e}");
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::relaxation::measured::Change;

    #[test]
    fn levels_are_filled_and_small_ones_left_out() {
        let levels = Levels { greatest: 40e-6, count: 4 };
        assert_eq!([levels.of(0.0), levels.of(10e-6), levels.of(40e-6)], [Some(0), Some(1), None]);
        let change = |i: u32| {
            let programmed = if i < 40 { 5e-6 } else { 15e-6 };
            let after = programmed + 1e-6 * f64::from(i % 40);
            Change { address: u64::from(i), programmed, after }
        };
        let changes = (0..60).map(change).collect();
        let found = of_condition(&Condition { time: 1.0, temperature: 300.0, changes }, &levels);
        assert_eq!(found.len(), 1);
        assert!(
            (found[0].summary.mean - 19.5e-6).abs() < 1e-12 && (found[0].conductance - 5e-6).abs() < 1e-15
        );
        let text = csv("held_out", &found);
        assert_eq!(text.trim().split(',').count(), COLUMNS.split(',').count());
    }
}
