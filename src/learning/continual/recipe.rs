//! [`LearnerConfig`]: a learner as a script asks for it, and [`Recipe`]: everything that follows from it.
//!
//! | method | replays | targets of replay | keeps | penalty |
//! |---|---|---|---|---|
//! | `none`, `joint` | nothing | | nothing | |
//! | `ewc` | nothing | | importance, old weights | (λ/2) Σ_k F_k (θ − θ_k)² |
//! | `si` | nothing | | importance, old weights | c Σ Ω (θ − θ*)² |
//! | `lwf` | the current inputs | soft | a copy of the network | |
//! | `er` | stored samples | labels | samples | |
//! | `dgr` | samples of a variational auto-encoder of its own | hard | copies of both networks | |
//! | `bir` | samples of the network's own feedback path | soft | a copy of the network | |
//! | `bir_si` | the same | soft | also importance and old weights | c Σ Ω (θ − θ*)², encoder and classifier |
//!
//! Parts of `bir` that can be left away: `feedback` (the generator becomes a network of its own), the
//! `conditional_prior` per class (a standard normal instead), the `gate_fraction` of decoder units silenced
//! by context (0), `soft_targets` (the teacher's decision instead), internal replay (the features of a front
//! end instead of images: a property of the data, not of the learner).
//!
//! Strengths left away are those of the published comparison on split MNIST. Names and settings: G. M. van de
//! Ven, T. Tuytelaars, A. S. Tolias, Nat. Mach. Intell. 4:1185 (2022), doi:10.1038/s42256-022-00568-3; G. M.
//! van de Ven, H. T. Siegelmann, A. S. Tolias, Nat. Commun. 11:4069 (2020),
//! doi:10.1038/s41467-020-17866-2, and the code published with both.
//!
//! Pinned by: the tests below.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::learning::LearningError;
use crate::learning::protocol::Scenario;

/// How a stream of contexts is learnt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// One context after the other: the lower reference.
    None,
    /// The data of all contexts from the start, same iterations in all: the upper reference.
    Joint,
    /// Elastic weight consolidation.
    Ewc,
    /// Synaptic intelligence.
    Si,
    /// Learning without forgetting.
    Lwf,
    /// Experience replay: samples of earlier contexts are stored.
    Er,
    /// Deep generative replay.
    Dgr,
    /// Brain-inspired replay.
    Bir,
    /// Brain-inspired replay with synaptic intelligence.
    BirSi,
}

impl Method {
    /// The name used in scripts and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Joint => "joint",
            Self::Ewc => "ewc",
            Self::Si => "si",
            Self::Lwf => "lwf",
            Self::Er => "er",
            Self::Dgr => "dgr",
            Self::Bir => "bir",
            Self::BirSi => "bir_si",
        }
    }

    /// The name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::None => "no replay",
            Self::Joint => "joint training",
            Self::Ewc => "elastic weight consolidation",
            Self::Si => "synaptic intelligence",
            Self::Lwf => "learning without forgetting",
            Self::Er => "experience replay",
            Self::Dgr => "deep generative replay",
            Self::Bir => "brain-inspired replay",
            Self::BirSi => "brain-inspired replay with synaptic intelligence",
        }
    }
}

/// Where the frozen teacher and the generator live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TeacherMemory {
    /// In digital memory: weights read out once at the end of a context, then exact.
    #[default]
    Digital,
    /// On a second set of arrays of the same design: programmed at the end of a context with the error
    /// of programming, relaxing while the next one is learnt.
    Arrays,
}

