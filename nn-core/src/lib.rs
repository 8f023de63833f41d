//! Layers, losses, optimisers, training, data and storage of the nn library.
