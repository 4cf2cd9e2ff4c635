//! Fully connected networks from a safetensors file alone.
//!
//! A PyTorch state dict names parameters, not what happens between them. Two-dimensional weights whose
//! sizes follow each other are taken as dense layers in the natural order of their names (fc2 before fc10),
//! with a ReLU between: the multilayer perceptron. Anything else needs a description.
//!
//! Pinned by: the tests below.

use std::path::Path;

use safetensors::tensor::SafeTensors;

use crate::learning::network::architecture::{Architecture, LayerSpec};
use crate::learning::network::error::NetworkError;
use crate::learning::network::saved::{SavedNetwork, load, read_parameters};

/// Reads a file of parameters of a multilayer perceptron.
pub(super) fn read(path: &Path) -> Result<SavedNetwork, NetworkError> {
    let fault = |message: String| NetworkError::Content { path: path.to_owned(), message };
    let bytes = load(path)?;
    let file = SafeTensors::deserialize(&bytes)
        .map_err(|error| fault(format!("not a safetensors file: {error}")))?;
    let shapes: Vec<(String, Vec<usize>)> =
        file.iter().map(|(name, view)| (name.to_owned(), view.shape().to_vec())).collect();
    let architecture = architecture(&shapes).map_err(|message| {
        fault(format!("{message}; write a description (.json) of the network and name that file"))
    })?;
    let parameters = read_parameters(&architecture, path)?;
    Ok(SavedNetwork { architecture, parameters })
}

/// Digits as numbers, everything else as text.
fn natural(name: &str) -> Vec<(String, u64)> {
    let mut parts = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let text = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let digits = rest[text..].find(|c: char| !c.is_ascii_digit()).map_or(rest.len(), |end| text + end);
        parts.push((rest[..text].to_owned(), rest[text..digits].parse().unwrap_or(0)));
        rest = &rest[digits..];
    }
    parts
}

fn architecture(shapes: &[(String, Vec<usize>)]) -> Result<Architecture, String> {
    let mut weights = Vec::new();
    for (name, shape) in shapes {
        match (name.strip_suffix(".weight"), shape.as_slice()) {
            (Some(layer), [outputs, inputs]) => weights.push((layer.to_owned(), *outputs, *inputs)),
            (Some(_), _) => {
                return Err(format!("\"{name}\" of shape {shape:?} is not of a fully connected layer"));
            }
            (None, [_]) if name.strip_suffix(".bias").is_some() => {}
            (None, _) => return Err(format!("\"{name}\" is not known")),
        }
    }
    weights.sort_by_key(|(name, ..)| natural(name));
    let Some((_, _, inputs)) = weights.first() else {
        return Err("it holds no weights".to_owned());
    };
    let input = [*inputs, 1, 1];
    let mut layers: Vec<LayerSpec> = Vec::new();
    let mut before = *inputs;
    for (name, outputs, inputs) in weights {
        if inputs != before {
            return Err(format!("\"{name}.weight\" takes {inputs} numbers, but {before} come before it"));
        }
        if !layers.is_empty() {
            layers.push(LayerSpec::Relu);
        }
        let bias = shapes.iter().any(|(other, _)| *other == format!("{name}.bias"));
        layers.push(LayerSpec::Dense { outputs, bias, name: Some(name) });
        before = outputs;
    }
    Ok(Architecture { input, layers })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn of(list: &[(&str, &[usize])]) -> Result<Architecture, String> {
        architecture(
            &list.iter().map(|(name, shape)| ((*name).to_owned(), shape.to_vec())).collect::<Vec<_>>(),
        )
    }

    #[test]
    fn layers_stand_in_the_natural_order_of_their_names() {
        let list: [(&str, &[usize]); 5] = [
            ("fc10.weight", &[3, 5]),
            ("fc1.bias", &[4]),
            ("fc2.weight", &[5, 4]),
            ("fc1.weight", &[4, 6]),
            ("fc2.bias", &[5]),
        ];
        let network = of(&list).unwrap();
        assert_eq!(network.input, [6, 1, 1]);
        let names: Vec<String> = network.weighted().map(|(_, name)| name).collect();
        assert_eq!(names, ["fc1", "fc2", "fc10"]);
        assert!(matches!(network.layers[4], LayerSpec::Dense { outputs: 3, bias: false, .. }));
        assert_eq!(network.layers[1], LayerSpec::Relu);
    }

    #[test]
    fn what_is_no_perceptron_needs_a_description() {
        let refuse = |list: &[(&str, &[usize])], words: &str| {
            let error = of(list).unwrap_err();
            assert!(error.contains(words), "{error}");
        };
        refuse(&[("conv1.weight", &[4, 1, 3, 3])], "conv1.weight");
        refuse(&[("fc1.weight", &[4, 6]), ("fc2.weight", &[3, 5])], "takes 5 numbers, but 4");
        refuse(&[("fc1.weight", &[4, 6]), ("bn.running_mean", &[4])], "bn.running_mean");
        refuse(&[], "no weights");
    }
}
