//! Faults of an array: open, shorted and stuck cells, broken lines, bridges between lines.
//!
//! | fault | circuit |
//! |---|---|
//! | open cell | conductance 0 |
//! | shorted cell | conductance 1/R of the short |
//! | stuck cell | fixed conductance |
//! | broken line | segment of infinite resistance behind a cell, seen from row and column 0 |
//! | bridge | resistor between two nodes |
//!
//! Faulty cells are ohmic, whatever law the others follow. Random faults: every cell, and every segment
//! of a line, fails on its own with a given probability; the draw is addressed by (seed, cell), so
//! that a larger share keeps the faults of a smaller one (a cell open at 1 % is open at 2 %, too).
//!
//! Pinned by: the tests below and `tests/crossbar_inputs.rs`.

use numerics::rng::{Purpose, Stream};

use super::array::{Array, Bridge, Lines, Place, Segments};
use super::error::CrossbarError;

/// One fault; cells are (row, column).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// The cell does not conduct.
    OpenCell((usize, usize)),
    /// The cell is a short of this resistance, Ohm.
    ShortedCell((usize, usize), f64),
    /// The cell stays at this conductance, S.
    StuckCell((usize, usize), f64),
    /// The word line is broken between this cell and the next one on it.
    BrokenWordLine((usize, usize)),
    /// The bit line is broken between this cell and the next one on it.
    BrokenBitLine((usize, usize)),
    /// Two nodes are connected.
    Bridge(Bridge),
}

/// Probabilities of faults, each from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FaultRates {
    /// Of a cell to be open.
    pub open_cells: f64,
    /// Of a cell to be shorted; together with the open ones at most 1.
    pub shorted_cells: f64,
    /// Resistance of these shorts, Ohm.
    pub short_resistance: f64,
    /// Of a word-line segment to be broken.
    pub broken_word_lines: f64,
    /// Of a bit-line segment to be broken.
    pub broken_bit_lines: f64,
}

impl FaultRates {
    /// The faults of an array of this shape under a seed.
    ///
    /// # Errors
    /// When a probability is not in 0 to 1, or open and shorted cells together are more than all.
    pub fn draw(&self, array: &Array, seed: u64) -> Result<Vec<Fault>, CrossbarError> {
        for (field, value) in [
            ("the share of open cells", self.open_cells),
            ("the share of shorted cells", self.shorted_cells),
            ("the share of open and shorted cells together", self.open_cells + self.shorted_cells),
            ("the share of broken word-line segments", self.broken_word_lines),
            ("the share of broken bit-line segments", self.broken_bit_lines),
        ] {
            if !(0.0..=1.0).contains(&value) {
                let field = field.to_owned();
                return Err(CrossbarError::Value { field, value, expected: "a share from 0 to 1" });
            }
        }
        let mut faults = Vec::new();
        for k in 0..array.cells() {
            let cell = (k / array.columns, k % array.columns);
            let mut stream = Stream::new(seed, Purpose::Fault, k as u64, 0);
            let [own, word, bit] = [stream.uniform(), stream.uniform(), stream.uniform()];
            // Open from below, shorted from above: either share may grow alone.
            if own < self.open_cells {
                faults.push(Fault::OpenCell(cell));
            } else if 1.0 - own < self.shorted_cells {
                faults.push(Fault::ShortedCell(cell, self.short_resistance));
            }
            let there = |(m, n): (usize, usize)| cell.0 < m && cell.1 < n;
            if there(array.word_segments()) && word < self.broken_word_lines {
                faults.push(Fault::BrokenWordLine(cell));
            }
            if there(array.bit_segments()) && bit < self.broken_bit_lines {
                faults.push(Fault::BrokenBitLine(cell));
            }
        }
        Ok(faults)
    }
}

/// Puts the faults into an array, in their order. Returns the faulty cells (row · columns + column,
/// ascending), which are ohmic from now on.
///
/// # Errors
/// When a fault lies outside the array or its value is not possible; the array is then unchanged.
pub fn apply(array: &mut Array, faults: &[Fault]) -> Result<Vec<usize>, CrossbarError> {
    faults.iter().try_for_each(|fault| check(array, fault))?;
    let columns = array.columns;
    let mut ohmic = Vec::new();
    let mut cell = |array: &mut Array, (i, j): (usize, usize), conductance: f64| {
        array.conductances[i * columns + j] = conductance;
        ohmic.push(i * columns + j);
    };
    for fault in faults {
        match *fault {
            Fault::OpenCell(at) => cell(array, at, 0.0),
            Fault::ShortedCell(at, resistance) => cell(array, at, 1.0 / resistance),
            Fault::StuckCell(at, conductance) => cell(array, at, conductance),
            Fault::BrokenWordLine((i, j)) => {
                let (m, n) = array.word_segments();
                break_at(&mut array.word_lines, i * n + j, m * n);
            }
            Fault::BrokenBitLine((i, j)) => {
                let (m, n) = array.bit_segments();
                break_at(&mut array.bit_lines, i * n + j, m * n);
            }
            Fault::Bridge(bridge) => array.bridges.push(bridge),
        }
    }
    ohmic.sort_unstable();
    ohmic.dedup();
    Ok(ohmic)
}

fn break_at(lines: &mut Lines, segment: usize, count: usize) {
    if let Segments::Uniform(r) = lines.segments {
        lines.segments = Segments::Each(vec![r; count]);
    }
    if let Segments::Each(all) = &mut lines.segments {
        all[segment] = f64::INFINITY;
    }
}

