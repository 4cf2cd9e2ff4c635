//! Every shipped card under random ramps: a ramp equals its parts, no flag is lost, runs replay bit by
//! bit, and the current is defined wherever the source says the model is.
//!
//! The ramps are drawn from seeded streams: the same ones each time.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;

use common::ROOM;
use device_models::card::SHIPPED;
use device_models::{DeviceCard, DeviceModel, Flags, Segment};
use numerics::rng::{Purpose, Stream};

/// Random ramps for each card.
const RAMPS: u64 = 12;
/// Voltages where the source documents none, V.
const COMMON: (f64, f64) = (-1.3, 1.3);

fn cards() -> impl Iterator<Item = DeviceCard> {
    SHIPPED.iter().map(|(name, _)| DeviceCard::shipped(name, &BTreeMap::new()).unwrap())
}

fn stream(card: &DeviceCard, number: u64) -> Stream {
    let name =
        card.name.bytes().fold(17_u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(u64::from(byte)));
    Stream::new(name, Purpose::Pattern, number, 0)
}

/// A slow state at `share` of its range: geometric for concentrations, linear for others.
fn slow_at(model: &dyn DeviceModel, share: f64) -> f64 {
    let (low, high) = model.bounds(&[]);
    if low > 1.0 && high / low > 100.0 { low * (high / low).powf(share) } else { low + (high - low) * share }
}

/// A random ramp of 1 ns to 10 ms and a random state.
fn ramp(card: &DeviceCard, random: &mut Stream) -> (Segment, f64) {
    let (low, high) = card.entry.voltages.unwrap_or(COMMON);
    let mut voltage = || low + (high - low) * random.uniform();
    let (start_voltage, end_voltage) = (voltage(), voltage());
    let duration = 10_f64.powf(-9.0 + 7.0 * random.uniform());
    (Segment { start_voltage, end_voltage, duration }, slow_at(card.model.as_ref(), random.uniform()))
}

/// A ramp cut at random times into two to six parts.
fn parts(whole: &Segment, random: &mut Stream) -> Vec<Segment> {
    let mut cuts: Vec<f64> = (0..=random.below(5)).map(|_| random.uniform()).collect();
    cuts.extend([0.0, 1.0]);
    cuts.sort_by(f64::total_cmp);
    let at = |share: f64| whole.start_voltage + (whole.end_voltage - whole.start_voltage) * share;
    cuts.windows(2)
        .map(|pair| Segment {
            start_voltage: at(pair[0]),
            end_voltage: at(pair[1]),
            duration: (pair[1] - pair[0]) * whole.duration,
        })
        .collect()
}

/// Whether the state is so near a bound that the accepted error decides if it is reached.
fn at_a_bound(model: &dyn DeviceModel, slow: f64) -> bool {
    let (low, high) = model.bounds(&[]);
    let near = |a: f64, b: f64| (a - b).abs() <= 5e-3 * a.abs().max(b.abs()).max(0.2 * (high - low).min(1.0));
    near(slow, low) || near(slow, high)
}

#[test]
fn a_ramp_equals_its_parts_and_no_flag_is_lost() {
    let mut flagged = 0;
    for card in cards() {
        let model = card.model.as_ref();
        for number in 0..RAMPS {
            let mut random = stream(&card, number);
            let (whole, slow) = ramp(&card, &mut random);
            let mut once = model.rest(slow, &ROOM);
            let mut pieces = once.clone();
            let single = model.advance(&[], &mut once, &whole, &ROOM, None, None).unwrap();
            let mut flags = Flags::default();
            let mut energy = 0.0;
            for part in parts(&whole, &mut random) {
                let motion = model.advance(&[], &mut pieces, &part, &ROOM, None, None).unwrap();
                flags = flags.union(motion.flags);
                energy += motion.energy;
            }
            let what =
                format!("{} ramp {number}: {whole:?} from {slow:e}: {once:?}, parts {pieces:?}", card.name);
            let close = |a: f64, b: f64| (a - b).abs() <= 5e-3 * a.abs().max(b.abs());
            // States that may be 0 are integrated to an absolute accuracy.
            let (low, high) = model.bounds(&[]);
            let same = (once[0] - pieces[0]).abs() <= 1e-4 * (high - low) && low < 1.0;
            assert!(same || close(once[0], pieces[0]), "{what}");
            assert!(
                close(single.energy, energy) || energy < 1e-18,
                "{what}: {:e} {energy:e} J",
                single.energy
            );
            let bound = at_a_bound(model, once[0]) || at_a_bound(model, slow);
            for (name, one, other, decided) in [
                ("lower bound", single.flags.lower_bound, flags.lower_bound, !bound),
                ("upper bound", single.flags.upper_bound, flags.upper_bound, !bound),
                ("overheated", single.flags.overheated, flags.overheated, true),
                ("field capped", single.flags.field_capped, flags.field_capped, true),
            ] {
                assert!(one == other || !decided, "{what}: flag {name}: {one} {other}");
            }
            flagged += u32::from(single.flags.bits() != 0);
        }
    }
    // The ramps do reach limits: the comparison of flags is not empty.
    assert!(flagged > 20, "{flagged}");
}

#[test]
fn runs_replay_bit_by_bit_also_with_noise() {
    let bits = |state: &[f64]| state.iter().map(|x| x.to_bits()).collect::<Vec<u64>>();
    let mut moved_by_noise = 0;
    for card in cards() {
        let model = card.model.as_ref();
        let (whole, slow) = ramp(&card, &mut stream(&card, 100));
        let run = |seed: Option<u64>| {
            let mut state = model.rest(slow, &ROOM);
            let mut noise = seed.map(|seed| Stream::new(seed, Purpose::StateNoise, 1, 0));
            let motion = model.advance(&[], &mut state, &whole, &ROOM, None, noise.as_mut()).unwrap();
            (bits(&state), motion.energy.to_bits(), motion.flags, motion.steps)
        };
        for seed in [None, Some(3)] {
            assert_eq!(run(seed), run(seed), "{} {seed:?} {whole:?}", card.name);
        }
        moved_by_noise += u32::from(run(Some(3)) != run(None));
    }
    assert!(moved_by_noise >= 5, "{moved_by_noise}");
}

#[test]
fn the_current_is_defined_over_the_documented_voltages() {
    for card in cards() {
        let model = card.model.as_ref();
        let (low, high) = card.entry.voltages.unwrap_or(COMMON);
        let states = (0..=8).map(|i| slow_at(model, f64::from(i) / 8.0)).chain(card.states.values().copied());
        for slow in states {
            let state = model.rest(slow, &ROOM);
            for i in 0..=60 {
                let voltage = low + (high - low) * f64::from(i) / 60.0;
                let point = model.operating_point(&[], &state, voltage, &ROOM).unwrap();
                let finite =
                    [point.voltage, point.current, point.differential_conductance, point.temperature]
                        .iter()
                        .all(|x| x.is_finite());
                assert!(
                    finite && point.current * voltage >= 0.0,
                    "{} {slow:e} {voltage}: {point:?}",
                    card.name
                );
            }
        }
    }
}
