//! [`SavedNetwork`]: a network in files.
//!
//! A description, `NAME.json`: `{ "format": "neurofilament network 1", "input": …, "layers": […] }`, and
//! beside it the parameters, `NAME.safetensors`: `LAYER.weight` and `LAYER.bias` of each layer with weights,
//! LAYER being its `name` or else its position. That is how PyTorch names the parameters of
//! `torch.nn.Sequential`; the arrays have PyTorch's shapes (outputs × inputs; filters × channels × rows ×
//! columns), so either program reads the other's files.
//!
//! Pinned by: the tests below.

use std::path::Path;

use numerics::matrix::Matrix;
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use serde::{Deserialize, Serialize};

use super::architecture::{Architecture, LayerSpec};
use super::error::NetworkError;
use super::import::{BatchNorm, Named, take_batch_norms};
use super::parameters::{LayerParameters, Parameters};

/// First field of a description.
const FORMAT: &str = "neurofilament network 1";

/// An architecture with its parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedNetwork {
    /// The layers.
    pub architecture: Architecture,
    /// Their parameters.
    pub parameters: Parameters,
}

/// What a description file holds.
#[derive(Serialize, Deserialize)]
struct Description {
    format: String,
    #[serde(flatten)]
    architecture: Architecture,
}

impl SavedNetwork {
    /// The first `count` layers with their parameters.
    ///
    /// # Errors
    /// When there are fewer layers, or none of those has weights.
    pub fn first_layers(&self, count: usize) -> Result<Self, NetworkError> {
        let all = self.architecture.layers.len();
        let Some(layers) = self.architecture.layers.get(..count) else {
            return Err(NetworkError::Data {
                message: format!("has {all} layers, fewer than the {count} wanted"),
            });
        };
        let architecture = Architecture { input: self.architecture.input, layers: layers.to_vec() };
        let weighted = architecture.parameter_shapes()?.len();
        let parameters = self.parameters.iter().take(weighted).cloned().collect();
        Ok(Self { architecture, parameters })
    }

    /// Writes `path` (`.json`) and the parameters beside it.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), NetworkError> {
        self.architecture.check_parameters(&self.parameters)?;
        let description = Description { format: FORMAT.to_owned(), architecture: self.architecture.clone() };
        let text = serde_json::to_string_pretty(&description)
            .map_err(|error| NetworkError::Content { path: path.to_owned(), message: error.to_string() })?;
        let store = |path: &Path, bytes: &[u8]| {
            std::fs::write(path, bytes).map_err(|source| NetworkError::File {
                action: "write",
                path: path.to_owned(),
                source,
            })
        };
        store(path, text.as_bytes())?;
        let beside = path.with_extension("safetensors");
        let bytes =
            self.tensors().map_err(|message| NetworkError::Content { path: beside.clone(), message })?;
        store(&beside, &bytes)
    }

    /// The parameters as a safetensors file.
    fn tensors(&self) -> Result<Vec<u8>, String> {
        let mut buffers: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
        let bytes = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
        for ((index, name), own) in self.architecture.weighted().zip(&self.parameters) {
            let shape = tensor_shape(&self.architecture.layers[index], &own.weight);
            buffers.push((format!("{name}.weight"), shape, bytes(own.weight.as_slice())));
            if let Some(bias) = &own.bias {
                buffers.push((format!("{name}.bias"), vec![bias.len()], bytes(bias)));
            }
        }
        let views = buffers
            .iter()
            .map(|(name, shape, bytes)| {
                let view =
                    TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(|error| error.to_string())?;
                Ok((name.as_str(), view))
            })
            .collect::<Result<Vec<_>, String>>()?;
        serialize(views, None).map_err(|error| error.to_string())
    }

    /// Reads a description and the parameters beside it, or those of another safetensors file.
    ///
    /// # Errors
    /// When a file cannot be read, is not in its format, or the two do not belong together.
    pub fn read(path: &Path, weights: Option<&Path>) -> Result<Self, NetworkError> {
        let content = |message: String| NetworkError::Content { path: path.to_owned(), message };
        let text = load(path)?;
        let mut value: serde_json::Value =
            serde_json::from_slice(&text).map_err(|error| content(format!("not JSON: {error}")))?;
        let norms = take_batch_norms(&mut value).map_err(content)?;
        let Description { format, mut architecture } =
            serde_json::from_value(value).map_err(|error| content(error.to_string()))?;
        if format != FORMAT {
            return Err(content(format!("its `format` is \"{format}\", but must be \"{FORMAT}\"")));
        }
        let beside = path.with_extension("safetensors");
        let weights = weights.unwrap_or(&beside);
        let mut parameters = read_parameters(&architecture, weights)?;
        if !norms.is_empty() {
            fold(&norms, &mut architecture, &mut parameters, weights)?;
        }
        Ok(Self { architecture, parameters })
    }
}