fn check(array: &Array, fault: &Fault) -> Result<(), CrossbarError> {
    let size = (array.rows, array.columns);
    let inside = |name: &str, (i, j): (usize, usize), (rows, columns): (usize, usize)| {
        for (part, at, count) in [("row", i, rows), ("column", j, columns)] {
            if at >= count {
                return Err(CrossbarError::Value {
                    field: format!("the {part} of {name}"),
                    value: at as f64,
                    expected: "a place inside the array",
                });
            }
        }
        Ok(())
    };
    let positive = |field: String, value: f64, expected, least: bool| {
        if value.is_finite() && (value > 0.0 || least && value == 0.0) {
            Ok(())
        } else {
            Err(CrossbarError::Value { field, value, expected })
        }
    };
    match *fault {
        Fault::OpenCell(at) => inside("an open cell", at, size),
        Fault::ShortedCell(at, resistance) => {
            inside("a shorted cell", at, size)?;
            let field = format!("the resistance of the shorted cell ({}, {})", at.0, at.1);
            positive(field, resistance, "a finite resistance above 0 Ohm", false)
        }
        Fault::StuckCell(at, conductance) => {
            inside("a stuck cell", at, size)?;
            let field = format!("the conductance of the stuck cell ({}, {})", at.0, at.1);
            positive(field, conductance, "a finite conductance of at least 0 S", true)
        }
        Fault::BrokenWordLine(at) => inside("a broken word-line segment", at, array.word_segments()),
        Fault::BrokenBitLine(at) => inside("a broken bit-line segment", at, array.bit_segments()),
        Fault::Bridge(bridge) => {
            for place in [bridge.from, bridge.to] {
                let (Place::Word(i, j) | Place::Bit(i, j)) = place;
                inside("an end of a bridge", (i, j), size)?;
            }
            let field = "the resistance of a bridge".to_owned();
            positive(field, bridge.resistance, "a finite resistance above 0 Ohm", false)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array() -> Array {
        Array::uniform(3, 4, vec![1e-5; 12], 2.0, 1.0)
    }

    #[test]
    fn faults_change_what_they_name() {
        let mut array = array();
        let faults = [
            Fault::StuckCell((2, 3), 7e-6),
            Fault::OpenCell((0, 1)),
            Fault::ShortedCell((1, 0), 50.0),
            Fault::BrokenWordLine((1, 2)),
            Fault::BrokenBitLine((0, 3)),
        ];
        assert_eq!(apply(&mut array, &faults).unwrap(), [1, 4, 11]);
        let at = |cells: [usize; 4]| cells.map(|k| array.conductances[k].to_bits());
        assert_eq!(at([1, 4, 11, 0]), [0.0, 0.02, 7e-6, 1e-5].map(f64::to_bits));
        assert!(array.word_segment(1, 2).is_infinite() && array.bit_segment(0, 3).is_infinite());
        for whole in [array.word_segment(1, 1), array.word_segment(2, 2), array.bit_segment(1, 3)] {
            assert_eq!(whole.to_bits(), 2.0_f64.to_bits());
        }
        array.check().unwrap();
    }

    #[test]
    fn places_outside_are_refused_and_nothing_changes() {
        for fault in [
            Fault::OpenCell((3, 0)),
            Fault::StuckCell((0, 4), 1e-6),
            Fault::StuckCell((0, 0), -1e-6),
            Fault::ShortedCell((0, 0), 0.0),
            Fault::BrokenWordLine((0, 3)),
            Fault::BrokenBitLine((2, 0)),
            Fault::Bridge(Bridge { from: Place::Word(0, 0), to: Place::Bit(3, 0), resistance: 1.0 }),
            Fault::Bridge(Bridge { from: Place::Word(0, 0), to: Place::Bit(1, 0), resistance: 0.0 }),
        ] {
            let mut array = array();
            assert!(apply(&mut array, &[Fault::OpenCell((0, 0)), fault]).is_err(), "{fault:?}");
            assert_eq!(array, self::array());
        }
    }

    #[test]
    fn random_faults_have_their_rates_and_nest() {
        let rates = FaultRates {
            open_cells: 0.02,
            shorted_cells: 0.01,
            short_resistance: 100.0,
            broken_word_lines: 0.005,
            broken_bit_lines: 0.03,
        };
        let count =
            |faults: &[Fault], test: fn(&Fault) -> bool| faults.iter().filter(|f| test(f)).count() as f64;
        let array = Array::uniform(200, 200, vec![1e-5; 40_000], 1.0, 1.0);
        let faults = rates.draw(&array, 3).unwrap();
        // Four standard deviations of a binomial of 40 000.
        for (test, rate) in [
            (is_open as fn(&Fault) -> bool, 0.02),
            (|f| matches!(f, Fault::ShortedCell(..)), 0.01),
            (|f| matches!(f, Fault::BrokenWordLine(_)), 0.005),
            (|f| matches!(f, Fault::BrokenBitLine(_)), 0.03),
        ] {
            let n = count(&faults, test);
            assert!((n - 4e4 * rate).abs() < 4.0 * (4e4 * rate).sqrt(), "{n} of {}", 4e4 * rate);
        }
        let more = FaultRates { open_cells: 0.04, ..rates }.draw(&array, 3).unwrap();
        assert!(faults.iter().filter(|f| is_open(f)).all(|f| more.contains(f)));
        assert_ne!(faults, rates.draw(&array, 4).unwrap());
        for bad in [
            FaultRates { open_cells: 1.2, ..rates },
            FaultRates { open_cells: 0.995, ..rates },
            FaultRates { broken_bit_lines: f64::NAN, ..rates },
            FaultRates { broken_word_lines: -0.1, ..rates },
        ] {
            assert!(bad.draw(&array, 3).unwrap_err().to_string().contains("expected a share from 0 to 1"));
        }
    }

    fn is_open(fault: &Fault) -> bool {
        matches!(fault, Fault::OpenCell(_))
    }
}
