//! Random arrays through every method against an independent solution, and the invariants of passive
//! networks.
//!
//! The reference eliminates node after node by the star-mesh transformation. It never subtracts, so
//! every potential it gives is right to a few roundings whatever the spread of the conductances.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::cell::RefCell;
use std::collections::BTreeMap;

use neurofilament::crossbar::{
    Array, Bias, Bridge, Crossbar, CrossbarError, Lines, Method, Options, Place, Segments, Solution,
};
use numerics::rng::{Purpose, Stream};
use proptest::prelude::*;

/// Potentials of word nodes and bit nodes, and the current out of every line's terminals (into word
/// lines, out of bit lines).
struct Reference {
    nodes: Vec<f64>,
    word_lines: Vec<f64>,
    bit_lines: Vec<f64>,
}

fn root(parent: &mut [usize], mut k: usize) -> usize {
    while parent[k] != k {
        parent[k] = parent[parent[k]];
        k = parent[k];
    }
    k
}

fn reference(array: &Array, bias: &Bias) -> Reference {
    let (m, n) = (array.rows, array.columns);
    let cells = m * n;
    let count = 2 * cells + m + n;
    let mut resistors = Vec::new();
    for i in 0..m {
        for j in 0..n {
            let k = i * n + j;
            if j + 1 < n {
                resistors.push((k, k + 1, array.word_segment(i, j)));
            }
            if i + 1 < m {
                resistors.push((cells + k, cells + k + n, array.bit_segment(i, j)));
            }
        }
        let ends = [(array.word_lines.near[i], i * n), (array.word_lines.far[i], i * n + n - 1)];
        resistors.extend(ends.iter().filter_map(|(r, k)| r.map(|r| (*k, 2 * cells + i, r))));
    }
    for j in 0..n {
        let ends = [(array.bit_lines.near[j], (m - 1) * n + j), (array.bit_lines.far[j], j)];
        resistors.extend(ends.iter().filter_map(|(r, k)| r.map(|r| (cells + *k, 2 * cells + m + j, r))));
    }
    let mut parent: Vec<usize> = (0..count).collect();
    for &(a, b, r) in &resistors {
        if r == 0.0 {
            // Terminals have the largest numbers and stay the roots.
            let (a, b) = (root(&mut parent, a), root(&mut parent, b));
            parent[a.min(b)] = a.max(b);
        }
    }
    let wires =
        resistors.iter().filter(|(_, _, r)| *r > 0.0 && r.is_finite()).map(|&(a, b, r)| (a, b, 1.0 / r));
    let devices =
        array.conductances.iter().enumerate().map(|(k, &g)| (k, cells + k, g)).filter(|c| c.2 > 0.0);
    let branches: Vec<_> = wires
        .chain(devices)
        .map(|(a, b, g)| (root(&mut parent, a), root(&mut parent, b), g))
        .filter(|(a, b, _)| a != b)
        .collect();
    let mut adjacent = vec![BTreeMap::<usize, f64>::new(); count];
    for &(a, b, g) in &branches {
        *adjacent[a].entry(b).or_default() += g;
        *adjacent[b].entry(a).or_default() += g;
    }
    let mut left: Vec<usize> = (0..2 * cells).filter(|&k| root(&mut parent, k) == k).collect();
    let mut order = Vec::new();
    while !left.is_empty() {
        let (at, _) = left.iter().enumerate().min_by_key(|(_, k)| adjacent[**k].len()).unwrap();
        let k = left.swap_remove(at);
        let star: Vec<(usize, f64)> = std::mem::take(&mut adjacent[k]).into_iter().collect();
        let total: f64 = star.iter().map(|s| s.1).sum();
        for (at, &(a, ga)) in star.iter().enumerate() {
            adjacent[a].remove(&k);
            for &(b, gb) in &star[at + 1..] {
                let g = ga * gb / total;
                *adjacent[a].entry(b).or_default() += g;
                *adjacent[b].entry(a).or_default() += g;
            }
        }
        order.push((k, star, total));
    }
    let mut potential = vec![0.0; count];
    potential[2 * cells..2 * cells + m].copy_from_slice(&bias.word_lines);
    potential[2 * cells + m..].copy_from_slice(&bias.bit_lines);
    for (k, star, total) in order.into_iter().rev() {
        if total > 0.0 {
            potential[k] = star.iter().map(|(a, g)| g * potential[*a]).sum::<f64>() / total;
        }
    }
    // A line delivers what its cells carry: no small difference across a small resistance enters.
    let node = (0..2 * cells).map(|k| potential[root(&mut parent, k)]).collect::<Vec<_>>();
    let (mut word_lines, mut bit_lines) = (vec![0.0; m], vec![0.0; n]);
    for k in 0..cells {
        let current = array.conductances[k] * (node[k] - node[cells + k]);
        word_lines[k / n] += current;
        bit_lines[k % n] += current;
    }
    Reference { nodes: node, word_lines, bit_lines }
}

