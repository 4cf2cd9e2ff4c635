//! Arrays whose devices evolve: against the single cell, against an independent integration of the whole array,
//! and what must not matter (threads, tolerances, resting cells).

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use device_models::{CurrentLimit, DeviceCard, DeviceModel, Segment, Surroundings};
use neurofilament::crossbar::cells::DeviceCells;
use neurofilament::crossbar::transient::{Population, Stage, ThresholdSelector};
use neurofilament::crossbar::{
    Array, ArrayTransient, Bias, CrossbarError, Newton, NewtonOptions, TransientOptions,
};
use numerics::rng::{Purpose, Stream};

mod behavioural;

use behavioural::{Behavioural, RATE, VD};

fn card(name: &str) -> DeviceCard {
    DeviceCard::shipped(name, &BTreeMap::new()).unwrap()
}

fn population(model: &dyn DeviceModel, slow: Vec<f64>) -> Population<'_> {
    Population {
        model,
        spreads: Vec::new(),
        slow,
        limit: CurrentLimit::None,
        selector: None,
        ambient_temperature: 293.0,
    }
}

fn run(transient: &mut ArrayTransient<'_>, stage: Stage) {
    transient.run(stage, |_, _| Ok::<_, CrossbarError>(())).unwrap();
}

/// Without wires every cell sees its lines' voltages: each must end exactly as a cell alone.
#[test]
fn without_wires_every_cell_moves_as_if_alone() {
    let card = card("jart_vcm_v1b_kinetics");
    let model = card.model.as_ref();
    let (rows, columns) = (2, 3);
    let around = Surroundings { ambient_temperature: 293.0, limit: CurrentLimit::None };
    let hrs = card.state("hrs").unwrap();
    let array = Array::uniform(rows, columns, Vec::new(), 0.0, 0.0);
    let mut transient =
        ArrayTransient::new(&array, population(model, vec![hrs; 6]), TransientOptions::default()).unwrap();
    let rest = Bias { word_lines: vec![0.0; rows], bit_lines: vec![0.0; columns] };
    let high = Bias::half(rows, columns, (0, 1), -1.0);
    let stages = [
        Stage::ramp(rest.clone(), high.clone(), 1e-8),
        Stage::constant(high.clone(), 1e-7),
        Stage::ramp(high, rest, 1e-8),
    ];
    for stage in &stages {
        run(&mut transient, stage.clone());
    }
    assert!((transient.time() - 1.2e-7).abs() < 1e-20);
    for k in 0..6 {
        let (i, j) = (k / columns, k % columns);
        let mut state = model.rest(hrs, &around);
        let mut energy = 0.0;
        for stage in &stages {
            let segment = Segment {
                start_voltage: stage.start.word_lines[i] - stage.start.bit_lines[j],
                end_voltage: stage.end.word_lines[i] - stage.end.bit_lines[j],
                duration: stage.duration,
            };
            energy += model.advance(&[], &mut state, &segment, &around, None, None).unwrap().energy;
        }
        let ours = &transient.states()[3 * k..3 * k + 3];
        assert!((ours[0] / state[0] - 1.0).abs() < 2e-4, "cell {k}: {} against {}", ours[0], state[0]);
        let spent = transient.energies()[k];
        assert!((spent - energy).abs() <= 1e-3 * energy, "cell {k}: {spent} J against {energy} J");
    }
    // The selected one has switched, the others not.
    assert!(transient.states()[3] > 10.0 * hrs && transient.states()[0] < 1.05 * hrs);
    assert!(transient.states()[3] > 1e26, "{}", transient.states()[3]);
}

