//! What cells of arrays go through: verified writing, time, faults, disturb.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use device_models::DeviceCard;
use device_models::failure::FailureCause;
use device_models::pulse::CellReader;
use neurofilament::mapping::cells::{CellSource, Plane, Target, source};
use neurofilament::mapping::config::{
    Algorithm, CellConfig, CellFault, Disturb, Endurance, FaultConfig, FaultKind, OutcomeConfig,
    ProgrammingConfig,
};
use neurofilament::mapping::config::{CompensationConfig, CompensationKind};
use neurofilament::mapping::{AnalogConfig, AnalogHardware, AnalogMatrix, Compensated, Inputs, Synapses};
use numerics::matrix::Matrix;
use numerics::rng::{Purpose, Stream};

fn card(name: &str) -> DeviceCard {
    DeviceCard::shipped(name, &BTreeMap::new()).unwrap()
}

fn tight() -> ProgrammingConfig {
    ProgrammingConfig { tolerance: 1e-5, outcome: OutcomeConfig::Uniform, ..ProgrammingConfig::default() }
}

fn mean_deviation(values: &[f32]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
    let square = values.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / n;
    (mean, square.sqrt())
}

/// A matrix whose plus cells are all at `level` (S), and what a read of them gives.
fn at_level(name: &str, level: f32, cells: usize) -> (AnalogMatrix, Vec<f32>) {
    let config = AnalogConfig { programming: tight(), ..AnalogConfig::default() };
    let hardware = AnalogHardware::new(&card(name), &config, 293.0, 3).unwrap();
    let (low, high) = hardware.source().window();
    let mut matrix = AnalogMatrix::new(cells / 64, 64, &hardware, 3, 0);
    let weight = (2.0 * level - low - high) / (high - low);
    matrix.program(&Matrix::from_fn(cells / 64, 64, |_, _| weight));
    let reading = plus(&matrix, 1);
    (matrix, reading)
}

fn plus(matrix: &AnalogMatrix, number: u64) -> Vec<f32> {
    let mut noise = Stream::new(9, Purpose::ReadNoise, 0, number);
    matrix.tiles().flat_map(|(_, _, tile)| tile.planes()[0].read_cells(&mut noise)).collect()
}

#[test]
fn levels_relax_as_measured() {
    // Variance C1 log10(t) + C2 in uS² and mean in uS after the last time: technologies C and B of
    // RRAM-Relaxation-Master-Model.
    let cases = [
        (
            "technology_c",
            1e5,
            vec![
                (5.6, 1.24, 4.37, -0.05),
                (10.6, 1.92, 5.20, -0.96),
                (20.6, 1.81, 5.25, -1.71),
                (30.7, 1.58, 3.66, -2.00),
            ],
        ),
        (
            "technology_b",
            1e4,
            vec![
                (34.0, 13.3, 49.2, -4.2),
                (50.0, 19.6, 57.6, -5.4),
                (66.0, 8.4, 22.7, -2.4),
                (98.0, 0.27, 0.71, -0.16),
            ],
        ),
    ];
    println!("| technology, level | time | deviation, measured | ours | mean, measured | ours |");
    println!("|---|---|---|---|---|---|");
    for (name, last, levels) in cases {
        for (g, c1, c2, shift) in levels {
            let (mut matrix, before) = at_level(name, g * 1e-6, 8192);
            let mut age = 0.0;
            for (k, time) in [1.0_f64, 3600.0, 86_400.0, 1e5].into_iter().enumerate() {
                if time > last && age >= last {
                    continue;
                }
                let time = time.min(last);
                matrix.elapse(time - age);
                age = time;
                let after = plus(&matrix, 2 + k as u64);
                let change: Vec<f32> = after.iter().zip(&before).map(|(a, b)| (a - b) * 1e6).collect();
                let (mean, deviation) = mean_deviation(&change);
                let measured = f64::sqrt(c1 * time.log10() + c2);
                let ends = time >= last;
                let at_end = if ends { format!("{shift} | {mean:.2}") } else { " | ".into() };
                println!("| {name}, {g} uS | {time} s | {measured:.2} | {deviation:.2} | {at_end} |");
                assert!(
                    (deviation / measured - 1.0).abs() < 0.15,
                    "{name} {g} {time}: {deviation} {measured}"
                );
                if ends {
                    assert!((mean - shift).abs() < 0.1 * measured, "{name} {g}: {mean} {shift}");
                }
            }
        }
    }
}

