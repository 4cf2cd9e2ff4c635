//! What learners make of outputs: softmax and sigmoid.

/// 1/(1 + e^(−a)).
pub(crate) fn sigmoid(a: f32) -> f32 {
    1.0 / (1.0 + (-a).exp())
}

/// The sigmoid of every element, in place.
pub(crate) fn sigmoids(a: &mut [f32]) {
    numerics::exponential::sigmoids(a);
}

/// softmax(a/T) over the active units; inactive ones get 0.
pub(crate) fn softmax(logits: &[f32], active: &[bool], temperature: f32, out: &mut [f32]) {
    out.copy_from_slice(logits);
    normalise(out, |k| active[k], temperature);
}

/// The softmax of all units of a row, in place.
pub(crate) fn softmax_of_all(row: &mut [f32]) {
    normalise(row, |_| true, 1.0);
}

fn normalise(row: &mut [f32], active: impl Fn(usize) -> bool, temperature: f32) {
    let units = row.iter().enumerate().filter(|(k, _)| active(*k));
    let highest = units.map(|(_, a)| *a).fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for (k, a) in row.iter_mut().enumerate() {
        *a = if active(k) { ((*a - highest) / temperature).exp() } else { 0.0 };
        sum += *a;
    }
    for a in row {
        *a /= sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_those_of_the_definition() {
        let (logits, mut some, mut all) = ([1.0_f32, -2.0, 90.0, 0.5], [0.0; 4], [1.0_f32, -2.0, 88.0, 0.5]);
        softmax(&logits, &[true, true, false, true], 2.0, &mut some);
        let sum: f32 = [0.5_f32, -1.0, 0.25].iter().map(|a| a.exp()).sum();
        for (p, a) in some.iter().zip([0.5_f32, -1.0, f32::NEG_INFINITY, 0.25]) {
            assert!((p - a.exp() / sum).abs() < 1e-6, "{p}");
        }
        softmax_of_all(&mut all);
        assert!((all[2] - 1.0).abs() < 1e-6 && (all.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!((sigmoid(0.0) - 0.5).abs() < 1e-7 && (sigmoid(3.0) + sigmoid(-3.0) - 1.0).abs() < 1e-6);
    }
}
