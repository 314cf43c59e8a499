//! Small elements shared by several parts of the window: [`axes`] of frequency, a [`readout`]
//! next to the pointer, the note of a [`pitch`], a level [`meter`], shortened names
//! ([`elide`]), the sources' [`palette`], a row with two [`ends`], the names of [`keys`],
//! a [`context_menu`], [`drop_down`] lists, lists that [`scroll_to_focus`], [`steady`] values, texts
//! that screen readers [`announce`], and their [`requests`].

pub mod announce;
pub mod axes;
pub mod context_menu;
pub mod drop_down;
pub mod elide;
pub mod ends;
pub mod keys;
pub mod meter;
pub mod palette;
pub mod pitch;
pub mod readout;
pub mod requests;
pub mod scroll_to_focus;
pub mod steady;
