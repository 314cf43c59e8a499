//! A VST3 host that checks nothing.

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use ::vst3::Steinberg::Vst::IParamValueQueue;
use ::vst3::Steinberg::Vst::{
    AudioBusBuffers, AudioBusBuffers__type0, IAudioProcessor, IAudioProcessorTrait, IComponent,
    IComponentHandler, IComponentHandler2, IComponentHandler2Trait, IComponentHandlerTrait,
    IComponentTrait, IEditController, IEditControllerTrait, IEventList, IParamValueQueueTrait,
    IParameterChanges, IParameterChangesTrait, ParamID, ParamValue, ParameterInfo, ProcessData,
    ProcessSetup, String128, TChar,
};
use ::vst3::Steinberg::{
    FIDString, IBStream, IBStreamTrait, IPluginBaseTrait, IPluginFactory, IPluginFactoryTrait,
    TBool, kInvalidArgument, kResultFalse, kResultOk, tresult,
};
use ::vst3::{Class, ComPtr, ComWrapper, Interface};

use crate::host::{Block, Bus, Event, EventList, Host, Subject, Variant};
use crate::memory::{Guarded, Side};
use crate::notes::Notes;
use crate::stream::{Reader, Sink, Source, Writer};

pub struct Vst3 {
    pub component: ComPtr<IComponent>,
    pub processor: ComPtr<IAudioProcessor>,
    pub controller: ComPtr<IEditController>,
    #[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "read in cases for Linux"))]
    pub handler: ComWrapper<Handler>,
    side: Side,
}

// SAFETY: not safe; calling the plugin from the wrong thread is what some cases are for.
unsafe impl Sync for Vst3 {}

/// The host's side of the edit controller; it does nothing that the plugin asks for.
#[derive(Default)]
pub struct Handler {
    /// How often it was told that there is something to save.
    pub dirty: AtomicU32,
    /// How often it was asked to restart the plugin. While the gate is locked, it does not return.
    pub restarts: AtomicU32,
    pub gate: Arc<Mutex<()>>,
}

impl Class for Handler {
    type Interfaces = (IComponentHandler, IComponentHandler2);
}

impl IComponentHandler2Trait for Handler {
    unsafe fn setDirty(&self, state: TBool) -> tresult {
        self.dirty.fetch_add(state.into(), Ordering::SeqCst);
        kResultOk
    }

    unsafe fn requestOpenEditor(&self, _: FIDString) -> tresult {
        kResultFalse
    }

    unsafe fn startGroupEdit(&self) -> tresult {
        kResultOk
    }

    unsafe fn finishGroupEdit(&self) -> tresult {
        kResultOk
    }
}

impl IComponentHandlerTrait for Handler {
    unsafe fn beginEdit(&self, _: ParamID) -> tresult {
        kResultOk
    }

    unsafe fn performEdit(&self, _: ParamID, _: ParamValue) -> tresult {
        kResultOk
    }

    unsafe fn endEdit(&self, _: ParamID) -> tresult {
        kResultOk
    }

    unsafe fn restartComponent(&self, _: i32) -> tresult {
        self.restarts.fetch_add(1, Ordering::SeqCst);
        drop(self.gate.lock());
        kResultOk
    }
}

pub fn class_id(variant: Variant) -> &'static [u8; 16] {
    match variant {
        Variant::Main => b"UnbraidSeparator",
        Variant::Multi => b"UnbraidMultiOuts",
    }
}

pub fn factory() -> ComPtr<IPluginFactory> {
    // SAFETY: the function returns a factory that the caller owns.
    unsafe { ComPtr::from_raw(unbraid::plugin::GetPluginFactory().cast()) }.expect("a factory")
}

impl Vst3 {
    pub fn new(subject: Subject) -> Self {
        let mut object: *mut c_void = null_mut();
        // SAFETY: as VST3 specifies; on Windows, the identifier's bytes have another order.
        unsafe {
            let id = platform_order(*class_id(subject.variant));
            let (class, interface) = (id.as_ptr().cast(), IComponent::IID.as_ptr().cast());
            assert_eq!(factory().createInstance(class, interface, &mut object), kResultOk);
            let component = ComPtr::<IComponent>::from_raw(object.cast()).expect("a component");
            assert_eq!(component.initialize(null_mut()), kResultOk);
            let processor = component.cast().expect("a processor");
            let controller: ComPtr<IEditController> = component.cast().expect("a controller");
            let handler = ComWrapper::new(Handler::default());
            let interface = handler.as_com_ref::<IComponentHandler>().expect("a handler");
            assert_eq!(controller.setComponentHandler(interface.as_ptr()), kResultOk);
            Self { component, processor, controller, handler, side: subject.side }
        }
    }

