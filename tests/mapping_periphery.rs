//! Converters, encodings, calibration, noise and bound management on cells that are exact.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod exact_cells;

use exact_cells::{RANGE, exact};
use neurofilament::mapping::config::{
    AdcCalibration, Encoding, NoiseManagement, PeripheryConfig, RangeOf, WeightCells,
};
use neurofilament::mapping::{AnalogConfig, AnalogMatrix, Inputs, Synapses};
use numerics::matrix::{Matrix, Op, product};
use numerics::rng::{Purpose, Stream};

/// Ideal converters.
fn ideal() -> PeripheryConfig {
    PeripheryConfig { dac_bits: 0, adc_bits: 0, ..PeripheryConfig::default() }
}

fn design(tile: usize, periphery: PeripheryConfig) -> AnalogConfig {
    AnalogConfig { tile_rows: tile, tile_columns: tile, periphery, ..AnalogConfig::default() }
}

fn whole(rows: usize, columns: usize, largest: u32, key: u64) -> Matrix {
    let mut stream = Stream::new(key, Purpose::Pattern, 0, 0);
    let span = 2 * largest + 1;
    Matrix::from_fn(rows, columns, |_, _| stream.below(span) as f32 - largest as f32)
}

fn random(rows: usize, columns: usize, key: u64) -> Matrix {
    let mut stream = Stream::new(key, Purpose::Pattern, 1, 0);
    Matrix::from_fn(rows, columns, |_, _| stream.normal() as f32)
}

fn both(analog: &mut AnalogMatrix, weights: &Matrix, x: &Matrix, e: &Matrix) -> [(Matrix, Matrix); 2] {
    [
        (analog.forward(Inputs::Dense(x)), product((x, Op::Plain), (weights, Op::Transposed))),
        (analog.backward(e), product((e, Op::Plain), (weights, Op::Plain))),
    ]
}

