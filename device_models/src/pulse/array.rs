//! Many cells on tables: one conductance each, the device they are, the pulses they have seen.
//!
//! Pulses on all cells run in parallel over chunks of cells; each chunk has its own random stream, keyed
//! by (seed, chunk, operation), so that results are the same bits at any number of threads.

use numerics::rng::{Purpose, Stream};
use rayon::prelude::*;

use super::response::PulseResponse;

/// Cells of one chunk.
const CHUNK: usize = 4096;
/// Normals made at a time.
const NORMALS: usize = 256;
/// A reading is at least this share of the conductance: write noise may not turn a cell into a source.
const SMALLEST_READING: f32 = 1e-3;

/// Noise from pulse to pulse.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CycleNoise {
    /// The card's own, as tabulated.
    Own,
    /// The change made by a pulse scatters by this share of its mean, whatever the card says.
    Relative(f32),
}

impl CycleNoise {
    /// Conductance after a pulse, S, and its energy, J; `z` is a standard normal number.
    #[inline]
    fn draw(self, response: &PulseResponse, g: f32, z: f32) -> (f32, f32) {
        match self {
            Self::Own => response.draw(g, z),
            Self::Relative(share) => {
                let (mean, energy) = response.apply(g);
                ((g + (mean - g) * (1.0 + share * z)).max(0.0), energy)
            }
        }
    }
}

/// Cells of an array.
#[derive(Debug, Clone, PartialEq)]
pub struct PulseArray {
    /// Conductance from which the next pulse starts, S.
    conductance: Vec<f32>,
    /// Conductance that is read, S; empty where it is the same.
    reading: Vec<f32>,
    /// Which device each cell is.
    device: Vec<u16>,
    /// Pulses each cell has received.
    pulses: Vec<u32>,
}

impl PulseArray {
    /// Cells that are `device`, each at its conductance, S. With `write_noise` the conductance that is
    /// read is kept beside that which pulses start from.
    pub fn new(device: Vec<u16>, conductance: Vec<f32>, write_noise: bool) -> Self {
        let reading = if write_noise { conductance.clone() } else { Vec::new() };
        let pulses = vec![0; conductance.len()];
        Self { conductance, reading, device, pulses }
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.conductance.len()
    }

    /// Whether there are no cells.
    pub fn is_empty(&self) -> bool {
        self.conductance.is_empty()
    }

    /// Conductances that are read, S.
    pub fn readings(&self) -> &[f32] {
        if self.reading.is_empty() { &self.conductance } else { &self.reading }
    }

    /// Pulses each cell has received.
    pub fn pulses(&self) -> &[u32] {
        &self.pulses
    }

    /// Which device a cell is.
    pub fn device(&self, cell: usize) -> usize {
        usize::from(self.device[cell])
    }

    /// Sets the conductance of a cell that something else than a pulse has moved, S.
    pub fn settle(&mut self, cell: usize, conductance: f32) {
        self.conductance[cell] = conductance;
        if let Some(reading) = self.reading.get_mut(cell) {
            *reading = conductance;
        }
    }

    /// Memory of all cells, bytes.
    pub fn bytes(&self) -> usize {
        size_of::<f32>() * (self.conductance.capacity() + self.reading.capacity())
            + size_of::<u16>() * self.device.capacity()
            + size_of::<u32>() * self.pulses.capacity()
    }

