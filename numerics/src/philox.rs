//! The Philox4x32-10 counter-based generator (J. K. Salmon et al., "Parallel random numbers: as easy
//! as 1, 2, 3", SC'11, doi:10.1145/2063384.2063405).
//!
//! Pinned by: the known-answer vectors of the Random123 distribution, in [`crate::rng`].

pub(crate) const MULTIPLIER_0: u32 = 0xD251_1F53;
pub(crate) const MULTIPLIER_1: u32 = 0xCD9E_8D57;
pub(crate) const WEYL_0: u32 = 0x9E37_79B9;
pub(crate) const WEYL_1: u32 = 0xBB67_AE85;

/// One Philox4x32-10 block: ten rounds over `counter` under `key`.
#[inline]
pub fn philox4x32(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for round in 0..10 {
        if round > 0 {
            key = [key[0].wrapping_add(WEYL_0), key[1].wrapping_add(WEYL_1)];
        }
        let p0 = u64::from(MULTIPLIER_0) * u64::from(counter[0]);
        let p1 = u64::from(MULTIPLIER_1) * u64::from(counter[2]);
        counter = [
            (p1 >> 32) as u32 ^ counter[1] ^ key[0],
            p1 as u32,
            (p0 >> 32) as u32 ^ counter[3] ^ key[1],
            p0 as u32,
        ];
    }
    counter
}
