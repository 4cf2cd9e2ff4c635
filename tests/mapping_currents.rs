//! Curved currents and other temperatures in reads against the model, and with wires against Newton.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use device_models::DeviceCard;
use device_models::limit::CurrentLimit;
use device_models::model::Surroundings;
use device_models::pulse::CellReader;
use neurofilament::crossbar::cells::DeviceCells;
use neurofilament::crossbar::{Array, Bias, Lines, NewtonOptions, Topology, solve_nonlinear};
use neurofilament::mapping::config::{
    CellConfig, Encoding, PeripheryConfig, SchemeConfig, WeightCells, WiresConfig,
};
use neurofilament::mapping::{AnalogConfig, AnalogHardware, AnalogMatrix, Inputs, Synapses};
use numerics::matrix::Matrix;
use numerics::rng::{Purpose, Stream};

const OUTPUTS: usize = 6;
const INPUTS: usize = 10;
const AMBIENT: f64 = 293.0;

fn card() -> DeviceCard {
    DeviceCard::shipped("jart_vcm_v1b_kinetics", &BTreeMap::new()).unwrap()
}

fn matrix(periphery: PeripheryConfig, wires: WiresConfig) -> (AnalogMatrix, AnalogHardware) {
    matrix_of(SchemeConfig::default(), periphery, wires)
}

fn matrix_of(
    scheme: SchemeConfig,
    periphery: PeripheryConfig,
    wires: WiresConfig,
) -> (AnalogMatrix, AnalogHardware) {
    let cells = CellConfig {
        device_variants: 1,
        read_noise: Some(0.0),
        cycle_noise: Some(0.0),
        ..CellConfig::default()
    };
    let periphery = PeripheryConfig { dac_bits: 0, adc_bits: 0, ..periphery };
    let config = AnalogConfig { scheme, cells, periphery, wires, ..AnalogConfig::default() };
    let hardware = AnalogHardware::new(&card(), &config, AMBIENT, 1).unwrap();
    let mut analog = AnalogMatrix::new(OUTPUTS, INPUTS, &hardware, 1, 0);
    let mut stream = Stream::new(4, Purpose::Pattern, 0, 0);
    analog.program(&Matrix::from_fn(OUTPUTS, INPUTS, |_, _| 1.6 * stream.uniform() as f32 - 0.8));
    (analog, hardware)
}

fn inputs() -> Matrix {
    let mut stream = Stream::new(5, Purpose::Pattern, 0, 0);
    let mut x = Matrix::from_fn(3, INPUTS, |_, _| 2.0 * stream.uniform() as f32 - 1.0);
    // Full drive is one in every sample.
    for i in 0..3 {
        x.row_mut(i)[i] = if i == 1 { -1.0 } else { 1.0 };
    }
    x
}

/// States of the cells of a plane (word line after word line) that have its conductances.
fn states(analog: &AnalogMatrix, plane: usize) -> Vec<f64> {
    let card = card();
    let reader = CellReader::new(&card, Vec::new(), AMBIENT).unwrap();
    let (_, _, tile) = analog.tiles().next().unwrap();
    let g = tile.planes()[plane].cells().conductances();
    (0..INPUTS * OUTPUTS)
        .map(|c| reader.slow_state(f64::from(g[c % OUTPUTS * INPUTS + c / OUTPUTS])).unwrap())
        .collect()
}

/// Sums of the model's currents over volts, plus minus minus, for the drives of one sample.
fn summed(
    analog: &AnalogMatrix,
    drives: &[f32],
    (voltage, temperature): (f64, f64),
    transposed: bool,
) -> Vec<f64> {
    let card = card();
    let at = Surroundings { ambient_temperature: temperature, limit: CurrentLimit::None };
    let mut sums = vec![0.0; if transposed { INPUTS } else { OUTPUTS }];
    for (plane, sign) in [(0, 1.0), (1, -1.0)] {
        for (cell, slow) in states(analog, plane).into_iter().enumerate() {
            let (word, bit) = (cell / OUTPUTS, cell % OUTPUTS);
            let state = card.model.rest(slow, &at);
            let drive = if transposed { -drives[bit] } else { drives[word] };
            let current =
                card.model.operating_point(&[], &state, f64::from(drive) * voltage, &at).unwrap().current;
            let direction = if transposed { -sign } else { sign };
            sums[if transposed { word } else { bit }] += direction * current / voltage;
        }
    }
    sums
}

