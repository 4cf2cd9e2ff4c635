//! The filament: current and conductance, pictures at chosen moments, and a view to turn.
//!
//! The pictures are SVG and print; the view is a canvas with a script of its own in the page, hidden where
//! scripts are off and in print. Nothing comes from elsewhere.

mod film;
mod still;
mod viewer;

use super::figure::Figures;
use super::page::Section;
use super::plot::chart::{Chart, Line};
use super::plot::ticks::Axis;
use super::plot::unit;
use super::source::{Source, capital};
use film::Film;

/// Films of a sweep shown at most.
const MOST_FILMS: usize = 3;
/// Moments pictured at most.
const MOST_MOMENTS: usize = 8;

/// A frame worth a picture.
struct Moment {
    frame: usize,
    name: String,
}

/// The section on filaments.
pub(crate) fn section(source: &mut Source) -> Option<Section> {
    let mut html = String::new();
    let mut films = 0;
    for (prefix, label) in source.runs() {
        if films < MOST_FILMS
            && let Some(film) = Film::load(source, &prefix)
        {
            html.push_str(&one(source, &film, &label));
            films += 1;
        }
    }
    if films > 0 {
        html.push_str(&viewer::script());
    }
    Section::of("Filament", html)
}

fn one(source: &Source, film: &Film, label: &str) -> String {
    let moments = moments(source, film);
    let mut figures = Figures::default();
    let before = if label.is_empty() { String::new() } else { format!("{label}: ") };
    let loops = loops(film, &moments, &before);
    if loops.has_data() {
        figures.add(&loops.svg(), "First cell. Points: the moments of the pictures that are not at 0 V.");
    }
    let history = history(film, &moments, &before);
    if history.has_data() {
        figures.add(&history.svg(), "First cell. Numbered points: the moments of the pictures below.");
    }
    figures.new_row();
    for (k, moment) in moments.iter().enumerate() {
        let Some(frame) = film.frame(source, 0, moment.frame) else { continue };
        let (vacancies, ions) = (frame.of(film::VACANCY).len(), frame.of(film::ION).len());
        let caption = format!(
            "{} vacancies{}, {}",
            vacancies,
            if ions > 0 { format!(", {ions} ions in the oxide") } else { String::new() },
            unit::quantity(film.at(moment.frame, &film.conductance), "S"),
        );
        figures.add(&still::svg(film, &frame, &format!("{}  {}", k + 1, moment.name)), &caption);
    }
    let chosen = moments.iter().find(|m| m.name.starts_with("after")).map_or(0, |m| m.frame);
    let note = "<p>Side views of the first cell, looking along y; nearer vacancies are darker. Blue: oxygen vacancies. \
                Orange: mobile oxygen ions; those in the active electrode are not drawn.</p>\n";
    figures.html() + note + &viewer::html(source, film, chosen)
}

/// Before, on the way and after the first ramp, and after each further one.
fn moments(source: &Source, film: &Film) -> Vec<Moment> {
    let names = film.ramps.clone();
    let name = |ramp: usize| names.get(ramp).cloned().unwrap_or_else(|| format!("ramp {}", ramp + 1));
    let rests: Vec<usize> =
        (1..film.time.len()).filter(|k| film.voltage.get(*k).is_some_and(|v| v.abs() < 1e-9)).collect();
    let mut list = vec![Moment { frame: 0, name: "as deposited".into() }];
    if let Some(end) = rests.first() {
        // Where a quarter of the vacancies of the first ramp is there.
        let count = |k: usize| film.frame(source, 0, k).map_or(0, |f| f.of(film::VACANCY).len());
        let (first, last) = (count(0), count(*end));
        let onset =
            (1..*end).find(|k| 4 * count(*k).saturating_sub(first) >= last.saturating_sub(first).max(4));
        if let Some(frame) = onset {
            let volts = unit::quantity(film.voltage.get(frame).copied().unwrap_or(0.0), "V");
            list.push(Moment { frame, name: format!("{}, at {volts}", name(0)) });
        }
    }
    list.extend(
        rests.iter().enumerate().map(|(i, k)| Moment { frame: *k, name: format!("after {}", name(i)) }),
    );
    list.truncate(MOST_MOMENTS);
    list
}

/// Current over voltage, one curve per ramp.
fn loops(film: &Film, moments: &[Moment], before: &str) -> Chart {
    let mut lines: Vec<Line> = Vec::new();
    let mut from = 0;
    let ends =
        (1..film.trace_voltage.len()).filter(|k| film.trace_voltage.get(*k).is_some_and(|v| v.abs() < 1e-9));
    for (i, end) in ends.enumerate() {
        let part = |all: &[f64]| all.get(from..=end).unwrap_or_default().to_vec();
        let current = part(&film.current).into_iter().map(f64::abs).collect();
        let mut line =
            Line::new(film.ramps.get(i).cloned().unwrap_or_default(), part(&film.trace_voltage), current);
        line.arrow = true;
        lines.push(line);
        from = end;
    }
    let marked: Vec<(f64, f64)> = moments
        .iter()
        .map(|m| (film.voltage.get(m.frame).copied().unwrap_or(0.0), film.at(m.frame, &film.current).abs()))
        .collect();
    let (x, y) = marked.into_iter().filter(|(v, _)| v.abs() > 1e-9).unzip();
    let mut points = Line::new("", x, y).scatter();
    points.family = Some(7);
    let mut currents: Vec<f64> = film.current.iter().map(|i| i.abs()).filter(|i| *i > 0.0).collect();
    currents.sort_by(f64::total_cmp);
    lines.push(points);
    let mut y = Axis::new("Magnitude of current", "A").log();
    // The dips where the ramps pass 0 V do not count.
    if let (Some(low), Some(high)) = (currents.get(currents.len() / 40), currents.last()) {
        y.range = Some((low / 2.0, high * 2.0));
    }
    for (k, line) in lines.iter_mut().enumerate() {
        line.family = line.family.or(Some(k % 7));
    }
    Chart {
        title: format!("{before}Current against voltage"),
        x: Axis::new("Applied voltage", "V"),
        y,
        lines,
        legend: String::new(),
    }
}

/// Conductance over time with the moments.
fn history(film: &Film, moments: &[Moment], before: &str) -> Chart {
    let mut line = Line::new("", film.trace_time.clone(), film.conductance.clone());
    line.family = Some(0);
    let mut lines = vec![line];
    for (k, moment) in moments.iter().enumerate() {
        let time = film.time.get(moment.frame).copied().unwrap_or(0.0);
        let mut point = Line::new(
            format!("{}  {}", k + 1, moment.name),
            vec![time],
            vec![film.at(moment.frame, &film.conductance)],
        )
        .scatter();
        point.family = Some((k + 1) % 8);
        lines.push(point);
    }
    Chart {
        title: format!("{before}{}", capital("conductance over time")),
        x: Axis::new("Time", "s"),
        y: Axis::new("Conductance", "S").log(),
        lines,
        legend: String::new(),
    }
}
