//! Half-select disturb: what a pulse does to the cells it was not meant for.
//!
//! Cells are written one after the other. Under V/2 a pulse puts half of its voltage on all other cells of
//! its word line and of its bit line; under V/3 a third of it on all other cells of the plane. Each such
//! cell then moves as its table for that voltage says ([`Cells::disturb`]).
//!
//! [`Cells::disturb`]: crate::mapping::cells::Cells::disturb
//! Pinned by: `tests/mapping_cells.rs`.

use crate::mapping::cells::{Direction, Plane, Shot};
use crate::mapping::config::Disturb;

/// How many of some pulses reach each cell of a plane at a part of their voltage.
pub fn counts(shots: &[Shot], (outputs, inputs): (usize, usize), kind: Disturb) -> [Vec<u32>; 2] {
    [Direction::Set, Direction::Reset].map(|direction| {
        let mut own = vec![0_u32; outputs * inputs];
        let (mut word, mut bit, mut all) = (vec![0_u32; inputs], vec![0_u32; outputs], 0_u32);
        for shot in shots.iter().filter(|shot| shot.direction == direction) {
            let cell = shot.cell as usize;
            own[cell] += 1;
            word[cell % inputs] += 1;
            bit[cell / inputs] += 1;
            all += 1;
        }
        for (cell, count) in own.iter_mut().enumerate() {
            *count = match kind {
                Disturb::Half => word[cell % inputs] + bit[cell / inputs] - 2 * *count,
                Disturb::Third => all - *count,
            };
        }
        own
    })
}

/// Lets these pulses disturb the other cells of a plane.
pub fn apply(plane: &mut Plane, shots: &[Shot], kind: Disturb) {
    let [set, reset] = counts(shots, (plane.outputs(), plane.inputs()), kind);
    let (cells, _) = plane.operate();
    cells.disturb(&set, &reset);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pulse_reaches_the_cells_of_its_lines() {
        let shot = Shot { cell: 4, direction: Direction::Set, strength: 0 };
        let [set, reset] = counts(&[shot], (3, 3), Disturb::Half);
        assert_eq!(set, [0, 1, 0, 1, 0, 1, 0, 1, 0]);
        assert_eq!(reset, [0; 9]);
        let [set, _] = counts(&[shot], (3, 3), Disturb::Third);
        assert_eq!(set, [1, 1, 1, 1, 0, 1, 1, 1, 1]);
    }
}
