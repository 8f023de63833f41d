use nn::prelude::*;

network! {
    pub struct Net: (x: [5, 4], h: [8]) -> [8] {
        next: GruCell(8) from (x, h),
    }
}

fn main() {
    Net::seeded(1);
}
