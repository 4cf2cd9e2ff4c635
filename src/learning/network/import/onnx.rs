//! Networks from ONNX files, as PyTorch and others export them.
//!
//! The graph must be a chain: every operation takes the result of the one before it and constants. Known:
//! Gemm, MatMul, Add (a bias), Conv, BatchNormalization (folded), Relu, Sigmoid, Tanh, Softmax, MaxPool,
//! AveragePool, GlobalAveragePool, GlobalMaxPool, Flatten, Reshape (to a flat sample), Identity, Dropout,
//! Constant. Anything else is refused by name.
//!
//! Reference: the ONNX operator specifications (opset 7 to 22), onnx.ai.
//!
//! Pinned by: the tests below on small files made by `tests/networks/make.py` with their outputs by the
//! standard's reference implementation.

use std::collections::HashMap;
use std::path::Path;

use numerics::matrix::Matrix;
use prost::Message as _;

use super::fold::BatchNorm;
use super::proto::{AttributeProto, GraphProto, ModelProto, NodeProto, ValueInfoProto};
use super::tensor::Tensor;
use crate::learning::network::architecture::{Architecture, Kernels, LayerSpec, MOST, Window, numbers};
use crate::learning::network::error::NetworkError;
use crate::learning::network::parameters::{LayerParameters, Parameters};
use crate::learning::network::saved::{SavedNetwork, load};

/// Reads a file.
pub(super) fn read(path: &Path) -> Result<SavedNetwork, NetworkError> {
    let fault = |message: String| NetworkError::Content { path: path.to_owned(), message };
    let bytes = load(path)?;
    let model =
        ModelProto::decode(bytes.as_slice()).map_err(|error| fault(format!("not an ONNX file: {error}")))?;
    let graph = model.graph.ok_or_else(|| fault("not an ONNX file: it has no graph".to_owned()))?;
    convert(&graph).map_err(fault)
}

/// The chain so far.
struct Chain {
    constants: HashMap<String, Tensor>,
    architecture: Architecture,
    parameters: Parameters,
    /// Name of the last result.
    current: String,
    /// A sample is a plain row: the graph sees two dimensions.
    flat: bool,
    /// The layer just made has weights and nothing behind them.
    open: bool,
}

fn convert(graph: &GraphProto) -> Result<SavedNetwork, String> {
    let mut constants = HashMap::new();
    for tensor in &graph.initializer {
        constants.insert(tensor.name.clone(), Tensor::read(tensor)?);
    }
    let mut inputs = graph.input.iter().filter(|input| !constants.contains_key(&input.name));
    let (Some(input), None) = (inputs.next(), inputs.next()) else {
        return Err("the graph must have exactly one input".to_owned());
    };
    let [output] = graph.output.as_slice() else {
        return Err("the graph must have exactly one output".to_owned());
    };
    let (shape, flat) = input_shape(input)?;
    let mut chain = Chain {
        current: input.name.clone(),
        architecture: Architecture { input: shape, layers: Vec::new() },
        parameters: Vec::new(),
        constants,
        flat,
        open: false,
    };
    for node in &graph.node {
        chain.take(node).map_err(|message| format!("{}: {message}", label(node)))?;
    }
    if chain.current != output.name {
        return Err(format!("the output \"{}\" is not the end of the chain of operations", output.name));
    }
    Ok(SavedNetwork { architecture: chain.architecture, parameters: chain.parameters })
}

/// How messages name an operation.
fn label(node: &NodeProto) -> String {
    let name = if node.name.is_empty() {
        node.output.first().cloned().unwrap_or_default()
    } else {
        node.name.clone()
    };
    format!("operation {} (\"{name}\")", node.op_type)
}

/// Channels, rows and columns of the input, without the batch, and whether it is a plain row.
fn input_shape(input: &ValueInfoProto) -> Result<([usize; 3], bool), String> {
    let shape = input.r#type.as_ref().and_then(|t| t.tensor_type.as_ref()).and_then(|t| t.shape.as_ref());
    let dims: Vec<Option<usize>> = shape
        .map(|s| s.dim.iter().map(|d| d.dim_value.and_then(|v| usize::try_from(v).ok())).collect())
        .unwrap_or_default();
    match dims.as_slice() {
        [_, Some(features)] => Ok(([*features, 1, 1], true)),
        [_, Some(rows), Some(columns)] => Ok(([1, *rows, *columns], false)),
        [_, Some(channels), Some(rows), Some(columns)] => Ok(([*channels, *rows, *columns], false)),
        _ => Err(format!(
            "the input \"{}\" must be a batch of rows or of images with fixed sizes; only the batch may be open",
            input.name
        )),
    }
}

