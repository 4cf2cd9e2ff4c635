//! The array: cells, wires and terminals, checked once at the boundary.

use super::error::CrossbarError;

/// Resistance of a line between neighbouring cells, Ohm; infinity is a broken line.
#[derive(Debug, Clone, PartialEq)]
pub enum Segments {
    /// The same everywhere.
    Uniform(f64),
    /// One value for each segment: of word lines rows × (columns − 1), of bit lines
    /// (rows − 1) × columns, row after row.
    Each(Vec<f64>),
}

impl Segments {
    /// Resistance of segment `k`, Ohm.
    pub fn at(&self, k: usize) -> f64 {
        match self {
            Self::Uniform(r) => *r,
            Self::Each(all) => all[k],
        }
    }

    fn any(&self, test: impl Fn(f64) -> bool) -> bool {
        match self {
            Self::Uniform(r) => test(*r),
            Self::Each(all) => all.iter().any(|r| test(*r)),
        }
    }

    /// Some segment has no resistance.
    pub fn any_zero(&self) -> bool {
        self.any(|r| r == 0.0)
    }

    /// Some segment is broken.
    pub fn any_open(&self) -> bool {
        self.any(f64::is_infinite)
    }
}

/// The wires of one family of lines and what connects them to the outside.
#[derive(Debug, Clone, PartialEq)]
pub struct Lines {
    /// Resistance between neighbouring cells.
    pub segments: Segments,
    /// Resistance between the terminal at the near end and the first cell of each line, Ohm;
    /// `None` where that end is open. Near is left for word lines and bottom for bit lines.
    pub near: Vec<Option<f64>>,
    /// The same at the far end: right for word lines, top for bit lines.
    pub far: Vec<Option<f64>>,
}

impl Lines {
    /// Lines alike, connected at the near end only.
    pub fn uniform(count: usize, segment: f64, terminal: f64) -> Self {
        Self {
            segments: Segments::Uniform(segment),
            near: vec![Some(terminal); count],
            far: vec![None; count],
        }
    }

    /// True where neither end of line `k` is connected.
    pub fn floats(&self, k: usize) -> bool {
        self.near[k].is_none() && self.far[k].is_none()
    }
}

/// One node of the array: the crossing (row, column) on a word line or on a bit line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On the word line.
    Word(usize, usize),
    /// On the bit line.
    Bit(usize, usize),
}

/// A resistor that should not be there: a short between two lines.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bridge {
    /// One end.
    pub from: Place,
    /// The other end.
    pub to: Place,
    /// Its resistance, Ohm, above zero.
    pub resistance: f64,
}

/// How the two families of lines run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Topology {
    /// Word lines along the rows carry the current, bit lines along the columns: passive arrays, and
    /// 1T1R arrays with source lines along the rows.
    #[default]
    Crossed,
    /// Both along the columns: 1T1R arrays with a source line beside every bit line. The lines called
    /// word lines here are then the source lines, one for each column, with near end and segments as
    /// bit lines have; the gate lines along the rows carry no current, and a row whose gate is off
    /// has cells of zero conductance.
    SourceLines,
}

/// A rectangular array of cells with wires.
///
/// Word lines are rows, bit lines are columns. A cell connects the word-line node and the bit-line
/// node of its crossing.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// Number of word lines.
    pub rows: usize,
    /// Number of bit lines.
    pub columns: usize,
    /// How the lines run.
    pub topology: Topology,
    /// Cell conductances, S, row after row; zero is an open cell.
    pub conductances: Vec<f64>,
    /// The word lines.
    pub word_lines: Lines,
    /// The bit lines.
    pub bit_lines: Lines,
    /// Shorts between lines.
    pub bridges: Vec<Bridge>,
}

const RESISTANCE: &str = "a finite resistance of at least 0 Ohm";
const SEGMENT: &str = "a resistance of at least 0 Ohm, infinite where the line is broken";

impl Array {
    /// An array with the same resistance in every segment and at every near terminal; far ends are
    /// open.
    pub fn uniform(rows: usize, columns: usize, conductances: Vec<f64>, segment: f64, terminal: f64) -> Self {
        Self {
            rows,
            columns,
            topology: Topology::Crossed,
            conductances,
            word_lines: Lines::uniform(rows, segment, terminal),
            bit_lines: Lines::uniform(columns, segment, terminal),
            bridges: Vec::new(),
        }
    }

    /// Number of cells.
    pub fn cells(&self) -> usize {
        self.rows * self.columns
    }

    /// Number of word lines, or of source lines.
    pub fn word_line_count(&self) -> usize {
        match self.topology {
            Topology::Crossed => self.rows,
            Topology::SourceLines => self.columns,
        }
    }

