//! The models a card can name.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::conductance_step::{ConductanceStep, exponential, linear, piecewise, pmax, power, saturating};
use crate::data_driven::{self, DataDriven};
use crate::ecm::{self, Ecm};
use crate::error::DeviceError;
use crate::jart_vcm::{self, JartVcmV1b, JartVcmV1bDiscrete, JartVcmV2};
use crate::metastable_switch::{self, MetastableSwitch};
use crate::model::{DeviceModel, ParameterSpec};
use crate::programmed_conductance::{self, ProgrammedConductance};
use crate::scalar::{Law, Scalar};
use crate::simmons_barrier::{self, SimmonsBarrier};
use crate::sky130::{self, Sky130Reram};
use crate::stanford_pku::{self, StanfordPku};
use crate::stanford_pku_v2::{self, StanfordPkuV2};
use crate::statistical::{self, Statistical};
use crate::window::{self, Biolek, Joglekar, Kvatinsky, Prodromakis, Rectangular, Window, with_window};
use crate::yakopcic::{self, Yakopcic, YakopcicTwoBranches, two_branches};
use crate::{data_driven_quadratic, linear_ion_drift, nonlinear_ion_drift, team, vteam};

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
const RASCH: &str = "M. J. Rasch et al., IEEE AICAS (2021), doi:10.1109/AICAS51828.2021.9458494";
const VTEAM: &str = "S. Kvatinsky et al., IEEE TCAS-II 62, 786 (2015), doi:10.1109/TCSII.2015.2433536";

