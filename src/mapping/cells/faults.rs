//! [`FaultyCells`]: cells of any kind, some of which nothing moves.
//!
//! * stuck in the low- or the high-resistance state: they read as the upper or the lower end of the
//!   window, without noise;
//! * not formed: they do not conduct;
//! * dead: a cell that has received more write pulses than it bears ([`Lifetimes`]) stays in one of the two
//!   states, or where its last pulse has left it.
//!
//! Write pulses on such cells are applied and counted like all others: a program that does not know
//! of them spends its budget on them, and fails.
//!
//! Draws are addressed by (seed, cell), so that a larger share keeps the cells of a smaller one.
//! Pinned by: `tests/mapping_cells.rs`, `tests/mapping_endurance.rs`.

use device_models::conductance_step::array::{PulseSequence, SIDE};
use device_models::failure::FailureCause;
use numerics::rng::{Purpose, Stream};

use super::lifetimes::Lifetimes;
use super::{Cells, Direction, Draw, Shot, Target, Writes};
use crate::mapping::config::{CellFault, FaultConfig, FaultKind};

/// Planes of a tile in the address of a plane, and tiles of a matrix in that of a tile.
const ADDRESS: (u64, u64) = (64, 1 << 20);

/// Marks the operations whose pulses no cell shows any more.
const BEYOND: u64 = 1 << 63;

/// Cells of any kind with faults among them.
#[derive(Debug, Clone)]
pub struct FaultyCells {
    inner: Box<dyn Cells>,
    shown: Vec<f32>,
    word_lines: usize,
    /// Conductances of the low- and of the high-resistance state, S.
    states: (f32, f32),
    /// Rising.
    stuck: Vec<(u32, FailureCause)>,
    is_stuck: Vec<bool>,
    lifetimes: Lifetimes,
    dead: u64,
}

fn cause(kind: FaultKind) -> FailureCause {
    match kind {
        FaultKind::StuckLowResistance => FailureCause::StuckLow,
        FaultKind::StuckHighResistance => FailureCause::StuckHigh,
        FaultKind::NotFormed => FailureCause::NotFormed,
    }
}

fn is_here(fault: &CellFault, draw: Draw) -> bool {
    let (planes, tiles) = ADDRESS;
    let (plane, tile) = (draw.address % planes, draw.address / planes);
    fault.plane == plane && fault.tile == tile % tiles && fault.matrix == tile / tiles
}

impl FaultyCells {
    /// The cells with the faults that a design asks for; the window (S) gives the two states.
    pub fn new(
        inner: Box<dyn Cells>,
        config: &FaultConfig,
        (window, word_lines): ((f32, f32), usize),
        draw: Draw,
    ) -> Self {
        let count = inner.len();
        let seed = Draw { seed: config.seed.unwrap_or(draw.seed), ..draw }.plane_seed();
        let mut causes = vec![None; count];
        let mut lifetimes = Lifetimes::default();
        for (cell, found) in causes.iter_mut().enumerate() {
            let mut stream = Stream::new(seed, Purpose::Fault, cell as u64, 1);
            let (own, formed) = (stream.uniform() as f32, stream.uniform() as f32);
            // Low from below, high from above: either share may grow alone.
            if formed < config.not_formed {
                *found = Some(FailureCause::NotFormed);
            } else if own < config.stuck_low_resistance {
                *found = Some(FailureCause::StuckLow);
            } else if 1.0 - own < config.stuck_high_resistance {
                *found = Some(FailureCause::StuckHigh);
            }
            if let Some(endurance) = &config.endurance {
                lifetimes.draw(endurance, &mut stream);
            }
        }
        for fault in config.cells.iter().filter(|fault| is_here(fault, draw)) {
            if let Some(found) = causes.get_mut(fault.cell as usize) {
                *found = Some(cause(fault.fault));
            }
        }
        let named = causes.iter().enumerate();
        let stuck = named.filter_map(|(cell, cause)| cause.map(|cause| (cell as u32, cause))).collect();
        let mut all = Self {
            shown: inner.conductances().to_vec(),
            inner,
            word_lines,
            states: (window.1, window.0),
            stuck,
            is_stuck: causes.iter().map(Option::is_some).collect(),
            lifetimes,
            dead: 0,
        };
        for k in 0..all.stuck.len() {
            all.show_stuck(all.stuck[k]);
        }
        all
    }