/// Folds the batch normalisations of a description, whose numbers are in the file of parameters.
fn fold(
    norms: &[Named],
    architecture: &mut Architecture,
    parameters: &mut Parameters,
    path: &Path,
) -> Result<(), NetworkError> {
    let fault = |message: String| NetworkError::Content { path: path.to_owned(), message };
    let bytes = load(path)?;
    let file = open(path, &bytes)?;
    let positions: Vec<usize> = architecture.weighted().map(|(index, _)| index).collect();
    for norm in norms {
        let numbers =
            |what: &str| tensor(path, &file, &format!("{}.{what}", norm.name)).map(|(_, values)| values);
        let own = BatchNorm {
            scale: numbers("weight")?,
            shift: numbers("bias")?,
            mean: numbers("running_mean")?,
            variance: numbers("running_var")?,
            epsilon: norm.epsilon,
        };
        let (Some(layer), Some(position)) = (parameters.get_mut(norm.behind), positions.get(norm.behind))
        else {
            continue;
        };
        own.fold(layer).map_err(|message| fault(format!("\"{}\": {message}", norm.name)))?;
        match architecture.layers.get_mut(*position) {
            Some(LayerSpec::Dense { bias, .. }) => *bias = true,
            Some(LayerSpec::Convolution(kernels)) => kernels.bias = true,
            _ => {}
        }
    }
    Ok(())
}

/// A safetensors file.
fn open<'a>(path: &Path, bytes: &'a [u8]) -> Result<SafeTensors<'a>, NetworkError> {
    SafeTensors::deserialize(bytes).map_err(|error| NetworkError::Content {
        path: path.to_owned(),
        message: format!("not a safetensors file: {error}"),
    })
}

/// Shape and numbers of one tensor.
fn tensor(path: &Path, file: &SafeTensors<'_>, name: &str) -> Result<(Vec<usize>, Vec<f32>), NetworkError> {
    let fault = |message: String| NetworkError::Content { path: path.to_owned(), message };
    let view = file.tensor(name).map_err(|_| {
        let mut names = file.names();
        names.sort_unstable();
        fault(format!("there is no \"{name}\"; it holds {}", names.join(", ")))
    })?;
    let values = numbers(&view)
        .map_err(|kind| fault(format!("\"{name}\" is of type {kind}; F32, F64, F16 or BF16 is right")))?;
    Ok((view.shape().to_vec(), values))
}

/// Shape of a layer's weights in files.
fn tensor_shape(layer: &LayerSpec, weight: &Matrix) -> Vec<usize> {
    match layer {
        LayerSpec::Convolution(kernels) => {
            let [rows, columns] = kernels.kernel;
            vec![weight.rows(), weight.columns() / (rows * columns), rows, columns]
        }
        _ => vec![weight.rows(), weight.columns()],
    }
}

pub(super) fn load(path: &Path) -> Result<Vec<u8>, NetworkError> {
    std::fs::read(path).map_err(|source| NetworkError::File { action: "read", path: path.to_owned(), source })
}

/// The parameters of an architecture from a safetensors file.
///
/// # Errors
/// When the file cannot be read or a parameter is missing or has another shape.
pub(super) fn read_parameters(architecture: &Architecture, path: &Path) -> Result<Parameters, NetworkError> {
    let fault = |message: String| NetworkError::Content { path: path.to_owned(), message };
    let bytes = load(path)?;
    let file = open(path, &bytes)?;
    let mut parameters = Vec::new();
    let shapes = architecture.parameter_shapes()?;
    for ((index, name), (rows, columns, bias)) in architecture.weighted().zip(shapes) {
        let (found, values) = tensor(path, &file, &format!("{name}.weight"))?;
        let expected = tensor_shape(&architecture.layers[index], &Matrix::zeros(rows, columns));
        let shape = |what: &str, found, expected| NetworkError::Shape {
            what: format!("{name}.{what}"),
            found,
            expected,
        };
        if found != expected {
            return Err(shape("weight", found, expected));
        }
        let numbers = values.len();
        let weight = Matrix::from_vec(rows, columns, values).ok_or_else(|| {
            fault(format!("\"{name}.weight\" has {numbers} numbers for {rows} × {columns}"))
        })?;
        let bias = if bias {
            let (found, values) = tensor(path, &file, &format!("{name}.bias"))?;
            if found != [rows] {
                return Err(shape("bias", found, vec![rows]));
            }
            Some(values)
        } else {
            None
        };
        parameters.push(LayerParameters { weight, bias });
    }
    Ok(parameters)
}

/// The numbers of a tensor, or the name of a type that holds none.
fn numbers(view: &TensorView<'_>) -> Result<Vec<f32>, String> {
    let data = view.data();
    Ok(match view.dtype() {
        Dtype::F32 => data.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
        Dtype::F64 => data.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b) as f32).collect(),
        Dtype::F16 => data.as_chunks().0.iter().map(|b| half(u16::from_le_bytes(*b))).collect(),
        Dtype::BF16 => data
            .as_chunks()
            .0
            .iter()
            .map(|b| f32::from_bits(u32::from(u16::from_le_bytes(*b)) << 16))
            .collect(),
        other => return Err(format!("{other:?}")),
    })
}

