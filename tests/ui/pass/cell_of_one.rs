use nn::prelude::*;

network! {
    pub struct Net: (x: [4], h: [8]) -> [8] {
        both: Concat from (x, h),
        next: GruCell(8) from (both, h),
    }
}

fn main() {
    Net::seeded(1);
}