fn largest_difference(a: &Matrix, b: &Matrix) -> f32 {
    a.as_slice().iter().zip(b.as_slice()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn ideal_converters_give_the_product_for_any_tiling_and_noise_management() {
    let weights = whole(37, 50, 90, 1);
    let (x, e) = (random(9, 50, 2), random(9, 37, 3));
    for noise_management in [
        NoiseManagement::AbsMax,
        NoiseManagement::Constant { largest: 10.0 },
        NoiseManagement::AverageAbsMax { share: 0.5 },
    ] {
        for tile in [64, 16, 7] {
            // Inputs above a running mean are clipped, so these are all alike.
            let unit = |m: &Matrix| {
                Matrix::from_fn(m.rows(), m.columns(), |i, j| {
                    let largest = m.row(i).iter().fold(0.0_f32, |a, v| a.max(v.abs()));
                    if j == 0 { 1.0 } else { m.row(i)[j] / largest }
                })
            };
            let average = matches!(noise_management, NoiseManagement::AverageAbsMax { .. });
            if average && tile < 64 {
                continue;
            }
            let (x, e) = if average { (unit(&x), unit(&e)) } else { (x.clone(), e.clone()) };
            let periphery = PeripheryConfig { noise_management: noise_management.clone(), ..ideal() };
            let mut analog = exact(&weights, design(tile, periphery), 0.0);
            for (ours, plain) in both(&mut analog, &weights, &x, &e) {
                let size = plain.as_slice().iter().fold(0.0_f32, |m, v| m.max(v.abs()));
                assert!(largest_difference(&ours, &plain) < 2e-5 * size, "{noise_management:?} {tile}");
            }
            assert_eq!(analog.activity().dac_clipped, 0);
        }
    }
}

/// Errors of a saturated softmax are as small as single precision goes; beside a zero they were no number.
#[test]
fn samples_of_the_smallest_numbers_are_read_as_zeros() {
    let weights = whole(3, 4, 90, 1);
    for dac_bits in [0, 8] {
        let periphery = PeripheryConfig { dac_bits, ..ideal() };
        let mut analog = exact(&weights, design(64, periphery), 0.0);
        let x = Matrix::from_vec(2, 4, vec![1e-41, 0.0, -3e-42, 0.0, 1.0, 0.0, 0.0, 0.0]).unwrap();
        let y = analog.forward(Inputs::Dense(&x));
        assert_eq!(y.row(0), [0.0; 3], "{dac_bits}");
        assert!((y.row(1)[0] - weights.row(0)[0]).abs() < 1e-3, "{dac_bits}");
        assert!(analog.activity().read_energy.is_finite() && analog.activity().read_energy > 0.0);
    }
}

#[test]
fn inputs_beyond_the_range_are_clipped_and_counted() {
    let weights = whole(3, 4, 90, 1);
    let periphery = PeripheryConfig { noise_management: NoiseManagement::None, ..ideal() };
    let mut analog = exact(&weights, design(64, periphery), 0.0);
    let x = Matrix::from_vec(1, 4, vec![0.5, 2.0, -3.0, 1.0]).unwrap();
    let clipped = Matrix::from_vec(1, 4, vec![0.5, 1.0, -1.0, 1.0]).unwrap();
    let y = analog.forward(Inputs::Dense(&x));
    assert!(largest_difference(&y, &product((&clipped, Op::Plain), (&weights, Op::Transposed))) < 1e-3);
    assert_eq!(analog.activity().dac_clipped, 2);
}

/// With enough levels for every value that can occur, converted numbers are whole numbers again.
#[test]
fn bit_serial_inputs_reproduce_whole_numbers_exactly() {
    // Inputs of 6 bits and sign, 40 lines, weights to 10: sums of one bit plane reach 400 of 2047 levels.
    let weights = whole(21, 40, 10, 4);
    let x = {
        let mut x = whole(8, 40, 63, 5);
        x.as_mut_slice().iter_mut().step_by(40).for_each(|x| *x = 63.0);
        x
    };
    let expected = product((&x, Op::Plain), (&weights, Op::Transposed));
    for encoding in
        [Encoding::BitSerial, Encoding::BitSerialAnalog, Encoding::Amplitude, Encoding::PulseWidth]
    {
        let serial = encoding == Encoding::BitSerial;
        let levels = if serial { 2047.0 } else { 32767.0 };
        // One level is a unit of weight (bit planes), or a unit of weight times one level of the input.
        let unit = if serial { 1.0 } else { 1.0 / 63.0 };
        let periphery = PeripheryConfig {
            encoding,
            dac_bits: 7,
            adc_bits: if serial { 12 } else { 16 },
            adc_range: levels * unit / (RANGE * 40_f32.sqrt()),
            ..PeripheryConfig::default()
        };
        let mut analog = exact(&weights, design(64, periphery), 0.0);
        let y = analog.forward(Inputs::Dense(&x));
        let rounded = Matrix::from_fn(8, 21, |i, k| y.row(i)[k].round());
        assert_eq!(rounded, expected, "{encoding:?}");
        assert!(largest_difference(&y, &expected) < 2e-3, "{encoding:?}");
        let activity = analog.activity();
        assert_eq!(activity.adc_clipped, 0, "{encoding:?}");
        assert_eq!(activity.adc_conversions, if serial { 6 } else { 1 } * 8 * 21, "{encoding:?}");
        let reads = if encoding.is_serial() { 6 } else { 1 };
        assert_eq!(activity.dac_conversions, reads * 8 * 40, "{encoding:?}");
    }
}

/// The energy of a read is that of its encoding: squared voltage, time, or bits that are set.
#[test]
fn encodings_drive_with_their_own_energy() {
    let weights = Matrix::zeros(1, 2);
    // 63 has six bits set, 21 has three.
    let x = Matrix::from_vec(1, 2, vec![63.0, -21.0]).unwrap();
    for (encoding, drive) in [
        (Encoding::Amplitude, 1.0 + (21.0_f64 / 63.0).powi(2)),
        (Encoding::PulseWidth, 1.0 + 21.0 / 63.0),
        (Encoding::BitSerial, 9.0),
        (Encoding::BitSerialAnalog, 9.0),
    ] {
        let periphery = PeripheryConfig { encoding, dac_bits: 7, ..ideal() };
        let mut analog = exact(&weights, design(64, periphery), 0.0);
        analog.forward(Inputs::Dense(&x));
        // Two cells of 50 µS on each line, 0.2 V for 10 ns.
        let expected = drive * 2.0 * 5e-5 * 0.04 * 1e-8;
        let energy = analog.activity().read_energy;
        assert!((energy / expected - 1.0).abs() < 1e-4, "{encoding:?}: {energy} against {expected}");
    }
}

fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n)
}

