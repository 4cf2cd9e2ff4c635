//! Reads through wires against direct solutions of the circuit.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod exact_cells;

use std::collections::BTreeMap;

use device_models::DeviceCard;
use exact_cells::{RANGE, exact};
use neurofilament::crossbar::{Array, Bias, Crossbar, Lines, Options, Topology};
use neurofilament::mapping::config::{
    CellConfig, CompensationConfig, CompensationKind, PeripheryConfig, Scaling, SchemeConfig, WeightCells,
    WireTier, WiresConfig,
};
use neurofilament::mapping::{AnalogConfig, AnalogHardware, AnalogMatrix, Compensated, Inputs, Synapses};
use numerics::matrix::Matrix;
use numerics::rng::{Purpose, Stream};

fn whole(rows: usize, columns: usize, largest: u32, key: u64) -> Matrix {
    let mut stream = Stream::new(key, Purpose::Pattern, 0, 0);
    let span = 2 * largest + 1;
    Matrix::from_fn(rows, columns, |_, _| stream.below(span) as f32 - largest as f32)
}

fn random(rows: usize, columns: usize, key: u64) -> Matrix {
    let mut stream = Stream::new(key, Purpose::Pattern, 1, 0);
    Matrix::from_fn(rows, columns, |_, _| stream.normal() as f32)
}

fn design(wires: WiresConfig) -> AnalogConfig {
    let periphery = PeripheryConfig { dac_bits: 0, adc_bits: 0, ..PeripheryConfig::default() };
    AnalogConfig { tile_rows: 256, tile_columns: 256, periphery, wires, ..AnalogConfig::default() }
}

fn wires(segment: f64, tier: WireTier) -> WiresConfig {
    WiresConfig {
        word_line_segment: segment,
        bit_line_segment: 1.5 * segment,
        word_line_terminal: 10.0 * segment,
        bit_line_terminal: 5.0 * segment,
        tier,
    }
}

/// Currents out of the bit lines of a plane, A, for word-line voltages, by the entry to all solvers.
fn solved(analog: &AnalogMatrix, plane: usize, x: &[f32], wires: &WiresConfig) -> Vec<f64> {
    let (_, _, tile) = analog.tiles().next().unwrap();
    let plane = &tile.planes()[plane];
    let (outputs, inputs) = (plane.outputs(), plane.inputs());
    let g = plane.cells().conductances();
    let conductances =
        (0..inputs * outputs).map(|c| f64::from(g[c % outputs * inputs + c / outputs])).collect();
    let array = Array {
        rows: inputs,
        columns: outputs,
        topology: Topology::Crossed,
        conductances,
        word_lines: Lines::uniform(inputs, wires.word_line_segment, wires.word_line_terminal),
        bit_lines: Lines::uniform(outputs, wires.bit_line_segment, wires.bit_line_terminal),
        bridges: Vec::new(),
    };
    let bias = Bias::read(x.iter().map(|x| f64::from(*x)).collect(), outputs);
    Crossbar::new(array, Options::default()).unwrap().solve(&bias).unwrap().bit_line_currents
}

fn relative(ours: &Matrix, expected: &Matrix) -> f64 {
    let pairs = || ours.as_slice().iter().zip(expected.as_slice());
    let error: f64 = pairs().map(|(a, b)| f64::from(a - b).powi(2)).sum();
    (error / pairs().map(|(_, b)| f64::from(*b).powi(2)).sum::<f64>()).sqrt()
}

