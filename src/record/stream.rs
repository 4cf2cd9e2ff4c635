//! Columns that grow along time, written in pieces with bounded memory.
//!
//! Rows are collected until a piece is full (at most [`ROWS`] rows and about [`BYTES`] bytes over
//! all columns) and then go to the file together, followed by a flush; so all columns of a stream
//! always have the same length in the file, also in one left behind by a killed process. A piece
//! that does not fill is written after [`PATIENCE`] all the same.

use std::time::{Duration, Instant};

use hdf5::{Extent, File};
use ndarray::{ArrayView1, ArrayView2};

use super::dataset::Attribute;
use super::error::RecordError;
use super::{attributes, layout};

/// Most rows in a piece, and rows of a chunk of a one-dimensional column.
const ROWS: usize = 1 << 15;
/// Aim for the bytes collected over all columns of a stream.
const BYTES: usize = 1 << 23;
/// Longest time that appended rows wait for a flush while more rows arrive.
const PATIENCE: Duration = Duration::from_secs(5);

/// A column of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Name of the dataset in the group of the stream.
    pub name: String,
    /// Unit as plain SI text.
    pub unit: String,
    /// What the values are, in words.
    pub long_name: String,
    /// Number of cells: the dataset is time × cells. `None` makes it one-dimensional.
    pub cells: Option<usize>,
    /// Path of the scale of the cells dimension.
    pub cells_scale: Option<String>,
    /// Store single precision: half the space, seven digits.
    pub single: bool,
    /// Further attributes.
    pub attributes: Vec<(String, Attribute)>,
}

/// A group of columns that grow together; the first column is the scale of the others.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamSpec {
    /// Path of the group, such as `/traces/sweep`.
    pub group: String,
    /// The columns; the first (time) must be one-dimensional.
    pub columns: Vec<Column>,
}

impl StreamSpec {
    /// A trace under `/traces/<name>` with a `time` column in seconds.
    pub fn trace(name: &str) -> Self {
        Self { group: format!("/traces/{name}"), columns: Vec::new() }.column("time", "s", "time")
    }

    /// Adds a one-dimensional column in double precision.
    #[must_use]
    pub fn column(mut self, name: &str, unit: &str, long_name: &str) -> Self {
        self.columns.push(Column {
            name: name.into(),
            unit: unit.into(),
            long_name: long_name.into(),
            cells: None,
            cells_scale: None,
            single: false,
            attributes: Vec::new(),
        });
        self
    }

    /// Adds a column of time × cells.
    #[must_use]
    pub fn cells(self, name: &str, cells: usize, unit: &str, long_name: &str) -> Self {
        let mut spec = self.column(name, unit, long_name);
        if let Some(column) = spec.columns.last_mut() {
            column.cells = Some(cells);
        }
        spec
    }

    /// Stores the column added last in single precision.
    #[must_use]
    pub fn single(mut self) -> Self {
        if let Some(column) = self.columns.last_mut() {
            column.single = true;
        }
        self
    }
}

/// Handle of a stream of a [`Record`](super::Record).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stream(pub(crate) usize);

struct Growing {
    dataset: hdf5::Dataset,
    path: String,
    width: usize,
    flat: bool,
    single: bool,
    waiting: Vec<f64>,
}

/// The open datasets of a stream and the rows not yet written.
pub(crate) struct Open {
    pub(crate) group: String,
    columns: Vec<Growing>,
    piece: usize,
    waiting: usize,
    written: usize,
    last: Instant,
}

impl Open {
    /// Creates the datasets, empty. Gives them with the scales of each dimension.
    pub(crate) fn create(
        file: &File,
        spec: &StreamSpec,
        fail: impl Fn(&hdf5::Error, &str) -> RecordError,
    ) -> Result<Self, RecordError> {
        let bad = |detail: &str| RecordError::Shape { object: spec.group.clone(), detail: detail.into() };
        if spec.columns.first().is_none_or(|time| time.cells.is_some()) {
            return Err(bad("the first column of a stream must be one-dimensional"));
        }
        if spec.columns.iter().any(|c| c.cells == Some(0)) {
            return Err(bad("a column with no cells"));
        }
        let row: usize = spec.columns.iter().map(|c| 8 * c.cells.unwrap_or(1)).sum();
        let piece = power_of_two_below(BYTES / row.max(1)).clamp(1, ROWS);
        let mut columns = Vec::with_capacity(spec.columns.len());
        for column in &spec.columns {
            let path = format!("{}/{}", spec.group, column.name);
            layout::checked_path(&path)?;
            let dataset = create_column(file, column, &path).map_err(|e| fail(&e, &path))?;
            let width = column.cells.unwrap_or(1);
            let (flat, single) = (column.cells.is_none(), column.single);
            columns.push(Growing { dataset, path, width, flat, single, waiting: Vec::new() });
        }
        let (group, last) = (spec.group.clone(), Instant::now());
        Ok(Self { group, columns, piece, waiting: 0, written: 0, last })
    }

