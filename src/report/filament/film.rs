//! What a record holds of a film, read frame by frame.

use crate::report::source::Source;

/// Byte of a vacancy in the record.
pub(super) const VACANCY: u8 = 1;
/// Byte of an ion in the record.
pub(super) const ION: u8 = 2;

/// The film of one run with the trace of its first cell.
pub(super) struct Film {
    pub(super) prefix: String,
    /// Sites along x, y and z.
    pub(super) size: [usize; 3],
    pub(super) cells: usize,
    /// Distance of neighbouring sites, m.
    pub(super) spacing: f64,
    /// Time and applied voltage of the frames.
    pub(super) time: Vec<f64>,
    pub(super) voltage: Vec<f64>,
    /// Names of the ramps; empty for an interrupted run.
    pub(super) ramps: Vec<String>,
    /// The trace: time, applied voltage, and of the first cell current and conductance.
    pub(super) trace_time: Vec<f64>,
    pub(super) trace_voltage: Vec<f64>,
    pub(super) current: Vec<f64>,
    pub(super) conductance: Vec<f64>,
    /// Currents of all cells, row-major.
    currents: Vec<f64>,
}

/// The sites of one cell in one frame.
pub(super) struct Frame(Vec<u8>);

impl Frame {
    /// Indices of the sites that hold this.
    pub(super) fn of(&self, what: u8) -> Vec<usize> {
        self.0.iter().enumerate().filter(|(_, site)| **site == what).map(|(i, _)| i).collect()
    }
}

impl Film {
    /// The film below a prefix, if there is one with at least one frame.
    pub(super) fn load(source: &mut Source, prefix: &str) -> Option<Self> {
        let path = |name: &str| format!("{prefix}/filament/{name}");
        let shape = source.shapes.get(&path("sites"))?.clone();
        let [frames, cells, nz, ny, nx] = shape.as_slice() else { return None };
        let x = source.take(&path("x"))?.values;
        let spacing = match x.as_slice() {
            [a, b, ..] => b - a,
            [only] => 2.0 * only,
            [] => return None,
        };
        let mut time = source.take(&path("time"))?.values;
        let mut voltage = source.take(&path("voltage"))?.values;
        // A killed run may have begun a frame.
        let frames = (*frames).min(time.len()).min(voltage.len());
        time.truncate(frames);
        voltage.truncate(frames);
        if frames == 0 || *cells == 0 || spacing.is_nan() || spacing <= 0.0 {
            return None;
        }
        for name in ["y", "z", "plane", "sites", "potential", "temperature"] {
            source.mark(&path(name));
        }
        let ramps = source.texts(&format!("{prefix}/results/ramp")).unwrap_or_default();
        let group = source.file.members(&format!("{prefix}/traces")).into_iter().next().unwrap_or_default();
        let column = |name: &str| {
            source.peek(&format!("{prefix}/traces/{group}/{name}")).map(|a| a.values).unwrap_or_default()
        };
        let (trace_time, trace_voltage) = (column("time"), column("voltage"));
        let first = |values: &[f64]| values.iter().step_by(*cells).copied().collect::<Vec<f64>>();
        let currents = column("current");
        Some(Self {
            prefix: prefix.to_owned(),
            size: [*nx, *ny, *nz],
            cells: *cells,
            spacing,
            time,
            voltage,
            ramps,
            current: first(&currents),
            conductance: first(&column("conductance")),
            trace_time,
            trace_voltage,
            currents,
        })
    }

    /// A column of the trace at the time of a frame.
    pub(super) fn at(&self, frame: usize, column: &[f64]) -> f64 {
        self.row(frame).and_then(|row| column.get(row).copied()).unwrap_or(f64::NAN)
    }

    /// Current of a cell at the time of a frame, A.
    pub(super) fn current_of(&self, cell: usize, frame: usize) -> f64 {
        self.row(frame)
            .and_then(|row| self.currents.get(row * self.cells + cell).copied())
            .unwrap_or(f64::NAN)
    }

    /// The sample of the trace nearest to a frame.
    fn row(&self, frame: usize) -> Option<usize> {
        let time = *self.time.get(frame)?;
        let after = self.trace_time.partition_point(|t| *t < time);
        let far = |i: usize| self.trace_time.get(i).map_or(f64::INFINITY, |t| (t - time).abs());
        let before = after.saturating_sub(1);
        (far(before).min(far(after)) < f64::INFINITY)
            .then(|| if far(before) < far(after) { before } else { after })
    }

    /// The sites of a cell in a frame.
    pub(super) fn frame(&self, source: &Source, cell: usize, frame: usize) -> Option<Frame> {
        let values = source.file.entry(&format!("{}/filament/sites", self.prefix), frame).ok()?;
        let count = self.size.iter().product::<usize>();
        Some(Frame(values.get(cell * count..(cell + 1) * count)?.iter().map(|v| *v as u8).collect()))
    }

    /// Place along y of the plane of the fields of a cell, in sites.
    pub(super) fn plane(&self, source: &Source, cell: usize, frame: usize) -> f64 {
        let all = source.file.entry(&format!("{}/filament/plane", self.prefix), frame).unwrap_or_default();
        all.get(cell).map_or(0.0, |y| y / self.spacing)
    }

    /// The temperatures of a cell in the plane of the film, K, x fastest.
    pub(super) fn temperatures(&self, source: &Source, cell: usize, frame: usize) -> Vec<f64> {
        let count = self.size[0] * self.size[2];
        source
            .file
            .entry(&format!("{}/filament/temperature", self.prefix), frame)
            .ok()
            .and_then(|values| values.get(cell * count..(cell + 1) * count).map(<[f64]>::to_vec))
            .unwrap_or_default()
    }

    /// A round length for a scale bar, about a fifth of the width, m.
    pub(super) fn bar(&self) -> f64 {
        let wanted = 0.25 * self.size[0] as f64 * self.spacing;
        let power = 10_f64.powf(wanted.log10().floor());
        [5.0, 2.0, 1.0]
            .into_iter()
            .map(|digit| digit * power)
            .find(|length| *length <= wanted)
            .unwrap_or(power)
    }
}