#[test]
fn a_bake_is_time_at_another_temperature() {
    // Technology A, 1.2 to 2 h: mean and deviation in uS.
    println!("| bake of technology A | measured | ours |");
    println!("|---|---|---|");
    for (g, celsius, mean, deviation) in [
        (63.8, 100.0, 6.4, 19.1),
        (63.8, 260.0, -27.1, 30.6),
        (183.7, 140.0, -2.6, 7.6),
        (183.7, 260.0, -84.5, 53.5),
    ] {
        let (mut matrix, before) = at_level("technology_a", g * 1e-6, 8192);
        matrix.elapse_at(5400.0, 273.15 + celsius);
        let change: Vec<f32> = plus(&matrix, 2).iter().zip(&before).map(|(a, b)| (a - b) * 1e6).collect();
        let ours = mean_deviation(&change);
        println!("| {g} uS, {celsius} degC | {mean} ± {deviation} | {:.1} ± {:.1} |", ours.0, ours.1);
        assert!((ours.0 - mean).abs() < 0.2 * deviation, "{g} {celsius}: {ours:?}");
        assert!((ours.1 / deviation - 1.0).abs() < 0.2, "{g} {celsius}: {ours:?}");
    }
}

#[test]
fn time_does_not_depend_on_how_it_is_cut_and_a_write_begins_it_again() {
    let whole = |parts: &[f64]| {
        let (mut matrix, before) = at_level("technology_c", 20e-6, 16_384);
        for seconds in parts {
            matrix.elapse(*seconds);
        }
        let change: Vec<f32> = plus(&matrix, 2).iter().zip(&before).map(|(a, b)| (a - b) * 1e6).collect();
        (mean_deviation(&change), matrix)
    };
    let (once, mut matrix) = whole(&[1e4]);
    let (often, _) = whole(&[1.0, 9.0, 90.0, 900.0, 4000.0, 5000.0]);
    // Five standard errors of a mean and of a deviation with heavy tails.
    assert!((once.0 - often.0).abs() < 5.0 * once.1 / 91.0, "{once:?} {often:?}");
    assert!((once.1 / often.1 - 1.0).abs() < 0.05, "{once:?} {often:?}");
    assert!((matrix.activity().elapsed - 1e4).abs() < 1e-6);
    matrix.program(&Matrix::zeros(256, 64));
    let (mean, deviation) = mean_deviation(&plus(&matrix, 3));
    assert!((mean - 20e-6).abs() < 0.02e-6 && deviation < 0.5e-6, "{mean} {deviation}");

    // A law in time: the same to rounding.
    let drift = |parts: &[f64]| {
        let (mut matrix, _) = at_level("pcm_joshi", 20e-6, 256);
        for seconds in parts {
            matrix.elapse(*seconds);
        }
        matrix
            .tiles()
            .flat_map(|(_, _, tile)| tile.planes()[0].cells().conductances().to_vec())
            .collect::<Vec<f32>>()
    };
    for (a, b) in drift(&[1e5]).iter().zip(drift(&[1.0, 99.0, 900.0, 9.9e4])) {
        assert!((a / b - 1.0).abs() < 1e-6, "{a} {b}");
    }
    let (mean, _) = mean_deviation(&drift(&[1e5]));
    // ν 0.049 at the lower limit: (1e5/20 + 1)^−0.049 = 0.659.
    assert!((mean / 20e-6 - 0.659).abs() < 0.02, "{mean}");
}