    /// Sets up in any way; returns the result.
    pub fn set_up(&self, sample_rate_hz: f64, max_block: i32, wide: bool) -> tresult {
        let mut setup = ProcessSetup {
            processMode: 0,
            symbolicSampleSize: wide.into(),
            maxSamplesPerBlock: max_block,
            sampleRate: sample_rate_hz,
        };
        // SAFETY: the plugin is valid.
        unsafe { self.processor.setupProcessing(&mut setup) }
    }

    /// Selects the layout with so many channels in each bus; returns the result.
    pub fn arrange(&self, inputs: &[u32], outputs: &[u32]) -> tresult {
        let speakers = |channels: &[u32]| -> Vec<u64> {
            channels.iter().map(|count| (1 << count) - 1).collect()
        };
        let (inputs, outputs) = (speakers(inputs), speakers(outputs));
        let inputs = Guarded::new(&inputs, self.side);
        let outputs = Guarded::new(&outputs, self.side);
        // SAFETY: the lists have the stated lengths.
        unsafe {
            self.processor.setBusArrangements(
                inputs.pointer(),
                inputs.len() as i32,
                outputs.pointer(),
                outputs.len() as i32,
            )
        }
    }

    /// Processes with other parameter queues than those of the block's events.
    pub fn process_with(&self, block: &Block, changes: *mut IParameterChanges) -> tresult {
        let (inputs, _input_lists) = buses(block.inputs.as_ref(), self.side);
        let (outputs, _output_lists) = buses(block.outputs.as_ref(), self.side);
        let pointer =
            |buses: &Option<Guarded<_>>| buses.as_ref().map_or(null_mut(), Guarded::pointer);
        let count = |claimed: Option<i64>, buses: &Option<Guarded<_>>| {
            claimed.unwrap_or(buses.as_ref().map_or(0, |buses| buses.len() as i64)) as i32
        };
        let notes = Notes::new(block);
        let list =
            notes.as_com_ref::<IEventList>().filter(|_| block.event_list == EventList::Correct);
        let data = ProcessData {
            processMode: 0,
            symbolicSampleSize: block.wide.into(),
            numSamples: block.frames as i32,
            numInputs: count(block.claimed_inputs, &inputs),
            numOutputs: count(block.claimed_outputs, &outputs),
            inputs: pointer(&inputs),
            outputs: pointer(&outputs),
            inputParameterChanges: changes,
            outputParameterChanges: null_mut(),
            inputEvents: list.map_or(null_mut(), |list| list.as_ptr()),
            outputEvents: null_mut(),
            processContext: null_mut(),
        };
        let data = Guarded::new(&[data], self.side);
        // SAFETY: what is wrong with the block is what a case is for.
        unsafe { self.processor.process(data.pointer()) }
    }

    /// The value for a text, which need not end with nul.
    pub fn value_of_units(&self, id: u32, text: &[TChar]) -> Option<f64> {
        let text = Guarded::new(text, self.side);
        let mut value = f64::NAN;
        // SAFETY: the text is a `String128`, or ends with nul.
        let result =
            unsafe { self.controller.getParamValueByString(id, text.pointer(), &mut value) };
        (result == kResultOk).then_some(value)
    }
}

fn platform_order(mut id: [u8; 16]) -> [u8; 16] {
    if cfg!(windows) {
        id[..4].reverse();
        id[4..6].reverse();
        id[6..8].reverse();
    }
    id
}

/// The changes of one parameter.
pub struct Queue {
    pub id: u32,
    /// Sample and value.
    pub points: Vec<(i64, f64)>,
    /// The number of points that the host claims there are.
    pub claimed: Option<i32>,
}

impl Class for Queue {
    type Interfaces = (IParamValueQueue,);
}

impl IParamValueQueueTrait for Queue {
    unsafe fn getParameterId(&self) -> ParamID {
        self.id
    }

    unsafe fn getPointCount(&self) -> i32 {
        self.claimed.unwrap_or(self.points.len() as i32)
    }

    unsafe fn getPoint(&self, index: i32, time: *mut i32, value: *mut ParamValue) -> tresult {
        let point = usize::try_from(index).ok().and_then(|index| self.points.get(index));
        let Some(point) = point else { return kInvalidArgument };
        // SAFETY: the plugin passes places for both.
        unsafe { (*time, *value) = (point.0 as i32, point.1) };
        kResultOk
    }

    unsafe fn addPoint(&self, _: i32, _: ParamValue, _: *mut i32) -> tresult {
        kResultFalse
    }
}

/// The changes of a block; `None` for a queue that is missing.
pub struct Changes {
    pub queues: Vec<Option<ComWrapper<Queue>>>,
    pub claimed: Option<i32>,
}

