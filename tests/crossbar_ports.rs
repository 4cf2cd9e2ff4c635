//! Reduction to the terminals: against the direct solution, against star-mesh elimination node by
//! node, and the invariants of a network that has no path to ground.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use neurofilament::crossbar::{
    Array, Bias, Bridge, CrossbarError, Direct, Edited, Lines, Place, Ports, Segments, Topology, Transfer,
    Workspace,
};
use numerics::rng::{Purpose, Stream};

/// A number from 10^low to 10^high.
fn power(stream: &mut Stream, low: f64, high: f64) -> f64 {
    10_f64.powf(low + (high - low) * stream.uniform())
}

/// What a random array may have.
#[derive(Clone, Copy)]
struct Traits {
    /// Exponents of the cell conductances, S.
    cells: (f64, f64),
    /// Exponents of the wire resistances, Ohm.
    wires: (f64, f64),
    /// Share of open cells, broken segments, segments without resistance.
    open: f64,
    broken: f64,
    shorted: f64,
    /// Shares of near and far ends that are connected.
    near: f64,
    far: f64,
    /// Share of terminals without resistance.
    ideal: f64,
}

const PLAIN: Traits = Traits {
    cells: (-6.0, -4.0),
    wires: (0.3, 0.3),
    open: 0.0,
    broken: 0.0,
    shorted: 0.0,
    near: 1.0,
    far: 0.0,
    ideal: 0.0,
};
const UNEQUAL: Traits = Traits { cells: (-7.0, -3.0), wires: (-1.0, 2.0), open: 0.1, ..PLAIN };
const FLOATING: Traits = Traits { near: 0.6, ..UNEQUAL };
const BOTH_ENDS: Traits = Traits { near: 0.7, far: 0.6, ..UNEQUAL };
const IDEAL_TERMINALS: Traits = Traits { ideal: 0.5, far: 0.3, ..UNEQUAL };
const FAULTS: Traits = Traits { broken: 0.1, shorted: 0.1, open: 0.3, far: 0.3, ideal: 0.2, ..UNEQUAL };

fn random(rows: usize, columns: usize, seed: u64, t: Traits) -> Array {
    let mut s = Stream::new(seed, Purpose::Pattern, rows as u64, columns as u64);
    let conductances = (0..rows * columns)
        .map(|_| if s.uniform() < t.open { 0.0 } else { power(&mut s, t.cells.0, t.cells.1) })
        .collect();
    let mut lines = |count: usize, segments: usize| {
        let each = (0..segments)
            .map(|_| {
                let kind = s.uniform();
                if kind < t.broken {
                    f64::INFINITY
                } else if kind < t.broken + t.shorted {
                    0.0
                } else {
                    power(&mut s, t.wires.0, t.wires.1)
                }
            })
            .collect();
        let mut ends = |share: f64| {
            (0..count)
                .map(|_| {
                    (s.uniform() < share).then(|| {
                        if s.uniform() < t.ideal { 0.0 } else { power(&mut s, t.wires.0, t.wires.1) }
                    })
                })
                .collect()
        };
        let (near, far) = (ends(t.near), ends(t.far));
        Lines { segments: Segments::Each(each), near, far }
    };
    let word_lines = lines(rows, rows * (columns - 1));
    let bit_lines = lines(columns, (rows - 1) * columns);
    Array { rows, columns, topology: Topology::Crossed, conductances, word_lines, bit_lines, bridges: vec![] }
}

/// Bias with 1 V at terminal `t`, word lines first.
fn unit(array: &Array, t: usize) -> Bias {
    let mut bias = Bias { word_lines: vec![0.0; array.rows], bit_lines: vec![0.0; array.columns] };
    if t < array.rows {
        bias.word_lines[t] = 1.0;
    } else {
        bias.bit_lines[t - array.rows] = 1.0;
    }
    bias
}