/// Settings of an operation.
struct Settings<'a>(&'a [AttributeProto]);

impl Settings<'_> {
    fn find(&self, name: &str) -> Option<&AttributeProto> {
        self.0.iter().find(|a| a.name == name)
    }

    fn int(&self, name: &str, default: i64) -> i64 {
        self.find(name).map_or(default, |a| a.i)
    }

    fn float(&self, name: &str, default: f32) -> f32 {
        self.find(name).map_or(default, |a| a.f)
    }

    /// Two whole numbers.
    fn pair(&self, name: &str, default: Option<[usize; 2]>) -> Result<[usize; 2], String> {
        let Some(attribute) = self.find(name) else {
            return default.ok_or_else(|| format!("`{name}` is missing"));
        };
        match attribute.ints.as_slice() {
            [a, b] if *a >= 0 && *b >= 0 => Ok([*a as usize, *b as usize]),
            other => Err(format!("`{name}` is {other:?}; two numbers, for images, are right")),
        }
    }

    /// Padding that is the same at both ends of each axis.
    fn padding(&self) -> Result<[usize; 2], String> {
        if let Some(automatic) = self.find("auto_pad") {
            match automatic.s.as_slice() {
                b"" | b"NOTSET" | b"VALID" => {}
                other => {
                    let other = String::from_utf8_lossy(other);
                    return Err(format!("`auto_pad` {other} is not known; export with explicit `pads`"));
                }
            }
        }
        let Some(attribute) = self.find("pads") else { return Ok([0, 0]) };
        match attribute.ints.as_slice() {
            [top, left, bottom, right] if top == bottom && left == right && *top >= 0 && *left >= 0 => {
                Ok([*top as usize, *left as usize])
            }
            other => Err(format!("`pads` is {other:?}; the same on both sides is right")),
        }
    }

    fn undilated(&self) -> Result<(), String> {
        match self.pair("dilations", Some([1, 1]))? {
            [1, 1] => Ok(()),
            other => Err(format!("`dilations` {other:?} are not known")),
        }
    }

    fn window(&self) -> Result<Window, String> {
        self.undilated()?;
        if self.int("ceil_mode", 0) != 0 {
            return Err("`ceil_mode` is not known".to_owned());
        }
        Ok(Window {
            size: self.pair("kernel_shape", None)?,
            stride: Some(self.pair("strides", Some([1, 1]))?),
            padding: self.padding()?,
            count_padding: self.int("count_include_pad", 0) != 0,
        })
    }
}

impl Chain {
    fn constant(&self, node: &NodeProto, position: usize) -> Result<&Tensor, String> {
        let name = node.input.get(position).ok_or_else(|| format!("input {position} is missing"))?;
        self.constants.get(name).ok_or_else(|| {
            format!("its input \"{name}\" is not a constant: networks with branches, or with weights computed on the way, are not known")
        })
    }

    /// A sample's numbers at this point.
    fn shape(&self) -> Result<[usize; 3], String> {
        let possible = |shape: [usize; 3]| match numbers(shape) {
            Some(_) => Ok(shape),
            None => Err(format!("{shape:?} numbers before it are not from 1 to {MOST}")),
        };
        let mut shape = possible(self.architecture.input)?;
        for (index, layer) in self.architecture.layers.iter().enumerate() {
            shape = possible(layer.output(index, shape).map_err(|error| error.to_string())?)?;
        }
        Ok(shape)
    }

    fn push(&mut self, layer: LayerSpec) {
        self.architecture.layers.push(layer);
        self.open = false;
    }

    fn weighted(&mut self, layer: LayerSpec, weight: Matrix, bias: Option<Vec<f32>>) {
        self.push(layer);
        self.parameters.push(LayerParameters { weight, bias });
        self.open = true;
    }

