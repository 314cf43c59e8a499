//! Calls in the wrong order, and with impossible settings.

use std::ptr::{null, null_mut};

use ::vst3::Interface;
use ::vst3::Steinberg::Vst::{
    IAudioProcessorTrait, IComponent, IComponentTrait, IEditControllerTrait,
};
use ::vst3::Steinberg::{
    IPluginBaseTrait, IPluginFactoryTrait, PClassInfo, kInvalidArgument, kResultOk,
};

use crate::audio::{
    BLOCK, Buffers, MAX_BLOCK, SAMPLE_RATE_HZ, UNTOUCHED, assert_finite, assert_plays_right, input,
    play_with,
};
use crate::case::Cases;
use crate::clap::{self, Clap};
use crate::host::{Block, Host, Subject};
use crate::vst3::{self, Vst3};

pub fn add(cases: &mut Cases) {
    cases.both("calls/process-while-inactive", process_while_inactive);
    cases.both("calls/process-before-start", process_before_start);
    cases.both("calls/activate-twice", activate_twice);
    cases.both("calls/unpaired", unpaired);
    cases.both("calls/destroy-while-active", destroy_while_active);
    cases.both("calls/sample-rates", sample_rates);
    cases.clap("calls/null", clap_null);
    cases.clap("calls/host-without-functions", host_without_functions);
    cases.vst3("calls/null", vst3_null);
    cases.vst3("calls/active-without-setup", active_without_setup);
    cases.vst3("calls/wide-setup", wide_setup);
    cases.vst3("calls/layout-while-active", layout_while_active);
}

/// A block is refused, and its outputs are not touched.
fn assert_refused(host: &dyn Host, subject: Subject) {
    let mut buffers = Buffers::new(subject, BLOCK);
    buffers.fill(&input(), 0);
    assert!(!host.process(&buffers.block()));
    let mut outputs = buffers.outputs.iter().flatten();
    assert!(outputs.all(|channel| channel.iter().all(|x| *x == UNTOUCHED)));
    // A block without samples only sets parameters.
    host.process(&Block { frames: 0, ..Block::default() });
}

fn process_while_inactive(subject: Subject) {
    let host = subject.open_empty();
    assert_refused(&*host, subject);
    host.start();
    assert_refused(&*host, subject);
    let host = subject.open();
    assert_refused(&*host, subject);
    assert_plays_right(&*host, subject);
    host.stop();
    host.deactivate();
    assert_refused(&*host, subject);
    host.start();
    host.reset();
    assert_refused(&*host, subject);
    assert_plays_right(&*host, subject);
}

/// Hosts do that, so it plays.
fn process_before_start(subject: Subject) {
    let host = subject.open();
    assert!(host.activate(SAMPLE_RATE_HZ, MAX_BLOCK));
    let (accepted, output) =
        play_with(&*host, Buffers::new(subject, BLOCK), &input(), &mut |_, _| ());
    assert!(accepted);
    assert_finite(&output);
    assert_plays_right(&*host, subject);
}

fn activate_twice(subject: Subject) {
    let host = subject.open();
    for rate_hz in [44_100.0, 48_000.0, 48_000.0, 96_000.0, 44_100.0] {
        host.activate(rate_hz, 64);
        host.start();
        let mut buffers = Buffers::new(subject, BLOCK);
        buffers.fill(&input(), 0);
        host.process(&buffers.block());
    }
    assert_plays_right(&*host, subject);
}

fn unpaired(subject: Subject) {
    let host = subject.open_empty();
    host.deactivate();
    host.stop();
    host.reset();
    host.stop();
    host.deactivate();
    host.deactivate();
    host.start();
    host.start();
    host.latency_samples();
    host.answer();
    assert!(host.load(&subject.state(), crate::stream::Reader::CORRECT));
    assert_plays_right(&*host, subject);
}

fn destroy_while_active(subject: Subject) {
    for blocks in [0, 1, 8] {
        let host = subject.open();
        assert!(host.activate(SAMPLE_RATE_HZ, MAX_BLOCK));
        host.start();
        let mut buffers = Buffers::new(subject, BLOCK);
        for block in 0..blocks {
            buffers.fill(&input(), block % 3 * BLOCK);
            assert!(host.process(&buffers.block()));
        }
        drop(host);
    }
    assert_plays_right(&*subject.open(), subject);
}

