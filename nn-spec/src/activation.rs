//! The table of activations, which the library makes types of and the macro knows by name.

/// What the numbers that an activation gives stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// Any numbers.
    Scores,
    /// Numbers in 0..=1.
    Probabilities,
    /// Logarithms of probabilities.
    LogProbabilities,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Activation {
    /// The name of the type, which is also how a line says it: `+ LeakyRelu`.
    pub name: &'static str,
    /// The name in snake case, as Keras has it: `leaky_relu`.
    pub snake: &'static str,
    /// The arguments in order, with their defaults.
    pub arguments: &'static [(&'static str, f32)],
    /// Whether an element of the output depends on the whole row (softmax). Such an activation is a layer type of its own,
    /// `Softmax<S>`; the others are arguments of `Activate<S, Relu>` and fuse with the products before them.
    pub rowwise: bool,
    /// What the output stands for.
    pub gives: Gives,
}

impl Activation {
    /// The least value of an argument, where there is one: with a negative slope the derivative could not be told from the output.
    pub fn least(&self, argument: &str) -> Option<f32> {
        match (self.name, argument) {
            ("LeakyRelu", "slope") | ("Elu", "alpha") => Some(0.0),
            ("Softplus", "beta") => Some(f32::MIN_POSITIVE),
            _ => None,
        }
    }
}

