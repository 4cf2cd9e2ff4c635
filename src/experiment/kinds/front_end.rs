//! The `front_end` block of studies that learn features instead of images: frozen layers, trained before on
//! another set.
//!
//! The layers are trained as the lower part of a classifier of the block's own `data`, or come from a file,
//! and never learn again. Written: `/front_end/…` as `docs/hdf5.md` says, and layers that were trained here also
//! as `NAME.front_end.json` and `.safetensors` beside the record, from where another study can take them.
//!
//! Pinned by: the tests below.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use super::data_set::DataSource;
use super::inference::{complaint, interrupted};
use crate::experiment::script::Folders;
use crate::experiment::{Context, ExperimentError, FieldError};
use crate::learning::network::{
    Architecture, EpochReport, FrozenStack, LayerSpec, NetworkError, Normalisation, SavedNetwork,
    TrainingConfig, import,
};
use crate::record::{Attribute, Dataset, Record};

/// Frozen layers before a learner: `layers` to be trained here, or those of a `file`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FrontEndSource {
    /// The layers to be trained, without the classifier that is put behind them meanwhile.
    #[serde(default)]
    layers: Option<Vec<LayerSpec>>,
    /// Trained layers: `.onnx`, `.safetensors`, or a description (`.json`).
    #[serde(default)]
    file: Option<String>,
    /// So many of the first layers of the file are kept; left away, all.
    #[serde(default)]
    keep: Option<usize>,
    /// What the layers are or were trained on; its training samples give the constants of the features.
    data: DataSource,
    /// How `layers` are trained.
    #[serde(default)]
    training: Option<TrainingConfig>,
    /// Keys their first weights and the order of the samples; left away, the script's seed.
    #[serde(default)]
    seed: Option<u64>,
    /// What is made of the features: `standard` for a squared error of reconstruction, `unit` for a
    /// cross-entropy.
    #[serde(default)]
    normalisation: Normalisation,
}

/// A front end that is ready to be put on synapses.
#[derive(Debug, Clone)]
pub struct PretrainedFrontEnd {
    /// The frozen layers.
    pub stack: FrozenStack,
    /// Loss and accuracy of each epoch, with the head; none for layers from a file.
    pub epochs: Vec<EpochReport>,
    data: String,
}

/// The block in messages.
const BLOCK: &str = "front_end";

impl FrontEndSource {
    /// What is made of the features.
    pub fn normalisation(&self) -> Normalisation {
        self.normalisation
    }

    /// Checks the block for a study with images of a shape; gives the shape of the features and the files
    /// that will be read.
    ///
    /// # Errors
    /// The first field that cannot be used.
    pub fn check(
        &self,
        folders: &Folders,
        image: [usize; 3],
    ) -> Result<([usize; 3], Vec<PathBuf>), FieldError> {
        let fault = |field: &str, text: String| FieldError::new(format!("{BLOCK}.{field}"), text);
        let mut files = self.data.files(folders).map_err(|error| error.inside(BLOCK))?;
        let own = self.data.image(folders).map_err(|error| error.inside(BLOCK))?;
        if own != image {
            let text = format!(
                "has images of {own:?} (channels, rows, columns), but those of the study are {image:?}"
            );
            return Err(fault("data", text));
        }
        if let Some(Err(error)) = self.training.as_ref().map(TrainingConfig::check) {
            return Err(complaint(&format!("{BLOCK}.training"), &error));
        }
        let architecture = if let Some((saved, file)) = self.load(folders, image)? {
            files.push(file);
            saved.architecture
        } else {
            let layers = self.layers.as_deref().unwrap_or_default();
            let fault = |error| complaint(&format!("{BLOCK}.layers"), &error);
            let alone = Architecture { input: image, layers: layers.to_vec() };
            alone.shapes().map_err(fault)?;
            let classes = self.data.classes(folders).map_err(|error| error.inside(BLOCK))?;
            FrozenStack::with_head(image, layers, classes).shapes().map_err(fault)?;
            alone
        };
        let shape = FrozenStack::features_of(&architecture);
        shape.map(|shape| (shape, files)).map_err(|error| complaint(BLOCK, &error))
    }

