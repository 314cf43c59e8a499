use unbraid::audio;

#[test]
fn wav_round_trip() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.wav");
    let channels: Vec<Vec<f32>> =
        (0..2).map(|c| (0..3000).map(|n| ((n * (c + 1)) as f32 * 0.01).sin()).collect()).collect();
    audio::write_wav(&path, 48_000, &channels).unwrap();
    let clip = audio::read(&path).unwrap();
    assert_eq!(clip.sample_rate_hz, 48_000);
    assert_eq!(clip.channels, channels);
}
