//! The name that is being typed. It comes into the project when the field loses the keyboard, and
//! also when the window loses it or closes, or another tab is selected: what the user sees is what
//! is saved.

use crate::dictionary::{Invalid, check_name};
use crate::plugin::hub::Hub;

#[derive(Clone, Debug)]
pub struct TypedName {
    pub instrument: usize,
    pub text: String,
}

impl TypedName {
    /// Names the instrument, unless it is called so already.
    ///
    /// # Errors
    /// If that is no name.
    pub fn commit(&self, hub: &Hub) -> Result<(), Invalid> {
        let (place, name) = (self.instrument, self.text.trim());
        if hub.project.with(|project| project.instruments[place].name == name) {
            return Ok(());
        }
        check_name(name)?;
        hub.project.edit(|project| project.instruments[place].name = name.to_string());
        Ok(())
    }
}