/// A learner of a study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LearnerConfig {
    /// How it learns.
    pub method: Method,
    /// Its name in record and report: letters, digits, `_`. Left away it is the method, with `_on_arrays`.
    #[serde(default)]
    pub name: Option<String>,
    /// Its weights are on the arrays of the script, instead of exact.
    #[serde(default)]
    pub on_arrays: bool,
    /// Where its teacher lives; `digital` if left away.
    #[serde(default)]
    pub teacher: Option<TeacherMemory>,
    /// Strength of the penalty: λ of `ewc`, c of `si` and `bir_si`.
    #[serde(default)]
    pub strength: Option<f64>,
    /// Damping ξ of the importance of `si` and `bir_si`; 0.1 if left away.
    #[serde(default)]
    pub damping: Option<f64>,
    /// Samples per context from which `ewc` takes its Fisher information; all if left away.
    #[serde(default)]
    pub fisher_samples: Option<usize>,
    /// Stored samples per class of `er`; 100 if left away.
    #[serde(default)]
    pub budget: Option<usize>,
    /// The teacher's softened outputs are the targets of replay, instead of its decisions.
    #[serde(default)]
    pub soft_targets: Option<bool>,
    /// Weight of the loss of soft targets beside that of labels; 1 if left away, as in the published comparison.
    /// T² (4 at the usual temperature) keeps its gradients as large as those of labels (Hinton, Vinyals, Dean,
    /// arXiv:1503.02531).
    #[serde(default)]
    pub distillation_weight: Option<f64>,
    /// The generator is the feedback path of the network itself, instead of a network of its own.
    #[serde(default)]
    pub feedback: Option<bool>,
    /// Behind a front end its features are replayed (if left away), instead of the images, which are then seen
    /// through it.
    #[serde(default)]
    pub internal_replay: Option<bool>,
    /// One Gaussian prior per class, instead of a standard normal one.
    #[serde(default)]
    pub conditional_prior: Option<bool>,
    /// Share of the decoder's units that are silent for a class (a context when domain-incremental).
    #[serde(default)]
    pub gate_fraction: Option<f64>,
}

impl LearnerConfig {
    /// A method with its usual settings.
    pub fn of(method: Method) -> Self {
        Self {
            method,
            name: None,
            on_arrays: false,
            teacher: None,
            strength: None,
            damping: None,
            fisher_samples: None,
            budget: None,
            soft_targets: None,
            distillation_weight: None,
            feedback: None,
            internal_replay: None,
            conditional_prior: None,
            gate_fraction: None,
        }
    }

    /// Its name in record and report.
    pub fn label(&self) -> String {
        let plain = || format!("{}{}", self.method.name(), if self.on_arrays { "_on_arrays" } else { "" });
        self.name.clone().unwrap_or_else(plain)
    }
}

/// What a generator is made of.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Generator {
    /// It is the network's own feedback path.
    pub feedback: bool,
    /// One Gaussian prior per class.
    pub conditional_prior: bool,
    /// Share of decoder units silent per class or context; 0 for no gates.
    pub gate_fraction: f64,
}

/// What is replayed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Replayed {
    /// Nothing.
    Nothing,
    /// The samples of the current context themselves.
    CurrentInputs,
    /// Stored samples of earlier contexts.
    Stored {
        /// Samples per class.
        budget: usize,
    },
    /// What a generator makes.
    Generated(Generator),
}

/// A penalty on changes of weights that mattered.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Penalty {
    /// Elastic weight consolidation.
    Ewc {
        /// λ.
        strength: f64,
        /// Samples per context of the Fisher information; `None` for all.
        samples: Option<usize>,
    },
    /// Synaptic intelligence.
    Si {
        /// c.
        strength: f64,
        /// ξ.
        damping: f64,
    },
}

/// A learner with every setting settled.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Recipe {
    /// The method it came from.
    pub method: Method,
    /// All contexts at once.
    pub together: bool,
    /// What is replayed.
    pub replayed: Replayed,
    /// Targets of replay are the teacher's softened outputs, and what their loss weighs beside that of labels.
    pub soft_targets: Option<f64>,
    /// Behind a front end, what is generated and replayed are images.
    pub replays_images: bool,
    /// The penalty on changes.
    pub penalty: Option<Penalty>,
    /// Where the teacher lives.
    pub teacher: TeacherMemory,
}

/// λ of [`Method::Ewc`] for task, domain, class (grid search of the 2022 comparison on split MNIST).
const EWC_STRENGTH: [f64; 3] = [1e5, 1e10, 1e9];
/// c of [`Method::Si`], likewise.
const SI_STRENGTH: [f64; 3] = [10.0, 5e4, 5e3];
/// Share of silent decoder units of [`Method::Bir`], likewise.
const GATE_FRACTION: [f64; 3] = [0.0, 0.1, 0.1];