    /// The layers of a file, and the file; `None` for layers to be trained.
    fn load(
        &self,
        folders: &Folders,
        image: [usize; 3],
    ) -> Result<Option<(SavedNetwork, PathBuf)>, FieldError> {
        let fault = |field: &str, text: &str| Err(FieldError::new(format!("{BLOCK}.{field}"), text));
        let file = match (&self.layers, &self.file) {
            (Some(_), None) if self.keep.is_some() => {
                return fault("keep", "belongs to a `file`, not to `layers`");
            }
            (Some(_), None) => return Ok(None),
            (None, Some(_)) if self.training.is_some() => {
                return fault("training", "belongs to `layers`; those of a `file` are trained already");
            }
            (None, Some(_)) if self.seed.is_some() => {
                return fault("seed", "belongs to `layers`; those of a `file` are trained already");
            }
            (None, Some(file)) => file,
            _ => return Err(FieldError::new(BLOCK, "needs either `layers` or a `file`")),
        };
        let field = format!("{BLOCK}.file");
        let path = folders.find(&field, file)?;
        let whole = import(&path, None).map_err(|error| complaint(&field, &error))?;
        let saved =
            whole.first_layers(self.keep.unwrap_or(whole.architecture.layers.len())).map_err(|error| {
                complaint(&format!("{BLOCK}.{}", if self.keep.is_some() { "keep" } else { "file" }), &error)
            })?;
        if saved.architecture.input != image {
            let own = saved.architecture.input;
            return fault("file", &format!("takes images of {own:?}, but those of the data are {image:?}"));
        }
        Ok(Some((saved, path)))
    }

    /// Trains the layers, or reads them from their file, and freezes them.
    ///
    /// # Errors
    /// When data or layers cannot be used, the training diverges, or the user interrupts it.
    pub fn make(&self, context: &Context<'_>) -> Result<PretrainedFrontEnd, ExperimentError> {
        let fault = |error| ExperimentError::Field { path: context.script.to_owned(), error };
        let network_fault = |error: NetworkError| match error {
            NetworkError::Stopped => interrupted(),
            other => fault(complaint(BLOCK, &other)),
        };
        let seed = self.seed.unwrap_or(context.seed);
        let splits = self
            .data
            .splits(context.folders, std::iter::once(seed))
            .map_err(|error| fault(error.inside(BLOCK)))?;
        let samples = &splits[0].train;
        let mut epochs = Vec::new();
        let image = self.data.image(context.folders).map_err(|error| fault(error.inside(BLOCK)))?;
        let stack = if let Some((saved, _)) = self.load(context.folders, image).map_err(fault)? {
            FrozenStack::of(saved, self.normalisation, samples)
        } else {
            let config = self.training.clone().unwrap_or_default();
            context.progress.start("epochs of the front end", config.epochs as u64);
            let layers = self.layers.as_deref().unwrap_or_default();
            FrozenStack::pretrain(layers, (&config, self.normalisation), samples, seed, &mut |report| {
                epochs.push(*report);
                context.progress.advance(1);
                !context.progress.cancelled()
            })
        };
        Ok(PretrainedFrontEnd { stack: stack.map_err(network_fault)?, epochs, data: self.data.name() })
    }
}

impl PretrainedFrontEnd {
    /// Writes `/front_end/…`, and layers that were trained here beside the record.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, record: &mut Record) -> Result<(), ExperimentError> {
        let constants = self.stack.constants();
        let each = |values: &[f32]| values.iter().map(|v| f64::from(*v)).collect::<Vec<_>>();
        let vector =
            |name: &str, values, long| Dataset::vector(format!("/{BLOCK}/{name}"), values, "1", long);
        record.write(&vector("shift", each(&constants.shift), "taken from the features of each channel"))?;
        record.write(&vector("spread", each(&constants.spread), "what is left is divided by it"))?;
        let shape = self.stack.feature_shape().map(|size| size.cast_signed() as i64);
        for (name, value) in [
            ("data", Attribute::Text(self.data.clone())),
            ("normalisation", Attribute::Text(constants.normalisation.name().to_owned())),
            ("feature_shape", Attribute::I64s(shape.to_vec())),
        ] {
            record.attribute(&format!("/{BLOCK}"), name, &value)?;
        }
        if self.epochs.is_empty() {
            return Ok(());
        }
        let epoch = |value: fn(&EpochReport) -> f64| self.epochs.iter().map(value).collect();
        record.write(&vector("loss", epoch(|e| e.loss), "mean loss of each epoch of the pre-training"))?;
        let long = "accuracy in each epoch of the pre-training, on its training samples";
        record.write(&vector("accuracy", epoch(|e| e.accuracy), long))?;
        let path = record.path().with_extension(format!("{BLOCK}.json"));
        self.stack
            .network()
            .write(&path)
            .map_err(|error| ExperimentError::Field { path, error: complaint(BLOCK, &error) })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::experiment::Silent;
    use crate::mapping::IdealHardware;
    use crate::record::Provenance;

