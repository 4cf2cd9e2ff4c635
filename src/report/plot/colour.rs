//! Colours that colour-blind readers and grey printers can tell apart.

/// Okabe and Ito's palette, grey and black behind the colours. (M. Okabe, K. Ito, "Color Universal Design", 2008.)
const LINES: [&str; 8] =
    ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F", "#000000"];

/// The same without grey and black, which are those of references, then colours of P. Tol's muted scheme
/// ("Colour Schemes", SRON/EPS/TN/09-002, 2021).
const METHODS: [&str; 10] = [
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#882255", "#332288", "#999933",
    "#661100",
];

/// Colour of the n-th of `count` methods beside references in grey and black.
pub(crate) fn method(index: usize, count: usize) -> String {
    match METHODS.get(index) {
        Some(colour) if count <= METHODS.len() => (*colour).to_owned(),
        _ => line(index, count.max(LINES.len() + 1)),
    }
}

/// Colour of single cells behind their median.
pub(crate) const FAINT: &str = "#93a9ba";

/// Colour of the n-th of `count` lines: Okabe–Ito for few, shades of viridis for a family of many.
pub(crate) fn line(index: usize, count: usize) -> String {
    if count <= LINES.len() {
        return LINES.get(index % LINES.len()).copied().unwrap_or("#000000").to_owned();
    }
    let at = index as f64 / (count.max(2) - 1) as f64;
    let [r, g, b] = viridis(0.92 * at);
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// Nine anchors of viridis (S. van der Walt, N. Smith, matplotlib, CC0).
const VIRIDIS: [[u8; 3]; 9] = [
    [68, 1, 84],
    [71, 44, 122],
    [59, 81, 139],
    [44, 113, 142],
    [33, 144, 141],
    [39, 173, 129],
    [92, 200, 99],
    [170, 220, 50],
    [253, 231, 37],
];

/// The colour at 0..1.
pub(crate) fn viridis(at: f64) -> [u8; 3] {
    let at = if at.is_finite() { at.clamp(0.0, 1.0) * 8.0 } else { 0.0 };
    let index = (at as usize).min(7);
    let (Some(a), Some(b)) = (VIRIDIS.get(index), VIRIDIS.get(index + 1)) else { return [0; 3] };
    let part = at - index as f64;
    let mut out = [0; 3];
    for ((slot, a), b) in out.iter_mut().zip(a).zip(b) {
        *slot = (f64::from(*a) + part * (f64::from(*b) - f64::from(*a))).round() as u8;
    }
    out
}

/// Black or white, whichever is readable on this place of the map.
pub(crate) fn on_viridis(at: f64) -> &'static str {
    if at > 0.55 { "#000" } else { "#fff" }
}
