//! The assignment of least cost: every row gets a column of its own.
//!
//! Shortest augmenting paths with potentials, O(rows² · columns): H. W. Kuhn, Naval Res. Logist. Q. 2, 83
//! (1955), doi:10.1002/nav.3800020109; R. Jonker, A. Volgenant, Computing 38, 325 (1987), doi:10.1007/BF02278710.
//!
//! Pinned by: the test below (against all permutations).

/// The column of every row, of least total cost. Ties go the same way every time.
///
/// There must be at least as many columns as rows, and costs must be finite.
pub fn assign(rows: usize, columns: usize, cost: impl Fn(usize, usize) -> f64) -> Vec<usize> {
    const NONE: usize = usize::MAX;
    let mut row_potential = vec![0.0; rows];
    let mut column_potential = vec![0.0; columns];
    let mut row_of = vec![NONE; columns];
    for first in 0..rows {
        let mut shortest = vec![f64::INFINITY; columns];
        let mut before = vec![NONE; columns];
        let mut done = vec![false; columns];
        let (mut row, mut column) = (first, NONE);
        loop {
            let mut nearest = NONE;
            for j in (0..columns).filter(|j| !done[*j]) {
                let reduced = cost(row, j) - row_potential[row] - column_potential[j];
                let base = if column == NONE { 0.0 } else { shortest[column] };
                if base + reduced < shortest[j] {
                    shortest[j] = base + reduced;
                    before[j] = column;
                }
                if nearest == NONE || shortest[j] < shortest[nearest] {
                    nearest = j;
                }
            }
            if nearest == NONE {
                break;
            }
            done[nearest] = true;
            column = nearest;
            if row_of[column] == NONE {
                break;
            }
            row = row_of[column];
        }
        if column == NONE {
            break;
        }
        let length = shortest[column];
        row_potential[first] += length;
        for j in (0..columns).filter(|j| done[*j] && *j != column) {
            column_potential[j] -= length - shortest[j];
            if row_of[j] != NONE {
                row_potential[row_of[j]] += length - shortest[j];
            }
        }
        // Along the path, every column goes to the row before it.
        while before[column] != NONE {
            row_of[column] = row_of[before[column]];
            column = before[column];
        }
        row_of[column] = first;
    }
    let mut column_of = vec![NONE; rows];
    for (column, row) in row_of.into_iter().enumerate().filter(|(_, row)| *row != NONE) {
        column_of[row] = column;
    }
    column_of
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::assign;

    /// Least cost over all ways.
    fn best(rows: usize, columns: usize, cost: &[f64], row: usize, used: &mut Vec<bool>) -> f64 {
        if row == rows {
            return 0.0;
        }
        let mut least = f64::INFINITY;
        for j in 0..columns {
            if !used[j] {
                used[j] = true;
                least = least.min(cost[row * columns + j] + best(rows, columns, cost, row + 1, used));
                used[j] = false;
            }
        }
        least
    }

    proptest! {
        #[test]
        fn cost_is_the_least_of_all(
            rows in 1_usize..=5,
            more in 0_usize..=2,
            costs in prop::collection::vec(0.0_f64..10.0, 35),
        ) {
            let columns = rows + more;
            let ours = assign(rows, columns, |i, j| costs[i * columns + j]);
            let mut taken = ours.clone();
            taken.sort_unstable();
            taken.dedup();
            prop_assert_eq!(taken.len(), rows);
            let sum: f64 = ours.iter().enumerate().map(|(i, j)| costs[i * columns + j]).sum();
            let least = best(rows, columns, &costs, 0, &mut vec![false; columns]);
            prop_assert!((sum - least).abs() < 1e-9, "{sum} against {least}");
        }
    }
}
