//! `assets/vst3/moduleinfo.json`, from which hosts list the VST3's plugins without loading it,
//! says what the plugins' factory says.
#![cfg(feature = "plugin")]

use std::ffi::{CStr, c_char};

use serde_json::{Value, json};
use vst3::ComPtr;
use vst3::Steinberg::{
    IPluginFactory, IPluginFactory2, IPluginFactory2Trait, IPluginFactoryTrait, PClassInfo2,
    PFactoryInfo, kResultOk,
};

const MODULE_INFO: &str = include_str!("../assets/vst3/moduleinfo.json");

fn text(characters: &[c_char]) -> String {
    // SAFETY: the factory ends its texts with nul, within the arrays.
    unsafe { CStr::from_ptr(characters.as_ptr()) }.to_str().unwrap().to_string()
}

#[test]
fn the_module_info_is_the_factorys() {
    // SAFETY: as VST3 specifies; the structures are plain data.
    let (factory, info) = unsafe {
        let factory: ComPtr<IPluginFactory> =
            ComPtr::from_raw(unbraid::plugin::GetPluginFactory().cast()).unwrap();
        let mut info: PFactoryInfo = std::mem::zeroed();
        assert_eq!(factory.getFactoryInfo(&mut info), kResultOk);
        (factory.cast::<IPluginFactory2>().unwrap(), info)
    };
    // SAFETY: as above.
    let classes = unsafe { 0..factory.countClasses() }.map(|index| {
        // SAFETY: as above.
        let info = unsafe {
            let mut info: PClassInfo2 = std::mem::zeroed();
            assert_eq!(factory.getClassInfo2(index, &mut info), kResultOk);
            info
        };
        class(&info)
    });
    let written: Value = serde_json::from_str(MODULE_INFO).unwrap();
    assert_eq!(written["Classes"], Value::Array(classes.collect()));
    let unicode = 1 << 4;
    let expected = json!({
        "Vendor": text(&info.vendor),
        "URL": text(&info.url),
        "E-Mail": text(&info.email),
        "Flags": {
            "Unicode": info.flags & unicode != 0,
            "Classes Discardable": info.flags & 1 != 0,
            "Component Non Discardable": info.flags & (1 << 3) != 0,
        },
    });
    assert_eq!(written["Factory Info"], expected);
    assert_eq!(written["Version"], env!("CARGO_PKG_VERSION"));
}

/// A class as the file has it.
fn class(info: &PClassInfo2) -> Value {
    let mut id = info.cid.map(|byte| byte as u8);
    if cfg!(windows) {
        // The file has the same identifier on every system.
        id[..4].reverse();
        id[4..6].reverse();
        id[6..8].reverse();
    }
    let id: String = id.iter().map(|byte| format!("{byte:02X}")).collect();
    let categories = text(&info.subCategories);
    json!({
        "CID": id,
        "Category": text(&info.category),
        "Name": text(&info.name),
        "Vendor": text(&info.vendor),
        "Version": text(&info.version),
        "SDKVersion": text(&info.sdkVersion),
        "Sub Categories": categories.split('|').collect::<Vec<_>>(),
        "Class Flags": info.classFlags,
        "Cardinality": info.cardinality,
        "Snapshots": [],
    })
}
