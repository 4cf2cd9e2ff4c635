//! Gradients through the wires against finite differences.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use neurofilament::crossbar::{
    Array, Bias, Bridge, Crossbar, LossDerivatives, Method, Options, Place, Segments, Solution,
};
use numerics::rng::{Purpose, Stream};

const ROWS: usize = 7;
const COLUMNS: usize = 9;

/// Unequal wires, lines driven from one end, from both, and floating ones.
fn array() -> (Array, Bias) {
    let mut stream = Stream::new(5, Purpose::Pattern, 0, 0);
    let mut uniform = |low: f64, high: f64| low + (high - low) * stream.uniform();
    let cells = (0..ROWS * COLUMNS).map(|_| uniform(1e-5, 2e-3)).collect();
    let mut array = Array::uniform(ROWS, COLUMNS, cells, 4.0, 20.0);
    array.bit_lines.segments =
        Segments::Each((0..(ROWS - 1) * COLUMNS).map(|_| uniform(0.0, 10.0)).collect());
    array.word_lines.far = (0..ROWS).map(|i| (i % 2 == 0).then_some(15.0)).collect();
    array.bit_lines.far = (0..COLUMNS).map(|j| (j % 3 == 0).then_some(30.0)).collect();
    array.word_lines.near[3] = None;
    array.bit_lines.near[4] = None;
    array.word_lines.near[5] = Some(0.0);
    array.bit_lines.near[2] = Some(0.0);
    let bias = Bias {
        word_lines: (0..ROWS).map(|_| uniform(-0.3, 0.5)).collect(),
        bit_lines: (0..COLUMNS).map(|_| uniform(-0.1, 0.1)).collect(),
    };
    (array, bias)
}

fn totals(near: &[f64], far: &[f64]) -> Vec<f64> {
    near.iter().zip(far).map(|(a, b)| a + b).collect()
}

/// A loss with a term for everything it may depend on, and its derivatives.
fn loss(solution: &Solution) -> (f64, LossDerivatives) {
    let mut value = 0.0;
    let mut term = |values: &[f64], unit: f64, phase: f64| -> Vec<f64> {
        let each = values.iter().enumerate().map(|(k, &x)| {
            let (x, slope) = (x / unit, (k as f64 * 1.3 + phase).sin());
            value += slope * x + 0.5 * x * x;
            (slope + x) / unit
        });
        each.collect()
    };
    let derivatives = LossDerivatives {
        word_line_currents: term(
            &totals(&solution.word_line_currents, &solution.word_line_far_currents),
            1e-3,
            0.0,
        ),
        bit_line_currents: term(
            &totals(&solution.bit_line_currents, &solution.bit_line_far_currents),
            1e-3,
            1.0,
        ),
        word_nodes: term(&solution.word_nodes, 1.0, 2.0),
        bit_nodes: term(&solution.bit_nodes, 1.0, 3.0),
    };
    (value, derivatives)
}

fn compare(array: &Array, bias: &Bias, method: Method) {
    let crossbar = |array: &Array| {
        Crossbar::new(array.clone(), Options { method: Some(method), tolerance: 1e-13 }).unwrap()
    };
    let value = |array: &Array, bias: &Bias| loss(&crossbar(array).solve(bias).unwrap()).0;
    let here = crossbar(array);
    let solution = here.solve(bias).unwrap();
    assert_eq!(solution.method, method);
    let gradient = here.gradient(&solution, &loss(&solution).1).unwrap();
    let mut worst = 0.0_f64;
    let largest = gradient.conductances.iter().fold(0.0_f64, |m, d| m.max(d.abs()));
    for (k, analytic) in gradient.conductances.iter().enumerate() {
        let step = 1e-4 * array.conductances[k];
        let [up, down] = [step, -step].map(|step| {
            let mut moved = array.clone();
            moved.conductances[k] += step;
            value(&moved, bias)
        });
        worst = worst.max((analytic - (up - down) / (2.0 * step)).abs() / largest);
    }
    for (list, gradient) in [(0, &gradient.word_lines), (1, &gradient.bit_lines)] {
        let largest = gradient.iter().fold(0.0_f64, |m, d| m.max(d.abs()));
        for (k, analytic) in gradient.iter().enumerate() {
            // The loss is quadratic in the voltages: any step is exact.
            let [up, down] = [0.1, -0.1].map(|step| {
                let mut moved = bias.clone();
                if list == 0 {
                    moved.word_lines[k] += step;
                } else {
                    moved.bit_lines[k] += step;
                }
                value(array, &moved)
            });
            worst = worst.max((analytic - (up - down) / 0.2).abs() / largest);
        }
    }
    println!("| gradient, {} | central differences | {worst:.1e} |", method.name());
    assert!(worst < 1e-7, "{}: {worst}", method.name());
}