    const LAYERS: &str = r#""layers": [ { "kind": "convolution", "filters": 4, "kernel": [3, 3], "stride": [2, 2] }, { "kind": "relu" } ]"#;

    fn read(text: &str) -> FrontEndSource {
        serde_json::from_str(&format!("{{ {text} }}")).unwrap()
    }

    fn make(source: &FrontEndSource, seed: u64) -> PretrainedFrontEnd {
        let (folders, progress) = (Folders::here(), Silent::default());
        let script = std::path::Path::new("script.json");
        source.make(&Context { seed, script, folders: &folders, progress: &progress }).unwrap()
    }

    #[test]
    fn layers_are_trained_written_and_taken_from_their_file_again() {
        let folder = tempfile::tempdir().unwrap();
        let data = r#""data": { "train_samples": 300 }, "normalisation": "unit""#;
        let source = read(&format!(
            r#"{LAYERS}, {data}, "training": {{ "epochs": 6, "batch": 32, "learning_rate": 0.01 }}, "seed": 5"#
        ));
        let folders = Folders::here();
        assert_eq!(source.check(&folders, [1, 8, 8]).unwrap().0, [4, 3, 3]);
        let front = make(&source, 1);
        assert!(front.epochs.len() == 6 && front.epochs[5].accuracy > 0.5, "{:?}", front.epochs);
        assert_eq!(make(&source, 2).stack.network(), front.stack.network());
        let other = FrontEndSource { seed: None, ..source.clone() };
        assert_ne!(make(&other, 2).stack.network(), front.stack.network());
        let path = folder.path().join("run.h5");
        let mut record = Record::create(&path, &Provenance::default()).unwrap();
        front.write(&mut record).unwrap();
        record.finish().unwrap();
        let file = folder.path().join("run.front_end.json");
        // With the same seed the digits are split alike.
        let saved = read(&format!(r#""file": {:?}, {data}"#, file.to_str().unwrap()));
        let (shape, files) = saved.check(&folders, [1, 8, 8]).unwrap();
        assert_eq!((shape, files), ([4, 3, 3], vec![file]));
        let again = make(&saved, 5);
        let samples = crate::data::Digits::embedded().unwrap().samples;
        let features = |front: &PretrainedFrontEnd| {
            front.stack.on(&IdealHardware, 0, 0).unwrap().features(&samples).unwrap()
        };
        assert_eq!(features(&again), features(&front));
        let first = FrontEndSource { keep: Some(1), ..saved };
        assert!(make(&first, 5).stack.network().architecture.layers.len() == 1);
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let folders = Folders::here();
        let message = |text: &str, image: [usize; 3]| {
            read(text).check(&folders, image).map(drop).unwrap_err().to_string()
        };
        let good = format!(r#"{LAYERS}, "data": {{}}"#);
        read(&good).check(&folders, [1, 8, 8]).unwrap();
        assert!(message(&good, [1, 28, 28]).starts_with("front_end.data: has images of [1, 8, 8]"));
        let says = |text: &str, start: &str| {
            let own = message(text, [1, 8, 8]);
            assert!(own.starts_with(start), "{own}");
        };
        says(r#""data": {}"#, "front_end: needs either");
        says(&format!(r#"{LAYERS}, "data": {{ "set": "minst" }}"#), "front_end.data.set: \"minst\"");
        says(&format!(r#"{good}, "keep": 1"#), "front_end.keep: belongs to a `file`");
        says(&format!(r#"{good}, "training": {{ "batch": 0 }}"#), "front_end.training.batch: is 0");
        says(r#""file": "none.json", "seed": 1, "data": {}"#, "front_end.seed: belongs to `layers`");
        says(r#""file": "none.json", "training": {}, "data": {}"#, "front_end.training: belongs to");
        says(r#""file": "none.json", "data": {}"#, "front_end.file: there is no file");
        says(r#""layers": [{ "kind": "relu" }], "data": {}"#, "front_end.layers: the network has no dense");
        says(
            r#""layers": [{ "kind": "convolution", "filters": 4, "kernel": [9, 9] }], "data": {}"#,
            "front_end.layers: layer 0 (convolution)",
        );
    }
}
