//! Analog matrices on real cards: reads, writes and updates against their ideal counterparts and
//! the stated distributions.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use device_models::DeviceCard;
use device_models::pulse::CycleNoise;
use neurofilament::mapping::cells::PulsedSource;
use neurofilament::mapping::config::{CellConfig, PeripheryConfig};
use neurofilament::mapping::tile::Tile;
use neurofilament::mapping::{
    AnalogConfig, AnalogHardware, AnalogMatrix, CellSource, DeviceLibrary, Inputs, Synapses,
};
use numerics::matrix::{Matrix, Op, product};
use numerics::rng::{Purpose, Stream};

fn library(card: &str) -> Arc<DeviceLibrary> {
    static LIBRARIES: OnceLock<BTreeMap<&str, Arc<DeviceLibrary>>> = OnceLock::new();
    let all = LIBRARIES.get_or_init(|| {
        ["jart_vcm_v1b_kinetics", "stanford_pku_v1", "step_reram_array_om"]
            .into_iter()
            .map(|name| {
                let card = DeviceCard::shipped(name, &BTreeMap::new()).unwrap();
                let cells = CellConfig { device_variants: 6, ..CellConfig::default() };
                let config = AnalogConfig { cells, ..AnalogConfig::default() };
                (name, Arc::new(DeviceLibrary::compile(&card, &config, 293.0, 1).unwrap()))
            })
            .collect()
    });
    Arc::clone(&all[card])
}

fn source(card: &str, config: &AnalogConfig) -> Arc<dyn CellSource> {
    Arc::new(PulsedSource::new(library(card), &config.cells))
}

fn matrix(shape: (usize, usize), card: &str, config: &AnalogConfig, seed: u64, address: u64) -> AnalogMatrix {
    let hardware = AnalogHardware::of(source(card, config), config).unwrap();
    AnalogMatrix::new(shape.0, shape.1, &hardware, seed, address)
}

fn quiet() -> AnalogConfig {
    AnalogConfig {
        cells: CellConfig { read_noise: Some(0.0), cycle_noise: Some(0.0), ..CellConfig::default() },
        periphery: PeripheryConfig { adc_bits: 16, dac_bits: 16, ..PeripheryConfig::default() },
        ..AnalogConfig::default()
    }
}

fn random(rows: usize, columns: usize, scale: f32, key: u64) -> Matrix {
    let mut stream = Stream::new(key, Purpose::Pattern, 0, 0);
    Matrix::from_fn(rows, columns, |_, _| scale * (2.0 * stream.uniform() as f32 - 1.0))
}

#[test]
fn pulse_tables_stay_within_a_hundredth_of_the_window() {
    for card in ["jart_vcm_v1b_kinetics", "stanford_pku_v1"] {
        let error = library(card).table_error;
        println!("| {card} | {:.3} % |", 100.0 * error);
        assert!(error <= 0.01, "{card}: {error}");
    }
}

#[test]
fn programming_reaches_its_targets() {
    for card in ["jart_vcm_v1b_kinetics", "stanford_pku_v1"] {
        // The Stanford–PKU card's own noise is eleven times the step of its pulses: with it one cell in
        // fifty is not reached.
        let cells = CellConfig { read_noise: Some(0.001), cycle_noise: Some(0.3), ..CellConfig::default() };
        let config = AnalogConfig { cells, ..AnalogConfig::default() };
        let tolerance = config.programming.tolerance;
        let mut analog = matrix((20, 30), card, &config, 3, 0);
        let target = random(20, 30, 0.8, 5);
        let report = analog.program(&target);
        assert_eq!((report.cells, report.failed), (1200, 0), "{card}: {report:?}");
        // Two cells, each within the tolerance plus a little read noise.
        assert!(report.rms_error < f64::from(2.0 * tolerance), "{card}: {report:?}");
        assert!(report.pulses > 600 && report.reads == report.pulses + 1200, "{card}: {report:?}");
        let activity = analog.activity();
        assert_eq!(activity.set_pulses + activity.reset_pulses, report.pulses);
        assert!(activity.write_energy > 0.0);
    }
}

#[test]
fn reads_equal_the_ideal_product_without_noise_in_both_directions_and_for_any_tiling() {
    let target = random(50, 70, 0.7, 1);
    let (x, e) = (random(9, 70, 2.0, 2), random(9, 50, 0.1, 3));
    for tile in [64, 16, 7] {
        let periphery = PeripheryConfig { adc_range: 4.0, ..quiet().periphery };
        let config = AnalogConfig { tile_rows: tile, tile_columns: tile, periphery, ..quiet() };
        let mut analog = matrix((50, 70), "jart_vcm_v1b_kinetics", &config, 3, 0);
        analog.program(&target);
        let weights = analog.weights();
        for (ours, ideal, name) in [
            (
                analog.forward(Inputs::Dense(&x)),
                product((&x, Op::Plain), (&weights, Op::Transposed)),
                "forward",
            ),
            (analog.backward(&e), product((&e, Op::Plain), (&weights, Op::Plain)), "backward"),
        ] {
            let scale = ideal.as_slice().iter().fold(0.0_f32, |m, v| m.max(v.abs()));
            for (a, b) in ours.as_slice().iter().zip(ideal.as_slice()) {
                assert!((a - b).abs() < 3e-3 * scale, "{name} with tiles of {tile}: {a} against {b}");
            }
        }
    }
}