/// Largest deviation of any current from the direct solution, for 1 V at some of the terminals one after
/// the other, of the largest current, which counts as at least a thousandth of that of the best cell alone.
fn deviation(array: &Array, transfer: &Transfer) -> f64 {
    let direct = Direct::new(array.clone()).unwrap();
    let n = array.rows + array.columns;
    let least = 1e-3 * array.conductances.iter().fold(0.0, |m: f64, g| m.max(*g));
    let mut worst = 0.0_f64;
    for t in (0..n).step_by(n.div_ceil(10)) {
        let bias = unit(array, t);
        let solution = direct.solve(&bias).unwrap();
        let currents = transfer.apply(&bias).unwrap();
        let ends = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a + b).collect::<Vec<_>>();
        let words = ends(&solution.word_line_currents, &solution.word_line_far_currents);
        let bits = ends(&solution.bit_line_currents, &solution.bit_line_far_currents);
        let all = || {
            let ours = currents.word_lines.iter().chain(&currents.bit_lines);
            ours.zip(words.iter().chain(&bits))
        };
        let scale = all().fold(least, |m: f64, (_, b)| m.max(b.abs()));
        let error = all().fold(0.0, |m: f64, (a, b)| m.max((a - b).abs()));
        worst = worst.max(error / scale);
    }
    worst
}

/// Sizes around those of the tiles, lines of one cell, and long rectangles.
const SIZES: [(usize, usize); 14] = [
    (1, 1),
    (1, 2),
    (2, 1),
    (1, 40),
    (40, 1),
    (3, 5),
    (8, 8),
    (7, 17),
    (16, 16),
    (17, 15),
    (33, 9),
    (12, 40),
    (31, 33),
    (40, 40),
];

#[test]
fn terminal_currents_are_those_of_the_direct_solution() {
    let kinds = [
        ("equal wires", PLAIN),
        ("unequal wires, open cells", UNEQUAL),
        ("floating lines", FLOATING),
        ("both ends", BOTH_ENDS),
        ("terminals without resistance", IDEAL_TERMINALS),
        ("broken and shorted wires", FAULTS),
    ];
    for (name, traits) in kinds {
        let mut worst = 0.0_f64;
        for (rows, columns) in SIZES {
            let array = random(rows, columns, 7, traits);
            assert!(Ports::applies(&array));
            let error = deviation(&array, Ports::new(array.clone()).unwrap().transfer());
            assert!(error <= 1e-12, "{name}, {rows} × {columns}: {error}");
            worst = worst.max(error);
        }
        println!("| {name} | {worst:.1e} |");
    }
}

/// Tiles have 16 × 16 cells, and those at the ends of an array what is left.
#[test]
fn tiles_of_every_remainder_are_right() {
    for left in 1..=17 {
        for (rows, columns) in [(left, 5), (19, left), (16 + left, 16 + left)] {
            let array = random(rows, columns, left as u64, BOTH_ENDS);
            let error = deviation(&array, Ports::new(array.clone()).unwrap().transfer());
            assert!(error <= 1e-12, "{rows} × {columns}: {error}");
        }
    }
}

/// Couplings between the terminals by star-mesh transformation, one node after the other: sums and
/// products of positive numbers, so every entry is right to rounding whatever the conductances.
/// Nodes joined by no resistance are one node.
fn star_mesh(array: &Array) -> Vec<f64> {
    let (rows, columns) = (array.rows, array.columns);
    let (cells, lines) = (rows * columns, rows + columns);
    let n = lines + 2 * cells;
    let (word, bit) = (|i, j| lines + i * columns + j, |i, j| lines + cells + i * columns + j);
    let mut wires = Vec::new();
    for i in 0..rows {
        for j in 0..columns {
            if j + 1 < columns {
                wires.push((word(i, j), word(i, j + 1), array.word_segment(i, j)));
            }
            if i + 1 < rows {
                wires.push((bit(i, j), bit(i + 1, j), array.bit_segment(i, j)));
            }
        }
    }
    let none = |r: Option<f64>| r.unwrap_or(f64::INFINITY);
    for i in 0..rows {
        wires.push((i, word(i, 0), none(array.word_lines.near[i])));
        wires.push((i, word(i, columns - 1), none(array.word_lines.far[i])));
    }
    for j in 0..columns {
        wires.push((rows + j, bit(rows - 1, j), none(array.bit_lines.near[j])));
        wires.push((rows + j, bit(0, j), none(array.bit_lines.far[j])));
    }
    let mut same: Vec<usize> = (0..n).collect();
    for &(a, b, r) in &wires {
        if r == 0.0 {
            let (a, b) = (same[a].min(same[b]), same[a].max(same[b]));
            same.iter_mut().filter(|k| **k == b).for_each(|k| *k = a);
        }
    }
    let mut w = vec![0.0; n * n];
    let mut join = |a: usize, b: usize, g: f64| {
        let (a, b) = (same[a], same[b]);
        if a != b {
            w[a * n + b] += g;
            w[b * n + a] += g;
        }
    };
    for (a, b, r) in wires {
        join(a, b, 1.0 / r);
    }
    for k in 0..cells {
        join(lines + k, lines + cells + k, array.conductances[k]);
    }
    for k in (lines..n).rev() {
        let row: Vec<f64> = w[k * n..k * n + k].to_vec();
        let sum: f64 = row.iter().sum();
        if sum > 0.0 {
            for a in 0..k {
                for b in 0..k {
                    w[a * n + b] += row[a] / sum * row[b];
                }
            }
        }
    }
    (0..lines * lines).map(|k| w[k / lines * n + k % lines]).collect()
}

