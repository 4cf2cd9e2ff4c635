//! How much the wires of an array matter: one number.
//!
//! Λ = R ḡ (2N/π)², with R the resistance of one segment, ḡ the mean cell conductance and N the
//! number of cells on a line: the largest eigenvalue of ḡ times the inverse of the wires' matrix of a
//! line with one open end. A line driven at both ends counts half its length. Line solves contract an
//! error by Λ/(1 + Λ) per family of lines, so for families that differ Λ is the value that contracts
//! alike: q = √(q_w q_b) with q = Λ/(1 + Λ) of either. R is the mean over segments that are not broken,
//! terminals excluded; lines without a terminal count as driven at one end. With these means Λ is a
//! guide, not a bound.
//!
//! Pinned by: the test below.
//!
//! | Λ | meaning |
//! |---|---|
//! | ≪ 1 | ideal wires; fixed-point models hold (they diverge from Λ = 1/2 unless damped) |
//! | 1 | outputs lose about half |
//! | > 100 | a cell sees only its neighbourhood; line solves converge slowly |

use super::array::{Array, Lines, Segments, Topology};

/// Λ of an array.
pub fn lossiness(array: &Array) -> f64 {
    let mean = array.conductances.iter().sum::<f64>() / array.cells() as f64;
    let family = |lines: &Lines, cells: usize| {
        let ends = lines.near.iter().zip(&lines.far).filter(|(near, far)| near.is_some() && far.is_some());
        let both = ends.count() as f64 / lines.near.len() as f64;
        let length = cells as f64 * (1.0 - 0.5 * both);
        segment(&lines.segments) * mean * (2.0 * length / std::f64::consts::PI).powi(2)
    };
    let cells_on_word_line = match array.topology {
        Topology::Crossed => array.columns,
        Topology::SourceLines => array.rows,
    };
    let (word, bit) = (family(&array.word_lines, cells_on_word_line), family(&array.bit_lines, array.rows));
    let q = ((word / (1.0 + word)) * (bit / (1.0 + bit))).sqrt();
    q / (1.0 - q)
}

fn segment(segments: &Segments) -> f64 {
    match segments {
        Segments::Uniform(r) => {
            if r.is_finite() {
                *r
            } else {
                0.0
            }
        }
        Segments::Each(all) => {
            let whole = || all.iter().filter(|r| r.is_finite());
            whole().sum::<f64>() / whole().count().max(1) as f64
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_square_array_is_the_closed_formula() {
        let array = Array::uniform(128, 128, vec![50.5e-6; 128 * 128], 2.0, 2.0);
        let formula = 2.0 * 50.5e-6 * (256.0 / std::f64::consts::PI).powi(2);
        assert!((lossiness(&array) / formula - 1.0).abs() < 1e-12);
        // Source lines are as long as bit lines.
        let mut beside = Array::uniform(128, 16, vec![50.5e-6; 128 * 16], 2.0, 2.0);
        beside.topology = Topology::SourceLines;
        beside.word_lines = Lines::uniform(16, 2.0, 2.0);
        assert!((lossiness(&beside) / formula - 1.0).abs() < 1e-12);
        // Two ends halve every line.
        let mut both = array;
        both.word_lines.far = vec![Some(2.0); 128];
        both.bit_lines.far = vec![Some(2.0); 128];
        assert!((lossiness(&both) / (formula / 4.0) - 1.0).abs() < 1e-12);
    }
}
