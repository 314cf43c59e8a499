//! `unbraid evaluate`.

use serde_json::{Value, json};

use crate::command::{Place, tune};
use crate::signals::RATE_HZ;

#[test]
fn evaluate_pairs_by_score_where_names_say_nothing() {
    let place = Place::new();
    for (number, name) in ["a", "b", "c"].iter().enumerate() {
        place.wav(&format!("true/{name}.wav"), RATE_HZ, &[tune(number, RATE_HZ, 2.0)]);
    }
    place.write("true/notes.txt", b"not audio");
    // Out of order, and one with a little of another mixed in.
    let mut blurred = tune(0, RATE_HZ, 2.0);
    blurred.iter_mut().zip(tune(2, RATE_HZ, 2.0)).for_each(|(x, other)| *x += 0.1 * other);
    place.wav("found/component-01.wav", RATE_HZ, &[tune(1, RATE_HZ, 2.0)]);
    place.wav("found/component-02.wav", RATE_HZ, &[blurred]);
    let output =
        place.command("evaluate --reference true --estimate found --json").output().unwrap();
    assert!(output.status.success());
    let notes = String::from_utf8(output.stderr).unwrap();
    assert_eq!(notes, "note: left out: reference `c`: no estimate for it\n");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["matched_by"], "score");
    let pairs: Vec<_> = (0..2)
        .map(|i| [&report["sources"][i]["reference"], &report["sources"][i]["estimate"]])
        .collect();
    assert_eq!(json!(pairs), json!([["a", "component-02"], ["b", "component-01"]]));
    // SNR of a tune with a tenth of a tune of the same level added: about 20 dB.
    for metric in ["sdr", "sir", "sar", "si_sdr", "snr"] {
        assert!(report["sources"][1][metric].as_f64().unwrap() > 60.0, "{metric}");
        let mean = report["mean"][metric].as_f64().unwrap();
        let sum: f64 = (0..2).map(|i| report["sources"][i][metric].as_f64().unwrap()).sum();
        assert!((mean - sum / 2.0).abs() < 1e-9);
    }
    assert!((report["sources"][0]["snr"].as_f64().unwrap() - 20.0).abs() < 1.0);
}
