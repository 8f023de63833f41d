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
            tensors { $($line: $layer as __Plan::$name, $at;)+ }
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
        $vis struct $grads<__Plan: $plan> {
            $(
                #[doc = concat!(" Of `", stringify!($line), "`.")]
                pub $line: <$crate::plan::Of<__Plan::$name, $layer> as $crate::plan::Share<$layer>>::Grads,
            )+
        }

        #[doc = concat!(" A value for each layer of [`", stringify!($network), "`] that learns by a plan.")]
        $vis struct $per<__Plan: $plan, __T: Copy> {
            $(
                #[doc = concat!(" For `", stringify!($line), "`.")]
                pub $line: <$crate::plan::Of<__Plan::$name, $layer> as $crate::plan::Share<$layer>>::PerLayer<__T>,
            )+
        }

        impl<__Plan: $plan, __T: Copy> Clone for $per<__Plan, __T> {
            fn clone(&self) -> Self {
                *self
            }
        }
        impl<__Plan: $plan, __T: Copy> Copy for $per<__Plan, __T> {}

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
        impl<__Plan: $plan> $crate::plan::PlannedBy<__Plan> for $network {
            type Share = $crate::plan::Lines<__Plan>;
        }

        impl<__Plan: $plan> $crate::plan::Share<$network> for $crate::plan::Lines<__Plan> {
            type Grads = $grads<__Plan>;
            type PerLayer<__T: Copy> = $per<__Plan, __T>;
            const PARAMS: usize =
                0 $(+ <$crate::plan::Of<__Plan::$name, $layer> as $crate::plan::Share<$layer>>::PARAMS)+;

            fn grads(network: &$network) -> $grads<__Plan> {
                $grads {
                    $($line: <$crate::plan::Of<__Plan::$name, $layer> as $crate::plan::Share<$layer>>::grads(&network.$line)),+
                }
            }
            fn lend(grads: $grads<__Plan>) -> $all {
                $all {
                    $($line: <$crate::plan::Of<__Plan::$name, $layer> as $crate::plan::Share<$layer>>::lend(grads.$line)),+
                }
            }
            fn take_back(grads: $all) -> $grads<__Plan> {
                $grads {
                    $($line: <$crate::plan::Of<__Plan::$name, $layer> as $crate::plan::Share<$layer>>::take_back(grads.$line)),+
                }
            }
            fn per_layer<__T: Copy>(value: __T) -> $per<__Plan, __T> {
                $per {
                    $($line: <$crate::plan::Of<__Plan::$name, $layer> as $crate::plan::Share<$layer>>::per_layer(value)),+
                }
            }
            fn map_layers<__T: Copy, __U: Copy>(
                per: $per<__Plan, __T>,
                $path: &$crate::Path<'_>,
                f: &mut dyn FnMut(&$crate::Path<'_>, __T) -> __U,
            ) -> $per<__Plan, __U> {
                $per {
                    $($line: <$crate::plan::Of<__Plan::$name, $layer> as $crate::plan::Share<$layer>>::map_layers(
                        per.$line, $at, f,
                    )),+
                }
            }
            fn widen<__T: Copy>(per: $per<__Plan, __T>) -> $mirror<Option<__T>> {
                $mirror {
                    $($line: <$crate::plan::Of<__Plan::$name, $layer> as $crate::plan::Share<$layer>>::widen(per.$line)),+
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
        impl<__Plan: 'static> $crate::plan::PlannedBy<__Plan> for $network {
            type Share = $crate::plan::Lines<__Plan>;
        }

        #[allow(unused_variables)]
        impl<__Plan: 'static> $crate::plan::Share<$network> for $crate::plan::Lines<__Plan> {
            type Grads = $all;
            type PerLayer<__T: Copy> = $mirror<__T>;
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
            fn per_layer<__T: Copy>(value: __T) -> $mirror<__T> {
                unreachable!()
            }
            fn map_layers<__T: Copy, __U: Copy>(
                per: $mirror<__T>,
                path: &$crate::Path<'_>,
                f: &mut dyn FnMut(&$crate::Path<'_>, __T) -> __U,
            ) -> $mirror<__U> {
                unreachable!()
            }
            fn widen<__T: Copy>(per: $mirror<__T>) -> $mirror<Option<__T>> {
                unreachable!()
            }
            fn tensors(network: &$network, path: &$crate::Path<'_>, each: $crate::Each<'_>) {}
            fn tensors_mut(network: &mut $network, path: &$crate::Path<'_>, each: $crate::EachMut<'_>) {}
        }
    };
}
