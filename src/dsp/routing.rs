//! What each output bus plays: every source with its gains, or one component alone. All changes
//! glide.

use std::ops::Range;

use super::panning::{ChannelGains, toward};
use super::schedule::BusLoad;

/// Time in which a gain glides from 0 to 1.
const GLIDE_S: f32 = 0.02;

/// Components that can sound on a bus at once: the current one, and the last one while it
/// fades out.
const PICKS: usize = 2;

/// A component played on a bus, and its gain.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pick {
    pub component: usize,
    pub gain: f32,
    target: f32,
}

/// The gains of one bus, gliding.
#[derive(Clone, Debug)]
pub struct Bus {
    /// Whether the bus is computed at all.
    pub in_use: bool,
    /// Whether the bus plays in the current frame.
    playing: bool,
    gains: Vec<ChannelGains>,
    targets: Vec<ChannelGains>,
    picks: [Pick; PICKS],
    /// Number of components in the dictionary.
    components: usize,
    /// Requested component and its gain.
    wanted: Option<(usize, f32)>,
    /// Largest change of a gain from frame to frame.
    step: f32,
}

impl Bus {
    /// A silent bus.
    pub fn new(sources: usize, components: usize, hop_s: f32) -> Self {
        Self {
            in_use: true,
            playing: false,
            gains: vec![ChannelGains::SILENT; sources],
            targets: vec![ChannelGains::SILENT; sources],
            picks: [Pick::default(); PICKS],
            components,
            wanted: None,
            step: hop_s / GLIDE_S,
        }
    }

    /// Sets the gain (linear) of a source in all channels. It glides there, by 1 in 20 ms, unless
    /// [`Bus::settle`] is called. A source that the dictionary does not have is ignored: the call
    /// may predate the dictionary.
    pub fn set_gain(&mut self, source: usize, gain: f32) {
        self.set_gains(source, ChannelGains::uniform(gain));
    }

    /// Sets the gains of a source in each channel, as [`Bus::set_gain`] does.
    pub fn set_gains(&mut self, source: usize, gains: ChannelGains) {
        if let Some(target) = self.targets.get_mut(source) {
            *target = gains;
        }
    }

    /// Sets one component to play in addition to the sources. `None`, or a component that
    /// the dictionary does not have, plays none.
    pub fn set_component(&mut self, component: Option<(usize, f32)>) {
        self.wanted = component.filter(|(component, _)| *component < self.components);
    }

    /// Finishes all glides immediately.
    pub fn settle(&mut self) {
        self.gains.copy_from_slice(&self.targets);
        self.picks = [Pick::default(); PICKS];
        if let Some((component, gain)) = self.wanted {
            self.picks[0] = Pick { component, gain, target: gain };
        }
    }

    /// Advances all gains by one frame.
    pub fn advance(&mut self) {
        self.playing = self.in_use;
        for (gains, target) in self.gains.iter_mut().zip(&self.targets) {
            gains.glide(*target, self.step);
        }
        self.aim_picks();
        for pick in &mut self.picks {
            pick.gain = toward(pick.gain, pick.target, self.step);
        }
    }

    /// A requested component uses its own slot, or one that has faded out; it waits until
    /// one is free.
    fn aim_picks(&mut self) {
        self.picks.iter_mut().for_each(|pick| pick.target = 0.0);
        let Some((component, gain)) = self.wanted else { return };
        let own = self.picks.iter().position(|p| p.gain != 0.0 && p.component == component);
        let slot = own.or_else(|| self.picks.iter().position(|p| p.gain == 0.0));
        if let Some(slot) = slot {
            self.picks[slot].component = component;
            self.picks[slot].target = gain;
        }
    }

    /// Whether the bus plays in the current frame.
    pub fn playing(&self) -> bool {
        self.playing
    }

    /// Current gains of each source.
    pub fn gains(&self) -> &[ChannelGains] {
        &self.gains
    }

    /// The range from the first to the last source that currently sounds.
    pub fn sounding(&self) -> Range<usize> {
        let sounds = |gains: &ChannelGains| !gains.is_silent();
        let first = self.gains.iter().position(sounds).unwrap_or(0);
        first..self.gains.iter().rposition(sounds).map_or(0, |last| last + 1)
    }

    /// The source, if any, that currently is the only one to sound and has a gain of 1 in all
    /// channels.
    pub fn alone(&self) -> Option<usize> {
        let sounding = self.sounding();
        let unchanged =
            sounding.len() == 1 && self.gains[sounding.start] == ChannelGains::uniform(1.0);
        (unchanged && self.picks().next().is_none()).then_some(sounding.start)
    }

    /// What the bus plays in one of `channels` channels, components included in the terms.
    pub fn load(&self, channel: usize, channels: usize) -> BusLoad {
        if !self.playing {
            return BusLoad { terms: 0, picks: 0 };
        }
        let of_source = |gains: &ChannelGains| gains.into_channel(channel, channels).count();
        let picks = self.picks().count();
        BusLoad { terms: self.gains.iter().map(of_source).sum::<usize>() + picks, picks }
    }

    /// Components that currently sound.
    pub fn picks(&self) -> impl Iterator<Item = Pick> + '_ {
        self.picks.iter().copied().filter(|pick| pick.gain != 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gains_glide_and_arrive() {
        let mut bus = Bus::new(2, 0, 0.003);
        bus.set_gain(1, 1.0);
        let mut last = 0.0;
        for _ in 0..7 {
            bus.advance();
            let gain = bus.gains()[1].own[0];
            assert!(gain - last <= 0.003 / GLIDE_S + 1e-6);
            last = gain;
        }
        assert_eq!(last, 1.0);
        assert!(bus.gains()[0].is_silent());
    }

    #[test]
    fn a_third_component_waits_for_a_free_slot_and_wins() {
        let mut bus = Bus::new(1, 9, 0.004);
        bus.set_component(Some((3, 1.0)));
        bus.settle();
        for component in [5, 8] {
            bus.set_component(Some((component, 1.0)));
            bus.advance();
        }
        assert!(bus.picks().all(|pick| pick.component != 8));
        (0..10).for_each(|_| bus.advance());
        let picks: Vec<_> = bus.picks().map(|pick| (pick.component, pick.gain)).collect();
        assert_eq!(picks, [(8, 1.0)]);
        bus.set_component(Some((9, 1.0)));
        bus.settle();
        assert_eq!(bus.picks().count(), 0);
    }
}
