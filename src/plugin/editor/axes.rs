//! The logarithmic frequency axis that all pictures share.

/// Ends of the axis.
pub const LOWEST_HZ: f32 = 40.0;
pub const HIGHEST_HZ: f32 = 16_000.0;

/// Frequencies that are labelled.
pub const MARKS: [(f32, &str); 8] = [
    (50.0, "50"),
    (100.0, "100"),
    (200.0, "200"),
    (500.0, "500"),
    (1000.0, "1k"),
    (2000.0, "2k"),
    (5000.0, "5k"),
    (10_000.0, "10k"),
];

/// Where a frequency stands: 0 at the lowest, 1 at the highest.
pub fn position(frequency_hz: f32) -> f32 {
    (frequency_hz / LOWEST_HZ).ln() / (HIGHEST_HZ / LOWEST_HZ).ln()
}

/// The frequency at a position.
pub fn frequency_hz(position: f32) -> f32 {
    LOWEST_HZ * (HIGHEST_HZ / LOWEST_HZ).powf(position)
}