    /// Appends rows: one slice per column, `rows × cells` values each.
    pub(crate) fn append(
        &mut self,
        file: &File,
        slab: &[&[f64]],
        fail: impl Fn(&hdf5::Error, &str) -> RecordError,
    ) -> Result<(), RecordError> {
        let rows = self.rows_of(slab)?;
        let mut done = 0;
        while done < rows {
            let take = (self.piece - self.waiting).min(rows - done);
            for (column, values) in self.columns.iter_mut().zip(slab) {
                let part = values.get(done * column.width..(done + take) * column.width);
                column.waiting.extend_from_slice(part.unwrap_or_default());
            }
            self.waiting += take;
            done += take;
            if self.waiting == self.piece {
                self.flush(file, &fail)?;
            }
        }
        if self.waiting > 0 && self.last.elapsed() > PATIENCE { self.flush(file, &fail) } else { Ok(()) }
    }

    fn rows_of(&self, slab: &[&[f64]]) -> Result<usize, RecordError> {
        let bad = |detail: String| RecordError::Shape { object: self.group.clone(), detail };
        if slab.len() != self.columns.len() {
            let (got, want) = (slab.len(), self.columns.len());
            return Err(bad(format!("{got} columns of values for {want} columns")));
        }
        let rows = slab.first().map_or(0, |time| time.len());
        for (column, values) in self.columns.iter().zip(slab) {
            if values.len() != rows * column.width {
                let (got, want) = (values.len(), rows * column.width);
                return Err(bad(format!("{got} values for {} where {rows} rows need {want}", column.path)));
            }
        }
        Ok(rows)
    }

    /// Writes what waits and flushes the file.
    pub(crate) fn flush(
        &mut self,
        file: &File,
        fail: impl Fn(&hdf5::Error, &str) -> RecordError,
    ) -> Result<(), RecordError> {
        self.last = Instant::now();
        if self.waiting == 0 {
            return Ok(());
        }
        let (start, end) = (self.written, self.written + self.waiting);
        for column in &mut self.columns {
            column.write(start, end).map_err(|e| fail(&e, &column.path))?;
            column.waiting.clear();
        }
        (self.written, self.waiting) = (end, 0);
        file.flush().map_err(|e| fail(&e, &self.group))
    }
}

impl Growing {
    fn write(&self, start: usize, end: usize) -> hdf5::Result<()> {
        if self.single {
            let narrow: Vec<f32> = self.waiting.iter().map(|x| *x as f32).collect();
            self.write_values(&narrow, start, end)
        } else {
            self.write_values(&self.waiting, start, end)
        }
    }

    fn write_values<T: hdf5::H5Type>(&self, values: &[T], start: usize, end: usize) -> hdf5::Result<()> {
        if self.flat {
            self.dataset.resize(end)?;
            return self.dataset.write_slice(ArrayView1::from(values), start..end);
        }
        self.dataset.resize((end, self.width))?;
        let view = ArrayView2::from_shape((end - start, self.width), values).map_err(|e| e.to_string())?;
        self.dataset.write_slice(view, (start..end, ..))
    }
}

fn create_column(file: &File, column: &Column, path: &str) -> hdf5::Result<hdf5::Dataset> {
    let builder = if column.single { file.new_dataset::<f32>() } else { file.new_dataset::<f64>() };
    let size = if column.single { 4 } else { 8 };
    let builder = match column.cells {
        None => layout::compressed(builder.shape(Extent::resizable(0)), vec![ROWS]),
        Some(cells) => {
            let wide = cells.min(layout::CHUNK / size);
            let rows = power_of_two_below(layout::CHUNK / size / wide).clamp(1, ROWS);
            layout::compressed(builder.shape((Extent::resizable(0), Extent::from(cells))), vec![rows, wide])
        }
    };
    let dataset = builder.obj_track_times(false).create(path)?;
    attributes::write(&dataset, "units", &Attribute::Text(column.unit.clone()))?;
    attributes::write(&dataset, "long_name", &Attribute::Text(column.long_name.clone()))?;
    for (name, value) in &column.attributes {
        attributes::write(&dataset, name, value)?;
    }
    Ok(dataset)
}

/// The largest power of two not above `n` (1 for 0).
fn power_of_two_below(n: usize) -> usize {
    1 << n.max(1).ilog2()
}
