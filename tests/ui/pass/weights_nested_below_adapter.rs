use nn::prelude::*;

network! {
    #[weights("../weights/iris.safetensors", pattern("hidden.*", "blocks.0.hidden.*"))]
    pub struct Iris: [4] -> [3] {
        blocks: Block,
        logits: Dense(3),
    }

    struct Block: [4] -> [8] {
        #[name = "0"]
        first: Body,
    }

    struct Body: [4] -> [8] { #[lora(rank = 2)] hidden: Dense(8) + Relu }
}

fn main() {
    let _ = Iris::default();
}
