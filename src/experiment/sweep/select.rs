//! Which points of a sweep a run computes.

use crate::experiment::ExperimentError;

/// A subset of the points of a sweep.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Selection {
    /// All of them.
    #[default]
    All,
    /// Part `number` (from 1) of `of`: every `of`-th point.
    Shard {
        /// Which part, from 1.
        number: usize,
        /// How many parts.
        of: usize,
    },
    /// Indices `from..to`.
    Range {
        /// First index.
        from: usize,
        /// One after the last index.
        to: usize,
    },
}

impl Selection {
    /// Reads `i/n`.
    ///
    /// # Errors
    /// When it is no pair of numbers with 1 ≤ i ≤ n.
    pub fn shard(text: &str) -> Result<Self, ExperimentError> {
        let fault = |message: &str| option("--shard", text, message);
        let (number, of) = text
            .split_once('/')
            .and_then(|(i, n)| Some((i.trim().parse::<usize>().ok()?, n.trim().parse::<usize>().ok()?)))
            .ok_or_else(|| fault("write part/parts, e.g. --shard 3/16"))?;
        if number == 0 || number > of {
            return Err(fault("the part must be 1 to the number of parts, e.g. --shard 3/16"));
        }
        Ok(Self::Shard { number, of })
    }

    /// Reads `a..b`.
    ///
    /// # Errors
    /// When it is no pair of numbers with a < b.
    pub fn range(text: &str) -> Result<Self, ExperimentError> {
        let fault = |message: &str| option("--points", text, message);
        let (from, to) = text
            .split_once("..")
            .and_then(|(a, b)| Some((a.trim().parse::<usize>().ok()?, b.trim().parse::<usize>().ok()?)))
            .ok_or_else(|| fault("write first..end, e.g. --points 10..20 for the points 10 to 19"))?;
        if from >= to {
            return Err(fault("the range is empty; the end is one more than the last point"));
        }
        Ok(Self::Range { from, to })
    }

    /// The selected indices of a sweep of `points` points.
    ///
    /// # Errors
    /// When the range goes beyond the sweep.
    pub fn indices(&self, points: usize) -> Result<Vec<usize>, ExperimentError> {
        match *self {
            Self::All => Ok((0..points).collect()),
            Self::Shard { number, of } => Ok((number - 1..points).step_by(of).collect()),
            Self::Range { from, to } if to > points => Err(option(
                "--points",
                &format!("{from}..{to}"),
                &format!("the sweep has {points} points, the last is {}", points.saturating_sub(1)),
            )),
            Self::Range { from, to } => Ok((from..to).collect()),
        }
    }

    /// What the record's name gets, so that parts do not overwrite each other.
    pub(super) fn suffix(&self) -> String {
        match self {
            Self::All => String::new(),
            Self::Shard { number, of } => format!(".shard-{number}-of-{of}"),
            Self::Range { from, to } => format!(".points-{from}-to-{}", to - 1),
        }
    }
}

fn option(option: &'static str, value: &str, message: &str) -> ExperimentError {
    ExperimentError::Option { option, value: value.to_owned(), message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_cover_everything_once() {
        let mut all: Vec<usize> =
            (1..=3).flat_map(|i| Selection::shard(&format!("{i}/3")).unwrap().indices(11).unwrap()).collect();
        all.sort_unstable();
        assert_eq!(all, (0..11).collect::<Vec<_>>());
        assert_eq!(Selection::range("2..5").unwrap().indices(5).unwrap(), [2, 3, 4]);
        for bad in ["4/3", "0/3", "a/b", "3"] {
            assert!(Selection::shard(bad).is_err());
        }
        assert!(Selection::range("5..5").is_err());
        assert!(Selection::range("2..6").unwrap().indices(5).is_err());
    }
}
