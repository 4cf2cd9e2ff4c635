//! The selected cell and its neighbours over time.

use device_models::card::DeviceCard;

use crate::crossbar::transient::ArrayTransient;
use crate::record::{Dataset, Record, RecordError, Stream, StreamSpec};

/// The cells whose traces are kept.
pub(super) struct Watch<'a> {
    card: &'a DeviceCard,
    shape: (usize, usize),
    /// Row, column and what the cell is.
    cells: Vec<(usize, usize, &'static str)>,
}

impl<'a> Watch<'a> {
    /// The selected cell, its neighbours on its lines, the farthest on its word line, and one that
    /// shares no line with it.
    pub(super) fn new(card: &'a DeviceCard, shape: (usize, usize), (row, column): (usize, usize)) -> Self {
        let (rows, columns) = shape;
        let far = if 2 * column < columns { columns - 1 } else { 0 };
        let candidates = [
            (Some(row), Some(column), "selected"),
            (Some(row), column.checked_sub(1), "same word line, towards the driver"),
            (Some(row), column.checked_add(1), "same word line, away from the driver"),
            (Some(row), Some(far), "same word line, at the end farther from the selected"),
            (row.checked_sub(1), Some(column), "same bit line, above"),
            (row.checked_add(1), Some(column), "same bit line, below"),
            (row.checked_add(1), column.checked_add(1), "no line in common"),
        ];
        let mut cells: Vec<(usize, usize, &'static str)> = Vec::new();
        for (i, j, what) in candidates {
            if let (Some(i), Some(j)) = (i, j)
                && i < rows
                && j < columns
                && !cells.iter().any(|(a, b, _)| (*a, *b) == (i, j))
            {
                cells.push((i, j, what));
            }
        }
        Self { card, shape, cells }
    }

    fn states(&self) -> impl Iterator<Item = usize> {
        let variables = self.card.model.state_variables();
        (0..variables.len()).filter(|i| variables[*i].name != "temperature")
    }

    /// Columns of the trace.
    pub(super) fn specification(&self) -> StreamSpec {
        let n = self.cells.len();
        let spec = StreamSpec::trace("array")
            .column("applied_voltage", "V", "voltage between the selected word line and bit line")
            .column("word_line_current", "A", "current into the selected word line")
            .column("bit_line_current", "A", "current out of the selected bit line")
            .column(
                "sneak_current",
                "A",
                "current out of the selected bit line that is not the selected cell's",
            )
            .cells("crossing_voltage", n, "V", "voltage between the lines at the cell")
            .cells("current", n, "A", "current of the cell")
            .cells("temperature", n, "K", "temperature of the filament");
        self.states().fold(spec, |spec, i| {
            let variable = &self.card.model.state_variables()[i];
            spec.cells(&format!("state_{}", variable.name), n, variable.unit, variable.long_name)
        })
    }

    /// Writes which cells these are.
    pub(super) fn describe(&self, record: &mut Record) -> Result<(), RecordError> {
        let names = self.cells.iter().enumerate().map(|(k, (_, _, what))| format!("cell {k}: {what}"));
        record.write(&Dataset::texts("/results/watched", names.collect(), "cells of the traces"))?;
        let whole = |line: usize| i64::try_from(line).unwrap_or(i64::MAX);
        let rows = self.cells.iter().map(|(row, ..)| whole(*row)).collect();
        let columns = self.cells.iter().map(|(_, column, _)| whole(*column)).collect();
        record.write(&Dataset::integers(
            "/results/watched_row",
            rows,
            "1",
            "word line of the watched cells",
        ))?;
        record.write(&Dataset::integers(
            "/results/watched_column",
            columns,
            "1",
            "bit line of the watched cells",
        ))
    }

    /// Adds one instant.
    pub(super) fn append(
        &self,
        now: &ArrayTransient<'_>,
        record: &mut Record,
        stream: Stream,
    ) -> Result<(), RecordError> {
        let (_, columns) = self.shape;
        let solution = now.solution();
        let model = self.card.model.as_ref();
        let variables = model.state_variables().len();
        let at: Vec<usize> = self.cells.iter().map(|(i, j, _)| i * columns + j).collect();
        let (row, column) = self.cells.first().map_or((0, 0), |(i, j, _)| (*i, *j));
        let selected = row * columns + column;
        let out = solution.bit_line_currents[column];
        let applied = now.bias().map_or(0.0, |bias| bias.word_lines[row] - bias.bit_lines[column]);
        let scalars = [
            now.time(),
            applied,
            solution.word_line_currents[row],
            out,
            out - solution.cell_currents[selected],
        ];
        let pick = |get: &dyn Fn(usize) -> f64| at.iter().map(|k| get(*k)).collect::<Vec<f64>>();
        let state = |k: usize| &now.states()[k * variables..(k + 1) * variables];
        let ambient = |k: usize| now.surroundings()[k].ambient_temperature;
        let temperature = model.state_variables().iter().position(|v| v.name == "temperature");
        let mut columns: Vec<Vec<f64>> = scalars.iter().map(|value| vec![*value]).collect();
        columns.push(pick(&|k| solution.word_nodes[k] - solution.bit_nodes[k]));
        columns.push(pick(&|k| solution.cell_currents[k]));
        columns.push(pick(&|k| temperature.map_or(ambient(k), |i| state(k)[i])));
        columns.extend(self.states().map(|i| pick(&|k| state(k)[i])));
        let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        record.append(stream, &slices)
    }
}