    /// Takes the next operation.
    fn take(&mut self, node: &NodeProto) -> Result<(), String> {
        let settings = Settings(&node.attribute);
        if !matches!(node.domain.as_str(), "" | "ai.onnx") {
            return Err(format!("operations of \"{}\" are not known", node.domain));
        }
        let result = node.output.first().cloned().unwrap_or_default();
        if node.op_type == "Constant" {
            let tensor = settings.find("value").and_then(|a| a.t.as_ref());
            let tensor = tensor.ok_or("only constants with a `value` are known")?;
            self.constants.insert(result, Tensor::read(tensor)?);
            return Ok(());
        }
        let data = usize::from(node.op_type == "Add" && node.input.first() != Some(&self.current));
        if node.input.get(data) != Some(&self.current) {
            let found = node.input.get(data).cloned().unwrap_or_default();
            return Err(format!(
                "it takes \"{found}\" where the chain ends in \"{}\": networks with branches are not known",
                self.current
            ));
        }
        match node.op_type.as_str() {
            "Gemm" => self.gemm(node, &settings)?,
            "MatMul" => {
                let weight = transposed(self.constant(node, 1)?)?;
                self.dense(weight, None)?;
            }
            "Add" => {
                let other = node.input.get(1 - data).cloned().unwrap_or_default();
                let constant = self.constants.get(&other).cloned().ok_or_else(|| {
                    format!(
                        "it adds \"{other}\", which is not a constant: residual connections are not known, only chains"
                    )
                })?;
                self.bias(&constant)?;
            }
            "Conv" => self.convolution(node, &settings)?,
            "BatchNormalization" => self.batch_norm(node, &settings)?,
            "Relu" => self.push(LayerSpec::Relu),
            "Sigmoid" => self.push(LayerSpec::Sigmoid),
            "Tanh" => self.push(LayerSpec::Tanh),
            "Softmax" => {
                let axis = settings.int("axis", -1);
                if !self.flat || !matches!(axis, -1 | 1) {
                    return Err(format!(
                        "`axis` is {axis}; a softmax over all numbers of a flat sample is known"
                    ));
                }
                self.push(LayerSpec::Softmax);
            }
            "MaxPool" => self.push(LayerSpec::MaxPool(Window { count_padding: false, ..settings.window()? })),
            "AveragePool" => self.push(LayerSpec::AveragePool(settings.window()?)),
            "GlobalAveragePool" => self.push(LayerSpec::GlobalAveragePool),
            "GlobalMaxPool" => self.push(LayerSpec::GlobalMaxPool),
            "Flatten" => {
                let axis = settings.int("axis", 1);
                if axis != 1 {
                    return Err(format!("`axis` is {axis}; 1, all but the batch, is known"));
                }
                self.flatten();
            }
            "Reshape" => self.reshape(node)?,
            "Identity" | "Dropout" => {}
            _ => {
                let known = "Gemm, MatMul, Add, Conv, BatchNormalization, Relu, Sigmoid, Tanh, Softmax, MaxPool, AveragePool, GlobalAveragePool, GlobalMaxPool, Flatten, Reshape, Identity, Dropout and Constant";
                return Err(format!("this operation is not known; {known} are"));
            }
        }
        self.current = result;
        Ok(())
    }

    fn flatten(&mut self) {
        if !self.flat {
            self.push(LayerSpec::Flatten);
            self.flat = true;
        }
    }

    fn dense(&mut self, weight: Matrix, bias: Option<Vec<f32>>) -> Result<(), String> {
        let numbers: usize = self.shape()?.iter().product();
        if !self.flat {
            return Err("a matrix works on flat samples; put a Flatten before it".to_owned());
        }
        if weight.columns() != numbers {
            return Err(format!(
                "its matrix takes {} numbers, but {numbers} come before it",
                weight.columns()
            ));
        }
        let layer = LayerSpec::Dense { outputs: weight.rows(), bias: bias.is_some(), name: None };
        self.weighted(layer, weight, bias);
        Ok(())
    }

    fn gemm(&mut self, node: &NodeProto, settings: &Settings<'_>) -> Result<(), String> {
        if settings.int("transA", 0) != 0 {
            return Err("`transA` is not known".to_owned());
        }
        let b = self.constant(node, 1)?;
        let mut weight = if settings.int("transB", 0) != 0 { plain(b)? } else { transposed(b)? };
        let alpha = settings.float("alpha", 1.0);
        for w in weight.as_mut_slice() {
            *w *= alpha;
        }
        let beta = settings.float("beta", 1.0);
        let outputs = weight.rows();
        let mut bias = None;
        if node.input.get(2).is_some_and(|name| !name.is_empty()) {
            let c = self.constant(node, 2)?.singles();
            bias = Some(match c.as_slice() {
                [one] => vec![beta * one; outputs],
                all if all.len() == outputs => all.iter().map(|c| beta * c).collect(),
                all => return Err(format!("its bias has {} numbers for {outputs} outputs", all.len())),
            });
        }
        self.dense(weight, bias)
    }