#[test]
fn every_entry_is_right_whatever_the_spread_of_conductances() {
    // Cells from 1 pS to 10 mS or open, wires from 1 mOhm to 1 kOhm, broken, or shorted; both ends.
    let wild = Traits { cells: (-12.0, -2.0), wires: (-3.0, 3.0), ..FAULTS };
    let mut worst = 0.0_f64;
    for (rows, columns) in [(1, 1), (1, 9), (9, 1), (5, 8), (9, 7), (11, 10), (3, 19)] {
        for seed in 0..3 {
            let array = random(rows, columns, seed, wild);
            let n = rows + columns;
            let reference = star_mesh(&array);
            let ports = Ports::new(array).unwrap();
            for (k, (y, w)) in ports.transfer().admittance().iter().zip(&reference).enumerate() {
                if k / n != k % n {
                    // No path between two lines: nothing but what a short leaves of a cell's current.
                    let error = (-y - w).abs() / if *w > 0.0 { *w } else { 1e-12 };
                    assert!(error < 1e-13, "{rows} × {columns}, entry {k}: {y} against {}", -w);
                    worst = worst.max(error);
                }
            }
        }
    }
    println!("| every entry, 1 pS to 10 mS | {worst:.1e} |");
}

#[test]
fn the_admittance_is_symmetric_and_an_equal_potential_everywhere_carries_no_current() {
    for (traits, rows, columns) in [(UNEQUAL, 21, 34), (BOTH_ENDS, 18, 9), (FAULTS, 16, 33)] {
        let ports = Ports::new(random(rows, columns, 3, traits)).unwrap();
        let n = rows + columns;
        let y = ports.transfer().admittance();
        for i in 0..n {
            for j in 0..n {
                assert_eq!(y[i * n + j].to_bits(), y[j * n + i].to_bits());
                assert!(i == j || y[i * n + j] <= 0.0);
            }
            let sum: f64 = y[i * n..][..n].iter().sum();
            assert!(sum.abs() <= 1e-14 * y[i * n + i], "{i}: {sum}");
        }
        let equal = Bias { word_lines: vec![0.7; rows], bit_lines: vec![0.7; columns] };
        let currents = ports.transfer().apply(&equal).unwrap();
        let largest = (0..n).fold(0.0, |m: f64, i| m.max(y[i * n + i]));
        for current in currents.word_lines.iter().chain(&currents.bit_lines) {
            assert!(current.abs() <= 1e-14 * largest, "{current}");
        }
    }
}

#[test]
fn wires_without_resistance_give_the_ideal_product() {
    let array = Array::uniform(19, 26, random(19, 26, 5, UNEQUAL).conductances, 0.0, 0.0);
    let ports = Ports::new(array.clone()).unwrap();
    for i in 0..19 {
        for j in 0..26 {
            let (ours, cell) = (ports.transfer().conductance(i, j), array.conductances[i * 26 + j]);
            assert!((ours - cell).abs() <= 1e-15 * cell + 1e-30, "{ours} against {cell}");
        }
    }
}

