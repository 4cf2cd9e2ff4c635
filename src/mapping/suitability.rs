//! What of a design has an effect on the cells of a card, and what would be passed over.
//!
//! A field that is not at its default counts as asked for. Where it would change what the study means and cannot,
//! the design is refused; where it is idle, a sentence says so.
//!
//! | field | pulse tables | step cells | `landing` cells | placed cells |
//! |---|---|---|---|---|
//! | `cells.ladder`, `cells.disturb` | used | refused | refused | refused |
//! | `cells.device_variants`, `cells.table_points` | used | idle | idle | idle |
//! | `cells.cycle_noise`, `cells.step_asymmetry`, `cells.states` | used | used | refused | refused |
//! | `periphery.curved_cells`, `periphery.read_temperature` | used | refused | refused | refused |
//! | `programming.algorithm` | used | used | used | refused |
//! | `programming.pulse_budget` | used | used | used | idle |
//! | `programming.outcome` | refused | refused | refused | used |
//! | learning by pulses | yes | yes | refused | refused |
//! | learning by verified writes | yes | yes | yes | yes |
//!
//! (Placed cells: those of `programmed_conductance` cards, which verified writing puts where they are.)
//!
//! Pinned by: the tests below, `tests/cli_errors/designs.rs`.

use device_models::{DeviceCard, programmed_conductance};

use super::cells::StepSource;
use super::config::{
    AdcCalibration, AnalogConfig, CellConfig, CompensationConfig, CompensationKind, CostConfig, DesignError,
    Encoding, OutcomeConfig, Placement, PlanePlaces, ProgrammingConfig, Rounding, TikiTakaConfig,
    TikiTakaVersion, TrainConfig, UpdateConfig, UpdateRule, WeightCells, WireTier,
};

/// How the cells of a card are switched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Switching {
    /// By pulses, tabulated.
    Tables,
    /// By conductance steps, every cell a device of its own.
    Steps,
    /// By single pulses of which it is known where they end.
    Landing,
    /// Not at all: verified writing places them.
    Placed,
}

impl Switching {
    /// That of a card under a design.
    pub fn of(card: &DeviceCard, config: &CellConfig) -> Self {
        if card.model.name() == programmed_conductance::NAME {
            Self::Placed
        } else if StepSource::new(card, config, 300.0).is_some() {
            Self::Steps
        } else if card.landing.is_some() {
            Self::Landing
        } else {
            Self::Tables
        }
    }

    /// Learning can pulse such cells.
    fn learns(self) -> bool {
        matches!(self, Self::Tables | Self::Steps)
    }
}

/// What a study does with its arrays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purpose {
    /// Weights learn in the array.
    pub learns: bool,
    /// Time passes.
    pub rests: bool,
    /// Costs are worked out.
    pub costs: bool,
}

/// Refuses a design that asks for what the cells of a card cannot do, or a study asks of both.
///
/// # Errors
/// The first field that would be passed over although it changes what is meant.
pub(crate) fn check_cells(card: &DeviceCard, design: &AnalogConfig) -> Result<(), DesignError> {
    let refuse = |field: &str, value: &dyn ToString, expected: &str| {
        Err(DesignError::new(field, value, &format!("left away for card {}: {expected}", card.name)))
    };
    let switching = Switching::of(card, &design.cells);
    let (cells, periphery) = (&design.cells, &design.periphery);
    if switching != Switching::Tables {
        if cells.ladder.len() > 1 {
            return refuse("cells.ladder", &format!("{:?}", cells.ladder), "its pulses are not tabulated");
        }
        if cells.disturb.is_some() {
            return refuse("cells.disturb", &"given", "it does not say what weak pulses do");
        }
        if periphery.curved_cells {
            return refuse("periphery.curved_cells", &true, "its cells are straight conductors");
        }
        if let Some(temperature) = periphery.read_temperature {
            let text = "its conductances are those of one temperature";
            return refuse("periphery.read_temperature", &temperature, text);
        }
    }
    if let Some(noise) = cells.cycle_noise.filter(|_| !switching.learns()) {
        return refuse("cells.cycle_noise", &noise, "it says itself how far writes scatter");
    }
    for (asked, field, value) in [
        (cells.step_asymmetry != 0.0, "cells.step_asymmetry", cells.step_asymmetry),
        (cells.states.is_some(), "cells.states", cells.states.unwrap_or_default()),
    ] {
        if asked && !switching.learns() {
            return refuse(
                field,
                &value,
                "it does not say what single pulses do; weights may stand on levels, scheme.rounding",
            );
        }
    }
    if switching == Switching::Placed {
        if design.programming.algorithm != ProgrammingConfig::default().algorithm {
            let text = "its cells are placed as verified writing leaves them, not pulsed";
            return refuse("programming.algorithm", &"given", text);
        }
    } else if design.programming.outcome != OutcomeConfig::Card {
        return refuse("programming.outcome", &"given", "its cells are pulsed");
    }
    Ok(())
}