#[test]
fn a_verified_write_leaves_what_its_card_says() {
    let write = |name: &str, outcome: OutcomeConfig, tolerance: f32, threads: usize| {
        let programming = ProgrammingConfig { tolerance, outcome, ..ProgrammingConfig::default() };
        let cells = CellConfig { read_noise: Some(0.0), relaxation: false, ..CellConfig::default() };
        let config = AnalogConfig { programming, cells, ..AnalogConfig::default() };
        let source = source(&card(name), &config, 293.0, 3).unwrap();
        let mut plane = Plane::new((256, 64), &*source, 1, 0);
        let targets = vec![20e-6; 256 * 64];
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let width = tolerance * (source.window().1 - source.window().0);
        pool.install(|| {
            let (cells, draw) = plane.operate();
            cells.place(&Target::of_plane(&targets, width), draw).unwrap();
        });
        plane.cells().conductances().to_vec()
    };
    let uniform = write("technology_c", OutcomeConfig::Card, 0.05, 1);
    let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&uniform), bits(&write("technology_c", OutcomeConfig::Uniform, 0.05, 3)));
    let (mean, deviation) = mean_deviation(&uniform);
    let width = 0.05 * 40e-6;
    assert!((mean - 20e-6).abs() < 0.03 * width && (deviation / (width / 3.0_f64.sqrt()) - 1.0).abs() < 0.02);
    assert!(uniform.iter().all(|g| (f64::from(*g) - 20e-6).abs() <= width * 1.0001));
    // A normal of half the tolerance, cut at it: variance (σ/2)² (1 − 4 φ(2)/(2Φ(2) − 1)) = 0.7737 (σ/2)².
    let cut = mean_deviation(&write("technology_c", OutcomeConfig::CutNormal { deviation: 0.5 }, 0.05, 2)).1;
    assert!((cut / (0.5 * width * 0.7737_f64.sqrt()) - 1.0).abs() < 0.02, "{cut}");
    // Wan 2022 at 20 uS after 1 s, CMO/HfOx with 2 %, PCM: aihwkit's and CrossSim's numbers.
    for (name, expected) in [
        ("reram_wan_2022_1s", 2.02e-6),
        ("cmo_hfox_2_percent", 0.237e-6),
        ("cmo_hfox_0_2_percent", 0.0222e-6),
        ("pcm_joshi", 1.0847e-6),
    ] {
        let (_, deviation) = mean_deviation(&write(name, OutcomeConfig::Card, 0.01, 2));
        assert!((deviation / expected - 1.0).abs() < 0.03, "{name}: {deviation}");
    }
}

fn at_20_us() -> Vec<Target> {
    Target::of_plane(&vec![20e-6; 128 * 128], 1e-9)
}

fn faulty(faults: FaultConfig) -> Plane {
    let config = AnalogConfig {
        cells: CellConfig { faults, relaxation: false, ..CellConfig::default() },
        programming: tight(),
        ..AnalogConfig::default()
    };
    let source = source(&card("technology_c"), &config, 293.0, 3).unwrap();
    let mut plane = Plane::new((128, 128), &*source, 1, 64 * 5 + 1);
    let (cells, draw) = plane.operate();
    cells.place(&at_20_us(), draw).unwrap();
    plane
}

#[test]
fn each_fault_acts_alone() {
    let share = |plane: &Plane, g: f32| {
        plane.cells().conductances().iter().filter(|own| (**own - g).abs() < 1e-9).count() as f64 / 16_384.0
    };
    assert!(faulty(FaultConfig::default()).cells().stuck().is_empty());
    for (faults, g, cause) in [
        (FaultConfig { stuck_low_resistance: 0.1, ..Default::default() }, 40e-6, FailureCause::StuckLow),
        (FaultConfig { stuck_high_resistance: 0.1, ..Default::default() }, 0.0, FailureCause::StuckHigh),
        (FaultConfig { not_formed: 0.1, ..Default::default() }, 0.0, FailureCause::NotFormed),
    ] {
        let plane = faulty(faults.clone());
        let found = plane.cells().stuck();
        // Four standard deviations of a binomial.
        assert!((share(&plane, g) - 0.1).abs() < 0.0094 && found.iter().all(|f| f.1 == cause), "{faults:?}");
        let less = faulty(FaultConfig {
            stuck_low_resistance: 0.5 * faults.stuck_low_resistance,
            stuck_high_resistance: 0.5 * faults.stuck_high_resistance,
            not_formed: 0.5 * faults.not_formed,
            ..Default::default()
        });
        assert!(!less.cells().stuck().is_empty() && less.cells().stuck().iter().all(|f| found.contains(f)));
        let other = faulty(FaultConfig { seed: Some(77), ..faults });
        assert_ne!(other.cells().stuck(), found);
    }
    // Plane 1 of tile 5 of matrix 0.
    let one = |plane| CellFault { matrix: 0, tile: 5, plane, cell: 17, fault: FaultKind::StuckLowResistance };
    let plane = faulty(FaultConfig { cells: vec![one(1)], ..Default::default() });
    assert_eq!(plane.cells().stuck(), [(17, FailureCause::StuckLow)]);
    assert!(faulty(FaultConfig { cells: vec![one(0)], ..Default::default() }).cells().stuck().is_empty());
}

