//! Hand-written gradients against central differences of a second implementation.
//!
//! [`reference`] is the forward pass and the loss once more, in `f64`, one sample at a time, from the
//! definitions of the layers. Both must give the same loss, and each single gradient must equal the
//! difference quotient of the reference.
#![allow(clippy::unwrap_used)]

use numerics::matrix::Matrix;
use numerics::rng::{Purpose, Stream};

use super::architecture::{Architecture, Kernels, LayerSpec, Shape, Window};
use super::model::Network;
use super::parameters::Parameters;
use super::train::loss_and_gradients;
use crate::mapping::IdealHardware;

const STEP: f64 = 1e-5;
/// Largest deviation over the largest gradient of the group: rounding of `f32`.
const TOLERANCE: f64 = 2e-6;

/// Number of channel c, row i, column j (which may lie outside) of an image.
fn pixel(x: &[f64], [_, rows, columns]: Shape, c: usize, i: isize, j: isize) -> Option<f64> {
    let inside = |v: isize, most: usize| usize::try_from(v).ok().filter(|v| *v < most);
    Some(x[(c * rows + inside(i, rows)?) * columns + inside(j, columns)?])
}

fn pooled(window: &Window, x: &[f64], input: Shape, output: Shape, largest: bool) -> Vec<f64> {
    let [step, pad] = [window.steps(), window.padding];
    let mut y = Vec::new();
    for c in 0..output[0] {
        for a in 0..output[1] {
            for b in 0..output[2] {
                let at = |v: usize, axis: usize, k: usize| {
                    (v * step[axis] + k).cast_signed() - pad[axis].cast_signed()
                };
                let under: Vec<f64> = (0..window.size[0])
                    .flat_map(|i| (0..window.size[1]).map(move |j| (i, j)))
                    .filter_map(|(i, j)| pixel(x, input, c, at(a, 0, i), at(b, 1, j)))
                    .collect();
                let count = if window.count_padding { window.size[0] * window.size[1] } else { under.len() };
                y.push(if largest {
                    under.iter().copied().fold(f64::NEG_INFINITY, f64::max)
                } else {
                    under.iter().sum::<f64>() / count as f64
                });
            }
        }
    }
    y
}

fn convolved(
    kernels: &Kernels,
    x: &[f64],
    input: Shape,
    output: Shape,
    (w, b): (&[f64], &[f64]),
) -> Vec<f64> {
    let [height, width] = kernels.kernel;
    let (channels, filters) = (input[0] / kernels.groups, kernels.filters / kernels.groups);
    let mut y = Vec::new();
    for f in 0..output[0] {
        for a in 0..output[1] {
            for c in 0..output[2] {
                let mut sum = b.get(f).copied().unwrap_or(0.0);
                for channel in 0..channels {
                    for i in 0..height {
                        for j in 0..width {
                            let row =
                                (a * kernels.stride[0] + i).cast_signed() - kernels.padding[0].cast_signed();
                            let column =
                                (c * kernels.stride[1] + j).cast_signed() - kernels.padding[1].cast_signed();
                            let from = f / filters * channels + channel;
                            let value = pixel(x, input, from, row, column).unwrap_or(0.0);
                            sum += w[((f * channels + channel) * height + i) * width + j] * value;
                        }
                    }
                }
                y.push(sum);
            }
        }
    }
    y
}

/// Parameters in `f64`: weights and biases of each layer in turn.
type Groups = Vec<Vec<f64>>;

