//! Counts times figures.

use super::{CostCard, CostReport, Part};
use crate::mapping::config::{AnalogConfig, Encoding, PlanePlaces};
use crate::mapping::synapses::Activity;

/// How large a matrix is on its tiles, and how its cells are read and written.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Extent {
    /// Inputs and outputs of the matrix.
    pub matrix: (u64, u64),
    /// Tiles.
    pub tiles: u64,
    /// Cells.
    pub cells: u64,
    /// Arrays with word lines of their own that a tile is made of.
    pub arrays: u64,
    /// Inputs of the tiles in all.
    pub inputs: u64,
    /// Bit lines of the planes in all.
    pub bit_lines: u64,
    /// Outputs of the tiles in all.
    pub outputs: u64,
    /// Analog-to-digital converters in all.
    pub converters: u64,
    /// Duration of a read, s.
    pub read_width: f64,
    /// Voltage and width of the SET and of the RESET pulse, V and s, where they are known.
    pub write_pulses: Option<[(f64, f64); 2]>,
}

impl Extent {
    /// Word lines in all.
    fn word_lines(&self, places: PlanePlaces) -> u64 {
        match places {
            PlanePlaces::Adjacent => self.inputs,
            PlanePlaces::Separate => self.inputs * self.arrays,
        }
    }
}

/// A figure at other bits than its own.
fn at(figure: f64, growth: f64, bits: u32, own_bits: f64) -> f64 {
    if bits == 0 { 0.0 } else { figure * growth.powf(f64::from(bits) - own_bits) }
}

impl CostReport {
    /// Cost of what a matrix did, and of the matrix.
    pub fn new(card: &CostCard, design: &AnalogConfig, extent: &Extent, activity: &Activity) -> Self {
        let mut report = Self::default();
        report.reads(card, design, extent, activity);
        report.writes(card, design, extent, activity);
        report.areas(card, design, extent);
        if design.periphery.dac_bits == 0 || design.periphery.adc_bits == 0 {
            report.without.push("Ideal converters cost nothing: give their bits.");
        }
        report
    }

    fn reads(&mut self, card: &CostCard, design: &AnalogConfig, extent: &Extent, activity: &Activity) {
        let figures = &card.figures;
        let (dac_bits, adc_bits) = (design.periphery.dac_bits, design.periphery.adc_bits);
        let adc_conversions = activity.adc_conversions as f64;
        // Planes in arrays of their own have their own drivers.
        let drivers = extent.word_lines(design.cost.planes) as f64 / extent.inputs.max(1) as f64;
        let drives = activity.dac_conversions as f64 * drivers;
        let rounds = activity.tile_reads as f64 / extent.tiles.max(1) as f64;
        let charge = drives * figures.line_capacitance
            + rounds * extent.cells as f64 * figures.line_capacitance_per_cell;
        self.part_mut(Part::Cells).energy = activity.read_energy + activity.write_energy;
        self.part_mut(Part::Cells).time = rounds * extent.read_width;
        self.part_mut(Part::Lines).energy = charge * figures.line_swing * figures.line_swing;
        // Bits of one drive, and reads whose charges enter one conversion.
        let drive_bits = drive_bits(design);
        let samples = match design.periphery.encoding {
            Encoding::BitSerial => 1,
            _ => design.periphery.reads_per_input(),
        };
        let energy = at(figures.dac_energy, figures.dac_energy_growth, drive_bits, figures.dac_bits);
        self.part_mut(Part::InputConverters).energy = drives * energy;
        self.part_mut(Part::Sensing).energy = adc_conversions * f64::from(samples) * figures.sense_energy;
        let output = self.part_mut(Part::OutputConverters);
        output.energy =
            adc_conversions * at(figures.adc_energy, figures.adc_energy_growth, adc_bits, figures.adc_bits);
        output.time = adc_conversions / extent.converters.max(1) as f64
            * at(figures.adc_time, figures.adc_time_growth, adc_bits, figures.adc_bits);
        self.part_mut(Part::Addition).energy = adc_conversions * figures.addition_energy;
        let results = activity.products as f64 * extent.outputs as f64;
        let bits = drives * f64::from(drive_bits) + results * f64::from(adc_bits);
        self.part_mut(Part::Buffers).energy = bits * figures.buffer_energy;
        let bits =
            extent.matrix.0 as f64 * f64::from(dac_bits) + extent.matrix.1 as f64 * f64::from(adc_bits);
        self.part_mut(Part::Routing).energy = activity.products as f64 * bits * figures.routing_energy;
    }

    fn writes(&mut self, card: &CostCard, design: &AnalogConfig, extent: &Extent, activity: &Activity) {
        let figures = &card.figures;
        let at_once = design.cost.cells_per_write.unwrap_or(design.tile_columns) as u64 * extent.tiles;
        let turns = |count: u64| count as f64 / at_once.max(1) as f64;
        self.part_mut(Part::Cells).time += turns(activity.cell_reads) * extent.read_width;
        if activity.set_pulses + activity.reset_pulses == 0 {
            return;
        }
        let Some(pulses) = extent.write_pulses else {
            self.without
                .push("Lines and time of write pulses are not counted: the card does not give the pulses.");
            return;
        };
        let word_lines = extent.word_lines(design.cost.planes).max(1) as f64;
        let crossing =
            extent.cells as f64 / word_lines + extent.cells as f64 / extent.bit_lines.max(1) as f64;
        let capacitance = 2.0 * figures.line_capacitance + crossing * figures.line_capacitance_per_cell;
        for (count, (voltage, width)) in [activity.set_pulses, activity.reset_pulses].into_iter().zip(pulses)
        {
            self.part_mut(Part::Cells).time += turns(count) * width;
            self.part_mut(Part::Lines).energy += count as f64 * capacitance * voltage * voltage;
        }
    }

    fn areas(&mut self, card: &CostCard, design: &AnalogConfig, extent: &Extent) {
        let figures = &card.figures;
        let (dac_bits, adc_bits) = (design.periphery.dac_bits, design.periphery.adc_bits);
        let word_lines = extent.word_lines(design.cost.planes) as f64;
        let (bit_lines, converters) = (extent.bit_lines as f64, extent.converters as f64);
        self.part_mut(Part::Cells).area = extent.cells as f64 * figures.cell_area;
        self.part_mut(Part::Lines).area = (word_lines + bit_lines) * figures.line_driver_area;
        let area = at(figures.dac_area, figures.dac_area_growth, drive_bits(design), figures.dac_bits);
        self.part_mut(Part::InputConverters).area = word_lines * area;
        self.part_mut(Part::Sensing).area = bit_lines * figures.sense_area;
        let area = at(figures.adc_area, figures.adc_area_growth, adc_bits, figures.adc_bits);
        self.part_mut(Part::OutputConverters).area = converters * area;
        self.part_mut(Part::Addition).area = converters * figures.addition_area;
        let bits = extent.inputs as f64 * f64::from(dac_bits) + extent.outputs as f64 * f64::from(adc_bits);
        self.part_mut(Part::Buffers).area = bits * figures.buffer_area;
        self.part_mut(Part::Routing).area = extent.tiles as f64 * figures.routing_area;
    }
}

/// Bits that the drivers of the lines convert at once.
fn drive_bits(design: &AnalogConfig) -> u32 {
    if design.periphery.encoding.is_serial() { 1 } else { design.periphery.dac_bits }
}