/// Refuses a design that a study cannot use with a card, and says what of it is idle.
///
/// # Errors
/// The first field that is out of range, prevents learning, or would be passed over although it changes what
/// is meant.
pub fn check_study(
    card: &DeviceCard,
    design: &AnalogConfig,
    purpose: Purpose,
) -> Result<Vec<String>, DesignError> {
    design.check()?;
    check_cells(card, design)?;
    let switching = Switching::of(card, &design.cells);
    if purpose.learns {
        design.check_learning()?;
    }
    let mut idle: Vec<(&str, String)> = Vec::new();
    let mut say = |asked: bool, field: &'static str, why: &str| {
        if asked {
            idle.push((field, why.to_owned()));
        }
    };
    idle_cells(design, switching, card, &mut say);
    idle_reads(design, &mut say);
    idle_updates(design, purpose, &mut say);
    let cost = CostConfig::default();
    say(!purpose.costs && design.cost != cost, "cost", "this study works out no costs");
    let one_array = design.scheme.weight.arrays() == 1;
    let together = design.cost.planes == PlanePlaces::Adjacent;
    say(purpose.costs && one_array && together, "cost.planes", "a weight is one cell and a tile one array");
    Ok(idle.into_iter().map(|(field, why)| format!("design.{field} has no effect: {why}")).collect())
}

/// Refuses cards whose cells the design's rule of learning cannot write.
///
/// # Errors
/// One sentence that names the card.
pub fn check_learning_cells(card: &DeviceCard, design: &AnalogConfig) -> Result<(), String> {
    let switching = Switching::of(card, &design.cells);
    if switching == Switching::Tables && card.writing.is_none() {
        return Err(format!("card {} has no \"writing\" block and cannot be used in arrays", card.name));
    }
    if switching.learns() || matches!(design.update.rule, UpdateRule::Verified(_)) {
        return Ok(());
    }
    Err(format!(
        "weights cannot learn by pulses in cells of card {}: it says where written cells end and not what a pulse of \
         learning does; choose a card with pulses for both directions, update.rule.kind \"verified\", or the kind \
         inference",
        card.name
    ))
}

type Say<'a> = dyn FnMut(bool, &'static str, &str) + 'a;

fn idle_cells(design: &AnalogConfig, switching: Switching, card: &DeviceCard, say: &mut Say<'_>) {
    let (cells, usual) = (&design.cells, CellConfig::default());
    let tables = switching == Switching::Tables;
    let own = "every cell of this card is a device of its own";
    say(!tables && cells.device_variants != usual.device_variants, "cells.device_variants", own);
    let none = "cells of this card need no tables of pulses";
    say(!tables && cells.table_points != usual.table_points, "cells.table_points", none);
    let timeless = card.relaxation.is_none() && card.drift.is_none();
    say(
        timeless && !cells.relaxation,
        "cells.relaxation",
        "the card has no \"relaxation\" or \"drift\" block",
    );
    let (programming, usual) = (&design.programming, ProgrammingConfig::default());
    let budget = programming.pulse_budget != usual.pulse_budget;
    let placed = switching == Switching::Placed;
    say(placed && budget, "programming.pulse_budget", "cells of this card are placed and not pulsed");
    let given = card.outcome.is_some() && programming.outcome == OutcomeConfig::Card;
    let tolerance = programming.tolerance.to_bits() != usual.tolerance.to_bits();
    say(
        placed && given && tolerance,
        "programming.tolerance",
        "the card's \"outcome\" block gives the errors",
    );
    let renewed = matches!(
        design.scheme.weight,
        WeightCells::DifferentialPair { placement: Placement::OneSided { .. }, .. }
    );
    let exact = programming.exact && !renewed;
    let exactly = "programming.exact puts the weights into the cells without pulses";
    say(exact && programming.algorithm != usual.algorithm, "programming.algorithm", exactly);
    say(exact && tolerance, "programming.tolerance", exactly);
    say(exact && budget, "programming.pulse_budget", exactly);
    say(exact && programming.outcome != usual.outcome, "programming.outcome", exactly);
    let open = programming.algorithm == super::config::Algorithm::OpenLoop;
    say(open && tolerance, "programming.tolerance", "nothing is verified with the algorithm open_loop");
}

