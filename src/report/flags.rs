//! Flags in words: what hit a bound, a limit or the edge of a model's validity.

use std::fmt::Write as _;

use super::figure::Figures;
use super::page::{Section, escape, table};
use super::plot::frame::{self, Area};
use super::plot::heat;
use super::plot::ticks::{Axis, Scale};
use super::plot::unit;
use super::source::{Array, Source};

/// Bit, short name, meaning; the bits are those of `device_models::Flags`.
const FLAGS: [(u8, &str, &str); 5] = [
    (1, "lower bound", "The slow state variable reached its lower bound and was held there."),
    (2, "upper bound", "The slow state variable reached its upper bound and was held there."),
    (4, "compliance", "The compliance limited the current: the cell saw less than the applied voltage."),
    (8, "overheated", "The filament was hotter than the temperature up to which the model is meaningful."),
    (16, "field capped", "The driving field left the range in which the model's rates are defined."),
];

/// Places named at most.
const MOST_NAMED: usize = 6;
/// Columns of the picture over time.
const BINS: usize = 390;

/// The section on the flags of a run: of each cell, each voltage or each point of a sweep.
pub(crate) fn section(source: &mut Source) -> Option<Section> {
    let array = source.take("/results/flags").filter(|a| !a.values.is_empty())?;
    let count = array.values.len();
    let scale = array.scales.last().cloned().flatten().and_then(|path| source.peek(&path));
    let labels = source.labels();
    // In a sweep the leading dimension is that of its points.
    let stacked = array.shape.len() > 1 && array.shape.first() == Some(&labels.len());
    let inner = array.shape.get(usize::from(stacked)..).unwrap_or_default();
    let size = inner.iter().product::<usize>().max(1);
    let place_in = |k: usize| match (inner, &scale) {
        ([_, columns], _) => format!("word line {}, bit line {}", k / columns, k % columns),
        (_, Some(scale)) if scale.values.len() == size && !scale.unit.is_empty() && scale.unit != "1" => {
            scale.values.get(k).map(|v| unit::quantity(*v, &scale.unit)).unwrap_or_default()
        }
        _ if size > 1 || !stacked => format!("cell {k}"),
        _ => String::new(),
    };
    let place = |k: usize| {
        let point = labels.get(k / size).filter(|_| stacked).cloned().unwrap_or_default();
        [point, place_in(k % size)].into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(", ")
    };
    let mut rows = Vec::new();
    for (bit, name, meaning) in FLAGS {
        let hit: Vec<usize> =
            array.values.iter().enumerate().filter(|(_, v)| has(**v, bit)).map(|(k, _)| k).collect();
        if hit.is_empty() {
            continue;
        }
        let mut places = if hit.len() == count {
            if count > 1 { "everywhere".to_owned() } else { String::new() }
        } else {
            hit.iter().take(MOST_NAMED).map(|k| place(*k)).collect::<Vec<_>>().join("; ")
        };
        if hit.len() > MOST_NAMED && hit.len() < count {
            places += " …";
        }
        rows.push(vec![capital(name), meaning.to_owned(), format!("{} of {count}", hit.len()), places]);
    }
    let absent: Vec<&str> =
        FLAGS.iter().filter(|f| !array.values.iter().any(|v| has(*v, f.0))).map(|f| f.1).collect();
    let mut body = String::new();
    if !rows.is_empty() {
        body += &table(&["Flag", "Meaning", "Raised", "Where"].map(str::to_owned), &rows);
    }
    if !absent.is_empty() {
        let begin = if rows.is_empty() { "No limit was reached; not raised are" } else { "Not raised:" };
        let _ = writeln!(body, "<p>{begin} {}.</p>", escape(&absent.join(", ")));
    }
    Section::of("Limits reached", body)
}

fn has(value: f64, bit: u8) -> bool {
    value.is_finite() && value as u8 & bit != 0
}

fn capital(text: &str) -> String {
    super::source::capital(text)
}

/// When which flag was raised, as strips over time; darker where more cells raised it.
pub(crate) fn strips(figures: &mut Figures, title: &str, time: &Array, flags: &Array) {
    let width = flags.shape.get(1).copied().unwrap_or(1).max(1);
    let samples = time.values.len().min(flags.values.len() / width);
    let raised: Vec<(u8, &str)> = FLAGS
        .iter()
        .filter(|(bit, ..)| flags.values.iter().any(|v| has(*v, *bit)))
        .map(|(bit, name, _)| (*bit, *name))
        .collect();
    let (Some(start), Some(end)) = (time.values.first(), time.values.get(samples.saturating_sub(1))) else {
        return;
    };
    let columns = samples.min(BINS);
    if raised.is_empty() || columns < 2 || end <= start {
        return;
    }
    let mut pixels = vec![0_u8; columns * raised.len()];
    for (k, at) in time.values.iter().take(samples).enumerate() {
        let column = (((at - start) / (end - start) * columns as f64) as usize).min(columns - 1);
        let cells = flags.values.get(k * width..(k + 1) * width).unwrap_or_default();
        for (row, (bit, _)) in raised.iter().enumerate() {
            let share = cells.iter().filter(|v| has(**v, *bit)).count() as f64 / width as f64;
            if let Some(pixel) = pixels.get_mut(row * columns + column) {
                *pixel = (*pixel).max((share * 254.0).ceil() as u8);
            }
        }
    }
    // White to the vermillion of the line colours.
    let palette: Vec<[u8; 3]> = (0..=255)
        .map(|i| {
            let at = f64::from(i) / 254.0;
            [255.0 - 42.0 * at, 255.0 - 161.0 * at, 255.0 - 255.0 * at.min(1.0)].map(|v| v as u8)
        })
        .collect();
    let x = Scale::new(&Axis::new("Time", "s").range(*start, *end), time.values.iter().copied());
    let mut y = Scale::new(&Axis::default(), std::iter::empty());
    let rows = raised.len() as f64;
    y.ticks = raised
        .iter()
        .enumerate()
        .map(|(row, (_, name))| (1.0 - (row as f64 + 0.5) / rows, (*name).to_owned()))
        .collect();
    let area = Area { left: frame::left_margin(&y) - 24.0, top: 28.0, width: 390.0, height: 26.0 * rows };
    let mut svg = frame::open(area.right() + 16.0, area.bottom() + 50.0, title, area);
    svg += &heat::picture(area, columns, raised.len(), &pixels, &palette);
    frame::axes(&mut svg, area, &x, &y, false);
    frame::border(&mut svg, area);
    svg.push_str("</svg>\n");
    let caption = if width > 1 { "The deeper the colour, the more cells raised the flag." } else { "" };
    figures.add(&svg, caption);
}