    /// A cell that is stuck shows where; one that is worn out goes on showing what it does.
    fn show_stuck(&mut self, (cell, cause): (u32, FailureCause)) {
        let shown = &mut self.shown[cell as usize];
        match cause {
            FailureCause::StuckLow => *shown = self.states.0,
            FailureCause::NotFormed => *shown = 0.0,
            FailureCause::WornOut => {}
            _ => *shown = self.states.1,
        }
    }

    /// No cell ends by so many further pulses on each.
    fn bear(&mut self, most: u32) -> bool {
        self.lifetimes.bear(most, self.inner.pulses(), |cell| !self.is_stuck[cell])
    }

    /// After pulses on these cells: what they conduct now, and which of them have died.
    fn after(&mut self, touched: impl Iterator<Item = usize>) {
        let before = self.stuck.len();
        for cell in touched {
            if self.is_stuck[cell] {
                continue;
            }
            if let Some(cause) = self.lifetimes.end(cell, self.inner.pulses()[cell]) {
                self.is_stuck[cell] = true;
                self.stuck.push((cell as u32, cause));
                self.show_stuck((cell as u32, cause));
            } else {
                self.shown[cell] = self.inner.conductances()[cell];
            }
        }
        let died = self.stuck.len() - before;
        if died > 0 {
            self.dead += died as u64;
            self.stuck.sort_unstable_by_key(|(cell, _)| *cell);
        }
    }

    /// After something that concerns all cells and is no pulse.
    fn show(&mut self) {
        let each = self.shown.iter_mut().zip(self.inner.conductances()).zip(&self.is_stuck);
        each.filter(|(_, stuck)| !**stuck).for_each(|((shown, g), _)| *shown = *g);
    }

    /// Pulses of an operation in which cells end and stay where they are: these take the pulses that they bear first,
    /// and the others when they no longer show them.
    fn step_to_the_end(&mut self, counts: &[i32], draw: Draw) -> Writes {
        let (mut borne, mut rest, mut ends) = (counts.to_vec(), vec![0; counts.len()], Vec::new());
        for (cell, count) in borne.iter_mut().enumerate().filter(|(_, count)| **count != 0) {
            let pulses = self.inner.pulses()[cell];
            let end = self.lifetimes.end(cell, pulses.saturating_add(count.unsigned_abs()));
            if end == Some(FailureCause::WornOut) && !self.is_stuck[cell] {
                let left = count.signum() * self.lifetimes.left(cell, pulses).cast_signed();
                rest[cell] = *count - left;
                *count = left;
                ends.push(cell);
            }
        }
        let mut writes = self.inner.step(&borne, draw);
        for cell in &ends {
            self.shown[*cell] = self.inner.conductances()[*cell];
        }
        if !ends.is_empty() {
            writes.add(&self.inner.step(&rest, Draw { operation: draw.operation | BEYOND, ..draw }));
        }
        writes
    }
}

impl Cells for FaultyCells {
    fn boxed(&self) -> Box<dyn Cells> {
        Box::new(self.clone())
    }

    fn len(&self) -> usize {
        self.shown.len()
    }

    fn conductances(&self) -> &[f32] {
        &self.shown
    }

    fn add_read_variances(&self, out: &mut [f32]) -> bool {
        let before: Vec<f32> = self.stuck.iter().map(|(cell, _)| out[*cell as usize]).collect();
        let noisy = self.inner.add_read_variances(out);
        for ((cell, _), old) in self.stuck.iter().zip(before) {
            out[*cell as usize] = old;
        }
        noisy
    }

    fn read_variance(&self, cell: usize) -> f32 {
        if self.is_stuck[cell] { 0.0 } else { self.inner.read_variance(cell) }
    }

    fn pulses(&self) -> &[u32] {
        self.inner.pulses()
    }

