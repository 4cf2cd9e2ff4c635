//! Steps read from a table: eleven nodes, equally spaced from b_min to b_max, and straight lines
//! between.
//!
//! y_d(w) at the nodes is given for either direction, in units of Δ_d. Noise: σ_c times the mean step.
//!
//! | symbol | unit | here |
//! |---|---|---|
//! | y_up,k, k = 0 … 10 | 1 | `up_0` … `up_10` |
//! | y_down,k, k = 0 … 10 | 1 | `down_0` … `down_10` |
//!
//! Reference: M. J. Rasch et al., IEEE AICAS (2021), doi:10.1109/AICAS51828.2021.9458494 (piecewise
//! steps of the open toolkit aihwkit).
//! Pinned by: `tests/step_shapes.rs`.

use super::common::{Common, step_parameters};
use super::law::{NODES, StepLaw};
use super::{ConductanceStep, Step};
use crate::error::DeviceError;

/// The model's name in cards.
pub const NAME: &str = "piecewise_step";
/// Intervals between the nodes.
const INTERVALS: usize = NODES - 1;

/// Steps from a table with the parameters of one card.
pub type PiecewiseStep = ConductanceStep<Parameters>;

step_parameters! {
    NAME;
    /// Step up at node 0, 1.
    up_0, "y_up,0", "1", None, NonNegative, "size of a step up at 0 % of the range of weights";
    /// Step up at node 1, 1.
    up_1, "y_up,1", "1", None, NonNegative, "size of a step up at 10 % of the range of weights";
    /// Step up at node 2, 1.
    up_2, "y_up,2", "1", None, NonNegative, "size of a step up at 20 % of the range of weights";
    /// Step up at node 3, 1.
    up_3, "y_up,3", "1", None, NonNegative, "size of a step up at 30 % of the range of weights";
    /// Step up at node 4, 1.
    up_4, "y_up,4", "1", None, NonNegative, "size of a step up at 40 % of the range of weights";
    /// Step up at node 5, 1.
    up_5, "y_up,5", "1", None, NonNegative, "size of a step up at 50 % of the range of weights";
    /// Step up at node 6, 1.
    up_6, "y_up,6", "1", None, NonNegative, "size of a step up at 60 % of the range of weights";
    /// Step up at node 7, 1.
    up_7, "y_up,7", "1", None, NonNegative, "size of a step up at 70 % of the range of weights";
    /// Step up at node 8, 1.
    up_8, "y_up,8", "1", None, NonNegative, "size of a step up at 80 % of the range of weights";
    /// Step up at node 9, 1.
    up_9, "y_up,9", "1", None, NonNegative, "size of a step up at 90 % of the range of weights";
    /// Step up at node 10, 1.
    up_10, "y_up,10", "1", None, NonNegative, "size of a step up at 100 % of the range of weights";
    /// Step down at node 0, 1.
    down_0, "y_down,0", "1", None, NonNegative, "size of a step down at 0 % of the range of weights";
    /// Step down at node 1, 1.
    down_1, "y_down,1", "1", None, NonNegative, "size of a step down at 10 % of the range of weights";
    /// Step down at node 2, 1.
    down_2, "y_down,2", "1", None, NonNegative, "size of a step down at 20 % of the range of weights";
    /// Step down at node 3, 1.
    down_3, "y_down,3", "1", None, NonNegative, "size of a step down at 30 % of the range of weights";
    /// Step down at node 4, 1.
    down_4, "y_down,4", "1", None, NonNegative, "size of a step down at 40 % of the range of weights";
    /// Step down at node 5, 1.
    down_5, "y_down,5", "1", None, NonNegative, "size of a step down at 50 % of the range of weights";
    /// Step down at node 6, 1.
    down_6, "y_down,6", "1", None, NonNegative, "size of a step down at 60 % of the range of weights";
    /// Step down at node 7, 1.
    down_7, "y_down,7", "1", None, NonNegative, "size of a step down at 70 % of the range of weights";
    /// Step down at node 8, 1.
    down_8, "y_down,8", "1", None, NonNegative, "size of a step down at 80 % of the range of weights";
    /// Step down at node 9, 1.
    down_9, "y_down,9", "1", None, NonNegative, "size of a step down at 90 % of the range of weights";
    /// Step down at node 10, 1.
    down_10, "y_down,10", "1", None, NonNegative, "size of a step down at 100 % of the range of weights";
}

impl Parameters {
    fn consistent(&self) -> Result<(), DeviceError> {
        self.shared().consistent(NAME)
    }

    fn nodes(&self, up: bool) -> [f64; NODES] {
        if up {
            [
                self.up_0, self.up_1, self.up_2, self.up_3, self.up_4, self.up_5, self.up_6, self.up_7,
                self.up_8, self.up_9, self.up_10,
            ]
        } else {
            [
                self.down_0,
                self.down_1,
                self.down_2,
                self.down_3,
                self.down_4,
                self.down_5,
                self.down_6,
                self.down_7,
                self.down_8,
                self.down_9,
                self.down_10,
            ]
        }
    }
}

impl Step for Parameters {
    const NAME: &'static str = NAME;

    fn common(&self) -> Common {
        self.shared()
    }

    fn shape(&self, common: &Common, weight: f64, up: bool) -> f64 {
        let nodes = self.nodes(up);
        let share = (weight - common.weight_min) / (common.weight_max - common.weight_min);
        let position = (INTERVALS as f64 * share).clamp(0.0, INTERVALS as f64);
        let index = (position as usize).min(INTERVALS - 1);
        nodes[index] + (position - index as f64) * (nodes[index + 1] - nodes[index])
    }

    fn law(&self, common: &Common, up: bool) -> StepLaw {
        let mut nodes = self.nodes(up);
        if !up {
            nodes.reverse();
        }
        StepLaw::Table { size: common.size(up), nodes }
    }
}
