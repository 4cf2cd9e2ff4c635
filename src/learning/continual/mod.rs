//! Learners of a stream of contexts, from none at all to brain-inspired replay.
//!
//! One engine: a classifier on [`Synapses`](crate::mapping::Synapses), and what a method adds to it – a
//! feedback path that makes it a variational auto-encoder, a generator of its own, a frozen teacher,
//! stored samples, a penalty on changes of weights that mattered.
//!
//! * [`LearnerConfig`], [`Recipe`] – the method and its settings. [`TrainingConfig`] – network and training.
//!   [`run_learner`] – one learner, one seed.
//! * `network`, `feedback`, `dense` – the layers, backward passes by hand, the digital optimiser (Adam).
//! * `loss`, `prior`, `gates` – what is minimised. `lesson` – the samples of an iteration, `teacher` and
//!   `memory` – where replayed ones come from.
//! * `wear` – cells before and after. `guard`, `fisher` – elastic weight consolidation and synaptic intelligence.
//! * `learner` – all of it as a [`ContinualLearner`](crate::learning::protocol::ContinualLearner).
//!
//! Brain-inspired replay: G. M. van de Ven, H. T. Siegelmann, A. S. Tolias, Nat. Commun. 11:4069 (2020),
//! doi:10.1038/s41467-020-17866-2.

mod config;
mod dense;
mod feedback;
mod fisher;
mod gates;
mod guard;
mod learner;
mod lesson;
mod loss;
mod memory;
mod network;
mod prior;
mod recipe;
mod result;
mod run;
mod teacher;
mod trace;
mod wear;

#[cfg(test)]
mod gradient_tests;

pub use config::{Reconstruction, TrainingConfig, UpdateRule};
pub use recipe::{Generator, LearnerConfig, Method, Penalty, Recipe, Replayed, TeacherMemory};
pub use result::{GeneratedSample, LossPoint, MatrixProgramming, SeedResult, Stored, sum_activity};
pub use run::run_learner;
pub use wear::{Wear, WearMap};