impl Recipe {
    /// Settles the settings of a learner in a scenario.
    ///
    /// # Errors
    /// A setting out of bounds, or one that the method does not have.
    pub fn new(config: &LearnerConfig, scenario: Scenario) -> Result<Self, LearningError> {
        config.refuse_foreign()?;
        config.check_bounds()?;
        let method = config.method;
        let usual = |list: [f64; 3]| match scenario {
            Scenario::Task => list[0],
            Scenario::Domain => list[1],
            Scenario::Class => list[2],
        };
        let inspired = matches!(method, Method::Bir | Method::BirSi);
        let replayed = match method {
            Method::None | Method::Joint | Method::Ewc | Method::Si => Replayed::Nothing,
            Method::Lwf => Replayed::CurrentInputs,
            Method::Er => Replayed::Stored { budget: config.budget.unwrap_or(100) },
            Method::Dgr | Method::Bir | Method::BirSi => Replayed::Generated(Generator {
                feedback: config.feedback.unwrap_or(inspired),
                conditional_prior: config.conditional_prior.unwrap_or(inspired),
                gate_fraction: config.gate_fraction.unwrap_or(if inspired {
                    usual(GATE_FRACTION)
                } else {
                    0.0
                }),
            }),
        };
        let penalty = match method {
            Method::Ewc => Some(Penalty::Ewc {
                strength: config.strength.unwrap_or(usual(EWC_STRENGTH)),
                samples: config.fisher_samples,
            }),
            Method::Si | Method::BirSi => Some(Penalty::Si {
                strength: config.strength.unwrap_or(usual(SI_STRENGTH)),
                damping: config.damping.unwrap_or(0.1),
            }),
            _ => None,
        };
        Ok(Self {
            method,
            together: method == Method::Joint,
            replayed,
            soft_targets: config
                .soft_targets
                .unwrap_or(inspired || method == Method::Lwf)
                .then_some(config.distillation_weight.unwrap_or(1.0)),
            replays_images: config.internal_replay == Some(false),
            penalty,
            teacher: config.teacher.unwrap_or_default(),
        })
    }

    /// Weight of the current samples beside the replayed ones in context `context` (from 0): 1/t. Learning
    /// without forgetting weighs both alike when class-incremental, as the code of the 2022 comparison does.
    pub fn current_share(&self, scenario: Scenario, context: usize) -> f32 {
        match self.replayed {
            Replayed::CurrentInputs if scenario == Scenario::Class => 0.5,
            _ => 1.0 / (context + 1) as f32,
        }
    }

    /// The generator, where there is one.
    pub fn generator(&self) -> Option<Generator> {
        match self.replayed {
            Replayed::Generated(generator) => Some(generator),
            _ => None,
        }
    }
}

impl LearnerConfig {
    /// A setting that the method would ignore is an error.
    fn refuse_foreign(&self) -> Result<(), LearningError> {
        let m = self.method;
        let generates = matches!(m, Method::Dgr | Method::Bir | Method::BirSi);
        let teaches = generates || m == Method::Lwf;
        let synaptic = matches!(m, Method::Si | Method::BirSi);
        let hard = !self.soft_targets.unwrap_or(m != Method::Dgr);
        let given = [
            ("strength", self.strength.is_some(), synaptic || m == Method::Ewc),
            ("damping", self.damping.is_some(), synaptic),
            ("fisher_samples", self.fisher_samples.is_some(), m == Method::Ewc),
            ("budget", self.budget.is_some(), m == Method::Er),
            ("soft_targets", self.soft_targets.is_some(), teaches),
            ("distillation_weight", self.distillation_weight.is_some(), teaches && !hard),
            ("feedback", self.feedback.is_some(), generates),
            ("internal_replay", self.internal_replay.is_some(), generates),
            ("conditional_prior", self.conditional_prior.is_some(), generates),
            ("gate_fraction", self.gate_fraction.is_some(), generates),
            ("teacher", self.teacher.is_some(), teaches),
        ];
        if let Some((field, ..)) = given.iter().find(|(_, given, fits)| *given && !fits) {
            let rule = format!("the method {} has no such setting; leave it away", m.name());
            return Err(LearningError::Field { field, value: "given".to_owned(), rule });
        }
        if self.teacher == Some(TeacherMemory::Arrays) && !self.on_arrays {
            return Err(LearningError::Field {
                field: "teacher",
                value: "arrays".to_owned(),
                rule: "only a learner with \"on_arrays\": true has arrays to put it on".to_owned(),
            });
        }
        Ok(())
    }

