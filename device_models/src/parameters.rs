//! One table per model: a macro that makes the parameter struct, its [`crate::ParameterSpec`] list
//! and the constructor from a card's values, so that they cannot disagree.

/// Defines `Parameters`, `PARAMETERS` and `Parameters::from_values` for the model `$model`.
/// Each line: documentation, field, symbol, SI unit, documented range, admitted sign, meaning.
macro_rules! parameters {
    ($model:expr; $($(#[doc = $doc:literal])+ $field:ident, $symbol:literal, $unit:literal,
        $documented:expr, $sign:ident, $meaning:literal;)+) => {
        /// The parameters of one card, SI units.
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub struct Parameters {
            $($(#[doc = $doc])+ pub $field: f64,)+
        }

        /// Name, symbol, unit and documented range of every parameter.
        pub const PARAMETERS: &[$crate::ParameterSpec] = &[
            $($crate::ParameterSpec {
                name: stringify!($field),
                symbol: $symbol,
                unit: $unit,
                documented: $documented,
                meaning: $meaning,
                list: false,
            },)+
        ];

        impl Parameters {
            /// The parameters from a map of name → value in the SI unit.
            ///
            /// # Errors
            /// When a parameter is missing, or has a value no device can have.
            pub fn from_values(
                values: &std::collections::BTreeMap<String, f64>,
            ) -> Result<Self, $crate::DeviceError> {
                let get = |name: &'static str, sign: $crate::parameters::Sign| {
                    let value = values.get(name).copied().ok_or(
                        $crate::DeviceError::MissingParameter { model: $model, parameter: name },
                    )?;
                    sign.check($model, name, value)
                };
                let parameters = Self {
                    $($field: get(stringify!($field), $crate::parameters::Sign::$sign)?,)+
                };
                parameters.consistent()?;
                Ok(parameters)
            }
        }
    };
}
pub(crate) use parameters;

/// For `Parameters` of which every combination can exist.
macro_rules! independent {
    () => {
        impl Parameters {
            #[allow(clippy::unnecessary_wraps, clippy::unused_self, clippy::trivially_copy_pass_by_ref)]
            fn consistent(&self) -> Result<(), $crate::DeviceError> {
                Ok(())
            }
        }
    };
}
pub(crate) use independent;

use crate::error::DeviceError;

/// Which values a parameter may have at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    Positive,
    NonNegative,
    Negative,
    /// Any finite value.
    Any,
}

impl Sign {
    pub(crate) fn check(
        self,
        model: &'static str,
        parameter: &'static str,
        value: f64,
    ) -> Result<f64, DeviceError> {
        let (good, demand) = match self {
            Self::Positive => (value > 0.0, "it must be positive"),
            Self::NonNegative => (value >= 0.0, "it must be zero or positive"),
            Self::Negative => (value < 0.0, "it must be negative"),
            Self::Any => (true, "it must be finite"),
        };
        if good && value.is_finite() {
            Ok(value)
        } else {
            Err(DeviceError::InvalidParameter { model, parameter, value, demand })
        }
    }
}
