//! Batch normalisation, folded into the layer before it.
//!
//! A trained network normalises with fixed numbers, y = γ (x − μ)/√(σ² + ε) + β for each channel. Behind a
//! layer x = W h + b this is the layer y = (s W) h + s (b − μ) + β with s = γ/√(σ² + ε) for each output
//! (S. Ioffe, C. Szegedy, ICML 2015, arXiv:1502.03167, section 3.1).
//!
//! Pinned by: the tests below, and the imported files of `onnx`.

use serde::Deserialize;
use serde_json::Value;

use crate::learning::network::LayerParameters;

/// Fixed numbers of a batch normalisation, one of each for every channel.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BatchNorm {
    pub(crate) scale: Vec<f32>,
    pub(crate) shift: Vec<f32>,
    pub(crate) mean: Vec<f32>,
    pub(crate) variance: Vec<f32>,
    pub(crate) epsilon: f64,
}

impl BatchNorm {
    /// Folds it into a layer, which has a bias from now on.
    ///
    /// # Errors
    /// When the channels do not fit.
    pub(crate) fn fold(&self, layer: &mut LayerParameters) -> Result<(), String> {
        let outputs = layer.weight.rows();
        let lengths = [&self.scale, &self.shift, &self.mean, &self.variance].map(Vec::len);
        if lengths != [outputs; 4] {
            return Err(format!(
                "a batch normalisation of {lengths:?} channels stands behind a layer of {outputs} outputs"
            ));
        }
        let bias = layer.bias.get_or_insert_with(|| vec![0.0; outputs]);
        for (k, b) in bias.iter_mut().enumerate() {
            let s = f64::from(self.scale[k]) / (f64::from(self.variance[k]) + self.epsilon).sqrt();
            for w in layer.weight.row_mut(k) {
                *w = (s * f64::from(*w)) as f32;
            }
            *b = (s * (f64::from(*b) - f64::from(self.mean[k])) + f64::from(self.shift[k])) as f32;
        }
        Ok(())
    }
}

/// A batch normalisation in a description: its name in the file of parameters, and which layer with weights
/// stands before it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) behind: usize,
    pub(crate) epsilon: f64,
}

/// `{ "kind": "batch_norm", "name": …, "epsilon": … }` in a description.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(rename = "kind")]
    _kind: String,
    name: Option<String>,
    #[serde(default = "usual")]
    epsilon: f64,
}

/// What PyTorch adds to the variance.
fn usual() -> f64 {
    1e-5
}

/// Takes the batch normalisations out of a description's layers. Layers with weights that have no name get
/// the position they had in the file.
pub(crate) fn take_batch_norms(description: &mut Value) -> Result<Vec<Named>, String> {
    let Some(layers) = description.get_mut("layers").and_then(Value::as_array_mut) else {
        return Ok(Vec::new());
    };
    let kind = |layer: &Value| layer.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
    if !layers.iter().any(|layer| kind(layer) == "batch_norm") {
        return Ok(Vec::new());
    }
    let (mut kept, mut found, mut weighted) = (Vec::new(), Vec::new(), 0_usize);
    let mut before = String::new();
    for (position, mut layer) in layers.drain(..).enumerate() {
        let own = kind(&layer);
        if own == "batch_norm" {
            if before != "dense" && before != "convolution" {
                return Err(format!(
                    "layer {position} (batch_norm): it must stand right behind a dense or convolution layer"
                ));
            }
            let entry: Entry = serde_json::from_value(layer)
                .map_err(|error| format!("layer {position} (batch_norm): {error}"))?;
            let name = entry.name.unwrap_or_else(|| position.to_string());
            found.push(Named { name, behind: weighted - 1, epsilon: entry.epsilon });
        } else {
            if own == "dense" || own == "convolution" {
                weighted += 1;
                if let Some(object) = layer.as_object_mut() {
                    object.entry("name").or_insert_with(|| position.to_string().into());
                }
            }
            kept.push(layer);
        }
        before = own;
    }
    *layers = kept;
    Ok(found)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use numerics::matrix::Matrix;

    #[test]
    fn folding_is_the_normalisation_behind_the_layer() {
        let weight = Matrix::from_vec(2, 2, vec![1.0, -2.0, 0.5, 3.0]).unwrap();
        let norm = BatchNorm {
            scale: vec![1.5, -0.5],
            shift: vec![0.1, 0.2],
            mean: vec![0.3, -0.4],
            variance: vec![4.0, 0.25],
            epsilon: 0.0,
        };
        let mut layer = LayerParameters { weight, bias: None };
        norm.fold(&mut layer).unwrap();
        // x = W (1, 1): (−1, 3.5); y = γ (x − μ)/σ + β by hand.
        let expected = [1.5 * (-1.3) / 2.0 + 0.1, -0.5 * 3.9 / 0.5 + 0.2];
        let bias = layer.bias.clone().unwrap();
        for k in 0..2 {
            let y = layer.weight.row(k).iter().sum::<f32>() + bias[k];
            assert!((y - expected[k]).abs() < 1e-6, "{y} against {}", expected[k]);
        }
        let wrong = BatchNorm { scale: vec![1.0], ..norm };
        assert!(wrong.fold(&mut layer).unwrap_err().contains("2 outputs"));
    }

    #[test]
    fn descriptions_name_what_stands_before() {
        let mut description = serde_json::json!({ "layers": [
            { "kind": "convolution" }, { "kind": "batch_norm" }, { "kind": "relu" },
            { "kind": "dense", "name": "fc" }, { "kind": "batch_norm", "name": "bn2", "epsilon": 1e-3 } ] });
        let found = take_batch_norms(&mut description).unwrap();
        let named = |name: &str, behind, epsilon| Named { name: name.to_owned(), behind, epsilon };
        assert_eq!(found, [named("1", 0, 1e-5), named("bn2", 1, 1e-3)]);
        assert_eq!(description["layers"][0]["name"], "0");
        assert_eq!(description["layers"].as_array().unwrap().len(), 3);
        let mut alone = serde_json::json!({ "layers": [{ "kind": "relu" }, { "kind": "batch_norm" }] });
        assert!(take_batch_norms(&mut alone).unwrap_err().contains("layer 1 (batch_norm)"));
    }
}
