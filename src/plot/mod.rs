//! Pictures of spectrograms and dictionaries as PNG.
