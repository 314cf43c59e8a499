//! Scores of separated audio against true stems.