/// Amplifier noise and device noise have the stated variance in every encoding.
#[test]
fn noise_has_the_stated_moments() {
    let weights = whole(40, 30, 90, 6);
    let x = whole(1, 30, 63, 7);
    let mut x = x;
    x.row_mut(0)[0] = 63.0;
    let shares: Vec<f64> = x.row(0).iter().map(|x| f64::from(*x) / 63.0).collect();
    let read_noise = 0.03;
    for encoding in
        [Encoding::Amplitude, Encoding::PulseWidth, Encoding::BitSerial, Encoding::BitSerialAnalog]
    {
        let periphery = PeripheryConfig { encoding, dac_bits: 7, output_noise: 0.05, ..ideal() };
        let mut analog = exact(&weights, design(64, periphery), read_noise);
        let samples = 1500;
        let batch = Matrix::from_fn(samples, 30, |_, j| x.row(0)[j]);
        let y = analog.forward(Inputs::Dense(&batch));
        let expected = product((&x, Op::Plain), (&weights, Op::Transposed));
        let mut deviations = Vec::new();
        for k in 0..40 {
            // Both cells of a pair have a noise of their own; conductances in units of weights.
            let variance = |j: usize| {
                let w = f64::from(weights.row(k)[j]);
                let (plus, minus) = (50.0 + w / 2.0, 50.0 - w / 2.0);
                f64::from(read_noise).powi(2) * (plus * plus + minus * minus)
            };
            let amplifier = (0.05 * f64::from(RANGE)).powi(2);
            let weights_of_bits = |share: f64| -> f64 {
                let code = (share.abs() * 63.0).round() as u32;
                (0..6).filter(|b| (code >> b) & 1 == 1).map(|b| (f64::from(1_u32 << b) / 63.0).powi(2)).sum()
            };
            let all_bits: f64 = (0..6).map(|b| (f64::from(1_u32 << b) / 63.0).powi(2)).sum();
            let (square, reads): (&dyn Fn(f64) -> f64, f64) = match encoding {
                Encoding::BitSerial => (&weights_of_bits, all_bits),
                Encoding::BitSerialAnalog => (&weights_of_bits, 1.0),
                Encoding::Amplitude | Encoding::PulseWidth => (&|share: f64| share * share, 1.0),
            };
            let sum = (0..30).map(|j| variance(j) * square(shares[j])).sum::<f64>() + reads * amplifier;
            let scale = 63.0 * sum.sqrt();
            deviations.extend((0..samples).map(|i| f64::from(y.row(i)[k] - expected.row(0)[k]) / scale));
        }
        let n = deviations.len() as f64;
        let (mean, variance) = moments(&deviations);
        let fourth = deviations.iter().map(|d| d.powi(4)).sum::<f64>() / n;
        println!(
            "| {encoding:?} | mean {mean:.4} | variance {variance:.4} | kurtosis {:.3} |",
            fourth / variance.powi(2)
        );
        assert!(mean.abs() < 5.0 / n.sqrt(), "{encoding:?}: {mean}");
        assert!((variance - 1.0).abs() < 5.0 * (2.0 / n).sqrt(), "{encoding:?}: {variance}");
        assert!((fourth / variance.powi(2) - 3.0).abs() < 5.0 * (24.0 / n).sqrt(), "{encoding:?}: {fourth}");
    }
}

