//! The film: occupation, potential and temperature at the frames.

use device_models::kinetic_monte_carlo::{KineticCell, Lattice};

use crate::record::{Attribute, Dataset, Growing, Record, RecordError, Values};

/// The growing datasets of the film.
pub(super) struct Film {
    lattice: Lattice,
    time: Growing,
    voltage: Growing,
    sites: Growing,
    plane: Growing,
    potential: Growing,
    temperature: Growing,
    /// Index along y of the plane of each cell.
    planes: Vec<usize>,
}

impl Film {
    /// Creates the datasets, empty, with the coordinates of the sites.
    pub(super) fn create(lattice: &Lattice, cells: usize, record: &mut Record) -> Result<Self, RecordError> {
        let [nx, ny, nz] = lattice.size;
        for (axis, count, meaning) in [
            ("x", nx, "position along x"),
            ("y", ny, "position along y"),
            ("z", nz, "height above the inert electrode"),
        ] {
            // Half a spacing lies between an electrode or wall and the first site.
            let values = (0..count).map(|i| (i as f64 + 0.5) * lattice.spacing).collect();
            let path = format!("/filament/{axis}");
            record.write(&Dataset::vector(path.clone(), values, "m", meaning).scale(0, path))?;
        }
        let axis = |axis: &str| format!("/filament/{axis}");
        let time = record.grow(
            &Dataset::new(axis("time"), vec![0], Values::F64(Vec::new()), "s", "time of the frame")
                .scale(0, axis("time")),
        )?;
        let voltage = record.grow(
            &Dataset::new(axis("voltage"), vec![0], Values::F64(Vec::new()), "V", "applied voltage")
                .scale(0, axis("time")),
        )?;
        let sites = record.grow(
            &Dataset::new(
                axis("sites"),
                vec![0, cells, nz, ny, nx],
                Values::U8(Vec::new()),
                "1",
                "occupation of the sites (0 oxide, 1 vacancy, 2 oxygen ion)",
            )
            .scale(0, axis("time"))
            .scale(2, axis("z"))
            .scale(3, axis("y"))
            .scale(4, axis("x"))
            .attribute("values", Attribute::Texts(vec!["oxide".into(), "vacancy".into(), "ion".into()])),
        )?;
        let plane = record.grow(
            &Dataset::new(
                axis("plane"),
                vec![0, cells],
                Values::F64(Vec::new()),
                "m",
                "position along y of the plane of the fields, through the hottest site",
            )
            .scale(0, axis("time")),
        )?;
        let mut slice = |name: &str, unit: &str, long_name: &str| {
            record.grow(
                &Dataset::new(axis(name), vec![0, cells, nz, nx], Values::F32(Vec::new()), unit, long_name)
                    .scale(0, axis("time"))
                    .scale(2, axis("z"))
                    .scale(3, axis("x")),
            )
        };
        let potential = slice("potential", "V", "potential in the plane")?;
        let temperature = slice("temperature", "K", "temperature in the plane")?;
        let planes = vec![ny / 2; cells];
        Ok(Self { lattice: *lattice, time, voltage, sites, plane, potential, temperature, planes })
    }

    /// Appends a frame of all cells.
    pub(super) fn frame<'a>(
        &mut self,
        cells: impl Iterator<Item = &'a KineticCell>,
        time: f64,
        voltage: f64,
        record: &mut Record,
    ) -> Result<(), RecordError> {
        let (mut sites, mut potential, mut temperature) = (Vec::new(), Vec::new(), Vec::new());
        for (cell, plane) in cells.zip(&mut self.planes) {
            sites.extend(cell.filament().sites().iter().map(|site| *site as u8));
            let (u, t) = cell.fields_at(voltage);
            // Without a current no site is the hottest: the plane stays.
            let hottest = t.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
            if let Some((site, _)) = hottest.filter(|(_, t)| t.is_finite() && voltage != 0.0) {
                *plane = self.lattice.coordinates(site)[1];
            }
            slice(&self.lattice, *plane, &u, &mut potential);
            slice(&self.lattice, *plane, &t, &mut temperature);
        }
        let planes = self.planes.iter().map(|y| (*y as f64 + 0.5) * self.lattice.spacing).collect();
        record.extend(&[
            (self.time, Values::F64(vec![time])),
            (self.voltage, Values::F64(vec![voltage])),
            (self.sites, Values::U8(sites)),
            (self.plane, Values::F64(planes)),
            (self.potential, Values::F32(potential)),
            (self.temperature, Values::F32(temperature)),
        ])
    }
}

/// One plane of a field.
fn slice(lattice: &Lattice, y: usize, field: &[f64], out: &mut Vec<f32>) {
    let [nx, ny, nz] = lattice.size;
    for z in 0..nz {
        let start = (z * ny + y) * nx;
        out.extend(field.get(start..start + nx).unwrap_or_default().iter().map(|v| *v as f32));
    }
}
