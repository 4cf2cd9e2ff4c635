//! Arrays in scripts: their design checked against the card and the study, and their cells and costs as datasets
//! of a record.

use device_models::DeviceCard;

use crate::experiment::FieldError;
use crate::mapping::AnalogConfig;
use crate::mapping::cost::{CostReport, PartCost};
use crate::mapping::export::TileExport;
use crate::mapping::suitability::{Purpose, check_study};
use crate::record::{Attribute, Dataset, Values};

/// Checks `design` for a card and a study; says what of it is idle.
///
/// # Errors
/// The field that is wrong, or would be passed over although it changes what is meant.
pub fn check_arrays(
    card: &DeviceCard,
    design: &AnalogConfig,
    purpose: Purpose,
) -> Result<Vec<String>, FieldError> {
    check_study(card, design, purpose).map_err(|error| {
        let text = format!("is {}, but must be {}", error.value, error.expected);
        FieldError::new(format!("design.{}", error.field), text)
    })
}

/// The cells of every tile: `<group>/tile_<t>/plane_<p>/…`, and the tile's weights, factors and place.
pub fn tile_datasets(group: &str, tiles: &[TileExport]) -> Vec<Dataset> {
    let mut all = Vec::new();
    for (t, tile) in tiles.iter().enumerate() {
        let path = format!("{group}/tile_{t}");
        let (outputs, inputs) = (tile.outputs.1, tile.inputs.1);
        let weights = Dataset::new(
            format!("{path}/weights"),
            vec![outputs, inputs],
            Values::F32(tile.weights.clone()),
            "1",
            "weights that the cells stand for, output after output",
        );
        all.push(
            weights
                .attribute("first_output", Attribute::I64(tile.outputs.0.cast_signed() as i64))
                .attribute("first_input", Attribute::I64(tile.inputs.0.cast_signed() as i64))
                .attribute("window", Attribute::F64s(vec![tile.window.0.into(), tile.window.1.into()]))
                .attribute("weight_range", Attribute::F64(tile.weight_range.into()))
                .attribute("scheme", Attribute::Text(tile.scheme.clone())),
        );
        let name = "digital factor of each output";
        let scales = Values::F32(tile.scales.clone());
        all.push(Dataset::new(format!("{path}/column_scale"), vec![outputs], scales, "1", name));
        let lines = tile.bit_line_of.iter().map(|line| line.cast_signed() as i64).collect();
        let name = "bit line that serves each output";
        all.push(Dataset::new(format!("{path}/bit_line"), vec![outputs], Values::I64(lines), "1", name));
        for (p, plane) in tile.planes.iter().enumerate() {
            let dataset = |name: &str, values: Values, unit: &str, long: &str| {
                let shape = vec![plane.bit_lines, plane.word_lines];
                Dataset::new(format!("{path}/plane_{p}/{name}"), shape, values, unit, long)
            };
            let pulses = plane.pulses.iter().map(|count| i64::from(*count)).collect();
            let stuck = plane.stuck.iter().map(|stuck| u8::from(*stuck)).collect();
            all.push(dataset(
                "conductance",
                Values::F32(plane.conductances.clone()),
                "S",
                "conductance, bit line after bit line",
            ));
            all.push(dataset(
                "target",
                Values::F32(plane.targets.clone()),
                "S",
                "conductance last written, not a number where none was",
            ));
            all.push(dataset("pulses", Values::I64(pulses), "1", "write pulses received"));
            all.push(dataset("stuck", Values::U8(stuck), "1", "1 where no pulse moves the cell"));
        }
    }
    all
}

/// Costs of runs of the same hardware: `<group>/part`, `energy` and `time` of every run and part, `area` of
/// every part.
pub fn cost_datasets(group: &str, runs: &[CostReport]) -> Vec<Dataset> {
    let Some(first) = runs.first() else { return Vec::new() };
    let part = format!("{group}/part");
    let names: Vec<String> = first.parts().map(|(part, _)| part.name().to_owned()).collect();
    let each = |value: fn(PartCost) -> f64| -> Vec<f64> {
        runs.iter().flat_map(|run| run.parts().map(move |(_, cost)| value(cost))).collect()
    };
    let per_run = |name: &str, value: fn(PartCost) -> f64, unit: &str, long: &str| {
        let path = format!("{group}/{name}");
        Dataset::matrix(path, runs.len(), names.len(), each(value), unit, long).scale(1, part.clone())
    };
    let areas = first.parts().map(|(_, cost)| cost.area).collect();
    let area = Dataset::vector(format!("{group}/area"), areas, "m^2", "area of the part");
    let without = first.without.iter().map(|sentence| (*sentence).to_owned()).collect::<Vec<_>>();
    let mut energy = per_run("energy", |cost| cost.energy, "J", "energy of the part, run after run");
    if !without.is_empty() {
        energy = energy.attribute("without", Attribute::Texts(without));
    }
    vec![
        Dataset::texts(part.clone(), names.clone(), "part of the hardware"),
        energy,
        per_run("time", |cost| cost.time, "s", "time that the part is at work, run after run"),
        area.scale(0, part),
    ]
}