#[test]
fn equals_finite_differences_with_lines_driven_from_both_ends() {
    let (array, bias) = array();
    compare(&array, &bias, Method::LinePcg);
    compare(&array, &bias, Method::Direct);
}

#[test]
fn equals_finite_differences_with_shorts_between_lines() {
    let (mut array, bias) = array();
    array.bridges = vec![
        Bridge { from: Place::Word(1, 2), to: Place::Word(2, 2), resistance: 50.0 },
        Bridge { from: Place::Word(4, 1), to: Place::Bit(4, 7), resistance: 200.0 },
    ];
    compare(&array, &bias, Method::Direct);
}

/// Only the currents of the bit lines count: the usual case. A step down the gradient lowers the loss as
/// much as it says.
#[test]
fn a_step_against_the_gradient_lowers_the_loss() {
    let (array, bias) = array();
    let wanted = 1e-4;
    let error = |solution: &Solution| -> Vec<f64> {
        solution.bit_line_currents.iter().map(|i| (i - wanted) / 1e-3).collect()
    };
    let value = |error: &[f64]| 0.5 * error.iter().map(|e| e * e).sum::<f64>();
    let here = Crossbar::new(array.clone(), Options::default()).unwrap();
    let mut one_ended = array;
    one_ended.bit_lines.far = vec![None; COLUMNS];
    let before = Crossbar::new(one_ended.clone(), Options::default()).unwrap();
    let solution = before.solve(&bias).unwrap();
    let derivatives = |error: &[f64]| LossDerivatives {
        bit_line_currents: error.iter().map(|e| e / 1e-3).collect(),
        ..LossDerivatives::default()
    };
    let errors = error(&solution);
    let gradient = before.gradient(&solution, &derivatives(&errors)).unwrap();
    let square: f64 = gradient.conductances.iter().map(|d| d * d).sum();
    let rate = 1e-3 * value(&errors) / square;
    for (g, d) in one_ended.conductances.iter_mut().zip(&gradient.conductances) {
        *g -= rate * d;
    }
    let after = Crossbar::new(one_ended, Options::default()).unwrap().solve(&bias).unwrap();
    let fall = (value(&errors) - value(&error(&after))) / (rate * square);
    assert!((fall - 1.0).abs() < 0.01, "{fall}");

    // A batch is the sum of its inputs, at any number of threads.
    let batch: Vec<_> = (0..20)
        .map(|k| {
            let input = Bias {
                word_lines: bias.word_lines.iter().map(|v| v * f64::from(k)).collect(),
                ..bias.clone()
            };
            let solution = here.solve(&input).unwrap();
            let loss = derivatives(&error(&solution));
            (solution, loss)
        })
        .collect();
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| here.gradient_many(&batch).unwrap())
    };
    let sum = run(1);
    assert_eq!(sum, run(2));
    let singles: Vec<_> = batch.iter().map(|(s, l)| here.gradient(s, l).unwrap()).collect();
    for (k, total) in sum.conductances.iter().enumerate() {
        let by_hand: f64 = singles.iter().map(|g| g.conductances[k]).sum();
        assert!(
            (total - by_hand).abs() <= 1e-12 * singles.iter().map(|g| g.conductances[k].abs()).sum::<f64>()
        );
    }
    assert_eq!(sum.word_lines.len(), 20);
    assert_eq!(sum.bit_lines[3], singles[3].bit_lines);
}

/// Open cells, broken lines, and islands of every kind: a single piece, a pair held together by a cell, a bit
/// line whose cells are all open.
fn islands() -> (Array, Bias, Vec<usize>) {
    let (mut array, bias) = array();
    for (i, j) in [(0, 3), (2, 1), (6, 6)] {
        array.conductances[i * COLUMNS + j] = 0.0;
    }
    let Segments::Each(bit) = &mut array.bit_lines.segments else { unreachable!() };
    // Bit line 7 has its terminal below: what is above row 2 hangs on its cells alone.
    bit[COLUMNS + 7] = f64::INFINITY;
    let mut word = vec![4.0; ROWS * (COLUMNS - 1)];
    // Word line 1 ends behind cell 5.
    word[(COLUMNS - 1) + 5] = f64::INFINITY;
    array.word_lines.segments = Segments::Each(word);
    // Cells (1, 6) and (1, 8) are open; (1, 7) ties the rest of word line 1 to the upper piece of bit line
    // 7, whose other cell is open, too: a pair.
    for (i, j) in [(1, 6), (1, 8), (0, 7)] {
        array.conductances[i * COLUMNS + j] = 0.0;
    }
    // Bit line 4 has no terminal and now no cell.
    for i in 0..ROWS {
        array.conductances[i * COLUMNS + 4] = 0.0;
    }
    let word = [6, 7, 8].map(|j| COLUMNS + j);
    let mut pinned = word.to_vec();
    pinned.extend((0..ROWS).map(|i| ROWS * COLUMNS + i * COLUMNS + 4));
    pinned.extend([0, 1].map(|i| ROWS * COLUMNS + i * COLUMNS + 7));
    (array, bias, pinned)
}