/// What may be wrong with an array.
#[derive(Debug, Clone, Copy)]
struct Wrong {
    open_cells: f64,
    floating_lines: f64,
    broken_segments: f64,
    zero_resistances: f64,
}

const NOTHING: Wrong =
    Wrong { open_cells: 0.0, floating_lines: 0.0, broken_segments: 0.0, zero_resistances: 0.0 };

fn random(rows: usize, columns: usize, seed: u64, wrong: Wrong) -> (Array, Bias) {
    let stream = RefCell::new(Stream::new(seed, Purpose::Pattern, 0, 0));
    let uniform = |low: f64, high: f64| low + (high - low) * stream.borrow_mut().uniform();
    let conductances = (0..rows * columns)
        .map(|_| if uniform(0.0, 1.0) < wrong.open_cells { 0.0 } else { 10_f64.powf(uniform(-9.0, -2.0)) })
        .collect();
    let lines = |count: usize, segments: usize| {
        let resistance =
            |top: f64| if uniform(0.0, 1.0) < wrong.zero_resistances { 0.0 } else { uniform(0.0, top) };
        let alike = Segments::Uniform(resistance(100.0));
        let mut near: Vec<_> = (0..count).map(|_| Some(resistance(300.0))).collect();
        let mut far: Vec<_> = (0..count).map(|_| Some(resistance(300.0))).collect();
        let each = (0..segments).map(|_| resistance(100.0)).collect::<Vec<_>>();
        let both_ends = uniform(0.0, 1.0) < 0.3;
        for (near, far) in near.iter_mut().zip(&mut far) {
            if !both_ends || uniform(0.0, 1.0) < 0.3 {
                *far = None;
            }
            if uniform(0.0, 1.0) < wrong.floating_lines {
                *near = None;
            }
        }
        let broken = |r: f64| if uniform(0.0, 1.0) < wrong.broken_segments { f64::INFINITY } else { r };
        let each = Segments::Each(each.into_iter().map(broken).collect());
        let segments = if wrong.broken_segments > 0.0 || uniform(0.0, 1.0) < 0.3 { each } else { alike };
        Lines { segments, near, far }
    };
    let array = Array {
        rows,
        columns,
        conductances,
        word_lines: lines(rows, rows * (columns - 1)),
        bit_lines: lines(columns, (rows - 1) * columns),
        ..Array::uniform(rows, columns, Vec::new(), 0.0, 0.0)
    };
    let bias = Bias {
        word_lines: (0..rows).map(|_| uniform(-1.0, 1.0)).collect(),
        bit_lines: (0..columns).map(|_| uniform(-1.0, 1.0)).collect(),
    };
    (array, bias)
}

fn solve(array: &Array, bias: &Bias, method: Option<Method>) -> Result<Solution, CrossbarError> {
    Crossbar::new(array.clone(), Options { method, ..Options::default() })?.solve(bias)
}

fn largest<'a>(values: impl IntoIterator<Item = &'a f64>) -> f64 {
    values.into_iter().fold(0.0, |m, v| v.abs().max(m))
}