    /// One pulse on every cell, `response` by device; the energy of all, J. `key`: seed and operation.
    pub fn pulse_all(
        &mut self,
        response: &[&PulseResponse],
        noise: CycleNoise,
        (seed, operation): (u64, u64),
    ) -> f64 {
        let own = noise == CycleNoise::Own;
        let silent =
            noise == CycleNoise::Relative(0.0) || (own && response.iter().all(|response| !response.noisy));
        let chunk = |index: usize, cells: Chunk<'_>| -> f64 {
            let mut stream = Stream::new(seed, Purpose::Cycle, index as u64, operation);
            let mut normals = [0.0_f32; CHUNK];
            let count = cells.conductance.len();
            if !silent {
                stream.fill_normal(&mut normals[..count]);
            }
            let mut energy = 0.0;
            let each = cells.conductance.iter_mut().zip(cells.device).zip(&normals);
            for ((g, device), z) in each {
                let (after, spent) = noise.draw(response[usize::from(*device)], *g, *z);
                *g = after;
                energy += spent;
            }
            if !cells.reading.is_empty() {
                if own {
                    stream.fill_normal(&mut normals[..count]);
                }
                let each = cells.reading.iter_mut().zip(&*cells.conductance).zip(cells.device).zip(&normals);
                for (((reading, g), device), z) in each {
                    let deviation = if own { response[usize::from(*device)].write_noise } else { 0.0 };
                    *reading = (g + deviation * z).max(SMALLEST_READING * g);
                }
            }
            for pulses in cells.pulses {
                *pulses = pulses.saturating_add(1);
            }
            f64::from(energy)
        };
        self.each_chunk(chunk)
    }

    /// One pulse on each of some cells; the energy of all, J. `shots`: the cell and which of the
    /// `responses`, cells rising; `response` gives the table of a kind of device for it. `key`: seed,
    /// address and operation.
    pub fn pulse_some<'a>(
        &mut self,
        shots: &[(u32, u16)],
        response: impl Fn(usize, u16) -> &'a PulseResponse + Sync,
        noise: CycleNoise,
        (seed, address, operation): (u64, u64, u64),
    ) -> f64 {
        let own = noise == CycleNoise::Own;
        let silent = noise == CycleNoise::Relative(0.0);
        let work = |index: usize, cells: Chunk<'_>| -> f64 {
            let first = (index * CHUNK) as u32;
            let begin = shots.partition_point(|shot| shot.0 < first);
            let length = shots[begin..].partition_point(|shot| shot.0 < first + CHUNK as u32);
            if length == 0 {
                return 0.0;
            }
            let mut stream = Stream::new(seed, Purpose::Cycle, (address << 16) | index as u64, operation);
            let mut normals = vec![0.0_f32; 2 * length];
            let written = own && !cells.reading.is_empty();
            if !silent {
                stream.fill_normal(&mut normals[..if written { 2 * length } else { length }]);
            }
            let mut energy = 0.0;
            for (k, (cell, which)) in shots[begin..begin + length].iter().enumerate() {
                let i = (cell - first) as usize;
                let table = response(usize::from(cells.device[i]), *which);
                let (after, spent) = noise.draw(table, cells.conductance[i], normals[k]);
                cells.conductance[i] = after;
                if let Some(reading) = cells.reading.get_mut(i) {
                    let deviation = if own { table.write_noise * normals[length + k] } else { 0.0 };
                    *reading = (after + deviation).max(SMALLEST_READING * after);
                }
                cells.pulses[i] = cells.pulses[i].saturating_add(1);
                energy += spent;
            }
            f64::from(energy)
        };
        self.each_chunk(work)
    }

    /// `counts[i]` pulses on each cell i, upwards where positive; the energy of all, J. `response` gives the
    /// table of a kind of device, upwards where its second argument says so. `key`: seed, address and
    /// operation.
    pub fn pulse_by_counts<'a>(
        &mut self,
        counts: &[i32],
        response: impl Fn(usize, bool) -> &'a PulseResponse + Sync,
        noise: CycleNoise,
        key: (u64, u64, u64),
    ) -> f64 {
        self.each_chunk(|index, cells| {
            let counts = &counts[index * CHUNK..][..cells.conductance.len()];
            let pulsed = counts.iter().copied().enumerate().filter(|(_, count)| *count != 0);
            cells.pulse(pulsed, &response, noise, (key, index))
        })
    }

    /// The same for a list of cells, rising, with their counts: the same bits, without a look at the other cells.
    pub fn pulse_listed<'a>(
        &mut self,
        listed: &[(u32, i32)],
        response: impl Fn(usize, bool) -> &'a PulseResponse + Sync,
        noise: CycleNoise,
        key: (u64, u64, u64),
    ) -> f64 {
        self.each_chunk(|index, cells| {
            let first = (index * CHUNK) as u32;
            let begin = listed.partition_point(|(cell, _)| *cell < first);
            let length = listed[begin..].partition_point(|(cell, _)| *cell < first + CHUNK as u32);
            let own = listed[begin..begin + length].iter();
            let pulsed = own.map(|(cell, count)| ((cell - first) as usize, *count));
            if length == 0 { 0.0 } else { cells.pulse(pulsed, &response, noise, (key, index)) }
        })
    }

    /// Does `work` on every chunk, with its number; the sum of what it gives, the same at any number of threads.
    fn each_chunk(&mut self, work: impl Fn(usize, Chunk<'_>) -> f64 + Sync) -> f64 {
        let mut chunks = self.chunks();
        if chunks.len() == 1 {
            // Not worth another thread.
            return chunks.pop().map_or(0.0, |cells| work(0, cells));
        }
        let done: Vec<f64> =
            chunks.into_par_iter().enumerate().map(|(index, cells)| work(index, cells)).collect();
        done.iter().sum()
    }

    fn chunks(&mut self) -> Vec<Chunk<'_>> {
        let mut readings = self.reading.chunks_mut(CHUNK);
        self.conductance
            .chunks_mut(CHUNK)
            .zip(self.device.chunks(CHUNK))
            .zip(self.pulses.chunks_mut(CHUNK))
            .map(|((conductance, device), pulses)| Chunk {
                conductance,
                reading: readings.next().unwrap_or_default(),
                device,
                pulses,
            })
            .collect()
    }
}

