//! Clears recordings when the host's parameter asks for it. The window does so itself.

use crate::plugin::audio_thread::triggers::Trigger;
use crate::plugin::hub::Hub;
use crate::plugin::project::Project;

/// Clears the recordings of the tabs that were selected at the presses since the last call.
pub fn clear(hub: &Hub) {
    let pressed = hub.triggers.count(Trigger::Clear);
    if hub.triggers.handled(Trigger::Clear) == pressed {
        return;
    }
    let loads = hub.project.loads();
    let before = loads.get();
    for to in hub.triggers.take_cleared() {
        let is_meant = |project: &Project| loads.get() == before && !project.clips(to).is_empty();
        hub.project.edit_if(is_meant, |project| project.clips_mut(to).clear());
    }
    hub.triggers.set_handled(Trigger::Clear, pressed);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use nice_plug::prelude::{BoolParam, Param, PluginState};

    use super::*;
    use crate::audio::AudioBuffer;
    use crate::plugin::params::{PluginParams, defaults};
    use crate::plugin::project::clip::Clip;
    use crate::plugin::state;

    /// An instance with a recording for each of the first three instruments and of the song.
    fn instance() -> (Arc<Hub>, PluginParams) {
        let hub = Hub::new();
        let params = PluginParams::new(&hub);
        hub.project.edit(|project| {
            for to in [None, Some(0), Some(1), Some(2)] {
                let channels = vec![vec![0.1; 100]];
                let clip = Clip::from(AudioBuffer { channels, sample_rate_hz: 8_000 });
                project.clips_mut(to).push(Arc::new(clip));
            }
        });
        (hub, params)
    }

    /// Sets a parameter as a host does.
    fn set<P: Param>(param: &P, value: P::Plain) {
        // SAFETY: the parameter is alive.
        unsafe { param.as_ptr()._internal_set_normalized_value(param.preview_normalized(value)) };
    }

    fn press(param: &BoolParam) {
        set(param, true);
        set(param, false);
    }

    fn cleared(hub: &Hub) -> Vec<Option<usize>> {
        let project = hub.project.get();
        let tabs = [None, Some(0), Some(1), Some(2)].into_iter();
        tabs.filter(|to| project.clips(*to).is_empty()).collect()
    }

    /// The worker may be busy for long after the press.
    #[test]
    fn the_tab_that_was_selected_at_the_press_is_cleared() {
        let (hub, params) = instance();
        press(&params.record.clear);
        set(params.record.to_param(), 3);
        clear(&hub);
        assert_eq!(cleared(&hub), [Some(0)], "the first is selected to begin with");
        press(&params.record.clear);
        set(params.record.to_param(), 0);
        press(&params.record.clear);
        set(params.record.to_param(), 2);
        clear(&hub);
        assert_eq!(cleared(&hub), [None, Some(0), Some(2)]);
        assert!(!hub.triggers.are_pending());
        press(&params.record.clear);
        hub.triggers.give_up();
        clear(&hub);
        press(&params.record.armed);
        clear(&hub);
        assert_eq!(cleared(&hub), [None, Some(0), Some(2)]);
    }

    #[test]
    fn what_is_loaded_after_the_press_is_not_cleared() {
        let (hub, params) = instance();
        let fields = params.project.fields();
        press(&params.record.clear);
        let mut state = PluginState { version: String::new(), params: BTreeMap::new(), fields };
        state::check(&mut state, |_| None, defaults);
        params.project.restore();
        clear(&hub);
        assert_eq!(cleared(&hub), []);
        assert!(!hub.triggers.are_pending());
    }
}