/// At such a rate, the plugin refuses to be active, or passes the input through.
fn sample_rates(subject: Subject) {
    let rates_hz = [0.0, -0.0, -44_100.0, 1.0, 1e9, 1e300, f64::NAN, f64::INFINITY, 7_999.0, 1e6];
    for rate_hz in rates_hz {
        eprintln!("{rate_hz} Hz");
        let host = subject.open();
        if host.activate(rate_hz, MAX_BLOCK) && host.start() {
            let (accepted, output) =
                play_with(&*host, Buffers::new(subject, BLOCK), &input(), &mut |_, _| ());
            assert!(accepted);
            assert_eq!(output[0], input()[0], "not passed through");
            output[1..].iter().for_each(|bus| crate::audio::assert_all(bus, 0.0));
            assert_eq!(host.latency_samples(), 0);
        }
        assert_plays_right(&*host, subject);
    }
}

fn clap_null(subject: Subject) {
    let host = Clap::new(subject);
    let plugin = host.plugin;
    // SAFETY: null instead of what CLAP requires.
    unsafe {
        let params = host.params();
        assert!(!params.get_info.unwrap()(plugin, 0, null_mut()));
        assert!(!params.get_value.unwrap()(plugin, 0, null_mut()));
        let id = host.parameters()[0];
        assert!(!params.get_value.unwrap()(plugin, id, null_mut()));
        assert!(!params.value_to_text.unwrap()(plugin, id, 0.5, null_mut(), 64));
        assert!(!params.text_to_value.unwrap()(plugin, id, null(), &mut 0.0));
        assert!(!params.text_to_value.unwrap()(plugin, id, c"1".as_ptr(), null_mut()));
        params.flush.unwrap()(plugin, null(), null());
        assert_eq!(params.count.unwrap()(null()), 0);
        assert!((*plugin).get_extension.unwrap()(plugin, null()).is_null());
        assert!((*plugin).get_extension.unwrap()(plugin, c"".as_ptr()).is_null());
        (*plugin).process.unwrap()(plugin, null());
        (*plugin).process.unwrap()(null(), null());
        (*plugin).on_main_thread.unwrap()(plugin);
        let factory = clap::factory();
        let create = (*factory).create_plugin.unwrap();
        assert!(create(factory, null(), clap::id(subject.variant).as_ptr()).is_null());
        let functions = clap::host(null());
        assert!(create(factory, &functions, null()).is_null());
        assert!(create(factory, &functions, c"org.unbraid.none".as_ptr()).is_null());
        assert!((*factory).get_plugin_descriptor.unwrap()(factory, 2).is_null());
        assert!((*factory).get_plugin_descriptor.unwrap()(factory, u32::MAX).is_null());
        assert!(unbraid::plugin::clap_entry.get_factory.unwrap()(null()).is_null());
    }
    assert_plays_right(&host, subject);
}

fn host_without_functions(subject: Subject) {
    let mut functions = clap::host(null());
    functions.get_extension = None;
    functions.request_restart = None;
    functions.request_process = None;
    functions.request_callback = None;
    // SAFETY: a host without functions instead of what CLAP requires.
    unsafe {
        let factory = clap::factory();
        let create = (*factory).create_plugin.unwrap();
        let plugin = create(factory, &functions, clap::id(subject.variant).as_ptr());
        if plugin.is_null() {
            return;
        }
        if (*plugin).init.unwrap()(plugin) {
            (*plugin).activate.unwrap()(plugin, SAMPLE_RATE_HZ, 1, MAX_BLOCK);
            (*plugin).start_processing.unwrap()(plugin);
            (*plugin).on_main_thread.unwrap()(plugin);
        }
        (*plugin).destroy.unwrap()(plugin);
    }
}

