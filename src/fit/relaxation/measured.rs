//! Measured conductances after a write, from files of three kinds told apart by their columns:
//!
//! | columns | a line is | what they hold |
//! |---|---|---|
//! | 7 | one read of a series | address, time (s), R (Ω), G (S), programmed G (S), level, nominal time (s) |
//! | 5 | one read of a bake | address, time (s; 0 before the bake), R (Ω), G (S), temperature (°C) |
//! | more than 100 | one cell | two numbers that are not used, then G (S) at a fixed rate |
//!
//! These are the files of A. Levy et al., RRAM-Relaxation-Master-Model; own measurements are read when
//! they are written the same way.

use std::collections::BTreeMap;
use std::path::Path;

use numerics::rng::{Purpose, Stream};

use super::{FitError, lines};

/// Nominal times of a series are whole to this share.
const ALIKE: f64 = 1e-9;
/// Columns from which a line is a time series.
const SERIES: usize = 100;

/// A cell's conductance before and after, S.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// Address of the cell.
    pub address: u64,
    /// After the write.
    pub programmed: f64,
    /// After the time of the condition.
    pub after: f64,
}

/// What happened to many cells in one time at one temperature.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// Mean time since the write, s.
    pub time: f64,
    /// Temperature, K.
    pub temperature: f64,
    /// The cells.
    pub changes: Vec<Change>,
}

/// Everything the files hold.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Measured {
    /// By temperature, then time.
    pub conditions: Vec<Condition>,
    /// Conductances of single cells at a fixed rate, S.
    pub series: Vec<Vec<f64>>,
}

/// Which half of the cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// The fit sees it.
    Fitted,
    /// The fit is judged by it.
    HeldOut,
}

impl Half {
    /// The half a cell is in; it depends on its address alone.
    pub fn of(address: u64) -> Self {
        let odd = Stream::new(0, Purpose::Split, address, 0).next_u32() & 1 == 1;
        if odd { Self::HeldOut } else { Self::Fitted }
    }
}

/// Sum of times and the changes, of one condition.
type Group = (f64, Vec<Change>);
/// Bits of a non-negative number, which sort like it.
type Key = u64;

#[derive(Default)]
struct Gathered {
    series: BTreeMap<Key, Group>,
    before: BTreeMap<(Key, u64), f64>,
    baked: BTreeMap<Key, Vec<(u64, f64, f64)>>,
    single: Vec<Vec<f64>>,
}

impl Measured {
    /// Reads files; series without a temperature of their own were measured at `temperature` (K).
    ///
    /// # Errors
    /// When a file cannot be read or a line is wrong.
    pub fn read(paths: &[impl AsRef<Path>], temperature: f64) -> Result<Self, FitError> {
        let mut gathered = Gathered::default();
        for path in paths {
            lines::each(path.as_ref(), |_, values| gathered.take(values))?;
        }
        let mut conditions = Vec::new();
        for (_, (times, changes)) in gathered.series {
            conditions.push(Condition { time: times / changes.len() as f64, temperature, changes });
        }
        for (celsius, rows) in gathered.baked {
            let mut changes = Vec::with_capacity(rows.len());
            let mut times = 0.0;
            for (address, time, after) in rows {
                if let Some(&programmed) = gathered.before.get(&(celsius, address)) {
                    changes.push(Change { address, programmed, after });
                    times += time;
                }
            }
            if !changes.is_empty() {
                let temperature = f64::from_bits(celsius) + 273.15;
                conditions.push(Condition { time: times / changes.len() as f64, temperature, changes });
            }
        }
        if conditions.is_empty() {
            let message = "the files hold no cell that was read both before and after; give a series (7 columns) or a bake (5 columns)";
            return Err(FitError::Data { message: message.into() });
        }
        Ok(Self { conditions, series: gathered.single })
    }

    /// One half of the cells; the time series of single cells stay with the fit.
    #[must_use]
    pub fn half(&self, half: Half) -> Self {
        let keep = |changes: &[Change]| {
            changes.iter().copied().filter(|change| Half::of(change.address) == half).collect()
        };
        let conditions =
            self.conditions.iter().map(|c| Condition { changes: keep(&c.changes), ..*c }).collect();
        let series = if half == Half::Fitted { self.series.clone() } else { Vec::new() };
        Self { conditions, series }
    }
}

