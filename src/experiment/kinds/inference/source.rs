//! The networks of an inference study: trained here, or from files.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Inference, complaint, interrupted};
use crate::data::Split;
use crate::experiment::script::Folders;
use crate::experiment::{Context, ExperimentError, FieldError};
use crate::learning::network::{
    Architecture, AwareHardware, EpochReport, HardwareAware, LayerSpec, NetworkError, SavedNetwork, Trainer,
    TrainingConfig, import,
};
use crate::mapping::{Hardware, IdealHardware};

/// Where the network comes from: `layers` to be trained here, or a `file`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkSource {
    /// The layers of a network to be trained.
    #[serde(default)]
    layers: Option<Vec<LayerSpec>>,
    /// A trained network: `.onnx`, `.safetensors`, or a description (`.json`).
    #[serde(default)]
    file: Option<String>,
    /// Parameters of a description, if they are not in the file beside it.
    #[serde(default)]
    weights: Option<String>,
}

/// The network of a file, trained on as long as [`AWARE`], without noise.
const CONTROL: &str = "trained_on";
/// The network trained on with noise.
pub(super) const AWARE: &str = "hardware_aware";

/// A network to be judged.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    /// `network`, `trained_on`, or `hardware_aware`.
    pub(super) name: &'static str,
    /// Name for people.
    pub(super) label: String,
    pub(super) saved: SavedNetwork,
    /// Loss and accuracy of every epoch.
    pub(super) epochs: Vec<EpochReport>,
}

impl NetworkSource {
    /// The layers to be trained.
    pub(super) fn layers(&self) -> Option<&[LayerSpec]> {
        self.layers.as_deref()
    }

    /// The files it names, and that it fits to the samples.
    pub(super) fn check(
        &self,
        folders: &Folders,
        image: [usize; 3],
        classes: usize,
    ) -> Result<Vec<PathBuf>, FieldError> {
        let (saved, files) = self.load(folders, image)?;
        let architecture =
            saved.as_ref().map_or_else(|| self.architecture(image), |saved| saved.architecture.clone());
        let outputs = architecture.outputs().map_err(|error| complaint("network", &error))?;
        if outputs != classes {
            let text = format!("the network has {outputs} outputs, but the data {classes} classes");
            return Err(FieldError::new("network", text));
        }
        Ok(files)
    }

    fn architecture(&self, image: [usize; 3]) -> Architecture {
        Architecture { input: image, layers: self.layers.clone().unwrap_or_default() }
    }

    /// The network of a file, and the files it is in; `None` for one to be trained.
    fn load(
        &self,
        folders: &Folders,
        image: [usize; 3],
    ) -> Result<(Option<SavedNetwork>, Vec<PathBuf>), FieldError> {
        let file = match (&self.layers, &self.file) {
            (Some(_), None) => {
                if self.weights.is_some() {
                    return Err(FieldError::new("network.weights", "belongs to a `file`, not to `layers`"));
                }
                return Ok((None, Vec::new()));
            }
            (None, Some(file)) => file,
            _ => return Err(FieldError::new("network", "needs either `layers` or a `file`")),
        };
        let path = folders.find("network.file", file)?;
        let weights = self.weights.as_ref().map(|w| folders.find("network.weights", w)).transpose()?;
        let mut saved =
            import(&path, weights.as_deref()).map_err(|error| complaint("network.file", &error))?;
        let (own, numbers): ([usize; 3], usize) = (saved.architecture.input, image.iter().product());
        // A flat network takes the numbers of an image as they come.
        if own != image && own != [numbers, 1, 1] {
            let text = format!("the network takes samples of {own:?}, but those of the data are {image:?}");
            return Err(FieldError::new("network.file", text));
        }
        saved.architecture.input = image;
        Ok((Some(saved), std::iter::once(path).chain(weights).collect()))
    }
}

impl Inference {
    /// The networks to be judged, trained where the script says so.
    pub(super) fn candidates(
        &self,
        context: &Context<'_>,
        split: &Split,
    ) -> Result<Vec<Candidate>, ExperimentError> {
        let fault = |error| ExperimentError::Field { path: context.script.to_owned(), error };
        let image = self.data.image(context.folders).map_err(fault)?;
        let loaded = self.network.load(context.folders, image).map_err(fault)?.0;
        let fresh = loaded.is_none();
        let mut saved = if let Some(saved) = loaded {
            saved
        } else {
            let architecture = self.network.architecture(image);
            let parameters = architecture
                .initial_parameters(context.seed)
                .map_err(|error| fault(complaint("network", &error)))?;
            SavedNetwork { architecture, parameters }
        };
        let mut epochs = Vec::new();
        let default = TrainingConfig::default();
        let plain = self.training.as_ref().or(fresh.then_some(&default));
        if let Some(config) = plain {
            epochs = train(context, "training", (&mut saved, config), (&IdealHardware, None), split)?;
        }
        let start = Candidate {
            name: "network",
            label: match plain {
                Some(_) => format!("Plain training, {} epochs", epochs.len()),
                None => "As imported".to_owned(),
            },
            saved,
            epochs,
        };
        match &self.hardware_aware {
            Some(aware) => aware_and_control(context, aware, (start, plain), split),
            None => Ok(vec![start]),
        }
    }
}

/// The network trained on with noise, and beside it one trained on for as many epochs without; before them
/// the network of a file that was not trained at first.
fn aware_and_control(
    context: &Context<'_>,
    aware: &HardwareAware,
    (start, plain): (Candidate, Option<&TrainingConfig>),
    split: &Split,
) -> Result<Vec<Candidate>, ExperimentError> {
    let config = TrainingConfig {
        epochs: aware.epochs,
        learning_rate: aware.learning_rate,
        ..plain.cloned().unwrap_or_default()
    };
    let further = |name, (hardware, clip): (&dyn Hardware, Option<f32>), what: &str| {
        let (mut saved, mut epochs) = (start.saved.clone(), start.epochs.clone());
        let trained = train(context, "hardware_aware", (&mut saved, &config), (hardware, clip), split)?;
        epochs.extend(trained);
        let label = format!("{what}, {} epochs", epochs.len());
        Ok::<_, ExperimentError>(Candidate { name, label, saved, epochs })
    };
    let control = if plain.is_some() { "network" } else { CONTROL };
    let noisy = AwareHardware { config: aware.clone() };
    let mut candidates = vec![
        further(control, (&IdealHardware, None), "Plain training")?,
        further(AWARE, (&noisy, aware.clip), &format!("With noise in the last {}", aware.epochs))?,
    ];
    if control == CONTROL {
        candidates.insert(0, start);
    }
    Ok(candidates)
}

/// Trains a network further; `block` names the block of the script in messages.
fn train(
    context: &Context<'_>,
    block: &str,
    (saved, config): (&mut SavedNetwork, &TrainingConfig),
    (hardware, clip): (&dyn Hardware, Option<f32>),
    split: &Split,
) -> Result<Vec<EpochReport>, ExperimentError> {
    context.progress.start("epochs of training", config.epochs as u64);
    let trainer = Trainer { architecture: &saved.architecture, config, hardware, clip, seed: context.seed };
    let mut epochs = Vec::new();
    let trained = trainer.train(saved.parameters.clone(), &split.train, &mut |report| {
        epochs.push(*report);
        context.progress.advance(1);
        !context.progress.cancelled()
    });
    saved.parameters = trained.map_err(|error| match error {
        NetworkError::Stopped => interrupted(),
        other => ExperimentError::Field { path: context.script.to_owned(), error: complaint(block, &other) },
    })?;
    Ok(epochs)
}
