use nn::prelude::*;

network! {
    #[weights("../weights/iris.safetensors")]
    pub struct Iris: [4] -> [3] {
        #[lora(rank = 2)]
        hidden: Dense(8) + Relu,
        #[lora(rank = 2)] middle: Dense(8),
        logits: Dense(3),
    }
}

fn main() {
    let _ = Iris::default();
}
