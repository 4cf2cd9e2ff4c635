//! Temperatures of an array: one node per cell.
//!
//! Equations: for the rise θ over the temperature of the heat sink,
//! C dθ_i/dt = P_i − g_i θ_i − Σ_j g_ij (θ_i − θ_j), neighbours j along the word line and along the bit
//! line. Nothing leaves at the edges. Steady: a symmetric positive definite system, solved by
//! conjugate gradients ([`numerics::grid`]). In time: the two-stage diagonally implicit method of
//! order two (L-stable, γ = 1 − 1/√2), both stages with the same matrix.
//!
//! | symbol | unit | here |
//! |---|---|---|
//! | g_ij, g_i | W/K | [`Coefficients`], `to_sink` of each cell |
//! | C | J/K | `heat_capacity` |
//! | P, θ | W, K | powers, rises |
//!
//! Cost of a steady solution, one core: 0.05 ms for 16 × 16 cells, 0.9 ms for 64 × 64, 44 ms for 256 × 256. Where all cells have
//! the same conductance to the sink, two cosine transforms by dense products would take 0.09, 0.3 and 5 ms; the iteration
//! takes uneven sinks, too.
//!
//! References: R. Alexander, SIAM J. Numer. Anal. 14, 1006 (1977), doi:10.1137/0714068 (time steps).
//! Pinned by: `tests/thermal_network.rs` (energy, symmetry, dense solution, infinite lattice, decay of one
//! mode).

use numerics::grid::GridNetwork;

use super::Coefficients;
use crate::crossbar::CrossbarError;

/// Error of a rise, as a share of the largest rise that the powers could cause at a single node.
const TOLERANCE: f64 = 1e-11;
/// More iterations than any network needs.
const MOST_ITERATIONS: usize = 10_000;
/// Share of a step of each stage.
const STAGE: f64 = 1.0 - std::f64::consts::FRAC_1_SQRT_2;

/// The thermal network of an array.
#[derive(Debug, Clone)]
pub struct ThermalNetwork {
    rows: usize,
    columns: usize,
    to_sink: Vec<f64>,
    heat_capacity: Option<f64>,
    steady: GridNetwork,
    /// The matrix of a stage, and the step for which it is factorised, s.
    moving: Option<(f64, GridNetwork)>,
}

impl ThermalNetwork {
    /// A network whose cells are alike.
    ///
    /// # Errors
    /// When there are no cells, a conductance is negative, infinite or not a number, or one to the sink not above zero.
    pub fn uniform(rows: usize, columns: usize, coefficients: &Coefficients) -> Result<Self, CrossbarError> {
        Self::new(rows, columns, coefficients, vec![coefficients.to_sink; rows * columns])
    }

    /// A network with a conductance of its own from each cell to the sink, W/K, row after row.
    ///
    /// # Errors
    /// As [`ThermalNetwork::uniform`], and when the list has another length than there are cells.
    pub fn new(
        rows: usize,
        columns: usize,
        coefficients: &Coefficients,
        to_sink: Vec<f64>,
    ) -> Result<Self, CrossbarError> {
        if rows == 0 || columns == 0 {
            return Err(CrossbarError::Empty { rows, columns });
        }
        if to_sink.len() != rows * columns {
            let field = "the list of thermal conductances to the heat sink";
            return Err(CrossbarError::Shape { field, found: to_sink.len(), expected: rows * columns });
        }
        let Coefficients { along_word_line, along_bit_line, heat_capacity, .. } = *coefficients;
        let fault = |field: String, value, expected| Err(CrossbarError::Value { field, value, expected });
        for (lines, value) in [("word", along_word_line), ("bit", along_bit_line)] {
            if !(value >= 0.0 && value.is_finite()) {
                let field = format!("the thermal conductance along {lines} lines");
                return fault(field, value, "a finite value of at least 0 W/K");
            }
        }
        if let Some((k, &value)) = to_sink.iter().enumerate().find(|(_, g)| !(**g > 0.0 && g.is_finite())) {
            let (row, column) = (k / columns, k % columns);
            let field = format!("the thermal conductance of cell ({row}, {column}) to the heat sink");
            return fault(field, value, "a finite value above 0 W/K");
        }
        if let Some(value) = heat_capacity.filter(|c| !(*c > 0.0 && c.is_finite())) {
            let field = "the heat capacity of a cell".to_owned();
            return fault(field, value, "a finite value above 0 J/K");
        }
        let mut steady = GridNetwork::new([columns, rows, 1]);
        for k in 0..rows * columns {
            if (k + 1) % columns != 0 {
                steady.links[0][k] = along_word_line;
            }
            if k + columns < rows * columns {
                steady.links[1][k] = along_bit_line;
            }
        }
        steady.grounds.copy_from_slice(&to_sink);
        steady.factorise();
        Ok(Self { rows, columns, to_sink, heat_capacity, steady, moving: None })
    }

    /// Number of cells.
    pub fn cells(&self) -> usize {
        self.rows * self.columns
    }

    /// The network remembers heat.
    pub fn has_memory(&self) -> bool {
        self.heat_capacity.is_some()
    }