#[test]
fn many_inputs_in_one_product_are_the_same_as_one_by_one() {
    let array = random(23, 14, 9, BOTH_ENDS);
    let (rows, columns) = (array.rows, array.columns);
    let ports = Ports::new(array).unwrap();
    let transfer = ports.transfer();
    let mut stream = Stream::new(1, Purpose::Pattern, 0, 0);
    let mut volts = |n: usize| (0..n).map(|_| stream.uniform() - 0.5).collect::<Vec<f64>>();
    let close = |a: &[f64], b: &[f64], sign: f64| {
        assert_eq!(a.len(), b.len());
        for (a, b) in a.iter().zip(b) {
            assert!((a - sign * b).abs() <= 1e-14, "{a} against {b}");
        }
    };
    let (words, bits) = (volts(5 * rows), volts(5 * columns));
    let biases: Vec<Bias> = words
        .chunks(rows)
        .zip(bits.chunks(columns))
        .map(|(w, b)| Bias { word_lines: w.to_vec(), bit_lines: b.to_vec() })
        .collect();
    let together = transfer.apply_many(&biases).unwrap();
    let forward = transfer.forward(&words).unwrap();
    let backward = transfer.backward(&bits).unwrap();
    for (k, bias) in biases.iter().enumerate() {
        let one = transfer.apply(bias).unwrap();
        close(&together[k].word_lines, &one.word_lines, 1.0);
        close(&together[k].bit_lines, &one.bit_lines, 1.0);
        let driven = transfer.apply(&Bias::read(bias.word_lines.clone(), columns)).unwrap();
        close(&forward[k * columns..][..columns], &driven.bit_lines, 1.0);
        let driven = Bias { word_lines: vec![0.0; rows], bit_lines: bias.bit_lines.clone() };
        let driven = transfer.apply(&driven).unwrap();
        close(&backward[k * rows..][..rows], &driven.word_lines, -1.0);
    }
    assert!(transfer.forward(&words[1..]).is_err());
    assert!(transfer.apply(&Bias::read(vec![0.1; rows + 1], columns)).is_err());
}

#[test]
fn arrays_that_cannot_be_reduced_are_declined() {
    let good = random(4, 4, 1, UNEQUAL);
    assert!(Ports::applies(&good));
    let bridge = Bridge { from: Place::Word(0, 0), to: Place::Word(1, 0), resistance: 100.0 };
    let bridged = Array { bridges: vec![bridge], ..good.clone() };
    let mut huge = good.clone();
    huge.conductances[3] = 1e61;
    let beside = Array { topology: Topology::SourceLines, ..good.clone() };
    for array in [bridged, huge, beside] {
        assert!(!Ports::applies(&array));
        assert_eq!(Ports::new(array).unwrap_err(), CrossbarError::Ports);
    }
    let negative = Array { conductances: vec![-1.0; 16], ..good };
    assert!(matches!(Ports::new(negative), Err(CrossbarError::Value { .. })));
}

/// Largest deviation of two transfer matrices, of the largest entry.
fn difference(a: &Transfer, b: &Transfer) -> f64 {
    let scale = b.admittance().iter().fold(0.0, |m: f64, y| m.max(y.abs()));
    a.admittance().iter().zip(b.admittance()).fold(0.0, |m: f64, (a, b)| m.max((a - b).abs())) / scale
}

#[test]
fn fifty_edits_are_those_of_a_new_reduction() {
    for (name, traits) in [("one end", UNEQUAL), ("both ends", BOTH_ENDS), ("faults", FAULTS)] {
        let array = random(61, 47, 11, traits);
        let mut ports = Ports::editable(array.clone()).unwrap();
        let mut stream = Stream::new(2, Purpose::Pattern, 0, 0);
        let mut edited = array;
        let mut at = |n: usize| (stream.uniform() * n as f64) as usize;
        for step in 0..50 {
            let (row, column) = (at(61), at(47));
            let g = [0.0, 1e-8, 1e-6, 1e-4, 1e-3][at(5)];
            edited.conductances[row * 47 + column] = g;
            let how = ports.update(&[(row, column, g)]).unwrap();
            // The fourteenth is more than pays, and so on; cells on islands take a new reduction.
            assert!(how == Edited::Corrected || step >= 13 || name == "faults", "{name}, {step}");
        }
        assert_eq!(ports.array(), &edited);
        let fresh = Ports::new(edited).unwrap();
        let error = difference(ports.transfer(), fresh.transfer());
        assert!(error < 1e-12, "{name}: {error}");
        println!("| fifty edits, {name} | {error:.1e} |");
    }
}

