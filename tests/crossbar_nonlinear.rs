//! Arrays of non-linear cells: the reference circuit, an independent dense Newton iteration on random arrays,
//! quadratic convergence, and circuits that are hard for other solvers.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use device_models::{CurrentLimit, DeviceCard, Surroundings};
use nalgebra::{DMatrix, DVector};
use neurofilament::crossbar::cells::{
    CellLaws, DeviceCells, Linear, Series, SeriesCells, Sinh, SinhSelector, Threshold,
};
use neurofilament::crossbar::{
    Array, Bias, Bridge, CrossbarError, Direct, Lines, Newton, NewtonOptions, Place, Segments, Solution,
    Topology, solve_nonlinear,
};
use numerics::rng::{Purpose, Stream};
use proptest::prelude::*;
use serde_json::Value;

const DEFAULT: NewtonOptions = NewtonOptions { tolerance: 1e-10, floor: 0.0, most_iterations: 200 };

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

/// Conductances between `low` and `high` S, uniform in their logarithm.
fn spread(count: usize, low: f64, high: f64, seed: u64) -> Vec<f64> {
    let mut stream = Stream::new(seed, Purpose::Pattern, 0, 0);
    (0..count).map(|_| low * (high / low).powf(stream.uniform())).collect()
}

/// Kirchhoff's law holds, and every cell's current is its law's at its voltage.
fn check(array: &Array, laws: &dyn CellLaws, solution: &Solution, residual: f64) {
    assert!(solution.residual <= residual, "residual {:.1e}", solution.residual);
    let voltages = solution.cell_voltages();
    let n = array.columns;
    let (mut currents, mut slopes) = (vec![0.0; n], vec![0.0; n]);
    for i in 0..array.rows {
        let at = i * n..(i + 1) * n;
        laws.evaluate(i, &voltages[at.clone()], &mut currents, &mut slopes).unwrap();
        for (ours, law) in solution.cell_currents[at].iter().zip(&currents) {
            assert!((ours - law).abs() <= 1e-9 * law.abs() + 1e-20, "{ours} against {law}");
        }
    }
}

#[test]
fn the_half_selected_reference_circuit() {
    let path = format!("{}/tests/golden/crossbar/sinh_16x16_half_bias.json", env!("CARGO_MANIFEST_DIR"));
    let golden: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let lines = |segment: &Value, terminals: &Value| {
        let near: Vec<_> = numbers(terminals).into_iter().map(Some).collect();
        Lines { segments: Segments::Uniform(segment.as_f64().unwrap()), far: vec![None; near.len()], near }
    };
    let array = Array {
        rows: 16,
        columns: 16,
        topology: Topology::Crossed,
        conductances: Vec::new(),
        word_lines: lines(&golden["R_wl"], &golden["R_source"]),
        bit_lines: lines(&golden["R_bl"], &golden["R_sense"]),
        bridges: Vec::new(),
    };
    let laws = Sinh {
        conductances: golden["G"].as_array().unwrap().iter().flat_map(numbers).collect(),
        v0: golden["device"]["v0"].as_f64().unwrap(),
    };
    let bias = Bias { word_lines: numbers(&golden["V_wl"]), bit_lines: numbers(&golden["V_bl"]) };
    let solution = solve_nonlinear(&array, &laws, &bias, None, &DEFAULT).unwrap();
    let expected = &golden["expected"];
    let mut worst = [0.0_f64; 2];
    for (ours, name) in [(&solution.bit_line_currents, "I_bl"), (&solution.word_line_currents, "I_wl")] {
        for (a, b) in ours.iter().zip(numbers(&expected[name])) {
            worst[0] = worst[0].max((a / b - 1.0).abs());
        }
    }
    for node in expected["nodes"].as_array().unwrap() {
        let k = node["row"].as_u64().unwrap() as usize * 16 + node["col"].as_u64().unwrap() as usize;
        for (ours, name) in [(solution.word_nodes[k], "u"), (solution.bit_nodes[k], "w")] {
            worst[1] = worst[1].max((ours / node[name].as_f64().unwrap() - 1.0).abs());
        }
    }
    println!("| sinh_16x16_half_bias | {:.1e} | {:.1e} | {:.1e} |", worst[0], worst[1], solution.residual);
    assert!(worst[0] < 1e-9 && worst[1] < 1e-9, "{worst:?}");
    check(&array, &laws, &solution, 1e-10);
}