/// Against small steps of an explicit midpoint rule over the whole array, each with its own solution.
#[test]
fn an_array_with_wires_equals_an_integration_with_small_steps() {
    let (rows, columns) = (4, 5);
    let array = Array::uniform(rows, columns, Vec::new(), 200.0, 1000.0);
    let mut stream = Stream::new(3, Purpose::Pattern, 0, 0);
    let slow: Vec<f64> = (0..rows * columns).map(|_| 0.02 + 0.6 * stream.uniform()).collect();
    let high = Bias::half(rows, columns, (1, 2), 1.2);
    let rest = Bias { word_lines: vec![0.0; rows], bit_lines: vec![0.0; columns] };
    let stages = [Stage::ramp(rest, high.clone(), 1e-6), Stage::constant(high, 2e-7)];
    let mut fine = slow.clone();
    let mut newton = Newton::new(&array, NewtonOptions::default()).unwrap();
    let mut last = None;
    let around = vec![Surroundings { ambient_temperature: 293.0, limit: CurrentLimit::None }; rows * columns];
    let mut solve = |states: &[f64], bias: &Bias| {
        let laws = DeviceCells { model: &Behavioural, spreads: &[], states, surroundings: &around };
        let solution = newton.solve(&laws, bias, last.as_ref()).unwrap();
        let voltages = solution.cell_voltages();
        last = Some(solution);
        voltages
    };
    for stage in &stages {
        let steps = 300;
        let h = stage.duration / f64::from(steps);
        for step in 0..steps {
            let speed = |x: f64, v: f64| RATE * (v / VD).sinh() * x * (1.0 - x);
            let v = solve(&fine, &stage.bias_at(f64::from(step) * h));
            let middle: Vec<f64> = fine.iter().zip(&v).map(|(x, v)| x + 0.5 * h * speed(*x, *v)).collect();
            let v = solve(&middle, &stage.bias_at((f64::from(step) + 0.5) * h));
            for ((x, m), v) in fine.iter_mut().zip(&middle).zip(&v) {
                *x += h * speed(*m, *v);
            }
        }
    }
    let mut worst = Vec::new();
    for tolerance in [4e-3, 1e-3, 2.5e-4] {
        let options = TransientOptions {
            voltage_tolerance: tolerance,
            current_tolerance: tolerance,
            ..TransientOptions::default()
        };
        let mut transient =
            ArrayTransient::new(&array, population(&Behavioural, slow.clone()), options).unwrap();
        for stage in &stages {
            run(&mut transient, stage.clone());
        }
        let error = transient.states().iter().zip(&fine).fold(0.0_f64, |m, (a, b)| m.max((a - b).abs()));
        println!("tolerance {tolerance} V: error {error:.1e}, {:?}", transient.counts());
        worst.push(error);
    }
    assert!((fine[7] - slow[7]).abs() > 0.1, "the selected cell must move: {} from {}", fine[7], slow[7]);
    assert!(worst[1] < 2e-3 && worst[2] < 0.5 * worst[0] && worst[2] < 5e-4, "{worst:?}");
}

/// A whole SET in a small array with lossy lines: same bits at any number of threads; the neighbours lose voltage when
/// the selected cell turns on.
#[test]
fn a_set_with_lossy_lines_is_the_same_at_any_number_of_threads() {
    let card = card("jart_vcm_v1b_kinetics");
    let (rows, columns) = (6, 6);
    let array = Array::uniform(rows, columns, Vec::new(), 10.0, 100.0);
    let hrs = card.state("hrs").unwrap();
    let all = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut transient = ArrayTransient::new(
                &array,
                population(card.model.as_ref(), vec![hrs; 36]),
                TransientOptions::default(),
            )
            .unwrap();
            let bias = Bias::half(rows, columns, (2, 3), -1.0);
            let mut neighbour = Vec::new();
            transient
                .run(Stage::constant(bias, 2e-7), |now, _| {
                    neighbour.push(now.solution().cell_voltages()[2 * columns + 2]);
                    Ok::<_, CrossbarError>(())
                })
                .unwrap();
            (transient.states().to_vec(), neighbour, transient.counts())
        })
    };
    let (states, neighbour, counts) = all(1);
    let (again, _, _) = all(3);
    assert!(states.iter().zip(&again).all(|(a, b)| a.to_bits() == b.to_bits()));
    println!("{counts:?}");
    assert!(states[3 * (2 * columns + 3)] > 50.0 * hrs, "{}", states[3 * (2 * columns + 3)]);
    let (first, last) = (neighbour[0], neighbour[neighbour.len() - 1]);
    assert!(first < -0.45 && last > first + 0.03, "{first} V, then {last} V");
    // Many motions were left for later, and few steps were forced.
    assert!(counts.postponed > counts.motions && counts.forced < counts.steps / 20, "{counts:?}");
}

