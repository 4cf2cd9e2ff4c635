//! Networks from elsewhere.
//!
//! | file | what it says | what must be added |
//! |---|---|---|
//! | `.json` | a description; parameters in the safetensors file beside it, or in another one | nothing |
//! | `.safetensors` | parameters alone, named as a PyTorch state dict | nothing for fully connected networks: dense layers in the order of their names, ReLU between; a description for all others |
//! | `.onnx` | layers and parameters | nothing |
//!
//! Batch normalisation is folded into the layer before it (`fold`), so that every weight matrix can be
//! put on arrays as it is.

mod fold;
mod infer;
mod onnx;
mod proto;
mod tensor;

use std::path::Path;

pub(super) use fold::{BatchNorm, Named, take_batch_norms};

use super::error::NetworkError;
use super::saved::SavedNetwork;

/// Reads a network by the extension of its file. `weights` is another file of parameters for a description.
///
/// # Errors
/// When a file cannot be read, is not in its format, or holds what the program does not know.
pub fn import(path: &Path, weights: Option<&Path>) -> Result<SavedNetwork, NetworkError> {
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    let network = match (extension.as_str(), weights) {
        ("json", _) => SavedNetwork::read(path, weights),
        ("onnx", None) => onnx::read(path),
        ("safetensors", None) => infer::read(path),
        ("onnx" | "safetensors", Some(_)) => {
            let message =
                "it holds its own weights; another file of weights belongs to a description (.json)"
                    .to_owned();
            Err(NetworkError::Content { path: path.to_owned(), message })
        }
        _ => {
            let message = "its extension must be .json, .safetensors or .onnx".to_owned();
            Err(NetworkError::Content { path: path.to_owned(), message })
        }
    }?;
    network.architecture.check_parameters(&network.parameters).map_err(|error| NetworkError::Content {
        path: weights.unwrap_or(path).to_owned(),
        message: error.to_string(),
    })?;
    Ok(network)
}
