//! Accuracy of the replay learners on the 8 × 8 digits, in ideal arithmetic or on rough synapses.
//!
//! `cargo run --release --example learning_digits -- [--rough] [--seeds N] [field=value]…`

use std::time::Instant;

use neurofilament::data::Digits;
use neurofilament::learning::metrics::mean_sem;
use neurofilament::learning::replay::{Learner, ReplayConfig, run_learner};
use neurofilament::mapping::{Hardware, IdealHardware};

#[path = "../tests/rough_synapses/mod.rs"]
mod rough_synapses;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut rough, mut seeds, mut learners) = (false, 5, "none,joint,replay".to_owned());
    let mut fields = serde_json::to_value(ReplayConfig::default())?;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--rough" => rough = true,
            "--seeds" => seeds = arguments.next().ok_or("--seeds needs a number")?.parse()?,
            "--learners" => learners = arguments.next().ok_or("--learners needs a list")?,
            other => {
                let (field, value) = other.split_once('=').ok_or("write field=value")?;
                fields[field] = serde_json::from_str(value).unwrap_or_else(|_| value.into());
            }
        }
    }
    let config: ReplayConfig = serde_json::from_value(fields)?;
    let data = Digits::embedded()?.samples;
    let hardware: &dyn Hardware = if rough { &rough_synapses::RoughHardware } else { &IdealHardware };
    for learner in [Learner::None, Learner::Joint, Learner::Replay] {
        if !learners.split(',').any(|l| l == learner.name()) {
            continue;
        }
        let start = Instant::now();
        let mut acc = Vec::new();
        let mut largest = 0.0_f32;
        for seed in 0..seeds {
            let result = run_learner(&config, learner, hardware, &data, (seed, 0.0), &|_| true)?;
            acc.push(100.0 * result.metrics.acc);
            largest = largest.max(result.largest_weight);
        }
        let (mean, sem) = mean_sem(&acc);
        let seconds = start.elapsed().as_secs_f64() / acc.len().max(1) as f64;
        println!(
            "{:6} {:5}  {mean:.2} ± {sem:.2} %  {acc:.1?}  max |w| {largest:.2}  {seconds:.2} s per seed",
            hardware.label(),
            learner.name()
        );
    }
    Ok(())
}
