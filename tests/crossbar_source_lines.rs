//! Arrays whose source lines run beside the bit lines, against ladders solved column by column.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use nalgebra::{DMatrix, DVector};
use neurofilament::crossbar::{Array, Bias, Direct, Lines, Segments, Topology};
use proptest::prelude::*;

/// Node potentials (source, bit) of one column by a dense nodal solution.
fn ladder(array: &Array, bias: &Bias, j: usize) -> Vec<(f64, f64)> {
    let m = array.rows;
    let mut a = DMatrix::<f64>::zeros(2 * m, 2 * m);
    let mut b = DVector::<f64>::zeros(2 * m);
    let mut join = |p: usize, q: usize, g: f64| {
        a[(p, p)] += g;
        a[(q, q)] += g;
        a[(p, q)] -= g;
        a[(q, p)] -= g;
    };
    for i in 0..m {
        join(i, m + i, array.conductances[i * array.columns + j]);
        if i + 1 < m {
            join(i, i + 1, 1.0 / array.word_segment(i, j));
            join(m + i, m + i + 1, 1.0 / array.bit_segment(i, j));
        }
    }
    for (lines, offset, v) in
        [(&array.word_lines, 0, bias.word_lines[j]), (&array.bit_lines, m, bias.bit_lines[j])]
    {
        for (r, node) in [(lines.near[j], offset + m - 1), (lines.far[j], offset)] {
            if let Some(r) = r {
                a[(node, node)] += 1.0 / r;
                b[node] += v / r;
            }
        }
    }
    let x = a.lu().solve(&b).expect("a connected ladder");
    (0..m).map(|i| (x[i], x[m + i])).collect()
}

fn arrays() -> impl Strategy<Value = (Array, Bias)> {
    (1_usize..12, 1_usize..6).prop_flat_map(|(rows, columns)| {
        let segments = || prop::collection::vec(0.1..50.0_f64, (rows - 1) * columns);
        let ends = || prop::collection::vec(1.0..100.0_f64, columns);
        let far = || prop::collection::vec(prop::option::of(1.0..100.0_f64), columns);
        let volts = || prop::collection::vec(-1.0..1.0_f64, columns);
        let gates = prop::collection::vec(any::<bool>(), rows);
        let cells = prop::collection::vec((-7.0..-3.0_f64).prop_map(|x| 10_f64.powf(x)), rows * columns);
        (cells, gates, segments(), segments(), ends(), ends(), far(), (volts(), volts())).prop_map(
            move |(mut cells, gates, source, bit, near_source, near_bit, far, (vs, vb))| {
                for (k, g) in cells.iter_mut().enumerate() {
                    *g = if gates[k / columns] { *g } else { 0.0 };
                }
                let lines = |segments, near: Vec<f64>, far| Lines {
                    segments: Segments::Each(segments),
                    near: near.into_iter().map(Some).collect(),
                    far,
                };
                let array = Array {
                    rows,
                    columns,
                    topology: Topology::SourceLines,
                    conductances: cells,
                    word_lines: lines(source, near_source, far),
                    bit_lines: lines(bit, near_bit, vec![None; columns]),
                    bridges: Vec::new(),
                };
                (array, Bias { word_lines: vs, bit_lines: vb })
            },
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn every_column_is_its_own_ladder((array, bias) in arrays()) {
        let solution = Direct::new(array.clone()).unwrap().solve(&bias).unwrap();
        for j in 0..array.columns {
            for (i, (source, bit)) in ladder(&array, &bias, j).into_iter().enumerate() {
                let k = i * array.columns + j;
                prop_assert!((solution.word_nodes[k] - source).abs() < 1e-10);
                prop_assert!((solution.bit_nodes[k] - bit).abs() < 1e-10);
            }
            let into = solution.word_line_currents[j] + solution.word_line_far_currents[j];
            prop_assert!((into - solution.bit_line_currents[j]).abs() < 1e-12 + 1e-9 * into.abs());
        }
        prop_assert!(solution.imbalance < 1e-12);
    }
}

#[test]
fn ideal_lines_sum_the_cells_whose_gates_are_on() {
    let cells = vec![1e-6, 2e-6, 0.0, 0.0, 4e-6, 8e-6];
    let mut array = Array::uniform(3, 2, cells, 0.0, 0.0);
    array.topology = Topology::SourceLines;
    array.word_lines = Lines::uniform(2, 0.0, 0.0);
    let bias = Bias { word_lines: vec![0.2, 0.1], bit_lines: vec![0.0; 2] };
    let solution = Direct::new(array).unwrap().solve(&bias).unwrap();
    assert!((solution.bit_line_currents[0] - 1e-6).abs() < 1e-18);
    assert!((solution.bit_line_currents[1] - 1e-6).abs() < 1e-18);
    // The middle row has no cell, its nodes lie on the lines all the same.
    assert_eq!(solution.pinned_nodes, 0);
}

#[test]
fn the_number_of_source_lines_is_that_of_columns() {
    let mut array = Array::uniform(3, 2, vec![1e-6; 6], 1.0, 1.0);
    array.topology = Topology::SourceLines;
    let error = Direct::new(array).unwrap_err().to_string();
    assert!(error.contains("source resistances") && error.contains("expected 2"), "{error}");
}

/// The source line of a cell is that of its column.
#[test]
fn the_lines_of_the_selected_cell_do_not_float() {
    let mut array = Array::uniform(4, 3, vec![1e-5; 12], 1.0, 1.0);
    array.topology = Topology::SourceLines;
    array.word_lines = Lines::uniform(3, 1.0, 5.0);
    array.float_unselected((3, 1));
    let connected = [None, Some(5.0), None];
    assert_eq!(array.word_lines.near, connected);
    assert_eq!(array.bit_lines.near.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true, false]);
    array.check().expect("a valid array");
}
