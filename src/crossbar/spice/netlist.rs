//! An array and bias as an ngspice netlist.

use std::fmt::Write as _;

use crate::crossbar::array::{Array, Place, Topology};
use crate::crossbar::bias::Bias;
use crate::crossbar::cells::{Series, SeriesCells, Sinh, Threshold};
use crate::crossbar::error::CrossbarError;
use crate::crossbar::network::{Network, Node};

/// Cells whose law a netlist can hold.
#[derive(Debug, Clone, Copy)]
pub enum SpiceCells<'a> {
    /// Resistors: the array's own conductances.
    Linear,
    /// I = G V₀ sinh(V/V₀).
    Sinh(&'a Sinh),
    /// A sinh selector in series with either.
    Series(&'a Series),
    /// A threshold selector in series with a resistor.
    Threshold(&'a Threshold),
}

impl SpiceCells<'_> {
    /// Conductances at 0 V of the cells alone, S.
    fn conductances<'a>(&'a self, array: &'a Array) -> &'a [f64] {
        match self {
            Self::Linear => &array.conductances,
            Self::Sinh(law) => &law.conductances,
            Self::Threshold(law) => &law.conductances,
            Self::Series(law) => match &law.cells {
                SeriesCells::Ohmic(conductances) => conductances,
                SeriesCells::Sinh(law) => &law.conductances,
            },
        }
    }

    /// The lines of the cell `name` between two nodes.
    fn write(&self, out: &mut String, name: &str, conductance: f64, from: &str, to: &str) {
        let resistor = |out: &mut String, from: &str, to: &str| {
            let _ = writeln!(out, "Rc{name} {from} {to} {:e}", 1.0 / conductance);
        };
        let curved = |out: &mut String, kind: &str, from: &str, to: &str, current: f64, v0: f64| {
            let _ = writeln!(out, "B{kind}{name} {from} {to} I={current:e}*sinh(V({from},{to})/{v0:e})");
        };
        let between = format!("x{name}");
        match self {
            Self::Linear => resistor(out, from, to),
            Self::Sinh(law) => curved(out, "c", from, to, conductance * law.v0, law.v0),
            Self::Series(law) => {
                curved(out, "s", from, &between, law.selector.current, law.selector.voltage);
                match &law.cells {
                    SeriesCells::Ohmic(_) => resistor(out, &between, to),
                    SeriesCells::Sinh(law) => curved(out, "c", &between, to, conductance * law.v0, law.v0),
                }
            }
            Self::Threshold(Threshold { off, on, threshold, width, .. }) => {
                let v = format!("V({from},{between})");
                let _ = writeln!(
                    out,
                    "Bs{name} {from} {between} I={v}*({off:e}+{:e}/(1+exp(({threshold:e}-abs({v}))/{width:e})))",
                    on - off
                );
                resistor(out, &between, to);
            }
        }
    }
}

/// Name of the electrical node of every crossing.
pub(super) struct Names {
    pub(super) word: Vec<String>,
    pub(super) bit: Vec<String>,
    /// Nodes without a path to a terminal.
    pinned: usize,
}

impl Names {
    pub(super) fn of(array: &Array, cells: &SpiceCells<'_>) -> Self {
        let conductances = cells.conductances(array).to_vec();
        let network = Network::new(&Array { conductances, ..array.clone() });
        let mut free: Vec<Option<String>> = vec![None; network.unknowns];
        let words = array.word_line_count();
        let mut name = |letter: char, k: usize, node: Node| match node {
            // The first crossing of several that are one node lends its name.
            Node::Free(i) => free[i]
                .get_or_insert_with(|| format!("{letter}{}_{}", k / array.columns, k % array.columns))
                .clone(),
            Node::Terminal(t) if t < words => format!("wl{t}"),
            Node::Terminal(t) => format!("bl{}", t - words),
            Node::Pinned => "0".to_owned(),
        };
        let word = network.word.iter().enumerate().map(|(k, node)| name('u', k, *node)).collect();
        let bit = network.bit.iter().enumerate().map(|(k, node)| name('w', k, *node)).collect();
        Self { word, bit, pinned: network.pinned }
    }
}

/// The netlist of an array under a bias; of curved cells the array's own conductances are ignored.
///
/// # Errors
/// When the array or bias is not valid.
pub fn netlist(
    array: &Array,
    cells: &SpiceCells<'_>,
    bias: &Bias,
    title: &str,
) -> Result<String, CrossbarError> {
    array.check()?;
    bias.check(array)?;
    let names = Names::of(array, cells);
    let (rows, columns) = (array.rows, array.columns);
    let title: String = title.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut out = format!("* {title}\n* {rows} x {columns} cells; ngspice -b -r NAME.raw NAME.cir\n");
    if names.pinned > 0 {
        let _ = writeln!(out, "* {} nodes without a path to a terminal are left out", names.pinned);
    }
    let resistor = |out: &mut String, name: &str, from: &str, to: &str, r: f64| {
        if r.is_finite() && from != to {
            let _ = writeln!(out, "R{name} {from} {to} {r:e}");
        }
    };
    let along_rows = array.topology == Topology::Crossed;
    let families = [
        ("w", &names.word, &array.word_lines, &bias.word_lines, along_rows),
        ("b", &names.bit, &array.bit_lines, &bias.bit_lines, false),
    ];
    for (letter, nodes, lines, potentials, along_rows) in families {
        for k in (0..potentials.len()).filter(|k| !lines.floats(*k)) {
            let terminal = format!("{letter}l{k}");
            let _ = writeln!(out, "V{terminal} {terminal} 0 DC {:e}", potentials[k]);
            let (near, far) =
                if along_rows { (k * columns, (k + 1) * columns - 1) } else { ((rows - 1) * columns + k, k) };
            for (end, at, r) in [("n", near, lines.near[k]), ("f", far, lines.far[k])] {
                if let Some(r) = r {
                    resistor(&mut out, &format!("{letter}{end}{k}"), &terminal, &nodes[at], r);
                }
            }
        }
    }
    for i in 0..rows {
        for j in 0..columns {
            let k = i * columns + j;
            let (m, n) = array.word_segments();
            if i < m && j < n {
                let next = if along_rows { k + 1 } else { k + columns };
                let name = format!("w{i}_{j}");
                resistor(&mut out, &name, &names.word[k], &names.word[next], array.word_segment(i, j));
            }
            if i + 1 < rows {
                let name = format!("b{i}_{j}");
                resistor(&mut out, &name, &names.bit[k], &names.bit[k + columns], array.bit_segment(i, j));
            }
            let (from, to) = (&names.word[k], &names.bit[k]);
            let conductance = cells.conductances(array)[k];
            if conductance > 0.0 && from != to {
                cells.write(&mut out, &format!("{i}_{j}"), conductance, from, to);
            }
        }
    }
    let at = |place| match place {
        Place::Word(i, j) => &names.word[i * columns + j],
        Place::Bit(i, j) => &names.bit[i * columns + j],
    };
    for (k, bridge) in array.bridges.iter().enumerate() {
        resistor(&mut out, &format!("x{k}"), at(bridge.from), at(bridge.to), bridge.resistance);
    }
    out.push_str(".options reltol=1e-9 abstol=1e-18 vntol=1e-12 gmin=1e-20 itl1=1000\n.op\n.end\n");
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crossbar::{Bridge, Segments};

    #[test]
    fn a_small_array_reads_as_expected() {
        let mut array = Array::uniform(1, 2, vec![1e-4, 0.0], 2.0, 10.0);
        array.bit_lines.far[0] = Some(0.0);
        array.bit_lines.near[1] = None;
        array.bridges.push(Bridge { from: Place::Word(0, 0), to: Place::Word(0, 1), resistance: 5.0 });
        let text = netlist(&array, &SpiceCells::Linear, &Bias::read(vec![0.2], 2), "two\ncells").unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "* two cells");
        assert_eq!(lines[2], "* 1 nodes without a path to a terminal are left out");
        // The top end of bit line 0 has no resistance: its node is the terminal, and the one at the bottom
        // leads from the terminal to itself.
        assert_eq!(
            lines[3..lines.len() - 3],
            [
                "Vwl0 wl0 0 DC 2e-1",
                "Rwn0 wl0 u0_0 1e1",
                "Vbl0 bl0 0 DC 0e0",
                "Rw0_0 u0_0 u0_1 2e0",
                "Rc0_0 u0_0 bl0 1e4",
                "Rx0 u0_0 u0_1 5e0"
            ]
        );
    }

    #[test]
    fn broken_and_ideal_wires_have_no_resistor() {
        let mut array = Array::uniform(2, 2, vec![1e-4; 4], 2.0, 10.0);
        array.word_lines.segments = Segments::Each(vec![f64::INFINITY, 0.0]);
        let law = Sinh { conductances: vec![1e-5; 4], v0: 0.2 };
        let text = netlist(&array, &SpiceCells::Sinh(&law), &Bias::read(vec![0.2; 2], 2), "").unwrap();
        assert!(!text.contains("Rw0_0") && !text.contains("Rw1_0") && text.contains("Rwn1 wl1 u1_0"));
        assert!(text.contains("Bc1_1 u1_0 w1_1 I=2.0000000000000003e-6*sinh(V(u1_0,w1_1)/2e-1)"), "{text}");
    }
}
