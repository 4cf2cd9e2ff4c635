//! Properties of the cells' steps that a design changes one at a time: asymmetry, number of states, noise.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::sync::Arc;

use device_models::DeviceCard;
use neurofilament::mapping::cells::{CellSource, Plane, source};
use neurofilament::mapping::config::{CellConfig, Endurance, FaultConfig, Placement, WeightCells};
use neurofilament::mapping::{AnalogConfig, AnalogHardware, AnalogMatrix, Synapses};
use numerics::matrix::Matrix;

const TABLES: [&str; 2] = ["vteam_memtorch", "jart_vcm_v1b_kinetics"];
const STEPS: [&str; 3] = ["step_idealized", "step_reram_soft_bounds", "step_reram_exponential"];
const COUNT: usize = 4096;

fn cells(name: &str, cells: CellConfig) -> Arc<dyn CellSource> {
    let card = DeviceCard::shipped(name, &BTreeMap::new()).unwrap();
    let config =
        AnalogConfig { cells: CellConfig { device_variants: 4, ..cells }, ..AnalogConfig::default() };
    source(&card, &config, 293.0, 3).unwrap()
}

/// Mean and deviation over cells, in units of the own nominal step, of what one pulse changes from the middle of the
/// window.
fn one_pulse(source: &dyn CellSource, own: f32, set: bool) -> (f64, f64) {
    let mut plane = Plane::new((64, COUNT / 64), source, 1, 0);
    let middle = 0.5 * (source.window().0 + source.window().1);
    let (cells, draw) = plane.operate();
    (0..COUNT).for_each(|cell| cells.settle(cell, middle));
    let before = cells.conductances().to_vec();
    cells.step(&vec![if set { 1 } else { -1 }; COUNT], draw);
    let changes = || {
        let pairs = cells.conductances().iter().zip(&before);
        pairs.map(|(after, before)| f64::from((after - before) / own))
    };
    let mean = changes().sum::<f64>() / COUNT as f64;
    (mean, (changes().map(|c| (c - mean).powi(2)).sum::<f64>() / COUNT as f64).sqrt())
}

fn noiseless() -> CellConfig {
    CellConfig { cycle_noise: Some(0.0), ..CellConfig::default() }
}

#[test]
fn asymmetry_makes_one_direction_larger_and_the_other_smaller() {
    println!("| card | asymmetry | SET over its own | RESET over its own |\n|---|---|---|---|");
    for name in TABLES.into_iter().chain(STEPS) {
        let own = cells(name, noiseless());
        let (set, reset) = own.steps();
        let before = [one_pulse(&*own, set, true).0, one_pulse(&*own, -reset, false).0];
        for step_asymmetry in [-0.3_f32, 0.5] {
            let other = cells(name, CellConfig { step_asymmetry, ..noiseless() });
            assert!((other.steps().0 / set - 1.0 - step_asymmetry).abs() < 1e-4, "{name}");
            assert!((other.steps().1 / reset - 1.0 + step_asymmetry).abs() < 1e-4, "{name}");
            let after = [one_pulse(&*other, set, true).0, one_pulse(&*other, -reset, false).0];
            let ratios = [after[0] / before[0], after[1] / before[1]];
            println!("| {name} | {step_asymmetry} | {:.3} | {:.3} |", ratios[0], ratios[1]);
            let share = f64::from(step_asymmetry);
            assert!(
                (ratios[0] - 1.0 - share).abs() < 0.01 && (ratios[1] - 1.0 + share).abs() < 0.01,
                "{name}"
            );
        }
    }
}

/// With N states a typical device crosses the window in N pulses, and its noise is the same share of a step.
#[test]
fn states_are_the_pulses_across_the_window() {
    for name in TABLES.into_iter().chain(STEPS) {
        let own = cells(name, CellConfig { cycle_noise: Some(0.3), ..CellConfig::default() });
        let relative = |source: &dyn CellSource| {
            let (mean, deviation) = one_pulse(source, source.steps().0, true);
            deviation / mean
        };
        for states in [20.0, 300.0] {
            let design = CellConfig { cycle_noise: Some(0.3), states: Some(states), ..CellConfig::default() };
            let other = cells(name, design);
            let (low, high) = other.window();
            let (set, reset) = other.steps();
            let across = 2.0 * (high - low) / (set - reset);
            assert!((across / states - 1.0).abs() < 1e-3, "{name}: {across} of {states}");
            let (ours, theirs) = (relative(&*other), relative(&*own));
            assert!((ours / theirs - 1.0).abs() < 0.02, "{name}: {ours} {theirs}");
        }
    }
    // Constant steps: across the window and back.
    let source = cells("step_idealized", CellConfig { states: Some(40.0), ..noiseless() });
    let mut plane = Plane::new((1, 1), &*source, 1, 0);
    let (low, high) = source.window();
    let (cells, draw) = plane.operate();
    cells.settle(0, low);
    cells.step(&[40], draw);
    assert!((cells.conductances()[0] / high - 1.0).abs() < 5e-3, "{}", cells.conductances()[0]);
}

