use nn::prelude::*;

network! {
    #[weights("../weights/iris.safetensors", regex(r"^hidden(\.)", "first$1"))]
    pub struct Iris: [4] -> [3] {
        first: Dense(8) + Relu,
        logits: Dense(3),
    }
}

fn main() {
    let _ = Iris::default();
}
