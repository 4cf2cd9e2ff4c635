//! Fields of a design that a card or a study cannot serve: refused, or named as idle, and never passed over.

use super::*;

fn training(card: &str) -> Value {
    json!({
        "kind": "array_training",
        "learning": { "hidden": [4], "epochs": 1, "samples_per_epoch": 8 },
        "design": { "scheme": { "weight": { "kind": "fixed_reference" } }, "cells": {}, "update": {} },
        "entries": [{ "name": "device", "card": card }],
    })
}

fn inference(card: &str) -> Value {
    json!({
        "kind": "inference",
        "network": { "layers": [{ "kind": "dense", "outputs": 10 }] },
        "training": { "epochs": 1 },
        "arrays": { "card": card, "design": { "cells": {}, "periphery": {}, "programming": {}, "update": {} } },
        "programmings": 1,
    })
}

/// A landing card that has write pulses too.
const LANDING: &str = "statistical_hfo2_1t1r";

#[test]
fn cells_that_learning_cannot_pulse_are_refused() {
    let says = "weights cannot learn by pulses in cells of card";
    refuse(&[
        (
            "landing cells in replay",
            with(replay(), "/arrays/card", json!(LANDING)),
            vec!["arrays.card", says, LANDING],
        ),
        (
            "placed cells in replay",
            with(replay(), "/arrays/card", json!("cmo_hfox_2_percent")),
            vec!["arrays.card", says, "cmo_hfox_2_percent"],
        ),
        ("landing cells in training", training(LANDING), vec!["entries[0].card", says, LANDING]),
        ("placed cells in training", training("pcm_joshi"), vec!["entries[0].card", says, "pcm_joshi"]),
        (
            "sliced weights in training",
            with(
                training("step_gokmen_vlasov"),
                "/design/scheme/weight",
                json!({ "kind": "bit_sliced", "bits_per_cell": 2, "slices": 4 }),
            ),
            vec!["entries[0].design.scheme.weight.kind", "bit_sliced"],
        ),
    ]);
}

#[test]
fn fields_that_a_card_cannot_serve_are_refused() {
    let asked = |card: &str, field: &str, value: Value| {
        with(inference(card), &format!("/arrays/design/{field}"), value)
    };
    let step = "step_gokmen_vlasov";
    let placed = "cmo_hfox_2_percent";
    refuse(&[
        (
            "strengths of steps",
            asked(step, "cells/ladder", json!([1.0, 1.1])),
            vec!["arrays.design.cells.ladder", step, "not tabulated"],
        ),
        (
            "disturb of placed cells",
            asked(placed, "cells/disturb", json!("half")),
            vec!["arrays.design.cells.disturb", placed],
        ),
        (
            "cycle noise of placed cells",
            asked(placed, "cells/cycle_noise", json!(0.1)),
            vec!["arrays.design.cells.cycle_noise", placed],
        ),
        (
            "curves of step cells",
            asked(step, "periphery/curved_cells", json!(true)),
            vec!["arrays.design.periphery.curved_cells", step, "straight"],
        ),
        (
            "warm step cells",
            asked(step, "periphery/read_temperature", json!(350.0)),
            vec!["arrays.design.periphery.read_temperature", "350", step],
        ),
        (
            "an algorithm for placed cells",
            asked(placed, "programming/algorithm", json!({ "kind": "open_loop" })),
            vec!["arrays.design.programming.algorithm", placed, "not pulsed"],
        ),
        (
            "an outcome for pulsed cells",
            asked(step, "programming/outcome", json!({ "kind": "uniform" })),
            vec!["arrays.design.programming.outcome", step, "are pulsed"],
        ),
    ]);
}
