//! What must hold for every scheme.

use numerics::matrix::{Matrix, Op, product};
use numerics::rng::{Purpose, Stream};
use proptest::prelude::*;

use super::{PlaneView, Scheme, TileSpec, build, weights_of};
use crate::mapping::config::{Placement, Rounding, Scaling, SchemeConfig, Signs, WeightCells};
use crate::mapping::operator::Operator;

const WINDOW: (f32, f32) = (2e-6, 50e-6);
const RANGE: f32 = 1.5;

fn spec(outputs: usize, inputs: usize) -> TileSpec {
    TileSpec { outputs, inputs, window: WINDOW, zero: 0.5 * (WINDOW.0 + WINDOW.1), weight_range: RANGE }
}

fn pair(placement: Placement, significance: &[f32]) -> WeightCells {
    WeightCells::DifferentialPair { placement, significance: significance.to_vec() }
}

fn one_sided() -> Placement {
    Placement::OneSided { refresh_at: 0.9, refresh_other: None }
}

fn sliced(bits_per_cell: u32, slices: usize, signs: Signs) -> WeightCells {
    WeightCells::BitSliced { bits_per_cell, slices, signs }
}

/// Every kind of weight, with the largest error of a weight by its own rounding.
fn kinds() -> Vec<(WeightCells, f32)> {
    vec![
        (pair(Placement::Balanced, &[1.0]), 0.0),
        (pair(one_sided(), &[1.0]), 0.0),
        (pair(Placement::Balanced, &[1.0, 1.0, 1.0]), 0.0),
        (pair(one_sided(), &[8.0, 1.0]), 0.0),
        (WeightCells::ReferenceColumn, 0.0),
        (WeightCells::Offset, 0.0),
        (WeightCells::FixedReference, 0.0),
        (sliced(2, 4, Signs::Balanced), 0.5 * RANGE / 255.0),
        (sliced(2, 4, Signs::Offset), 0.5 * RANGE / 127.0),
        (sliced(1, 7, Signs::Balanced), 0.5 * RANGE / 127.0),
        (sliced(8, 2, Signs::Offset), 0.5 * RANGE / 32767.0),
    ]
}

fn random(rows: usize, columns: usize, key: u64) -> Matrix {
    let mut stream = Stream::new(11, Purpose::Pattern, key, 0);
    Matrix::from_fn(rows, columns, |_, _| (2.0 * stream.uniform() - 1.0) as f32)
}

