//! One line as a ladder: series resistances with a conductance to elsewhere at every node.
//!
//! Seen across a segment r, a ladder with input conductance Y and short-circuit current J is the
//! ladder (c Y, c J); the potential behind the segment is c u + e J, with
//!
//! c = 1 / (1 + r Y), e = r c.
//!
//! | r | Y | c | e | c Y |
//! |---|---|---|---|---|
//! | 0 | any | 1 | 0 | Y |
//! | ∞ | any | 0 | 1/Y (0 where Y = 0) | 0 |
//! | > 0 | ∞ (node held by a terminal) | 0 | 0 | 1/r |
//!
//! All terms are positive, so nothing cancels and no resistance needs care (-0 Ohm is 0 Ohm).
//!
//! Pinned by: `tests/crossbar_properties.rs` (zero, infinite and negative-zero resistances).

/// Factors of one crossing: (c, e, conductance seen from the other side).
#[inline(always)]
pub fn cross(r: f64, y: f64) -> (f64, f64, f64) {
    let ry = r * y;
    let zero_times_infinity = ry.is_nan();
    let c = if zero_times_infinity { f64::from(u8::from(r == 0.0)) } else { 1.0 / (1.0 + ry) };
    let beyond = if y == f64::INFINITY { 1.0 / r } else { c * y };
    let e = if zero_times_infinity {
        0.0
    } else if ry == f64::INFINITY {
        1.0 / y
    } else {
        r * c
    };
    (c, e, beyond)
}

/// Potential per current at the last node of a ladder that ends at a grounded terminal behind `r`,
/// or at nothing.
pub fn close(r: Option<f64>, y: f64) -> f64 {
    match r {
        Some(r) => cross(r.abs(), y).1,
        None if y > 0.0 => 1.0 / y,
        None => 0.0,
    }
}

/// Conductance of a resistance; infinite where the node is held.
pub fn conductance(r: Option<f64>) -> f64 {
    r.map_or(0.0, |r| 1.0 / r.abs())
}

/// How the terminals of one line reach its nodes.
///
/// A terminal behind a resistance feeds its node like a current source V/r; one without resistance
/// holds its node, and whatever zero segments join to it, at V, and these feed their neighbours.
#[derive(Debug, Clone, Default)]
pub struct Anchors {
    /// (node, conductance).
    pub feeds: Vec<(usize, f64)>,
    /// Nodes held at the terminal's potential.
    pub held: Vec<usize>,
}

impl Anchors {
    /// Of a line of `nodes` nodes with terminals behind `near` and `far` and `segment(k)` between
    /// nodes k and k + 1.
    pub fn new(near: Option<f64>, far: Option<f64>, nodes: usize, segment: impl Fn(usize) -> f64) -> Self {
        let mut out = Self::default();
        let last = nodes - 1;
        let held_by_near = out.enter(near, nodes, |k| k, &segment);
        if held_by_near < nodes {
            out.enter(far, nodes, |k| last - k, |k| segment(last - 1 - k));
        }
        out
    }

    /// From one end inwards; how many nodes its terminal holds.
    fn enter(
        &mut self,
        terminal: Option<f64>,
        nodes: usize,
        node: impl Fn(usize) -> usize,
        segment: impl Fn(usize) -> f64,
    ) -> usize {
        let Some(r) = terminal else { return 0 };
        let mut step = 1.0 / r.abs();
        let mut k = 0;
        while step == f64::INFINITY {
            self.held.push(node(k));
            k += 1;
            if k == nodes {
                return k;
            }
            step = 1.0 / segment(k - 1).abs();
        }
        if step > 0.0 {
            self.feeds.push((node(k), step));
        }
        k
    }
}