#[test]
fn output_noise_has_the_distribution_of_redrawn_conductances() {
    let cells = CellConfig { read_noise: Some(0.05), ..quiet().cells };
    let config = AnalogConfig { cells, ..quiet() };
    let mut analog = matrix((4, 12), "stanford_pku_v1", &config, 9, 0);
    analog.program(&random(4, 12, 0.8, 8));
    let x = random(1, 12, 1.0, 4);
    let n = 4000_usize;
    let mut column = Vec::new();
    let mut redrawn = Vec::new();
    let weights_scale = x.as_slice().iter().fold(0.0_f32, |m, v| m.max(v.abs()));
    assert!(weights_scale > 0.0);
    for _ in 0..n {
        column.push(f64::from(analog.forward(Inputs::Dense(&x)).row(0)[2]));
        // The reference: every conductance read afresh, then the plain product.
        let w = analog.weights();
        redrawn.push(w.row(2).iter().zip(x.row(0)).map(|(w, x)| f64::from(w * x)).sum::<f64>());
    }
    let moments = |v: &[f64]| {
        let mean = v.iter().sum::<f64>() / n as f64;
        let variance = v.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / n as f64;
        (mean, variance)
    };
    let ((m1, v1), (m2, v2)) = (moments(&column), moments(&redrawn));
    assert!((m1 - m2).abs() < 5.0 * ((v1 + v2) / n as f64).sqrt(), "means {m1} and {m2}");
    // Five standard errors of the ratio of two variances.
    assert!((v1 / v2 - 1.0).abs() < 5.0 * (4.0 / n as f64).sqrt(), "variances {v1} and {v2}");
}

#[test]
fn stochastic_updates_are_unbiased_outer_products() {
    let mut analog = matrix((3, 4), "jart_vcm_v1b_kinetics", &quiet(), 2, 0);
    let zero = Matrix::zeros(3, 4);
    let (x, e) = (random(1, 4, 1.0, 20), random(1, 3, 1.0, 21));
    let rate = 4.0 * analog.weight_step();
    let mut mean = [0.0_f64; 12];
    let rounds = 400;
    analog.program(&zero);
    for _ in 0..rounds {
        let before = analog.weights();
        analog.update(Inputs::Dense(&x), &e, rate);
        let after = analog.weights();
        for (m, (a, b)) in mean.iter_mut().zip(after.as_slice().iter().zip(before.as_slice())) {
            *m += f64::from(a - b) / f64::from(rounds);
        }
        analog.program(&zero);
    }
    for k in 0..3 {
        for j in 0..4 {
            let wanted = f64::from(rate * e.row(0)[k] * x.row(0)[j]);
            let ours = mean[k * 4 + j];
            // Steps differ from cell to cell by the device-to-device spread.
            let slack = 0.35 * wanted.abs() + f64::from(0.15 * analog.weight_step());
            assert!((ours - wanted).abs() < slack, "({k}, {j}): {ours} against {wanted}");
        }
    }
}

#[test]
fn adjust_keeps_what_is_not_yet_a_pulse() {
    let mut analog = matrix((1, 1), "stanford_pku_v1", &quiet(), 2, 0);
    analog.program(&Matrix::zeros(1, 1));
    let start = analog.weights().as_slice()[0];
    let small = Matrix::from_fn(1, 1, |_, _| 0.4 * analog.weight_step());
    let pulses = |a: &AnalogMatrix| a.activity().set_pulses + a.activity().reset_pulses;
    let before = pulses(&analog);
    analog.adjust(&small);
    analog.adjust(&small);
    assert_eq!(pulses(&analog), before, "0.8 of a step is not due");
    analog.adjust(&small);
    assert_eq!(pulses(&analog), before + 2, "one push-pull pair");
    let change = analog.weights().as_slice()[0] - start;
    assert!((change / analog.weight_step() - 1.0).abs() < 0.2, "{change}");
}