impl Class for Changes {
    type Interfaces = (IParameterChanges,);
}

impl IParameterChangesTrait for Changes {
    unsafe fn getParameterCount(&self) -> i32 {
        self.claimed.unwrap_or(self.queues.len() as i32)
    }

    unsafe fn getParameterData(&self, index: i32) -> *mut IParamValueQueue {
        let queue = usize::try_from(index).ok().and_then(|index| self.queues.get(index)?.as_ref());
        queue.and_then(|queue| queue.as_com_ref()).map_or(null_mut(), |queue| queue.as_ptr())
    }

    unsafe fn addParameterData(&self, _: *const ParamID, _: *mut i32) -> *mut IParamValueQueue {
        null_mut()
    }
}

impl Changes {
    fn new(block: &Block) -> Self {
        let mut queues: Vec<Option<Queue>> = Vec::new();
        for event in &block.events {
            let (id, value, time) = match *event {
                Event::Value { id, value, time } => (id, value, time),
                Event::Note { .. } => continue,
                Event::Raw(_) | Event::Null => {
                    queues.push(None);
                    continue;
                }
            };
            match queues.iter_mut().flatten().find(|queue| queue.id == id) {
                Some(queue) => queue.points.push((time, value)),
                None => {
                    queues.push(Some(Queue { id, points: vec![(time, value)], claimed: None }));
                }
            }
        }
        let claimed = (block.event_list == EventList::Hollow).then_some(-1);
        let queues = queues.into_iter().map(|queue| queue.map(ComWrapper::new)).collect();
        Self { queues, claimed }
    }
}

/// A stream of a state; one of the two directions is used.
struct Stream {
    source: RefCell<Source>,
    sink: RefCell<Sink>,
    position: Cell<i64>,
}

impl Class for Stream {
    type Interfaces = (IBStream,);
}

impl IBStreamTrait for Stream {
    unsafe fn read(&self, to: *mut c_void, size: i32, done: *mut i32) -> tresult {
        // SAFETY: the plugin's buffer has the stated size.
        let read = unsafe { self.source.borrow_mut().read(to.cast(), size.max(0) as usize) };
        // SAFETY: a place for the number, or null.
        unsafe { report(read, done) }
    }

    unsafe fn write(&self, from: *mut c_void, size: i32, done: *mut i32) -> tresult {
        // SAFETY: the plugin's data have the stated size.
        let written = unsafe { self.sink.borrow_mut().write(from.cast(), size.max(0) as usize) };
        // SAFETY: a place for the number, or null.
        unsafe { report(written, done) }
    }

    unsafe fn seek(&self, to: i64, mode: i32, result: *mut i64) -> tresult {
        let mut source = self.source.borrow_mut();
        let length = match source.reader {
            Reader::HasNoSize => return kResultFalse,
            Reader::LiesAboutSize(length) => length,
            _ => source.bytes.len() as i64,
        };
        let from = [0, self.position.get(), length].get(mode as usize).copied().unwrap_or(0);
        self.position.set(from.saturating_add(to));
        source.position = (self.position.get().max(0) as usize).min(source.bytes.len());
        if !result.is_null() {
            // SAFETY: a place for the number.
            unsafe { *result = self.position.get() };
        }
        kResultOk
    }

    unsafe fn tell(&self, position: *mut i64) -> tresult {
        let source = self.source.borrow();
        if matches!(source.reader, Reader::HasNoSize) {
            return kResultFalse;
        }
        // SAFETY: a place for the number.
        unsafe { *position = source.position as i64 };
        kResultOk
    }
}

unsafe fn report(number: Option<i64>, place: *mut i32) -> tresult {
    let Some(number) = number else { return kResultFalse };
    if !place.is_null() {
        // SAFETY: not null.
        unsafe { *place = number as i32 };
    }
    kResultOk
}

fn stream(source: Source, sink: Sink) -> ComWrapper<Stream> {
    let (source, sink) = (RefCell::new(source), RefCell::new(sink));
    ComWrapper::new(Stream { source, sink, position: Cell::new(0) })
}

type Buses = (Option<Guarded<AudioBusBuffers>>, Vec<Option<Guarded<*mut f32>>>);

/// The list of buses, and the lists of pointers that it refers to.
fn buses(buses: Option<&Vec<Bus>>, side: Side) -> Buses {
    let Some(buses) = buses else { return (None, Vec::new()) };
    let describe = |bus: &Bus| {
        let list = bus.channels.as_ref().map(|channels| Guarded::new(channels, side));
        let pointer = list.as_ref().map_or(null_mut(), Guarded::pointer);
        let channels = list.as_ref().map_or(0, |list| list.len() as u32);
        let buffers = AudioBusBuffers {
            numChannels: bus.claimed.unwrap_or(channels) as i32,
            silenceFlags: bus.constant,
            __field0: AudioBusBuffers__type0 { channelBuffers32: pointer },
        };
        (buffers, list)
    };
    let (buffers, lists): (Vec<_>, Vec<_>) = buses.iter().map(describe).unzip();
    (Some(Guarded::new(&buffers, side)), lists)
}

