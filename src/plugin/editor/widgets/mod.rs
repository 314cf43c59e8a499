//! Small elements shared by several parts of the window: [`axes`] of frequency, a [`readout`]
//! next to the pointer, the note of a [`pitch`], a level [`meter`], shortened names
//! ([`elide`]), the sources' [`palette`], a row with two [`ends`], the names of [`keys`],
//! [`steady`] values, and texts that screen readers [`announce`].

pub mod announce;
pub mod axes;
pub mod elide;
pub mod ends;
pub mod keys;
pub mod meter;
pub mod palette;
pub mod pitch;
pub mod readout;
pub mod steady;