/// Largest deviation of node potentials over the largest terminal potential, and of terminal currents
/// over the largest of any terminal or cell.
fn deviation(array: &Array, solution: &Solution, reference: &Reference, bias: &Bias) -> (f64, f64) {
    let volts = largest(bias.word_lines.iter().chain(&bias.bit_lines));
    let nodes = solution.word_nodes.iter().chain(&solution.bit_nodes);
    let potential = nodes.zip(&reference.nodes).fold(0.0, |m, (a, b)| (a - b).abs().max(m)) / volts;
    // Where nothing flows but roundings, what could flow is the measure.
    let amperes =
        largest(reference.word_lines.iter().chain(&reference.bit_lines).chain(&solution.cell_currents))
            .max(1e-5 * volts * largest(&array.conductances));
    let total = |near: &[f64], far: &[f64]| near.iter().zip(far).map(|(a, b)| a + b).collect::<Vec<_>>();
    let word = total(&solution.word_line_currents, &solution.word_line_far_currents);
    let bit = total(&solution.bit_line_currents, &solution.bit_line_far_currents);
    let pairs = word.iter().zip(&reference.word_lines).chain(bit.iter().zip(&reference.bit_lines));
    let current = pairs.fold(0.0, |m, (a, b)| (a - b).abs().max(m));
    (potential, if amperes > 0.0 { current / amperes } else { current })
}

/// Largest deviations of a method on an array.
fn against_reference(array: &Array, bias: &Bias, method: Method) -> (f64, f64) {
    let solution = solve(array, bias, Some(method)).unwrap();
    // Arrays without a coarser one, or with islands, are line-PCG's.
    let coarser = array.rows.min(array.columns) > 16 && solution.pinned_nodes == 0;
    if coarser || method != Method::Multigrid {
        assert_eq!(solution.method, method);
    }
    deviation(array, &solution, &reference(array, bias), bias)
}

const KINDS: [(&str, Wrong); 6] = [
    ("nothing wrong", NOTHING),
    ("zero resistances", Wrong { zero_resistances: 0.3, ..NOTHING }),
    ("open cells", Wrong { open_cells: 0.3, ..NOTHING }),
    ("floating lines", Wrong { floating_lines: 0.3, ..NOTHING }),
    ("broken lines", Wrong { broken_segments: 0.1, ..NOTHING }),
    (
        "all of these",
        Wrong { open_cells: 0.2, floating_lines: 0.2, broken_segments: 0.05, zero_resistances: 0.2 },
    ),
];
const METHODS: [Method; 2] = [Method::LinePcg, Method::Direct];
const ALL: [Method; 3] = [Method::LinePcg, Method::Multigrid, Method::Direct];

/// Prints the table of docs/validation.md.
#[test]
fn every_method_equals_the_reference_on_random_arrays() {
    for (name, wrong) in KINDS {
        for method in METHODS {
            let mut worst = (0.0_f64, 0.0_f64);
            for seed in 0..40 {
                let (rows, columns) = (1 + (seed * 7) % 19, 1 + (seed * 5) % 17);
                let (array, bias) = random(rows, columns, seed as u64, wrong);
                let (potential, current) = against_reference(&array, &bias, method);
                worst = (worst.0.max(potential), worst.1.max(current));
            }
            println!("| {name} | {} | {:.1e} | {:.1e} |", method.name(), worst.0, worst.1);
            assert!(worst.0 <= 1e-9 && worst.1 <= 1e-9, "{name}, {}: {worst:?}", method.name());
        }
    }
}

