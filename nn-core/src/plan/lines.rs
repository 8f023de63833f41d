//! Networks by plans: what is the same for all of them.

/// Writes what a network does by a plan: its gradients, its mirror and its [`Share`](crate::plan::Share). `network!` calls it with the names of the
/// network's structs, those for plans, and the lines that learn: field, type of the layer, name in plans, path. Where there are lines with tensors
/// that do not learn whatever the plan says, all that have tensors follow with the plan of each.
#[doc(hidden)]
#[macro_export]
macro_rules! planned_network {
    (
        $vis:vis $network:ident: $all:ident, $mirror:ident;
        $plan:ident: $grads:ident, $per:ident;
        $path:ident;
        learning { $($line:ident: $layer:ty as $name:ident, $at:expr;)+ }
    ) => {
        $crate::planned_network! {
            $vis $network: $all, $mirror;
            $plan: $grads, $per;
            $path;
            learning { $($line: $layer as $name, $at;)+ }
            tensors { $($line: $layer as P::$name, $at;)+ }
        }
    };
    (
        $vis:vis $network:ident: $all:ident, $mirror:ident;
        $plan:ident: $grads:ident, $per:ident;
        $path:ident;
        learning { $($line:ident: $layer:ty as $name:ident, $at:expr;)+ }
        tensors { $($tensor:ident: $of:ty as $by:ty, $where:expr;)+ }
    ) => {
        #[doc = concat!(" The gradients of [`", stringify!($network), "`] by a plan.")]
        $vis struct $grads<P: $plan> {
            $(
                #[doc = concat!(" Of `", stringify!($line), "`.")]
                pub $line: <$crate::plan::Of<P::$name, $layer> as $crate::plan::Share<$layer>>::Grads,
            )+
        }

        #[doc = concat!(" A `T` for each layer of [`", stringify!($network), "`] that learns by a plan.")]
        $vis struct $per<P: $plan, T: Copy> {
            $(
                #[doc = concat!(" For `", stringify!($line), "`.")]
                pub $line: <$crate::plan::Of<P::$name, $layer> as $crate::plan::Share<$layer>>::PerLayer<T>,
            )+
        }

        impl<P: $plan, T: Copy> Clone for $per<P, T> {
            fn clone(&self) -> Self {
                *self
            }
        }
        impl<P: $plan, T: Copy> Copy for $per<P, T> {}

        impl $plan for $crate::plan::Train {
            $(type $name = Self;)+
        }
        impl $plan for $crate::plan::Biases {
            $(type $name = Self;)+
        }
        impl $plan for $crate::plan::Norms {
            $(type $name = Self;)+
        }
        impl $crate::plan::PlannedBy<$crate::plan::Freeze> for $network {
            type Share = $crate::plan::Nothing;
        }
        impl<P: $plan> $crate::plan::PlannedBy<P> for $network {
            type Share = $crate::plan::Lines<P>;
        }

        impl<P: $plan> $crate::plan::Share<$network> for $crate::plan::Lines<P> {
            type Grads = $grads<P>;
            type PerLayer<T: Copy> = $per<P, T>;
            const PARAMS: usize =
                0 $(+ <$crate::plan::Of<P::$name, $layer> as $crate::plan::Share<$layer>>::PARAMS)+;

            fn grads(network: &$network) -> $grads<P> {
                $grads {
                    $($line: <$crate::plan::Of<P::$name, $layer> as $crate::plan::Share<$layer>>::grads(&network.$line)),+
                }
            }
            fn lend(grads: $grads<P>) -> $all {
                $all {
                    $($line: <$crate::plan::Of<P::$name, $layer> as $crate::plan::Share<$layer>>::lend(grads.$line)),+
                }
            }
            fn take_back(grads: $all) -> $grads<P> {
                $grads {
                    $($line: <$crate::plan::Of<P::$name, $layer> as $crate::plan::Share<$layer>>::take_back(grads.$line)),+
                }
            }
            fn per_layer<T: Copy>(value: T) -> $per<P, T> {
                $per {
                    $($line: <$crate::plan::Of<P::$name, $layer> as $crate::plan::Share<$layer>>::per_layer(value)),+
                }
            }
            fn map_layers<T: Copy, U: Copy>(
                per: $per<P, T>,
                $path: &$crate::Path<'_>,
                f: &mut dyn FnMut(&$crate::Path<'_>, T) -> U,
            ) -> $per<P, U> {
                $per {
                    $($line: <$crate::plan::Of<P::$name, $layer> as $crate::plan::Share<$layer>>::map_layers(
                        per.$line, $at, f,
                    )),+
                }
            }
            fn widen<T: Copy>(per: $per<P, T>) -> $mirror<Option<T>> {
                $mirror {
                    $($line: <$crate::plan::Of<P::$name, $layer> as $crate::plan::Share<$layer>>::widen(per.$line)),+
                }
            }
            fn tensors(network: &$network, $path: &$crate::Path<'_>, each: $crate::Each<'_>) {
                $(<$crate::plan::Of<$by, $of> as $crate::plan::Share<$of>>::tensors(&network.$tensor, $where, each);)+
            }
            fn tensors_mut(network: &mut $network, $path: &$crate::Path<'_>, each: $crate::EachMut<'_>) {
                $(<$crate::plan::Of<$by, $of> as $crate::plan::Share<$of>>::tensors_mut(&mut network.$tensor, $where, each);)+
            }
        }
    };
}

/// Writes what a network does by a plan of which no line learns.
#[doc(hidden)]
#[macro_export]
macro_rules! learns_nothing {
    ($network:ident) => {
        impl $crate::plan::Leaf for $network {
            type HasBiases = $crate::plan::No;
            type IsNorm = $crate::plan::No;
        }
    };
}

/// Stands in for [`planned_network!`] after a mistake in the network.
#[doc(hidden)]
#[macro_export]
macro_rules! unplanned_network {
    ($network:ident: $all:ident, $mirror:ident; $plan:ident: $($name:ident)*) => {
        impl $plan for $crate::plan::Train {
            $(type $name = Self;)*
        }
        impl $plan for $crate::plan::Biases {
            $(type $name = Self;)*
        }
        impl $plan for $crate::plan::Norms {
            $(type $name = Self;)*
        }
        impl<P: 'static> $crate::plan::PlannedBy<P> for $network {
            type Share = $crate::plan::Lines<P>;
        }

        #[allow(unused_variables)]
        impl<P: 'static> $crate::plan::Share<$network> for $crate::plan::Lines<P> {
            type Grads = $all;
            type PerLayer<T: Copy> = $mirror<T>;
            const PARAMS: usize = 0;

            fn grads(network: &$network) -> $all {
                unreachable!()
            }
            fn lend(grads: $all) -> $all {
                unreachable!()
            }
            fn take_back(grads: $all) -> $all {
                unreachable!()
            }
            fn per_layer<T: Copy>(value: T) -> $mirror<T> {
                unreachable!()
            }
            fn map_layers<T: Copy, U: Copy>(
                per: $mirror<T>,
                path: &$crate::Path<'_>,
                f: &mut dyn FnMut(&$crate::Path<'_>, T) -> U,
            ) -> $mirror<U> {
                unreachable!()
            }
            fn widen<T: Copy>(per: $mirror<T>) -> $mirror<Option<T>> {
                unreachable!()
            }
            fn tensors(network: &$network, path: &$crate::Path<'_>, each: $crate::Each<'_>) {}
            fn tensors_mut(network: &mut $network, path: &$crate::Path<'_>, each: $crate::EachMut<'_>) {}
        }
    };
}
