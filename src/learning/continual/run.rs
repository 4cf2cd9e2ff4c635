//! [`run_learner`]: one learner, one seed, from initial weights to the accuracy matrix.

use std::cell::RefCell;
use std::rc::Rc;

use super::config::{TrainingConfig, UpdateRule};
use super::learner::NetworkLearner;
use super::recipe::Recipe;
use super::result::SeedResult;
use crate::learning::LearningError;
use crate::learning::network::FrontEnd;
use crate::learning::protocol::{ContextStream, Plan, follow};
use crate::mapping::Hardware;

/// Trains one learner with one seed on `hardware` and judges it.
///
/// Behind a `front_end` its features are learnt, and a generator makes the samples themselves. `rest` seconds pass after each context, before the network is judged. `progress` is called after every
/// iteration with the number done so far and returns `false` to stop. The same arguments give the same bits.
///
/// # Errors
/// A field of the configuration out of bounds, a penalty on weights that learn in place, a diverged loss, or
/// a stop.
pub fn run_learner(
    config: &TrainingConfig,
    recipe: &Recipe,
    hardware: &dyn Hardware,
    stream: &ContextStream<'_>,
    (seed, rest): (u64, f64),
    front_end: Option<FrontEnd>,
    progress: &dyn Fn(u64) -> bool,
) -> Result<SeedResult, LearningError> {
    let outline = stream.outline();
    config.validate_for((outline.inputs, outline.units))?;
    if recipe.penalty.is_some() && config.update_rule == UpdateRule::OuterProduct {
        return Err(LearningError::Field {
            field: "update_rule",
            value: "outer_product".to_owned(),
            rule: format!(
                "the penalty of {} needs gradients in the periphery; write \"adam\"",
                recipe.method.name()
            ),
        });
    }
    let mut learner = NetworkLearner::new(
        config,
        recipe,
        outline,
        hardware,
        (seed, front_end.map(|eye| Rc::new(RefCell::new(eye)))),
    )?;
    let plan =
        Plan { together: recipe.together, iterations: config.iterations, batch: config.batch, rest, seed };
    let followed = follow(&mut learner, stream, &plan, progress)?;
    learner.finish(followed)
}
