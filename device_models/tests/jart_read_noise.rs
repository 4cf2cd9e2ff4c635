//! Random telegraph noise of JART VCM v1b readvar (doi:10.26165/JUELICH-DATA/LUA8QY; S. Wiefels et al., IEEE
//! TED 67, 4208 (2020), doi:10.1109/TED.2020.3018096).
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;

use common::{ROOM, Table};
use device_models::DeviceCard;
use device_models::card::ReadNoise;
use device_models::noisy_read::NoisyRead;

fn card() -> DeviceCard {
    DeviceCard::shipped("jart_vcm_v1b_readvar", &BTreeMap::new()).unwrap()
}

fn current(card: &DeviceCard, slow: f64) -> f64 {
    card.model.operating_point(&[], &card.model.rest(slow, &ROOM), 0.35, &ROOM).unwrap().current
}

#[test]
fn steps_of_the_current_are_those_of_the_guide() {
    // User guide, fig. 5.2: cells in the high-resistive state at 0.35 V and 6.7, 8.5 and 12.5 µA move in
    // steps of 1.1 to 1.3 µA. It does not state their concentrations: they follow from the currents.
    let card = card();
    let step = card.model.single_vacancy(&[]).unwrap();
    let mut table = Table::default();
    for level in [6.7e-6, 8.5e-6, 12.5e-6] {
        let (mut low, mut high) = (0.008e26, 1e26);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if current(&card, middle) < level { low = middle } else { high = middle }
        }
        println!("{level:e} A at N = {low:.4e} 1/m^3, {:.2} vacancies", low / step);
        // A high-resistive state: few vacancies, above the lower bound.
        assert!((3.0..12.0).contains(&(low / step)));
        for s in [-1.0, 1.0] {
            let size = (current(&card, low + s * step) - level).abs();
            table.compare(&format!("one vacancy from {:.1} µA", level * 1e6), size * 1e6, 1.2, 0.2, 0.0);
        }
    }
    table.finish("read noise, steps of the current (µA)");
}

#[test]
fn what_is_read_moves_and_the_state_does_not() {
    let card = card();
    let noise = card.read_noise.unwrap();
    let step = card.model.single_vacancy(&[]).unwrap();
    let mut counts = [0_u32; 5];
    let mut at_bound = [0_u32; 5];
    let (n, low) = (0.0183e26, card.model.bounds(&[]).0);
    let state = card.model.rest(n, &ROOM);
    for device in 0..400 {
        let mut read = NoisyRead::new(&noise, 3, device);
        for _ in 0..50 {
            read.elapse(0.1);
            let seen = read.vacancies(&card, &[], n);
            counts[(seen + 2) as usize] += 1;
            at_bound[(read.vacancies(&card, &[], low) + 2) as usize] += 1;
            let point = read.operating_point(&card, &[], &state, 0.35, &ROOM).unwrap();
            let expected = current(&card, n + f64::from(seen) * step);
            assert!((point.current / expected - 1.0).abs() < 1e-12);
        }
    }
    println!("seen at N = {n:e}: {counts:?}; at the lower bound {at_bound:?}");
    // Stationary: 4, 36, 99, 36, 4 in 179; 400 devices of which each is at least one independent draw.
    for (count, share) in counts.iter().zip([4.0, 36.0, 99.0, 36.0, 4.0]) {
        let share = share / 179.0;
        let error = 4.0 * (share * (1.0 - share) / 400.0_f64).sqrt();
        assert!((f64::from(*count) / 2e4 - share).abs() < error, "{counts:?}");
    }
    // At the lower bound nothing can be missing: those draws are seen as the bound itself.
    assert_eq!(at_bound[..2], [0, 0]);
    assert_eq!(at_bound[2], counts[..3].iter().sum::<u32>());
}

#[test]
fn correlation_and_rates_are_those_of_the_card() {
    // One rate: the autocorrelation falls with 0.55^(f t), however the time is divided.
    let noise = ReadNoise { mean_rate: 50.0, rate_deviation: 0.0 };
    let card = card();
    for (lag, pieces) in [(0.01, 1_u32), (0.01, 10), (0.05, 3)] {
        let (mut product, mut square) = (0.0, 0.0);
        for device in 0..8000 {
            let mut read = NoisyRead::new(&noise, 11, device);
            let before = f64::from(read.vacancies(&card, &[], 1e26));
            for _ in 0..pieces {
                read.elapse(lag / f64::from(pieces));
            }
            product += before * f64::from(read.vacancies(&card, &[], 1e26));
            square += before * before;
        }
        let (correlation, exact) = (product / square, f64::powf(0.55, 50.0 * lag));
        println!("lag {lag} s in {pieces}: {correlation:.3}, exact {exact:.3}");
        assert!((correlation - exact).abs() < 0.05, "{correlation} {exact}");
    }
    // A draw of rates: none is negative, so that every device forgets.
    let noise = card.read_noise.unwrap();
    let still = (0..500).filter(|device| {
        let mut read = NoisyRead::new(&noise, 5, *device);
        let start = read.clone();
        (0..200).all(|_| {
            read.elapse(1.0);
            read.vacancies(&card, &[], 1e26) == start.vacancies(&card, &[], 1e26)
        })
    });
    // 200 s are 120 correlation times even at 1 Hz, which 1 % of devices fall below.
    let still = still.count();
    assert!(still <= 3, "{still} of 500 devices do not move in 200 s");
}

#[test]
fn bad_blocks_are_refused() {
    let text = device_models::card::SHIPPED.iter().find(|c| c.0 == "jart_vcm_v1b_readvar").unwrap().1;
    let stanford = device_models::card::SHIPPED.iter().find(|c| c.0 == "stanford_pku_v1").unwrap().1;
    let block = &text[text.find("\"read_noise\"").unwrap()..text.rfind('}').unwrap()];
    let foreign = stanford.replacen('{', &format!("{{{},", block.trim_end()), 1);
    for (text, says) in [
        (text.replace("\"mean\": \"50 Hz\"", "\"mean\": \"-50 Hz\""), "read_noise.rate.mean is -50 Hz"),
        (text.replace("\"mean\": \"50 Hz\"", "\"mean\": \"50 s\""), "read_noise.rate.mean"),
        (
            text.replace("\"standard_deviation\": \"50 Hz\"", "\"standard_deviation\": \"-1 Hz\""),
            "read_noise.rate.standard_deviation is -1 Hz",
        ),
        (foreign, "stanford_pku does not count"),
    ] {
        let error = DeviceCard::parse("mine", &text, &BTreeMap::new()).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}
