//! The models a card can name.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::conductance_step::{ConductanceStep, exponential, linear, power};
use crate::data_driven::{self, DataDriven};
use crate::ecm::{self, Ecm};
use crate::error::DeviceError;
use crate::jart_vcm::{self, JartVcmV1b, JartVcmV1bDiscrete};
use crate::metastable_switch::{self, MetastableSwitch};
use crate::model::{DeviceModel, ParameterSpec};
use crate::programmed_conductance::{self, ProgrammedConductance};
use crate::scalar::{Law, Scalar};
use crate::simmons_barrier::{self, SimmonsBarrier};
use crate::sky130::{self, Sky130Reram};
use crate::stanford_pku::{self, StanfordPku};
use crate::window::{self, Biolek, Joglekar, Kvatinsky, Prodromakis, Rectangular, Window, with_window};
use crate::yakopcic::{self, Yakopcic};
use crate::{linear_ion_drift, nonlinear_ion_drift, team, vteam};

/// Builds a model from parameter values in the units of its parameter table.
pub type Build = fn(&BTreeMap<String, f64>) -> Result<Arc<dyn DeviceModel>, DeviceError>;

/// One published model: its name in cards, what it is, its parameters, and how to build it.
#[derive(Debug, Clone, Copy)]
pub struct ModelEntry {
    /// Name in cards.
    pub name: &'static str,
    /// What it is, in one line.
    pub title: &'static str,
    /// Where the equations come from.
    pub source: &'static str,
    /// SI unit of the slow state variable.
    pub slow_unit: &'static str,
    /// The equations in plain text, one a line, with the symbols of the parameters.
    pub equations: &'static [&'static str],
    /// Where the model holds, what it leaves out, what it flags.
    pub validity: &'static str,
    /// Lowest and highest applied voltage the source speaks of, V; `None` where it gives none.
    pub voltages: Option<(f64, f64)>,
    /// The parameters a card must give.
    pub parameters: &'static [ParameterSpec],
    /// Builds the model from parameter values in the units of `parameters`.
    pub build: Build,
}

/// The entry of a model under a window: its parameters are those of both.
macro_rules! windowed {
    ($model:ident, $window:ty, $parameters:expr, $title:literal, $source:expr) => {
        ModelEntry {
            name: <$model::Equations<$window> as Law>::NAME,
            title: $title,
            source: $source,
            slow_unit: "1",
            equations: &[$model::EQUATIONS[0], $model::EQUATIONS[1], <$window as Window>::EQUATION],
            validity: $model::VALIDITY,
            voltages: None,
            parameters: &with_window::<{ $model::PARAMETERS.len() + $parameters.len() }>(
                $model::PARAMETERS,
                $parameters,
            ),
            build: |values| Ok(Arc::new(Scalar::new($model::Equations::<$window>::from_values(values)?))),
        }
    };
}

const STRUKOV: &str = "D. B. Strukov et al., Nature 453, 80 (2008), doi:10.1038/nature06932";
const TEAM: &str = "S. Kvatinsky et al., IEEE TCAS-I 60, 211 (2013), doi:10.1109/TCSI.2012.2215714";
const VTEAM: &str = "S. Kvatinsky et al., IEEE TCAS-II 62, 786 (2015), doi:10.1109/TCSII.2015.2433536";

const STEP: &str = "Trains of identical pulses: no dependence on their height, width or temperature; what is left over of a pulse moves the weight by its share. Ohmic, no retention loss. More than 1e9 pulses in one segment are refused.";