impl Gathered {
    fn take(&mut self, values: &[f64]) -> Result<(), String> {
        match *values {
            [address, time, _, conductance, programmed, _, nominal] => {
                let address = whole(address)?;
                positive("programmed conductance", programmed)?;
                let nominal = not_negative("nominal time", nominal)?;
                if nominal <= ALIKE {
                    return Ok(());
                }
                let group = self.series.entry(nominal.to_bits()).or_default();
                group.0 += not_negative("time", time)?;
                group.1.push(Change { address, programmed, after: conductance });
                Ok(())
            }
            [address, time, _, conductance, celsius] => {
                let address = whole(address)?;
                let key = not_negative("temperature", celsius)?.to_bits();
                if not_negative("time", time)? <= ALIKE {
                    let programmed = positive("conductance before the bake", conductance)?;
                    self.before.insert((key, address), programmed);
                } else {
                    self.baked.entry(key).or_default().push((address, time, conductance));
                }
                Ok(())
            }
            [_, _, ref signal @ ..] if values.len() > SERIES => {
                self.single.push(signal.to_vec());
                Ok(())
            }
            _ => Err(format!(
                "has {} columns; a series has 7 (address, time, resistance, conductance, programmed conductance, level, nominal time), a bake 5 (address, time, resistance, conductance, temperature in °C), a time series more than {SERIES}",
                values.len()
            )),
        }
    }
}

fn whole(address: f64) -> Result<u64, String> {
    if address >= 0.0 && address.fract() == 0.0 && address < 9e15 {
        Ok(address as u64)
    } else {
        Err(format!("the address is {address}, but must be a whole number of at least 0"))
    }
}

fn positive(what: &str, value: f64) -> Result<f64, String> {
    if value > 0.0 { Ok(value) } else { Err(format!("the {what} is {value}, but must be above zero")) }
}

fn not_negative(what: &str, value: f64) -> Result<f64, String> {
    // Zero may be written with a sign; its bits are a key.
    if value >= 0.0 {
        Ok(value.abs())
    } else {
        Err(format!("the {what} is {value}, but must not be negative"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Measured, FitError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.csv");
        std::fs::write(&path, text).unwrap();
        Measured::read(&[path], 300.0)
    }

    #[test]
    fn series_bakes_and_time_series_are_told_apart() {
        let series =
            read("7,0,1e5,1e-5,1e-5,3,0\n7,0.011,1e5,2e-5,1e-5,3,0.01\n8,0.009,1e5,3e-5,1e-5,3,0.01\n");
        let series = series.unwrap();
        assert_eq!(series.conditions.len(), 1);
        assert!((series.conditions[0].time - 0.01).abs() < 1e-12);
        assert_eq!(series.conditions[0].changes[1], Change { address: 8, programmed: 1e-5, after: 3e-5 });
        let bake = read("5\t0\t1\t1e-5\t100\n5\t3600\t1\t2e-5\t100\n6\t3600\t1\t2e-5\t100\n").unwrap();
        assert_eq!(bake.conditions[0].changes.len(), 1);
        assert!((bake.conditions[0].temperature - 373.15).abs() < 1e-9);
        let mut text = String::from("5,0,1,1e-5,100\n5,9,1,2e-5,100\n8,0");
        text.extend((0..200).map(|_| ",1e-6"));
        assert_eq!(read(&text).unwrap().series[0].len(), 200);
    }

    #[test]
    fn wrong_lines_are_refused() {
        for (text, says) in [
            ("1,2,3\n", "has 3 columns"),
            ("1.5,0,1,1e-5,100\n", "whole number"),
            ("1,0,1,-1e-5,100\n", "the conductance before the bake is -0.00001"),
            ("1,0,1,1e-5,100\n", "no cell that was read both before and after"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn halves_are_disjoint_and_about_even() {
        let fitted = (0..10_000).filter(|&a| Half::of(a) == Half::Fitted).count();
        assert!((4800..5200).contains(&fitted), "{fitted}");
    }
}
