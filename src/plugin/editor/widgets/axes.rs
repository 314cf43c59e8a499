//! The logarithmic frequency axis that all pictures share.

/// The ends of the axis.
pub const LOWEST_HZ: f32 = 40.0;
pub const HIGHEST_HZ: f32 = 16_000.0;

/// The labelled frequencies, with their labels without and with the unit.
pub const MARKS: [(f32, &str, &str); 8] = [
    (50.0, "50", "50 Hz"),
    (100.0, "100", "100 Hz"),
    (200.0, "200", "200 Hz"),
    (500.0, "500", "500 Hz"),
    (1000.0, "1k", "1 kHz"),
    (2000.0, "2k", "2 kHz"),
    (5000.0, "5k", "5 kHz"),
    (10_000.0, "10k", "10 kHz"),
];

/// The position of a frequency: 0 at the lowest, 1 at the highest.
pub fn position(frequency_hz: f32) -> f32 {
    (frequency_hz / LOWEST_HZ).ln() / (HIGHEST_HZ / LOWEST_HZ).ln()
}

/// The frequency at a position.
pub fn frequency_hz(position: f32) -> f32 {
    LOWEST_HZ * (HIGHEST_HZ / LOWEST_HZ).powf(position)
}
