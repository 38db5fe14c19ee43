//! Any text as a manifest of models: what is read can be written and read, and no name in it leads
//! out of its folder.
#![no_main]

use std::path::{Component, Path};

use libfuzzer_sys::fuzz_target;
use outcall_inference::store::Manifest;

fuzz_target!(|text: &str| {
    let path = Path::new("manifest.json");
    let Ok(manifest) = Manifest::parse(path, text) else { return };
    for (model, entry) in &manifest.models {
        for name in entry.files.keys().chain([model]) {
            let parts: Vec<Component<'_>> = Path::new(name).components().collect();
            assert!(matches!(parts[..], [Component::Normal(_)]), "{name}");
        }
    }
    let written = serde_json::to_string(&manifest).expect("what was read can be written");
    let read = Manifest::parse(path, &written).expect("what was written can be read");
    assert_eq!(read, manifest);
});