/// Gives all activations, as rows of tokens, to the macro named in the call.
///
/// A row is: documentation, `elementwise` or `rowwise`, the type's name, the name in snake case, the arguments with their defaults
/// (each with its documentation), what the output stands for, a semicolon. An activation is added by a row here and a formula
/// of the same name in nn-kernels.
///
/// ```
/// macro_rules! names {
///     ($($(#[$doc:meta])* $how:ident $name:ident $snake:literal
///        [$($(#[$about:meta])* $argument:ident = $default:literal),*] $gives:ident;)*) => {
///         const NAMES: &[&str] = &[$(stringify!($name)),*];
///     };
/// }
/// nn_spec::activations!(names);
/// assert!(NAMES.contains(&"LeakyRelu"));
/// ```
#[macro_export]
macro_rules! activations {
    ($callback:path) => {
        $callback! {
            /// y = x.
            ///
            /// PyTorch: `nn.Identity`; Keras: `linear`.
            elementwise Identity "identity" [] Scores;
            /// y = max(x, 0).
            ///
            /// The derivative at 0 is 0. PyTorch: `nn.ReLU`.
            elementwise Relu "relu" [] Scores;
            /// y = x where x > 0, else slope · x.
            ///
            /// PyTorch: `nn.LeakyReLU`. (Maas, Hannun and Ng, 2013)
            elementwise LeakyRelu "leaky_relu" [
                /// The slope for negative inputs.
                slope = 0.01
            ] Scores;
            /// y = x where x > 0, else α · (exp(x) − 1).
            ///
            /// PyTorch: `nn.ELU`. (Clevert, Unterthiner and Hochreiter, 2016)
            elementwise Elu "elu" [
                /// The limit −α for large negative inputs.
                alpha = 1.0
            ] Scores;
            /// y = λ · x where x > 0, else λ · α · (exp(x) − 1), with λ = 1.0507… and α = 1.6733….
            ///
            /// Keeps mean 0 and variance 1 through layers that were initialised with
            /// LeCun's normal. PyTorch: `nn.SELU`. (Klambauer et al., 2017)
            elementwise Selu "selu" [] Scores;
            /// y = 1 / (1 + exp(−x)).
            ///
            /// For training a classifier, leave the sigmoid to the loss, which takes scores and does not overflow. PyTorch: `nn.Sigmoid`.
            elementwise Sigmoid "sigmoid" [] Probabilities;
            /// y = tanh(x).
            ///
            /// PyTorch: `nn.Tanh`.
            elementwise Tanh "tanh" [] Scores;
            /// y = ln(1 + exp(β · x)) / β; y = x where β · x > threshold.
            ///
            /// PyTorch: `nn.Softplus`.
            elementwise Softplus "softplus" [
                /// How sharp the bend is.
                beta = 1.0,
                /// From which β · x on the function is linear.
                threshold = 20.0
            ] Scores;
            /// y = x · Φ(x), with Φ the distribution function of the standard normal: x / 2 · (1 + erf(x / √2)).
            ///
            /// PyTorch: `nn.GELU()`. (Hendrycks and Gimpel, 2016)
            elementwise Gelu "gelu" [] Scores;
            /// y = x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³))), the approximation of [`Gelu`] that GPT-2 uses.
            ///
            /// PyTorch: `nn.GELU(approximate="tanh")`.
            elementwise GeluTanh "gelu_tanh" [] Scores;
            /// y = x · sigmoid(x), also called swish.
            ///
            /// PyTorch: `nn.SiLU`. (Elfwing, Uchibe and Doya, 2018)
            elementwise Silu "silu" [] Scores;
            /// y = x · tanh(softplus(x)).
            ///
            /// PyTorch: `nn.Mish`. (Misra, 2019)
            elementwise Mish "mish" [] Scores;
            /// y = min(max(x / 6 + 1/2, 0), 1).
            ///
            /// PyTorch: `nn.Hardsigmoid`.
            elementwise HardSigmoid "hard_sigmoid" [] Probabilities;
            /// y = x · min(max(x / 6 + 1/2, 0), 1).
            ///
            /// PyTorch: `nn.Hardswish`. (Howard et al., 2019)
            elementwise HardSwish "hard_swish" [] Scores;
            /// y = min(max(x, min), max).
            ///
            /// PyTorch: `nn.Hardtanh`.
            elementwise HardTanh "hard_tanh" [
                /// The least output.
                min = -1.0,
                /// The greatest output.
                max = 1.0
            ] Scores;
            /// y = min(max(x, 0), 6).
            ///
            /// PyTorch: `nn.ReLU6`. (Howard et al., 2017)
            elementwise Relu6 "relu6" [] Scores;
            /// y = x / (1 + |x|).
            ///
            /// PyTorch: `nn.Softsign`.
            elementwise Softsign "softsign" [] Scores;
            /// y = ln(sigmoid(x)).
            ///
            /// PyTorch: `nn.LogSigmoid`.
            elementwise LogSigmoid "log_sigmoid" [] LogProbabilities;
            /// yᵢ = exp(xᵢ) / Σⱼ exp(xⱼ) over the last dimension.
            ///
            /// For training a classifier, leave the softmax to the loss, which takes scores and does not overflow. PyTorch: `nn.Softmax(-1)`.
            rowwise Softmax "softmax" [] Probabilities;
            /// yᵢ = xᵢ − ln Σⱼ exp(xⱼ) over the last dimension.
            ///
            /// PyTorch: `nn.LogSoftmax(-1)`.
            rowwise LogSoftmax "log_softmax" [] LogProbabilities;
        }
    };
}

macro_rules! rows {
    ($($(#[$doc:meta])* $how:ident $name:ident $snake:literal
       [$($(#[$about:meta])* $argument:ident = $default:literal),*] $gives:ident;)*) => {
        /// All activations.
        pub const ACTIVATIONS: &[Activation] = &[$(Activation {
            name: stringify!($name),
            snake: $snake,
            arguments: &[$((stringify!($argument), $default)),*],
            rowwise: rowwise!($how),
            gives: Gives::$gives,
        }),*];
    };
}
macro_rules! rowwise {
    (rowwise) => {
        true
    };
    (elementwise) => {
        false
    };
}
activations!(rows);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_belong_together() {
        for (i, row) in ACTIVATIONS.iter().enumerate() {
            assert!(ACTIVATIONS[..i].iter().all(|other| other.name != row.name && other.snake != row.snake), "{row:?}");
            let squeezed = row.snake.replace('_', "");
            assert_eq!(squeezed, row.name.to_lowercase(), "the two names of a row differ in more than style");
        }
        assert!(ACTIVATIONS.iter().any(|row| row.rowwise));
        let leaky = ACTIVATIONS.iter().find(|row| row.name == "LeakyRelu").expect("a row of the table");
        assert_eq!(leaky.arguments, [("slope", 0.01)]);
    }
}
