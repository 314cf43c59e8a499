//! Faults of the plugin framework that concern users, patched in copies from
//! which the bundles are built. Each goes when a version without it is out.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// A package of the framework, the version that its patches are for, and they.
struct Package {
    name: &'static str,
    version: &'static str,
    patches: &'static [Patch],
}

const PACKAGES: [Package; 3] = [
    Package { name: "nice-plug", version: "0.4.2", patches: &VST3 },
    Package { name: "egui-baseview", version: "0.9.0", patches: &DROPS },
    Package { name: "baseview", version: "0.4.2", patches: &X11 },
];

/// A place in a package's sources, and what stands there instead.
struct Patch {
    file: &'static str,
    found: &'static str,
    wanted: &'static str,
}

const VST3: [Patch; 6] = [
    // On Linux these tasks run on a thread of their own while the window is being
    // opened or closed on another; borrowing then panicked, and the host was
    // aborted when the plugin was removed.
    Patch {
        file: "src/wrapper/vst3/inner.rs",
        found: "if let Some(editor_window) = self.editor_window.borrow().as_ref() {
                    editor_window.get().handle.state_changed();",
        wanted: "if let Ok(editor_window) = self.editor_window.try_borrow()
                    && let Some(Ok(editor_window)) = editor_window.as_ref().map(|w| w.try_get())
                {
                    editor_window.handle.state_changed();",
    },
    Patch {
        file: "src/wrapper/vst3/inner.rs",
        found: "if let Some(editor_window) = self.editor_window.borrow().as_ref() {
                    let param_id = &self.param_id_by_hash[&param_hash];
                    editor_window
                        .get()
",
        wanted: "if let Ok(editor_window) = self.editor_window.try_borrow()
                    && let Some(Ok(editor_window)) = editor_window.as_ref().map(|w| w.try_get())
                {
                    let param_id = &self.param_id_by_hash[&param_hash];
                    editor_window
",
    },
    Patch {
        file: "src/wrapper/vst3/inner.rs",
        found: "if let Some(editor_window) = self.editor_window.borrow().as_ref() {
                    let editor_window = editor_window.get();
",
        wanted: "if let Ok(editor_window) = self.editor_window.try_borrow()
                    && let Some(Ok(editor_window)) = editor_window.as_ref().map(|w| w.try_get())
                {
",
    },
    // While sound is processed a parameter that the window turned kept its value until
    // the host told it back. Hosts that know only parameters that can be automated
    // never do (Ardour): the window could not record.
    Patch {
        file: "src/wrapper/vst3/context.rs",
        found: ".is_processing
                        .load(std::sync::atomic::Ordering::SeqCst)
                    {
                        inner.set_normalized_value_by_hash(",
        wanted: ".is_processing
                        .load(std::sync::atomic::Ordering::SeqCst)
                        || unsafe { param.flags() }
                            .contains(nice_plug_core::params::ParamFlags::NON_AUTOMATABLE)
                    {
                        inner.set_normalized_value_by_hash(",
    },
    // The main bus was taken for the first auxiliary one when a host asks for a
    // layout.
    Patch {
        file: "src/wrapper/vst3/wrapper.rs",
        found: "let aux_input_start_idx = if has_main_input { 0 } else { 1 };",
        wanted: "let aux_input_start_idx = if has_main_input { 1 } else { 0 };",
    },
    Patch {
        file: "src/wrapper/vst3/wrapper.rs",
        found: "let aux_output_start_idx = if has_main_output { 0 } else { 1 };",
        wanted: "let aux_output_start_idx = if has_main_output { 1 } else { 0 };",
    },
];

const X11: [Patch; 11] = [
    // A picture that was asked for before the window was shown was waited for without
    // an end, as the server does not tell of it yet: a host that takes longer than some
    // milliseconds from making the window to showing it had an empty one.
    Patch {
        file: "src/platform/x11/present.rs",
        found: "pub fn handle_window_mapped(
        &self,",
        wanted: "pub fn handle_window_mapped(
        &mut self,",
    },
    Patch {
        file: "src/platform/x11/present.rs",
        found: "if window.present_supported() && window.present_select_input()? {
",
        wanted: "if window.present_supported() && window.present_select_input()? {
            self.last_requested_serial = None;
            self.last_received_present = None;
",
    },
    // The window waited for every other refresh of the screen: 30 pictures a second
    // at 60 Hz.
    Patch {
        file: "src/platform/x11/present.rs",
        found: "(sent_serial.wrapping_add(1), last_msc.wrapping_add(2))",
        wanted: "(sent_serial.wrapping_add(1), last_msc.wrapping_add(1))",
    },
    // Drawing may take until after that refresh: with a divisor the server then
    // waits for another one.
    Patch {
        file: "src/platform/x11/xcb_window.rs",
        found: "present_notify_msc(self.window_id.get(), serial, target_msc, 1, 0)",
        wanted: "present_notify_msc(self.window_id.get(), serial, target_msc, 0, 0)",
    },
    // Keys that the window has no use for were kept from the host: its space bar did not
    // play. Tab and undo are the window's.
    Patch {
        file: "src/platform/x11/event_loop.rs",
        found: "XEvent::KeyPress(event) if event.event == self.shared.raw_id() => {
                self.handler.on_event(Event::Keyboard(convert_key_press_event(
                    &event,
                    &mut self.xkb_state,
                )));
            }",
        wanted: "XEvent::KeyPress(event) if event.event == self.shared.raw_id() => {
                if self.shared.xcb_window.was_passed_on(&event) {
                    return Ok(());
                }
                let key = convert_key_press_event(&event, &mut self.xkb_state);
                let kept = super::keyboard::is_kept(&key);
                let status = self.handler.on_event(Event::Keyboard(key));
                if status == crate::EventStatus::Ignored && !kept {
                    self.shared.xcb_window.pass_on(event, x11rb::protocol::xproto::EventMask::KEY_PRESS)?;
                }
            }",
    },
    Patch {
        file: "src/platform/x11/event_loop.rs",
        found: "XEvent::KeyRelease(event) if event.event == self.shared.raw_id() => {
                self.handler.on_event(Event::Keyboard(convert_key_release_event(
                    &event,
                    &mut self.xkb_state,
                )));
            }",
        wanted: "XEvent::KeyRelease(event) if event.event == self.shared.raw_id() => {
                if self.shared.xcb_window.was_passed_on(&event) {
                    return Ok(());
                }
                let key = convert_key_release_event(&event, &mut self.xkb_state);
                let kept = super::keyboard::is_kept(&key);
                let status = self.handler.on_event(Event::Keyboard(key));
                if status == crate::EventStatus::Ignored && !kept {
                    self.shared.xcb_window.pass_on(event, x11rb::protocol::xproto::EventMask::KEY_RELEASE)?;
                }
            }",
    },
    Patch {
        file: "src/platform/x11/keyboard.rs",
        found: "/// Convert a hardware scan code to a key.",
        wanted: "/// Keys that are the window's: Tab and undo. Modifiers come along with others.
pub(super) fn is_kept(key: &KeyboardEvent) -> bool {
    let undo = key.code == Code::KeyZ && key.modifiers.contains(Modifiers::CONTROL);
    let modifier =
        matches!(key.key, Key::Named(NamedKey::Control | NamedKey::Shift | NamedKey::Alt | NamedKey::AltGraph | NamedKey::Meta));
    undo || modifier || key.code == Code::Tab
}

/// Convert a hardware scan code to a key.",
    },
    Patch {
        file: "src/platform/x11/xcb_window.rs",
        found: "pub struct XcbWindow {",
        wanted: "/// Marks events that a client has sent.
const SENT: u8 = 0x80;

thread_local! {
    /// Kind, code and time of the key that was passed on last. A window has a thread.
    static PASSED_ON: std::cell::Cell<(u8, u8, u32)> = const { std::cell::Cell::new((0, 0, 0)) };
}

pub struct XcbWindow {",
    },
    Patch {
        file: "src/platform/x11/xcb_window.rs",
        found: "    pub fn present_supported(&self) -> bool {",
        wanted: "    /// Gives a key to the window that this one is in, unless it came from there.
    pub fn pass_on(
        &self, mut event: x11rb::protocol::xproto::KeyPressEvent, mask: EventMask,
    ) -> Result<(), ConnectionError> {
        if event.response_type & SENT != 0 {
            return Ok(());
        }
        let conn = &self.connection.conn;
        if let Ok(tree) = conn.query_tree(self.window_id.get())?.reply() {
            if tree.parent != tree.root {
                PASSED_ON.set((event.response_type, event.detail, event.time));
                event.event = tree.parent;
                conn.send_event(true, tree.parent, mask, event)?;
            }
        }
        Ok(())
    }

    /// Whether a key was given to the host, which had no use for it either.
    pub fn was_passed_on(&self, event: &x11rb::protocol::xproto::KeyPressEvent) -> bool {
        let key = (event.response_type & !SENT, event.detail, event.time);
        event.response_type & SENT != 0 && key == PASSED_ON.get()
    }

    pub fn present_supported(&self) -> bool {",
    },
    // A modifier that was let go in another window stayed pressed: what was typed next
    // were control characters.
    Patch {
        file: "src/platform/x11/event_loop.rs",
        found: "self.shared.is_focused.set(true);",
        wanted: "self.shared.is_focused.set(true);
                self.xkb_state = XkbcommonState::new(&self.shared.connection);",
    },
    // The window's thread, when it ended at once, was not waited for: a host that
    // quit right after closing the window crashed in the graphics driver.
    Patch {
        file: "src/platform/x11/window_thread.rs",
        found: "if let Err(e) = self.run_until_closed() {
            warn!(\"Error while closing window: {}\", e)
        }",
        wanted: "if let Some(thread) = self.event_loop_handle.take() {
            if thread.join().is_err() {
                warn!(\"The window's thread panicked\")
            }
        }",
    },
];

/// Files that are dragged onto the window come in as baseview's events, but were
/// not passed on to egui.
const DROPS: [Patch; 3] = [
    Patch {
        file: "src/window.rs",
        found: "                _ => do_repaint = false,
            },
            baseview::Event::Keyboard(event) => {",
        wanted: "                baseview::MouseEvent::DragEntered { position, data, .. }
                | baseview::MouseEvent::DragMoved { position, data, .. }
                | baseview::MouseEvent::DragDropped { position, data, .. } => {
                    let logical_pos: LogicalPosition<f32> = position.to_logical(
                        self.system_scale_factor.get()
                            * self.inner.borrow().egui_ctx.zoom_factor() as f64,
                    );
                    let pos = pos2(logical_pos.x, logical_pos.y);
                    self.pointer_logical_pos.set(Some(pos));
                    egui_input.events.push(egui::Event::PointerMoved(pos));
                    egui_input.hovered_files.clear();
                    if let baseview::DropData::Files(paths) = data {
                        let paths = paths.iter().cloned();
                        if matches!(event, baseview::MouseEvent::DragDropped { .. }) {
                            egui_input.dropped_files.extend(paths.map(|path| {
                                std::sync::Arc::new(DroppedPath(path)) as egui::DroppedFileHandle
                            }));
                        } else {
                            egui_input.hovered_files.extend(paths.map(|path| egui::HoveredFile {
                                path: Some(path),
                                ..Default::default()
                            }));
                        }
                    }
                }
                baseview::MouseEvent::DragLeft => {
                    egui_input.hovered_files.clear();
                    self.pointer_logical_pos.set(None);
                    egui_input.events.push(egui::Event::PointerGone);
                }
                _ => do_repaint = false,
            },
            baseview::Event::Keyboard(event) => {",
    },
    Patch {
        file: "src/window.rs",
        found: "            baseview::Event::Mouse(_) => {
                let egui_ctx",
        wanted: "            baseview::Event::Mouse(
                baseview::MouseEvent::DragEntered { data: baseview::DropData::Files(_), .. }
                | baseview::MouseEvent::DragMoved { data: baseview::DropData::Files(_), .. }
                | baseview::MouseEvent::DragDropped { data: baseview::DropData::Files(_), .. },
            ) => EventStatus::AcceptDrop(baseview::DropEffect::Copy),
            baseview::Event::Mouse(_) => {
                let egui_ctx",
    },
    Patch {
        file: "src/window.rs",
        found: "fn is_cut_command(",
        wanted: "#[derive(Debug)]
struct DroppedPath(std::path::PathBuf);

impl egui::DroppedFile for DroppedPath {
    fn path(&self) -> &std::path::Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

fn is_cut_command(",
    },
];

/// Runs `build` with what has to be told to cargo to build from the patched
/// copies. The lock file is left as it was.
pub fn with_patched(build: impl FnOnce(Vec<String>) -> Result<()>) -> Result<()> {
    let metadata = cargo_metadata::MetadataCommand::new().exec().context("cargo metadata")?;
    let copies = metadata.target_directory.as_std_path().join("patched");
    let mut words = Vec::new();
    for Package { name, version, patches } in PACKAGES {
        let package = metadata
            .packages
            .iter()
            .find(|package| package.name.as_str() == name)
            .with_context(|| format!("{name} is not among the dependencies"))?;
        if package.version.to_string() != version {
            bail!("{name} {}: see which of {} are still needed", package.version, file!());
        }
        let original = package.manifest_path.parent().context("no folder")?.as_std_path();
        let copy = copies.join(name);
        make_copy(original, &copy, Path::new(""), patches)?;
        let patch = format!("patch.crates-io.{name}.path={:?}", copy.display().to_string());
        words.extend(["--config".to_string(), patch]);
    }
    let lock: PathBuf = metadata.workspace_root.as_std_path().join("Cargo.lock");
    let locked = std::fs::read(&lock)?;
    let result = build(words);
    std::fs::write(&lock, locked)?;
    result
}

/// Copies a folder of a package, `inside` it, and patches the copy. Files that
/// would come out as they are stay untouched, so that nothing is built twice.
fn make_copy(from: &Path, to: &Path, inside: &Path, patches: &[Patch]) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (target, inside) = (to.join(entry.file_name()), inside.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            make_copy(&entry.path(), &target, &inside, patches)?;
        } else {
            write_if_other(&target, &patched(&inside, std::fs::read(entry.path())?, patches)?)?;
        }
    }
    Ok(())
}

fn patched(file: &Path, content: Vec<u8>, patches: &[Patch]) -> Result<Vec<u8>> {
    let patches: Vec<&Patch> =
        patches.iter().filter(|patch| Path::new(patch.file) == file).collect();
    if patches.is_empty() {
        return Ok(content);
    }
    let mut text = String::from_utf8(content)?;
    for patch in patches {
        if text.matches(patch.found).count() != 1 {
            bail!("{}: `{}` is not there once", patch.file, patch.found);
        }
        text = text.replace(patch.found, patch.wanted);
    }
    Ok(text.into_bytes())
}

fn write_if_other(path: &Path, content: &[u8]) -> Result<()> {
    if std::fs::read(path).is_ok_and(|present| present == content) {
        return Ok(());
    }
    std::fs::write(path, content).with_context(|| path.display().to_string())
}
