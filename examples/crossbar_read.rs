//! Reads an array with wires and prints what they cost.
//!
//! `cargo run --release --example crossbar_read`

use neurofilament::crossbar::{Array, Bias, Crossbar, Options};
use neurofilament::numerics::rng::{Purpose, Stream};

/// Word lines, bit lines.
const ROWS: usize = 32;
const COLUMNS: usize = 16;
/// Voltage on all word lines, V.
const READ: f64 = 0.2;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Cells between 1 µS and 100 µS, 2.5 Ω for each piece of wire, 10 Ω at each terminal.
    let mut stream = Stream::new(1, Purpose::Pattern, 0, 0);
    let cells: Vec<f64> = (0..ROWS * COLUMNS).map(|_| 1e-6 + 99e-6 * stream.uniform()).collect();
    let array = Array::uniform(ROWS, COLUMNS, cells.clone(), 2.5, 10.0);
    // One entry serves any number of inputs and chooses the method.
    let crossbar = Crossbar::new(array, Options::default())?;
    let solution = crossbar.solve(&Bias::read(vec![READ; ROWS], COLUMNS))?;

    println!("bit line  current (µA)  without wires (µA)  loss (%)");
    for (j, current) in solution.bit_line_currents.iter().enumerate() {
        let ideal: f64 = cells.iter().skip(j).step_by(COLUMNS).map(|g| g * READ).sum();
        let loss = 100.0 * (1.0 - current / ideal);
        println!("{j:8}  {:12.2}  {:18.2}  {loss:8.2}", current * 1e6, ideal * 1e6);
    }
    let across = solution.word_nodes.iter().zip(&solution.bit_nodes).map(|(word, bit)| word - bit);
    let (least, most) = across.fold((f64::INFINITY, 0.0_f64), |(a, b), v| (a.min(v), b.max(v)));
    println!(
        "voltage across the cells: {:.1} mV to {:.1} mV of {:.0} mV",
        least * 1e3,
        most * 1e3,
        READ * 1e3
    );
    println!("weight of the wires (lossiness): {:.3}", crossbar.lossiness());
    println!("relative violation of Kirchhoff's current law: {:.1e}", solution.residual);
    Ok(())
}
