//! Names in characters that egui's own fonts lack, with the fonts of `make_fonts.py` for those of
//! the system.

use egui::FontData;
use egui::epaint::text::MissingGlyphPolicy;

use super::*;
use crate::plugin::editor::fonts::{FontSource, MAX_FACES, SystemFonts};

/// Widths of the glyphs, in ems, by `make_fonts.py`.
const BOXES: [(char, f32); 4] = [('ギ', 0.7), ('漢', 1.1), ('א', 1.3), ('ก', 0.9)];

/// A character that no font here has.
const NOWHERE: char = 'あ';

/// What was searched for.
type Log = Arc<std::sync::Mutex<Vec<char>>>;

struct Logged<S>(S, Log);

impl<S: FontSource> FontSource for Logged<S> {
    fn find(
        &mut self,
        c: char,
        others: &[char],
        accept: &mut dyn FnMut(&FontData) -> bool,
    ) -> Option<FontData> {
        self.1.lock().unwrap().push(c);
        self.0.find(c, others, accept)
    }
}

fn fixtures() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/fixtures/fonts"].iter().collect()
}

/// A search in the fixtures, which logs when it lists them (as a space), and for what it looks.
fn search() -> (Arc<FontSearch>, Log) {
    let log = Log::default();
    let listed = log.clone();
    let search = FontSearch::new(move || {
        listed.lock().unwrap().push(' ');
        Box::new(Logged(SystemFonts::in_folder(&fixtures()), listed.clone()))
    });
    (Arc::new(search), log)
}

fn logged(log: &Log) -> String {
    log.lock().unwrap().iter().collect()
}

fn bench(search: &Arc<FontSearch>) -> Bench {
    let bench = Bench::with_fonts(Preferences::default(), search.clone());
    // As in the plugin; the other tests fail for a character without a font.
    bench.window.ctx.set_missing_glyph_policy(MissingGlyphPolicy::Tofu);
    bench
}

fn name(bench: &Bench, name: &str) {
    bench.hub.project.edit(|project| project.instruments[0].name = name.to_string());
}

/// Draws until a search has ended, and then what it found.
fn settle(bench: &mut Bench, search: &FontSearch) {
    bench.window.step();
    let mut steps_left = 3;
    bench.wait("the search", |_| {
        steps_left -= usize::from(!search.is_asked() && search.is_idle());
        steps_left == 0
    });
}

/// A character's glyphs wherever it is painted, with the sizes of the text.
fn glyphs(bench: &Bench, c: char) -> Vec<(egui::epaint::text::Glyph, f32)> {
    let mut found = Vec::new();
    let mut shapes: Vec<_> =
        bench.window.output().shapes.iter().map(|clipped| &clipped.shape).collect();
    while let Some(shape) = shapes.pop() {
        match shape {
            egui::Shape::Text(text) => {
                let size = text.galley.job.sections[0].format.font_id.size;
                let glyphs = text.galley.rows.iter().flat_map(|row| &row.row.glyphs);
                found.extend(glyphs.filter(|glyph| glyph.chr == c).map(|glyph| (*glyph, size)));
            }
            egui::Shape::Vec(inside) => shapes.extend(inside),
            _ => {}
        }
    }
    found
}

/// Their widths, in ems.
fn widths(bench: &Bench, c: char) -> Vec<f32> {
    glyphs(bench, c).into_iter().map(|(glyph, size)| glyph.advance_width / size).collect()
}

#[track_caller]
fn check_boxes(bench: &Bench) {
    for (c, width) in BOXES {
        let painted = widths(bench, c);
        assert!(!painted.is_empty(), "{c} is not painted");
        assert!(painted.iter().all(|w| (w - width).abs() < 0.01), "{c}: {painted:?}");
    }
}

#[test]
fn names_are_drawn_with_the_fonts_of_the_system() {
    let (search, log) = search();
    let mut bench = bench(&search);
    name(&bench, "ギ漢אก");
    settle(&mut bench, &search);
    check_boxes(&bench);
    // One face has all but one of them.
    assert_eq!(logged(&log), " אก");
    // Zoom and theme leave the fonts alone.
    for button in ["Light theme", "Dark theme"] {
        bench.click(button);
        check_boxes(&bench);
    }
    for zoom in [1.5, 0.75] {
        bench.window.ctx.set_zoom_factor(zoom);
        (0..3).for_each(|_| bench.window.step());
        check_boxes(&bench);
    }
    // A window that is opened later has them at once.
    let mut again = self::bench(&search);
    name(&again, "ギ漢אก");
    again.window.step();
    check_boxes(&again);
    assert_eq!(logged(&log), " אก");
}

#[test]
fn all_fonts_are_on_one_line() {
    let (search, _) = search();
    let mut bench = bench(&search);
    name(&bench, "xギก");
    settle(&mut bench, &search);
    let bottoms = |c: char| -> Vec<f32> {
        let bottom = |glyph: &egui::epaint::text::Glyph| {
            glyph.pos.y + glyph.uv_rect.offset.y + glyph.uv_rect.size.y
        };
        let of_one_size = glyphs(&bench, c).into_iter().filter(|(_, size)| *size == 14.0);
        of_one_size.map(|(glyph, _)| bottom(&glyph)).collect()
    };
    let line = bottoms('x')[0];
    for c in ['ギ', 'ก'] {
        assert!(!bottoms(c).is_empty());
        assert!(bottoms(c).iter().all(|y| (y - line).abs() <= 1.0), "{c}: {:?}", bottoms(c));
    }
}

