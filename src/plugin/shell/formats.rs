//! Format-specific details: names, categories, and CLAP's pages of controls.

use nice_plug::prelude::*;

use super::Shell;
use super::variants::Variant;

impl<V: Variant> ClapPlugin for Shell<V> {
    const CLAP_ID: &'static str = V::CLAP_ID;
    const CLAP_DESCRIPTION: Option<&'static str> = Some(V::DESCRIPTION);
    const CLAP_MANUAL_URL: Option<&'static str> = None;
    const CLAP_SUPPORT_URL: Option<&'static str> = None;
    const CLAP_FEATURES: &'static [ClapFeature] = &[
        ClapFeature::AudioEffect,
        ClapFeature::Stereo,
        ClapFeature::Mono,
        ClapFeature::Restoration,
        ClapFeature::Utility,
    ];

    fn remote_controls(&self, context: &mut impl RemoteControlsContext) {
        let params = &self.params;
        context.add_section("Listen", |section| {
            section.add_page("Listen", |page| {
                page.add_param(&params.output.selection);
                page.add_param(params.output.source_param());
                page.add_param(params.output.component_param());
                page.add_param(&params.output.wet);
                page.add_param(&params.output.spatial);
                page.add_param(params.mode_param());
                page.add_param(&params.even_load);
                page.add_param(&params.match_loudness);
            });
        });
        context.add_section("Learn", |section| {
            section.add_page("Learn", |page| {
                page.add_param(&params.record.armed);
                page.add_param(&params.record.from);
                page.add_param(params.record.to_param());
                page.add_param(&params.record.how);
                page.add_param(&params.learn.learn);
                page.add_param(&params.learn.cancel);
                page.add_param(&params.learn.adapt);
            });
        });
        context.add_section("Mixer", |section| {
            section.add_page("Gains", |page| {
                params.strips.iter().for_each(|strip| page.add_param(&strip.gain));
                page.add_param(&params.rest.gain);
            });
            section.add_page("Strengths", |page| {
                params.strips.iter().for_each(|strip| page.add_param(&strip.strength));
                page.add_param(&params.rest.strength);
            });
            section.add_page("Pan", |page| {
                params.pannings.iter().for_each(|panning| page.add_param(&panning.pan));
                page.add_param(&params.rest_panning.pan);
            });
            section.add_page("Width", |page| {
                params.pannings.iter().for_each(|panning| page.add_param(&panning.width));
                page.add_param(&params.rest_panning.width);
            });
            section.add_page("Solo", |page| {
                params.strips.iter().for_each(|strip| page.add_param(&strip.solo));
                page.add_param(&params.rest.solo);
            });
            section.add_page("Mute", |page| {
                params.strips.iter().for_each(|strip| page.add_param(&strip.mute));
                page.add_param(&params.rest.mute);
            });
        });
    }
}

impl<V: Variant> Vst3Plugin for Shell<V> {
    const VST3_CLASS_ID: [u8; 16] = V::VST3_ID;
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] =
        &[Vst3SubCategory::Fx, Vst3SubCategory::Restoration, Vst3SubCategory::Tools];
}
