//! A plot of times over a parameter: a line each, with a band for its intervals.

use super::axis::{Axis, Scale, label};
use super::canvas::{self, Anchor, Canvas, GRID, INK, PALE, SERIES, Unplotted};

pub struct Lines {
    pub title: String,
    pub subtitle: String,
    pub x_axis: String,
    pub y_axis: String,
    /// Where the parameter's default lies, if it has one.
    pub default: Option<u32>,
    /// As many as there are colours, at most.
    pub lines: Vec<Line>,
}

#[derive(Clone)]
pub struct Line {
    pub name: String,
    /// What stands below the name in the legend.
    pub note: String,
    /// By the value of the parameter.
    pub samples: Vec<Sample>,
}

#[derive(Clone)]
pub struct Sample {
    pub x: u32,
    pub y: f64,
    pub interval: Option<(f64, f64)>,
}

const WIDTH: i32 = 860;
const HEIGHT: i32 = 460;
const LEFT: i32 = 72;
/// Room for the legend.
const RIGHT: i32 = 200;
const TOP: i32 = 64;
const BOTTOM: i32 = 60;
/// Greatest by least value from which on the scale is logarithmic.
const WIDE: f64 = 4.0;

impl Lines {
    /// The picture, as SVG.
    pub fn draw(&self) -> Result<String, Unplotted> {
        canvas::draw((WIDTH as u32, HEIGHT as u32), |canvas| self.paint(canvas))
    }

    fn samples(&self) -> impl Iterator<Item = &Sample> {
        self.lines.iter().flat_map(|line| &line.samples)
    }

    fn paint(&self, canvas: &Canvas<'_>) -> Result<(), Unplotted> {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        let across = Axis::fit(self.samples().map(|sample| f64::from(sample.x)), Scale::Logarithmic, (LEFT, right));
        // Intervals may reach further than the picture does; single values do not.
        let heights: Vec<f64> = self.samples().map(|sample| sample.y).chain([1.0]).collect();
        let (low, high) = heights.iter().fold((1.0_f64, 1.0_f64), |(low, high), &y| (low.min(y), high.max(y)));
        let ends = self.samples().filter_map(|sample| sample.interval);
        let ends = ends.flat_map(|(from, to)| [from.max(low * 0.9), to.min(high * 1.1)]);
        let scale = if high / low > WIDE { Scale::Logarithmic } else { Scale::Linear };
        let up = Axis::fit(heights.iter().copied().chain(ends), scale, (bottom, TOP));
        canvas.text((16, 20), 17, INK, Anchor::Left, &self.title)?;
        canvas.text((16, 41), 11, PALE, Anchor::Left, &self.subtitle)?;
        for tick in up.ticks(34) {
            let y = up.pixel(tick);
            canvas.line(&[(LEFT, y), (right, y)], 1, GRID)?;
            canvas.text((LEFT - 8, y), 12, PALE, Anchor::Right, &label(tick))?;
        }
        self.paint_values(canvas, &across, bottom)?;
        canvas.line(&[(LEFT, up.pixel(1.0)), (right, up.pixel(1.0))], 1, INK)?;
        if let Some(default) = self.default.map(f64::from).filter(|&default| across.contains(default)) {
            canvas.dashes(across.pixel(default), (TOP, bottom), PALE)?;
        }
        canvas.text(((LEFT + right) / 2, bottom + 42), 12, INK, Anchor::Middle, &self.x_axis)?;
        canvas.upward_text((20, (TOP + bottom) / 2), 12, INK, &self.y_axis)?;
        for (number, line) in self.lines.iter().enumerate() {
            self.paint_line(canvas, (&across, &up), line, number)?;
        }
        Ok(())
    }

    /// Ticks at the values that were measured, as far as there is room for their labels.
    fn paint_values(&self, canvas: &Canvas<'_>, across: &Axis, bottom: i32) -> Result<(), Unplotted> {
        let mut values: Vec<u32> = self.samples().map(|sample| sample.x).collect();
        values.sort_unstable();
        values.dedup();
        let mut free_from = 0;
        for value in values {
            let (x, text) = (across.pixel(f64::from(value)), value.to_string());
            canvas.line(&[(x, TOP), (x, bottom)], 1, GRID)?;
            let half = 4 * text.len() as i32;
            if x - half >= free_from {
                canvas.text((x, bottom + 14), 12, PALE, Anchor::Middle, &text)?;
                free_from = x + half + 4;
            }
        }
        Ok(())
    }

    fn paint_line(
        &self,
        canvas: &Canvas<'_>,
        axes: (&Axis, &Axis),
        line: &Line,
        number: usize,
    ) -> Result<(), Unplotted> {
        let (across, up) = axes;
        let colour = SERIES[number % SERIES.len()];
        let clip = |pixel: i32| pixel.clamp(TOP, HEIGHT - BOTTOM);
        let x = |sample: &Sample| across.pixel(f64::from(sample.x));
        let banded: Vec<_> = line.samples.iter().filter_map(|sample| Some((x(sample), sample.interval?))).collect();
        let upper = banded.iter().map(|&(x, (_, high))| (x, clip(up.pixel(high))));
        let lower = banded.iter().rev().map(|&(x, (low, _))| (x, clip(up.pixel(low))));
        let band: Vec<_> = upper.chain(lower).collect();
        if band.len() > 2 {
            canvas.veil(&band, colour)?;
        }
        let points: Vec<_> = line.samples.iter().map(|sample| (x(sample), up.pixel(sample.y))).collect();
        if points.len() > 1 {
            canvas.line(&points, 2, colour)?;
        }
        points.iter().try_for_each(|&point| canvas.dot(point, 3, colour))?;
        let (x, y) = (WIDTH - RIGHT + 22, TOP + 12 + 40 * number as i32);
        canvas.dot((x, y), 4, colour)?;
        canvas.text((x + 10, y), 12, INK, Anchor::Left, &line.name)?;
        canvas.text((x + 10, y + 15), 11, PALE, Anchor::Left, &line.note)
    }
}
