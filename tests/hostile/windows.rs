//! Calls for the window in the wrong order and with impossible arguments, without a screen.

use std::ffi::c_void;
use std::ptr::{null, null_mut};

use ::vst3::ComPtr;
use ::vst3::Steinberg::Vst::IEditControllerTrait;
use ::vst3::Steinberg::{
    IPlugView, IPlugViewContentScaleSupport, IPlugViewContentScaleSupportTrait, IPlugViewTrait,
    ViewRect, kPlatformTypeHWND, kPlatformTypeNSView, kPlatformTypeX11EmbedWindowID, kResultOk,
};
use clap_sys::ext::gui::{
    CLAP_EXT_GUI, CLAP_WINDOW_API_COCOA, CLAP_WINDOW_API_WIN32, CLAP_WINDOW_API_X11,
    clap_plugin_gui, clap_window, clap_window_handle,
};

use crate::audio::assert_plays_right;
use crate::case::Cases;
use crate::clap::Clap;
use crate::host::{Host, Subject};
use crate::stream::Reader;
use crate::vst3::Vst3;

pub fn add(cases: &mut Cases) {
    cases.clap("windows/order", clap_order);
    cases.vst3("windows/order", vst3_order);
}

const SIZES: [[u32; 2]; 4] = [[0, 0], [1, 1], [100_000, 100_000], [u32::MAX, u32::MAX]];

fn clap_order(subject: Subject) {
    let host = Clap::new(subject);
    assert!(host.load(&subject.state(), Reader::CORRECT));
    let plugin = host.plugin;
    let gui: &clap_plugin_gui = host.extension(CLAP_EXT_GUI);
    // SAFETY: in an order, and with arguments, that CLAP forbids.
    unsafe {
        let try_everything = || {
            assert!(!gui.show.unwrap()(plugin));
            assert!(!gui.hide.unwrap()(plugin));
            assert!(!gui.set_parent.unwrap()(plugin, null()));
            for api in
                [CLAP_WINDOW_API_X11, CLAP_WINDOW_API_COCOA, CLAP_WINDOW_API_WIN32, c"", c"?"]
            {
                let window =
                    clap_window { api: api.as_ptr(), specific: clap_window_handle { x11: 0 } };
                assert!(!gui.set_parent.unwrap()(plugin, &window));
            }
            let window = clap_window { api: null(), specific: clap_window_handle { x11: 0 } };
            assert!(!gui.set_parent.unwrap()(plugin, &window));
            for [width, height] in SIZES {
                gui.set_size.unwrap()(plugin, width, height);
                let (mut width, mut height) = (width, height);
                gui.adjust_size.unwrap()(plugin, &mut width, &mut height);
            }
            gui.adjust_size.unwrap()(plugin, null_mut(), null_mut());
            for scale in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e300] {
                gui.set_scale.unwrap()(plugin, scale);
            }
            assert!(!gui.get_size.unwrap()(plugin, null_mut(), null_mut()));
            let mut size = [0, 0];
            assert!(gui.get_size.unwrap()(plugin, &mut size[0], &mut size[1]));
            assert!(size.iter().all(|side| (1..100_000).contains(side)), "{size:?}");
            gui.can_resize.unwrap()(plugin);
            gui.get_resize_hints.unwrap()(plugin, null_mut());
            gui.set_transient.unwrap()(plugin, null());
            gui.suggest_title.unwrap()(plugin, null());
            assert!(!gui.is_api_supported.unwrap()(plugin, null(), false));
            gui.get_preferred_api.unwrap()(plugin, null_mut(), null_mut());
        };
        try_everything();
        gui.destroy.unwrap()(plugin);
        gui.destroy.unwrap()(plugin);
        assert!(!gui.create.unwrap()(plugin, null(), false));
        assert!(!gui.create.unwrap()(plugin, c"?".as_ptr(), false));
        assert!(!gui.create.unwrap()(plugin, CLAP_WINDOW_API_X11.as_ptr(), true));
        // There is no screen: the window is not shown, whether or not it is created.
        gui.create.unwrap()(plugin, CLAP_WINDOW_API_X11.as_ptr(), false);
        gui.create.unwrap()(plugin, CLAP_WINDOW_API_X11.as_ptr(), false);
        try_everything();
        gui.destroy.unwrap()(plugin);
        gui.destroy.unwrap()(plugin);
        try_everything();
        // Destroyed with its window.
        gui.create.unwrap()(plugin, CLAP_WINDOW_API_X11.as_ptr(), false);
    }
    assert_plays_right(&host, subject);
}

fn vst3_order(subject: Subject) {
    let host = Vst3::new(subject);
    assert!(host.load(&subject.state(), Reader::CORRECT));
    // SAFETY: in an order, and with arguments, that VST3 forbids.
    unsafe {
        let view = || -> ComPtr<IPlugView> {
            ComPtr::from_raw(host.controller.createView(null())).expect("a view")
        };
        let try_everything = |view: &ComPtr<IPlugView>| {
            assert_ne!(view.removed(), kResultOk);
            let kinds = [
                null(),
                c"".as_ptr(),
                c"?".as_ptr(),
                kPlatformTypeX11EmbedWindowID,
                kPlatformTypeNSView,
                kPlatformTypeHWND,
            ];
            for kind in kinds {
                assert_ne!(view.attached(null_mut(), kind), kResultOk);
                assert_ne!(view.attached(std::ptr::dangling_mut::<c_void>(), kind), kResultOk);
                assert_ne!(view.attached(usize::MAX as *mut c_void, kind), kResultOk);
                view.isPlatformTypeSupported(kind);
            }
            let mut size = ViewRect { left: 0, top: 0, right: 0, bottom: 0 };
            assert_ne!(view.getSize(null_mut()), kResultOk);
            assert_eq!(view.getSize(&mut size), kResultOk);
            assert!(size.right > 0 && size.bottom > 0);
            assert_ne!(view.onSize(null_mut()), kResultOk);
            assert_ne!(view.checkSizeConstraint(null_mut()), kResultOk);
            for [left, right] in [[0, 0], [5, 1], [i32::MIN, i32::MAX], [0, i32::MAX]] {
                let mut size = ViewRect { left, top: left, right, bottom: right };
                assert_ne!(view.onSize(&mut size), kResultOk);
                view.checkSizeConstraint(&mut size);
            }
            view.setFrame(null_mut());
            view.onKeyDown(0, 0, 0);
            view.onKeyDown(u16::MAX, i16::MAX, i16::MIN);
            view.onKeyUp(0, 7, -1);
            view.onWheel(f32::NAN);
            view.onFocus(u8::MAX);
            view.canResize();
            let scaling: ComPtr<IPlugViewContentScaleSupport> = view.cast().expect("scaling");
            for scale in [0.0, -1.0, f32::NAN, f32::INFINITY, 1e30] {
                scaling.setContentScaleFactor(scale);
            }
        };
        let first = view();
        try_everything(&first);
        let second = view();
        try_everything(&second);
        drop(first);
        try_everything(&second);
        assert_plays_right(&host, subject);
        // The view outlives the plugin.
        let last = view();
        drop(second);
        drop(host);
        last.removed();
        last.setFrame(null_mut());
        let mut size = ViewRect { left: 0, top: 0, right: 100, bottom: 100 };
        last.getSize(&mut size);
        last.onSize(&mut size);
        last.checkSizeConstraint(&mut size);
        last.canResize();
        assert_ne!(
            last.attached(usize::MAX as *mut c_void, kPlatformTypeX11EmbedWindowID),
            kResultOk
        );
    }
}
