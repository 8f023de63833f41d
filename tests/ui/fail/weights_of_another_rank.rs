use nn::prelude::*;

network! {
    #[weights("../weights/adapted.safetensors")]
    pub struct Iris: [4] -> [3] {
        #[lora(rank = 3)]
        hidden: Dense(8) + Relu,
        logits: Dense(3),
    }
}

fn main() {
    let _ = Iris::default();
}