#[test]
fn edits_together_back_and_without_kept_factors_are_the_same() {
    let array = random(20, 37, 4, UNEQUAL);
    let edits = [(0, 0, 1e-3), (19, 36, 0.0), (3, 5, 2e-5), (3, 6, 1e-4), (0, 0, 5e-6)];
    let mut plain = Ports::new(array.clone()).unwrap();
    assert_eq!(plain.update(&edits).unwrap(), Edited::Reduced);
    let mut ports = Ports::editable(array.clone()).unwrap();
    assert_eq!(ports.update(&edits).unwrap(), Edited::Corrected);
    assert!(difference(ports.transfer(), plain.transfer()) < 1e-14);
    let back: Vec<_> = edits.iter().map(|e| (e.0, e.1, array.conductances[e.0 * 37 + e.1])).collect();
    assert_eq!(ports.update(&back).unwrap(), Edited::Corrected);
    assert_eq!(ports.transfer(), Ports::new(array.clone()).unwrap().transfer());
    // More than pays, and the count starts anew.
    let many: Vec<_> = (0..37).map(|j| (7, j, 1e-5)).collect();
    assert_eq!(ports.update(&many).unwrap(), Edited::Reduced);
    assert_eq!(ports.update(&many[..3]).unwrap(), Edited::Corrected);
    // Too large for a reduction: refused as by a new one. Far above all others: reduced anew.
    assert_eq!(ports.update(&[(1, 1, 1e61)]).unwrap_err(), CrossbarError::Ports);
    for g in [1e50, 1e-5] {
        assert_eq!(ports.update(&[(1, 1, g)]).unwrap(), Edited::Reduced);
        assert_eq!(ports.transfer(), Ports::new(ports.array().clone()).unwrap().transfer());
    }
    let before = ports.transfer().clone();
    for wrong in [(20, 0, 1e-6), (0, 37, 1e-6), (0, 0, -1e-6), (0, 0, f64::NAN)] {
        assert!(matches!(ports.update(&[wrong]), Err(CrossbarError::Value { .. })));
    }
    assert_eq!((ports.transfer(), ports.array().conductances[0]), (&before, array.conductances[0]));
}

#[test]
fn the_only_way_to_a_node_can_be_removed_and_made() {
    // A floating word line with one cell: without it the line is an island.
    let mut array = random(9, 12, 6, PLAIN);
    array.word_lines.near[4] = None;
    for j in 0..12 {
        array.conductances[4 * 12 + j] = if j == 3 || j == 7 { 1e-5 } else { 0.0 };
    }
    let mut ports = Ports::editable(array.clone()).unwrap();
    for (column, g) in [(3, 0.0), (7, 0.0), (7, 2e-5), (3, 1e-5)] {
        array.conductances[4 * 12 + column] = g;
        ports.update(&[(4, column, g)]).unwrap();
        let fresh = Ports::new(array.clone()).unwrap();
        assert!(difference(ports.transfer(), fresh.transfer()) < 1e-13);
    }
}

#[test]
fn a_workspace_serves_arrays_of_any_size() {
    let mut workspace = Workspace::default();
    for (rows, columns, traits) in [(20, 50, FAULTS), (70, 35, BOTH_ENDS), (3, 4, FLOATING), (20, 50, PLAIN)]
    {
        let array = random(rows, columns, 8, traits);
        let reused = Ports::new_in(array.clone(), &mut workspace).unwrap();
        assert_eq!(reused.transfer(), Ports::new(array).unwrap().transfer());
    }
}

#[test]
fn the_bits_do_not_depend_on_the_threads() {
    let array = random(100, 90, 2, BOTH_ENDS);
    let bits = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let ports = pool.install(|| Ports::new(array.clone()).unwrap());
        ports.transfer().admittance().iter().map(|y| y.to_bits()).collect::<Vec<_>>()
    };
    let one = bits(1);
    assert_eq!(one, bits(2));
    assert_eq!(one, bits(3));
}
