//! The `stream` block: which contexts, in which order, judged how.
//!
//! Pinned by: the tests below, `tests/cli_errors`.

use std::borrow::Cow;

use numerics::rng::{Purpose, Stream};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::data::Split;
use crate::experiment::FieldError;
use crate::experiment::error::chain;
use crate::learning::LearningError;
use crate::learning::protocol::{ActiveUnits, ContextStream, Scenario};

/// Key of the order of classes among the shuffles of a seed.
const CLASS_ORDER: u64 = u64::MAX;
/// Classes of a context without another word.
const USUAL_WIDTH: usize = 2;

/// Which held-out samples judge the learners.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvaluateOn {
    /// The test samples: for results.
    #[default]
    Test,
    /// Samples taken out of the training part, `validation_share` of each class: for choosing settings.
    /// The test samples are used for nothing.
    Validation,
}

impl EvaluateOn {
    /// The name used in scripts and records.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Validation => "validation",
        }
    }
}

/// Contexts of all classes that differ in what is done to the images.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Images {
    /// The pixels of every context in a random order of its own.
    Permuted {
        /// Number of contexts.
        contexts: usize,
        /// Zeros put at every edge before, so that the border takes part.
        #[serde(default)]
        border: usize,
    },
    /// Every context turned further.
    Rotated {
        /// Number of contexts.
        contexts: usize,
        /// Degrees from one context to the next, counter-clockwise.
        step: f64,
    },
}

/// The contexts of a study.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StreamConfig {
    /// What is told at test time: `task`, `domain` or `class`.
    pub(super) scenario: Scenario,
    /// Classes of each context, in the order they are learnt. Left away, all classes in order,
    /// `classes_per_context` at a time.
    pub(super) contexts: Option<Vec<Vec<u8>>>,
    /// Classes of a context; 2 if left away.
    pub(super) classes_per_context: Option<usize>,
    /// Contexts of all classes instead, with permuted or rotated images.
    pub(super) images: Option<Images>,
    /// Every seed has an order of classes of its own.
    pub(super) shuffle_classes: bool,
    /// Output units that take part in softmax and decision, when class-incremental.
    pub(super) active_units: ActiveUnits,
    /// Which held-out samples judge the learners: `test`, or `validation` while settings are chosen.
    pub(super) evaluate_on: EvaluateOn,
    /// Share of the training samples of each class that become validation samples; a fifth if left away.
    pub(super) validation_share: Option<f64>,
}

impl Default for StreamConfig {
    fn default() -> Self {
        Self {
            scenario: Scenario::Class,
            contexts: None,
            classes_per_context: None,
            images: None,
            shuffle_classes: false,
            active_units: ActiveUnits::All,
            evaluate_on: EvaluateOn::Test,
            validation_share: None,
        }
    }
}

impl StreamConfig {
    /// Checks what can be told without samples.
    pub(super) fn check(&self, classes: usize) -> Result<(), FieldError> {
        if self.contexts.is_some() && self.classes_per_context.is_some() {
            let text = "the contexts are listed; leave it away or leave `contexts` away";
            return Err(FieldError::new("stream.classes_per_context", text));
        }
        let width = self.classes_per_context.unwrap_or(USUAL_WIDTH);
        let counted = self.contexts.is_none() && self.images.is_none();
        if let Some(count) = Some(width).filter(|n| counted && !classes.is_multiple_of(*n)) {
            let text = format!("is {count}, which does not divide the {classes} classes of the data");
            return Err(FieldError::new("stream.classes_per_context", text));
        }
        if self.active_units == ActiveUnits::SoFar && self.scenario != Scenario::Class {
            let text = format!(
                "is \"so_far\", but {}-incremental learning has units of its own; leave it away",
                self.scenario.name()
            );
            return Err(FieldError::new("stream.active_units", text));
        }
        if let Some(images) = self.images {
            let idle = [
                ("contexts", self.contexts.is_some()),
                ("classes_per_context", self.classes_per_context.is_some()),
                ("shuffle_classes", self.shuffle_classes),
            ];
            if let Some((field, _)) = idle.iter().find(|(_, given)| *given) {
                let text = "every context of changed images holds all classes; leave it away";
                return Err(FieldError::new(format!("stream.{field}"), text));
            }
            if let Images::Rotated { step, .. } = images
                && !(step.is_finite() && step.abs() <= 360.0)
            {
                let text = format!("is {step}; write degrees from -360 to 360");
                return Err(FieldError::new("stream.images.rotated.step", text));
            }
            if let Images::Permuted { border, .. } = images
                && border > 64
            {
                let text = format!("is {border}; write a whole number from 0 to 64");
                return Err(FieldError::new("stream.images.permuted.border", text));
            }
        }
        match (self.evaluate_on, self.validation_share) {
            (EvaluateOn::Test, Some(_)) => {
                let text =
                    "the test samples judge; leave the share away or write \"evaluate_on\": \"validation\"";
                Err(FieldError::new("stream.validation_share", text))
            }
            (_, Some(share)) if !(share > 0.0 && share < 1.0) => {
                Err(FieldError::new("stream.validation_share", format!("{share} is not between 0 and 1")))
            }
            _ => Ok(()),
        }
    }