#[test]
fn faults_of_cells_that_do_not_exist_are_refused() {
    let refusal = |matrix, tile, plane, cell| {
        let fault = CellFault { matrix, tile, plane, cell, fault: FaultKind::NotFormed };
        let faults = FaultConfig { cells: vec![fault], ..Default::default() };
        let config = AnalogConfig {
            tile_rows: 8,
            cells: CellConfig { faults, ..CellConfig::default() },
            ..AnalogConfig::default()
        };
        let hardware = AnalogHardware::new(&card("technology_c"), &config, 293.0, 3).unwrap();
        let made: Vec<AnalogMatrix> =
            (0..2).map(|address| AnalogMatrix::new(4, 16, &hardware, 3, address)).collect();
        AnalogMatrix::check_faults(&made.iter().collect::<Vec<_>>()).map_err(|error| error.to_string())
    };
    assert_eq!(refusal(1, 1, 1, 31), Ok(()));
    for (wrong, expected) in [
        (
            refusal(2, 0, 0, 0),
            "cells.faults.cells[0].matrix is 2, but must be below 2, the number of matrices",
        ),
        (refusal(1, 2, 0, 0), "tile is 2, but must be below 2, the number of tiles"),
        (refusal(1, 1, 2, 0), "plane is 2, but must be below 2, the number of planes"),
        (refusal(1, 1, 1, 32), "cell is 32, but must be below 32, the number of cells"),
    ] {
        assert!(wrong.clone().unwrap_err().contains(expected), "{wrong:?}");
    }
}

#[test]
fn strengths_that_no_pulse_has_are_refused() {
    let refusal = |name: &str, ladder: Vec<f32>, algorithm| {
        let config = AnalogConfig {
            cells: CellConfig { device_variants: 1, ladder, ..CellConfig::default() },
            programming: ProgrammingConfig { algorithm, ..ProgrammingConfig::default() },
            ..AnalogConfig::default()
        };
        source(&card(name), &config, 293.0, 3).map(|_| ()).map_err(|error| error.to_string())
    };
    let fixed = |set, reset| Algorithm::FixedPulse { set, reset };
    let tables = "jart_vcm_v1b_kinetics";
    assert_eq!(refusal(tables, vec![1.0, 1.1], fixed(1, 1)), Ok(()));
    for (wrong, expected) in [
        (
            refusal(tables, vec![1.0, 1.1], fixed(2, 0)),
            "programming.algorithm.set is 2, but must be from 0 to 1",
        ),
        (refusal(tables, vec![1.0, 1.1], fixed(0, 32_768)), "programming.algorithm.reset is 32768"),
        (
            refusal(tables, vec![1.0], Algorithm::CoarseFine { coarse: 1, fine: 0 }),
            "programming.algorithm.coarse is 1, but must be from 0 to 0",
        ),
        (
            refusal("statistical_hfo2_1t1r", vec![1.0], fixed(60_000, 0)),
            "programming.algorithm.set is 60000, but must be from 0 to",
        ),
    ] {
        assert!(wrong.clone().unwrap_err().contains(expected), "{wrong:?}");
    }
}

#[test]
fn cells_die_of_their_writes() {
    let endurance =
        Endurance { median_pulses: 8.0, spread: 0.5, low_resistance_share: 1.0, as_it_is_share: 0.0 };
    let mut plane = faulty(FaultConfig { endurance: Some(endurance), ..Default::default() });
    let dead = |plane: &Plane| plane.cells().stuck().len() as f64 / 16_384.0;
    assert!(dead(&plane) < 0.01, "{}", dead(&plane));
    for _ in 0..8 {
        let (cells, draw) = plane.operate();
        cells.place(&at_20_us(), draw).unwrap();
    }
    // More than the lifetime, a whole number, after nine writes: P(life < 9) = Φ(ln(9/8)/0.5) = 0.593.
    assert!((dead(&plane) - 0.593).abs() < 0.016, "{}", dead(&plane));
    assert_eq!(plane.cells().dead(), plane.cells().stuck().len() as u64);
    assert!(plane.cells().stuck().windows(2).all(|pair| pair[0].0 < pair[1].0));
    assert!(
        plane
            .cells()
            .stuck()
            .iter()
            .all(|(cell, _)| (plane.cells().conductances()[*cell as usize] - 40e-6).abs() < 1e-12)
    );
}

fn pulsed(
    cells: CellConfig,
    programming: ProgrammingConfig,
) -> (std::sync::Arc<dyn CellSource>, AnalogConfig) {
    let config = AnalogConfig { cells, programming, ..AnalogConfig::default() };
    (source(&card("vteam_memtorch"), &config, 293.0, 3).unwrap(), config)
}

