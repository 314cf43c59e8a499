//! Small things that several parts of the window draw: [`axes`] of frequency, a
//! [`readout`] next to the pointer, the note of a [`pitch`], a level [`meter`], names
//! that are shortened ([`elide`]), the sources' [`palette`].

pub mod axes;
pub mod elide;
pub mod meter;
pub mod palette;
pub mod pitch;
pub mod readout;