/// Leaving cells where they are changes nothing beyond the tolerance.
#[test]
fn resting_cells_arrive_where_they_would_have() {
    let card = card("jart_vcm_v1b_kinetics");
    let (rows, columns) = (3, 3);
    let array = Array::uniform(rows, columns, Vec::new(), 10.0, 100.0);
    let hrs = card.state("hrs").unwrap();
    let final_states = |current_tolerance: f64| {
        let options = TransientOptions { current_tolerance, ..TransientOptions::default() };
        let mut transient =
            ArrayTransient::new(&array, population(card.model.as_ref(), vec![hrs; 9]), options).unwrap();
        run(&mut transient, Stage::constant(Bias::half(rows, columns, (1, 1), -1.0), 2e-7));
        (transient.states().to_vec(), transient.counts())
    };
    let (lazy, few) = final_states(1e-3);
    let (eager, many) = final_states(1e-12);
    assert!(few.motions < many.motions / 2, "{} of {}", few.motions, many.motions);
    for (a, b) in lazy.chunks(3).zip(eager.chunks(3)) {
        assert!((a[0] / b[0] - 1.0).abs() < 5e-3, "{} against {}", a[0], b[0]);
    }
}

#[test]
fn transistors_limit_the_current_and_gates_choose_the_row() {
    let card = card("jart_vcm_v1b_kinetics");
    let (rows, columns) = (3, 3);
    let array = Array::uniform(rows, columns, Vec::new(), 5.0, 50.0);
    let hrs = card.state("hrs").unwrap();
    let mut transient = ArrayTransient::new(
        &array,
        population(card.model.as_ref(), vec![hrs; 9]),
        TransientOptions::default(),
    )
    .unwrap();
    let gate = |overdrive| CurrentLimit::Transistor { transconductance: 1e-3, overdrive };
    let mut bias = Bias { word_lines: vec![0.0; rows], bit_lines: vec![0.0; columns] };
    bias.bit_lines[0] = 1.2;
    let stage =
        Stage { limits: Some(vec![gate(-0.5), gate(0.5), gate(-0.5)]), ..Stage::constant(bias, 1e-7) };
    let mut most = 0.0_f64;
    transient
        .run(stage, |now, _| {
            most = now.solution().cell_currents.iter().fold(most, |m, i| m.max(i.abs()));
            Ok::<_, CrossbarError>(())
        })
        .unwrap();
    // Half of 1e-3 · 0.5².
    assert!((1.1e-4..=1.2501e-4).contains(&most), "{most}");
    for k in 0..9 {
        let switched = transient.states()[3 * k] > 5.0 * hrs;
        assert_eq!(switched, k == 3, "cell {k}");
    }
    assert!(transient.flags()[3].compliance && !transient.flags()[0].compliance);
}

/// Heat from outside: a warmer half-selected cell moves faster; the change is taken over between steps.
#[test]
fn ambient_temperatures_are_taken_over_between_steps() {
    let card = card("jart_vcm_v1b_kinetics");
    let array = Array::uniform(1, 2, Vec::new(), 1.0, 1.0);
    let hrs = card.state("hrs").unwrap();
    let mut transient = ArrayTransient::new(
        &array,
        population(card.model.as_ref(), vec![hrs; 2]),
        TransientOptions::default(),
    )
    .unwrap();
    let bias = Bias { word_lines: vec![-0.75], bit_lines: vec![0.0; 2] };
    transient
        .run(Stage::constant(bias, 1e-5), |now, _| now.set_ambient_temperatures(&[293.0, 353.0]))
        .unwrap();
    // 5.8e-5 s at 293 K, 1.8e-6 s at 353 K for a cell without wires.
    assert!(
        transient.states()[0] < 1.2 * hrs && transient.states()[3] > 20.0 * hrs,
        "{:?}",
        transient.states()
    );
    assert!(transient.set_ambient_temperatures(&[293.0]).is_err());
    assert!(transient.set_ambient_temperatures(&[293.0, -1.0]).is_err());
}

/// A temperature set in the middle of a stage does not act on the time before, also of cells that rested then.
#[test]
fn warmth_does_not_act_backwards() {
    let card = card("jart_vcm_v1b_kinetics");
    let array = Array::uniform(1, 2, Vec::new(), 1.0, 1.0);
    let hrs = card.state("hrs").unwrap();
    let bias = Bias { word_lines: vec![-0.75], bit_lines: vec![0.0; 2] };
    let moved = |current_tolerance: f64| {
        let options =
            TransientOptions { current_tolerance, longest_step: 5e-9, ..TransientOptions::default() };
        let cells = population(card.model.as_ref(), vec![hrs; 2]);
        let mut transient = ArrayTransient::new(&array, cells, options).unwrap();
        let mut warm = false;
        transient
            .run(Stage::constant(bias.clone(), 4e-7), |now, _| {
                if !warm && now.time() >= 2e-7 {
                    warm = true;
                    now.set_ambient_temperatures(&[353.0; 2])?;
                }
                Ok::<_, CrossbarError>(())
            })
            .unwrap();
        assert!(warm);
        (transient.states()[0] / hrs - 1.0, transient.counts().postponed)
    };
    let ((lazy, postponed), (eager, _)) = (moved(1e-2), moved(1e-12));
    println!("moved by {lazy:.4} with {postponed} postponed, {eager:.4} eagerly");
    assert!(postponed > 40 && eager > 0.01);
    assert!((lazy / eager - 1.0).abs() < 0.05, "{lazy} against {eager}");
}

