use nn::prelude::*;

network! {
    pub struct Net: (x: [4], h: [8]) -> [8] {
        first: GruCell(8) from (x, h),
        next: same_as first,
    }
}

fn main() {
    Net::seeded(1);
}
