//! The thermal network of an array against what must hold: energy, symmetry, a dense solution, the infinite lattice
//! in closed form, and the decay of single modes in time.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use nalgebra::{DMatrix, DVector};
use neurofilament::crossbar::thermal::{Coefficients, ThermalNetwork, lattice};
use proptest::prelude::*;

/// The conduction matrix, assembled from the definition.
fn dense(rows: usize, columns: usize, c: &Coefficients, to_sink: &[f64]) -> DMatrix<f64> {
    let mut matrix = DMatrix::zeros(rows * columns, rows * columns);
    for i in 0..rows {
        for j in 0..columns {
            let k = i * columns + j;
            matrix[(k, k)] += to_sink[k];
            for (other, g, there) in
                [(k + 1, c.along_word_line, j + 1 < columns), (k + columns, c.along_bit_line, i + 1 < rows)]
            {
                if there {
                    matrix[(k, k)] += g;
                    matrix[(other, other)] += g;
                    matrix[(k, other)] -= g;
                    matrix[(other, k)] -= g;
                }
            }
        }
    }
    matrix
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn steady_rises_conserve_energy_and_agree_with_a_dense_solution(
        rows in 1_usize..9,
        columns in 1_usize..9,
        word in -9.0_f64..-5.0,
        bit in -9.0_f64..-5.0,
        sinks in prop::collection::vec(-8.0_f64..-6.0, 64),
        powers in prop::collection::vec(0.0_f64..1e-4, 64),
    ) {
        let n = rows * columns;
        let coefficients = Coefficients {
            along_word_line: 10_f64.powf(word),
            along_bit_line: 10_f64.powf(bit),
            to_sink: 1e-7,
            heat_capacity: None,
        };
        let to_sink: Vec<f64> = sinks[..n].iter().map(|s| 10_f64.powf(*s)).collect();
        let mut network = ThermalNetwork::new(rows, columns, &coefficients, to_sink.clone()).unwrap();
        let rises = network.rises(&powers[..n]).unwrap();
        let total: f64 = powers[..n].iter().sum();
        prop_assert!((network.heat_to_sink(&rises) / total - 1.0).abs() < 1e-8);
        let matrix = dense(rows, columns, &coefficients, &to_sink);
        let exact = matrix.cholesky().unwrap().solve(&DVector::from_column_slice(&powers[..n]));
        let scale = exact.amax();
        for (rise, exact) in rises.iter().zip(exact.iter()) {
            prop_assert!((rise - exact).abs() < 1e-8 * scale, "{} {}", rise, exact);
        }
        // One cell warms another as that one warms it.
        let (a, b) = (n / 3, n - 1);
        let (there, back) = (network.response(a).unwrap()[b], network.response(b).unwrap()[a]);
        prop_assert!((there - back).abs() < 1e-8 * network.response(a).unwrap()[a]);
    }
}

#[test]
fn the_middle_of_a_large_array_is_the_infinite_lattice() {
    let coefficients =
        Coefficients { along_word_line: 3e-7, along_bit_line: 1.2e-7, to_sink: 1e-7, heat_capacity: None };
    let n = 81;
    let mut network = ThermalNetwork::uniform(n, n, &coefficients).unwrap();
    let middle = n / 2;
    let rises = network.response(middle * n + middle).unwrap();
    for (bits, words) in [(0, 0), (1, 0), (0, 1), (1, 1), (3, 0), (0, 4), (5, 2)] {
        let found = rises[(middle + words) * n + middle + bits];
        let exact = lattice::green(&coefficients, bits, words);
        assert!((found / exact - 1.0).abs() < 1e-8, "{bits} {words}: {found:e} {exact:e}");
    }
    // A single line decays by one factor from cell to cell.
    let mut line = ThermalNetwork::uniform(1, 201, &coefficients).unwrap();
    let rises = line.response(100).unwrap();
    let factor = (-(1.0_f64 + 1e-7 / 6e-7).acosh()).exp();
    for j in 100..120 {
        assert!((rises[j + 1] / rises[j] / factor - 1.0).abs() < 1e-7, "{j}");
    }
}

#[test]
fn crosstalk_coefficients_are_those_asked_for() {
    let resistance = 15.72e6;
    let coefficients = lattice::with_crosstalk(0.1, 0.06, resistance).unwrap();
    let n = 15;
    let mut network = ThermalNetwork::uniform(n, n, &coefficients).unwrap();
    let all = network.coefficients(&vec![resistance; n * n]).unwrap();
    let (size, middle) = (n * n, (n / 2) * n + n / 2);
    let of = |i: usize| all[i * size + middle];
    println!(
        "α: own {:.6}, word {:.6}, bit {:.6}, diagonal {:.6}",
        of(middle),
        of(middle + 1),
        of(middle + n),
        of(middle + n + 1)
    );
    assert!((of(middle) - 1.0).abs() < 1e-6);
    assert!((of(middle + 1) / 0.1 - 1.0).abs() < 1e-5 && (of(middle - n) / 0.06 - 1.0).abs() < 1e-5);
    assert!(of(middle + n + 1) < 0.06 && of(middle + 2) < 0.02);
}

