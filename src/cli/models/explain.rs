//! A card explained to people: equations, parameters with symbols and units, spread, writing, validity.

use device_models::card::{DeviceCard, Writing};
use device_models::spread::Distribution;

use super::super::CliError;
use super::super::output::Output;
use super::{text, written};

/// Joule per electronvolt (CODATA 2018, exact).
const EV: f64 = 1.602_176_634e-19;

/// Writes all that is known of a card.
pub(super) fn card(card: &DeviceCard, output: &mut Output) -> Result<(), CliError> {
    let entry = card.entry;
    output.line(&format!("{}\n  {}\n\n{}\n", card.name, card.title, card.description))?;
    let source = &card.source;
    item(output, "source", &format!("{}, doi:{}, {}", source.citation, source.doi, source.location))?;
    for figure in &card.reproduces {
        item(output, "reproduces", figure)?;
    }
    if card.reproduces.is_empty() {
        item(output, "reproduces", "no published figure is known to be reproduced")?;
    }
    output.line("\nmodel")?;
    item(output, "  name", &format!("{} – {}", entry.name, entry.title))?;
    item(output, "  source", entry.source)?;
    for equation in entry.equations {
        item(output, "  equation", equation)?;
    }
    for variable in card.model.state_variables() {
        item(output, "  state", &format!("{} ({}): {}", variable.name, variable.unit, variable.long_name))?;
    }
    let (low, high) = card.model.bounds(&[]);
    let slow_unit = named(entry.slow_unit);
    item(output, "  bounds", &format!("{} to {} ({slow_unit})", short(low), short(high)))?;
    let set = if card.model.set_polarity() < 0.0 { "negative" } else { "positive" };
    item(output, "  polarity", &format!("a {set} voltage SETs"))?;
    item(output, "  validity", entry.validity)?;
    if let Some((low, high)) = entry.voltages {
        item(output, "  voltages", &format!("{low} to {high} V"))?;
    }
    output.line("\nparameters (name, symbol, value)")?;
    let written = written(card);
    for spec in entry.parameters {
        let value = text(&written, &format!("/parameters/{}", spec.name)).unwrap_or("?");
        // Energies are written and documented in electronvolts.
        let (unit, per_unit) = if spec.unit == "J" { ("eV", EV) } else { (named(spec.unit), 1.0) };
        let range = spec.documented.map_or_else(String::new, |(low, high)| {
            format!("; documented {} to {}", short(low / per_unit), short(high / per_unit))
        });
        let (name, symbol) = (spec.name, spec.symbol);
        output.line(&format!("  {name:<28} {symbol:<14} {value:<22} {} ({unit}{range})", spec.meaning))?;
    }
    for warning in &card.warnings {
        output.line(&format!("  warning: {warning}"))?;
    }
    variability(card, &written, output)?;
    output.line("\nstates and reading")?;
    for (name, value) in &card.states {
        item(output, "  state", &format!("{name} = {value:e} {}", entry.slow_unit))?;
    }
    item(output, "  read voltage", &format!("{} V", card.read_voltage))?;
    if let Some(noise) = card.read_noise {
        let (mean, deviation) = (short(noise.mean_rate), short(noise.rate_deviation));
        let source = text(&written, "/read_noise/source").unwrap_or("?");
        item(
            output,
            "  read noise",
            &format!("vacancies come and go at {mean} Hz, from cell to cell ± {deviation} Hz; {source}"),
        )?;
    }
    relaxation(card, &written, output)?;
    match &card.writing {
        Some(pulses) => writing(pulses, entry.slow_unit, output),
        None => item(output, "  writing", "the card gives no pulses for arrays"),
    }
}

