//! The fonts that are installed on the system, and which of them suits a character: the one that
//! the system's other programs would use, by fontconfig, DirectWrite or Core Text.

use egui::FontData;
use egui::epaint::text::{FontTweak, VariationCoords};
use fontique::{
    Collection, CollectionOptions, FallbackKey, GenericFamily, Language, Query, QueryFamily,
    QueryFont, QueryStatus, Script, SourceCache, SourceCacheOptions,
};

use super::script::{Writing, writings};
use super::search::FontSource;

/// Kinds of fonts to go through for what no script's own font has.
const KINDS: [GenericFamily; 5] = [
    GenericFamily::SansSerif,
    GenericFamily::SystemUi,
    GenericFamily::Math,
    GenericFamily::Emoji,
    GenericFamily::Serif,
];

/// The installed fonts. Their files are mapped into memory, so that only the parts that are used
/// take up any.
pub struct SystemFonts {
    collection: Collection,
    locale: Option<String>,
}

impl SystemFonts {
    /// Lists the system's fonts, which takes a while.
    pub fn list() -> Self {
        let options = CollectionOptions { shared: false, system_fonts: true };
        let mut collection = Collection::new(options);
        // fontique takes Simplified Chinese for no language at all, and keeps the first font that
        // it finds for either. With this it is a Chinese one.
        let simplified = Writing { script: "Hani", language: Some("zh-CN".to_string()) };
        if let Some(key) = key(&simplified) {
            let _ = collection.fallback_families(key).count();
        }
        Self { collection, locale: sys_locale::get_locale() }
    }

    /// Those of a folder, in the order of their names.
    #[cfg(test)]
    pub fn in_folder(folder: &std::path::Path) -> Self {
        let options = CollectionOptions { shared: false, system_fonts: false };
        let mut collection = Collection::new(options);
        collection.load_fonts_from_paths([folder]);
        let mut names: Vec<String> = collection.family_names().map(str::to_string).collect();
        names.sort();
        let ids: Vec<_> = names.iter().filter_map(|name| collection.family_id(name)).collect();
        collection.set_generic_families(GenericFamily::SansSerif, ids.into_iter());
        Self { collection, locale: None }
    }
}

impl FontSource for SystemFonts {
    fn find(
        &mut self,
        c: char,
        others: &[char],
        accept: &mut dyn FnMut(&FontData) -> bool,
    ) -> Option<FontData> {
        // Lives only as long as the search for one character: it keeps the files that it opened.
        let mut files = SourceCache::new(SourceCacheOptions::default());
        for writing in writings(c, self.locale.as_deref(), others) {
            let Some(key) = key(&writing) else { continue };
            let mut query = self.collection.query(&mut files);
            if writing.language.is_none() {
                // The font for a script alone may be any that has it, such as a cursive one.
                query.set_families([QueryFamily::Generic(GenericFamily::SansSerif)]);
            }
            query.set_fallbacks(key);
            if let Some(found) = first(&mut query, c, accept) {
                return Some(found);
            }
        }
        let mut query = self.collection.query(&mut files);
        query.set_families(KINDS.map(QueryFamily::Generic));
        first(&mut query, c, accept)
    }
}

fn key(writing: &Writing) -> Option<FallbackKey> {
    let script = Script::parse(writing.script).ok()?;
    let language = writing.language.as_deref().and_then(|language| Language::parse(language).ok());
    Some(FallbackKey::new(script, language.as_ref()))
}

/// The first font that has the character and is accepted.
fn first(
    query: &mut Query<'_>,
    c: char,
    accept: &mut dyn FnMut(&FontData) -> bool,
) -> Option<FontData> {
    let mut found = None;
    query.matches_with(|font| {
        let has = font.charmap().and_then(|charmap| charmap.map(c)).is_some_and(|glyph| glyph != 0);
        found = has.then(|| font_data(font)).filter(|data| accept(data));
        if found.is_some() { QueryStatus::Stop } else { QueryStatus::Continue }
    });
    found
}

fn font_data(font: &QueryFont) -> FontData {
    // Fonts of variable weight may be thin if nothing else is asked for.
    let coords = VariationCoords::new(font.synthesis.variation_settings().iter().copied());
    let (blob, _) = font.blob.clone().into_raw_parts();
    FontData::from_blob(blob, font.index).tweak(FontTweak { coords, ..FontTweak::default() })
}