/// Where a stage cannot begin, the last one does not begin again.
#[test]
fn a_stage_that_cannot_begin_leaves_none() {
    let card = card("jart_vcm_v1b_kinetics");
    let array = Array::uniform(2, 2, Vec::new(), 1e3, 1e3);
    let lrs = card.state("lrs").unwrap();
    let newton = NewtonOptions { most_iterations: 1, ..TransientOptions::default().newton };
    let options = TransientOptions { newton, ..TransientOptions::default() };
    let mut transient =
        ArrayTransient::new(&array, population(card.model.as_ref(), vec![lrs; 4]), options).unwrap();
    let bias = |v: f64| Bias { word_lines: vec![v; 2], bit_lines: vec![0.0; 2] };
    run(&mut transient, Stage::constant(bias(0.0), 1e-9));
    assert!(transient.begin(Stage::constant(bias(-1.2), 1e-9)).is_err());
    assert!(transient.bias().is_none() && transient.step().unwrap().is_none());
    assert!((transient.time() - 1e-9).abs() < 1e-20);
}

/// A selector snaps on at its threshold, stays on below it, and goes off at its hold current.
#[test]
fn threshold_selectors_remember_their_branch() {
    let array = Array::uniform(1, 1, Vec::new(), 0.0, 100.0);
    let selector = ThresholdSelector { off: 1e-9, on: 1e-3, threshold: 0.8, hold_current: 2e-6 };
    let mut cells = population(&Behavioural, vec![0.1]);
    cells.selector = Some(selector);
    let mut transient = ArrayTransient::new(&array, cells, TransientOptions::default()).unwrap();
    let bias = |v: f64| Bias { word_lines: vec![v], bit_lines: vec![0.0] };
    let (mut on_at, mut off_at) = (None, None);
    for (from, to) in [(0.0, 1.0), (1.0, 0.0)] {
        transient
            .run(Stage::ramp(bias(from), bias(to), 1e-9), |now, _| {
                let v = now.bias().unwrap().word_lines[0];
                let on = now.selectors_on()[0];
                if on && on_at.is_none() {
                    on_at = Some(v);
                }
                if !on && on_at.is_some() && off_at.is_none() {
                    off_at = Some((v, now.solution().cell_currents[0]));
                }
                Ok::<_, CrossbarError>(())
            })
            .unwrap();
    }
    assert!((on_at.unwrap() - 0.8).abs() < 2e-3, "{on_at:?}");
    // 2 µA flow through the cell of 11 µS at 0.2 V or so.
    let (v, current) = off_at.unwrap();
    assert!((0.1..0.25).contains(&v) && current < 1e-9, "{v} V, {current} A");
    assert_eq!(transient.counts().switched, 2);
}

#[test]
fn what_does_not_fit_is_refused() {
    let array = Array::uniform(2, 2, Vec::new(), 1.0, 1.0);
    let few =
        ArrayTransient::new(&array, population(&Behavioural, vec![0.5; 3]), TransientOptions::default());
    assert!(few.unwrap_err().to_string().contains("list of states"));
    let options = TransientOptions { voltage_tolerance: 0.0, ..TransientOptions::default() };
    let zero = ArrayTransient::new(&array, population(&Behavioural, vec![0.5; 4]), options);
    assert!(zero.unwrap_err().to_string().contains("voltage tolerance"));
    let mut transient =
        ArrayTransient::new(&array, population(&Behavioural, vec![0.5; 4]), TransientOptions::default())
            .unwrap();
    let bias = Bias::half(2, 2, (0, 0), 0.1);
    assert!(transient.begin(Stage::constant(bias.clone(), 0.0)).is_err());
    transient.begin(Stage::constant(bias.clone(), 1e-6)).unwrap();
    assert!(transient.begin(Stage::constant(bias, 1e-6)).is_err());
    assert!(transient.step().unwrap().is_some());
}