    fn check_bounds(&self) -> Result<(), LearningError> {
        let error = |field, value: String, rule: &str| {
            Err(LearningError::Field { field, value, rule: rule.to_owned() })
        };
        let positive = [
            ("strength", self.strength),
            ("damping", self.damping),
            ("distillation_weight", self.distillation_weight),
        ];
        for (field, value) in positive {
            if let Some(value) = value.filter(|v| !(*v > 0.0 && *v <= 1e18)) {
                return error(field, value.to_string(), "write a number above 0, at most 1e18");
            }
        }
        for (field, value) in [("fisher_samples", self.fisher_samples), ("budget", self.budget)] {
            if let Some(value) = value.filter(|v| !(1..=10_000_000).contains(v)) {
                return error(field, value.to_string(), "write a whole number from 1 to 10000000");
            }
        }
        if let Some(value) = self.gate_fraction.filter(|g| !(0.0..1.0).contains(g)) {
            return error("gate_fraction", value.to_string(), "write a number from 0 to below 1");
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if let Some(name) = self.name.as_ref().filter(|n| n.is_empty() || !n.chars().all(plain)) {
            return error("name", format!("\"{name}\""), "use letters, digits and _");
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_settings_depend_on_method_and_scenario() {
        let recipe = |method, scenario| Recipe::new(&LearnerConfig::of(method), scenario).unwrap();
        let bir = recipe(Method::Bir, Scenario::Class);
        let expected = Generator { feedback: true, conditional_prior: true, gate_fraction: 0.1 };
        assert_eq!((bir.generator(), bir.soft_targets, bir.penalty), (Some(expected), Some(1.0), None));
        let dgr = recipe(Method::Dgr, Scenario::Class);
        let expected = Generator { feedback: false, conditional_prior: false, gate_fraction: 0.0 };
        assert_eq!((dgr.generator(), dgr.soft_targets), (Some(expected), None));
        let ewc = recipe(Method::Ewc, Scenario::Domain).penalty;
        assert_eq!(ewc, Some(Penalty::Ewc { strength: 1e10, samples: None }));
        assert_eq!(
            recipe(Method::BirSi, Scenario::Task).penalty,
            Some(Penalty::Si { strength: 10.0, damping: 0.1 })
        );
        assert_eq!(recipe(Method::Lwf, Scenario::Task).replayed, Replayed::CurrentInputs);
        assert_eq!(recipe(Method::Er, Scenario::Task).replayed, Replayed::Stored { budget: 100 });
        assert!(recipe(Method::Joint, Scenario::Task).together);
        let arrays = LearnerConfig { on_arrays: true, ..LearnerConfig::of(Method::BirSi) };
        assert_eq!(arrays.label(), "bir_si_on_arrays");
    }

    #[test]
    fn settings_of_other_methods_are_refused() {
        let message = |json: &str| {
            let config: LearnerConfig = serde_json::from_str(json).unwrap();
            Recipe::new(&config, Scenario::Class).unwrap_err().to_string()
        };
        assert!(
            message(r#"{"method": "none", "strength": 3}"#).contains("the method none has no such setting")
        );
        assert!(message(r#"{"method": "er", "feedback": true}"#).starts_with("`feedback`"));
        assert!(message(r#"{"method": "er", "budget": 0}"#).starts_with("`budget` is 0"));
        assert!(message(r#"{"method": "si", "strength": -1}"#).starts_with("`strength` is -1"));
        assert!(
            message(r#"{"method": "bir", "soft_targets": false, "distillation_weight": 4}"#)
                .starts_with("`distillation_weight`")
        );
        assert!(message(r#"{"method": "bir", "gate_fraction": 1}"#).starts_with("`gate_fraction` is 1"));
        assert!(message(r#"{"method": "bir", "teacher": "arrays"}"#).contains("on_arrays"));
        assert!(message(r#"{"method": "bir", "name": "a/b"}"#).starts_with("`name` is \"a/b\""));
        assert!(serde_json::from_str::<LearnerConfig>(r#"{"method": "bir", "gates": 1}"#).is_err());
    }
}
