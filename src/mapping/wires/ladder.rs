//! Lines as ladders: transconductances to first order in what lines do to each other.
//!
//! With one word line at 1 V and all other lines at 0 V, the potentials along the word line are those of
//! a ladder whose rungs are its cells to ground, U; the current of a cell enters its bit line, another
//! ladder with its cells to ground, and by reciprocity the share that reaches the terminal is the
//! potential A there for 1 V at the terminal. So T = G U A. What is left out is that the nodes of the other
//! lines are not at 0 V: second order in the drop along word lines times that along bit lines.
//!
//! Along a ladder, from the open end: Y_p = G_p + Y_{p+1}/(1 + r Y_{p+1}); from the terminal: U_0 =
//! 1/(1 + R Y_0), U_{p+1} = U_p/(1 + r Y_{p+1}).
//!
//! | symbol | meaning | unit |
//! |---|---|---|
//! | G | conductance of a cell | S |
//! | r, R | resistance of a segment, of a terminal | Ohm |
//! | Y | admittance of the rest of a ladder | S |
//! | U, A | potential for 1 V at the terminal of the word line, of the bit line | 1 |
//!
//! Measured against the whole circuit (48 × 48 pairs of 5 to 95 µS): error of a product 0.02 % where wires
//! change it by 7 %, 0.24 % at 29 %, 0.87 % at 75 %; with corrections, and one weight in a hundred changed
//! since, a tenth of that.
//!
//! Pinned by: `tests/mapping_wires.rs`.

use super::super::config::WiresConfig;

/// Memory of the ladders.
#[derive(Debug, Clone, Default)]
pub(super) struct Ladders {
    /// Potentials along word lines, outputs × inputs.
    words: Vec<f32>,
    /// Potentials along bit lines, outputs × inputs.
    bits: Vec<f32>,
    line: Vec<f32>,
}

/// Bit lines walked along at once.
const LANES: usize = 16;

impl Ladders {
    /// Transconductances (outputs × inputs) in the place of conductances.
    pub fn transconductances(
        &mut self,
        cells: &mut [f32],
        (outputs, inputs): (usize, usize),
        wires: &WiresConfig,
    ) {
        self.words.resize(cells.len(), 0.0);
        self.bits.resize(cells.len(), 0.0);
        let word = (wires.word_line_segment as f32, wires.word_line_terminal as f32);
        let bit = (wires.bit_line_segment as f32, wires.bit_line_terminal as f32);
        let (words, bits, line) = (&mut self.words, &mut self.bits, &mut self.line);
        pulp::Arch::new().dispatch(|| {
            word_lines(cells, words, line, inputs, word);
            for first in (0..outputs).step_by(LANES) {
                let block = first * inputs..(first + LANES).min(outputs) * inputs;
                bit_lines(&cells[block.clone()], &mut bits[block], inputs, bit);
            }
            for ((g, u), a) in cells.iter_mut().zip(words.iter()).zip(bits.iter()) {
                *g *= u * a;
            }
        });
    }
}

/// All word lines side by side, from bit line to bit line.
fn word_lines(
    cells: &[f32],
    words: &mut [f32],
    line: &mut Vec<f32>,
    inputs: usize,
    (r, terminal): (f32, f32),
) {
    // Admittances first, in the place of the potentials; `line` is that of the bit line after.
    line.clear();
    line.resize(inputs, 0.0);
    for (y, g) in words.chunks_exact_mut(inputs).zip(cells.chunks_exact(inputs)).rev() {
        for ((y, g), next) in y.iter_mut().zip(g).zip(line.iter_mut()) {
            *y = g + *next / (1.0 + r * *next);
            *next = *y;
        }
    }
    line.fill(1.0);
    for (k, y) in words.chunks_exact_mut(inputs).enumerate() {
        let r = if k == 0 { terminal } else { r };
        for (y, u) in y.iter_mut().zip(line.iter_mut()) {
            *u /= 1.0 + r * *y;
            *y = *u;
        }
    }
}

/// Some bit lines side by side; the terminal is at the last word line.
fn bit_lines(cells: &[f32], bits: &mut [f32], inputs: usize, (r, terminal): (f32, f32)) {
    let count = cells.len() / inputs;
    let mut next = [0.0_f32; LANES];
    let mut now = [0.0_f32; LANES];
    for j in 0..inputs {
        for k in 0..count {
            now[k] = cells[k * inputs + j];
        }
        for (next, g) in next.iter_mut().zip(&now) {
            *next = g + *next / (1.0 + r * *next);
        }
        for k in 0..count {
            bits[k * inputs + j] = next[k];
        }
    }
    let mut potential = [1.0_f32; LANES];
    for j in (0..inputs).rev() {
        let r = if j + 1 == inputs { terminal } else { r };
        for k in 0..count {
            now[k] = bits[k * inputs + j];
        }
        for (a, y) in potential.iter_mut().zip(&now) {
            *a /= 1.0 + r * y;
        }
        for k in 0..count {
            bits[k * inputs + j] = potential[k];
        }
    }
}