#[test]
fn reads_are_those_of_the_solved_circuit_and_of_its_transpose() {
    let weights = whole(20, 33, 90, 1);
    let x = random(4, 33, 2);
    let wires = wires(5.0, WireTier::Exact);
    let mut analog = exact(&weights, design(wires.clone()), 0.0);
    let y = analog.forward(Inputs::Dense(&x));
    let expected = Matrix::from_vec(
        4,
        20,
        (0..4)
            .flat_map(|i| {
                let [plus, minus] = [0, 1].map(|plane| solved(&analog, plane, x.row(i), &wires));
                // 100 µS stand for the weight range.
                plus.into_iter().zip(minus).map(|(p, m)| ((p - m) / 1e-4) as f32 * RANGE).collect::<Vec<_>>()
            })
            .collect(),
    )
    .unwrap();
    assert!(relative(&y, &expected) < 1e-5, "{}", relative(&y, &expected));
    // Wires matter here.
    let ideal = exact(&weights, design(WiresConfig::default()), 0.0).forward(Inputs::Dense(&x));
    assert!(relative(&ideal, &expected) > 0.05);
    // The matrix, row by row from either side.
    let forward = analog.forward(Inputs::Dense(&Matrix::from_fn(33, 33, |i, j| f32::from(u8::from(i == j)))));
    let backward = analog.backward(&Matrix::from_fn(20, 20, |i, j| f32::from(u8::from(i == j))));
    for k in 0..20 {
        for j in 0..33 {
            assert!((forward.row(j)[k] - backward.row(k)[j]).abs() < 1e-4, "{k} {j}");
        }
    }
}

#[test]
fn ladders_are_within_their_bound() {
    println!("| segment | currents lost | ladders | corrected, 1 % of cells changed |");
    println!("|---|---|---|---|");
    for (segment, bound, corrected_bound) in [(0.5, 4e-4, 5e-5), (2.0, 4e-3, 5e-4), (5.0, 1.5e-2, 1.5e-3)] {
        let weights = whole(48, 48, 90, 3);
        let x = random(8, 48, 4);
        let read = |tier| exact(&weights, design(wires(segment, tier)), 0.0).forward(Inputs::Dense(&x));
        let exact_y = read(WireTier::Exact);
        let ideal = exact(&weights, design(WiresConfig::default()), 0.0).forward(Inputs::Dense(&x));
        let ladders = relative(&read(WireTier::Ladders { exact_every: 0 }), &exact_y);
        // One weight in a hundred moves by a third of the range; both follow.
        let change = |m: &mut AnalogMatrix| {
            let step = m.weight_step();
            m.adjust(&Matrix::from_fn(48, 48, |k, j| {
                let towards = -weights.row(k)[j].signum();
                if (48 * k + j) % 97 == 0 { towards * 33.0001 * step } else { 0.0 }
            }));
        };
        let mut corrected =
            exact(&weights, design(wires(segment, WireTier::Ladders { exact_every: 3 })), 0.0);
        let mut reference = exact(&weights, design(wires(segment, WireTier::Exact)), 0.0);
        assert!(relative(&corrected.forward(Inputs::Dense(&x)), &exact_y) < 1e-6, "the first is exact");
        change(&mut corrected);
        change(&mut reference);
        let after = relative(&corrected.forward(Inputs::Dense(&x)), &reference.forward(Inputs::Dense(&x)));
        println!(
            "| {segment} Ohm | {:.1} % | {:.3} % | {:.4} % |",
            100.0 * relative(&ideal, &exact_y),
            100.0 * ladders,
            100.0 * after
        );
        assert!(ladders < bound, "{segment}: {ladders}");
        assert!(after < corrected_bound && after < 0.2 * ladders, "{segment}: {after}");
        // The next exact solution but one reports how far off the ladders had become.
        let error = |m: &AnalogMatrix| m.tiles().next().unwrap().2.wire_error();
        assert_eq!(error(&corrected), None);
        for _ in 0..2 {
            change(&mut corrected);
            corrected.forward(Inputs::Dense(&x));
        }
        let reported = error(&corrected).unwrap();
        assert!(reported > 0.0 && reported < 0.02, "{reported}");
    }
}

