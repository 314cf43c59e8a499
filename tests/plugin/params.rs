//! Parameter values convert to text and back, with meaningful texts.

use crate::host::{Instance, Setup, UNBRAID, param_id};

#[test]
fn texts_read_back() {
    let plugin = Instance::new(UNBRAID, Setup::default());
    let cases = [
        ("mode", 2.0, "live: 512 samples, 11.6 ms"),
        ("mode", 0.0, "quality: 5120 samples, 116.1 ms"),
        ("even_load", 1.0, "always"),
        ("heard", 1.0, "Instrument"),
        ("source", 2.0, "Instrument 3"),
        ("capture_to", 0.0, "Whole song"),
        ("capture_to", 2.0, "Instrument 2"),
        ("components", 0.0, "auto"),
        ("components", 32.0, "32"),
        ("method", 3.0, "greedy2"),
        ("transpose", 1.0, "6 semitones"),
        ("strength_1", 0.25, "-50 %"),
        ("pan_1", 0.25, "50 % L"),
        ("pan_32", 0.5, "C"),
        ("rest_pan", 1.0, "100 % R"),
        ("width_1", 0.0, "0 %"),
        ("width_1", 0.5, "100 %"),
    ];
    for (id, value, text) in cases {
        assert_eq!(plugin.text(id, value), text, "{id}");
        let back = plugin.value_of(id, text).unwrap();
        assert!((back - value).abs() < 1e-5, "{id}: {back}");
    }
    assert_eq!(plugin.text("strength_1", 0.498), "0 %", "not -0");
    assert_eq!(plugin.value_of("pan_1", "-30 L"), plugin.value_of("pan_1", "30 % L"));
    assert_eq!(plugin.value_of("pan_1", "-30"), plugin.value_of("pan_1", "30 % L"));
    assert_eq!(plugin.value_of("pan_1", "NaN"), None);
    assert_eq!(plugin.value_of("mode", "balanced"), Some(1.0));
    assert_eq!(plugin.value_of("mode", "warp"), None);
    let gain = plugin.value_of("gain_1", "-6.0 dB").unwrap();
    assert!(plugin.text("gain_1", gain).starts_with("-6.0"));
    // Just above -100 dB, which reads back as silence.
    let softest = 0.116_75;
    assert_eq!(plugin.text("gain_1", softest), "-inf dB");
    assert_eq!(plugin.value_of("gain_1", "-inf dB"), Some(0.0));
    let beta = plugin.value_of("divergence", "euclidean").unwrap();
    assert_eq!(plugin.text("divergence", beta), "euclidean");
}

#[test]
fn latency_texts_follow_the_sample_rate() {
    let plugin = Instance::new(UNBRAID, Setup { sample_rate_hz: 96_000, ..Setup::default() });
    assert_eq!(plugin.text("mode", 2.0), "live: 1024 samples, 10.7 ms");
}

#[test]
fn identifiers_do_not_collide() {
    let plugin = Instance::new(UNBRAID, Setup::default());
    let mut ids: Vec<u32> = plugin.params().iter().map(|param| param.0).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
    assert!(ids.contains(&param_id("rest_gain")) && ids.contains(&param_id("bus_16")));
}

#[test]
fn there_are_pages_for_hardware_controls() {
    let plugin = Instance::new(UNBRAID, Setup::default());
    // Eight per page: listening, learning, and 33 strips of gain, strength, pan, width, solo and
    // mute.
    assert_eq!(plugin.remote_control_pages(), 1 + 1 + 6 * 5);
}