fn largest_difference(a: &Matrix, b: &Matrix) -> f32 {
    a.as_slice().iter().zip(b.as_slice()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn reached(scheme: &dyn Scheme, planes: &[Vec<f32>]) -> Matrix {
    let slices: Vec<&[f32]> = planes.iter().map(Vec::as_slice).collect();
    weights_of(scheme, &slices)
}

fn operators(scheme: &dyn Scheme, planes: &[Vec<f32>], variances: &[Vec<f32>]) -> Vec<Operator> {
    let views: Vec<PlaneView<'_>> = planes
        .iter()
        .zip(variances)
        .map(|(conductances, variances)| PlaneView { conductances, variances: Some(variances) })
        .collect();
    let mut operators = Vec::new();
    scheme.operators(&views, &mut operators);
    operators
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn weights_come_back_from_their_targets(outputs in 1_usize..6, inputs in 1_usize..6, key in 0_u64..1000) {
        for (weight, error) in kinds() {
            for (scaling, spare_columns) in [
                (Scaling::Fixed, 0),
                (Scaling::PerTile { percentile: 100.0 }, 2),
                (Scaling::PerColumn { percentile: 100.0 }, 1),
            ] {
                let config =
                    SchemeConfig { weight: weight.clone(), scaling, spare_columns, ..SchemeConfig::default() };
                config.check().unwrap();
                let mut scheme = build(&config, spec(outputs, inputs));
                // Larger than the range where it adapts.
                let scale = if scaling == Scaling::Fixed { RANGE } else { 7.0 };
                let mut weights = random(outputs, inputs, key);
                weights.as_mut_slice().iter_mut().for_each(|w| *w *= scale);
                let planes = scheme.targets(&weights);
                prop_assert_eq!(planes.len(), scheme.planes().len());
                for (targets, (rows, columns)) in planes.iter().zip(scheme.planes()) {
                    prop_assert_eq!((targets.len(), columns), (rows * columns, inputs));
                    prop_assert!(targets.iter().all(|g| (WINDOW.0..=WINDOW.1).contains(g)));
                }
                let difference = largest_difference(&weights, &reached(&*scheme, &planes));
                let largest = scheme.output_scales().iter().copied().fold(1.0, f32::max);
                prop_assert!(difference <= largest * (error + 2e-6 * RANGE), "{weight:?} {scaling:?}: {difference}");
                prop_assert_eq!(scheme.clipped(), 0);
            }
        }
    }

    /// A weight that is written alone has the cells that it has when all are written, and changes no other's.
    #[test]
    fn single_weights_are_written_as_they_are_with_all_others(
        outputs in 1_usize..6,
        inputs in 1_usize..6,
        key in 0_u64..1000,
    ) {
        for (weight, _) in kinds() {
            for (scaling, rounding, spare_columns) in [
                (Scaling::Fixed, Rounding::None, 0),
                (Scaling::PerColumn { percentile: 100.0 }, Rounding::None, 2),
                (Scaling::Fixed, Rounding::Levels { count: 9 }, 1),
            ] {
                if rounding != Rounding::None && matches!(weight, WeightCells::BitSliced { .. }) {
                    continue;
                }
                let config = SchemeConfig {
                    weight: weight.clone(), scaling, rounding, spare_columns, ..SchemeConfig::default()
                };
                let mut scheme = build(&config, spec(outputs, inputs));
                let weights = random(outputs, inputs, key);
                let mut planes = scheme.targets(&weights);
                let whole = planes.clone();
                let stored = reached(&*scheme, &whole);
                let each = weights.as_slice().iter().enumerate();
                let list: Vec<(u32, f32)> =
                    each.map(|(i, w)| (i as u32, scheme.stored(i / inputs, *w))).collect();
                for ((i, stored), reached) in list.iter().zip(stored.as_slice()) {
                    let largest = scheme.scale(*i as usize / inputs) * RANGE;
                    prop_assert!((stored - reached).abs() < 4e-6 * largest, "{weight:?}: {stored} {reached}");
                }
                // Half of them, from nothing.
                let half: Vec<(u32, f32)> = list.iter().copied().filter(|(i, _)| i % 2 == 1).collect();
                let mut cells = Vec::new();
                scheme.retarget(&half, &mut cells);
                prop_assert_eq!(cells[0].len(), half.len());
                for (plane, cells) in planes.iter_mut().zip(&cells) {
                    prop_assert!(cells.windows(2).all(|pair| pair[0].0 < pair[1].0));
                    prop_assert!(cells.is_empty() || cells.len() == half.len());
                    for (cell, g) in cells {
                        let before = std::mem::replace(&mut plane[*cell as usize], *g);
                        prop_assert!((before - g).abs() < 1e-5 * WINDOW.1, "{weight:?} {scaling:?}: {before} {g}");
                    }
                }
            }
        }
    }

    #[test]
    fn slices_reproduce_whole_numbers_exactly(
        bits in 1_u32..=4,
        slices in 1_usize..=4,
        balanced in any::<bool>(),
        key in 0_u64..1000,
    ) {
        let signs = if balanced { Signs::Balanced } else { Signs::Offset };
        let config = SchemeConfig { weight: sliced(bits, slices, signs), ..SchemeConfig::default() };
        prop_assume!(config.check().is_ok());
        let total = bits * slices as u32;
        let most = if balanced { (1_i64 << total) - 1 } else { (1 << (total - 1)) - 1 };
        let (outputs, inputs) = (4, 6);
        let spec = TileSpec { weight_range: most as f32, ..spec(outputs, inputs) };
        let mut scheme = build(&config, spec);
        let mut stream = Stream::new(key, Purpose::Pattern, 1, 0);
        let whole = |n: i64, stream: &mut Stream| i64::from(stream.below(2 * n as u32 + 1)) - n;
        let q: Vec<i64> = (0..outputs * inputs).map(|_| whole(most, &mut stream)).collect();
        let x: Vec<i64> = (0..inputs).map(|_| whole(7, &mut stream)).collect();
        let weights = Matrix::from_fn(outputs, inputs, |k, j| q[k * inputs + j] as f32);
        let planes = scheme.targets(&weights);
        let none = vec![vec![0.0; outputs * inputs]; planes.len()];
        let operators = operators(&*scheme, &planes, &none);
        prop_assert_eq!(operators.len(), slices);
        for k in 0..outputs {
            // Each slice's sum of products in units of its digits, as a converter with a code for each
            // whole number returns it; shift-and-add and offset are whole numbers from there.
            let mut sum = 0.0_f64;
            for operator in &operators {
                let row = operator.matrix.row(k);
                let analog: f64 = row.iter().zip(&x).map(|(g, x)| (f64::from(*g) - f64::from(operator.digital_offset)) * *x as f64).sum();
                let unit = most as f64 / f64::from((1_u32 << bits) - 1);
                let code = (analog / unit).round();
                prop_assert!((analog / unit - code).abs() < 0.01, "not between codes");
                sum += code * (f64::from(operator.coefficient) * unit).round();
            }
            let exact: i64 = (0..inputs).map(|j| q[k * inputs + j] * x[j]).sum();
            prop_assert_eq!(sum as i64, exact);
        }
    }

    #[test]
    fn scaled_weights_have_the_same_targets(factor in 0.01_f32..100.0, key in 0_u64..1000) {
        for (weight, _) in kinds() {
            for scaling in [Scaling::PerTile { percentile: 90.0 }, Scaling::PerColumn { percentile: 90.0 }] {
                let config = SchemeConfig { weight: weight.clone(), scaling, ..SchemeConfig::default() };
                let mut scheme = build(&config, spec(3, 5));
                let weights = random(3, 5, key);
                let targets = scheme.targets(&weights);
                let (scales, clipped) = (scheme.output_scales().to_vec(), scheme.clipped());
                let mut larger = weights.clone();
                larger.as_mut_slice().iter_mut().for_each(|w| *w *= factor);
                let again = scheme.targets(&larger);
                prop_assert_eq!(clipped, scheme.clipped());
                let pairs = targets.iter().flatten().zip(again.iter().flatten());
                let off = pairs.filter(|(a, b)| (*a - *b).abs() > 1e-10).count();
                // A weight half-way between two whole numbers may be rounded either way.
                let most = if matches!(weight, WeightCells::BitSliced { .. }) { 8 } else { 0 };
                prop_assert!(off <= most, "{weight:?}: {off} targets differ");
                for (a, b) in scales.iter().zip(scheme.output_scales()) {
                    prop_assert!((a * factor / b - 1.0).abs() < 1e-5);
                }
            }
        }
    }

    #[test]
    fn operators_are_linear_and_the_noise_is_that_of_the_cells(key in 0_u64..1000) {
        // d(weights)/d(conductance) by differences; its square times the variance of each cell, summed, is the
        // variance of the operators.
        let (outputs, inputs) = (3, 4);
        for (weight, _) in kinds() {
            let config = SchemeConfig { weight: weight.clone(), ..SchemeConfig::default() };
            let mut scheme = build(&config, spec(outputs, inputs));
            let planes = scheme.targets(&random(outputs, inputs, key));
            let variances: Vec<Vec<f32>> =
                planes.iter().map(|targets| targets.iter().map(|g| (0.03 * g).powi(2)).collect()).collect();
            let told = operators(&*scheme, &planes, &variances);
            let mut expected = vec![Matrix::zeros(outputs, inputs); told.len()];
            for plane in 0..planes.len() {
                for cell in 0..planes[plane].len() {
                    let mut moved = planes.clone();
                    moved[plane][cell] += 5e-6;
                    for ((sum, before), after) in
                        expected.iter_mut().zip(&told).zip(operators(&*scheme, &moved, &variances))
                    {
                        let slopes = after.matrix.as_slice().iter().zip(before.matrix.as_slice());
                        for (sum, (after, before)) in sum.as_mut_slice().iter_mut().zip(slopes) {
                            *sum += ((after - before) / 5e-6).powi(2) * variances[plane][cell];
                        }
                    }
                }
            }
            for (operator, expected) in told.iter().zip(&expected) {
                let own = operator.variance.as_ref().unwrap();
                for (i, expected) in expected.as_slice().iter().enumerate() {
                    let common = operator.common_variance.get(i % inputs).copied().unwrap_or(0.0);
                    let ratio = (own.as_slice()[i] + common) / expected;
                    prop_assert!((ratio - 1.0).abs() < 2e-3, "{weight:?}: {ratio}");
                }
            }
        }
    }

    #[test]
    fn a_transposed_read_is_the_transposed_of_a_read(key in 0_u64..1000) {
        let (outputs, inputs) = (5, 7);
        for (weight, _) in kinds() {
            for spare_columns in [0, 3] {
                let scaling = Scaling::PerColumn { percentile: 100.0 };
                let config =
                    SchemeConfig { weight: weight.clone(), scaling, spare_columns, ..SchemeConfig::default() };
                let mut scheme = build(&config, spec(outputs, inputs));
                let planes = scheme.targets(&random(outputs, inputs, key));
                let quiet: Vec<Vec<f32>> = planes.iter().map(|targets| vec![0.0; targets.len()]).collect();
                let told = operators(&*scheme, &planes, &quiet);
                let (x, e) = (random(1, inputs, key + 1), random(1, outputs, key + 2));
                let (mut forward, mut backward) = (0.0_f32, 0.0_f32);
                let mut scaled = e.clone();
                scaled.as_mut_slice().iter_mut().zip(scheme.output_scales()).for_each(|(e, s)| *e *= s);
                let sum = |values: &Matrix| values.as_slice().iter().sum::<f32>();
                for operator in &told {
                    let mut operator = operator.clone();
                    operator.subtract_reference();
                    let y = product((&x, Op::Plain), (&operator.matrix, Op::Transposed));
                    let offset = operator.digital_offset * sum(&x);
                    forward += y.as_slice().iter().zip(scaled.as_slice())
                        .map(|(y, e)| operator.coefficient * (y - offset) * e).sum::<f32>();
                    let d = product((&scaled, Op::Plain), (&operator.matrix, Op::Plain));
                    let offset = operator.digital_offset * sum(&scaled);
                    backward += d.as_slice().iter().zip(x.as_slice())
                        .map(|(d, x)| operator.coefficient * (d - offset) * x).sum::<f32>();
                }
                prop_assert!((forward - backward).abs() < 2e-3 * (1.0 + forward.abs()), "{weight:?}: {forward} {backward}");
                let exact = product((&x, Op::Plain), (&reached(&*scheme, &planes), Op::Transposed));
                let exact: f32 = exact.as_slice().iter().zip(e.as_slice()).map(|(y, e)| y * e).sum();
                prop_assert!((forward - exact).abs() < 2e-3 * (1.0 + exact.abs()));
            }
        }
    }
}

#[test]
fn ternary_and_binary_weights_use_the_ends_of_the_window() {
    for (rounding, placement) in [(Rounding::Ternary, one_sided()), (Rounding::Binary, Placement::Balanced)] {
        let config = SchemeConfig {
            weight: pair(placement, &[1.0]),
            scaling: Scaling::PerColumn { percentile: 100.0 },
            rounding,
            ..SchemeConfig::default()
        };
        config.check().unwrap();
        let mut scheme = build(&config, spec(4, 9));
        let weights = random(4, 9, 5);
        let planes = scheme.targets(&weights);
        assert!(planes.iter().flatten().all(|g| [WINDOW.0, WINDOW.1].contains(g)));
        let values = reached(&*scheme, &planes);
        for (row, scale) in values.iter_rows().zip(scheme.output_scales()) {
            assert!(row.iter().all(|w| (w.abs() - scale * RANGE).abs() < 1e-5 || w.abs() < 1e-5));
        }
    }
}

#[test]
fn pulses_move_weights_by_the_step_they_promise() {
    // Cells whose every SET adds 1 µS and every RESET takes 1 µS (SET and RESET alike).
    let steps = (1e-6, -1e-6);
    for (weight, _) in kinds() {
        let config = SchemeConfig { weight: weight.clone(), ..SchemeConfig::default() };
        let mut scheme = build(&config, spec(2, 3));
        let step = scheme.weight_step(steps);
        if config.check_learning().is_err() {
            assert!(step.abs() < f32::MIN_POSITIVE, "{weight:?}");
            continue;
        }
        let mut planes = scheme.targets(&Matrix::zeros(2, 3));
        let before = reached(&*scheme, &planes);
        // Six rounds: a whole number of turns of up to three pairs.
        let counts = [1, -2, 0, 3, -1, 2];
        let mut pulses = Vec::new();
        for _ in 0..6 {
            scheme.pulses(&counts, &mut pulses);
            for (plane, pulses) in planes.iter_mut().zip(&pulses) {
                plane.iter_mut().zip(pulses).for_each(|(g, count)| *g += 1e-6 * *count as f32);
            }
        }
        for ((after, before), count) in
            reached(&*scheme, &planes).as_slice().iter().zip(before.as_slice()).zip(counts)
        {
            let expected = 6.0 * count as f32 * step;
            assert!(
                (after - before - expected).abs() < 1e-5,
                "{weight:?}: {} for {expected}",
                after - before
            );
        }
    }
}

#[test]
fn saturated_one_sided_pairs_are_renewed_without_changing_the_weight() {
    let config = SchemeConfig { weight: pair(one_sided(), &[1.0]), ..SchemeConfig::default() };
    let scheme = build(&config, spec(1, 4));
    let (low, high) = WINDOW;
    let width = high - low;
    // Full with its partner half up; full alone; both low; full both.
    let plus = vec![low + 0.95 * width, high, low + 0.2 * width, high];
    let minus = vec![low + 0.5 * width, low, low + 0.3 * width, high];
    let planes = [plus, minus];
    let views: Vec<PlaneView<'_>> =
        planes.iter().map(|conductances| PlaneView { conductances, variances: None }).collect();
    let targets = scheme.refresh(&views);
    for (cell, renewed) in [true, false, false, true].into_iter().enumerate() {
        assert_eq!(!targets[0][cell].is_nan(), renewed, "cell {cell}");
        if renewed {
            let difference = targets[0][cell] - targets[1][cell];
            assert!((difference - (planes[0][cell] - planes[1][cell])).abs() < 1e-11);
            assert!((targets[0][cell].min(targets[1][cell]) - low).abs() < 1e-12);
        }
    }
    let rested = [vec![low; 4], vec![low; 4]];
    let views: Vec<PlaneView<'_>> =
        rested.iter().map(|conductances| PlaneView { conductances, variances: None }).collect();
    assert!(scheme.refresh(&views).is_empty());
}

#[test]
fn spare_lines_take_the_outputs_that_stuck_cells_hurt_most() {
    let (outputs, inputs, spares) = (6, 8, 2);
    for (weight, error) in kinds() {
        let config =
            SchemeConfig { weight: weight.clone(), spare_columns: spares, ..SchemeConfig::default() };
        let mut scheme = build(&config, spec(outputs, inputs));
        let weights = random(outputs, inputs, 3);
        let mut stuck: Vec<Vec<f32>> =
            scheme.planes().iter().map(|(rows, columns)| vec![f32::NAN; rows * columns]).collect();
        // All cells of two lines of the first plane stuck high, on lines 1 and 4.
        for line in [1, 4] {
            stuck[0][line * inputs..(line + 1) * inputs].fill(WINDOW.1);
        }
        let replaced = scheme.place(&weights, &stuck);
        assert!(replaced.before > 1e-7 * f64::from(RANGE), "{weight:?}: {replaced:?}");
        assert_eq!(replaced.moved, 2, "{weight:?}");
        let mut planes = scheme.targets(&weights);
        for (targets, stuck) in planes.iter_mut().zip(&stuck) {
            for (target, stuck) in targets.iter_mut().zip(stuck).filter(|(_, stuck)| !stuck.is_nan()) {
                *target = *stuck;
            }
        }
        let difference = largest_difference(&weights, &reached(&*scheme, &planes));
        assert!(difference <= error + 1e-5, "{weight:?}: {difference} with two spare lines for two bad ones");
    }
}

#[test]
fn without_enough_spares_the_least_harm_is_chosen() {
    // One stuck-high cell on each of three lines and one spare: outputs change places so that weights that want a
    // high conductance there have it.
    let (outputs, inputs) = (8, 4);
    let config = SchemeConfig { weight: WeightCells::Offset, spare_columns: 1, ..SchemeConfig::default() };
    let mut scheme = build(&config, spec(outputs, inputs));
    let weights = random(outputs, inputs, 9);
    let mut stuck = vec![vec![f32::NAN; (outputs + 1) * inputs]];
    for (line, input) in [(0, 1), (3, 2), (5, 0)] {
        stuck[0][line * inputs + input] = WINDOW.1;
    }
    let replaced = scheme.place(&weights, &stuck);
    assert!(replaced.after < 0.2 * replaced.before, "{replaced:?}");
}

/// Zero off the middle: the window ends at −0.5 of the range on one side.
#[test]
fn weights_beyond_the_end_of_the_window_are_counted() {
    let tile = TileSpec { zero: WINDOW.0 + 0.25 * (WINDOW.1 - WINDOW.0), ..spec(1, 5) };
    let weights = Matrix::from_vec(1, 5, [-1.0, -0.4, 0.2, 1.0, 2.0].map(|w| w * RANGE).to_vec()).unwrap();
    for weight in [WeightCells::FixedReference, WeightCells::Offset, WeightCells::ReferenceColumn] {
        for spare_columns in [0, 1] {
            let config = SchemeConfig { weight: weight.clone(), spare_columns, ..SchemeConfig::default() };
            let mut scheme = build(&config, tile);
            let planes = scheme.targets(&weights);
            let back = reached(&*scheme, &planes);
            // −1 is cut by the window; 2 by scaling (and never twice).
            assert_eq!(scheme.clipped(), 2, "{weight:?}");
            let expected = [-0.5, -0.4, 0.2, 1.0, 1.0].map(|w| w * RANGE);
            for (ours, expected) in back.as_slice().iter().zip(expected) {
                assert!((ours - expected).abs() < 1e-5, "{ours} {expected}");
            }
            let inside = Matrix::from_fn(1, 5, |_, j| -0.1 * j as f32);
            scheme.targets(&inside);
            assert_eq!(scheme.clipped(), 0);
        }
    }
}
