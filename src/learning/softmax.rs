//! The softmax of learners: probabilities from outputs.

/// softmax(a/T) over the active units; inactive ones get 0.
pub(crate) fn softmax(logits: &[f32], active: &[bool], temperature: f32, out: &mut [f32]) {
    let units = || logits.iter().zip(active);
    let highest = units().filter(|u| *u.1).map(|u| *u.0).fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for (out, (logit, &active)) in out.iter_mut().zip(units()) {
        *out = if active { ((logit - highest) / temperature).exp() } else { 0.0 };
        sum += *out;
    }
    for out in out {
        *out /= sum;
    }
}