#[test]
fn the_largest_arrays_equal_the_reference() {
    let sizes = [(40, 40), (1, 40), (40, 1), (19, 40), (40, 17), (18, 33)];
    for (seed, (rows, columns)) in sizes.into_iter().enumerate() {
        let (array, bias) = random(rows, columns, seed as u64, KINDS[seed].1);
        for method in ALL {
            let worst = against_reference(&array, &bias, method);
            assert!(worst.0 <= 1e-9 && worst.1 <= 1e-9, "{rows} x {columns}, {}: {worst:?}", method.name());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn equals_the_reference_and_conserves_current(
        rows in 1_usize..12, columns in 1_usize..12, seed in any::<u64>(), kind in 0..KINDS.len(),
    ) {
        let (array, bias) = random(rows, columns, seed, KINDS[kind].1);
        let reference = reference(&array, &bias);
        for method in METHODS {
            let solution = solve(&array, &bias, Some(method)).unwrap();
            let (potential, current) = deviation(&array, &solution, &reference, &bias);
            prop_assert!(potential <= 1e-9 && current <= 1e-9, "{}: {potential:e} {current:e}", method.name());
            let into: f64 = solution.word_line_currents.iter().chain(&solution.word_line_far_currents).sum();
            let out: f64 = solution.bit_line_currents.iter().chain(&solution.bit_line_far_currents).sum();
            prop_assert!((into - out).abs() <= 1e-9 * largest(&solution.cell_currents) + 1e-15, "{into} {out}");
        }
    }

    /// Reciprocity: the current out of bit line j per volt on word line i equals the current out
    /// of word line i per volt on bit line j.
    #[test]
    fn is_reciprocal(
        rows in 1_usize..12, columns in 1_usize..12, seed in any::<u64>(), kind in 0..KINDS.len(),
        pick in any::<(prop::sample::Index, prop::sample::Index)>(),
    ) {
        let (array, _) = random(rows, columns, seed, KINDS[kind].1);
        let (i, j) = (pick.0.index(rows), pick.1.index(columns));
        let mut forward = Bias { word_lines: vec![0.0; rows], bit_lines: vec![0.0; columns] };
        let mut backward = forward.clone();
        forward.word_lines[i] = 1.0;
        backward.bit_lines[j] = 1.0;
        let scale = largest(&array.conductances);
        for method in METHODS {
            let there = solve(&array, &forward, Some(method)).unwrap();
            let back = solve(&array, &backward, Some(method)).unwrap();
            let there = there.bit_line_currents[j] + there.bit_line_far_currents[j];
            let back = -back.word_line_currents[i] - back.word_line_far_currents[i];
            prop_assert!((there - back).abs() <= 1e-11 * scale, "{}: {there} against {back}", method.name());
        }
    }

    /// Without wire and terminal resistance an array multiplies exactly.
    #[test]
    fn ideal_wires_give_the_ideal_product(rows in 1_usize..40, columns in 1_usize..40, seed in any::<u64>()) {
        let (array, bias) = random(rows, columns, seed, NOTHING);
        let array = Array::uniform(rows, columns, array.conductances, 0.0, 0.0);
        let g = array.conductances.clone();
        for method in METHODS {
            let solution = solve(&array, &Bias::read(bias.word_lines.clone(), columns), Some(method)).unwrap();
            for j in 0..columns {
                let exact: f64 = bias.word_lines.iter().enumerate().map(|(i, v)| g[i * columns + j] * v).sum();
                prop_assert_eq!(solution.bit_line_currents[j].to_bits(), exact.to_bits(), "{} {}", method.name(), j);
            }
            prop_assert!(solution.word_nodes.chunks(columns).zip(&bias.word_lines).all(|(row, v)| row.iter().all(|u| u.to_bits() == v.to_bits())));
        }
    }

    /// Pieces of lines give the same islands as nodes do.
    #[test]
    fn islands_are_the_same_for_every_method(
        rows in 1_usize..9, columns in 1_usize..9, seed in any::<u64>(), open in 0.0..1.0_f64,
    ) {
        let wrong = Wrong { open_cells: open, floating_lines: 0.5, broken_segments: 0.3, zero_resistances: 0.2 };
        let (array, bias) = random(rows, columns, seed, wrong);
        let [iterated, direct] = METHODS.map(|method| solve(&array, &bias, Some(method)).unwrap());
        prop_assert_eq!(iterated.pinned_nodes, direct.pinned_nodes);
    }
}

#[test]
fn an_island_without_terminals_is_pinned_and_reported() {
    let mut array = Array::uniform(2, 2, vec![1e-4, 0.0, 1e-4, 0.0], 1.0, 10.0);
    array.bit_lines.near[1] = None;
    for method in METHODS {
        let solution = solve(&array, &Bias::read(vec![0.2, 0.2], 2), Some(method)).unwrap();
        assert_eq!(solution.pinned_nodes, 2);
        assert!(solution.bit_line_currents[0] > 3.9e-5 && solution.bit_line_currents[1] == 0.0);
        assert!(solution.bit_nodes[1] == 0.0 && solution.bit_nodes[3] == 0.0);
    }
}

/// The patterns that upset iterations: spread, two values, gaps, dead rows, all cells on.
#[test]
fn hard_patterns_converge_and_equal_the_direct_solution() {
    let (rows, columns) = (96, 88);
    let mut stream = Stream::new(7, Purpose::Pattern, 1, 0);
    let mut draw = || stream.uniform();
    let cells =
        |value: &mut dyn FnMut(usize) -> f64| (0..rows * columns).map(|k| value(k / columns)).collect();
    let patterns: [(&str, Vec<f64>); 5] = [
        ("10 nS to 1 mS", cells(&mut |_| 10_f64.powf(-8.0 + 5.0 * draw()))),
        ("1 mS or 1 µS", cells(&mut |_| if draw() < 0.5 { 1e-3 } else { 1e-6 })),
        ("30 % open", cells(&mut |_| if draw() < 0.3 { 0.0 } else { 1e-4 * draw() })),
        ("every other row off", cells(&mut |i| if i % 2 == 0 { 1e-4 } else { 0.0 })),
        ("all 1 mS", cells(&mut |_| 1e-3)),
    ];
    let bias = Bias::read((0..rows).map(|i| 0.1 + 0.2 * (i as f64 * 0.7).sin()).collect(), columns);
    for (name, g) in patterns {
        for r in [1.0, 5.0] {
            let array = Array::uniform(rows, columns, g.clone(), r, r);
            let direct = solve(&array, &bias, Some(Method::Direct)).unwrap();
            for method in [Method::LinePcg, Method::Multigrid] {
                let solution = solve(&array, &bias, Some(method)).unwrap();
                assert_eq!(solution.method, method);
                let pairs = solution.word_nodes.iter().chain(&solution.bit_nodes);
                let worst = pairs
                    .zip(direct.word_nodes.iter().chain(&direct.bit_nodes))
                    .fold(0.0_f64, |m, (a, b)| m.max((a - b).abs()));
                println!("| {name}, {r} Ω | {} | {} | {worst:.1e} V |", method.name(), solution.iterations);
                assert!(worst <= 1e-11 && solution.residual < 1e-9, "{name}: {worst} {}", solution.residual);
            }
        }
    }
}

/// The halves of an array are one thread's each: no bit depends on it.
#[test]
fn the_bits_do_not_depend_on_the_number_of_threads() {
    let (array, bias) = random(160, 131, 3, NOTHING);
    for method in [Method::LinePcg, Method::Multigrid] {
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| solve(&array, &bias, Some(method)).unwrap())
        };
        let one = run(1);
        assert!(one.iterations > 2);
        assert_eq!(one, run(2));
        assert_eq!(one, run(3));
        // Also outside of any pool.
        assert_eq!(one, solve(&array, &bias, Some(method)).unwrap());
    }
}

