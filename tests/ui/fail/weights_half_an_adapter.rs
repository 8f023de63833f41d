use nn::prelude::*;

network! {
    #[weights("../weights/adapted.safetensors", leave_out("*.lora_B.*"))]
    pub struct Iris: [4] -> [3] {
        #[lora(rank = 2)]
        hidden: Dense(8) + Relu,
        logits: Dense(3),
    }
}

fn main() {
    let _ = Iris::default();
}