fn logits(architecture: &Architecture, groups: &Groups, x: &[f32]) -> Vec<f64> {
    let shapes = architecture.shapes().unwrap();
    let mut x: Vec<f64> = x.iter().map(|v| f64::from(*v)).collect();
    let mut group = groups.chunks_exact(2);
    for (k, layer) in architecture.layers.iter().enumerate() {
        let (input, output) = (shapes[k], shapes[k + 1]);
        let whole =
            Window { size: [input[1], input[2]], stride: None, padding: [0, 0], count_padding: false };
        x = match layer {
            LayerSpec::Dense { outputs, .. } => {
                let own = group.next().unwrap();
                let product =
                    |k: usize| x.iter().enumerate().map(|(j, v)| own[0][k * x.len() + j] * v).sum::<f64>();
                (0..*outputs).map(|k| product(k) + own[1].get(k).copied().unwrap_or(0.0)).collect()
            }
            LayerSpec::Convolution(kernels) => {
                let own = group.next().unwrap();
                convolved(kernels, &x, input, output, (&own[0], &own[1]))
            }
            LayerSpec::Relu => x.iter().map(|v| v.max(0.0)).collect(),
            LayerSpec::Sigmoid => x.iter().map(|v| 1.0 / (1.0 + (-v).exp())).collect(),
            LayerSpec::Tanh => x.iter().map(|v| v.tanh()).collect(),
            LayerSpec::Softmax => {
                let sum: f64 = x.iter().map(|v| v.exp()).sum();
                x.iter().map(|v| v.exp() / sum).collect()
            }
            LayerSpec::MaxPool(window) => pooled(window, &x, input, output, true),
            LayerSpec::AveragePool(window) => pooled(window, &x, input, output, false),
            LayerSpec::GlobalAveragePool => pooled(&whole, &x, input, output, false),
            LayerSpec::GlobalMaxPool => pooled(&whole, &x, input, output, true),
            LayerSpec::Flatten => x,
            LayerSpec::Normalise { mean, deviation } => {
                let area = input[1] * input[2];
                let of = |v: &[f32], i: usize| f64::from(v[i / area]);
                x.iter().enumerate().map(|(i, v)| (v - of(mean, i)) / of(deviation, i)).collect()
            }
        };
    }
    x
}

fn loss(architecture: &Architecture, groups: &Groups, x: &Matrix, labels: &[u8]) -> f64 {
    let per_sample = x.iter_rows().zip(labels).map(|(row, label)| {
        let a = logits(architecture, groups, row);
        a.iter().map(|v| v.exp()).sum::<f64>().ln() - a[usize::from(*label)]
    });
    per_sample.sum::<f64>() / labels.len() as f64
}

fn groups(parameters: &Parameters) -> Groups {
    let exact = |values: &[f32]| values.iter().map(|v| f64::from(*v)).collect::<Vec<f64>>();
    parameters
        .iter()
        .flat_map(|own| [exact(own.weight.as_slice()), exact(own.bias.as_deref().unwrap_or_default())])
        .collect()
}