    /// A constant added behind a layer with weights.
    fn bias(&mut self, constant: &Tensor) -> Result<(), String> {
        let added = constant.singles();
        let Some(own) = self.parameters.last_mut().filter(|_| self.open) else {
            return Err("a constant can be added right behind a layer with weights, as its bias".to_owned());
        };
        let outputs = own.weight.rows();
        // [outputs] behind a matrix; [channels, 1, 1] behind a convolution.
        let fits = added.len() == outputs && (self.flat || constant.shape.ends_with(&[outputs, 1, 1]));
        if !fits {
            return Err(format!(
                "the constant of shape {:?} is not one number for each of {outputs} outputs",
                constant.shape
            ));
        }
        let bias = own.bias.get_or_insert_with(|| vec![0.0; outputs]);
        for (b, a) in bias.iter_mut().zip(added) {
            *b += a;
        }
        self.mark_biased();
        Ok(())
    }

    /// The description of the last layer with weights says that it has a bias.
    fn mark_biased(&mut self) {
        match self.architecture.layers.last_mut() {
            Some(LayerSpec::Dense { bias, .. }) => *bias = true,
            Some(LayerSpec::Convolution(kernels)) => kernels.bias = true,
            _ => {}
        }
    }

    fn convolution(&mut self, node: &NodeProto, settings: &Settings<'_>) -> Result<(), String> {
        let kernel = self.constant(node, 1)?;
        let [filters, channels, rows, columns] = kernel.shape[..] else {
            return Err(format!(
                "its kernel has the shape {:?}; filters, channels, rows, columns are right",
                kernel.shape
            ));
        };
        settings.undilated()?;
        let groups = settings.int("group", 1);
        let groups = usize::try_from(groups).map_err(|_| format!("`group` is {groups}"))?;
        let shape = self.shape()?;
        if self.flat || channels.checked_mul(groups) != Some(shape[0]) {
            return Err(format!(
                "its kernel takes {channels} channels in each of {groups} groups, but a sample is {shape:?}"
            ));
        }
        let weight = kernel.matrix(filters)?;
        let bias = match node.input.get(2) {
            Some(name) if !name.is_empty() => Some(self.constant(node, 2)?.singles()),
            _ => None,
        };
        let kernels = Kernels {
            filters,
            kernel: [rows, columns],
            stride: settings.pair("strides", Some([1, 1]))?,
            padding: settings.padding()?,
            groups,
            copies: [1, 1],
            bias: bias.is_some(),
            name: None,
        };
        self.weighted(LayerSpec::Convolution(kernels), weight, bias);
        Ok(())
    }

    fn batch_norm(&mut self, node: &NodeProto, settings: &Settings<'_>) -> Result<(), String> {
        if settings.int("training_mode", 0) != 0 {
            return Err("it is in training mode; export the network in evaluation mode".to_owned());
        }
        let numbers = |position| self.constant(node, position).map(Tensor::singles);
        let norm = BatchNorm {
            scale: numbers(1)?,
            shift: numbers(2)?,
            mean: numbers(3)?,
            variance: numbers(4)?,
            epsilon: f64::from(settings.float("epsilon", 1e-5)),
        };
        let Some(own) = self.parameters.last_mut().filter(|_| self.open) else {
            return Err(
                "it is folded into the layer before it, which must be a Gemm, MatMul or Conv".to_owned()
            );
        };
        norm.fold(own)?;
        self.mark_biased();
        Ok(())
    }

    /// A sample to a row, or the first row to an image.
    fn reshape(&mut self, node: &NodeProto) -> Result<(), String> {
        let shape = self.shape()?;
        let numbers: usize = shape.iter().product();
        let wanted: Vec<i64> = self.constant(node, 1)?.values.iter().map(|v| *v as i64).collect();
        match wanted.as_slice() {
            [_, -1] => self.flatten(),
            [_, n] if usize::try_from(*n) == Ok(numbers) => self.flatten(),
            [_, c, h, w]
                if self.architecture.layers.is_empty()
                    && [*c, *h, *w].iter().all(|size| *size > 0)
                    && c.checked_mul(*h).and_then(|size| size.checked_mul(*w))
                        == i64::try_from(numbers).ok() =>
            {
                self.architecture.input = [*c as usize, *h as usize, *w as usize];
                self.flat = false;
            }
            other => {
                return Err(format!(
                    "the shape {other:?} is not known for samples of {shape:?}; a batch of flat samples is"
                ));
            }
        }
        Ok(())
    }
}

fn plain(tensor: &Tensor) -> Result<Matrix, String> {
    match tensor.shape[..] {
        [rows, _] => tensor.matrix(rows),
        _ => Err(format!("its matrix has the shape {:?}; two dimensions are right", tensor.shape)),
    }
}

fn transposed(tensor: &Tensor) -> Result<Matrix, String> {
    let plain = plain(tensor)?;
    Ok(Matrix::from_fn(plain.columns(), plain.rows(), |i, j| plain.row(j)[i]))
}

#[cfg(test)]
mod tests;
