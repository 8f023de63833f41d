//! What a layer learns, and the mirror of a network that holds one thing for each layer.

use crate::lora::{EachAdapter, EachAdapterMut};
use crate::{Path, Tensor};
use nn_spec::Tensors;

/// What a tensor of a layer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Trained by the optimiser.
    Parameter,
    /// Kept beside the parameters and saved with them: running statistics.
    Buffer,
    /// A parameter that is frozen by its type: saved and loaded with the others, without a gradient and without state of an optimiser.
    Frozen,
}

impl Role {
    /// The role of the same tensor in a layer that does not learn.
    pub(crate) fn frozen(self) -> Self {
        if self == Self::Parameter { Self::Frozen } else { self }
    }
}

/// What is called for every tensor of a network, with its path, what it is for and the tensor itself.
pub type Each<'a> = &'a mut dyn FnMut(&Path<'_>, Role, &Tensor);
/// [`Each`] for tensors that may be changed.
pub type EachMut<'a> = &'a mut dyn FnMut(&Path<'_>, Role, &mut Tensor);
/// What is called for every parameter with its path, the parameter, its gradient and what the mirror holds for its layer.
pub type EachPair<'a, T> = &'a mut dyn FnMut(&Path<'_>, &mut Tensor, &mut Tensor, T);

/// The learned tensors of a layer or a network.
///
/// [`parameters!`](crate::parameters) writes this for a layer from the names of its tensors; `network!` writes it for a network.
pub trait Parameters {
    /// One gradient for each parameter, under the same names.
    type Grads: Send + Sync;
    /// The mirror: a `T` for each layer that has parameters. `T` itself for a layer, a struct with the names of the lines for a
    /// network, `()` for a layer that learns nothing.
    type PerLayer<T: Copy>: Copy;
    /// The number of trained parameters.
    const PARAMS: usize;
    /// The number of parameters that are frozen by their type.
    const FROZEN_PARAMS: usize = 0;
    /// Names and shapes of all tensors, for checks while the program compiles.
    const TENSORS: Tensors = Tensors::Unknown;

    /// Gradients of zeros.
    fn grads(&self) -> Self::Grads;
    /// Gradients without elements, which take no memory: for a backward pass in which nothing of this layer learns.
    fn no_grads() -> Self::Grads;
    /// The mirror that holds `value` for each layer.
    fn per_layer<T: Copy>(value: T) -> Self::PerLayer<T>;
    /// The mirror that holds `f(path, value)` for each layer.
    fn map_layers<T: Copy, U: Copy>(
        per: Self::PerLayer<T>,
        path: &Path<'_>,
        f: &mut dyn FnMut(&Path<'_>, T) -> U,
    ) -> Self::PerLayer<U>;
    /// Calls `each` for every tensor, in the order of declaration.
    fn tensors(&self, path: &Path<'_>, each: Each<'_>);
    /// Calls `each` for every tensor, in the order of declaration.
    fn tensors_mut(&mut self, path: &Path<'_>, each: EachMut<'_>);
    /// Calls `each` for every parameter with its gradient and its layer's value, in the order of declaration.
    fn pairs<T: Copy>(
        &mut self,
        grads: &mut Self::Grads,
        per: Self::PerLayer<T>,
        path: &Path<'_>,
        each: EachPair<'_, T>,
    );
    /// Calls `each` for every gradient, in the order of declaration.
    fn gradients(grads: &mut Self::Grads, path: &Path<'_>, each: &mut dyn FnMut(&Path<'_>, &mut Tensor));

    /// Calls `each` for every low-rank adapter, in the order of declaration. A layer around others passes this on.
    fn adapters(&self, path: &Path<'_>, each: EachAdapter<'_>) {
        let _ = (path, each);
    }
    /// Calls `each` for every low-rank adapter, in the order of declaration.
    fn adapters_mut(&mut self, path: &Path<'_>, each: EachAdapterMut<'_>) {
        let _ = (path, each);
    }

    /// Whether the mirror holds `true` anywhere.
    fn any(flags: Self::PerLayer<bool>) -> bool {
        let mut any = false;
        Self::map_layers(flags, &Path::ROOT, &mut |_, flag| any |= flag);
        any
    }
}

/// Writes [`Parameters`] for a layer.
///
/// The generics stand in brackets, then the type, the name of the gradient struct to write with the names of the trained tensors
/// (fields of type [`Tensor`]), optionally the names of saved but untrained ones (`buffers { … }`), the number of parameters, and optionally the names
/// and shapes of all tensors (`tensors = [("gain", Shape::new(&[N]))]`), with which `#[weights]` can be checked while a network compiles.
/// A layer that learns nothing gives only its type.
///
/// Before the number can stand what [plans](crate::plan) want to know: `biases { … }`, the tensors that learn by [`Biases`](crate::plan::Biases), and
/// `norm = true` for a layer that learns by [`Norms`](crate::plan::Norms). Whoever names biases promises that `backward` does not touch gradients that have no
/// elements, which are those of the other tensors then. [`Parameters::PARAMS`] by that plan is exact where the `tensors` stand there, and the number of all
/// elsewhere.
///
/// A tensor that has another name in files than its field says so: `weight as "out_proj.weight"`, in the list of biases too.
///
/// ```
/// use nn_core::{parameters, Tensor};
/// pub struct Scale<const N: usize> { gain: Tensor }
/// parameters! { impl[const N: usize] Scale<N>, ScaleGrads { gain }, count = N }
///
/// pub struct Affine<const N: usize> { gain: Tensor, shift: Tensor }
/// parameters! { impl[const N: usize] Affine<N>, AffineGrads { gain, shift }, biases { shift }, count = 2 * N }
///
/// pub struct Twice;
/// parameters! { impl[] Twice }
/// ```
#[macro_export]
macro_rules! parameters {
    (
        impl[$($generics:tt)*] $layer:ty, $grads:ident { $($name:ident $(as $file:literal)?),+ } $(, buffers { $($buffer:ident),+ })?
        $(, biases { $($bias:ident $(as $bias_file:literal)?),+ })? $(, norm = $norm:tt)?, count = $count:expr $(, tensors = [$($tensor:expr),+])?
    ) => {
        /// The gradients of the layer's parameters.
        #[derive(Clone, Debug)]
        pub struct $grads {
            $(
                #[doc = concat!("The gradient of `", stringify!($name), "`.")]
                pub $name: $crate::Tensor,
            )+
        }

        impl<$($generics)*> $crate::Parameters for $layer {
            type Grads = $grads;
            type PerLayer<T: Copy> = T;
            const PARAMS: usize = $count;
            $(const TENSORS: $crate::Tensors = $crate::Tensors::Own(&[$($tensor),+]);)?

            fn grads(&self) -> $grads {
                $grads { $($name: self.$name.zeros_like()),+ }
            }
            fn no_grads() -> $grads {
                $grads { $($name: $crate::Tensor::absent()),+ }
            }
            fn per_layer<T: Copy>(value: T) -> T {
                value
            }
            fn map_layers<T: Copy, U: Copy>(
                per: T,
                path: &$crate::Path<'_>,
                f: &mut dyn FnMut(&$crate::Path<'_>, T) -> U,
            ) -> U {
                f(path, per)
            }
            fn tensors(&self, path: &$crate::Path<'_>, each: $crate::Each<'_>) {
                $(if !self.$name.is_empty() {
                    each(&path.join($crate::parameters!(@name $name $($file)?)), $crate::Role::Parameter, &self.$name);
                })+
                $($(each(&path.join(stringify!($buffer)), $crate::Role::Buffer, &self.$buffer);)+)?
            }
            fn tensors_mut(&mut self, path: &$crate::Path<'_>, each: $crate::EachMut<'_>) {
                $(if !self.$name.is_empty() {
                    each(&path.join($crate::parameters!(@name $name $($file)?)), $crate::Role::Parameter, &mut self.$name);
                })+
                $($(each(&path.join(stringify!($buffer)), $crate::Role::Buffer, &mut self.$buffer);)+)?
            }
            fn pairs<T: Copy>(
                &mut self,
                grads: &mut $grads,
                per: T,
                path: &$crate::Path<'_>,
                each: $crate::EachPair<'_, T>,
            ) {
                $(if !self.$name.is_empty() {
                    each(&path.join($crate::parameters!(@name $name $($file)?)), &mut self.$name, &mut grads.$name, per);
                })+
            }
            fn gradients(
                grads: &mut $grads,
                path: &$crate::Path<'_>,
                each: &mut dyn FnMut(&$crate::Path<'_>, &mut $crate::Tensor),
            ) {
                $(if !grads.$name.is_empty() {
                    each(&path.join($crate::parameters!(@name $name $($file)?)), &mut grads.$name);
                })+
            }
        }

        impl<$($generics)*> $crate::plan::Leaf for $layer {
            type HasBiases = $crate::parameters!(@choice $($($bias)+)?);
            type IsNorm = $crate::parameters!(@choice $($norm)?);
            $(const BIASES: &'static [&'static str] = &[$($crate::parameters!(@name $bias $($bias_file)?)),+];)?

            fn grads_of(&self, learns: &dyn Fn(&str) -> bool) -> $grads {
                $grads {
                    $($name: match learns($crate::parameters!(@name $name $($file)?)) {
                        true => self.$name.zeros_like(),
                        false => $crate::Tensor::absent(),
                    }),+
                }
            }
        }
    };
    (@name $name:ident) => { stringify!($name) };
    (@name $name:ident $file:literal) => { $file };
    (@choice) => { $crate::plan::No };
    (@choice false) => { $crate::plan::No };
    (@choice $($yes:tt)+) => { $crate::plan::Yes };
    (impl[$($generics:tt)*] $layer:ty) => {
        impl<$($generics)*> $crate::Parameters for $layer {
            type Grads = ();
            type PerLayer<T: Copy> = ();
            const PARAMS: usize = 0;
            const TENSORS: $crate::Tensors = $crate::Tensors::Own(&[]);

            fn grads(&self) {}
            fn no_grads() {}
            fn per_layer<T: Copy>(_: T) {}
            fn map_layers<T: Copy, U: Copy>(
                (): (),
                _: &$crate::Path<'_>,
                _: &mut dyn FnMut(&$crate::Path<'_>, T) -> U,
            ) {
            }
            fn tensors(&self, _: &$crate::Path<'_>, _: $crate::Each<'_>) {}
            fn tensors_mut(&mut self, _: &$crate::Path<'_>, _: $crate::EachMut<'_>) {}
            fn pairs<T: Copy>(&mut self, (): &mut (), (): (), _: &$crate::Path<'_>, _: $crate::EachPair<'_, T>) {}
            fn gradients((): &mut (), _: &$crate::Path<'_>, _: &mut dyn FnMut(&$crate::Path<'_>, &mut $crate::Tensor)) {}
        }

        impl<$($generics)*> $crate::plan::Leaf for $layer {
            type HasBiases = $crate::plan::No;
            type IsNorm = $crate::plan::No;

            fn grads_of(&self, _: &dyn Fn(&str) -> bool) {}
        }
    };
}
