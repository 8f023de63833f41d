use nn::prelude::*;

network! {
    #[weights("../weights/iris.safetensors")]
    pub struct Iris: [4] -> [3] {
        hidden: Dense(9) + Relu,
        logits: Dense(3),
    }
}

fn main() {
    let _ = Iris::default();
}
