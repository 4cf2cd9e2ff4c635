//! Continual learning as a protocol: what is learnt in which order, and how the learner is judged.
//!
//! Data arrive in contexts; a context is learnt once, then only the later ones are seen. The three
//! scenarios differ in what is told at test time ([`Scenario`]). `R[i][j]` is the accuracy on the test
//! samples of context j after training on contexts 0 … i. The matrix is kept whole: entries right of the
//! diagonal give forward transfer.
//!
//! * [`scenario`] – scenarios, and the output units that take part in a decision.
//! * [`stream`] – the contexts of a data set: split by classes, with permuted pixels, rotated.
//! * [`sampler`] – batches of a context.
//! * [`mod@follow`] – the loop over contexts; whatever implements [`ContinualLearner`] is judged alike.
//!
//! G. M. van de Ven, T. Tuytelaars, A. S. Tolias, Nat. Mach. Intell. 4:1185 (2022),
//! doi:10.1038/s42256-022-00568-3.

pub mod follow;
pub mod sampler;
pub mod scenario;
pub mod stream;

pub use follow::{ContinualLearner, Followed, Plan, follow};
pub use sampler::Batch;
pub use scenario::{ActiveUnits, Outline, Scenario, decide};
pub use stream::ContextStream;