#[test]
fn bound_management_brings_every_conversion_into_range() {
    let weights = whole(10, 60, 90, 8);
    let x = random(20, 60, 9);
    let expected = product((&x, Op::Plain), (&weights, Op::Transposed));
    // A tenth of the usual range: almost everything is beyond it.
    let clipping =
        PeripheryConfig { dac_bits: 12, adc_bits: 14, adc_range: 0.05, ..PeripheryConfig::default() };
    let mut clipped = exact(&weights, design(64, clipping.clone()), 0.0);
    let worst = largest_difference(&clipped.forward(Inputs::Dense(&x)), &expected);
    let size = expected.as_slice().iter().fold(0.0_f32, |m, v| m.max(v.abs()));
    assert!(clipped.activity().adc_clipped > 20 && worst > 0.2 * size);
    for encoding in [Encoding::Amplitude, Encoding::BitSerialAnalog] {
        let managed = PeripheryConfig { bound_management_rounds: 10, encoding, ..clipping.clone() };
        let mut managed = exact(&weights, design(64, managed), 0.0);
        let y = managed.forward(Inputs::Dense(&x));
        let activity = managed.activity();
        assert_eq!(activity.adc_clipped, 0);
        assert!(largest_difference(&y, &expected) < 0.01 * size, "{encoding:?}");
        // Only samples out of range are read again.
        assert!(activity.adc_conversions > 200 && activity.adc_conversions < 1500, "{activity:?}");
    }
    // One round is not enough: the rest is clipped and counted.
    let one = PeripheryConfig { bound_management_rounds: 1, ..clipping };
    let mut one = exact(&weights, design(64, one), 0.0);
    one.forward(Inputs::Dense(&x));
    assert!((1..clipped.activity().adc_clipped).contains(&one.activity().adc_clipped));
}

#[test]
fn calibration_is_never_worse_than_the_fixed_range_and_holds() {
    let weights = whole(24, 60, 90, 10);
    let x = random(64, 60, 11);
    for range_of in [RangeOf::Tile, RangeOf::Column] {
        for adc_range in [0.02, 0.3, 5.0] {
            let base = PeripheryConfig { dac_bits: 0, adc_bits: 5, adc_range, ..PeripheryConfig::default() };
            let error = |adc_calibration: AdcCalibration| {
                let periphery = PeripheryConfig { adc_calibration, ..base.clone() };
                let mut analog = exact(&weights, design(64, periphery), 0.0);
                let found = analog.calibrate_reads(&x, false);
                let y = analog.forward(Inputs::Dense(&x));
                let expected = product((&x, Op::Plain), (&weights, Op::Transposed));
                let squares = (0..64).map(|i| {
                    let scale = x.row(i).iter().fold(0.0_f32, |m, v| m.max(v.abs()));
                    let pairs = y.row(i).iter().zip(expected.row(i));
                    pairs.map(|(a, b)| f64::from((a - b) / scale).powi(2)).sum::<f64>()
                });
                ((squares.sum::<f64>() / (64.0 * 24.0)).sqrt(), found)
            };
            let (fixed, nothing) = error(AdcCalibration::Fixed);
            assert_eq!(nothing.conversions, 0);
            let (least, found) = error(AdcCalibration::LeastError { range_of });
            assert!(least <= fixed * 1.001, "{range_of:?} {adc_range}: {least} against {fixed}");
            assert_eq!(found.conversions, 64 * 24);
            assert!(
                (found.rms_error() / least - 1.0).abs() < 0.01,
                "{} reported, {least}",
                found.rms_error()
            );
            assert!((found.fixed_rms_error() / fixed - 1.0).abs() < 0.01);
            let (all, _) = error(AdcCalibration::Percentile { percentile: 100.0, range_of });
            assert!(least <= all * 1.001 && all < fixed.max(1.1 * least) * 1.5, "{all} {fixed}");
        }
    }
    // The range of the hundredth percentile is the largest magnitude, and columns have their own.
    let periphery = PeripheryConfig {
        adc_calibration: AdcCalibration::Percentile { percentile: 100.0, range_of: RangeOf::Column },
        ..PeripheryConfig::default()
    };
    let mut analog = exact(&weights, design(64, periphery), 0.0);
    let found = analog.calibrate_reads(&x, false);
    assert!(found.smallest_range < found.largest_range);
    analog.forward(Inputs::Dense(&x));
    assert_eq!(analog.activity().adc_clipped, 0);
}

