use nn::prelude::*;

network! {
    #[weights("../weights/iris.safetensors", regex("^hidden", "fist"), pair("fist.bias", "first.bias"), pair("fist.weight", "first.weight"))]
    pub struct Iris: [4] -> [3] {
        first: Dense(8) + Relu,
        logits: Dense(3),
    }
}

fn main() {
    let _ = Iris::default();
}