/// Solvers are pooled and keep nothing of earlier biases: neither threads nor order nor repetition change a bit.
#[test]
fn many_biases_have_the_same_bits_on_any_number_of_threads() {
    let (array, bias) = random(40, 36, 5, Wrong { floating_lines: 0.2, ..NOTHING });
    let biases: Vec<Bias> = (0..24)
        .map(|k| {
            let at = |(i, v): (usize, &f64)| if (i + k) % 3 == 0 { 1e3 * v } else { *v / (1.0 + k as f64) };
            Bias { word_lines: bias.word_lines.iter().enumerate().map(at).collect(), ..bias.clone() }
        })
        .collect();
    for method in [Method::LinePcg, Method::Multigrid] {
        let options = Options { method: Some(method), ..Options::default() };
        let alone: Vec<_> = biases.iter().map(|bias| solve(&array, bias, Some(method)).unwrap()).collect();
        assert!(alone.iter().all(|s| s.method == method));
        for threads in 1..=3 {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let crossbar = Crossbar::new(array.clone(), options).unwrap();
            for _ in 0..2 {
                assert_eq!(pool.install(|| crossbar.solve_many(&biases).unwrap()), alone);
            }
        }
    }
}

/// Arrays large enough for a coarser one, of every kind.
#[test]
fn multigrid_equals_the_reference_on_arrays_of_every_kind() {
    for (name, wrong) in KINDS {
        let mut ran = 0;
        for (seed, (rows, columns)) in [(17, 17), (24, 21), (18, 30), (23, 17)].into_iter().enumerate() {
            let (array, bias) = random(rows, columns, 100 + seed as u64, wrong);
            let solution = solve(&array, &bias, Some(Method::Multigrid)).unwrap();
            ran += usize::from(solution.method == Method::Multigrid);
            let worst = against_reference(&array, &bias, Method::Multigrid);
            assert!(worst.0 <= 1e-9 && worst.1 <= 1e-9, "{name}, {rows} x {columns}: {worst:?}");
        }
        assert!(ran > 0, "{name}");
    }
}