    /// Shape of the table of word-line (source-line) segments.
    pub fn word_segments(&self) -> (usize, usize) {
        match self.topology {
            Topology::Crossed => (self.rows, self.columns.saturating_sub(1)),
            Topology::SourceLines => self.bit_segments(),
        }
    }

    /// Shape of the table of bit-line segments.
    pub fn bit_segments(&self) -> (usize, usize) {
        (self.rows.saturating_sub(1), self.columns)
    }

    /// Resistance of the word line between cells (i, j) and (i, j + 1), of a source line between
    /// cells (i, j) and (i + 1, j), Ohm.
    pub fn word_segment(&self, i: usize, j: usize) -> f64 {
        self.word_lines.segments.at(i * self.word_segments().1 + j)
    }

    /// Resistance of the bit line between cells (i, j) and (i + 1, j), Ohm.
    pub fn bit_segment(&self, i: usize, j: usize) -> f64 {
        self.bit_lines.segments.at(i * self.columns + j)
    }

    /// Disconnects both ends of every line but the word line (source line) and the bit line of one cell: they float.
    pub fn float_unselected(&mut self, (row, column): (usize, usize)) {
        let word = match self.topology {
            Topology::Crossed => row,
            Topology::SourceLines => column,
        };
        for (lines, selected) in [(&mut self.word_lines, word), (&mut self.bit_lines, column)] {
            for ends in [&mut lines.near, &mut lines.far] {
                ends.iter_mut().enumerate().filter(|(k, _)| *k != selected).for_each(|(_, end)| *end = None);
            }
        }
    }

    /// Checks shapes and values.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), CrossbarError> {
        let (rows, columns) = (self.rows, self.columns);
        if rows == 0 || columns == 0 {
            return Err(CrossbarError::Empty { rows, columns });
        }
        length("the conductance matrix", self.conductances.len(), rows * columns)?;
        for (k, &g) in self.conductances.iter().enumerate() {
            if !(g.is_finite() && g >= 0.0) {
                let field = format!("the conductance of cell ({}, {})", k / columns, k % columns);
                return Err(value(field, g, "a finite conductance of at least 0 S"));
            }
        }
        let word = ["the list of word-line segments", "the list of source resistances"];
        let count = |(m, n): (usize, usize)| m * n;
        let segments = count(self.word_segments());
        check_lines(&self.word_lines, self.word_line_count(), segments, "word", word)?;
        let bit = ["the list of bit-line segments", "the list of sense resistances"];
        check_lines(&self.bit_lines, columns, count(self.bit_segments()), "bit", bit)?;
        for (k, bridge) in self.bridges.iter().enumerate() {
            for place in [bridge.from, bridge.to] {
                let (Place::Word(i, j) | Place::Bit(i, j)) = place;
                for (name, at, count) in [("row", i, rows), ("column", j, columns)] {
                    if at >= count {
                        let field = format!("the {name} of an end of bridge {k}");
                        return Err(value(field, at as f64, "a crossing of the array"));
                    }
                }
            }
            if !(bridge.resistance.is_finite() && bridge.resistance > 0.0) {
                let field = format!("the resistance of bridge {k}");
                return Err(value(field, bridge.resistance, "a finite resistance above 0 Ohm"));
            }
        }
        Ok(())
    }
}

fn value(field: String, value: f64, expected: &'static str) -> CrossbarError {
    CrossbarError::Value { field, value, expected }
}

fn length(field: &'static str, found: usize, expected: usize) -> Result<(), CrossbarError> {
    if found == expected { Ok(()) } else { Err(CrossbarError::Shape { field, found, expected }) }
}

fn check_lines(
    lines: &Lines,
    count: usize,
    segments: usize,
    name: &str,
    [segment_list, terminal_list]: [&'static str; 2],
) -> Result<(), CrossbarError> {
    match &lines.segments {
        Segments::Uniform(r) => {
            if r.is_nan() || *r < 0.0 {
                return Err(value(format!("the {name}-line segment resistance"), *r, SEGMENT));
            }
        }
        Segments::Each(all) => {
            length(segment_list, all.len(), segments)?;
            if let Some((k, r)) = all.iter().enumerate().find(|(_, r)| r.is_nan() || **r < 0.0) {
                return Err(value(format!("the resistance of {name}-line segment {k}"), *r, SEGMENT));
            }
        }
    }
    for (end, terminals) in [("near", &lines.near), ("far", &lines.far)] {
        length(terminal_list, terminals.len(), count)?;
        for (i, r) in terminals.iter().enumerate() {
            let r = r.unwrap_or(0.0);
            if !(r.is_finite() && r >= 0.0) {
                return Err(value(
                    format!("the resistance at the {end} end of {name} line {i}"),
                    r,
                    RESISTANCE,
                ));
            }
        }
    }
    Ok(())
}
