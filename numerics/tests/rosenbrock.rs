//! The stiff integrator: order, Robertson's problem, events, failures.
#![allow(clippy::unwrap_used)]

use numerics::roots::bracket;
use numerics::rosenbrock::{IntegrationError, Linearisation, Rodas, System, Tolerances};

/// y' = −λ(y − cos t) − sin t with y = cos t, coupled to a logistic equation.
struct Forced;
impl System<2> for Forced {
    fn derivative(&mut self, t: f64, y: &[f64; 2]) -> [f64; 2] {
        [-3.0 * (y[0] - t.cos()) * y[1].abs().max(0.1) - t.sin(), y[1] * (1.0 - y[1])]
    }
    fn linearise(&mut self, t: f64, y: &[f64; 2], _f: &[f64; 2]) -> Linearisation<2> {
        Linearisation {
            jacobian: [[-3.0 * y[1], -3.0 * (y[0] - t.cos())], [0.0, 1.0 - 2.0 * y[1]]],
            time: [-3.0 * t.sin() * y[1] - t.cos(), 0.0],
        }
    }
}

fn loose<const N: usize>() -> Rodas<N> {
    Rodas::new(Tolerances { relative: [1e9; N], absolute: [1e9; N] })
}

#[test]
fn order_four_and_dense_order_three() {
    let run = |n: u32| {
        let h = 2.0 / f64::from(n);
        let (mut y, mut dense_error) = ([1.5, 0.25], 0.0_f64);
        let exact = |t: f64| {
            let growth = t.exp();
            let logistic = 0.25 * growth / (1.0 + 0.25 * (growth - 1.0));
            // The deviation from cos t decays as exp(−3 ∫ logistic).
            let integral = (1.0 + 0.25 * (growth - 1.0)).ln();
            [t.cos() + 0.5 * (-3.0 * integral).exp(), logistic]
        };
        let mut solver = loose();
        for i in 0..n {
            let t = f64::from(i) * h;
            let f = Forced.derivative(t, &y);
            let step = solver.step(&mut Forced, t, &y, &f, h).unwrap();
            let (half, reference) = (step.at(0.5 * h), exact(t + 0.5 * h));
            dense_error = dense_error.max((half[0] - reference[0]).abs());
            y = step.end_state;
        }
        let reference = exact(2.0);
        ((y[0] - reference[0]).abs() + (y[1] - reference[1]).abs(), dense_error)
    };
    let (e1, d1) = run(40);
    let (e2, d2) = run(80);
    let (order, dense_order) = ((e1 / e2).log2(), (d1 / d2).log2());
    assert!((3.8..4.6).contains(&order), "order {order} ({e1:e}, {e2:e})");
    assert!(dense_order > 2.9, "dense order {dense_order} ({d1:e}, {d2:e})");
}

struct Robertson;
impl System<3> for Robertson {
    fn derivative(&mut self, _t: f64, y: &[f64; 3]) -> [f64; 3] {
        let a = -0.04 * y[0] + 1e4 * y[1] * y[2];
        let c = 3e7 * y[1] * y[1];
        [a, -a - c, c]
    }
}

#[test]
fn robertson_over_eight_decades() {
    let mut solver = Rodas::new(Tolerances { relative: [1e-7; 3], absolute: [1e-9, 1e-13, 1e-9] });
    let (t, y) = solver.integrate(&mut Robertson, 0.0, [1.0, 0.0, 0.0], 4000.0, |_| true).unwrap();
    assert!((t - 4000.0).abs() < 1e-9);
    for (value, reference) in y.iter().zip([0.183_202, 8.942e-7, 0.816_797]) {
        assert!((value / reference - 1.0).abs() < 1e-4, "{value} against {reference}");
    }
    let statistics = solver.statistics();
    assert!(statistics.accepted < 400, "{statistics:?}");
}

#[test]
fn an_event_is_located_on_the_dense_output() {
    // y' = y² from 1: y = 1/(1 − t) passes 10 at t = 0.9.
    struct Blowup;
    impl System<1> for Blowup {
        fn derivative(&mut self, _t: f64, y: &[f64; 1]) -> [f64; 1] {
            [y[0] * y[0]]
        }
    }
    let mut solver = Rodas::new(Tolerances { relative: [1e-8], absolute: [1e-10] });
    let mut located = f64::NAN;
    solver
        .integrate(&mut Blowup, 0.0, [1.0], 0.99, |step| {
            if step.end_state[0] < 10.0 {
                return true;
            }
            located = step.start + bracket(|o| step.at(o)[0] - 10.0, 0.0, step.length, 1e-13).unwrap().1;
            false
        })
        .unwrap();
    assert!((located - 0.9).abs() < 1e-8, "{located}");
}

#[test]
fn an_unsolvable_system_is_an_error() {
    struct Bad;
    impl System<1> for Bad {
        fn derivative(&mut self, _t: f64, _y: &[f64; 1]) -> [f64; 1] {
            [f64::NAN]
        }
    }
    let result = loose::<1>().integrate(&mut Bad, 0.0, [1.0], 1.0, |_| true);
    assert!(matches!(result, Err(IntegrationError::StepTooSmall { .. })));
}

#[test]
fn a_growing_mode_is_not_damped() {
    struct Growth;
    impl System<1> for Growth {
        fn derivative(&mut self, _t: f64, y: &[f64; 1]) -> [f64; 1] {
            [100.0 * y[0]]
        }
    }
    let mut solver = Rodas::new(Tolerances { relative: [1e-6], absolute: [1e-9] });
    let (_, y) = solver.integrate(&mut Growth, 0.0, [1e-8], 0.1, |_| true).unwrap();
    assert!((y[0] / (1e-8 * 10.0_f64.exp()) - 1.0).abs() < 0.05, "{}", y[0]);
}