    fn strengths(&self) -> (u16, u16) {
        self.inner.strengths()
    }

    fn step(&mut self, counts: &[i32], draw: Draw) -> Writes {
        let most = counts.iter().map(|count| count.unsigned_abs()).max().unwrap_or(0);
        let writes = if self.bear(most) || !self.lifetimes.may_stay() {
            self.inner.step(counts, draw)
        } else {
            self.step_to_the_end(counts, draw)
        };
        self.after(counts.iter().enumerate().filter(|(_, count)| **count != 0).map(|(cell, _)| cell));
        writes
    }

    fn step_listed(&mut self, listed: &[(u32, i32)], draw: Draw) -> Writes {
        let most = listed.iter().map(|(_, count)| count.unsigned_abs()).max().unwrap_or(0);
        let writes = if self.bear(most) || !self.lifetimes.may_stay() {
            self.inner.step_listed(listed, draw)
        } else {
            let mut counts = vec![0; self.shown.len()];
            for (cell, count) in listed {
                counts[*cell as usize] = *count;
            }
            self.step_to_the_end(&counts, draw)
        };
        self.after(listed.iter().map(|(cell, _)| *cell as usize));
        writes
    }

    fn takes_sequences(&self) -> bool {
        self.inner.takes_sequences()
    }

    fn step_sequence(&mut self, sequence: &dyn PulseSequence, draw: Draw) -> Option<Writes> {
        if !self.takes_sequences() {
            return None;
        }
        if self.bear(sequence.most()) || !self.lifetimes.may_stay() {
            let writes = self.inner.step_sequence(sequence, draw)?;
            self.after(0..self.shown.len());
            return Some(writes);
        }
        // One operation after the other, as a cell stays where one of them has left it.
        let mut writes = Writes::default();
        let mut counts = vec![0; self.shown.len()];
        for operation in 0..sequence.operations() {
            single(sequence, operation, self.word_lines, &mut counts);
            writes.add(&self.step(&counts, Draw { operation: draw.operation + operation as u64, ..draw }));
        }
        Some(writes)
    }

    fn shoot(&mut self, shots: &[Shot], draw: Draw) -> Writes {
        self.lifetimes.pass(1);
        let writes = self.inner.shoot(shots, draw);
        self.after(shots.iter().map(|shot| shot.cell as usize));
        writes
    }

    fn elapse(&mut self, seconds: f64, temperature: f64, draw: Draw) {
        self.inner.elapse(seconds, temperature, draw);
        self.show();
    }

    fn settle(&mut self, cell: usize, conductance: f32) {
        self.inner.settle(cell, conductance);
        self.after(std::iter::once(cell));
    }

    fn place(&mut self, targets: &[Target], draw: Draw) -> Option<Writes> {
        let writes = self.inner.place(targets, draw)?;
        self.lifetimes.pass(1);
        self.after(targets.iter().map(|target| target.cell as usize));
        Some(writes)
    }

    fn mean_change(&self, direction: Direction, strength: u16, conductance: f32) -> Option<f32> {
        self.inner.mean_change(direction, strength, conductance)
    }

    fn disturb(&mut self, set: &[u32], reset: &[u32]) -> bool {
        let told = self.inner.disturb(set, reset);
        self.show();
        told
    }

    fn stuck(&self) -> &[(u32, FailureCause)] {
        &self.stuck
    }

    fn dead(&self) -> u64 {
        self.dead
    }
}

/// Counts of one operation of a sequence, output-major.
fn single(sequence: &dyn PulseSequence, operation: usize, word_lines: usize, counts: &mut [i32]) {
    counts.fill(0);
    let lines = sequence.lines(operation);
    let mut of_lines = vec![[0; SIDE]; lines.len()];
    for (block, rows) in counts.chunks_mut(SIDE * word_lines).enumerate() {
        sequence.counts(operation, SIDE * block, lines, &mut of_lines);
        for (lane, row) in rows.chunks_mut(word_lines).enumerate() {
            for (line, of_line) in lines.iter().zip(&of_lines) {
                row[*line as usize] = of_line[lane];
            }
        }
    }
}