fn idle_reads(design: &AnalogConfig, say: &mut Say<'_>) {
    let periphery = &design.periphery;
    let bent = periphery.integrator_nonlinearity > 0.0 || periphery.integrator_saturation > 0.0;
    let scale = periphery.adc_bits > 0 || bent || periphery.adc_offset_mismatch > 0.0;
    let range = periphery.adc_range.to_bits() != 1.0_f32.to_bits();
    say(!scale && range, "periphery.adc_range", "with adc_bits 0 converters have no range");
    let ideal = periphery.adc_bits == 0 && periphery.adc_calibration != AdcCalibration::Fixed;
    say(ideal, "periphery.adc_calibration", "with adc_bits 0 converters have no range");
    let data = periphery.calibrates();
    say(data && range, "periphery.adc_range", "periphery.adc_calibration finds the range");
    let straight = periphery.curved_cells && periphery.encoding != Encoding::Amplitude;
    say(straight, "periphery.curved_cells", "this encoding always drives in full");
    let wires = &design.wires;
    let tier = wires.tier != WireTier::default();
    say(!wires.present() && tier, "wires.tier", "all resistances of the wires are zero");
}

fn idle_updates(design: &AnalogConfig, purpose: Purpose, say: &mut Say<'_>) {
    let (compensation, usual) = (&design.compensation, CompensationConfig::default());
    let off = compensation.kind == CompensationKind::None;
    let asked = CompensationConfig { kind: usual.kind, ..compensation.clone() } != usual;
    say(off && asked, "compensation", "its kind is none");
    say(!off && !purpose.rests, "compensation", "no time passes in this study");
    let update = &design.update;
    if !purpose.learns {
        say(*update != UpdateConfig::default(), "update", "weights do not learn in this study");
        return;
    }
    let verified = matches!(update.rule, UpdateRule::Verified(_));
    let usual = UpdateConfig::default();
    let by_pulses = "weights are written anew as programming says";
    say(verified && update.pulse_budget != usual.pulse_budget, "update.pulse_budget", by_pulses);
    say(verified && update.weight_step.is_some(), "update.weight_step", by_pulses);
    if let UpdateRule::Verified(rule) = &update.rule {
        let restless = rule.refresh_after.is_some() && !purpose.rests;
        say(restless, "update.rule.refresh_after", "no time passes in this study");
        let sliced = matches!(design.scheme.weight, WeightCells::BitSliced { .. });
        let levels = sliced || design.scheme.rounding != Rounding::None;
        let nearest = "weights are written to the nearest level";
        say(levels && rule.overshoot > 0.0, "update.rule.overshoot", nearest);
    }
    let trains = matches!(update.rule, UpdateRule::Pulsed | UpdateRule::TikiTaka(_));
    say(!trains && update.trains != TrainConfig::default(), "update.trains", "this rule sends no trains");
    if let UpdateRule::TikiTaka(transfer) = &update.rule {
        let usual = TikiTakaConfig::default();
        let differs = |a: f32, b: f32| a.to_bits() != b.to_bits();
        let version = transfer.version;
        let chops = matches!(version, TikiTakaVersion::Chopped | TikiTakaVersion::Dynamic);
        let field = "update.rule.chop_probability";
        say(!chops && differs(transfer.chop_probability, usual.chop_probability), field, "no signs flip");
        let dynamic = version == TikiTakaVersion::Dynamic;
        let field = "update.rule.tail_weight";
        say(
            !dynamic && differs(transfer.tail_weight, usual.tail_weight),
            field,
            "the version is not dynamic",
        );
        let fixed = transfer.fast_rate.is_none() || !transfer.auto_scale;
        let field = "update.rule.auto_momentum";
        let asked = differs(transfer.auto_momentum, usual.auto_momentum);
        say(fixed && asked, field, "the rate of the fast array is not scaled");
        let first = version == TikiTakaVersion::V1;
        let field = "update.rule.auto_granularity";
        let asked = differs(transfer.auto_granularity, usual.auto_granularity);
        say(first && asked, field, "version v1 has no digital matrix");
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::*;

    const STUDY: Purpose = Purpose { learns: false, rests: true, costs: true };

    fn idle(card: &str, purpose: Purpose, design: Value) -> Vec<String> {
        let card = DeviceCard::shipped(card, &BTreeMap::new()).unwrap();
        let design: AnalogConfig = serde_json::from_value(design).unwrap();
        check_study(&card, &design, purpose).unwrap()
    }

    #[test]
    fn every_idle_field_is_named_and_no_other() {
        let (tables, steps, placed) = ("vteam_memtorch", "step_gokmen_vlasov", "pcm_joshi");
        let learns = Purpose { learns: true, rests: false, costs: false };
        let one = json!({ "kind": "fixed_reference" });
        let cases: Vec<(&str, Purpose, &str, Value)> = vec![
            (steps, STUDY, "cells.device_variants", json!({ "cells": { "device_variants": 3 } })),
            (placed, STUDY, "cells.table_points", json!({ "cells": { "table_points": 33 } })),
            (tables, STUDY, "cells.relaxation", json!({ "cells": { "relaxation": false } })),
            (placed, STUDY, "programming.pulse_budget", json!({ "programming": { "pulse_budget": 3 } })),
            (placed, STUDY, "programming.tolerance", json!({ "programming": { "tolerance": 0.1 } })),
            (
                tables,
                STUDY,
                "programming.algorithm",
                json!({ "programming": { "exact": true, "algorithm": { "kind": "open_loop" } } }),
            ),
            (
                tables,
                STUDY,
                "programming.tolerance",
                json!({ "programming": { "tolerance": 0.1, "algorithm": { "kind": "open_loop" } } }),
            ),
            (
                tables,
                STUDY,
                "periphery.adc_range",
                json!({ "periphery": { "adc_bits": 0, "adc_range": 2.0 } }),
            ),
            (
                tables,
                STUDY,
                "periphery.adc_calibration",
                json!({ "periphery": { "adc_bits": 0, "adc_calibration": { "kind": "least_error" } } }),
            ),
            (
                tables,
                STUDY,
                "wires.tier",
                json!({ "wires": { "tier": { "kind": "ladders", "exact_every": 3 } } }),
            ),
            (tables, STUDY, "update", json!({ "update": { "pulse_budget": 3 } })),
            (tables, STUDY, "compensation", json!({ "compensation": { "reference_inputs": 3 } })),
            (tables, learns, "compensation", json!({ "compensation": { "kind": "global" } })),
            (tables, learns, "cost", json!({ "cost": { "columns_per_adc": 3 } })),
            (
                tables,
                learns,
                "update.rule.refresh_after",
                json!({ "update": { "rule": { "kind": "verified", "refresh_after": 60 } } }),
            ),
            (
                tables,
                learns,
                "update.rule.overshoot",
                json!({
                    "update": { "rule": { "kind": "verified", "overshoot": 0.9 } },
                    "scheme": { "rounding": { "kind": "levels", "count": 9 } }
                }),
            ),
            (
                tables,
                learns,
                "update.trains",
                json!({ "update": { "rule": { "kind": "rounded" }, "trains": { "longest": 3 } } }),
            ),
            (
                tables,
                learns,
                "update.rule.tail_weight",
                json!({ "update": { "rule": { "kind": "tiki_taka", "version": "chopped", "tail_weight": 3 } } }),
            ),
            (
                tables,
                STUDY,
                "cost.planes",
                json!({ "cost": { "planes": "adjacent" }, "scheme": { "weight": one } }),
            ),
        ];
        for (card, purpose, field, design) in cases {
            let said = idle(card, purpose, design);
            assert!(
                said.len() == 1 && said[0].starts_with(&format!("design.{field} has no effect: ")),
                "{field}: {said:?}"
            );
        }
        for card in [tables, steps, placed] {
            assert_eq!(idle(card, STUDY, json!({})), [""; 0]);
        }
        let used = json!({
            "cells": { "device_variants": 3, "table_points": 33, "ladder": [1.0, 1.1], "cycle_noise": 0.1 },
            "programming": { "tolerance": 0.1, "pulse_budget": 3 },
            "periphery": { "adc_range": 2.0 },
            "wires": { "word_line_segment": 1.0, "tier": { "kind": "ladders", "exact_every": 3 } },
            "compensation": { "kind": "global", "reference_inputs": 3 },
            "cost": { "planes": "adjacent" },
        });
        assert_eq!(idle(tables, STUDY, used), [""; 0]);
    }
}
