//! Matrix products, activations and optimiser updates over slices.