impl Host for Vst3 {
    fn activate(&self, sample_rate_hz: f64, max_block: u32) -> bool {
        if self.set_up(sample_rate_hz, max_block as i32, false) != kResultOk {
            return false;
        }
        // SAFETY: the plugin is valid.
        unsafe { self.component.setActive(1) == kResultOk }
    }

    fn deactivate(&self) {
        // SAFETY: the plugin is valid.
        unsafe { self.component.setActive(0) };
    }

    fn start(&self) -> bool {
        // SAFETY: the plugin is valid.
        unsafe { self.processor.setProcessing(1) == kResultOk }
    }

    fn stop(&self) {
        // SAFETY: the plugin is valid.
        unsafe { self.processor.setProcessing(0) };
    }

    fn reset(&self) {
        self.stop();
        self.start();
    }

    fn process(&self, block: &Block) -> bool {
        let changes = ComWrapper::new(Changes::new(block));
        let pointer = match block.event_list {
            EventList::Null => null_mut(),
            _ => changes.as_com_ref::<IParameterChanges>().expect("changes").as_ptr(),
        };
        self.process_with(block, pointer) == kResultOk
    }

    fn latency_samples(&self) -> u32 {
        // SAFETY: the plugin is valid.
        unsafe { self.processor.getLatencySamples() }
    }

    fn parameters(&self) -> Vec<u32> {
        // SAFETY: the plugin is valid.
        let count = unsafe { self.controller.getParameterCount() };
        (0..count).map(|index| self.parameter_at(index as u32).expect("a parameter")).collect()
    }

    fn parameter_at(&self, index: u32) -> Option<u32> {
        // SAFETY: an info is plain data, which the plugin fills.
        unsafe {
            let mut info: ParameterInfo = std::mem::zeroed();
            let result = self.controller.getParameterInfo(index as i32, &mut info);
            (result == kResultOk).then_some(info.id)
        }
    }

    fn largest(&self, _: u32) -> f64 {
        1.0
    }

    fn value(&self, id: u32) -> Option<f64> {
        // SAFETY: the plugin is valid.
        Some(unsafe { self.controller.getParamNormalized(id) })
    }

    fn set(&self, id: u32, value: f64) {
        // SAFETY: the plugin is valid.
        unsafe { self.controller.setParamNormalized(id, value) };
    }

    fn text(&self, id: u32, value: f64, _: usize) -> Option<String> {
        let buffer: String128 = [u16::from(b'?'); 128];
        let buffer = Guarded::new(&[buffer], self.side);
        // SAFETY: the buffer is a `String128`.
        let result = unsafe { self.controller.getParamStringByValue(id, value, buffer.pointer()) };
        let text: Vec<u16> = buffer[0].iter().copied().take_while(|unit| *unit != 0).collect();
        assert!(result != kResultOk || text.len() < 128, "the text has no end");
        (result == kResultOk).then(|| String::from_utf16(&text).expect("UTF-16"))
    }

    fn value_of(&self, id: u32, text: &str) -> Option<f64> {
        let units: Vec<u16> = text.encode_utf16().chain([0]).collect();
        self.value_of_units(id, &units)
    }

    fn save(&self, writer: Writer) -> Option<Vec<u8>> {
        let stream = stream(Source::new(&[], Reader::CORRECT), Sink::new(writer));
        let interface = stream.as_com_ref::<IBStream>().expect("a stream");
        // SAFETY: the stream is valid until the call returns.
        let result = unsafe { self.component.getState(interface.as_ptr()) };
        (result == kResultOk).then(|| stream.sink.borrow().bytes.clone())
    }

    fn load(&self, bytes: &[u8], reader: Reader) -> bool {
        let stream = stream(Source::new(bytes, reader), Sink::new(Writer::CORRECT));
        let interface = stream.as_com_ref::<IBStream>().expect("a stream");
        // SAFETY: the stream is valid until the call returns.
        unsafe { self.component.setState(interface.as_ptr()) == kResultOk }
    }

    fn answer(&self) {}
}

impl Drop for Vst3 {
    /// In whatever state the plugin is.
    fn drop(&mut self) {
        // SAFETY: not used again.
        unsafe {
            self.controller.setComponentHandler(null_mut());
            self.component.terminate();
        }
    }
}