/// A full scale of one line is the same for any number of them: 2.5 weights at full input.
#[test]
fn a_range_of_one_line_does_not_grow_with_the_lines() {
    for lines in [4, 40] {
        let weights = Matrix::from_fn(1, lines, |_, _| RANGE);
        for (driven, clipped) in [(2, 0), (3, 1)] {
            let periphery = PeripheryConfig {
                adc_range: 2.5,
                adc_calibration: AdcCalibration::OneLine,
                ..PeripheryConfig::default()
            };
            let x = Matrix::from_fn(1, lines, |_, j| f32::from(u8::from(j < driven)));
            let mut analog = exact(&weights, design(64, periphery), 0.0);
            let y = analog.forward(Inputs::Dense(&x));
            assert_eq!(analog.activity().adc_clipped, clipped, "{lines} {driven}");
            let expected = RANGE * (driven as f32).min(2.5);
            assert!((y.row(0)[0] - expected).abs() < 2.5 * RANGE / 127.0, "{lines} {driven}: {:?}", y.row(0));
        }
    }
}

/// Codes minus codes of the dummy column are whole, and weights of zero give zero exactly.
#[test]
fn a_converted_offset_leaves_whole_codes() {
    let weights =
        Matrix::from_fn(12, 50, |k, j| if k == 0 { 0.0 } else { ((7 * k + 3 * j) % 19) as f32 - 9.0 });
    let x = Matrix::from_fn(20, 50, |i, j| f32::from(u8::from((i + 3 * j) % (2 + i % 4) == 0)));
    let off_code = |offset_converted: bool| {
        let periphery = PeripheryConfig {
            adc_bits: 9,
            adc_range: 2.5,
            adc_calibration: AdcCalibration::AllLines,
            offset_converted,
            ..PeripheryConfig::default()
        };
        let mut config = design(64, periphery);
        config.scheme.weight = WeightCells::Offset;
        let mut analog = exact(&weights, config, 0.0);
        let y = analog.forward(Inputs::Dense(&x));
        assert_eq!(analog.activity().adc_clipped, 0);
        let step = 2.5 * RANGE * 50.0 / 255.0;
        let expected = product((&x, Op::Plain), (&weights, Op::Transposed));
        assert!(largest_difference(&y, &expected) < 1.01 * step);
        let none = y.iter_rows().map(|row| row[0].abs()).fold(0.0_f32, f32::max);
        let off = y.as_slice().iter().map(|v| (v / step - (v / step).round()).abs()).fold(0.0_f32, f32::max);
        (off, none / step)
    };
    let (off, none) = off_code(true);
    assert!(off < 1e-3 && none < 1e-3, "{off} {none}");
    let (off, none) = off_code(false);
    assert!(off > 0.3 && none > 0.1, "{off} {none}");
}

#[test]
fn the_first_batch_calibrates_where_nothing_else_did() {
    let weights = whole(24, 60, 90, 10);
    let (x, e) = (random(64, 60, 11), random(30, 24, 12));
    let periphery = PeripheryConfig {
        adc_range: 1e-3,
        adc_calibration: AdcCalibration::Percentile { percentile: 100.0, range_of: RangeOf::Tile },
        ..PeripheryConfig::default()
    };
    let mut analog = exact(&weights, design(64, periphery), 0.0);
    for (ours, plain) in both(&mut analog, &weights, &x, &e) {
        let size = plain.as_slice().iter().fold(0.0_f32, |m, v| m.max(v.abs()));
        assert!(largest_difference(&ours, &plain) < 0.02 * size);
    }
    assert_eq!(analog.activity().adc_clipped, 0);
}