/// An IEEE 754 half-precision number.
pub(super) fn half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023));
    match exponent {
        0 => sign * fraction * 2.0_f32.powi(-24),
        31 if fraction == 0.0 => sign * f32::INFINITY,
        31 => f32::NAN,
        _ => sign * (1.0 + fraction / 1024.0) * 2.0_f32.powi(exponent - 15),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn network() -> SavedNetwork {
        let text = r#"{ "input": [2, 4, 4], "layers": [
            { "kind": "convolution", "filters": 4, "kernel": [3, 3], "groups": 2, "name": "conv1" }, { "kind": "relu" },
            { "kind": "flatten" }, { "kind": "dense", "outputs": 3, "bias": false } ] }"#;
        let architecture: Architecture = serde_json::from_str(text).unwrap();
        let parameters = architecture.initial_parameters(1).unwrap();
        SavedNetwork { architecture, parameters }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("net.json");
        network().write(&path).unwrap();
        assert_eq!(SavedNetwork::read(&path, None).unwrap(), network());
        let bytes = std::fs::read(path.with_extension("safetensors")).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        assert_eq!(file.tensor("conv1.weight").unwrap().shape(), [4, 1, 3, 3]);
        assert_eq!(file.tensor("3.weight").unwrap().shape(), [3, 16]);
    }

    #[test]
    fn files_that_do_not_belong_together_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("net.json");
        network().write(&path).unwrap();
        let refuse = |change: &dyn Fn(&str) -> String| {
            let other = folder.path().join("other.json");
            std::fs::write(&other, change(&std::fs::read_to_string(&path).unwrap())).unwrap();
            let weights = path.with_extension("safetensors");
            SavedNetwork::read(&other, Some(&weights)).unwrap_err().to_string()
        };
        assert!(
            refuse(&|t| t.replace("conv1", "conv2"))
                .contains("there is no \"conv2.weight\"; it holds 3.weight, conv1.bias")
        );
        assert!(
            refuse(&|t| t.replace("\"outputs\": 3", "\"outputs\": 5"))
                .contains("3.weight has the shape [3, 16]")
        );
        assert!(refuse(&|t| t.replace("network 1", "network 2")).contains("`format`"));
        assert!(refuse(&|t| t.replace("relu", "gelu")).contains("unknown variant `gelu`"));
        assert!(refuse(&|_| "{".to_owned()).contains("not JSON"));
        let missing = SavedNetwork::read(&folder.path().join("none.json"), None).unwrap_err();
        assert!(missing.to_string().contains("cannot read"));
        let wrong = SavedNetwork::read(&path, Some(&path)).unwrap_err();
        assert!(wrong.to_string().contains("not a safetensors file"));
    }

    #[test]
    fn batch_normalisations_of_a_state_dict_are_folded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("net.json");
        let text = r#"{ "format": "neurofilament network 1", "input": [2, 1, 1], "layers": [
            { "kind": "dense", "outputs": 2, "bias": false, "name": "fc" },
            { "kind": "batch_norm", "name": "bn", "epsilon": 0.0 }, { "kind": "relu" } ] }"#;
        std::fs::write(&path, text).unwrap();
        let rows: [(&str, Vec<usize>, &[f32]); 5] = [
            ("fc.weight", vec![2, 2], &[1.0, 2.0, 3.0, 4.0]),
            ("bn.weight", vec![2], &[2.0, 1.0]),
            ("bn.bias", vec![2], &[0.5, 0.0]),
            ("bn.running_mean", vec![2], &[1.0, -1.0]),
            ("bn.running_var", vec![2], &[4.0, 0.25]),
        ];
        let bytes: Vec<Vec<u8>> =
            rows.iter().map(|(_, _, v)| v.iter().flat_map(|v| v.to_le_bytes()).collect()).collect();
        let views = rows.iter().zip(&bytes).map(|((name, shape, _), bytes)| {
            (*name, TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap())
        });
        std::fs::write(path.with_extension("safetensors"), serialize(views, None).unwrap()).unwrap();
        let network = SavedNetwork::read(&path, None).unwrap();
        // s = γ/σ = (1, 2): W rows times s; bias = −s μ + β.
        assert_eq!(network.parameters[0].weight.as_slice(), [1.0, 2.0, 6.0, 8.0]);
        assert_eq!(network.parameters[0].bias.as_deref(), Some([-0.5, 2.0].as_slice()));
        assert_eq!(network.architecture.layers.len(), 2);
        network.architecture.check_parameters(&network.parameters).unwrap();
    }

    #[test]
    fn half_precision_numbers() {
        let values = [0x3c00, 0xc000, 0x3555, 0x0001, 0x7c00, 0x0400].map(half);
        assert_eq!(values[..2], [1.0, -2.0]);
        assert!((values[2] - 0.333_25).abs() < 1e-5);
        assert_eq!(values[3].to_bits(), 2.0_f32.powi(-24).to_bits());
        assert_eq!((values[4], values[5]), (f32::INFINITY, 2.0_f32.powi(-14)));
        assert!(half(0x7e00).is_nan());
    }
}