#[test]
fn ohmic_cells_give_the_linear_solution() {
    let g = spread(6 * 9, 1e-6, 1e-3, 5);
    let mut array = Array::uniform(6, 9, g.clone(), 2.0, 50.0);
    array.word_lines.near[2] = None;
    let bias = Bias::half(6, 9, (1, 3), 1.0);
    let linear = Direct::new(array.clone()).unwrap().solve(&bias).unwrap();
    let ours = solve_nonlinear(&array, &Linear(g), &bias, None, &DEFAULT).unwrap();
    for (a, b) in ours.word_nodes.iter().zip(&linear.word_nodes) {
        assert!((a - b).abs() < 1e-12, "{a} against {b}");
    }
}

/// The violation falls quadratically at the end: each is at most a constant times the square of the one before.
#[test]
fn convergence_is_quadratic() {
    for (v0, voltage, most) in [(0.25, 0.3, 6), (0.1, 1.0, 16)] {
        let n = 32;
        let array = Array::uniform(n, n, Vec::new(), 2.0, 2.0);
        let laws = Sinh { conductances: spread(n * n, 1e-6, 1e-4, 1), v0 };
        let bias = Bias::read((0..n).map(|i| voltage * (i as f64 + 1.0) / n as f64).collect(), n);
        let options = NewtonOptions { tolerance: 1e-13, ..DEFAULT };
        let mut newton = Newton::new(&array, options).unwrap();
        let solution = newton.solve(&laws, &bias, None).unwrap();
        check(&array, &laws, &solution, 1e-12);
        let residuals = newton.residuals();
        println!("V0 = {v0} V: {residuals:?}, {} linear iterations", newton.inner_iterations());
        assert!(residuals.len() <= most + 1, "{residuals:?}");
        // The last three before rounding: with orders p = ln(r₂/r₁)/ln(r₁/r₀) near 2.
        let above: Vec<f64> = residuals.iter().copied().filter(|r| *r > 1e-11).collect();
        let [a, b, c] = above[above.len() - 3..] else { panic!("too few iterations: {residuals:?}") };
        let order = (c / b).ln() / (b / a).ln();
        assert!(order > 1.6, "order {order} of {residuals:?}");
    }
}

/// Dense Newton iteration without a line search but with small steps of the bias: slow and independent.
fn dense(array: &Array, bias: &Bias, g: &[f64], v0: f64) -> Vec<f64> {
    let (m, n) = (array.rows, array.columns);
    let cells = m * n;
    let mut x = DVector::<f64>::zeros(2 * cells);
    let steps = 40;
    for step in 1..=steps {
        let share = f64::from(step) / f64::from(steps);
        for _ in 0..100 {
            let mut a = DMatrix::<f64>::zeros(2 * cells, 2 * cells);
            let mut f = DVector::<f64>::zeros(2 * cells);
            let mut join = |p: usize, q: usize, current: f64, slope: f64| {
                f[p] += current;
                f[q] -= current;
                a[(p, p)] += slope;
                a[(q, q)] += slope;
                a[(p, q)] -= slope;
                a[(q, p)] -= slope;
            };
            for i in 0..m {
                for j in 0..n {
                    let k = i * n + j;
                    let v = x[k] - x[cells + k];
                    join(k, cells + k, g[k] * v0 * (v / v0).sinh(), g[k] * (v / v0).cosh());
                    if j + 1 < n {
                        let r = array.word_segment(i, j);
                        join(k, k + 1, (x[k] - x[k + 1]) / r, 1.0 / r);
                    }
                    if i + 1 < m {
                        let r = array.bit_segment(i, j);
                        join(cells + k, cells + k + n, (x[cells + k] - x[cells + k + n]) / r, 1.0 / r);
                    }
                }
            }
            let mut end = |k: usize, r: Option<f64>, potential: f64| {
                if let Some(r) = r {
                    f[k] += (x[k] - share * potential) / r;
                    a[(k, k)] += 1.0 / r;
                }
            };
            for i in 0..m {
                end(i * n, array.word_lines.near[i], bias.word_lines[i]);
                end(i * n + n - 1, array.word_lines.far[i], bias.word_lines[i]);
            }
            for j in 0..n {
                end(cells + (m - 1) * n + j, array.bit_lines.near[j], bias.bit_lines[j]);
                end(cells + j, array.bit_lines.far[j], bias.bit_lines[j]);
            }
            let change = a.lu().solve(&f).unwrap();
            x -= &change;
            if change.amax() < 1e-13 {
                break;
            }
        }
    }
    x.as_slice().to_vec()
}