/// Read noise through wires: the sum over the cells of what each one's deviation does to the currents of the circuit,
/// solved anew for every cell.
#[test]
fn noise_takes_the_way_of_the_current() {
    let weights = whole(6, 40, 90, 5);
    let x = random(1, 40, 6);
    let wires = wires(10.0, WireTier::Exact);
    let mut analog = exact(&weights, design(wires.clone()), 0.05);
    let samples = 40_000;
    let batch = Matrix::from_fn(samples, 40, |_, j| x.row(0)[j]);
    let y = analog.forward(Inputs::Dense(&batch));
    let inputs: Vec<f64> = x.row(0).iter().map(|x| f64::from(*x)).collect();
    let currents = |conductances: Vec<f64>| {
        let array = Array {
            rows: 40,
            columns: 6,
            topology: Topology::Crossed,
            conductances,
            word_lines: Lines::uniform(40, wires.word_line_segment, wires.word_line_terminal),
            bit_lines: Lines::uniform(6, wires.bit_line_segment, wires.bit_line_terminal),
            bridges: Vec::new(),
        };
        let bias = Bias::read(inputs.clone(), 6);
        Crossbar::new(array, Options::default()).unwrap().solve(&bias).unwrap().bit_line_currents
    };
    let (_, _, tile) = analog.tiles().next().unwrap();
    let mut expected = [0.0_f64; 6];
    for plane in tile.planes() {
        let g = plane.cells().conductances();
        let still: Vec<f64> = (0..240).map(|cell| f64::from(g[cell % 6 * 40 + cell / 6])).collect();
        let before = currents(still.clone());
        for cell in 0..240 {
            let mut moved = still.clone();
            moved[cell] *= 1.0 + 1e-3;
            for ((sum, after), before) in expected.iter_mut().zip(currents(moved)).zip(&before) {
                // A deviation of 5 % where a thousandth was tried; 100 µS stand for the weight range.
                *sum += (50.0 * (after - before) / 1e-4 * f64::from(RANGE)).powi(2);
            }
        }
    }
    println!("| output | variance through wires over that of the solved circuit |");
    println!("|---|---|");
    for (k, expected) in expected.iter().enumerate() {
        let values: Vec<f64> = (0..samples).map(|i| f64::from(y.row(i)[k])).collect();
        let mean = values.iter().sum::<f64>() / samples as f64;
        let ours = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / samples as f64;
        println!("| {k} | {:.4} |", ours / expected);
        // Two standard errors of a variance are 1.4 %.
        assert!((1.0..1.07).contains(&(ours / expected)), "{k}: {ours} against {expected}");
    }
}

/// One cell a weight, less an ideal reference line: the wires take from the cells and not from the reference.
#[test]
fn a_fixed_reference_stands_beside_the_solved_array() {
    let weights = whole(12, 30, 90, 7);
    let x = random(3, 30, 8);
    let wires = wires(5.0, WireTier::Exact);
    let fixed = |wires| {
        let scheme = SchemeConfig { weight: WeightCells::FixedReference, ..SchemeConfig::default() };
        exact(&weights, AnalogConfig { scheme, ..design(wires) }, 0.0)
    };
    let mut analog = fixed(wires.clone());
    let y = analog.forward(Inputs::Dense(&x));
    let expected = Matrix::from_vec(
        3,
        12,
        (0..3)
            .flat_map(|i| {
                let reference = 5e-5 * x.row(i).iter().map(|x| f64::from(*x)).sum::<f64>();
                let currents = solved(&analog, 0, x.row(i), &wires);
                // Half of the window stands for the weight range.
                currents.into_iter().map(|c| ((c - reference) / 5e-5) as f32 * RANGE).collect::<Vec<_>>()
            })
            .collect(),
    )
    .unwrap();
    assert!(relative(&y, &expected) < 1e-5, "{}", relative(&y, &expected));
    let ideal = fixed(WiresConfig::default()).forward(Inputs::Dense(&x));
    assert!(relative(&ideal, &expected) > 0.05);
}