#[test]
fn cards_without_pulses_have_levels_and_no_states() {
    let refused = |design: CellConfig| {
        let card = DeviceCard::shipped("technology_a", &BTreeMap::new()).unwrap();
        let config = AnalogConfig { cells: design, ..AnalogConfig::default() };
        source(&card, &config, 293.0, 3).unwrap_err().to_string()
    };
    let states = refused(CellConfig { states: Some(30.0), ..CellConfig::default() });
    assert!(
        states.starts_with("cells.states is 30, but must be left away for card technology_a"),
        "{states}"
    );
    let asymmetry = refused(CellConfig { step_asymmetry: 0.1, ..CellConfig::default() });
    assert!(asymmetry.starts_with("cells.step_asymmetry is 0.1, but must be left away"), "{asymmetry}");
    let wide = CellConfig { step_asymmetry: 1.0, ..CellConfig::default() }.check().unwrap_err().to_string();
    assert!(wide.starts_with("step_asymmetry is 1, but must be from -0.95 to 0.95"), "{wide}");
}

/// Pulses on a list of cells are those on all cells with zeros elsewhere, bit for bit.
#[test]
fn pulses_by_lists_are_the_same_bits() {
    let mortal =
        Endurance { median_pulses: 20.0, spread: 1.0, low_resistance_share: 0.3, as_it_is_share: 0.4 };
    let faults =
        FaultConfig { stuck_low_resistance: 0.02, endurance: Some(mortal), ..FaultConfig::default() };
    let designs = [
        CellConfig::default(),
        CellConfig { faults, ..CellConfig::default() },
        CellConfig { access_resistance: 200.0, ..CellConfig::default() },
    ];
    for name in TABLES.into_iter().chain(["step_reram_exponential", "stanford_pku_v1"]) {
        for design in &designs {
            let source = cells(name, design.clone());
            let fresh = Plane::new((90, 100), &*source, 1, 0);
            let (mut all, mut some) = (fresh.clone(), fresh);
            for turn in 0..6_i32 {
                let count = |cell: i32| if (cell * 7 + turn).rem_euclid(23) == 0 { cell % 9 - 4 } else { 0 };
                let counts: Vec<i32> = (0..9000).map(count).collect();
                let pulsed = (0..).zip(&counts).filter(|(_, count)| **count != 0);
                let listed: Vec<(u32, i32)> = pulsed.map(|(cell, count)| (cell, *count)).collect();
                let step = |plane: &mut Plane, by_list: bool| {
                    let (cells, draw) = plane.operate();
                    if by_list { cells.step_listed(&listed, draw) } else { cells.step(&counts, draw) }
                };
                assert_eq!(step(&mut all, false), step(&mut some, true), "{name}");
            }
            let bits =
                |plane: &Plane| plane.cells().conductances().iter().map(|g| g.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&all), bits(&some), "{name}");
            assert_eq!(all.cells().pulses(), some.cells().pulses());
            assert_eq!(all.cells().stuck(), some.cells().stuck());
        }
    }
}

/// The few weights that a change pulses take what they take among many: `adjust` and `pulse` are the same bits.
#[test]
fn sparse_changes_are_pulsed_like_others() {
    let card = DeviceCard::shipped(TABLES[0], &BTreeMap::new()).unwrap();
    let one_sided = Placement::OneSided { refresh_at: 0.9, refresh_other: None };
    for weight in [
        WeightCells::default(),
        WeightCells::DifferentialPair { placement: one_sided, significance: vec![1.0] },
        WeightCells::DifferentialPair { placement: Placement::Balanced, significance: vec![1.0; 3] },
        WeightCells::ReferenceColumn,
        WeightCells::FixedReference,
    ] {
        let mut config = AnalogConfig { tile_rows: 40, ..AnalogConfig::default() };
        config.scheme.weight = weight.clone();
        config.cells.device_variants = 4;
        config.update.weight_step = Some(0.01);
        let hardware = AnalogHardware::new(&card, &config, 293.0, 3).unwrap();
        let mut adjusted = AnalogMatrix::new(50, 90, &hardware, 3, 0);
        let mut pulsed = adjusted.clone();
        for turn in 0..5_i32 {
            let count = |cell: usize| {
                let cell = i32::try_from(cell).unwrap();
                if (cell * 5 + turn).rem_euclid(19) == 0 { cell % 7 - 3 } else { 0 }
            };
            let counts: Vec<i32> = (0..4500).map(count).collect();
            // Half a step beyond, so that rounding does not matter; it is taken back.
            let delta = |sign: f32| {
                Matrix::from_fn(50, 90, |k, j| {
                    let count = counts[k * 90 + j] as f32;
                    if sign > 0.0 { 0.01 * (count + 0.5 * count.signum()) } else { -0.005 * count.signum() }
                })
            };
            adjusted.adjust(&delta(1.0));
            adjusted.adjust(&delta(-1.0));
            pulsed.pulse(&counts);
            pulsed.pulse(&vec![0; 4500]);
        }
        let conductances = |matrix: &AnalogMatrix| -> Vec<u32> {
            matrix.wear().flat_map(|plane| plane.conductances.iter().map(|g| g.to_bits())).collect()
        };
        assert!(adjusted.activity().set_pulses > 1000, "{weight:?}");
        assert_eq!(conductances(&adjusted), conductances(&pulsed), "{weight:?}");
        let counts = |matrix: &AnalogMatrix| (matrix.activity().set_pulses, matrix.activity().reset_pulses);
        assert_eq!(counts(&adjusted), counts(&pulsed));
    }
}
