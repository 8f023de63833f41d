use nn::prelude::*;

network! {
    pub struct Digits: [784] -> [10] {
        #[lora(rank = 8, alpha = 16)]
        hidden: Dense(128) + Relu,
        logits: Dense(10),
    }
}

fn main() {
    let mut gradients = Digits::seeded(1).grads();
    gradients.hidden.lora_b.values_mut().fill(0.0);
}