    /// Longest time constant, s: that of the cells that hold their heat best.
    pub fn slowest(&self) -> Option<f64> {
        let least = self.to_sink.iter().copied().fold(f64::INFINITY, f64::min);
        self.heat_capacity.map(|capacity| capacity / least)
    }

    /// Steady rises (K) under the powers of the cells (W).
    ///
    /// # Errors
    /// When the list has another length than there are cells or holds no finite number, or the iteration does not converge.
    pub fn rises(&mut self, powers: &[f64]) -> Result<Vec<f64>, CrossbarError> {
        self.check(powers)?;
        let mut rises = vec![0.0; self.cells()];
        solve(&mut self.steady, powers, &mut rises)?;
        Ok(rises)
    }

    /// Steady rises (K/W) when one cell dissipates a watt.
    ///
    /// # Errors
    /// As [`ThermalNetwork::rises`].
    pub fn response(&mut self, cell: usize) -> Result<Vec<f64>, CrossbarError> {
        let mut powers = vec![0.0; self.cells()];
        if let Some(power) = powers.get_mut(cell) {
            *power = 1.0;
        }
        self.rises(&powers)
    }

    /// Moves the rises along a time (s) of constant powers (W); without heat capacity they are
    /// the steady ones at once.
    ///
    /// # Errors
    /// As [`ThermalNetwork::rises`].
    pub fn step(&mut self, rises: &mut [f64], powers: &[f64], duration: f64) -> Result<(), CrossbarError> {
        self.check(powers)?;
        self.check(rises)?;
        let Some(capacity) = self.heat_capacity else {
            return solve(&mut self.steady, powers, rises);
        };
        if duration <= 0.0 {
            return Ok(());
        }
        let storage = capacity / (STAGE * duration);
        let mut moving = match self.moving.take() {
            Some((step, matrix)) if step.to_bits() == duration.to_bits() => matrix,
            _ => {
                let mut matrix = self.steady.clone();
                for (ground, g) in matrix.grounds.iter_mut().zip(&self.to_sink) {
                    *ground = g + storage;
                }
                matrix.factorise();
                matrix
            }
        };
        let start = rises.to_vec();
        let right = |held: &dyn Fn(usize) -> f64| -> Vec<f64> {
            powers.iter().enumerate().map(|(i, p)| p + storage * held(i)).collect()
        };
        let done = solve(&mut moving, &right(&|i| start[i]), rises).and_then(|()| {
            let first = rises.to_vec();
            let held = |i: usize| start[i] + (1.0 - STAGE) / STAGE * (first[i] - start[i]);
            solve(&mut moving, &right(&held), rises)
        });
        self.moving = Some((duration, moving));
        done
    }

    /// Heat flowing to the sink, W.
    pub fn heat_to_sink(&self, rises: &[f64]) -> f64 {
        self.to_sink.iter().zip(rises).map(|(g, rise)| g * rise).sum()
    }

    /// Heat stored, J.
    pub fn stored_heat(&self, rises: &[f64]) -> f64 {
        self.heat_capacity.map_or(0.0, |capacity| capacity * rises.iter().sum::<f64>())
    }

    /// Crosstalk coefficients α_ij = (rise of cell i under the power of cell j)/(R_th,j P_j), row after row, for the
    /// effective thermal resistance of each cell's filament, K/W. The diagonal is the share of the filament's own warming
    /// that lies in the lines.
    ///
    /// # Errors
    /// As [`ThermalNetwork::rises`].
    pub fn coefficients(&mut self, thermal_resistances: &[f64]) -> Result<Vec<f64>, CrossbarError> {
        self.check(thermal_resistances)?;
        let n = self.cells();
        let mut all = vec![0.0; n * n];
        for (j, resistance) in thermal_resistances.iter().enumerate() {
            for (i, rise) in self.response(j)?.into_iter().enumerate() {
                all[i * n + j] = rise / resistance;
            }
        }
        Ok(all)
    }

    fn check(&self, values: &[f64]) -> Result<(), CrossbarError> {
        let (found, expected) = (values.len(), self.cells());
        if found != expected {
            return Err(CrossbarError::Shape { field: "the list of powers or rises", found, expected });
        }
        match values.iter().enumerate().find(|(_, v)| !v.is_finite()) {
            Some((k, &value)) => Err(CrossbarError::Value {
                field: format!("number {k} of the list of powers or rises"),
                value,
                expected: "a finite number",
            }),
            None => Ok(()),
        }
    }
}

fn solve(network: &mut GridNetwork, powers: &[f64], rises: &mut [f64]) -> Result<(), CrossbarError> {
    let scale = powers.iter().zip(&network.grounds).fold(0.0_f64, |most, (p, g)| most.max((p / g).abs()));
    if scale == 0.0 {
        rises.fill(0.0);
        return Ok(());
    }
    let ended = network.solve(powers, rises, TOLERANCE * scale, MOST_ITERATIONS);
    if ended.converged {
        Ok(())
    } else {
        Err(CrossbarError::NotConverged {
            method: "the thermal network",
            reached: ended.error / scale,
            iterations: ended.iterations,
            wanted: TOLERANCE,
        })
    }
}
