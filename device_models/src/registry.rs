//! The models a card can name.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::conductance_step::{ConductanceStep, exponential, linear, piecewise, pmax, power, saturating};
use crate::data_driven::{self, DataDriven};
use crate::ecm::{self, Ecm};
use crate::error::DeviceError;
use crate::jart_vcm::{self, JartVcmV1b, JartVcmV1bDiscrete};
use crate::metastable_switch::{self, MetastableSwitch};
use crate::model::{DeviceModel, ParameterSpec};
use crate::scalar::{Law, Scalar};
use crate::simmons_barrier::{self, SimmonsBarrier};
use crate::sky130::{self, Sky130Reram};
use crate::stanford_pku::{self, StanfordPku};
use crate::window::{self, Biolek, Joglekar, Kvatinsky, Prodromakis, Rectangular, with_window};
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

/// All models, in the order in which they are listed to users.
pub const MODELS: &[ModelEntry] = &[
    ModelEntry {
        name: jart_vcm::NAME,
        title: "JART VCM v1b: oxygen vacancies in a disc below a Schottky contact, full implicit solution",
        source: "C. Bengel et al., IEEE TCAS-I 67, 4618 (2020), doi:10.1109/TCSI.2020.3018502",
        slow_unit: "1/m^3",
        parameters: jart_vcm::PARAMETERS,
        build: |values| Ok(Arc::new(JartVcmV1b::new(jart_vcm::Parameters::from_values(values)?))),
    },
    ModelEntry {
        name: jart_vcm::discrete::NAME,
        title: "JART VCM v1b with a whole number of vacancies that hop one by one",
        source: "C. Bengel et al., IEEE TCAS-I 67, 4618 (2020), doi:10.1109/TCSI.2020.3018502",
        slow_unit: "1/m^3",
        parameters: jart_vcm::PARAMETERS,
        build: |values| Ok(Arc::new(JartVcmV1bDiscrete::new(jart_vcm::Parameters::from_values(values)?))),
    },
    ModelEntry {
        name: stanford_pku::NAME,
        title: "Stanford–PKU: field-driven gap between filament tip and electrode",
        source: "Z. Jiang et al., IEEE TED 63, 1884 (2016), and the Verilog-A file v1.0.0",
        slow_unit: "m",
        parameters: stanford_pku::PARAMETERS,
        build: |values| Ok(Arc::new(StanfordPku::new(stanford_pku::Parameters::from_values(values)?))),
    },
    ModelEntry {
        name: linear::NAME,
        title: "Conductance steps that shrink linearly with the weight (constant steps, soft bounds)",
        source: "T. Gokmen, Y. Vlasov, Front. Neurosci. 10, 333 (2016), doi:10.3389/fnins.2016.00333",
        slow_unit: "S",
        parameters: linear::PARAMETERS,
        build: |values| Ok(Arc::new(ConductanceStep::new(linear::Parameters::from_values(values)?))),
    },
    ModelEntry {
        name: exponential::NAME,
        title: "Conductance steps with an exponential dependence on the weight",
        source: "N. Gong et al., Nat. Commun. 9, 2102 (2018), doi:10.1038/s41467-018-04485-1",
        slow_unit: "S",
        parameters: exponential::PARAMETERS,
        build: |values| Ok(Arc::new(ConductanceStep::new(exponential::Parameters::from_values(values)?))),
    },
    ModelEntry {
        name: power::NAME,
        title: "Conductance steps with a power of the distance from the bound",
        source: "J. Frascaroli et al., Sci. Rep. 8, 7178 (2018), doi:10.1038/s41598-018-25376-x",
        slow_unit: "S",
        parameters: power::PARAMETERS,
        build: |values| Ok(Arc::new(ConductanceStep::new(power::Parameters::from_values(values)?))),
    },
    ModelEntry {
        name: piecewise::NAME,
        title: "Conductance steps from a table of eleven nodes",
        source: RASCH,
        slow_unit: "S",
        parameters: piecewise::PARAMETERS,
        build: |values| Ok(Arc::new(ConductanceStep::new(piecewise::Parameters::from_values(values)?))),
    },
    ModelEntry {
        name: pmax::NAME,
        title: "Conductance steps with the soft bounds of a measured pulse response",
        source: RASCH,
        slow_unit: "S",
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
        parameters: ecm::PARAMETERS,
        build: |values| Ok(Arc::new(Ecm::new(ecm::Parameters::from_values(values)?))),
    },
    ModelEntry {
        name: sky130::NAME,
        title: "SkyWater sky130 ReRAM: filament thickness and temperature",
        source: "Verilog-A cell sky130_fd_pr_reram__reram_cell (Apache-2.0)",
        slow_unit: "m",
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
        parameters: simmons_barrier::PARAMETERS,
        build: |values| Ok(Arc::new(SimmonsBarrier::new(simmons_barrier::Parameters::from_values(values)?))),
    },
    ModelEntry {
        name: yakopcic::NAME,
        title: "Yakopcic: conductance proportional to a state, exponential motion beyond thresholds",
        source: "C. Yakopcic et al., IEEE TCAD 32, 1201 (2013), doi:10.1109/TCAD.2013.2252057",
        slow_unit: "1",
        parameters: yakopcic::PARAMETERS,
        build: |values| Ok(Arc::new(Yakopcic::new(yakopcic::Parameters::from_values(values)?))),
    },
    ModelEntry {
        name: data_driven::NAME,
        title: "Data-driven: resistance that approaches a limit set by the voltage",
        source: "I. Messaris et al., IEEE TCAD 37, 3151 (2018), doi:10.1109/TCAD.2018.2791468",
        slow_unit: "Ohm",
        parameters: data_driven::PARAMETERS,
        build: |values| Ok(Arc::new(DataDriven::new(data_driven::Parameters::from_values(values)?))),
    },
    ModelEntry {
        name: two_branches::NAME,
        title: "Yakopcic with a current of its own for the on and the off state",
        source: "C. Yakopcic et al., IEEE TCAD 39, 1084 (2020), doi:10.1109/TCAD.2019.2912946",
        slow_unit: "1",
        parameters: two_branches::PARAMETERS,
        build: |values| {
            Ok(Arc::new(YakopcicTwoBranches::new(two_branches::Parameters::from_values(values)?)))
        },
    },
    ModelEntry {
        name: data_driven_quadratic::NAME,
        title: "Data-driven: resistance that approaches its limit by the square of the distance",
        source: "I. Messaris et al., ISCAS (2017), doi:10.1109/ISCAS.2017.8050789",
        slow_unit: "Ohm",
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
        parameters: metastable_switch::PARAMETERS,
        build: |values| {
            Ok(Arc::new(MetastableSwitch::new(metastable_switch::Parameters::from_values(values)?)))
        },
    },
];

/// The model of that name.
pub fn model(name: &str) -> Option<&'static ModelEntry> {
    MODELS.iter().find(|entry| entry.name == name)
}
