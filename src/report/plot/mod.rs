//! Plots as SVG text, drawn by this program itself: full control of ticks, units and maps for a
//! few hundred lines, and nothing that needs a font or a script.

pub(crate) mod bars;
pub(crate) mod chart;
pub(crate) mod colour;
pub(crate) mod frame;
pub(crate) mod heat;
pub(crate) mod image;
pub(crate) mod ticks;
pub(crate) mod unit;