#[test]
fn what_is_typed_or_dropped_is_drawn_too() {
    let (search, _) = search();
    let mut bench = bench(&search);
    bench.window.step();
    bench.window.get_by_role(egui::Role::TextInput).focus();
    (0..2).for_each(|_| bench.window.step());
    bench.window.get_by_role(egui::Role::TextInput).type_text("ギ漢");
    settle(&mut bench, &search);
    assert!(widths(&bench, 'ギ').iter().any(|w| (w - 0.7).abs() < 0.01));
    // Letters from right to left, and keys that go through them.
    bench.window.get_by_role(egui::Role::TextInput).type_text("xאא");
    use egui::Key;
    for key in [Key::ArrowLeft, Key::ArrowRight, Key::End, Key::Home, Key::Delete] {
        bench.window.key_press(key);
        (0..2).for_each(|_| bench.window.step());
    }
    bench.window.key_press(egui::Key::Enter);
    (0..3).for_each(|_| bench.window.step());
    assert_eq!(bench.hub.project.get().instruments[0].name, "漢xאא");
    // A message with a file's name.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("אก.wav");
    std::fs::write(&file, "no audio").unwrap();
    bench.window.input_mut().dropped_files.push(Arc::new(Dropped(file)));
    bench.wait("the message", |hub| hub.status.notes().iter().any(|note| note.is_error));
    settle(&mut bench, &search);
    for (c, width) in &BOXES[2..] {
        assert!(widths(&bench, *c).iter().any(|w| (w - width).abs() < 0.01), "{c}");
    }
}

#[test]
fn names_in_letters_that_egui_has_need_no_search() {
    let (search, log) = search();
    let mut bench = bench(&search);
    bench.record(&demo("train", "violin")[..4 * 44_100]);
    for text in ["Violin", "Flöte, sopran", "Скрипка", "βιολί", "řežení \u{1f3bb} 2"]
    {
        name(&bench, text);
        settle(&mut bench, &search);
    }
    bench.click("Learn");
    bench.wait("learning", |hub| hub.project.get().dictionary.is_some() && hub.is_idle());
    bench.window.key_press(egui::Key::F1);
    (0..3).for_each(|_| bench.window.step());
    assert_eq!(logged(&log), "");
    assert_eq!(search.found(), 0);
}

#[test]
fn what_no_font_has_is_searched_once() {
    let (search, log) = search();
    let mut bench = bench(&search);
    let no_font = |bench: &Bench| {
        let painted = widths(bench, NOWHERE);
        !painted.is_empty() && painted.iter().all(|w| *w < 0.65)
    };
    for _ in 0..3 {
        name(&bench, &NOWHERE.to_string());
        settle(&mut bench, &search);
        assert!(no_font(&bench));
        name(&bench, "ギ");
        settle(&mut bench, &search);
        assert_eq!(logged(&log), format!(" {NOWHERE}ギ"));
    }
    let mut again = self::bench(&search);
    name(&again, &NOWHERE.to_string());
    settle(&mut again, &search);
    assert!(no_font(&again));
    assert_eq!(logged(&log), format!(" {NOWHERE}ギ"), "other windows know it, too");
}

#[test]
fn broken_fonts_are_refused() {
    let (search, log) = search();
    let mut bench = bench(&search);
    // Two broken fonts have the first, of which one has the second.
    name(&bench, "אह");
    settle(&mut bench, &search);
    assert_eq!(logged(&log), " אह");
    assert!(widths(&bench, 'א').iter().all(|w| (w - 1.3).abs() < 0.01));
    assert!(
        widths(&bench, 'ह').iter().all(|w| (w - 0.4).abs() > 0.01),
        "{:?}",
        widths(&bench, 'ह')
    );
    assert_eq!(search.found(), 1);
}

/// A source of fonts that fails.
struct Failing;

impl FontSource for Failing {
    fn find(
        &mut self,
        _: char,
        _: &[char],
        _: &mut dyn FnMut(&FontData) -> bool,
    ) -> Option<FontData> {
        panic!("fails on purpose")
    }
}

#[test]
fn a_failure_of_the_systems_search_ends_it() {
    let log = Log::default();
    let listed = log.clone();
    let search = Arc::new(FontSearch::new(move || {
        listed.lock().unwrap().push(' ');
        Box::new(Logged(Failing, listed.clone()))
    }));
    let mut bench = bench(&search);
    for text in ["ギ", "漢", "ギא"] {
        name(&bench, text);
        settle(&mut bench, &search);
    }
    assert_eq!(logged(&log), " ギ");
}

/// A font of its own for every character.
struct Endless;

impl FontSource for Endless {
    fn find(
        &mut self,
        c: char,
        _: &[char],
        accept: &mut dyn FnMut(&FontData) -> bool,
    ) -> Option<FontData> {
        // The fixture with another character in the place of ギ. Its glyph is number 1, which
        // the font has as a difference to the character's own number.
        let mut font = std::fs::read(fixtures().join("boxes.ttf")).unwrap();
        let words = |c: char| [c as u16, 1_u16.wrapping_sub(c as u16)].map(u16::to_be_bytes);
        for (own, new) in words('ギ').into_iter().zip(words(c)) {
            for place in 0..font.len() - 1 {
                if font[place..place + 2] == own {
                    font[place..place + 2].copy_from_slice(&new);
                }
            }
        }
        Some(FontData::from_owned(font)).filter(|font| accept(font))
    }
}

#[test]
fn the_number_of_fonts_is_bounded() {
    let search = Arc::new(FontSearch::new(|| Box::new(Endless)));
    let mut bench = bench(&search);
    for (n, c) in ('ァ'..'ギ').chain('ク'..'ヌ').enumerate() {
        name(&bench, &c.to_string());
        settle(&mut bench, &search);
        assert_eq!(search.found(), (n + 1).min(MAX_FACES), "{c}");
    }
}