#[test]
fn algorithms_trade_pulses_for_accuracy_at_the_same_bits_for_any_threads() {
    let cells = CellConfig {
        device_variants: 4,
        cycle_noise: Some(0.3),
        read_noise: Some(0.0),
        ladder: vec![1.0, 1.03],
        ..CellConfig::default()
    };
    let weights = Matrix::from_fn(64, 64, |k, j| ((k * 64 + j) % 41) as f32 / 25.0 - 0.8);
    let run = |algorithm: Algorithm, threads: usize| {
        let programming = ProgrammingConfig { algorithm, ..ProgrammingConfig::default() };
        let (source, config) = pulsed(cells.clone(), programming);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let hardware = AnalogHardware::of(source, &config).unwrap();
            let mut matrix = AnalogMatrix::new(64, 64, &hardware, 1, 0);
            (matrix.program(&weights), matrix)
        })
    };
    let (open, _) = run(Algorithm::OpenLoop, 2);
    let (fixed, matrix) = run(Algorithm::FixedPulse { set: 0, reset: 0 }, 1);
    let (coarse, _) = run(Algorithm::CoarseFine { coarse: 1, fine: 0 }, 2);
    println!("{open:?}\n{fixed:?}\n{coarse:?}");
    assert_eq!(open.reads, 2 * 64 * 64);
    assert!(open.rms_error > 3.0 * fixed.rms_error, "{open:?} {fixed:?}");
    assert!(coarse.pulses < fixed.pulses && coarse.failed == 0 && fixed.failed == 0, "{coarse:?} {fixed:?}");
    // Within 1 % of the window, uniform in it: 0.01 · 2/√12 · √2 of weight units at most.
    assert!(fixed.rms_error < 0.0102 * 2.0_f64.sqrt(), "{fixed:?}");
    let (_, again) = run(Algorithm::FixedPulse { set: 0, reset: 0 }, 3);
    for ((_, _, a), (_, _, b)) in matrix.tiles().zip(again.tiles()) {
        for (a, b) in a.planes().iter().zip(b.planes()) {
            let bits =
                |plane: &Plane| plane.cells().conductances().iter().map(|g| g.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(a), bits(b));
        }
    }
}

#[test]
fn disturb_is_time_at_half_of_the_voltage() {
    // JART VCM v1b: n half-selects of width w are one pulse of n w at half the voltage.
    let card = card("jart_vcm_v1b_kinetics");
    let cells = CellConfig { device_variants: 1, disturb: Some(Disturb::Half), ..CellConfig::default() };
    let config = AnalogConfig { cells, ..AnalogConfig::default() };
    let source = source(&card, &config, 293.0, 3).unwrap();
    let mut plane = Plane::new((2, 2), &*source, 1, 0);
    let reader = CellReader::new(&card, Vec::new(), 293.0).unwrap();
    let start = 2.0 * reader.range().0;
    let (cells, _) = plane.operate();
    (0..4).for_each(|cell| cells.settle(cell, start as f32));
    let writing = card.writing.unwrap();
    let count = 1_u32 << 28;
    assert!(cells.disturb(&[0, count, 0, 0], &[0; 4]));
    let mut pulse = writing.set;
    pulse.voltage *= 0.5;
    pulse.width *= f64::from(count);
    let expected = reader.after_pulse(reader.slow_state(start).unwrap(), &pulse, None).unwrap().0;
    let ours = plane.cells().conductances();
    println!("{start:e} {expected:e} {:e}", ours[1]);
    assert_eq!([0, 2, 3].map(|cell| ours[cell].to_bits()), [(start as f32).to_bits(); 3]);
    let (moved, full) = (f64::from(ours[1]) - start, expected - start);
    assert!(full > 0.0 && (moved / full - 1.0).abs() < 0.1, "{moved:e} {full:e}");
}

