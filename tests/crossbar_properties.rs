//! Random arrays against a dense nodal solution, and the invariants of passive networks.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use nalgebra::{DMatrix, DVector};
use neurofilament::crossbar::{Array, Bias, Direct, Lines, Segments, Topology};
use proptest::prelude::*;

/// Nodal equations assembled densely and without any of the collapsing of the real solver: wires
/// of zero resistance are not representable, so the strategy leaves them out.
fn dense(array: &Array, bias: &Bias) -> Vec<f64> {
    let (m, n) = (array.rows, array.columns);
    let mut a = DMatrix::<f64>::zeros(2 * m * n, 2 * m * n);
    let mut b = DVector::<f64>::zeros(2 * m * n);
    let mut join = |p: usize, q: usize, g: f64| {
        a[(p, p)] += g;
        a[(q, q)] += g;
        a[(p, q)] -= g;
        a[(q, p)] -= g;
    };
    for i in 0..m {
        for j in 0..n {
            let k = i * n + j;
            join(k, m * n + k, array.conductances[k]);
            if j + 1 < n {
                join(k, k + 1, 1.0 / array.word_segment(i, j));
            }
            if i + 1 < m {
                join(m * n + k, m * n + k + n, 1.0 / array.bit_segment(i, j));
            }
        }
    }
    for i in 0..m {
        if let Some(r) = array.word_lines.near[i] {
            a[(i * n, i * n)] += 1.0 / r;
            b[i * n] += bias.word_lines[i] / r;
        }
    }
    for j in 0..n {
        let k = m * n + (m - 1) * n + j;
        if let Some(r) = array.bit_lines.near[j] {
            a[(k, k)] += 1.0 / r;
            b[k] += bias.bit_lines[j] / r;
        }
    }
    a.lu().solve(&b).expect("a connected network").as_slice().to_vec()
}

fn arrays() -> impl Strategy<Value = (Array, Bias)> {
    (1_usize..9, 1_usize..9).prop_flat_map(|(rows, columns)| {
        let terminal = |n| prop::collection::vec(prop::option::weighted(0.8, 1.0..300.0_f64), n);
        (
            prop::collection::vec((-7.0..-2.0_f64).prop_map(|x| 10_f64.powf(x)), rows * columns),
            0.1..100.0_f64,
            0.1..100.0_f64,
            terminal(rows),
            terminal(columns),
            prop::collection::vec(-1.0..1.0_f64, rows),
            prop::collection::vec(-1.0..1.0_f64, columns),
        )
            .prop_filter_map(
                "a network with a terminal",
                move |(g, rw, rb, source, sense, vw, vb)| {
                    if source.iter().chain(&sense).all(Option::is_none) {
                        return None;
                    }
                    let array = Array {
                        rows,
                        columns,
                        topology: Topology::Crossed,
                        conductances: g,
                        word_lines: Lines {
                            segments: Segments::Uniform(rw),
                            far: vec![None; rows],
                            near: source,
                        },
                        bit_lines: Lines {
                            segments: Segments::Uniform(rb),
                            far: vec![None; columns],
                            near: sense,
                        },
                        bridges: Vec::new(),
                    };
                    Some((array, Bias { word_lines: vw, bit_lines: vb }))
                },
            )
    })
}

proptest! {
    #[test]
    fn equals_the_dense_solution_and_conserves_current((array, bias) in arrays()) {
        let reference = dense(&array, &bias);
        let cells = array.rows * array.columns;
        let solution = Direct::new(array).unwrap().solve(&bias).unwrap();
        for (ours, dense) in solution.word_nodes.iter().chain(&solution.bit_nodes).zip(&reference) {
            prop_assert!((ours - dense).abs() <= 1e-9, "{ours} against {dense}");
        }
        prop_assert_eq!(solution.word_nodes.len(), cells);
        let sum: f64 = solution.word_line_currents.iter().sum::<f64>() - solution.bit_line_currents.iter().sum::<f64>();
        let scale = solution.word_line_currents.iter().chain(&solution.bit_line_currents).fold(0.0_f64, |m, i| m.max(i.abs()));
        prop_assert!(sum.abs() <= 1e-8 * scale + 1e-14, "{sum} of {scale}");
    }

    /// Reciprocity: the current out of bit line j per volt on word line i equals the current out
    /// of word line i per volt on bit line j.
    #[test]
    fn is_reciprocal((array, _) in arrays(), pick in any::<(prop::sample::Index, prop::sample::Index)>()) {
        let (i, j) = (pick.0.index(array.rows), pick.1.index(array.columns));
        let mut forward = Bias { word_lines: vec![0.0; array.rows], bit_lines: vec![0.0; array.columns] };
        let mut backward = forward.clone();
        forward.word_lines[i] = 1.0;
        backward.bit_lines[j] = 1.0;
        let direct = Direct::new(array).unwrap();
        let there = direct.solve(&forward).unwrap().bit_line_currents[j];
        let back = -direct.solve(&backward).unwrap().word_line_currents[i];
        prop_assert!((there - back).abs() <= 1e-9 * there.abs().max(1e-9), "{there} against {back}");
    }

    /// Without wire and terminal resistance an array multiplies exactly.
    #[test]
    fn ideal_wires_give_the_ideal_product((array, bias) in arrays()) {
        let array = Array::uniform(array.rows, array.columns, array.conductances, 0.0, 0.0);
        let n = array.columns;
        let g = array.conductances.clone();
        let solution = Direct::new(array).unwrap().solve(&Bias::read(bias.word_lines.clone(), n)).unwrap();
        for j in 0..n {
            let exact: f64 = bias.word_lines.iter().enumerate().map(|(i, v)| g[i * n + j] * v).sum();
            prop_assert!((solution.bit_line_currents[j] - exact).abs() <= 1e-15);
        }
    }
}

#[test]
fn an_island_without_terminals_is_pinned_and_reported() {
    let mut array = Array::uniform(2, 2, vec![1e-4, 0.0, 1e-4, 0.0], 1.0, 10.0);
    array.bit_lines.near[1] = None;
    let solution = Direct::new(array).unwrap().solve(&Bias::read(vec![0.2, 0.2], 2)).unwrap();
    assert_eq!(solution.pinned_nodes, 2);
    assert!(solution.bit_line_currents[0] > 3.9e-5 && solution.bit_line_currents[1] == 0.0);
    assert!(solution.word_nodes.iter().all(|v| v.is_finite()));
}