#[test]
fn mismatch_belongs_to_the_converter() {
    let weights = whole(30, 20, 90, 13);
    let x = random(400, 20, 14);
    let periphery = PeripheryConfig { adc_gain_mismatch: 0.05, adc_offset_mismatch: 0.02, ..ideal() };
    let mut analog = exact(&weights, design(64, periphery), 0.0);
    let y = analog.forward(Inputs::Dense(&x));
    let expected = product((&x, Op::Plain), (&weights, Op::Transposed));
    let (mut gains, mut offsets) = (Vec::new(), Vec::new());
    for k in 0..30 {
        // Least squares of ours = gain · expected + offset · largest input, sample by sample.
        let rows = (0..400).map(|i| {
            let scale = x.row(i).iter().fold(0.0_f32, |m, v| m.max(v.abs()));
            (f64::from(expected.row(i)[k] / scale), f64::from(y.row(i)[k] / scale))
        });
        let points: Vec<(f64, f64)> = rows.collect();
        let n = points.len() as f64;
        let (mx, my) =
            (points.iter().map(|p| p.0).sum::<f64>() / n, points.iter().map(|p| p.1).sum::<f64>() / n);
        let gain = points.iter().map(|p| (p.0 - mx) * (p.1 - my)).sum::<f64>()
            / points.iter().map(|p| (p.0 - mx).powi(2)).sum::<f64>();
        let residual = points.iter().map(|p| (p.1 - my - gain * (p.0 - mx)).abs()).fold(0.0, f64::max);
        assert!(residual < 0.05, "a straight line: {residual}");
        gains.push(gain);
        offsets.push((my - gain * mx) / (f64::from(RANGE) * 20_f64.sqrt()));
    }
    let ((gain, gain_spread), (offset, offset_spread)) = (moments(&gains), moments(&offsets));
    assert!((gain - 1.0).abs() < 0.05 && offset.abs() < 0.02, "{gain} {offset}");
    assert!(
        (0.6..1.5).contains(&(gain_spread.sqrt() / 0.05))
            && (0.6..1.5).contains(&(offset_spread.sqrt() / 0.02))
    );
    // Drivers too: the product of the weights with scaled inputs.
    let periphery = PeripheryConfig { dac_gain_mismatch: 0.05, ..ideal() };
    let mut analog = exact(&weights, design(64, periphery), 0.0);
    let unit = Matrix::from_fn(20, 20, |i, j| f32::from(u8::from(i == j)));
    let y = analog.forward(Inputs::Dense(&unit));
    let gains: Vec<f64> = (0..20)
        .map(|j| {
            f64::from(y.row(j).iter().zip(0..).map(|(y, k)| y * weights.row(k)[j]).sum::<f32>())
                / f64::from((0..30).map(|k| weights.row(k)[j].powi(2)).sum::<f32>())
        })
        .collect();
    let (gain, spread) = moments(&gains);
    assert!((gain - 1.0).abs() < 0.06 && (0.5..1.6).contains(&(spread.sqrt() / 0.05)), "{gain} {spread}");
}

/// Drivers have one gain and one offset each, in whatever way they code their inputs: y = W (x (1 + g) + o m) with m
/// the largest input. Both are read with an identity, driven by amplitude.
#[test]
fn mismatch_of_drivers_acts_in_every_encoding() {
    let lines = 12;
    let periphery = |encoding| PeripheryConfig {
        encoding,
        dac_bits: 7,
        adc_bits: 0,
        dac_gain_mismatch: 0.05,
        dac_offset_mismatch: 0.02,
        ..PeripheryConfig::default()
    };
    let diagonal = Matrix::from_fn(lines, lines, |k, j| if k == j { 50.0 } else { 0.0 });
    let mut drivers = exact(&diagonal, design(64, periphery(Encoding::Amplitude)), 0.0);
    let eye = Matrix::from_fn(lines, lines, |i, j| f32::from(u8::from(i == j)));
    let y = drivers.forward(Inputs::Dense(&eye));
    let offset = |j: usize| y.row(usize::from(j == 0))[j] / 50.0;
    let gain = |j: usize| y.row(j)[j] / 50.0 - offset(j) - 1.0;
    assert!((0..lines).any(|j| gain(j).abs() > 0.03) && (0..lines).any(|j| offset(j).abs() > 0.01));
    let weights = whole(9, lines, 90, 21);
    let mut x = whole(6, lines, 63, 22);
    (0..6).for_each(|i| x.row_mut(i)[0] = 63.0);
    let driven = Matrix::from_fn(6, lines, |i, j| x.row(i)[j] * (1.0 + gain(j)) + 63.0 * offset(j));
    let expected = product((&driven, Op::Plain), (&weights, Op::Transposed));
    let plain = product((&x, Op::Plain), (&weights, Op::Transposed));
    let size = plain.as_slice().iter().fold(0.0_f32, |m, v| m.max(v.abs()));
    assert!(largest_difference(&expected, &plain) > 0.01 * size);
    for encoding in
        [Encoding::Amplitude, Encoding::PulseWidth, Encoding::BitSerial, Encoding::BitSerialAnalog]
    {
        let mut analog = exact(&weights, design(64, periphery(encoding)), 0.0);
        let ours = analog.forward(Inputs::Dense(&x));
        let error = largest_difference(&ours, &expected);
        assert!(error < 1e-4 * size, "{encoding:?}: {error} of {size}");
    }
}