/// What the gradient of an array with islands is, against differences of direct solutions, with bridges or without.
fn compare_islands(method: Method, bridges: Vec<Bridge>) {
    let (mut array, bias, pinned) = islands();
    array.bridges = bridges;
    let cells = ROWS * COLUMNS;
    let options = |method| Options { method: Some(method), tolerance: 1e-13 };
    // Potentials of islands do not count.
    let of = |solution: &Solution| {
        let mut driven = solution.clone();
        for &node in &pinned {
            if node < cells {
                driven.word_nodes[node] = 0.0;
            } else {
                driven.bit_nodes[node - cells] = 0.0;
            }
        }
        loss(&driven)
    };
    let value = |array: &Array, bias: &Bias| {
        of(&Crossbar::new(array.clone(), options(Method::Direct)).unwrap().solve(bias).unwrap()).0
    };
    let here = Crossbar::new(array.clone(), options(method)).unwrap();
    let solution = here.solve(&bias).unwrap();
    assert_eq!((solution.method, solution.pinned_nodes), (method, pinned.len()));
    let derivatives = of(&solution).1;
    // The derivatives by the potentials of islands are not zero; they must have no effect.
    assert!(pinned.iter().any(|k| *k >= cells && derivatives.bit_nodes[k - cells].abs() > 0.1));
    let gradient = here.gradient(&solution, &derivatives).unwrap();
    let largest = gradient.conductances.iter().fold(0.0_f64, |m, d| m.max(d.abs()));
    let mut worst = 0.0_f64;
    for (k, analytic) in gradient.conductances.iter().enumerate() {
        let at = |g: f64| {
            let mut moved = array.clone();
            moved.conductances[k] = g;
            value(&moved, &bias)
        };
        let g = array.conductances[k];
        let difference = if g > 0.0 {
            let h = 1e-4 * g;
            (at(g + h) - at(g - h)) / (2.0 * h)
        } else {
            let h = 1e-7;
            (4.0 * at(h) - 3.0 * at(0.0) - at(2.0 * h)) / (2.0 * h)
        };
        worst = worst.max((analytic - difference).abs() / largest);
        if pinned.contains(&k) || pinned.contains(&(cells + k)) {
            assert!(*analytic == 0.0, "cell {k}: {analytic}");
            assert!(difference.abs() < 1e-7 * largest, "cell {k}: {difference}");
        }
    }
    // Open cells between driven lines do have a derivative.
    assert!(gradient.conductances[3].abs() > 1e-6 * largest);
    for (list, gradient) in [(0, &gradient.word_lines), (1, &gradient.bit_lines)] {
        let largest = gradient.iter().fold(0.0_f64, |m, d| m.max(d.abs()));
        for (k, analytic) in gradient.iter().enumerate() {
            let [up, down] = [0.1, -0.1].map(|step| {
                let mut moved = bias.clone();
                let lines = if list == 0 { &mut moved.word_lines } else { &mut moved.bit_lines };
                lines[k] += step;
                value(&array, &moved)
            });
            worst = worst.max((analytic - (up - down) / 0.2).abs() / largest);
        }
    }
    println!("| gradient with islands, {} | differences | {worst:.1e} |", method.name());
    assert!(worst < 1e-6, "{}: {worst}", method.name());
    let batch = vec![(solution.clone(), derivatives.clone()); 2];
    let both = here.gradient_many(&batch).unwrap();
    assert_eq!(both.word_lines, vec![gradient.word_lines.clone(); 2]);
}

#[test]
fn islands_and_open_cells_have_the_derivatives_of_finite_differences() {
    compare_islands(Method::LinePcg, Vec::new());
    compare_islands(Method::Direct, Vec::new());
    let bridge = Bridge { from: Place::Word(2, 2), to: Place::Word(3, 2), resistance: 50.0 };
    compare_islands(Method::Direct, vec![bridge]);
}

#[test]
fn a_list_of_the_wrong_length_is_refused() {
    let (array, bias) = array();
    let here = Crossbar::new(array, Options::default()).unwrap();
    let solution = here.solve(&bias).unwrap();
    let loss = LossDerivatives { bit_line_currents: vec![1.0; 3], ..LossDerivatives::default() };
    let error = here.gradient(&solution, &loss).unwrap_err();
    assert_eq!(error.to_string(), "the list of derivatives by bit-line currents has 3 values, expected 9");
}
