use nn::prelude::*;

network! {
    pub struct Block: [64, 128] -> [64, 128] {
        #[name = ""]
        look: Residual { norm1: LayerNorm, mix: Dense(128) },
        #[name = ""]
        think: Residual { norm2: LayerNorm, down: Dense(128) },
    }
}

fn main() {
    Block::seeded(1);
}