fn vst3_null(subject: Subject) {
    let factory = vst3::factory();
    let host = Vst3::new(subject);
    let interface = IComponent::IID.as_ptr().cast();
    // SAFETY: null instead of what VST3 requires.
    unsafe {
        let mut object = null_mut();
        assert_ne!(factory.createInstance(null(), interface, &mut object), kResultOk);
        let unknown = b"not a class's id";
        let result = factory.createInstance(unknown.as_ptr().cast(), interface, &mut object);
        assert_ne!(result, kResultOk);
        let class = vst3::class_id(subject.variant).as_ptr().cast();
        assert_ne!(factory.createInstance(class, interface, null_mut()), kResultOk);
        assert_ne!(factory.createInstance(class, unknown.as_ptr().cast(), &mut object), kResultOk);
        let mut info: PClassInfo = std::mem::zeroed();
        for index in [-1, 2, i32::MAX, i32::MIN] {
            assert_eq!(factory.getClassInfo(index, &mut info), kInvalidArgument);
        }
        let (component, processor, controller) =
            (&host.component, &host.processor, &host.controller);
        assert_ne!(component.setState(null_mut()), kResultOk);
        assert_ne!(component.getState(null_mut()), kResultOk);
        assert_ne!(component.getBusInfo(0, 0, 0, null_mut()), kResultOk);
        assert_ne!(component.getRoutingInfo(null_mut(), null_mut()), kResultOk);
        assert_ne!(processor.process(null_mut()), kResultOk);
        assert_ne!(processor.setupProcessing(null_mut()), kResultOk);
        assert_ne!(processor.setBusArrangements(null_mut(), 2, null_mut(), 1), kResultOk);
        assert_ne!(processor.getBusArrangement(0, 0, null_mut()), kResultOk);
        assert_ne!(controller.getParameterInfo(0, null_mut()), kResultOk);
        let id = host.parameters()[0];
        assert_ne!(controller.getParamStringByValue(id, 0.5, null_mut()), kResultOk);
        assert_ne!(controller.getParamValueByString(id, null_mut(), &mut 0.0), kResultOk);
        controller.setComponentHandler(null_mut());
        controller.createView(null());
        component.terminate();
        component.initialize(null_mut());
    }
    assert!(host.load(&subject.state(), crate::stream::Reader::CORRECT));
    assert_plays_right(&host, subject);
}

fn active_without_setup(subject: Subject) {
    let host = Vst3::new(subject);
    // SAFETY: the plugin is valid.
    assert_ne!(unsafe { host.component.setActive(1) }, kResultOk);
    assert_refused(&host, subject);
    host.start();
    assert_refused(&host, subject);
    assert_eq!(host.set_up(SAMPLE_RATE_HZ, 512, false), kResultOk);
    assert_refused(&host, subject);
    assert_plays_right(&host, subject);
}

fn wide_setup(subject: Subject) {
    let host = Vst3::new(subject);
    // SAFETY: the plugin is valid.
    unsafe {
        assert_eq!(host.processor.canProcessSampleSize(0), kResultOk);
        for size in [1, 2, -1] {
            assert_ne!(host.processor.canProcessSampleSize(size), kResultOk);
        }
    }
    assert_ne!(host.set_up(SAMPLE_RATE_HZ, 512, true), kResultOk);
    assert_ne!(host.set_up(SAMPLE_RATE_HZ, -1, false), kResultOk);
    assert_ne!(host.set_up(SAMPLE_RATE_HZ, i32::MIN, false), kResultOk);
    assert_plays_right(&host, subject);
}

/// Without a new activation, as it should have.
fn layout_while_active(subject: Subject) {
    let host = Vst3::new(subject);
    assert!(host.load(&subject.state(), crate::stream::Reader::CORRECT));
    assert!(host.activate(SAMPLE_RATE_HZ, MAX_BLOCK));
    host.start();
    assert_eq!(host.arrange(&[1, 1], &vec![1; subject.outputs()]), kResultOk);
    let mut buffers = Buffers::of(2, subject.outputs(), 1, BLOCK, subject.side);
    buffers.fill(&input(), 0);
    host.process(&buffers.block());
    assert_eq!(host.arrange(&[2, 2], &vec![2; subject.outputs()]), kResultOk);
    assert_plays_right(&host, subject);
}