/// Largest deviation over the largest value, weights of the window taken as one.
fn deviation(ours: &Matrix, expected: &[Vec<f64>], window: (f32, f32)) -> f64 {
    let width = f64::from(window.1 - window.0);
    let size = expected.iter().flatten().fold(0.0_f64, |m, v| m.max(v.abs())) / width;
    let pairs = ours.as_slice().iter().zip(expected.iter().flatten());
    pairs.map(|(a, b)| (f64::from(*a) - b / width).abs()).fold(0.0, f64::max) / size
}

#[test]
fn curved_currents_are_those_of_the_model_in_both_directions() {
    let straight = matrix(PeripheryConfig::default(), WiresConfig::default());
    let periphery = PeripheryConfig { curved_cells: true, ..PeripheryConfig::default() };
    let (mut analog, hardware) = matrix(periphery.clone(), WiresConfig::default());
    let currents = hardware.currents().unwrap();
    println!("| cubic to 0.2 V | within {:.4} % of the model |", 100.0 * currents.max_error);
    assert!(currents.max_error < 0.01);
    let x = inputs();
    let expected: Vec<Vec<f64>> = x.iter_rows().map(|x| summed(&analog, x, (0.2, AMBIENT), false)).collect();
    let window = hardware.source().window();
    let curved = deviation(&analog.forward(Inputs::Dense(&x)), &expected, window);
    let mut linear = straight.0;
    let without = deviation(&linear.forward(Inputs::Dense(&x)), &expected, window);
    println!("| product with curved cells | {:.4} % | straight: {:.3} % |", 100.0 * curved, 100.0 * without);
    assert!(curved < 2e-3 && curved < 0.5 * without, "{curved} {without}");
    let e = Matrix::from_fn(2, OUTPUTS, |i, k| x.row(i)[(k + i) % INPUTS]);
    let largest = |row: &[f32]| row.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
    let expected: Vec<Vec<f64>> = e
        .iter_rows()
        .map(|e| {
            let most = largest(e);
            let shares: Vec<f32> = e.iter().map(|e| e / most).collect();
            summed(&analog, &shares, (0.2, AMBIENT), true).into_iter().map(|i| i * f64::from(most)).collect()
        })
        .collect();
    let transposed = deviation(&analog.backward(&e), &expected, window);
    assert!(transposed < 2e-3, "{transposed}");
    // At full drive there is no curve to see.
    let serial = PeripheryConfig { encoding: Encoding::PulseWidth, ..periphery };
    let (mut pulses, _) = matrix(serial, WiresConfig::default());
    let (a, b) = (pulses.forward(Inputs::Dense(&x)), linear.forward(Inputs::Dense(&x)));
    assert!(a.as_slice().iter().zip(b.as_slice()).all(|(a, b)| (a - b).abs() < 1e-3));
}

#[test]
fn warm_arrays_and_other_read_voltages_conduct_as_the_model_says() {
    for (voltage, temperature) in [(0.2, 358.0), (0.1, AMBIENT), (0.3, 320.0)] {
        let periphery = PeripheryConfig {
            curved_cells: true,
            read_voltage: Some(voltage),
            read_temperature: Some(temperature),
            ..PeripheryConfig::default()
        };
        let (mut analog, hardware) = matrix(periphery, WiresConfig::default());
        let x = inputs();
        let expected: Vec<Vec<f64>> =
            x.iter_rows().map(|x| summed(&analog, x, (voltage, temperature), false)).collect();
        let error = deviation(&analog.forward(Inputs::Dense(&x)), &expected, hardware.source().window());
        println!("| {voltage} V, {temperature} K | {:.4} % |", 100.0 * error);
        assert!(error < 5e-3, "{voltage} {temperature}: {error}");
    }
}