fn circuits() -> impl Strategy<Value = (Array, Bias, Vec<f64>, f64)> {
    (1_usize..6, 1_usize..6).prop_flat_map(|(rows, columns)| {
        let end = |count| prop::collection::vec(prop::option::weighted(0.7, 1.0..200.0_f64), count);
        (
            prop::collection::vec((-8.0..-2.0_f64).prop_map(|x| 10_f64.powf(x)), rows * columns),
            0.1..50.0_f64,
            prop::collection::vec(0.1..50.0_f64, (rows - 1) * columns),
            (end(rows), end(rows), end(columns), end(columns)),
            prop::collection::vec(-1.0..1.0_f64, rows + columns),
            0.08..0.5_f64,
        )
            .prop_filter_map("a terminal", move |(g, rw, rb, ends, v, v0)| {
                let all = [&ends.0, &ends.1, &ends.2, &ends.3];
                if all.iter().all(|e| e.iter().all(Option::is_none)) {
                    return None;
                }
                let array = Array {
                    rows,
                    columns,
                    topology: Topology::Crossed,
                    conductances: Vec::new(),
                    word_lines: Lines { segments: Segments::Uniform(rw), near: ends.0, far: ends.1 },
                    bit_lines: Lines { segments: Segments::Each(rb), near: ends.2, far: ends.3 },
                    bridges: Vec::new(),
                };
                let bias = Bias { word_lines: v[..rows].to_vec(), bit_lines: v[rows..].to_vec() };
                Some((array, bias, g, v0))
            })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn random_arrays_equal_the_dense_iteration((array, bias, g, v0) in circuits()) {
        let reference = dense(&array, &bias, &g, v0);
        let laws = Sinh { conductances: g, v0 };
        let solution = solve_nonlinear(&array, &laws, &bias, None, &DEFAULT).unwrap();
        for (ours, dense) in solution.word_nodes.iter().chain(&solution.bit_nodes).zip(&reference) {
            prop_assert!((ours - dense).abs() <= 1e-9, "{} against {}", ours, dense);
        }
        // From any other start the same minimum.
        let mut far = solution.clone();
        for (k, v) in far.word_nodes.iter_mut().enumerate() {
            *v += if k % 2 == 0 { 2.0 } else { -1.0 };
        }
        let again = solve_nonlinear(&array, &laws, &bias, Some(&far), &DEFAULT).unwrap();
        for (a, b) in again.word_nodes.iter().zip(&solution.word_nodes) {
            prop_assert!((a - b).abs() <= 1e-9, "{} against {}", a, b);
        }
    }
}

/// A floating word line takes the potential of its one bit line, wherever the iteration began, although the
/// current that says so is small beside that of the other word line.
#[test]
fn a_floating_line_that_little_current_reaches_settles() {
    let mut array = Array::uniform(2, 1, Vec::new(), 0.1, 1.0);
    array.word_lines.near[1] = None;
    array.bit_lines.near[0] = Some(178.85);
    let laws = Sinh { conductances: vec![6.1e-6, 1.6e-5], v0: 0.08 };
    let bias = Bias { word_lines: vec![-0.2466, 0.0], bit_lines: vec![0.9674] };
    let mut start = solve_nonlinear(&array, &laws, &bias, None, &DEFAULT).unwrap();
    for away in [-2.0, -0.3, 0.1, 0.7, 2.0] {
        start.word_nodes[1] += away;
        let solution = solve_nonlinear(&array, &laws, &bias, Some(&start), &DEFAULT).unwrap();
        let (word, bit) = (solution.word_nodes[1], solution.bit_nodes[1]);
        assert!((word - bit).abs() < 1e-10, "from {away} V: {word} against {bit}");
    }
}

#[test]
fn wires_and_terminals_without_resistance() {
    let laws = Sinh { conductances: spread(35, 1e-6, 1e-3, 2), v0: 0.1 };
    let bias = Bias::half(5, 7, (2, 4), 1.2);
    // Ideal: every cell at its lines' voltages.
    let ideal = Array::uniform(5, 7, Vec::new(), 0.0, 0.0);
    let solution = solve_nonlinear(&ideal, &laws, &bias, None, &DEFAULT).unwrap();
    let selected = laws.conductances[2 * 7 + 4] * 0.1 * 12.0_f64.sinh();
    assert!((solution.cell_currents[2 * 7 + 4] / selected - 1.0).abs() < 1e-14);
    check(&ideal, &laws, &solution, 1e-10);
    // One family, or the terminals alone.
    for (word, bit, terminal) in [(0.0, 3.0, 20.0), (3.0, 0.0, 0.0), (2.0, 2.0, 0.0), (0.0, 0.0, 10.0)] {
        let mut array = Array::uniform(5, 7, Vec::new(), word, terminal);
        array.bit_lines.segments = Segments::Uniform(bit);
        let solution = solve_nonlinear(&array, &laws, &bias, None, &DEFAULT).unwrap();
        check(&array, &laws, &solution, 1e-10);
    }
}

#[test]
fn floating_lines_open_rows_and_bias_on_bit_lines() {
    let n = 12;
    let mut g = spread(n * n, 1e-6, 1e-4, 3);
    g[5 * n..6 * n].fill(0.0);
    let laws = Sinh { conductances: g, v0: 0.1 };
    let mut array = Array::uniform(n, n, Vec::new(), 2.0, 20.0);
    for k in 0..n {
        if k != 3 {
            array.word_lines.near[k] = None;
        }
        if k != 7 {
            array.bit_lines.near[k] = None;
        }
    }
    let mut bias = Bias { word_lines: vec![0.0; n], bit_lines: vec![0.0; n] };
    bias.bit_lines[7] = -0.8;
    let solution = solve_nonlinear(&array, &laws, &bias, None, &DEFAULT).unwrap();
    check(&array, &laws, &solution, 1e-10);
    // The open, floating row is an island: reported, at 0 V, without effect.
    assert_eq!(solution.pinned_nodes, n);
    assert!(solution.word_nodes[5 * n..6 * n].iter().all(|v| *v == 0.0));
    let (into, out) = (solution.word_line_currents[3], solution.bit_line_currents[7]);
    // Sneak paths carry more than the selected cell.
    assert!(into > 0.0 && (into / out - 1.0).abs() < 1e-9);
    assert!(out > 1.05 * solution.cell_currents[3 * n + 7]);
}

#[test]
fn broken_lines_and_bridges() {
    let laws = Sinh { conductances: spread(36, 1e-6, 1e-4, 4), v0: 0.15 };
    let mut array = Array::uniform(6, 6, Vec::new(), 2.0, 20.0);
    let mut word = vec![2.0; 30];
    word[2 * 5 + 3] = f64::INFINITY;
    array.word_lines.segments = Segments::Each(word);
    array.bridges.push(Bridge { from: Place::Word(1, 1), to: Place::Bit(1, 2), resistance: 500.0 });
    let bias = Bias::read(vec![0.5; 6], 6);
    let solution = solve_nonlinear(&array, &laws, &bias, None, &DEFAULT).unwrap();
    check(&array, &laws, &solution, 1e-10);
    let whole = Array { word_lines: Lines::uniform(6, 2.0, 20.0), bridges: Vec::new(), ..array };
    let without = solve_nonlinear(&whole, &laws, &bias, None, &DEFAULT).unwrap();
    assert!(solution.bit_line_currents[2] > 1.5 * without.bit_line_currents[2]);
    assert!(solution.word_line_currents[2] < without.word_line_currents[2]);
}

#[test]
fn a_millionfold_spread_of_conductances_and_half_selected_patterns() {
    let n = 24;
    for v0 in [0.1, 0.3] {
        let laws = Sinh { conductances: spread(n * n, 1e-9, 1e-3, 6), v0 };
        for bias in [Bias::half(n, n, (3, 20), 1.5), Bias::third(n, n, (23, 0), 1.5)] {
            let array = Array::uniform(n, n, Vec::new(), 5.0, 30.0);
            let solution = solve_nonlinear(&array, &laws, &bias, None, &DEFAULT).unwrap();
            check(&array, &laws, &solution, 1e-10);
        }
    }
}

#[test]
fn selectors_hold_back_the_half_selected_cells() {
    let n = 32;
    let g = spread(n * n, 1e-6, 1e-4, 7);
    let array = Array::uniform(n, n, Vec::new(), 2.0, 2.0);
    let bias = Bias::half(n, n, (5, 9), 3.0);
    let selector = SinhSelector { current: 1e-9, voltage: 0.08 };
    let sinh = Sinh { conductances: g.clone(), v0: 0.3 };
    let threshold = Threshold { conductances: g.clone(), off: 1e-9, on: 1e-3, threshold: 1.8, width: 0.05 };
    let laws: [&dyn CellLaws; 3] = [
        &Series { selector, cells: SeriesCells::Ohmic(g.clone()) },
        &Series { selector, cells: SeriesCells::Sinh(sinh) },
        &threshold,
    ];
    for laws in laws {
        let solution = solve_nonlinear(&array, laws, &bias, None, &DEFAULT).unwrap();
        check(&array, laws, &solution, 1e-10);
        let chosen = solution.cell_currents[5 * n + 9];
        // Without wires: the law at 3 V; the lines take a part.
        let (mut currents, mut slopes) = (vec![0.0; n], vec![0.0; n]);
        laws.evaluate(5, &vec![3.0; n], &mut currents, &mut slopes).unwrap();
        assert!(chosen > 0.5 * currents[9] && chosen < currents[9], "{chosen} of {}", currents[9]);
    }
}

/// 1T1R: with the transistors of all other rows off, the selected row behaves as if it were alone.
#[test]
fn transistors_of_other_rows_switched_off() {
    let card = DeviceCard::shipped("jart_vcm_v1b_kinetics", &BTreeMap::new()).unwrap();
    let (rows, columns) = (6, 5);
    let (low, high) = card.model.bounds(&[]);
    let on = CurrentLimit::Transistor { transconductance: 1e-3, overdrive: 0.6 };
    let off = CurrentLimit::Transistor { transconductance: 1e-3, overdrive: -0.5 };
    let around = |limit| Surroundings { ambient_temperature: 300.0, limit };
    let mut stream = Stream::new(1, Purpose::Pattern, 0, 0);
    let mut states = Vec::new();
    for _ in 0..rows * columns {
        states.extend(card.model.rest(low + stream.uniform() * (high - low), &around(on)));
    }
    let surroundings: Vec<_> =
        (0..rows * columns).map(|k| around(if k / columns == 2 { on } else { off })).collect();
    let cells = DeviceCells {
        model: card.model.as_ref(),
        spreads: &[],
        states: &states,
        surroundings: &surroundings,
    };
    let array = Array::uniform(rows, columns, Vec::new(), 2.0, 50.0);
    let bias = Bias { word_lines: vec![-0.9; rows], bit_lines: vec![0.0; columns] };
    let solution = solve_nonlinear(&array, &cells, &bias, None, &DEFAULT).unwrap();
    check(&array, &cells, &solution, 1e-10);
    let row = &solution.cell_currents[2 * columns..3 * columns];
    // 1e-3 · 0.6²/2: the most a transistor carries.
    assert!(row.iter().all(|i| *i < -1e-6 && *i >= -1.8001e-4), "{row:?}");
    for (k, current) in solution.cell_currents.iter().enumerate() {
        assert!(k / columns == 2 || *current == 0.0);
    }
}

#[test]
fn what_cannot_be_solved_says_so() {
    let array = Array::uniform(4, 4, Vec::new(), 2.0, 2.0);
    let laws = Sinh { conductances: vec![1e-4; 16], v0: 0.05 };
    let bias = Bias::read(vec![1.0; 4], 4);
    let few = NewtonOptions { most_iterations: 2, ..DEFAULT };
    let error = solve_nonlinear(&array, &laws, &bias, None, &few).unwrap_err();
    assert!(matches!(error, CrossbarError::NotConverged { iterations: 2, .. }), "{error}");
    assert!(error.to_string().contains("Newton"), "{error}");
}