#[test]
fn a_mode_decays_with_its_own_time_constant() {
    // cos(π (j + ½)/n) along a word line: rate (g + 2a (1 − cos π/n))/C.
    let capacity = 2e-15;
    let coefficients = Coefficients {
        along_word_line: 4e-7,
        along_bit_line: 1e-7,
        to_sink: 5e-7,
        heat_capacity: Some(capacity),
    };
    let n = 6;
    let wave = std::f64::consts::PI / n as f64;
    let rate = (5e-7 + 8e-7 * (1.0 - wave.cos())) / capacity;
    let start: Vec<f64> = (0..3 * n).map(|k| 30.0 * (wave * ((k % n) as f64 + 0.5)).cos()).collect();
    let error = |steps: usize| -> f64 {
        let mut network = ThermalNetwork::uniform(3, n, &coefficients).unwrap();
        let mut rises = start.clone();
        for _ in 0..steps {
            network.step(&mut rises, &[0.0; 18], 2.0 / rate / steps as f64).unwrap();
        }
        let exact = (-2.0_f64).exp();
        rises.iter().zip(&start).map(|(r, s)| (r - exact * s).abs()).fold(0.0, f64::max) / 30.0
    };
    let (coarse, fine) = (error(8), error(16));
    println!("error of a mode after two time constants: 8 steps {coarse:.2e}, 16 steps {fine:.2e}");
    assert!(coarse < 5e-3 && (3.3..4.7).contains(&(coarse / fine)), "{coarse:e} {fine:e}");
    // One step much longer than all time constants leaves nothing.
    let mut network = ThermalNetwork::uniform(3, n, &coefficients).unwrap();
    let mut rises = start.clone();
    network.step(&mut rises, &[0.0; 18], 1e6 / rate).unwrap();
    assert!(rises.iter().all(|r| r.abs() < 1e-3));
    // What is put in is stored or lost.
    let mut network = ThermalNetwork::uniform(3, n, &coefficients).unwrap();
    let mut rises = vec![0.0; 18];
    let (mut lost, step) = (0.0, 1e-12);
    for _ in 0..400 {
        let before = network.heat_to_sink(&rises);
        network.step(&mut rises, &[2e-6; 18], step).unwrap();
        lost += 0.5 * step * (before + network.heat_to_sink(&rises));
    }
    let balance = (lost + network.stored_heat(&rises)) / (36e-6 * 400.0 * step);
    assert!((balance - 1.0).abs() < 1e-6, "{balance}");
}

#[test]
fn what_cannot_be_a_network_is_refused() {
    let good =
        Coefficients { along_word_line: 1e-7, along_bit_line: 1e-7, to_sink: 1e-7, heat_capacity: None };
    let sentence = |c: Coefficients| ThermalNetwork::uniform(2, 2, &c).unwrap_err().to_string();
    assert!(sentence(Coefficients { along_bit_line: -1.0, ..good }).contains("along bit lines is -1"));
    assert!(sentence(Coefficients { along_bit_line: -1.0, ..good }).contains("at least 0 W/K"));
    assert!(sentence(Coefficients { to_sink: 0.0, ..good }).contains("heat sink is 0"));
    for bad in [f64::NAN, f64::INFINITY, -1e-7] {
        let error = ThermalNetwork::new(2, 2, &good, vec![1e-7, 1e-7, bad, 1e-7]).unwrap_err().to_string();
        assert!(error.contains("conductance of cell (1, 0) to the heat sink"), "{error}");
    }
    assert!(
        sentence(Coefficients { heat_capacity: Some(0.0), ..good }).contains("heat capacity of a cell is 0")
    );
    assert!(ThermalNetwork::uniform(0, 2, &good).is_err());
    assert!(ThermalNetwork::new(2, 2, &good, vec![1e-7; 3]).is_err());
    let mut network = ThermalNetwork::uniform(2, 2, &good).unwrap();
    assert!(network.rises(&[0.0; 3]).is_err());
    let error = network.rises(&[0.0, f64::NAN, 0.0, 0.0]).unwrap_err().to_string();
    assert!(error.contains("number 1 of the list of powers or rises is NaN"), "{error}");
}