#[test]
fn curved_cells_behind_wires_are_near_the_solved_circuit() {
    let wires = WiresConfig {
        word_line_segment: 2.0,
        bit_line_segment: 2.0,
        word_line_terminal: 20.0,
        bit_line_terminal: 20.0,
        ..WiresConfig::default()
    };
    let periphery = PeripheryConfig { curved_cells: true, ..PeripheryConfig::default() };
    let (mut analog, hardware) = matrix(periphery, wires.clone());
    let x = inputs();
    let card = card();
    let surroundings = Surroundings { ambient_temperature: AMBIENT, limit: CurrentLimit::None };
    let mut expected = vec![vec![0.0; OUTPUTS]; 3];
    for (plane, sign) in [(0, 1.0), (1, -1.0)] {
        let states: Vec<f64> = states(&analog, plane)
            .into_iter()
            .flat_map(|slow| card.model.rest(slow, &surroundings))
            .collect();
        let array = Array {
            rows: INPUTS,
            columns: OUTPUTS,
            topology: Topology::Crossed,
            conductances: vec![1e-5; INPUTS * OUTPUTS],
            word_lines: Lines::uniform(INPUTS, 2.0, 20.0),
            bit_lines: Lines::uniform(OUTPUTS, 2.0, 20.0),
            bridges: Vec::new(),
        };
        let all = vec![surroundings; INPUTS * OUTPUTS];
        let cells = DeviceCells { model: &*card.model, spreads: &[], states: &states, surroundings: &all };
        for (expected, x) in expected.iter_mut().zip(x.iter_rows()) {
            let bias = Bias::read(x.iter().map(|x| 0.2 * f64::from(*x)).collect(), OUTPUTS);
            let solution = solve_nonlinear(&array, &cells, &bias, None, &NewtonOptions::default()).unwrap();
            for (sum, i) in expected.iter_mut().zip(&solution.bit_line_currents) {
                *sum += sign * i / 0.2;
            }
        }
    }
    let window = hardware.source().window();
    let ours = deviation(&analog.forward(Inputs::Dense(&x)), &expected, window);
    let (mut no_wires, _) =
        matrix(PeripheryConfig { curved_cells: true, ..PeripheryConfig::default() }, WiresConfig::default());
    let without = deviation(&no_wires.forward(Inputs::Dense(&x)), &expected, window);
    println!(
        "| curved cells behind wires | {:.3} % of the solved circuit | without wires {:.2} % |",
        100.0 * ours,
        100.0 * without
    );
    assert!(ours < 0.01 && ours < 0.2 * without, "{ours} {without}");
}

/// The reference is an ideal line: the cells are curved and warm, it is not.
#[test]
fn a_fixed_reference_has_no_curve_and_no_temperature() {
    let scheme = SchemeConfig { weight: WeightCells::FixedReference, ..SchemeConfig::default() };
    let temperature = 340.0;
    let periphery = PeripheryConfig {
        curved_cells: true,
        read_temperature: Some(temperature),
        ..PeripheryConfig::default()
    };
    let (mut analog, hardware) = matrix_of(scheme, periphery, WiresConfig::default());
    let card = card();
    let at = Surroundings { ambient_temperature: temperature, limit: CurrentLimit::None };
    let zero = f64::from(hardware.source().zero());
    let states = states(&analog, 0);
    let x = inputs();
    let expected: Vec<Vec<f64>> = x
        .iter_rows()
        .map(|x| {
            let mut sums = vec![0.0; OUTPUTS];
            for (cell, slow) in states.iter().enumerate() {
                let drive = f64::from(x[cell / OUTPUTS]);
                let state = card.model.rest(*slow, &at);
                let current = card.model.operating_point(&[], &state, 0.2 * drive, &at).unwrap().current;
                // Half of the window stands for the range.
                sums[cell % OUTPUTS] += 2.0 * (current / 0.2 - zero * drive);
            }
            sums
        })
        .collect();
    let window = hardware.source().window();
    let width = f64::from(window.1 - window.0);
    // The errors of the cubic do not cancel as in a pair: at most that of every cell of a column. A reference that
    // were curved itself would be off by more than the weights.
    let (_, _, tile) = analog.tiles().next().unwrap();
    let columns = tile.planes()[0].cells().conductances().chunks_exact(INPUTS);
    let most = columns.map(|g| g.iter().map(|g| f64::from(*g)).sum::<f64>()).fold(0.0, f64::max);
    let bound = hardware.currents().unwrap().max_error * 2.0 * most / width;
    let forward = analog.forward(Inputs::Dense(&x));
    let pairs = forward.as_slice().iter().zip(expected.iter().flatten());
    let error = pairs.map(|(a, b)| (f64::from(*a) - b / width).abs()).fold(0.0, f64::max);
    println!("| curved and warm cells against an ideal line | {error:.3} | at most {bound:.3} |");
    assert!(error < bound && bound < 0.5, "{error} {bound}");
}

/// A design that asks for currents never meets cells that cannot tell them.
#[test]
fn designs_that_ask_for_currents_need_a_card() {
    let (_, hardware) = matrix(PeripheryConfig::default(), WiresConfig::default());
    for (field, periphery) in [
        ("curved_cells", PeripheryConfig { curved_cells: true, ..PeripheryConfig::default() }),
        ("read_voltage", PeripheryConfig { read_voltage: Some(0.1), ..PeripheryConfig::default() }),
        ("read_temperature", PeripheryConfig { read_temperature: Some(350.0), ..PeripheryConfig::default() }),
    ] {
        let config = AnalogConfig { periphery, ..AnalogConfig::default() };
        let error = AnalogHardware::of(hardware.source().clone(), &config).unwrap_err().to_string();
        assert_eq!(
            error,
            format!(
                "periphery.{field} is given, but must be left away for cells without a card: only their \
                 conductances are known"
            )
        );
    }
}