#[test]
fn read_energy_is_the_sum_of_voltage_squared_conductance_and_time() {
    let source = source("jart_vcm_v1b_kinetics", &quiet());
    let tile = Tile::new((2, 3), &*source, &quiet(), 7, 0);

    let cells = |k: usize, j: usize| -> f64 {
        tile.planes().iter().map(|p| f64::from(p.cells().conductances()[k * 3 + j])).sum()
    };
    // The card reads with 0.2 V for 10 ns; inputs are shares of that voltage.
    let x = Matrix::from_vec(2, 3, vec![1.0, -0.5, 0.0, 0.25, 0.5, -1.0]).unwrap();
    let e = Matrix::from_vec(1, 2, vec![0.5, -1.0]).unwrap();
    let (mut forward, mut backward) = (0.0, 0.0);
    for k in 0..2 {
        for j in 0..3 {
            for i in 0..2 {
                forward += (0.2 * f64::from(x.row(i)[j])).powi(2) * cells(k, j) * 10e-9;
            }
            backward += (0.2 * f64::from(e.row(0)[k])).powi(2) * cells(k, j) * 10e-9;
        }
    }
    let mut analog = matrix((2, 3), "jart_vcm_v1b_kinetics", &quiet(), 7, 0);
    analog.forward(Inputs::Dense(&x));
    let products = analog.activity().read_energy;
    assert!((products / forward - 1.0).abs() < 1e-4, "{products} against {forward}");
    analog.backward(&e);
    let transposed = analog.activity().read_energy - products;
    assert!((transposed / backward - 1.0).abs() < 1e-4, "{transposed} against {backward}");
    let products = analog.activity().read_energy;
    analog.weights();
    let all: f64 = (0..6).map(|pair| cells(pair / 3, pair % 3)).sum();
    let read_out = analog.activity().read_energy - products;
    assert!((read_out / (all * 0.04 * 10e-9) - 1.0).abs() < 1e-5);
}

#[test]
fn write_energy_is_the_sum_of_the_tabulated_pulses() {
    let card = DeviceCard::shipped("jart_vcm_v1b_kinetics", &BTreeMap::new()).unwrap();
    let cells = CellConfig { device_variants: 1, ..quiet().cells };
    let config = AnalogConfig { cells, ..quiet() };
    let library = Arc::new(DeviceLibrary::compile(&card, &config, 293.0, 1).unwrap());
    let writing = card.writing.unwrap();
    let source = PulsedSource::new(Arc::clone(&library), &config.cells);
    let mut tile = Tile::new((1, 1), &source, &config, 7, 0);
    let mut noise = Stream::new(1, Purpose::Cycle, 0, 0);
    tile.program(&Matrix::zeros(1, 1), &config, &source, &mut noise);
    let conductance = |plane: usize| tile.planes()[plane].cells().conductances()[0];
    let (mut plus, mut minus) = (conductance(0), conductance(1));
    let mut expected = 0.0;
    for _ in 0..5 {
        let (set, reset) = (library.devices[0].set.apply(plus), library.devices[0].reset.apply(minus));
        // V² G t with the conductance at the read voltage: the right size, not the right value.
        for ((_, energy), g, pulse) in [(set, plus, &writing.set), (reset, minus, &writing.reset)] {
            let ohmic = pulse.voltage.powi(2) * f64::from(g) * pulse.width;
            assert!((0.5..2.0).contains(&(f64::from(energy) / ohmic)), "{energy} against {ohmic} J");
        }
        expected += f64::from(set.1) + f64::from(reset.1);
        (plus, minus) = (set.0, reset.0);
    }
    let writes = tile.step(&[5]);
    assert_eq!((writes.set, writes.reset), (5, 5));
    assert!((writes.energy / expected - 1.0).abs() < 1e-6, "{} against {expected} J", writes.energy);
}

#[test]
fn same_seed_same_bits() {
    let run = || {
        let mut analog = matrix((8, 8), "jart_vcm_v1b_kinetics", &AnalogConfig::default(), 4, 1);
        analog.program(&random(8, 8, 0.5, 1));
        analog.update(Inputs::Dense(&random(5, 8, 1.0, 2)), &random(5, 8, 1.0, 3), 0.05);
        let y = analog.forward(Inputs::Dense(&random(5, 8, 1.0, 4)));
        (y, analog.weights(), analog.activity())
    };
    assert_eq!(run(), run());
}

/// A card's own noise is used where it has some; the design's number fills in elsewhere or replaces it.
#[test]
fn arrays_use_the_noise_of_the_card() {
    let config = AnalogConfig::default();
    let given = CellConfig { cycle_noise: Some(0.1), ..CellConfig::default() };
    for (card, own) in [
        ("jart_vcm_v1b_kinetics", CycleNoise::Relative(0.3)),
        ("stanford_pku_v1", CycleNoise::Own),
        ("step_reram_array_om", CycleNoise::Own),
    ] {
        let library = library(card);
        assert_eq!(library.cycle_noise(&config.cells), own, "{card}");
        assert_eq!(library.cycle_noise(&given), CycleNoise::Relative(0.1), "{card}");
    }
    // Own noise of the soft-bounds array: a step scatters by 42 %, readings by 1.4 steps.
    let scatter = |config: AnalogConfig| {
        let mut analog = matrix((40, 40), "step_reram_array_om", &config, 1, 0);
        analog.adjust(&Matrix::from_fn(40, 40, |_, _| 0.3));
        let weights: Vec<f32> =
            analog.tiles().flat_map(|(_, _, tile)| tile.true_weights().as_slice().to_vec()).collect();
        let mean = weights.iter().sum::<f32>() / weights.len() as f32;
        (weights.iter().map(|w| (w - mean).powi(2)).sum::<f32>() / weights.len() as f32).sqrt()
    };
    let (own, none) = (scatter(config), scatter(quiet()));
    assert!(own > 1.1 * none, "{own} {none}");
}