/// What time does to a written conductance.
fn relaxation(card: &DeviceCard, written: &serde_json::Value, output: &mut Output) -> Result<(), CliError> {
    let Some(block) = &card.relaxation else {
        return item(output, "  relaxation", "none known: a written conductance stays");
    };
    item(output, "  relaxation", text(written, "/relaxation/source").unwrap_or("?"))?;
    item(
        output,
        "  traps",
        &format!(
            "up to {} a cell, rates {} Hz · exp(−E/kT), E uniform up to {:.2} eV; state 1 lower by 0 to {:.2} eV",
            block.places,
            short(block.attempt_frequency),
            block.highest_barrier / EV,
            block.asymmetry / EV
        ),
    )?;
    for level in &block.levels {
        let loss =
            block.loss.map_or_else(String::new, |_| format!(", loss {:.3} eV", level.loss_barrier / EV));
        item(
            output,
            "  level",
            &format!(
                "{:.1} uS: traps {:.1}, E from {:.3} eV, {:.0} % raise G, |a| {:.3} uS (ln spread {:.2}), one read ± {:.3} uS{loss}",
                level.conductance * 1e6,
                level.occupancy * f64::from(block.places),
                level.lowest_barrier / EV,
                100.0 * level.rise_share,
                level.amplitude * 1e6,
                level.amplitude_spread,
                level.read_noise * 1e6
            ),
        )?;
    }
    match block.loss {
        Some(loss) => item(
            output,
            "  loss",
            &format!(
                "{} Hz · exp(−E/kT), E as above ± {:.3} eV from cell to cell",
                short(loss.attempt_frequency),
                loss.barrier_spread / EV
            ),
        ),
        None => Ok(()),
    }
}

/// The windows from device to device and the steps from cycle to cycle.
fn variability(card: &DeviceCard, written: &serde_json::Value, output: &mut Output) -> Result<(), CliError> {
    output.line("\nvariability")?;
    item(output, "  can vary", &card.model.spread_parameters().join(", "))?;
    if card.windows.is_empty() {
        let says = if card.has_spread() {
            "the card gives none: devices are drawn from the distribution that is part of the model"
        } else {
            "the card gives none: all devices are alike"
        };
        return item(output, "  windows", says);
    }
    if let Some(source) = text(written, "/variability/source") {
        item(output, "  source", source)?;
    }
    for window in &card.windows {
        let Some(name) = card.model.spread_parameters().get(window.index) else { continue };
        let part = |part| text(written, &format!("/variability/windows/{name}/{part}")).unwrap_or("?");
        let logarithmic = window.distribution == Distribution::LogNormal;
        item(
            output,
            "  window",
            &format!(
                "{name}: {} to {}, {} {}, standard deviation {}",
                part("min"),
                part("max"),
                if logarithmic { "log-normal with median" } else { "mean" },
                part("mean"),
                part("standard_deviation")
            ),
        )?;
    }
    if let Some(stuck) = &card.stuck {
        let share = short(100.0 * stuck.probability);
        let (from, to) = stuck.range;
        let source = text(written, "/variability/stuck/source").unwrap_or("?");
        let line =
            format!("{share} % of the devices, both bounds at one value from {from} to {to}; {source}");
        item(output, "  stuck", &line)?;
    }
    if let Some(source) = text(written, "/variability/cycling/source") {
        item(output, "  cycling", source)?;
    }
    for window in card.windows.iter().filter(|window| window.largest_step > 0.0) {
        let Some(name) = card.model.spread_parameters().get(window.index) else { continue };
        let step = short(100.0 * window.largest_step);
        item(output, "  step", &format!("{name}: at most {step} % from one half cycle to the next"))?;
    }
    Ok(())
}

/// The pulses that arrays use by default.
fn writing(pulses: &Writing, slow_unit: &str, output: &mut Output) -> Result<(), CliError> {
    let forming = &pulses.forming;
    let limit = forming
        .compliance_current
        .map_or_else(String::new, |limit| format!(", current limited to {} A", short(limit)));
    item(
        output,
        "  forming",
        &format!(
            "{} V for {} s from the state {} {slow_unit}{limit}",
            forming.pulse.voltage,
            short(forming.pulse.width),
            short(forming.state)
        ),
    )?;
    for (name, pulse) in [("  SET pulse", pulses.set), ("  RESET pulse", pulses.reset)] {
        item(output, name, &format!("{} V for {} s", pulse.voltage, short(pulse.width)))?;
    }
    let (low, high) = pulses.window;
    item(output, "  window", &format!("{} to {} S for weights", short(low), short(high)))?;
    item(output, "  read", &format!("{} s", short(pulses.read_width)))
}

/// One labelled line.
fn item(output: &mut Output, label: &str, value: &str) -> Result<(), CliError> {
    Ok(output.line(&format!("{label:<15} {value}"))?)
}

/// A unit in words where it is none.
fn named(unit: &str) -> &str {
    if unit == "1" { "no unit" } else { unit }
}

/// A number of any size in few characters: ten digits at most.
fn short(value: f64) -> String {
    let value = format!("{value:.9e}").parse().unwrap_or(value);
    if value == 0.0 || (1e-3..1e5).contains(&value.abs()) { value.to_string() } else { format!("{value:e}") }
}
