#![allow(clippy::unwrap_used)]

use super::*;
use crate::learning::network::{Network, import::import};
use crate::mapping::IdealHardware;

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/networks")
}

fn matrix(rows: &serde_json::Value) -> Matrix {
    let rows: Vec<Vec<f32>> = serde_json::from_value(rows.clone()).unwrap();
    Matrix::from_vec(rows.len(), rows[0].len(), rows.concat()).unwrap()
}

#[test]
fn outputs_equal_those_of_the_reference_implementation() {
    let outputs: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder().join("outputs.json")).unwrap()).unwrap();
    for (name, case) in outputs.as_object().unwrap() {
        let saved = import(&folder().join(format!("{name}.onnx")), None).unwrap();
        let mut network = Network::new(&saved.architecture, &IdealHardware, 0, 0).unwrap();
        network.program(&saved.parameters);
        let (y, expected) = (network.forward(&matrix(&case["x"])), matrix(&case["y"]));
        assert_eq!((y.rows(), y.columns()), (expected.rows(), expected.columns()), "{name}");
        let largest = expected.as_slice().iter().fold(0.0_f32, |m, v| m.max(v.abs()));
        for (own, exact) in y.as_slice().iter().zip(expected.as_slice()) {
            assert!((own - exact).abs() < 1e-5 * largest.max(1.0), "{name}: {own} against {exact}");
        }
    }
}

/// The perceptron with one operation changed.
fn changed(change: impl Fn(&mut GraphProto)) -> String {
    let bytes = std::fs::read(folder().join("perceptron.onnx")).unwrap();
    let mut graph = ModelProto::decode(bytes.as_slice()).unwrap().graph.unwrap();
    change(&mut graph);
    convert(&graph).map(drop).unwrap_err()
}

#[test]
fn what_is_not_known_is_refused_by_name() {
    let says = |message: String, words: &str| assert!(message.contains(words), "{message}");
    says(
        changed(|g| g.node[1].op_type = "Gelu".to_owned()),
        "operation Gelu (\"a1\"): this operation is not known",
    );
    says(changed(|g| g.node[1].domain = "com.example".to_owned()), "operations of \"com.example\"");
    says(changed(|g| g.node[1].input[0] = "x".to_owned()), "networks with branches are not known");
    says(changed(|g| g.node[3].input[1] = "h1".to_owned()), "\"h1\" is not a constant");
    // x + f(x), and the same the other way round: what networks of residual blocks export.
    for turned in [false, true] {
        let residual = changed(|g| {
            let before = g.node[1].input[0].clone();
            let after = g.node[1].output[0].clone();
            let mut input = vec![after.clone(), before];
            if turned {
                input.reverse();
            }
            let add = NodeProto {
                op_type: "Add".to_owned(),
                name: "skip".to_owned(),
                input,
                output: vec!["sum".to_owned()],
                ..NodeProto::default()
            };
            g.node[2].input[0] = "sum".to_owned();
            g.node.insert(2, add);
        });
        says(residual, "which is not a constant: residual connections are not known, only chains");
    }
    says(changed(|g| g.node[4].input[0] = "w3".to_owned()), "is not one number for each of 5 outputs");
    says(changed(|g| drop(g.node.remove(4))), "operation BatchNormalization");
    says(changed(|g| drop(g.node.pop())), "is not the end of the chain");
    says(changed(|g| g.initializer[0].data_location = 1), "in another file");
    says(changed(|g| g.initializer[0].data_type = 8), "ONNX type 8");
    says(changed(|g| g.initializer[0].dims[0] = 3), "168 bytes for the shape [3, 6] of 4 bytes each");
    says(
        changed(|g| {
            g.initializer[0].dims = vec![1 << 32, 1 << 32];
            g.initializer[0].raw_data.clear();
            g.initializer[0].float_data.clear();
        }),
        "0 numbers for the shape [4294967296, 4294967296]",
    );
    says(changed(|g| g.initializer[0].raw_data.push(0)), "169 bytes for the shape [7, 6] of 4 bytes each");
    says(
        changed(|g| {
            g.initializer[0].dims = vec![0, 1 << 40];
            g.initializer[0].raw_data.clear();
            g.initializer[0].float_data.clear();
        }),
        "are no matrix of 0 rows",
    );
    let turned = changed(|g| {
        let attributes = g.node[0].attribute.clone();
        g.node[7].attribute.extend(attributes);
    });
    says(turned, "its matrix takes 4 numbers, but 5 come before it");
    says(changed(|g| g.node[0].attribute.clear()), "its bias has 7 numbers for 6 outputs");
    says(changed(|g| g.input[0].r#type = None), "must be a batch of rows or of images");
}

/// A parameter that is no number, whatever the file is.
#[test]
fn parameters_that_are_no_numbers_are_named() {
    let bytes = std::fs::read(folder().join("perceptron.onnx")).unwrap();
    let mut model = ModelProto::decode(bytes.as_slice()).unwrap();
    let weight = &mut model.graph.as_mut().unwrap().initializer[0].raw_data;
    weight[..4].copy_from_slice(&f32::NAN.to_le_bytes());
    let file = tempfile::Builder::new().suffix(".onnx").tempfile().unwrap();
    std::fs::write(file.path(), model.encode_to_vec()).unwrap();
    let error = import(file.path(), None).map(drop).unwrap_err().to_string();
    assert!(error.contains("a number NaN in \"0.weight\"") && error.contains(".onnx"), "{error}");

    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("net.safetensors");
    let numbers = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
    let (weight, bias) = (numbers(&[1.0, 2.0]), numbers(&[f32::NEG_INFINITY]));
    let view = |shape: &[usize], bytes| {
        safetensors::tensor::TensorView::new(safetensors::Dtype::F32, shape.to_vec(), bytes).unwrap()
    };
    let tensors = [("fc.weight", view(&[1, 2], &weight)), ("fc.bias", view(&[1], &bias))];
    std::fs::write(&path, safetensors::serialize(tensors, None).unwrap()).unwrap();
    let error = import(&path, None).map(drop).unwrap_err().to_string();
    assert!(error.contains("a number -inf in \"fc.bias\"") && error.contains("net.safetensors"), "{error}");
}

#[test]
fn other_files_are_refused() {
    let message = |name: &str| import(&folder().join(name), None).map(drop).unwrap_err().to_string();
    assert!(message("make.py").contains("extension must be"));
    assert!(message("none.onnx").contains("cannot read"));
    let file = tempfile::Builder::new().suffix(".onnx").tempfile().unwrap();
    std::fs::write(file.path(), "{ \"text\": 1 }").unwrap();
    assert!(import(file.path(), None).map(drop).unwrap_err().to_string().contains("not an ONNX file"));
}