#[test]
fn compensation_takes_out_what_columns_have_in_common() {
    let weights = Matrix::from_fn(32, 64, |k, j| ((k * 7 + j * 13) % 17) as f32 / 8.0 - 1.0);
    let x = Matrix::from_fn(16, 64, |i, j| ((i * 5 + j * 3) % 11) as f32 / 5.0 - 1.0);
    let error = |kind: CompensationKind| {
        let config = AnalogConfig { programming: tight(), ..AnalogConfig::default() };
        let hardware = AnalogHardware::new(&card("pcm_joshi"), &config, 293.0, 3).unwrap();
        let compensation = CompensationConfig { kind, ..CompensationConfig::default() };
        let inner = AnalogMatrix::new(32, 64, &hardware, 3, 0);
        let mut matrix = Compensated::new(inner, &compensation, 3, 0);
        assert!(matrix.recalibrate().is_none());
        matrix.program(&weights);
        let then = matrix.forward(Inputs::Dense(&x));
        matrix.elapse(1e7);
        let now = matrix.forward(Inputs::Dense(&x));
        let off = |a: &f32, b: &f32| f64::from(a - b).powi(2);
        let sum: f64 = then.as_slice().iter().zip(now.as_slice()).map(|(a, b)| off(a, b)).sum();
        let size: f64 = then.as_slice().iter().map(|a| f64::from(*a).powi(2)).sum();
        let calibration = matrix.calibration().unwrap().clone();
        assert!(calibration.error_after <= calibration.error_before * 1.0001, "{calibration:?}");
        ((sum / size).sqrt(), calibration)
    };
    let (none, _) = error(CompensationKind::None);
    let (global, found) = error(CompensationKind::Global);
    let (per_column, _) = error(CompensationKind::PerColumn);
    println!(
        "relative error of products after 1e7 s: {none:.3}, global {global:.3}, per column {per_column:.3}"
    );
    // The pairs have lost 1 − (1e7/20)^−ν, ν from 0.049: more than 45 %. What remains is ν that differs
    // from cell to cell.
    assert!(none > 0.4 && global < 0.7 * none && per_column <= 1.05 * global, "{none} {global} {per_column}");
    assert!(found.gains.iter().all(|gain| (1.7..2.6).contains(gain)), "{found:?}");
}

/// Pulses of learning and time by turns: time acts on what a pulse has written, a pulse starts from what
/// time has left, and time begins again with it.
#[test]
fn time_acts_between_updates() {
    let cards = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("device_models/cards");
    let read = |name: &str| -> serde_json::Value {
        serde_json::from_str(&std::fs::read_to_string(cards.join(name)).unwrap()).unwrap()
    };
    let mut json = read("step_gokmen_vlasov.json");
    json["drift"] = read("pcm_joshi.json")["drift"].take();
    // Bounds alike and far: a pulse brings a cell that has drifted below its lower bound back to it.
    for bound in ["weight_min", "weight_max"] {
        json["variability"]["windows"].as_object_mut().unwrap().remove(bound);
    }
    let card = DeviceCard::parse("mine.json", &json.to_string(), &BTreeMap::new()).unwrap();
    let drift = card.drift.clone().unwrap();
    let config = AnalogConfig { tile_rows: 128, tile_columns: 128, ..AnalogConfig::default() };
    let hardware = AnalogHardware::new(&card, &config, 293.0, 3).unwrap();
    let highest = f64::from(hardware.source().window().1);
    let mut matrix = AnalogMatrix::new(128, 128, &hardware, 3, 0);
    let cells = |matrix: &AnalogMatrix| -> Vec<f32> {
        matrix.tiles().next().unwrap().2.planes()[0].cells().conductances().to_vec()
    };
    let step = matrix.weight_step();
    let mut moved = Vec::new();
    for (round, seconds) in [(1, 3600.0), (2, 86400.0)] {
        let before = cells(&matrix);
        matrix.adjust(&Matrix::from_fn(128, 128, |_, _| 40.0001 * step));
        let written = cells(&matrix);
        moved.push(mean_deviation(&written).0 - mean_deviation(&before).0);
        matrix.elapse(seconds);
        let (left, _) = mean_deviation(&cells(&matrix));
        // The mean over normal numbers by ±1 has the right first two moments.
        let law = |g: &f32| {
            let at = |z: f64| drift.conductance(f64::from(*g), highest, z, seconds);
            0.5 * (at(1.0) + at(-1.0))
        };
        let expected = written.iter().map(law).sum::<f64>() / written.len() as f64;
        println!(
            "| round {round} | {:.4} of what was written | expected {:.4} |",
            left / mean_deviation(&written).0,
            expected / mean_deviation(&written).0
        );
        assert!((left / expected - 1.0).abs() < 0.015, "{left:e} {expected:e}");
        assert!(left < 0.9 * mean_deviation(&written).0);
    }
    // Steps of this device do not depend on where it stands.
    assert!((moved[1] / moved[0] - 1.0).abs() < 0.03, "{moved:?}");
}