/// What is no conductance stands for an open cell behind wires, and is counted.
#[test]
fn negative_conductances_are_open_cells_behind_wires_and_counted() {
    let mut weights = whole(6, 9, 90, 9);
    let x = random(2, 9, 10);
    let open = |weights: &Matrix| {
        let mut analog = exact(weights, design(wires(5.0, WireTier::Exact)), 0.0);
        let y = analog.forward(Inputs::Dense(&x));
        (y, analog.activity().opened_cells)
    };
    weights.row_mut(2)[3] = RANGE;
    let (at_the_end, none) = open(&weights);
    assert_eq!(none, 0);
    // The cell of the minus side, at 0 S before, is now at −10 µS, and that of the plus side above the window.
    weights.row_mut(2)[3] = 1.2 * RANGE;
    let (beyond, counted) = open(&weights);
    assert_eq!(counted, 1);
    assert!(beyond.as_slice().iter().all(|y| y.is_finite()));
    assert!(relative(&beyond, &at_the_end) < 0.2, "{}", relative(&beyond, &at_the_end));
    for tier in [WireTier::Ladders { exact_every: 0 }, WireTier::Ladders { exact_every: 4 }] {
        let mut analog = exact(&weights, design(wires(5.0, tier)), 0.0);
        let y = analog.forward(Inputs::Dense(&x));
        assert!(relative(&y, &beyond) < 0.02 && analog.activity().opened_cells == 1);
    }
}

/// Cells that drift behind wires: the circuit is solved anew, and gains follow what is left of it.
#[test]
fn time_acts_behind_wires_and_gains_follow() {
    let card = DeviceCard::shipped("pcm_joshi", &BTreeMap::new()).unwrap();
    let wires = wires(50.0, WireTier::Exact);
    let weights = random(10, 24, 11);
    let x = random(3, 24, 12);
    let read = |kind: CompensationKind| {
        let cells = CellConfig { read_noise: Some(0.0), ..CellConfig::default() };
        let compensation = CompensationConfig { kind, ..CompensationConfig::default() };
        let scheme =
            SchemeConfig { scaling: Scaling::PerTile { percentile: 100.0 }, ..SchemeConfig::default() };
        let config =
            AnalogConfig { cells, scheme, compensation: compensation.clone(), ..design(wires.clone()) };
        let hardware = AnalogHardware::new(&card, &config, 293.0, 1).unwrap();
        let window = hardware.source().window();
        let mut matrix = Compensated::new(AnalogMatrix::new(10, 24, &hardware, 1, 0), &compensation, 1, 0);
        matrix.program(&weights);
        let before = matrix.forward(Inputs::Dense(&x));
        matrix.elapse(1e6);
        let after = matrix.forward(Inputs::Dense(&x));
        let gains = matrix.calibration().map_or(vec![1.0; 10], |found| found.gains.clone());
        let scale = matrix.inner().tiles().next().unwrap().2.scheme().output_scales()[0];
        let width = f64::from(window.1 - window.0);
        let solved: Vec<f32> = (0..3)
            .flat_map(|i| {
                let [plus, minus] = [0, 1].map(|plane| solved(matrix.inner(), plane, x.row(i), &wires));
                let pairs = plus.into_iter().zip(minus).zip(&gains);
                pairs.map(|((p, m), gain)| gain * scale * ((p - m) / width) as f32).collect::<Vec<_>>()
            })
            .collect();
        let solved = Matrix::from_vec(3, 10, solved).unwrap();
        assert!(relative(&after, &solved) < 1e-4, "{}", relative(&after, &solved));
        relative(&after, &before)
    };
    let [none, global, per_column] =
        [CompensationKind::None, CompensationKind::Global, CompensationKind::PerColumn].map(read);
    println!(
        "| products behind wires after 1e6 s | {none:.3} off | global {global:.3} | per column {per_column:.3} |"
    );
    assert!(none > 0.3 && global < 0.7 * none && per_column < 1.05 * global, "{none} {global} {per_column}");
}
