use nn::prelude::*;

network! {
    pub struct Words: [3, 8, 8] -> [10] {
        steps: Reshape([3, 64]),
        place: PositionEmbedding,
        flat: Flatten,
        scores: Dense(10),
    }
}

fn main() {
    Words::seeded(1);
}
