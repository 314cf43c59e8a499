//! The demo's report: one page with pictures and audio.

use super::band::BAND;
use super::scores::{HEADINGS, LEGEND, Row};

/// `commands`: the commands that were run, in the folder of the page.
pub fn page(rows: &[Row], commands: &[String]) -> String {
    let players: String = BAND
        .iter()
        .map(|instrument| {
            let name = instrument.name;
            let cells = [
                format!("clips/{name}.flac"),
                format!("separated/{}", unbraid::audio::file_name(name)),
                format!("true/{name}.flac"),
            ];
            let cells: String =
                cells.iter().map(|file| format!("<td>{}</td>", player(file))).collect();
            format!("<tr><th>{name}</th>{cells}</tr>\n")
        })
        .collect();
    format!(
        r#"<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>{TITLE}</title>
<style>{STYLE}</style>
<h1>A band, taken apart</h1>
<p>Unbraid heard 12 seconds of each of four instruments alone, and then separated this piece, in
which they play other notes together:</p>
<p>{mixture}</p>
<table>
<tr><th></th><th>what it learned from</th><th>separated</th><th>the truth</th></tr>
{players}</table>
<h2>Scores in dB</h2>
{scores}<p>SDR: the instrument against all that is wrong; SIR: against the other instruments; SAR:
against artifacts (BSS-eval 3). {LEGEND}.</p>
<h2>Pictures</h2>
<p>The piece:</p>
<img src="mixture.png" alt="Spectrogram of the piece">
<p>What came out, on one scale:</p>
<img src="sources.png" alt="Spectrograms of the four separated instruments">
<p>The dictionary, 32 spectra an instrument:</p>
<img src="dictionary.png" alt="Spectra of the dictionary by instrument">
<h2>To do it again</h2>
<pre>{commands}</pre>
<p>The audio may be used freely: see clips/LICENSE.md.</p>
</html>
"#,
        mixture = player(&unbraid::audio::file_name("mixture")),
        scores = score_table(rows),
        commands = commands.join("\n"),
    )
}

const TITLE: &str = "Unbraid: a band, taken apart";

/// Whether a page is an earlier report.
pub fn is_ours(page: &str) -> bool {
    page.contains(&format!("<title>{TITLE}</title>"))
}

const STYLE: &str = "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;\
color:#222}img{width:100%}table{border-collapse:collapse}td,th{padding:.3rem .8rem;text-align:right}\
tr:last-child{border-top:1px solid #999}audio{width:15rem}pre{background:#f4f4f4;padding:1rem;\
overflow:auto}";

fn player(file: &str) -> String {
    format!(
        r#"<audio controls preload="none" src="{file}"></audio><br><a href="{file}">{file}</a>"#
    )
}

fn score_table(rows: &[Row]) -> String {
    let headings: String = HEADINGS.iter().map(|heading| format!("<th>{heading}</th>")).collect();
    let mut table = format!("<table>\n<tr><th></th>{headings}</tr>\n");
    for row in rows {
        let cells: String = row.values().iter().map(|x| format!("<td>{x:.1}</td>")).collect();
        table += &format!("<tr><th>{}</th>{cells}</tr>\n", row.name);
    }
    table + "</table>\n"
}