const V1: &[&str] = &[
    "dN/dt = −I_ion/(z e A l), A = π r²",
    "I_ion = 2 z e c a ν₀ A F_lim exp(−ΔW_A/kT) sinh(z e a E/2kT), c = (N_plug + N)/2",
    "E = V_disc/l (SET), (V_sch + V_disc + V_plug)/l_cell (RESET)",
    "F_lim = 1 − (N/N_max)¹⁰ (SET), 1 − (N_min/N)¹⁰ (RESET)",
    "R_th C_th dT/dt = T₀ + I (V_sch + V_disc + V_plug) R_th − T",
    "V = V_sch + I [R_disc + R_plug + R_series], Schottky contact as in jart_vcm_v1b",
];

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
        name: jart_vcm::v1::NAME,
        title: "JART VCM v1: a hopping barrier that the field tilts, one thermal resistance",
        source: "A. Hardtdegen et al., IEEE TED 65, 3229 (2018), doi:10.1109/TED.2018.2849872",
        slow_unit: "1/m^3",
        equations: V1,
        validity: "HfO₂/TiOx bilayer cells of 2018, around 300 K. Nothing moves at 0 V. The power form of the limiting function replaces the file's hard stop; a thermal capacitance replaces its instantaneous heat. Above 1500 K the flag overheated is set and nothing is clamped.",
        voltages: None,
        parameters: jart_vcm::v1::PARAMETERS,
        build: |values| Ok(Arc::new(JartVcmV1b::v1(&jart_vcm::v1::Parameters::from_values(values)?))),
    },
    ModelEntry {
        name: jart_vcm::v1::GENERIC,
        title: "JART VCM v1 generic: as v1, the electrons of the contact at ambient temperature",
        source: "A. Siemon et al., IEEE ISCAS (2019), and the Verilog-A file JART VCM v1 generic",
        slow_unit: "1/m^3",
        equations: &["equations of jart_vcm_v1 with I_ion half as large and the contact at T₀", V1[0]],
        validity: "A shape for circuit studies, no measured cell: the file holds one of 16 published sets. Otherwise as jart_vcm_v1.",
        voltages: None,
        parameters: jart_vcm::v1::GENERIC_PARAMETERS,
        build: |values| Ok(Arc::new(JartVcmV1b::v1_generic(&jart_vcm::v1::Parameters::from_values(values)?))),
    },
    ModelEntry {
        name: jart_vcm::v2::NAME,
        title: "JART VCM v2: two regions between two Schottky contacts, complementary switching",
        source: "C. La Torre et al., IEEE TED 66, 1268 (2019), doi:10.1109/TED.2019.2892997",
        slow_unit: "1/m^3",
        equations: &[
            "dN₁/dt = −I_ion/(z e A l_1), dN₂/dt = I_ion/(z e A l_2), A = π r²",
            "I_ion = A C [√(N₁N₂) F_lim sinh(a z e E/2kT) − (a/2)(dN/dx) cosh(a z e E/2kT)], dN/dx = 2 (N₂ − N₁)/l_cell",
            "C = 2 z e a ν₀ exp(−ΔW_A [√(1 − γ²) + γ asin γ]/kT), γ = z e E a/(π ΔW_A), E = (V_region1 + V_region2)/l_cell",
            "F_lim = [1 − (N₂/N_max)¹⁰][1 − (N_min,1/N₁)¹⁰] for V > 0, 1 and 2 exchanged for V < 0; N_min = 1/(A l)",
            "R_th C_th dT/dt = T₀ + I (V_region1 + V_region2) R_th − T",
            "V = V_contact1 + I [R_region1 + R_region2 + R_series0 (1 + α_T (T − T₀))] + V_contact2, R_region = l exp(ΔE_ac/kT)/(e z N µ_n0 A)",
            "contacts as in jart_vcm_v1b with φ_n = (kT/e) ln[2 (2π m* kT/h²)^(3/2)/(z N)]",
        ],
        validity: "HfO₂ cells with two oxidation-stable electrodes, around 300 K. Both contacts lower their barriers alike (a sign in the file's first contact is mended). At 0 V the regions still exchange vacancies by diffusion. Above 1500 K the flag overheated is set and nothing is clamped.",
        voltages: None,
        parameters: jart_vcm::v2::PARAMETERS,
        build: |values| Ok(Arc::new(JartVcmV2::new(jart_vcm::v2::Parameters::from_values(values)?))),
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
        name: stanford_pku_v2::NAME,
        title: "Stanford–PKU 2.0.0 Beta: gap and width of a filament",
        source: "H. Li et al., IEEE EDL 35, 211 (2014), doi:10.1109/LED.2013.2293354, and the Verilog-A file v2.0.0 Beta",
        slow_unit: "m",
        equations: &[
            "SET, x > 0: dx/dt = −a f exp(−(E_a − Z e V_g α/x)/kT), |dx/dt| ≤ v_max",
            "SET, x = 0: dw/dt = (w_eff + w_eff²/2w) f exp(−(E_a − Z e V α/L_0)/kT) ≤ v_max, until w = W_CF",
            "RESET: dx/dt = min{a f exp(−(E_i + r Z e V_g)/kT), a f exp(−E_h/kT) sinh(−α_h Z e V_g/(x kT))}",
            "I = I₁ + I_0 (π w²/4) exp(−x/X_T) sinh(V_g/V_T), I₁ = I_0 π (W_CF² − w²)/4 exp(−L_0/X_T) sinh(V/V_T)",
            "V_g = V − (I − I₁) ρ (L_0 − x)/(π w²/4); SET at x = 0: I = I₁ + V/R_CF",
            "T = T₀ + |I V| R_th",
            "noise: D = ½ δ_gap² τ of the gap in RESET at x ≥ x_crit, ½ δ_CF² τ of the width in SET",
        ],
        validity: "HfOx-based cells, nanoseconds to seconds. SET has no reverse process: at a vanishing positive voltage the gap closes within 0.6 s at 300 K; at exactly 0 V nothing moves. RESET leaves the width. Capped velocities set field_capped, more than 1500 K overheated.",
        voltages: None,
        parameters: stanford_pku_v2::PARAMETERS,
        build: |values| Ok(Arc::new(StanfordPkuV2::new(stanford_pku_v2::Parameters::from_values(values)?))),
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
        name: piecewise::NAME,
        title: "Conductance steps from a table of eleven nodes",
        source: RASCH,
        slow_unit: "S",
        equations: &[
            "w → w ± Δ_± y(w) + noise, y_up and y_down by straight lines between eleven nodes from b_min to b_max",
            "Δ_± = Δw_min (g ± β); noise: σ_c times the mean step; the weight read after a pulse deviates by σ_w Δw_min",
            "G = G(0) + (dG/dw) (w − r − w_s)",
        ],
        validity: STEP,
        voltages: None,
        parameters: piecewise::PARAMETERS,
        build: |values| Ok(Arc::new(ConductanceStep::new(piecewise::Parameters::from_values(values)?))),
    },
    ModelEntry {
        name: pmax::NAME,
        title: "Conductance steps with the soft bounds of a measured pulse response",
        source: RASCH,
        slow_unit: "S",
        equations: &[
            "train from r_min: w(p) = r_min + B (1 − e^(−α p)), B = (r_max − r_min)/(1 − e^(−α p_max))",
            "w → w + (1 − e^(−α)) (r_min + B − w) up, w → w − (1 − e^(−α)) (w − r_max + B) down",
            "G = G(0) + (dG/dw) w; noise: σ_c times the mean step, and σ_w Δw_min in the weight read after a pulse",
        ],
        validity: STEP,
        voltages: None,
        parameters: pmax::PARAMETERS,
        build: |values| {
            Ok(Arc::new(ConductanceStep::new(pmax::Pmax::new(&pmax::Parameters::from_values(values)?)?)))
        },
    },
    ModelEntry {
        name: saturating::NAME,
        title: "Conductance steps of a saturating pulse response with non-linearity labels",
        source: "P.-Y. Chen, X. Peng, S. Yu, IEDM (2017), doi:10.1109/IEDM.2017.8268337",
        slow_unit: "S",
        equations: &[
            "G(p) = B (1 − e^(−p/A)) + G_min from end to end in P = (b_max − b_min)/Δ pulses, up and down",
            "A/P from NL_up, NL_down: NL = 10.1 × largest deviation of the curve from the straight line",
            "Δ_± = Δw_min (g ± β); noise: σ_r (b_max − b_min) and σ_c times the mean step; the weight read after a pulse deviates by σ_w Δw_min",
            "G = G(0) + (dG/dw) (w − r − w_s)",
        ],
        validity: STEP,
        voltages: None,
        parameters: saturating::PARAMETERS,
        build: |values| {
            let parameters = saturating::Parameters::from_values(values)?;
            Ok(Arc::new(ConductanceStep::new(saturating::Saturating::new(parameters))))
        },
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
        name: two_branches::NAME,
        title: "Yakopcic with a current of its own for the on and the off state",
        source: "C. Yakopcic et al., IEEE TCAD 39, 1084 (2020), doi:10.1109/TCAD.2019.2912946",
        slow_unit: "1",
        equations: &[
            "I = g_max sinh(b_max V) x + g_min sinh(b_min V) (1 − x), numbers of either polarity",
            "dx/dt = η g(V) f(x); g = A_p (e^V − e^V_p) above V_p, −A_n (e^−V − e^V_n) below −V_n, else 0",
            "rising, x ≥ x_p: f = exp(−α_p (x − x_p)) (1 − x)/(1 − x_p); falling, x ≤ 1 − x_n: f = exp(α_n (x + x_n − 1)) x/(1 − x_n); else 1",
        ],
        validity: "A fit of I-V loops: no temperature, no motion below the thresholds. Where the two currents cross the off state conducts more than the on state (above 0.92 V in the SrTiO₃ set).",
        voltages: None,
        parameters: two_branches::PARAMETERS,
        build: |values| {
            Ok(Arc::new(YakopcicTwoBranches::new(two_branches::Parameters::from_values(values)?)))
        },
    },
    ModelEntry {
        name: data_driven_quadratic::NAME,
        title: "Data-driven: resistance that approaches its limit by the square of the distance",
        source: "arXiv:2012.02267 (2020), doi:10.48550/arXiv.2012.02267, as in MemTorch",
        slow_unit: "Ohm",
        equations: &[
            "I = (a/R) sinh(b V), numbers of either polarity",
            "dR/dt = s(V) (R − r(V))², s = A [exp(|V|/t) − 1], r = r₀ + r₁ V, until R has reached r",
            "constant voltage: 1/|R − r| = 1/|R₀ − r| + |s| time",
        ],
        validity: "The voltages and resistances of the fit; the bounds of the resistance are the fitted range and set a flag. No temperature.",
        voltages: None,
        parameters: data_driven_quadratic::PARAMETERS,
        build: |values| {
            let parameters = data_driven_quadratic::Parameters::from_values(values)?;
            Ok(Arc::new(Scalar::new(parameters)))
        },
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
    ModelEntry {
        name: statistical::NAME,
        title: "Statistical device: measured distributions from cycle to cycle and device to device",
        source: "T. Hennen et al., Synaptogen, arXiv (2024), doi:10.48550/arXiv.2404.06344",
        slow_unit: "S",
        equations: &[
            "cycle n: x = C s + D ε, s = φ s' + √(1 − φ²) η with s' of the cycle before, φ = exp(−1/τ)",
            "features: y = Q(μ + σ Γ(x)); HRS = 10^y₁, V_SET = y₂, LRS = y₃, V_RESET = y₄",
            "device: (μ, σ) from a mixture of kinds with weights w_k: μ_k + L_k z; wear: y₁ − a₁ w, y₃ − a₃ w, w = log10(1 + n/n₀) less its mean over n_m cycles",
            "I = I_H(U) + (G − G_H)/(G_L − G_H) (I_L(U) − I_H(U)), G at U₀",
            "SET at V_SET: G = 1/LRS, next cycle; RESET from V_RESET: I = a (U_max − |U|)^η + c until U_max, G = 1/HRS",
            "forming at the device's own voltage: F = 1 − exp(−(V/V_F)^β) for a share p_F of the devices",
        ],
        validity: "Full and partial RESET, abrupt SET. Voltages are compared, not times: no pulse width, no temperature, no retention, no partial SET. Another compliance than that of the measurement changes the voltages at the cell, not the LRS. Beyond U_r the I–V is continued and field_capped is flagged; drift beyond n_m cycles is extrapolated.",
        voltages: None,
        parameters: statistical::PARAMETERS,
        build: |values| Ok(Arc::new(Statistical::new(statistical::Parameters::from_values(values)?)?)),
    },
];

/// The model of that name.
pub fn model(name: &str) -> Option<&'static ModelEntry> {
    MODELS.iter().find(|entry| entry.name == name)
}