#[test]
fn a_resistance_of_minus_zero_is_zero() {
    let g: Vec<f64> = (0..20 * 18).map(|k| 1e-5 * (1.0 + f64::from(k % 7))).collect();
    let bias = Bias::read(vec![0.2; 20], 18);
    for (segment, terminal) in [(2.0, 0.0), (0.0, 3.0), (0.0, 0.0)] {
        let signed = |zero: f64| {
            let or_zero = |r: f64| if r == 0.0 { zero } else { r };
            let mut array = Array::uniform(20, 18, g.clone(), or_zero(segment), or_zero(terminal));
            array.word_lines.far[3] = Some(zero);
            array.bit_lines.far[2] = Some(zero);
            array
        };
        for method in ALL {
            let plus = solve(&signed(0.0), &bias, Some(method)).unwrap();
            let minus = solve(&signed(-0.0), &bias, Some(method)).unwrap();
            assert_eq!(plus, minus, "{} {segment} {terminal}", method.name());
        }
    }
}

/// Valid but absurd: an answer of finite numbers, or a sentence.
#[test]
fn no_answer_holds_a_number_that_is_not_finite() {
    let array = |g: f64, r: f64| {
        let mut array = Array::uniform(20, 18, vec![1e-5; 20 * 18], r, r);
        array.conductances[25] = g;
        array
    };
    let mut refused = 0;
    for (g, r, v) in [
        (1e300, 2.0, 0.2),
        (f64::MAX, 2.0, 0.2),
        (1e-5, 1e-320, 0.2),
        (1e-5, 1e300, 0.2),
        (1e-5, 2.0, 1e308),
        (1e5, 2.0, 1e308),
        (1e300, 1e-300, 1e308),
        (1e-320, 1e-310, 1e-300),
    ] {
        let bias = Bias { word_lines: vec![v; 20], bit_lines: vec![-v; 18] };
        for method in [None, Some(Method::LinePcg), Some(Method::Multigrid), Some(Method::Direct)] {
            match solve(&array(g, r), &bias, method) {
                Ok(s) => {
                    let nodes = s.word_nodes.iter().chain(&s.bit_nodes).chain(&s.cell_currents);
                    let ends = s.word_line_currents.iter().chain(&s.bit_line_currents);
                    assert!(nodes.chain(ends).all(|v| v.is_finite()), "{g} {r} {v} {method:?}");
                    assert!(s.residual.is_finite());
                }
                Err(error) => {
                    refused += 1;
                    println!("{g:e} S, {r:e} Ohm, {v:e} V, {method:?}: {error}");
                }
            }
        }
    }
    assert!(refused > 0);
}

#[test]
fn the_tolerance_decides_and_zero_is_refused() {
    let (array, bias) = random(8, 8, 3, NOTHING);
    let refused = Crossbar::new(array.clone(), Options { method: None, tolerance: 0.0 });
    assert!(refused.unwrap_err().to_string().starts_with("the tolerance is 0"));
    let exact = solve(&array, &bias, Some(Method::LinePcg)).unwrap();
    let loose =
        Crossbar::new(array, Options { method: None, tolerance: 1e-3 }).unwrap().solve(&bias).unwrap();
    assert!(loose.iterations < exact.iterations && loose.residual > exact.residual);
}

