//! A named group of components, which the user can play and route.

/// An instrument, a voice, or anything else that the user gives a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    pub name: String,
    /// `#rrggbb`.
    pub color: String,
    /// Indices into the columns of `w`.
    pub components: Vec<usize>,
    /// What no other source explains.
    pub rest: bool,
    /// How much of its own clips the components leave unexplained (see
    /// [`unexplained`](crate::learn::unexplained)); `None` if that is not known.
    pub unexplained: Option<f32>,
    /// How much more its components cost in the engine than others: 0 for equally much. For
    /// the rest, see [`rest_penalty`](crate::learn::rest_penalty).
    pub penalty: f32,
}

/// Colours and their names: Okabe & Ito's, which colour-blind people can distinguish, and nine
/// chosen one after another, each as far as possible from those before it in CIELAB, for normal,
/// deuteranopic and protanopic vision. (The last ones are not far: names tell them apart.)
pub const PALETTE: [(&str, &str); 16] = [
    ("#e69f00", "orange"),
    ("#56b4e9", "sky blue"),
    ("#009e73", "green"),
    ("#f0e442", "yellow"),
    ("#0072b2", "blue"),
    ("#d55e00", "vermilion"),
    ("#cc79a7", "purple"),
    ("#203bf8", "royal blue"),
    ("#20f88c", "spring green"),
    ("#c2203b", "crimson"),
    ("#a7a756", "olive"),
    ("#a72071", "magenta"),
    ("#8cddc2", "mint"),
    ("#713bc2", "violet"),
    ("#a7dd56", "lime"),
    ("#d040ff", "orchid"),
];

/// Colour of the rest.
const REST_COLOR: &str = "#999999";

/// The name of the rest in files.
pub const REST_NAME: &str = "rest";

impl Source {
    /// A source with the palette's colour for its position in the list.
    pub fn new(name: &str, place: usize, components: Vec<usize>) -> Self {
        let color = PALETTE[place % PALETTE.len()].0.to_string();
        let name = name.to_string();
        Self { name, color, components, rest: false, unexplained: None, penalty: 0.0 }
    }

    /// The rest.
    pub fn rest(components: Vec<usize>) -> Self {
        let source = Self::new(REST_NAME, 0, components);
        Self { color: REST_COLOR.to_string(), rest: true, ..source }
    }
}