    /// Number of contexts.
    pub(super) fn count(&self, classes: usize) -> usize {
        if let Some(Images::Permuted { contexts, .. } | Images::Rotated { contexts, .. }) = self.images {
            return contexts;
        }
        self.contexts
            .as_ref()
            .map_or(classes / self.classes_per_context.unwrap_or(USUAL_WIDTH).max(1), Vec::len)
    }

    /// Classes of each context for a seed, of contexts that hold some of the classes.
    pub(super) fn contexts(&self, classes: usize, seed: u64) -> Vec<Vec<u8>> {
        let listed = self.contexts.clone().unwrap_or_else(|| {
            let all: Vec<u8> = (0..classes).map(|class| class as u8).collect();
            all.chunks(self.classes_per_context.unwrap_or(USUAL_WIDTH)).map(<[u8]>::to_vec).collect()
        });
        if !self.shuffle_classes {
            return listed;
        }
        let mut order = listed.concat();
        Stream::new(seed, Purpose::Shuffle, CLASS_ORDER, 0).shuffle(&mut order);
        let mut order = order.into_iter();
        listed.iter().map(|context| order.by_ref().take(context.len()).collect()).collect()
    }

    /// Zeros at every edge of the images.
    pub(super) fn border(&self) -> usize {
        match self.images {
            Some(Images::Permuted { border, .. }) => border,
            _ => 0,
        }
    }

    /// Samples to learn from and to be judged by, with their border.
    pub(super) fn judged<'a>(&self, split: &'a Split, seed: u64) -> Result<Cow<'a, Split>, LearningError> {
        let judged = match self.evaluate_on {
            EvaluateOn::Test => Cow::Borrowed(split),
            EvaluateOn::Validation => {
                Cow::Owned(split.validation(seed, self.validation_share.unwrap_or(0.2))?)
            }
        };
        Ok(match self.border() {
            0 => judged,
            border => {
                Cow::Owned(Split { train: judged.train.padded(border), test: judged.test.padded(border) })
            }
        })
    }

    /// The stream of a seed.
    pub(super) fn stream<'a>(&self, data: &'a Split, seed: u64) -> Result<ContextStream<'a>, LearningError> {
        let (scenario, active) = (self.scenario, self.active_units);
        match self.images {
            Some(Images::Permuted { contexts, .. }) => {
                ContextStream::permuted(data, contexts, seed, scenario, active)
            }
            Some(Images::Rotated { contexts, step }) => {
                ContextStream::rotated(data, contexts, step, scenario, active)
            }
            None => {
                let contexts = self.contexts(data.train.classes(), seed);
                ContextStream::split(data, &contexts, scenario, active)
            }
        }
    }

    /// An error of the stream, with the path of its field.
    pub(super) fn field_error(error: &LearningError) -> FieldError {
        match error {
            LearningError::Field { field, value, rule } => {
                FieldError::new(format!("stream.{field}"), format!("is {value}: {rule}"))
            }
            other => FieldError::new("stream", chain(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_are_listed_counted_or_shuffled() {
        let config = StreamConfig::default();
        assert_eq!((config.count(10), config.contexts(4, 1)), (5, vec![vec![0, 1], vec![2, 3]]));
        let shuffled =
            StreamConfig { contexts: Some(vec![vec![7], vec![1, 2]]), shuffle_classes: true, ..config };
        let orders: Vec<_> = (0..20).map(|seed| shuffled.contexts(10, seed)).collect();
        assert!(orders.iter().all(|o| (o[0].len(), o[1].len()) == (1, 2)));
        assert!(orders.iter().any(|o| *o != orders[0]));
        for order in orders {
            let mut all = order.concat();
            all.sort_unstable();
            assert_eq!(all, [1, 2, 7]);
        }
    }
}