fn check(input: Shape, layers: &str) {
    let text = format!(r#"{{ "input": {input:?}, "layers": [{layers}] }}"#);
    let architecture: Architecture = serde_json::from_str(&text).unwrap();
    let parameters = architecture.initial_parameters(11).unwrap();
    let mut stream = Stream::new(2, Purpose::Pattern, 0, 0);
    let x = Matrix::from_fn(3, input.iter().product(), |_, _| stream.normal() as f32);
    let labels = [0, 2, 1];
    let mut network = Network::new(&architecture, &IdealHardware, 0, 0).unwrap();
    network.program(&parameters);
    let (value, gradients) = loss_and_gradients(&mut network, x.clone(), &labels);
    let mut exact = groups(&parameters);
    let expected = loss(&architecture, &exact, &x, &labels);
    assert!((value - expected).abs() < 1e-6 * expected, "{layers}: loss {value} against {expected}");
    for (k, by_hand) in groups(&gradients).into_iter().enumerate() {
        let largest = by_hand.iter().fold(0.0_f64, |m, g| m.max(g.abs()));
        assert!(largest > 0.0 || by_hand.is_empty(), "{layers}: group {k} gets no gradient");
        for (i, own) in by_hand.iter().enumerate() {
            let kept = exact[k][i];
            let mut at = |v: f64| {
                exact[k][i] = v;
                loss(&architecture, &exact, &x, &labels)
            };
            let quotient = (at(kept + STEP) - at(kept - STEP)) / (2.0 * STEP);
            exact[k][i] = kept;
            let error = (own - quotient).abs() / largest;
            assert!(error < TOLERANCE, "{layers}: group {k}, number {i}: {own} against {quotient}");
        }
    }
}

#[test]
fn fully_connected_layers_and_activations() {
    for activation in ["relu", "sigmoid", "tanh", "softmax"] {
        let layers = format!(
            r#"{{ "kind": "normalise", "mean": [0.3], "deviation": [0.7] }}, {{ "kind": "dense", "outputs": 7 }},
            {{ "kind": "{activation}" }}, {{ "kind": "dense", "outputs": 5, "bias": false }}, {{ "kind": "{activation}" }},
            {{ "kind": "dense", "outputs": 3 }}"#
        );
        check([1, 2, 3], &layers);
    }
}

#[test]
fn convolutions_with_stride_padding_groups_and_copies() {
    check(
        [2, 6, 5],
        r#"{ "kind": "convolution", "filters": 4, "kernel": [3, 2], "stride": [1, 2], "padding": [1, 0] },
        { "kind": "tanh" },
        { "kind": "convolution", "filters": 6, "kernel": [2, 2], "groups": 2, "copies": [2, 1], "bias": false },
        { "kind": "flatten" }, { "kind": "dense", "outputs": 3 }"#,
    );
}

#[test]
fn pooling_of_every_kind() {
    let before =
        r#"{ "kind": "convolution", "filters": 3, "kernel": [2, 2], "padding": [1, 1] }, { "kind": "tanh" }"#;
    for pool in [
        r#"{ "kind": "max_pool", "size": [2, 2] }"#,
        r#"{ "kind": "max_pool", "size": [3, 2], "stride": [1, 2], "padding": [1, 1] }"#,
        r#"{ "kind": "average_pool", "size": [3, 3], "stride": [2, 2], "padding": [1, 1] }"#,
        r#"{ "kind": "average_pool", "size": [2, 2], "stride": [1, 1], "padding": [1, 1], "count_padding": true }"#,
        r#"{ "kind": "global_average_pool" }"#,
        r#"{ "kind": "global_max_pool" }"#,
    ] {
        check([1, 5, 4], &format!(r#"{before}, {pool}, {{ "kind": "dense", "outputs": 3 }}"#));
    }
}

#[test]
fn forward_passes_equal_the_reference_and_judging_does_not_depend_on_a_last_softmax() {
    let layers =
        r#"{ "kind": "dense", "outputs": 4 }, { "kind": "sigmoid" }, { "kind": "dense", "outputs": 3 }"#;
    let read = |layers: &str| -> Architecture {
        serde_json::from_str(&format!(r#"{{ "input": [1, 1, 5], "layers": [{layers}] }}"#)).unwrap()
    };
    let architecture = read(&format!(r#"{layers}, {{ "kind": "softmax" }}"#));
    let parameters = architecture.initial_parameters(4).unwrap();
    let x = Matrix::from_fn(6, 5, |i, j| ((i * 7 + j * 3) % 5) as f32 - 2.0);
    let outputs = |architecture: &Architecture| {
        let mut network = Network::new(architecture, &IdealHardware, 0, 0).unwrap();
        network.program(&parameters);
        network.forward(&x)
    };
    let y = outputs(&architecture);
    for (row, x) in y.iter_rows().zip(x.iter_rows()) {
        for (own, exact) in row.iter().zip(logits(&architecture, &groups(&parameters), x)) {
            assert!((f64::from(*own) - exact).abs() < 1e-6);
        }
    }
    let plain = outputs(&read(layers));
    let best = |m: &Matrix| -> Vec<usize> {
        m.iter_rows().map(|row| crate::learning::protocol::decide(row, &[true; 3])).collect()
    };
    assert_eq!(best(&y), best(&plain));
}
