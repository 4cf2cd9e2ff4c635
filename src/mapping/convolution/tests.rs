use numerics::matrix::Matrix;
use numerics::rng::{Purpose, Stream};
use proptest::prelude::*;

use super::{Convolution, ConvolutionShape, ConvolutionalSynapses};
use crate::mapping::ideal::IdealHardware;

fn random(rows: usize, columns: usize, key: u64) -> Matrix {
    let mut stream = Stream::new(7, Purpose::Pattern, key, 0);
    Matrix::from_fn(rows, columns, |_, _| stream.normal() as f32)
}

/// The convolution as its sum says, in f64; no code shared with the mapping.
fn direct(shape: &ConvolutionShape, kernel: &Matrix, image: &[f32]) -> Vec<f64> {
    let (rows, columns) = (shape.output(0), shape.output(1));
    let (channels, filters) = (shape.channels / shape.groups, shape.filters / shape.groups);
    let mut out = Vec::new();
    for f in 0..shape.filters {
        for a in 0..rows {
            for b in 0..columns {
                let mut sum = 0.0;
                for c in 0..channels {
                    for i in 0..shape.kernel[0] {
                        for j in 0..shape.kernel[1] {
                            let y = (a * shape.stride[0] + i).checked_sub(shape.padding[0]);
                            let x = (b * shape.stride[1] + j).checked_sub(shape.padding[1]);
                            let (Some(y), Some(x)) = (y, x) else { continue };
                            if y >= shape.height || x >= shape.width {
                                continue;
                            }
                            let channel = f / filters * channels + c;
                            let pixel = image[(channel * shape.height + y) * shape.width + x];
                            let weight = kernel.row(f)[(c * shape.kernel[0] + i) * shape.kernel[1] + j];
                            sum += f64::from(pixel) * f64::from(weight);
                        }
                    }
                }
                out.push(sum);
            }
        }
    }
    out
}

fn shapes() -> impl Strategy<Value = ConvolutionShape> {
    let pair = |most: usize| [1..=most, 1..=most];
    let channels = (1_usize..=3, 1_usize..=3, 1_usize..=2);
    (channels, [3_usize..=8, 3_usize..=8], pair(3), pair(3), [0_usize..=2, 0_usize..=2], pair(3)).prop_map(
        |((channels, filters, groups), [height, width], kernel, stride, padding, copies)| {
            let mut shape = ConvolutionShape {
                channels: channels * groups,
                height,
                width,
                filters: filters * groups,
                kernel,
                stride,
                padding,
                groups,
                copies,
            };
            shape.copies = [0, 1].map(|axis| copies[axis].min(shape.output(axis)));
            shape
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_mapping_is_the_convolution(shape in shapes()) {
        let convolution = Convolution::new(shape).unwrap();
        let (rows, columns) = convolution.kernel_shape();
        let kernel = random(rows, columns, 1);
        let images = random(2, convolution.image_len(), 2);
        let mut synapses = ConvolutionalSynapses::new(convolution, &IdealHardware, 0, 0);
        synapses.program(&kernel);
        let results = synapses.forward(&images);
        for (result, image) in results.iter_rows().zip(images.iter_rows()) {
            for (a, b) in result.iter().zip(direct(&shape, &kernel, image)) {
                prop_assert!((f64::from(*a) - b).abs() < 1e-4, "{a} against {b}");
            }
        }
        let products = 2 * shape.groups * convolution.products_per_image();
        prop_assert_eq!(synapses.activity().products, products as u64);
        for (a, b) in synapses.weights().as_slice().iter().zip(kernel.as_slice()) {
            prop_assert!((a - b).abs() < 1e-6 * (1.0 + b.abs()), "{a} against {b}");
        }
        // y·e = x·(backward e) and the same for the kernel: both are gradients of the product.
        let errors = random(2, convolution.output_len(), 3);
        let dot = |a: &Matrix, b: &Matrix| -> f64 {
            a.as_slice().iter().zip(b.as_slice()).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
        };
        let loss = dot(&results, &errors);
        let scale = 1e-5 * results.as_slice().len() as f64 * 10.0;
        prop_assert!((dot(&images, &synapses.backward(&errors)) - loss).abs() < scale);
        prop_assert!((dot(&kernel, &synapses.gradient(&synapses.unroll(&images), &synapses.distribute(&errors))) - loss).abs() < scale);
    }

    #[test]
    fn updates_of_all_mappings_agree(shape in shapes()) {
        let change = |shape: ConvolutionShape| {
            let convolution = Convolution::new(shape).unwrap();
            let mut synapses = ConvolutionalSynapses::new(convolution, &IdealHardware, 0, 0);
            let images = random(2, convolution.image_len(), 2);
            synapses.update(&images, &random(2, convolution.output_len(), 3), 0.1);
            synapses.weights()
        };
        let (unrolled, shifted) = (change(ConvolutionShape { copies: [1, 1], ..shape }), change(shape));
        for (a, b) in unrolled.as_slice().iter().zip(shifted.as_slice()) {
            prop_assert!((a - b).abs() < 1e-3 * (1.0 + a.abs()), "{a} against {b}");
        }
    }
}

#[test]
fn copies_trade_cells_for_products() {
    // LeNet's first layer: 28 × 28, six filters 5 × 5; 24 × 24 positions.
    let shape = ConvolutionShape::new([1, 28, 28], 6, [5, 5]);
    let unrolled = Convolution::new(shape).unwrap();
    let shifted = Convolution::new(ConvolutionShape { copies: [4, 4], ..shape }).unwrap();
    assert_eq!((unrolled.matrix_shape(), unrolled.products_per_image()), ((6, 25), 576));
    assert_eq!((shifted.matrix_shape(), shifted.products_per_image()), ((96, 64), 36));
    assert_eq!(unrolled.output_shape(), [6, 24, 24]);
}

#[test]
fn impossible_shapes_are_refused_by_name() {
    let shape = ConvolutionShape::new([3, 8, 8], 4, [3, 3]);
    let refused = |shape: ConvolutionShape| Convolution::new(shape).unwrap_err().to_string();
    assert_eq!(
        refused(ConvolutionShape { groups: 2, ..shape }),
        "groups is 2, but must be a divisor of both 3 channels and 4 filters, 1 or more"
    );
    assert_eq!(refused(ConvolutionShape { kernel: [9, 3], ..shape }), "kernel is 9, but must be from 1 to 8");
    assert_eq!(refused(ConvolutionShape { copies: [1, 7], ..shape }), "copies is 7, but must be from 1 to 6");
    assert_eq!(
        refused(ConvolutionShape { stride: [0, 1], ..shape }),
        "stride is 0, but must be from 1 to 65536"
    );
}
