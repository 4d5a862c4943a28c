//! What pictures are drawn on, and their colours.
//!
//! Text is left to whoever shows the picture, so no fonts of this system are needed. Colours are few and stand here, so that the style
//! at the end can give each its counterpart for readers who like it dark.

use std::fmt;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// A colour, as in SVG.
pub type Colour = &'static str;

pub const PAPER: Colour = "#FFFFFF";
pub const INK: Colour = "#1F2328";
pub const PALE: Colour = "#59636E";
pub const GRID: Colour = "#DDE2E8";
pub const NEUTRAL: Colour = "#818B98";
pub const SLOWER: Colour = "#C8500A";
pub const FASTER: Colour = "#0969DA";
/// For lines and peers: told apart by most readers with weak colour vision, after M. Okabe and K. Ito, "Color Universal Design", 2002.
pub const SERIES: [Colour; 8] =
    ["#0072B2", "#D55E00", "#009E73", "#AA4499", "#B8860B", "#3BA7D9", "#6F4FB0", "#7A5C2E"];

/// Each colour on white, and in its place on black.
const DARK: [(Colour, Colour); 15] = [
    (PAPER, "#0D1117"),
    (INK, "#F0F6FC"),
    (PALE, "#9198A1"),
    (GRID, "#2A313C"),
    (NEUTRAL, "#8B949E"),
    (SLOWER, "#F0883E"),
    (FASTER, "#58A6FF"),
    (SERIES[0], "#4DA3E0"),
    (SERIES[1], "#F0883E"),
    (SERIES[2], "#3FBF94"),
    (SERIES[3], "#D98CC8"),
    (SERIES[4], "#E3B341"),
    (SERIES[5], "#8CD3F5"),
    (SERIES[6], "#B094EA"),
    (SERIES[7], "#C9A36B"),
];

/// Why a picture could not be drawn.
#[derive(Debug)]
pub struct Unplotted(String);

impl fmt::Display for Unplotted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a plot can't be drawn: {}", self.0)
    }
}

impl std::error::Error for Unplotted {}

/// Where a text lies in relation to its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    Left,
    Middle,
    Right,
}

/// A picture that is being drawn.
pub struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
}

/// Draws a picture of a size in pixels.
pub fn draw(size: (u32, u32), paint: impl FnOnce(&Canvas<'_>) -> Result<(), Unplotted>) -> Result<String, Unplotted> {
    let mut svg = String::new();
    {
        let canvas = Canvas { area: SVGBackend::with_string(&mut svg, size).into_drawing_area() };
        canvas.area.fill(&rgb(PAPER)).map_err(failed)?;
        paint(&canvas)?;
        canvas.area.present().map_err(failed)?;
    }
    Ok(with_style(&svg))
}

fn failed(error: impl fmt::Display) -> Unplotted {
    Unplotted(error.to_string())
}

/// The picture with the rules that give it other colours in the dark.
fn with_style(svg: &str) -> String {
    let rule = |(light, dark): &(Colour, Colour)| {
        format!("[fill=\"{light}\"]{{fill:{dark}}}[stroke=\"{light}\"]{{stroke:{dark}}}")
    };
    let rules: String = DARK.iter().filter(|(light, _)| svg.contains(light)).map(rule).collect();
    let style = format!("<style>@media (prefers-color-scheme:dark){{{rules}}}</style>\n");
    // Behind the first tag, which is that of the picture.
    match svg.find(">\n") {
        Some(end) => format!("{}{style}{}", &svg[..end + 2], &svg[end + 2..]),
        None => svg.to_owned(),
    }
}

fn rgb(colour: Colour) -> RGBColor {
    let part = |at: usize| u8::from_str_radix(&colour[at..at + 2], 16).unwrap_or_default();
    RGBColor(part(1), part(3), part(5))
}

impl Canvas<'_> {
    pub fn text(
        &self,
        place: (i32, i32),
        size: u32,
        colour: Colour,
        anchor: Anchor,
        text: &str,
    ) -> Result<(), Unplotted> {
        let horizontal = match anchor {
            Anchor::Left => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::Right => HPos::Right,
        };
        let colour = rgb(colour);
        let style = TextStyle::from(("sans-serif", size)).color(&colour).pos(Pos::new(horizontal, VPos::Center));
        self.area.draw_text(text, &style, place).map_err(failed)
    }

    /// A text that goes upwards.
    pub fn upward_text(&self, place: (i32, i32), size: u32, colour: Colour, text: &str) -> Result<(), Unplotted> {
        let font = ("sans-serif", size).into_font().transform(FontTransform::Rotate270);
        let colour = rgb(colour);
        let style = TextStyle::from(font).color(&colour).pos(Pos::new(HPos::Center, VPos::Center));
        self.area.draw_text(text, &style, place).map_err(failed)
    }

    pub fn line(&self, points: &[(i32, i32)], width: u32, colour: Colour) -> Result<(), Unplotted> {
        let style = rgb(colour).stroke_width(width);
        self.area.draw(&PathElement::new(points.to_vec(), style)).map_err(failed)
    }

    /// An upright line of dashes.
    pub fn dashes(&self, x: i32, (top, bottom): (i32, i32), colour: Colour) -> Result<(), Unplotted> {
        (top..bottom).step_by(8).try_for_each(|y| self.line(&[(x, y), (x, (y + 4).min(bottom))], 1, colour))
    }

    pub fn dot(&self, place: (i32, i32), radius: i32, colour: Colour) -> Result<(), Unplotted> {
        self.area.draw(&Circle::new(place, radius, rgb(colour).filled())).map_err(failed)
    }

    /// An area that what lies below shines through.
    pub fn veil(&self, points: &[(i32, i32)], colour: Colour) -> Result<(), Unplotted> {
        self.area.draw(&Polygon::new(points.to_vec(), rgb(colour).mix(0.18))).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_has_one_for_the_dark() {
        for colour in [PAPER, INK, PALE, GRID, NEUTRAL, SLOWER, FASTER].iter().chain(&SERIES) {
            assert!(DARK.iter().any(|(light, _)| light == colour), "{colour}");
        }
        let svg = draw((50, 50), |canvas| canvas.dot((9, 9), 3, SLOWER)).unwrap();
        assert!(svg.contains("[fill=\"#FFFFFF\"]{fill:#0D1117}"), "{svg}");
        assert!(svg.contains("[fill=\"#C8500A\"]{fill:#F0883E}"), "{svg}");
        assert!(svg.starts_with("<svg ") && svg.find("<style>") < svg.find("<rect"), "{svg}");
    }
}
