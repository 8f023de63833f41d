use nn::prelude::*;

network! {
    pub struct Steps: (x: [3], state: [4]) -> [4] {
        one: GruCell(4) from (x, state),
        two: same_as one from (x, one),
    }
}

fn main() {
    Steps::seeded(1);
}