/// All models, in the order in which they are listed to users.
pub const MODELS: &[ModelEntry] = &[
    ModelEntry {
        name: jart_vcm::NAME,
        title: "JART VCM v1b: oxygen vacancies in a disc below a Schottky contact, full implicit solution",
        source: "C. Bengel et al., IEEE TCAS-I 67, 4618 (2020), doi:10.1109/TCSI.2020.3018502",
        slow_unit: "1/m^3",
        equations: &[
            "dN/dt = −I_ion/(z e A l), A = π r²",
            "I_ion = z e c a ν₀ A F_lim [exp(−ΔW_min/kT) − exp(−ΔW_max/kT)], c = (N_plug + N)/2",
            "ΔW_min,max = ΔW_A [√(1 − γ²) ∓ γπ/2 + γ asin γ], γ = z e E a/(π ΔW_A)",
            "E = V_disc/l (SET), (V_sch + V_disc + V_plug)/l_cell (RESET)",
            "F_lim = 1 − (N/N_max)¹⁰ (SET), 1 − (N_min/N)¹⁰ (RESET)",
            "R_th C_th dT/dt = T₀ + I (V_sch + V_disc + V_plug) R_th − T; R_th = R_th0 (r_det/r)², times R_theff,scaling for RESET",
            "V = V_sch + I [R_disc + R_plug + R_TiOx + R₀ (1 + R₀ α_line I² R_th,line)]",
            "Schottky contact, lowered barrier φ_B: I = A A* T² exp(−eφ_B/kT) [exp(eV_sch/kT) − 1] forward, thermionic field emission reverse",
        ],
        validity: "Fitted to Pt/HfO₂/TiOx/Ti cells: |V| up to 1.5 V, 1 ns to seconds, around 300 K. Nothing moves at 0 V: no retention loss. Above 1500 K the flag overheated is set and nothing is clamped; where the field removes the hopping barrier it is held and field_capped is set.",
        voltages: Some((-1.5, 1.5)),
        parameters: jart_vcm::PARAMETERS,
        build: |values| Ok(Arc::new(JartVcmV1b::new(jart_vcm::Parameters::from_values(values)?))),
    },
    ModelEntry {
        name: jart_vcm::explicit::NAME,
        title: "JART VCM v1b by a fit of the current where that is accurate, in full elsewhere",
        source: "V. Ntinas et al., IEEE TCAS-II (2022), and C. Bengel et al., IEEE TCAS-I 67, 4618 (2020), doi:10.1109/TCSI.2020.3018502",
        slow_unit: "1/m^3",
        equations: &[
            "equations of jart_vcm_v1b, the filament at its own temperature: T = T₀ + I (V_sch + V_disc + V_plug) R_th",
            "V > 0: I = g/[1 + h (N/N_min)^(−j₀)]^(1/k₀), g and h functions of V",
            "V < 0: I = −α − β/[1 + (c/N)^d]^f, α, β, c, d, f functions of V",
        ],
        validity: "The fit is used for SET from 0.2e26 1/m^3 at −1.2 to −0.342 V and RESET from 0.02e26 1/m^3 at 0.2 to 1.2 V, at 293 K, for the parameters of jart_vcm_v1b_kinetics and segments of 64 thermal time constants or more; elsewhere the full model answers by itself. Switching times within 15 % of the full model, conductances after a pulse within 4 %.",
        voltages: Some((-1.5, 1.5)),
        parameters: jart_vcm::PARAMETERS,
        build: |values| Ok(Arc::new(JartVcmV1b::explicit(jart_vcm::Parameters::from_values(values)?))),
    },
    ModelEntry {
        name: jart_vcm::discrete::NAME,
        title: "JART VCM v1b with a whole number of vacancies that hop one by one",
        source: "C. Bengel et al., IEEE TCAS-I 67, 4618 (2020), doi:10.1109/TCSI.2020.3018502",
        slow_unit: "1/m^3",
        equations: &[
            "equations of jart_vcm_v1b with a whole number n = N A l of vacancies",
            "n → n ± 1 at the rates of the two directions of I_ion/(z e), one hop at a time; many hops in Poisson leaps",
        ],
        validity: "As jart_vcm_v1b. With few vacancies the first hop decides and switching times spread without a fitted spread; with noise off it is the deterministic model.",
        voltages: Some((-1.5, 1.5)),
        parameters: jart_vcm::PARAMETERS,
        build: |values| Ok(Arc::new(JartVcmV1bDiscrete::new(jart_vcm::Parameters::from_values(values)?))),
    },
    ModelEntry {
        name: stanford_pku::NAME,
        title: "Stanford–PKU: field-driven gap between filament tip and electrode",
        source: "Z. Jiang et al., IEEE TED 63, 1884 (2016), and the Verilog-A file v1.0.0",
        slow_unit: "m",
        equations: &[
            "dg/dt = −v₀ exp(−E_a/kT) sinh(γ a₀ e V/(t_ox kT)) where γ|V|/t_ox ≥ F_min, else 0",
            "γ = γ₀ − β (g/g₁)^α, γ₀ and β each for SET and for RESET",
            "T = T₀ + |V I| R_th",
            "I = I₀ exp(−g/g₀) sinh(V/V₀)",
            "noise: dg = f dt + √(2D) dW, D = ½ δ₀² τ/[1 + exp((T_crit − T)/T_smth)]²",
        ],
        validity: "Bipolar HfOx cells, nanoseconds to milliseconds; the fits of 2016 sweep to ±2.5 V. No retention loss. Above 1500 K the flag overheated is set and nothing is clamped.",
        voltages: Some((-2.5, 2.5)),
        parameters: stanford_pku::PARAMETERS,
        build: |values| Ok(Arc::new(StanfordPku::new(stanford_pku::Parameters::from_values(values)?))),
    },
    ModelEntry {
        name: linear::NAME,
        title: "Conductance steps that shrink linearly with the weight (constant steps, soft bounds)",
        source: "T. Gokmen, Y. Vlasov, Front. Neurosci. 10, 333 (2016), doi:10.3389/fnins.2016.00333",
        slow_unit: "S",
        equations: &[
            "one pulse in direction d = ±1: w ← clip(w + d Δw_min (1 + d β) y_d(w) + noise)",
            "y_up = 1 − γ_up w/b_max, y_down = 1 − γ_down w/b_min, never below 0",
            "I = [G(0) + dG/dw · w] V",
        ],
        validity: STEP,
        voltages: None,
        parameters: linear::PARAMETERS,
        build: |values| Ok(Arc::new(ConductanceStep::new(linear::Parameters::from_values(values)?))),
    },
    ModelEntry {
        name: exponential::NAME,
        title: "Conductance steps with an exponential dependence on the weight",
        source: "N. Gong et al., Nat. Commun. 9, 2102 (2018), doi:10.1038/s41467-018-04485-1",
        slow_unit: "S",
        equations: &[
            "one pulse in direction d = ±1: w ← clip(w + d Δw_min (1 + d β) y_d(w) + noise)",
            "y_d = max(0, 1 − A_d exp(d γ_d z)), z = 2 a w/(b_max − b_min) + b",
            "I = [G(0) + dG/dw · w] V",
        ],
        validity: STEP,
        voltages: None,
        parameters: exponential::PARAMETERS,
        build: |values| Ok(Arc::new(ConductanceStep::new(exponential::Parameters::from_values(values)?))),
    },
    ModelEntry {
        name: power::NAME,
        title: "Conductance steps with a power of the distance from the bound",
        source: "J. Frascaroli et al., Sci. Rep. 8, 7178 (2018), doi:10.1038/s41598-018-25376-x",
        slow_unit: "S",
        equations: &[
            "one pulse in direction d = ±1: w ← clip(w + d Δw_min (1 + d β) y_d(w) + noise)",
            "y_up = ω^γ_up, y_down = (1 − ω)^γ_down, ω = (b_max − w)/(b_max − b_min)",
            "I = [G(0) + dG/dw · w] V",
        ],
        validity: STEP,
        voltages: None,
        parameters: power::PARAMETERS,
        build: |values| Ok(Arc::new(ConductanceStep::new(power::Parameters::from_values(values)?))),
    },
    ModelEntry {
        name: ecm::NAME,
        title: "ECM: electrodeposited metal filament with nucleation, quantum point contact and RESET",
        source: "S. Menzel et al., PCCP 15, 6945 (2013), doi:10.1039/C3CP50738F, and the Verilog-A file JART ECM v1",
        slow_unit: "m",
        equations: &[
            "reactions: I_ion = i [exp((1 − α_et) z η/V_T) − 1] (SET), i [exp(α_et z η/V_T) − 1] (RESET), i = A z e c k_0,et exp(−ΔG_et/kT), V_T = kT/e",
            "hopping: I_ion = A_ion 2 z e c a f exp(−ΔG_hop/kT) sinh(a z η_hop/(2 V_T x))",
            "tunnelling in parallel: I_el = V_x (K₁/x) exp(−K₂ x)",
            "V = V_x + (I_ion + I_el) [ρ_AE (L − x)/A_fil + R_electrodes + R_s]",
            "nucleation: dx/dt = −a/t_nuc, t_nuc = t_0,nuc exp(ΔG_nuc/kT − (N_c + α_nuc) z V_x/V_T)",
            "growth and dissolution: dx/dt = −M_Me/(z e ρ_m A_fil) I_ion",
            "contact, x < r_at (not in the published model): ν channels of G₀ = 2e²/h in a neck that widens with the metal deposited",
        ],
        validity: "Isothermal, one filament of constant radius, 0.05 to 1 V, nanoseconds to 1e3 s. No net current at 0 V: no retention loss. The published model stops at x = r_at; the contact below it and RESET from it are this project's.",
        voltages: Some((-1.0, 1.0)),
        parameters: ecm::PARAMETERS,
        build: |values| Ok(Arc::new(Ecm::new(ecm::Parameters::from_values(values)?))),
    },
    ModelEntry {
        name: sky130::NAME,
        title: "SkyWater sky130 ReRAM: filament thickness and temperature",
        source: "Verilog-A cell sky130_fd_pr_reram__reram_cell (Apache-2.0)",
        slow_unit: "m",
        equations: &[
            "dT_f/dt = v {exp[−(E_gen − γ a₀ e V/T_ox)/kT] − exp[−(E_rec + γ a₀ e V/T_ox)/kT]}",
            "γ = γ_k0 + γ_k1 ((T_ox − T_f)/1 nm)³",
            "I = I_k1 exp(−(T_ox − T_f)/(T_ox − T_f,ref)) sinh(V/V_ref)",
            "dT/dt = |V I|/C_th − (T − T₀)/τ_th",
        ],
        validity: "The cell of the 130 nm process, nanoseconds to milliseconds; no noise. Above 1500 K the flag overheated is set and nothing is clamped.",
        voltages: None,
        parameters: sky130::PARAMETERS,
        build: |values| Ok(Arc::new(Sky130Reram::new(sky130::Parameters::from_values(values)?))),
    },
    windowed!(
        linear_ion_drift,
        Joglekar,
        window::exponent::PARAMETERS,
        "Linear ion drift with Joglekar's window",
        STRUKOV
    ),
    windowed!(
        linear_ion_drift,
        Biolek,
        window::exponent::PARAMETERS,
        "Linear ion drift with Biolek's window",
        STRUKOV
    ),
    windowed!(
        linear_ion_drift,
        Prodromakis,
        window::prodromakis::PARAMETERS,
        "Linear ion drift with Prodromakis' window",
        STRUKOV
    ),
    windowed!(
        linear_ion_drift,
        Kvatinsky,
        window::kvatinsky::PARAMETERS,
        "Linear ion drift with Kvatinsky's window",
        STRUKOV
    ),
    windowed!(
        nonlinear_ion_drift,
        Rectangular,
        window::NONE,
        "Non-linear ion drift between hard bounds",
        "E. Lehtonen, M. Laiho, CNNA (2010), doi:10.1109/CNNA.2010.5430304"
    ),
    windowed!(team, Rectangular, window::NONE, "TEAM: current-controlled thresholds, hard bounds", TEAM),
    windowed!(
        team,
        Kvatinsky,
        window::kvatinsky::PARAMETERS,
        "TEAM: current-controlled thresholds, Kvatinsky's window",
        TEAM
    ),
    windowed!(vteam, Rectangular, window::NONE, "VTEAM: voltage-controlled thresholds, hard bounds", VTEAM),
    windowed!(
        vteam,
        Kvatinsky,
        window::kvatinsky::PARAMETERS,
        "VTEAM: voltage-controlled thresholds, Kvatinsky's window",
        VTEAM
    ),
    ModelEntry {
        name: simmons_barrier::NAME,
        title: "Simmons tunnel barrier: a barrier in series with a channel, moved by the current",
        source: "M. D. Pickett et al., J. Appl. Phys. 106, 074508 (2009), doi:10.1063/1.3236506",
        slow_unit: "m",
        equations: &[
            "i > 0: dw/dt = c_off sinh(i/i_off) exp(−exp((w − a_off)/w_c − |i|/b) − w/w_c)",
            "i < 0: dw/dt = c_on sinh(i/i_on) exp(−exp(−(w − a_on)/w_c − |i|/b) − w/w_c)",
            "V = v + R_s i, v across the barrier",
            "i = e² A/(2πh Δ²) [φ exp(−B√φ) − (φ + v) exp(−B√(φ + v))], B = 4πΔ √(2me)/h, φ lowered by image charges",
        ],
        validity: "One Pt/TiO₂/Pt device. Simmons' expression holds for v < φ₀: from 0.8 φ₀ on the current follows its tangent, and far beyond i_off or i_on it no longer raises sinh; both set field_capped. No temperature.",
        voltages: None,
        parameters: simmons_barrier::PARAMETERS,
        build: |values| Ok(Arc::new(SimmonsBarrier::new(simmons_barrier::Parameters::from_values(values)?))),
    },
    ModelEntry {
        name: yakopcic::NAME,
        title: "Yakopcic: conductance proportional to a state, exponential motion beyond thresholds",
        source: "C. Yakopcic et al., IEEE TCAD 32, 1201 (2013), doi:10.1109/TCAD.2013.2252057",
        slow_unit: "1",
        equations: &[
            "I = a₁ x sinh(bV) for V ≥ 0, a₂ x sinh(bV) for V < 0",
            "dx/dt = η g(V) f(x); g = A_p (e^V − e^V_p) for V > V_p, −A_n (e^−V − e^V_n) for V < −V_n, else 0",
            "rising: f = exp(−α_p (x − x_p)) [(x_p − x)/(1 − x_p) + 1] for x ≥ x_p, else 1",
            "falling: f = exp(α_n (x + x_n − 1)) x/(1 − x_n) for x ≤ 1 − x_n, else 1",
        ],
        validity: "A fit of I–V loops: no temperature, no motion between the thresholds. The lower bound of x is this project's: at x = 0 the published current is zero at every voltage.",
        voltages: None,
        parameters: yakopcic::PARAMETERS,
        build: |values| Ok(Arc::new(Yakopcic::new(yakopcic::Parameters::from_values(values)?))),
    },
    ModelEntry {
        name: data_driven::NAME,
        title: "Data-driven: resistance that approaches a limit set by the voltage",
        source: "I. Messaris et al., IEEE TCAD 37, 3151 (2018), doi:10.1109/TCAD.2018.2791468",
        slow_unit: "Ohm",
        equations: &[
            "I = a (1/R) sinh(bV); p for V > 0, n for V < 0",
            "dR/dt = s f, s = A [exp(t|V|) − 1]",
            "V > 0: f = exp(η k_p (r_p − R)) − 1 where η (r_p − R) > 0, else 0",
            "V < 0: f = exp(η k_n (R − r_n)) − 1 where η (R − r_n) > 0, else 0",
            "r = r₀ + r₁ V + r₂ V²; η is the sign of A_p",
        ],
        validity: "The voltages and resistances of the fit; far from them its exponentials are extrapolated. No threshold besides r(V) = R, no temperature. The bounds of R are the fitted range and set a flag.",
        voltages: None,
        parameters: data_driven::PARAMETERS,
        build: |values| Ok(Arc::new(DataDriven::new(data_driven::Parameters::from_values(values)?))),
    },
    ModelEntry {
        name: metastable_switch::NAME,
        title: "Metastable switches: a population of two-state switches with binomial noise",
        source: "M. A. Nugent, T. W. Molter, PLoS ONE 9, e85175 (2014), doi:10.1371/journal.pone.0085175",
        slow_unit: "1",
        equations: &[
            "OFF → ON at r₊ = (1/τ)/(1 + exp(−(V − V_on)/V_T)), ON → OFF at r₋ = (1/τ)/(1 + exp((V + V_off)/V_T)), V_T = kT/e",
            "mean: dx/dt = r₊ (1 − x) − r₋ x; noise: binomial over N switches, exact at any step",
            "I = φ G V + (1 − φ) [α_f (e^(β_f V) − 1) − α_r (e^(−β_r V) − 1)], G = G_off + (G_on − G_off) x",
        ],
        validity: "Phenomenological. Rates saturate at 1/τ: switching gets no faster at high voltage. States decay slowly at 0 V, as the equations say.",
        voltages: None,
        parameters: metastable_switch::PARAMETERS,
        build: |values| {
            Ok(Arc::new(MetastableSwitch::new(metastable_switch::Parameters::from_values(values)?)))
        },
    },
    ModelEntry {
        name: programmed_conductance::NAME,
        title: "Programmed conductance: an ohmic cell that holds what a verified write left",
        source: "Ohm's law; relaxation after A. Levy et al., RRAM-Relaxation-Master-Model (2021)",
        slow_unit: "S",
        equations: &["I = G V; no bias moves G, time does as the card's relaxation block says"],
        validity: "Read voltages. Switching is not known: cells are written by giving their conductance, pulses do nothing.",
        voltages: None,
        parameters: programmed_conductance::PARAMETERS,
        build: |values| {
            let parameters = programmed_conductance::Parameters::from_values(values)?;
            Ok(Arc::new(ProgrammedConductance::new(programmed_conductance::Equations { parameters })))
        },
    },
];

/// The model of that name.
pub fn model(name: &str) -> Option<&'static ModelEntry> {
    MODELS.iter().find(|entry| entry.name == name)
}