#[test]
fn integrators_bend_and_saturate() {
    let weights = Matrix::from_vec(1, 1, vec![100.0]).unwrap();
    let x = Matrix::from_vec(3, 1, vec![1.0, -2.0, 0.0]).unwrap();
    // One line: the full scale is the weight range; the only input is driven in full.
    for (bend, saturation, share) in
        [(0.25, 0.0, 1.0 / 1.25), (0.0, 0.5, 0.5), (1.0, 0.4, 0.4), (0.0, 0.0, 1.0)]
    {
        let periphery =
            PeripheryConfig { integrator_nonlinearity: bend, integrator_saturation: saturation, ..ideal() };
        let mut analog = exact(&weights, design(64, periphery), 0.0);
        let y = analog.forward(Inputs::Dense(&x));
        for (ours, x) in y.as_slice().iter().zip(x.as_slice()) {
            assert!((ours - 100.0 * share * x).abs() < 1e-3, "{bend} {saturation}: {ours}");
        }
        let saturated = if saturation > 0.0 { 2 } else { 0 };
        assert_eq!(analog.activity().adc_clipped, saturated);
    }
}

#[test]
fn designs_that_cannot_be_built_are_named() {
    let base = PeripheryConfig::default();
    let serial = PeripheryConfig { encoding: Encoding::BitSerial, ..base.clone() };
    for (periphery, field, expected) in [
        (PeripheryConfig { dac_bits: 1, ..base.clone() }, "periphery.dac_bits", "0 (ideal) or from 2 to 16"),
        (PeripheryConfig { dac_bits: 0, ..serial.clone() }, "periphery.dac_bits", "bit-serial"),
        (
            PeripheryConfig { bound_management_rounds: 3, ..serial },
            "periphery.bound_management_rounds",
            "full",
        ),
        (
            PeripheryConfig { bound_management_rounds: 3, ..ideal() },
            "periphery.bound_management_rounds",
            "nothing is out of range",
        ),
        (PeripheryConfig { output_noise: -0.1, ..base.clone() }, "periphery.output_noise", "from 0 to 100"),
        (
            PeripheryConfig { read_temperature: Some(-1.0), ..base.clone() },
            "periphery.read_temperature",
            "above 0",
        ),
        (
            PeripheryConfig { noise_management: NoiseManagement::Constant { largest: 0.0 }, ..base },
            "periphery.noise_management.largest",
            "from",
        ),
    ] {
        let error = design(64, periphery).check().unwrap_err();
        assert_eq!(error.field, field);
        assert!(error.to_string().contains(expected), "{error}");
    }
    let mut config = AnalogConfig::default();
    config.wires.bit_line_segment = f64::NAN;
    assert_eq!(config.check().unwrap_err().field, "wires.bit_line_segment");
}

#[test]
fn the_same_bits_at_any_number_of_threads() {
    let weights = whole(70, 90, 90, 15);
    let (x, e) = (random(20, 90, 16), random(20, 70, 17));
    let periphery =
        PeripheryConfig { output_noise: 0.1, adc_gain_mismatch: 0.01, ..PeripheryConfig::default() };
    let run = || {
        let mut analog = exact(&weights, design(32, periphery.clone()), 0.02);
        (analog.forward(Inputs::Dense(&x)), analog.backward(&e), analog.activity())
    };
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    assert_eq!(pool(1).install(run), pool(3).install(run));
}
