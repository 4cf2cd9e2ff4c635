//! Sneak paths: what a sense amplifier sees of one cell in an array without selectors.
//!
//! One cell of an N × N array is read: its word line is driven, its bit line sensed through a resistance
//! R_s; all other lines float, are grounded, or stand at the potentials of V/2 or V/3. From the
//! sensed currents I_LRS and I_HRS with the cell in its two states and the same background:
//!
//! * read margin ΔI/I_LRS = (I_LRS − I_HRS)/I_LRS and voltage margin ΔV/V = R_s (I_LRS − I_HRS)/V;
//! * sneak-path share (I − I_cell)/I of the current sensed with the cell in the high-resistive state.
//!
//! With ideal wires, floating lines and all other cells at R, the others are three resistances in series: N − 1
//! cells on the word line, (N − 1)² between, N − 1 on the bit line,
//! R_sneak = R/(N − 1) + R/(N − 1)² + R/(N − 1).
//!
//! | symbol | unit |
//! |---|---|
//! | V, I | V, A |
//! | R, R_s, R_sneak | Ω |
//!
//! Validity: steady currents; a single bit is read at a time. The cell that is read stands farthest from driver and
//! sense amplifier.
//!
//! References: the three resistances in series are textbook; A. Flocke, T. G. Noll, ESSCIRC 2007, 328,
//! doi:10.1109/ESSCIRC.2007.4430310 (not confirmed against the paper).
//! Pinned by: `tests/read_margin.rs`.

use super::cells::{Series, SeriesCells, Sinh, SinhSelector};
use super::{
    Array, Bias, CellLaws, Crossbar, CrossbarError, Lines, NewtonOptions, Options, Solution, solve_nonlinear,
};

/// What the lines of the other cells do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// They float.
    Floating,
    /// They are at 0 V.
    Grounded,
    /// They are at V/2.
    Half,
    /// Word lines at V/3, bit lines at 2V/3.
    Third,
}

/// How the current of a cell depends on its voltage; conductances are those at the read voltage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Curve {
    /// I = G V.
    Ohmic,
    /// I ∝ sinh(V/V₀) with this V₀, V.
    Sinh(f64),
}

/// The cells of an array.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cells {
    /// Their curve.
    pub curve: Curve,
    /// A selector in series with each.
    pub selector: Option<SinhSelector>,
}

/// A square array of which one cell is read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reader {
    /// Number of word lines and of bit lines.
    pub size: usize,
    /// Resistance of word and bit lines from cell to cell, Ω.
    pub segments: [f64; 2],
    /// Resistance of the drivers and of the sense amplifiers, Ω.
    pub terminals: [f64; 2],
    /// Read voltage, V.
    pub voltage: f64,
    /// The cells.
    pub cells: Cells,
    /// What the other lines do.
    pub scheme: Scheme,
}

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// Sensed current, A.
    pub sensed: f64,
    /// Current through the cell that is read, A.
    pub cell: f64,
}

impl Reader {
    /// Index of the cell that is read: at the end of its word line, at the top of its bit line.
    pub fn selected(&self) -> usize {
        self.size.saturating_sub(1)
    }

    /// Reads the array with these conductances of the cells at the read voltage, S, row after row.
    ///
    /// # Errors
    /// When there are not as many conductances as cells, or the circuit cannot be solved.
    pub fn read(&self, conductances: Vec<f64>) -> Result<Reading, CrossbarError> {
        let solution = self.solve(conductances)?;
        Ok(Reading {
            sensed: solution.bit_line_currents[self.selected()],
            cell: solution.cell_currents[self.selected()],
        })
    }

    fn solve(&self, conductances: Vec<f64>) -> Result<Solution, CrossbarError> {
        let n = self.size;
        if n == 0 {
            return Err(CrossbarError::Empty { rows: n, columns: n });
        }
        let [word, bit] = self.segments;
        let [source, sense] = self.terminals;
        let mut array = Array::uniform(n, n, conductances, 0.0, 0.0);
        array.word_lines = Lines::uniform(n, word, source);
        array.bit_lines = Lines::uniform(n, bit, sense);
        let (v, selected) = (self.voltage, (0, n - 1));
        let bias = match self.scheme {
            Scheme::Half => Bias::half(n, n, selected, v),
            Scheme::Third => Bias::third(n, n, selected, v),
            Scheme::Grounded | Scheme::Floating => {
                let mut word_lines = vec![0.0; n];
                word_lines[0] = v;
                Bias { word_lines, bit_lines: vec![0.0; n] }
            }
        };
        if self.scheme == Scheme::Floating {
            array.float_unselected(selected);
        }
        // Also where the iteration of curved cells begins: their solution is far from rest.
        let linear = Crossbar::new(array.clone(), Options::default())?.solve(&bias)?;
        let conductances = array.conductances.clone();
        let (curve, scale) = match self.cells.curve {
            Curve::Ohmic => (None, 1.0),
            // From the conductance at the read voltage to that at 0 V.
            Curve::Sinh(v0) => (Some(v0), v / v0 / (v / v0).sinh()),
        };
        let at_zero = || conductances.iter().map(|g| g * scale).collect::<Vec<f64>>();
        let laws: Box<dyn CellLaws> = match (self.cells.selector, curve) {
            (None, None) => return Ok(linear),
            (None, Some(v0)) => Box::new(Sinh { conductances: at_zero(), v0 }),
            (Some(selector), None) => {
                Box::new(Series { selector, cells: SeriesCells::Ohmic(conductances.clone()) })
            }
            (Some(selector), Some(v0)) => {
                let cells = SeriesCells::Sinh(Sinh { conductances: at_zero(), v0 });
                Box::new(Series { selector, cells })
            }
        };
        solve_nonlinear(&array, &*laws, &bias, Some(&linear), &NewtonOptions::default())
    }
}

/// The readings of both states of a cell and what follows from them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Margin {
    /// With the cell in the low-resistive state.
    pub low: Reading,
    /// With the cell in the high-resistive state.
    pub high: Reading,
}

impl Margin {
    /// Reads both states before one background of conductances, S.
    ///
    /// # Errors
    /// When the circuit cannot be solved.
    pub fn measure(
        reader: &Reader,
        background: &[f64],
        [low, high]: [f64; 2],
    ) -> Result<Self, CrossbarError> {
        let with = |g: f64| {
            let mut conductances = background.to_vec();
            // Too short a list is refused with the array.
            if let Some(selected) = conductances.get_mut(reader.selected()) {
                *selected = g;
            }
            reader.read(conductances)
        };
        Ok(Self { low: with(low)?, high: with(high)? })
    }

    /// (I_LRS − I_HRS)/I_LRS.
    pub fn current(&self) -> f64 {
        1.0 - self.high.sensed / self.low.sensed
    }

    /// R_s (I_LRS − I_HRS)/V of a reader.
    pub fn voltage(&self, reader: &Reader) -> f64 {
        reader.terminals[1] * (self.low.sensed - self.high.sensed) / reader.voltage
    }

    /// Share of the sensed current that did not flow through the cell, in the high-resistive state.
    pub fn sneak_share(&self) -> f64 {
        1.0 - self.high.cell / self.high.sensed
    }
}