/// A part of an array.
struct Chunk<'a> {
    conductance: &'a mut [f32],
    reading: &'a mut [f32],
    device: &'a [u16],
    pulses: &'a mut [u32],
}

impl Chunk<'_> {
    /// Pulses on cells of the chunk, upwards where their count is positive; their energy, J.
    #[inline]
    fn pulse<'a>(
        self,
        pulsed: impl Iterator<Item = (usize, i32)> + Clone,
        response: &impl Fn(usize, bool) -> &'a PulseResponse,
        noise: CycleNoise,
        ((seed, address, operation), index): ((u64, u64, u64), usize),
    ) -> f64 {
        let own = noise == CycleNoise::Own;
        let silent = noise == CycleNoise::Relative(0.0);
        let stream = Stream::new(seed, Purpose::Cycle, (address << 16) | index as u64, operation);
        // Of each pulse, and of what is read after the last one.
        let draws = |(_, count): (usize, i32)| count.unsigned_abs() as usize + usize::from(own);
        let left = pulsed.clone().map(draws).sum();
        let mut normals = Normals { stream, buffer: [0.0; NORMALS], used: NORMALS, left };
        let mut energy = 0.0;
        for (i, count) in pulsed {
            let table = response(usize::from(self.device[i]), count > 0);
            let silent = silent || (own && !table.noisy);
            let mut now = self.conductance[i];
            for _ in 0..count.unsigned_abs() {
                let z = if silent { 0.0 } else { normals.next() };
                let (after, spent) = noise.draw(table, now, z);
                now = after;
                energy += spent;
            }
            self.conductance[i] = now;
            if let Some(reading) = self.reading.get_mut(i) {
                let deviation = if own { table.write_noise * normals.next() } else { 0.0 };
                *reading = (now + deviation).max(SMALLEST_READING * now);
            }
            self.pulses[i] = self.pulses[i].saturating_add(count.unsigned_abs());
        }
        f64::from(energy)
    }
}

/// Normals in a row, made some at a time.
struct Normals {
    stream: Stream,
    buffer: [f32; NORMALS],
    used: usize,
    /// Normals still to be made, at most.
    left: usize,
}

impl Normals {
    #[inline]
    fn next(&mut self) -> f32 {
        if self.used == NORMALS {
            let due = self.left.min(NORMALS);
            self.stream.fill_normal(&mut self.buffer[..due]);
            self.left -= due;
            self.used = 0;
        }
        let value = self.buffer[self.used];
        self.used += 1;
        value
    }
}