/// The policy: multigrid from Λ = 100, the direct method for shorts, the transfer matrix for many inputs.
#[test]
fn the_method_suits_the_array() {
    let chosen = |array: &Array, bias: &Bias| solve(array, bias, None).unwrap().method;
    let uniform = |n: usize, g: f64| Array::uniform(n, n, vec![g; n * n], 2.0, 2.0);
    let bias = Bias::read(vec![0.2; 48], 48);
    let mut array = uniform(48, 50e-6);
    assert_eq!(chosen(&array, &bias), Method::LinePcg);
    assert!(Crossbar::new(uniform(48, 60e-3), Options::default()).unwrap().lossiness() > 100.0);
    assert_eq!(chosen(&uniform(48, 60e-3), &bias), Method::Multigrid);
    assert_eq!(chosen(&uniform(8, 10.0), &Bias::read(vec![0.2; 8], 8)), Method::LinePcg);
    array.bridges = vec![Bridge { from: Place::Word(0, 3), to: Place::Word(1, 3), resistance: 10.0 }];
    assert_eq!(chosen(&array, &bias), Method::Direct);
    let refused = solve(&array, &bias, Some(Method::LinePcg)).unwrap_err();
    assert!(refused.to_string().contains("bridges"), "{refused}");
}

/// Currents one by one and through the transfer matrix agree.
#[test]
fn terminal_currents_of_few_and_of_many_inputs_agree() {
    let (array, bias) = random(20, 24, 11, Wrong { floating_lines: 0.1, ..NOTHING });
    let inputs: Vec<Bias> = (0..30)
        .map(|k| Bias {
            word_lines: bias.word_lines.iter().map(|v| v * f64::from(k)).collect(),
            ..bias.clone()
        })
        .collect();
    let crossbar = || Crossbar::new(array.clone(), Options::default()).unwrap();
    let many = crossbar().currents(&inputs).unwrap();
    let here = crossbar();
    // From 16 inputs on, and not below, by the transfer matrix, whether it is known already or not.
    let by_transfer = crossbar().transfer().unwrap().apply_many(&inputs).unwrap();
    assert_eq!(many, by_transfer);
    assert_eq!(
        here.currents(&inputs[..16]).unwrap(),
        crossbar().transfer().unwrap().apply_many(&inputs[..16]).unwrap()
    );
    let few = crossbar().currents(&inputs[..15]).unwrap();
    let total = |near: &[f64], far: &[f64]| near.iter().zip(far).map(|(a, b)| a + b).collect::<Vec<_>>();
    for (one, input) in few.iter().zip(&inputs) {
        let solution = solve(&array, input, None).unwrap();
        assert_eq!(one.word_lines, total(&solution.word_line_currents, &solution.word_line_far_currents));
        assert_eq!(one.bit_lines, total(&solution.bit_line_currents, &solution.bit_line_far_currents));
    }
    assert_ne!(few, by_transfer[..15]);
    assert_eq!(few, here.currents(&inputs[..15]).unwrap());
    for (input, expected) in inputs.iter().zip(&many) {
        let one = &here.currents(std::slice::from_ref(input)).unwrap()[0];
        let scale = largest(expected.word_lines.iter().chain(&expected.bit_lines));
        let pairs = one.word_lines.iter().chain(&one.bit_lines);
        for (a, b) in pairs.zip(expected.word_lines.iter().chain(&expected.bit_lines)) {
            assert!((a - b).abs() <= 1e-10 * scale, "{a} against {b}");
        }
    }
}

/// Ten numbers for each cell with its conductance, rows and columns rounded up to eight; twenty-one with
/// coarser arrays.
#[test]
fn memory_is_a_few_numbers_for_each_cell() {
    for (method, most) in [(Method::LinePcg, 10.2), (Method::Multigrid, 21.5)] {
        let array = Array::uniform(128, 256, vec![1e-5; 128 * 256], 1.0, 1.0);
        let crossbar = Crossbar::new(array, Options { method: Some(method), ..Options::default() }).unwrap();
        assert_eq!(crossbar.bytes(), 128 * 256 * 8);
        crossbar.solve(&Bias::read(vec![0.2; 128], 256)).unwrap();
        let numbers = crossbar.bytes() as f64 / (8.0 * 128.0 * 256.0);
        println!("| {} | {numbers:.1} numbers per cell |", method.name());
        assert!(numbers > 10.0 && numbers < most, "{numbers}");
    }
}
